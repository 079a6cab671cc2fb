//! The decoding rules: what becomes which event, and what is refused as a whole.

use pulsehook_core::human_api::{Action, DataNotification, Event, InvalidItem, UnknownItem};
use pulsehook_core::{DecodeErrorKind, TimeText};

use super::{delivery, documented, event, events};

const DATA: &str = r#"{"humanId":"h","updatedAt":"2026-02-03T04:05:06.789Z","action":"created","objectId":"o","endpoint":"e"}"#;

fn data(body: impl AsRef<[u8]>) -> DataNotification {
    match event(body) {
        Event::Data(data) => data,
        other => panic!("{other:?}"),
    }
}

fn unknown(body: impl AsRef<[u8]>) -> UnknownItem {
    match event(body) {
        Event::Unknown(item) => item,
        other => panic!("{other:?}"),
    }
}

fn invalid(body: impl AsRef<[u8]>) -> InvalidItem {
    match event(body) {
        Event::Invalid(item) => item,
        other => panic!("{other:?}"),
    }
}

/// Checks that an item is invalid because of a field, and keeps its JSON.
fn check_invalid(item: &str, kind: DecodeErrorKind, field: &str) -> InvalidItem {
    let invalid = invalid(format!("[ {item} ]"));
    assert_eq!(
        (invalid.error.kind(), invalid.error.field()),
        (kind, Some(field)),
        "{item}"
    );
    assert_eq!(invalid.raw.get(), item);
    assert_eq!(invalid.index, 0);
    invalid
}

fn missing(item: &str, field: &str) {
    check_invalid(item, DecodeErrorKind::MissingField, field);
}

fn wrong(item: &str, field: &str) {
    check_invalid(item, DecodeErrorKind::InvalidField, field);
}

#[test]
fn an_empty_array_has_no_events() {
    for body in ["[]", " [ ] ", "[\r\n]\n\t"] {
        assert!(events(body).is_empty());
    }
}

#[test]
fn a_single_object_is_one_item() {
    assert_eq!(data(DATA), data(format!("[{DATA}]")));
    assert_eq!(data(format!(" \n{DATA}\n")), data(DATA));
    let item = unknown(documented::BODY);
    assert_eq!(item.raw.get(), documented::BODY);
    assert_eq!(unknown(" {} ").raw.get(), "{}");
    let item = invalid(r#"{"humanId":"h","endpoint":"e"}"#);
    assert_eq!(item.error.field(), Some("objectId"));
    assert_eq!(item.index, 0);
}

#[test]
fn items_of_unknown_shape_are_kept_as_they_stand() {
    for item in [
        "5",
        "-0",
        "1.50",
        "1e999",
        "-1e999",
        "123456789012345678901234567890",
        "null",
        "true",
        r#""x""#,
        r#""\ud800""#,
        "[]",
        r#"[{"humanId":"h"}]"#,
        "{}",
        r#"{ "contents" : "supersecretstuff" }"#,
        r#"{"topic":"order"}"#,
        r#"{"property":"orderState","value":"Pended"}"#,
        r#"{"action":"created","updatedAt":"2026-02-03T04:05:06.789Z"}"#,
        r#"{"HumanId":"h"}"#,
        r#"{"humanId":null,"endpoint":null,"objectId":null}"#,
        r#"{"eventType":null}"#,
        r#"{"\ud800":1}"#,
        // About a user and no record: a sync status, perhaps.
        r#"{"humanId":"h"}"#,
        r#"{"humanId":5}"#,
        r#"{"humanId":"h","endpoint":null,"objectId":null}"#,
        r#"{"humanId":"h","updatedAt":"u","action":"updated","type":"t","model":"m"}"#,
        r#"{"humanId":"h","syncStatus":{"status":"ok"}}"#,
        // Half an order status is none.
        r#"{"topic":"order","humanId":"h"}"#,
    ] {
        let event = unknown(format!("[\n {item}\t]"));
        assert_eq!(event.raw.get(), item);
        assert_eq!(event.event_type, None);
    }
}

#[test]
fn good_bad_and_unknown_items_keep_their_order() {
    let body = format!(r#"[{DATA}, {{"humanId":"h","endpoint":"e"}}, {{"new": 1}}, 5, {DATA}]"#);
    let delivery = delivery(body).expect("answered 200");
    assert_eq!(delivery.ack().status(), 200);
    let [
        Event::Data(first),
        Event::Invalid(invalid),
        Event::Unknown(object),
        Event::Unknown(number),
        Event::Data(last),
    ] = delivery.events()
    else {
        panic!("{:?}", delivery.events());
    };
    assert_eq!(first, last);
    assert_eq!(invalid.index, 1);
    assert_eq!(invalid.error.field(), Some("objectId"));
    assert_eq!(invalid.raw.get(), r#"{"humanId":"h","endpoint":"e"}"#);
    assert_eq!(object.raw.get(), r#"{"new": 1}"#);
    assert_eq!(number.raw.get(), "5");
}

#[test]
fn siblings_survive_what_the_parser_refuses_but_json_allows() {
    for odd in ["1e999", r#""\udc00""#, r#"{"\udc00":1,"humanId":"h"}"#] {
        let body = format!("[{DATA},{odd},{DATA}]");
        let events = events(body);
        let [Event::Data(_), Event::Unknown(item), Event::Data(_)] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!(item.raw.get(), odd);
    }
}

#[test]
fn data_items_need_their_members() {
    missing(r#"{"endpoint":"e","objectId":"o"}"#, "humanId");
    missing(r#"{"humanId":"h","objectId":"o"}"#, "endpoint");
    missing(r#"{"humanId":"h","endpoint":"e"}"#, "objectId");
    missing(
        r#"{"humanId":null,"endpoint":"e","objectId":"o"}"#,
        "humanId",
    );
    missing(r#"{"endpoint":"e"}"#, "humanId");
    missing(r#"{"objectId":"o"}"#, "humanId");
    missing(r#"{"topic":"order","endpoint":"e"}"#, "humanId");
}

#[test]
fn data_items_without_time_or_action_are_data_items_all_the_same() {
    let bare = r#"{"humanId":"h","endpoint":"e","objectId":"o"}"#;
    let data = data(format!("[{bare}]"));
    assert_eq!((data.updated_at, data.action), (None, None));
}

#[test]
fn required_members_of_data_items_must_be_texts() {
    for member in ["humanId", "endpoint", "objectId"] {
        for value in ["5", "true", "[]", "{}", "1e999", r#"["h"]"#, r#""\ud800""#] {
            let mut item = DATA.to_owned();
            let start = item.find(member).expect(member) + member.len() + 2;
            let end = start + item[start..].find([',', '}']).expect("an end");
            item.replace_range(start..end, value);
            wrong(&item, member);
        }
    }
}

#[test]
fn optional_members_of_another_kind_are_kept_as_json_text() {
    for value in ["5", "1.50", "1e999", "true", r#"{"a": [1]}"#, r#""\ud800""#] {
        let item = DATA.replacen('{', &format!(r#"{{"type":{value},"model":null,"#), 1);
        let data = data(format!("[{item}]"));
        assert_eq!(data.type_name.as_deref(), Some(value));
        assert_eq!(data.model, None);
    }
}

#[test]
fn other_actions_are_kept() {
    let data = data(DATA.replace("created", "archived"));
    assert_eq!(data.action, Some(Action::Other("archived".into())));
}

#[test]
fn times_are_read_in_other_spellings_and_kept_if_they_are_none() {
    let millis = 1_770_091_506_000;
    for (text, expect) in [
        ("2026-02-03T04:05:06Z", Some(millis)),
        ("2026-02-03T04:05:06.5Z", Some(millis + 500)),
        ("2026-02-03T04:05:06.789012Z", Some(millis + 789)),
        ("2026-02-03T04:05:06.789+00:00", Some(millis + 789)),
        ("2026-02-03T05:05:06+01:00", Some(millis)),
        ("2026-02-03T04:05:06", None),
        ("yesterday", None),
        ("", None),
    ] {
        let data = data(DATA.replace("2026-02-03T04:05:06.789Z", text));
        assert_eq!(data.updated_at, Some(TimeText::from(text)));
        let instant = data.updated_at.as_ref().and_then(TimeText::instant);
        assert_eq!(instant.map(|instant| instant.as_millisecond()), expect);
    }
}

#[test]
fn unknown_members_are_ignored_whatever_they_hold() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for value in [
        "1e999",
        "123456789012345678901234567890",
        r#""\ud800""#,
        r#"{"a":{"b":[1,{"c":null}]}}"#,
        deep.as_str(),
    ] {
        let item = DATA.replacen('{', &format!(r#"{{"later":{value},"#), 1);
        let with = data(format!("[{item}]"));
        assert_eq!(with, data(DATA));
        let delivery = delivery(format!("[{item}]")).expect("decodes");
        assert_eq!(delivery.raw().as_ref(), format!("[{item}]").as_bytes());
    }
}

#[test]
fn the_last_of_repeated_members_counts() {
    let twice = |value: &str| DATA.replacen('{', &format!(r#"{{"humanId":{value},"#), 1);
    assert_eq!(data(twice(r#""other""#)), data(DATA));
    assert_eq!(data(twice("5")), data(DATA));
    let last = DATA.replacen('}', r#","humanId":"last"}"#, 1);
    assert_eq!(data(last).human_id, "last");
    missing(&DATA.replacen('}', r#","objectId":null}"#, 1), "objectId");
}

#[test]
fn escaped_names_and_values_are_read() {
    let item = DATA
        .replace("humanId", "human\\u0049d")
        .replace("\"h\"", r#""a\"\\\/\u00e9\ud83d\ude00""#);
    assert_eq!(data(item).human_id, "a\"\\/é😀");
}

#[test]
fn order_states_need_their_value() {
    missing(r#"{"topic":"order","property":"orderState"}"#, "value");
    wrong(
        r#"{"topic":"order","property":"orderState","value":5}"#,
        "value",
    );
    wrong(r#"{"topic":5,"property":"p","value":"v"}"#, "topic");
    wrong(r#"{"topic":"t","property":[],"value":"v"}"#, "property");
    let body = r#"[{"topic":"t","property":"p","value":"v","userId":12,"clientData":"text"}]"#;
    let Event::OrderStatus(order) = event(body) else {
        panic!("not an order status");
    };
    assert_eq!(order.user_id.as_deref(), Some("12"));
    assert_eq!(order.human_id, None);
    let client_data = order.client_data.expect("there");
    assert_eq!(client_data.get(), r#""text""#);
}

/// An order summary with a payload in the place of the usual one.
fn summary(payload: &str) -> String {
    format!(
        r#"{{"eventPayload":{payload},"eventId":"e-1","eventType":"orders.OrderSummaryUpdated"}}"#
    )
}

#[test]
fn event_types_decide_before_anything_else() {
    wrong(r#"{"eventType":5,"humanId":"h"}"#, "eventType");
    let item = unknown(
        r#"[{"eventType":"orders.New","eventId":7,"topic":"order","property":"p","humanId":"h"}]"#,
    );
    assert_eq!(item.event_type.as_deref(), Some("orders.New"));
    assert_eq!(item.event_id.as_deref(), Some("7"));
}

#[test]
fn payloads_need_their_members() {
    missing(
        r#"{"eventType":"orders.OrderSummaryUpdated"}"#,
        "eventPayload",
    );
    missing(&summary("null"), "eventPayload");
    for payload in ["5", "[]", r#""x""#, "1e999", r#"{"\ud800":1}"#] {
        wrong(&summary(payload), "eventPayload");
    }
    missing(&summary("{}"), "eventPayload.orderStatus");
    let status = r#""orderStatus":"completed""#;
    missing(&summary(&format!("{{{status}}}")), "eventPayload.timedOut");
    let timed = format!(r#"{status},"timedOut":false"#);
    missing(
        &summary(&format!("{{{timed}}}")),
        "eventPayload.reportsAvailable",
    );
    wrong(
        &summary(&format!(r#"{{{status},"timedOut":"false"}}"#)),
        "eventPayload.timedOut",
    );
    wrong(
        &summary(r#"{"orderStatus":true}"#),
        "eventPayload.orderStatus",
    );
    missing(
        r#"{"eventType":"integrations.VendorNoteCreated","eventPayload":{}}"#,
        "eventPayload.note",
    );
}

#[test]
fn invalid_payloads_tell_event_type_and_id() {
    let item = check_invalid(
        &summary("{}"),
        DecodeErrorKind::MissingField,
        "eventPayload.orderStatus",
    );
    let event_type = item.error.event_type().expect("known");
    assert_eq!(*event_type, "orders.OrderSummaryUpdated");
    assert_eq!(*item.error.id().expect("known"), "e-1");
}

#[test]
fn reports_are_right_or_the_item_is_invalid() {
    let with = |reports: &str| {
        summary(&format!(
            r#"{{"orderStatus":"completed","timedOut":false,"reportsAvailable":true,"reports":{reports}}}"#
        ))
    };
    let report = r#"{"id":"r","name":"n","fileExtension":"pdf","uri":"u"}"#;
    for reports in ["{}", "5", "[5]", &format!("[{report},null]")] {
        wrong(&with(reports), "eventPayload.reports");
    }
    for (member, field) in [
        (r#""id":"r","#, "eventPayload.reports.id"),
        (r#""name":"n","#, "eventPayload.reports.name"),
        (
            r#""fileExtension":"pdf","#,
            "eventPayload.reports.fileExtension",
        ),
        (r#","uri":"u""#, "eventPayload.reports.uri"),
    ] {
        let without = report.replace(member, "");
        missing(&with(&format!("[{report},{without}]")), field);
    }
    for (reports, count) in [
        ("null", None),
        ("[]", Some(0)),
        (&format!("[{report}]"), Some(1)),
    ] {
        let Event::OrderSummary(envelope) = event(with(reports)) else {
            panic!("not an order summary");
        };
        let reports = envelope.event_payload.reports;
        assert_eq!(reports.map(|reports| reports.len()), count);
    }
}

#[test]
fn optional_payload_members_of_another_kind_do_no_harm() {
    let Event::OrderSummary(envelope) = event(summary(
        r#"{"orderStatus":"paused","timedOut":false,"reportsAvailable":false,"dataAvailable":"yes","fcraSuppressed":1}"#,
    )) else {
        panic!("not an order summary");
    };
    assert_eq!(envelope.event_payload.order_status.as_str(), "paused");
    assert_eq!(envelope.event_payload.data_available, None);
    assert_eq!(envelope.event_payload.fcra_suppressed, None);

    let Event::VendorNote(envelope) = event(
        r#"[{"eventType":"integrations.VendorNoteCreated","eventPayload":{"note":"n","providerIds":"one","providerNames":[1,"two",null],"clientProviderId":3}}]"#,
    ) else {
        panic!("not a vendor note");
    };
    let payload = envelope.event_payload;
    assert_eq!(payload.provider_ids.expect("there"), ["one"]);
    assert_eq!(payload.provider_names.expect("there"), ["1", "two", "null"]);
    assert_eq!(payload.client_provider_id.as_deref(), Some("3"));
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let deep = |open: &str, close: &str| {
        let times = 200_000 / open.len();
        format!("{}1{}", open.repeat(times), close.repeat(times))
    };
    let arrays = deep("[", "]");
    let objects = deep(r#"{"a":"#, "}");
    assert_eq!(unknown(format!("[{arrays}]")).raw.get(), arrays);
    assert_eq!(unknown(format!("[{objects}]")).raw.get(), objects);
    for nested in [&arrays, &objects] {
        wrong(&DATA.replace(r#""h""#, nested), "humanId");
        let data = data(DATA.replacen('{', &format!(r#"{{"type":{nested},"x":{nested},"#), 1));
        assert_eq!(data.type_name.as_deref(), Some(nested.as_str()));
        wrong(&summary(&format!("[{nested}]")), "eventPayload");
        let again = serde_json::to_string(&event(format!("[[{nested}]]"))).expect("serialises");
        assert_eq!(again, format!("[{nested}]"));
    }
}

#[test]
fn errors_hold_nothing_of_the_payload() {
    const CANARY: &str = "canary7731";
    let item = format!(r#"{{"humanId":"{CANARY}","endpoint":["{CANARY}"],"objectId":"o"}}"#);
    let invalid = invalid(&item);
    for text in [
        format!("{:?}", invalid.error),
        invalid.error.to_string(),
        format!("{invalid:?}"),
    ] {
        assert!(!text.contains(CANARY), "{text}");
    }
    for body in [format!("[{item}"), format!("\"{CANARY}\"")] {
        let error = delivery(&body).expect_err("refused");
        for text in [format!("{error:?}"), error.to_string()] {
            assert!(!text.contains(CANARY), "{text}");
        }
    }
}
