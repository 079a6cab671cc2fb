//! Items of device data: which kind they are, what is kept of odd ones, where numbers are found.

use pulsehook_core::metriport::devices::{DeviceItem, ItemKind, Metadata, Nutrition, Sample};
use serde_json::Value;

use super::device_models::{ITEMS, item, user, written};
use super::{undecodable, with_meta};

pub(super) fn with_metadata(members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!(r#"{{"metadata":{{"date":"2024-01-28","source":"garmin"}}{comma}{members}}}"#)
}

const LISTS: [(&str, ItemKind); 5] = [
    ("activity", ItemKind::Activity),
    ("biometrics", ItemKind::Biometrics),
    ("body", ItemKind::Body),
    ("nutrition", ItemKind::Nutrition),
    ("sleep", ItemKind::Sleep),
];

/// Checks the kind of an item in each list, in their order.
#[track_caller]
fn check_kinds(members: &str, expected: [ItemKind; 5]) {
    for ((list, _), expected) in LISTS.into_iter().zip(expected) {
        let json = with_metadata(members);
        let item = item(list, &json);
        assert_eq!(item.kind(), Some(expected), "{members} in {list}");
        let sent: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(serde_json::to_value(&item).expect("JSON"), sent);
    }
}

#[test]
fn kinds_are_recognised_by_members() {
    use ItemKind::*;

    let own = LISTS.map(|(_, kind)| kind);
    // What all know, and what none knows, is of the list's kind.
    check_kinds("", own);
    check_kinds(r#""x":1,"y":{"steps_count":3}"#, own);
    check_kinds(r#""summary":{"movement":{}}"#, [Activity; 5]);
    check_kinds(r#""activity_logs":[]"#, [Activity; 5]);
    check_kinds(r#""summary":{"energy_expenditure":7}"#, [Activity; 5]);
    check_kinds(r#""name":"Running","type":"RUNNING""#, [ActivityLog; 5]);
    check_kinds(r#""movement":{"steps_count":1}"#, [ActivityLog; 5]);
    check_kinds(r#""durations":{"active_seconds":60}"#, [ActivityLog; 5]);
    check_kinds(r#""durations":{"total_seconds":60}"#, [Sleep; 5]);
    check_kinds(r#""biometrics":{"temperature":{}}"#, [Sleep; 5]);
    check_kinds(r#""wakeup_frequency":1,"start_time":"a""#, [Sleep; 5]);
    check_kinds(r#""blood_glucose":{},"x":1"#, [Biometrics; 5]);
    check_kinds(r#""heart_rate":{},"weight_kg":1,"hrv":{}"#, [Biometrics; 5]);
    check_kinds(r#""weight_kg":70"#, [Body; 5]);
    check_kinds(r#""foods":[]"#, [Nutrition; 5]);
    check_kinds(r#""summary":{"micros":{}}"#, [Nutrition; 5]);
    // The list's kind wins a tie, and otherwise the first in the order of the kinds.
    let log = [ActivityLog, ActivityLog, ActivityLog, ActivityLog, Sleep];
    check_kinds(r#""start_time":"a","end_time":"b""#, log);
    check_kinds(r#""durations":{},"biometrics":{"hrv":{}}"#, log);
    let day = [Activity, Activity, Activity, Nutrition, Activity];
    check_kinds(r#""summary":{}"#, day);
    check_kinds(r#""summary":"none","x":1"#, day);
    check_kinds(
        r#""weight_kg":1,"heart_rate":{}"#,
        [Biometrics, Biometrics, Body, Biometrics, Biometrics],
    );
    // What is `null` is not there. Repeated members count once, and the last of them.
    check_kinds_of_text(r#""summary":null,"x":1"#, "body", Body);
    check_kinds_of_text(
        r#""summary":{"movement":null,"micros":{}}"#,
        "body",
        Nutrition,
    );
    check_kinds_of_text(r#""foods":[],"foods":null"#, "sleep", Sleep);
    check_kinds_of_text(
        r#""durations":{"rem_seconds":1},"durations":{}"#,
        "activity",
        ActivityLog,
    );
    check_kinds_of_text(
        r#""durations":{"rem_seconds":1},"durations":3"#,
        "activity",
        ActivityLog,
    );
    check_kinds_of_text(
        r#""weight_kg":1,"weight_kg":1,"heart_rate":{},"hrv":{}"#,
        "body",
        Biometrics,
    );
    check_kinds_of_text(
        r#""durations":{},"durations":{"rem_seconds":1}"#,
        "activity",
        Sleep,
    );
}

#[track_caller]
fn check_kinds_of_text(members: &str, list: &str, expected: ItemKind) {
    assert_eq!(item(list, &with_metadata(members)).kind(), Some(expected));
}

#[test]
fn every_filled_item_is_recognised_in_every_list() {
    let message: Value =
        serde_json::from_str(&super::message("devices.health-data")).expect("JSON");
    let filled = &message["users"][0];
    for (list, index, kind) in [
        ("activity", 0, ItemKind::Activity),
        ("activity", 1, ItemKind::ActivityLog),
        ("biometrics", 0, ItemKind::Biometrics),
        ("body", 0, ItemKind::Body),
        ("nutrition", 0, ItemKind::Nutrition),
        ("sleep", 1, ItemKind::Sleep),
    ] {
        let json = &filled[list][index];
        for (other_list, _) in LISTS {
            let item = item(other_list, &json.to_string());
            assert_eq!(item.kind(), Some(kind), "{kind} in {other_list}");
            assert_eq!(&serde_json::to_value(&item).expect("JSON"), json);
            assert!(!format!("{item:?}").contains("RawJson"), "{item:?}");
        }
    }
}

#[test]
fn kinds_have_accessors() {
    for (model, list) in ITEMS {
        let members = match model {
            "ActivityLog" => r#""type":"RUNNING""#,
            _ => "",
        };
        let item = item(list, &with_metadata(members));
        let found = [
            item.as_activity().map(|item| &item.metadata),
            item.as_activity_log().map(|item| &item.metadata),
            item.as_biometrics().map(|item| &item.metadata),
            item.as_body().map(|item| &item.metadata),
            item.as_nutrition().map(|item| &item.metadata),
            item.as_sleep().map(|item| &item.metadata),
        ];
        let found: Vec<&Metadata> = found
            .into_iter()
            .flatten()
            .map(|metadata| &**metadata)
            .collect();
        assert_eq!(found, [item.metadata().expect("metadata")], "{model}");
        let kind = item.kind().expect("a kind");
        assert_eq!(format!("{kind:?}"), model);
        let name = if model == "ActivityLog" {
            "activity_logs"
        } else {
            list
        };
        assert_eq!(kind.to_string(), name);
    }
}

#[test]
fn items_without_metadata_are_unknown_and_cost_no_sibling() {
    for (list, kind) in LISTS {
        for odd in [
            "null",
            "0",
            "-1.50e1",
            r#""\u0061""#,
            "[ ]",
            "[[{}]]",
            "{ }",
            "true",
            "1e999",
            r#"{"metadata":null}"#,
            r#"{"metadata":[]}"#,
            r#"{"metadata":{}}"#,
            r#"{"metadata":{"date":"2024-01-28"}}"#,
            r#"{"metadata":{"source":"garmin"}}"#,
            r#"{"metadata":{"date":null,"source":"garmin"}}"#,
            r#"{"metadata":{"date":20240128,"source":"garmin"}}"#,
            r#"{"metadata":{"date":"2024-01-28","source":{}}}"#,
            r#"{"metadata":{"date":"d","source":"s"},"metadata":1}"#,
            r#"{"metadata":{"date":"d","date":1,"source":"s"}}"#,
            r#"{"weight_kg": 7.0, "durations": {"rem_seconds": 1}}"#,
        ] {
            let good = with_metadata(r#""x":1"#);
            let user = user(list, &format!("{good},{odd},{good}"));
            let items: Vec<_> = user.items().collect();
            assert_eq!(items.len(), 3);
            assert!(items.iter().all(|(of, _)| *of == kind));
            assert_eq!(items[0].1.kind(), Some(kind));
            assert_eq!(items[2].1.kind(), Some(kind));
            let DeviceItem::Unknown(raw) = items[1].1 else {
                panic!("{odd}");
            };
            assert_eq!(raw.get(), odd);
            assert_eq!(items[1].1.metadata(), None);
            assert_eq!(written(items[1].1), odd);
        }
    }
}

pub(super) fn nutrition(members: &str) -> Box<Nutrition> {
    match item("nutrition", &with_metadata(members)) {
        DeviceItem::Nutrition(item) => item,
        other => panic!("{:?}", other.kind()),
    }
}

#[test]
fn lists_with_an_odd_element_are_kept_whole() {
    let log = with_metadata("");
    let item = item(
        "activity",
        &with_metadata(&format!(r#""activity_logs":[{log},{{}}],"summary":{{}}"#)),
    );
    let item = item.as_activity().expect("an activity");
    assert_eq!(item.activity_logs, None);
    assert_eq!(item.other["activity_logs"].get(), format!("[{log},{{}}]"));
    assert!(item.summary.is_some());
    for foods in [
        "[{}]",
        r#"[{"unit":"g"},{"x":1}]"#,
        r#"[{"name": null}]"#,
        "[5]",
        "[null]",
    ] {
        let item = nutrition(&format!(r#""foods":{foods},"summary":{{}}"#));
        assert_eq!(item.foods, None);
        assert_eq!(item.other["foods"].get(), foods);
        assert!(item.summary.is_some());
    }
}

#[test]
fn the_shortest_item() {
    let shortest = r#"{"metadata":{"date":"","source":""}}"#;
    assert_eq!(item("sleep", shortest).kind(), Some(ItemKind::Sleep));
    let escaped = r#"{"metadat\u0061":{"date":"","source":""}}"#;
    assert_eq!(item("sleep", escaped), item("sleep", shortest));
}

#[test]
fn samples() {
    let sample = r#"{"time":"2024-01-28T06:30:00","value":null,"std_dev":0.5,"data_source":{"source_type":"DEVICE","id":"i","name":"n","type":"t"},"dataSourceId":"ds","x":1}"#;
    let item = item(
        "body",
        &with_metadata(&format!(r#""weight_samples_kg":[{sample}]"#)),
    );
    let body = item.as_body().expect("a body");
    let [sample]: &[Sample; 1] = body
        .weight_samples_kg
        .as_deref()
        .and_then(|samples| samples.try_into().ok())
        .expect("one");
    assert_eq!(sample.time, "2024-01-28T06:30:00");
    assert_eq!(sample.time.instant(), None);
    assert_eq!((sample.value, sample.std_dev), (None, Some(0.5)));
    assert_eq!(sample.data_source_id.as_deref(), Some("ds"));
    assert_eq!(sample.number("x"), Some(1.0));
    let source = sample.data_source.as_ref().expect("a source");
    let texts = [&source.id, &source.name, &source.type_name].map(|text| text.as_deref());
    assert_eq!(texts, [Some("i"), Some("n"), Some("t")]);
}

#[test]
fn the_last_of_repeated_members_counts() {
    let check = |members: &str, expected: &str| {
        let item = item("body", &with_metadata(members));
        assert_eq!(written(&item), with_metadata(expected), "{members}");
    };
    check(r#""weight_kg":1,"weight_kg":2.5"#, r#""weight_kg":2.5"#);
    check(r#""weight_kg":1,"weight_kg":"2""#, r#""weight_kg":"2""#);
    check(r#""weight_kg":"1","weight_kg":2"#, r#""weight_kg":2"#);
    check(r#""weight_kg":1,"weight_kg":null"#, "");
    check(r#""weight_kg":"1","weight_kg":null"#, "");
    check(r#""x":"1","x":null"#, r#""x":null"#);
    check(
        r#""weight_samples_kg":5,"weight_samples_kg":[]"#,
        r#""weight_samples_kg":[]"#,
    );
    check(
        r#""weight_samples_kg":[],"weight_samples_kg":{}"#,
        r#""weight_samples_kg":{}"#,
    );
}

#[test]
fn tenovis_dates_have_a_time() {
    let json = r#"{"metadata":{"date":"2024-01-28T06:30:00.000Z","source":"tenovi","hour":"06:00","error":"e"}}"#;
    let item = item("biometrics", json);
    let metadata = item.metadata().expect("metadata");
    assert_eq!(metadata.date.date(), "2024-01-28".parse().ok());
    assert!(metadata.date.instant().is_some());
    assert_eq!(metadata.hour.as_deref(), Some("06:00"));
    assert_eq!(metadata.error.as_deref(), Some("e"));
}

#[test]
fn escapes_of_half_a_character_in_items_are_refused() {
    for (list, _) in LISTS {
        for item in [
            r#""\ud83d""#.to_owned(),
            r#"{"a":"\ud83d"}"#.to_owned(),
            with_metadata(r#""x":"\ud83d""#),
            with_metadata(r#""\ud83d":1"#),
            with_metadata(r#""name":"\uDC00""#),
            with_metadata(r#""summary":{"x":["\ud83d\n"]}"#),
            with_metadata(r#""foods":[{"name":"\ud83d"}]"#),
        ] {
            let users = format!(r#""users":[{{"userId":"u","{list}":[{item}]}}]"#);
            undecodable(with_meta("devices.health-data", &users), |undecodable| {
                assert_eq!(undecodable.error().field(), Some(list));
            });
        }
    }
    let whole = item(
        "activity",
        &with_metadata(r#""name":"\ud83d\ude00\\ud83d","type":"a\"b""#),
    );
    let log = whole.as_activity_log().expect("a workout");
    assert_eq!(log.name.as_deref(), Some("\u{1f600}\\ud83d"));
    assert_eq!(log.type_name.as_deref(), Some("a\"b"));
}

#[test]
fn names_with_escapes_are_the_same_names() {
    let item = item(
        "body",
        &with_metadata(r#""weight\u005fkg":1.50,"\u0078":2"#),
    );
    let body = item.as_body().expect("a body");
    assert_eq!(body.weight_kg, Some(1.5));
    assert_eq!(body.number("x"), Some(2.0));
}

#[test]
fn deep_json_is_kept() {
    let deep = |depth: usize| format!("{}{}", r#"{"a":["#.repeat(depth), "]}".repeat(depth));
    for depth in [1, 50, 2_000] {
        let json = with_metadata(&format!(r#""x":{0},"weight_kg":{0}"#, deep(depth)));
        let item = item("body", &json);
        let body = item.as_body().expect("a body");
        assert_eq!(body.other["x"].get(), deep(depth));
        assert_eq!(body.other["weight_kg"].get(), deep(depth));
    }
}

#[test]
fn items_are_small() {
    use pulsehook_core::metriport::devices as d;

    assert!(size_of::<DeviceItem>() <= 32);
    macro_rules! check {
        ($($model:ident <= $most:literal,)+) => {
            $( assert!(size_of::<d::$model>() <= $most, "{}", stringify!($model)); )+
        };
    }
    check! {
        Activity <= 64, ActivitySummary <= 56, ActivityLog <= 168, ActivityBiometrics <= 48,
        ActivityDurations <= 56, IntensityDurations <= 104, StrainDurations <= 120,
        ActivityMovement <= 104, Elevation <= 72, Speed <= 56, EnergyExpenditure <= 88,
        ActivityLocation <= 136, LatLon <= 56, Biometrics <= 96, BloodGlucose <= 64,
        BloodPressure <= 40, PressureReadings <= 48, HeartRate <= 112, HeartRateVariability <= 40,
        Variability <= 64, Respiration <= 120, OxygenSaturation <= 88, Temperature <= 56,
        TemperatureReadings <= 64, Metadata <= 128, SourceInfo <= 120, Sample <= 112, Body <= 168,
        Nutrition <= 64, NutritionSummary <= 48, NutritionFacts <= 48, Food <= 120, Macros <= 200,
        Micros <= 424, Aminos <= 344, Sleep <= 112, SleepDurations <= 152, SleepBiometrics <= 56,
    }
}
