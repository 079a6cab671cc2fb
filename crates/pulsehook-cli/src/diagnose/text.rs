//! Texts in encodings, read with more leniency than receivers have.

use pulsehook_axum::signature::{decode_base64_up_to, encode_base64, encode_hex};

/// Returns base64 of the standard alphabet with padding, of either alphabet with or without.
pub(super) fn padded_base64(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    if digits.is_empty() || digits.len() % 4 == 1 {
        return None;
    }
    let mut padded: String = digits
        .chars()
        .map(|digit| match digit {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    Some(padded)
}

/// Decodes base64 of either alphabet, with or without padding.
pub(super) fn base64(text: &[u8], max: usize) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    decode_base64_up_to(padded_base64(text)?.as_bytes(), max)
}

/// Decodes hexadecimal digits of either case.
pub(super) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(value(high)? << 4 | value(low)?).ok(),
        _ => None,
    };
    text.chunks(2).map(pair).collect()
}

/// Writes bytes as base64 or as hexadecimal digits.
pub(super) fn written(bytes: &[u8], encoding: crate::providers::MacEncoding) -> String {
    match encoding {
        crate::providers::MacEncoding::Hex => encode_hex(bytes),
        crate::providers::MacEncoding::Base64 => encode_base64(bytes),
    }
}

/// Decodes percent-encoding; `None` when it is broken, or when there is none.
pub(super) fn percent_decoded(text: &[u8], plus_is_blank: bool) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let [first, after @ ..] = rest {
        rest = after;
        let byte = match first {
            b'%' => {
                let byte = *hex(after.get(..2)?)?.first()?;
                rest = after.get(2..)?;
                changed = true;
                byte
            }
            b'+' if plus_is_blank => {
                changed = true;
                b' '
            }
            other => *other,
        };
        decoded.push(byte);
    }
    changed.then_some(decoded)
}

/// Percent-encodes all but letters, digits and what no URL needs encoded.
pub(super) fn percent_encoded(text: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
