//! Verification against a bare prepared HMAC, and against the digest alone.
//!
//! The bare HMAC is what a careful hand would write: key state prepared once, cloned, fed,
//! finished, compared in constant time with the signature that the header's text decodes to.

#![expect(clippy::expect_used, reason = "benchmarks may fail loudly")]

use std::process::ExitCode;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::request::Parts;
use pulsehook_bench::requests::{self, KEY, NONCE, SIZES, TIMESTAMP};
use pulsehook_bench::{Bar, Bench, Candidate, Times};
use pulsehook_core::signature::{
    HmacSha1, HmacSha256, MacCheck, MacKeys, decode_base64, decode_hex, decode_hex_lower,
};
use pulsehook_core::{Provider, Receiver};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

fn main() -> ExitCode {
    let mut bench = Bench::from_args("Verify");
    for (size, name) in SIZES {
        if bench.wants(&format!("metriport {name}")) {
            metriport(&mut bench, size, name);
        }
    }
    for (size, name) in SIZES {
        if bench.wants(&format!("human-api {name}")) {
            human_api(&mut bench, size, name);
        }
    }
    for (size, name) in SIZES {
        if bench.wants(&format!("thryve {name}")) {
            thryve(&mut bench, size, name);
        }
    }
    bench.finish()
}

/// Metriport: HMAC-SHA256 of the body, in hexadecimal.
fn metriport(bench: &mut Bench, size: usize, name: &str) {
    let body = requests::filler(size);
    let parts = requests::metriport_head(&body);
    let signature = requests::sign_metriport(&body);
    let receiver = requests::metriport();
    let case = Case {
        name: format!("metriport {name}"),
        signature: signature.as_bytes(),
        decode: decode_hex_lower,
        after_body: b"",
    };
    hmac_sha256(bench, &case, &receiver, &parts, &body);
}

/// Thryve: HMAC-SHA256 of body and time stamp, in hexadecimal.
fn thryve(bench: &mut Bench, size: usize, name: &str) {
    let body = requests::filler(size);
    let parts = requests::thryve_head(&body);
    let signature = requests::sign_thryve(&body);
    let receiver = requests::thryve();
    let case = Case {
        name: format!("thryve {name}"),
        signature: signature.as_bytes(),
        decode: decode_hex,
        after_body: TIMESTAMP.as_bytes(),
    };
    hmac_sha256(bench, &case, &receiver, &parts, &body);
}

/// How a provider signs with HMAC-SHA256.
struct Case<'a> {
    name: String,
    signature: &'a [u8],
    decode: fn(&[u8]) -> Option<[u8; 32]>,
    after_body: &'a [u8],
}

fn hmac_sha256<P: Provider>(
    bench: &mut Bench,
    case: &Case<'_>,
    receiver: &Receiver<P>,
    parts: &Parts,
    body: &Bytes,
) {
    let keys = Arc::new(MacKeys::<HmacSha256>::new(&requests::key().into()));
    let prepared = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("any length will do");
    let presented = || (case.decode)(case.signature).expect("it is hexadecimal");

    let times = bench.interleave(&mut [
        Candidate::new(|| Sha256::digest(body)),
        Candidate::new(|| {
            let presented = presented();
            let mut mac = prepared.clone();
            mac.update(body);
            mac.update(case.after_body);
            mac.verify_slice(&presented)
                .expect("the signature is right");
        }),
        Candidate::new(|| {
            let presented = presented();
            let mut check = MacCheck::with_keys(&keys);
            check.update(body);
            check.update(case.after_body);
            check
                .verify([presented.as_slice()])
                .expect("the signature is right")
        }),
        Candidate::new(|| {
            receiver
                .verify(parts.into(), body.clone())
                .expect("the request is right")
        }),
    ]);
    rows(bench, &case.name, body.len(), &times);
}

/// Human API: HMAC-SHA1 of body, time stamp and nonce, in base64.
fn human_api(bench: &mut Bench, size: usize, name: &str) {
    let body = requests::filler(size);
    let receiver = requests::human_api();
    let parts = requests::human_api_head(&body);
    let signature = requests::sign_human_api(&body).into_bytes();
    let keys = Arc::new(MacKeys::<HmacSha1>::new(&requests::key().into()));
    let prepared = Hmac::<Sha1>::new_from_slice(KEY.as_bytes()).expect("any length will do");

    let times = bench.interleave(&mut [
        Candidate::new(|| Sha1::digest(&body)),
        Candidate::new(|| {
            let mut presented = [0; 21];
            let len = STANDARD
                .decode_slice(&signature, &mut presented)
                .expect("it is base64");
            let mut mac = prepared.clone();
            mac.update(&body);
            mac.update(TIMESTAMP.as_bytes());
            mac.update(NONCE.as_bytes());
            mac.verify_slice(&presented[..len])
                .expect("the signature is right");
        }),
        Candidate::new(|| {
            let presented: [u8; 20] = decode_base64(&signature).expect("it is base64");
            let mut check = MacCheck::with_keys(&keys);
            check.update(&body);
            check.update(TIMESTAMP.as_bytes());
            check.update(NONCE.as_bytes());
            check
                .verify([presented.as_slice()])
                .expect("the signature is right")
        }),
        Candidate::new(|| {
            receiver
                .verify((&parts).into(), body.clone())
                .expect("the request is right")
        }),
    ]);
    rows(bench, &format!("human-api {name}"), size, &times);
}

fn rows(bench: &mut Bench, name: &str, size: usize, times: &Times) {
    let [digest, bare, values, head] = [0, 1, 2, 3];
    let (from_values, from_head, rate) = match size {
        0..2048 => (1.15, 1.35, 0.50),
        2048..65536 => (1.05, 1.08, 0.85),
        _ => (1.02, 1.02, 0.95),
    };
    let row = |case: &str| format!("{name}: {case}");
    bench.row(&row("bare HMAC, ns"), &times.nanos(bare), Bar::None);
    bench.row(
        &row("from header values / bare HMAC"),
        &times.ratio(values, bare),
        Bar::AtMost(from_values),
    );
    bench.row(
        &row("from the head / bare HMAC"),
        &times.ratio(head, bare),
        Bar::AtMost(from_head),
    );
    bench.row(
        &row("rate from header values / digest"),
        &times.ratio(digest, values),
        Bar::AtLeast(rate),
    );
    bench.row(
        &row("rate from the head / digest"),
        &times.ratio(digest, head),
        Bar::AtLeast(rate),
    );
}
