//! The application: two endpoints, one store behind both.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pulsehook_warp::human_api::{self, HumanApi};
use pulsehook_warp::metriport::{self, Metriport};
use pulsehook_warp::{Delivery, Receiver, SigningKey, receive};
use warp::reply::Json;
use warp::{Filter, Rejection, Reply};

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

// README: begin
/// Makes the application.
pub fn app(secrets: Secrets) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let metriport = Receiver::new(Metriport::new(secrets.metriport));
    let human_api = Receiver::new(HumanApi::new(secrets.human_api));
    let store = Store::default();

    // State goes into the handlers by capture.
    let kept = store.clone();
    let on_metriport = move |delivery| on_metriport(delivery, kept.clone());
    let kept = store.clone();
    let on_human_api = move |delivery| on_human_api(delivery, kept.clone());

    let metriport = warp::path!("hooks" / "metriport").and(receive(metriport, on_metriport));
    let human_api = warp::path!("hooks" / "human-api").and(receive(human_api, on_human_api));
    let received = warp::path!("received")
        .and(warp::get())
        .map(move || received(&store));
    metriport.or(human_api).or(received)
}

async fn on_metriport(
    delivery: Delivery<metriport::Event>,
    store: Store,
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

async fn on_human_api(
    delivery: Delivery<human_api::Event>,
    store: Store,
) -> Result<(), std::io::Error> {
    store.keep(&delivery);
    Ok(())
}
// README: end

fn received(store: &Store) -> Json {
    warp::reply::json(&*store.0.lock().unwrap_or_else(PoisonError::into_inner))
}
