//! `pulsehook tail`: follows a running server.
#![cfg(unix)]

use std::fs;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{
    CANARY, Gathered, TWO_ENDPOINTS, by_human_api, by_metriport, folder, pulsehook,
};
use crate::watch::{ADMIT, PING, Watched};

/// A started `pulsehook tail`.
struct Tail {
    child: Child,
    stdout: Gathered,
    stderr: Gathered,
}

impl Tail {
    fn start(watched: &Watched, arguments: &[&str]) -> Self {
        let mut command = pulsehook();
        command.args(["tail", "--config"]);
        command.arg(watched.folder.join("pulsehook.toml"));
        let mut child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = Gathered::from_stream(child.stdout.take().unwrap());
        let stderr = Gathered::from_stream(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
        }
    }

    fn start_following(watched: &Watched, arguments: &[&str]) -> Self {
        let tail = Self::start(watched, arguments);
        tail.stderr.wait_for(&["following"]);
        tail
    }

    fn end(mut self) -> (i32, Vec<String>) {
        let code = self.child.wait().unwrap().code().unwrap();
        (code, self.stdout.all())
    }
}

/// Leaves the time out, and the size.
fn middle(line: &str) -> &str {
    let (_, rest) = line.split_once(' ').unwrap();
    let rest = rest.strip_suffix(" bytes").unwrap();
    rest.rsplit_once(' ').unwrap().0
}

fn send_some(watched: &Watched) {
    let server = &watched.server;
    assert_eq!(
        server.post("/hooks/metriport", &by_metriport(ADMIT)).status,
        200
    );
    assert_eq!(
        server.post("/hooks/human-api", &by_metriport(ADMIT)).status,
        401
    );
    assert_eq!(
        server.post("/hooks/metriport", &by_metriport(PING)).status,
        200
    );
    assert_eq!(
        server.post("/hooks/nowhere", &by_metriport(ADMIT)).status,
        404
    );
}

#[test]
fn requests_are_followed_until_the_server_ends() {
    let watched = Watched::start("followed", TWO_ENDPOINTS);
    watched.server.post("/hooks/metriport", &by_metriport(PING));
    let tail = Tail::start_following(&watched, &[]);
    send_some(&watched);
    tail.stdout.wait_for(&["404"]);
    watched.server.end();
    let (code, lines) = tail.end();
    assert_eq!(code, 0);
    let lines: Vec<_> = lines.iter().map(|line| middle(line)).collect();
    assert_eq!(
        lines,
        [
            "200 delivered metriport patient.admit",
            "401 refused   human-api missing-header",
            "200 ping      metriport ping",
            "404 not-found -",
        ]
    );
}

#[test]
fn what_is_followed_can_be_chosen() {
    let watched = Watched::start("chosen", TWO_ENDPOINTS);
    send_some(&watched);
    let cases: [(&[&str], &[&str]); 5] = [
        (&["--last", "2"], &["200 ping", "404 not-found"]),
        (
            &["--last", "99"],
            &["200 delivered", "401 refused", "200 ping", "404 not-found"],
        ),
        (
            &["--refused", "--last", "9"],
            &["401 refused", "404 not-found"],
        ),
        (&["--endpoint", "metriport", "--last", "1"], &["200 ping"]),
        (
            &["--endpoint", "human-api", "--refused", "--last", "5"],
            &["401 refused"],
        ),
    ];
    let tails: Vec<_> = cases
        .iter()
        .map(|(arguments, _)| Tail::start_following(&watched, arguments))
        .collect();
    watched.server.end();
    for (tail, (arguments, expected)) in tails.into_iter().zip(cases) {
        let (code, lines) = tail.end();
        assert_eq!(code, 0);
        assert_eq!(lines.len(), expected.len(), "{arguments:?} {lines:?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(middle(line).starts_with(expected), "{line}");
        }
    }
}

#[test]
fn json_has_the_events_only_if_they_are_asked_for() {
    let watched = Watched::start("tail_json", TWO_ENDPOINTS);
    send_some(&watched);
    let without = Tail::start_following(&watched, &["--json", "--last", "9"]);
    let with = Tail::start_following(&watched, &["--json", "--events", "--last", "9"]);
    let text = Tail::start_following(&watched, &["--events", "--last", "9"]);
    watched.server.end();
    let (_, lines) = without.end();
    let values = |lines: &[String]| -> Vec<Value> {
        let lines = lines.iter();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let all = values(&lines);
    assert_eq!(all.len(), 4);
    assert_eq!(all[0]["number"], 1);
    assert_eq!(all[0]["outcome"], "delivered");
    assert_eq!(all[0]["event_types"], serde_json::json!(["patient.admit"]));
    assert_eq!(
        all[0]["dedup_key"],
        serde_json::json!({"kind": "id", "value": "m-2"})
    );
    assert_eq!(all[0]["key_ids"], serde_json::json!(["2026-11"]));
    assert_eq!(all[1]["dedup_key"], Value::Null);
    for one in &all {
        let micros = one["took_ms"].as_f64().unwrap() * 1000.0;
        assert!(
            micros >= 0.0 && (micros - micros.round()).abs() < 1e-6,
            "{one}"
        );
    }
    assert_eq!(all[0]["bytes"], ADMIT.len());
    assert_eq!(all[1]["rule"], "missing-header");
    assert_eq!(all[1]["status"], 401);
    assert_eq!(all[1]["endpoint"], "human-api");
    assert_eq!(all[3]["provider"], "");
    for line in &lines {
        assert!(!line.contains("events") && !line.contains("p-1"), "{line}");
    }
    let (_, lines) = with.end();
    let all = values(&lines);
    assert_eq!(all[0]["events"][0]["meta"]["messageId"], "m-2");
    assert_eq!(all[1].get("events"), None);
    assert_eq!(all[2]["events"][0]["ping"], "echo-me");
    let (_, lines) = text.end();
    assert_eq!(lines.len(), 6);
    assert!(
        lines[1].starts_with("  [{\"meta\":{\"messageId\":\"m-2\""),
        "{lines:?}"
    );
}

#[test]
fn a_label_that_the_server_does_not_know_is_refused_with_those_it_does() {
    let watched = Watched::start("tail_label", TWO_ENDPOINTS);
    for label in ["nope", "a b&c=d", ""] {
        let tail = Tail::start(&watched, &["--endpoint", label]);
        let line = tail.stderr.wait_for(&["no endpoint of that label"]);
        assert!(line.contains("it has metriport, human-api"), "{line}");
        assert_eq!(tail.end(), (2, Vec::new()));
    }
    watched.server.end();
}

#[test]
fn a_signal_ends_it_with_success() {
    let watched = Watched::start("tail_signal", TWO_ENDPOINTS);
    for signal in ["-INT", "-TERM"] {
        let tail = Tail::start_following(&watched, &[]);
        let id = tail.child.id().to_string();
        let killed = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(killed.success());
        assert_eq!(tail.end(), (0, Vec::new()));
    }
    watched.server.end();
}

#[test]
fn without_a_server_it_says_what_to_do() {
    let folder = folder("tail_nothing");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = free.local_addr().unwrap();
    drop(free);
    for (content, code, part) in [
        (None, 3, "`pulsehook serve --watch` writes it"),
        (Some("notes".to_owned()), 3, "holds no link"),
        // Nothing is sent to another machine.
        (
            Some(format!("http://192.0.2.1:1/?key={CANARY}")),
            3,
            "holds no link",
        ),
        (
            Some(format!("http://localhost.example.org/?key={CANARY}")),
            3,
            "holds no link",
        ),
        (
            Some(format!("http://{closed}/?key={CANARY}")),
            1,
            "start one with",
        ),
    ] {
        let file = folder.join("link");
        let _ = fs::remove_file(&file);
        if let Some(content) = &content {
            fs::write(&file, content).unwrap();
        }
        let mut command = pulsehook();
        let output = command
            .args(["tail", "--watch-file"])
            .arg(&file)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{content:?} {text}");
        assert!(text.contains(part), "{part}\n{text}");
        assert!(!text.contains(CANARY), "{text}");
    }
    let output = pulsehook()
        .arg("tail")
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("pulsehook.toml.watch cannot be read"),
        "{text}"
    );
}

#[test]
fn the_wrong_link_is_told_from_no_server() {
    let watched = Watched::start("tail_wrong", TWO_ENDPOINTS);
    let wrong = watched.folder.join("wrong");
    fs::write(
        &wrong,
        format!("http://{}/?key={}", watched.page, "0".repeat(64)),
    )
    .unwrap();
    let mut command = pulsehook();
    let output = command
        .args(["tail", "--watch-file"])
        .arg(wrong)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("a server answers, but "), "{text}");
    assert!(text.contains("the link of another run"), "{text}");
    // A request that nobody follows is not held up.
    let answer = watched.server.post("/hooks/human-api", &by_human_api("[]"));
    assert_eq!(answer.status, 200);
    watched.server.end();
}
