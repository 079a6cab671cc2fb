//! What is logged, at every level, by the thread of a test.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing::Level;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

thread_local! {
    static CAPTURED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Begins to keep what this thread logs, by `tracing` and by `log`.
///
/// The subscriber serves the whole process, since what one is interested in is cached for all
/// threads; for the others it keeps nothing.
pub(crate) fn begin() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let wanted = dynamic_filter_fn(|_, _| CAPTURED.with_borrow(Option::is_some));
        let lines = layer().with_ansi(false).with_writer(|| Capture);
        registry().with(lines.with_filter(wanted)).init();
    });
    CAPTURED.set(Some(Vec::new()));
}

/// Returns what this thread logged since it began to keep it, and begins anew.
pub(crate) fn take() -> Vec<Line> {
    let captured = CAPTURED.replace(Some(Vec::new())).expect("begun");
    let text = String::from_utf8(captured).expect("text");
    text.lines().map(|line| Line(line.to_owned())).collect()
}

/// A line of the log: time, level, target and message.
#[derive(Debug)]
pub(crate) struct Line(String);

impl Line {
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.0.contains(text)
    }

    pub(crate) fn is(&self, level: Level) -> bool {
        self.0.split_whitespace().nth(1) == Some(level.as_str())
    }
}

struct Capture;

impl io::Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with_borrow_mut(|captured| {
            if let Some(captured) = captured {
                captured.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
