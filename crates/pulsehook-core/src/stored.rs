//! The owned form of a verified request, for applications that store first and decode later.

use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::delivery::Authenticity;
use crate::key::KeyId;
use crate::provider::Proof;
use crate::signature::Mac;
use crate::verified::Accepted;

/// The headers of a request that decoding reads, with lower-case names.
pub(crate) type OwnedHeaders = Vec<(Box<str>, Box<[u8]>)>;

/// Holds a verified request in a form that can be stored and sent: provider, endpoint, the
/// headers that decoding reads, body, authenticity, key id, time of receipt, and what was
/// authenticated.
///
/// It proves nothing: whoever can write to the store can write one. The way back to a
/// [`Verified`](crate::Verified) is therefore spelled
/// [`danger::trust_stored`](crate::danger::trust_stored).
///
/// It cannot be decoded without that door:
///
/// ```compile_fail,E0599
/// use pulsehook_core::StoredRequest;
///
/// fn decode(stored: &StoredRequest) {
///     let _ = stored.decode();
/// }
/// ```
///
/// ```
/// use pulsehook_core::{ConfigError, Provider, Receiver, StoredRequest, danger};
///
/// fn decode<P: Provider>(receiver: &Receiver<P>, stored: &StoredRequest) -> Result<(), ConfigError> {
///     let _ = danger::trust_stored(receiver, stored)?.decode();
///     Ok(())
/// }
/// ```
///
/// Body and headers are base64 text when serialised, beside a `format`, so that a later release
/// can tell what an earlier one wrote; one of an unknown format is refused. `Debug` shows sizes
/// only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRequest {
    format: Format,
    provider: String,
    endpoint: String,
    headers: Vec<StoredHeader>,
    body: Base64Bytes,
    authenticity: Authenticity,
    key_id: Option<String>,
    #[serde(default)]
    further_key_ids: Vec<String>,
    received_at: jiff::Timestamp,
    authenticated: Option<Base64Bytes>,
}

/// The format that this release writes and reads.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
struct Format;

impl Format {
    const NUMBER: u8 = 1;
}

impl From<Format> for u8 {
    fn from(_: Format) -> Self {
        Format::NUMBER
    }
}

impl TryFrom<u8> for Format {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        if number == Self::NUMBER {
            Ok(Self)
        } else {
            Err("a format that this release does not know")
        }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredHeader {
    name: Box<str>,
    value: Base64Bytes,
}

impl StoredRequest {
    pub(crate) fn new(accepted: &Accepted, headers: OwnedHeaders) -> Self {
        let Proof {
            authenticity,
            key_id,
            further_key_ids,
            authenticated,
        } = &accepted.proof;
        Self {
            format: Format,
            provider: accepted.endpoint.provider().to_owned(),
            endpoint: accepted.endpoint.label().to_owned(),
            headers: headers
                .into_iter()
                .map(|(name, value)| StoredHeader {
                    name,
                    value: Base64Bytes(value.into()),
                })
                .collect(),
            body: Base64Bytes(accepted.body.clone()),
            authenticity: *authenticity,
            key_id: key_id.as_ref().map(|id| id.as_str().to_owned()),
            further_key_ids: further_key_ids
                .iter()
                .flatten()
                .map(|id| id.as_str().to_owned())
                .collect(),
            received_at: instant(accepted.received_at),
            authenticated: authenticated
                .as_ref()
                .map(|mac| Base64Bytes(Bytes::copy_from_slice(mac.as_bytes()))),
        }
    }

    pub(crate) fn proof(&self) -> Proof {
        let mut proof = Proof::new(self.authenticity);
        proof.key_id = self.key_id.as_deref().map(KeyId::from);
        for (place, id) in proof.further_key_ids.iter_mut().zip(&self.further_key_ids) {
            *place = Some(KeyId::from(id.as_str()));
        }
        proof.authenticated = self.authenticated.as_ref().map(|mac| Mac::new(&mac.0));
        proof
    }

    /// Returns the provider's name.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Returns the endpoint's label.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the body as received.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body.0
    }

    /// Returns how the request was authenticated.
    #[must_use]
    pub fn authenticity(&self) -> Authenticity {
        self.authenticity
    }

    /// Returns the id of the key that matched.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Returns when the request was verified.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.received_at.into()
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers
            .iter()
            .map(|header| (&*header.name, header.value.0.as_ref()))
    }

    /// Returns the value of a header that the provider keeps for decoding.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers()
            .find(|(stored, _)| stored.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl fmt::Debug for StoredRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRequest")
            .field("provider", &self.provider)
            .field("endpoint", &self.endpoint)
            .field("authenticity", &self.authenticity)
            .field("key_id", &self.key_id)
            .field("headers", &self.headers.len())
            .field("body_len", &self.body.0.len())
            .finish_non_exhaustive()
    }
}

/// Bytes that are base64 text when serialised.
#[derive(Clone, PartialEq, Eq)]
struct Base64Bytes(Bytes);

impl Serialize for Base64Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&base64::display::Base64Display::new(&self.0, &STANDARD))
    }
}

impl<'de> Deserialize<'de> for Base64Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        STANDARD
            .decode(text.as_bytes())
            .map(|bytes| Self(bytes.into()))
            .map_err(|_| serde::de::Error::custom("not base64"))
    }
}

/// Converts the system's time; one that lies outside the years −9999 to 9999 becomes the nearest
/// end.
pub(crate) fn instant(time: SystemTime) -> jiff::Timestamp {
    jiff::Timestamp::try_from(time).unwrap_or_else(|_| {
        if time < SystemTime::UNIX_EPOCH {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        }
    })
}
