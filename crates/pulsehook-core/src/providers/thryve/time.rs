//! Times and days, as text or as Unix time (pages "Notifications" and "Data push" at
//! docs.thryve.health, read November 2026).

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::Offset;
use serde::{Serialize, Serializer};

use crate::time::TimeText;

/// Holds a time as Thryve wrote it: text is ISO 8601, an integer is Unix time.
///
/// Serialised, it is what stood on the wire.
///
/// ```
/// use pulsehook_core::thryve::Time;
///
/// let iso = Time::Iso("2022-09-07T17:40:00Z".into());
/// assert_eq!(iso.instant(), Time::UnixMillis(1_662_572_400_000).instant());
/// assert_eq!(iso.instant(), Time::UnixSeconds(1_662_572_400).instant());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Time {
    /// ISO 8601.
    Iso(TimeText),
    /// Seconds since 1970: an integer of 9 to 11 digits.
    UnixSeconds(i64),
    /// Milliseconds since 1970: an integer of 12 to 14 digits.
    UnixMillis(i64),
}

impl Time {
    /// Returns the instant; a text without zone is UTC. Every decoded time has one.
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Iso(text) => instant(text),
            Self::UnixSeconds(seconds) => Timestamp::from_second(*seconds).ok(),
            Self::UnixMillis(millis) => Timestamp::from_millisecond(*millis).ok(),
        }
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        instant(text).map(|_| Self::Iso(TimeText::from(text)))
    }

    /// Reads the digits of an integer.
    pub(super) fn from_digits(digits: &str) -> Option<Self> {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Self::from_integer(digits.parse().ok()?)
    }

    /// Reads an integer, the number of whose digits decides between seconds and milliseconds.
    pub(super) fn from_integer(integer: u64) -> Option<Self> {
        let signed = i64::try_from(integer).ok()?;
        match integer {
            100_000_000..=99_999_999_999 => Some(Self::UnixSeconds(signed)),
            100_000_000_000..=99_999_999_999_999 => Some(Self::UnixMillis(signed)),
            _ => None,
        }
    }
}

/// Reads a date-time of ISO 8601; without zone it is UTC. A date alone is no time.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    // The day has 10 digits and hyphens, or more with a sign before the year.
    let is_usual = matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' '));
    if !is_usual && !text.contains(['T', 't', ' ']) {
        return None;
    }
    text.parse().ok().or_else(|| {
        if text.contains('[') {
            // A zone is named, which is not UTC.
            return None;
        }
        let local: civil::DateTime = text.parse().ok()?;
        Offset::UTC.to_timestamp(local).ok()
    })
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Iso(text) => text.serialize(serializer),
            Self::UnixSeconds(number) | Self::UnixMillis(number) => {
                serializer.serialize_i64(*number)
            }
        }
    }
}

/// Holds a calendar day as Thryve wrote it: a date, a time of that day, or Unix time.
///
/// Serialised, it is what stood on the wire.
///
/// ```
/// use pulsehook_core::thryve::Day;
///
/// assert_eq!(Day::Iso("2024-01-28".into()).date(), Day::UnixMillis(1_706_400_000_000).date());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Day {
    /// `YYYY-MM-DD`, perhaps with a time after it.
    Iso(TimeText),
    /// Seconds since 1970: an integer of 9 to 11 digits.
    UnixSeconds(i64),
    /// Milliseconds since 1970: an integer of 12 to 14 digits.
    UnixMillis(i64),
}

impl Day {
    /// Returns the day: the one that is written in a text, and the UTC day of Unix time, which
    /// need not be midnight. Every decoded day has one.
    #[must_use]
    pub fn date(&self) -> Option<civil::Date> {
        let instant = match self {
            Self::Iso(text) => return text.date(),
            Self::UnixSeconds(seconds) => Timestamp::from_second(*seconds),
            Self::UnixMillis(millis) => Timestamp::from_millisecond(*millis),
        };
        instant
            .ok()
            .map(|instant| Offset::UTC.to_datetime(instant).date())
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let day = TimeText::from(text);
        day.date()?;
        (text.len() == 10 || instant(text).is_some()).then_some(Self::Iso(day))
    }

    pub(super) fn from_digits(digits: &str) -> Option<Self> {
        Time::from_digits(digits).map(Self::from)
    }

    pub(super) fn from_integer(integer: u64) -> Option<Self> {
        Time::from_integer(integer).map(Self::from)
    }
}

impl From<Time> for Day {
    /// Takes the day of a time.
    fn from(time: Time) -> Self {
        match time {
            Time::Iso(text) => Self::Iso(text),
            Time::UnixSeconds(seconds) => Self::UnixSeconds(seconds),
            Time::UnixMillis(millis) => Self::UnixMillis(millis),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Iso(text) => text.serialize(serializer),
            Self::UnixSeconds(number) | Self::UnixMillis(number) => {
                serializer.serialize_i64(*number)
            }
        }
    }
}

/// Tells whether something ends before it starts.
pub(super) fn is_reversed<T: PartialOrd>(start: Option<T>, end: Option<T>) -> bool {
    matches!((start, end), (Some(start), Some(end)) if start > end)
}
