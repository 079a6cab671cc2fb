//! Bodies that are base64 text of a frame, as two public receivers had to read them; probably a
//! gateway makes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::body::MAGIC;

/// Digits that are decoded at once; a multiple of four.
const PIECE: usize = 1024;

/// The digits of a text: padded, of the standard alphabet; white space may follow.
fn digits(body: &[u8]) -> &[u8] {
    body.trim_ascii_end()
}

/// Decodes base64 piece by piece, without a buffer for the whole. Tells whether all of the body is
/// base64; if not, the pieces that were taken mean nothing.
pub(super) fn decode_pieces(body: &[u8], mut take: impl FnMut(&[u8])) -> bool {
    let digits = digits(body);
    let Some(last) = digits.len().checked_sub(4) else {
        return false;
    };
    let (before, last) = digits.split_at(last);
    let mut buffer = [0; PIECE / 4 * 3];
    let mut decode = |piece: &[u8], full: bool| {
        let Ok(len) = STANDARD.decode_slice(piece, &mut buffer) else {
            return false;
        };
        // Padding can stand at the end of the whole only.
        let right = !full || (piece.len().is_multiple_of(4) && len == piece.len() / 4 * 3);
        if right {
            take(buffer.get(..len).unwrap_or_default());
        }
        right
    };
    before.chunks(PIECE).all(|piece| decode(piece, true)) && decode(last, false)
}

/// Tells by its beginning whether a body is base64 text of a frame.
pub(super) fn is_frame(body: &[u8]) -> bool {
    let mut start = [0; 6];
    body.get(..8)
        .is_some_and(|digits| STANDARD.decode_slice(digits, &mut start) == Ok(start.len()))
        && start.starts_with(&MAGIC)
}

/// Decodes the whole; `None` when it is not base64.
pub(super) fn decode(body: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(digits(body)).ok()
}
