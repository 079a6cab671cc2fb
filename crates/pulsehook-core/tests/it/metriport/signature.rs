//! What counts as a signature, and over which bytes.

use pulsehook_core::metriport::Metriport;
use pulsehook_core::metriport::testing::sign;
use pulsehook_core::{
    ConfigError, Outcome, Reason, Receiver, RequestHead, SigningKey, SigningKeys, VerifyError,
};

use super::{SIGNATURE, key, message, post, receiver, send, signature_of};

/// Posts a body under the values of the signature header, and returns the rule that refused it.
#[track_caller]
fn rule(values: &[&[u8]], body: &str) -> Option<&'static str> {
    let headers: Vec<_> = values.iter().map(|value| (SIGNATURE, *value)).collect();
    let outcome = post(&receiver(), &headers, body.to_owned());
    if let Err(error) = &outcome {
        let status = error.reply().status();
        assert_eq!(
            status,
            if error.rule() == "undecodable" {
                400
            } else {
                401
            }
        );
        assert!(error.reply().body().is_empty());
    }
    outcome.err().map(|error| error.rule())
}

#[test]
fn only_the_whole_signature_passes() {
    let body = message("patient.admit");
    let right = signature_of(body.clone());
    assert_eq!(rule(&[right.as_bytes()], &body), None);
    for length in 0..right.len() {
        let prefix = &right.as_bytes()[..length];
        assert_eq!(rule(&[prefix], &body), Some("malformed-header"), "{length}");
    }
    for byte in [b'0', b' ', 0, 0xff] {
        let mut longer = right.clone().into_bytes();
        longer.push(byte);
        assert_eq!(rule(&[&longer], &body), Some("malformed-header"));
    }
}

#[test]
fn every_changed_digit_is_refused() {
    let body = message("patient.admit");
    let right = signature_of(body.clone()).into_bytes();
    for at in 0..right.len() {
        let mut wrong = right.clone();
        wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
        assert_eq!(rule(&[&wrong], &body), Some("signature-mismatch"));
    }
}

#[test]
fn other_spellings_of_the_right_signature_are_refused() {
    let body = message("patient.admit");
    let right = signature_of(body.clone());
    let mixed = format!("{}{}", right[..32].to_uppercase(), &right[32..]);
    assert_ne!(mixed, right);
    for value in [
        right.to_uppercase(),
        mixed,
        format!("sha256={right}"),
        format!(" {right}"),
        format!("{right} "),
        format!("{right}\n"),
        format!("0x{right}"),
        format!("{right},{right}"),
        format!("{right}, {right}"),
        format!("\"{right}\""),
        "é".repeat(32),
        "é".repeat(64),
        "z".repeat(64),
        String::new(),
    ] {
        assert_eq!(
            rule(&[value.as_bytes()], &body),
            Some("malformed-header"),
            "{value:?}"
        );
    }
    assert_eq!(rule(&[&[0xff; 64]], &body), Some("malformed-header"));
    assert_eq!(rule(&[&[0; 64]], &body), Some("malformed-header"));
    assert_eq!(
        rule(&[&b"0".repeat(1_000_000)], &body),
        Some("malformed-header")
    );
}

#[test]
fn missing_and_repeated_headers_are_told_apart_to_the_developer_alone() {
    let body = message("patient.admit");
    let right = signature_of(body.clone()).into_bytes();
    let wrong = b"0".repeat(64);
    assert_eq!(rule(&[], &body), Some("missing-header"));
    assert_eq!(rule(&[&right, &right], &body), Some("repeated-header"));
    assert_eq!(rule(&[&right, &wrong], &body), Some("repeated-header"));
    assert_eq!(rule(&[&wrong, &right], &body), Some("repeated-header"));
    assert_eq!(rule(&[&right, b""], &body), Some("repeated-header"));
}

#[test]
fn the_letter_case_of_the_header_name_does_not_matter() {
    let body = message("patient.admit");
    let right = signature_of(body.clone());
    for name in ["X-Metriport-Signature", "X-METRIPORT-SIGNATURE"] {
        assert!(post(&receiver(), &[(name, right.as_bytes())], body.clone()).is_ok());
    }
    let both = [
        ("X-Metriport-Signature", right.as_bytes()),
        (SIGNATURE, right.as_bytes()),
    ];
    let error = post(&receiver(), &both, body).expect_err("repeated");
    assert_eq!(error.rule(), "repeated-header");
}

#[test]
fn unsigned_headers_change_nothing() {
    let body = message("patient.admit");
    let right = signature_of(body.clone());
    let plain = post(&receiver(), &[(SIGNATURE, right.as_bytes())], body.clone());
    let decorated = post(
        &receiver(),
        &[
            ("content-type", b"text/plain"),
            ("user-agent", b"someone else"),
            ("x-webhook-key", b"nonsense"),
            (SIGNATURE, right.as_bytes()),
            ("x-extra", b"\xff"),
        ],
        body,
    );
    let events = |outcome: Result<Outcome<pulsehook_core::Delivery<_>>, _>| {
        outcome
            .ok()
            .and_then(Outcome::accepted)
            .expect("accepted")
            .into_events()
    };
    assert_eq!(events(plain), events(decorated));
}

#[test]
fn only_the_received_bytes_count() {
    let body = r#"{"meta":{"messageId":"m","when":"w","type":"devices.health-data","data":{"a":1,"a":"é\u00e9 ","b":1e21}},"users":[{"userId":"u","body":[{"w":70.0}]}]}"#;
    let right = signature_of(body);
    assert_eq!(rule(&[right.as_bytes()], body), None);
    let value: serde_json::Value = serde_json::from_str(body).expect("JSON");
    for other in [
        value.to_string(),
        serde_json::to_string_pretty(&value).expect("JSON"),
        body.replace("70.0", "70"),
        body.replace("é", r"\u00e9"),
        body.replace(r"\u00e9", "é"),
        body.replace("1e21", "1e+21"),
        body.replace(r#""a":1,"#, ""),
        format!("{body}\n"),
        format!(" {body}"),
        format!("\u{feff}{body}"),
    ] {
        assert_ne!(other, body);
        assert_eq!(
            rule(&[right.as_bytes()], &other),
            Some("signature-mismatch")
        );
        let signature = signature_of(body);
        let own = signature_of(other.clone());
        assert_ne!(own, signature);
        assert_eq!(rule(&[own.as_bytes()], body), Some("signature-mismatch"));
    }
}

#[test]
fn a_wrong_signature_over_broken_json_is_401_and_a_right_one_400() {
    for body in ["", "{", "this is not json", "[[[[[["] {
        let wrong = "0".repeat(64);
        assert_eq!(rule(&[wrong.as_bytes()], body), Some("signature-mismatch"));
        let right = signature_of(body);
        assert_eq!(rule(&[right.as_bytes()], body), Some("undecodable"));
    }
}

#[test]
fn bodies_that_are_not_utf8_verify_over_their_bytes() {
    let check = |body: &[u8]| {
        let request = sign(&key(), body.to_vec());
        let headers = request.headers().to_vec();
        let receiver = receiver();
        let head = RequestHead::new("POST", "/", &headers);
        let outcome = receiver
            .verify(head, body.to_vec())
            .expect("right signature");
        let verified = outcome.accepted().expect("no probe");
        assert_eq!(verified.body().as_ref(), body);
        let error = verified.decode().expect_err("no message");
        let undecodable = error.undecodable().expect("verified");
        assert_eq!(undecodable.raw().as_ref(), body);

        let lossy = String::from_utf8_lossy(body).into_owned();
        if lossy.as_bytes() != body {
            let error = receiver.verify(head, lossy).expect_err("other bytes");
            assert_eq!(error.rule(), "signature-mismatch");
        }
    };
    check(b"{\"ping\":\"\xff\"}");
    check(b"\xff\xfe{\0}\0");
    check(b"\xef\xbb\xbf{\"ping\":\"x\"}");
}

#[test]
fn keys_are_text_as_it_stands() {
    let body = message("patient.admit");
    for text in ["k", " k", "k\n", "é", "6b", "aw==", &"x".repeat(200)] {
        let key = SigningKey::from_text(text).expect("key");
        let request = sign(&key, body.clone());
        assert!(send(&Receiver::new(Metriport::new(key)), &request).is_ok());
        let others = ["k ", "\u{65}\u{301}", "6B"];
        for other in others {
            let receiver =
                Receiver::new(Metriport::new(SigningKey::from_text(other).expect("key")));
            let error = send(&receiver, &request).expect_err("another key");
            assert_eq!(error.rule(), "signature-mismatch");
        }
    }
}

#[test]
fn empty_and_blank_keys_are_refused_at_configuration() {
    for text in ["", " ", "\t\r\n"] {
        assert_eq!(
            SigningKey::from_text(text).err(),
            Some(ConfigError::EmptyKey)
        );
    }
}

#[test]
fn two_keys_serve_while_one_is_replaced() {
    let (old, new) = (
        SigningKey::from_text("the old key").expect("key"),
        SigningKey::from_text("the new key").expect("key"),
    );
    let ring = SigningKeys::new("old", old.clone())
        .with("new", new.clone())
        .expect("ring");
    let receiver = Receiver::new(Metriport::new(ring));
    for (key, id) in [(&old, "old"), (&new, "new")] {
        let outcome = send(&receiver, &sign(key, message("patient.admit")));
        let delivery = outcome.expect("either key").accepted().expect("no probe");
        assert_eq!(delivery.key_id().expect("a key").as_str(), id);
    }
    let error = send(&receiver, &sign(&key(), message("patient.admit"))).expect_err("a third key");
    assert!(matches!(
        error.reason(),
        Reason::Verify(VerifyError::SignatureMismatch)
    ));
}

#[test]
fn other_methods_are_answered_405() {
    let request = sign(&key(), message("ping"));
    let headers = request.headers().to_vec();
    let receiver = receiver();
    for method in ["GET", "PUT", "HEAD", "post"] {
        let head = RequestHead::new(method, "/", &headers);
        let error = receiver
            .receive(head, request.body().clone())
            .expect_err(method);
        assert_eq!(error.reply().status(), 405);
    }
}

#[test]
fn signed_test_requests_make_the_round_trip() {
    for body in [
        message("ping"),
        message("medical.consolidated-data"),
        message("message.received"),
    ] {
        let request = sign(&key(), body.clone());
        assert_eq!(request.method(), "POST");
        assert_eq!(request.body(), body.as_bytes());
        let delivery = send(&receiver(), &request)
            .expect("signed")
            .accepted()
            .expect("accepted");
        assert_eq!(delivery.raw(), body.as_bytes());
        assert_eq!(
            delivery.key_id().map(|id| id.as_str().is_empty()),
            Some(false)
        );
        assert!(delivery.replay_key().is_some());
    }
}
