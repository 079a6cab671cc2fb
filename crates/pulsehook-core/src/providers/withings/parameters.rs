//! Parameters of a form: names with one value each.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::DecodeError;
use crate::text::Text;

/// The names that the documentation knows; only these are named in errors.
const KNOWN: &[&str] = &[
    "action",
    "appli",
    "carrier",
    "carrier_service",
    "customer_id",
    "customer_ref",
    "date",
    "deviceid",
    "enddate",
    "is_replacement",
    "mac",
    "original_customer_ref",
    "original_serial_number",
    "parcel_status",
    "startdate",
    "status",
    "tracking_number",
    "userid",
];

/// Holds parameters as they were received, decoded: names with one value each.
///
/// Serialised, it is an object of texts. `Debug` prints names and values, which can be health
/// data.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Parameters(Box<[(Text, Text)]>);

impl Parameters {
    /// Returns the value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.0, name).map(Text::as_str)
    }

    /// Walks the names and values, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Pairs of names and values, sorted by name, each name once.
pub(super) struct Pairs<N, V>(Vec<(N, V)>);

impl<N: AsRef<str> + Ord, V: PartialEq> Pairs<N, V> {
    /// Sorts pairs, in time that grows little more than their number.
    ///
    /// A name that is there again must have the same value.
    pub(super) fn new(mut pairs: Vec<(N, V)>) -> Result<Self, DecodeError> {
        pairs.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let ambiguous = pairs
            .windows(2)
            .find(|pair| matches!(pair, [one, other] if one.0 == other.0 && one.1 != other.1));
        if let Some([(name, _), ..]) = ambiguous {
            let known = KNOWN.iter().find(|known| **known == name.as_ref());
            return Err(DecodeError::ambiguous_field(known.copied()));
        }
        pairs.dedup_by(|one, other| one.0 == other.0);
        Ok(Self(pairs))
    }

    pub(super) fn get(&self, name: &str) -> Option<&V> {
        find(&self.0, name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl<N: AsRef<str> + Ord, V: AsRef<str> + PartialEq> Pairs<N, V> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(V::as_ref)
    }

    /// Keeps all parameters but those of some names.
    pub(super) fn without(&self, names: &[&str]) -> Parameters {
        let others = || self.iter().filter(|(name, _)| !names.contains(name));
        // Counted first, so that no room is taken that stays empty.
        let mut kept = Vec::with_capacity(others().count());
        kept.extend(others().map(|(name, value)| (Text::from(name), Text::from(value.as_ref()))));
        Parameters(kept.into_boxed_slice())
    }
}

fn find<'p, N: AsRef<str>, V>(sorted: &'p [(N, V)], name: &str) -> Option<&'p V> {
    let place = sorted.binary_search_by(|(candidate, _)| candidate.as_ref().cmp(name));
    sorted.get(place.ok()?).map(|(_, value)| value)
}
