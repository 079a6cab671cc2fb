//! Receives Metriport, Human API, Thryve and Withings.

use std::error::Error;
use std::io;

use axum::Router;
use axum::extract::State;
use axum::middleware::map_response;
use axum::response::Response;
use pulsehook_axum::human_api::{self, HumanApi};
use pulsehook_axum::metriport::{self, Metriport};
use pulsehook_axum::thryve::{self, Thryve};
use pulsehook_axum::withings::{self, Withings};
use pulsehook_axum::{Delivery, HandlerError, Receiver, Refused, SigningKey};
use pulsehook_axum::{SharedSecret, UrlSecrets, receive};

#[derive(Clone)]
struct App; // your database, your queue

async fn on_metriport(
    delivery: Delivery<metriport::Event>,
    State(_app): State<App>,
) -> Result<(), io::Error> {
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

async fn on_human_api(delivery: Delivery<human_api::Event>) -> Result<(), io::Error> {
    println!("{} notifications", delivery.events().len());
    Ok(())
}

async fn on_thryve(delivery: Delivery<thryve::Event>) -> Result<(), io::Error> {
    for event in delivery.events() {
        println!("{}", event.event_type()); // decompressed, if it was a data push
    }
    Ok(())
}

async fn on_withings(delivery: Delivery<withings::Event>) -> Result<(), io::Error> {
    for event in delivery.events() {
        println!("{} of user {:?}", event.name(), event.user_id()); // now fetch the values
    }
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

fn app(key: impl Fn(&str) -> Result<SigningKey, String>) -> Result<Router, Box<dyn Error>> {
    let metriport = Receiver::new(Metriport::new(key("METRIPORT_WEBHOOK_KEY")?));
    let human_api = Receiver::new(HumanApi::new(key("HUMAN_API_CLIENT_SECRET")?));
    let thryve = Thryve::builder().keys(key("THRYVE_HMAC_SECRET")?).build()?;
    // Withings does not sign: the URL that is subscribed ends in `?token=` and this secret.
    let token = SharedSecret::from(key("WITHINGS_URL_TOKEN")?);
    let withings = Withings::new(UrlSecrets::in_query("token", token));
    Ok(Router::new()
        .route("/hooks/metriport", receive(metriport, on_metriport))
        .route("/hooks/human-api", receive(human_api, on_human_api))
        .route("/hooks/thryve", receive(Receiver::new(thryve), on_thryve))
        .route(
            "/hooks/withings",
            receive(Receiver::new(withings), on_withings),
        )
        .layer(map_response(report))
        .with_state(App))
}

fn from_env(variable: &str) -> Result<SigningKey, String> {
    let text = std::env::var(variable).map_err(|_| format!("{variable} is not set"))?;
    SigningKey::from_text(text).map_err(|error| format!("{variable}: {error}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(from_env)?).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use pulsehook_axum::{SigningKey, metriport, withings};
    use tower::ServiceExt as _;

    fn key(name: &str) -> Result<SigningKey, String> {
        Ok(SigningKey::from_text(name).unwrap())
    }

    #[tokio::test]
    async fn a_ping_is_answered() {
        let key_of_metriport = key("METRIPORT_WEBHOOK_KEY").unwrap();
        let request = metriport::testing::sign(&key_of_metriport, r#"{"ping":"k3Jq"}"#)
            .into_http("/hooks/metriport")
            .unwrap();
        let app = super::app(key).unwrap();
        let response = app.oneshot(request.map(Body::from)).await.unwrap();
        assert_eq!(response.status(), 200);
        let body = to_bytes(response.into_body(), 1024).await.unwrap();
        assert_eq!(body, r#"{"pong":"k3Jq"}"#);
    }

    #[tokio::test]
    async fn withings_may_subscribe_with_the_right_token_only() {
        for (token, status) in [("WITHINGS_URL_TOKEN", 200), ("another", 401)] {
            let url = format!("/hooks/withings?token={token}");
            let probe = withings::testing::probe().into_http(&url).unwrap();
            let app = super::app(key).unwrap();
            let response = app.oneshot(probe.map(Body::from)).await.unwrap();
            assert_eq!(response.status(), status);
        }
    }
}
