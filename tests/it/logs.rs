//! Nothing secret and nothing of a body reaches logs or answers.

use std::cell::RefCell;
use std::io;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use pulsehook_axum::human_api::HumanApi;
use pulsehook_axum::metriport::Metriport;
use pulsehook_axum::{Delivery, Provider, Receiver, receive};
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::{human_api, metriport};
use tower::ServiceExt as _;

use crate::endpoints::key;

mod unsigned;

/// A request, and the application that is to answer it.
type Exchange = (Router, Request<Body>);

/// Texts that must show up nowhere: in a key, in the URL, in a header, in a body.
const CANARIES: [&str; 5] = [
    "canary-key",
    "canary-path",
    "canary-query",
    "canary-header",
    "canary-body",
];

thread_local! {
    static CAPTURED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what is logged, for the thread that logs it: the subscriber serves the whole process,
/// since what one is interested in is cached for all threads.
struct Capture;

impl io::Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with_borrow_mut(|captured| captured.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn fail<E>(_delivery: Delivery<E>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err("canary-body in the handler's error".into())
}

fn app<P: Provider>(provider: P) -> Router {
    let receiver = Receiver::builder(provider).body_limit(4096).build();
    Router::new().route("/{*rest}", receive(receiver, fail::<P::Event>))
}

fn requests(signed: &SignedRequest, signature: &'static str) -> Vec<Request<Body>> {
    let variants = [
        signed.clone(),
        signed.clone().with_header(signature, "canary-header"),
        signed.clone().with_header(signature, ""),
        signed.clone().with_header("content-length", "99999"),
    ];
    let target = "/canary-path?token=canary-query";
    let mut requests: Vec<_> = variants
        .into_iter()
        .map(|variant| {
            variant
                .into_http(target)
                .expect("a request")
                .map(Body::from)
        })
        .collect();
    let mut repeated = signed
        .clone()
        .into_http(target)
        .expect("a request")
        .map(Body::from);
    repeated
        .headers_mut()
        .append(signature, "canary-header".parse().expect("a value"));
    requests.push(repeated);
    let mut method = signed
        .clone()
        .into_http(target)
        .expect("a request")
        .map(Body::from);
    *method.method_mut() = "DELETE".parse().expect("a method");
    requests.push(method);
    requests
}

#[test]
fn logs_and_answers_hold_no_canary() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(|| Capture)
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only one");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let secret = key("canary-key");
    // Verified and not decodable, in ways whose usual error messages quote the body.
    let metriport = r#"{"meta":{"messageId":{"canary-body":1},"type":"canary-body"}}"#;
    let typed =
        r#"{"meta":{"messageId":"1","when":"x","type":"patient.admit"},"payload":"canary-body"}"#;
    let good = r#"{"meta":{"messageId":"canary-body","when":"x","type":"canary-body"}}"#;
    let human_api = r#"["canary-body", canary-body]"#;
    let mut exchanges: Vec<Exchange> = Vec::new();
    for body in [metriport, typed, good] {
        let signed = metriport::testing::sign(&secret, body);
        for request in requests(&signed, "x-metriport-signature") {
            exchanges.push((app(Metriport::new(secret.clone())), request));
        }
    }
    let signed = human_api::testing::sign(&secret, human_api, "1403591492088", "canary-header");
    for request in requests(&signed, "x-humanapi-signature") {
        exchanges.push((app(HumanApi::new(secret.clone())), request));
    }
    exchanges.extend(unsigned::withings());
    exchanges.extend(unsigned::thryve());
    let mut answers = Vec::new();
    runtime.block_on(async {
        for (app, request) in exchanges {
            let response = app.oneshot(request).await.expect("infallible");
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, 4096).await.expect("a body");
            // Answers with an error in their extensions print it, if someone prints them.
            answers.push(format!("{parts:?} {body:?}"));
        }
    });
    let logs = String::from_utf8(CAPTURED.take()).expect("text");
    assert!(logs.contains("pulsehook::refusal"), "{logs}");
    for rule in [
        "undecodable",
        "malformed-header",
        "repeated-header",
        "body-too-large",
        "missing-credential",
        "repeated-credential",
        "credential-mismatch",
        "address-unknown",
        "mixed-headers",
        "signature-mismatch",
        "unsupported-media-type",
    ] {
        assert!(logs.contains(rule), "no refusal by {rule} in:\n{logs}");
    }
    // The label of an unknown type and an id may be in the error's own Debug, not in logs.
    for canary in CANARIES {
        assert!(!logs.contains(canary), "{canary} in the logs:\n{logs}");
    }
    for answer in &answers {
        for canary in CANARIES {
            assert!(!answer.contains(canary), "{canary} in {answer}");
        }
    }
}
