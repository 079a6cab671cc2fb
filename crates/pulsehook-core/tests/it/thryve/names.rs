//! Samples with names and units.

use pulsehook_core::thryve::{AnySample, Dimension, data_type};

use super::{event, message};

#[test]
fn each_sample_has_its_source_its_name_and_its_unit() {
    for (name, expect) in [
        (
            "epoch-create",
            &["Apple Health HeartRate 61 bpm", "Apple Health Steps 34"][..],
        ),
        (
            "epoch-update",
            &[
                "Whoop Rmssd 48.20 ms",
                "Whoop HeartRateIntervals 812,799,805",
                "Whoop AtrialFibrillationDetection false",
            ],
        ),
        (
            "daily-create",
            &[
                "Garmin Steps 10432",
                "Garmin SleepStartTime 2024-01-27T22:51:00Z",
            ],
        ),
        ("daily-update", &["Withings SleepDuration 437 min"]),
        ("epoch-change", &[]),
        ("source-disconnect", &[]),
        ("measurement", &[]),
        ("v5-daily", &[]),
    ] {
        let event = event(message(name));
        let lines: Vec<String> = event
            .samples()
            .map(|sample| {
                let source = sample.block.source().expect("in the table");
                let data_type = sample.data_type().expect("in the table");
                let value = sample.value_with_unit().expect("a value");
                assert_eq!(sample.value(), Some(value.value));
                format!("{} {} {value}", source.name, data_type.name)
            })
            .collect();
        assert_eq!(lines, expect, "{name}");
    }
}

#[test]
fn numbers_mean_what_they_mean_in_their_dimension() {
    let event = event(
        r#"{"endUserId":"u","type":"event.data.daily.create","data":[
            {"dataSourceId":4,"dailyData":[{"day":"2024-01-28","dataTypeId":2000,"value":4.370e2}],
             "epochData":[{"startTimestamp":1706425260,"dataTypeId":2000,"value":1},
                {"startTimestamp":1706425260,"dataTypeId":3106,"value":97.0},
                {"startTimestamp":1706425260,"dataTypeId":3009}]},
            {"dataSourceId":8,"dailyData":[{"day":"2024-01-28","dataTypeId":5020,"value":"?"},
                {"day":"2024-01-28","dataTypeId":5020,"value":[1, 2]}]}]}"#,
    );
    assert_eq!(event.blocks().len(), 2);
    let samples: Vec<_> = event.samples().collect();
    let shown: Vec<_> = samples
        .iter()
        .map(|it| {
            let value = it.value_with_unit().map(|value| value.to_string());
            let name = it.data_type().map(|data_type| data_type.name);
            (it.block.data_source_id, it.dimension(), name, value)
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    let (daily, epoch) = (Dimension::Daily, Dimension::Epoch);
    assert_eq!(
        shown,
        [
            (4, epoch, Some("SleepStateBinary"), text("1")),
            (4, epoch, None, text("97.0")),
            (4, epoch, Some("SPO2"), None),
            (4, daily, Some("SleepDuration"), text("4.370e2 min")),
            (8, daily, Some("Weight"), text("?")),
            (8, daily, Some("Weight"), text("[1, 2]")),
        ]
    );
    assert_eq!(samples[0].block.source(), None);
    for sample in samples {
        match sample.sample {
            AnySample::Epoch(it) => {
                assert_eq!(it.data_type(), sample.data_type());
                assert_eq!(it.value_with_unit(), sample.value_with_unit());
                assert_eq!(it.data_type_id, sample.data_type_id());
            }
            AnySample::Daily(it) => {
                assert_eq!(it.data_type(), sample.data_type());
                assert_eq!(it.value_with_unit(), sample.value_with_unit());
                assert_eq!(it.data_type_id, sample.data_type_id());
            }
        }
    }
}

#[test]
fn units_are_units_of_measure() {
    for (id, dimension, unit) in [
        (1000, Dimension::Daily, None),
        (1012, Dimension::Daily, None),
        (1013, Dimension::Daily, None),
        (1200, Dimension::Epoch, None),
        (1201, Dimension::Epoch, None),
        (1401, Dimension::Epoch, Some("degrees")),
        (2000, Dimension::Daily, Some("min")),
        (2000, Dimension::Epoch, None),
        (2100, Dimension::Daily, None),
        (2200, Dimension::Daily, Some("%")),
        (2201, Dimension::Daily, None),
        (3029, Dimension::Epoch, None),
        (3303, Dimension::Epoch, None),
        (5020, Dimension::Epoch, Some("kg")),
        (5026, Dimension::Epoch, Some("kg/m²")),
        (6010, Dimension::Daily, None),
        (8013, Dimension::Epoch, Some("mg")),
    ] {
        let found = data_type(id, dimension).expect("in the table");
        assert_eq!(found.unit_of_measure(), unit, "{id}");
    }
}
