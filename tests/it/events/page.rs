//! The documentation page "What arrives, what to fetch", made of the fixtures.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::catalogue::{Catalogue, Message};
use super::row::Row;

const PATH: &str = "../crates/pulsehook-core/docs/what-arrives.md";

const INTRODUCTION: &str = "\
# What arrives, what to fetch

Every message that a provider sends, what it means in the terms that all providers share
(`pulsehook_core::view`), and the calls that its documentation names for fetching what the message
points to (`pulsehook_core::follow_up`). A test makes this page of the fixtures and compares it;
do not edit it by hand.

- *What*, *kinds* and *period* are those of the neutral view; of several patients or users, those
  that differ are joined by a semicolon. A period of *days* is one of calendar days in the user's
  time zone; one of *instants* has no time zone.
- *To fetch* names each call, its parameters, and which credential it needs. A call is repeated
  where a period is longer than one call may ask for, or where the user's time zone is not known, as
  here. Calls that begin with *or* are another way to the same data.
- Fixtures stand for messages. What is called depends on what a message holds, above all on whether
  it names a period; here the time of the last sync is known. The modules of the providers have the
  rules.
- Links live from the creation of the message on, not from its arrival.

| credential | is made by |
|---|---|
| user-token | `human_api::user_token`, `withings::user_token` |
| application-token | `human_api::admin_token` |
| application-key | `human_api::app_key`, `metriport::api_key` |
| application-passwords | `thryve::api_passwords` |
| signature | `withings::Application::authorize` |
";

#[test]
fn the_page_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(PATH);
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).expect("a page that can be written");
        return;
    }
    let written = std::fs::read_to_string(&path).expect("the page");
    assert!(
        written == page,
        "docs/what-arrives.md is stale; UPDATE_DOCS=1 cargo test -p pulsehook-tests page"
    );
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for catalogue in Catalogue::all() {
        write!(
            page,
            "\n## {}\n\n| arrives | what | kinds | period | to fetch |\n|---|---|---|---|---|\n",
            catalogue.title
        )
        .expect("room");
        for (name, row) in rows(&catalogue.messages) {
            write_row(&mut page, &name, row);
        }
    }
    page
}

/// Returns each row once, with its name: the event's type and, where that has several rows, the
/// fixture's name.
fn rows(messages: &[Message]) -> Vec<(String, &Row)> {
    let mut rows: Vec<(&str, &Row)> = Vec::new();
    for message in messages.iter().filter(|message| message.is_shown) {
        for row in &message.rows {
            if !rows.iter().any(|(_, known)| *known == row) {
                rows.push((&message.name, row));
            }
        }
    }
    let has_several = |row: &Row| {
        let same_type = rows
            .iter()
            .filter(|(_, it)| it.event_type == row.event_type);
        same_type.count() > 1
    };
    rows.iter()
        .map(|(name, row)| {
            let event_type = row.event_type.as_deref().unwrap_or(name);
            let name = match has_several(row) {
                true if event_type != *name => format!("`{event_type}`<br>{name}"),
                _ => format!("`{event_type}`"),
            };
            (name, *row)
        })
        .collect()
}

fn write_row(page: &mut String, name: &str, row: &Row) {
    let calls: Vec<_> = row
        .calls
        .iter()
        .map(|(call, times)| match times {
            1 => call.clone(),
            _ => format!("{call} (× {times})"),
        })
        .collect();
    writeln!(
        page,
        "| {name} | {} | {} | {} | {} |",
        row.what,
        row.kinds,
        row.period,
        calls.join("<br>")
    )
    .expect("room");
}
