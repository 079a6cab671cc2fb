//! Requests to the providers that take secrets as they are, in URLs and in headers.

use pulsehook_core::address::{AddressList, AllowedAddresses};
use pulsehook_core::thryve::Thryve;
use pulsehook_core::withings::Withings;
use pulsehook_core::{HeaderSecrets, UrlSecrets, thryve, withings};

use super::canary;
use crate::cases::on_wire;
use crate::client::Request;
use crate::endpoints::{Mount, key, shared};

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

const WITHINGS: [&str; 4] = [
    "withings-query-failing",
    "withings-path-failing",
    "withings-acknowledging-failing",
    "withings-elsewhere-failing",
];

const THRYVE: [&str; 3] = [
    "thryve-web-failing",
    "thryve-path-failing",
    "thryve-all-failing",
];

pub(super) fn mount_on(mount: &mut impl Mount) {
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
    for (label, builder) in WITHINGS.into_iter().zip(builders) {
        canary(mount, label, builder.build().expect("a configuration"));
    }
    let bearer = || HeaderSecrets::authorization(shared("Bearer canary-key"));
    let builders = [
        Thryve::builder().authorization(bearer()),
        Thryve::builder().url_secrets(in_path()),
        Thryve::builder()
            .authorization(bearer())
            .url_secrets(in_query())
            .keys(key("canary-key")),
    ];
    for (label, builder) in THRYVE.into_iter().zip(builders) {
        canary(mount, label, builder.build().expect("a configuration"));
    }
}

/// All targets at some endpoints.
fn targets(labels: &[&str]) -> Vec<String> {
    let at = |label| TARGETS.map(|target| format!("/hooks/{label}{target}"));
    labels.iter().flat_map(at).collect()
}

pub(super) fn withings() -> Vec<Request> {
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
    let at = |target: String| {
        requests
            .iter()
            .map(move |request| on_wire(request, &target))
            .collect::<Vec<_>>()
    };
    targets(&WITHINGS).into_iter().flat_map(at).collect()
}

pub(super) fn thryve() -> Vec<Request> {
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
    let mut on_wires = Vec::new();
    for target in targets(&THRYVE) {
        for request in &requests {
            let request = on_wire(request, &target);
            // With each header at the right target; elsewhere with the right one alone.
            let values = ["Bearer canary-key", "Bearer canary-header", ""];
            let count = if target.ends_with(TARGETS[0]) { 3 } else { 1 };
            for value in &values[..count] {
                on_wires.push(request.clone().header("authorization", value));
            }
            on_wires.push(request);
        }
    }
    on_wires
}
