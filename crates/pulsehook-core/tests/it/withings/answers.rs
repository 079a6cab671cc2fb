//! Answers: statuses, pages, groups of measures, recordings.

use pulsehook_core::DecodeErrorKind;
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::withings::{
    Answer, AnswerError, Api, ApiStatus, Attribution, GroupCategory, Measures, Selection,
    error_text,
};
use serde_json::{Value, json};

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("in range")
}

/// A successful answer with a body.
fn answer(body: impl std::fmt::Display) -> Answer {
    let text = format!(r#"{{"status":0,"body":{body}}}"#);
    Answer::read(text.as_bytes()).expect("success")
}

fn measures(body: impl std::fmt::Display) -> Measures {
    answer(body).measures().expect("measures")
}

#[test]
fn statuses_are_told_apart() {
    use ApiStatus::{
        AuthenticationFailed, CallbackInvalid, NotAuthorised, NotImplemented, Other, Timeout,
        TooManyRequests,
    };
    let table = [
        (100, AuthenticationFailed(100), "authentication failed"),
        (101, AuthenticationFailed(101), "authentication failed"),
        (102, AuthenticationFailed(102), "authentication failed"),
        (200, AuthenticationFailed(200), "authentication failed"),
        (401, AuthenticationFailed(401), "authentication failed"),
        (214, NotAuthorised(214), "not authorised"),
        (277, NotAuthorised(277), "not authorised"),
        (2553, NotAuthorised(2553), "not authorised"),
        (2555, NotAuthorised(2555), "not authorised"),
        (
            293,
            CallbackInvalid,
            "the callback URL is invalid or cannot be reached",
        ),
        (522, Timeout, "timeout"),
        (601, TooManyRequests, "too many requests"),
        (2554, NotImplemented, "not implemented"),
    ];
    let retryable = [522, 601];
    for number in (-10..=3000).chain([i64::MIN, i64::MAX]) {
        let text = format!(r#"{{"status":{number},"body":{{"canary":1}},"error":"canary"}}"#);
        let read = Answer::read(text.as_bytes());
        if number == 0 {
            assert!(read.is_ok());
            assert_eq!(ApiStatus::from_number(0), None);
            continue;
        }
        let row = table.iter().find(|(known, ..)| *known == number);
        let (status, meaning) = row
            .map_or((Other(number), "a status that is not known here"), |row| {
                (row.1, row.2)
            });
        let error = read.expect_err("no success");
        assert_eq!(error, AnswerError::Status(status));
        assert_eq!(error.status(), Some(status));
        assert_eq!(status.number(), number);
        assert_eq!(error.to_string(), format!("status {number}: {meaning}"));
        assert!(!format!("{error:?}").contains("canary"));
        assert_eq!(error.is_retryable(), retryable.contains(&number));
        let is_authentication = matches!(status, AuthenticationFailed(_));
        assert_eq!(error.needs_new_token(), is_authentication);
        let shown = serde_json::to_value(status).expect("serialises");
        assert_eq!(shown, json!(number));
    }
}

#[test]
fn what_is_no_answer_is_refused_by_name() {
    let rows: &[(&str, &str)] = &[
        ("", "the body is empty"),
        ("{", "not JSON (line 1, column 1)"),
        ("[]", "not of the documented shape (line 1, column 1)"),
        ("[0,{}]", "not of the documented shape (line 1, column 1)"),
        ("7", "not of the documented shape (line 1, column 1)"),
        ("{}", "field `status` is missing"),
        (r#"{"body":{}}"#, "field `status` is missing"),
        (
            r#"{"status":null}"#,
            "field `status` is not of the documented kind",
        ),
        (
            r#"{"status":"canary"}"#,
            "field `status` is not of the documented kind",
        ),
        (
            r#"{"status":1.5}"#,
            "field `status` is not of the documented kind",
        ),
        (
            r#"{"status":[0]}"#,
            "field `status` is not of the documented kind",
        ),
        (r#"{"status":0} x"#, "not JSON (line 1, column 14)"),
    ];
    for (text, expect) in rows {
        let error = Answer::read(text.as_bytes()).expect_err(text);
        let shown = error.to_string();
        assert_eq!(
            shown,
            format!("the answer cannot be read: {expect}"),
            "{text}"
        );
        assert!(!format!("{error:?}").contains("canary"));
        assert_eq!(error.status(), None);
        assert!(!error.is_retryable() && !error.needs_new_token());
    }
    assert!(Answer::read(&[0xFF]).is_err());
    // The status may be a text, and the order of members is free.
    for text in [
        r#"{"status":"0","body":{}}"#,
        r#"{"body":{},"x":[1],"status":0.0}"#,
        r#"{"status":0}"#,
    ] {
        assert!(Answer::read(text.as_bytes()).is_ok(), "{text}");
    }
}

#[test]
fn bodies_are_read_into_any_type() {
    let answer = answer(r#"{"profiles": [{"appli": 1}]}"#);
    let body: Value = answer.body().expect("JSON");
    assert_eq!(body["profiles"][0]["appli"], 1);
    let raw = answer.raw_body().expect("a body");
    assert_eq!(raw.get(), r#"{"profiles": [{"appli": 1}]}"#);
    let error = answer.body::<Vec<u8>>().expect_err("no list");
    assert_eq!(error.kind(), DecodeErrorKind::Shape);
    for text in [r#"{"status":0}"#, r#"{"status":0,"body":null}"#] {
        let empty = Answer::read(text.as_bytes()).expect("success");
        assert_eq!(empty.raw_body(), None);
        let fields = [
            empty.body::<Value>().err(),
            empty.measures().err(),
            empty.signals().err(),
            empty.nonce().err(),
        ];
        for error in fields {
            let error = error.expect("nothing there");
            assert_eq!(error.to_string(), "field `body` is missing");
        }
        assert_eq!(empty.next_offset(), None);
    }
}

#[test]
fn pages_follow_while_there_are_more() {
    let api = Api::default();
    let call = api.getmeas(7, &[1], Selection::Between(instant(5), instant(6)));
    for (body, expect) in [
        (r#"{"more":1,"offset":300}"#, Some("300")),
        (r#"{"more":true,"offset":300}"#, Some("300")),
        (r#"{"more":"1","offset":"300"}"#, Some("300")),
        (r#"{"more":"true","offset":0}"#, None),
        (r#"{"more":0,"offset":300}"#, None),
        (r#"{"more":false,"offset":300}"#, None),
        (r#"{"more":2,"offset":300}"#, None),
        (r#"{"more":null,"offset":300}"#, None),
        (r#"{"more":[1],"offset":300}"#, None),
        (r#"{"offset":300}"#, None),
        (r#"{"more":1}"#, None),
        (r#"{"more":1,"offset":-1}"#, None),
        (r#"{"more":1,"offset":1.5}"#, None),
        (r#"{"more":1,"offset":99999999999999999999}"#, None),
        (r#"{"more":1,"offset":"next"}"#, None),
        ("[]", None),
        ("7", None),
    ] {
        let next = Api::next_page(&call, &answer(body));
        let Some(expect) = expect else {
            assert_eq!(next, None, "{body}");
            continue;
        };
        let next = next.expect(body);
        assert_eq!(next, call.clone().with_form("offset", expect));
        // The same page again would never end, nor would one before it.
        assert_eq!(Api::next_page(&next, &answer(body)), None);
        let before = answer(r#"{"more":1,"offset":299}"#);
        assert_eq!(Api::next_page(&next, &before), None);
    }
    let second = call.clone().with_form("offset", "300");
    let third = Api::next_page(&second, &answer(r#"{"more":1,"offset":600}"#));
    assert_eq!(third, Some(call.with_form("offset", "600")));
}

#[test]
fn groups_of_measures_are_read_to_the_last_field() {
    let body = json!({
        "updatetime": 1_706_400_100, "timezone": "Europe/Paris", "more": 0, "offset": 0,
        "new": [1.50],
        "measuregrps": [{
            "grpid": 12, "attrib": 0, "date": 1_706_400_000, "created": 1_706_400_001,
            "modified": 1_706_400_002, "category": 1, "deviceid": "d-1",
            "hash_deviceid": "h-1", "timezone": "Europe/Berlin", "model": "m", "comment": null,
            "measures": [
                {"value": 65750, "type": 1, "unit": -3, "algo": 3425, "fm": 3, "new": true},
                {"value": 1234, "type": 174, "unit": -2, "position": 7},
            ],
        }],
    });
    let found = measures(&body);
    assert_eq!(found.updated_at, Some(instant(1_706_400_100)));
    assert_eq!(found.time_zone.as_deref(), Some("Europe/Paris"));
    assert_eq!(found.invalid_groups, []);
    let names: Vec<_> = found.other.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["new"]);
    let [group] = &found.groups[..] else {
        panic!("one group");
    };
    assert_eq!(group.id, Some(12));
    assert_eq!(group.attribution, Some(Attribution::Device));
    assert_eq!(group.date, Some(instant(1_706_400_000)));
    assert_eq!(group.created, Some(instant(1_706_400_001)));
    assert_eq!(group.modified, Some(instant(1_706_400_002)));
    assert_eq!(group.category, Some(GroupCategory::Measured));
    assert_eq!(group.device_id.as_deref(), Some("d-1"));
    assert_eq!(group.hash_device_id.as_deref(), Some("h-1"));
    assert_eq!(group.time_zone.as_deref(), Some("Europe/Berlin"));
    let names: Vec<_> = group.other.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["comment", "model"]);
    let [weight, fat] = &group.measures[..] else {
        panic!("two measures");
    };
    assert_eq!(
        (weight.algo, weight.fm, weight.position),
        (Some(3425), Some(3), None)
    );
    assert_eq!(weight.other["new"].get(), "true");
    assert_eq!(weight.name(), Some("weight"));
    assert_eq!(weight.amount().to_string(), "65.750 kg");
    assert_eq!((fat.position, fat.type_number), (Some(7), 174));
    assert_eq!(fat.amount().to_string(), "12.34 kg");
    let of_type: Vec<_> = found
        .of_type(174)
        .map(|(group, it)| (group.id, it.value))
        .collect();
    assert_eq!(of_type, [(Some(12), 1234)]);
    assert_eq!(found.of_type(5).count(), 0);
    let shown = serde_json::to_value(&found).expect("serialises");
    assert_eq!(
        shown,
        json!({
            "updatetime": "2024-01-28T00:01:40Z", "timezone": "Europe/Paris",
            "other": {"new": [1.5]},
            "measuregrps": [{
                "grpid": 12, "attrib": 0, "date": "2024-01-28T00:00:00Z",
                "created": "2024-01-28T00:00:01Z", "modified": "2024-01-28T00:00:02Z",
                "category": 1, "deviceid": "d-1", "hash_deviceid": "h-1",
                "timezone": "Europe/Berlin",
                "other": {"comment": null, "model": "m"},
                "measures": [
                    {"value": 65750, "type": 1, "unit": -3, "algo": 3425, "fm": 3,
                     "other": {"new": true}},
                    {"value": 1234, "type": 174, "unit": -2, "position": 7},
                ],
            }],
        })
    );
}

#[test]
fn numbers_and_texts_may_be_written_either_way() {
    let found = measures(
        r#"{"updatetime":"1706400100","timezone":7,"measuregrps":[{"grpid":"12","attrib":"2",
            "date":1706400000.0,"category":"2","deviceid":null,"hash_deviceid":-5,
            "measures":[{"value":"-5","type":"1","unit":"0"}]}]}"#,
    );
    assert_eq!(found.updated_at, Some(instant(1_706_400_100)));
    assert_eq!(found.time_zone.as_deref(), Some("7"));
    let group = &found.groups[0];
    assert_eq!(group.id, Some(12));
    assert_eq!(group.attribution, Some(Attribution::TypedIn));
    assert_eq!(group.date, Some(instant(1_706_400_000)));
    assert_eq!(group.category, Some(GroupCategory::Goal));
    assert_eq!(group.device_id, None);
    assert_eq!(group.hash_device_id.as_deref(), Some("-5"));
    assert!(group.other.is_empty());
    assert_eq!(group.measures[0].amount().to_string(), "-5 kg");
}

#[test]
fn integers_need_digits_and_nothing_but_zeros_behind_a_point() {
    for (text, expect) in [
        ("5", Some(5)),
        ("-5", Some(-5)),
        ("5.0", Some(5)),
        ("5.000", Some(5)),
        ("5.", None),
        (".", None),
        (".0", None),
        ("-.0", None),
        ("5.01", None),
        ("5.0.0", None),
        ("5e0", None),
        ("+5", None),
        ("-", None),
        ("", None),
        (" 5", None),
    ] {
        let body = format!(r#"{{"measuregrps":[{{"grpid":{text:?},"measures":[]}}]}}"#);
        let found = measures(body);
        let group = &found.groups[0];
        assert_eq!(group.id, expect, "{text:?}");
        let kept = group.other.get("grpid").map(|raw| raw.get());
        let quoted = format!("{text:?}");
        assert_eq!(kept, expect.is_none().then_some(&*quoted));
    }
}

#[test]
fn lists_hold_64_items_and_one_for_each_28_bytes() {
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    let most_of = |item: &str| {
        let has_room = |count: usize| count <= 64 + list(item, count).len() / 28;
        (1..1000).take_while(|count| has_room(*count)).count()
    };
    for item in ["0", "{}", r#"{"measures":[]}"#, r#"{"signalid":1}"#] {
        let most = most_of(item);
        assert!((64..999).contains(&most), "{item}: {most}");
        for (count, is_read) in [(most, true), (most + 1, false)] {
            let body = list(item, count);
            let groups = answer(format!(r#"{{"measuregrps":{body}}}"#)).measures();
            let read = groups
                .as_ref()
                .map(|it| it.groups.len() + it.invalid_groups.len());
            let records = answer(format!(r#"{{"series":{body}}}"#)).signals();
            let found = records.as_ref();
            let found = found.map(|it| it.records.len() + it.invalid_records.len());
            for found in [read, found] {
                if is_read {
                    assert_eq!(found.expect("has room"), count, "{item}");
                } else {
                    let error = found.expect_err("too many");
                    assert_eq!(error.kind(), DecodeErrorKind::TooLarge, "{item}");
                }
            }
            // In a group they cost no other group.
            let group = format!(r#"{{"measures":{body}}}"#);
            let found = measures(format!(r#"{{"measuregrps":[{group},{{"measures":[]}}]}}"#));
            assert_eq!(found.groups.len(), 1 + usize::from(is_read), "{item}");
            let kept: Vec<_> = found.invalid_groups.iter().map(|raw| raw.get()).collect();
            assert_eq!(kept.len(), usize::from(!is_read));
            assert!(kept.iter().all(|kept| *kept == group));
        }
    }
    // There is always room for measures, and for groups of one.
    let measure = r#"{"value":1,"type":1,"unit":0}"#;
    let group = format!(r#"{{"measures":{}}}"#, list(measure, 5000));
    let found = measures(format!(r#"{{"measuregrps":[{group}]}}"#));
    assert_eq!(found.groups[0].measures.len(), 5000);
    let group = format!(r#"{{"measures":[{measure}]}}"#);
    let found = measures(format!(r#"{{"measuregrps":{}}}"#, list(&group, 5000)));
    assert_eq!(found.groups.len(), 5000);
}

#[test]
fn words_beside_a_status_are_read() {
    for (body, expect) in [
        (
            r#"{"status":503,"body":{},"error":"Invalid Params: x"}"#,
            Some("Invalid Params: x"),
        ),
        (r#"{"error":"a\n\u00e9"}"#, Some("a\né")),
        (r#"{"error":""}"#, Some("")),
        (r#"{"status":0,"error":42}"#, Some("42")),
        (r#"{"status":503}"#, None),
        (r#"{"error":null}"#, None),
        (r#"{"error":["x"]}"#, None),
        (r#"{"error":{"a":"x"}}"#, None),
        (r#"{"body":{"error":"x"}}"#, None),
        (r#"[{"error":"x"}]"#, None),
        (r#"{"error":"x""#, None),
        ("", None),
    ] {
        assert_eq!(error_text(body.as_bytes()).as_deref(), expect, "{body}");
    }
    assert_eq!(error_text(b"{\"error\":\"\xFF\"}"), None);
}

#[test]
fn what_is_wrong_is_kept_beside_what_is_right() {
    let found = measures(
        r#"{"updatetime":"now","timezone":{"a":1},"more":[],"offset":1,"measuregrps":[
            7, {"grpid":1.5,"date":"then","attrib":true,"measures":{"x":1}},
            [], null, {"grpid":1.5,"date":"then","attrib":true,"measures":[]}, {"measures":[
                {"value":1.5,"type":1,"unit":0}, {"value":1,"type":-1,"unit":0},
                {"value":1,"type":1}, null, {"value":2,"type":9999,"unit":1, "fm":{}},
                {"value":1,"type":1,"unit":2147483648}, {"value":9223372036854775808,"type":1,"unit":0}
            ]}]}"#,
    );
    assert_eq!((found.updated_at, found.time_zone.as_ref()), (None, None));
    let other: Vec<_> = found
        .other
        .iter()
        .map(|(name, raw)| (name.as_str(), raw.get()))
        .collect();
    let expect = [
        ("more", "[]"),
        ("timezone", r#"{"a":1}"#),
        ("updatetime", r#""now""#),
    ];
    assert_eq!(other, expect);
    let invalid: Vec<_> = found.invalid_groups.iter().map(|raw| raw.get()).collect();
    let without_list = r#"{"grpid":1.5,"date":"then","attrib":true,"measures":{"x":1}}"#;
    assert_eq!(invalid, ["7", without_list, "[]", "null"]);
    let [wrong, right] = &found.groups[..] else {
        panic!("two groups");
    };
    assert_eq!(
        (wrong.id, wrong.date, wrong.attribution),
        (None, None, None)
    );
    assert!(wrong.measures.is_empty());
    let other: Vec<_> = wrong
        .other
        .iter()
        .map(|(name, raw)| (name.as_str(), raw.get()))
        .collect();
    let expect = [("attrib", "true"), ("date", r#""then""#), ("grpid", "1.5")];
    assert_eq!(other, expect);
    let [measure] = &right.measures[..] else {
        panic!("one measure");
    };
    assert_eq!(
        (measure.type_number, measure.name(), measure.fm),
        (9999, None, None)
    );
    assert_eq!(measure.other["fm"].get(), "{}");
    assert_eq!(measure.amount().to_string(), "20");
    let invalid: Vec<_> = right.invalid_measures.iter().map(|raw| raw.get()).collect();
    assert_eq!(
        invalid,
        [
            r#"{"value":1.5,"type":1,"unit":0}"#,
            r#"{"value":1,"type":-1,"unit":0}"#,
            r#"{"value":1,"type":1}"#,
            "null",
            r#"{"value":1,"type":1,"unit":2147483648}"#,
            r#"{"value":9223372036854775808,"type":1,"unit":0}"#,
        ]
    );
    let shown = serde_json::to_value(&found).expect("serialises");
    assert_eq!(
        shown["invalid_measuregrps"],
        json!([7, {"grpid": 1.5, "date": "then", "attrib": true, "measures": {"x": 1}}, [], null])
    );
}

#[test]
fn bodies_of_another_call_are_refused_by_name() {
    for (body, expect) in [
        ("{}", "field `measuregrps` is missing"),
        (
            r#"{"measuregrps":{"canary":1}}"#,
            "field `measuregrps` is not of the documented kind",
        ),
        ("[]", "not of the documented shape"),
    ] {
        let error = answer(body).measures().expect_err(body);
        assert_eq!(error.to_string(), expect);
    }
    for (body, expect) in [
        ("{}", "field `series` is missing"),
        (
            r#"{"series":"canary"}"#,
            "field `series` is not of the documented kind",
        ),
        ("7", "not of the documented shape"),
    ] {
        let error = answer(body).signals().expect_err(body);
        assert_eq!(error.to_string(), expect);
    }
    for (body, expect) in [
        ("{}", "field `nonce` is missing"),
        ("[]", "field `nonce` is missing"),
        (
            r#"{"nonce":""}"#,
            "field `nonce` is not of the documented kind",
        ),
        (
            r#"{"nonce":["canary"]}"#,
            "field `nonce` is not of the documented kind",
        ),
    ] {
        let error = answer(body).nonce().expect_err(body);
        assert_eq!(error.to_string(), expect);
    }
    assert_eq!(
        answer(r#"{"nonce":"n-1"}"#).nonce().expect("one").as_str(),
        "n-1"
    );
}

#[test]
fn attributions_have_names() {
    let table = [
        (0, Attribution::Device),
        (1, Attribution::DeviceUserUncertain),
        (2, Attribution::TypedIn),
        (4, Attribution::TypedInAtCreation),
        (5, Attribution::Automatic),
        (7, Attribution::Confirmed),
        (8, Attribution::SameAsDevice),
        (15, Attribution::Guided),
    ];
    for number in (-5..100).chain([i64::MIN, i64::MAX]) {
        let found = Attribution::from(number);
        let row = table.iter().find(|(known, _)| *known == number);
        assert_eq!(found, row.map_or(Attribution::Other(number), |row| row.1));
        assert_eq!(found.number(), number);
        let category = GroupCategory::from(number);
        assert_eq!(category.number(), number);
        let is_known = matches!(category, GroupCategory::Measured | GroupCategory::Goal);
        assert_eq!(is_known, matches!(number, 1 | 2));
    }
}

#[test]
fn recordings_lead_to_their_signals() {
    let list = answer(
        r#"{"series":[
            {"deviceid":"d","ecg":{"signalid":4294967296123,"afib":0,"qt":1},"heart_rate":60},
            {"ecg":{"signalid":"s/2","afib":"1"}}, {"ecg":{"signalid":4294967296123}},
            {"ecg":null}, {"ecg":{"afib":3}}, {"ecg":[], "x":1}, 7, {"signalid":5,"vhd":0},
            {"ecg":{"signalid":"","afib":{}}}
        ],"more":false,"offset":0,"new":1}"#,
    );
    let list = list.signals().expect("recordings");
    let ids: Vec<_> = list.signal_ids().map(|id| id.as_str()).collect();
    assert_eq!(ids, ["4294967296123", "s/2", "4294967296123", "5"]);
    let afib: Vec<_> = list.records.iter().map(|record| record.afib).collect();
    assert_eq!(afib, [Some(0), Some(1), None, None]);
    let first = &list.records[0];
    assert_eq!(first.ecg["qt"].get(), "1");
    assert_eq!(first.other["heart_rate"].get(), "60");
    // Without an id there is nothing to fetch.
    let invalid: Vec<_> = list.invalid_records.iter().map(|raw| raw.get()).collect();
    let without_id = [
        r#"{"ecg":null}"#,
        r#"{"ecg":{"afib":3}}"#,
        r#"{"ecg":[], "x":1}"#,
        "7",
        r#"{"ecg":{"signalid":"","afib":{}}}"#,
    ];
    assert_eq!(invalid, without_id);
    let names: Vec<_> = list.other.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["new"]);

    let api = Api::default();
    let expect = ["4294967296123", "s/2", "5"];
    assert_eq!(
        api.heart_gets(7, &list),
        expect.map(|id| api.heart_get(7, id))
    );
    assert_eq!(
        api.stetho_gets(7, &list),
        expect.map(|id| api.stetho_get(7, id))
    );

    let shown = serde_json::to_value(&list.records[..2]).expect("serialises");
    assert_eq!(
        shown,
        json!([
            {"signalid": "4294967296123", "afib": 0, "ecg": {"qt": 1},
             "other": {"deviceid": "d", "heart_rate": 60}},
            {"signalid": "s/2", "afib": 1},
        ])
    );
}

#[test]
fn answers_print_nothing_of_their_body() {
    let canaries = crate::core::Canaries::of(&[]);
    let answer = answer(r#"{"nonce":"canary","measuregrps":["canary"],"canary":1}"#);
    canaries.check_debug("answer", &answer);
    canaries.check_debug("nonce", &answer.nonce());
    canaries.check_debug("error", &answer.signals().expect_err("no series"));
    canaries.check_debug("error", &answer.body::<Vec<u8>>().expect_err("no list"));
}
