//! Thryve: verification, compression, decoding, and what none of them may do.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may panic as tests do"
)]

use bytes::Bytes;
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::thryve::testing::{compress, sign, unsigned};
use pulsehook_core::thryve::{Event, Thryve};
use pulsehook_core::{
    DecodeErrorKind, Delivery, Outcome, ReceiveError, Receiver, RequestHead, SigningKey,
};

use crate::support::fixture;

mod answers;
mod credentials;
mod decoding;
mod follow_ups;
mod forms;
mod headers;
mod legacy;
mod messages;
mod names;
mod random;
mod samples;
mod secrets;
mod signature;
mod stored;
mod tables;
mod tolerance;
mod vectors;
mod view;
mod zstd;

const SIGNATURE: &str = "x-hmac-signature";
const TIMESTAMP: &str = "x-hmac-timestamp";
const UNDERSCORED: [&str; 2] = ["x_hmac_signature", "x_hmac_timestamp"];

const NOW: &str = "1706432523456";

/// The secret of the notes' test value.
fn key() -> SigningKey {
    SigningKey::from_text(["top", "secret"].concat()).expect("not blank")
}

/// Receives what is signed with the key.
fn signed_receiver() -> Receiver<Thryve> {
    let thryve = Thryve::builder().keys(key()).build();
    Receiver::new(thryve.expect("has a key"))
}

/// Receives anything, to look at decoding alone.
fn open_receiver(strict: bool) -> Receiver<Thryve> {
    let mut builder = Thryve::builder().danger_accept_unauthenticated();
    if strict {
        builder = builder.strict();
    }
    Receiver::new(builder.build().expect("says so"))
}

fn send(
    receiver: &Receiver<Thryve>,
    request: &SignedRequest,
) -> Result<Delivery<Event>, ReceiveError> {
    post(receiver, request.headers(), request.body().clone())
}

fn post<N: AsRef<str> + Sync, V: AsRef<[u8]> + Sync>(
    receiver: &Receiver<Thryve>,
    headers: &[(N, V)],
    body: impl Into<Bytes>,
) -> Result<Delivery<Event>, ReceiveError> {
    let head = RequestHead::new("POST", "/hooks/thryve", &headers);
    let outcome = receiver.receive(head, body)?;
    Ok(outcome.accepted().expect("Thryve sends no probe"))
}

/// Says what `begin` refuses a head with; `None` when it goes on to the body.
fn refused_by_head<N: AsRef<str> + Sync, V: AsRef<[u8]> + Sync>(
    receiver: &Receiver<Thryve>,
    headers: &[(N, V)],
) -> Option<&'static str> {
    match receiver.begin(RequestHead::new("POST", "/hooks/thryve", &headers)) {
        Ok(Outcome::Accepted(_)) => None,
        Ok(Outcome::Probe(_)) => Some("probe"),
        Err(error) => {
            assert_eq!(error.reply().status(), 401);
            assert!(error.reply().body().is_empty());
            Some(error.rule())
        }
    }
}

fn rule(outcome: Result<Delivery<Event>, ReceiveError>) -> &'static str {
    outcome.expect_err("must be refused").rule()
}

/// Reads a message of the fixtures.
fn message(name: &str) -> String {
    String::from_utf8(fixture(&format!("thryve/messages/{name}.json"))).expect("UTF-8")
}

/// Decodes a message, which must be acknowledged, plain and compressed alike.
#[track_caller]
fn events(json: impl AsRef<[u8]>) -> Vec<Event> {
    let json = json.as_ref();
    let receiver = open_receiver(false);
    let delivery = send(&receiver, &unsigned(json.to_vec())).expect("decodes");
    assert_eq!(delivery.ack().status(), 200);
    assert!(delivery.ack().body().is_empty());
    assert!(!delivery.is_probe());
    let compressed = send(&receiver, &unsigned(compress(json))).expect("decodes");
    assert_eq!(compressed.events(), delivery.events());
    delivery.into_events()
}

/// Decodes a message of one event.
#[track_caller]
fn event(json: impl AsRef<[u8]>) -> Event {
    let mut events = events(json);
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// Decodes a message that must be refused; says how, and which field is to blame.
#[track_caller]
fn refusal(json: impl AsRef<[u8]>, strict: bool) -> (DecodeErrorKind, Option<String>) {
    let request = unsigned(json.as_ref().to_vec());
    let error = send(&open_receiver(strict), &request).expect_err("must be refused");
    let undecodable = error.undecodable().expect("authentic");
    let kind = undecodable.error().kind();
    let status = if kind == DecodeErrorKind::TooLarge {
        413
    } else {
        400
    };
    assert_eq!(error.reply().status(), status);
    assert_eq!(undecodable.raw(), request.body());
    (kind, undecodable.error().field().map(str::to_owned))
}

/// Checks that a message is refused for want of a field.
#[track_caller]
fn check_missing(json: impl AsRef<[u8]>, field: &str) {
    let expected = (DecodeErrorKind::MissingField, Some(field.to_owned()));
    assert_eq!(refusal(json, false), expected);
}

/// Checks that a message is refused because of what a field holds.
#[track_caller]
fn check_invalid(json: impl AsRef<[u8]>, field: &str) {
    let expected = (DecodeErrorKind::InvalidField, Some(field.to_owned()));
    assert_eq!(refusal(json, false), expected);
}

/// Signs a body with the key, at a time that nobody looks at.
fn signed(body: impl Into<Bytes>) -> SignedRequest {
    sign(&key(), body, NOW)
}

/// The headers of a request as pairs to change.
fn pairs(request: &SignedRequest) -> Vec<(&'static str, Vec<u8>)> {
    let headers = request.headers().iter();
    headers
        .map(|(name, value)| (*name, value.clone().into_bytes()))
        .collect()
}
