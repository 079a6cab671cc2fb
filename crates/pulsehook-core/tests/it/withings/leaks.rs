//! Secrets and payloads stay out of everything that prints and everything that is logged.

use pulsehook_core::withings::Withings;
use pulsehook_core::{Outcome, Receiver, RequestHead, SharedSecrets, UrlSecrets, danger};

use super::{FORM, secret};
use crate::core::{Canaries, logged};

const TOKEN: &str = "canary-token";
const BODY: &str = "userid=1&appli=1&deviceid=canary-text&canary-name=canary-text";

fn secrets() -> SharedSecrets {
    SharedSecrets::new("old", secret(TOKEN))
}

fn builder() -> pulsehook_core::withings::WithingsBuilder {
    Withings::builder()
        .url_secrets(UrlSecrets::in_query("token", secrets()))
        .order_updates()
        .acknowledge_unauthenticated()
}

/// Both places of the secret, with a path and a query that hold it.
fn places() -> [(Receiver<Withings>, &'static str, &'static str); 2] {
    let in_query = Withings::new(UrlSecrets::in_query("token", secrets()));
    let in_path = Withings::new(UrlSecrets::in_path(secrets()));
    [
        (
            Receiver::new(in_query),
            "/hooks/withings",
            "token=canary-token",
        ),
        (
            Receiver::new(in_path),
            "/hooks/canary-token",
            "x=canary-token",
        ),
    ]
}

#[test]
fn configurations_print_no_secret() {
    let canaries = Canaries::of(&[]);
    canaries.check_debug("secrets", &secrets());
    canaries.check_debug("builder", &builder());
    let withings = builder().build().expect("a secret");
    canaries.check_debug("provider", &withings);
    canaries.check_debug("receiver", &Receiver::new(withings));
    let error = builder().danger_accept_unauthenticated().build();
    canaries.check_debug("error", &error.expect_err("a contradiction"));
}

#[test]
fn nothing_of_a_request_is_printed_on_its_way() {
    let canaries = Canaries::of(&[]);
    for (receiver, path, query) in places() {
        let headers = [("content-type", FORM), ("x-token", TOKEN)];
        let head = RequestHead::new("POST", path, &headers).with_query(Some(query));
        canaries.check_debug("head", &head);
        let begun = receiver.begin(head).expect("the right secret");
        canaries.check_debug("outcome", &begun);
        let mut reception = begun.accepted().expect("a POST");
        assert!(reception.push(BODY.into()).is_ok());
        canaries.check_debug("reception", &reception);
        let verified = reception.finish().expect("accepted");
        canaries.check_debug("outcome", &verified);
        let verified = verified.accepted().expect("a POST");
        let stored = verified.to_stored();
        canaries.check_debug("stored", &stored);
        let thawed = danger::trust_stored(&receiver, &stored);
        canaries.check_debug("thawed", &thawed.expect("of this receiver"));
        let delivery = verified.decode().expect("decodes");
        canaries.check_debug("delivery", &delivery);
        canaries.check_debug("dedup key", delivery.dedup_key());
        canaries.check_debug("key id", &delivery.key_id());
        let head = RequestHead::new("HEAD", path, &headers).with_query(Some(query));
        let probed = receiver.begin(head).expect("the right secret");
        canaries.check_debug("probe", &probed);
    }
}

#[test]
fn nothing_of_a_refused_request_is_printed_or_logged() {
    let canaries = Canaries::of(&[]);
    let wrong = [
        "/hooks/canary-token-2",
        "/hooks/canary-token%",
        "/hooks/canary-token/",
    ];
    let queries = [
        "token=canary-token-2",
        "token=canary-token&token=canary-token",
        "canary-token",
        "token=%&canary-token",
    ];
    let bodies = [
        "",
        "canary-text=%",
        "canary-text=1&canary-text=2",
        "appli=canary-text&userid=1",
        "appli=1&userid=canary-text",
        "appli=16&userid=1&date=canary-text",
        "appli=1&deviceid=canary-text",
        "appli=1&userid=1&startdate=canary-text",
        "canary-name=canary-text",
    ];
    for (receiver, path, query) in places() {
        let in_path = path.contains(TOKEN);
        let mut refused = 0;
        let mut check = |method: &str, path: &str, query: &str, body: &str| {
            let mut error = None;
            let lines = logged(|| {
                let headers = [("content-type", FORM), ("x-token", TOKEN)];
                let head = RequestHead::new(method, path, &headers).with_query(Some(query));
                error = receiver.receive(head, body.to_owned()).err();
            });
            canaries.check_error(&error.expect("refused"));
            assert_eq!(lines.len(), 1, "{lines:?}");
            canaries.check("the log", &lines.concat());
            refused += 1;
        };
        for method in ["POST", "HEAD", "GET"] {
            if in_path {
                wrong
                    .iter()
                    .for_each(|path| check(method, path, query, BODY));
            } else {
                queries
                    .iter()
                    .for_each(|query| check(method, path, query, BODY));
            }
        }
        bodies
            .iter()
            .for_each(|body| check("POST", path, query, body));
        check("PUT", path, query, BODY);
        check("POST", path, query, &"canary-text".repeat(10_000));
        assert!(refused >= 20);
    }
}

#[test]
fn what_is_accepted_is_not_logged() {
    for (receiver, path, query) in places() {
        let lines = logged(|| {
            for method in ["POST", "HEAD", "GET"] {
                let headers = [("content-type", FORM)];
                let head = RequestHead::new(method, path, &headers).with_query(Some(query));
                let outcome = receiver.receive(head, BODY).expect("accepted");
                let is_probe = matches!(outcome, Outcome::Probe(_));
                assert_eq!(is_probe, method != "POST");
            }
        });
        assert!(lines.is_empty(), "{lines:?}");
    }
}
