//! Probes: answered without an event, and no way round the secret.

use pulsehook_core::withings::testing::probe;
use pulsehook_core::{Outcome, RequestHead};

use super::{QUERY, receiver, rule, send};

#[test]
fn a_probe_with_the_right_secret_is_answered_200_without_an_event() {
    let path = format!("/hook?{QUERY}");
    for method in ["HEAD", "GET"] {
        assert_eq!(rule(send(&receiver(), method, &path, &[], b"")), "probe");
        // Whatever a body says, a probe carries no event.
        let received = send(&receiver(), method, &path, &[], b"userid=1&appli=1");
        assert_eq!(rule(received), "probe");
    }
    let request = probe();
    assert_eq!(request.method(), "HEAD");
    assert!(request.headers().is_empty() && request.body().is_empty());
}

#[test]
fn a_probe_is_answered_before_its_body_is_taken() {
    let receiver = receiver();
    let headers = [("content-length", "5")];
    let head = RequestHead::new("HEAD", "/hook", &headers).with_query(Some(QUERY));
    assert!(matches!(receiver.begin(head), Ok(Outcome::Probe(_))));
}

#[test]
fn a_probe_needs_the_secret() {
    for method in ["HEAD", "GET"] {
        for (path, expect) in [
            ("/hook", "missing-credential"),
            ("/hook?", "missing-credential"),
            ("/hook?token=", "missing-credential"),
            ("/hook?token=wrong", "credential-mismatch"),
            ("/hook?token=5e1b9f&token=5e1b9f", "repeated-credential"),
        ] {
            let error = send(&receiver(), method, path, &[], b"").expect_err("refused");
            assert_eq!(error.rule(), expect);
            assert_eq!(error.reply().status(), 401);
            assert!(error.reply().body().is_empty());
        }
    }
}

#[test]
fn no_field_of_a_body_makes_a_delivery_a_probe() {
    let path = format!("/hook?{QUERY}");
    for body in ["", "ping=1", "challenge=1", "userid=1&appli=1&probe=1"] {
        let received = send(&receiver(), "POST", &path, &[], body.as_bytes());
        assert_ne!(rule(received), "probe");
    }
}

#[test]
fn other_methods_are_answered_405() {
    let path = format!("/hook?{QUERY}");
    for method in [
        "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "head", "get", "post", "",
    ] {
        let error = send(&receiver(), method, &path, &[], b"").expect_err("refused");
        assert_eq!(error.rule(), "method-not-allowed");
        assert_eq!(error.reply().status(), 405);
        let headers: Vec<_> = error.reply().headers().collect();
        assert_eq!(headers, [("allow", "GET, HEAD, POST")]);
    }
}
