//! What goes wrong in receivers of this scheme, each with the test that pins it.

use ed25519_dalek::SigningKey;
use pulsehook_core::signature::{Tolerance, encode_base64};
use pulsehook_core::testing::macs_computed;
use pulsehook_core::{DecodeErrorKind, DedupKind, Receiver, VerifyError, danger};
use standard_webhooks::{
    HeaderFamily, Keys, MAX_ED25519_TOKENS, MAX_ID_BYTES, MAX_SIGNATURE_BYTES, MAX_TOKENS,
    PublicKey, StandardWebhooks, sign,
};
use std::time::Duration;

use crate::support::{BODY, NOW, Signed, at, head, receive, receiver_at, secret, signed, verify};

fn with_header(index: usize, value: impl Into<String>) -> Signed {
    let mut headers = signed(BODY);
    headers[index].1 = value.into();
    headers
}

fn mismatch<T>() -> Result<T, VerifyError> {
    Err(VerifyError::SignatureMismatch)
}

fn malformed<T>(name: &'static str) -> Result<T, VerifyError> {
    Err(VerifyError::MalformedHeader { name: name.into() })
}

#[test]
fn no_prefix_of_a_right_signature_passes_and_nothing_longer() {
    let receiver = receiver_at(secret(1), NOW);
    let right = signed(BODY)[2].1.clone();
    assert!(verify(&receiver, &with_header(2, &right), BODY).is_ok());
    for len in 0..right.len() {
        let headers = with_header(2, &right[..len]);
        assert_eq!(verify(&receiver, &headers, BODY), mismatch(), "{len} bytes");
    }
    for more in ["A", "=", "AAAA"] {
        let headers = with_header(2, format!("{right}{more}"));
        assert_eq!(verify(&receiver, &headers, BODY), mismatch(), "{more:?}");
    }
}

#[test]
fn only_an_exact_match_in_a_list_passes() {
    let receiver = receiver_at(secret(1), NOW);
    let right = signed(BODY)[2].1.clone();
    let value = right.strip_prefix("v1,").expect("v1").to_owned();
    let wrong = format!("v1,{}", encode_base64(&[0; 32]));
    let check = |list: String, good: bool| {
        let outcome = verify(&receiver, &with_header(2, &list), BODY);
        assert_eq!(outcome.is_ok(), good, "{list:?}: {outcome:?}");
    };
    check(format!("{wrong} {right}"), true);
    check(format!("{right} {wrong}"), true);
    check(format!("v1, {right}"), true);
    check(format!("v9,{value} nonsense  {right}"), true);
    check(wrong.clone(), false);
    check(format!("v9,{value}"), false);
    check(format!("v1a,{value}"), false);
    check(format!("V1,{value}"), false);
    check(value.clone(), false);
    check(format!("v1={value}"), false);
    check(format!("{wrong}\t{right}"), false);
    check(String::new(), false);
    check(" ".into(), false);
    check(format!("v1,{}", value.trim_end_matches('=')), false);
}

#[test]
fn time_stamps_are_plain_digits_and_enter_the_mac_as_text() {
    let receiver = receiver_at(secret(1), NOW);
    let text = NOW.to_string();
    let bad = [
        "",
        "+1774706625",
        "-1774706625",
        " 1774706625",
        "1774706625 ",
        "01774706625",
        "1774706625.0",
        "1774706625abc",
        "1e9",
        "0x69c7",
        "hello",
        "1774706625000",
        "٣٣٣",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
    ];
    let long = "9".repeat(400);
    for bad in bad.into_iter().chain([long.as_str()]) {
        let expect = VerifyError::MalformedTimestamp {
            name: "webhook-timestamp".into(),
        };
        let outcome = verify(&receiver, &with_header(1, bad), BODY);
        assert_eq!(outcome, Err(expect), "{bad:?}");
    }
    assert!(verify(&receiver, &with_header(1, &text), BODY).is_ok());
    // A time within the tolerance that is not the one under the signature.
    let other = (NOW + 1).to_string();
    assert_eq!(verify(&receiver, &with_header(1, other), BODY), mismatch());
}

#[test]
fn the_tolerance_has_two_ends_and_is_judged_after_the_signature() {
    let headers = signed(BODY);
    let check = |now: u64, expect: Result<(), VerifyError>| {
        let outcome = verify(&receiver_at(secret(1), now), &headers, BODY).map(drop);
        assert_eq!(outcome, expect, "{now}");
        let forged = verify(&receiver_at(secret(2), now), &headers, BODY);
        assert_eq!(forged, mismatch(), "{now}");
    };
    check(NOW - 301, Err(VerifyError::TooNew));
    check(NOW - 300, Ok(()));
    check(NOW + 300, Ok(()));
    check(NOW + 301, Err(VerifyError::TooOld));
    check(0, Err(VerifyError::TooNew));
}

#[test]
fn the_tolerance_can_be_set() {
    let day = Tolerance::new(Duration::from_secs(60)).past(Duration::from_secs(86_400));
    let outcome_at = |now| {
        let provider = StandardWebhooks::new(secret(1)).with_tolerance(day);
        let receiver = Receiver::builder(provider).clock(move || at(now)).build();
        verify(&receiver, &signed(BODY), BODY).map(drop)
    };
    assert_eq!(outcome_at(NOW + 86_400), Ok(()));
    assert_eq!(outcome_at(NOW + 86_401), Err(VerifyError::TooOld));
    assert_eq!(outcome_at(NOW - 61), Err(VerifyError::TooNew));
}

#[test]
fn one_mac_per_key_however_many_signatures_are_listed() {
    let keys = Keys::new("a", secret(2))
        .with("b", secret(3))
        .expect("two keys");
    let receiver = receiver_at(keys, NOW);
    let wrong = format!("v1,{}", encode_base64(&[0; 32]));
    let count = |tokens: usize| {
        let headers = with_header(2, vec![wrong.as_str(); tokens].join(" "));
        let before = macs_computed();
        let outcome = verify(&receiver, &headers, BODY);
        (outcome, macs_computed() - before)
    };
    assert_eq!(count(1), (mismatch(), 2));
    assert_eq!(count(MAX_TOKENS), (mismatch(), 2));
    assert_eq!(count(MAX_TOKENS + 1), (malformed("webhook-signature"), 0));
}

#[test]
fn nothing_is_computed_when_no_signature_could_match() {
    let receiver = receiver_at(secret(1), NOW);
    for list in ["v1,", "v1a,AAAA", "v2,AAAA", "x"] {
        let headers = with_header(2, list);
        let refused = receiver.begin(head(&headers));
        assert!(
            refused.is_err(),
            "{list:?} must be refused without the body"
        );
    }
}

#[test]
fn header_bytes_are_capped() {
    let receiver = receiver_at(secret(1), NOW);
    let right = signed(BODY)[2].1.clone();
    let padded = |len: usize| format!("{right} {}", "x".repeat(len - right.len() - 1));
    let most = with_header(2, padded(MAX_SIGNATURE_BYTES));
    assert!(verify(&receiver, &most, BODY).is_ok());
    let more = with_header(2, padded(MAX_SIGNATURE_BYTES + 1));
    assert_eq!(
        verify(&receiver, &more, BODY),
        malformed("webhook-signature")
    );

    let id = |len: usize| "m".repeat(len);
    let most: Signed = sign(
        HeaderFamily::Webhook,
        &secret(1),
        &id(MAX_ID_BYTES),
        at(NOW),
        BODY,
    )
    .into();
    assert!(verify(&receiver, &most, BODY).is_ok());
    for bad in [0, MAX_ID_BYTES + 1] {
        let headers: Signed =
            sign(HeaderFamily::Webhook, &secret(1), &id(bad), at(NOW), BODY).into();
        assert_eq!(verify(&receiver, &headers, BODY), malformed("webhook-id"));
    }
}

#[test]
fn ed25519_signatures_are_capped_where_they_would_be_verified() {
    let private = SigningKey::from_bytes(&[9; 32]);
    let public = encode_base64(private.verifying_key().as_bytes());
    let public = PublicKey::from_base64(&public).expect("a key");
    let wrong = format!("v1a,{}", encode_base64(&[0; 64]));
    let list = |tokens: usize| with_header(2, vec![wrong.as_str(); tokens].join(" "));
    let holder = receiver_at(public, NOW);
    assert_eq!(verify(&holder, &list(MAX_ED25519_TOKENS), BODY), mismatch());
    assert_eq!(
        verify(&holder, &list(MAX_ED25519_TOKENS + 1), BODY),
        malformed("webhook-signature")
    );
    let other = receiver_at(secret(1), NOW);
    assert_eq!(verify(&other, &list(MAX_TOKENS), BODY), mismatch());
}

#[test]
fn a_header_given_twice_is_refused_be_it_the_same_or_not() {
    let receiver = receiver_at(secret(1), NOW);
    for family in [HeaderFamily::Webhook, HeaderFamily::Svix] {
        let right: Signed = sign(family, &secret(1), "msg_1", at(NOW), BODY).into();
        for (name, value) in right.clone() {
            for second in [value.clone(), String::from("other")] {
                for at_front in [true, false] {
                    let mut headers = right.clone();
                    let index = if at_front { 0 } else { headers.len() };
                    headers.insert(index, (name, second.clone()));
                    let expect = VerifyError::RepeatedHeader { name: name.into() };
                    assert_eq!(verify(&receiver, &headers, BODY), Err(expect));
                }
            }
            // What a proxy makes of two headers.
            for separator in [",", ", "] {
                let mut headers = right.clone();
                let index = headers.iter().position(|(other, _)| *other == name);
                headers[index.expect("there")].1 = format!("{value}{separator}{value}");
                assert!(verify(&receiver, &headers, BODY).is_err(), "{name}");
            }
        }
    }
}

#[test]
fn a_list_with_a_token_of_two_commas_is_two_headers_joined() {
    let receiver = receiver_at(secret(1), NOW);
    let right = signed(BODY)[2].1.clone();
    for first in ["v9,x", "v1a,AAAA", "x,", ",", "v1,"] {
        // The proxy's comma sticks to the first line's last token, or stands between blanks.
        for joined in [format!("{first}, {right}"), format!("{first},{right}")] {
            let outcome = verify(&receiver, &with_header(2, &joined), BODY);
            assert_eq!(outcome, malformed("webhook-signature"), "{joined:?}");
        }
        // The same tokens in one line are a list like others.
        let listed = with_header(2, format!("{first} {right}"));
        assert!(verify(&receiver, &listed, BODY).is_ok(), "{first:?}");
        let last = with_header(2, format!("{right}, {first}"));
        let outcome = verify(&receiver, &last, BODY);
        assert_eq!(outcome, malformed("webhook-signature"), "{first:?}");
    }
}

#[test]
fn all_headers_come_from_one_family() {
    let receiver = receiver_at(secret(1), NOW);
    let webhook: Signed = signed(BODY);
    let svix: Signed = sign(HeaderFamily::Svix, &secret(1), "msg_1", at(NOW), BODY).into();
    // Bit n chooses the family of header n; 0 and 7 are not mixed.
    for mixture in 0..8 {
        let headers: Signed = (0..3)
            .map(|n| {
                if mixture >> n & 1 == 0 {
                    webhook[n].clone()
                } else {
                    svix[n].clone()
                }
            })
            .collect();
        let outcome = verify(&receiver, &headers, BODY).map(drop);
        let expect = if mixture == 0 || mixture == 7 {
            Ok(())
        } else {
            Err(VerifyError::MixedHeaders)
        };
        assert_eq!(outcome, expect, "mixture {mixture}");
    }
    // Both complete, or one complete with a piece of the other.
    let both: Signed = webhook.iter().chain(&svix).cloned().collect();
    assert_eq!(
        verify(&receiver, &both, BODY),
        Err(VerifyError::MixedHeaders)
    );
    for extra in &svix {
        let mut headers = webhook.clone();
        headers.push(extra.clone());
        assert_eq!(
            verify(&receiver, &headers, BODY),
            Err(VerifyError::MixedHeaders)
        );
    }
}

#[test]
fn bodies_need_not_be_text_to_verify_but_to_decode() {
    let receiver = receiver_at(secret(1), NOW);
    let body = b"{\"type\":\"\xFF\"}";
    assert!(verify(&receiver, &signed(body), body).is_ok());
    let lossy = String::from_utf8_lossy(body);
    assert_eq!(
        verify(&receiver, &signed(body), lossy.as_bytes()),
        mismatch()
    );

    let error = receive(&receiver, &signed(body), body).expect_err("not text");
    let undecodable = error.undecodable().expect("verified");
    assert_eq!(undecodable.error().kind(), DecodeErrorKind::NotUtf8);
    assert_eq!(undecodable.dedup_key().value(), "msg_1");
    assert_eq!(error.reply().status(), 400);
}

#[test]
fn headers_need_not_be_text_to_be_refused() {
    let receiver = receiver_at(secret(1), NOW);
    for index in 0..3 {
        for value in [&b"\xFF\xFE"[..], b"\0", b"", b"v1,\xFF"] {
            let mut headers: Vec<(&str, Vec<u8>)> = signed(BODY)
                .into_iter()
                .map(|(name, value)| (name, value.into_bytes()))
                .collect();
            headers[index].1 = value.into();
            assert!(verify(&receiver, &headers, BODY).is_err());
        }
    }
}

#[test]
fn any_json_is_an_event() {
    let receiver = receiver_at(secret(1), NOW);
    let check = |body: &str, event_type: Option<&str>, data: Option<&str>| {
        let body = body.as_bytes();
        let delivery = receive(&receiver, &signed(body), body).expect("JSON");
        let [event] = delivery.events() else {
            panic!("one message is one event");
        };
        assert_eq!(event.event_type.as_deref(), event_type);
        assert_eq!(event.data.as_ref().map(|data| data.get()), data);
        assert_eq!(event.raw.get().as_bytes(), body);
        assert_eq!(delivery.ack().status(), 200);
        assert!(!delivery.is_probe());
    };
    check(
        r#"{"type":"a.b","data":{"x":1.50}}"#,
        Some("a.b"),
        Some(r#"{"x":1.50}"#),
    );
    check(r#"{"event_type":"a.b","data":[1]}"#, None, Some("[1]"));
    check(r#"{"type":7,"timestamp":[],"data":null}"#, None, None);
    check(r#"{"type":"a","type":"b"}"#, None, None);
    check("[1,2]", None, None);
    check(r#"["a.b","2026-11-05T08:30:00Z",{}]"#, None, None);
    check("null", None, None);
}

#[test]
fn the_id_survives_storage_and_stands_for_the_delivery() {
    let receiver = receiver_at(secret(1), NOW);
    for family in [HeaderFamily::Webhook, HeaderFamily::Svix] {
        let headers: Signed = sign(family, &secret(1), "msg_7", at(NOW), BODY).into();
        let stored = verify(&receiver, &headers, BODY).expect("signed");
        let text = serde_json::to_string(&stored).expect("JSON");
        let stored = serde_json::from_str(&text).expect("JSON");
        let verified = danger::trust_stored(&receiver, &stored).expect("the same endpoint");
        let before = verified.dedup_key();
        assert_eq!(before.kind(), DedupKind::Id);
        let delivery = verified.decode().expect("JSON");
        assert_eq!(delivery.dedup_key().value(), "msg_7");
        assert_eq!(*delivery.dedup_key(), before);
    }
}
