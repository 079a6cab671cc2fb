//! The paved road: a filter from a receiver and a handler.

use std::convert::Infallible;
use std::error::Error;

use pulsehook_core::{Delivery, HandlerError, Outcome, Provider, Receiver};
use warp::Filter;
use warp::reply::Response;

use crate::filter::{Received, received};
use crate::reply::response;

/// Makes a filter that verifies, decodes, hands the delivery on and acknowledges it.
///
/// The handler takes the [`Delivery`] and returns a future of `Result<(), E>`. What else it needs,
/// it captures; with path parameters, or what other filters extract, use
/// [`webhook`](crate::webhook).
///
/// | the request | the answer | the handler |
/// |---|---|---|
/// | refused | the status of the rule, an empty body; [`Refused`](crate::Refused) in the response's extensions | does not run |
/// | a probe, or a signed ping | what the provider expects | does not run |
/// | a delivery | the acknowledgement that the provider expects, after `Ok(())` | runs |
/// | a delivery, and the handler fails | 500, an empty body; the error is in the response's extensions as [`HandlerError`], never in our logs | ran |
/// | its body was taken by an earlier filter | 500, an empty body; one `tracing` event says why | does not run |
///
/// It rejects nothing, so once the path before it has matched, no other route sees the request,
/// and no `recover` is needed. Put no `warp::post()` before it, whose rejections go on to other
/// routes: the receiver judges the method, and answers a wrong one 405 with `Allow`.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use pulsehook_warp::human_api::{Event, HumanApi};
/// use pulsehook_warp::{Delivery, Receiver, SigningKey, receive};
/// use warp::Filter;
///
/// async fn on_human_api(
///     delivery: Delivery<Event>,
///     events: Arc<AtomicUsize>,
/// ) -> Result<(), std::io::Error> {
///     events.fetch_add(delivery.events().len(), Ordering::Relaxed);
///     Ok(())
/// }
///
/// # fn app() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = SigningKey::from_text("client secret")?;
/// let human_api = Receiver::new(HumanApi::new(secret));
/// let events = Arc::new(AtomicUsize::new(0));
/// let handler = move |delivery| on_human_api(delivery, Arc::clone(&events));
/// let app = warp::path!("hooks" / "human-api").and(receive(human_api, handler));
/// # let _ = warp::service(app);
/// # Ok(())
/// # }
/// # app().unwrap();
/// ```
///
/// What was not acknowledged travels beside the response, where a later filter finds it:
///
/// ```
/// use pulsehook_warp::{HandlerError, Refused};
/// use warp::reply::Response;
///
/// /// For `receive(..).map(report)`.
/// fn report(response: Response) -> Response {
///     if let Some(refused) = response.extensions().get::<Refused>() {
///         eprintln!("{} refused: {}", refused.endpoint(), refused.rule());
///         if let Some(undecodable) = refused.undecodable() {
///             // Authentic, and would be lost: keep `undecodable.to_stored()`.
///             let _ = undecodable.raw();
///         }
///     }
///     if let Some(error) = response.extensions().get::<HandlerError>() {
///         eprintln!("handler failed: {}", &**error);
///     }
///     response
/// }
/// ```
pub fn receive<P, H, F, E>(
    receiver: Receiver<P>,
    handler: H,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync + 'static
where
    P: Provider,
    H: Fn(Delivery<P::Event>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    received(receiver).then(move |received: Received<P>| {
        let handler = handler.clone();
        async move {
            let delivery = match received.and_then(Outcome::or_answer) {
                Ok(delivery) => delivery,
                Err(rejection) => return response(rejection),
            };
            let ack = delivery.ack().clone();
            match handler(delivery).await {
                Ok(()) => response(ack),
                Err(error) => response(HandlerError::new(error)),
            }
        }
    })
}
