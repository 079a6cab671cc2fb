//! From the core's replies to actix-web's responses.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::ops::Deref;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder, ResponseError};
use pulsehook_core::{HandlerError, ReceiveError, Rejection, Reply};

/// Answers a provider: the acknowledgement of a delivery as a response.
#[derive(Clone, Debug)]
pub struct Ack(Reply);

impl From<Reply> for Ack {
    fn from(reply: Reply) -> Self {
        Self(reply)
    }
}

impl Responder for Ack {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse {
        respond(&self.0)
    }
}

/// Answers a request that gives no delivery: it was refused, or it was a probe.
///
/// As a response it is the core's reply and nothing else: a fixed status and an empty body for a
/// refusal. The reason travels in the response's extensions as [`Refused`](crate::Refused), where
/// a middleware can find it; the caller cannot.
///
/// A handler that takes `Result<Webhook<P>, WebhookRejection>` answers refusals itself:
///
/// ```
/// use actix_web::HttpResponse;
/// use pulsehook_actix_web::metriport::Metriport;
/// use pulsehook_actix_web::{Ack, Webhook, WebhookRejection};
///
/// async fn on_metriport(
///     webhook: Result<Webhook<Metriport>, WebhookRejection>,
/// ) -> Result<Ack, WebhookRejection> {
///     let rule = |rejection: &WebhookRejection| rejection.error().map(|error| error.rule());
///     let webhook = webhook.inspect_err(|rejection| eprintln!("refused: {:?}", rule(rejection)))?;
///     Ok(webhook.ack())
/// }
/// # let _ = actix_web::web::to(on_metriport);
/// ```
pub struct WebhookRejection(
    pub(crate) Rejection,
    /// What was not read of the body. It is kept until the answer is written: where it is gone by
    /// then, actix-web reads the rest of a chunked body without an end.
    pub(crate) Cell<Option<Payload>>,
);

impl Deref for WebhookRejection {
    type Target = Rejection;

    fn deref(&self) -> &Rejection {
        &self.0
    }
}

impl<T: Into<Rejection>> From<T> for WebhookRejection {
    fn from(rejection: T) -> Self {
        Self(rejection.into(), Cell::default())
    }
}

impl fmt::Debug for WebhookRejection {
    /// Prints the rule alone: actix-web's `Logger` writes this to the log, where the id and the
    /// label of a request that could not be decoded do not belong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.error().map(ReceiveError::rule);
        f.debug_tuple("WebhookRejection").field(&rule).finish()
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for WebhookRejection {
    fn status_code(&self) -> StatusCode {
        status_of(self.reply())
    }

    fn error_response(&self) -> HttpResponse {
        let (reply, refused) = self.0.clone().into_parts();
        let mut response = respond(&reply);
        if let Some(refused) = refused {
            response.extensions_mut().insert(refused);
        }
        response.extensions_mut().insert(self.1.take());
        response
    }
}

/// Answers 500 with an empty body for a handler that failed, whatever its error says.
///
/// Any error that converts into a boxed one becomes it by `?`. It travels in the response's
/// extensions as [`HandlerError`](crate::HandlerError), where a middleware can find it. Errors of
/// actix-web's own, and those that implement `ResponseError`, answer with their text where this is
/// not used.
///
/// ```
/// use pulsehook_actix_web::metriport::Metriport;
/// use pulsehook_actix_web::{Ack, HandlerFailed, Webhook};
///
/// async fn on_metriport(webhook: Webhook<Metriport>) -> Result<Ack, HandlerFailed> {
///     std::fs::write("delivery", webhook.raw())?;
///     Ok(webhook.ack())
/// }
/// # let _ = actix_web::web::to(on_metriport);
/// ```
#[derive(Debug)]
pub struct HandlerFailed(HandlerError);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for HandlerFailed {
    fn from(error: E) -> Self {
        Self(HandlerError::new(error))
    }
}

impl fmt::Display for HandlerFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a handler failed")
    }
}

impl ResponseError for HandlerFailed {
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::InternalServerError().finish();
        response.extensions_mut().insert(self.0.clone());
        response
    }
}

/// Makes the response of a reply.
fn respond(reply: &Reply) -> HttpResponse {
    let mut response = HttpResponseBuilder::new(status_of(reply));
    for header in reply.headers() {
        response.append_header(header);
    }
    response.body(reply.body().clone())
}

fn status_of(reply: &Reply) -> StatusCode {
    StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
