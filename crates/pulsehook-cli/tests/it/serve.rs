//! The server: deliveries on standard output, refusals on standard error, an orderly end.
#![cfg(unix)]

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use serde_json::Value;

use crate::support::{
    CANARY, Server, TWO_ENDPOINTS, by_human_api, by_metriport, command, folder, head, read_answer,
    wire,
};

const PING: &str = r#"{"ping":"echo-me","meta":{"messageId":"00000001-1111-4222-8333-444455556666","when":"2026-02-03T04:05:06.789Z","type":"ping"}}"#;
const NOTIFICATION: &str = r#"[{"humanId":"4f1d0c9b","updatedAt":"2021-03-04T05:06:07.089Z","action":"created","objectId":"60406b2f","endpoint":"https://api.humanapi.co/v1/human/weight/readings"}]"#;

#[test]
fn a_delivery_is_one_json_line() {
    let server = Server::start(&mut command(&folder("one_line"), TWO_ENDPOINTS));
    let answer = server.post("/hooks/human-api", &by_human_api(NOTIFICATION));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let line: Value = serde_json::from_str(&server.stdout.wait_for(&["human-api"])).unwrap();
    assert_eq!(line["provider"], "human-api");
    assert_eq!(line["endpoint"], "human-api");
    assert_eq!(line["dedup_key"]["kind"], "digest");
    assert_eq!(line["authenticity"], "body-signature");
    assert_eq!(line["key"], "key-1");
    assert!(line["received_at"].is_string());
    assert_eq!(line["events"][0]["objectId"], "60406b2f");
    let (stdout, _) = server.end();
    assert_eq!(stdout.len(), 1);
}

#[test]
fn a_program_gets_notes_as_json() {
    let mut command = command(&folder("json_notes"), TWO_ENDPOINTS);
    let (mut server, stderr) = Server::start_with_json_notes(command.arg("--json"));
    server.stderr = stderr;
    assert_eq!(
        server.post("/hooks/metriport", &by_metriport("{}")).status,
        400
    );
    assert_eq!(server.post("/nowhere", &by_metriport("{}")).status, 404);
    assert_eq!(
        server.post("/hooks/human-api", &by_human_api("[]")).status,
        200
    );
    let (stdout, stderr) = server.end();
    let notes: Vec<Value> = stderr
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [endpoint, _, refused, nowhere, stopping] = notes.as_slice() else {
        panic!("{notes:#?}");
    };
    assert_eq!(endpoint["level"], "info");
    assert!(endpoint["time"].is_null());
    for (note, level, message) in [
        (refused, "warning", "refused metriport: 400 undecodable: "),
        (nowhere, "warning", "answered 404: "),
        (stopping, "info", "stopping"),
    ] {
        assert_eq!(note["level"], level);
        assert!(note["time"].is_string());
        assert!(
            note["message"].as_str().unwrap().starts_with(message),
            "{note}"
        );
    }
    assert_eq!(stdout.len(), 1);
}

#[test]
fn quiet_leaves_refusals_and_warnings() {
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = TWO_ENDPOINTS.replace("127.0.0.1:0", &address.to_string())
        + "danger_accept_unsigned = true\n";
    let mut command = command(&folder("quiet"), &config);
    let server = Server::start_quiet(command.arg("--quiet"), address);
    server
        .stderr
        .wait_for(&["warning: endpoint human-api accepts unsigned"]);
    assert_eq!(
        server.post("/hooks/metriport", &by_metriport(PING)).status,
        200
    );
    assert_eq!(
        server.post("/hooks/metriport", &by_human_api("[]")).status,
        401
    );
    assert_eq!(
        server.post("/hooks/human-api", &by_human_api("[]")).status,
        200
    );
    let (stdout, stderr) = server.end();
    assert_eq!((stdout.len(), stderr.len()), (1, 2), "{stderr:#?}");
    assert!(stderr[1].contains(" refused metriport: 401"), "{stderr:#?}");
}

/// A message of a type that is not known, whose line holds so many bytes at least.
fn large(bytes: usize) -> String {
    let meta = r#"{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"large.one"}"#;
    format!(r#"{{"meta":{meta},"padding":"{}"}}"#, "x".repeat(bytes))
}

#[test]
fn nothing_is_acknowledged_before_its_line_is_written() {
    let (mut server, mut stdout) =
        Server::start_with_stdout(&mut command(&folder("written_first"), TWO_ENDPOINTS));
    // More than a pipe holds while nobody reads.
    let request = by_metriport(&large(4 * 1024 * 1024));
    let mut stream = server.connect();
    stream
        .write_all(&wire("/hooks/metriport", &request))
        .unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let too_early = stream.read(&mut [0]).unwrap_err();
    assert_eq!(too_early.kind(), ErrorKind::WouldBlock);

    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 200);
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    let text = reader.join().unwrap();
    assert!(text.ends_with('\n'));
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["dedup_key"]["value"], "m-1");
}

#[test]
fn lines_of_deliveries_at_the_same_time_do_not_mix() {
    let server = Server::start(&mut command(&folder("not_mixed"), TWO_ENDPOINTS));
    let request = by_metriport(&large(100_000));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..4 {
                    assert_eq!(server.post("/hooks/metriport", &request).status, 200);
                }
            });
        }
    });
    let (stdout, _) = server.end();
    assert_eq!(stdout.len(), 32);
    for line in stdout {
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            line["events"][0]["padding"].as_str().map(str::len),
            Some(100_000)
        );
    }
}

#[test]
fn line_ends_between_members_do_not_break_the_line() {
    let server = Server::start(&mut command(&folder("line_ends"), TWO_ENDPOINTS));
    let body = "[{\n\t\"something\":\r\n\"new\\nline\"\n}]";
    let answer = server.post("/hooks/human-api", &by_human_api(body));
    assert_eq!(answer.status, 200);
    let (stdout, _) = server.end();
    let [line] = stdout.as_slice() else {
        panic!("{stdout:?}");
    };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["events"][0]["something"], "new\nline");
}

#[test]
fn a_ping_is_answered_and_noted_and_is_no_delivery() {
    let server = Server::start(&mut command(&folder("ping"), TWO_ENDPOINTS));
    let answer = server.post("/hooks/metriport", &by_metriport(PING));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, r#"{"pong":"echo-me"}"#);
    server.stderr.wait_for(&["answered metriport: ping"]);
    let (stdout, _) = server.end();
    assert_eq!(stdout, Vec::<String>::new());
}

#[test]
fn it_tells_where_it_listens_and_what_it_verifies() {
    let config = TWO_ENDPOINTS.replace(
        "body_limit",
        "danger_accept_unsigned = true\nlabel = \"hip\"\nbody_limit",
    );
    let config = format!(
        "{config}\n[[endpoint]]\npath = \"/second\"\nprovider = \"metriport\"\n\
         keys = [{{ file = \"secret.txt\" }}, {{ env = \"TEST_METRIPORT_KEY\" }}]\n\
         danger_accept_webhook_key = [{{ env = \"TEST_METRIPORT_KEY\" }}]\n"
    );
    let server = Server::start(&mut command(&folder("announced"), &config));
    assert_ne!(server.address.port(), 0);
    for parts in [
        &[
            "endpoint metriport:",
            "provider metriport",
            "HMAC-SHA256",
            "1 key",
        ][..],
        &["endpoint hip:", "provider human-api", "HMAC-SHA1", "1 key"],
        &["endpoint metriport-2:", "2 keys"],
        &["warning:", "hip", "danger_accept_unsigned"],
        &["warning:", "metriport-2", "danger_accept_webhook_key"],
    ] {
        server.stderr.wait_for(parts);
    }
    let (_, stderr) = server.end();
    assert!(!stderr.iter().any(|line| line.contains("unencrypted")));
}

#[test]
fn what_a_danger_option_lets_in_says_so() {
    let config = format!("{TWO_ENDPOINTS}danger_accept_unsigned = true\n");
    let server = Server::start(&mut command(&folder("unsigned"), &config));
    let request = pulsehook_axum::testing::SignedRequest::post_json(NOTIFICATION);
    assert_eq!(server.post("/hooks/human-api", &request).status, 200);
    server
        .stdout
        .wait_for(&[r#""authenticity":"none""#, r#""key":null"#]);
    // The other endpoint is as strict as before.
    assert_eq!(server.post("/hooks/metriport", &request).status, 401);
}

#[test]
fn a_signed_time_outside_the_tolerance_is_refused() {
    let config = format!("{TWO_ENDPOINTS}tolerance = \"5m\"\n");
    let server = Server::start(&mut command(&folder("tolerance"), &config));
    let answer = server.post("/hooks/human-api", &by_human_api(NOTIFICATION));
    assert_eq!(answer.status, 401);
    server
        .stderr
        .wait_for(&["timestamp-too-old", "`tolerance`", "clock"]);
}

#[test]
fn an_address_that_others_can_reach_is_warned_about() {
    let mut command = command(&folder("not_loopback"), TWO_ENDPOINTS);
    let server = Server::start(command.args(["--listen", "0.0.0.0:0"]));
    server.stderr.wait_for(&["warning:", "unencrypted", "TLS"]);
    server.end();
}

#[test]
fn refusals_are_explained_without_a_word_of_the_request() {
    let server = Server::start(&mut command(&folder("refusals"), TWO_ENDPOINTS));
    let signature = "x-humanapi-signature";
    let body = format!(r#"[{{"humanId":"{CANARY}"}}]"#);
    let path = format!("/hooks/human-api?token={CANARY}");
    let of_another = by_human_api(&body)
        .with_header(signature, "fQkvPoMVwsZWM4/r4VrKlMaCOAw=")
        .with_header("x-other", CANARY);
    let malformed = by_human_api(&body).with_header(signature, CANARY);
    let requests = [
        (wire(&path, &of_another), 401, "signature-mismatch", "key"),
        (wire(&path, &malformed), 401, "malformed-header", signature),
        (
            format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n").into(),
            401,
            "missing-header",
            signature,
        ),
        (
            format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n").into(),
            405,
            "method-not-allowed",
            "POST",
        ),
        (
            head(&path, &by_human_api(&" ".repeat(4097))),
            413,
            "body-too-large",
            "body_limit",
        ),
        (
            wire(&path, &by_human_api(&format!("[{CANARY}"))),
            400,
            "undecodable",
            "--undecodable",
        ),
    ];
    for (wire, status, rule, advice) in requests {
        let answer = server.send(&wire);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (status, ""),
            "{rule}"
        );
        let status = status.to_string();
        server
            .stderr
            .wait_for(&["refused human-api: ", &status, rule, advice]);
    }
    let (stdout, stderr) = server.end();
    assert_eq!(stdout, Vec::<String>::new());
    assert!(!stderr.concat().contains(CANARY), "{stderr:#?}");
}

#[test]
fn a_wrong_method_is_told_the_right_one() {
    let server = Server::start(&mut command(&folder("method"), TWO_ENDPOINTS));
    let answer = server.send(b"GET /hooks/metriport HTTP/1.1\r\nhost: test\r\n\r\n");
    assert_eq!(answer.status, 405);
    let allow = "\r\nallow: post\r\n";
    assert!(answer.head.contains(allow), "{}", answer.head);
}

#[test]
fn an_unknown_path_is_404_and_empty() {
    let server = Server::start(&mut command(&folder("path"), TWO_ENDPOINTS));
    for path in ["/", "/hooks", "/hooks/metriport/", "/hooks/Metriport"] {
        let answer = server.post(path, &by_metriport(PING));
        assert_eq!((answer.status, answer.body.as_str()), (404, ""), "{path}");
    }
    server
        .stderr
        .wait_for(&["404", "no endpoint has this path"]);
    let (_, notes) = server.end();
    assert!(
        notes.iter().all(|note| !note.contains("Metriport/")),
        "{notes:?}"
    );
}

#[test]
fn a_connection_serves_many_requests() {
    let server = Server::start(&mut command(&folder("keep_alive"), TWO_ENDPOINTS));
    let mut stream = server.connect();
    for _ in 0..3 {
        stream
            .write_all(&wire("/hooks/metriport", &by_metriport(PING)))
            .unwrap();
        assert_eq!(read_answer(&mut stream).unwrap().status, 200);
    }
}

#[test]
fn what_cannot_be_decoded_is_kept_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = folder("kept");
    let kept = folder.join("kept");
    std::fs::create_dir(&kept).unwrap();
    let mut command = command(&folder, TWO_ENDPOINTS);
    let server = Server::start(command.arg("--undecodable").arg(&kept));
    for _ in 0..2 {
        let answer = server.post("/hooks/human-api", &by_human_api("[broken"));
        assert_eq!(answer.status, 400);
    }
    let (stdout, stderr) = server.end();
    assert_eq!(stdout, Vec::<String>::new());
    let files: Vec<_> = std::fs::read_dir(&kept)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let json = std::fs::read(&file).unwrap();
        let stored: pulsehook_axum::StoredRequest = serde_json::from_slice(&json).unwrap();
        assert_eq!(stored.body().as_ref(), b"[broken");
        assert_eq!(stored.endpoint(), "human-api");
        let name = file.to_string_lossy();
        let told = stderr.iter().any(|line| line.contains(&*name));
        assert!(told, "{stderr:#?}");
    }
}

#[test]
fn a_request_in_flight_is_finished_before_the_end() {
    let mut server = Server::start(&mut command(&folder("in_flight"), TWO_ENDPOINTS));
    let request = by_human_api(NOTIFICATION).with_header("expect", "100-continue");
    let mut stream = server.connect();
    stream
        .write_all(&head("/hooks/human-api", &request))
        .unwrap();
    // The server asks for the body: the request is in flight.
    assert_eq!(read_answer(&mut stream).unwrap().status, 100);
    let (first, second) = request.body().split_at(20);
    stream.write_all(first).unwrap();

    server.terminate();
    server.stderr.wait_for(&["stopping"]);
    stream.write_all(second).unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 200);
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(server.stdout.all().len(), 1);
}

#[test]
fn a_request_that_never_ends_does_not_keep_the_server() {
    let config = format!("{TWO_ENDPOINTS}\n[timeouts]\nshutdown = \"300ms\"\n");
    let mut server = Server::start(&mut command(&folder("never_ends"), &config));
    let request = by_human_api(NOTIFICATION).with_header("expect", "100-continue");
    let mut stream = server.connect();
    stream
        .write_all(&head("/hooks/human-api", &request))
        .unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 100);
    server.terminate();
    assert_eq!(server.wait().code(), Some(1));
    server
        .stderr
        .wait_for(&["before every request in flight was answered"]);
    assert_eq!(server.stdout.all(), Vec::<String>::new());
}

#[test]
fn a_connection_without_a_whole_head_does_not_spoil_the_end() {
    let config = format!("{TWO_ENDPOINTS}\n[timeouts]\nshutdown = \"300ms\"\n");
    let server = Server::start(&mut command(&folder("half_a_head"), &config));
    let mut stream = server.connect();
    let wire = wire("/hooks/human-api", &by_human_api(NOTIFICATION));
    stream.write_all(&wire).unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 200);
    stream.write_all(&wire[..30]).unwrap();
    // It pins exit code 0.
    server.end();
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let config = format!("{TWO_ENDPOINTS}\n[timeouts]\nshutdown = \"1h\"\nbody = \"1h\"\n");
    let mut server = Server::start(&mut command(&folder("second_signal"), &config));
    let request = by_human_api(NOTIFICATION).with_header("expect", "100-continue");
    let mut stream = server.connect();
    stream
        .write_all(&head("/hooks/human-api", &request))
        .unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 100);
    server.terminate();
    server.stderr.wait_for(&["stopping"]);
    server.terminate();
    assert_eq!(server.wait().code(), Some(1));
    server.stderr.wait_for(&["pulsehook: ", "second signal"]);
}

#[test]
fn a_closed_standard_output_ends_the_server_and_acknowledges_nothing() {
    let (mut server, stdout) =
        Server::start_with_stdout(&mut command(&folder("closed_stdout"), TWO_ENDPOINTS));
    drop(stdout);
    let answer = server.post("/hooks/human-api", &by_human_api(NOTIFICATION));
    assert_eq!((answer.status, answer.body.as_str()), (500, ""));
    assert_eq!(server.wait().code(), Some(1));
    server.stderr.wait_for(&["cannot write to standard output"]);
}

#[test]
fn keys_can_be_rotated_and_are_named_in_deliveries() {
    let config = TWO_ENDPOINTS.replace(
        r#"{ file = "secret.txt" }"#,
        r#"{ id = "new", env = "TEST_METRIPORT_KEY" }, { id = "old", file = "secret.txt" }"#,
    );
    let server = Server::start(&mut command(&folder("rotated"), &config));
    let answer = server.post("/hooks/human-api", &by_human_api(NOTIFICATION));
    assert_eq!(answer.status, 200);
    server.stdout.wait_for(&[r#""key":"old""#]);
}
