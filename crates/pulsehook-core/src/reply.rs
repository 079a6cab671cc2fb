//! What the caller is answered.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;

/// Holds a complete HTTP answer: status, headers and body.
///
/// Adapters turn it into the response type of their framework. An acknowledgement is a reply with
/// a status of success; a refusal is one without.
///
/// ```
/// use pulsehook_core::Reply;
///
/// let reply = Reply::json(200, &serde_json::json!({"pong": "abc"}))?;
/// assert_eq!(reply.status(), 200);
/// assert_eq!(reply.body().as_ref(), br#"{"pong":"abc"}"#);
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: Bytes,
}

impl Reply {
    /// Answers 200 with an empty body.
    #[must_use]
    pub const fn ok() -> Self {
        Self::empty(200)
    }

    /// Answers a status with an empty body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Answers a status with a JSON body and its content type.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::Reply`](crate::ConfigError::Reply) when the value has no JSON form.
    pub fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Result<Self, crate::ConfigError> {
        let body = serde_json::to_vec(value).map_err(|_| crate::ConfigError::Reply)?;
        Ok(Self::empty(status)
            .with_header("content-type", "application/json")
            .with_body(body))
    }

    /// Answers 200 with a JSON object of one text, as challenges and pings want it.
    ///
    /// ```
    /// use pulsehook_core::Reply;
    ///
    /// let reply = Reply::json_text("challenge", "a\"b");
    /// assert_eq!(reply.body().as_ref(), br#"{"challenge":"a\"b"}"#);
    /// ```
    #[must_use]
    pub fn json_text(name: &'static str, text: &str) -> Self {
        Self::ok()
            .with_header("content-type", "application/json")
            .with_body(serde_json::json!({ name: text }).to_string())
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Adds a header. Name and value are part of the program, never of a request.
    ///
    /// # Panics
    ///
    /// Panics when the name is not a lower-case header name or the value is not visible ASCII.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        let in_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(
            !name.is_empty() && name.bytes().all(in_name),
            "not a lower-case header name"
        );
        assert!(
            value.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "not a header value"
        );
        self.headers.push((name, Cow::Borrowed(value)));
        self
    }

    /// Answers 405 with the methods that are allowed.
    pub(crate) fn method_not_allowed(methods: &[&'static str]) -> Self {
        let mut reply = Self::empty(405);
        let allow = match methods {
            [only] => Cow::Borrowed(*only),
            several => Cow::Owned(several.join(", ")),
        };
        reply.headers.push(("allow", allow));
        reply
    }

    /// Returns the status, 100 to 599 in practice.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Walks the headers as lower-case names and values.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = (&'static str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (*name, value.as_ref()))
    }

    /// Returns the body.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_len", &self.body.len())
            .finish()
    }
}

#[cfg(feature = "http")]
impl From<Reply> for http::Response<Bytes> {
    /// Makes the response; a status outside 100 to 999 becomes 500.
    fn from(reply: Reply) -> Self {
        let mut response = http::Response::new(reply.body);
        *response.status_mut() = http::StatusCode::from_u16(reply.status)
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in reply.headers {
            if let Ok(value) = http::HeaderValue::try_from(value.as_ref()) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
