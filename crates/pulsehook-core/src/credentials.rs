//! Credentials that a caller presents as they are: secrets in the URL and in a header.
//!
//! They prove less than a signature, since they do not cover the body; deliveries that rest on
//! them say [`Authenticity::SharedSecret`](crate::Authenticity::SharedSecret). Several can be
//! taken at once, so that one can be exchanged without loss. All are compared, in constant time,
//! whichever matches.

use std::borrow::Cow;
use std::fmt;

use zeroize::Zeroizing;

use crate::error::{ConfigError, VerifyError};
use crate::form;
use crate::key::{KeyId, SharedSecret, SigningKeys};
use crate::request::{Head, HeaderLookup, WantedHeader};
use crate::signature::encode_base64;
use crate::swappable::Swappable;

/// Holds one to eight shared secrets, each with an id, so that a secret can be exchanged without
/// loss.
///
/// ```
/// use pulsehook_core::{SharedSecret, SharedSecrets};
///
/// let secrets = SharedSecrets::new("2026-11", SharedSecret::from_text("new, long and random")?)
///     .with("2026-05", SharedSecret::from_text("old, long and random")?)?;
/// assert_eq!(secrets.len(), 2);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct SharedSecrets(Vec<(KeyId, SharedSecret)>);

impl SharedSecrets {
    /// The most secrets that are taken at once.
    pub const MAX: usize = SigningKeys::MAX;

    /// Starts with one secret.
    #[must_use]
    pub fn new(id: impl AsRef<str>, secret: SharedSecret) -> Self {
        Self(vec![(KeyId::from(id.as_ref()), secret)])
    }

    /// Adds a secret.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::TooManyKeys`] beyond [`SharedSecrets::MAX`] secrets, and
    /// [`ConfigError::DuplicateKeyId`] when there is a secret of that id.
    pub fn with(mut self, id: impl AsRef<str>, secret: SharedSecret) -> Result<Self, ConfigError> {
        let id = KeyId::from(id.as_ref());
        crate::key::check_room(self.0.iter().map(|(other, _)| other), &id)?;
        self.0.push((id, secret));
        Ok(self)
    }

    /// Returns the id of the secret that equals what was presented. All are compared, in constant
    /// time.
    #[must_use]
    pub fn matching(&self, presented: &[u8]) -> Option<KeyId> {
        self.first(&|secret| secret.matches(presented))
    }

    fn first(&self, matches: &dyn Fn(&SharedSecret) -> bool) -> Option<KeyId> {
        let mut found = None;
        for (id, secret) in &self.0 {
            if matches(secret) && found.is_none() {
                found = Some(id);
            }
        }
        found.cloned()
    }

    /// Returns how many secrets there are; never zero.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl From<SharedSecret> for SharedSecrets {
    /// Takes one secret with the id `key-1`.
    fn from(secret: SharedSecret) -> Self {
        Self(vec![(KeyId::FIRST, secret)])
    }
}

impl From<SigningKeys> for SharedSecrets {
    /// Takes a ring of keys as secrets that are presented as they are.
    fn from(keys: SigningKeys) -> Self {
        let secret = |(id, key): (KeyId, _)| (id, SharedSecret::from(key));
        Self(keys.into_iter().map(secret).collect())
    }
}

impl fmt::Debug for SharedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecrets")?;
        f.debug_list()
            .entries(self.0.iter().map(|(id, _)| id))
            .finish()
    }
}

/// Is asked which of the secrets for a request, if any, is the one that it presents.
///
/// A [`SharedSecret`] and [`SharedSecrets`] are sources that never change, and
/// [`Swappable<SharedSecrets>`](Swappable) is one whose secrets can be exchanged. A source of
/// one's own can choose secrets by the request and hand the question on to them.
pub trait SecretSource: Send + Sync + 'static {
    /// Returns the id of the secret for which `matches` says yes. All secrets should be asked
    /// about, so that it takes as long whichever matches.
    fn find(&self, head: &Head<'_>, matches: &dyn Fn(&SharedSecret) -> bool) -> Option<KeyId>;
}

impl SecretSource for SharedSecrets {
    fn find(&self, _head: &Head<'_>, matches: &dyn Fn(&SharedSecret) -> bool) -> Option<KeyId> {
        self.first(matches)
    }
}

impl SecretSource for SharedSecret {
    fn find(&self, _head: &Head<'_>, matches: &dyn Fn(&SharedSecret) -> bool) -> Option<KeyId> {
        matches(self).then_some(KeyId::FIRST)
    }
}

impl SecretSource for Swappable<SharedSecrets> {
    fn find(&self, head: &Head<'_>, matches: &dyn Fn(&SharedSecret) -> bool) -> Option<KeyId> {
        self.current().find(head, matches)
    }
}

/// Holds the secrets that a URL may carry, and where in the URL they stand.
///
/// A secret for a URL should be random and contain letters and digits only, so that nobody
/// encodes it in a way of their own: 32 random bytes in hexadecimal digits, for example. What
/// stands in the URL is percent-decoded before it is compared.
///
/// pulsehook never logs a URL. Layers and proxies that write access logs do: keep path and query
/// of such an endpoint out of them. A secret in the path needs a route that takes any last
/// segment; in axum that is `/hooks/withings/{secret}`.
///
/// ```
/// use pulsehook_core::{SharedSecret, UrlSecrets};
///
/// // For https://host/hooks/withings?token=…
/// let secret = SharedSecret::from_text("4f1c…, long and random")?;
/// let in_query = UrlSecrets::in_query("token", secret.clone());
/// // For https://host/hooks/withings/…
/// let in_path = UrlSecrets::in_path(secret);
/// # let _ = (in_query, in_path);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct UrlSecrets {
    place: Place,
    source: Box<dyn SecretSource>,
}

enum Place {
    Query(Cow<'static, str>),
    LastSegment,
}

impl UrlSecrets {
    /// Takes the secret from a parameter of the query.
    #[must_use]
    pub fn in_query(parameter: impl Into<Cow<'static, str>>, source: impl SecretSource) -> Self {
        Self {
            place: Place::Query(parameter.into()),
            source: Box::new(source),
        }
    }

    /// Takes the secret from the last segment of the path.
    #[must_use]
    pub fn in_path(source: impl SecretSource) -> Self {
        Self {
            place: Place::LastSegment,
            source: Box::new(source),
        }
    }

    /// Judges a request by the secret in its URL, and returns the id of the secret.
    ///
    /// # Errors
    ///
    /// Returns [`VerifyError::MissingCredential`], [`VerifyError::RepeatedCredential`] when the
    /// parameter is there several times, or [`VerifyError::CredentialMismatch`].
    pub fn check(&self, head: &Head<'_>) -> Result<KeyId, VerifyError> {
        let presented = match &self.place {
            Place::Query(parameter) => in_query(head.query().unwrap_or_default(), parameter)?,
            Place::LastSegment => {
                let segment = head.path().rsplit('/').next().unwrap_or_default();
                form::decode_path_segment(segment).ok_or(VerifyError::CredentialMismatch)?
            }
        };
        if presented.is_empty() {
            return Err(VerifyError::MissingCredential);
        }
        self.source
            .find(head, &|secret| secret.matches(presented.as_bytes()))
            .ok_or(VerifyError::CredentialMismatch)
    }
}

/// Finds a parameter that must not be there twice; one that is not there is empty.
fn in_query<'q>(query: &'q str, parameter: &str) -> Result<Cow<'q, str>, VerifyError> {
    let mut found = None;
    // A part that cannot be decoded is somebody else's, or it is not the secret.
    for (name, value) in form::pairs(query).flatten() {
        if name == parameter && found.replace(value).is_some() {
            return Err(VerifyError::RepeatedCredential);
        }
    }
    Ok(found.unwrap_or_default())
}

impl fmt::Debug for UrlSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlSecrets").finish_non_exhaustive()
    }
}

/// Holds the values that a header may have, such as `Authorization`.
///
/// ```
/// use pulsehook_core::{HeaderSecrets, SharedSecret};
///
/// let basic = HeaderSecrets::authorization(HeaderSecrets::basic("user", "a long password")?);
/// let bearer = HeaderSecrets::authorization(HeaderSecrets::value("Bearer a-long-token")?);
/// let other = HeaderSecrets::in_header("x-webhook-token", SharedSecret::from_text("a-long-token")?);
/// # let _ = (basic, bearer, other);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct HeaderSecrets {
    name: Cow<'static, str>,
    has_scheme: bool,
    source: Box<dyn SecretSource>,
}

impl HeaderSecrets {
    /// Takes the secret from the header `Authorization`: the complete value, scheme included.
    ///
    /// A scheme that is known, such as `Basic` and `Bearer`, is compared without regard to upper
    /// and lower case, the rest exactly. A scheme with nothing after it matches nothing: it is
    /// what is left where a variable was not set.
    #[must_use]
    pub fn authorization(source: impl SecretSource) -> Self {
        Self {
            has_scheme: true,
            ..Self::in_header("authorization", source)
        }
    }

    /// Takes the secret from a header, whose complete value is compared exactly.
    ///
    /// A text that can be no name of a header, or the name of one that describes the body
    /// (`content-…`), is refused when the provider is built.
    #[must_use]
    pub fn in_header(name: impl Into<Cow<'static, str>>, source: impl SecretSource) -> Self {
        Self {
            name: crate::request::lower(name.into()),
            has_scheme: false,
            source: Box::new(source),
        }
    }

    /// Takes a text as the complete value of the header `Authorization`, for example `Bearer …`.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::EmptyKey`] when the text is empty or blank, and
    /// [`ConfigError::SchemeAlone`] when it is a scheme with nothing after it, or `Basic` of neither
    /// user nor password: no request is accepted by such a value.
    pub fn value(text: impl Into<String>) -> Result<SharedSecret, ConfigError> {
        let text = Zeroizing::new(text.into());
        if crate::key::is_scheme_alone(text.as_bytes()) && !text.trim().is_empty() {
            return Err(ConfigError::SchemeAlone);
        }
        SharedSecret::from_text(text.as_str())
    }

    /// Makes the value of the header `Authorization` for the scheme `Basic` of a user and a
    /// password, both as UTF-8.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::EmptyKey`] when the password is empty or blank, and
    /// [`ConfigError::MalformedUser`] when the user's name contains a colon, which separates the
    /// two.
    pub fn basic(user: &str, password: &str) -> Result<SharedSecret, ConfigError> {
        let mut value = basic_value(user, password)?;
        SharedSecret::from_text(std::mem::take(&mut *value))
    }

    /// Refuses the name of a header that no request can have, or that may be stored.
    pub(crate) fn check_name(&self) -> Result<(), ConfigError> {
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let is_name = !self.name.is_empty() && self.name.bytes().all(in_name);
        if !is_name || self.name.starts_with("content-") {
            return Err(ConfigError::MalformedHeaderName);
        }
        Ok(())
    }

    /// Names the header, for [`Provider::headers`](crate::Provider::headers).
    #[must_use]
    pub fn wanted(&self) -> WantedHeader {
        WantedHeader::for_check(self.name.clone())
    }

    /// Judges a request by its header, and returns the id of the secret.
    ///
    /// # Errors
    ///
    /// Returns [`VerifyError::MissingCredential`], [`VerifyError::RepeatedHeader`], or
    /// [`VerifyError::CredentialMismatch`].
    pub fn check(&self, head: &Head<'_>) -> Result<KeyId, VerifyError> {
        let presented = match head.header(&self.name) {
            HeaderLookup::Missing | HeaderLookup::One([]) => {
                return Err(VerifyError::MissingCredential);
            }
            _ => head.required(&self.name)?,
        };
        self.source
            .find(head, &|secret| {
                if self.has_scheme {
                    secret.matches_authorization(presented)
                } else {
                    secret.matches(presented)
                }
            })
            .ok_or(VerifyError::CredentialMismatch)
    }
}

/// Makes the value of the scheme `Basic`, of which nothing else stays behind.
pub(crate) fn basic_value(user: &str, password: &str) -> Result<Zeroizing<String>, ConfigError> {
    if crate::key::is_blank(password.as_bytes()) {
        return Err(ConfigError::EmptyKey);
    }
    basic_pair(user, password)
}

/// Makes the value of the scheme `Basic`; the password may be empty.
pub(crate) fn basic_pair(user: &str, password: &str) -> Result<Zeroizing<String>, ConfigError> {
    if user.contains(':') {
        return Err(ConfigError::MalformedUser);
    }
    // Both of their final size.
    let mut pair = Zeroizing::new(String::with_capacity(user.len() + 1 + password.len()));
    pair.push_str(user);
    pair.push(':');
    pair.push_str(password);
    let encoded = Zeroizing::new(encode_base64(pair.as_bytes()));
    let mut value = Zeroizing::new(String::with_capacity("Basic ".len() + encoded.len()));
    value.push_str("Basic ");
    value.push_str(&encoded);
    Ok(value)
}

impl fmt::Debug for HeaderSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderSecrets")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
