//! `devices.*`: users, lists, members that are not documented.

use pulsehook_core::metriport::devices::{DeviceItem, ItemKind};
use pulsehook_core::metriport::{Event, HealthDataUser};
use serde_json::Value;

use super::{event, message, undecodable, with_meta};

const USER: &str = "6e000000-0000-4000-8000-0000000000b1";

#[test]
fn provider_connected() {
    let Event::ProviderConnected(event) = event(message("devices.provider-connected")) else {
        panic!("another event");
    };
    assert_eq!(event.meta.request_id, None);
    let [first, second] = event.users.as_slice() else {
        panic!("two users");
    };
    assert_eq!(first.user_id, USER);
    assert_eq!(first.providers, ["tenovi"]);
    assert_eq!(first.connected_providers, ["fitbit", "tenovi"]);
    let devices = first.devices.as_ref().expect("devices");
    assert_eq!(*devices, ["dev-02"]);
    let connected = first.connected_devices.as_ref().expect("connected devices");
    assert_eq!(connected[0]["tenovi"], ["dev-01", "dev-02"]);
    assert_eq!(second.devices, None);
    assert_eq!(second.connected_devices.as_deref(), Some([].as_slice()));
}

#[test]
fn provider_disconnected() {
    let Event::ProviderDisconnected(event) = event(message("devices.provider-disconnected")) else {
        panic!("another event");
    };
    let user = &event.users[0];
    assert_eq!(user.user_id, USER);
    assert_eq!(user.providers, ["fitbit"]);
    assert!(user.connected_providers.is_empty());
    assert_eq!((&user.devices, &user.connected_devices), (&None, &None));
}

#[test]
fn health_data() {
    let Event::HealthData(event) = event(message("devices.health-data")) else {
        panic!("another event");
    };
    let [user, without_items] = event.users.as_slice() else {
        panic!("two entries");
    };
    assert_eq!(
        (&user.user_id, &without_items.user_id),
        (&user.user_id, &user.user_id)
    );
    let items = user.items().map(|(list, item)| {
        let source = item.metadata().expect("metadata").source.as_str();
        (list.as_str(), item.kind().expect("a kind"), source)
    });
    let expected = [
        ("activity", ItemKind::Activity, "fitbit"),
        ("activity", ItemKind::ActivityLog, "garmin"),
        ("biometrics", ItemKind::Biometrics, "dexcom"),
        ("biometrics", ItemKind::Biometrics, "tenovi"),
        ("body", ItemKind::Body, "withings"),
        ("nutrition", ItemKind::Nutrition, "cronometer"),
        ("nutrition", ItemKind::Nutrition, "apple"),
        ("sleep", ItemKind::ActivityLog, "garmin"),
        ("sleep", ItemKind::Sleep, "oura"),
    ];
    assert_eq!(items.collect::<Vec<_>>(), expected);
    assert_eq!(without_items.items().count(), 0);
    let all = [
        &without_items.activity,
        &without_items.biometrics,
        &without_items.body,
        &without_items.nutrition,
        &without_items.sleep,
    ];
    assert!(all.iter().all(|items| items.is_none()));
}

#[test]
fn items_that_cannot_be_told_keep_their_spelling() {
    let item = r#"{ "weight_kg": 70.0, "height_cm": 1.8e2, "x": 12345678901234567890123 }"#;
    let users = format!(r#""users":[{{"userId":"u","body":[{item},null,[],3]}}]"#);
    let Event::HealthData(event) = event(with_meta("devices.health-data", &users)) else {
        panic!("another event");
    };
    let body = event.users[0].body.as_ref().expect("body");
    let kept: Vec<_> = body
        .iter()
        .map(|item| match item {
            DeviceItem::Unknown(raw) => raw.get(),
            known => panic!("{:?}", known.kind()),
        })
        .collect();
    assert_eq!(kept, [item, "null", "[]", "3"]);
}

#[test]
fn extra_members_of_users_are_kept() {
    let check = |message_type: &str| {
        let users =
            r#""users":[{"userId":"u","providers":[],"connectedProviders":[],"extra":{"a":1.50}}]"#;
        let body = with_meta(message_type, users);
        let event = event(body.clone());
        let other = match &event {
            Event::ProviderConnected(event) => &event.users[0].other,
            Event::ProviderDisconnected(event) => &event.users[0].other,
            Event::HealthData(event) => &event.users[0].other,
            other => panic!("{:?}", other.event_type()),
        };
        assert_eq!(other["extra"].get(), r#"{"a":1.50}"#);
        assert_eq!(
            serde_json::to_value(&event).expect("JSON"),
            serde_json::from_str::<Value>(&body).expect("JSON")
        );
    };
    check("devices.provider-connected");
    check("devices.provider-disconnected");
    check("devices.health-data");
}

#[test]
fn null_lists_are_absent() {
    let users = r#""users":[{"userId":"u","activity":null,"sleep":[]}]"#;
    let Event::HealthData(event) = event(with_meta("devices.health-data", users)) else {
        panic!("another event");
    };
    assert_eq!(event.users[0].activity, None);
    assert_eq!(event.users[0].sleep.as_deref(), Some([].as_slice()));
}

#[test]
fn lists_that_are_no_arrays_are_kept_and_cost_no_other_user() {
    for name in ["activity", "biometrics", "body", "nutrition", "sleep"] {
        for odd in [
            r#"{"a":1.50}"#,
            "5",
            "1e999",
            r#""x""#,
            "false",
            r#""\ud83d""#,
        ] {
            let users = format!(
                r#""users":[{{"userId":"u","{name}":{odd}}},{{"userId":"v","{name}":[7]}}]"#
            );
            let body = with_meta("devices.health-data", &users);
            let Event::HealthData(event) = event(body.clone()) else {
                panic!("another event");
            };
            assert_eq!(event.users[0].other[name].get(), odd);
            let count = |user: &HealthDataUser| {
                [
                    &user.activity,
                    &user.biometrics,
                    &user.body,
                    &user.nutrition,
                    &user.sleep,
                ]
                .map(|items| items.as_ref().map_or(0, Vec::len))
                .iter()
                .sum::<usize>()
            };
            assert_eq!((count(&event.users[0]), count(&event.users[1])), (0, 1));
            assert_eq!(serde_json::to_string(&event).expect("JSON"), body);
        }
    }
}

#[test]
fn device_lists_of_another_shape_are_kept_and_cost_no_other_user() {
    let required = r#""userId":"u","providers":["p"],"connectedProviders":[]"#;
    let check = |name: &str, odd: &str| {
        let users = format!(r#""users":[{{{required},"{name}":{odd}}},{{{required}}}]"#);
        let body = with_meta("devices.provider-connected", &users);
        let Event::ProviderConnected(event) = event(body.clone()) else {
            panic!("another event");
        };
        let user = &event.users[0];
        assert_eq!(user.other[name].get(), odd);
        assert_eq!((&user.devices, &user.connected_devices), (&None, &None));
        assert!(event.users[1].other.is_empty());
        assert_eq!(serde_json::to_string(&event).expect("JSON"), body);
    };
    check("connectedDevices", r#"{"tenovi":["d"]}"#);
    check("connectedDevices", r#"[{"tenovi":"d"}]"#);
    check("connectedDevices", r#"[{"tenovi":null}]"#);
    check("connectedDevices", r#"["d"]"#);
    check("connectedDevices", "5");
    check("devices", r#"["d",null]"#);
    check("devices", r#"{"d":1}"#);
    check("devices", r#"["\ud83d"]"#);
}

#[test]
fn more_devices_than_there_is_room_for_are_kept_raw() {
    let read = |list: &str| {
        let users = format!(
            r#""users":[{{"userId":"u","providers":[],"connectedProviders":[],"connectedDevices":{list}}}]"#
        );
        let body = with_meta("devices.provider-connected", &users);
        let Event::ProviderConnected(event) = event(body.clone()) else {
            panic!("another event");
        };
        // Either way it is written as it came.
        assert_eq!(serde_json::to_string(&event).expect("JSON"), body);
        let user = &event.users[0];
        let kept = user.other.get("connectedDevices").map(|raw| raw.get());
        let read = user.connected_devices.as_ref().map(Vec::len);
        assert_eq!(kept.is_none(), read.is_some());
        assert!(kept.is_none_or(|kept| kept == list));
        read
    };
    for item in ["{}", r#"{"":[]}"#, r#"{"tenovi":["dev-01"]}"#] {
        let list = |count: usize| format!("[{}]", vec![item; count].join(","));
        let has_room = |count: usize| count <= 64 + list(count).len() / 64;
        let most = (1..1000).take_while(|count| has_room(*count)).count();
        assert!((64..999).contains(&most), "{item}: {most}");
        assert_eq!(read(&list(most)), Some(most), "{item}");
        assert_eq!(read(&list(most + 1)), None, "{item}");
    }
    // Long ones always have room.
    let long = format!(r#"{{"{}":["{}"]}}"#, "p".repeat(30), "d".repeat(30));
    let list = format!("[{}]", vec![&*long; 5000].join(","));
    assert_eq!(read(&list), Some(5000));
}

#[test]
fn the_last_of_repeated_lists_counts() {
    let check = |members: &str, expected: &str| {
        let users = |members: &str| format!(r#""users":[{{"userId":"u",{members}}}]"#);
        let event = event(with_meta("devices.health-data", &users(members)));
        let kept = serde_json::to_string(&event).expect("JSON");
        assert_eq!(kept, with_meta("devices.health-data", &users(expected)));
    };
    check(r#""sleep":5,"sleep":[1]"#, r#""sleep":[1]"#);
    check(r#""sleep":[1],"sleep":5"#, r#""sleep":5"#);
    check(r#""sleep":{},"body":[],"sleep":null"#, r#""body":[]"#);
}

#[test]
fn null_device_lists_are_absent() {
    let users = r#""users":[{"userId":"u","providers":[],"connectedProviders":[],"devices":null,"connectedDevices":null}]"#;
    let Event::ProviderConnected(event) = event(with_meta("devices.provider-connected", users))
    else {
        panic!("another event");
    };
    let user = &event.users[0];
    assert_eq!((&user.devices, &user.connected_devices), (&None, &None));
    assert!(user.other.is_empty());
}

#[test]
fn users_without_required_members_do_not_decode() {
    let check = |message_type: &str, user: &str, field: &str| {
        let body = with_meta(message_type, &format!(r#""users":[{user}]"#));
        undecodable(body, |undecodable| {
            assert_eq!(undecodable.error().field(), Some(field));
        });
    };
    check("devices.health-data", "{}", "userId");
    check(
        "devices.provider-connected",
        r#"{"providers":[],"connectedProviders":[]}"#,
        "userId",
    );
    check(
        "devices.provider-connected",
        r#"{"userId":"u","connectedProviders":[]}"#,
        "providers",
    );
    check(
        "devices.provider-disconnected",
        r#"{"userId":"u","providers":[]}"#,
        "connectedProviders",
    );
}
