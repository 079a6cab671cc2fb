//! How an application tests its own endpoints: sign as the provider would, and send.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use example_warp_two_providers::{Secrets, app};
use pulsehook_warp::SigningKey;
use pulsehook_warp::bytes::Bytes;
use pulsehook_warp::human_api::testing as human_api;
use pulsehook_warp::metriport::testing as metriport;
use pulsehook_warp::testing::SignedRequest;
use warp::http::{Response, StatusCode};
use warp::{Filter, Rejection, Reply};

fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

fn test_app() -> impl Filter<Extract = impl Reply, Error = Rejection> + Clone + 'static {
    app(Secrets {
        metriport: key("m-secret"),
        human_api: key("h-secret"),
    })
}

async fn send(
    app: &(impl Filter<Extract = impl Reply, Error = Rejection> + 'static),
    path: &str,
    signed: SignedRequest,
) -> Response<Bytes> {
    let mut request = warp::test::request().method(signed.method()).path(path);
    for (name, value) in signed.headers() {
        request = request.header(*name, value);
    }
    request.body(signed.body()).reply(app).await
}

#[tokio::test]
async fn a_retry_is_kept_once() {
    let app = test_app();
    let body = r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://files.example/1","patientId":"p-1"}}"#;
    for _ in 0..2 {
        let request = metriport::sign(&key("m-secret"), body);
        let response = send(&app, "/hooks/metriport", request).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
    let items = r#"[{"humanId":"h-1","updatedAt":"2021-03-04T05:06:07.089Z","action":"created","objectId":"o-1","endpoint":"https://api.humanapi.co/v1/human/sleeps"}]"#;
    let request = human_api::sign(
        &key("h-secret"),
        items,
        "1614834367101",
        "734410982265017733",
    );
    assert_eq!(
        send(&app, "/hooks/human-api", request).await.status(),
        StatusCode::OK
    );

    let request = warp::test::request().path("/received");
    let received = text(&request.reply(&app).await);
    assert!(received.contains(r#""metriport/id:m-1":1"#), "{received}");
    assert_eq!(received.matches("\":1").count(), 2, "{received}");
}

#[tokio::test]
async fn a_ping_is_answered() {
    let request = metriport::sign(&key("m-secret"), r#"{"ping":"k3Jq"}"#);
    let response = send(&test_app(), "/hooks/metriport", request).await;
    assert_eq!(text(&response), r#"{"pong":"k3Jq"}"#);
}

#[tokio::test]
async fn a_forged_request_is_refused() {
    let request = metriport::sign(&key("another secret"), r#"{"ping":"k3Jq"}"#);
    let response = send(&test_app(), "/hooks/metriport", request).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(text(&response), "");
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).expect("text")
}
