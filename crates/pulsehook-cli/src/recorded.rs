//! Reads a request that was recorded: as sent over HTTP/1.1, as curl prints it, as browsers export
//! it (HAR), or as `pulsehook sign` prints it.
//!
//! A recording can hold secrets and health data, so nothing of it is repeated in an error.

use std::fmt;
use std::io::Read;
use std::path::Path;

use pulsehook_axum::bytes::Bytes;
use serde::Serialize;

use crate::request::Request;

mod curl;
mod json;
mod raw;
#[cfg(test)]
mod tests;

/// The most bytes of a recording, or of the body beside it.
pub(crate) const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The form in which a request was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// A message as it goes over the wire.
    RawHttp,
    /// What `curl -v` prints.
    Curl,
    /// A HAR file, or an entry of one.
    Har,
    /// What `pulsehook sign --format json` prints.
    Signed,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RawHttp => "a raw HTTP message",
            Self::Curl => "the output of curl -v",
            Self::Har => "HAR",
            Self::Signed => "the JSON of `pulsehook sign`",
        })
    }
}

/// A request that was recorded.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) request: Request,
    pub(crate) form: Form,
    /// What was left out or taken for granted.
    pub(crate) notes: Vec<String>,
}

/// What goes beside a recording.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Which of several requests is meant, counted from 1.
    pub(crate) entry: Option<usize>,
    /// The body, where the recording has none or another.
    pub(crate) body: Option<Bytes>,
}

/// Why a recording cannot be read: what it was taken for, and what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    form: Option<Form>,
    message: String,
}

impl Unreadable {
    fn new(form: impl Into<Option<Form>>, message: impl Into<String>) -> Self {
        Self {
            form: form.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Some(form) => write!(f, "looks like {form}, but {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Reads a file, or standard input (`-`), that must not be large.
pub(crate) fn read_bounded(file: &Path) -> Result<Vec<u8>, Unreadable> {
    fn all(source: impl Read) -> std::io::Result<Vec<u8>> {
        let mut content = Vec::new();
        source
            .take(MOST_BYTES as u64 + 1)
            .read_to_end(&mut content)?;
        Ok(content)
    }

    let content = match file.as_os_str() == "-" {
        true => all(std::io::stdin().lock()),
        false => std::fs::File::open(file).and_then(all),
    };
    let what = match file.as_os_str() == "-" {
        true => "standard input".to_owned(),
        false => format!("the file `{}`", file.display()),
    };
    match content {
        Ok(content) if content.len() > MOST_BYTES => Err(Unreadable::new(
            None,
            "is larger than 64 MiB, and no provider sends that much; cut the recording to the one \
             request",
        )),
        Ok(content) => Ok(content),
        Err(error) => Err(Unreadable::new(
            None,
            format!(
                "{what} cannot be read ({error}); name a file that can be, or - for standard input"
            ),
        )),
    }
}

/// Reads a recording.
pub(crate) fn read(recording: &[u8], beside: Beside) -> Result<Recorded, Unreadable> {
    if recording.trim_ascii().is_empty() {
        return Err(Unreadable::new(
            None,
            "is empty; if it came over standard input, check that nothing else was read from there",
        ));
    }
    if recording.starts_with(b"\xff\xfe") || recording.starts_with(b"\xfe\xff") {
        return Err(Unreadable::new(
            None,
            "is UTF-16, as PowerShell writes what is redirected; convert it to UTF-8, or record it in \
             another shell",
        ));
    }
    let text = recording
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(recording)
        .trim_ascii_start();
    if matches!(text.first(), Some(b'{' | b'[')) {
        json::read(text, beside)
    } else if raw::starts_request(text) {
        raw::read(text, Form::RawHttp, beside)
    } else if curl::is_curl(text) {
        curl::read(text, beside)
    } else {
        Err(Unreadable::new(
            None,
            "is in no form that is known. Known are a raw message that starts with a line such as \
             `POST /path HTTP/1.1`, the output of `curl -v` with its `> ` lines, HAR, and the JSON \
             of `pulsehook sign --format json`",
        ))
    }
}

/// Picks one of several requests.
fn pick<T>(form: Form, mut found: Vec<T>, entry: Option<usize>) -> Result<T, Unreadable> {
    let count = found.len();
    match (count, entry) {
        (0, _) => Err(Unreadable::new(form, "it holds no request")),
        (1, None) => Ok(found.remove(0)),
        (_, None) => Err(Unreadable::new(
            form,
            format!("it holds {count} requests; choose one with --entry 1 to --entry {count}"),
        )),
        (_, Some(entry)) if (1..=count).contains(&entry) => Ok(found.swap_remove(entry - 1)),
        (_, Some(_)) => Err(Unreadable::new(
            form,
            format!("it holds {count} of them, and --entry counts from 1"),
        )),
    }
}

/// Returns path and query of a target, which may be a whole URL.
fn target_of(target: &str) -> String {
    let below_scheme = ["http://", "https://"].iter().find_map(|scheme| {
        let start = target.get(..scheme.len())?;
        start
            .eq_ignore_ascii_case(scheme)
            .then(|| target.get(scheme.len()..))?
    });
    let target = match below_scheme {
        Some(rest) => rest
            .find(['/', '?'])
            .and_then(|start| rest.get(start..))
            .unwrap_or("/"),
        None => target,
    };
    let target = target.split('#').next().unwrap_or_default();
    match target.starts_with('?') {
        true => format!("/{target}"),
        false => target.to_owned(),
    }
}

/// Says where the body comes from when `--body` names it.
const BODY_BESIDE: &str = "the body is that of --body";
