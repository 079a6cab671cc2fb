//! The neutral view of every message type.

use pulsehook_core::view::NeutralView as _;
use serde_json::{Value, json};

use super::{TYPED, event, message, with_meta};

const AT: &str = "2026-03-04T05:06:07.089Z";

pub(super) fn views(body: String) -> Value {
    serde_json::to_value(event(body).views()).expect("serialises")
}

/// The patient of the fixtures.
fn full() -> Value {
    json!({"id": "01a00000-1111-7000-8000-0000000000a1", "own_id": "chart-17"})
}

/// The patient of the fixtures of whom nothing but the id is known.
fn bare(last: &str) -> Value {
    json!({"id": format!("01a00000-1111-7000-8000-0000000000{last}")})
}

/// The view of every fixture, without type and time, which are the same for all views of one.
fn expected(message_type: &str) -> Value {
    let network = |source_type, name: Option<&str>, status| {
        let source = match name {
            Some(name) => json!({"id": source_type, "name": name}),
            None => json!({"id": source_type}),
        };
        json!([{
            "what": "data-available", "user": full(), "kinds": ["medical-record"],
            "sources": [source], "status": status,
        }])
    };
    let wearer = json!({"id": "6e000000-0000-4000-8000-0000000000b1"});
    match message_type {
        "ping" => json!([{"what": "endpoint-test"}]),
        "medical.document-download" => json!([
            {"what": "data-available", "user": full(), "kinds": ["document"], "status": "completed"},
            {"what": "job-status", "user": bare("a2"), "kinds": ["document"], "status": "completed"},
            {"what": "job-status", "user": bare("a3"), "kinds": ["document"], "status": "failed"},
        ]),
        "medical.document-conversion" => json!([
            {"what": "data-available", "user": full(), "kinds": ["medical-record"], "status": "completed"},
            {"what": "job-status", "user": bare("a2"), "kinds": ["medical-record"], "status": "failed"},
        ]),
        "medical.document-bulk-download-urls" => json!([
            {"what": "data-available", "user": full(), "kinds": ["document"], "status": "completed"},
            {"what": "job-status", "user": bare("a2"), "kinds": ["document"], "status": "failed"},
        ]),
        "medical.document-bulk-download-paged" => json!([
            {"what": "data-available", "user": full(), "kinds": ["document"], "status": "completed"},
        ]),
        "medical.consolidated-data" => json!([
            {
                "what": "data-available", "user": full(), "kinds": ["medical-record"],
                "status": "completed", "period": {"first_day": "2025-01-01"},
            },
            {"what": "job-status", "user": bare("a2"), "kinds": ["medical-record"], "status": "failed"},
        ]),
        "medical.bulk-patient-create" => json!([
            {"what": "data-available", "kinds": ["patient"], "status": "completed"},
        ]),
        "patient.admit" => json!([{
            "what": "data-available", "user": full(), "kinds": ["encounter"],
            "at": "2026-03-04T05:00:00Z",
            "period": {"start": "2026-03-04T04:30:00Z", "end": "2026-03-04T04:45:00Z"},
        }]),
        "patient.transfer" => json!([{
            "what": "data-available", "user": full(), "kinds": ["encounter"],
            "at": "2026-03-04T05:00:00Z", "period": {"start": "2026-03-04T04:30:00Z"},
        }]),
        "patient.discharge" => json!([{
            "what": "data-available", "user": full(), "kinds": ["encounter"],
            "at": "2026-03-06T10:00:00Z",
            "period": {"start": "2026-03-04T04:30:00Z", "end": "2026-03-06T09:30:00Z"},
        }]),
        "patient.pharmacy" => json!([{
            "what": "data-available", "user": full(), "kinds": ["medication"],
            "period": {"first_day": "2026-03-01", "last_day": "2026-03-01"},
        }]),
        "patient.laboratory" => json!([{
            "what": "data-available", "user": full(), "kinds": ["laboratory-result"],
            "period": {"start": "2026-03-01T08:15:00Z", "end": "2026-03-01T08:15:00Z"},
        }]),
        "network-query.hie" => network("hie", Some("national-hie"), "completed"),
        "network-query.pharmacy" => network("pharmacy", Some("surescripts"), "failed"),
        "network-query.lab" => network("lab", Some("quest"), "completed"),
        "network-query.hie.first-data-ready" => network("hie", None, "in-progress"),
        "message.status" => json!([{
            "what": "job-status", "user": bare("a1"), "kinds": ["message"], "status": "failed",
        }]),
        "devices.provider-connected" => json!([{
            "what": "connected", "user": wearer,
            "sources": [{"id": "tenovi"}, {"id": "garmin"}],
        }]),
        "devices.provider-disconnected" => json!([{
            "what": "disconnected", "user": wearer, "sources": [{"id": "fitbit"}],
        }]),
        "message.received" => json!([{"what": "unknown"}]),
        other => panic!("{other} has no row"),
    }
}

#[test]
fn every_message_type() {
    // What device data are of is judged by their models.
    let types = TYPED.into_iter().filter(|it| *it != "devices.health-data");
    for message_type in types.chain(["message.received"]) {
        let mut expected = expected(message_type);
        for view in expected.as_array_mut().expect("views") {
            view["event_type"] = message_type.into();
            if view.get("at").is_none() {
                view["at"] = AT.into();
            }
        }
        assert_eq!(views(message(message_type)), expected, "{message_type}");
    }
}

#[test]
fn device_data_are_pushed_once_for_each_user() {
    let users = r#"[{"userId":"u","sleep":[]},{"userId":"v"},{"userId":"u","body":[],"sleep":[]}]"#;
    let event = event(with_meta(
        "devices.health-data",
        &format!(r#""users":{users}"#),
    ));
    let views = event.views();
    let found: Vec<_> = views
        .iter()
        .map(|view| (view.what.as_str(), view.user.id.as_deref()))
        .collect();
    let expected = [("data-pushed", Some("u")), ("data-pushed", Some("v"))];
    assert_eq!(found, expected);
}

#[test]
fn providers_of_a_user_are_named_once() {
    let user = |id: &str, providers: &str| {
        format!(r#"{{"userId":"{id}","providers":{providers},"connectedProviders":[]}}"#)
    };
    let users = [
        user("u", r#"["a","b","a"]"#),
        user("v", "[]"),
        user("u", r#"["b","c"]"#),
    ];
    let users = format!(r#""users":[{}]"#, users.join(","));
    let expected = json!([
        {
            "what": "disconnected", "event_type": "devices.provider-disconnected", "at": AT,
            "user": {"id": "u"}, "sources": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
        },
        {
            "what": "disconnected", "event_type": "devices.provider-disconnected", "at": AT,
            "user": {"id": "v"},
        },
    ]);
    let body = with_meta("devices.provider-disconnected", &users);
    assert_eq!(views(body), expected);
}

/// What, status and period of the one view of a message with one patient.
pub(super) fn outcome(message_type: &str, member: &str, content: &str) -> (String, String, Value) {
    let body = with_meta(message_type, &format!(r#""{member}":{content}"#));
    let views = views(body);
    let [view] = views.as_array().expect("views").as_slice() else {
        panic!("{views}");
    };
    let text = |name| view[name].as_str().unwrap_or_default().to_owned();
    (text("what"), text("status"), view["period"].clone())
}

#[test]
fn what_can_be_fetched_is_told_by_status_and_content() {
    const LINKS: &str = r#"{"entry":[{"resource":{"resourceType":"DocumentReference","content":[{"attachment":{"url":"https://files.example.org/1"}}]}}]}"#;
    const INLINE: &str = r#"{"entry":[{"resource":{"resourceType":"Patient"}}]}"#;
    let document = r#"{"id":"d","fileName":"f","url":"https://files.example.org/1","downloadUrl":"https://files.example.org/2"}"#;
    let documents = format!(r#""documents":[{document}]"#);
    let pages = r#""pagination":{"page":1,"totalPages":1,"totalItems":1}"#;
    let bundle = |bundle: &str| format!(r#""bundle":{bundle}"#);
    let (links, inline) = (bundle(LINKS), bundle(INLINE));
    let rows: &[(&str, &str, &str, &str, &str)] = &[
        (
            "document-download",
            "completed",
            "",
            "data-available",
            "completed",
        ),
        (
            "document-download",
            "completed",
            r#""documents":null"#,
            "data-available",
            "completed",
        ),
        (
            "document-download",
            "completed",
            r#""documents":[]"#,
            "job-status",
            "completed",
        ),
        (
            "document-download",
            "completed",
            &documents,
            "data-available",
            "completed",
        ),
        (
            "document-download",
            "failed",
            &documents,
            "job-status",
            "failed",
        ),
        (
            "document-download",
            "processing",
            &documents,
            "job-status",
            "in-progress",
        ),
        ("document-download", "waiting", "", "job-status", "waiting"),
        ("document-download", "paused", "", "job-status", "paused"),
        (
            "document-conversion",
            "completed",
            "",
            "data-available",
            "completed",
        ),
        (
            "document-conversion",
            "processing",
            "",
            "job-status",
            "in-progress",
        ),
        ("document-conversion", "failed", "", "job-status", "failed"),
        (
            "document-bulk-download-urls",
            "completed",
            &documents,
            "data-available",
            "completed",
        ),
        (
            "document-bulk-download-urls",
            "processing",
            &documents,
            "data-available",
            "in-progress",
        ),
        (
            "document-bulk-download-urls",
            "completed",
            r#""documents":[]"#,
            "job-status",
            "completed",
        ),
        (
            "document-bulk-download-urls",
            "completed",
            "",
            "job-status",
            "completed",
        ),
        (
            "document-bulk-download-urls",
            "failed",
            &documents,
            "job-status",
            "failed",
        ),
        (
            "document-bulk-download-paged",
            "completed",
            &documents,
            "data-available",
            "completed",
        ),
        (
            "document-bulk-download-paged",
            "completed",
            "",
            "job-status",
            "completed",
        ),
        (
            "document-bulk-download-paged",
            "failed",
            &documents,
            "job-status",
            "failed",
        ),
        (
            "consolidated-data",
            "completed",
            &links,
            "data-available",
            "completed",
        ),
        (
            "consolidated-data",
            "completed",
            &inline,
            "data-pushed",
            "completed",
        ),
        (
            "consolidated-data",
            "completed",
            "",
            "job-status",
            "completed",
        ),
        (
            "consolidated-data",
            "completed",
            r#""bundle":null"#,
            "job-status",
            "completed",
        ),
        (
            "consolidated-data",
            "completed",
            r#""bundle":{"entry":[]}"#,
            "job-status",
            "completed",
        ),
        (
            "consolidated-data",
            "failed",
            &links,
            "job-status",
            "failed",
        ),
        ("consolidated-data", "failed", "", "job-status", "failed"),
    ];
    for (suffix, status, members, what, job) in rows {
        let mut patient = format!(r#"{{"patientId":"p","status":"{status}""#);
        let paged = suffix.ends_with("paged").then_some(pages);
        for members in [Some(*members), paged].into_iter().flatten() {
            if !members.is_empty() {
                patient = format!("{patient},{members}");
            }
        }
        let message_type = format!("medical.{suffix}");
        let (found, found_job, _) = outcome(&message_type, "patients", &format!("[{patient}}}]"));
        assert_eq!(
            (&*found, &*found_job),
            (*what, *job),
            "{suffix} {status} {members}"
        );
    }
}

#[test]
fn jobs_that_create_patients() {
    for (status, result, what, job) in [
        ("waiting", "", "job-status", "waiting"),
        ("processing", "", "job-status", "in-progress"),
        (
            "completed",
            r#","result":"https://files.example.org/r""#,
            "data-available",
            "completed",
        ),
        ("completed", r#","result":null"#, "job-status", "completed"),
        ("completed", r#","result":"""#, "job-status", "completed"),
        (
            "failed",
            r#","result":"https://files.example.org/r""#,
            "job-status",
            "failed",
        ),
        ("expired", "", "job-status", "expired"),
        ("later", "", "job-status", "later"),
    ] {
        let content = format!(r#"{{"requestId":"r","status":"{status}"{result}}}"#);
        let (found, found_job, _) =
            outcome("medical.bulk-patient-create", "bulkPatientCreate", &content);
        assert_eq!((&*found, &*found_job), (what, job), "{status}{result}");
    }
}

#[test]
fn messages_without_an_entry_have_one_view_without_a_user() {
    for (message_type, member, what) in [
        ("medical.document-download", "patients", "job-status"),
        ("medical.document-conversion", "patients", "job-status"),
        (
            "medical.document-bulk-download-urls",
            "patients",
            "job-status",
        ),
        (
            "medical.document-bulk-download-paged",
            "patients",
            "job-status",
        ),
        ("medical.consolidated-data", "patients", "job-status"),
        ("devices.provider-connected", "users", "connected"),
        ("devices.provider-disconnected", "users", "disconnected"),
        ("devices.health-data", "users", "data-pushed"),
    ] {
        let body = with_meta(message_type, &format!(r#""{member}":[]"#));
        let expected = json!([{"what": what, "event_type": message_type, "at": AT}]);
        assert_eq!(views(body), expected);
    }
}

#[test]
fn a_ping_of_old_has_type_and_no_time() {
    let expected = json!([{"what": "endpoint-test", "event_type": "ping"}]);
    assert_eq!(views(r#"{"ping":"x"}"#.to_owned()), expected);
}
