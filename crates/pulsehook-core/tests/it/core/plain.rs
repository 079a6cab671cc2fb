//! A provider of the tests' own: every step can be exchanged, and it notes what it saw.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bytes::Bytes;
use pulsehook_core::{
    Authenticity, BodyCheck, DecodeError, Decoded, Head, Opening, Proof, Provider, Reason,
    Receiver, Reply, RequestHead, Text, Verdict, Verified, VerifyError, WantedHeader,
};

type OnBegin = Box<dyn Fn(&Head<'_>) -> Result<Option<Reply>, VerifyError> + Send + Sync>;
type OnFinish =
    Box<dyn Fn(&Head<'_>, &Bytes, SystemTime) -> Result<Verdict, VerifyError> + Send + Sync>;
type OnDecode =
    Box<dyn Fn(&Verified<'_, Plain>) -> Result<Decoded<String>, DecodeError> + Send + Sync>;
type OnRefusal = Box<dyn Fn(&Reason, Option<&Head<'_>>) -> Reply + Send + Sync>;

pub(super) struct Plain {
    pub(super) methods: &'static [&'static str],
    pub(super) content_type: Option<&'static [u8]>,
    pub(super) wanted: Vec<WantedHeader>,
    pub(super) begin: OnBegin,
    pub(super) finish: OnFinish,
    pub(super) decode: OnDecode,
    pub(super) refusal: OnRefusal,
    pub(super) id: fn(&Bytes) -> Option<Text>,
    pub(super) seen: Seen,
}

/// The frames that a check has seen, and how often the provider was asked to begin.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    begun: usize,
    finished: usize,
    frames: Vec<Vec<u8>>,
}

impl Seen {
    pub(super) fn begun(&self) -> usize {
        self.0.lock().expect("one thread").begun
    }

    pub(super) fn finished(&self) -> usize {
        self.0.lock().expect("one thread").finished
    }

    pub(super) fn frames(&self) -> Vec<Vec<u8>> {
        self.0.lock().expect("one thread").frames.clone()
    }
}

impl BodyCheck for Seen {
    fn update(&mut self, frame: &[u8]) {
        let mut notes = self.0.lock().expect("one thread");
        notes.frames.push(frame.to_vec());
    }
}

/// Accepts every POST, authenticates nothing but a digest of the body, decodes any UTF-8.
impl Default for Plain {
    fn default() -> Self {
        Self {
            methods: &["POST"],
            content_type: None,
            wanted: Vec::new(),
            begin: Box::new(|_| Ok(None)),
            finish: Box::new(|_, body, _| {
                let proof = Proof::new(Authenticity::BodySignature).with_digest_of(&[body]);
                Ok(Verdict::Accepted(proof))
            }),
            decode: Box::new(|verified| {
                let text = pulsehook_core::json::text_of(verified.body())?;
                Ok(Decoded::new(vec![text.to_owned()]))
            }),
            refusal: Box::new(|reason, _| reason.reply()),
            id: |_| None,
            seen: Seen::default(),
        }
    }
}

impl Provider for Plain {
    const NAME: &'static str = "plain";

    type Event = String;
    type Check = Seen;

    fn methods(&self) -> &'static [&'static str] {
        self.methods
    }

    fn headers(&self) -> Vec<WantedHeader> {
        self.wanted.clone()
    }

    fn accepts_content_type(&self, head: &Head<'_>) -> bool {
        use pulsehook_core::HeaderLookup::One;
        self.content_type
            .is_none_or(|wanted| head.content_type() == One(wanted))
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Seen>, VerifyError> {
        self.seen.0.lock().expect("one thread").begun += 1;
        Ok(match (self.begin)(head)? {
            Some(reply) => Opening::Probe(reply),
            None => Opening::Check(self.seen.clone()),
        })
    }

    fn finish(
        &self,
        _check: Seen,
        head: &Head<'_>,
        body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        self.seen.0.lock().expect("one thread").finished += 1;
        (self.finish)(head, body, now)
    }

    fn delivery_id(&self, verified: &Verified<'_, Self>) -> Option<Text> {
        (self.id)(verified.body())
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<String>, DecodeError> {
        (self.decode)(verified)
    }

    fn refusal(&self, reason: &Reason, head: Option<&Head<'_>>) -> Reply {
        (self.refusal)(reason, head)
    }
}

/// Lets a closure look at the head of a request as a provider sees it.
pub(super) fn with_head<T: Send + 'static>(
    wanted: Vec<WantedHeader>,
    request: RequestHead<'_>,
    look: impl Fn(&Head<'_>) -> T + Send + Sync + 'static,
) -> T {
    let found = Arc::new(Mutex::new(None));
    let put = Arc::clone(&found);
    let receiver = Receiver::new(Plain {
        wanted,
        begin: Box::new(move |head| {
            *put.lock().expect("one thread") = Some(look(head));
            Ok(None)
        }),
        ..Plain::default()
    });
    let begun = receiver.begin(request);
    assert!(begun.is_ok(), "{begun:?}");
    let found = found.lock().expect("one thread").take();
    found.expect("the provider was asked")
}
