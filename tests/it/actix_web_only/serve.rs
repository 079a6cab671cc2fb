//! actix-web on a loopback port, as it is served: workers, addresses, paths, readiness.

use std::cell::Cell;
use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use actix_web::dev::{ServerHandle, Service, ServiceRequest, Transform as _, fn_service};
use actix_web::error::ErrorConflict;
use actix_web::rt::System;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, Error, HttpResponse, HttpServer};
use pulsehook_actix_web::metriport::Metriport;
use pulsehook_actix_web::signature::{HmacSha256, KeySource, MacKeys};
use pulsehook_actix_web::{Ack, Head, Receiver, VerifyWebhook, Webhook};
use pulsehook_core::metriport::testing::sign;

use super::{ADMIT, acked, answer, signed, verify};
use crate::client::{Answer, Request as WireRequest, exchange};
use crate::endpoints::key;

/// An application on a free loopback port; ends when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    /// Starts as many workers, each of which sets the routes up for itself.
    pub(crate) fn start(
        workers: usize,
        routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let (sender, started) = mpsc::channel();
        thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(routes.clone()))
                    .workers(workers)
                    .disable_signals()
                    // Else it waits up to a second for a client to go whose body it did not read.
                    .client_disconnect_timeout(Duration::ZERO)
                    .shutdown_timeout(0)
                    .bind((Ipv4Addr::LOCALHOST, 0))
                    .expect("a free port");
                let address = server.addrs().first().copied().expect("an address");
                let server = server.run();
                let _ = sender.send((address, server.handle()));
                server.await
            })
        });
        let (address, handle) = started
            .recv_timeout(Duration::from_secs(60))
            .expect("a server");
        Self { address, handle }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The order is sent at once; that it was carried out is not waited for.
        drop(self.handle.stop(false));
    }
}

/// Sends a delivery over a connection of its own.
fn deliver(server: &Server, target: &str) -> Answer {
    let signed = sign(&key("secret"), ADMIT);
    let mut request = WireRequest::post(target, ADMIT);
    for (name, value) in signed.headers() {
        request = request.header(name, value);
    }
    exchange(server.address, &request).expect("an answer")
}

/// Asks for keys with the head in hand, and notes what it saw.
struct Watching {
    keys: Arc<MacKeys<HmacSha256>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl KeySource<HmacSha256> for Watching {
    fn keys(&self, head: &Head<'_>) -> Option<Arc<MacKeys<HmacSha256>>> {
        let line = format!("{} {:?} {:?}", head.path(), head.query(), head.peer());
        self.seen.lock().expect("not poisoned").push(line);
        Some(Arc::clone(&self.keys))
    }
}

fn watching() -> (Receiver<Metriport>, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let source = Watching {
        keys: Arc::new(MacKeys::new(&key("secret").into())),
        seen: Arc::clone(&seen),
    };
    (Receiver::new(Metriport::with_key_source(source)), seen)
}

#[test]
fn all_workers_share_one_receiver() {
    async fn note(webhook: Webhook<Metriport>, threads: Data<Mutex<HashSet<ThreadId>>>) -> Ack {
        let mut threads = threads.lock().expect("not poisoned");
        threads.insert(thread::current().id());
        webhook.ack()
    }

    let (receiver, seen) = watching();
    let threads = Data::new(Mutex::new(HashSet::<ThreadId>::new()));
    let verify = VerifyWebhook::new(receiver);
    let server = {
        let threads = threads.clone();
        Server::start(2, move |app| {
            let hook = web::resource("/hook").wrap(verify.clone()).to(note);
            app.app_data(threads.clone()).service(hook);
        })
    };
    let mut sent = 0;
    // Connections go to the workers in turn.
    while threads.lock().expect("not poisoned").len() < 2 {
        assert!(sent < 100, "one worker takes all");
        sent += 1;
        assert_eq!(deliver(&server, "/hook").status, 200);
    }
    assert_eq!(seen.lock().expect("not poisoned").len(), sent);
}

#[actix_web::test]
async fn nested_scopes_do_not_change_what_the_provider_sees() {
    for by_middleware in [true, false] {
        let (receiver, seen) = watching();
        let routes = move |app: &mut ServiceConfig| {
            let hook = web::resource("/hook/{part}");
            let hook = if by_middleware {
                let route = web::to(acked).wrap(VerifyWebhook::new(receiver));
                hook.route(route)
            } else {
                hook.app_data(receiver).to(acked)
            };
            app.service(web::scope("/api").service(web::scope("/v1").service(hook)));
        };
        let peer = SocketAddr::from(([192, 0, 2, 7], 80));
        let request = signed("/api/v1/hook/a%2Fb?x=%41", ADMIT)
            .peer_addr(peer)
            // What a caller can set does not count.
            .insert_header(("x-forwarded-for", "192.0.2.9"))
            .insert_header(("forwarded", "for=192.0.2.9"));
        assert_eq!(answer(routes, request).await.status, 200);
        let expect = r#"/api/v1/hook/a%2Fb Some("x=%41") Some(192.0.2.7)"#;
        assert_eq!(*seen.lock().expect("not poisoned"), [expect]);
    }
}

#[test]
fn the_peer_is_that_of_the_connection() {
    let (receiver, seen) = watching();
    let server = Server::start(1, move |app| {
        let verify = VerifyWebhook::new(receiver.clone());
        app.service(web::resource("/hook").wrap(verify).to(acked));
    });
    assert_eq!(deliver(&server, "/hook").status, 200);
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(*seen, ["/hook None Some(127.0.0.1)"]);
}

#[actix_web::test]
async fn it_is_ready_when_the_service_it_wraps_is() {
    /// Is ready at the second time of asking, and never again.
    struct Limited<S>(S, Cell<u32>);

    impl<S: Service<ServiceRequest, Error = Error>> Service<ServiceRequest> for Limited<S> {
        type Response = S::Response;
        type Error = Error;
        type Future = S::Future;

        fn poll_ready(&self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
            self.1.set(self.1.get() + 1);
            match self.1.get() {
                1 => Poll::Pending,
                2 => Poll::Ready(Ok(())),
                _ => Poll::Ready(Err(ErrorConflict("closed"))),
            }
        }

        fn call(&self, request: ServiceRequest) -> S::Future {
            self.0.call(request)
        }
    }

    let inner = fn_service(async |request: ServiceRequest| {
        Ok::<_, Error>(request.into_response(HttpResponse::Ok().finish()))
    });
    let service = verify().new_transform(Limited(inner, 0.into())).await;
    let service = service.expect("a middleware");
    let mut cx = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut cx).is_pending());
    assert!(matches!(service.poll_ready(&mut cx), Poll::Ready(Ok(()))));
    let response = service.call(signed("/", ADMIT).to_srv_request()).await;
    assert_eq!(response.expect("a response").status(), 200);
    assert!(matches!(service.poll_ready(&mut cx), Poll::Ready(Err(_))));
}
