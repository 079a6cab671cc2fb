//! Who may see the page: a browser of this machine that was given this run's link.

use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use pulsehook_axum::SharedSecret;

use super::pages;

/// What stands before the access key in the link.
pub(super) const KEY_IN_LINK: &str = "/?key=";

/// The access key of this run.
pub(crate) struct Guard {
    access: SharedSecret,
    /// Cookies are the same for all ports of a host, so the name holds the port.
    cookie: String,
    link: String,
}

impl Guard {
    /// Makes an access key for a page at this address.
    pub(super) fn new(address: SocketAddr) -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let link = format!("http://{address}{KEY_IN_LINK}{hex}");
        // 64 digits are not blank.
        let access = SharedSecret::from_text(hex).map_err(|_| getrandom::Error::UNEXPECTED)?;
        Ok(Self {
            access,
            cookie: format!("pulsehook-{}", address.port()),
            link,
        })
    }

    /// Returns the link with the access key.
    pub(crate) fn link(&self) -> &str {
        &self.link
    }

    /// Breaks with an answer for a request that may not pass.
    fn check(&self, request: &Request) -> ControlFlow<Response> {
        let headers = request.headers();
        let Some(host) = local_host(request) else {
            return ControlFlow::Break(refusal(
                StatusCode::FORBIDDEN,
                "The host in the address is not this machine.",
                "Use 127.0.0.1 or localhost.",
            ));
        };
        if pages::is_asset(request.uri().path()) {
            return ControlFlow::Continue(());
        }
        if let Some(presented) = in_link(request) {
            return ControlFlow::Break(match self.access.matches(presented.as_bytes()) {
                true => self.admit(presented),
                false => no_access(),
            });
        }
        if !self.is_admitted(headers) {
            return ControlFlow::Break(no_access());
        }
        let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
        match is_reading || is_same_origin(headers, host) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(refusal(
                StatusCode::FORBIDDEN,
                "The request comes from another page.",
                "Press the button on the page of the delivery itself.",
            )),
        }
    }

    /// Exchanges the access key for a cookie, so that it stands in no further address.
    fn admit(&self, presented: &str) -> Response {
        let cookie = format!(
            "{}={presented}; Path=/; HttpOnly; SameSite=Strict",
            self.cookie
        );
        let headers = [
            (header::LOCATION, "/".to_owned()),
            (header::SET_COOKIE, cookie),
        ];
        (StatusCode::SEE_OTHER, headers).into_response()
    }

    fn is_admitted(&self, headers: &HeaderMap) -> bool {
        let of_cookie = |cookie: &str| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == self.cookie).then(|| self.access.matches(value.as_bytes()))
        };
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut cookies = cookies.filter_map(|value| value.to_str().ok());
        let bearer = one(headers, &header::AUTHORIZATION);
        cookies.any(|line| line.split(';').filter_map(of_cookie).any(|matches| matches))
            || bearer
                .and_then(|value| value.strip_prefix("Bearer "))
                .is_some_and(|presented| self.access.matches(presented.as_bytes()))
    }
}

/// Lets requests pass that may, and tells browsers what pages may do.
pub(super) async fn guard(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match guard.check(&request) {
        ControlFlow::Continue(()) => next.run(request).await,
        ControlFlow::Break(answer) => answer,
    };
    let headers = response.headers_mut();
    for (name, value) in PROTECTIONS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

const PROTECTIONS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Without any referrer, browsers would not say from which page a button was pressed.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Returns the host that a request names, if it is this machine: a name that leads here by the
/// will of its owner is not.
fn local_host(request: &Request) -> Option<&str> {
    let host = one(request.headers(), &header::HOST)?;
    let in_target = request.uri().authority();
    let is_local = is_loopback(host) && in_target.is_none_or(|it| is_loopback(it.as_str()));
    is_local.then_some(host)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = match name.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(inside) => inside.parse::<IpAddr>().ok().filter(IpAddr::is_ipv6),
        None => name.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4),
    };
    match address {
        Some(address) => address.is_loopback(),
        None => name.eq_ignore_ascii_case("localhost"),
    }
}

/// Tells whether a page of this server sent the request.
fn is_same_origin(headers: &HeaderMap, host: &str) -> bool {
    let origin = one(headers, &header::ORIGIN);
    let site = headers.get("sec-fetch-site");
    origin.and_then(|origin| origin.strip_prefix("http://")) == Some(host)
        && site.is_none_or(|site| site == "same-origin")
}

/// Returns a header that is there once.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let (first, None) = (values.next()?, values.next()) else {
        return None;
    };
    first.to_str().ok()
}

fn in_link(request: &Request) -> Option<&str> {
    let uri = request.uri();
    let is_start = uri.path() == "/" && *request.method() == Method::GET;
    is_start
        .then(|| uri.query()?.strip_prefix("key="))
        .flatten()
}

fn no_access() -> Response {
    refusal(
        StatusCode::UNAUTHORIZED,
        "This page needs the link of this run.",
        "Open the link that pulsehook serve shows in its terminal; it also stands in the file \
         that it names.",
    )
}

fn refusal(status: StatusCode, what: &str, advice: &str) -> Response {
    (status, pages::plain(what, advice)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_this_machine_are_local() {
        for (host, expected) in [
            ("127.0.0.1:8788", true),
            ("127.0.0.1", true),
            ("127.8.9.10:1", true),
            ("[::1]:8788", true),
            ("[::1]", true),
            ("localhost:8788", true),
            ("LOCALHOST", true),
            ("example.org", false),
            ("127.0.0.1.example.org", false),
            ("localhost.example.org:8788", false),
            ("192.0.2.1:8788", false),
            ("[::2]:1", false),
            ("[127.0.0.1]", false),
            ("::1", false),
            ("localhost:80@example.org", false),
            ("0.0.0.0:8788", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }
}
