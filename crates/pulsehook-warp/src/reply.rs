//! From the core's replies to warp's.

use std::fmt;
use std::ops::Deref;

use pulsehook_core::bytes::Bytes;
use pulsehook_core::{Delivery, Rejection, Reply};
use warp::http;
use warp::reply::Response;

/// Answers a provider: the acknowledgement of a delivery as a reply of warp's.
#[derive(Clone, Debug)]
pub struct Ack(Reply);

impl Ack {
    /// Returns the acknowledgement that the provider expects.
    ///
    /// ```
    /// use pulsehook_warp::metriport::Event;
    /// use pulsehook_warp::{Ack, Delivery};
    ///
    /// async fn on_metriport(delivery: Delivery<Event>) -> Ack {
    ///     Ack::of(&delivery)
    /// }
    /// ```
    #[must_use]
    pub fn of<E>(delivery: &Delivery<E>) -> Self {
        Self(delivery.ack().clone())
    }
}

impl From<Reply> for Ack {
    fn from(reply: Reply) -> Self {
        Self(reply)
    }
}

impl warp::Reply for Ack {
    fn into_response(self) -> Response {
        response(self.0)
    }
}

/// Answers a request that was rejected by [`webhook`](crate::webhook).
///
/// The answer is the core's reply and nothing else: a fixed status and an empty body for a
/// refusal. The reason travels in the response's extensions as [`Refused`](crate::Refused); the
/// caller cannot see it. It belongs on the route, before `.or`, so that a refused request goes
/// nowhere else:
///
/// ```
/// use pulsehook_warp::metriport::Metriport;
/// use pulsehook_warp::{Ack, Receiver, recover, webhook};
/// use warp::Filter;
///
/// fn app(
///     metriport: Receiver<Metriport>,
/// ) -> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone {
///     let hook = warp::path!("hooks" / "metriport")
///         .and(webhook(metriport))
///         .map(|delivery| Ack::of(&delivery))
///         .recover(recover);
///     hook.or(warp::path!("health").map(|| "well"))
/// }
/// ```
///
/// # Errors
///
/// Returns every other rejection unchanged, for the filters and the `recover` of the application.
pub async fn recover(rejection: warp::Rejection) -> Result<Response, warp::Rejection> {
    match rejection.find::<WebhookRejection>() {
        Some(WebhookRejection(found)) => Ok(response(found.clone())),
        None => Err(rejection),
    }
}

/// Rejects a request that gives no delivery: it was refused, or it was a probe.
///
/// [`recover`] makes the answer of it. An application with a `recover` of its own finds it with
/// `rejection.find::<WebhookRejection>()`. `Debug` prints nothing of it, because warp sends that
/// to the caller where no `recover` is.
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookRejection(..)")
    }
}

impl warp::reject::Reject for WebhookRejection {}

/// Makes warp's response, with what the core's holds in its extensions.
pub(crate) fn response(from: impl Into<http::Response<Bytes>>) -> Response {
    from.into().map(Into::into)
}
