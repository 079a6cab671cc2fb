//! What is particular to warp: rejections that mean "try the next", filters that compose, state by
//! capture, responses with extensions.

use std::convert::Infallible;
use std::error::Error;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use pulsehook_core::metriport;
use pulsehook_warp::metriport::{Event, Metriport};
use pulsehook_warp::{Ack, Delivery, HandlerError, Receiver, Refused, receive, recover, webhook};
use tower::ServiceExt as _;
use warp::filters::BoxedFilter;
use warp::http::{Request, StatusCode};
use warp::reply::Response;
use warp::{Filter, Reply as _};

use crate::endpoints::key;
use crate::server::Server;
use crate::support::{self, ADMIT, PING, metriport};

mod body;
mod fall_through;
mod head;

/// A filter that answers every request, or rejects it.
pub(crate) type App = BoxedFilter<(Response,)>;

/// A filter in warp's own server.
fn serve(app: App) -> Server {
    Server::start(|listener| warp::serve(app).incoming(listener).run())
}

fn signed(target: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    support::signed(target, body).map(Full::new)
}

async fn accept(_delivery: Delivery<Event>) -> Result<(), Infallible> {
    Ok(())
}

/// The paved road under `/hook`, whatever follows.
fn paved(receiver: Receiver<Metriport>) -> App {
    warp::path("hook").and(receive(receiver, accept)).boxed()
}

/// The filters under `/hook`, whatever follows; the handler acknowledges.
fn filters(receiver: Receiver<Metriport>) -> App {
    warp::path("hook")
        .and(webhook(receiver))
        .map(|delivery| Ack::of(&delivery))
        .recover(recover)
        .map(warp::Reply::into_response)
        .boxed()
}

/// Asks an application in process, as a service of tower.
async fn ask<B>(app: &App, request: Request<B>) -> Response
where
    B: http_body::Body + Send + Sync + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let service = warp::service(app.clone());
    service.oneshot(request).await.expect("infallible")
}

async fn body_of(response: Response) -> Bytes {
    let body = response.into_body().collect().await;
    body.expect("a body").to_bytes()
}

#[tokio::test]
async fn state_goes_into_the_handler_by_capture() {
    #[derive(Clone, Default)]
    struct Store(Arc<Mutex<Vec<String>>>);

    async fn keep(delivery: Delivery<Event>, store: Store) -> Result<(), std::io::Error> {
        let id = delivery.dedup_key().value().to_owned();
        store.0.lock().expect("not poisoned").push(id);
        Ok(())
    }

    let store = Store::default();
    let kept = store.clone();
    let handler = move |delivery| keep(delivery, kept.clone());
    let app = warp::path!("hook")
        .and(receive(metriport(), handler))
        .boxed();
    for _ in 0..2 {
        assert_eq!(ask(&app, signed("/hook", ADMIT)).await.status(), 200);
    }
    // A ping does not reach the handler.
    assert_eq!(ask(&app, signed("/hook", PING)).await.status(), 200);
    assert_eq!(*store.0.lock().expect("not poisoned"), ["m-1", "m-1"]);
}

#[tokio::test]
async fn path_parameters_stand_before_the_delivery() {
    async fn handler(tenant: String, number: u32, delivery: Delivery<Event>) -> String {
        format!("{tenant} {number} {}", delivery.dedup_key().value())
    }

    let app = warp::path!("hooks" / String / u32)
        .and(webhook(metriport()))
        .then(handler)
        .recover(recover)
        .map(warp::Reply::into_response)
        .boxed();
    let response = ask(&app, signed("/hooks/t-1/7", ADMIT)).await;
    assert_eq!(body_of(response).await, "t-1 7 m-1");
    // What is not a number is not this route's.
    assert_eq!(ask(&app, signed("/hooks/t-1/x", ADMIT)).await.status(), 404);
}

#[tokio::test]
async fn a_failing_handler_answers_500_with_its_error_in_the_extensions() {
    async fn fail(_delivery: Delivery<Event>) -> Result<(), Box<dyn Error + Send + Sync>> {
        Err("disk full".into())
    }

    let app = warp::path!("hook").and(receive(metriport(), fail)).boxed();
    let response = ask(&app, signed("/hook", ADMIT)).await;
    assert_eq!(response.status(), 500);
    let error = response.extensions().get::<HandlerError>();
    assert_eq!(error.expect("the error").to_string(), "disk full");
    assert!(!format!("{error:?}").contains("disk full"));
    assert!(body_of(response).await.is_empty());
}

#[tokio::test]
async fn a_signed_ping_is_answered_by_the_paved_road_and_shown_by_the_filter() {
    let paved = paved(metriport());
    let filter = warp::path!("hook")
        .and(webhook(metriport()))
        .map(|delivery: Delivery<Event>| {
            assert!(matches!(delivery.events(), [Event::Ping(_)]));
            Ack::of(&delivery)
        })
        .recover(recover)
        .map(warp::Reply::into_response)
        .boxed();
    for app in [paved, filter] {
        let response = ask(&app, signed("/hook", PING)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(body_of(response).await, r#"{"pong":"p-1"}"#);
    }
}

#[tokio::test]
async fn what_is_verified_and_not_decoded_is_in_the_extensions_and_the_hook() {
    let hooked = Arc::new(Mutex::new(Vec::new()));
    let body = ADMIT.replace("payload", "pay-load");
    for make in [paved, filters] {
        let note = Arc::clone(&hooked);
        let receiver = Receiver::builder(Metriport::new(key("secret")))
            .on_error(move |error| {
                let raw = error.undecodable().map(|it| it.raw().clone());
                note.lock().expect("not poisoned").push((error.rule(), raw));
            })
            .build();
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&kept);
        // As an application would: a filter after the route looks at its responses.
        let app = make(receiver).map(move |response: Response| {
            let refused = response.extensions().get::<Refused>().expect("the refusal");
            let undecodable = refused.undecodable().expect("a verified request");
            assert_eq!(undecodable.event_type().expect("a type"), &"patient.admit");
            assert_eq!(undecodable.id().expect("an id"), &"m-1");
            let raw = undecodable.raw().clone();
            keep.lock().expect("not poisoned").push(raw);
            response
        });
        let response = ask(&app.boxed(), signed("/hook", body.clone())).await;
        assert_eq!(response.status(), 400);
        assert!(body_of(response).await.is_empty());
        let kept = std::mem::take(&mut *kept.lock().expect("not poisoned"));
        assert_eq!(kept, std::slice::from_ref(&body));
        let hooked = std::mem::take(&mut *hooked.lock().expect("not poisoned"));
        assert_eq!(hooked, [("undecodable", Some(Bytes::from(body.clone())))]);
    }
}

#[tokio::test]
async fn a_filter_after_the_route_can_answer_200_and_drop() {
    let app =
        paved(metriport()).map(
            |response: Response| match response.extensions().get::<Refused>() {
                Some(refused) if refused.rule() == "missing-header" => {
                    StatusCode::OK.into_response()
                }
                _ => response,
            },
        );
    let app = app.boxed();
    let unsigned = Request::post("/hook").body(Full::<Bytes>::from(ADMIT));
    let response = ask(&app, unsigned.expect("a request")).await;
    assert_eq!(response.status(), 200);
    let mut forged = signed("/hook", ADMIT);
    *forged.body_mut() = Full::from(PING);
    assert_eq!(ask(&app, forged).await.status(), 401);
}
