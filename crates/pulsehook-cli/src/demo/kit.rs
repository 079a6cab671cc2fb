//! What a provider brings for the demonstration: endpoints, and requests to them.

use std::error::Error;

use pulsehook_axum::SigningKey;
use pulsehook_axum::signature::encode_hex;

use super::wire::Framing;
use crate::providers::Configured;
use crate::request::Request;
use crate::samples::Sample;

/// Why a kit could not be made.
pub(crate) type KitError = Box<dyn Error + Send + Sync>;

/// What a provider brings.
pub(crate) struct Kit {
    /// The endpoints, with secrets made up for this run, and their paths below that of the
    /// provider: the first has none, the others start with a slash.
    pub(crate) endpoints: Vec<(&'static str, Configured)>,
    /// The requests, good and bad.
    pub(crate) cases: Vec<Case>,
}

/// A request and what must come of it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) request: Request,
    pub(crate) framing: Framing,
    pub(crate) status: u16,
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

impl Case {
    /// Starts with a request that is answered 200 and gives no events.
    pub(crate) fn new(name: &'static str, request: impl Into<Request>) -> Self {
        Self {
            name,
            request: request.into(),
            framing: Framing::Length,
            status: 200,
            expected: Outcome::Decoded(Vec::new()),
        }
    }

    /// Starts with a sample, and expects what becomes of it.
    pub(crate) fn of(sample: &Sample, request: impl Into<Request>) -> Self {
        let case = Self::new(sample.name, request);
        match sample.reply {
            Some(reply) => case.answered(&sample.events.join(", "), reply),
            None => Self {
                expected: Outcome::Decoded(sample.events.iter().map(|t| (*t).to_owned()).collect()),
                ..case
            },
        }
    }

    /// Delimits the body in another way than by its length.
    pub(crate) fn framed(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
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

    /// Expects a refusal.
    pub(crate) fn refused(mut self, status: u16, rule: &'static str) -> Self {
        self.status = status;
        self.expected = Outcome::Refused(rule);
        self
    }
}

/// Makes a key up.
pub(crate) fn random_key() -> Result<SigningKey, KitError> {
    Ok(SigningKey::from_text(random_hex()?)?)
}

/// Makes 32 hexadecimal digits up.
pub(crate) fn random_hex() -> Result<String, KitError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(encode_hex(&bytes))
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
