//! Decoding of a body: an array of items, one event for each (guide "Notifications" at
//! reference.humanapi.co, read November 2026).

use std::fmt;

use bytes::Bytes;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

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
    let Ok(Array { events, unfinished }) = serde_json::from_str(text) else {
        let items: Vec<&RawValue> = parse(text)?;
        return Ok(items
            .into_iter()
            .enumerate()
            .map(|(index, raw)| decode_item(index, raw))
            .collect());
    };
    if unfinished.is_empty() {
        return Ok(events);
    }
    // Only items that are kept as JSON need their own text, and so a second pass.
    let items: Vec<&RawValue> = parse(text)?;
    let mut events = events.into_iter();
    let mut unfinished = unfinished.into_iter().peekable();
    Ok(items
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

/// What one pass over an array gives: events, and the items that still need their JSON text, with
/// their places.
struct Array {
    events: Vec<Event>,
    unfinished: Vec<(usize, Unfinished)>,
}

impl<'de> Deserialize<'de> for Array {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ArrayVisitor;

        impl<'de> Visitor<'de> for ArrayVisitor {
            type Value = Array;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Array, A::Error> {
                let mut array = Array {
                    events: Vec::new(),
                    unfinished: Vec::new(),
                };
                let mut index = 0;
                while let Some(Object(item)) = items.next_element::<Object<Item<'de>>>()? {
                    match item.unwrap_or_default().into_event() {
                        Ok(event) => array.events.push(event),
                        Err(item) => array.unfinished.push((index, item)),
                    }
                    index += 1;
                }
                Ok(array)
            }
        }

        deserializer.deserialize_seq(ArrayVisitor)
    }
}
