//! What would have made a signed request pass: each diagnosis, on a recorded request of each
//! provider to which it applies.

use std::io::Write as _;
use std::path::Path;

use pulsehook_axum::SigningKey;
use pulsehook_axum::signature::{decode_base64_up_to, encode_base64, encode_hex};

use crate::support::{CANARY, folder};
use crate::verify::{Recording, SECRET, verify};

const KEY: &str = concat!("Key/", "canary-4711");

/// A provider that signs.
#[derive(Clone, Copy)]
struct Signer {
    name: &'static str,
    signature: &'static str,
    sign: fn(&[u8], Vec<u8>) -> Recording,
}

const MILLIS: &str = "1700000000000";
const NONCE: &str = "105850310064852240";

const METRIPORT: Signer = Signer {
    name: "metriport",
    signature: "x-metriport-signature",
    sign: |key, body| {
        let key = SigningKey::from_bytes(key).unwrap();
        pulsehook_axum::metriport::testing::sign(&key, body).into()
    },
};
const HUMAN_API: Signer = Signer {
    name: "human-api",
    signature: "x-humanapi-signature",
    sign: |key, body| {
        let key = SigningKey::from_bytes(key).unwrap();
        pulsehook_axum::human_api::testing::sign(&key, body, MILLIS, NONCE).into()
    },
};
const THRYVE: Signer = Signer {
    name: "thryve",
    signature: "x-hmac-signature",
    sign: |key, body| {
        let key = SigningKey::from_bytes(key).unwrap();
        pulsehook_axum::thryve::testing::sign(&key, body, MILLIS).into()
    },
};
const ALL: [Signer; 3] = [METRIPORT, HUMAN_API, THRYVE];

/// A body as it is signed; with a letter that is not ASCII, a slash and what HTML escapes.
const BODY: &str = r#"{"meta":{"marker":"canary-4711","unit":"µmol/L"},"b":[1.0,1e3,{"a":[],"c":{}}],"url":"a<b"}"#;

fn by_two_blanks() -> String {
    r#"{
  "meta": {
    "marker": "canary-4711",
    "unit": "µmol/L"
  },
  "b": [
    1.0,
    1e3,
    {
      "a": [],
      "c": {}
    }
  ],
  "url": "a<b"
}"#
    .to_owned()
}

fn spaced() -> String {
    r#"{"meta": {"marker": "canary-4711", "unit": "µmol/L"}, "b": [1.0, 1e3, {"a": [], "c": {}}], "url": "a<b"}"#.to_owned()
}

fn sorted() -> String {
    r#"{"b":[1.0,1e3,{"a":[],"c":{}}],"meta":{"marker":"canary-4711","unit":"µmol/L"},"url":"a<b"}"#
        .to_owned()
}

/// Judges a recording by a secret as it is configured, and pins the findings.
#[track_caller]
fn check(
    name: &str,
    signer: Signer,
    folder: &Path,
    secret: &str,
    options: &[&str],
    recording: &Recording,
    expected: &[&str],
) {
    let name = format!("{}: {name}", signer.name);
    let arguments = [&[signer.name], SECRET, options].concat();
    let done = verify(&name, &arguments, folder, secret, recording);
    assert_eq!(done.code, 1, "{name}: {} {}", done.stdout, done.stderr);
    assert_eq!(done.rules(), expected, "{name}: {}", done.stdout);
    let json = done.json();
    assert_eq!(json["refusal"]["stopped_early"], false, "{name}");
    assert_eq!(
        json["refusal"]["suffices"],
        !expected.is_empty(),
        "{name}: {json}"
    );
    // Something is said of what could not be explained, and the rule does not say itself.
    let rule = json["refusal"]["rule"].as_str().unwrap();
    let is_plain = ["missing-header", "repeated-header"].contains(&rule);
    assert_eq!(
        json["refusal"]["remains"].is_string(),
        expected.is_empty() && !is_plain,
        "{name}: {json}"
    );
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zstd(body: &[u8], level: i32) -> Vec<u8> {
    let mut frame = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
    zstd_safe::compress(&mut frame, body, level).unwrap();
    frame
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|char| u8::try_from(u32::from(char)).unwrap())
        .collect()
}

/// Reads bytes as Latin-1.
fn twice(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[test]
fn bodies() {
    let folder = folder("diagnose_bodies");
    let lines = by_two_blanks();
    let crlf = lines.replace('\n', "\r\n");
    let ascii = BODY.replace('µ', "\\u00b5");
    let cases: Vec<(&str, Vec<u8>, Vec<u8>, &str)> = vec![
        (
            "LF added",
            BODY.into(),
            format!("{BODY}\n").into(),
            "line-end-added",
        ),
        (
            "CRLF added",
            BODY.into(),
            format!("{BODY}\r\n").into(),
            "line-end-added",
        ),
        (
            "more added",
            BODY.into(),
            format!("{BODY} \n\n").into(),
            "line-end-added",
        ),
        (
            "LF removed",
            format!("{BODY}\n").into(),
            BODY.into(),
            "line-end-removed",
        ),
        (
            "CRLF removed",
            format!("{BODY}\r\n").into(),
            BODY.into(),
            "line-end-removed",
        ),
        (
            "CRLF for LF",
            lines.clone().into(),
            crlf.clone().into(),
            "crlf-for-lf",
        ),
        (
            "LF for CRLF",
            crlf.into(),
            lines.clone().into(),
            "lf-for-crlf",
        ),
        (
            "BOM added",
            BODY.into(),
            format!("\u{feff}{BODY}").into(),
            "bom-added",
        ),
        (
            "BOM removed",
            format!("\u{feff}{BODY}").into(),
            BODY.into(),
            "bom-removed",
        ),
        (
            "two blanks",
            BODY.into(),
            lines.clone().into(),
            "body-pretty-printed",
        ),
        (
            "four blanks",
            BODY.into(),
            lines.replace("  ", "    ").into(),
            "body-pretty-printed",
        ),
        (
            "tabs",
            BODY.into(),
            lines.replace("  ", "\t").into(),
            "body-pretty-printed",
        ),
        (
            "spaced",
            BODY.into(),
            spaced().into(),
            "body-pretty-printed",
        ),
        (
            "two blanks signed",
            lines.clone().into(),
            BODY.into(),
            "body-reserialised",
        ),
        (
            "four blanks signed",
            lines.replace("  ", "    ").into(),
            BODY.into(),
            "body-reserialised",
        ),
        (
            "tabs signed",
            lines.replace("  ", "\t").into(),
            BODY.into(),
            "body-reserialised",
        ),
        (
            "spaced signed",
            spaced().into(),
            BODY.into(),
            "body-reserialised",
        ),
        (
            "a file signed",
            format!("{lines}\n").into(),
            BODY.into(),
            "body-reserialised",
        ),
        (
            "four for two",
            lines.clone().into(),
            lines.replace("  ", "    ").into(),
            "body-reserialised",
        ),
        ("escaped", BODY.into(), ascii.clone().into(), "body-escapes"),
        (
            "escaped signed",
            ascii.clone().into(),
            BODY.into(),
            "body-escapes",
        ),
        (
            "upper case signed",
            BODY.replace('µ', "\\u00B5").into(),
            BODY.into(),
            "body-escapes",
        ),
        (
            "PHP signed",
            ascii.replace('/', "\\/").into(),
            BODY.into(),
            "body-escapes",
        ),
        (
            "slashes signed",
            BODY.replace('/', "\\/").into(),
            BODY.into(),
            "body-escapes",
        ),
        (
            "slashes",
            BODY.into(),
            BODY.replace('/', "\\/").into(),
            "body-escapes",
        ),
        (
            "Go signed",
            BODY.replace('<', "\\u003c").into(),
            BODY.into(),
            "body-escapes",
        ),
        (
            ".NET signed",
            ascii
                .replace("\\u00b5", "\\u00B5")
                .replace('<', "\\u003C")
                .into(),
            BODY.into(),
            "body-escapes",
        ),
        (
            "Python signed",
            spaced().replace('µ', "\\u00b5").into(),
            BODY.into(),
            "body-escapes",
        ),
        (
            "sorted signed",
            sorted().into(),
            BODY.into(),
            "body-members-sorted",
        ),
        (
            "encoded twice",
            BODY.into(),
            twice(BODY.as_bytes()).into(),
            "body-double-encoded",
        ),
        ("decoded once", BODY.into(), latin_1(BODY), "body-latin-1"),
        (
            "base64",
            BODY.into(),
            encode_base64(BODY.as_bytes()).into(),
            "body-base64",
        ),
        (
            "base64 signed",
            encode_base64(BODY.as_bytes()).into(),
            BODY.into(),
            "body-base64-decoded",
        ),
        (
            "gzip",
            BODY.into(),
            gzip(BODY.as_bytes()),
            "body-compressed",
        ),
        (
            "zlib",
            BODY.into(),
            zlib(BODY.as_bytes()),
            "body-compressed",
        ),
        (
            "zstd",
            BODY.into(),
            zstd(BODY.as_bytes(), 3),
            "body-compressed",
        ),
        (
            "zstd in base64",
            BODY.into(),
            encode_base64(&zstd(BODY.as_bytes(), 3)).into(),
            "body-compressed",
        ),
        (
            "another value",
            BODY.into(),
            BODY.replace("1.0", "1").into(),
            "",
        ),
        ("cut", BODY.into(), BODY[..40].into(), ""),
    ];
    for (name, signed, sent, rule) in cases {
        for signer in ALL {
            let recording = (signer.sign)(KEY.as_bytes(), signed.clone()).body(sent.clone());
            let expected: Vec<&str> = Some(rule)
                .filter(|rule| !rule.is_empty())
                .into_iter()
                .collect();
            check(name, signer, &folder, KEY, &[], &recording, &expected);
        }
    }
}

#[test]
fn bodies_that_were_decompressed() {
    let folder = folder("diagnose_decompressed");
    let long = format!("{{\"list\":[{}0]}}", "1234567890,".repeat(300));
    let mut streamed = Vec::with_capacity(64 * 1024);
    let mut context = zstd_safe::CCtx::create();
    let level = zstd_safe::CParameter::CompressionLevel(5);
    context.set_parameter(level).unwrap();
    let mut output = zstd_safe::OutBuffer::around(&mut streamed);
    let mut input = zstd_safe::InBuffer::around(long.as_bytes());
    context.compress_stream(&mut output, &mut input).unwrap();
    context.end_stream(&mut output).unwrap();
    for (name, signed) in [
        ("level 3", zstd(long.as_bytes(), 3)),
        ("level 1", zstd(long.as_bytes(), 1)),
        ("level 19", zstd(long.as_bytes(), 19)),
        ("streamed", streamed),
        (
            "level 6, base64",
            encode_base64(&zstd(long.as_bytes(), 6)).into_bytes(),
        ),
    ] {
        let recording = (THRYVE.sign)(KEY.as_bytes(), signed).body(long.clone());
        check(
            name,
            THRYVE,
            &folder,
            KEY,
            &[],
            &recording,
            &["body-decompressed"],
        );
    }
}

#[test]
fn keys() {
    let folder = folder("diagnose_keys");
    let hex = encode_hex(KEY.as_bytes());
    let base64 = encode_base64(KEY.as_bytes());
    let owned = str::to_owned;
    // As configured, its encoding, and as used.
    let cases: Vec<(&str, String, &[&str], String, &str)> = vec![
        (
            "LF here",
            format!("{KEY}\n"),
            &[],
            owned(KEY),
            "key-line-end",
        ),
        (
            "CRLF here",
            format!("{KEY}\r\n"),
            &[],
            owned(KEY),
            "key-line-end",
        ),
        (
            "LF there",
            owned(KEY),
            &[],
            format!("{KEY}\n"),
            "key-line-end",
        ),
        (
            "CRLF there",
            owned(KEY),
            &[],
            format!("{KEY}\r\n"),
            "key-line-end",
        ),
        (
            "blanks here",
            format!(" {KEY} "),
            &[],
            owned(KEY),
            "key-blanks",
        ),
        (
            "a blank after, there",
            owned(KEY),
            &[],
            format!("{KEY} "),
            "key-blanks",
        ),
        (
            "a blank before, there",
            owned(KEY),
            &[],
            format!(" {KEY}"),
            "key-blanks",
        ),
        (
            "quotes here",
            format!("\"{KEY}\""),
            &[],
            owned(KEY),
            "key-quotes",
        ),
        (
            "single quotes here",
            format!("'{KEY}'\n"),
            &[],
            owned(KEY),
            "key-quotes",
        ),
        (
            "quotes there",
            owned(KEY),
            &[],
            format!("\"{KEY}\""),
            "key-quotes",
        ),
        (
            "single quotes there",
            owned(KEY),
            &[],
            format!("'{KEY}'"),
            "key-quotes",
        ),
        ("BOM", format!("\u{feff}{KEY}"), &[], owned(KEY), "key-bom"),
        (
            "a whole line",
            format!("export NAME=\"{KEY}\"\n"),
            &[],
            owned(KEY),
            "key-assignment",
        ),
        (
            "hex text here",
            hex.clone(),
            &[],
            owned(KEY),
            "key-still-encoded",
        ),
        (
            "base64 text here",
            base64.clone(),
            &[],
            owned(KEY),
            "key-still-encoded",
        ),
        (
            "base64url text here",
            encode_base64(b"\xff\xfe\xfdcanary-4711")
                .replace('/', "_")
                .replace('+', "-"),
            &[],
            String::new(),
            "key-still-encoded",
        ),
        (
            "hex text there",
            hex.clone(),
            &["--encoding", "hex"],
            hex.clone(),
            "key-already-decoded",
        ),
        (
            "upper-case hex text there",
            hex.to_uppercase(),
            &["--encoding", "hex"],
            hex.to_uppercase(),
            "key-already-decoded",
        ),
        (
            "base64 text there",
            base64.clone(),
            &["--encoding", "base64"],
            base64,
            "key-already-decoded",
        ),
        (
            "percent",
            KEY.replace('/', "%2F"),
            &[],
            owned(KEY),
            "key-percent-encoded",
        ),
        (
            "lower case there",
            owned(KEY),
            &[],
            KEY.to_lowercase(),
            "key-letter-case",
        ),
        (
            "upper case there",
            owned(KEY),
            &[],
            KEY.to_uppercase(),
            "key-letter-case",
        ),
        (
            "another key",
            owned(KEY),
            &[],
            owned("another-canary-4711"),
            "",
        ),
    ];
    for (name, here, options, there, rule) in cases {
        let there = match there.is_empty() {
            true => b"\xff\xfe\xfdcanary-4711".to_vec(),
            false => there.into_bytes(),
        };
        for signer in ALL {
            let recording = (signer.sign)(&there, BODY.into());
            let expected: Vec<&str> = Some(rule)
                .filter(|rule| !rule.is_empty())
                .into_iter()
                .collect();
            check(name, signer, &folder, &here, options, &recording, &expected);
        }
    }
}

#[test]
fn the_key_of_a_ring_that_fits_is_named() {
    let folder = folder("diagnose_ring");
    std::fs::write(folder.join("other"), format!("other-{CANARY}")).unwrap();
    let recording = (METRIPORT.sign)(KEY.as_bytes(), BODY.into()).body(format!("{BODY}\n"));
    let arguments = [
        "metriport",
        "--secret",
        "file:other",
        "--secret",
        "env:TEST_SECRET",
    ];
    let done = verify("ring", &arguments, &folder, KEY, &recording);
    assert_eq!(done.rules(), ["line-end-added"]);
    let what = done.json()["refusal"]["findings"][0]["what"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(what.ends_with("(`secret-2` fits)"), "{what}");
}

fn mac_of(signer: Signer, recording: &Recording) -> Vec<u8> {
    let text = recording.header(signer.signature);
    match signer.name {
        "human-api" => decode_base64_up_to(text.as_bytes(), 64).unwrap(),
        _ => (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
            .collect(),
    }
}

#[test]
fn forms_of_the_signature() {
    let folder = folder("diagnose_signatures");
    for signer in ALL {
        let good = (signer.sign)(KEY.as_bytes(), BODY.into());
        let mac = mac_of(signer, &good);
        let (hex, base64) = (encode_hex(&mac), encode_base64(&mac));
        let url = base64.replace('+', "-").replace('/', "_").replace('=', "");
        let of_hex = encode_base64(hex.as_bytes());
        let usual = good.header(signer.signature).to_owned();
        let is_hex = signer.name != "human-api";
        let mut cases = vec![
            ("base64url", url, "signature-base64url"),
            ("base64 of hex", of_hex, "signature-base64-of-hex"),
            ("sha256=", format!("sha256={usual}"), "signature-prefix"),
            ("SHA1=", format!("SHA1={usual}"), "signature-prefix"),
            ("quotes", format!("\"{usual}\""), "signature-quotes"),
        ];
        match is_hex {
            true => {
                cases.push(("base64", base64.clone(), "signature-base64"));
                cases.push((
                    "sha256= and base64",
                    format!("sha256={base64}"),
                    "signature-base64",
                ));
            }
            false => {
                cases.push(("hex", hex.clone(), "signature-hex"));
                cases.push(("HEX", hex.to_uppercase(), "signature-hex"));
                cases.push(("sha1= and hex", format!("sha1={hex}"), "signature-hex"));
            }
        }
        if signer.name == "metriport" {
            cases.push(("HEX", hex.to_uppercase(), "signature-upper-case"));
        }
        for (name, value, rule) in cases {
            let recording = good.clone().with(signer.signature, value);
            check(name, signer, &folder, KEY, &[], &recording, &[rule]);
        }
        // What is cut off cannot be made whole.
        let cut = good
            .clone()
            .with(signer.signature, &usual[..usual.len() - 4]);
        check("cut", signer, &folder, KEY, &[], &cut, &[]);
    }
}

#[test]
fn places_of_the_headers() {
    let folder = folder("diagnose_headers");
    for signer in ALL {
        let good = (signer.sign)(KEY.as_bytes(), BODY.into());
        let value = good.header(signer.signature).to_owned();
        let underscored = signer.signature.replace('-', "_");
        let renamed = good
            .clone()
            .without(signer.signature)
            .and(&underscored, &value);
        check(
            "underscores",
            signer,
            &folder,
            KEY,
            &[],
            &renamed,
            &["header-underscores"],
        );
        let elsewhere = good
            .clone()
            .without(signer.signature)
            .and("x-signature", &value);
        check(
            "elsewhere",
            signer,
            &folder,
            KEY,
            &[],
            &elsewhere,
            &["signature-other-header"],
        );
        let prefixed = good.clone().without(signer.signature);
        let prefixed = prefixed.and("x-signature", format!("sha256={value}"));
        check(
            "elsewhere, with a prefix",
            signer,
            &folder,
            KEY,
            &[],
            &prefixed,
            &["signature-other-header"],
        );
        let again = good.clone().and(signer.signature, &value);
        check(
            "twice",
            signer,
            &folder,
            KEY,
            &[],
            &again,
            &["header-repeated"],
        );
        let joined = good
            .clone()
            .with(signer.signature, format!("{value}, {value}"));
        check(
            "joined",
            signer,
            &folder,
            KEY,
            &[],
            &joined,
            &["header-repeated"],
        );
        let other = (signer.sign)(b"another key", BODY.into());
        let differing = good
            .clone()
            .and(signer.signature, other.header(signer.signature));
        check("differing", signer, &folder, KEY, &[], &differing, &[]);
        let missing = good.clone().without(signer.signature);
        check("missing", signer, &folder, KEY, &[], &missing, &[]);
    }
    let good = (HUMAN_API.sign)(KEY.as_bytes(), BODY.into());
    let all = ["signature", "timestamp", "nonce"]
        .into_iter()
        .fold(good, |recording, part| {
            let name = format!("x-humanapi-{part}");
            let value = recording.header(&name).to_owned();
            recording
                .without(&name)
                .and(&format!("X_HUMANAPI_{part}"), value)
        });
    check(
        "all underscored",
        HUMAN_API,
        &folder,
        KEY,
        &[],
        &all,
        &["header-underscores"],
    );
}

#[test]
fn time_stamps_and_nonces() {
    let folder = folder("diagnose_stamps");
    let key = SigningKey::from_text(KEY).unwrap();
    // As signed, and as sent.
    let stamps = [
        ("seconds for ms", MILLIS, "1700000000", "timestamp-seconds"),
        (
            "seconds for ms that are lost",
            "1700000000987",
            "1700000000",
            "timestamp-seconds",
        ),
        (
            "ms for seconds",
            "1700000000",
            "1700000000123",
            "timestamp-millis",
        ),
        (
            "ms for ISO",
            "2023-11-14T22:13:20.000Z",
            MILLIS,
            "timestamp-iso-signed",
        ),
        (
            "ms for ISO, short",
            "2023-11-14T22:13:20Z",
            MILLIS,
            "timestamp-iso-signed",
        ),
        (
            "seconds for ISO",
            "2023-11-14T22:13:20+00:00",
            "1700000000",
            "timestamp-iso-signed",
        ),
        (
            "ISO for ms",
            MILLIS,
            "2023-11-14T22:13:20Z",
            "timestamp-iso",
        ),
        (
            "ISO for seconds",
            "1700000000",
            "2023-11-14T22:13:20.123Z",
            "timestamp-iso",
        ),
        ("another time", "1700000001000", MILLIS, ""),
    ];
    for (name, signed, sent, rule) in stamps {
        let expected: Vec<&str> = Some(rule)
            .filter(|rule| !rule.is_empty())
            .into_iter()
            .collect();
        let by_human_api: Recording =
            pulsehook_axum::human_api::testing::sign(&key, BODY, signed, NONCE).into();
        let by_human_api = by_human_api.with("x-humanapi-timestamp", sent);
        check(name, HUMAN_API, &folder, KEY, &[], &by_human_api, &expected);
        let by_thryve: Recording = pulsehook_axum::thryve::testing::sign(&key, BODY, signed).into();
        let by_thryve = by_thryve.with("x-hmac-timestamp", sent);
        check(name, THRYVE, &folder, KEY, &[], &by_thryve, &expected);
    }
    // Signed in the wrong order: the nonce stands where the time stamp belongs.
    let swapped: Recording =
        pulsehook_axum::human_api::testing::sign(&key, BODY, NONCE, MILLIS).into();
    let right_headers = swapped
        .clone()
        .with("x-humanapi-timestamp", MILLIS)
        .with("x-humanapi-nonce", NONCE);
    let expected = &["timestamp-nonce-swapped"][..];
    check(
        "signed order",
        HUMAN_API,
        &folder,
        KEY,
        &[],
        &right_headers,
        expected,
    );
    // The headers hold each other's value.
    let good = (HUMAN_API.sign)(KEY.as_bytes(), BODY.into());
    let wrong_headers = good
        .with("x-humanapi-timestamp", NONCE)
        .with("x-humanapi-nonce", MILLIS);
    check(
        "headers",
        HUMAN_API,
        &folder,
        KEY,
        &[],
        &wrong_headers,
        expected,
    );
    let without: Recording =
        pulsehook_axum::human_api::testing::sign(&key, BODY, MILLIS, "").into();
    let without = without.with("x-humanapi-nonce", NONCE);
    check(
        "no nonce",
        HUMAN_API,
        &folder,
        KEY,
        &[],
        &without,
        &["nonce-not-signed"],
    );
}

#[test]
fn all_that_is_signed_is_suspected() {
    let folder = folder("diagnose_suspects");
    for (signer, suspects) in [
        (METRIPORT, &[][..]),
        (HUMAN_API, &["x-humanapi-timestamp", "x-humanapi-nonce"]),
        (THRYVE, &["x-hmac-timestamp"]),
    ] {
        let good = (signer.sign)(KEY.as_bytes(), BODY.into());
        let other = (signer.sign)(b"another key", BODY.into());
        let mut cases = vec![
            good.clone()
                .with(signer.signature, other.header(signer.signature).to_owned()),
        ];
        let changed = suspects.iter().map(|name| match *name {
            "x-humanapi-nonce" => good.clone().with(name, "205850310064852240"),
            _ => good.clone().with(name, "1700000000001"),
        });
        cases.extend(changed);
        for recording in cases {
            let arguments = [&[signer.name], SECRET].concat();
            let done = verify(signer.name, &arguments, &folder, KEY, &recording);
            let json = done.json();
            let remains = json["refusal"]["remains"].as_str().unwrap();
            for suspect in suspects
                .iter()
                .chain(&["another secret", "the signature itself"])
            {
                assert!(remains.contains(suspect), "{suspect}: {remains}");
            }
        }
    }
}

#[test]
fn lines_that_end_in_crlf_are_told_beside_the_layout() {
    let folder = folder("diagnose_crlf");
    for signer in ALL {
        let signed = (signer.sign)(KEY.as_bytes(), BODY.into());
        for (body, is_told) in [
            (by_two_blanks(), false),
            (by_two_blanks().replace('\n', "\r\n"), true),
        ] {
            let arguments = [&[signer.name], SECRET].concat();
            let recording = signed.clone().body(body);
            let done = verify(signer.name, &arguments, &folder, KEY, &recording);
            assert_eq!(done.rules(), ["body-pretty-printed"]);
            let json = done.json();
            let what = json["refusal"]["findings"][0]["what"].as_str().unwrap();
            assert_eq!(what.contains("CRLF"), is_told, "{what}");
        }
    }
}

#[test]
fn two_things_at_once() {
    let folder = folder("diagnose_pairs");
    let pretty = by_two_blanks();
    for signer in ALL {
        let good = (signer.sign)(KEY.as_bytes(), BODY.into());
        let mac = mac_of(signer, &good);
        let (other, rule) = match signer.name {
            "human-api" => (encode_hex(&mac), "signature-hex"),
            _ => (encode_base64(&mac), "signature-base64"),
        };
        let changed = good.clone().body(pretty.clone());
        let quoted = format!("\"{KEY}\"");
        check(
            "key and body",
            signer,
            &folder,
            &quoted,
            &[],
            &changed,
            &["key-quotes+body-pretty-printed"],
        );
        let recoded = good.clone().with(signer.signature, &other);
        let expected = format!("{rule}+key-quotes");
        check(
            "header and key",
            signer,
            &folder,
            &quoted,
            &[],
            &recoded,
            &[&expected],
        );
        let expected = format!("{rule}+body-pretty-printed");
        let both = recoded.body(pretty.clone());
        check(
            "header and body",
            signer,
            &folder,
            KEY,
            &[],
            &both,
            &[&expected],
        );
        // Three things at once are not looked for.
        check("all three", signer, &folder, &quoted, &[], &both, &[]);
    }
}

const CONFIG: &str = r#"
[[endpoint]]
path = "/hooks/a"
provider = "PROVIDER"
label = "first"
keys = [{ env = "TEST_SECRET" }]
tolerance = "5m"

[[endpoint]]
path = "/hooks/b"
provider = "PROVIDER"
label = "second"
keys = [{ file = "second" }]

[[endpoint]]
path = "/hooks/c"
provider = "OTHER"
label = "third"
keys = [{ file = "third" }]
"#;

#[test]
fn keys_of_other_endpoints() {
    let folder = folder("diagnose_others");
    let (second, third) = (format!("second-{CANARY}"), format!("third-{CANARY}"));
    std::fs::write(folder.join("second"), &second).unwrap();
    std::fs::write(folder.join("third"), &third).unwrap();
    for (signer, other) in [
        (METRIPORT, HUMAN_API),
        (HUMAN_API, THRYVE),
        (THRYVE, METRIPORT),
    ] {
        let config = CONFIG
            .replace("tolerance = \"5m\"\n", "")
            .replace("PROVIDER", signer.name)
            .replace("OTHER", other.name);
        std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
        let find = |name: &str, recording: &Recording, expected: &[&str]| {
            let arguments = [
                signer.name,
                "--config",
                "pulsehook.toml",
                "--endpoint",
                "first",
            ];
            let name = format!("{}: {name}", signer.name);
            let done = verify(&name, &arguments, &folder, KEY, recording);
            assert_eq!(done.code, 1, "{name}: {}", done.stderr);
            assert_eq!(done.rules(), expected, "{name}: {}", done.stdout);
            // What is proven needs no hint.
            let hints = &done.json()["refusal"]["hints"];
            assert_eq!(*hints, serde_json::json!([]), "{name}");
            done.json()["refusal"]["findings"].to_string()
        };
        let body: Vec<u8> = BODY.into();
        let of_second = (signer.sign)(second.as_bytes(), body.clone());
        let told = find("second", &of_second, &["key-of-other-endpoint"]);
        assert!(told.contains("`second`"), "{told}");
        let of_third = (signer.sign)(third.as_bytes(), body.clone());
        let told = find("third", &of_third, &["key-of-other-endpoint"]);
        assert!(told.contains("`third`"), "{told}");
        let told = find(
            "other provider",
            &(other.sign)(third.as_bytes(), body.clone()),
            &["other-provider"],
        );
        assert!(
            told.contains(&format!("pulsehook verify {}", other.name)),
            "{told}"
        );
        let changed = of_second.body(format!("{BODY}\n"));
        find(
            "second, changed",
            &changed,
            &["key-of-other-endpoint+line-end-added"],
        );
    }
}

#[test]
fn tolerance() {
    let folder = folder("diagnose_tolerance");
    std::fs::write(folder.join("second"), format!("second-{CANARY}")).unwrap();
    std::fs::write(folder.join("third"), format!("third-{CANARY}")).unwrap();
    let body = r#"{"ping":"canary-4711","meta":{"messageId":"m","when":"2023-11-14T22:13:20.000Z","type":"ping"}}"#;
    for (signer, body) in [(METRIPORT, body), (HUMAN_API, "[]"), (THRYVE, body)] {
        let other = if signer.name == "thryve" {
            "metriport"
        } else {
            "thryve"
        };
        let config = CONFIG
            .replace("PROVIDER", signer.name)
            .replace("OTHER", other);
        std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
        let recording = (signer.sign)(KEY.as_bytes(), body.into());
        let arguments = [signer.name, "--endpoint", "first", "--at"];
        // Thryve's would be no message that is known, which is another matter.
        let in_time = if signer.name == "thryve" {
            "undecodable"
        } else {
            ""
        };
        for (at, rule, apart) in [
            ("2023-11-14T22:13:20Z", in_time, ""),
            ("1700000299", in_time, ""),
            ("1699999701000", in_time, ""),
            ("1700000301", "timestamp-too-old", "5 min after"),
            ("1699990000", "timestamp-too-new", "2 h before"),
        ] {
            let arguments = [&arguments[..], &[at]].concat();
            let done = verify(at, &arguments, &folder, KEY, &recording);
            let json = done.json();
            assert_eq!(
                json["refusal"]["rule"].as_str().unwrap_or_default(),
                rule,
                "{at} {json}"
            );
            match apart {
                "" => assert_eq!(json["authentic"], true, "{at} {json}"),
                apart => {
                    assert_eq!(done.rules(), ["tolerance"], "{at} {json}");
                    let what = json["refusal"]["findings"][0]["what"].as_str().unwrap();
                    assert!(what.contains(apart), "{what}");
                }
            }
        }
        // Another diagnosis is found though the recording is old, and says that.
        let recording = recording.body(format!("{body}\n"));
        let arguments = [&arguments[..], &["1800000000"]].concat();
        let done = verify("both", &arguments, &folder, KEY, &recording);
        assert_eq!(done.rules(), ["line-end-added"], "{}", done.stdout);
        let advice = &done.json()["refusal"]["findings"][0]["advice"];
        assert!(advice.as_str().unwrap().contains("`tolerance`"), "{advice}");
    }
}

#[test]
fn a_body_beyond_the_limit() {
    let folder = folder("diagnose_limit");
    let config = "[[endpoint]]\npath = \"/hooks\"\nprovider = \"metriport\"\nbody_limit = 64\n\
                  keys = [{ env = \"TEST_SECRET\" }]\n";
    std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
    let recording = (METRIPORT.sign)(KEY.as_bytes(), BODY.into());
    let done = verify("limit", &["metriport"], &folder, KEY, &recording);
    assert_eq!(done.json()["refusal"]["rule"], "body-too-large");
    assert_eq!(done.rules(), ["body-limit"]);
    let done = verify(
        "limit",
        &["metriport"],
        &folder,
        KEY,
        &recording.body(vec![b'x'; 65]),
    );
    assert_eq!(done.rules(), [""; 0]);
}
