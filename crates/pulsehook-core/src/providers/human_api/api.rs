//! The calls that follow a notification. Guides "Notifications", "Data synchronization", "Batch
//! query", "Application API", "Sources" and "Reports" at reference.humanapi.co, read November 2026.

use jiff::{SignedDuration, Timestamp};

use super::HumanApi;
use super::collection::{CollectionQuery, stamp};
use super::data::DataNotification;
use super::endpoint::EndpointKind;
use super::event::Event;
use super::hip::Report;
use crate::credentials::basic_pair;
use crate::error::ConfigError;
use crate::follow_up::{
    Authorization, Call, Context, CredentialKind, FollowUpApi, FollowUpError, FollowUps, Origin,
    Origins, Url, checked,
};
use crate::provider::Provider as _;
use crate::text::Text;
use crate::time::TimeText;

const BATCH: &str = "Batch query";

/// How far back batch queries reach.
const BATCH_REACH: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Makes the credential of batch queries: the App Key as a user name of basic authentication, with
/// an empty password.
///
/// # Errors
///
/// Returns an error when the key is blank, cannot stand in a header, or holds a colon, at which a
/// user name ends.
///
/// ```
/// use pulsehook_core::human_api;
///
/// assert!(human_api::app_key("the key of the application").is_ok());
/// assert!(human_api::app_key("a:b").is_err());
/// ```
pub fn app_key(key: &str) -> Result<Authorization, ConfigError> {
    // A blank key would still make a pair that is not blank.
    checked(key)?;
    let value = basic_pair(key, "")?;
    Ok(Authorization::new(&[CredentialKind::ApplicationKey])
        .header("authorization", value)
        .of_provider(HumanApi::NAME))
}

/// Makes the credential of calls for a user: the access token that is stored for the `humanId`,
/// sent as a bearer token.
///
/// # Errors
///
/// Returns an error when the token is blank, or cannot stand in a header.
///
/// ```
/// use pulsehook_core::human_api;
///
/// assert!(human_api::user_token("an access token").is_ok());
/// assert!(human_api::user_token("").is_err());
/// ```
pub fn user_token(token: &str) -> Result<Authorization, ConfigError> {
    bearer(token, &[CredentialKind::UserToken])
}

/// Makes the credential of report downloads: an administrative token, sent as a bearer token. It
/// comes from `POST https://auth.humanapi.co/v1/admin/token`.
///
/// # Errors
///
/// Returns an error when the token is blank, or cannot stand in a header.
///
/// ```
/// use pulsehook_core::human_api;
///
/// assert!(human_api::admin_token("an administrative token").is_ok());
/// assert!(human_api::admin_token("").is_err());
/// ```
pub fn admin_token(token: &str) -> Result<Authorization, ConfigError> {
    bearer(token, &[CredentialKind::ApplicationToken])
}

fn bearer(token: &str, fits: &'static [CredentialKind]) -> Result<Authorization, ConfigError> {
    let bearer = Authorization::bearer(token)?.of_provider(HumanApi::NAME);
    Ok(bearer.only_for(fits))
}

/// Plans the calls of Human API that follow a notification; see
/// [the table](super#follow-up-calls).
///
/// It holds two lists of origins. Those of the first get tokens of users and the App Key, those of
/// the second get the administrative token; no origin gets the other's. An event that names an
/// origin beyond its list has its call refused, and is not touched.
///
/// | credential | origin | how it is made |
/// |---|---|---|
/// | [`UserToken`](CredentialKind::UserToken) | data | [`user_token`], with the access token that is stored for the `humanId` |
/// | [`ApplicationKey`](CredentialKind::ApplicationKey) | data | [`app_key`] |
/// | [`ApplicationToken`](CredentialKind::ApplicationToken) | administration | [`admin_token`], with a token from `POST https://auth.humanapi.co/v1/admin/token` |
///
/// ```
/// use pulsehook_core::human_api::{Api, EndpointKind};
///
/// let weights = Api::new().collection(&EndpointKind::Weight, "a-human-id")?.with_limit(500);
/// let call = weights.into_call();
/// let url = "https://api.humanapi.co/v1/human/weight/readings";
/// assert_eq!(call.url().as_str(), url);
/// # Ok::<(), pulsehook_core::follow_up::FollowUpError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Api {
    base: Origin,
    data: Origins,
    admin: Origins,
    client_id: Option<Text>,
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl Api {
    /// Calls `https://api.humanapi.co`, and `https://admin.humanapi.co` for reports.
    #[must_use]
    pub fn new() -> Self {
        Self::at(
            Origin::known("https://api.humanapi.co"),
            Origin::known("https://admin.humanapi.co"),
        )
    }

    /// Calls other origins than Human API's, such as fakes: one for data, one for reports.
    #[must_use]
    pub fn at(data: Origin, admin: Origin) -> Self {
        Self {
            base: data.clone(),
            data: data.into(),
            admin: admin.into(),
            client_id: None,
        }
    }

    /// Adds an origin that gets tokens of users and the App Key, where an event names it.
    #[must_use]
    pub fn with_listed_origin(mut self, origin: Origin) -> Self {
        self.data = self.data.with(origin);
        self
    }

    /// Adds an origin that gets the administrative token, where an event names it.
    #[must_use]
    pub fn with_listed_admin_origin(mut self, origin: Origin) -> Self {
        self.admin = self.admin.with(origin);
        self
    }

    /// Also plans batch queries, in which the id of the application stands.
    #[must_use]
    pub fn with_client_id(mut self, client_id: impl Into<Text>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Asks for a user's records of one kind.
    ///
    /// # Errors
    ///
    /// Returns an error for [`EndpointKind::Other`] when its endpoint is no safe URL, or its origin
    /// is not on the list.
    pub fn collection(
        &self,
        kind: &EndpointKind,
        human_id: &str,
    ) -> Result<CollectionQuery, FollowUpError> {
        let url = match (kind.path(), kind) {
            (None, EndpointKind::Other(endpoint)) => self.data.url("endpoint", endpoint)?,
            (path, _) => {
                let path = path.unwrap_or_default();
                self.data.url("endpoint", &format!("/v1/human/{path}"))?
            }
        };
        let call = of_user(Call::get("Collection query", url), human_id);
        Ok(CollectionQuery::new(call))
    }

    /// Asks for the sources that a user connected, and how each stands ("Sources").
    ///
    /// A source has `id`, `source`, `sourceName`, `connectedSince`, `historySync` (`status`,
    /// `oldestDate`), `syncStatus` (`status`, for example `inProgress` or `ok`, `details`,
    /// `synchedAt`, `newestDate`) and `resync` (`active`). A medical source has `organization` and
    /// `expectedSyncDuration`, too.
    #[must_use]
    pub fn sources(&self, human_id: &str) -> Call {
        of_user(
            Call::get("Sources", self.base.url("/v1/human/sources")),
            human_id,
        )
    }

    /// Reads a URL that an answer names for the next call, which needs the same credential.
    pub(super) fn next_url(
        &self,
        kind: Option<CredentialKind>,
        field: &'static str,
        text: &str,
    ) -> Result<Url, FollowUpError> {
        let origins = match kind {
            Some(CredentialKind::ApplicationToken) => &self.admin,
            _ => &self.data,
        };
        origins.url(field, text)
    }

    fn record(&self, data: &DataNotification) -> Result<Url, FollowUpError> {
        let endpoint = self.data.url("endpoint", &data.endpoint)?;
        endpoint.join("objectId", &data.object_id)
    }

    fn follow_data(&self, data: &DataNotification, context: &Context) -> FollowUps {
        let kind = data.endpoint_kind();
        let mut follow_ups = FollowUps::none();
        let record = self.record(data);
        let has_record = record.is_ok();
        match record {
            Ok(url) => {
                let record = Call::get("Get record", url.clone());
                follow_ups.push(Ok(of_user(record, &data.human_id)));
                if kind == EndpointKind::Report {
                    let content = url.join("objectId", "raw").map(|url| {
                        let call = Call::get("Get report content", url);
                        of_user(call, &data.human_id).with_query("format", "json")
                    });
                    follow_ups.push(content);
                }
            }
            Err(error) => follow_ups.push(Err(error)),
        }
        let batch = self.batch(&kind, data, context);
        follow_ups.extend(batch.map(|call| match call {
            // Without a call for the record, it is the only way to it.
            Ok(call) if has_record => Ok(call.as_alternative()),
            call => call,
        }));
        follow_ups
    }

    /// Asks for the records of all users; `None` where the record that was notified cannot be among
    /// them.
    fn batch(
        &self,
        kind: &EndpointKind,
        data: &DataNotification,
        context: &Context,
    ) -> Option<Result<Call, FollowUpError>> {
        let client_id = self.client_id.as_ref()?;
        let collection = kind.batch_collection()?;
        let updated_at = data.updated_at.as_ref().and_then(TimeText::instant);
        let Some(since) = earlier(updated_at, context.last_sync) else {
            return Some(Err(FollowUpError::LastSyncUnknown { call: BATCH }));
        };
        let reach = context.now.checked_sub(BATCH_REACH);
        let reach = reach.unwrap_or(Timestamp::MIN);
        if updated_at.is_some_and(|updated_at| updated_at < reach) {
            return None;
        }
        let since = since.clamp(reach, context.now.max(reach));
        Some(self.batch_url(client_id, collection).map(|url| {
            Call::get(BATCH, url)
                .with_query("updated_since", stamp(since))
                .with_header("accept", "application/json")
                .with_credential(CredentialKind::ApplicationKey, None)
                .of_provider(HumanApi::NAME)
        }))
    }

    fn batch_url(&self, client_id: &str, collection: &str) -> Result<Url, FollowUpError> {
        let users = self.base.url("/v1/apps").join("clientId", client_id)?;
        let users = users.join("clientId", "users")?;
        collection
            .split('/')
            .try_fold(users, |url, segment| url.join("clientId", segment))
    }

    fn report(&self, report: &Report) -> Result<Call, FollowUpError> {
        let url = self.admin.url("eventPayload.reports.uri", &report.uri)?;
        let kind = CredentialKind::ApplicationToken;
        let call = Call::get("Get report", url).with_credential(kind, None);
        Ok(call.of_provider(HumanApi::NAME))
    }
}

impl FollowUpApi for Api {
    type Event = Event;

    fn follow_ups(&self, event: &Event, context: &Context) -> FollowUps {
        match event {
            Event::Data(data) => self.follow_data(data, context),
            Event::OrderSummary(summary) => {
                let reports = summary.event_payload.reports.iter().flatten();
                let mut follow_ups = FollowUps::none();
                follow_ups.extend(reports.map(|report| self.report(report)));
                follow_ups
            }
            Event::OrderStatus(_)
            | Event::VendorNote(_)
            | Event::Unknown(_)
            | Event::Invalid(_) => FollowUps::none(),
        }
    }
}

fn of_user(call: Call, human_id: &str) -> Call {
    call.with_header("accept", "application/json")
        .with_credential(CredentialKind::UserToken, Some(human_id))
        .of_provider(HumanApi::NAME)
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
