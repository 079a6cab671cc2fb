//! How an application tests its own endpoints: sign as the provider would, and send.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use actix_web::App;
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::web::ServiceConfig;
use example_actix_web_two_providers::{Secrets, app};
use pulsehook_actix_web::SigningKey;
use pulsehook_actix_web::human_api::testing as human_api;
use pulsehook_actix_web::metriport::testing as metriport;
use pulsehook_actix_web::testing::SignedRequest;

fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

fn test_app() -> impl Fn(&mut ServiceConfig) {
    app(Secrets {
        metriport: key("m-secret"),
        human_api: key("h-secret"),
    })
}

fn request(path: &str, signed: &SignedRequest) -> TestRequest {
    let method = Method::from_bytes(signed.method().as_bytes()).expect("a method");
    let request = TestRequest::with_uri(path)
        .method(method)
        .set_payload(signed.body().clone());
    let headers = signed.headers().iter();
    headers.fold(request, |request, (name, value)| {
        request.append_header((*name, value.as_str()))
    })
}

async fn text(response: ServiceResponse) -> String {
    let body = read_body(response).await;
    String::from_utf8(body.to_vec()).expect("text")
}

#[actix_web::test]
async fn a_retry_is_kept_once() {
    let app = init_service(App::new().configure(test_app())).await;
    let body = r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://files.example/1","patientId":"p-1"}}"#;
    for _ in 0..2 {
        let signed = metriport::sign(&key("m-secret"), body);
        let request = request("/hooks/metriport", &signed);
        assert_eq!(request.send_request(&app).await.status(), StatusCode::OK);
    }
    let items = r#"[{"humanId":"h-1","updatedAt":"2021-03-04T05:06:07.089Z","action":"created","objectId":"o-1","endpoint":"https://api.humanapi.co/v1/human/sleeps"}]"#;
    let signed = human_api::sign(
        &key("h-secret"),
        items,
        "1614834367101",
        "734410982265017733",
    );
    let request = request("/hooks/human-api", &signed);
    assert_eq!(request.send_request(&app).await.status(), StatusCode::OK);

    let request = TestRequest::with_uri("/received");
    let received = text(request.send_request(&app).await).await;
    assert!(received.contains(r#""metriport/id:m-1":1"#), "{received}");
    assert_eq!(received.matches("\":1").count(), 2, "{received}");
}

#[actix_web::test]
async fn a_ping_is_answered() {
    let app = init_service(App::new().configure(test_app())).await;
    let signed = metriport::sign(&key("m-secret"), r#"{"ping":"k3Jq"}"#);
    let request = request("/hooks/metriport", &signed);
    let response = request.send_request(&app).await;
    assert_eq!(text(response).await, r#"{"pong":"k3Jq"}"#);
}

#[actix_web::test]
async fn a_forged_request_is_refused() {
    let app = init_service(App::new().configure(test_app())).await;
    let signed = metriport::sign(&key("another secret"), r#"{"ping":"k3Jq"}"#);
    let request = request("/hooks/metriport", &signed);
    let response = request.send_request(&app).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(text(response).await, "");
}
