//! Answers of Thryve's API, version 5. Pages "Get epoch data" and "Get daily data" at
//! docs.thryve.health, read November 2026.

use serde::Serialize;

use super::named::ValueWithUnit;
use super::sample::SampleValue;
use super::tables::{DataSource, DataType, Dimension, data_source, data_type};
use super::time::{Day, Time};
use crate::error::DecodeError;
use crate::text::{RawJson, Text};

mod read;

/// Reads the answer of `dynamicEpochValues`; the page of the module has an example.
///
/// # Errors
///
/// Returns an error, without a word of the answer, when it is no JSON array, or holds more items
/// than one for each 32 bytes, and 64 more. A single item that is wrong is no error: it stands in
/// `invalid`, beside the others.
pub fn read_epoch_answer(body: &[u8]) -> Result<Answer<EpochValue>, DecodeError> {
    read::read(body)
}

/// Reads the answer of `dailyDynamicValues`.
///
/// # Errors
///
/// As [`read_epoch_answer`].
pub fn read_daily_answer(body: &[u8]) -> Result<Answer<DailyValue>, DecodeError> {
    read::read(body)
}

/// Holds the values of all users that an answer speaks of.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Answer<V> {
    /// The users.
    pub users: Vec<UserValues<V>>,
    /// Items in the place of users that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invalid: Vec<InvalidValue>,
}

impl<V> Answer<V> {
    /// Walks all values, each with its user and its source.
    pub fn values(&self) -> impl Iterator<Item = (&UserValues<V>, &SourceValues<V>, &V)> {
        self.users.iter().flat_map(|user| {
            user.data_sources.iter().flat_map(move |source| {
                let values = source.data.iter();
                values.map(move |value| (user, source, value))
            })
        })
    }
}

/// Holds the values of one user.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserValues<V> {
    /// Thryve's id of the user.
    pub authentication_token: Text,
    /// The customer's own id of the user, if it was asked for.
    #[serde(rename = "partnerUserID", skip_serializing_if = "Option::is_none")]
    pub partner_user_id: Option<Text>,
    /// The values by source.
    pub data_sources: Vec<SourceValues<V>>,
    /// Items in the place of sources that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invalid: Vec<InvalidValue>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

/// Holds the values of one source.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SourceValues<V> {
    /// The source; [`data_source`] names it.
    pub data_source: i64,
    /// The values.
    pub data: Vec<V>,
    /// Items in the place of values that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invalid: Vec<InvalidValue>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl<V> SourceValues<V> {
    /// Returns what the number of the source means; `None` where it is not known.
    #[must_use]
    pub fn source(&self) -> Option<DataSource> {
        data_source(self.data_source)
    }
}

/// Holds an item that could not be read, with nothing lost.
///
/// `Debug` prints its place, the field and the JSON's length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InvalidValue {
    /// Its place in its list, from 0.
    pub index: usize,
    /// The member that is missing, malformed or there twice; `None` for what is no object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// The item as it stood in the answer.
    pub raw: RawJson,
}

crate::string_enum! {
    /// Says what the text of a value is.
    pub enum ValueType {
        /// An integer.
        Long = "LONG",
        /// A number.
        Double = "DOUBLE",
        /// A text.
        String = "STRING",
        /// A date or a time.
        Date = "DATE",
        /// A flag.
        Boolean = "BOOLEAN",
    }
}

/// Holds an intraday value.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EpochValue {
    /// When it starts.
    pub start_timestamp: Time,
    /// When it ends; `None` for an instant, also where the answer has the text `"null"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<Time>,
    /// When Thryve stored it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// The data type (`dynamicValueType`).
    #[serde(rename = "dynamicValueType")]
    pub data_type_id: i64,
    /// The data type's name, if it was asked for.
    #[serde(
        rename = "dynamicValueTypeName",
        skip_serializing_if = "Option::is_none"
    )]
    pub data_type_name: Option<Text>,
    /// The value, read as `valueType` says; a text that does not fit it stays a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SampleValue>,
    /// What the value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ValueType>,
    /// Annotations, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl EpochValue {
    /// Returns what the number of the data type means; `None` where it is not known.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        data_type(self.data_type_id, Dimension::Epoch)
    }

    /// Returns the value with its unit, to be shown; `None` where there is no value.
    #[must_use]
    pub fn value_with_unit(&self) -> Option<ValueWithUnit<'_>> {
        ValueWithUnit::new(self.value.as_ref(), self.data_type())
    }
}

/// Holds a daily value.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DailyValue {
    /// The day.
    pub day: Day,
    /// When Thryve stored it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// The data type (`dailyDynamicValueType`).
    #[serde(rename = "dailyDynamicValueType")]
    pub data_type_id: i64,
    /// The data type's name, if it was asked for.
    #[serde(
        rename = "dailyDynamicValueTypeName",
        skip_serializing_if = "Option::is_none"
    )]
    pub data_type_name: Option<Text>,
    /// The value, read as `valueType` says; a text that does not fit it stays a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SampleValue>,
    /// What the value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ValueType>,
    /// Annotations, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl DailyValue {
    /// Returns what the number of the data type means; `None` where it is not known.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        data_type(self.data_type_id, Dimension::Daily)
    }

    /// Returns the value with its unit, to be shown; `None` where there is no value.
    #[must_use]
    pub fn value_with_unit(&self) -> Option<ValueWithUnit<'_>> {
        ValueWithUnit::new(self.value.as_ref(), self.data_type())
    }
}

/// Holds the annotations of a value, of an answer or of a push.
///
/// What the last three may hold is not documented in full; it is kept as it is. `Debug` prints
/// health data.
///
/// ```
/// use pulsehook_core::RawJson;
/// use pulsehook_core::thryve::Details;
///
/// let raw = RawJson::from_text(r#"{"timezoneOffset":60,"generation":"calculation"}"#)?;
/// let details = Details::read(&raw).ok_or("an object")?;
/// assert_eq!(details.timezone_offset, Some(60));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Details {
    /// The local time's offset from UTC, in minutes by what was seen; the unit is not documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone_offset: Option<i64>,
    /// How the value came about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<Text>,
    /// How far the value can be trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trustworthiness: Option<SampleValue>,
    /// Whether the value is of medical grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medical_grade: Option<SampleValue>,
    /// How exact the time of the value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chronological_exactness: Option<SampleValue>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl Details {
    /// Reads the `details` of a sample that was pushed; `None` where they are no object, or have a
    /// known member twice.
    #[must_use]
    pub fn read(json: &RawJson) -> Option<Self> {
        serde_json::from_str(json.get()).ok().and_then(Self::of)
    }
}
