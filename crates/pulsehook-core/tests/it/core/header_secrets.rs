//! Secrets in headers: which requests they admit, and which they do not.

use proptest::prelude::*;
use pulsehook_core::{
    ConfigError, HeaderSecrets, RequestHead, SharedSecrets, Swappable, VerifyError,
};

use super::credentials::{Checked, OTHER, SECRET, id, mismatch, missing, right, secret};
use super::plain::with_head;

/// Judges headers.
fn header(secrets: HeaderSecrets, headers: &[(&str, &[u8])]) -> Checked {
    let headers = headers.to_vec();
    let wanted = vec![secrets.wanted()];
    let head = RequestHead::new("POST", "/", &headers);
    with_head(wanted, head, move |head| id(secrets.check(head)))
}

#[track_caller]
fn check_authorization(configured: &str, value: &str, expect: Checked) {
    let secrets = HeaderSecrets::authorization(secret(configured));
    let found = header(secrets, &[("Authorization", value.as_bytes())]);
    assert_eq!(found, expect, "{configured:?}, {value:?}");
}

#[test]
fn the_whole_value_is_compared_and_the_schemes_case_does_not_matter() {
    let bearer = format!("Bearer {SECRET}");
    for value in [
        bearer.clone(),
        format!("bearer {SECRET}"),
        format!("BEARER {SECRET}"),
        format!("bEaReR {SECRET}"),
    ] {
        check_authorization(&bearer, &value, right());
    }
    for value in [
        SECRET.to_owned(),
        format!(" {SECRET}"),
        format!("Bearer  {SECRET}"),
        format!("Bearer\t{SECRET}"),
        format!(" Bearer {SECRET}"),
        format!("Bearer{SECRET}"),
        format!("Basic {SECRET}"),
        format!("Beare {SECRET}"),
        format!("Bearer {OTHER}"),
        format!("Bearer {}", SECRET.to_ascii_uppercase()),
        format!("Bearer {SECRET} "),
        format!("Bearer {SECRET}, Bearer {SECRET}"),
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
        " ".to_owned(),
    ] {
        check_authorization(&bearer, &value, mismatch());
    }
    for length in 1..bearer.len() {
        check_authorization(&bearer, &bearer[..length], mismatch());
    }
    check_authorization(&bearer, &format!("{bearer}0"), mismatch());
}

#[test]
fn a_value_without_a_scheme_is_compared_exactly() {
    check_authorization("a-token", "a-token", right());
    for value in [
        "A-token",
        "a-toke",
        "a-token1",
        "Bearer a-token",
        " a-token",
        "a-token ",
    ] {
        check_authorization("a-token", value, mismatch());
    }
    // A scheme alone, which is left where a variable was not set, is no secret.
    for alone in [
        "Bearer",
        "bearer",
        "Bearer ",
        "Basic",
        "Basic  ",
        "TOKEN ",
        "Basic Og==",
    ] {
        let made = HeaderSecrets::value(alone).map(|_| ());
        assert_eq!(made, Err(ConfigError::SchemeAlone), "{alone:?}");
        check_authorization(alone, alone, mismatch());
        check_authorization(alone, &format!("Bearer {SECRET}"), mismatch());
    }
    check_authorization("Bearer a", "Bearer a b", mismatch());
    check_authorization("Bearer a b", "Bearer a", mismatch());
    // Not every first word is a scheme; where it is not, it is part of the secret.
    check_authorization("SecretWord b", "SecretWord b", right());
    check_authorization("SecretWord b", "sECRETwORD b", mismatch());
    check_authorization("Digest b", "DIGEST b", right());
    check_authorization("Digest b", "Digest B", mismatch());
}

#[test]
fn another_scheme_before_the_same_secret_is_another_value() {
    // Of the same length and of another one; a scheme stands for itself alone.
    let schemes = ["Bearer", "Digest", "Basic", "Token", "Negotiate", "HOBA"];
    for configured in schemes {
        for sent in schemes {
            let expect = if configured == sent {
                right()
            } else {
                mismatch()
            };
            let configured = format!("{configured} {SECRET}");
            check_authorization(&configured, &format!("{sent} {SECRET}"), expect);
        }
    }
}

#[test]
fn basic_is_made_of_user_and_password() {
    let basic = |user: &str, password: &str| HeaderSecrets::basic(user, password);
    // From RFC 7617, section 2.
    let of_rfc = "QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    for value in [format!("Basic {of_rfc}"), format!("basic {of_rfc}")] {
        let secrets = basic("Aladdin", "open sesame").expect("a secret");
        let secrets = HeaderSecrets::authorization(secrets);
        let found = header(secrets, &[("authorization", value.as_bytes())]);
        assert_eq!(found, right(), "{value}");
    }
    let check = |user: &str, password: &str, value: &str| {
        let secrets = HeaderSecrets::authorization(basic(user, password).expect("a secret"));
        header(secrets, &[("authorization", value.as_bytes())])
    };
    // As UTF-8: the second example of section 2.1.
    assert_eq!(check("test", "123£", "Basic dGVzdDoxMjPCow=="), right());
    assert_eq!(check("", "p", "Basic OnA="), right());
    assert_eq!(check("u", "a:b", "Basic dTphOmI="), right());
    // Base64 has one form.
    for value in [
        "Basic OnA",
        "Basic OnB=",
        "Basic OnA==",
        "Basic  OnA=",
        "Basic ona=",
    ] {
        assert_eq!(check("", "p", value), mismatch(), "{value}");
    }
    for blank in ["", " ", "\t"] {
        let made = basic("user", blank).map(|_| ());
        assert_eq!(made, Err(ConfigError::EmptyKey), "{blank:?}");
    }
    let colon = basic("us:er", "password").map(|_| ());
    assert_eq!(colon, Err(ConfigError::MalformedUser));
}

#[test]
fn another_header_is_compared_exactly_and_its_name_is_not() {
    let secrets = || HeaderSecrets::in_header("X-Webhook-Token", secret("Key a-token"));
    let check = |name: &str, value: &str| header(secrets(), &[(name, value.as_bytes())]);
    for name in ["x-webhook-token", "X-Webhook-Token", "X-WEBHOOK-TOKEN"] {
        assert_eq!(check(name, "Key a-token"), right());
        assert_eq!(check(name, "key a-token"), mismatch());
        assert_eq!(check(name, "a-token"), mismatch());
    }
    assert_eq!(check("authorization", "Key a-token"), missing());
    assert_eq!(check("x_webhook_token", "Key a-token"), missing());
    // That holds for `Authorization`, too, if it is named like any other.
    let secrets = || HeaderSecrets::in_header("AUTHORIZATION", secret("Bearer a-token"));
    for (value, expect) in [("Bearer a-token", right()), ("bearer a-token", mismatch())] {
        let found = header(secrets(), &[("authorization", value.as_bytes())]);
        assert_eq!(found, expect);
    }
}

#[test]
fn a_header_that_is_missing_empty_repeated_or_not_text_is_refused() {
    let secrets = || HeaderSecrets::authorization(secret("Bearer a-token"));
    let right_value = b"Bearer a-token".as_slice();
    assert_eq!(header(secrets(), &[]), missing());
    assert_eq!(header(secrets(), &[("authorization", b"")]), missing());
    let repeated = Err(VerifyError::RepeatedHeader {
        name: "authorization".into(),
    });
    for second in [right_value, b"Bearer other", b""] {
        let pair = [("authorization", right_value), ("Authorization", second)];
        assert_eq!(header(secrets(), &pair), repeated, "{second:?}");
        let [first, second] = pair;
        assert_eq!(header(secrets(), &[second, first]), repeated);
    }
    for value in [
        &b"\xff"[..],
        b"Bearer a-token\xff",
        b"\0",
        "Bearer ä".as_bytes(),
    ] {
        let found = header(secrets(), &[("authorization", value)]);
        assert_eq!(found, mismatch(), "{value:?}");
    }
    let umlaut = HeaderSecrets::authorization(secret("Bearer ä"));
    let found = header(umlaut, &[("authorization", "Bearer ä".as_bytes())]);
    assert_eq!(found, right());
}

#[test]
fn several_header_secrets_are_told_apart_and_exchanged() {
    let ring = |id: &str, text: &str| SharedSecrets::new(id, secret(text));
    let both = ring("new", "Bearer new").with("old", secret("Basic b2xkOm9sZA=="));
    let swappable = Swappable::new(both.expect("room"));
    let check = |value: &str| {
        let secrets = HeaderSecrets::authorization(swappable.clone());
        header(secrets, &[("authorization", value.as_bytes())])
    };
    assert_eq!(check("bearer new"), Ok("new".to_owned()));
    assert_eq!(check("basic b2xkOm9sZA=="), Ok("old".to_owned()));
    assert_eq!(check("bearer b2xkOm9sZA=="), mismatch());
    swappable.replace(ring("new", "Bearer new"));
    assert_eq!(check("basic b2xkOm9sZA=="), mismatch());
}

proptest! {
    #[test]
    fn no_header_panics_and_only_the_secret_is_let_through(value: Vec<u8>) {
        let found = header(HeaderSecrets::authorization(secret(SECRET)), &[("authorization", &value)]);
        prop_assert!(found.is_err());
    }
}

#[test]
fn a_complete_value_is_taken_as_it_is() {
    let value = HeaderSecrets::value("Bearer a-token").expect("a value");
    let found = header(
        HeaderSecrets::authorization(value),
        &[("authorization", b"bearer a-token".as_slice())],
    );
    assert_eq!(found, right());
    for blank in ["", " "] {
        let made = HeaderSecrets::value(blank).map(|_| ());
        assert_eq!(made, Err(ConfigError::EmptyKey));
    }
}
