//! The registry: every provider is described here once, for `serve` and for `demo`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use axum::routing::MethodRouter;
use pulsehook_axum::{Provider, Receiver, SharedSecrets};
use serde::Serialize;

use crate::config::{Fault, Members};
use crate::demo::kit::{Kit, KitError};
use crate::endpoint::{self, Observer};

mod human_api;
mod metriport;
mod opt_out;
mod thryve;
mod withings;

/// All providers, by name.
pub(crate) const ALL: [Entry; 4] = [
    human_api::ENTRY,
    metriport::ENTRY,
    thryve::ENTRY,
    withings::ENTRY,
];

/// Finds a provider by its name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    const { &ALL }.iter().find(|entry| entry.name == name)
}

/// Describes a provider.
pub(crate) struct Entry {
    /// The name in configuration files.
    pub(crate) name: &'static str,
    /// Reads what is the provider's own in the table of an endpoint.
    pub(crate) configure: fn(&mut Members<'_>) -> Result<Configured, Fault>,
    /// Makes what `demo` needs: an endpoint with keys made up for this run, and requests.
    pub(crate) demo: fn() -> Result<Kit, KitError>,
}

/// Is implemented by the providers of the registry: their events have names and a JSON form.
pub(crate) trait Listed: Provider<Event: Serialize> {
    /// Returns the event's type as on the wire, or a name for its kind where the wire has none.
    fn event_type(event: &Self::Event) -> String;
}

/// A provider with its keys and options, whose type is no longer of interest.
pub(crate) struct Configured {
    /// What is verified, in a few words.
    pub(crate) verified: Cow<'static, str>,
    /// What the operator should know about weakened checks.
    pub(crate) warnings: Vec<Cow<'static, str>>,
    /// The secrets that the last segment of the path may be, if it is one.
    pub(crate) path_secrets: Option<SharedSecrets>,
    route: Box<dyn FnOnce(Settings) -> MethodRouter + Send>,
}

/// What an endpoint's route needs beside the provider.
pub(crate) struct Settings {
    pub(crate) label: String,
    pub(crate) body_limit: Option<usize>,
    pub(crate) observer: Arc<dyn Observer>,
}

impl Configured {
    /// Takes a provider with its keys and options.
    pub(crate) fn new<P: Listed>(provider: P, verified: impl Into<Cow<'static, str>>) -> Self {
        let route = |settings: Settings| {
            let mut builder = Receiver::builder(provider).endpoint(settings.label);
            if let Some(bytes) = settings.body_limit {
                builder = builder.body_limit(bytes);
            }
            endpoint::route(builder.build(), settings.observer)
        };
        Self {
            verified: verified.into(),
            warnings: Vec::new(),
            path_secrets: None,
            route: Box::new(route),
        }
    }

    /// Adds a warning.
    pub(crate) fn warn(&mut self, warning: impl Into<Cow<'static, str>>) {
        self.warnings.push(warning.into());
    }

    /// Says where the router finds the endpoint: at its path; where the segment below is the
    /// secret, also there, so that a URL without it is refused like one with a wrong one.
    pub(crate) fn route_paths(&self, path: &str) -> Vec<String> {
        let below: &[&str] = match self.path_secrets {
            Some(_) => &["", "/", "/{secret}", "/{secret}/"],
            None => &[""],
        };
        below.iter().map(|below| format!("{path}{below}")).collect()
    }

    /// Makes the route.
    pub(crate) fn route(self, settings: Settings) -> MethodRouter {
        (self.route)(settings)
    }
}

impl fmt::Debug for Configured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configured")
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

/// Says what an endpoint verifies, for the announcement; a list of addresses alone is no proof.
fn told(proves_nothing: bool, verified: &[String]) -> String {
    match (proves_nothing, verified.join("; ")) {
        (false, verified) => verified,
        (true, verified) if verified.is_empty() => "nothing".to_owned(),
        (true, verified) => format!("nothing but {verified}"),
    }
}
