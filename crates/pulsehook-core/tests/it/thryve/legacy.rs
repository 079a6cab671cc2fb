//! The retired formats: what they need, and what they may lack.

use pulsehook_core::thryve::{ConnectionStatus, Event, Time, UpdateType};

use super::{check_invalid, check_missing, event, events, message};

const CONNECTED: &str =
    r#"{"sourceUpdate":{"authenticationToken":"u","dataSource":2,"connectionStatus":"NEW"}}"#;
const DAILY: &str = r#"{"sourceUpdate":{"authenticationToken":"u","dataSource":2,"createdAt":"2021-06-01T06:30:00Z","/v5/dailyDynamicValues":{"startDay":"2021-05-31","endDay":"2021-06-01","dailyDynamicValueTypes":[1000],"startTimestampUnix":1622419200000,"endTimestampUnix":1622505600000}}}"#;
const EPOCH: &str = r#"{"sourceUpdate":{"authenticationToken":"u","dataSource":2,"/v5/dynamicEpochValues":{"startTimestamp":"2021-06-01T05:00:00Z","endTimestamp":"2021-06-01T06:00:00Z","dynamicValueTypes":[3000],"startTimestampUnix":1622520000000,"endTimestampUnix":1622523600000}}}"#;
const OLDEST: &str = r#"{"sourceUpdate":{"authenticationToken":"u","dataSource":"8","startTimestamp":"2019-03-01T00:00:00Z","endTimestamp":"2019-03-02T00:00:00Z","updateType":"DAILY"}}"#;

#[track_caller]
fn with(json: &str, old: &str, new: &str) -> String {
    assert!(json.contains(old), "{old}");
    json.replacen(old, new, 1)
}

#[test]
fn source_update_is_an_object() {
    for wrong in ["7", "[]", r#""x""#, "true"] {
        check_invalid(format!(r#"{{"sourceUpdate":{wrong}}}"#), "sourceUpdate");
    }
    check_missing(r#"{"sourceUpdate":null}"#, "type");
    check_invalid(r#"{"sourceUpdate":{},"sourceUpdate":{}}"#, "sourceUpdate");
}

#[test]
fn user_and_source_are_required() {
    for json in [CONNECTED, DAILY, EPOCH, OLDEST] {
        let token = r#""authenticationToken":"u","#;
        for wrong in [
            "",
            r#""authenticationToken":"","#,
            r#""authenticationToken":7,"#,
        ] {
            check_missing(with(json, token, wrong), "authenticationToken");
        }
        check_missing(with(json, r#""dataSource":"#, r#""x":"#), "dataSource");
        let start = json.find(r#""dataSource":"#).expect("there") + 13;
        let end = start + json[start..].find(',').expect("more");
        let with_source = |value| format!("{}{value}{}", &json[..start], &json[end..]);
        for (value, expected) in [("7", 7), (r#""8""#, 8), ("-2", -2)] {
            let shown = serde_json::to_value(event(with_source(value))).expect("JSON");
            assert_eq!(shown["dataSource"], expected);
        }
        check_invalid(with_source(r#""x""#), "dataSource");
        check_missing(with_source("null"), "dataSource");
        check_invalid(
            with(json, "{\"auth", "{\"dataSource\":1,\"auth"),
            "dataSource",
        );
        let odd = with(json, "{\"auth", "{\"partnerUserID\":7,\"auth");
        assert_eq!(event(&odd).end_user_alias(), None);
        let shown = serde_json::to_string(&event(odd)).expect("JSON");
        assert!(shown.contains(r#""other":{"partnerUserID":7}"#), "{shown}");
    }
}

#[test]
fn connection_states_are_an_open_list() {
    let status_of = |status: &str| match event(with(CONNECTED, "NEW", status)) {
        Event::V5Connection(it) => it.part,
        other => panic!("{other:?}"),
    };
    assert_eq!(status_of("NEW"), ConnectionStatus::New);
    assert_eq!(status_of("DELETED"), ConnectionStatus::Deleted);
    assert_eq!(
        status_of("PAUSED"),
        ConnectionStatus::Other("PAUSED".into())
    );
    check_invalid(with(CONNECTED, r#""NEW""#, "7"), "connectionStatus");
}

#[test]
fn one_message_can_have_all_parts() {
    let daily = DAILY.split_once(r#""/v5"#).expect("a part").1;
    let json = with(
        EPOCH,
        r#""/v5"#,
        &format!(
            r#""connectionStatus":"NEW","/v5{}"#,
            daily.strip_suffix("}}").expect("ends").to_owned() + r#","/v5"#
        ),
    );
    let events = events(json);
    let types: Vec<_> = events.iter().map(Event::event_type).collect();
    assert_eq!(
        types,
        [
            "sourceUpdate.connectionStatus",
            "sourceUpdate.dailyDynamicValues",
            "sourceUpdate.dynamicEpochValues"
        ]
    );
}

#[test]
fn parts_are_objects_and_may_be_null() {
    for (json, name) in [
        (DAILY, "/v5/dailyDynamicValues"),
        (EPOCH, "/v5/dynamicEpochValues"),
    ] {
        let start = json.find(name).expect("a part") + name.len() + 2;
        for wrong in ["7", "[]", r#""x""#] {
            check_invalid(format!("{}{wrong}}}}}", &json[..start]), name);
        }
        let Event::Unknown(it) = event(format!("{}null}}}}", &json[..start])) else {
            panic!("nothing is said");
        };
        assert_eq!(it.event_type, "sourceUpdate");
        assert_eq!(it.end_user_id.as_deref(), Some("u"));
    }
}

#[test]
fn times_of_parts_are_judged_by_name() {
    for (json, old, field) in [
        (DAILY, r#""2021-05-31""#, "startDay"),
        (DAILY, r#""2021-06-01""#, "endDay"),
        (DAILY, "1622419200000", "startTimestampUnix"),
        (DAILY, "1622505600000", "endTimestampUnix"),
        (DAILY, r#""2021-06-01T06:30:00Z""#, "createdAt"),
        (EPOCH, r#""2021-06-01T05:00:00Z""#, "startTimestamp"),
        (EPOCH, r#""2021-06-01T06:00:00Z""#, "endTimestamp"),
        (EPOCH, "1622520000000", "startTimestampUnix"),
        (EPOCH, "1622523600000", "endTimestampUnix"),
        (OLDEST, r#""2019-03-01T00:00:00Z""#, "startTimestamp"),
        (OLDEST, r#""2019-03-02T00:00:00Z""#, "endTimestamp"),
    ] {
        for wrong in ["7", r#""x""#, "true", "[]"] {
            check_invalid(with(json, old, wrong), field);
        }
    }
    check_invalid(with(DAILY, "[1000]", "7"), "dailyDynamicValueTypes");
    check_invalid(with(EPOCH, "[3000]", "[true]"), "dynamicValueTypes");
    check_missing(with(OLDEST, "startTimestamp", "x"), "startTimestamp");
    check_missing(with(OLDEST, "endTimestamp", "x"), "endTimestamp");
    check_invalid(with(OLDEST, r#""DAILY""#, "7"), "updateType");
    check_invalid(
        with(EPOCH, r#"{"start"#, r#"{"endTimestamp":null,"start"#),
        "endTimestamp",
    );
}

#[test]
fn either_form_of_a_period_will_do() {
    let without = with(
        EPOCH,
        r#""startTimestamp":"2021-06-01T05:00:00Z","endTimestamp":"2021-06-01T06:00:00Z","#,
        "",
    );
    let Event::V5Epoch(it) = event(without) else {
        panic!("not epoch");
    };
    assert_eq!(it.part.start(), Some(&Time::UnixMillis(1_622_520_000_000)));
    assert_eq!(it.part.end(), it.part.end_timestamp_unix.as_ref());
    let without = with(
        EPOCH,
        r#","startTimestampUnix":1622520000000,"endTimestampUnix":1622523600000"#,
        "",
    );
    let Event::V5Epoch(it) = event(&without) else {
        panic!("not epoch");
    };
    assert_eq!(it.part.start(), it.part.start_timestamp.as_ref());
    check_missing(with(&without, "startTimestamp", "x"), "startTimestamp");
    check_missing(with(&without, "endTimestamp", "x"), "endTimestamp");
    let daily = with(
        DAILY,
        r#","startTimestampUnix":1622419200000,"endTimestampUnix":1622505600000"#,
        "",
    );
    check_missing(with(&daily, "startDay", "x"), "startDay");
    check_missing(with(&daily, "endDay", "x"), "endDay");
    // Data types may be missing, as in the oldest format.
    let Event::V5Daily(it) = event(with(DAILY, "dailyDynamicValueTypes", "x")) else {
        panic!("not daily");
    };
    assert_eq!(it.part.daily_dynamic_value_types, None);
    assert_eq!(it.part.other.expect("kept").get(), r#"{"x":[1000]}"#);
}

#[test]
fn a_start_after_the_end_is_kept_and_told() {
    let Event::V5Daily(it) = event(with(DAILY, "2021-05-31", "2021-06-02")) else {
        panic!("not daily");
    };
    assert!(it.part.is_reversed());
    let Event::V5Epoch(it) = event(with(EPOCH, "05:00:00Z", "06:00:01Z")) else {
        panic!("not epoch");
    };
    assert!(it.part.is_reversed());
    let Event::OldestUpdate(it) = event(with(OLDEST, "2019-03-01", "2019-03-03")) else {
        panic!("not oldest");
    };
    assert!(it.part.is_reversed());
}

#[test]
fn update_types_are_an_open_list() {
    for (wire, update_type) in [
        ("DAILY", UpdateType::Daily),
        ("MINUTE", UpdateType::Minute),
        ("BOTH", UpdateType::Both),
        ("HOURLY", UpdateType::Other("HOURLY".into())),
    ] {
        let Event::OldestUpdate(it) = event(with(OLDEST, "DAILY", wire)) else {
            panic!("not oldest");
        };
        assert_eq!(it.part.update_type, update_type);
    }
}

#[test]
fn a_source_update_that_says_nothing_known_is_unknown() {
    let json = r#"{"a":1,"sourceUpdate":{"authenticationToken":"u","partnerUserID":"p", "dataSource":[]},"data":{},"endUserId":"x","type":null}"#;
    let event = event(json);
    assert_eq!(event.event_type(), "sourceUpdate");
    let Event::Unknown(it) = event else {
        panic!("{event:?}");
    };
    assert_eq!(it.end_user_id.as_deref(), Some("u"));
    assert_eq!(it.end_user_alias.as_deref(), Some("p"));
    let data = r#"{"authenticationToken":"u","partnerUserID":"p", "dataSource":[]}"#;
    assert_eq!(it.data.expect("kept").get(), data);
    assert_eq!(
        it.other.expect("kept").get(),
        r#"{"a":1,"endUserId":"x","type":null,"data":{}}"#
    );
    let Event::Unknown(it) = super::event(r#"{"sourceUpdate":{}}"#) else {
        panic!("nothing is said");
    };
    assert_eq!((it.end_user_id, it.other), (None, None));
}

#[test]
fn unknown_members_are_kept_inside_and_beside() {
    let json = with(
        CONNECTED,
        "{\"auth",
        "{\"x\": 1.0,\"updateType\":\"DAILY\",\"auth",
    );
    let json = format!(r#"{{"y":[ ],{}"#, &json[1..]);
    let Event::V5Connection(it) = event(json) else {
        panic!("not a connection");
    };
    assert_eq!(
        it.other.expect("kept").get(),
        r#"{"x":1.0,"updateType":"DAILY","y":[ ]}"#
    );
    // With a type, the type counts.
    let json = with(
        &message("source-connect-iso"),
        "{",
        r#"{"sourceUpdate":{"a":1},"#,
    );
    let Event::SourceConnect(it) = event(json) else {
        panic!("not connected");
    };
    assert_eq!(it.other.expect("kept").get(), r#"{"sourceUpdate":{"a":1}}"#);
}
