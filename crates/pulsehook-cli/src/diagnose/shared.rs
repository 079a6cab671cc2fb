//! Tries what concerns secrets that are presented as they are.

use pulsehook_axum::{SigningKey, SigningKeys};

use super::bench::Seen;
use super::change::{Altered, Change};
use super::means::{Means, Unexplained};
use super::{Search, credentials, head_bytes, rings};
use crate::request::Request;
use crate::secrets::{InHeader, InUrl, Secrets};

impl Search<'_> {
    pub(super) fn try_url(&mut self, wanted: &InUrl) {
        let with = |wanted: InUrl| Secrets {
            in_url: Some(wanted),
            ..Secrets::default()
        };
        let altered = credentials::in_url(wanted, self.request);
        let lower = credentials::in_url_lower(wanted, self.request);
        self.try_shared(
            Means::Url,
            &wanted.secrets,
            |secrets| {
                with(InUrl {
                    secrets,
                    ..wanted.clone()
                })
            },
            altered,
            lower,
        );
    }

    pub(super) fn try_header(&mut self, wanted: &InHeader) {
        let with = |values| Secrets {
            in_header: Some(InHeader {
                values,
                ..wanted.clone()
            }),
            ..Secrets::default()
        };
        let altered = credentials::in_header(wanted, self.request);
        let lower = credentials::in_header_lower(wanted, self.request);
        self.try_shared(Means::Header, &wanted.values, with, altered, lower);
    }

    /// Tries what concerns a secret that is presented as it is.
    fn try_shared(
        &mut self,
        means: Means,
        ring: &SigningKeys,
        with: impl Fn(SigningKeys) -> Secrets,
        altered: Vec<Altered>,
        lower: Option<Request>,
    ) {
        let Some(receiver) = self.receiver(with(ring.clone())) else {
            self.is_partial = true;
            return;
        };
        let verdict = self.bench.judge(&*receiver, self.request, ring.len());
        if verdict.fits() {
            return;
        }
        let before = self.findings.len();
        let mut seen = Seen::default();
        for Altered { change, request } in &altered {
            if seen.is_new(&head_bytes(request)) {
                self.try_one(&*receiver, request, ring, || change.finding());
            }
        }
        if self.findings.len() > before {
            return;
        }
        // The other user of a password is told by what is presented, so secrets come after.
        for changed in rings::altered(ring) {
            // Letters are compared without regard to their case below.
            if changed.change.rule == rings::LETTER_CASE {
                continue;
            }
            if let Some(receiver) = self.receiver(with(changed.ring.clone())) {
                let finding = || changed.change.finding();
                self.try_one(&*receiver, self.request, &changed.ring, finding);
            }
        }
        let lowered = rings::map(ring, |key| {
            SigningKey::from_bytes(key.to_ascii_lowercase()).ok()
        });
        if self.findings.len() == before
            && let (Some(lower), Some(lowered)) = (lower, lowered)
            && let Some(receiver) = self.receiver(with(lowered.clone()))
        {
            let change = Change::new(
                "credential-letter-case",
                "what is presented differs from the secret in upper and lower case alone",
                "write the secret in the same letters at the provider and here",
            );
            self.try_one(&*receiver, &lower, &lowered, || change.finding());
        }
        if self.findings.len() == before {
            self.give_up(means, &verdict, Unexplained::Shared(means));
        }
    }
}
