//! Human API: verification, decoding, and what neither may do.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may panic as tests do"
)]

use bytes::Bytes;
use pulsehook_core::human_api::testing::sign;
use pulsehook_core::human_api::{Event, HumanApi};
use pulsehook_core::{
    Delivery, Outcome, ReceiveError, Receiver, RequestHead, SigningKey, VerifyError,
};

mod bodies;
mod collections;
mod decoding;
mod endpoints;
mod follow_ups;
mod headers;
mod items;
mod origins;
mod paging;
mod random;
mod signatures;
mod timestamps;
mod vectors;
mod views;

const SIGNATURE: &str = "x-humanapi-signature";
const TIMESTAMP: &str = "x-humanapi-timestamp";
const NONCE: &str = "x-humanapi-nonce";

/// The documentation's worked example.
mod documented {
    pub(super) const BODY: &str = r#"{"contents":"supersecretstuff"}"#;
    pub(super) const TIMESTAMP: &str = "1403591492088";
    pub(super) const NONCE: &str = "105850310064852240";
    pub(super) const SIGNATURE: &str = "fQkvPoMVwsZWM4/r4VrKlMaCOAw=";
}

type Pairs = Vec<(&'static str, Vec<u8>)>;

/// The documentation's client secret.
fn key() -> SigningKey {
    SigningKey::from_text(["itsfullo", "fsecrets"].concat()).expect("not blank")
}

fn receiver() -> Receiver<HumanApi> {
    Receiver::new(HumanApi::new(key()))
}

fn pairs(signature: impl AsRef<[u8]>, timestamp: &str, nonce: &str) -> Pairs {
    vec![
        (SIGNATURE, signature.as_ref().to_vec()),
        (TIMESTAMP, timestamp.into()),
        (NONCE, nonce.into()),
    ]
}

fn documented_pairs() -> Pairs {
    pairs(
        documented::SIGNATURE,
        documented::TIMESTAMP,
        documented::NONCE,
    )
}

/// The three headers that Human API would send along with a body.
fn signed_pairs(body: &[u8], timestamp: &str, nonce: &str) -> Pairs {
    sign(&key(), body.to_vec(), timestamp, nonce)
        .headers()
        .iter()
        .map(|(name, value)| (*name, value.clone().into_bytes()))
        .collect()
}

fn receive(
    receiver: &Receiver<HumanApi>,
    headers: &Pairs,
    body: &[u8],
) -> Result<Delivery<Event>, ReceiveError> {
    let head = RequestHead::new("POST", "/hooks/human-api", headers);
    let outcome = receiver.receive(head, Bytes::copy_from_slice(body))?;
    Ok(outcome.accepted().expect("Human API sends no probe"))
}

/// Says what `begin` refuses a head with; `None` when it goes on to the body.
fn refused_by_head(receiver: &Receiver<HumanApi>, headers: &Pairs) -> Option<&'static str> {
    match receiver.begin(RequestHead::new("POST", "/", headers)) {
        Ok(Outcome::Accepted(_)) => None,
        Ok(Outcome::Probe(_)) => Some("probe"),
        Err(error) => {
            assert_eq!(error.reply().status(), 401);
            Some(error.rule())
        }
    }
}

fn delivery(body: impl AsRef<[u8]>) -> Result<Delivery<Event>, ReceiveError> {
    let body = body.as_ref();
    receive(
        &receiver(),
        &signed_pairs(body, documented::TIMESTAMP, "1"),
        body,
    )
}

/// Decodes a rightly signed body, which must be acknowledged.
fn events(body: impl AsRef<[u8]>) -> Vec<Event> {
    let delivery = delivery(body).expect("decodes");
    assert_eq!(delivery.ack().status(), 200);
    assert!(delivery.ack().body().is_empty());
    assert!(!delivery.is_probe());
    delivery.into_events()
}

/// Decodes a body of one item.
fn event(body: impl AsRef<[u8]>) -> Event {
    let mut events = events(body);
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn rule<T: std::fmt::Debug>(result: Result<T, ReceiveError>) -> &'static str {
    result.expect_err("must be refused").rule()
}

fn verify_error<T: std::fmt::Debug>(result: Result<T, ReceiveError>) -> VerifyError {
    match result.expect_err("must be refused").reason() {
        pulsehook_core::Reason::Verify(error) => error.clone(),
        other => panic!("{other}"),
    }
}
