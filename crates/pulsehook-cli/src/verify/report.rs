//! What `verify` tells, to a person or a program.

use anstyle::{AnsiColor, Style};
use pulsehook_axum::{DedupKey, KeyId, ReceiveError, Reply};
use serde::Serialize;

use crate::diagnose::{Diagnosis, Finding, Proof};
use crate::endpoint::Arrived;
use crate::explain::explain;
use crate::failure::Failure;
use crate::providers::Entry;
use crate::recorded::{Form, Recorded};
use crate::ui::{Ui, plain};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// What came of it; the members of the JSON.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    valid: bool,
    /// Whether the request is the provider's, decoded or not.
    authentic: bool,
    provider: &'static str,
    endpoint: String,
    recording: Recording,
    #[serde(flatten)]
    outcome: Option<Outcome>,
}

/// How the request was recorded.
#[derive(Debug, Serialize)]
struct Recording {
    form: Form,
    body_bytes: usize,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Delivery(Delivery),
    Probe(Answer),
    Refusal(Box<Refusal>),
}

#[derive(Debug, Serialize)]
struct Delivery {
    key_ids: Vec<String>,
    /// Which key fits for what, where there are several means.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    proofs: Vec<Proof>,
    authenticity: &'static str,
    dedup_key: DedupKey,
    event_types: Vec<String>,
    answer: Answer,
}

/// What the provider is answered.
#[derive(Debug, Serialize)]
struct Answer {
    status: u16,
    body_bytes: usize,
}

#[derive(Debug, Serialize)]
struct Refusal {
    rule: &'static str,
    reason: String,
    advice: String,
    #[serde(flatten)]
    diagnosis: Diagnosis,
}

impl Report {
    pub(super) fn new(entry: &'static Entry, endpoint: &str, recorded: &Recorded) -> Self {
        Self {
            valid: false,
            authentic: false,
            provider: entry.name,
            endpoint: endpoint.to_owned(),
            recording: Recording {
                form: recorded.form,
                body_bytes: recorded.request.body().len(),
                notes: recorded.notes.clone(),
            },
            outcome: None,
        }
    }

    pub(super) fn probe(&mut self, reply: &Reply) {
        (self.valid, self.authentic) = (true, true);
        self.outcome = Some(Outcome::Probe(Answer::of(reply)));
    }

    pub(super) fn delivered(&mut self, delivery: &dyn Arrived, proofs: Vec<Proof>) {
        let authenticity = delivery.authenticity();
        self.valid = true;
        self.authentic = authenticity != pulsehook_axum::Authenticity::None;
        self.outcome = Some(Outcome::Delivery(Delivery {
            key_ids: texts(delivery.key_ids()),
            proofs,
            authenticity: authenticity.as_str(),
            dedup_key: delivery.dedup_key().clone(),
            event_types: delivery.types(),
            answer: Answer::of(delivery.ack()),
        }));
    }

    pub(super) fn refused(
        &mut self,
        error: &ReceiveError,
        diagnosis: Diagnosis,
        without_address: bool,
    ) {
        if let Some(it) = error.undecodable() {
            self.authentic = it.authenticity() != pulsehook_axum::Authenticity::None;
        }
        let reason = error.reason().to_string();
        let explained = explain(error);
        let advice = explained
            .strip_prefix(&format!("{}: {reason}; ", error.rule()))
            .unwrap_or(&explained);
        let mut advice = advice.to_owned();
        if without_address && error.rule().starts_with("address-") {
            advice.push_str("; a recording does not say where it came from: add --from IP");
        }
        self.outcome = Some(Outcome::Refusal(Box::new(Refusal {
            rule: error.rule(),
            reason,
            advice,
            diagnosis,
        })));
    }

    /// Returns the rule by which the request is not valid.
    pub(super) fn failed(&self) -> Option<&'static str> {
        match &self.outcome {
            Some(Outcome::Refusal(refusal)) => Some(refusal.rule),
            _ => None,
        }
    }

    pub(super) fn print(&self, ui: Ui) -> Result<(), Failure> {
        if ui.is_json() {
            return ui.print_json(self);
        }
        ui.print(self.text(ui))
    }

    fn text(&self, ui: Ui) -> String {
        let mut lines = Vec::new();
        match &self.outcome {
            None => {}
            Some(Outcome::Probe(answer)) => {
                let what = format!("a probe of {}, answered {}", self.provider, answer.text());
                lines.push(format!("{}: {what}", ui.out(GOOD, "valid")));
            }
            Some(Outcome::Delivery(delivery)) => {
                let what = match self.authentic {
                    true => format!("a delivery of {}", self.provider),
                    false => "accepted from anyone, without proof".to_owned(),
                };
                lines.push(format!("{}: {what}", ui.out(GOOD, "valid")));
                for (name, value) in [
                    ("fits", delivery.fits()),
                    ("authenticity", delivery.authenticity.to_owned()),
                    ("de-duplication", delivery.dedup_key.to_string()),
                    ("events", delivery.event_types.join(", ")),
                    ("answered", delivery.answer.text()),
                ] {
                    if !value.is_empty() {
                        lines.push(format!("  {name:<15} {}", plain(&value)));
                    }
                }
            }
            Some(Outcome::Refusal(refusal)) => self.refusal(refusal, ui, &mut lines),
        }
        if !ui.is_quiet() {
            lines.push(ui.out(
                DIM,
                &format!(
                    "read as {}, with a body of {} bytes",
                    self.recording.form, self.recording.body_bytes
                ),
            ));
            let notes = self.recording.notes.iter();
            lines.extend(notes.map(|note| ui.out(DIM, &format!("note: {note}"))));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn refusal(&self, refusal: &Refusal, ui: Ui, lines: &mut Vec<String>) {
        let not_valid = match self.authentic {
            true => ui.out(BAD, "NOT valid, but authentic"),
            false => ui.out(BAD, "NOT valid"),
        };
        lines.push(format!("{not_valid}: {}: {}", refusal.rule, refusal.reason));
        let Diagnosis {
            findings,
            suffices,
            also,
            hints,
            tried,
            stopped_early,
            remains,
        } = &refusal.diagnosis;
        let tell = |title: &str, findings: &[Finding], lines: &mut Vec<String>| {
            if !findings.is_empty() {
                lines.push(title.to_owned());
            }
            for Finding {
                rule,
                and,
                means,
                what,
                advice,
            } in findings
            {
                let rules = match and {
                    Some(and) => format!("{rule} and {and}"),
                    None => (*rule).to_owned(),
                };
                let means = means.map(|means| format!(" ({})", means.as_str()));
                let means = means.unwrap_or_default();
                lines.push(format!("  {}{means}: {what}", ui.out(GOOD, &rules)));
                lines.push(format!("    {advice}"));
            }
        };
        // The refusal's own advice is general, and goes where all is explained.
        if !suffices {
            lines.push(format!("  {}", refusal.advice));
        }
        let means = findings.first().and_then(|finding| finding.means);
        let is_of_one = findings.iter().all(|finding| finding.means.eq(&means));
        let title = match (suffices, is_of_one) {
            (true, true) => "It would have been valid but for this:",
            (true, false) => "It would have been valid but for this, in all its means together:",
            (false, _) => "This is wrong, and to mend it alone is not enough:",
        };
        tell(title, findings, lines);
        lines.extend(also.iter().map(|also| format!("Besides, {also}.")));
        tell("What it looks like:", hints, lines);
        if let Some(remains) = remains {
            lines.push(format!("Not explained: {remains}."));
        }
        if *stopped_early {
            lines.push(format!(
                "The search ended early, after {tried} tries: the request is large."
            ));
        }
    }
}

impl Delivery {
    /// Says which keys fit, and for what where that is not plain.
    fn fits(&self) -> String {
        if self.proofs.is_empty() {
            return self.key_ids.join(", ");
        }
        let ids = self.proofs.iter().flat_map(|proof| {
            let means = proof.means.as_str();
            let ids = proof.key_ids.iter();
            ids.map(move |id| format!("{id} ({means})"))
        });
        ids.collect::<Vec<_>>().join(", ")
    }
}

impl Answer {
    fn of(reply: &Reply) -> Self {
        Self {
            status: reply.status(),
            body_bytes: reply.body().len(),
        }
    }

    fn text(&self) -> String {
        match self.body_bytes {
            0 => format!("{} without a body", self.status),
            bytes => format!("{} with a body of {bytes} bytes", self.status),
        }
    }
}

fn texts(ids: Vec<&KeyId>) -> Vec<String> {
    ids.into_iter().map(ToString::to_string).collect()
}
