//! What the tests share: fixtures, and requests made from them.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

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
