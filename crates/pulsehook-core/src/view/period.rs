//! Periods of data: of instants or of calendar days.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// Holds the period of some data.
///
/// Days are the user's, in a time zone that the event does not name. To make instants of them is
/// the application's decision.
///
/// ```
/// use pulsehook_core::jiff::civil::date;
/// use pulsehook_core::view::Period;
///
/// let weekend = Period::days(Some(date(2024, 1, 27)), Some(date(2024, 1, 28)));
/// assert!(weekend.is_some());
/// let reversed = Period::days(Some(date(2024, 1, 28)), Some(date(2024, 1, 27)));
/// assert_eq!(reversed, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "instants and calendar days are all there is"
)]
pub enum Period {
    /// From an instant to another. Whether the end belongs to it, providers do not say.
    Instants(Span<Timestamp>),
    /// From a day to another, both included.
    Days(Span<Date>),
}

impl Period {
    /// Makes a period of instants; `None` where both are absent, or the end lies before the start.
    #[must_use]
    pub fn instants(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<Self> {
        Span::new(start, end).map(Self::Instants)
    }

    /// Makes a period of days; `None` where both are absent, or the last lies before the first.
    #[must_use]
    pub fn days(first: Option<Date>, last: Option<Date>) -> Option<Self> {
        Span::new(first, last).map(Self::Days)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn entries<T: Copy + Serialize, S: Serializer>(
            serializer: S,
            span: Span<T>,
            names: [&str; 2],
        ) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for (name, value) in names.into_iter().zip([span.start, span.end]) {
                if let Some(value) = value {
                    map.serialize_entry(name, &value)?;
                }
            }
            map.end()
        }

        match *self {
            Self::Instants(span) => entries(serializer, span, ["start", "end"]),
            Self::Days(span) => entries(serializer, span, ["first_day", "last_day"]),
        }
    }
}

/// Holds start and end of a period, one of which may be absent. The end is never before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span<T> {
    start: Option<T>,
    end: Option<T>,
}

impl<T: Copy + PartialOrd> Span<T> {
    /// Makes a span; `None` where both are absent, or the end lies before the start.
    #[must_use]
    pub fn new(start: Option<T>, end: Option<T>) -> Option<Self> {
        match (start, end) {
            (None, None) => None,
            (Some(start), Some(end)) if end < start => None,
            _ => Some(Self { start, end }),
        }
    }

    /// Returns the start.
    #[must_use]
    pub fn start(&self) -> Option<T> {
        self.start
    }

    /// Returns the end.
    #[must_use]
    pub fn end(&self) -> Option<T> {
        self.end
    }

    /// Returns both, where both are there.
    #[must_use]
    pub fn bounds(&self) -> Option<(T, T)> {
        self.start.zip(self.end)
    }
}
