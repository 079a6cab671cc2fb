//! The HTTP client: one request to the one host that was named, and nothing else.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Method, Url};

use crate::request::Request;

/// Sends requests. It follows no redirect, asks no proxy, and keeps no cookie.
#[derive(Clone, Debug)]
pub(crate) struct Client(reqwest::Client);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The beginning of the body.
    pub(crate) body: Vec<u8>,
}

/// Why nothing came back. It names neither the URL nor anything of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The client's time was over.
    TimedOut,
    /// There is no connection to the host.
    NotConnected,
    /// The connection broke, or what came is not HTTP.
    Broken,
    /// The request cannot be sent as HTTP.
    NotSendable,
}

/// How much of an answer's body is of interest.
const MOST_OF_ANSWER: usize = 64 * 1024;

impl Client {
    /// Makes a client that waits so long for an answer.
    pub(crate) fn new(timeout: Duration) -> Result<Self, reqwest::Error> {
        // The process has one provider of cryptography; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .timeout(timeout)
        };
        // A machine without certificate authorities can still send over plain HTTP; over TLS it
        // trusts nobody then.
        let client = builder()
            .build()
            .or_else(|_| builder().tls_certs_only([]).build());
        client.map(Self)
    }

    /// Sends a request to a URL, and returns the status as soon as it is there; the request's own
    /// target does not count.
    pub(crate) async fn status(&self, url: Url, request: &Request) -> Result<u16, NoAnswer> {
        let response = self.response(url, request, None).await?;
        Ok(response.status().as_u16())
    }

    /// Sends a request in the same way, and waits so long for the whole answer.
    pub(crate) async fn send_within(
        &self,
        url: Url,
        request: &Request,
        timeout: Duration,
    ) -> Result<Answer, NoAnswer> {
        let mut response = self.response(url, request, Some(timeout)).await?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(NoAnswer::of)? {
            let room = MOST_OF_ANSWER - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if body.len() == MOST_OF_ANSWER {
                break;
            }
        }
        Ok(Answer { status, body })
    }

    async fn response(
        &self,
        url: Url,
        request: &Request,
        timeout: Option<Duration>,
    ) -> Result<reqwest::Response, NoAnswer> {
        let method =
            Method::from_bytes(request.method().as_bytes()).map_err(|_| NoAnswer::NotSendable)?;
        let mut outgoing = self.0.request(method, url).body(request.body().clone());
        for (name, value) in request.headers() {
            outgoing = outgoing.header(name, value);
        }
        if let Some(timeout) = timeout {
            outgoing = outgoing.timeout(timeout);
        }
        outgoing.send().await.map_err(NoAnswer::of)
    }

    /// Starts a GET request whose answer is read while it comes.
    pub(crate) fn get(&self, url: Url) -> reqwest::RequestBuilder {
        self.0.get(url)
    }
}

/// Tells whether others on the way can read what is sent to a URL.
pub(crate) fn is_open(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let is_here = ip.map_or(host == "localhost", |ip| ip.is_loopback());
    url.scheme() == "http" && !is_here
}

impl NoAnswer {
    fn of(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut
        } else if error.is_connect() {
            Self::NotConnected
        } else if error.is_builder() {
            Self::NotSendable
        } else {
            Self::Broken
        }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "no answer in time",
            Self::NotConnected => "no connection",
            Self::Broken => "the connection broke",
            Self::NotSendable => "cannot be sent as HTTP",
        })
    }
}
