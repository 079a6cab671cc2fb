//! Answers of the API, read without I/O (API reference at developer.withings.com, read November
//! 2026).

use std::fmt;

use serde::de::DeserializeOwned;

use crate::error::DecodeError;
use crate::text::{RawJson, Text};

mod lenient;
mod measures;
mod signals;
mod status;

pub use self::measures::{Amount, Attribution, GroupCategory, Measure, MeasureGroup, Measures};
pub use self::signals::{SignalList, SignalRecord};
pub use self::status::ApiStatus;

use self::lenient::Object;

/// Holds an answer that tells of success: `{"status": 0, "body": …}`.
///
/// `Debug` prints the length of the body only.
///
/// ```
/// use pulsehook_core::withings::{Answer, AnswerError, ApiStatus};
///
/// let answer = Answer::read(br#"{"status": 0, "body": {"devices": []}}"#)?;
/// let body: serde_json::Value = answer.body()?;
/// assert!(body["devices"].is_array());
///
/// let error = Answer::read(br#"{"status": 401, "body": {}}"#).unwrap_err();
/// assert_eq!(error, AnswerError::Status(ApiStatus::AuthenticationFailed(401)));
/// assert!(error.needs_new_token());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    body: Option<RawJson>,
}

/// Reads the words that the server put beside a status (`error`), if there are any.
///
/// They are for developers: they can quote parameters of the call, so keep them out of logs that
/// must not hold ids.
///
/// ```
/// use pulsehook_core::withings::error_text;
///
/// let body = br#"{"status": 503, "body": {}, "error": "Invalid Params: missing action"}"#;
/// assert_eq!(error_text(body).as_deref(), Some("Invalid Params: missing action"));
/// ```
#[must_use]
pub fn error_text(body: &[u8]) -> Option<Text> {
    lenient::text(Object::of_body(body).ok()?.get("error")?)
}

impl Answer {
    /// Reads the body of an HTTP response, whatever the call.
    ///
    /// # Errors
    ///
    /// Returns [`AnswerError::Status`] for every status but 0, and [`AnswerError::Decode`] when it
    /// is no answer.
    pub fn read(body: &[u8]) -> Result<Self, AnswerError> {
        let object = Object::of_body(body).map_err(AnswerError::Decode)?;
        let status = object
            .get("status")
            .ok_or_else(|| DecodeError::missing_field("status"))
            .and_then(|status| {
                lenient::integer(status).ok_or_else(|| DecodeError::invalid_field("status"))
            })
            .map_err(AnswerError::Decode)?;
        match ApiStatus::from_number(status) {
            Some(status) => Err(AnswerError::Status(status)),
            None => {
                let body = object.get("body").filter(|body| body.get() != "null");
                Ok(Self {
                    body: body.map(RawJson::from_raw),
                })
            }
        }
    }

    /// Returns the `body` as it stands in the answer; `None` where it has none.
    #[must_use]
    pub fn raw_body(&self) -> Option<&RawJson> {
        self.body.as_ref()
    }

    /// Decodes the `body` into a type of the caller's.
    ///
    /// # Errors
    ///
    /// Returns an error, free of payload text, when there is no body or it does not fit the type.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        self.required()?.parse()
    }

    /// Reads what `Measure – Getmeas` brings.
    ///
    /// # Errors
    ///
    /// Returns an error when the body is no object with a list `measuregrps`, and
    /// [`TooLarge`](crate::DecodeErrorKind::TooLarge) when the list has more than 64 items and they
    /// take less than 28 bytes each. All else is kept, in whatever form it came.
    pub fn measures(&self) -> Result<Measures, DecodeError> {
        Measures::read(self.required()?.get())
    }

    /// Reads what `Heart v2 – List` or `Stetho v2 – List` brings.
    ///
    /// # Errors
    ///
    /// Returns an error when the body is no object with a list `series`, and
    /// [`TooLarge`](crate::DecodeErrorKind::TooLarge) when the list has more than 64 items and they
    /// take less than 28 bytes each. All else is kept, in whatever form it came.
    pub fn signals(&self) -> Result<SignalList, DecodeError> {
        SignalList::read(self.required()?.get())
    }

    /// Reads what `Signature v2 – Getnonce` brings.
    ///
    /// # Errors
    ///
    /// Returns an error when the body has no text `nonce`.
    pub fn nonce(&self) -> Result<Nonce, DecodeError> {
        let name = "nonce";
        let object = Object::read(self.required()?.get());
        let nonce = object.as_ref().and_then(|object| object.get(name));
        let nonce = nonce.ok_or_else(|| DecodeError::missing_field(name))?;
        let nonce = lenient::text(nonce).filter(|nonce| !nonce.is_empty());
        nonce
            .map(Nonce)
            .ok_or_else(|| DecodeError::invalid_field(name))
    }

    /// Returns the `offset` of the next page; `None` where `more` does not tell of one.
    ///
    /// [`Api::next_page`](super::Api::next_page) makes the call.
    #[must_use]
    pub fn next_offset(&self) -> Option<u64> {
        let object = Object::read(self.body.as_ref()?.get())?;
        let more = object.get("more").and_then(lenient::truth)?;
        let offset = object.get("offset").and_then(lenient::integer)?;
        more.then_some(offset)
    }

    fn required(&self) -> Result<&RawJson, DecodeError> {
        self.raw_body()
            .ok_or_else(|| DecodeError::missing_field("body"))
    }
}

/// Says why an answer brings nothing.
///
/// It holds nothing of the answer but the number of its status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The API did not do what it was asked.
    #[error("{0}")]
    Status(ApiStatus),
    /// It is no answer of the API.
    #[error("the answer cannot be read: {0}")]
    Decode(DecodeError),
}

impl AnswerError {
    /// Returns the status, if there is one.
    #[must_use]
    pub fn status(&self) -> Option<ApiStatus> {
        match self {
            Self::Status(status) => Some(*status),
            Self::Decode(_) => None,
        }
    }

    /// Tells whether the same call may succeed later, as it is.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.status().is_some_and(ApiStatus::is_retryable)
    }

    /// Tells whether the user's token is to be refreshed before the call is made again.
    #[must_use]
    pub fn needs_new_token(&self) -> bool {
        self.status().is_some_and(ApiStatus::needs_new_token)
    }
}

/// Holds a nonce, which is good for one signed call within 30 minutes; `Debug` does not show it.
#[derive(Clone)]
pub struct Nonce(Text);

impl Nonce {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<&str> for Nonce {
    fn from(text: &str) -> Self {
        Self(Text::from(text))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce([REDACTED])")
    }
}
