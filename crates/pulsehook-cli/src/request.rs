//! A request that is signed, sent, recorded, altered and judged; it need not be right.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use pulsehook_axum::RequestHead;
use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::testing::SignedRequest;

/// A request that need not be right. Its target, headers and body can hold secrets and health data.
#[derive(Clone)]
pub(crate) struct Request {
    method: Cow<'static, str>,
    /// Path and query. That of a request that is still to be sent starts below the endpoint's path.
    target: String,
    headers: Vec<(Cow<'static, str>, Vec<u8>)>,
    body: Bytes,
}

impl Request {
    /// Starts a request without headers and body.
    pub(crate) fn new(method: impl Into<Cow<'static, str>>, target: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    pub(crate) fn path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(self.target.as_str(), |(path, _)| path)
    }

    pub(crate) fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// Walks the headers in their order, with their names as written.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (&**name, value.as_slice()))
    }

    /// Returns the first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        let mut headers = self.headers();
        headers
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the first value of a header that is UTF-8.
    pub(crate) fn header_text(&self, name: &str) -> Option<&str> {
        self.header(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    pub(crate) fn with_method(mut self, method: impl Into<Cow<'static, str>>) -> Self {
        self.method = method.into();
        self
    }

    /// Takes another target.
    pub(crate) fn with_target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// Appends to the target.
    pub(crate) fn at(mut self, suffix: &str) -> Self {
        self.target.push_str(suffix);
        self
    }

    /// Puts the path of an endpoint before the target.
    pub(crate) fn under(mut self, path: &str) -> Self {
        self.target.insert_str(0, path);
        self
    }

    /// Adds a header, beside any of the same name.
    pub(crate) fn with_header(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl AsRef<[u8]>,
    ) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Sets a header, in the place of all of the same name.
    pub(crate) fn replace_header(self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.without_header(name).with_header(name, value)
    }

    pub(crate) fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Shows the request to a receiver, as if it had come from this address.
    pub(crate) fn head(&self, peer: Option<IpAddr>) -> RequestHead<'_> {
        RequestHead::new(&self.method, self.path(), &self.headers)
            .with_query(self.query())
            .with_peer(peer)
    }
}

impl From<SignedRequest> for Request {
    fn from(request: SignedRequest) -> Self {
        let headers = request.headers().iter();
        Self {
            method: request.method().into(),
            target: String::new(),
            headers: headers
                .map(|(name, value)| (Cow::Borrowed(*name), value.clone().into_bytes()))
                .collect(),
            body: request.body().clone(),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
