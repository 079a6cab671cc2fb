//! Reading of answers by what a value says, not by how it is written: numbers may be texts, and a
//! member of another kind is kept as it is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::error::{DecodeError, DecodeErrorKind};
use crate::json::from_body;
use crate::json::members::with_text;
use crate::text::{RawJson, Text};

/// Members of an object; of those with the same name, the last.
pub(super) struct Object<'j>(BTreeMap<Text, &'j RawValue>);

impl<'j> Object<'j> {
    /// Reads a whole body.
    pub(super) fn of_body(body: &'j [u8]) -> Result<Self, DecodeError> {
        from_body(body).map(Self)
    }

    pub(super) fn read(json: &'j str) -> Option<Self> {
        // Looked at first, because an error of the parser is not cheap.
        let is_object = json.starts_with('{');
        is_object.then(|| serde_json::from_str(json).ok().map(Self))?
    }

    pub(super) fn get(&self, name: &str) -> Option<&'j RawValue> {
        self.0.get(name).copied()
    }

    /// Takes a member away if it can be read, or is `null`; otherwise it stays.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'j RawValue) -> Option<T>,
    ) -> Option<T> {
        let raw = self.get(name)?;
        let value = read(raw);
        if value.is_some() || raw.get() == "null" {
            self.0.remove(name);
        }
        value
    }

    /// Keeps what was not taken.
    pub(super) fn rest(self) -> BTreeMap<Text, RawJson> {
        let members = self.0.into_iter();
        members
            .map(|(name, raw)| (name, RawJson::from_raw(raw)))
            .collect()
    }
}

/// Reads the items of a list, the member `name`, and keeps those that cannot be read.
///
/// Items that are short in JSON can be large in memory: [`Object::rest`] alone can take several
/// hundred bytes. So a list may hold 64, and one more for each 28 bytes; a measure takes 30.
pub(super) fn list<T>(
    name: &'static str,
    raw: &RawValue,
    read: impl Fn(&RawValue) -> Option<T>,
) -> Result<(Vec<T>, Vec<RawJson>), DecodeError> {
    let json = raw.get();
    let items: Vec<&RawValue> =
        serde_json::from_str(json).map_err(|_| DecodeError::invalid_field(name))?;
    if items.len() > 64 + json.len() / 28 {
        return Err(DecodeError::new(DecodeErrorKind::TooLarge));
    }
    let (mut known, mut others) = (Vec::new(), Vec::new());
    for item in items {
        match read(item) {
            Some(item) => known.push(item),
            None => others.push(RawJson::from_raw(item)),
        }
    }
    Ok((known, others))
}

/// Reads an integer: a number, or a text that is one; zeros may follow a point.
pub(super) fn integer<T: TryFrom<i64>>(raw: &RawValue) -> Option<T> {
    let number = with_text(raw, of_text).or_else(|| of_text(raw.get()));
    number.and_then(|number| T::try_from(number).ok())
}

fn of_text(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_whole = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    is_whole.then(|| crate::providers::withings::decode::signed(whole))?
}

/// Reads yes or no: `true` and `false`, or 1 and 0.
pub(super) fn truth(raw: &RawValue) -> Option<bool> {
    let word = |text: &str| match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let number = || match integer(raw)? {
        0_i64 => Some(false),
        1 => Some(true),
        _ => None,
    };
    with_text(raw, word)
        .or_else(|| word(raw.get()))
        .or_else(number)
}

/// Reads Unix seconds.
pub(super) fn seconds(raw: &RawValue) -> Option<Timestamp> {
    Timestamp::from_second(integer(raw)?).ok()
}

/// Reads a text; of a number, its digits.
pub(super) fn text(raw: &RawValue) -> Option<Text> {
    let json = raw.get();
    let is_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if is_number {
        return Some(Text::from(json));
    }
    with_text(raw, |text| Some(Text::from(text)))
}
