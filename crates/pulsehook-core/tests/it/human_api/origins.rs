//! Which origins get which credential, whatever an item names.

use proptest::prelude::*;
use pulsehook_core::follow_up::{
    Authorization, Call, CallError, CredentialKind, FollowUpError, Origin,
};
use pulsehook_core::human_api::{Api, Event, admin_token, app_key, user_token};
use serde_json::{Value, json};

use super::follow_ups::{data_event, plan};
use super::{event, events};
use crate::support::cases;

#[test]
fn hostile_endpoints_get_no_token_and_keep_their_event() {
    let elsewhere = FollowUpError::HostNotAllowed { field: "endpoint" };
    let malformed = FollowUpError::MalformedUrl { field: "endpoint" };
    for (endpoint, error) in [
        ("https://evil.test/v1/human/weight/readings", &elsewhere),
        (
            "https://api.humanapi.co.evil.test/v1/human/weight/readings",
            &elsewhere,
        ),
        (
            "https://evilapi.humanapi.co/v1/human/weight/readings",
            &elsewhere,
        ),
        ("https://humanapi.co/v1/human/weight/readings", &elsewhere),
        (
            "https://admin.humanapi.co/v1/human/weight/readings",
            &elsewhere,
        ),
        (
            "https://api.humanapi.co:8443/v1/human/weight/readings",
            &elsewhere,
        ),
        ("https://[::1]/v1/human/weight/readings", &elsewhere),
        (
            "https://[2001:db8::1]:443/v1/human/weight/readings",
            &elsewhere,
        ),
        ("https://127.0.0.1/v1/human/weight/readings", &elsewhere),
        ("http://127.0.0.1/v1/human/weight/readings", &elsewhere),
        (
            "https://xn--api-humanapi-co.test/v1/human/weight/readings",
            &elsewhere,
        ),
        (
            "https://evil.test?https://api.humanapi.co/v1/human/weight/readings",
            &elsewhere,
        ),
        (
            "https://api.humanapi.co@evil.test/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://user:pass@api.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://@api.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        (
            "http://api.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        ("ftp://api.humanapi.co/v1/human/weight/readings", &malformed),
        (
            "javascript://api.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https:/api.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https:\\\\api.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co\\@evil.test/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://evil.test\\@api.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co./v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co:/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co:0443/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co:99999/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co#@evil.test/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co/v1/human/weight/readings#part",
            &malformed,
        ),
        ("https://api.humanapi.co/v1/human/../../x", &malformed),
        ("https://api.humanapi.co/v1/human/%2e%2e/x", &malformed),
        ("https://api.humanapi.co/v1/human/.%2E/x", &malformed),
        ("https://api.humanapi.co/v1/human/./x", &malformed),
        ("https://api.humanapi.co//evil.test/x", &malformed),
        ("//evil.test/x", &malformed),
        ("///evil.test/x", &malformed),
        ("/\\evil.test/x", &malformed),
        ("/v1/human/../x", &malformed),
        ("/v1/human/%2e%2e", &malformed),
        (
            " https://api.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co/v1/human/weight/readings ",
            &malformed,
        ),
        (
            "https://api.humanapi.co /v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co\t/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://api.humanapi.co\r\nHost: evil.test/v1/human",
            &malformed,
        ),
        (
            "https://api.humanapi.co/v1/human/weight\n/readings",
            &malformed,
        ),
        ("https://api.humanapi.co/v1/human/gewicht/ü", &malformed),
        (
            "https://api.humanapi.cö/v1/human/weight/readings",
            &malformed,
        ),
        (
            "https://аpi.humanapi.co/v1/human/weight/readings",
            &malformed,
        ),
        ("https://api.humanapi.co/v1/human/%zz", &malformed),
        ("https://[::1/v1/human/weight/readings", &malformed),
        (
            "https://[0:0:0:0:0:0:0:1]/v1/human/weight/readings",
            &malformed,
        ),
        ("https://2130706433/v1/human/weight/readings", &malformed),
        ("https://", &malformed),
        ("v1/human/weight/readings", &malformed),
        ("evil.test", &malformed),
        ("", &malformed),
    ] {
        let event = data_event(endpoint, "o");
        let kept = event.clone();
        let follow_ups = plan(&Api::new(), &event);
        assert_eq!(follow_ups.calls, [], "{endpoint}");
        assert_eq!(
            follow_ups.refused,
            std::slice::from_ref(error),
            "{endpoint}"
        );
        assert_eq!(event, kept);
        let Event::Data(data) = event else {
            panic!("no data");
        };
        assert_eq!(data.endpoint, endpoint);
        let text = format!("{} {error:?}", follow_ups.refused[0]);
        assert!(!text.contains("evil"), "{text}");
    }
}

fn summary(uris: &[&str]) -> Event {
    let report = |uri: &&str| json!({"id": "r", "name": "n", "fileExtension": "pdf", "uri": uri});
    let reports: Vec<Value> = uris.iter().map(report).collect();
    let body = json!([{"eventType": "orders.OrderSummaryUpdated", "humanId": "h-1", "eventPayload": {
        "orderStatus": "completed", "timedOut": false, "reportsAvailable": true, "reports": reports,
    }}]);
    event(body.to_string())
}

#[test]
fn reports_are_fetched_from_the_administration_alone() {
    let field = "eventPayload.reports.uri";
    let follow_ups = plan(
        &Api::new(),
        &summary(&[
            "https://admin.humanapi.co/r/1",
            "https://api.humanapi.co/r/2",
            "/r/3",
            "https://admin.humanapi.co@evil.test/r/4",
            "https://evil.test/r/5",
            "http://admin.humanapi.co/r/6",
            "https://admin.humanapi.co/r/7",
        ]),
    );
    let urls: Vec<_> = follow_ups
        .calls
        .iter()
        .map(|call| call.url().as_str())
        .collect();
    let expected = [1, 3, 7].map(|number| format!("https://admin.humanapi.co/r/{number}"));
    assert_eq!(urls, expected);
    let elsewhere = FollowUpError::HostNotAllowed { field };
    let malformed = FollowUpError::MalformedUrl { field };
    let refused = [elsewhere.clone(), malformed.clone(), elsewhere, malformed];
    assert_eq!(follow_ups.refused, refused);
}

#[test]
fn origins_are_added_to_the_list_of_one_credential() {
    let origin = |text| Origin::new(text).expect("an origin");
    let data = data_event("https://data.example.org/v1/human/sleeps", "o");
    let report = summary(&["https://admin.example.org/r/1"]);
    let [with_data, with_admin] = [
        Api::new().with_listed_origin(origin("https://data.example.org")),
        Api::new().with_listed_admin_origin(origin("https://admin.example.org")),
    ];
    let counts = |api: &Api| [&data, &report].map(|event| plan(api, event).calls.len());
    assert_eq!(counts(&Api::new()), [0, 0]);
    assert_eq!(counts(&with_data), [1, 0]);
    assert_eq!(counts(&with_admin), [0, 1]);
    // Paths still belong to the first origin.
    let relative = plan(&with_data, &data_event("/v1/human/sleeps", "o"));
    assert_eq!(relative.calls[0].url().origin(), "https://api.humanapi.co");

    let fakes = Api::at(
        origin("http://127.0.0.1:8001"),
        origin("http://127.0.0.1:8002"),
    );
    let fakes = fakes.with_client_id("c-1");
    let follow_ups = plan(&fakes, &data_event("/v1/human/sleeps", "o"));
    let urls: Vec<_> = follow_ups
        .calls
        .iter()
        .map(|call| call.url().as_str())
        .collect();
    let expected = [
        "http://127.0.0.1:8001/v1/human/sleeps/o",
        "http://127.0.0.1:8001/v1/apps/c-1/users/sleeps",
    ];
    assert_eq!(urls, expected);
    let report = plan(&fakes, &summary(&["/r"]));
    assert_eq!(report.calls[0].url().as_str(), "http://127.0.0.1:8002/r");
    let production = plan(
        &fakes,
        &data_event("https://api.humanapi.co/v1/human/sleeps", "o"),
    );
    assert_eq!(production.refused.len(), 1);
}

#[test]
fn requests_carry_the_credential_that_they_need_and_no_other() {
    let bearer = user_token("a-token").expect("a token");
    let admin = admin_token("a-token").expect("a token");
    let key = app_key("an-app-key").expect("a key");
    let api = Api::new().with_client_id("c-1");
    let mut calls = plan(&api, &data_event("/v1/human/sleeps", "o")).calls;
    calls.extend(plan(&api, &summary(&["/r"])).calls);
    calls.push(api.sources("h-1"));
    let rows: [(
        CredentialKind,
        Option<&str>,
        &Authorization,
        &Authorization,
        &str,
    ); 4] = [
        (
            CredentialKind::UserToken,
            Some("h-1"),
            &bearer,
            &admin,
            "Bearer a-token",
        ),
        (
            CredentialKind::ApplicationKey,
            None,
            &key,
            &bearer,
            "Basic YW4tYXBwLWtleTo=",
        ),
        (
            CredentialKind::ApplicationToken,
            None,
            &admin,
            &bearer,
            "Bearer a-token",
        ),
        (
            CredentialKind::UserToken,
            Some("h-1"),
            &bearer,
            &key,
            "Bearer a-token",
        ),
    ];
    assert_eq!(calls.len(), rows.len());
    for (call, (kind, user, right, wrong, value)) in calls.iter().zip(rows) {
        let credential = call.credential().expect("a credential");
        assert_eq!((credential.kind, credential.user.as_deref()), (kind, user));
        for wrong in [wrong, &Authorization::none()] {
            let error = call.request(wrong).err();
            assert_eq!(error, Some(CallError::WrongCredential { needs: kind }));
        }
        let request = call.request(right).expect("a request");
        let header = &request.headers()["authorization"];
        assert_eq!(header, value);
        assert!(header.is_sensitive());
        assert_eq!(request.method(), "GET");
        assert!(!format!("{call:?}").contains("h-1"));
    }
    let batch = calls[1].request(&key).expect("a request");
    let uri = "https://api.humanapi.co/v1/apps/c-1/users/sleeps?updated_since=20260203T040506Z";
    assert_eq!(batch.uri(), uri);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn tokens_go_to_listed_origins_alone(
        endpoint in prop_oneof![
            "(https?://)?(api\\.humanapi\\.co)?[a-z0-9.:/@?#%\\\\\\[\\]-]{0,30}",
            any::<String>(),
        ],
        id in any::<String>(),
    ) {
        let event = data_event(&endpoint, &id);
        let follow_ups = plan(&Api::new(), &event);
        prop_assert!(!follow_ups.is_empty());
        let bearer = user_token("t").expect("a token");
        for call in &follow_ups.calls {
            let request = call.request(&bearer).expect("a request");
            prop_assert_eq!(request.uri().host(), Some("api.humanapi.co"));
            prop_assert_eq!(request.uri().scheme_str(), Some("https"));
        }
    }

    #[test]
    fn any_items_are_planned_without_a_panic(
        members in prop::collection::vec(
            (
                prop::sample::select(&["humanId", "endpoint", "objectId", "updatedAt", "eventType", "topic", "property", "value"]),
                prop_oneof![any::<String>(), "https://api.humanapi.co/[a-z/.]{0,9}"],
            ),
            0..8,
        ),
    ) {
        use pulsehook_core::view::NeutralView as _;

        let item: serde_json::Map<_, _> = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect();
        for event in events(json!([item]).to_string()) {
            let follow_ups = plan(&Api::new().with_client_id("c"), &event);
            prop_assert!(serde_json::to_string(&follow_ups).is_ok());
            prop_assert!(follow_ups.calls.iter().all(|call: &Call| call.url().may_carry_credential()));
            prop_assert_eq!(event.views().len(), 1);
        }
    }
}
