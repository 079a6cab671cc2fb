//! `medical.consolidated-data`: a patient's record in one. Metriport's page "Receiving Webhooks",
//! read November 2026.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::meta::{Meta, Status};
use super::shared::of_patient;
use super::wire;
use crate::text::{RawJson, Text};

/// Brings the consolidated record of a patient, or links to it.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConsolidatedData {
    /// What identifies the message.
    pub meta: Meta,
    /// The patients, one entry each.
    pub patients: Vec<ConsolidatedDataPatient>,
}

of_patient! {
    /// Holds the consolidated record of one patient.
    pub struct ConsolidatedDataPatient {
        /// How it ended for this patient.
        pub status: Status,
        /// A FHIR R4 bundle as it stood in the body; `None` when the query failed.
        ///
        /// Usually it holds one `DocumentReference` with links that are valid for 3 minutes, and are
        /// credentials. Older senders put the whole record here, many megabytes of it.
        #[serde(
            default,
            deserialize_with = "bundle",
            skip_serializing_if = "Option::is_none"
        )]
        pub bundle: Option<RawJson>,
        /// What the record was asked for with.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub filters: Option<Filters>,
        /// A key whose meaning is not published.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub truncated_gzip_key: Option<Text>,
        /// A key whose meaning is not published.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub fast_load_gzip_key: Option<Text>,
    }
}

/// Holds the filters that a consolidated record was asked for with, by name.
///
/// Known names are `resources`, `dateFrom`, `dateTo` (days, `YYYY-MM-DD`) and `conversionType`
/// (`json`, `pdf` or `html`). A filter that is not set is left out, or is empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filters(BTreeMap<Text, FilterValue>);

impl Filters {
    /// Returns a filter's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&FilterValue> {
        self.0.get(name)
    }

    /// Returns a filter's value if it is text that is not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(FilterValue::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Walks the filters in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &FilterValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Walks the FHIR resource types that were asked for; none means all.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        let list = self.text("resources").unwrap_or_default();
        list.split(',')
            .map(str::trim)
            .filter(|resource| !resource.is_empty())
    }
}

/// Holds the value of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FilterValue {
    /// Text.
    Text(Text),
    /// True or false.
    Bool(bool),
    /// `null`.
    Null,
    /// Anything else, which is not documented, as it stood in the body.
    Other(RawJson),
}

impl<'de> Deserialize<'de> for FilterValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        match raw.get() {
            "null" => Ok(Self::Null),
            "true" => Ok(Self::Bool(true)),
            "false" => Ok(Self::Bool(false)),
            text if text.starts_with('"') => serde_json::from_str(text)
                .map(Self::Text)
                .map_err(|_| crate::json::invalid_field("filters")),
            _ => wire::legible(raw, "filters").map(Self::Other),
        }
    }
}

fn bundle<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RawJson>, D::Error> {
    wire::raw_json(deserializer, "bundle")
}
