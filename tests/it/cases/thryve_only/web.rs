//! Web authentication, secrets in the URL, and all means together.

use pulsehook_core::signature::encode_base64;
use pulsehook_core::thryve::testing::compress;

use super::{CONNECT, Cases, PUSH, SIGNATURE, connect_event, delivered, plain, push_event, signed};
use crate::cases::{Expect, Meets, refused};
use crate::client::{Framing, Request};
use crate::endpoints::thryve::USER;
use crate::endpoints::{CURRENT_TOKEN, NEXT, NEXT_TOKEN};

fn bearer() -> String {
    format!("Bearer {CURRENT_TOKEN}")
}

fn basic() -> String {
    let pair = format!("{USER}:{NEXT_TOKEN}");
    format!("Basic {}", encode_base64(pair.as_bytes()))
}

/// What must come of a connection that a shared secret proves.
fn shared(label: &str, key: &str) -> Expect {
    delivered(label, "shared-secret", Some(key), connect_event())
}

fn authorized(label: &str, value: &str) -> Request {
    plain(label, CONNECT).header("authorization", value)
}

pub(super) fn all(cases: &mut Cases<'_>) {
    values(cases);
    other_places(cases);
    together(cases);
    unauthenticated(cases);
}

fn values(cases: &mut Cases<'_>) {
    let label = "thryve-web";
    let (bearer, basic) = (bearer(), basic());
    for (value, id) in [(&bearer, "bearer"), (&basic, "basic")] {
        let (scheme, rest) = value.split_once(' ').expect("a scheme");
        for scheme in [
            scheme.to_owned(),
            scheme.to_lowercase(),
            scheme.to_uppercase(),
        ] {
            let request = authorized(label, &format!("{scheme} {rest}"));
            cases.add(&format!("web: {scheme}"), request, shared(label, id));
        }
        for length in 0..value.len() {
            // A blank at the end is not part of a header's value.
            let request = authorized(label, value[..length].trim_end());
            cases.refuse(&format!("web: {scheme} cut to {length}"), request, 401);
        }
        for (name, wrong) in [
            ("a byte more", format!("{value}0")),
            ("two blanks", format!("{scheme}  {rest}")),
            ("the rest alone", rest.to_owned()),
            ("another scheme", format!("Digest {rest}")),
            ("twice in one line", format!("{value}, {value}")),
            (
                "the rest in upper case",
                format!("{scheme} {}", rest.to_uppercase()),
            ),
        ] {
            cases.refuse(
                &format!("web: {scheme}, {name}"),
                authorized(label, &wrong),
                401,
            );
        }
        let twice = authorized(label, value).header("authorization", value);
        cases.refuse(&format!("web: {scheme} in two lines"), twice, 401);
    }
    cases.refuse(
        "web: two right values in two lines",
        authorized(label, &bearer).header("Authorization", &basic),
        401,
    );
    cases.refuse("web: missing", plain(label, CONNECT), 401);
    let not_ascii = plain(label, CONNECT).header("authorization", [0xe9; 20]);
    cases.refuse("web: not ASCII", not_ascii, 401);
    cases.refuse(
        "web: a signature is no stand-in",
        signed(label, CONNECT),
        401,
    );
    let elsewhere = plain(label, CONNECT)
        .header("proxy-authorization", &bearer)
        .header("appauthorization", &bearer);
    cases.refuse("web: in another header", elsewhere, 401);
    let in_query = Request {
        target: format!("/hooks/{label}?authorization={CURRENT_TOKEN}"),
        ..plain(label, CONNECT)
    };
    cases.refuse("web: in the query", in_query, 401);

    let push = plain(label, compress(PUSH)).header("authorization", &bearer);
    cases.add(
        "web: a compressed push",
        push,
        delivered(label, "shared-secret", Some("bearer"), push_event()),
    );
    cases.refuse(
        "web: a broken message with a wrong secret is not decoded",
        plain(label, "{").header("authorization", basic.to_uppercase()),
        401,
    );
    cases.add(
        "web: refused by the head, and the body never asked for",
        plain(label, CONNECT).framing(Framing::Asked(false)),
        Expect {
            meets: Meets::OverSockets,
            ..refused(401)
        },
    );
}

fn other_places(cases: &mut Cases<'_>) {
    let label = "thryve-header";
    let in_header = |value: &str| plain(label, CONNECT).header("x-webhook-token", value);
    cases.add(
        "header of its own",
        in_header(CURRENT_TOKEN),
        shared(label, "current"),
    );
    cases.add(
        "header of its own, in odd case",
        in_header(CURRENT_TOKEN).odd_case(),
        shared(label, "current"),
    );
    for (name, request) in [
        ("upper case", in_header(&CURRENT_TOKEN.to_uppercase())),
        ("wrong", in_header(NEXT_TOKEN)),
        ("empty", in_header("")),
        ("missing", plain(label, CONNECT)),
        (
            "twice",
            in_header(CURRENT_TOKEN).header("x-webhook-token", CURRENT_TOKEN),
        ),
        ("in `Authorization`", authorized(label, CURRENT_TOKEN)),
    ] {
        cases.refuse(&format!("header of its own, {name}"), request, 401);
    }

    let label = "thryve-url";
    let in_query = |query: &str| Request {
        target: format!("/hooks/{label}?{query}"),
        ..plain(label, CONNECT)
    };
    let right = format!("token={CURRENT_TOKEN}");
    cases.add(
        "secret in the URL",
        in_query(&right),
        shared(label, "current"),
    );
    for query in [
        "",
        "token=",
        &format!("token={NEXT_TOKEN}"),
        &format!("{right}&{right}"),
    ] {
        cases.refuse(&format!("secret in the URL, {query}"), in_query(query), 401);
    }
    for method in ["HEAD", "GET"] {
        let request = in_query(&right).method(method);
        let expect = Expect {
            headers: &[("allow", "POST")],
            ..refused(405)
        };
        cases.add(&format!("secret in the URL, {method}"), request, expect);
    }
}

/// Where several means are configured, all must hold, and the strongest is what is said.
fn together(cases: &mut Cases<'_>) {
    let label = "thryve-both";
    let both = || signed(label, CONNECT).header("authorization", bearer());
    let known = |label| delivered(label, "body-signature", Some("current"), connect_event());
    cases.add("both right", both(), known(label));
    let wrong_key =
        pulsehook_core::thryve::testing::sign(&crate::endpoints::key(NEXT), CONNECT, &super::now());
    let forged = crate::cases::on_wire(&wrong_key, "/hooks/thryve-both");
    for (name, request) in [
        ("the header alone", authorized(label, &bearer())),
        ("the signature alone", signed(label, CONNECT)),
        (
            "right header, wrong signature",
            forged.header("authorization", bearer()),
        ),
        ("right header, no signature", both().without(SIGNATURE)),
        (
            "wrong header, right signature",
            both().with("authorization", "Bearer x"),
        ),
        (
            "empty header, right signature",
            both().with("authorization", ""),
        ),
        ("neither", plain(label, CONNECT)),
    ] {
        cases.refuse(&format!("both asked for, {name}"), request, 401);
    }

    let label = "thryve-all";
    let all = |token: &str| Request {
        target: format!("/hooks/{label}?token={token}"),
        ..signed(label, CONNECT).header("authorization", basic())
    };
    cases.add("all three right", all(CURRENT_TOKEN), known(label));
    for (name, request) in [
        ("wrong URL", all(NEXT_TOKEN)),
        ("no header", all(CURRENT_TOKEN).without("authorization")),
        ("no signature", all(CURRENT_TOKEN).without(SIGNATURE)),
        ("empty signature", all(CURRENT_TOKEN).with(SIGNATURE, "")),
    ] {
        cases.refuse(&format!("all three asked for, {name}"), request, 401);
    }
}

fn unauthenticated(cases: &mut Cases<'_>) {
    let label = "thryve-none";
    let none = || delivered(label, "none", None, connect_event());
    cases.add("unauthenticated, opted in", plain(label, CONNECT), none());
    let forged = signed(label, CONNECT)
        .with(SIGNATURE, "0")
        .header("authorization", "Bearer x");
    cases.add("unauthenticated, nothing is asked", forged, none());
    cases.refuse("unauthenticated, not decodable", plain(label, "{"), 400);
}
