//! The bytes of a request, framed rightly or not.

use std::net::SocketAddr;

use crate::request::Request;

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

/// Returns the bytes of a request, with one more header.
pub(super) fn wire(
    request: &Request,
    framing: Framing,
    host: SocketAddr,
    (name, value): (&str, &str),
) -> Vec<u8> {
    let body = request.body();
    let mut wire = format!(
        "{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{name}: {value}\r\n",
        request.method(),
        request.target()
    )
    .into_bytes();
    for (name, value) in request.headers() {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            wire.extend_from_slice(part);
        }
    }
    let is_probe = matches!(request.method(), "HEAD" | "GET") && body.is_empty();
    let delimiter = match framing {
        Framing::Length if is_probe => String::new(),
        Framing::Length => format!("content-length: {}\r\n", body.len()),
        Framing::Chunked { .. } => "transfer-encoding: chunked\r\n".to_owned(),
        Framing::DeclaredOnly(length) => format!("content-length: {length}\r\n"),
    };
    wire.extend_from_slice(delimiter.as_bytes());
    wire.extend_from_slice(b"\r\n");
    match framing {
        Framing::Length => wire.extend_from_slice(body),
        Framing::DeclaredOnly(_) => {}
        Framing::Chunked { ended } => {
            let (first, second) = body.split_at(body.len() / 2);
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
