//! The calls that follow a message. Metriport's pages "Get Document URL", "List Documents", "Start
//! Bulk Get Document URL", "Start Consolidated Data Query" and "Get Network Query Status", read
//! November 2026.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Metriport;
use super::consolidated::Filters;
use super::document::DocumentDownloadPatient;
use super::event::Event;
use super::links::Link;
use super::meta::Status;
use crate::error::ConfigError;
use crate::follow_up::{
    Authorization, Call, Context, CredentialKind, FollowUpApi, FollowUpError, FollowUps,
    MOST_CALLS, Origin, Origins,
};
use crate::json::from_body;
use crate::provider::Provider as _;
use crate::text::Text;
use crate::time::TimeText;

/// How long the link of "Get Document URL" lives.
const NEW_URL_LIFETIME: SignedDuration = SignedDuration::from_secs(60);

/// Makes the credential of Metriport's API, which stands in the header `x-api-key`.
///
/// # Errors
///
/// Returns an error when the key is blank, or cannot stand in a header.
///
/// ```
/// use pulsehook_core::metriport;
///
/// assert!(metriport::api_key("the key of the account").is_ok());
/// assert!(metriport::api_key("").is_err());
/// ```
pub fn api_key(key: &str) -> Result<Authorization, ConfigError> {
    Ok(Authorization::key("x-api-key", key)?.of_provider(Metriport::NAME))
}

/// Plans the calls of Metriport's API that follow a message; see [the table](super#follow-up-calls).
///
/// Calls of the API need an [`api_key`]. Links are called without a credential, wherever they lead
/// in public; a call of one knows how long the link lives ([`Call::link_life`]), and is planned
/// even if it is likely dead by now.
///
/// ```
/// use pulsehook_core::metriport::Api;
///
/// let call = Api::sandbox().documents("a-patient");
/// assert_eq!(call.url().as_str(), "https://api.sandbox.metriport.com/medical/v1/document");
/// assert_eq!(call.query().get("patientId"), Some("a-patient"));
/// ```
#[derive(Clone, Debug)]
pub struct Api {
    origin: Origin,
    link_origins: Vec<Origin>,
    call_limit: usize,
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl Api {
    /// Calls `https://api.metriport.com`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            origin: Origin::known("https://api.metriport.com"),
            link_origins: Vec::new(),
            call_limit: MOST_CALLS,
        }
    }

    /// Calls the sandbox, `https://api.sandbox.metriport.com`.
    #[must_use]
    pub fn sandbox() -> Self {
        Self::new().with_origin(Origin::known("https://api.sandbox.metriport.com"))
    }

    /// Calls another origin, which gets the API key.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Follows links to an origin that is not public, such as a fake on this machine. It gets no
    /// credential.
    #[must_use]
    pub fn with_link_origin(mut self, origin: Origin) -> Self {
        self.link_origins.push(origin);
        self
    }

    /// Limits how many documents are asked for one by one after one message;
    /// [`MOST_CALLS`](crate::follow_up::MOST_CALLS) by default. A patient with more gets one call
    /// for all, and patients beyond the limit, or beyond [`MOST_CALLS`] if that is more, none ([`FollowUpError::TooManyCalls`]). Links are not
    /// limited: nothing else brings what they lead to.
    #[must_use]
    pub fn with_call_limit(mut self, limit: usize) -> Self {
        self.call_limit = limit;
        self
    }

    /// Asks for the link to a document ("Get Document URL"), by its `fileName`. The answer is an
    /// object with `url`, valid for 60 seconds.
    #[must_use]
    pub fn document_url(&self, file_name: &str) -> Call {
        let url = self.origin.url("/medical/v1/document/download-url");
        with_key(Call::get("Get Document URL", url))
            .with_query("fileName", file_name)
            .with_then("GET the `url` of the answer within 60 seconds")
    }

    /// Reads the answer of [`document_url`](Api::document_url) and calls the link in it, which lives
    /// for 60 seconds from now on.
    ///
    /// # Errors
    ///
    /// Returns an error when the answer holds no link, or one that is no safe URL of a public host.
    ///
    /// ```
    /// use pulsehook_core::jiff::Timestamp;
    /// use pulsehook_core::metriport::Api;
    ///
    /// let answer = br#"{"url": "https://files.example.org/cx/1?signature=x"}"#;
    /// let call = Api::new().document_link(answer, Timestamp::now())?;
    /// assert!(call.credential().is_none());
    /// assert!(call.link_life().is_some());
    /// # Ok::<(), pulsehook_core::follow_up::FollowUpError>(())
    /// ```
    pub fn document_link(&self, answer: &[u8], now: Timestamp) -> Result<Call, FollowUpError> {
        #[derive(Deserialize)]
        struct Answer {
            url: Text,
        }

        let answer: Answer =
            from_body(answer).map_err(|_| FollowUpError::MalformedUrl { field: "url" })?;
        let url = self.origins().link("url", &answer.url)?;
        let call = Call::get("Download document", url);
        Ok(call.with_link_life(Some(now), NEW_URL_LIFETIME))
    }

    /// Asks which documents a patient has ("List Documents").
    #[must_use]
    pub fn documents(&self, patient_id: &str) -> Call {
        let url = self.origin.url("/medical/v1/document");
        with_key(Call::get("List Documents", url))
            .with_query("patientId", patient_id)
            .with_then("Get Document URL for each")
    }

    /// Asks for links to all documents of a patient ("Start Bulk Get Document URL"), which come as
    /// a message.
    #[must_use]
    pub fn bulk_document_urls(&self, patient_id: &str) -> Call {
        let url = self.origin.url("/medical/v1/document/download-url/bulk");
        with_key(Call::post("Start Bulk Get Document URL", url))
            .with_query("patientId", patient_id)
            .with_then("`medical.document-bulk-download-urls` arrives")
    }

    /// Asks for the consolidated record of a patient ("Start Consolidated Data Query"), which comes
    /// as a message, [`Event::ConsolidatedData`].
    ///
    /// Of the filters, the documented ones that are set go along: `resources`, `dateFrom`, `dateTo`
    /// and `conversionType`, which is `json` where it is not set.
    ///
    /// # Errors
    ///
    /// Returns an error when the id cannot be a part of a path.
    pub fn consolidated_query(
        &self,
        patient_id: &str,
        filters: Option<&Filters>,
    ) -> Result<Call, FollowUpError> {
        let url = self
            .origin
            .url("/medical/v1/patient")
            .join("patientId", patient_id)?
            .join("patientId", "consolidated")?
            .join("patientId", "query")?;
        let mut call = with_key(Call::post("Start Consolidated Data Query", url));
        let filter = |name| filters.and_then(|filters| filters.text(name));
        let resources: Vec<&str> = filters.into_iter().flat_map(Filters::resources).collect();
        if !resources.is_empty() {
            call = call.with_query("resources", resources.join(","));
        }
        // A period that ends before it starts was no filter.
        let day = |name| TimeText::from(filter(name).unwrap_or_default()).date();
        let is_reversed = day("dateTo")
            .zip(day("dateFrom"))
            .is_some_and(|(to, from)| to < from);
        for name in ["dateFrom", "dateTo"] {
            if let Some(day) = filter(name).filter(|_| !is_reversed) {
                call = call.with_query(name, day);
            }
        }
        let form = filter("conversionType").unwrap_or("json");
        Ok(call
            .with_query("conversionType", form)
            .with_then("`medical.consolidated-data` arrives"))
    }

    /// Asks how a network query stands ("Get Network Query Status"); the id is `meta.requestId` of
    /// its messages.
    ///
    /// # Errors
    ///
    /// Returns an error when the id cannot be a part of a path.
    pub fn network_query(&self, request_id: &str) -> Result<Call, FollowUpError> {
        let url = self
            .origin
            .url("/medical/v1/network/query")
            .join("requestId", request_id)?;
        Ok(with_key(Call::get("Get Network Query Status", url)))
    }

    /// How many patients of one message get calls.
    fn patient_limit(&self) -> usize {
        self.call_limit.max(MOST_CALLS)
    }

    fn too_many(&self, call: &'static str) -> FollowUpError {
        FollowUpError::TooManyCalls {
            call,
            limit: self.patient_limit(),
        }
    }

    /// The origins that links may lead to beside public ones.
    fn origins(&self) -> Origins {
        self.link_origins
            .iter()
            .cloned()
            .fold(Origins::from(self.origin.clone()), Origins::with)
    }

    /// Calls a link, without a credential.
    fn link(&self, name: &'static str, link: &Link) -> Result<Call, FollowUpError> {
        let mut call = Call::get(name, self.origins().link(link.field, &link.url)?);
        if let Some(life) = link.life {
            call = call.with_link_life(life.since, life.lifetime);
        }
        Ok(if link.is_alternative {
            call.as_alternative()
        } else {
            call
        })
    }

    /// Calls the links of an event, patient by patient; behind those of a patient comes what
    /// brings new ones.
    fn links<'e>(
        &self,
        name: &'static str,
        event: &Event,
        patients: impl Iterator<Item = &'e Text>,
        renewal: impl Fn(usize, &'e Text) -> Option<Result<Call, FollowUpError>>,
    ) -> FollowUps {
        let mut follow_ups = FollowUps::none();
        let mut links = event.links().into_iter().peekable();
        for (index, patient_id) in patients.enumerate() {
            let mut has_links = false;
            while let Some(link) = links.next_if(|link| link.patient == index) {
                follow_ups.push(self.link(name, &link));
                has_links = true;
            }
            if has_links {
                let renewal = renewal(index, patient_id);
                follow_ups.extend(renewal.map(|call| call.map(Call::as_alternative)));
            }
        }
        follow_ups
    }

    /// Asks for the documents of one patient, within what is left of the limit.
    fn download(&self, patient: &DocumentDownloadPatient, follow_ups: &mut FollowUps) {
        if patient.status != Status::Completed {
            return;
        }
        let left = self.call_limit.saturating_sub(follow_ups.calls.len());
        match &patient.documents {
            None => follow_ups.push(Ok(self.documents(&patient.patient_id))),
            Some(documents) if documents.len() > left => {
                follow_ups.push(Ok(self.bulk_document_urls(&patient.patient_id)));
            }
            Some(documents) => {
                let calls = documents.iter().map(|it| self.document_url(&it.file_name));
                follow_ups.extend(calls.map(Ok));
            }
        }
    }
}

impl FollowUpApi for Api {
    type Event = Event;

    fn follow_ups(&self, event: &Event, _context: &Context) -> FollowUps {
        let bulk = |_, id: &Text| Some(Ok(self.bulk_document_urls(id)));
        let one_link = |name| {
            let links = event.links().into_iter();
            let mut follow_ups = FollowUps::none();
            follow_ups.extend(links.map(|link| self.link(name, &link)));
            follow_ups
        };
        let network = |id: &Text| {
            let mut follow_ups = one_link("Download consolidated data");
            let query = self.consolidated_query(id, None);
            follow_ups.push(query.map(Call::as_alternative));
            follow_ups
        };
        match event {
            Event::DocumentDownload(event) => {
                let mut follow_ups = FollowUps::none();
                for (index, patient) in event.patients.iter().enumerate() {
                    if index >= self.patient_limit() {
                        follow_ups.push(Err(self.too_many("Get Document URL")));
                        break;
                    }
                    self.download(patient, &mut follow_ups);
                }
                follow_ups
            }
            Event::DocumentConversion(event) => {
                let mut follow_ups = FollowUps::none();
                let patients = event.patients.iter();
                let done = patients.filter(|patient| patient.status == Status::Completed);
                for (index, patient) in done.enumerate() {
                    if index >= self.patient_limit() {
                        follow_ups.push(Err(self.too_many("Start Consolidated Data Query")));
                        break;
                    }
                    follow_ups.push(self.consolidated_query(&patient.patient_id, None));
                }
                follow_ups
            }
            Event::DocumentBulkDownloadUrls(it) => {
                let patients = it.patients.iter().map(|it| &it.patient_id);
                self.links("Download document", event, patients, bulk)
            }
            Event::DocumentBulkDownloadPaged(it) => {
                let patients = it.patients.iter().map(|it| &it.patient_id);
                self.links("Download document", event, patients, bulk)
            }
            Event::ConsolidatedData(it) => {
                let patients = it.patients.iter().map(|it| &it.patient_id);
                self.links("Download attachment", event, patients, |index, id| {
                    let filters = it.patients.get(index)?.filters.as_ref();
                    Some(self.consolidated_query(id, filters))
                })
            }
            Event::BulkPatientCreate(_) => one_link("Download result"),
            Event::PatientAdmit(_) | Event::PatientTransfer(_) | Event::PatientDischarge(_) => {
                one_link("Download encounter")
            }
            Event::PatientPharmacy(_) => one_link("Download dispense"),
            Event::PatientLaboratory(_) => one_link("Download laboratory result"),
            Event::NetworkQuery(event) => network(&event.payload.patient_id),
            Event::NetworkQueryFirstDataReady(event) => network(&event.payload.patient_id),
            Event::Ping(_)
            | Event::MessageStatus(_)
            | Event::ProviderConnected(_)
            | Event::ProviderDisconnected(_)
            | Event::HealthData(_)
            | Event::Unknown(_) => FollowUps::none(),
        }
    }
}

fn with_key(call: Call) -> Call {
    call.with_header("accept", "application/json")
        .with_credential(CredentialKind::ApplicationKey, None)
        .of_provider(Metriport::NAME)
}
