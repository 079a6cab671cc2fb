//! One message.

use serde::Serialize;

use super::bulk_patient_create::BulkPatientCreate;
use super::consolidated::ConsolidatedData;
use super::devices::{HealthData, ProviderConnected, ProviderDisconnected};
use super::document::{
    DocumentBulkDownloadPaged, DocumentBulkDownloadUrls, DocumentConversion, DocumentDownload,
};
use super::message::MessageStatus;
use super::meta::{MessageType, Meta};
use super::network_query::{NetworkQuery, NetworkQueryFirstDataReady};
use super::patient::{
    PatientAdmit, PatientDischarge, PatientLaboratory, PatientPharmacy, PatientTransfer,
};
use super::ping::Ping;
use crate::text::RawJson;

/// Is one message of Metriport's; a delivery holds exactly one.
///
/// Serialised, it is an object equivalent to the message: `meta`, then the member that the type
/// asks for, by their names on the wire. Optional members that were absent or `null`, and members
/// that are not documented, are left out; under `devices.*`, the latter are kept. Numbers of device
/// data may be spelt in another way (`7e1` as `70`).
///
/// `Debug` prints health data, links included.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Event {
    /// A test of the endpoint (`ping`).
    Ping(Ping),
    /// Documents were found and downloaded (`medical.document-download`).
    DocumentDownload(DocumentDownload),
    /// Documents were converted to FHIR (`medical.document-conversion`).
    DocumentConversion(DocumentConversion),
    /// Links to documents are ready (`medical.document-bulk-download-urls`).
    DocumentBulkDownloadUrls(DocumentBulkDownloadUrls),
    /// A page of links to documents is ready (`medical.document-bulk-download-paged`).
    DocumentBulkDownloadPaged(DocumentBulkDownloadPaged),
    /// A patient's consolidated record is ready (`medical.consolidated-data`).
    ConsolidatedData(ConsolidatedData),
    /// A job that creates many patients went on (`medical.bulk-patient-create`).
    BulkPatientCreate(BulkPatientCreate),
    /// A patient was admitted (`patient.admit`).
    PatientAdmit(PatientAdmit),
    /// A patient was moved (`patient.transfer`).
    PatientTransfer(PatientTransfer),
    /// A patient was discharged (`patient.discharge`).
    PatientDischarge(PatientDischarge),
    /// A pharmacy dispensed medication (`patient.pharmacy`).
    PatientPharmacy(PatientPharmacy),
    /// A laboratory has a result (`patient.laboratory`).
    PatientLaboratory(PatientLaboratory),
    /// A source of a network query is done (`network-query.hie`, `network-query.pharmacy`,
    /// `network-query.lab`).
    NetworkQuery(NetworkQuery),
    /// Some data of a network query can be read already (`network-query.hie.first-data-ready`).
    NetworkQueryFirstDataReady(NetworkQueryFirstDataReady),
    /// A message to another practitioner was delivered, or could not be (`message.status`).
    MessageStatus(MessageStatus),
    /// Users connected providers of device data (`devices.provider-connected`).
    ProviderConnected(ProviderConnected),
    /// Providers of device data were disconnected (`devices.provider-disconnected`).
    ProviderDisconnected(ProviderDisconnected),
    /// Device data arrived (`devices.health-data`).
    HealthData(HealthData),
    /// A message of a type that is not known, or whose form is not published.
    Unknown(UnknownEvent),
}

/// Holds a message of a type that is not known, or whose form is not published.
///
/// Serialised, it is the raw JSON. `Debug` prints the length of it only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "RawJson")]
#[non_exhaustive]
pub struct UnknownEvent {
    /// What identifies the message, and names its type.
    pub meta: Meta,
    /// The whole message, `meta` included, as received.
    pub raw: RawJson,
}

impl From<UnknownEvent> for RawJson {
    fn from(event: UnknownEvent) -> Self {
        event.raw
    }
}

impl Event {
    /// Returns what identifies the message; only a [`Ping`] of before November 2023 has none.
    #[must_use]
    pub fn meta(&self) -> Option<&Meta> {
        match self {
            Self::Ping(event) => event.meta.as_ref(),
            Self::DocumentDownload(event) => Some(&event.meta),
            Self::DocumentConversion(event) => Some(&event.meta),
            Self::DocumentBulkDownloadUrls(event) => Some(&event.meta),
            Self::DocumentBulkDownloadPaged(event) => Some(&event.meta),
            Self::ConsolidatedData(event) => Some(&event.meta),
            Self::BulkPatientCreate(event) => Some(&event.meta),
            Self::PatientAdmit(event) => Some(&event.meta),
            Self::PatientTransfer(event) => Some(&event.meta),
            Self::PatientDischarge(event) => Some(&event.meta),
            Self::PatientPharmacy(event) => Some(&event.meta),
            Self::PatientLaboratory(event) => Some(&event.meta),
            Self::NetworkQuery(event) => Some(&event.meta),
            Self::NetworkQueryFirstDataReady(event) => Some(&event.meta),
            Self::MessageStatus(event) => Some(&event.meta),
            Self::ProviderConnected(event) => Some(&event.meta),
            Self::ProviderDisconnected(event) => Some(&event.meta),
            Self::HealthData(event) => Some(&event.meta),
            Self::Unknown(event) => Some(&event.meta),
        }
    }

    /// Returns the message type; a ping without `meta` is a [`MessageType::Ping`].
    #[must_use]
    pub fn event_type(&self) -> &MessageType {
        match self.meta() {
            Some(meta) => &meta.message_type,
            None => &MessageType::Ping,
        }
    }
}
