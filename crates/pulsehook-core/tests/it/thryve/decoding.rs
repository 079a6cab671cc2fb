//! The rules of decoding notifications, row by row.

use pulsehook_core::DecodeErrorKind::{self, InvalidField, Shape, Syntax};
use pulsehook_core::thryve::testing::unsigned;
use pulsehook_core::thryve::{Day, Event, EventType, Time};
use pulsehook_core::{Text, TimeText};

use super::{check_invalid, check_missing, event, events, open_receiver, refusal, send};

const CONNECT: &str = r#"{"endUserId":"u","type":"notification.source.connect","data":{"timestamp":"2024-01-28T09:15:00Z","dataSourceId":1}}"#;
const EPOCH: &str = r#"{"endUserId":"u","type":"notification.data.epoch.createupdate","data":{"startTimestamp":1706400000000,"endTimestamp":1706403600000,"dataSourceId":2,"dataTypeIds":[1000]}}"#;
const DAILY: &str = r#"{"endUserId":"u","type":"notification.data.daily.createupdate","data":{"startDay":"2024-01-27","endDay":"2024-01-28","dataSourceId":8,"dataTypeIds":[1000]}}"#;
const PUSH: &str = r#"{"endUserId":"u","type":"event.data.epoch.create","data":{"dataSourceId":5,"epochData":[]}}"#;

/// Exchanges a piece of a message that must be in it.
#[track_caller]
fn with(json: &str, old: &str, new: &str) -> String {
    assert!(json.contains(old), "{old}");
    json.replacen(old, new, 1)
}

#[test]
fn the_top_level_is_an_object() {
    assert_eq!(refusal("[]", false), (Shape, None));
    assert_eq!(refusal(format!("[{CONNECT}]"), false), (Shape, None));
    assert_eq!(refusal("[1,2", false).0, Shape);
    assert_eq!(refusal("{", false), (Syntax, None));
    assert_eq!(
        refusal(format!("{CONNECT}{CONNECT}"), false),
        (Syntax, None)
    );
    assert_eq!(refusal(format!("{CONNECT},"), false), (Syntax, None));
    assert_eq!(
        refusal(&CONNECT[..CONNECT.len() - 1], false),
        (Syntax, None)
    );
}

#[test]
fn a_message_has_a_type_or_a_source_update() {
    for json in [
        "{}",
        r#"{"endUserId":"u"}"#,
        r#"{"endUserId":"u","data":{}}"#,
        r#"{"type":null,"sourceUpdate":null}"#,
        r#"{"Type":"notification.source.connect"}"#,
    ] {
        check_missing(json, "type");
    }
    for wrong in ["1", "true", "[]", "{}"] {
        check_invalid(
            with(CONNECT, r#""notification.source.connect""#, wrong),
            "type",
        );
    }
}

#[test]
fn types_that_are_not_known_are_events() {
    for name in [
        "event.data.epoch.delete",
        "notification.data.measurement.createupdate",
        "Notification.Source.Connect",
        "notification.source.connect ",
        "sourceUpdate",
        "é",
        "",
    ] {
        let json = with(CONNECT, "notification.source.connect", name);
        let event = event(&json);
        assert_eq!(event.event_type(), name);
        let Event::Unknown(it) = event else {
            panic!("{event:?}");
        };
        assert_eq!(it.end_user_id.as_deref(), Some("u"));
        assert!(it.data.expect("data").get().starts_with(r#"{"timestamp":"#));
        assert_eq!(it.other, None);
    }
    // Whatever stands in them.
    for (json, data, other) in [
        (r#"{"type":"x"}"#, None, None),
        (r#"{"type":"x","data":null}"#, None, None),
        (r#"{"data": [ 1.0 ],"type":"x"}"#, Some("[ 1.0 ]"), None),
        (
            r#"{"type":"x","data":1e400,"b" : 1e400}"#,
            Some("1e400"),
            Some(r#"{"b":1e400}"#),
        ),
        (
            r#"{"type":"x","endUserId":7}"#,
            None,
            Some(r#"{"endUserId":7}"#),
        ),
        (
            r#"{"type":"x","endUserId":""}"#,
            None,
            Some(r#"{"endUserId":""}"#),
        ),
        (
            r#"{"type":"x","endUserAlias":["a"]}"#,
            None,
            Some(r#"{"endUserAlias":["a"]}"#),
        ),
        (
            r#"{"type":"x","a":1,"a":2}"#,
            None,
            Some(r#"{"a":1,"a":2}"#),
        ),
        (
            r#"{"type":"x","sourceUpdate":{}}"#,
            None,
            Some(r#"{"sourceUpdate":{}}"#),
        ),
    ] {
        let Event::Unknown(it) = event(json) else {
            panic!("{json}");
        };
        assert_eq!(it.end_user_id, None);
        assert_eq!(it.data.as_ref().map(|raw| raw.get()), data, "{json}");
        assert_eq!(it.other.as_ref().map(|raw| raw.get()), other, "{json}");
    }
}

#[test]
fn the_user_is_a_text_that_is_not_empty() {
    for json in [CONNECT, EPOCH, DAILY, PUSH] {
        for wrong in [
            r#""endUserId":"","#,
            r#""endUserId":null,"#,
            r#""endUserId":5512,"#,
            "",
        ] {
            check_missing(with(json, r#""endUserId":"u","#, wrong), "endUserId");
        }
        check_missing(
            with(json, r#""endUserId":"u","#, r#""endUserId":["u"],"#),
            "endUserId",
        );
        check_missing(
            with(json, r#""endUserId":"u","#, r#""endUserID":"u","#),
            "endUserId",
        );
        let escaped = with(
            json,
            r#""endUserId":"u""#,
            r#""endUser\u0049d":"\u0075\n\ud83d\ude00""#,
        );
        assert_eq!(
            event(escaped).end_user_id().map(Text::as_str),
            Some("u\n😀")
        );
        let half = with(json, r#""endUserId":"u""#, r#""endUserId":"\ud83d""#);
        check_missing(half, "endUserId");
    }
}

#[test]
fn alias_and_hint_are_optional() {
    let check = |member: &str, alias: Option<&str>, hint: Option<&str>, other: Option<&str>| {
        let Event::SourceConnect(it) = event(with(CONNECT, "{", &format!("{{{member},"))) else {
            panic!("not connected");
        };
        assert_eq!(it.end_user_alias.as_deref(), alias);
        assert_eq!(it.timestamp_type.as_deref(), hint);
        assert_eq!(it.other.as_ref().map(|raw| raw.get()), other);
    };
    check(r#""endUserAlias":"p""#, Some("p"), None, None);
    check(r#""endUserAlias":"""#, Some(""), None, None);
    check(r#""endUserAlias":null"#, None, None, None);
    check(
        r#""endUserAlias":9"#,
        None,
        None,
        Some(r#"{"endUserAlias":9}"#),
    );
    // A hint that contradicts the times changes nothing.
    for hint in ["iso", "ISO", "unix", "UTC", "sundial", ""] {
        check(
            &format!(r#""timestampType":"{hint}""#),
            None,
            Some(hint),
            None,
        );
    }
    check(r#""timestampType":null"#, None, None, None);
    check(
        r#""timestampType":7"#,
        None,
        None,
        Some(r#"{"timestampType":7}"#),
    );
    let json = with(EPOCH, "{", r#"{"timestampType":"iso","#);
    let Event::EpochChange(it) = event(json) else {
        panic!("not epoch");
    };
    assert_eq!(it.data.start_timestamp, Time::UnixMillis(1_706_400_000_000));
}

#[test]
fn the_source_is_a_number_or_its_decimal_text() {
    let source_of = |value: &str| {
        let json = with(
            CONNECT,
            r#""dataSourceId":1"#,
            &format!(r#""dataSourceId":{value}"#),
        );
        match event(json) {
            Event::SourceConnect(it) => it.data.data_source_id,
            other => panic!("{other:?}"),
        }
    };
    for (value, source) in [
        ("1", 1),
        ("0", 0),
        ("-1", -1),
        (r#""8""#, 8),
        (r#""0""#, 0),
        (r#""\u0038""#, 8),
        ("9223372036854775807", i64::MAX),
        (r#""9223372036854775807""#, i64::MAX),
    ] {
        assert_eq!(source_of(value), source);
    }
    for wrong in [
        "1.0",
        "1e0",
        "true",
        "[]",
        "{}",
        r#""""#,
        r#""+8""#,
        r#""-8""#,
        r#"" 8""#,
        r#""8 ""#,
        r#""08""#,
        r#""8.0""#,
        r#""1e1""#,
        r#""٨""#,
        r#""Fitbit""#,
        "9223372036854775808",
        r#""9223372036854775808""#,
        "1e400",
        r#"{"value":1}"#,
    ] {
        for json in [CONNECT, EPOCH, DAILY, PUSH] {
            let start = json.find(r#""dataSourceId":"#).expect("there") + 15;
            let json = format!("{}{wrong}{}", &json[..start], &json[start + 1..]);
            check_invalid(json, "dataSourceId");
        }
    }
    for json in [CONNECT, EPOCH, DAILY, PUSH] {
        check_missing(with(json, "dataSourceId", "datasourceid"), "dataSourceId");
        let start = json.find(r#""dataSourceId":"#).expect("there") + 15;
        check_missing(
            format!("{}null{}", &json[..start], &json[start + 1..]),
            "dataSourceId",
        );
    }
}

#[test]
fn data_types_are_required_and_may_be_none() {
    let types_of = |json: &str, value: &str| match event(with(json, "[1000]", value)) {
        Event::EpochChange(it) => it.data.data_type_ids,
        Event::DailyChange(it) => it.data.data_type_ids,
        other => panic!("{other:?}"),
    };
    for json in [EPOCH, DAILY] {
        assert!(types_of(json, "[]").is_empty());
        assert_eq!(types_of(json, r#"[1000, "3000" ,0]"#), [1000, 3000, 0]);
        assert_eq!(
            types_of(json, "[-1,9999999,1000,1000]"),
            [-1, 9_999_999, 1000, 1000]
        );
        for wrong in [
            "1000",
            r#""1000""#,
            "{}",
            "true",
            "[1000.5]",
            "[null]",
            "[[1000]]",
            r#"["a"]"#,
            r#"["01000"]"#,
            "[1e400]",
            r#"[{"id":1000}]"#,
            r#"[{"value":null}]"#,
            r#"[{"value":"x"}]"#,
            r#"[{"value":{"value":1}}]"#,
        ] {
            check_invalid(with(json, "[1000]", wrong), "dataTypeIds");
        }
        check_missing(with(json, "dataTypeIds", "dataSourceIds"), "dataTypeIds");
        check_missing(with(json, "[1000]", "null"), "dataTypeIds");
    }
}

#[test]
fn data_types_as_objects_are_a_lenient_point() {
    for json in [EPOCH, DAILY] {
        let json = with(
            json,
            "[1000]",
            r#"[{"value":1000},3000,{"value":"2000","name":"x"}]"#,
        );
        let types = match event(&json) {
            Event::EpochChange(it) => it.data.data_type_ids,
            Event::DailyChange(it) => it.data.data_type_ids,
            other => panic!("{other:?}"),
        };
        assert_eq!(types, [1000, 3000, 2000]);
        let expected = (InvalidField, Some("dataTypeIds".to_owned()));
        assert_eq!(refusal(&json, true), expected);
    }
    // The rest of the notification does not depend on the mode.
    let strict = send(&open_receiver(true), &unsigned(EPOCH)).expect("documented");
    assert_eq!(strict.events(), events(EPOCH));
}

/// The JSON of values that are no times.
const NO_TIMES: &[&str] = &[
    "0",
    "1",
    "12345678",
    "123456789012345",
    "-1706400000000",
    "1706400000.5",
    "1.7e12",
    "17064000000000000000000",
    r#""""#,
    r#""yesterday""#,
    r#""1706400000000""#,
    r#""2024-13-01T00:00:00Z""#,
    r#""2024-01-28T25:00:00Z""#,
    r#""2024-01-28T07:00:00X""#,
    r#""2024-01-28T07:00:00Z ""#,
    r#"" 2024-01-28T07:00:00Z""#,
    r#""28.01.2024 07:00""#,
    "true",
    "[]",
    "{}",
    "1e400",
    r#""\ud83d""#,
];

#[test]
fn times_are_decided_by_their_json_type() {
    let time_of = |value: &str| {
        let json = with(CONNECT, r#""2024-01-28T09:15:00Z""#, value);
        match event(json) {
            Event::SourceConnect(it) => it.data.timestamp,
            other => panic!("{other:?}"),
        }
    };
    let check = |value: &str, expected: Time, millis: i64| {
        let time = time_of(value);
        assert_eq!(time, expected);
        let instant = time.instant().expect("a time");
        assert_eq!(instant.as_millisecond(), millis, "{value}");
        // As on the wire.
        assert_eq!(serde_json::to_string(&time).expect("JSON"), value);
    };
    let iso = |text: &str| Time::Iso(TimeText::from(text));
    for (text, millis) in [
        ("2024-01-28T09:15:00Z", 1_706_433_300_000),
        ("2024-01-28T09:15:00.125Z", 1_706_433_300_125),
        ("2024-01-28T10:15:00+01:00", 1_706_433_300_000),
        ("2024-01-28T10:15:00+0100", 1_706_433_300_000),
        ("2024-01-28T09:15:00", 1_706_433_300_000),
        ("2024-01-28T09:15:00.125", 1_706_433_300_125),
        ("2024-01-28 09:15:00", 1_706_433_300_000),
        ("2024-01-28T09:15Z", 1_706_433_300_000),
    ] {
        check(&format!("{text:?}"), iso(text), millis);
    }
    for (seconds, millis) in [
        (100_000_000, 100_000_000_000),
        (999_999_999, 999_999_999_000),
        (1_706_400_000, 1_706_400_000_000),
        (99_999_999_999, 99_999_999_999_000),
    ] {
        check(&seconds.to_string(), Time::UnixSeconds(seconds), millis);
    }
    for millis in [100_000_000_000, 1_706_400_000_000, 99_999_999_999_999] {
        check(&millis.to_string(), Time::UnixMillis(millis), millis);
    }
}

#[test]
fn times_that_are_none_are_refused_by_name() {
    // A date alone, and a local time in a zone that is not UTC.
    let more = [r#""2024-01-28""#, r#""2024-01-28T07:00:00[Europe/Berlin]""#];
    for wrong in NO_TIMES.iter().copied().chain(more) {
        check_invalid(
            with(CONNECT, r#""2024-01-28T09:15:00Z""#, wrong),
            "timestamp",
        );
        check_invalid(with(EPOCH, "1706400000000", wrong), "startTimestamp");
        check_invalid(with(EPOCH, "1706403600000", wrong), "endTimestamp");
    }
    check_missing(
        with(CONNECT, r#""2024-01-28T09:15:00Z""#, "null"),
        "timestamp",
    );
    check_missing(with(EPOCH, "1706400000000", "null"), "startTimestamp");
    check_missing(with(EPOCH, "1706403600000", "null"), "endTimestamp");
    check_missing(with(EPOCH, "endTimestamp", "end"), "endTimestamp");
}

#[test]
fn days_are_dates_or_times() {
    let day_of = |value: &str| match event(with(DAILY, r#""2024-01-27""#, value)) {
        Event::DailyChange(it) => it.data.start_day,
        other => panic!("{other:?}"),
    };
    for (value, date) in [
        (r#""2024-01-27""#, "2024-01-27"),
        (r#""2024-01-27T00:00:00Z""#, "2024-01-27"),
        (r#""2024-01-27T00:00:00""#, "2024-01-27"),
        (r#""2024-01-27T00:00:00.000+01:00""#, "2024-01-27"),
        ("1706313600000", "2024-01-27"),
        ("1706399999999", "2024-01-27"),
        ("1706400000000", "2024-01-28"),
        ("1706313600", "2024-01-27"),
        ("1706399999", "2024-01-27"),
    ] {
        let day = day_of(value);
        assert_eq!(day.date().expect("a day").to_string(), date, "{value}");
        assert_eq!(serde_json::to_string(&day).expect("JSON"), value);
        assert_eq!(matches!(day, Day::Iso(_)), value.starts_with('"'));
    }
    let no_days = [
        r#""2024-1-27""#,
        r#""20240127""#,
        r#""2024-02-30""#,
        r#""2024-01-27T""#,
        r#""2024-01-27Tnoon""#,
        r#""2024-01-27x""#,
        r#""27.01.2024""#,
    ];
    for wrong in NO_TIMES.iter().chain(&no_days) {
        check_invalid(with(DAILY, r#""2024-01-27""#, wrong), "startDay");
        check_invalid(with(DAILY, r#""2024-01-28""#, wrong), "endDay");
    }
    check_missing(with(DAILY, r#""2024-01-27""#, "null"), "startDay");
    check_missing(with(DAILY, "endDay", "lastDay"), "endDay");
}

#[test]
fn a_start_after_the_end_is_kept_and_told() {
    let reversed = |json: &str, start: &str, new: &str| match event(with(json, start, new)) {
        Event::EpochChange(it) => it.data.is_reversed(),
        Event::DailyChange(it) => it.data.is_reversed(),
        other => panic!("{other:?}"),
    };
    let epoch = |start| reversed(EPOCH, "1706400000000", start);
    assert!(!epoch("1706403600000"), "the same");
    assert!(epoch("1706403600001"));
    assert!(epoch(r#""2024-01-28T01:00:00.001Z""#), "whatever the form");
    assert!(!epoch("1706403600"));
    assert!(epoch("1706403601"));
    let daily = |start| reversed(DAILY, r#""2024-01-27""#, start);
    assert!(!daily(r#""2024-01-28""#));
    assert!(daily(r#""2024-01-29""#));
    assert!(!daily(r#""2024-01-28T23:59:59Z""#), "the same day");
    assert!(daily("1706486400"));
}

#[test]
fn members_may_stand_in_any_order() {
    for (json, names) in [
        (CONNECT, ["timestamp", "dataSourceId"]),
        (EPOCH, ["startTimestamp", "dataSourceId"]),
        (DAILY, ["startDay", "dataSourceId"]),
        (PUSH, ["epochData", "dataSourceId"]),
    ] {
        let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let member = |name: &str| format!("{name:?}: {}", value[name]);
        let [user, kind, data] = ["endUserId", "type", "data"].map(member);
        let expected = event(json);
        for order in [
            [&data, &user, &kind],
            [&data, &kind, &user],
            [&user, &data, &kind],
            [&kind, &data, &user],
        ] {
            let json = format!("\n{{{},\t{} , {}}} ", order[0], order[1], order[2]);
            assert_eq!(event(json), expected);
        }
        assert!(names.iter().all(|name| json.contains(name)));
    }
    // Errors name the field and the position, whichever comes first.
    let json = r#"{"data":{"timestamp":"x","dataSourceId":1},
"endUserId":"u","type":"notification.source.connect"}"#;
    let error = send(&open_receiver(false), &unsigned(json)).expect_err("no time");
    let error = error.undecodable().expect("authentic").error();
    assert_eq!(
        (error.field(), error.position()),
        (Some("timestamp"), Some((1, 42)))
    );
    assert_eq!(
        error.event_type().map(Text::as_str),
        Some("notification.source.connect")
    );
}

#[test]
fn errors_name_the_type_where_it_is_known() {
    let type_of = |json: &str| {
        let error = send(&open_receiver(false), &unsigned(json.to_owned())).expect_err("broken");
        let undecodable = error.undecodable().expect("authentic");
        undecodable.event_type().map(|it| it.as_str().to_owned())
    };
    let known = Some("notification.source.connect".to_owned());
    assert_eq!(type_of(&with(CONNECT, "dataSourceId", "x")), known);
    assert_eq!(type_of(&with(CONNECT, r#""u""#, r#""""#)), known);
    assert_eq!(type_of(&CONNECT[..CONNECT.len() - 3]), known);
    assert_eq!(type_of("{}"), None);
}

#[test]
fn the_members_of_data_may_stand_beside_type() {
    for json in [CONNECT, EPOCH, DAILY, PUSH] {
        let nested = event(json);
        // Without braces around `data`, before and after the others.
        let inner = json.split_once(r#""data":{"#).expect("data").1;
        let inner = inner.strip_suffix("}}").expect("two ends");
        let outer = json.split_once(r#","data""#).expect("data").0;
        for data in ["", r#","data":null"#] {
            assert_eq!(event(format!("{outer}{data},{inner}}}")), nested);
            assert_eq!(event(format!("{{{inner}{data},{}}}", &outer[1..])), nested);
        }
        check_missing(format!("{outer}}}"), "data");
        check_missing(format!(r#"{outer},"data":null,"x":1}}"#), "data");
        // What is missing or wrong is named as ever.
        let without = with(&format!("{outer},{inner}}}"), "dataSourceId", "x");
        let field = if matches!(
            nested,
            Event::SourceConnect(_)
                | Event::EpochChange(_)
                | Event::DailyChange(_)
                | Event::EpochCreate(_)
        ) {
            "dataSourceId"
        } else {
            "data"
        };
        check_missing(without, field);
        // With `data`, they are unknown members like any others.
        let both = event(format!("{},{inner}}}", &json[..json.len() - 1]));
        let other = match both {
            Event::SourceConnect(it) => it.other,
            Event::EpochChange(it) => it.other,
            Event::DailyChange(it) => it.other,
            Event::EpochCreate(it) => it.other,
            other => panic!("{other:?}"),
        };
        assert_eq!(other.expect("kept").get(), format!("{{{inner}}}"));
    }
    let json = r#"{"endUserId":"u","endUserAlias":7,"x":{"y":1},"timestampType":"iso","type":"notification.source.connect","timestamp":1706400000000,"z":[ ],"dataSourceId":1}"#;
    let Event::SourceConnect(it) = event(json) else {
        panic!("not connected");
    };
    assert_eq!(
        it.data.other.expect("kept").get(),
        r#"{"x":{"y":1},"z":[ ]}"#
    );
    assert_eq!(it.other.expect("kept").get(), r#"{"endUserAlias":7}"#);
}

#[test]
fn data_of_another_kind_is_refused() {
    for json in [CONNECT, EPOCH, DAILY, PUSH] {
        let start = json.find(r#""data":"#).expect("data") + 7;
        for wrong in ["7", "\"x\"", "true", "[7]", "[[]]", "[null]"] {
            let json = format!("{}{wrong}}}", &json[..start]);
            assert_eq!(refusal(json, false), (Shape, None), "{wrong}");
        }
    }
    // Several notifications in one are not documented.
    let array = with(CONNECT, r#""data":{"#, r#""data":[{"#);
    assert_eq!(refusal(with(&array, "}}", "}]}"), false).0, Shape);
}

#[test]
fn known_members_must_not_be_there_twice() {
    let twice = |json: &str, member: &str, field: &str| {
        check_invalid(with(json, "{", &format!("{{{member},")), field);
    };
    for json in [CONNECT, EPOCH, DAILY, PUSH] {
        twice(json, r#""endUserId":"u""#, "endUserId");
        twice(json, r#""endUserId":null"#, "endUserId");
        twice(json, r#""endUserI\u0064":"v""#, "endUserId");
        twice(json, r#""type":"x""#, "type");
        twice(json, r#""data":{}"#, "data");
        twice(json, r#""data":null"#, "data");
        twice(
            json,
            r#""timestampType":"a","timestampType":"b""#,
            "timestampType",
        );
        twice(
            json,
            r#""endUserAlias":null,"endUserAlias":null"#,
            "endUserAlias",
        );
        check_invalid(
            with(json, r#""data":{"#, r#""data":{"dataSourceId":7,"#),
            "dataSourceId",
        );
    }
    let member = r#""data":{"timestamp":1706400000000,"#;
    check_invalid(with(CONNECT, r#""data":{"#, member), "timestamp");
    check_invalid(
        with(
            PUSH,
            r#""epochData":[]"#,
            r#""epochData":[],"epochData":[]"#,
        ),
        "epochData",
    );
    check_invalid(
        with(
            PUSH,
            r#""epochData":[]"#,
            r#""dailyData":[],"dailyData":null"#,
        ),
        "dailyData",
    );
    let name = r#""dataSourceName":"a","dataSourceName":"b""#;
    check_invalid(with(PUSH, r#""epochData":[]"#, name), "dataSourceName");
}

#[test]
fn unknown_members_are_kept_as_they_stand_and_in_order() {
    let more = r#""z":70.0,"a" : [ 1e400 ], "\u0061":{"b":"\ud83d"},"z":null"#;
    let kept = r#"{"z":70.0,"a":[ 1e400 ],"\u0061":{"b":"\ud83d"},"z":null}"#;
    for json in [CONNECT, EPOCH, DAILY, PUSH] {
        let json = with(json, "{", &format!("{{{more},"));
        let json = with(&json, r#""data":{"#, &format!(r#""data":{{{more},"#));
        let event = event(&json);
        let shown = serde_json::to_string(&event).expect("JSON");
        assert_eq!(shown.matches(kept).count(), 2, "{shown}");
        assert_eq!(shown.matches(r#""other":"#).count(), 2);
    }
    for json in [CONNECT, EPOCH, DAILY, PUSH] {
        let shown = serde_json::to_string(&event(json)).expect("JSON");
        assert!(!shown.contains("other"), "{shown}");
    }
}

#[test]
fn deep_json_does_not_overflow_the_stack() {
    const DEEP: usize = 100_000;
    let arrays = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let objects = format!("{}1{}", r#"{"data":"#.repeat(DEEP), "}".repeat(DEEP));
    let endless = "[".repeat(DEEP);
    for deep in [&arrays, &objects] {
        // Where it is kept, it is kept; where something else is due, it is refused.
        let json = with(CONNECT, "{", &format!(r#"{{"x":{deep},"#));
        let Event::SourceConnect(it) = event(json) else {
            panic!("not connected");
        };
        assert_eq!(it.other.expect("kept").get().len(), deep.len() + 6);
        check_invalid(
            with(CONNECT, r#""2024-01-28T09:15:00Z""#, deep),
            "timestamp",
        );
        check_invalid(with(EPOCH, "[1000]", &format!("[{deep}]")), "dataTypeIds");
        let start = PUSH.find(r#""data":"#).expect("data") + 7;
        let (kind, _) = refusal(format!("{}{deep}}}", &PUSH[..start]), false);
        assert!(matches!(
            kind,
            DecodeErrorKind::Shape | DecodeErrorKind::Syntax | DecodeErrorKind::MissingField
        ));
    }
    assert_eq!(refusal(&endless, false).0, Shape);
    assert_eq!(refusal(&objects, false).0, DecodeErrorKind::MissingField);
    assert_eq!(
        refusal(with(CONNECT, "{", &format!(r#"{{"x":{endless},"#)), false).0,
        Syntax
    );
}

#[test]
fn event_types_convert_there_and_back() {
    assert_eq!(EventType::KNOWN.len(), 10);
    for known in EventType::KNOWN {
        assert_eq!(&EventType::from(known.as_str()), known);
    }
}
