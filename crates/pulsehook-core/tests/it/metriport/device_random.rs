//! Device data made at random: numbers come back to the bit, and no member is lost.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use pulsehook_core::metriport::devices::DeviceItem;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::device_models::{Place, item, models, places, user, written};
use crate::support::{cases, json_texts};

static PLACES: LazyLock<Vec<Place>> = LazyLock::new(places);

/// The places of numbers.
fn number_places() -> Vec<usize> {
    let numbers = PLACES.iter().enumerate();
    let numbers = numbers.filter(|(_, place)| place.kind.starts_with("number"));
    numbers.map(|(index, _)| index).collect()
}

/// Finds the JSON of the value at the end of a path, spelt as it stands.
fn raw_at<'j>(json: &'j str, path: &[String]) -> &'j str {
    path.iter().fold(json, |json, name| {
        let object = json
            .strip_prefix('[')
            .map_or(json, |list| list.strip_suffix(']').expect("a list of one"));
        let members: std::collections::BTreeMap<String, &RawValue> =
            serde_json::from_str(object).expect("an object");
        members[name].get()
    })
}

/// Spellings of a finite number that all mean it.
fn spellings(number: f64) -> Vec<String> {
    let mut spellings = vec![
        format!("{number:e}"),
        format!("{number:E}"),
        format!("{number:.30e}"),
    ];
    let plain = format!("{number}");
    spellings.push(plain.clone());
    if !plain.contains('.') {
        spellings.push(format!("{plain}.000"));
        spellings.push(format!("{plain}e+0"));
    }
    spellings
}

/// Finite numbers of every size, those of every day often.
fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        (-1_000_000_i32..1_000_000, 0..5_i32)
            .prop_map(|(digits, shift)| f64::from(digits) / 10_f64.powi(shift)),
        (-64_i32..64, 45..60_i32).prop_map(|(near, power)| 2_f64.powi(power) + f64::from(near)),
    ]
    .prop_filter("finite", |number| number.is_finite())
}

/// Values with members of a given set in objects, and others.
fn json() -> impl Strategy<Value = String> {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let models = models();
        let names: BTreeSet<&String> = models.values().flat_map(|members| members.keys()).collect();
        let names = names
            .into_iter()
            .filter(|name| !name.starts_with("vitamin"));
        let mut names: Vec<&'static str> = names.map(|name| &*name.clone().leak()).collect();
        // More often than by chance.
        for name in [
            "metadata",
            "date",
            "source",
            "time",
            "summary",
            "durations",
            "biometrics",
        ] {
            names.extend([name; 12]);
        }
        names.extend(["x", "", "caf\u{e9}"]);
        names
    });
    let often = [
        "{}",
        "[]",
        "1e400",
        "72",
        r#"{"date":"2024-01-28","source":"garmin"}"#,
        r#"{"date":"d","source":"s","x":1}"#,
        r#"[{"time":"t","value":1.50}]"#,
        r#"{"total_seconds":1}"#,
        r#"{"active_seconds":1}"#,
        r#"{"micros":{"carbs_g":1}}"#,
    ];
    json_texts(&NAMES, often.map(str::to_owned).into())
}

/// Reads JSON as who takes the last of repeated members, drops what is `null` where a model is,
/// and spells numbers in one way.
fn plain(json: &str) -> Value {
    match json.as_bytes().first() {
        Some(b'{') => {
            let members = serde_json::from_str::<Members<'_>>(json)
                .expect("an object")
                .0;
            let mut map = Map::new();
            for (name, raw) in members {
                map.insert(name, plain(raw.get()));
            }
            map.retain(|_, value| !value.is_null());
            Value::Object(map)
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(json).expect("a list");
            Value::Array(elements.into_iter().map(|raw| plain(raw.get())).collect())
        }
        Some(b'-' | b'0'..=b'9') => {
            let number: f64 = json.parse().expect("a number");
            // Positive zero, should it be the other.
            Value::String(format!("number {:?}", number + 0.0))
        }
        _ => serde_json::from_str(json).expect("JSON"),
    }
}

/// The members of an object in their order, repeated ones as well.
struct Members<'de>(Vec<(String, &'de RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> serde::de::Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Tells whether a strict reader of JSON refuses a text, for half a character.
fn is_illegible(json: &str) -> bool {
    json.contains("\\u") && {
        let texts = json.replace("1e400", "1");
        serde_json::from_str::<serde::de::IgnoredAny>(&texts).is_err() || lone(&texts)
    }
}

/// Looks for half a character by reading every text that there is.
fn lone(json: &str) -> bool {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(json).is_err(),
        Some(b'{') => {
            let Ok(members) = serde_json::from_str::<Members<'_>>(json) else {
                return true;
            };
            members.0.iter().any(|(_, raw)| lone(raw.get()))
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(json).expect("a list");
            elements.into_iter().any(|raw| lone(raw.get()))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_number_in_any_member_comes_back_to_the_bit(
        number in numbers(),
        place in prop::sample::select(number_places()),
    ) {
        let place = &PLACES[place];
        for spelling in spellings(number) {
            let item = item(place.list, &place.item(&spelling));
            let written = written(&item);
            let again: f64 = raw_at(&written, &place.path).parse().expect("a number");
            // Zero loses its sign.
            prop_assert_eq!((again + 0.0).to_bits(), (number + 0.0).to_bits(), "{}", spelling);
            let debug = format!("{item:?}");
            prop_assert!(!debug.contains("RawJson"), "{}", debug);
            let twice = self::item(place.list, &written);
            prop_assert_eq!(twice, item);
        }
    }

    #[test]
    fn integers_are_written_as_such(
        integer in -9_007_199_254_740_991_i64..=9_007_199_254_740_991,
        place in prop::sample::select(number_places()),
    ) {
        let place = &PLACES[place];
        for spelling in [format!("{integer}"), format!("{integer}.0"), format!("{integer}0E-1")] {
            let written = written(&item(place.list, &place.item(&spelling)));
            prop_assert_eq!(raw_at(&written, &place.path), integer.to_string());
        }
    }

    #[test]
    fn no_member_is_lost_of_any_object(
        list in prop::sample::select(vec!["activity", "biometrics", "body", "nutrition", "sleep"]),
        metadata in prop::sample::select(vec![
            r#""metadata":{"date":"2024-01-28","source":"apple"}"#,
            r#""metadata":{"date":"2024-01-28","source":"apple","x":1.50}"#,
            r#""metadata":{"date":"2024-01-28"}"#,
            r#""x":null"#,
        ]),
        members in prop::collection::vec((prop::sample::select(vec![
            "summary", "activity_logs", "durations", "biometrics", "foods", "heart_rate", "hrv",
            "location", "weight_kg", "weight_samples_kg", "start_time", "name", "x", "metadata",
            "blood_pressure", "temperature", "respiration", "wakeup_frequency", "movement",
        ]), json()), 0..6),
    ) {
        let members = members.iter().map(|(name, value)| format!(r#", "{name}" : {value}"#));
        let json = format!("{{{metadata}{}}}", members.collect::<String>());
        prop_assume!(!is_illegible(&json));
        let sent = format!(r#"{json},{json}"#);
        let user = user(list, &sent);
        for (_, item) in user.items() {
            let written = written(item);
            prop_assert_eq!(plain(&written), plain(&json), "{}", written);
            if let DeviceItem::Unknown(raw) = item {
                prop_assert_eq!(raw.get(), &json);
            }
            let twice = self::item(list, &written);
            prop_assert_eq!(&twice, item, "{}", written);
        }
        prop_assert_eq!(user.items().count(), 2);
    }

    #[test]
    fn no_value_at_any_place_costs_the_message(
        value in json(),
        place in any::<prop::sample::Index>(),
    ) {
        prop_assume!(!is_illegible(&value));
        let place = place.get(&PLACES);
        let json = place.item(&value);
        let item = item(place.list, &json);
        prop_assert_eq!(plain(&written(&item)), plain(&json));
    }
}
