//! Receives health-data webhooks in actix-web 4: verified and decoded before the handler sees them.
//!
//! # The paved road
//!
//! [`VerifyWebhook`] wraps a resource, a scope or a whole application. It answers probes, pings,
//! wrong methods and refusals by itself, and the handler only ever sees verified events:
//!
//! ```
//! use actix_web::{App, web};
//! use pulsehook_actix_web::metriport::Metriport;
//! use pulsehook_actix_web::{Ack, Receiver, SigningKey, VerifyWebhook, Webhook};
//!
//! struct State;
//!
//! async fn on_metriport(webhook: Webhook<Metriport>, _state: web::Data<State>) -> Ack {
//!     // Store `webhook.raw()` under `webhook.dedup_key()` and return: the provider waits.
//!     for event in webhook.events() {
//!         let _ = event;
//!     }
//!     webhook.ack()
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::from_text("whk_example")?;
//! let metriport = Receiver::new(Metriport::new(key));
//! let state = web::Data::new(State);
//! // For `HttpServer::new`: each worker calls it, and all share the receiver.
//! let app = move || {
//!     App::new().app_data(state.clone()).service(
//!         web::resource("/hooks/metriport")
//!             .wrap(VerifyWebhook::new(metriport.clone()))
//!             .to(on_metriport),
//!     )
//! };
//! # let _ = app();
//! # Ok(())
//! # }
//! ```
//!
//! The middleware stands around the resource, so the receiver judges the method: a wrong one is
//! answered 405 with `Allow`, and Withings probes with HEAD and GET. Around a route of `web::post()`,
//! or with the extractor alone behind one, actix-web would turn other methods away before the
//! receiver sees them.
//!
//! # The extractor alone
//!
//! Without the middleware, [`Webhook`] finds its receiver in the application's data and verifies
//! the request itself. A signed ping is an event like others then, and [`Webhook::ack`] is its
//! answer:
//!
//! ```
//! use actix_web::{App, web};
//! use pulsehook_actix_web::metriport::{Event, Metriport};
//! use pulsehook_actix_web::{Ack, Receiver, SigningKey, Webhook};
//!
//! async fn on_metriport(webhook: Webhook<Metriport>) -> Ack {
//!     if let [Event::Ping(_)] = webhook.events() {
//!         println!("a ping");
//!     }
//!     webhook.ack()
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let metriport = Receiver::new(Metriport::new(SigningKey::from_text("whk_example")?));
//! let app = move || {
//!     App::new()
//!         .app_data(metriport.clone())
//!         .service(web::resource("/hooks/metriport").to(on_metriport))
//! };
//! # let _ = app();
//! # Ok(())
//! # }
//! ```
//!
//! # What was refused
//!
//! The caller is answered a status and an empty body. The reason goes to one `tracing` event of
//! target `pulsehook::refusal` (feature `tracing`, on by default), to the receiver's hook, and into
//! the response's extensions, where an outer middleware finds it:
//!
//! ```
//! use actix_web::body::MessageBody;
//! use actix_web::dev::{ServiceRequest, ServiceResponse};
//! use actix_web::middleware::Next;
//! use pulsehook_actix_web::Refused;
//!
//! /// For `actix_web::middleware::from_fn`, in a `wrap` after that of `VerifyWebhook`.
//! async fn report(
//!     request: ServiceRequest,
//!     next: Next<impl MessageBody>,
//! ) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
//!     let response = next.call(request).await?;
//!     if let Some(refused) = response.response().extensions().get::<Refused>() {
//!         eprintln!("{} refused: {}", refused.endpoint(), refused.rule());
//!         if let Some(undecodable) = refused.undecodable() {
//!             // Authentic, and would be lost: keep `undecodable.to_stored()`.
//!             let _ = undecodable.raw();
//!         }
//!     }
//!     Ok(response)
//! }
//! # let _ = actix_web::App::new().wrap(actix_web::middleware::from_fn(report));
//! ```
//!
//! # Handlers that fail
//!
//! actix-web answers what a handler's error says of itself: its text, often, and 404 for some I/O
//! errors. A provider that reads such a status may switch the endpoint off, and the text may hold
//! health data. [`HandlerFailed`] takes any error by `?`, and is answered 500 with an empty body:
//!
//! ```
//! use actix_web::web;
//! use pulsehook_actix_web::metriport::Metriport;
//! use pulsehook_actix_web::{Ack, Delivery, HandlerFailed, Webhook};
//!
//! struct Store;
//!
//! impl Store {
//!     fn keep<E>(&self, _delivery: &Delivery<E>) -> Result<(), std::io::Error> {
//!         Ok(())
//!     }
//! }
//!
//! async fn on_metriport(
//!     webhook: Webhook<Metriport>,
//!     store: web::Data<Store>,
//! ) -> Result<Ack, HandlerFailed> {
//!     store.keep(&webhook)?;
//!     Ok(webhook.ack())
//! }
//! # let _ = actix_web::web::to(on_metriport);
//! ```
//!
//! `Ok(())` compiles in the place of the acknowledgement, and is answered 204, which not every
//! provider takes for one.
//!
//! # Testing
//!
//! With the feature `testing`, sign a body as the provider would, and send it:
//!
//! ```
//! use actix_web::test::{TestRequest, call_service, init_service};
//! use actix_web::{App, web};
//! use pulsehook_actix_web::metriport::{Metriport, testing::sign};
//! use pulsehook_actix_web::{Receiver, SigningKey, VerifyWebhook, Webhook};
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::from_text("secret")?;
//! let metriport = Receiver::new(Metriport::new(key.clone()));
//! let handler = async |webhook: Webhook<Metriport>| webhook.ack();
//! let hook = web::resource("/hooks/metriport").wrap(VerifyWebhook::new(metriport));
//! let app = init_service(App::new().service(hook.to(handler))).await;
//!
//! let signed = sign(&key, r#"{"ping":"k3Jq"}"#);
//! let mut request = TestRequest::post().uri("/hooks/metriport");
//! for (name, value) in signed.headers() {
//!     request = request.insert_header((*name, value.as_str()));
//! }
//! let request = request.set_payload(signed.body().clone()).to_request();
//! assert_eq!(call_service(&app, request).await.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! # What to know
//!
//! - While a body is verified, the receiver's limit alone applies. The limits of `PayloadConfig`
//!   (256 KiB unless set), `JsonConfig` and the like apply to the extractors after it.
//! - Nothing here limits how long a body may take, and actix-web does not either. A body that a
//!   middleware ends with [`BodyFailure::Timeout`] inside an I/O error is answered 408, with
//!   [`BodyFailure::NoRoom`] 503; `PayloadError::Overflow` is answered 413, any other error 400.
//! - The verifier reads the body as it was sent. A middleware that decompresses or rewrites bodies,
//!   outside of ours, breaks signatures. Later extractors such as `web::Bytes` decompress by
//!   `Content-Encoding` with one of actix-web's `compress` features; `webhook.raw()` and
//!   `web::Payload` are the bytes that were sent.
//! - Path and query are those of the request line, in scopes too. Only a middleware that rewrites
//!   the URI, such as `NormalizePath`, changes what the provider's configuration sees.
//! - The caller's address is that of the connection. Behind a proxy it is the proxy's, and
//!   [`TrustedProxies`](address::TrustedProxies) says whom to believe;
//!   `ConnectionInfo::realip_remote_addr` is not asked, since any caller can set it.
//! - The body is put back once, so one later extractor can take it. What refuses it, such as
//!   `JsonConfig` for its size, answers with a text of its own.
//! - actix-web answers `Expect: 100-continue` before any middleware runs, so a caller that waits
//!   for it sends its body even if the head alone is refused.

mod extract;
mod middleware;
mod reply;

pub use crate::extract::Webhook;
pub use crate::middleware::VerifyWebhook;
pub use crate::reply::{Ack, HandlerFailed, WebhookRejection};

#[doc(inline)]
pub use pulsehook_core::prelude::*;
