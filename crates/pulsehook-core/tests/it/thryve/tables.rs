//! The names of numbers: only to show, never a condition.

use std::collections::BTreeMap;
use std::ops::Range;

use pulsehook_core::thryve::{Dimension, Event, data_source, data_type};
use pulsehook_core::view::DataKind;
use serde_json::json;

use super::event;
use crate::support::{cell, tsv_fixture};

/// Numbers that are looked up; all known ones are among them.
const NUMBERS: Range<i64> = 0..20_000;

#[test]
fn the_sources_are_the_documented_ones() {
    let columns = ["id", "name", "is_old"];
    let rows = tsv_fixture("thryve/data_sources.tsv", columns);
    let documented: BTreeMap<i64, (String, bool)> = rows
        .into_iter()
        .map(|[id, name, is_old]| {
            let is_old = is_old.parse().expect("true or false");
            (id.parse().expect("a number"), (name, is_old))
        })
        .collect();
    assert_eq!(documented.len(), 33);
    for id in NUMBERS.chain([i64::MIN, -1, i64::MAX]) {
        let found = data_source(id);
        let expected = documented.get(&id);
        let expected = expected.map(|(name, is_old)| (id, name.as_str(), *is_old));
        let found = found.map(|it| (it.id, it.name, it.is_old));
        assert_eq!(found, expected, "{id}");
    }
}

#[test]
fn the_data_types_are_the_documented_ones() {
    let columns = ["id", "dimension", "name", "unit", "note", "kind"];
    let rows = tsv_fixture("thryve/data_types.tsv", columns);
    for (dimension, label, count) in [
        (Dimension::Daily, "daily", 82),
        (Dimension::Epoch, "epoch", 72),
    ] {
        let documented: BTreeMap<i64, _> = rows
            .iter()
            .filter(|[_, dimension, ..]| dimension == label)
            .map(|[id, _, name, unit, note, kind]| {
                let id = id.parse().expect("a number");
                let kind = DataKind::from(kind.as_str());
                assert!(DataKind::KNOWN.contains(&kind), "{kind}");
                (id, (id, name.as_str(), cell(unit), cell(note), kind))
            })
            .collect();
        assert_eq!(documented.len(), count);
        for id in NUMBERS.chain([i64::MIN, -1, i64::MAX]) {
            let found = data_type(id, dimension);
            let found = found.map(|it| (it.id, it.name, it.unit, it.note, it.kind));
            assert_eq!(found.as_ref(), documented.get(&id), "{id}, {label}");
        }
    }
    // No row is of another dimension, or there twice.
    assert_eq!(rows.len(), 82 + 72);
}

#[test]
fn notes_stand_where_there_is_something_to_know() {
    use Dimension::{Daily, Epoch};
    let note = |id, dimension| data_type(id, dimension).expect("documented").note;
    for dimension in [Daily, Epoch] {
        assert_eq!(note(1010, dimension), Some("basal part included"));
        assert!(note(3030, dimension).is_some_and(|it| it.ends_with("the old list says mol")));
        assert_eq!(note(1000, dimension), None);
    }
    for id in [3001, 3002] {
        assert_eq!((note(id, Daily), note(id, Epoch)), (None, Some("old list")));
    }
    let shown = serde_json::to_value(data_type(3001, Epoch)).expect("JSON");
    let expected = json!({"id": 3001, "name": "PulseWaveVelocity", "unit": null, "note": "old list",
            "kind": "fitness"});
    assert_eq!(shown, expected);
}

#[test]
fn disputed_and_unknown_numbers_have_no_name() {
    for id in [3106, 3107, 3112, 5111, 5112, 0, -1, 999, i64::MIN, i64::MAX] {
        assert_eq!(data_type(id, Dimension::Daily), None);
        assert_eq!(data_type(id, Dimension::Epoch), None);
    }
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
