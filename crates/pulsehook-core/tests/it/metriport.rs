//! Metriport through the public API.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use bytes::Bytes;
use pulsehook_core::metriport::testing::sign;
use pulsehook_core::metriport::{Event, Metriport};
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::{
    DecodeErrorKind, Delivery, Outcome, ReceiveError, Receiver, RequestHead, SigningKey,
    Undecodable,
};

use crate::support::fixture;

mod ambiguities;
mod attachments;
mod decoding;
mod delivery_id;
mod device_items;
mod device_models;
mod device_numbers;
mod device_random;
mod device_view;
mod devices;
mod envelope;
mod follow_ups;
mod fuzz;
mod links;
mod messages;
mod signature;
mod tolerance;
mod vectors;
mod view_times;
mod views;
mod webhook_key;

const SIGNATURE: &str = "x-metriport-signature";

fn key() -> SigningKey {
    SigningKey::from_text("a key of the tests").expect("key")
}

fn receiver() -> Receiver<Metriport> {
    Receiver::new(Metriport::new(key()))
}

/// Posts a body under some headers.
fn post(
    receiver: &Receiver<Metriport>,
    headers: &[(&str, &[u8])],
    body: impl Into<Bytes>,
) -> Result<Outcome<Delivery<Event>>, ReceiveError> {
    let headers = headers.to_vec();
    receiver.receive(RequestHead::new("POST", "/hooks/metriport", &headers), body)
}

/// Posts a signed request.
fn send(
    receiver: &Receiver<Metriport>,
    request: &SignedRequest,
) -> Result<Outcome<Delivery<Event>>, ReceiveError> {
    let headers = request.headers().to_vec();
    let head = RequestHead::new(request.method(), "/hooks/metriport", &headers);
    receiver.receive(head, request.body().clone())
}

/// Returns the signature of a body under the key of the tests.
fn signature_of(body: impl Into<Bytes>) -> String {
    let request = sign(&key(), body);
    let (_, signature) = request
        .headers()
        .iter()
        .find(|(name, _)| *name == SIGNATURE)
        .expect("signature");
    signature.clone()
}

/// Receives a signed body; the id that is read without decoding must be the delivery's.
fn deliver(body: impl Into<Bytes>) -> Delivery<Event> {
    let body = body.into();
    let delivery = try_deliver(body.clone()).expect("a message that decodes");
    assert_eq!(delivery.events().len(), 1);
    assert_eq!(delivery.raw(), &body);
    delivery
}

fn try_deliver(body: impl Into<Bytes>) -> Result<Delivery<Event>, ReceiveError> {
    let request = sign(&key(), body);
    let headers = request.headers().to_vec();
    let receiver = receiver();
    let head = RequestHead::new("POST", "/hooks/metriport", &headers);
    let verified = receiver
        .verify(head, request.body().clone())
        .expect("a right signature")
        .accepted()
        .expect("no probe by the head alone");
    let early_key = verified.dedup_key();
    let delivery = verified.decode();
    match &delivery {
        Ok(delivery) => assert_eq!(&early_key, delivery.dedup_key()),
        Err(error) => {
            let undecodable = error.undecodable().expect("it was verified");
            assert_eq!(&early_key, undecodable.dedup_key());
            assert_eq!(undecodable.raw(), request.body());
            assert_eq!(error.reply().status(), 400);
            assert!(error.reply().body().is_empty());
        }
    }
    delivery
}

/// Receives a signed body that holds one event.
fn event(body: impl Into<Bytes>) -> Event {
    deliver(body).into_events().pop().expect("one event")
}

/// Receives a signed body that does not decode, and looks at what is kept of it.
#[track_caller]
fn undecodable(body: impl Into<Bytes>, look: impl FnOnce(&Undecodable)) {
    let error = try_deliver(body).expect_err("a body that does not decode");
    look(error.undecodable().expect("it was verified"));
}

/// Checks that a body is refused because of a field.
#[track_caller]
fn refused(body: impl Into<String>, kind: DecodeErrorKind, field: Option<&str>) {
    undecodable(body.into(), |undecodable| {
        let error = undecodable.error();
        assert_eq!((error.kind(), error.field()), (kind, field));
    });
}

/// Reads the fixture of a message type.
fn message(message_type: &str) -> String {
    let bytes = fixture(&format!("metriport/messages/{message_type}.json"));
    String::from_utf8(bytes).expect("UTF-8")
}

/// Makes a message of a type around the text of its other members.
fn with_meta(message_type: &str, members: &str) -> String {
    format!(
        r#"{{"meta":{{"messageId":"m-1","when":"2026-03-04T05:06:07.089Z","type":"{message_type}"}},{members}}}"#
    )
}

/// The types whose messages are decoded into structs.
const TYPED: [&str; 20] = [
    "ping",
    "medical.document-download",
    "medical.document-conversion",
    "medical.document-bulk-download-urls",
    "medical.document-bulk-download-paged",
    "medical.consolidated-data",
    "medical.bulk-patient-create",
    "patient.admit",
    "patient.transfer",
    "patient.discharge",
    "patient.pharmacy",
    "patient.laboratory",
    "network-query.hie",
    "network-query.pharmacy",
    "network-query.lab",
    "network-query.hie.first-data-ready",
    "message.status",
    "devices.provider-connected",
    "devices.provider-disconnected",
    "devices.health-data",
];
