//! The endpoints that every adapter serves, each under `/hooks/` and its label.

use std::cell::RefCell;
use std::time::{Duration, SystemTime};

use pulsehook_core::human_api::HumanApi;
use pulsehook_core::metriport::Metriport;
use pulsehook_core::signature::Tolerance;
use pulsehook_core::thryve::Thryve;
use pulsehook_core::{
    Provider, ReceiveError, Receiver, ReceiverBuilder, SharedSecret, SharedSecrets, SigningKey,
    SigningKeys,
};
use serde::Serialize;
use standard_webhooks::{PublicKey, Secret, StandardWebhooks};

use crate::logs;

pub(crate) mod acking;
pub(crate) mod thryve;
mod withings;

/// The receivers' clock, in seconds since 1970: 2026-02-03T04:05:06Z.
pub(crate) const NOW: u64 = 1_770_091_506;

/// The limit of the endpoints whose label ends in `small`, in bytes.
pub(crate) const SMALL_LIMIT: usize = 64;

/// Takes the receivers one by one, each of a type of its own.
pub(crate) trait Mount {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize;
}

/// Finds an endpoint's label in a path. What follows the label can be a secret.
pub(crate) fn label_of(path: &str) -> &str {
    let rest = path.strip_prefix("/hooks/").expect("an endpoint's path");
    rest.split_once('/').map_or(rest, |(label, _)| label)
}

pub(crate) fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

/// The keys of all endpoints: the current one and, on the endpoints `rotated`, the next.
pub(crate) const CURRENT: &str = "current secret";
pub(crate) const NEXT: &str = "next secret";

fn current() -> SigningKeys {
    SigningKeys::new("current", key(CURRENT))
}

fn rotated() -> SigningKeys {
    current().with("next", key(NEXT)).expect("a ring")
}

/// The shared secrets of all endpoints, as the keys.
pub(crate) const CURRENT_TOKEN: &str = "cT-0123456789abcdefg";
pub(crate) const NEXT_TOKEN: &str = "nT-gfedcba9876543210";

pub(crate) fn shared(text: &str) -> SharedSecret {
    SharedSecret::from_text(text).expect("a secret")
}

fn current_token() -> SharedSecrets {
    SharedSecrets::new("current", shared(CURRENT_TOKEN))
}

fn rotated_tokens() -> SharedSecrets {
    let next = shared(NEXT_TOKEN);
    current_token().with("next", next).expect("room")
}

fn five_minutes() -> Tolerance {
    Tolerance::new(Duration::from_secs(300))
}

/// A set of endpoints that an adapter serves.
pub(crate) enum Endpoints {
    /// Every configuration of every provider.
    All,
    /// Those whose secrets must not show up in logs.
    Canaries,
    /// One endpoint for each vector.
    Vectors(Vec<VectorEndpoint>),
}

/// The endpoint of a vector.
pub(crate) struct VectorEndpoint {
    pub(crate) label: String,
    pub(crate) key: VectorKey,
    /// The clock, in seconds since 1970, where it matters.
    pub(crate) now: Option<u64>,
}

/// Whose vector it is, and the key.
pub(crate) enum VectorKey {
    Metriport(String),
    HumanApi(String),
    Thryve(String),
    StandardSecret(String),
    StandardPublic(String),
}

impl Endpoints {
    /// Mounts all on something new.
    pub(crate) fn mounted<M: Mount + Default>(&self) -> M {
        let mut mount = M::default();
        self.mount_on(&mut mount);
        mount
    }

    fn mount_on(&self, mount: &mut impl Mount) {
        match self {
            Self::All => mount_all(mount),
            Self::Canaries => logs::mount_on(mount),
            Self::Vectors(vectors) => {
                for vector in vectors {
                    mount_vector(mount, vector);
                }
            }
        }
    }
}

fn mount_all(mount: &mut impl Mount) {
    plain(mount, "metriport", Metriport::new(current()));
    plain(mount, "metriport-rotated", Metriport::new(rotated()));
    plain(
        mount,
        "metriport-fresh",
        Metriport::new(current()).with_tolerance(five_minutes()),
    );
    plain(
        mount,
        "metriport-legacy",
        Metriport::new(current()).danger_accept_webhook_key(current()),
    );
    plain(mount, "metriport-failing", Metriport::new(current()));
    small(mount, "metriport-small", Metriport::new(current()));
    plain(mount, "human-api", HumanApi::new(current()));
    plain(mount, "human-api-rotated", HumanApi::new(rotated()));
    plain(
        mount,
        "human-api-fresh",
        HumanApi::new(current()).with_tolerance(five_minutes()),
    );
    plain(
        mount,
        "human-api-hex",
        HumanApi::new(current()).accept_hex_signatures(),
    );
    plain(
        mount,
        "human-api-unsigned",
        HumanApi::new(current()).danger_accept_unsigned(),
    );
    plain(mount, "human-api-failing", HumanApi::new(current()));
    small(mount, "human-api-small", HumanApi::new(current()));
    withings::mount_all(mount);
    thryve::mount_all(mount);
    acking::mount_all(mount);
}

fn mount_vector(mount: &mut impl Mount, vector: &VectorEndpoint) {
    let (label, now) = (&*vector.label, vector.now.unwrap_or(NOW));
    match &vector.key {
        VectorKey::Metriport(secret) => at(mount, label, now, Metriport::new(key(secret))),
        VectorKey::HumanApi(secret) => at(mount, label, now, HumanApi::new(key(secret))),
        VectorKey::Thryve(secret) => {
            let thryve = Thryve::builder().keys(key(secret)).build();
            at(mount, label, now, thryve.expect("a configuration"));
        }
        VectorKey::StandardSecret(secret) => {
            let secret = Secret::from_base64(secret).expect("a secret");
            at(mount, label, now, StandardWebhooks::new(secret));
        }
        VectorKey::StandardPublic(public) => {
            let public = PublicKey::from_base64(public).expect("a public key");
            at(mount, label, now, StandardWebhooks::new(public));
        }
    }
}

fn plain<P>(mount: &mut impl Mount, label: &str, provider: P)
where
    P: Provider,
    P::Event: Serialize,
{
    at(mount, label, NOW, provider);
}

/// Mounts a receiver whose clock stands still.
fn at<P>(mount: &mut impl Mount, label: &str, now: u64, provider: P)
where
    P: Provider,
    P::Event: Serialize,
{
    let builder = builder(label, provider);
    mount.mount(builder.clock(move || instant(now)).build());
}

fn small<P>(mount: &mut impl Mount, label: &str, provider: P)
where
    P: Provider,
    P::Event: Serialize,
{
    let builder = builder(label, provider).clock(|| instant(NOW));
    mount.mount(builder.body_limit(SMALL_LIMIT).build());
}

thread_local! {
    static RULES: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Returns the rules by which requests were refused on this thread, in order.
pub(crate) fn take_rules() -> Vec<&'static str> {
    RULES.take()
}

fn builder<P: Provider>(label: &str, provider: P) -> ReceiverBuilder<P> {
    let note = |error: &ReceiveError| RULES.with_borrow_mut(|rules| rules.push(error.rule()));
    Receiver::builder(provider).endpoint(label).on_error(note)
}

fn instant(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
