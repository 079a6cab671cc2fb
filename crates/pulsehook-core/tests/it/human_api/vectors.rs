//! The signature vectors, each a test of its own.

use pulsehook_core::human_api::{Event, HumanApi};
use pulsehook_core::{Receiver, SigningKey};
use serde::Deserialize;

use super::{pairs, receive, rule};
use crate::support::{Secret, json_fixture};

#[derive(Deserialize)]
struct Vector {
    name: String,
    key: Secret,
    body: String,
    timestamp: String,
    nonce: String,
    signature: String,
    valid: bool,
}

fn vectors() -> Vec<Vector> {
    json_fixture("human-api/vectors.json")
}

/// What a vector must give: so many data notifications, one unknown item, or a refusal.
enum Expect {
    Data(usize),
    Unknown,
    Refused(&'static str),
}

fn check(name: &str, expect: &Expect) {
    let vector = vectors()
        .into_iter()
        .find(|vector| vector.name == name)
        .expect(name);
    let key = SigningKey::from_text(vector.key.join()).expect("not blank");
    let receiver = Receiver::new(HumanApi::new(key));
    let headers = pairs(&vector.signature, &vector.timestamp, &vector.nonce);
    let result = receive(&receiver, &headers, vector.body.as_bytes());
    assert_eq!(result.is_ok(), vector.valid);
    match expect {
        Expect::Data(count) => {
            let delivery = result.expect("valid");
            assert_eq!(delivery.raw().as_ref(), vector.body.as_bytes());
            assert_eq!(delivery.events().len(), *count);
            let all_data = delivery
                .events()
                .iter()
                .all(|event| matches!(event, Event::Data(_)));
            assert!(all_data);
        }
        Expect::Unknown => {
            let delivery = result.expect("valid");
            assert!(matches!(delivery.events(), [Event::Unknown(_)]));
        }
        Expect::Refused(expected) => assert_eq!(rule(result), *expected),
    }
}

macro_rules! vectors {
    ( $( $name:ident => $expect:expr, )+ ) => {
        $( #[test] fn $name() { check(stringify!($name), &$expect); } )+

        const NAMES: &[&str] = &[ $( stringify!($name), )+ ];
    };
}

const MISMATCH: Expect = Expect::Refused("signature-mismatch");
const MALFORMED: Expect = Expect::Refused("malformed-header");

vectors! {
    documented => Expect::Unknown,
    single_entry => Expect::Data(1),
    two_users_batched => Expect::Data(2),
    empty_array => Expect::Data(0),
    unicode_body_utf8 => Expect::Data(1),
    unicode_body_ascii_escaped => Expect::Data(1),
    pretty_printed_with_trailing_newline => Expect::Data(1),
    big_batch_120_entries => Expect::Data(120),
    huge_nonce_40_digits => Expect::Data(1),
    nonce_odd_above_2_53 => Expect::Data(1),
    non_numeric_nonce => Expect::Data(1),
    timestamp_in_seconds => Expect::Data(1),
    boundary_shift_same_mac => Expect::Unknown,
    wrong_key => MISMATCH,
    body_one_byte_changed => MISMATCH,
    body_reserialised => MISMATCH,
    order_payload_nonce_timestamp => MISMATCH,
    timestamp_converted_to_seconds => MISMATCH,
    numeric_sum_of_timestamp_and_nonce => MISMATCH,
    nonce_rounded_through_double => MISMATCH,
    sha256_instead_of_sha1 => MALFORMED,
    documented_header_example => MALFORMED,
    signature_truncated => MALFORMED,
    signature_empty => MALFORMED,
}

#[test]
fn every_vector_of_the_file_is_named_here() {
    let in_file: Vec<String> = vectors().into_iter().map(|vector| vector.name).collect();
    assert_eq!(in_file, NAMES);
}

#[test]
fn escapes_in_the_body_decode_to_the_same_text() {
    let decoded = |name: &str| {
        let vectors = vectors();
        let vector = vectors.iter().find(|vector| vector.name == name);
        super::event(&vector.expect(name).body)
    };
    let (plain, escaped) = (
        decoded("unicode_body_utf8"),
        decoded("unicode_body_ascii_escaped"),
    );
    assert_eq!(plain, escaped);
    let Event::Data(data) = plain else {
        panic!("not data");
    };
    assert_eq!(data.type_name.as_deref(), Some("µmol/L ☕ 🩺"));
}
