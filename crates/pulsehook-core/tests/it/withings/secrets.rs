//! The secret in the URL: exactly the right one passes, for every method.

use pulsehook_core::withings::Withings;
use pulsehook_core::{Authenticity, Receiver, SharedSecrets, Swappable, UrlSecrets};

use super::{TOKEN, delivery, receiver, rule, secret, send};

const BODY: &[u8] = b"userid=1&appli=1";

/// What comes of a URL must be the same for deliveries and probes.
#[track_caller]
fn check(receiver: &Receiver<Withings>, path: &str, expect: &str) {
    let probe = if expect == "accepted" {
        "probe"
    } else {
        expect
    };
    for (method, expect) in [("POST", expect), ("HEAD", probe), ("GET", probe)] {
        let received = send(receiver, method, path, &[], BODY);
        if let Err(error) = &received {
            assert_eq!(error.reply().status(), 401, "{path}");
            assert_eq!(error.reply().headers().len(), 0);
            assert!(error.reply().body().is_empty());
        }
        assert_eq!(rule(received), expect, "{method} {path}");
    }
}

const MISSING: &str = "missing-credential";
const MISMATCH: &str = "credential-mismatch";
const REPEATED: &str = "repeated-credential";

#[test]
fn only_the_right_secret_in_the_query_passes() {
    let receiver = receiver();
    for (path, expect) in [
        ("/hook?token=5e1b9f", "accepted"),
        ("/any/path?token=5e1b9f", "accepted"),
        ("/hook?a=b&token=5e1b9f&c", "accepted"),
        ("/hook?&&token=5e1b9f&", "accepted"),
        // Another spelling of the same text, and junk that is somebody else's.
        ("/hook?token=%35e1b9%66", "accepted"),
        ("/hook?%74oken=5e1b9f", "accepted"),
        ("/hook?junk=%&token=5e1b9f", "accepted"),
        ("/hook", MISSING),
        ("/hook?", MISSING),
        ("/hook?token", MISSING),
        ("/hook?token=", MISSING),
        ("/hook?Token=5e1b9f", MISSING),
        ("/hook?tokens=5e1b9f", MISSING),
        ("/hook?x=token=5e1b9f", MISSING),
        ("/hook?5e1b9f", MISSING),
        ("/hook/5e1b9f", MISSING),
        ("/hook?token=%5", MISSING),
        ("/hook?token=5E1B9F", MISMATCH),
        ("/hook?token=5e1b9e", MISMATCH),
        ("/hook?token=+5e1b9f", MISMATCH),
        ("/hook?token=5e1b9f%20", MISMATCH),
        ("/hook?token=5e1b9f%00", MISMATCH),
        ("/hook?token=5e1b9f?token=5e1b9f", MISMATCH),
        ("/hook?token==5e1b9f", MISMATCH),
        ("/hook?token=5e1b9f5e1b9f", MISMATCH),
        ("/hook?token=%255e1b9f", MISMATCH),
        ("/hook?token=5e1b9f&token=5e1b9f", REPEATED),
        ("/hook?token=5e1b9f&token=wrong", REPEATED),
        ("/hook?token=wrong&token=5e1b9f", REPEATED),
        ("/hook?token=5e1b9f&token=", REPEATED),
        ("/hook?token&token=5e1b9f", REPEATED),
        ("/hook?token=5e1b9f&%74oken=5e1b9f", REPEATED),
    ] {
        check(&receiver, path, expect);
    }
}

#[test]
fn no_prefix_of_the_secret_and_nothing_longer_passes() {
    let in_query = receiver();
    let in_path = Receiver::new(Withings::new(UrlSecrets::in_path(secret(TOKEN))));
    for end in 0..TOKEN.len() {
        let expect = if end == 0 { MISSING } else { MISMATCH };
        check(&in_query, &format!("/hook?token={}", &TOKEN[..end]), expect);
        check(&in_path, &format!("/hook/{}", &TOKEN[..end]), expect);
    }
    for byte in 0..=u8::MAX {
        // What is no text counts as not there in a query.
        let expect = if byte.is_ascii() { MISMATCH } else { MISSING };
        let longer = [format!("{TOKEN}%{byte:02x}"), format!("%{byte:02x}{TOKEN}")];
        for longer in longer {
            check(&in_query, &format!("/hook?token={longer}"), expect);
            check(&in_path, &format!("/hook/{longer}"), MISMATCH);
        }
    }
    let long = format!("/hook?token={}", TOKEN.repeat(2000));
    check(&in_query, &long, MISMATCH);
}

#[test]
fn only_the_right_secret_in_the_path_passes() {
    let receiver = Receiver::new(Withings::new(UrlSecrets::in_path(secret(TOKEN))));
    for (path, expect) in [
        ("/hook/5e1b9f", "accepted"),
        ("/5e1b9f", "accepted"),
        ("/hook/5e1b9f?x=y", "accepted"),
        ("/hook/%35e1b9f", "accepted"),
        ("/", MISSING),
        ("", MISSING),
        ("/hook/5e1b9f/", MISSING),
        ("/hook", MISMATCH),
        ("/hook/5e1b9f/x", MISMATCH),
        ("/hook?token=5e1b9f", MISMATCH),
        ("/hook/5E1B9F", MISMATCH),
        ("/hook/5e1b9f;x", MISMATCH),
        ("/hook%2f5e1b9f", MISMATCH),
        ("/hook/%5", MISMATCH),
        ("/hook/%ff", MISMATCH),
    ] {
        check(&receiver, path, expect);
    }
}

#[test]
fn a_plus_sign_is_a_space_in_a_query_and_itself_in_a_path() {
    let in_query = Withings::new(UrlSecrets::in_query("token", secret("a b+c")));
    let in_query = Receiver::new(in_query);
    check(&in_query, "/hook?token=a+b%2Bc", "accepted");
    check(&in_query, "/hook?token=a%20b%2bc", "accepted");
    check(&in_query, "/hook?token=a+b+c", MISMATCH);
    let in_path = Receiver::new(Withings::new(UrlSecrets::in_path(secret("a b+c"))));
    check(&in_path, "/hook/a%20b+c", "accepted");
    check(&in_path, "/hook/a%20b%2Bc", "accepted");
    check(&in_path, "/hook/a+b+c", MISMATCH);
}

fn both() -> SharedSecrets {
    let secrets = SharedSecrets::new("new", secret("token-2"));
    secrets.with("old", secret("token-1")).expect("room")
}

fn key_id(receiver: &Receiver<Withings>, path: &str) -> String {
    let delivery = delivery(send(receiver, "POST", path, &[], BODY));
    assert_eq!(delivery.authenticity(), Authenticity::SharedSecret);
    delivery.key_id().expect("a secret matched").to_string()
}

#[test]
fn several_secrets_are_told_apart_by_their_ids() {
    let receiver = Receiver::new(Withings::new(UrlSecrets::in_query("token", both())));
    assert_eq!(key_id(&receiver, "/hook?token=token-1"), "old");
    assert_eq!(key_id(&receiver, "/hook?token=token-2"), "new");
    check(&receiver, "/hook?token=token-3", MISMATCH);
    check(&receiver, "/hook?token=token-1token-2", MISMATCH);
    check(&receiver, "/hook?token=token-1&token=token-2", REPEATED);
    check(&receiver, "/hook?token=new", MISMATCH);
    assert_eq!(key_id(&super::receiver(), "/hook?token=5e1b9f"), "key-1");
}

#[test]
fn secrets_are_exchanged_while_the_receiver_runs() {
    let ring = Swappable::new(SharedSecrets::new("old", secret("token-1")));
    let secrets = UrlSecrets::in_path(ring.clone());
    let receiver = Receiver::new(Withings::new(secrets));
    check(&receiver, "/hook/token-1", "accepted");
    check(&receiver, "/hook/token-2", MISMATCH);
    ring.replace(both());
    assert_eq!(key_id(&receiver, "/hook/token-1"), "old");
    assert_eq!(key_id(&receiver, "/hook/token-2"), "new");
    ring.replace(SharedSecrets::new("new", secret("token-2")));
    check(&receiver, "/hook/token-1", MISMATCH);
    check(&receiver, "/hook/token-2", "accepted");
}

#[test]
fn the_body_and_other_headers_change_nothing_about_the_secret() {
    let receiver = receiver();
    let headers = [
        ("authorization", "Bearer 5e1b9f"),
        ("x-token", TOKEN),
        ("cookie", "token=5e1b9f"),
        ("x-http-method-override", "HEAD"),
        ("x-original-url", "/hook?token=5e1b9f"),
    ];
    let body = b"token=5e1b9f&userid=1&appli=1";
    let received = send(&receiver, "POST", "/hook", &headers, body);
    assert_eq!(rule(received), MISSING);
    // And none of these headers changes the event.
    let with = send(&receiver, "POST", "/hook?token=5e1b9f", &headers, body);
    let without = send(&receiver, "POST", "/hook?token=5e1b9f", &[], body);
    assert_eq!(
        delivery(with).into_events(),
        delivery(without).into_events()
    );
}
