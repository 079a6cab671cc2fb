//! The stored form decodes as the request did.

use pulsehook_core::withings::{Event, Withings};
use pulsehook_core::{Authenticity, Receiver, RequestHead, StoredRequest, danger};

use super::{FORM, QUERY, receiver, with_order_updates};
use crate::support::fixture;

/// Stores a verified request as text, and decodes it at once and from the text.
fn round_trip(
    receiver: &Receiver<Withings>,
    content_type: Option<&str>,
    body: &[u8],
) -> (Event, StoredRequest) {
    let headers: Vec<(&str, &str)> = content_type
        .map(|value| ("content-type", value))
        .into_iter()
        .collect();
    let head = RequestHead::new("POST", "/hook", &headers).with_query(Some(QUERY));
    let verified = receiver.verify(head, body.to_vec()).expect("verified");
    let verified = verified.accepted().expect("a POST");
    let text = serde_json::to_string(&verified.to_stored()).expect("serialises");
    assert!(!text.contains(super::TOKEN), "the URL is not stored");
    let live = verified.decode().expect("decodes");

    let stored: StoredRequest = serde_json::from_str(&text).expect("a stored request");
    let again = danger::trust_stored(receiver, &stored).expect("of this receiver");
    assert_eq!(again.authenticity(), Authenticity::SharedSecret);
    let again = again.decode().expect("decodes");
    assert_eq!(again.events(), live.events());
    assert_eq!(again.dedup_key(), live.dedup_key());
    assert_eq!(again.key_id(), live.key_id());
    (again.into_events().remove(0), stored)
}

#[test]
fn a_notification_survives_its_store() {
    let body = fixture("withings/notifications/documented.form");
    for receiver in [receiver(), with_order_updates()] {
        for content_type in [None, Some(FORM)] {
            let (event, _) = round_trip(&receiver, content_type, &body);
            assert!(matches!(event, Event::Weight(_)));
        }
    }
}

#[test]
fn an_order_update_survives_its_store() {
    let receiver = with_order_updates();
    let json = fixture("withings/order-updates/shipped.json");
    let content_type = "application/json; charset=utf-8";
    let (event, stored) = round_trip(&receiver, Some(content_type), &json);
    assert!(matches!(event, Event::OrderUpdate(_)));
    assert_eq!(stored.header("content-type"), Some(content_type.as_bytes()));
    let form = fixture("withings/order-updates/address-verification.form");
    let (event, _) = round_trip(&receiver, None, &form);
    assert!(matches!(event, Event::OrderUpdate(_)));
}
