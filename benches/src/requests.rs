//! Requests to measure with: heads as they come through a reverse proxy, bodies of given sizes.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request};
use pulsehook_core::human_api::HumanApi;
use pulsehook_core::metriport::Metriport;
use pulsehook_core::signature::{HmacSha1, HmacSha256, MacKeys, encode_base64, encode_hex};
use pulsehook_core::thryve::Thryve;
use pulsehook_core::withings::Withings;
use pulsehook_core::{Receiver, SharedSecret, SigningKey, UrlSecrets};

/// The sizes that verification is measured at, in bytes, with their names.
pub const SIZES: [(usize, &str); 4] = [
    (200, "200 B"),
    (2 * 1024, "2 KB"),
    (64 * 1024, "64 KB"),
    (1024 * 1024, "1 MB"),
];

/// The text of the signing key in all benchmarks.
pub const KEY: &str = "a key for benchmarks";

/// The secret in the URL of Withings' requests: 32 bytes in hexadecimal digits.
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The time stamp of Human API's and Thryve's requests, and the nonce of Human API's.
pub const TIMESTAMP: &str = "1403591492088";
/// See [`TIMESTAMP`].
pub const NONCE: &str = "105850310064852240";

/// The headers that are no provider's, in the order in which a proxy hands them on. Together with
/// a provider's own they make 14.
const OTHER_HEADERS: [(&str, &str); 14] = [
    ("host", "hooks.example.com"),
    ("content-type", "application/json"),
    ("content-length", "0"),
    ("user-agent", "Benchmark/1.0"),
    ("accept", "application/json, text/plain, */*"),
    ("accept-encoding", "gzip, compress, deflate, br"),
    ("x-forwarded-for", "192.0.2.7"),
    ("x-forwarded-proto", "https"),
    ("x-request-id", "00000001-1111-4222-8333-444455556666"),
    (
        "traceparent",
        "00-00000000000000000000000000000001-0000000000000001-01",
    ),
    ("connection", "keep-alive"),
    ("x-forwarded-port", "443"),
    ("x-forwarded-host", "hooks.example.com"),
    ("via", "1.1 proxy.example.com"),
];

/// Returns the key.
///
/// # Panics
///
/// Never: the text is not blank.
#[must_use]
#[expect(clippy::expect_used, reason = "the text is a constant")]
pub fn key() -> SigningKey {
    SigningKey::from_text(KEY).expect("the text is not blank")
}

/// Makes a body of some size. It is static, so that handing it in costs what handing a received
/// one on costs: nothing.
#[must_use]
pub fn filler(size: usize) -> Bytes {
    let text: Vec<u8> = (b' '..=b'~').cycle().take(size).collect();
    Bytes::from_static(text.leak())
}

/// Makes the receiver that is measured for Metriport.
#[must_use]
pub fn metriport() -> Receiver<Metriport> {
    Receiver::new(Metriport::new(key()))
}

/// Makes the receiver that is measured for Human API; its limit admits all sizes.
#[must_use]
pub fn human_api() -> Receiver<HumanApi> {
    Receiver::builder(HumanApi::new(key()))
        .body_limit(32 * 1024 * 1024)
        .build()
}

/// Makes the receiver that is measured for Thryve, with HMAC; its limit admits all sizes.
///
/// # Panics
///
/// Never: a key is configured.
#[must_use]
#[expect(clippy::expect_used, reason = "a key is configured")]
pub fn thryve() -> Receiver<Thryve> {
    let thryve = Thryve::builder().keys(key()).build().expect("a key");
    Receiver::builder(thryve)
        .body_limit(32 * 1024 * 1024)
        .build()
}

/// Makes the receiver that is measured for Withings, with a secret in the query.
///
/// # Panics
///
/// Never: the text is not blank.
#[must_use]
#[expect(clippy::expect_used, reason = "the text is a constant")]
pub fn withings() -> Receiver<Withings> {
    let secret = SharedSecret::from_text(TOKEN).expect("the text is not blank");
    Receiver::new(Withings::new(UrlSecrets::in_query("token", secret)))
}

/// Signs a body as Thryve does; returns the header's text.
#[must_use]
pub fn sign_thryve(body: &[u8]) -> String {
    let keys = MacKeys::<HmacSha256>::new(&key().into());
    encode_hex(keys.sign(&[body, TIMESTAMP.as_bytes()]).as_bytes())
}

/// Makes the head of a signed Thryve request: 14 headers.
#[must_use]
pub fn thryve_head(body: &[u8]) -> Parts {
    let signature = sign_thryve(body);
    head(
        body.len(),
        &[
            ("x-hmac-signature", &signature),
            ("x-hmac-timestamp", TIMESTAMP),
        ],
    )
}

/// Makes the head of a Withings notification with a token in the query, if any: 14 headers.
///
/// # Panics
///
/// Panics when the token cannot stand in a URL.
#[must_use]
#[expect(clippy::expect_used, reason = "benchmarks may fail loudly")]
pub fn withings_head(body: &[u8], token: Option<&str>) -> Parts {
    let mut parts = head(body.len(), &[]);
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    parts.headers.insert("content-type", form);
    if let Some(token) = token {
        let uri = format!("/hooks/benchmark?token={token}");
        parts.uri = uri.parse().expect("the token can stand in a URL");
    }
    parts
}

/// Signs a body as Metriport does; returns the header's text.
#[must_use]
pub fn sign_metriport(body: &[u8]) -> String {
    let mac = MacKeys::<HmacSha256>::new(&key().into()).sign(&[body]);
    encode_hex(mac.as_bytes())
}

/// Signs a body as Human API does; returns the header's text.
#[must_use]
pub fn sign_human_api(body: &[u8]) -> String {
    let keys = MacKeys::<HmacSha1>::new(&key().into());
    encode_base64(
        keys.sign(&[body, TIMESTAMP.as_bytes(), NONCE.as_bytes()])
            .as_bytes(),
    )
}

/// Makes the head of a signed Metriport request: 14 headers.
#[must_use]
pub fn metriport_head(body: &[u8]) -> Parts {
    let signature = sign_metriport(body);
    head(body.len(), &[("x-metriport-signature", &signature)])
}

/// Makes the head of a signed Human API request: 14 headers.
#[must_use]
pub fn human_api_head(body: &[u8]) -> Parts {
    let signature = sign_human_api(body);
    head(
        body.len(),
        &[
            ("x-humanapi-signature", &signature),
            ("x-humanapi-timestamp", TIMESTAMP),
            ("x-humanapi-nonce", NONCE),
        ],
    )
}

/// Makes a head of 14 headers, the given ones last.
///
/// # Panics
///
/// Panics when a header is not valid, or when more than 14 are given.
#[must_use]
#[expect(clippy::expect_used, reason = "benchmarks may fail loudly")]
pub fn head(content_length: usize, of_provider: &[(&'static str, &str)]) -> Parts {
    let mut request = Request::builder()
        .method("POST")
        .uri("/hooks/benchmark")
        .body(())
        .expect("the request is valid");
    let headers = request.headers_mut();
    let others = &OTHER_HEADERS[..14 - of_provider.len()];
    for (name, value) in others.iter().chain(of_provider) {
        let value = HeaderValue::from_str(value).expect("the header is valid");
        headers.insert(*name, value);
    }
    headers.insert("content-length", HeaderValue::from(content_length));
    assert_eq!(headers.len(), 14);
    request.into_parts().0
}
