//! Groups of measures, which "Measure – Getmeas" brings (API reference at
//! developer.withings.com, read November 2026).

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::lenient::{self, Object, integer, seconds, text};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::providers::withings::decimal::Decimal;
use crate::providers::withings::measure_type::{MeasureType, measure_type};
use crate::text::{RawJson, Text};

/// Holds what Getmeas brought.
///
/// A member of another kind than the documented one is in `other`, here and in all that it holds.
/// Serialised, it has the member names of the wire, `invalid_measuregrps` and `other`; times are
/// written as instants in UTC, and what is absent or empty is left out.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Measures {
    /// The time of the answer (`updatetime`).
    #[serde(rename = "updatetime", skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The name of the user's time zone (`timezone`).
    #[serde(rename = "timezone", skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Text>,
    /// The groups (`measuregrps`).
    #[serde(rename = "measuregrps")]
    pub groups: Vec<MeasureGroup>,
    /// Items among the groups that are none: no object, or one without a list of measures, or
    /// with one of more than 64 that are shorter than a measure can be.
    #[serde(rename = "invalid_measuregrps", skip_serializing_if = "Vec::is_empty")]
    pub invalid_groups: Vec<RawJson>,
    /// All other members; for `more` and `offset` see [`Answer::next_offset`].
    ///
    /// [`Answer::next_offset`]: super::Answer::next_offset
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<Text, RawJson>,
}

impl Measures {
    /// Walks the measures of a type, each with its group.
    pub fn of_type(&self, number: u32) -> impl Iterator<Item = (&MeasureGroup, &Measure)> {
        self.groups.iter().flat_map(move |group| {
            let measures = group.of_type(number);
            measures.map(move |measure| (group, measure))
        })
    }

    pub(super) fn read(body: &str) -> Result<Self, DecodeError> {
        let shape = || DecodeError::new(DecodeErrorKind::Shape);
        let mut object = Object::read(body).ok_or_else(shape)?;
        let name = "measuregrps";
        let Some(groups) = object.get(name) else {
            return Err(DecodeError::missing_field(name));
        };
        let (groups, invalid_groups) = lenient::list(name, groups, MeasureGroup::read)?;
        object.take(name, |_| Some(()));
        // The answer itself gives these two.
        object.take("more", lenient::truth);
        object.take("offset", integer::<i64>);
        Ok(Self {
            updated_at: object.take("updatetime", seconds),
            time_zone: object.take("timezone", text),
            groups,
            invalid_groups,
            other: object.rest(),
        })
    }
}

/// Holds measures that were taken together.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MeasureGroup {
    /// The id of the group (`grpid`).
    #[serde(rename = "grpid", skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// How the values came to be, and whose they are (`attrib`).
    #[serde(rename = "attrib", skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// When it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Timestamp>,
    /// When the group was made on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When the group last changed on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Whether it was measured, or is a goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<GroupCategory>,
    /// The device (`deviceid`).
    #[serde(rename = "deviceid", skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Text>,
    /// The device, as a hash (`hash_deviceid`).
    #[serde(rename = "hash_deviceid", skip_serializing_if = "Option::is_none")]
    pub hash_device_id: Option<Text>,
    /// The name of the time zone (`timezone`).
    #[serde(rename = "timezone", skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Text>,
    /// The measures.
    pub measures: Vec<Measure>,
    /// Items among the measures that lack value, type or unit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invalid_measures: Vec<RawJson>,
    /// All other members.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<Text, RawJson>,
}

impl MeasureGroup {
    /// Walks the measures of a type; there are several where each is of another part of the body.
    pub fn of_type(&self, number: u32) -> impl Iterator<Item = &Measure> {
        let measures = self.measures.iter();
        measures.filter(move |measure| measure.type_number == number)
    }

    fn read(raw: &RawValue) -> Option<Self> {
        let mut object = Object::read(raw.get())?;
        // A group without measures is none, nor is one with too many of them.
        let name = "measures";
        let measures = object.take(name, |raw| lenient::list(name, raw, Measure::read).ok());
        let (measures, invalid_measures) = measures?;
        Some(Self {
            id: object.take("grpid", integer),
            attribution: object.take("attrib", |raw| integer::<i64>(raw).map(Attribution::from)),
            date: object.take("date", seconds),
            created: object.take("created", seconds),
            modified: object.take("modified", seconds),
            category: object.take("category", |raw| {
                integer::<i64>(raw).map(GroupCategory::from)
            }),
            device_id: object.take("deviceid", text),
            hash_device_id: object.take("hash_deviceid", text),
            time_zone: object.take("timezone", text),
            measures,
            invalid_measures,
            other: object.rest(),
        })
    }
}

/// Holds one measure, whose real value is `value` × 10^`unit`.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Measure {
    /// The value, to be multiplied by a power of ten, see [`decimal`](Measure::decimal).
    pub value: i64,
    /// What was measured (`type`), see [`measure_type`](Measure::measure_type).
    #[serde(rename = "type")]
    pub type_number: u32,
    /// The exponent of ten.
    pub unit: i32,
    /// The algorithm; the documentation does not say more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algo: Option<i64>,
    /// `fm`; the documentation does not say what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fm: Option<i64>,
    /// The part of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// All other members.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<Text, RawJson>,
}

impl Measure {
    /// Returns the real value, exactly.
    #[must_use]
    pub fn decimal(&self) -> Decimal {
        Decimal::new(self.value, self.unit)
    }

    /// Returns the real value with its unit, to be printed: `65.750 kg`.
    #[must_use]
    pub fn amount(&self) -> Amount {
        Amount {
            decimal: self.decimal(),
            unit: self.measure_type().and_then(|it| it.unit),
        }
    }

    /// Returns what is known of the type.
    #[must_use]
    pub fn measure_type(&self) -> Option<MeasureType> {
        measure_type(self.type_number)
    }

    /// Returns what was measured, in words.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.measure_type().map(|it| it.name)
    }

    fn read(raw: &RawValue) -> Option<Self> {
        let mut object = Object::read(raw.get())?;
        Some(Self {
            value: object.take("value", integer)?,
            type_number: object.take("type", integer)?,
            unit: object.take("unit", integer)?,
            algo: object.take("algo", integer),
            fm: object.take("fm", integer),
            position: object.take("position", integer),
            other: object.rest(),
        })
    }
}

/// Is a number with its unit. `Display` and `Debug` print both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Amount {
    /// The number.
    pub decimal: Decimal,
    /// The unit; `None` where the documentation states none, or the measure type is not known.
    pub unit: Option<&'static str>,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Some(unit) => write!(f, "{} {unit}", self.decimal),
            None => write!(f, "{}", self.decimal),
        }
    }
}

/// Declares an enum of numbers that keeps the unknown ones.
macro_rules! numbers {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $number:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// Another number than the documented ones.
            Other(i64),
        }

        impl $name {
            /// Returns the number on the wire.
            #[must_use]
            pub fn number(self) -> i64 {
                match self {
                    $( Self::$variant => $number, )+
                    Self::Other(number) => number,
                }
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                match number {
                    $( $number => Self::$variant, )+
                    _ => Self::Other(number),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.number())
            }
        }
    };
}

numbers! {
    /// Says how the values of a group came to be, and whose they are. Serialised, it is the number.
    pub enum Attribution {
        /// A device measured it, and the user is known (0).
        Device = 0,
        /// A device measured it, and the user is not certain (1).
        DeviceUserUncertain = 1,
        /// The user typed it in (2).
        TypedIn = 2,
        /// The user typed it in when the account was made (4).
        TypedInAtCreation = 4,
        /// The best of several readings of the blood pressure, chosen automatically (5).
        Automatic = 5,
        /// The user confirmed it (7).
        Confirmed = 7,
        /// The same as 0 (8).
        SameAsDevice = 8,
        /// It was measured under guided conditions, for the health of nerves (15).
        Guided = 15,
    }
}

numbers! {
    /// Says whether a group was measured. Serialised, it is the number.
    pub enum GroupCategory {
        /// It was measured (1).
        Measured = 1,
        /// It is a goal of the user (2).
        Goal = 2,
    }
}
