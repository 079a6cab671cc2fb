//! The neutral view of every category.

use pulsehook_core::view::{NeutralView as _, What};
use pulsehook_core::withings::Category;
use serde_json::{Value, json};

use super::{delivery, event, post, receiver, send, with_order_updates};

/// Number, what happened, kinds, status.
const TABLE: &[(i64, &str, &[&str], Option<&str>)] = &[
    (1, "data-available", &["body"], None),
    (2, "data-available", &["temperature"], None),
    (
        4,
        "data-available",
        &["blood-pressure", "heart-rate", "blood-oxygen"],
        None,
    ),
    (16, "data-available", &["activity", "workout"], None),
    (44, "data-available", &["sleep"], None),
    (46, "notice", &["profile"], None),
    (50, "notice", &["bed-presence"], None),
    (51, "notice", &["bed-presence"], None),
    (52, "notice", &["device"], None),
    (53, "notice", &["device"], None),
    (54, "data-available", &["ecg"], None),
    (55, "job-status", &["ecg"], Some("failed")),
    (58, "data-available", &["blood-glucose"], None),
    (60, "data-available", &["survey"], None),
    (61, "data-available", &["heart-sounds"], None),
    (62, "data-available", &["heart-rate-variability"], None),
    (63, "data-available", &["urine"], None),
    (98, "notice", &["bed-presence"], None),
    (99, "notice", &["bed-presence"], None),
    (100, "notice", &["bed-presence"], None),
];

/// The only view of a form's event, as JSON.
fn view(body: &str) -> Value {
    let event = event(body);
    let views = event.views();
    assert_eq!(views.len(), 1);
    serde_json::to_value(&views[0]).expect("serialises")
}

#[test]
fn every_category_shows_as_documented() {
    let known: Vec<_> = Category::KNOWN.iter().map(Category::number).collect();
    let rows: Vec<_> = TABLE.iter().map(|(number, ..)| *number).collect();
    assert_eq!(rows, known);
    for (number, what, kinds, status) in TABLE {
        let mut expect = json!({
            "what": what,
            "event_type": Category::from(*number).name(),
            "user": {"id": "7"},
            "kinds": kinds,
        });
        if let Some(status) = status {
            expect["status"] = json!(status);
        }
        let bare = format!("userid=7&appli={number}&mac=m");
        assert_eq!(view(&bare), expect);
        if matches!(number, 46 | 53) {
            continue;
        }
        // Window, day and instant are the same in every category.
        let window = view(&format!("{bare}&startdate=60&enddate=120&deviceid=d"));
        let instants = json!({"start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:02:00Z"});
        let mut with_window = expect.clone();
        with_window["period"] = instants.clone();
        assert_eq!(window, with_window);
        let instant = view(&format!("{bare}&startdate=60&enddate=120&date=1706392815"));
        with_window["at"] = json!("2024-01-27T22:00:15Z");
        assert_eq!(instant, with_window);
        let day = view(&format!("{bare}&startdate=60&enddate=120&date=2024-01-28"));
        let mut with_day = expect.clone();
        with_day["period"] = json!({"first_day": "2024-01-28", "last_day": "2024-01-28"});
        assert_eq!(day, with_day);
    }
}

#[test]
fn half_a_window_is_half_a_period_and_a_reversed_one_is_none() {
    let period = |rest: &str| view(&format!("userid=1&appli=1&{rest}"))["period"].clone();
    assert_eq!(
        period("startdate=60"),
        json!({"start": "1970-01-01T00:01:00Z"})
    );
    assert_eq!(period("enddate=60"), json!({"end": "1970-01-01T00:01:00Z"}));
    assert_eq!(period("startdate=60&enddate=59"), Value::Null);
    assert_eq!(
        period("startdate=60&enddate=60"),
        json!({"start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:01:00Z"})
    );
}

#[test]
fn a_user_that_is_gone_shows_as_such() {
    for (action, what, kinds) in [
        ("&action=delete", "user-removed", Value::Null),
        ("&action=unlink", "disconnected", Value::Null),
        ("&action=update", "notice", json!(["profile"])),
        ("&action=other", "notice", json!(["profile"])),
        ("", "notice", json!(["profile"])),
    ] {
        let view = view(&format!("userid=7&appli=46{action}"));
        assert_eq!(view["what"], what);
        assert_eq!(view["kinds"], kinds);
        assert_eq!(view["user"], json!({"id": "7"}));
        assert_eq!(view["event_type"], "user-profile");
    }
}

#[test]
fn a_device_without_a_user_has_none() {
    let expect = json!({"what": "notice", "event_type": "device-set-up", "kinds": ["device"]});
    assert_eq!(view("appli=53&mac=00:24:e4:0a:0b:0c"), expect);
}

#[test]
fn an_unknown_category_is_unknown() {
    assert_eq!(
        view("userid=7&appli=1000&startdate=60&enddate=120"),
        json!({
            "what": "unknown",
            "event_type": "appli-1000",
            "user": {"id": "7"},
            "period": {"start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:02:00Z"},
        })
    );
}

#[test]
fn an_order_shows_how_it_stands() {
    let view = |body: &str| {
        let path = "/hook?token=5e1b9f";
        let headers = [("content-type", "application/json")];
        let received = send(
            &with_order_updates(),
            "POST",
            path,
            &headers,
            body.as_bytes(),
        );
        let delivery = delivery(received);
        let views: Vec<_> = delivery.views().collect();
        serde_json::to_value(&views).expect("serialises")
    };
    assert_eq!(
        view(r#"{"customer_id":"c","customer_ref":"r-1","status":"ADDRESS ERROR"}"#),
        json!([{
            "what": "job-status",
            "event_type": "order-update",
            "user": {"own_id": "r-1"},
            "kinds": ["order"],
            "status": "ADDRESS ERROR",
        }])
    );
    let shipped = view(r#"{"status":"ADDRESS VERIFICATION","parcel_status":"IN TRANSIT"}"#);
    assert_eq!(shipped[0]["status"], "IN TRANSIT");
    assert_eq!(
        view(r#"{"carrier":"c"}"#),
        json!([{"what": "job-status", "event_type": "order-update", "kinds": ["order"]}])
    );
}

#[test]
fn a_delivery_walks_the_views_of_its_events() {
    let delivery = delivery(post(&receiver(), "userid=7&appli=44"));
    let what: Vec<_> = delivery.views().map(|view| view.what).collect();
    assert_eq!(what, [What::DataAvailable]);
}
