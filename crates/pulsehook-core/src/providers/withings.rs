//! Withings: scales, blood pressure monitors, watches, sleep mats and other devices.
//!
//! Withings posts one small form for each change to the URL that a subscription names. It is a
//! pointer: it names user, category and time window, and the values are fetched afterwards.
//! **Notifications are not signed.** What proves them is a secret in the callback URL; it does
//! not cover the body, so deliveries say
//! [`Authenticity::SharedSecret`].
//!
//! Facts are from the guides "Notification overview", "Notification content", "Notification
//! subscribe", "Keep user data up to date", "Data update notifications", "Sign your requests" and
//! "Observe order updates", and from the API reference, at developer.withings.com and
//! oauth.withings.com, read in November 2026.
//!
//! | what | how pulsehook treats it |
//! |---|---|
//! | methods | `HEAD` and `GET` probe the endpoint: 200 with an empty body, no event; `POST` delivers |
//! | content type | `application/x-www-form-urlencoded` or none; another is refused (415); `HEAD` and `GET` need none |
//! | body limit | 64 KiB by default |
//! | authenticity | a secret in the URL ([`UrlSecrets`]), asked of every method; a list of [addresses](crate::address) beside it if wanted |
//! | de-duplication | the SHA-256 digest of the body: no id is given |
//! | replay | the protocol has no protection, and nothing is bound to the body |
//! | retries | documented as 10 tries within some 6 hours; after 20 days of failures the subscription is cancelled |
//! | acknowledgement | 200 with an empty body, within 2 seconds |
//!
//! Any status of 400 or more counts as a failure of the subscription, also for a user that was
//! removed long ago: answer 200 for users that are not known. Duplicates and bursts are usual; one
//! weighing can give categories 1 and 4. The same body may rightly come again, with new data
//! behind it, so do not hold a digest against a notification for long. After an outage
//! notifications come late, with old windows.
//!
//! # The callback URL
//!
//! It must be `https`, with a public host name, on port 80 or 443, have at most 255 characters and
//! answer `HEAD`. Where it does not, subscribing fails with API status 293, whatever the cause.
//! Register `https://host/path?token=…` with 32 random bytes in hexadecimal digits, or the same as
//! the last segment of the path.
//!
//! To exchange the secret without loss:
//!
//! 1. Accept the new one beside the old one, with
//!    [`SharedSecrets`](crate::SharedSecrets) or [`Swappable`](crate::Swappable).
//! 2. Subscribe each user and category with the new URL, some seconds apart.
//! 3. Revoke the subscriptions of the old URL.
//! 4. Take the old secret away when no delivery names it any more, see
//!    [`Delivery::key_id`](crate::Delivery::key_id).
//!
//! Do not trust the content in any case: a notification should only cause an authenticated read,
//! for a user that is known, with a window that is capped.
//!
//! # From parameters to events
//!
//! Each `POST` gives one event, by its `appli`, a number that [`Category`] names. These rules are
//! the same for all categories; the name of the parameter is that of the error's field:
//!
//! | the form | what becomes of it |
//! |---|---|
//! | no body | [`Empty`](crate::DecodeErrorKind::Empty) |
//! | bytes that are not UTF-8 | [`NotUtf8`](crate::DecodeErrorKind::NotUtf8) |
//! | percent-encoding that is broken or gives no UTF-8 | [`Form`](crate::DecodeErrorKind::Form) |
//! | a parameter twice, with the same value | counts once |
//! | a parameter twice, with different values | [`AmbiguousField`](crate::DecodeErrorKind::AmbiguousField) |
//! | no `appli`; no `userid`, except in category 53; no `mac` in category 53 | [`MissingField`](crate::DecodeErrorKind::MissingField) |
//! | `appli` that is no integer; `userid`, `startdate`, `enddate` that are more than digits; `date` of neither form | [`InvalidField`](crate::DecodeErrorKind::InvalidField) |
//! | an `appli` that is not known | [`Event::Unknown`] |
//! | only one of `startdate` and `enddate`, or none | kept as it is in [`Window`] |
//! | `enddate` before `startdate` | kept, see [`Window::is_reversed`] |
//! | `date` as `YYYY-MM-DD`, or of 9 to 11 digits | a day, or Unix seconds |
//! | an `action` that is not known | [`Action::Other`] |
//! | parameters that are not known, or not usual in the category | kept as [`Parameters`] |
//!
//! # Source addresses
//!
//! Withings publishes its addresses as DNS TXT records: `ipblock-notify.withings.net` and
//! `ipblock-front.withings.net`, and for the medical cloud in the USA
//! `ipblock-notify.us.withingsmed.net` and `ipblock-front.us.withingsmed.net`. Changes are
//! announced a week ahead. [`AddressList::from_txt`](crate::address::AddressList::from_txt) reads
//! them; asking DNS is the application's part. A list of addresses alone is no credential.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;

use crate::address::AllowedAddresses;
use crate::credentials::UrlSecrets;
use crate::delivery::Authenticity;
use crate::error::{DecodeError, Reason, VerifyError};
use crate::key::KeyId;
use crate::provider::{BodyCheck, Decoded, Opening, Proof, Provider, Verdict};
use crate::reply::Reply;
use crate::request::{Head, HeaderLookup, WantedHeader};
use crate::verified::Verified;

mod api_signature;
mod builder;
mod category;
mod decode;
mod event;
mod measure_type;
mod notification;
mod order_update;
mod parameters;

pub use self::api_signature::{api_signature, call_signature, nonce_signature};
pub use self::builder::WithingsBuilder;
pub use self::category::Category;
pub use self::event::{Event, UnknownEvent};
pub use self::measure_type::{MEASURE_TYPES, MeasureType, measure_type, real_value};
pub use self::notification::{
    Action, DayOrInstant, DeviceSetUp, Notification, ProfileChange, Window,
};
pub use self::order_update::{OrderStatus, OrderUpdate};
pub use self::parameters::Parameters;

const CONTENT_TYPE: &str = "content-type";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Receives Withings' notifications; holds the secrets of the callback URL.
///
/// ```
/// use pulsehook_core::withings::Withings;
/// use pulsehook_core::{Receiver, SharedSecret, UrlSecrets};
///
/// // For https://host/hooks/withings?token=…
/// let secret = SharedSecret::from_text("32 random bytes in hexadecimal digits")?;
/// let receiver = Receiver::new(Withings::new(UrlSecrets::in_query("token", secret)));
/// assert_eq!(receiver.body_limit(), 64 * 1024);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct Withings {
    url_secrets: Option<UrlSecrets>,
    allowed_addresses: Option<AllowedAddresses>,
    order_updates: bool,
    acknowledge_unauthenticated: bool,
}

impl Withings {
    /// Takes requests whose URL holds one of the secrets; nothing else is configured.
    #[must_use]
    pub fn new(url_secrets: UrlSecrets) -> Self {
        Self {
            url_secrets: Some(url_secrets),
            allowed_addresses: None,
            order_updates: false,
            acknowledge_unauthenticated: false,
        }
    }

    /// Starts to configure the provider.
    pub fn builder() -> WithingsBuilder {
        WithingsBuilder::new()
    }
}

impl fmt::Debug for Withings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Withings")
            .field("url_secrets", &self.url_secrets)
            .field("allowed_addresses", &self.allowed_addresses)
            .field("order_updates", &self.order_updates)
            .field(
                "acknowledge_unauthenticated",
                &self.acknowledge_unauthenticated,
            )
            .finish()
    }
}

/// Remembers which secret the head of a delivery held; the body needs no check.
#[derive(Debug)]
pub struct Check(Option<KeyId>);

impl BodyCheck for Check {
    fn update(&mut self, _frame: &[u8]) {}
}

/// Tells whether a value of the content type is of a media type, whatever its parameters.
fn is_media_type(value: &[u8], media_type: &str) -> bool {
    value
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii()
        .eq_ignore_ascii_case(media_type.as_bytes())
}

fn is_delivery(head: &Head<'_>) -> bool {
    head.method() == "POST"
}

impl Provider for Withings {
    const NAME: &'static str = "withings";

    type Event = Event;
    type Check = Check;

    fn methods(&self) -> &'static [&'static str] {
        &["GET", "HEAD", "POST"]
    }

    fn headers(&self) -> Vec<WantedHeader> {
        if self.order_updates {
            // It tells the two kinds of bodies apart, from the stored form as well.
            vec![WantedHeader::kept(CONTENT_TYPE)]
        } else {
            Vec::new()
        }
    }

    fn accepts_content_type(&self, head: &Head<'_>) -> bool {
        if !is_delivery(head) {
            return true;
        }
        match head.content_type() {
            HeaderLookup::Missing => true,
            HeaderLookup::One(value) => {
                is_media_type(value, FORM) || (self.order_updates && is_media_type(value, JSON))
            }
            HeaderLookup::Repeated => false,
        }
    }

    fn body_limit(&self) -> usize {
        64 * 1024
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
        if let Some(allowed) = &self.allowed_addresses {
            allowed.check(head)?;
        }
        let url_secrets = self.url_secrets.as_ref();
        let key_id = url_secrets.map(|secrets| secrets.check(head)).transpose()?;
        Ok(if is_delivery(head) {
            Opening::Check(Check(key_id))
        } else {
            Opening::Probe(Reply::ok())
        })
    }

    fn finish(
        &self,
        check: Check,
        _head: &Head<'_>,
        _body: &Bytes,
        _now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        Ok(Verdict::Accepted(match check.0 {
            Some(key_id) => Proof::new(Authenticity::SharedSecret).with_key_id(key_id),
            None => Proof::new(Authenticity::None),
        }))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        let is_json = || {
            let content_type = verified.header(CONTENT_TYPE);
            content_type.is_some_and(|value| is_media_type(value, JSON))
        };
        let event = if self.order_updates && is_json() {
            decode::json(verified.body())?
        } else {
            decode::form(verified.body(), self.order_updates)?
        };
        Ok(Decoded::new(vec![event]))
    }

    fn refusal(&self, reason: &Reason, head: Option<&Head<'_>>) -> Reply {
        match reason {
            // A probe is told the truth, or a wrong secret would not show when subscribing.
            Reason::Verify(_)
                if self.acknowledge_unauthenticated && head.is_some_and(is_delivery) =>
            {
                Reply::ok()
            }
            _ => reason.reply(),
        }
    }
}

/// Makes requests as Withings does (feature `testing`).
///
/// The secret is not in them but in the URL that they are sent to.
#[cfg(feature = "testing")]
pub mod testing {
    use bytes::Bytes;

    use crate::testing::SignedRequest;

    /// Makes a notification of a form.
    ///
    /// ```
    /// use pulsehook_core::withings::{Category, Withings, testing};
    /// use pulsehook_core::{Receiver, RequestHead, SharedSecret, UrlSecrets};
    ///
    /// let secret = SharedSecret::from_text("example")?;
    /// let receiver = Receiver::new(Withings::new(UrlSecrets::in_query("token", secret)));
    /// let request = testing::notification("userid=12345&appli=1&startdate=1530576000&enddate=1530698753");
    /// let headers = request.headers();
    /// let head = RequestHead::new(request.method(), "/hook", &headers).with_query(Some("token=example"));
    /// let delivery = receiver.receive(head, request.body().clone())?.accepted().unwrap();
    /// assert_eq!(delivery.events()[0].category(), Some(Category::Weight));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn notification(body: impl Into<Bytes>) -> SignedRequest {
        SignedRequest::post_form(body)
    }

    /// Makes an order update of a JSON text, see
    /// [`order_updates`](super::WithingsBuilder::order_updates).
    #[must_use]
    pub fn order_update(body: impl Into<Bytes>) -> SignedRequest {
        SignedRequest::post_json(body)
    }

    /// Makes the `HEAD` request that comes before a subscription is accepted.
    #[must_use]
    pub fn probe() -> SignedRequest {
        SignedRequest::new("HEAD", Bytes::new())
    }
}
