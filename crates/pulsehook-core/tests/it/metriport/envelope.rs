//! What Metriport's sources leave open in `meta`, in pings and in texts, and how it is handled.

use pulsehook_core::metriport::{Event, MessageType};
use pulsehook_core::{DecodeErrorKind, RawJson};

use super::{deliver, event, refused, try_deliver, undecodable, with_meta};

fn with_meta_members(members: &str) -> String {
    format!(r#"{{"meta":{{{members}}},"patients":[]}}"#)
}

const CONVERSION: &str = r#""type":"medical.document-conversion""#;

#[test]
fn request_ids_that_are_missing_null_or_empty_are_absent() {
    for (member, expected) in [
        ("", None),
        (r#","requestId":null"#, None),
        (r#","requestId":"""#, None),
        (r#","requestId":"r""#, Some("r")),
    ] {
        let body = with_meta_members(&format!(
            r#""messageId":"m","when":"w",{CONVERSION}{member}"#
        ));
        let event = event(body);
        let meta = event.meta().expect("meta");
        assert_eq!(meta.request_id.as_deref(), expected, "{member}");
    }
}

#[test]
fn data_of_any_kind_is_raw() {
    for data in [
        r#""text""#,
        "[1, 2]",
        "7.50",
        "true",
        r#"{"disableWHFlag":"true"}"#,
        r#""\ud83d\ude00""#,
    ] {
        let body = with_meta_members(&format!(
            r#""messageId":"m","when":"w",{CONVERSION},"data":{data}"#
        ));
        let event = event(body);
        let raw = event.meta().and_then(|meta| meta.data.as_ref());
        assert_eq!(raw.expect("data").get(), data);
    }
    let body = with_meta_members(&format!(
        r#""messageId":"m","when":"w",{CONVERSION},"data":null"#
    ));
    assert_eq!(event(body).meta().expect("meta").data, None);
}

#[test]
fn meta_must_name_message_time_and_type() {
    use DecodeErrorKind::{MissingField, Shape};

    let check = |members: &str, kind, field| refused(with_meta_members(members), kind, field);
    check(
        &format!(r#""when":"w",{CONVERSION}"#),
        MissingField,
        Some("messageId"),
    );
    check(
        &format!(r#""messageId":"m",{CONVERSION}"#),
        MissingField,
        Some("when"),
    );
    check(r#""messageId":"m","when":"w""#, MissingField, Some("type"));
    check(
        &format!(r#""messageId":7,"when":"w",{CONVERSION}"#),
        Shape,
        None,
    );
    check(
        &format!(r#""messageId":null,"when":"w",{CONVERSION}"#),
        Shape,
        None,
    );
    check(r#""messageId":"m","when":"w","type":7"#, Shape, None);
    check(r#""messageId":"m","when":"w","type":null"#, Shape, None);
    check(r#""messageId":"m","when":"w","type":["ping"]"#, Shape, None);
    for meta in [
        "null",
        "7",
        r#""ping""#,
        "[]",
        r#"["m",null,"w","ping",null]"#,
    ] {
        refused(format!(r#"{{"meta":{meta},"ping":"p"}}"#), Shape, None);
    }
    refused("{}", MissingField, Some("meta"));
    for body in ["[]", "7", "null", r#""{}""#] {
        refused(body, Shape, None);
    }
}

#[test]
fn times_that_do_not_parse_are_accepted() {
    for (when, parses) in [
        ("2026-03-04T05:06:07.089Z", true),
        ("2022-12-24", false),
        ("20221224", false),
        ("2022-13-45", false),
        ("yesterday", false),
        ("", false),
    ] {
        let body = with_meta_members(&format!(r#""messageId":"m","when":"{when}",{CONVERSION}"#));
        let event = event(body);
        let meta = event.meta().expect("meta");
        assert_eq!(meta.when, when);
        assert_eq!(meta.when.instant().is_some(), parses, "{when}");
    }
}

#[test]
fn pings_without_meta_are_answered() {
    let delivery = deliver(r#"{"x":[1],"ping":"legacy-0001"}"#);
    assert!(delivery.is_probe());
    assert_eq!(delivery.ack().body().as_ref(), br#"{"pong":"legacy-0001"}"#);
    let event = &delivery.events()[0];
    assert!(event.meta().is_none());
    assert_eq!(event.event_type(), &MessageType::Ping);
    let serialised = serde_json::to_string(event).expect("JSON");
    assert_eq!(serialised, r#"{"ping":"legacy-0001"}"#);
}

#[test]
fn pings_are_echoed_whatever_their_text() {
    for ping in [r#""""#, r#""\"\\\u0000""#, r#""é😀\ud83d\ude00""#] {
        let delivery = deliver(format!(r#"{{"ping":{ping}}}"#));
        let sent: String = serde_json::from_str(ping).expect("text");
        let body: serde_json::Value = serde_json::from_slice(delivery.ack().body()).expect("JSON");
        assert_eq!(body, serde_json::json!({ "pong": sent }));
    }
}

#[test]
fn pings_without_text_are_refused() {
    use DecodeErrorKind::{InvalidField, MissingField};

    let meta = r#""meta":{"messageId":"m","when":"w","type":"ping"}"#;
    refused(format!("{{{meta}}}"), MissingField, Some("ping"));
    for ping in ["7", "null", r#"["p"]"#, r#"{"ping":"p"}"#] {
        refused(
            format!(r#"{{"ping":{ping},{meta}}}"#),
            InvalidField,
            Some("ping"),
        );
        refused(
            format!(r#"{{{meta},"ping":{ping}}}"#),
            InvalidField,
            Some("ping"),
        );
        refused(format!(r#"{{"ping":{ping}}}"#), MissingField, Some("meta"));
    }
}

#[test]
fn a_ping_beside_another_type_is_no_ping() {
    let body = with_meta("medical.document-conversion", r#""patients":[],"ping":"p""#);
    let delivery = deliver(body);
    assert!(!delivery.is_probe());
    assert!(delivery.ack().body().is_empty());
    assert!(matches!(delivery.events(), [Event::DocumentConversion(_)]));

    let body = r#"{"ping":"p","meta":{"messageId":"m","when":"w","type":"new.type"}}"#;
    let delivery = deliver(body);
    assert!(!delivery.is_probe());
    assert!(matches!(delivery.events(), [Event::Unknown(_)]));
}

#[test]
fn misspelt_and_unpublished_types_are_unknown() {
    for message_type in [
        "medical.medical.consolidated-data",
        "message.received",
        "ias.identity.verified",
        "patient.discharge-summary",
        "network-query",
        "network-query.hie.",
        "Ping",
        "PATIENT.ADMIT",
        " patient.admit",
        "",
    ] {
        let body = with_meta(message_type, r#""payload":{"a":[]}"#);
        let delivery = deliver(body.clone());
        assert_eq!(delivery.ack().status(), 200);
        let Event::Unknown(unknown) = &delivery.events()[0] else {
            panic!("{message_type} is known");
        };
        assert_eq!(unknown.raw.get(), body);
        assert_eq!(unknown.meta.message_type.as_str(), message_type);
        assert_eq!(delivery.events()[0].event_type().as_str(), message_type);
    }
}

#[test]
fn escapes_of_half_a_character_are_refused_wherever_they_are_read() {
    let check = |body: String| {
        undecodable(body, |undecodable| {
            assert!(undecodable.event_type().is_some());
            assert_eq!(undecodable.id().expect("id").as_str(), "m-1");
        });
    };
    for half in [
        r"\ud83d",
        r"\uDE00",
        r"\ud83d\ud83d",
        r"\ud83dx",
        r"\ud83d\n",
        r"\\\ud83d",
    ] {
        let data = format!(
            r#"{{"meta":{{"messageId":"m-1","when":"w",{CONVERSION},"data":{{"{half}":1}}}},"patients":[]}}"#
        );
        check(data);
        let patient = format!(r#"{{"patientId":"{half}","status":"completed"}}"#);
        check(with_meta(
            "medical.document-conversion",
            &format!(r#""patients":[{patient}]"#),
        ));
        for member in ["bundle", "filters"] {
            let patient = format!(
                r#"{{"patientId":"p","status":"completed","{member}":{{"x":["{half}"]}}}}"#
            );
            check(with_meta(
                "medical.consolidated-data",
                &format!(r#""patients":[{patient}]"#),
            ));
        }
        let user = format!(r#"{{"userId":"u","sleep":[["{half}"]]}}"#);
        check(with_meta(
            "devices.health-data",
            &format!(r#""users":[{user}]"#),
        ));
    }
}

#[test]
fn whole_characters_and_backslashes_are_no_half_characters() {
    for text in [
        r"\ud83d\ude00",
        r"\uD83D\uDE00x",
        r"\\ud83d",
        r"\\\\ude00",
        r"\u0041\n\ud83d\ude00",
    ] {
        let data = format!(
            r#"{{"meta":{{"messageId":"m-1","when":"w",{CONVERSION},"data":"{text}"}},"patients":[]}}"#
        );
        assert!(try_deliver(data).is_ok(), "{text}");
    }
}

#[test]
fn escapes_of_half_a_character_in_unknown_members_do_not_matter() {
    let body = with_meta(
        "medical.document-conversion",
        r#""patients":[],"new":"\ud83d""#,
    );
    assert!(matches!(event(body), Event::DocumentConversion(_)));
}

#[test]
fn escapes_of_half_a_character_stay_in_json_of_unknown_form_and_fail_when_it_is_read() {
    let check = |raw: &RawJson, text: &str| {
        assert_eq!(raw.get(), text);
        let parsed = raw.parse::<serde_json::Value>();
        let error = parsed.expect_err("half a character");
        assert_eq!(error.kind(), DecodeErrorKind::Syntax);
        assert_eq!(serde_json::to_string(raw).expect("writes"), text);
    };
    let body = with_meta("new.type", r#""payload":"\ud83d""#);
    let Event::Unknown(unknown) = event(body.clone()) else {
        panic!("another event");
    };
    check(&unknown.raw, &body);
    let users = r#""users":[{"userId":"u","new":["\ud83d"],"sleep":"\ud83d"}]"#;
    let Event::HealthData(health) = event(with_meta("devices.health-data", users)) else {
        panic!("another event");
    };
    check(&health.users[0].other["new"], r#"["\ud83d"]"#);
    check(&health.users[0].other["sleep"], r#""\ud83d""#);
}

#[test]
fn escapes_of_half_a_character_in_names_of_members_are_refused() {
    for (message_type, members) in [
        ("new.type", r#""\ud83d":1"#),
        ("medical.document-conversion", r#""patients":[],"\ud83d":1"#),
        (
            "medical.document-conversion",
            r#""patients":[{"patientId":"p","status":"completed","\ud83d":1}]"#,
        ),
        (
            "devices.health-data",
            r#""users":[{"userId":"u","\ud83d":1}]"#,
        ),
    ] {
        undecodable(with_meta(message_type, members), |undecodable| {
            assert_eq!(undecodable.id().expect("id").as_str(), "m-1");
        });
    }
}
