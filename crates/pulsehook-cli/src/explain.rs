//! Explains refusals to the operator, who alone may know the reason.
//!
//! Nothing of a request is repeated but the address of a caller that is not allowed: header names
//! are those that the program looks for.

use pulsehook_axum::{Authenticity, DecodeErrorKind, Reason, ReceiveError, VerifyError};

/// Says what refused a request and what to check.
pub(crate) fn explain(error: &ReceiveError) -> String {
    let advice = match error.reason() {
        Reason::MethodNotAllowed { allowed } => {
            return with_advice(
                error,
                &format!(
                    "the provider sends {}; a browser or a monitor that calls this address may \
                     send another method",
                    allowed.join(", ")
                ),
            );
        }
        Reason::UnsupportedMediaType => {
            "the provider sends another content type; check who called, and whether a proxy \
             rewrites headers; order updates, which are JSON, need `order_updates`"
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
        Reason::Undecodable(it) => {
            let whose = match it.authenticity() {
                Authenticity::None => "anyone can have sent the request",
                _ => "the request is authentic",
            };
            let advice = advice_on_body(it.error().kind());
            return with_advice(error, &format!("{whose}; it {advice}"));
        }
        _ => "check the configuration of this endpoint",
    };
    with_advice(error, advice)
}

fn with_advice(error: &ReceiveError, advice: &str) -> String {
    format!("{}: {}; {advice}", error.rule(), error.reason())
}

/// Says what is wrong with a body; it goes on after "it".
fn advice_on_body(kind: DecodeErrorKind) -> &'static str {
    match kind {
        DecodeErrorKind::TooLarge => {
            "holds more than the provider sends; raise \
             `decompressed_limit` if this endpoint has one and the provider rightly sends that \
             much, else check who else has the key, or the address where unsigned requests are \
             accepted"
        }
        DecodeErrorKind::Encoding => {
            "has a compression that is broken or not known; check \
             that nothing in front decompresses or rewrites bodies, and `strict` if it is set"
        }
        DecodeErrorKind::Form | DecodeErrorKind::AmbiguousField => {
            "has a body that is not the form that the provider sends; check \
             who else has the secret, and whether something in front rewrites bodies"
        }
        DecodeErrorKind::Empty => "has no body; check whether something in front drops it",
        _ => {
            "was not in a form that is known; report it to this \
             project, without the body"
        }
    }
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
        VerifyError::MissingCredential => {
            "check that the URL at the provider carries the secret where `url_secret_in` says, or \
             that the provider sends the header of `authorization`, and that proxies in front pass \
             it on"
        }
        VerifyError::CredentialMismatch => {
            "check the shared secret at the provider and here: without quotes, blanks or a line \
             end, in the URL percent-encoded, in a header with its scheme; while it is exchanged, \
             list both"
        }
        VerifyError::RepeatedCredential => {
            "the URL at the provider carries the secret's parameter more than once; none is chosen"
        }
        VerifyError::AddressUnknown => {
            "a proxy of `trusted_proxies` did not say where the request came from, or not as an \
             address; check that it writes the header that `forwarded_header` names"
        }
        VerifyError::AddressNotAllowed { .. } => {
            "add the address to `allow` if it is the provider's; behind a proxy, name that in \
             `trusted_proxies`, and the header that it writes in `forwarded_header`"
        }
        VerifyError::TooOld => {
            "check this machine's clock; a retry can be old and rightly so: raise `tolerance` or \
             leave it out"
        }
        VerifyError::TooNew => "check this machine's clock",
        _ => "check the endpoint's settings at the provider",
    }
}
