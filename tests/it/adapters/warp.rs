//! warp: the paved road, and the filter with `recover`.

use pulsehook_warp::{Ack, Delivery, HandlerError, Provider, Receiver, receive, recover, webhook};
use serde::Serialize;
use warp::Filter as _;
use warp::filters::BoxedFilter;
use warp::reply::{Reply as _, Response};

use super::{Seen, Served};
use crate::endpoints::{Endpoints, Mount};
use crate::in_process::{InProcess, Oneshot};
use crate::server::Server;

pub(super) fn paved_road(endpoints: &Endpoints) -> Served {
    endpoints
        .mounted::<PavedRoad>()
        .0
        .served("warp, paved road", false)
}

pub(super) fn filter(endpoints: &Endpoints) -> Served {
    endpoints.mounted::<Filter>().0.served("warp, filter", true)
}

pub(crate) fn paved_road_in_process(endpoints: &Endpoints) -> impl InProcess + use<> {
    endpoints
        .mounted::<PavedRoad>()
        .0
        .in_process("warp, paved road")
}

pub(crate) fn filter_in_process(endpoints: &Endpoints) -> impl InProcess + use<> {
    endpoints.mounted::<Filter>().0.in_process("warp, filter")
}

/// Routes, and what their handlers saw.
#[derive(Default)]
struct Routes {
    filter: Option<BoxedFilter<(Response,)>>,
    seen: Seen,
}

impl Routes {
    fn add(&mut self, route: BoxedFilter<(Response,)>) {
        self.filter = Some(match self.filter.take() {
            None => route,
            Some(others) => others.or(route).unify().boxed(),
        });
    }

    fn served(self, name: &'static str, shows_pings: bool) -> Served {
        let filter = self.filter.expect("an endpoint");
        Served {
            name,
            shows_pings,
            asks_for_every_body: false,
            server: Server::start(|listener| warp::serve(filter).incoming(listener).run()),
            seen: self.seen,
        }
    }

    fn in_process(self, name: &'static str) -> impl InProcess {
        let filter = self.filter.expect("an endpoint");
        Oneshot::new(name, self.seen, warp::service(filter))
    }
}

/// Takes the path of an endpoint, and all paths below it.
fn at(label: String) -> BoxedFilter<()> {
    warp::path("hooks").and(warp::path(label)).boxed()
}

#[derive(Default)]
struct PavedRoad(Routes);

impl Mount for PavedRoad {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let label = receiver.endpoint().to_owned();
        let seen = self.0.seen.clone();
        let handler = move |delivery: Delivery<P::Event>| {
            let handled = seen.handle(&delivery);
            async { handled }
        };
        self.0
            .add(at(label).and(receive(receiver, handler)).boxed());
    }
}

#[derive(Default)]
struct Filter(Routes);

impl Mount for Filter {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let label = receiver.endpoint().to_owned();
        let seen = self.0.seen.clone();
        let handler = move |delivery: Delivery<P::Event>| {
            let response = match seen.handle(&delivery) {
                Ok(()) => Ack::of(&delivery).into_response(),
                Err(error) => failed(error),
            };
            async { response }
        };
        let route = at(label).and(webhook(receiver)).then(handler);
        self.0.add(route.recover(recover).unify().boxed());
    }
}

fn failed(error: super::HandlerFails) -> Response {
    let mut response = warp::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(HandlerError::new(error));
    response
}
