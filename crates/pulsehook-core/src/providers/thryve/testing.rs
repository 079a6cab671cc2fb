//! Sends messages as Thryve does (feature `testing`).

use bytes::Bytes;

use super::{CONTENT_ENCODING, HmacHeaders, body};
use crate::key::SigningKey;
use crate::signature::{HmacSha256, MacKeys, encode_hex};
use crate::testing::SignedRequest;

/// Makes a request without a signature, as for web authentication; the header or the secret in
/// the URL is the caller's to add.
///
/// A compressed body gets its `Content-Encoding`.
///
/// ```
/// use pulsehook_core::thryve::testing::unsigned;
///
/// let request = unsigned("{}").with_header("authorization", "Bearer a-long-token");
/// assert_eq!(request.headers().len(), 2);
/// ```
#[must_use]
pub fn unsigned(body: impl Into<Bytes>) -> SignedRequest {
    let body = body.into();
    let compressed = body.starts_with(&body::MAGIC);
    let request = SignedRequest::post_json(body);
    if compressed {
        request.with_header(CONTENT_ENCODING, "zstd")
    } else {
        request
    }
}

/// Signs a body, compressed or not, with the text of the time stamp header.
///
/// ```
/// use pulsehook_core::SigningKey;
/// use pulsehook_core::thryve::testing::sign;
///
/// let secret = SigningKey::from_text("topsecret")?;
/// let request = sign(&secret, r#"{"a":1}"#, "1700000000000");
/// let signature = "30674f833a0c5c9debf0db4c064d5e8e10613781ccc31d9b9bc215f73b316467";
/// assert!(request.headers().contains(&("x-hmac-signature", signature.to_owned())));
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[must_use]
pub fn sign(key: &SigningKey, body: impl Into<Bytes>, timestamp: &str) -> SignedRequest {
    let body = body.into();
    let keys = MacKeys::<HmacSha256>::new(&key.clone().into());
    let mac = keys.sign(&[&body, timestamp.as_bytes()]);
    unsigned(body)
        .with_header(HmacHeaders::DASHED.timestamp, timestamp)
        .with_header(HmacHeaders::DASHED.signature, encode_hex(mac.as_bytes()))
}

/// Compresses a message as data pushes are, to one zstd frame.
///
/// # Panics
///
/// Panics when the memory for it cannot be had.
#[cfg(feature = "zstd")]
#[must_use]
#[expect(clippy::panic, reason = "a helper of tests")]
pub fn compress(json: impl AsRef<[u8]>) -> Vec<u8> {
    let json = json.as_ref();
    let mut frame = Vec::with_capacity(zstd_safe::compress_bound(json.len()));
    if let Err(code) = zstd_safe::compress(&mut frame, json, 3) {
        panic!("zstd: {}", zstd_safe::get_error_name(code));
    }
    frame
}
