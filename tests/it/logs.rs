//! Nothing secret and nothing of a body reaches logs or answers, through any adapter.

use std::collections::BTreeSet;

use pulsehook_core::human_api::HumanApi;
use pulsehook_core::metriport::Metriport;
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::{Provider, Receiver, human_api, metriport};
use serde::Serialize;
use tracing::Level;

use crate::adapters::in_process;
use crate::captured;
use crate::cases::on_wire;
use crate::client::{Framing, Request};
use crate::endpoints::{Endpoints, Mount, key};
use crate::in_process::InProcess;

mod unsigned;

/// Texts that must show up nowhere: in a key, in the URL, in a header, in a body.
const CANARIES: [&str; 5] = [
    "canary-key",
    "canary-path",
    "canary-query",
    "canary-header",
    "canary-body",
];

/// The rules that must have refused a request.
const RULES: [&str; 11] = [
    "undecodable",
    "malformed-header",
    "repeated-header",
    "body-too-large",
    "missing-credential",
    "repeated-credential",
    "credential-mismatch",
    "address-unknown",
    "mixed-headers",
    "signature-mismatch",
    "unsupported-media-type",
];

pub(crate) fn mount_on(mount: &mut impl Mount) {
    let secret = || key("canary-key");
    canary(mount, "metriport-failing", Metriport::new(secret()));
    canary(mount, "human-api-failing", HumanApi::new(secret()));
    unsigned::mount_on(mount);
}

/// Mounts an endpoint, at which the handler fails with an error that quotes the body.
fn canary<P>(mount: &mut impl Mount, label: &str, provider: P)
where
    P: Provider,
    P::Event: Serialize,
{
    let builder = Receiver::builder(provider).endpoint(label);
    mount.mount(builder.body_limit(4096).build());
}

fn variants(signed: &SignedRequest, label: &str, signature: &str) -> Vec<Request> {
    let target = format!("/hooks/{label}/canary-path?token=canary-query");
    let good = || on_wire(signed, &target);
    vec![
        good(),
        good().framing(Framing::Chunked(7)),
        good().with(signature, "canary-header"),
        good().with(signature, ""),
        good().framing(Framing::Declared(99999)),
        good().header(signature, "canary-header"),
        good().method("DELETE"),
    ]
}

fn requests() -> Vec<Request> {
    let secret = key("canary-key");
    // Verified and not decodable, in ways whose usual error messages quote the body.
    let metriport = r#"{"meta":{"messageId":{"canary-body":1},"type":"canary-body"}}"#;
    let typed =
        r#"{"meta":{"messageId":"1","when":"x","type":"patient.admit"},"payload":"canary-body"}"#;
    let good = r#"{"meta":{"messageId":"canary-body","when":"x","type":"canary-body"}}"#;
    let human_api = r#"["canary-body", canary-body]"#;
    let mut requests = Vec::new();
    for body in [metriport, typed, good] {
        let signed = metriport::testing::sign(&secret, body);
        let label = "metriport-failing";
        requests.extend(variants(&signed, label, "x-metriport-signature"));
    }
    let signed = human_api::testing::sign(&secret, human_api, "1403591492088", "canary-header");
    let label = "human-api-failing";
    requests.extend(variants(&signed, label, "x-humanapi-signature"));
    requests.extend(unsigned::withings());
    requests.extend(unsigned::thryve());
    requests
}

#[test]
fn logs_and_answers_hold_no_canary() {
    captured::begin();
    tracing::trace!("kept");
    assert!(captured::take().iter().any(|line| line.contains("kept")));
    let requests = requests();
    for adapter in in_process(&Endpoints::Canaries) {
        captured::take();
        check(adapter.as_ref(), &requests);
    }
}

fn check(adapter: &dyn InProcess, requests: &[Request]) {
    let name = adapter.name();
    let mut rules = BTreeSet::from(RULES);
    let mut statuses = BTreeSet::new();
    let mut logged_by_actix_web = false;
    for request in requests {
        let called = adapter.send(request);
        statuses.insert(called.answer.status);
        let body = String::from_utf8_lossy(&called.answer.body).into_owned();
        for canary in CANARIES {
            // Answers with an error in their extensions print it, if someone prints them.
            assert!(
                !called.shown.contains(canary),
                "{name}: {canary} in {}",
                called.shown
            );
            assert!(!body.contains(canary), "{name}: {canary} in {body}");
        }
        let lines = captured::take();
        for line in &lines {
            let canary = CANARIES.iter().find(|canary| line.contains(canary));
            // Those of the frameworks, too: none logs of requests what is secret here.
            assert!(canary.is_none(), "{name}: {line:?}");
            logged_by_actix_web |= line.contains("Error in response: WebhookRejection");
        }
        let refused = lines
            .iter()
            .filter(|line| line.is(Level::INFO) && line.contains("pulsehook::refusal"));
        for line in refused {
            rules.retain(|rule| !line.contains(rule));
        }
    }
    assert!(rules.is_empty(), "{name}: no refusal by {rules:?}");
    // Its `Logger` writes the `Debug` of an extractor's error.
    assert_eq!(logged_by_actix_web, name == "actix-web, extractor");
    // The label of an unknown type and an id may be in the error's own Debug, not in logs.
    assert!(
        statuses.is_superset(&BTreeSet::from([200, 400, 401, 405, 413, 500])),
        "{name}: {statuses:?}"
    );
}
