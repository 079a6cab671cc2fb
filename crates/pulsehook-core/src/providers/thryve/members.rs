//! Reading of objects whose members may be of any kind.
//!
//! The known members of an object are found in one pass and kept as borrowed JSON; what they hold
//! is judged afterwards. So no value, however odd, stops the pass, and numbers keep their digits.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::time::{Day, Time};
use crate::error::DecodeError;
use crate::json::invalid_field;
use crate::json::members::with_text;
use crate::text::{RawJson, Text};

pub(super) use crate::json::members::{Member, Members, members};

/// Collects the members that are not known into one JSON object.
#[derive(Default)]
pub(super) struct Others(String);

impl Others {
    /// Keeps a member; its name is JSON, too.
    pub(super) fn keep(&mut self, name: &str, value: &RawValue) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(name);
        self.0.push(':');
        self.0.push_str(value.get());
    }

    /// Keeps a member by its name, which has no escapes.
    pub(super) fn keep_known(&mut self, name: &str, value: &RawValue) {
        self.keep(&format!("\"{name}\""), value);
    }

    /// Keeps a known member that matters elsewhere only, if it is there.
    pub(super) fn keep_if_some(&mut self, name: &'static str, member: Member<'_>) {
        if let Some(value) = member {
            self.keep_known(name, value);
        }
    }

    /// Keeps all members of another collection.
    pub(super) fn append(&mut self, other: &Self) {
        if let Some(members) = other.0.strip_prefix('{') {
            self.0.push(if self.0.is_empty() { '{' } else { ',' });
            self.0.push_str(members);
        }
    }

    /// Returns the object, if it has members.
    pub(super) fn finish(self) -> Option<RawJson> {
        let mut json = self.0;
        if json.is_empty() {
            return None;
        }
        json.push('}');
        Some(RawJson::from_accepted(&json))
    }
}

/// Returns the text of a member's name, or what stands between the quotes if that has no meaning.
pub(super) fn name_of(raw: &RawValue) -> Cow<'_, str> {
    let inner = raw.get().trim_matches('"');
    if inner.contains('\\') {
        serde_json::from_str(raw.get()).map_or(Cow::Borrowed(inner), Cow::Owned)
    } else {
        Cow::Borrowed(inner)
    }
}

/// What was read of an object.
pub(super) struct Object<M> {
    pub(super) members: M,
    pub(super) others: Others,
    /// The first known member that is there twice.
    pub(super) repeated: Option<&'static str>,
}

impl<M> Object<M> {
    /// Refuses members that are there twice.
    pub(super) fn once(self) -> Result<(M, Others), Wrong> {
        match self.repeated {
            Some(name) => Err(Wrong::Invalid(name)),
            None => Ok((self.members, self.others)),
        }
    }
}

/// Reads an object.
pub(super) struct ReadObject<M> {
    /// Members that are somebody else's.
    skipped: &'static [&'static str],
    members: PhantomData<M>,
}

impl<M> ReadObject<M> {
    pub(super) fn all() -> Self {
        Self::without(&[])
    }

    pub(super) fn without(skipped: &'static [&'static str]) -> Self {
        Self {
            skipped,
            members: PhantomData,
        }
    }
}

impl<'de, M: Members<'de>> DeserializeSeed<'de> for ReadObject<M> {
    type Value = Object<M>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object<M>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, M: Members<'de>> Visitor<'de> for ReadObject<M> {
    type Value = Object<M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<M>, A::Error> {
        let mut members = M::default();
        let mut others = Others::default();
        let mut repeated = None;
        while let Some(key) = map.next_key::<&RawValue>()? {
            let value = map.next_value::<&RawValue>()?;
            let name = name_of(key);
            match members.place(&name) {
                Some((_, place @ None)) => *place = Some(value),
                Some((name, Some(_))) => repeated = repeated.or(Some(name)),
                None if self.skipped.contains(&&*name) => {}
                None => others.keep(key.get(), value),
            }
        }
        Ok(Object {
            members,
            others,
            repeated,
        })
    }
}

/// Reads the known members of an object that is at hand.
pub(super) fn object<'a, M: Members<'a>>(raw: &'a RawValue) -> Option<Object<M>> {
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    ReadObject::all().deserialize(&mut deserializer).ok()
}

/// Returns a member that is there and not `null`.
pub(super) fn some(member: Member<'_>) -> Member<'_> {
    member.filter(|raw| raw.get() != "null")
}

/// Why a required member could not be taken.
#[derive(Clone, Copy)]
pub(super) enum Wrong {
    Missing(&'static str),
    Invalid(&'static str),
}

impl Wrong {
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Missing(name) | Self::Invalid(name) => name,
        }
    }

    pub(super) fn into_decode_error(self) -> DecodeError {
        match self {
            Self::Missing(name) => DecodeError::missing_field(name),
            Self::Invalid(name) => DecodeError::invalid_field(name),
        }
    }

    /// Makes the error of it inside a decoder.
    pub(super) fn into_error<E: Error>(self) -> E {
        match self {
            Self::Missing(name) => E::missing_field(name),
            Self::Invalid(name) => invalid_field(name),
        }
    }
}

/// Returns what a required member holds.
pub(super) fn required<T>(
    member: Member<'_>,
    name: &'static str,
    read: impl FnOnce(&RawValue) -> Option<T>,
) -> Result<T, Wrong> {
    optional(member, name, read)?.ok_or(Wrong::Missing(name))
}

/// Returns what a member holds that may be absent, and must be right if it is there.
pub(super) fn optional<T>(
    member: Member<'_>,
    name: &'static str,
    read: impl FnOnce(&RawValue) -> Option<T>,
) -> Result<Option<T>, Wrong> {
    some(member)
        .map(|raw| read(raw).ok_or(Wrong::Invalid(name)))
        .transpose()
}

/// Returns what an optional member holds; one of another kind is kept as it stands.
pub(super) fn lenient<T>(
    member: Member<'_>,
    name: &'static str,
    others: &mut Others,
    read: impl FnOnce(&RawValue) -> Option<T>,
) -> Option<T> {
    let raw = some(member)?;
    let value = read(raw);
    if value.is_none() {
        others.keep_known(name, raw);
    }
    value
}

/// Reads a text.
pub(super) fn text(raw: &RawValue) -> Option<Text> {
    with_text(raw, |text| Some(Text::from(text)))
}

/// Returns the id of a user. One that is empty, or no text, is as good as missing.
pub(super) fn required_user(member: Member<'_>, name: &'static str) -> Result<Text, Wrong> {
    member.and_then(user).ok_or(Wrong::Missing(name))
}

/// Reads a text that is not empty: an id of a user.
pub(super) fn user(raw: &RawValue) -> Option<Text> {
    text(raw).filter(|text| !text.is_empty())
}

/// Reads an integer.
pub(super) fn integer(raw: &RawValue) -> Option<i64> {
    // A fraction or an exponent is none.
    raw.get().parse().ok()
}

/// Reads the number of a source or a data type: an integer, or its decimal text.
pub(super) fn number(raw: &RawValue) -> Option<i64> {
    integer(raw).or_else(|| {
        with_text(raw, |text| {
            let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit());
            let is_canonical = text.len() == 1 || !text.starts_with('0');
            text.parse().ok().filter(|_| is_decimal && is_canonical)
        })
    })
}

/// Reads a time.
pub(super) fn time(raw: &RawValue) -> Option<Time> {
    Time::from_digits(raw.get()).or_else(|| with_text(raw, Time::from_text))
}

/// Returns the end of a sample, of which there need not be one. Answers of Thryve's API have the
/// text `"null"` for an instant.
pub(super) fn end_time(member: Member<'_>) -> Result<Option<Time>, Wrong> {
    let is_null = |raw: &RawValue| with_text(raw, |text| (text == "null").then_some(()));
    let end = member.filter(|raw| is_null(raw).is_none());
    optional(end, "endTimestamp", time)
}

/// Reads a day.
pub(super) fn day(raw: &RawValue) -> Option<Day> {
    Day::from_digits(raw.get()).or_else(|| with_text(raw, Day::from_text))
}

members! {
    /// A data type as an object, as was once reported.
    struct NumberObject {
        value = "value",
    }
}

/// Reads the numbers of data types; in strict mode, not as objects.
pub(super) fn numbers(raw: &RawValue, strict: bool) -> Option<Vec<i64>> {
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    deserializer.deserialize_seq(Numbers { strict }).ok()
}

/// The most numbers that one list may hold. There are some hundred data types; short numbers would
/// take many times the memory of the message.
const MOST_NUMBERS: usize = 65_536;

struct Numbers {
    strict: bool,
}

impl<'de> Visitor<'de> for Numbers {
    type Value = Vec<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<i64>, A::Error> {
        let of_object = |raw| {
            let object = object::<NumberObject<'_>>(raw).filter(|_| !self.strict)?;
            number(object.members.value?)
        };
        let mut numbers = Vec::new();
        while let Some(raw) = items.next_element::<&RawValue>()? {
            let read = number(raw).or_else(|| of_object(raw));
            if numbers.len() == MOST_NUMBERS {
                return Err(A::Error::custom("too many numbers"));
            }
            numbers.push(read.ok_or_else(|| A::Error::custom("no number"))?);
        }
        Ok(numbers)
    }
}
