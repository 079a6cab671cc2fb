//! Reading of answers, item by item.

use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::context::Context;
use super::super::members::{
    Members, Object, Others, Wrong, day, end_time, integer, lenient, members, number, object,
    required, required_user, some, text, time,
};
use super::super::sample::{Number, SampleValue};
use super::{
    Answer, DailyValue, Details, EpochValue, InvalidValue, SourceValues, UserValues, ValueType,
};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::json::text_of;
use crate::text::RawJson;
use crate::time::TimeText;

pub(super) fn read<V: Value>(body: &[u8]) -> Result<Answer<V>, DecodeError> {
    let json = text_of(body)?;
    let context = Context::new(json, false, true);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let items = Items {
        context: &context,
        read: |raw: &RawValue| read_user(raw, &context),
        list: List::default(),
    };
    let read = deserializer.deserialize_seq(items);
    let read = read.and_then(|list| deserializer.end().map(|()| list));
    if context.is_overfull() {
        return Err(DecodeError::new(DecodeErrorKind::TooLarge));
    }
    let list = read.map_err(|error| DecodeError::from_json(&error))?;
    Ok(Answer {
        users: list.read,
        invalid: list.invalid,
    })
}

/// Why an item could not be read: because of a field, or because it is no object.
type WrongField = Option<&'static str>;

fn read_user<V: Value>(raw: &RawValue, context: &Context) -> Result<UserValues<V>, WrongField> {
    let (members, mut others): (UserMembers<'_>, _) = members_of(raw)?;
    let token = required_user(members.authentication_token, "authenticationToken");
    let partner = members.partner_user_id;
    let read = |raw: &RawValue| read_source(raw, context);
    let sources = list(members.data_sources, "dataSources", context, read)?;
    Ok(UserValues {
        authentication_token: token.map_err(Wrong::field)?,
        partner_user_id: lenient(partner, "partnerUserID", &mut others, text),
        data_sources: sources.read,
        invalid: sources.invalid,
        other: others.finish(),
    })
}

fn read_source<V: Value>(raw: &RawValue, context: &Context) -> Result<SourceValues<V>, WrongField> {
    let (members, others): (SourceMembers<'_>, _) = members_of(raw)?;
    let source = required(members.data_source, "dataSource", number).map_err(Wrong::field)?;
    let read = |raw: &RawValue| {
        let (members, others) = members_of(raw)?;
        V::from_members(members, others).map_err(|wrong| Some(wrong.field()))
    };
    let values = list(members.data, "data", context, read)?;
    Ok(SourceValues {
        data_source: source,
        data: values.read,
        invalid: values.invalid,
        other: others.finish(),
    })
}

fn members_of<'a, M: Members<'a>>(raw: &'a RawValue) -> Result<(M, Others), WrongField> {
    let object: Object<M> = object(raw).ok_or(None)?;
    object.once().map_err(|wrong| Some(wrong.field()))
}

/// Reads a list that may be absent.
fn list<T>(
    member: Option<&RawValue>,
    name: &'static str,
    context: &Context,
    read: impl FnMut(&RawValue) -> Result<T, WrongField>,
) -> Result<List<T>, WrongField> {
    let Some(raw) = some(member) else {
        return Ok(List::default());
    };
    let items = Items {
        context,
        read,
        list: List::default(),
    };
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    deserializer.deserialize_seq(items).map_err(|_| Some(name))
}

/// What was read of a list.
struct List<T> {
    read: Vec<T>,
    invalid: Vec<InvalidValue>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            read: Vec::new(),
            invalid: Vec::new(),
        }
    }
}

/// Reads the items of a list; a wrong one never costs its siblings.
struct Items<'c, T, F> {
    context: &'c Context,
    read: F,
    list: List<T>,
}

impl<'de, T, F: FnMut(&RawValue) -> Result<T, WrongField>> Visitor<'de> for Items<'_, T, F> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<List<T>, A::Error> {
        let mut index = 0;
        while let Some(raw) = items.next_element::<&RawValue>()? {
            self.context.count()?;
            match (self.read)(raw) {
                Ok(read) => self.list.read.push(read),
                Err(field) => self.list.invalid.push(InvalidValue {
                    index,
                    field,
                    raw: RawJson::from_raw(raw),
                }),
            }
            index += 1;
        }
        Ok(self.list)
    }
}

/// Is a value of an answer.
pub(super) trait Value: Sized {
    type Members<'a>: Members<'a>;

    fn from_members(members: Self::Members<'_>, others: Others) -> Result<Self, Wrong>;
}

impl Value for EpochValue {
    type Members<'a> = EpochMembers<'a>;

    fn from_members(members: EpochMembers<'_>, mut others: Others) -> Result<Self, Wrong> {
        let name = "dynamicValueTypeName";
        let value_type = lenient(members.value_type, "valueType", &mut others, value_type);
        Ok(Self {
            start_timestamp: required(members.start_timestamp, "startTimestamp", time)?,
            end_timestamp: end_time(members.end_timestamp)?,
            created_at: lenient(members.created_at, "createdAt", &mut others, time),
            data_type_id: required(members.data_type_id, "dynamicValueType", number)?,
            data_type_name: lenient(members.data_type_name, name, &mut others, text),
            value: some(members.value).map(|raw| value(raw, value_type.as_ref())),
            value_type,
            details: lenient(members.details, "details", &mut others, Details::of),
            other: others.finish(),
        })
    }
}

impl Value for DailyValue {
    type Members<'a> = DailyMembers<'a>;

    fn from_members(members: DailyMembers<'_>, mut others: Others) -> Result<Self, Wrong> {
        let name = "dailyDynamicValueTypeName";
        let value_type = lenient(members.value_type, "valueType", &mut others, value_type);
        Ok(Self {
            day: required(members.day, "day", day)?,
            created_at: lenient(members.created_at, "createdAt", &mut others, time),
            data_type_id: required(members.data_type_id, "dailyDynamicValueType", number)?,
            data_type_name: lenient(members.data_type_name, name, &mut others, text),
            value: some(members.value).map(|raw| value(raw, value_type.as_ref())),
            value_type,
            details: lenient(members.details, "details", &mut others, Details::of),
            other: others.finish(),
        })
    }
}

fn value_type(raw: &RawValue) -> Option<ValueType> {
    text(raw).map(|text| ValueType::from(&*text))
}

/// Reads a value, which is text as a rule.
fn value(raw: &RawValue, value_type: Option<&ValueType>) -> SampleValue {
    let text = match SampleValue::read(raw) {
        SampleValue::Text(text) => text,
        other => return other,
    };
    let typed = match value_type {
        Some(ValueType::Long | ValueType::Double) => {
            Number::from_text(&text).map(SampleValue::Number)
        }
        Some(ValueType::Date) => {
            let time = TimeText::from(text.clone());
            let is_time = time.instant_or_utc().is_some();
            is_time.then_some(SampleValue::Date(time))
        }
        Some(ValueType::Boolean) => text.parse().ok().map(SampleValue::Flag),
        Some(ValueType::String | ValueType::Other(_)) | None => None,
    };
    typed.unwrap_or(SampleValue::Text(text))
}

impl Details {
    pub(super) fn of(raw: &RawValue) -> Option<Self> {
        let (members, mut others) = object::<DetailsMembers<'_>>(raw)?.once().ok()?;
        let value = |member| some(member).map(SampleValue::read);
        let others_mut = &mut others;
        Some(Self {
            timezone_offset: lenient(
                members.timezone_offset,
                "timezoneOffset",
                others_mut,
                integer,
            ),
            generation: lenient(members.generation, "generation", others_mut, text),
            trustworthiness: value(members.trustworthiness),
            medical_grade: value(members.medical_grade),
            chronological_exactness: value(members.chronological_exactness),
            other: others.finish(),
        })
    }
}

members! {
    struct DetailsMembers {
        timezone_offset = "timezoneOffset",
        generation = "generation",
        trustworthiness = "trustworthiness",
        medical_grade = "medicalGrade",
        chronological_exactness = "chronologicalExactness",
    }
}

members! {
    struct UserMembers {
        authentication_token = "authenticationToken",
        partner_user_id = "partnerUserID",
        data_sources = "dataSources",
    }
}

members! {
    struct SourceMembers {
        data_source = "dataSource",
        data = "data",
    }
}

members! {
    struct EpochMembers {
        start_timestamp = "startTimestamp",
        end_timestamp = "endTimestamp",
        created_at = "createdAt",
        data_type_id = "dynamicValueType",
        data_type_name = "dynamicValueTypeName",
        value = "value",
        value_type = "valueType",
        details = "details",
    }
}

members! {
    struct DailyMembers {
        day = "day",
        created_at = "createdAt",
        data_type_id = "dailyDynamicValueType",
        data_type_name = "dailyDynamicValueTypeName",
        value = "value",
        value_type = "valueType",
        details = "details",
    }
}
