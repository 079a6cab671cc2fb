//! The neutral view of messages: the table in the documentation of [`metriport`](super).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::consolidated::{ConsolidatedDataPatient, Filters};
use super::devices::view as devices;
use super::devices::{HealthDataUser, ProviderUser};
use super::event::Event;
use super::links::ready_result;
use super::meta::{Meta, Status};
use super::network_query::NetworkSourceType;
use crate::text::Text;
use crate::time::TimeText;
use crate::view::{DataKind, DataSource, JobStatus, NeutralView, Period, View, What};

impl NeutralView for Event {
    fn views(&self) -> Vec<View<'_>> {
        let base = Base {
            event_type: self.event_type().as_str(),
            at: self.meta().and_then(|meta: &Meta| meta.when.instant()),
        };
        match self {
            Self::Ping(_) => vec![base.view(What::EndpointTest)],
            Self::DocumentDownload(event) => base.of_each(&event.patients, |it| {
                // Documents that are not listed can be asked for; a list without any is all.
                let has_data = it.status == Status::Completed
                    && it.documents.as_ref().is_none_or(|list| !list.is_empty());
                base.document_job(has_data, &it.status)
                    .of_patient(&it.patient_id, it.external_id.as_deref())
            }),
            Self::DocumentConversion(event) => base.of_each(&event.patients, |it| {
                base.job(it.status == Status::Completed, &it.status)
                    .with_kind(DataKind::MedicalRecord)
                    .of_patient(&it.patient_id, it.external_id.as_deref())
            }),
            Self::DocumentBulkDownloadUrls(event) => base.of_each(&event.patients, |it| {
                let has_data = brings(&it.status, it.documents.as_deref());
                base.document_job(has_data, &it.status)
                    .of_patient(&it.patient_id, it.external_id.as_deref())
            }),
            Self::DocumentBulkDownloadPaged(event) => base.of_each(&event.patients, |it| {
                let has_data = brings(&it.status, it.documents.as_deref());
                base.document_job(has_data, &it.status)
                    .of_patient(&it.patient_id, it.external_id.as_deref())
            }),
            Self::ConsolidatedData(event) => {
                base.of_each(&event.patients, |it| base.consolidated(it))
            }
            Self::BulkPatientCreate(event) => {
                let job = &event.bulk_patient_create;
                let view = base.view(either(ready_result(job).is_some()));
                let status = Some(job_status(job.status.as_str()));
                vec![view.with_kind(DataKind::Patient).with_status(status)]
            }
            Self::PatientAdmit(event) => {
                let it = &event.payload;
                let period = stay(it.admit_timestamp.as_ref(), it.discharge_timestamp.as_ref());
                let view = base.encounter(it.when_source_sent.as_ref(), period);
                vec![view.of_patient(&it.patient_id, it.external_id.as_deref())]
            }
            Self::PatientTransfer(event) => {
                let it = &event.payload;
                let view = base.encounter(
                    it.when_source_sent.as_ref(),
                    stay(it.admit_timestamp.as_ref(), None),
                );
                vec![view.of_patient(&it.patient_id, it.external_id.as_deref())]
            }
            Self::PatientDischarge(event) => {
                let it = &event.payload;
                let period = stay(it.admit_timestamp.as_ref(), it.discharge_timestamp.as_ref());
                let view = base.encounter(it.when_source_sent.as_ref(), period);
                vec![view.of_patient(&it.patient_id, it.external_id.as_deref())]
            }
            Self::PatientPharmacy(event) => {
                let it = &event.payload;
                let view = base.dated(DataKind::Medication, it.medication_dispensed_date.as_ref());
                vec![view.of_patient(&it.patient_id, it.external_id.as_deref())]
            }
            Self::PatientLaboratory(event) => {
                let it = &event.payload;
                let view = base.dated(
                    DataKind::LaboratoryResult,
                    it.specimen_collected_date.as_ref(),
                );
                vec![view.of_patient(&it.patient_id, it.external_id.as_deref())]
            }
            Self::NetworkQuery(event) => {
                let it = &event.payload;
                let name = it.source.source.as_ref().map(|name| name.as_str());
                let view = base.network(&it.source.source_type, name, &it.source.status);
                vec![view.of_patient(&it.patient_id, it.external_id.as_deref())]
            }
            Self::NetworkQueryFirstDataReady(event) => {
                let it = &event.payload;
                let view = base.network(&it.source.source_type, None, &it.source.status);
                vec![view.of_patient(&it.patient_id, it.external_id.as_deref())]
            }
            Self::MessageStatus(event) => {
                let view = base.job(false, &event.payload.status);
                let view = view.with_user(event.payload.patient_id.as_str());
                vec![view.with_kind(DataKind::Message)]
            }
            Self::ProviderConnected(event) => base.of_users(What::Connected, &event.users),
            Self::ProviderDisconnected(event) => base.of_users(What::Disconnected, &event.users),
            Self::HealthData(event) => base.health_data(&event.users),
            Self::Unknown(_) => vec![base.view(What::Unknown)],
        }
    }
}

/// What all views of an event have.
#[derive(Clone, Copy)]
struct Base<'e> {
    event_type: &'e str,
    at: Option<Timestamp>,
}

impl<'e> Base<'e> {
    fn view(self, what: What) -> View<'e> {
        View::new(what)
            .with_event_type(self.event_type)
            .with_time(self.at)
    }

    /// Makes a view of each entry, and one without a user where there is no entry.
    fn of_each<T>(self, entries: &'e [T], view: impl Fn(&'e T) -> View<'e>) -> Vec<View<'e>> {
        if entries.is_empty() {
            return vec![self.view(What::JobStatus)];
        }
        entries.iter().map(view).collect()
    }

    fn job(self, has_data: bool, status: &Status) -> View<'e> {
        let status = job_status(status.as_str());
        self.view(either(has_data)).with_status(Some(status))
    }

    fn document_job(self, has_data: bool, status: &Status) -> View<'e> {
        self.job(has_data, status).with_kind(DataKind::Document)
    }

    fn consolidated(self, patient: &'e ConsolidatedDataPatient) -> View<'e> {
        let contents = patient.contents();
        let mut view = self.job(
            brings(&patient.status, Some(&contents.attachments)),
            &patient.status,
        );
        if contents.has_inline_records {
            view.what = What::DataPushed;
        }
        view.with_kind(DataKind::MedicalRecord)
            .with_period(patient.filters.as_ref().and_then(period_of))
            .of_patient(&patient.patient_id, patient.external_id.as_deref())
    }

    fn encounter(self, source_sent: Option<&TimeText>, period: Option<Period>) -> View<'e> {
        let sent = source_sent.and_then(TimeText::instant);
        self.view(What::DataAvailable)
            .with_kind(DataKind::Encounter)
            .with_period(period)
            .with_time(sent.or(self.at))
    }

    fn dated(self, kind: DataKind, date: Option<&TimeText>) -> View<'e> {
        let period = date.and_then(|date| match day(date) {
            Some(day) => Period::days(Some(day), Some(day)),
            None => Period::instants(date.instant(), date.instant()),
        });
        self.view(What::DataAvailable)
            .with_kind(kind)
            .with_period(period)
    }

    fn network(
        self,
        source_type: &'e NetworkSourceType,
        name: Option<&'e str>,
        status: &Status,
    ) -> View<'e> {
        self.job(true, status)
            .with_kind(DataKind::MedicalRecord)
            .with_source(DataSource::new(source_type.as_str()).with_name(name))
    }

    /// Makes one view for each user, whatever the number of entries, with all their providers.
    fn of_users(self, what: What, users: &'e [ProviderUser]) -> Vec<View<'e>> {
        let mut known = BTreeSet::new();
        self.by_user(
            what,
            users.iter().map(|it| (&it.user_id, it)),
            |view, user| {
                for provider in &user.providers {
                    if known.insert((&user.user_id, provider)) {
                        view.sources.push(DataSource::new(provider.as_str()));
                    }
                }
            },
        )
    }

    /// Makes one view for each user, with what all its entries hold.
    fn health_data(self, users: &'e [HealthDataUser]) -> Vec<View<'e>> {
        let mut known = devices::Known::new();
        let entries = users.iter().map(|user| (&user.user_id, user));
        self.by_user(What::DataPushed, entries, |view, user| {
            devices::add(view, user, &mut known);
        })
    }

    fn by_user<T>(
        self,
        what: What,
        entries: impl Iterator<Item = (&'e Text, T)>,
        mut add: impl FnMut(&mut View<'e>, T),
    ) -> Vec<View<'e>> {
        let mut views: Vec<View<'e>> = Vec::new();
        let mut places = BTreeMap::new();
        for (user_id, entry) in entries {
            let place = *places.entry(user_id).or_insert_with(|| {
                views.push(self.view(what).with_user(user_id.as_str()));
                views.len() - 1
            });
            if let Some(view) = views.get_mut(place) {
                add(view, entry);
            }
        }
        if views.is_empty() {
            views.push(self.view(what));
        }
        views
    }
}

trait OfPatient<'e> {
    /// Names the patient by both ids.
    fn of_patient(self, id: &'e Text, own_id: Option<&'e str>) -> View<'e>;
}

impl<'e> OfPatient<'e> for View<'e> {
    fn of_patient(self, id: &'e Text, own_id: Option<&'e str>) -> View<'e> {
        self.with_user(id.as_str()).with_own_id(own_id)
    }
}

fn either(has_data: bool) -> What {
    if has_data {
        What::DataAvailable
    } else {
        What::JobStatus
    }
}

fn brings<T>(status: &Status, list: Option<&[T]>) -> bool {
    *status != Status::Failed && list.is_some_and(|list| !list.is_empty())
}

/// Reads a status; words that are not shared stay as they are.
fn job_status(status: &str) -> JobStatus {
    match status {
        "processing" => JobStatus::InProgress,
        status => JobStatus::from(status),
    }
}

/// Makes the period of a stay, of those ends that are instants.
fn stay(admitted: Option<&TimeText>, discharged: Option<&TimeText>) -> Option<Period> {
    Period::instants(
        admitted.and_then(TimeText::instant),
        discharged.and_then(TimeText::instant),
    )
}

fn period_of(filters: &Filters) -> Option<Period> {
    let bound = |name| filters.text(name).and_then(day);
    Period::days(bound("dateFrom"), bound("dateTo"))
}

/// Reads a text that is a calendar day and nothing else.
fn day(text: &str) -> Option<Date> {
    TimeText::from(text).date().filter(|_| text.len() == 10)
}
