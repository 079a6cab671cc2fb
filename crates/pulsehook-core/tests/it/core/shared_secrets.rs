//! What is presented as it is stays out of everything that prints, and wrong ones are answered
//! alike.

use pulsehook_core::address::{AddressList, AllowedAddresses, TrustedProxies};
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::thryve::{self, Thryve};
use pulsehook_core::withings::{self, Withings};
use pulsehook_core::{
    HeaderSecrets, Outcome, Provider, Receiver, RequestHead, SharedSecret, Swappable, UrlSecrets,
    VerifyError,
};

use super::secrets::{Canaries, PATH, QUERY, TOKEN, check_life, key};

const NOTE: &str = "userid=1&appli=1&note=canary-text&mac=canary-text";
const MESSAGE: &str =
    r#"{"endUserId":"canary-text","type":"event.data.moon.rise","data":["canary-text"]}"#;

fn token() -> SharedSecret {
    SharedSecret::from_text(TOKEN).expect("a secret")
}

fn in_query() -> UrlSecrets {
    UrlSecrets::in_query("token", token())
}

#[test]
fn nothing_of_a_withings_request_is_printed() {
    let canaries = Canaries::of(&[]);
    let list = || AddressList::from_txt(["192.0.2.7"]).expect("a list").0;
    let behind = AllowedAddresses::new(Swappable::new(list()))
        .behind(TrustedProxies::x_forwarded_for(list()));
    let builder = Withings::builder()
        .url_secrets(in_query())
        .allowed_addresses(behind);
    canaries.check_debug("builder", &builder);
    canaries.check_debug("provider", &builder.build().expect("a configuration"));

    let request = withings::testing::notification(NOTE);
    check_life(|| Withings::new(in_query()), &request);
    check_life(|| Withings::new(UrlSecrets::in_path(token())), &request);
}

#[test]
fn nothing_of_a_thryve_request_is_printed() {
    let canaries = Canaries::of(&[]);
    let builder = || {
        Thryve::builder()
            .authorization(HeaderSecrets::authorization(token()))
            .url_secrets(in_query())
    };
    canaries.check_debug("builder", &builder().keys(key()));
    let make = || builder().build().expect("a configuration");
    canaries.check_debug("provider", &make());
    check_life(make, &thryve::testing::unsigned(MESSAGE));

    let make = || builder().keys(key()).build().expect("a configuration");
    canaries.check_debug("provider", &make());
    check_life(make, &thryve::testing::sign(&key(), MESSAGE, TOKEN));
    let own_header = || {
        let secrets = HeaderSecrets::in_header("x-token", token());
        let builder = Thryve::builder().authorization(secrets);
        builder.build().expect("a configuration")
    };
    check_life(own_header, &thryve::testing::unsigned(MESSAGE));
}

#[test]
fn what_went_wrong_with_a_credential_is_said_without_it() {
    let canaries = Canaries::of(&[]);
    for (error, expect) in [
        (
            VerifyError::MissingCredential,
            "the shared secret is missing",
        ),
        (
            VerifyError::CredentialMismatch,
            "the shared secret does not match",
        ),
        (
            VerifyError::RepeatedCredential,
            "the shared secret is there more than once",
        ),
        (
            VerifyError::AddressUnknown,
            "the caller's address is not known",
        ),
        (
            VerifyError::AddressNotAllowed {
                address: [192, 0, 2, 1].into(),
            },
            "the caller's address 192.0.2.1 is not allowed",
        ),
        (
            VerifyError::MixedHeaders,
            "headers of two signature schemes are mixed",
        ),
    ] {
        assert_eq!(error.to_string(), expect);
        canaries.check_debug("error", &error);
    }
}

/// Sends a request that is refused; returns the rule. The answer tells nothing.
fn refused<P: Provider>(
    receiver: &Receiver<P>,
    query: Option<&str>,
    signed: &SignedRequest,
) -> &'static str {
    let headers = signed.headers().to_vec();
    let head = RequestHead::new(signed.method(), PATH, &headers).with_query(query);
    let error = receiver
        .verify(head, signed.body().clone())
        .map(|outcome| matches!(outcome, Outcome::Accepted(_)))
        .expect_err("not authentic");
    let reply = error.reply();
    assert_eq!((reply.status(), reply.headers().len()), (401, 0));
    assert!(reply.body().is_empty());
    Canaries::of(&[]).check_debug("error", &error);
    error.rule()
}

#[test]
fn all_that_is_not_authentic_is_answered_alike() {
    let withings = Receiver::new(Withings::new(in_query()));
    let (list, _) = AddressList::from_txt(["192.0.2.7"]).expect("a list");
    let listed = Withings::builder()
        .url_secrets(in_query())
        .allowed_addresses(AllowedAddresses::new(list));
    let listed = Receiver::new(listed.build().expect("a configuration"));
    let twice = format!("{QUERY}&{QUERY}");
    for request in [
        withings::testing::notification(NOTE),
        withings::testing::probe(),
    ] {
        let rules = [
            refused(&withings, None, &request),
            refused(&withings, Some("token="), &request),
            refused(&withings, Some("token=canary"), &request),
            refused(&withings, Some(&twice), &request),
            refused(&listed, Some(QUERY), &request),
        ];
        let expect = [
            "missing-credential",
            "missing-credential",
            "credential-mismatch",
            "repeated-credential",
            "address-unknown",
        ];
        assert_eq!(rules, expect, "{}", request.method());
    }

    let thryve = Thryve::builder()
        .authorization(HeaderSecrets::authorization(token()))
        .keys(key());
    let thryve = Receiver::new(thryve.build().expect("a configuration"));
    let right = thryve::testing::sign(&key(), MESSAGE, "1").with_header("authorization", TOKEN);
    let with = |name, value: &str| refused(&thryve, None, &right.clone().with_header(name, value));
    let rules = [
        refused(&thryve, None, &thryve::testing::unsigned(MESSAGE)),
        with("authorization", "canary"),
        with("x-hmac-signature", "canary"),
        with("x-hmac-signature", &"0".repeat(64)),
        with("x-hmac-timestamp", ""),
        with("x_hmac_timestamp", "1"),
    ];
    let expect = [
        "missing-credential",
        "credential-mismatch",
        "malformed-header",
        "signature-mismatch",
        "missing-header",
        "mixed-headers",
    ];
    assert_eq!(rules, expect);
}
