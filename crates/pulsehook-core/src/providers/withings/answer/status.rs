//! Status codes of the API (API reference at developer.withings.com, read November 2026).

use std::fmt;

use serde::{Serialize, Serializer};

/// Says why the API did not do what it was asked: the `status` of an answer, which is never 0 here.
///
/// The HTTP status is 200 all the same. Serialised, it is the number.
///
/// ```
/// use pulsehook_core::withings::ApiStatus;
///
/// let status = ApiStatus::from_number(601).ok_or("0 is success")?;
/// assert_eq!(status, ApiStatus::TooManyRequests);
/// assert!(status.is_retryable());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiStatus {
    /// The authentication failed (100, 101, 102, 200, 401): refresh the token.
    AuthenticationFailed(i64),
    /// The call is not authorised (214, 277, 2553, 2555): a scope is missing, or access was taken
    /// back.
    NotAuthorised(i64),
    /// The callback URL is invalid or cannot be reached (293).
    CallbackInvalid,
    /// It took too long (522).
    Timeout,
    /// There were too many requests (601); 120 a minute are allowed for an application by default.
    TooManyRequests,
    /// It is not implemented (2554).
    NotImplemented,
    /// Another number.
    Other(i64),
}

impl ApiStatus {
    /// Reads a number; `None` for 0, which is success.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => return None,
            100 | 101 | 102 | 200 | 401 => Self::AuthenticationFailed(number),
            214 | 277 | 2553 | 2555 => Self::NotAuthorised(number),
            293 => Self::CallbackInvalid,
            522 => Self::Timeout,
            601 => Self::TooManyRequests,
            2554 => Self::NotImplemented,
            _ => Self::Other(number),
        })
    }

    /// Returns the number on the wire.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::AuthenticationFailed(number)
            | Self::NotAuthorised(number)
            | Self::Other(number) => number,
            Self::CallbackInvalid => 293,
            Self::Timeout => 522,
            Self::TooManyRequests => 601,
            Self::NotImplemented => 2554,
        }
    }

    /// Tells whether the same call may succeed later, as it is.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Timeout | Self::TooManyRequests)
    }

    /// Tells whether the user's token is to be refreshed before the call is made again.
    #[must_use]
    pub fn needs_new_token(self) -> bool {
        matches!(self, Self::AuthenticationFailed(_))
    }
}

impl fmt::Display for ApiStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match self {
            Self::AuthenticationFailed(_) => "authentication failed",
            Self::NotAuthorised(_) => "not authorised",
            Self::CallbackInvalid => "the callback URL is invalid or cannot be reached",
            Self::Timeout => "timeout",
            Self::TooManyRequests => "too many requests",
            Self::NotImplemented => "not implemented",
            Self::Other(_) => "a status that is not known here",
        };
        write!(f, "status {}: {meaning}", self.number())
    }
}

impl Serialize for ApiStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.number())
    }
}
