//! `meta`: what every message says of itself. Metriport's page "Receiving Webhooks", read November
//! 2026.

use serde::{Deserialize, Deserializer, Serialize};

use super::wire;
use crate::text::{RawJson, Text};
use crate::time::TimeText;

/// Identifies a message and the operation behind it.
///
/// `Debug` prints the metadata of the application's by length only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Meta {
    /// The message's id, a UUID today; the same on every retry.
    pub message_id: Text,
    /// The operation that led to the message; sent since September 2025, where there is one.
    #[serde(
        default,
        deserialize_with = "wire::non_empty",
        skip_serializing_if = "Option::is_none"
    )]
    pub request_id: Option<Text>,
    /// When the message was created, not when it was sent; unchanged on retries.
    pub when: TimeText,
    /// The type (`type` on the wire).
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// What the application attached to the request that started the operation: up to 50 pairs of
    /// text by the API's rules, any JSON on the wire. `null` is `None`; retries drop it.
    #[serde(
        default,
        deserialize_with = "data",
        skip_serializing_if = "Option::is_none"
    )]
    pub data: Option<RawJson>,
}

fn data<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RawJson>, D::Error> {
    wire::raw_json(deserializer, "data")
}

crate::string_enum! {
    /// Names a message type (`meta.type`). Upper and lower case matter.
    pub enum MessageType {
        /// A test of the endpoint.
        Ping = "ping",
        /// Documents were found and downloaded.
        DocumentDownload = "medical.document-download",
        /// Documents were converted to FHIR.
        DocumentConversion = "medical.document-conversion",
        /// Links to documents are ready.
        DocumentBulkDownloadUrls = "medical.document-bulk-download-urls",
        /// A page of links to documents is ready.
        DocumentBulkDownloadPaged = "medical.document-bulk-download-paged",
        /// A patient's consolidated record is ready.
        ConsolidatedData = "medical.consolidated-data",
        /// A job that creates many patients went on.
        BulkPatientCreate = "medical.bulk-patient-create",
        /// A patient was admitted.
        PatientAdmit = "patient.admit",
        /// A patient was moved.
        PatientTransfer = "patient.transfer",
        /// A patient was discharged.
        PatientDischarge = "patient.discharge",
        /// A pharmacy dispensed medication.
        PatientPharmacy = "patient.pharmacy",
        /// A laboratory has a result.
        PatientLaboratory = "patient.laboratory",
        /// A health information exchange was asked and is done.
        NetworkQueryHie = "network-query.hie",
        /// A pharmacy network was asked and is done.
        NetworkQueryPharmacy = "network-query.pharmacy",
        /// A laboratory network was asked and is done.
        NetworkQueryLab = "network-query.lab",
        /// Some data of a query can be read already.
        NetworkQueryFirstDataReady = "network-query.hie.first-data-ready",
        /// A message to another practitioner was delivered, or could not be.
        MessageStatus = "message.status",
        /// A user connected a provider of device data.
        ProviderConnected = "devices.provider-connected",
        /// A provider of device data was disconnected.
        ProviderDisconnected = "devices.provider-disconnected",
        /// Device data arrived.
        HealthData = "devices.health-data",
    }
}

crate::string_enum! {
    /// Says how an operation stands.
    pub enum Status {
        /// It is done.
        Completed = "completed",
        /// It did not work.
        Failed = "failed",
        /// It goes on.
        Processing = "processing",
    }
}
