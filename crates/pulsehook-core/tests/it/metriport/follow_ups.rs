//! The calls that follow every message type.

use pulsehook_core::follow_up::{
    Call, Context, FollowUpApi as _, FollowUpError, FollowUps, Method,
};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::metriport::{Api, api_key};
use serde_json::{Value, json};

use super::{TYPED, event, message, with_meta};

pub(super) const PATIENT: &str = "01a00000-1111-7000-8000-0000000000a1";
const API: &str = "https://api.metriport.com/medical/v1";

pub(super) fn now() -> Timestamp {
    "2026-03-04T05:06:10Z".parse().expect("an instant")
}

pub(super) fn plan(api: &Api, body: impl Into<String>) -> FollowUps {
    api.follow_ups(&event(body.into()), &Context::at(now()))
}

fn planned(body: String) -> Value {
    serde_json::to_value(plan(&Api::new(), body)).expect("serialises")
}

/// A call of the API, as it serialises.
fn of_api(name: &str, method: &str, path: &str, query: Value) -> Value {
    json!({
        "name": name, "method": method, "url": format!("{API}{path}"), "query": query,
        "headers": {"accept": "application/json"}, "credential": {"kind": "application-key"},
        "then": match name {
            "Get Document URL" => "GET the `url` of the answer within 60 seconds",
            "List Documents" => "Get Document URL for each",
            "Start Bulk Get Document URL" => "`medical.document-bulk-download-urls` arrives",
            "Start Consolidated Data Query" => "`medical.consolidated-data` arrives",
            other => panic!("{other} has no row"),
        },
    })
}

fn alternative(mut call: Value) -> Value {
    call["alternative"] = true.into();
    call
}

fn of_link(name: &str, url: &str, expires_at: &str) -> Value {
    json!({"name": name, "method": "GET", "url": url, "expires_at": expires_at})
}

/// The calls after every fixture.
fn expected(message_type: &str) -> Value {
    let query = || {
        let path = format!("/patient/{PATIENT}/consolidated/query");
        let query = json!({"conversionType": "json"});
        of_api("Start Consolidated Data Query", "POST", &path, query)
    };
    let bulk = || {
        let query = json!({"patientId": PATIENT});
        let path = "/document/download-url/bulk";
        alternative(of_api("Start Bulk Get Document URL", "POST", path, query))
    };
    let in_three = "2026-03-04T05:09:07.089Z";
    let in_ten = "2026-03-04T05:16:07.089Z";
    let encounter = |name| {
        let url = "https://files.example.com/encounter.json";
        json!([of_link(name, url, in_ten)])
    };
    let all = "https://files.example.com/all.json";
    let record = "Download consolidated data";
    match message_type {
        "medical.document-download" => {
            let document = |name: &str| {
                let query = json!({"fileName": name});
                of_api("Get Document URL", "GET", "/document/download-url", query)
            };
            json!([
                document("cx/a1/cx_a1_d1.xml"),
                document("cx/a1/cx_a1_d2.pdf")
            ])
        }
        "medical.document-conversion" => json!([query()]),
        "medical.document-bulk-download-urls" => json!([
            of_link(
                "Download document",
                "https://files.example.com/d1?sig=x",
                in_ten
            ),
            bulk(),
        ]),
        "medical.document-bulk-download-paged" => json!([
            of_link(
                "Download document",
                "https://files.example.com/d1?sig=y",
                in_ten
            ),
            alternative(of_link(
                "Download document",
                "https://files.example.com/d1?sig=x",
                in_ten
            )),
            bulk(),
        ]),
        "medical.consolidated-data" => {
            let mut query = alternative(query());
            query["query"] = json!({
                "resources": "Encounter,Observation", "dateFrom": "2025-01-01", "conversionType": "pdf",
            });
            let url = "https://files.example.com/c.pdf";
            json!([of_link("Download attachment", url, in_three), query])
        }
        "medical.bulk-patient-create" => {
            let url = "https://files.example.com/result.csv";
            json!([of_link("Download result", url, in_three)])
        }
        "patient.admit" | "patient.transfer" | "patient.discharge" => {
            encounter("Download encounter")
        }
        "patient.pharmacy" => encounter("Download dispense"),
        "patient.laboratory" => encounter("Download laboratory result"),
        "network-query.hie" | "network-query.pharmacy" | "network-query.lab" => {
            json!([of_link(record, all, in_three), alternative(query())])
        }
        "network-query.hie.first-data-ready" => {
            json!([{"name": record, "method": "GET", "url": all}, alternative(query())])
        }
        "ping"
        | "message.status"
        | "message.received"
        | "devices.provider-connected"
        | "devices.provider-disconnected"
        | "devices.health-data" => json!([]),
        other => panic!("{other} has no row"),
    }
}

#[test]
fn every_message_type() {
    for message_type in TYPED.into_iter().chain(["message.received"]) {
        let found = planned(message(message_type));
        let expected = json!({"calls": expected(message_type), "refused": []});
        assert_eq!(found, expected, "{message_type}");
    }
}

fn documents(count: usize) -> String {
    let document = |index| format!(r#"{{"id":"d{index}","fileName":"f{index}"}}"#);
    let documents: Vec<String> = (0..count).map(document).collect();
    format!("[{}]", documents.join(","))
}

fn download(patients: &[(&str, &str, usize)]) -> String {
    let patient = |(id, status, count): &(&str, &str, usize)| {
        let documents = documents(*count);
        format!(r#"{{"patientId":"{id}","status":"{status}","documents":{documents}}}"#)
    };
    let patients: Vec<String> = patients.iter().map(patient).collect();
    let patients = format!(r#""patients":[{}]"#, patients.join(","));
    with_meta("medical.document-download", &patients)
}

pub(super) fn names(follow_ups: &FollowUps) -> Vec<&str> {
    follow_ups.calls.iter().map(Call::name).collect()
}

#[test]
fn more_documents_than_the_limit_are_asked_for_at_once() {
    for (count, calls, name) in [
        (0, 0, ""),
        (1, 1, "Get Document URL"),
        (100, 100, "Get Document URL"),
        (101, 1, "Start Bulk Get Document URL"),
        (5000, 1, "Start Bulk Get Document URL"),
    ] {
        let follow_ups = plan(&Api::new(), download(&[("p", "completed", count)]));
        assert_eq!(follow_ups.calls.len(), calls, "{count}");
        assert!(
            names(&follow_ups).into_iter().all(|it| it == name),
            "{count}"
        );
    }
    let api = Api::new().with_call_limit(2);
    let body = download(&[
        ("p", "completed", 1),
        ("q", "completed", 2),
        ("r", "completed", 1),
        ("s", "failed", 1),
        ("t", "processing", 1),
    ]);
    let follow_ups = plan(&api, body);
    let expected = [
        ("Get Document URL", "fileName", "f0"),
        ("Start Bulk Get Document URL", "patientId", "q"),
        ("Start Bulk Get Document URL", "patientId", "r"),
    ];
    let found: Vec<_> = follow_ups
        .calls
        .iter()
        .map(|call| {
            let (name, value) = call.query().iter().next().expect("a parameter");
            (call.name(), name, value)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn documents_that_are_not_named_are_listed() {
    let patients = r#""patients":[{"patientId":"p & q","status":"completed"},{"patientId":"r","status":"failed"}]"#;
    let follow_ups = plan(
        &Api::new(),
        with_meta("medical.document-download", patients),
    );
    let [list] = follow_ups.calls.as_slice() else {
        panic!("{follow_ups:?}");
    };
    assert_eq!(list.name(), "List Documents");
    let request = list
        .request(&api_key("k").expect("a key"))
        .expect("a request");
    assert_eq!(
        request.uri().to_string(),
        format!("{API}/document?patientId=p+%26+q")
    );
}

#[test]
fn failed_entries_have_no_calls_but_those_of_network_queries() {
    let inline = r#"{"entry":[{"resource":{"resourceType":"DocumentReference","content":[{"attachment":{"url":"https://a.test/1"}}]}}]}"#;
    for (message_type, members) in [
        ("medical.document-download", r#""patients":[{"patientId":"p","status":"failed"}]"#.to_owned()),
        ("medical.document-conversion", r#""patients":[{"patientId":"p","status":"failed"}]"#.into()),
        ("medical.document-conversion", r#""patients":[{"patientId":"p","status":"processing"}]"#.into()),
        ("medical.consolidated-data", format!(r#""patients":[{{"patientId":"p","status":"failed","bundle":{inline}}}]"#)),
        ("medical.bulk-patient-create", r#""bulkPatientCreate":{"requestId":"r","status":"failed","result":"https://a.test/1"}"#.into()),
        ("medical.bulk-patient-create", r#""bulkPatientCreate":{"requestId":"r","status":"completed","result":""}"#.into()),
        ("medical.bulk-patient-create", r#""bulkPatientCreate":{"requestId":"r","status":"processing"}"#.into()),
    ] {
        let follow_ups = plan(&Api::new(), with_meta(message_type, &members));
        assert!(follow_ups.is_empty(), "{message_type} {members}");
    }
    // The fixture's source failed.
    assert_eq!(
        plan(&Api::new(), message("network-query.pharmacy"))
            .calls
            .len(),
        2
    );
}

#[test]
fn inline_records_alone_need_no_call() {
    let bundle = r#"{"entry":[{"resource":{"resourceType":"Patient"}}]}"#;
    let patients =
        format!(r#""patients":[{{"patientId":"p","status":"completed","bundle":{bundle}}}]"#);
    assert!(
        plan(
            &Api::new(),
            with_meta("medical.consolidated-data", &patients)
        )
        .is_empty()
    );
}

#[test]
fn a_patient_who_cannot_be_part_of_a_path_is_refused() {
    for id in ["", ".", ".."] {
        let patients = format!(
            r#""patients":[{{"patientId":"{id}","status":"completed"}},{{"patientId":"a/../b","status":"completed"}}]"#
        );
        let follow_ups = plan(
            &Api::new(),
            with_meta("medical.document-conversion", &patients),
        );
        let error = FollowUpError::MalformedSegment { field: "patientId" };
        assert_eq!(follow_ups.refused, [error]);
        let url = follow_ups.calls[0].url().as_str();
        assert_eq!(url, format!("{API}/patient/a%2F..%2Fb/consolidated/query"));
    }
}

#[test]
fn calls_that_no_event_asks_for() {
    let status = Api::new().network_query("r/1").expect("a call");
    assert_eq!(
        (status.name(), status.method()),
        ("Get Network Query Status", Method::Get)
    );
    assert_eq!(status.url().as_str(), format!("{API}/network/query/r%2F1"));
    assert!(Api::new().network_query("..").is_err());
    let documents = Api::sandbox().documents("p");
    let url = "https://api.sandbox.metriport.com/medical/v1/document";
    assert_eq!(documents.url().as_str(), url);
}

#[test]
fn keys_that_are_none_are_refused() {
    for key in ["", " ", "\t", "a\nb", "ü"] {
        assert!(api_key(key).is_err(), "{key:?}");
    }
}
