//! Health, readiness and metrics.
#![cfg(unix)]

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use pulsehook_axum::testing::SignedRequest;

use crate::support::{
    Answer, CANARY, Server, TWO_ENDPOINTS, by_metriport, command, folder, head, read_answer,
};
use crate::watch::{ADMIT, PING};

fn start(name: &str) -> (Server, String) {
    let mut command = command(&folder(name), TWO_ENDPOINTS);
    let server = Server::start(command.args(["--monitor", "127.0.0.1:0"]));
    let line = server.stderr.wait_for(&["monitor on http://"]);
    let address = line.split("http://").nth(1).unwrap();
    let address = address.split(": ").next().unwrap().to_owned();
    (server, address)
}

fn ask(address: &str, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let head = format!("{request} HTTP/1.1\r\nhost: test\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    read_answer(&mut stream).unwrap()
}

#[test]
fn a_server_is_alive_and_ready_until_it_stops() {
    let (mut server, address) = start("ready");
    for (path, status, body) in [
        ("GET /healthz", 200, "alive\n"),
        ("GET /readyz", 200, "ready\n"),
        ("POST /readyz", 405, ""),
        ("GET /", 404, ""),
    ] {
        let answer = ask(&address, path);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (status, body),
            "{path}"
        );
    }
    // A request in flight keeps the server while it stops.
    let request = by_metriport(ADMIT).with_header("expect", "100-continue");
    let mut stream = server.connect();
    stream
        .write_all(&head("/hooks/metriport", &request))
        .unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 100);
    let metrics = ask(&address, "GET /metrics").body;
    assert!(
        metrics.contains("\npulsehook_requests_in_flight 1\n"),
        "{metrics}"
    );
    server.terminate();
    server.stderr.wait_for(&["stopping"]);
    for (path, status, body) in [
        ("GET /readyz", 503, "stopping\n"),
        ("GET /healthz", 200, "alive\n"),
    ] {
        let answer = ask(&address, path);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (status, body),
            "{path}"
        );
    }
    stream.write_all(request.body()).unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 200);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn requests_are_counted_and_nothing_of_them_is_repeated() {
    let (server, address) = start("counted");
    let altered =
        SignedRequest::post_json(PING).with_header("x-metriport-signature", "0".repeat(64));
    for (path, request, status) in [
        ("/hooks/metriport", by_metriport(ADMIT), 200),
        ("/hooks/metriport", by_metriport(ADMIT), 200),
        ("/hooks/metriport", by_metriport(PING), 200),
        ("/hooks/metriport", altered, 401),
        ("/hooks/m-2?patient.admit", by_metriport(ADMIT), 404),
    ] {
        assert_eq!(server.post(path, &request).status, status);
    }
    let answer = ask(&address, "GET /metrics");
    let kind = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(answer.head.contains(kind), "{}", answer.head);
    let metrics = answer.body;
    let metriport = "endpoint=\"metriport\",provider=\"metriport\"";
    let bytes = 2 * ADMIT.len() + 2 * PING.len();
    for line in [
        format!(
            "pulsehook_requests_total{{{metriport},outcome=\"delivered\",rule=\"\",status=\"200\"}} 2"
        ),
        format!(
            "pulsehook_requests_total{{{metriport},outcome=\"ping\",rule=\"\",status=\"200\"}} 1"
        ),
        format!(
            "pulsehook_requests_total{{{metriport},outcome=\"refused\",\
             rule=\"signature-mismatch\",status=\"401\"}} 1"
        ),
        "pulsehook_requests_total{endpoint=\"\",provider=\"\",outcome=\"not-found\",rule=\"\",\
         status=\"404\"} 1"
            .to_owned(),
        format!("pulsehook_request_duration_seconds_count{{{metriport}}} 4"),
        format!("pulsehook_request_body_bytes_total{{{metriport}}} {bytes}"),
        "pulsehook_requests_in_flight 0".to_owned(),
        "pulsehook_watchers 0".to_owned(),
        format!(
            "pulsehook_build_info{{version=\"{}\"}} 1",
            env!("CARGO_PKG_VERSION")
        ),
        "# EOF".to_owned(),
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
    }
    for part in [CANARY, "m-2", "patient", "echo"] {
        assert!(!metrics.contains(part), "{part}\n{metrics}");
    }
    server.end();
}

#[test]
fn an_address_that_others_reach_is_warned_of() {
    let mut command = command(&folder("monitor_warned"), TWO_ENDPOINTS);
    let server = Server::start(command.args(["--monitor", "0.0.0.0:0"]));
    server
        .stderr
        .wait_for(&["warning: the monitor can be reached"]);
    server.end();
}
