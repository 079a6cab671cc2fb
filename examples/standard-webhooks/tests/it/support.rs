//! What the tests share.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pulsehook_core::bytes::Bytes;
use pulsehook_core::signature::encode_base64;
use pulsehook_core::{
    Delivery, Headers, Outcome, Reason, ReceiveError, Receiver, RequestHead, StoredRequest,
    VerifyError,
};
use standard_webhooks::{Event, HeaderFamily, Keys, Secret, StandardWebhooks, sign};

pub(crate) const NOW: u64 = 1_774_706_625;
pub(crate) const BODY: &[u8] = br#"{"type":"sleep.created","data":{"id":"s-1"}}"#;

/// Three headers that can be changed.
pub(crate) type Signed = Vec<(&'static str, String)>;

pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Makes a secret of 32 equal bytes.
pub(crate) fn secret(byte: u8) -> Secret {
    Secret::from_base64(&encode_base64(&[byte; 32])).expect("32 bytes are a secret")
}

pub(crate) fn receiver_at(keys: impl Into<Keys>, seconds: u64) -> Receiver<StandardWebhooks> {
    Receiver::builder(StandardWebhooks::new(keys))
        .clock(move || at(seconds))
        .build()
}

/// Signs a body with the secret of byte 1, as of [`NOW`].
pub(crate) fn signed(body: &[u8]) -> Signed {
    sign(HeaderFamily::Webhook, &secret(1), "msg_1", at(NOW), body).into()
}

pub(crate) fn head(headers: &dyn Headers) -> RequestHead<'_> {
    RequestHead::new("POST", "/hooks", headers)
}

/// Verifies and does not decode.
pub(crate) fn verify(
    receiver: &Receiver<StandardWebhooks>,
    headers: &dyn Headers,
    body: &[u8],
) -> Result<StoredRequest, VerifyError> {
    match receiver.verify(head(headers), Bytes::copy_from_slice(body)) {
        Ok(Outcome::Accepted(verified)) => Ok(verified.to_stored()),
        Ok(Outcome::Probe(_)) => panic!("this scheme has no probe"),
        Err(error) => match error.reason() {
            Reason::Verify(error) => Err(error.clone()),
            other => panic!("{other}"),
        },
    }
}

pub(crate) fn receive(
    receiver: &Receiver<StandardWebhooks>,
    headers: &Signed,
    body: &[u8],
) -> Result<Delivery<Event>, ReceiveError> {
    match receiver.receive(head(headers), Bytes::copy_from_slice(body))? {
        Outcome::Accepted(delivery) => Ok(delivery),
        Outcome::Probe(_) => panic!("this scheme has no probe"),
    }
}
