//! Metriport: medical records and, formerly, wearables.
//!
//! Metriport posts one JSON message per request to one URL per account, and signs the body with
//! the account's webhook key: `x-metriport-signature` is the lower-case hexadecimal HMAC-SHA256 of
//! the body as received. Nothing else is covered, and there is no time stamp header.
//!
//! Facts are from Metriport's documentation ("Receiving Webhooks", "Implementing Webhooks"), the
//! schemas of its npm package `@metriport/shared` and the source of its sender, read in November
//! 2026.
//!
//! | what | how pulsehook treats it |
//! |---|---|
//! | methods | `POST` |
//! | content type | ignored: it is not signed |
//! | body limit | 32 MiB by default: inline FHIR bundles reach many megabytes |
//! | de-duplication | `meta.messageId`, repeated on retries |
//! | replay | the protocol has no protection; [`Metriport::with_tolerance`] judges `meta.when` |
//! | acknowledgement | 200; a [ping](Event::Ping) is answered with its pong |
//!
//! # Messages
//!
//! | `meta.type` | event |
//! |---|---|
//! | `ping` | [`Event::Ping`] |
//! | `medical.document-download` | [`Event::DocumentDownload`] |
//! | `medical.document-conversion` | [`Event::DocumentConversion`] |
//! | `medical.document-bulk-download-urls` | [`Event::DocumentBulkDownloadUrls`] |
//! | `medical.document-bulk-download-paged` | [`Event::DocumentBulkDownloadPaged`] |
//! | `medical.consolidated-data` | [`Event::ConsolidatedData`] |
//! | `medical.bulk-patient-create` | [`Event::BulkPatientCreate`] |
//! | `patient.admit` | [`Event::PatientAdmit`] |
//! | `patient.transfer` | [`Event::PatientTransfer`] |
//! | `patient.discharge` | [`Event::PatientDischarge`] |
//! | `patient.pharmacy` | [`Event::PatientPharmacy`] |
//! | `patient.laboratory` | [`Event::PatientLaboratory`] |
//! | `network-query.hie`, `network-query.pharmacy`, `network-query.lab` | [`Event::NetworkQuery`] |
//! | `network-query.hie.first-data-ready` | [`Event::NetworkQueryFirstDataReady`] |
//! | `message.status` | [`Event::MessageStatus`] |
//! | `devices.provider-connected` | [`Event::ProviderConnected`] |
//! | `devices.provider-disconnected` | [`Event::ProviderDisconnected`] |
//! | `devices.health-data` | [`Event::HealthData`], its items in the types of [`devices`] |
//! | `message.received`, `ias.identity.verified`, `patient.discharge-summary` and any other | [`Event::Unknown`] |
//!
//! Decoding is as lax as the sender is: `null` stands for an absent optional field, unknown
//! members are ignored, unknown texts of open lists are kept. A message that lacks `messageId`,
//! `when` or the member that its type needs is refused (400), and handed to the error hook whole.
//! `null` among the codings of a document, or for the additional ids of a system, is left out.
//!
//! Messages of `devices.*` are never sent again, so one odd user must not cost the others: there,
//! unknown members are kept, in the `other` of the user, and so are `devices` and
//! `connectedDevices` of another shape than documented, and lists of device data that are no
//! arrays. So it is with every object inside an item of device data; an item that cannot be told
//! is kept whole. A user without `userId`, or without a list of providers where one is required,
//! is a decode error all the same; the body goes to the error hook.
//!
//! Links in messages are credentials with a life of minutes.
//!
//! # Follow-up calls
//!
//! [`Api`] plans them. Calls of the API get the key of the account ([`api_key`]); links are called
//! without a credential and may lead to any public host. "Query" is the alternative "Start
//! Consolidated Data Query", whose answer is a message of its own.
//!
//! | event | calls |
//! |---|---|
//! | [`DocumentDownload`](Event::DocumentDownload), completed | Get Document URL for each document; above the [limit](Api::with_call_limit) one Start Bulk Get Document URL; List Documents where the message names none |
//! | [`DocumentConversion`](Event::DocumentConversion), completed | Start Consolidated Data Query |
//! | [`DocumentBulkDownloadUrls`](Event::DocumentBulkDownloadUrls), [`DocumentBulkDownloadPaged`](Event::DocumentBulkDownloadPaged) | each link; or Start Bulk Get Document URL |
//! | [`ConsolidatedData`](Event::ConsolidatedData) | the link of each [attachment](ConsolidatedDataPatient::attachments); or Query with the same filters |
//! | [`BulkPatientCreate`](Event::BulkPatientCreate) with a result | its link |
//! | [`PatientAdmit`](Event::PatientAdmit), [`PatientTransfer`](Event::PatientTransfer), [`PatientDischarge`](Event::PatientDischarge), [`PatientPharmacy`](Event::PatientPharmacy), [`PatientLaboratory`](Event::PatientLaboratory) | the link |
//! | [`NetworkQuery`](Event::NetworkQuery), even failed; [`NetworkQueryFirstDataReady`](Event::NetworkQueryFirstDataReady) | the link; or Query |
//! | any other; entries that failed | none |
//!
//! The answer of Get Document URL holds a link, which [`Api::document_link`] calls. Of a message of
//! very many patients those beyond the [limit](Api::with_call_limit) get no call
//! ([`TooManyCalls`](crate::follow_up::FollowUpError::TooManyCalls)); days of filters that
//! are reversed are left out. [`Event::links`] lists the links, and how long each lives.
//!
//! # The neutral view
//!
//! There is one [`View`](crate::view::View) for each entry of `patients`, and for each user of
//! `users`; one without a user where there is none. [`at`](crate::view::View::at) is `meta.when`,
//! or `whenSourceSent` where a message has it.
//!
//! | event | [what](crate::view::What) | kinds | further |
//! |---|---|---|---|
//! | [`Ping`](Event::Ping) | `EndpointTest` | | |
//! | [`DocumentDownload`](Event::DocumentDownload) | `DataAvailable` if completed, unless the list of documents is there and empty; else `JobStatus` | `Document` | status |
//! | [`DocumentConversion`](Event::DocumentConversion) | `DataAvailable` if completed, else `JobStatus` | `MedicalRecord` | status |
//! | [`DocumentBulkDownloadUrls`](Event::DocumentBulkDownloadUrls), [`DocumentBulkDownloadPaged`](Event::DocumentBulkDownloadPaged) | `DataAvailable` if there are documents and it did not fail, else `JobStatus` | `Document` | status |
//! | [`ConsolidatedData`](Event::ConsolidatedData) | `DataPushed` with [inline records](ConsolidatedDataPatient::has_inline_records); `DataAvailable` with links alone, if it did not fail; else `JobStatus` | `MedicalRecord` | status; days of the filters |
//! | [`BulkPatientCreate`](Event::BulkPatientCreate) | `DataAvailable` with a result, else `JobStatus` | `Patient` | status, no user |
//! | [`PatientAdmit`](Event::PatientAdmit), [`PatientTransfer`](Event::PatientTransfer), [`PatientDischarge`](Event::PatientDischarge) | `DataAvailable` | `Encounter` | instants from admission to discharge |
//! | [`PatientPharmacy`](Event::PatientPharmacy) | `DataAvailable` | `Medication` | the day, or the instant, of the dispense |
//! | [`PatientLaboratory`](Event::PatientLaboratory) | `DataAvailable` | `LaboratoryResult` | the day, or the instant, of the specimen |
//! | [`NetworkQuery`](Event::NetworkQuery), [`NetworkQueryFirstDataReady`](Event::NetworkQueryFirstDataReady) | `DataAvailable` | `MedicalRecord` | status; the type of source, with its name |
//! | [`MessageStatus`](Event::MessageStatus) | `JobStatus` | `Message` | status |
//! | [`ProviderConnected`](Event::ProviderConnected) | `Connected` | | `providers` as sources |
//! | [`ProviderDisconnected`](Event::ProviderDisconnected) | `Disconnected` | | `providers` as sources |
//! | [`HealthData`](Event::HealthData) | `DataPushed` | by what the items are and hold; an item that is not recognised is of its list's kind | sources and days of the items |
//! | [`Unknown`](Event::Unknown) | `Unknown` | | |
//!
//! # Raw JSON
//!
//! Raw JSON is kept as it stands. A text in it can hold an escape of half a character (`\ud83d`
//! alone), which the sender can produce and most JSON readers refuse:
//!
//! | where | such an escape |
//! |---|---|
//! | `meta.data`, `bundle`, the values of `filters`, the items of `devices.health-data` with all that they hold | is looked for; the message is refused |
//! | text that an event holds as [`Text`], and names of members of known objects | is found by reading; the message is refused, or in `devices` and `connectedDevices`, the member is kept in `other` |
//! | values of members that are ignored, `other` of the users of `devices.*`, [`UnknownEvent::raw`] | is not looked for and stays |
//!
//! So whoever reads the JSON of the last row again, be it with
//! [`RawJson::parse`](crate::RawJson::parse), must be ready for an error. Writing it, as
//! serialised events do, works; whoever reads what was written meets the same escape.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::credentials::{SecretSource as _, SharedSecrets};
use crate::delivery::Authenticity;
use crate::error::{DecodeError, VerifyError};
use crate::key::{KeyId, SigningKeys};
use crate::provider::{BodyCheck, Decoded, Opening, Proof, Provider, Verdict};
use crate::request::{Head, HeaderLookup, WantedHeader};
use crate::signature::{
    HmacSha256, KeySource, MacCheck, MacKeys, SignedAt, Tolerance, decode_hex_lower,
};
use crate::text::Text;
use crate::verified::Verified;

pub mod devices;

mod api;
mod attachments;
mod bulk_patient_create;
mod consolidated;
mod decode;
mod document;
mod event;
mod links;
mod message;
mod meta;
mod network_query;
mod patient;
mod ping;
mod shared;
mod view;
mod wire;

pub use self::api::{Api, api_key};
pub use self::attachments::Attachment;
pub use self::bulk_patient_create::{
    BulkPatientCreate, BulkPatientCreateJob, BulkPatientCreateStatus,
};
pub use self::consolidated::{ConsolidatedData, ConsolidatedDataPatient, FilterValue, Filters};
pub use self::devices::{
    HealthData, HealthDataUser, ProviderConnected, ProviderDisconnected, ProviderUser,
};
pub use self::document::{
    BulkDocument, Coding, Document, DocumentBulkDownloadPaged, DocumentBulkDownloadPatient,
    DocumentBulkDownloadUrls, DocumentConversion, DocumentConversionPatient, DocumentDownload,
    DocumentDownloadPatient, DocumentPagePatient, DocumentStatus, DocumentType,
    OrganizationIdentifiers, PagedDocument, Pagination,
};
pub use self::event::{Event, UnknownEvent};
pub use self::links::{
    ATTACHMENT_LIFETIME, BULK_RESULT_LIFETIME, CONSOLIDATED_DATA_URL_LIFETIME,
    DOCUMENT_URL_LIFETIME, Link, PATIENT_URL_LIFETIME,
};
pub use self::message::{MessageStatus, MessageStatusPayload};
pub use self::meta::{MessageType, Meta, Status};
pub use self::network_query::{
    FirstDataReadyPayload, FirstDataReadySource, NetworkQuery, NetworkQueryFirstDataReady,
    NetworkQueryPayload, NetworkSource, NetworkSourceName, NetworkSourceType,
};
pub use self::patient::{
    Location, PatientAdmit, PatientAdmitPayload, PatientDischarge, PatientDischargePayload,
    PatientLaboratory, PatientLaboratoryPayload, PatientPharmacy, PatientPharmacyPayload,
    PatientTransfer, PatientTransferPayload, Transfer,
};
pub use self::ping::Ping;

const SIGNATURE: &str = "x-metriport-signature";
const WEBHOOK_KEY: &str = "x-webhook-key";
const WHEN: &str = "meta.when";

/// Receives Metriport's messages; holds the webhook keys.
///
/// ```
/// use pulsehook_core::metriport::Metriport;
/// use pulsehook_core::{Receiver, SigningKey};
///
/// let key = SigningKey::from_text("whk_example")?;
/// let receiver = Receiver::new(Metriport::new(key));
/// assert_eq!(receiver.body_limit(), 32 * 1024 * 1024);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct Metriport {
    keys: Box<dyn KeySource<HmacSha256>>,
    legacy_keys: Option<SharedSecrets>,
    tolerance: Option<Tolerance>,
}

impl Metriport {
    /// Verifies with a fixed ring of webhook keys.
    #[must_use]
    pub fn new(keys: impl Into<SigningKeys>) -> Self {
        Self::with_key_source(Arc::new(MacKeys::new(&keys.into())))
    }

    /// Verifies with keys that are asked for with each request's head in hand.
    ///
    /// To change the webhook keys while the service runs, give a clone of
    /// [`SwappableKeys`](crate::signature::SwappableKeys) here, keep another, and call its
    /// `replace`.
    #[must_use]
    pub fn with_key_source(keys: impl KeySource<HmacSha256>) -> Self {
        Self {
            keys: Box::new(keys),
            legacy_keys: None,
            tolerance: None,
        }
    }

    /// Refuses messages whose `meta.when` lies outside a tolerance, or is not a time.
    ///
    /// Off by default: `when` is the time of the message's creation, and a message that is
    /// retried days later is legitimate.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Accepts the retired header `x-webhook-key`, which carries the key itself, from senders
    /// that send no signature.
    ///
    /// Metriport stopped sending it in July 2024; self-hosted senders of before may still do. It
    /// does not protect the body, and such deliveries say [`Authenticity::SharedSecret`]. Where a
    /// signature is present, the signature alone decides.
    #[must_use]
    pub fn danger_accept_webhook_key(mut self, keys: impl Into<SigningKeys>) -> Self {
        self.legacy_keys = Some(keys.into().into());
        self
    }

    /// Judges the retired header.
    fn check_webhook_key(&self, head: &Head<'_>) -> Result<KeyId, VerifyError> {
        let presented = head.required(WEBHOOK_KEY)?;
        self.legacy_keys
            .as_ref()
            .and_then(|keys| keys.find(head, &|secret| secret.matches(presented)))
            .ok_or(VerifyError::CredentialMismatch)
    }
}

impl fmt::Debug for Metriport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metriport")
            .field("tolerance", &self.tolerance)
            .field("accepts_webhook_key", &self.legacy_keys.is_some())
            .finish_non_exhaustive()
    }
}

/// Computes the MAC of a Metriport body while it arrives.
#[derive(Debug)]
pub struct Check(Scheme);

#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the usual one, and on the stack"
)]
enum Scheme {
    Signature {
        macs: MacCheck<HmacSha256>,
        presented: [u8; 32],
    },
    WebhookKey {
        key_id: KeyId,
    },
}

impl fmt::Debug for Scheme {
    /// Leaves the presented signature out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature { macs, .. } => f
                .debug_struct("Signature")
                .field("macs", macs)
                .finish_non_exhaustive(),
            Self::WebhookKey { key_id } => f
                .debug_struct("WebhookKey")
                .field("key_id", key_id)
                .finish(),
        }
    }
}

impl BodyCheck for Check {
    #[inline]
    fn update(&mut self, frame: &[u8]) {
        if let Scheme::Signature { macs, .. } = &mut self.0 {
            macs.update(frame);
        }
    }
}

impl Provider for Metriport {
    const NAME: &'static str = "metriport";

    type Event = Event;
    type Check = Check;

    fn headers(&self) -> Vec<WantedHeader> {
        let mut headers = vec![WantedHeader::for_check(SIGNATURE)];
        if self.legacy_keys.is_some() {
            headers.push(WantedHeader::for_check(WEBHOOK_KEY));
        }
        headers
    }

    fn body_limit(&self) -> usize {
        32 * 1024 * 1024
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
        let unsigned = head.header(SIGNATURE) == HeaderLookup::Missing;
        let legacy = unsigned
            && self.legacy_keys.is_some()
            && head.header(WEBHOOK_KEY) != HeaderLookup::Missing;
        let scheme = if legacy {
            Scheme::WebhookKey {
                key_id: self.check_webhook_key(head)?,
            }
        } else {
            let value = head.required(SIGNATURE)?;
            // The sender writes lower case only, and its own verifier compares the text.
            let presented = decode_hex_lower(value).ok_or_else(|| head.malformed(SIGNATURE))?;
            Scheme::Signature {
                macs: MacCheck::start(&*self.keys, head)?,
                presented,
            }
        };
        Ok(Opening::Check(Check(scheme)))
    }

    fn finish(
        &self,
        check: Check,
        _head: &Head<'_>,
        body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let proof = match check.0 {
            Scheme::Signature { macs, presented } => {
                let (key_id, mac) = macs.verify([presented.as_slice()])?;
                Proof::body_signature(key_id).with_mac(mac)
            }
            Scheme::WebhookKey { key_id } => {
                Proof::new(Authenticity::SharedSecret).with_key_id(key_id)
            }
        };
        if let Some(tolerance) = &self.tolerance {
            let when = decode::peek(body).when.and_then(|when| when.instant());
            let signed_at = when.map(SignedAt::from);
            let malformed = VerifyError::MalformedTimestamp { name: WHEN.into() };
            tolerance.check(signed_at.ok_or(malformed)?, now)?;
        }
        Ok(Verdict::Accepted(proof))
    }

    fn delivery_id(&self, verified: &Verified<'_, Self>) -> Option<Text> {
        decode::peek(verified.body()).message_id
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        decode::decode(verified.body())
    }
}

/// Signs messages as Metriport does (feature `testing`).
#[cfg(feature = "testing")]
pub mod testing {
    use bytes::Bytes;

    use super::SIGNATURE;
    use crate::key::SigningKey;
    use crate::signature::{HmacSha256, MacKeys, encode_hex};
    use crate::testing::SignedRequest;

    /// Signs a body as Metriport does.
    ///
    /// ```
    /// use pulsehook_core::SigningKey;
    /// use pulsehook_core::metriport::testing::sign;
    ///
    /// let request = sign(&SigningKey::from_text("k")?, "{}");
    /// let signature = "add853b103fbcc936a194f9eb15e29c4ff08af6e47d5d1bca4f20218e31e4fff";
    /// assert!(request.headers().contains(&("x-metriport-signature", signature.to_owned())));
    /// # Ok::<(), pulsehook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn sign(key: &SigningKey, body: impl Into<Bytes>) -> SignedRequest {
        let body = body.into();
        let mac = MacKeys::<HmacSha256>::new(&key.clone().into()).sign(&[&body]);
        SignedRequest::post_json(body).with_header(SIGNATURE, encode_hex(mac.as_bytes()))
    }
}
