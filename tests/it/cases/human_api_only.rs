//! What is Human API's alone: time stamps and nonces, the ways of signing, batches.

use pulsehook_core::human_api;

use super::{Case, Expect, HUMAN_API, accepted, on_wire, refused, request};
use crate::client::Request;
use crate::endpoints::{CURRENT, NOW, key};

pub(super) fn cases(cases: &mut Vec<Case>) {
    let mut case = |name: &str, request: Request, expect: Expect| {
        cases.push(Case {
            name: format!("human-api: {name}"),
            request,
            expect,
        });
    };
    let body = HUMAN_API.known;
    let sign = |endpoint: &str, timestamp: &str, nonce: &str| {
        let signed = human_api::testing::sign(&key(CURRENT), body, timestamp, nonce);
        on_wire(&signed, &format!("/hooks/{endpoint}"))
    };
    let seconds = |offset: i64| (NOW.cast_signed() + offset).to_string();
    for (timestamp, fits) in [
        (seconds(-300), true),
        (seconds(-301), false),
        (seconds(300), true),
        (seconds(301), false),
        (seconds(-300) + "000", true),
        (seconds(-301) + "999", false),
        (seconds(300) + "000", true),
        (seconds(300) + "001", false),
    ] {
        case(
            &format!("time stamp {timestamp}, and the age matters"),
            sign("human-api-fresh", &timestamp, "1"),
            if fits { accepted(vec![]) } else { refused(401) },
        );
    }
    case(
        "old, and the age does not matter",
        sign("human-api", "1403591492088", "1"),
        accepted(vec![]),
    );
    for timestamp in [
        "+1",
        "001",
        "1.9",
        "1e9",
        "1abc",
        "123456789012345",
        &"9".repeat(400),
    ] {
        case(
            &format!("time stamp {timestamp:.20}"),
            sign("human-api", timestamp, "1"),
            refused(401),
        );
    }
    for nonce in [
        "000",
        "e7c1-Nonce_ok",
        "9876543210987654321098765432109876543210",
    ] {
        case(
            &format!("nonce {nonce}"),
            sign("human-api", &seconds(0), nonce),
            accepted(vec![]),
        );
    }
    case(
        "digits moved from the time stamp to the nonce",
        sign("human-api", "1403591492088", "105850310064852240")
            .with("x-humanapi-timestamp", "1403591492")
            .with("x-humanapi-nonce", "088105850310064852240"),
        accepted(vec![]),
    );
    case(
        "digits moved from the time stamp to the body: signed rightly, and no JSON",
        {
            let mut moved = sign("human-api", "1703591492088", "2");
            moved.body.extend_from_slice(b"170");
            moved.with("x-humanapi-timestamp", "3591492088")
        },
        refused(400),
    );
    let in_hex = |endpoint: &str| {
        let good = sign(endpoint, &seconds(0), "1");
        let mac = good.value("x-humanapi-signature");
        let mac = pulsehook_core::signature::decode_base64::<20>(&mac).expect("a signature");
        let hex = pulsehook_core::signature::encode_hex(&mac);
        let value = pulsehook_core::signature::encode_base64(hex.as_bytes());
        good.with("x-humanapi-signature", value)
    };
    case(
        "base64 of the hexadecimal MAC",
        in_hex("human-api"),
        refused(401),
    );
    case(
        "base64 of the hexadecimal MAC, opted in",
        in_hex("human-api-hex"),
        accepted(vec![]),
    );
    let unsigned = |endpoint: &str| Request::post(format!("/hooks/{endpoint}"), body);
    case("unsigned", unsigned("human-api"), refused(401));
    case(
        "unsigned, opted in",
        unsigned("human-api-unsigned"),
        accepted(vec![
            ("authenticity", "none".into()),
            ("key", serde_json::Value::Null),
        ]),
    );
    case(
        "unsigned, opted in, and one header there",
        unsigned("human-api-unsigned").header("x-humanapi-nonce", "1"),
        refused(401),
    );
    let batch = r#"[{"humanId":"h-1","updatedAt":"x","action":"created","objectId":"o-1","endpoint":"/v1/human/sleeps"},{"humanId":"h-2"},5,{"humanId":"h-3","updatedAt":"x","action":"moved","objectId":"o-3","endpoint":"/v1/human/sleeps"}]"#;
    case(
        "a bad item beside good ones",
        request(&HUMAN_API, "human-api", CURRENT, batch),
        accepted(vec![]),
    );
}
