//! What `curl -v` prints: the head it sends in lines that start with `> `.

use super::{Beside, Form, Recorded, Unreadable, pick, raw};

/// How far into a text the first line of a request is looked for.
const LOOKED_AT: usize = 256 * 1024;

/// Tells whether a text has the first line of a request after `> `.
pub(super) fn is_curl(text: &[u8]) -> bool {
    let text = text.get(..LOOKED_AT).unwrap_or(text);
    lines(text).any(|line| sent(line).is_some_and(raw::is_request_line))
}

/// One request of the output.
#[derive(Default)]
struct Sent {
    head: Vec<u8>,
    body: Vec<u8>,
    answered: bool,
    /// Whether something without a mark stands after the answer.
    left_out: bool,
}

/// Reads the output.
pub(super) fn read(text: &[u8], mut beside: Beside) -> Result<Recorded, Unreadable> {
    let mut all: Vec<Sent> = Vec::new();
    for line in lines(text) {
        if let Some(line) = sent(line) {
            if raw::is_request_line(line) {
                all.push(Sent::default());
            }
            if let Some(request) = all.last_mut() {
                request.head.extend_from_slice(line.trim_ascii_end());
                request.head.extend_from_slice(b"\r\n");
            }
            continue;
        }
        let Some(request) = all.last_mut() else {
            continue;
        };
        if line.starts_with(b"<") {
            request.answered = true;
        } else if is_remark(line) {
            // Curl's own.
        } else if request.answered {
            request.left_out |= !line.trim_ascii().is_empty();
        } else {
            request.body.extend_from_slice(line);
        }
    }
    let request = pick(Form::Curl, all, beside.entry.take())?;
    let mut message = request.head;
    if !message.ends_with(b"\r\n\r\n") {
        message.extend_from_slice(b"\r\n");
    }
    message.extend_from_slice(&request.body);
    let mut recorded = raw::read(&message, Form::Curl, beside)?;
    if request.left_out {
        recorded.notes.push(
            "lines after the answer's head were taken for the answer's body and left out"
                .to_owned(),
        );
    }
    Ok(recorded)
}

/// Walks the lines with their line ends.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// Returns what a line says was sent.
fn sent(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_prefix(b">")?;
    line.strip_prefix(b" ").or_else(|| {
        // The empty line that ends the head.
        line.trim_ascii().is_empty().then_some(line)
    })
}

/// Tells whether a line is curl's own: a remark, or what it says instead of a body.
fn is_remark(line: &[u8]) -> bool {
    let instead = [&b"{ ["[..], b"} ["];
    line.starts_with(b"* ")
        || line.trim_ascii().eq(b"*")
        || instead.iter().any(|start| line.starts_with(start)) && line.trim_ascii().ends_with(b"]")
}
