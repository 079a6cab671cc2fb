//! What reads names, objects and lists of device data from a stream.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::model::{Model, Way, from_json};

/// The name of a member, borrowed where it can be.
pub(super) struct Name<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

/// Reads an object.
pub(super) struct ObjectSeed<T> {
    way: Way,
    object: PhantomData<T>,
}

impl<T> ObjectSeed<T> {
    pub(super) fn new(way: Way) -> Self {
        Self {
            way,
            object: PhantomData,
        }
    }
}

impl<'de, T: Model> DeserializeSeed<'de> for ObjectSeed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Model> Visitor<'de> for ObjectSeed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(map, self.way)
    }
}

/// Reads a list of objects.
pub(super) struct ListSeed<T> {
    way: Way,
    objects: PhantomData<T>,
}

impl<T> ListSeed<T> {
    pub(super) fn new(way: Way) -> Self {
        Self {
            way,
            objects: PhantomData,
        }
    }
}

impl<'de, T: Model> DeserializeSeed<'de> for ListSeed<T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Model> Visitor<'de> for ListSeed<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
        let next = |elements: &mut A| match self.way {
            Way::Direct => elements.next_element_seed(ObjectSeed::new(self.way)),
            Way::Careful => {
                let raw = elements.next_element::<&RawValue>()?;
                let read = |raw: &RawValue| from_json(raw.get()).ok_or_else(of_another_shape);
                raw.map(read).transpose()
            }
        };
        let mut list = Vec::new();
        while let Some(object) = next(&mut elements)? {
            // A short text can hold so many of these that they take a hundred times its size.
            if T::is_blank(&object) {
                return Err(of_another_shape());
            }
            list.push(object);
        }
        list.shrink_to_fit();
        Ok(list)
    }
}

fn of_another_shape<E: de::Error>() -> E {
    E::custom("of another shape")
}

/// Reads what may be `null`.
pub(super) struct Optional<S>(pub(super) S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Optional<S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Optional<S> {
    type Value = Option<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a list or `null`")
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}
