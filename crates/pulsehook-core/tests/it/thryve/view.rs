//! The neutral view of every message.

use pulsehook_core::thryve::Event;
use pulsehook_core::view::{DataKind, NeutralView, Period, View, What};
use serde_json::{Value, json};

use super::{event, events, message};

/// Each provider's event has a view, which this would not compile without.
const _: fn() = || {
    fn has_views<T: NeutralView>() {}
    has_views::<Event>();
};

fn view(event: &Event) -> View<'_> {
    let mut views = event.views();
    assert_eq!(views.len(), 1);
    views.remove(0)
}

#[track_caller]
fn check(json: impl AsRef<[u8]>, expect: Value) {
    let event = event(json);
    let found = serde_json::to_value(view(&event)).expect("JSON");
    assert_eq!(found, expect);
}

#[test]
fn every_message_of_v6() {
    let user = json!({"id": "u-5512"});
    let both = json!({"id": "u-5512", "own_id": "patient-9"});
    let whoop = json!([{"id": "42", "name": "Whoop"}]);
    let table = [
        (
            "source-connect-iso",
            json!({"what": "connected", "event_type": "notification.source.connect",
                "user": {"id": "123accessToken", "own_id": "YourEndUserAlias"},
                "sources": [{"id": "1", "name": "Fitbit"}], "at": "2022-09-07T17:40:00Z"}),
        ),
        (
            "source-connect-unix",
            json!({"what": "connected", "event_type": "notification.source.connect",
                "user": {"id": "123accessToken", "own_id": "YourEndUserAlias"},
                "sources": [{"id": "1", "name": "Fitbit"}], "at": "2022-09-07T17:40:00Z"}),
        ),
        (
            "source-disconnect",
            json!({"what": "disconnected", "event_type": "notification.source.disconnect",
                "user": user, "sources": whoop, "at": "2024-01-28T09:15:00Z"}),
        ),
        (
            "webhook-source-connect",
            json!({"what": "connected", "event_type": "webhook.source.connect",
                "user": user, "sources": whoop, "at": "2024-01-28T09:15:00Z"}),
        ),
        (
            "webhook-source-disconnect",
            json!({"what": "disconnected", "event_type": "webhook.source.disconnect",
                "user": user, "sources": whoop, "at": "2024-01-28T09:15:00Z"}),
        ),
        (
            "epoch-change",
            json!({"what": "data-available", "event_type": "notification.data.epoch.createupdate",
                "user": user, "sources": [{"id": "2", "name": "Garmin"}],
                "kinds": ["activity", "heart-rate"],
                "period": {"start": "2024-01-28T00:00:00Z", "end": "2024-01-28T01:00:00Z"}}),
        ),
        (
            "daily-change",
            json!({"what": "data-available", "event_type": "notification.data.daily.createupdate",
                "user": both, "sources": [{"id": "8", "name": "Withings"}],
                "kinds": ["activity", "sleep"],
                "period": {"first_day": "2024-01-27", "last_day": "2024-01-28"}}),
        ),
        (
            "daily-change-unix",
            json!({"what": "data-available", "event_type": "notification.data.daily.createupdate",
                "user": user, "sources": [{"id": "8", "name": "Withings"}], "kinds": ["activity"],
                "period": {"first_day": "2022-09-07", "last_day": "2022-09-07"}}),
        ),
        (
            "epoch-create",
            json!({"what": "data-pushed", "event_type": "event.data.epoch.create",
                "user": both, "sources": [{"id": "5", "name": "Apple Health"}],
                "kinds": ["heart-rate", "activity"],
                "period": {"start": "2024-01-28T07:00:00Z", "end": "2024-01-28T07:02:00Z"}}),
        ),
        (
            "epoch-update",
            json!({"what": "data-pushed", "event_type": "event.data.epoch.update",
                "user": user,
                "sources": [{"id": "42", "name": "Whoop"}, {"id": "18", "name": "Oura"}],
                "kinds": ["heart-rate-variability", "heart-rate", "ecg"],
                "period": {"start": "2024-01-28T07:00:00Z", "end": "2024-01-28T07:02:00Z"}}),
        ),
        (
            "daily-create",
            json!({"what": "data-pushed", "event_type": "event.data.daily.create",
                "user": user, "sources": [{"id": "2", "name": "Garmin"}],
                "kinds": ["activity", "sleep"],
                "period": {"first_day": "2024-01-28", "last_day": "2024-01-28"}}),
        ),
        (
            "daily-update",
            json!({"what": "data-pushed", "event_type": "event.data.daily.update",
                "user": user, "sources": [{"id": "8", "name": "Withings"}], "kinds": ["sleep"],
                "period": {"first_day": "2024-01-28", "last_day": "2024-01-28"}}),
        ),
        (
            "measurement",
            json!({"what": "unknown", "event_type": "notification.data.measurement.createupdate",
                "user": both}),
        ),
    ];
    for (name, expect) in table {
        check(message(name), expect);
    }
}

#[test]
fn every_message_of_the_retired_formats() {
    let both = json!({"id": "u-5512", "own_id": "patient-9"});
    let garmin = json!([{"id": "2", "name": "Garmin"}]);
    check(
        message("v5-connected"),
        json!({"what": "connected", "event_type": "sourceUpdate.connectionStatus",
            "user": both, "sources": garmin}),
    );
    check(
        message("v5-connected").replacen(
            r#""conn"#,
            r#""createdAt":"2021-06-01T06:30:00Z","conn"#,
            1,
        ),
        json!({"what": "connected", "event_type": "sourceUpdate.connectionStatus",
            "user": both, "sources": garmin, "at": "2021-06-01T06:30:00Z"}),
    );
    check(
        message("v5-disconnected"),
        json!({"what": "disconnected", "event_type": "sourceUpdate.connectionStatus",
            "user": {"id": "u-5512"}, "sources": garmin}),
    );
    check(
        message("v5-connected").replace("NEW", "PAUSED"),
        json!({"what": "unknown", "event_type": "sourceUpdate.connectionStatus",
            "user": both, "sources": garmin}),
    );
    let daily = json!({"what": "data-available", "event_type": "sourceUpdate.dailyDynamicValues",
        "user": both, "sources": garmin, "kinds": ["activity"], "at": "2021-06-01T06:30:00Z",
        "period": {"first_day": "2021-05-31", "last_day": "2021-06-01"}});
    let epoch = json!({"what": "data-available", "event_type": "sourceUpdate.dynamicEpochValues",
        "user": both, "sources": garmin, "kinds": ["heart-rate"], "at": "2021-06-01T06:30:00Z",
        "period": {"start": "2021-06-01T05:00:00Z", "end": "2021-06-01T06:00:00Z"}});
    check(message("v5-daily"), daily.clone());
    let two = events(message("v5-both"));
    let views: Vec<_> = two.iter().flat_map(NeutralView::views).collect();
    assert_eq!(
        serde_json::to_value(views).expect("JSON"),
        json!([daily, epoch])
    );
    // Without types nothing is said about kinds; and Unix time will do.
    let unix = r#"{"sourceUpdate":{"authenticationToken":"u","dataSource":2,
        "/v5/dailyDynamicValues":{"startTimestampUnix":1622419200000,"endTimestampUnix":1622505600000}}}"#;
    check(
        unix,
        json!({"what": "data-available", "event_type": "sourceUpdate.dailyDynamicValues",
            "user": {"id": "u"}, "sources": garmin,
            "period": {"first_day": "2021-05-31", "last_day": "2021-06-01"}}),
    );
    check(
        r#"{"sourceUpdate":{"authenticationToken":"u","partnerUserID":"p","dataSource":2}}"#,
        json!({"what": "unknown", "event_type": "sourceUpdate", "user": {"id": "u", "own_id": "p"}}),
    );
}

#[test]
fn kinds_of_retired_updates_are_of_their_dimension() {
    // 3001 and 3002 mean other things in the two; 2200 is of days alone, 5021 of moments alone.
    let ids = "[3001,2200,3002,5021]";
    for (name, types, kinds) in [
        (
            "v5-daily",
            "[1000,1010]",
            json!(["heart-rate", "sleep", "5021"]),
        ),
        (
            "v5-epoch",
            "[3000]",
            json!(["fitness", "2200", "blood-oxygen", "body"]),
        ),
    ] {
        let json = message("v5-both");
        assert!(json.contains(types));
        let mut both = events(json.replace(types, ids));
        let event = both.remove(usize::from(name == "v5-epoch"));
        let is_epoch = matches!(event, Event::V5Epoch(_));
        assert_eq!(is_epoch, name == "v5-epoch");
        let shown = serde_json::to_value(view(&event)).expect("JSON");
        assert_eq!(shown["kinds"], kinds, "{name}");
    }
}

#[test]
fn the_oldest_format_names_instants() {
    for update in ["DAILY", "MINUTE", "BOTH", "HOURLY"] {
        check(
            message("oldest").replace("BOTH", update),
            json!({"what": "data-available", "event_type": "sourceUpdate.updateType",
                "user": {"id": "u-5512", "own_id": "patient-9"},
                "sources": [{"id": "8", "name": "Withings"}],
                "period": {"start": "2019-03-01T00:00:00Z", "end": "2019-03-02T00:00:00Z"}}),
        );
    }
    // Its times are never dates.
    super::check_invalid(
        message("oldest").replace("2019-03-01T00:00:00Z", "2019-03-01"),
        "startTimestamp",
    );
}

#[test]
fn a_period_that_ends_before_it_starts_is_none() {
    for (name, from, to) in [
        ("daily-change", "2024-01-27", "2024-01-29"),
        ("epoch-change", "1706400000000", "1706503600000"),
        ("v5-daily", "2021-05-31", "2021-06-02"),
        ("oldest", "2019-03-01T00:00:00Z", "2019-03-02T00:00:01Z"),
    ] {
        let json = message(name);
        assert!(json.contains(from), "{name}");
        let event = event(json.replacen(from, to, 1));
        let view = view(&event);
        assert_eq!(view.what, What::DataAvailable, "{name}");
        assert_eq!(view.period, None, "{name}");
    }
}

/// A push of one block of source 4, which has no name in the table.
fn push(event_type: &str, members: &str) -> Event {
    event(format!(
        r#"{{"endUserId":"u","type":"{event_type}","data":[{{"dataSourceId":4,{members}}}]}}"#
    ))
}

#[test]
fn the_period_of_a_push_spans_its_samples() {
    let samples = r#""epochData":[
        {"startTimestamp":1706425260,"endTimestamp":1706425320,"dataTypeId":3000},
        {"startTimestamp":"2024-01-28T09:00:00+02:00","dataTypeId":3000,"value":null},
        {"startTimestamp":"2024-01-28T07:01:30Z","endTimestamp":"2024-01-28T06:00:00Z","dataTypeId":7}]"#;
    let event = push("event.data.epoch.create", samples);
    let view = view(&event);
    // The reversed sample counts with both of its ends.
    let instant = |text: &str| text.parse().ok();
    let expect = Period::instants(
        instant("2024-01-28T06:00:00Z"),
        instant("2024-01-28T07:02:00Z"),
    );
    assert!(expect.is_some());
    assert_eq!(view.period, expect);
    assert_eq!(
        view.kinds,
        [DataKind::HeartRate, DataKind::Other("7".into())]
    );
}

#[test]
fn the_dimensions_of_a_push_are_never_mixed() {
    let epoch = r#""epochData":[{"startTimestamp":1706425260,"dataTypeId":3002}]"#;
    let daily = r#""dailyData":[{"day":"2024-01-30","dataTypeId":3002},{"day":1706400000,"dataTypeId":1000}]"#;
    let instants = json!({"start": "2024-01-28T07:01:00Z", "end": "2024-01-28T07:01:00Z"});
    let days = json!({"first_day": "2024-01-28", "last_day": "2024-01-30"});
    let both = format!("{epoch},{daily}");
    for (event_type, members, period, kinds) in [
        (
            "event.data.epoch.create",
            &both[..],
            &instants,
            json!(["blood-oxygen", "heart-rate", "activity"]),
        ),
        (
            "event.data.daily.update",
            &both,
            &days,
            json!(["blood-oxygen", "heart-rate", "activity"]),
        ),
        (
            "event.data.epoch.update",
            daily,
            &days,
            json!(["heart-rate", "activity"]),
        ),
        (
            "event.data.daily.create",
            epoch,
            &instants,
            json!(["blood-oxygen"]),
        ),
    ] {
        let event = push(event_type, members);
        let shown = serde_json::to_value(view(&event)).expect("JSON");
        assert_eq!(&shown["period"], period, "{event_type} {members}");
        assert_eq!(shown["kinds"], kinds);
    }
    for members in [r#""epochData":[]"#, r#""epochData":[7]"#, r#""x":1"#] {
        let event = push("event.data.daily.create", members);
        let view = view(&event);
        assert_eq!(view.what, What::DataPushed);
        assert_eq!((view.period, view.kinds), (None, vec![]));
    }
}

#[test]
fn sources_are_named_by_the_table_or_the_block() {
    let event = event(
        r#"{"endUserId":"u","type":"event.data.epoch.create","data":[
            {"dataSourceId":5,"dataSourceName":"Apple"},{"dataSourceId":4,"dataSourceName":"Four"},
            {"dataSourceId":-7},{"dataSourceId":5},{"dataSourceId":4,"dataSourceName":"Vier"}]}"#,
    );
    let shown = serde_json::to_value(view(&event)).expect("JSON");
    let expect =
        json!([{"id": "5", "name": "Apple Health"}, {"id": "4", "name": "Four"}, {"id": "-7"}]);
    assert_eq!(shown["sources"], expect);
}

#[test]
fn unknown_numbers_are_kinds_in_digits_up_to_64() {
    let ids: Vec<String> = (1..=5000)
        .chain([i64::MIN, 3000])
        .map(|id| id.to_string())
        .collect();
    let json = format!(
        r#"{{"endUserId":"u","type":"notification.data.epoch.createupdate","data":{{
            "startTimestamp":1706400000000,"endTimestamp":1706403600000,"dataSourceId":99,
            "dataTypeIds":[3106,-1,3106,{}]}}}}"#,
        ids.join(",")
    );
    let event = event(json);
    let view = view(&event);
    assert_eq!(view.sources[0].id, "99");
    assert_eq!(view.sources[0].name, None);
    let others: Vec<&str> = view
        .kinds
        .iter()
        .filter(|kind| matches!(kind, DataKind::Other(_)))
        .map(DataKind::as_str)
        .collect();
    assert_eq!(others.len(), 64);
    assert_eq!(others[..4], ["3106", "-1", "1", "2"]);
    // Those with a word are all there, each once.
    assert!(view.kinds.contains(&DataKind::HeartRate));
    let mut kinds = view.kinds.clone();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), view.kinds.len());
}

#[test]
fn many_sources_and_types_take_one_pass() {
    // Quadratic work over these would take minutes.
    let blocks: Vec<String> = (0..60_000)
        .map(|id| {
            format!(
                r#"{{"dataSourceId":{id},"dailyData":[{{"day":"2024-01-28","dataTypeId":{}}}]}}"#,
                id * 31
            )
        })
        .collect();
    let json = format!(
        r#"{{"endUserId":"u","type":"event.data.daily.create","data":[{}]}}"#,
        blocks.join(",")
    );
    let event = event(json);
    let view = view(&event);
    assert_eq!(view.sources.len(), 60_000);
    assert!(view.kinds.len() <= 64 + DataKind::KNOWN.len());
}
