//! Every documented item shape, each member asserted, there and back again.

use pulsehook_core::human_api::{
    Action, EndpointKind, Event, EventGroup, EventType, OrderState, OrderSummaryStatus,
};
use pulsehook_core::{DedupKind, Text, TimeText};
use serde_json::Value;

use super::{event, events};
use crate::support::{fixture, json_fixture};

fn item(name: &str) -> Event {
    event(fixture(&format!("human-api/items/{name}.json")))
}

fn texts(list: Option<&Vec<Text>>) -> Vec<&str> {
    list.expect("a list").iter().map(Text::as_str).collect()
}

#[test]
fn data_notification() {
    let Event::Data(data) = item("data") else {
        panic!("not data");
    };
    assert_eq!(data.human_id, "5ad1c0ffee5ad1c0ffee5ad1c0ffee01");
    assert_eq!(
        data.updated_at,
        Some(TimeText::from("2026-02-03T04:05:06.789Z"))
    );
    let instant = data
        .updated_at
        .as_ref()
        .and_then(TimeText::instant)
        .expect("a time");
    assert_eq!(instant.as_millisecond(), 1_770_091_506_789);
    assert_eq!(data.action, Some(Action::Updated));
    assert_eq!(data.object_id, "65bdc0ffee0011223344aa01");
    assert_eq!(
        data.endpoint,
        "https://api.humanapi.co/v1/human/activities/summaries"
    );
    assert_eq!(data.endpoint_kind(), EndpointKind::ActivitySummary);
    assert_eq!(data.type_name.as_deref(), Some("activitysummary"));
    assert_eq!(data.model.as_deref(), Some("activitysummary"));
}

#[test]
fn data_notification_without_deprecated_members() {
    let Event::Data(data) = item("data-without-deprecated") else {
        panic!("not data");
    };
    assert_eq!(data.human_id, "5ad1c0ffee5ad1c0ffee5ad1c0ffee02");
    assert_eq!(
        data.updated_at,
        Some(TimeText::from("2026-02-03T04:05:07.000Z"))
    );
    assert_eq!(data.action, Some(Action::Created));
    assert_eq!(data.object_id, "65bdc0ffee0011223344aa02");
    assert_eq!(data.endpoint, "/v1/human/medical/test_results/");
    assert_eq!(data.endpoint_kind(), EndpointKind::TestResult);
    assert_eq!(data.type_name, None);
    assert_eq!(data.model, None);
}

#[test]
fn order_status() {
    let Event::OrderStatus(order) = item("order-status") else {
        panic!("not an order status");
    };
    let text = |text: &Option<Text>| text.clone().expect("there");
    assert_eq!(text(&order.human_id), "5ad1c0ffee5ad1c0ffee5ad1c0ffee03");
    assert_eq!(text(&order.client_id), "c11e47c11e47c11e47c11e47c11e4703");
    assert_eq!(text(&order.user_id), "7f6e5d");
    assert_eq!(text(&order.client_user_id), "case-4711@example.org");
    let updated_at = order.updated_at.expect("there");
    assert_eq!(updated_at, "2026-02-03T04:05:08.120Z");
    assert_eq!(text(&order.action), "status");
    assert_eq!(
        text(&order.endpoint),
        "https://admin.humanapi.co/api/v1/users"
    );
    assert_eq!(order.topic, "order");
    assert_eq!(order.property, "orderState");
    assert_eq!(order.value, OrderState::InProgress);
    let client_data = order.client_data.expect("there");
    assert_eq!(
        client_data.get(),
        r#"{"branch": "north", "priority": 2.50}"#
    );
}

#[test]
fn order_states() {
    for (wire, state) in [
        ("In Progress", OrderState::InProgress),
        ("Pended", OrderState::Pended),
        ("Completed", OrderState::Completed),
        ("Cancelled", OrderState::Cancelled),
        ("completed", OrderState::Other("completed".into())),
        ("Resting", OrderState::Other("Resting".into())),
    ] {
        let body = format!(r#"[{{"topic":"order","property":"orderState","value":"{wire}"}}]"#);
        let Event::OrderStatus(order) = event(body) else {
            panic!("not an order status");
        };
        assert_eq!(order.value, state);
        assert_eq!(order.value.as_str(), wire);
    }
}

#[test]
fn order_summary() {
    let Event::OrderSummary(envelope) = item("order-summary") else {
        panic!("not an order summary");
    };
    let text = |text: &Option<Text>| text.clone().expect("there");
    let timestamp = envelope.timestamp.expect("there");
    assert_eq!(timestamp, "2026-02-03T04:05:09.251000");
    // No zone means UTC; it is not guessed silently.
    assert_eq!(timestamp.instant(), None);
    let instant = timestamp.instant_or_utc().expect("a time");
    assert_eq!(instant.as_millisecond(), 1_770_091_509_251);
    assert_eq!(
        text(&envelope.event_id),
        "0e0e0e0e-1111-4222-8333-444455556601"
    );
    assert_eq!(
        text(&envelope.order_id),
        "0d0d0d0d-1111-4222-8333-444455556602"
    );
    assert_eq!(envelope.event_type, EventType::OrderSummaryUpdated);
    assert_eq!(envelope.event_group, Some(EventGroup::Order));
    assert_eq!(text(&envelope.human_id), "5ad1c0ffee5ad1c0ffee5ad1c0ffee04");
    assert_eq!(
        text(&envelope.client_id),
        "c11e47c11e47c11e47c11e47c11e4704"
    );
    assert_eq!(text(&envelope.user_id), "7f6e5e");
    assert_eq!(text(&envelope.client_user_id), "case-4712@example.org");
    let client_data = envelope.client_data.expect("there");
    assert_eq!(client_data.get(), r#"{"branch": "south"}"#);

    let payload = envelope.event_payload;
    assert_eq!(payload.order_status, OrderSummaryStatus::Completed);
    assert!(!payload.timed_out);
    assert!(payload.reports_available);
    assert_eq!(payload.data_available, Some(true));
    assert_eq!(payload.fcra_suppressed, Some(false));
    let reports = payload.reports.expect("there");
    let [first, second] = reports.as_slice() else {
        panic!("not two");
    };
    assert_eq!(first.id, "r-4712-a");
    assert_eq!(first.name, "summary");
    assert_eq!(texts(first.base_report_names.as_ref()), ["labs", "visits"]);
    assert_eq!(first.file_extension, "pdf");
    assert_eq!(
        first.uri,
        "https://admin.humanapi.co/api/v1/user/reports/r-4712-a"
    );
    assert_eq!(second.id, "0c0c0c0c-1111-4222-8333-444455556603");
    assert_eq!(second.base_report_names, None);
    assert_eq!(second.file_extension, "xml");
}

#[test]
fn cancelled_order_summary_with_its_payload_first() {
    let Event::OrderSummary(envelope) = item("order-summary-cancelled") else {
        panic!("not an order summary");
    };
    let payload = &envelope.event_payload;
    assert_eq!(payload.order_status, OrderSummaryStatus::Cancelled);
    assert!(payload.timed_out);
    assert!(!payload.reports_available);
    assert_eq!(payload.reports, None);
    assert_eq!(payload.data_available, None);
    assert_eq!(payload.fcra_suppressed, None);
    let timestamp = envelope.timestamp.as_ref().expect("there");
    assert!(timestamp.instant().is_some());
    assert_eq!(timestamp.instant(), timestamp.instant_or_utc());
}

#[test]
fn vendor_note() {
    let Event::VendorNote(envelope) = item("vendor-note") else {
        panic!("not a vendor note");
    };
    assert_eq!(envelope.event_type, EventType::VendorNoteCreated);
    assert_eq!(envelope.event_group, Some(EventGroup::Offline));
    assert_eq!(
        envelope.event_id.as_deref(),
        Some("0e0e0e0e-1111-4222-8333-444455556606")
    );
    assert_eq!(
        envelope.order_id.as_deref(),
        Some("0d0d0d0d-1111-4222-8333-444455556607")
    );
    assert_eq!(
        envelope.timestamp.as_deref(),
        Some("2026-02-03T04:05:11.500Z")
    );
    let payload = &envelope.event_payload;
    assert_eq!(
        payload.note,
        "Practice closed until \"Monday\"; café next door informed."
    );
    assert_eq!(texts(payload.provider_ids.as_ref()), ["p-1", "p-2"]);
    assert_eq!(
        texts(payload.provider_names.as_ref()),
        ["First Example Practice", "Second Example Practice"]
    );
    assert_eq!(payload.client_provider_id.as_deref(), Some("own-17"));
}

#[test]
fn event_groups() {
    for (wire, group) in [
        ("order", EventGroup::Order),
        ("portal", EventGroup::Portal),
        ("ehr", EventGroup::Ehr),
        ("offline", EventGroup::Offline),
        ("lab", EventGroup::Other("lab".into())),
    ] {
        let body = format!(
            r#"[{{"eventType":"integrations.VendorNoteCreated","eventGroup":"{wire}","eventPayload":{{"note":""}}}}]"#
        );
        let Event::VendorNote(envelope) = event(body) else {
            panic!("not a vendor note");
        };
        assert_eq!(envelope.event_group, Some(group));
    }
}

#[test]
fn unknown_event_type_keeps_type_id_and_everything_else() {
    let Event::Unknown(unknown) = item("unknown-event-type") else {
        panic!("not unknown");
    };
    assert_eq!(unknown.event_type.as_deref(), Some("orders.SomethingNew"));
    assert_eq!(
        unknown.event_id.as_deref(),
        Some("0e0e0e0e-1111-4222-8333-444455556608")
    );
    assert!(unknown.raw.get().contains(r#""amount": 7.50"#));
}

#[test]
fn items_serialise_to_what_they_were_made_of() {
    for name in [
        "data",
        "data-without-deprecated",
        "order-status",
        "order-summary",
        "order-summary-cancelled",
        "vendor-note",
        "unknown-event-type",
    ] {
        let path = format!("human-api/items/{name}.json");
        let wire: Value = json_fixture(&path);
        let decoded = events(fixture(&path));
        let again = serde_json::to_value(&decoded).expect("serialises");
        assert_eq!(again, wire, "{name}");
        let twice = events(serde_json::to_vec(&decoded).expect("serialises"));
        let again = serde_json::to_value(&twice).expect("serialises");
        assert_eq!(again, wire, "{name}");
    }
}

#[test]
fn members_that_are_not_known_are_left_out_when_serialised() {
    let body = r#"[{"humanId":"h","updatedAt":"u","action":"created","objectId":"o","endpoint":"e","later":1}]"#;
    let again = serde_json::to_string(&event(body)).expect("serialises");
    assert_eq!(
        again,
        r#"{"humanId":"h","updatedAt":"u","action":"created","objectId":"o","endpoint":"e"}"#
    );
}

#[test]
fn invalid_items_serialise_with_error_and_json() {
    let body = r#"[5,{"humanId":"h","endpoint":"e"}]"#;
    let again = serde_json::to_string(&events(body)).expect("serialises");
    assert_eq!(
        again,
        r#"[5,{"invalid":{"index":1,"error":"field `objectId` is missing","field":"objectId"},"raw":{"humanId":"h","endpoint":"e"}}]"#
    );
}

#[test]
fn whole_deliveries_serialise() {
    let delivery = super::delivery(fixture("human-api/items/vendor-note.json")).expect("decodes");
    let value = serde_json::to_value(&delivery).expect("serialises");
    assert_eq!(value["provider"], "human-api");
    let wire: Value = json_fixture("human-api/items/vendor-note.json");
    assert_eq!(value["events"], wire);
}

#[test]
fn event_types_are_those_of_the_wire() {
    for (name, event_type) in [
        ("data", None),
        ("order-status", None),
        ("order-summary", Some("orders.OrderSummaryUpdated")),
        ("vendor-note", Some("integrations.VendorNoteCreated")),
        ("unknown-event-type", Some("orders.SomethingNew")),
    ] {
        assert_eq!(item(name).event_type(), event_type, "{name}");
    }
    for (body, event_type) in [
        ("[5]", None),
        (r#"[{"humanId":"h"}]"#, None),
        (r#"[{"endpoint":"e"}]"#, None),
        (r#"[{"eventType":5}]"#, None),
        (r#"[{"eventType":"new"}]"#, Some("new")),
        (
            r#"[{"eventType":"orders.OrderSummaryUpdated"}]"#,
            Some("orders.OrderSummaryUpdated"),
        ),
    ] {
        assert_eq!(event(body).event_type(), event_type, "{body}");
    }
}

fn data_with(member: &str, value: &str) -> Event {
    let mut item: Value = json_fixture("human-api/items/data.json");
    item[0][member] = value.into();
    event(item.to_string())
}

#[test]
fn data_notifications_are_told_apart_by_five_members() {
    let original = item("data").dedup_key().expect("a key");
    assert_eq!(original.kind(), DedupKind::Digest);
    assert_eq!(original.value().len(), 64);
    for member in ["humanId", "endpoint", "objectId", "updatedAt", "action"] {
        let other = data_with(member, "other").dedup_key();
        assert_ne!(other.as_ref(), Some(&original), "{member}");
    }
    for member in ["type", "model", "later"] {
        let same = data_with(member, "other").dedup_key();
        assert_eq!(same.as_ref(), Some(&original), "{member}");
    }
}

#[test]
fn the_borders_of_members_are_part_of_the_key() {
    let key = |human_id: &str, endpoint: &str| {
        let body = format!(
            r#"[{{"humanId":"{human_id}","endpoint":"{endpoint}","objectId":"o","updatedAt":"u","action":"created"}}]"#
        );
        event(body).dedup_key()
    };
    assert_ne!(key("ab", "c"), key("a", "bc"));
    assert_eq!(key("ab", "c"), key("ab", "c"));
}

#[test]
fn order_states_are_told_apart_by_six_members() {
    let key = |member: &str, value: Value| {
        let mut item: Value = json_fixture("human-api/items/order-status.json");
        item[0][member] = value;
        event(item.to_string()).dedup_key()
    };
    let original = item("order-status").dedup_key();
    for member in [
        "humanId",
        "clientUserId",
        "topic",
        "property",
        "value",
        "updatedAt",
    ] {
        assert_ne!(key(member, "other".into()), original, "{member}");
    }
    assert_eq!(key("clientData", Value::Null), original);
}

#[test]
fn events_with_an_id_have_it_as_their_key() {
    for (name, id) in [
        ("order-summary", "0e0e0e0e-1111-4222-8333-444455556601"),
        ("vendor-note", "0e0e0e0e-1111-4222-8333-444455556606"),
        ("unknown-event-type", "0e0e0e0e-1111-4222-8333-444455556608"),
    ] {
        let key = item(name).dedup_key().expect("a key");
        assert_eq!((key.kind(), key.value()), (DedupKind::Id, id), "{name}");
    }
}

#[test]
fn events_without_an_id_have_no_key_of_their_own_unless_their_json_is_kept() {
    for id in ["", r#""eventId":"","#] {
        let body = format!(
            r#"[{{{id}"eventType":"integrations.VendorNoteCreated","eventPayload":{{"note":"n"}}}}]"#
        );
        assert_eq!(event(body).dedup_key(), None);
    }
    for body in [r#"[{"eventType":"new"}]"#, r#"[{"humanId":"h"}]"#, "[7]"] {
        let key = event(body).dedup_key().expect("a key");
        assert_eq!(key.kind(), DedupKind::Digest);
    }
    assert_eq!(event("[7]").dedup_key(), event("[ 7 ]").dedup_key());
    assert_ne!(event("[7]").dedup_key(), event("[7.0]").dedup_key());
}
