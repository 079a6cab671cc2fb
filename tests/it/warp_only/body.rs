//! Bodies: those that end early, those that are gone, and what follows them.

use std::io;

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::{Full, Limited, StreamBody};
use pulsehook_warp::{BodyFailure, Refused, WebhookRejection, receive, recover, webhook};
use tracing::Level;
use warp::http::{HeaderMap, Request};
use warp::{Filter, Rejection, Reply as _};

use super::{ADMIT, Ack, App, accept, ask, body_of, filters, metriport, paved, serve, signed};
use crate::captured;
use crate::client::{Framing, Request as WireRequest, exchange};
use crate::endpoints::key;

type Frames<E> = Vec<Result<Frame<Bytes>, E>>;

/// The signed request, with a body of these frames.
fn streamed<E: Send + Sync + 'static>(
    frames: Frames<E>,
) -> Request<impl http_body::Body<Data = Bytes, Error = E> + Send + Sync> {
    let (parts, _) = signed("/hook", ADMIT).into_parts();
    Request::from_parts(parts, StreamBody::new(stream::iter(frames)))
}

fn half() -> Frame<Bytes> {
    Frame::data(Bytes::from_static(&ADMIT.as_bytes()[..ADMIT.len() / 2]))
}

fn other_half() -> Frame<Bytes> {
    Frame::data(Bytes::from_static(&ADMIT.as_bytes()[ADMIT.len() / 2..]))
}

#[tokio::test]
async fn a_body_that_ends_with_a_failure_is_answered_as_that_says() {
    let cases = [
        (BodyFailure::Timeout, 408),
        (BodyFailure::TooLarge, 413),
        (BodyFailure::NoRoom, 503),
        (BodyFailure::BrokeOff, 400),
    ];
    for app in [paved(metriport()), filters(metriport())] {
        for (failure, status) in cases {
            let plain = streamed(vec![Ok(half()), Err(failure)]);
            assert_eq!(ask(&app, plain).await.status(), status);
            // Wrapped as servers do.
            let wrapped = streamed(vec![Ok(half()), Err(io::Error::other(failure))]);
            let response = ask(&app, wrapped).await;
            assert_eq!(response.status(), status);
            assert!(response.extensions().get::<Refused>().is_some());
            assert!(body_of(response).await.is_empty());
        }
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let reset = streamed(vec![Ok(half()), Err(reset)]);
        assert_eq!(ask(&app, reset).await.status(), 400);
    }
}

#[tokio::test]
async fn an_outer_limit_shows_as_413() {
    for app in [paved(metriport()), filters(metriport())] {
        let within = signed("/hook", ADMIT).map(|body| Limited::new(body, ADMIT.len()));
        assert_eq!(ask(&app, within).await.status(), 200);
        let over = signed("/hook", ADMIT).map(|body| Limited::new(body, ADMIT.len() - 1));
        let response = ask(&app, over).await;
        assert_eq!(response.status(), 413);
        let refused = response.extensions().get::<Refused>().expect("the refusal");
        assert_eq!(refused.rule(), "body-too-large");
    }
}

#[tokio::test]
async fn frames_are_taken_as_they_come_and_trailers_passed_over() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-metriport-signature", "0".parse().expect("a value"));
    for app in [paved(metriport()), filters(metriport())] {
        let frames: Frames<io::Error> = vec![
            Ok(half()),
            Ok(Frame::data(Bytes::new())),
            Ok(other_half()),
            Ok(Frame::trailers(trailers.clone())),
        ];
        assert_eq!(ask(&app, streamed(frames)).await.status(), 200);
    }
}

#[test]
fn trailers_on_the_wire_are_passed_over() {
    let server = serve(paved(metriport()));
    let signed = pulsehook_core::metriport::testing::sign(&key("secret"), ADMIT);
    let chunked = WireRequest::post("/hook", ADMIT).framing(Framing::Chunked(7));
    let (name, signature) = signed
        .headers()
        .iter()
        .find(|(name, _)| *name == "x-metriport-signature")
        .expect("a signature");
    let in_head = chunked.clone().header(name, signature).trailer(name, "0");
    assert_eq!(exchange(server.address, &in_head).expect("one").status, 200);
    let in_trailer = chunked.trailer(name, signature);
    let answer = exchange(server.address, &in_trailer).expect("an answer");
    assert_eq!((answer.status, answer.body), (401, Vec::new()));
}

/// Routes whose body is gone when ours sees it: taken before it, or by a route that was tried
/// first.
fn taken() -> Vec<App> {
    let catch_all = || warp::any().map(|| "fallen through".into_response());
    let bytes = warp::path("hook").and(warp::body::bytes());
    let paved_road = bytes
        .and(receive(metriport(), accept))
        .map(|_: Bytes, response| response);
    let filter = bytes
        .and(webhook(metriport()))
        .map(|_: Bytes, delivery| Ack::of(&delivery))
        .recover(recover)
        .map(warp::Reply::into_response);
    let tried_first = bytes.and_then(async |_: Bytes| {
        // It takes the body and then finds that the request is not for it.
        Err::<warp::reply::Response, Rejection>(warp::reject())
    });
    let tried_first = tried_first.or(paved(metriport())).unify();
    vec![
        paved_road.or(catch_all()).unify().boxed(),
        filter.or(catch_all()).unify().boxed(),
        tried_first.or(catch_all()).unify().boxed(),
    ]
}

#[tokio::test]
async fn a_body_that_was_taken_is_a_500_that_the_log_explains() {
    captured::begin();
    for app in taken() {
        let response = ask(&app, signed("/hook", ADMIT)).await;
        assert_eq!(response.status(), 500);
        assert!(response.extensions().get::<Refused>().is_none());
        assert!(body_of(response).await.is_empty());
        let lines = captured::take();
        let told = lines
            .iter()
            .filter(|line| line.contains("pulsehook::set_up"));
        let told: Vec<_> = told.collect();
        let [line] = told[..] else {
            panic!("not one event: {lines:?}");
        };
        assert!(line.is(Level::ERROR), "{line:?}");
        assert!(line.contains("metriport"), "{line:?}");
        let why = "body of the request was taken";
        assert!(line.contains(why), "{line:?}");
    }
}

#[tokio::test]
async fn the_rejection_of_a_taken_body_is_neither_a_refusal_nor_a_probe() {
    let app = warp::body::bytes()
        .and(webhook(metriport()))
        .map(|_: Bytes, delivery| Ack::of(&delivery).into_response())
        .recover(async |rejection: Rejection| {
            let found = rejection.find::<WebhookRejection>().expect("ours");
            assert!(found.error().is_none() && !found.is_probe());
            Ok::<_, Rejection>(found.to_string().into_response())
        })
        .unify()
        .boxed();
    let body = body_of(ask(&app, signed("/hook", ADMIT)).await).await;
    assert_eq!(
        body,
        "metriport: the body of the request was taken before a receiver could verify it: \
         take `Delivery::raw` instead"
    );
}

#[tokio::test]
async fn the_receivers_limit_alone_applies_and_no_length_need_be_declared() {
    let padded = format!("{}{ADMIT}", " ".repeat(3 << 20));
    for app in [paved(metriport()), filters(metriport())] {
        let request: Request<Full<Bytes>> = signed("/hook", padded.clone());
        assert!(!request.headers().contains_key("content-length"));
        assert_eq!(ask(&app, request).await.status(), 200);
    }
}
