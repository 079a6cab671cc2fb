//! Standard error: notes for the operator, which never hold up the server.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use pulsehook_axum::jiff::Timestamp;
use serde::Serialize;

use crate::ui::Globals;

/// How many bytes of notes wait for a slow reader at most; what goes beyond is dropped.
const QUEUE: usize = 256 * 1024;

/// Says once, at the start, how notes are to be written.
pub(crate) fn configure(globals: Globals) {
    // A second call would change the form of the notes amid them.
    let _ = GLOBALS.set(globals);
}

/// Queues a line for standard error, which `--quiet` leaves out. It never waits: when nobody
/// reads, lines are dropped, and once there is room again, a line tells how many.
pub(crate) fn note(line: fmt::Arguments<'_>) {
    if !globals().quiet {
        push(Level::Info, line);
    }
}

/// Queues a line as [`note`] does: one about what is refused, weakened or wrong, which `--quiet`
/// leaves in.
pub(crate) fn warn(line: fmt::Arguments<'_>) {
    push(Level::Warning, line);
}

/// Queues lines as they are.
pub(crate) fn raw(lines: &str) {
    if *WRITER {
        NOTES.push(lines);
    } else {
        write(lines);
    }
}

/// How much a note matters.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Info,
    Warning,
}

fn push(level: Level, line: fmt::Arguments<'_>) {
    raw(&rendered(globals().json, level, &line.to_string()));
}

/// Renders a note with its line end. As JSON, the time at the start of a line is a member.
fn rendered(json: bool, level: Level, line: &str) -> String {
    #[derive(Serialize)]
    struct Note<'a> {
        level: Level,
        #[serde(skip_serializing_if = "Option::is_none")]
        time: Option<Timestamp>,
        message: &'a str,
    }

    if !json {
        return format!("{line}\n");
    }
    let timed = line
        .split_once(' ')
        .and_then(|(time, message)| Some((time.parse().ok()?, message)));
    let (time, message) = match timed {
        Some((time, message)) => (Some(time), message),
        None => (None, line),
    };
    let note = Note {
        level,
        time,
        message,
    };
    // Texts and times can be written as JSON.
    serde_json::to_string(&note).map_or_else(|_| String::new(), |note| note + "\n")
}

static GLOBALS: OnceLock<Globals> = OnceLock::new();

fn globals() -> Globals {
    GLOBALS.get().copied().unwrap_or_default()
}

/// Waits until all notes are written, but not longer than that.
pub(crate) fn flush(limit: Duration) {
    NOTES.flush(limit);
}

static NOTES: Notes = Notes::new();

/// Whether the thread that writes could be started; the first note starts it.
static WRITER: LazyLock<bool> = LazyLock::new(|| {
    let writer = std::thread::Builder::new().name("stderr".to_owned());
    writer.spawn(|| NOTES.write_for_ever()).is_ok()
});

struct Notes {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Whole lines, with their line ends.
    queued: String,
    /// How many notes came after these and found no room.
    dropped: u64,
    /// Whether lines that were taken out are still being written.
    writing: bool,
}

impl State {
    fn is_empty(&self) -> bool {
        self.queued.is_empty() && self.dropped == 0
    }
}

impl Notes {
    const fn new() -> Self {
        let state = State {
            queued: String::new(),
            dropped: 0,
            writing: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &str) {
        let mut state = self.state();
        if state.dropped > 0 || state.queued.len() + line.len() > QUEUE {
            // Once one is dropped, all are until the queue is taken: the order stays true.
            state.dropped += 1;
        } else {
            state.queued.push_str(line);
        }
        drop(state);
        self.changed.notify_all();
    }

    fn write_for_ever(&self) {
        loop {
            let mut state = self
                .changed
                .wait_while(self.state(), |state| state.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            let queued = std::mem::take(&mut state.queued);
            let dropped = std::mem::take(&mut state.dropped);
            state.writing = true;
            drop(state);

            // Line by line: others may write to the same pipe.
            queued.split_inclusive('\n').for_each(write);
            if dropped > 0 {
                write(&rendered(
                    globals().json,
                    Level::Warning,
                    &format!("{dropped} notes dropped: standard error was not read"),
                ));
            }

            self.state().writing = false;
            self.changed.notify_all();
        }
    }

    fn flush(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let mut state = self.state();
        while state.writing || !state.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = match self.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

fn write(line: &str) {
    // Nobody is left to tell when that fails.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}
