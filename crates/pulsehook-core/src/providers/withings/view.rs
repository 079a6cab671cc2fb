//! The neutral view of notifications; the module's documentation has the table.

use std::borrow::Cow;

use super::event::Event;
use super::notification::{Action, DayOrInstant, Notification, ProfileChange, Window};
use super::order_update::OrderUpdate;
use crate::text::Text;
use crate::view::{DataKind, JobStatus, NeutralView, Period, View, What};

impl NeutralView for Event {
    fn views(&self) -> Vec<View<'_>> {
        vec![
            match self {
                Self::UserProfile(change) => of_profile(change),
                Self::DeviceSetUp(device) => {
                    let view = View::new(What::Notice).with_kind(DataKind::Device);
                    match device.user_id {
                        Some(user_id) => view.with_user(user_id.to_string()),
                        None => view,
                    }
                }
                Self::OrderUpdate(update) => of_order(update),
                Self::Unknown(event) => of_notification(What::Unknown, &[], &event.notification),
                Self::Weight(it) => available(&[DataKind::Body], it),
                Self::Temperature(it) => available(&[DataKind::Temperature], it),
                Self::BloodPressure(it) => available(
                    &[
                        DataKind::BloodPressure,
                        DataKind::HeartRate,
                        DataKind::BloodOxygen,
                    ],
                    it,
                ),
                Self::Activity(it) => available(&[DataKind::Activity, DataKind::Workout], it),
                Self::Sleep(it) => available(&[DataKind::Sleep], it),
                Self::Ecg(it) => available(&[DataKind::Ecg], it),
                Self::Glucose(it) => available(&[DataKind::BloodGlucose], it),
                Self::SurveyAnswered(it) => available(&[DataKind::Survey], it),
                Self::Stethoscope(it) => available(&[DataKind::HeartSounds], it),
                Self::HeartRateVariability(it) => available(&[DataKind::HeartRateVariability], it),
                Self::UrineBiomarkers(it) => available(&[DataKind::Urine], it),
                Self::BedIn(it)
                | Self::BedOut(it)
                | Self::BedOccupied(it)
                | Self::BedEmpty(it)
                | Self::BedPolling(it) => {
                    of_notification(What::Notice, &[DataKind::BedPresence], it)
                }
                Self::SleepMatInflated(it) => {
                    of_notification(What::Notice, &[DataKind::Device], it)
                }
                Self::EcgFailed(it) => of_notification(What::JobStatus, &[DataKind::Ecg], it)
                    .with_status(Some(JobStatus::Failed)),
            }
            .with_event_type(event_type(self)),
        ]
    }
}

/// The category's name; that of one that is not known has its number.
fn event_type(event: &Event) -> Cow<'static, str> {
    match event {
        Event::Unknown(event) => format!("appli-{}", event.number).into(),
        known => known.name().into(),
    }
}

fn available<'e>(kinds: &[DataKind], notification: &'e Notification) -> View<'e> {
    of_notification(What::DataAvailable, kinds, notification)
}

fn of_notification<'e>(what: What, kinds: &[DataKind], notification: &'e Notification) -> View<'e> {
    let view = View::new(what)
        .with_user(notification.user_id.to_string())
        .with_period(period(notification))
        .with_time(notification.date.and_then(|date| date.instant()));
    kinds.iter().cloned().fold(view, View::with_kind)
}

/// The period, which is one day where a day is named.
fn period(notification: &Notification) -> Option<Period> {
    let Window { start, end } = notification.window;
    match notification.date {
        Some(DayOrInstant::Day(day)) => Period::days(Some(day), Some(day)),
        _ => Period::instants(start, end),
    }
}

fn of_profile(change: &ProfileChange) -> View<'_> {
    let view = match change.action {
        Some(Action::Delete) => View::new(What::UserRemoved),
        Some(Action::Unlink) => View::new(What::Disconnected),
        _ => View::new(What::Notice).with_kind(DataKind::Profile),
    };
    view.with_user(change.user_id.to_string())
}

/// Of an order, `customer_ref` is the application's own id; `customer_id` is not said to be a user.
fn of_order(update: &OrderUpdate) -> View<'_> {
    let before_shipping = || update.status.as_ref().map(|status| status.as_str());
    // A parcel is on its way once the order is done.
    let status = update.parcel_status.as_deref().or_else(before_shipping);
    View::new(What::JobStatus)
        .with_own_id(update.customer_ref.as_ref().map(Text::as_str))
        .with_kind(DataKind::Order)
        .with_status(status.map(JobStatus::from))
}
