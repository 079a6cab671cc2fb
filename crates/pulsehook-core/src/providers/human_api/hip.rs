//! Notifications of the Health Intelligence Platform: orders and notes (guides "Order Status
//! Notifications", "Order Summary Notification" and "APS Status Notes" at reference.humanapi.co,
//! read November 2026).
//!
//! The guides promise little here, so only what tells the shapes apart, and what an event is
//! about, is required. All structs serialise with the member names of the wire.

use serde::Serialize;
use serde_json::value::RawValue;

use super::members::{flag, lenient_list, members, object, optional, required, text};
use crate::error::DecodeError;
use crate::text::{RawJson, Text};
use crate::time::TimeText;

crate::string_enum! {
    /// Says what state an order is in.
    pub enum OrderState {
        /// Work goes on.
        InProgress = "In Progress",
        /// Work waits for something.
        Pended = "Pended",
        /// The order is done.
        Completed = "Completed",
        /// The order was given up.
        Cancelled = "Cancelled",
    }
}

/// Says that the state of an order changed: the older form, with `topic` and `property`.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrderStatus {
    /// Human API's id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub human_id: Option<Text>,
    /// The id of the client application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Text>,
    /// The id of the user in the client application's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Text>,
    /// The client's own id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_user_id: Option<Text>,
    /// When the state changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<TimeText>,
    /// What happened; documented is `status` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Text>,
    /// The URL of the users' collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Text>,
    /// What the notification is about; documented is `order` alone.
    pub topic: Text,
    /// The property that changed; documented is `orderState` alone.
    pub property: Text,
    /// The property's new value.
    pub value: OrderState,
    /// What the client gave along with the order, as received; usually an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_data: Option<RawJson>,
}

crate::string_enum! {
    /// Names the type of an event in an [`Envelope`].
    pub enum EventType {
        /// The summary of an order changed.
        OrderSummaryUpdated = "orders.OrderSummaryUpdated",
        /// A vendor left a note.
        VendorNoteCreated = "integrations.VendorNoteCreated",
    }
}

crate::string_enum! {
    /// Names the group of an event in an [`Envelope`].
    pub enum EventGroup {
        /// Orders.
        Order = "order",
        /// Patient portals.
        Portal = "portal",
        /// Electronic health records.
        Ehr = "ehr",
        /// Records that are fetched by hand.
        Offline = "offline",
    }
}

/// Holds an event of the newer form, with `eventType`, and its payload.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Envelope<P> {
    /// When it happened. A time without zone means UTC, so read it with
    /// [`instant_or_utc`](TimeText::instant_or_utc).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimeText>,
    /// The id of the event, a UUID; the key for de-duplication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Text>,
    /// The id of the order, a UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<Text>,
    /// The event's type.
    pub event_type: EventType,
    /// The event's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_group: Option<EventGroup>,
    /// Human API's id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub human_id: Option<Text>,
    /// The id of the client application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Text>,
    /// The id of the user in the client application's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Text>,
    /// The client's own id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_user_id: Option<Text>,
    /// What the client gave along with the order, as received; usually an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_data: Option<RawJson>,
    /// What the event says.
    pub event_payload: P,
}

crate::string_enum! {
    /// Says how an order ended; in lower case, unlike [`OrderState`].
    pub enum OrderSummaryStatus {
        /// The order is done.
        Completed = "completed",
        /// The order was given up.
        Cancelled = "cancelled",
    }
}

/// Is the payload of `orders.OrderSummaryUpdated`: an order ended, and there may be reports.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrderSummary {
    /// How the order ended.
    pub order_status: OrderSummaryStatus,
    /// Tells whether the order ended because its time was up.
    pub timed_out: bool,
    /// Tells whether there are reports.
    pub reports_available: bool,
    /// The reports, when available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<Report>>,
    /// Tells whether there are data; newer, not always there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_available: Option<bool>,
    /// Tells whether data are held back under the Fair Credit Reporting Act; newer, not always
    /// there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fcra_suppressed: Option<bool>,
}

/// Names a report that can be fetched.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// The id of the report; not always a UUID.
    pub id: Text,
    /// The name of the report.
    pub name: Text,
    /// The names of the reports that this one was made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_report_names: Option<Vec<Text>>,
    /// The extension of the file, without a dot.
    pub file_extension: Text,
    /// The URL of the file, as received. It needs an administrative token; check its host before
    /// sending one.
    pub uri: Text,
}

/// Is the payload of `integrations.VendorNoteCreated`: a vendor's note about a request for
/// records.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VendorNote {
    /// The note.
    pub note: Text,
    /// The ids of the care providers that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_ids: Option<Vec<Text>>,
    /// Their names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_names: Option<Vec<Text>>,
    /// The client's own id of the care provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_provider_id: Option<Text>,
}

members! {
    struct OrderSummaryMembers {
        order_status = "orderStatus",
        timed_out = "timedOut",
        reports_available = "reportsAvailable",
        reports = "reports",
        data_available = "dataAvailable",
        fcra_suppressed = "fcraSuppressed",
    }
}

impl OrderSummaryMembers<'_> {
    pub(super) fn into_payload(self) -> Result<OrderSummary, DecodeError> {
        Ok(OrderSummary {
            order_status: required(self.order_status, "eventPayload.orderStatus", text)?,
            timed_out: required(self.timed_out, "eventPayload.timedOut", flag)?,
            reports_available: required(
                self.reports_available,
                "eventPayload.reportsAvailable",
                flag,
            )?,
            reports: self.reports.map(reports).transpose()?,
            data_available: self.data_available.and_then(flag),
            fcra_suppressed: self.fcra_suppressed.and_then(flag),
        })
    }
}

members! {
    struct ReportMembers {
        id = "id",
        name = "name",
        base_report_names = "baseReportNames",
        file_extension = "fileExtension",
        uri = "uri",
    }
}

/// Reads the reports, which are what the event is about: a wrong one is not passed over.
fn reports(raw: &RawValue) -> Result<Vec<Report>, DecodeError> {
    let wrong = || DecodeError::invalid_field("eventPayload.reports");
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
    items
        .into_iter()
        .map(|item| {
            let members: ReportMembers<'_> = object(item).ok_or_else(wrong)?;
            Ok(Report {
                id: required(members.id, "eventPayload.reports.id", text)?,
                name: required(members.name, "eventPayload.reports.name", text)?,
                base_report_names: members.base_report_names.map(lenient_list),
                file_extension: required(
                    members.file_extension,
                    "eventPayload.reports.fileExtension",
                    text,
                )?,
                uri: required(members.uri, "eventPayload.reports.uri", text)?,
            })
        })
        .collect()
}

members! {
    struct VendorNoteMembers {
        note = "note",
        provider_ids = "providerIds",
        provider_names = "providerNames",
        client_provider_id = "clientProviderId",
    }
}

impl VendorNoteMembers<'_> {
    pub(super) fn into_payload(self) -> Result<VendorNote, DecodeError> {
        Ok(VendorNote {
            note: required(self.note, "eventPayload.note", text)?,
            provider_ids: self.provider_ids.map(lenient_list),
            provider_names: self.provider_names.map(lenient_list),
            client_provider_id: optional(self.client_provider_id),
        })
    }
}
