//! Signatures of calls that the application makes, never of notifications (guide "Sign your
//! requests" at developer.withings.com, read November 2026).

use jiff::Timestamp;

use crate::key::SigningKey;
use crate::signature::{HmacSha256, MacKeys, encode_hex};

/// Signs a call of the API with the client secret: HMAC-SHA256 over the values of some parameters,
/// in alphabetical order of their names and joined by commas, in lower-case hexadecimal digits.
///
/// [`nonce_signature`] and [`call_signature`] name the parameters that are documented.
///
/// ```
/// use pulsehook_core::SigningKey;
/// use pulsehook_core::withings::api_signature;
///
/// let secret = SigningKey::from_text("s3cr3t")?;
/// let parameters = [("timestamp", "1700000000"), ("action", "getnonce"), ("client_id", "abc")];
/// let signature = api_signature(&secret, parameters);
/// assert_eq!(signature, "a5ff572ac251e6eb5d652f28016f5c6af152c00eff34e3d9ddbb5ebd66087a6c");
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[must_use]
pub fn api_signature<'p>(
    secret: &SigningKey,
    parameters: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> String {
    let mut parameters: Vec<_> = parameters.into_iter().collect();
    parameters.sort_by_key(|(name, _)| *name);
    let values: Vec<_> = parameters.into_iter().map(|(_, value)| value).collect();
    let keys = MacKeys::<HmacSha256>::new(&secret.clone().into());
    encode_hex(keys.sign(&[values.join(",").as_bytes()]).as_bytes())
}

/// Signs the call `getnonce` of `/v2/signature`, which gives the nonce of another call.
///
/// The timestamp is sent beside it as Unix seconds.
#[must_use]
pub fn nonce_signature(secret: &SigningKey, client_id: &str, timestamp: Timestamp) -> String {
    let timestamp = timestamp.as_second().to_string();
    api_signature(
        secret,
        [
            ("action", "getnonce"),
            ("client_id", client_id),
            ("timestamp", &timestamp),
        ],
    )
}

/// Signs another call, such as `activate` of `/v2/user`, with the nonce that `getnonce` gave.
///
/// A nonce is good for one call within 30 minutes.
#[must_use]
pub fn call_signature(secret: &SigningKey, action: &str, client_id: &str, nonce: &str) -> String {
    api_signature(
        secret,
        [
            ("action", action),
            ("client_id", client_id),
            ("nonce", nonce),
        ],
    )
}
