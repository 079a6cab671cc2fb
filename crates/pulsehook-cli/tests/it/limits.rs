//! Callers that are slow.

use std::io::{ErrorKind, Write as _};
use std::time::Duration;

use pulsehook_axum::testing::SignedRequest;

use crate::support::{
    Server, TWO_ENDPOINTS, by_human_api, by_metriport, command, folder, head, read_answer,
    try_read_answer, wire,
};

fn impatient(name: &str) -> Server {
    let config = format!("{TWO_ENDPOINTS}\n[timeouts]\nheader = \"200ms\"\nbody = \"200ms\"\n");
    Server::start(&mut command(&folder(name), &config))
}

#[test]
fn a_head_that_does_not_come_ends_the_connection() {
    let server = impatient("slow_head");
    let mut stream = server.connect();
    stream
        .write_all(b"POST /hooks/human-api HTTP/1.1\r\nho")
        .unwrap();
    assert!(try_read_answer(&mut stream).unwrap().is_none());
}

#[test]
fn an_idle_connection_is_ended() {
    let server = impatient("idle");
    let mut stream = server.connect();
    stream
        .write_all(&wire("/hooks/human-api", &by_human_api("[]")))
        .unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 200);
    assert!(try_read_answer(&mut stream).unwrap().is_none());
}

#[test]
fn a_body_that_does_not_come_is_408() {
    let server = impatient("slow_body");
    let request = by_human_api("[1, 2]");
    let mut stream = server.connect();
    stream
        .write_all(&head("/hooks/human-api", &request))
        .unwrap();
    stream.write_all(b"[1").unwrap();
    let answer = read_answer(&mut stream).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (408, ""));
    server
        .stderr
        .wait_for(&["refused human-api: 408 body-timeout", "too slow"]);
    // The next one is served.
    let answer = server.post("/hooks/human-api", &by_human_api("[]"));
    assert_eq!(answer.status, 200);
}

#[test]
fn a_body_that_trickles_in_is_408() {
    let server = impatient("trickle");
    let request = by_human_api(&" ".repeat(4000));
    let mut stream = server.connect();
    stream
        .write_all(&head("/hooks/human-api", &request))
        .unwrap();
    let mut writer = stream.try_clone().unwrap();
    let trickle = std::thread::spawn(move || {
        // Until the server closes the connection.
        while writer.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    server
        .stderr
        .wait_for(&["refused human-api: 408 body-timeout"]);
    trickle.join().unwrap();
}

#[test]
fn a_caller_who_never_reads_is_cut_off() {
    let config = format!("{TWO_ENDPOINTS}\n[timeouts]\nwrite = \"200ms\"\n");
    let server = Server::start(&mut command(&folder("never_reads"), &config));
    // Each is answered with as much as it holds.
    let ping = format!(
        r#"{{"ping":"{}","meta":{{"messageId":"m","when":"2026-02-03T04:05:06.789Z","type":"ping"}}}}"#,
        "x".repeat(100_000)
    );
    let wire = wire("/hooks/metriport", &by_metriport(&ping));
    let mut stream = server.connect();
    stream
        .set_write_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let broken = (0..10_000).find_map(|_| stream.write_all(&wire).err());
    let kind = broken.map(|error| error.kind());
    assert!(
        matches!(
            kind,
            Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
        ),
        "{kind:?}"
    );
    let answer = server.post("/hooks/human-api", &by_human_api("[]"));
    assert_eq!(answer.status, 200);
}

#[test]
fn a_caller_who_still_sends_gets_the_refusal_and_can_go_on() {
    let server = Server::start(&mut command(&folder("still_sends"), TWO_ENDPOINTS));
    let too_large = by_human_api(&" ".repeat(8 * 1024 * 1024));
    let unsigned = SignedRequest::post_json(vec![b' '; 8 * 1024 * 1024]);
    let mut stream = server.connect();
    for (path, request, status) in [
        ("/hooks/human-api", &too_large, 413),
        ("/hooks/human-api", &by_human_api("[]"), 200),
        ("/hooks/metriport", &unsigned, 401),
        ("/nowhere", &unsigned, 404),
        ("/hooks/human-api", &by_human_api("[]"), 200),
    ] {
        stream.write_all(&wire(path, request)).unwrap();
        assert_eq!(read_answer(&mut stream).unwrap().status, status);
    }
}

/// A good body of so many bytes.
fn blank(bytes: usize) -> SignedRequest {
    by_human_api(&format!("[{}]", " ".repeat(bytes - 2)))
}

fn with_little_memory(name: &str) -> Server {
    let config = format!("body_memory = \"1 KiB\"\n{TWO_ENDPOINTS}");
    Server::start(&mut command(&folder(name), &config))
}

/// Tells whether a small request gets that status within some time; a server reads what others
/// send in its own.
fn becomes(server: &Server, status: u16) -> bool {
    (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        server.post("/hooks/human-api", &blank(100)).status == status
    })
}

#[test]
fn a_body_for_which_there_is_no_room_is_503_and_its_caller_can_go_on() {
    let server = with_little_memory("no_room");
    let mut stream = server.connect();
    for (path, request, status) in [
        ("/hooks/human-api", &blank(1024), 200),
        ("/hooks/human-api", &blank(1025), 503),
        ("/hooks/human-api", &blank(1024), 200),
        (
            "/hooks/metriport",
            &by_metriport(&" ".repeat(4 * 1024 * 1024)),
            503,
        ),
        ("/hooks/human-api", &blank(1024), 200),
    ] {
        stream.write_all(&wire(path, request)).unwrap();
        let answer = read_answer(&mut stream).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (status, ""));
    }
    let refused = "refused human-api: 503 no-room";
    server.stderr.wait_for(&[refused, "`body_memory`"]);
}

#[test]
fn the_room_is_that_of_all_requests_in_flight() {
    let server = with_little_memory("room_of_all");
    let mut first = server.connect();
    let large = wire("/hooks/human-api", &blank(1000));
    let (most, last) = large.split_at(large.len() - 1);
    first.write_all(most).unwrap();
    assert!(becomes(&server, 503));
    first.write_all(last).unwrap();
    assert_eq!(read_answer(&mut first).unwrap().status, 200);
    assert_eq!(server.post("/hooks/human-api", &blank(100)).status, 200);
}

#[test]
fn what_a_caller_who_goes_away_held_is_given_back() {
    let server = with_little_memory("given_back");
    let mut first = server.connect();
    let large = wire("/hooks/human-api", &blank(1000));
    first.write_all(&large[..large.len() - 1]).unwrap();
    assert!(becomes(&server, 503));
    drop(first);
    assert!(becomes(&server, 200));
}

#[test]
fn a_caller_who_goes_away_is_noted_and_the_next_is_served() {
    let server = Server::start(&mut command(&folder("gone"), TWO_ENDPOINTS));
    let request = by_human_api("[1, 2]").with_header("expect", "100-continue");
    let mut stream = server.connect();
    stream
        .write_all(&head("/hooks/human-api", &request))
        .unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 100);
    stream.write_all(b"[1").unwrap();
    drop(stream);
    server
        .stderr
        .wait_for(&["refused human-api: 400 body-broke-off"]);
    let answer = server.post("/hooks/human-api", &by_human_api("[]"));
    assert_eq!(answer.status, 200);
}
