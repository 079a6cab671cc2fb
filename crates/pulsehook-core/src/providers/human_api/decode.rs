//! Decoding of a body: an array of items, one event for each (guide "Notifications" at
//! reference.humanapi.co, read November 2026).

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::MAX_ITEMS;
use super::event::{Event, InvalidItem, UnknownItem};
use super::item::{Item, Unfinished};
use super::members::Object;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::json::text_of;
use crate::text::RawJson;

/// Decodes a body item by item; a bad item never costs its siblings.
pub(super) fn decode(body: &Bytes) -> Result<Vec<Event>, DecodeError> {
    let text = text_of(body)?;
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    if start.starts_with('[') {
        return decode_array(text);
    }
    let whole: &RawValue = parse(text)?;
    if start.starts_with('{') {
        Ok(vec![decode_item(0, whole)])
    } else {
        Err(DecodeError::new(DecodeErrorKind::Shape))
    }
}

fn decode_array(text: &str) -> Result<Vec<Event>, DecodeError> {
    // The parser refuses some JSON that it can skip: numbers beyond the range of `f64` as items,
    // lone surrogates in member names. Such an array is split first, then read item by item; if
    // it is no JSON at all, the split says so.
    let Ok(Limited(array)) = serde_json::from_str::<Limited<Array>>(text) else {
        return Ok(split(text)?
            .into_iter()
            .enumerate()
            .map(|(index, raw)| decode_item(index, raw))
            .collect());
    };
    let Array { events, unfinished } = array.ok_or_else(too_large)?;
    if unfinished.is_empty() {
        return Ok(events);
    }
    // Only items that are kept as JSON need their own text, and so a second pass.
    let mut events = events.into_iter();
    let mut unfinished = unfinished.into_iter().peekable();
    Ok(split(text)?
        .into_iter()
        .enumerate()
        .filter_map(
            |(index, raw)| match unfinished.next_if(|(at, _)| *at == index) {
                Some((_, item)) => Some(finish(index, item, raw)),
                None => events.next(),
            },
        )
        .collect())
}

/// Splits an array into the texts of its items.
fn split(text: &str) -> Result<Vec<&RawValue>, DecodeError> {
    let Limited(items) = parse(text)?;
    items.ok_or_else(too_large)
}

fn too_large() -> DecodeError {
    DecodeError::new(DecodeErrorKind::TooLarge)
}

fn decode_item(index: usize, raw: &RawValue) -> Event {
    let object: Object<Item<'_>> = serde_json::from_str(raw.get()).unwrap_or_default();
    object
        .0
        .unwrap_or_default()
        .into_event()
        .unwrap_or_else(|item| finish(index, item, raw))
}

fn finish(index: usize, item: Unfinished, raw: &RawValue) -> Event {
    let raw = RawJson::from_raw(raw);
    match item {
        Unfinished::Unknown {
            event_type,
            event_id,
        } => Event::Unknown(UnknownItem {
            event_type,
            event_id,
            raw,
        }),
        Unfinished::Invalid(error) => Event::Invalid(InvalidItem { index, error, raw }),
    }
}

fn parse<'b, T: Deserialize<'b>>(text: &'b str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|error| DecodeError::from_json(&error))
}

/// Takes the items of an array one by one.
trait Take<'de>: Default {
    type Item: Deserialize<'de>;

    fn take(&mut self, index: usize, item: Self::Item);
}

impl<'de> Take<'de> for Vec<&'de RawValue> {
    type Item = &'de RawValue;

    fn take(&mut self, _index: usize, item: &'de RawValue) {
        self.push(item);
    }
}

/// What one pass over an array gives: events, and the items that still need their JSON text, with
/// their places.
#[derive(Default)]
struct Array {
    events: Vec<Event>,
    unfinished: Vec<(usize, Unfinished)>,
}

impl<'de> Take<'de> for Array {
    type Item = Object<Item<'de>>;

    #[inline]
    fn take(&mut self, index: usize, Object(item): Object<Item<'de>>) {
        match item.unwrap_or_default().into_event() {
            Ok(event) => self.events.push(event),
            Err(item) => self.unfinished.push((index, item)),
        }
    }
}

/// What is taken of an array of at most [`MAX_ITEMS`]; `None` for a longer one. Of that, nothing
/// is kept: the rest is only read to see whether it is JSON.
struct Limited<T>(Option<T>);

impl<'de, T: Take<'de>> Deserialize<'de> for Limited<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(LimitedVisitor(PhantomData))
    }
}

struct LimitedVisitor<T>(PhantomData<T>);

impl<'de, T: Take<'de>> Visitor<'de> for LimitedVisitor<T> {
    type Value = Limited<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Limited<T>, A::Error> {
        let mut taken = T::default();
        for index in 0..MAX_ITEMS {
            match items.next_element()? {
                Some(item) => taken.take(index, item),
                None => return Ok(Limited(Some(taken))),
            }
        }
        if items.next_element::<IgnoredAny>()?.is_none() {
            return Ok(Limited(Some(taken)));
        }
        drop(taken);
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Limited(None))
    }
}
