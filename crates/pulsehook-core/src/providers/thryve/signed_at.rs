//! The time in a signature's header, whose unit is not documented.

use crate::signature::SignedAt;

/// No time that anyone writes is longer, in bytes.
const LONGEST: usize = 64;

/// Reads 10 digits as seconds, 13 as milliseconds, and anything else as ISO 8601.
pub(super) fn read(text: &[u8]) -> Option<SignedAt> {
    let is_number = text.iter().all(u8::is_ascii_digit);
    match text.len() {
        10 if is_number => SignedAt::from_seconds(text),
        13 if is_number => SignedAt::from_millis(text),
        0..=LONGEST if !is_number => {
            let text = std::str::from_utf8(text).ok()?;
            super::time::instant(text).map(SignedAt::from)
        }
        _ => None,
    }
}
