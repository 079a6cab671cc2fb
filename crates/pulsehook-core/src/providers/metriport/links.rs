//! Links in messages, and how long they live. Metriport's pages "Receiving Webhooks", "Real-time
//! Patient Notifications" and "Bulk Create Patient", read November 2026.

use std::fmt;

use jiff::SignedDuration;

use super::bulk_patient_create::{BulkPatientCreateJob, BulkPatientCreateStatus};
use super::event::Event;
use super::meta::{Meta, Status};
use crate::follow_up::LinkLife;
use crate::text::Text;

/// How long the `payload.url` of `patient.*` lives: 10 minutes.
pub const PATIENT_URL_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How long the links of documents live that come in bulk: 10 minutes.
pub const DOCUMENT_URL_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How long the links of attachments live in a consolidated bundle: 3 minutes.
pub const ATTACHMENT_LIFETIME: SignedDuration = SignedDuration::from_mins(3);

/// How long the link to the result of a bulk patient create lives: 3 minutes.
pub const BULK_RESULT_LIFETIME: SignedDuration = SignedDuration::from_mins(3);

/// How long the `consolidatedDataUrl` of a network query lives: 3 minutes.
///
/// The documentation says so; the sender's source makes links that live for 4 hours. The shorter
/// time is taken, so a link that is called likely dead may still work.
pub const CONSOLIDATED_DATA_URL_LIFETIME: SignedDuration = SignedDuration::from_mins(3);

/// Is a link in a message.
///
/// `Debug` leaves the link out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The field that holds it, by its path on the wire.
    pub field: &'static str,
    /// The link. It is a credential: do not log it.
    pub url: Text,
    /// How long it lives; `None` where that is not published.
    pub life: Option<LinkLife>,
    /// Whether it stands beside another link to the same file, which comes before it.
    pub is_alternative: bool,
    /// Which entry of `patients` it belongs to, from 0; 0 where there is only one patient or none.
    pub patient: usize,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("field", &self.field)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

impl Event {
    /// Lists the links that the message holds, in their order, each with its life.
    ///
    /// A link lives from the creation of the message on ([`Meta::when`]), not from its arrival:
    /// a message that is sent again late mostly has dead links
    /// ([`LinkLife::is_likely_dead`]). Where `when` is no instant, the life has no start.
    ///
    /// | message | field | life |
    /// |---|---|---|
    /// | `patient.*` | `payload.url` | [`PATIENT_URL_LIFETIME`], 10 minutes |
    /// | `medical.document-bulk-download-urls` | `documents[].url` | [`DOCUMENT_URL_LIFETIME`], 10 minutes |
    /// | `medical.document-bulk-download-paged` | `documents[].downloadUrl`; `documents[].url` if it differs | the same |
    /// | `medical.consolidated-data` | `attachment.url` of the bundle | [`ATTACHMENT_LIFETIME`], 3 minutes |
    /// | `medical.bulk-patient-create` | `bulkPatientCreate.result` | [`BULK_RESULT_LIFETIME`], 3 minutes |
    /// | `network-query.*` | `payload.consolidatedDataUrl` | [`CONSOLIDATED_DATA_URL_LIFETIME`], 3 minutes |
    /// | `network-query.hie.first-data-ready` | `payload.consolidatedDataUrl` | not published |
    ///
    /// Links of entries whose status is `failed` are left out, where the message is about more
    /// than the link.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        let patient = |meta, url| vec![link("payload.url", url, life(meta, PATIENT_URL_LIFETIME))];
        match self {
            Self::PatientAdmit(event) => patient(&event.meta, &event.payload.url),
            Self::PatientTransfer(event) => patient(&event.meta, &event.payload.url),
            Self::PatientDischarge(event) => patient(&event.meta, &event.payload.url),
            Self::PatientPharmacy(event) => patient(&event.meta, &event.payload.url),
            Self::PatientLaboratory(event) => patient(&event.meta, &event.payload.url),
            Self::DocumentBulkDownloadUrls(event) => {
                let life = life(&event.meta, DOCUMENT_URL_LIFETIME);
                let patients = event.patients.iter().map(|it| (&it.status, &it.documents));
                of_patients(patients, |documents| {
                    let documents = documents.iter().flatten();
                    documents.map(move |it| link("documents.url", &it.url, life))
                })
            }
            Self::DocumentBulkDownloadPaged(event) => {
                let life = life(&event.meta, DOCUMENT_URL_LIFETIME);
                let patients = event.patients.iter().map(|it| (&it.status, &it.documents));
                of_patients(patients, |documents| {
                    let documents = documents.iter().flatten();
                    documents.flat_map(move |it| {
                        let further = it.url.as_ref().filter(|url| **url != it.download_url);
                        let further = further.map(|url| Link {
                            is_alternative: true,
                            ..link("documents.url", url, life)
                        });
                        let first = link("documents.downloadUrl", &it.download_url, life);
                        [first].into_iter().chain(further)
                    })
                })
            }
            Self::ConsolidatedData(event) => {
                let patients = event.patients.iter().map(|it| (&it.status, it));
                of_patients(patients, |patient| {
                    let attachments = patient.attachments().into_iter();
                    attachments.map(|it| {
                        let life = it.life(&event.meta);
                        link(
                            "bundle.entry.resource.content.attachment.url",
                            &it.url,
                            Some(life),
                        )
                    })
                })
            }
            Self::BulkPatientCreate(event) => {
                let life = life(&event.meta, BULK_RESULT_LIFETIME);
                let result = ready_result(&event.bulk_patient_create);
                let link = result.map(|url| link("bulkPatientCreate.result", url, life));
                link.into_iter().collect()
            }
            Self::NetworkQuery(event) => {
                let life = life(&event.meta, CONSOLIDATED_DATA_URL_LIFETIME);
                vec![consolidated(&event.payload.consolidated_data_url, life)]
            }
            Self::NetworkQueryFirstDataReady(event) => {
                vec![consolidated(&event.payload.consolidated_data_url, None)]
            }
            Self::Ping(_)
            | Self::DocumentDownload(_)
            | Self::DocumentConversion(_)
            | Self::MessageStatus(_)
            | Self::ProviderConnected(_)
            | Self::ProviderDisconnected(_)
            | Self::HealthData(_)
            | Self::Unknown(_) => Vec::new(),
        }
    }
}

/// Returns the link to the result of a job, if there is one.
pub(super) fn ready_result(job: &BulkPatientCreateJob) -> Option<&Text> {
    let result = job.result.as_ref().filter(|result| !result.is_empty());
    result.filter(|_| job.status != BulkPatientCreateStatus::Failed)
}

fn consolidated(url: &Text, life: Option<LinkLife>) -> Link {
    link("payload.consolidatedDataUrl", url, life)
}

fn link(field: &'static str, url: &Text, life: Option<LinkLife>) -> Link {
    Link {
        field,
        url: url.clone(),
        life,
        is_alternative: false,
        patient: 0,
    }
}

fn life(meta: &Meta, lifetime: SignedDuration) -> Option<LinkLife> {
    Some(LinkLife {
        since: meta.when.instant(),
        lifetime,
    })
}

/// Lists the links of all patients for whom it did not fail.
fn of_patients<'e, T, L: IntoIterator<Item = Link>>(
    patients: impl Iterator<Item = (&'e Status, T)>,
    links: impl Fn(T) -> L,
) -> Vec<Link> {
    patients
        .enumerate()
        .filter(|(_, (status, _))| **status != Status::Failed)
        .flat_map(|(patient, (_, content))| {
            let links = links(content).into_iter();
            links.map(move |link| Link { patient, ..link })
        })
        .collect()
}
