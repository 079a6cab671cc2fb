//! What is particular to tower: readiness, bodies, layers around and within.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, OriginalUri};
use axum::routing::any;
use bytes::{Buf as _, Bytes};
use futures_util::{StreamExt as _, stream};
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use pulsehook_tower::metriport::{Event, Metriport};
use pulsehook_tower::{
    BodyFailure, Receiver, Refused, SharedDelivery, VerifyWebhook, VerifyWebhookLayer,
};
use tower::buffer::BufferLayer;
use tower::limit::{ConcurrencyLimit, ConcurrencyLimitLayer};
use tower::load_shed::LoadShedLayer;
use tower::util::BoxCloneService;
use tower::{BoxError, Layer as _, Service, ServiceBuilder, ServiceExt as _, service_fn};

use crate::endpoints::key;
use crate::support::{self, ADMIT, PING, metriport, signed_with, watching};

type Whole = Full<Bytes>;

fn layer() -> VerifyWebhookLayer<Metriport> {
    VerifyWebhookLayer::new(metriport())
}

fn signed(target: &str, body: impl Into<Bytes>) -> Request<Whole> {
    support::signed(target, body).map(Full::new)
}

fn forged() -> Request<Whole> {
    signed_with("another", "/hook", ADMIT).map(Full::new)
}

/// Acknowledges what the layer let through.
async fn accept(request: Request<Whole>) -> Result<Response<Whole>, Infallible> {
    let response = match SharedDelivery::<Metriport>::of(request.extensions()) {
        Ok(delivery) => delivery.ack().clone().into(),
        Err(rejection) => Response::<Bytes>::from(rejection),
    };
    Ok(response.map(Full::new))
}

/// Answers with the body of the request.
async fn echo(request: Request<Whole>) -> Result<Response<Whole>, Infallible> {
    Ok(Response::new(request.into_body()))
}

/// Finds the peer where axum leaves it.
fn connected(parts: &Parts) -> Option<IpAddr> {
    Some(parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip())
}

/// Finds the URI of the request line where axum's routers leave it.
fn original(parts: &Parts) -> &Uri {
    match parts.extensions.get::<OriginalUri>() {
        Some(original) => &original.0,
        None => &parts.uri,
    }
}

/// Waits until a service takes a request with a whole body.
async fn ready_in<S: Service<Request<Whole>, Error: std::fmt::Debug>>(service: &mut S) -> &mut S {
    service.ready().await.expect("ready")
}

type Boxed = BoxCloneService<Request<Whole>, Response<Whole>, Infallible>;

/// Answers whatever comes, and counts it.
fn counting() -> (Boxed, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let service = service_fn(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        ready(Ok(Response::new(Whole::default())))
    });
    (BoxCloneService::new(service), calls)
}

#[tokio::test]
async fn the_wrapped_service_gets_the_delivery_and_the_body_as_received() {
    let inner = service_fn(async |request: Request<Whole>| {
        let delivery = SharedDelivery::<Metriport>::of(request.extensions()).expect("verified");
        assert!(matches!(delivery.events(), [Event::PatientAdmit(_)]));
        assert_eq!(request.uri(), "/hook?q=1");
        assert_eq!(request.headers()["x-more"], "more");
        let body = request.into_body().collect().await.expect("whole");
        Ok::<_, Infallible>(Response::new(Full::new(body.to_bytes())))
    });
    let mut request = signed("/hook?q=1", ADMIT);
    let more = http::HeaderValue::from_static("more");
    request.headers_mut().insert("x-more", more);
    let response = layer().layer(inner).oneshot(request).await;
    let response = response.expect("infallible");
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.expect("whole");
    assert_eq!(body.to_bytes(), ADMIT);
}

#[tokio::test]
async fn a_body_in_frames_is_put_together_and_its_trailers_are_passed_over() {
    let inner = service_fn(async |request: Request<Whole>| {
        let collected = request.into_body().collect().await.expect("whole");
        assert!(collected.trailers().is_none());
        Ok::<_, Infallible>(Response::new(Full::new(collected.to_bytes())))
    });
    let (parts, _) = signed("/hook", ADMIT).into_parts();
    let data = ADMIT.as_bytes().chunks(7);
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-metriport-signature", http::HeaderValue::from_static("0"));
    let frames = data
        .map(|chunk| Frame::data(Bytes::from_static(chunk)))
        .chain([Frame::trailers(trailers)]);
    let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)));
    let request = Request::from_parts(parts, body);
    let response = layer().layer(inner).oneshot(request).await;
    let body = response.expect("infallible").into_body().collect().await;
    assert_eq!(body.expect("whole").to_bytes(), ADMIT);
}

#[tokio::test]
async fn the_headers_of_the_framing_are_those_of_the_body_that_is_passed_on() {
    let inner = service_fn(async |request: Request<Whole>| {
        let length = ADMIT.len().to_string();
        assert_eq!(request.headers()["content-length"], length);
        for name in ["transfer-encoding", "trailer", "expect"] {
            assert!(!request.headers().contains_key(name), "{name}");
        }
        Ok::<_, Infallible>(Response::new(Whole::default()))
    });
    let chunked = [
        ("transfer-encoding", "chunked"),
        ("trailer", "x-rest"),
        ("expect", "100-continue"),
    ];
    for headers in [&chunked[..], &[("content-length", "5")], &[]] {
        let mut request = signed("/hook", ADMIT);
        for (name, value) in headers {
            let value = http::HeaderValue::from_static(value);
            request.headers_mut().insert(*name, value);
        }
        let response = layer().layer(inner).oneshot(request).await;
        assert_eq!(response.expect("infallible").status(), 200);
    }
}

#[tokio::test]
async fn what_gives_no_delivery_never_reaches_the_wrapped_service() {
    let (inner, calls) = counting();
    let service = layer().layer(inner);

    let response = service.clone().oneshot(forged()).await.expect("infallible");
    assert_eq!(response.status(), 401);
    let refused = response.extensions().get::<Refused>().expect("the refusal");
    assert_eq!(refused.rule(), "signature-mismatch");
    let body = response.into_body().collect().await.expect("whole");
    assert!(body.to_bytes().is_empty());

    let ping = service.clone().oneshot(signed("/hook", PING)).await;
    let ping = ping.expect("infallible");
    assert_eq!(ping.headers()["content-type"], "application/json");
    let body = ping.into_body().collect().await.expect("whole");
    assert_eq!(body.to_bytes(), r#"{"pong":"p-1"}"#);
    assert_eq!(calls.load(Ordering::SeqCst), 0);

    let _ = service.oneshot(signed("/hook", ADMIT)).await;
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_service_without_the_layer_answers_500() {
    let response = service_fn(accept).oneshot(signed("/hook", ADMIT)).await;
    let response = response.expect("infallible");
    assert_eq!(response.status(), 500);
    let body = response.into_body().collect().await.expect("whole");
    assert!(body.to_bytes().is_empty());
    // Another provider's delivery is none of its own.
    let other = service_fn(async |request: Request<Whole>| {
        let found =
            SharedDelivery::<pulsehook_tower::human_api::HumanApi>::of(request.extensions());
        let response = Response::<Bytes>::from(found.expect_err("of another"));
        Ok::<_, Infallible>(response.map(Full::new))
    });
    let response = layer().layer(other).oneshot(signed("/hook", ADMIT)).await;
    assert_eq!(response.expect("infallible").status(), 500);
}

#[tokio::test]
async fn failures_of_the_body_are_answered_as_they_say() {
    let status = async |failure: BoxError| {
        let (inner, calls) = counting();
        let (parts, _) = signed("/hook", ADMIT).into_parts();
        let frames = [
            Ok(Frame::data(Bytes::from_static(b"{"))),
            Err::<Frame<Bytes>, _>(failure),
        ];
        let request = Request::from_parts(parts, StreamBody::new(stream::iter(frames)));
        let response = layer().layer(inner).oneshot(request).await;
        assert_eq!(calls.load(Ordering::SeqCst), 0);
        response.expect("infallible").status()
    };
    assert_eq!(status(BodyFailure::Timeout.into()).await, 408);
    assert_eq!(status(BodyFailure::TooLarge.into()).await, 413);
    assert_eq!(status(BodyFailure::NoRoom.into()).await, 503);
    assert_eq!(status("reset".into()).await, 400);

    let (inner, _) = counting();
    let limited = signed("/hook", ADMIT).map(|body| Limited::new(body, 10));
    let response = layer().layer(inner).oneshot(limited).await;
    assert_eq!(response.expect("infallible").status(), 413);
}

#[tokio::test]
async fn the_body_type_of_the_wrapped_service_can_be_chosen() {
    struct Mine(Bytes);

    impl From<Bytes> for Mine {
        fn from(bytes: Bytes) -> Self {
            Self(bytes)
        }
    }

    let inner = service_fn(async |request: Request<Mine>| {
        Ok::<_, Infallible>(Response::new(Full::new(request.into_body().0)))
    });
    let service = layer().inner_body::<Mine>().layer(inner);
    let response = service.oneshot(signed("/hook", ADMIT)).await;
    let response = response.expect("infallible");
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.expect("whole");
    assert_eq!(body.to_bytes(), ADMIT);
}

#[tokio::test]
async fn choosing_the_body_type_keeps_where_path_and_peer_come_from() {
    let inner = service_fn(async |_request: Request<axum::body::Body>| {
        Ok::<_, Infallible>(Response::new(Whole::default()))
    });
    let (receiver, seen) = watching();
    let layer = VerifyWebhookLayer::new(receiver)
        .peer(connected)
        .uri(original)
        .inner_body::<axum::body::Body>();
    let mut request = signed("/hook", ADMIT);
    let extensions = request.extensions_mut();
    let peer = SocketAddr::from(([192, 0, 2, 7], 80));
    extensions.insert(ConnectInfo(peer));
    extensions.insert(OriginalUri(Uri::from_static("/api/hook?x=1")));
    let response = layer.layer(inner).oneshot(request).await;
    assert_eq!(response.expect("infallible").status(), 200);
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(*seen, [r#"/api/hook Some("x=1") Some(192.0.2.7)"#]);
}

#[tokio::test]
async fn other_extensions_of_the_request_reach_the_wrapped_service() {
    #[derive(Clone, Debug, PartialEq)]
    struct Marker(u8);

    let inner = service_fn(async |request: Request<Whole>| {
        let extensions = request.extensions();
        assert_eq!(extensions.get(), Some(&Marker(7)));
        assert!(SharedDelivery::<Metriport>::of(extensions).is_ok());
        Ok::<_, Infallible>(Response::new(Whole::default()))
    });
    let mut request = signed("/hook", ADMIT);
    request.extensions_mut().insert(Marker(7));
    let response = layer().layer(inner).oneshot(request).await;
    assert_eq!(response.expect("infallible").status(), 200);
}

#[tokio::test]
async fn a_frame_of_several_pieces_is_taken_whole() {
    let (one, other) = ADMIT.as_bytes().split_at(ADMIT.len() / 2);
    let frame = Frame::data(Bytes::from_static(one).chain(Bytes::from_static(other)));
    let body = StreamBody::new(stream::iter([Ok::<_, Infallible>(frame)]));
    let (parts, _) = signed("/hook", ADMIT).into_parts();
    let request = Request::from_parts(parts, body);
    let response = layer().layer(service_fn(echo)).oneshot(request).await;
    let response = response.expect("infallible");
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.expect("whole");
    assert_eq!(body.to_bytes(), ADMIT);
}

#[tokio::test]
async fn the_body_of_an_answer_knows_its_length_and_its_end() {
    let ends = async |request| {
        let response = layer().layer(service_fn(echo)).oneshot(request).await;
        let body = response.expect("infallible").into_body();
        (body.is_end_stream(), body.size_hint().exact())
    };
    assert_eq!(ends(forged()).await, (true, Some(0)));
    let pong = r#"{"pong":"p-1"}"#.len() as u64;
    assert_eq!(ends(signed("/hook", PING)).await, (false, Some(pong)));
    let own = ADMIT.len() as u64;
    assert_eq!(ends(signed("/hook", ADMIT)).await, (false, Some(own)));

    // The service's own is asked itself.
    let unknown = service_fn(async |_request: Request<Whole>| {
        let frames = stream::empty::<Result<Frame<Bytes>, Infallible>>();
        Ok::<_, Infallible>(Response::new(StreamBody::new(frames)))
    });
    let empty = service_fn(async |_request: Request<Whole>| {
        Ok::<_, Infallible>(Response::new(Whole::default()))
    });
    let request = || signed("/hook", ADMIT);
    let unknown = layer().layer(unknown).oneshot(request()).await;
    let body = unknown.expect("infallible").into_body();
    assert_eq!(
        (body.is_end_stream(), body.size_hint().exact()),
        (false, None)
    );
    let empty = layer().layer(empty).oneshot(request()).await;
    let body = empty.expect("infallible").into_body();
    assert_eq!(
        (body.is_end_stream(), body.size_hint().exact()),
        (true, Some(0))
    );
}

/// Fails when it is called without having said that it is ready, and says so for one call only,
/// at the second time of asking.
#[derive(Default)]
struct Strict {
    asked: usize,
    ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        // A clone has not been asked, whatever the original said.
        Self {
            calls: Arc::clone(&self.calls),
            ..Self::default()
        }
    }
}

impl Service<Request<Whole>> for Strict {
    type Response = Response<Whole>;
    type Error = &'static str;
    type Future = Ready<Result<Response<Whole>, &'static str>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.asked += 1;
        if self.asked.is_multiple_of(2) {
            self.ready = true;
            return Poll::Ready(Ok(()));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, _request: Request<Whole>) -> Self::Future {
        if !std::mem::take(&mut self.ready) {
            return ready(Err("called before it was ready"));
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        ready(Ok(Response::new(Whole::default())))
    }
}

#[tokio::test]
async fn the_service_that_was_ready_is_the_one_that_is_called() {
    let strict = Strict::default();
    let calls = Arc::clone(&strict.calls);
    let mut service = layer().layer(strict);
    for round in 1..=3 {
        let ready = ready_in(&mut service).await;
        let response = ready.call(signed("/hook", ADMIT)).await;
        assert_eq!(response.expect("called when ready").status(), 200);
        assert_eq!(calls.load(Ordering::SeqCst), round);
        // A refusal uses the readiness up, as tower's contract has it.
        let ready = ready_in(&mut service).await;
        let response = ready.call(forged()).await;
        assert_eq!(response.expect("not called").status(), 401);
    }
    // Without asking first, the mistake is the caller's, and shows.
    let unasked = service.call(signed("/hook", ADMIT)).await;
    assert_eq!(
        unasked.expect_err("not asked"),
        "called before it was ready"
    );
}

#[tokio::test]
async fn an_error_of_readiness_is_passed_on() {
    #[derive(Clone)]
    struct Broken;

    impl Service<Request<Whole>> for Broken {
        type Response = Response<Whole>;
        type Error = &'static str;
        type Future = Ready<Result<Response<Whole>, &'static str>>;

        fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            Poll::Ready(Err("broken"))
        }

        fn call(&mut self, _request: Request<Whole>) -> Self::Future {
            ready(Err("called though broken"))
        }
    }

    let outcome = layer().layer(Broken).oneshot(signed("/hook", ADMIT)).await;
    assert_eq!(outcome.expect_err("broken"), "broken");
}

/// Bounds a wait that ends at once when all is well.
async fn soon<F: Future>(future: F) -> F::Output {
    let bound = Duration::from_secs(60);
    tokio::time::timeout(bound, future).await.expect("in time")
}

#[tokio::test]
async fn refusals_give_the_permits_of_a_concurrency_limit_back() {
    let (inner, calls) = counting();
    let mut service = layer().layer(ConcurrencyLimit::new(inner, 1));
    soon(async {
        for _ in 0..20 {
            for (request, status) in [
                (forged(), 401),
                (signed("/hook", ADMIT), 200),
                (signed("/hook", PING), 200),
            ] {
                let ready = ready_in(&mut service).await;
                let response = ready.call(request).await.expect("infallible");
                assert_eq!(response.status(), status);
            }
        }
    })
    .await;
    assert_eq!(calls.load(Ordering::SeqCst), 20);
}

#[tokio::test]
async fn a_request_that_is_given_up_gives_its_permit_back() {
    let (inner, _) = counting();
    let service = layer().layer(ConcurrencyLimit::new(inner, 1));
    let (parts, _) = signed("/hook", ADMIT).into_parts();
    // A body of which nothing ever comes.
    let body = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let mut waiting = service.clone().oneshot(Request::from_parts(parts, body));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    // The one permit is taken while the body is waited for.
    let mut next = service.oneshot(signed("/hook", ADMIT));
    assert!(futures_util::poll!(&mut next).is_pending());
    drop(waiting);
    let response = soon(next).await;
    assert_eq!(response.expect("infallible").status(), 200);
}

#[tokio::test]
async fn it_stands_within_and_around_buffers_limits_and_load_shedding() {
    let (inner, calls) = counting();
    // The buffer within takes what the layer lets through; the layers around see all.
    let service = ServiceBuilder::new()
        .layer(BufferLayer::new(8))
        .layer(LoadShedLayer::new())
        .layer(ConcurrencyLimitLayer::new(4))
        .layer(layer())
        .layer(BufferLayer::new(2))
        .layer(LoadShedLayer::new())
        .service(inner);
    let answers = stream::iter(0..64)
        .map(|number| {
            let service = service.clone();
            let request = if number % 2 == 0 {
                signed("/hook", ADMIT)
            } else {
                forged()
            };
            async move {
                match service.oneshot(request).await {
                    Ok(response) => response.status(),
                    // Shed, not lost: the caller is told.
                    Err(error) => {
                        assert!(error.is::<tower::load_shed::error::Overloaded>(), "{error}");
                        StatusCode::SERVICE_UNAVAILABLE
                    }
                }
            }
        })
        .buffer_unordered(16);
    let answers = soon(answers.collect::<Vec<_>>()).await;
    let count = |status: u16| answers.iter().filter(|it| it.as_u16() == status).count();
    assert_eq!(count(200), calls.load(Ordering::SeqCst));
    assert!(count(200) > 0, "{answers:?}");
    assert!(count(401) > 0, "{answers:?}");
    assert_eq!(count(200) + count(401) + count(503), 64);
}

#[tokio::test]
async fn an_overloaded_service_sheds_before_a_body_is_read() {
    let (inner, calls) = counting();
    let limited = ConcurrencyLimit::new(inner, 1);
    let mut busy = limited.clone();
    let held = busy.ready().await.expect("infallible");
    let service = ServiceBuilder::new()
        .layer(LoadShedLayer::new())
        .layer(layer())
        .service(limited);
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let frames = stream::poll_fn(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(None::<Result<Frame<Bytes>, Infallible>>)
    });
    let (parts, _) = signed("/hook", ADMIT).into_parts();
    let request = Request::from_parts(parts, StreamBody::new(frames));
    let shed = service.oneshot(request).await.expect_err("overloaded");
    assert!(shed.is::<tower::load_shed::error::Overloaded>());
    assert_eq!(read.load(Ordering::SeqCst), 0);
    let _ = held;
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn axums_router_and_routes_take_it_as_a_layer() {
    async fn handler(delivery: axum::Extension<SharedDelivery<Metriport>>) -> String {
        format!("{}", delivery.dedup_key())
    }

    let app: Router = Router::new()
        .route("/layered", any(handler).layer(layer()))
        .merge(Router::new().route("/routed", any(handler)).layer(layer()))
        .route("/body", any(async |body: String| body).layer(layer()));
    let text = async |target: &str| {
        let request = signed(target, ADMIT);
        let response = app.clone().oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.expect("whole");
        String::from_utf8(body.to_bytes().to_vec()).expect("text")
    };
    assert_eq!(text("/layered").await, "id:m-1");
    assert_eq!(text("/routed").await, "id:m-1");
    assert_eq!(text("/body").await, ADMIT);
    for target in ["/layered", "/routed", "/body"] {
        let forged = signed_with("another", target, ADMIT).map(Full::new);
        let refused = app.clone().oneshot(forged).await.expect("infallible");
        assert_eq!(refused.status(), 401);
    }
}

#[tokio::test]
async fn path_and_peer_come_from_where_the_application_says() {
    async fn inner(_delivery: axum::Extension<SharedDelivery<Metriport>>) {}

    let (receiver, seen) = watching();
    let told = VerifyWebhookLayer::new(receiver.clone())
        .peer(connected)
        .uri(original);
    let untold = VerifyWebhookLayer::new(receiver);
    for layer in [told, untold] {
        let nested = Router::new().route("/hook/{part}", any(inner).layer(layer));
        let app: Router = Router::new().nest("/api", nested);
        let mut request = signed("/api/hook/a%2Fb?x=%41", ADMIT);
        let peer = SocketAddr::from(([192, 0, 2, 7], 80));
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = app.oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), 200);
    }
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(
        *seen,
        [
            "/api/hook/a%2Fb Some(\"x=%41\") Some(192.0.2.7)",
            "/hook/a%2Fb Some(\"x=%41\") None",
        ]
    );
}

#[tokio::test]
async fn the_hook_sees_what_cannot_be_decoded() {
    let hooked = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&hooked);
    let receiver = Receiver::builder(Metriport::new(key("secret")))
        .on_error(move |error| {
            let raw = error.undecodable().map(|it| it.raw().clone());
            note.lock().expect("not poisoned").push(raw);
        })
        .build();
    let (inner, _) = counting();
    let service: VerifyWebhook<_, _> = VerifyWebhookLayer::new(receiver).layer(inner);
    let body = ADMIT.replace("payload", "pay-load");
    let response = service.oneshot(signed("/hook", body.clone())).await;
    let response = response.expect("infallible");
    assert_eq!(response.status(), 400);
    let refused = response.extensions().get::<Refused>().expect("the refusal");
    assert_eq!(refused.undecodable().expect("verified").raw(), &body);
    let hooked = std::mem::take(&mut *hooked.lock().expect("not poisoned"));
    assert_eq!(hooked, [Some(Bytes::from(body))]);
}

#[test]
fn debug_shows_no_secret() {
    let (inner, _) = counting();
    let service = layer().layer(inner);
    let text = format!("{:?} {service:?}", layer());
    assert!(text.contains("metriport"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}
