//! Strict decoding of header values: hexadecimal digits and base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Values of hexadecimal digits.
pub(crate) mod hex_digits {
    const BAD: u8 = 0xff;

    const fn table(upper: bool) -> [u8; 256] {
        let mut table = [BAD; 256];
        let mut value = 0;
        while value < 16 {
            table[b"0123456789abcdef"[value as usize] as usize] = value;
            if upper {
                table[b"0123456789ABCDEF"[value as usize] as usize] = value;
            }
            value += 1;
        }
        table
    }

    pub(crate) static LOWER: [u8; 256] = table(false);
    pub(crate) static ANY: [u8; 256] = table(true);

    pub(crate) fn any(digit: u8) -> Option<u8> {
        let value = ANY[digit as usize];
        (value != BAD).then_some(value)
    }
}

/// Values of the digits of base64, in the standard alphabet; all bits are set for other bytes.
static BASE64_DIGITS: [u8; 256] = {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [0xff; 256];
    let mut value = 0;
    while value < 64 {
        table[digits[value as usize] as usize] = value;
        value += 1;
    }
    table
};

fn decode_hex_with<const N: usize>(text: &[u8], table: &[u8; 256]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    // A bad digit has bits above the lowest four; they are gathered and judged once.
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (table[pair[0] as usize], table[pair[1] as usize]);
        seen |= high | low;
        *byte = high << 4 | (low & 0x0f);
    }
    (seen < 16).then_some(bytes)
}

/// Decodes exactly `2 × N` hexadecimal digits of either case.
#[must_use]
pub fn decode_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    decode_hex_with(text, &hex_digits::ANY)
}

/// Decodes exactly `2 × N` lower-case hexadecimal digits; upper-case ones are refused.
#[must_use]
pub fn decode_hex_lower<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    decode_hex_with(text, &hex_digits::LOWER)
}

/// Writes bytes as lower-case hexadecimal digits.
#[must_use]
pub fn encode_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 0x0f)]));
    }
    text
}

/// Decodes exactly `N` bytes (at most 64) from canonical padded base64 of the standard alphabet.
///
/// White space, the URL-safe alphabet, missing padding and stray trailing bits are refused.
#[must_use]
pub fn decode_base64<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    const { assert!(N <= 64) };
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    let digits = match N % 3 {
        0 => text,
        1 => text.strip_suffix(b"==")?,
        _ => text.strip_suffix(b"=")?,
    };
    let mut bytes = [0; N];
    // A bad digit has bits above the lowest six; they are gathered and judged once.
    let mut seen = 0;
    let mut decode = |digits: &[u8]| {
        // Digits that the padding stands for count as zeros.
        let bits = (0..4).fold(0_u32, |bits, at| {
            let digit = digits.get(at).copied().unwrap_or(b'A');
            let value = BASE64_DIGITS[usize::from(digit)];
            seen |= value;
            bits << 6 | u32::from(value & 0x3f)
        });
        let [_, decoded @ ..] = bits.to_be_bytes();
        decoded
    };
    let (quads, last) = digits.as_chunks::<4>();
    let (triples, rest) = bytes.as_chunks_mut::<3>();
    for (quad, triple) in quads.iter().zip(triples) {
        *triple = decode(quad);
    }
    let last = decode(last);
    let (last, stray) = last.split_at(rest.len());
    rest.copy_from_slice(last);
    (seen < 64 && stray.iter().all(|byte| *byte == 0)).then_some(bytes)
}

/// Decodes base64 like [`decode_base64`], and as strictly, into whatever number of bytes up to
/// `max` there are: for signatures whose length varies, such as DER.
#[must_use]
pub fn decode_base64_up_to(text: &[u8], max: usize) -> Option<Vec<u8>> {
    if text.len() / 4 > max.div_ceil(3) {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    (bytes.len() <= max).then_some(bytes)
}

/// Writes bytes as padded base64 of the standard alphabet.
#[must_use]
pub fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
