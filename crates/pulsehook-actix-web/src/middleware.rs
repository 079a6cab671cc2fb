//! The middleware.

use std::cell::Cell;
use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage as _, ResponseError as _};
use pulsehook_core::{Outcome, Provider, Receiver, SharedDelivery};

use crate::extract::take_delivery;
use crate::reply::WebhookRejection;

/// Wraps an application, a scope, a resource or a route so that handlers only see verified
/// deliveries.
///
/// | the request | the answer | the handler |
/// |---|---|---|
/// | refused | the status of the rule, an empty body; [`Refused`](crate::Refused) in the response's extensions | does not run |
/// | a probe, or a signed ping | what the provider expects | does not run |
/// | a delivery | the handler's own | runs; [`Webhook`](crate::Webhook) finds the delivery |
/// | a delivery, and the handler fails | 500 and an empty body, if its error is [`HandlerFailed`](crate::HandlerFailed); else what actix-web makes of the error, which is often its text | ran |
///
/// To middlewares outside, the answers of this one are ordinary responses. The delivery travels in
/// the request's extensions as [`SharedDelivery`]; the body is put back as received, so that
/// `web::Bytes`, `web::Json` and other extractors work.
///
/// It is made once for each worker, in the function that makes the application, from clones of one
/// receiver.
///
/// # Examples
///
/// Around a scope whose handlers all belong to one provider:
///
/// ```
/// use actix_web::web;
/// use pulsehook_actix_web::thryve::Thryve;
/// use pulsehook_actix_web::{Ack, Receiver, VerifyWebhook, Webhook};
///
/// async fn on_thryve(webhook: Webhook<Thryve>, tenant: web::Path<String>) -> Ack {
///     println!("{} events for {tenant}", webhook.events().len());
///     webhook.ack()
/// }
///
/// fn routes(app: &mut web::ServiceConfig, thryve: &Receiver<Thryve>) {
///     app.service(
///         web::scope("/thryve")
///             .wrap(VerifyWebhook::new(thryve.clone()))
///             .service(web::resource("/{tenant}").to(on_thryve)),
///     );
/// }
/// ```
#[must_use = "a middleware does nothing until it wraps something"]
pub struct VerifyWebhook<P: Provider>(Receiver<P>);

impl<P: Provider> VerifyWebhook<P> {
    /// Makes a middleware of a receiver.
    pub fn new(receiver: Receiver<P>) -> Self {
        Self(receiver)
    }
}

impl<P: Provider> Clone for VerifyWebhook<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Provider> fmt::Debug for VerifyWebhook<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyWebhook").field(&self.0).finish()
    }
}

impl<P, S, B> Transform<S, ServiceRequest> for VerifyWebhook<P>
where
    P: Provider,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = VerifyService<P, S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let receiver = self.0.clone();
        let inner = Rc::new(inner);
        ready(Ok(VerifyService { receiver, inner }))
    }
}

/// What the middleware makes of the service that it wraps.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "nobody can name it")]
pub struct VerifyService<P: Provider, S> {
    receiver: Receiver<P>,
    /// Shared with the calls that are under way.
    inner: Rc<S>,
}

impl<P, S, B> Service<ServiceRequest> for VerifyService<P, S>
where
    P: Provider,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let receiver = self.receiver.clone();
        let inner = Rc::clone(&self.inner);
        Box::pin(async move {
            let mut payload = request.take_payload();
            let received = take_delivery(&receiver, request.request(), &mut payload).await;
            match received.and_then(Outcome::or_answer) {
                Ok(delivery) => {
                    request.set_payload(delivery.raw().clone().into());
                    let shared = SharedDelivery::<P>::new(delivery);
                    request.extensions_mut().insert(shared);
                    Ok(inner.call(request).await?.map_into_left_body())
                }
                Err(rejection) => {
                    // Not an error to those outside, who would miss it in what they add.
                    let rejection = WebhookRejection(rejection, Cell::new(Some(payload)));
                    let response = rejection.error_response();
                    Ok(request.into_response(response).map_into_right_body())
                }
            }
        })
    }
}
