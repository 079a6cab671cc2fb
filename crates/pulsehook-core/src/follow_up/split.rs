//! Periods that are longer than one call may ask for.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::FollowUpError;

/// How many calls one event may be split into by default.
///
/// The sender names the period; without a limit one event could ask for thousands of calls.
pub const MOST_CALLS: usize = 100;

/// Splits a period of instants into pieces of at most a given length; each starts where the one
/// before ends.
///
/// A period of no length is one piece, and one that ends before it starts has none.
///
/// # Errors
///
/// Returns [`FollowUpError::TooManyCalls`], which names the call, for more than `limit` pieces.
/// Pieces of no length, or less, are always too many.
///
/// ```
/// use pulsehook_core::follow_up::split_instants;
/// use pulsehook_core::jiff::{SignedDuration, Timestamp};
///
/// let hours = |hours: i64| Timestamp::from_second(hours * 3600);
/// let pieces = split_instants("call", (hours(0)?, hours(36)?), SignedDuration::from_hours(24), 9)?;
/// assert_eq!(pieces, [(hours(0)?, hours(24)?), (hours(24)?, hours(36)?)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn split_instants(
    call: &'static str,
    (start, end): (Timestamp, Timestamp),
    longest: SignedDuration,
    limit: usize,
) -> Result<Vec<(Timestamp, Timestamp)>, FollowUpError> {
    if start < end && longest <= SignedDuration::ZERO {
        return Err(FollowUpError::TooManyCalls { call, limit });
    }
    let longest = longest.max(SignedDuration::ZERO);
    split(call, limit, (start, end), |start| {
        let full = start.checked_add(longest).unwrap_or(Timestamp::MAX);
        let stop = full.min(end);
        (stop, (stop < end).then_some(stop))
    })
}

/// Splits a period of days, both included, into pieces of at most a given number of days, but no
/// less than one.
///
/// A period that ends before it starts has no pieces.
///
/// # Errors
///
/// Returns [`FollowUpError::TooManyCalls`], which names the call, for more than `limit` pieces.
///
/// ```
/// use pulsehook_core::follow_up::split_days;
/// use pulsehook_core::jiff::civil::date;
///
/// let year = (date(2024, 1, 1), date(2024, 12, 31));
/// let pieces = split_days("call", year, 364, 9)?;
/// assert_eq!(pieces[1], (date(2024, 12, 30), date(2024, 12, 31)));
/// # Ok::<(), pulsehook_core::follow_up::FollowUpError>(())
/// ```
pub fn split_days(
    call: &'static str,
    (first, last): (Date, Date),
    most_days: u16,
    limit: usize,
) -> Result<Vec<(Date, Date)>, FollowUpError> {
    let further = i64::from(most_days.saturating_sub(1));
    split(call, limit, (first, last), |first| {
        let full = first
            .checked_add(SignedDuration::from_hours(24 * further))
            .unwrap_or(Date::MAX);
        let stop = full.min(last);
        let next = (stop < last).then(|| stop.tomorrow().ok()).flatten();
        (stop, next)
    })
}

/// Takes pieces until there is no next one.
fn split<T: Copy + PartialOrd>(
    call: &'static str,
    limit: usize,
    (start, end): (T, T),
    piece: impl Fn(T) -> (T, Option<T>),
) -> Result<Vec<(T, T)>, FollowUpError> {
    let mut pieces = Vec::new();
    let mut from = (start <= end).then_some(start);
    while let Some(start) = from {
        if pieces.len() == limit {
            return Err(FollowUpError::TooManyCalls { call, limit });
        }
        let (stop, next) = piece(start);
        pieces.push((start, stop));
        from = next;
    }
    Ok(pieces)
}
