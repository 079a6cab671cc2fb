//! A small HTTP/1.1 client: it can send what proper clients refuse to.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use pulsehook_axum::testing::SignedRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request that need not be right.
#[derive(Clone, Debug)]
pub(super) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    framing: Framing,
}

/// How a body is delimited.
#[derive(Clone, Copy, Debug)]
pub(super) enum Framing {
    /// By its length.
    Length,
    /// By chunks; the last one need not come.
    Chunked { ended: bool },
    /// By a length, and the body never comes.
    DeclaredOnly(usize),
}

impl Request {
    pub(super) fn new(path: &str, request: &SignedRequest) -> Self {
        Self {
            method: request.method(),
            path: path.to_owned(),
            headers: request.headers().to_vec(),
            body: request.body().to_vec(),
            framing: Framing::Length,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(other, _)| *other == name);
        header.map(|(_, value)| value.as_str())
    }

    /// Adds a header, beside any of the same name.
    pub(super) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    pub(super) fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    pub(super) fn with_method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(super) fn framed(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Returns the bytes of the request, with one more header.
    pub(super) fn wire(&self, host: SocketAddr, (name, value): (&str, &str)) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{name}: {value}\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let framing = match self.framing {
            Framing::Length => format!("content-length: {}", self.body.len()),
            Framing::Chunked { .. } => "transfer-encoding: chunked".to_owned(),
            Framing::DeclaredOnly(length) => format!("content-length: {length}"),
        };
        head.push_str(&framing);
        head.push_str("\r\n\r\n");
        let mut wire = head.into_bytes();
        match self.framing {
            Framing::Length => wire.extend_from_slice(&self.body),
            Framing::DeclaredOnly(_) => {}
            Framing::Chunked { ended } => {
                let (first, second) = self.body.split_at(self.body.len() / 2);
                for chunk in [first, second]
                    .into_iter()
                    .filter(|chunk| !chunk.is_empty())
                {
                    wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    wire.extend_from_slice(chunk);
                    wire.extend_from_slice(b"\r\n");
                }
                if ended {
                    wire.extend_from_slice(b"0\r\n\r\n");
                }
            }
        }
        wire
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// How long the client waits; the server is on this machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends a request over a connection of its own.
pub(super) async fn send(address: SocketAddr, wire: &[u8]) -> io::Result<Answer> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        // The server may answer and close before it has read all of a bad request.
        let sent = stream.write_all(wire).await;
        let mut received = Vec::new();
        loop {
            let read = stream.read_buf(&mut received).await;
            if let Some(answer) = parse(&received) {
                return Ok(answer);
            }
            if read? == 0 {
                sent?;
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    };
    tokio::time::timeout(PATIENCE, exchange).await?
}

/// Reads an answer, once all of it is there.
fn parse(received: &[u8]) -> Option<Answer> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = received.split_at(end);
    let head = std::str::from_utf8(head).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let length = name.eq_ignore_ascii_case("content-length").then_some(value);
        length?.parse::<usize>().ok()
    });
    let body = rest.get(4..)?.get(..length.unwrap_or(0))?.to_vec();
    Some(Answer { status, body })
}
