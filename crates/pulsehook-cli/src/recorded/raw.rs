//! Messages of HTTP/1.1, as they go over the wire.

use std::borrow::Cow;

use pulsehook_axum::bytes::Bytes;

use super::{BODY_BESIDE, Beside, Form, Recorded, Unreadable, target_of};
use crate::config::counted;
use crate::request::Request;

/// The most headers that a request may have.
const MOST_HEADERS: usize = 256;

/// Tells whether a text starts with the first line of a request.
pub(super) fn starts_request(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    is_request_line(line)
}

/// Tells whether a line is the first of a request.
pub(super) fn is_request_line(line: &[u8]) -> bool {
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ');
    let method = words.next().unwrap_or_default();
    !method.is_empty()
        && method.len() <= 32
        && method.iter().all(u8::is_ascii_alphabetic)
        && words
            .next_back()
            .is_some_and(|last| last.starts_with(b"HTTP/"))
}

/// Reads a message.
pub(super) fn read(message: &[u8], form: Form, beside: Beside) -> Result<Recorded, Unreadable> {
    if beside.entry.is_some_and(|entry| entry != 1) {
        return Err(Unreadable::new(
            form,
            "it holds one request; leave --entry out",
        ));
    }
    let mut notes = Vec::new();
    let message = as_http_1(message);
    let mut slots = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut slots);
    let completed;
    let (head_len, parsed) = match parsed.parse(&message) {
        Ok(httparse::Status::Complete(len)) => (len, parsed),
        Ok(httparse::Status::Partial) => {
            notes.push("the recording ends within the head; an empty body is assumed".to_owned());
            completed = [message.trim_ascii_end(), b"\r\n\r\n"].concat();
            slots = [httparse::EMPTY_HEADER; MOST_HEADERS];
            let mut parsed = httparse::Request::new(&mut slots);
            match parsed.parse(&completed) {
                Ok(httparse::Status::Complete(_)) => (message.len(), parsed),
                Ok(httparse::Status::Partial) => return Err(broken(form, httparse::Error::Token)),
                Err(error) => return Err(broken(form, error)),
            }
        }
        Err(error) => return Err(broken(form, error)),
    };
    let mut request = Request::new(
        parsed.method.unwrap_or_default().to_owned(),
        target_of(parsed.path.unwrap_or_default()),
    );
    for header in parsed.headers.iter() {
        request = request.with_header(header.name.to_owned(), header.value);
    }
    let rest = message.get(head_len..).unwrap_or_default();
    if let Some(body) = beside.body {
        notes.push(BODY_BESIDE.to_owned());
        let request = request.without_header("transfer-encoding").with_body(body);
        return Ok(Recorded {
            request: with_true_length(request),
            form,
            notes,
        });
    }
    let body = body_of(&request, rest, form, &mut notes)?;
    if is_chunked(&request) {
        request = request
            .without_header("transfer-encoding")
            .without_header("content-length");
    }
    Ok(Recorded {
        request: request.with_body(Bytes::from(body)),
        form,
        notes,
    })
}

/// Drops a length that is not that of the body.
fn with_true_length(request: Request) -> Request {
    match declared(&request) {
        Ok(Some(length)) if length != request.body().len() as u64 => {
            request.without_header("content-length")
        }
        _ => request,
    }
}

/// Writes the version of the first line as that of HTTP/1.1, of which later ones have the form
/// when they are printed.
fn as_http_1(message: &[u8]) -> Cow<'_, [u8]> {
    let end = message.iter().position(|byte| *byte == b'\n');
    let line = message.get(..end.unwrap_or(message.len()));
    let line = line.unwrap_or_default().trim_ascii_end();
    let versions: [&[u8]; 4] = [b" HTTP/2", b" HTTP/2.0", b" HTTP/3", b" HTTP/3.0"];
    for version in versions {
        if let Some(start) = line.strip_suffix(version) {
            let rest = message.get(line.len()..).unwrap_or_default();
            return Cow::Owned([start, b" HTTP/1.1", rest].concat());
        }
    }
    Cow::Borrowed(message)
}

fn broken(form: Form, error: httparse::Error) -> Unreadable {
    Unreadable::new(
        form,
        match error {
            httparse::Error::HeaderName => {
                "a line of its head is no header; between the first line and the empty line every \
                 line must be `name: value`"
            }
            httparse::Error::HeaderValue => {
                "a header's value holds a control character or goes on in the next line; write it \
                 on one line"
            }
            httparse::Error::NewLine => "a line end of its head is broken",
            httparse::Error::TooManyHeaders => "it has more than 256 headers",
            httparse::Error::Version => {
                "its first line names a version of HTTP that is not known; end it with HTTP/1.1"
            }
            _ => "its first line is not like `POST /path HTTP/1.1`",
        },
    )
}

fn is_chunked(request: &Request) -> bool {
    let coding = request.header("transfer-encoding").unwrap_or_default();
    coding
        .rsplit(|byte| *byte == b',')
        .next()
        .is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

/// Returns the length that the head declares.
fn declared(request: &Request) -> Result<Option<u64>, &'static str> {
    let mut length = None;
    for (name, value) in request.headers() {
        if !name.eq_ignore_ascii_case("content-length") {
            continue;
        }
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(value).ok().filter(|_| is_number);
        let number = number.and_then(|number| number.parse::<u64>().ok());
        let number = number.ok_or("its Content-Length is no number of bytes")?;
        if length.is_some_and(|length| length != number) {
            return Err("it has several Content-Length that differ; keep the right one");
        }
        length = Some(number);
    }
    Ok(length)
}

/// Returns the body, by what the head says of its length.
fn body_of(
    request: &Request,
    rest: &[u8],
    form: Form,
    notes: &mut Vec<String>,
) -> Result<Vec<u8>, Unreadable> {
    if is_chunked(request) {
        if starts_chunk(rest) {
            return dechunk(rest, form, notes);
        }
        notes.push(
            "the head says chunked, and the body is not; it is taken as it stands".to_owned(),
        );
        return Ok(rest.to_vec());
    }
    let declared = declared(request).map_err(|what| Unreadable::new(form, what))?;
    let Some(declared) = declared else {
        if rest.ends_with(b"\n") {
            notes.push(
                "there is no Content-Length, so the line end at the end belongs to the body"
                    .to_owned(),
            );
        }
        return Ok(rest.to_vec());
    };
    let body = usize::try_from(declared)
        .ok()
        .and_then(|length| rest.get(..length));
    match body {
        Some(body) => {
            let surplus = rest.len() - body.len();
            if surplus > 0 {
                notes.push(format!(
                    "what follows the declared length was left out: {}",
                    counted(surplus, "byte")
                ));
            }
            Ok(body.to_vec())
        }
        None if rest.is_empty() => Err(Unreadable::new(
            form,
            format!(
                "it has no body where {declared} bytes are declared; name the body's file with \
                 --body FILE (curl does not print what it sends)"
            ),
        )),
        None => Err(Unreadable::new(
            form,
            format!(
                "its body has {} bytes where {declared} are declared: it was cut, or an editor \
                 changed line ends or blanks. Record the bytes as they came, or name them with \
                 --body FILE. To learn what a changed body would need, take Content-Length out",
                rest.len()
            ),
        )),
    }
}

fn starts_chunk(rest: &[u8]) -> bool {
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    chunk_size(line).is_some() && line.len() < rest.len()
}

fn chunk_size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    let digits = std::str::from_utf8(digits).ok()?;
    let is_size = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_size.then(|| usize::from_str_radix(digits, 16).ok())?
}

fn dechunk(mut rest: &[u8], form: Form, notes: &mut Vec<String>) -> Result<Vec<u8>, Unreadable> {
    let broken = |number: usize, what: &str| {
        Unreadable::new(
            form,
            format!(
                "chunk {number} of its body {what}; record the bytes as they came, or name the \
                 body with --body FILE"
            ),
        )
    };
    let mut body = Vec::new();
    for number in 1.. {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (line, after) = match end {
            Some(end) => (
                rest.get(..end).unwrap_or_default(),
                rest.get(end + 1..).unwrap_or_default(),
            ),
            None => (rest, &[][..]),
        };
        let size =
            chunk_size(line).ok_or_else(|| broken(number, "does not start with its size"))?;
        if size == 0 {
            let is_trailer = |line: &&[u8]| !line.trim_ascii().is_empty();
            let mut lines = after.split(|byte| *byte == b'\n');
            let trailers = lines.by_ref().take_while(is_trailer).count();
            if trailers > 0 || lines.any(|line| !line.trim_ascii().is_empty()) {
                notes.push("what follows the last chunk was left out".to_owned());
            }
            break;
        }
        let chunk = after
            .get(..size)
            .ok_or_else(|| broken(number, "is shorter than its size says"))?;
        body.extend_from_slice(chunk);
        let after = after.get(size..).unwrap_or_default();
        rest = after
            .strip_prefix(b"\r\n")
            .or_else(|| after.strip_prefix(b"\n"))
            .ok_or_else(|| broken(number, "is not followed by a line end"))?;
    }
    Ok(body)
}
