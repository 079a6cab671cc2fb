//! The calls that follow each message.

use std::fmt::Write as _;

use proptest::prelude::*;
use pulsehook_core::follow_up::{
    Call, CallBody, Context, CredentialKind, FollowUpApi as _, FollowUpError, FollowUps,
    MOST_CALLS, Method, Origin,
};
use pulsehook_core::jiff::civil::Date;
use pulsehook_core::jiff::{SignedDuration, Timestamp};
use pulsehook_core::thryve::{Api, Event, Time, api_passwords};
use pulsehook_core::{ConfigError, jiff};
use serde_json::json;

use super::{event, events, message};
use crate::core::Canaries;
use crate::support::cases;

const LAST_SYNC: &str = "2024-01-20T10:00:00Z";

fn now() -> Timestamp {
    "2024-01-28T10:00:00Z".parse().expect("a time")
}

fn knowing() -> Context {
    Context::at(now()).with_last_sync(LAST_SYNC.parse::<Timestamp>().expect("a time"))
}

fn plan(event: &Event) -> FollowUps {
    Api::default().follow_ups(event, &Context::at(now()))
}

/// Writes a call as its path and its form.
fn line(call: &Call) -> String {
    let path = call.url().as_str();
    let path = path.strip_prefix(call.url().origin()).expect("an origin");
    let mut line = path.to_owned();
    for (name, value) in call.form().expect("a form").iter() {
        write!(line, " {name}={value}").expect("a text");
    }
    line
}

#[track_caller]
fn lines(follow_ups: &FollowUps) -> Vec<String> {
    assert_eq!(follow_ups.refused, []);
    for call in &follow_ups.calls {
        assert_eq!(call.method(), Method::Post);
        assert_eq!(call.url().origin(), "https://api.thryve.de");
        assert!(
            call.url()
                .as_str()
                .ends_with(&format!("/v5/{}", call.name()))
        );
        assert!(call.query().is_empty());
        assert_eq!(call.headers().len(), 0);
        let credential = call.credential().expect("two headers");
        assert_eq!(credential.kind, CredentialKind::ApplicationPasswords);
        assert_eq!(credential.user, None);
        assert!(call.url().may_carry_credential());
        assert!(!call.is_alternative());
    }
    follow_ups.calls.iter().map(line).collect()
}

#[test]
fn every_message() {
    let epoch = "/v5/dynamicEpochValues authenticationToken=u-5512";
    let daily = "/v5/dailyDynamicValues authenticationToken=u-5512";
    let table: [(&str, Vec<String>); 18] = [
        ("source-connect-iso", vec![]),
        ("source-connect-unix", vec![]),
        ("source-disconnect", vec![]),
        ("webhook-source-connect", vec![]),
        ("webhook-source-disconnect", vec![]),
        (
            "epoch-change",
            vec![format!(
                "{epoch} startTimestamp=2024-01-28T00:00:00Z endTimestamp=2024-01-28T01:00:00Z \
                 dataSources=2 valueTypes=1000,3000"
            )],
        ),
        (
            "daily-change",
            vec![format!(
                "{daily} startDay=2024-01-27 endDay=2024-01-28 dataSources=8 valueTypes=1000,2000"
            )],
        ),
        (
            "daily-change-unix",
            vec![format!(
                "{daily} startDay=2022-09-07 endDay=2022-09-07 dataSources=8 valueTypes=1000"
            )],
        ),
        ("epoch-create", vec![]),
        ("epoch-update", vec![]),
        ("daily-create", vec![]),
        ("daily-update", vec![]),
        ("measurement", vec![]),
        (
            "v5-both",
            vec![
                format!(
                    "{daily} startDay=2021-05-31 endDay=2021-06-01 dataSources=2 \
                     valueTypes=1000,1010"
                ),
                format!(
                    "{epoch} startTimestamp=2021-06-01T05:00:00Z \
                     endTimestamp=2021-06-01T06:00:00Z dataSources=2 valueTypes=3000"
                ),
            ],
        ),
        (
            "v5-daily",
            vec![format!(
                "{daily} startDay=2021-05-31 endDay=2021-06-01 dataSources=2 valueTypes=1000,1010"
            )],
        ),
        ("v5-connected", vec![]),
        ("v5-disconnected", vec![]),
        (
            "oldest",
            vec![
                format!(
                    "{epoch} startTimestamp=2019-03-01T00:00:00Z \
                     endTimestamp=2019-03-02T00:00:00Z dataSources=8"
                ),
                format!(
                    "{daily} startTimestampUnix=1551398400000 endTimestampUnix=1551484800000 \
                     dataSources=8"
                ),
            ],
        ),
    ];
    for (name, expect) in table {
        let events = events(message(name));
        // The last sync matters where there is no period alone.
        for context in [Context::at(now()), knowing()] {
            let planned = events
                .iter()
                .map(|event| Api::default().follow_ups(event, &context));
            let found: Vec<_> = planned.flat_map(|it| lines(&it)).collect();
            assert_eq!(found, expect, "{name}");
        }
    }
}

#[test]
fn the_oldest_format_asks_for_what_it_names() {
    let epoch = "/v5/dynamicEpochValues";
    let daily = "/v5/dailyDynamicValues";
    for (update, expect) in [
        ("MINUTE", &[epoch][..]),
        ("DAILY", &[daily]),
        ("BOTH", &[epoch, daily]),
        ("HOURLY", &[epoch, daily]),
    ] {
        let found = lines(&plan(&event(message("oldest").replace("BOTH", update))));
        let paths: Vec<&str> = found.iter().filter_map(|it| it.split(' ').next()).collect();
        assert_eq!(paths, expect, "{update}");
    }
}

#[test]
fn without_types_all_are_asked_for() {
    for (name, types) in [
        ("epoch-change", "[1000,3000]"),
        ("daily-change", "[1000,2000]"),
        ("v5-daily", "[1000,1010]"),
    ] {
        let json = message(name);
        assert!(json.contains(types));
        let [found] = &lines(&plan(&event(json.replace(types, "[]"))))[..] else {
            panic!("one call");
        };
        assert!(!found.contains("valueTypes"), "{found}");
    }
    let without = message("v5-daily").replace("dailyDynamicValueTypes", "x");
    assert!(!lines(&plan(&event(without)))[0].contains("valueTypes"));
    let odd = message("epoch-change").replace("[1000,3000]", r#"["3106",-1,7]"#);
    assert!(lines(&plan(&event(odd)))[0].ends_with(" valueTypes=3106,-1,7"));
}

#[test]
fn types_are_named_once_and_up_to_500() {
    let change = |ids: &[String]| {
        let json = message("epoch-change");
        assert!(json.contains("[1000,3000]"));
        let ids = format!("[{}]", ids.join(","));
        let line = lines(&plan(&event(json.replace("[1000,3000]", &ids)))).remove(0);
        let types = line.split_once(" valueTypes=");
        types.map(|(_, types)| types.to_owned())
    };
    let texts = |ids: &[i64]| ids.iter().map(i64::to_string).collect::<Vec<_>>();
    let found = change(&texts(&[3000, 1000, 3000, 7, 1000, 1000]));
    assert_eq!(found.as_deref(), Some("3000,1000,7"));
    let most: Vec<i64> = (1..=500).collect();
    let expect = texts(&most).join(",");
    assert_eq!(change(&texts(&most)), Some(expect.clone()));
    // Repeated ones do not count.
    let twice: Vec<i64> = most.iter().chain(&most).copied().collect();
    assert_eq!(change(&texts(&twice)), Some(expect));
    let more: Vec<i64> = (1..=501).collect();
    assert_eq!(change(&texts(&more)), None);
}

#[test]
fn the_api_is_asked_for_more_by_its_switches() {
    let event = event(message("epoch-change"));
    let added = |api: Api| {
        let follow_ups = api.follow_ups(&event, &knowing());
        let line = lines(&follow_ups).remove(0);
        let (_, added) = line.split_once("valueTypes=1000,3000").expect("types");
        added.trim().to_owned()
    };
    assert_eq!(added(Api::default()), "");
    assert_eq!(added(Api::default().detailed()), "detailed=true");
    assert_eq!(
        added(Api::default().with_type_names()),
        "displayTypeName=true"
    );
    assert_eq!(
        added(Api::default().with_own_ids()),
        "displayPartnerUserID=true"
    );
    assert_eq!(
        added(Api::default().with_own_ids().with_type_names().detailed()),
        "detailed=true displayTypeName=true displayPartnerUserID=true"
    );
}

#[test]
fn the_origin_is_the_applications() {
    let event = event(message("epoch-change"));
    let origin = Origin::new("http://127.0.0.1:8080").expect("loopback");
    for (api, expect) in [
        (Api::default(), "https://api.thryve.de"),
        (Api::qa(), "https://api-qa.thryve.de"),
        (Api::qa().with_origin(origin), "http://127.0.0.1:8080"),
    ] {
        let follow_ups = api.follow_ups(&event, &knowing());
        assert_eq!(
            follow_ups.calls[0].url().as_str(),
            format!("{expect}/v5/dynamicEpochValues")
        );
        assert!(api.user_information("u").url().as_str().starts_with(expect));
    }
}

fn epoch_change(start: &str, end: &str) -> Event {
    event(format!(
        r#"{{"endUserId":"u","type":"notification.data.epoch.createupdate","data":{{
            "startTimestamp":{start},"endTimestamp":{end},"dataSourceId":2,"dataTypeIds":[1]}}}}"#
    ))
}

fn daily_change(first: &str, last: &str) -> Event {
    event(format!(
        r#"{{"endUserId":"u","type":"notification.data.daily.createupdate","data":{{
            "startDay":{first},"endDay":{last},"dataSourceId":2,"dataTypeIds":[1]}}}}"#
    ))
}

/// The two ends of each call.
fn ends(follow_ups: &FollowUps, names: [&str; 2]) -> Vec<[String; 2]> {
    assert_eq!(follow_ups.refused, []);
    let end = |call: &Call, name| {
        call.form()
            .and_then(|it| it.get(name))
            .expect(name)
            .to_owned()
    };
    follow_ups
        .calls
        .iter()
        .map(|call| names.map(|name| end(call, name)))
        .collect()
}

const STAMPS: [&str; 2] = ["startTimestamp", "endTimestamp"];
const DAYS: [&str; 2] = ["startDay", "endDay"];
const UNIX: [&str; 2] = ["startTimestampUnix", "endTimestampUnix"];

#[test]
fn intraday_periods_are_split_at_30_days() {
    // 2024-01-01T00:00:00Z and 30 days more, each in both forms.
    for (start, end, more) in [
        ("1704067200000", "1706659200000", "1706659200001"),
        (
            r#""2024-01-01T00:00:00Z""#,
            r#""2024-01-31T00:00:00Z""#,
            r#""2024-01-31T02:00:00.001+02:00""#,
        ),
    ] {
        let [first, last, after] = [
            "2024-01-01T00:00:00Z",
            "2024-01-31T00:00:00Z",
            "2024-01-31T00:00:00.001Z",
        ];
        let follow_ups = plan(&epoch_change(start, end));
        assert_eq!(ends(&follow_ups, STAMPS), [[first, last]]);
        let follow_ups = plan(&epoch_change(start, more));
        assert_eq!(ends(&follow_ups, STAMPS), [[first, last], [last, after]]);
        let follow_ups = plan(&epoch_change(start, start));
        assert_eq!(ends(&follow_ups, STAMPS), [[first, first]]);
    }
}

#[test]
fn daily_periods_are_split_at_364_days() {
    for (last, expect) in [
        ("2024-12-29", &[["2024-01-01", "2024-12-29"]][..]),
        (
            "2024-12-30",
            &[["2024-01-01", "2024-12-29"], ["2024-12-30", "2024-12-30"]],
        ),
        ("2024-01-01", &[["2024-01-01", "2024-01-01"]]),
    ] {
        let last = format!("{last:?}");
        let follow_ups = plan(&daily_change(r#""2024-01-01T05:00:00+09:00""#, &last));
        assert_eq!(ends(&follow_ups, DAYS), expect);
    }
    // 2024-12-29T12:00:00Z and a day later.
    let follow_ups = plan(&daily_change("1704067200", "1735473600"));
    assert_eq!(ends(&follow_ups, DAYS), [["2024-01-01", "2024-12-29"]]);
    let follow_ups = plan(&daily_change("1704067200", "1735560000000"));
    assert_eq!(ends(&follow_ups, DAYS).len(), 2);
}

#[test]
fn daily_values_between_instants_never_touch_more_than_364_days() {
    let oldest = |start: &str, end: &str| {
        let json = message("oldest")
            .replace("BOTH", "DAILY")
            .replace("2019-03-01T00:00:00Z", start)
            .replace("2019-03-02T00:00:00Z", end);
        ends(&plan(&event(json)), UNIX)
    };
    // 363 days less an hour are one call, a millisecond more are two.
    let one = oldest("2019-03-01T23:30:00Z", "2020-02-27T22:30:00Z");
    assert_eq!(one, [["1551483000000", "1582842600000"]]);
    let two = oldest("2019-03-01T23:30:00Z", "2020-02-27T22:30:00.001Z");
    assert_eq!(
        two,
        [
            ["1551483000000", "1582842600000"],
            ["1582842600000", "1582842600001"]
        ]
    );
    for [start, end] in one.iter().chain(&two) {
        let day = |millis: &str, hours: i8| {
            let time = Timestamp::from_millisecond(millis.parse().expect("digits"));
            let offset = jiff::tz::offset(hours);
            offset.to_datetime(time.expect("a time")).date()
        };
        // Wherever the user is, and with clocks that are put forward on the way.
        for hours in -12..=13 {
            for further in 0..=1 {
                let days = day(end, hours + further) - day(start, hours);
                assert!(days.get_days() < 364, "{hours} {further}");
            }
        }
    }
}

#[test]
fn too_long_a_period_is_refused_as_a_whole() {
    let event = epoch_change("1000000000", "9999999999");
    let follow_ups = plan(&event);
    assert_eq!(follow_ups.calls, []);
    let expect = FollowUpError::TooManyCalls {
        call: "dynamicEpochValues",
        limit: MOST_CALLS,
    };
    assert_eq!(follow_ups.refused, [expect]);
    // 8,999,999,999 seconds are 3,472.2 times 30 days.
    for (limit, count) in [(3472, 0), (3473, 3473)] {
        let api = Api::default().with_call_limit(limit);
        assert_eq!(api.follow_ups(&event, &knowing()).calls.len(), count);
    }
    let event = daily_change(r#""0001-01-01""#, r#""9999-12-31""#);
    let expect = FollowUpError::TooManyCalls {
        call: "dailyDynamicValues",
        limit: MOST_CALLS,
    };
    assert_eq!(plan(&event).refused, [expect]);
    // One call that cannot be planned does not cost the other.
    let long = message("oldest").replace("2019-03-02", "2039-03-02");
    let follow_ups = plan(&super::event(long));
    assert_eq!(follow_ups.calls.len(), 21);
    assert_eq!(follow_ups.refused.len(), 1);
    assert!(
        follow_ups
            .calls
            .iter()
            .all(|call| call.name() == "dailyDynamicValues")
    );
}

#[test]
fn without_a_period_intraday_data_is_asked_for_since_the_last_sync() {
    let reversed = epoch_change("1706403600000", "1706400000000");
    let Event::EpochChange(mut half) = epoch_change("1706400000000", "1706403600000") else {
        panic!("epoch");
    };
    half.data.end_timestamp = Time::UnixMillis(i64::MAX);
    let Event::V5Epoch(mut v5) = events(message("v5-both")).remove(1) else {
        panic!("epoch");
    };
    v5.part.start_timestamp = None;
    v5.part.start_timestamp_unix = None;
    for event in [reversed, Event::EpochChange(half), Event::V5Epoch(v5)] {
        let unknown = FollowUpError::LastSyncUnknown {
            call: "dynamicEpochValues",
        };
        let follow_ups = plan(&event);
        assert_eq!(
            (&follow_ups.calls[..], follow_ups.refused),
            (&[][..], vec![unknown])
        );
        let found = lines(&Api::default().detailed().follow_ups(&event, &knowing()));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains(&format!(" createdAfter={LAST_SYNC} dataSources=2 ")));
        assert!(found[0].ends_with(" detailed=true"));
        assert!(!found[0].contains("Timestamp="));
    }
}

#[test]
fn without_a_period_daily_values_cannot_be_asked_for() {
    let reversed = daily_change(r#""2024-01-28""#, r#""2024-01-27""#);
    let Event::V5Daily(mut v5) = event(message("v5-daily")) else {
        panic!("daily");
    };
    v5.part.end_day = None;
    v5.part.end_timestamp_unix = None;
    let oldest = event(
        message("oldest")
            .replace("BOTH", "DAILY")
            .replace("2019-03-01", "2019-03-03"),
    );
    for event in [reversed, Event::V5Daily(v5), oldest] {
        for context in [Context::at(now()), knowing()] {
            let follow_ups = Api::default().follow_ups(&event, &context);
            assert_eq!(follow_ups.calls, []);
            let [error] = &follow_ups.refused[..] else {
                panic!("{follow_ups:?}");
            };
            let call = "dailyDynamicValues";
            assert_eq!(error, &FollowUpError::PeriodUnknown { call });
            assert_eq!(
                error.to_string(),
                "dailyDynamicValues: no period is named that can be asked for"
            );
        }
    }
}

#[test]
fn calls_that_follow_no_event() {
    let api = Api::default();
    let call = api.user_information("u-5512");
    assert_eq!(
        line(&call),
        "/v5/userInformation authenticationToken=u-5512"
    );
    let call = api.access_token(Some("patient-9"));
    assert_eq!(line(&call), "/v5/accessToken partnerUserID=patient-9");
    assert_eq!(api.access_token(None).body(), &CallBody::Empty);
    let call = api.connection("u-\"5512\"", "de");
    let shown = serde_json::to_value(&call).expect("JSON");
    assert_eq!(
        shown,
        json!({"name": "connection", "method": "POST",
            "url": "https://api.thryve.de/widget/v6/connection",
            "json": {"endUserId": "u-\"5512\"", "locale": "de"},
            "credential": {"kind": "application-passwords"}})
    );
    let passwords = api_passwords("user", "password", "id", "secret").expect("four");
    let request = call.request(&passwords).expect("a request");
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(
        request.body(),
        &br#"{"endUserId":"u-\"5512\"","locale":"de"}"#[..]
    );
    assert_eq!(call.form(), None);
}

#[test]
fn a_request_has_two_headers_that_are_sensitive() {
    let passwords = api_passwords("Aladdin", "open sesame", "sésame", "öffne:dich").expect("four");
    let follow_ups = plan(&event(message("daily-change")));
    let request = follow_ups.calls[0].request(&passwords).expect("a request");
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://api.thryve.de/v5/dailyDynamicValues");
    let expect = ["QWxhZGRpbjpvcGVuIHNlc2FtZQ", "c8Opc2FtZTrDtmZmbmU6ZGljaA"];
    for (name, expect) in ["Authorization", "AppAuthorization"]
        .into_iter()
        .zip(expect)
    {
        let value = &request.headers()[name];
        assert_eq!(value.as_bytes(), format!("Basic {expect}==").as_bytes());
        assert!(value.is_sensitive());
    }
    assert_eq!(
        request.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(request.headers().len(), 3);
    assert_eq!(
        request.body(),
        &b"authenticationToken=u-5512&startDay=2024-01-27&endDay=2024-01-28&dataSources=8&valueTypes=1000%2C2000"[..]
    );
}

#[test]
fn passwords_are_refused_that_cannot_be_right() {
    let good = ["user", "password", "id", "secret"];
    let make = |[user, password, id, secret]: [&str; 4]| {
        api_passwords(user, password, id, secret).map(|_| ())
    };
    assert_eq!(make(good), Ok(()));
    for place in 0..4 {
        for blank in ["", " ", "\t\n", "\0", "\u{a0}"] {
            let mut parts = good;
            parts[place] = blank;
            assert_eq!(make(parts), Err(ConfigError::EmptyKey), "{place} {blank:?}");
        }
        let mut parts = good;
        parts[place] = "a:b";
        let expect = if place % 2 == 0 {
            Err(ConfigError::MalformedUser)
        } else {
            Ok(())
        };
        assert_eq!(make(parts), expect);
    }
}

#[test]
fn nothing_of_a_call_is_printed() {
    let canaries = Canaries::of(&[]);
    let passwords =
        api_passwords("canary-user", "canary-password", "canary-id", "canary").expect("four");
    canaries.check_debug("passwords", &passwords);
    // In base64, too.
    let encoded = "Y2FuYXJ5";
    assert!(!format!("{passwords:?}").contains(encoded));
    let api = Api::default();
    let events = [
        message("epoch-change").replace("u-5512", "canary"),
        message("epoch-change")
            .replace("u-5512", "canary")
            .replace("1706400000000", "1606400000000"),
        message("oldest").replace("u-5512", "canary"),
    ];
    for json in events {
        let follow_ups = plan(&event(json));
        assert!(!follow_ups.is_empty());
        canaries.check_debug("follow-ups", &follow_ups);
        for call in &follow_ups.calls {
            let request = call.request(&passwords).expect("a request");
            assert!(!format!("{:?}", request.headers()).contains(encoded));
        }
    }
    for call in [
        api.user_information("canary"),
        api.access_token(Some("canary")),
        api.connection("canary", "canary"),
    ] {
        canaries.check_debug("call", &call);
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn pieces_cover_an_intraday_period(start in 100_000_000_000_i64..4_000_000_000_000, length in 0_i64..200_000_000_000) {
        let event = epoch_change(&start.to_string(), &(start + length).to_string());
        let pieces: Vec<[Timestamp; 2]> = ends(&plan(&event), STAMPS)
            .into_iter()
            .map(|piece| piece.map(|end| end.parse().expect("a time")))
            .collect();
        prop_assert_eq!(pieces[0][0].as_millisecond(), start);
        prop_assert_eq!(pieces[pieces.len() - 1][1].as_millisecond(), start + length);
        for [from, to] in &pieces {
            prop_assert!(from <= to && to.duration_since(*from) <= SignedDuration::from_hours(720));
        }
        for pair in pieces.windows(2) {
            prop_assert_eq!(pair[0][1], pair[1][0]);
        }
    }

    #[test]
    fn pieces_cover_days(first in 0_i32..20_000, length in 0_i32..9_000) {
        let day = |number: i32| jiff::civil::date(1970, 1, 1) + SignedDuration::from_hours(24 * i64::from(number));
        let quoted = |day: Date| format!("\"{day}\"");
        let event = daily_change(&quoted(day(first)), &quoted(day(first + length)));
        let pieces: Vec<[Date; 2]> = ends(&plan(&event), DAYS)
            .into_iter()
            .map(|piece| piece.map(|end| end.parse().expect("a day")))
            .collect();
        prop_assert_eq!(pieces[0][0], day(first));
        prop_assert_eq!(pieces[pieces.len() - 1][1], day(first + length));
        for [from, to] in &pieces {
            prop_assert!(from <= to && (*to - *from).get_days() < 364);
        }
        for pair in pieces.windows(2) {
            prop_assert_eq!(pair[0][1].tomorrow().expect("no end"), pair[1][0]);
        }
    }
}
