//! Secrets and payloads stay out of everything that prints.

use std::error::Error;
use std::fmt::Debug;

use pulsehook_core::signature::{Tolerance, decode_hex, encode_base64};
use pulsehook_core::thryve::Thryve;
use pulsehook_core::thryve::testing::{compress, sign};
use pulsehook_core::{
    Head, HeaderSecrets, Opening, Outcome, Provider as _, ReceiveError, Receiver, RequestHead,
    SharedSecret, SigningKey, UrlSecrets,
};

use crate::core::secrets::Canaries;

const HEADER: &str = "Basic canary-header";
const JSON: &str = r#"{"endUserId":"canary-user","type":"canary-type","data":"canary-data"}"#;

fn key() -> SigningKey {
    SigningKey::from_text("canary-key").expect("a key")
}

fn thryve() -> Thryve {
    let secret = |text: &str| SharedSecret::from_text(text).expect("a secret");
    let builder = Thryve::builder()
        .authorization(HeaderSecrets::authorization(secret(HEADER)))
        .url_secrets(UrlSecrets::in_query("token", secret("canary-url")))
        .keys(key())
        .tolerance(Tolerance::default());
    Canaries::of(&[]).check("builder", &format!("{builder:?} {builder:#?}"));
    builder.build().expect("has credentials")
}

#[test]
fn nothing_of_a_request_is_printed() {
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_706_432_523);
    let receiver = Receiver::builder(thryve()).clock(move || now).build();
    let frame = compress(JSON);
    let request = sign(&key(), frame.clone(), "1706432523");
    let (_, signature) = request.headers().last().expect("a signature");
    let mac: [u8; 32] = decode_hex(signature.as_bytes()).expect("a MAC");
    let canaries = Canaries::of(&[&mac]);
    let check = |what: &str, value: &dyn Debug| {
        canaries.check(what, &format!("{value:?} {value:#?}"));
    };
    check("provider", receiver.provider());
    check("request", &request);

    let request = request.with_header("authorization", HEADER);
    let headers = request.headers();
    let head = RequestHead::new("POST", "/canary", &headers).with_query(Some("token=canary-url"));
    let verified = receiver.verify(head, frame.clone()).expect("signed");
    check("outcome", &verified);
    let verified = verified.accepted().expect("no probe");
    check("stored", &verified.to_stored());
    check("delivery", &verified.decode().expect("unknown"));

    // Refused in each way there is.
    let check_error = |error: &ReceiveError| {
        check("error", error);
        canaries.check("error", &error.to_string());
        let mut source: Option<&dyn Error> = error.source();
        while let Some(error) = source {
            canaries.check("source", &format!("{error:?} {error}"));
            source = error.source();
        }
        if let Some(undecodable) = error.undecodable() {
            check("undecodable", undecodable);
            canaries.check("undecodable", &undecodable.to_string());
            check("stored", &undecodable.to_stored());
        }
    };
    let bodies = [
        compress(r#"{"endUserId":"canary-user","canary-name":"canary"}"#),
        compress(
            r#"{"endUserId":"canary","type":"notification.source.connect","data":{"timestamp":"canary","dataSourceId":"canary"}}"#,
        ),
        compress(
            r#"{"endUserId":"canary","type":"event.data.epoch.create","data":{"dataSourceId":"canary","epochData":["canary",{"canary":1}]}}"#,
        ),
        compress(
            r#"{"sourceUpdate":{"authenticationToken":"canary","connectionStatus":["canary"]}}"#,
        ),
        compress(r#""canary""#),
        encode_base64(b"canary").into_bytes(),
        b"canary".to_vec(),
        frame[..frame.len() - 1].to_vec(),
    ];
    for body in bodies {
        let request = sign(&key(), body.clone(), "1706432523").with_header("authorization", HEADER);
        let headers = request.headers();
        let head =
            RequestHead::new("POST", "/canary", &headers).with_query(Some("token=canary-url"));
        let error = receiver.receive(head, body).expect_err("undecodable");
        assert_eq!(error.rule(), "undecodable");
        check_error(&error);
    }
    for (query, header, timestamp) in [
        ("token=canary-urk", HEADER, "1706432523"),
        ("token=canary-url", "Basic canary", "1706432523"),
        ("token=canary-url", HEADER, "canary"),
        ("token=canary-url", HEADER, "1"),
    ] {
        for key in [key(), SigningKey::from_text("canary").expect("a key")] {
            let request = sign(&key, frame.clone(), timestamp).with_header("authorization", header);
            let headers = request.headers();
            let head = RequestHead::new("POST", "/canary", &headers).with_query(Some(query));
            check_error(
                &receiver
                    .receive(head, frame.clone())
                    .expect_err("not authentic"),
            );
        }
    }
}

/// Shows what a check prints to whoever holds one.
struct Shown;

impl Shown {
    fn of(head: &Head<'_>, provider: &Thryve) -> String {
        match provider.begin(head) {
            Ok(Opening::Check(check)) => format!("{check:?} {check:#?}"),
            other => format!("{other:?}"),
        }
    }
}

#[test]
fn a_check_prints_ids_only() {
    /// Hands the head on to the provider.
    struct Watching(Thryve, std::sync::Mutex<String>);

    impl pulsehook_core::Provider for Watching {
        const NAME: &'static str = "watching";
        type Event = ();
        type Check = ();

        fn headers(&self) -> Vec<pulsehook_core::WantedHeader> {
            self.0.headers()
        }

        fn begin(&self, head: &Head<'_>) -> Result<Opening<()>, pulsehook_core::VerifyError> {
            *self.1.lock().expect("one thread") = Shown::of(head, &self.0);
            Ok(Opening::Check(()))
        }

        fn finish(
            &self,
            (): (),
            _: &Head<'_>,
            _: &bytes::Bytes,
            _: std::time::SystemTime,
        ) -> Result<pulsehook_core::Verdict, pulsehook_core::VerifyError> {
            Err(pulsehook_core::VerifyError::NoKey)
        }

        fn decode(
            &self,
            _: &pulsehook_core::Verified<'_, Self>,
        ) -> Result<pulsehook_core::Decoded<()>, pulsehook_core::DecodeError> {
            Ok(pulsehook_core::Decoded::new(Vec::new()))
        }
    }

    let receiver = Receiver::new(Watching(thryve(), Default::default()));
    let request = sign(&key(), "{}", "1706432523").with_header("authorization", HEADER);
    let (_, signature) = &request.headers()[2];
    let mac: [u8; 32] = decode_hex(signature.as_bytes()).expect("a MAC");
    let headers = request.headers();
    let head = RequestHead::new("POST", "/canary", &headers).with_query(Some("token=canary-url"));
    assert!(matches!(receiver.begin(head), Ok(Outcome::Accepted(_))));
    let shown = receiver.provider().1.lock().expect("one thread");
    assert!(shown.contains("key-1"), "{shown}");
    Canaries::of(&[&mac]).check("check", &shown);
}
