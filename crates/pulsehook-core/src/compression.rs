//! Decompression under a limit (feature `zstd`).
//!
//! A few bytes can unpack to gigabytes, so whatever is decompressed here stops at a limit, and
//! memory is taken as it is used, not at the word of the sender. The feature is on by default and
//! builds the C library of zstd, so building needs a C compiler.

use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use crate::error::{DecodeError, DecodeErrorKind};

/// The binary logarithm of the largest window that a frame may ask for: 8 MiB, what RFC 8878 asks
/// decoders to support.
const WINDOW_LOG: u32 = 23;

/// The first bytes of a frame.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The most that is reserved at the word of a frame; more is reserved as it is used.
const FIRST_RESERVATION: usize = 256 * 1024;

/// Decompresses one or more zstd frames, one after the other, to at most `limit` bytes.
///
/// Skippable frames are passed over. The output doubles as it fills, to one byte above the limit at
/// most (for the moment of the last doubling, the buffer of before is there, too); beside it, the
/// decoder takes no more than a window of 8 MiB and some 512 KiB of its own. Checksums are checked
/// where a frame has one.
///
/// ```
/// use pulsehook_core::DecodeErrorKind;
/// use pulsehook_core::compression::decompress_zstd;
///
/// // A frame that holds its three bytes as they are.
/// let frame = b"\x28\xb5\x2f\xfd\x20\x03\x19\x00\x00abc";
/// assert_eq!(decompress_zstd(frame, 3)?, b"abc");
///
/// let error = decompress_zstd(frame, 2).unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
/// # Ok::<(), pulsehook_core::DecodeError>(())
/// ```
///
/// # Errors
///
/// Returns [`DecodeErrorKind::TooLarge`] when there is more than the limit, and
/// [`DecodeErrorKind::Encoding`] when a frame is broken, cut off, asks for a larger window or a
/// dictionary, or is followed by something that is no frame.
pub fn decompress_zstd(compressed: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let broken = || DecodeError::new(DecodeErrorKind::Encoding);
    let mut context = DCtx::try_create().ok_or_else(broken)?;
    context
        .set_parameter(DParameter::WindowLogMax(WINDOW_LOG))
        .map_err(|_| broken())?;

    // One byte above the limit tells that there is more.
    let most = limit.saturating_add(1);
    let mut output = Vec::with_capacity(first_reservation(compressed).min(most));
    let mut input = InBuffer::around(compressed);
    let mut at_start = true;
    loop {
        if at_start && asks_too_much(compressed.get(input.pos()..).unwrap_or_default()) {
            return Err(broken());
        }
        if output.len() == output.capacity() {
            let target = output.capacity().saturating_mul(2).clamp(1, most);
            // Exactly: a plain `reserve` would double on its own, beyond the limit.
            output.reserve_exact(target.saturating_sub(output.len()));
        }
        let written = output.len();
        let mut room = OutBuffer::around_pos(&mut output, written);
        let wanted = context
            .decompress_stream(&mut room, &mut input)
            .map_err(|_| broken())?;
        if output.len() > limit {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge));
        }
        at_start = wanted == 0;
        let all_read = input.pos() == compressed.len();
        match wanted {
            0 if all_read => return Ok(output),
            // The frame wants more, there is none, and nothing is held back for want of room.
            1.. if all_read && output.len() < output.capacity() => return Err(broken()),
            _ => {}
        }
    }
}

/// Takes the frame's word for its size, up to a limit; a size that is not told is guessed.
fn first_reservation(compressed: &[u8]) -> usize {
    let declared = zstd_safe::get_frame_content_size(compressed).ok().flatten();
    declared
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or_else(|| compressed.len().saturating_mul(4))
        .min(FIRST_RESERVATION)
}

/// Tells by a frame's header whether it asks for too large a window.
///
/// The library looks, too, but lets a frame pass whose whole content has room in the output. What
/// is accepted must not depend on how far the output has grown.
fn asks_too_much(frame: &[u8]) -> bool {
    window_of(frame).is_some_and(|window| window > 1 << WINDOW_LOG)
}

/// Reads the size of the window from the header of a frame, as RFC 8878 describes it.
fn window_of(frame: &[u8]) -> Option<u64> {
    let (descriptor, rest) = frame.strip_prefix(&MAGIC)?.split_first()?;
    let is_single_segment = descriptor & 0x20 != 0;
    if !is_single_segment {
        let window = rest.first()?;
        let base = 1 << (10 + u64::from(window >> 3));
        return Some(base + base / 8 * u64::from(window & 7));
    }
    // The window is the content, whose size follows the id of a dictionary.
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let rest = rest.get(dictionary..)?;
    Some(match descriptor >> 6 {
        0 => u64::from(*rest.first()?),
        1 => u64::from(u16::from_le_bytes(*rest.first_chunk()?)) + 256,
        2 => u64::from(u32::from_le_bytes(*rest.first_chunk()?)),
        _ => u64::from_le_bytes(*rest.first_chunk()?),
    })
}
