//! From verified to delivery, and the stored form between the two.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::signature::encode_base64;
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::thryve::{self, Thryve};
use pulsehook_core::{
    Authenticity, ConfigError, DecodeError, DecodeErrorKind, Decoded, DedupKind, Delivery, KeyId,
    Outcome, Proof, Provider, ReceiveError, Receiver, Reply, RequestHead, SigningKey,
    StoredRequest, Text, Verdict, Verified, WantedHeader, danger,
};
use serde_json::{Value, json};

use super::plain::Plain;

/// With nanoseconds, which the stored form keeps.
const NOW: Duration = Duration::new(1_403_591_492, 123_456_789);

/// Keeps two headers, signs the body's digest, takes its id from the body's first line.
fn provider() -> Plain {
    Plain {
        wanted: vec![
            WantedHeader::kept("X-Kept"),
            WantedHeader::kept("x-binary"),
            WantedHeader::kept("x-twice"),
            WantedHeader::for_check("x-secret"),
        ],
        finish: Box::new(|_, body, _| {
            let proof = Proof::new(Authenticity::PartialSignature)
                .with_key_id(KeyId::from("key-7"))
                .with_digest_of(&[body]);
            Ok(Verdict::Accepted(proof))
        }),
        id: |body| {
            let text = std::str::from_utf8(body).ok()?;
            let line = text.lines().next()?;
            line.strip_prefix("id ").map(Text::from)
        },
        ..Plain::default()
    }
}

fn receiver(provider: Plain) -> Receiver<Plain> {
    Receiver::builder(provider)
        .endpoint("eu")
        .clock(|| UNIX_EPOCH + NOW)
        .build()
}

type Pairs = [(&'static str, &'static [u8])];

const HEADERS: &Pairs = &[
    ("x-kept", b"kept"),
    ("X-Binary", b"\xff\0"),
    ("x-twice", b"1"),
    ("x-twice", b"2"),
    ("x-secret", b"credential"),
    ("x-other", b"other"),
];

fn verify<'a>(receiver: &'a Receiver<Plain>, body: &'static str) -> Verified<'a, Plain> {
    let head = RequestHead::new("POST", "/", &HEADERS);
    let outcome = receiver.verify(head, body).expect("accepted");
    outcome.accepted().expect("no probe")
}

fn thaw(receiver: &Receiver<Plain>, json: &str) -> (StoredRequest, Option<Delivery<String>>) {
    let stored: StoredRequest = serde_json::from_str(json).expect("a stored request");
    let delivery = danger::trust_stored(receiver, &stored)
        .expect("of this receiver")
        .decode()
        .ok();
    (stored, delivery)
}

#[test]
fn the_stored_form_comes_back_as_it_went() {
    for body in ["id d-1\nrest", "no id", ""] {
        let receiver = receiver(provider());
        let live = verify(&receiver, body);
        let stored = live.to_stored();
        let text = serde_json::to_string(&stored).expect("JSON");
        let (back, _) = thaw(&receiver, &text);
        assert_eq!(back, stored);
        assert_eq!((back.provider(), back.endpoint()), ("plain", "eu"));
        let again = danger::trust_stored(&receiver, &back).expect("of this receiver");
        assert_eq!(again.body(), live.body());
        assert_eq!(again.authenticity(), Authenticity::PartialSignature);
        assert_eq!(again.key_id(), Some(&KeyId::from("key-7")));
        assert_eq!(again.received_at(), UNIX_EPOCH + NOW);
        assert_eq!(again.dedup_key(), live.dedup_key());
        assert!(live.replay_key().is_some());
        assert_eq!(again.replay_key(), live.replay_key());
        for verified in [&live, &again] {
            assert_eq!(verified.header("x-kept"), Some(&b"kept"[..]));
            assert_eq!(verified.header("X-KEPT"), Some(&b"kept"[..]));
            assert_eq!(verified.header("x-binary"), Some(&b"\xff\0"[..]));
            assert_eq!(verified.header("x-twice"), None);
            assert_eq!(verified.header("x-secret"), None, "read by the check alone");
            assert_eq!(verified.header("x-other"), None);
        }
        // Stored once more, it is still the same.
        assert_eq!(again.to_stored(), stored);
        // And so it is from the delivery, or from what could not be decoded.
        match again.decode() {
            Ok(delivery) => assert_eq!(delivery.to_stored(), stored),
            Err(error) => {
                let undecodable = error.undecodable().expect("the request");
                assert_eq!(undecodable.to_stored(), stored);
            }
        }
        assert_eq!(stored.key_id(), Some("key-7"));
        assert_eq!(stored.header("X-Kept"), Some(&b"kept"[..]));
        assert!(!text.contains("credential") && !text.contains("x-secret"));
    }
}

#[test]
fn a_clock_that_jiff_cannot_hold_is_stored_as_the_nearest_end() {
    let far = UNIX_EPOCH + Duration::from_secs(1 << 50);
    let receiver = Receiver::builder(provider()).clock(move || far).build();
    let stored = verify(&receiver, "body").to_stored();
    let end: SystemTime = pulsehook_core::jiff::Timestamp::MAX.into();
    assert_eq!(stored.received_at(), end);
}

#[test]
fn a_stored_request_of_another_receiver_is_refused() {
    let eu = receiver(provider());
    let stored = verify(&eu, "body").to_stored();
    let us = Receiver::builder(provider()).endpoint("us").build();
    let refused = danger::trust_stored(&us, &stored).map(|_| ());
    let other_endpoint = ConfigError::OtherEndpoint {
        endpoint: "us".into(),
    };
    assert_eq!(refused, Err(other_endpoint));

    let key = SigningKey::from_text("k").expect("a key");
    let metriport = Receiver::builder(Metriport::new(key))
        .endpoint("eu")
        .build();
    let refused = danger::trust_stored(&metriport, &stored).map(|_| ());
    let other_provider = ConfigError::OtherProvider {
        provider: "metriport",
    };
    assert_eq!(refused, Err(other_provider));
}

#[test]
fn a_stored_form_that_is_not_whole_is_refused() {
    let receiver = receiver(provider());
    let right = serde_json::to_value(verify(&receiver, "body").to_stored()).expect("JSON");
    let back = |value: &Value| serde_json::from_value::<StoredRequest>(value.clone()).is_ok();
    assert!(back(&right));
    let tampered: [(&str, Value); 11] = [
        ("/format", json!(2)),
        ("/format", json!("1")),
        ("/body", json!("Ym9keQ")),
        ("/body", json!("Ym9keR==")),
        ("/body", json!("Ym9k eQ==")),
        ("/body", json!("body!")),
        ("/body", json!([98])),
        ("/headers/0/value", json!("a2VwdA")),
        ("/authenticated", json!("*")),
        ("/authenticity", json!("certain")),
        ("/received_at", json!("2014-06-24T06:31:32")),
    ];
    for (place, value) in tampered {
        let mut wrong = right.clone();
        *wrong.pointer_mut(place).expect(place) = value.clone();
        assert!(!back(&wrong), "{place}: {value}");
    }
    for field in [
        "format",
        "provider",
        "endpoint",
        "headers",
        "body",
        "authenticity",
        "received_at",
    ] {
        let mut wrong = right.clone();
        wrong.as_object_mut().expect("an object").remove(field);
        assert!(!back(&wrong), "without {field}");
    }
}

type Decode = fn(&Verified<'_, Plain>) -> Decoded<String>;

#[test]
fn the_dedup_key_is_the_same_before_and_after_decoding() {
    let decoders: [Decode; 2] = [
        // One that notes the id, and one that forgets to.
        |verified| {
            let text = String::from_utf8_lossy(verified.body());
            let id = text
                .lines()
                .next()
                .and_then(|line| line.strip_prefix("id "));
            Decoded::new(vec![]).with_id(id.map(Text::from))
        },
        |_| Decoded::new(vec![]),
    ];
    let cases = [
        ("id d-1\nrest", DedupKind::Id, "d-1"),
        (
            "id \nempty ids are none",
            DedupKind::Digest,
            "13e54fac412099ce0ab19632d42ae197d279cb4d8750cbd50d924b42c4a21783",
        ),
        (
            "",
            DedupKind::Digest,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
    ];
    for decode in decoders {
        for (body, kind, value) in cases {
            let receiver = receiver(Plain {
                decode: Box::new(move |verified| Ok(decode(verified))),
                ..provider()
            });
            let verified = verify(&receiver, body);
            let before = verified.dedup_key();
            let delivery = verified.decode().expect("decoded");
            assert_eq!(delivery.dedup_key(), &before);
            assert_eq!(before.kind(), kind);
            assert_eq!(before.value(), value);
        }
    }
}

#[test]
fn a_delivery_says_all_that_is_known_of_it() {
    let receiver = receiver(provider());
    let delivery = verify(&receiver, "id d-1\nrest").decode().expect("decoded");
    assert_eq!((delivery.provider(), delivery.endpoint()), ("plain", "eu"));
    assert_eq!(delivery.events(), ["id d-1\nrest"]);
    assert_eq!(delivery.raw(), "id d-1\nrest");
    assert_eq!(delivery.received_at(), UNIX_EPOCH + NOW);
    assert_eq!(delivery.ack(), &Reply::ok());
    assert!(!delivery.is_probe());
    let expect = json!({
        "provider": "plain",
        "endpoint": "eu",
        "dedup_key": {"kind": "id", "value": "d-1"},
        "authenticity": "partial-signature",
        "key": "key-7",
        "received_at": "2014-06-24T06:31:32.123456789Z",
        "events": ["id d-1\nrest"],
    });
    assert_eq!(serde_json::to_value(&delivery).expect("JSON"), expect);
    assert_eq!(delivery.into_events(), ["id d-1\nrest"]);
}

/// What the hook of a receiver saw, in order: rule, and the stored form if there was one.
type Heard = Arc<Mutex<Vec<(String, Option<StoredRequest>)>>>;

fn listened(provider: Plain) -> (Receiver<Plain>, Heard) {
    let heard = Heard::default();
    let hears = Arc::clone(&heard);
    let receiver = Receiver::builder(provider)
        .endpoint("eu")
        .clock(|| UNIX_EPOCH + NOW)
        .on_error(move |error: &ReceiveError| {
            let stored = error
                .undecodable()
                .map(|undecodable| undecodable.to_stored());
            let mut heard = hears.lock().expect("one thread");
            heard.push((error.rule().to_owned(), stored));
        })
        .build();
    (receiver, heard)
}

fn failing() -> Plain {
    Plain {
        decode: Box::new(|_| {
            Err(DecodeError::new(DecodeErrorKind::Shape)
                .with_event_type(Text::from("strange"))
                .with_id(Text::from("d-1")))
        }),
        ..provider()
    }
}

#[test]
fn what_cannot_be_decoded_is_not_lost() {
    let (receiver, heard) = listened(failing());
    let body = "id d-1\nrest";
    let live = verify(&receiver, body);
    let (dedup_key, stored) = (live.dedup_key(), live.to_stored());
    assert!(heard.lock().expect("one thread").is_empty());

    let head = RequestHead::new("POST", "/", &HEADERS);
    let error = receiver.receive(head, body).expect_err("not decodable");
    assert_eq!((error.rule(), error.reply().status()), ("undecodable", 400));
    let undecodable = error.undecodable().expect("carried");
    assert_eq!(undecodable.raw(), body);
    assert_eq!(undecodable.event_type().map(Text::as_str), Some("strange"));
    assert_eq!(undecodable.id().map(Text::as_str), Some("d-1"));
    assert_eq!(undecodable.dedup_key(), &dedup_key);
    assert_eq!(undecodable.authenticity(), Authenticity::PartialSignature);
    assert_eq!(undecodable.error().kind(), DecodeErrorKind::Shape);
    assert_eq!(
        undecodable.to_stored(),
        stored,
        "headers and key id included"
    );
    let once = vec![("undecodable".to_owned(), Some(stored.clone()))];
    assert_eq!(*heard.lock().expect("one thread"), once);

    // It can be decoded later, by a provider that has learnt how to.
    let learnt = self::receiver(provider());
    let delivery = danger::trust_stored(&learnt, &stored).expect("of this receiver");
    assert_eq!(delivery.decode().expect("decoded").events(), [body]);
    // A stored request that still cannot be decoded says so, once more.
    let again = danger::trust_stored(&receiver, &stored).expect("of this receiver");
    assert!(again.decode().is_err());
    assert_eq!(heard.lock().expect("one thread").len(), 2);
}

#[test]
fn the_hook_hears_every_refusal_once_and_nothing_else() {
    let check = |provider: Plain, method, content_length: &str, rules: &[&str]| {
        let (receiver, heard) = listened(provider);
        let headers = [("content-length", content_length)];
        let _ = receiver.receive(RequestHead::new(method, "/", &headers), "body");
        let heard = heard.lock().expect("one thread");
        let heard: Vec<&str> = heard.iter().map(|(rule, _)| rule.as_str()).collect();
        assert_eq!(heard, rules);
    };
    let refusing = Plain {
        begin: Box::new(|head| head.required("x-kept").map(|_| None)),
        ..provider()
    };
    let mistrusting = Plain {
        finish: Box::new(|_, _, _| Err(pulsehook_core::VerifyError::Other { rule: "house-rule" })),
        ..provider()
    };
    let probed = Plain {
        finish: Box::new(|_, _, _| Ok(Verdict::Probe(Reply::ok()))),
        ..provider()
    };
    check(provider(), "POST", "4", &[]);
    check(probed, "POST", "4", &[]);
    check(provider(), "GET", "4", &["method-not-allowed"]);
    check(provider(), "POST", "1000000000000", &["body-too-large"]);
    check(refusing, "POST", "4", &["missing-header"]);
    check(mistrusting, "POST", "4", &["house-rule"]);
    check(failing(), "POST", "4", &["undecodable"]);
}

#[test]
fn a_probe_known_by_its_body_carries_no_event() {
    let receiver = receiver(Plain {
        finish: Box::new(|_, body, _| Ok(Verdict::Probe(Reply::ok().with_body(body.clone())))),
        decode: Box::new(|_| panic!("a probe is not decoded")),
        ..provider()
    });
    let head = RequestHead::new("POST", "/", &HEADERS);
    let Ok(Outcome::Probe(reply)) = receiver.receive(head, "challenge") else {
        panic!("not a probe");
    };
    assert_eq!(reply.body(), "challenge");
}

/// The replay key of one signed body at an endpoint.
fn replay_key(endpoint: &str, key: &SigningKey, signed_with: &SigningKey, body: &str) -> Vec<u8> {
    let provider = Metriport::new(key.clone());
    let receiver = Receiver::builder(provider).endpoint(endpoint).build();
    let request = metriport::testing::sign(signed_with, body.to_owned());
    let headers = request.headers();
    let head = RequestHead::new("POST", "/", &headers);
    let outcome = receiver.verify(head, request.body().clone());
    let verified = outcome.expect("accepted").accepted().expect("no probe");
    let replay_key = verified.replay_key().expect("a MAC");
    replay_key.as_bytes().to_vec()
}

#[test]
fn replay_keys_are_scoped_by_provider_and_endpoint() {
    let key = SigningKey::from_text("shared by two").expect("a key");
    let of = |endpoint, body| replay_key(endpoint, &key, &key, body);
    assert_eq!(of("eu", "{}"), of("eu", "{}"), "a replay");
    assert_ne!(of("eu", "{}"), of("us", "{}"));
    assert_ne!(of("eu", "{}"), of("eu", "{ }"));
    assert!(of("eu", "{}").starts_with(b"metriport\0eu\0"));
    // No label runs into what follows it.
    let keys = ["", "e", "eu", "eu-1"].map(|label| of(label, "{}"));
    for (at, one) in keys.iter().enumerate() {
        assert!(keys[at + 1..].iter().all(|other| other != one));
    }
}

#[test]
fn nothing_that_is_unsigned_changes_what_was_verified() {
    let key = SigningKey::from_text("k").expect("a key");
    let receiver = Receiver::builder(Metriport::new(key.clone()))
        .clock(|| UNIX_EPOCH + NOW)
        .build();
    let request = metriport::testing::sign(&key, r#"{"ping":"0"}"#);
    let signature = request.headers().last().expect("the signature").clone();
    let unsigned: [&[(&str, &str)]; 5] = [
        &[],
        &[("content-type", "text/plain"), ("user-agent", "other")],
        &[
            ("content-type", "a"),
            ("content-type", "b"),
            ("x-metriport-id", "forged"),
        ],
        &[
            ("x-webhook-key", "forged"),
            ("content-length", "1"),
            ("x-message-id", "forged"),
        ],
        &[
            ("content-encoding", "gzip"),
            ("date", "Tue, 24 Jun 2014 06:31:32 GMT"),
        ],
    ];
    let mut seen = Vec::new();
    for others in unsigned {
        for path in ["/", "/other?id=forged"] {
            let mut headers = vec![(signature.0, signature.1.as_str())];
            headers.extend_from_slice(others);
            let head = RequestHead::new("POST", path, &headers).with_query(Some("id=forged"));
            let outcome = receiver.verify(head, request.body().clone());
            let verified = outcome.expect("accepted").accepted().expect("no probe");
            seen.push((
                verified.to_stored(),
                verified.dedup_key(),
                verified.replay_key(),
            ));
        }
    }
    assert!(seen.iter().all(|other| *other == seen[0]));
}

/// Bodies that a parser and a printer would change, and that a text type would change.
const FRAGILE: [&[u8]; 10] = [
    br#"{"b":1,"a":2}"#,
    b"{ \"a\" : 70.0 }\n",
    br#"{"a":"\u00e9"}"#,
    "{\"a\":\"\u{2028}\"}".as_bytes(),
    br#"{"a":1e21}"#,
    br#"{"a":1,"a":2}"#,
    b"\xef\xbb\xbf{}",
    b"\xff",
    b"\xef\xbf\xbd",
    b"\0",
];

/// Checks that what was signed, and nothing else, is let through, were it the same JSON.
fn check_bytes<P: Provider>(
    receiver: &Receiver<P>,
    sign: impl Fn(Vec<u8>) -> SignedRequest,
    wrap: impl Fn(&[u8]) -> Vec<u8>,
) {
    let mut changed = 0;
    for signed in FRAGILE {
        let request = sign(wrap(signed));
        let headers = request.headers();
        let is_accepted = |sent: &[u8]| {
            let head = RequestHead::new("POST", "/", &headers);
            receiver.verify(head, wrap(sent)).is_ok()
        };
        for sent in FRAGILE {
            let accepted = is_accepted(sent);
            assert_eq!(accepted, signed == sent, "{}", sent.escape_ascii());
        }
        if let Ok(value) = serde_json::from_slice::<Value>(signed) {
            let again = value.to_string().into_bytes();
            assert_eq!(is_accepted(&again), again == signed);
            changed += usize::from(again != signed);
        }
    }
    assert!(changed >= 3, "{changed}");
}

#[test]
fn the_bytes_are_verified_and_not_what_they_mean() {
    let key = SigningKey::from_text("k").expect("a key");
    let receiver = Receiver::new(Metriport::new(key.clone()));
    let sign = |body| metriport::testing::sign(&key, body);
    check_bytes(&receiver, sign, <[u8]>::to_vec);

    for strict in [false, true] {
        let builder = Thryve::builder().keys(key.clone());
        let builder = if strict { builder.strict() } else { builder };
        let receiver = Receiver::new(builder.build().expect("a key"));
        let sign = |body| thryve::testing::sign(&key, body, "1706432523456");
        check_bytes(&receiver, sign, <[u8]>::to_vec);
        // In a frame, and in base64 of one.
        let frame = |json: &[u8]| thryve::testing::compress(json);
        check_bytes(&receiver, sign, frame);
        let base64 = |json: &[u8]| encode_base64(&frame(json)).into_bytes();
        check_bytes(&receiver, sign, base64);
    }
}

#[test]
fn a_forged_body_is_never_parsed() {
    // What is no JSON, and what would be costly to parse, fails by its signature alone.
    let key = SigningKey::from_text("k").expect("a key");
    let receiver = Receiver::new(Metriport::new(key));
    let forger = SigningKey::from_text("other").expect("a key");
    for body in ["", "{", "\u{feff}", &"[".repeat(100_000), r#"{"ping":7}"#] {
        let request = metriport::testing::sign(&forger, body.to_owned());
        let headers = request.headers();
        let head = RequestHead::new("POST", "/", &headers);
        let error = receiver.receive(head, body.to_owned()).expect_err("forged");
        assert_eq!(
            (error.rule(), error.reply().status()),
            ("signature-mismatch", 401)
        );
    }
    let refusing = self::receiver(Plain {
        finish: Box::new(|_, _, _| Err(pulsehook_core::VerifyError::SignatureMismatch)),
        decode: Box::new(|_| panic!("decoded before it was verified")),
        id: |_| panic!("read before it was verified"),
        ..Plain::default()
    });
    let head = RequestHead::new("POST", "/", &HEADERS);
    assert!(refusing.receive(head, "id d-1").is_err());
}
