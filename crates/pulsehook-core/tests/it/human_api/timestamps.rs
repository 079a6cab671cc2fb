//! The time stamp header: its form, and its age where a tolerance is set.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pulsehook_core::Receiver;
use pulsehook_core::human_api::HumanApi;
use pulsehook_core::signature::Tolerance;

use super::{
    documented, documented_pairs, key, pairs, receive, receiver, refused_by_head, rule,
    signed_pairs,
};

#[test]
fn time_stamps_that_are_not_canonical_are_refused_before_the_body() {
    let digits_400 = "1".repeat(400);
    for timestamp in [
        "+1",
        "-1",
        "001",
        "00",
        " 1",
        "1 ",
        "1.9",
        "1abc",
        "1e9",
        "0x10",
        "1_000",
        "١٤٠٣٥٩١٤٩٢",
        "140359149208812",
        "99999999999999999",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "2014-06-24T06:31:32.088Z",
        "01403591492088",
        digits_400.as_str(),
    ] {
        let headers = signed_pairs(documented::BODY.as_bytes(), timestamp, documented::NONCE);
        assert_eq!(
            refused_by_head(&receiver(), &headers),
            Some("malformed-timestamp"),
            "{timestamp}"
        );
    }
}

#[test]
fn up_to_14_digits_are_taken() {
    for timestamp in [
        "0",
        "1",
        "1403591492",
        "99999999999",
        "100000000000",
        "1403591492088",
        "99999999999999",
    ] {
        let headers = signed_pairs(documented::BODY.as_bytes(), timestamp, documented::NONCE);
        let delivery = receive(&receiver(), &headers, documented::BODY.as_bytes());
        assert!(delivery.is_ok(), "{timestamp}");
    }
}

/// A receiver whose clock stands still, with a tolerance of 300 seconds.
fn tolerant(now: SystemTime) -> Receiver<HumanApi> {
    let provider = HumanApi::new(key()).with_tolerance(Tolerance::default());
    Receiver::builder(provider).clock(move || now).build()
}

fn at_millis(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

fn check(timestamp: &str, now: SystemTime, expect: Option<&str>) {
    let headers = signed_pairs(documented::BODY.as_bytes(), timestamp, documented::NONCE);
    let result = receive(&tolerant(now), &headers, documented::BODY.as_bytes());
    match expect {
        None => assert!(result.is_ok(), "{timestamp}"),
        Some(expect) => {
            let error = result.expect_err("outside the tolerance");
            assert_eq!(error.rule(), expect, "{timestamp}");
            assert_eq!(error.reply().status(), 401);
        }
    }
}

const NOW: u64 = 1_403_591_792_088;

#[test]
fn milliseconds_are_judged_to_the_millisecond() {
    let now = at_millis(NOW);
    check("1403591492088", now, None);
    check("1403591492087", now, Some("timestamp-too-old"));
    check("1403592092088", now, None);
    check("1403592092089", now, Some("timestamp-too-new"));
}

#[test]
fn seconds_are_judged_to_the_second() {
    let now = at_millis(1_403_591_792_000);
    check("1403591492", now, None);
    check("1403591491", now, Some("timestamp-too-old"));
    check("1403592092", now, None);
    check("1403592093", now, Some("timestamp-too-new"));
}

#[test]
fn past_and_future_can_differ() {
    let tolerance = Tolerance::new(Duration::from_secs(1)).past(Duration::from_secs(86_400));
    let provider = HumanApi::new(key()).with_tolerance(tolerance);
    let receiver = Receiver::builder(provider).clock(|| at_millis(NOW)).build();
    let body = documented::BODY.as_bytes();
    for (timestamp, accepted) in [
        ("1403505392088", true),
        ("1403505392087", false),
        ("1403591793088", true),
        ("1403591793089", false),
    ] {
        let headers = signed_pairs(body, timestamp, documented::NONCE);
        let result = receive(&receiver, &headers, body);
        assert_eq!(result.is_ok(), accepted, "{timestamp}");
    }
}

#[test]
fn extreme_time_stamps_and_clocks_do_not_overflow() {
    let before_1970 = UNIX_EPOCH - Duration::from_secs(86_400);
    check("0", before_1970, Some("timestamp-too-new"));
    check("1403591492088", before_1970, Some("timestamp-too-new"));
    check("99999999999999", before_1970, Some("timestamp-too-new"));
    check("0", UNIX_EPOCH - Duration::from_secs(300), None);
    check("0", UNIX_EPOCH, None);
    check("0", at_millis(NOW), Some("timestamp-too-old"));
    check("99999999999", at_millis(NOW), Some("timestamp-too-new"));
    check("99999999999999", at_millis(NOW), Some("timestamp-too-new"));
}

#[test]
fn without_a_tolerance_age_does_not_matter() {
    let receiver = Receiver::builder(HumanApi::new(key()))
        .clock(|| UNIX_EPOCH - Duration::from_secs(1))
        .build();
    let delivery = receive(&receiver, &documented_pairs(), documented::BODY.as_bytes());
    assert!(delivery.is_ok());
}

#[test]
fn a_forged_request_learns_nothing_of_the_age() {
    let year_later = at_millis(NOW + 365 * 86_400_000);
    let forged = pairs(
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        documented::TIMESTAMP,
        documented::NONCE,
    );
    let result = receive(&tolerant(year_later), &forged, documented::BODY.as_bytes());
    assert_eq!(rule(result), "signature-mismatch");
    check(documented::TIMESTAMP, year_later, Some("timestamp-too-old"));
}

#[test]
fn a_shifted_time_stamp_is_judged_by_its_own_unit() {
    // Seconds instead of milliseconds, the rest moved into the nonce: the same instant.
    let (timestamp, moved) = documented::TIMESTAMP.split_at(10);
    let nonce = format!("{moved}{}", documented::NONCE);
    let shifted = pairs(documented::SIGNATURE, timestamp, &nonce);
    let body = documented::BODY.as_bytes();
    let result = receive(&tolerant(at_millis(NOW + 1_000)), &shifted, body);
    assert_eq!(rule(result), "timestamp-too-old");
    // One digit more is seconds of a far future.
    let (timestamp, moved) = documented::TIMESTAMP.split_at(11);
    let nonce = format!("{moved}{}", documented::NONCE);
    let shifted = pairs(documented::SIGNATURE, timestamp, &nonce);
    let result = receive(&tolerant(at_millis(NOW)), &shifted, body);
    assert_eq!(rule(result), "timestamp-too-new");
}
