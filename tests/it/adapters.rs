//! The ways of serving the endpoints over sockets: the core alone, and every adapter.

use std::fmt;
use std::sync::{Arc, Mutex};

use pulsehook_core::Delivery;
use serde::Serialize;
use serde_json::Value;

use crate::client::{Answer, Request, exchange_with};
use crate::endpoints::Endpoints;
use crate::server::Server;

pub(crate) mod actix_web;
pub(crate) mod axum;
pub(crate) mod core_alone;
pub(crate) mod tower;
pub(crate) mod warp;

/// Makes all adapters, each serving the same endpoints. A new adapter is one more line here.
pub(crate) fn adapters(endpoints: &Endpoints) -> Vec<Box<dyn Adapter>> {
    vec![
        Box::new(core_alone::CoreAlone::new(endpoints)),
        Box::new(axum::paved_road(endpoints)),
        Box::new(axum::extractor(endpoints)),
        Box::new(tower::around_services(endpoints)),
        Box::new(tower::around_routes(endpoints)),
        Box::new(actix_web::middleware(endpoints)),
        Box::new(actix_web::extractor(endpoints)),
        Box::new(warp::paved_road(endpoints)),
        Box::new(warp::filter(endpoints)),
    ]
}

/// Serves endpoints and answers requests.
pub(crate) trait Adapter {
    fn name(&self) -> &'static str;

    /// Tells whether handlers see signed pings; paved roads and middlewares answer them alone.
    fn shows_pings(&self) -> bool;

    /// Tells whether the adapter meets the framing of a body: the core alone does not.
    fn over_sockets(&self) -> bool;

    fn answer(&self, request: &Request) -> Option<Answer>;

    fn seen(&self) -> &Seen;
}

/// What handlers saw, in order.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<Value>>>);

impl Seen {
    /// Does what the handlers of all adapters do: notes the delivery, and fails at the endpoints
    /// whose label ends in `failing`.
    pub(crate) fn handle<E: Serialize>(&self, delivery: &Delivery<E>) -> Result<(), HandlerFails> {
        let value = serde_json::to_value(delivery).expect("deliveries serialise");
        self.0.lock().expect("not poisoned").push(value);
        if delivery.endpoint().ends_with("failing") {
            return Err(HandlerFails);
        }
        Ok(())
    }

    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().expect("not poisoned"))
    }
}

/// The error of a handler, which quotes a body.
#[derive(Debug)]
pub(crate) struct HandlerFails;

impl fmt::Display for HandlerFails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("canary-body in the handler's error")
    }
}

impl std::error::Error for HandlerFails {}

/// An adapter behind a server of its framework.
struct Served {
    name: &'static str,
    shows_pings: bool,
    /// actix-web asks for a body that is announced by `Expect` before any middleware runs, so
    /// that nothing can refuse the request first.
    asks_for_every_body: bool,
    server: Server,
    seen: Seen,
}

impl Adapter for Served {
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
        exchange_with(self.server.address, request, self.asks_for_every_body)
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}
