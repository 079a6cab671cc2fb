//! Tries what concerns a signature: what stands beside the body, the keys, the body, and pairs.

use std::sync::Arc;

use pulsehook_axum::SigningKeys;

use super::bench::{Seen, Verdict};
use super::bodies::{self, BodyChange};
use super::change::{Altered, AlteredRing};
use super::means::{Means, Unexplained};
use super::{Search, head_bytes, heads, others, rings};
use crate::endpoint::AnyReceiver;
use crate::providers::SignatureHeader;
use crate::request::Request;
use crate::secrets::Secrets;

/// A receiver with other keys.
struct Rekeyed {
    change: AlteredRing,
    receiver: Arc<dyn AnyReceiver>,
}

impl Search<'_> {
    pub(super) fn try_signature(&mut self, proof: &SignatureHeader, keys: &SigningKeys) {
        let Some(receiver) = self.receiver(Secrets::of_keys(keys.clone())) else {
            self.is_partial = true;
            return;
        };
        let verdict = self.bench.judge(&*receiver, self.request, keys.len());
        if verdict.fits() {
            return;
        }
        let before = self.findings.len();
        let well_formed = self.try_heads(proof, &*receiver, keys);
        let rekeyed = self.rekeyed(keys);
        let mut seen = Seen::default();
        seen.is_new(self.request.body());
        let original = self.request;
        // What is refused for its form is refused with any key and any body.
        if self.findings.len() == before && verdict == Verdict::Mismatch {
            self.try_bodies(&bodies::usual(), original, &*receiver, keys, &mut seen);
            if self.findings.len() == before {
                self.try_keys(&rekeyed);
            }
            if self.findings.len() == before {
                let further = bodies::further(proof.compresses);
                self.try_bodies(&further, original, &*receiver, keys, &mut seen);
            }
            if self.findings.len() == before {
                self.try_lost_millis(proof, &*receiver, keys);
            }
        }
        if self.findings.len() == before {
            let is_formed = verdict == Verdict::Mismatch;
            self.try_pairs(proof, &well_formed, &rekeyed, &*receiver, keys, is_formed);
            if self.findings.len() > before {
                return;
            }
            match is_formed || !well_formed.is_empty() {
                true => self.give_up(Means::Signature, &Verdict::Mismatch, Unexplained::Signature),
                false => self.give_up(Means::Signature, &verdict, Unexplained::Form),
            }
        }
    }

    /// Tries other headers, and returns those that are well-formed.
    fn try_heads(
        &mut self,
        proof: &SignatureHeader,
        receiver: &dyn AnyReceiver,
        keys: &SigningKeys,
    ) -> Vec<Altered> {
        let mut seen = Seen::default();
        seen.is_new(&head_bytes(self.request));
        let mut well_formed = Vec::new();
        for altered in heads::altered(proof, self.request) {
            if !seen.is_new(&head_bytes(&altered.request)) {
                continue;
            }
            let Altered { change, request } = &altered;
            match self.try_one(receiver, request, keys, || change.finding()) {
                Verdict::Mismatch => well_formed.push(altered),
                // One reason is enough, and it goes before those made of it.
                verdict if verdict.fits() => break,
                _ => {}
            }
        }
        well_formed
    }

    fn rekeyed(&self, keys: &SigningKeys) -> Vec<Rekeyed> {
        let mut changes = others::rings(self.others);
        changes.extend(rings::altered(keys));
        let rekeyed = changes.into_iter().filter_map(|change| {
            let receiver = self.receiver(Secrets::of_keys(change.ring.clone()))?;
            Some(Rekeyed { change, receiver })
        });
        rekeyed.collect()
    }

    fn try_keys(&mut self, all: &[Rekeyed]) {
        for Rekeyed { change, receiver } in all {
            let finding = || change.change.finding();
            self.try_one(&**receiver, self.request, &change.ring, finding);
        }
    }

    fn try_bodies(
        &mut self,
        changes: &[BodyChange],
        request: &Request,
        receiver: &dyn AnyReceiver,
        keys: &SigningKeys,
        seen: &mut Seen,
    ) {
        for body in changes {
            let Some(altered) = self.with_body(body, request, seen) else {
                continue;
            };
            let finding = || body.change.finding();
            if self.try_one(receiver, &altered, keys, finding).fits() {
                return;
            }
        }
    }

    /// Alters the body, if that gives one that was not tried.
    fn with_body(
        &mut self,
        change: &BodyChange,
        request: &Request,
        seen: &mut Seen,
    ) -> Option<Request> {
        let work = (request.body().len() as u64).saturating_add(change.extra_work);
        if !self.bench.may_work(work) {
            return None;
        }
        let body = change.of(request.body(), self.bench.most_body())?;
        let is_new = self.bench.may_work(body.len() as u64) && seen.is_new(&body);
        is_new.then(|| {
            let request = request.clone().without_header("content-length");
            request.with_body(body)
        })
    }

    /// Tries two alterations at a time.
    fn try_pairs(
        &mut self,
        proof: &SignatureHeader,
        well_formed: &[Altered],
        rekeyed: &[Rekeyed],
        receiver: &dyn AnyReceiver,
        keys: &SigningKeys,
        is_formed: bool,
    ) {
        for Rekeyed { change, receiver } in rekeyed {
            for head in well_formed {
                let finding = || head.change.finding_with(&change.change);
                self.try_one(&**receiver, &head.request, &change.ring, finding);
            }
        }
        let before = self.findings.len();
        let usual = bodies::usual();
        for head in well_formed {
            // Those that moved bytes have another body already.
            if !head.request.body().eq(self.request.body()) {
                continue;
            }
            let mut seen = Seen::default();
            for body in &usual {
                let Some(altered) = self.with_body(body, &head.request, &mut seen) else {
                    continue;
                };
                let finding = || head.change.finding_with(&body.change);
                self.try_one(receiver, &altered, keys, finding);
            }
        }
        if !is_formed || self.findings.len() > before {
            return;
        }
        let mut seen = Seen::default();
        for body in &bodies::for_pairs(proof.compresses) {
            let Some(altered) = self.with_body(body, self.request, &mut seen) else {
                continue;
            };
            for Rekeyed { change, receiver } in rekeyed {
                let finding = || change.change.finding_with(&body.change);
                if self
                    .try_one(&**receiver, &altered, &change.ring, finding)
                    .fits()
                {
                    return;
                }
            }
        }
    }
}
