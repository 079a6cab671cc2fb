//! The calls that follow every item.

use pulsehook_core::follow_up::{Context, FollowUpApi as _, FollowUpError, FollowUps};
use pulsehook_core::human_api::{Api, EndpointKind, Event, admin_token, app_key, user_token};
use pulsehook_core::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::event;
use crate::support::fixture;

pub(super) fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn now() -> Timestamp {
    instant("2026-02-03T05:00:00Z")
}

pub(super) fn data_event(endpoint: &str, object_id: &str) -> Event {
    let item = json!([{
        "humanId": "h-1", "endpoint": endpoint, "objectId": object_id,
        "updatedAt": "2026-02-03T04:05:06.789Z",
    }]);
    event(item.to_string())
}

pub(super) fn plan(api: &Api, event: &Event) -> FollowUps {
    api.follow_ups(event, &Context::at(now()))
}

fn record(url: &str) -> Value {
    json!({
        "name": "Get record", "method": "GET", "url": url,
        "headers": {"accept": "application/json"},
        "credential": {"kind": "user-token", "user": "h-1"},
    })
}

fn batch(collection: &str) -> Value {
    json!({
        "name": "Batch query", "method": "GET",
        "url": format!("https://api.humanapi.co/v1/apps/c-1/users/{collection}"),
        "query": {"updated_since": "20260203T040506Z"},
        "headers": {"accept": "application/json"},
        "credential": {"kind": "application-key"}, "alternative": true,
    })
}

/// The batch collections, by the path of their endpoint.
const COLLECTIONS: &[(&str, &str)] = &[
    ("activities", "activities"),
    ("activities/summaries", "activities/summaries"),
    ("heart_rate/readings", "heart_rates"),
    ("heart_rate/summaries", "heart_rate/summaries"),
    ("bmi/readings", "bmis"),
    ("body_fat/readings", "body_fats"),
    ("height/readings", "heights"),
    ("weight/readings", "weights"),
    ("blood_pressure/readings", "blood_pressures"),
    ("blood_glucose/readings", "blood_glucoses"),
    ("blood_oxygen/readings", "blood_oxygens"),
    ("sleeps", "sleeps"),
    ("sleeps/summaries", "sleeps/summaries"),
    ("genetic/traits", "genetic_traits"),
    ("locations", "locations"),
    ("food/meals", "food/meals"),
];

#[test]
fn every_endpoint_kind() {
    let mut batches = 0;
    for kind in EndpointKind::KNOWN {
        let path = kind.path().expect("a known kind");
        let collection = COLLECTIONS.iter().find(|(known, _)| *known == path);
        batches += usize::from(collection.is_some());
        for endpoint in [
            format!("https://api.humanapi.co/v1/human/{path}"),
            format!("https://api.humanapi.co/v1/human/{path}/"),
            format!("HTTPS://API.humanapi.co:443/v1/human/{path}"),
            format!("/v1/human/{path}"),
            format!("/v1/human/{path}/"),
        ] {
            let url = format!("https://api.humanapi.co/v1/human/{path}/60406b2f9d1e8a0011c4a7d2");
            let mut calls = vec![record(&url)];
            if path == "medical/reports" {
                let mut content = record(&format!("{url}/raw"));
                content["name"] = "Get report content".into();
                content["query"] = json!({"format": "json"});
                calls.push(content);
            }
            let event = data_event(&endpoint, "60406b2f9d1e8a0011c4a7d2");
            let found = serde_json::to_value(plan(&Api::new(), &event)).expect("serialises");
            assert_eq!(found, json!({"calls": calls, "refused": []}), "{endpoint}");

            calls.extend(collection.map(|(_, collection)| batch(collection)));
            let api = Api::new().with_client_id("c-1");
            let found = serde_json::to_value(plan(&api, &event)).expect("serialises");
            assert_eq!(found, json!({"calls": calls, "refused": []}), "{endpoint}");
        }
    }
    assert_eq!(batches, COLLECTIONS.len());
}

#[test]
fn sources_are_asked_for_by_user() {
    let expected = json!({
        "name": "Sources", "method": "GET", "url": "https://api.humanapi.co/v1/human/sources",
        "headers": {"accept": "application/json"},
        "credential": {"kind": "user-token", "user": "h-1"},
    });
    let call = serde_json::to_value(Api::new().sources("h-1"));
    assert_eq!(call.expect("serialises"), expected);
}

#[test]
fn every_item_of_the_fixtures() {
    let report = |id: &str| {
        json!({
            "name": "Get report", "method": "GET",
            "url": format!("https://admin.humanapi.co/api/v1/user/reports/{id}"),
            "credential": {"kind": "application-token"},
        })
    };
    for (name, calls) in [
        (
            "order-summary",
            vec![
                report("r-4712-a"),
                report("0c0c0c0c-1111-4222-8333-444455556603"),
            ],
        ),
        ("order-summary-cancelled", vec![]),
        ("order-status", vec![]),
        ("vendor-note", vec![]),
        ("unknown-event-type", vec![]),
    ] {
        let event = event(fixture(&format!("human-api/items/{name}.json")));
        let found = serde_json::to_value(plan(&Api::new().with_client_id("c"), &event));
        let expected = json!({"calls": calls, "refused": []});
        assert_eq!(found.expect("serialises"), expected, "{name}");
    }
    let invalid = event(r#"[{"humanId":"h","endpoint":"/v1/human/sleeps"}]"#);
    assert!(plan(&Api::new(), &invalid).is_empty());
}

#[test]
fn unknown_paths_of_a_listed_origin_are_called() {
    for (endpoint, url) in [
        (
            "https://api.humanapi.co/v1/human/new",
            "https://api.humanapi.co/v1/human/new/o",
        ),
        ("https://api.humanapi.co", "https://api.humanapi.co/o"),
        ("/v3/things?x=1", "https://api.humanapi.co/v3/things/o?x=1"),
        ("/", "https://api.humanapi.co/o"),
    ] {
        let follow_ups = plan(&Api::new(), &data_event(endpoint, "o"));
        assert_eq!(follow_ups.refused, [], "{endpoint}");
        assert_eq!(follow_ups.calls[0].url().as_str(), url);
    }
}

#[test]
fn a_refused_endpoint_does_not_cost_the_batch_query() {
    let event = data_event("https://evil.test/v1/human/sleeps", "o");
    let follow_ups = plan(&Api::new().with_client_id("c-1"), &event);
    assert_eq!(follow_ups.refused.len(), 1);
    let calls = serde_json::to_value(&follow_ups.calls).expect("serialises");
    // It is the only way to the record now.
    let mut batch = batch("sleeps");
    batch
        .as_object_mut()
        .expect("an object")
        .remove("alternative");
    assert_eq!(calls, json!([batch]));
}

#[test]
fn object_ids_are_one_segment_whatever_they_hold() {
    for (id, segment) in [
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("../x", "..%2Fx"),
        ("...", "..."),
        ("%2e%2e", "%252e%252e"),
        ("?q#f", "%3Fq%23f"),
        ("a\\b\n", "a%5Cb%0A"),
        ("ü@:", "%C3%BC%40%3A"),
    ] {
        let follow_ups = plan(&Api::new(), &data_event("/v1/human/medical/reports/", id));
        let urls: Vec<_> = follow_ups
            .calls
            .iter()
            .map(|call| call.url().as_str())
            .collect();
        let url = format!("https://api.humanapi.co/v1/human/medical/reports/{segment}");
        assert_eq!(urls, [url.clone(), format!("{url}/raw")], "{id:?}");
    }
    for id in ["", ".", ".."] {
        let follow_ups = plan(&Api::new(), &data_event("/v1/human/medical/reports", id));
        assert_eq!(follow_ups.calls, [], "{id:?}");
        assert_eq!(
            follow_ups.refused,
            [FollowUpError::MalformedSegment { field: "objectId" }]
        );
    }
}

#[test]
fn batch_queries_reach_back_as_far_as_they_need_and_may() {
    let api = Api::new().with_client_id("c-1");
    let updated = |at: Option<&str>| {
        let mut item = json!({"humanId": "h", "endpoint": "/v1/human/sleeps", "objectId": "o"});
        if let Some(at) = at {
            item["updatedAt"] = at.into();
        }
        event(json!([item]).to_string())
    };
    let reach = now() - SignedDuration::from_hours(31 * 24);
    let before = reach - SignedDuration::from_secs(1);
    let since = "20260103T050000Z";
    for (at, last_sync, expected) in [
        (
            Some("2026-02-03T04:05:06.789Z"),
            None,
            Ok(Some("20260203T040506Z")),
        ),
        (
            Some("2026-02-03T04:05:06.789Z"),
            Some("2026-02-03T04:05:07Z"),
            Ok(Some("20260203T040506Z")),
        ),
        (
            Some("2026-02-03T04:05:06.789Z"),
            Some("2026-02-01T00:00:00.9Z"),
            Ok(Some("20260201T000000Z")),
        ),
        (
            Some("2026-02-03T04:05:06.789Z"),
            Some("2020-01-01T00:00:00Z"),
            Ok(Some(since)),
        ),
        (
            Some("2026-02-03T05:05:06+01:00"),
            None,
            Ok(Some("20260203T040506Z")),
        ),
        (
            Some("2030-01-01T00:00:00Z"),
            None,
            Ok(Some("20260203T050000Z")),
        ),
        (Some(&*reach.to_string()), None, Ok(Some(since))),
        // The record cannot be among what is answered.
        (Some(&*before.to_string()), None, Ok(None)),
        (
            Some("2026-02-03T04:05:06"),
            Some("2026-02-01T00:00:00Z"),
            Ok(Some("20260201T000000Z")),
        ),
        (
            None,
            Some("2026-02-01T00:00:00Z"),
            Ok(Some("20260201T000000Z")),
        ),
        (None, Some("2020-02-01T00:00:00Z"), Ok(Some(since))),
        (None, None, Err(())),
        (Some("yesterday"), None, Err(())),
    ] {
        let context = Context::at(now()).with_last_sync(last_sync.map(instant));
        let follow_ups = api.follow_ups(&updated(at), &context);
        let call = follow_ups.calls.get(1);
        let found = call.and_then(|call| call.query().get("updated_since"));
        assert_eq!(found, expected.unwrap_or(None), "{at:?} {last_sync:?}");
        let error = FollowUpError::LastSyncUnknown {
            call: "Batch query",
        };
        let refused = if expected.is_err() {
            vec![error]
        } else {
            vec![]
        };
        assert_eq!(follow_ups.refused, refused, "{at:?} {last_sync:?}");
    }
    for now in [Timestamp::MIN, Timestamp::MAX] {
        let _ = api.follow_ups(&updated(Some("2026-02-03T04:05:06Z")), &Context::at(now));
    }
    let odd = Api::new().with_client_id("a/b c");
    let call = plan(&odd, &updated(Some("2026-02-03T04:05:06Z")))
        .calls
        .remove(1);
    let url = "https://api.humanapi.co/v1/apps/a%2Fb%20c/users/sleeps";
    assert_eq!(call.url().as_str(), url);
    let none = Api::new().with_client_id("");
    let refused = plan(&none, &updated(Some("2026-02-03T04:05:06Z"))).refused;
    assert_eq!(
        refused,
        [FollowUpError::MalformedSegment { field: "clientId" }]
    );
}

#[test]
fn app_keys_that_are_none_are_refused() {
    for key in ["", " ", "a:b", ":", "a\nb", "ü"] {
        assert!(app_key(key).is_err(), "{key:?}");
    }
    let shown = format!("{:?}", app_key("canary").expect("a key"));
    assert!(
        !shown.contains("canary") && !shown.contains("Y2FuYXJ5"),
        "{shown}"
    );
}

#[test]
fn tokens_that_are_none_are_refused_and_none_is_printed() {
    for text in ["", " ", "a\nb", "ü"] {
        assert!(user_token(text).is_err(), "{text:?}");
        assert!(admin_token(text).is_err(), "{text:?}");
    }
    let canaries = crate::core::Canaries::of(&[]);
    canaries.check_debug("of a user", &user_token("canary").expect("a token"));
    canaries.check_debug(
        "of the application",
        &admin_token("canary").expect("a token"),
    );
}
