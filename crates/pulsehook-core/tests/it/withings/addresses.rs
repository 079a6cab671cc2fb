//! The list of allowed addresses beside or without a secret.

use std::net::IpAddr;

use pulsehook_core::address::{AddressList, AllowedAddresses, TrustedProxies};
use pulsehook_core::withings::Withings;
use pulsehook_core::{Authenticity, Outcome, Receiver, RequestHead};

use super::{FORM, QUERY, in_query};

const INSIDE: &str = "192.0.2.7";
const OUTSIDE: &str = "198.51.100.1";
const PROXY: &str = "10.0.0.2";

fn list(text: &str) -> AddressList {
    AddressList::from_txt([text]).expect("an address").0
}

fn allowed() -> AllowedAddresses {
    AllowedAddresses::new(list("192.0.2.0/24"))
}

/// Sends a delivery and a probe alike, and returns the one rule that both meet; `None` when they
/// pass.
fn check(
    receiver: &Receiver<Withings>,
    peer: Option<&str>,
    query: Option<&str>,
    forwarded_for: &[&str],
    expect: Option<&str>,
) {
    let mut headers = vec![("content-type", FORM)];
    headers.extend(forwarded_for.iter().map(|line| ("x-forwarded-for", *line)));
    let peer: Option<IpAddr> = peer.map(|peer| peer.parse().expect("an address"));
    for method in ["HEAD", "GET", "POST"] {
        let head = RequestHead::new(method, "/hook", &headers)
            .with_query(query)
            .with_peer(peer);
        let found = receiver.receive(head, "userid=1&appli=1");
        match (&found, expect) {
            (Err(error), Some(rule)) => {
                assert_eq!(error.rule(), rule);
                assert_eq!(error.reply().status(), 401);
            }
            (Ok(Outcome::Accepted(_)), None) => assert_eq!(method, "POST"),
            (Ok(Outcome::Probe(_)), None) => assert_ne!(method, "POST"),
            _ => panic!("{method} {peer:?}: {found:?}"),
        }
    }
}

#[test]
fn both_address_and_secret_must_be_right() {
    let builder = Withings::builder()
        .url_secrets(in_query())
        .allowed_addresses(allowed());
    let receiver = Receiver::new(builder.build().expect("a secret"));
    let right = Some(QUERY);
    check(&receiver, Some(INSIDE), right, &[], None);
    check(&receiver, Some("::ffff:192.0.2.7"), right, &[], None);
    check(
        &receiver,
        Some(INSIDE),
        None,
        &[],
        Some("missing-credential"),
    );
    check(
        &receiver,
        Some(INSIDE),
        Some("token=x"),
        &[],
        Some("credential-mismatch"),
    );
    check(
        &receiver,
        Some(OUTSIDE),
        right,
        &[],
        Some("address-not-allowed"),
    );
    check(
        &receiver,
        Some(OUTSIDE),
        None,
        &[],
        Some("address-not-allowed"),
    );
    check(&receiver, None, right, &[], Some("address-unknown"));
}

#[test]
fn an_address_alone_is_no_credential() {
    let builder = Withings::builder()
        .allowed_addresses(allowed())
        .danger_accept_unauthenticated();
    let receiver = Receiver::new(builder.build().expect("said explicitly"));
    check(&receiver, Some(INSIDE), None, &[], None);
    check(
        &receiver,
        Some(OUTSIDE),
        None,
        &[],
        Some("address-not-allowed"),
    );
    check(&receiver, None, None, &[], Some("address-unknown"));

    let headers = [("content-type", FORM)];
    let head = RequestHead::new("POST", "/hook", &headers)
        .with_peer(Some(INSIDE.parse().expect("an address")));
    let outcome = receiver.receive(head, "userid=1&appli=1").expect("allowed");
    let delivery = outcome.accepted().expect("a POST");
    assert_eq!(delivery.authenticity(), Authenticity::None);
    assert!(delivery.key_id().is_none());
}

#[test]
fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
    let direct = Withings::builder()
        .url_secrets(in_query())
        .allowed_addresses(allowed());
    let direct = Receiver::new(direct.build().expect("a secret"));
    let proxies = TrustedProxies::x_forwarded_for(list(PROXY));
    let behind = Withings::builder()
        .url_secrets(in_query())
        .allowed_addresses(allowed().behind(proxies));
    let behind = Receiver::new(behind.build().expect("a secret"));
    let right = Some(QUERY);

    let refused = Some("address-not-allowed");
    check(&direct, Some(PROXY), right, &[INSIDE], refused);
    check(&direct, Some(OUTSIDE), right, &[INSIDE], refused);
    check(&behind, Some(PROXY), right, &[INSIDE], None);
    check(
        &behind,
        Some(PROXY),
        right,
        &["198.51.100.1, 192.0.2.7"],
        None,
    );
    check(
        &behind,
        Some(PROXY),
        right,
        &["192.0.2.7, 198.51.100.1"],
        refused,
    );
    check(&behind, Some(PROXY), right, &[INSIDE, OUTSIDE], refused);
    check(
        &behind,
        Some(PROXY),
        right,
        &["unknown"],
        Some("address-unknown"),
    );
    check(&behind, Some(OUTSIDE), right, &[INSIDE], refused);
    check(&behind, Some(PROXY), right, &[], refused);
}
