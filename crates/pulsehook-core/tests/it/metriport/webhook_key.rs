//! The retired header that carries the key itself.

use pulsehook_core::metriport::testing::sign;
use pulsehook_core::metriport::{Event, Metriport};
use pulsehook_core::{
    Authenticity, Delivery, Outcome, ReceiveError, Receiver, SigningKey, SigningKeys,
};

use super::{SIGNATURE, key, message, post, receiver, send, signature_of};

const LEGACY: &str = "the key of an old sender";

fn lax_receiver() -> Receiver<Metriport> {
    let first = SigningKey::from_text("an older key").expect("key");
    let second = SigningKey::from_text(LEGACY).expect("key");
    let ring = SigningKeys::new("first", first)
        .with("second", second)
        .expect("ring");
    Receiver::new(Metriport::new(key()).danger_accept_webhook_key(ring))
}

fn refused(outcome: Result<Outcome<Delivery<Event>>, ReceiveError>) -> &'static str {
    let error = outcome.expect_err("refused");
    assert_eq!(error.reply().status(), 401);
    assert!(error.reply().body().is_empty());
    error.rule()
}

#[test]
fn the_key_alone_is_refused_by_default() {
    for value in ["a key of the tests", LEGACY, ""] {
        let headers = [("x-webhook-key", value.as_bytes())];
        assert_eq!(
            refused(post(&receiver(), &headers, message("ping"))),
            "missing-header"
        );
    }
}

#[test]
fn the_key_alone_passes_where_it_was_asked_for() {
    for (value, id) in [(LEGACY, "second"), ("an older key", "first")] {
        let headers = [("X-Webhook-Key", value.as_bytes())];
        let outcome = post(&lax_receiver(), &headers, message("patient.admit"));
        let delivery = outcome.expect("accepted").accepted().expect("no probe");
        assert_eq!(delivery.authenticity(), Authenticity::SharedSecret);
        assert_eq!(delivery.key_id().map(|id| id.as_str()), Some(id));
        assert_eq!(delivery.replay_key(), None);
        assert!(matches!(delivery.events(), [Event::PatientAdmit(_)]));
    }
}

#[test]
fn wrong_keys_are_refused_where_keys_pass() {
    let receiver = lax_receiver();
    for length in 0..LEGACY.len() {
        let headers = [("x-webhook-key", &LEGACY.as_bytes()[..length])];
        assert_eq!(
            refused(post(&receiver, &headers, message("ping"))),
            "credential-mismatch"
        );
    }
    for value in [
        "the key of an old sender ",
        "THE KEY OF AN OLD SENDER",
        "a key of the tests",
    ] {
        let headers = [("x-webhook-key", value.as_bytes())];
        assert_eq!(
            refused(post(&receiver, &headers, message("ping"))),
            "credential-mismatch"
        );
    }
    let legacy = LEGACY.as_bytes();
    let twice = [("x-webhook-key", legacy), ("x-webhook-key", legacy)];
    assert_eq!(
        refused(post(&receiver, &twice, message("ping"))),
        "repeated-header"
    );
    assert_eq!(
        refused(post(&receiver, &[], message("ping"))),
        "missing-header"
    );
}

#[test]
fn a_right_key_does_not_stand_in_for_a_signature() {
    let receiver = lax_receiver();
    let body = message("patient.admit");
    let right = signature_of(body.clone());
    let legacy = ("x-webhook-key", LEGACY.as_bytes());
    let wrong = "0".repeat(64);
    let headers = [legacy, (SIGNATURE, wrong.as_bytes())];
    assert_eq!(
        refused(post(&receiver, &headers, body.clone())),
        "signature-mismatch"
    );
    let headers = [legacy, (SIGNATURE, b"".as_slice())];
    assert_eq!(
        refused(post(&receiver, &headers, body.clone())),
        "malformed-header"
    );
    let headers = [
        legacy,
        (SIGNATURE, right.as_bytes()),
        (SIGNATURE, right.as_bytes()),
    ];
    assert_eq!(refused(post(&receiver, &headers, body)), "repeated-header");
}

#[test]
fn a_right_signature_decides_beside_any_key() {
    let receiver = lax_receiver();
    let signed = sign(&key(), message("patient.admit"));
    for value in [LEGACY, "wrong", ""] {
        let request = signed.clone().with_header("x-webhook-key", value);
        let delivery = send(&receiver, &request)
            .expect("signed")
            .accepted()
            .expect("accepted");
        assert_eq!(delivery.authenticity(), Authenticity::BodySignature);
    }
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?} {:?}", lax_receiver(), lax_receiver().provider());
    assert!(shown.contains("accepts_webhook_key: true"));
    for secret in [LEGACY, "an older key", "a key of the tests"] {
        assert!(!shown.contains(secret));
    }
}
