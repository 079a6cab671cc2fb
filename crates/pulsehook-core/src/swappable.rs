//! A value that can be exchanged while requests come in.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Holds a value, such as a ring of shared secrets, that can be exchanged without a restart.
///
/// Clones share the value: give one to the provider and keep another. A request is judged with
/// the value that is there when it is asked for. Signing keys have
/// [`SwappableKeys`](crate::signature::SwappableKeys).
///
/// ```
/// use pulsehook_core::{SharedSecret, SharedSecrets, Swappable, UrlSecrets};
///
/// let old = SharedSecrets::new("old", SharedSecret::from_text("an old, long, random text")?);
/// let secrets = Swappable::new(old);
/// let url_secrets = UrlSecrets::in_query("token", secrets.clone());
///
/// // Later, while both URLs are subscribed:
/// let both = SharedSecrets::new("new", SharedSecret::from_text("a new, long, random text")?)
///     .with("old", SharedSecret::from_text("an old, long, random text")?)?;
/// secrets.replace(both);
/// # let _ = url_secrets;
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct Swappable<T>(Arc<RwLock<Arc<T>>>);

impl<T> Swappable<T> {
    /// Starts with a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(value))))
    }

    /// Puts another value in the place of the current one, for all clones.
    pub fn replace(&self, value: T) {
        let value = Arc::new(value);
        // A value is exchanged as a whole, so a poisoned lock still holds a whole one.
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// Returns the current value.
    #[must_use]
    pub fn current(&self) -> Arc<T> {
        Arc::clone(&self.read())
    }

    /// Lends the current value; nothing can be exchanged meanwhile.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Arc<T>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Swappable<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Swappable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Swappable").finish_non_exhaustive()
    }
}
