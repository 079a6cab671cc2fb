//! `serve --forward-to`: deliveries handed on to a target, which can trust them.
#![cfg(unix)]

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use pulsehook_axum::signature::{decode_base64_up_to, encode_base64};
use pulsehook_axum::{Outcome, Receiver, RequestHead};
use serde_json::Value;
use standard_webhooks::{Secret, StandardWebhooks};

use crate::support::{
    CANARY, Server, TWO_ENDPOINTS, by_human_api, by_metriport, check_config, command,
    end_without_secrets, folder,
};

mod ids;

/// A delivery with an id of its own.
const MESSAGE: &str = r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://files.example.org/1","patientId":"p-1"}}"#;
const PING: &str = r#"{"ping":"echo-me","meta":{"messageId":"m-2","when":"2026-02-03T04:05:06.789Z","type":"ping"}}"#;

fn key() -> String {
    format!(
        "whsec_{}",
        encode_base64(format!("{CANARY}, {CANARY}, 4711").as_bytes())
    )
}

/// What a target got.
struct Got {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(other, _)| other == name);
        let (_, value) = found.next().unwrap();
        assert!(found.next().is_none(), "{name}");
        value
    }

    /// Verifies it as any receiver of Standard Webhooks would, and returns the message.
    fn verified(&self) -> Value {
        let receiver = Receiver::new(StandardWebhooks::new(Secret::from_base64(&key()).unwrap()));
        let head = RequestHead::new("POST", "/in", &self.headers);
        let received = receiver.receive(head, self.body.clone()).unwrap();
        let Outcome::Accepted(delivery) = received else {
            unreachable!("these senders do not probe");
        };
        assert_eq!(delivery.dedup_key().value(), self.header("webhook-id"));
        let other = Secret::from_base64(&encode_base64(&[7; 32])).unwrap();
        let stranger = Receiver::new(StandardWebhooks::new(other));
        assert!(stranger.receive(head, self.body.clone()).is_err());
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A server that answers as it was told, and 204 when nothing is left of that.
struct Target {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Target {
    fn start(answers: &[&str]) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").unwrap(), answers)
    }

    fn listen(listener: TcpListener, answers: &[&str]) -> Self {
        let address = listener.local_addr().unwrap();
        let got = Arc::<Mutex<Vec<Got>>>::default();
        let shared = Arc::clone(&got);
        let mut answers: VecDeque<String> = answers.iter().map(|&answer| answer.into()).collect();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&mut stream) else {
                    continue;
                };
                shared.lock().unwrap().push(request);
                let answer = answers
                    .pop_front()
                    .unwrap_or_else(|| "204 No Content".into());
                if answer == "nothing" {
                    continue;
                }
                let answer =
                    format!("HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, got }
    }

    fn url(&self) -> String {
        format!("http://{}/in?tenant=7", self.address)
    }

    fn got(&self) -> Vec<Got> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

fn read(stream: &mut TcpStream) -> Option<Got> {
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let (line, rest) = head.split_once("\r\n").unwrap();
    let headers: Vec<_> = rest
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let (_, length) = headers.iter().find(|(name, _)| name == "content-length")?;
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    Some(Got {
        line: line.to_owned(),
        headers,
        body,
    })
}

/// Prepares to serve with the table `forward`.
fn serve(name: &str, to: &str, more: &str) -> Command {
    let table =
        format!("[forward]\nto = \"{to}\"\nkey = {{ env = \"TEST_FORWARD_KEY\" }}\n{more}\n");
    let config = TWO_ENDPOINTS.replacen("[[endpoint]]", &format!("{table}[[endpoint]]"), 1);
    let mut command = command(&folder(name), &config);
    command.env("TEST_FORWARD_KEY", key());
    command
}

/// A time that no slow machine exceeds.
const PATIENT: &str = "timeout = \"60s\"";

#[test]
fn a_delivery_is_handed_on_so_that_the_target_can_trust_it() {
    let target = Target::start(&[]);
    let server = Server::start(&mut serve("forward", &target.url(), PATIENT));
    assert_eq!(
        server
            .post("/hooks/metriport", &by_metriport(MESSAGE))
            .status,
        200
    );
    server.stdout.wait_for(&["\"m-1\""]);
    let got = target.got();
    let [got] = got.as_slice() else {
        panic!("{}", got.len())
    };
    assert_eq!(got.line, "POST /in?tenant=7 HTTP/1.1");
    assert_eq!(got.header("content-type"), "application/json");
    assert!(got.header("webhook-signature").starts_with("v1,"));
    let sent: u64 = got.header("webhook-timestamp").parse().unwrap();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(now.abs_diff(sent) < 300);

    let id = got.header("webhook-id");
    assert!(
        id.len() <= 256 && id.starts_with("msg_") && !id.contains("m-1"),
        "{id}"
    );
    let message = got.verified();
    assert_eq!(message["type"], "pulsehook.delivery");
    let data = &message["data"];
    assert_eq!(message["timestamp"], data["received_at"]);
    assert_eq!(data["provider"], "metriport");
    assert_eq!(data["endpoint"], "metriport");
    assert_eq!(
        data["dedup_key"],
        serde_json::json!({ "kind": "id", "value": "m-1" })
    );
    assert_eq!(data["authenticity"], "body-signature");
    assert_eq!(data["key_ids"], serde_json::json!(["2026-11"]));
    assert_eq!(data["events"][0]["meta"]["type"], "patient.admit");
    assert_eq!(data["views"][0]["event_type"], "patient.admit");
    let body = data["body"].as_str().unwrap();
    assert_eq!(
        decode_base64_up_to(body.as_bytes(), 4096).unwrap(),
        MESSAGE.as_bytes()
    );
    assert!(!String::from_utf8_lossy(&got.body).contains(CANARY));
    assert!(got.headers.iter().all(|(_, value)| !value.contains(CANARY)));

    let (stdout, stderr) = end_without_secrets(server);
    assert_eq!(stdout.len(), 1);
    let told = stderr
        .iter()
        .find(|line| line.contains("hands verified deliveries on"));
    let told = told.unwrap();
    assert!(!told.contains("/in") && !told.contains("tenant"), "{told}");
    assert!(
        stderr
            .iter()
            .any(|line| line.contains("handing on can take 120.1 s")),
        "{stderr:?}"
    );
}

#[test]
fn what_is_no_delivery_is_not_handed_on() {
    let target = Target::start(&[]);
    let server = Server::start(&mut serve("forward_ping", &target.url(), PATIENT));
    assert_eq!(
        server.post("/hooks/metriport", &by_metriport(PING)).status,
        200
    );
    let refused = by_metriport(MESSAGE);
    assert_eq!(server.post("/hooks/human-api", &refused).status, 401);
    assert_eq!(
        server.post("/hooks/metriport", &by_metriport("{")).status,
        400
    );
    assert!(target.got().is_empty());
    end_without_secrets(server);
}

#[test]
fn a_delivery_that_the_target_does_not_take_is_not_acknowledged() {
    for (number, (answers, attempts, told)) in [
        (&["500 No"][..], 1, "the target answered 500"),
        (&["500 No", "503 No"], 2, "the target answered 503"),
        (&["nothing"], 1, "the connection broke"),
        (&["404 No"], 1, "the target answered 404"),
        (&["401 No"], 1, "check that it has the same key"),
        (
            &["301 No\r\nlocation: /in"],
            1,
            "redirects are not followed",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let target = Target::start(answers);
        let more = format!("{PATIENT}\nattempts = {}", answers.len());
        let name = format!("forward_not_taken_{number}");
        let server = Server::start(&mut serve(&name, &target.url(), &more));
        let request = by_metriport(MESSAGE);
        assert_eq!(
            server.post("/hooks/metriport", &request).status,
            503,
            "{told}"
        );
        server
            .stderr
            .wait_for(&["not handed on metriport: 503", told]);
        let first = target.got();
        assert_eq!(first.len(), attempts, "{told}");
        // The provider sends it again, and the target knows it again.
        assert_eq!(server.post("/hooks/metriport", &request).status, 200);
        let again = target.got();
        assert_eq!(again.len(), 1);
        for got in &first {
            got.verified();
            assert_eq!(got.header("webhook-id"), again[0].header("webhook-id"));
        }
        let (stdout, _) = end_without_secrets(server);
        assert_eq!(stdout.len(), 1, "only what was taken is printed");
    }
}

#[test]
fn a_target_that_comes_round_at_once_gets_further_attempts() {
    let target = Target::start(&["503 No", "429 No", "nothing", "200 OK"]);
    let more = format!("{PATIENT}\nattempts = 4");
    let server = Server::start(&mut serve("forward_attempts", &target.url(), &more));
    assert_eq!(
        server
            .post("/hooks/metriport", &by_metriport(MESSAGE))
            .status,
        200
    );
    let got = target.got();
    assert_eq!(got.len(), 4);
    // Another delivery, and the same from another endpoint's provider, are others.
    let other = MESSAGE.replace("m-1", "m-3");
    assert_eq!(
        server
            .post("/hooks/metriport", &by_metriport(&other))
            .status,
        200
    );
    assert_eq!(
        server.post("/hooks/human-api", &by_human_api("[]")).status,
        200
    );
    let others = target.got();
    let mut ids = vec![
        got[3].header("webhook-id"),
        others[0].header("webhook-id"),
        others[1].header("webhook-id"),
    ];
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    end_without_secrets(server);
}

#[test]
fn a_target_that_is_down_loses_nothing() {
    // The address is free again, most likely for as long as this takes.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{address}/in");
    let server = Server::start(&mut serve("forward_down", &url, PATIENT));
    let request = by_metriport(MESSAGE);
    assert_eq!(server.post("/hooks/metriport", &request).status, 503);
    server
        .stderr
        .wait_for(&["not handed on metriport: 503 no connection"]);
    let target = Target::listen(TcpListener::bind(address).unwrap(), &[]);
    assert_eq!(server.post("/hooks/metriport", &request).status, 200);
    assert_eq!(
        target.got()[0].verified()["data"]["dedup_key"]["value"],
        "m-1"
    );
    let (stdout, _) = end_without_secrets(server);
    assert_eq!(stdout.len(), 1);
}

#[test]
fn a_target_that_does_not_answer_does_not_hold_up_the_provider() {
    // It takes the connection into its queue, and nothing more.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let more = "timeout = \"100ms\"\nattempts = 2";
    let server = Server::start(&mut serve("forward_silent", &url, more));
    assert_eq!(
        server
            .post("/hooks/metriport", &by_metriport(MESSAGE))
            .status,
        503
    );
    server
        .stderr
        .wait_for(&["not handed on metriport: 503 no answer in time"]);
    let (stdout, stderr) = end_without_secrets(server);
    assert!(stdout.is_empty());
    assert!(
        stderr
            .iter()
            .all(|line| !line.contains("handing on can take")),
        "{stderr:?}"
    );
}

#[test]
fn redirects_lead_nowhere_and_proxies_are_not_asked() {
    let elsewhere = Target::start(&[]);
    let found = format!("307 Elsewhere\r\nlocation: {}", elsewhere.url());
    let target = Target::start(&[&found]);
    let mut command = serve("forward_redirect", &target.url(), PATIENT);
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(variable, format!("http://{}", elsewhere.address));
    }
    let server = Server::start(&mut command);
    assert_eq!(
        server
            .post("/hooks/metriport", &by_metriport(MESSAGE))
            .status,
        503
    );
    server
        .stderr
        .wait_for(&["the target answered 307", "redirects are not followed"]);
    assert_eq!(target.got().len(), 1);
    assert!(elsewhere.got().is_empty());
    end_without_secrets(server);
}

#[test]
fn plain_http_needs_no_certificate_authorities() {
    let target = Target::start(&[]);
    let mut command = serve("forward_no_roots", &target.url(), PATIENT);
    command.env("SSL_CERT_FILE", "/dev/null");
    command.env("SSL_CERT_DIR", "/nowhere");
    let server = Server::start(&mut command);
    let answer = server.post("/hooks/metriport", &by_metriport(MESSAGE));
    assert_eq!(answer.status, 200);
    assert_eq!(target.got().len(), 1);
    end_without_secrets(server);
}

#[test]
fn options_go_before_the_file() {
    let (of_file, of_option) = (Target::start(&[]), Target::start(&[]));
    let folder = folder("forward_options");
    std::fs::write(folder.join("key"), key() + "\n").unwrap();
    let file = format!("file:{}", folder.join("key").display());
    let url = of_option.url();
    let mut plain = command(&folder, TWO_ENDPOINTS);
    plain.args(["--forward-to", &url, "--forward-key", &file]);
    let mut by_env = command(&folder, TWO_ENDPOINTS);
    by_env.env("TEST_FORWARD_KEY", key());
    by_env.args([
        "--forward-to",
        &url,
        "--forward-key",
        "env:TEST_FORWARD_KEY",
    ]);
    let mut over = serve("forward_over", &of_file.url(), PATIENT);
    over.args(["--forward-to", &url]);
    for mut command in [plain, by_env, over] {
        let server = Server::start(&mut command);
        // With the times of the default, a slow machine may need another try.
        let answered = (0..20).any(|_| {
            server
                .post("/hooks/metriport", &by_metriport(MESSAGE))
                .status
                == 200
        });
        assert!(answered);
        assert_eq!(
            of_option.got()[0].verified()["data"]["provider"],
            "metriport"
        );
        end_without_secrets(server);
    }
    assert!(of_file.got().is_empty());

    let mut no_key = command(&folder, TWO_ENDPOINTS);
    let output = no_key.args(["--forward-to", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let places = "--forward-key env:NAME, file:PATH or -\n";
    assert!(text.ends_with(places), "{text}");
    for (place, part) in [
        ("env:TEST_UNSET", "`TEST_UNSET` is not set"),
        ("env:TEST_METRIPORT_KEY", "not `whsec_` and base64"),
        ("file:/nowhere/key", "the file named here cannot be read"),
        ("-", "not `whsec_` and base64"),
    ] {
        let mut command = command(&folder, TWO_ENDPOINTS);
        let output = command
            .stdin(std::fs::File::open(folder.join("secret.txt")).unwrap())
            .args(["--forward-to", &url, "--forward-key", place])
            .output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains("--forward-key: ") && text.contains(part),
            "{text}"
        );
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[test]
fn a_table_that_is_not_right_is_refused_with_its_place() {
    let right = "[forward]\nto = \"http://127.0.0.1:9/\"\nkey = { file = \"secret.txt\" }\n";
    for (line, place, parts) in [
        (
            "",
            ":3:16",
            &["not `whsec_` and base64 of 24 to 64 bytes"][..],
        ),
        ("attempts = 0", ":3:16", &["whsec_"]),
    ] {
        let config = format!(
            "{right}{line}\n{}",
            &TWO_ENDPOINTS[TWO_ENDPOINTS.find("[[").unwrap()..]
        );
        check_config(&config, 3, place, parts);
    }
    let member = "key = { env = \"TEST_METRIPORT_KEY\" }";
    for (table, place, parts) in [
        ("[forward]\n".to_owned(), ":1:1", &["no `to`"][..]),
        ("forward = 7\n".into(), ":1:11", &["must be a table"]),
        (
            "[forward]\nto = \"http://127.0.0.1/\"\n".into(),
            ":1:1",
            &["no `key`", "env"],
        ),
        (
            format!("[forward]\nto = \"http://127.0.0.1/\"\nkey = \"{CANARY}\"\n"),
            ":3:1",
            &["must not stand in this file"],
        ),
        (
            format!("[forward]\nto = \"http://u:{CANARY}@127.0.0.1/\"\n{member}\n"),
            ":2:6",
            &["no user and no password"],
        ),
        (
            format!("[forward]\nto = \"http://127.0.0.1/?token={CANARY}\"\n{member}\n"),
            ":2:6",
            &["looks like a secret"],
        ),
        (
            format!("[forward]\nto = \"http://127.0.0.1/#{CANARY}\"\n{member}\n"),
            ":2:6",
            &["fragment"],
        ),
        (
            format!("[forward]\nto = \"{CANARY}\"\n{member}\n"),
            ":2:6",
            &["must be a URL"],
        ),
        (
            format!("[forward]\nto = \"http://127.0.0.1/\"\n{member}\n"),
            ":3:15",
            &["`whsec_`"],
        ),
    ] {
        let config = format!(
            "{table}{}",
            &TWO_ENDPOINTS[TWO_ENDPOINTS.find("[[").unwrap()..]
        );
        check_config(&config, 3, place, parts);
    }
    // With a key that is right, the rest is read.
    let folder = folder("forward_table");
    std::fs::write(folder.join("key"), key()).unwrap();
    for (line, place, part) in [
        ("attempts = 0", ":4:12", "from 1 to 10"),
        ("attempts = 11", ":4:12", "from 1 to 10"),
        ("attempts = \"2\"", ":4:12", "from 1 to 10"),
        ("timeout = 5", ":4:11", "must be a span"),
        ("colour = 1", ":4:1", "no member `colour`"),
    ] {
        let right = right.replace("secret.txt", "key");
        let config = format!(
            "{right}{line}\n{}",
            &TWO_ENDPOINTS[TWO_ENDPOINTS.find("[[").unwrap()..]
        );
        let output = command(&folder, &config).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(
            text.contains(&format!("pulsehook.toml{place}: ")) && text.contains(part),
            "{text}"
        );
    }
}
