//! Secrets: signing keys, rings of them, and shared secrets.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::ConfigError;
use crate::signature::{hex_digits, same_bytes};

/// Holds the secret that a provider signs with.
///
/// It is wiped when dropped, prints as `[REDACTED]`, and is never empty or blank: an HMAC accepts
/// an empty key, so an unset variable would let anyone sign. A key of zero bytes alone counts as
/// blank, because an HMAC fills keys up with zeros. The constructors are named after the encoding
/// of what they are given.
///
/// ```
/// use pulsehook_core::SigningKey;
///
/// let key = SigningKey::from_text("whk_example")?;
/// assert_eq!(format!("{key:?}"), "SigningKey([REDACTED])");
/// assert!(SigningKey::from_text("  ").is_err());
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct SigningKey(Zeroizing<Vec<u8>>);

impl SigningKey {
    /// Takes the UTF-8 bytes of a text as the key, untrimmed.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::EmptyKey`] when the text is empty or only white space.
    pub fn from_text(text: impl Into<String>) -> Result<Self, ConfigError> {
        Self::from_bytes(text.into().into_bytes())
    }

    /// Takes bytes as the key.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::EmptyKey`] when there are none, or only white space and zeros.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, ConfigError> {
        Self::from_zeroizing(Zeroizing::new(bytes.into()))
    }

    /// Decodes hexadecimal digits, of either case, into the key.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::MalformedKey`] when the text is not an even number of hexadecimal
    /// digits, [`ConfigError::EmptyKey`] when it holds no key.
    pub fn from_hex(text: &str) -> Result<Self, ConfigError> {
        let malformed = ConfigError::MalformedKey {
            encoding: "hexadecimal",
        };
        if !text.len().is_multiple_of(2) {
            return Err(malformed);
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
        for pair in text.as_bytes().chunks_exact(2) {
            let (Some(high), Some(low)) = (hex_digits::any(pair[0]), hex_digits::any(pair[1]))
            else {
                return Err(malformed);
            };
            bytes.push(high << 4 | low);
        }
        Self::from_zeroizing(bytes)
    }

    /// Decodes padded base64 of the standard alphabet into the key.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::MalformedKey`] when the text is not canonical base64,
    /// [`ConfigError::EmptyKey`] when it holds no key.
    pub fn from_base64(text: &str) -> Result<Self, ConfigError> {
        // Into a buffer that is wiped even when the text turns out to be malformed.
        let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
        let len = STANDARD
            .decode_slice(text, &mut bytes)
            .map_err(|_| ConfigError::MalformedKey { encoding: "base64" })?;
        bytes.truncate(len);
        Self::from_zeroizing(bytes)
    }

    /// Takes the content of a secret file as the key: exactly one line ending is stripped from
    /// its end (`\n` or `\r\n`), and nothing else.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::EmptyKey`] when nothing, or only white space, is left.
    pub fn from_file_content(content: impl Into<Vec<u8>>) -> Result<Self, ConfigError> {
        let mut bytes = Zeroizing::new(content.into());
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Self::from_zeroizing(bytes)
    }

    fn from_zeroizing(bytes: Zeroizing<Vec<u8>>) -> Result<Self, ConfigError> {
        if is_blank(&bytes) {
            return Err(ConfigError::EmptyKey);
        }
        Ok(Self(bytes))
    }

    /// Returns a key with text appended, for providers that sign with a suffixed secret.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len() + suffix.len()));
        bytes.extend_from_slice(&self.0);
        bytes.extend_from_slice(suffix.as_bytes());
        Self(bytes)
    }

    /// Hands out the secret bytes, for providers whose scheme the core does not carry.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([REDACTED])")
    }
}

/// Tells whether a secret is empty or holds nothing but white space and zeros.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(text) => text
            .chars()
            .all(|char| char.is_whitespace() || char == '\0'),
        Err(_) => false,
    }
}

/// Names a key of a ring; cheap to clone.
///
/// It is not secret: deliveries and their serialised forms carry it, so that a rotation can be watched.
#[derive(Clone)]
pub struct KeyId(Id);

#[derive(Clone)]
enum Id {
    Fixed(&'static str),
    /// One of the ids of a whole ring: naming it shares what its request holds already.
    OfRing(Arc<[Box<str>]>, usize),
}

impl KeyId {
    /// The id of a key that was given none.
    pub(crate) const FIRST: Self = Self(Id::Fixed("key-1"));

    pub(crate) fn of_ring(ring: Arc<[Box<str>]>, index: usize) -> Self {
        Self(Id::OfRing(ring, index))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Id::Fixed(id) => id,
            Id::OfRing(ring, index) => ring.get(*index).map_or("", |id| id),
        }
    }
}

impl From<&str> for KeyId {
    fn from(id: &str) -> Self {
        Self::of_ring(Arc::from([Box::from(id)]), 0)
    }
}

impl PartialEq for KeyId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for KeyId {}

impl Hash for KeyId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Holds one to eight signing keys, each with an id, so that a key can be rotated without loss.
///
/// A delivery is accepted when any of them matches, and says which one did.
///
/// ```
/// use pulsehook_core::{SigningKey, SigningKeys};
///
/// let keys = SigningKeys::new("2026-11", SigningKey::from_text("new secret")?)
///     .with("2026-05", SigningKey::from_text("old secret")?)?;
/// assert_eq!(keys.len(), 2);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct SigningKeys(Vec<(KeyId, SigningKey)>);

impl SigningKeys {
    /// The most keys that one ring holds.
    pub const MAX: usize = 8;

    /// Makes a ring of one key.
    #[must_use]
    pub fn new(id: impl AsRef<str>, key: SigningKey) -> Self {
        Self(vec![(KeyId::from(id.as_ref()), key)])
    }

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::TooManyKeys`] beyond [`SigningKeys::MAX`] keys, and
    /// [`ConfigError::DuplicateKeyId`] when the ring has a key of that id.
    pub fn with(mut self, id: impl AsRef<str>, key: SigningKey) -> Result<Self, ConfigError> {
        let id = KeyId::from(id.as_ref());
        check_room(self.0.iter().map(|(other, _)| other), &id)?;
        self.0.push((id, key));
        Ok(self)
    }

    /// Returns the ring with text appended to every key, for providers that sign with a suffixed
    /// secret.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        let suffixed = |(id, key): &(KeyId, SigningKey)| (id.clone(), key.with_suffix(suffix));
        Self(self.0.iter().map(suffixed).collect())
    }

    /// Returns how many keys the ring holds; never zero.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a ring is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Walks the keys in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&KeyId, &SigningKey)> {
        self.0.iter().map(|(id, key)| (id, key))
    }
}

/// Checks that a ring has room for one more secret, and none of its id.
pub(crate) fn check_room<'r>(
    ring: impl ExactSizeIterator<Item = &'r KeyId>,
    id: &KeyId,
) -> Result<(), ConfigError> {
    let max = SigningKeys::MAX;
    if ring.len() == max {
        return Err(ConfigError::TooManyKeys { max });
    }
    if ring.into_iter().any(|other| other == id) {
        return Err(ConfigError::DuplicateKeyId {
            id: id.as_str().into(),
        });
    }
    Ok(())
}

impl IntoIterator for SigningKeys {
    type Item = (KeyId, SigningKey);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<SigningKey> for SigningKeys {
    /// Makes a ring of one key with the id `key-1`.
    fn from(key: SigningKey) -> Self {
        Self::new(KeyId::FIRST.as_str(), key)
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys")?;
        f.debug_list()
            .entries(self.0.iter().map(|(id, _)| id))
            .finish()
    }
}

/// Holds a secret that the caller presents as it is: in the URL, in a header or in the body.
///
/// It proves less than a signature, since it does not cover the body. It is wiped when dropped,
/// prints as `[REDACTED]`, and is never empty or blank.
#[derive(Clone)]
pub struct SharedSecret(SigningKey);

impl SharedSecret {
    /// Takes a text as the secret, untrimmed.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::EmptyKey`] when the text is empty or only white space.
    pub fn from_text(text: impl Into<String>) -> Result<Self, ConfigError> {
        SigningKey::from_text(text).map(Self)
    }

    /// Compares in constant time; only the length can be learnt from how long it takes.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        same_bytes(&self.0.0, presented)
    }

    /// Compares with the value of a header `Authorization`: a scheme that is known, which is no
    /// secret, without regard to upper and lower case, and the rest in constant time.
    #[must_use]
    pub(crate) fn matches_authorization(&self, presented: &[u8]) -> bool {
        let (scheme, rest) = split_scheme(&self.0.0);
        let (presented_scheme, presented_rest) = split_scheme(presented);
        // Both are always compared. A scheme alone is no secret, whoever configured it.
        scheme.eq_ignore_ascii_case(presented_scheme)
            & same_bytes(rest, presented_rest)
            & !is_scheme_alone(&self.0.0)
    }
}

/// Tells whether a value of `Authorization` is a known scheme with nothing after it, or `Basic` of
/// neither user nor password: what is left where a variable was not set.
pub(crate) fn is_scheme_alone(value: &[u8]) -> bool {
    /// A colon in base64.
    const NOBODY: &[u8] = b"Og\x3d\x3d";

    let (scheme, rest) = split_scheme(value);
    is_blank(rest) || scheme.eq_ignore_ascii_case(b"basic") && rest.trim_ascii() == NOBODY
}

/// Splits a known scheme, as registered for HTTP or in wide use, from the rest of the value.
fn split_scheme(value: &[u8]) -> (&[u8], &[u8]) {
    const KNOWN: [&str; 14] = [
        "apikey",
        "basic",
        "bearer",
        "digest",
        "dpop",
        "gnap",
        "hmac",
        "hoba",
        "mutual",
        "negotiate",
        "oauth",
        "privatetoken",
        "token",
        "vapid",
    ];
    let blank = value.iter().position(|byte| *byte == b' ');
    let (word, rest) = value.split_at(blank.unwrap_or(value.len()));
    let is_known = KNOWN
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()));
    if is_known { (word, rest) } else { (&[], value) }
}

impl From<SigningKey> for SharedSecret {
    fn from(key: SigningKey) -> Self {
        Self(key)
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret([REDACTED])")
    }
}
