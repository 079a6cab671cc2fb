//! Periods that are longer than one call may ask for.

use proptest::prelude::*;
use pulsehook_core::follow_up::{FollowUpError, MOST_CALLS, split_days, split_instants};
use pulsehook_core::jiff::civil::{Date, date};
use pulsehook_core::jiff::{SignedDuration, Timestamp};

use crate::support::cases;

const CALL: &str = "Heart beats";

fn too_many<T>(limit: usize) -> Result<T, FollowUpError> {
    Err(FollowUpError::TooManyCalls { call: CALL, limit })
}

fn instants(
    start: Timestamp,
    end: Timestamp,
    longest: SignedDuration,
    limit: usize,
) -> Result<Vec<(Timestamp, Timestamp)>, FollowUpError> {
    split_instants(CALL, (start, end), longest, limit)
}

fn days(
    first: Date,
    last: Date,
    most_days: u16,
    limit: usize,
) -> Result<Vec<(Date, Date)>, FollowUpError> {
    split_days(CALL, (first, last), most_days, limit)
}

#[test]
fn instants_are_split_to_the_nanosecond() {
    let at = |nanos: i128| Timestamp::from_nanosecond(nanos).expect("in range");
    let ten = SignedDuration::from_nanos(10);
    assert_eq!(instants(at(0), at(0), ten, 1), Ok(vec![(at(0), at(0))]));
    assert_eq!(instants(at(0), at(10), ten, 1), Ok(vec![(at(0), at(10))]));
    assert_eq!(
        instants(at(0), at(11), ten, 2),
        Ok(vec![(at(0), at(10)), (at(10), at(11))])
    );
    assert_eq!(instants(at(0), at(11), ten, 1), too_many(1));
    assert_eq!(instants(at(0), at(0), ten, 0), too_many(0));
}

#[test]
fn days_are_split_with_both_ends_included() {
    let first = date(2024, 2, 27);
    for (last, expect) in [
        (first, vec![(first, first)]),
        (date(2024, 2, 28), vec![(first, date(2024, 2, 28))]),
        (
            date(2024, 3, 1),
            vec![
                (first, date(2024, 2, 28)),
                (date(2024, 2, 29), date(2024, 3, 1)),
            ],
        ),
    ] {
        assert_eq!(days(first, last, 2, expect.len()), Ok(expect.clone()));
        assert_eq!(
            days(first, last, 2, expect.len() - 1),
            too_many(expect.len() - 1)
        );
    }
    // Of no days a piece cannot be; one day is the least.
    for most in [0, 1] {
        assert_eq!(
            days(first, date(2024, 2, 29), most, 9).map(|it| it.len()),
            Ok(3)
        );
    }
}

#[test]
fn what_ends_before_it_starts_has_no_pieces() {
    let (start, end) = (Timestamp::UNIX_EPOCH, Timestamp::MIN);
    assert_eq!(
        instants(start, end, SignedDuration::from_hours(1), 9),
        Ok(vec![])
    );
    assert_eq!(instants(start, end, SignedDuration::ZERO, 0), Ok(vec![]));
    assert_eq!(days(date(2024, 1, 2), date(2024, 1, 1), 364, 9), Ok(vec![]));
    assert_eq!(days(Date::MAX, Date::MIN, 364, 9), Ok(vec![]));
}

#[test]
fn pieces_of_no_length_cover_nothing() {
    let (start, end) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    for longest in [
        SignedDuration::ZERO,
        SignedDuration::from_hours(-1),
        SignedDuration::MIN,
    ] {
        assert_eq!(
            instants(start, end, longest, MOST_CALLS),
            too_many(MOST_CALLS)
        );
        assert_eq!(instants(start, start, longest, 1), Ok(vec![(start, start)]));
    }
}

#[test]
fn the_edges_of_time_are_reached() {
    let all = (Timestamp::MIN, Timestamp::MAX);
    assert_eq!(
        instants(all.0, all.1, SignedDuration::MAX, 1),
        Ok(vec![all])
    );
    let century = SignedDuration::from_hours(24 * 36_525);
    let pieces = instants(all.0, all.1, century, 1000).expect("200 centuries");
    assert_eq!(pieces.len(), 200);
    assert_eq!((pieces[0].0, pieces[199].1), all);
    assert_eq!(instants(all.1, all.1, century, 1), Ok(vec![(all.1, all.1)]));
    assert_eq!(instants(all.0, all.0, century, 1), Ok(vec![(all.0, all.0)]));

    let all = (Date::MIN, Date::MAX);
    let pieces = days(all.0, all.1, u16::MAX, 1000).expect("some");
    assert_eq!((pieces[0].0, pieces[pieces.len() - 1].1), all);
    assert_eq!(days(all.1, all.1, 1, 1), Ok(vec![(all.1, all.1)]));
    let before = all.1.yesterday().expect("a day");
    assert_eq!(
        days(before, all.1, 1, 2),
        Ok(vec![(before, before), (all.1, all.1)])
    );
    assert_eq!(days(all.0, all.1, 1, MOST_CALLS), too_many(MOST_CALLS));
}

/// Any instant, often one at an edge.
fn any_instant() -> impl Strategy<Value = Timestamp> {
    let nanos = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    prop_oneof![
        3 => nanos.prop_map(|nanos| Timestamp::from_nanosecond(nanos).expect("in range")),
        1 => (0_i64..100_000).prop_map(|further| {
            Timestamp::MAX - SignedDuration::from_nanos(further)
        }),
        1 => (0_i64..100_000).prop_map(|further| {
            Timestamp::MIN + SignedDuration::from_nanos(further)
        }),
    ]
}

fn any_day() -> impl Strategy<Value = Date> {
    (-9999_i16..=9999, 1_i8..=12, 1_i8..=31).prop_map(|(year, month, day)| {
        Date::new(year, month, day).unwrap_or_else(|_| date(year, month, 28))
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn instants_are_covered_exactly(
        start in any_instant(),
        end in any_instant(),
        parts in 1_i64..200,
        further in -3_i64..3,
        limit in 0_usize..250,
    ) {
        let span = end.as_nanosecond() - start.as_nanosecond();
        let longest = i64::try_from(span.abs() / i128::from(parts)).unwrap_or(i64::MAX);
        let longest = SignedDuration::from_nanos(longest.saturating_add(further));
        match instants(start, end, longest, limit) {
            Ok(pieces) => {
                prop_assert!(pieces.len() <= limit);
                prop_assert_eq!(pieces.first().map(|it| it.0), (start <= end).then_some(start));
                prop_assert_eq!(pieces.last().map(|it| it.1), (start <= end).then_some(end));
                for (from, to) in &pieces {
                    prop_assert!(from <= to);
                    prop_assert!(to.duration_since(*from) <= longest || from == to);
                }
                for pair in pieces.windows(2) {
                    prop_assert_eq!(pair[0].1, pair[1].0);
                    prop_assert!(pair[1].0 < pair[1].1);
                }
            }
            Err(error) => {
                prop_assert_eq!(Err::<(), _>(error), too_many(limit));
                let most = longest.as_nanos().max(0) * i128::try_from(limit).expect("small");
                prop_assert!(span > most || (span == 0 && limit == 0));
            }
        }
    }

    #[test]
    fn days_are_covered_exactly(
        first in any_day(),
        last in any_day(),
        parts in 1_i32..200,
        further in -3_i32..3,
        limit in 0_usize..250,
    ) {
        let count = last.duration_since(first).as_hours() / 24 + 1;
        let most = i32::try_from(count.abs()).expect("in range") / parts + further;
        let most = u16::try_from(most.max(0)).unwrap_or(u16::MAX);
        match days(first, last, most, limit) {
            Ok(pieces) => {
                prop_assert!(pieces.len() <= limit);
                prop_assert_eq!(pieces.first().map(|it| it.0), (first <= last).then_some(first));
                prop_assert_eq!(pieces.last().map(|it| it.1), (first <= last).then_some(last));
                for (from, to) in &pieces {
                    prop_assert!(from <= to);
                    let length = to.duration_since(*from).as_hours() / 24 + 1;
                    prop_assert!(length <= i64::from(most.max(1)));
                }
                for pair in pieces.windows(2) {
                    prop_assert_eq!(pair[0].1.tomorrow().expect("not the last"), pair[1].0);
                }
            }
            Err(error) => {
                prop_assert_eq!(Err::<(), _>(error), too_many(limit));
                let room = i64::from(most.max(1)) * i64::try_from(limit).expect("small");
                prop_assert!(count > room);
            }
        }
    }
}
