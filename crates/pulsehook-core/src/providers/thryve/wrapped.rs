//! Bodies that are base64 text of a frame, as two public receivers had to read them; probably a
//! gateway makes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::body::MAGIC;

/// Digits that are decoded at once; a multiple of four.
const PIECE: usize = 1024;

/// The digits of a text; it may be broken into lines.
fn digits(body: &[u8]) -> impl Iterator<Item = u8> {
    body.iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
}

/// Decodes base64, padded and of the standard alphabet, piece by piece and without a buffer for
/// the whole. Tells whether all of the body is base64; if not, the pieces that were taken mean
/// nothing.
pub(super) fn decode_pieces(body: &[u8], mut take: impl FnMut(&[u8])) -> bool {
    let mut digits = digits(body);
    let mut piece = [0; PIECE];
    let mut decoded = [0; PIECE / 4 * 3];
    let mut padded = false;
    loop {
        let mut len = 0;
        for (place, digit) in piece.iter_mut().zip(&mut digits) {
            *place = digit;
            len += 1;
        }
        let piece = piece.get(..len).unwrap_or_default();
        if piece.is_empty() {
            return true;
        }
        let Ok(len) = STANDARD.decode_slice(piece, &mut decoded) else {
            return false;
        };
        // Padding can stand at the end of the whole only.
        if padded {
            return false;
        }
        padded = len != piece.len() / 4 * 3;
        take(decoded.get(..len).unwrap_or_default());
    }
}

/// Tells by its beginning whether a body is base64 text of a frame.
pub(super) fn is_frame(body: &[u8]) -> bool {
    let (mut first, mut start) = ([0; 8], [0; 6]);
    let len = first
        .iter_mut()
        .zip(digits(body))
        .map(|(place, digit)| *place = digit)
        .count();
    len == first.len()
        && STANDARD.decode_slice(first, &mut start) == Ok(start.len())
        && start.starts_with(&MAGIC)
}

/// Decodes the whole; `None` when it is not base64.
pub(super) fn decode(body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(body.len() / 4 * 3);
    decode_pieces(body, |piece| whole.extend_from_slice(piece)).then_some(whole)
}
