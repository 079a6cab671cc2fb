//! Answers of Thryve's API.

use proptest::prelude::*;
use pulsehook_core::thryve::{
    Answer, DailyValue, Day, Details, EpochValue, InvalidValue, SampleValue, Time, ValueType,
    read_daily_answer, read_epoch_answer,
};
use pulsehook_core::{DecodeErrorKind, RawJson, TimeText};
use serde_json::{Value, json};

use super::event;
use crate::core::Canaries;
use crate::support::{cases, json_texts};

/// The example of the documentation.
const DAILY: &str = r#"[{"authenticationToken":"u-5512","partnerUserID":"patient-9",
  "dataSources":[{"dataSource":8,"data":[
    {"day":"2024-01-28T00:00:00Z","createdAt":"2024-01-28T09:00:00Z",
     "dailyDynamicValueType":2000,"dailyDynamicValueTypeName":"SleepDuration","value":"437",
     "valueType":"LONG","details":{"timezoneOffset":60,"generation":"calculation"}}]}]}]"#;

const EPOCH: &str = r#"[{"authenticationToken":"u-5512","dataSources":[{"dataSource":2,"data":[
    {"startTimestamp":"2024-01-28T07:00:00Z","endTimestamp":"2024-01-28T07:01:00Z",
     "createdAt":"2024-01-28T09:00:00Z","dynamicValueType":"3000",
     "dynamicValueTypeName":"HeartRate","value":"61.50","valueType":"DOUBLE"},
    {"startTimestamp":"2024-01-28T07:00:30Z","endTimestamp":"null","dynamicValueType":3100,
     "value":"48","valueType":"LONG"}]}]}]"#;

#[track_caller]
fn epoch(body: &str) -> Answer<EpochValue> {
    read_epoch_answer(body.as_bytes()).expect("an answer")
}

#[track_caller]
fn daily(body: &str) -> Answer<DailyValue> {
    read_daily_answer(body.as_bytes()).expect("an answer")
}

/// Reads an answer of one source.
#[track_caller]
fn source(data: &str) -> (Vec<EpochValue>, Vec<InvalidValue>) {
    let answer = epoch(&format!(
        r#"[{{"authenticationToken":"u","dataSources":[{{"dataSource":2,"data":{data}}}]}}]"#
    ));
    assert_eq!(answer.invalid, []);
    let [user] = &answer.users[..] else {
        panic!("one user");
    };
    assert_eq!(user.invalid, []);
    let [source] = &user.data_sources[..] else {
        panic!("one source");
    };
    (source.data.clone(), source.invalid.clone())
}

/// Reads an answer of one value, whose further members are as told.
#[track_caller]
fn value(members: &str) -> EpochValue {
    let (mut values, invalid) = source(&format!(
        r#"[{{"startTimestamp":1706425200000,"dynamicValueType":3000{members}}}]"#
    ));
    assert_eq!((values.len(), invalid), (1, vec![]));
    values.remove(0)
}

fn number(json: &str) -> Value {
    serde_json::from_str(json).expect("a number")
}

#[test]
fn daily_values() {
    let answer = daily(DAILY);
    assert_eq!(answer.invalid, []);
    let all: Vec<_> = answer.values().collect();
    let [(user, source, value)] = all[..] else {
        panic!("one value");
    };
    assert_eq!(user.authentication_token, "u-5512");
    assert_eq!(user.partner_user_id.as_deref(), Some("patient-9"));
    assert_eq!((&user.invalid[..], &user.other), (&[][..], &None));
    assert_eq!(source.data_source, 8);
    assert_eq!(source.source().map(|it| it.name), Some("Withings"));
    assert_eq!((&source.invalid[..], &source.other), (&[][..], &None));
    assert_eq!(value.day, Day::Iso(TimeText::from("2024-01-28T00:00:00Z")));
    let created = value.created_at.as_ref().and_then(Time::instant);
    assert_eq!(
        created.map(|it| it.to_string()).as_deref(),
        Some("2024-01-28T09:00:00Z")
    );
    assert_eq!(value.data_type_id, 2000);
    assert_eq!(value.data_type_name.as_deref(), Some("SleepDuration"));
    assert_eq!(value.data_type().map(|it| it.name), Some("SleepDuration"));
    let Some(SampleValue::Number(number)) = &value.value else {
        panic!("a number");
    };
    assert_eq!((number.as_str(), number.as_i64()), ("437", Some(437)));
    assert_eq!(value.value_type, Some(ValueType::Long));
    assert_eq!(
        value.value_with_unit().expect("a value").to_string(),
        "437 min"
    );
    let details = value.details.as_ref().expect("details");
    assert_eq!(details.timezone_offset, Some(60));
    assert_eq!(details.generation.as_deref(), Some("calculation"));
    assert_eq!((&details.trustworthiness, &details.other), (&None, &None));
    assert_eq!(value.other, None);

    let shown = serde_json::to_value(&answer).expect("JSON");
    let mut expect: Value = serde_json::from_str(DAILY).expect("JSON");
    expect[0]["dataSources"][0]["data"][0]["value"] = json!(437);
    assert_eq!(shown, json!({"users": expect}));
}

#[test]
fn intraday_values_and_instants() {
    let answer = epoch(EPOCH);
    let values: Vec<_> = answer.values().map(|(.., value)| value).collect();
    let [first, second] = values[..] else {
        panic!("two values");
    };
    assert_eq!(
        first.end_timestamp,
        Some(Time::Iso("2024-01-28T07:01:00Z".into()))
    );
    assert_eq!(first.data_type_id, 3000);
    assert_eq!(first.data_type_name.as_deref(), Some("HeartRate"));
    assert_eq!(
        first.value_with_unit().expect("a value").to_string(),
        "61.50 bpm"
    );
    // The text `null` is no time.
    assert_eq!(second.end_timestamp, None);
    assert_eq!(second.data_type().map(|it| it.name), Some("Rmssd"));
    assert_eq!(
        second.value_with_unit().expect("a value").to_string(),
        "48 ms"
    );
    for end in [r#","endTimestamp":null"#, r#","endTimestamp":"null""#, ""] {
        assert_eq!(value(end).end_timestamp, None);
    }
    let unix = value(r#","endTimestamp":1706425260"#);
    assert_eq!(unix.end_timestamp, Some(Time::UnixSeconds(1_706_425_260)));
}

#[test]
fn values_are_read_as_their_type_says() {
    let date = |text: &str| json!({"date": text});
    for (json, value_type, expect) in [
        (r#""437""#, "LONG", number("437")),
        (r#""-0""#, "LONG", number("-0")),
        (r#""437.50""#, "LONG", number("437.50")),
        (r#""437.50""#, "DOUBLE", number("437.50")),
        (r#""4.375e2""#, "DOUBLE", number("4.375e2")),
        (r#""9007199254740993""#, "LONG", number("9007199254740993")),
        (r#""437""#, "STRING", json!("437")),
        (r#""812,799""#, "STRING", json!("812,799")),
        (r#""437""#, "WORD", json!("437")),
        (
            r#""2024-01-27T22:51:00Z""#,
            "DATE",
            date("2024-01-27T22:51:00Z"),
        ),
        (
            r#""2024-01-27T22:51:00""#,
            "DATE",
            date("2024-01-27T22:51:00"),
        ),
        (r#""2024-01-27""#, "DATE", date("2024-01-27")),
        (r#""2024-01-27 22:51""#, "DATE", date("2024-01-27 22:51")),
        (r#""yesterday""#, "DATE", json!("yesterday")),
        // A day with something behind it that is no time.
        (r#""2024-01-27Tx""#, "DATE", json!("2024-01-27Tx")),
        (r#""2024-01-27 or so""#, "DATE", json!("2024-01-27 or so")),
        (r#""2024-01-27T25:00""#, "DATE", json!("2024-01-27T25:00")),
        (r#""2024-01-27T""#, "DATE", json!("2024-01-27T")),
        (r#""2024-02-30""#, "DATE", json!("2024-02-30")),
        (r#""true""#, "BOOLEAN", json!(true)),
        (r#""false""#, "BOOLEAN", json!(false)),
        (r#""TRUE""#, "BOOLEAN", json!("TRUE")),
        (r#""1""#, "BOOLEAN", json!("1")),
        // What is no number of JSON stays a text.
        (r#""""#, "LONG", json!("")),
        (r#"" 437""#, "LONG", json!(" 437")),
        (r#""437 ""#, "LONG", json!("437 ")),
        (r#""+437""#, "LONG", json!("+437")),
        (r#""0437""#, "LONG", json!("0437")),
        (r#""437.""#, "DOUBLE", json!("437.")),
        (r#"".5""#, "DOUBLE", json!(".5")),
        (r#""NaN""#, "DOUBLE", json!("NaN")),
        (r#""-""#, "DOUBLE", json!("-")),
        (r#""1,5""#, "DOUBLE", json!("1,5")),
        (r#""0x1""#, "LONG", json!("0x1")),
        (r#""[1]""#, "LONG", json!("[1]")),
        // What is no text is what it is.
        ("437.0", "STRING", number("437.0")),
        ("true", "LONG", json!(true)),
        ("[1, 2]", "LONG", json!([1, 2])),
    ] {
        let read = value(&format!(r#","value":{json},"valueType":{value_type:?}"#));
        assert_eq!(read.value_type, Some(ValueType::from(value_type)));
        let found = match read.value.expect("a value") {
            SampleValue::Date(time) => date(time.as_str()),
            SampleValue::Number(read) => {
                let digits = json.trim_matches('"');
                assert_eq!(read.as_str(), digits);
                assert_eq!(serde_json::to_string(&read).expect("JSON"), digits);
                number(digits)
            }
            other => serde_json::to_value(other).expect("JSON"),
        };
        assert_eq!(found, expect, "{json} {value_type}");
    }
    // Without a type nothing is guessed.
    assert_eq!(
        value(r#","value":"437""#).value,
        Some(SampleValue::Text("437".into()))
    );
    assert_eq!(value(r#","value":null,"valueType":"LONG""#).value, None);
    let odd = value(r#","value":"437","valueType":7"#);
    assert_eq!(
        (odd.value_type, odd.value),
        (None, Some(SampleValue::Text("437".into())))
    );
    assert_eq!(odd.other.expect("kept").get(), r#"{"valueType":7}"#);
}

#[test]
fn details_are_read_and_kept() {
    let read = value(
        r#","details":{"timezoneOffset":-60,"generation":"manual","trustworthiness":"high",
            "medicalGrade":true,"chronologicalExactness":0.50,"new":{"a": 1}}"#,
    );
    let details = read.details.expect("details");
    assert_eq!(details.timezone_offset, Some(-60));
    assert_eq!(details.generation.as_deref(), Some("manual"));
    assert_eq!(
        details.trustworthiness,
        Some(SampleValue::Text("high".into()))
    );
    assert_eq!(details.medical_grade, Some(SampleValue::Flag(true)));
    assert_eq!(
        serde_json::to_string(&details).expect("JSON"),
        r#"{"timezoneOffset":-60,"generation":"manual","trustworthiness":"high","medicalGrade":true,"chronologicalExactness":0.50,"other":{"new":{"a": 1}}}"#
    );
    let odd = value(r#","details":{"timezoneOffset":"+01:00","generation":7}"#);
    let details = odd.details.expect("details");
    assert_eq!(
        details.other.expect("kept").get(),
        r#"{"timezoneOffset":"+01:00","generation":7}"#
    );
    for odd in [
        "7",
        "[]",
        r#""x""#,
        r#"{"generation":"a","generation":"b"}"#,
    ] {
        let read = value(&format!(r#","details":{odd}"#));
        assert_eq!(read.details, None);
        assert_eq!(
            read.other.expect("kept").get(),
            format!(r#"{{"details":{odd}}}"#)
        );
        assert_eq!(Details::read(&RawJson::from_text(odd).expect("JSON")), None);
    }
    // Those of a push are read the same way.
    let event = event(super::message("epoch-update"));
    let samples = event.blocks()[0].epoch_data.as_ref().expect("samples");
    let details = samples[0].details.as_ref().and_then(Details::read);
    let details = details.expect("details");
    assert_eq!(details.generation.as_deref(), Some("measured"));
    assert_eq!(details.medical_grade, Some(SampleValue::Flag(true)));
}

#[test]
fn wrong_items_stand_beside_their_siblings() {
    let good = r#"{"startTimestamp":1706425200000,"dynamicValueType":3000}"#;
    let wrong = [
        ("7", None),
        ("null", None),
        (r#""x""#, None),
        ("[]", None),
        ("{}", Some("startTimestamp")),
        (
            r#"{"startTimestamp":1706425200000}"#,
            Some("dynamicValueType"),
        ),
        (
            r#"{"startTimestamp":1706425200000,"dailyDynamicValueType":3000}"#,
            Some("dynamicValueType"),
        ),
        (
            r#"{"startTimestamp":1706425200000,"dynamicValueType":"x"}"#,
            Some("dynamicValueType"),
        ),
        (
            r#"{"startTimestamp":1706425200000,"dynamicValueType":3000.0}"#,
            Some("dynamicValueType"),
        ),
        (
            r#"{"startTimestamp":"2024-01-28","dynamicValueType":3000}"#,
            Some("startTimestamp"),
        ),
        (
            r#"{"startTimestamp":1706425200000,"endTimestamp":"never","dynamicValueType":3000}"#,
            Some("endTimestamp"),
        ),
        (
            r#"{"startTimestamp":1706425200000,"dynamicValueType":1,"value":1,"value":2}"#,
            Some("value"),
        ),
    ];
    let items: Vec<&str> = wrong.iter().flat_map(|(raw, _)| [good, raw]).collect();
    let (values, invalid) = source(&format!("[{}]", items.join(",")));
    assert_eq!(values.len(), wrong.len());
    for (place, (found, (raw, field))) in invalid.iter().zip(wrong).enumerate() {
        assert_eq!((found.index, found.field), (2 * place + 1, field), "{raw}");
        assert_eq!(found.raw.get(), raw);
    }
    assert_eq!(invalid.len(), wrong.len());
}

#[test]
fn wrong_sources_and_users_stand_beside_their_siblings() {
    let answer = epoch(
        r#"[7,{"authenticationToken":"u","partnerUserID":7,"x":1,"dataSources":[
                "x",{"data":[]},{"dataSource":"8","new":[2]},{"dataSource":2,"data":null},
                {"dataSource":3,"data":{}}]},
            {"authenticationToken":"","dataSources":[]},{"dataSources":[]},
            {"authenticationToken":"v"},{"authenticationToken":"w","dataSources":7}]"#,
    );
    let wrong: Vec<_> = answer
        .invalid
        .iter()
        .map(|it| (it.index, it.field))
        .collect();
    assert_eq!(
        wrong,
        [
            (0, None),
            (2, Some("authenticationToken")),
            (3, Some("authenticationToken")),
            (5, Some("dataSources"))
        ]
    );
    let [first, second] = &answer.users[..] else {
        panic!("two users");
    };
    assert_eq!(
        (first.authentication_token.as_str(), &first.partner_user_id),
        ("u", &None)
    );
    assert_eq!(
        first.other.as_ref().expect("kept").get(),
        r#"{"x":1,"partnerUserID":7}"#
    );
    let wrong: Vec<_> = first
        .invalid
        .iter()
        .map(|it| (it.index, it.field))
        .collect();
    assert_eq!(
        wrong,
        [(0, None), (1, Some("dataSource")), (4, Some("data"))]
    );
    let sources: Vec<_> = first.data_sources.iter().map(|it| it.data_source).collect();
    assert_eq!(sources, [8, 2]);
    let other = first.data_sources[0].other.as_ref().expect("kept");
    assert_eq!(other.get(), r#"{"new":[2]}"#);
    assert_eq!(second.authentication_token, "v");
    assert_eq!(second.data_sources, []);
    assert_eq!(answer.values().count(), 0);
}

#[test]
fn days_are_taken_in_every_form() {
    for (day, expect) in [
        (r#""2024-01-28""#, "2024-01-28"),
        (r#""2024-01-28T23:00:00-05:00""#, "2024-01-28"),
        ("1706400000000", "2024-01-28"),
        ("1706400000", "2024-01-28"),
    ] {
        let body = DAILY.replace(r#""2024-01-28T00:00:00Z""#, day);
        let answer = daily(&body);
        let (.., value) = answer.values().next().expect("a value");
        assert_eq!(value.day.date().expect("a day").to_string(), expect);
    }
    let text = DAILY.replace("2000", r#""2000""#);
    assert_eq!(daily(&text), daily(DAILY));
    let answer = daily(&DAILY.replace("2024-01-28T00", "2024-02-30T00"));
    let invalid = &answer.users[0].data_sources[0].invalid;
    assert_eq!(invalid[0].field, Some("day"));
    // An answer of the other dimension has no value of this one.
    assert_eq!(daily(EPOCH).values().count(), 0);
    assert_eq!(epoch(DAILY).values().count(), 0);
}

#[test]
fn what_is_no_answer_is_an_error_without_its_words() {
    for (body, kind) in [
        (&b""[..], DecodeErrorKind::Empty),
        (b" ", DecodeErrorKind::Syntax),
        (b"\xff", DecodeErrorKind::NotUtf8),
        (b"canary", DecodeErrorKind::Syntax),
        (br#"{"canary":"canary"}"#, DecodeErrorKind::Shape),
        (br#""canary""#, DecodeErrorKind::Shape),
        (b"7", DecodeErrorKind::Shape),
        (b"null", DecodeErrorKind::Shape),
        (br#"["canary""#, DecodeErrorKind::Syntax),
        (br#"[]"canary""#, DecodeErrorKind::Syntax),
    ] {
        for error in [
            read_epoch_answer(body).expect_err("no answer"),
            read_daily_answer(body).expect_err("no answer"),
        ] {
            assert_eq!(error.kind(), kind, "{body:?}");
            Canaries::of(&[]).check("error", &format!("{error} {error:?}"));
        }
    }
    assert_eq!(epoch(" [ ] \n").users, []);
    let answer = epoch(r#"["canary",{"authenticationToken":"u","dataSources":["canary"]}]"#);
    Canaries::of(&[]).check_debug("answer", &answer);
}

#[test]
fn no_more_items_are_taken_than_the_answer_has_room_for() {
    let tiny = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    // Of 2n + 1 bytes there may be (2n + 1) / 32 + 64 items.
    assert_eq!(epoch(&tiny(68)).invalid.len(), 68);
    for body in [
        tiny(69),
        tiny(100_000),
        format!(
            r#"[{{"authenticationToken":"u","dataSources":[{{"dataSource":1,"data":{}}}]}}]"#,
            tiny(1000)
        ),
        format!(
            r#"[{{"authenticationToken":"u","dataSources":{}}}]"#,
            tiny(1000)
        ),
    ] {
        let error = read_daily_answer(body.as_bytes()).expect_err("too many");
        assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
    }
    let many = vec![r#"{"startTimestamp":1706425200000,"dynamicValueType":3000}"#; 10_000];
    let (values, _) = source(&format!("[{}]", many.join(",")));
    assert_eq!(values.len(), 10_000);
}

const NAMES: &[&str] = &[
    "authenticationToken",
    "partnerUserID",
    "dataSources",
    "dataSource",
    "data",
    "day",
    "startTimestamp",
    "endTimestamp",
    "createdAt",
    "dynamicValueType",
    "dailyDynamicValueType",
    "value",
    "valueType",
    "details",
    "timezoneOffset",
    "generation",
    "",
];

fn any_json() -> impl Strategy<Value = String> {
    let often = [
        r#""null""#,
        r#""LONG""#,
        r#""DATE""#,
        r#""437""#,
        "1706400000000",
        r#""2024-01-28T00:00:00Z""#,
    ];
    json_texts(NAMES, often.map(str::to_owned).to_vec())
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_bytes_as_an_answer(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (read_epoch_answer(&body), read_daily_answer(&body));
    }

    #[test]
    fn any_json_as_an_answer(users in any_json(), sources in any_json(), items in prop::collection::vec(any_json(), 0..6)) {
        let _ = read_epoch_answer(users.as_bytes());
        let in_sources = format!(r#"[{{"authenticationToken":"u","dataSources":{sources}}}]"#);
        prop_assert!(read_daily_answer(in_sources.as_bytes()).is_ok());
        let in_data = format!(
            r#"[{{"authenticationToken":"u","dataSources":[{{"dataSource":1,"data":[{}]}}]}}]"#,
            items.join(",")
        );
        let answer = read_epoch_answer(in_data.as_bytes()).expect("an answer");
        let source = &answer.users[0].data_sources[0];
        prop_assert_eq!(source.data.len() + source.invalid.len(), items.len());
        for invalid in &source.invalid {
            prop_assert_eq!(invalid.raw.get(), &items[invalid.index]);
        }
        serde_json::to_string(&answer).expect("serialises");
    }

    #[test]
    fn numbers_keep_their_digits(digits in "-?(0|[1-9][0-9]{0,39})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?", long: bool, quoted: bool) {
        let value_type = if long { "LONG" } else { "DOUBLE" };
        let quote = if quoted { "\"" } else { "" };
        let read = value(&format!(r#","value":{quote}{digits}{quote},"valueType":"{value_type}""#));
        let Some(SampleValue::Number(number)) = read.value else {
            return Err(TestCaseError::fail("no number"));
        };
        prop_assert_eq!(number.as_str(), &digits);
        prop_assert_eq!(serde_json::to_string(&number).expect("JSON"), digits);
    }
}
