//! URLs, read so strictly that every client reads them the same way.

use std::fmt;

use serde::{Serialize, Serializer};

use super::FollowUpError;
use crate::error::ConfigError;

/// Is an origin: scheme, host and port.
///
/// ```
/// use pulsehook_core::follow_up::Origin;
///
/// let origin = Origin::new("https://API.example.org:443")?;
/// assert_eq!(origin.as_str(), "https://api.example.org");
/// assert!(Origin::new("http://127.0.0.1:8080").is_ok());
/// assert!(Origin::new("http://api.example.org").is_err());
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(Box<str>);

impl Origin {
    /// Reads an origin: `https://` and a host, perhaps a port. Plain `http` is taken for loopback
    /// alone, where tests run; a slash at the end is tolerated.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::MalformedOrigin`] for anything else.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        match Parts::read(text) {
            Some(parts) if matches!(parts.rest, "" | "/") => Ok(Self(parts.origin.into())),
            _ => Err(ConfigError::MalformedOrigin),
        }
    }

    /// Makes an origin of a text that is known to be right.
    pub(crate) fn known(text: &'static str) -> Self {
        Self(text.into())
    }

    /// Returns the text, in lower case and without the port that is usual.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes the URL of a path, which must begin with a slash and be encoded as it should be.
    /// [`Url::join`] adds what comes from elsewhere.
    #[must_use]
    pub fn url(&self, path: &'static str) -> Url {
        Url {
            text: format!("{}{path}", self.0),
            origin_len: self.0.len(),
            is_listed: true,
        }
    }
}

/// Lists the origins that get a credential.
///
/// ```
/// use pulsehook_core::follow_up::{FollowUpError, Origin, Origins};
///
/// let origins = Origins::from(Origin::new("https://api.example.org")?);
/// assert!(origins.url("endpoint", "https://api.example.org/v1/beats").is_ok());
/// assert_eq!(
///     origins.url("endpoint", "https://api.example.org.evil.test/v1/beats"),
///     Err(FollowUpError::HostNotAllowed { field: "endpoint" }),
/// );
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

impl Origins {
    /// Adds an origin.
    #[must_use]
    pub fn with(mut self, origin: Origin) -> Self {
        if !self.0.contains(&origin) {
            self.0.push(origin);
        }
        self
    }

    /// Reads a URL from an event's field; a path that begins with a slash belongs to the first
    /// origin of the list.
    ///
    /// # Errors
    ///
    /// Returns an error when it is no safe URL, or its origin is not on the list.
    pub fn url(&self, field: &'static str, text: &str) -> Result<Url, FollowUpError> {
        let malformed = FollowUpError::MalformedUrl { field };
        if text.starts_with('/') {
            let Some(origin) = self.0.first().filter(|_| is_rest(text)) else {
                return Err(malformed);
            };
            return Ok(Url {
                text: format!("{}{text}", origin.0),
                origin_len: origin.0.len(),
                is_listed: true,
            });
        }
        let parts = Parts::read(text).ok_or(malformed)?;
        if !self.contains(&parts.origin) {
            return Err(FollowUpError::HostNotAllowed { field });
        }
        Ok(parts.into_url(true))
    }

    /// Reads a link from an event's field: a URL that is a credential in itself.
    ///
    /// # Errors
    ///
    /// Returns an error when it is no safe URL, or names neither a public host nor an origin of
    /// the list.
    pub fn link(&self, field: &'static str, text: &str) -> Result<Url, FollowUpError> {
        let parts = Parts::read(text).ok_or(FollowUpError::MalformedUrl { field })?;
        let is_public = parts.is_https && is_public(&parts.host);
        if !is_public && !self.contains(&parts.origin) {
            return Err(FollowUpError::PrivateHost { field });
        }
        Ok(parts.into_url(false))
    }

    fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|listed| &*listed.0 == origin)
    }
}

impl From<Origin> for Origins {
    fn from(origin: Origin) -> Self {
        Self(vec![origin])
    }
}

/// Is an absolute URL without a fragment.
///
/// `Debug` prints the origin alone: path and query can hold ids and credentials. Serialised, it is
/// the whole.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    text: String,
    origin_len: usize,
    /// Whether the application, and not only an event, named the origin.
    is_listed: bool,
}

impl Url {
    /// Returns the whole.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.text.get(..self.origin_len).unwrap_or_default()
    }

    /// Tells whether a call of this URL may carry a credential: whether the application named its
    /// origin.
    #[must_use]
    pub fn may_carry_credential(&self) -> bool {
        self.is_listed
    }

    /// Adds a segment to the path, whatever it holds, in front of a query.
    ///
    /// One slash at the end of the path is left out first.
    ///
    /// # Errors
    ///
    /// Returns [`FollowUpError::MalformedSegment`] for a segment that is empty or only dots, which
    /// would name another place.
    pub fn join(mut self, field: &'static str, segment: &str) -> Result<Self, FollowUpError> {
        if matches!(segment, "" | "." | "..") {
            return Err(FollowUpError::MalformedSegment { field });
        }
        let (path, query) = self.text.split_once('?').unwrap_or((&self.text, ""));
        let mut text = path.strip_suffix('/').unwrap_or(path).to_owned();
        text.push('/');
        crate::form::encode_segment(segment, &mut text);
        if !query.is_empty() {
            text.push('?');
            text.push_str(query);
        }
        self.text = text;
        Ok(self)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({}/…)", self.origin())
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// The parts of a URL that decide where it leads.
struct Parts<'t> {
    is_https: bool,
    host: String,
    origin: String,
    /// What comes after the origin.
    rest: &'t str,
}

impl<'t> Parts<'t> {
    /// Reads a URL. What is not plain to every client is refused: user names, backslashes, blanks,
    /// letters beyond ASCII, dots as segments, fragments.
    fn read(text: &'t str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_https = match &*scheme.to_ascii_lowercase() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let (host, port) = split_port(authority)?;
        let host = host.to_ascii_lowercase();
        if !is_host(&host) || !(is_https || is_loopback(&host)) || !is_rest(rest) {
            return None;
        }
        let scheme = if is_https { "https" } else { "http" };
        let usual = if is_https { 443 } else { 80 };
        let port = match port {
            Some(port) if port != usual => format!(":{port}"),
            _ => String::new(),
        };
        Some(Self {
            is_https,
            origin: format!("{scheme}://{host}{port}"),
            host,
            rest,
        })
    }

    fn into_url(self, is_listed: bool) -> Url {
        let slash = if self.rest.starts_with('/') { "" } else { "/" };
        Url {
            text: format!("{}{slash}{}", self.origin, self.rest),
            origin_len: self.origin.len(),
            is_listed,
        }
    }
}

/// Splits host and port; an address of IPv6 stands in brackets.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let after_host = authority.find(']').map_or(0, |bracket| bracket + 1);
    let Some(colon) = authority.get(after_host..)?.find(':') else {
        return Some((authority, None));
    };
    let (host, port) = authority.split_at_checked(after_host + colon)?;
    let digits = port.strip_prefix(':')?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let port = digits.parse().ok().filter(|_| is_plain)?;
    Some((host, Some(port)))
}

/// Tells whether a host, in lower case, is a name or an address in its usual spelling.
fn is_host(host: &str) -> bool {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        let parsed: Result<std::net::Ipv6Addr, _> = address.parse();
        return parsed.is_ok_and(|parsed| parsed.to_string() == address);
    }
    if host.len() > 253 {
        return false;
    }
    let is_label = |label: &str| {
        let is_plain =
            |byte: u8| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(is_plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Clients read a host whose last label is a number as an address, whatever its spelling.
    let is_name = host
        .rsplit('.')
        .next()
        .is_some_and(|last| last.starts_with(|first: char| first.is_ascii_lowercase()));
    let is_address = || host.parse::<std::net::Ipv4Addr>().is_ok();
    host.split('.').all(is_label) && (is_name || is_address())
}

fn is_loopback(host: &str) -> bool {
    let address: Option<std::net::Ipv4Addr> = host.parse().ok();
    matches!(host, "localhost" | "[::1]") || address.is_some_and(|it| it.is_loopback())
}

/// Tells whether a host is a name that can be public: none that networks use for themselves, by
/// rule or by habit.
fn is_public(host: &str) -> bool {
    const PRIVATE: [&str; 22] = [
        "alt",
        "arpa",
        "cluster",
        "consul",
        "corp",
        "ec2",
        "home",
        "homenet",
        "internal",
        "intranet",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localdomain4",
        "localdomain6",
        "localhost",
        "localhost4",
        "localhost6",
        "onion",
        "private",
        "svc",
    ];
    let Some((_, last)) = host.rsplit_once('.') else {
        return false;
    };
    let is_name = last.starts_with(|first: char| first.is_ascii_lowercase());
    is_name && !PRIVATE.contains(&last)
}

/// Tells whether what comes after an origin is a path, perhaps with a query, in characters that
/// need no encoding, and without dots as segments.
fn is_rest(rest: &str) -> bool {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_start = path.is_empty() || (path.starts_with('/') && !path.starts_with("//"));
    is_start
        && are_plain(path, b"/")
        && are_plain(query, b"/?")
        && !path.split('/').any(|segment| {
            let dots = segment.to_ascii_lowercase().replace("%2e", ".");
            matches!(&*dots, "." | "..")
        })
}

/// Tells whether all characters may stand in a URL as they are, and percent signs have two digits.
fn are_plain(text: &str, further: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_plain = match byte {
            b'%' => {
                let mut is_digit = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                is_digit() && is_digit()
            }
            _ => {
                byte.is_ascii_alphanumeric()
                    || b"-._~!$&'()*+,;=:@".contains(&byte)
                    || further.contains(&byte)
            }
        };
        if !is_plain {
            return false;
        }
    }
    true
}
