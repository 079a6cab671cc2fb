//! Requests that need not be right.

use std::net::SocketAddr;

use pulsehook_axum::testing::SignedRequest;

/// A request that need not be right.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    /// The path from that of the endpoint on, and the query.
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    framing: Framing,
}

/// How a body is delimited.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    /// By its length; a probe without a body has none.
    Length,
    /// By chunks; the last one need not come.
    Chunked { ended: bool },
    /// By a length, and the body never comes.
    DeclaredOnly(usize),
}

impl From<SignedRequest> for Request {
    fn from(request: SignedRequest) -> Self {
        Self {
            method: request.method(),
            target: String::new(),
            headers: request.headers().to_vec(),
            body: request.body().to_vec(),
            framing: Framing::Length,
        }
    }
}

impl Request {
    /// Appends to the target.
    pub(crate) fn at(mut self, suffix: &str) -> Self {
        self.target.push_str(suffix);
        self
    }

    /// Puts the path of an endpoint before the target.
    pub(super) fn under(mut self, path: &str) -> Self {
        self.target.insert_str(0, path);
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(other, _)| *other == name);
        header.map(|(_, value)| value.as_str())
    }

    /// Adds a header, beside any of the same name.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn with_method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn framed(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Returns the bytes of the request, with one more header.
    pub(super) fn wire(&self, host: SocketAddr, (name, value): (&str, &str)) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{name}: {value}\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let is_probe = matches!(self.method, "HEAD" | "GET") && self.body.is_empty();
        match self.framing {
            Framing::Length if is_probe => {}
            Framing::Length => head.push_str(&format!("content-length: {}\r\n", self.body.len())),
            Framing::Chunked { .. } => head.push_str("transfer-encoding: chunked\r\n"),
            Framing::DeclaredOnly(length) => {
                head.push_str(&format!("content-length: {length}\r\n"));
            }
        }
        head.push_str("\r\n");
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
