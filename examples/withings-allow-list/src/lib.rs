//! The application: one endpoint, asked for a secret and for an address that Withings publishes.

use axum::Router;
use pulsehook_axum::address::{AddressList, AllowedAddresses, TrustedProxies};
use pulsehook_axum::withings::{Event, Withings};
use pulsehook_axum::{
    ConfigError, Delivery, Receiver, SharedSecret, Swappable, UrlSecrets, receive,
};

pub mod published;

/// What the application is told.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the program and its tests make it"
)]
pub struct Settings {
    /// The value of `token` in the callback URL.
    pub url_secret: SharedSecret,
    /// The addresses that may call; keep a clone to renew them.
    pub allowed: Swappable<AddressList>,
    /// The proxies that write `X-Forwarded-For`, if there are any in front.
    pub proxies: Option<AddressList>,
}

/// Makes the application. It must be served with connect info, or it refuses every request: the
/// address of the connection would not be known.
///
/// # Errors
///
/// Returns what is wrong with the settings.
pub fn app(settings: Settings) -> Result<Router, ConfigError> {
    let mut allowed = AllowedAddresses::new(settings.allowed);
    if let Some(proxies) = settings.proxies {
        allowed = allowed.behind(TrustedProxies::x_forwarded_for(proxies));
    }
    // The secret proves the sender; the addresses keep noise out.
    let withings = Withings::builder()
        .url_secrets(UrlSecrets::in_query("token", settings.url_secret))
        .allowed_addresses(allowed)
        .build()?;
    Ok(Router::new().route(
        "/hooks/withings",
        receive(Receiver::new(withings), on_withings),
    ))
}

/// Withings waits 2 seconds: a real application keeps `delivery.to_stored()` and fetches the
/// values later.
async fn on_withings(delivery: Delivery<Event>) -> Result<(), std::io::Error> {
    for event in delivery.events() {
        println!("something new: {}", event.name());
    }
    Ok(())
}
