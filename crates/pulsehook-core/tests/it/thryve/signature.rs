//! The signature: what it covers, how often it is computed, what stands for it.

use bytes::Bytes;
use pulsehook_core::signature::{HmacSha256, MacKeys, SwappableKeys, encode_base64, encode_hex};
use pulsehook_core::testing::macs_computed;
use pulsehook_core::thryve::testing::{compress, sign};
use pulsehook_core::thryve::{Event, Thryve};
use pulsehook_core::{
    Delivery, Outcome, ReceiveError, Receiver, RequestHead, SigningKey, SigningKeys,
};

use super::{
    NOW, SIGNATURE, TIMESTAMP, key, message, pairs, post, rule, send, signed, signed_receiver,
};

fn strict_receiver() -> Receiver<Thryve> {
    let thryve = Thryve::builder().keys(key()).strict().build();
    Receiver::new(thryve.expect("has a key"))
}

/// Signs one byte string, and sends another with it.
fn post_signed(
    receiver: &Receiver<Thryve>,
    message: &[u8],
    timestamp: &str,
    body: impl Into<Bytes>,
) -> Result<Delivery<Event>, ReceiveError> {
    let mac = MacKeys::<HmacSha256>::new(&key().into()).sign(&[message, timestamp.as_bytes()]);
    let headers = [
        (SIGNATURE, encode_hex(mac.as_bytes())),
        (TIMESTAMP, timestamp.to_owned()),
        ("content-encoding", "zstd".to_owned()),
    ];
    post(receiver, &headers, body)
}

#[test]
fn every_prefix_of_a_right_signature_fails() {
    let request = signed(message("epoch-create"));
    let (_, signature) = &request.headers()[2];
    assert_eq!(request.headers()[2].0, SIGNATURE);
    for len in 0..signature.len() {
        let cut = request.clone().with_header(SIGNATURE, &signature[..len]);
        assert_eq!(rule(send(&signed_receiver(), &cut)), "malformed-header");
        // Filled up again, it is as wrong.
        let filled = format!("{}{}", &signature[..len], "x".repeat(64 - len));
        let filled = request.clone().with_header(SIGNATURE, filled);
        assert_eq!(rule(send(&signed_receiver(), &filled)), "malformed-header");
    }
    let longer = request
        .clone()
        .with_header(SIGNATURE, format!("{signature}0"));
    assert_eq!(rule(send(&signed_receiver(), &longer)), "malformed-header");
    for at in 0..signature.len() {
        let other = if &signature[at..=at] == "0" { "1" } else { "0" };
        let mut wrong = signature.clone();
        wrong.replace_range(at..=at, other);
        let wrong = request.clone().with_header(SIGNATURE, wrong);
        assert_eq!(rule(send(&signed_receiver(), &wrong)), "signature-mismatch");
    }
}

#[test]
fn the_bytes_as_received_are_signed() {
    let json = r#"{"endUserId":"u\u00e9","type":"new","data":70.0,"data2":1e21}"#;
    let again = [
        r#"{"endUserId":"u\u00e9","type":"new","data":70,"data2":1e21}"#,
        r#"{"endUserId":"ué","type":"new","data":70.0,"data2":1e21}"#,
        r#"{"type":"new","endUserId":"u\u00e9","data":70.0,"data2":1e21}"#,
        "{\"endUserId\":\"u\\u00e9\",\"type\":\"new\",\"data\":70.0,\"data2\":1e21}\n",
        "\u{feff}{\"endUserId\":\"u\\u00e9\",\"type\":\"new\",\"data\":70.0,\"data2\":1e21}",
    ];
    assert!(post_signed(&signed_receiver(), json.as_bytes(), "1", json).is_ok());
    for other in again {
        let refused = post_signed(&signed_receiver(), json.as_bytes(), "1", other);
        assert_eq!(rule(refused), "signature-mismatch");
    }
    // Bytes that are no UTF-8 are signed as they are; their replacement is another message.
    let bytes = b"{\"a\":\"\xff\"}".as_slice();
    let error = post_signed(&signed_receiver(), bytes, "1", bytes.to_vec());
    assert_eq!(rule(error), "undecodable");
    let twin = String::from_utf8_lossy(bytes).into_owned();
    let error = post_signed(&signed_receiver(), bytes, "1", twin);
    assert_eq!(rule(error), "signature-mismatch");
}

#[test]
fn neither_what_a_frame_unpacks_to_nor_another_order_is_signed() {
    let json = message("epoch-create");
    let frame = compress(&json);
    let receiver = signed_receiver();
    assert!(post_signed(&receiver, &frame, NOW, frame.clone()).is_ok());
    assert_eq!(
        rule(post_signed(&receiver, json.as_bytes(), NOW, frame.clone())),
        "signature-mismatch"
    );
}

/// Counts the MACs of one request, for a ring of so many keys.
fn macs_of(keys: usize, strict: bool, body: impl Into<Bytes>) -> u64 {
    let mut ring = SigningKeys::new("0", SigningKey::from_text("k0").expect("a key"));
    for index in 1..keys {
        let key = SigningKey::from_text(format!("k{index}")).expect("a key");
        ring = ring.with(index.to_string(), key).expect("room");
    }
    let mut builder = Thryve::builder().keys(ring);
    if strict {
        builder = builder.strict();
    }
    let receiver = Receiver::new(builder.build().expect("has keys"));
    let before = macs_computed();
    let request = sign(&key(), body, NOW);
    let signing = macs_computed() - before;
    assert_eq!(rule(send(&receiver, &request)), "signature-mismatch");
    macs_computed() - before - signing
}

#[test]
fn there_are_two_macs_for_each_key_at_most() {
    let frame = compress(message("epoch-create"));
    let base64 = encode_base64(&frame);
    for keys in [1, 2, 3, 8] {
        let ring = u64::try_from(keys).expect("few");
        assert_eq!(macs_of(keys, false, base64.clone()), 2 * ring);
        assert_eq!(macs_of(keys, true, base64.clone()), ring);
        // What is no base64 to the end costs one.
        for body in [
            frame.clone(),
            message("epoch-create").into_bytes(),
            Vec::new(),
            b"\n".to_vec(),
            format!("{base64}!").into_bytes(),
            format!("{}*{}", &base64[..40], &base64[40..]).into_bytes(),
            format!("QQ=={base64}").into_bytes(),
            "AAAA".repeat(1000).into_bytes().split_off(1),
            b"QUI".to_vec(),
            b"QUJDR".to_vec(),
        ] {
            assert_eq!(macs_of(keys, false, body), ring);
        }
    }
}

#[test]
fn a_refusal_by_the_head_computes_no_mac() {
    let before = macs_computed();
    let headers = [(SIGNATURE, "0".repeat(63)), (TIMESTAMP, "1".to_owned())];
    assert_eq!(
        rule(post(&signed_receiver(), &headers, "{}")),
        "malformed-header"
    );
    assert_eq!(macs_computed(), before);
}

#[test]
fn base64_of_any_length_is_decoded_for_the_second_mac() {
    // Pieces are decoded at a time; none of the borders may show.
    for len in (2..12).chain(760..776).chain(1530..1542).chain([10_000]) {
        let mut bytes = b"\x28\xb5\x2f\xfd".to_vec();
        bytes.extend((0..len).map(|at: u32| at.to_le_bytes()[0] ^ 0x5a));
        let base64 = encode_base64(&bytes);
        let accepted = |outcome: Result<_, ReceiveError>| {
            let error: ReceiveError = outcome
                .map(|_: Delivery<Event>| ())
                .expect_err("no message");
            error.rule() == "undecodable"
        };
        let receiver = signed_receiver();
        assert!(
            accepted(post_signed(&receiver, &bytes, NOW, base64.clone())),
            "{len}"
        );
        assert!(accepted(post_signed(
            &receiver,
            &bytes,
            NOW,
            format!("{base64} \r\n\t")
        )));
        assert!(accepted(post_signed(
            &receiver,
            base64.as_bytes(),
            NOW,
            base64.clone()
        )));
        let lines = base64.as_bytes().chunks(76).map(String::from_utf8_lossy);
        let lines = lines.collect::<Vec<_>>().join("\r\n");
        assert!(accepted(post_signed(&receiver, &bytes, NOW, lines)));
        // Not in strict mode, not unpadded, not URL-safe.
        assert!(!accepted(post_signed(
            &strict_receiver(),
            &bytes,
            NOW,
            base64.clone()
        )));
        assert!(accepted(post_signed(
            &strict_receiver(),
            base64.as_bytes(),
            NOW,
            base64.clone()
        )));
        if let Some(unpadded) = base64.strip_suffix('=') {
            assert!(!accepted(post_signed(
                &receiver,
                &bytes,
                NOW,
                unpadded.to_owned()
            )));
        }
        let url_safe = base64.replace('+', "-").replace('/', "_");
        if url_safe != base64 {
            assert!(!accepted(post_signed(&receiver, &bytes, NOW, url_safe)));
        }
    }
}

#[test]
fn padding_within_base64_has_no_second_mac_wherever_pieces_end() {
    let mut frame = b"\x28\xb5\x2f\xfd".to_vec();
    frame.extend((0..3000).map(|at: u32| at.to_le_bytes()[0] ^ 0x5a));
    for digits in [1024, 2048, 3072] {
        let whole = digits / 4 * 3;
        for (cut, expected) in [
            (whole, "undecodable"),
            (whole - 1, "signature-mismatch"),
            (whole - 2, "signature-mismatch"),
        ] {
            let (start, end) = frame.split_at(cut);
            let base64 = [encode_base64(start), encode_base64(end)].concat();
            let outcome = post_signed(&signed_receiver(), &frame, NOW, base64);
            assert_eq!(rule(outcome), expected, "{cut}");
        }
    }
}

#[test]
fn stray_bits_in_base64_are_refused() {
    let receiver = signed_receiver();
    let bytes = b"\x28\xb5\x2f\xfdAAA";
    let base64 = encode_base64(bytes);
    assert!(base64.ends_with("QQ=="), "{base64}");
    assert_eq!(
        rule(post_signed(&receiver, bytes, NOW, base64.clone())),
        "undecodable",
        "the right form passes the signature"
    );
    let stray = base64.replace("QQ==", "QR==");
    assert_eq!(
        rule(post_signed(&receiver, bytes, NOW, stray)),
        "signature-mismatch"
    );
}

#[test]
fn base64_of_anything_but_a_frame_has_no_second_mac() {
    // It could not be decoded, and each copy of it with more white space would look new.
    let receiver = signed_receiver();
    for bytes in [
        b"A".as_slice(),
        message("epoch-create").as_bytes(),
        b"\x28\xb5\x2fAAAA",
    ] {
        let base64 = encode_base64(bytes);
        let before = macs_computed();
        let outcome = post_signed(&receiver, bytes, NOW, base64);
        assert_eq!(rule(outcome), "signature-mismatch");
        // One to sign, one to verify.
        assert_eq!(macs_computed() - before, 2);
    }
}

#[test]
fn moving_digits_between_body_and_time_stamp_keeps_the_replay_key() {
    let receiver = signed_receiver();
    let json = message("epoch-create");
    let verify = |body: &str, timestamp: &str, signed_as: &str| {
        let mac = MacKeys::<HmacSha256>::new(&key().into()).sign(&[signed_as.as_bytes()]);
        let headers = [
            (SIGNATURE, encode_hex(mac.as_bytes())),
            (TIMESTAMP, timestamp.to_owned()),
        ];
        let head = RequestHead::new("POST", "/", &headers);
        let outcome = receiver.verify(head, body.to_owned()).expect("signed");
        let verified = outcome.accepted().expect("no probe");
        (verified.replay_key(), verified.dedup_key())
    };
    let signed_as = format!("{json}{NOW}");
    let (replay_key, dedup_key) = verify(&json, NOW, &signed_as);
    assert!(replay_key.is_some());
    for moved in 1..NOW.len() {
        let body = format!("{json}{}", &NOW[..moved]);
        let (moved_key, moved_dedup) = verify(&body, &NOW[moved..], &signed_as);
        assert_eq!(moved_key, replay_key);
        assert_ne!(moved_dedup, dedup_key);
        let decoded = post_signed(&receiver, body.as_bytes(), &NOW[moved..], body.clone());
        assert_eq!(rule(decoded), "undecodable");
    }
    // All of it moved leaves no time stamp.
    let headers = [(SIGNATURE, "0".repeat(64)), (TIMESTAMP, String::new())];
    assert_eq!(rule(post(&receiver, &headers, signed_as)), "missing-header");
}

#[test]
fn a_frame_in_base64_is_the_same_delivery_as_the_frame() {
    let receiver = signed_receiver();
    let frame = compress(message("epoch-create"));
    let base64 = encode_base64(&frame);
    let plain = post_signed(&receiver, &frame, NOW, frame.clone()).expect("signed");
    for copy in [base64.clone(), format!("{base64}\n"), format!("{base64}  ")] {
        let wrapped = post_signed(&receiver, &frame, NOW, copy.clone()).expect("signed");
        assert_eq!(wrapped.replay_key(), plain.replay_key());
        assert_eq!(wrapped.dedup_key(), plain.dedup_key());
        assert_eq!(wrapped.raw(), copy.as_bytes(), "as received");
        assert_eq!(wrapped.events(), plain.events());
    }
    // The key is the same before it is decoded.
    let request = signed(base64.clone());
    let headers = request.headers();
    let head = RequestHead::new("POST", "/", &headers);
    let verified = receiver.verify(head, base64.clone()).expect("signed");
    let verified = verified.accepted().expect("no probe");
    assert_eq!(&verified.dedup_key(), plain.dedup_key());
    // Strictly, it is none of Thryve's messages, and stands for itself.
    let head = RequestHead::new("POST", "/", &headers);
    let strict = strict_receiver();
    let verified = strict.verify(head, base64.clone()).expect("signed");
    let verified = verified.accepted().expect("no probe");
    assert_ne!(&verified.dedup_key(), plain.dedup_key());
    // Signed as text, it has a MAC of its own, and is the same delivery all the same.
    let as_text = post_signed(&receiver, base64.as_bytes(), NOW, base64.clone()).expect("signed");
    assert_ne!(as_text.replay_key(), plain.replay_key());
    assert_eq!(as_text.dedup_key(), plain.dedup_key());
    // Another frame is another delivery, and so is JSON as it stands.
    let other = compress(message("epoch-update"));
    let other = post_signed(&receiver, &other, NOW, other.clone()).expect("signed");
    assert_ne!(other.dedup_key(), plain.dedup_key());
}

#[test]
fn undecodable_frames_have_the_same_key_in_base64_too() {
    let receiver = signed_receiver();
    let frame = compress("not json");
    let key_of = |body: Vec<u8>| {
        let error = post_signed(&receiver, &frame, NOW, body).expect_err("no JSON");
        error.undecodable().expect("signed").dedup_key().clone()
    };
    assert_eq!(key_of(encode_base64(&frame).into()), key_of(frame.clone()));
    // What only looks like a frame at its beginning is digested as it stands.
    let text = format!("{}!", encode_base64(&frame));
    let error = post_signed(&receiver, text.as_bytes(), NOW, text.clone()).expect_err("no base64");
    let expected = pulsehook_core::DedupKey::digest(&[text.as_bytes()]);
    assert_eq!(error.undecodable().expect("signed").dedup_key(), &expected);
}

#[test]
fn replay_keys_are_scoped_by_endpoint() {
    let request = signed(message("epoch-create"));
    let key_at = |label: &str| {
        let thryve = Thryve::builder().keys(key()).build().expect("has a key");
        let receiver = Receiver::builder(thryve).endpoint(label).build();
        send(&receiver, &request).expect("signed").replay_key()
    };
    assert_eq!(key_at("a"), key_at("a"));
    assert_ne!(key_at("a"), key_at("b"));
}

#[test]
fn the_key_that_matched_is_named() {
    let old = SigningKey::from_text("old").expect("a key");
    let ring = SigningKeys::new("new", key())
        .with("old", old.clone())
        .expect("room");
    let receiver = Receiver::new(Thryve::builder().keys(ring).build().expect("has keys"));
    let frame = compress(message("epoch-create"));
    for (key, id) in [(key(), "new"), (old, "old")] {
        for body in [frame.clone(), encode_base64(&frame).into_bytes()] {
            let mac = MacKeys::<HmacSha256>::new(&key.clone().into()).sign(&[&frame, b"1"]);
            let headers = [
                (SIGNATURE, encode_hex(mac.as_bytes())),
                (TIMESTAMP, "1".to_owned()),
            ];
            let delivery = post(&receiver, &headers, body).expect("signed");
            assert_eq!(delivery.key_id().map(|id| id.as_str()), Some(id));
        }
    }
}

#[test]
fn a_request_is_judged_with_the_ring_that_it_began_with() {
    let keys = SwappableKeys::new(&key().into());
    let thryve = Thryve::builder().key_source(keys.clone()).build();
    let receiver = Receiver::new(thryve.expect("has a source"));
    let frame = compress(message("epoch-create"));
    let base64 = encode_base64(&frame);
    let mac = MacKeys::<HmacSha256>::new(&key().into()).sign(&[&frame, b"1"]);
    let headers = [
        (SIGNATURE, encode_hex(mac.as_bytes())),
        (TIMESTAMP, "1".to_owned()),
    ];
    let head = RequestHead::new("POST", "/", &headers);
    for body in [frame.clone(), base64.into_bytes()] {
        keys.replace(&key().into());
        let Ok(Outcome::Accepted(mut reception)) = receiver.begin(head) else {
            panic!("refused by the head");
        };
        keys.replace(&SigningKey::from_text("another").expect("a key").into());
        reception.push(Bytes::from(body.clone())).expect("short");
        assert!(reception.finish().is_ok());
        assert_eq!(rule(post(&receiver, &headers, body)), "signature-mismatch");
    }
}

#[test]
fn a_source_without_a_ring_is_a_refusal() {
    struct None;

    impl pulsehook_core::signature::KeySource<HmacSha256> for None {
        fn keys(
            &self,
            _: &pulsehook_core::Head<'_>,
        ) -> Option<std::sync::Arc<MacKeys<HmacSha256>>> {
            Option::None
        }
    }

    let thryve = Thryve::builder().key_source(None).build();
    let receiver = Receiver::new(thryve.expect("has a source"));
    assert_eq!(rule(send(&receiver, &signed("{}"))), "no-key");
}

#[test]
fn unsigned_headers_change_nothing() {
    let receiver = signed_receiver();
    let frame = compress(message("epoch-create"));
    for body in [
        frame.clone(),
        encode_base64(&frame).into(),
        message("epoch-create").into(),
    ] {
        let request = signed(body.clone());
        let plain = send(&receiver, &request).expect("signed");
        let mut headers = pairs(&request);
        headers.retain(|(name, _)| [SIGNATURE, TIMESTAMP].contains(name));
        for (name, value) in [
            ("content-encoding", "gzip"),
            ("content-encoding", "zstd"),
            ("content-encoding", "zstd, zstd"),
            ("content-encoding", ""),
            ("content-encoding", "\u{e9}"),
            ("content-type", "text/plain"),
            ("content-type", ""),
            ("user-agent", "x"),
            ("authorization", "Basic x"),
            ("x-forwarded-for", "10.0.0.1"),
        ] {
            let mut changed = headers.clone();
            changed.push((name, value.into()));
            let delivery = post(&receiver, &changed, body.clone()).expect("signed");
            assert_eq!(delivery.events(), plain.events());
            assert_eq!(delivery.dedup_key(), plain.dedup_key());
            changed.push((name, value.into()));
            let delivery = post(&receiver, &changed, body.clone()).expect("signed");
            assert_eq!(delivery.events(), plain.events());
        }
        assert_eq!(
            post(&receiver, &headers, body).expect("signed").events(),
            plain.events()
        );
    }
}

#[test]
fn what_is_not_authentic_is_not_looked_into() {
    let receiver = signed_receiver();
    let bomb = compress(vec![b' '; 64 * 1024 * 1024]);
    for body in [bomb, b"{broken".to_vec(), b"".to_vec(), vec![0xff; 10]] {
        let refused = post_signed(&receiver, b"something else", NOW, body);
        let error = refused.expect_err("forged");
        assert_eq!(
            (error.rule(), error.reply().status()),
            ("signature-mismatch", 401)
        );
    }
}

#[test]
fn other_methods_are_refused() {
    let receiver = signed_receiver();
    let headers: [(&str, &str); 0] = [];
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post", ""] {
        let head = RequestHead::new(method, "/", &headers);
        let error = receiver.receive(head, "").expect_err("not POST");
        assert_eq!(
            (error.rule(), error.reply().status()),
            ("method-not-allowed", 405)
        );
        assert_eq!(error.reply().headers().next(), Some(("allow", "POST")));
    }
}
