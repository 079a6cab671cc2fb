//! The ways of serving the endpoints over sockets: the core alone, and every adapter.

use std::fmt;
use std::sync::{Arc, Mutex};

use pulsehook_core::Delivery;
use serde::Serialize;
use serde_json::Value;

use crate::client::{Answer, Request, exchange_with};
use crate::endpoints::Endpoints;
use crate::in_process::InProcess;
use crate::server::Server;

pub(crate) mod actix_web;
pub(crate) mod axum;
pub(crate) mod core_alone;
pub(crate) mod tower;
pub(crate) mod warp;

/// A way of serving endpoints: over a socket, and on the thread of the test.
struct Way {
    served: fn(&Endpoints) -> Box<dyn Adapter>,
    in_process: fn(&Endpoints) -> Box<dyn InProcess>,
}

macro_rules! way {
    ($($served:ident)::+, $($in_process:ident)::+) => {
        Way {
            served: |endpoints| Box::new($($served)::+(endpoints)),
            in_process: |endpoints| Box::new($($in_process)::+(endpoints)),
        }
    };
}

/// All ways. A new adapter is one more line here.
const WAYS: &[Way] = &[
    way!(core_alone::CoreAlone::new, core_alone::CoreAlone::new),
    way!(axum::paved_road, axum::paved_road_in_process),
    way!(axum::extractor, axum::extractor_in_process),
    way!(tower::around_services, tower::around_services_in_process),
    way!(tower::around_routes, tower::around_routes_in_process),
    way!(actix_web::middleware, actix_web::middleware_in_process),
    way!(actix_web::extractor, actix_web::extractor_in_process),
    way!(warp::paved_road, warp::paved_road_in_process),
    way!(warp::filter, warp::filter_in_process),
];

/// Makes all adapters, each serving the same endpoints.
pub(crate) fn adapters(endpoints: &Endpoints) -> Vec<Box<dyn Adapter>> {
    WAYS.iter().map(|way| (way.served)(endpoints)).collect()
}

/// Makes all adapters, each with the same endpoints on the thread of the test.
pub(crate) fn in_process(endpoints: &Endpoints) -> Vec<Box<dyn InProcess>> {
    WAYS.iter().map(|way| (way.in_process)(endpoints)).collect()
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
