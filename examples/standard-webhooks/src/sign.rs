//! The sender's side.

use std::time::{SystemTime, UNIX_EPOCH};

use pulsehook_core::signature::encode_base64;

use crate::headers::HeaderFamily;
use crate::keys::Secret;

/// Signs a message as a sender does, and returns its three headers.
///
/// The time is cut to seconds; one before 1970 is taken as 1970. The id should hold visible ASCII
/// only and no full stop.
///
/// ```
/// use pulsehook_core::signature::encode_base64;
/// use standard_webhooks::{HeaderFamily, Secret, sign};
///
/// let secret = Secret::from_base64(&encode_base64(&[7; 32]))?;
/// let now = std::time::SystemTime::now();
/// let [id, _timestamp, signature] = sign(HeaderFamily::Webhook, &secret, "msg_1", now, b"{}");
/// assert_eq!(id, ("webhook-id", "msg_1".to_owned()));
/// assert!(signature.1.starts_with("v1,"));
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[must_use]
pub fn sign(
    family: HeaderFamily,
    secret: &Secret,
    id: &str,
    now: SystemTime,
    body: &[u8],
) -> [(&'static str, String); 3] {
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let timestamp = seconds.to_string();
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    let mac = secret.to_mac_keys().sign(&signed);
    let signature = format!("v1,{}", encode_base64(mac.as_bytes()));
    [
        (family.id(), id.to_owned()),
        (family.timestamp(), timestamp),
        (family.signature(), signature),
    ]
}
