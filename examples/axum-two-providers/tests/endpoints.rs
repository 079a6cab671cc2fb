//! How an application tests its own endpoints: sign as the provider would, and send.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::{Router, response::Response};
use example_axum_two_providers::{Secrets, app};
use pulsehook_axum::SigningKey;
use pulsehook_axum::human_api::testing as human_api;
use pulsehook_axum::metriport::testing as metriport;
use pulsehook_axum::testing::SignedRequest;
use tower::ServiceExt as _;

fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

fn test_app() -> Router {
    app(Secrets {
        metriport: key("m-secret"),
        human_api: key("h-secret"),
    })
}

async fn send(app: &Router, path: &str, request: SignedRequest) -> Response {
    let request = request.into_http(path).expect("a request").map(Body::from);
    app.clone().oneshot(request).await.expect("infallible")
}

async fn text(response: Response) -> String {
    let body = to_bytes(response.into_body(), 1 << 16)
        .await
        .expect("a body");
    String::from_utf8(body.to_vec()).expect("text")
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

    let request = Request::get("/received")
        .body(Body::empty())
        .expect("a request");
    let received = text(app.oneshot(request).await.expect("infallible")).await;
    assert!(received.contains(r#""metriport/id:m-1":1"#), "{received}");
    assert_eq!(received.matches("\":1").count(), 2, "{received}");
}

#[tokio::test]
async fn a_ping_is_answered() {
    let request = metriport::sign(&key("m-secret"), r#"{"ping":"k3Jq"}"#);
    let response = send(&test_app(), "/hooks/metriport", request).await;
    assert_eq!(text(response).await, r#"{"pong":"k3Jq"}"#);
}

#[tokio::test]
async fn a_forged_request_is_refused() {
    let request = metriport::sign(&key("another secret"), r#"{"ping":"k3Jq"}"#);
    let response = send(&test_app(), "/hooks/metriport", request).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(text(response).await, "");
}
