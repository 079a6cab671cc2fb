//! The same adapters without sockets, on the thread of the test: for what is counted on it, and
//! for bodies that no client can send.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Debug;

use bytes::Bytes;
use futures_util::stream;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, StreamBody};
use pulsehook_core::BodyFailure;
use tokio::runtime::Runtime;
use tower::{Service, ServiceExt as _};

use crate::adapters::Seen;
use crate::client::{Answer, Framing, OUR_HEADERS, Request as WireRequest};

/// Answers requests on the thread that calls it.
pub(crate) trait InProcess {
    fn name(&self) -> &'static str;

    /// Answers a request whose body is made as it is asked for.
    fn call(&self, head: Parts, frames: Frames) -> Called;

    fn seen(&self) -> &Seen;

    /// Answers a request whose body is at hand, in the frames that its framing says.
    fn send(&self, request: &WireRequest) -> Called {
        let body = Bytes::from(request.body.clone());
        let size = match request.framing {
            Framing::Chunked(size) => size,
            _ => body.len().max(1),
        };
        let places = (0..body.len()).step_by(size);
        let frames = places.map(move |start| {
            let end = body.len().min(start + size);
            Ok(body.slice(start..end))
        });
        self.call(head_of(request), Box::new(frames))
    }
}

/// Makes the head of a request as it stands on the wire.
pub(crate) fn head_of(request: &WireRequest) -> Parts {
    let mut builder = Request::builder()
        .method(request.method)
        .uri(&request.target);
    for (name, value) in &request.headers {
        builder = builder.header(name, HeaderValue::from_bytes(value).expect("a value"));
    }
    match request.framing {
        Framing::Length => builder = builder.header("content-length", request.body.len()),
        Framing::Declared(length) => builder = builder.header("content-length", length),
        Framing::Chunked(_) => builder = builder.header("transfer-encoding", "chunked"),
        other => panic!("{other:?} is of sockets"),
    }
    builder.body(()).expect("a request").into_parts().0
}

/// The frames of a body, and the error that it may end with.
pub(crate) type Frames = Box<dyn Iterator<Item = Result<Bytes, BodyFailure>> + Send + Sync>;

/// An answer, and all that `Debug` shows of its head and its body.
pub(crate) struct Called {
    pub(crate) answer: Answer,
    pub(crate) shown: String,
}

impl Called {
    pub(crate) fn new<'h>(
        status: u16,
        headers: impl Iterator<Item = (&'h str, &'h [u8])>,
        body: &Bytes,
        head: &dyn Debug,
    ) -> Self {
        let mut headers: Vec<_> = headers
            .filter(|(name, _)| OUR_HEADERS.contains(name))
            .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()))
            .collect();
        headers.sort();
        let shown = format!("{head:?} {body:?}");
        let body = body.to_vec();
        Self {
            answer: Answer {
                status,
                headers,
                body,
            },
            shown,
        }
    }
}

/// A body of frames, for all that take one of the `http-body` crate.
pub(crate) type FramesBody = StreamBody<stream::Iter<DataFrames>>;

/// Frames as that crate has them.
pub(crate) struct DataFrames(Frames);

impl Iterator for DataFrames {
    type Item = Result<Frame<Bytes>, BodyFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|frame| frame.map(Frame::data))
    }
}

/// A service of the `http` crate's requests, driven by a runtime on the calling thread.
pub(crate) struct Oneshot<S> {
    name: &'static str,
    seen: Seen,
    service: RefCell<S>,
    runtime: Runtime,
}

impl<S> Oneshot<S> {
    pub(crate) fn new(name: &'static str, seen: Seen, service: S) -> Self {
        Self {
            name,
            seen,
            service: RefCell::new(service),
            runtime: runtime(),
        }
    }
}

impl<S, B> InProcess for Oneshot<S>
where
    S: Service<Request<FramesBody>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body<Data = Bytes, Error: Debug>,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn call(&self, head: Parts, frames: Frames) -> Called {
        let body = StreamBody::new(stream::iter(DataFrames(frames)));
        let service = self.service.borrow().clone();
        let response = service.oneshot(Request::from_parts(head, body));
        self.runtime.block_on(async {
            let Ok(response) = response.await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            let headers = parts.headers.iter();
            let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
            Called::new(parts.status.as_u16(), headers, &body, &parts)
        })
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
}
