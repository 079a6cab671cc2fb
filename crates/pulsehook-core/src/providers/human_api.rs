//! Human API: a data network for wearables and medical records.
//!
//! Human API posts a JSON array of notifications to one URL per application and signs it with the
//! application's client secret: `X-HumanAPI-Signature` is the base64 HMAC-SHA1 of the body, the
//! text of `X-HumanAPI-Timestamp` and the text of `X-HumanAPI-Nonce`, joined without separator.
//!
//! Facts are from the guides "Notifications" (v1.1 to v2.3), "Data synchronization", "Order Status
//! Notifications" and "Order Summary Notification" at reference.humanapi.co, read in November
//! 2026.
//!
//! | what | how pulsehook treats it |
//! |---|---|
//! | methods | `POST` |
//! | content type | ignored: it is not signed |
//! | body limit | 1 MiB by default |
//! | items | at most [`MAX_ITEMS`] in one body; a body with more is refused (413) |
//! | de-duplication | the SHA-256 digest of the body; see [`Event::dedup_key`] for single items |
//! | replay | [`HumanApi::with_tolerance`] judges the time stamp, off by default |
//! | acknowledgement | 200 with an empty body, within 3 seconds |
//!
//! Because nothing separates time stamp and nonce, digits can be moved between the two without
//! changing the signature. A replay guard must therefore remember
//! [`Delivery::replay_key`](crate::Delivery::replay_key), which is the MAC, and never the nonce.
//!
//! # From items to events
//!
//! Each item of the array becomes one event, in order; an empty array has none. A body that is a
//! single object counts as an array of one. The first row that fits decides:
//!
//! | the item | event |
//! |---|---|
//! | has `eventType` `orders.OrderSummaryUpdated` | [`Event::OrderSummary`] |
//! | has `eventType` `integrations.VendorNoteCreated` | [`Event::VendorNote`] |
//! | has another `eventType` | [`Event::Unknown`], with its JSON |
//! | has `topic` and `property` | [`Event::OrderStatus`] |
//! | has `endpoint` or `objectId` | [`Event::Data`] |
//! | is anything else, even if it is no object | [`Event::Unknown`], with its JSON |
//!
//! So an item about a user that names no record, as the sync status updates that the guide
//! promises without showing one may be, is an [`Event::Unknown`].
//!
//! An item of a known shape becomes [`Event::Invalid`], with its JSON and the name of the field,
//! when a required member is missing or of the wrong kind; its siblings are not affected. Required
//! are the struct fields without `Option`, as `humanId`, `endpoint` and `objectId` of a data
//! notification, and `reports` must be right if it is there.
//!
//! A member that is `null` counts as missing, and of two members with the same name the later
//! counts. An optional text that is no text on the wire keeps its JSON as text, and a single value
//! is a list of one. An optional flag that is neither `true` nor `false`, and members that are not
//! known, are left out of the event; [`Delivery::raw`](crate::Delivery::raw) has them.
//!
//! # Follow-up calls
//!
//! [`Api`] plans them.
//!
//! | event | call | credential |
//! |---|---|---|
//! | [`Data`](Event::Data) | `GET {endpoint}/{objectId}`; a relative endpoint belongs to `https://api.humanapi.co` | the token of the user `humanId` |
//! | [`Data`](Event::Data) of [`Report`](EndpointKind::Report) | beside it `GET {endpoint}/{objectId}/raw?format=json` | the same |
//! | [`Data`](Event::Data) of a wellness kind, with [`Api::with_client_id`] | or `GET /v1/apps/{clientId}/users/{collection}?updated_since=…` | the App Key, see [`app_key`] |
//! | [`OrderSummary`](Event::OrderSummary) | `GET {uri}` for each report | the administrative token |
//! | any other | none | |
//!
//! Only origins that are [listed](Api) get a credential. Batch queries ask from `updatedAt` on, or
//! from the last sync if that was earlier. They answer 31 days at most: a last sync before that is
//! moved there, and for a record that changed before that there is no batch query. Where the call for
//! the record is refused, the batch query is no alternative but the only way.
//! [`Api::collection`] and [`Api::sources`] make calls that no event asks for, and
//! [`Api::next_page`] reads what answers say of further pages.
//!
//! # The neutral view
//!
//! | event | [what](crate::view::What) | kinds | further |
//! |---|---|---|---|
//! | [`Data`](Event::Data) | `DataAvailable` | by the endpoint | `event_type` is the path below `/v1/human`, or the endpoint where it is not known; `at` is `updatedAt` |
//! | [`OrderStatus`](Event::OrderStatus) | `JobStatus` | `Order` | `event_type` is `topic`; status, where "Pended" stays as it is |
//! | [`OrderSummary`](Event::OrderSummary) with reports | `DataAvailable` | `Document` | status |
//! | [`OrderSummary`](Event::OrderSummary) without | `JobStatus` | `Order` | status |
//! | [`VendorNote`](Event::VendorNote) | `Notice` | `Message` | |
//! | [`Unknown`](Event::Unknown), [`Invalid`](Event::Invalid) | `Unknown` | | |
//!
//! `humanId` is the provider's id of the user, and `clientUserId` the application's own. Kinds of
//! endpoints that share a word:
//!
//! | endpoints | kind |
//! |---|---|
//! | `bmi`, `body_fat`, `height`, `weight` | `Body` |
//! | `profile`, `medical/profile`, `medical/demographics` | `Profile` |
//! | `sources`, `medical/organizations` | `Source` |
//! | `medical/ccds`, `medical/reports` | `Document` |
//! | `medical/encounters`, `medical/medications`, `medical/test_results` | `Encounter`, `Medication`, `LaboratoryResult` |
//! | all other `medical/…` that are known | `MedicalRecord` |
//! | what is not known | `Other`, with the path below `/v1/human`, or the endpoint |

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::delivery::Authenticity;
use crate::error::{DecodeError, VerifyError};
use crate::key::SigningKeys;
use crate::provider::{BodyCheck, Decoded, Opening, Proof, Provider, Verdict};
use crate::request::{Head, HeaderLookup, WantedHeader};
use crate::signature::{
    HmacSha1, KeySource, MacCheck, MacKeys, SignedAt, Tolerance, decode_base64, decode_hex_lower,
};
use crate::verified::Verified;

mod api;
mod collection;
mod data;
mod decode;
mod endpoint;
mod event;
mod hip;
mod item;
mod members;
mod paging;
mod view;

pub use self::api::{Api, admin_token, app_key, user_token};
pub use self::collection::CollectionQuery;
pub use self::data::{Action, DataNotification};
pub use self::endpoint::EndpointKind;
pub use self::event::{Event, InvalidItem, UnknownItem};
pub use self::hip::{
    Envelope, EventGroup, EventType, OrderState, OrderStatus, OrderSummary, OrderSummaryStatus,
    Report, VendorNote,
};
pub use self::paging::Page;

const SIGNATURE: &str = "x-humanapi-signature";
const TIMESTAMP: &str = "x-humanapi-timestamp";
const NONCE: &str = "x-humanapi-nonce";

/// Limits the items of one body, so that tiny ones cannot take many times the body's memory.
///
/// A genuine item has more than 100 bytes, so none of a body within the default limit is lost. A
/// body with more items is a decode error of the kind
/// [`TooLarge`](crate::DecodeErrorKind::TooLarge), which answers 413 and keeps the body in
/// [`Undecodable`](crate::Undecodable).
pub const MAX_ITEMS: usize = 65_536;

/// Receives Human API's notifications; holds the application's client secrets.
///
/// ```
/// use pulsehook_core::human_api::HumanApi;
/// use pulsehook_core::{Receiver, SigningKey};
///
/// let secret = SigningKey::from_text("itsfullofsecrets")?;
/// let receiver = Receiver::new(HumanApi::new(secret));
/// assert_eq!(receiver.body_limit(), 1024 * 1024);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct HumanApi {
    keys: Box<dyn KeySource<HmacSha1>>,
    tolerance: Option<Tolerance>,
    hex_signatures: bool,
    unsigned: bool,
}

impl HumanApi {
    /// Verifies with a fixed ring of client secrets.
    #[must_use]
    pub fn new(keys: impl Into<SigningKeys>) -> Self {
        Self::with_key_source(Arc::new(MacKeys::new(&keys.into())))
    }

    /// Verifies with keys that are asked for with each request's head in hand.
    ///
    /// To change the client secrets while the service runs, give a clone of
    /// [`SwappableKeys`](crate::signature::SwappableKeys) here, keep another, and call its
    /// `replace`.
    #[must_use]
    pub fn with_key_source(keys: impl KeySource<HmacSha1>) -> Self {
        Self {
            keys: Box::new(keys),
            tolerance: None,
            hex_signatures: false,
            unsigned: false,
        }
    }

    /// Refuses notifications whose time stamp lies outside a tolerance.
    ///
    /// Off by default: no tolerance is documented, and whether retries are signed anew is not
    /// known. [`Tolerance::default`], 5 minutes, is reasonable.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Also accepts signatures that are base64 of the lower-case hexadecimal MAC, which one
    /// listing of the documentation suggests. They carry the same 160 bits.
    #[must_use]
    pub fn accept_hex_signatures(mut self) -> Self {
        self.hex_signatures = true;
        self
    }

    /// Accepts requests without any of the three signature headers.
    ///
    /// The pages about notifications of the Health Intelligence Platform show no headers. Anyone
    /// who knows the URL can send such requests; their deliveries say [`Authenticity::None`]. A
    /// request that has one of the headers must still be signed rightly.
    #[must_use]
    pub fn danger_accept_unsigned(mut self) -> Self {
        self.unsigned = true;
        self
    }

    fn decode_signature(&self, value: &[u8]) -> Option<[u8; 20]> {
        decode_base64(value).or_else(|| {
            let hex: [u8; 40] = self.hex_signatures.then(|| decode_base64(value))??;
            decode_hex_lower(&hex)
        })
    }
}

impl fmt::Debug for HumanApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HumanApi")
            .field("tolerance", &self.tolerance)
            .field("accepts_hex_signatures", &self.hex_signatures)
            .field("accepts_unsigned", &self.unsigned)
            .finish_non_exhaustive()
    }
}

/// Computes the MAC of a Human API body while it arrives.
#[derive(Debug)]
pub struct Check(Option<Signed>);

struct Signed {
    macs: MacCheck<HmacSha1>,
    presented: [u8; 20],
    signed_at: SignedAt,
}

impl fmt::Debug for Signed {
    /// Leaves the presented signature out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("macs", &self.macs)
            .field("signed_at", &self.signed_at)
            .finish_non_exhaustive()
    }
}

impl BodyCheck for Check {
    #[inline]
    fn update(&mut self, frame: &[u8]) {
        if let Some(signed) = &mut self.0 {
            signed.macs.update(frame);
        }
    }
}

/// Returns the value of a header that must be there once and hold something.
fn required_text<'a>(head: &Head<'a>, name: &'static str) -> Result<&'a [u8], VerifyError> {
    match head.required(name)? {
        [] => Err(VerifyError::MissingHeader { name: name.into() }),
        value => Ok(value),
    }
}

impl Provider for HumanApi {
    const NAME: &'static str = "human-api";

    type Event = Event;
    type Check = Check;

    fn headers(&self) -> Vec<WantedHeader> {
        [SIGNATURE, TIMESTAMP, NONCE]
            .map(WantedHeader::for_check)
            .into()
    }

    fn body_limit(&self) -> usize {
        1024 * 1024
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
        let missing = |name| head.header(name) == HeaderLookup::Missing;
        if self.unsigned && missing(SIGNATURE) && missing(TIMESTAMP) && missing(NONCE) {
            return Ok(Opening::Check(Check(None)));
        }
        let signature = head.required(SIGNATURE)?;
        let timestamp = required_text(head, TIMESTAMP)?;
        required_text(head, NONCE)?;
        let presented = self
            .decode_signature(signature)
            .ok_or_else(|| head.malformed(SIGNATURE))?;
        let signed_at = SignedAt::from_seconds_or_millis(timestamp)
            .ok_or_else(|| head.malformed_timestamp(TIMESTAMP))?;
        let macs = MacCheck::start(&*self.keys, head)?;
        Ok(Opening::Check(Check(Some(Signed {
            macs,
            presented,
            signed_at,
        }))))
    }

    fn finish(
        &self,
        check: Check,
        head: &Head<'_>,
        _body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let Some(Signed {
            mut macs,
            presented,
            signed_at,
        }) = check.0
        else {
            return Ok(Verdict::Accepted(Proof::new(Authenticity::None)));
        };
        // The header texts as received: a nonce does not survive a number type.
        macs.update(head.required(TIMESTAMP)?);
        macs.update(head.required(NONCE)?);
        let (key_id, mac) = macs.verify([presented.as_slice()])?;
        if let Some(tolerance) = &self.tolerance {
            tolerance.check(signed_at, now)?;
        }
        Ok(Verdict::Accepted(
            Proof::body_signature(key_id).with_mac(mac),
        ))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        decode::decode(verified.body()).map(Decoded::new)
    }
}

/// Signs notifications as Human API does (feature `testing`).
#[cfg(feature = "testing")]
pub mod testing {
    use bytes::Bytes;

    use super::{NONCE, SIGNATURE, TIMESTAMP};
    use crate::key::SigningKey;
    use crate::signature::{HmacSha1, MacKeys, encode_base64};
    use crate::testing::SignedRequest;

    /// Signs a body as Human API does, with the texts of the time stamp and nonce headers.
    ///
    /// ```
    /// use pulsehook_core::SigningKey;
    /// use pulsehook_core::human_api::testing::sign;
    ///
    /// // The documentation's own example.
    /// let secret = SigningKey::from_text("itsfullofsecrets")?;
    /// let body = r#"{"contents":"supersecretstuff"}"#;
    /// let request = sign(&secret, body, "1403591492088", "105850310064852240");
    /// let signature = "fQkvPoMVwsZWM4/r4VrKlMaCOAw=";
    /// assert!(request.headers().contains(&("x-humanapi-signature", signature.to_owned())));
    /// # Ok::<(), pulsehook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn sign(
        key: &SigningKey,
        body: impl Into<Bytes>,
        timestamp: &str,
        nonce: &str,
    ) -> SignedRequest {
        let body = body.into();
        let keys = MacKeys::<HmacSha1>::new(&key.clone().into());
        let mac = keys.sign(&[&body, timestamp.as_bytes(), nonce.as_bytes()]);
        SignedRequest::post_json(body)
            .with_header("content-type", "application/json; charset=utf-8")
            .with_header(SIGNATURE, encode_base64(mac.as_bytes()))
            .with_header(TIMESTAMP, timestamp)
            .with_header(NONCE, nonce)
    }
}
