//! The program as it is started, and hit over a socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use example_withings_allow_list::published::NAMES;

use crate::dns::{Answer, Server, records};

/// Long enough for a busy machine; nothing waits so long when all is well.
const BOUND: Duration = Duration::from_secs(60);

fn program(dns: &Server) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_example-withings-allow-list"));
    program
        .env("WITHINGS_URL_SECRET", "u-secret")
        .env("DNS_SERVER", dns.address.to_string())
        .env("LISTEN", "127.0.0.1:0")
        .env_remove("TRUSTED_PROXIES");
    program
}

/// A server whose records list some addresses.
fn publishing(text: &str) -> Server {
    let server = Server::start();
    for name in NAMES {
        server.set(name, records(&[text]));
    }
    server
}

/// The program while it runs; ends when dropped.
struct Running {
    child: Child,
    lines: Receiver<String>,
    address: String,
}

impl Running {
    fn start(program: &mut Command) -> Self {
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
        };
        assert_eq!(running.line(), "4 address blocks");
        let line = running.line();
        let address = line.strip_prefix("listening on http://");
        running.address = address.expect("the address").to_owned();
        running
    }

    /// Waits for the next line that the program prints.
    fn line(&self) -> String {
        self.lines.recv_timeout(BOUND).expect("a line")
    }

    /// Sends a notification, and returns the status of the answer.
    fn notify(&self, token: &str, headers: &str) -> String {
        let body = "userid=8812345&appli=4&startdate=1706400000&enddate=1706400060";
        let length = body.len();
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(BOUND)).expect("a time-out");
        let request = format!(
            "POST /hooks/withings?token={token} HTTP/1.1\r\nhost: localhost\r\n\
             connection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             {headers}content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.split(' ').nth(1).expect("a status").to_owned()
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
fn it_receives_from_the_published_addresses() {
    let dns = publishing("junk 127.0.0.0/8");
    let running = Running::start(&mut program(&dns));
    assert_eq!(running.notify("u-secret", ""), "200");
    assert_eq!(running.line(), "something new: blood-pressure");
    assert_eq!(running.notify("another", ""), "401");

    let dns = publishing("192.0.2.0/24");
    let running = Running::start(&mut program(&dns));
    assert_eq!(running.notify("u-secret", ""), "401");
    let forwarded = "x-forwarded-for: 192.0.2.7\r\n";
    assert_eq!(running.notify("u-secret", forwarded), "401");
    let running = Running::start(program(&dns).env("TRUSTED_PROXIES", "127.0.0.1"));
    assert_eq!(running.notify("u-secret", forwarded), "200");
    assert_eq!(running.notify("u-secret", ""), "401");
}

#[test]
fn it_does_not_start_without_what_it_needs() {
    let dns = publishing("192.0.2.0/24");
    let refuses = |program: &mut Command, expect: &str| {
        let output = program.output().expect("the program ends");
        let error = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success());
        assert!(error.contains(expect), "{error}");
    };
    refuses(
        program(&dns).env_remove("WITHINGS_URL_SECRET"),
        "WITHINGS_URL_SECRET is not set",
    );
    refuses(
        program(&dns).env("WITHINGS_URL_SECRET", "  "),
        "WITHINGS_URL_SECRET: ",
    );
    for proxies in ["", "nowhere", "127.0.0.1 nowhere"] {
        refuses(
            program(&dns).env("TRUSTED_PROXIES", proxies),
            "TRUSTED_PROXIES: ",
        );
    }
    dns.set(NAMES[1], Answer::Code(3));
    refuses(&mut program(&dns), "ipblock-front.withings.net.");
}
