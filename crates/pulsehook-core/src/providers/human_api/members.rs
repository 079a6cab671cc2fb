//! Reading of objects whose members may be of any kind, as the guides' tables name them
//! (reference.humanapi.co, read November 2026).
//!
//! What members hold is judged when it is known which of them matter. One that is `null` counts as
//! absent.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::DecodeError;
use crate::json::members::with_text;
use crate::text::{RawJson, Text};

pub(super) use crate::json::members::{Member, Members, members};

/// Holds the known members of an object, or `None` for a value that is no object.
pub(super) struct Object<M>(pub(super) Option<M>);

impl<M> Default for Object<M> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, M: Members<'de>> Deserialize<'de> for Object<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<M>(PhantomData<M>);

impl<'de, M: Members<'de>> Visitor<'de> for ObjectVisitor<M> {
    type Value = Object<M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<M>, A::Error> {
        let mut members = M::default();
        while let Some(place) = map.next_key_seed(Place(&mut members, PhantomData))? {
            match place {
                // A later member of the same name takes the earlier one's place.
                Some(place) => *place = map.next_value()?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Object(Some(members)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Object<M>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object(None))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Object<M>, E> {
        Ok(Object(None))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Object<M>, E> {
        Ok(Object(None))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Object<M>, E> {
        Ok(Object(None))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Object<M>, E> {
        Ok(Object(None))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Object<M>, E> {
        Ok(Object(None))
    }

    fn visit_unit<E: Error>(self) -> Result<Object<M>, E> {
        Ok(Object(None))
    }
}

/// Reads a member's name and gives its place.
struct Place<'m, 'de, M>(&'m mut M, PhantomData<&'de ()>);

impl<'m, 'de: 'm, M: Members<'de>> DeserializeSeed<'de> for Place<'m, 'de, M> {
    type Value = Option<&'m mut Member<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'m, 'de: 'm, M: Members<'de>> Visitor<'de> for Place<'m, 'de, M> {
    type Value = Option<&'m mut Member<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    #[inline]
    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.place(name).map(|(_, place)| place))
    }
}

/// Returns what a required member holds.
pub(super) fn required<T>(
    member: Member<'_>,
    name: &'static str,
    read: impl FnOnce(&RawValue) -> Option<T>,
) -> Result<T, DecodeError> {
    let raw = member.ok_or_else(|| DecodeError::missing_field(name))?;
    read(raw).ok_or_else(|| DecodeError::invalid_field(name))
}

/// Reads a text.
pub(super) fn text<T: for<'t> From<&'t str>>(raw: &RawValue) -> Option<T> {
    with_text(raw, |text| Some(T::from(text)))
}

/// Reads a text, or keeps the JSON of anything else as text.
pub(super) fn lenient_text<T: for<'t> From<&'t str>>(raw: &RawValue) -> T {
    text(raw).unwrap_or_else(|| T::from(raw.get()))
}

/// Reads a list of texts; a single value is a list of one.
pub(super) fn lenient_list(raw: &RawValue) -> Vec<Text> {
    match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
        Ok(items) => items.into_iter().map(lenient_text).collect(),
        Err(_) => vec![lenient_text(raw)],
    }
}

/// Reads `true` or `false`.
pub(super) fn flag(raw: &RawValue) -> Option<bool> {
    match raw.get() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Reads the known members of an object.
pub(super) fn object<'a, M: Members<'a>>(raw: &'a RawValue) -> Option<M> {
    serde_json::from_str::<Object<M>>(raw.get()).ok()?.0
}

/// Returns an optional text.
pub(super) fn optional<T: for<'t> From<&'t str>>(member: Member<'_>) -> Option<T> {
    member.map(lenient_text)
}

/// Returns an optional member as it stands.
pub(super) fn optional_raw(member: Member<'_>) -> Option<RawJson> {
    member.map(RawJson::from_raw)
}
