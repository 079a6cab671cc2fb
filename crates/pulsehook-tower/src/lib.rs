//! Receives health-data webhooks in everything that speaks `http` 1.x and tower: hyper, the HTTP
//! side of tonic, `lambda_http`, and whatever takes a tower layer.
//!
//! [`VerifyWebhookLayer`] wraps a service. It verifies and decodes a request while its body
//! arrives, answers probes, pings and refusals by itself, and passes every delivery on: decoded
//! in the request's extensions ([`SharedDelivery`]), with the body intact.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use pulsehook_tower::bytes::Bytes;
//! use pulsehook_tower::metriport::Metriport;
//! use pulsehook_tower::{Receiver, Rejection, SharedDelivery, SigningKey, VerifyWebhookLayer};
//! use tower::{ServiceBuilder, service_fn};
//!
//! async fn on_metriport(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
//!     let answer = match SharedDelivery::<Metriport>::of(request.extensions()) {
//!         // Store `delivery.raw()` under `delivery.dedup_key()` and return: the provider waits.
//!         Ok(delivery) => delivery.ack().clone().into(),
//!         // Without the layer there is no delivery; this answers 500.
//!         Err(not_mounted) => Response::<Bytes>::from(not_mounted),
//!     };
//!     Ok(answer.map(Full::new))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let metriport = Receiver::new(Metriport::new(SigningKey::from_text("whk_example")?));
//! let service = ServiceBuilder::new()
//!     .layer(VerifyWebhookLayer::new(metriport))
//!     .service_fn(on_metriport);
//! # let _ = service.oneshot(Request::new(Full::<Bytes>::default()));
//! # use tower::ServiceExt as _;
//! # Ok(())
//! # }
//! ```

mod body;
mod layer;

pub use crate::body::receive_body;
pub use crate::layer::{ResponseFuture, VerifyWebhook, VerifyWebhookLayer};

#[doc(inline)]
pub use pulsehook_core::prelude::*;
