//! MACs over a body that arrives in pieces, and where their keys come from.

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq as _;

use crate::error::VerifyError;
use crate::key::{KeyId, SigningKeys};
use crate::provider::BodyCheck;
use crate::request::Head;

mod sealed {
    /// What the core needs of a MAC; hidden, so that the crate behind it can be exchanged.
    pub trait Algorithm: Send + Sync + 'static {
        type State: Clone + Send + Sync + 'static;

        fn prepare(key: &[u8]) -> Self::State;
        fn update(state: &mut Self::State, bytes: &[u8]);
        fn finalize(state: Self::State) -> super::Mac;
    }
}

/// Is implemented by [`HmacSha1`] and [`HmacSha256`].
pub trait MacAlgorithm: sealed::Algorithm {}

macro_rules! hmac_algorithm {
    ($(#[$meta:meta])* $name:ident, $digest:ty) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum $name {}

        impl sealed::Algorithm for $name {
            type State = hmac::Hmac<$digest>;

            fn prepare(key: &[u8]) -> Self::State {
                use hmac::KeyInit as _;
                hmac::Hmac::<$digest>::new_from_slice(key).expect("HMAC takes keys of every length")
            }

            #[inline]
            fn update(state: &mut Self::State, bytes: &[u8]) {
                use hmac::Mac as _;
                state.update(bytes);
            }

            #[inline]
            fn finalize(state: Self::State) -> Mac {
                use hmac::Mac as _;
                #[cfg(feature = "testing")]
                crate::testing::count_mac();
                Mac::new(&state.finalize().into_bytes())
            }
        }

        impl MacAlgorithm for $name {}
    };
}

hmac_algorithm! {
    /// HMAC with SHA-1: 20 bytes.
    HmacSha1, sha1::Sha1
}

hmac_algorithm! {
    /// HMAC with SHA-256: 32 bytes.
    HmacSha256, sha2::Sha256
}

/// Holds a MAC that was computed here; compared in constant time only, and never printed.
#[derive(Clone)]
pub struct Mac {
    bytes: [u8; Mac::MAX],
    len: usize,
}

impl Mac {
    /// The longest MAC, in bytes.
    pub const MAX: usize = 64;

    #[inline]
    pub(crate) fn new(mac: &[u8]) -> Self {
        let mut bytes = [0; Self::MAX];
        let len = mac.len().min(Self::MAX);
        bytes[..len].copy_from_slice(&mac[..len]);
        Self { bytes, len }
    }

    /// Computes a SHA-256 digest, which takes a MAC's place for schemes without one.
    pub(crate) fn digest(parts: &[&[u8]]) -> Self {
        use sha2::Digest as _;
        let mut digest = sha2::Sha256::new();
        for part in parts {
            digest.update(part);
        }
        Self::new(&digest.finalize())
    }

    /// Returns the bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Tells, in constant time, whether another MAC is the same, length included.
    #[must_use]
    #[inline]
    pub fn matches(&self, other: &[u8]) -> bool {
        same_bytes(self.as_bytes(), other)
    }
}

/// Compares in constant time; only whether the lengths differ can be learnt from how long it
/// takes.
#[inline]
pub(crate) fn same_bytes(own: &[u8], other: &[u8]) -> bool {
    if own.len() != other.len() {
        return false;
    }
    // Word by word: byte by byte, the barriers cost as much as half a block of the digest.
    let (own_words, own_rest) = own.as_chunks::<8>();
    let (other_words, other_rest) = other.as_chunks::<8>();
    let mut same = own_rest.ct_eq(other_rest);
    for (own, other) in own_words.iter().zip(other_words) {
        same &= u64::from_ne_bytes(*own).ct_eq(&u64::from_ne_bytes(*other));
    }
    same.into()
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mac({} bytes)", self.len)
    }
}

/// Holds a ring of signing keys with the MAC state of each set up once.
pub struct MacKeys<A: MacAlgorithm> {
    ids: Arc<[Box<str>]>,
    states: Vec<A::State>,
}

impl<A: MacAlgorithm> MacKeys<A> {
    /// Sets up the MAC state of every key.
    #[must_use]
    pub fn new(keys: &SigningKeys) -> Self {
        Self {
            ids: keys.iter().map(|(id, _)| id.as_str().into()).collect(),
            states: keys
                .iter()
                .map(|(_, key)| A::prepare(key.expose_bytes()))
                .collect(),
        }
    }

    /// Computes the MAC of some byte strings, one after the other, with the ring's first key.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> Mac {
        let mut state = self.states[0].clone();
        for part in parts {
            A::update(&mut state, part);
        }
        A::finalize(state)
    }
}

impl<A: MacAlgorithm> fmt::Debug for MacKeys<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKeys")?;
        f.debug_list().entries(self.ids.iter()).finish()
    }
}

/// Is asked for the keys of each request, with its head in hand.
///
/// A fixed ring ([`Arc<MacKeys>`](MacKeys)) always gives itself, and [`SwappableKeys`](super::SwappableKeys)
/// the ring of the moment. A source of one's own can choose a ring by the request, for example one for each
/// tenant by the path:
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Arc;
///
/// use pulsehook_core::metriport::Metriport;
/// use pulsehook_core::signature::{HmacSha256, KeySource, MacKeys};
/// use pulsehook_core::{Head, Receiver};
///
/// struct ByTenant(HashMap<String, Arc<MacKeys<HmacSha256>>>);
///
/// impl KeySource<HmacSha256> for ByTenant {
///     fn keys(&self, head: &Head<'_>) -> Option<Arc<MacKeys<HmacSha256>>> {
///         let tenant = head.path().strip_prefix("/hooks/")?;
///         self.0.get(tenant).cloned()
///     }
/// }
///
/// let receiver = Receiver::new(Metriport::with_key_source(ByTenant(HashMap::new())));
/// # let _ = receiver;
/// ```
pub trait KeySource<A: MacAlgorithm>: Send + Sync + 'static {
    /// Returns the keys that may have signed a request, or `None` when there are none for it;
    /// the request is then refused.
    fn keys(&self, head: &Head<'_>) -> Option<Arc<MacKeys<A>>>;

    /// Starts a check with these keys. A source that can lend its ring need not share it.
    fn start(&self, head: &Head<'_>) -> Option<MacCheck<A>> {
        self.keys(head).map(|keys| MacCheck::with_keys(&keys))
    }
}

impl<A: MacAlgorithm> KeySource<A> for Arc<MacKeys<A>> {
    fn keys(&self, _head: &Head<'_>) -> Option<Arc<MacKeys<A>>> {
        Some(Arc::clone(self))
    }

    fn start(&self, _head: &Head<'_>) -> Option<MacCheck<A>> {
        Some(MacCheck::with_keys(self))
    }
}

impl<A: MacAlgorithm, S: KeySource<A> + ?Sized> KeySource<A> for Box<S> {
    fn keys(&self, head: &Head<'_>) -> Option<Arc<MacKeys<A>>> {
        (**self).keys(head)
    }

    fn start(&self, head: &Head<'_>) -> Option<MacCheck<A>> {
        (**self).start(head)
    }
}

/// Computes the MACs of one request, one for each key of the ring, in one pass over the body.
pub struct MacCheck<A: MacAlgorithm> {
    ids: Arc<[Box<str>]>,
    states: States<A::State>,
}

/// MAC states in place for the usual one or two keys, on the heap for a longer ring.
enum States<S> {
    One([S; 1]),
    Two([S; 2]),
    More(Vec<S>),
}

impl<S> States<S> {
    fn as_mut_slice(&mut self) -> &mut [S] {
        match self {
            Self::One(states) => states,
            Self::Two(states) => states,
            Self::More(states) => states,
        }
    }
}

impl<A: MacAlgorithm> MacCheck<A> {
    /// Starts a check with the keys that a source has for a request.
    ///
    /// # Errors
    ///
    /// Returns [`VerifyError::NoKey`] when the source has none.
    pub fn start<S: KeySource<A> + ?Sized>(
        source: &S,
        head: &Head<'_>,
    ) -> Result<Self, VerifyError> {
        source.start(head).ok_or(VerifyError::NoKey)
    }

    /// Starts a check with a ring of keys.
    #[must_use]
    pub fn with_keys(keys: &MacKeys<A>) -> Self {
        let states = match keys.states.as_slice() {
            [only] => States::One([only.clone()]),
            [first, second] => States::Two([first.clone(), second.clone()]),
            more => States::More(more.to_vec()),
        };
        Self {
            ids: Arc::clone(&keys.ids),
            states,
        }
    }

    /// Feeds bytes that the scheme signs.
    #[inline]
    pub fn update(&mut self, bytes: &[u8]) {
        for state in self.states.as_mut_slice() {
            A::update(state, bytes);
        }
    }

    /// Computes the MACs, one for each key up to the first that matches, and returns the one that
    /// equals a presented signature, with the id of its key.
    ///
    /// However many signatures are presented, there is at most one MAC for each key.
    ///
    /// # Errors
    ///
    /// Returns [`VerifyError::SignatureMismatch`] when none does.
    pub fn verify<'s>(
        self,
        presented: impl IntoIterator<Item = &'s [u8]> + Clone,
    ) -> Result<(KeyId, Mac), VerifyError> {
        let mut index = 0;
        let mut check = |state| {
            let mac = A::finalize(state);
            let mut presented = presented.clone().into_iter();
            let found = presented
                .any(|signature| mac.matches(signature))
                .then_some((index, mac));
            index += 1;
            found
        };
        let found = match self.states {
            States::One([only]) => check(only),
            States::Two([first, second]) => check(first).or_else(|| check(second)),
            States::More(states) => states.into_iter().find_map(check),
        };
        let (index, mac) = found.ok_or(VerifyError::SignatureMismatch)?;
        Ok((KeyId::of_ring(self.ids, index), mac))
    }
}

impl<A: MacAlgorithm> BodyCheck for MacCheck<A> {
    #[inline]
    fn update(&mut self, frame: &[u8]) {
        MacCheck::update(self, frame);
    }
}

impl<A: MacAlgorithm> fmt::Debug for MacCheck<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MacCheck")
            .field("keys", &self.ids)
            .finish_non_exhaustive()
    }
}
