//! Vectors, handshakes, and the ways in which a probe could be misused.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use pulsehook_core::signature::{decode_base64_up_to, encode_base64};
use pulsehook_core::{KeyId, Outcome, RawJson, Reply, RequestHead, SharedSecret};
use serde::Deserialize;

use super::{AUTHORIZATION, Event, GoogleHealth, OTHER_SIGNATURE, PROBE_BYTES, SIGNATURE};
use crate::outside::{Fixture, Vector, fixture_tests, post, receiver_at};
use crate::support::{Secret, json_fixture};

const NOW: u64 = 1_774_706_625;
const BEARER: &str = "Bearer my-subscriber";
const PROBE: &str = r#"{"type": "verification"}"#;

#[derive(Deserialize)]
struct Keys {
    keyset: String,
    authorization: Secret,
}

#[derive(Deserialize)]
struct KeySets {
    keyset: RawJson,
    keyset_first_disabled: RawJson,
}

fn fixture() -> Fixture<Keys> {
    json_fixture("google-health/vectors.json")
}

fn google_health(key_set: &str, authorization: &str) -> GoogleHealth {
    let key_sets: KeySets = json_fixture("google-health/vectors.json");
    let key_set = match key_set {
        "keyset" => key_sets.keyset,
        "keyset_first_disabled" => key_sets.keyset_first_disabled,
        other => panic!("no key set {other}"),
    };
    let secret = SharedSecret::from_text(authorization).expect("a secret");
    let provider = GoogleHealth::new(&key_set).expect("a key set");
    provider.with_authorization(secret)
}

fn check_vector(name: &str) {
    let vector = fixture().vector(name);
    let provider = google_health(&vector.keys.keyset, &vector.keys.authorization.join());
    if let Some(delivery) = vector.check(provider) {
        let expected = if vector.body.starts_with('[') { 2 } else { 1 };
        assert_eq!(delivery.events().len(), expected);
        for event in delivery.events() {
            let Event::Change(change) = event else {
                panic!("{name}: not known");
            };
            assert_eq!(change.health_user_id, "1112223334445556667");
            assert!(["UPSERT", "DELETE"].contains(&change.operation.as_str()));
            assert!(["steps", "weight"].contains(&change.data_type.as_str()));
        }
        assert_eq!(delivery.ack(), &Reply::empty(204));
        assert!(delivery.replay_key().is_some());
    }
}

fn check_handshake(name: &str) {
    let handshake = fixture().handshake(name);
    let authorization = handshake.authorization.as_ref().expect(name).join();
    handshake.check(google_health("keyset", &authorization));
}

fixture_tests! {
    vectors {
        array_of_two = "array of two notifications, first key",
        single_object = "single notification object, second key",
        no_authorization = "no Authorization header, good signature",
        body_changed = "body changed",
        unknown_key_id = "key id not in the keyset",
        other_key = "signature made with the other key under this key id",
        wrong_prefix = "prefix byte is not 1",
        prefix_only = "prefix only, no signature",
        not_base64 = "not base64",
        disabled_key = "signing key disabled in the keyset",
        signature_absent = "signature header absent",
    }
    handshakes {
        with_the_secret = "with the secret",
        without_the_secret = "without the secret",
        wrong_secret = "wrong secret",
    }
}

fn signature_of(vector: &Vector<Keys>) -> &str {
    vector.headers.get("X-HEALTHAPI-SIGNATURE").expect("signed")
}

/// Posts to a receiver whose credential is [`BEARER`]; says "probe", "accepted", or the rule.
fn rule(headers: &[(&str, &str)], body: &str) -> &'static str {
    let receiver = receiver_at(google_health("keyset", BEARER), NOW);
    match post(&receiver, headers, body) {
        Ok(Outcome::Probe(reply)) => {
            assert_eq!(reply, Reply::empty(201));
            "probe"
        }
        Ok(Outcome::Accepted(_)) => "accepted",
        Err(error) => error.rule(),
    }
}

#[test]
fn a_delivery_cannot_be_passed_off_as_a_probe() {
    let authorized = [(AUTHORIZATION, BEARER)];
    let vector = fixture().vector("single notification object, second key");
    let notification = vector.body.strip_prefix('{').expect("an object");
    let long = format!("{PROBE}{}", " ".repeat(PROBE_BYTES));
    for body in [
        vector.body.as_str(),
        &format!(r#"{{"type":"verification",{notification}"#),
        r#"{"data":{"type":"verification"}}"#,
        r#"[{"type":"verification"}]"#,
        r#"["verification"]"#,
        r#"{"type":"verification","type":"verification"}"#,
        r#"{"type":"Verification"}"#,
        r#""verification""#,
        "",
        &long,
    ] {
        assert_eq!(rule(&authorized, body), "missing-header", "{body}");
    }
}

#[test]
fn a_probe_brings_nothing_along() {
    let authorized = [(AUTHORIZATION, BEARER)];
    for body in [
        PROBE,
        r#"{"type":"verification"}"#,
        " {\n\"type\" : \"verification\" } ",
        r#"{"type":"verification","data":{"operation":"DELETE"}}"#,
    ] {
        assert_eq!(rule(&authorized, body), "probe", "{body}");
        assert_eq!(rule(&[], body), "missing-credential", "{body}");
    }
}

#[test]
fn a_signature_header_makes_a_request_no_probe() {
    let vector = fixture().vector("array of two notifications, first key");
    let right = signature_of(&vector);
    for name in [SIGNATURE, OTHER_SIGNATURE] {
        for value in ["", "x", right] {
            let rule = rule(&[(AUTHORIZATION, BEARER), (name, value)], PROBE);
            let refused = ["malformed-header", "signature-mismatch"].contains(&rule);
            assert!(refused, "{name}: {value}: {rule}");
        }
    }
}

#[test]
fn either_name_of_the_signature_header_but_not_both() {
    let vector = fixture().vector("single notification object, second key");
    let value = signature_of(&vector);
    let check = |names: &[&str], expect: &str| {
        let headers: Vec<_> = names.iter().map(|name| (*name, value)).collect();
        assert_eq!(rule(&headers, &vector.body), expect, "{names:?}");
    };
    check(&[SIGNATURE], "accepted");
    check(&[OTHER_SIGNATURE], "accepted");
    check(&[SIGNATURE, OTHER_SIGNATURE], "mixed-headers");
    check(&[SIGNATURE, SIGNATURE], "repeated-header");
}

#[test]
fn a_wrong_credential_spoils_a_good_signature_and_never_replaces_one() {
    let vector = fixture().vector("single notification object, second key");
    let value = signature_of(&vector);
    let signed = |authorization| [(SIGNATURE, value), (AUTHORIZATION, authorization)];
    assert_eq!(rule(&signed(BEARER), &vector.body), "accepted");
    assert_eq!(
        rule(&signed("Bearer nope"), &vector.body),
        "credential-mismatch"
    );
    assert_eq!(rule(&signed(""), &vector.body), "credential-mismatch");
    assert_eq!(
        rule(&[(AUTHORIZATION, BEARER)], &vector.body),
        "missing-header"
    );
}

#[test]
fn an_unsigned_request_that_says_it_is_long_is_not_waited_for() {
    let receiver = receiver_at(google_health("keyset", BEARER), NOW);
    let begin = |length: &str| {
        let headers = [("content-length", length)];
        let head = RequestHead::new("POST", "/hooks", &headers);
        receiver.begin(head).map(drop).map_err(|error| error.rule())
    };
    assert_eq!(begin("256"), Ok(()));
    assert_eq!(begin("257"), Err("missing-header"));
}

/// Makes a key set of one key, and the signature of a body by that key.
fn key_set_and_signature(coordinate_prefix: &[u8], body: &str) -> (RawJson, String) {
    let private = SigningKey::from_slice(&[7; 32]).expect("a key");
    let point = private.verifying_key().to_sec1_point(false);
    let mut public = vec![0x12, 6, 0x08, 3, 0x10, 2, 0x18, 2];
    for (tag, coordinate) in [(0x1a, point.x()), (0x22, point.y())] {
        let coordinate = [coordinate_prefix, coordinate.expect("a point")].concat();
        public.push(tag);
        public.push(u8::try_from(coordinate.len()).expect("short"));
        public.extend(coordinate);
    }
    let key_set = serde_json::json!({"key": [{
        "keyData": {
            "typeUrl": "type.googleapis.com/google.crypto.tink.EcdsaPublicKey",
            "value": encode_base64(&public),
        },
        "status": "ENABLED",
        "keyId": 5,
        "outputPrefixType": "TINK",
    }]});
    let signature: Signature = private.sign(body.as_bytes());
    let signature = [&[1, 0, 0, 0, 5], signature.to_der().as_bytes()].concat();
    let key_set = RawJson::from_text(&key_set.to_string()).expect("JSON");
    (key_set, encode_base64(&signature))
}

#[test]
fn an_unknown_item_does_not_lose_its_siblings() {
    let known = r#"{"data":{"healthUserId":"1","operation":"MERGE","dataType":"new-type"}}"#;
    let unknown = r#"{"data": 7}"#;
    let body = format!(" [{known}, {unknown}]");
    // Coordinates may have a leading zero byte.
    for prefix in [&[][..], &[0]] {
        let (key_set, signature) = key_set_and_signature(prefix, &body);
        let provider = GoogleHealth::new(&key_set).expect("a key set");
        let outcome = post(
            &receiver_at(provider, NOW),
            &[(SIGNATURE, &signature)],
            &body,
        );
        let delivery = outcome.expect("signed").accepted().expect("no probe");
        let [Event::Change(change), Event::Unknown(raw)] = delivery.events() else {
            panic!("not as sent: {:?}", delivery.events());
        };
        assert_eq!(change.operation, "MERGE");
        assert_eq!(raw.get(), unknown);
        assert_eq!(delivery.key_id().map(KeyId::as_str), Some("5"));
    }
}

#[test]
fn base64_of_varying_length_is_as_strict_as_that_of_a_fixed_one() {
    for len in 0..=80 {
        let bytes = vec![0xA5; len];
        let text = encode_base64(&bytes);
        let text = text.as_bytes();
        assert_eq!(decode_base64_up_to(text, 80), Some(bytes.clone()), "{len}");
        assert_eq!(decode_base64_up_to(text, len), Some(bytes), "{len}");
        assert_eq!(
            decode_base64_up_to(text, usize::MAX).map(|it| it.len()),
            Some(len)
        );
        if let Some(less) = len.checked_sub(1) {
            assert_eq!(decode_base64_up_to(text, less), None, "{len}");
        }
    }
    // No padding, stray bits, white space, the other alphabet.
    for bad in ["QQ", "QR==", "QQ==\n", " QQ==", "_-==", "QQ==QQ=="] {
        assert_eq!(decode_base64_up_to(bad.as_bytes(), 80), None, "{bad:?}");
    }
}
