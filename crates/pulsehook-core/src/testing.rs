//! Requests signed exactly as a provider would, to test endpoints with (feature `testing`).
//!
//! Each provider's own module has a `testing` module with the function that signs, for example
//! [`metriport::testing::sign`](crate::metriport::testing::sign).

use std::cell::Cell;
use std::fmt;

use bytes::Bytes;

/// Holds a request as a provider would send it.
#[derive(Clone)]
pub struct SignedRequest {
    method: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl SignedRequest {
    /// Makes a request without headers.
    #[must_use]
    pub fn new(method: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            method,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// Makes a POST request with a JSON body.
    #[must_use]
    pub fn post_json(body: impl Into<Bytes>) -> Self {
        Self::new("POST", body).with_header("content-type", "application/json")
    }

    /// Makes a POST request with a form as body.
    #[must_use]
    pub fn post_form(body: impl Into<Bytes>) -> Self {
        Self::new("POST", body).with_header("content-type", "application/x-www-form-urlencoded")
    }

    /// Sets a header, in the place of one of the same name.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the header `Authorization` of the scheme `Basic`.
    ///
    /// ```
    /// use pulsehook_core::testing::SignedRequest;
    ///
    /// let request = SignedRequest::post_json("{}").with_basic("user", "password");
    /// let authorization = ("authorization", "Basic dXNlcjpwYXNzd29yZA==".to_owned());
    /// assert!(request.headers().contains(&authorization));
    /// ```
    #[must_use]
    pub fn with_basic(self, user: &str, password: &str) -> Self {
        let pair = crate::signature::encode_base64(format!("{user}:{password}").as_bytes());
        self.with_header("authorization", format!("Basic {pair}"))
    }

    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the headers, with lower-case names.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Makes a request of the `http` crate to a path or URL.
    ///
    /// # Errors
    ///
    /// Returns an error when the URI, or a header value that the caller chose, is not valid.
    #[cfg(feature = "http")]
    pub fn into_http(self, uri: &str) -> http::Result<http::Request<Bytes>> {
        let mut request = http::Request::builder().method(self.method).uri(uri);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(self.body)
    }
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

thread_local! {
    static MACS: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn count_mac() {
    MACS.set(MACS.get().wrapping_add(1));
}

/// Returns how many MACs this thread has computed so far, for tests that pin the cost of a refusal:
/// a request must cost one for each key at most.
#[must_use]
pub fn macs_computed() -> u64 {
    MACS.get()
}
