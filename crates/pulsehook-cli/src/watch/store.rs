//! The requests that can be watched: in memory alone, and not many.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::jiff::Timestamp;
use tokio::sync::{OnceCell, watch};

use super::mask::Masks;
use crate::config::EndpointConfig;
use crate::diagnose::Diagnosis;
use crate::request::Request;
use crate::serve::trace::{Answered, Verdict};
use crate::server::{Recorded, Recorders, Recording};

/// The most requests that are kept.
pub(crate) const MOST_ENTRIES: usize = 200;
/// The most bytes of requests that are kept, and of those that are still arriving: 64 MiB in all.
const MOST_BYTES: usize = 48 * MIB;
const MOST_ARRIVING: usize = 16 * MIB;
/// The most of a body that is kept of any request, and of one that was verified.
pub(crate) const MOST_OF_BODY: usize = MIB;
const MOST_OF_VERIFIED: usize = 8 * MIB;
const MIB: usize = 1 << 20;

/// A request that was answered.
pub(crate) struct Entry {
    pub(super) number: u64,
    pub(super) at: Timestamp,
    pub(super) took: Duration,
    pub(super) status: u16,
    pub(super) endpoint: Option<Arc<EndpointConfig>>,
    pub(super) verdict: Verdict,
    /// Method, target and headers, with all secrets.
    pub(super) head: Request,
    pub(super) peer: Option<SocketAddr>,
    pub(super) resent_from: Option<u64>,
    body: Body,
    /// What would have made it pass, once someone asked.
    pub(super) diagnosis: OnceCell<Diagnosis>,
}

enum Body {
    /// As it was verified.
    Verified(Bytes),
    /// As it came.
    Recorded(Arc<Recording>),
}

impl Entry {
    /// Returns the body as far as it is kept.
    pub(super) fn body(&self) -> Recorded {
        match &self.body {
            Body::Verified(bytes) => Recorded {
                received: bytes.len() as u64,
                bytes: bytes.clone(),
                whole: true,
                ended: true,
            },
            Body::Recorded(recording) => recording.recorded(),
        }
    }

    /// Returns how many bytes the body has: while it arrives, how many are announced.
    pub(super) fn size(&self) -> u64 {
        let recording = match &self.body {
            Body::Verified(bytes) => return bytes.len() as u64,
            Body::Recorded(recording) => recording,
        };
        let announced = match recording.kept() {
            (_, true) => self.head.header_text("content-length"),
            (_, false) => None,
        };
        let announced = announced.and_then(|length| length.parse().ok());
        announced.unwrap_or_else(|| recording.received())
    }

    /// Returns the request as it came, if its whole body is kept.
    pub(super) fn whole_request(&self) -> Option<Request> {
        let body = self.body();
        body.whole.then(|| self.head.clone().with_body(body.bytes))
    }

    /// Returns the label of the endpoint; empty without one.
    pub(super) fn label(&self) -> &str {
        let endpoint = self.endpoint.as_deref();
        endpoint.map_or("", |endpoint| endpoint.label.as_str())
    }

    /// Returns the provider's name; empty without an endpoint.
    pub(super) fn provider(&self) -> &'static str {
        let endpoint = self.endpoint.as_deref();
        endpoint.map_or("", |endpoint| endpoint.provider)
    }

    /// Returns what it counts for in memory; a body that still arrives counts as if it were large.
    fn weight(&self) -> usize {
        const REST: usize = 1024;
        let head = self.head.headers();
        let head: usize = head
            .map(|(name, value)| name.len() + value.len() + 64)
            .sum();
        let types: usize = self.verdict.types.iter().map(String::len).sum();
        let body = match &self.body {
            Body::Verified(bytes) => bytes.len(),
            Body::Recorded(recording) => match recording.kept() {
                (_, true) => MOST_OF_BODY,
                (kept, false) => kept,
            },
        };
        let id = self.verdict.dedup_key.as_ref();
        let id = id.map_or(0, |id| id.value().len());
        REST + head + self.head.target().len() + types + id + body
    }
}

/// The latest requests.
pub(crate) struct Store {
    state: Mutex<State>,
    watchers: Arc<AtomicUsize>,
    pub(super) masks: Masks,
}

struct State {
    /// The oldest first, each with what it weighs.
    entries: VecDeque<(Arc<Entry>, usize)>,
    weight: usize,
    last: u64,
    /// Tells the number of the latest; `None` at the end.
    news: Option<watch::Sender<u64>>,
}

impl Store {
    /// Starts empty; the secrets of the endpoints are what is masked.
    pub(crate) fn new(endpoints: Vec<Arc<EndpointConfig>>) -> Self {
        Self {
            state: Mutex::new(State {
                entries: VecDeque::new(),
                weight: 0,
                last: 0,
                news: Some(watch::Sender::new(0)),
            }),
            watchers: Arc::default(),
            masks: Masks::new(endpoints),
        }
    }

    /// Returns what keeps bodies for the store while they arrive.
    pub(crate) fn recorders() -> Recorders {
        Recorders::new(MOST_OF_BODY, MOST_ARRIVING)
    }

    /// Adds a request, and returns its number. It never waits for those who watch.
    pub(crate) fn add(&self, answered: Answered) -> u64 {
        let Answered {
            at,
            took,
            status,
            endpoint,
            mut verdict,
            head,
            peer,
            recording,
            resent_from,
        } = answered;
        let raw = verdict.raw.take();
        let body = match raw.filter(|raw| raw.len() <= MOST_OF_VERIFIED) {
            // A small one may be part of a large buffer, which it would keep.
            Some(raw) if raw.len() <= MOST_OF_BODY => Body::Verified(Bytes::copy_from_slice(&raw)),
            Some(raw) => Body::Verified(raw),
            None => Body::Recorded(recording.unwrap_or_default()),
        };
        let mut state = self.state();
        state.last += 1;
        let entry = Entry {
            number: state.last,
            at,
            took,
            status,
            endpoint,
            verdict,
            head: head.unwrap_or_else(|| Request::new("", "")),
            peer,
            resent_from,
            body,
            diagnosis: OnceCell::new(),
        };
        let weight = entry.weight();
        state.weight += weight;
        state.entries.push_back((Arc::new(entry), weight));
        while state.entries.len() > MOST_ENTRIES || state.weight > MOST_BYTES {
            let Some((_, weight)) = state.entries.pop_front() else {
                break;
            };
            state.weight -= weight;
        }
        let last = state.last;
        if let Some(news) = &state.news {
            news.send_replace(last);
        }
        last
    }

    /// Finds a request by its number.
    pub(super) fn get(&self, number: u64) -> Option<Arc<Entry>> {
        let state = self.state();
        let mut entries = state.entries.iter();
        let found = entries.find(|(entry, _)| entry.number == number);
        found.map(|(entry, _)| Arc::clone(entry))
    }

    /// Returns those with a higher number, the oldest first.
    pub(super) fn after(&self, number: u64) -> Vec<Arc<Entry>> {
        let state = self.state();
        let entries = state.entries.iter().map(|(entry, _)| entry);
        entries
            .filter(|entry| entry.number > number)
            .cloned()
            .collect()
    }

    /// Learns of new requests, until the end.
    pub(super) fn news(&self) -> Option<watch::Receiver<u64>> {
        self.state().news.as_ref().map(watch::Sender::subscribe)
    }

    /// Tells those who watch that nothing more will come.
    pub(crate) fn end(&self) {
        self.state().news = None;
    }

    /// Counts one who watches until the guard is dropped; `None` when there are too many.
    pub(super) fn enter(&self) -> Option<Watcher> {
        let watcher = Watcher(Arc::clone(&self.watchers));
        let others = self.watchers.fetch_add(1, Ordering::Relaxed);
        (others < MOST_WATCHERS).then_some(watcher)
    }

    /// Returns how many watch.
    pub(crate) fn watchers(&self) -> usize {
        self.watchers.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The most that watch at a time.
const MOST_WATCHERS: usize = 16;

/// One who watches.
pub(super) struct Watcher(Arc<AtomicUsize>);

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::trace::Outcome;

    fn answered(raw: usize) -> Answered {
        Answered {
            at: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            status: 200,
            endpoint: None,
            verdict: Verdict {
                outcome: Outcome::Delivered,
                rule: None,
                reason: None,
                advice: None,
                dedup_key: None,
                key_ids: Vec::new(),
                is_diagnosable: false,
                types: Vec::new(),
                raw: Some(Bytes::from(vec![0; raw])),
            },
            head: None,
            peer: None,
            recording: None,
            resent_from: None,
        }
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_bytes() {
        let store = Store::new(Vec::new());
        for _ in 0..10 {
            store.add(answered(MOST_OF_VERIFIED));
        }
        let numbers: Vec<_> = store.after(0).iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [6, 7, 8, 9, 10]);
        assert!(store.get(5).is_none());
        assert_eq!(store.get(6).unwrap().size(), MOST_OF_VERIFIED as u64);
    }

    #[test]
    fn a_larger_body_is_kept_as_far_as_it_was_recorded() {
        let store = Store::new(Vec::new());
        let recording = Arc::new(Recording::of(b"the beginning"));
        let number = store.add(Answered {
            recording: Some(recording),
            ..answered(MOST_OF_VERIFIED + 1)
        });
        assert_eq!(store.get(number).unwrap().body().bytes, "the beginning");
    }

    #[test]
    fn there_is_no_room_for_more_than_some_watchers() {
        let store = Store::new(Vec::new());
        let mut watchers: Vec<_> = (0..MOST_WATCHERS).map(|_| store.enter().unwrap()).collect();
        assert!(store.enter().is_none());
        assert_eq!(store.watchers(), MOST_WATCHERS);
        watchers.pop();
        assert!(store.enter().is_some());
    }
}
