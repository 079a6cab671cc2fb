//! `network-query.hie`, `network-query.pharmacy`, `network-query.lab` and
//! `network-query.hie.first-data-ready`: sources of a network query, one by one. Metriport's page
//! "Receiving Webhooks", read November 2026.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Status};
use super::shared::of_patient;
use super::wire;
use crate::text::Text;
use crate::time::TimeText;

/// Tells that one source of a network query is done; there is one message per source.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NetworkQuery {
    /// What identifies the message; `request_id` is the query.
    pub meta: Meta,
    /// The patient, and the source.
    pub payload: NetworkQueryPayload,
}

/// Tells that some data of a network query can be read already; at most once per query.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NetworkQueryFirstDataReady {
    /// What identifies the message; `request_id` is the query.
    pub meta: Meta,
    /// The patient, and the source.
    pub payload: FirstDataReadyPayload,
}

of_patient! {
    /// Describes a source that is done.
    pub struct NetworkQueryPayload {
        /// A link to the patient's whole consolidated record, there even when the source failed.
        ///
        /// Valid for 3 minutes by the documentation. It is a credential: do not log it.
        pub consolidated_data_url: Text,
        /// The source.
        #[serde(deserialize_with = "wire::object")]
        pub source: NetworkSource,
    }
}

of_patient! {
    /// Describes a source that has sent its first data.
    pub struct FirstDataReadyPayload {
        /// A link to what there is of the patient's record. It is a credential: do not log it.
        pub consolidated_data_url: Text,
        /// The source.
        #[serde(deserialize_with = "wire::object")]
        pub source: FirstDataReadySource,
    }
}

/// Says which source of a network query is done, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NetworkSource {
    /// The kind of source (`type` on the wire); agrees with the end of the message type.
    #[serde(rename = "type")]
    pub source_type: NetworkSourceType,
    /// The source itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<NetworkSourceName>,
    /// How it ended.
    pub status: Status,
    /// When it ended.
    pub completed_at: TimeText,
}

/// Says which source of a network query has sent its first data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FirstDataReadySource {
    /// The kind of source (`type` on the wire), expected to be an exchange.
    #[serde(rename = "type")]
    pub source_type: NetworkSourceType,
    /// How it stands: [`Status::Processing`].
    pub status: Status,
    /// When there was something to read.
    pub first_data_ready_at: TimeText,
}

crate::string_enum! {
    /// Names a kind of source.
    pub enum NetworkSourceType {
        /// A health information exchange.
        Hie = "hie",
        /// Pharmacies.
        Pharmacy = "pharmacy",
        /// Laboratories.
        Lab = "lab",
    }
}

crate::string_enum! {
    /// Names a source.
    pub enum NetworkSourceName {
        /// The national exchanges together.
        NationalHie = "national-hie",
        /// Carequality.
        Carequality = "carequality",
        /// Carequality, streamed.
        CarequalityStreaming = "carequality-streaming",
        /// CommonWell.
        Commonwell = "commonwell",
        /// eHealth Exchange.
        Ehex = "ehex",
        /// Healthix.
        Healthix = "healthix",
        /// Surescripts.
        Surescripts = "surescripts",
        /// Surescripts, asked in real time.
        SurescriptsRealtimePulls = "surescripts-realtime-pulls",
        /// Quest.
        Quest = "quest",
        /// Carequality, streamed, by its short name.
        CqStreaming = "cq-streaming",
    }
}
