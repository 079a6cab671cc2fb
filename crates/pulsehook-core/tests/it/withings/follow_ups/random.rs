//! Notifications made at random: periods never invert, and pieces cover exactly the period.

use proptest::prelude::*;
use pulsehook_core::follow_up::{Call, Context, FollowUpApi as _, FollowUpError};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::jiff::civil::Date;
use pulsehook_core::jiff::tz::{Offset, TimeZone};
use pulsehook_core::withings::{Api, Category};

use super::super::event;
use crate::support::cases;

const DAY: i64 = 24 * 60 * 60;

fn instants() -> impl Strategy<Value = i64> {
    let (min, max) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    prop_oneof![
        4 => 1_706_000_000..1_707_000_000_i64,
        2 => min..=max,
        1 => prop::sample::select(vec![min, -1, 0, max]),
    ]
}

fn contexts() -> impl Strategy<Value = Context> {
    let zone = prop_oneof![
        Just(None),
        Just(Some(super::berlin())),
        (-93_599..=93_599_i32).prop_map(|seconds| {
            let offset = Offset::from_seconds(seconds).expect("in range");
            Some(TimeZone::fixed(offset))
        }),
    ];
    (instants(), prop::option::of(instants()), zone).prop_map(|(now, last_sync, zone)| {
        let instant = |seconds| Timestamp::from_second(seconds).expect("in range");
        Context::at(instant(now))
            .with_last_sync(last_sync.map(instant))
            .with_time_zone(zone)
    })
}

fn number(call: &Call, name: &str) -> Option<i64> {
    let text = call.form()?.get(name)?;
    Some(text.parse().expect("a number"))
}

/// A window that is often about as long as some pieces.
fn windows() -> impl Strategy<Value = (i64, i64)> {
    let near = (instants(), -DAY..=120 * DAY).prop_map(|(start, length)| {
        let end = start.saturating_add(length);
        let (min, max) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        (start, end.clamp(min, max))
    });
    prop_oneof![3 => near, 1 => (instants(), instants())]
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn periods_never_invert(
        category in prop::sample::select(Category::KNOWN),
        start in prop::option::of(instants()),
        end in prop::option::of(instants()),
        date in prop::option::of(prop_oneof![
            (100_000_000..=99_999_999_999_i64).prop_map(|date| date.to_string()),
            (0..=9999_i16, 1..=12_i8, 1..=28_i8)
                .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}")),
        ]),
        context in contexts(),
    ) {
        let mut body = format!("userid=7&mac=m&appli={}", category.number());
        for (name, value) in [("startdate", start), ("enddate", end)] {
            if let Some(value) = value {
                body.push_str(&format!("&{name}={value}"));
            }
        }
        if let Some(date) = date {
            body.push_str(&format!("&date={date}"));
        }
        let follow_ups = Api::default().follow_ups(&event(&body), &context);
        for call in &follow_ups.calls {
            let period = number(call, "startdate").zip(number(call, "enddate"));
            prop_assert!(period.is_none_or(|(start, end)| start <= end), "{body}");
            if let Some((start, end)) = period {
                let name = call.name();
                if name == Api::GETINTRADAYACTIVITY || name == Api::SLEEP_GET {
                    prop_assert!(end - start <= DAY);
                }
            }
            let day = |name| -> Option<Date> {
                let text = call.form()?.get(name)?;
                Some(text.parse().expect("a day"))
            };
            let days = day("startdateymd").zip(day("enddateymd"));
            prop_assert!(days.is_none_or(|(first, last)| first <= last), "{body}");
        }
    }

    #[test]
    fn pieces_cover_exactly_the_window((start, end) in windows(), context in contexts()) {
        for (appli, name) in [
            (16, Api::GETINTRADAYACTIVITY),
            (44, Api::SLEEP_GET),
            (62, Api::GETINTRADAYACTIVITY),
            (62, Api::SLEEP_GET),
        ] {
            let body = format!("userid=7&appli={appli}&startdate={start}&enddate={end}");
            let follow_ups = Api::default().follow_ups(&event(&body), &context);
            let calls = follow_ups.calls.iter().filter(|call| call.name() == name);
            let pieces: Vec<_> = calls
                .map(|call| number(call, "startdate").zip(number(call, "enddate")).expect("both"))
                .collect();
            if end < start {
                prop_assert_eq!(&pieces, &[]);
                continue;
            }
            let too_many = FollowUpError::TooManyCalls { call: name, limit: 100 };
            if end - start > 100 * DAY {
                prop_assert_eq!(&pieces, &[]);
                prop_assert!(follow_ups.refused.contains(&too_many));
                continue;
            }
            prop_assert!(!follow_ups.refused.contains(&too_many));
            prop_assert_eq!(pieces[0].0, start);
            // A window of no length gets a second, where there is one more.
            let further = i64::from(start == end && end < Timestamp::MAX.as_second());
            prop_assert_eq!(pieces[pieces.len() - 1].1, end + further);
            for pair in pieces.windows(2) {
                prop_assert_eq!(pair[0].1, pair[1].0);
                prop_assert_eq!(pair[0].1 - pair[0].0, DAY);
            }
        }
    }
}
