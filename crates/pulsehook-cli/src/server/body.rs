//! A request's body on its way in: it has its time, and its share of the memory.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use pulsehook_axum::BodyFailure;
use tokio::time::{Instant, Sleep, sleep_until};

use super::load::Share;
use super::recording::Recorder;

/// A body that must be there as a whole at a certain time, and for which there must be room.
pub(super) struct LimitedBody {
    /// `None` once it has ended.
    body: Option<Incoming>,
    deadline: Pin<Box<Sleep>>,
    share: Arc<Share>,
    /// Whether there was no room for a frame: the rest is of no use.
    refused: bool,
    /// Keeps what passes, if someone looks at requests.
    recorder: Option<Recorder>,
}

impl LimitedBody {
    pub(super) fn new(
        body: Incoming,
        deadline: Instant,
        share: Arc<Share>,
        recorder: Option<Recorder>,
    ) -> Self {
        Self {
            body: Some(body),
            deadline: Box::pin(sleep_until(deadline)),
            share,
            refused: false,
            recorder,
        }
    }

    /// Returns the body while it is of use.
    fn wanted(&self) -> Option<&Incoming> {
        self.body.as_ref().filter(|_| !self.refused)
    }
}

impl http_body::Body for LimitedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.refused {
            return Poll::Ready(None);
        }
        // The deadline comes first: a body that trickles in always has something ready.
        if self.body.is_some() && self.deadline.as_mut().poll(context).is_ready() {
            self.body = None;
            return Poll::Ready(Some(Err(BodyFailure::Timeout.into())));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(body).poll_frame(context);
        if let Some(recorder) = &mut self.recorder {
            match &frame {
                Poll::Ready(Some(Ok(frame))) => record(recorder, frame),
                Poll::Ready(None) => recorder.complete(),
                _ => {}
            }
        }
        match &frame {
            Poll::Ready(None | Some(Err(_))) => self.body = None,
            Poll::Ready(Some(Ok(frame))) if !self.share.take(length(frame)) => {
                self.refused = true;
                return Poll::Ready(Some(Err(BodyFailure::NoRoom.into())));
            }
            _ => {}
        }
        frame.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.wanted().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.wanted()
            .map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

/// How long, and how far, a refused body is read on. A caller who is cut off while it still sends
/// sees a broken connection and not our answer.
const LINGER_TIME: Duration = Duration::from_secs(5);
const LINGER_BYTES: usize = 32 * 1024 * 1024;

impl Drop for LimitedBody {
    fn drop(&mut self) {
        let Some(body) = self.body.take() else {
            return;
        };
        let mut recorder = self.recorder.take();
        if body.is_end_stream() {
            if let Some(recorder) = &mut recorder {
                recorder.complete();
            }
            return;
        }
        let until = self.deadline.deadline().min(Instant::now() + LINGER_TIME);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout_at(until, discard(body, recorder)));
        }
    }
}

async fn discard(mut body: Incoming, mut recorder: Option<Recorder>) {
    let mut left = LINGER_BYTES;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return;
        };
        if let Some(recorder) = &mut recorder {
            record(recorder, &frame);
        }
        match left.checked_sub(length(&frame)) {
            Some(less) => left = less,
            None => return,
        }
    }
    if let Some(recorder) = &mut recorder {
        recorder.complete();
    }
}

fn record(recorder: &mut Recorder, frame: &Frame<Bytes>) {
    if let Some(bytes) = frame.data_ref() {
        recorder.push(bytes);
    }
}

fn length(frame: &Frame<Bytes>) -> usize {
    frame.data_ref().map_or(0, Bytes::len)
}
