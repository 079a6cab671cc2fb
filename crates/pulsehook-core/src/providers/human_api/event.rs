//! Events: what the items of a notification decode to (guide "Notifications" at
//! reference.humanapi.co, read November 2026).

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::data::{Action, DataNotification};
use super::hip::{Envelope, OrderStatus, OrderSummary, VendorNote};
use crate::delivery::DedupKey;
use crate::error::DecodeError;
use crate::text::{RawJson, Text};

/// Holds one item of a notification.
///
/// Each item of the array is one event, in the same order; none is dropped. Serialised, an event
/// has the members of its item as they are named on the wire, without those that are not known;
/// [`UnknownItem`] and [`InvalidItem`] tell their own forms.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Event {
    /// A record of a user was created or updated.
    Data(DataNotification),
    /// The state of an order changed.
    OrderStatus(Box<OrderStatus>),
    /// The summary of an order changed (`orders.OrderSummaryUpdated`).
    OrderSummary(Box<Envelope<OrderSummary>>),
    /// A vendor left a note (`integrations.VendorNoteCreated`).
    VendorNote(Box<Envelope<VendorNote>>),
    /// An item of a shape, or an event of a type, that is not known.
    Unknown(UnknownItem),
    /// An item of a known shape with something missing or wrong.
    Invalid(InvalidItem),
}

impl Event {
    /// Returns the `eventType` of the wire: of events in an [`Envelope`], and of unknown and
    /// invalid items that have one.
    ///
    /// Data notifications and order states have none.
    ///
    /// ```
    /// use pulsehook_core::human_api::Event;
    ///
    /// fn label(event: &Event) -> &str {
    ///     match event {
    ///         Event::Data(_) => "data",
    ///         Event::OrderStatus(_) => "order status",
    ///         other => other.event_type().unwrap_or("item"),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        match self {
            Self::Data(_) | Self::OrderStatus(_) => None,
            Self::OrderSummary(envelope) => Some(envelope.event_type.as_str()),
            Self::VendorNote(envelope) => Some(envelope.event_type.as_str()),
            Self::Unknown(item) => item.event_type.as_deref(),
            Self::Invalid(item) => item.error.event_type().map(Text::as_str),
        }
    }

    /// Returns the key under which this item should be de-duplicated.
    ///
    /// | event | key |
    /// |---|---|
    /// | data notification | digest of `humanId`, `endpoint`, `objectId`, `updatedAt`, `action` |
    /// | order status | digest of `humanId`, `clientUserId`, `topic`, `property`, `value`, `updatedAt` |
    /// | with `eventType` | `eventId`; `None` where a known type comes without |
    /// | other unknown items, invalid items | digest of the JSON text |
    #[must_use]
    pub fn dedup_key(&self) -> Option<DedupKey> {
        match self {
            Self::Data(data) => Some(DedupKey::digest(&[
                data.human_id.as_bytes(),
                data.endpoint.as_bytes(),
                data.object_id.as_bytes(),
                data.updated_at.as_deref().unwrap_or_default().as_bytes(),
                data.action
                    .as_ref()
                    .map(Action::as_str)
                    .unwrap_or_default()
                    .as_bytes(),
            ])),
            Self::OrderStatus(order) => Some(DedupKey::digest(&[
                order.human_id.as_deref().unwrap_or_default().as_bytes(),
                order
                    .client_user_id
                    .as_deref()
                    .unwrap_or_default()
                    .as_bytes(),
                order.topic.as_bytes(),
                order.property.as_bytes(),
                order.value.as_str().as_bytes(),
                order.updated_at.as_deref().unwrap_or_default().as_bytes(),
            ])),
            Self::OrderSummary(envelope) => key_of_id(envelope.event_id.as_ref()),
            Self::VendorNote(envelope) => key_of_id(envelope.event_id.as_ref()),
            Self::Unknown(item) => Some(
                key_of_id(item.event_id.as_ref())
                    .unwrap_or_else(|| DedupKey::digest(&[item.raw.get().as_bytes()])),
            ),
            Self::Invalid(item) => Some(DedupKey::digest(&[item.raw.get().as_bytes()])),
        }
    }
}

fn key_of_id(id: Option<&Text>) -> Option<DedupKey> {
    id.filter(|id| !id.is_empty()).cloned().map(DedupKey::id)
}

/// Holds an item that is not known, with nothing lost.
///
/// Serialised, it is the item's JSON. `Debug` prints event type, event id and the JSON's length.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownItem {
    /// The event's type, if the item has an `eventType`.
    pub event_type: Option<Text>,
    /// The event's id, if the item has an `eventType` and an `eventId`.
    pub event_id: Option<Text>,
    /// The item as received.
    pub raw: RawJson,
}

impl Serialize for UnknownItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

/// Holds an item of a known shape that could not be decoded, with nothing lost.
///
/// Serialised, it is an object of this form; `field` stands there only if one is to blame:
///
/// ```json
/// {
///   "invalid": {"index": 1, "error": "field `objectId` is missing", "field": "objectId"},
///   "raw": {"humanId": "4f1d0c9b", "endpoint": "/v1/human/weight/readings"}
/// }
/// ```
///
/// `Debug` prints place, error and the JSON's length.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidItem {
    /// The item's place in the array, from 0.
    pub index: usize,
    /// Why it could not be decoded; names the field, and holds event type and event id of an item
    /// with `eventType`.
    pub error: DecodeError,
    /// The item as received.
    pub raw: RawJson,
}

impl Serialize for InvalidItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Invalid<'a> {
            index: usize,
            error: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            field: Option<&'a str>,
        }

        let mut object = serializer.serialize_struct("InvalidItem", 2)?;
        object.serialize_field(
            "invalid",
            &Invalid {
                index: self.index,
                error: self.error.to_string(),
                field: self.error.field(),
            },
        )?;
        object.serialize_field("raw", &self.raw)?;
        object.end()
    }
}
