//! The table of categories, and one body for each.

use pulsehook_core::withings::{Action, Category, DayOrInstant, Event};
use serde_json::json;

use super::{event, notification};
use crate::support::fixture;

/// Number, name of pulsehook's own, scope, and measure types to ask for.
type Row = (i64, &'static str, Option<&'static str>, &'static [u32]);

/// The categories as documented.
const TABLE: &[Row] = &[
    (
        1,
        "weight",
        Some("user.metrics"),
        &[1, 5, 6, 8, 76, 77, 88, 91],
    ),
    (2, "temperature", Some("user.metrics"), &[12, 71, 73]),
    (4, "blood-pressure", Some("user.metrics"), &[9, 10, 11, 54]),
    (16, "activity", Some("user.activity"), &[]),
    (44, "sleep", Some("user.activity"), &[]),
    (46, "user-profile", Some("user.info"), &[]),
    (50, "bed-in", Some("user.sleepevents"), &[]),
    (51, "bed-out", Some("user.sleepevents"), &[]),
    (52, "sleep-mat-inflated", Some("user.sleepevents"), &[]),
    (53, "device-set-up", None, &[]),
    (54, "ecg", Some("user.metrics"), &[]),
    (55, "ecg-failed", Some("user.metrics"), &[]),
    (58, "glucose", Some("user.metrics"), &[119]),
    (60, "survey-answered", Some("user.data"), &[]),
    (61, "stethoscope", Some("user.metrics"), &[]),
    (62, "heart-rate-variability", Some("user.metrics"), &[]),
    (
        63,
        "urine-biomarkers",
        Some("user.metrics"),
        &[147, 148, 151, 204, 205, 248, 249, 251],
    ),
    (98, "bed-occupied", Some("user.sleepevents"), &[]),
    (99, "bed-empty", Some("user.sleepevents"), &[]),
    (100, "bed-polling", Some("user.sleepevents"), &[]),
];

fn of_fixture(name: &str) -> Event {
    event(fixture(&format!("withings/notifications/{name}.form")))
}

/// Says whether an event is of the variant of a number; written out, so that no two are mixed up.
fn is_variant(event: &Event, number: i64) -> bool {
    match number {
        1 => matches!(event, Event::Weight(_)),
        2 => matches!(event, Event::Temperature(_)),
        4 => matches!(event, Event::BloodPressure(_)),
        16 => matches!(event, Event::Activity(_)),
        44 => matches!(event, Event::Sleep(_)),
        46 => matches!(event, Event::UserProfile(_)),
        50 => matches!(event, Event::BedIn(_)),
        51 => matches!(event, Event::BedOut(_)),
        52 => matches!(event, Event::SleepMatInflated(_)),
        53 => matches!(event, Event::DeviceSetUp(_)),
        54 => matches!(event, Event::Ecg(_)),
        55 => matches!(event, Event::EcgFailed(_)),
        58 => matches!(event, Event::Glucose(_)),
        60 => matches!(event, Event::SurveyAnswered(_)),
        61 => matches!(event, Event::Stethoscope(_)),
        62 => matches!(event, Event::HeartRateVariability(_)),
        63 => matches!(event, Event::UrineBiomarkers(_)),
        98 => matches!(event, Event::BedOccupied(_)),
        99 => matches!(event, Event::BedEmpty(_)),
        100 => matches!(event, Event::BedPolling(_)),
        _ => matches!(event, Event::Unknown(_)),
    }
}

#[test]
fn the_table_of_categories_is_the_documented_one() {
    let found: Vec<_> = Category::KNOWN
        .iter()
        .map(|it| (it.number(), it.name(), it.scope(), it.measure_types()))
        .collect();
    assert_eq!(found, TABLE);
    for number in (0..20_000).chain([-1, i64::MIN, i64::MAX]) {
        let category = Category::from(number);
        assert_eq!(category.number(), number);
        let at = TABLE.iter().position(|(known, ..)| *known == number);
        if let Some(at) = at {
            assert_eq!(category, Category::KNOWN[at]);
        } else {
            assert_eq!(category, Category::Other(number));
            assert_eq!((category.name(), category.scope()), ("other", None));
            assert!(category.measure_types().is_empty());
        }
    }
    let shown = serde_json::to_value(Category::Sleep).expect("serialises");
    assert_eq!(shown, json!(44));
}

#[test]
fn every_category_has_a_variant_and_a_fixture() {
    for (number, name, ..) in TABLE {
        let event = of_fixture(name);
        assert!(is_variant(&event, *number), "{number}: {event:?}");
        assert_eq!(event.category(), Some(Category::from(*number)));
        assert_eq!(event.name(), *name);
        let user_id = (*number != 53).then_some(8_812_345);
        assert_eq!(event.user_id(), user_id);
        let is_ordinary = !matches!(number, 46 | 53);
        assert_eq!(event.notification().is_some(), is_ordinary);
    }
}

/// Everything that a fixture holds must show in the event's JSON.
#[track_caller]
fn check(name: &str, expect: serde_json::Value) {
    let found = serde_json::to_value(of_fixture(name)).expect("serialises");
    assert_eq!(found, expect);
}

#[test]
fn fixtures_decode_to_these_fields() {
    check(
        "documented",
        json!({
            "category": 1, "name": "weight", "user_id": 12345,
            "window": {"start": "2018-07-03T00:00:00Z", "end": "2018-07-04T10:05:53Z"},
            "other": {"foo": "bar"},
        }),
    );
    check(
        "blood-pressure",
        json!({
            "category": 4, "name": "blood-pressure", "user_id": 8812345,
            "window": {"start": "2024-01-28T00:00:00Z", "end": "2024-01-28T00:01:00Z"},
        }),
    );
    check(
        "activity",
        json!({
            "category": 16, "name": "activity", "user_id": 8812345, "date": "2024-01-28",
        }),
    );
    check(
        "sleep",
        json!({
            "category": 44, "name": "sleep", "user_id": 8812345,
            "window": {"start": "2024-01-27T22:00:00Z", "end": "2024-01-28T06:00:00Z"},
        }),
    );
    for (name, action) in [
        ("user-profile", "update"),
        ("user-profile-delete", "delete"),
        ("user-profile-unlink", "unlink"),
    ] {
        check(
            name,
            json!({
                "category": 46, "name": "user-profile", "user_id": 8812345, "action": action,
            }),
        );
    }
    for (name, number) in [("bed-in", 50), ("bed-occupied", 98)] {
        check(
            name,
            json!({
                "category": number, "name": name, "user_id": 8812345,
                "date": "2024-01-27T22:00:15Z",
                "device_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
            }),
        );
    }
    check(
        "device-set-up",
        json!({
            "category": 53, "name": "device-set-up", "mac": "00:24:e4:0a:0b:0c",
        }),
    );
    check(
        "ecg",
        json!({
            "category": 54, "name": "ecg", "user_id": 8812345,
            "window": {"start": "2024-01-28T00:00:00Z", "end": "2024-01-28T00:00:30Z"},
        }),
    );
    check(
        "heart-rate-variability",
        json!({
            "category": 62, "name": "heart-rate-variability", "user_id": 8812345,
        }),
    );
}

#[test]
fn every_action_of_a_profile_is_told_apart() {
    let of = |event: Event| match event {
        Event::UserProfile(change) => change.action,
        other => panic!("{other:?}"),
    };
    assert_eq!(of(of_fixture("user-profile")), Some(Action::Update));
    assert_eq!(of(of_fixture("user-profile-delete")), Some(Action::Delete));
    assert_eq!(of(of_fixture("user-profile-unlink")), Some(Action::Unlink));
    let action = |body: &str| of(event(body));
    let other = Some(Action::Other("Delete".into()));
    assert_eq!(action("userid=1&appli=46&action=Delete"), other);
    assert_eq!(action("userid=1&appli=46"), None);
}

#[test]
fn an_unknown_category_keeps_its_number_and_all_parameters() {
    for number in [0, 3, 1000, -4, i64::MIN, i64::MAX] {
        let body =
            format!("new=1&userid=7&appli={number}&date=2024-01-28&mac=m&action=a&deviceid=d");
        let Event::Unknown(unknown) = event(&body) else {
            panic!("{number} is not known");
        };
        assert_eq!(unknown.number, number);
        let notification = &unknown.notification;
        assert_eq!(notification.user_id, 7);
        assert!(matches!(notification.date, Some(DayOrInstant::Day(_))));
        assert_eq!(notification.device_id.as_deref(), Some("d"));
        let others: Vec<_> = notification.other.iter().collect();
        assert_eq!(others, [("action", "a"), ("mac", "m"), ("new", "1")]);
        let shown = serde_json::to_value(event(&body)).expect("serialises");
        assert_eq!(shown["category"], json!(number));
        assert_eq!(shown["name"], "other");
        let alone = serde_json::to_value(&unknown).expect("serialises");
        assert_eq!(alone["category"], json!(number));
        assert_eq!(
            alone["other"],
            json!({"action": "a", "mac": "m", "new": "1"})
        );
    }
}

#[test]
fn parameters_of_other_categories_are_kept() {
    let all = "userid=7&startdate=1&enddate=2&date=2024-01-28&deviceid=d&mac=m&action=unlink&x=y";
    for (number, ..) in TABLE {
        let event = event(format!("{all}&appli={number}"));
        let shown = serde_json::to_value(&event).expect("serialises");
        assert_eq!(shown["user_id"], 7);
        match event {
            Event::UserProfile(change) => {
                assert_eq!(change.action, Some(Action::Unlink));
                let names: Vec<_> = change.other.iter().collect();
                let expect = [
                    ("date", "2024-01-28"),
                    ("deviceid", "d"),
                    ("enddate", "2"),
                    ("mac", "m"),
                    ("startdate", "1"),
                    ("x", "y"),
                ];
                assert_eq!(names, expect);
            }
            Event::DeviceSetUp(device) => {
                assert_eq!(device.mac, "m");
                assert_eq!(device.user_id, Some(7));
                assert_eq!(device.other.len(), 6);
                assert_eq!(device.other.get("action"), Some("unlink"));
                assert_eq!(device.other.get("startdate"), Some("1"));
                assert_eq!(device.other.get("mac"), None);
            }
            ordinary => {
                let it = ordinary.notification().expect("an ordinary category");
                assert_eq!(it.window.bounds().expect("both").0.as_second(), 1);
                assert!(it.date.is_some());
                assert_eq!(it.device_id.as_deref(), Some("d"));
                assert_eq!(it.other.get("action"), Some("unlink"));
                assert_eq!(it.other.get("mac"), Some("m"));
                assert_eq!(it.other.get("x"), Some("y"));
                assert_eq!(it.other.len(), 3);
            }
        }
    }
}

#[test]
fn activity_may_come_with_a_window() {
    let it = notification("userid=1&appli=16&startdate=1706400000&enddate=1706400060");
    assert!(it.window.bounds().is_some());
    assert_eq!(it.date, None);
}
