//! The HTTP server: connections, time-outs, and an orderly end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use pulsehook_axum::BodyFailure;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep, sleep_until};
use tower::ServiceExt as _;

use crate::config::Timeouts;

/// The most connections at a time; further ones wait in the system's queue.
const MOST_CONNECTIONS: usize = 1024;

/// How the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All requests in flight were answered.
    Drained,
    /// Some were not answered in time.
    CutOff,
}

/// Serves until `stop` is ready, then lets the requests in flight finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    timeouts: Timeouts,
    stop: impl Future<Output = ()>,
) -> Ended {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            // The semaphore is never closed; without a permit there would be no cap, no panic.
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, accept(&listener).await)
        };
        let (permit, (stream, peer)) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let watcher = graceful.watcher();
        let router = router.clone();
        tokio::spawn(async move {
            let connection = connection(stream, peer, router, timeouts);
            // What breaks a connection is its caller's business; a refusal was reported.
            let _ = watcher.watch(connection).await;
            drop(permit);
        });
    }
    drop(listener);
    match tokio::time::timeout(timeouts.shutdown, graceful.shutdown()).await {
        Ok(()) => Ended::Drained,
        Err(_) => Ended::CutOff,
    }
}

/// Accepts a connection; a failure is either of that connection alone, or passes.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_connection(&error) => {}
            // Out of file descriptors, most likely: trying at once would only burn the processor.
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    timeouts: Timeouts,
) -> hyper::server::conn::http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = axum::response::Response,
        Error = Infallible,
        Future: Send,
    >,
> {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let deadline = Instant::now() + timeouts.body;
        let mut request = request.map(|body| Body::new(TimedBody::new(body, deadline)));
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    // The answers are small and must not wait for more.
    let _ = stream.set_nodelay(true);
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        // It also ends connections that are kept alive and stay idle.
        .header_read_timeout(timeouts.header)
        .serve_connection(TokioIo::new(stream), service)
}

/// How long, and how far, a refused body is read on. A caller who is cut off while it still sends
/// sees a broken connection and not our answer.
const LINGER_TIME: Duration = Duration::from_secs(5);
const LINGER_BYTES: usize = 32 * 1024 * 1024;

/// A body that must be there as a whole at a certain time.
struct TimedBody {
    /// `None` once it has ended.
    body: Option<Incoming>,
    deadline: Pin<Box<Sleep>>,
}

impl TimedBody {
    fn new(body: Incoming, deadline: Instant) -> Self {
        Self {
            body: Some(body),
            deadline: Box::pin(sleep_until(deadline)),
        }
    }
}

impl http_body::Body for TimedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // The deadline comes first: a body that trickles in always has something ready.
        if self.body.is_some() && self.deadline.as_mut().poll(context).is_ready() {
            self.body = None;
            return Poll::Ready(Some(Err(BodyFailure::Timeout.into())));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(body).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        frame.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for TimedBody {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) else {
            return;
        };
        let until = self.deadline.deadline().min(Instant::now() + LINGER_TIME);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout_at(until, discard(body)));
        }
    }
}

async fn discard(mut body: Incoming) {
    let mut left = LINGER_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(less) => left = less,
            None => return,
        }
    }
}
