//! Numbers of device data: to the last bit, and where misplaced ones are found.

use serde_json::Value;

use super::device_items::{nutrition, with_metadata};
use super::device_models::{item, written};

#[test]
fn numbers_are_written_as_the_sender_writes_them() {
    for (sent, expected) in [
        ("72", "72"),
        ("72.0", "72"),
        ("7.2e1", "72"),
        ("-3", "-3"),
        ("0.0", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0.1", "0.1"),
        ("71.35", "71.35"),
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740991.0", "-9007199254740991"),
        ("1e-400", "0"),
        ("5e-324", "5e-324"),
        ("1e400", "1e400"),
        ("-1.50E999999999999999999999", "-1.50E999999999999999999999"),
    ] {
        let json = with_metadata(&format!(r#""weight_kg":{sent}"#));
        let expected = with_metadata(&format!(r#""weight_kg":{expected}"#));
        assert_eq!(written(&item("body", &json)), expected);
    }
}

#[test]
fn numbers_are_the_nearest() {
    for text in [
        "9007199254740993",
        "9007199254740992",
        "1.7976931348623157e308",
        "2.2250738585072011e-308",
        "9214843084008499",
        "0.500000000000000166533453693773481063544750213623046875",
        "31.24500000000000099",
        "1448997445238699",
        "123456789012345678901234567890",
    ] {
        let item = item("body", &with_metadata(&format!(r#""weight_kg":{text}"#)));
        let body = item.as_body().expect("a body");
        let expected: f64 = text.parse().expect("a number");
        assert_eq!(body.weight_kg.map(f64::to_bits), Some(expected.to_bits()));
        let written: Value = serde_json::from_str(&written(&item)).expect("JSON");
        let again: f64 = written["weight_kg"].to_string().parse().expect("a number");
        assert_eq!(again.to_bits(), expected.to_bits(), "{text}");
    }
}

#[test]
fn nulls_beside_values_are_none() {
    let item = nutrition(r#""foods":[{"name":"Oats","amount":null,"unit":null}],"summary":null"#);
    let [food] = item.foods.as_deref().expect("foods") else {
        panic!("one food");
    };
    assert_eq!(food.name.as_deref(), Some("Oats"));
    assert_eq!(
        (food.amount, &food.unit, &item.summary),
        (None, &None, &None)
    );
    assert!(food.other.is_empty() && item.other.is_empty());

    let nulls = [
        "name",
        "start_time",
        "end_time",
        "durations",
        "energy_expenditure",
        "movement",
        "location",
        "biometrics",
    ]
    .map(|name| format!(r#","{name}":null"#));
    let log = with_metadata(&format!(r#""type":"RUNNING"{}"#, nulls.concat()));
    let log = self::item("activity", &log);
    assert_eq!(written(&log), with_metadata(r#""type":"RUNNING""#));
}

#[test]
fn misplaced_nutrients_are_found() {
    let check = |facts: &str, expected: [Option<f64>; 4]| {
        let item = nutrition(&format!(
            r#""summary":{facts},"foods":[{{"nutrition_facts":{facts}}}]"#
        ));
        let summary = item.summary.as_ref().expect("a summary");
        let found = [
            summary.carbs_g(),
            summary.energy_kcal(),
            summary.caffeine_mg(),
            summary.sodium_mg(),
        ];
        assert_eq!(found, expected, "{facts}");
        let food = &item.foods.as_ref().expect("foods")[0];
        let facts = food.nutrition_facts.as_ref().expect("facts");
        let found = [
            facts.carbs_g(),
            facts.energy_kcal(),
            facts.caffeine_mg(),
            facts.sodium_mg(),
        ];
        assert_eq!(found, expected);
    };
    check(
        r#"{"macros":{"caffeine_mg":80,"sodium_g":1.25},"micros":{"carbs_g":210.5,"energy_kcal":1899}}"#,
        [Some(210.5), Some(1899.0), Some(80.0), Some(1250.0)],
    );
    check(
        r#"{"macros":{"carbs_g":1,"energy_kcal":2,"sodium_mg":4,"caffeine_mg":9,"sodium_g":9},"micros":{"caffeine_mg":3,"carbs_g":9,"energy_kcal":9}}"#,
        [Some(1.0), Some(2.0), Some(3.0), Some(4.0)],
    );
    check(
        r#"{"macros":{"carbs_g":null,"sodium_mg":null,"sodium_g":0.5},"micros":{"carbs_g":1}}"#,
        [Some(1.0), None, None, Some(500.0)],
    );
    check(r#"{"macros":{"sodium_g":1e308}}"#, [None; 4]);
    check(
        r#"{"macros":{"sodium_g":"1"},"micros":{"carbs_g":"1"}}"#,
        [None; 4],
    );
    check("{}", [None; 4]);
}

#[test]
fn misplaced_nutrients_stay_where_they_were() {
    let sent =
        r#""summary":{"macros":{"caffeine_mg":80,"sodium_g":1.25},"micros":{"carbs_g":210.50}}"#;
    let item = nutrition(sent);
    let summary = item.summary.as_ref().expect("a summary");
    let micros = summary.micros.as_ref().expect("micros");
    assert_eq!(micros.number("carbs_g"), Some(210.5));
    assert_eq!(micros.other["carbs_g"].get(), "210.50");
    assert_eq!(summary.macros.as_ref().expect("macros").other.len(), 2);
    assert_eq!(
        serde_json::to_string(&item).expect("JSON"),
        with_metadata(sent)
    );
}
