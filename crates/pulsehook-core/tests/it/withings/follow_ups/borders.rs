//! Borders of days, of pieces and of time itself.

use pulsehook_core::follow_up::{Call, Context, FollowUpApi as _};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::jiff::tz::{TimeZone, offset};
use pulsehook_core::withings::Api;

use super::super::event;
use super::{berlin, blank, plan};

const DAY: i64 = 24 * 60 * 60;

/// The periods of the calls of a name.
fn periods(calls: &[Call], name: &str) -> Vec<(i64, i64)> {
    let calls = calls.iter().filter(|call| call.name() == name);
    let number = |call: &Call, name| -> i64 {
        let text = call.form().and_then(|form| form.get(name)).expect(name);
        text.parse().expect("a number")
    };
    calls
        .map(|call| (number(call, "startdate"), number(call, "enddate")))
        .collect()
}

fn of(context: &Context, body: &str, name: &str) -> Vec<(i64, i64)> {
    let follow_ups = plan(context, body);
    assert_eq!(follow_ups.refused, [], "{body}");
    periods(&follow_ups.calls, name)
}

#[test]
fn pieces_have_at_most_24_hours() {
    let rows: &[(i64, &[(i64, i64)])] = &[
        // One of no length is given a second.
        (0, &[(0, 1)]),
        (1, &[(0, 1)]),
        (DAY - 1, &[(0, DAY - 1)]),
        (DAY, &[(0, DAY)]),
        (DAY + 1, &[(0, DAY), (DAY, DAY + 1)]),
        (2 * DAY, &[(0, DAY), (DAY, 2 * DAY)]),
        (
            2 * DAY + 1,
            &[(0, DAY), (DAY, 2 * DAY), (2 * DAY, 2 * DAY + 1)],
        ),
    ];
    for (length, pieces) in rows {
        let start = 1_706_400_000;
        let window = format!("startdate={start}&enddate={}", start + length);
        let expect: Vec<_> = pieces
            .iter()
            .map(|(from, to)| (start + from, start + to))
            .collect();
        for (number, name) in [
            (16, Api::GETINTRADAYACTIVITY),
            (44, Api::SLEEP_GET),
            (62, Api::GETINTRADAYACTIVITY),
            (62, Api::SLEEP_GET),
        ] {
            let body = format!("userid=7&appli={number}&{window}");
            assert_eq!(of(&blank(), &body, name), expect, "{body}");
        }
    }
}

#[test]
fn days_of_23_and_25_hours_are_whole() {
    let zoned = blank().with_time_zone(berlin());
    let of_day = |context: &Context, day: &str| {
        let body = format!("userid=7&appli=16&date={day}");
        of(context, &body, Api::GETINTRADAYACTIVITY)
    };
    let instant = |text: &str| text.parse::<Timestamp>().expect("a time").as_second();
    assert_eq!(
        of_day(&zoned, "2024-03-31"),
        [(
            instant("2024-03-30T23:00:00Z"),
            instant("2024-03-31T22:00:00Z")
        )]
    );
    let (start, end) = (
        instant("2024-10-26T22:00:00Z"),
        instant("2024-10-27T23:00:00Z"),
    );
    assert_eq!(end - start, 25 * 3600);
    assert_eq!(
        of_day(&zoned, "2024-10-27"),
        [(start, start + DAY), (start + DAY, end)]
    );
    // A day that begins at one o'clock.
    let zone = TimeZone::posix("XXX4YYY,M9.1.0/0,M4.1.0/0").expect("a zone");
    let zoned = blank().with_time_zone(zone);
    assert_eq!(
        of_day(&zoned, "2024-09-01"),
        [(
            instant("2024-09-01T04:00:00Z"),
            instant("2024-09-02T03:00:00Z")
        )]
    );
}

#[test]
fn a_day_is_covered_in_whatever_zone() {
    let body = "userid=7&appli=16&date=2024-01-28";
    let widened = of(&blank(), body, Api::GETINTRADAYACTIVITY);
    let (start, end) = (widened[0].0, widened[widened.len() - 1].1);
    assert_eq!(end - start, 3 * DAY);
    for hours in -12..=14 {
        let zoned = blank().with_time_zone(TimeZone::fixed(offset(hours)));
        let [(from, to)] = of(&zoned, body, Api::GETINTRADAYACTIVITY)[..] else {
            panic!("one call");
        };
        assert_eq!(to - from, DAY);
        assert!(start <= from && to <= end, "{hours}");
    }
}

#[test]
fn too_long_a_window_costs_only_the_calls_that_it_splits() {
    let body = |days: i64| format!("userid=7&appli=44&startdate=0&enddate={}", days * DAY);
    assert_eq!(of(&blank(), &body(100), Api::SLEEP_GET).len(), 100);
    let api = Api::default().with_call_limit(3);
    for (api, days, limit) in [(Api::default(), 101, 100), (api, 4, 3)] {
        let follow_ups = api.follow_ups(&event(body(days)), &blank());
        let names: Vec<_> = follow_ups.calls.iter().map(Call::name).collect();
        assert_eq!(names, [Api::SLEEP_GETSUMMARY]);
        let refused: Vec<_> = follow_ups.refused.iter().map(ToString::to_string).collect();
        let expect = format!("Sleep v2 – Get: more than {limit} calls would be needed");
        assert_eq!(refused, [expect]);
    }
    let long = format!("userid=7&appli=62&startdate=0&enddate={}", 200 * DAY);
    let follow_ups = plan(&blank(), &long);
    let names: Vec<_> = follow_ups.calls.iter().map(Call::name).collect();
    assert_eq!(names, [Api::GETMEAS]);
    assert_eq!(follow_ups.refused.len(), 2);
}

#[test]
fn windows_at_the_edges_of_time_are_sent_as_they_are() {
    let (min, max) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let body = |number, start: i64, end: i64| {
        format!("userid=7&appli={number}&startdate={start}&enddate={end}")
    };
    // There is no second after the last.
    let edge = of(&blank(), &body(1, min, max), Api::GETMEAS);
    assert_eq!(edge, [(min, max)]);
    let edge = of(&blank(), &body(1, max, max), Api::GETMEAS);
    assert_eq!(edge, [(max, max)]);
    let edge = of(&blank(), &body(54, min, max), Api::HEART_LIST);
    assert_eq!(edge, [(min, max)]);
    let pieces = of(&blank(), &body(44, max - 5, max), Api::SLEEP_GET);
    assert_eq!(pieces, [(max - 5, max)]);
    for zone in [None, Some(berlin()), Some(TimeZone::fixed(offset(-12)))] {
        let context = blank().with_time_zone(zone);
        for (start, end) in [(min, min), (max, max), (max - 5, max)] {
            for number in [16, 44, 62] {
                let follow_ups = plan(&context, &body(number, start, end));
                assert_eq!(follow_ups.refused, []);
                assert!(!follow_ups.calls.is_empty());
            }
        }
    }
}

#[test]
fn days_at_the_edges_of_time_have_periods() {
    for zone in [
        None,
        Some(TimeZone::UTC),
        Some(berlin()),
        Some(TimeZone::fixed(offset(14))),
        Some(TimeZone::fixed(offset(-12))),
    ] {
        let context = blank().with_time_zone(zone);
        for day in ["0000-01-01", "9999-12-29", "9999-12-30", "9999-12-31"] {
            let body = format!("userid=7&appli=16&date={day}");
            let follow_ups = plan(&context, &body);
            assert_eq!(follow_ups.refused, [], "{day}");
            let form = follow_ups.calls[0].form().expect("a form");
            assert_eq!(form.get("startdateymd"), Some(day));
            let pieces = periods(&follow_ups.calls, Api::GETINTRADAYACTIVITY);
            assert!(!pieces.is_empty());
            for (start, end) in pieces {
                assert!(start <= end && end - start <= DAY, "{day}");
            }
        }
    }
}
