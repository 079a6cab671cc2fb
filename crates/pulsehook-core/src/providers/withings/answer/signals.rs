//! Recordings, which "Heart v2 – List" and "Stetho v2 – List" name (API reference at
//! developer.withings.com, read November 2026).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::lenient::{self, Object, integer, text};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::text::{RawJson, Text};

/// Holds what Heart List, or Stetho List, brought.
///
/// A member of another kind than the documented one is in `other`, here and in all that it holds.
/// Serialised, it has the member names of the wire, `invalid_series` and `other`; what is absent or
/// empty is left out.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SignalList {
    /// The recordings (`series`).
    #[serde(rename = "series")]
    pub records: Vec<SignalRecord>,
    /// Items among them that are none.
    #[serde(rename = "invalid_series", skip_serializing_if = "Vec::is_empty")]
    pub invalid_records: Vec<RawJson>,
    /// All other members; for `more` and `offset` see [`Answer::next_offset`].
    ///
    /// [`Answer::next_offset`]: super::Answer::next_offset
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<Text, RawJson>,
}

impl SignalList {
    /// Walks the ids of the signals, for [`Api::heart_gets`](super::super::Api::heart_gets).
    pub fn signal_ids(&self) -> impl Iterator<Item = &Text> {
        let records = self.records.iter();
        records.filter_map(|record| record.signal_id.as_ref())
    }

    pub(super) fn read(body: &str) -> Result<Self, DecodeError> {
        let shape = || DecodeError::new(DecodeErrorKind::Shape);
        let mut object = Object::read(body).ok_or_else(shape)?;
        let name = "series";
        let Some(series) = object.get(name) else {
            return Err(DecodeError::missing_field(name));
        };
        let (records, invalid_records) = lenient::list(name, series, SignalRecord::read)?;
        object.take(name, |_| Some(()));
        // The answer itself gives these two.
        object.take("more", lenient::truth);
        object.take("offset", integer::<i64>);
        Ok(Self {
            records,
            invalid_records,
            other: object.rest(),
        })
    }
}

/// Holds one recording, without its signal.
///
/// Serialised, `signalid` and `afib` stand beside `ecg`. `Debug` prints health data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SignalRecord {
    /// The id by which the signal is fetched: `ecg.signalid`, or `signalid` where it is not in
    /// there. Of a number, its digits.
    #[serde(rename = "signalid", skip_serializing_if = "Option::is_none")]
    pub signal_id: Option<Text>,
    /// What is told of atrial fibrillation (`ecg.afib`), a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub afib: Option<i64>,
    /// The other members of `ecg`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ecg: BTreeMap<Text, RawJson>,
    /// All other members.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<Text, RawJson>,
}

impl SignalRecord {
    fn read(raw: &RawValue) -> Option<Self> {
        let signal_id = |raw: &RawValue| text(raw).filter(|id| !id.is_empty());
        let mut object = Object::read(raw.get())?;
        let mut record = Self::default();
        if let Some(mut ecg) = object.take("ecg", |raw| Object::read(raw.get())) {
            record.signal_id = ecg.take("signalid", signal_id);
            record.afib = ecg.take("afib", integer);
            record.ecg = ecg.rest();
        }
        if record.signal_id.is_none() {
            record.signal_id = object.take("signalid", signal_id);
        }
        // Without an id there is nothing to fetch.
        record.signal_id.as_ref()?;
        record.other = object.rest();
        Some(record)
    }
}
