//! What a request costs in memory; a binary of its own, because it counts allocations.
//!
//! Counts are per thread, so the tests may run side by side.

#![expect(clippy::expect_used, clippy::panic, reason = "tests fail loudly")]

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use pulsehook_core::human_api::HumanApi;
use pulsehook_core::metriport::Metriport;
use pulsehook_core::signature::{HmacSha256, MacKeys, encode_base64, encode_hex};
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::thryve::Thryve;
use pulsehook_core::{
    DecodeErrorKind, HeaderSecrets, Outcome, Provider, Reason, Receiver, RequestHead, SharedSecret,
    SharedSecrets, SigningKey, SigningKeys, UrlSecrets, compression, human_api, metriport, thryve,
};

#[path = "alloc/random.rs"]
mod random;

const BODY: &[u8] = br#"{"ping":"not longer than it must be"}"#;
const KIB: usize = 1024;

fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

fn ring(ids: &[&str]) -> SigningKeys {
    let (first, rest) = ids.split_first().expect("one key at least");
    rest.iter()
        .fold(SigningKeys::new(first, key(first)), |ring, id| {
            ring.with(id, key(id)).expect("a short ring")
        })
}

fn to_metriport(key_text: &str, body: impl Into<Bytes>) -> SignedRequest {
    metriport::testing::sign(&key(key_text), body)
}

fn to_human_api(key_text: &str, body: impl Into<Bytes>) -> SignedRequest {
    human_api::testing::sign(&key(key_text), body, "1403591492088", "105850310064852240")
}

/// A refusal by the head, from end to end: nothing is allocated, up to and including the drop.
fn check_refused_by_head<P: Provider>(
    receiver: &Receiver<P>,
    headers: &[(&str, &str)],
    rule: &str,
    status: u16,
) {
    let run = || {
        let head = RequestHead::new("POST", "/hook", &headers);
        let error = receiver.begin(head).expect_err(rule);
        assert_eq!(error.rule(), rule);
        assert_eq!(error.reply().status(), status);
    };
    run(); // The log's call site registers itself once.
    let info = measure(run);
    assert_eq!(info.count_total, 0, "{} {rule}: {info:?}", P::NAME);
}

#[test]
fn a_refusal_by_the_head_allocates_nothing_for_metriport() {
    let receiver = Receiver::new(Metriport::new(ring(&["one", "two"])));
    let name = "x-metriport-signature";
    let right = "0".repeat(64);
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "missing-header"),
        (&[("content-type", "application/json")], "missing-header"),
        (&[(name, &right), (name, &right)], "repeated-header"),
        (&[(name, "")], "malformed-header"),
        (&[(name, &right[1..])], "malformed-header"),
        (&[(name, "\u{e9}")], "malformed-header"),
    ];
    for (headers, rule) in cases {
        check_refused_by_head(&receiver, headers, rule, 401);
    }
    check_refused_by_head(
        &receiver,
        &[("content-length", "1000000000000")],
        "body-too-large",
        413,
    );
}

#[test]
fn a_refusal_by_the_head_allocates_nothing_for_human_api() {
    let receiver = Receiver::new(HumanApi::new(ring(&["one", "two"])).accept_hex_signatures());
    let all = [
        ("x-humanapi-signature", "fQkvPoMVwsZWM4/r4VrKlMaCOAw="),
        ("x-humanapi-timestamp", "1403591492088"),
        ("x-humanapi-nonce", "7"),
    ];
    for missing in 0..all.len() {
        let mut headers = all.to_vec();
        headers.remove(missing);
        check_refused_by_head(&receiver, &headers, "missing-header", 401);
        headers.push((all[missing].0, ""));
        let rule = if missing == 0 {
            "malformed-header"
        } else {
            "missing-header"
        };
        check_refused_by_head(&receiver, &headers, rule, 401);
        headers.push(all[missing]);
        check_refused_by_head(&receiver, &headers, "repeated-header", 401);
    }
    let mut bad_time = all;
    bad_time[1].1 = "+1";
    check_refused_by_head(&receiver, &bad_time, "malformed-timestamp", 401);
}

/// The request goes in as one frame: nothing is allocated before decoding, nothing is copied.
fn check_accepts_without_allocating<P: Provider>(
    receiver: &Receiver<P>,
    request: &SignedRequest,
    key_id: &str,
) {
    let headers = request.headers();
    let info = measure(|| {
        let head = RequestHead::new("POST", "/hook", &headers);
        let Ok(Outcome::Accepted(mut reception)) = receiver.begin(head) else {
            panic!("refused by the head");
        };
        assert!(reception.push(request.body().clone()).is_ok());
        let Ok(Outcome::Accepted(verified)) = reception.finish() else {
            panic!("refused");
        };
        assert_eq!(verified.body().as_ptr(), request.body().as_ptr());
        assert_eq!(verified.body().len(), request.body().len());
        assert!(verified.key_id().is_some_and(|id| id.as_str() == key_id));
    });
    assert_eq!(info.count_total, 0, "{} {key_id}: {info:?}", P::NAME);
}

#[test]
fn accepting_one_frame_allocates_nothing_and_does_not_copy() {
    for ids in [&["one"][..], &["one", "two"]] {
        // A static body, so that cloning `Bytes` never allocates by itself.
        let receiver = Receiver::new(Metriport::new(ring(ids)));
        for id in ids {
            check_accepts_without_allocating(&receiver, &to_metriport(id, BODY), id);
        }
        let receiver = Receiver::new(HumanApi::new(ring(ids)));
        for id in ids {
            check_accepts_without_allocating(&receiver, &to_human_api(id, BODY), id);
        }
    }
}

#[test]
fn accepting_a_whole_body_allocates_nothing_and_does_not_copy() {
    let receiver = Receiver::new(Metriport::new(ring(&["one", "two"])));
    let request = to_metriport("two", BODY);
    let headers = request.headers();
    let info = measure(|| {
        let head = RequestHead::new("POST", "/hook", &headers);
        let Ok(Outcome::Accepted(verified)) = receiver.verify(head, request.body().clone()) else {
            panic!("refused");
        };
        assert_eq!(verified.body().as_ptr(), request.body().as_ptr());
    });
    assert_eq!(info.count_total, 0, "{info:?}");
}

#[test]
fn a_mismatch_allocates_nothing_with_two_keys() {
    let receiver = Receiver::new(Metriport::new(ring(&["one", "two"])));
    let request = to_metriport("three", BODY);
    let headers = request.headers();
    let run = || {
        let head = RequestHead::new("POST", "/hook", &headers);
        let body = request.body().clone();
        let error = receiver.verify(head, body).expect_err("forged");
        assert_eq!(error.rule(), "signature-mismatch");
    };
    run();
    assert_eq!(measure(run).count_total, 0);
}

/// Feeds a body in frames that are made beforehand, and measures all from the head to the verdict.
fn measure_frames<P: Provider>(
    receiver: &Receiver<P>,
    request: &SignedRequest,
    content_length: Option<&str>,
    frame_len: usize,
) -> AllocationInfo {
    let mut headers: Vec<(&str, &str)> = request
        .headers()
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    headers.extend(content_length.map(|length| ("content-length", length)));
    let body = request.body();
    let frames: Vec<Bytes> = body
        .chunks(frame_len)
        .map(|frame| body.slice_ref(frame))
        .collect();
    measure(|| {
        let head = RequestHead::new("POST", "/hook", &headers);
        let Ok(Outcome::Accepted(mut reception)) = receiver.begin(head) else {
            panic!("refused by the head");
        };
        for frame in &frames {
            assert!(reception.push(frame.clone()).is_ok());
        }
        let Ok(Outcome::Accepted(verified)) = reception.finish() else {
            panic!("refused");
        };
        assert_eq!(verified.body(), body);
    })
}

/// One buffer, doubled as it fills: `count` allocations at most, `peak` bytes at most.
#[track_caller]
fn check_one_buffer(info: &AllocationInfo, count: u64, peak: usize) {
    assert!(info.count_total <= count, "{info:?}");
    assert!(info.bytes_max <= peak as u64, "{info:?} over {peak}");
    assert_eq!(info.bytes_current, 0, "{info:?}");
}

/// What `Bytes` keeps about a buffer that is not quite full.
const OWNER: usize = 64;

#[test]
fn a_body_in_many_frames_takes_one_buffer_of_the_declared_size() {
    // Up to 256 KiB are reserved at the word of the head, in one go.
    let body = vec![b' '; 200 * KIB];
    let declared = body.len().to_string();
    let receiver = Receiver::new(Metriport::new(key("k")));
    let request = to_metriport("k", body.clone());
    let info = measure_frames(&receiver, &request, Some(&declared), 8 * KIB);
    check_one_buffer(&info, 1, body.len());
    let receiver = Receiver::new(HumanApi::new(key("k")));
    let request = to_human_api("k", body.clone());
    let info = measure_frames(&receiver, &request, Some(&declared), 8 * KIB);
    check_one_buffer(&info, 1, body.len());
}

#[test]
fn a_buffer_never_grows_beyond_what_was_declared() {
    // While the last growth copies, the old buffer of half the size and the new one are there.
    for len in [300 * KIB, 1000 * KIB + 1, 3000 * KIB] {
        let receiver = Receiver::new(Metriport::new(key("k")));
        let request = to_metriport("k", vec![b' '; len]);
        let info = measure_frames(&receiver, &request, Some(&len.to_string()), 8 * KIB);
        check_one_buffer(&info, 6, 2 * len);
        assert!(info.bytes_max >= len as u64, "{info:?}");
        // All buffers together: the last one, and those that doubled up to it.
        assert!(info.bytes_total <= 3 * len as u64, "{info:?}");
    }
}

#[test]
fn a_buffer_never_grows_beyond_the_limit() {
    // Nothing is declared, and the body just fits.
    for limit in [100 * KIB, 129 * KIB, 1000 * KIB + 1] {
        let receiver = Receiver::builder(Metriport::new(key("k")))
            .body_limit(limit)
            .build();
        let request = to_metriport("k", vec![b' '; limit]);
        let info = measure_frames(&receiver, &request, None, 4 * KIB);
        check_one_buffer(&info, 12, 2 * limit + OWNER);
    }
}

#[test]
fn tiny_frames_cost_a_logarithm_of_allocations() {
    let len = 64 * KIB;
    let receiver = Receiver::new(Metriport::new(key("k")));
    let request = to_metriport("k", vec![b' '; len]);
    let info = measure_frames(&receiver, &request, None, 1);
    check_one_buffer(&info, 20, 3 * len + OWNER);
}

#[test]
fn a_content_length_that_lies_low_does_not_make_each_frame_allocate() {
    let len = 64 * KIB;
    let receiver = Receiver::new(Metriport::new(key("k")));
    let request = to_metriport("k", vec![b' '; len]);
    let info = measure_frames(&receiver, &request, Some("16"), 16);
    check_one_buffer(&info, 20, 3 * len + OWNER);
}

#[test]
fn a_content_length_that_lies_high_reserves_little() {
    // Refused where the limit is an ordinary one, before anything is allocated; see above. Under
    // a limit that allows it, two bytes still do not cost more than the first reservation.
    let receiver = Receiver::builder(Metriport::new(key("k")))
        .body_limit(usize::MAX)
        .build();
    let request = to_metriport("k", "{}");
    for declared in ["1000000000000", "18446744073709551615", &"9".repeat(400)] {
        let info = measure_frames(&receiver, &request, Some(declared), 1);
        check_one_buffer(&info, 2, 256 * KIB + OWNER);
        // In one frame there is no buffer at all.
        let info = measure_frames(&receiver, &request, Some(declared), 2);
        check_one_buffer(&info, 0, 0);
    }
}

#[test]
fn a_frame_over_the_limit_is_not_kept() {
    let receiver = Receiver::builder(Metriport::new(key("k")))
        .body_limit(10 * KIB)
        .build();
    let request = to_metriport("k", vec![b' '; 1000 * KIB]);
    let headers = request.headers();
    let run = || {
        let head = RequestHead::new("POST", "/hook", &headers);
        let Ok(Outcome::Accepted(mut reception)) = receiver.begin(head) else {
            panic!("refused by the head");
        };
        let body = request.body().clone();
        let error = reception.push(body).expect_err("over the limit");
        assert!(matches!(error.reason(), Reason::BodyTooLarge { .. }));
        assert!(reception.finish().is_err());
    };
    run();
    let info = measure(run);
    assert_eq!(info.count_total, 0, "{info:?}");
}

fn thryve(ids: &[&str]) -> Receiver<Thryve> {
    let secret = HeaderSecrets::basic("user", "password").expect("a secret");
    let secrets = SharedSecrets::new("header", secret);
    let thryve = Thryve::builder()
        .authorization(HeaderSecrets::authorization(secrets))
        .keys(ring(ids));
    Receiver::new(thryve.build().expect("has keys"))
}

const AUTHORIZATION: (&str, &str) = ("authorization", "Basic dXNlcjpwYXNzd29yZA==");

#[test]
fn a_refusal_by_the_head_allocates_nothing_for_thryve() {
    let receiver = thryve(&["one", "two"]);
    let (signature, timestamp) = ("x-hmac-signature", "x-hmac-timestamp");
    let right = "0".repeat(64);
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "missing-credential"),
        (&[("authorization", "")], "missing-credential"),
        (&[("authorization", "Bearer x")], "credential-mismatch"),
        (&[AUTHORIZATION, AUTHORIZATION], "repeated-header"),
        (&[AUTHORIZATION], "missing-header"),
        (&[AUTHORIZATION, (signature, &right)], "missing-header"),
        (&[AUTHORIZATION, (timestamp, "1")], "missing-header"),
        (
            &[AUTHORIZATION, (signature, &right), (timestamp, "")],
            "missing-header",
        ),
        (
            &[AUTHORIZATION, (signature, &right[1..]), (timestamp, "1")],
            "malformed-header",
        ),
        (
            &[AUTHORIZATION, (signature, &right), (signature, &right)],
            "repeated-header",
        ),
        (
            &[
                AUTHORIZATION,
                (signature, &right),
                ("x_hmac_timestamp", "1"),
            ],
            "mixed-headers",
        ),
    ];
    for (headers, rule) in cases {
        check_refused_by_head(&receiver, headers, rule, 401);
    }
    let long = [("content-length", "1000000000000")];
    check_refused_by_head(&receiver, &long, "body-too-large", 413);

    let secret = SharedSecret::from_text("in-url").expect("a secret");
    let secrets = SharedSecrets::new("url", secret);
    let url_secrets = UrlSecrets::in_query("token", secrets);
    let thryve = Thryve::builder().url_secrets(url_secrets).build();
    let receiver = Receiver::new(thryve.expect("has a secret"));
    check_refused_by_head(&receiver, &[], "missing-credential", 401);
}

/// Signs a frame, and sends it or its base64 text.
fn to_thryve(key_text: &str, frame: &[u8], body: Vec<u8>) -> SignedRequest {
    let mac = MacKeys::<HmacSha256>::new(&key(key_text).into()).sign(&[frame, b"1706432523456"]);
    let body = Bytes::from(body);
    // The first clone of such a body allocates what its clones share.
    drop(body.clone());
    SignedRequest::post_json(body)
        .with_header("content-encoding", "zstd")
        .with_header("x-hmac-timestamp", "1706432523456")
        .with_header("x-hmac-signature", encode_hex(mac.as_bytes()))
        .with_header(AUTHORIZATION.0, AUTHORIZATION.1)
}

#[test]
fn accepting_one_frame_allocates_nothing_for_thryve() {
    let frame = thryve::testing::compress(BODY.repeat(100));
    let base64 = encode_base64(&frame).into_bytes();
    for ids in [&["one"][..], &["one", "two"]] {
        let receiver = thryve(ids);
        for id in ids {
            let request = to_thryve(id, &frame, frame.clone());
            check_accepts_without_allocating(&receiver, &request, id);
            // Nor does the second MAC need room for what the text decodes to.
            let request = to_thryve(id, &frame, base64.clone());
            check_accepts_without_allocating(&receiver, &request, id);
        }
        let request = to_thryve("other", &frame, base64.clone());
        let headers = request.headers();
        let run = || {
            let head = RequestHead::new("POST", "/hook", &headers);
            let refused = receiver.verify(head, request.body().clone());
            assert_eq!(refused.expect_err("forged").rule(), "signature-mismatch");
        };
        run();
        assert_eq!(measure(run).count_total, 0);
    }
}

/// A frame of blocks that repeat a byte: 4 bytes for each 128 KiB.
fn bomb(blocks: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for at in 0..blocks {
        let last = usize::from(at + 1 == blocks);
        frame.extend_from_slice(&((128 << 10) << 3 | 1 << 1 | last).to_le_bytes()[..3]);
        frame.push(b' ');
    }
    frame
}

#[test]
fn a_bomb_takes_no_more_than_the_limit() {
    // What the C library takes is not counted here: its window is bounded, see the tests of zstd.
    let frame = bomb(1000);
    for limit in [1, 100 * KIB, 256 * KIB, 1000 * KIB, 16 * 1024 * KIB] {
        let info = measure(|| {
            let error = compression::decompress_zstd(&frame, limit).expect_err("a bomb");
            assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
        });
        // While the buffer grows for the last time, the old one is there, too.
        check_one_buffer(&info, 12, 2 * limit + 1);
    }
    // A size that is declared and not true reserves little.
    let mut liar = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
    liar.extend_from_slice(&(1_u64 << 40).to_le_bytes());
    liar.extend_from_slice(b"\x19\x00\x00abc");
    let info = measure(|| {
        assert!(compression::decompress_zstd(&liar, usize::MAX).is_err());
    });
    check_one_buffer(&info, 1, 256 * KIB);
}

#[test]
fn a_bomb_costs_an_endpoint_no_more_than_the_limit() {
    let limit = 1000 * KIB;
    let frame = bomb(65_000);
    let builder = Thryve::builder().danger_accept_unauthenticated();
    let thryve = builder.decompressed_limit(limit).build().expect("says so");
    let receiver = Receiver::new(thryve);
    for body in [frame.clone(), encode_base64(&frame).into_bytes()] {
        let request = thryve::testing::unsigned(body);
        let run = || {
            let head = RequestHead::new("POST", "/hook", &[("a", "b")]);
            let refused = receiver.receive(head, request.body().clone());
            assert_eq!(refused.expect_err("a bomb").reply().status(), 413);
        };
        run();
        let info = measure(run);
        let most = 2 * limit + 2 * frame.len() + 4 * KIB;
        assert!(info.bytes_max <= most as u64, "{info:?}");
    }
}

#[test]
fn a_forged_bomb_is_not_unpacked() {
    let receiver = thryve(&["one"]);
    let request = to_thryve("other", b"x", bomb(65_000));
    let headers = request.headers();
    let run = || {
        let head = RequestHead::new("POST", "/hook", &headers);
        let refused = receiver.receive(head, request.body().clone());
        assert_eq!(refused.expect_err("forged").rule(), "signature-mismatch");
    };
    run();
    assert_eq!(measure(run).count_total, 0);
}

/// Decodes a message that is made of many of the same, and returns how many times its size is
/// taken at most.
fn amplification(start: &str, item: &str, end: &str) -> u64 {
    let builder = Thryve::builder().danger_accept_unauthenticated();
    let receiver = Receiver::new(builder.build().expect("says so"));
    let items = vec![item; 2_000_000 / item.len()];
    let body = Bytes::from(format!("{start}{}{end}", items.join(",")));
    drop(body.clone());
    let info = measure(|| {
        let head = RequestHead::new("POST", "/hook", &[("a", "b")]);
        drop(receiver.receive(head, body.clone()));
    });
    assert_eq!(info.bytes_current, 0);
    info.bytes_max / body.len() as u64
}

#[test]
fn no_message_takes_many_times_its_size() {
    let push = r#"{"endUserId":"u","type":"event.data.epoch.create","data":{"dataSourceId":1,"epochData":["#;
    let daily = &push.replace("epochData", "dailyData");
    let blocks = r#"{"endUserId":"u","type":"event.data.epoch.create","data":["#;
    let types = r#"{"endUserId":"u","type":"notification.data.epoch.createupdate","data":{"startTimestamp":1706400000000,"endTimestamp":1706400000000,"dataSourceId":1,"dataTypeIds":["#;
    let unknown = r#"{"endUserId":"u","type":"notification.source.connect","data":{"timestamp":1706400000000,"dataSourceId":1},"#;
    for (start, item, end) in [
        (push, "0", "]}}"),
        (push, "{}", "]}}"),
        (push, r#"{"a":0}"#, "]}}"),
        // As many as there may be.
        (push, r#""as short as is allowed""#, "]}}"),
        (push, r#"{"startTimestamp":17064000}"#, "]}}"),
        (
            push,
            r#"{"startTimestamp":170640000,"dataTypeId":1}"#,
            "]}}",
        ),
        (
            push,
            r#"{"startTimestamp":170640000,"dataTypeId":1,"a":0}"#,
            "]}}",
        ),
        (
            push,
            r#"{"startTimestamp":170640000,"dataTypeId":1,"value":[]}"#,
            "]}}",
        ),
        (daily, r#"{"day":170640000,"dataTypeId":1}"#, "]}}"),
        (
            daily,
            r#"{"day":170640000,"dataTypeId":1,"a":0,"details":0}"#,
            "]}}",
        ),
        (blocks, r#"{"dataSourceId":1}"#, "]}"),
        (blocks, r#"{"dataSourceId":1,"epochData":[]}"#, "]}"),
        (blocks, r#"{"dataSourceId":1,"epochData":[0]}"#, "]}"),
        (types, "0", "]}}"),
        (unknown, r#""a":0"#, "}"),
        (unknown, r#""timestampType":0"#, "}"),
        (&push.replace("event", "x"), "0", "]}}"),
        (r#"{"sourceUpdate":{"#, r#""a":0"#, "}}"),
    ] {
        let times = amplification(start, item, end);
        assert!(times <= 12, "{times} times, {item}");
    }
}

/// Receives device data that are made of many of the same, and returns how many times their size
/// is taken at most.
fn device_amplification(start: &str, part: &str, end: &str) -> u64 {
    let receiver = Receiver::new(Metriport::new(key("k")));
    let parts = vec![part; 300_000 / part.len()].join(",");
    let body = format!(
        r#"{{"meta":{{"messageId":"m","when":"w","type":"devices.health-data"}},"users":[{{"userId":"u",{start}{parts}{end}}}]}}"#
    );
    let request = to_metriport("k", body);
    let headers = request.headers();
    let body = Bytes::copy_from_slice(request.body());
    drop(body.clone());
    let info = measure(|| {
        let head = RequestHead::new("POST", "/hook", &headers);
        let outcome = receiver.receive(head, body.clone()).expect("decodes");
        assert_eq!(outcome.accepted().expect("a message").events().len(), 1);
    });
    assert_eq!(info.bytes_current, 0);
    info.bytes_max / body.len() as u64
}

#[test]
fn no_device_data_takes_many_times_its_size() {
    let item = r#"{"metadata":{"date":"","source":""}"#;
    let body = r#""body":["#;
    let samples = format!(r#""body":[{item},"weight_samples_kg":["#);
    let foods = format!(r#""nutrition":[{item},"foods":["#);
    let logs = format!(r#""activity":[{item},"activity_logs":["#);
    let nutrients = r#""macros":{"":0},"micros":{"":0},"aminos":{"":0},"":0"#;
    for (start, part, end) in [
        (body, "0", "]"),
        (body, "{}", "]"),
        (body, r#"{"":0}"#, "]"),
        (body, &format!("{item}}}"), "]"),
        (body, &format!(r#"{item},"":0}}"#), "]"),
        (
            body,
            r#"{"metadata":{"date":"","source":"","":0},"":0}"#,
            "]",
        ),
        (
            body,
            &format!(r#"{item},"hrv":{{}},"heart_rate":{{}},"temperature":{{}}}}"#),
            "]",
        ),
        (
            body,
            &format!(r#"{item},"hrv":{{"sdnn":{{"":0}},"rmssd":{{"":0}},"":0}}}}"#),
            "]",
        ),
        (
            body,
            &format!(r#"{item},"summary":{{{nutrients}}},"":0}}"#),
            "]",
        ),
        (&samples, "{}", "]}]"),
        (&samples, r#"{"time":""}"#, "]}]"),
        (&samples, r#"{"time":"","":0}"#, "]}]"),
        (&foods, "{}", "]}]"),
        (&foods, r#"{"":0}"#, "]}]"),
        (&foods, r#"{"unit":""}"#, "]}]"),
        (&foods, r#"{"unit":"","":0}"#, "]}]"),
        (
            &foods,
            r#"{"nutrition_facts":{"macros":{},"micros":{},"aminos":{}}}"#,
            "]}]",
        ),
        (
            &foods,
            &format!(r#"{{"nutrition_facts":{{{nutrients}}},"":0}}"#),
            "]}]",
        ),
        (&logs, &format!("{item}}}"), "]}]"),
        (&logs, &format!(r#"{item},"":0}}"#), "]}]"),
        (body, &format!(r#"{item}}}],"body":[0"#), "]"),
    ] {
        let times = device_amplification(start, part, end);
        assert!(times <= 48, "{times} times, {part}");
    }
}

/// Receives users with connected devices, made of many of the same, and returns how many times
/// their size is taken at most.
fn connected_amplification(item: &str) -> u64 {
    let receiver = Receiver::new(Metriport::new(key("k")));
    let items = vec![item; 300_000 / item.len()].join(",");
    let body = format!(
        r#"{{"meta":{{"messageId":"m","when":"w","type":"devices.provider-connected"}},"users":[{{"userId":"u","providers":[],"connectedProviders":[],"connectedDevices":[{items}]}}]}}"#
    );
    let request = to_metriport("k", body);
    let headers = request.headers();
    let body = Bytes::copy_from_slice(request.body());
    drop(body.clone());
    let info = measure(|| {
        let head = RequestHead::new("POST", "/hook", &headers);
        let outcome = receiver.receive(head, body.clone()).expect("decodes");
        assert_eq!(outcome.accepted().expect("a message").events().len(), 1);
    });
    assert_eq!(info.bytes_current, 0);
    info.bytes_max / body.len() as u64
}

#[test]
fn no_connected_devices_take_many_times_their_size() {
    let long = format!(r#"{{"{}":[]}}"#, "p".repeat(57));
    for item in [
        "{}",
        r#"{"":[]}"#,
        r#"{"":[""]}"#,
        r#"{"tenovi":["dev-01"]}"#,
        // As short as is allowed however many there are.
        &long,
    ] {
        let times = connected_amplification(item);
        assert!(times <= 50, "{times} times, {item}");
    }
}

/// Reads an answer that is made of many of the same, and returns how many times its size is taken
/// at most.
fn answer_amplification(name: &str, item: &str) -> u64 {
    use pulsehook_core::withings::Answer;

    // One more than a power of two, so that lists have just grown.
    let items = vec![item; 32 * KIB + 1].join(",");
    let body = format!(r#"{{"status":0,"body":{{"{name}":[{items}]}}}}"#);
    let info = measure(|| {
        let answer = Answer::read(body.as_bytes()).expect("an answer");
        if name == "series" {
            drop(answer.signals());
        } else {
            drop(answer.measures());
        }
    });
    assert_eq!(info.bytes_current, 0);
    info.bytes_max / body.len() as u64
}

#[test]
fn no_answer_of_withings_takes_many_times_its_size() {
    for (name, item) in [
        ("measuregrps", "0"),
        ("measuregrps", "{}"),
        ("measuregrps", r#"{"":0}"#),
        ("measuregrps", r#"{"measures":[]}"#),
        ("measuregrps", r#"{"measures":[],"":0}"#),
        ("measuregrps", r#"{"measures":[0]}"#),
        ("measuregrps", r#"{"measures":[{}]}"#),
        (
            "measuregrps",
            r#"{"measures":[{"value":1,"type":1,"unit":0}]}"#,
        ),
        (
            "measuregrps",
            r#"{"measures":[{"value":1,"type":1,"unit":0,"":0}]}"#,
        ),
        // As short as is allowed.
        ("measuregrps", r#"{"measures":[0],"":0, "a":0}"#),
        ("measuregrps", r#"{"measures":[],"":0       }"#),
        ("measuregrps", r#"{"measures":[],"":0,"ab":0}"#),
        ("series", "0"),
        ("series", "{}"),
        ("series", r#"{"":0}"#),
        ("series", r#"{"signalid":1}"#),
        ("series", r#"{"signalid":1,"":0}"#),
        ("series", r#"{"signalid":1,"":0        }"#),
        ("series", r#"{"ecg":{"signalid":1,"":0},"":0}"#),
        ("series", r#"{"signalid":1,"ecg":{"":0}}"#),
        ("series", r#"{"signalid":1,"ecg":{"":0},"":0}"#),
    ] {
        let times = answer_amplification(name, item);
        assert!(times <= 50, "{times} times, {item}");
    }
}

fn withings() -> Receiver<pulsehook_core::withings::Withings> {
    let secret = SharedSecret::from_text("k").expect("a secret");
    let builder = pulsehook_core::withings::Withings::builder()
        .url_secrets(UrlSecrets::in_query("token", secret))
        .order_updates();
    Receiver::new(builder.build().expect("a secret"))
}

/// Bodies of up to 64 KiB that hold as many parameters as there is room for, in several ways.
fn crowded_forms(start: &str) -> Vec<String> {
    let room = 64 * KIB - start.len();
    let fill = |part: &str| format!("{start}{}", part.repeat(room / part.len()));
    let distinct = (0..room / 5).map(|number| format!("&{number:04x}"));
    let distinct = format!("{start}{}", distinct.collect::<String>());
    vec![
        fill("&"),
        fill("&a"),
        fill("&="),
        fill("&%61"),
        fill("&a=%62"),
        distinct,
    ]
}

fn check_crowded(
    receiver: &Receiver<pulsehook_core::withings::Withings>,
    request: &SignedRequest,
    times: u64,
) {
    let headers = request.headers();
    let len = request.body().len() as u64;
    let body = Bytes::copy_from_slice(request.body());
    let _shared = body.clone();
    let info = measure(|| {
        let head = RequestHead::new("POST", "/hook", &headers).with_query(Some("token=k"));
        let outcome = receiver.receive(head, body.clone()).expect("decodes");
        assert_eq!(outcome.accepted().expect("a POST").events().len(), 1);
    });
    assert!(info.bytes_max <= times * len, "{len}: {info:?}");
    assert_eq!(info.bytes_current, 0, "{info:?}");
}

#[test]
fn many_tiny_parameters_cost_a_multiple_of_their_size_for_withings() {
    use pulsehook_core::withings::testing;

    let receiver = withings();
    // For one parameter of two bytes, two pointers with lengths and capacities.
    for body in crowded_forms("userid=1&appli=1") {
        check_crowded(&receiver, &testing::notification(body), 28);
    }
    for body in crowded_forms("status=x") {
        check_crowded(&receiver, &testing::notification(body), 48);
    }
    let members = (0..6000).map(|number| format!(r#","{number:x}":1"#));
    let body = format!(r#"{{"status":"x"{}}}"#, members.collect::<String>());
    check_crowded(&receiver, &testing::order_update(body), 48);
}
