//! The core without a framework: the reference.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::request::Parts;
use pulsehook_core::{Outcome, Provider, Receiver, Reply, RequestHead};
use serde::Serialize;

use super::{Adapter, Seen};
use crate::client::{Answer, Framing, OUR_HEADERS, Request};
use crate::endpoints::{Endpoints, Mount, label_of};
use crate::in_process::{Called, Frames, InProcess};

#[derive(Default)]
pub(crate) struct CoreAlone {
    endpoints: HashMap<String, Receive>,
    seen: Seen,
}

/// The address that a connection over loopback comes from.
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

type Receive = Box<dyn Fn(RequestHead<'_>, Body) -> Answer>;

/// A body, which the core takes in two ways.
enum Body {
    Whole(Bytes),
    Frames(Frames),
}

impl CoreAlone {
    pub(crate) fn new(endpoints: &Endpoints) -> Self {
        endpoints.mounted()
    }

    fn receive(&self, path: &str, head: RequestHead<'_>, body: Body) -> Answer {
        let receive = self.endpoints.get(label_of(path)).expect("an endpoint");
        receive(head, body)
    }
}

impl Mount for CoreAlone {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let label = receiver.endpoint().to_owned();
        let seen = self.seen.clone();
        let receive = move |head: RequestHead<'_>, body: Body| {
            let received = match body {
                Body::Whole(body) => receiver.receive(head, body),
                Body::Frames(mut frames) => {
                    drive(receiver.receive_frames(head, |_| Poll::Ready(frames.next())))
                }
            };
            match received {
                Ok(Outcome::Probe(reply)) => answer_of(&reply),
                Ok(Outcome::Accepted(delivery)) if delivery.is_probe() => answer_of(delivery.ack()),
                Ok(Outcome::Accepted(delivery)) => match seen.handle(&delivery) {
                    Ok(()) => answer_of(delivery.ack()),
                    Err(_) => answer_of(&Reply::empty(500)),
                },
                Err(error) => answer_of(error.reply()),
            }
        };
        self.endpoints.insert(label, Box::new(receive));
    }
}

/// Drives a future that only lets others have their turn.
fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let context = &mut Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return output;
        }
    }
}

impl Adapter for CoreAlone {
    fn name(&self) -> &'static str {
        "core"
    }

    fn shows_pings(&self) -> bool {
        false
    }

    fn over_sockets(&self) -> bool {
        false
    }

    fn answer(&self, request: &Request) -> Option<Answer> {
        let (path, query) = match request.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&*request.target, None),
        };
        let mut headers = request.headers.clone();
        if request.framing == Framing::Length {
            let length = request.body.len().to_string();
            headers.push(("content-length".to_owned(), length.into_bytes()));
        }
        let head = RequestHead::new(request.method, path, &headers)
            .with_query(query)
            .with_peer(Some(PEER));
        let body = match request.framing {
            Framing::Chunked(size) => {
                let chunks: Vec<_> = request.body.chunks(size).map(<[u8]>::to_vec).collect();
                Body::Frames(Box::new(chunks.into_iter().map(|chunk| Ok(chunk.into()))))
            }
            _ => Body::Whole(request.body.clone().into()),
        };
        Some(self.receive(path, head, body))
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

impl InProcess for CoreAlone {
    fn name(&self) -> &'static str {
        "core"
    }

    fn call(&self, head: Parts, frames: Frames) -> Called {
        Called {
            answer: self.receive(
                head.uri.path(),
                RequestHead::from(&head),
                Body::Frames(frames),
            ),
            shown: String::new(),
        }
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

fn answer_of(reply: &Reply) -> Answer {
    let mut headers: Vec<_> = reply
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    headers.retain(|(name, _)| OUR_HEADERS.contains(&name.as_str()));
    headers.sort();
    Answer {
        status: reply.status(),
        headers,
        body: reply.body().to_vec(),
    }
}
