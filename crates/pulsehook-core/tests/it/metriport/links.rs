//! Links in messages: how long they live, where they may lead, and what they never get.

use proptest::prelude::*;
use pulsehook_core::follow_up::{
    Authorization, CallError, Context, CredentialKind, FollowUpApi as _, FollowUpError, Origin,
};
use pulsehook_core::jiff::{SignedDuration, Timestamp};
use pulsehook_core::metriport::{
    ATTACHMENT_LIFETIME, Api, BULK_RESULT_LIFETIME, CONSOLIDATED_DATA_URL_LIFETIME,
    DOCUMENT_URL_LIFETIME, PATIENT_URL_LIFETIME, api_key,
};

use super::follow_ups::{PATIENT, names, now, plan};
use super::{TYPED, event, message, try_deliver, with_meta};
use crate::support::{cases, json_texts};

#[test]
fn every_lifetime_of_the_table_and_its_border() {
    let minutes = SignedDuration::from_mins;
    assert_eq!(PATIENT_URL_LIFETIME, minutes(10));
    assert_eq!(DOCUMENT_URL_LIFETIME, minutes(10));
    assert_eq!(ATTACHMENT_LIFETIME, minutes(3));
    assert_eq!(BULK_RESULT_LIFETIME, minutes(3));
    assert_eq!(CONSOLIDATED_DATA_URL_LIFETIME, minutes(3));

    let when: Timestamp = "2026-03-04T05:06:07.089Z".parse().expect("an instant");
    for (message_type, field, lifetime) in [
        ("patient.admit", "payload.url", Some(10)),
        ("patient.transfer", "payload.url", Some(10)),
        ("patient.discharge", "payload.url", Some(10)),
        ("patient.pharmacy", "payload.url", Some(10)),
        ("patient.laboratory", "payload.url", Some(10)),
        (
            "medical.document-bulk-download-urls",
            "documents.url",
            Some(10),
        ),
        (
            "medical.document-bulk-download-paged",
            "documents.downloadUrl",
            Some(10),
        ),
        (
            "medical.consolidated-data",
            "bundle.entry.resource.content.attachment.url",
            Some(3),
        ),
        (
            "medical.bulk-patient-create",
            "bulkPatientCreate.result",
            Some(3),
        ),
        ("network-query.hie", "payload.consolidatedDataUrl", Some(3)),
        (
            "network-query.pharmacy",
            "payload.consolidatedDataUrl",
            Some(3),
        ),
        ("network-query.lab", "payload.consolidatedDataUrl", Some(3)),
        (
            "network-query.hie.first-data-ready",
            "payload.consolidatedDataUrl",
            None,
        ),
    ] {
        let event = event(message(message_type));
        let links = event.links();
        assert_eq!(links[0].field, field);
        let call = &Api::new().follow_ups(&event, &Context::at(now())).calls[0];
        assert_eq!(call.link_life(), links[0].life, "{message_type}");
        let life = links[0].life;
        assert_eq!(
            life.map(|life| life.lifetime),
            lifetime.map(minutes),
            "{message_type}"
        );
        let Some((life, lifetime)) = life.zip(lifetime) else {
            continue;
        };
        let until = when + minutes(lifetime);
        assert_eq!((life.since, life.until()), (Some(when), Some(until)));
        let millisecond = SignedDuration::from_millis(1);
        for (at, is_dead) in [
            (when - minutes(600), false),
            (when, false),
            (until - millisecond, false),
            (until, true),
            (until + millisecond, true),
            (Timestamp::MAX, true),
            (Timestamp::MIN, false),
        ] {
            assert_eq!(life.is_likely_dead(at), is_dead, "{message_type} at {at}");
        }
    }
}

#[test]
fn every_other_message_has_no_link() {
    for message_type in [
        "ping",
        "medical.document-download",
        "medical.document-conversion",
        "message.status",
        "message.received",
        "devices.provider-connected",
        "devices.provider-disconnected",
        "devices.health-data",
    ] {
        assert_eq!(event(message(message_type)).links(), [], "{message_type}");
    }
}

#[test]
fn one_link_that_is_written_twice_is_one() {
    let document = |url: &str| {
        format!(
            r#"{{"id":"d","fileName":"f","url":"{url}","downloadUrl":"https://files.example.org/1"}}"#
        )
    };
    for (url, expected) in [
        (
            "https://files.example.org/1",
            &[("documents.downloadUrl", false)][..],
        ),
        (
            "https://files.example.org/2",
            &[("documents.downloadUrl", false), ("documents.url", true)],
        ),
    ] {
        let patients = format!(
            r#""patients":[{{"patientId":"p","status":"completed","documents":[{}],"pagination":{{"page":1,"totalPages":1,"totalItems":1}}}}]"#,
            document(url)
        );
        let event = event(with_meta("medical.document-bulk-download-paged", &patients));
        let links = event.links();
        let found: Vec<_> = links
            .iter()
            .map(|link| (link.field, link.is_alternative))
            .collect();
        assert_eq!(found, expected, "{url}");
    }
}

#[test]
fn dead_links_are_planned_all_the_same_and_in_the_same_order() {
    for message_type in TYPED {
        let event = event(message(message_type));
        let early = Api::new().follow_ups(&event, &Context::at(Timestamp::MIN));
        let late = Api::new().follow_ups(&event, &Context::at(Timestamp::MAX));
        assert_eq!(early, late, "{message_type}");
    }
}

#[test]
fn a_message_whose_time_is_no_instant_has_links_without_a_start() {
    let body = r#"{"meta":{"messageId":"m","when":"20221224","type":"patient.admit"},"payload":{"patientId":"p","url":"https://files.example.org/e"}}"#;
    let life = plan(&Api::new(), body).calls[0]
        .link_life()
        .expect("a life");
    assert_eq!((life.since, life.until()), (None, None));
    assert!(!life.is_likely_dead(Timestamp::MAX));
}

#[test]
fn links_of_each_patient_stand_before_what_renews_them() {
    let document =
        |id: u8| format!(r#"{{"id":"d","fileName":"f","url":"https://files.example.org/{id}"}}"#);
    let patients = format!(
        r#""patients":[
            {{"patientId":"p","status":"completed","documents":[{},{}]}},
            {{"patientId":"q","status":"failed","documents":[{}]}},
            {{"patientId":"r","status":"completed"}},
            {{"patientId":"s","status":"completed","documents":[{}]}}]"#,
        document(1),
        document(2),
        document(3),
        document(4),
    );
    let body = with_meta("medical.document-bulk-download-urls", &patients);
    let follow_ups = plan(&Api::new(), body);
    let found: Vec<_> = follow_ups
        .calls
        .iter()
        .map(|call| {
            let patient = call.query().get("patientId");
            (
                patient.unwrap_or(call.url().as_str()),
                call.is_alternative(),
            )
        })
        .collect();
    let expected = [
        ("https://files.example.org/1", false),
        ("https://files.example.org/2", false),
        ("p", true),
        ("https://files.example.org/4", false),
        ("s", true),
    ];
    assert_eq!(found, expected);
}

#[test]
fn links_that_cannot_be_called_are_refused_and_cost_no_other() {
    let malformed = FollowUpError::MalformedUrl {
        field: "payload.consolidatedDataUrl",
    };
    let private = FollowUpError::PrivateHost {
        field: "payload.consolidatedDataUrl",
    };
    for (url, error) in [
        ("", &malformed),
        ("x", &malformed),
        ("/relative", &malformed),
        ("//files.example.org/x", &malformed),
        ("http://files.example.org/x", &malformed),
        ("ftp://files.example.org/x", &malformed),
        ("https://user@files.example.org/x", &malformed),
        ("https://files.example.org\\\\x", &malformed),
        ("https://files.example.org/x#part", &malformed),
        ("https://files.example.org/../x", &malformed),
        ("https://files.example.org/x y", &malformed),
        ("https://localhost/x", &private),
        ("http://127.0.0.1:9/x", &private),
        ("https://169.254.169.254/latest/meta-data", &private),
        ("https://[fd00::1]/x", &private),
        ("https://metadata.internal/x", &private),
    ] {
        let payload = format!(
            r#""payload":{{"patientId":"p","consolidatedDataUrl":"{url}","source":{{"type":"hie","status":"completed","completedAt":"t"}}}}"#
        );
        let follow_ups = plan(&Api::new(), with_meta("network-query.hie", &payload));
        assert_eq!(follow_ups.refused, std::slice::from_ref(error), "{url}");
        assert_eq!(
            names(&follow_ups),
            ["Start Consolidated Data Query"],
            "{url}"
        );
    }
}

#[test]
fn links_get_no_credential_and_calls_of_the_api_get_theirs() {
    let key = api_key("the-key").expect("a key");
    let bearer = Authorization::bearer("t").expect("a token");
    for message_type in TYPED {
        for call in plan(&Api::sandbox(), message(message_type)).calls {
            let is_link = !call
                .url()
                .as_str()
                .starts_with("https://api.sandbox.metriport.com/");
            assert_eq!(call.url().may_carry_credential(), !is_link);
            if is_link {
                assert_eq!(call.credential(), None);
                assert!(matches!(
                    call.request(&key),
                    Err(CallError::NoCredentialWanted)
                ));
                let request = call.request(&Authorization::none()).expect("a request");
                assert_eq!(request.headers().len(), 0, "{message_type}");
                assert_eq!(request.method(), "GET");
                continue;
            }
            let credential = call.credential().expect("a credential");
            assert_eq!(
                (credential.kind, &credential.user),
                (CredentialKind::ApplicationKey, &None)
            );
            for wrong in [&bearer, &Authorization::none()] {
                let needs = CredentialKind::ApplicationKey;
                assert_eq!(
                    call.request(wrong).err(),
                    Some(CallError::WrongCredential { needs })
                );
            }
            let request = call.request(&key).expect("a request");
            assert_eq!(request.headers()["x-api-key"], "the-key");
            assert!(request.headers()["x-api-key"].is_sensitive());
            assert_eq!(request.headers()["accept"], "application/json");
            assert!(request.body().is_empty());
        }
    }
}

#[test]
fn a_link_to_the_api_itself_gets_no_credential_either() {
    let payload =
        r#""payload":{"patientId":"p","url":"https://api.metriport.com/medical/v1/patient"}"#;
    let call = plan(&Api::new(), with_meta("patient.admit", payload))
        .calls
        .remove(0);
    assert!(!call.url().may_carry_credential());
    let key = api_key("k").expect("a key");
    assert!(matches!(
        call.request(&key),
        Err(CallError::NoCredentialWanted)
    ));
    let with_key = call
        .with_credential(CredentialKind::ApplicationKey, None)
        .of_provider("metriport");
    assert!(matches!(
        with_key.request(&key),
        Err(CallError::HostNotAllowed)
    ));
}

#[test]
fn fakes_are_reached_where_they_are_named() {
    let origin = |text| Origin::new(text).expect("an origin");
    let admit = |url| {
        with_meta(
            "patient.admit",
            &format!(r#""payload":{{"patientId":"p","url":"{url}"}}"#),
        )
    };
    let at = Api::new().with_origin(origin("http://127.0.0.1:8001"));
    assert_eq!(plan(&at, admit("http://127.0.0.1:8001/e")).calls.len(), 1);
    assert_eq!(plan(&at, admit("http://127.0.0.1:8002/e")).calls.len(), 0);
    let further = at.with_link_origin(origin("http://127.0.0.1:8002"));
    for url in ["http://127.0.0.1:8001/e", "http://127.0.0.1:8002/e"] {
        let follow_ups = plan(&further, admit(url));
        assert_eq!(follow_ups.calls[0].url().as_str(), url);
        assert!(!follow_ups.calls[0].url().may_carry_credential());
    }
    let url = further.documents("p").url().as_str().to_owned();
    assert_eq!(url, "http://127.0.0.1:8001/medical/v1/document");
}

#[test]
fn debug_shows_no_link_and_no_patient() {
    for message_type in TYPED {
        let shown = format!("{:?}", plan(&Api::new(), message(message_type)));
        for hidden in [
            PATIENT,
            "sig=",
            "encounter.json",
            "all.json",
            "c.pdf",
            "result.csv",
        ] {
            assert!(!shown.contains(hidden), "{message_type}: {shown}");
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_link_is_called_at_a_public_host_or_refused(url in "(https?://)?[a-z0-9.:/@?#%\\[\\]-]{0,40}") {
        let payload = format!(r#""payload":{{"patientId":"p","url":{url:?}}}"#);
        let follow_ups = plan(&Api::new(), with_meta("patient.admit", &payload));
        prop_assert_eq!(follow_ups.calls.len() + follow_ups.refused.len(), 1);
        for call in &follow_ups.calls {
            prop_assert!(call.url().as_str().starts_with("https://"));
            prop_assert!(call.request(&Authorization::none()).is_ok());
        }
    }

    #[test]
    fn any_message_is_planned_without_a_panic(
        message_type in prop::sample::select(TYPED.to_vec()),
        at in any::<prop::sample::Index>(),
        value in json_texts(&["entry", "resource", "url", "status", "documents"], vec![
            "\"completed\"".to_owned(),
            "\"https://files.example.org/x\"".to_owned(),
        ]),
    ) {
        use pulsehook_core::view::NeutralView as _;

        let body = message(message_type);
        let colons: Vec<_> = body.match_indices("\":").map(|(at, _)| at + 2).collect();
        let start = colons[at.index(colons.len())];
        let mut values = serde_json::Deserializer::from_str(&body[start..])
            .into_iter::<serde::de::IgnoredAny>();
        let end = match values.next() {
            Some(Ok(_)) => start + values.byte_offset(),
            _ => start,
        };
        let body = format!("{}{value}{}", &body[..start], &body[end..]);
        if let Ok(delivery) = try_deliver(body) {
            for event in delivery.events() {
                let follow_ups = Api::new().follow_ups(event, &Context::at(now()));
                prop_assert!(serde_json::to_string(&follow_ups).is_ok());
                let views = event.views();
                prop_assert!(!views.is_empty());
                prop_assert!(serde_json::to_string(&views).is_ok());
            }
        }
    }
}
