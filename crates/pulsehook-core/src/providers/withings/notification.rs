//! What notifications hold: user, time window, day or instant, device (guide "Notification
//! content" at developer.withings.com, read November 2026).

use jiff::{Timestamp, civil};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::parameters::Parameters;
use crate::text::Text;

/// Says that something changed for a user; the values must be fetched.
///
/// It is the same for all categories, since some send less or more than is documented. The
/// documentation names window, or date and device, for each; for categories 58, 60, 61 and 62 one
/// page names neither.
///
/// Serialised, what is absent is left out. `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Notification {
    /// The user (`userid`).
    pub user_id: u64,
    /// The window of the data (`startdate` and `enddate`).
    #[serde(skip_serializing_if = "Window::is_empty")]
    pub window: Window,
    /// The day of the data, usual in category 16, or the instant of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<DayOrInstant>,
    /// The device that caused the event (`deviceid`); 40 hexadecimal digits in the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Text>,
    /// All other parameters but `appli`.
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    pub other: Parameters,
}

/// Says that a device was set up without an account that belongs to it (53).
///
/// Serialised, what is absent is left out. `Debug` prints all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeviceSetUp {
    /// The device's address, for example `00:24:e4:0a:0b:0c`; never empty.
    pub mac: Text,
    /// The user; none is documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u64>,
    /// All other parameters but `appli`.
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    pub other: Parameters,
}

crate::string_enum! {
    /// Says what happened to a user's profile.
    pub enum Action {
        /// The account was deleted. Expect the stored tokens to be refused.
        Delete = "delete",
        /// The link between user and application was removed. Expect the stored tokens to be
        /// refused.
        Unlink = "unlink",
        /// Data of the profile changed.
        Update = "update",
    }
}

/// Says that a user's profile changed, or that the user is gone (46).
///
/// Serialised, what is absent is left out. `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProfileChange {
    /// The user (`userid`).
    pub user_id: u64,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// All other parameters but `appli`.
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    pub other: Parameters,
}

/// Holds the window of a notification as it was received: both ends, one of them, or none.
///
/// A window of no length, or of some seconds, is usual. Whether the end belongs to it is not
/// documented; to fetch one second more does no harm. Cap a window before fetching: 31 days are
/// enough in practice.
///
/// Serialised, it has `start` and `end`, as far as they are there, and `reversed`, which is `true`,
/// only where that is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Window {
    /// The start (`startdate`).
    pub start: Option<Timestamp>,
    /// The end (`enddate`).
    pub end: Option<Timestamp>,
}

impl Window {
    /// Tells whether there is neither start nor end.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start.is_none() && self.end.is_none()
    }

    /// Tells whether both ends are there and the end lies before the start. Such a window is
    /// invalid; its ends are kept as they were received.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        matches!((self.start, self.end), (Some(start), Some(end)) if end < start)
    }

    /// Returns start and end of a window that is complete and valid.
    #[must_use]
    pub fn bounds(&self) -> Option<(Timestamp, Timestamp)> {
        let bounds = self.start.zip(self.end);
        bounds.filter(|_| !self.is_reversed())
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(start) = &self.start {
            map.serialize_entry("start", start)?;
        }
        if let Some(end) = &self.end {
            map.serialize_entry("end", end)?;
        }
        if self.is_reversed() {
            map.serialize_entry("reversed", &true)?;
        }
        map.end()
    }
}

/// Holds a `date`, which is a calendar day or an instant, as its form tells.
///
/// Serialised, it is `YYYY-MM-DD` or an instant in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum DayOrInstant {
    /// A calendar day, in the user's time zone, which is not told.
    Day(civil::Date),
    /// An instant, which was given in Unix seconds.
    Instant(Timestamp),
}

impl DayOrInstant {
    /// Returns the day, unless it is an instant.
    #[must_use]
    pub fn day(&self) -> Option<civil::Date> {
        match self {
            Self::Day(day) => Some(*day),
            Self::Instant(_) => None,
        }
    }

    /// Returns the instant, unless it is a day.
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Day(_) => None,
            Self::Instant(instant) => Some(*instant),
        }
    }
}
