//! What the application configures: secrets and public keys.

use std::fmt;
use std::sync::Arc;

use ed25519_dalek::VerifyingKey;
use pulsehook_core::signature::{HmacSha256, MacKeys, decode_base64};
use pulsehook_core::{ConfigError, KeyId, SigningKey, SigningKeys};

/// Holds a secret that messages are signed with by HMAC-SHA256 (`v1`).
///
/// It prints as `[REDACTED]`.
///
/// ```
/// use standard_webhooks::Secret;
///
/// assert!(Secret::from_base64("whsec_").is_err());
/// assert!(Secret::from_base64("whsec_dG9vIHNob3J0").is_err());
/// ```
#[derive(Clone)]
pub struct Secret(SigningKey);

impl Secret {
    /// Decodes the usual form: base64 of 24 to 64 bytes, with or without the prefix `whsec_`.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::MalformedKey`] when the text is not canonical base64 or the key has
    /// another length, [`ConfigError::EmptyKey`] when it holds no key.
    pub fn from_base64(text: &str) -> Result<Self, ConfigError> {
        let key = SigningKey::from_base64(text.strip_prefix("whsec_").unwrap_or(text))?;
        if (24..=64).contains(&key.expose_bytes().len()) {
            Ok(Self(key))
        } else {
            Err(ConfigError::MalformedKey {
                encoding: "base64 of 24 to 64 bytes",
            })
        }
    }

    /// Takes the whole text as the key, prefix included and nothing decoded.
    ///
    /// This is not the standard. Use it only for a sender that is known to sign so: a secret in
    /// the usual form would be accepted here too, and match nothing.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::EmptyKey`] when the text is blank or only the prefix.
    pub fn from_raw_text(text: &str) -> Result<Self, ConfigError> {
        SigningKey::from_text(text.strip_prefix("whsec_").unwrap_or(text))?;
        SigningKey::from_text(text).map(Self)
    }

    pub(crate) fn to_mac_keys(&self) -> MacKeys<HmacSha256> {
        MacKeys::new(&self.0.clone().into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([REDACTED])")
    }
}

/// Holds the public key of a sender that signs by Ed25519 (`v1a`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Decodes base64 of 32 bytes, with or without the prefix `whpk_`.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::MalformedKey`] when the text is not canonical base64 of 32 bytes,
    /// when they are no key, or when they are one of the few keys for which signatures prove
    /// nothing. A private key (`whsk_`) is refused too: a receiver never needs it.
    pub fn from_base64(text: &str) -> Result<Self, ConfigError> {
        let malformed = ConfigError::MalformedKey {
            encoding: "base64 of an Ed25519 public key",
        };
        decode_base64(text.strip_prefix("whpk_").unwrap_or(text).as_bytes())
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
            .filter(|key| !key.is_weak())
            .map(Self)
            .ok_or(malformed)
    }
}

/// Is what one key of a ring can be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Key {
    /// A shared secret, for `v1` signatures.
    Secret(Secret),
    /// A public key, for `v1a` signatures.
    Public(PublicKey),
}

impl From<Secret> for Key {
    fn from(secret: Secret) -> Self {
        Self::Secret(secret)
    }
}

impl From<PublicKey> for Key {
    fn from(key: PublicKey) -> Self {
        Self::Public(key)
    }
}

/// Holds one to eight keys, secrets and public ones in any mixture, each with an id.
///
/// A request is accepted when any of its signatures matches any of the keys. `Debug` shows the
/// ids only.
///
/// ```
/// use pulsehook_core::signature::encode_base64;
/// use standard_webhooks::{Keys, Secret};
///
/// let new = Secret::from_base64(&encode_base64(&[1; 32]))?;
/// let old = Secret::from_base64(&encode_base64(&[2; 32]))?;
/// let keys = Keys::new("2026-11", new).with("2026-05", old)?;
/// assert_eq!(keys.len(), 2);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Keys {
    secrets: Option<SigningKeys>,
    /// The same secrets, with the MAC state of each set up.
    macs: Option<Arc<MacKeys<HmacSha256>>>,
    public: Vec<(KeyId, VerifyingKey)>,
}

impl Keys {
    /// The most keys that one ring holds.
    pub const MAX: usize = SigningKeys::MAX;

    /// Makes a ring of one key.
    #[must_use]
    pub fn new(id: impl AsRef<str>, key: impl Into<Key>) -> Self {
        match key.into() {
            Key::Secret(secret) => Self::from_parts(Some(SigningKeys::new(id, secret.0)), vec![]),
            Key::Public(key) => Self::from_parts(None, vec![(KeyId::from(id.as_ref()), key.0)]),
        }
    }

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::TooManyKeys`] beyond [`Keys::MAX`] keys, and
    /// [`ConfigError::DuplicateKeyId`] when the ring has a key of that id.
    pub fn with(self, id: impl AsRef<str>, key: impl Into<Key>) -> Result<Self, ConfigError> {
        let id = id.as_ref();
        if self.len() == Self::MAX {
            return Err(ConfigError::TooManyKeys { max: Self::MAX });
        }
        if self.ids().any(|other| other.as_str() == id) {
            return Err(ConfigError::DuplicateKeyId { id: id.into() });
        }
        let Self {
            mut secrets,
            mut public,
            ..
        } = self;
        match key.into() {
            Key::Secret(secret) => {
                secrets = Some(match secrets {
                    Some(ring) => ring.with(id, secret.0)?,
                    None => SigningKeys::new(id, secret.0),
                });
            }
            Key::Public(key) => public.push((KeyId::from(id), key.0)),
        }
        Ok(Self::from_parts(secrets, public))
    }

    /// Returns how many keys the ring holds; never zero.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a ring is never empty")]
    pub fn len(&self) -> usize {
        self.ids().count()
    }

    /// Walks the ids, those of secrets first.
    fn ids(&self) -> impl Iterator<Item = &KeyId> {
        let secrets = self.secrets.iter().flat_map(SigningKeys::iter);
        let public = self.public.iter().map(|(id, _)| id);
        secrets.map(|(id, _)| id).chain(public)
    }

    fn from_parts(secrets: Option<SigningKeys>, public: Vec<(KeyId, VerifyingKey)>) -> Self {
        let macs = secrets.as_ref().map(|ring| Arc::new(MacKeys::new(ring)));
        Self {
            secrets,
            macs,
            public,
        }
    }

    pub(crate) fn macs(&self) -> Option<&Arc<MacKeys<HmacSha256>>> {
        self.macs.as_ref()
    }

    pub(crate) fn public(&self) -> &[(KeyId, VerifyingKey)] {
        &self.public
    }
}

impl<K: Into<Key>> From<K> for Keys {
    /// Makes a ring of one key with the id `key-1`.
    fn from(key: K) -> Self {
        Self::new("key-1", key)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")?;
        f.debug_list().entries(self.ids()).finish()
    }
}
