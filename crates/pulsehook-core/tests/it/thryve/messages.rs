//! Each example of the notes and each type, from the fixtures, member by member.

use pulsehook_core::thryve::{
    ConnectionStatus, Day, Event, EventType, SampleValue, Time, UpdateType,
};
use pulsehook_core::{Text, TimeText};
use serde_json::{Value, json};

use super::{event, events, message};

fn iso(text: &str) -> Time {
    Time::Iso(TimeText::from(text))
}

fn day(text: &str) -> Day {
    Day::Iso(TimeText::from(text))
}

fn alias(event: &Event) -> Option<&str> {
    event.end_user_alias().map(Text::as_str)
}

#[test]
fn source_connected() {
    for (name, time, hint) in [
        ("source-connect-iso", iso("2022-09-07T17:40:00Z"), "iso"),
        (
            "source-connect-unix",
            Time::UnixMillis(1_662_572_400_000),
            "unix",
        ),
    ] {
        let event = event(message(name));
        assert_eq!(event.event_type(), "notification.source.connect");
        assert_eq!(
            event.end_user_id().map(Text::as_str),
            Some("123accessToken")
        );
        assert_eq!(alias(&event), Some("YourEndUserAlias"));
        let Event::SourceConnect(it) = event else {
            panic!("{event:?}");
        };
        assert_eq!(it.timestamp_type.as_deref(), Some(hint));
        assert_eq!(it.event_type, EventType::SourceConnect);
        assert_eq!(it.data.timestamp, time);
        let instant = it.data.timestamp.instant().expect("a time");
        assert_eq!(instant.as_second(), 1_662_572_400);
        assert_eq!(it.data.data_source_id, 1);
        assert_eq!((it.data.other, it.other), (None, None));
    }
}

#[test]
fn source_connected_and_disconnected_in_both_spellings() {
    for (name, connected) in [
        ("source-disconnect", false),
        ("webhook-source-connect", true),
        ("webhook-source-disconnect", false),
    ] {
        let json = message(name);
        let event = event(&json);
        assert!(
            json.contains(&format!("{:?}", event.event_type())),
            "as on the wire"
        );
        let (it, is_connected) = match event {
            Event::SourceConnect(it) => (it, true),
            Event::SourceDisconnect(it) => (it, false),
            other => panic!("{other:?}"),
        };
        assert_eq!(is_connected, connected);
        assert_eq!(it.end_user_id, "u-5512");
        assert_eq!(it.end_user_alias, None);
        assert_eq!(it.data.timestamp, iso("2024-01-28T09:15:00Z"));
        assert_eq!(it.data.data_source_id, 42);
    }
}

#[test]
fn epoch_data_changed() {
    let event = event(message("epoch-change"));
    assert_eq!(event.event_type(), "notification.data.epoch.createupdate");
    let Event::EpochChange(it) = event else {
        panic!("{event:?}");
    };
    assert_eq!(it.end_user_id, "u-5512");
    assert_eq!(it.data.start_timestamp, Time::UnixMillis(1_706_400_000_000));
    assert_eq!(it.data.end_timestamp, Time::UnixMillis(1_706_403_600_000));
    assert_eq!(it.data.data_source_id, 2);
    assert_eq!(it.data.data_type_ids, [1000, 3000]);
    assert!(!it.data.is_reversed());
}

#[test]
fn daily_data_changed() {
    let event = event(message("daily-change"));
    assert_eq!(event.event_type(), "notification.data.daily.createupdate");
    assert_eq!(alias(&event), Some("patient-9"));
    let Event::DailyChange(it) = event else {
        panic!("{event:?}");
    };
    assert_eq!(it.data.start_day, day("2024-01-27"));
    assert_eq!(it.data.end_day, day("2024-01-28"));
    assert_eq!(it.data.data_source_id, 8);
    assert_eq!(it.data.data_type_ids, [1000, 2000]);
    assert!(!it.data.is_reversed());
}

#[test]
fn days_as_unix_time_need_not_be_midnights() {
    let Event::DailyChange(it) = event(message("daily-change-unix")) else {
        panic!("not daily");
    };
    assert_eq!(it.data.start_day, Day::UnixMillis(1_662_572_400_000));
    assert_eq!(it.data.end_day, Day::UnixMillis(1_662_581_100_000));
    let date = it.data.start_day.date().expect("a day");
    assert_eq!(date.to_string(), "2022-09-07");
    assert_eq!(it.data.end_day.date(), Some(date));
}

#[test]
fn epoch_data_pushed() {
    let event = event(message("epoch-create"));
    assert_eq!(event.event_type(), "event.data.epoch.create");
    assert_eq!(alias(&event), Some("patient-9"));
    let Event::EpochCreate(it) = event else {
        panic!("{event:?}");
    };
    assert_eq!(it.timestamp_type.as_deref(), Some("ISO"));
    let [block] = it.data.as_slice() else {
        panic!("one block");
    };
    assert_eq!(block.data_source_id, 5);
    assert_eq!(block.data_source_name.as_deref(), Some("Apple"));
    assert_eq!(block.daily_data, None);
    assert!(block.invalid_samples.is_empty());
    let [first, second] = block.epoch_data.as_deref().expect("samples") else {
        panic!("two samples");
    };
    assert_eq!(first.start_timestamp, iso("2024-01-28T07:00:00Z"));
    assert_eq!(first.end_timestamp, Some(iso("2024-01-28T07:01:00Z")));
    assert_eq!(first.timezone_offset, Some(60));
    assert_eq!(first.data_type_id, 3000);
    let Some(SampleValue::Number(value)) = &first.value else {
        panic!("a number");
    };
    assert_eq!(value.as_i64(), Some(61));
    assert_eq!(second.data_type_id, 1000);
    assert!(!second.is_reversed());
}

#[test]
fn epoch_data_pushed_in_several_blocks_with_all_there_is() {
    let Event::EpochUpdate(it) = event(message("epoch-update")) else {
        panic!("not an update");
    };
    let [block, empty] = it.data.as_slice() else {
        panic!("two blocks");
    };
    assert_eq!(empty.data_source_id, 18);
    assert_eq!(empty.epoch_data.as_deref(), Some(&[][..]));
    let [rmssd, intervals, flag] = block.epoch_data.as_deref().expect("samples") else {
        panic!("three samples");
    };
    assert_eq!(rmssd.end_timestamp, None);
    let Some(SampleValue::Number(value)) = &rmssd.value else {
        panic!("a number");
    };
    assert_eq!(value.as_str(), "48.20");
    assert_eq!(value.as_f64(), Some(48.2));
    assert_eq!(value.as_i64(), None);
    let details = rmssd.details.as_ref().expect("details");
    assert_eq!(
        details.get(),
        r#"{"generation":"measured", "medicalGrade":true}"#
    );
    assert_eq!(
        rmssd.other.as_ref().expect("more").get(),
        r#"{"createdAt":"2024-01-28T09:00:00Z","dataTypeName":"Rmssd","valueType":"DOUBLE"}"#
    );
    assert_eq!(intervals.start_timestamp, Time::UnixSeconds(1_706_425_260));
    assert_eq!(
        intervals.value,
        Some(SampleValue::Text("812,799,805".into()))
    );
    assert_eq!(flag.value, Some(SampleValue::Flag(false)));
}

#[test]
fn daily_data_pushed() {
    let Event::DailyCreate(it) = event(message("daily-create")) else {
        panic!("not new");
    };
    let [steps, bedtime] = it.data[0].daily_data.as_deref().expect("samples") else {
        panic!("two samples");
    };
    assert_eq!(steps.day, day("2024-01-28"));
    assert_eq!(steps.timezone_offset, Some(60));
    assert_eq!(bedtime.day, day("2024-01-28T00:00:00Z"));
    assert_eq!(bedtime.day.date(), steps.day.date());
    assert_eq!(
        bedtime.value,
        Some(SampleValue::Text("2024-01-27T22:51:00Z".into()))
    );

    let Event::DailyUpdate(it) = event(message("daily-update")) else {
        panic!("not an update");
    };
    let [sleep] = it.data[0].daily_data.as_deref().expect("samples") else {
        panic!("one sample");
    };
    assert_eq!(sleep.day, Day::UnixMillis(1_706_400_000_000));
    assert_eq!(sleep.day.date().expect("a day").to_string(), "2024-01-28");
    assert_eq!(sleep.data_type_id, 2000);
}

#[test]
fn a_type_that_is_not_known() {
    let event = event(message("measurement"));
    assert_eq!(
        event.event_type(),
        "notification.data.measurement.createupdate"
    );
    let Event::Unknown(it) = event else {
        panic!("{event:?}");
    };
    assert_eq!(it.end_user_id.as_deref(), Some("u-5512"));
    assert_eq!(it.end_user_alias.as_deref(), Some("patient-9"));
    assert_eq!(
        it.data.expect("data").get(),
        r#"{"measurementIds":[7, 8.50]}"#
    );
    assert_eq!(
        it.other.expect("more").get(),
        r#"{"batch":3,"timestampType":"iso"}"#
    );
}

#[test]
fn v5_connections() {
    for (name, status, partner) in [
        ("v5-connected", ConnectionStatus::New, Some("patient-9")),
        ("v5-disconnected", ConnectionStatus::Deleted, None),
    ] {
        let event = event(message(name));
        assert_eq!(event.event_type(), "sourceUpdate.connectionStatus");
        assert_eq!(event.end_user_id().map(Text::as_str), Some("u-5512"));
        assert_eq!(alias(&event), partner);
        let Event::V5Connection(it) = event else {
            panic!("{event:?}");
        };
        assert_eq!((it.part, it.data_source), (status, 2));
        assert_eq!((it.created_at, it.other), (None, None));
    }
}

#[test]
fn v5_daily_data() {
    let event = event(message("v5-daily"));
    assert_eq!(event.event_type(), "sourceUpdate.dailyDynamicValues");
    let Event::V5Daily(it) = event else {
        panic!("{event:?}");
    };
    assert_eq!(it.authentication_token, "u-5512");
    assert_eq!(it.partner_user_id.as_deref(), Some("patient-9"));
    assert_eq!(it.created_at, Some(iso("2021-06-01T06:30:00Z")));
    assert_eq!(it.part.start_day, Some(day("2021-05-31")));
    assert_eq!(it.part.end_day, Some(day("2021-06-01")));
    assert_eq!(
        it.part.daily_dynamic_value_types.as_deref(),
        Some(&[1000, 1010][..])
    );
    assert_eq!(
        it.part.start_timestamp_unix,
        Some(Day::UnixMillis(1_622_419_200_000))
    );
    assert_eq!(
        it.part.end_timestamp_unix,
        Some(Day::UnixMillis(1_622_505_600_000))
    );
    assert_eq!(it.part.start(), it.part.start_day.as_ref());
    assert!(!it.part.is_reversed());
}

#[test]
fn v5_can_bring_both_and_the_text_counts() {
    let events = events(message("v5-both"));
    let [Event::V5Daily(daily), Event::V5Epoch(epoch)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(events[1].event_type(), "sourceUpdate.dynamicEpochValues");
    assert_eq!(daily.authentication_token, epoch.authentication_token);
    assert_eq!(daily.created_at, epoch.created_at);
    assert_eq!(epoch.part.dynamic_value_types.as_deref(), Some(&[3000][..]));
    // Text and number disagree by an hour, as in the documentation.
    let start = epoch.part.start().expect("a start");
    assert_eq!(start, &iso("2021-06-01T05:00:00Z"));
    let unix = epoch.part.start_timestamp_unix.as_ref().expect("as number");
    assert_eq!(unix, &Time::UnixMillis(1_622_520_000_000));
    assert_ne!(start.instant(), unix.instant());
    assert_eq!(epoch.part.end(), Some(&iso("2021-06-01T06:00:00Z")));
}

#[test]
fn the_oldest_format() {
    let event = event(message("oldest"));
    assert_eq!(event.event_type(), "sourceUpdate.updateType");
    let Event::OldestUpdate(it) = event else {
        panic!("{event:?}");
    };
    assert_eq!(it.authentication_token, "u-5512");
    assert_eq!(it.data_source, 8);
    assert_eq!(it.part.start_timestamp, iso("2019-03-01T00:00:00Z"));
    assert_eq!(it.part.end_timestamp, iso("2019-03-02T00:00:00Z"));
    assert_eq!(it.part.update_type, UpdateType::Both);
    assert!(!it.part.is_reversed());
}

/// Every message, as JSON again: the members of the wire, by their names.
#[test]
fn serialised_events_are_the_messages() {
    for name in [
        "source-connect-iso",
        "source-connect-unix",
        "source-disconnect",
        "webhook-source-connect",
        "webhook-source-disconnect",
        "epoch-change",
        "daily-change",
        "daily-change-unix",
        "daily-update",
        "v5-connected",
        "v5-disconnected",
        "v5-daily",
    ] {
        let mut wire: Value = serde_json::from_str(&message(name)).expect("JSON");
        if let Some(update) = wire.get_mut("sourceUpdate") {
            wire = update.take();
        }
        assert_eq!(
            serde_json::to_value(event(message(name))).expect("JSON"),
            wire,
            "{name}"
        );
    }
    let push = serde_json::to_string(&event(message("epoch-update"))).expect("JSON");
    assert!(push.contains(r#""value":48.20,"details":{"generation":"measured", "medicalGrade":true},"other":{"createdAt":"#));
    let single = serde_json::to_value(event(message("epoch-create"))).expect("JSON");
    assert_eq!(single["data"][0]["epochData"][0]["value"], json!(61));
    let oldest = serde_json::to_value(event(message("oldest"))).expect("JSON");
    assert_eq!(oldest["updateType"], json!("BOTH"));
    assert_eq!(oldest["dataSource"], json!(8));
    let unknown = serde_json::to_value(event(message("measurement"))).expect("JSON");
    assert_eq!(unknown["data"]["measurementIds"][0], json!(7));
    assert_eq!(
        unknown["type"],
        json!("notification.data.measurement.createupdate")
    );
}
