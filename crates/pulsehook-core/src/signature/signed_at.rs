//! The time under a signature, and how far it may lie from the receiver's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::VerifyError;

/// Holds the time that a sender put under its signature, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedAt(i64);

impl SignedAt {
    /// Reads 1 to 11 digits as seconds since 1970.
    ///
    /// Signs, blanks, leading zeros and anything else but digits are refused.
    #[must_use]
    pub fn from_seconds(text: &[u8]) -> Option<Self> {
        if text.len() > 11 {
            None
        } else {
            digits(text).map(|seconds| Self(seconds * 1000))
        }
    }

    /// Reads 12 to 14 digits as milliseconds since 1970; otherwise as strict as
    /// [`from_seconds`](SignedAt::from_seconds).
    #[must_use]
    pub fn from_millis(text: &[u8]) -> Option<Self> {
        if (12..=14).contains(&text.len()) {
            digits(text).map(Self)
        } else {
            None
        }
    }

    /// Decides between seconds (up to 11 digits) and milliseconds (12 to 14) by the number of
    /// digits.
    #[must_use]
    pub fn from_seconds_or_millis(text: &[u8]) -> Option<Self> {
        Self::from_seconds(text).or_else(|| Self::from_millis(text))
    }
}

impl From<jiff::Timestamp> for SignedAt {
    fn from(instant: jiff::Timestamp) -> Self {
        Self(instant.as_millisecond())
    }
}

/// Reads at most 14 digits without a leading zero.
fn digits(text: &[u8]) -> Option<i64> {
    match text {
        [] | [b'0', _, ..] => None,
        _ if text.len() > 14 => None,
        _ => text.iter().try_fold(0, |value, digit| {
            let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
            Some(value * 10 + digit)
        }),
    }
}

/// Says how far a signed time may lie from the receiver's clock, in each direction.
///
/// ```
/// use std::time::Duration;
/// use pulsehook_core::signature::Tolerance;
///
/// assert_eq!(Tolerance::default(), Tolerance::new(Duration::from_secs(300)));
/// let one_day_old = Tolerance::new(Duration::from_secs(60)).past(Duration::from_secs(86_400));
/// # let _ = one_day_old;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    past: Duration,
    future: Duration,
}

impl Tolerance {
    /// Allows the same distance into the past and into the future; both ends are included.
    #[must_use]
    pub const fn new(both: Duration) -> Self {
        Self {
            past: both,
            future: both,
        }
    }

    /// Sets how old a signed time may be.
    #[must_use]
    pub const fn past(mut self, past: Duration) -> Self {
        self.past = past;
        self
    }

    /// Sets how far a signed time may lie ahead.
    #[must_use]
    pub const fn future(mut self, future: Duration) -> Self {
        self.future = future;
        self
    }

    /// Checks a signed time against the receiver's clock.
    ///
    /// # Errors
    ///
    /// Returns [`VerifyError::TooOld`] or [`VerifyError::TooNew`].
    pub fn check(&self, signed_at: SignedAt, now: SystemTime) -> Result<(), VerifyError> {
        let age_nanos = nanos_since_epoch(now) - i128::from(signed_at.0) * 1_000_000;
        let nanos = |span: Duration| i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
        if age_nanos > nanos(self.past) {
            Err(VerifyError::TooOld)
        } else if age_nanos < -nanos(self.future) {
            Err(VerifyError::TooNew)
        } else {
            Ok(())
        }
    }
}

impl Default for Tolerance {
    /// Allows 5 minutes in both directions.
    fn default() -> Self {
        Self::new(Duration::from_secs(300))
    }
}

/// Returns the distance from 1970, negative for a clock that stands before it.
fn nanos_since_epoch(now: SystemTime) -> i128 {
    let signed = |span: Duration| i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
    match now.duration_since(UNIX_EPOCH) {
        Ok(after) => signed(after),
        Err(error) => -signed(error.duration()),
    }
}
