//! Other endpoints of the configuration, and other providers.

use pulsehook_axum::SigningKeys;

use super::bench::Verdict;
use super::change::{AlteredRing, Change};
use super::{Finding, Search, is_signed_by};
use crate::config::EndpointConfig;
use crate::providers::{self, Entry, Settings};
use crate::request::Request;
use crate::secrets::Secrets;

/// The rule of a request that another provider sent.
pub(super) const OTHER_PROVIDER: &str = "other-provider";

impl Search<'_> {
    /// Tries the secrets of other endpoints, and whether the request was meant for one of those.
    pub(super) fn try_others(&mut self) {
        for other in self.others {
            let label = &other.label;
            let settings = Settings {
                label: label.clone(),
                body_limit: other.body_limit,
                now: self.against.settings.now,
            };
            let secrets = &other.configured.secrets;
            let count = secrets.keys.as_ref().map_or(1, SigningKeys::len);
            if !other.provider.eq(self.against.entry.name) {
                if let Ok(receiver) = other.configured.receiver(settings)
                    && self.proves(&*receiver, secrets, count)
                {
                    self.add(
                        Change::new(
                            OTHER_PROVIDER,
                            format!(
                                "it is a request of {}, for the endpoint `{label}`",
                                other.provider
                            ),
                            format!(
                                "verify it with `pulsehook verify {}`; if it came to the endpoint \
                                 of {}, correct the URL at the provider",
                                other.provider, self.against.entry.name
                            ),
                        )
                        .finding(),
                    );
                }
                continue;
            }
            for secrets in exchanged(&self.against.configured.secrets, secrets) {
                let settings = self.against.settings.clone();
                if let Ok(receiver) = self.against.configured.receiver_with(&secrets, settings)
                    && self.proves(&*receiver, &secrets, count)
                {
                    self.add(of_other(label).finding());
                    break;
                }
            }
        }
    }

    /// Tells whether a receiver with these secrets takes the request, by more than its word.
    fn proves(
        &mut self,
        receiver: &dyn crate::endpoint::AnyReceiver,
        secrets: &Secrets,
        keys: usize,
    ) -> bool {
        match self.bench.judge(receiver, self.request, keys) {
            // A probe is proven by the secret in its URL alone.
            Verdict::Fits(ids) if ids.is_empty() => secrets.in_url.is_some(),
            verdict => verdict.fits(),
        }
    }
}

/// Returns the secrets of an endpoint with those of another in their place: of one kind, and of all
/// kinds. What the other does not ask for is still asked for, so that it cannot explain what is
/// missing there.
fn exchanged(own: &Secrets, other: &Secrets) -> Vec<Secrets> {
    let keys = other
        .keys
        .as_ref()
        .filter(|keys| own.keys.as_ref().is_some_and(|own| differ(own, keys)));
    let in_url = other.in_url.as_ref().filter(|in_url| {
        let own = own.in_url.as_ref();
        own.is_some_and(|own| differ(&own.secrets, &in_url.secrets))
    });
    let in_header = other.in_header.as_ref().filter(|in_header| {
        let own = own.in_header.as_ref();
        own.is_some_and(|own| differ(&own.values, &in_header.values))
    });
    let with_keys = keys.map(|keys| Secrets {
        keys: Some(keys.clone()),
        ..own.clone()
    });
    let with_url = in_url.map(|in_url| Secrets {
        in_url: Some(in_url.clone()),
        ..own.clone()
    });
    let with_header = in_header.map(|in_header| Secrets {
        in_header: Some(in_header.clone()),
        ..own.clone()
    });
    let mut all: Vec<_> = [with_keys, with_url, with_header]
        .into_iter()
        .flatten()
        .collect();
    if all.len() > 1 {
        all.push(Secrets {
            keys: keys.or(own.keys.as_ref()).cloned(),
            in_url: in_url.or(own.in_url.as_ref()).cloned(),
            in_header: in_header.or(own.in_header.as_ref()).cloned(),
        });
    }
    all
}

/// Tells whether a ring has a secret that another has not.
fn differ(own: &SigningKeys, other: &SigningKeys) -> bool {
    let is_own = |bytes: &[u8]| own.iter().any(|(_, own)| own.expose_bytes().eq(bytes));
    other.iter().any(|(_, other)| !is_own(other.expose_bytes()))
}

fn of_other(label: &str) -> Change {
    Change::new(
        "key-of-other-endpoint",
        format!("the secret of the endpoint `{label}` fits"),
        format!(
            "this endpoint has another one than the sender: use the same, or correct the URL at \
             the provider if the request was meant for `{label}`"
        ),
    )
}

/// Returns the keys of other endpoints.
pub(super) fn rings(others: &[&EndpointConfig]) -> Vec<AlteredRing> {
    let rings = others.iter().filter_map(|other| {
        let ring = other.configured.secrets.keys.clone()?;
        let change = of_other(&other.label);
        Some(AlteredRing { change, ring })
    });
    rings.collect()
}

/// Says what a request looks like by the names of its headers.
pub(super) fn by_headers(entry: &Entry, request: &Request) -> Vec<Finding> {
    let is_of = |entry: &Entry| {
        let proof = entry.signature.as_ref();
        proof.is_some_and(|proof| is_signed_by(proof, request))
    };
    if is_of(entry) {
        return Vec::new();
    }
    let others = const { &providers::ALL }
        .iter()
        .filter(|other| is_of(other));
    let hints = others.map(|other| {
        Change::new(
            "looks-like-other-provider",
            format!("it has a header that {} sends", other.title),
            format!("verify it with `pulsehook verify {}`", other.name),
        )
        .finding()
    });
    hints.collect()
}
