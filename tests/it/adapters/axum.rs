//! axum: the paved road and the extractor.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::FromRef;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use pulsehook_axum::{Delivery, HandlerError, Provider, Receiver, Webhook, receive};
use serde::Serialize;

use super::{Seen, Served};
use crate::endpoints::{Endpoints, Mount};
use crate::in_process::{InProcess, Oneshot};
use crate::server::Server;

/// Serves a router, whose handlers know the address of the connection.
pub(crate) fn serve(router: Router) -> Server {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Server::start(async move |listener| axum::serve(listener, service).await)
}

pub(super) fn paved_road(endpoints: &Endpoints) -> Served {
    endpoints
        .mounted::<PavedRoad>()
        .0
        .served("axum, paved road", false)
}

pub(super) fn extractor(endpoints: &Endpoints) -> Served {
    endpoints
        .mounted::<Extractor>()
        .0
        .served("axum, extractor", true)
}

pub(crate) fn paved_road_in_process(endpoints: &Endpoints) -> impl InProcess + use<> {
    endpoints
        .mounted::<PavedRoad>()
        .0
        .in_process("axum, paved road")
}

pub(crate) fn extractor_in_process(endpoints: &Endpoints) -> impl InProcess + use<> {
    endpoints
        .mounted::<Extractor>()
        .0
        .in_process("axum, extractor")
}

/// Routes, and what their handlers saw.
#[derive(Default)]
pub(super) struct Routes {
    pub(super) router: Router,
    pub(super) seen: Seen,
}

impl Routes {
    pub(super) fn served(self, name: &'static str, shows_pings: bool) -> Served {
        Served {
            name,
            shows_pings,
            asks_for_every_body: false,
            server: serve(self.router),
            seen: self.seen,
        }
    }

    pub(super) fn in_process(self, name: &'static str) -> impl InProcess {
        Oneshot::new(name, self.seen, self.router)
    }

    pub(super) fn merge(&mut self, routes: Router) {
        self.router = std::mem::take(&mut self.router).merge(routes);
    }
}

/// The path of an endpoint and the one of all paths below it: what follows the label can be a
/// secret.
pub(super) fn paths(label: &str) -> [String; 2] {
    [
        format!("/hooks/{label}"),
        format!("/hooks/{label}/{{*rest}}"),
    ]
}

#[derive(Default)]
struct PavedRoad(Routes);

impl Mount for PavedRoad {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let [path, below] = paths(receiver.endpoint());
        let seen = self.0.seen.clone();
        let handler = move |delivery: Delivery<P::Event>| async move { seen.handle(&delivery) };
        let route = receive(receiver, handler);
        let routes = Router::new().route(&below, route.clone());
        self.0.merge(routes.route(&path, route));
    }
}

#[derive(Default)]
struct Extractor(Routes);

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
        let [path, below] = paths(receiver.endpoint());
        let seen = self.0.seen.clone();
        let handler = move |webhook: Webhook<P>| async move {
            match seen.handle(&webhook) {
                Ok(()) => webhook.ack().into_response(),
                Err(error) => Response::<Bytes>::from(HandlerError::new(error)).map(Body::from),
            }
        };
        let routes = Router::new()
            .route(&below, any(handler.clone()))
            .route(&path, any(handler))
            .with_state(App { receiver });
        self.0.merge(routes);
    }
}
