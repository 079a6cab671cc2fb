//! What a body is, and the JSON in it (page "Data push" at docs.thryve.health, read November
//! 2026).

use std::borrow::Cow;

use super::wrapped;
use crate::error::{DecodeError, DecodeErrorKind};

/// The first bytes of a zstd frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// What a body is, by its own word.
enum Form {
    Frame,
    FrameInBase64,
    Json,
}

impl Form {
    fn of(body: &[u8]) -> Option<Self> {
        if body.starts_with(&MAGIC) {
            return Some(Self::Frame);
        }
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match body.iter().find(|byte| !is_space(byte)) {
            Some(b'{' | b'[') => Some(Self::Json),
            _ if wrapped::is_frame(body) => Some(Self::FrameInBase64),
            _ => None,
        }
    }
}

/// Returns the JSON of a body as received, such as [`Delivery::raw`](crate::Delivery::raw) and
/// [`Undecodable::raw`](crate::Undecodable::raw) hold, decompressed to at most `limit` bytes; JSON that was
/// not compressed is returned whatever its size.
///
/// ```
/// use pulsehook_core::thryve::unpack;
///
/// let json = unpack(b"{\"endUserId\":\"u\"}", 32 * 1024 * 1024)?;
/// assert_eq!(&*json, b"{\"endUserId\":\"u\"}");
/// # Ok::<(), pulsehook_core::DecodeError>(())
/// ```
///
/// # Errors
///
/// Returns an error when the body is empty, is neither JSON nor a zstd frame nor base64 of one, or
/// unpacks to more than the limit.
pub fn unpack(body: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, DecodeError> {
    unpack_as(body, None, false, limit)
}

/// Returns the JSON of a body.
///
/// `Content-Encoding` is not signed: only in strict mode is it asked for, and then it can only
/// lead to an error.
pub(super) fn unpack_as<'b>(
    body: &'b [u8],
    encoding: Option<&[u8]>,
    strict: bool,
    limit: usize,
) -> Result<Cow<'b, [u8]>, DecodeError> {
    if body.is_empty() {
        return Err(DecodeError::new(DecodeErrorKind::Empty));
    }
    let unknown = || DecodeError::new(DecodeErrorKind::Encoding);
    let form = Form::of(body).ok_or_else(unknown)?;
    if strict && !is_documented(&form, encoding) {
        return Err(unknown());
    }
    match form {
        Form::Json => Ok(Cow::Borrowed(body)),
        Form::Frame => decompress(body, limit).map(Cow::Owned),
        Form::FrameInBase64 => {
            let frame = wrapped::decode(body).ok_or_else(unknown)?;
            decompress(&frame, limit).map(Cow::Owned)
        }
    }
}

/// Tells whether a body and its `Content-Encoding` fit as Thryve documents them.
fn is_documented(form: &Form, encoding: Option<&[u8]>) -> bool {
    let is = |name: &str| encoding.is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()));
    match form {
        Form::Frame => is("zstd"),
        Form::Json => encoding.is_none() || is("identity"),
        Form::FrameInBase64 => false,
    }
}

#[cfg(feature = "zstd")]
fn decompress(frame: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    crate::compression::decompress_zstd(frame, limit)
}

/// Without the feature `zstd` every compressed body is refused.
#[cfg(not(feature = "zstd"))]
fn decompress(_frame: &[u8], _limit: usize) -> Result<Vec<u8>, DecodeError> {
    Err(DecodeError::new(DecodeErrorKind::Encoding))
}
