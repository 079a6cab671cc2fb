//! What is Thryve's alone: web authentication, signatures over compressed bytes, data pushes.

use pulsehook_core::signature::encode_base64;
use pulsehook_core::thryve::testing::{sign, unsigned};
use serde_json::{Value, json};

use super::{Case, Expect, accepted, on_wire, refused};
use crate::client::Request;
use crate::endpoints::{CURRENT, NOW, key};

mod compression;
mod signatures;
mod web;

const CONNECT: &str = r#"{"endUserId":"u-5512","endUserAlias":"patient-9","timestampType":"unix","type":"notification.source.connect","data":{"timestamp":1662572400000,"dataSourceId":1}}"#;

/// A data push, which is sent compressed.
const PUSH: &str = r#"{"endUserId":"u-5512","timestampType":"ISO","type":"event.data.epoch.create","data":{"dataSourceId":5,"dataSourceName":"Apple","epochData":[{"startTimestamp":"2024-01-28T07:00:00Z","endTimestamp":"2024-01-28T07:01:00Z","timezoneOffset":60,"dataTypeId":3000,"value":61}]}}"#;

const SIGNATURE: &str = "x-hmac-signature";
const TIMESTAMP: &str = "x-hmac-timestamp";

fn connect_event() -> Value {
    json!({
        "endUserId": "u-5512",
        "endUserAlias": "patient-9",
        "timestampType": "unix",
        "type": "notification.source.connect",
        "data": {"timestamp": 1_662_572_400_000_u64, "dataSourceId": 1},
    })
}

fn push_event() -> Value {
    json!({
        "endUserId": "u-5512",
        "timestampType": "ISO",
        "type": "event.data.epoch.create",
        "data": [{
            "dataSourceId": 5,
            "dataSourceName": "Apple",
            "epochData": [{
                "startTimestamp": "2024-01-28T07:00:00Z",
                "endTimestamp": "2024-01-28T07:01:00Z",
                "timezoneOffset": 60,
                "dataTypeId": 3000,
                "value": 61,
            }],
        }],
    })
}

/// A delivery as it must reach the handler, whole but for its key of de-duplication.
fn delivered(label: &str, authenticity: &str, key: Option<&str>, event: Value) -> Expect {
    accepted(vec![
        ("provider", "thryve".into()),
        ("endpoint", label.into()),
        ("authenticity", authenticity.into()),
        ("key", key.into()),
        ("received_at", "2026-02-03T04:05:06Z".into()),
        ("events", Value::Array(vec![event])),
    ])
}

/// What must come of a push that is signed rightly.
fn pushed(label: &str) -> Expect {
    delivered(label, "body-signature", Some("current"), push_event())
}

fn now() -> String {
    format!("{NOW}000")
}

/// Signs a body as it stands, for an endpoint.
fn signed(label: &str, body: impl AsRef<[u8]>) -> Request {
    signed_at(label, body, &now())
}

fn signed_at(label: &str, body: impl AsRef<[u8]>, timestamp: &str) -> Request {
    let signed = sign(&key(CURRENT), body.as_ref().to_vec(), timestamp);
    on_wire(&signed, &format!("/hooks/{label}"))
}

/// Sends a body that nothing signs.
fn plain(label: &str, body: impl AsRef<[u8]>) -> Request {
    let unsigned = unsigned(body.as_ref().to_vec());
    on_wire(&unsigned, &format!("/hooks/{label}"))
}

/// Base64 text of a body, as a gateway makes it of a frame.
fn wrapped(body: impl AsRef<[u8]>) -> String {
    encode_base64(body.as_ref())
}

struct Cases<'c>(&'c mut Vec<Case>);

impl Cases<'_> {
    fn add(&mut self, name: &str, request: Request, expect: Expect) {
        self.0.push(Case {
            name: format!("thryve: {name}"),
            request,
            expect,
        });
    }

    fn refuse(&mut self, name: &str, request: Request, status: u16) {
        self.add(name, request, refused(status));
    }
}

pub(super) fn cases(cases: &mut Vec<Case>) {
    let mut cases = Cases(cases);
    signatures::all(&mut cases);
    web::all(&mut cases);
    compression::all(&mut cases);
    messages(&mut cases);
}

fn messages(cases: &mut Cases<'_>) {
    let connect = delivered("thryve", "body-signature", Some("current"), connect_event());
    cases.add("a source is connected", signed("thryve", CONNECT), connect);
    let unknown = r#"{"endUserId":"u-1","type":"event.data.epoch.delete","data":[1]}"#;
    cases.add(
        "a type that is not known",
        signed("thryve", unknown),
        accepted(vec![(
            "events",
            json!([{"endUserId": "u-1", "type": "event.data.epoch.delete", "data": [1]}]),
        )]),
    );
    let legacy = r#"{"sourceUpdate":{"authenticationToken":"u-1","dataSource":"2","connectionStatus":"NEW"}}"#;
    cases.add(
        "a retired format",
        signed("thryve", legacy),
        accepted(vec![]),
    );
    for body in [
        "[]",
        "{}",
        "null",
        "{\"type\":5}",
        r#"{"type":"notification.source.connect","data":{"timestamp":1662572400000,"dataSourceId":1}}"#,
        r#"{"endUserId":"u-1","type":"notification.source.connect","data":{"timestamp":"soon","dataSourceId":1}}"#,
        r#"{"endUserId":"u-1","type":"notification.source.connect","data":{"timestamp":1662572400000}}"#,
        r#"{"endUserId":"u-1","type":"notification.source.connect","data":{"timestamp":166257240000000000,"dataSourceId":1}}"#,
    ] {
        cases.refuse(&format!("message {body}"), signed("thryve", body), 400);
    }
}
