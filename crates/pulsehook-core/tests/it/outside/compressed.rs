//! A sender made up for one question: bodies that are signed as they come and decompressed later.
//!
//! Its compression is the simplest there is: `<count>*<text>`, named `x-repeat`.

use std::sync::Arc;
use std::time::SystemTime;

use pulsehook_core::bytes::Bytes;
use pulsehook_core::signature::{HmacSha256, MacCheck, MacKeys, decode_hex_lower, encode_hex};
use pulsehook_core::{
    BodyCheck, DecodeError, DecodeErrorKind, Decoded, Head, Opening, Proof, Provider, SigningKey,
    Verdict, Verified, VerifyError, WantedHeader, danger, json,
};

use super::{post, receiver_at};

const SIGNATURE: &str = "x-signature";
const ENCODING: &str = "content-encoding";

struct Compressed {
    keys: Arc<MacKeys<HmacSha256>>,
    decompressed_limit: usize,
}

impl Compressed {
    fn decompress(&self, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let broken = || DecodeError::new(DecodeErrorKind::Encoding);
        let star = body.iter().position(|byte| *byte == b'*');
        let (count, text) = body.split_at(star.ok_or_else(broken)?);
        let count = std::str::from_utf8(count).ok();
        let count: usize = count.and_then(|it| it.parse().ok()).ok_or_else(broken)?;
        let text = &text[1..];
        if text.len().saturating_mul(count) > self.decompressed_limit {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge));
        }
        Ok(text.repeat(count))
    }
}

struct Check {
    macs: MacCheck<HmacSha256>,
    presented: [u8; 32],
}

impl BodyCheck for Check {
    fn update(&mut self, frame: &[u8]) {
        self.macs.update(frame);
    }
}

impl Provider for Compressed {
    const NAME: &'static str = "compressed";

    type Event = Vec<u32>;
    type Check = Check;

    fn headers(&self) -> Vec<WantedHeader> {
        // Decoding reads the encoding, also of a stored request.
        vec![
            WantedHeader::for_check(SIGNATURE),
            WantedHeader::kept(ENCODING),
        ]
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
        let value = head.required(SIGNATURE)?;
        let presented = decode_hex_lower(value).ok_or_else(|| head.malformed(SIGNATURE))?;
        let macs = MacCheck::start(&self.keys, head)?;
        Ok(Opening::Check(Check { macs, presented }))
    }

    fn finish(
        &self,
        check: Check,
        _head: &Head<'_>,
        _body: &Bytes,
        _now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let (key_id, mac) = check.macs.verify([check.presented.as_slice()])?;
        Ok(Verdict::Accepted(
            Proof::body_signature(key_id).with_mac(mac),
        ))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Vec<u32>>, DecodeError> {
        let event = match verified.header(ENCODING) {
            None => verified.json()?,
            Some(b"x-repeat") => json::from_body(&self.decompress(verified.body())?)?,
            Some(_) => return Err(DecodeError::new(DecodeErrorKind::Encoding)),
        };
        Ok(Decoded::new(vec![event]))
    }
}

fn keys() -> Arc<MacKeys<HmacSha256>> {
    let key = SigningKey::from_text("secret").expect("a secret");
    Arc::new(MacKeys::new(&key.into()))
}

fn compressed() -> Compressed {
    Compressed {
        keys: keys(),
        decompressed_limit: 64,
    }
}

/// Receives a signed body; says what it holds, or the status and kind of the refusal.
fn receive(encoding: &str, body: &str) -> Result<Vec<u32>, (u16, DecodeErrorKind)> {
    let signature = encode_hex(keys().sign(&[body.as_bytes()]).as_bytes());
    let headers = [(SIGNATURE, signature.as_str()), (ENCODING, encoding)];
    let receiver = receiver_at(compressed(), 0);
    match post(&receiver, &headers, body) {
        Ok(outcome) => {
            let delivery = outcome.accepted().expect("no probe");
            assert_eq!(delivery.raw(), body, "raw is what was signed");
            Ok(delivery.events()[0].clone())
        }
        Err(error) => {
            let undecodable = error.undecodable().expect("signed");
            let stored = undecodable.to_stored();
            let again = danger::trust_stored(&receiver, &stored).expect("the same endpoint");
            let again = again.decode().expect_err("as undecodable as before");
            assert_eq!(again.reply(), error.reply());
            Err((error.reply().status(), undecodable.error().kind()))
        }
    }
}

#[test]
fn a_body_is_verified_as_received_and_decompressed_to_decode() {
    assert_eq!(receive("x-repeat", "1*[7,8]"), Ok(vec![7, 8]));
}

#[test]
fn what_cannot_be_decompressed_is_a_bad_request() {
    let bad = Err((400, DecodeErrorKind::Encoding));
    assert_eq!(receive("x-repeat", "[7,8]"), bad);
    assert_eq!(receive("x-repeat", "x*[7,8]"), bad);
    assert_eq!(receive("unknown", "1*[7,8]"), bad);
    let not_json = Err((400, DecodeErrorKind::Syntax));
    assert_eq!(receive("x-repeat", "2*[7,8]"), not_json);
    assert_eq!(
        receive("x-repeat", "0*[7,8]"),
        Err((400, DecodeErrorKind::Empty))
    );
}

#[test]
fn what_grows_beyond_the_limit_is_too_large() {
    let too_large = Err((413, DecodeErrorKind::TooLarge));
    assert_eq!(
        receive("x-repeat", "64* "),
        Err((400, DecodeErrorKind::Syntax))
    );
    assert_eq!(receive("x-repeat", "65* "), too_large);
    assert_eq!(receive("x-repeat", "18446744073709551615*[]"), too_large);
}

#[test]
fn a_forged_bomb_is_not_decompressed() {
    let headers = [(SIGNATURE, &*"0".repeat(64)), (ENCODING, "x-repeat")];
    let error = post(&receiver_at(compressed(), 0), &headers, "65* ").expect_err("forged");
    assert_eq!(
        (error.reply().status(), error.rule()),
        (401, "signature-mismatch")
    );
}
