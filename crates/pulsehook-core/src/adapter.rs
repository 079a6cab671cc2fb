//! What adapters share: the answer to a request that gives no delivery, and what travels beside
//! it to the application.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::error::ReceiveError;
use crate::receiver::Outcome;
use crate::reply::Reply;

/// Answers a request that gives no delivery: it was refused, or it was a probe.
///
/// Adapters wrap it in a type of their framework. The caller gets the [`reply`](Rejection::reply)
/// and nothing else.
#[derive(Clone, Debug)]
pub struct Rejection {
    reply: Reply,
    refused: Option<Refused>,
}

impl Rejection {
    /// Returns the answer to the caller.
    #[must_use]
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Returns why the request was refused; `None` for a probe, which was answered.
    #[must_use]
    pub fn error(&self) -> Option<&ReceiveError> {
        self.refused.as_deref()
    }

    /// Tells whether the request was a probe.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.refused.is_none()
    }

    /// Takes the answer, and what goes into the extensions of the response.
    #[must_use]
    pub fn into_parts(self) -> (Reply, Option<Refused>) {
        (self.reply, self.refused)
    }
}

impl From<ReceiveError> for Rejection {
    fn from(error: ReceiveError) -> Self {
        Self {
            reply: error.reply().clone(),
            refused: Some(Refused(Arc::new(error))),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error() {
            Some(error) => error.fmt(f),
            None => f.write_str("a probe, answered without an event"),
        }
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // What `Display` shows is the error itself.
        self.error().and_then(Error::source)
    }
}

impl<T> Outcome<T> {
    /// Turns a probe into the rejection that answers it.
    ///
    /// # Errors
    ///
    /// Returns the answer of a probe.
    pub fn or_reject(self) -> Result<T, Rejection> {
        match self {
            Self::Accepted(accepted) => Ok(accepted),
            Self::Probe(reply) => Err(Rejection {
                reply,
                refused: None,
            }),
        }
    }
}

/// Travels in the extensions of a response that refused a request.
///
/// A layer of the application's finds it there, with the reason and, where the request was
/// verified and could not be decoded, with the request itself. The caller gets none of it.
///
/// ```
/// use pulsehook_core::Refused;
///
/// fn log_refusal(refused: &Refused) {
///     println!("{} refused by {}", refused.endpoint(), refused.rule());
///     if let Some(undecodable) = refused.undecodable() {
///         // Authentic, and would be lost: keep `undecodable.to_stored()`.
///         let _ = undecodable.raw();
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Refused(Arc<ReceiveError>);

impl Deref for Refused {
    type Target = ReceiveError;

    fn deref(&self) -> &ReceiveError {
        &self.0
    }
}

/// Travels in the extensions of a response whose handler failed: the handler's own error.
///
/// The application decides what to log of it. `Debug` prints nothing of the error, which may hold
/// health data.
#[derive(Clone)]
pub struct HandlerError(Arc<dyn Error + Send + Sync>);

impl HandlerError {
    /// Keeps a handler's error.
    #[must_use]
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }
}

impl Deref for HandlerError {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerError(..)")
    }
}
