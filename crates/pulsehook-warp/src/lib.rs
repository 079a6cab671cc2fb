//! Receives health-data webhooks in warp 0.4: verified and decoded before the handler sees them.
//!
//! # The paved road
//!
//! [`receive`] makes a filter of a [`Receiver`] and a handler. Behind a path it answers every
//! request: probes, pings, wrong methods and refusals by itself, and the handler only ever sees
//! verified events. It rejects nothing, so no request falls through to another route, and it needs
//! no `recover`:
//!
//! ```
//! use pulsehook_warp::metriport::{Event, Metriport};
//! use pulsehook_warp::{Delivery, Receiver, SigningKey};
//! use warp::Filter;
//!
//! #[derive(Clone)]
//! struct Store;
//!
//! async fn on_metriport(
//!     delivery: Delivery<Event>,
//!     _store: Store,
//! ) -> Result<(), std::io::Error> {
//!     // Store `delivery.raw()` under `delivery.dedup_key()` and return: the provider waits.
//!     for event in delivery.events() {
//!         let _ = event;
//!     }
//!     Ok(())
//! }
//!
//! # fn app() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::from_text("whk_example")?;
//! let metriport = Receiver::new(Metriport::new(key));
//! // State goes into the handler by capture.
//! let store = Store;
//! let handler = move |delivery| on_metriport(delivery, store.clone());
//! let hook = warp::path!("hooks" / "metriport").and(pulsehook_warp::receive(metriport, handler));
//! let app = hook.or(warp::path!("health").map(|| "well"));
//! let served = warp::serve(app);
//! # let _ = served;
//! # Ok(())
//! # }
//! # app().unwrap();
//! ```
//!
//! # The filters
//!
//! [`webhook`] is for handlers that want to answer themselves, or that take path parameters. It
//! extracts the delivery, and the handler returns [`Ack::of`] it, which a signed ping needs. A
//! request that is refused is rejected, and a rejection means "try the next" to warp: so
//! [`recover`] belongs on the route, before `.or`.
//!
//! ```
//! use pulsehook_warp::metriport::{Event, Metriport};
//! use pulsehook_warp::{Ack, Delivery, Receiver, SigningKey, recover, webhook};
//! use warp::Filter;
//!
//! async fn on_metriport(tenant: String, delivery: Delivery<Event>) -> Ack {
//!     println!("{} events for {tenant}", delivery.events().len());
//!     Ack::of(&delivery)
//! }
//!
//! # fn app() -> Result<(), Box<dyn std::error::Error>> {
//! let metriport = Receiver::new(Metriport::new(SigningKey::from_text("whk_example")?));
//! let hook = warp::path!("hooks" / String)
//!     .and(webhook(metriport))
//!     .then(on_metriport)
//!     .recover(recover);
//! let app = hook.or(warp::path!("health").map(|| "well"));
//! # let _ = warp::service(app);
//! # Ok(())
//! # }
//! # app().unwrap();
//! ```
//!
//! # What was refused
//!
//! The caller is answered a status and an empty body. The reason goes to one `tracing` event of
//! target `pulsehook::refusal` (feature `tracing`, on by default), to the receiver's hook, and into
//! the response's extensions. There a filter behind [`receive`] or [`recover`] finds it:
//!
//! ```
//! use pulsehook_warp::metriport::Metriport;
//! use pulsehook_warp::{Ack, Receiver, Refused, recover, webhook};
//! use warp::reply::{Reply, Response};
//! use warp::{Filter, Rejection};
//!
//! fn report(response: Response) -> Response {
//!     if let Some(refused) = response.extensions().get::<Refused>() {
//!         eprintln!("{} refused: {}", refused.endpoint(), refused.rule());
//!         if let Some(undecodable) = refused.undecodable() {
//!             // Authentic, and would be lost: keep `undecodable.to_stored()`.
//!             let _ = undecodable.raw();
//!         }
//!     }
//!     response
//! }
//!
//! fn hook(
//!     metriport: Receiver<Metriport>,
//! ) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
//!     warp::path!("hooks" / "metriport")
//!         .and(webhook(metriport))
//!         .map(|delivery| Ack::of(&delivery))
//!         .recover(recover)
//!         .map(Reply::into_response)
//!         .map(report)
//! }
//! # let _ = hook;
//! ```
//!
//! # Testing
//!
//! With the feature `testing`, sign a body as the provider would, and send it to the routes as to a
//! service of tower (`tower`, feature `util`; or copy method, headers and body into
//! `warp::test::request()` of warp's feature `test`):
//!
//! ```
//! use http_body_util::Full;
//! use pulsehook_warp::metriport::{Metriport, testing::sign};
//! use pulsehook_warp::{Receiver, SigningKey, receive};
//! use tower::ServiceExt;
//! use warp::Filter;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::from_text("secret")?;
//! let metriport = Receiver::new(Metriport::new(key.clone()));
//! let hook = warp::path!("hooks" / "metriport")
//!     .and(receive(metriport, async |_| Ok::<(), std::io::Error>(())));
//!
//! let request = sign(&key, r#"{"ping":"k3Jq"}"#).into_http("/hooks/metriport")?;
//! let response = warp::service(hook).oneshot(request.map(Full::new)).await?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! # What to know
//!
//! - The receiver's body limit alone applies, and is counted while the body arrives. warp has no
//!   limit of its own. `warp::body::content_length_limit` is not needed, and refuses bodies
//!   without a declared length, which providers may send.
//! - Nothing here limits how long a body may take, and warp's server does not either. Under
//!   [`warp::service`] a body that ends with the error [`BodyFailure::Timeout`] is answered 408,
//!   with [`BodyFailure::NoRoom`] 503, one that `http_body_util::Limited` cut 413; one that ends
//!   with any other error is answered 400.
//! - No `warp::post()` before [`receive`] or [`webhook`]: what it rejects goes on to the other
//!   routes, which may answer 200 to a probe with a wrong secret, and nobody is told. The receiver
//!   judges the method, since some providers probe with HEAD or GET, and answers a wrong one 405
//!   with `Allow`.
//! - No body filter beside [`webhook`], before or after: the body is in
//!   [`Delivery::raw`]. Behind [`webhook`] such a filter rejects an authentic delivery, which then
//!   goes on to the other routes, too.
//! - A filter that takes the body, before ours or in a route that was tried first, leaves nothing
//!   to verify: the answer is 500 with an empty body, and one `tracing` event of target
//!   `pulsehook::set_up` says why.
//! - Path and query are those of the request line, whatever path filters stand before. warp's own
//!   path filters log the parts of the path at level TRACE; where a path holds a secret, leave that
//!   level off for the target `warp`.
//! - The caller's address is known when warp's own server accepts the connection, and not under
//!   [`warp::service`] in another server.
//! - warp's filters lend nothing of the request, so its headers are copied once for each request
//!   that gets here.

mod filter;
mod receive;
mod reply;

pub use crate::filter::webhook;
pub use crate::receive::receive;
pub use crate::reply::{Ack, WebhookRejection, recover};

#[doc(inline)]
pub use pulsehook_core::prelude::*;
