//! A refused request is answered by its route, goes to no other, and tells the caller nothing.

use bytes::Bytes;
use http_body_util::Full;
use pulsehook_core::metriport::testing::sign;
use pulsehook_warp::human_api::HumanApi;
use pulsehook_warp::metriport::{Event, Metriport};
use pulsehook_warp::testing::SignedRequest;
use pulsehook_warp::{
    Ack, Delivery, Receiver, Refused, WebhookRejection, human_api, receive, recover, webhook,
};
use warp::http::{Request, StatusCode};
use warp::reject::Reject;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply as _};

use super::{ADMIT, App, PING, accept, ask, body_of, filters, metriport, paved, signed};
use crate::endpoints::key;

/// The answer of a route that takes every request, and must not see ours.
const FALLEN: &str = "fallen through";

/// Texts that must not come back: of the key, the URL, a header, a body.
const CANARY: &str = "canary";

fn receiver() -> Receiver<Metriport> {
    let builder = Receiver::builder(Metriport::new(key("canary-key")));
    builder.body_limit(1024).build()
}

fn before_a_catch_all(route: App) -> App {
    let catch_all = warp::any().map(|| FALLEN.into_response());
    route.or(catch_all).unify().boxed()
}

/// The filters without `recover`, which is a mistake.
fn not_recovered(receiver: Receiver<Metriport>) -> App {
    warp::path("hook")
        .and(webhook(receiver))
        .map(|delivery| Ack::of(&delivery).into_response())
        .boxed()
}

/// Requests that are refused, each with the status.
fn refused() -> Vec<(u16, Request<Full<Bytes>>)> {
    const SIGNATURE: &str = "x-metriport-signature";
    let http = |signed: SignedRequest| {
        let request = signed.into_http("/hook/canary-path?token=canary-query");
        request.expect("a request").map(Full::new)
    };
    let good = || sign(&key("canary-key"), ADMIT);
    let undecodable = r#"{"meta":{"messageId":"canary-id","when":"x","type":"canary-type"}"#;
    let mistyped = r#"{"meta":{"messageId":"canary-id","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":"canary-body"}"#;
    let mut missing = http(good());
    missing.headers_mut().remove(SIGNATURE);
    let mut repeated = http(good());
    let value = "canary-header".parse().expect("a value");
    repeated.headers_mut().append(SIGNATURE, value);
    let mut method = http(good());
    *method.method_mut() = "DELETE".parse().expect("a method");
    let mut head = http(good());
    *head.method_mut() = "HEAD".parse().expect("a method");
    let long = format!("{ADMIT}{}", " ".repeat(1024));
    vec![
        (401, http(sign(&key("another"), "canary-body"))),
        (401, http(good().with_header(SIGNATURE, "canary-header"))),
        (401, http(good().with_header(SIGNATURE, ""))),
        (401, missing),
        (401, repeated),
        (405, method),
        (405, head),
        (413, http(good().with_header("content-length", "1025"))),
        (413, http(sign(&key("canary-key"), long))),
        (400, http(sign(&key("canary-key"), undecodable))),
        (400, http(sign(&key("canary-key"), mistyped))),
    ]
}

#[tokio::test]
async fn refusals_are_answered_by_their_route_with_nothing_in_them() {
    for make in [paved, filters] {
        let app = before_a_catch_all(make(receiver()));
        for (status, request) in refused() {
            let response = ask(&app, request).await;
            assert_eq!(response.status(), status);
            assert!(response.extensions().get::<Refused>().is_some());
            let allow = response.headers().get("allow").map(|it| it.as_bytes());
            assert_eq!(allow, (status == 405).then_some(b"POST".as_slice()));
            let others = response.headers().len() - usize::from(status == 405);
            assert_eq!(others, 0, "{:?}", response.headers());
            assert_eq!(body_of(response).await, "");
        }
        // The catch-all is there, and the good delivery is not its either.
        let other = Request::get("/other").body(Full::<Bytes>::default());
        let response = ask(&app, other.expect("a request")).await;
        assert_eq!(body_of(response).await, FALLEN);
        let good = sign(&key("canary-key"), ADMIT).into_http("/hook");
        let response = ask(&app, good.expect("a request").map(Full::new)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(body_of(response).await, "");
    }
}

#[tokio::test]
async fn a_failing_handler_does_not_fall_through_either() {
    let fail = async |_: Delivery<Event>| Err::<(), _>("canary-error");
    let route = warp::path("hook").and(receive(metriport(), fail)).boxed();
    let response = ask(&before_a_catch_all(route), signed("/hook", ADMIT)).await;
    assert_eq!(response.status(), 500);
    assert_eq!(body_of(response).await, "");
}

#[tokio::test]
async fn without_recover_a_refused_request_goes_to_the_other_routes() {
    let app = before_a_catch_all(not_recovered(receiver()));
    for (_, request) in refused() {
        let response = ask(&app, request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(body_of(response).await, FALLEN);
    }
}

#[tokio::test]
async fn without_recover_and_other_routes_warp_answers_500_and_tells_nothing() {
    let app = not_recovered(receiver());
    for (_, request) in refused() {
        let response = ask(&app, request).await;
        assert_eq!(response.status(), 500);
        assert!(!format!("{response:?}").contains(CANARY));
        let body = body_of(response).await;
        assert_eq!(body, "Unhandled rejection: WebhookRejection(..)");
    }
}

#[tokio::test]
async fn debug_of_a_rejection_is_the_same_for_all_refusals() {
    let debugged = webhook(receiver())
        .map(|delivery| Ack::of(&delivery).into_response())
        .recover(async |rejection: Rejection| {
            let found = rejection.find::<WebhookRejection>().expect("ours");
            assert!(found.error().is_some());
            Ok::<_, Rejection>(format!("{rejection:?} {found:?}").into_response())
        })
        .unify()
        .boxed();
    for (_, request) in refused() {
        let body = body_of(ask(&debugged, request).await).await;
        assert_eq!(body, "Rejection(WebhookRejection(..)) WebhookRejection(..)");
    }
}

#[tokio::test]
async fn recover_passes_other_rejections_on() {
    #[derive(Debug)]
    struct Foreign;

    impl Reject for Foreign {}

    let hook = warp::path!("hook")
        .and(warp::header::exact("x-tenant", "t-1"))
        .and(webhook(metriport()))
        .map(|delivery| Ack::of(&delivery))
        .recover(recover);
    let other = warp::path!("other").and(warp::get()).map(|| "other");
    let teapot = warp::path!("teapot")
        .and_then(async || Err::<String, _>(warp::reject::custom(Foreign)))
        .recover(recover);
    let app = hook
        .or(teapot)
        .or(other)
        .recover(
            async |rejection: Rejection| match rejection.find::<Foreign>() {
                Some(Foreign) => Ok(StatusCode::IM_A_TEAPOT),
                None => Err(rejection),
            },
        );
    let app = app.map(warp::Reply::into_response).boxed();
    let status = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Full::<Bytes>::default()).expect("a request");
        ask(&app, request).await.status().as_u16()
    };
    assert_eq!(status("GET", "/nowhere").await, 404);
    assert_eq!(status("GET", "/hook/more").await, 404);
    assert_eq!(status("POST", "/other").await, 405);
    assert_eq!(status("GET", "/other").await, 200);
    assert_eq!(status("GET", "/teapot").await, 418);
    // A filter of the application's before ours rejects as it always does.
    assert_eq!(status("POST", "/hook").await, 400);
    let mut request = signed("/hook", ADMIT);
    let tenant = "t-1".parse().expect("a value");
    request.headers_mut().insert("x-tenant", tenant);
    assert_eq!(ask(&app, request).await.status(), 200);
}

#[tokio::test]
async fn an_application_can_recover_by_itself() {
    async fn own(rejection: Rejection) -> Result<Response, Rejection> {
        let Some(found) = rejection.find::<WebhookRejection>() else {
            return Err(rejection);
        };
        assert!(!found.is_probe());
        let rule = found.error().expect("a refusal").rule();
        let mut response = rule.into_response();
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        Ok(response)
    }

    let app = webhook(metriport())
        .map(|delivery| Ack::of(&delivery).into_response())
        .recover(own)
        .unify()
        .boxed();
    let mut forged = signed("/hook", ADMIT);
    *forged.body_mut() = Full::from(PING);
    let response = ask(&app, forged).await;
    assert_eq!(response.status(), 418);
    assert_eq!(body_of(response).await, "signature-mismatch");
}

#[tokio::test]
async fn several_webhooks_stand_side_by_side() {
    let human_api = || Receiver::new(HumanApi::new(key("other")));
    let accept_other = async |_: Delivery<human_api::Event>| Ok::<(), std::io::Error>(());
    let paved = {
        let first = warp::path!("metriport").and(receive(metriport(), accept));
        let second = warp::path!("human-api").and(receive(human_api(), accept_other));
        first.or(second).unify().boxed()
    };
    let filters = {
        let first = warp::path!("metriport")
            .and(webhook(metriport()))
            .map(|delivery| Ack::of(&delivery))
            .recover(recover);
        let second = warp::path!("human-api")
            .and(webhook(human_api()))
            .map(|delivery| Ack::of(&delivery))
            .recover(recover);
        first.or(second).map(warp::Reply::into_response).boxed()
    };
    // One `recover` for all of them does as well, as long as no other route follows before it.
    let recovered_once = {
        let first = warp::path!("metriport").and(webhook(metriport()));
        let second = warp::path!("human-api").and(webhook(human_api()));
        first
            .map(|delivery| Ack::of(&delivery))
            .or(second.map(|delivery| Ack::of(&delivery)))
            .recover(recover)
            .map(warp::Reply::into_response)
            .boxed()
    };
    for app in [paved, filters, recovered_once] {
        let app = before_a_catch_all(app);
        let items = r#"[{"humanId":"h-1","updatedAt":"2021-03-04T05:06:07.089Z","action":"created","objectId":"o-1","endpoint":"https://api.humanapi.co/v1/human/sleeps"}]"#;
        let sign_other = |path: &str| {
            let signed = human_api::testing::sign(&key("other"), items, "1614834367101", "1");
            signed.into_http(path).expect("a request").map(Full::new)
        };
        assert_eq!(ask(&app, signed("/metriport", ADMIT)).await.status(), 200);
        assert_eq!(ask(&app, sign_other("/human-api")).await.status(), 200);
        assert_eq!(ask(&app, signed("/human-api", ADMIT)).await.status(), 401);
        assert_eq!(ask(&app, sign_other("/metriport")).await.status(), 401);
        let response = ask(&app, signed("/nowhere", ADMIT)).await;
        assert_eq!(body_of(response).await, FALLEN);
    }
}
