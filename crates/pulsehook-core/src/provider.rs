//! The seam between the core and the providers.
//!
//! Everything that is particular to a sender stands behind [`Provider`]: which methods it uses,
//! what it signs and how, how it probes an endpoint, what it sends and which answer it expects.
//! Adapters know none of it. A provider outside this workspace implements the same trait; the
//! example package `standard-webhooks` is one.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;

use crate::delivery::{Authenticity, ReplayKey};
use crate::error::{DecodeError, Reason, VerifyError};
use crate::key::KeyId;
use crate::reply::Reply;
use crate::request::{Head, WantedHeader};
use crate::signature::Mac;
use crate::text::Text;
use crate::verified::Verified;

/// Verifies and decodes the deliveries of one sender.
///
/// The implementing type is marker and configuration in one: it holds the keys. The
/// [`Receiver`](crate::Receiver) calls its methods in the order in which they stand here.
///
/// # Examples
///
/// A sender whose requests have the header `x-acme-signature`, the MAC of the body in hexadecimal
/// digits, and one JSON object as body:
///
/// ```
/// use std::{sync::Arc, time::SystemTime};
/// use pulsehook_core::bytes::Bytes;
/// use pulsehook_core::signature::{HmacSha256, MacCheck, MacKeys, decode_hex, encode_hex};
/// use pulsehook_core::{
///     BodyCheck, DecodeError, Decoded, Head, Opening, Outcome, Proof, Provider, Receiver,
///     RequestHead, SigningKey, SigningKeys, Text, Verdict, Verified, VerifyError, WantedHeader,
/// };
///
/// const SIGNATURE: &str = "x-acme-signature";
///
/// struct Acme(Arc<MacKeys<HmacSha256>>);
///
/// #[derive(serde::Deserialize)]
/// struct Event { kind: Text }
///
/// struct Check { macs: MacCheck<HmacSha256>, presented: [u8; 32] }
///
/// impl BodyCheck for Check {
///     fn update(&mut self, frame: &[u8]) { self.macs.update(frame); }
/// }
///
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     type Event = Event;
///     type Check = Check;
///
///     fn headers(&self) -> Vec<WantedHeader> { vec![WantedHeader::for_check(SIGNATURE)] }
///
///     fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
///         let presented = decode_hex(head.required(SIGNATURE)?)
///             .ok_or_else(|| head.malformed(SIGNATURE))?;
///         Ok(Opening::Check(Check { macs: MacCheck::start(&self.0, head)?, presented }))
///     }
///
///     fn finish(
///         &self, check: Check, _head: &Head<'_>, _body: &Bytes, _now: SystemTime,
///     ) -> Result<Verdict, VerifyError> {
///         let (key, mac) = check.macs.verify([check.presented.as_slice()])?;
///         Ok(Verdict::Accepted(Proof::body_signature(key).with_mac(mac)))
///     }
///
///     fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
///         Ok(Decoded::new(vec![verified.json()?]))
///     }
/// }
///
/// let keys = SigningKeys::from(SigningKey::from_text("acme_example")?);
/// let keys = Arc::new(MacKeys::new(&keys));
/// let body = r#"{"kind":"heart.beat"}"#;
/// let mac = keys.sign(&[body.as_bytes()]);
///
/// let receiver = Receiver::new(Acme(keys));
/// let headers = [(SIGNATURE, encode_hex(mac.as_bytes()))];
/// let head = RequestHead::new("POST", "/hooks/acme", &headers);
/// let Outcome::Accepted(delivery) = receiver.receive(head, body)? else {
///     panic!("this sender has no probe");
/// };
/// assert_eq!(delivery.events()[0].kind, "heart.beat");
///
/// let forged = receiver.receive(head, r#"{"kind":"heart.stop"}"#);
/// assert_eq!(forged.unwrap_err().reply().status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a provider",
    note = "name the provider, such as `Metriport`, and not its event"
)]
pub trait Provider: Sized + Send + Sync + 'static {
    /// The provider's name in lower case, with dashes between words.
    const NAME: &'static str;

    /// What one event decodes to.
    type Event: Send + Sync + 'static;

    /// What is computed over the body while it arrives; `()` for nothing.
    type Check: BodyCheck;

    /// Names the methods that the provider uses; another one is answered 405.
    fn methods(&self) -> &'static [&'static str] {
        &["POST"]
    }

    /// Names the headers that the provider reads. It is asked once, when the receiver is built.
    fn headers(&self) -> Vec<WantedHeader>;

    /// Tells whether the content type is one that the provider sends; if not, the request is
    /// answered 415. By default the content type, which is never signed, does not matter.
    fn accepts_content_type(&self, head: &Head<'_>) -> bool {
        let _ = head;
        true
    }

    /// Returns the default limit of a body, in bytes, where the receiver's builder sets none.
    fn body_limit(&self) -> usize {
        1024 * 1024
    }

    /// Judges the head, before one byte of the body is taken.
    ///
    /// Headers that are missing, repeated or malformed are refused here. The age of a time stamp
    /// is not judged here but in [`finish`](Provider::finish), after the signature.
    ///
    /// # Errors
    ///
    /// Returns the rule that refuses the request.
    fn begin(&self, head: &Head<'_>) -> Result<Opening<Self::Check>, VerifyError>;

    /// Judges the whole request; the check has seen every byte of the body.
    ///
    /// # Errors
    ///
    /// Returns the rule that refuses the request.
    fn finish(
        &self,
        check: Self::Check,
        head: &Head<'_>,
        body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError>;

    /// Returns the id that the provider gives a delivery and repeats on its retries, if any.
    ///
    /// It is read without decoding the rest, and must come from what was authenticated.
    fn delivery_id(&self, verified: &Verified<'_, Self>) -> Option<Text> {
        let _ = verified;
        None
    }

    /// Returns the bytes whose digest identifies a delivery without an id, where they are not the
    /// body as received: when the same message can come wrapped in different ways, for example.
    ///
    /// They must come from the body alone, which is what was authenticated.
    fn digested<'v>(&self, verified: &'v Verified<'_, Self>) -> Option<Cow<'v, [u8]>> {
        let _ = verified;
        None
    }

    /// Decodes a verified request.
    ///
    /// Event types that are not known must become events, not errors: a refusal makes the
    /// provider retry and, at length, switch the endpoint off.
    ///
    /// # Errors
    ///
    /// Returns an error, free of payload text, when the body is not of the documented form.
    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Self::Event>, DecodeError>;

    /// Answers a refusal; by default as the core's table says.
    ///
    /// The head is there unless the request came from its stored form.
    fn refusal(&self, reason: &Reason, head: Option<&Head<'_>>) -> Reply {
        let _ = head;
        reason.reply()
    }
}

/// Sees the body of a request frame by frame, as it arrives.
pub trait BodyCheck: Send {
    /// Takes the next frame.
    fn update(&mut self, frame: &[u8]);
}

impl BodyCheck for () {
    fn update(&mut self, _frame: &[u8]) {}
}

impl<T: BodyCheck> BodyCheck for Option<T> {
    fn update(&mut self, frame: &[u8]) {
        if let Some(check) = self {
            check.update(frame);
        }
    }
}

/// Is what a provider makes of a head.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "providers construct it, the receiver matches it"
)]
pub enum Opening<C> {
    /// The request only probes the endpoint; its answer is known. A probe with a wrong secret is
    /// no probe but an error, so that hooks and logs see it.
    Probe(Reply),
    /// The body is wanted, and this looks at it on the way.
    Check(C),
}

/// Is what a provider makes of a whole request.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "providers construct it, the receiver matches it"
)]
pub enum Verdict {
    /// The request only probes the endpoint, and its answer is known. It carries no event.
    Probe(Reply),
    /// The request is accepted.
    Accepted(Proof),
}

/// Says how, and by which key, a request was authenticated.
#[derive(Clone, Debug)]
pub struct Proof {
    pub(crate) authenticity: Authenticity,
    pub(crate) key_id: Option<KeyId>,
    /// What else matched, where several means are asked for at once.
    pub(crate) further_key_ids: [Option<KeyId>; 2],
    pub(crate) authenticated: Option<Mac>,
}

impl Proof {
    /// A signature covers the body, and perhaps more.
    #[must_use]
    pub fn body_signature(key_id: KeyId) -> Self {
        Self::new(Authenticity::BodySignature).with_key_id(key_id)
    }

    /// A proof of some kind.
    #[must_use]
    pub fn new(authenticity: Authenticity) -> Self {
        Self {
            authenticity,
            key_id: None,
            further_key_ids: [None, None],
            authenticated: None,
        }
    }

    /// Names the key that matched.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = Some(key_id);
        self
    }

    /// Names what else matched, where the provider is asked for several means at once, such as a
    /// signature and a secret in a header.
    #[must_use]
    pub fn with_further_key_ids(mut self, key_ids: [Option<KeyId>; 2]) -> Self {
        self.further_key_ids = key_ids;
        self
    }

    /// Walks the keys and secrets that matched, the one of the strongest means first.
    pub(crate) fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        self.key_id
            .iter()
            .chain(self.further_key_ids.iter().flatten())
    }

    /// Notes the MAC, which stands for all that was authenticated, for replay guards.
    ///
    /// Where a request may list several signatures, use
    /// [`with_digest_of`](Proof::with_digest_of) on what they sign: a copy with some of them cut
    /// out can match another key, and its MAC would be new. Where a signature covers only some
    /// fields, different deliveries may share it: note nothing.
    #[must_use]
    pub fn with_mac(mut self, mac: Mac) -> Self {
        self.authenticated = Some(mac);
        self
    }

    /// Notes the SHA-256 digest of what was authenticated, for schemes without a MAC.
    ///
    /// A signature itself would not do: many can be made for the same message. The parts are
    /// joined as they are, so give them with whatever the scheme puts between them.
    #[must_use]
    pub fn with_digest_of(self, parts: &[&[u8]]) -> Self {
        self.with_mac(Mac::digest(parts))
    }

    pub(crate) fn replay_key(&self, provider: &str, endpoint: &str) -> Option<ReplayKey> {
        let authenticated = self.authenticated.as_ref()?;
        Some(ReplayKey::new(provider, endpoint, authenticated))
    }
}

/// Is what a provider decodes a verified request to.
///
/// `Debug` leaves the events out, whose own `Debug` prints health data.
pub struct Decoded<E> {
    pub(crate) events: Vec<E>,
    pub(crate) id: Option<Text>,
    pub(crate) ack: Reply,
    pub(crate) probe: bool,
}

impl<E> Decoded<E> {
    /// Holds the events of a delivery, acknowledged with 200 and an empty body.
    #[must_use]
    pub fn new(events: Vec<E>) -> Self {
        Self {
            events,
            id: None,
            ack: Reply::ok(),
            probe: false,
        }
    }

    /// Holds the event of a signed probe: applications need not see it, only answer it.
    #[must_use]
    pub fn probe(event: E, ack: Reply) -> Self {
        Self {
            events: vec![event],
            id: None,
            ack,
            probe: true,
        }
    }

    /// Notes the provider's id of the delivery, where decoding comes across it.
    ///
    /// It must be the same that [`delivery_id`](Provider::delivery_id) finds, which is asked when
    /// none is noted here.
    #[must_use]
    pub fn with_id(mut self, id: Option<Text>) -> Self {
        self.id = id;
        self
    }

    /// Sets the acknowledgement that the provider expects.
    #[must_use]
    pub fn with_ack(mut self, ack: Reply) -> Self {
        self.ack = ack;
        self
    }
}

impl<E> fmt::Debug for Decoded<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded")
            .field("events", &self.events.len())
            .field("id", &self.id)
            .field("ack", &self.ack)
            .field("probe", &self.probe)
            .finish()
    }
}
