//! Tries after a failure, and how long an answer is waited for.

use super::Play;
use super::fake::{FAILED, Fake, OK};

#[test]
fn retries_follow_the_schedule_of_the_provider() {
    let play = Play::start("send_retry");
    for (provider, sample, answers, expected, code) in [
        (
            "thryve",
            "event.data.epoch.create",
            &[FAILED, FAILED, OK][..],
            3,
            0,
        ),
        ("thryve", "event.data.epoch.create", &[FAILED], 4, 1),
        // Only 200 and 204 count.
        (
            "thryve",
            "event.data.epoch.create",
            &[
                "HTTP/1.1 202 Later\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                "HTTP/1.1 204 Yes\r\nconnection: close\r\n\r\n",
            ],
            2,
            0,
        ),
        ("withings", "weight", &[FAILED], 10, 1),
        ("withings", "weight", &[FAILED, OK], 2, 0),
        ("metriport", "patient.admit", &[FAILED], 1, 1),
        ("human-api", "data", &[FAILED], 1, 1),
    ] {
        let fake = Fake::start(answers);
        let to = fake.url();
        let fast = "--retry-like-provider=1000000000";
        let ran = play.send(&[provider, sample, fast, "--json", "--to", &to]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let requests = fake.requests();
        assert_eq!(requests.len(), expected, "{provider}");
        // The same request each time.
        assert!(
            requests.iter().all(|request| *request == requests[0]),
            "{provider}"
        );
        let (rows, sum) = ran.rows();
        let attempts: Vec<_> = rows
            .iter()
            .map(|row| row["attempt"].as_u64().unwrap())
            .collect();
        assert_eq!(attempts, (1..=expected as u64).collect::<Vec<_>>());
        let waits = rows
            .iter()
            .filter(|row| row.get("next_try_ms").is_some())
            .count();
        assert_eq!(waits, expected - 1);
        assert_eq!(
            (&sum["deliveries"], &sum["requests"]),
            (&1.into(), &expected.into())
        );
    }
    for (provider, told) in [
        ("human-api", "documents no retries"),
        ("metriport", "does not try again by itself"),
        ("thryve", "this assumes a minute between tries"),
        ("withings", "after 4 hours and 3 to 30 minutes"),
    ] {
        let fake = Fake::start(&[OK]);
        let to = fake.url();
        let ran = play.send(&[provider, "--retry-like-provider", "--to", &to]);
        assert_eq!(ran.stderr.matches(told).count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn waits_are_those_of_the_documentation() {
    let play = Play::start("send_waits");
    for (provider, factor, least, most) in [
        ("thryve", 1000.0, &[60.0; 3][..], &[60.0; 3][..]),
        (
            "withings",
            1e7,
            &[0.0, 10.0, 0.0, 120.0, 0.0, 3720.0, 0.0, 14580.0, 0.0],
            &[0.0, 10.0, 0.0, 660.0, 0.0, 4800.0, 0.0, 16200.0, 0.0],
        ),
    ] {
        let fake = Fake::start(&[FAILED]);
        let retry = format!("--retry-like-provider={factor}");
        let ran = play.send(&[provider, &retry, "--json", "--to", &fake.url()]);
        let (rows, _) = ran.rows();
        let waits: Vec<f64> = rows
            .iter()
            .filter_map(|row| row.get("next_try_ms")?.as_f64())
            .map(|millis| millis / 1000.0 * factor)
            .collect();
        assert_eq!(waits.len(), least.len(), "{ran:?}");
        for ((wait, least), most) in waits.iter().zip(least).zip(most) {
            // Durations count whole nanoseconds.
            let slack = factor / 1e9;
            let fits = (least - slack..=most + slack).contains(wait);
            assert!(fits, "{provider} {waits:?}");
        }
    }
}

#[test]
fn an_answer_is_waited_for_no_longer_than_told() {
    let play = Play::start("send_timeout");
    let fake = Fake::start(&[""]);
    let ran = play.send(&[
        "metriport",
        "--timeout",
        "50ms",
        "--json",
        "--to",
        &fake.url(),
    ]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let (rows, sum) = ran.rows();
    assert_eq!(rows[0]["outcome"], "unanswered");
    assert_eq!(rows[0]["error"], "no answer in time");
    assert_eq!(
        (&sum["unanswered"], &sum["accepted"]),
        (&1.into(), &0.into())
    );
}
