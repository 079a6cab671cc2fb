//! The three headers, in either family of names.

use pulsehook_core::signature::{SignedAt, decode_base64};
use pulsehook_core::{Head, HeaderLookup, VerifyError};

use crate::keys::Keys;

/// The most signatures that one request may list.
pub const MAX_TOKENS: usize = 16;

/// The most `v1a` signatures that one request may list, for receivers that hold a public key:
/// each of them costs more than a MAC.
pub const MAX_ED25519_TOKENS: usize = 4;

/// The most bytes that the signature header may have.
pub const MAX_SIGNATURE_BYTES: usize = 2048;

/// The most bytes that a message id may have.
pub const MAX_ID_BYTES: usize = 256;

/// Names one of the two sets of header names for the same scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third set")]
pub enum HeaderFamily {
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Webhook,
    /// `svix-id`, `svix-timestamp`, `svix-signature`.
    Svix,
}

impl HeaderFamily {
    /// Returns the name of the header with the message id, the same on every retry.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Webhook => "webhook-id",
            Self::Svix => "svix-id",
        }
    }

    /// Returns the name of the header with the time of the attempt, in seconds since 1970.
    #[must_use]
    pub const fn timestamp(self) -> &'static str {
        match self {
            Self::Webhook => "webhook-timestamp",
            Self::Svix => "svix-timestamp",
        }
    }

    /// Returns the name of the header with the signatures.
    #[must_use]
    pub const fn signature(self) -> &'static str {
        match self {
            Self::Webhook => "webhook-signature",
            Self::Svix => "svix-signature",
        }
    }

    const fn names(self) -> [&'static str; 3] {
        [self.id(), self.timestamp(), self.signature()]
    }

    /// Finds the family of a request. As soon as both occur, be they complete or not, it would be
    /// a guess which one counts.
    pub(crate) fn of(head: &Head<'_>) -> Result<Self, VerifyError> {
        let occurs = |family: Self| {
            let mut names = family.names().into_iter();
            names.any(|name| head.header(name) != HeaderLookup::Missing)
        };
        match (occurs(Self::Webhook), occurs(Self::Svix)) {
            (true, true) => Err(VerifyError::MixedHeaders),
            (false, true) => Ok(Self::Svix),
            // Without any, the error names a header of the standard.
            (_, false) => Ok(Self::Webhook),
        }
    }
}

/// What stands in front of the body in the signed bytes, as received.
#[derive(Clone, Copy)]
pub(crate) struct Prefix<'a> {
    id: &'a [u8],
    timestamp: &'a [u8],
}

impl<'a> Prefix<'a> {
    pub(crate) fn read(head: &Head<'a>, family: HeaderFamily) -> Result<Self, VerifyError> {
        let id = head.required(family.id())?;
        let timestamp = head.required(family.timestamp())?;
        // The id becomes text later on.
        if id.is_empty() || id.len() > MAX_ID_BYTES || std::str::from_utf8(id).is_err() {
            return Err(head.malformed(family.id()));
        }
        Ok(Self { id, timestamp })
    }

    /// Reads the time; only digits without leading zeros are a time.
    pub(crate) fn signed_at(
        &self,
        head: &Head<'_>,
        family: HeaderFamily,
    ) -> Result<SignedAt, VerifyError> {
        SignedAt::from_seconds(self.timestamp)
            .ok_or_else(|| head.malformed_timestamp(family.timestamp()))
    }

    pub(crate) fn parts(&self) -> [&'a [u8]; 4] {
        [self.id, b".", self.timestamp, b"."]
    }
}

enum Version {
    Hmac,
    Ed25519,
}

/// The signatures of a request that some key could match.
pub(crate) struct Presented {
    pub(crate) v1: Vec<[u8; 32]>,
    pub(crate) v1a: Vec<[u8; 64]>,
}

impl Presented {
    /// Reads the list of signatures. Unknown versions, versions without a key, and what does not
    /// decode are passed over, as the standard says, but not two headers made one by a proxy: a
    /// token, whatever its version, has no second comma.
    pub(crate) fn read(
        head: &Head<'_>,
        family: HeaderFamily,
        keys: &Keys,
    ) -> Result<Self, VerifyError> {
        let name = family.signature();
        let value = head.required(name)?;
        if value.len() > MAX_SIGNATURE_BYTES {
            return Err(head.malformed(name));
        }
        let mut presented = Self {
            v1: Vec::new(),
            v1a: Vec::new(),
        };
        for (listed, token) in value.split(|byte| *byte == b' ').enumerate() {
            if listed == MAX_TOKENS {
                return Err(head.malformed(name));
            }
            if token.iter().filter(|byte| **byte == b',').count() > 1 {
                return Err(head.malformed(name));
            }
            let (version, value) = match token {
                [b'v', b'1', b',', value @ ..] => (Version::Hmac, value),
                [b'v', b'1', b'a', b',', value @ ..] => (Version::Ed25519, value),
                _ => continue,
            };
            match version {
                Version::Hmac if keys.macs().is_some() => {
                    presented.v1.extend(decode_base64(value));
                }
                Version::Ed25519 if !keys.public().is_empty() => {
                    presented.v1a.extend(decode_base64(value));
                }
                _ => {}
            }
        }
        if presented.v1a.len() > MAX_ED25519_TOKENS {
            return Err(head.malformed(name));
        }
        if presented.v1.is_empty() && presented.v1a.is_empty() {
            return Err(VerifyError::SignatureMismatch);
        }
        Ok(presented)
    }
}
