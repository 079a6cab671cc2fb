//! The demonstration.

use std::process::Stdio;

use pulsehook_axum::thryve::EventType;
use pulsehook_axum::withings::Category;

use crate::support::pulsehook;

fn demo() -> (Option<i32>, String, String) {
    let output = pulsehook().arg("demo").output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn every_outcome_is_the_documented_one() {
    let (code, table, errors) = demo();
    assert_eq!(code, Some(0), "{table}\n{errors}");
    assert_eq!(errors, "");
    assert!(table.contains("all as documented"), "{table}");
    assert!(!table.contains("WRONG"), "{table}");
    // Not on a terminal.
    assert!(!table.contains('\x1b'), "{table}");
}

#[test]
fn the_table_has_every_line() {
    let (_, table, _) = demo();
    let row = |provider: &str, sent: &str, status: &str, outcome: &str| {
        let found = table.lines().any(|line| {
            let cells: Vec<_> = line
                .split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect();
            matches!(cells[..], ["ok", by, what, code, time, came]
                if (by, what, code, came) == (provider, sent, status, outcome)
                    && time.ends_with(" ms"))
        });
        assert!(
            found,
            "{provider}, {sent}, {status}, {outcome} is not in\n{table}"
        );
    };
    for (sent, types) in [
        ("documented example", "unknown item"),
        ("data", "data created, data updated"),
        ("order-status", "order status"),
        ("orders.OrderSummaryUpdated", "orders.OrderSummaryUpdated"),
        (
            "integrations.VendorNoteCreated",
            "integrations.VendorNoteCreated",
        ),
        ("empty", "no events"),
        (
            "mixed",
            "data created, invalid item, unknown item, data updated",
        ),
        ("unknown", "unknown orders.SomethingNew"),
        ("sent in chunks", "data created, data updated"),
    ] {
        row("human-api", sent, "200", &format!("decoded: {types}"));
    }
    for sent in [
        "medical.document-download",
        "medical.document-conversion",
        "medical.document-bulk-download-urls",
        "medical.document-bulk-download-paged",
        "medical.consolidated-data",
        "medical.bulk-patient-create",
        "patient.admit",
        "patient.transfer",
        "patient.discharge",
        "patient.pharmacy",
        "patient.laboratory",
        "network-query.hie",
        "network-query.pharmacy",
        "network-query.lab",
        "network-query.hie.first-data-ready",
        "message.status",
        "devices.provider-connected",
        "devices.provider-disconnected",
        "devices.health-data",
    ] {
        row("metriport", sent, "200", &format!("decoded: {sent}"));
    }
    for (sent, outcome) in [
        ("ping", r#"answered ping: {"pong":"k3Jq_0Zr-8sVwXyT1aBcD"}"#),
        ("message.received", "decoded: unknown message.received"),
        (
            "ias.identity.verified",
            "decoded: unknown ias.identity.verified",
        ),
        (
            "patient.discharge-summary",
            "decoded: unknown patient.discharge-summary",
        ),
        (
            "example.something-new",
            "decoded: unknown example.something-new",
        ),
        ("sent in chunks", "decoded: patient.admit"),
    ] {
        row("metriport", sent, "200", outcome);
    }
    for (sent, outcome) in [
        ("probe", "answered probe"),
        ("probe with GET", "answered probe"),
        ("device-set-up", "decoded: device-set-up"),
        ("documented-example", "decoded: weight"),
        ("other", "decoded: unknown 77"),
        ("secret in the path", "decoded: weight"),
        ("order-update", "decoded: order-update"),
        ("wrong secret, acknowledged", "refused: credential-mismatch"),
        ("sent in chunks", "decoded: weight"),
    ] {
        row("withings", sent, "200", outcome);
    }
    for category in Category::KNOWN {
        let name = category.name();
        row("withings", name, "200", &format!("decoded: {name}"));
    }
    for (sent, status, rule) in [
        ("probe, wrong secret", "401", "credential-mismatch"),
        ("probe without secret", "401", "missing-credential"),
        ("no secret", "401", "missing-credential"),
        ("wrong secret", "401", "credential-mismatch"),
        ("secret sent twice", "401", "repeated-credential"),
        ("wrong secret in the path", "401", "credential-mismatch"),
        (
            "order update, not asked for",
            "415",
            "unsupported-media-type",
        ),
        ("wrong content type", "415", "unsupported-media-type"),
        ("ambiguous parameter", "400", "undecodable"),
        ("too large, declared", "413", "body-too-large"),
        ("too large, in chunks", "413", "body-too-large"),
        ("PUT instead of POST", "405", "method-not-allowed"),
    ] {
        row("withings", sent, status, &format!("refused: {rule}"));
    }
    for event_type in EventType::KNOWN {
        let name = event_type.as_str();
        row("thryve", name, "200", &format!("decoded: {name}"));
    }
    for (sent, types) in [
        ("unknown", "unknown event.data.measurement.create"),
        ("v5-connected", "sourceUpdate.connectionStatus"),
        (
            "v5-daily-and-epoch",
            "sourceUpdate.dailyDynamicValues, sourceUpdate.dynamicEpochValues",
        ),
        ("oldest-both", "sourceUpdate.updateType"),
        ("push, not compressed", "event.data.epoch.create"),
        ("push in two frames", "event.data.epoch.create"),
        ("push in base64", "event.data.epoch.create"),
        ("push in base64, frame signed", "event.data.epoch.create"),
        ("headers with underscores", "event.data.epoch.create"),
    ] {
        row("thryve", sent, "200", &format!("decoded: {types}"));
    }
    for (sent, status, rule) in [
        ("no authorization", "401", "missing-credential"),
        ("wrong authorization", "401", "credential-mismatch"),
        ("wrong password", "401", "credential-mismatch"),
        ("decompressed JSON signed", "401", "signature-mismatch"),
        ("decompression bomb", "413", "undecodable"),
        ("truncated frame", "400", "undecodable"),
        ("strict: push in base64", "400", "undecodable"),
    ] {
        row("thryve", sent, status, &format!("refused: {rule}"));
    }
    for provider in ["human-api", "metriport", "thryve"] {
        for (sent, status, rule) in [
            ("tampered body", "401", "signature-mismatch"),
            ("wrong key", "401", "signature-mismatch"),
            ("no signature", "401", "missing-header"),
            ("signature cut short", "401", "malformed-header"),
            ("signature sent twice", "401", "repeated-header"),
            ("too large, declared", "413", "body-too-large"),
            ("too large, in chunks", "413", "body-too-large"),
            ("PUT instead of POST", "405", "method-not-allowed"),
            ("signed, but not JSON", "400", "undecodable"),
        ] {
            row(provider, sent, status, &format!("refused: {rule}"));
        }
    }
    row("-", "unknown path", "404", "no endpoint");
    // A kit that lost some of its requests would be green all the same.
    let counts = ["human-api", "metriport", "thryve", "withings", "-"].map(|provider| {
        let of_provider = |line: &&str| line.split_whitespace().nth(1) == Some(provider);
        (provider, table.lines().filter(of_provider).count())
    });
    assert_eq!(
        counts,
        [
            ("human-api", 18),
            ("metriport", 34),
            ("thryve", 52),
            ("withings", 53),
            ("-", 1)
        ],
        "{table}"
    );
}

#[test]
fn a_closed_standard_output_is_a_failure() {
    let mut child = pulsehook()
        .arg("demo")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.contains("cannot write to standard output"),
        "{errors}"
    );
}

#[test]
fn a_program_gets_every_row_and_a_summary() {
    let output = pulsehook().args(["demo", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut rows: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let summary = rows.pop().unwrap();
    assert_eq!(summary["requests"], rows.len());
    assert_eq!(summary["as_documented"], rows.len());
    let first = &rows[0];
    assert_eq!(first["provider"], "human-api");
    assert_eq!(first["sent"], "documented example");
    assert_eq!(first["status"], 200);
    assert_eq!(first["outcome"], "decoded: unknown item");
    assert_eq!(first["as_documented"], true);
    assert!(first["milliseconds"].is_number());
}

#[test]
fn quiet_leaves_the_summary() {
    let output = pulsehook().args(["demo", "--quiet"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.ends_with("all as documented\n"), "{text}");
}
