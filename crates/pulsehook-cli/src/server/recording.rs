//! What came of a request's body, kept while it passes by, for those who look at requests later.
//!
//! It is kept as it comes, before anything is verified; nothing here decodes it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;

/// Starts recordings, and bounds what all that are not ended hold.
#[derive(Clone, Debug)]
pub(crate) struct Recorders {
    most: usize,
    /// How many bytes recordings that are not ended may still take.
    left: Arc<AtomicUsize>,
}

impl Recorders {
    /// Keeps so many bytes of each body, and so many in all while bodies arrive.
    pub(crate) fn new(most: usize, in_all: usize) -> Self {
        Self {
            most,
            left: Arc::new(AtomicUsize::new(in_all)),
        }
    }

    pub(super) fn start(&self) -> Recorder {
        Recorder {
            recording: Arc::default(),
            limits: self.clone(),
            taken: 0,
        }
    }
}

/// One body, as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Recording(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    received: u64,
    bytes: Vec<u8>,
    cut: bool,
    whole: bool,
    ended: bool,
}

/// What a recording holds at a time.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// How many bytes arrived.
    pub(crate) received: u64,
    /// The beginning of them.
    pub(crate) bytes: Bytes,
    /// Whether these are all bytes of the body.
    pub(crate) whole: bool,
    /// Whether nothing more will come.
    pub(crate) ended: bool,
}

impl Recording {
    /// Makes the recording of a body that is at hand.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Mutex::new(State {
            received: bytes.len() as u64,
            bytes: bytes.to_vec(),
            cut: false,
            whole: true,
            ended: true,
        }))
    }

    /// Returns how many bytes arrived.
    pub(crate) fn received(&self) -> u64 {
        self.state().received
    }

    /// Returns how many bytes are kept, and whether there may be more of them.
    pub(crate) fn kept(&self) -> (usize, bool) {
        let state = self.state();
        (state.bytes.len(), !state.ended)
    }

    /// Copies what is there.
    pub(crate) fn recorded(&self) -> Recorded {
        let state = self.state();
        Recorded {
            received: state.received,
            bytes: Bytes::copy_from_slice(&state.bytes),
            whole: state.whole && !state.cut,
            ended: state.ended,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records one body; the recording ends when this is dropped.
pub(super) struct Recorder {
    recording: Arc<Recording>,
    limits: Recorders,
    taken: usize,
}

impl Recorder {
    pub(super) fn recording(&self) -> Arc<Recording> {
        Arc::clone(&self.recording)
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, frame: &[u8]) {
        let mut state = self.recording.state();
        state.received = state.received.saturating_add(frame.len() as u64);
        if state.cut {
            return;
        }
        let room = self.limits.most.saturating_sub(state.bytes.len());
        let wanted = frame.get(..room).unwrap_or(frame);
        let there_is_room = self
            .limits
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(wanted.len())
            })
            .is_ok();
        if !there_is_room {
            state.cut = true;
            return;
        }
        self.taken += wanted.len();
        state.bytes.extend_from_slice(wanted);
        state.cut = wanted.len() < frame.len();
    }

    /// Notes that the body ended as it should.
    pub(super) fn complete(&mut self) {
        self.recording.state().whole = true;
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let mut state = self.recording.state();
        state.ended = true;
        state.bytes.shrink_to_fit();
        drop(state);
        self.limits.left.fetch_add(self.taken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(limits: &Recorders, frames: &[&[u8]]) -> Recorder {
        let mut recorder = limits.start();
        for frame in frames {
            recorder.push(frame);
        }
        recorder
    }

    #[test]
    fn each_body_is_cut_at_its_limit_and_counted_to_its_end() {
        let limits = Recorders::new(4, 100);
        for (frames, kept, whole) in [
            (&[&b"ab"[..], b"cd"][..], &b"abcd"[..], true),
            (&[b"ab", b"cde", b"f"], b"abcd", false),
            (&[b"abcde"], b"abcd", false),
            (&[], b"", true),
        ] {
            let mut recorder = record(&limits, frames);
            recorder.complete();
            let recording = recorder.recording();
            assert!(!recording.recorded().ended);
            drop(recorder);
            let recorded = recording.recorded();
            let sent: usize = frames.iter().map(|frame| frame.len()).sum();
            assert_eq!(recorded.received, sent as u64);
            assert_eq!(recorded.bytes, kept);
            assert_eq!((recorded.whole, recorded.ended), (whole, true));
        }
    }

    #[test]
    fn all_that_arrive_share_a_limit_and_give_back_what_they_took() {
        let limits = Recorders::new(10, 10);
        let first = record(&limits, &[b"abcdef"]);
        let second = record(&limits, &[b"ghijk"]);
        assert_eq!(second.recording().recorded().bytes, "");
        assert_eq!(second.recording().received(), 5);
        drop(first);
        let third = record(&limits, &[b"ghijk"]);
        assert_eq!(third.recording().recorded().bytes, "ghijk");
    }

    #[test]
    fn a_body_that_breaks_off_is_not_whole() {
        let limits = Recorders::new(10, 10);
        let recording = record(&limits, &[b"abc"]).recording();
        let recorded = recording.recorded();
        assert_eq!((recorded.whole, recorded.ended), (false, true));
    }
}
