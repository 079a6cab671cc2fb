//! Exact decimal numbers: `value` × 10^`unit` ("Measure – Getmeas" of the API reference at
//! developer.withings.com, read November 2026).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Serialize, Serializer};

use super::measure_type::real_value;

/// The longest text without an exponent, in digits and the point.
const LONGEST_PLAIN: usize = 40;

/// Holds a decimal number exactly: a whole number times a power of ten.
///
/// `Display` prints all digits that were given, so 65750 × 10^-3 is `65.750`. A text of more than
/// 40 characters is printed with an exponent instead, as `5e100`. Serialised, it is that text.
///
/// Comparison and hash are those of the number: `65.750` and `65.75` are equal. They are exact,
/// whatever the exponents.
///
/// ```
/// use pulsehook_core::withings::Decimal;
///
/// let weight = Decimal::new(65750, -3);
/// assert_eq!(weight.to_string(), "65.750");
/// assert_eq!(weight, Decimal::new(6575, -2));
/// assert!(weight < Decimal::new(66, 0));
/// assert_eq!(weight.as_f64(), 65.75);
/// ```
#[derive(Clone, Copy)]
pub struct Decimal {
    value: i64,
    exponent: i32,
}

impl Decimal {
    /// Makes the number `value` × 10^`exponent`.
    #[must_use]
    pub const fn new(value: i64, exponent: i32) -> Self {
        Self { value, exponent }
    }

    /// Returns the whole number that is multiplied, as it was given.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.value
    }

    /// Returns the exponent of ten, as it was given.
    #[must_use]
    pub const fn exponent(self) -> i32 {
        self.exponent
    }

    /// Returns the nearest `f64`; infinite where the number is too large for one.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        real_value(self.value, self.exponent)
    }

    /// The digits without zeros at their end, and the exponent that belongs to them; the sign is
    /// left out.
    fn canonical(self) -> (u64, i64) {
        let (mut digits, mut exponent) = (self.value.unsigned_abs(), i64::from(self.exponent));
        if digits == 0 {
            return (0, 0);
        }
        while digits.is_multiple_of(10) {
            digits /= 10;
            exponent = exponent.saturating_add(1);
        }
        (digits, exponent)
    }

    /// Compares without sign: by the place of the first digit, then by the digits.
    fn cmp_magnitude(self, other: Self) -> Ordering {
        let parts = |decimal: Self| {
            let (digits, exponent) = decimal.canonical();
            let count = digits.checked_ilog10().map_or(0, |log| log + 1);
            let place = exponent.saturating_add(i64::from(count));
            // At most 19 digits, so 20 places hold them all, and the product fits.
            let zeros = 10_u128.saturating_pow(20_u32.saturating_sub(count));
            (place, u128::from(digits).saturating_mul(zeros))
        };
        parts(self).cmp(&parts(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let signs = self.value.signum().cmp(&other.value.signum());
        signs.then_with(|| match self.value.signum() {
            0 => Ordering::Equal,
            1 => self.cmp_magnitude(*other),
            _ => other.cmp_magnitude(*self),
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.signum().hash(state);
        self.canonical().hash(state);
    }
}

impl fmt::Display for Decimal {
    /// Width, fill and sign are as for numbers; a precision changes nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.value.unsigned_abs().to_string();
        let text = plain(&digits, self.exponent);
        let text = text.unwrap_or_else(|| format!("{digits}e{}", self.exponent));
        f.pad_integral(self.value >= 0, "", &text)
    }
}

/// Writes a number without an exponent; `None` where that would be too long.
fn plain(digits: &str, exponent: i32) -> Option<String> {
    let places = usize::try_from(exponent.unsigned_abs()).ok()?;
    if exponent >= 0 {
        if digits == "0" {
            return Some(digits.to_owned());
        }
        let is_short = places.saturating_add(digits.len()) <= LONGEST_PLAIN;
        return is_short.then(|| format!("{digits}{}", "0".repeat(places)));
    }
    // At least one digit stands in front of the point.
    let length = digits.len().max(places.saturating_add(1));
    if length >= LONGEST_PLAIN {
        return None;
    }
    let padded = format!("{digits:0>length$}");
    let (whole, fraction) = padded.split_at_checked(length.saturating_sub(places))?;
    Some(format!("{whole}.{fraction}"))
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
