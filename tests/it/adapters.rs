//! The ways of serving the endpoints: the core alone, and every adapter.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::FromRef;
use axum::routing::any;
use pulsehook_axum::Webhook;
use pulsehook_core::{Delivery, Outcome, Provider, Receiver, Reply, RequestHead};
use serde::Serialize;
use serde_json::Value;

use crate::axum_only::Server;
use crate::client::{Answer, Framing, OUR_HEADERS, Request, exchange};
use crate::endpoints::{Endpoints, Mount};

/// What handlers saw, in order.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<Value>>>);

impl Seen {
    fn note<E: Serialize>(&self, delivery: &Delivery<E>) {
        let value = serde_json::to_value(delivery).expect("deliveries serialise");
        self.0.lock().expect("not poisoned").push(value);
    }

    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().expect("not poisoned"))
    }
}

/// Serves endpoints and answers requests.
pub(crate) trait Adapter {
    fn name(&self) -> &'static str;

    /// Tells whether handlers see signed pings; the paved roads answer them alone.
    fn shows_pings(&self) -> bool;

    /// Tells whether the adapter meets the framing of a body: the core alone does not.
    fn over_sockets(&self) -> bool;

    fn answer(&self, request: &Request) -> Option<Answer>;

    fn seen(&self) -> &Seen;
}

/// Makes all adapters, each serving the same endpoints. A new adapter is one more line here.
pub(crate) fn adapters(endpoints: &Endpoints) -> Vec<Box<dyn Adapter>> {
    vec![
        Box::new(CoreAlone::new(endpoints)),
        Box::new(AxumServer::paved_road(endpoints)),
        Box::new(AxumServer::extractor(endpoints)),
    ]
}

/// The core without a framework or a socket: the reference.
#[derive(Default)]
struct CoreAlone {
    endpoints: HashMap<String, Receive>,
    seen: Seen,
}

/// The address that a connection over loopback comes from.
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

type Receive = Box<dyn Fn(&Request, &Seen) -> Answer>;

impl CoreAlone {
    fn new(endpoints: &Endpoints) -> Self {
        let mut core = Self::default();
        endpoints.mount_on(&mut core);
        core
    }
}

impl Mount for CoreAlone {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let path = format!("/hooks/{}", receiver.endpoint());
        let receive = move |request: &Request, seen: &Seen| {
            let (path, query) = split_target(&request.target);
            let mut headers = request.headers.clone();
            if request.framing == Framing::Length {
                let length = request.body.len().to_string();
                headers.push(("content-length".to_owned(), length.into_bytes()));
            }
            let head = RequestHead::new(request.method, path, &headers)
                .with_query(query)
                .with_peer(Some(PEER));
            match receiver.receive(head, request.body.clone()) {
                Ok(Outcome::Probe(reply)) => answer_of(&reply),
                Ok(Outcome::Accepted(delivery)) => {
                    if !delivery.is_probe() {
                        seen.note(&delivery);
                    }
                    answer_of(delivery.ack())
                }
                Err(error) => answer_of(error.reply()),
            }
        };
        self.endpoints.insert(path, Box::new(receive));
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
        let (path, _) = split_target(&request.target);
        // What follows the label can be a secret.
        let endpoint = self.endpoints.iter().find(|(endpoint, _)| {
            let rest = path.strip_prefix(endpoint.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        let (_, receive) = endpoint.expect("an endpoint");
        Some(receive(request, &self.seen))
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

fn split_target(target: &str) -> (&str, Option<&str>) {
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
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

/// axum on a loopback port; ends when dropped.
struct AxumServer {
    name: &'static str,
    shows_pings: bool,
    server: Server,
    seen: Seen,
}

impl AxumServer {
    fn paved_road(endpoints: &Endpoints) -> Self {
        let mut routes = PavedRoad::default();
        endpoints.mount_on(&mut routes);
        Self::serve("axum, paved road", false, routes.router, routes.seen)
    }

    fn extractor(endpoints: &Endpoints) -> Self {
        let mut routes = Extractor::default();
        endpoints.mount_on(&mut routes);
        Self::serve("axum, extractor", true, routes.router, routes.seen)
    }

    fn serve(name: &'static str, shows_pings: bool, router: Router, seen: Seen) -> Self {
        Self {
            name,
            shows_pings,
            server: Server::start(router),
            seen,
        }
    }
}

impl Adapter for AxumServer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn shows_pings(&self) -> bool {
        self.shows_pings
    }

    fn over_sockets(&self) -> bool {
        true
    }

    fn answer(&self, request: &Request) -> Option<Answer> {
        exchange(self.server.address, request)
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

#[derive(Default)]
struct PavedRoad {
    router: Router,
    seen: Seen,
}

impl Mount for PavedRoad {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let path = format!("/hooks/{}", receiver.endpoint());
        let seen = self.seen.clone();
        let handler = move |delivery: Delivery<P::Event>| async move {
            seen.note(&delivery);
            Ok::<(), std::io::Error>(())
        };
        let route = pulsehook_axum::receive(receiver, handler);
        let router = std::mem::take(&mut self.router);
        self.router = router
            .route(&below(&path), route.clone())
            .route(&path, route);
    }
}

#[derive(Default)]
struct Extractor {
    router: Router,
    seen: Seen,
}

/// The state of the extractor's routes.
struct App<P: Provider> {
    receiver: Receiver<P>,
}

impl<P: Provider> Clone for App<P> {
    fn clone(&self) -> Self {
        Self {
            receiver: self.receiver.clone(),
        }
    }
}

impl<P: Provider> FromRef<App<P>> for Receiver<P> {
    fn from_ref(app: &App<P>) -> Self {
        app.receiver.clone()
    }
}

impl Mount for Extractor {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let path = format!("/hooks/{}", receiver.endpoint());
        let seen = self.seen.clone();
        let handler = move |webhook: Webhook<P>| async move {
            seen.note(&webhook);
            webhook.ack()
        };
        let routes = Router::new()
            .route(&below(&path), any(handler.clone()))
            .route(&path, any(handler))
            .with_state(App { receiver });
        self.router = std::mem::take(&mut self.router).merge(routes);
    }
}

/// The route of all paths below one: what follows the label can be a secret.
fn below(path: &str) -> String {
    format!("{path}/{{*rest}}")
}
