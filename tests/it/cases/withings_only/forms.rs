//! Content types, sizes, and what the body of a delivery holds.

use pulsehook_core::withings::testing::order_update;
use serde_json::{Value, json};

use super::{Cases, WEIGHT, over_sockets, post, target, weight, weight_event, wrong_method};
use crate::cases::{Expect, accepted, failed, gzip, on_wire, refused};
use crate::client::Framing;
use crate::endpoints::{CURRENT_TOKEN, NEXT_TOKEN, SMALL_LIMIT};

pub(super) fn all(cases: &mut Cases<'_>) {
    http(cases);
    sizes(cases);
    forms(cases);
    orders(cases);
}

fn http(cases: &mut Cases<'_>) {
    let good = || post("withings", CURRENT_TOKEN, WEIGHT);
    let known = || weight("withings", "shared-secret", Some("current"));
    for method in ["PUT", "DELETE", "OPTIONS", "PATCH", "post"] {
        cases.add(
            &format!("method {method}"),
            good().method(method),
            wrong_method(),
        );
    }
    cases.add(
        "good, in chunks of 7",
        good().framing(Framing::Chunked(7)),
        known(),
    );
    cases.add("good, header names in odd case", good().odd_case(), known());
    cases.add(
        "good, without content type",
        good().without("content-type"),
        known(),
    );
    for content_type in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-Urlencoded",
    ] {
        let request = good().with("content-type", content_type);
        cases.add(&format!("content type {content_type}"), request, known());
    }
    for content_type in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencodedx",
        "",
        "\u{e9}",
    ] {
        let request = good().with("content-type", content_type);
        cases.add(
            &format!("content type {content_type:?}"),
            request,
            refused(415),
        );
    }
    let twice = good().header("Content-Type", "application/x-www-form-urlencoded");
    cases.add("content type twice", twice, refused(415));
    let two = good().header("content-type", "application/json");
    cases.add("two content types", two, refused(415));
    cases.add(
        "other headers",
        good()
            .header("x-event", "forged")
            .header("signature", "1")
            .header("nonce", "2"),
        known(),
    );
    for framing in [Framing::Length, Framing::Chunked(16)] {
        let mut zipped = good().header("content-encoding", "gzip");
        zipped.body = gzip(WEIGHT);
        cases.add(
            &format!("compressed: the bytes on the wire are no form, {framing:?}"),
            zipped.framing(framing),
            refused(400),
        );
    }
    cases.add(
        "the handler fails",
        post("withings-failing", CURRENT_TOKEN, WEIGHT),
        failed(vec![("events", json!([weight_event()]))]),
    );
    let labelled = good().header("content-encoding", "gzip");
    cases.add(
        "not compressed, whatever the header says",
        labelled,
        known(),
    );
}

fn sizes(cases: &mut Cases<'_>) {
    let sized = |length: usize| {
        let body = "appli=46&userid=1&action=update&padding=";
        let padding = "0".repeat(length - body.len());
        post("withings-small", CURRENT_TOKEN, &format!("{body}{padding}"))
    };
    for framing in [
        Framing::Length,
        Framing::Chunked(16),
        Framing::Chunked(1000),
    ] {
        for length in [SMALL_LIMIT - 1, SMALL_LIMIT] {
            let request = sized(length).framing(framing);
            cases.add(
                &format!("{length} bytes, {framing:?}"),
                request,
                accepted(vec![]),
            );
        }
        let request = sized(SMALL_LIMIT + 1).framing(framing);
        cases.add(
            &format!("a byte over the limit, {framing:?}"),
            request,
            refused(413),
        );
    }
    let good = |framing| post("withings", CURRENT_TOKEN, WEIGHT).framing(framing);
    cases.add(
        "a declared length beyond all limits",
        good(Framing::Declared(1_000_000_000_000)),
        over_sockets(refused(413)),
    );
    let cut = "userid=8812345&appli=".len() as u64;
    cases.add(
        "a declared length that is too short",
        good(Framing::Declared(cut)),
        over_sockets(refused(400)),
    );
    let unanswered = Expect {
        may_be_unanswered: true,
        ..over_sockets(refused(400))
    };
    let length = WEIGHT.len() as u64 + 100;
    cases.add(
        "gone before the body's end",
        good(Framing::CutOff(length)),
        unanswered.clone(),
    );
    cases.add(
        "gone before the body's end, and not waiting for an answer",
        good(Framing::Gone(length)),
        unanswered,
    );
    cases.add(
        "still served after that",
        good(Framing::Length),
        weight("withings", "shared-secret", Some("current")),
    );
}

/// The forms, and the events or the refusal that come of them.
fn forms(cases: &mut Cases<'_>) {
    let mut right = |name: &str, body: &str, event: Value| {
        let expect = accepted(vec![("events", json!([event]))]);
        cases.add(name, post("withings", CURRENT_TOKEN, body), expect);
    };
    let mut of_documentation = weight_event();
    of_documentation["user_id"] = 12345.into();
    of_documentation["window"] =
        json!({"start": "2018-07-03T00:00:00Z", "end": "2018-07-04T10:05:53Z"});
    of_documentation["other"] = json!({"foo": "bar"});
    right(
        "the documented example, with a parameter that is not known",
        "foo=bar&userid=12345&appli=1&startdate=1530576000&enddate=1530698753",
        of_documentation,
    );
    right(
        "equal parameters",
        &format!("{WEIGHT}&appli=1&userid=8812345"),
        weight_event(),
    );
    right(
        "a category that is not known",
        "userid=1&appli=4711",
        json!({"category": 4711, "name": "other", "user_id": 1}),
    );
    right(
        "a device",
        "appli=53&mac=00%3A24%3Ae4%3A0a%3A0b%3A0c",
        json!({"category": 53, "name": "device-set-up", "mac": "00:24:e4:0a:0b:0c"}),
    );
    right(
        "a day",
        "userid=1&appli=16&date=2024-01-28",
        json!({"category": 16, "name": "activity", "user_id": 1, "date": "2024-01-28"}),
    );
    right(
        "an instant",
        "userid=1&appli=50&date=1706392815&deviceid=0f1e",
        json!({"category": 50, "name": "bed-in", "user_id": 1, "date": "2024-01-27T22:00:15Z", "device_id": "0f1e"}),
    );
    right(
        "the end before the start",
        "userid=1&appli=4&startdate=1706400060&enddate=1706400000",
        json!({"category": 4, "name": "blood-pressure", "user_id": 1,
            "window": {"start": "2024-01-28T00:01:00Z", "end": "2024-01-28T00:00:00Z", "reversed": true}}),
    );
    for body in [
        "",
        "&",
        "userid=1",
        "appli=1",
        "appli=53",
        "appli=&userid=1",
        "appli=1x&userid=1",
        "appli=1.0&userid=1",
        "appli=+1&userid=1",
        "appli=%2B1&userid=1",
        "appli=99999999999999999999&userid=1",
        "appli=1&userid=-1",
        "appli=1&userid=abc",
        "appli=1&userid=1&startdate=1706400000.5",
        "appli=1&userid=1&enddate=yesterday",
        "appli=16&userid=1&date=20240128",
        "appli=16&userid=1&date=2024-13-01",
        "appli=1&userid=1&userid=2",
        "appli=1&appli=4&userid=1",
        "appli=1&userid=1&a=1&a=2",
        "appli=1&userid=1&note=%zz",
        "appli=1&userid=1&note=%ff",
        r#"{"appli":1,"userid":1}"#,
    ] {
        let request = post("withings", CURRENT_TOKEN, body);
        cases.add(&format!("form {body:?}"), request, refused(400));
    }
    let mut not_utf8 = post("withings", CURRENT_TOKEN, WEIGHT);
    not_utf8.body.extend(b"&note=\xff");
    cases.add("form that is not UTF-8", not_utf8, refused(400));
}

fn orders(cases: &mut Cases<'_>) {
    let label = "withings-orders";
    let body = r#"{"customer_ref":"order-1","status":"ADDRESS ERROR"}"#;
    let order = |label: &str, token: &str, body: &str| {
        on_wire(&order_update(body.to_owned()), &target(label, token))
    };
    cases.add(
        "order update",
        order(label, CURRENT_TOKEN, body),
        accepted(vec![
            ("authenticity", "shared-secret".into()),
            ("events", json!([{"name": "order-update", "customer_ref": "order-1", "status": "ADDRESS ERROR"}])),
        ]),
    );
    cases.add(
        "order update, wrong secret",
        order(label, NEXT_TOKEN, body),
        refused(401),
    );
    cases.add(
        "order update, not opted in",
        order("withings", CURRENT_TOKEN, body),
        refused(415),
    );
    let notification = r#"{"userid":1,"appli":1}"#;
    cases.add(
        "notifications are never JSON",
        order(label, CURRENT_TOKEN, notification),
        refused(400),
    );
    cases.add(
        "notification beside order updates",
        post(label, CURRENT_TOKEN, WEIGHT),
        weight(label, "shared-secret", Some("current")),
    );
}
