//! Dispatch, order of members, errors, and bodies made to break a decoder.

use pulsehook_core::DecodeErrorKind;
use pulsehook_core::metriport::Event;
use serde_json::Value;

use super::{TYPED, event, message, try_deliver, undecodable, with_meta};

/// Writes a message anew with its top-level members in an order, and spaces between them.
fn in_order(body: &str, meta_first: bool) -> String {
    let value: serde_json::Map<String, Value> = serde_json::from_str(body).expect("JSON");
    let mut members: Vec<_> = value.iter().collect();
    members.sort_by_key(|(name, _)| (*name == "meta") != meta_first);
    let members: Vec<_> = members
        .iter()
        .map(|(name, value)| format!("\n  \"{name}\" : {value}"))
        .collect();
    format!(" {{{}\n}}\r\n", members.join(" ,"))
}

#[test]
fn the_order_of_members_does_not_matter() {
    for message_type in TYPED {
        let body = message(message_type);
        let expected = serde_json::to_value(event(body.clone())).expect("JSON");
        for meta_first in [true, false] {
            let event = event(in_order(&body, meta_first));
            let kept = serde_json::to_value(&event).expect("JSON");
            assert_eq!(kept, expected, "{message_type}");
        }
    }
}

#[test]
fn unknown_messages_keep_all_but_the_space_around_them() {
    let body = in_order(&message("message.received"), false);
    let Event::Unknown(unknown) = event(body.clone()) else {
        panic!("known");
    };
    assert_eq!(unknown.raw.get(), body.trim());
}

/// Puts a member into every object of a value.
fn with_extra(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(with_extra);
            members.insert("xNew".into(), serde_json::json!([{ "a": null }]));
        }
        Value::Array(items) => items.iter_mut().for_each(with_extra),
        _ => {}
    }
}

#[test]
fn unknown_members_are_ignored_at_every_level() {
    // Maps with free names would take a member for an entry; raw JSON and `devices.*` keep it.
    for message_type in TYPED {
        let mut body: Value = serde_json::from_str(&message(message_type)).expect("JSON");
        let members = body.as_object_mut().expect("object");
        for value in members.values_mut() {
            let entries = match &mut *value {
                Value::Array(entries) => entries.as_mut_slice(),
                single => std::slice::from_mut(single),
            };
            for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
                entry.remove("additionalIds");
                entry.remove("connectedDevices");
            }
            with_extra(value);
        }
        members.insert("xNew".into(), serde_json::json!({ "a": [1.5, true] }));
        let event = event(body.to_string());
        assert_eq!(event.event_type().as_str(), message_type);
        assert!(!matches!(event, Event::Unknown(_)), "{message_type}");
    }
}

#[test]
fn members_of_other_types_are_skipped_whatever_they_hold() {
    let body = with_meta(
        "medical.document-conversion",
        r#""payload":7,"users":{"a":1},"patients":[],"bulkPatientCreate":null,"payload":8,"ping":[]"#,
    );
    assert!(matches!(event(body), Event::DocumentConversion(_)));
    let body = r#"{"payload":7,"users":{},"payload":8,"patients":[],"meta":{"messageId":"m","when":"w","type":"medical.document-conversion"}}"#;
    assert!(matches!(event(body), Event::DocumentConversion(_)));
}

#[test]
fn repeated_members_are_refused() {
    let meta = r#""meta":{"messageId":"m","when":"w","type":"medical.document-conversion"}"#;
    let patients = r#""patients":[]"#;
    for (members, field) in [
        ([meta, patients, patients], "patients"),
        ([patients, meta, patients], "patients"),
        ([patients, patients, meta], "patients"),
        ([meta, patients, meta], "meta"),
        ([meta, meta, patients], "meta"),
        ([patients, meta, meta], "meta"),
    ] {
        undecodable(format!("{{{}}}", members.join(",")), |undecodable| {
            let error = undecodable.error();
            assert_eq!(error.kind(), DecodeErrorKind::InvalidField);
            assert_eq!(error.field(), Some(field));
        });
    }
}

/// Names the member that a type uses.
fn member_of(message_type: &str) -> &'static str {
    match message_type {
        "ping" => "ping",
        "medical.bulk-patient-create" => "bulkPatientCreate",
        other if other.starts_with("medical.") => "patients",
        other if other.starts_with("devices.") => "users",
        _ => "payload",
    }
}

#[test]
fn messages_without_their_member_are_refused() {
    let check = |message_type: &str, field: &str| {
        for members in [r#""x":1"#, r#""xpatients":[],"Payload":{}"#] {
            undecodable(with_meta(message_type, members), |undecodable| {
                let error = undecodable.error();
                assert_eq!(error.kind(), DecodeErrorKind::MissingField);
                assert_eq!(error.field(), Some(field), "{message_type}");
                assert_eq!(
                    undecodable.event_type().expect("type").as_str(),
                    message_type
                );
                assert_eq!(undecodable.id().expect("id").as_str(), "m-1");
            });
        }
    };
    for message_type in TYPED {
        check(message_type, member_of(message_type));
    }
}

#[test]
fn members_of_another_shape_are_refused_with_type_and_id() {
    let names = ["patients", "payload", "bulkPatientCreate", "users", "ping"];
    for message_type in TYPED {
        for value in ["null", "7", r#"["x"]"#, "[[]]", "{}", r#"{"patientId":7}"#] {
            let members = names.map(|name| format!(r#""{name}":{value}"#)).join(",");
            let meta_first = with_meta(message_type, &members);
            let meta_last = format!(
                r#"{{{members},"meta":{{"messageId":"m-1","when":"w","type":"{message_type}"}}}}"#
            );
            for body in [meta_first, meta_last] {
                undecodable(body, |undecodable| {
                    assert_eq!(
                        undecodable.event_type().expect("type").as_str(),
                        message_type
                    );
                    assert_eq!(undecodable.id().expect("id").as_str(), "m-1");
                });
            }
        }
    }
}

#[test]
fn positional_arrays_are_no_objects() {
    let check = |message_type: &str, members: &str| {
        undecodable(with_meta(message_type, members), |undecodable| {
            assert_eq!(
                undecodable.error().kind(),
                DecodeErrorKind::Shape,
                "{members}"
            );
        });
    };
    check(
        "patient.admit",
        r#""payload":["p",null,null,"u",null,null,null]"#,
    );
    check(
        "medical.document-conversion",
        r#""patients":[["p",null,null,"completed"]]"#,
    );
    check(
        "medical.document-download",
        r#""patients":[{"patientId":"p","status":"completed","documents":[["d","f",null,null,null,null,null,null]]}]"#,
    );
    check(
        "network-query.hie",
        r#""payload":{"patientId":"p","consolidatedDataUrl":"u","source":["hie",null,"completed","t"]}"#,
    );
}

#[test]
fn errors_point_into_the_body_whatever_the_order() {
    let document = "{\n\"id\": \"d\",\n\"fileName\": \"f\", \"size\": -1}";
    let patients = format!(
        "\"patients\": [{{\"patientId\": \"p\", \"status\": \"completed\",\n \"documents\": [{document}]}}]"
    );
    let meta = r#""meta":{"messageId":"m","when":"w","type":"medical.document-download"}"#;
    let position = |body: String| {
        let mut position = None;
        undecodable(body, |undecodable| {
            position = undecodable.error().position()
        });
        position.expect("a position")
    };
    let (line, column) = position(format!("{{\n{meta},\n{patients}}}"));
    assert_eq!(line, 6);
    let (late_line, late_column) = position(format!("{{\n\n{patients},\n{meta}}}"));
    assert_eq!((late_line, late_column), (line, column));
    // On the first line of the part, columns count from the start of the body's line.
    let bad = r#""patients":[{"patientId":7}]"#;
    let early = position(format!("{{{meta},{bad}}}"));
    let late = position(format!("{{{bad},{meta}}}"));
    assert_eq!((early.0, late.0), (1, 1));
    assert_eq!(early.1 - late.1, meta.len() + 1);
}

#[test]
fn errors_hold_nothing_of_the_body() {
    let canary = "canary-4711";
    for body in [
        format!(r#"{{"meta":"{canary}"}}"#),
        with_meta("patient.admit", &format!(r#""payload":"{canary}""#)),
        with_meta(
            "medical.document-conversion",
            &format!(r#""patients":[{{"patientId":["{canary}"]}}]"#),
        ),
        with_meta(
            "medical.document-conversion",
            &format!(r#""patients":[{{"{canary}":"#),
        ),
        format!(
            r#"{{"patients":["{canary}"],"meta":{{"messageId":"m","when":"w","type":"medical.document-conversion"}}}}"#
        ),
    ] {
        let error = try_deliver(body).expect_err("undecodable");
        let shown = format!(
            "{error} {error:?} {} {:?}",
            error.reason(),
            error.undecodable()
        );
        assert!(!shown.contains(canary), "{shown}");
    }
}

const DEEP: usize = 100_000;

#[test]
fn deep_json_in_skipped_and_raw_members_is_harmless() {
    let deep = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(DEEP), "}".repeat(DEEP));
    for deep in [deep, objects] {
        let body = with_meta(
            "medical.document-conversion",
            &format!(r#""x":{deep},"patients":[]"#),
        );
        assert!(matches!(event(body), Event::DocumentConversion(_)));
        let body = with_meta("new.type", &format!(r#""payload":{deep}"#));
        let event_of_new_type = event(body.clone());
        assert_eq!(
            serde_json::to_string(&event_of_new_type).expect("JSON"),
            body
        );
        drop(event_of_new_type);
        let patient =
            format!(r#"{{"patientId":"p","status":"completed","bundle":{deep},"x":{deep}}}"#);
        let body = with_meta(
            "medical.consolidated-data",
            &format!(r#""patients":[{patient}]"#),
        );
        assert!(
            serde_json::to_string(&event(body))
                .expect("JSON")
                .contains(&deep)
        );
        let body = format!(
            r#"{{"x":{deep},"patients":[],"meta":{{"messageId":"m","when":"w","type":"medical.document-conversion","data":{deep}}}}}"#
        );
        assert!(matches!(event(body), Event::DocumentConversion(_)));
    }
}

#[test]
fn deep_json_in_typed_members_is_refused() {
    let deep = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let objects = format!("{}1{}", r#"{"coding":"#.repeat(DEEP), "}".repeat(DEEP));
    for deep in [deep, objects] {
        for message_type in TYPED {
            let members = format!(r#""{}":{deep}"#, member_of(message_type));
            undecodable(with_meta(message_type, &members), |_| {});
        }
        for (before, after) in [
            (r#""additionalIds":"#, ""),
            (r#""documents":"#, ""),
            (r#""status":"#, ""),
            (r#""documents":[{"id":"d","fileName":"f","size":"#, "}]"),
            (r#""documents":[{"id":"d","fileName":"f","type":"#, "}]"),
        ] {
            let patient = format!(r#"{{"patientId":"p",{before}{deep}{after}}}"#);
            let members = format!(r#""patients":[{patient}]"#);
            let body = with_meta("medical.document-download", &members);
            undecodable(body, |undecodable| {
                assert_ne!(undecodable.error().kind(), DecodeErrorKind::MissingField);
            });
        }
    }
}

#[test]
fn bodies_that_are_no_message_are_refused() {
    use DecodeErrorKind::{Empty, MissingField, NotUtf8, Shape, Syntax};

    let check = |body: &[u8], kind| {
        undecodable(body.to_vec(), |undecodable| {
            assert_eq!(undecodable.error().kind(), kind);
        });
    };
    check(b"", Empty);
    check(b" ", Syntax);
    check(b"{", Syntax);
    check(b"{}", MissingField);
    check(b"{}{}", Syntax);
    check(b"{\"ping\":\"x\"} x", Syntax);
    check(b"\xef\xbb\xbf{\"ping\":\"x\"}", Syntax);
    check(b"{\"ping\":\"\xff\"}", NotUtf8);
    check(b"{\"ping\":\"\xed\xa0\xbd\"}", NotUtf8);
    check(b"{'ping':'x'}", Syntax);
    check(b"{\"ping\":\"x\",}", Syntax);
    check(b"{\"ping\":\"\n\"}", Syntax);
    check(b"{\"x\":1e999,\"meta\":[]}", Shape);
}
