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
//!
//! # Where it goes
//!
//! | where | how |
//! |---|---|
//! | hyper | `hyper_util::service::TowerToHyperService::new(service)` |
//! | `lambda_http` | `lambda_http::run(service)` |
//! | poem | `service.compat()` of its feature `tower-compat` makes an endpoint of the service |
//! | tonic | around an HTTP route that stands beside the gRPC ones; not `Server::builder().layer(…)`, which would refuse every call |
//! | axum | `route(path, any(handler).layer(layer))`, or `Router::layer` around the routes of one endpoint; `pulsehook-axum` has extractors as well |
//!
//! A server without tower calls [`receive_body`].
//!
//! # What to know
//!
//! - The receiver judges the method, so the service must be reached by all of them: some providers
//!   probe with `HEAD` or `GET`, and a wrong one is answered 405 with `Allow`.
//! - The receiver's body limit applies. That of an outer layer shows as 413 where it ends the body
//!   with `http_body_util::LengthLimitError`, as `tower_http::limit` does.
//! - Nothing here limits how long a body may take. A layer that ends the body with the error
//!   [`BodyFailure::Timeout`] is answered 408, with [`BodyFailure::NoRoom`] 503; any other error of
//!   the body is answered 400.
//! - The wrapped service is asked for readiness before the body arrives, and the very one that was
//!   ready is called. A concurrency limit within the layer therefore counts requests whose bodies
//!   are still on their way, forged ones too; a `tower::buffer` between the two keeps them apart,
//!   and a time-out around the layer ends what never comes.
//! - A delivery says which endpoint's receiver verified it ([`Delivery::endpoint`]). Where layers of
//!   several receivers of one provider stand around one service, compare it.
//! - A layer that decompresses or rewrites bodies, outside of this one, breaks signatures.
//! - The caller's address is not known unless [`VerifyWebhookLayer::peer`] says where it is, and
//!   routers that strip prefixes need [`VerifyWebhookLayer::uri`].
//! - A refusal goes to one `tracing` event of target `pulsehook::refusal` (feature `tracing`, on
//!   by default), to the receiver's hook, and into the response's extensions ([`Refused`]).

mod body;
mod layer;

pub use crate::body::{ResponseBody, receive_body};
pub use crate::layer::{ResponseFuture, VerifyWebhook, VerifyWebhookLayer};

#[doc(inline)]
pub use pulsehook_core::prelude::*;
