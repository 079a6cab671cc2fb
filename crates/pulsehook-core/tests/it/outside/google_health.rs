//! Google Health API: probes by body, signs with public keys of a set that changes.

use std::time::SystemTime;

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use pulsehook_core::bytes::Bytes;
use pulsehook_core::signature::decode_base64_up_to;
use pulsehook_core::{
    DecodeError, Decoded, Head, HeaderLookup, KeyId, Opening, Proof, Provider, RawJson, Reply,
    SharedSecret, Text, Verdict, Verified, VerifyError, WantedHeader, json,
};
use serde::Deserialize;

mod cases;

const SIGNATURE: &str = "x-healthapi-signature";
const OTHER_SIGNATURE: &str = "google-health-api-signature";
const AUTHORIZATION: &str = "authorization";

/// The longest body that can be a probe.
const PROBE_BYTES: usize = 256;
/// The longest signature: 5 bytes of prefix and 72 of DER.
const SIGNATURE_BYTES: usize = 77;
/// The longest public key: parameters and two coordinates.
const KEY_BYTES: usize = 128;

/// Receives Google's notifications; holds the key set and the value of `Authorization`.
struct GoogleHealth {
    keys: Vec<(u32, VerifyingKey)>,
    authorization: Option<SharedSecret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeySet {
    key: Vec<KeySetEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeySetEntry {
    key_data: KeyData,
    status: Text,
    key_id: u32,
    output_prefix_type: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyData {
    type_url: Text,
    value: String,
}

impl GoogleHealth {
    /// Takes the enabled keys of a key set in Tink's JSON form; others are of no use.
    fn new(key_set: &RawJson) -> Result<Self, DecodeError> {
        let key_set: KeySet = key_set.parse()?;
        let usable = key_set.key.iter().filter(|entry| {
            entry.status == "ENABLED"
                && entry.output_prefix_type == "TINK"
                && entry.key_data.type_url
                    == "type.googleapis.com/google.crypto.tink.EcdsaPublicKey"
        });
        let keys = usable
            .filter_map(|entry| Some((entry.key_id, public_key(&entry.key_data.value)?)))
            .collect();
        Ok(Self {
            keys,
            authorization: None,
        })
    }

    fn with_authorization(mut self, value: SharedSecret) -> Self {
        self.authorization = Some(value);
        self
    }

    /// Compares the `Authorization` header, if it is configured and there.
    fn check_authorization(&self, head: &Head<'_>) -> Result<(), VerifyError> {
        match &self.authorization {
            Some(secret) if head.header(AUTHORIZATION) != HeaderLookup::Missing => {
                if secret.matches(head.required(AUTHORIZATION)?) {
                    Ok(())
                } else {
                    Err(VerifyError::CredentialMismatch)
                }
            }
            _ => Ok(()),
        }
    }

    /// Judges a request without a signature: it can only be a probe, known by its body.
    fn probe(&self, head: &Head<'_>, body: &Bytes) -> Result<Verdict, VerifyError> {
        #[derive(Deserialize)]
        struct Probe {
            #[serde(rename = "type")]
            kind: Text,
        }

        // Derived decoders take the members from an array, too.
        let object = body.trim_ascii_start().starts_with(b"{");
        let probe = (object && body.len() <= PROBE_BYTES)
            .then(|| json::from_body::<Probe>(body).ok())
            .flatten();
        if probe.is_none_or(|probe| probe.kind != "verification") {
            return Err(VerifyError::MissingHeader {
                name: SIGNATURE.into(),
            });
        }
        // The sender probes once with and once without, and wants both answered rightly.
        if self.authorization.is_none() || head.header(AUTHORIZATION) == HeaderLookup::Missing {
            return Err(VerifyError::MissingCredential);
        }
        self.check_authorization(head)?;
        Ok(Verdict::Probe(Reply::empty(201)))
    }
}

/// Reads the protobuf form of a P-256 key: parameters, x, y.
fn public_key(value: &str) -> Option<VerifyingKey> {
    // SHA-256, P-256, DER.
    const PARAMETERS: &[u8] = &[0x08, 3, 0x10, 2, 0x18, 2];

    let bytes = decode_base64_up_to(value.as_bytes(), KEY_BYTES)?;
    let mut rest = bytes.as_slice();
    let [mut parameters, mut x, mut y] = [None; 3];
    while let [tag, tail @ ..] = rest {
        // Field 1 is the version, which is 0 and so left out; all others are byte strings.
        let field = match tag {
            0x12 => &mut parameters,
            0x1a => &mut x,
            0x22 => &mut y,
            _ => return None,
        };
        let (len, tail) = tail.split_first()?;
        let (content, tail) = tail.split_at_checked(usize::from(*len))?;
        if *len > 127 || field.replace(content).is_some() {
            return None;
        }
        rest = tail;
    }
    if parameters? != PARAMETERS {
        return None;
    }
    let mut point = vec![0x04];
    for coordinate in [x?, y?] {
        let significant = match coordinate {
            [0, tail @ ..] if tail.len() == 32 => tail,
            other => other,
        };
        point.resize(point.len() + 32_usize.checked_sub(significant.len())?, 0);
        point.extend_from_slice(significant);
    }
    VerifyingKey::from_sec1_bytes(&point).ok()
}

/// Reads prefix byte, key id and signature.
fn signature(value: &[u8]) -> Option<(u32, Signature)> {
    let bytes = decode_base64_up_to(value, SIGNATURE_BYTES)?;
    let [1, a, b, c, d, der @ ..] = bytes.as_slice() else {
        return None;
    };
    let key_id = u32::from_be_bytes([*a, *b, *c, *d]);
    Some((key_id, Signature::from_der(der).ok()?))
}

#[derive(Debug)]
enum Event {
    Change(Change),
    Unknown(RawJson),
}

#[derive(Debug, Deserialize)]
struct Notification {
    data: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    health_user_id: Text,
    operation: Text,
    data_type: Text,
}

impl Provider for GoogleHealth {
    const NAME: &'static str = "google-health";

    type Event = Event;
    /// A signature, or none: then the body must be a probe.
    type Check = Option<Presented>;

    fn headers(&self) -> Vec<WantedHeader> {
        [SIGNATURE, OTHER_SIGNATURE, AUTHORIZATION]
            .map(WantedHeader::for_check)
            .into()
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Self::Check>, VerifyError> {
        let missing = |name| head.header(name) == HeaderLookup::Missing;
        let name = match (missing(SIGNATURE), missing(OTHER_SIGNATURE)) {
            (false, false) => return Err(VerifyError::MixedHeaders),
            (false, true) => SIGNATURE,
            (true, false) => OTHER_SIGNATURE,
            (true, true) => {
                // Too long for a probe: it need not be waited for.
                return match head.content_length() {
                    Some(length) if length > PROBE_BYTES as u64 => {
                        head.required(SIGNATURE).map(|_| Opening::Check(None))
                    }
                    _ => Ok(Opening::Check(None)),
                };
            }
        };
        let value = head.required(name)?;
        let (key_id, signature) = signature(value).ok_or_else(|| head.malformed(name))?;
        let found = self.keys.iter().find(|(id, _)| *id == key_id);
        let (_, key) = found.ok_or(VerifyError::NoKey)?;
        Ok(Opening::Check(Some(Presented {
            key_id,
            key: *key,
            signature,
        })))
    }

    fn finish(
        &self,
        check: Self::Check,
        head: &Head<'_>,
        body: &Bytes,
        _now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let Some(presented) = check else {
            return self.probe(head, body);
        };
        presented
            .key
            .verify(body, &presented.signature)
            .map_err(|_| VerifyError::SignatureMismatch)?;
        self.check_authorization(head)?;
        let key_id = KeyId::from(presented.key_id.to_string().as_str());
        Ok(Verdict::Accepted(
            Proof::body_signature(key_id).with_digest_of(&[body]),
        ))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        let whole: RawJson = verified.json()?;
        let items = if whole.get().starts_with('[') {
            whole.parse()?
        } else {
            vec![whole]
        };
        let event = |item: RawJson| match item.parse::<Notification>() {
            Ok(notification) => Event::Change(notification.data),
            Err(_) => Event::Unknown(item),
        };
        let events = items.into_iter().map(event).collect();
        Ok(Decoded::new(events).with_ack(Reply::empty(204)))
    }
}

struct Presented {
    key_id: u32,
    key: VerifyingKey,
    signature: Signature,
}

impl pulsehook_core::BodyCheck for Presented {
    /// The signature is checked over the whole body at the end.
    fn update(&mut self, _frame: &[u8]) {}
}
