//! How Metriport's scalars and objects are read, where a derived decoder would be too strict or
//! too lax.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;

use crate::json::invalid_field;
use crate::text::{RawJson, Text};

/// Reads an object; derived decoders alone would take an array for one.
pub(super) fn object<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(AsObject(deserializer))
}

/// Reads an array of objects.
pub(super) fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_seq(ListVisitor(PhantomData))
}

/// Reads an object that may be absent or `null`.
pub(super) fn optional_object<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let object = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(object.map(Object::into_inner))
}

/// Reads an array of objects that may be absent or `null`, which is not the same as empty.
pub(super) fn optional_list<'de, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list = Option::<List<T>>::deserialize(deserializer)?;
    Ok(list.map(|list| list.0))
}

/// Reads an array of objects that may be absent or `null`, and leaves out what is `null` in it.
pub(super) fn optional_list_of_some<'de, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list = Option::<Vec<Option<Object<T>>>>::deserialize(deserializer)?;
    Ok(list.map(|list| list.into_iter().flatten().map(Object::into_inner).collect()))
}

/// Reads lists of ids by name, which may be absent or `null`, and leaves out what is `null` in it.
pub(super) fn optional_ids<'de, D>(
    deserializer: D,
) -> Result<Option<BTreeMap<Text, Vec<Text>>>, D::Error>
where
    D: Deserializer<'de>,
{
    let ids = Option::<BTreeMap<Text, Option<Vec<Option<Text>>>>>::deserialize(deserializer)?;
    Ok(ids.map(|ids| {
        ids.into_iter()
            .filter_map(|(name, ids)| Some((name, ids?.into_iter().flatten().collect())))
            .collect()
    }))
}

/// Reads text that may be absent, `null` or empty, all of which mean the same.
pub(super) fn non_empty<'de, D>(deserializer: D) -> Result<Option<Text>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = Option::<Text>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// Reads any JSON of a named field as it stands; `null` is absent.
pub(super) fn raw_json<'de, D>(
    deserializer: D,
    field: &'static str,
) -> Result<Option<RawJson>, D::Error>
where
    D: Deserializer<'de>,
{
    let raw = Option::<&RawValue>::deserialize(deserializer)?;
    raw.map(|raw| legible(raw, field)).transpose()
}

/// Reads a non-negative integer of a named field.
pub(super) fn integer<'de, D>(deserializer: D, field: &'static str) -> Result<u64, D::Error>
where
    D: Deserializer<'de>,
{
    let visitor = IntegerVisitor { field, lax: false };
    let number = read_integer(deserializer, visitor)?;
    number.ok_or_else(|| invalid_field(field))
}

/// Reads a non-negative integer of a named field, or its decimal text; `null` is absent.
pub(super) fn optional_integer_or_text<'de, D>(
    deserializer: D,
    field: &'static str,
) -> Result<Option<u64>, D::Error>
where
    D: Deserializer<'de>,
{
    read_integer(deserializer, IntegerVisitor { field, lax: true })
}

fn read_integer<'de, D>(deserializer: D, visitor: IntegerVisitor) -> Result<Option<u64>, D::Error>
where
    D: Deserializer<'de>,
{
    let field = visitor.field;
    deserializer.deserialize_any(visitor).map_err(|error| {
        // The parser refuses `1e400` as if it were not JSON, before the visitor sees it.
        if error.to_string().starts_with("number out of range") {
            invalid_field(field)
        } else {
            error
        }
    })
}

/// Keeps JSON that stands unread in an event, unless a string in it has no meaning.
///
/// Skipping does not look into strings. An escape of half a character would otherwise pass here
/// and fail wherever the JSON is read at last.
pub(super) fn legible<E: de::Error>(raw: &RawValue, field: &'static str) -> Result<RawJson, E> {
    check_legible(raw, field)?;
    Ok(RawJson::from_raw(raw))
}

/// Looks for strings that have no meaning, in JSON of which parts are kept.
pub(super) fn check_legible<E: de::Error>(raw: &RawValue, field: &'static str) -> Result<(), E> {
    // The sender rarely escapes anything, and such an escape hardly ever: the cheap looks first,
    // since a bundle can have many megabytes.
    let json = raw.get();
    if has_escape(json) && json.contains("\\u") && has_lone_surrogate(json) {
        return Err(invalid_field(field));
    }
    Ok(())
}

/// Looks for a backslash, in pieces without an early exit, which compile to vector instructions.
fn has_escape(json: &str) -> bool {
    json.as_bytes().chunks(512).any(|piece| {
        piece
            .iter()
            .fold(false, |seen, byte| seen | (*byte == b'\\'))
    })
}

/// Looks for `\ud83d` and the like without their other half, in JSON that is otherwise valid.
fn has_lone_surrogate(json: &str) -> bool {
    let mut rest = json;
    while let Some((_, escape)) = rest.split_once('\\') {
        rest = match code_unit(escape) {
            Some((0xD800..=0xDBFF, after)) => match after.strip_prefix('\\').and_then(code_unit) {
                Some((0xDC00..=0xDFFF, after)) => after,
                _ => return true,
            },
            Some((0xDC00..=0xDFFF, _)) => return true,
            Some((_, after)) => after,
            // A short escape, whose second character may be a backslash.
            None => escape.get(1..).unwrap_or_default(),
        };
    }
    false
}

/// Reads what follows the backslash of a `\uXXXX`.
fn code_unit(escape: &str) -> Option<(u16, &str)> {
    let (digits, after) = escape.strip_prefix('u')?.split_at_checked(4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, after))
}

/// A struct that stands in an array or an option and must be an object.
pub(super) struct Object<T>(T);

impl<T> Object<T> {
    pub(super) fn into_inner(self) -> T {
        self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Self)
    }
}

/// Asks for an object where a derived decoder asks for a struct.
struct AsObject<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for AsObject<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// An array of objects that stands in an option.
struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(Self)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(Object(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }
}

#[derive(Clone, Copy)]
struct IntegerVisitor {
    field: &'static str,
    /// Whether text and `null` will do.
    lax: bool,
}

impl<'de> Visitor<'de> for IntegerVisitor {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a non-negative integer")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Option<u64>, E> {
        Ok(Some(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<u64>, E> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| self.lax && digits);
        number.map(Some).ok_or_else(|| invalid_field(self.field))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<u64>, E> {
        if self.lax {
            Ok(None)
        } else {
            Err(invalid_field(self.field))
        }
    }

    fn visit_i64<E: de::Error>(self, _negative: i64) -> Result<Option<u64>, E> {
        Err(invalid_field(self.field))
    }

    fn visit_f64<E: de::Error>(self, _fraction_or_huge: f64) -> Result<Option<u64>, E> {
        Err(invalid_field(self.field))
    }

    fn visit_bool<E: de::Error>(self, _truth: bool) -> Result<Option<u64>, E> {
        Err(invalid_field(self.field))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _array: A) -> Result<Option<u64>, A::Error> {
        Err(invalid_field(self.field))
    }

    fn visit_map<A: MapAccess<'de>>(self, _object: A) -> Result<Option<u64>, A::Error> {
        Err(invalid_field(self.field))
    }
}
