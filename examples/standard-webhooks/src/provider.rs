//! The provider itself.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use ed25519_dalek::{Signature, VerifyingKey, ed25519::signature::MultipartVerifier as _};
use pulsehook_core::bytes::Bytes;
use pulsehook_core::signature::{HmacSha256, MacCheck, SignedAt, Tolerance};
use pulsehook_core::{
    BodyCheck, DecodeError, Decoded, Head, KeyId, Opening, Proof, Provider, Text, Verdict,
    Verified, VerifyError, WantedHeader,
};

use crate::event::Event;
use crate::headers::{HeaderFamily, Prefix, Presented};
use crate::keys::Keys;

/// Receives messages of Standard Webhooks and Svix senders; holds the keys.
///
/// | what | how it is treated |
/// |---|---|
/// | methods | `POST` |
/// | headers | all three from one family; requests with headers of both are refused |
/// | signed bytes | id, `.`, time stamp, `.`, body, all as received; the body need not be text |
/// | several signatures | any that matches any key counts, HMAC before Ed25519 |
/// | time stamp | seconds, digits only; 5 minutes of tolerance in both directions |
/// | body limit | 1 MiB by default |
/// | de-duplication | the message id |
/// | acknowledgement | 200 with an empty body, within 15 seconds |
///
/// Nothing keeps a full stop out of an id, so in principle bytes could be moved between id, time
/// stamp and body. It takes a genuine body that begins with digits and a full stop, which no JSON
/// object does.
///
/// ```
/// use pulsehook_core::Receiver;
/// use pulsehook_core::signature::encode_base64;
/// use standard_webhooks::{Secret, StandardWebhooks};
///
/// let secret = Secret::from_base64(&encode_base64(&[7; 32]))?;
/// let receiver = Receiver::new(StandardWebhooks::new(secret));
/// assert_eq!(receiver.endpoint(), "standard-webhooks");
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct StandardWebhooks {
    keys: KeySource,
    tolerance: Tolerance,
}

type KeySource = Box<dyn Fn(&Head<'_>) -> Option<Arc<Keys>> + Send + Sync>;

impl StandardWebhooks {
    /// Verifies with one key, or with a fixed ring of them.
    #[must_use]
    pub fn new(keys: impl Into<Keys>) -> Self {
        let keys = Arc::new(keys.into());
        Self::with_key_source(move |_head| Some(Arc::clone(&keys)))
    }

    /// Verifies with keys that are asked for with each request's head in hand, so that they can
    /// be exchanged at run time or chosen by the path.
    ///
    /// A request for which there are none is refused
    /// ([`VerifyError::NoKey`](pulsehook_core::VerifyError::NoKey)).
    #[must_use]
    pub fn with_key_source(
        keys: impl Fn(&Head<'_>) -> Option<Arc<Keys>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            keys: Box::new(keys),
            tolerance: Tolerance::default(),
        }
    }

    /// Sets how far the time stamp may lie from the receiver's clock; by default 5 minutes in
    /// both directions. Every attempt is signed anew, so a short one does not lose retries.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }
}

impl fmt::Debug for StandardWebhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandardWebhooks")
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

/// Computes the MACs of a message while its body arrives.
pub struct Check {
    family: HeaderFamily,
    keys: Arc<Keys>,
    macs: Option<MacCheck<HmacSha256>>,
    presented: Presented,
    signed_at: SignedAt,
}

impl BodyCheck for Check {
    fn update(&mut self, frame: &[u8]) {
        self.macs.update(frame);
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("family", &self.family)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

impl Provider for StandardWebhooks {
    const NAME: &'static str = "standard-webhooks";

    type Event = Event;
    type Check = Check;

    fn headers(&self) -> Vec<WantedHeader> {
        [HeaderFamily::Webhook, HeaderFamily::Svix]
            .into_iter()
            .flat_map(|family| {
                [
                    WantedHeader::kept(family.id()),
                    WantedHeader::for_check(family.timestamp()),
                    WantedHeader::for_check(family.signature()),
                ]
            })
            .collect()
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
        let family = HeaderFamily::of(head)?;
        let prefix = Prefix::read(head, family)?;
        let signed_at = prefix.signed_at(head, family)?;
        let keys = (self.keys)(head).ok_or(VerifyError::NoKey)?;
        let presented = Presented::read(head, family, &keys)?;
        let macs = keys
            .macs()
            .filter(|_| !presented.v1.is_empty())
            .map(|ring| {
                let mut macs = MacCheck::with_keys(ring);
                for part in prefix.parts() {
                    macs.update(part);
                }
                macs
            });
        Ok(Opening::Check(Check {
            family,
            keys,
            macs,
            presented,
            signed_at,
        }))
    }

    fn finish(
        &self,
        check: Check,
        head: &Head<'_>,
        body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let [id, dot, timestamp, second_dot] = Prefix::read(head, check.family)?.parts();
        let signed = [id, dot, timestamp, second_dot, body];

        let by_mac = check.macs.and_then(|macs| {
            let presented = check.presented.v1.iter().map(|mac| mac.as_slice());
            macs.verify(presented).ok()
        });
        let key_id = match by_mac {
            Some((key_id, _mac)) => key_id,
            None => verify_ed25519(check.keys.public(), &check.presented.v1a, &signed)
                .ok_or(VerifyError::SignatureMismatch)?,
        };
        self.tolerance.check(check.signed_at, now)?;

        // Not the MAC: one request may carry several signatures, and a replay with some of them
        // cut out must still be known again.
        Ok(Verdict::Accepted(
            Proof::body_signature(key_id).with_digest_of(&signed),
        ))
    }

    fn delivery_id(&self, verified: &Verified<'_, Self>) -> Option<Text> {
        let id = [HeaderFamily::Webhook, HeaderFamily::Svix]
            .into_iter()
            .find_map(|family| verified.header(family.id()))?;
        std::str::from_utf8(id).ok().map(Text::from)
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        Event::from_body(verified.body()).map(|event| Decoded::new(vec![event]))
    }
}

/// Finds the key that made one of the signatures.
fn verify_ed25519(
    keys: &[(KeyId, VerifyingKey)],
    presented: &[[u8; 64]],
    signed: &[&[u8]],
) -> Option<KeyId> {
    let matches = |key: &VerifyingKey| {
        presented.iter().any(|signature| {
            let signature = Signature::from_bytes(signature);
            key.multipart_verify(signed, &signature).is_ok()
        })
    };
    let (id, _key) = keys.iter().find(|(_, key)| matches(key))?;
    Some(id.clone())
}
