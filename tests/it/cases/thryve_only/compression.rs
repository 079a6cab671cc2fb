//! Compressed bodies: verified as they stand on the wire, unpacked under a limit.

use pulsehook_core::thryve::testing::compress;
use serde_json::json;

use super::{CONNECT, Cases, PUSH, connect_event, delivered, pushed, signed, wrapped};
use crate::cases::{Expect, Meets, accepted};
use crate::client::{Framing, Request};
use crate::endpoints::SMALL_LIMIT;
use crate::endpoints::thryve::TIGHT_LIMIT;

const ENCODING: &str = "content-encoding";

pub(super) fn all(cases: &mut Cases<'_>) {
    lenient(cases);
    strict(cases);
    broken(cases);
    limits(cases);
}

/// Signed over the frame, and sent as base64 text of it.
fn wrapped_after_signing(label: &str, frame: &[u8]) -> Request {
    let mut request = signed(label, frame);
    request.body = wrapped(frame).into_bytes();
    request
}

fn lenient(cases: &mut Cases<'_>) {
    let frame = compress(PUSH);
    let push = || signed("thryve", &frame);
    let known = || pushed("thryve");
    cases.add("push", push(), known());
    cases.add(
        "push in chunks of 7",
        push().framing(Framing::Chunked(7)),
        known(),
    );
    let asked = Expect {
        meets: Meets::OverSockets,
        ..known()
    };
    cases.add(
        "push when asked for",
        push().framing(Framing::Asked(true)),
        asked,
    );
    for value in ["ZSTD", "gzip", "identity", "", "zstd, zstd", "\u{e9}"] {
        let request = push().with(ENCODING, value);
        cases.add(
            &format!("push under the encoding {value:?}"),
            request,
            known(),
        );
    }
    cases.add(
        "push without an encoding",
        push().without(ENCODING),
        known(),
    );
    cases.add(
        "push, the encoding twice",
        push().header(ENCODING, "gzip"),
        known(),
    );
    let text = wrapped(&frame);
    cases.add("frame in base64", signed("thryve", &text), known());
    let labelled = signed("thryve", &text).with(ENCODING, "zstd");
    cases.add("frame in base64 under zstd", labelled, known());
    cases.add(
        "frame in base64, signed as the frame",
        wrapped_after_signing("thryve", &frame),
        known(),
    );
    cases.add(
        "frame in base64, a line ending behind",
        signed("thryve", text + "\r\n"),
        known(),
    );
    let json = || delivered("thryve", "body-signature", Some("current"), connect_event());
    let labelled = signed("thryve", CONNECT).with(ENCODING, "zstd");
    cases.add("JSON under zstd", labelled, json());
    let labelled = signed("thryve", CONNECT).with(ENCODING, "gzip");
    cases.add("JSON under gzip", labelled, json());
    cases.add(
        "JSON behind blanks",
        signed("thryve", format!(" \r\n\t{CONNECT}\n")),
        json(),
    );

    let (first, second) = PUSH.split_at(100);
    let frames = [compress(first), compress(""), compress(second)].concat();
    cases.add(
        "frames one after the other",
        signed("thryve", frames),
        known(),
    );
    let skippable = [b"\x50\x2a\x4d\x18\x03\0\0\0abc".as_slice(), &frame].concat();
    let behind = [&frame[..], b"\x5f\x2a\x4d\x18\0\0\0\0"].concat();
    cases.add(
        "a frame to be skipped behind",
        signed("thryve", behind),
        known(),
    );
    // It begins with another number than the notes name.
    cases.refuse(
        "a frame to be skipped first",
        signed("thryve", skippable),
        400,
    );
    // The keys are those of the frame, however it came.
    let digest = pulsehook_core::DedupKey::digest(&[&frame]);
    let key = || json!({"kind": "digest", "value": digest.value()});
    for request in [push(), wrapped_after_signing("thryve", &frame)] {
        let name = format!("key of the frame, {} bytes", request.body.len());
        cases.add(&name, request, accepted(vec![("dedup_key", key())]));
    }
}

fn strict(cases: &mut Cases<'_>) {
    let label = "thryve-strict";
    let frame = compress(PUSH);
    let push = || signed(label, &frame);
    let json = || signed(label, CONNECT);
    cases.add("strict: push", push(), pushed(label));
    cases.add(
        "strict: push under ZSTD",
        push().with(ENCODING, "ZSTD"),
        pushed(label),
    );
    let known = || delivered(label, "body-signature", Some("current"), connect_event());
    cases.add("strict: JSON", json(), known());
    cases.add(
        "strict: JSON under identity",
        json().with(ENCODING, "identity"),
        known(),
    );
    for (name, request) in [
        ("frame without an encoding", push().without(ENCODING)),
        ("frame under gzip", push().with(ENCODING, "gzip")),
        ("JSON under zstd", json().with(ENCODING, "zstd")),
        ("JSON under gzip", json().with(ENCODING, "gzip")),
        ("frame in base64", signed(label, wrapped(&frame))),
        (
            "frame in base64 under zstd",
            signed(label, wrapped(&frame)).with(ENCODING, "zstd"),
        ),
    ] {
        cases.refuse(&format!("strict: {name}"), request, 400);
    }
    cases.refuse(
        "strict: frame in base64, signed as the frame",
        wrapped_after_signing(label, &frame),
        401,
    );
}

fn broken(cases: &mut Cases<'_>) {
    let frame = compress(PUSH);
    let push = |body: &[u8]| signed("thryve", body);
    for length in [1, 4, 5, 8, frame.len() / 2, frame.len() - 1] {
        let request = push(&frame[..length]);
        cases.refuse(&format!("frame cut to {length} bytes"), request, 400);
    }
    let two = [&frame[..], &frame[..frame.len() - 1]].concat();
    cases.refuse("the second of two frames cut", push(&two), 400);
    let mut junk = frame.clone();
    junk.push(b'\n');
    cases.refuse("something behind the frame", push(&junk), 400);
    let mut flipped = frame.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    flipped.truncate(frame.len() - 2);
    cases.refuse("a frame broken inside", push(&flipped), 400);
    cases.refuse("a frame of nothing", push(&compress("")), 400);
    cases.refuse(
        "a frame of no JSON",
        push(&compress("this is not JSON")),
        400,
    );
    cases.refuse("a frame of no UTF-8", push(&compress(b"\"\xff\"")), 400);
    cases.refuse("a frame in a frame", push(&compress(&frame)), 400);
    let twice = wrapped(wrapped(&frame));
    cases.refuse("base64 twice", push(twice.as_bytes()), 400);
    let text = wrapped(&frame);
    for (name, spaced) in [
        ("in lines", format!("{}\r\n{}", &text[..76], &text[76..])),
        ("behind a blank", format!(" {text}")),
    ] {
        let name = format!("base64 {name}");
        cases.add(&name, push(spaced.as_bytes()), accepted(vec![]));
    }
    for (name, text) in [
        (
            "of the other alphabet",
            text.replace('/', "_").replace('+', "-"),
        ),
        ("with padding of its own", format!("{text}=")),
        ("of four bytes", "KLUv/Q==".to_owned()),
    ] {
        cases.refuse(&format!("base64 {name}"), push(text.as_bytes()), 400);
    }
    cases.add(
        "a window of 8 MiB",
        push(&with_window(13)),
        accepted(vec![]),
    );
    for exponent in [14, 21] {
        let name = format!("a window of {} MiB", 1 << (exponent - 10));
        cases.refuse(&name, push(&with_window(exponent)), 400);
    }
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0];
    cases.refuse("gzip under zstd", push(&gzip).with(ENCODING, "zstd"), 400);
}

/// Makes a frame that holds a right message as it is, and asks for a window of two to the power of
/// the exponent, in KiB.
fn with_window(exponent: u8) -> Vec<u8> {
    let mut frame = b"\x28\xb5\x2f\xfd\x00".to_vec();
    frame.push(exponent << 3);
    // The last block, uncompressed.
    let length = u32::try_from(PUSH.len()).expect("a short message");
    frame.extend(&(length << 3 | 1).to_le_bytes()[..3]);
    frame.extend(PUSH.as_bytes());
    frame
}

fn limits(cases: &mut Cases<'_>) {
    let label = "thryve-tight";
    let sized = |length: usize| {
        let padding = " ".repeat(length - CONNECT.len());
        format!("{CONNECT}{padding}")
    };
    let tight = |length: usize| signed(label, compress(sized(length)));
    for length in [TIGHT_LIMIT - 1, TIGHT_LIMIT] {
        let known = delivered(label, "body-signature", Some("current"), connect_event());
        cases.add(&format!("unpacks to {length} bytes"), tight(length), known);
    }
    cases.refuse(
        "unpacks to a byte over the limit",
        tight(TIGHT_LIMIT + 1),
        413,
    );
    let half = TIGHT_LIMIT / 2 + 1;
    let two = [compress(" ".repeat(half)), compress(" ".repeat(half))].concat();
    cases.refuse(
        "two frames over the limit together",
        signed(label, two),
        413,
    );
    let text = wrapped(compress(sized(TIGHT_LIMIT + 1)));
    cases.refuse("over the limit in base64", signed(label, text), 413);
    cases.add(
        "the limit is of what is unpacked alone",
        signed(label, sized(TIGHT_LIMIT + 1)),
        accepted(vec![]),
    );
    // Some 50 bytes each, of which hundreds unpack to more than the 32 MiB of the default.
    let bomb = compress(vec![b' '; 1 << 20]).repeat(40);
    cases.refuse("a bomb", signed("thryve", &bomb), 413);
    cases.refuse("a bomb in base64", signed("thryve", wrapped(&bomb)), 413);
    let forged = signed("thryve", &bomb).with("x-hmac-timestamp", "1");
    cases.refuse("a bomb that is not signed is not unpacked", forged, 401);

    let small = vec![b' '; SMALL_LIMIT + 1];
    let over = signed("thryve-small", compress(PUSH));
    assert!(over.body.len() > SMALL_LIMIT);
    cases.refuse("compressed, and over the limit of a body", over, 413);
    let under = signed("thryve-small", compress(small));
    assert!(under.body.len() < SMALL_LIMIT);
    // It unpacks to blanks, of more bytes than the limit of a body.
    cases.refuse(
        "the limit of a body is of the bytes on the wire",
        under,
        400,
    );
}
