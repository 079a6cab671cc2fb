//! What a message says.

use pulsehook_core::bytes::Bytes;
use pulsehook_core::{DecodeError, RawJson, Text, TimeText, json};
use serde::{Deserialize, Serialize, Serializer};

/// Holds a message: the three members that the standard recommends, and all of it as JSON.
///
/// A member is `None` when it is not there or not of the recommended kind; that is no reason to
/// refuse a message. Senders with an envelope of their own are decoded by
/// [`raw.parse()`](RawJson::parse). It serialises as the JSON that was received.
///
/// `Debug` prints type and time, and of the JSON only the length.
///
/// ```
/// # use pulsehook_core::RawJson;
/// # use standard_webhooks::Event;
/// #[derive(serde::Deserialize)]
/// struct Junction {
///     event_type: String,
/// }
///
/// fn event_type(event: &Event) -> Option<String> {
///     event.raw.parse().ok().map(|envelope: Junction| envelope.event_type)
/// }
/// # let _ = event_type;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// The type, dotted, for example `user.created`.
    pub event_type: Option<Text>,
    /// When it happened, RFC 3339; not the time of the delivery.
    pub timestamp: Option<TimeText>,
    /// The content.
    pub data: Option<RawJson>,
    /// The whole body as received.
    pub raw: RawJson,
}

/// The members as they stand, whatever their kind.
#[derive(Default, Deserialize)]
struct Members {
    #[serde(rename = "type")]
    event_type: Option<RawJson>,
    timestamp: Option<RawJson>,
    data: Option<RawJson>,
}

impl Event {
    pub(crate) fn from_body(body: &Bytes) -> Result<Self, DecodeError> {
        let raw: RawJson = json::from_body(body)?;
        // Any JSON is a message. What is not an object, or has a member twice, has no members.
        // A derived decoder would take the members of an array in their order.
        let members = match raw.get().trim_ascii_start().starts_with('{') {
            true => json::from_body(body).unwrap_or_default(),
            false => Members::default(),
        };
        Ok(Self {
            event_type: members.event_type.and_then(|text| text.parse().ok()),
            timestamp: members.timestamp.and_then(|text| text.parse().ok()),
            data: members.data,
            raw,
        })
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}
