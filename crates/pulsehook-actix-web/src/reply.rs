//! From the core's replies to actix-web's responses.

use std::fmt;
use std::ops::Deref;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder, ResponseError};
use pulsehook_core::{ReceiveError, Rejection, Reply};

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
///     let webhook = webhook.inspect_err(|rejection| eprintln!("{rejection}"))?;
///     Ok(webhook.ack())
/// }
/// # let _ = actix_web::web::to(on_metriport);
/// ```
pub struct WebhookRejection(Rejection);

impl Deref for WebhookRejection {
    type Target = Rejection;

    fn deref(&self) -> &Rejection {
        &self.0
    }
}

impl<T: Into<Rejection>> From<T> for WebhookRejection {
    fn from(rejection: T) -> Self {
        Self(rejection.into())
    }
}

impl fmt::Debug for WebhookRejection {
    /// Prints the rule alone: actix-web's `Logger` writes this to the log, where the id and the
    /// label of a request that could not be decoded do not belong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.0.error().map(ReceiveError::rule);
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
