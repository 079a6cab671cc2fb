//! What was altered, and what to say when it makes a request pass.

use std::borrow::Cow;

use pulsehook_axum::SigningKeys;

use super::Finding;
use crate::request::Request;

/// One alteration, in words: what differs from what was signed, and what to do.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) rule: &'static str,
    pub(super) what: Cow<'static, str>,
    pub(super) advice: Cow<'static, str>,
}

impl Change {
    pub(super) fn new(
        rule: &'static str,
        what: impl Into<Cow<'static, str>>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            rule,
            what: what.into(),
            advice: advice.into(),
        }
    }

    pub(super) fn finding(&self) -> Finding {
        Finding {
            rule: self.rule,
            and: None,
            means: None,
            what: self.what.to_string(),
            advice: self.advice.to_string(),
        }
    }

    /// Says that this alone was not enough.
    pub(super) fn finding_with(&self, other: &Self) -> Finding {
        Finding {
            rule: self.rule,
            and: Some(other.rule),
            means: None,
            what: format!("{}, and {}", self.what, other.what),
            advice: format!("{}; {}", self.advice, other.advice),
        }
    }
}

/// An altered request.
pub(super) struct Altered {
    pub(super) change: Change,
    pub(super) request: Request,
}

/// Altered secrets of one kind.
pub(super) struct AlteredRing {
    pub(super) change: Change,
    pub(super) ring: SigningKeys,
}
