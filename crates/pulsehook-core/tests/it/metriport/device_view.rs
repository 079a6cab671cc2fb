//! Device data in the terms that all providers share.

use pulsehook_core::jiff::civil::date;
use pulsehook_core::metriport::Event;
use pulsehook_core::view::{DataKind, NeutralView, Period, View, What};
use serde_json::{Value, json};

use super::{event, message, with_meta};

fn health_data(users: &Value) -> Event {
    let members = format!(r#""users":{users}"#);
    event(with_meta("devices.health-data", &members))
}

fn kinds(view: &View<'_>) -> Vec<String> {
    view.kinds.iter().map(ToString::to_string).collect()
}

#[test]
fn a_view_for_each_user() {
    let event = event(message("devices.health-data"));
    let views = serde_json::to_value(event.views()).expect("JSON");
    let user = json!({"id": "6e000000-0000-4000-8000-0000000000b1"});
    let expected = json!([
        {
            "what": "data-pushed",
            "event_type": "devices.health-data",
            "user": user,
            "sources": [
                {"id": "fitbit"}, {"id": "garmin"}, {"id": "dexcom"}, {"id": "tenovi"},
                {"id": "withings"}, {"id": "cronometer"}, {"id": "apple"}, {"id": "oura"},
            ],
            "kinds": [
                "activity", "workout", "heart-rate", "heart-rate-variability", "blood-pressure",
                "blood-glucose", "blood-oxygen", "fitness", "respiration", "temperature",
                "perfusion", "body", "nutrition", "sleep",
            ],
            "period": {"first_day": "2026-03-01", "last_day": "2026-03-03"},
            "at": "2026-03-04T05:06:07.089Z",
        },
    ]);
    assert_eq!(views, expected);
}

/// Checks the kinds of an item in a list.
#[track_caller]
fn check_kinds(list: &str, members: Value, expected: &[&str]) {
    let mut item = json!({"metadata": {"date": "2024-01-28", "source": "whoop"}});
    let Value::Object(members) = members else {
        panic!("an object");
    };
    item.as_object_mut().expect("an object").extend(members);
    let event = health_data(&json!([{"userId": "u", list: [item, item]}]));
    let views = event.views();
    assert_eq!(kinds(&views[0]), expected);
    assert_eq!(views[0].what, What::DataPushed);
    assert_eq!(views[0].sources.len(), 1);
}

#[test]
fn kinds_are_of_what_the_items_hold() {
    check_kinds("activity", json!({}), &["activity"]);
    check_kinds("activity", json!({"activity_logs": []}), &["activity"]);
    let log = json!([{"metadata": {"date": "d", "source": "s"}}]);
    check_kinds(
        "activity",
        json!({"activity_logs": log}),
        &["activity", "workout"],
    );
    check_kinds("activity", json!({"type": "RUNNING"}), &["workout"]);
    check_kinds("sleep", json!({"type": "RUNNING"}), &["workout"]);
    check_kinds("sleep", json!({"summary": {"movement": {}}}), &["activity"]);
    check_kinds("sleep", json!({"x": 1}), &["sleep"]);
    check_kinds("body", json!({"weight_kg": 70}), &["body"]);
    check_kinds("nutrition", json!({"foods": []}), &["nutrition"]);
}

#[test]
fn biometrics_are_of_many_kinds() {
    for (members, expected) in [
        (json!({"heart_rate": {}}), "heart-rate"),
        (json!({"hrv": {}}), "heart-rate-variability"),
        (json!({"blood_pressure": {}}), "blood-pressure"),
        (json!({"blood_glucose": {}}), "blood-glucose"),
        (json!({"respiration": {"spo2": {}}}), "blood-oxygen"),
        (json!({"respiration": {"vo2_max": 40}}), "fitness"),
        (
            json!({"respiration": {"avg_breaths_per_minute": 14}}),
            "respiration",
        ),
        (
            json!({"respiration": {"peak_flow_L_min": 1}}),
            "respiration",
        ),
        (
            json!({"respiration": {"forced_volume_L": 1}}),
            "respiration",
        ),
        (
            json!({"respiration": {"samples_breaths_per_minute": []}}),
            "respiration",
        ),
        (json!({"temperature": {}}), "temperature"),
        (json!({"perfusion_index_pct": 1}), "perfusion"),
        (json!({}), "biometrics"),
        (json!({"x": 1, "heart_rate": null}), "biometrics"),
    ] {
        check_kinds("biometrics", members, &[expected]);
    }
}

#[test]
fn items_that_cannot_be_told_are_of_their_lists_kind() {
    for (list, expected) in [
        ("activity", DataKind::Activity),
        ("biometrics", DataKind::Other("biometrics".into())),
        ("body", DataKind::Body),
        ("nutrition", DataKind::Nutrition),
        ("sleep", DataKind::Sleep),
    ] {
        let event = health_data(&json!([{"userId": "u", list: [5]}]));
        let views = event.views();
        assert_eq!(views[0].kinds, [expected]);
        assert_eq!((views[0].sources.len(), views[0].period), (0, None));
    }
}

#[test]
fn periods_are_days() {
    let check = |dates: &[&str], expected: Option<Period>| {
        let item = |date: &&str| json!({"metadata": {"date": date, "source": "fitbit"}});
        let items: Vec<_> = dates.iter().map(item).collect();
        let event = health_data(&json!([{"userId": "u", "sleep": items}]));
        assert_eq!(event.views()[0].period, expected, "{dates:?}");
    };
    let days = |first, last| Period::days(Some(first), Some(last));
    let (first, last) = (date(2024, 1, 27), date(2024, 2, 1));
    check(&["2024-01-27"], days(first, first));
    check(
        &["2024-02-01", "2024-01-27", "2024-01-30"],
        days(first, last),
    );
    check(
        &["2024-02-01T23:59:00-08:00", "2024-01-27T00:00:00Z"],
        days(first, last),
    );
    check(&["", "2024-01-27", "27.1.2024"], days(first, first));
    check(&["yesterday"], None);
    check(&[], None);
}

#[test]
fn many_sources_are_named_once_each() {
    let item = |number: u32| json!({"metadata": {"date": "2024-01-28", "source": format!("s{}", number % 5000)}});
    let items: Vec<_> = (0..10_000).map(item).collect();
    let event = health_data(&json!([{"userId": "u", "body": items}]));
    let views = event.views();
    assert_eq!(views[0].sources.len(), 5000);
    assert_eq!(views[0].sources[4999].id, "s4999");
}

#[test]
fn entries_of_one_user_make_one_view() {
    let entry = |user: &str, list: &str, date: &str, source: &str| {
        let item = json!({"metadata": {"date": date, "source": source}});
        json!({"userId": user, list: [item]})
    };
    let event = health_data(&json!([
        entry("a", "sleep", "2024-01-28", "fitbit"),
        entry("b", "body", "2024-01-01", "fitbit"),
        entry("a", "body", "2024-01-27", "fitbit"),
        entry("a", "sleep", "2024-01-30", "garmin"),
    ]));
    let views = event.views();
    let [a, b] = views.as_slice() else {
        panic!("{views:?}");
    };
    assert_eq!(a.user.id.as_deref(), Some("a"));
    assert_eq!(kinds(a), ["sleep", "body"]);
    let sources: Vec<_> = a.sources.iter().map(|source| &*source.id).collect();
    assert_eq!(sources, ["fitbit", "garmin"]);
    let (first, last) = (date(2024, 1, 27), date(2024, 1, 30));
    assert_eq!(a.period, Period::days(Some(first), Some(last)));
    let day = date(2024, 1, 1);
    assert_eq!(b.period, Period::days(Some(day), Some(day)));
    assert_eq!(b.sources.len(), 1);
}
