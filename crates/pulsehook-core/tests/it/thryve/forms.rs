//! What a body may be: every row of the table, lenient and strict.

use pulsehook_core::DecodeErrorKind::{self, Empty, Encoding, NotUtf8, Shape, Syntax, TooLarge};
use pulsehook_core::Receiver;
use pulsehook_core::signature::encode_base64;
use pulsehook_core::thryve::Thryve;
use pulsehook_core::thryve::testing::compress;

use super::{event, message, open_receiver, post, rule};

/// Sends a body under a `Content-Encoding`, and says how it is refused.
fn sent(strict: bool, encoding: Option<&str>, body: &[u8]) -> Result<(), DecodeErrorKind> {
    let headers: Vec<_> = encoding
        .map(|it| ("content-encoding", it))
        .into_iter()
        .collect();
    match post(&open_receiver(strict), &headers, body.to_vec()) {
        Ok(delivery) => {
            assert_eq!(delivery.events(), [event(message("epoch-create"))]);
            Ok(())
        }
        Err(error) => {
            let kind = error.undecodable().expect("authentic").error().kind();
            let status = if kind == TooLarge { 413 } else { 400 };
            assert_eq!(error.reply().status(), status);
            Err(kind)
        }
    }
}

#[test]
fn the_body_decides_and_strict_mode_asks_for_the_header() {
    let json = message("epoch-create").into_bytes();
    let frame = compress(&json);
    let base64 = encode_base64(&frame).into_bytes();
    let spaced = [b" \r\n\t".as_slice(), &json].concat();
    let no = Err(Encoding);
    // Body; strict mode without header, with `zstd`, with `identity`, with anything else.
    type Row<'a> = (&'a [u8], [Result<(), DecodeErrorKind>; 4]);
    let rows: [Row<'_>; 4] = [
        (&frame, [no, Ok(()), no, no]),
        (&base64, [no, no, no, no]),
        (&json, [Ok(()), no, Ok(()), no]),
        (&spaced, [Ok(()), no, Ok(()), no]),
    ];
    for (body, strict) in rows {
        let encodings = [
            &[None][..],
            &[Some("zstd"), Some("ZSTD")],
            &[Some("identity"), Some("Identity")],
            &[Some("gzip"), Some(""), Some("zstd, zstd"), Some("zstd ")],
        ];
        for (encodings, expected) in encodings.into_iter().zip(strict) {
            for encoding in encodings {
                assert_eq!(sent(false, *encoding, body), Ok(()), "{encoding:?}");
                assert_eq!(sent(true, *encoding, body), expected, "{encoding:?}");
            }
        }
    }
}

#[test]
fn strict_mode_refuses_an_encoding_that_is_there_twice() {
    let json = message("epoch-create");
    for second in ["zstd", "identity"] {
        let headers = [("content-encoding", "zstd"), ("Content-Encoding", second)];
        let lenient = post(&open_receiver(false), &headers, json.clone());
        assert!(lenient.is_ok());
        let strict = post(&open_receiver(true), &headers, json.clone());
        assert_eq!(rule(strict), "repeated-header");
    }
}

#[test]
fn anything_else_is_an_unknown_encoding() {
    let json = message("epoch-create");
    let gzip_magic = b"\x1f\x8b\x08\x00".as_slice();
    let skippable = b"\x50\x2a\x4d\x18\x00\x00\x00\x00".as_slice();
    let base64_of_json = encode_base64(json.as_bytes());
    let with_mark = format!("\u{feff}{json}");
    let frame = compress(&json);
    let spaced_frame = [b" ".as_slice(), &frame].concat();
    for body in [
        gzip_magic,
        &[skippable, &frame].concat(),
        base64_of_json.as_bytes(),
        with_mark.as_bytes(),
        &spaced_frame,
        b" ",
        b"\n\n",
        b"null",
        b"42",
        b"\"text\"",
        b"\x28\xb5\x2f",
        b"KLUv",
        b"KLUv/Q==",
        b"KLUv!SCD",
        &[0xff; 20],
    ] {
        for encoding in [None, Some("zstd")] {
            assert_eq!(sent(false, encoding, body), Err(Encoding), "{body:?}");
            assert_eq!(sent(true, encoding, body), Err(Encoding), "{body:?}");
        }
    }
    for strict in [false, true] {
        assert_eq!(sent(strict, None, b""), Err(Empty));
        assert_eq!(sent(strict, Some("zstd"), b""), Err(Empty));
    }
}

#[test]
fn base64_must_be_whole_and_canonical() {
    let frame = compress(message("epoch-create"));
    let base64 = encode_base64(&frame);
    let sent = |body: String| sent(false, None, body.as_bytes());
    assert_eq!(sent(base64.clone()), Ok(()));
    let middle = base64.len() / 2;
    let (start, end) = base64.split_at(middle);
    // White space may stand anywhere, as where lines are broken.
    for spaced in [
        format!("{base64}\r\n \t\n"),
        format!("\n {base64}"),
        format!("{start}\n{end}"),
        base64.split("").collect::<Vec<_>>().join("\r\n"),
    ] {
        assert_eq!(sent(spaced.clone()), Ok(()), "{spaced}");
    }
    for broken in [
        format!("{base64}="),
        format!("{base64}AAAA"),
        format!("{base64}\u{b}"),
        format!("{start}-{}", &end[1..]),
        start.to_owned(),
        base64[..base64.len() - 1].to_owned(),
    ] {
        assert_eq!(sent(broken.clone()), Err(Encoding), "{broken}");
    }
}

#[test]
fn padding_within_base64_is_refused_wherever_pieces_end() {
    // Digits are decoded 1024 at a time. Empty frames behind the first make the body longer.
    let frame = [compress(message("epoch-create")), compress("").repeat(400)].concat();
    assert!(frame.len() > 3 * 768);
    for digits in [1024, 2048, 3072] {
        let whole = digits / 4 * 3;
        for (cut, padding, expected) in [
            (whole, "", Ok(())),
            (whole - 1, "=", Err(Encoding)),
            (whole - 2, "==", Err(Encoding)),
        ] {
            let (start, end) = frame.split_at(cut);
            let start = encode_base64(start);
            assert_eq!(start.len(), digits);
            assert!(start.ends_with(padding));
            let body = format!("{start}{}", encode_base64(end));
            assert_eq!(sent(false, None, body.as_bytes()), expected, "{cut}");
            // Nor may padding alone follow.
            let body = format!("{start}====");
            assert_eq!(sent(false, None, body.as_bytes()), Err(Encoding), "{cut}");
        }
    }
}

#[test]
fn what_a_frame_holds_is_judged_like_any_json() {
    let holds = |content: &[u8]| {
        let frame = compress(content);
        let base64 = encode_base64(&frame);
        let outcome = sent(false, None, &frame);
        assert_eq!(sent(false, None, base64.as_bytes()), outcome);
        assert_eq!(sent(true, Some("zstd"), &frame), outcome);
        outcome
    };
    assert_eq!(holds(message("epoch-create").as_bytes()), Ok(()));
    assert_eq!(holds(b""), Err(Empty));
    assert_eq!(holds(b" "), Err(Syntax));
    assert_eq!(holds(b"[]"), Err(Shape));
    assert_eq!(holds(b"42"), Err(Shape));
    assert_eq!(holds(b"\"text\""), Err(Shape));
    assert_eq!(holds(b"\xff{}"), Err(NotUtf8));
    assert_eq!(holds(b"{"), Err(Syntax));
    assert_eq!(holds(b"{} {}"), Err(Syntax));
    // Nothing is unwrapped twice.
    assert_eq!(holds(&compress(b"{}")), Err(NotUtf8));
    assert_eq!(
        holds(encode_base64(&compress(b"{}")).as_bytes()),
        Err(Syntax)
    );
}

#[test]
fn the_decompressed_limit_is_the_last_length_that_is_accepted() {
    let json = message("epoch-create");
    let frame = compress(&json);
    for base64 in [false, true] {
        let body = if base64 {
            encode_base64(&frame).into_bytes()
        } else {
            frame.clone()
        };
        for (limit, expected) in [
            (0, 413),
            (1, 413),
            (json.len() - 1, 413),
            (json.len(), 200),
            (json.len() + 1, 200),
            (usize::MAX, 200),
        ] {
            let builder = Thryve::builder().danger_accept_unauthenticated();
            let thryve = builder.decompressed_limit(limit).build().expect("says so");
            let headers: [(&str, &str); 0] = [];
            let status = match post(&Receiver::new(thryve), &headers, body.clone()) {
                Ok(delivery) => delivery.ack().status(),
                Err(error) => error.reply().status(),
            };
            assert_eq!(status, expected, "{limit}");
        }
    }
}

#[test]
fn a_body_over_the_limit_on_the_wire_is_refused() {
    let receiver = open_receiver(false);
    assert_eq!(receiver.body_limit(), 8 * 1024 * 1024);
    let headers: [(&str, &str); 0] = [];
    let error = post(&receiver, &headers, vec![b' '; 8 * 1024 * 1024 + 1]);
    assert_eq!(error.expect_err("too large").reply().status(), 413);
}

#[test]
fn by_default_32_mib_are_unpacked() {
    let limit = 32 * 1024 * 1024;
    let padded = |len: usize| {
        let mut json = message("epoch-create").into_bytes();
        json.resize(len, b' ');
        compress(json)
    };
    assert_eq!(sent(false, None, &padded(limit)), Ok(()));
    assert_eq!(sent(false, None, &padded(limit + 1)), Err(TooLarge));
}
