//! Signed times: which texts are times, and how far they may lie from the clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use pulsehook_core::human_api::{self, HumanApi};
use pulsehook_core::signature::{SignedAt, Tolerance};
use pulsehook_core::{Receiver, RequestHead, SigningKey, VerifyError};

fn at_millis(millis: i64) -> SignedAt {
    SignedAt::from(pulsehook_core::jiff::Timestamp::from_millisecond(millis).expect("in range"))
}

/// What a text is as seconds, as milliseconds, and where the number of digits decides.
#[track_caller]
fn check(text: impl AsRef<[u8]>, seconds: Option<i64>, millis: Option<i64>) {
    let text = text.as_ref();
    let shown = text.escape_ascii();
    assert_eq!(
        SignedAt::from_seconds(text),
        seconds.map(at_millis),
        "{shown}"
    );
    assert_eq!(
        SignedAt::from_millis(text),
        millis.map(at_millis),
        "{shown}"
    );
    let either = seconds.or(millis).map(at_millis);
    assert_eq!(SignedAt::from_seconds_or_millis(text), either, "{shown}");
}

#[test]
fn the_number_of_digits_decides_the_unit() {
    check("0", Some(0), None);
    check("7", Some(7_000), None);
    check("1403591492", Some(1_403_591_492_000), None);
    check("99999999999", Some(99_999_999_999_000), None);
    check("100000000000", None, Some(100_000_000_000));
    check("1403591492088", None, Some(1_403_591_492_088));
    check("99999999999999", None, Some(99_999_999_999_999));
    check("100000000000000", None, None);
    check("1403591492088000000", None, None);
}

#[test]
fn texts_that_are_not_canonical_are_refused() {
    let (min, max, most) = (i64::MIN, i64::MAX, u64::MAX);
    for text in [
        "",
        "+1",
        "-1",
        "-0",
        "00",
        "001",
        "01403591492",
        " 1",
        "1 ",
        "1\n",
        "\t1",
        "1.9",
        "1.0",
        "1,0",
        "1abc",
        "1e9",
        "0x10",
        "1_000",
        "NaN",
        "1403591492.088",
        "+1403591492088",
        "0140359149208",
        "2014-06-24T06:31:32Z",
        "٣٤٥",
        "１２３",
        "1٣",
        "\u{feff}1",
        "1\0",
        "1,2",
    ] {
        check(text, None, None);
    }
    for text in [min.to_string(), max.to_string(), most.to_string()] {
        check(text, None, None);
    }
    for digits in [15, 19, 20, 400, 100_000] {
        check("9".repeat(digits), None, None);
        check("0".repeat(digits), None, None);
    }
    check(b"\xff1", None, None);
    check(b"1403591492\xff", None, None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_like_a_number_that_prints_as_they_stand(
        text in prop_oneof!["[0-9]{0,16}", "[+ 0-9.eE-]{0,15}", any::<String>()],
    ) {
        let canonical = text.parse::<u128>().ok().filter(|number| number.to_string() == text);
        let expect = canonical.and_then(|number| {
            let number = i64::try_from(number).ok()?;
            match text.len() {
                1..=11 => Some(number * 1000),
                12..=14 => Some(number),
                _ => None,
            }
        });
        let read = SignedAt::from_seconds_or_millis(text.as_bytes());
        prop_assert_eq!(read, expect.map(at_millis));
    }

    #[test]
    fn no_clock_and_no_tolerance_makes_a_check_panic(
        text in "[1-9][0-9]{0,13}",
        past in any::<u64>(),
        future in any::<u64>(),
        clock in any::<i32>(),
    ) {
        let tolerance = Tolerance::new(Duration::from_secs(past)).future(Duration::from_secs(future));
        let distance = Duration::from_secs(u64::from(clock.unsigned_abs()));
        let now = if clock < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance };
        let signed_at = SignedAt::from_seconds_or_millis(text.as_bytes());
        let _ = tolerance.check(signed_at.expect("canonical"), now);
    }
}

const OLD: Result<(), VerifyError> = Err(VerifyError::TooOld);
const NEW: Result<(), VerifyError> = Err(VerifyError::TooNew);

/// The time that all of these were signed at.
const SIGNED: Duration = Duration::from_secs(1_403_591_492);

#[track_caller]
fn check_tolerance(tolerance: Tolerance, now: SystemTime, expect: Result<(), VerifyError>) {
    let signed_at = SignedAt::from_seconds(b"1403591492").expect("a time");
    assert_eq!(tolerance.check(signed_at, now), expect);
}

#[test]
fn both_ends_of_a_tolerance_are_included() {
    let tolerance = Tolerance::default();
    let signed = UNIX_EPOCH + SIGNED;
    let (five, nano) = (Duration::from_secs(300), Duration::from_nanos(1));
    check_tolerance(tolerance, signed, Ok(()));
    check_tolerance(tolerance, signed + five, Ok(()));
    check_tolerance(tolerance, signed + five + nano, OLD);
    check_tolerance(tolerance, signed - five, Ok(()));
    check_tolerance(tolerance, signed - five - nano, NEW);
}

#[test]
fn the_two_directions_are_judged_apart() {
    let signed = UNIX_EPOCH + SIGNED;
    let second = Duration::from_secs(1);
    let long_past = Tolerance::new(second).past(Duration::from_secs(86_400));
    check_tolerance(long_past, signed + Duration::from_secs(86_400), Ok(()));
    check_tolerance(long_past, signed + Duration::from_secs(86_401), OLD);
    check_tolerance(long_past, signed - second, Ok(()));
    check_tolerance(long_past, signed - 2 * second, NEW);

    let no_future = Tolerance::default().future(Duration::ZERO);
    check_tolerance(no_future, signed, Ok(()));
    check_tolerance(no_future, signed - Duration::from_nanos(1), NEW);
    let nothing = Tolerance::new(Duration::ZERO);
    check_tolerance(nothing, signed, Ok(()));
    check_tolerance(nothing, signed + Duration::from_nanos(1), OLD);
}

#[test]
fn a_wrong_clock_fails_closed() {
    let day = Duration::from_secs(86_400);
    let tolerance = Tolerance::new(day);
    check_tolerance(tolerance, UNIX_EPOCH, NEW);
    check_tolerance(tolerance, UNIX_EPOCH - Duration::from_nanos(1), NEW);
    check_tolerance(tolerance, UNIX_EPOCH - 100 * 365 * day, NEW);
    check_tolerance(tolerance, UNIX_EPOCH + 10_000 * 365 * day, OLD);
    // As far as this system's clock can be set.
    let ends = [62_u32, 61, 60, 50, 40].map(|bits| Duration::from_secs(1 << bits));
    let last = ends.iter().find_map(|span| UNIX_EPOCH.checked_add(*span));
    check_tolerance(tolerance, last.expect("far ahead"), OLD);
    let first = ends.iter().find_map(|span| UNIX_EPOCH.checked_sub(*span));
    check_tolerance(tolerance, first.expect("far back"), NEW);
}

#[test]
fn a_boundless_tolerance_accepts_and_does_not_overflow() {
    let boundless = [Duration::from_secs(u64::MAX), Duration::MAX];
    for span in boundless {
        let tolerance = Tolerance::new(span);
        check_tolerance(tolerance, UNIX_EPOCH, Ok(()));
        check_tolerance(tolerance, UNIX_EPOCH + Duration::from_secs(1 << 60), Ok(()));
        check_tolerance(tolerance.future(Duration::ZERO), UNIX_EPOCH, NEW);
    }
}

#[test]
fn a_receiver_judges_by_its_own_clock_and_after_the_signature() {
    let key = SigningKey::from_text("k").expect("a key");
    let forger = SigningKey::from_text("other").expect("a key");
    let hour = Duration::from_secs(3600);
    let signed = UNIX_EPOCH + SIGNED;
    let cases = [
        (signed, Ok(())),
        (signed - hour, Err("timestamp-too-new")),
        (signed + hour, Err("timestamp-too-old")),
        (UNIX_EPOCH, Err("timestamp-too-new")),
        (UNIX_EPOCH - hour, Err("timestamp-too-new")),
        (
            UNIX_EPOCH + Duration::from_secs(1 << 50),
            Err("timestamp-too-old"),
        ),
    ];
    for (now, expect) in cases {
        let provider = HumanApi::new(key.clone()).with_tolerance(Tolerance::default());
        let receiver = Receiver::builder(provider).clock(move || now).build();
        let verify = |key: &SigningKey| {
            let request = human_api::testing::sign(key, "[]", "1403591492", "1");
            let headers = request.headers();
            let head = RequestHead::new("POST", "/", &headers);
            let outcome = receiver.verify(head, "[]");
            outcome.map(|_| ()).map_err(|error| error.rule())
        };
        assert_eq!(verify(&key), expect);
        assert_eq!(
            verify(&forger),
            Err("signature-mismatch"),
            "whatever the clock says"
        );
    }
}
