//! Queries of a collection. Guides "Data synchronization" and "Patterns and conventions" at
//! reference.humanapi.co, read November 2026.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::follow_up::Call;

/// Asks for a user's records of one kind, page by page; [`Api::next_page`](super::Api::next_page)
/// reads which page comes next.
///
/// ```
/// use pulsehook_core::human_api::{Api, EndpointKind};
/// use pulsehook_core::jiff::Timestamp;
///
/// let call = Api::new()
///     .collection(&EndpointKind::SleepSummary, "a-human-id")?
///     .with_updated(Some("2026-02-03T04:05:06.789Z".parse()?), None)
///     .into_call();
/// assert_eq!(call.query().get("updated_since"), Some("20260203T040506Z"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CollectionQuery(Call);

impl CollectionQuery {
    pub(super) fn new(call: Call) -> Self {
        Self(call)
    }

    /// Sets how many records one page holds: 1 to 500, and what lies beyond is taken to the nearest
    /// of these; 50 if it is not set.
    pub fn with_limit(self, limit: u16) -> Self {
        self.with("limit", limit.clamp(1, 500).to_string())
    }

    /// Passes over a number of records.
    pub fn with_offset(self, offset: u64) -> Self {
        self.with("offset", offset.to_string())
    }

    /// Asks for records that were created since one instant, before another, or both. Fractions of
    /// a second are cut off.
    pub fn with_created(self, since: Option<Timestamp>, before: Option<Timestamp>) -> Self {
        self.with_some("created_since", since.map(stamp))
            .with_some("created_before", before.map(stamp))
    }

    /// Asks for records that were updated since one instant, before another, or both. Fractions of
    /// a second are cut off.
    pub fn with_updated(self, since: Option<Timestamp>, before: Option<Timestamp>) -> Self {
        self.with_some("updated_since", since.map(stamp))
            .with_some("updated_before", before.map(stamp))
    }

    /// Asks for records of a period of days; the API wants both ends.
    pub fn with_days(self, start: Date, end: Date) -> Self {
        self.with("start_date", start.to_string())
            .with("end_date", end.to_string())
    }

    /// Asks for records of one source.
    pub fn with_source(self, source: &str) -> Self {
        self.with("source", source.to_owned())
    }

    /// Returns the call.
    #[must_use]
    pub fn into_call(self) -> Call {
        self.0
    }

    fn with(self, name: &'static str, value: String) -> Self {
        Self(self.0.with_query(name, value))
    }

    fn with_some(self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// Writes an instant as queries have it: `YYYYMMDDTHHmmssZ`.
pub(super) fn stamp(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}
