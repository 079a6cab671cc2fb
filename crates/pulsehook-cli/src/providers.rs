//! The registry: every provider is described here once, for all verbs.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::follow_up::FollowUpApi;
use pulsehook_axum::view::NeutralView;
use pulsehook_axum::{ConfigError, Provider, Receiver};
use serde::Serialize;

use crate::config::{Fault, Members};
use crate::demo::kit::{Kit, KitError};
use crate::endpoint::AnyReceiver;
use crate::request::Request;
use crate::samples::Sample;
use crate::secrets::{Secrets, UrlPlace};

pub(crate) mod delivering;
mod human_api;
mod metriport;
mod opt_out;
mod thryve;
mod withings;

use self::delivering::Delivering;

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

/// Says that there is no provider of a name that was given.
pub(crate) fn unknown() -> String {
    let names = const { &ALL }.iter().map(|entry| entry.name);
    format!(
        "there is no such provider; the known ones are {}",
        names.collect::<Vec<_>>().join(", ")
    )
}

/// Describes a provider.
pub(crate) struct Entry {
    /// The name in configuration files.
    pub(crate) name: &'static str,
    /// The name as people write it.
    pub(crate) title: &'static str,
    /// The member that names the secrets which every endpoint of the provider has.
    pub(crate) usual_secret: &'static str,
    /// Reads what is the provider's own in the table of an endpoint.
    pub(crate) configure: fn(&mut Members<'_>) -> Result<Configured, Fault>,
    /// Makes what `demo` needs: an endpoint with keys made up for this run, and requests.
    pub(crate) demo: fn() -> Result<Kit, KitError>,
    /// Makes the request that the provider would send: below the endpoint's path, with every proof
    /// that the secrets allow, each by the first of its kind.
    pub(crate) sign: fn(&Secrets, Message, &Moment) -> Request,
    /// How the proof over the body is written; `None` for a provider that does not sign.
    pub(crate) signature: Option<SignatureHeader>,
    /// One message of each kind; the first is a usual one.
    pub(crate) samples: &'static [Sample],
    /// How long it waits, what it takes for success, when it tries again.
    pub(crate) delivering: Delivering,
    /// What `init` writes.
    pub(crate) setup: Setup,
}

/// What `init` writes for an endpoint of a provider.
pub(crate) struct Setup {
    /// What to know of the endpoint, in lines.
    pub(crate) about: &'static str,
    /// The secrets.
    pub(crate) secrets: &'static [SetupSecret],
    /// Further members of the endpoint with their comments; what differs from the default is set,
    /// the rest is commented out.
    pub(crate) further: &'static str,
}

/// A secret that `init` writes.
pub(crate) struct SetupSecret {
    /// The member whose list holds it.
    pub(crate) member: &'static str,
    /// What it is, in a few words.
    pub(crate) what: &'static str,
    /// What to know of it, in lines.
    pub(crate) about: &'static str,
    /// What stands in its entry before the place, with a comma and a blank behind it.
    pub(crate) with: &'static str,
    /// The environment variable.
    pub(crate) variable: &'static str,
    /// The file of a secret that is made up.
    pub(crate) file: &'static str,
}

/// What is to be sent.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// A delivery with this body, before the provider compresses it.
    Body(Bytes),
    /// A request that only probes the endpoint, if the provider has such.
    Probe,
}

/// When something is sent, and what makes it differ from all else.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) at: SystemTime,
    /// For providers that send one: digits.
    pub(crate) nonce: String,
}

impl Moment {
    /// Returns the time in milliseconds since 1970, as headers have it.
    pub(crate) fn millis(&self) -> String {
        let since = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        since.as_millis().to_string()
    }
}

/// How the proof over the body is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignatureHeader {
    pub(crate) name: &'static str,
    pub(crate) encoding: MacEncoding,
    /// The header with the signed time, in milliseconds since 1970.
    pub(crate) timestamp: Option<&'static str>,
    /// The header with the signed nonce.
    pub(crate) nonce: Option<&'static str>,
    /// Whether body, time stamp and nonce are signed one after the other with nothing between, so
    /// that bytes can move from one to the next.
    pub(crate) joined: bool,
    /// Whether the provider compresses bodies before it signs them.
    pub(crate) compresses: bool,
}

/// How a MAC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacEncoding {
    Hex,
    Base64,
}

/// Is implemented by the providers of the registry: their events have names and a JSON form.
pub(crate) trait Listed: Provider<Event: Serialize + NeutralView> {
    /// Plans the calls that follow an event, with the provider's own addresses.
    type Api: FollowUpApi<Event = Self::Event> + Default;

    /// Returns the event's type as on the wire, or a name for its kind where the wire has none.
    fn event_type(event: &Self::Event) -> String;
}

/// A provider with its secrets and options, whose type is no longer of interest.
pub(crate) struct Configured {
    /// What is verified, in a few words.
    pub(crate) verified: Cow<'static, str>,
    /// What the operator should know about weakened checks.
    pub(crate) warnings: Vec<Cow<'static, str>>,
    /// What requests are verified and signed with.
    pub(crate) secrets: Secrets,
    make: Box<MakeReceiver>,
}

type MakeReceiver =
    dyn Fn(&Secrets, Settings) -> Result<Arc<dyn AnyReceiver>, ConfigError> + Send + Sync;

/// What a receiver needs beside the provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) label: String,
    pub(crate) body_limit: Option<usize>,
    /// The time to judge by, where it is not that of the system.
    pub(crate) now: Option<SystemTime>,
}

impl Configured {
    /// Takes secrets, and what makes a provider of such secrets and the options.
    pub(crate) fn new<P: Listed>(
        secrets: Secrets,
        verified: impl Into<Cow<'static, str>>,
        make: impl Fn(&Secrets) -> Result<P, ConfigError> + Send + Sync + 'static,
    ) -> Self {
        let make = move |secrets: &Secrets, settings: Settings| {
            let mut builder = Receiver::builder(make(secrets)?).endpoint(settings.label);
            if let Some(bytes) = settings.body_limit {
                builder = builder.body_limit(bytes);
            }
            if let Some(now) = settings.now {
                builder = builder.clock(move || now);
            }
            Ok(Arc::new(builder.build()) as Arc<dyn AnyReceiver>)
        };
        Self {
            verified: verified.into(),
            warnings: Vec::new(),
            secrets,
            make: Box::new(make),
        }
    }

    /// Adds a warning.
    pub(crate) fn warn(&mut self, warning: impl Into<Cow<'static, str>>) {
        self.warnings.push(warning.into());
    }

    /// Says where the router finds the endpoint: at its path; where the segment below is the
    /// secret, also there, so that a URL without it is refused like one with a wrong one.
    pub(crate) fn route_paths(&self, path: &str) -> Vec<String> {
        let in_url = self.secrets.in_url.as_ref();
        let below: &[&str] = match in_url.map(|in_url| &in_url.place) {
            Some(UrlPlace::Path) => &["", "/", "/{secret}", "/{secret}/"],
            _ => &[""],
        };
        below.iter().map(|below| format!("{path}{below}")).collect()
    }

    /// Makes the receiver.
    pub(crate) fn receiver(&self, settings: Settings) -> Result<Arc<dyn AnyReceiver>, ConfigError> {
        (self.make)(&self.secrets, settings)
    }

    /// Makes a receiver of the same options with other secrets.
    pub(crate) fn receiver_with(
        &self,
        secrets: &Secrets,
        settings: Settings,
    ) -> Result<Arc<dyn AnyReceiver>, ConfigError> {
        (self.make)(secrets, settings)
    }
}

impl fmt::Debug for Configured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configured")
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.name)
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
