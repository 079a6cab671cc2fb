//! Parameters of a call.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::text::Text;

/// Holds the parameters of a call, each name once, in their order.
///
/// Serialised, it is an object of texts. `Debug` prints the names alone: values are ids of users.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(Cow<'static, str>, Text)>);

impl Parameters {
    /// Returns the value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Walks names and values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets a parameter; one of the same name gives way.
    pub(super) fn set(&mut self, name: Cow<'static, str>, value: Text) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, place)) => *place = value,
            None => self.0.push((name, value)),
        }
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
