//! The table of what is answered and why, for every provider: a wrong status makes a provider
//! repeat a delivery for days, or switch the endpoint off.

use bytes::Bytes;
use pulsehook_core::BodyFailure;
use pulsehook_core::thryve::testing::compress;
use pulsehook_core::withings::testing::{notification, probe};
use pulsehook_core::{human_api, metriport, thryve};

use crate::adapters::in_process;
use crate::cases::{HUMAN_API, METRIPORT, Signed, THRYVE, good, on_wire, request};
use crate::client::{Answer, Framing, Request};
use crate::endpoints::{CURRENT, CURRENT_TOKEN, Endpoints, NOW, SMALL_LIMIT, key, take_rules};
use crate::in_process::{Frames, InProcess, head_of};

/// A request, and what must come of it: the status, and the rule unless it is a success.
struct Row {
    name: String,
    request: Request,
    /// What the body ends with in the place of its second half.
    failure: Option<BodyFailure>,
    status: u16,
    rule: Option<&'static str>,
    /// What `Allow` holds, beside the status 405.
    allow: Option<&'static str>,
    handler: bool,
}

#[derive(Default)]
struct Table {
    provider: &'static str,
    rows: Vec<Row>,
}

impl Table {
    fn row(
        &mut self,
        status: u16,
        rule: impl Into<Option<&'static str>>,
        request: Request,
    ) -> &mut Row {
        let rule = rule.into();
        self.rows.push(Row {
            name: format!(
                "{}, {status} by {rule:?}, row {}",
                self.provider,
                self.rows.len()
            ),
            request,
            failure: None,
            status,
            rule,
            allow: None,
            handler: false,
        });
        self.rows.last_mut().expect("the row")
    }

    /// What is alike for all: the methods, the size of a body, its failures, the handler's.
    fn shared(&mut self, good: impl Fn(&str) -> Request, allow: &'static str) {
        let provider = self.provider;
        self.row(405, "method-not-allowed", good(provider).method("PUT"))
            .allow = Some(allow);
        let small = format!("{provider}-small");
        for framing in [Framing::Length, Framing::Chunked(16)] {
            let mut large = good(&small).framing(framing);
            large.body = vec![b' '; SMALL_LIMIT + 1];
            self.row(413, "body-too-large", large);
        }
        for (status, rule, failure) in [
            (400, "body-broke-off", BodyFailure::BrokeOff),
            (408, "body-timeout", BodyFailure::Timeout),
            (413, "body-too-large", BodyFailure::TooLarge),
            (503, "no-room", BodyFailure::NoRoom),
        ] {
            for framing in [Framing::Length, Framing::Chunked(16)] {
                let request = good(provider).framing(framing);
                self.row(status, rule, request).failure = Some(failure);
            }
        }
        // The same delivery again is a success, too.
        for _ in 0..2 {
            self.row(200, None, good(provider)).handler = true;
        }
        let failing = good(&format!("{provider}-failing"));
        self.row(500, None, failing).handler = true;
    }

    fn signed(signed: &Signed) -> Self {
        let mut table = Self {
            provider: signed.provider,
            ..Self::default()
        };
        let at = |label: &str| request(signed, label, CURRENT, signed.known);
        table.shared(at, "POST");
        let unknown = request(signed, signed.provider, CURRENT, signed.unknown);
        table.row(200, None, unknown).handler = true;
        let no_json = request(signed, signed.provider, CURRENT, "no JSON");
        table.row(400, "undecodable", no_json);
        for name in signed.headers {
            let good = || good(signed);
            table.row(401, "missing-header", good().without(name));
            table.row(
                401,
                "repeated-header",
                good().header(name, good().value(name)),
            );
        }
        let header = signed.signature;
        table.row(401, "malformed-header", good(signed).with(header, "\u{e9}"));
        let mut tampered = good(signed);
        tampered.body.push(b' ');
        table.row(401, "signature-mismatch", tampered);
        table
    }
}

fn metriport() -> Table {
    let signed = &METRIPORT;
    let mut table = Table::signed(signed);
    let at = |when: &str| {
        let body = signed.known.replace("2026-02-03T04:05:06.789Z", when);
        request(signed, "metriport-fresh", CURRENT, body)
    };
    table.row(401, "timestamp-too-old", at("2026-02-03T04:00:00Z"));
    table.row(401, "timestamp-too-new", at("2026-02-03T04:11:00Z"));
    table.row(401, "malformed-timestamp", at("yesterday"));
    let ping = metriport::testing::sign(&key(CURRENT), r#"{"ping":"p-1"}"#);
    let ping = on_wire(&ping, "/hooks/metriport");
    table.row(401, "missing-header", ping.without(signed.signature));
    table
}

fn human_api() -> Table {
    let signed = &HUMAN_API;
    let mut table = Table::signed(signed);
    let at = |timestamp: String| {
        let signed = human_api::testing::sign(&key(CURRENT), signed.known, &timestamp, "1");
        on_wire(&signed, "/hooks/human-api-fresh")
    };
    table.row(401, "timestamp-too-old", at((NOW - 301).to_string()));
    table.row(401, "timestamp-too-new", at((NOW + 301).to_string()));
    table.row(401, "malformed-timestamp", at("+1".to_owned()));
    table
}

fn thryve(signed: &Signed) -> Table {
    let mut table = Table::signed(signed);
    let at = |timestamp: String| {
        let signed = thryve::testing::sign(&key(CURRENT), signed.known, &timestamp);
        on_wire(&signed, "/hooks/thryve-fresh")
    };
    table.row(401, "timestamp-too-old", at((NOW - 301).to_string()));
    table.row(401, "timestamp-too-new", at((NOW + 301).to_string()));
    table.row(401, "malformed-timestamp", at("yesterday".to_owned()));
    let bomb = compress(vec![b' '; 1 << 20]).repeat(40);
    let bomb = request(signed, "thryve", CURRENT, bomb);
    table.row(413, "undecodable", bomb);
    let [dashed, underscored] = ["x-hmac-signature", "x_hmac_signature"];
    let mixed = good(signed).without(dashed).without(underscored);
    let mixed = mixed.header(dashed, "0").header(underscored, "0");
    table.row(401, "mixed-headers", mixed);
    for (rule, label, authorization) in [
        ("missing-credential", "thryve-web", &[][..]),
        ("credential-mismatch", "thryve-web", &["Bearer x"]),
        ("repeated-header", "thryve-web", &["Bearer x", "Bearer x"]),
    ] {
        let mut request = Request::post(format!("/hooks/{label}"), signed.known);
        for value in authorization {
            request = request.header("authorization", value);
        }
        table.row(401, rule, request);
    }
    table
}

fn withings() -> Table {
    const WEIGHT: &str = "userid=8812345&appli=1&startdate=1706400000&enddate=1706400060";
    let mut table = Table {
        provider: "withings",
        ..Table::default()
    };
    let target = |label: &str, query: &str| format!("/hooks/{label}?{query}");
    let token = format!("token={CURRENT_TOKEN}");
    let post =
        |label: &str, body: &'static str| on_wire(&notification(body), &target(label, &token));
    table.shared(|label| post(label, WEIGHT), "GET, HEAD, POST");
    let unknown = post("withings", "userid=1&appli=4711");
    table.row(200, None, unknown).handler = true;
    table.row(400, "undecodable", post("withings", "appli=x"));
    let json = post("withings", WEIGHT).with("content-type", "application/json");
    table.row(415, "unsupported-media-type", json);
    let twice = format!("{token}&{token}");
    for method in ["HEAD", "GET", "POST"] {
        for (rule, query) in [
            ("missing-credential", ""),
            ("credential-mismatch", "token=x"),
            ("repeated-credential", &twice),
        ] {
            let request = match method {
                "POST" => on_wire(&notification(WEIGHT), &target("withings", query)),
                _ => on_wire(&probe(), &target("withings", query)).method(method),
            };
            table.row(401, rule, request);
        }
    }
    for method in ["HEAD", "GET"] {
        let probe = on_wire(&probe(), &target("withings", &token)).method(method);
        table.row(200, None, probe);
    }
    // Nobody knows the caller's address where there is no connection.
    table.row(401, "address-unknown", post("withings-allow", WEIGHT));
    // What is dropped is told as a success, and reported all the same.
    let dropped = on_wire(&notification(WEIGHT), &target("withings-acknowledging", ""));
    table.row(200, "missing-credential", dropped);
    table
}

#[test]
fn every_reason_has_its_status_for_every_provider_through_every_adapter() {
    let tables = [metriport(), human_api(), thryve(&THRYVE), withings()];
    take_rules();
    for adapter in in_process(&Endpoints::All) {
        for row in tables.iter().flat_map(|table| &table.rows) {
            let name = format!("{}: {}", adapter.name(), row.name);
            let answer = answer_of(adapter.as_ref(), row);
            let allow = row
                .allow
                .map(|allow| ("allow".to_owned(), allow.to_owned()));
            let expect = Answer {
                status: row.status,
                headers: allow.into_iter().collect(),
                body: Vec::new(),
            };
            assert_eq!(answer, expect, "{name}");
            assert_eq!(take_rules(), Vec::from_iter(row.rule), "{name}");
            assert_eq!(
                adapter.seen().take().len(),
                usize::from(row.handler),
                "{name}"
            );
        }
    }
}

fn answer_of(adapter: &dyn InProcess, row: &Row) -> Answer {
    let Some(failure) = row.failure else {
        return adapter.send(&row.request).answer;
    };
    let mut body = Bytes::from(row.request.body.clone());
    body.truncate(body.len() / 2);
    let frames: Frames = Box::new([Ok(body), Err(failure)].into_iter());
    adapter.call(head_of(&row.request), frames).answer
}
