//! HAR, as browsers and proxies export it, and what `pulsehook sign --format json` prints.

use std::fmt;
use std::marker::PhantomData;

use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::signature::decode_base64_up_to;
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{BODY_BESIDE, Beside, Form, MOST_BYTES, Recorded, Unreadable, pick, target_of};
use crate::request::Request;

/// What only HAR has: a file of entries, or an entry.
#[derive(Deserialize)]
struct Outline {
    log: Option<Log>,
    request: Option<Message>,
}

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    entries: AtMost<Outline, MOST_ENTRIES>,
}

/// A request, with the members of either form.
#[derive(Deserialize)]
struct Message {
    method: Option<String>,
    url: Option<String>,
    target: Option<String>,
    headers: Option<AtMost<Header, MOST_HEADERS>>,
    #[serde(rename = "postData")]
    post_data: Option<PostData>,
    #[serde(rename = "bodySize")]
    body_size: Option<i64>,
    body: Option<String>,
    body_base64: Option<String>,
}

/// A header, in either form.
#[derive(Deserialize)]
#[serde(untagged)]
enum Header {
    Pair(String, String),
    Named { name: String, value: String },
}

#[derive(Deserialize)]
struct PostData {
    text: Option<String>,
    encoding: Option<String>,
    params: Option<AtMost<IgnoredAny, MOST_ENTRIES>>,
}

/// Reads either form, of which several requests can stand in a list.
pub(super) fn read(text: &[u8], mut beside: Beside) -> Result<Recorded, Unreadable> {
    let is_list = text.starts_with(b"[");
    let outlines = match is_list {
        true => parsed::<AtMost<Outline, MOST_ENTRIES>>(text)?.0,
        false => vec![parsed(text)?],
    };
    let mut is_har = outlines
        .iter()
        .any(|outline| outline.log.is_some() || outline.request.is_some());
    let messages = match (is_har, is_list) {
        (true, _) => outlines.into_iter().flat_map(Outline::messages).collect(),
        (false, true) => parsed::<AtMost<Message, MOST_ENTRIES>>(text)?.0,
        (false, false) => vec![parsed(text)?],
    };
    let is_of_har = |message: &Message| message.url.is_some() && message.target.is_none();
    is_har |= messages.iter().any(is_of_har);
    let form = match is_har {
        true => Form::Har,
        false => Form::Signed,
    };
    let message = pick(form, messages, beside.entry.take())?;
    message.read(form, beside.body)
}

/// The most requests of a recording, and headers of a request.
const MOST_ENTRIES: usize = 10_000;
const MOST_HEADERS: usize = 1_000;

const TOO_MANY: &str = "has more entries or headers than a recording is read with";

/// A list of so many items at most; items are far larger in memory than in JSON.
struct AtMost<T, const MOST: usize>(Vec<T>);

impl<T, const MOST: usize> Default for AtMost<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for AtMost<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MOST: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    if items.len() == MOST {
                        return Err(A::Error::custom(TOO_MANY));
                    }
                    items.push(item);
                }
                Ok(items)
            }
        }

        deserializer
            .deserialize_seq(Items::<T, MOST>(PhantomData))
            .map(Self)
    }
}

fn parsed<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(text).map_err(|error| {
        // The error's own text can quote values.
        let what = match error.classify() {
            _ if error.to_string().starts_with(TOO_MANY) => TOO_MANY,
            serde_json::error::Category::Data => {
                "has a member of another kind than HAR and `pulsehook sign` have"
            }
            serde_json::error::Category::Eof => "ends too early",
            _ => "is broken",
        };
        Unreadable::new(
            None,
            format!(
                "looks like JSON, but {what}, at line {}, column {}; it must be HAR or the JSON of \
                 `pulsehook sign --format json`. A body alone is no request: its headers are \
                 needed, too",
                error.line(),
                error.column()
            ),
        )
    })
}

impl Outline {
    fn messages(self) -> Vec<Message> {
        let entries = self.log.map(|log| log.entries.0).unwrap_or_default();
        let of_entries = entries.into_iter().filter_map(|entry| entry.request);
        self.request.into_iter().chain(of_entries).collect()
    }
}

impl Message {
    fn read(self, form: Form, beside: Option<Bytes>) -> Result<Recorded, Unreadable> {
        let missing = |name: &str| {
            Unreadable::new(
                form,
                format!(
                    "the member `{name}` is missing. A body alone is no request: its headers are \
                     needed, too"
                ),
            )
        };
        let mut notes = Vec::new();
        let method = self.method.ok_or_else(|| missing("method"))?;
        let target = self.target.or(self.url);
        let target = target.ok_or_else(|| {
            missing(match form {
                Form::Har => "url",
                _ => "target",
            })
        })?;
        let mut request = Request::new(method, target_of(&target));
        for header in self.headers.ok_or_else(|| missing("headers"))?.0 {
            let (Header::Pair(name, value) | Header::Named { name, value }) = header;
            // Browsers export what HTTP/2 has in place of the first line as headers.
            if !name.starts_with(':') {
                request = request.with_header(name, value.trim());
            }
        }
        let body = match (beside, self.post_data, self.body_base64, self.body) {
            (Some(body), ..) => {
                notes.push(BODY_BESIDE.to_owned());
                body
            }
            (None, Some(data), ..) => data.read(form)?,
            (None, None, Some(text), _) => decoded(&text, form)?,
            (None, None, None, Some(text)) => text.into(),
            (None, None, None, None) => Bytes::new(),
        };
        let sizes = [
            self.body_size.and_then(|size| u64::try_from(size).ok()),
            request
                .header_text("content-length")
                .and_then(|length| length.parse().ok()),
        ];
        let other = sizes
            .into_iter()
            .flatten()
            .find(|size| *size != body.len() as u64);
        if let Some(declared) = other {
            if body.is_empty() {
                return Err(Unreadable::new(
                    form,
                    format!(
                        "it has no body where {declared} bytes were sent; name the body's file with \
                         --body FILE"
                    ),
                ));
            }
            notes.push(format!(
                "the body has {} bytes where {declared} were sent: the recording may have changed \
                 it",
                body.len()
            ));
            request = request.without_header("content-length");
        }
        Ok(Recorded {
            request: request.with_body(body),
            form,
            notes,
        })
    }
}

impl PostData {
    fn read(self, form: Form) -> Result<Bytes, Unreadable> {
        match (self.text, self.encoding.as_deref(), self.params) {
            (Some(text), None | Some(""), _) => Ok(text.into()),
            (Some(text), Some("base64"), _) => decoded(&text, form),
            (Some(_), Some(_), _) => Err(Unreadable::new(
                form,
                "the `encoding` of its body is not known; only base64 is",
            )),
            (None, _, Some(params)) if !params.0.is_empty() => Err(Unreadable::new(
                form,
                "it holds the parameters of a form and not its text, so the bytes are not known; \
                 name them with --body FILE",
            )),
            (None, ..) => Ok(Bytes::new()),
        }
    }
}

fn decoded(text: &str, form: Form) -> Result<Bytes, Unreadable> {
    decode_base64_up_to(text.trim().as_bytes(), MOST_BYTES)
        .map(Bytes::from)
        .ok_or_else(|| Unreadable::new(form, "its body is not base64 (padded, without line ends)"))
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").finish_non_exhaustive()
    }
}
