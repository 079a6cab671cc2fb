//! The means by which a request proves where it comes from, each judged for itself.

use std::net::IpAddr;

use serde::Serialize;

use super::bench::{Bench, Verdict};
use super::{Budget, Search};
use crate::providers::{Configured, Settings};
use crate::request::Request;
use crate::secrets::Secrets;

/// One of the means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Means {
    /// A MAC over the body.
    Signature,
    /// A secret in a header.
    Header,
    /// A secret in the URL.
    Url,
}

impl Means {
    /// Returns its name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Header => "header",
            Self::Url => "URL",
        }
    }

    fn as_subject(self) -> &'static str {
        match self {
            Self::Signature => "the signature",
            Self::Header => "the secret in a header",
            Self::Url => "the secret in the URL",
        }
    }
}

/// Returns the secrets of each means alone.
fn each(secrets: &Secrets) -> Vec<(Means, Secrets)> {
    let none = Secrets::default;
    let in_header = secrets.in_header.clone().map(|in_header| Secrets {
        in_header: Some(in_header),
        ..none()
    });
    let in_url = secrets.in_url.clone().map(|in_url| Secrets {
        in_url: Some(in_url),
        ..none()
    });
    let keys = secrets.keys.clone().map(Secrets::of_keys);
    [
        (Means::Header, in_header),
        (Means::Url, in_url),
        (Means::Signature, keys),
    ]
    .into_iter()
    .filter_map(|(means, secrets)| Some((means, secrets?)))
    .collect()
}

/// Tells whether there are several means, all of which have to hold.
pub(super) fn are_several(secrets: &Secrets) -> bool {
    each(secrets).len() > 1
}

/// What a means is proven by.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Proof {
    pub(crate) means: Means,
    pub(crate) key_ids: Vec<String>,
}

/// Says which secret fits for which means, where there are several.
pub(crate) fn proofs(
    configured: &Configured,
    settings: &Settings,
    request: &Request,
    peer: Option<IpAddr>,
) -> Vec<Proof> {
    let all = each(&configured.secrets);
    if all.len() < 2 {
        return Vec::new();
    }
    let mut bench = Bench::new(Budget::FOR_ONE, peer);
    let proofs = all.into_iter().filter_map(|(means, secrets)| {
        let receiver = configured.receiver_with(&secrets, settings.clone()).ok()?;
        match bench.judge(&*receiver, request, 1) {
            Verdict::Fits(key_ids) => Some(Proof { means, key_ids }),
            _ => None,
        }
    });
    proofs.collect()
}

/// What could not be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unexplained {
    /// A signature that is of something else.
    Signature,
    /// A signature that is none.
    Form,
    /// A secret that is presented as it is.
    Shared(Means),
}

impl Search<'_> {
    /// Takes down that nothing was found for a means that does not hold.
    pub(super) fn give_up(&mut self, means: Means, verdict: &Verdict, what: Unexplained) {
        self.is_partial = true;
        let Verdict::Absent(reason) = verdict else {
            return self.unexplained.push(what);
        };
        // The refusal tells of one means.
        if self.refused.as_ref().is_some_and(|told| told.eq(reason)) {
            self.refused = None;
        } else {
            self.also.push(format!("{}: {reason}", means.as_subject()));
        }
    }

    /// Says what remains likely where nothing was found.
    pub(super) fn remains(&self) -> Option<String> {
        if self.unexplained.is_empty() {
            return None;
        }
        let mut text = format!(
            "{} altered requests and secrets were judged, and none {}",
            self.bench.tried,
            match self.findings.is_empty() {
                true => "passes",
                false => "explains the rest",
            }
        );
        for what in &self.unexplained {
            text.push_str("; ");
            text.push_str(&match what {
                Unexplained::Signature => self.signature_remains(),
                Unexplained::Form => "the signature, or what is signed with it, is cut off or in \
                                      no form that is known: compare the headers with those that \
                                      were sent"
                    .to_owned(),
                Unexplained::Shared(means) => format!(
                    "most likely {} is another one; compare it at the provider and here",
                    match means {
                        Means::Url => "the secret that the URL presents",
                        _ => "the secret that the header presents",
                    }
                ),
            });
        }
        Some(text)
    }

    fn signature_remains(&self) -> String {
        let proof = self.against.entry.signature.as_ref();
        let beside = proof.map(|proof| [proof.timestamp, proof.nonce]);
        let beside: Vec<_> = beside.into_iter().flatten().flatten().collect();
        let headers = match beside.is_empty() {
            true => String::new(),
            false => format!(", or {}, which is signed too", beside.join(" or ")),
        };
        format!(
            "most likely the request was signed with another secret, or one of these was changed \
             in a way that cannot be undone: its body (other members, other numbers, another \
             order){headers}, or the signature itself"
        )
    }
}
