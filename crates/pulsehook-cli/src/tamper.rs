//! Spoils signed deliveries, each in one way, as attackers or careless middlemen do.

use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::signature::encode_base64;

use crate::edit;
use crate::failure::Failure;
use crate::providers::{Entry, MacEncoding, Message, Moment, SignatureHeader};
use crate::request::Request;
use crate::secrets::{Secrets, UrlPlace};

/// A way to spoil a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Body,
    Whitespace,
    Newline,
    Crlf,
    Signature,
    Encoding,
    Truncated,
    Timestamp,
    Seconds,
    Nonce,
    Swap,
    Key,
    KeyNewline,
    Missing,
    Twice,
    Unpacked,
}

/// All ways, their names, and what each does.
const ALL: [(Kind, &str, &str); 16] = [
    (Kind::Body, "body", "a digit of the body is changed"),
    (
        Kind::Whitespace,
        "whitespace",
        "the JSON is written over several lines",
    ),
    (Kind::Newline, "newline", "a line end follows the body"),
    (
        Kind::Crlf,
        "crlf",
        "line ends become CR LF, after pretty-printing if there are none",
    ),
    (
        Kind::Signature,
        "signature",
        "a character of the signature is changed",
    ),
    (
        Kind::Encoding,
        "encoding",
        "the signature is hex instead of base64, or the reverse",
    ),
    (
        Kind::Truncated,
        "truncated",
        "half of the signature is left out",
    ),
    (
        Kind::Timestamp,
        "timestamp",
        "the time stamp's header is changed",
    ),
    (
        Kind::Seconds,
        "seconds",
        "the time stamp's header is cut to seconds",
    ),
    (Kind::Nonce, "nonce", "the nonce's header is changed"),
    (
        Kind::Swap,
        "swap",
        "time stamp and nonce stand in each other's headers",
    ),
    (Kind::Key, "key", "key and secrets are made up"),
    (
        Kind::KeyNewline,
        "key-newline",
        "a line end belongs to the signing key",
    ),
    (Kind::Missing, "missing", "every proof is left out"),
    (Kind::Twice, "twice", "the proof is sent twice"),
    (
        Kind::Unpacked,
        "unpacked",
        "a compressed body is sent decompressed",
    ),
];

/// Why a way does not apply.
type NotSpoilt = &'static str;

const NOTHING_SIGNED: NotSpoilt =
    "nothing is signed with these secrets, so the endpoint cannot notice";
const NO_TIMESTAMP: NotSpoilt = "the provider sends no signed time stamp";
const NO_NONCE: NotSpoilt = "the provider sends no signed nonce";
const NOT_JSON: NotSpoilt = "the body that is sent is not JSON";

/// A delivery that is to be spoilt.
pub(crate) struct Good<'a> {
    pub(crate) entry: &'static Entry,
    pub(crate) secrets: &'a Secrets,
    pub(crate) message: &'a Message,
    pub(crate) moment: &'a Moment,
    pub(crate) request: &'a Request,
}

impl Kind {
    /// Finds a way by its name.
    pub(crate) fn named(name: &str) -> Result<Self, Failure> {
        let found = ALL.iter().find(|(_, other, _)| *other == name);
        found.map(|(kind, ..)| *kind).ok_or_else(|| {
            Failure::usage(
                "--tamper: there is no such kind; `pulsehook send PROVIDER --tamper list` names \
                 those that apply",
            )
        })
    }

    /// Returns the name.
    pub(crate) fn name(self) -> &'static str {
        let found = ALL.iter().find(|(kind, ..)| *kind == self);
        found.map_or("", |(_, name, _)| name)
    }
}

impl Good<'_> {
    /// Lists the ways that apply, with what each does.
    pub(crate) fn kinds(&self) -> Result<Vec<(&'static str, &'static str)>, Failure> {
        let mut kinds = Vec::new();
        for (kind, name, what) in ALL {
            if self.try_spoil(kind)?.is_ok() {
                kinds.push((name, what));
            }
        }
        Ok(kinds)
    }

    /// Spoils the delivery.
    pub(crate) fn spoilt(&self, kind: Kind) -> Result<Request, Failure> {
        self.try_spoil(kind)?.map_err(|why| {
            let kinds = self.kinds().unwrap_or_default();
            let names: Vec<_> = kinds.into_iter().map(|(name, _)| name).collect();
            Failure::usage(format_args!(
                "--tamper {} does not apply to this message of {}: {why}; what does: {}",
                kind.name(),
                self.entry.title,
                names.join(", ")
            ))
        })
    }

    fn try_spoil(&self, kind: Kind) -> Result<Result<Request, NotSpoilt>, Failure> {
        Ok(match kind {
            Kind::Key => self.by_stranger()?,
            _ => self.in_transit(kind),
        })
    }

    fn in_transit(&self, kind: Kind) -> Result<Request, NotSpoilt> {
        match kind {
            Kind::Missing => self.unproven(),
            Kind::Twice => self.proven_twice(),
            _ => self.signed_otherwise(kind),
        }
    }

    /// Returns how the signature is written, where the request has one.
    fn signature(&self) -> Result<(SignatureHeader, &str), NotSpoilt> {
        let header = self.entry.signature.ok_or(NOTHING_SIGNED)?;
        let value = self.request.header_text(header.name);
        Ok((header, value.ok_or(NOTHING_SIGNED)?))
    }

    fn signed_otherwise(&self, kind: Kind) -> Result<Request, NotSpoilt> {
        let (header, signature) = self.signature()?;
        let request = self.request.clone();
        let body = self.request.body();
        let text = |name: Option<&'static str>, without: NotSpoilt| {
            let name = name.ok_or(without)?;
            let value = self.request.header_text(name).ok_or(without)?;
            Ok::<_, NotSpoilt>((name, value.to_owned()))
        };
        Ok(match kind {
            Kind::Body => request.with_body(changed(body)?),
            Kind::Whitespace => {
                let pretty = edit::pretty(body, "\n").ok_or(NOT_JSON)?.into_bytes();
                match pretty == **body {
                    false => request.with_body(pretty),
                    true => return Err("the body stands on several lines as it is"),
                }
            }
            Kind::Newline => request.with_body([body, b"\n".as_slice()].concat()),
            Kind::Crlf => request.with_body(with_crlf(body)?),
            Kind::Signature => request.replace_header(header.name, altered(signature)),
            Kind::Encoding => {
                request.replace_header(header.name, recoded(signature, header.encoding)?)
            }
            Kind::Truncated => {
                let half = signature.get(..signature.len() / 2).unwrap_or_default();
                request.replace_header(header.name, half)
            }
            Kind::Timestamp => {
                let (name, value) = text(header.timestamp, NO_TIMESTAMP)?;
                request.replace_header(name, last_digit_changed(&value))
            }
            Kind::Seconds => {
                let (name, value) = text(header.timestamp, NO_TIMESTAMP)?;
                let seconds = value.len().checked_sub(3).and_then(|end| value.get(..end));
                request.replace_header(name, seconds.unwrap_or_default())
            }
            Kind::Nonce => {
                let (name, value) = text(header.nonce, NO_NONCE)?;
                request.replace_header(name, last_digit_changed(&value))
            }
            Kind::Swap => {
                let (timestamp, at) = text(header.timestamp, NO_TIMESTAMP)?;
                let (nonce, word) = text(header.nonce, NO_NONCE)?;
                request
                    .replace_header(timestamp, word)
                    .replace_header(nonce, at)
            }
            Kind::KeyNewline => {
                let keys = self
                    .secrets
                    .keys
                    .as_ref()
                    .map(|keys| keys.with_suffix("\n"));
                let secrets = Secrets {
                    keys,
                    ..self.secrets.clone()
                };
                (self.entry.sign)(&secrets, self.message.clone(), self.moment)
            }
            Kind::Unpacked => match self.message {
                Message::Body(plain) if plain != body => request
                    .without_header("content-encoding")
                    .with_body(plain.clone()),
                _ => return Err("the provider does not compress this message"),
            },
            Kind::Key | Kind::Missing | Kind::Twice => request,
        })
    }

    /// Makes the request with secrets that nobody has.
    fn by_stranger(&self) -> Result<Result<Request, NotSpoilt>, Failure> {
        if !self.is_proven() {
            return Ok(Err("no secret proves it"));
        }
        let strangers = self.secrets.made_up().map_err(Failure::runtime)?;
        Ok(Ok((self.entry.sign)(
            &strangers,
            self.message.clone(),
            self.moment,
        )))
    }

    fn is_proven(&self) -> bool {
        self.signature().is_ok()
            || self.secrets.in_header.is_some()
            || self.secrets.in_url.is_some()
    }

    /// Leaves all proofs out.
    fn unproven(&self) -> Result<Request, NotSpoilt> {
        if !self.is_proven() {
            return Err("no secret proves it");
        }
        let nothing = Secrets::default();
        Ok((self.entry.sign)(
            &nothing,
            self.message.clone(),
            self.moment,
        ))
    }

    /// Adds another of the proofs: the signature, or else the header, or else that of the URL.
    fn proven_twice(&self) -> Result<Request, NotSpoilt> {
        let request = self.request.clone();
        let header = match self.signature() {
            Ok((header, _)) => Some(header.name),
            Err(_) => self.secrets.in_header.as_ref().map(|it| it.name.as_str()),
        };
        if let Some(name) = header {
            let value = self.request.header(name).unwrap_or_default();
            return Ok(request.with_header(name.to_owned(), value));
        }
        match &self.secrets.in_url {
            Some(in_url) if in_url.place != UrlPlace::Path => {
                Ok(request.at(&in_url.suffix().replacen('?', "&", 1)))
            }
            Some(_) => Err("a path has the secret in one place only"),
            None => Err("no secret proves it"),
        }
    }
}

/// Changes a digit of a body, or its last byte where there is none.
fn changed(body: &Bytes) -> Result<Vec<u8>, NotSpoilt> {
    let mut body = body.to_vec();
    let digit = body.iter().rposition(u8::is_ascii_digit);
    let place = digit.or(body.len().checked_sub(1));
    match place.and_then(|place| body.get_mut(place)) {
        Some(byte) if byte.is_ascii_digit() => *byte = other_digit(*byte),
        Some(byte) => *byte ^= 1,
        None => return Err("the message has no body"),
    }
    Ok(body)
}

fn other_digit(digit: u8) -> u8 {
    if digit == b'7' { b'1' } else { b'7' }
}

fn with_crlf(body: &Bytes) -> Result<Vec<u8>, NotSpoilt> {
    let has_line_ends = body.contains(&b'\n') && std::str::from_utf8(body).is_ok();
    if !has_line_ends {
        let pretty = edit::pretty(body, "\r\n").ok_or(NOT_JSON)?;
        return match pretty.contains('\n') {
            true => Ok(pretty.into_bytes()),
            false => Err("the body has one line, however it is written"),
        };
    }
    let mut crlf = Vec::with_capacity(body.len());
    for &byte in body {
        if byte == b'\n' && crlf.last() != Some(&b'\r') {
            crlf.push(b'\r');
        }
        crlf.push(byte);
    }
    match crlf == **body {
        true => Err("the line ends are CR LF as they are"),
        false => Ok(crlf),
    }
}

/// Changes the first character to another that is as good.
fn altered(text: &str) -> String {
    let mut characters = text.chars();
    let first = match characters.next() {
        Some('0') => '1',
        _ => '0',
    };
    std::iter::once(first).chain(characters).collect()
}

fn last_digit_changed(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last = other_digit(*last);
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes a MAC in the other encoding.
fn recoded(text: &str, from: MacEncoding) -> Result<String, NotSpoilt> {
    const UNREADABLE: NotSpoilt = "the signature cannot be read";
    match from {
        MacEncoding::Hex => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            let bytes: Option<Vec<u8>> = text
                .as_bytes()
                .chunks(2)
                .map(|pair| match pair {
                    [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
                    _ => None,
                })
                .collect();
            Ok(encode_base64(&bytes.ok_or(UNREADABLE)?))
        }
        MacEncoding::Base64 => {
            let mac = pulsehook_axum::SigningKey::from_base64(text).map_err(|_| UNREADABLE)?;
            Ok(pulsehook_axum::signature::encode_hex(mac.expose_bytes()))
        }
    }
}
