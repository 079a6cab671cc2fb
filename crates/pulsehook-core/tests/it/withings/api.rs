//! What follow-up calls need: signatures, and the tables of measure types.

use std::collections::BTreeMap;

use pulsehook_core::SigningKey;
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::withings::{
    Category, MEASURE_TYPES, MeasureType, api_signature, call_signature, measure_type,
    nonce_signature, real_value,
};
use serde::Deserialize;

use crate::support::{Secret, cell, json_fixture, tsv_fixture};

#[derive(Deserialize)]
struct Vector {
    name: String,
    secret: Secret,
    parameters: BTreeMap<String, String>,
    message: String,
    signature: String,
}

fn vectors() -> Vec<Vector> {
    json_fixture("withings/api-signatures.json")
}

impl Vector {
    fn key(&self) -> SigningKey {
        SigningKey::from_text(self.secret.join()).expect("not blank")
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.parameters.iter();
        pairs.map(|(name, value)| (&**name, &**value)).collect()
    }
}

#[test]
fn values_are_signed_in_the_order_of_their_names() {
    for vector in vectors() {
        let mut pairs = vector.pairs();
        let key = vector.key();
        for _ in 0..pairs.len() {
            let signature = api_signature(&key, pairs.iter().copied());
            assert_eq!(signature, vector.signature, "{}", vector.name);
            pairs.rotate_left(1);
        }
        pairs.reverse();
        assert_eq!(api_signature(&key, pairs), vector.signature);
        // The names are not signed; a single value is signed as it is.
        let whole = api_signature(&key, [("any", vector.message.as_str())]);
        assert_eq!(whole, vector.signature);
    }
}

#[test]
fn the_documented_calls_have_functions_of_their_own() {
    let by_name = |name: &str| {
        let mut vectors = vectors().into_iter();
        vectors.find(|vector| vector.name == name).expect(name)
    };
    let vector = by_name("getnonce");
    let timestamp: i64 = vector.parameters["timestamp"].parse().expect("a number");
    let timestamp = Timestamp::from_second(timestamp).expect("in range");
    let signature = nonce_signature(&vector.key(), "abc", timestamp);
    assert_eq!(signature, vector.signature);

    let vector = by_name("activate");
    let nonce = &vector.parameters["nonce"];
    let signature = call_signature(&vector.key(), "activate", "abc", nonce);
    assert_eq!(signature, vector.signature);
}

#[test]
fn another_secret_or_value_gives_another_signature() {
    let key = |text: &str| SigningKey::from_text(text).expect("not blank");
    let right = call_signature(&key("one"), "activate", "abc", "n");
    assert_ne!(right, call_signature(&key("two"), "activate", "abc", "n"));
    assert_ne!(right, call_signature(&key("one"), "link", "abc", "n"));
    assert_ne!(right, call_signature(&key("one"), "activate", "abd", "n"));
    assert_ne!(right, call_signature(&key("one"), "activate", "abc", "m"));
}

#[test]
fn the_measure_types_are_the_documented_ones() {
    let columns = ["number", "name", "unit", "note"];
    let rows = tsv_fixture("withings/measure_types.tsv", columns);
    let documented: Vec<_> = rows
        .iter()
        .map(|[number, name, unit, note]| {
            let number: u32 = number.parse().expect("a number");
            (number, name.as_str(), cell(unit), cell(note))
        })
        .collect();
    assert_eq!(documented.len(), 48);
    let parts = |it: &MeasureType| (it.number, it.name, it.unit, it.note);
    let listed: Vec<_> = MEASURE_TYPES.iter().map(parts).collect();
    assert_eq!(listed, documented);
    for number in (0..20_000).chain([u32::MAX]) {
        let found = measure_type(number);
        let expected = documented.iter().find(|(known, ..)| *known == number);
        assert_eq!(found.as_ref().map(parts).as_ref(), expected, "{number}");
    }
}

#[test]
fn measure_types_of_categories_are_in_the_table() {
    for category in Category::KNOWN {
        for number in category.measure_types() {
            assert!(measure_type(*number).is_some(), "{number}");
        }
    }
}

#[test]
fn real_values_are_rounded_once() {
    let check = |value, unit, expect: f64| {
        assert_eq!(real_value(value, unit).to_bits(), expect.to_bits());
    };
    check(65750, -3, 65.75);
    check(1, -1, 0.1);
    check(3, -1, 0.3);
    check(12345, -23, 1.2345e-19);
    check(-5, 2, -500.0);
    check(0, 9, 0.0);
    check(7, 0, 7.0);
    check(i64::MAX, 0, 9_223_372_036_854_775_807.0);
    check(1, i32::MAX, f64::INFINITY);
    check(-1, i32::MAX, f64::NEG_INFINITY);
    check(1, i32::MIN, 0.0);
}
