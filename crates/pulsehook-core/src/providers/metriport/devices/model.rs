//! How the objects of device data are read and written: every documented member has a field,
//! everything else is kept.
//!
//! An object is read in one pass where the objects and lists in it are as documented. Where one is
//! not, the pass fails, and the object is read again in a way that takes one member at a time as
//! raw JSON. Numbers and texts never make it fail: they are taken as raw JSON at once, which costs
//! nothing as they hold nothing.

use std::collections::BTreeMap;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::number::{self, Number};
pub(super) use super::seed::Name;
use super::seed::{ListSeed, ObjectSeed, Optional};
use crate::json::members::with_text;
use crate::text::{RawJson, Text};
use crate::time::TimeText;

/// Members by name that have no field, or do not fit theirs.
pub(super) type Other = BTreeMap<Text, RawJson>;

/// Is an object with documented members; implemented by [`models`].
pub(super) trait Model: Sized {
    /// The names of the documented members.
    const MEMBERS: &'static [&'static str];

    /// Reads the members; fails where a required one is missing.
    fn read<'de, A: MapAccess<'de>>(map: A, way: Way) -> Result<Self, A::Error>;

    /// Tells whether no documented member has a value.
    fn is_blank(&self) -> bool;
}

/// How the objects and lists in an object are read.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// On the way; one that is not as documented is an error.
    Direct,
    /// As raw JSON first; one that is not as documented is kept so.
    Careful,
}

/// Reads an object from JSON that a parser has already accepted; `None` where it is no object, or
/// lacks a required member.
pub(super) fn from_json<T: Model>(json: &str) -> Option<T> {
    read_json(json, ObjectSeed::new(Way::Direct))
        .or_else(|| read_json(json, ObjectSeed::new(Way::Careful)))
}

/// Reads a list of objects; `None` where one of them could not be read.
fn list_from_json<T: Model>(json: &str) -> Option<Vec<T>> {
    read_json(json, ListSeed::new(Way::Direct))
        .or_else(|| read_json(json, ListSeed::new(Way::Careful)))
}

pub(super) fn read_json<'j, S: DeserializeSeed<'j>>(json: &'j str, seed: S) -> Option<S::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    seed.deserialize(&mut deserializer).ok()
}

/// What became of the value of a member.
pub(super) enum Read<'de, T> {
    Fits(T),
    Null,
    /// It is of another JSON type than documented, or out of range.
    Odd(&'de RawValue),
}

/// Is the value of a documented member.
pub(super) trait Value: Sized {
    /// Reads the value.
    fn read<'de, A: MapAccess<'de>>(map: &mut A, way: Way) -> Result<Read<'de, Self>, A::Error>;

    /// Writes the value.
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;

    /// Returns the value, if it is a number.
    fn as_number(&self) -> Option<f64> {
        None
    }
}

/// Reads a value that is no object and no list.
fn leaf<'de, A: MapAccess<'de>, T>(
    map: &mut A,
    read: impl FnOnce(&RawValue) -> Option<T>,
) -> Result<Read<'de, T>, A::Error> {
    let raw = map.next_value::<&RawValue>()?;
    Ok(match read(raw) {
        Some(value) => Read::Fits(value),
        None => without_value(raw),
    })
}

fn without_value<T>(raw: &RawValue) -> Read<'_, T> {
    if raw.get() == "null" {
        Read::Null
    } else {
        Read::Odd(raw)
    }
}

impl Value for f64 {
    fn read<'de, A: MapAccess<'de>>(map: &mut A, _way: Way) -> Result<Read<'de, f64>, A::Error> {
        leaf(map, |raw| number::parse(raw.get()))
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, &Number(*self))
    }

    fn as_number(&self) -> Option<f64> {
        Some(*self)
    }
}

/// Implements [`Value`] for types that are made from any text.
macro_rules! texts {
    ($($name:ty),+) => {
        $(
            impl $crate::providers::metriport::devices::model::Value for $name {
                fn read<'de, A: ::serde::de::MapAccess<'de>>(
                    map: &mut A,
                    _way: $crate::providers::metriport::devices::model::Way,
                ) -> Result<
                    $crate::providers::metriport::devices::model::Read<'de, Self>,
                    A::Error,
                > {
                    $crate::providers::metriport::devices::model::text(map)
                }

                fn write<M: ::serde::ser::SerializeMap>(
                    &self,
                    name: &'static str,
                    map: &mut M,
                ) -> Result<(), M::Error> {
                    map.serialize_entry(name, self)
                }
            }
        )+
    };
}

pub(super) use texts;

texts!(Text, TimeText);

/// Reads a text.
pub(super) fn text<'de, A: MapAccess<'de>, T: for<'a> From<&'a str>>(
    map: &mut A,
) -> Result<Read<'de, T>, A::Error> {
    leaf(map, |raw| with_text(raw, |text| Some(T::from(text))))
}

/// Boxed, so that an object that is absent costs a pointer.
impl<T: Model + Serialize> Value for Box<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A, way: Way) -> Result<Read<'de, Self>, A::Error> {
        match way {
            Way::Direct => {
                let object = map.next_value_seed(Optional(ObjectSeed::<T>::new(way)))?;
                Ok(object.map_or(Read::Null, |object| Read::Fits(Box::new(object))))
            }
            Way::Careful => leaf(map, |raw| from_json(raw.get()).map(Box::new)),
        }
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, self)
    }
}

impl<T: Model + Serialize> Value for Vec<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A, way: Way) -> Result<Read<'de, Self>, A::Error> {
        match way {
            Way::Direct => {
                let list = map.next_value_seed(Optional(ListSeed::<T>::new(way)))?;
                Ok(list.map_or(Read::Null, Read::Fits))
            }
            Way::Careful => leaf(map, |raw| list_from_json(raw.get())),
        }
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, self)
    }
}

/// Reads a documented member into its field, or keeps what does not fit.
pub(super) fn place<'de, A: MapAccess<'de>, V: Value>(
    map: &mut A,
    name: &'static str,
    field: &mut Option<V>,
    other: &mut Other,
    way: Way,
) -> Result<(), A::Error> {
    // Of a repeated member the last counts, here or there.
    *field = match V::read(map, way)? {
        Read::Fits(value) => {
            other.remove(name);
            Some(value)
        }
        Read::Null => {
            other.remove(name);
            None
        }
        Read::Odd(raw) => {
            other.insert(Text::from(name), RawJson::from_raw(raw));
            None
        }
    };
    Ok(())
}

/// Keeps a member that is not documented.
pub(super) fn keep<'de, A: MapAccess<'de>>(
    map: &mut A,
    name: &str,
    other: &mut Other,
) -> Result<(), A::Error> {
    let raw = map.next_value::<&RawValue>()?;
    other.insert(Text::from(name), RawJson::from_raw(raw));
    Ok(())
}

/// Finds a number among the members that were kept.
pub(super) fn number_of(other: &Other, name: &str) -> Option<f64> {
    number::parse(other.get(name)?.get())
}

/// Declares models: first, in brackets, the members that must be there, then the others, whose
/// fields are options. Each has its Rust name, the type of its value, and its name on the wire
/// where that is another.
macro_rules! models {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident $([
            $( $(#[$the_meta:meta])* $the_field:ident: $the_type:ty, )+
        ])? {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty $(= $wire:literal)?, )*
        }
    )+) => {
        $(
            $(#[$meta])*
            ///
            /// `Debug` prints health data.
            #[derive(Clone, Debug, PartialEq)]
            #[non_exhaustive]
            pub struct $name {
                $($( $(#[$the_meta])* pub $the_field: $the_type, )+)?
                $( $(#[$field_meta])* pub $field: Option<$type>, )*
                /// Members that are not documented here, by their names on the wire; documented
                /// ones as well, where they have another JSON type or are out of range.
                pub other: ::std::collections::BTreeMap<$crate::Text, $crate::RawJson>,
            }

            impl $name {
                /// Returns a number by the name of its member on the wire, whether it has a field
                /// or stands in `other`.
                #[must_use]
                pub fn number(&self, name: &str) -> Option<f64> {
                    use $crate::providers::metriport::devices::model::{self, Value as _};

                    let known = match name {
                        $(
                            model::wire_name!($field $($wire)?) => {
                                self.$field.as_ref().and_then(|value| value.as_number())
                            }
                        )*
                        _ => None,
                    };
                    known.or_else(|| model::number_of(&self.other, name))
                }
            }

            impl $crate::providers::metriport::devices::model::Model for $name {
                const MEMBERS: &'static [&'static str] = &[
                    $($( stringify!($the_field), )+)?
                    $( $crate::providers::metriport::devices::model::wire_name!($field $($wire)?), )*
                ];

                fn read<'de, A: ::serde::de::MapAccess<'de>>(
                    mut map: A,
                    way: $crate::providers::metriport::devices::model::Way,
                ) -> Result<Self, A::Error> {
                    use $crate::providers::metriport::devices::model;

                    $($( let mut $the_field: Option<$the_type> = None; )+)?
                    $( let mut $field: Option<$type> = None; )*
                    let mut other = model::Other::new();
                    while let Some(model::Name(name)) = map.next_key()? {
                        match &*name {
                            $($(
                                stringify!($the_field) => {
                                    let name = stringify!($the_field);
                                    model::place(&mut map, name, &mut $the_field, &mut other, way)?;
                                }
                            )+)?
                            $(
                                model::wire_name!($field $($wire)?) => {
                                    let name = model::wire_name!($field $($wire)?);
                                    model::place(&mut map, name, &mut $field, &mut other, way)?;
                                }
                            )*
                            name => model::keep(&mut map, name, &mut other)?,
                        }
                    }
                    Ok(Self {
                        $($(
                            $the_field: $the_field.ok_or_else(|| {
                                ::serde::de::Error::missing_field(stringify!($the_field))
                            })?,
                        )+)?
                        $( $field, )*
                        other,
                    })
                }

                fn is_blank(&self) -> bool {
                    // The members that must be there are there.
                    const MAY_BE: bool = [$($( stringify!($the_field), )+)? ""].len() == 1;
                    MAY_BE $( && self.$field.is_none() )*
                }
            }

            impl ::serde::Serialize for $name {
                fn serialize<S: ::serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> Result<S::Ok, S::Error> {
                    use ::serde::ser::SerializeMap as _;
                    use $crate::providers::metriport::devices::model::{self, Value as _};

                    let mut map = serializer.serialize_map(None)?;
                    $($( self.$the_field.write(stringify!($the_field), &mut map)?; )+)?
                    $(
                        if let Some(value) = &self.$field {
                            value.write(model::wire_name!($field $($wire)?), &mut map)?;
                        }
                    )*
                    for (name, value) in &self.other {
                        map.serialize_entry(name, value)?;
                    }
                    map.end()
                }
            }

            impl<'de> ::serde::Deserialize<'de> for $name {
                fn deserialize<D: ::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    $crate::providers::metriport::devices::model::deserialize(deserializer)
                }
            }
        )+
    };
}

pub(super) use models;

/// Names a member on the wire: as its field, unless said otherwise.
macro_rules! wire_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $wire:literal) => {
        $wire
    };
}

pub(super) use wire_name;

/// Reads an object for whoever asks, from JSON that may not stay.
pub(super) fn deserialize<'de, D: Deserializer<'de>, T: Model>(
    deserializer: D,
) -> Result<T, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    from_json(raw.get()).ok_or_else(|| {
        de::Error::custom("not an object, or one without a member that it must have")
    })
}
