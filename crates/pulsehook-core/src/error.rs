//! What can go wrong, and what the caller is told then.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::delivery::{Authenticity, DedupKey};
use crate::reply::Reply;
use crate::stored::{OwnedHeaders, StoredRequest};
use crate::text::Text;
use crate::verified::Accepted;

/// Says why a request is not authentic.
///
/// The caller is told none of it: all of these answer 401 with an empty body unless the provider
/// asks for another status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that the scheme needs is not there.
    #[error("header `{name}` is missing")]
    MissingHeader {
        /// Its name, in lower case.
        name: Cow<'static, str>,
    },
    /// A header that the scheme needs is there several times.
    #[error("header `{name}` is there more than once")]
    RepeatedHeader {
        /// Its name, in lower case.
        name: Cow<'static, str>,
    },
    /// A header's value cannot be right, whatever the key.
    #[error("header `{name}` is malformed")]
    MalformedHeader {
        /// Its name, in lower case.
        name: Cow<'static, str>,
    },
    /// A time stamp is not of the documented form.
    #[error("time stamp `{name}` is malformed")]
    MalformedTimestamp {
        /// The header or field that holds it.
        name: Cow<'static, str>,
    },
    /// Two sets of headers for the same scheme are mixed.
    #[error("headers of two signature schemes are mixed")]
    MixedHeaders,
    /// The key source has no key for this request.
    #[error("there is no signing key for this request")]
    NoKey,
    /// No key makes the presented signature.
    #[error("the signature does not match")]
    SignatureMismatch,
    /// The secret that the caller must present is not there.
    #[error("the shared secret is missing")]
    MissingCredential,
    /// The secret that the caller presents is wrong.
    #[error("the shared secret does not match")]
    CredentialMismatch,
    /// The request is authentic and was signed too long ago.
    #[error("the signed time stamp is too old")]
    TooOld,
    /// The request is authentic and was signed too far in the future.
    #[error("the signed time stamp lies too far ahead")]
    TooNew,
    /// Another rule, of a provider outside this crate.
    #[error("{rule}")]
    Other {
        /// The rule's name.
        rule: &'static str,
    },
}

impl VerifyError {
    /// Returns the short stable name of the rule, for logs and metrics.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::MissingHeader { .. } => "missing-header",
            Self::RepeatedHeader { .. } => "repeated-header",
            Self::MalformedHeader { .. } => "malformed-header",
            Self::MalformedTimestamp { .. } => "malformed-timestamp",
            Self::MixedHeaders => "mixed-headers",
            Self::NoKey => "no-key",
            Self::SignatureMismatch => "signature-mismatch",
            Self::MissingCredential => "missing-credential",
            Self::CredentialMismatch => "credential-mismatch",
            Self::TooOld => "timestamp-too-old",
            Self::TooNew => "timestamp-too-new",
            Self::Other { rule } => rule,
        }
    }
}

/// Says why a verified body could not be decoded, without a word of its content.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    field: Option<Box<str>>,
    position: Option<(usize, usize)>,
    event_type: Option<Text>,
    id: Option<Text>,
}

/// Sorts decode errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// There is no body.
    Empty,
    /// The body is not UTF-8.
    NotUtf8,
    /// The body is not JSON, or something follows it.
    Syntax,
    /// The body has another shape than documented.
    Shape,
    /// A required field is not there.
    MissingField,
    /// A field's value is not of the documented kind.
    InvalidField,
    /// The body's compression is unknown or broken.
    Encoding,
    /// The body is larger, once decompressed, or holds more items than the provider's limit.
    TooLarge,
}

impl DecodeError {
    /// Makes an error of a kind.
    #[must_use]
    pub fn new(kind: DecodeErrorKind) -> Self {
        Self {
            kind,
            field: None,
            position: None,
            event_type: None,
            id: None,
        }
    }

    /// Makes the error for a required field that is not there.
    #[must_use]
    pub fn missing_field(field: &'static str) -> Self {
        Self::new(DecodeErrorKind::MissingField).with_field(field)
    }

    /// Makes the error for a field whose value is not of the documented kind.
    #[must_use]
    pub fn invalid_field(field: &'static str) -> Self {
        Self::new(DecodeErrorKind::InvalidField).with_field(field)
    }

    fn with_field(mut self, field: &str) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Notes the event type, where it is known, beside the error.
    #[must_use]
    pub fn with_event_type(mut self, event_type: Text) -> Self {
        self.event_type = Some(event_type);
        self
    }

    /// Notes the provider's id of the delivery, where it is known, beside the error.
    #[must_use]
    pub fn with_id(mut self, id: Text) -> Self {
        self.id = Some(id);
        self
    }

    /// Takes kind and position from a JSON error, and leaves its message, which can quote the
    /// body, behind.
    #[must_use]
    pub(crate) fn from_json(error: &serde_json::Error) -> Self {
        use serde_json::error::Category;

        let kind = match error.classify() {
            Category::Data => DecodeErrorKind::Shape,
            Category::Syntax | Category::Eof | Category::Io => DecodeErrorKind::Syntax,
        };
        let mut decode_error = Self::new(kind);
        if kind == DecodeErrorKind::Shape {
            // These two prefixes are followed by a name that stands in the program.
            let message = error.to_string();
            let named = |prefix| {
                let rest: &str = message.strip_prefix(prefix)?;
                rest.split_once('`').map(|(name, _)| name)
            };
            if let Some(field) = named("missing field `") {
                decode_error = Self::new(DecodeErrorKind::MissingField).with_field(field);
            } else if let Some(field) = named(crate::json::INVALID_FIELD) {
                decode_error = Self::new(DecodeErrorKind::InvalidField).with_field(field);
            }
        }
        if error.line() > 0 {
            // The parser counts the bytes that it read of the line, which can be none.
            decode_error.position = Some((error.line(), error.column().max(1)));
        }
        decode_error
    }

    /// Like [`from_json`](DecodeError::from_json), for a part of a body that was decoded by itself:
    /// the position becomes that in the body.
    #[must_use]
    pub(crate) fn from_json_part(error: &serde_json::Error, body: &str, part: &str) -> Self {
        let mut decode_error = Self::from_json(error);
        let offset = part.as_ptr().addr().checked_sub(body.as_ptr().addr());
        let before = offset.and_then(|offset| body.get(..offset));
        decode_error.position = decode_error.position.zip(before).map(|(inner, before)| {
            let (line, column) = inner;
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let shift = if line == 1 {
                before.len() - line_start
            } else {
                0
            };
            (line + before.matches('\n').count(), column + shift)
        });
        decode_error
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Returns the name of the field that is missing or invalid.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Returns line and column, both from 1, where the decoder stopped; columns count bytes.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// Returns the event type, if it was read before the error.
    #[must_use]
    pub fn event_type(&self) -> Option<&Text> {
        self.event_type.as_ref()
    }

    /// Returns the provider's id of the delivery, if it was read before the error.
    #[must_use]
    pub fn id(&self) -> Option<&Text> {
        self.id.as_ref()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.field()) {
            (DecodeErrorKind::Empty, _) => f.write_str("the body is empty")?,
            (DecodeErrorKind::NotUtf8, _) => f.write_str("the body is not UTF-8")?,
            (DecodeErrorKind::Syntax, _) => f.write_str("not JSON")?,
            (DecodeErrorKind::Encoding, _) => f.write_str("the body cannot be decompressed")?,
            (DecodeErrorKind::TooLarge, _) => f.write_str("the body holds too much")?,
            (DecodeErrorKind::MissingField, Some(field)) => {
                write!(f, "field `{field}` is missing")?;
            }
            (DecodeErrorKind::InvalidField, Some(field)) => {
                write!(f, "field `{field}` is not of the documented kind")?;
            }
            _ => f.write_str("not of the documented shape")?,
        }
        match self.position {
            Some((line, column)) => write!(f, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl std::error::Error for DecodeError {}

/// Says why a request was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The provider does not send requests of this method (405).
    #[error("method not allowed")]
    MethodNotAllowed {
        /// The methods that are allowed.
        allowed: &'static [&'static str],
    },
    /// The provider does not send bodies of this content type (415).
    #[error("unsupported content type")]
    UnsupportedMediaType,
    /// The body is, or says it is, larger than the limit (413).
    #[error("body larger than {limit} bytes")]
    BodyTooLarge {
        /// The limit, in bytes; of the receiver, or of an outer layer when `None` stands there.
        limit: LimitInBytes,
    },
    /// The body broke off (400).
    #[error("body broke off")]
    BodyRead,
    /// The body did not come in time (408).
    #[error("body did not come in time")]
    BodyTimeout,
    /// There is no room for the body at present (503).
    #[error("no room for the body at present")]
    NoRoom,
    /// The request is not authentic (401).
    #[error(transparent)]
    Verify(VerifyError),
    /// The request is authentic and its body cannot be decoded (400; 413 when it is too large once
    /// decompressed, or holds too many items).
    #[error("verified, but {0}")]
    Undecodable(Box<Undecodable>),
}

/// Holds the limit that a body exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitInBytes(pub(crate) Option<usize>);

impl LimitInBytes {
    /// Returns the receiver's limit in bytes, or `None` when an outer layer cut the body.
    #[must_use]
    pub fn get(self) -> Option<usize> {
        self.0
    }
}

impl fmt::Display for LimitInBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(limit) => limit.fmt(f),
            None => f.write_str("an outer layer allows"),
        }
    }
}

impl Reason {
    /// Returns the short stable name of the rule, for logs and metrics.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::MethodNotAllowed { .. } => "method-not-allowed",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::BodyTooLarge { .. } => "body-too-large",
            Self::BodyRead => "body-broke-off",
            Self::BodyTimeout => "body-timeout",
            Self::NoRoom => "no-room",
            Self::Verify(error) => error.rule(),
            Self::Undecodable(_) => "undecodable",
        }
    }

    /// Returns the answer of the core's own table: a status and an empty body.
    ///
    /// | reason | status |
    /// |---|---|
    /// | method not allowed | 405, with `Allow` |
    /// | unsupported content type | 415 |
    /// | body too large, as received or decompressed; too many items | 413 |
    /// | body broke off, verified body not decodable | 400 |
    /// | body not in time | 408 |
    /// | no room for the body | 503 |
    /// | not authentic | 401 |
    #[must_use]
    pub fn reply(&self) -> Reply {
        match self {
            Self::MethodNotAllowed { allowed } => Reply::method_not_allowed(allowed),
            Self::UnsupportedMediaType => Reply::empty(415),
            Self::BodyTooLarge { .. } => Reply::empty(413),
            Self::Undecodable(it) if it.error.kind() == DecodeErrorKind::TooLarge => {
                Reply::empty(413)
            }
            Self::BodyRead | Self::Undecodable(_) => Reply::empty(400),
            Self::BodyTimeout => Reply::empty(408),
            Self::NoRoom => Reply::empty(503),
            Self::Verify(_) => Reply::empty(401),
        }
    }
}

/// Is returned for every request that is refused, with the answer that its caller gets.
///
/// `Debug` and `Display` hold no secret and nothing of the body.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .endpoint.label())]
pub struct ReceiveError {
    endpoint: crate::receiver::Endpoint,
    #[source]
    reason: Reason,
    reply: Reply,
}

impl ReceiveError {
    pub(crate) fn new(endpoint: crate::receiver::Endpoint, reason: Reason, reply: Reply) -> Self {
        Self {
            endpoint,
            reason,
            reply,
        }
    }

    /// Returns the provider's name.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.endpoint.provider()
    }

    /// Returns the endpoint's label.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.endpoint.label()
    }

    /// Returns the reason, for the developer alone.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Returns the short stable name of the rule that refused the request.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.reason.rule()
    }

    /// Returns the answer that the caller gets.
    #[must_use]
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Returns the verified request, when it was refused because it could not be decoded.
    #[must_use]
    pub fn undecodable(&self) -> Option<&Undecodable> {
        match &self.reason {
            Reason::Undecodable(undecodable) => Some(undecodable),
            _ => None,
        }
    }
}

/// Holds a request that is authentic and could not be decoded: nothing of it is lost.
///
/// `Debug` shows provider, endpoint, event type, id and length only.
///
/// Only the core makes one, so it proves that the request was verified:
///
/// ```compile_fail,E0451
/// use pulsehook_core::Undecodable;
///
/// fn make(other: Undecodable) -> Undecodable {
///     Undecodable { ..other }
/// }
/// ```
///
/// ```
/// use pulsehook_core::Undecodable;
///
/// fn make(other: Undecodable) -> Undecodable {
///     other
/// }
/// ```
pub struct Undecodable {
    pub(crate) accepted: Accepted,
    pub(crate) headers: OwnedHeaders,
    pub(crate) dedup_key: DedupKey,
    pub(crate) error: DecodeError,
}

impl Undecodable {
    /// Returns why it could not be decoded.
    #[must_use]
    pub fn error(&self) -> &DecodeError {
        &self.error
    }

    /// Returns the body as received.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.accepted.body
    }

    /// Returns the event type, if it is known.
    #[must_use]
    pub fn event_type(&self) -> Option<&Text> {
        self.error.event_type()
    }

    /// Returns the provider's id of the delivery, if it is known.
    #[must_use]
    pub fn id(&self) -> Option<&Text> {
        self.error.id()
    }

    /// Returns the key under which the request should be stored and de-duplicated.
    #[must_use]
    pub fn dedup_key(&self) -> &DedupKey {
        &self.dedup_key
    }

    /// Returns how the request was authenticated.
    #[must_use]
    pub fn authenticity(&self) -> Authenticity {
        self.accepted.authenticity
    }

    /// Returns the owned, serialisable form of the verified request.
    #[must_use]
    pub fn to_stored(&self) -> StoredRequest {
        StoredRequest::new(&self.accepted, self.headers.clone())
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Debug for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undecodable")
            .field("provider", &self.accepted.endpoint.provider())
            .field("endpoint", &self.accepted.endpoint.label())
            .field("error", &self.error)
            .field("event_type", &self.event_type())
            .field("id", &self.id())
            .field("body_len", &self.accepted.body.len())
            .finish()
    }
}

/// Says what is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A secret is empty or holds only white space.
    #[error("the secret is empty or blank")]
    EmptyKey,
    /// A secret is not in the encoding that was named.
    #[error("the secret is not {encoding}")]
    MalformedKey {
        /// The encoding.
        encoding: &'static str,
    },
    /// A ring has too many keys.
    #[error("a ring holds at most {max} keys")]
    TooManyKeys {
        /// The most keys that one ring holds.
        max: usize,
    },
    /// Two keys of a ring have the same id.
    #[error("two keys have the id `{id}`")]
    DuplicateKeyId {
        /// The id.
        id: Box<str>,
    },
    /// A reply's body has no JSON form.
    #[error("the reply has no JSON form")]
    Reply,
    /// A stored request belongs to another provider.
    #[error("the stored request is not one of {provider}")]
    OtherProvider {
        /// The provider of the receiver.
        provider: &'static str,
    },
    /// A stored request belongs to another endpoint.
    #[error("the stored request is not one of endpoint `{endpoint}`")]
    OtherEndpoint {
        /// The endpoint of the receiver.
        endpoint: Box<str>,
    },
}
