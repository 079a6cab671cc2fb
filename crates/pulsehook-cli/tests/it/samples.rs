//! The samples: one for each kind of message, listed and printed.

use std::collections::BTreeSet;
use std::path::Path;

use pulsehook_axum::human_api::EndpointKind;
use pulsehook_axum::metriport;
use pulsehook_axum::thryve;
use pulsehook_axum::withings::Category;
use serde_json::Value;

use crate::support::{CANARY, pulsehook};

const PROVIDERS: [&str; 4] = ["human-api", "metriport", "thryve", "withings"];

fn output(arguments: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let output = pulsehook().arg("samples").args(arguments).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), output.stdout, errors)
}

fn names(provider: &str) -> BTreeSet<String> {
    let (code, list, errors) = output(&[provider, "--json"]);
    assert_eq!((code, &*errors), (Some(0), ""));
    let lines = String::from_utf8(list).unwrap();
    lines
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            assert_eq!(row["provider"], provider);
            assert!(!row["meaning"].as_str().unwrap().is_empty(), "{row}");
            row["name"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn every_kind_of_message_has_a_sample() {
    let kinds = EndpointKind::KNOWN.iter();
    let of_human_api = kinds.map(|kind| format!("data/{}", kind.path().unwrap()));
    let hip = [
        "order-status",
        "orders.OrderSummaryUpdated",
        "integrations.VendorNoteCreated",
    ];
    let of_metriport = metriport::MessageType::KNOWN.iter();
    let of_thryve = thryve::EventType::KNOWN
        .iter()
        .map(|it| it.as_str().to_owned());
    let of_withings = Category::KNOWN.iter().map(|it| it.name().to_owned());
    let expected: [(&str, Vec<String>); 4] = [
        (
            "human-api",
            of_human_api.chain(hip.map(str::to_owned)).collect(),
        ),
        (
            "metriport",
            of_metriport.map(|it| it.as_str().to_owned()).collect(),
        ),
        ("thryve", of_thryve.collect()),
        ("withings", of_withings.collect()),
    ];
    for (provider, expected) in expected {
        let names = names(provider);
        for name in expected {
            assert!(names.contains(&name), "{provider} {name}");
        }
    }
    for name in ["probe", "order-update", "order-update-form"] {
        assert!(names("withings").contains(name), "{name}");
    }
}

#[test]
fn every_file_is_a_sample_and_is_printed_as_it_is() {
    for provider in PROVIDERS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("samples")
            .join(provider);
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let name = match path.file_name().unwrap().to_str().unwrap() {
                "order-update.form" => "order-update-form",
                _ => stem,
            };
            let (code, printed, errors) = output(&[provider, name]);
            assert_eq!((code, &*errors), (Some(0), ""), "{provider} {name}");
            let body = std::fs::read(&path).unwrap();
            assert_eq!(printed, body.trim_ascii_end(), "{provider} {name}");
        }
    }
}

#[test]
fn messages_about_records_differ_in_their_endpoint() {
    for kind in EndpointKind::KNOWN {
        let path = kind.path().unwrap();
        let (_, body, _) = output(&["human-api", &format!("data/{path}")]);
        let body: Value = serde_json::from_slice(&body).unwrap();
        let endpoint = body[0]["endpoint"].as_str().unwrap();
        assert_eq!(endpoint, format!("https://api.humanapi.co/v1/human/{path}"));
        assert_eq!(EndpointKind::of(endpoint), *kind);
    }
}

#[test]
fn the_list_names_all_providers_and_what_messages_tell() {
    let (code, list, errors) = output(&[]);
    assert_eq!((code, &*errors), (Some(0), ""));
    let list = String::from_utf8(list).unwrap();
    for line in [
        "human-api (Human API)",
        "metriport (Metriport)",
        "thryve (Thryve)",
        "withings (Withings)",
    ] {
        assert!(list.lines().any(|other| other == line), "{line}\n{list}");
    }
    for (name, meaning) in [
        ("patient.admit", "A patient was admitted"),
        ("bed-out", "51: the user leaves the bed"),
        (
            "order-update",
            "A shipment of a device changed (logistics, JSON) (needs order_updates)",
        ),
    ] {
        let found = list.lines().any(|line| {
            let (first, rest) = line.trim_start().split_once("  ").unwrap_or_default();
            first == name && rest.trim_start() == meaning
        });
        assert!(found, "{name}\n{list}");
    }
    // Not on a terminal.
    assert!(!list.contains('\x1b'));
}

#[test]
fn one_sample_as_json_has_its_body() {
    let (_, row, _) = output(&["withings", "weight", "--json"]);
    let row: Value = serde_json::from_slice(&row).unwrap();
    let body = "userid=8812345&appli=1&startdate=1706400000&enddate=1706400060";
    assert_eq!(row["body"], body);

    let (code, probe, told) = output(&["withings", "probe"]);
    assert_eq!((code, probe), (Some(0), Vec::new()));
    assert!(told.contains("HEAD request"), "{told}");
    let (_, row, _) = output(&["withings", "probe", "--json"]);
    let row: Value = serde_json::from_slice(&row).unwrap();
    assert_eq!(row.get("body"), None);
}

#[test]
fn a_reader_who_leaves_is_no_error_to_tell() {
    for arguments in [
        &["samples"][..],
        &["samples", "--json", "metriport"],
        &["completions", "bash"],
        &["man"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = pulsehook().args(arguments).stdout(writer).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*errors), (Some(1), ""));
    }
}

#[test]
fn what_is_not_there_is_explained() {
    for (arguments, part) in [
        (&["oura"][..], "the known ones are human-api, metriport"),
        (&["metriport", CANARY], "`pulsehook samples metriport`"),
    ] {
        let (code, printed, errors) = output(arguments);
        assert_eq!((code, printed), (Some(2), Vec::new()));
        assert!(errors.contains(part), "{errors}");
        assert!(!errors.contains(CANARY), "{errors}");
    }
}
