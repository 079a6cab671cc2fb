//! tower's layer: around plain services under hyper, and around axum's routes.

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, OriginalUri};
use axum::routing::any;
use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use pulsehook_tower::metriport::Metriport;
use pulsehook_tower::{HandlerError, Provider, Receiver, SharedDelivery, VerifyWebhookLayer};
use serde::Serialize;
use tokio::net::TcpListener;
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, ServiceExt, service_fn};

use super::axum::{Routes, paths};
use super::{Seen, Served};
use crate::endpoints::{Endpoints, Mount, label_of};
use crate::in_process::{FramesBody, InProcess, Oneshot};
use crate::server::Server;

pub(super) fn around_services(endpoints: &Endpoints) -> Served {
    let services = endpoints.mounted::<Services<Incoming>>();
    let seen = services.seen.clone();
    Served {
        name: "tower, around services",
        shows_pings: false,
        asks_for_every_body: false,
        server: Server::start(|listener| serve(listener, services)),
        seen,
    }
}

pub(super) fn around_routes(endpoints: &Endpoints) -> Served {
    endpoints
        .mounted::<AroundRoutes>()
        .0
        .served("tower, around axum's routes", false)
}

pub(crate) fn around_services_in_process(endpoints: &Endpoints) -> impl InProcess + use<> {
    let services = endpoints.mounted::<Services<FramesBody>>();
    let seen = services.seen.clone();
    let service = service_fn(move |request| services.clone().call(request));
    Oneshot::new("tower, around services", seen, service)
}

pub(crate) fn around_routes_in_process(endpoints: &Endpoints) -> impl InProcess + use<> {
    endpoints
        .mounted::<AroundRoutes>()
        .0
        .in_process("tower, around axum's routes")
}

/// Serves services as hyper does by itself, without a framework.
async fn serve(listener: TcpListener, services: Services<Incoming>) {
    loop {
        let (stream, peer) = listener.accept().await.expect("a connection");
        let services = services.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            services.clone().call(request)
        });
        let service = TowerToHyperService::new(service);
        // What is wrong with a connection is the client's concern.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// The address of a connection.
#[derive(Clone, Copy)]
struct Peer(SocketAddr);

fn peer_of(parts: &Parts) -> Option<IpAddr> {
    Some(parts.extensions.get::<Peer>()?.0.ip())
}

/// A service for each endpoint, found by its label.
struct Services<B> {
    services: HashMap<Arc<str>, Service<B>>,
    seen: Seen,
}

type Service<B> = BoxCloneSyncService<Request<B>, Response<OurBody>, Infallible>;

type OurBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

impl<B> Services<B>
where
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    async fn call(self, request: Request<B>) -> Result<Response<OurBody>, Infallible> {
        let service = self.services.get(label_of(request.uri().path())).cloned();
        service.expect("an endpoint").oneshot(request).await
    }
}

impl<B> Default for Services<B> {
    fn default() -> Self {
        Self {
            services: HashMap::new(),
            seen: Seen::default(),
        }
    }
}

impl<B> Clone for Services<B> {
    fn clone(&self) -> Self {
        Self {
            services: self.services.clone(),
            seen: self.seen.clone(),
        }
    }
}

impl<B> Mount for Services<B>
where
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let label = receiver.endpoint().into();
        let seen = self.seen.clone();
        let service = service_fn(move |request: Request<Full<Bytes>>| {
            let response = respond::<P>(&seen, &request);
            async { Ok(response.map(Full::new)) }
        });
        let layer = VerifyWebhookLayer::new(receiver).peer(peer_of);
        let service = ServiceExt::<Request<B>>::map_response(layer.layer(service), |response| {
            response.map(|body| body.map_err(Into::into).boxed_unsync())
        });
        let service = BoxCloneSyncService::new(service);
        self.services.insert(label, service);
    }
}

/// Answers a request that the layer let through.
fn respond<P>(seen: &Seen, request: &Request<impl Sized>) -> Response<Bytes>
where
    P: Provider,
    P::Event: Serialize,
{
    match SharedDelivery::<P>::of(request.extensions()) {
        Ok(delivery) => match seen.handle(&*delivery) {
            Ok(()) => delivery.ack().clone().into(),
            Err(error) => HandlerError::new(error).into(),
        },
        Err(not_mounted) => not_mounted.into(),
    }
}

#[derive(Default)]
struct AroundRoutes(Routes);

impl Mount for AroundRoutes {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let [path, below] = paths(receiver.endpoint());
        let seen = self.0.seen.clone();
        let handler = move |request: axum::extract::Request| {
            let response = respond::<P>(&seen, &request);
            async { response.map(axum::body::Body::from) }
        };
        let layer = VerifyWebhookLayer::new(receiver)
            .peer(|parts| Some(parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()))
            .uri(|parts| match parts.extensions.get::<OriginalUri>() {
                Some(original) => &original.0,
                None => &parts.uri,
            });
        // Around one route, and around a router.
        let route = any(handler.clone()).layer(layer.clone());
        let router = Router::new().route(&below, any(handler)).layer(layer);
        self.0.merge(router.route(&path, route));
    }
}

/// Metriport's handler, without the layer around it.
pub(crate) fn without_layer() -> impl InProcess {
    let seen = Seen::default();
    let service = {
        let seen = seen.clone();
        service_fn(move |request: Request<FramesBody>| {
            let response = respond::<Metriport>(&seen, &request);
            async { Ok::<_, Infallible>(response.map(Full::new)) }
        })
    };
    Oneshot::new("tower, without the layer", seen, service)
}
