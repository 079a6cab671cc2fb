//! Device data in the terms that all providers share.

use std::collections::BTreeSet;

use super::biometrics::Biometrics;
use super::item::{DeviceItem, ItemKind};
use super::{HealthData, HealthDataUser};
use crate::view::{DataKind, DataSource, NeutralView, Period, View, What};

impl NeutralView for HealthData {
    fn views(&self) -> Vec<View<'_>> {
        health_data(self)
    }
}

/// Views a message: one view for each entry of a user.
pub(in crate::providers::metriport) fn health_data(event: &HealthData) -> Vec<View<'_>> {
    let at = event.meta.when.instant();
    event
        .users
        .iter()
        .map(|user| {
            view_of(user)
                .with_event_type(event.meta.message_type.as_str())
                .with_time(at)
        })
        .collect()
}

fn view_of(user: &HealthDataUser) -> View<'_> {
    let mut view = View::new(What::DataPushed).with_user(user.user_id.as_str());
    // Sources are open texts; comparing each with all would take long for many.
    let mut seen = BTreeSet::new();
    for (list, item) in user.items() {
        if let Some(metadata) = item.metadata() {
            let source = metadata.source.as_str();
            if seen.insert(source) {
                view.sources.push(DataSource::new(source));
            }
        }
        view = kinds_of(list, item).into_iter().fold(view, View::with_kind);
    }
    view.with_period(days_of(user))
}

/// Returns the days that the items are about.
fn days_of(user: &HealthDataUser) -> Option<Period> {
    let days = || {
        let metadata = user.items().filter_map(|(_, item)| item.metadata());
        metadata.filter_map(|metadata| metadata.date.date())
    };
    Period::days(days().min(), days().max())
}

fn kinds_of(list: ItemKind, item: &DeviceItem) -> Vec<DataKind> {
    match item {
        DeviceItem::Activity(item) => {
            let workouts = item
                .activity_logs
                .as_ref()
                .is_some_and(|logs| !logs.is_empty());
            let workouts = workouts.then_some(DataKind::Workout);
            [DataKind::Activity].into_iter().chain(workouts).collect()
        }
        DeviceItem::Biometrics(item) => kinds_of_biometrics(item),
        _ => vec![kind_of(item.kind().unwrap_or(list))],
    }
}

fn kind_of(kind: ItemKind) -> DataKind {
    match kind {
        ItemKind::Activity => DataKind::Activity,
        ItemKind::ActivityLog => DataKind::Workout,
        ItemKind::Biometrics => DataKind::Other(kind.as_str().into()),
        ItemKind::Body => DataKind::Body,
        ItemKind::Nutrition => DataKind::Nutrition,
        ItemKind::Sleep => DataKind::Sleep,
    }
}

fn kinds_of_biometrics(item: &Biometrics) -> Vec<DataKind> {
    let respiration = item.respiration.as_ref();
    let oxygen = respiration.is_some_and(|breath| breath.spo2.is_some());
    let fitness = respiration.is_some_and(|breath| breath.vo2_max.is_some());
    let breathing = respiration.is_some_and(|breath| {
        breath.avg_breaths_per_minute.is_some()
            || breath.peak_flow_l_min.is_some()
            || breath.forced_volume_l.is_some()
            || breath.samples_breaths_per_minute.is_some()
    });
    let kinds: Vec<_> = [
        (item.heart_rate.is_some(), DataKind::HeartRate),
        (item.hrv.is_some(), DataKind::HeartRateVariability),
        (item.blood_pressure.is_some(), DataKind::BloodPressure),
        (item.blood_glucose.is_some(), DataKind::BloodGlucose),
        (oxygen, DataKind::BloodOxygen),
        (fitness, DataKind::Fitness),
        (breathing, DataKind::Respiration),
        (item.temperature.is_some(), DataKind::Temperature),
        (
            item.perfusion_index_pct.is_some(),
            DataKind::Other("perfusion_index_pct".into()),
        ),
    ]
    .into_iter()
    .filter_map(|(held, kind)| held.then_some(kind))
    .collect();
    if kinds.is_empty() {
        vec![kind_of(ItemKind::Biometrics)]
    } else {
        kinds
    }
}
