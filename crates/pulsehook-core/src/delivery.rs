//! A delivery: what an application works with.

use std::fmt;
use std::sync::OnceLock;
use std::time::SystemTime;

use bytes::Bytes;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::key::KeyId;
use crate::provider::Decoded;
use crate::receiver::Endpoint;
use crate::reply::Reply;
use crate::signature::{Mac, encode_hex};
use crate::stored::{OwnedHeaders, StoredRequest};
use crate::text::Text;
use crate::verified::Accepted;

/// Says what stands behind a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Authenticity {
    /// A signature covers the whole body.
    BodySignature,
    /// A signature covers some fields; the rest of the body could be exchanged.
    PartialSignature,
    /// The caller presented a secret that is not bound to the body.
    SharedSecret,
    /// Nothing: the application asked for unauthenticated deliveries.
    None,
}

impl Authenticity {
    /// Returns the name used in serialised forms, for example `body-signature`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BodySignature => "body-signature",
            Self::PartialSignature => "partial-signature",
            Self::SharedSecret => "shared-secret",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Authenticity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Tells where a de-duplication key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DedupKind {
    /// The provider's own id: the same key is the same delivery, however much later.
    Id,
    /// The SHA-256 digest of the body, or of what a provider takes for it
    /// ([`Provider::digested`](crate::Provider::digested)), in hexadecimal: the same key is the
    /// same content. For providers without ids the same bytes may rightly come again with new
    /// data behind them.
    Digest,
}

/// Identifies a delivery: the same on every retry.
///
/// It is one within its endpoint. A store for several endpoints keys on provider, endpoint, kind
/// and value: two senders may give the same id, and one must not hide the other's deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DedupKey {
    kind: DedupKind,
    value: Text,
}

impl DedupKey {
    /// Makes a key of a provider's id.
    #[must_use]
    pub fn id(value: Text) -> Self {
        Self {
            kind: DedupKind::Id,
            value,
        }
    }

    /// Makes a key of the SHA-256 digest of some byte strings, each preceded by its length unless
    /// there is only one.
    #[must_use]
    pub fn digest(parts: &[&[u8]]) -> Self {
        let digest = match parts {
            [only] => Mac::digest(&[only]),
            several => {
                let mut framed = Vec::new();
                for part in several {
                    framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
                    framed.extend_from_slice(part);
                }
                Mac::digest(&[&framed])
            }
        };
        Self {
            kind: DedupKind::Digest,
            value: Text::from(encode_hex(digest.as_bytes())),
        }
    }

    /// Makes the key of a whole delivery.
    pub(crate) fn of_delivery(id: Option<&Text>, body: &Bytes) -> Self {
        match id {
            Some(id) if !id.is_empty() => Self::id(id.clone()),
            _ => Self::digest(&[body]),
        }
    }

    /// Returns where the key comes from.
    #[must_use]
    pub fn kind(&self) -> DedupKind {
        self.kind
    }

    /// Returns the key's text: the id, or 64 hexadecimal digits. `Display` puts the kind before it,
    /// so that an id that looks like a digest is not taken for one.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for DedupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            DedupKind::Id => "id",
            DedupKind::Digest => "digest",
        };
        write!(f, "{kind}:{}", self.value)
    }
}

/// Stands for all that was authenticated in a request: the same for every replay of it.
///
/// It is scoped by provider and endpoint, so that two endpoints with the same secret do not block
/// each other. `Debug` does not print it, since it may hold a MAC.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReplayKey(Vec<u8>);

impl ReplayKey {
    pub(crate) fn new(provider: &str, endpoint: &str, mac: &Mac) -> Self {
        let mut key = Vec::with_capacity(provider.len() + endpoint.len() + 2 + Mac::MAX);
        for scope in [provider, endpoint] {
            key.extend_from_slice(scope.as_bytes());
            key.push(0);
        }
        key.extend_from_slice(mac.as_bytes());
        Self(key)
    }

    /// Returns the key's bytes: provider, endpoint, and the MAC or digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayKey({} bytes)", self.0.len())
    }
}

/// Holds a verified and decoded request: one or more events, and all that is known beside them.
///
/// It can only be made by a [`Receiver`](crate::Receiver), so holding one proves that the checks
/// were made. `Debug` shows provider, endpoint, id and sizes only; the events, whose `Debug`
/// prints health data, are left out.
///
/// It has no default:
///
/// ```compile_fail,E0277
/// let delivery: pulsehook_core::Delivery<()> = Default::default();
/// ```
///
/// ```
/// let text: pulsehook_core::Text = Default::default();
/// # let _ = text;
/// ```
///
/// Its fields are private:
///
/// ```compile_fail,E0451
/// use pulsehook_core::Delivery;
///
/// fn make(other: Delivery<u8>) -> Delivery<u8> {
///     Delivery { ..other }
/// }
/// ```
///
/// ```
/// use pulsehook_core::Delivery;
///
/// fn make(other: Delivery<u8>) -> Delivery<u8> {
///     other
/// }
/// ```
///
/// It is not read from text; the stored form of a request is, and
/// [`danger::trust_stored`](crate::danger::trust_stored) names what that means:
///
/// ```compile_fail,E0277
/// fn read(text: &str) -> serde_json::Result<pulsehook_core::Delivery<u8>> {
///     serde_json::from_str(text)
/// }
/// ```
///
/// ```
/// fn read(text: &str) -> serde_json::Result<pulsehook_core::StoredRequest> {
///     serde_json::from_str(text)
/// }
/// ```
///
/// What a provider decoded does not become one either:
///
/// ```compile_fail,E0277
/// use pulsehook_core::{Decoded, Delivery};
///
/// fn deliver(events: Vec<u8>) -> Delivery<u8> {
///     Decoded::new(events).into()
/// }
/// ```
///
/// ```
/// use pulsehook_core::{Decoded, Delivery};
///
/// fn deliver(events: Vec<u8>) -> Decoded<u8> {
///     Decoded::new(events).into()
/// }
/// ```
///
/// Serialised, it is one JSON object: `provider`, `endpoint`, `dedup_key`, `authenticity`, `key`,
/// `further_keys` (a list, only where several means were asked for), `received_at`, `events`.
#[must_use = "a delivery that is dropped is lost once it has been acknowledged"]
pub struct Delivery<E> {
    accepted: Accepted,
    headers: OwnedHeaders,
    decoded: Decoded<E>,
    dedup_key: OnceLock<DedupKey>,
}

impl<E> Delivery<E> {
    /// Takes the key along where it is known already.
    pub(crate) fn new(
        accepted: Accepted,
        headers: OwnedHeaders,
        decoded: Decoded<E>,
        dedup_key: Option<DedupKey>,
    ) -> Self {
        Self {
            accepted,
            headers,
            decoded,
            dedup_key: dedup_key.map_or_else(OnceLock::new, OnceLock::from),
        }
    }

    /// Returns the provider's name.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.accepted.endpoint.provider()
    }

    /// Returns the endpoint's label, which the receiver's builder set.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.accepted.endpoint.label()
    }

    pub(crate) fn endpoint_shared(&self) -> &Endpoint {
        &self.accepted.endpoint
    }

    /// Returns the events in the order in which they were sent.
    #[must_use]
    pub fn events(&self) -> &[E] {
        &self.decoded.events
    }

    /// Takes the events out.
    #[must_use]
    pub fn into_events(self) -> Vec<E> {
        self.decoded.events
    }

    /// Returns the body as received.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.accepted.body
    }

    /// Returns the owned, serialisable form of the request, for applications that keep what they
    /// received and work on it later.
    ///
    /// [`danger::trust_stored`](crate::danger::trust_stored) is the way back.
    #[must_use]
    pub fn to_stored(&self) -> StoredRequest {
        StoredRequest::new(&self.accepted, self.headers.clone())
    }

    /// Returns how the request was authenticated.
    #[must_use]
    pub fn authenticity(&self) -> Authenticity {
        self.accepted.proof.authenticity
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

    /// Returns the key under which a delivery should be stored and de-duplicated.
    ///
    /// A digest of the body is computed when it is first asked for.
    #[must_use]
    pub fn dedup_key(&self) -> &DedupKey {
        self.dedup_key
            .get_or_init(|| DedupKey::of_delivery(self.decoded.id.as_ref(), &self.accepted.body))
    }

    /// Returns what stands for all that was authenticated, for a replay guard; `None` where
    /// nothing that is bound to this request was.
    #[must_use]
    pub fn replay_key(&self) -> Option<ReplayKey> {
        self.accepted
            .proof
            .replay_key(self.provider(), self.endpoint())
    }

    /// Returns the acknowledgement that the provider expects.
    #[must_use]
    pub fn ack(&self) -> &Reply {
        &self.decoded.ack
    }

    /// Tells whether this is a signed probe: to be answered with [`ack`](Delivery::ack), nothing
    /// else.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.decoded.probe
    }
}

impl<E> fmt::Debug for Delivery<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.provider())
            .field("endpoint", &self.endpoint())
            .field("id", &self.decoded.id)
            .field("authenticity", &self.authenticity())
            .field("key_id", &self.key_id())
            .field("events", &self.decoded.events.len())
            .field("body_len", &self.accepted.body.len())
            .finish_non_exhaustive()
    }
}

impl<E: Serialize> Serialize for Delivery<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let further: Vec<_> = self.key_ids().skip(1).map(KeyId::as_str).collect();
        let len = if further.is_empty() { 7 } else { 8 };
        let mut object = serializer.serialize_struct("Delivery", len)?;
        object.serialize_field("provider", self.provider())?;
        object.serialize_field("endpoint", self.endpoint())?;
        object.serialize_field("dedup_key", self.dedup_key())?;
        object.serialize_field("authenticity", &self.authenticity())?;
        object.serialize_field("key", &self.key_id().map(KeyId::as_str))?;
        if further.is_empty() {
            object.skip_field("further_keys")?;
        } else {
            object.serialize_field("further_keys", &further)?;
        }
        object.serialize_field("received_at", &crate::stored::instant(self.received_at()))?;
        object.serialize_field("events", self.events())?;
        object.end()
    }
}
