//! Finds out what would have made a refused request pass, for the developer alone.
//!
//! The request, or the secrets, are altered as real systems alter them, and judged again. No
//! finding repeats a secret, a MAC or anything of the request.

use std::net::IpAddr;

use serde::Serialize;

use crate::providers::{Configured, Entry, Settings};
use crate::request::Request;

/// What is diagnosed against.
pub(crate) struct Against<'a> {
    pub(crate) entry: &'static Entry,
    pub(crate) configured: &'a Configured,
    pub(crate) settings: Settings,
    /// Where the request came from.
    pub(crate) peer: Option<IpAddr>,
}

/// What would have made a request pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// A word for programs, such as `line-end-added`.
    pub(crate) rule: &'static str,
    /// What is different from what was signed.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) advice: String,
}

/// Tries what would have made a refused request pass.
pub(crate) fn diagnose(against: &Against<'_>, request: &Request) -> Vec<Finding> {
    let settings = against.settings.clone();
    let Ok(receiver) = against.configured.receiver(settings) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let body = request.body();
    let trimmed = body.trim_ascii_end().len();
    let without = request.clone().with_body(body.slice(..trimmed));
    if trimmed < body.len() && receiver.is_authentic(&without, against.peer) {
        findings.push(Finding {
            rule: "line-end-added",
            what: "a line end follows the body that was signed".to_owned(),
            advice: "send the body as it is, for example with `curl --data-binary @FILE`"
                .to_owned(),
        });
    }
    findings
}
