//! What came of the deliveries: a line for each, and the sum.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::run::{Came, Plan};
use crate::client::NoAnswer;
use crate::failure::Failure;
use crate::ui::Ui;

/// A try that was made.
pub(super) struct Sent {
    pub(super) number: u64,
    pub(super) name: &'static str,
    pub(super) is_copy: bool,
    /// From 1 on.
    pub(super) attempt: u32,
    pub(super) came: Came,
    pub(super) took: Duration,
    /// How long the next try is away.
    pub(super) next_try: Option<Duration>,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Accepted,
    Refused,
    /// An answer that says nothing of the proof, where a refusal is wanted.
    Unclear,
    Unanswered,
}

/// A try as a line of JSON.
#[derive(Serialize)]
struct Row<'a> {
    delivery: u64,
    sample: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    duplicate: bool,
    attempt: u32,
    outcome: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    latency_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_ms: Option<f64>,
}

/// The sum as a line of JSON.
#[derive(Serialize)]
struct Sum {
    deliveries: u64,
    requests: usize,
    accepted: u64,
    refused: u64,
    unanswered: u64,
    unclear: u64,
    wanted: u64,
    statuses: BTreeMap<u16, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<Latencies>,
    stopped: bool,
}

#[derive(Clone, Copy, Serialize)]
struct Latencies {
    p50: f64,
    p95: f64,
    max: f64,
}

/// Gathers what came of the deliveries.
pub(super) struct Report<'a> {
    plan: &'a Plan,
    ui: Ui,
    bar: ProgressBar,
    statuses: BTreeMap<u16, u64>,
    /// In microseconds.
    latencies: Vec<u32>,
    ended: u64,
    accepted: u64,
    refused: u64,
    unclear: u64,
    unanswered: u64,
    wanted: u64,
    /// What to do about deliveries that were not accepted.
    advice: BTreeSet<&'static str>,
    lines: u64,
    width: usize,
}

/// Up to how many deliveries each has its line.
const FEW: u64 = 60;
/// How many of more have one, which are not as wanted.
const MOST_LINES: u64 = 20;

impl<'a> Report<'a> {
    pub(super) fn new(plan: &'a Plan, ui: Ui) -> Self {
        let total = plan.total();
        let is_long = total > 10 || plan.retries.is_some() || plan.pace.rate.is_some();
        let bar = match ui.shows_progress() && is_long {
            true => ProgressBar::new(total),
            false => ProgressBar::hidden(),
        };
        let template = "{bar:30} {pos}/{len} {elapsed}";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.tick();
        let names = plan.messages.iter().map(|message| message.name.len());
        Self {
            plan,
            ui,
            bar,
            statuses: BTreeMap::new(),
            latencies: Vec::new(),
            ended: 0,
            accepted: 0,
            refused: 0,
            unclear: 0,
            unanswered: 0,
            wanted: 0,
            advice: BTreeSet::new(),
            lines: 0,
            width: names.max().unwrap_or(0),
        }
    }

    /// Takes a try, and tells of it.
    pub(super) fn add(&mut self, sent: &Sent) -> Result<(), Failure> {
        let micros = u32::try_from(sent.took.as_micros()).unwrap_or(u32::MAX);
        self.latencies.push(micros);
        if let Came::Answered { status, .. } = sent.came {
            *self.statuses.entry(status).or_default() += 1;
        }
        let verdict = self.verdict(&sent.came);
        let is_wanted = match self.plan.tamper {
            None => verdict == Verdict::Accepted,
            Some(_) => verdict == Verdict::Refused,
        };
        if sent.next_try.is_none() {
            self.ended += 1;
            self.wanted += u64::from(is_wanted);
            if !is_wanted {
                self.advice.insert(advice(&sent.came));
            }
            *match verdict {
                Verdict::Accepted => &mut self.accepted,
                Verdict::Refused => &mut self.refused,
                Verdict::Unclear => &mut self.unclear,
                Verdict::Unanswered => &mut self.unanswered,
            } += 1;
            self.bar.inc(1);
        }
        self.tell(sent, verdict, is_wanted)
    }

    fn verdict(&self, came: &Came) -> Verdict {
        match came {
            Came::Nothing(_) => Verdict::Unanswered,
            Came::Answered {
                is_success: true, ..
            } => Verdict::Accepted,
            Came::Answered { status, .. } => match (self.plan.tamper, status) {
                (Some(_), 404 | 405 | 408 | 410 | 413 | 415 | 421 | 429) => Verdict::Unclear,
                (Some(_), 400..=499) | (None, _) => Verdict::Refused,
                (Some(_), _) => Verdict::Unclear,
            },
        }
    }

    fn tell(&mut self, sent: &Sent, verdict: Verdict, is_wanted: bool) -> Result<(), Failure> {
        let (status, error) = match &sent.came {
            Came::Answered { status, .. } => (Some(*status), None),
            Came::Nothing(why) => (None, Some(why.to_string())),
        };
        let ui = self.ui;
        if ui.is_json() {
            return ui.print_json(&Row {
                delivery: sent.number + 1,
                sample: sent.name,
                duplicate: sent.is_copy,
                attempt: sent.attempt,
                outcome: verdict,
                status,
                error,
                latency_ms: millis(sent.took),
                next_try_ms: sent.next_try.map(millis),
            });
        }
        if self.plan.total() > FEW {
            if is_wanted {
                return Ok(());
            }
            self.lines += 1;
            if self.lines > MOST_LINES {
                return Ok(());
            }
        }
        let colour = if is_wanted {
            AnsiColor::Green
        } else {
            AnsiColor::Red
        };
        let style = Style::new().fg_color(Some(colour.into()));
        let status = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        let status = format!("{status:>3}");
        let mut line = format!(
            "{:<width$}  {}  {:>9}  {}",
            sent.name,
            ui.out(style, &status),
            format!("{:.1} ms", millis(sent.took)),
            self.told(sent, verdict),
            width = self.width,
        );
        if sent.is_copy {
            line.push_str(" (duplicate)");
        }
        if let Some(wait) = sent.next_try {
            let next = sent.attempt + 1;
            let tries = self.plan.retries.map_or(0, |(waits, _)| waits.len() + 1);
            line.push_str(&format!("; try {next} of {tries} in {}", span(wait)));
        } else if sent.attempt > 1 {
            line.push_str(&format!(" (try {})", sent.attempt));
        }
        line.push('\n');
        self.bar.suspend(|| ui.print(line))
    }

    /// Says what an answer means, and what to do about one that is not wanted.
    fn told(&self, sent: &Sent, verdict: Verdict) -> String {
        let status = match &sent.came {
            Came::Nothing(NoAnswer::NotConnected) => {
                return "no connection: check --to, and whether the endpoint runs".to_owned();
            }
            Came::Nothing(why) => return why.to_string(),
            Came::Answered { status, .. } => *status,
        };
        let advice = match (self.plan.tamper, verdict, status) {
            (None, Verdict::Accepted, _) => return "accepted".to_owned(),
            (Some(_), Verdict::Accepted, _) => {
                return "ACCEPTED, although it is spoilt: the endpoint did not notice".to_owned();
            }
            (Some(_), Verdict::Refused, _) => return "refused, as it must be".to_owned(),
            (_, _, 300..=399) => "a redirect, which is not followed: send to the final URL",
            (_, _, 400) => "the endpoint cannot read the message: see its log",
            (_, _, 404) => "no endpoint there: compare the URL's path",
            (_, _, 405) => "the endpoint takes other methods",
            (_, _, 401 | 403) => "not authentic: compare the secrets",
            (_, _, 413) => "too large for the endpoint",
            (_, _, 415) => "the endpoint takes another content type",
            (_, _, 429) => "too many requests: lower --rate",
            (_, _, 500..=599) => "the endpoint failed: see its log",
            (_, _, 200..=299) => {
                return format!(
                    "not success: {} counts {}",
                    self.plan.entry.title, self.plan.entry.delivering.success
                );
            }
            _ => return "refused".to_owned(),
        };
        match self.plan.tamper {
            Some(_) => format!("says nothing of the proof: {advice}"),
            None => format!("refused: {advice}"),
        }
    }

    /// Sums up.
    pub(super) fn end(mut self, stopped: bool) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let latencies = latencies(&mut self.latencies);
        let total = self.plan.total();
        if self.ui.is_json() {
            let sum = Sum {
                deliveries: self.ended,
                requests: self.latencies.len(),
                accepted: self.accepted,
                refused: self.refused,
                unanswered: self.unanswered,
                unclear: self.unclear,
                wanted: self.wanted,
                statuses: std::mem::take(&mut self.statuses),
                latency_ms: latencies,
                stopped,
            };
            self.ui.print_json(&serde_json::json!({ "summary": sum }))?;
        } else {
            self.ui.print(self.summary(latencies))?;
        }
        let ended = self.ended;
        if stopped {
            return Err(Failure::runtime(format_args!(
                "stopped by a signal: {ended} of {total} deliveries were made"
            )));
        }
        match (total - self.wanted.min(total), self.plan.tamper) {
            (0, _) => Ok(()),
            (unwanted, None) => Err(Failure::runtime(format_args!(
                "not accepted: {unwanted} of {total}; {}",
                self.advice.iter().copied().collect::<Vec<_>>().join("; ")
            ))),
            (_, Some(kind)) if self.accepted > 0 => Err(Failure::runtime(format_args!(
                "accepted: {} of {total} that are spoilt; the endpoint does not notice \
                 --tamper {}, or answers success to what it drops",
                self.accepted,
                kind.name()
            ))),
            (unwanted, Some(_)) => Err(Failure::runtime(format_args!(
                "not refused for their proof: {unwanted} of {total} that are spoilt; what came \
                 back says nothing of it"
            ))),
        }
    }

    fn summary(&self, latencies: Option<Latencies>) -> String {
        let hidden = self.lines.saturating_sub(MOST_LINES);
        let mut text = match hidden {
            0 => String::new(),
            more => format!("… and {more} more that are not as wanted\n"),
        };
        let requests = self.latencies.len();
        let tries = match requests as u64 == self.ended {
            true => String::new(),
            false => format!(" ({requests} requests)"),
        };
        let what = if self.ended == 1 {
            "delivery"
        } else {
            "deliveries"
        };
        text.push_str(&format!(
            "{} {what}{tries}: {} accepted, {} refused, {} unanswered",
            self.ended, self.accepted, self.refused, self.unanswered
        ));
        if self.unclear > 0 {
            text.push_str(&format!(", {} unclear", self.unclear));
        }
        let statuses = self.statuses.iter();
        let statuses: Vec<_> = statuses
            .map(|(status, count)| format!("{status}: {count}"))
            .collect();
        if !statuses.is_empty() {
            text.push_str(&format!("; status {}", statuses.join(", ")));
        }
        if let Some(Latencies { p50, p95, max }) = latencies {
            text.push_str(&format!(
                "\nlatency: p50 {p50:.1} ms, p95 {p95:.1} ms, max {max:.1} ms"
            ));
        }
        text.push('\n');
        text
    }
}

/// Says what to do about a delivery that was not accepted.
fn advice(came: &Came) -> &'static str {
    let status = match came {
        Came::Nothing(NoAnswer::NotConnected) => {
            return "start the endpoint, or correct host and port of its URL";
        }
        Came::Nothing(NoAnswer::TimedOut) => {
            return "the provider waits no longer: let the endpoint answer first and work then, or \
                    wait longer here with --timeout";
        }
        Came::Nothing(NoAnswer::Broken) => {
            return "look whether an HTTP server runs there, with or without TLS as the URL says, \
                    and what its log says";
        }
        Came::Nothing(NoAnswer::NotSendable) => return "correct the URL",
        Came::Answered { status, .. } => *status,
    };
    match status {
        200..=299 => "answer as the provider expects it",
        300..=399 => "name the final URL with --to",
        400 | 401 | 403 | 422 => {
            "what the endpoint writes says why, and `pulsehook verify` explains a request that it \
             refused"
        }
        404 => "correct the path of the URL",
        405 | 415 => "correct the URL, or what the endpoint takes",
        408 | 500.. => "the log of the endpoint says what failed there",
        413 => "raise the limit of the endpoint, or of a proxy before it",
        429 => "send more slowly, with --rate",
        _ => "what the endpoint writes says why",
    }
}

/// Returns a time in milliseconds, with three digits after the point.
fn millis(time: Duration) -> f64 {
    // Exact up to 285 years.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a request takes an hour at most"
    )]
    let micros = time.as_micros() as f64;
    micros / 1000.0
}

fn span(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{:.0} ms", millis(time)),
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns the usual marks; each is the time of a request that was made.
fn latencies(micros: &mut [u32]) -> Option<Latencies> {
    micros.sort_unstable();
    let at = |percent: usize| {
        let rank = (micros.len() * percent).div_ceil(100);
        let micros = micros.get(rank.saturating_sub(1))?;
        Some(f64::from(*micros) / 1000.0)
    };
    Some(Latencies {
        p50: at(50)?,
        p95: at(95)?,
        max: at(100)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_of_requests_that_were_made() {
        let mut micros: Vec<u32> = (1..=100).rev().map(|n| n * 1000).collect();
        let marks = latencies(&mut micros).unwrap_or(Latencies {
            p50: 0.0,
            p95: 0.0,
            max: 0.0,
        });
        let text = format!("{} {} {}", marks.p50, marks.p95, marks.max);
        assert_eq!(text, "50 95 100");
        assert!(latencies(&mut []).is_none());
    }

    #[test]
    fn spans_are_short() {
        for (millis, text) in [
            (0, "0 ms"),
            (250, "250 ms"),
            (10_000, "10 s"),
            (600_000, "10 min"),
            (15_000_000, "4 h 10 min"),
        ] {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }
}
