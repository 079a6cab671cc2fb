//! What is logged of a request: one event for each refusal, and no secret in it.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::Once;

use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::{Receiver, RequestHead, SigningKey, SigningKeys};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::plain::Plain;
use super::secrets::Canaries;

/// Writes down everything that is logged, at every level, for the thread that asked for it.
///
/// It serves the whole process: what a subscriber of one thread is interested in is cached for
/// all threads, and tests run side by side.
struct Log;

thread_local! {
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Log {
    fn push(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut dyn Visit)) {
        LINES.with_borrow_mut(|lines| {
            if let Some(lines) = lines {
                let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
                record(&mut line);
                lines.push(line.0);
            }
        });
    }
}

impl Subscriber for Log {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.push(span.metadata(), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.push(event.metadata(), |line| event.record(line));
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

/// Returns what is logged while something runs on this thread.
pub(crate) fn logged(run: impl FnOnce()) -> Vec<String> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Log).expect("the only one"));
    LINES.set(Some(Vec::new()));
    run();
    LINES.take().expect("nothing else takes it")
}

/// Names and values.
type Pairs<'a> = &'a [(&'a str, &'a str)];

const BODY: &str = r#"{"note":"canary-text"}"#;

fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

#[test]
fn a_refusal_is_one_event_without_secrets() {
    let keys = SigningKeys::from(key("canary-key"));
    let receiver = Receiver::builder(Metriport::new(keys))
        .endpoint("eu")
        .body_limit(100)
        .build();
    let right = metriport::testing::sign(&key("canary-key"), BODY);
    let forged = metriport::testing::sign(&key("other"), BODY);
    let macs = [&right, &forged].map(|request| {
        let (_, value) = request.headers().last().expect("the signature");
        let mac: Option<[u8; 32]> = pulsehook_core::signature::decode_hex(value.as_bytes());
        mac.expect("64 digits")
    });
    let canaries = Canaries::of(&[&macs[0], &macs[1]]);

    let send = |headers: Pairs<'_>, body: String| {
        let lines = logged(|| {
            let mut headers = headers.to_vec();
            headers.push(("authorization", "canary-token"));
            let head = RequestHead::new("POST", "/hooks/canary-token", &headers)
                .with_query(Some("token=canary-token"));
            assert!(receiver.receive(head, body).is_err());
        });
        for line in &lines {
            canaries.check("the log", line);
        }
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.concat()
    };
    let name = "x-metriport-signature";
    let [right, forged] =
        [&right, &forged].map(|request| request.headers().last().expect("one").1.as_str());
    let line = send(&[(name, forged)], BODY.into());
    let expect = "INFO pulsehook::refusal provider=\"metriport\" endpoint=\"eu\" \
                  rule=\"signature-mismatch\" status=401 reason=the signature does not match";
    assert_eq!(line, expect);
    let cases: [(Pairs<'_>, String, &str); 6] = [
        (&[], BODY.into(), "missing-header"),
        (
            &[(name, right), (name, right)],
            BODY.into(),
            "repeated-header",
        ),
        (&[(name, "canary-token")], BODY.into(), "malformed-header"),
        (
            &[(name, right)],
            BODY.replace("note", "nota"),
            "signature-mismatch",
        ),
        (&[(name, right)], " ".repeat(101), "body-too-large"),
        (
            &[("content-length", "101"), (name, right)],
            BODY.into(),
            "body-too-large",
        ),
    ];
    for (headers, body, rule) in cases {
        let line = send(headers, body);
        assert!(line.contains(&format!("rule=\"{rule}\"")), "{line}");
    }
}

#[test]
fn a_body_that_cannot_be_decoded_is_logged_by_its_position() {
    let receiver = Receiver::new(Plain {
        decode: Box::new(|verified| {
            verified.json::<u8>()?;
            unreachable!("the body is no number")
        }),
        ..Plain::default()
    });
    let lines = logged(|| {
        let headers = [("authorization", "canary-token")];
        let head = RequestHead::new("POST", "/hooks/canary-token", &headers);
        assert!(receiver.receive(head, "\"canary-text\"").is_err());
    });
    let expect = "INFO pulsehook::refusal provider=\"plain\" endpoint=\"plain\" \
                  rule=\"undecodable\" status=400 \
                  reason=verified, but not of the documented shape (line 1, column 13)";
    assert_eq!(lines, [expect]);
}

#[test]
fn what_is_accepted_is_not_logged() {
    let receiver = Receiver::new(Plain::default());
    let lines = logged(|| {
        let headers: [(&str, &str); 0] = [];
        let head = RequestHead::new("POST", "/", &headers);
        assert!(receiver.receive(head, "canary-text").is_ok());
    });
    assert!(lines.is_empty(), "{lines:?}");
}
