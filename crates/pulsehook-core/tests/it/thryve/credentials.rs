//! Secrets in header and URL, alone and beside a signature: what is configured must hold.

use pulsehook_core::thryve::testing::{sign, unsigned};
use pulsehook_core::thryve::{Thryve, ThryveBuilder};
use pulsehook_core::{
    Authenticity, ConfigError, HeaderSecrets, Receiver, RequestHead, SharedSecret, SharedSecrets,
    SigningKey, Swappable, UrlSecrets, danger,
};

use super::{key, message, post};

fn secret(text: &str) -> SharedSecret {
    SharedSecret::from_text(text).expect("not blank")
}

fn basic() -> SharedSecret {
    HeaderSecrets::basic("user", "påss:word").expect("a password")
}

fn build(builder: ThryveBuilder) -> Receiver<Thryve> {
    Receiver::new(builder.build().expect("verifies something"))
}

/// What a caller presents; `true` for right, `false` for wrong, `None` for nothing.
type Presented = Option<bool>;

/// Sends a message with some credentials.
fn outcome(
    receiver: &Receiver<Thryve>,
    header: Presented,
    url: Presented,
    signature: Presented,
) -> Result<(Authenticity, String), &'static str> {
    let body = message("source-connect-iso");
    let mut request = match signature {
        None => unsigned(body),
        Some(true) => sign(&key(), body, "1"),
        Some(false) => sign(&SigningKey::from_text("other").expect("a key"), body, "1"),
    };
    if let Some(right) = header {
        // "user:påss:word", with Python's base64.
        let value = if right {
            "Basic dXNlcjpww6Vzczp3b3Jk"
        } else {
            "Basic dXNlcjpww6Vzczp3b3J="
        };
        request = request.with_header("authorization", value);
    }
    let query = url.map(|right| if right { "t=in-url" } else { "t=in-urk" });
    let headers = request.headers();
    let head = RequestHead::new("POST", "/hooks/thryve", &headers).with_query(query);
    match receiver.receive(head, request.body().clone()) {
        Ok(outcome) => {
            let delivery = outcome.accepted().expect("no probe");
            let ids: Vec<_> = delivery.key_ids().map(|id| id.as_str()).collect();
            assert_eq!(
                delivery.key_id().map(|id| id.as_str()),
                ids.first().copied()
            );
            // They are in every form of the delivery.
            let json = serde_json::to_value(&delivery).expect("serialises");
            let further = json.get("further_keys").cloned();
            let expected = (ids.len() > 1).then(|| serde_json::json!(ids[1..]));
            assert_eq!(further, expected);
            let stored = delivery.to_stored();
            let verified = danger::trust_stored(receiver, &stored).expect("its own");
            assert!(verified.key_ids().eq(delivery.key_ids()));
            let id = ids.join(",");
            // A replay key stands for what was checked.
            let is_signed = delivery.authenticity() == Authenticity::BodySignature;
            assert_eq!(delivery.replay_key().is_some(), is_signed);
            Ok((delivery.authenticity(), id))
        }
        Err(error) => {
            assert_eq!(error.reply().status(), 401);
            assert!(error.reply().body().is_empty());
            Err(error.rule())
        }
    }
}

fn configured(header: bool, url: bool, signature: bool) -> Receiver<Thryve> {
    let mut builder = Thryve::builder();
    if header {
        builder = builder.authorization(HeaderSecrets::authorization(SharedSecrets::new(
            "by-header",
            basic(),
        )));
    }
    if url {
        let secrets = SharedSecrets::new("by-url", secret("in-url"));
        builder = builder.url_secrets(UrlSecrets::in_query("t", secrets));
    }
    if signature {
        builder = builder.keys(pulsehook_core::SigningKeys::new("by-mac", key()));
    }
    build(builder)
}

#[test]
fn what_is_configured_must_hold_all_of_it() {
    let presented = [None, Some(true), Some(false)];
    for bits in 1..8 {
        let wanted = [bits & 1 != 0, bits & 2 != 0, bits & 4 != 0];
        let receiver = configured(wanted[0], wanted[1], wanted[2]);
        for header in presented {
            for url in presented {
                for signature in presented {
                    let all = [header, url, signature];
                    let holds = |at: usize| !wanted[at] || all[at] == Some(true);
                    let outcome = outcome(&receiver, header, url, signature);
                    if let Some(first) = (0..3).find(|at| !holds(*at)) {
                        let rule = match (all[first], first) {
                            (None, 2) => "missing-header",
                            (None, _) => "missing-credential",
                            (_, 2) => "signature-mismatch",
                            _ => "credential-mismatch",
                        };
                        assert_eq!(outcome, Err(rule), "{wanted:?} {all:?}");
                    } else {
                        let authenticity = match wanted[2] {
                            true => Authenticity::BodySignature,
                            false => Authenticity::SharedSecret,
                        };
                        let by = [(2, "by-mac"), (0, "by-header"), (1, "by-url")];
                        let ids = by.iter().filter(|(at, _)| wanted[*at]);
                        let ids: Vec<_> = ids.map(|(_, id)| *id).collect();
                        assert_eq!(outcome, Ok((authenticity, ids.join(","))));
                    }
                }
            }
        }
    }
}

#[test]
fn nothing_configured_is_an_error_unless_it_is_asked_for() {
    let builders: [fn() -> ThryveBuilder; 2] = [Thryve::builder, || Thryve::builder().strict()];
    for builder in builders {
        let error = builder().build().expect_err("verifies nothing");
        assert_eq!(error, ConfigError::NothingVerified);
        let open = builder().danger_accept_unauthenticated();
        let receiver = Receiver::new(open.build().expect("says so"));
        let nothing = outcome(&receiver, None, None, None);
        assert_eq!(nothing, Ok((Authenticity::None, String::new())));
    }
}

#[test]
fn a_tolerance_needs_keys() {
    let tolerance = pulsehook_core::signature::Tolerance::default();
    let authorization = || HeaderSecrets::authorization(basic());
    let builder = || Thryve::builder().tolerance(tolerance);
    for (builder, fits) in [
        (builder().danger_accept_unauthenticated(), false),
        (builder().authorization(authorization()), false),
        (builder().authorization(authorization()).keys(key()), true),
    ] {
        let error = builder.build().err();
        let incomplete = ConfigError::Incomplete {
            option: "tolerance",
            needs: "keys",
        };
        assert_eq!(error, (!fits).then_some(incomplete));
    }
}

#[test]
fn a_header_that_cannot_carry_a_secret_is_refused() {
    for name in [
        "",
        "a b",
        "x-tok\u{e9}n",
        "a:",
        "content-encoding",
        "Content-Type",
    ] {
        let secrets = HeaderSecrets::in_header(name, secret("s"));
        let error = Thryve::builder().authorization(secrets).build();
        assert_eq!(
            error.err(),
            Some(ConfigError::MalformedHeaderName),
            "{name}"
        );
    }
}

#[test]
fn the_opt_out_beside_credentials_is_a_contradiction() {
    let builders: [fn() -> ThryveBuilder; 3] = [
        || Thryve::builder().keys(key()),
        || Thryve::builder().authorization(HeaderSecrets::authorization(basic())),
        || Thryve::builder().url_secrets(UrlSecrets::in_path(secret("s"))),
    ];
    for builder in builders {
        assert!(builder().build().is_ok());
        let error = builder().danger_accept_unauthenticated().build();
        assert_eq!(error.expect_err("both"), ConfigError::Contradiction);
    }
}

/// Sends one value of a header, and says how it is refused.
fn refused(receiver: &Receiver<Thryve>, headers: &[(&str, &str)]) -> Option<&'static str> {
    let outcome = post(receiver, headers, message("source-connect-iso"));
    outcome.err().map(|error| error.rule())
}

#[test]
fn a_fixed_value_of_authorization_is_compared_whole() {
    let receiver = build(
        Thryve::builder().authorization(HeaderSecrets::authorization(secret("Bearer AbC-123"))),
    );
    let check = |value, expected| {
        assert_eq!(
            refused(&receiver, &[("authorization", value)]),
            expected,
            "{value:?}"
        );
    };
    check("Bearer AbC-123", None);
    check("bearer AbC-123", None);
    check("BEARER AbC-123", None);
    let mismatch = Some("credential-mismatch");
    for wrong in [
        "Bearer abc-123",
        "Bearer  AbC-123",
        "Bearer AbC-123 ",
        " Bearer AbC-123",
        "AbC-123",
        "Bearer",
        "Basic AbC-123",
        "Bearer AbC-123, Bearer AbC-123",
    ] {
        check(wrong, mismatch);
    }
    let right = "Bearer AbC-123";
    for len in 1..right.len() {
        check(&right[..len], mismatch);
    }
    check("", Some("missing-credential"));
    assert_eq!(refused(&receiver, &[]), Some("missing-credential"));
    let twice = [("authorization", right), ("Authorization", right)];
    assert_eq!(refused(&receiver, &twice), Some("repeated-header"));
}

#[test]
fn another_header_can_carry_the_secret() {
    let receiver = build(
        Thryve::builder().authorization(HeaderSecrets::in_header("X-Token", secret("abc def"))),
    );
    assert_eq!(refused(&receiver, &[("x-token", "abc def")]), None);
    assert_eq!(
        refused(&receiver, &[("x-token", "ABC def")]),
        Some("credential-mismatch")
    );
    assert_eq!(
        refused(&receiver, &[("authorization", "abc def")]),
        Some("missing-credential")
    );
}

#[test]
fn several_secrets_hold_at_once_and_can_be_exchanged() {
    let both = SharedSecrets::new("new", secret("Bearer new")).with("old", secret("Bearer old"));
    let secrets = Swappable::new(both.expect("room"));
    let receiver =
        build(Thryve::builder().authorization(HeaderSecrets::authorization(secrets.clone())));
    for (value, id) in [("Bearer new", "new"), ("Bearer old", "old")] {
        let delivery = post(&receiver, &[("authorization", value)], message("oldest"));
        let delivery = delivery.expect("one of the two");
        assert_eq!(delivery.key_id().map(|id| id.as_str()), Some(id));
        assert_eq!(delivery.authenticity(), Authenticity::SharedSecret);
    }
    secrets.replace(SharedSecrets::new("new", secret("Bearer new")));
    let old = [("authorization", "Bearer old")];
    assert_eq!(refused(&receiver, &old), Some("credential-mismatch"));
}

#[test]
fn a_secret_can_stand_in_the_path() {
    let receiver = build(Thryve::builder().url_secrets(UrlSecrets::in_path(secret("s3cret"))));
    let refused = |path: &str| {
        let headers: [(&str, &str); 0] = [];
        let outcome = receiver.receive(RequestHead::new("POST", path, &headers), message("oldest"));
        outcome.err().map(|error| error.rule())
    };
    assert_eq!(refused("/hooks/s3cret"), None);
    assert_eq!(refused("/hooks/s3cre"), Some("credential-mismatch"));
    assert_eq!(refused("/hooks/"), Some("missing-credential"));
}
