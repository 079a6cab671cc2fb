//! From actix-web's request to a delivery.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::ready;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use futures_util::Stream as _;
use pulsehook_core::{
    BodyFailure, Delivery, Headers, Outcome, Provider, Receiver, Rejection, RequestHead,
    SharedDelivery, Source,
};

use crate::reply::{Ack, WebhookRejection};

/// Extracts a verified and decoded delivery.
///
/// | what it finds | what it does |
/// |---|---|
/// | a delivery of `P`, left by [`VerifyWebhook`](crate::VerifyWebhook) | shares it; several extractors can |
/// | no delivery, but a `Receiver<P>` or `web::Data<Receiver<P>>` in the application's data | verifies the request itself, for which it takes the body |
/// | two receivers that are not clones of one: a plain one and a `web::Data`, or one beside the middleware's | answers 500, and says so in one `tracing` event of target `pulsehook::set_up`: which of them stands nearer cannot be told |
/// | none of it | answers 500, and says so in the same way |
///
/// A middleware of another provider counts for nothing. Where the extractor verifies by itself, it
/// must be the only one that takes the body: what the second of two gets does not verify. So it does
/// not go into `actix_web::Either` either, which reads the body first, and decompresses it; and
/// `Option<Webhook<P>>` lets a handler run for what was refused.
///
/// A handler returns [`ack`](Webhook::ack), or any response of its own; with errors, a
/// `Result<Ack, HandlerFailed>` ([`HandlerFailed`](crate::HandlerFailed)). `Ok(())`, which is right
/// with other adapters, compiles here too, and is answered 204.
///
/// # Errors
///
/// [`WebhookRejection`]: for a request that is refused, and for a probe that is answered without
/// an event.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use pulsehook_actix_web::human_api::HumanApi;
/// use pulsehook_actix_web::{Ack, Receiver, SigningKey, Webhook};
///
/// async fn notified(webhook: Webhook<HumanApi>) -> Ack {
///     for event in webhook.events() {
///         let _ = event;
///     }
///     webhook.ack()
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let human_api = Receiver::new(HumanApi::new(SigningKey::from_text("client secret")?));
/// let app = move || {
///     App::new()
///         .app_data(human_api.clone())
///         // All methods, so that the receiver judges them: some providers probe with HEAD or GET.
///         .service(web::resource("/hooks/human-api").to(notified))
/// };
/// # let _ = app();
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Webhook<P: Provider>(SharedDelivery<P>);

impl<P: Provider> Webhook<P> {
    /// Returns the acknowledgement that the provider expects, as a response.
    #[must_use]
    pub fn ack(&self) -> Ack {
        Ack::from(self.0.ack().clone())
    }
}

impl<P: Provider> Deref for Webhook<P> {
    type Target = Delivery<P::Event>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<P: Provider> fmt::Debug for Webhook<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Webhook").field(&*self.0).finish()
    }
}

impl<P: Provider> FromRequest for Webhook<P> {
    type Error = WebhookRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebhookRejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let receiver = match source_of(request) {
            Ok(Source::Delivery(shared)) => return Box::pin(ready(Ok(Self(shared)))),
            Ok(Source::Receiver(receiver)) => receiver,
            Err(rejection) => return Box::pin(ready(Err(rejection.into()))),
        };
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let received = take_delivery(&receiver, &request, &mut payload).await;
            match received.and_then(Outcome::or_reject) {
                Ok(delivery) => Ok(Self(SharedDelivery::new(delivery))),
                Err(rejection) => Err(WebhookRejection(rejection, Cell::new(Some(payload)))),
            }
        })
    }
}

/// Finds the delivery that a middleware left, and receivers in the application's data, in either of
/// the forms that actix-web knows. Which of several is the nearest cannot be told.
fn source_of<P: Provider>(request: &HttpRequest) -> Result<Source<P>, Rejection> {
    let plain = request.app_data::<Receiver<P>>();
    let data = request.app_data::<web::Data<Receiver<P>>>();
    let receivers = plain.into_iter().chain(data.map(|data| data.get_ref()));
    Source::among(request.extensions().get().cloned(), receivers)
}

/// Verifies and decodes a request while its body arrives, as it was sent.
pub(crate) async fn take_delivery<P: Provider>(
    receiver: &Receiver<P>,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Outcome<Delivery<P::Event>>, Rejection> {
    let headers = RequestHeaders(request.headers());
    let uri = request.uri();
    let head = RequestHead::new(request.method().as_str(), uri.path(), &headers)
        .with_query(uri.query())
        .with_peer(request.peer_addr().map(|address| address.ip()));
    // What an outer middleware did to the body, told from a broken connection.
    let is_limit = |cause: &(dyn Error + 'static)| {
        matches!(cause.downcast_ref(), Some(PayloadError::Overflow))
    };
    let frames = receiver.receive_frames(head, |cx| {
        let frame = Pin::new(&mut *payload).poll_next(cx);
        frame.map_err(|error| BodyFailure::of(&error, is_limit))
    });
    Ok(frames.await?)
}

/// actix-web's headers, which are not those of the `http` crate that the core knows.
struct RequestHeaders<'a>(&'a HeaderMap);

impl Headers for RequestHeaders<'_> {
    fn each<'h>(&'h self, visit: &mut dyn FnMut(&'h str, &'h [u8])) {
        for (name, value) in self.0 {
            visit(name.as_str(), value.as_bytes());
        }
    }
}
