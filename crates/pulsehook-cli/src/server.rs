//! The HTTP server: connections, time-outs, and an orderly end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::config::{Limits, Timeouts};

mod body;
mod io;
mod load;
mod recording;

use self::body::LimitedBody;
use self::io::LimitedWrites;
use self::load::Load;
pub(crate) use self::recording::{Recorded, Recorders, Recording};

/// The most connections at a time; further ones wait in the system's queue.
const MOST_CONNECTIONS: usize = 1024;

/// What a server is told beside where it listens and what it serves.
#[derive(Clone, Debug)]
pub(crate) struct Serving {
    pub(crate) limits: Limits,
    /// The most connections at a time.
    pub(crate) connections: usize,
    /// Keeps bodies; each request then has its [`Recording`] among the extensions.
    pub(crate) recorders: Option<Recorders>,
}

impl From<Limits> for Serving {
    fn from(limits: Limits) -> Self {
        Self {
            limits,
            connections: MOST_CONNECTIONS,
            recorders: None,
        }
    }
}

/// How the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All requests that had arrived were answered.
    Drained,
    /// Some were not answered in time.
    CutOff,
}

/// A server that takes no further connection.
pub(crate) struct Stopped {
    graceful: GracefulShutdown,
    load: Load,
    shutdown: Duration,
}

impl Stopped {
    /// Lets the requests in flight finish, as long as they may take.
    pub(crate) async fn drain(self) -> Ended {
        let drained = tokio::time::timeout(self.shutdown, self.graceful.shutdown()).await;
        // What is left may be connections on which no request, or but a part of its head, came.
        match drained {
            Err(_) if self.load.requests() > 0 => Ended::CutOff,
            _ => Ended::Drained,
        }
    }
}

/// Serves until `stop` is ready.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    serving: impl Into<Serving>,
    stop: impl Future<Output = ()>,
) -> Stopped {
    let Serving {
        limits: Limits {
            timeouts,
            body_memory,
        },
        connections,
        recorders,
    } = serving.into();
    let load = Load::new(body_memory);
    let room = Arc::new(Semaphore::new(connections));
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
        let (router, load, recorders) = (router.clone(), load.clone(), recorders.clone());
        tokio::spawn(async move {
            let connection = connection(stream, peer, router, load, recorders, timeouts);
            // What breaks a connection is its caller's business; a refusal was reported.
            let _ = watcher.watch(connection).await;
            drop(permit);
        });
    }
    Stopped {
        graceful,
        load,
        shutdown: timeouts.shutdown,
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

fn is_of_connection(error: &std::io::Error) -> bool {
    use std::io;

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
    load: Load,
    recorders: Option<Recorders>,
    timeouts: Timeouts,
) -> hyper::server::conn::http1::Connection<
    TokioIo<LimitedWrites<TcpStream>>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = axum::response::Response,
        Error = Infallible,
        Future: Send,
    >,
> {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let deadline = Instant::now() + timeouts.body;
        let share = Arc::new(load.share());
        let recorder = recorders.as_ref().map(Recorders::start);
        let recording = recorder.as_ref().map(|recorder| recorder.recording());
        let limited = |body| LimitedBody::new(body, deadline, Arc::clone(&share), recorder);
        let mut request = request.map(|body| Body::new(limited(body)));
        if let Some(recording) = recording {
            request.extensions_mut().insert(recording);
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await;
            // A delivery holds its body until its line is written.
            drop(share);
            answer
        }
    });
    // The answers are small and must not wait for more.
    let _ = stream.set_nodelay(true);
    let stream = LimitedWrites::new(stream, timeouts.write);
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        // It also ends connections that are kept alive and stay idle.
        .header_read_timeout(timeouts.header)
        .serve_connection(TokioIo::new(stream), service)
}
