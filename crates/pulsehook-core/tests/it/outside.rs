//! Providers written against the public API alone, to prove the seam: one that probes by GET, one
//! that probes by body and signs with public keys, one that compresses what it has signed, one
//! that lists its signatures in one header, one that signs three fields of the body, and one that has
//! no signature but a shared secret.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pulsehook_core::{
    Delivery, Outcome, Provider, Reason, ReceiveError, Receiver, Reply, RequestHead, VerifyError,
};
use serde::Deserialize;

use crate::support::Secret;

mod compressed;
mod google_health;
mod oura;
mod redox;
mod rook;
mod terra;

/// A vector file; fields that only one provider has are optional.
#[derive(Deserialize)]
struct Fixture<K> {
    vectors: Vec<Vector<K>>,
    #[serde(default)]
    handshakes: Vec<Handshake>,
}

#[derive(Deserialize)]
struct Vector<K> {
    name: String,
    #[serde(flatten)]
    keys: K,
    now: u64,
    method: String,
    headers: BTreeMap<String, String>,
    body: String,
    expect: String,
}

#[derive(Deserialize)]
struct Handshake {
    name: String,
    verification_token: Option<Secret>,
    authorization: Option<Secret>,
    request: HandshakeRequest,
    response: HandshakeResponse,
}

#[derive(Deserialize)]
struct HandshakeRequest {
    method: String,
    query: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
struct HandshakeResponse {
    status: u16,
    content_type: Option<String>,
    json: Option<serde_json::Value>,
}

impl<K> Fixture<K> {
    fn vector(self, name: &str) -> Vector<K> {
        let mut vectors = self.vectors.into_iter();
        vectors.find(|vector| vector.name == name).expect(name)
    }

    fn handshake(self, name: &str) -> Handshake {
        let mut handshakes = self.handshakes.into_iter();
        handshakes.find(|it| it.name == name).expect(name)
    }

    fn names(&self) -> Vec<&str> {
        let vectors = self.vectors.iter().map(|vector| vector.name.as_str());
        let handshakes = self.handshakes.iter().map(|it| it.name.as_str());
        vectors.chain(handshakes).collect()
    }
}

fn receiver_at<P: Provider>(provider: P, seconds: u64) -> Receiver<P> {
    let now: SystemTime = UNIX_EPOCH + Duration::from_secs(seconds);
    Receiver::builder(provider).clock(move || now).build()
}

/// Receives a POST request.
fn post<P: Provider>(
    receiver: &Receiver<P>,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Outcome<Delivery<P::Event>>, ReceiveError> {
    let headers = headers.to_vec();
    let head = RequestHead::new("POST", "/hooks", &headers);
    receiver.receive(head, body.to_owned())
}

impl<K> Vector<K> {
    /// Receives the vector's request and compares with what it expects.
    fn check<P: Provider>(&self, provider: P) -> Option<Delivery<P::Event>> {
        let receiver = receiver_at(provider, self.now);
        let headers: Vec<_> = self.headers.iter().collect();
        let head = RequestHead::new(&self.method, "/hooks", &headers);
        let outcome = receiver.receive(head, self.body.clone());
        let (rule, delivery) = match outcome {
            Ok(Outcome::Accepted(delivery)) => ("valid", Some(delivery)),
            Ok(Outcome::Probe(_)) => ("probe", None),
            Err(error) => {
                assert_eq!(error.reply(), &Reply::empty(401), "{}", self.name);
                (rule_of(error.reason()), None)
            }
        };
        // The fixtures leave open which of the two an undecodable signature is.
        let latitude = self.expect == "invalid_signature" && rule == "malformed_header";
        assert!(rule == self.expect || latitude, "{}: {rule}", self.name);
        delivery
    }
}

fn rule_of(reason: &Reason) -> &'static str {
    match reason {
        Reason::Verify(error) => match error {
            VerifyError::MissingHeader { .. } => "missing_header",
            VerifyError::MalformedHeader { .. } | VerifyError::MalformedTimestamp { .. } => {
                "malformed_header"
            }
            VerifyError::SignatureMismatch | VerifyError::NoKey => "invalid_signature",
            VerifyError::TooOld => "too_old",
            VerifyError::TooNew => "too_new",
            other => other.rule(),
        },
        other => other.rule(),
    }
}

impl Handshake {
    /// Sends the probe and compares the answer; a probe never brings an event.
    fn check<P: Provider>(&self, provider: P) {
        let request = &self.request;
        let headers: Vec<_> = request.headers.iter().collect();
        let head = RequestHead::new(&request.method, "/hooks", &headers)
            .with_query(request.query.as_deref());
        let receiver = receiver_at(provider, 0);
        let reply = match receiver.receive(head, request.body.clone()) {
            Ok(Outcome::Probe(reply)) => reply,
            Ok(Outcome::Accepted(_)) => panic!("{}: accepted", self.name),
            Err(error) => error.reply().clone(),
        };
        assert_eq!(reply.status(), self.response.status, "{}", self.name);
        let content_type = reply.headers().find(|(name, _)| *name == "content-type");
        let expected = self.response.content_type.as_deref();
        assert_eq!(content_type.map(|(_, value)| value), expected);
        let json = serde_json::from_slice::<serde_json::Value>(reply.body()).ok();
        assert_eq!(json, self.response.json, "{}", self.name);
    }
}

/// Makes one test of every vector and handshake of a fixture, and one that none is left out.
macro_rules! fixture_tests {
    (
        vectors { $( $vector:ident = $vector_name:literal, )+ }
        handshakes { $( $handshake:ident = $handshake_name:literal, )* }
    ) => {
        $(
            #[test]
            fn $vector() {
                check_vector($vector_name);
            }
        )+

        $(
            #[test]
            fn $handshake() {
                check_handshake($handshake_name);
            }
        )*

        #[test]
        fn every_entry_of_the_fixture_is_a_test() {
            let tested = [$( $vector_name, )+ $( $handshake_name ),*];
            assert_eq!(fixture().names(), tested);
        }
    };
}

use fixture_tests;
