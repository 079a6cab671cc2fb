//! A verified request: authentic, not decoded yet.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::delivery::{Authenticity, DedupKey, Delivery, ReplayKey};
use crate::error::{DecodeError, Reason, ReceiveError, Undecodable};
use crate::key::KeyId;
use crate::provider::{Proof, Provider};
use crate::receiver::{Endpoint, Receiver};
use crate::request::Head;
use crate::stored::{OwnedHeaders, StoredRequest};
use crate::text::Text;

/// What is known of an accepted request, whatever its state.
#[derive(Clone)]
pub(crate) struct Accepted {
    pub(crate) endpoint: Endpoint,
    pub(crate) proof: Proof,
    pub(crate) received_at: SystemTime,
    pub(crate) body: Bytes,
}

/// Where the headers that decoding may read come from.
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the usual one, and on the stack"
)]
enum KeptHeaders<'a> {
    Live(Head<'a>),
    Stored(&'a StoredRequest),
}

/// Holds a request that passed verification and has not been decoded.
///
/// It can be made by a [`Reception`](crate::Reception) only, or from its stored form through
/// [`danger::trust_stored`](crate::danger::trust_stored). Applications that store first and decode
/// later keep [`to_stored`](Verified::to_stored).
///
/// Its fields are private, so not even one verified request becomes another:
///
/// ```compile_fail,E0451
/// use pulsehook_core::{Provider, Verified};
///
/// fn make<'a, P: Provider>(other: Verified<'a, P>) -> Verified<'a, P> {
///     Verified { ..other }
/// }
/// ```
///
/// ```
/// use pulsehook_core::{Provider, Verified};
///
/// fn make<'a, P: Provider>(other: Verified<'a, P>) -> Verified<'a, P> {
///     other
/// }
/// ```
///
/// A provider gives a verdict, and the core makes the verified request of it:
///
/// ```compile_fail,E0277
/// use pulsehook_core::{Proof, Provider, Verified};
///
/// fn accept<P: Provider>(proof: Proof) -> Verified<'static, P> {
///     proof.into()
/// }
/// ```
///
/// ```
/// use pulsehook_core::{Proof, Verdict};
///
/// fn accept(proof: Proof) -> Verdict {
///     Verdict::Accepted(proof)
/// }
/// ```
///
/// A body alone cannot be decoded, nor what another provider has verified:
///
/// ```compile_fail,E0308
/// use pulsehook_core::bytes::Bytes;
/// use pulsehook_core::Provider;
///
/// fn decode<P: Provider>(provider: &P, body: &Bytes) -> bool {
///     provider.decode(body).is_ok()
/// }
/// ```
///
/// ```compile_fail,E0308
/// use pulsehook_core::{Provider, Verified};
///
/// fn decode<P: Provider, Q: Provider>(provider: &P, verified: &Verified<'_, Q>) -> bool {
///     provider.decode(verified).is_ok()
/// }
/// ```
///
/// ```
/// use pulsehook_core::{Provider, Verified};
///
/// fn decode<P: Provider>(provider: &P, verified: &Verified<'_, P>) -> bool {
///     provider.decode(verified).is_ok()
/// }
/// ```
#[must_use = "a verified request that is dropped is lost"]
pub struct Verified<'a, P: Provider> {
    receiver: &'a Receiver<P>,
    headers: KeptHeaders<'a>,
    proof: Proof,
    received_at: SystemTime,
    body: Bytes,
}

impl<'a, P: Provider> Verified<'a, P> {
    #[inline]
    pub(crate) fn new(
        receiver: &'a Receiver<P>,
        head: &Head<'a>,
        proof: Proof,
        received_at: SystemTime,
        body: Bytes,
    ) -> Self {
        Self {
            receiver,
            headers: KeptHeaders::Live(*head),
            proof,
            received_at,
            body,
        }
    }

    pub(crate) fn from_stored(receiver: &'a Receiver<P>, stored: &'a StoredRequest) -> Self {
        Self {
            receiver,
            headers: KeptHeaders::Stored(stored),
            proof: stored.proof(),
            received_at: stored.received_at(),
            body: stored.body().clone(),
        }
    }

    /// Leaves the head and the receiver behind.
    fn into_accepted(self) -> Accepted {
        Accepted {
            endpoint: self.receiver.endpoint_shared(),
            proof: self.proof,
            received_at: self.received_at,
            body: self.body,
        }
    }

    /// Returns the body as received.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the value of a header that the provider keeps
    /// ([`WantedHeader::kept`](crate::WantedHeader::kept)), if it was there exactly once.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        match &self.headers {
            KeptHeaders::Live(head) => head.kept(name),
            KeptHeaders::Stored(stored) => stored.header(name),
        }
    }

    /// Returns how the request was authenticated.
    #[must_use]
    pub fn authenticity(&self) -> Authenticity {
        self.proof.authenticity
    }

    /// Returns the id of the key that matched.
    #[must_use]
    pub fn key_id(&self) -> Option<&KeyId> {
        self.proof.key_id.as_ref()
    }

    /// Walks the ids of all keys and secrets that matched, that of the strongest means first: there
    /// are several where the provider is asked for several means at once, such as a signature and
    /// a secret in a header.
    pub fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        self.proof.key_ids()
    }

    /// Returns when the request was verified, by the receiver's clock.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.received_at
    }

    /// Returns the key under which the request should be stored and de-duplicated; the same that
    /// its delivery will have.
    #[must_use]
    pub fn dedup_key(&self) -> DedupKey {
        let id = self.receiver.provider().delivery_id(self);
        self.dedup_key_with(id.as_ref())
            .unwrap_or_else(|| DedupKey::of_delivery(id.as_ref(), &self.body))
    }

    /// Makes the key where it needs the provider: a digest of other bytes than the body's.
    fn dedup_key_with(&self, id: Option<&Text>) -> Option<DedupKey> {
        if id.is_some_and(|id| !id.is_empty()) {
            return None;
        }
        let digested = self.receiver.provider().digested(self)?;
        Some(DedupKey::digest(&[&digested]))
    }

    /// Returns what stands for all that was authenticated, for a replay guard.
    #[must_use]
    pub fn replay_key(&self) -> Option<ReplayKey> {
        self.proof.replay_key(P::NAME, self.receiver.endpoint())
    }

    /// Returns the owned, serialisable form.
    #[must_use]
    pub fn to_stored(&self) -> StoredRequest {
        let accepted = Accepted {
            endpoint: self.receiver.endpoint_shared(),
            proof: self.proof.clone(),
            received_at: self.received_at,
            body: self.body.clone(),
        };
        StoredRequest::new(&accepted, self.kept_headers())
    }

    /// Decodes the body as JSON into a type, for providers that need no more than that.
    ///
    /// # Errors
    ///
    /// Returns an error, free of payload text, when the body is not UTF-8, not JSON, or does not
    /// fit the type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        crate::json::from_body(&self.body)
    }

    /// Decodes the request.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Undecodable`], which carries the request, when the body is not of the
    /// documented form.
    pub fn decode(self) -> Result<Delivery<P::Event>, ReceiveError> {
        let provider = self.receiver.provider();
        match provider.decode(&self) {
            Ok(mut decoded) => {
                // The delivery is known by the same key as the request it was made from.
                decoded.id = decoded.id.or_else(|| provider.delivery_id(&self));
                let dedup_key = self.dedup_key_with(decoded.id.as_ref());
                let headers = self.kept_headers();
                let accepted = self.into_accepted();
                Ok(Delivery::new(accepted, headers, decoded, dedup_key))
            }
            Err(error) => {
                let receiver = self.receiver;
                let head = match self.headers {
                    KeptHeaders::Live(head) => Some(head),
                    KeptHeaders::Stored(_) => None,
                };
                let undecodable = Undecodable {
                    headers: self.kept_headers(),
                    dedup_key: self.dedup_key(),
                    accepted: self.into_accepted(),
                    error,
                };
                let reason = Reason::Undecodable(Box::new(undecodable));
                Err(receiver.refuse(head.as_ref(), reason))
            }
        }
    }

    fn kept_headers(&self) -> OwnedHeaders {
        let mut kept = Vec::new();
        match &self.headers {
            KeptHeaders::Live(head) => {
                head.each_kept(&mut |name, value| kept.push((name.into(), value.into())));
            }
            KeptHeaders::Stored(stored) => {
                kept.extend(
                    stored
                        .headers()
                        .map(|(name, value)| (name.into(), value.into())),
                );
            }
        }
        kept
    }
}

impl<P: Provider> fmt::Debug for Verified<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("provider", &P::NAME)
            .field("endpoint", &self.receiver.endpoint())
            .field("authenticity", &self.proof.authenticity)
            .field("key_id", &self.proof.key_id)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
