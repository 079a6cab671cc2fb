//! Keys that can be exchanged without a restart.

use std::fmt;
use std::sync::Arc;

use super::{KeySource, MacAlgorithm, MacCheck, MacKeys};
use crate::key::SigningKeys;
use crate::request::Head;
use crate::swappable::Swappable;

/// Holds a ring of keys that can be exchanged while requests come in.
///
/// Clones share the ring: give one to the provider and keep another. A request that has begun is
/// judged with the ring it began with.
///
/// ```
/// use pulsehook_core::metriport::Metriport;
/// use pulsehook_core::signature::SwappableKeys;
/// use pulsehook_core::{Receiver, SigningKey, SigningKeys};
///
/// let keys = SwappableKeys::new(&SigningKey::from_text("old key")?.into());
/// let receiver = Receiver::new(Metriport::with_key_source(keys.clone()));
///
/// // Later, when the provider has issued a new key; the old one stays for what is under way.
/// let ring = SigningKeys::new("new", SigningKey::from_text("new key")?)
///     .with("old", SigningKey::from_text("old key")?)?;
/// keys.replace(&ring);
/// # let _ = receiver;
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct SwappableKeys<A: MacAlgorithm>(Swappable<MacKeys<A>>);

impl<A: MacAlgorithm> SwappableKeys<A> {
    /// Starts with a ring of keys.
    #[must_use]
    pub fn new(keys: &SigningKeys) -> Self {
        Self(Swappable::new(MacKeys::new(keys)))
    }

    /// Puts another ring in the place of the current one, for all clones.
    pub fn replace(&self, keys: &SigningKeys) {
        self.0.replace(MacKeys::new(keys));
    }
}

impl<A: MacAlgorithm> KeySource<A> for SwappableKeys<A> {
    fn keys(&self, _head: &Head<'_>) -> Option<Arc<MacKeys<A>>> {
        Some(self.0.current())
    }

    fn start(&self, _head: &Head<'_>) -> Option<MacCheck<A>> {
        Some(MacCheck::with_keys(&self.0.read()))
    }
}

impl<A: MacAlgorithm> Clone for SwappableKeys<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: MacAlgorithm> fmt::Debug for SwappableKeys<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SwappableKeys").finish_non_exhaustive()
    }
}
