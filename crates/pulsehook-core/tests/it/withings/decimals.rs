//! Exact decimals, and answers made at random.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use proptest::prelude::*;
use pulsehook_core::withings::{Answer, Api, Decimal, MEASURE_TYPES, Selection, real_value};

use crate::support::{cases, json_texts};

#[test]
fn decimals_print_the_digits_that_were_given() {
    let rows: &[(i64, i32, &str)] = &[
        (65750, -3, "65.750"),
        (-65750, -3, "-65.750"),
        (5, -3, "0.005"),
        (-5, -3, "-0.005"),
        (500, -3, "0.500"),
        (7, 0, "7"),
        (-7, 0, "-7"),
        (5, 2, "500"),
        (0, 0, "0"),
        (0, -3, "0.000"),
        (0, 9, "0"),
        (0, i32::MAX, "0"),
        (0, i32::MIN, "0e-2147483648"),
        (i64::MAX, 0, "9223372036854775807"),
        (i64::MIN, 0, "-9223372036854775808"),
        (i64::MIN, -19, "-0.9223372036854775808"),
        (i64::MIN, -18, "-9.223372036854775808"),
        (1, 39, "1000000000000000000000000000000000000000"),
        (1, 40, "1e40"),
        (12, 39, "12e39"),
        (1, -38, "0.00000000000000000000000000000000000001"),
        (-1, -38, "-0.00000000000000000000000000000000000001"),
        (1, -39, "1e-39"),
        (65750, -100, "65750e-100"),
        (1, i32::MAX, "1e2147483647"),
        (-1, i32::MIN, "-1e-2147483648"),
    ];
    for (value, exponent, expect) in rows {
        let decimal = Decimal::new(*value, *exponent);
        assert_eq!(decimal.to_string(), *expect);
        assert_eq!((decimal.value(), decimal.exponent()), (*value, *exponent));
        let shown = serde_json::to_value(decimal).expect("serialises");
        assert_eq!(shown, *expect);
        assert_eq!(format!("{decimal:?}"), format!("Decimal({expect})"));
    }
    let weight = Decimal::new(65750, -3);
    assert_eq!(
        format!("{weight:>8}|{weight:<8}|{weight:+}"),
        "  65.750|65.750  |+65.750"
    );
    assert_eq!(format!("{weight:.1}"), "65.750");
    assert_eq!(format!("{:08}", Decimal::new(-5, -1)), "-00000.5");
}

#[test]
fn decimals_compare_as_numbers() {
    let ascending = [
        Decimal::new(i64::MIN, i32::MAX),
        Decimal::new(-1, i32::MAX),
        Decimal::new(i64::MIN, 0),
        Decimal::new(-2, 0),
        Decimal::new(-15, -1),
        Decimal::new(-1, i32::MIN),
        Decimal::new(0, 5),
        Decimal::new(1, i32::MIN),
        Decimal::new(9, -1),
        Decimal::new(65750, -3),
        Decimal::new(66, 0),
        Decimal::new(999, 0),
        Decimal::new(1, 3),
        Decimal::new(i64::MAX, 0),
        Decimal::new(i64::MAX, i32::MAX),
    ];
    for (at, one) in ascending.iter().enumerate() {
        for (other_at, other) in ascending.iter().enumerate() {
            assert_eq!(one.cmp(other), at.cmp(&other_at), "{one} {other}");
            assert_eq!(one == other, at == other_at);
        }
    }
    let same = [
        Decimal::new(5, 1),
        Decimal::new(50, 0),
        Decimal::new(5000, -2),
    ];
    assert!(same.iter().all(|one| *one == same[0]));
    assert_eq!(HashSet::from(same).len(), 1);
    assert_eq!(Decimal::new(0, -7), Decimal::new(0, 7));
    // Exactly, where floats are the same.
    assert!(Decimal::new(9_007_199_254_740_993, 0) > Decimal::new(9_007_199_254_740_992, 0));
}

#[test]
fn every_measure_type_prints_its_unit() {
    for known in MEASURE_TYPES {
        let text = format!(
            r#"{{"status":0,"body":{{"measuregrps":[{{"measures":[
                {{"value":7450,"type":{},"unit":-2}}]}}]}}}}"#,
            known.number
        );
        let answer = Answer::read(text.as_bytes()).expect("success");
        let measures = answer.measures().expect("measures");
        let measure = &measures.groups[0].measures[0];
        assert_eq!(measure.measure_type(), Some(*known));
        assert_eq!(measure.name(), Some(known.name));
        let expect = match known.unit {
            Some(unit) => format!("74.50 {unit}"),
            None => "74.50".to_owned(),
        };
        assert_eq!(measure.amount().to_string(), expect);
        assert_eq!(measure.amount().decimal, Decimal::new(745, -1));
    }
}

/// Reads a decimal text by its characters alone: sign, digits without zeros around them, and the
/// exponent of the last one.
fn parse(text: &str) -> (bool, String, i64) {
    let (number, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().expect("an exponent");
    let (is_negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_end_matches('0');
    let length = |text: &str| i64::try_from(text.len()).expect("short");
    let exponent = exponent - length(fraction) + length(&all) - length(digits);
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return (false, String::new(), 0);
    }
    (is_negative, digits.to_owned(), exponent)
}

fn values() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -1000..1000_i64,
        (any::<i32>(), 0..10_u32).prop_map(|(value, zeros)| i64::from(value) * 10_i64.pow(zeros)),
    ]
}

fn exponents() -> impl Strategy<Value = i32> {
    prop_oneof![4 => -50..50_i32, 1 => -400..400_i32, 1 => any::<i32>()]
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_text_is_exactly_the_number(value in values(), exponent in exponents()) {
        let decimal = Decimal::new(value, exponent);
        let text = decimal.to_string();
        prop_assert!(text.len() <= 41, "{text}");
        prop_assert_eq!(parse(&text), parse(&format!("{value}e{exponent}")));
        let parsed: f64 = text.parse().expect("a number");
        // A zero has no sign.
        prop_assert_eq!(decimal.as_f64(), parsed);
        prop_assert_eq!(real_value(value, exponent), parsed);
        // JSON takes it for a number.
        prop_assert!(serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok());
    }

    #[test]
    fn comparison_is_exact(
        one in values(), other in values(), exponent in exponents(), shift in 0..19_i32,
    ) {
        let exponent = exponent.saturating_sub(shift);
        let (left, right) = (Decimal::new(one, exponent + shift), Decimal::new(other, exponent));
        let scale = 10_i128.pow(shift.unsigned_abs());
        let expect = (i128::from(one) * scale).cmp(&i128::from(other));
        prop_assert_eq!(left.cmp(&right), expect);
        prop_assert_eq!(right.cmp(&left), expect.reverse());
        prop_assert_eq!(left == right, expect.is_eq());
        if left == right {
            let hasher = RandomState::new();
            prop_assert_eq!(hasher.hash_one(left), hasher.hash_one(right));
        }
    }

    #[test]
    fn no_answer_panics(text in json_texts(NAMES, often())) {
        for text in [&text, &format!(r#"{{"status":0,"body":{text}}}"#)] {
            let Ok(answer) = Answer::read(text.as_bytes()) else {
                continue;
            };
            let call = Api::default().getmeas(7, &[], Selection::ModifiedSince(Default::default()));
            let next = Api::next_page(&call, &answer);
            // The first page does not follow itself.
            let further = answer.next_offset().filter(|offset| *offset > 0);
            prop_assert_eq!(next.is_some(), further.is_some());
            if let Ok(measures) = answer.measures() {
                serde_json::to_string(&measures).expect("serialises");
                for measure in measures.groups.iter().flat_map(|group| &group.measures) {
                    prop_assert!(!measure.amount().to_string().is_empty());
                }
            }
            if let Ok(list) = answer.signals() {
                serde_json::to_string(&list).expect("serialises");
                prop_assert!(Api::default().heart_gets(7, &list).len() <= list.records.len());
            }
            let _ = answer.nonce();
        }
    }

    #[test]
    fn no_item_is_lost(items in prop::collection::vec(json_texts(NAMES, often()), 0..6)) {
        let all = items.join(",");
        let text = format!(
            r#"{{"status":0,"body":{{"measuregrps":[{all}],"series":[{{"ecg":{{}}}},{all}{}]}}}}"#,
            if items.is_empty() { "1" } else { ",1" }
        );
        let answer = Answer::read(text.as_bytes()).expect("success");
        let measures = answer.measures().expect("measures");
        prop_assert_eq!(measures.groups.len() + measures.invalid_groups.len(), items.len());
        let list = answer.signals().expect("recordings");
        prop_assert_eq!(list.records.len() + list.invalid_records.len(), items.len() + 2);
    }
}

const NAMES: &[&str] = &[
    "status",
    "body",
    "measuregrps",
    "measures",
    "value",
    "type",
    "unit",
    "attrib",
    "date",
    "timezone",
    "series",
    "ecg",
    "signalid",
    "afib",
    "more",
    "offset",
    "nonce",
    "x",
];

fn often() -> Vec<String> {
    let texts = [
        "0",
        "1",
        "-3",
        "\"1\"",
        "1706400000",
        r#"{"value":65750,"type":1,"unit":-3}"#,
        r#"{"measures":[{"value":1,"type":1,"unit":2147483647},{"value":1}]}"#,
        r#"{"ecg":{"signalid":1}}"#,
        r#"{"measuregrps":[],"series":[],"more":true,"offset":1}"#,
    ];
    texts.map(str::to_owned).to_vec()
}
