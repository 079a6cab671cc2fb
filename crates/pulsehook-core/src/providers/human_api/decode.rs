//! Decoding of Human API's notifications.

use bytes::Bytes;
use serde::Serialize;

use crate::error::DecodeError;
use crate::text::RawJson;

/// One notification.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Event {
    /// Not decoded.
    Unknown(RawJson),
}

pub(super) fn decode(body: &Bytes) -> Result<Vec<Event>, DecodeError> {
    Ok(vec![Event::Unknown(crate::json::from_body(body)?)])
}
