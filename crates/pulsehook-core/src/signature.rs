//! What signature schemes are built from: MACs over a body that arrives in pieces, strict
//! decoding of header values, and the arithmetic of time stamps.
//!
//! A provider keeps a [`MacKeys`] (or another [`KeySource`]), starts a [`MacCheck`] for each
//! request, feeds it what the scheme signs, and asks it at the end which key made the signature.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;

use crate::error::VerifyError;
use crate::key::{KeyId, SigningKeys};
use crate::provider::BodyCheck;
use crate::request::Head;

mod swappable;

pub use self::swappable::SwappableKeys;

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
        let own = self.as_bytes();
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
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mac({} bytes)", self.len)
    }
}

/// Holds a ring of signing keys with the MAC state of each set up once.
pub struct MacKeys<A: MacAlgorithm> {
    keys: Vec<(KeyId, A::State)>,
}

impl<A: MacAlgorithm> MacKeys<A> {
    /// Sets up the MAC state of every key.
    #[must_use]
    pub fn new(keys: &SigningKeys) -> Self {
        let keys = keys
            .iter()
            .map(|(id, key)| (id.clone(), A::prepare(key.expose_bytes())))
            .collect();
        Self { keys }
    }

    /// Computes the MAC of some byte strings, one after the other, with the ring's first key.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> Mac {
        let mut state = self.keys[0].1.clone();
        for part in parts {
            A::update(&mut state, part);
        }
        A::finalize(state)
    }
}

impl<A: MacAlgorithm> fmt::Debug for MacKeys<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKeys")?;
        f.debug_list()
            .entries(self.keys.iter().map(|(id, _)| id))
            .finish()
    }
}

/// Is asked for the keys of each request, with its head in hand.
///
/// A fixed ring ([`Arc<MacKeys>`](MacKeys)) always gives itself, and [`SwappableKeys`] the ring of
/// the moment. A source of one's own can choose a ring by the request, for example one for each
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
}

impl<A: MacAlgorithm> KeySource<A> for Arc<MacKeys<A>> {
    fn keys(&self, _head: &Head<'_>) -> Option<Arc<MacKeys<A>>> {
        Some(Arc::clone(self))
    }
}

impl<A: MacAlgorithm, S: KeySource<A> + ?Sized> KeySource<A> for Box<S> {
    fn keys(&self, head: &Head<'_>) -> Option<Arc<MacKeys<A>>> {
        (**self).keys(head)
    }
}

/// Computes the MACs of one request, one for each key of the ring, in one pass over the body.
pub struct MacCheck<A: MacAlgorithm> {
    keys: Arc<MacKeys<A>>,
    states: States<A::State>,
    algorithm: PhantomData<A>,
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
        source
            .keys(head)
            .map(Self::with_keys)
            .ok_or(VerifyError::NoKey)
    }

    /// Starts a check with a ring of keys.
    #[must_use]
    pub fn with_keys(keys: Arc<MacKeys<A>>) -> Self {
        let states = match keys.keys.as_slice() {
            [(_, only)] => States::One([only.clone()]),
            [(_, first), (_, second)] => States::Two([first.clone(), second.clone()]),
            more => States::More(more.iter().map(|(_, state)| state.clone()).collect()),
        };
        Self {
            keys,
            states,
            algorithm: PhantomData,
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
        let mut ids = self.keys.keys.iter().map(|(id, _)| id);
        let mut check = |state| {
            let id = ids.next()?;
            let mac = A::finalize(state);
            let mut presented = presented.clone().into_iter();
            presented
                .any(|signature| mac.matches(signature))
                .then(|| (id.clone(), mac))
        };
        let found = match self.states {
            States::One([only]) => check(only),
            States::Two([first, second]) => check(first).or_else(|| check(second)),
            States::More(states) => states.into_iter().find_map(check),
        };
        found.ok_or(VerifyError::SignatureMismatch)
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
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// Values of hexadecimal digits.
pub(crate) mod hex_digits {
    const BAD: u8 = 0xff;

    const fn table(upper: bool) -> [u8; 256] {
        let mut table = [BAD; 256];
        let mut value = 0;
        while value < 16 {
            table[b"0123456789abcdef"[value as usize] as usize] = value;
            if upper {
                table[b"0123456789ABCDEF"[value as usize] as usize] = value;
            }
            value += 1;
        }
        table
    }

    pub(crate) static LOWER: [u8; 256] = table(false);
    pub(crate) static ANY: [u8; 256] = table(true);

    pub(crate) fn any(digit: u8) -> Option<u8> {
        let value = ANY[digit as usize];
        (value != BAD).then_some(value)
    }
}

/// Values of the digits of base64, in the standard alphabet; all bits are set for other bytes.
static BASE64_DIGITS: [u8; 256] = {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [0xff; 256];
    let mut value = 0;
    while value < 64 {
        table[digits[value as usize] as usize] = value;
        value += 1;
    }
    table
};

fn decode_hex_with<const N: usize>(text: &[u8], table: &[u8; 256]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    // A bad digit has bits above the lowest four; they are gathered and judged once.
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (table[pair[0] as usize], table[pair[1] as usize]);
        seen |= high | low;
        *byte = high << 4 | (low & 0x0f);
    }
    (seen < 16).then_some(bytes)
}

/// Decodes exactly `2 × N` hexadecimal digits of either case.
#[must_use]
pub fn decode_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    decode_hex_with(text, &hex_digits::ANY)
}

/// Decodes exactly `2 × N` lower-case hexadecimal digits; upper-case ones are refused.
#[must_use]
pub fn decode_hex_lower<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    decode_hex_with(text, &hex_digits::LOWER)
}

/// Writes bytes as lower-case hexadecimal digits.
#[must_use]
pub fn encode_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 0x0f)]));
    }
    text
}

/// Decodes exactly `N` bytes (at most 64) from canonical padded base64 of the standard alphabet.
///
/// White space, the URL-safe alphabet, missing padding and stray trailing bits are refused.
#[must_use]
pub fn decode_base64<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    const { assert!(N <= 64) };
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    let digits = match N % 3 {
        0 => text,
        1 => text.strip_suffix(b"==")?,
        _ => text.strip_suffix(b"=")?,
    };
    let mut bytes = [0; N];
    // A bad digit has bits above the lowest six; they are gathered and judged once.
    let mut seen = 0;
    let mut decode = |digits: &[u8]| {
        // Digits that the padding stands for count as zeros.
        let bits = (0..4).fold(0_u32, |bits, at| {
            let digit = digits.get(at).copied().unwrap_or(b'A');
            let value = BASE64_DIGITS[usize::from(digit)];
            seen |= value;
            bits << 6 | u32::from(value & 0x3f)
        });
        let [_, decoded @ ..] = bits.to_be_bytes();
        decoded
    };
    let (quads, last) = digits.as_chunks::<4>();
    let (triples, rest) = bytes.as_chunks_mut::<3>();
    for (quad, triple) in quads.iter().zip(triples) {
        *triple = decode(quad);
    }
    let last = decode(last);
    let (last, stray) = last.split_at(rest.len());
    rest.copy_from_slice(last);
    (seen < 64 && stray.iter().all(|byte| *byte == 0)).then_some(bytes)
}

/// Decodes base64 like [`decode_base64`], and as strictly, into whatever number of bytes up to
/// `max` there are: for signatures whose length varies, such as DER.
#[must_use]
pub fn decode_base64_up_to(text: &[u8], max: usize) -> Option<Vec<u8>> {
    if text.len() / 4 > max.div_ceil(3) {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    (bytes.len() <= max).then_some(bytes)
}

/// Writes bytes as padded base64 of the standard alphabet.
#[must_use]
pub fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Holds the time that a sender put under its signature, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedAt(i64);

impl SignedAt {
    /// Reads 1 to 11 digits as seconds since 1970.
    ///
    /// Signs, blanks, leading zeros and anything else but digits are refused.
    #[must_use]
    pub fn from_seconds(text: &[u8]) -> Option<Self> {
        if text.len() > 11 {
            None
        } else {
            digits(text).map(|seconds| Self(seconds * 1000))
        }
    }

    /// Reads 12 to 14 digits as milliseconds since 1970; otherwise as strict as
    /// [`from_seconds`](SignedAt::from_seconds).
    #[must_use]
    pub fn from_millis(text: &[u8]) -> Option<Self> {
        if (12..=14).contains(&text.len()) {
            digits(text).map(Self)
        } else {
            None
        }
    }

    /// Decides between seconds (up to 11 digits) and milliseconds (12 to 14) by the number of
    /// digits.
    #[must_use]
    pub fn from_seconds_or_millis(text: &[u8]) -> Option<Self> {
        Self::from_seconds(text).or_else(|| Self::from_millis(text))
    }
}

impl From<jiff::Timestamp> for SignedAt {
    fn from(instant: jiff::Timestamp) -> Self {
        Self(instant.as_millisecond())
    }
}

/// Reads at most 14 digits without a leading zero.
fn digits(text: &[u8]) -> Option<i64> {
    match text {
        [] | [b'0', _, ..] => None,
        _ if text.len() > 14 => None,
        _ => text.iter().try_fold(0, |value, digit| {
            let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
            Some(value * 10 + digit)
        }),
    }
}

/// Says how far a signed time may lie from the receiver's clock, in each direction.
///
/// ```
/// use std::time::Duration;
/// use pulsehook_core::signature::Tolerance;
///
/// assert_eq!(Tolerance::default(), Tolerance::new(Duration::from_secs(300)));
/// let one_day_old = Tolerance::new(Duration::from_secs(60)).past(Duration::from_secs(86_400));
/// # let _ = one_day_old;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    past: Duration,
    future: Duration,
}

impl Tolerance {
    /// Allows the same distance into the past and into the future; both ends are included.
    #[must_use]
    pub const fn new(both: Duration) -> Self {
        Self {
            past: both,
            future: both,
        }
    }

    /// Sets how old a signed time may be.
    #[must_use]
    pub const fn past(mut self, past: Duration) -> Self {
        self.past = past;
        self
    }

    /// Sets how far a signed time may lie ahead.
    #[must_use]
    pub const fn future(mut self, future: Duration) -> Self {
        self.future = future;
        self
    }

    /// Checks a signed time against the receiver's clock.
    ///
    /// # Errors
    ///
    /// Returns [`VerifyError::TooOld`] or [`VerifyError::TooNew`].
    pub fn check(&self, signed_at: SignedAt, now: SystemTime) -> Result<(), VerifyError> {
        let age_nanos = nanos_since_epoch(now) - i128::from(signed_at.0) * 1_000_000;
        let nanos = |span: Duration| i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
        if age_nanos > nanos(self.past) {
            Err(VerifyError::TooOld)
        } else if age_nanos < -nanos(self.future) {
            Err(VerifyError::TooNew)
        } else {
            Ok(())
        }
    }
}

impl Default for Tolerance {
    /// Allows 5 minutes in both directions.
    fn default() -> Self {
        Self::new(Duration::from_secs(300))
    }
}

/// Returns the distance from 1970, negative for a clock that stands before it.
fn nanos_since_epoch(now: SystemTime) -> i128 {
    let signed = |span: Duration| i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
    match now.duration_since(UNIX_EPOCH) {
        Ok(after) => signed(after),
        Err(error) => -signed(error.duration()),
    }
}
