//! Calls of Thryve's API, version 5. Pages "Get epoch data" and "Get daily data" at
//! docs.thryve.health, and thryve.health/api-doc, read November 2026.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Thryve;
use super::event::Event;
use super::legacy::{OldestPeriod, SourceUpdate, UpdateType};
use super::time::{Day, Time};
use crate::credentials::basic_value;
use crate::error::ConfigError;
use crate::follow_up::{
    Authorization, Call, Context, CredentialKind, FollowUpApi, FollowUpError, FollowUps,
    MOST_CALLS, Origin, split_days, split_instants,
};
use crate::key::is_blank;
use crate::provider::Provider as _;
use crate::text::{RawJson, Text};

const EPOCH_VALUES: &str = "dynamicEpochValues";
const DAILY_VALUES: &str = "dailyDynamicValues";
const DAILY_PATH: &str = "/v5/dailyDynamicValues";

const NO_DAYS: FollowUpError = FollowUpError::PeriodUnknown { call: DAILY_VALUES };

/// How long a period of intraday data may be.
const LONGEST_EPOCH: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How many days one call for daily values may name.
const MOST_DAYS: u16 = 364;

/// The same for a period of instants: one day less, so that no more days are touched, also where
/// the user's clock is changed on the way.
const LONGEST_DAILY: SignedDuration = SignedDuration::from_hours(24 * 363 - 1);

/// How many data types one call names. Thryve has some hundred; with more, all are asked for.
const MOST_TYPES: usize = 500;

/// Makes the credential of Thryve's API: two headers, `Authorization` with the user and the
/// password of the application, and `AppAuthorization` with the id and the secret of its access.
///
/// Both are of the scheme `Basic`, with names and passwords as UTF-8.
///
/// # Errors
///
/// Returns [`ConfigError::EmptyKey`] when one of the four is blank, and
/// [`ConfigError::MalformedUser`] when user or id contain a colon, which separates the two parts.
///
/// ```
/// use pulsehook_core::thryve;
///
/// let passwords = thryve::api_passwords("user", "a long password", "auth-id", "a long secret")?;
/// assert!(!format!("{passwords:?}").contains("long"));
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub fn api_passwords(
    user: &str,
    password: &str,
    auth_id: &str,
    auth_secret: &str,
) -> Result<Authorization, ConfigError> {
    if [user, auth_id]
        .into_iter()
        .any(|name| is_blank(name.as_bytes()))
    {
        return Err(ConfigError::EmptyKey);
    }
    Ok(Authorization::new(&[CredentialKind::ApplicationPasswords])
        .header("authorization", basic_value(user, password)?)
        .header("appauthorization", basic_value(auth_id, auth_secret)?)
        .of_provider(Thryve::NAME))
}

/// Plans calls of Thryve's API; the page of the module has a table of them.
///
/// ```
/// use pulsehook_core::follow_up::{Context, FollowUpApi as _};
/// use pulsehook_core::jiff::Timestamp;
/// use pulsehook_core::thryve::{Api, Thryve, testing};
/// use pulsehook_core::{Receiver, RequestHead};
///
/// let receiver = Receiver::new(Thryve::builder().danger_accept_unauthenticated().build()?);
/// let request = testing::unsigned(
///     r#"{"endUserId":"u-5512","type":"notification.data.daily.createupdate","data":{
///         "startDay":"2024-01-27","endDay":"2024-01-28","dataSourceId":8,"dataTypeIds":[1000,2000]}}"#,
/// );
/// let headers = request.headers();
/// let head = RequestHead::new("POST", "/hooks/thryve", &headers);
/// let outcome = receiver.receive(head, request.body().clone())?;
/// let delivery = outcome.accepted().ok_or("Thryve sends no probe")?;
///
/// let api = Api::default();
/// let follow_ups = api.follow_ups(&delivery.events()[0], &Context::at(Timestamp::now()));
/// let [call] = &follow_ups.calls[..] else { return Err("one call".into()) };
/// assert_eq!(call.url().as_str(), "https://api.thryve.de/v5/dailyDynamicValues");
/// let form = call.form().ok_or("a form")?;
/// assert_eq!(form.get("startDay"), Some("2024-01-27"));
/// assert_eq!(form.get("valueTypes"), Some("1000,2000"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    origin: Origin,
    call_limit: usize,
    is_detailed: bool,
    shows_type_names: bool,
    shows_own_ids: bool,
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl Api {
    /// Calls `https://api.thryve.de`.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Origin::known("https://api.thryve.de"))
    }

    /// Calls `https://api-qa.thryve.de`, where Thryve's customers test.
    #[must_use]
    pub fn qa() -> Self {
        Self::of(Origin::known("https://api-qa.thryve.de"))
    }

    fn of(origin: Origin) -> Self {
        Self {
            origin,
            call_limit: MOST_CALLS,
            is_detailed: false,
            shows_type_names: false,
            shows_own_ids: false,
        }
    }

    /// Calls another origin.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Sets how many calls one period may be split into; [`MOST_CALLS`] by default.
    #[must_use]
    pub fn with_call_limit(mut self, limit: usize) -> Self {
        self.call_limit = limit;
        self
    }

    /// Asks for the annotations of values (`detailed`), see [`Details`](super::Details).
    #[must_use]
    pub fn detailed(mut self) -> Self {
        self.is_detailed = true;
        self
    }

    /// Asks for the names of data types (`displayTypeName`).
    #[must_use]
    pub fn with_type_names(mut self) -> Self {
        self.shows_type_names = true;
        self
    }

    /// Asks for the customer's own ids of users (`displayPartnerUserID`).
    #[must_use]
    pub fn with_own_ids(mut self) -> Self {
        self.shows_own_ids = true;
        self
    }

    /// Asks for what Thryve knows of a user (`POST /v5/userInformation`).
    #[must_use]
    pub fn user_information(&self, end_user_id: &str) -> Call {
        self.post("userInformation", "/v5/userInformation")
            .with_form("authenticationToken", end_user_id)
    }

    /// Asks for Thryve's id of a user by the customer's own id, or for that of a new user who has
    /// none (`POST /v5/accessToken`). The answer is the id as plain text.
    #[must_use]
    pub fn access_token(&self, own_id: Option<&str>) -> Call {
        let call = self.post("accessToken", "/v5/accessToken");
        match own_id {
            Some(own_id) => call.with_form("partnerUserID", own_id),
            None => call,
        }
    }

    /// Asks for the URL where a user connects sources, in a language such as `de`
    /// (`POST /widget/v6/connection`).
    #[must_use]
    pub fn connection(&self, end_user_id: &str, locale: &str) -> Call {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'b> {
            end_user_id: &'b str,
            locale: &'b str,
        }

        let call = self.post("connection", "/widget/v6/connection");
        // Two texts always make JSON.
        match serde_json::value::to_raw_value(&Body {
            end_user_id,
            locale,
        }) {
            Ok(json) => call.with_json(RawJson::from_raw(&json)),
            Err(_) => call,
        }
    }

    fn post(&self, name: &'static str, path: &'static str) -> Call {
        Call::post(name, self.origin.url(path))
            .with_credential(CredentialKind::ApplicationPasswords, None)
            .of_provider(Thryve::NAME)
    }

    /// Plans calls for what an event is about.
    fn query<'q>(&'q self, user: &'q Text, source: i64, types: Option<&[i64]>) -> Query<'q> {
        let types = types.unwrap_or_default();
        let mut known = BTreeSet::new();
        let distinct = types.iter().filter(|id| known.insert(**id));
        // Each call repeats them; without any, all types are asked for.
        let ids: Vec<String> = distinct.map(i64::to_string).collect();
        let ids = if ids.len() > MOST_TYPES {
            Vec::new()
        } else {
            ids
        };
        Query {
            api: self,
            user,
            source: Text::from(source.to_string()),
            types: Text::from(ids.join(",")),
        }
    }

    fn query_of<'q, P>(&'q self, it: &'q SourceUpdate<P>, types: Option<&[i64]>) -> Query<'q> {
        self.query(&it.authentication_token, it.data_source, types)
    }
}

impl FollowUpApi for Api {
    type Event = Event;

    fn follow_ups(&self, event: &Event, context: &Context) -> FollowUps {
        match event {
            Event::EpochChange(it) => {
                let data = &it.data;
                let period = (Some(&data.start_timestamp), Some(&data.end_timestamp));
                let types = Some(data.data_type_ids.as_slice());
                let query = self.query(&it.end_user_id, data.data_source_id, types);
                all(query.epoch(instants(period), context))
            }
            Event::DailyChange(it) => {
                let data = &it.data;
                let period = (Some(&data.start_day), Some(&data.end_day));
                let types = Some(data.data_type_ids.as_slice());
                let query = self.query(&it.end_user_id, data.data_source_id, types);
                all(query.daily(days(period)))
            }
            Event::V5Daily(it) => {
                let types = it.part.daily_dynamic_value_types.as_deref();
                let period = days((it.part.start(), it.part.end()));
                all(self.query_of(it, types).daily(period))
            }
            Event::V5Epoch(it) => {
                let types = it.part.dynamic_value_types.as_deref();
                let period = instants((it.part.start(), it.part.end()));
                all(self.query_of(it, types).epoch(period, context))
            }
            Event::OldestUpdate(it) => self.oldest(&self.query_of(it, None), &it.part, context),
            Event::SourceConnect(_)
            | Event::SourceDisconnect(_)
            | Event::EpochCreate(_)
            | Event::EpochUpdate(_)
            | Event::DailyCreate(_)
            | Event::DailyUpdate(_)
            | Event::V5Connection(_)
            | Event::Unknown(_) => FollowUps::none(),
        }
    }
}

impl Api {
    /// Plans the calls of the oldest format; a kind of update that is not known may be either.
    fn oldest(&self, query: &Query<'_>, part: &OldestPeriod, context: &Context) -> FollowUps {
        let period = instants((Some(&part.start_timestamp), Some(&part.end_timestamp)));
        let mut follow_ups = FollowUps::none();
        if part.update_type != UpdateType::Daily {
            add(&mut follow_ups, query.epoch(period, context));
        }
        if part.update_type != UpdateType::Minute {
            add(&mut follow_ups, query.daily_between(period));
        }
        follow_ups
    }
}

/// Start and end, as far as they are known.
type Ends<T> = (Option<T>, Option<T>);

/// The calls for one period, or why there are none.
type Calls = Result<Vec<Call>, FollowUpError>;

/// What calls ask for, but for the period.
struct Query<'q> {
    api: &'q Api,
    user: &'q Text,
    source: Text,
    /// The numbers of the data types; all where it is empty.
    types: Text,
}

impl Query<'_> {
    /// Asks for intraday data of a period, or else for what was made since the last sync.
    fn epoch(&self, period: Ends<Timestamp>, context: &Context) -> Calls {
        const PATH: &str = "/v5/dynamicEpochValues";

        let Some(period) = ordered(period) else {
            let unknown = FollowUpError::LastSyncUnknown { call: EPOCH_VALUES };
            let last_sync = context.last_sync.ok_or(unknown)?;
            let since = [("createdAfter", last_sync.to_string())];
            return Ok(vec![self.call(EPOCH_VALUES, PATH, since)]);
        };
        let pieces = split_instants(EPOCH_VALUES, period, LONGEST_EPOCH, self.api.call_limit)?;
        let call = |(start, end): (Timestamp, Timestamp)| {
            let period = [
                ("startTimestamp", start.to_string()),
                ("endTimestamp", end.to_string()),
            ];
            self.call(EPOCH_VALUES, PATH, period)
        };
        Ok(pieces.into_iter().map(call).collect())
    }

    /// Asks for the values of some days. There is no way to ask for them without a period.
    fn daily(&self, period: Ends<Date>) -> Calls {
        let period = ordered(period).ok_or(NO_DAYS)?;
        let pieces = split_days(DAILY_VALUES, period, MOST_DAYS, self.api.call_limit)?;
        let call = |(first, last): (Date, Date)| {
            let period = [
                ("startDay", first.to_string()),
                ("endDay", last.to_string()),
            ];
            self.call(DAILY_VALUES, DAILY_PATH, period)
        };
        Ok(pieces.into_iter().map(call).collect())
    }

    /// Asks for the values of the days that a period of instants touches: which days these are is
    /// left to Thryve.
    fn daily_between(&self, period: Ends<Timestamp>) -> Calls {
        let period = ordered(period).ok_or(NO_DAYS)?;
        let pieces = split_instants(DAILY_VALUES, period, LONGEST_DAILY, self.api.call_limit)?;
        let call = |(start, end): (Timestamp, Timestamp)| {
            let millis = |time: Timestamp| time.as_millisecond().to_string();
            let period = [
                ("startTimestampUnix", millis(start)),
                ("endTimestampUnix", millis(end)),
            ];
            self.call(DAILY_VALUES, DAILY_PATH, period)
        };
        Ok(pieces.into_iter().map(call).collect())
    }

    fn call<const N: usize>(
        &self,
        name: &'static str,
        path: &'static str,
        period: [(&'static str, String); N],
    ) -> Call {
        let mut call = self
            .api
            .post(name, path)
            .with_form("authenticationToken", self.user.clone());
        for (name, value) in period {
            call = call.with_form(name, value);
        }
        call = call.with_form("dataSources", self.source.clone());
        if !self.types.is_empty() {
            call = call.with_form("valueTypes", self.types.clone());
        }
        for (name, is_wanted) in [
            ("detailed", self.api.is_detailed),
            ("displayTypeName", self.api.shows_type_names),
            ("displayPartnerUserID", self.api.shows_own_ids),
        ] {
            if is_wanted {
                call = call.with_form(name, "true");
            }
        }
        call
    }
}

fn all(calls: Calls) -> FollowUps {
    let mut follow_ups = FollowUps::none();
    add(&mut follow_ups, calls);
    follow_ups
}

fn add(follow_ups: &mut FollowUps, calls: Calls) {
    match calls {
        Ok(calls) => follow_ups.calls.extend(calls),
        Err(error) => follow_ups.refused.push(error),
    }
}

/// Returns both ends if they are known and in order.
fn ordered<T: PartialOrd>(ends: Ends<T>) -> Option<(T, T)> {
    match ends {
        (Some(start), Some(end)) if start <= end => Some((start, end)),
        _ => None,
    }
}

fn instants((start, end): Ends<&Time>) -> Ends<Timestamp> {
    (start.and_then(Time::instant), end.and_then(Time::instant))
}

fn days((first, last): Ends<&Day>) -> Ends<Date> {
    (first.and_then(Day::date), last.and_then(Day::date))
}
