//! The calls that follow every message type.

use pulsehook_core::follow_up::{
    Authorization, Call, Context, FollowUpApi as _, FollowUpError, FollowUps, Method,
};
use pulsehook_core::jiff::{SignedDuration, Timestamp};
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

/// A patient whose record came with one link.
fn with_record(id: &str, filters: &str, link: &str) -> String {
    format!(
        r#"{{"patientId":"{id}","status":"completed","filters":{filters},"bundle":{{"entry":[{{"resource":{{
            "resourceType":"DocumentReference","content":[{{"attachment":{{"url":"{link}"}}}}]}}}}]}}}}"#
    )
}

/// The calls after consolidated data: the URL of a link, or the query of what renews links.
fn after_records(patients: &[String]) -> Vec<Value> {
    let patients = format!(r#""patients":[{}]"#, patients.join(","));
    let follow_ups = plan(
        &Api::new(),
        with_meta("medical.consolidated-data", &patients),
    );
    assert_eq!(follow_ups.refused, []);
    let calls = serde_json::to_value(&follow_ups.calls).expect("serialises");
    let calls = calls.as_array().expect("a list");
    let row = |call: &Value| match &call["query"] {
        Value::Null => call["url"].clone(),
        query => json!([call["url"], query]),
    };
    calls.iter().map(row).collect()
}

#[test]
fn filters_go_along_but_a_reversed_period_does_not() {
    let link = "https://files.example.org/1";
    for (from, to, period) in [
        (
            "2025-01-01",
            "2025-06-30",
            Some(("2025-01-01", "2025-06-30")),
        ),
        (
            "2025-01-01",
            "2025-01-01",
            Some(("2025-01-01", "2025-01-01")),
        ),
        ("2025-01-02", "2025-01-01", None),
        // What is no day cannot be compared.
        ("then", "2025-01-01", Some(("then", "2025-01-01"))),
    ] {
        let filters = format!(
            r#"{{"resources":"Encounter, Observation","dateFrom":"{from}","dateTo":"{to}","conversionType":"html"}}"#
        );
        let mut query = json!({"resources": "Encounter,Observation", "conversionType": "html"});
        if let Some((from, to)) = period {
            query["dateFrom"] = from.into();
            query["dateTo"] = to.into();
        }
        let found = after_records(&[with_record("p", &filters, link)]);
        let url = format!("{API}/patient/p/consolidated/query");
        assert_eq!(found, [json!(link), json!([url, query])], "{from} {to}");
    }
}

#[test]
fn each_patient_is_asked_for_by_the_filters_of_the_patient() {
    let (first, second) = ("https://files.example.org/1", "https://files.example.org/2");
    let found = after_records(&[
        with_record("p", r#"{"dateFrom":"2025-01-01"}"#, first),
        with_record(
            "q",
            r#"{"dateTo":"2025-02-02","conversionType":"pdf"}"#,
            second,
        ),
    ]);
    let query = |id, query| json!([format!("{API}/patient/{id}/consolidated/query"), query]);
    let expected = [
        json!(first),
        query(
            "p",
            json!({"dateFrom": "2025-01-01", "conversionType": "json"}),
        ),
        json!(second),
        query(
            "q",
            json!({"dateTo": "2025-02-02", "conversionType": "pdf"}),
        ),
    ];
    assert_eq!(found, expected);
}

#[test]
fn patients_beyond_the_limit_get_no_calls() {
    let patients = vec![r#"{"patientId":"p","status":"completed"}"#; 120].join(",");
    let patients = format!(r#""patients":[{patients}]"#);
    for (message_type, call, planned) in [
        (
            "medical.document-download",
            "Get Document URL",
            "List Documents",
        ),
        (
            "medical.document-conversion",
            "Start Consolidated Data Query",
            "Start Consolidated Data Query",
        ),
    ] {
        let body = with_meta(message_type, &patients);
        // Less than the usual limit is for documents alone.
        for api in [Api::new(), Api::new().with_call_limit(1)] {
            let follow_ups = plan(&api, body.clone());
            assert_eq!(names(&follow_ups), [planned; 100], "{message_type}");
            let error = FollowUpError::TooManyCalls { call, limit: 100 };
            assert_eq!(follow_ups.refused, [error], "{message_type}");
        }
        for limit in [120, 150] {
            let follow_ups = plan(&Api::new().with_call_limit(limit), body.clone());
            assert_eq!(names(&follow_ups), [planned; 120], "{message_type}");
            assert_eq!(follow_ups.refused, [], "{message_type}");
        }
        let follow_ups = plan(&Api::new().with_call_limit(119), body);
        assert_eq!(names(&follow_ups), [planned; 119], "{message_type}");
        let error = FollowUpError::TooManyCalls { call, limit: 119 };
        assert_eq!(follow_ups.refused, [error], "{message_type}");
    }
}

#[test]
fn the_link_of_an_answer_is_called_without_a_credential() {
    let link = "https://files.example.org/cx/1?signature=x";
    let answer = format!(r#"{{"more":[1],"url":"{link}"}}"#);
    let call = Api::new()
        .document_link(answer.as_bytes(), now())
        .expect("a link");
    let expected = of_link("Download document", link, "2026-03-04T05:07:10Z");
    assert_eq!(serde_json::to_value(&call).expect("serialises"), expected);
    assert!(!call.url().may_carry_credential());
    assert!(call.request(&api_key("k").expect("a key")).is_err());
    let request = call.request(&Authorization::none()).expect("a request");
    assert_eq!(request.uri(), link);
    assert_eq!(request.headers().len(), 0);
    let life = call.link_life().expect("a life");
    let second = SignedDuration::from_secs(1);
    assert_eq!(life.since, Some(now()));
    assert!(!life.is_likely_dead(now() + second * 59));
    assert!(life.is_likely_dead(now() + second * 60));

    let malformed = FollowUpError::MalformedUrl { field: "url" };
    let private = FollowUpError::PrivateHost { field: "url" };
    for (answer, error) in [
        ("", &malformed),
        ("x", &malformed),
        ("[]", &malformed),
        ("{}", &malformed),
        (r#"{"url":null}"#, &malformed),
        (r#"{"url":["https://files.example.org/1"]}"#, &malformed),
        (r#"{"url":""}"#, &malformed),
        (r#"{"url":"/1"}"#, &malformed),
        (r#"{"url":"http://files.example.org/1"}"#, &malformed),
        (r#"{"url":"https://user@files.example.org/1"}"#, &malformed),
        (r#"{"url":"https://files.internal/1"}"#, &private),
        (r#"{"url":"https://169.254.169.254/1"}"#, &private),
        (r#"{"url":"http://127.0.0.1:8001/1"}"#, &private),
    ] {
        let found = Api::new().document_link(answer.as_bytes(), now());
        assert_eq!(found.as_ref().err(), Some(error), "{answer}");
    }
    let not_utf8 = Api::new().document_link(b"{\"url\":\"\xFF\"}", now());
    assert_eq!(not_utf8.err(), Some(malformed));
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
