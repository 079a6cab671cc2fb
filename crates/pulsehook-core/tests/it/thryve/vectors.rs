//! The signature vectors, each a test of its own.

use pulsehook_core::signature::decode_base64_up_to;
use pulsehook_core::thryve::{Event, Thryve};
use pulsehook_core::{Authenticity, Receiver, SigningKey};
use serde::Deserialize;

use super::{SIGNATURE, TIMESTAMP, UNDERSCORED, event, message, post};
use crate::support::{Secret, json_fixture};

#[derive(Deserialize)]
struct Vector {
    name: String,
    key: Secret,
    names: String,
    body: String,
    timestamp: String,
    signature: String,
    expect: String,
}

fn vectors() -> Vec<Vector> {
    json_fixture("thryve/vectors.json")
}

fn check(name: &str) {
    let mut vectors = vectors().into_iter();
    let vector = vectors.find(|vector| vector.name == name).expect(name);
    let key = SigningKey::from_text(vector.key.join()).expect("not blank");
    let thryve = Thryve::builder().keys(key).build().expect("has a key");
    let body = decode_base64_up_to(vector.body.as_bytes(), 10_000).expect("base64");
    let [signature, timestamp] = match vector.names.as_str() {
        "dashed" => [SIGNATURE, TIMESTAMP],
        _ => UNDERSCORED,
    };
    let headers = [(signature, vector.signature), (timestamp, vector.timestamp)];
    match post(&Receiver::new(thryve), &headers, body.clone()) {
        Ok(delivery) => {
            assert_eq!(vector.expect, "valid");
            assert_eq!(delivery.authenticity(), Authenticity::BodySignature);
            assert_eq!(delivery.key_id().map(|id| id.as_str()), Some("key-1"));
            assert!(delivery.replay_key().is_some());
            assert_eq!(delivery.raw(), &body);
            assert_eq!(delivery.events(), [event(message("epoch-create"))]);
            assert!(matches!(delivery.events(), [Event::EpochCreate(_)]));
        }
        Err(error) => {
            assert_eq!(error.rule(), vector.expect);
            let status = if vector.expect == "undecodable" {
                400
            } else {
                401
            };
            assert_eq!(error.reply().status(), status);
        }
    }
}

macro_rules! vectors {
    ( $( $name:ident, )+ ) => {
        $( #[test] fn $name() { check(stringify!($name)); } )+

        const NAMES: &[&str] = &[ $( stringify!($name), )+ ];
    };
}

vectors! {
    plain_arithmetic,
    plain_json,
    frame,
    two_frames,
    underscored_names,
    upper_case_hex,
    timestamp_is_any_text,
    base64_signed_as_text,
    base64_signed_as_frame,
    base64_with_newline_signed_as_frame,
    decompressed_json_signed,
    body_alone_signed,
    timestamp_first,
    joined_with_a_dot,
    other_key,
    key_with_newline,
    one_byte_changed,
    sha512_cut_to_64,
    sha1,
    sha256_prefix,
    base64_signature,
}

#[test]
fn every_vector_of_the_file_is_named_here() {
    let in_file: Vec<String> = vectors().into_iter().map(|vector| vector.name).collect();
    assert_eq!(in_file, NAMES);
}
