//! What is Withings' alone: probes, the secret in the URL, addresses, forms.

use pulsehook_core::withings::testing::{notification, probe};
use serde_json::{Value, json};

use super::{Case, Expect, Meets, accepted, on_wire, refused};
use crate::client::{Framing, Request};
use crate::endpoints::{CURRENT_TOKEN, NEXT_TOKEN};

mod forms;

const WEIGHT: &str = "userid=8812345&appli=1&startdate=1706400000&enddate=1706400060";

/// What must come of [`WEIGHT`], whole.
fn weight(label: &'static str, authenticity: &str, key: Option<&str>) -> Expect {
    let digest = "f8220366dc2413f3a218ce5c9e49296aed843e1c70104d8e693df4fd8f3c54c9";
    accepted(vec![
        ("provider", "withings".into()),
        ("endpoint", label.into()),
        ("authenticity", authenticity.into()),
        ("key", key.into()),
        ("dedup_key", json!({"kind": "digest", "value": digest})),
        ("received_at", "2026-02-03T04:05:06Z".into()),
        ("events", json!([weight_event()])),
    ])
}

fn weight_event() -> Value {
    json!({
        "category": 1,
        "name": "weight",
        "user_id": 8_812_345,
        "window": {"start": "2024-01-28T00:00:00Z", "end": "2024-01-28T00:01:00Z"},
    })
}

/// Answered with success, and no handler ran: a probe, or a delivery that was dropped.
fn nothing_seen() -> Expect {
    refused(200)
}

fn wrong_method() -> Expect {
    Expect {
        headers: &[("allow", "GET, HEAD, POST")],
        ..refused(405)
    }
}

fn over_sockets(expect: Expect) -> Expect {
    Expect {
        meets: Meets::OverSockets,
        ..expect
    }
}

fn target(label: &str, token: &str) -> String {
    match label {
        "withings-path" => format!("/hooks/{label}/{token}"),
        _ => format!("/hooks/{label}?token={token}"),
    }
}

fn post(label: &str, token: &str, body: &str) -> Request {
    on_wire(&notification(body.to_owned()), &target(label, token))
}

struct Cases<'c>(&'c mut Vec<Case>);

impl Cases<'_> {
    fn add(&mut self, name: &str, request: Request, expect: Expect) {
        self.0.push(Case {
            name: format!("withings: {name}"),
            request,
            expect,
        });
    }
}

pub(super) fn cases(cases: &mut Vec<Case>) {
    let mut cases = Cases(cases);
    for label in ["withings", "withings-path"] {
        secrets(label, &mut cases);
        probes(label, &mut cases);
    }
    in_query_alone(&mut cases);
    options(&mut cases);
    addresses(&mut cases);
    forms::all(&mut cases);
}

/// The secret is asked of every delivery, wherever in the URL it stands.
fn secrets(label: &'static str, cases: &mut Cases<'_>) {
    let known = || weight(label, "shared-secret", Some("current"));
    let mut case = |name: &str, token: &str, expect: Expect| {
        cases.add(
            &format!("{label}: {name}"),
            post(label, token, WEIGHT),
            expect,
        );
    };
    case("good", CURRENT_TOKEN, known());
    let encoded: String = CURRENT_TOKEN.bytes().map(|b| format!("%{b:02x}")).collect();
    case("good, percent-encoded", &encoded, known());
    case("wrong secret", NEXT_TOKEN, refused(401));
    case(
        "secret in upper case",
        &CURRENT_TOKEN.to_uppercase(),
        refused(401),
    );
    for length in 1..CURRENT_TOKEN.len() {
        let cut = &CURRENT_TOKEN[..length];
        case(&format!("secret cut to {length} bytes"), cut, refused(401));
    }
    for more in ["0", "%00", "%20", "%ff", "%zz", "%"] {
        let longer = format!("{CURRENT_TOKEN}{more}");
        case(
            &format!("secret with {more} behind it"),
            &longer,
            refused(401),
        );
        let longer = format!("{more}{CURRENT_TOKEN}");
        case(
            &format!("secret with {more} before it"),
            &longer,
            refused(401),
        );
    }
    case(
        "a very long secret",
        &CURRENT_TOKEN.repeat(100),
        refused(401),
    );
    let without = on_wire(&notification(WEIGHT), &format!("/hooks/{label}"));
    cases.add(&format!("{label}: no secret"), without, refused(401));
    let broken = post(label, NEXT_TOKEN, "appli=%zz");
    cases.add(
        &format!("{label}: a broken form under a wrong secret is not decoded"),
        broken,
        refused(401),
    );
    cases.add(
        &format!("{label}: refused by the head, and the body never asked for"),
        post(label, NEXT_TOKEN, WEIGHT).framing(Framing::Asked(false)),
        over_sockets(refused(401)),
    );
}

/// Probes are answered as documented, ask for the secret, and have no effect.
fn probes(label: &'static str, cases: &mut Cases<'_>) {
    for method in ["HEAD", "GET"] {
        let probe = |token: &str| on_wire(&probe(), &target(label, token)).method(method);
        let mut case = |name: &str, request: Request, expect: Expect| {
            cases.add(&format!("{label}: {method} {name}"), request, expect);
        };
        case("good", probe(CURRENT_TOKEN), nothing_seen());
        case(
            "good, whatever the content type",
            probe(CURRENT_TOKEN).with("content-type", "application/json"),
            nothing_seen(),
        );
        case("with a wrong secret", probe(NEXT_TOKEN), refused(401));
        let mut without = probe(CURRENT_TOKEN);
        without.target = format!("/hooks/{label}");
        case("without a secret", without, refused(401));
        case(
            "with the body of a delivery",
            post(label, CURRENT_TOKEN, WEIGHT).method(method),
            nothing_seen(),
        );
    }
    cases.add(
        &format!("{label}: no header and no parameter makes a probe of a delivery"),
        post(label, CURRENT_TOKEN, WEIGHT)
            .header("x-http-method-override", "HEAD")
            .header("x-original-method", "GET"),
        weight(label, "shared-secret", Some("current")),
    );
}

fn in_query_alone(cases: &mut Cases<'_>) {
    let known = || weight("withings", "shared-secret", Some("current"));
    let right = format!("token={CURRENT_TOKEN}");
    let encoded_name = format!("%74oken={CURRENT_TOKEN}");
    for (name, query, expect) in [
        ("encoded name", encoded_name.clone(), known()),
        ("other parameters", format!("a=1&{right}&b=%zz"), known()),
        ("empty secret", "token=".to_owned(), refused(401)),
        ("name alone", "token".to_owned(), refused(401)),
        ("empty query", String::new(), refused(401)),
        ("secret twice", format!("{right}&{right}"), refused(401)),
        (
            "wrong, then right",
            format!("token=1&{right}"),
            refused(401),
        ),
        (
            "right, then wrong",
            format!("{right}&token=1"),
            refused(401),
        ),
        ("right, then empty", format!("{right}&token="), refused(401)),
        (
            "twice, once encoded",
            format!("{right}&{encoded_name}"),
            refused(401),
        ),
        (
            "name in upper case",
            format!("TOKEN={CURRENT_TOKEN}"),
            refused(401),
        ),
    ] {
        let request = on_wire(&notification(WEIGHT), &format!("/hooks/withings?{query}"));
        cases.add(&format!("query: {name}"), request, expect);
    }
    let in_body = format!("{WEIGHT}&{right}");
    let request = on_wire(&notification(in_body), "/hooks/withings");
    cases.add("the secret in the body alone", request, refused(401));
    let request = on_wire(&notification(WEIGHT), "/hooks/withings");
    let request = request.header("authorization", CURRENT_TOKEN);
    cases.add("the secret in a header alone", request, refused(401));
    let request = on_wire(
        &notification(WEIGHT),
        &format!("/hooks/withings-path/{NEXT_TOKEN}?{right}"),
    );
    cases.add(
        "the query does not help a wrong path",
        request,
        refused(401),
    );
}

fn options(cases: &mut Cases<'_>) {
    for (token, id) in [(CURRENT_TOKEN, "current"), (NEXT_TOKEN, "next")] {
        let label = "withings-rotated";
        cases.add(
            &format!("rotated secrets, {id}"),
            post(label, token, WEIGHT),
            weight(label, "shared-secret", Some(id)),
        );
        let request = on_wire(&probe(), &target(label, token));
        cases.add(
            &format!("rotated secrets, {id}, HEAD"),
            request,
            nothing_seen(),
        );
    }
    let rotated = post("withings-rotated", "neither", WEIGHT);
    cases.add("rotated secrets, neither", rotated, refused(401));

    let label = "withings-acknowledging";
    let known = weight(label, "shared-secret", Some("current"));
    cases.add(
        "acknowledging, right",
        post(label, CURRENT_TOKEN, WEIGHT),
        known,
    );
    for (name, query) in [
        ("wrong", format!("?token={NEXT_TOKEN}")),
        ("missing", String::new()),
        (
            "twice",
            format!("?token={CURRENT_TOKEN}&token={CURRENT_TOKEN}"),
        ),
    ] {
        let target = format!("/hooks/{label}{query}");
        let request = on_wire(&notification(WEIGHT), &target);
        cases.add(
            &format!("acknowledging, {name}: dropped"),
            request.clone(),
            nothing_seen(),
        );
        for method in ["HEAD", "GET"] {
            let request = request.clone().method(method);
            cases.add(
                &format!("acknowledging, {name}, {method}: told"),
                request,
                refused(401),
            );
        }
        let request = request.method("PUT");
        cases.add(
            &format!("acknowledging, {name}, PUT"),
            request,
            wrong_method(),
        );
    }
    let broken = || post(label, CURRENT_TOKEN, "appli=x");
    cases.add("acknowledging, undecodable", broken(), refused(400));
    let json = broken().with("content-type", "application/json");
    cases.add("acknowledging, JSON", json, refused(415));

    let label = "withings-none";
    let none = || weight(label, "none", None);
    let request = on_wire(&notification(WEIGHT), &format!("/hooks/{label}"));
    cases.add("unauthenticated, opted in", request, none());
    cases.add(
        "unauthenticated, a secret unasked",
        post(label, NEXT_TOKEN, WEIGHT),
        none(),
    );
    let request = on_wire(&probe(), &format!("/hooks/{label}"));
    cases.add("unauthenticated, HEAD", request, nothing_seen());
}

/// The address is judged beside the secret, never instead of it.
fn addresses(cases: &mut Cases<'_>) {
    let forged = |request: Request| {
        request
            .header("x-forwarded-for", "127.0.0.1, 192.0.2.7")
            .header("forwarded", "for=192.0.2.7")
            .header("x-real-ip", "192.0.2.7")
    };
    let known = |label| weight(label, "shared-secret", Some("current"));
    let right = |label: &str| post(label, CURRENT_TOKEN, WEIGHT);
    let probe = |label: &str| on_wire(&probe(), &target(label, CURRENT_TOKEN));

    let label = "withings-allow";
    cases.add("listed peer", right(label), known(label));
    cases.add(
        "listed peer, headers do not count",
        forged(right(label)),
        known(label),
    );
    cases.add("listed peer, HEAD", probe(label), nothing_seen());
    cases.add(
        "listed peer, wrong secret",
        post(label, NEXT_TOKEN, WEIGHT),
        refused(401),
    );

    let label = "withings-elsewhere";
    cases.add("unlisted peer", right(label), refused(401));
    cases.add(
        "unlisted peer, headers do not count",
        forged(right(label)),
        refused(401),
    );
    cases.add("unlisted peer, HEAD", probe(label), refused(401));

    let label = "withings-behind";
    let through = |value: &str| right(label).header("x-forwarded-for", value);
    cases.add("through the proxy", through("192.0.2.7"), known(label));
    cases.add(
        "through the proxy, in two lines",
        through("203.0.113.1").header("X-Forwarded-For", "192.0.2.7"),
        known(label),
    );
    cases.add(
        "through the proxy, spoofed on the left",
        through("192.0.2.7, 203.0.113.1"),
        refused(401),
    );
    cases.add("through the proxy, HEAD", probe(label), refused(401));
    cases.add("the proxy itself", right(label), refused(401));
    cases.add(
        "through the proxy, of no address",
        through("unknown"),
        refused(401),
    );
    cases.add(
        "through the proxy, not ASCII",
        through("\u{e9}"),
        refused(401),
    );
    cases.add(
        "through the proxy, in the other header",
        right(label).header("forwarded", "for=192.0.2.7"),
        refused(401),
    );

    let label = "withings-allow-alone";
    let request = on_wire(&notification(WEIGHT), &format!("/hooks/{label}"));
    cases.add(
        "a list alone proves nothing",
        request,
        weight(label, "none", None),
    );
}
