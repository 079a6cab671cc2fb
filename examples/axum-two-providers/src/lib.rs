//! The application: two endpoints, one store behind both.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use pulsehook_axum::human_api::{self, HumanApi};
use pulsehook_axum::metriport::{self, Metriport};
use pulsehook_axum::{Delivery, Receiver, SigningKey, receive};

/// What the providers sign with.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the program and its tests make it"
)]
pub struct Secrets {
    /// Metriport's webhook key.
    pub metriport: SigningKey,
    /// Human API's client secret.
    pub human_api: SigningKey,
}

/// Stands for a database: the number of events under each delivery's key.
///
/// A real one keeps `delivery.raw()` as well, and does its work later: providers wait two to five
/// seconds for an answer.
#[derive(Clone, Debug, Default)]
struct Store(Arc<Mutex<BTreeMap<String, usize>>>);

impl Store {
    /// Keeps a delivery once; its retries have the same key.
    fn keep<E>(&self, delivery: &Delivery<E>) {
        let key = format!("{}/{}", delivery.endpoint(), delivery.dedup_key());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(key).or_insert(delivery.events().len());
    }
}

/// Makes the application.
// README: begin
pub fn app(secrets: Secrets) -> Router {
    let metriport = Receiver::new(Metriport::new(secrets.metriport));
    let human_api = Receiver::new(HumanApi::new(secrets.human_api));
    Router::new()
        .route("/hooks/metriport", receive(metriport, on_metriport))
        .route("/hooks/human-api", receive(human_api, on_human_api))
        .route("/received", get(received))
        .with_state(Store::default())
}

async fn on_metriport(
    delivery: Delivery<metriport::Event>,
    State(store): State<Store>,
) -> Result<(), std::io::Error> {
    for event in delivery.events() {
        match event {
            metriport::Event::PatientAdmit(_) => println!("a patient was admitted"),
            metriport::Event::Unknown(_) => println!("a message of a type newer than this program"),
            _ => println!("another message"),
        }
    }
    store.keep(&delivery);
    Ok(())
}
// README: end

async fn on_human_api(
    delivery: Delivery<human_api::Event>,
    State(store): State<Store>,
) -> Result<(), std::io::Error> {
    store.keep(&delivery);
    Ok(())
}

async fn received(State(store): State<Store>) -> Json<BTreeMap<String, usize>> {
    Json(
        store
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone(),
    )
}
