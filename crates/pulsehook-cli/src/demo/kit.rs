//! What a provider brings for the demonstration: an endpoint and requests to it.

use std::error::Error;

use pulsehook_axum::SigningKey;
use pulsehook_axum::signature::encode_hex;
use pulsehook_axum::testing::SignedRequest;

use crate::providers::Configured;

/// Why a kit could not be made.
pub(crate) type KitError = Box<dyn Error + Send + Sync>;

/// What a provider brings.
pub(crate) struct Kit {
    /// The endpoint, with keys made up for this run.
    pub(crate) endpoint: Configured,
    /// The header without which a request is unsigned.
    pub(crate) signature_header: &'static str,
    /// A good request, from which bad ones are made; its body holds a digit.
    pub(crate) base: SignedRequest,
    /// The same, signed with a key that the endpoint does not hold.
    pub(crate) by_stranger: SignedRequest,
    /// A request that is signed rightly and not JSON.
    pub(crate) undecodable: SignedRequest,
    /// Messages of every type.
    pub(crate) messages: Vec<Message>,
}

/// A good request and what must come of it.
pub(crate) struct Message {
    pub(crate) name: &'static str,
    pub(crate) request: SignedRequest,
    pub(crate) expected: Outcome,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The handler ran, with events of these types.
    Decoded(Vec<String>),
    /// The request only probed the endpoint; it was answered with this body, without the handler.
    Answered { what: String, body: String },
    /// This rule refused it, and the handler did not run.
    Refused(&'static str),
    /// No endpoint took it.
    Nobody,
}

impl Message {
    /// Starts with a request that gives no events.
    pub(crate) fn new(name: &'static str, request: SignedRequest) -> Self {
        Self {
            name,
            request,
            expected: Outcome::Decoded(Vec::new()),
        }
    }

    /// Expects events of these types.
    pub(crate) fn decoded<const N: usize>(mut self, types: [&str; N]) -> Self {
        self.expected = Outcome::Decoded(types.map(str::to_owned).into());
        self
    }

    /// Expects an answer and no event.
    pub(crate) fn answered(mut self, what: &str, body: &str) -> Self {
        self.expected = Outcome::Answered {
            what: what.to_owned(),
            body: body.to_owned(),
        };
        self
    }
}

/// Includes a sample as it goes over the wire.
macro_rules! sample {
    ($($path:literal),+) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/", $($path),+, ".json"))
            .trim_ascii_end()
    };
}

pub(crate) use sample;

/// Makes a key up.
pub(crate) fn random_key() -> Result<SigningKey, KitError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(SigningKey::from_text(encode_hex(&bytes))?)
}

/// Makes a number of so many digits up, none of them zero.
pub(crate) fn random_digits(count: usize) -> Result<String, KitError> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes)?;
    Ok(bytes
        .into_iter()
        .map(|byte| char::from(b'1' + byte % 9))
        .collect())
}
