//! What can go wrong, and what the caller is told then.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::delivery::Authenticity;
use crate::reply::Reply;

mod decode;
mod undecodable;

pub use self::decode::{DecodeError, DecodeErrorKind};
pub use self::undecodable::Undecodable;

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
    /// The secret that the caller must present is there more than once.
    #[error("the shared secret is there more than once")]
    RepeatedCredential,
    /// Where the request came from is not known, and only some addresses are allowed.
    #[error("the caller's address is not known")]
    AddressUnknown,
    /// The request came from an address that is not allowed.
    #[error("the caller's address {address} is not allowed")]
    AddressNotAllowed {
        /// The address, as the connection or a trusted proxy says.
        address: IpAddr,
    },
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
            Self::RepeatedCredential => "repeated-credential",
            Self::AddressUnknown => "address-unknown",
            Self::AddressNotAllowed { .. } => "address-not-allowed",
            Self::TooOld => "timestamp-too-old",
            Self::TooNew => "timestamp-too-new",
            Self::Other { rule } => rule,
        }
    }
}

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
    #[error("body larger than {limit}")]
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
    #[error("{}, but {it}", taken(.0), it = .0)]
    Undecodable(Box<Undecodable>),
}

/// Says what an undecodable request passed for.
fn taken(undecodable: &Undecodable) -> &'static str {
    match undecodable.authenticity() {
        Authenticity::None => "accepted without verification",
        _ => "verified",
    }
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
            Some(limit) => write!(f, "{limit} bytes"),
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
#[error("{}: request refused", .endpoint.label())]
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
    #[error("at most {max} keys or secrets are taken at once")]
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
    /// A provider would verify nothing, and was not told to accept that.
    #[error(
        "nothing is configured that could be verified: give it keys or secrets, or accept unauthenticated requests by name"
    )]
    NothingVerified,
    /// A provider was told to accept unauthenticated requests, and how to authenticate them.
    #[error("unauthenticated requests are to be accepted, and credentials are configured")]
    Contradiction,
    /// An option does nothing without another one.
    #[error("`{option}` does nothing without `{needs}`")]
    Incomplete {
        /// The option.
        option: &'static str,
        /// The one that is missing.
        needs: &'static str,
    },
    /// A text can be no name of a header that carries a secret.
    #[error("not the name of a header that can carry a secret")]
    MalformedHeaderName,
    /// The value of a header is a scheme with nothing after it.
    #[error(
        "the secret is a scheme with nothing after it; was the variable that it is made of empty?"
    )]
    SchemeAlone,
    /// The name of a user contains a colon, which separates it from the password.
    #[error("the name of the user contains a colon")]
    MalformedUser,
    /// A text is no address and no block of addresses.
    #[error("not an IP address or block")]
    MalformedAddress,
    /// A list of addresses is empty.
    #[error("there is no IP address or block")]
    NoAddress,
    /// A text is no origin that calls can go to.
    #[error("not an origin such as `https://api.example.org`; plain http is for loopback only")]
    MalformedOrigin,
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
