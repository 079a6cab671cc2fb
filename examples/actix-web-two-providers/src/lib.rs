//! The application: two endpoints, one store behind both.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::{self, Data, Json, ServiceConfig};
use pulsehook_actix_web::human_api::HumanApi;
use pulsehook_actix_web::metriport::{self, Metriport};
use pulsehook_actix_web::{Ack, Delivery, Receiver, SigningKey, VerifyWebhook, Webhook};

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

/// Makes the application, which each worker sets up for itself: for `App::configure`.
// README: begin
pub fn app(secrets: Secrets) -> impl Fn(&mut ServiceConfig) + Clone {
    let metriport = VerifyWebhook::new(Receiver::new(Metriport::new(secrets.metriport)));
    let human_api = VerifyWebhook::new(Receiver::new(HumanApi::new(secrets.human_api)));
    let store = Data::new(Store::default());
    move |app| {
        let metriport = web::resource("/hooks/metriport").wrap(metriport.clone());
        let human_api = web::resource("/hooks/human-api").wrap(human_api.clone());
        app.app_data(store.clone())
            .service(metriport.to(on_metriport))
            .service(human_api.to(on_human_api))
            .route("/received", web::get().to(received));
    }
}

async fn on_metriport(webhook: Webhook<Metriport>, store: Data<Store>) -> Ack {
    for event in webhook.events() {
        match event {
            metriport::Event::PatientAdmit(_) => println!("a patient was admitted"),
            metriport::Event::Unknown(_) => println!("a message of a type newer than this program"),
            _ => println!("another message"),
        }
    }
    store.keep(&webhook);
    webhook.ack()
}
// README: end

async fn on_human_api(webhook: Webhook<HumanApi>, store: Data<Store>) -> Ack {
    store.keep(&webhook);
    webhook.ack()
}
async fn received(store: Data<Store>) -> Json<BTreeMap<String, usize>> {
    Json(
        store
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone(),
    )
}
