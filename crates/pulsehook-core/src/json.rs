//! Decoding of JSON bodies without a word of them in errors.

use serde::Deserialize;
use serde::de;

use crate::error::{DecodeError, DecodeErrorKind};

pub(crate) mod members;

/// Begins the message of an error that names a field of ours; no other message begins so.
pub(crate) const INVALID_FIELD: &str = "invalid field `";

/// Makes the error for a field whose value is not of the documented kind, inside a decoder.
#[must_use]
pub fn invalid_field<E: de::Error>(name: &'static str) -> E {
    E::custom(format_args!("{INVALID_FIELD}{name}`"))
}

/// Checks that a body, as received or decompressed, is UTF-8 and not empty; everything is decoded
/// from text.
///
/// # Errors
///
/// Returns [`DecodeErrorKind::Empty`] or [`DecodeErrorKind::NotUtf8`].
pub fn text_of(body: &[u8]) -> Result<&str, DecodeError> {
    if body.is_empty() {
        return Err(DecodeError::new(DecodeErrorKind::Empty));
    }
    std::str::from_utf8(body).map_err(|_| DecodeError::new(DecodeErrorKind::NotUtf8))
}

/// Decodes a body that is one JSON value.
///
/// # Errors
///
/// Returns an error, free of payload text, when the body is empty, not UTF-8, not JSON, followed
/// by something, or does not fit the type.
pub fn from_body<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, DecodeError> {
    serde_json::from_str(text_of(body)?).map_err(|error| DecodeError::from_json(&error))
}
