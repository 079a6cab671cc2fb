//! Bodies made at random: nothing panics, no item is lost.

use proptest::prelude::*;
use pulsehook_core::RawJson;
use pulsehook_core::human_api::Event;
use serde_json::Value;

use super::{delivery, events};

/// Names that matter to the decoder, and some that do not.
const NAMES: &[&str] = &[
    "humanId",
    "updatedAt",
    "action",
    "objectId",
    "endpoint",
    "type",
    "topic",
    "property",
    "value",
    "clientData",
    "timestamp",
    "eventId",
    "eventType",
    "eventGroup",
    "eventPayload",
    "orderStatus",
    "timedOut",
    "reportsAvailable",
    "reports",
    "note",
    "providerIds",
    "id",
    "uri",
    "other",
    "",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("orders.OrderSummaryUpdated")),
        Just(Value::from("integrations.VendorNoteCreated")),
        Just(Value::from("https://api.humanapi.co/v1/human/bmi/readings")),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 48, 12, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(NAMES), inner), 0..12).prop_map(
                |members| {
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect::<serde_json::Map<_, _>>()
                        .into()
                }
            ),
        ]
    })
}

fn kept(event: &Event) -> Option<&RawJson> {
    match event {
        Event::Unknown(item) => Some(&item.raw),
        Event::Invalid(item) => Some(&item.raw),
        _ => None,
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        match delivery(&body) {
            Ok(delivery) => prop_assert_eq!(delivery.raw().as_ref(), body.as_slice()),
            Err(error) => prop_assert_eq!(error.rule(), "undecodable"),
        }
    }

    #[test]
    fn arbitrary_text_in_an_array_does_not_panic(body in "\\[[\\[\\]{}\",:0-9a-zA-Z\\\\ ]{0,60}\\]") {
        if let Err(error) = delivery(&body) {
            prop_assert_eq!(error.rule(), "undecodable");
        }
    }

    #[test]
    fn no_item_is_lost_and_each_keeps_its_place(items in prop::collection::vec(json(), 0..12)) {
        let events = events(serde_json::to_vec(&items).expect("serialises"));
        prop_assert_eq!(events.len(), items.len());
        for (index, (event, item)) in events.iter().zip(&items).enumerate() {
            serde_json::to_string(event).expect("serialises");
            match kept(event) {
                Some(raw) => {
                    prop_assert_eq!(raw.get(), item.to_string());
                    prop_assert!(event.dedup_key().is_some());
                }
                None => prop_assert!(item.is_object()),
            }
            if let Event::Invalid(invalid) = event {
                prop_assert_eq!(invalid.index, index);
                prop_assert!(invalid.error.field().is_some());
            }
        }
    }

    #[test]
    fn a_single_object_is_an_array_of_one(item in json().prop_filter("object", Value::is_object)) {
        let alone = events(item.to_string());
        let in_array = events(Value::from(vec![item]).to_string());
        prop_assert_eq!(alone, in_array);
    }
}
