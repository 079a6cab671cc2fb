//! Judges altered requests, and stops when that has been enough work.

use std::collections::HashSet;
use std::net::IpAddr;

use pulsehook_axum::{Authenticity, KeyId, Reason, VerifyError};

use super::bytes_hash;
use crate::endpoint::{AnyReceiver, Judged};
use crate::request::Request;

/// Bytes that may be altered, hashed and judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget(pub(crate) u64);

impl Budget {
    /// For a person who waits for nothing else.
    pub(crate) const FOR_ONE: Self = Self(512 * 1024 * 1024);
    /// For requests that anyone may send.
    pub(crate) const FOR_MANY: Self = Self(32 * 1024 * 1024);
}

/// What a receiver says of an altered request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All that proves it fits; these are the ids of the secrets.
    Fits(Vec<String>),
    /// The same, but the signed time is not within the tolerance.
    FitsStale,
    /// What proves it is well-formed, and of something else.
    Mismatch,
    /// What proves it is not there, or not once; the reason says all.
    Absent(String),
    /// It is refused for another reason, before or after that.
    Else,
}

impl Verdict {
    pub(super) fn fits(&self) -> bool {
        matches!(self, Self::Fits(_) | Self::FitsStale)
    }
}

/// What is worked with: the budget, and what was tried.
pub(super) struct Bench {
    left: u64,
    pub(super) tried: usize,
    pub(super) stopped_early: bool,
    peer: Option<IpAddr>,
}

/// What a try costs beside the bytes of the request.
const ONE_TRY: u64 = 2 * 1024;

impl Bench {
    pub(super) fn new(budget: Budget, peer: Option<IpAddr>) -> Self {
        Self {
            left: budget.0,
            tried: 0,
            stopped_early: false,
            peer,
        }
    }

    /// Takes work from the budget; `false` when it is used up.
    pub(super) fn may_work(&mut self, bytes: u64) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) if !self.stopped_early => {
                self.left = left;
                true
            }
            _ => {
                self.stopped_early = true;
                false
            }
        }
    }

    /// Tells how many bytes a head may have of which there are to be many altered copies: 256 KiB for
    /// one person, 16 KiB where anyone may send.
    pub(super) fn most_head(&self) -> u64 {
        self.left / 2048
    }

    /// Tells how many bytes an altered body may have.
    pub(super) fn most_body(&self) -> usize {
        usize::try_from(self.left).map_or(super::MOST_BODY, |left| left.min(super::MOST_BODY))
    }

    /// Judges a request whose proof may be checked with so many keys.
    pub(super) fn judge(
        &mut self,
        receiver: &dyn AnyReceiver,
        request: &Request,
        keys: usize,
    ) -> Verdict {
        let hashed = (request.body().len() as u64).saturating_mul(keys.max(1) as u64);
        let work = ONE_TRY
            .saturating_add(hashed)
            .saturating_add(head_len(request));
        if !self.may_work(work) {
            return Verdict::Else;
        }
        self.tried += 1;
        let error = match receiver.judge(request, self.peer) {
            Judged::Probe(_) => return Verdict::Fits(Vec::new()),
            Judged::Delivered(delivery) => {
                return match delivery.authenticity() {
                    Authenticity::None => Verdict::Else,
                    _ => Verdict::Fits(texts(delivery.key_ids())),
                };
            }
            Judged::Refused(error) => error,
        };
        match error.reason() {
            Reason::Undecodable(it) if it.authenticity() != Authenticity::None => {
                Verdict::Fits(texts(it.key_ids()))
            }
            // The time is judged after the signature.
            Reason::Verify(VerifyError::TooOld | VerifyError::TooNew) => Verdict::FitsStale,
            Reason::Verify(VerifyError::SignatureMismatch | VerifyError::CredentialMismatch) => {
                Verdict::Mismatch
            }
            Reason::Verify(
                VerifyError::MissingHeader { .. }
                | VerifyError::RepeatedHeader { .. }
                | VerifyError::MissingCredential
                | VerifyError::RepeatedCredential,
            ) => Verdict::Absent(error.reason().to_string()),
            _ => Verdict::Else,
        }
    }
}

fn texts<'k>(ids: impl IntoIterator<Item = &'k KeyId>) -> Vec<String> {
    ids.into_iter().map(ToString::to_string).collect()
}

/// Returns the bytes of a head.
pub(super) fn head_len(request: &Request) -> u64 {
    let headers = request.headers();
    let headers: u64 = headers
        .map(|(name, value)| (name.len() + value.len() + 32) as u64)
        .sum();
    headers + request.target().len() as u64
}

/// What was tried already.
#[derive(Default)]
pub(super) struct Seen(HashSet<u64>);

impl Seen {
    /// Takes note of bytes; `false` when they were there before.
    pub(super) fn is_new(&mut self, bytes: &[u8]) -> bool {
        self.0.insert(bytes_hash(bytes))
    }
}
