//! The three headers: missing, empty, repeated, joined; and requests without them.

use pulsehook_core::human_api::HumanApi;
use pulsehook_core::{Authenticity, Receiver, RequestHead, VerifyError};

use super::{
    NONCE, Pairs, SIGNATURE, TIMESTAMP, documented, documented_pairs, key, receive, receiver,
    refused_by_head, rule, signed_pairs, verify_error,
};

const ALL: [&str; 3] = [SIGNATURE, TIMESTAMP, NONCE];

fn without(name: &str) -> Pairs {
    let mut headers = documented_pairs();
    headers.retain(|(other, _)| *other != name);
    headers
}

fn with(name: &'static str, value: &[u8]) -> Pairs {
    let mut headers = without(name);
    headers.push((name, value.to_vec()));
    headers
}

fn and(name: &'static str, value: &[u8]) -> Pairs {
    let mut headers = documented_pairs();
    headers.push((name, value.to_vec()));
    headers
}

fn value_of(name: &str) -> Vec<u8> {
    let mut headers = documented_pairs();
    headers.retain(|(other, _)| *other == name);
    headers.remove(0).1
}

fn check(headers: &Pairs, expect: &str) {
    assert_eq!(refused_by_head(&receiver(), headers), Some(expect));
}

#[test]
fn a_missing_header_is_named() {
    for name in ALL {
        check(&without(name), "missing-header");
        let result = receive(&receiver(), &without(name), documented::BODY.as_bytes());
        assert_eq!(
            verify_error(result),
            VerifyError::MissingHeader { name: name.into() }
        );
    }
    check(&Vec::new(), "missing-header");
}

#[test]
fn an_empty_timestamp_or_nonce_counts_as_missing() {
    check(&with(TIMESTAMP, b""), "missing-header");
    check(&with(NONCE, b""), "missing-header");
}

#[test]
fn an_empty_signature_is_malformed() {
    check(&with(SIGNATURE, b""), "malformed-header");
}

#[test]
fn repeated_headers_are_refused_be_they_different_or_the_same() {
    for name in ALL {
        check(&and(name, b"1"), "repeated-header");
        check(&and(name, &value_of(name)), "repeated-header");
        check(&and(name, b""), "repeated-header");
    }
    check(
        &and("X-HumanAPI-Signature", &value_of(SIGNATURE)),
        "repeated-header",
    );
}

#[test]
fn comma_joined_headers_are_refused() {
    let joined = |name| [value_of(name), b", ".to_vec(), value_of(name)].concat();
    check(&with(SIGNATURE, &joined(SIGNATURE)), "malformed-header");
    check(&with(TIMESTAMP, &joined(TIMESTAMP)), "malformed-timestamp");
    // A nonce is opaque; joined, it is another nonce.
    let result = receive(
        &receiver(),
        &with(NONCE, &joined(NONCE)),
        documented::BODY.as_bytes(),
    );
    assert_eq!(rule(result), "signature-mismatch");
}

#[test]
fn header_names_match_in_any_case() {
    let headers: Pairs = vec![
        ("X-HumanAPI-Signature", value_of(SIGNATURE)),
        ("X-HUMANAPI-TIMESTAMP", value_of(TIMESTAMP)),
        ("x-humanapi-nonce", value_of(NONCE)),
    ];
    assert!(receive(&receiver(), &headers, documented::BODY.as_bytes()).is_ok());
}

#[test]
fn a_nonce_is_opaque_and_signed_as_text() {
    let body = documented::BODY.as_bytes();
    for nonce in [
        "0",
        "007",
        "000105850310064852240",
        "9876543210987654321098765432109876543210",
        "18446744073709551616",
        "-1",
        "1e9",
        "e7c1-Nonce_ok",
    ] {
        let headers = signed_pairs(body, documented::TIMESTAMP, nonce);
        assert!(receive(&receiver(), &headers, body).is_ok(), "{nonce}");
    }
    let mut headers = signed_pairs(body, documented::TIMESTAMP, "007");
    headers.retain(|(name, _)| *name != NONCE);
    headers.push((NONCE, b"7".to_vec()));
    assert_eq!(
        rule(receive(&receiver(), &headers, body)),
        "signature-mismatch"
    );
}

#[test]
fn bytes_that_are_no_text_are_refused_or_signed_like_any_others() {
    for name in [SIGNATURE, TIMESTAMP] {
        let refused = refused_by_head(&receiver(), &with(name, b"\xff\x00\x80"));
        assert!(refused.is_some_and(|rule| rule.starts_with("malformed")));
    }
    let result = receive(
        &receiver(),
        &with(NONCE, b"\xff\x00\x80"),
        documented::BODY.as_bytes(),
    );
    assert_eq!(rule(result), "signature-mismatch");
}

#[test]
fn other_methods_are_answered_405_with_allow() {
    for method in ["GET", "HEAD", "PUT", "post", ""] {
        let headers = documented_pairs();
        let head = RequestHead::new(method, "/", &headers);
        let error = receiver().begin(head).expect_err("only POST");
        assert_eq!(error.rule(), "method-not-allowed");
        assert_eq!(error.reply().status(), 405);
        let allow: Vec<_> = error.reply().headers().collect();
        assert_eq!(allow, [("allow", "POST")]);
    }
}

#[test]
fn the_content_type_does_not_matter() {
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "",
    ] {
        let headers = and("content-type", content_type.as_bytes());
        let delivery = receive(&receiver(), &headers, documented::BODY.as_bytes());
        assert_eq!(delivery.expect("valid").events().len(), 1);
    }
}

fn unsigned_receiver() -> Receiver<HumanApi> {
    Receiver::new(HumanApi::new(key()).danger_accept_unsigned())
}

#[test]
fn unsigned_requests_are_accepted_only_when_opted_in() {
    let body = br#"[{"topic":"order","property":"orderState","value":"Pended"}]"#;
    assert_eq!(
        rule(receive(&receiver(), &Vec::new(), body)),
        "missing-header"
    );
    let delivery = receive(&unsigned_receiver(), &Vec::new(), body).expect("opted in");
    assert_eq!(delivery.authenticity(), Authenticity::None);
    assert_eq!(delivery.key_id(), None);
    assert_eq!(delivery.replay_key(), None);
    assert_eq!(delivery.events().len(), 1);
}

#[test]
fn with_one_of_the_headers_a_request_must_verify_even_when_opted_in() {
    let receiver = unsigned_receiver();
    let body = documented::BODY.as_bytes();
    for name in ALL {
        for value in [value_of(name), Vec::new()] {
            let refused = refused_by_head(&receiver, &vec![(name, value)]);
            assert!(refused.is_some());
        }
        assert_eq!(
            refused_by_head(&receiver, &without(name)),
            Some("missing-header")
        );
    }
    let delivery = receive(&receiver, &documented_pairs(), body).expect("signed");
    assert_eq!(delivery.authenticity(), Authenticity::BodySignature);
    let forged = receive(&receiver, &documented_pairs(), b"[]");
    assert_eq!(rule(forged), "signature-mismatch");
}
