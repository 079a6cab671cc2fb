//! Signed deliveries to an endpoint: what arrives, what is told, where nothing may go.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::{
    CANARY, FOUR_ENDPOINTS, Gathered, Server, URL_SECRET, command, end_without_secrets, folder,
    pulsehook, with_secrets,
};

const PROVIDERS: [&str; 4] = ["human-api", "metriport", "thryve", "withings"];

/// A started server of four endpoints, and a folder whose configuration has its address.
struct Play {
    folder: PathBuf,
    server: Server,
}

impl Play {
    fn start(name: &str) -> Self {
        let folder = folder(name);
        let server = Server::start(&mut command(&folder, FOUR_ENDPOINTS));
        let address = format!("listen = \"{}\"", server.address);
        let config = FOUR_ENDPOINTS.replace("listen = \"127.0.0.1:0\"", &address);
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

/// A server that answers as it is told, one connection after the other, and keeps what it got.
struct Fake {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Fake {
    /// Answers with these, then with the last of them for ever; an empty one is no answer at all.
    fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fake = Self {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
        };
        let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
        let requests = Arc::clone(&fake.requests);
        std::thread::spawn(move || {
            let mut unanswered = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                requests.lock().unwrap().push(read_request(&mut stream));
                match &*answers[number.min(answers.len() - 1)] {
                    "" => unanswered.push(stream),
                    answer => stream.write_all(answer.as_bytes()).unwrap(),
                }
            }
        });
        fake
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            return request;
        }
        request.extend_from_slice(line.as_bytes());
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request.extend_from_slice(&body);
    request
}

/// Returns the body of a request.
fn body(request: &[u8]) -> &[u8] {
    let end = request
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    &request[end + 4..]
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const FAILED: &str = "HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

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
fn every_kind_of_tampering_is_refused_by_its_rule() {
    const HUMAN_API: &[(&str, &str)] = &[
        ("body", "signature-mismatch"),
        ("whitespace", "signature-mismatch"),
        ("newline", "signature-mismatch"),
        ("crlf", "signature-mismatch"),
        ("signature", "signature-mismatch"),
        ("encoding", "malformed-header"),
        ("truncated", "malformed-header"),
        ("timestamp", "signature-mismatch"),
        ("seconds", "signature-mismatch"),
        ("nonce", "signature-mismatch"),
        // A nonce is longer than time stamps are.
        ("swap", "malformed-timestamp"),
        ("key", "signature-mismatch"),
        ("key-newline", "signature-mismatch"),
        ("missing", "missing-header"),
        ("twice", "repeated-header"),
    ];
    const METRIPORT: &[(&str, &str)] = &[
        ("body", "signature-mismatch"),
        ("whitespace", "signature-mismatch"),
        ("newline", "signature-mismatch"),
        ("crlf", "signature-mismatch"),
        ("signature", "signature-mismatch"),
        ("encoding", "malformed-header"),
        ("truncated", "malformed-header"),
        ("key", "signature-mismatch"),
        ("key-newline", "signature-mismatch"),
        ("missing", "missing-header"),
        ("twice", "repeated-header"),
    ];
    const THRYVE: &[(&str, &str)] = &[
        ("body", "signature-mismatch"),
        ("newline", "signature-mismatch"),
        ("signature", "signature-mismatch"),
        ("encoding", "malformed-header"),
        ("truncated", "malformed-header"),
        ("timestamp", "signature-mismatch"),
        ("seconds", "signature-mismatch"),
        // The header is judged before the signature.
        ("key", "credential-mismatch"),
        ("key-newline", "signature-mismatch"),
        ("missing", "missing-credential"),
        ("twice", "repeated-header"),
        ("unpacked", "signature-mismatch"),
    ];
    const WITHINGS: &[(&str, &str)] = &[
        ("key", "credential-mismatch"),
        ("missing", "missing-credential"),
        ("twice", "repeated-credential"),
    ];
    let play = Play::start("send_tamper");
    for (provider, sample, kinds) in [
        ("human-api", "data", HUMAN_API),
        ("metriport", "patient.admit", METRIPORT),
        ("thryve", "event.data.epoch.create", THRYVE),
        ("withings", "weight", WITHINGS),
        ("withings", "probe", WITHINGS),
    ] {
        let listed = play.send(&[provider, sample, "--tamper", "list"]);
        let names: Vec<_> = listed
            .stdout
            .lines()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        let expected: Vec<_> = kinds.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(names, expected, "{provider}");
        for (kind, rule) in kinds {
            // One at a time, so that the next note is of this one.
            let before = play.server.stderr.now().len();
            let ran = play.send(&[provider, sample, "--tamper", kind]);
            assert_eq!(ran.code, Some(0), "{provider} {kind} {ran:?}");
            assert!(
                ran.stdout.contains("refused, as it must be"),
                "{}",
                ran.stdout
            );
            let note = play.server.stderr.wait_after(before);
            let parts = [format!("refused {provider}: 401 {rule}: ")];
            assert!(note.contains(&parts[0]), "{kind}: {note}");
        }
    }
    // A notification is not compressed, so that other ways apply to it.
    for (kind, rule) in [
        ("whitespace", "signature-mismatch"),
        ("crlf", "signature-mismatch"),
    ] {
        let before = play.server.stderr.now().len();
        let ran = play.send(&["thryve", "notification.source.connect", "--tamper", kind]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let note = play.server.stderr.wait_after(before);
        assert!(note.contains(rule), "{note}");
    }
    let (deliveries, _) = play.end();
    assert_eq!(deliveries, [""; 0]);
}

#[test]
fn tampering_that_cannot_be_noticed_is_refused() {
    let play = Play::start("send_tamper_not");
    for (arguments, parts) in [
        (
            &["withings", "--tamper", "body"][..],
            &[
                "of Withings: nothing is signed",
                "what does: key, missing, twice",
            ][..],
        ),
        (
            &["metriport", "--tamper", "timestamp"],
            &["the provider sends no signed time stamp"],
        ),
        (
            &["thryve", "--tamper", "swap"],
            &["the provider sends no signed nonce"],
        ),
        (
            &["thryve", "--tamper", "unpacked"],
            &["the provider does not compress this message"],
        ),
        (
            &[
                "thryve",
                "event.data.epoch.create",
                "--tamper",
                "whitespace",
            ],
            &["the body that is sent is not JSON"],
        ),
        (
            &["metriport", "--tamper", "sideways"],
            &["there is no such kind; `--tamper list`"],
        ),
        (
            &["withings", "--tamper", "key", "--retry-like-provider"],
            &["cannot be used with"],
        ),
    ] {
        let ran = play.send(arguments);
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""), "{arguments:?}");
        for part in parts {
            assert!(ran.stderr.contains(part), "{}", ran.stderr);
        }
    }
    // Of all samples, those to which it applies are sent.
    let ran = play.send(&["thryve", "--all", "--tamper", "unpacked", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (rows, _) = ran.rows();
    let compressed = |row: &Value| row["sample"].as_str().unwrap().starts_with("event.data.");
    assert!(rows.len() >= 4 && rows.iter().filter(|row| compressed(row)).count() >= 4);
    assert!(
        ran.stderr
            .contains("to which --tamper unpacked does not apply"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_endpoint_that_notices_nothing_is_told_plainly() {
    let play = Play::start("send_unnoticed");
    for (answer, part) in [
        (
            OK,
            "accepted: 1 of 1 that are spoilt; the endpoint does not notice --tamper body",
        ),
        (
            "HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "not refused for their proof: 1 of 1",
        ),
        (FAILED, "not refused for their proof: 1 of 1"),
    ] {
        let fake = Fake::start(&[answer]);
        let to = fake.url();
        let ran = play.send(&[
            "metriport",
            "patient.admit",
            "--tamper",
            "body",
            "--to",
            &to,
        ]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
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
fn redirects_are_not_followed_and_proxies_not_asked() {
    let play = Play::start("send_redirect");
    for status in [
        "301 Moved",
        "302 Found",
        "303 Other",
        "307 Moved",
        "308 Moved",
    ] {
        let second = Fake::start(&[OK]);
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            second.url()
        );
        let first = Fake::start(&[&answer]);
        let proxy = Fake::start(&[OK]);
        let at = format!("http://{}", proxy.address);
        for provider in PROVIDERS {
            let mut command = send(&play.folder);
            for name in [
                "HTTP_PROXY",
                "http_proxy",
                "HTTPS_PROXY",
                "https_proxy",
                "ALL_PROXY",
                "all_proxy",
            ] {
                command.env(name, &at);
            }
            // Whatever the surroundings exempt from proxies.
            command.env_remove("NO_PROXY").env_remove("no_proxy");
            let ran = run(command.args([provider, "--to", &first.url()]));
            assert_eq!(ran.code, Some(1), "{status} {ran:?}");
            let part = "a redirect, which is not followed";
            assert!(ran.stdout.contains(part), "{}", ran.stdout);
        }
        assert_eq!(first.requests().len(), PROVIDERS.len());
        assert_eq!((second.requests().len(), proxy.requests().len()), (0, 0));
    }
}

#[test]
fn bad_urls_are_refused_without_repeating_them() {
    let play = Play::start("send_urls");
    let with = |parts: [&str; 2]| parts.join(CANARY);
    for (provider, to, part) in [
        (
            "metriport",
            with(["ftp://", ".test/"]),
            "only http:// and https://",
        ),
        ("metriport", with(["", ""]), "not a URL"),
        (
            "metriport",
            with(["http://user:", "@localhost/"]),
            "no user and password",
        ),
        (
            "metriport",
            with(["http://", "@localhost/"]),
            "no user and password",
        ),
        ("metriport", with(["http://localhost/#", ""]), "`#`"),
        (
            "withings",
            with(["http://localhost/?token=", ""]),
            "leave out the parameter",
        ),
        (
            "withings",
            with(["http://localhost/?t%6Fken=", ""]),
            "leave out the parameter",
        ),
        (
            "withings",
            format!("http://localhost/?a={URL_SECRET}"),
            "leave the secret out",
        ),
        (
            "withings",
            format!("http://localhost/{URL_SECRET}/x"),
            "leave the secret out",
        ),
        (
            "withings",
            format!("http://localhost/{}", URL_SECRET.replace('-', "%2d")),
            "leave the secret out",
        ),
    ] {
        let ran = play.send(&[provider, "--to", &to]);
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""), "{to}");
        assert!(ran.stderr.contains(part), "{to}\n{}", ran.stderr);
    }
    // Other parameters stay.
    let fake = Fake::start(&[OK]);
    let to = format!("http://{}/a%20b?tenant=7&x=%2F", fake.address);
    let ran = play.send(&["withings", "--to", &to]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let request = String::from_utf8(fake.requests().remove(0)).unwrap();
    let first = format!("POST /a%20b?tenant=7&x=%2F&token={URL_SECRET} HTTP/1.1\r\n");
    assert!(request.starts_with(&first), "{request}");
}

#[test]
fn bad_arguments_are_refused() {
    let play = Play::start("send_arguments");
    for arguments in [
        &["oura"][..],
        &["metriport", "nothing"],
        &["metriport", "--repeat", "0"],
        &["metriport", "--repeat", "1000001"],
        &["metriport", "--all", "--repeat", "900000"],
        &["metriport", "--duplicate", "--repeat", "600000"],
        &["metriport", "--parallel", "0"],
        &["metriport", "--parallel", "257"],
        &["metriport", "--rate", "0"],
        &["metriport", "--rate", "20000/s"],
        &["metriport", "--rate", "5/d"],
        &["metriport", "--rate", "NaN"],
        &["metriport", "--timeout", "0s"],
        &["metriport", "--timeout", "2h"],
        &["metriport", "--retry-like-provider=0"],
        &["metriport", "--retry-like-provider=inf"],
        &["metriport", "ping", "--all"],
        &["metriport", "ping", "--body", "x"],
        &["metriport", "--secret", CANARY],
        &["metriport", "--secret", concat!("keys=", "canary", "-4711")],
        &["metriport", concat!("--key=", "canary", "-4711")],
        &["metriport", "--secret", "env:TEST_METRIPORT_KEY"],
    ] {
        let ran = play.send(arguments);
        assert_eq!(
            (ran.code, &*ran.stdout),
            (Some(2), ""),
            "{arguments:?} {ran:?}"
        );
    }
    let ran = play.send(&["metriport", "--secret", "env:TEST_METRIPORT_KEY"]);
    assert!(
        ran.stderr.contains("name the endpoint with --to URL"),
        "{}",
        ran.stderr
    );
    let ran = play.send(&[
        "metriport",
        "--secret",
        "env:TEST_UNSET",
        "--to",
        "http://localhost/",
    ]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    // Nothing was sent.
    let (deliveries, notes) = play.end();
    assert_eq!(deliveries, [""; 0]);
    assert!(
        !notes.iter().any(|note| note.contains("refused")),
        "{notes:#?}"
    );
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
