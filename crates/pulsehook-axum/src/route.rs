//! The paved road: a route from a receiver and a handler.

use std::error::Error;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use pulsehook_core::{Delivery, HandlerError, Outcome, Provider, Receiver};

use crate::extract::{Ack, WebhookRejection, take_delivery};

/// Makes a route that verifies, decodes, hands the delivery on and acknowledges it.
///
/// The handler is an `async fn` that takes the [`Delivery`], then up to three ordinary extractors
/// (anything that is [`FromRequestParts`]: `State`, `Extension`, `Path`, headers, …), and returns
/// `Result<(), E>`.
///
/// | the request | the answer | the handler |
/// |---|---|---|
/// | refused | the status of the rule, an empty body | does not run |
/// | a probe, or a signed ping | what the provider expects | does not run |
/// | a delivery | the acknowledgement that the provider expects, after `Ok(())` | runs |
/// | a delivery, and the handler fails | 500, an empty body; the error is in the response's extensions as [`HandlerError`], never in our logs | ran |
/// | a delivery, and an extractor rejects | the extractor's rejection | does not run |
///
/// The extractors run after verification. The route takes all methods, so that the receiver
/// judges them: a wrong one is answered 405 with `Allow`.
///
/// ```
/// use axum::Router;
/// use pulsehook_axum::human_api::{Event, HumanApi};
/// use pulsehook_axum::{Delivery, Receiver, SigningKey, receive};
///
/// async fn on_human_api(delivery: Delivery<Event>) -> Result<(), std::io::Error> {
///     println!("{} events", delivery.events().len());
///     Ok(())
/// }
///
/// # fn app() -> Result<Router, Box<dyn std::error::Error>> {
/// let secret = SigningKey::from_text("client secret")?;
/// let human_api = Receiver::new(HumanApi::new(secret));
/// let app: Router = Router::new().route("/hooks/human-api", receive(human_api, on_human_api));
/// # Ok(app)
/// # }
/// # app().unwrap();
/// ```
///
/// What was not acknowledged travels beside the response, where a layer finds it:
///
/// ```
/// use axum::response::Response;
/// use pulsehook_axum::{HandlerError, Refused};
///
/// /// For `axum::middleware::map_response`.
/// async fn report(response: Response) -> Response {
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
///
/// # let router: axum::Router = axum::Router::new();
/// let router = router.layer(axum::middleware::map_response(report));
/// # let _: axum::Router = router;
/// ```
pub fn receive<P, H, T, S>(receiver: Receiver<P>, handler: H) -> MethodRouter<S>
where
    P: Provider,
    H: DeliveryHandler<P::Event, T, S>,
    S: Clone + Send + Sync + 'static,
{
    any(move |State(state): State<S>, request: Request| async move {
        let (parts, body) = request.into_parts();
        let received = take_delivery(&receiver, &parts, body).await;
        let delivery = match received.and_then(Outcome::or_answer) {
            Ok(delivery) => delivery,
            Err(rejection) => return WebhookRejection::from(rejection).into_response(),
        };
        let ack = Ack::from(delivery.ack().clone());
        match handler.handle(delivery, parts, state).await {
            Ok(()) => ack.into_response(),
            Err(response) => response,
        }
    })
}

/// Is implemented by the handlers that [`receive`] takes; not to be implemented by hand.
pub trait DeliveryHandler<E, T, S>: Clone + Send + Sync + 'static {
    /// Runs the extractors and the handler; an error is the response to the provider.
    fn handle(
        self,
        delivery: Delivery<E>,
        parts: Parts,
        state: S,
    ) -> impl Future<Output = Result<(), Response>> + Send;
}

macro_rules! delivery_handler {
    ($($extractor:ident),*) => {
        impl<F, Fut, Failure, E, S, $($extractor,)*> DeliveryHandler<E, ($($extractor,)*), S> for F
        where
            F: FnOnce(Delivery<E>, $($extractor),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Result<(), Failure>> + Send,
            Failure: Into<Box<dyn Error + Send + Sync>>,
            E: Send + Sync,
            S: Send + Sync,
            $($extractor: FromRequestParts<S> + Send,)*
        {
            #[allow(
                non_snake_case, unused_mut, unused_variables,
                reason = "a handler without extractors uses neither parts nor state"
            )]
            async fn handle(
                self,
                delivery: Delivery<E>,
                mut parts: Parts,
                state: S,
            ) -> Result<(), Response> {
                $(
                    let $extractor = $extractor::from_request_parts(&mut parts, &state)
                        .await
                        .map_err(IntoResponse::into_response)?;
                )*
                self(delivery, $($extractor),*).await.map_err(|error| failed(HandlerError::new(error)))
            }
        }
    };
}

delivery_handler!();
delivery_handler!(T1);
delivery_handler!(T1, T2);
delivery_handler!(T1, T2, T3);

fn failed(error: HandlerError) -> Response {
    Response::<Bytes>::from(error).map(Body::from)
}
