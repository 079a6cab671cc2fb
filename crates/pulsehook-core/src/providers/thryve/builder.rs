//! Configuration of the provider.

use std::fmt;
use std::sync::Arc;

use super::Thryve;
use crate::credentials::{HeaderSecrets, UrlSecrets};
use crate::error::ConfigError;
use crate::key::SigningKeys;
use crate::signature::{HmacSha256, KeySource, MacKeys, Tolerance};

/// Configures a [`Thryve`].
///
/// All credentials that are configured must be right for a request to be accepted. To exchange
/// them while the service runs, give a clone of [`SwappableKeys`](crate::signature::SwappableKeys)
/// or [`Swappable`](crate::Swappable) and keep another.
#[must_use]
pub struct ThryveBuilder {
    authorization: Option<HeaderSecrets>,
    url_secrets: Option<UrlSecrets>,
    keys: Option<Box<dyn KeySource<HmacSha256>>>,
    tolerance: Option<Tolerance>,
    decompressed_limit: usize,
    strict: bool,
    unauthenticated: bool,
}

impl Default for ThryveBuilder {
    fn default() -> Self {
        Self {
            authorization: None,
            url_secrets: None,
            keys: None,
            tolerance: None,
            decompressed_limit: 32 * 1024 * 1024,
            strict: false,
            unauthenticated: false,
        }
    }
}

impl ThryveBuilder {
    /// Asks for a secret in a header: Thryve's "web authentication".
    pub fn authorization(mut self, secrets: HeaderSecrets) -> Self {
        self.authorization = Some(secrets);
        self
    }

    /// Asks for a secret in the URL.
    pub fn url_secrets(mut self, secrets: UrlSecrets) -> Self {
        self.url_secrets = Some(secrets);
        self
    }

    /// Asks for a signature by one of a fixed ring of HMAC secrets.
    pub fn keys(self, keys: impl Into<SigningKeys>) -> Self {
        self.key_source(Arc::new(MacKeys::new(&keys.into())))
    }

    /// Asks for a signature by one of the keys that are asked for with each request's head in
    /// hand. It takes the place of [`keys`](ThryveBuilder::keys).
    pub fn key_source(mut self, keys: impl KeySource<HmacSha256>) -> Self {
        self.keys = Some(Box::new(keys));
        self
    }

    /// Refuses signed requests whose time stamp lies outside a tolerance, or is no time: 10 digits
    /// are seconds since 1970, 13 are milliseconds, and anything else is ISO 8601, UTC if it names
    /// no zone.
    ///
    /// Off by default, and then the time stamp can be any text: its form is not documented, nor
    /// whether retries are signed anew. It is judged after the signature, and needs
    /// [`keys`](ThryveBuilder::keys).
    pub fn tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Limits what a body unpacks to, in bytes; 32 MiB by default. More is answered 413.
    pub fn decompressed_limit(mut self, bytes: usize) -> Self {
        self.decompressed_limit = bytes;
        self
    }

    /// Takes messages only in the form that Thryve documents. Refused are then:
    ///
    /// - frames in base64, and signatures over what base64 text decodes to;
    /// - frames without `Content-Encoding: zstd`;
    /// - JSON under `Content-Encoding: zstd`;
    /// - any other `Content-Encoding` but `identity`, and one that is there twice (401);
    /// - data types as objects (`{"value": 1000}`) in the `dataTypeIds` of notifications.
    ///
    /// The header names with underscores stay: they carry the same signature.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Accepts requests without any credentials.
    ///
    /// Anyone who knows the URL can send such requests; their deliveries say
    /// [`Authenticity::None`](crate::Authenticity::None).
    pub fn danger_accept_unauthenticated(mut self) -> Self {
        self.unauthenticated = true;
        self
    }

    /// Makes the provider.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::NothingVerified`] when no credentials are configured and
    /// unauthenticated requests are not accepted, [`ConfigError::Contradiction`] when both are the
    /// case, [`ConfigError::Incomplete`] for a tolerance without keys, and
    /// [`ConfigError::MalformedHeaderName`] for a header that no request can have.
    pub fn build(self) -> Result<Thryve, ConfigError> {
        let verifies =
            self.authorization.is_some() || self.url_secrets.is_some() || self.keys.is_some();
        match (verifies, self.unauthenticated) {
            (false, false) => return Err(ConfigError::NothingVerified),
            (true, true) => return Err(ConfigError::Contradiction),
            _ => {}
        }
        if let Some(authorization) = &self.authorization {
            authorization.check_name()?;
        }
        if self.tolerance.is_some() && self.keys.is_none() {
            return Err(ConfigError::Incomplete {
                option: "tolerance",
                needs: "keys",
            });
        }
        Ok(Thryve {
            authorization: self.authorization,
            url_secrets: self.url_secrets,
            keys: self.keys,
            tolerance: self.tolerance,
            decompressed_limit: self.decompressed_limit,
            strict: self.strict,
        })
    }
}

impl fmt::Debug for ThryveBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThryveBuilder")
            .field("authorization", &self.authorization)
            .field("url_secrets", &self.url_secrets)
            .field("has_keys", &self.keys.is_some())
            .field("tolerance", &self.tolerance)
            .field("decompressed_limit", &self.decompressed_limit)
            .field("strict", &self.strict)
            .field("accepts_unauthenticated", &self.unauthenticated)
            .finish()
    }
}
