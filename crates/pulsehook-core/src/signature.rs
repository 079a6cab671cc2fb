//! What signature schemes are built from: MACs over a body that arrives in pieces, strict
//! decoding of header values, and the arithmetic of time stamps.
//!
//! A provider keeps a [`MacKeys`] (or another [`KeySource`]), starts a [`MacCheck`] for each
//! request, feeds it what the scheme signs, and asks it at the end which key made the signature.

mod codec;
mod mac;
mod signed_at;
mod swappable;

pub(crate) use self::codec::hex_digits;
pub use self::codec::{
    decode_base64, decode_base64_up_to, decode_hex, decode_hex_lower, encode_base64, encode_hex,
};
pub(crate) use self::mac::same_bytes;
pub use self::mac::{HmacSha1, HmacSha256, KeySource, Mac, MacAlgorithm, MacCheck, MacKeys};
pub use self::signed_at::{SignedAt, Tolerance};
pub use self::swappable::SwappableKeys;
