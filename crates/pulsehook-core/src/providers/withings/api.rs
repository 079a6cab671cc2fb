//! The calls of the API (API reference at developer.withings.com, read November 2026).

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Withings;
use super::answer::{Answer, SignalList};
use super::data_fields;
use crate::error::ConfigError;
use crate::follow_up::{Authorization, Call, CredentialKind, MOST_CALLS, Origin};
use crate::provider::Provider as _;

mod application;
mod notify;
mod plan;

pub use self::application::{Application, AuthorizeError};

/// Makes the credential of calls for a user: the access token that the user's authorization gave,
/// sent as a bearer token.
///
/// # Errors
///
/// Returns an error when the token is blank, or cannot stand in a header.
///
/// ```
/// use pulsehook_core::withings;
///
/// assert!(withings::user_token("an access token").is_ok());
/// assert!(withings::user_token("").is_err());
/// ```
pub fn user_token(token: &str) -> Result<Authorization, ConfigError> {
    let bearer = Authorization::bearer(token)?.of_provider(Withings::NAME);
    Ok(bearer.only_for(&[CredentialKind::UserToken]))
}

/// Makes the calls of the API; [`FollowUpApi`](crate::follow_up::FollowUpApi) plans those that
/// follow an event.
///
/// All calls are a `POST` of a form. They need the bearer token of the user, or a signature of the
/// application, see [`Application`]; [`Call::credential`] says which. What a method does not ask for
/// can be set with [`Call::with_form`], which replaces what is there.
///
/// ```
/// use pulsehook_core::jiff::Timestamp;
/// use pulsehook_core::withings::{Api, Selection};
///
/// let since = Timestamp::from_second(1_706_400_000)?;
/// let call = Api::default().getmeas(8_812_345, &[1], Selection::ModifiedSince(since));
/// assert_eq!(call.name(), Api::GETMEAS);
/// assert_eq!(call.url().as_str(), "https://wbsapi.withings.net/measure");
/// assert_eq!(call.form().and_then(|form| form.get("lastupdate")), Some("1706400000"));
/// # Ok::<(), pulsehook_core::jiff::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    origin: Origin,
    call_limit: usize,
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

/// Says which data a call asks for.
///
/// `ModifiedSince` selects by the time of the last change, `Between` by that of the measurement:
/// what is uploaded late is found only by the former.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API knows these two")]
pub enum Selection<T> {
    /// What was measured between two instants, or from a day to another.
    Between(T, T),
    /// What was changed since an instant.
    ModifiedSince(Timestamp),
}

/// One service of the API.
struct Service {
    name: &'static str,
    path: &'static str,
    action: &'static str,
}

impl Service {
    const fn new(name: &'static str, path: &'static str, action: &'static str) -> Self {
        Self { name, path, action }
    }
}

/// The names of calls, as the API reference has them.
impl Api {
    /// Measures of weight, blood pressure and much else; read with [`Answer::measures`].
    pub const GETMEAS: &'static str = "Measure – Getmeas";
    /// Activity by day.
    pub const GETACTIVITY: &'static str = "Measure v2 – Getactivity";
    /// Activity within a day.
    pub const GETINTRADAYACTIVITY: &'static str = "Measure v2 – Getintradayactivity";
    /// Workouts.
    pub const GETWORKOUTS: &'static str = "Measure v2 – Getworkouts";
    /// Sleep within a night.
    pub const SLEEP_GET: &'static str = "Sleep v2 – Get";
    /// Sleep by night.
    pub const SLEEP_GETSUMMARY: &'static str = "Sleep v2 – Getsummary";
    /// Recordings of ECGs; read with [`Answer::signals`].
    pub const HEART_LIST: &'static str = "Heart v2 – List";
    /// The signal of an ECG.
    pub const HEART_GET: &'static str = "Heart v2 – Get";
    /// Recordings of a stethoscope; read with [`Answer::signals`].
    pub const STETHO_LIST: &'static str = "Stetho v2 – List";
    /// The signal of a stethoscope.
    pub const STETHO_GET: &'static str = "Stetho v2 – Get";
    /// Answers to surveys.
    pub const ANSWERS_GET: &'static str = "Answers v2 – Get";
    /// Makes a user for devices.
    pub const ACTIVATE: &'static str = "User v2 – Activate";
    /// Links devices to a user.
    pub const LINK: &'static str = "User v2 – Link";
    /// The devices of a user.
    pub const GETDEVICE: &'static str = "User v2 – Getdevice";
    /// A nonce for a signed call; read with [`Answer::nonce`].
    pub const GETNONCE: &'static str = "Signature v2 – Getnonce";
}

impl Api {
    /// Calls `https://wbsapi.withings.net`.
    #[must_use]
    pub fn new() -> Self {
        Self::of("https://wbsapi.withings.net")
    }

    /// Calls the medical cloud in the USA, `https://wbsapi.us.withingsmed.net`.
    #[must_use]
    pub fn us_medical() -> Self {
        Self::of("https://wbsapi.us.withingsmed.net")
    }

    fn of(origin: &'static str) -> Self {
        Self {
            origin: Origin::known(origin),
            call_limit: MOST_CALLS,
        }
    }

    /// Calls another origin, such as a fake.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Sets into how many calls of one name a period may be split; 100 by default.
    #[must_use]
    pub fn with_call_limit(mut self, call_limit: usize) -> Self {
        self.call_limit = call_limit;
        self
    }

    /// Asks for measures of some [types](super::MEASURE_TYPES), or of all where none is named.
    /// [`Category::measure_types`](super::Category::measure_types) has those of each category.
    #[must_use]
    pub fn getmeas(
        &self,
        user_id: u64,
        measure_types: &[u32],
        selection: Selection<Timestamp>,
    ) -> Call {
        const SERVICE: Service = Service::new(Api::GETMEAS, "/measure", "getmeas");
        let mut call = self.of_user(&SERVICE, user_id);
        if !measure_types.is_empty() {
            let numbers: Vec<_> = measure_types.iter().map(u32::to_string).collect();
            call = call.with_form("meastypes", numbers.join(","));
        }
        // 2 would be goals.
        selection.instants(call.with_form("category", "1"))
    }

    /// Asks for activity by day.
    #[must_use]
    pub fn getactivity(&self, user_id: u64, selection: Selection<Date>) -> Call {
        const SERVICE: Service = Service::new(Api::GETACTIVITY, "/v2/measure", "getactivity");
        selection.days(self.of_user(&SERVICE, user_id), data_fields::ACTIVITY)
    }

    /// Asks for activity within a day; the period may have at most 24 hours.
    #[must_use]
    pub fn getintradayactivity(&self, user_id: u64, start: Timestamp, end: Timestamp) -> Call {
        const SERVICE: Service = Service::new(
            Api::GETINTRADAYACTIVITY,
            "/v2/measure",
            "getintradayactivity",
        );
        let call = between(self.of_user(&SERVICE, user_id), start, end);
        with_fields(call, data_fields::INTRADAY)
    }

    /// Asks for workouts, by the day.
    #[must_use]
    pub fn getworkouts(&self, user_id: u64, selection: Selection<Date>) -> Call {
        const SERVICE: Service = Service::new(Api::GETWORKOUTS, "/v2/measure", "getworkouts");
        selection.days(self.of_user(&SERVICE, user_id), data_fields::WORKOUTS)
    }

    /// Asks for sleep within a night; the period may have at most 24 hours, though one page says 7
    /// days.
    #[must_use]
    pub fn sleep_get(&self, user_id: u64, start: Timestamp, end: Timestamp) -> Call {
        const SERVICE: Service = Service::new(Api::SLEEP_GET, "/v2/sleep", "get");
        let call = between(self.of_user(&SERVICE, user_id), start, end);
        with_fields(call, data_fields::SLEEP)
    }

    /// Asks for sleep by night. A night is filed under one day.
    #[must_use]
    pub fn sleep_getsummary(&self, user_id: u64, selection: Selection<Date>) -> Call {
        const SERVICE: Service = Service::new(Api::SLEEP_GETSUMMARY, "/v2/sleep", "getsummary");
        selection.days(self.of_user(&SERVICE, user_id), data_fields::SLEEP_SUMMARY)
    }

    /// Asks for recordings of ECGs.
    #[must_use]
    pub fn heart_list(&self, user_id: u64, start: Timestamp, end: Timestamp) -> Call {
        const SERVICE: Service = Service::new(Api::HEART_LIST, "/v2/heart", "list");
        between(self.of_user(&SERVICE, user_id), start, end)
            .with_then("Heart v2 – Get for each signal")
    }

    /// Asks for the signal of an ECG, by the id that Heart List names.
    #[must_use]
    pub fn heart_get(&self, user_id: u64, signal_id: &str) -> Call {
        const SERVICE: Service = Service::new(Api::HEART_GET, "/v2/heart", "get");
        self.of_user(&SERVICE, user_id)
            .with_form("signalid", signal_id)
    }

    /// Asks for each signal that Heart List names, once.
    #[must_use]
    pub fn heart_gets(&self, user_id: u64, list: &SignalList) -> Vec<Call> {
        each_once(list, |signal_id| self.heart_get(user_id, signal_id))
    }

    /// Asks for recordings of a stethoscope.
    #[must_use]
    pub fn stetho_list(&self, user_id: u64, start: Timestamp, end: Timestamp) -> Call {
        const SERVICE: Service = Service::new(Api::STETHO_LIST, "/v2/stetho", "list");
        between(self.of_user(&SERVICE, user_id), start, end)
            .with_then("Stetho v2 – Get for each signal")
    }

    /// Asks for the signal of a stethoscope, by the id that Stetho List names.
    #[must_use]
    pub fn stetho_get(&self, user_id: u64, signal_id: &str) -> Call {
        const SERVICE: Service = Service::new(Api::STETHO_GET, "/v2/stetho", "get");
        self.of_user(&SERVICE, user_id)
            .with_form("signalid", signal_id)
    }

    /// Asks for each signal that Stetho List names, once.
    #[must_use]
    pub fn stetho_gets(&self, user_id: u64, list: &SignalList) -> Vec<Call> {
        each_once(list, |signal_id| self.stetho_get(user_id, signal_id))
    }

    /// Asks for answers to surveys; the call is to be [signed](Application::authorize).
    /// `enddate` and `surveyid` can be added.
    #[must_use]
    pub fn answers_get(&self, user_id: u64, start: Timestamp) -> Call {
        const SERVICE: Service = Service::new(Api::ANSWERS_GET, "/v2/answers", "get");
        self.signed(&SERVICE)
            .with_form("userid", user_id.to_string())
            .with_form("startdate", whole_seconds(start).to_string())
    }

    /// Makes a user for devices of some addresses; the call is to be
    /// [signed](Application::authorize).
    ///
    /// The profile of the user is the application's to add, with [`Call::with_form`].
    #[must_use]
    pub fn activate(&self, mac_addresses: &[&str]) -> Call {
        const SERVICE: Service = Service::new(Api::ACTIVATE, "/v2/user", "activate");
        self.signed(&SERVICE)
            .with_form("mac_addresses", json_list(mac_addresses))
    }

    /// Links devices of some addresses to a user; `None` where it is not known yet whose token it
    /// will be.
    #[must_use]
    pub fn link(&self, user_id: Option<u64>, mac_addresses: &[&str]) -> Call {
        const SERVICE: Service = Service::new(Api::LINK, "/v2/user", "link");
        let user_id = user_id.map(|user_id| user_id.to_string());
        self.call(&SERVICE)
            .with_form("mac_addresses", json_list(mac_addresses))
            .with_credential(CredentialKind::UserToken, user_id.as_deref())
    }

    /// Asks for the devices of a user.
    #[must_use]
    pub fn getdevice(&self, user_id: u64) -> Call {
        const SERVICE: Service = Service::new(Api::GETDEVICE, "/v2/user", "getdevice");
        self.of_user(&SERVICE, user_id)
    }

    /// Makes the call of the next page: the same call with the `offset` of the answer.
    ///
    /// There is none where the answer does not tell of one, or names an offset that is not beyond
    /// that of the call, which could go on without end.
    ///
    /// ```
    /// use pulsehook_core::jiff::Timestamp;
    /// use pulsehook_core::withings::{Answer, Api, Selection};
    ///
    /// let all = Selection::ModifiedSince(Timestamp::UNIX_EPOCH);
    /// let call = Api::default().getmeas(8_812_345, &[1], all);
    /// let answer = Answer::read(br#"{"status":0,"body":{"measuregrps":[],"more":1,"offset":300}}"#)?;
    /// let next = Api::next_page(&call, &answer).ok_or("there is more")?;
    /// assert_eq!(next.form().and_then(|form| form.get("offset")), Some("300"));
    /// assert_eq!(Api::next_page(&next, &answer), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn next_page(call: &Call, answer: &Answer) -> Option<Call> {
        let offset = answer.next_offset()?;
        let current = call.form()?.get("offset").map(str::parse).transpose();
        let is_further = offset > current.ok()?.unwrap_or(0);
        is_further.then(|| call.clone().with_form("offset", offset.to_string()))
    }

    fn call(&self, service: &Service) -> Call {
        Call::post(service.name, self.origin.url(service.path))
            .with_form("action", service.action)
            .of_provider(Withings::NAME)
    }

    fn of_user(&self, service: &Service, user_id: u64) -> Call {
        let user_id = user_id.to_string();
        self.call(service)
            .with_credential(CredentialKind::UserToken, Some(&user_id))
    }

    fn signed(&self, service: &Service) -> Call {
        self.call(service)
            .with_credential(CredentialKind::Signature, None)
    }
}

impl Selection<Timestamp> {
    fn instants(self, call: Call) -> Call {
        match self {
            Self::Between(start, end) => between(call, start, end),
            Self::ModifiedSince(since) => modified_since(call, since),
        }
    }
}

impl Selection<Date> {
    fn days(self, call: Call, fields: &[&str]) -> Call {
        let call = match self {
            Self::Between(first, last) => call
                .with_form("startdateymd", first.to_string())
                .with_form("enddateymd", last.to_string()),
            Self::ModifiedSince(since) => modified_since(call, since),
        };
        with_fields(call, fields)
    }
}

/// Sets a period of instants, which grows to whole seconds.
fn between(call: Call, start: Timestamp, end: Timestamp) -> Call {
    let fraction = i64::from(end.subsec_nanosecond() != 0);
    let end = whole_seconds(end).saturating_add(fraction);
    call.with_form("startdate", whole_seconds(start).to_string())
        .with_form("enddate", end.to_string())
}

fn modified_since(call: Call, since: Timestamp) -> Call {
    call.with_form("lastupdate", whole_seconds(since).to_string())
}

/// Returns the last whole second that is not later.
fn whole_seconds(instant: Timestamp) -> i64 {
    let before = i64::from(instant.subsec_nanosecond() < 0);
    instant.as_second().saturating_sub(before)
}

fn with_fields(call: Call, fields: &[&str]) -> Call {
    call.with_form("data_fields", fields.join(","))
}

fn each_once(list: &SignalList, call: impl Fn(&str) -> Call) -> Vec<Call> {
    let mut seen = HashSet::new();
    let ids = list.signal_ids().filter(|id| seen.insert(id.as_str()));
    ids.map(|id| call(id)).collect()
}

/// Writes a JSON list of texts.
fn json_list(texts: &[&str]) -> String {
    serde_json::json!(texts).to_string()
}
