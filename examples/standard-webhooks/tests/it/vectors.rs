//! Published and cross-checked vectors, one named test each.

use std::path::Path;

use pulsehook_core::VerifyError;
use serde::Deserialize;
use standard_webhooks::{Keys, PublicKey, Secret};

use crate::support::{receiver_at, verify};

#[derive(Deserialize)]
struct Fixture {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    /// In two halves.
    secret: Option<[String; 2]>,
    public_key: Option<[String; 2]>,
    now: u64,
    headers: std::collections::BTreeMap<String, String>,
    body: String,
    expect: String,
}

fn fixture() -> Fixture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/standard-webhooks/vectors.json");
    let text = std::fs::read(path).expect("the fixture is there");
    serde_json::from_slice(&text).expect("the fixture is JSON")
}

fn check(name: &str) {
    let vectors = fixture().vectors;
    let found = vectors.iter().find(|vector| vector.name == name);
    let vector = found.expect("the fixture has the vector");
    let keys: Keys = match (&vector.secret, &vector.public_key) {
        (Some(halves), None) => Secret::from_base64(&halves.concat()).expect(name).into(),
        (None, Some(halves)) => PublicKey::from_base64(&halves.concat()).expect(name).into(),
        _ => panic!("a vector has one key"),
    };
    let receiver = receiver_at(keys, vector.now);
    let headers: Vec<_> = vector.headers.iter().collect();
    let outcome = verify(&receiver, &headers, vector.body.as_bytes());
    let as_expected = matches!(
        (vector.expect.as_str(), &outcome),
        ("valid", Ok(_))
            | ("invalid_signature", Err(VerifyError::SignatureMismatch))
            | ("missing_header", Err(VerifyError::MissingHeader { .. }))
            | (
                "malformed_header",
                Err(VerifyError::MalformedHeader { .. } | VerifyError::MalformedTimestamp { .. }),
            )
            | ("too_old", Err(VerifyError::TooOld))
            | ("too_new", Err(VerifyError::TooNew))
    );
    assert!(as_expected, "{name}: {} but {outcome:?}", vector.expect);
}

macro_rules! vectors {
    ($( $test:ident = $name:literal, )+) => {
        $(
            #[test]
            fn $test() {
                check($name);
            }
        )+

        #[test]
        fn every_vector_of_the_file_is_a_test() {
            let in_file: Vec<_> = fixture().vectors.into_iter().map(|vector| vector.name).collect();
            assert_eq!(in_file, [$( $name ),+]);
        }
    };
}

vectors! {
    published_svix_documentation_vector = "published Svix documentation vector",
    unit_test_vector_of_the_rust_libraries = "unit-test vector of the Rust libraries",
    unbranded_webhook_headers = "unbranded webhook-* headers",
    secret_given_without_the_whsec_prefix = "secret given without the whsec_ prefix",
    several_signatures_third_matches = "several signatures, third matches",
    several_signatures_none_matches = "several signatures, none matches",
    right_value_under_an_unknown_version = "right value under an unknown version",
    v1_with_an_empty_value = "v1 with an empty value",
    v1_with_a_truncated_value = "v1 with a truncated value",
    at_300_s_old_inside_tolerance = "300 s old, inside tolerance",
    at_301_s_old = "301 s old",
    at_300_s_ahead_inside_tolerance = "300 s ahead, inside tolerance",
    at_301_s_ahead = "301 s ahead",
    svix_id_absent = "svix-id absent",
    svix_timestamp_absent = "svix-timestamp absent",
    svix_signature_absent = "svix-signature absent",
    timestamp_not_a_number = "timestamp not a number",
    message_id_altered_after_signing = "message id altered after signing",
    body_re_serialized_without_the_space = "body re-serialized without the space",
    junction_glucose_event = "Junction glucose event",
    open_wearables_workout_event = "Open Wearables workout event",
    asymmetric_v1a_ed25519 = "asymmetric v1a (Ed25519)",
    asymmetric_v1a_svix_headers = "asymmetric v1a, svix-* headers",
    v1a_body_changed = "v1a, body changed",
    v1a_63_byte_signature = "v1a, 63-byte signature",
    v1_and_v1a_together_receiver_holds_only_the_public_key = "v1 and v1a together, receiver holds only the public key",
    v1_and_v1a_together_receiver_holds_only_the_secret = "v1 and v1a together, receiver holds only the secret",
    only_v1a_receiver_holds_only_the_secret = "only v1a, receiver holds only the secret",
}
