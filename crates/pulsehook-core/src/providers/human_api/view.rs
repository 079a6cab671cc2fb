//! The neutral view of notifications: the table in the documentation of [`human_api`](super).

use super::data::DataNotification;
use super::endpoint::EndpointKind;
use super::event::Event;
use super::hip::{Envelope, OrderState, OrderStatus, OrderSummary, OrderSummaryStatus};
use crate::text::Text;
use crate::time::TimeText;
use crate::view::{DataKind, JobStatus, NeutralView, View, What};

impl NeutralView for Event {
    fn views(&self) -> Vec<View<'_>> {
        vec![match self {
            Self::Data(data) => view_of_data(data),
            Self::OrderStatus(order) => view_of_order(order),
            Self::OrderSummary(summary) => view_of_summary(summary),
            Self::VendorNote(note) => {
                in_envelope(View::new(What::Notice), note).with_kind(DataKind::Message)
            }
            Self::Unknown(_) | Self::Invalid(_) => match self.event_type() {
                Some(event_type) => View::new(What::Unknown).with_event_type(event_type),
                None => View::new(What::Unknown),
            },
        }]
    }
}

fn view_of_data(data: &DataNotification) -> View<'_> {
    let kind = data.endpoint_kind();
    let path = match kind.path() {
        Some(path) => path,
        None => data.path_or_endpoint(),
    };
    View::new(What::DataAvailable)
        .with_event_type(path)
        .with_user(data.human_id.as_str())
        .with_kind(data_kind(&kind, path))
        .with_time(data.updated_at.as_ref().and_then(TimeText::instant))
}

fn data_kind(kind: &EndpointKind, path: &str) -> DataKind {
    match kind {
        EndpointKind::ActivitySegment | EndpointKind::ActivitySummary => DataKind::Activity,
        EndpointKind::BloodGlucose => DataKind::BloodGlucose,
        EndpointKind::BloodOxygen => DataKind::BloodOxygen,
        EndpointKind::BloodPressure => DataKind::BloodPressure,
        EndpointKind::Bmi | EndpointKind::BodyFat | EndpointKind::Height | EndpointKind::Weight => {
            DataKind::Body
        }
        EndpointKind::HeartRate | EndpointKind::HeartRateSummary => DataKind::HeartRate,
        EndpointKind::Location => DataKind::Location,
        EndpointKind::Meal => DataKind::Nutrition,
        EndpointKind::SleepSegment | EndpointKind::SleepSummary => DataKind::Sleep,
        EndpointKind::GeneticTrait => DataKind::Genetics,
        EndpointKind::Profile | EndpointKind::MedicalProfile | EndpointKind::Demographics => {
            DataKind::Profile
        }
        EndpointKind::Source | EndpointKind::Organization => DataKind::Source,
        EndpointKind::Encounter => DataKind::Encounter,
        EndpointKind::Medication => DataKind::Medication,
        EndpointKind::TestResult => DataKind::LaboratoryResult,
        EndpointKind::Allergy
        | EndpointKind::Vitals
        | EndpointKind::PlanOfCare
        | EndpointKind::Procedure
        | EndpointKind::FunctionalStatus
        | EndpointKind::Immunization
        | EndpointKind::Issue
        | EndpointKind::Instruction
        | EndpointKind::Narrative
        | EndpointKind::SocialHistory => DataKind::MedicalRecord,
        EndpointKind::Ccd | EndpointKind::Report => DataKind::Document,
        EndpointKind::Other(_) => DataKind::Other(Text::from(path)),
    }
}

fn view_of_order(order: &OrderStatus) -> View<'_> {
    let status = match &order.value {
        OrderState::InProgress => JobStatus::InProgress,
        OrderState::Completed => JobStatus::Completed,
        OrderState::Cancelled => JobStatus::Cancelled,
        // An order that is pended has begun, and does not go on.
        OrderState::Pended | OrderState::Other(_) => {
            JobStatus::Other(Text::from(order.value.as_str()))
        }
    };
    let view = View::new(What::JobStatus).with_event_type(order.topic.as_str());
    of_user(view, order.human_id.as_ref())
        .with_own_id(order.client_user_id.as_deref())
        .with_kind(DataKind::Order)
        .with_time(order.updated_at.as_ref().and_then(TimeText::instant))
        .with_status(Some(status))
}

fn view_of_summary(summary: &Envelope<OrderSummary>) -> View<'_> {
    let payload = &summary.event_payload;
    let has_reports = payload.reports.as_ref().is_some_and(|it| !it.is_empty());
    let (what, kind) = if has_reports {
        (What::DataAvailable, DataKind::Document)
    } else {
        (What::JobStatus, DataKind::Order)
    };
    let status = match &payload.order_status {
        OrderSummaryStatus::Completed => JobStatus::Completed,
        OrderSummaryStatus::Cancelled => JobStatus::Cancelled,
        OrderSummaryStatus::Other(text) => JobStatus::Other(text.clone()),
    };
    in_envelope(View::new(what), summary)
        .with_kind(kind)
        .with_status(Some(status))
}

/// Says what every envelope says.
fn in_envelope<'e, P>(view: View<'e>, envelope: &'e Envelope<P>) -> View<'e> {
    let at = envelope.timestamp.as_ref();
    of_user(view, envelope.human_id.as_ref())
        .with_event_type(envelope.event_type.as_str())
        .with_own_id(envelope.client_user_id.as_deref())
        // A time without a zone means UTC here.
        .with_time(at.and_then(TimeText::instant_or_utc))
}

fn of_user<'e>(view: View<'e>, human_id: Option<&'e Text>) -> View<'e> {
    match human_id {
        Some(human_id) => view.with_user(human_id.as_str()),
        None => view,
    }
}
