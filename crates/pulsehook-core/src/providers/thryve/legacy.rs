//! The retired formats, an object `sourceUpdate`. Page "Access / Notification webhooks" (v5) at
//! thryve.health/api-doc, read November 2026; the oldest format is known from public code.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::event::{Event, UnknownEvent};
use super::members::{
    Object, Others, Wrong, day, lenient, members, number, numbers, object, optional, required,
    required_user, some, text, time, user,
};
use super::time::{Day, Time, is_reversed};
use crate::text::{RawJson, Text};

/// Holds what all messages of the retired formats have, and one part of what the message says.
///
/// Serialised, it is the object that stands in `sourceUpdate`, with this part alone. `Debug`
/// prints health data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceUpdate<P> {
    /// Thryve's id of the user.
    pub authentication_token: Text,
    /// The customer's own id of the user (`partnerUserID`).
    pub partner_user_id: Option<Text>,
    /// The source; [`data_source`](super::data_source) names it.
    pub data_source: i64,
    /// When the message was made; v5 has it where it is about data.
    pub created_at: Option<Time>,
    /// What the message says.
    pub part: P,
    /// Members that are not known, of `sourceUpdate` and beside it: one JSON object.
    pub other: Option<RawJson>,
}

crate::string_enum! {
    /// Says what became of a connection.
    pub enum ConnectionStatus {
        /// The source was connected.
        New = "NEW",
        /// The source was disconnected.
        Deleted = "DELETED",
    }
}

/// Says for which days values were stored or changed (`/v5/dailyDynamicValues`).
///
/// Text and Unix time of one day can disagree; the text is what counts. `Debug` prints health
/// data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct V5DailyValues {
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_day: Option<Day>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_day: Option<Day>,
    /// The data types; [`data_type`](super::data_type) names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_dynamic_value_types: Option<Vec<i64>>,
    /// The first day as Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_timestamp_unix: Option<Day>,
    /// The last day as Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp_unix: Option<Day>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl V5DailyValues {
    /// Returns the first day, by its text if there is one.
    #[must_use]
    pub fn start(&self) -> Option<&Day> {
        self.start_day
            .as_ref()
            .or(self.start_timestamp_unix.as_ref())
    }

    /// Returns the last day, by its text if there is one.
    #[must_use]
    pub fn end(&self) -> Option<&Day> {
        self.end_day.as_ref().or(self.end_timestamp_unix.as_ref())
    }

    /// Tells whether the period is invalid because it ends before it starts.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        let date = |day: Option<&Day>| day.and_then(Day::date);
        is_reversed(date(self.start()), date(self.end()))
    }
}

/// Says in which period intraday data was stored or changed (`/v5/dynamicEpochValues`).
///
/// Text and Unix time of one end can disagree; the text is what counts. `Debug` prints health
/// data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct V5EpochValues {
    /// When the period starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_timestamp: Option<Time>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<Time>,
    /// The data types; [`data_type`](super::data_type) names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_value_types: Option<Vec<i64>>,
    /// The start as Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_timestamp_unix: Option<Time>,
    /// The end as Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp_unix: Option<Time>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl V5EpochValues {
    /// Returns the start, by its text if there is one.
    #[must_use]
    pub fn start(&self) -> Option<&Time> {
        self.start_timestamp
            .as_ref()
            .or(self.start_timestamp_unix.as_ref())
    }

    /// Returns the end, by its text if there is one.
    #[must_use]
    pub fn end(&self) -> Option<&Time> {
        self.end_timestamp
            .as_ref()
            .or(self.end_timestamp_unix.as_ref())
    }

    /// Tells whether the period is invalid because it ends before it starts.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        let instant = |time: Option<&Time>| time.and_then(Time::instant);
        is_reversed(instant(self.start()), instant(self.end()))
    }
}

crate::string_enum! {
    /// Says which kinds of data an [`OldestPeriod`] is about.
    pub enum UpdateType {
        /// Daily values.
        Daily = "DAILY",
        /// Intraday data.
        Minute = "MINUTE",
        /// Both.
        Both = "BOTH",
    }
}

/// Says in which period data was stored or changed: the oldest format, which names no data types.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OldestPeriod {
    /// When the period starts.
    pub start_timestamp: Time,
    /// When it ends.
    pub end_timestamp: Time,
    /// Which kinds of data.
    pub update_type: UpdateType,
}

impl OldestPeriod {
    /// Tells whether the period is invalid because it ends before it starts.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        is_reversed(self.start_timestamp.instant(), self.end_timestamp.instant())
    }
}

/// Is a part of a `sourceUpdate` that is serialised beside what all have.
trait Part {
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

impl Part for ConnectionStatus {
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(CONNECTION_STATUS, self)
    }
}

impl Part for V5DailyValues {
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(DAILY_VALUES, self)
    }
}

impl Part for V5EpochValues {
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(EPOCH_VALUES, self)
    }
}

impl Part for OldestPeriod {
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("startTimestamp", &self.start_timestamp)?;
        map.serialize_entry("endTimestamp", &self.end_timestamp)?;
        map.serialize_entry(UPDATE_TYPE, &self.update_type)
    }
}

impl<P: Part> Serialize for SourceUpdate<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("authenticationToken", &self.authentication_token)?;
        if let Some(id) = &self.partner_user_id {
            map.serialize_entry("partnerUserID", id)?;
        }
        map.serialize_entry("dataSource", &self.data_source)?;
        if let Some(time) = &self.created_at {
            map.serialize_entry("createdAt", time)?;
        }
        self.part.serialize_into(&mut map)?;
        if let Some(other) = &self.other {
            map.serialize_entry("other", other)?;
        }
        map.end()
    }
}

/// The name of the object.
pub(super) const SOURCE_UPDATE: &str = "sourceUpdate";

const CONNECTION_STATUS: &str = "connectionStatus";
const DAILY_VALUES: &str = "/v5/dailyDynamicValues";
const EPOCH_VALUES: &str = "/v5/dynamicEpochValues";
const UPDATE_TYPE: &str = "updateType";

members! {
    /// The members of both formats.
    struct UpdateMembers {
        authentication_token = "authenticationToken",
        partner_user_id = "partnerUserID",
        data_source = "dataSource",
        created_at = "createdAt",
        connection_status = "connectionStatus",
        daily = "/v5/dailyDynamicValues",
        epoch = "/v5/dynamicEpochValues",
        start_timestamp = "startTimestamp",
        end_timestamp = "endTimestamp",
        update_type = "updateType",
    }
}

/// Decodes an object `sourceUpdate`, beside which other members may stand.
pub(super) fn decode(raw: &RawValue, beside: Others, strict: bool) -> Result<Vec<Event>, Wrong> {
    let object: Object<UpdateMembers<'_>> = object(raw).ok_or(Wrong::Invalid(SOURCE_UPDATE))?;
    let (members, others) = object.once()?;
    let is_there = |member| some(member).is_some();
    if is_there(members.connection_status) || is_there(members.daily) || is_there(members.epoch) {
        members.into_v5(others, beside, strict)
    } else if is_there(members.update_type) {
        members.into_oldest(others, beside)
    } else {
        let id = |member| some(member).and_then(user);
        Ok(vec![Event::Unknown(UnknownEvent {
            end_user_id: id(members.authentication_token),
            end_user_alias: id(members.partner_user_id),
            event_type: Text::from(SOURCE_UPDATE),
            data: Some(RawJson::from_raw(raw)),
            other: beside.finish(),
        })])
    }
}

impl UpdateMembers<'_> {
    /// Gives one event for each part that is there.
    fn into_v5(
        self,
        mut others: Others,
        beside: Others,
        strict: bool,
    ) -> Result<Vec<Event>, Wrong> {
        others.keep_if_some("startTimestamp", self.start_timestamp);
        others.keep_if_some("endTimestamp", self.end_timestamp);
        others.keep_if_some(UPDATE_TYPE, self.update_type);
        let status = |raw: &RawValue| text(raw).map(|text| ConnectionStatus::from(&*text));
        let status = optional(self.connection_status, CONNECTION_STATUS, status)?;
        let daily = some(self.daily).map(|raw| V5DailyValues::read(raw, strict));
        let epoch = some(self.epoch).map(|raw| V5EpochValues::read(raw, strict));
        let (daily, epoch) = (daily.transpose()?, epoch.transpose()?);

        let update = self.around((), others, beside)?;
        let status = status.map(|part| Event::V5Connection(update.with(part)));
        let daily = daily.map(|part| Event::V5Daily(update.with(part)));
        let epoch = epoch.map(|part| Event::V5Epoch(update.with(part)));
        Ok([status, daily, epoch].into_iter().flatten().collect())
    }

    fn into_oldest(self, others: Others, beside: Others) -> Result<Vec<Event>, Wrong> {
        let update_type = |raw: &RawValue| text(raw).map(|text| UpdateType::from(&*text));
        let period = OldestPeriod {
            start_timestamp: required(self.start_timestamp, "startTimestamp", time)?,
            end_timestamp: required(self.end_timestamp, "endTimestamp", time)?,
            update_type: required(self.update_type, UPDATE_TYPE, update_type)?,
        };
        Ok(vec![Event::OldestUpdate(
            self.around(period, others, beside)?,
        )])
    }

    /// Reads what all messages have, around a part.
    fn around<P>(
        self,
        part: P,
        mut others: Others,
        beside: Others,
    ) -> Result<SourceUpdate<P>, Wrong> {
        let partner_user_id = lenient(self.partner_user_id, "partnerUserID", &mut others, text);
        others.append(&beside);
        Ok(SourceUpdate {
            authentication_token: required_user(self.authentication_token, "authenticationToken")?,
            partner_user_id,
            data_source: required(self.data_source, "dataSource", number)?,
            created_at: optional(self.created_at, "createdAt", time)?,
            part,
            other: others.finish(),
        })
    }
}

impl SourceUpdate<()> {
    fn with<P>(&self, part: P) -> SourceUpdate<P> {
        SourceUpdate {
            authentication_token: self.authentication_token.clone(),
            partner_user_id: self.partner_user_id.clone(),
            data_source: self.data_source,
            created_at: self.created_at.clone(),
            part,
            other: self.other.clone(),
        }
    }
}

members! {
    struct DailyMembers {
        start_day = "startDay",
        end_day = "endDay",
        types = "dailyDynamicValueTypes",
        start_unix = "startTimestampUnix",
        end_unix = "endTimestampUnix",
    }
}

impl V5DailyValues {
    fn read(raw: &RawValue, strict: bool) -> Result<Self, Wrong> {
        let object: Object<DailyMembers<'_>> = object(raw).ok_or(Wrong::Invalid(DAILY_VALUES))?;
        let (members, others) = object.once()?;
        let numbers = |raw: &RawValue| numbers(raw, strict);
        let values = Self {
            start_day: optional(members.start_day, "startDay", day)?,
            end_day: optional(members.end_day, "endDay", day)?,
            daily_dynamic_value_types: optional(members.types, "dailyDynamicValueTypes", numbers)?,
            start_timestamp_unix: optional(members.start_unix, "startTimestampUnix", day)?,
            end_timestamp_unix: optional(members.end_unix, "endTimestampUnix", day)?,
            other: others.finish(),
        };
        values.start().ok_or(Wrong::Missing("startDay"))?;
        values.end().ok_or(Wrong::Missing("endDay"))?;
        Ok(values)
    }
}

members! {
    struct EpochMembers {
        start_timestamp = "startTimestamp",
        end_timestamp = "endTimestamp",
        types = "dynamicValueTypes",
        start_unix = "startTimestampUnix",
        end_unix = "endTimestampUnix",
    }
}

impl V5EpochValues {
    fn read(raw: &RawValue, strict: bool) -> Result<Self, Wrong> {
        let object: Object<EpochMembers<'_>> = object(raw).ok_or(Wrong::Invalid(EPOCH_VALUES))?;
        let (members, others) = object.once()?;
        let numbers = |raw: &RawValue| numbers(raw, strict);
        let values = Self {
            start_timestamp: optional(members.start_timestamp, "startTimestamp", time)?,
            end_timestamp: optional(members.end_timestamp, "endTimestamp", time)?,
            dynamic_value_types: optional(members.types, "dynamicValueTypes", numbers)?,
            start_timestamp_unix: optional(members.start_unix, "startTimestampUnix", time)?,
            end_timestamp_unix: optional(members.end_unix, "endTimestampUnix", time)?,
            other: others.finish(),
        };
        values.start().ok_or(Wrong::Missing("startTimestamp"))?;
        values.end().ok_or(Wrong::Missing("endTimestamp"))?;
        Ok(values)
    }
}
