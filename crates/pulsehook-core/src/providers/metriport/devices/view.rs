//! Device data in the terms that all providers share.

use std::collections::BTreeSet;

use super::HealthDataUser;
use super::biometrics::Biometrics;
use super::item::{DeviceItem, ItemKind};
use crate::view::{DataKind, DataSource, Period, View};

/// The sources that views of users name already: comparing each with all would take long for many.
pub(in crate::providers::metriport) type Known<'e> = BTreeSet<(&'e str, &'e str)>;

/// Adds what an entry holds to the view of its user.
pub(in crate::providers::metriport) fn add<'e>(
    view: &mut View<'e>,
    user: &'e HealthDataUser,
    known: &mut Known<'e>,
) {
    for (list, item) in user.items() {
        if let Some(metadata) = item.metadata() {
            let source = metadata.source.as_str();
            if known.insert((user.user_id.as_str(), source)) {
                view.sources.push(DataSource::new(source));
            }
        }
        for kind in kinds_of(list, item) {
            if !view.kinds.contains(&kind) {
                view.kinds.push(kind);
            }
        }
    }
    view.period = days_with(view.period, user);
}

/// Returns the days that the items are about, and those of a period.
fn days_with(period: Option<Period>, user: &HealthDataUser) -> Option<Period> {
    let known = match period {
        Some(Period::Days(days)) => [days.start(), days.end()],
        _ => [None, None],
    };
    let days = || {
        let metadata = user.items().filter_map(|(_, item)| item.metadata());
        let days = metadata.filter_map(|metadata| metadata.date.date());
        days.chain(known.into_iter().flatten())
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
        (item.perfusion_index_pct.is_some(), DataKind::Perfusion),
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
