//! What is sent, and what must come of it.

use pulsehook_axum::testing::SignedRequest;

use super::client::{Framing, Request};
use super::kit::{Kit, Outcome};

/// The body limit of the demonstration's endpoints, small enough to be exceeded at once.
pub(super) const BODY_LIMIT: usize = 64 * 1024;

/// A request and what must come of it.
pub(super) struct Case {
    pub(super) provider: &'static str,
    pub(super) name: &'static str,
    pub(super) request: Request,
    pub(super) status: u16,
    pub(super) expected: Outcome,
}

/// Adds the cases of a provider: its messages, then every way to spoil a good one.
pub(super) fn of_kit(cases: &mut Vec<Case>, provider: &'static str, path: &str, kit: &Kit) {
    let to_path = |request: &SignedRequest| Request::new(path, request);
    let mut add = |name, request, status, expected| {
        cases.push(Case {
            provider,
            name,
            request,
            status,
            expected,
        });
    };
    for message in &kit.messages {
        let request = to_path(&message.request);
        add(message.name, request, 200, message.expected.clone());
    }

    let base = to_path(&kit.base);
    let header = kit.signature_header;
    let signature = base.header(header).unwrap_or_default().to_owned();
    let expected = kit
        .messages
        .iter()
        .find(|message| message.request.body() == kit.base.body())
        .map_or(Outcome::Nobody, |message| message.expected.clone());
    add(
        "sent in chunks",
        base.clone().framed(Framing::Chunked { ended: true }),
        200,
        expected,
    );
    add(
        "tampered body",
        base.clone().with_body(tampered(&kit.base)),
        401,
        Outcome::Refused("signature-mismatch"),
    );
    add(
        "wrong key",
        to_path(&kit.by_stranger),
        401,
        Outcome::Refused("signature-mismatch"),
    );
    add(
        "no signature",
        base.clone().without_header(header),
        401,
        Outcome::Refused("missing-header"),
    );
    let short: String = signature.chars().take(signature.len() / 2).collect();
    add(
        "signature cut short",
        base.clone()
            .without_header(header)
            .with_header(header, &short),
        401,
        Outcome::Refused("malformed-header"),
    );
    add(
        "signature sent twice",
        base.clone().with_header(header, &signature),
        401,
        Outcome::Refused("repeated-header"),
    );
    add(
        "too large, declared",
        base.clone().framed(Framing::DeclaredOnly(BODY_LIMIT + 1)),
        413,
        Outcome::Refused("body-too-large"),
    );
    add(
        "too large, in chunks",
        base.clone()
            .with_body(vec![b' '; BODY_LIMIT + 1])
            // The end never comes: the limit must be what stops it.
            .framed(Framing::Chunked { ended: false }),
        413,
        Outcome::Refused("body-too-large"),
    );
    add(
        "PUT instead of POST",
        base.with_method("PUT"),
        405,
        Outcome::Refused("method-not-allowed"),
    );
    add(
        "signed, but not JSON",
        to_path(&kit.undecodable),
        400,
        Outcome::Refused("undecodable"),
    );
}

/// Makes the case that no endpoint takes.
pub(super) fn unknown_path() -> Case {
    Case {
        provider: "-",
        name: "unknown path",
        request: Request::new("/nowhere", &SignedRequest::post_json("{}")),
        status: 404,
        expected: Outcome::Nobody,
    }
}

/// Changes one digit of a body.
fn tampered(request: &SignedRequest) -> Vec<u8> {
    let mut body = request.body().to_vec();
    if let Some(digit) = body.iter_mut().rfind(|byte| byte.is_ascii_digit()) {
        *digit = if *digit == b'7' { b'1' } else { b'7' };
    }
    body
}
