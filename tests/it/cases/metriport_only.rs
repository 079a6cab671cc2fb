//! What is Metriport's alone: pings, the retired key header, ages.

use super::{Case, Expect, METRIPORT, accepted, pong, refused, request};
use crate::client::Request;
use crate::endpoints::{CURRENT, NEXT};

pub(super) fn cases(cases: &mut Vec<Case>) {
    let mut case = |name: &str, request: Request, expect: Expect| {
        cases.push(Case {
            name: format!("metriport: {name}"),
            request,
            expect,
        });
    };
    let sign = |endpoint: &str, body: &str| request(&METRIPORT, endpoint, CURRENT, body);
    let ping = r#"{"ping":"p-1","meta":{"messageId":"m-3","when":"2026-02-03T04:05:06.789Z","type":"ping"}}"#;
    case("ping", sign("metriport", ping), pong(r#"{"pong":"p-1"}"#));
    case(
        "ping without meta",
        sign("metriport", r#"{"ping":"p-2"}"#),
        pong(r#"{"pong":"p-2"}"#),
    );
    case(
        "a ping is no way round the check",
        Request::post("/hooks/metriport", ping),
        refused(401),
    );
    case(
        "upper-case signature",
        {
            let good = sign("metriport", ping);
            let upper = good.value("x-metriport-signature").to_ascii_uppercase();
            good.with("x-metriport-signature", upper)
        },
        refused(401),
    );
    let known = METRIPORT.known;
    let legacy = |endpoint: &str, key: &str| {
        Request::post(format!("/hooks/{endpoint}"), known).header("x-webhook-key", key)
    };
    case(
        "retired key header alone",
        legacy("metriport", CURRENT),
        refused(401),
    );
    case(
        "retired key header, opted in",
        legacy("metriport-legacy", CURRENT),
        accepted(vec![
            ("authenticity", "shared-secret".into()),
            ("key", "current".into()),
        ]),
    );
    case(
        "retired key header, opted in, wrong",
        legacy("metriport-legacy", NEXT),
        refused(401),
    );
    case(
        "retired key header does not stand in for a wrong signature",
        request(&METRIPORT, "metriport-legacy", NEXT, known).header("x-webhook-key", CURRENT),
        refused(401),
    );
    let at = |when: &str| {
        let body = known.replace("2026-02-03T04:05:06.789Z", when);
        sign("metriport-fresh", &body)
    };
    case(
        "300 s old, tolerated",
        at("2026-02-03T04:00:06.000Z"),
        accepted(vec![]),
    );
    case("too old", at("2026-02-03T04:00:05.999Z"), refused(401));
    case(
        "300 s ahead, tolerated",
        at("2026-02-03T04:10:06.000Z"),
        accepted(vec![]),
    );
    case(
        "too far ahead",
        at("2026-02-03T04:10:06.001Z"),
        refused(401),
    );
    case("of no time", at("20221224"), refused(401));
}
