//! The optional window around the signed time stamp.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pulsehook_core::Receiver;
use pulsehook_core::signature::Tolerance;
use pulsehook_core::thryve::Thryve;
use pulsehook_core::thryve::testing::sign;

use super::{SIGNATURE, key, message, rule, send, signed_receiver};

/// 2024-01-28T09:02:03Z
const SECONDS: u64 = 1_706_432_523;

fn receiver_at(now: SystemTime) -> Receiver<Thryve> {
    let tolerance = Tolerance::new(Duration::from_secs(60)).past(Duration::from_secs(3600));
    let thryve = Thryve::builder().keys(key()).tolerance(tolerance).build();
    Receiver::builder(thryve.expect("has a key"))
        .clock(move || now)
        .build()
}

/// Sends a request with a time stamp at a time, and returns the rule that refused it.
fn refused(timestamp: &str, now: SystemTime) -> Option<&'static str> {
    let request = sign(&key(), message("epoch-create"), timestamp);
    let error = send(&receiver_at(now), &request).err()?;
    assert_eq!(error.reply().status(), 401);
    Some(error.rule())
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn both_ends_of_the_window_are_inside() {
    for timestamp in [
        "1706432523",
        "1706432523000",
        "2024-01-28T09:02:03Z",
        "2024-01-28T09:02:03.000Z",
        "2024-01-28T09:02:03",
        "2024-01-28T10:02:03+01:00",
    ] {
        let check = |seconds, expected| {
            assert_eq!(refused(timestamp, at(seconds)), expected, "{timestamp}");
        };
        check(SECONDS, None);
        check(SECONDS + 3600, None);
        check(SECONDS + 3601, Some("timestamp-too-old"));
        check(SECONDS - 60, None);
        check(SECONDS - 61, Some("timestamp-too-new"));
    }
    let millis = UNIX_EPOCH + Duration::from_millis(SECONDS * 1000 + 3_600_456);
    assert_eq!(refused("1706432523456", millis), None);
    assert_eq!(refused("1706432523455", millis), Some("timestamp-too-old"));
}

#[test]
fn what_is_no_time_is_refused() {
    let nines = "9".repeat(400);
    let long = format!("2024-01-28T09:02:03.{}Z", "0".repeat(60));
    for timestamp in [
        "0",
        "1",
        "170643252",
        "17064325230",
        "170643252345",
        "17064325234560",
        "0706432523",
        "+706432523",
        " 706432523",
        "-706432523",
        "1706432523.0",
        "1.706432e9",
        "170643252a",
        "18446744073709551615",
        "-9223372036854775808",
        "\u{661}706432523",
        "2024-01-28",
        "2024-01-28T09:02:03X",
        "2024-13-28T09:02:03Z",
        "yesterday",
        " ",
        nines.as_str(),
        long.as_str(),
    ] {
        assert_eq!(
            refused(timestamp, at(SECONDS)),
            Some("malformed-timestamp"),
            "{timestamp}"
        );
    }
}

#[test]
fn the_signature_is_judged_before_the_time() {
    for timestamp in ["yesterday", "1706432523", "1000000000"] {
        let request = sign(&key(), message("epoch-create"), timestamp);
        let forged = request.with_header(SIGNATURE, "0".repeat(64));
        assert_eq!(
            rule(send(&receiver_at(at(SECONDS)), &forged)),
            "signature-mismatch"
        );
    }
}

#[test]
fn clocks_and_times_at_the_ends_fail_closed() {
    let before_1970 = UNIX_EPOCH - Duration::from_secs(1 << 40);
    assert_eq!(
        refused("1706432523", before_1970),
        Some("timestamp-too-new")
    );
    let far = UNIX_EPOCH + Duration::from_secs(1 << 40);
    assert_eq!(refused("1706432523", far), Some("timestamp-too-old"));
    assert_eq!(
        refused("9999999999", at(SECONDS)),
        Some("timestamp-too-new")
    );
    assert_eq!(
        refused("9999-12-30T22:00:00Z", at(SECONDS)),
        Some("timestamp-too-new")
    );
    assert_eq!(
        refused("-009999-01-02T01:59:59Z", at(SECONDS)),
        Some("timestamp-too-old")
    );
}

#[test]
fn without_tolerance_any_text_and_any_age_will_do() {
    for timestamp in ["1000000000", "9999999999999", "yesterday", " "] {
        let request = sign(&key(), message("epoch-create"), timestamp);
        assert!(send(&signed_receiver(), &request).is_ok());
    }
}
