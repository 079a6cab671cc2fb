//! Errors of decoding, without a word of what was decoded.

use std::fmt;

use crate::text::Text;

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
    /// The body is not a form: its percent-encoding is broken, or what it decodes to is not UTF-8.
    Form,
    /// The body has another shape than documented.
    Shape,
    /// A required field is not there.
    MissingField,
    /// A field's value is not of the documented kind.
    InvalidField,
    /// A field is there several times, with different values.
    AmbiguousField,
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

    /// Makes the error for a field that is there several times, with different values; its name is
    /// given only where it is one of the provider's.
    #[must_use]
    pub fn ambiguous_field(field: Option<&'static str>) -> Self {
        let error = Self::new(DecodeErrorKind::AmbiguousField);
        match field {
            Some(field) => error.with_field(field),
            None => error,
        }
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

    /// Returns the name of the field that is missing, invalid or ambiguous.
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
            (DecodeErrorKind::Form, _) => f.write_str("not a well-formed form")?,
            (DecodeErrorKind::AmbiguousField, Some(field)) => {
                write!(f, "field `{field}` is there with different values")?;
            }
            (DecodeErrorKind::AmbiguousField, None) => {
                f.write_str("a field is there with different values")?;
            }
            (DecodeErrorKind::Encoding, _) => {
                f.write_str("the body's encoding is unknown or broken")?
            }
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
