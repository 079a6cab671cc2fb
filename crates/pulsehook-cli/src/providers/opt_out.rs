//! The opt-out of providers that need not be configured to verify anything.

use pulsehook_axum::ConfigError;

use crate::config::{Fault, Members};

/// The name of the member.
const NAME: &str = "danger_accept_unauthenticated";

/// Whether requests are taken that nothing proves.
pub(super) struct OptOut {
    pub(super) is_set: bool,
    at: Option<usize>,
}

impl OptOut {
    /// Takes the member out.
    pub(super) fn take(members: &mut Members<'_>) -> Result<Self, Fault> {
        Ok(Self {
            at: members.place_of(NAME),
            is_set: members.flag(NAME)?,
        })
    }

    /// Says what is wrong with an endpoint, and what to add where nothing would be verified.
    pub(super) fn fault(&self, members: &Members<'_>, error: &ConfigError, add: &str) -> Fault {
        if let Some(unknown) = members.unknown() {
            // Most likely what was meant to be verified.
            return unknown;
        }
        let message = match error {
            ConfigError::NothingVerified => format!(
                "the endpoint would verify nothing; add {add}, or, to take requests from anyone, \
                 `{NAME} = true`"
            ),
            ConfigError::Contradiction => format!(
                "`{NAME}` stands beside credentials, which would not count; take one of them out"
            ),
            other => other.to_string(),
        };
        match self.at {
            Some(at) if *error == ConfigError::Contradiction => Fault::at(at, message),
            _ => members.fault(message),
        }
    }

    /// Returns the warning for an endpoint that verifies nothing.
    pub(super) fn warning(&self, only_some_addresses: bool) -> Option<String> {
        let from = match only_some_addresses {
            true => "the addresses of `allow`, which prove nothing",
            false => "anyone",
        };
        self.is_set
            .then(|| format!("accepts requests without proof from {from} ({NAME})"))
    }
}
