//! The usual ways to spoil a good request, shared by the providers.

use pulsehook_axum::testing::SignedRequest;

use super::kit::Case;
use super::wire::Framing;

/// The body limit of the demonstration's endpoints, small enough to be exceeded at once.
pub(super) const BODY_LIMIT: usize = 64 * 1024;

/// What is needed to spoil the signature of a good request.
pub(crate) struct Signed<'a> {
    /// A good request; its body holds a digit.
    pub(crate) good: &'a Case,
    /// The header that holds its signature.
    pub(crate) header: &'static str,
    /// The same, signed with a key that the endpoint does not hold.
    pub(crate) by_stranger: SignedRequest,
    /// A request that is signed rightly and not JSON.
    pub(crate) undecodable: SignedRequest,
}

impl Signed<'_> {
    /// Makes the cases of a provider that signs.
    pub(crate) fn cases(self) -> Vec<Case> {
        let Self {
            good,
            header,
            by_stranger,
            undecodable,
        } = self;
        let base = &good.request;
        let signature = base.header_text(header).unwrap_or_default().to_owned();
        let short: String = signature.chars().take(signature.len() / 2).collect();
        let mut cases = vec![
            Case::new(
                "tampered body",
                base.clone().with_body(tampered(base.body())),
            )
            .refused(401, "signature-mismatch"),
            Case::new("wrong key", by_stranger).refused(401, "signature-mismatch"),
            Case::new("no signature", base.clone().without_header(header))
                .refused(401, "missing-header"),
            Case::new(
                "signature cut short",
                base.clone()
                    .without_header(header)
                    .with_header(header, &short),
            )
            .refused(401, "malformed-header"),
            Case::new(
                "signature sent twice",
                base.clone().with_header(header, &signature),
            )
            .refused(401, "repeated-header"),
            Case::new("signed, but not JSON", undecodable).refused(400, "undecodable"),
        ];
        cases.extend(in_transit(good));
        cases
    }
}

/// Makes the cases of any provider: what matters is how a good request comes in, not its proof.
pub(crate) fn in_transit(good: &Case) -> Vec<Case> {
    let base = &good.request;
    vec![
        Case {
            name: "sent in chunks",
            framing: Framing::Chunked { ended: true },
            ..good.clone()
        },
        Case::new("too large, declared", base.clone())
            .framed(Framing::DeclaredOnly(BODY_LIMIT + 1))
            .refused(413, "body-too-large"),
        Case::new(
            "too large, in chunks",
            base.clone().with_body(vec![b' '; BODY_LIMIT + 1]),
        )
        // The end never comes: the limit must be what stops it.
        .framed(Framing::Chunked { ended: false })
        .refused(413, "body-too-large"),
        Case::new("PUT instead of POST", base.clone().with_method("PUT"))
            .refused(405, "method-not-allowed"),
    ]
}

/// Changes one digit of a body.
fn tampered(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    if let Some(digit) = body.iter_mut().rfind(|byte| byte.is_ascii_digit()) {
        *digit = if *digit == b'7' { b'1' } else { b'7' };
    }
    body
}
