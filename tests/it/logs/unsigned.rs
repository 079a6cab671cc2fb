//! Requests to the providers that take secrets as they are, in URLs and in headers.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use pulsehook_axum::address::{AddressList, AllowedAddresses};
use pulsehook_axum::thryve::Thryve;
use pulsehook_axum::withings::Withings;
use pulsehook_axum::{HeaderSecrets, UrlSecrets};
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::{thryve, withings};

use super::{Exchange, app};
use crate::endpoints::{key, shared};

/// The right URL for both places of a secret, and others that are wrong in one way or two.
const TARGETS: [&str; 5] = [
    "/canary-path?token=canary-query",
    "/canary-path?token=canary-query&token=canary-query",
    "/canary-path?token=canary-query0&%zz=canary-query",
    "/canary-path",
    "/canary-path%30?a=canary-query",
];

fn in_query() -> UrlSecrets {
    UrlSecrets::in_query("token", shared("canary-query"))
}

fn in_path() -> UrlSecrets {
    UrlSecrets::in_path(shared("canary-path"))
}

fn exchange(app: &Router, signed: SignedRequest, target: &str) -> Exchange {
    let request: Request<_> = signed.into_http(target).expect("a request");
    (app.clone(), request.map(Body::from))
}

pub(super) fn withings() -> Vec<Exchange> {
    let (elsewhere, _) = AddressList::from_txt(["192.0.2.7"]).expect("a list");
    let builders = [
        Withings::builder().url_secrets(in_query()),
        Withings::builder().url_secrets(in_path()),
        Withings::builder()
            .url_secrets(in_query())
            .acknowledge_unauthenticated(),
        Withings::builder()
            .url_secrets(in_query())
            .allowed_addresses(AllowedAddresses::new(elsewhere)),
    ];
    let apps = builders.map(|builder| app(builder.build().expect("a configuration")));
    let bodies = [
        "userid=1&appli=1&note=canary-body",
        "userid=canary-body&appli=1",
        "userid=1&appli=canary-body",
        "userid=1&appli=16&date=canary-body",
        "userid=1&appli=1&canary-body=1&canary-body=2",
        "userid=1&appli=1&canary-body=%zz",
        "",
    ];
    let mut requests = vec![withings::testing::probe()];
    for body in bodies {
        let notification = withings::testing::notification(body)
            .with_header("x-forwarded-for", "canary-header")
            .with_header("authorization", "canary-header");
        let other_type = notification.clone();
        requests.push(other_type.with_header("content-type", "canary-header"));
        requests.push(notification);
    }
    let mut exchanges = Vec::new();
    for app in &apps {
        for target in TARGETS {
            for request in &requests {
                exchanges.push(exchange(app, request.clone(), target));
            }
        }
    }
    exchanges
}

pub(super) fn thryve() -> Vec<Exchange> {
    let bearer = || HeaderSecrets::authorization(shared("Bearer canary-key"));
    let builders = [
        Thryve::builder().authorization(bearer()),
        Thryve::builder().url_secrets(in_path()),
        Thryve::builder()
            .authorization(bearer())
            .url_secrets(in_query())
            .keys(key("canary-key")),
    ];
    let apps = builders.map(|builder| app(builder.build().expect("a configuration")));
    let bodies = [
        r#"{"endUserId":"canary-body","type":"moon.rise","data":["canary-body"]}"#,
        r#"{"endUserId":"u-1","type":"notification.source.connect","data":{"timestamp":"canary-body"}}"#,
        r#"{"endUserId":{"canary-body":1},"type":"canary-body"}"#,
        r#"["canary-body", canary-body]"#,
        "canary-body",
        "",
    ];
    let mut requests = Vec::new();
    for body in bodies {
        let signed = thryve::testing::sign(&key("canary-key"), body, "canary-header");
        let frame = thryve::testing::compress(body);
        let pushed = thryve::testing::sign(&key("canary-key"), frame, "canary-header");
        let other = thryve::testing::sign(&key("other"), body, "canary-header");
        let encoded = signed
            .clone()
            .with_header("content-encoding", "canary-header");
        let mixed = signed
            .clone()
            .with_header("x_hmac_signature", "canary-header");
        requests.extend([signed, pushed, other, encoded, mixed]);
    }
    let mut exchanges = Vec::new();
    for app in &apps {
        for target in TARGETS {
            for request in &requests {
                for value in ["Bearer canary-key", "Bearer canary-header", ""] {
                    let request = request.clone().with_header("authorization", value);
                    exchanges.push(exchange(app, request, target));
                }
                exchanges.push(exchange(app, request.clone(), target));
            }
        }
    }
    exchanges
}
