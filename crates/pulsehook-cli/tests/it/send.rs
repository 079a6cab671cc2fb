//! Signed deliveries to an endpoint: what arrives, what is told, where nothing may go.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{
    CANARY, FOUR_ENDPOINTS, Gathered, Server, command, end_without_secrets, folder, pulsehook,
    with_secrets,
};

mod fake;
mod pace;
mod refused;
mod retry;
mod tamper;

use self::fake::{Fake, OK, body};

const PROVIDERS: [&str; 4] = ["human-api", "metriport", "thryve", "withings"];

/// A started server of four endpoints, and a folder whose configuration has its address.
struct Play {
    folder: PathBuf,
    server: Server,
}

impl Play {
    fn start(name: &str) -> Self {
        Self::start_with(name, FOUR_ENDPOINTS)
    }

    fn start_with(name: &str, config: &str) -> Self {
        let folder = folder(name);
        let server = Server::start(&mut command(&folder, config));
        let address = format!("listen = \"{}\"", server.address);
        let config = config.replace("listen = \"127.0.0.1:0\"", &address);
        std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
        Self { folder, server }
    }

    fn send(&self, arguments: &[&str]) -> Ran {
        run(send(&self.folder).args(arguments))
    }

    fn end(self) -> (Vec<String>, Vec<String>) {
        end_without_secrets(self.server)
    }
}

fn send(folder: &Path) -> Command {
    let mut command = with_secrets(pulsehook());
    command.current_dir(folder).arg("send");
    command
}

/// What a run ended with.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// The lines of JSON, the sum apart.
    fn rows(&self) -> (Vec<Value>, Value) {
        let lines = self.stdout.lines();
        let mut rows: Vec<Value> = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let sum = rows.pop().unwrap();
        (rows, sum["summary"].clone())
    }
}

/// Runs a command, and pins that no secret is in what it writes.
#[track_caller]
fn run(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran {
        code: status.code(),
        stdout: text(stdout),
        stderr: text(stderr),
    };
    assert!(
        !ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY),
        "{ran:?}"
    );
    ran
}

#[test]
fn every_sample_of_every_provider_is_accepted() {
    let play = Play::start("send_all");
    let mut sent = 0;
    for provider in PROVIDERS {
        let mut list = pulsehook();
        let list = run(list.args(["samples", provider, "--json"]));
        let samples: Vec<String> = list
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect();
        let ran = play.send(&[provider, "--all", "--json"]);
        assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{}", ran.stdout);
        let (rows, sum) = ran.rows();
        let names: Vec<_> = rows
            .iter()
            .map(|row| row["sample"].as_str().unwrap())
            .collect();
        assert_eq!(names, samples);
        for row in rows {
            assert_eq!(
                (&row["status"], &row["outcome"]),
                (&200.into(), &"accepted".into())
            );
        }
        assert_eq!(sum["accepted"], samples.len());
        assert_eq!(sum["statuses"]["200"], samples.len());
        sent += samples.len();
    }
    let (deliveries, notes) = play.end();
    let answered = notes
        .iter()
        .filter(|note| note.contains(" answered "))
        .count();
    // A ping and a probe are no deliveries.
    assert_eq!(answered, 2, "{notes:#?}");
    assert_eq!(deliveries.len(), sent - answered);
    assert!(
        !notes.iter().any(|note| note.contains("refused")),
        "{notes:#?}"
    );
}

#[test]
fn edits_arrive() {
    let play = Play::start("send_set");
    let case = r#"meta.data.caseId="A-17""#;
    let ran = play.send(&["metriport", "patient.admit", "--set", case]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    play.server
        .stdout
        .wait_for(&["patient.admit", r#""caseId":"A-17""#]);
    let ran = play.send(&[
        "withings",
        "weight",
        "--set",
        "appli=4",
        "--set",
        "userid=77",
    ]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    play.server
        .stdout
        .wait_for(&[r#""category":4"#, r#""user_id":77"#]);
    let object = r#"1.objectId="changed-17""#;
    let ran = play.send(&["human-api", "data", "--set", object]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    play.server.stdout.wait_for(&["changed-17"]);

    let file = play.folder.join("own.json");
    std::fs::write(
        &file,
        r#"{"meta":{"messageId":"1","when":"2026-02-03T04:05:06Z","type":"own.kind"}}"#,
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let ran = play.send(&["metriport", "--body", file]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    play.server.stdout.wait_for(&["own.kind"]);

    let spoilt = ["human-api", "--all", "--tamper", "crlf"];
    let ran = play.send(&spoilt);
    assert!(
        ran.stderr.contains("leaves out 1 sample to which"),
        "{}",
        ran.stderr
    );

    for (arguments, part) in [
        (&["--set", "meta.x=A-17"][..], r#"--set meta.x='"TEXT"'"#),
        (
            &["--set", "meta.messageId.x=1"],
            "`meta.messageId` is neither an object",
        ),
        (&["--set", "meta"], "write PATH=VALUE"),
        (&["--all", "--set", "a=1"], "--set edits one message"),
    ] {
        let ran = play.send(&[&["metriport"], arguments].concat());
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    play.end();
}

#[test]
fn duplicates_are_identical_and_repetitions_are_not() {
    let play = Play::start("send_duplicate");
    for provider in PROVIDERS {
        let fake = Fake::start(&[OK]);
        let ran = play.send(&[provider, "--duplicate", "--json", "--to", &fake.url()]);
        let requests = fake.requests();
        assert_eq!(requests.len(), 2, "{ran:?}");
        assert_eq!(requests[0], requests[1], "{provider}");
        let (rows, sum) = ran.rows();
        assert_eq!(rows[0].get("duplicate"), None);
        assert_eq!(rows[1]["duplicate"], true);
        assert_eq!(
            (&sum["deliveries"], &sum["requests"]),
            (&2.into(), &2.into())
        );
    }
    for (provider, sample, id) in [
        ("metriport", "patient.admit", "/meta/messageId"),
        ("human-api", "data", "/1/objectId"),
        ("human-api", "orders.OrderSummaryUpdated", "/0/eventId"),
    ] {
        let fake = Fake::start(&[OK]);
        let ran = play.send(&[provider, sample, "--repeat", "3", "--to", &fake.url()]);
        assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
        let ids: BTreeSet<String> = fake
            .requests()
            .iter()
            .map(|request| serde_json::from_slice::<Value>(body(request)).unwrap())
            .map(|message| message.pointer(id).unwrap().as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 3, "{ids:?}");
    }
    for provider in ["thryve", "withings"] {
        let fake = Fake::start(&[OK]);
        let ran = play.send(&[provider, "--repeat", "2", "--to", &fake.url()]);
        assert_eq!(ran.code, Some(0));
        assert!(
            ran.stderr.contains("sends no ids with this message"),
            "{}",
            ran.stderr
        );
        let requests = fake.requests();
        assert_eq!(body(&requests[0]), body(&requests[1]));
    }
    // Repetitions are signed like all else.
    let ran = play.send(&[
        "metriport",
        "--repeat",
        "100",
        "--parallel",
        "8",
        "--rate",
        "9000/s",
    ]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(
        lines[0],
        "100 deliveries: 100 accepted, 0 refused, 0 unanswered; status 200: 100"
    );
    assert!(lines[1].starts_with("latency: p50 "), "{lines:?}");
    play.end();
}

#[test]
fn a_ping_needs_its_pong() {
    let play = Play::start("send_ping");
    let fake = Fake::start(&[OK]);
    let ran = play.send(&["metriport", "ping", "--to", &fake.url()]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("for a ping its pong"), "{}", ran.stdout);
    let ran = play.send(&["metriport", "ping"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn secrets_of_options_and_samples_of_other_endpoints() {
    let play = Play::start("send_options");
    let to = format!("http://{}/hooks/metriport", play.server.address);
    let ran = play.send(&[
        "metriport",
        "--secret",
        "env:TEST_METRIPORT_KEY",
        "--to",
        &to,
    ]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = play.send(&["metriport", "--secret", "env:TEST_THRYVE_KEY", "--to", &to]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stdout.contains("refused: not authentic"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("not accepted: 1 of 1"),
        "{}",
        ran.stderr
    );
    let ran = play.send(&["metriport", "--to", "http://127.0.0.1:1/"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stdout.contains("no connection: check --to"),
        "{}",
        ran.stdout
    );
    // An endpoint without `order_updates` is not sent such, unless they are named.
    let config = play.folder.join("pulsehook.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("order_updates = true", "")).unwrap();
    let ran = play.send(&["withings", "--all", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.stderr
            .matches("the endpoint has not the option order_updates")
            .count(),
        2
    );
    let (rows, _) = ran.rows();
    assert!(!rows.iter().any(|row| row["sample"] == "order-update"));
    play.end();
}

#[test]
fn the_last_line_says_what_to_do_about_what_came_back() {
    const VERIFY: &str = "what the endpoint writes says why, and `pulsehook verify` explains";

    let play = Play::start("send_advice");
    for (status, part) in [
        ("200", ""),
        ("302", "name the final URL with --to"),
        ("400", VERIFY),
        ("401", VERIFY),
        ("404", "correct the path of the URL"),
        ("429", "send more slowly, with --rate"),
        ("500", "the log of the endpoint says what failed there"),
        ("503", "the log of the endpoint says what failed there"),
    ] {
        let answer =
            format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let fake = Fake::start(&[&answer]);
        let ran = play.send(&["metriport", "patient.admit", "--to", &fake.url()]);
        let expected = match part {
            "" => String::new(),
            _ => format!("pulsehook: not accepted: 1 of 1; {part}"),
        };
        assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
        assert_eq!(ran.stderr.is_empty(), part.is_empty(), "{}", ran.stderr);
        let named = ran.stderr.contains("pulsehook verify");
        assert_eq!(named, matches!(status, "400" | "401"), "{}", ran.stderr);
    }
    // Each cause once.
    let answers = ["404", "500", "404"].map(|status| {
        format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    });
    let fake = Fake::start(&answers.each_ref().map(String::as_str));
    let to = fake.url();
    let ran = play.send(&["metriport", "patient.admit", "--repeat", "3", "--to", &to]);
    assert_eq!(
        ran.stderr,
        "pulsehook: not accepted: 3 of 3; correct the path of the URL; the log of the endpoint \
         says what failed there\n"
    );
    for (to, part) in [
        ("http://127.0.0.1:1/".to_owned(), "start the endpoint"),
        (Fake::start(&[""]).url(), "with --timeout"),
    ] {
        let arguments = ["metriport", "patient.admit", "--timeout", "500ms", "--to"];
        let ran = play.send(&[&arguments[..], &[&to]].concat());
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
        assert!(!ran.stderr.contains("pulsehook verify"), "{}", ran.stderr);
    }
    play.end();
}

#[test]
fn times_are_in_microseconds_and_agree() {
    let play = Play::start("send_times");
    let ran = play.send(&["metriport", "ping", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (rows, sum) = ran.rows();
    let took = &rows[0]["latency_ms"];
    for mark in ["p50", "p95", "max"] {
        assert_eq!(&sum["latency_ms"][mark], took);
    }
    let digits = took.to_string();
    let (_, digits) = digits.split_once('.').unwrap();
    assert!(digits.len() <= 3, "{took}");
    let ran = play.send(&["metriport", "ping"]);
    let words: Vec<_> = ran.stdout.split_whitespace().collect();
    let shown = words.iter().position(|word| *word == "ms").unwrap() - 1;
    let p50 = words.iter().position(|word| *word == "p50").unwrap() + 1;
    assert_eq!(words[shown], words[p50], "{}", ran.stdout);
    play.end();
}

#[test]
fn an_interrupt_stops_and_sums_up() {
    let play = Play::start("send_interrupt");
    let fake = Fake::start(&[OK, OK, ""]);
    let mut child = send(&play.folder)
        .args([
            "metriport",
            "patient.admit",
            "--repeat",
            "9",
            "--timeout",
            "1h",
        ])
        .args(["--to", &fake.url()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = Gathered::from_stream(child.stdout.take().unwrap());
    let stderr = Gathered::from_stream(child.stderr.take().unwrap());
    // The third is on its way for an hour.
    while fake.requests().len() < 3 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let sum = "2 deliveries: 2 accepted, 0 refused, 0 unanswered; status 200: 2";
    assert!(
        stdout.all().iter().any(|line| line == sum),
        "{:?}",
        stdout.all()
    );
    let errors = stderr.all().join("\n");
    assert!(
        errors.contains("stopped by a signal: 2 of 9 deliveries"),
        "{errors}"
    );
}
