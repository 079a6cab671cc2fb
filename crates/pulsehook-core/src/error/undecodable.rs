//! A request that is authentic and could not be decoded.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;

use super::DecodeError;
use crate::delivery::{Authenticity, DedupKey};
use crate::key::KeyId;
use crate::stored::{OwnedHeaders, StoredRequest};
use crate::text::Text;
use crate::verified::Accepted;

/// Holds a request that is authentic and could not be decoded: nothing of it is lost.
///
/// `Debug` shows provider, endpoint, event type, id and length only.
///
/// Only the core makes one, so it proves that the request was verified:
///
/// ```compile_fail,E0451
/// use pulsehook_core::Undecodable;
///
/// fn make(other: Undecodable) -> Undecodable {
///     Undecodable { ..other }
/// }
/// ```
///
/// ```
/// use pulsehook_core::Undecodable;
///
/// fn make(other: Undecodable) -> Undecodable {
///     other
/// }
/// ```
pub struct Undecodable {
    pub(crate) accepted: Accepted,
    pub(crate) headers: OwnedHeaders,
    pub(crate) dedup_key: DedupKey,
    pub(crate) error: DecodeError,
}

impl Undecodable {
    /// Returns why it could not be decoded.
    #[must_use]
    pub fn error(&self) -> &DecodeError {
        &self.error
    }

    /// Returns the provider's name.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.accepted.endpoint.provider()
    }

    /// Returns the endpoint's label.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.accepted.endpoint.label()
    }

    /// Returns the id of the key that matched.
    #[must_use]
    pub fn key_id(&self) -> Option<&KeyId> {
        self.accepted.proof.key_id.as_ref()
    }

    /// Walks the ids of all keys and secrets that matched, that of the strongest means first: there
    /// are several where the provider is asked for several means at once, such as a signature and
    /// a secret in a header.
    pub fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        self.accepted.proof.key_ids()
    }

    /// Returns when the request was verified, by the receiver's clock.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.accepted.received_at
    }

    /// Returns the body as received.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.accepted.body
    }

    /// Returns the event type, if it is known.
    #[must_use]
    pub fn event_type(&self) -> Option<&Text> {
        self.error.event_type()
    }

    /// Returns the provider's id of the delivery, if it is known.
    #[must_use]
    pub fn id(&self) -> Option<&Text> {
        self.error.id()
    }

    /// Returns the key under which the request should be stored and de-duplicated.
    #[must_use]
    pub fn dedup_key(&self) -> &DedupKey {
        &self.dedup_key
    }

    /// Returns how the request was authenticated.
    #[must_use]
    pub fn authenticity(&self) -> Authenticity {
        self.accepted.proof.authenticity
    }

    /// Returns the owned, serialisable form of the verified request.
    #[must_use]
    pub fn to_stored(&self) -> StoredRequest {
        StoredRequest::new(&self.accepted, self.headers.clone())
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Debug for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undecodable")
            .field("provider", &self.accepted.endpoint.provider())
            .field("endpoint", &self.accepted.endpoint.label())
            .field("error", &self.error)
            .field("event_type", &self.event_type())
            .field("id", &self.id())
            .field("body_len", &self.accepted.body.len())
            .finish()
    }
}
