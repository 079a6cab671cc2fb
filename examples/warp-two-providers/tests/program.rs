//! The program as it is started, and hit over a socket.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use pulsehook_warp::SigningKey;
use pulsehook_warp::metriport::testing::sign;
use pulsehook_warp::testing::SignedRequest;

/// Long enough for a busy machine; nothing waits so long when all is well.
const BOUND: Duration = Duration::from_secs(60);

const ADMIT: &str = r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://files.example/1","patientId":"p-1"}}"#;

/// The program, with test secrets and on an address as `LISTEN` would have it.
fn program(listen: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_example-warp-two-providers"));
    program
        .env("METRIPORT_WEBHOOK_KEY", "m-secret")
        .env("HUMAN_API_CLIENT_SECRET", "h-secret")
        .env("LISTEN", listen);
    program
}

/// The program while it runs; ends when dropped.
struct Running {
    child: Child,
    lines: Receiver<String>,
    address: String,
}

impl Running {
    fn start() -> Self {
        let mut child = program("127.0.0.1:0")
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
        };
        let line = running.line();
        let address = line.strip_prefix("listening on http://");
        running.address = address.expect("the address").to_owned();
        running
    }

    /// Waits for the next line that the program prints.
    fn line(&self) -> String {
        self.lines.recv_timeout(BOUND).expect("a line")
    }

    /// Sends a request and returns status and body of the answer.
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

    fn received(&self) -> (u16, String) {
        self.send("GET /received HTTP/1.1\r\n", b"")
    }

    fn deliver(&self, signed: &SignedRequest) -> (u16, String) {
        let mut head = format!("{} /hooks/metriport HTTP/1.1\r\n", signed.method());
        for (name, value) in signed.headers() {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        self.send(&head, signed.body())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and then the test fails by something else.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_listens_where_it_says_and_receives() {
    let program = Running::start();
    assert!(!program.address.ends_with(":0"), "{}", program.address);
    assert_eq!(program.received(), (200, "{}".into()));

    let key = SigningKey::from_text("m-secret").expect("a key");
    assert_eq!(program.deliver(&sign(&key, ADMIT)), (200, String::new()));
    assert_eq!(program.line(), "a patient was admitted");
    assert_eq!(
        program.received(),
        (200, r#"{"metriport/id:m-1":1}"#.into())
    );

    let key = SigningKey::from_text("h-secret").expect("a key");
    assert_eq!(program.deliver(&sign(&key, ADMIT)), (401, String::new()));
}

/// Runs the program, which must refuse to start, and returns what it says.
fn refuses_to_start(program: &mut Command) -> String {
    let mut child = program
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    // A line if it listens against all expectations, and the end if it does not.
    output.read_line(&mut line).expect("text");
    if !line.is_empty() {
        child.kill().expect("ended");
    }
    let output = child.wait_with_output().expect("ended");
    assert_eq!(line, "");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn it_does_not_start_without_its_secrets() {
    for variable in ["METRIPORT_WEBHOOK_KEY", "HUMAN_API_CLIENT_SECRET"] {
        let unset = refuses_to_start(program("127.0.0.1:0").env_remove(variable));
        assert!(unset.contains(variable), "{unset}");
        let blank = refuses_to_start(program("127.0.0.1:0").env(variable, "  "));
        assert!(blank.contains(variable), "{blank}");
    }
}

#[test]
fn it_does_not_start_on_an_address_that_is_none() {
    refuses_to_start(&mut program("nowhere"));
}
