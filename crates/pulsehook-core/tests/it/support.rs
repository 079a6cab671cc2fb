//! What the tests share: fixtures, and requests made from them.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Reads a fixture as bytes.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    std::fs::read(root.join(path)).expect(path)
}

/// Reads a JSON fixture.
pub(crate) fn json_fixture<T: DeserializeOwned>(path: &str) -> T {
    serde_json::from_slice(&fixture(path)).expect(path)
}

/// Reads a table of tab-separated columns; its first line, which names them, is compared.
pub(crate) fn tsv_fixture<const N: usize>(path: &str, columns: [&str; N]) -> Vec<[String; N]> {
    let text = String::from_utf8(fixture(path)).expect(path);
    let mut rows = text.lines().map(|line| {
        let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        <[String; N]>::try_from(cells).expect(line)
    });
    assert_eq!(rows.next().expect(path), columns);
    rows.collect()
}

/// A cell of a table; an empty one is none.
pub(crate) fn cell(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A secret of a fixture, which stands there in two halves.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Secret {
    Whole(String),
    Halves([String; 2]),
}

impl Secret {
    pub(crate) fn join(&self) -> String {
        match self {
            Self::Whole(whole) => whole.clone(),
            Self::Halves(halves) => halves.concat(),
        }
    }
}

/// Makes JSON texts of every kind, with spellings that writers of JSON avoid; members have one of
/// some names, and values are often one of some.
pub(crate) fn json_texts(
    names: &'static [&'static str],
    often: Vec<String>,
) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        1 => Just("null".to_owned()),
        1 => any::<bool>().prop_map(|truth| truth.to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
        1 => "-?(0|[1-9][0-9]{0,39})(\\.[0-9]{1,5})?(e[+-]?[0-9]{1,4})?",
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => "\"(\\\\u[0-9a-fA-F]{4}|[a-z]){0,4}\"",
        2 => prop::sample::select(often),
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        let names = prop::sample::select(names.to_vec());
        let member = (names, inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..8)
                .prop_map(|members| format!("{{{}}}", members.join(", "))),
        ]
    })
}

/// How many cases a test with bodies made at random tries.
pub(crate) fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
