//! actix-web: the middleware, and the extractor that finds its receiver in the application's data.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{Payload, Service, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Logger;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{ServiceConfig, resource};
use actix_web::{App, HttpResponse, HttpServer, Responder as _, rt};
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::request::Parts;
use pulsehook_actix_web::metriport::Metriport;
use pulsehook_actix_web::{HandlerError, Provider, Receiver, VerifyWebhook, Webhook};
use serde::Serialize;

use super::{Seen, Served};
use crate::endpoints::{Endpoints, Mount};
use crate::in_process::{Called, Frames, InProcess};
use crate::server::{Server, listen};

pub(super) fn middleware(endpoints: &Endpoints) -> Served {
    endpoints
        .mounted::<Middleware>()
        .0
        .served("actix-web, middleware", false)
}

pub(super) fn extractor(endpoints: &Endpoints) -> Served {
    endpoints
        .mounted::<Extractor>()
        .0
        .served("actix-web, extractor", true)
}

pub(crate) fn middleware_in_process(endpoints: &Endpoints) -> impl InProcess + use<> {
    endpoints
        .mounted::<Middleware>()
        .0
        .in_process("actix-web, middleware")
}

pub(crate) fn extractor_in_process(endpoints: &Endpoints) -> impl InProcess + use<> {
    endpoints
        .mounted::<Extractor>()
        .0
        .in_process("actix-web, extractor")
}

/// Routes, made anew for each worker, and what their handlers saw.
#[derive(Clone, Default)]
struct Routes {
    configure: Vec<Configure>,
    seen: Seen,
}

type Configure = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

impl Routes {
    fn add(&mut self, configure: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) {
        self.configure.push(Arc::new(configure));
    }

    fn on(&self, config: &mut ServiceConfig) {
        for configure in &self.configure {
            configure(config);
        }
    }

    /// Serves on threads of its own: one that accepts, and two that work.
    fn served(self, name: &'static str, shows_pings: bool) -> Served {
        let seen = self.seen.clone();
        Served {
            name,
            shows_pings,
            asks_for_every_body: true,
            server: serve(2, move |config| self.on(config)),
            seen,
        }
    }

    fn in_process(self, name: &'static str) -> impl InProcess {
        let runtime = rt::Runtime::new().expect("a runtime");
        let seen = self.seen.clone();
        // With what most applications have outside, and what it writes to the log.
        let logger = Logger::new("%s");
        let app = App::new().wrap(logger).configure(|config| self.on(config));
        let service = Rc::new(runtime.block_on(init_service(app)));
        Application {
            name,
            seen,
            call: Box::new(move |head, frames| {
                let service = Rc::clone(&service);
                let payload = Payload::from(payload_of(frames));
                let (request, _) = request_of(head).to_request().replace_payload(payload);
                Box::pin(async move {
                    let response = service.call(request).await.expect("a response");
                    response.map_into_boxed_body()
                })
            }),
            runtime,
        }
    }
}

/// Serves routes, which each worker sets up for itself.
pub(crate) fn serve(
    workers: usize,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Server {
    let (listener, address) = listen();
    let (sender, started) = mpsc::channel();
    thread::spawn(move || {
        rt::System::new().block_on(async move {
            let app = move || App::new().configure(|config| routes(config));
            let server = HttpServer::new(app).workers(workers).disable_signals();
            let server = server.listen(listener).expect("a listener").run();
            sender.send(server.handle()).expect("a test that waits");
            server.await.expect("a server");
        });
    });
    let handle = started.recv().expect("a server");
    // It stops as soon as it is told; the future only tells when it has.
    Server::stopped_by(address, move || drop(handle.stop(false)))
}

/// The path of an endpoint and the one of all paths below it.
fn paths(label: &str) -> [String; 2] {
    [
        format!("/hooks/{label}"),
        format!("/hooks/{label}/{{rest:.*}}"),
    ]
}

#[derive(Default)]
struct Middleware(Routes);

impl Mount for Middleware {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let seen = self.0.seen.clone();
        self.0.add(move |config| {
            let middleware = VerifyWebhook::new(receiver.clone());
            let resource = resource(paths(receiver.endpoint())).wrap(middleware);
            config.service(resource.to(handler::<P>(seen.clone())));
        });
    }
}

#[derive(Default)]
struct Extractor(Routes);

impl Mount for Extractor {
    fn mount<P>(&mut self, receiver: Receiver<P>)
    where
        P: Provider,
        P::Event: Serialize,
    {
        let seen = self.0.seen.clone();
        self.0.add(move |config| {
            // Endpoints of one provider differ, so each has data of its own.
            let resource = resource(paths(receiver.endpoint())).app_data(receiver.clone());
            config.service(resource.to(handler::<P>(seen.clone())));
        });
    }
}

fn handler<P>(
    seen: Seen,
) -> impl Fn(actix_web::HttpRequest, Webhook<P>) -> std::future::Ready<HttpResponse> + Clone
where
    P: Provider,
    P::Event: Serialize,
{
    move |request, webhook| {
        let response = match seen.handle(&webhook) {
            Ok(()) => webhook.ack().respond_to(&request).map_into_boxed_body(),
            Err(error) => {
                let mut response = HttpResponse::InternalServerError().finish();
                response.extensions_mut().insert(HandlerError::new(error));
                response
            }
        };
        std::future::ready(response)
    }
}

type Call = Box<dyn Fn(&Parts, Frames) -> Response>;
type Response = Pin<Box<dyn Future<Output = ServiceResponse<BoxBody>>>>;

/// An application without a server, driven by a runtime on the calling thread.
struct Application {
    name: &'static str,
    seen: Seen,
    call: Call,
    runtime: rt::Runtime,
}

impl InProcess for Application {
    fn name(&self) -> &'static str {
        self.name
    }

    fn call(&self, head: Parts, frames: Frames) -> Called {
        let response = (self.call)(&head, frames);
        self.runtime.block_on(async {
            let (_, response) = response.await.into_parts();
            let (response, body) = response.into_parts();
            let headers = response.headers().iter();
            let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
            let body = to_bytes(body).await.expect("a body");
            Called::new(response.status().as_u16(), headers, &body, &response)
        })
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

/// Makes a request of actix-web's of one of the `http` crate, which has other types.
fn request_of(head: &Parts) -> TestRequest {
    let method = Method::from_bytes(head.method.as_str().as_bytes()).expect("a method");
    let mut request = TestRequest::with_uri(&head.uri.to_string()).method(method);
    for (name, value) in &head.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("a name");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
        request = request.append_header((name, value));
    }
    request
}

/// Makes a body of frames, whose error stands inside an I/O error: actix-web has no other place.
fn payload_of(frames: Frames) -> Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> {
    let failed = |failure| PayloadError::Io(std::io::Error::other(failure));
    Box::pin(stream::iter(frames.map(move |frame| frame.map_err(failed))))
}

/// Metriport's handler, with neither the middleware nor a receiver.
pub(crate) fn without_receiver() -> impl InProcess {
    let mut routes = Routes::default();
    let seen = routes.seen.clone();
    routes.add(move |config| {
        let handler = handler::<Metriport>(seen.clone());
        config.service(resource(paths("metriport")).to(handler));
    });
    routes.in_process("actix-web, without a receiver")
}
