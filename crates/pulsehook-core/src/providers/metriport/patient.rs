//! `patient.admit`, `patient.transfer`, `patient.discharge`, `patient.pharmacy` and
//! `patient.laboratory`: what happened to a patient. Metriport's page "Real-time Patient
//! Notifications", read November 2026.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize};

use super::meta::Meta;
use super::shared::of_patient;
use super::wire;
use crate::text::Text;
use crate::time::TimeText;

/// Tells that a patient was admitted.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PatientAdmit {
    /// What identifies the message.
    pub meta: Meta,
    /// The patient and the encounter.
    pub payload: PatientAdmitPayload,
}

/// Tells that a patient was moved.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PatientTransfer {
    /// What identifies the message.
    pub meta: Meta,
    /// The patient and the encounter.
    pub payload: PatientTransferPayload,
}

/// Tells that a patient was discharged.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PatientDischarge {
    /// What identifies the message.
    pub meta: Meta,
    /// The patient and the encounter.
    pub payload: PatientDischargePayload,
}

/// Tells that a pharmacy dispensed medication to a patient.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PatientPharmacy {
    /// What identifies the message.
    pub meta: Meta,
    /// The patient and the dispense.
    pub payload: PatientPharmacyPayload,
}

/// Tells that a laboratory has a result for a patient.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PatientLaboratory {
    /// What identifies the message.
    pub meta: Meta,
    /// The patient and the specimen.
    pub payload: PatientLaboratoryPayload,
}

of_patient! {
    /// Describes an admission.
    pub struct PatientAdmitPayload {
        /// A link to the encounter as a FHIR bundle.
        ///
        /// Valid for 10 minutes. It is a credential: do not log it.
        pub url: Text,
        /// When the source network's message reached Metriport.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub when_source_sent: Option<TimeText>,
        /// When the patient was admitted; hospitals do not always say.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub admit_timestamp: Option<TimeText>,
        /// When the patient was discharged, where it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub discharge_timestamp: Option<TimeText>,
    }
}

of_patient! {
    /// Describes a transfer.
    pub struct PatientTransferPayload {
        /// A link to the encounter as a FHIR bundle.
        ///
        /// Valid for 10 minutes. It is a credential: do not log it.
        pub url: Text,
        /// When the source network's message reached Metriport.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub when_source_sent: Option<TimeText>,
        /// When the patient was admitted; hospitals do not always say.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub admit_timestamp: Option<TimeText>,
        /// The moves; documented as always there.
        #[serde(
            default,
            deserialize_with = "wire::optional_list",
            skip_serializing_if = "Option::is_none"
        )]
        pub transfers: Option<Vec<Transfer>>,
    }
}

of_patient! {
    /// Describes a discharge.
    pub struct PatientDischargePayload {
        /// A link to the encounter as a FHIR bundle.
        ///
        /// Valid for 10 minutes. It is a credential: do not log it.
        pub url: Text,
        /// When the source network's message reached Metriport.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub when_source_sent: Option<TimeText>,
        /// When the patient was admitted; hospitals do not always say.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub admit_timestamp: Option<TimeText>,
        /// When the patient was discharged, where it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub discharge_timestamp: Option<TimeText>,
    }
}

of_patient! {
    /// Describes a dispense of medication.
    pub struct PatientPharmacyPayload {
        /// A link to the data as a FHIR bundle.
        ///
        /// Valid for 10 minutes. It is a credential: do not log it.
        pub url: Text,
        /// When the medication was dispensed: a day, or a day and a time.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub medication_dispensed_date: Option<TimeText>,
    }
}

of_patient! {
    /// Describes a laboratory's result.
    pub struct PatientLaboratoryPayload {
        /// A link to the data as a FHIR bundle.
        ///
        /// Valid for 10 minutes. It is a credential: do not log it.
        pub url: Text,
        /// When the specimen was collected: a day, or a day and a time.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub specimen_collected_date: Option<TimeText>,
    }
}

/// Describes one move of a patient.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Transfer {
    /// When the patient was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimeText>,
    /// Where the patient was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_location: Option<Location>,
    /// Where the patient is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_location: Option<Location>,
}

/// Names a place in a hospital.
///
/// Some senders write mere text for it, which becomes the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Location {
    /// The place's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// What it is (`type` on the wire), for example `department`, `unit` or `facility`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub location_type: Option<Text>,
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LocationVisitor;

        impl<'de> Visitor<'de> for LocationVisitor {
            type Value = Location;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a location")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Location, E> {
                Ok(Location {
                    name: Some(Text::from(name)),
                    location_type: None,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Location, A::Error> {
                #[derive(Deserialize)]
                struct Members {
                    name: Option<Text>,
                    #[serde(rename = "type")]
                    location_type: Option<Text>,
                }

                let members = Members::deserialize(MapAccessDeserializer::new(members))?;
                Ok(Location {
                    name: members.name,
                    location_type: members.location_type,
                })
            }
        }

        deserializer.deserialize_any(LocationVisitor)
    }
}
