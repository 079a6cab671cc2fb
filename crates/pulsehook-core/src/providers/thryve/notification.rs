//! `notification.*`: what changed; the values must be fetched. Page "Notifications" at
//! docs.thryve.health, read November 2026.

use serde::Serialize;
use serde_json::value::RawValue;

use super::members::{Members, Others, Wrong, day, members, number, numbers, required, time};
use super::time::{Day, Time, is_reversed};
use crate::text::RawJson;

/// Says when a source was connected or disconnected.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SourceState {
    /// When.
    pub timestamp: Time,
    /// The source; [`data_source`](super::data_source) names it.
    pub data_source_id: i64,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

/// Says in which period intraday data was stored or changed.
///
/// A point counts as changed when its end or its value changes. `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EpochPeriod {
    /// When the period starts.
    pub start_timestamp: Time,
    /// When it ends; see [`is_reversed`](EpochPeriod::is_reversed).
    pub end_timestamp: Time,
    /// The source; [`data_source`](super::data_source) names it.
    pub data_source_id: i64,
    /// The data types; [`data_type`](super::data_type) names them.
    pub data_type_ids: Vec<i64>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl EpochPeriod {
    /// Tells whether the period is invalid because it ends before it starts.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        is_reversed(self.start_timestamp.instant(), self.end_timestamp.instant())
    }
}

/// Says for which days values were stored or changed.
///
/// A value counts as changed when it or the way of its generation changes. `Debug` prints health
/// data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DailyPeriod {
    /// The first day.
    pub start_day: Day,
    /// The last day, itself included; see [`is_reversed`](DailyPeriod::is_reversed).
    pub end_day: Day,
    /// The source; [`data_source`](super::data_source) names it.
    pub data_source_id: i64,
    /// The data types; [`data_type`](super::data_type) names them.
    pub data_type_ids: Vec<i64>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl DailyPeriod {
    /// Tells whether the period is invalid because it ends before it starts.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        is_reversed(self.start_day.date(), self.end_day.date())
    }
}

/// Is read from the `data` of a notification.
pub(super) trait FromData: Sized {
    type Members<'a>: Members<'a>;

    /// Tells whether any member of it is there.
    fn is_there(data: &Self::Members<'_>) -> bool;

    fn from_data(data: Self::Members<'_>, others: Others, strict: bool) -> Result<Self, Wrong>;
}

members! {
    struct SourceMembers {
        timestamp = "timestamp",
        data_source_id = "dataSourceId",
    }
}

impl FromData for SourceState {
    type Members<'a> = SourceMembers<'a>;

    fn is_there(data: &SourceMembers<'_>) -> bool {
        data.timestamp.is_some() || data.data_source_id.is_some()
    }

    fn from_data(data: SourceMembers<'_>, others: Others, _strict: bool) -> Result<Self, Wrong> {
        Ok(Self {
            timestamp: required(data.timestamp, "timestamp", time)?,
            data_source_id: required(data.data_source_id, "dataSourceId", number)?,
            other: others.finish(),
        })
    }
}

members! {
    struct EpochMembers {
        start_timestamp = "startTimestamp",
        end_timestamp = "endTimestamp",
        data_source_id = "dataSourceId",
        data_type_ids = "dataTypeIds",
    }
}

impl FromData for EpochPeriod {
    type Members<'a> = EpochMembers<'a>;

    fn is_there(data: &EpochMembers<'_>) -> bool {
        let period = data.start_timestamp.is_some() || data.end_timestamp.is_some();
        period || data.data_source_id.is_some() || data.data_type_ids.is_some()
    }

    fn from_data(data: EpochMembers<'_>, others: Others, strict: bool) -> Result<Self, Wrong> {
        let numbers = |raw: &RawValue| numbers(raw, strict);
        Ok(Self {
            start_timestamp: required(data.start_timestamp, "startTimestamp", time)?,
            end_timestamp: required(data.end_timestamp, "endTimestamp", time)?,
            data_source_id: required(data.data_source_id, "dataSourceId", number)?,
            data_type_ids: required(data.data_type_ids, "dataTypeIds", numbers)?,
            other: others.finish(),
        })
    }
}

members! {
    struct DailyMembers {
        start_day = "startDay",
        end_day = "endDay",
        data_source_id = "dataSourceId",
        data_type_ids = "dataTypeIds",
    }
}

impl FromData for DailyPeriod {
    type Members<'a> = DailyMembers<'a>;

    fn is_there(data: &DailyMembers<'_>) -> bool {
        let period = data.start_day.is_some() || data.end_day.is_some();
        period || data.data_source_id.is_some() || data.data_type_ids.is_some()
    }

    fn from_data(data: DailyMembers<'_>, others: Others, strict: bool) -> Result<Self, Wrong> {
        let numbers = |raw: &RawValue| numbers(raw, strict);
        Ok(Self {
            start_day: required(data.start_day, "startDay", day)?,
            end_day: required(data.end_day, "endDay", day)?,
            data_source_id: required(data.data_source_id, "dataSourceId", number)?,
            data_type_ids: required(data.data_type_ids, "dataTypeIds", numbers)?,
            other: others.finish(),
        })
    }
}
