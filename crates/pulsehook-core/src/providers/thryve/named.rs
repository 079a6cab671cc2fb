//! Samples with the names and units of what their numbers mean.

use std::fmt;

use super::event::{Envelope, Event};
use super::push::DataBlock;
use super::sample::{DailySample, EpochSample, SampleValue};
use super::tables::{DataSource, DataType, Dimension, data_source, data_type};

impl EpochSample {
    /// Returns what the number of the data type means; `None` where it is not known.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        data_type(self.data_type_id, Dimension::Epoch)
    }

    /// Returns the value with its unit, to be shown; `None` where there is no value.
    #[must_use]
    pub fn value_with_unit(&self) -> Option<ValueWithUnit<'_>> {
        ValueWithUnit::new(self.value.as_ref(), self.data_type())
    }
}

impl DailySample {
    /// Returns what the number of the data type means; `None` where it is not known.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        data_type(self.data_type_id, Dimension::Daily)
    }

    /// Returns the value with its unit, to be shown; `None` where there is no value.
    #[must_use]
    pub fn value_with_unit(&self) -> Option<ValueWithUnit<'_>> {
        ValueWithUnit::new(self.value.as_ref(), self.data_type())
    }
}

impl DataBlock {
    /// Returns what the number of the source means; `None` where it is not known.
    #[must_use]
    pub fn source(&self) -> Option<DataSource> {
        data_source(self.data_source_id)
    }

    /// Walks the samples, the intraday ones first.
    pub fn samples(&self) -> impl Iterator<Item = PushedSample<'_>> {
        let epoch = self.epoch_data.iter().flatten().map(AnySample::Epoch);
        let daily = self.daily_data.iter().flatten().map(AnySample::Daily);
        epoch.chain(daily).map(|sample| PushedSample {
            block: self,
            sample,
        })
    }
}

impl Envelope<Vec<DataBlock>> {
    /// Walks the samples of all blocks, each with its source.
    pub fn samples(&self) -> impl Iterator<Item = PushedSample<'_>> {
        self.data.iter().flat_map(DataBlock::samples)
    }
}

impl Event {
    /// Returns the blocks of a push; other events have none.
    #[must_use]
    pub fn blocks(&self) -> &[DataBlock] {
        match self {
            Self::EpochCreate(it)
            | Self::EpochUpdate(it)
            | Self::DailyCreate(it)
            | Self::DailyUpdate(it) => &it.data,
            _ => &[],
        }
    }

    /// Walks the samples of a push, each with its source; other events have none.
    ///
    /// Samples that could not be decoded are in [`DataBlock::invalid_samples`].
    ///
    /// ```
    /// use pulsehook_core::{Receiver, RequestHead};
    /// use pulsehook_core::thryve::{Thryve, testing};
    ///
    /// let receiver = Receiver::new(Thryve::builder().danger_accept_unauthenticated().build()?);
    /// let request = testing::unsigned(
    ///     r#"{"endUserId":"u-5512","type":"event.data.epoch.create","data":{"dataSourceId":5,
    ///         "epochData":[{"startTimestamp":1706425200000,"dataTypeId":3000,"value":61.50}]}}"#,
    /// );
    /// let headers = request.headers();
    /// let head = RequestHead::new("POST", "/hooks/thryve", &headers);
    /// let outcome = receiver.receive(head, request.body().clone())?;
    /// let delivery = outcome.accepted().ok_or("Thryve sends no probe")?;
    ///
    /// let mut lines = Vec::new();
    /// for sample in delivery.events().iter().flat_map(|event| event.samples()) {
    ///     let source = sample.block.source().map_or("a source", |source| source.name);
    ///     let name = sample.data_type().map_or("a value", |data_type| data_type.name);
    ///     if let Some(value) = sample.value_with_unit() {
    ///         lines.push(format!("{source}: {name} {value}"));
    ///     }
    /// }
    /// assert_eq!(lines, ["Apple Health: HeartRate 61.50 bpm"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn samples(&self) -> impl Iterator<Item = PushedSample<'_>> {
        self.blocks().iter().flat_map(DataBlock::samples)
    }
}

/// Is a sample with the block that it stands in, which names its source.
///
/// `Debug` prints health data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PushedSample<'e> {
    /// The block.
    pub block: &'e DataBlock,
    /// The sample.
    pub sample: AnySample<'e>,
}

/// Is a sample of either dimension.
///
/// `Debug` prints health data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "Thryve has these two kinds of values"
)]
pub enum AnySample<'e> {
    /// An intraday value.
    Epoch(&'e EpochSample),
    /// A daily value.
    Daily(&'e DailySample),
}

impl<'e> PushedSample<'e> {
    /// Returns which kind of values it belongs to.
    #[must_use]
    pub fn dimension(&self) -> Dimension {
        match self.sample {
            AnySample::Epoch(_) => Dimension::Epoch,
            AnySample::Daily(_) => Dimension::Daily,
        }
    }

    /// Returns the number of the data type.
    #[must_use]
    pub fn data_type_id(&self) -> i64 {
        match self.sample {
            AnySample::Epoch(it) => it.data_type_id,
            AnySample::Daily(it) => it.data_type_id,
        }
    }

    /// Returns what the number of the data type means; `None` where it is not known.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        data_type(self.data_type_id(), self.dimension())
    }

    /// Returns the value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&'e SampleValue> {
        match self.sample {
            AnySample::Epoch(it) => it.value.as_ref(),
            AnySample::Daily(it) => it.value.as_ref(),
        }
    }

    /// Returns the value with its unit, to be shown; `None` where there is no value.
    #[must_use]
    pub fn value_with_unit(&self) -> Option<ValueWithUnit<'e>> {
        ValueWithUnit::new(self.value(), self.data_type())
    }
}

/// Shows a value with its unit: `61.50 bpm`.
///
/// A number has the digits that it was written with. What is no number has no unit, and neither
/// has a number that only counts. `Debug` and `Display` print health data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueWithUnit<'e> {
    /// The value.
    pub value: &'e SampleValue,
    /// The unit, where it is known and the value is a number.
    pub unit: Option<&'static str>,
}

impl<'e> ValueWithUnit<'e> {
    pub(super) fn new(value: Option<&'e SampleValue>, of: Option<DataType>) -> Option<Self> {
        let value = value?;
        let is_number = matches!(value, SampleValue::Number(_));
        Some(Self {
            value,
            unit: of.and_then(|it| it.unit_of_measure()).filter(|_| is_number),
        })
    }
}

impl fmt::Display for ValueWithUnit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            SampleValue::Number(number) => f.write_str(number.as_str())?,
            SampleValue::Text(text) => f.write_str(text)?,
            SampleValue::Date(time) => f.write_str(time)?,
            SampleValue::Flag(flag) => write!(f, "{flag}")?,
            SampleValue::Other(json) => f.write_str(json.get())?,
        }
        match self.unit {
            Some(unit) => write!(f, " {unit}"),
            None => Ok(()),
        }
    }
}
