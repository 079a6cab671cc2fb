//! Thryve: wearables and medical sensors, in Europe.
//!
//! Thryve posts one JSON message per request. Notifications say which user, source, period and
//! data types changed; data pushes bring the values themselves, compressed with zstd. Two retired
//! formats can still be switched on for old customers.
//!
//! Facts are from Thryve's pages "Notifications" and "Data push" at docs.thryve.health, "Access /
//! Notification webhooks" (v5) at thryve.health/api-doc and "Thryve webhook updates: v6 format" at
//! thryve.health, and from public code that runs against the live service, read in November 2026.
//!
//! | what | how pulsehook treats it |
//! |---|---|
//! | methods | `POST` |
//! | content type | ignored: it is not signed |
//! | body limit | 8 MiB by default, as received |
//! | decompressed limit | 32 MiB by default ([`ThryveBuilder::decompressed_limit`]); more is answered 413 |
//! | samples and blocks | at most one for each 32 bytes of JSON, and 64 more; a push with more is refused (413) |
//! | authenticity | each of header, URL and signature that is configured must be right |
//! | de-duplication | the SHA-256 digest of the body; a frame in base64 counts as the frame |
//! | replay | remember [`Delivery::replay_key`](crate::Delivery::replay_key); [`ThryveBuilder::tolerance`] judges the time stamp, off by default |
//! | acknowledgement | 200 with an empty body, within 2 seconds: queue first, work later |
//!
//! Thryve counts 200 and 204 as success and nothing else, so an application must not answer 201 or
//! 202. It tries up to 3 times more, and switches a webhook off that keeps failing. Order and
//! uniqueness are not promised, and there is no id of a delivery.
//!
//! # Authenticity
//!
//! All means are chosen in Thryve's dashboard, and none is on by default there. What is configured
//! here must hold, all of it; with nothing configured a `Thryve` is not built, unless
//! [`danger_accept_unauthenticated`](ThryveBuilder::danger_accept_unauthenticated) says so.
//!
//! - "Web authentication": a fixed value of the header `Authorization`
//!   ([`ThryveBuilder::authorization`]). Deliveries say
//!   [`SharedSecret`](Authenticity::SharedSecret).
//! - A secret in the URL ([`ThryveBuilder::url_secrets`]). Likewise.
//! - HMAC ([`ThryveBuilder::keys`]): `X-HMAC-Signature` is the hexadecimal HMAC-SHA256 of the body
//!   as received, still compressed, followed by the text of `X-HMAC-Timestamp`. The key is the
//!   secret as UTF-8. Deliveries say [`BodySignature`](Authenticity::BodySignature).
//!
//! Thryve's documentation confirms the HMAC option, not each point of its construction, which is
//! known from one public receiver; test it with your account before you rely on it. That receiver
//! also looks for the header names with underscores, so these are taken when both dashed names are
//! absent. Bodies were seen as base64 text of the frame, and which of the two is signed then is not
//! known: if the MAC of a base64 body as received does not match, that of the decoded bytes is
//! tried, and nothing else.
//!
//! [`Delivery::key_id`](crate::Delivery::key_id) names the key of the signature where one is asked
//! for, else the secret of the header, else that of the URL, and
//! [`Delivery::key_ids`](crate::Delivery::key_ids) all of them, in this order.
//!
//! Because nothing separates body and time stamp, digits can be moved between the two without
//! changing the signature. A replay guard must therefore remember the
//! [replay key](crate::Delivery::replay_key), which is the MAC, and never the time stamp.
//!
//! # Compression
//!
//! The signature is checked before anything is decompressed, which happens where
//! [`Verified::decode`](crate::Verified::decode) is called: on the thread of the request. Events can
//! take several times the memory of the JSON; lower the two limits where that is too much.
//! `Content-Encoding` is not signed, so the body alone decides what it is, base64 without the
//! header included; [`ThryveBuilder::strict`] asks for the header as well.
//!
//! | the body | is |
//! |---|---|
//! | starts with `28 B5 2F FD` | decompressed |
//! | is base64 text of bytes that start so, padded, in however many lines | decoded and decompressed |
//! | starts, after white space, with `{` or `[` | JSON as it stands |
//! | is a frame that asks for a window of more than 8 MiB (`zstd --ultra`) | refused, [`Encoding`](crate::DecodeErrorKind::Encoding) |
//! | is anything else | refused, [`Encoding`](crate::DecodeErrorKind::Encoding); empty, [`Empty`](crate::DecodeErrorKind::Empty) |
//!
//! Decompressing is behind the feature `zstd`, which is on by default and builds the C library of
//! zstd: building needs a C compiler. With `default-features = false` it is left out, and a
//! compressed body is refused as [`Encoding`](crate::DecodeErrorKind::Encoding).
//!
//! # Messages
//!
//! | the message | event |
//! |---|---|
//! | `notification.source.connect`, `webhook.source.connect` | [`Event::SourceConnect`] |
//! | `notification.source.disconnect`, `webhook.source.disconnect` | [`Event::SourceDisconnect`] |
//! | `notification.data.epoch.createupdate` | [`Event::EpochChange`] |
//! | `notification.data.daily.createupdate` | [`Event::DailyChange`] |
//! | `event.data.epoch.create`, `event.data.epoch.update` | [`Event::EpochCreate`], [`Event::EpochUpdate`] |
//! | `event.data.daily.create`, `event.data.daily.update` | [`Event::DailyCreate`], [`Event::DailyUpdate`] |
//! | another `type` | [`Event::Unknown`] |
//! | `sourceUpdate` with `connectionStatus` | [`Event::V5Connection`] |
//! | `sourceUpdate` with `/v5/dailyDynamicValues`, `/v5/dynamicEpochValues` | [`Event::V5Daily`], then [`Event::V5Epoch`]: one message can give both |
//! | `sourceUpdate` with `updateType` and none of these | [`Event::OldestUpdate`] |
//! | another `sourceUpdate` | [`Event::Unknown`] |
//!
//! A message with neither `type` nor `sourceUpdate` is a decode error. So is one that lacks its
//! user, its source or another member that its struct holds without `Option`, or whose times are
//! malformed; the error names the member. A wrong sample of a data push is no error: it becomes an
//! [`InvalidSample`] beside its siblings.
//!
//! Times are decided by their JSON type, not by `timestampType`: text is ISO 8601, and UTC if it
//! names no zone; an integer is Unix time, in seconds with 9 to 11 digits and in milliseconds with
//! 12 to 14. A member that is `null` counts as absent, and a known member that is there twice is an
//! error (in a sample, an invalid sample). Members that are not known are kept, in the `other` of
//! their struct, and so are optional ones of another kind than documented.
//!
//! [`data_source`] and [`data_type`] name the numbers. No number need be known to be decoded.
//! [`Event::samples`] walks the samples of a push, each with its source and, by
//! [`PushedSample::data_type`] and [`PushedSample::value_with_unit`], with name and unit.
//!
//! # The neutral view
//!
//! | event | [`What`](crate::view::What) | period | at |
//! |---|---|---|---|
//! | [`Event::SourceConnect`], [`Event::V5Connection`] with `NEW` | `Connected` | none | `timestamp`; v5: `createdAt`, if it is there |
//! | [`Event::SourceDisconnect`], [`Event::V5Connection`] with `DELETED` | `Disconnected` | none | likewise |
//! | [`Event::V5Connection`] with another status | `Unknown` | none | likewise |
//! | [`Event::EpochChange`], [`Event::V5Epoch`] | `DataAvailable` | instants | v5: `createdAt` |
//! | [`Event::DailyChange`], [`Event::V5Daily`] | `DataAvailable` | days | v5: `createdAt` |
//! | [`Event::OldestUpdate`], whatever the kind of update | `DataAvailable` | instants, as its times always are | `createdAt`, if it is there |
//! | [`Event::EpochCreate`], [`Event::EpochUpdate`] | `DataPushed` | instants: from the first start to the last end of all samples | none |
//! | [`Event::DailyCreate`], [`Event::DailyUpdate`] | `DataPushed` | days: from the first to the last of all samples | none |
//! | [`Event::Unknown`] | `Unknown` | none | none |
//!
//! The user's ids are `endUserId` and `endUserAlias`, or `authenticationToken` and
//! `partnerUserID`. A source is its number, in digits, with its name in [`data_source`]; a block of
//! a push can name one that the table lacks. Kinds follow from the numbers of the data types; a
//! number that is not in [`data_type`] is a kind of its own, in digits, and a view has at most 64 of
//! these. A push whose type announces one dimension and that holds the other alone has the period
//! of the other. Days in Unix time are UTC days.
//!
//! # Follow-up calls
//!
//! [`Api`] plans the calls of version 5 of Thryve's API; [`api_passwords`] makes their credential.
//!
//! | event | calls | split |
//! |---|---|---|
//! | [`Event::EpochChange`], [`Event::V5Epoch`] | `POST /v5/dynamicEpochValues` with `startTimestamp` and `endTimestamp`, in UTC | into pieces of 30 days |
//! | the same, where half of the period is missing or it ends before it starts | `POST /v5/dynamicEpochValues` with `createdAfter`: the last sync, see [`Context`](crate::follow_up::Context); refused where that is not known | no |
//! | [`Event::DailyChange`], [`Event::V5Daily`] | `POST /v5/dailyDynamicValues` with `startDay` and `endDay`, both included | into pieces of 364 days |
//! | the same, where half of the period is missing or it ends before it starts | refused ([`PeriodUnknown`](crate::follow_up::FollowUpError::PeriodUnknown)): nothing else can be asked for | |
//! | [`Event::OldestUpdate`] with `MINUTE` | as `EpochChange` | likewise |
//! | [`Event::OldestUpdate`] with `DAILY` | `POST /v5/dailyDynamicValues` with `startTimestampUnix` and `endTimestampUnix`: its times are instants, and which days they touch is left to Thryve | into pieces of 363 days less an hour, which touch no more than 364 |
//! | [`Event::OldestUpdate`] with `BOTH` or a word that is not known | both | likewise |
//! | all others | none | |
//!
//! Each call names the user (`authenticationToken`) and the source (`dataSources`), and the data
//! types (`valueTypes`) where the event lists any, each once; without them, or with more than 500,
//! it asks for all. Neighbouring pieces of instants share their border: a value there can come
//! twice.
//! [`Api::detailed`], [`Api::with_type_names`] and [`Api::with_own_ids`] ask for more.
//! [`Api::user_information`], [`Api::access_token`] and [`Api::connection`] make calls that follow
//! no event.
//!
//! # Answers
//!
//! [`read_epoch_answer`] and [`read_daily_answer`] read what the calls for values bring. Values are
//! text there; they are read as their `valueType` says, and numbers keep their digits.
//!
//! ```
//! use pulsehook_core::thryve::read_daily_answer;
//!
//! let body = br#"[{"authenticationToken":"u-5512","dataSources":[{"dataSource":8,"data":[
//!     {"day":"2024-01-28T00:00:00Z","dailyDynamicValueType":2000,"value":"437","valueType":"LONG"}
//! ]}]}]"#;
//! let answer = read_daily_answer(body)?;
//! let lines: Vec<String> = answer
//!     .values()
//!     .filter_map(|(_, source, value)| {
//!         let source = source.source()?.name;
//!         let name = value.data_type()?.name;
//!         let day = value.day.date()?;
//!         Some(format!("{day}, {source}: {name} {}", value.value_with_unit()?))
//!     })
//!     .collect();
//! assert_eq!(lines, ["2024-01-28, Withings: SleepDuration 437 min"]);
//! # Ok::<(), pulsehook_core::DecodeError>(())
//! ```

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::credentials::{HeaderSecrets, UrlSecrets};
use crate::delivery::Authenticity;
use crate::error::{DecodeError, VerifyError};
use crate::json::text_of;
use crate::key::KeyId;
use crate::provider::{BodyCheck, Decoded, Opening, Proof, Provider, Verdict};
use crate::request::{Head, HeaderLookup, WantedHeader};
use crate::signature::{HmacSha256, KeySource, Mac, MacCheck, MacKeys, Tolerance, decode_hex};
use crate::verified::Verified;

mod answer;
mod api;
mod body;
mod builder;
mod context;
mod decode;
mod event;
mod legacy;
mod members;
mod named;
mod notification;
mod push;
mod quick;
mod sample;
mod signed_at;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod view;
mod wrapped;

pub use self::answer::{
    Answer, DailyValue, Details, EpochValue, InvalidValue, SourceValues, UserValues, ValueType,
    read_daily_answer, read_epoch_answer,
};
pub use self::api::{Api, api_passwords};
pub use self::body::unpack;
pub use self::builder::ThryveBuilder;
pub use self::event::{Envelope, Event, EventType, UnknownEvent};
pub use self::legacy::{
    ConnectionStatus, OldestPeriod, SourceUpdate, UpdateType, V5DailyValues, V5EpochValues,
};
pub use self::named::{AnySample, PushedSample, ValueWithUnit};
pub use self::notification::{DailyPeriod, EpochPeriod, SourceState};
pub use self::push::DataBlock;
pub use self::sample::{DailySample, EpochSample, InvalidSample, Number, SampleValue};
pub use self::tables::{DataSource, DataType, Dimension, data_source, data_type};
pub use self::time::{Day, Time};

const CONTENT_ENCODING: &str = "content-encoding";

/// Receives Thryve's messages; holds the credentials that are asked for.
///
/// ```
/// use pulsehook_core::thryve::Thryve;
/// use pulsehook_core::{HeaderSecrets, Receiver, SigningKey};
///
/// let thryve = Thryve::builder()
///     .authorization(HeaderSecrets::authorization(HeaderSecrets::basic("user", "a long password")?))
///     .keys(SigningKey::from_text("the HMAC secret of the dashboard")?)
///     .build()?;
/// let receiver = Receiver::new(thryve);
/// assert_eq!(receiver.body_limit(), 8 * 1024 * 1024);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct Thryve {
    authorization: Option<HeaderSecrets>,
    url_secrets: Option<UrlSecrets>,
    keys: Option<Box<dyn KeySource<HmacSha256>>>,
    tolerance: Option<Tolerance>,
    decompressed_limit: usize,
    strict: bool,
}

impl Thryve {
    /// Starts to configure the provider.
    pub fn builder() -> ThryveBuilder {
        ThryveBuilder::default()
    }

    /// Begins to check a signature, if one is asked for.
    fn begin_signed(&self, head: &Head<'_>) -> Result<Option<Signed>, VerifyError> {
        let Some(source) = &self.keys else {
            return Ok(None);
        };
        let names = HmacHeaders::of(head)?;
        let presented = decode_hex(head.required(names.signature)?)
            .ok_or_else(|| head.malformed(names.signature))?;
        names.timestamp_of(head)?;
        let keys = source.keys(head).ok_or(VerifyError::NoKey)?;
        Ok(Some(Signed {
            macs: MacCheck::with_keys(&keys),
            keys,
            presented,
            names,
        }))
    }

    /// Judges the signature, whose check has seen the whole body.
    fn finish_signed(
        &self,
        signed: Signed,
        head: &Head<'_>,
        body: &[u8],
        now: SystemTime,
    ) -> Result<(KeyId, Mac), VerifyError> {
        let Signed {
            keys,
            mut macs,
            presented,
            names,
        } = signed;
        let timestamp = names.timestamp_of(head)?;
        macs.update(timestamp);
        let found = macs.verify([presented.as_slice()]).or_else(|error| {
            let mut macs = MacCheck::with_keys(&keys);
            if self.strict
                || !wrapped::is_frame(body)
                || !wrapped::decode_pieces(body, |piece| macs.update(piece))
            {
                return Err(error);
            }
            macs.update(timestamp);
            macs.verify([presented.as_slice()])
        })?;
        if let Some(tolerance) = &self.tolerance {
            let signed_at = signed_at::read(timestamp);
            let malformed = || head.malformed_timestamp(names.timestamp);
            tolerance.check(signed_at.ok_or_else(malformed)?, now)?;
        }
        Ok(found)
    }
}

impl fmt::Debug for Thryve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thryve")
            .field("authorization", &self.authorization)
            .field("url_secrets", &self.url_secrets)
            .field("has_keys", &self.keys.is_some())
            .field("tolerance", &self.tolerance)
            .field("decompressed_limit", &self.decompressed_limit)
            .field("strict", &self.strict)
            .finish()
    }
}

/// The names of the two headers of a signature; all parts must come from one set.
#[derive(Clone, Copy)]
struct HmacHeaders {
    signature: &'static str,
    timestamp: &'static str,
}

impl HmacHeaders {
    const DASHED: Self = Self {
        signature: "x-hmac-signature",
        timestamp: "x-hmac-timestamp",
    };
    const UNDERSCORED: Self = Self {
        signature: "x_hmac_signature",
        timestamp: "x_hmac_timestamp",
    };

    /// Finds the set that a request uses; the dashed one if it uses none.
    fn of(head: &Head<'_>) -> Result<Self, VerifyError> {
        let used = |names: Self| {
            [names.signature, names.timestamp]
                .iter()
                .any(|name| head.header(name) != HeaderLookup::Missing)
        };
        match (used(Self::DASHED), used(Self::UNDERSCORED)) {
            (true, true) => Err(VerifyError::MixedHeaders),
            (false, true) => Ok(Self::UNDERSCORED),
            _ => Ok(Self::DASHED),
        }
    }

    /// Returns the text of the time stamp, which must hold something.
    fn timestamp_of<'a>(self, head: &Head<'a>) -> Result<&'a [u8], VerifyError> {
        match head.required(self.timestamp)? {
            [] => Err(VerifyError::MissingHeader {
                name: self.timestamp.into(),
            }),
            text => Ok(text),
        }
    }
}

/// Computes the MAC of a Thryve body while it arrives, if one is asked for.
#[derive(Debug)]
pub struct Check {
    /// The secrets that the head presented: in the header, in the URL.
    shared: [Option<KeyId>; 2],
    signed: Option<Signed>,
}

struct Signed {
    /// The keys that the request began with.
    keys: Arc<MacKeys<HmacSha256>>,
    macs: MacCheck<HmacSha256>,
    presented: [u8; 32],
    names: HmacHeaders,
}

impl fmt::Debug for Signed {
    /// Leaves the presented signature out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("macs", &self.macs)
            .finish_non_exhaustive()
    }
}

impl BodyCheck for Check {
    #[inline]
    fn update(&mut self, frame: &[u8]) {
        if let Some(signed) = &mut self.signed {
            signed.macs.update(frame);
        }
    }
}

impl Provider for Thryve {
    const NAME: &'static str = "thryve";

    type Event = Event;
    type Check = Check;

    fn headers(&self) -> Vec<WantedHeader> {
        let mut headers = Vec::new();
        if self.keys.is_some() {
            for names in [HmacHeaders::DASHED, HmacHeaders::UNDERSCORED] {
                headers.extend([names.signature, names.timestamp].map(WantedHeader::for_check));
            }
        }
        headers.extend(self.authorization.as_ref().map(HeaderSecrets::wanted));
        headers.push(WantedHeader::kept(CONTENT_ENCODING));
        headers
    }

    fn body_limit(&self) -> usize {
        8 * 1024 * 1024
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
        // Which of several is meant is not known; one, or none, is judged with the body.
        if self.strict && head.header(CONTENT_ENCODING) == HeaderLookup::Repeated {
            head.required(CONTENT_ENCODING)?;
        }
        let authorization = self.authorization.as_ref();
        let by_header = authorization.map(|it| it.check(head)).transpose()?;
        let url_secrets = self.url_secrets.as_ref();
        let by_url = url_secrets.map(|it| it.check(head)).transpose()?;
        Ok(Opening::Check(Check {
            shared: [by_header, by_url],
            signed: self.begin_signed(head)?,
        }))
    }

    fn finish(
        &self,
        check: Check,
        head: &Head<'_>,
        body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let shared = |key_id| Proof::new(Authenticity::SharedSecret).with_key_id(key_id);
        let proof = match (check.signed, check.shared) {
            (Some(signed), further) => {
                let (key_id, mac) = self.finish_signed(signed, head, body, now)?;
                let proof = Proof::body_signature(key_id).with_mac(mac);
                proof.with_further_key_ids(further)
            }
            (None, [Some(header), url]) => shared(header).with_further_key_ids([url, None]),
            (None, [None, Some(url)]) => shared(url),
            (None, [None, None]) => Proof::new(Authenticity::None),
        };
        Ok(Verdict::Accepted(proof))
    }

    fn digested<'v>(&self, verified: &'v Verified<'_, Self>) -> Option<Cow<'v, [u8]>> {
        let wrapped = !self.strict && wrapped::is_frame(verified.body());
        let frame = wrapped.then(|| wrapped::decode(verified.body()))??;
        Some(Cow::Owned(frame))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        let encoding = verified.header(CONTENT_ENCODING);
        let limit = self.decompressed_limit;
        let json = body::unpack_as(verified.body(), encoding, self.strict, limit)?;
        decode::decode(text_of(&json)?, self.strict).map(Decoded::new)
    }
}
