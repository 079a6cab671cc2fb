//! What is particular to axum: state, extractors, layers, nested routers, extensions.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::connect_info::MockConnectInfo;
use axum::extract::{DefaultBodyLimit, FromRef, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, Router};
use pulsehook_axum::metriport::{Event, Metriport};
use pulsehook_axum::{
    Ack, BodyFailure, Delivery, HandlerError, Receiver, Refused, Webhook, WebhookRejection, receive,
};
use pulsehook_core::metriport;
use tower::ServiceExt as _;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::adapters::axum::serve;
use crate::client::exchange;
use crate::endpoints::key;
use crate::support::{self, ADMIT, PING, metriport, watching, wire};

fn signed(target: &str, body: impl Into<Bytes>) -> Request {
    support::signed(target, body).map(Body::from)
}

async fn accept(_delivery: Delivery<Event>) -> Result<(), std::io::Error> {
    Ok(())
}

async fn body_of(response: Response) -> Bytes {
    to_bytes(response.into_body(), 1 << 20)
        .await
        .expect("a body")
}

#[tokio::test]
async fn handlers_take_state_and_up_to_three_extractors() {
    #[derive(Clone)]
    struct App(&'static str);

    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let handler = move |delivery: Delivery<Event>,
                        State(app): State<App>,
                        Path(tenant): Path<String>,
                        headers: HeaderMap| async move {
        let id = delivery.dedup_key().value().to_owned();
        let agent = headers["user-agent"].to_str().expect("text").to_owned();
        note.lock()
            .expect("not poisoned")
            .push((app.0, tenant, agent, id));
        Ok::<(), std::fmt::Error>(())
    };
    let app = Router::new()
        .route("/hooks/{tenant}", receive(metriport(), handler))
        .with_state(App("state"));
    let mut request = signed("/hooks/t-1", ADMIT);
    request
        .headers_mut()
        .insert("user-agent", "agent".parse().expect("a value"));
    let response = app.oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), 200);
    let expect = (
        "state",
        "t-1".to_owned(),
        "agent".to_owned(),
        "m-1".to_owned(),
    );
    assert_eq!(*seen.lock().expect("not poisoned"), [expect]);
}

#[tokio::test]
async fn extractors_run_after_verification_and_may_reject() {
    #[derive(serde::Deserialize)]
    struct Needed {
        #[expect(dead_code, reason = "only its presence matters")]
        tenant: u32,
    }

    let handler =
        async |_delivery: Delivery<Event>, _query: Query<Needed>| Ok::<(), std::io::Error>(());
    let app: Router = Router::new().route("/hook", receive(metriport(), handler));
    let status = async |request: Request| {
        app.clone()
            .oneshot(request)
            .await
            .expect("infallible")
            .status()
    };
    assert_eq!(status(signed("/hook?tenant=1", ADMIT)).await, 200);
    assert_eq!(status(signed("/hook?tenant=x", ADMIT)).await, 400);
    let mut forged = signed("/hook?tenant=x", ADMIT);
    forged
        .headers_mut()
        .insert("x-metriport-signature", "0".parse().expect("a value"));
    assert_eq!(status(forged).await, 401);
}

#[tokio::test]
async fn a_failing_handler_answers_500_with_its_error_in_the_extensions() {
    async fn fail(_delivery: Delivery<Event>) -> Result<(), Box<dyn Error + Send + Sync>> {
        Err("disk full".into())
    }

    let app: Router = Router::new().route("/hook", receive(metriport(), fail));
    let response = app
        .clone()
        .oneshot(signed("/hook", ADMIT))
        .await
        .expect("infallible");
    assert_eq!(response.status(), 500);
    let error = response
        .extensions()
        .get::<HandlerError>()
        .expect("the error");
    assert_eq!(error.to_string(), "disk full");
    assert!(!format!("{error:?}").contains("disk full"));
    assert!(body_of(response).await.is_empty());

    // A ping does not reach the handler.
    let response = app
        .oneshot(signed("/hook", PING))
        .await
        .expect("infallible");
    assert_eq!(response.status(), 200);
    assert_eq!(body_of(response).await, r#"{"pong":"p-1"}"#);
}

#[tokio::test]
async fn what_is_verified_and_not_decoded_is_in_the_extensions_and_the_hook() {
    let hooked = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&hooked);
    let receiver = Receiver::builder(Metriport::new(key("secret")))
        .on_error(move |error| {
            let raw = error
                .undecodable()
                .map(|undecodable| undecodable.raw().clone());
            note.lock().expect("not poisoned").push((error.rule(), raw));
        })
        .build();
    let app: Router = Router::new().route("/hook", receive(receiver, accept));
    let body = ADMIT.replace("payload", "pay-load");
    let response = app
        .clone()
        .oneshot(signed("/hook", body.clone()))
        .await
        .expect("infallible");
    assert_eq!(response.status(), 400);
    let refused = response.extensions().get::<Refused>().expect("the refusal");
    let undecodable = refused.undecodable().expect("a verified request");
    assert_eq!(undecodable.raw(), &body);
    assert_eq!(undecodable.event_type().expect("a type"), &"patient.admit");
    assert_eq!(undecodable.id().expect("an id"), &"m-1");
    assert!(body_of(response).await.is_empty());
    let hooked = std::mem::take(&mut *hooked.lock().expect("not poisoned"));
    assert_eq!(hooked, [("undecodable", Some(Bytes::from(body)))]);
}

#[tokio::test]
async fn a_layer_can_answer_200_and_drop() {
    let app: Router = Router::new()
        .route("/hook", receive(metriport(), accept))
        .layer(map_response(async |response: Response| {
            match response.extensions().get::<Refused>() {
                Some(refused) if refused.rule() == "missing-header" => Response::builder()
                    .status(200)
                    .body(Body::empty())
                    .expect("a response"),
                _ => response,
            }
        }));
    let request = Request::post("/hook")
        .body(Body::from(ADMIT))
        .expect("a request");
    assert_eq!(
        app.oneshot(request).await.expect("infallible").status(),
        200
    );
}

#[tokio::test]
async fn the_receivers_limit_alone_applies() {
    let padded = format!("{}{ADMIT}", " ".repeat(3 << 20));
    let app: Router = Router::new()
        .route("/hook", receive(metriport(), accept))
        .layer(DefaultBodyLimit::max(10));
    let response = app
        .oneshot(signed("/hook", padded))
        .await
        .expect("infallible");
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn an_outer_limit_shows_as_413() {
    let app: Router = Router::new()
        .route("/hook", receive(metriport(), accept))
        .layer(RequestBodyLimitLayer::new(10));
    let response = app
        .clone()
        .oneshot(signed("/hook", ADMIT))
        .await
        .expect("infallible");
    assert_eq!(response.status(), 413);
    // Without a declared length the layer cuts the body while we read it.
    let server = serve(app);
    let request = wire("/hook", ADMIT).framing(crate::client::Framing::Chunked(7));
    let answer = exchange(server.address, &request).expect("an answer");
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (413, b"".as_slice())
    );
}

#[tokio::test]
async fn a_time_out_of_the_applications_own_shows_as_408() {
    struct TooSlow;

    impl HttpBody for TooSlow {
        type Data = Bytes;
        type Error = BodyFailure;

        fn poll_frame(
            self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, BodyFailure>>> {
            Poll::Ready(Some(Err(BodyFailure::Timeout)))
        }
    }

    let app: Router = Router::new().route("/hook", receive(metriport(), accept));
    let (parts, _) = signed("/hook", ADMIT).into_parts();
    let request = Request::from_parts(parts, Body::new(TooSlow));
    let response = app.oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), 408);
    let refused = response.extensions().get::<Refused>().expect("the refusal");
    assert_eq!(refused.rule(), "body-timeout");
}

#[tokio::test]
async fn nested_routers_do_not_change_what_the_provider_sees() {
    let (receiver, seen) = watching();
    let inner = Router::new().route("/hook/{part}", receive(receiver, accept));
    let app: Router = Router::new().nest("/api", Router::new().nest("/v1", inner));
    let response = app.oneshot(signed("/api/v1/hook/a%2Fb?x=%41", ADMIT)).await;
    assert_eq!(response.expect("infallible").status(), 200);
    assert_eq!(
        *seen.lock().expect("not poisoned"),
        ["/api/v1/hook/a%2Fb Some(\"x=%41\") None"]
    );
}

#[tokio::test]
async fn the_peer_is_known_with_connect_info() {
    let (receiver, seen) = watching();
    let app: Router = Router::new().route("/hook", receive(receiver, accept));
    let mocked = app
        .clone()
        .layer(MockConnectInfo(SocketAddr::from(([192, 0, 2, 7], 80))));
    mocked
        .oneshot(signed("/hook", ADMIT))
        .await
        .expect("infallible");
    let server = serve(app);
    let request = wire("/hook", ADMIT);
    assert_eq!(
        exchange(server.address, &request)
            .expect("an answer")
            .status,
        200
    );
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(
        *seen,
        ["/hook None Some(192.0.2.7)", "/hook None Some(127.0.0.1)"]
    );
}

#[tokio::test]
async fn it_composes_with_layers_and_other_routes() {
    let calls = Arc::new(AtomicUsize::new(0));
    let handler = async |_delivery: Delivery<Event>,
                         Extension(calls): Extension<Arc<AtomicUsize>>| {
        calls.fetch_add(1, Ordering::SeqCst);
        Ok::<(), std::io::Error>(())
    };
    let header = axum::http::HeaderName::from_static("x-layer");
    let value = axum::http::HeaderValue::from_static("set");
    let app: Router = Router::new()
        .route("/hook", receive(metriport(), handler))
        .route("/health", any(async || StatusCode::NO_CONTENT))
        .layer(Extension(Arc::clone(&calls)))
        .layer(SetResponseHeaderLayer::overriding(header, value));
    let response = app
        .clone()
        .oneshot(signed("/hook", ADMIT))
        .await
        .expect("infallible");
    assert_eq!(
        (response.status(), &response.headers()["x-layer"]),
        (StatusCode::OK, &"set".parse().expect("a value"))
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let health = Request::get("/health")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(app.oneshot(health).await.expect("infallible").status(), 204);
}

#[derive(Clone)]
struct App {
    metriport: Receiver<Metriport>,
}

impl FromRef<App> for Receiver<Metriport> {
    fn from_ref(app: &App) -> Self {
        app.metriport.clone()
    }
}

#[tokio::test]
async fn the_extractor_shows_the_ping_and_its_rejection_can_be_taken_over() {
    async fn handler(
        State(_app): State<App>,
        webhook: Result<Webhook<Metriport>, WebhookRejection>,
    ) -> Result<Ack, StatusCode> {
        match webhook {
            Ok(webhook) => {
                assert!(matches!(webhook.events(), [Event::Ping(_)]));
                Ok(webhook.ack())
            }
            Err(rejection) => {
                assert!(!rejection.is_probe());
                assert_eq!(
                    rejection.error().expect("a refusal").rule(),
                    "signature-mismatch"
                );
                Err(StatusCode::IM_A_TEAPOT)
            }
        }
    }

    let app = Router::new().route("/hook", any(handler)).with_state(App {
        metriport: metriport(),
    });
    let response = app
        .clone()
        .oneshot(signed("/hook", PING))
        .await
        .expect("infallible");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(body_of(response).await, r#"{"pong":"p-1"}"#);
    let forged = metriport::testing::sign(&key("other"), PING).into_http("/hook");
    let forged = forged.expect("a request").map(Body::from);
    assert_eq!(app.oneshot(forged).await.expect("infallible").status(), 418);
}
