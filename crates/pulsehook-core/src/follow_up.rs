//! What to fetch after an event: the calls that the provider documents, as plain data.
//!
//! Most events are pointers: they say that something is there, and a call of the provider's API
//! brings it. Each provider's module has a type `Api`, which knows the calls; [`FollowUpApi`] is
//! what they share. Nothing here sends anything.
//!
//! A [`Call`] says which credential it needs, and never holds it. With the feature `http` it
//! becomes a request of the `http` crate, which most HTTP clients take as it is:
//!
//! ```
//! # #[cfg(feature = "http")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use pulsehook_core::follow_up::{Authorization, Call, CredentialKind, Origin};
//!
//! let api = Origin::new("https://api.example.org")?;
//! let call = Call::get("Heart beats", api.url("/v1/beats"))
//!     .with_query("user", "u-1")
//!     .with_credential(CredentialKind::UserToken, Some("u-1"));
//! let request = call.request(&Authorization::bearer("the token of u-1")?)?;
//! assert_eq!(request.uri(), "https://api.example.org/v1/beats?user=u-1");
//! // With reqwest: client.execute(request.try_into()?).await?
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "http"))]
//! # fn main() {}
//! ```
//!
//! # URLs that come from a body
//!
//! Some events hold the URL that is to be called. Such a URL gets a credential only if its origin
//! (scheme, host and port) is on the application's list; by default that is the provider's own.
//! Otherwise the call is [refused](FollowUps::refused), and the event stays as it is. Links that
//! are credentials in themselves are called without one, and must name a public host. That is
//! judged by the name alone: what a name resolves to, in a cluster or by a hostile DNS, only the
//! client that sends the call can see.
//!
//! An HTTP client follows redirects if it is not told otherwise, and some then repeat headers:
//! switch redirects off in the client that sends calls. Give it a time-out, too, and a limit to the
//! pages that are fetched one after the other. Errors of a client can print the URL, which may be a
//! link that is a credential; with reqwest, log them `without_url()`.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

mod authorization;
mod call;
mod origin;
mod parameters;
mod request;
mod split;

pub(crate) use self::authorization::checked;
pub use self::authorization::{Authorization, Credential, CredentialKind};
pub use self::call::{Call, CallBody, LinkLife, Method};
pub use self::origin::{Origin, Origins, Url};
pub use self::parameters::Parameters;
pub use self::request::CallError;
pub use self::split::{MOST_CALLS, split_days, split_instants};

/// Plans the calls that follow an event.
pub trait FollowUpApi {
    /// The provider's event.
    type Event;

    /// Returns the calls that the provider documents for an event, in the order in which they are
    /// to be made; none where there is nothing to fetch.
    fn follow_ups(&self, event: &Self::Event, context: &Context) -> FollowUps;
}

/// Holds what the application knows when it plans calls.
///
/// ```
/// use pulsehook_core::follow_up::Context;
/// use pulsehook_core::jiff::{Timestamp, tz::{TimeZone, offset}};
///
/// let context = Context::at(Timestamp::UNIX_EPOCH)
///     .with_last_sync(Timestamp::UNIX_EPOCH)
///     .with_time_zone(TimeZone::fixed(offset(1)));
/// assert!(context.last_sync.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// The time.
    pub now: Timestamp,
    /// When the data of this user was last fetched with success. Some calls need it where an event
    /// names no period.
    pub last_sync: Option<Timestamp>,
    /// The user's time zone, which turns calendar days into instants. Without it, such calls reach
    /// further, so that the day is covered wherever the user is.
    pub time_zone: Option<TimeZone>,
}

impl Context {
    /// Knows only the time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            last_sync: None,
            time_zone: None,
        }
    }

    /// Knows when this user's data was last fetched.
    #[must_use]
    pub fn with_last_sync(mut self, last_sync: impl Into<Option<Timestamp>>) -> Self {
        self.last_sync = last_sync.into();
        self
    }

    /// Knows the user's time zone.
    #[must_use]
    pub fn with_time_zone(mut self, time_zone: impl Into<Option<TimeZone>>) -> Self {
        self.time_zone = time_zone.into();
        self
    }
}

/// Holds the calls that follow an event, and what could not be planned.
///
/// Serialised, it is an object of two lists, `calls` and `refused`; the latter holds texts.
/// `Debug` of the calls prints no parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[must_use]
#[non_exhaustive]
pub struct FollowUps {
    /// The calls, in the order in which they are to be made.
    pub calls: Vec<Call>,
    /// Why other calls were not planned.
    pub refused: Vec<FollowUpError>,
}

impl FollowUps {
    /// Plans nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a call, or the reason why there is none.
    pub fn push(&mut self, call: Result<Call, FollowUpError>) {
        match call {
            Ok(call) => self.calls.push(call),
            Err(error) => self.refused.push(error),
        }
    }

    /// Tells whether there is nothing to call and nothing was refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.refused.is_empty()
    }
}

impl From<Call> for FollowUps {
    fn from(call: Call) -> Self {
        Self::from(Ok(call))
    }
}

impl From<Result<Call, FollowUpError>> for FollowUps {
    fn from(call: Result<Call, FollowUpError>) -> Self {
        let mut follow_ups = Self::none();
        follow_ups.push(call);
        follow_ups
    }
}

impl Extend<Result<Call, FollowUpError>> for FollowUps {
    fn extend<I: IntoIterator<Item = Result<Call, FollowUpError>>>(&mut self, calls: I) {
        calls.into_iter().for_each(|call| self.push(call));
    }
}

/// Says why a call was not planned.
///
/// It holds nothing of the event but names of fields. Serialised, it is its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FollowUpError {
    /// A URL in the event is none that can be called: not absolute, not `https`, or with parts that
    /// clients read in different ways.
    #[error("`{field}` is no URL that can be called safely")]
    MalformedUrl {
        /// The field that holds it.
        field: &'static str,
    },
    /// A URL in the event names an origin that is not on the list of those that get a credential.
    #[error("`{field}` names a host that is not on the list of those that get a credential")]
    HostNotAllowed {
        /// The field that holds it.
        field: &'static str,
    },
    /// A link in the event names no public host.
    #[error("`{field}` names no public host")]
    PrivateHost {
        /// The field that holds it.
        field: &'static str,
    },
    /// A value in the event cannot be a part of a path.
    #[error("`{field}` cannot be part of a URL")]
    MalformedSegment {
        /// The field that holds it.
        field: &'static str,
    },
    /// The event needs more calls than are allowed.
    #[error("{call}: more than {limit} calls would be needed")]
    TooManyCalls {
        /// The call.
        call: &'static str,
        /// How many calls are allowed.
        limit: usize,
    },
    /// The event names no period, and when the user's data was last fetched is not known.
    #[error(
        "{call}: no period that it can ask for is named, and no time of the last sync is known"
    )]
    LastSyncUnknown {
        /// The call.
        call: &'static str,
    },
    /// The event names no period, or one that ends before it starts, and nothing else can be asked
    /// for.
    #[error("{call}: no period is named that can be asked for")]
    PeriodUnknown {
        /// The call.
        call: &'static str,
    },
}

impl Serialize for FollowUpError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Gives each variant the word that it prints and serialises to.
macro_rules! words {
    ($name:ident { $( $variant:ident = $text:literal, )+ }) => {
        impl $name {
            /// Returns the word that it serialises to.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $text, )+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    CredentialKind {
        UserToken = "user-token",
        ApplicationToken = "application-token",
        ApplicationKey = "application-key",
        ApplicationPasswords = "application-passwords",
        Signature = "signature",
    }
}

words! {
    Method {
        Get = "GET",
        Post = "POST",
    }
}
