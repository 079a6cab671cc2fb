//! A small HTTP/1.1 client: it can send what proper clients refuse to.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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
