//! The sending itself: deliveries at a pace, their tries, and what came of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::summary::{Report, Sent};
use super::target::Target;
use super::with_own_ids;
use crate::client::{Answer, Client, NoAnswer};
use crate::failure::Failure;
use crate::providers::Entry;
use crate::providers::delivering::Wait;
use crate::request::Request;
use crate::samples::chosen::Chosen;
use crate::secrets::Secrets;
use crate::sign::moment;
use crate::tamper::{Good, Kind};
use crate::ui::Ui;

/// What is to be sent.
pub(super) struct Plan {
    pub(super) entry: &'static Entry,
    pub(super) secrets: Secrets,
    pub(super) target: Target,
    pub(super) messages: Vec<Chosen>,
    /// Whether each delivery gets ids of its own, where the message has some.
    pub(super) has_own_ids: bool,
    pub(super) deliveries: u64,
    /// How often each is sent.
    pub(super) copies: u64,
    pub(super) tamper: Option<Kind>,
    /// The waits before further tries, and by what they are divided.
    pub(super) retries: Option<(&'static [Wait], f64)>,
    pub(super) timeout: Option<Duration>,
    pub(super) pace: Pace,
    pub(super) client: Client,
}

/// How fast it is sent.
pub(super) struct Pace {
    /// Deliveries a second.
    pub(super) rate: Option<f64>,
    pub(super) parallel: usize,
}

/// What came of a try.
pub(super) enum Came {
    Answered { status: u16, is_success: bool },
    Nothing(NoAnswer),
}

/// Sends everything, tells of each, and sums up.
pub(super) async fn run(plan: Plan, ui: Ui) -> Result<(), Failure> {
    let plan = Arc::new(plan);
    let next = Arc::new(AtomicU64::new(0));
    let (tell, mut told) = mpsc::channel(64);
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..plan.pace.parallel {
        let (plan, next, tell) = (Arc::clone(&plan), Arc::clone(&next), tell.clone());
        workers.spawn(async move { work(&plan, &next, start, &tell).await });
    }
    drop(tell);

    let mut report = Report::new(&plan, ui);
    let stop = tokio::signal::ctrl_c();
    tokio::pin!(stop);
    let mut stopped = false;
    loop {
        tokio::select! {
            biased;
            _ = &mut stop, if !stopped => {
                stopped = true;
                // What is on its way is given up; what has come back is still told.
                workers.abort_all();
            }
            sent = told.recv() => match sent {
                Some(sent) => report.add(&sent?)?,
                None => break,
            },
        }
    }
    report.end(stopped)
}

/// Takes one delivery after the other.
async fn work(
    plan: &Plan,
    next: &AtomicU64,
    start: Instant,
    tell: &mpsc::Sender<Result<Sent, Failure>>,
) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= plan.deliveries {
            return;
        }
        if let Err(failure) = deliver(plan, number, start, tell).await {
            // Nobody listens any more when this fails.
            let _ = tell.send(Err(failure)).await;
            return;
        }
    }
}

async fn deliver(
    plan: &Plan,
    number: u64,
    start: Instant,
    tell: &mpsc::Sender<Result<Sent, Failure>>,
) -> Result<(), Failure> {
    let count = plan.messages.len() as u64;
    let index = usize::try_from(number % count.max(1)).unwrap_or_default();
    let Some(chosen) = plan.messages.get(index) else {
        return Ok(());
    };
    let request = plan.request(chosen)?;
    for copy in 0..plan.copies {
        plan.pace.wait(start, number * plan.copies + copy).await;
        let mut tries = Tries {
            plan,
            chosen,
            request: &request,
            number,
            copy,
        };
        if !tries.run(tell).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// The tries of one delivery.
struct Tries<'a> {
    plan: &'a Plan,
    chosen: &'a Chosen,
    request: &'a Request,
    number: u64,
    copy: u64,
}

impl Tries<'_> {
    /// Tries until there is success, or no further try; false when nobody listens any more.
    async fn run(&mut self, tell: &mpsc::Sender<Result<Sent, Failure>>) -> Result<bool, Failure> {
        let plan = self.plan;
        let (waits, factor) = plan.retries.unwrap_or((&[], 1.0));
        let mut waits = waits.iter();
        for attempt in 1.. {
            let (came, took) = self.once().await;
            let wait = match came {
                Came::Answered {
                    is_success: true, ..
                } => None,
                _ => waits.next(),
            };
            let next_try = match wait {
                Some(wait) => {
                    let random = getrandom::u32().map_err(Failure::runtime)?;
                    Some(wait.time(random).div_f64(factor))
                }
                None => None,
            };
            let sent = Sent {
                number: self.number,
                name: self.chosen.name,
                is_copy: self.copy > 0,
                attempt,
                came,
                took,
                next_try,
            };
            if tell.send(Ok(sent)).await.is_err() {
                return Ok(false);
            }
            match next_try {
                Some(time) => tokio::time::sleep(time).await,
                None => break,
            }
        }
        Ok(true)
    }

    async fn once(&self) -> (Came, Duration) {
        let plan = self.plan;
        let delivering = &plan.entry.delivering;
        let message = &self.chosen.message;
        let timeout = plan
            .timeout
            .unwrap_or_else(|| (delivering.deadline)(message));
        let url = plan.target.url(self.request);
        let started = Instant::now();
        let answer = plan.client.send_within(url, self.request, timeout).await;
        let took = started.elapsed();
        let came = match answer {
            Ok(answer) => {
                let Answer { status, .. } = answer;
                Came::Answered {
                    status,
                    is_success: (delivering.is_success)(message, &answer),
                }
            }
            Err(why) => Came::Nothing(why),
        };
        (came, took)
    }
}

impl Plan {
    /// Tells whether repetitions differ in their ids.
    pub(super) fn gives_ids(&self) -> bool {
        let mut messages = self.messages.iter();
        messages.all(|chosen| {
            with_own_ids(self.entry, &chosen.message).is_ok_and(|edited| edited.is_some())
        })
    }

    /// Returns how many deliveries are sent, each copy for itself.
    pub(super) fn total(&self) -> u64 {
        self.deliveries.saturating_mul(self.copies)
    }

    /// Signs a message, and spoils it if that is wanted.
    fn request(&self, chosen: &Chosen) -> Result<Request, Failure> {
        let message = match self.has_own_ids {
            true => with_own_ids(self.entry, &chosen.message)?,
            false => None,
        };
        let message = message.unwrap_or_else(|| chosen.message.clone());
        let moment = moment(None, None)?;
        let request = (self.entry.sign)(&self.secrets, message.clone(), &moment);
        match self.tamper {
            None => Ok(request),
            Some(kind) => Good {
                entry: self.entry,
                secrets: &self.secrets,
                message: &message,
                moment: &moment,
                request: &request,
            }
            .spoilt(kind),
        }
    }
}

impl Pace {
    /// Waits for the time of a delivery.
    async fn wait(&self, start: Instant, number: u64) {
        if let Some(rate) = self.rate {
            // Exact up to 2^53 deliveries.
            #[expect(clippy::cast_precision_loss, reason = "there are a million at most")]
            let seconds = number as f64 / rate;
            let after = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
            if let Some(at) = start.checked_add(after) {
                tokio::time::sleep_until(at).await;
            }
        }
    }
}
