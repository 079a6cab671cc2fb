//! Where deliveries go: one URL, to which only the endpoint's secret is added.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;

use crate::arguments::{self, NotAUrl};
use crate::client;
use crate::failure::Failure;
use crate::request::Request;
use crate::secrets::{Secrets, UrlPlace};
use crate::subject::Subject;

/// Where deliveries go.
#[derive(Clone)]
pub(crate) struct Target {
    url: Url,
}

/// Why a URL is refused. The URL can hold a secret, so it is not repeated.
type NotATarget = &'static str;

impl Target {
    /// Takes the URL that was given, or that of the configuration.
    pub(crate) fn of(to: Option<&str>, subject: &Subject) -> Result<Self, Failure> {
        match to {
            Some(to) => Self::parse(to, &subject.endpoint.configured.secrets)
                .map_err(|why| Failure::usage(format_args!("--to: {why}"))),
            None => Self::configured(subject),
        }
    }

    fn configured(subject: &Subject) -> Result<Self, Failure> {
        let Some(listen) = subject.listen else {
            return Err(Failure::usage(
                "name the endpoint with --to URL; it is known by itself only where the secrets \
                 come from a configuration",
            ));
        };
        if listen.port() == 0 {
            return Err(Failure::usage(
                "`listen` of the configuration leaves the port to the system; name the endpoint \
                 with --to URL",
            ));
        }
        let ip = match listen.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let address = SocketAddr::new(ip, listen.port());
        let url = Url::parse(&format!("http://{address}{}", subject.endpoint.path));
        let url = url.map_err(|_| Failure::usage("name the endpoint with --to URL"))?;
        Ok(Self { url })
    }

    fn parse(to: &str, secrets: &Secrets) -> Result<Self, NotATarget> {
        let url = arguments::url(to).map_err(|why| match why {
            NotAUrl::Malformed => {
                "not a URL; write it in full, for example http://127.0.0.1:8787/hook"
            }
            NotAUrl::Scheme => "only http:// and https:// are sent to",
            NotAUrl::User => {
                "other programs can read the command line, so the URL takes no user and password; \
                 name a secret with --secret or in the configuration"
            }
            NotAUrl::Fragment => "what follows `#` is never sent; leave it out",
            NotAUrl::Secret => {
                "a parameter has the name of a secret, and other programs can read the command \
                 line; leave out the parameter: pulsehook adds a secret that the endpoint expects \
                 itself, from --secret or the configuration"
            }
        })?;
        if let Some(in_url) = &secrets.in_url
            && let UrlPlace::Query(name) = &in_url.place
            && url.query_pairs().any(|(other, _)| other == name.as_str())
        {
            return Err(
                "other programs can read the command line, so leave out the parameter that \
                 carries the secret: pulsehook adds it itself",
            );
        }
        let mut segments = url.path_segments().into_iter().flatten();
        let mut values = url.query_pairs();
        if segments.any(|segment| secrets.hold(&decoded(segment)))
            || values.any(|(_, value)| secrets.hold(value.as_bytes()))
        {
            return Err(
                "other programs can read the command line, so leave the secret out of the URL: \
                 pulsehook adds it itself where the endpoint expects it",
            );
        }
        Ok(Self { url })
    }

    /// Returns where a request goes, with what its target adds below the endpoint.
    pub(crate) fn url(&self, request: &Request) -> Url {
        let mut url = self.url.clone();
        let below = request.path();
        if !below.is_empty() {
            let path = format!("{}{below}", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        if let Some(added) = request.query() {
            let query = match url.query().filter(|query| !query.is_empty()) {
                Some(query) => format!("{query}&{added}"),
                None => added.to_owned(),
            };
            url.set_query(Some(&query));
        }
        url
    }

    /// Stands in where nothing is sent.
    pub(crate) fn anywhere() -> Result<Self, Failure> {
        let url = Url::parse("http://localhost/").map_err(Failure::runtime)?;
        Ok(Self { url })
    }

    /// Returns host and port, as the header `Host` has them.
    pub(crate) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Tells whether others on the way can read what is sent.
    pub(crate) fn is_open(&self) -> bool {
        client::is_open(&self.url)
    }

    /// Returns the URL without any secret.
    pub(crate) fn shown(&self) -> &str {
        self.url.as_str()
    }
}

/// Decodes a segment of a path.
fn decoded(segment: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        (rest, _) = match (byte, hex) {
            (b'%', Some(value)) => (after.get(2..).unwrap_or_default(), bytes.push(value)),
            _ => (after, bytes.push(byte)),
        };
    }
    bytes
}
