//! The watch page: what it shows, to whom, and what it never shows.
#![cfg(unix)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use pulsehook_axum::testing::SignedRequest;

use crate::support::{Answer, Server, command, folder, read_answer};

mod access;
mod resent;
mod run;
mod shown;

/// A started server with its page.
pub(crate) struct Watched {
    pub(crate) server: Server,
    pub(crate) page: SocketAddr,
    pub(crate) folder: PathBuf,
    access: String,
}

pub(crate) const PING: &str = r#"{"ping":"echo-me","meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"ping"}}"#;
pub(crate) const ADMIT: &str = r#"{"meta":{"messageId":"m-2","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://example.org/bundle","patientId":"p-1","<b>":"&"}}"#;

impl Watched {
    pub(crate) fn start(name: &str, config: &str) -> Self {
        let folder = folder(name);
        Self::of(&mut command(&folder, config), folder)
    }

    fn of(command: &mut std::process::Command, folder: PathBuf) -> Self {
        let server = Server::start(command.arg("--watch=127.0.0.1:0"));
        let line = server.stderr.wait_for(&["watch page on http://"]);
        assert!(!line.contains("key="), "{line}");
        let link = fs::read_to_string(folder.join("pulsehook.toml.watch")).unwrap();
        let rest = link.strip_prefix("http://").unwrap();
        let (page, access) = rest.trim_end().split_once("/?key=").unwrap();
        assert!(line.contains(page), "{line} {page}");
        Self {
            server,
            page: page.parse().unwrap(),
            access: access.to_owned(),
            folder,
        }
    }

    /// Returns the address that opens the page.
    pub(crate) fn link(&self) -> String {
        format!("http://{}/?key={}", self.page, self.access)
    }

    fn cookie(&self) -> String {
        format!("cookie: pulsehook-{}={}", self.page.port(), self.access)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.page).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream
    }

    /// Asks the page with these lines for a head.
    fn ask(&self, request: &str, lines: &[&str]) -> Answer {
        let mut stream = self.connect();
        let head = format!("{request} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"));
        stream.write_all(head.as_bytes()).unwrap();
        read_answer(&mut stream).unwrap()
    }

    /// Gets a page as its owner does.
    pub(crate) fn get(&self, path: &str) -> Answer {
        let host = format!("host: {}", self.page);
        self.ask(&format!("GET {path}"), &[&host, &self.cookie()])
    }

    fn shown(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}");
        answer.body
    }

    fn resend(&self, number: u64) -> Answer {
        self.ask(
            &format!("POST /requests/{number}/resend"),
            &[
                &format!("host: {}", self.page),
                &self.cookie(),
                &format!("origin: http://{}", self.page),
                "content-length: 0",
            ],
        )
    }

    /// Starts to follow the events, and returns them up to this text.
    fn events_until(&self, query: &str, end: &str) -> String {
        let mut stream = self.connect();
        let head = format!(
            "GET /events?{query} HTTP/1.1\r\nhost: {}\r\n{}\r\n\r\n",
            self.page,
            self.cookie()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut text = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let read = stream.read(&mut chunk).unwrap();
            assert_ne!(read, 0, "{}", String::from_utf8_lossy(&text));
            text.extend_from_slice(&chunk[..read]);
            let so_far = String::from_utf8_lossy(&text);
            if so_far.contains(end) {
                return so_far.into_owned();
            }
        }
    }
}

fn altered(request: &SignedRequest, body: &str) -> Vec<u8> {
    let mut wire = b"POST /hooks/metriport HTTP/1.1\r\nhost: test\r\n".to_vec();
    for (name, value) in request.headers() {
        wire.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    wire.extend_from_slice(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    wire
}
