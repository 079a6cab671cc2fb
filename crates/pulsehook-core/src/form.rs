//! Strict decoding, and encoding, of `application/x-www-form-urlencoded` text, in queries and in
//! bodies.
//!
//! Usual decoders put a replacement character where an encoding is broken. Here it is an error:
//! what was sent and what is read must not differ.

use std::borrow::Cow;

/// Says that a percent-encoding is broken, or that what it decodes to is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the percent-encoding is broken")]
#[non_exhaustive]
pub struct Malformed;

/// Walks the pairs of names and values of a form, decoded, in the order in which they stand.
///
/// A part without `=` is a name with an empty value, and empty parts are passed over. What needs no
/// decoding is not copied.
///
/// ```
/// use pulsehook_core::form;
///
/// let pairs: Vec<_> = form::pairs("a=1&b=x+y%26&&c").flatten().collect();
/// assert_eq!(pairs, [("a".into(), "1".into()), ("b".into(), "x y&".into()), ("c".into(), "".into())]);
/// assert!(form::pairs("a=%4").any(|pair| pair.is_err()));
/// ```
pub fn pairs(text: &str) -> impl Iterator<Item = Result<(Cow<'_, str>, Cow<'_, str>), Malformed>> {
    text.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match (decode(name, true), decode(value, true)) {
            (Some(name), Some(value)) => Ok((name, value)),
            _ => Err(Malformed),
        }
    })
}

/// Decodes a segment of a path, where a plus sign is a plus sign.
pub(crate) fn decode_path_segment(text: &str) -> Option<Cow<'_, str>> {
    decode(text, false)
}

fn decode(text: &str, plus_is_space: bool) -> Option<Cow<'_, str>> {
    let encoded = |byte: u8| byte == b'%' || (plus_is_space && byte == b'+');
    if !text.bytes().any(encoded) {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let high = crate::signature::hex_digits::any(bytes.next()?)?;
                let low = crate::signature::hex_digits::any(bytes.next()?)?;
                high << 4 | low
            }
            b'+' if plus_is_space => b' ',
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

/// Writes names and values as a form, behind what the text holds already.
///
/// Letters, digits and `*-._` stand as they are, a blank is a plus sign, all else is
/// percent-encoded.
///
/// ```
/// use pulsehook_core::form;
///
/// let mut text = String::new();
/// form::encode([("a", "1 & 2"), ("b", "ü")], &mut text);
/// assert_eq!(text, "a=1+%26+2&b=%C3%BC");
/// ```
pub fn encode<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>, text: &mut String) {
    for (index, (name, value)) in pairs.into_iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        encode_text(name, b"*-._", true, text);
        text.push('=');
        encode_text(value, b"*-._", true, text);
    }
}

/// Writes one segment of a path.
pub(crate) fn encode_segment(segment: &str, text: &mut String) {
    encode_text(segment, b"-._~", false, text);
}

fn encode_text(plain: &str, kept: &[u8], blank_is_plus: bool, text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in plain.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            text.push(char::from(byte));
        } else if byte == b' ' && blank_is_plus {
            text.push('+');
        } else {
            text.push('%');
            for half in [byte >> 4, byte & 0xF] {
                let digit = DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
                text.push(char::from(digit));
            }
        }
    }
}
