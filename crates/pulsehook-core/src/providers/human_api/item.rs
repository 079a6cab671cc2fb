//! Telling the shapes of items apart by their members (guides "Notifications", "Order Status
//! Notifications" and "Order Summary Notification" at reference.humanapi.co, read November 2026).

use super::data::DataNotification;
use super::event::Event;
use super::hip::{
    Envelope, EventType, OrderStatus, OrderSummary, OrderSummaryMembers, VendorNote,
    VendorNoteMembers,
};
use super::members::{Member, Members, members, object, optional, optional_raw, required, text};
use crate::error::DecodeError;
use crate::text::Text;

members! {
    /// The members of all item shapes.
    struct Item {
        human_id = "humanId",
        updated_at = "updatedAt",
        action = "action",
        object_id = "objectId",
        endpoint = "endpoint",
        type_name = "type",
        model = "model",
        client_id = "clientId",
        user_id = "userId",
        client_user_id = "clientUserId",
        topic = "topic",
        property = "property",
        value = "value",
        client_data = "clientData",
        timestamp = "timestamp",
        event_id = "eventId",
        order_id = "orderId",
        event_type = "eventType",
        event_group = "eventGroup",
        event_payload = "eventPayload",
    }
}

/// What is known of an item that is kept as JSON, before its JSON is at hand.
pub(super) enum Unfinished {
    /// An item of no shape that is known.
    Unknown {
        event_type: Option<Text>,
        event_id: Option<Text>,
    },
    /// An item of a known shape with something missing or wrong.
    Invalid(DecodeError),
}

impl From<DecodeError> for Unfinished {
    fn from(error: DecodeError) -> Self {
        Self::Invalid(error)
    }
}

impl Item<'_> {
    pub(super) fn into_event(self) -> Result<Event, Unfinished> {
        if self.event_type.is_some() {
            self.into_envelope()
        } else if self.topic.is_some() && self.property.is_some() {
            let status = self.into_order_status()?;
            Ok(Event::OrderStatus(Box::new(status)))
        } else if self.endpoint.is_some() || self.object_id.is_some() {
            Ok(Event::Data(self.into_data()?))
        } else {
            Err(Unfinished::Unknown {
                event_type: None,
                event_id: None,
            })
        }
    }

    fn into_data(self) -> Result<DataNotification, DecodeError> {
        Ok(DataNotification {
            human_id: required(self.human_id, "humanId", text)?,
            endpoint: required(self.endpoint, "endpoint", text)?,
            object_id: required(self.object_id, "objectId", text)?,
            updated_at: optional(self.updated_at),
            action: optional(self.action),
            type_name: optional(self.type_name),
            model: optional(self.model),
        })
    }

    fn into_order_status(self) -> Result<OrderStatus, DecodeError> {
        Ok(OrderStatus {
            topic: required(self.topic, "topic", text)?,
            property: required(self.property, "property", text)?,
            value: required(self.value, "value", text)?,
            human_id: optional(self.human_id),
            client_id: optional(self.client_id),
            user_id: optional(self.user_id),
            client_user_id: optional(self.client_user_id),
            updated_at: optional(self.updated_at),
            action: optional(self.action),
            endpoint: optional(self.endpoint),
            client_data: optional_raw(self.client_data),
        })
    }

    fn into_envelope(self) -> Result<Event, Unfinished> {
        let event_type: EventType = required(self.event_type, "eventType", text)?;
        let event_id: Option<Text> = optional(self.event_id);
        let noted = |error: DecodeError| {
            let error = error.with_event_type(Text::from(event_type.as_str()));
            match &event_id {
                Some(id) => error.with_id(id.clone()),
                None => error,
            }
        };
        match event_type {
            EventType::OrderSummaryUpdated => {
                let payload = payload(self.event_payload, OrderSummaryMembers::into_payload)
                    .map_err(noted)?;
                let envelope: Envelope<OrderSummary> = self.around(event_type, payload);
                Ok(Event::OrderSummary(Box::new(envelope)))
            }
            EventType::VendorNoteCreated => {
                let payload =
                    payload(self.event_payload, VendorNoteMembers::into_payload).map_err(noted)?;
                let envelope: Envelope<VendorNote> = self.around(event_type, payload);
                Ok(Event::VendorNote(Box::new(envelope)))
            }
            EventType::Other(event_type) => Err(Unfinished::Unknown {
                event_type: Some(event_type),
                event_id,
            }),
        }
    }

    fn around<P>(self, event_type: EventType, event_payload: P) -> Envelope<P> {
        Envelope {
            timestamp: optional(self.timestamp),
            event_id: optional(self.event_id),
            order_id: optional(self.order_id),
            event_type,
            event_group: optional(self.event_group),
            human_id: optional(self.human_id),
            client_id: optional(self.client_id),
            user_id: optional(self.user_id),
            client_user_id: optional(self.client_user_id),
            client_data: optional_raw(self.client_data),
            event_payload,
        }
    }
}

fn payload<'a, M: Members<'a>, P>(
    member: Member<'a>,
    into_payload: impl FnOnce(M) -> Result<P, DecodeError>,
) -> Result<P, DecodeError> {
    const NAME: &str = "eventPayload";
    let raw = member.ok_or_else(|| DecodeError::missing_field(NAME))?;
    into_payload(object(raw).ok_or_else(|| DecodeError::invalid_field(NAME))?)
}
