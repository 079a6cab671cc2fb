//! Signatures: two families of headers, time stamps of unknown form.

use pulsehook_core::signature::{decode_hex, encode_base64};
use pulsehook_core::thryve::testing::{compress, sign};

use super::{
    CONNECT, Cases, PUSH, SIGNATURE, TIMESTAMP, connect_event, delivered, pushed, signed, signed_at,
};
use crate::cases::{Expect, accepted, on_wire};
use crate::client::Request;
use crate::endpoints::{NEXT, NOW, key};

const UNDERSCORED: [(&str, &str); 2] = [
    (SIGNATURE, "x_hmac_signature"),
    (TIMESTAMP, "x_hmac_timestamp"),
];

pub(super) fn all(cases: &mut Cases<'_>) {
    families(cases);
    forms(cases);
    timestamps(cases);
    moved_digits(cases);
}

fn known() -> Expect {
    delivered("thryve", "body-signature", Some("current"), connect_event())
}

/// Gives a header of a request another name.
fn renamed(request: Request, from: &str, to: &str) -> Request {
    let value = request.value(from);
    request.without(from).header(to, value)
}

/// All parts must come from one set of names.
fn families(cases: &mut Cases<'_>) {
    let good = || signed("thryve", CONNECT);
    for (dashed, underscored) in UNDERSCORED {
        cases.refuse(
            &format!("`{underscored}` in the place of `{dashed}`"),
            renamed(good(), dashed, underscored),
            401,
        );
        let value = good().value(dashed);
        for value in [&value[..], b"1", b""] {
            cases.refuse(
                &format!(
                    "`{underscored}` beside both dashed ones, {} bytes",
                    value.len()
                ),
                good().header(underscored, value),
                401,
            );
        }
    }
    let mut both = good();
    for (dashed, underscored) in UNDERSCORED {
        let value = both.value(dashed);
        both = both.header(underscored, value);
    }
    cases.refuse("both families whole", both, 401);
    let forged = sign(&key(NEXT), CONNECT, "1770091506000");
    let mut forged = on_wire(&forged, "/hooks/thryve");
    for (dashed, underscored) in UNDERSCORED {
        let value = forged.value(dashed);
        let right = good().value(dashed);
        forged = forged.with(dashed, value).header(underscored, right);
    }
    cases.refuse("a forged family beside a right one", forged, 401);
}

fn forms(cases: &mut Cases<'_>) {
    let good = || signed("thryve", CONNECT);
    let signature = String::from_utf8(good().value(SIGNATURE)).expect("digits");
    let with = |value: &str| good().with(SIGNATURE, value);
    cases.add(
        "upper-case signature",
        with(&signature.to_ascii_uppercase()),
        known(),
    );
    let mac = decode_hex::<32>(signature.as_bytes()).expect("a MAC");
    for (name, value) in [
        ("with a prefix", format!("sha256={signature}")),
        ("in base64", encode_base64(&mac)),
        ("of hexadecimal digits that are none", "g".repeat(64)),
        (
            "with a blank inside",
            format!("{} {}", &signature[..32], &signature[33..]),
        ),
        ("twice, joined", format!("{signature}{signature}")),
        (
            "beside a wrong one",
            format!("{},{signature}", "0".repeat(64)),
        ),
        ("of zeros", "0".repeat(64)),
        ("very long", signature.repeat(50)),
    ] {
        cases.refuse(&format!("signature {name}"), with(&value), 401);
    }
    for length in 0..64 {
        cases.refuse(
            &format!("signature cut to {length} digits"),
            with(&signature[..length]),
            401,
        );
    }
    // Nothing but the bytes on the wire is what is signed.
    let frame = compress(PUSH);
    let mut over_json = signed("thryve", PUSH);
    over_json.body.clone_from(&frame);
    cases.refuse("signed over the JSON, sent compressed", over_json, 401);
    let mut over_frame = signed("thryve", &frame);
    over_frame.body = PUSH.into();
    cases.refuse("signed over the frame, sent as JSON", over_frame, 401);
    let mut tampered = signed("thryve", &frame);
    let middle = tampered.body.len() / 2;
    tampered.body[middle] ^= 1;
    cases.refuse("a tampered frame is not decompressed", tampered, 401);
    cases.add(
        "rotated ring",
        signed("thryve-rotated", &frame),
        pushed("thryve-rotated"),
    );
    cases.refuse(
        "signed, another time stamp",
        good().with(TIMESTAMP, "1770091506001"),
        401,
    );
}

fn timestamps(cases: &mut Cases<'_>) {
    for timestamp in ["1", "yesterday", "+1", "2026-02-03", &"9".repeat(400)] {
        cases.add(
            &format!("time stamp {timestamp:.20}, whose form does not matter"),
            signed_at("thryve", CONNECT, timestamp),
            known(),
        );
        cases.refuse(
            &format!("time stamp {timestamp:.20}, and the age matters"),
            signed_at("thryve-fresh", CONNECT, timestamp),
            401,
        );
    }
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
        ("2026-02-03T04:00:06Z".to_owned(), true),
        ("2026-02-03T04:00:05Z".to_owned(), false),
        ("2026-02-03T05:00:06+01:00".to_owned(), true),
        ("2026-02-03T04:10:06".to_owned(), true),
        ("2026-02-03T04:10:07".to_owned(), false),
    ] {
        let request = signed_at("thryve-fresh", CONNECT, &timestamp);
        let name = format!("time stamp {timestamp}");
        if fits {
            cases.add(&name, request, accepted(vec![]));
        } else {
            cases.refuse(&name, request, 401);
        }
    }
}

/// Nothing stands between body and time stamp, so digits can be moved without breaking the
/// signature. No such form decodes.
fn moved_digits(cases: &mut Cases<'_>) {
    let frame = compress(PUSH);
    for (name, body) in [
        ("JSON", CONNECT.as_bytes().to_vec()),
        ("a frame", frame.clone()),
        ("a frame in base64", super::wrapped(&frame).into_bytes()),
    ] {
        for count in [1, 4, 8, 12] {
            let timestamp = super::now();
            let mut moved = signed("thryve", &body);
            moved.body.extend(&timestamp.as_bytes()[..count]);
            cases.refuse(
                &format!("{count} digits moved from the time stamp to {name}"),
                moved.with(TIMESTAMP, &timestamp[count..]),
                400,
            );
        }
    }
    let mut moved = signed("thryve", CONNECT);
    moved.body.truncate(CONNECT.len() - 2);
    cases.refuse(
        "the end of JSON moved to the time stamp",
        moved.with(TIMESTAMP, format!("}}}}{}", super::now())),
        400,
    );
}
