//! The answers to refusals, and configurations that are refused.

use std::sync::{Arc, Mutex};

use pulsehook_core::withings::Withings;
use pulsehook_core::{Authenticity, ConfigError, Receiver, Reply};

use super::{FORM, QUERY, delivery, in_query, post, rule, send};

fn acknowledging() -> (Receiver<Withings>, Arc<Mutex<Vec<&'static str>>>) {
    let builder = Withings::builder()
        .url_secrets(in_query())
        .acknowledge_unauthenticated();
    let seen: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let note = Arc::clone(&seen);
    let receiver = Receiver::builder(builder.build().expect("a secret"))
        .on_error(move |error| note.lock().expect("one thread").push(error.rule()))
        .build();
    (receiver, seen)
}

#[test]
fn a_delivery_that_is_not_authentic_can_be_acknowledged_and_dropped() {
    let (receiver, seen) = acknowledging();
    let rules = [
        "missing-credential",
        "credential-mismatch",
        "repeated-credential",
    ];
    let paths = [
        "/hook",
        "/hook?token=wrong",
        "/hook?token=5e1b9f&token=5e1b9f",
    ];
    for (path, rule) in paths.into_iter().zip(rules) {
        let error = send(&receiver, "POST", path, &[], b"userid=1&appli=1");
        let error = error.expect_err("there is no event");
        assert_eq!(error.rule(), rule);
        assert_eq!(error.reply(), &Reply::ok());
        assert!(error.undecodable().is_none());
    }
    assert_eq!(*seen.lock().expect("one thread"), rules);
}

#[test]
fn probes_are_told_that_their_secret_is_wrong_all_the_same() {
    let (receiver, seen) = acknowledging();
    for method in ["HEAD", "GET"] {
        let error = send(&receiver, method, "/hook?token=wrong", &[], b"");
        assert_eq!(error.expect_err("refused").reply().status(), 401);
    }
    assert_eq!(seen.lock().expect("one thread").len(), 2);
}

#[test]
fn other_refusals_keep_their_status_when_deliveries_are_acknowledged() {
    let (receiver, _) = acknowledging();
    let path = format!("/hook?{QUERY}");
    let status = |method: &str, content_type: &str, body: &[u8]| {
        let headers = [("content-type", content_type)];
        let error = send(&receiver, method, &path, &headers, body).expect_err("refused");
        error.reply().status()
    };
    assert_eq!(status("PUT", FORM, b""), 405);
    assert_eq!(status("POST", "text/plain", b""), 415);
    assert_eq!(status("POST", FORM, &[b'a'; 64 * 1024 + 1]), 413);
    assert_eq!(status("POST", FORM, b""), 400);
    assert_eq!(status("POST", FORM, b"appli=1"), 400);
    assert_eq!(rule(post(&receiver, "userid=1&appli=1")), "accepted");
}

#[test]
fn a_body_is_not_decoded_before_the_secret_is_right() {
    let receiver = super::receiver();
    for body in [&b""[..], b"%", b"\xff", b"appli=x"] {
        let error = send(&receiver, "POST", "/hook?token=wrong", &[], body);
        let error = error.expect_err("refused");
        assert_eq!(
            (error.rule(), error.reply().status()),
            ("credential-mismatch", 401)
        );
    }
}

#[test]
fn a_configuration_without_secret_must_say_so() {
    let addresses = || {
        let list = pulsehook_core::address::AddressList::from_txt(["192.0.2.0/24"]);
        pulsehook_core::address::AllowedAddresses::new(list.expect("an address").0)
    };
    let error = |built: Result<Withings, ConfigError>| built.expect_err("refused");
    let nothing = Withings::builder().build();
    assert_eq!(error(nothing), ConfigError::NothingVerified);
    let addresses_alone = Withings::builder().allowed_addresses(addresses()).build();
    assert_eq!(error(addresses_alone), ConfigError::NothingVerified);
    let options = Withings::builder()
        .order_updates()
        .acknowledge_unauthenticated()
        .build();
    assert_eq!(error(options), ConfigError::NothingVerified);
    let both = Withings::builder()
        .url_secrets(in_query())
        .danger_accept_unauthenticated()
        .build();
    assert_eq!(error(both), ConfigError::Contradiction);
}

#[test]
fn unauthenticated_deliveries_say_so() {
    let builder = Withings::builder().danger_accept_unauthenticated();
    let receiver = Receiver::new(builder.build().expect("said explicitly"));
    for path in ["/hook", "/hook?token=anything", "/hook?%&token=a&token=b"] {
        let delivery = delivery(send(&receiver, "POST", path, &[], b"userid=1&appli=1"));
        assert_eq!(delivery.authenticity(), Authenticity::None);
        assert!(delivery.key_id().is_none());
        assert!(delivery.replay_key().is_none());
        assert_eq!(rule(send(&receiver, "HEAD", path, &[], b"")), "probe");
    }
}
