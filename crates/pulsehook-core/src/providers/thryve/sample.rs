//! Samples of data pushes. Page "Data push" at docs.thryve.health, read November 2026; it could be
//! read in part only, so members beside those are expected, and kept.

use serde::de::MapAccess;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::members::{
    Member, Members, Object, Others, Wrong, day, end_time, integer, lenient, members, number,
    optional, required, some, text, time,
};
use super::quick::{Quick, QuickEnd, QuickSample, Rest, put_once};
use super::tables::Dimension;
use super::time::{Day, Time, is_reversed};
use crate::text::{RawJson, Text};
use crate::time::TimeText;

/// Holds an intraday value.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EpochSample {
    /// When it starts.
    pub start_timestamp: Time,
    /// When it ends; `None` for an instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<Time>,
    /// The local time's offset from UTC, in minutes by what was seen; the unit is not documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone_offset: Option<i64>,
    /// The data type; [`data_type`](super::data_type) names it.
    pub data_type_id: i64,
    /// The value, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SampleValue>,
    /// Annotations, as they stood in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<RawJson>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl EpochSample {
    /// Tells whether the sample is invalid because it ends before it starts.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        let end = self.end_timestamp.as_ref().and_then(Time::instant);
        is_reversed(self.start_timestamp.instant(), end)
    }
}

/// Holds a daily value.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DailySample {
    /// The day.
    pub day: Day,
    /// The local time's offset from UTC, in minutes by what was seen; the unit is not documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone_offset: Option<i64>,
    /// The data type; [`data_type`](super::data_type) names it.
    pub data_type_id: i64,
    /// The value, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SampleValue>,
    /// Annotations, as they stood in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<RawJson>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

/// Holds a sample that could not be decoded, with nothing lost.
///
/// `Debug` prints its place, the field and the JSON's length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InvalidSample {
    /// Which list it stood in.
    pub dimension: Dimension,
    /// Its place in that list, from 0.
    pub index: usize,
    /// The member that is missing, malformed or there twice; `None` for what is no object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// The sample as received.
    pub raw: RawJson,
}

/// Holds the value of a sample; which it is depends on the data type.
///
/// Serialised, it is the value. `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum SampleValue {
    /// A number.
    Number(Number),
    /// A text.
    Text(Text),
    /// A flag.
    Flag(bool),
    /// A date or a time; in answers of Thryve's API only, which tell it from other texts.
    Date(TimeText),
    /// Something that is not documented as a value.
    Other(RawJson),
}

impl SampleValue {
    pub(super) fn read(raw: &RawValue) -> Self {
        let json = raw.get();
        match json.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => Self::Number(Number(Text::from(json))),
            Some(b't' | b'f') => Self::Flag(json == "true"),
            _ => match text(raw) {
                Some(text) => Self::Text(text),
                None => Self::Other(RawJson::from_raw(raw)),
            },
        }
    }
}

/// Holds a number with the digits that it was written with.
///
/// Serialised, it is that number. `Debug` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Text);

impl Number {
    /// Takes a text that is a number of JSON.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let begins = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        let ends = text.ends_with(|last: char| last.is_ascii_digit());
        let is_number = begins && ends && serde_json::from_str::<&RawValue>(text).is_ok();
        is_number.then(|| Self(Text::from(text)))
    }

    /// Returns the number as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the nearest floating-point number, or `None` when that is not finite.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.0
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
    }

    /// Returns the number if it is written as an integer and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue =
            serde_json::from_str(&self.0).map_err(<S::Error as serde::ser::Error>::custom)?;
        raw.serialize(serializer)
    }
}

/// Is read from the items of a list of samples.
pub(super) trait Sample: QuickSample {
    type Members<'a>: Members<'a>;

    const DIMENSION: Dimension;

    fn from_members(members: Self::Members<'_>, others: Others) -> Result<Self, Wrong>;

    /// Makes the sample, or names the field that is to blame.
    fn from_object(object: Object<Self::Members<'_>>) -> Result<Self, &'static str> {
        match object.repeated {
            Some(name) => Err(name),
            None => Self::from_members(object.members, object.others).map_err(Wrong::field),
        }
    }
}

/// Takes what samples of both kinds hold.
macro_rules! rest {
    ($members:ident, $others:ident) => {
        Rest {
            data_type_id: optional($members.data_type_id, "dataTypeId", number)?,
            timezone_offset: offset($members.timezone_offset, &mut $others),
            value: some($members.value).map(SampleValue::read),
            details: some($members.details).map(RawJson::from_raw),
            other: $others.finish(),
        }
    };
}

const MISSING_TYPE: Wrong = Wrong::Missing("dataTypeId");

members! {
    struct EpochMembers {
        start_timestamp = "startTimestamp",
        end_timestamp = "endTimestamp",
        timezone_offset = "timezoneOffset",
        data_type_id = "dataTypeId",
        value = "value",
        details = "details",
    }
}

impl Sample for EpochSample {
    type Members<'a> = EpochMembers<'a>;

    const DIMENSION: Dimension = Dimension::Epoch;

    fn from_members(members: EpochMembers<'_>, mut others: Others) -> Result<Self, Wrong> {
        let when = (
            Some(Quick(required(
                members.start_timestamp,
                "startTimestamp",
                time,
            )?)),
            Some(QuickEnd(end_time(members.end_timestamp)?)),
        );
        let rest = rest!(members, others);
        Self::of(when, rest).ok_or(MISSING_TYPE)
    }
}

members! {
    struct DailyMembers {
        day = "day",
        timezone_offset = "timezoneOffset",
        data_type_id = "dataTypeId",
        value = "value",
        details = "details",
    }
}

impl Sample for DailySample {
    type Members<'a> = DailyMembers<'a>;

    const DIMENSION: Dimension = Dimension::Daily;

    fn from_members(members: DailyMembers<'_>, mut others: Others) -> Result<Self, Wrong> {
        let day = Some(Quick(required(members.day, "day", day)?));
        let rest = rest!(members, others);
        Self::of(day, rest).ok_or(MISSING_TYPE)
    }
}

impl QuickSample for EpochSample {
    type When = (Option<Quick<Time>>, Option<QuickEnd>);

    fn put<'de, A: MapAccess<'de>>(
        when: &mut Self::When,
        name: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        match name {
            "startTimestamp" => put_once(&mut when.0, map),
            "endTimestamp" => put_once(&mut when.1, map),
            _ => Ok(false),
        }
    }

    fn of((start, end): Self::When, rest: Rest) -> Option<Self> {
        Some(Self {
            start_timestamp: start?.0,
            end_timestamp: end.and_then(|end| end.0),
            timezone_offset: rest.timezone_offset,
            data_type_id: rest.data_type_id?,
            value: rest.value,
            details: rest.details,
            other: rest.other,
        })
    }
}

impl QuickSample for DailySample {
    type When = Option<Quick<Day>>;

    fn put<'de, A: MapAccess<'de>>(
        when: &mut Self::When,
        name: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        match name {
            "day" => put_once(when, map),
            _ => Ok(false),
        }
    }

    fn of(day: Self::When, rest: Rest) -> Option<Self> {
        Some(Self {
            day: day?.0,
            timezone_offset: rest.timezone_offset,
            data_type_id: rest.data_type_id?,
            value: rest.value,
            details: rest.details,
            other: rest.other,
        })
    }
}

fn offset(member: Member<'_>, others: &mut Others) -> Option<i64> {
    lenient(member, "timezoneOffset", others, integer)
}
