//! `event.data.*`: the values themselves. Page "Data push" at docs.thryve.health, read November
//! 2026.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::context::Context;
use super::members::{Member, Others, Wrong, lenient, name_of, number, object, required, text};
use super::quick::ReadQuickly;
use super::sample::{DailySample, EpochSample, InvalidSample, Sample};
use super::tables::Dimension;
use crate::json::invalid_field;
use crate::text::{RawJson, Text};

/// Holds the values of one source.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DataBlock {
    /// The source; [`data_source`](super::data_source) names it.
    pub data_source_id: i64,
    /// The source's name, as Thryve gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_source_name: Option<Text>,
    /// Intraday values, if the list is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch_data: Option<Vec<EpochSample>>,
    /// Daily values, if the list is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_data: Option<Vec<DailySample>>,
    /// Samples of both lists that could not be decoded: those of `epochData`, then those of
    /// `dailyData`, each in the order of their list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invalid_samples: Vec<InvalidSample>,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

/// Reads the blocks of `data`, which is one block or an array of them; `None` for `null`.
pub(super) struct ReadBlocks<'c>(pub(super) &'c Context);

impl<'de> DeserializeSeed<'de> for ReadBlocks<'_> {
    type Value = Option<Vec<DataBlock>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadBlocks<'_> {
    type Value = Option<Vec<DataBlock>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block or an array of blocks")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Some(vec![ReadBlock(self.0).visit_map(map)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut blocks = Vec::new();
        while let Some(block) = items.next_element_seed(ReadBlock(self.0))? {
            self.0.count()?;
            blocks.push(block);
        }
        Ok(Some(blocks))
    }
}

struct ReadBlock<'c>(&'c Context);

impl<'de> DeserializeSeed<'de> for ReadBlock<'_> {
    type Value = DataBlock;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<DataBlock, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReadBlock<'_> {
    type Value = DataBlock;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DataBlock, A::Error> {
        const SOURCE: &str = "dataSourceId";
        const SOURCE_NAME: &str = "dataSourceName";

        let context = self.0;
        let mut source: Member<'de> = None;
        let mut source_name: Member<'de> = None;
        let mut epoch_data = None;
        let mut daily_data = None;
        let mut invalid_samples = Vec::new();
        let mut others = Others::default();
        while let Some(key) = map.next_key::<&RawValue>()? {
            let name = name_of(key);
            match &*name {
                SOURCE => put(&mut source, SOURCE, map.next_value()?)?,
                SOURCE_NAME => put(&mut source_name, SOURCE_NAME, map.next_value()?)?,
                Dimension::EPOCH_DATA => {
                    let samples = map.next_value_seed(ReadSamples::new(context))?;
                    put(&mut epoch_data, Dimension::EPOCH_DATA, samples)?;
                }
                Dimension::DAILY_DATA => {
                    let samples = map.next_value_seed(ReadSamples::new(context))?;
                    put(&mut daily_data, Dimension::DAILY_DATA, samples)?;
                }
                _ => {
                    let value = map.next_value()?;
                    if !context.skipped().contains(&&*name) {
                        others.keep(key.get(), value);
                    }
                }
            }
        }
        if context.is_flat() && source.is_none() && epoch_data.is_none() && daily_data.is_none() {
            return Err(A::Error::missing_field("data"));
        }
        let epoch_data = epoch_data.flatten().map(|(samples, invalid): (_, Vec<_>)| {
            invalid_samples.extend(invalid);
            samples
        });
        let daily_data = daily_data.flatten().map(|(samples, invalid): (_, Vec<_>)| {
            invalid_samples.extend(invalid);
            samples
        });
        Ok(DataBlock {
            data_source_id: required(source, SOURCE, number).map_err(Wrong::into_error)?,
            data_source_name: lenient(source_name, SOURCE_NAME, &mut others, text),
            epoch_data,
            daily_data,
            invalid_samples,
            other: others.finish(),
        })
    }
}

/// Fills a place that must be empty.
fn put<T, E: Error>(place: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(invalid_field(name)),
    }
}

/// The samples of a list and those that are wrong; `None` for `null`.
type Samples<S> = Option<(Vec<S>, Vec<InvalidSample>)>;

/// Reads a list of samples; a wrong one never costs its siblings.
struct ReadSamples<'c, S> {
    context: &'c Context,
    sample: PhantomData<S>,
}

impl<'c, S> ReadSamples<'c, S> {
    fn new(context: &'c Context) -> Self {
        Self {
            context,
            sample: PhantomData,
        }
    }
}

impl<'de, S: Sample> DeserializeSeed<'de> for ReadSamples<'_, S> {
    type Value = Samples<S>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Samples<S>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Sample> Visitor<'de> for ReadSamples<'_, S> {
    type Value = Samples<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of samples")
    }

    fn visit_unit<E: Error>(self) -> Result<Samples<S>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Samples<S>, A::Error> {
        let context = self.context;
        let mut samples = Vec::new();
        let mut invalid = Vec::new();
        if context.is_careful() {
            let mut index = 0;
            while let Some(raw) = items.next_element::<&RawValue>()? {
                context.count()?;
                match object(raw).map_or(Err(None), |it| S::from_object(it).map_err(Some)) {
                    Ok(sample) => samples.push(sample),
                    Err(field) => invalid.push(InvalidSample {
                        dimension: S::DIMENSION,
                        index,
                        field,
                        raw: RawJson::from_raw(raw),
                    }),
                }
                index += 1;
            }
        } else {
            context.begin_samples();
            while let Some(sample) = items.next_element_seed(ReadQuickly::new())? {
                context.count()?;
                samples.push(sample);
            }
        }
        Ok(Some((samples, invalid)))
    }
}
