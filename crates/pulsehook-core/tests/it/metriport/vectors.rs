//! The signature vectors, one test each: whether they verify, and what they decode to.

use std::collections::BTreeSet;

use pulsehook_core::DecodeErrorKind::{self, Empty, InvalidField, MissingField, Shape, Syntax};
use pulsehook_core::metriport::Metriport;
use pulsehook_core::{Receiver, RequestHead, SigningKey};
use serde::Deserialize;

use super::SIGNATURE;
use crate::support::{Secret, json_fixture};

#[derive(Deserialize)]
struct Vector {
    name: String,
    key: Secret,
    body: String,
    signature: String,
    valid: bool,
}

fn vectors() -> Vec<Vector> {
    json_fixture("metriport/vectors.json")
}

/// What is expected of a vector.
enum Expected {
    /// It verifies and decodes, to a type and an id.
    Decodes(&'static str, Option<&'static str>),
    /// It verifies and does not decode; type and id are those that are known all the same.
    Undecodable(DecodeErrorKind, Option<&'static str>, Option<&'static str>),
    /// It does not verify, by a rule.
    Refused(&'static str),
}

use Expected::{Decodes, Refused, Undecodable};

fn check(name: &str, expected: &Expected) {
    let vectors = vectors();
    let vector = vectors
        .iter()
        .find(|vector| vector.name == name)
        .expect(name);
    assert_eq!(vector.valid, !matches!(expected, Refused(_)));
    let key = SigningKey::from_text(vector.key.join()).expect("key");
    let receiver = Receiver::new(Metriport::new(key));
    let headers = [(SIGNATURE, vector.signature.as_bytes())];
    let head = RequestHead::new("POST", "/hooks/metriport", &headers);
    assert_eq!(
        receiver.verify(head, vector.body.clone()).is_ok(),
        vector.valid
    );

    let outcome = receiver.receive(head, vector.body.clone());
    match (expected, outcome) {
        (Decodes(event_type, id), Ok(outcome)) => {
            let delivery = outcome.accepted().expect("no probe by the head alone");
            let [event] = delivery.events() else {
                panic!("{} events", delivery.events().len());
            };
            assert_eq!(event.event_type().as_str(), *event_type);
            let meta = event.meta().map(|meta| meta.message_id.as_str());
            assert_eq!(meta, *id);
            assert_eq!(delivery.ack().status(), 200);
            assert_eq!(delivery.is_probe(), *event_type == "ping");
        }
        (Undecodable(kind, event_type, id), Err(error)) => {
            assert_eq!(error.reply().status(), 400);
            let undecodable = error.undecodable().expect("it verifies");
            assert_eq!(undecodable.raw(), vector.body.as_bytes());
            assert_eq!(undecodable.error().kind(), *kind);
            assert_eq!(
                undecodable.event_type().map(|text| text.as_str()),
                *event_type
            );
            assert_eq!(undecodable.id().map(|text| text.as_str()), *id);
        }
        (Refused(rule), Err(error)) => {
            assert_eq!(error.reply().status(), 401);
            assert_eq!(error.rule(), *rule);
        }
        (_, outcome) => panic!("{outcome:?}"),
    }
}

macro_rules! vectors {
    ($( $test:ident: $name:literal => $expected:expr; )+) => {
        $(
            #[test]
            fn $test() {
                check($name, &$expected);
            }
        )+

        #[test]
        fn every_vector_has_its_test() {
            let tested = BTreeSet::from([ $( $name.to_owned(), )+ ]);
            let given: BTreeSet<_> = vectors().into_iter().map(|vector| vector.name).collect();
            assert_eq!(tested, given);
            assert_eq!(given.len(), 60);
        }
    };
}

vectors! {
    empty_object: "empty-object" => Undecodable(MissingField, None, None);
    empty_body: "empty-body" => Undecodable(Empty, None, None);
    ping: "ping" => Decodes("ping", Some("00000001-1111-4222-8333-444455556666"));
    ping_pretty_printed: "ping-pretty-printed" => Decodes("ping", Some("00000001-1111-4222-8333-444455556666"));
    ping_without_meta: "ping-without-meta" => Decodes("ping", None);
    unicode_raw_utf8: "unicode-raw-utf8" => Decodes("medical.document-conversion", Some("00000002-1111-4222-8333-444455556666"));
    unicode_escaped: "unicode-escaped" => Decodes("medical.document-conversion", Some("00000002-1111-4222-8333-444455556666"));
    line_separators_and_control_escapes: "line-separators-and-control-escapes" => Decodes("medical.document-conversion", Some("00000003-1111-4222-8333-444455556666"));
    lone_surrogate_escape: "lone-surrogate-escape" => Undecodable(InvalidField, Some("medical.document-conversion"), Some("lone"));
    non_canonical_numbers: "non-canonical-numbers" => Decodes("devices.health-data", Some("num"));
    duplicate_keys: "duplicate-keys" => Undecodable(Shape, None, None);
    not_json: "not-json" => Undecodable(Syntax, None, None);
    key_longer_than_block: "key-longer-than-block" => Decodes("ping", Some("k"));
    key_non_ascii: "key-non-ascii" => Decodes("ping", Some("k2"));
    key_with_surrounding_space: "key-with-surrounding-space" => Decodes("ping", Some("k3"));
    type_devices_provider_connected: "type-devices.provider-connected" => Decodes("devices.provider-connected", Some("00000004-1111-4222-8333-444455556666"));
    type_devices_provider_disconnected: "type-devices.provider-disconnected" => Decodes("devices.provider-disconnected", Some("00000005-1111-4222-8333-444455556666"));
    type_devices_health_data: "type-devices.health-data" => Decodes("devices.health-data", Some("00000006-1111-4222-8333-444455556666"));
    type_medical_document_download: "type-medical.document-download" => Decodes("medical.document-download", Some("00000007-1111-4222-8333-444455556666"));
    type_medical_document_download_failed: "type-medical.document-download.failed" => Decodes("medical.document-download", Some("00000008-1111-4222-8333-444455556666"));
    type_medical_document_conversion: "type-medical.document-conversion" => Decodes("medical.document-conversion", Some("00000009-1111-4222-8333-444455556666"));
    type_medical_document_bulk_download_urls: "type-medical.document-bulk-download-urls" => Decodes("medical.document-bulk-download-urls", Some("0000000a-1111-4222-8333-444455556666"));
    type_medical_document_bulk_download_paged: "type-medical.document-bulk-download-paged" => Decodes("medical.document-bulk-download-paged", Some("0000000b-1111-4222-8333-444455556666"));
    type_medical_consolidated_data: "type-medical.consolidated-data" => Decodes("medical.consolidated-data", Some("0000000c-1111-4222-8333-444455556666"));
    type_medical_bulk_patient_create: "type-medical.bulk-patient-create" => Decodes("medical.bulk-patient-create", Some("0000000d-1111-4222-8333-444455556666"));
    type_patient_admit: "type-patient.admit" => Decodes("patient.admit", Some("0000000e-1111-4222-8333-444455556666"));
    type_patient_transfer: "type-patient.transfer" => Decodes("patient.transfer", Some("0000000f-1111-4222-8333-444455556666"));
    type_patient_discharge: "type-patient.discharge" => Decodes("patient.discharge", Some("00000010-1111-4222-8333-444455556666"));
    type_patient_pharmacy: "type-patient.pharmacy" => Decodes("patient.pharmacy", Some("00000011-1111-4222-8333-444455556666"));
    type_patient_laboratory: "type-patient.laboratory" => Decodes("patient.laboratory", Some("00000012-1111-4222-8333-444455556666"));
    type_network_query_hie: "type-network-query.hie" => Decodes("network-query.hie", Some("00000013-1111-4222-8333-444455556666"));
    type_network_query_pharmacy: "type-network-query.pharmacy" => Decodes("network-query.pharmacy", Some("00000014-1111-4222-8333-444455556666"));
    type_network_query_lab: "type-network-query.lab" => Decodes("network-query.lab", Some("00000015-1111-4222-8333-444455556666"));
    type_network_query_hie_first_data_ready: "type-network-query.hie.first-data-ready" => Decodes("network-query.hie.first-data-ready", Some("00000016-1111-4222-8333-444455556666"));
    type_message_status: "type-message.status" => Decodes("message.status", Some("00000017-1111-4222-8333-444455556666"));
    large_inline_bundle: "large-inline-bundle" => Decodes("medical.consolidated-data", Some("00000018-1111-4222-8333-444455556666"));
    invalid_body_byte_flipped: "invalid-body-byte-flipped" => Refused("signature-mismatch");
    invalid_body_trailing_newline_added: "invalid-body-trailing-newline-added" => Refused("signature-mismatch");
    invalid_signature_digit_flipped: "invalid-signature-digit-flipped" => Refused("signature-mismatch");
    invalid_signature_uppercase_hex: "invalid-signature-uppercase-hex" => Refused("malformed-header");
    invalid_signature_truncated: "invalid-signature-truncated" => Refused("malformed-header");
    invalid_signature_half: "invalid-signature-half" => Refused("malformed-header");
    invalid_signature_extended: "invalid-signature-extended" => Refused("malformed-header");
    invalid_signature_empty: "invalid-signature-empty" => Refused("malformed-header");
    invalid_signature_surrounding_space: "invalid-signature-surrounding-space" => Refused("malformed-header");
    invalid_signature_sha256_prefix: "invalid-signature-sha256-prefix" => Refused("malformed-header");
    invalid_signature_base64: "invalid-signature-base64" => Refused("malformed-header");
    invalid_signature_comma_joined: "invalid-signature-comma-joined" => Refused("malformed-header");
    invalid_signature_non_hex_same_length: "invalid-signature-non-hex-same-length" => Refused("malformed-header");
    invalid_signature_non_ascii_64_chars: "invalid-signature-non-ascii-64-chars" => Refused("malformed-header");
    invalid_signature_non_ascii_64_bytes: "invalid-signature-non-ascii-64-bytes" => Refused("malformed-header");
    invalid_wrong_key: "invalid-wrong-key" => Refused("signature-mismatch");
    invalid_signature_is_the_key: "invalid-signature-is-the-key" => Refused("malformed-header");
    invalid_plain_sha256_of_body: "invalid-plain-sha256-of-body" => Refused("signature-mismatch");
    invalid_hmac_sha1: "invalid-hmac-sha1" => Refused("malformed-header");
    invalid_hmac_sha512_cut_to_64: "invalid-hmac-sha512-cut-to-64" => Refused("signature-mismatch");
    invalid_signature_of_compacted_json: "invalid-signature-of-compacted-json" => Refused("signature-mismatch");
    invalid_signature_of_ascii_escaped_json: "invalid-signature-of-ascii-escaped-json" => Refused("signature-mismatch");
    invalid_signature_of_reordered_keys: "invalid-signature-of-reordered-keys" => Refused("signature-mismatch");
    invalid_signature_from_another_message: "invalid-signature-from-another-message" => Refused("signature-mismatch");
}
