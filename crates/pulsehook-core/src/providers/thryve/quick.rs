//! The quick way of reading a sample: straight from the parser, without its JSON text.
//!
//! It knows samples as they are documented. Whatever is odd in one (a member twice, of another
//! kind, or missing) is an error here, and the message is then read again, the careful way.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::members::Others;
use super::sample::SampleValue;
use super::time::{Day, Time};
use crate::text::RawJson;

/// Is read quickly.
pub(super) trait QuickSample: Sized {
    /// The members that tell when.
    type When: Default;

    /// Takes the value of a member, if it is one of those.
    fn put<'de, A: MapAccess<'de>>(
        when: &mut Self::When,
        name: &str,
        map: &mut A,
    ) -> Result<bool, A::Error>;

    /// Makes the sample, if nothing is missing.
    fn of(when: Self::When, rest: Rest) -> Option<Self>;
}

/// The members that all samples have.
#[derive(Default)]
pub(super) struct Rest {
    pub(super) timezone_offset: Option<i64>,
    pub(super) data_type_id: Option<i64>,
    pub(super) value: Option<SampleValue>,
    pub(super) details: Option<RawJson>,
    pub(super) other: Option<RawJson>,
}

/// Reads a sample the quick way.
pub(super) struct ReadQuickly<S>(PhantomData<S>);

impl<S> ReadQuickly<S> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, S: QuickSample> DeserializeSeed<'de> for ReadQuickly<S> {
    type Value = S;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: QuickSample> Visitor<'de> for ReadQuickly<S> {
    type Value = S;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<S, A::Error> {
        let mut when = S::When::default();
        let mut rest = Rest::default();
        let mut others = Others::default();
        // Each member that is taken once sets its bit.
        let (mut seen, mut again) = (0_u8, false);
        let mut note = |bit: u8| {
            again |= seen & bit != 0;
            seen |= bit;
        };
        // A name with an escape cannot be borrowed, and is an error.
        while let Some(name) = map.next_key::<&str>()? {
            match name {
                "value" => {
                    note(1);
                    rest.value = map
                        .next_value::<Option<&RawValue>>()?
                        .map(SampleValue::read);
                }
                "dataTypeId" => {
                    note(2);
                    rest.data_type_id = map.next_value()?;
                }
                "timezoneOffset" => {
                    note(4);
                    rest.timezone_offset = map.next_value()?;
                }
                "details" => {
                    note(8);
                    let details: Option<&RawValue> = map.next_value()?;
                    rest.details = details.map(RawJson::from_raw);
                }
                _ if S::put(&mut when, name, &mut map)? => {}
                _ => others.keep_known(name, map.next_value()?),
            }
        }
        rest.other = others.finish();
        let sample = if again { None } else { S::of(when, rest) };
        sample.ok_or_else(|| A::Error::custom("an odd sample"))
    }
}

/// Takes a value into a place that must be empty.
pub(super) fn put_once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut Option<T>,
    map: &mut A,
) -> Result<bool, A::Error> {
    match place.replace(map.next_value()?) {
        None => Ok(true),
        Some(_) => Err(A::Error::custom("a member twice")),
    }
}

/// A time or a day as text or integer.
#[derive(Clone, Copy)]
pub(super) struct Quick<T>(pub(super) T);

/// The end of a sample, of which there need not be one.
pub(super) struct QuickEnd(pub(super) Option<Time>);

macro_rules! quick {
    ($whole:ty, $of_text:expr, $of_integer:expr, $of_null:expr) => {
        impl<'de> Deserialize<'de> for $whole {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Read;

                impl Visitor<'_> for Read {
                    type Value = $whole;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a text or an integer")
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$whole, E> {
                        let read: Option<$whole> = $of_text(text);
                        read.ok_or_else(|| E::custom("a malformed text"))
                    }

                    fn visit_u64<E: Error>(self, integer: u64) -> Result<$whole, E> {
                        let read: Option<$whole> = $of_integer(integer);
                        read.ok_or_else(|| E::custom("an integer of another size"))
                    }

                    fn visit_unit<E: Error>(self) -> Result<$whole, E> {
                        let read: Option<$whole> = $of_null();
                        read.ok_or_else(|| E::custom("no value"))
                    }
                }

                deserializer.deserialize_any(Read)
            }
        }
    };
}

quick!(
    Quick<Time>,
    |text| Time::from_text(text).map(Quick),
    |integer| Time::from_integer(integer).map(Quick),
    || None
);
quick!(
    Quick<Day>,
    |text| Day::from_text(text).map(Quick),
    |integer| Day::from_integer(integer).map(Quick),
    || None
);
quick!(
    QuickEnd,
    |text| match text {
        // Answers of Thryve's API have this text for an instant.
        "null" => Some(QuickEnd(None)),
        text => Time::from_text(text).map(|end| QuickEnd(Some(end))),
    },
    |integer| Time::from_integer(integer).map(|end| QuickEnd(Some(end))),
    || Some(QuickEnd(None))
);
