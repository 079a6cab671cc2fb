//! Receives Metriport and Human API.

use axum::Router;
use axum::extract::State;
use axum::middleware::map_response;
use axum::response::Response;
use pulsehook_axum::human_api::{self, HumanApi};
use pulsehook_axum::metriport::{self, Metriport};
use pulsehook_axum::{Delivery, HandlerError, Receiver, Refused, SigningKey, receive};

#[derive(Clone)]
struct App; // your database, your queue

async fn on_metriport(
    delivery: Delivery<metriport::Event>,
    State(_app): State<App>,
) -> Result<(), std::io::Error> {
    // Store and return: the provider waits a few seconds only. The key is the same on retries, and
    // is one within its endpoint.
    println!("{}: {} bytes", delivery.dedup_key(), delivery.raw().len());
    for event in delivery.events() {
        match event {
            metriport::Event::PatientAdmit(admit) => println!("{}", admit.payload.patient_id),
            other => println!("{}", other.event_type()),
        }
    }
    Ok(()) // acknowledged as Metriport expects; an `Err` answers 500
}

async fn on_human_api(delivery: Delivery<human_api::Event>) -> Result<(), std::io::Error> {
    println!("{} notifications", delivery.events().len());
    Ok(())
}

/// Reports what was not acknowledged. The reasons travel beside the response, not in it.
async fn report(response: Response) -> Response {
    if let Some(refused) = response.extensions().get::<Refused>() {
        eprintln!("{} refused: {}", refused.endpoint(), refused.rule());
        if let Some(undecodable) = refused.undecodable() {
            // Authentic, and newer or odder than this program: keep it, or it is lost.
            let _stored = undecodable.to_stored();
        }
    }
    if let Some(error) = response.extensions().get::<HandlerError>() {
        eprintln!("handler failed: {}", &**error);
    }
    response
}

fn app(metriport_key: SigningKey, client_secret: SigningKey) -> Router {
    let metriport = Receiver::new(Metriport::new(metriport_key));
    let human_api = Receiver::new(HumanApi::new(client_secret));
    Router::new()
        .route("/hooks/metriport", receive(metriport, on_metriport))
        .route("/hooks/human-api", receive(human_api, on_human_api))
        .layer(map_response(report))
        .with_state(App)
}

fn secret(variable: &str) -> Result<SigningKey, String> {
    let text = std::env::var(variable).map_err(|_| format!("{variable} is not set"))?;
    SigningKey::from_text(text).map_err(|error| format!("{variable}: {error}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = app(
        secret("METRIPORT_WEBHOOK_KEY")?,
        secret("HUMAN_API_CLIENT_SECRET")?,
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use pulsehook_axum::SigningKey;
    use pulsehook_axum::metriport::testing::sign;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn a_ping_is_answered() {
        let key = SigningKey::from_text("the key of the test").unwrap();
        let app = super::app(key.clone(), SigningKey::from_text("another").unwrap());
        let request = sign(&key, r#"{"ping":"k3Jq"}"#)
            .into_http("/hooks/metriport")
            .unwrap();
        let response = app.oneshot(request.map(Body::from)).await.unwrap();
        assert_eq!(response.status(), 200);
        let body = to_bytes(response.into_body(), 1024).await.unwrap();
        assert_eq!(body, r#"{"pong":"k3Jq"}"#);
    }
}
