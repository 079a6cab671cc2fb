//! Data pushes: blocks, samples, values, and samples that are wrong beside good ones.

use pulsehook_core::DecodeErrorKind::{Shape, Syntax, TooLarge};
use pulsehook_core::thryve::{
    DailySample, DataBlock, Dimension, EpochSample, Event, InvalidSample, SampleValue, Time,
};

use super::{check_invalid, event, refusal};

const SAMPLE: &str = r#"{"startTimestamp":"2024-01-28T07:00:00Z","dataTypeId":3000,"value":61}"#;
const DAILY_SAMPLE: &str = r#"{"day":"2024-01-28","dataTypeId":1000,"value":7}"#;

/// Decodes a push whose `data` is as told.
#[track_caller]
fn blocks(data: &str) -> Vec<DataBlock> {
    let create = format!(r#"{{"endUserId":"u","type":"event.data.epoch.create","data":{data}}}"#);
    let Event::EpochCreate(it) = event(&create) else {
        panic!("not new");
    };
    // The type changes nothing inside, nor does its place.
    for (name, after) in [
        ("event.data.epoch.update", false),
        ("event.data.daily.create", false),
        ("event.data.daily.update", true),
    ] {
        let json = if after {
            format!(r#"{{"data":{data},"endUserId":"u","type":"{name}"}}"#)
        } else {
            create.replacen("event.data.epoch.create", name, 1)
        };
        let event = event(&json);
        assert_eq!(event.event_type(), name);
        let (Event::EpochUpdate(other) | Event::DailyCreate(other) | Event::DailyUpdate(other)) =
            event
        else {
            panic!("{event:?}");
        };
        assert_eq!(other.data, it.data);
    }
    it.data
}

#[track_caller]
fn block(members: &str) -> DataBlock {
    let mut blocks = blocks(&format!(r#"{{"dataSourceId":5,{members}}}"#));
    assert_eq!(blocks.len(), 1);
    blocks.remove(0)
}

#[track_caller]
fn epoch(samples: &str) -> (Vec<EpochSample>, Vec<InvalidSample>) {
    let block = block(&format!(r#""epochData":[{samples}]"#));
    assert_eq!(block.daily_data, None);
    (block.epoch_data.expect("a list"), block.invalid_samples)
}

#[track_caller]
fn one(sample: &str) -> EpochSample {
    let (mut samples, invalid) = epoch(sample);
    assert_eq!((samples.len(), invalid.len()), (1, 0), "{sample}");
    samples.remove(0)
}

#[track_caller]
fn daily(samples: &str) -> (Vec<DailySample>, Vec<InvalidSample>) {
    let block = block(&format!(r#""dailyData":[{samples}]"#));
    assert_eq!(block.epoch_data, None);
    (block.daily_data.expect("a list"), block.invalid_samples)
}

fn with(old: &str, new: &str) -> String {
    assert!(SAMPLE.contains(old));
    SAMPLE.replacen(old, new, 1)
}

#[test]
fn data_is_one_block_or_an_array_of_them() {
    let one = format!(r#"{{"dataSourceId":5,"epochData":[{SAMPLE}]}}"#);
    let single = blocks(&one);
    assert_eq!(blocks(&format!("[{one}]")), single);
    let two = blocks(&format!(r#"[{one}, {{"dataSourceId":"8"}}]"#));
    assert_eq!(two[0], single[0]);
    assert_eq!(two[1].data_source_id, 8);
    assert_eq!(blocks("[]"), []);
}

#[test]
fn lists_may_be_absent_and_the_other_one_is_kept() {
    let neither = blocks(r#"{"dataSourceId":5}"#);
    assert_eq!(
        (&neither[0].epoch_data, &neither[0].daily_data),
        (&None, &None)
    );
    let null = block(r#""epochData":null,"dailyData":null"#);
    assert_eq!((null.epoch_data, null.daily_data), (None, None));
    // The lists of both kinds, whatever the type announces.
    let both = block(&format!(
        r#""dailyData":[{DAILY_SAMPLE}],"epochData":[{SAMPLE},{SAMPLE}]"#
    ));
    assert_eq!(both.epoch_data.map(|list| list.len()), Some(2));
    assert_eq!(both.daily_data.map(|list| list.len()), Some(1));
    let push = |list: &str| {
        format!(
            r#"{{"endUserId":"u","type":"event.data.epoch.create","data":{{"dataSourceId":1,{list}}}}}"#
        )
    };
    for wrong in ["7", "{}", r#""x""#, "true"] {
        for name in ["epochData", "dailyData"] {
            assert_eq!(
                refusal(push(&format!(r#""{name}":{wrong}"#)), false),
                (Shape, None)
            );
        }
    }
    check_invalid(push(r#""dataSourceId":1"#), "dataSourceId");
}

#[test]
fn the_name_of_a_source_is_optional() {
    assert_eq!(
        block(r#""dataSourceName":"Apple""#)
            .data_source_name
            .as_deref(),
        Some("Apple")
    );
    assert_eq!(block(r#""dataSourceName":null"#).other, None);
    let odd = block(r#""x":1,"dataSourceName":["Apple"]"#);
    assert_eq!(odd.data_source_name, None);
    assert_eq!(
        odd.other.expect("kept").get(),
        r#"{"x":1,"dataSourceName":["Apple"]}"#
    );
}

#[test]
fn values_are_numbers_texts_flags_or_nothing() {
    let value_of = |value: &str| one(&with("61", value)).value;
    let number = |value: &str| match value_of(value) {
        Some(SampleValue::Number(number)) => {
            assert_eq!(number.as_str(), value);
            (number.as_i64(), number.as_f64())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(number("61"), (Some(61), Some(61.0)));
    assert_eq!(number("-0"), (Some(0), Some(-0.0)));
    assert_eq!(number("70.0"), (None, Some(70.0)));
    assert_eq!(number("7.50e1"), (None, Some(75.0)));
    assert_eq!(
        number("9007199254740993"),
        (Some(9_007_199_254_740_993), Some(9_007_199_254_740_992.0))
    );
    assert_eq!(
        number("0.1000000000000000055511151231257827"),
        (None, Some(0.1))
    );
    assert_eq!(number("123456789012345678901234567890").0, None);
    assert_eq!(number("1e400"), (None, None));
    assert_eq!(number("-1e-400"), (None, Some(-0.0)));

    let text = |text: &str| Some(SampleValue::Text(text.into()));
    assert_eq!(value_of(r#""61""#), text("61"));
    assert_eq!(value_of(r#""""#), text(""));
    assert_eq!(value_of(r#""a\n\u00e9""#), text("a\né"));
    assert_eq!(value_of("true"), Some(SampleValue::Flag(true)));
    assert_eq!(value_of("false"), Some(SampleValue::Flag(false)));
    assert_eq!(value_of("null"), None);
    assert_eq!(one(&with(r#","value":61"#, "")).value, None);
    for odd in ["[ 1 ]", r#"{"a": 1}"#, r#""\ud83d""#] {
        match value_of(odd) {
            Some(SampleValue::Other(raw)) => assert_eq!(raw.get(), odd),
            other => panic!("{other:?}"),
        }
    }
    // Serialised, each is what it was.
    for value in ["61", "70.0", "1e400", r#""61""#, "true", r#"[ 1 ]"#] {
        let shown = serde_json::to_string(&one(&with("61", value))).expect("JSON");
        assert!(shown.ends_with(&format!(r#""value":{value}}}"#)), "{shown}");
    }
}

#[test]
fn the_end_may_be_missing_for_an_instant() {
    let end_of = |end: &str| one(&with(r#","value""#, &format!(r#"{end},"value""#)));
    assert_eq!(end_of("").end_timestamp, None);
    assert_eq!(end_of(r#","endTimestamp":null"#).end_timestamp, None);
    assert_eq!(end_of(r#","endTimestamp":"null""#).end_timestamp, None);
    let end = end_of(r#","endTimestamp":1706425260000"#);
    assert_eq!(end.end_timestamp, Some(Time::UnixMillis(1_706_425_260_000)));
    assert!(!end.is_reversed());
    assert!(!end_of("").is_reversed());
    assert!(!end_of(r#","endTimestamp":"2024-01-28T07:00:00Z""#).is_reversed());
    assert!(end_of(r#","endTimestamp":"2024-01-28T06:59:59Z""#).is_reversed());
    assert!(end_of(r#","endTimestamp":1706425199"#).is_reversed());
}

#[test]
fn optional_members_of_another_kind_are_kept() {
    let with_offset = |offset: &str| {
        one(&with(
            r#","value""#,
            &format!(r#","timezoneOffset":{offset},"value""#),
        ))
    };
    assert_eq!(with_offset("60").timezone_offset, Some(60));
    assert_eq!(with_offset("-570").timezone_offset, Some(-570));
    assert_eq!(with_offset("null").other, None);
    for odd in [r#""+01:00""#, "60.5", "[]", "99999999999999999999"] {
        let sample = with_offset(odd);
        assert_eq!(sample.timezone_offset, None);
        assert_eq!(
            sample.other.expect("kept").get(),
            format!(r#"{{"timezoneOffset":{odd}}}"#)
        );
    }
    let with_details = |details: &str| {
        one(&with(
            r#","value""#,
            &format!(r#","details":{details},"value""#),
        ))
    };
    assert_eq!(with_details("null").details, None);
    for details in ["{ }", r#"{"generation":"x"}"#, "7", "[1]"] {
        assert_eq!(with_details(details).details.expect("kept").get(), details);
    }
}

#[test]
fn unknown_members_are_kept() {
    let sample = one(&with("{", r#"{"createdAt":"x", "a":{"value":1.0},"#));
    assert_eq!(
        sample.other.expect("kept").get(),
        r#"{"createdAt":"x","a":{"value":1.0}}"#
    );
    // What belongs to the other kind of sample is unknown here.
    let sample = one(&with("{", r#"{"day":"2024-01-28","#));
    assert_eq!(sample.other.expect("kept").get(), r#"{"day":"2024-01-28"}"#);
}

#[test]
fn type_ids_may_be_decimal_text() {
    assert_eq!(one(&with("3000", r#""3000""#)).data_type_id, 3000);
    let (samples, _) = daily(&DAILY_SAMPLE.replacen("1000", r#""1000""#, 1));
    assert_eq!(samples[0].data_type_id, 1000);
}

#[test]
fn a_wrong_sample_does_not_cost_its_siblings() {
    let wrong = [
        ("{}".to_owned(), Some("startTimestamp")),
        ("{ }".to_owned(), Some("startTimestamp")),
        ("null".to_owned(), None),
        ("7".to_owned(), None),
        ("1e400".to_owned(), None),
        (r#""x""#.to_owned(), None),
        ("[ 1 ]".to_owned(), None),
        ("[]".to_owned(), None),
        (with("startTimestamp", "start"), Some("startTimestamp")),
        (
            with(r#""2024-01-28T07:00:00Z""#, "null"),
            Some("startTimestamp"),
        ),
        (
            with(r#""2024-01-28T07:00:00Z""#, "7"),
            Some("startTimestamp"),
        ),
        (
            with(r#""2024-01-28T07:00:00Z""#, "1e400"),
            Some("startTimestamp"),
        ),
        (with("Z", "X"), Some("startTimestamp")),
        (with("dataTypeId", "dataType"), Some("dataTypeId")),
        (with("3000", "null"), Some("dataTypeId")),
        (with("3000", "true"), Some("dataTypeId")),
        (with("3000", "3e3"), Some("dataTypeId")),
        (with("3000", r#""x""#), Some("dataTypeId")),
        (with("{", r#"{"endTimestamp":"x","#), Some("endTimestamp")),
        (with("{", r#"{"endTimestamp":1,"#), Some("endTimestamp")),
        (with("{", r#"{"value":1,"#), Some("value")),
        (with("{", r#"{"dataTypeId":3000,"#), Some("dataTypeId")),
        (
            with("{", "{ \"x\" : [1e400],\n\"details\":1,\"details\":2,"),
            Some("details"),
        ),
    ];
    for (raw, field) in &wrong {
        let (samples, invalid) = epoch(&format!("{SAMPLE}, {raw} ,{SAMPLE}"));
        assert_eq!(samples, [one(SAMPLE), one(SAMPLE)], "{raw}");
        let [invalid] = invalid.as_slice() else {
            panic!("{raw}");
        };
        assert_eq!(invalid.dimension, Dimension::Epoch);
        assert_eq!((invalid.index, invalid.field), (1, *field), "{raw}");
        assert_eq!(invalid.raw.get(), raw);
    }
    // All at once, each with its place.
    let all: Vec<String> = wrong
        .iter()
        .flat_map(|(raw, _)| [SAMPLE.to_owned(), raw.clone()])
        .collect();
    let (samples, invalid) = epoch(&all.join(","));
    assert_eq!((samples.len(), invalid.len()), (wrong.len(), wrong.len()));
    for (at, invalid) in invalid.iter().enumerate() {
        assert_eq!(
            (invalid.index, invalid.raw.get()),
            (2 * at + 1, wrong[at].0.as_str())
        );
    }
}

#[test]
fn wrong_daily_samples_too() {
    let wrong = [
        (r#"{"dataTypeId":1}"#, "day"),
        (r#"{"day":"x","dataTypeId":1}"#, "day"),
        (r#"{"day":12345678,"dataTypeId":1}"#, "day"),
        (r#"{"day":"2024-01-28"}"#, "dataTypeId"),
        (
            r#"{"day":"2024-01-28","day":"2024-01-28","dataTypeId":1}"#,
            "day",
        ),
    ];
    for (raw, field) in wrong {
        let (samples, invalid) = daily(&format!("{raw},{DAILY_SAMPLE}"));
        assert_eq!(samples.len(), 1);
        assert_eq!(invalid[0].dimension, Dimension::Daily);
        assert_eq!((invalid[0].index, invalid[0].field), (0, Some(field)));
        assert_eq!(invalid[0].raw.get(), raw);
    }
    let (samples, _) = daily(r#"{"day":1706400000,"dataTypeId":1}"#);
    assert_eq!(
        samples[0].day.date().expect("a day").to_string(),
        "2024-01-28"
    );
}

#[test]
fn wrong_samples_of_several_lists_and_blocks() {
    let data = format!(
        r#"[{{"dataSourceId":1,"epochData":[7],"dailyData":[{DAILY_SAMPLE},{{}}]}},{{"dataSourceId":2,"epochData":[{SAMPLE}]}}]"#
    );
    let blocks = blocks(&data);
    let places: Vec<_> = blocks[0]
        .invalid_samples
        .iter()
        .map(|it| (it.dimension, it.index, it.field))
        .collect();
    assert_eq!(
        places,
        [
            (Dimension::Epoch, 0, None),
            (Dimension::Daily, 1, Some("day"))
        ]
    );
    assert!(blocks[1].invalid_samples.is_empty());
    assert_eq!(blocks[1].epoch_data.as_ref().map(Vec::len), Some(1));
    let shown = serde_json::to_string(&blocks[0]).expect("JSON");
    assert!(shown.contains(
        r#""invalidSamples":[{"dimension":"epoch","index":0,"raw":7},{"dimension":"daily","index":1,"field":"day","raw":{}}]"#
    ), "{shown}");
}

#[test]
fn wrong_samples_of_a_block_stand_list_by_list() {
    // Intraday ones first, whichever list comes first in the body.
    let epoch = format!(r#""epochData":[null,{SAMPLE},"x",{{}}]"#);
    let daily = format!(r#""dailyData":[{{}},{DAILY_SAMPLE},7]"#);
    for members in [format!("{daily},{epoch}"), format!("{epoch},{daily}")] {
        let block = block(&members);
        let places: Vec<_> = block
            .invalid_samples
            .iter()
            .map(|it| (it.dimension, it.index, it.field, it.raw.get()))
            .collect();
        let expected = [
            (Dimension::Epoch, 0, None, "null"),
            (Dimension::Epoch, 2, None, r#""x""#),
            (Dimension::Epoch, 3, Some("startTimestamp"), "{}"),
            (Dimension::Daily, 0, Some("day"), "{}"),
            (Dimension::Daily, 2, None, "7"),
        ];
        assert_eq!(places, expected);
    }
}

#[test]
fn broken_json_in_samples_is_an_error() {
    let push = |list: &str| {
        format!(
            r#"{{"endUserId":"u","type":"event.data.epoch.create","data":{{"dataSourceId":1,"epochData":{list}}}}}"#
        )
    };
    for broken in ["[7", "[{]", "[7,]", "[nul]", "[{} {}]", r#"["\q"]"#, "[1e]"] {
        assert_eq!(refusal(push(broken), false).0, Syntax, "{broken}");
    }
    // A block that lacks its source is refused, whatever else is wrong.
    let push = push("[7]").replacen("dataSourceId", "x", 1);
    super::check_missing(push, "dataSourceId");
}

#[test]
fn tiny_samples_are_limited_by_the_size_of_the_message() {
    let push = |list: String| {
        format!(
            r#"{{"endUserId":"u","type":"event.data.epoch.create","data":{{"dataSourceId":1,"epochData":[{list}]}}}}"#
        )
    };
    // A short message may have some.
    for few in [1, 60] {
        let Event::EpochCreate(it) = event(push(vec!["0"; few].join(","))) else {
            panic!("not new");
        };
        assert_eq!(it.data[0].invalid_samples.len(), few);
    }
    for many in [1000, 100_000] {
        assert_eq!(
            refusal(push(vec!["0"; many].join(",")), false),
            (TooLarge, None)
        );
        assert_eq!(
            refusal(push(vec!["{}"; many].join(",")), false),
            (TooLarge, None)
        );
    }
    let blocks = vec![r#"{"dataSourceId":1}"#; 10_000].join(",");
    let json = format!(r#"{{"endUserId":"u","type":"event.data.epoch.create","data":[{blocks}]}}"#);
    assert_eq!(refusal(json, false), (TooLarge, None));
    // The shortest samples that say something always have room, good or not.
    for sample in [
        r#"{"startTimestamp":170640000,"dataTypeId":1}"#,
        r#"{"startTimestamp":17064000,"dataTypeId":1}"#,
    ] {
        let Event::EpochCreate(it) = event(push(vec![sample; 20_000].join(","))) else {
            panic!("not new");
        };
        let good = it.data[0].epoch_data.as_ref().map_or(0, Vec::len);
        assert_eq!(good + it.data[0].invalid_samples.len(), 20_000);
    }
}

/// A push of so many of the same.
fn many(start: &str, item: &str, count: usize, end: &str) -> String {
    format!("{start}{}{end}", vec![item; count].join(","))
}

const OF_DAYS: &str =
    r#"{"endUserId":"u","type":"event.data.daily.create","data":{"dataSourceId":1,"dailyData":["#;

#[test]
fn as_many_samples_as_there_is_room_for_and_not_one_more() {
    let of_moments = &OF_DAYS.replacen("dailyData", "epochData", 1);
    let blocks = r#"{"endUserId":"u","type":"event.data.daily.create","data":["#;
    for (start, item, end) in [
        (OF_DAYS, "0", "]}}"),
        (OF_DAYS, "{}", "]}}"),
        (OF_DAYS, r#"{"day":1706400000}"#, "]}}"),
        (OF_DAYS, r#"{"day":1706400000,"a":1}"#, "]}}"),
        (of_moments, "0", "]}}"),
        (of_moments, r#"{"dataTypeId":1}"#, "]}}"),
        (blocks, r#"{"dataSourceId":1}"#, "]}"),
    ] {
        let has_room = |count: usize| {
            let len = many(start, item, count, end).len();
            count <= 64 + len / 32
        };
        let most = (1..1000).take_while(|count| has_room(*count)).count();
        assert!((64..999).contains(&most), "{item}: {most}");
        let (Event::DailyCreate(it) | Event::EpochCreate(it)) = event(many(start, item, most, end))
        else {
            panic!("not new");
        };
        let wrong: usize = it.data.iter().map(|it| it.invalid_samples.len()).sum();
        assert_eq!(wrong.max(it.data.len()), most, "{item}");
        let refused = refusal(many(start, item, most + 1, end), false);
        assert_eq!(refused, (TooLarge, None), "{item}");
        // White space makes room like anything else.
        let spaced = format!("{}{}", many(start, item, most + 1, end), " ".repeat(32));
        assert!(event(spaced).end_user_id().is_some());
    }
}

#[test]
fn good_samples_of_a_message_count_towards_the_limit() {
    // Good ones, and tiny ones up to the limit and beyond, read quickly and carefully.
    let good = r#"{"day":1706400000,"dataTypeId":1}"#;
    let push = |tiny: usize| {
        let samples = [vec![good; 1000], vec!["0"; tiny]].concat().join(",");
        format!("{OF_DAYS}{samples}]}}}}")
    };
    let has_room = |tiny: usize| 1000 + tiny <= 64 + push(tiny).len() / 32;
    let most = (0..1000).take_while(|tiny| has_room(*tiny)).count() - 1;
    let Event::DailyCreate(it) = event(push(most)) else {
        panic!("not new");
    };
    assert_eq!(it.data[0].daily_data.as_ref().map(Vec::len), Some(1000));
    assert_eq!(it.data[0].invalid_samples.len(), most);
    assert_eq!(refusal(push(most + 1), false), (TooLarge, None));
}

#[test]
fn the_shortest_samples_are_never_too_many() {
    for sample in [
        r#"{"day":170640000,"dataTypeId":1}"#,
        r#"{"day":1706400000,"dataTypeId":1}"#,
        r#"{"day":"2024-01-28","dataTypeId":2000}"#,
        r#"{"day":"2024-01-28","dataTypeId":1}"#,
    ] {
        let Event::DailyCreate(it) = event(many(OF_DAYS, sample, 20_000, "]}}")) else {
            panic!("not new");
        };
        assert_eq!(it.data[0].invalid_samples, []);
        let days = it.data[0].daily_data.as_ref().expect("a list");
        assert_eq!(days.len(), 20_000, "{sample}");
    }
}
