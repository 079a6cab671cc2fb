//! What every message decodes to, what it means in terms of all providers, and what to fetch next.
//!
//! The fixtures are the table: each body under `tests/fixtures` goes through its provider, and what
//! comes out is kept as a snapshot (`events/snapshots`), in the JSON form that applications see.
//! The documentation page "What arrives, what to fetch" is made of the same (`page.rs`).
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test -p pulsehook-tests events` writes the
//! snapshots, `UPDATE_DOCS=1` the page; then look at the difference.

mod catalogue;
mod odd;
mod page;
mod row;

use catalogue::Catalogue;

/// Every body's events, views and follow-up calls.
#[test]
fn every_fixture_decodes_to_its_snapshot() {
    for catalogue in Catalogue::all() {
        assert!(!catalogue.messages.is_empty(), "{}", catalogue.provider);
        for message in &catalogue.messages {
            insta::with_settings!({
                omit_expression => true,
                prepend_module_to_snapshot => false,
                snapshot_path => format!("events/snapshots/{}", catalogue.provider),
            }, {
                insta::assert_snapshot!(message.name.as_str(), message.json);
            });
        }
    }
}

/// A snapshot that no fixture makes is a left-over.
#[test]
fn every_snapshot_has_its_fixture() {
    for catalogue in Catalogue::all() {
        let folder = format!(
            "{}/it/events/snapshots/{}",
            env!("CARGO_MANIFEST_DIR"),
            catalogue.provider
        );
        for entry in std::fs::read_dir(folder).expect("snapshots") {
            let name = entry.expect("an entry").file_name();
            let name = name.to_str().expect("a name");
            let name = name.strip_suffix(".snap").expect("a snapshot");
            let is_made = |message: &catalogue::Message| message.name == name;
            assert!(catalogue.messages.iter().any(is_made), "{name}");
        }
    }
}
