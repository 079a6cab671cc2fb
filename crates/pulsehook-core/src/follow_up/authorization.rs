//! Which credential a call needs, and the credential itself.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::ConfigError;
use crate::text::Text;

/// Says which credential a call needs.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Credential {
    /// What kind it is.
    pub kind: CredentialKind,
    /// The provider's id of the user whose token it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Text>,
}

impl Credential {
    pub(super) fn new(kind: CredentialKind, user: Option<&str>) -> Self {
        Self {
            kind,
            user: user.map(Text::from),
        }
    }
}

impl fmt::Debug for Credential {
    /// Leaves the user out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.kind, f)
    }
}

/// Names the kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A token that a user gave the application, sent as `Authorization: Bearer`.
    UserToken,
    /// A token of the application itself, sent as `Authorization: Bearer`.
    ApplicationToken,
    /// A key of the application.
    ApplicationKey,
    /// Names and passwords of the application, in two headers.
    ApplicationPasswords,
    /// A signature over the call, among its parameters.
    Signature,
}

/// Holds a credential for one call or many; `Debug` does not show it, and it is wiped when dropped.
///
/// The modules of the providers make their own, and a call of a provider takes no others: a
/// credential must never go to another provider than its own.
///
/// ```
/// use pulsehook_core::follow_up::Authorization;
///
/// let token = Authorization::bearer("a-token")?;
/// assert!(!format!("{token:?}").contains("a-token"));
/// assert!(Authorization::bearer(" ").is_err());
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Authorization {
    pub(super) fits: &'static [CredentialKind],
    pub(super) provider: Option<&'static str>,
    pub(super) headers: Vec<(&'static str, Zeroizing<String>)>,
    pub(super) parameters: Vec<(Cow<'static, str>, Zeroizing<String>)>,
}

impl Authorization {
    /// No credential, for calls that need none.
    #[must_use]
    pub fn none() -> Self {
        Self::new(&[])
    }

    /// A bearer token, of a user or of the application.
    ///
    /// It is for calls of one's own; say whose it is
    /// ([`of_provider`](Authorization::of_provider)), or take what the provider's module makes, for
    /// those of a provider.
    ///
    /// # Errors
    ///
    /// Returns an error when the token is blank, or cannot stand in a header.
    pub fn bearer(token: &str) -> Result<Self, ConfigError> {
        let value = Zeroizing::new(format!("Bearer {}", checked(token)?));
        Ok(
            Self::new(&[CredentialKind::UserToken, CredentialKind::ApplicationToken])
                .header("authorization", value),
        )
    }

    /// A key of the application, in a header of its own.
    ///
    /// # Errors
    ///
    /// Returns an error when the key is blank, or cannot stand in a header.
    pub fn key(header: &'static str, key: &str) -> Result<Self, ConfigError> {
        let value = Zeroizing::new(checked(key)?.to_owned());
        Ok(Self::new(&[CredentialKind::ApplicationKey]).header(header, value))
    }

    /// Says whose credential it is, by the [`NAME`](crate::Provider::NAME) of the provider. Calls of
    /// others refuse it.
    #[must_use]
    pub fn of_provider(mut self, provider: &'static str) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Says that it fits fewer kinds of calls.
    pub(crate) fn only_for(mut self, fits: &'static [CredentialKind]) -> Self {
        self.fits = fits;
        self
    }

    pub(crate) fn new(fits: &'static [CredentialKind]) -> Self {
        Self {
            fits,
            provider: None,
            headers: Vec::new(),
            parameters: Vec::new(),
        }
    }

    /// Adds a header, whose value must be one that can stand there.
    pub(crate) fn header(mut self, name: &'static str, value: Zeroizing<String>) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds a parameter of the form.
    pub(crate) fn parameter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = Zeroizing::new(value.into());
        self.parameters.push((name.into(), value));
        self
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Authorization")
            .field("fits", &self.fits)
            .field("provider", &self.provider)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// Checks that a secret is not blank and can stand in a header, without a line break at its end.
pub(crate) fn checked(text: &str) -> Result<&str, ConfigError> {
    if text.trim().is_empty() {
        return Err(ConfigError::EmptyKey);
    }
    let is_visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if !text.bytes().all(is_visible) {
        return Err(ConfigError::MalformedKey {
            encoding: "text that can stand in a header",
        });
    }
    Ok(text)
}
