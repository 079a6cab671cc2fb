//! Updates of orders, which are decoded only where they are asked for.

use pulsehook_core::withings::testing::order_update;
use pulsehook_core::withings::{Event, OrderStatus, OrderUpdate};
use pulsehook_core::{DecodeErrorKind, Reply};
use serde_json::json;

use super::{
    QUERY, Received, check_undecodable, delivery, post, receiver, send, with_order_updates,
};
use crate::support::fixture;

fn post_json(body: impl AsRef<[u8]>) -> Received {
    let request = order_update(body.as_ref().to_vec());
    let headers: Vec<(&str, &str)> = request
        .headers()
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let path = format!("/hook?{QUERY}");
    let receiver = with_order_updates();
    send(&receiver, request.method(), &path, &headers, request.body())
}

fn update_of(received: Received) -> OrderUpdate {
    let delivery = delivery(received);
    assert_eq!(delivery.ack(), &Reply::ok());
    match delivery.events() {
        [event @ Event::OrderUpdate(update)] => {
            assert_eq!((event.category(), event.user_id()), (None, None));
            assert_eq!(event.name(), "order-update");
            assert!(event.notification().is_none());
            OrderUpdate::clone(update)
        }
        other => panic!("{other:?}"),
    }
}

fn from_json(body: impl AsRef<[u8]>) -> OrderUpdate {
    update_of(post_json(body))
}

#[test]
fn updates_are_refused_where_nobody_asked_for_them() {
    let body = fixture("withings/order-updates/shipped.json");
    let path = format!("/hook?{QUERY}");
    let headers = [("content-type", "application/json")];
    let refused = send(&receiver(), "POST", &path, &headers, &body);
    let refused = refused.expect_err("a type that is not sent");
    assert_eq!(refused.reply().status(), 415);
    let body = fixture("withings/order-updates/address-verification.form");
    let field = Some("appli");
    check_undecodable(
        post(&receiver(), &body),
        &body,
        DecodeErrorKind::MissingField,
        field,
    );
}

#[test]
fn an_update_before_shipping_is_decoded() {
    let update = from_json(fixture("withings/order-updates/address-error.json"));
    assert_eq!(update.customer_id.as_deref(), Some("c-0001"));
    assert_eq!(update.customer_ref.as_deref(), Some("order-0001"));
    assert_eq!(update.status, Some(OrderStatus::AddressError));
    assert_eq!(update.is_replacement, Some(false));
    assert_eq!(update.parcel_status, None);
    assert!(update.other.is_empty());
}

#[test]
fn an_update_after_shipping_is_decoded_and_serialised() {
    let body = fixture("withings/order-updates/shipped.json");
    let update = from_json(&body);
    assert_eq!(update.customer_id.as_deref(), Some("4711"));
    assert_eq!(update.is_replacement, Some(true));
    assert_eq!(
        update.other["warehouse"].get(),
        r#"{"name": "north", "shelf": 7.50}"#
    );
    let events = delivery(post_json(&body)).into_events();
    let shown = serde_json::to_value(&events[0]).expect("serialises");
    let expect = json!({
        "name": "order-update",
        "customer_id": "4711",
        "customer_ref": "order-0001",
        "parcel_status": "shipped",
        "carrier": "Example Carrier",
        "carrier_service": "Express",
        "tracking_number": "EX0000000001",
        "is_replacement": true,
        "original_customer_ref": "order-0000",
        "original_serial_number": "00-24-e4-0a-0b-0c",
        "other": {"warehouse": {"name": "north", "shelf": 7.5}},
    });
    assert_eq!(shown, expect);
}

#[test]
fn the_older_form_is_decoded_too() {
    let body = fixture("withings/order-updates/address-verification.form");
    let update = update_of(post(&with_order_updates(), &body));
    assert_eq!(update.customer_id.as_deref(), Some("c-0001"));
    assert_eq!(update.status, Some(OrderStatus::AddressVerification));
    assert_eq!(update.is_replacement, Some(false));

    let update = update_of(post(
        &with_order_updates(),
        "carrier=c&is_replacement=1&x=%22y%22",
    ));
    assert_eq!(update.carrier.as_deref(), Some("c"));
    assert_eq!(update.is_replacement, None);
    assert_eq!(update.other["is_replacement"].get(), r#""1""#);
    assert_eq!(update.other["x"].get(), r#""\"y\"""#);
}

#[test]
fn each_field_alone_makes_a_form_an_update() {
    for field in [
        "customer_id",
        "customer_ref",
        "status",
        "parcel_status",
        "carrier",
        "carrier_service",
        "tracking_number",
        "is_replacement",
        "original_customer_ref",
        "original_serial_number",
    ] {
        let body = format!("{field}=true");
        let update = update_of(post(&with_order_updates(), &body));
        let shown = serde_json::to_value(&update).expect("serialises");
        assert_eq!(shown.as_object().expect("an object").len(), 1, "{shown}");
        assert!(!shown[field].is_null(), "{shown}");
        assert!(update.other.is_empty());

        let update = from_json(format!(r#"{{"{field}": true}}"#));
        let found = serde_json::to_value(&update).expect("serialises");
        assert_eq!(found, shown);

        // Several values leave it open which one is meant.
        let body = format!("{field}=1&{field}=2");
        let received = post(&with_order_updates(), &body);
        check_undecodable(
            received,
            &body,
            DecodeErrorKind::AmbiguousField,
            Some(field),
        );
    }
}

#[test]
fn a_notification_stays_one_beside_fields_of_updates() {
    let body = "userid=1&appli=4&status=x&carrier=y";
    let events = delivery(post(&with_order_updates(), body)).into_events();
    let Event::BloodPressure(it) = &events[0] else {
        panic!("{events:?}");
    };
    assert_eq!(it.other.get("status"), Some("x"));
    assert_eq!(it.other.get("carrier"), Some("y"));
    // Without its category, it is not guessed to be something else.
    for body in ["userid=1&status=x", "userid=1", "x=y", "mac=m"] {
        let received = post(&with_order_updates(), body);
        check_undecodable(received, body, DecodeErrorKind::MissingField, Some("appli"));
    }
}

#[test]
fn all_members_are_optional_and_of_any_kind() {
    let nothing = r#" {"status": null, "carrier": null, "is_replacement": null} "#;
    assert_eq!(from_json(nothing), OrderUpdate::default());
    let update = from_json(r#"{"status":7,"carrier":{"a":[1]},"is_replacement":"maybe","n":null}"#);
    assert_eq!(update.status, Some(OrderStatus::Other("7".into())));
    assert_eq!(update.carrier.as_deref(), Some(r#"{"a":[1]}"#));
    assert_eq!(update.is_replacement, None);
    assert_eq!(update.other["is_replacement"].get(), r#""maybe""#);
    assert_eq!(update.other["n"].get(), "null");
    let escaped = from_json(r#"{"st\u0061tus":"\u0041 \"b\"","tracking_number":"\ud83d"}"#);
    assert_eq!(escaped.status.expect("given").as_str(), r#"A "b""#);
    assert_eq!(escaped.tracking_number.as_deref(), Some(r#""\ud83d""#));
}

#[test]
fn json_is_never_a_notification() {
    for body in [
        r#"{"userid":1,"appli":4}"#,
        r#"{"appli":4,"status":"x"}"#,
        r#"{"userid":null}"#,
    ] {
        check_undecodable(post_json(body), body, DecodeErrorKind::Shape, None);
    }
}

#[test]
fn other_json_is_refused() {
    let check = |body: &str, kind, field| check_undecodable(post_json(body), body, kind, field);
    check("", DecodeErrorKind::Empty, None);
    for body in [
        " ",
        "{",
        "{}{}",
        "{} x",
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        "status=x",
        "\u{feff}{}",
    ] {
        check(body, DecodeErrorKind::Syntax, None);
    }
    for body in ["[]", "1", "null", r#""x""#, r#"[{"status":"x"}]"#] {
        check(body, DecodeErrorKind::Shape, None);
    }
    let repeated = r#"{"status":"x","status":"y"}"#;
    check(repeated, DecodeErrorKind::AmbiguousField, Some("status"));
    check(r#"{"x":1,"x":2}"#, DecodeErrorKind::AmbiguousField, None);
    let equal = from_json(r#"{"status":"x","status":"x"}"#);
    assert_eq!(equal.status.expect("given").as_str(), "x");
    let body = b"{\"a\":\"\xff\"}";
    check_undecodable(post_json(body), body, DecodeErrorKind::NotUtf8, None);
    let deep = format!("{{\"a\":{}", "[".repeat(60_000));
    check(&deep, DecodeErrorKind::Syntax, None);
}
