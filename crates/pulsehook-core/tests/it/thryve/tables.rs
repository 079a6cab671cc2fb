//! The names of numbers: only to show, never a condition.

use pulsehook_core::thryve::{DataType, Dimension, Event, data_source, data_type};

use super::event;

fn name(found: Option<DataType>) -> Option<(&'static str, Option<&'static str>)> {
    found.map(|it| (it.name, it.unit))
}

#[test]
fn sources() {
    let check = |id, expected: Option<(&str, bool)>| {
        let found = data_source(id);
        assert_eq!(found.map(|it| (it.name, it.is_old)), expected, "{id}");
        assert!(found.is_none_or(|it| it.id == id));
    };
    check(1, Some(("Fitbit", false)));
    check(2, Some(("Garmin", false)));
    check(5, Some(("Apple Health", false)));
    check(7, Some(("Misfit", true)));
    check(8, Some(("Withings", false)));
    check(24, Some(("Sleep as Android", true)));
    check(47, Some(("ShenAI", false)));
    for unknown in [i64::MIN, -1, 0, 4, 25, 26, 28, 37, 39, 48, i64::MAX] {
        check(unknown, None);
    }
    assert_eq!((0..100).filter_map(data_source).count(), 33);
}

#[test]
fn types() {
    use Dimension::{Daily, Epoch};
    for (id, daily, epoch) in [
        (
            1000,
            Some(("Steps", Some("count"))),
            Some(("Steps", Some("count"))),
        ),
        (1013, Some(("PhysicalActivityIndex", Some("index"))), None),
        (
            1102,
            Some(("ActivityMidDuration", Some("min"))),
            Some(("ActivityMidBinary", Some("flag"))),
        ),
        (1200, None, Some(("ActivityType", Some("category code")))),
        (
            2000,
            Some(("SleepDuration", Some("min"))),
            Some(("SleepStateBinary", Some("flag"))),
        ),
        (2304, None, None),
        (2307, Some(("ThryveMainSleepLatency", Some("min"))), None),
        (
            3001,
            Some(("HeartRateResting", Some("bpm"))),
            Some(("PulseWaveVelocity", None)),
        ),
        (
            3002,
            Some(("HeartRateSleep", Some("bpm"))),
            Some(("SPO2", Some("%"))),
        ),
        (3009, None, Some(("SPO2", Some("%")))),
        (
            3030,
            Some(("VO2max", Some("ml/min/kg"))),
            Some(("VO2max", Some("ml/min/kg"))),
        ),
        (
            3300,
            Some(("BloodPressureSystolic", Some("mmHg"))),
            Some(("BloodPressureSystolic", Some("mmHg"))),
        ),
        (3302, None, Some(("BloodGlucose", Some("mmol/L")))),
        (
            5026,
            Some(("BMI", Some("kg/m²"))),
            Some(("BMI", Some("kg/m²"))),
        ),
        (
            8009,
            Some(("ConsumedFibre", Some("g"))),
            Some(("ConsumedFibre", Some("g"))),
        ),
        (
            8013,
            Some(("ConsumedSodium", Some("mg"))),
            Some(("ConsumedSodium", Some("mg"))),
        ),
    ] {
        assert_eq!(name(data_type(id, Daily)), daily, "{id}");
        assert_eq!(name(data_type(id, Epoch)), epoch, "{id}");
    }
}

#[test]
fn disputed_and_unknown_numbers_have_no_name() {
    for id in [3106, 3107, 3112, 5111, 5112, 0, -1, 999, i64::MIN, i64::MAX] {
        assert_eq!(data_type(id, Dimension::Daily), None);
        assert_eq!(data_type(id, Dimension::Epoch), None);
    }
}

#[test]
fn every_number_of_the_table_can_be_looked_up() {
    // A list out of order would hide some.
    let found = |dimension| {
        (0..10_000)
            .filter_map(|id| data_type(id, dimension))
            .count()
    };
    assert_eq!((found(Dimension::Daily), found(Dimension::Epoch)), (82, 72));
}

#[test]
fn numbers_without_a_name_decode() {
    let json = r#"{"endUserId":"u","type":"notification.data.epoch.createupdate","data":
        {"startTimestamp":1706400000000,"endTimestamp":1706403600000,"dataSourceId":-7,
         "dataTypeIds":[3106,0,-1,9223372036854775807]}}"#;
    let Event::EpochChange(it) = event(json) else {
        panic!("not epoch");
    };
    assert_eq!(it.data.data_source_id, -7);
    assert_eq!(it.data.data_type_ids, [3106, 0, -1, i64::MAX]);
}
