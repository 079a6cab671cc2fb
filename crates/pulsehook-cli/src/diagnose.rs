//! Finds out what would have made a refused request pass, for the developer alone.
//!
//! The request, or the secrets, are altered as real systems alter them, and judged again by a
//! receiver: a finding is what passed. No finding repeats a secret, a MAC or anything of the
//! request. The work is bounded by a budget, since anyone may have sent the request.

use std::hash::{DefaultHasher, Hasher as _};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use pulsehook_axum::jiff::Timestamp;
use pulsehook_axum::{Reason, SigningKeys, VerifyError};
use serde::Serialize;

use crate::config::EndpointConfig;
use crate::endpoint::{AnyReceiver, Judged};
use crate::providers::{Configured, Entry, Settings, SignatureHeader};
use crate::request::Request;
use crate::secrets::Secrets;

mod bench;
mod bodies;
mod change;
mod credentials;
mod heads;
mod layout;
mod means;
mod others;
mod rings;
mod shared;
mod signed;
mod stamps;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use self::bench::Budget;
use self::bench::{Bench, Verdict, head_len};
use self::change::Change;
use self::means::Unexplained;
pub(crate) use self::means::{Means, Proof, proofs};

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
    /// The word for what differs besides, where one thing alone does not explain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) and: Option<&'static str>,
    /// The means that it is about, where several have to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) means: Option<Means>,
    /// What is different from what was signed.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) advice: String,
}

/// What came of the search.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Diagnosis {
    /// What made the request, or one of its means, pass, most likely first; each is proven.
    pub(crate) findings: Vec<Finding>,
    /// Whether all means hold once what was found is mended; if not, the request would still be
    /// refused.
    pub(crate) suffices: bool,
    /// What else is wrong, without a need for an explanation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<String>,
    /// What the request looks like; nothing of this is proven.
    pub(crate) hints: Vec<Finding>,
    /// How many altered requests were judged.
    pub(crate) tried: usize,
    /// Whether the budget was used up before all was tried.
    pub(crate) stopped_early: bool,
    /// What remains likely for what was not explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remains: Option<String>,
}

/// The largest body that is made while trying.
const MOST_BODY: usize = 64 * 1024 * 1024;

impl Diagnosis {
    /// Tries what would have made a refused request pass: also the secrets of other endpoints, and
    /// whether it is a request to one of those.
    pub(crate) fn of(
        against: &Against<'_>,
        others: &[&EndpointConfig],
        budget: Budget,
        request: &Request,
    ) -> Self {
        let mut search = Search {
            against,
            others,
            request,
            bench: Bench::new(budget, against.peer),
            findings: Vec::new(),
            unexplained: Vec::new(),
            is_partial: false,
            also: Vec::new(),
            refused: None,
            means: None,
        };
        search.run();
        // What is proven needs no hint.
        let is_of_other = |finding: &Finding| finding.rule == others::OTHER_PROVIDER;
        let hints = match search.findings.iter().any(is_of_other) {
            true => Vec::new(),
            false => others::by_headers(against.entry, request),
        };
        let remains = search.remains();
        Self {
            suffices: !search.findings.is_empty() && !search.is_partial,
            findings: search.findings,
            also: search.also,
            hints,
            tried: search.bench.tried,
            stopped_early: search.bench.stopped_early,
            remains,
        }
    }
}

/// A search under way.
struct Search<'a> {
    against: &'a Against<'a>,
    others: &'a [&'a EndpointConfig],
    request: &'a Request,
    bench: Bench,
    findings: Vec<Finding>,
    /// What is wrong and could not be explained.
    unexplained: Vec<Unexplained>,
    /// Whether a means does not hold for which nothing was found.
    is_partial: bool,
    also: Vec<String>,
    /// The reason of the refusal, while it stands for no means yet.
    refused: Option<String>,
    /// The means that is looked at, where several have to hold.
    means: Option<Means>,
}

impl Search<'_> {
    fn run(&mut self) {
        if head_len(self.request) > self.bench.most_head() {
            self.bench.stopped_early = true;
            return;
        }
        let configured = self.against.configured;
        let Ok(receiver) = configured.receiver(self.against.settings.clone()) else {
            return;
        };
        let Judged::Refused(error) = receiver.judge(self.request, self.against.peer) else {
            return;
        };
        match error.reason() {
            Reason::Undecodable(_) => return,
            Reason::Verify(VerifyError::TooOld | VerifyError::TooNew) => return self.time(),
            Reason::BodyTooLarge { .. } => return self.limit(),
            _ => {}
        }
        self.try_others();
        let is_about_proof = matches!(
            error.reason(),
            Reason::Verify(error) if !matches!(
                error,
                VerifyError::AddressUnknown | VerifyError::AddressNotAllowed { .. }
            )
        );
        if !is_about_proof || !self.findings.is_empty() {
            return;
        }
        self.refused = Some(error.reason().to_string());
        let several = means::are_several(&configured.secrets);
        let look_at = |search: &mut Self, means| search.means = several.then_some(means);
        let Secrets {
            keys,
            in_url,
            in_header,
        } = &configured.secrets;
        if let Some(in_header) = in_header {
            look_at(self, Means::Header);
            self.try_header(in_header);
        }
        if let Some(in_url) = in_url {
            look_at(self, Means::Url);
            self.try_url(in_url);
        }
        if let (Some(keys), Some(proof)) = (keys, &self.against.entry.signature) {
            look_at(self, Means::Signature);
            self.try_signature(proof, keys);
        }
    }

    /// Says when a request would have been in time.
    fn time(&mut self) {
        let proof = self.against.entry.signature.as_ref();
        let in_header = proof.and_then(|proof| stamps::signed_at(proof, self.request));
        let times = in_header.into_iter().chain(times_in(self.request.body()));
        for time in times.collect::<Vec<_>>() {
            let settings = Settings {
                now: Some(SystemTime::from(time)),
                ..self.against.settings.clone()
            };
            let Ok(receiver) = self.against.configured.receiver(settings) else {
                return;
            };
            if self.fits(&*receiver, self.request, 1) {
                let judged_by = self.against.settings.now.unwrap_or_else(SystemTime::now);
                let apart = match judged_by.duration_since(time.into()) {
                    Ok(after) => format!("{} after it was signed", span(after.as_secs())),
                    Err(error) => {
                        format!("{} before it was signed", span(error.duration().as_secs()))
                    }
                };
                self.findings.push(
                    Change::new(
                        "tolerance",
                        format!("the signature fits; the request is judged by a time {apart}"),
                        "judge a recording by the time when it came (`verify --at TIME`); if it \
                         was that late indeed, compare the clocks, or raise `tolerance`",
                    )
                    .finding(),
                );
                return;
            }
        }
    }

    /// Says whether a request is refused for its size alone.
    fn limit(&mut self) {
        let settings = Settings {
            body_limit: Some(self.request.body().len()),
            ..self.against.settings.clone()
        };
        let Ok(receiver) = self.against.configured.receiver(settings) else {
            return;
        };
        if self.fits(&*receiver, self.request, 1) {
            self.findings.push(
                Change::new(
                    "body-limit",
                    "the request is authentic, and larger than this endpoint takes",
                    "raise `body_limit` if the provider rightly sends that much",
                )
                .finding(),
            );
        }
    }

    /// Makes a receiver that asks for this proof alone, if the options allow that.
    fn receiver(&self, only: Secrets) -> Option<Arc<dyn AnyReceiver>> {
        let configured = self.against.configured;
        let settings = || self.against.settings.clone();
        if let Ok(receiver) = configured.receiver_with(&only, settings()) {
            return Some(receiver);
        }
        let all = &configured.secrets;
        let secrets = Secrets {
            keys: only.keys.or_else(|| all.keys.clone()),
            in_url: only.in_url.or_else(|| all.in_url.clone()),
            in_header: only.in_header.or_else(|| all.in_header.clone()),
        };
        configured.receiver_with(&secrets, settings()).ok()
    }

    fn fits(&mut self, receiver: &dyn AnyReceiver, request: &Request, keys: usize) -> bool {
        self.bench.judge(receiver, request, keys).fits()
    }

    /// Judges a request, and takes the finding down if it fits. `keys` are those of the receiver.
    fn try_one(
        &mut self,
        receiver: &dyn AnyReceiver,
        request: &Request,
        keys: &SigningKeys,
        finding: impl FnOnce() -> Finding,
    ) -> Verdict {
        let verdict = self.bench.judge(receiver, request, keys.len());
        if verdict.fits() {
            let mut finding = finding();
            match &verdict {
                Verdict::Fits(ids) if keys.len() > 1 && !ids.is_empty() => {
                    finding
                        .what
                        .push_str(&format!(" (`{}` fits)", ids.join("`, `")));
                }
                Verdict::FitsStale => finding.advice.push_str(
                    "; besides, the signed time is not within the `tolerance` of the time it is \
                     judged by",
                ),
                _ => {}
            }
            self.add(finding);
        }
        verdict
    }

    /// Adds a finding that is new.
    fn add(&mut self, mut finding: Finding) {
        finding.means = self.means;
        let words = |finding: &Finding| (finding.rule, finding.and, finding.means);
        let known = self
            .findings
            .iter()
            .any(|known| words(known) == words(&finding));
        if !known {
            self.findings.push(finding);
        }
    }
}

/// Returns the times that stand in a body, the first ones.
fn times_in(body: &[u8]) -> Vec<Timestamp> {
    const LOOKED_AT: usize = 64 * 1024;
    let start = body.get(..LOOKED_AT).unwrap_or(body);
    let texts = start.split(|byte| *byte == b'"');
    let texts = texts.filter(|text| (20..=40).contains(&text.len()));
    let times = texts.filter_map(|text| std::str::from_utf8(text).ok()?.parse().ok());
    times.take(16).collect()
}

/// Writes a span in its largest unit.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Returns a number that stands for bytes.
fn bytes_hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Returns what tells heads apart, and the body's own number.
fn head_bytes(request: &Request) -> Vec<u8> {
    let mut bytes = request.target().as_bytes().to_vec();
    let mut headers: Vec<_> = request
        .headers()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    headers.sort();
    for (name, value) in headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value);
        bytes.push(0);
    }
    bytes.extend_from_slice(&bytes_hash(request.body()).to_ne_bytes());
    bytes
}

/// Tells whether a provider's requests carry a proof over the body.
fn is_signed_by(proof: &SignatureHeader, request: &Request) -> bool {
    let hyphened = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    request
        .headers()
        .any(|(name, _)| hyphened(name) == proof.name)
}
