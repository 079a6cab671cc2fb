//! Every member of every model of device data has a field, by the table of the models.

use std::collections::{BTreeMap, BTreeSet};

use pulsehook_core::metriport::devices::{
    Aminos, Body, DeviceItem, DeviceSource, Food, Macros, Micros, Respiration, SourceType,
};
use pulsehook_core::metriport::{Event, HealthDataUser};
use serde_json::{Value, json};

use super::{event, message, with_meta};
use crate::support::json_fixture;

/// The members of each model, by their names on the wire, with the kind of each.
pub(super) type Models = BTreeMap<String, BTreeMap<String, String>>;

pub(super) fn models() -> Models {
    json_fixture("metriport/device-models.json")
}

/// The kinds of items and their lists.
pub(super) const ITEMS: [(&str, &str); 6] = [
    ("Activity", "activity"),
    ("ActivityLog", "activity"),
    ("Biometrics", "biometrics"),
    ("Body", "body"),
    ("Nutrition", "nutrition"),
    ("Sleep", "sleep"),
];

/// Receives a user who has one list.
pub(super) fn user(list: &str, items: &str) -> HealthDataUser {
    let users = format!(r#""users":[{{"userId":"u","{list}":[{items}]}}]"#);
    let Event::HealthData(mut event) = event(with_meta("devices.health-data", &users)) else {
        panic!("another event");
    };
    event.users.remove(0)
}

/// Receives a list of one item.
pub(super) fn item(list: &str, json: &str) -> DeviceItem {
    let user = user(list, json);
    let mut items = user.items().map(|(_, item)| item.clone());
    let item = items.next().expect("an item");
    assert!(items.next().is_none());
    item
}

pub(super) fn written(item: &DeviceItem) -> String {
    serde_json::to_string(item).expect("JSON")
}

/// One member somewhere in an item: the path of names to it, its kind, and the item as JSON with a
/// place for its value.
pub(super) struct Place {
    pub(super) list: &'static str,
    pub(super) path: Vec<String>,
    pub(super) kind: String,
    /// The item, before and after the value.
    pub(super) around: [String; 2],
}

impl Place {
    pub(super) fn item(&self, value: &str) -> String {
        let [before, after] = &self.around;
        format!("{before}{value}{after}")
    }
}

const METADATA: &str = r#""metadata":{"date":"2024-01-28","source":"oura"}"#;

/// Lists every place of every kind of item.
pub(super) fn places() -> Vec<Place> {
    let models = models();
    let mut places = Vec::new();
    for (model, list) in ITEMS {
        let start = Place {
            list,
            path: Vec::new(),
            kind: model.to_owned(),
            around: [String::new(), String::new()],
        };
        walk(&models, &start, &mut places);
    }
    places
}

fn walk(models: &Models, at: &Place, places: &mut Vec<Place>) {
    let model = at.kind.trim_matches(['[', ']']);
    let (open, close) = if at.kind.starts_with('[') {
        ("[", "]")
    } else {
        ("", "")
    };
    // The members that must be there, unless the place is one of them.
    let required = |name: &str| {
        let members = models[model].iter().filter_map(|(other, kind)| {
            (other != name).then_some(())?;
            match kind.as_str() {
                "required text" => Some(format!(r#","{other}":"2024-01-28""#)),
                "Metadata" => Some(format!(",{METADATA}")),
                _ => None,
            }
        });
        members.collect::<String>()
    };
    for (name, kind) in &models[model] {
        let [before, after] = &at.around;
        let place = Place {
            list: at.list,
            path: at.path.iter().chain([name]).cloned().collect(),
            kind: kind.clone(),
            around: [
                format!(r#"{before}{open}{{"{name}":"#),
                format!("{}}}{close}{after}", required(name)),
            ],
        };
        if models.contains_key(kind.trim_matches(['[', ']'])) {
            walk(models, &place, places);
        }
        places.push(place);
    }
}

/// A value of a kind, spelt as no one would write it who has read it, and as who has.
fn spellings(place: &Place) -> [&'static str; 2] {
    match place.kind.as_str() {
        "text" | "required text" => [r#""\u0061b""#, r#""ab""#],
        kind if kind.starts_with("number") => ["1.50e1", "15"],
        "Metadata" => [
            r#"{ "source" : "a", "date" : "b" }"#,
            r#"{"date":"b","source":"a"}"#,
        ],
        kind if kind.starts_with('[') => ["[ ]", "[]"],
        _ => ["{ }", "{}"],
    }
}

#[test]
fn every_member_has_a_field() {
    let places = places();
    let mut seen = BTreeSet::new();
    for place in &places {
        let [sent, expected] = spellings(place);
        let item = item(place.list, &place.item(sent));
        // A raw value would have kept its spelling.
        let written: Value = serde_json::from_str(&written(&item)).expect("JSON");
        let expected_item: Value = serde_json::from_str(&place.item(expected)).expect("JSON");
        assert_eq!(written, expected_item, "{:?}", place.path);
        let text = serde_json::to_string(&item).expect("JSON");
        assert!(!text.contains(sent), "{:?}: {text}", place.path);
        let shown = format!("{item:?}");
        assert!(!shown.contains("RawJson"), "{:?}: {shown}", place.path);
        seen.insert(place.path.join("."));
    }
    assert_eq!(places.len(), 744);
    assert!(seen.contains("activity_logs.biometrics.respiration.spo2.std_dev"));
    assert!(seen.contains("foods.nutrition_facts.micros.vitamin_B12_mg"));
}

#[test]
fn fields_are_named_after_their_members() {
    for place in places() {
        let name = place.path.last().expect("a name");
        let expected = match name.as_str() {
            "type" => "type_name".to_owned(),
            "dataSourceId" => "data_source_id".to_owned(),
            other => other.to_lowercase().replace("celcius", "celsius"),
        };
        let (value, shown) = match place.kind.as_str() {
            "required text" => (r#""zz""#, "\"zz\""),
            "text" => (r#""zz""#, "Some(\"zz\")"),
            kind if kind.starts_with("number") => ("1234.5", "Some(1234.5)"),
            _ => continue,
        };
        let debug = format!("{:?}", item(place.list, &place.item(value)));
        // Open words print their own wrapper.
        let open = debug.contains(r#"Other("zz")"#);
        let shown = if open {
            format!("{expected}: ")
        } else {
            format!("{expected}: {shown}")
        };
        assert!(debug.contains(&shown), "{:?}: {debug}", place.path);
    }
}

#[test]
fn null_is_none_for_every_member_that_may_lack() {
    for place in places() {
        // A food of nothing but `null` is none, and neither is a workout.
        let in_food = place.path[0] == "foods" && place.path.len() == 2;
        let of_activity = ["summary", "activity_logs"].contains(&place.path[0].as_str());
        let in_workout = place.list == "activity" && place.path.len() == 1 && !of_activity;
        if in_food || in_workout || matches!(place.kind.as_str(), "required text" | "Metadata") {
            continue;
        }
        let item = item(place.list, &place.item("null"));
        let debug = format!("{item:?}");
        assert!(!debug.contains("RawJson"), "{:?}: {debug}", place.path);
        let written = written(&item);
        assert!(!written.contains("null"), "{:?}: {written}", place.path);
        let last = format!("\"{}\":", place.path.last().expect("a name"));
        let sent = place.item("null").matches(&last).count();
        assert_eq!(written.matches(&last).count(), sent - 1, "{written}");
    }
}

#[test]
fn values_of_another_type_are_kept_where_they_were() {
    const ODD: [&str; 9] = [
        "1.50e1",
        "1e400",
        "-1E+999",
        "true",
        r#""\u0061""#,
        "[ 1 ]",
        "[ null ]",
        r#"{ "a" : 1.0 }"#,
        r#"[ { "a" : [ ] } ]"#,
    ];
    for place in places() {
        let kind = place.kind.as_str();
        if matches!(kind, "required text" | "Metadata") {
            continue;
        }
        for odd in ODD {
            let fits = match odd.as_bytes()[0] {
                b'"' => kind == "text",
                b'{' => !kind.starts_with("number") && !kind.starts_with('[') && kind != "text",
                b'[' => false,
                b't' => false,
                _ => kind.starts_with("number") && odd == "1.50e1",
            };
            if fits {
                continue;
            }
            let item = item(place.list, &place.item(odd));
            let written = written(&item);
            assert!(written.contains(odd), "{:?}: {written}", place.path);
            let sent: Value = serde_json::from_str(&place.item("0")).expect("JSON");
            let again: Value = serde_json::from_str(&written.replace(odd, "0")).expect("JSON");
            assert_eq!(again, sent, "{:?}", place.path);
        }
    }
}

#[test]
fn members_that_are_not_documented_are_kept_in_every_object() {
    for place in places() {
        let kind = place.kind.as_str();
        let added = r#""xNew" : { "a" : [ 1.50 ] }"#;
        let json = match kind {
            "Metadata" => format!(r#"{{"date":"d","source":"s",{added}}}"#),
            "[Sample]" => format!(r#"[{{"time":"t",{added}}}]"#),
            "[ActivityLog]" => format!("[{{{METADATA},{added}}}]"),
            "[Food]" => format!(r#"[{{"unit":"g",{added}}}]"#),
            kind if kind.starts_with("number") || kind.ends_with("text") => continue,
            _ => format!("{{{added}}}"),
        };
        let item = item(place.list, &place.item(&json));
        let written = written(&item);
        assert!(
            written.contains(r#""xNew":{ "a" : [ 1.50 ] }"#),
            "{written}"
        );
        let debug = format!("{item:?}");
        assert_eq!(debug.matches("RawJson").count(), 1, "{debug}");
        let sent: Value = serde_json::from_str(&place.item(&json)).expect("JSON");
        assert_eq!(serde_json::to_value(&item).expect("JSON"), sent);
    }
}

#[test]
fn the_fixture_fills_every_member_and_comes_back() {
    let body = message("devices.health-data");
    let event = event(body.clone());
    let again: Value = serde_json::to_value(&event).expect("JSON");
    assert_eq!(again, serde_json::from_str::<Value>(&body).expect("JSON"));
    for (model, members) in models() {
        for member in members.keys() {
            assert!(body.contains(&format!("\"{member}\":")), "{model}.{member}");
        }
    }
}

#[test]
fn models_read_and_write_for_themselves() {
    let json = r#"{"metadata":{"date":"2024-01-28","source":"withings"},"weight_kg":71.35,"x":1}"#;
    let body: Body = serde_json::from_str(json).expect("a body");
    assert_eq!(body.weight_kg, Some(71.35));
    assert_eq!(body.metadata.source, DeviceSource::Withings);
    assert_eq!(serde_json::to_string(&body).expect("JSON"), json);
    let value: Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(serde_json::from_value::<Body>(value).expect("a body"), body);
    assert_eq!(
        serde_json::from_reader::<_, Body>(json.as_bytes()).expect("a body"),
        body
    );
    for broken in [
        "{}",
        "[]",
        "null",
        "7",
        r#"{"metadata":{"date":"2024-01-28"}}"#,
    ] {
        let error = serde_json::from_str::<Body>(broken).expect_err(broken);
        assert!(
            error
                .to_string()
                .starts_with("not an object, or one without")
        );
    }
    assert!(serde_json::from_str::<Food>("{}").is_ok());
}

#[test]
fn numbers_are_found_by_their_names_on_the_wire() {
    let models = models();
    let filled = |model: &str| {
        let members = models[model].keys().enumerate();
        let members = members.map(|(index, name)| format!(r#""{name}":{index}.5"#));
        format!(
            "{{{},\"x\":-1.5,\"y\":1e400,\"z\":\"1\"}}",
            members.collect::<Vec<_>>().join(",")
        )
    };
    let check = |model: &str, number: &dyn Fn(&str) -> Option<f64>| {
        for (index, (name, kind)) in models[model].iter().enumerate() {
            let index = u32::try_from(index).expect("few");
            assert_eq!(
                number(name),
                Some(f64::from(index) + 0.5),
                "{model}.{name}, {kind}"
            );
        }
        assert_eq!(number("x"), Some(-1.5));
        assert_eq!(
            (number("y"), number("z"), number("none")),
            (None, None, None)
        );
    };
    let macros: Macros = serde_json::from_str(&filled("Macros")).expect("macros");
    check("Macros", &|name| macros.number(name));
    let micros: Micros = serde_json::from_str(&filled("Micros")).expect("micros");
    check("Micros", &|name| micros.number(name));
    let aminos: Aminos = serde_json::from_str(&filled("Aminos")).expect("aminos");
    check("Aminos", &|name| aminos.number(name));
    // Numbers where there should be texts and objects are found as well.
    let breath: Respiration = serde_json::from_str(&filled("Respiration")).expect("respiration");
    check("Respiration", &|name| breath.number(name));
    assert_eq!(breath.spo2, None);
    assert_eq!(breath.other["spo2"].get(), "4.5");
}

#[test]
fn open_words() {
    let sources: BTreeMap<&str, DeviceSource> = DeviceSource::KNOWN
        .iter()
        .map(|source| (source.as_str(), source.clone()))
        .collect();
    let names: Vec<_> = sources.keys().copied().collect();
    let expected = [
        "apple",
        "cronometer",
        "dexcom",
        "fitbit",
        "garmin",
        "google",
        "oura",
        "tenovi",
        "whoop",
        "withings",
    ];
    assert_eq!(names, expected);
    for word in expected.into_iter().chain(["new"]) {
        let json = json!({"metadata": {"date": "d", "source": word, "data_source": {"source_type": word}}});
        let item = item("body", &json.to_string());
        let metadata = item.metadata().expect("metadata");
        assert_eq!(metadata.source, DeviceSource::from(word));
        let source_type = metadata
            .data_source
            .as_ref()
            .and_then(|source| source.source_type.as_ref());
        assert_eq!(source_type.map(SourceType::as_str), Some(word));
    }
    assert_eq!(SourceType::from("DEVICE"), SourceType::Device);
    assert_eq!(SourceType::from("MANUAL_ENTRY"), SourceType::ManualEntry);
}
