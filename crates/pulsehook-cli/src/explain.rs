//! Explains refusals to the operator, who alone may know the reason.
//!
//! Nothing of a request is repeated: header names are those that the program looks for.

use pulsehook_axum::{DecodeErrorKind, Reason, ReceiveError, VerifyError};

/// Says what refused a request and what to check.
pub(crate) fn explain(error: &ReceiveError) -> String {
    let advice = match error.reason() {
        Reason::MethodNotAllowed { .. } => {
            "the provider sends POST; a browser or a monitor that calls this address sends another \
             method"
        }
        Reason::UnsupportedMediaType => {
            "the provider sends another content type; check who called, and whether a proxy \
             rewrites headers"
        }
        Reason::BodyTooLarge { .. } => {
            "raise `body_limit` of this endpoint if the provider rightly sends that much"
        }
        Reason::BodyRead => {
            "the caller went away or broke the framing; check time-outs of proxies in front"
        }
        Reason::BodyTimeout => "the caller was too slow; check proxies in front and the network",
        Reason::NoRoom => {
            "the bodies of all requests in flight fill `body_memory`; raise it if this machine has \
             the memory, and check who sends that much"
        }
        Reason::Verify(error) => advice_of(error),
        Reason::Undecodable(it) if it.error().kind() == DecodeErrorKind::TooLarge => {
            "the request is authentic and holds more than the provider sends; check who else has \
             the key, or the address where unsigned requests are accepted"
        }
        Reason::Undecodable(_) => {
            "the request is authentic and was not in a form that is known; report it to this project, \
             without the body"
        }
        _ => "check the configuration of this endpoint",
    };
    format!("{}: {}; {advice}", error.rule(), error.reason())
}

fn advice_of(error: &VerifyError) -> &'static str {
    match error {
        VerifyError::MissingHeader { .. } => {
            "check that the caller is the provider and that proxies in front pass this header on"
        }
        VerifyError::RepeatedHeader { .. } => {
            "a proxy in front may add a copy; none of the values is chosen"
        }
        VerifyError::MalformedHeader { .. } => {
            "its value cannot come from the provider; check who called, and whether a proxy in \
             front rewrites it"
        }
        VerifyError::MalformedTimestamp { .. } => {
            "its value is not of the documented form; check who called"
        }
        VerifyError::MixedHeaders => "send the headers of one scheme only",
        VerifyError::NoKey => "add the key for this request to `keys`",
        VerifyError::SignatureMismatch => {
            "check that the key is this endpoint's own, without quotes or blanks, in the right \
             `encoding`, and that nothing in front rewrites, decompresses or re-encodes the body"
        }
        VerifyError::MissingCredential | VerifyError::CredentialMismatch => {
            "check the shared secret at the provider and here"
        }
        VerifyError::TooOld => {
            "check this machine's clock; a retry can be old and rightly so: raise `tolerance` or \
             leave it out"
        }
        VerifyError::TooNew => "check this machine's clock",
        _ => "check the endpoint's settings at the provider",
    }
}
