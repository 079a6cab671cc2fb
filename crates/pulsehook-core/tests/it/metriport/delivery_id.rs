//! The id that is read without decoding, against the one of the decoded delivery.
//!
//! `try_deliver` asserts for every body of these tests that both keys are the same.

use pulsehook_core::DedupKind;

use super::{deliver, message, try_deliver, undecodable};

fn check(body: &str, id: Option<&str>) {
    let key = match try_deliver(body.to_owned()) {
        Ok(delivery) => delivery.dedup_key().clone(),
        Err(error) => {
            let undecodable = error.undecodable().expect("verified");
            assert_eq!(undecodable.id().map(|id| id.as_str()), id, "{body}");
            undecodable.dedup_key().clone()
        }
    };
    match id {
        Some(id) => assert_eq!((key.kind(), key.value()), (DedupKind::Id, id), "{body}"),
        None => assert_eq!(key.kind(), DedupKind::Digest, "{body}"),
    }
}

const META: &str = r#""meta":{"messageId":"m-1","when":"w","type":"medical.document-conversion"}"#;

#[test]
fn meta_is_found_wherever_it_stands() {
    check(&format!(r#"{{{META},"patients":[]}}"#), Some("m-1"));
    check(&format!(r#"{{"patients":[],{META}}}"#), Some("m-1"));
    check(
        &format!(r#"{{"a":{{"meta":{{"messageId":"x"}}}},"patients":[],{META}}}"#),
        Some("m-1"),
    );
    check(
        r#"{"met\u0061":{"messageI\u0064":"m-2","when":"w","type":"t"}}"#,
        Some("m-2"),
    );
}

#[test]
fn retries_with_another_order_of_members_have_the_same_key() {
    let body = message("medical.document-download");
    let value: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let retried = serde_json::to_string(&value).expect("JSON");
    assert_ne!(retried, body);
    let (first, second) = (deliver(body), deliver(retried));
    assert_eq!(first.dedup_key(), second.dedup_key());
    assert_eq!(first.events(), second.events());
    assert_ne!(first.replay_key(), second.replay_key());
}

#[test]
fn ids_are_read_from_broken_bodies() {
    check(&format!("{{{META},"), Some("m-1"));
    check(&format!("{{{META}}} trailing"), Some("m-1"));
    check(&format!(r#"{{{META},"patients":[nonsense]}}"#), Some("m-1"));
    check(&format!(r#"{{"patients":7,{META}}}"#), Some("m-1"));
    check(r#"{"meta":{"messageId":"m-3","type":7}}"#, Some("m-3"));
    check(r#"{"meta":{"messageId":"m-3"}}"#, Some("m-3"));
}

#[test]
fn ids_are_read_before_invalid_utf8() {
    let mut body = format!(r#"{{{META},"patients":[],"x":""#).into_bytes();
    body.extend_from_slice(b"\xff\"}");
    undecodable(body, |undecodable| {
        assert_eq!(undecodable.id().expect("id").as_str(), "m-1");
        let event_type = undecodable.event_type().expect("type");
        assert_eq!(event_type.as_str(), "medical.document-conversion");
    });
}

#[test]
fn duplicates_are_refused_under_the_first_id() {
    let second = r#""meta":{"messageId":"m-2","when":"w","type":"medical.document-conversion"}"#;
    check(
        &format!(r#"{{{META},{second},"patients":[]}}"#),
        Some("m-1"),
    );
    check(
        &format!(r#"{{"patients":[],{META},{second}}}"#),
        Some("m-1"),
    );
}

#[test]
fn ambiguous_or_absent_ids_give_a_digest() {
    check(
        r#"{"meta":{"messageId":"a","messageId":"b","when":"w","type":"t"}}"#,
        None,
    );
    check(r#"{"meta":{"messageId":7,"when":"w","type":"t"}}"#, None);
    check(r#"{"meta":{"messageId":null,"when":"w","type":"t"}}"#, None);
    check(r#"{"meta":["m-1",null,"w","t",null]}"#, None);
    check(r#"{"meta":"m-1"}"#, None);
    check(r#"{"meta":{"messageId":"m-1","when":"w""#, None);
    check(r#"{"ping":"legacy"}"#, None);
    check(r#"[{"meta":{"messageId":"m-1"}}]"#, None);
    check("", None);
}

#[test]
fn an_empty_id_gives_a_digest() {
    check(r#"{"meta":{"messageId":"","when":"w","type":"t"}}"#, None);
}
