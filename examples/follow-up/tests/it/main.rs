//! The program as it is started, and hit over a socket.

use std::process::Command;

use pulsehook_axum::withings::testing::notification;
use pulsehook_tests::{Running, refuses_to_start};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_example-follow-up"));
    program
        .env("WITHINGS_URL_SECRET", "u-secret")
        .env("LISTEN", "127.0.0.1:0");
    program
}

fn notify(running: &Running, body: &'static str) {
    let request = notification(body);
    let (status, _) = running.deliver("/hooks/withings?token=u-secret", &request);
    assert_eq!(status, 200);
}

#[test]
fn it_prints_the_weights_of_every_page() {
    let running = Running::start(&mut program());
    notify(
        &running,
        "userid=12345&appli=1&startdate=1706400000&enddate=1706400060",
    );
    let lines = [(); 4].map(|()| running.line());
    assert_eq!(
        lines,
        [
            "weight: Measure – Getmeas",
            "2024-01-28T00:00:00Z weight 65.750 kg",
            "2024-01-28T00:00:00Z fat ratio 21.7 %",
            "2024-01-28T00:00:45Z weight 65.74 kg",
        ]
    );
}

#[test]
fn it_says_why_an_answer_is_of_no_use() {
    let running = Running::start(&mut program());
    // The fake knows no token of this user.
    notify(
        &running,
        "userid=999&appli=1&startdate=1706400000&enddate=1706400060",
    );
    assert_eq!(running.line(), "weight: Measure – Getmeas");
    let line = running.line();
    assert!(line.starts_with("failed: "), "{line}");
    assert!(line.contains("401"), "{line}");
}

#[test]
fn it_names_calls_that_it_cannot_make() {
    let running = Running::start(&mut program());
    notify(&running, "appli=53&mac=00:24:e4:0a:0b:0c");
    assert_eq!(running.line(), "device-set-up: User v2 – Activate");
    assert_eq!(
        running.line(),
        "failed: it needs a credential of the kind signature"
    );
    // The fake has no such path; the alternative, Link, was not tried.
    notify(
        &running,
        "userid=12345&appli=54&startdate=1706400000&enddate=1706400060",
    );
    assert_eq!(running.line(), "ecg: Heart v2 – List");
    let line = running.line();
    assert!(line.contains("404"), "{line}");
    // Without a window, and without a time of the last sync.
    notify(&running, "userid=12345&appli=1");
    let line = running.line();
    assert!(line.starts_with("not called: Measure – Getmeas"), "{line}");
}

#[test]
fn it_does_not_start_without_its_secret() {
    let error = refuses_to_start(program().env_remove("WITHINGS_URL_SECRET"));
    assert!(error.contains("WITHINGS_URL_SECRET is not set"), "{error}");
}
