//! What the tests of the examples share: a program that is started, and hit over a socket.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use pulsehook_core::testing::SignedRequest;

pub mod two_providers;

/// Long enough for a busy machine; nothing waits so long when all is well.
const BOUND: Duration = Duration::from_secs(60);

/// Holds a program that listens; ends it when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    address: String,
    before: Vec<String>,
}

impl Running {
    /// Starts a program and waits for the line that says where it listens.
    #[must_use]
    pub fn start(program: &mut Command) -> Self {
        let mut child = program
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = mpsc::channel();
        // Reads to the end, so that the program can always print.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut running = Self {
            child,
            lines,
            address: String::new(),
            before: Vec::new(),
        };
        loop {
            let line = running.line();
            if let Some(address) = line.strip_prefix("listening on http://") {
                address.clone_into(&mut running.address);
                return running;
            }
            running.before.push(line);
        }
    }

    /// Returns the address, as the program printed it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns what the program printed before it listened.
    #[must_use]
    pub fn before(&self) -> &[String] {
        &self.before
    }

    /// Waits for the next line that the program prints.
    #[must_use]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(BOUND).expect("a line")
    }

    /// Asks for a path, and returns status and body of the answer.
    #[must_use]
    pub fn get(&self, path: &str) -> (u16, String) {
        self.send(&format!("GET {path} HTTP/1.1\r\n"), b"")
    }

    /// Delivers a request, and returns status and body of the answer.
    #[must_use]
    pub fn deliver(&self, target: &str, signed: &SignedRequest) -> (u16, String) {
        let mut head = format!("{} {target} HTTP/1.1\r\n", signed.method());
        for (name, value) in signed.headers() {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        }
        self.send(&head, signed.body())
    }

    fn send(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(BOUND)).expect("a time-out");
        stream.set_write_timeout(Some(BOUND)).expect("a time-out");
        let length = body.len();
        let head = format!(
            "{head}host: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).expect("a status");
        (status.parse().expect("a number"), body.to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and then the test fails by something else.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program, which must refuse to start, and returns what it says.
pub fn refuses_to_start(program: &mut Command) -> String {
    let mut child = program
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut errors = child.stderr.take().expect("a pipe");
    let (sender, said) = mpsc::channel();
    std::thread::spawn(move || {
        // A line if it listens against all expectations, and the end if it does not.
        let mut line = String::new();
        output.read_line(&mut line).expect("text");
        let mut error = String::new();
        if line.is_empty() {
            errors.read_to_string(&mut error).expect("text");
        }
        let _ = sender.send((line, error));
    });
    let said = said.recv_timeout(BOUND);
    if !matches!(&said, Ok((line, _)) if line.is_empty()) {
        child.kill().expect("ended");
    }
    let status = child.wait().expect("ended");
    let (line, error) = said.expect("it ends or listens");
    assert_eq!(line, "");
    assert!(!status.success());
    error
}
