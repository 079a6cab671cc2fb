//! `sign --tamper`: what each way changes, to the byte, and what `verify` finds in it.

use std::path::Path;
use std::process::{Command, Output};

use pulsehook_axum::SigningKey;
use pulsehook_axum::signature::{decode_base64_up_to, encode_base64, encode_hex};
use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::{human_api, metriport, thryve};

use crate::support::{CANARY, folder, pulsehook};
use crate::verify::{Done, pipe};

const SECRET: &str = concat!("tampered-", "canary-4711");
const AUTHORIZATION: &str = concat!("Bearer tampered-", "canary-4711");
const AT: &str = "1770000000789";
const NONCE: &str = "123456789012345678";

const CONFIG: &str = r#"
listen = "127.0.0.1:0"

[[endpoint]]
path = "/hooks/thryve"
provider = "thryve"
authorization = [{ env = "TEST_TAMPERED_AUTHORIZATION" }]
keys = [{ env = "TEST_TAMPERED" }]

[[endpoint]]
path = "/hooks/withings"
provider = "withings"
url_secrets = [{ env = "TEST_TAMPERED" }]
"#;

/// Where the secrets of a case stand.
const KEY: &[&str] = &["--secret", "keys=env:TEST_TAMPERED"];
const FILE: &[&str] = &["--config", "pulsehook.toml"];

/// What is in the signature's headers of a provider.
struct Headers {
    signature: &'static str,
    is_hex: bool,
    timestamp: &'static str,
    nonce: &'static str,
    sign: fn(&SigningKey, Vec<u8>) -> SignedRequest,
}

const HUMAN_API: Headers = Headers {
    signature: "x-humanapi-signature",
    is_hex: false,
    timestamp: "x-humanapi-timestamp",
    nonce: "x-humanapi-nonce",
    sign: |key, body| human_api::testing::sign(key, body, AT, NONCE),
};
const METRIPORT: Headers = Headers {
    signature: "x-metriport-signature",
    is_hex: true,
    timestamp: "",
    nonce: "",
    sign: |key, body| metriport::testing::sign(key, body),
};
const THRYVE: Headers = Headers {
    signature: "x-hmac-signature",
    is_hex: true,
    timestamp: "x-hmac-timestamp",
    nonce: "",
    sign: |key, body| thryve::testing::sign(key, body, AT),
};
const UNSIGNED: Headers = Headers {
    signature: "",
    is_hex: false,
    timestamp: "",
    nonce: "",
    sign: |key, body| metriport::testing::sign(key, body),
};

/// A way, the rule that refuses it, and what `verify` finds.
type Row = (&'static str, &'static str, &'static [&'static str]);

/// Stands for findings that are there, whatever they are called.
const SOME: &[&str] = &["*"];

const MISMATCH: &str = "signature-mismatch";

#[test]
fn human_api() {
    const ROWS: &[Row] = &[
        ("body", MISMATCH, &[]),
        ("whitespace", MISMATCH, &["body-pretty-printed"]),
        ("newline", MISMATCH, &["line-end-added"]),
        ("crlf", MISMATCH, SOME),
        ("signature", MISMATCH, &[]),
        ("encoding", "malformed-header", &["signature-hex"]),
        ("truncated", "malformed-header", &[]),
        ("timestamp", MISMATCH, &[]),
        ("seconds", MISMATCH, &["timestamp-seconds"]),
        ("nonce", MISMATCH, &[]),
        ("swap", "malformed-timestamp", &["timestamp-nonce-swapped"]),
        ("key", MISMATCH, &[]),
        ("key-newline", MISMATCH, &["key-line-end"]),
        ("missing", "missing-header", &[]),
        ("twice", "repeated-header", &["header-repeated"]),
    ];
    check("human-api", "data", KEY, &HUMAN_API, ROWS);
}

#[test]
fn metriport() {
    const ROWS: &[Row] = &[
        ("body", MISMATCH, &[]),
        ("whitespace", MISMATCH, &["body-pretty-printed"]),
        ("newline", MISMATCH, &["line-end-added"]),
        ("crlf", MISMATCH, SOME),
        ("signature", MISMATCH, &[]),
        ("encoding", "malformed-header", &["signature-base64"]),
        ("truncated", "malformed-header", &[]),
        ("key", MISMATCH, &[]),
        ("key-newline", MISMATCH, &["key-line-end"]),
        ("missing", "missing-header", &[]),
        ("twice", "repeated-header", &["header-repeated"]),
    ];
    check("metriport", "patient.admit", KEY, &METRIPORT, ROWS);
}

#[test]
fn thryve() {
    const ROWS: &[Row] = &[
        ("body", MISMATCH, &[]),
        ("whitespace", MISMATCH, &["body-pretty-printed"]),
        ("newline", MISMATCH, &["line-end-added"]),
        ("crlf", MISMATCH, SOME),
        ("signature", MISMATCH, &[]),
        ("encoding", "malformed-header", &["signature-base64"]),
        ("truncated", "malformed-header", &[]),
        ("timestamp", MISMATCH, &[]),
        ("seconds", MISMATCH, &["timestamp-seconds"]),
        ("key", MISMATCH, &[]),
        ("key-newline", MISMATCH, &["key-line-end"]),
        ("missing", "missing-header", &[]),
        ("twice", "repeated-header", &["header-repeated"]),
    ];
    let sample = "notification.source.connect";
    check("thryve", sample, KEY, &THRYVE, ROWS);
}

#[test]
fn thryve_with_two_proofs_and_a_compressed_body() {
    const ROWS: &[Row] = &[
        ("body", MISMATCH, &[]),
        ("newline", MISMATCH, &["line-end-added"]),
        ("signature", MISMATCH, &[]),
        ("encoding", "malformed-header", &["signature-base64"]),
        ("truncated", "malformed-header", &[]),
        ("timestamp", MISMATCH, &[]),
        ("seconds", MISMATCH, &["timestamp-seconds"]),
        // The header is judged before the signature.
        ("key", "credential-mismatch", &[]),
        ("key-newline", MISMATCH, &["key-line-end"]),
        ("missing", "missing-credential", &[]),
        ("twice", "repeated-header", &["header-repeated"]),
        ("unpacked", MISMATCH, &["body-decompressed"]),
    ];
    check("thryve", "event.data.epoch.create", FILE, &THRYVE, ROWS);
}

#[test]
fn withings() {
    const ROWS: &[Row] = &[
        ("key", "credential-mismatch", &[]),
        ("missing", "missing-credential", &[]),
        ("twice", "repeated-credential", &["url-secret-repeated"]),
    ];
    for sample in ["weight", "probe"] {
        check("withings", sample, FILE, &UNSIGNED, ROWS);
    }
}

/// Spoils a sample in each way, and pins what was changed and what is found.
#[track_caller]
fn check(provider: &str, sample: &str, place: &[&str], headers: &Headers, rows: &[Row]) {
    let folder = folder(&format!("tampered_{provider}_{sample}"));
    std::fs::write(folder.join("pulsehook.toml"), CONFIG).unwrap();
    let sign = |tamper: &[&str]| {
        let mut command = with_secrets("sign", &folder);
        command.args([provider, sample, "--quiet", "--format", "http"]);
        for (header, option, value) in [
            (headers.timestamp, "--at", AT),
            (headers.nonce, "--nonce", NONCE),
        ] {
            // What is not sent cannot be said.
            if !header.is_empty() {
                command.args([option, value]);
            }
        }
        let Output {
            status,
            stdout,
            stderr,
        } = command.args(place).args(tamper).output().unwrap();
        let errors = String::from_utf8(stderr).unwrap();
        assert_eq!((status.code(), &*errors), (Some(0), ""), "{tamper:?}");
        stdout
    };
    let verify = |recording: &[u8]| {
        let mut command = with_secrets("verify", &folder);
        command.args([provider, "--json", "--request", "-"]);
        command.args(place);
        let done = pipe(command, recording);
        assert!(!done.stdout.contains(CANARY), "{}", done.stdout);
        assert!(!done.stderr.contains(CANARY), "{}", done.stderr);
        done
    };
    let good = sign(&[]);
    let found = verify(&good);
    assert_eq!((found.code, refusal(&found)), (0, None), "{}", found.stdout);
    let good = Parts::of(&good);
    for (kind, rule, findings) in rows {
        let spoilt = sign(&["--tamper", kind]);
        let done = verify(&spoilt);
        assert_eq!(done.code, 1, "{kind}: {}", done.stderr);
        assert_eq!(refusal(&done).as_deref(), Some(*rule), "{kind}");
        match *findings == SOME {
            true => assert_ne!(done.rules(), [""; 0], "{kind}"),
            false => assert_eq!(done.rules(), *findings, "{kind}"),
        }
        let spoilt = Parts::of(&spoilt);
        assert_ne!(spoilt, good, "{kind}");
        match *kind {
            "key" => strangers(&spoilt, &good, headers),
            // Nothing is said of the content type where nothing is signed.
            "missing" => {
                let expected = expected(kind, &good, headers).without("content-type");
                assert_eq!(spoilt.without("content-type"), expected);
            }
            _ => assert_eq!(spoilt, expected(kind, &good, headers), "{kind}"),
        }
    }
}

fn with_secrets(verb: &str, folder: &Path) -> Command {
    let mut command = pulsehook();
    command
        .current_dir(folder)
        .env("TEST_TAMPERED", SECRET)
        .env("TEST_TAMPERED_AUTHORIZATION", AUTHORIZATION)
        .arg(verb);
    command
}

fn refusal(done: &Done) -> Option<String> {
    done.json()["refusal"]["rule"].as_str().map(str::to_owned)
}

/// Made-up secrets: all else is as it was, and what they prove is of the usual form.
fn strangers(spoilt: &Parts, good: &Parts, headers: &Headers) {
    assert_eq!(spoilt.body, good.body);
    let names = |parts: &Parts| -> Vec<String> {
        let names = parts.headers.iter();
        names.map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(spoilt), names(good));
    for ((name, value), (_, before)) in spoilt.headers.iter().zip(&good.headers) {
        let is_proof = name == headers.signature || name == "authorization";
        assert_eq!(value != before, is_proof, "{name}");
        if name == headers.signature {
            assert_eq!(value.len(), before.len());
        }
    }
    assert_eq!(spoilt.line != good.line, headers.signature.is_empty());
    assert!(!spoilt.line.contains(SECRET), "{}", spoilt.line);
}

/// Changes a request as a way should.
fn expected(kind: &str, good: &Parts, headers: &Headers) -> Parts {
    let parts = good.clone();
    let body = good.body.clone();
    let signature = good.header(headers.signature).unwrap_or_default();
    let other = |digit: u8| if digit == b'7' { b'1' } else { b'7' };
    let with_other_end = |text: &str| {
        let (last, rest) = text.as_bytes().split_last().unwrap();
        String::from_utf8([rest, &[other(*last)]].concat()).unwrap()
    };
    match kind {
        "body" => {
            let mut body = body;
            let last = body.iter().rposition(u8::is_ascii_digit).unwrap();
            body[last] = other(body[last]);
            parts.with_body(body)
        }
        "whitespace" => parts.with_body(pretty(&body)),
        "newline" => parts.with_body([&*body, b"\n"].concat()),
        "crlf" => {
            let text = String::from_utf8(pretty(&body)).unwrap();
            parts.with_body(text.replace('\n', "\r\n").into_bytes())
        }
        "signature" => {
            let first = if signature.starts_with('0') { "1" } else { "0" };
            parts.with(headers.signature, &format!("{first}{}", &signature[1..]))
        }
        "encoding" => parts.with(headers.signature, &recoded(signature, headers.is_hex)),
        "truncated" => parts.with(headers.signature, &signature[..signature.len() / 2]),
        "timestamp" => parts.with(headers.timestamp, &with_other_end(AT)),
        "seconds" => parts.with(headers.timestamp, "1770000000"),
        "nonce" => parts.with(headers.nonce, &with_other_end(NONCE)),
        "swap" => parts.with(headers.timestamp, NONCE).with(headers.nonce, AT),
        "key-newline" => {
            let key = SigningKey::from_text(format!("{SECRET}\n")).unwrap();
            let signed = (headers.sign)(&key, body);
            let mut all = signed.headers().iter();
            let (_, value) = all
                .find(|(name, _)| name.eq_ignore_ascii_case(headers.signature))
                .unwrap();
            parts.with(headers.signature, value)
        }
        "missing" => {
            let mut parts = parts;
            let proofs = [
                headers.signature,
                headers.timestamp,
                headers.nonce,
                "authorization",
            ];
            parts
                .headers
                .retain(|(name, _)| !proofs.contains(&name.as_str()));
            if let Some((path, _)) = good.line.split_once('?') {
                parts.line = format!("{path} HTTP/1.1");
            }
            parts
        }
        "twice" if headers.signature.is_empty() => {
            let mut parts = parts;
            let (_, query) = good.line.split_once('?').unwrap();
            let query = query.strip_suffix(" HTTP/1.1").unwrap();
            parts.line = good.line.replace(query, &format!("{query}&{query}"));
            parts
        }
        "twice" => {
            let mut parts = parts;
            let pair = (headers.signature.to_owned(), signature.to_owned());
            parts.headers.push(pair);
            parts.headers.sort();
            parts
        }
        "unpacked" => {
            let mut parts = parts;
            parts.headers.retain(|(name, _)| name != "content-encoding");
            let plain = uncompressed(good);
            parts.with_body(plain)
        }
        _ => unreachable!("{kind}"),
    }
}

/// Returns the body before it was compressed, which is that of the sample.
fn uncompressed(good: &Parts) -> Vec<u8> {
    assert_eq!(good.header("content-encoding"), Some("zstd"));
    let output = pulsehook()
        .args(["samples", "thryve", "event.data.epoch.create"])
        .output()
        .unwrap();
    let plain = output.stdout;
    // It is the same once it is compressed.
    assert_eq!(thryve::testing::compress(&plain), good.body);
    plain
}

/// Writes JSON over several lines, indented by two blanks.
fn pretty(body: &[u8]) -> Vec<u8> {
    let mut pretty = Vec::new();
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    let line = |pretty: &mut Vec<u8>, depth: usize| {
        pretty.push(b'\n');
        pretty.resize(pretty.len() + 2 * depth, b' ');
    };
    let next = |at: usize| body.get(at + 1).copied().unwrap_or_default();
    for (at, &byte) in body.iter().enumerate() {
        if in_text {
            in_text = is_escaped || byte != b'"';
            is_escaped = byte == b'\\' && !is_escaped;
            pretty.push(byte);
            continue;
        }
        match byte {
            b'{' | b'[' => {
                pretty.push(byte);
                depth += 1;
                if !matches!(next(at), b'}' | b']') {
                    line(&mut pretty, depth);
                }
            }
            b'}' | b']' => {
                depth -= 1;
                if !matches!(pretty.last(), Some(b'{' | b'[')) {
                    line(&mut pretty, depth);
                }
                pretty.push(byte);
            }
            b',' => {
                pretty.push(byte);
                line(&mut pretty, depth);
            }
            b':' => pretty.extend(b": "),
            _ => {
                in_text = byte == b'"';
                pretty.push(byte);
            }
        }
    }
    pretty
}

fn recoded(signature: &str, is_hex: bool) -> String {
    match is_hex {
        true => {
            let pairs = (0..signature.len()).step_by(2);
            let bytes: Vec<u8> = pairs
                .map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap())
                .collect();
            encode_base64(&bytes)
        }
        false => encode_hex(&decode_base64_up_to(signature.as_bytes(), 64).unwrap()),
    }
}

/// A request, taken apart; of the headers' order nothing is said.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Parts {
    fn of(raw: &[u8]) -> Self {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&raw[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap().to_owned();
        let pairs = lines.map(|line| line.split_once(": ").unwrap());
        let mut headers: Vec<_> = pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        headers.sort();
        Self {
            line,
            headers,
            body: raw[end + 4..].to_vec(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(other, _)| other == name)?;
        Some(value)
    }

    #[track_caller]
    fn with(mut self, name: &str, value: &str) -> Self {
        let mut headers = self.headers.iter_mut();
        let (_, old) = headers.find(|(other, _)| other == name).unwrap();
        *old = value.to_owned();
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// Has another body, and says its length.
    fn with_body(self, body: Vec<u8>) -> Self {
        let length = body.len().to_string();
        Self { body, ..self }.with("content-length", &length)
    }
}
