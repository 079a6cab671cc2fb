//! Standard output for deliveries, standard error for everything else.

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, mpsc, oneshot};

mod notes;

pub(crate) use self::notes::{configure, flush, note, raw, warn};

/// Writes lines to standard output from a thread of its own, so that a reader who is slow does
/// not hold up the server.
#[derive(Clone)]
pub(crate) struct Lines {
    queue: mpsc::Sender<Line>,
    failure: Arc<Failure>,
}

struct Line {
    bytes: Vec<u8>,
    written: oneshot::Sender<bool>,
}

#[derive(Default)]
struct Failure {
    error: Mutex<Option<io::Error>>,
    happened: Notify,
}

/// How many lines wait for the reader at most; further requests wait to be queued.
const QUEUE: usize = 64;

impl Lines {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<Self> {
        let (queue, mut lines) = mpsc::channel::<Line>(QUEUE);
        let failure = Arc::new(Failure::default());
        let lines_failure = Arc::clone(&failure);
        std::thread::Builder::new()
            .name("stdout".to_owned())
            .spawn(move || {
                let mut broken = false;
                while let Some(line) = lines.blocking_recv() {
                    if !broken && let Err(error) = write(&line.bytes) {
                        broken = true;
                        lines_failure.set(error);
                    }
                    // The request may have been given up meanwhile.
                    let _ = line.written.send(!broken);
                }
            })?;
        Ok(Self { queue, failure })
    }

    /// Writes one line, and tells whether it was written and flushed.
    pub(crate) async fn write(&self, bytes: Vec<u8>) -> bool {
        let (written, answer) = oneshot::channel();
        let line = Line { bytes, written };
        self.queue.send(line).await.is_ok() && answer.await.unwrap_or(false)
    }

    /// Waits until a line could not be written.
    pub(crate) async fn failed(&self) {
        self.failure.happened.notified().await;
    }

    /// Returns why a line could not be written.
    pub(crate) fn error(&self) -> Option<io::Error> {
        self.failure.slot().take()
    }
}

impl Failure {
    fn set(&self, error: io::Error) {
        *self.slot() = Some(error);
        self.happened.notify_one();
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<io::Error>> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(line: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(line)?;
    stdout.flush()
}
