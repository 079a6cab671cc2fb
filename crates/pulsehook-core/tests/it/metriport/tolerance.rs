//! The optional window around `meta.when`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pulsehook_core::Receiver;
use pulsehook_core::metriport::Metriport;
use pulsehook_core::metriport::testing::sign;
use pulsehook_core::signature::Tolerance;

use super::{SIGNATURE, deliver, key, message, post, send};

/// 2026-03-04T05:06:07.089Z
const WHEN: &str = "2026-03-04T05:06:07.089Z";
const WHEN_MILLIS: u64 = 1_772_600_767_089;

fn receiver_at(now: SystemTime) -> Receiver<Metriport> {
    let tolerance = Tolerance::new(Duration::from_secs(60)).past(Duration::from_secs(3600));
    let provider = Metriport::new(key()).with_tolerance(tolerance);
    Receiver::builder(provider).clock(move || now).build()
}

fn body(when: &str) -> String {
    format!(
        r#"{{"meta":{{"messageId":"m","when":{when},"type":"medical.document-conversion"}},"patients":[]}}"#
    )
}

/// Sends a body at a time, and returns the rule that refused it.
fn rule(body: impl Into<String>, now: SystemTime) -> Option<&'static str> {
    let outcome = send(&receiver_at(now), &sign(&key(), body.into()));
    let error = outcome.err()?;
    let verification = error.undecodable().is_none();
    assert_eq!(error.reply().status(), if verification { 401 } else { 400 });
    Some(error.rule())
}

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

#[test]
fn both_ends_of_the_window_are_inside() {
    let body = body(&format!("{WHEN:?}"));
    let check = |millis, expected| assert_eq!(rule(body.as_str(), at(millis)), expected);
    check(WHEN_MILLIS, None);
    check(WHEN_MILLIS + 3_600_000, None);
    check(WHEN_MILLIS + 3_600_001, Some("timestamp-too-old"));
    check(WHEN_MILLIS - 60_000, None);
    check(WHEN_MILLIS - 60_001, Some("timestamp-too-new"));
}

#[test]
fn offsets_are_times_as_well() {
    let body = body(r#""2026-03-04T07:06:07.089+02:00""#);
    assert_eq!(rule(body, at(WHEN_MILLIS)), None);
}

#[test]
fn times_that_are_none_are_refused() {
    let malformed = Some("malformed-timestamp");
    for when in [
        r#""yesterday""#,
        r#""""#,
        r#""2026-03-04""#,
        r#""2026-03-04T05:06:07.089""#,
        "1772600767089",
        "null",
        r#""2026-13-45T00:00:00Z""#,
        r#""9999999-01-01T00:00:00Z""#,
        "[]",
        r#""1772600767""#,
    ] {
        assert_eq!(rule(body(when), at(WHEN_MILLIS)), malformed, "{when}");
    }
    let without =
        r#"{"meta":{"messageId":"m","type":"medical.document-conversion"},"patients":[]}"#;
    for body in [without, r#"{"ping":"legacy"}"#, "{}", "not json", ""] {
        assert_eq!(rule(body, at(WHEN_MILLIS)), malformed, "{body}");
    }
}

#[test]
fn the_signature_is_judged_before_the_time() {
    let wrong = "0".repeat(64);
    let headers = [(SIGNATURE, wrong.as_bytes())];
    let error = post(&receiver_at(at(0)), &headers, body("7")).expect_err("forged");
    assert_eq!(error.rule(), "signature-mismatch");
}

#[test]
fn the_time_is_read_wherever_meta_stands_and_whatever_follows() {
    let meta = format!(
        r#""meta":{{"type":"medical.document-conversion","when":"{WHEN}","messageId":"m"}}"#
    );
    assert_eq!(
        rule(format!(r#"{{"patients":[],{meta}}}"#), at(WHEN_MILLIS)),
        None
    );
    assert_eq!(
        rule(format!(r#"{{"patients":[],{meta}}}"#), at(0)),
        Some("timestamp-too-new")
    );
    assert_eq!(
        rule(format!("{{{meta}, broken"), at(WHEN_MILLIS)),
        Some("undecodable")
    );
}

#[test]
fn clocks_and_times_at_the_ends_fail_closed() {
    let before_1970 = UNIX_EPOCH - Duration::from_secs(1);
    let long_before_1970 = UNIX_EPOCH - Duration::from_secs(1 << 40);
    let body_now = body(&format!("{WHEN:?}"));
    assert_eq!(
        rule(body_now.as_str(), before_1970),
        Some("timestamp-too-new")
    );
    assert_eq!(
        rule(body_now.as_str(), long_before_1970),
        Some("timestamp-too-new")
    );
    assert_eq!(
        rule(body_now, UNIX_EPOCH + Duration::from_secs(1 << 40)),
        Some("timestamp-too-old")
    );
    assert_eq!(rule(body(r#""1969-12-31T23:59:59Z""#), before_1970), None);
    assert_eq!(
        rule(body(r#""-009999-01-02T01:59:59Z""#), UNIX_EPOCH),
        Some("timestamp-too-old")
    );
    assert_eq!(
        rule(body(r#""9999-12-30T22:00:00Z""#), UNIX_EPOCH),
        Some("timestamp-too-new")
    );
}

#[test]
fn without_tolerance_any_age_will_do() {
    for when in [
        r#""1970-01-01T00:00:00.000Z""#,
        r#""9999-01-01T00:00:00.000Z""#,
    ] {
        assert_eq!(deliver(body(when)).events().len(), 1);
    }
    assert!(deliver(message("ping")).is_probe());
}
