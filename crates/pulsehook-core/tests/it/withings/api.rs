//! What follow-up calls need: signatures, and the tables of measure types.

use std::collections::BTreeMap;

use pulsehook_core::SigningKey;
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::withings::{
    Category, MEASURE_TYPES, api_signature, call_signature, measure_type, nonce_signature,
    real_value,
};
use serde::Deserialize;

use crate::support::{Secret, json_fixture};

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
fn every_measure_type_of_the_table_is_found_by_its_number() {
    assert_eq!(MEASURE_TYPES.len(), 48);
    assert!(MEASURE_TYPES.is_sorted_by(|one, other| one.number < other.number));
    for known in MEASURE_TYPES {
        assert_eq!(measure_type(known.number), Some(*known));
        assert!(!known.name.is_empty());
    }
    for unknown in [0, 2, 3, 7, 13, 55, 252, u32::MAX] {
        assert_eq!(measure_type(unknown), None);
    }
}

#[test]
fn measure_types_have_the_units_that_are_stated() {
    let check = |number, name: &str, unit: Option<&str>| {
        let found = measure_type(number).expect(name);
        assert_eq!((found.name, found.unit), (name, unit));
    };
    check(1, "weight", Some("kg"));
    check(9, "diastolic blood pressure", Some("mmHg"));
    check(10, "systolic blood pressure", Some("mmHg"));
    check(54, "SpO2", Some("%"));
    check(71, "body temperature", Some("°C"));
    check(91, "pulse wave velocity", Some("m/s"));
    check(119, "glucose", Some("mg/dL"));
    check(147, "urine pH", None);
    check(170, "visceral fat", None);
    check(251, "urine calcium to creatinine ratio", Some("mmol/mmol"));
    for not_stated in [135, 136, 137, 138, 155, 226, 227, 229] {
        let found = measure_type(not_stated).expect("documented");
        assert_eq!(found.unit, None);
        assert!(found.note.is_some_and(|note| note.contains("not stated")));
    }
}

#[test]
fn measure_types_of_categories_are_in_the_table() {
    let of = |number| Category::from(number).measure_types();
    assert_eq!(of(1), [1, 5, 6, 8, 76, 77, 88, 91]);
    assert_eq!(of(2), [12, 71, 73]);
    assert_eq!(of(4), [9, 10, 11, 54]);
    assert_eq!(of(58), [119]);
    assert_eq!(of(63), [147, 148, 151, 204, 205, 248, 249, 251]);
    assert!(of(46).is_empty());
    assert!(of(1000).is_empty());
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
