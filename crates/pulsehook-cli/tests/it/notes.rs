//! Standard error that nobody reads.
#![cfg(unix)]

use std::io::Write as _;

use crate::support::{Gathered, Server, TWO_ENDPOINTS, by_human_api, command, folder, read_answer};

/// More than a pipe and the queue behind it hold.
const REFUSALS: usize = 6000;

fn refuse(server: &Server) {
    let unsigned = b"POST /hooks/human-api HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n";
    let mut stream = server.connect();
    for _ in 0..REFUSALS {
        stream.write_all(unsigned).unwrap();
        assert_eq!(read_answer(&mut stream).unwrap().status, 401);
    }
}

#[test]
fn a_standard_error_that_nobody_reads_holds_up_nothing() {
    let (mut server, stderr) =
        Server::start_with_unread_stderr(&mut command(&folder("unread"), TWO_ENDPOINTS));
    refuse(&server);
    let answer = server.post("/hooks/human-api", &by_human_api("[]"));
    assert_eq!(answer.status, 200);
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    drop(stderr);
}

#[test]
fn dropped_notes_are_counted_and_told_once_there_is_room() {
    let (mut server, stderr) =
        Server::start_with_unread_stderr(&mut command(&folder("dropped"), TWO_ENDPOINTS));
    refuse(&server);
    server.stderr = Gathered::from_stream(stderr);
    server.stderr.wait_for(&["notes dropped"]);
    let (_, stderr) = server.end();
    let refused = stderr.iter().filter(|line| line.contains(" refused "));
    let dropped: usize = stderr
        .iter()
        .filter_map(|line| line.split_once(" notes dropped"))
        .map(|(count, _)| count.parse::<usize>().unwrap())
        .sum();
    assert!(dropped > 0);
    assert_eq!(refused.count() + dropped, REFUSALS);
    assert!(stderr.last().unwrap().ends_with(" stopping"), "{stderr:#?}");
}
