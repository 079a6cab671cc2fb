//! actix-web on a loopback port, as it is served: workers, addresses, paths, readiness.

use std::cell::Cell;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

use actix_web::dev::{Service, ServiceRequest, Transform as _, fn_service};
use actix_web::error::ErrorConflict;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, HttpResponse};
use pulsehook_actix_web::metriport::Metriport;
use pulsehook_actix_web::{Ack, VerifyWebhook, Webhook};

use super::{acked, answer, signed, verify};
use crate::adapters::actix_web::serve;
use crate::client::{Answer, exchange};
use crate::server::Server;
use crate::support::{ADMIT, watching, wire};

/// Sends a delivery over a connection of its own.
fn deliver(server: &Server, target: &str) -> Answer {
    exchange(server.address, &wire(target, ADMIT)).expect("an answer")
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
        serve(2, move |app| {
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
    let server = serve(1, move |app| {
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
