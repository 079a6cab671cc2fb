//! The secrets of an endpoint, to verify with, to sign with, and to find out which one fits.

use std::fmt;

use pulsehook_axum::signature::encode_hex;
use pulsehook_axum::{
    ConfigError, HeaderSecrets, SharedSecrets, SigningKey, SigningKeys, UrlSecrets,
};

use crate::request::Request;

/// The secrets of an endpoint, by the means that they serve.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    /// Keys that sign.
    pub(crate) keys: Option<SigningKeys>,
    /// Secrets that stand in the URL.
    pub(crate) in_url: Option<InUrl>,
    /// Complete values of a header.
    pub(crate) in_header: Option<InHeader>,
}

/// Secrets that stand in the URL.
#[derive(Clone, Debug)]
pub(crate) struct InUrl {
    pub(crate) place: UrlPlace,
    /// Any of which the URL may carry.
    pub(crate) secrets: SigningKeys,
    /// Whether the URL carries each secret as it is written in the configuration.
    pub(crate) as_written: bool,
}

/// Where in the URL a secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UrlPlace {
    /// In this parameter of the query.
    Query(String),
    /// In the segment after the endpoint's path.
    Path,
}

/// Values of a header.
#[derive(Clone, Debug)]
pub(crate) struct InHeader {
    /// The header's name, in lower case.
    pub(crate) name: String,
    /// Any of which the header may have, complete with scheme.
    pub(crate) values: SigningKeys,
}

/// The usual header.
pub(crate) const AUTHORIZATION: &str = "authorization";

impl Secrets {
    /// Takes keys that sign, and no other secrets.
    pub(crate) fn of_keys(keys: impl Into<SigningKeys>) -> Self {
        Self {
            keys: Some(keys.into()),
            ..Self::default()
        }
    }

    /// Returns the key to sign with.
    pub(crate) fn first_key(&self) -> Option<&SigningKey> {
        first(self.keys.as_ref()?)
    }

    /// Tells whether a text is one of the secrets.
    pub(crate) fn hold(&self, text: &[u8]) -> bool {
        let in_url = self.in_url.as_ref().map(|in_url| &in_url.secrets);
        let in_header = self.in_header.as_ref().map(|in_header| &in_header.values);
        let rings = [self.keys.as_ref(), in_url, in_header];
        rings
            .into_iter()
            .flatten()
            .any(|ring| shared(ring).is_ok_and(|secrets| secrets.matching(text).is_some()))
    }

    /// Makes secrets up that serve the same means.
    pub(crate) fn made_up(&self) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let ring = |scheme: &str| -> Result<SigningKeys, Box<dyn std::error::Error + Send + Sync>> {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes)?;
            Ok(SigningKey::from_text(format!("{scheme}{}", encode_hex(&bytes)))?.into())
        };
        let mut made_up = self.clone();
        if let Some(keys) = &mut made_up.keys {
            *keys = ring("")?;
        }
        if let Some(in_url) = &mut made_up.in_url {
            in_url.secrets = ring("")?;
        }
        if let Some(in_header) = &mut made_up.in_header {
            in_header.values = match in_header.name.as_str() {
                AUTHORIZATION => ring("Bearer ")?,
                _ => ring("")?,
            };
        }
        Ok(made_up)
    }

    /// Adds to a request what proves it beside a signature: the first of each list.
    pub(crate) fn prove(&self, request: Request) -> Request {
        let request = match &self.in_url {
            Some(in_url) => request.at(&in_url.suffix()),
            None => request,
        };
        match &self.in_header {
            Some(InHeader { name, values }) => {
                let value = first(values).map_or(&[][..], SigningKey::expose_bytes);
                request.with_header(name.clone(), value)
            }
            None => request,
        }
    }
}

fn first(keys: &SigningKeys) -> Option<&SigningKey> {
    keys.iter().next().map(|(_, key)| key)
}

impl InUrl {
    /// Returns what checks URLs.
    pub(crate) fn check(&self) -> Result<UrlSecrets, ConfigError> {
        let secrets = shared(&self.secrets)?;
        Ok(match &self.place {
            UrlPlace::Query(name) => UrlSecrets::in_query(name.clone(), secrets),
            UrlPlace::Path => UrlSecrets::in_path(secrets),
        })
    }

    /// Tells whether a text is one of the secrets.
    pub(crate) fn is_one(&self, text: &str) -> bool {
        shared(&self.secrets).is_ok_and(|secrets| secrets.matching(text.as_bytes()).is_some())
    }

    /// Returns the warning for secrets that a URL carries in another form only.
    pub(crate) fn warning(&self) -> Option<String> {
        (!self.as_written).then(|| {
            "has a URL secret with other characters than letters, digits, `-`, `.`, `_` and `~`; \
             percent-encode them in the URL that you register"
                .to_owned()
        })
    }

    /// Returns what a URL carries below the endpoint's path: the first secret, encoded.
    pub(crate) fn suffix(&self) -> String {
        let encoded = first(&self.secrets).map_or_else(String::new, url_encoded);
        match &self.place {
            UrlPlace::Query(name) => format!("?{name}={encoded}"),
            UrlPlace::Path => format!("/{encoded}"),
        }
    }
}

impl InHeader {
    /// Returns what checks headers.
    pub(crate) fn check(&self) -> Result<HeaderSecrets, ConfigError> {
        let values = shared(&self.values)?;
        Ok(match self.name.as_str() {
            AUTHORIZATION => HeaderSecrets::authorization(values),
            _ => HeaderSecrets::in_header(self.name.clone(), values),
        })
    }
}

/// Lists them as secrets that are compared as they are.
fn shared(secrets: &SigningKeys) -> Result<SharedSecrets, ConfigError> {
    let mut ring = None;
    for (id, secret) in secrets.iter() {
        let secret = secret.clone().into();
        ring = Some(match ring {
            None => SharedSecrets::new(id.as_str(), secret),
            Some(ring) => SharedSecrets::with(ring, id.as_str(), secret)?,
        });
    }
    ring.ok_or(ConfigError::NothingVerified)
}

/// Returns a secret as a URL carries it.
fn url_encoded(secret: &SigningKey) -> String {
    let mut encoded = String::new();
    for &byte in secret.expose_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl fmt::Display for UrlPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "the parameter `{name}` of the URL's query"),
            Self::Path => f.write_str("the last segment of the URL's path"),
        }
    }
}
