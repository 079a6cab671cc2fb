//! The neutral view of every item.

use pulsehook_core::human_api::EndpointKind;
use pulsehook_core::view::NeutralView as _;
use serde_json::{Value, json};

use super::event;
use crate::support::fixture;

fn view(body: impl AsRef<[u8]>) -> Value {
    let event = event(body);
    let views = event.views();
    assert_eq!(views.len(), 1);
    serde_json::to_value(&views[0]).expect("serialises")
}

fn item(name: &str) -> Vec<u8> {
    fixture(&format!("human-api/items/{name}.json"))
}

fn data(endpoint: &str) -> String {
    json!([{"humanId": "h", "endpoint": endpoint, "objectId": "o"}]).to_string()
}

/// The kind of data of every endpoint of the table.
const KINDS: &[(&str, &str)] = &[
    ("activities", "activity"),
    ("activities/summaries", "activity"),
    ("blood_glucose/readings", "blood-glucose"),
    ("blood_oxygen/readings", "blood-oxygen"),
    ("blood_pressure/readings", "blood-pressure"),
    ("bmi/readings", "body"),
    ("body_fat/readings", "body"),
    ("heart_rate/readings", "heart-rate"),
    ("heart_rate/summaries", "heart-rate"),
    ("height/readings", "body"),
    ("weight/readings", "body"),
    ("locations", "location"),
    ("food/meals", "nutrition"),
    ("sleeps", "sleep"),
    ("sleeps/summaries", "sleep"),
    ("genetic/traits", "genetics"),
    ("profile", "profile"),
    ("sources", "source"),
    ("medical/profile", "profile"),
    ("medical/allergies", "medical-record"),
    ("medical/encounters", "encounter"),
    ("medical/medications", "medication"),
    ("medical/test_results", "laboratory-result"),
    ("medical/vitals", "medical-record"),
    ("medical/plans_of_care", "medical-record"),
    ("medical/procedures", "medical-record"),
    ("medical/functional_statuses", "medical-record"),
    ("medical/immunizations", "medical-record"),
    ("medical/issues", "medical-record"),
    ("medical/instructions", "medical-record"),
    ("medical/narratives", "medical-record"),
    ("medical/ccds", "document"),
    ("medical/social_history", "medical-record"),
    ("medical/organizations", "source"),
    ("medical/demographics", "profile"),
    ("medical/reports", "document"),
];

#[test]
fn every_endpoint_kind() {
    let paths: Vec<_> = EndpointKind::KNOWN.iter().map(EndpointKind::path).collect();
    let known: Vec<_> = KINDS.iter().map(|(path, _)| Some(*path)).collect();
    assert_eq!(paths, known);
    for (path, kind) in KINDS {
        for endpoint in [
            format!("https://api.humanapi.co/v1/human/{path}"),
            format!("/v1/human/{path}/"),
        ] {
            let expected = json!({
                "what": "data-available", "event_type": path, "user": {"id": "h"}, "kinds": [kind],
            });
            assert_eq!(view(data(&endpoint)), expected, "{endpoint}");
        }
    }
}

#[test]
fn unknown_endpoints_name_their_path_or_themselves() {
    for (endpoint, name) in [
        ("https://api.humanapi.co/v1/human/new/things", "new/things"),
        ("https://other.example.org/v1/human/new?x=1#y", "new"),
        ("/v1/human/new/", "new/"),
        (
            "https://api.humanapi.co/v2/human/activities",
            "https://api.humanapi.co/v2/human/activities",
        ),
        ("activities", "activities"),
        ("", ""),
    ] {
        let expected = json!({
            "what": "data-available", "event_type": name, "user": {"id": "h"}, "kinds": [name],
        });
        assert_eq!(view(data(endpoint)), expected, "{endpoint}");
    }
    // The bare form is the latest of the same kind.
    assert_eq!(
        view(data("/v1/human/weight"))["event_type"],
        "weight/readings"
    );
}

#[test]
fn every_item_of_the_fixtures() {
    let user = |digit: u8| format!("5ad1c0ffee5ad1c0ffee5ad1c0ffee0{digit}");
    for (name, expected) in [
        (
            "data",
            json!({
                "what": "data-available", "event_type": "activities/summaries", "user": {"id": user(1)},
                "kinds": ["activity"], "at": "2026-02-03T04:05:06.789Z",
            }),
        ),
        (
            "data-without-deprecated",
            json!({
                "what": "data-available", "event_type": "medical/test_results", "user": {"id": user(2)},
                "kinds": ["laboratory-result"], "at": "2026-02-03T04:05:07Z",
            }),
        ),
        (
            "order-status",
            json!({
                "what": "job-status", "event_type": "order", "kinds": ["order"],
                "user": {"id": user(3), "own_id": "case-4711@example.org"},
                "at": "2026-02-03T04:05:08.12Z", "status": "in-progress",
            }),
        ),
        (
            "order-summary",
            json!({
                "what": "data-available", "event_type": "orders.OrderSummaryUpdated",
                "user": {"id": user(4), "own_id": "case-4712@example.org"}, "kinds": ["document"],
                "at": "2026-02-03T04:05:09.251Z", "status": "completed",
            }),
        ),
        (
            "order-summary-cancelled",
            json!({
                "what": "job-status", "event_type": "orders.OrderSummaryUpdated",
                "user": {"id": user(5), "own_id": "case-4713@example.org"}, "kinds": ["order"],
                "at": "2026-02-03T04:05:10Z", "status": "cancelled",
            }),
        ),
        (
            "vendor-note",
            json!({
                "what": "notice", "event_type": "integrations.VendorNoteCreated",
                "user": {"id": user(6), "own_id": "case-4714@example.org"}, "kinds": ["message"],
                "at": "2026-02-03T04:05:11.5Z",
            }),
        ),
        (
            "unknown-event-type",
            json!({"what": "unknown", "event_type": "orders.SomethingNew"}),
        ),
    ] {
        assert_eq!(view(item(name)), expected, "{name}");
    }
}

#[test]
fn every_state_of_an_order() {
    for (value, status) in [
        ("In Progress", "in-progress"),
        ("Pended", "Pended"),
        ("Completed", "completed"),
        ("Cancelled", "cancelled"),
        ("completed", "completed"),
        ("On Hold", "On Hold"),
    ] {
        let body = json!([{"topic": "order", "property": "orderState", "value": value}]);
        let expected = json!({
            "what": "job-status", "event_type": "order", "kinds": ["order"], "status": status,
        });
        assert_eq!(view(body.to_string()), expected);
    }
}

#[test]
fn every_end_of_an_order() {
    let report = json!({"id": "r", "name": "n", "fileExtension": "pdf", "uri": "/r"});
    for (status, reports, what, kind, job) in [
        (
            "completed",
            json!([report]),
            "data-available",
            "document",
            "completed",
        ),
        (
            "cancelled",
            json!([report]),
            "data-available",
            "document",
            "cancelled",
        ),
        ("completed", json!([]), "job-status", "order", "completed"),
        ("completed", Value::Null, "job-status", "order", "completed"),
        ("cancelled", Value::Null, "job-status", "order", "cancelled"),
        ("expired", Value::Null, "job-status", "order", "expired"),
    ] {
        let body = json!([{"eventType": "orders.OrderSummaryUpdated", "eventPayload": {
            "orderStatus": status, "timedOut": false, "reportsAvailable": true, "reports": reports,
        }}]);
        let expected = json!({
            "what": what, "event_type": "orders.OrderSummaryUpdated", "kinds": [kind], "status": job,
        });
        assert_eq!(view(body.to_string()), expected);
    }
}

#[test]
fn what_could_not_be_decoded_is_unknown() {
    for (body, event_type) in [
        (r#"[{"humanId":"h","endpoint":"e"}]"#, None),
        (
            r#"[{"eventType":"orders.OrderSummaryUpdated"}]"#,
            Some("orders.OrderSummaryUpdated"),
        ),
        (r#"[{"eventType":5}]"#, None),
        (r#"[5]"#, None),
        (r#"[{}]"#, None),
    ] {
        let mut expected = json!({"what": "unknown"});
        if let Some(event_type) = event_type {
            expected["event_type"] = event_type.into();
        }
        assert_eq!(view(body), expected, "{body}");
    }
}

#[test]
fn times_without_a_zone_count_in_envelopes_alone() {
    let local = "2026-02-03T04:05:06";
    let data = json!([{"humanId": "h", "endpoint": "e", "objectId": "o", "updatedAt": local}]);
    assert_eq!(view(data.to_string()).get("at"), None);
    let note = json!([{
        "eventType": "integrations.VendorNoteCreated", "timestamp": local,
        "eventPayload": {"note": "n"},
    }]);
    assert_eq!(view(note.to_string())["at"], "2026-02-03T04:05:06Z");
}
