//! A plain HTTP/1.1 client that can send what a well-behaved one would not.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A request as it stands on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) framing: Framing,
}

/// How the body is put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// With its true length.
    Length,
    /// In chunks of so many bytes, without a declared length.
    Chunked(usize),
    /// With a declared length that is not its own.
    Declared(u64),
    /// With a declared length that is longer than what is sent before the client goes away.
    CutOff(u64),
}

impl Request {
    pub(crate) fn post(target: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST",
            target: target.into(),
            headers: Vec::new(),
            body: body.into(),
            framing: Framing::Length,
        }
    }

    /// Adds a header, beside others of the same name.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Takes all headers of a name away.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// Puts a value in the place of a header's.
    pub(crate) fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).header(name, value)
    }

    pub(crate) fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    pub(crate) fn value(&self, name: &str) -> Vec<u8> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).expect(name)
    }

    fn to_wire(&self) -> Vec<u8> {
        let mut wire = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\n",
            self.method, self.target
        )
        .into_bytes();
        for (name, value) in &self.headers {
            wire.extend_from_slice(name.as_bytes());
            wire.extend_from_slice(b": ");
            wire.extend_from_slice(value);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b"connection: close\r\n");
        match self.framing {
            Framing::Length => {
                wire.extend_from_slice(
                    format!("content-length: {}\r\n\r\n", self.body.len()).as_bytes(),
                );
                wire.extend_from_slice(&self.body);
            }
            Framing::Declared(length) | Framing::CutOff(length) => {
                wire.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
                wire.extend_from_slice(&self.body);
            }
            Framing::Chunked(size) => {
                wire.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
                for chunk in self.body.chunks(size) {
                    wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    wire.extend_from_slice(chunk);
                    wire.extend_from_slice(b"\r\n");
                }
                wire.extend_from_slice(b"0\r\n\r\n");
            }
        }
        wire
    }
}

/// An answer, as far as it is ours: status, the headers that the core sets, body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The headers that the core sets and the frameworks do not.
pub(crate) const OUR_HEADERS: [&str; 2] = ["allow", "content-type"];

/// Sends a request and reads the answer, which may come before the request is all sent.
///
/// Returns `None` when the connection ends without one.
pub(crate) fn exchange(address: SocketAddr, request: &Request) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a time-out");
    stream
        .set_write_timeout(Some(Duration::from_secs(30)))
        .expect("a time-out");
    // A refusal can come, and the connection be closed, before the body is all sent.
    let _ = stream.write_all(&request.to_wire());
    if matches!(request.framing, Framing::CutOff(_)) {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
        }
    }
    parse(&answer)
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).expect("our heads are ASCII");
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status");
    let mut headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .filter(|(name, _)| OUR_HEADERS.contains(&name.as_str()))
        .collect();
    headers.sort();
    Some(Answer {
        status,
        headers,
        body: answer[end + 4..].to_vec(),
    })
}
