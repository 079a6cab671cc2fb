//! A plain HTTP/1.1 client that can send what a well-behaved one would not.

use std::io::{ErrorKind, Read as _, Write as _};
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
    /// What follows the body; only chunks can have it.
    pub(crate) trailers: Vec<(String, Vec<u8>)>,
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
    /// The same, and the client goes away without waiting for an answer.
    Gone(u64),
    /// Never at an end: after the answer, which must not wait for it, a byte comes now and then
    /// until the server closes the connection; here stands whether in chunks, or under a length
    /// that is not reached.
    Dripping(bool),
    /// With its true length, and only when the server asks for it by an interim answer 100; here
    /// stands whether it must.
    Asked(bool),
}

impl Request {
    pub(crate) fn post(target: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST",
            target: target.into(),
            headers: Vec::new(),
            body: body.into(),
            framing: Framing::Length,
            trailers: Vec::new(),
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

    /// Adds a trailer, which only [`Framing::Chunked`] sends.
    pub(crate) fn trailer(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.trailers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Writes all header names so far in letters of alternating case.
    pub(crate) fn odd_case(mut self) -> Self {
        for (name, _) in &mut self.headers {
            *name = odd_case(name);
        }
        self
    }

    pub(crate) fn value(&self, name: &str) -> Vec<u8> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).expect(name)
    }

    /// Returns head and body as they stand on the wire.
    fn to_wire(&self) -> (Vec<u8>, Vec<u8>) {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\n",
            self.method, self.target
        )
        .into_bytes();
        write_fields(&mut head, &self.headers);
        let mut body = Vec::new();
        let framing = match self.framing {
            Framing::Length => format!("content-length: {}", self.body.len()),
            Framing::Asked(_) => format!(
                "content-length: {}\r\nexpect: 100-continue",
                self.body.len()
            ),
            Framing::Declared(length) | Framing::CutOff(length) | Framing::Gone(length) => {
                format!("content-length: {length}")
            }
            Framing::Dripping(false) => "content-length: 1000000".to_owned(),
            Framing::Chunked(_) | Framing::Dripping(true) => {
                "transfer-encoding: chunked".to_owned()
            }
        };
        head.extend_from_slice(format!("connection: close\r\n{framing}\r\n\r\n").as_bytes());
        if let Framing::Chunked(size) = self.framing {
            for chunk in self.body.chunks(size) {
                body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                body.extend_from_slice(chunk);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(b"0\r\n");
            write_fields(&mut body, &self.trailers);
            body.extend_from_slice(b"\r\n");
        } else {
            assert!(self.trailers.is_empty(), "only chunks can have trailers");
            body.extend_from_slice(&self.body);
        }
        (head, body)
    }
}

fn write_fields(wire: &mut Vec<u8>, fields: &[(String, Vec<u8>)]) {
    for (name, value) in fields {
        wire.extend_from_slice(name.as_bytes());
        wire.extend_from_slice(b": ");
        wire.extend_from_slice(value);
        wire.extend_from_slice(b"\r\n");
    }
}

/// Writes a name in letters of alternating case, beginning in upper case.
pub(crate) fn odd_case(name: &str) -> String {
    let letters = name.chars().enumerate();
    letters
        .map(|(place, letter)| match place % 2 {
            0 => letter.to_ascii_uppercase(),
            _ => letter.to_ascii_lowercase(),
        })
        .collect()
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
pub(crate) fn exchange(address: SocketAddr, request: &Request) -> Option<Answer> {
    exchange_with(address, request, false)
}

/// Sends a request and reads the answer, which may come before the request is all sent.
///
/// Returns `None` when the connection ends without one, when the client does not wait, or when the
/// server asks for a body that it should not ask for, or the other way round. A server that asks
/// for every body may do so, and must answer without it all the same where it should not have
/// asked.
pub(crate) fn exchange_with(
    address: SocketAddr,
    request: &Request,
    asks_for_every_body: bool,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a time-out");
    stream
        .set_write_timeout(Some(Duration::from_secs(30)))
        .expect("a time-out");
    let (head, body) = request.to_wire();
    if let Framing::Asked(wanted) = request.framing {
        let _ = stream.write_all(&head);
        let first = read_head(&mut stream);
        let asked = first.starts_with(b"HTTP/1.1 100 ");
        if asked != (wanted || asks_for_every_body) {
            return None;
        }
        if !wanted {
            // What was read is the answer's head, or an interim one's.
            let read = if asked { Vec::new() } else { first };
            return read_answer(&mut stream, read, request.method);
        }
        let _ = stream.write_all(&body);
    } else {
        // A refusal can come, and the connection be closed, before the body is all sent.
        let _ = stream.write_all(&[head, body].concat());
    }
    match request.framing {
        Framing::CutOff(_) => {
            let _ = stream.shutdown(Shutdown::Write);
        }
        Framing::Gone(_) => return None,
        _ => {}
    }
    let answer = read_answer(&mut stream, Vec::new(), request.method);
    match request.framing {
        Framing::Dripping(chunked) => answer.filter(|_| drip_until_closed(&mut stream, chunked)),
        _ => answer,
    }
}

/// Sends on and on, and tells whether the server closes the connection within half a minute.
fn drip_until_closed(stream: &mut TcpStream, chunked: bool) -> bool {
    let byte: &[u8] = if chunked { b"1\r\nx\r\n" } else { b"x" };
    let between = Duration::from_millis(20);
    stream.set_read_timeout(Some(between)).expect("a time-out");
    let mut more = [0; 64];
    (0..1500).any(|_| {
        let closed = match stream.read(&mut more) {
            Ok(read) => read == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        closed || stream.write_all(byte).is_err()
    })
}

/// Reads an answer's head and not one byte more.
fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    head
}

/// Reads an answer, of which a part may have been read already, until it is whole: some servers
/// keep a connection for a while whose request they have not read to its end.
fn read_answer(stream: &mut TcpStream, mut answer: Vec<u8>, method: &str) -> Option<Answer> {
    let mut buffer = [0; 4096];
    while length(&answer, method).is_none_or(|length| answer.len() < length) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
        }
    }
    // What follows a body that was said to be shorter is another request to some servers, and is
    // answered, too.
    if let Some(length) = length(&answer, method) {
        answer.truncate(length);
    }
    parse(&answer)
}

/// Returns how many bytes an answer has, if that can be told yet.
fn length(answer: &[u8], method: &str) -> Option<usize> {
    let (head, body) = split(answer)?;
    let head = head.to_ascii_lowercase();
    let declared = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?;
    let declared: usize = declared.parse().expect("a length");
    let length = if method == "HEAD" { 0 } else { declared };
    Some(answer.len() - body.len() + length)
}

fn split(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).expect("our heads are ASCII");
    Some((head, &answer[end + 4..]))
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let (head, body) = split(answer)?;
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
        body: body.to_vec(),
    })
}
