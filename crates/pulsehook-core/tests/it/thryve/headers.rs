//! The headers of a signature: all there, once, of one family, and well-formed.

use super::{
    SIGNATURE, TIMESTAMP, UNDERSCORED, message, pairs, post, refused_by_head, signed,
    signed_receiver,
};

type Pairs<'a> = Vec<(&'a str, &'a [u8])>;

const RIGHT: &[u8] = &[b'0'; 64];

#[test]
fn each_header_must_be_there_once_and_hold_something() {
    let receiver = signed_receiver();
    for [signature, timestamp] in [[SIGNATURE, TIMESTAMP], UNDERSCORED] {
        let all: Pairs<'_> = vec![(signature, RIGHT), (timestamp, b"1")];
        assert_eq!(refused_by_head(&receiver, &all), None);
        for missing in 0..2 {
            let mut headers = all.clone();
            headers.remove(missing);
            assert_eq!(refused_by_head(&receiver, &headers), Some("missing-header"));
            headers.push((all[missing].0, b""));
            let empty = ["malformed-header", "missing-header"][missing];
            assert_eq!(refused_by_head(&receiver, &headers), Some(empty));
            // The same value twice, another one, and joined by a comma.
            for second in [all[missing].1, b"2"] {
                let mut headers = all.clone();
                headers.push((all[missing].0, second));
                assert_eq!(
                    refused_by_head(&receiver, &headers),
                    Some("repeated-header")
                );
            }
        }
    }
    let none: Pairs<'_> = vec![("content-type", b"application/json")];
    assert_eq!(refused_by_head(&receiver, &none), Some("missing-header"));
}

#[test]
fn all_parts_come_from_one_family() {
    let receiver = signed_receiver();
    let dashed: Pairs<'_> = vec![(SIGNATURE, RIGHT), (TIMESTAMP, b"1")];
    let underscored: Pairs<'_> = vec![(UNDERSCORED[0], RIGHT), (UNDERSCORED[1], b"1")];
    let check = |headers: &Pairs<'_>| {
        assert_eq!(refused_by_head(&receiver, headers), Some("mixed-headers"));
    };
    check(&vec![dashed[0], underscored[1]]);
    check(&vec![dashed[1], underscored[0]]);
    check(&[dashed.clone(), underscored.clone()].concat());
    for one in &underscored {
        check(&[dashed.clone(), vec![*one]].concat());
        check(&[dashed.clone(), vec![(one.0, b"")]].concat());
        check(&[dashed.clone(), vec![*one, *one]].concat());
    }
    for one in &dashed {
        check(&[underscored.clone(), vec![*one]].concat());
    }
}

#[test]
fn a_right_signature_under_a_mixed_head_is_refused() {
    let request = signed(message("epoch-create"));
    let mut headers = pairs(&request);
    assert!(post(&signed_receiver(), &headers, request.body().clone()).is_ok());
    headers.push((UNDERSCORED[1], b"1".to_vec()));
    let error = post(&signed_receiver(), &headers, request.body().clone());
    assert_eq!(error.expect_err("mixed").rule(), "mixed-headers");
}

#[test]
fn a_signature_is_64_hexadecimal_digits() {
    let receiver = signed_receiver();
    let check = |signature: &[u8], expected: Option<&str>| {
        let headers = [(SIGNATURE, signature), (TIMESTAMP, b"1".as_slice())];
        assert_eq!(refused_by_head(&receiver, &headers), expected);
    };
    let digits = "0123456789abcdefABCDEF0123456789abcdefABCDEF0123456789abcdef0123";
    assert_eq!(digits.len(), 64);
    check(digits.as_bytes(), None);
    check(digits.to_uppercase().as_bytes(), None);
    for len in 0..64 {
        check(&digits.as_bytes()[..len], Some("malformed-header"));
    }
    let long = format!("{digits}0");
    let prefixed = format!("sha256={digits}");
    let joined = format!("{digits},{digits}");
    let spaced = format!(" {}", &digits[1..]);
    let strange = format!("{}g", &digits[1..]);
    let wide = format!("{}\u{e9}", &digits[2..]);
    for wrong in [long, prefixed, joined, spaced, strange, wide] {
        check(wrong.as_bytes(), Some("malformed-header"));
    }
    check(&[0xff; 64], Some("malformed-header"));
    check(&[0; 64], Some("malformed-header"));
}

#[test]
fn names_of_headers_have_no_case() {
    let request = signed(message("epoch-create"));
    let headers: Vec<_> = pairs(&request)
        .into_iter()
        .map(|(name, value)| (name.to_uppercase(), value))
        .collect();
    assert!(post(&signed_receiver(), &headers, request.body().clone()).is_ok());
}

#[test]
fn the_time_stamp_is_the_text_as_received() {
    for timestamp in [
        "1", " 1", "+1", "001", "1.9", "1abc", "1e9", "\u{661}", "\u{7f}",
    ] {
        let request = pulsehook_core::thryve::testing::sign(
            &super::key(),
            message("epoch-create"),
            timestamp,
        );
        assert!(
            super::send(&signed_receiver(), &request).is_ok(),
            "{timestamp:?}"
        );
    }
    // Bytes that are no text are signed like any others.
    let body = message("epoch-create");
    let keys = pulsehook_core::signature::MacKeys::<pulsehook_core::signature::HmacSha256>::new(
        &super::key().into(),
    );
    let mac = keys.sign(&[body.as_bytes(), b"\xff\xfe"]);
    let headers = [
        (
            SIGNATURE,
            pulsehook_core::signature::encode_hex(mac.as_bytes()).into_bytes(),
        ),
        (TIMESTAMP, b"\xff\xfe".to_vec()),
    ];
    assert!(post(&signed_receiver(), &headers, body).is_ok());
}

#[test]
fn without_keys_the_headers_of_a_signature_do_not_matter() {
    let headers = [(SIGNATURE, "x"), (UNDERSCORED[1], "")];
    let delivery = post(
        &super::open_receiver(false),
        &headers,
        message("epoch-create"),
    );
    let delivery = delivery.expect("nothing is asked for");
    assert_eq!(delivery.authenticity(), pulsehook_core::Authenticity::None);
    assert!(delivery.replay_key().is_none());
}
