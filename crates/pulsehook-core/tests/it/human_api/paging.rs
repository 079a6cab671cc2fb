//! Paging headers: totals, and links to the next page.

use proptest::prelude::*;
use pulsehook_core::follow_up::{
    Call, Context, CredentialKind, FollowUpApi as _, FollowUpError, Origin,
};
use pulsehook_core::human_api::{Api, EndpointKind, Page, app_key};
use serde_json::json;

use super::event;
use crate::support::cases;

const WEIGHTS: &str = "https://api.humanapi.co/v1/human/weight/readings";
const MALFORMED: FollowUpError = FollowUpError::MalformedUrl { field: "Link" };
const ELSEWHERE: FollowUpError = FollowUpError::HostNotAllowed { field: "Link" };

fn weights(api: &Api) -> Call {
    let query = api
        .collection(&EndpointKind::Weight, "h-1")
        .expect("a known kind");
    query.with_limit(2).into_call()
}

fn page(headers: &[(&str, &[u8])]) -> Result<Page, FollowUpError> {
    let api = Api::new();
    api.next_page(&weights(&api), headers)
}

/// The URL of the next page by one `Link` header.
fn next(link: impl AsRef<[u8]>) -> Result<Option<String>, FollowUpError> {
    let page = page(&[("Link", link.as_ref())])?;
    Ok(page.next.map(|call| call.url().as_str().to_owned()))
}

#[test]
fn the_next_call_is_like_this_one() {
    let link = format!("<{WEIGHTS}?limit=2&offset=2>; rel=\"next\"");
    let headers = [
        ("X-Total-Count", b"5".as_slice()),
        ("LINK", link.as_bytes()),
    ];
    let page = page(&headers).expect("a page");
    assert_eq!(page.total, Some(5));
    let shown = format!("{page:?}");
    assert!(
        !shown.contains("h-1") && !shown.contains("offset"),
        "{shown}"
    );
    let expected = json!({
        "name": "Collection query", "method": "GET", "url": format!("{WEIGHTS}?limit=2&offset=2"),
        "headers": {"accept": "application/json"},
        "credential": {"kind": "user-token", "user": "h-1"},
    });
    let next = page.next.expect("a next page");
    assert_eq!(serde_json::to_value(&next).expect("serialises"), expected);
    let bearer = pulsehook_core::human_api::user_token("t").expect("a token");
    let request = next.request(&bearer).expect("a request");
    assert_eq!(
        request.uri().to_string(),
        format!("{WEIGHTS}?limit=2&offset=2")
    );
    assert_eq!(request.headers()["authorization"], "Bearer t");
}

#[test]
fn header_maps_of_the_http_crate_are_read() {
    let response = http::Response::builder()
        .header("x-total-count", "73")
        .header("link", format!("<{WEIGHTS}?offset=0>; rel=\"prev\""))
        .header("link", format!("<{WEIGHTS}?offset=4>; rel=\"next\""))
        .body(())
        .expect("a response");
    let api = Api::new();
    let page = api
        .next_page(&weights(&api), response.headers())
        .expect("a page");
    assert_eq!(page.total, Some(73));
    let url = format!("{WEIGHTS}?offset=4");
    assert_eq!(page.next.expect("a next page").url().as_str(), url);
}

#[test]
fn links_to_a_next_page_are_found() {
    let expected = "https://api.humanapi.co/n?a=1,2;b";
    for link in [
        "<https://api.humanapi.co/n?a=1,2;b>; rel=\"next\"",
        "<https://api.humanapi.co/n?a=1,2;b>; rel=next",
        "<https://api.humanapi.co/n?a=1,2;b>;rel=next",
        "<https://api.humanapi.co/n?a=1,2;b>\t ;\t REL \t= \"NEXT\" ",
        "<https://api.humanapi.co/n?a=1,2;b>; rel=\"last next\"",
        "<https://api.humanapi.co/n?a=1,2;b>; rel=\"  next\tlast  \"",
        "<https://api.humanapi.co/n?a=1,2;b>; rel=\"n\\ext\"",
        "<https://api.humanapi.co/n?a=1,2;b>; title=\"a, <b>; rel=\\\"x\\\"\"; rel=next",
        "<https://api.humanapi.co/n?a=1,2;b>; title*=UTF-8''x; rel=next; rel=prev",
        "<https://api.humanapi.co/n?a=1,2;b>; flag; rel=next",
        "<https://api.humanapi.co/n?a=1,2;b>; ; rel=next;",
        "<https://api.humanapi.co/p>; rel=prev, <https://api.humanapi.co/n?a=1,2;b>; rel=next",
        "<https://api.humanapi.co/p>, <https://api.humanapi.co/n?a=1,2;b>; rel=next, <https://api.humanapi.co/l>; rel=last",
        " , ,<https://api.humanapi.co/n?a=1,2;b>; rel=next,, <https://api.humanapi.co/2>; rel=next,",
        "<https://evil.test/>; rel=prev,<https://api.humanapi.co/n?a=1,2;b>; rel=next",
        "<https://evil.test/>; anchor=\"/x\"; rel=next,<https://api.humanapi.co/n?a=1,2;b>; rel=next",
        "<https://evil.test/>; rel=next; anchor=x,<https://api.humanapi.co/n?a=1,2;b>; rel=next",
        "<HTTPS://API.HumanAPI.co:443/n?a=1,2;b>; rel=next",
        "</n?a=1,2;b>; rel=next",
    ] {
        assert_eq!(next(link), Ok(Some(expected.to_owned())), "{link}");
    }
    // A title need not be UTF-8.
    let link = [b"<https://api.humanapi.co/n>; title=\"\xFF\xFE\"; rel=next".as_slice()].concat();
    assert_eq!(next(link), Ok(Some("https://api.humanapi.co/n".into())));
    // Queries alone are of the same path.
    let link = "<?limit=2&offset=2>; rel=next";
    assert_eq!(next(link), Ok(Some(format!("{WEIGHTS}?limit=2&offset=2"))));
}

#[test]
fn the_first_of_several_headers_counts() {
    let link = |offset: u8| format!("<{WEIGHTS}?offset={offset}>; rel=next");
    let (first, second) = (link(2), link(4));
    for headers in [
        vec![&*first, &*second],
        vec!["<https://api.humanapi.co/p>; rel=prev", &first, &second],
        // What comes later is not called, wherever it leads.
        vec![&first, "<https://evil.test/n>; rel=next"],
    ] {
        let links: Vec<_> = headers.iter().map(|it| ("link", it.as_bytes())).collect();
        let next = page(&links).expect("a page").next.expect("a next page");
        assert_eq!(next.url().as_str(), format!("{WEIGHTS}?offset=2"));
    }
    let links = [("link", first.as_bytes()), ("link", b"x".as_slice())];
    assert_eq!(page(&links), Err(MALFORMED));
}

#[test]
fn a_page_that_follows_itself_is_an_error() {
    // The call of the tests is of this very page.
    for target in [
        format!("{WEIGHTS}?limit=2"),
        "/v1/human/weight/readings?limit=2".to_owned(),
        "?limit=2".to_owned(),
        "https://API.humanapi.co:443/v1/human/weight/readings?limit=2".to_owned(),
    ] {
        let found = next(format!("<{target}>; rel=next"));
        assert_eq!(found, Err(MALFORMED), "{target}");
        // Links that are no next page may name it.
        assert_eq!(next(format!("<{target}>; rel=self")), Ok(None));
    }
    for query in ["", "?limit=3", "?limit=2&offset=2", "?limit=2&"] {
        let url = format!("{WEIGHTS}{query}");
        assert_eq!(next(format!("<{url}>; rel=next")), Ok(Some(url)));
    }
    // The second page may not lead to itself either.
    let api = Api::new();
    let link = format!("<{WEIGHTS}?limit=2&offset=2>; rel=next");
    let headers = [("link", &*link)];
    let second = api.next_page(&weights(&api), &headers).expect("a page");
    let second = second.next.expect("a next page");
    assert_eq!(api.next_page(&second, &headers), Err(MALFORMED));
}

#[test]
fn other_links_are_no_next_page() {
    for link in [
        "",
        " \t",
        ",",
        "<https://api.humanapi.co/n>",
        "<https://api.humanapi.co/n>; rel",
        "<https://api.humanapi.co/n>; rel=\"\"",
        "<https://api.humanapi.co/n>; rel=prev",
        "<https://api.humanapi.co/n>; rel=nextpage",
        "<https://api.humanapi.co/n>; rel=\"prev,next\"",
        "<https://api.humanapi.co/n>; rel=prev; rel=next",
        "<https://api.humanapi.co/n>; rev=next",
        "<https://api.humanapi.co/n>; xrel=next",
        "<https://api.humanapi.co/n>; title=\"; rel=next\"",
        "<https://api.humanapi.co/n>; anchor=\"#x\"; rel=next",
        "<https://api.humanapi.co/n?x=; rel=next>",
    ] {
        assert_eq!(next(link), Ok(None), "{link}");
    }
    assert_eq!(page(&[]).expect("a page").next, None);
}

#[test]
fn headers_that_are_no_links_are_errors() {
    for link in [
        "x",
        "https://api.humanapi.co/n; rel=next",
        "<https://api.humanapi.co/n",
        "<https://api.humanapi.co/n; rel=next",
        "<https://api.humanapi.co/n> rel=next",
        "<https://api.humanapi.co/n>; rel=\"next",
        "<https://api.humanapi.co/n>; rel=\"next\\",
        "<https://api.humanapi.co/n>; rel=next x",
        "<https://api.humanapi.co/n>; rel=next, x",
    ] {
        assert_eq!(next(link), Err(MALFORMED), "{link}");
    }
    assert_eq!(
        next(b"<https://api.humanapi.co/\xFF>; rel=next"),
        Err(MALFORMED)
    );
    assert_eq!(next(b"\xFF"), Err(MALFORMED));
}

#[test]
fn next_pages_elsewhere_are_refused() {
    for (target, error) in [
        ("https://evil.test/n", ELSEWHERE),
        ("https://api.humanapi.co.evil.test/n", ELSEWHERE),
        ("https://admin.humanapi.co/n", ELSEWHERE),
        ("https://api.humanapi.co:8443/n", ELSEWHERE),
        ("https://[::1]/n", ELSEWHERE),
        ("//evil.test/n", MALFORMED),
        ("/\\evil.test/n", MALFORMED),
        ("https://api.humanapi.co@evil.test/n", MALFORMED),
        ("https://api.humanapi.co\\@evil.test/n", MALFORMED),
        ("http://api.humanapi.co/n", MALFORMED),
        ("https://api.humanapi.co/../n", MALFORMED),
        ("https://api.humanapi.co/n#f", MALFORMED),
        ("/../n", MALFORMED),
        ("?a b", MALFORMED),
        ("n?offset=2", MALFORMED),
        ("./n", MALFORMED),
        ("../n", MALFORMED),
        ("#f", MALFORMED),
        ("", MALFORMED),
    ] {
        assert_eq!(
            next(format!("<{target}>; rel=next")),
            Err(error),
            "{target}"
        );
    }
}

#[test]
fn each_credential_keeps_to_its_origins() {
    let api = Api::new().with_client_id("c-1");
    let data = json!([{
        "humanId": "h-1", "endpoint": "/v1/human/sleeps", "objectId": "o",
        "updatedAt": "2026-02-03T04:05:06Z",
    }]);
    let context = Context::at("2026-02-03T04:05:07Z".parse().expect("an instant"));
    let batch = api
        .follow_ups(&event(data.to_string()), &context)
        .calls
        .remove(1);
    let summary = json!([{"eventType": "orders.OrderSummaryUpdated", "eventPayload": {
        "orderStatus": "completed", "timedOut": false, "reportsAvailable": true,
        "reports": [{"id": "r", "name": "n", "fileExtension": "pdf", "uri": "/r"}],
    }}]);
    let report = api
        .follow_ups(&event(summary.to_string()), &context)
        .calls
        .remove(0);
    let link = |host: &str| [("link", format!("<https://{host}.humanapi.co/n>; rel=next"))];
    for (call, right, wrong, kind) in [
        (weights(&api), "api", "admin", CredentialKind::UserToken),
        (batch, "api", "admin", CredentialKind::ApplicationKey),
        (report, "admin", "api", CredentialKind::ApplicationToken),
    ] {
        let page = api.next_page(&call, &link(right)).expect("a page");
        let next = page.next.expect("a next page");
        assert_eq!(next.credential(), call.credential());
        assert_eq!(next.credential().map(|it| it.kind), Some(kind));
        assert_eq!(next.name(), call.name());
        assert_eq!(api.next_page(&call, &link(wrong)), Err(ELSEWHERE));
        // A path belongs to where the call went.
        let page = api
            .next_page(&call, &[("link", "</n>; rel=next")])
            .expect("a page");
        let url = format!("https://{right}.humanapi.co/n");
        assert_eq!(page.next.expect("a next page").url().as_str(), url);
    }
    let further =
        Api::new().with_listed_origin(Origin::new("https://eu.humanapi.co").expect("an origin"));
    assert!(further.next_page(&weights(&further), &link("eu")).is_ok());
    let key = app_key("k").expect("a key");
    assert!(weights(&api).request(&key).is_err());
}

#[test]
fn totals_are_digits() {
    for (values, total) in [
        (&["0"][..], Some(0)),
        (&["73"], Some(73)),
        (&[" 73\t"], Some(73)),
        (&["0073"], Some(73)),
        (&["18446744073709551615"], Some(u64::MAX)),
        (&["18446744073709551616"], None),
        (&["73", "73"], Some(73)),
        (&["73", "74"], None),
        (&[""], None),
        (&["-1"], None),
        (&["+1"], None),
        (&["1.5"], None),
        (&["1e3"], None),
        (&["7 3"], None),
        (&["٧"], None),
        (&["many"], None),
        (&[], None),
    ] {
        let headers: Vec<_> = values
            .iter()
            .map(|it| ("x-total-count", it.as_bytes()))
            .collect();
        assert_eq!(page(&headers).expect("a page").total, total, "{values:?}");
    }
    let headers = [("x-total-count", b"\xFF".as_slice())];
    assert_eq!(page(&headers).expect("a page").total, None);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_headers_are_read_without_a_panic(
        links in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                "[<>;,=\"\\\\ a-zA-Z:/?.]{0,40}".prop_map(String::into_bytes),
                "<https://(api\\.humanapi\\.co|evil\\.test)/[a-z]{0,5}> ?; ?rel ?= ?\"?(next|prev)\"?".prop_map(String::into_bytes),
            ],
            0..4,
        ),
        total in prop::collection::vec(any::<u8>(), 0..30),
    ) {
        let mut headers: Vec<(&str, &[u8])> = vec![("x-total-count", &total)];
        headers.extend(links.iter().map(|link| ("link", link.as_slice())));
        if let Ok(Page { next: Some(next), .. }) = page(&headers) {
            prop_assert_eq!(next.url().origin(), "https://api.humanapi.co");
        }
    }
}
