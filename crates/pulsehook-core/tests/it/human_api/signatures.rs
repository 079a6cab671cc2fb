//! The signature header: what is signed, and in which spelling the signature may come.

use pulsehook_core::human_api::testing::sign;
use pulsehook_core::human_api::{Event, HumanApi};
use pulsehook_core::signature::{decode_base64, encode_base64, encode_hex};
use pulsehook_core::testing::macs_computed;
use pulsehook_core::{Authenticity, Receiver, SigningKey, SigningKeys};

use super::{
    Pairs, SIGNATURE, documented, documented_pairs, key, pairs, receive, receiver, refused_by_head,
    rule, signed_pairs,
};

fn with_signature(signature: impl AsRef<[u8]>) -> Pairs {
    pairs(signature, documented::TIMESTAMP, documented::NONCE)
}

fn check(signature: impl AsRef<[u8]>, expect: &str) {
    let result = receive(
        &receiver(),
        &with_signature(signature),
        documented::BODY.as_bytes(),
    );
    assert_eq!(rule(result), expect);
}

/// base64 of the 40 lower-case hexadecimal digits of the documented MAC.
fn hex_form() -> String {
    let mac: [u8; 20] = decode_base64(documented::SIGNATURE.as_bytes()).expect("base64");
    encode_base64(encode_hex(&mac).as_bytes())
}

fn hex_receiver() -> Receiver<HumanApi> {
    Receiver::new(HumanApi::new(key()).accept_hex_signatures())
}

#[test]
fn the_documented_example_is_accepted() {
    let body = documented::BODY.as_bytes();
    let delivery = receive(&receiver(), &documented_pairs(), body).expect("valid");
    assert_eq!(delivery.authenticity(), Authenticity::BodySignature);
    assert_eq!(delivery.key_id().map(|id| id.as_str()), Some("key-1"));
    let [Event::Unknown(item)] = delivery.events() else {
        panic!("not unknown");
    };
    assert_eq!(item.raw.get(), documented::BODY);
}

#[test]
fn the_documented_example_is_what_the_testing_feature_signs() {
    let request = sign(
        &key(),
        documented::BODY,
        documented::TIMESTAMP,
        documented::NONCE,
    );
    let headers = request.headers();
    assert!(headers.contains(&(SIGNATURE, documented::SIGNATURE.to_owned())));
    assert_eq!(request.body().as_ref(), documented::BODY.as_bytes());
}

#[test]
fn wrong_constructions_are_mismatches() {
    for (construction, signature) in [
        ("body, nonce, timestamp", "l9l+DGlk8p1/AepMrfHrsi5w7ro="),
        ("timestamp cut to seconds", "R7yNHWzxPDgdPmesXeCTxJY48dM="),
        ("sum as doubles", "f7xsW7f5ke0Nyu6vvnyeKSO+zoI="),
        ("sum as integers", "cobzB4RMeGQsdnA0gW4sU4qu7Yw="),
        ("timestamp, nonce, body", "DbJSgi2P8f+VRzu3OhHmRcmKfzg="),
    ] {
        let result = receive(
            &receiver(),
            &with_signature(signature),
            documented::BODY.as_bytes(),
        );
        assert_eq!(rule(result), "signature-mismatch", "{construction}");
    }
}

#[test]
fn digits_moved_from_timestamp_to_nonce_keep_the_replay_key() {
    let body = documented::BODY.as_bytes();
    let receiver = receiver();
    let original = receive(&receiver, &documented_pairs(), body).expect("valid");
    let (timestamp, moved) = documented::TIMESTAMP.split_at(10);
    let nonce = format!("{moved}{}", documented::NONCE);
    let shifted = pairs(documented::SIGNATURE, timestamp, &nonce);
    let shifted = receive(&receiver, &shifted, body).expect("the same message");
    assert!(original.replay_key().is_some());
    assert_eq!(original.replay_key(), shifted.replay_key());
    assert_eq!(original.dedup_key(), shifted.dedup_key());

    let other = signed_pairs(body, documented::TIMESTAMP, "another nonce");
    let other = receive(&receiver, &other, body).expect("valid");
    assert_ne!(original.replay_key(), other.replay_key());
}

#[test]
fn digits_moved_into_the_body_do_not_decode() {
    for body in ["[]", documented::BODY] {
        let signed = signed_pairs(body.as_bytes(), documented::TIMESTAMP, documented::NONCE);
        let signature = &signed
            .iter()
            .find(|(name, _)| *name == SIGNATURE)
            .expect("signed")
            .1;
        let (moved, timestamp) = documented::TIMESTAMP.split_at(1);
        let body = format!("{body}{moved}");
        let headers = pairs(signature, timestamp, documented::NONCE);
        let error = receive(&receiver(), &headers, body.as_bytes()).expect_err("no JSON");
        assert_eq!(error.rule(), "undecodable");
        assert_eq!(error.reply().status(), 400);
        let undecodable = error.undecodable().expect("carried");
        assert_eq!(undecodable.raw().as_ref(), body.as_bytes());
    }
}

#[test]
fn every_prefix_of_the_signature_and_one_byte_more_fail() {
    for length in 0..documented::SIGNATURE.len() {
        check(&documented::SIGNATURE[..length], "malformed-header");
    }
    for more in ["=", "A", " ", "\0"] {
        check(
            format!("{}{more}", documented::SIGNATURE),
            "malformed-header",
        );
    }
}

#[test]
fn every_prefix_of_the_mac_in_valid_base64_fails() {
    let mac: [u8; 20] = decode_base64(documented::SIGNATURE.as_bytes()).expect("base64");
    for length in 0..mac.len() {
        check(encode_base64(&mac[..length]), "malformed-header");
    }
    check(
        encode_base64(&[&mac[..], &[0]].concat()),
        "malformed-header",
    );
}

#[test]
fn every_changed_bit_of_the_mac_is_a_mismatch() {
    let mac: [u8; 20] = decode_base64(documented::SIGNATURE.as_bytes()).expect("base64");
    for bit in 0..160 {
        let mut changed = mac;
        changed[bit / 8] ^= 1 << (bit % 8);
        check(encode_base64(&changed), "signature-mismatch");
    }
}

#[test]
fn base64_is_taken_in_its_canonical_form_only() {
    let url_safe = documented::SIGNATURE.replace('/', "_").replace('+', "-");
    assert_ne!(url_safe, documented::SIGNATURE);
    for signature in [
        url_safe.as_str(),
        "fQkvPoMVwsZWM4/r4VrKlMaCOAw",
        "fQkvPoMVwsZWM4/r4VrKlMaCOAw==",
        " fQkvPoMVwsZWM4/r4VrKlMaCOAw=",
        "fQkvPoMVwsZWM4/r4VrKlMaCOAw= ",
        "fQkvPoMVwsZWM4\n/r4VrKlMaCOAw=",
        "fQkvPoMVwsZWM4 r4VrKlMaCOAw=",
        "fQkvPoMVwsZWM4/r4VrKlMaCOA==",
        // The same 20 bytes with stray bits behind them.
        "fQkvPoMVwsZWM4/r4VrKlMaCOAx=",
        "fQkvPoMVwsZWM4/r4VrKlMaCOAwA",
        "7d092f3e8315c2c656338febe15aca94c682380c",
        "sha1=fQkvPoMVwsZWM4/r4VrKlMaCOAw=",
        "fQkvPoMVwsZWM4/r4VrKlMaCOAw=,fQkvPoMVwsZWM4/r4VrKlMaCOAw=",
    ] {
        check(signature, "malformed-header");
    }
    check(b"\xff\xfe\0", "malformed-header");
}

#[test]
fn base64_of_hex_is_refused_unless_opted_in() {
    assert_eq!(
        hex_form(),
        "N2QwOTJmM2U4MzE1YzJjNjU2MzM4ZmViZTE1YWNhOTRjNjgyMzgwYw=="
    );
    check(hex_form(), "malformed-header");
}

#[test]
fn base64_of_hex_is_accepted_when_opted_in_beside_the_usual_form() {
    let body = documented::BODY.as_bytes();
    let usual = receive(&hex_receiver(), &documented_pairs(), body).expect("valid");
    let hex = receive(&hex_receiver(), &with_signature(hex_form()), body).expect("valid");
    assert_eq!(usual.replay_key(), hex.replay_key());
    assert_eq!(hex.authenticity(), Authenticity::BodySignature);
}

#[test]
fn base64_of_hex_is_taken_exactly() {
    let hex = "7d092f3e8315c2c656338febe15aca94c682380c";
    let refused = |text: String, expect| {
        let headers = with_signature(text);
        let result = receive(&hex_receiver(), &headers, documented::BODY.as_bytes());
        assert_eq!(rule(result), expect);
    };
    refused(
        encode_base64(hex.to_uppercase().as_bytes()),
        "malformed-header",
    );
    refused(encode_base64(&hex.as_bytes()[..39]), "malformed-header");
    refused(
        encode_base64(format!("{hex}0").as_bytes()),
        "malformed-header",
    );
    refused(
        encode_base64(hex.replace('7', "g").as_bytes()),
        "malformed-header",
    );
    refused(hex.to_owned(), "malformed-header");
    let unpadded = hex_form().trim_end_matches('=').to_owned();
    refused(unpadded, "malformed-header");
    let other = hex.replace('7', "8");
    refused(encode_base64(other.as_bytes()), "signature-mismatch");
}

#[test]
fn the_listing_of_the_documentation_is_always_refused() {
    let headers = with_signature("ZTQ0MDg3MmExYjg5ZmYOTA3Y2M4Zjc4NQ==");
    for receiver in [receiver(), hex_receiver()] {
        assert_eq!(
            refused_by_head(&receiver, &headers),
            Some("malformed-header")
        );
    }
}

#[test]
fn a_ring_of_keys_accepts_the_old_and_the_new_and_says_which() {
    let new = SigningKey::from_text("the secret after the rotation").expect("not blank");
    let keys = SigningKeys::new("new", new.clone())
        .with("old", key())
        .expect("two keys");
    let receiver = Receiver::new(HumanApi::new(keys));
    for (key, id) in [(new, "new"), (key(), "old")] {
        let request = sign(&key, "[]", documented::TIMESTAMP, documented::NONCE);
        let headers: Pairs = request
            .headers()
            .iter()
            .map(|(name, value)| (*name, value.clone().into_bytes()))
            .collect();
        let before = macs_computed();
        let delivery = receive(&receiver, &headers, b"[]").expect("valid");
        assert_eq!(delivery.key_id().map(|id| id.as_str()), Some(id));
        assert!(macs_computed() - before <= 2);
    }
    let other = SigningKey::from_text("neither").expect("not blank");
    let request = sign(&other, "[]", documented::TIMESTAMP, documented::NONCE);
    let signature = &request
        .headers()
        .iter()
        .find(|(name, _)| *name == SIGNATURE)
        .expect("signed")
        .1;
    let result = receive(&receiver, &with_signature(signature), b"[]");
    assert_eq!(rule(result), "signature-mismatch");
}

#[test]
fn a_forged_body_that_is_no_json_is_a_mismatch() {
    for body in [&b"[{"[..], b"\xff", b""] {
        let result = receive(&receiver(), &documented_pairs(), body);
        let error = result.expect_err("forged");
        assert_eq!(error.rule(), "signature-mismatch");
        assert_eq!(error.reply().status(), 401);
        assert!(error.reply().body().is_empty());
        assert!(error.undecodable().is_none());
    }
}

#[test]
fn a_body_that_is_not_utf8_verifies_over_its_bytes_and_its_repaired_twin_does_not() {
    let body = b"[\"\xff\"]";
    let headers = signed_pairs(body, documented::TIMESTAMP, documented::NONCE);
    assert_eq!(rule(receive(&receiver(), &headers, body)), "undecodable");
    let repaired = String::from_utf8_lossy(body).into_owned();
    let result = receive(&receiver(), &headers, repaired.as_bytes());
    assert_eq!(rule(result), "signature-mismatch");
}
