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
//! | `appli`, `startdate`, `enddate` that are no integers; `userid` that is more than digits; `date` of neither form | [`InvalidField`](crate::DecodeErrorKind::InvalidField) |
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
//!
//! # The neutral view
//!
//! How each event shows as a [`View`](crate::view::View). Its type is the [name](Event::name) of
//! the category, or `appli-` and the number of one that is not known.
//!
//! | event | what happened | kinds of data |
//! |---|---|---|
//! | 1 weight | data available | body |
//! | 2 temperature | data available | temperature |
//! | 4 blood pressure | data available | blood pressure, heart rate, blood oxygen |
//! | 16 activity | data available | activity, workout |
//! | 44 sleep | data available | sleep |
//! | 46 user profile | `delete`: user removed; `unlink`: disconnected; else a notice | profile, in a notice |
//! | 50, 51, 98, 99, 100 bed | notice | bed presence |
//! | 52 sleep mat inflated, 53 device set up | notice | device |
//! | 54 ECG | data available | ECG |
//! | 55 ECG failed | status of a job: failed | ECG |
//! | 58 glucose | data available | blood glucose |
//! | 60 survey answered | data available | survey |
//! | 61 stethoscope | data available | heart sounds |
//! | 62 heart rate variability | data available | heart rate variability |
//! | 63 urine biomarkers | data available | urine |
//! | update of an order | status of a job: that of the parcel, or else of the order, as received | order |
//! | another category | unknown | |
//!
//! The period is the day that `date` names, or else the window, also where one end is missing; a
//! reversed window is none. A `date` in Unix seconds is when it happened. The application's own id
//! is `customer_ref` of an order. No source is named: a device is not one.
//!
//! # Follow-up calls
//!
//! What [`Api`] plans after each event. Each call is a `POST` with the token of the user, unless
//! the table says that it is [signed](Application).
//!
//! | event | calls | with a window | without one |
//! |---|---|---|---|
//! | 1, 2, 4, 58, 63 | Getmeas of the [types](Category::measure_types) of the category | the window, its end a second later | `lastupdate` |
//! | 61 | Getmeas of all types, since none are documented | the same | the same |
//! | | Stetho List, then [Stetho Get](Api::stetho_gets) for each signal | as Getmeas | from the last sync until now |
//! | 62 | Getmeas of all types, since none are documented | as 1 | as 1 |
//! | | Getintradayactivity and Sleep Get, of [heart rate variability](data_fields::INTRADAY_HRV) | the window, in pieces of 24 hours | none |
//! | 16 | Getactivity, Getworkouts | the `date`, or the days of the window | `lastupdate` |
//! | | Getintradayactivity | that day, or the window, in pieces of 24 hours | none |
//! | 44 | Sleep Get | the window, in pieces of 24 hours | none |
//! | | Getsummary | the days of the window and one on each side | `lastupdate` |
//! | 54 | Heart List, then [Heart Get](Api::heart_gets) for each signal | the window, its end a second later | from the last sync until now |
//! | 60 | Answers Get, signed | `startdate` | the last sync as `startdate` |
//! | 53 | Activate, signed, to which the user's profile is to be added; or Link, with the token of a user | | |
//! | all others | none: the event says all, or is not known | | |
//!
//! A window counts where it has both ends and is not reversed. Whether its end belongs to it is not
//! documented; where a call's period is limited to 24 hours, only a window of no length gets a
//! second. `lastupdate` is
//! [`Context::last_sync`](crate::follow_up::Context::last_sync); without it, the call is refused
//! with [`LastSyncUnknown`](crate::follow_up::FollowUpError::LastSyncUnknown). It selects by the
//! time of the last change, a window by that of the measurement: what is uploaded late is found
//! only by `lastupdate`, so ask that way now and then.
//!
//! Days are those of [`Context::time_zone`](crate::follow_up::Context::time_zone). Where it is not
//! known, a day becomes its three days in UTC, from the day before to the day after, and the days
//! of a window in category 16 are widened by one on each side. All fields that are documented are
//! asked for, see [`data_fields`].
//!
//! 120 requests a minute are allowed for an application by default. Bursts of notifications are
//! usual, so fetch for one user at a time.
//!
//! # Answers
//!
//! The API answers with HTTP status 200 even when it fails: [`Answer::read`] tells, and
//! [`error_text`] reads the words beside the status. Values of
//! measures are whole numbers and powers of ten, which [`Measure::decimal`] keeps exactly.
//!
//! ```
//! use pulsehook_core::jiff::Timestamp;
//! use pulsehook_core::withings::{Answer, Api, Selection};
//!
//! let since = Selection::ModifiedSince(Timestamp::UNIX_EPOCH);
//! let call = Api::default().getmeas(8_812_345, &[1], since);
//! // What the API answers:
//! let body = br#"{"status": 0, "body": {"updatetime": 1706400100, "timezone": "Europe/Paris",
//!     "measuregrps": [{"grpid": 12, "attrib": 0, "date": 1706400000, "category": 1,
//!         "measures": [{"value": 65750, "type": 1, "unit": -3}]}], "more": 0, "offset": 0}}"#;
//! let answer = Answer::read(body)?;
//! let measures = answer.measures()?;
//! for (group, weight) in measures.of_type(1) {
//!     assert_eq!(group.date, Some(Timestamp::from_second(1_706_400_000)?));
//!     assert_eq!(weight.name(), Some("weight"));
//!     assert_eq!(weight.amount().to_string(), "65.750 kg");
//! }
//! assert_eq!(Api::next_page(&call, &answer), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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

mod answer;
mod api;
mod api_signature;
mod builder;
mod category;
pub mod data_fields;
mod decimal;
mod decode;
mod event;
mod measure_type;
mod notification;
mod order_update;
mod parameters;
mod view;

pub use self::answer::{
    Amount, Answer, AnswerError, ApiStatus, Attribution, GroupCategory, Measure, MeasureGroup,
    Measures, Nonce, SignalList, SignalRecord, error_text,
};
pub use self::api::{Api, Application, AuthorizeError, Selection, user_token};
pub use self::api_signature::{api_signature, call_signature, nonce_signature};
pub use self::builder::WithingsBuilder;
pub use self::category::Category;
pub use self::decimal::Decimal;
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
