//! Receives health-data webhooks in axum 0.8: verified and decoded before the handler sees them.
//!
//! # The paved road
//!
//! [`receive`] makes a route of a [`Receiver`] and a handler. It answers probes, pings, wrong
//! methods and refusals by itself, and the handler only ever sees verified events:
//!
//! ```
//! use axum::Router;
//! use axum::extract::State;
//! use pulsehook_axum::metriport::{Event, Metriport};
//! use pulsehook_axum::{Delivery, Receiver, SigningKey};
//!
//! #[derive(Clone)]
//! struct App;
//!
//! async fn on_metriport(
//!     delivery: Delivery<Event>,
//!     State(_app): State<App>,
//! ) -> Result<(), std::io::Error> {
//!     // Store `delivery.raw()` under `delivery.dedup_key()` and return: the provider waits.
//!     for event in delivery.events() {
//!         let _ = event;
//!     }
//!     Ok(())
//! }
//!
//! # fn app() -> Result<Router, Box<dyn std::error::Error>> {
//! let key = SigningKey::from_text("whk_example")?;
//! let metriport = Receiver::new(Metriport::new(key));
//! let app = Router::new()
//!     .route("/hooks/metriport", pulsehook_axum::receive(metriport, on_metriport))
//!     .with_state(App);
//! # Ok(app)
//! # }
//! # app().unwrap();
//! ```
//!
//! # The extractor
//!
//! [`Webhook`] is for handlers that want to answer themselves. It finds its receiver in the state
//! and returns [`Webhook::ack`], which a signed ping needs.
//!
//! # What to know
//!
//! - The receiver's body limit alone applies. axum's `DefaultBodyLimit` does not, since the body
//!   is read as it arrives and not through `Bytes`. A `RequestBodyLimitLayer` around the route
//!   does, and shows as 413.
//! - Nothing here limits how long a body may take, and `axum::serve` does not either. A layer that
//!   ends the body with the error [`BodyFailure::Timeout`] is answered 408, with
//!   [`BodyFailure::NoRoom`] 503; any other error of the body is answered 400.
//! - A layer that decompresses or rewrites bodies, outside the route, breaks signatures.
//! - Path and query are those of the request line, in nested routers too. The caller's address is
//!   known when the application is served with
//!   `into_make_service_with_connect_info::<SocketAddr>()`.
//! - A refusal goes to one `tracing` event of target `pulsehook::refusal` (feature `tracing`, on
//!   by default), to the receiver's hook, and into the response's extensions ([`Refused`]).

mod extract;
mod route;

pub use crate::extract::{Ack, Webhook, WebhookRejection};
pub use crate::route::{DeliveryHandler, receive};

#[doc(inline)]
pub use pulsehook_core::prelude::*;
