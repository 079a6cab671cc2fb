//! Times as providers write them: the text is kept, the parsed form is offered.

use std::fmt;
use std::ops::Deref;

use jiff::civil;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// Holds a date or a time as the provider wrote it.
///
/// The text is never lost. [`instant`](TimeText::instant) gives the instant when the text names
/// one without doubt, that is with `Z` or an offset; a local time is not guessed into UTC.
///
/// ```
/// use pulsehook_core::TimeText;
///
/// let when = TimeText::from("2026-02-03T04:05:06.789Z");
/// assert_eq!(when.instant().map(|instant| instant.as_millisecond()), Some(1_770_091_506_789));
///
/// let local = TimeText::from("2026-02-03T04:05:06");
/// assert_eq!(local.instant(), None);
/// assert!(local.instant_or_utc().is_some());
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeText(Text);

impl TimeText {
    /// Returns the text as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the instant, if the text is a date-time with `Z` or an offset.
    #[must_use]
    pub fn instant(&self) -> Option<jiff::Timestamp> {
        self.0.parse().ok()
    }

    /// Returns the instant, reading a date-time without offset as UTC.
    #[must_use]
    pub fn instant_or_utc(&self) -> Option<jiff::Timestamp> {
        self.instant().or_else(|| {
            let local: civil::DateTime = self.0.parse().ok()?;
            Offset::UTC.to_timestamp(local).ok()
        })
    }

    /// Returns the calendar day that stands in the text (`YYYY-MM-DD`), in whatever zone it was
    /// written.
    #[must_use]
    pub fn date(&self) -> Option<civil::Date> {
        let (day, rest) = self.0.split_at_checked(10)?;
        let rest_is_time = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
        if rest_is_time { day.parse().ok() } else { None }
    }
}

impl Deref for TimeText {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_str()
    }
}

impl From<&str> for TimeText {
    fn from(text: &str) -> Self {
        Self(Text::from(text))
    }
}

impl From<Text> for TimeText {
    fn from(text: Text) -> Self {
        Self(text)
    }
}

impl PartialEq<str> for TimeText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for TimeText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for TimeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for TimeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
