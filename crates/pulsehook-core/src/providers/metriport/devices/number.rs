//! Numbers of device data: read exactly, written as the sender writes them.

use serde::{Serialize, Serializer};

/// Reads a JSON number to the nearest `f64`; `None` for other JSON, and for a number that is out
/// of range.
///
/// The JSON parser's own reading can be off by the last bit.
pub(super) fn parse(json: &str) -> Option<f64> {
    let is_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let number: f64 = is_number.then(|| json.parse().ok()).flatten()?;
    number.is_finite().then_some(number)
}

/// A number, to be written.
pub(super) struct Number(pub(super) f64);

/// 2^53: below it, every integer is an `f64` of its own.
const INTEGERS_END: f64 = 9_007_199_254_740_992.0;

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = self.0;
        if number.fract() == 0.0 && number.abs() < INTEGERS_END {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it is integral, and far from the limits of the type"
            )]
            serializer.serialize_i64(number as i64)
        } else {
            serializer.serialize_f64(number)
        }
    }
}
