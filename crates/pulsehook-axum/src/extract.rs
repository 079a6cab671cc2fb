//! From axum's request to a delivery, and from the core's replies to axum's responses.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;

use axum::body::{Body, Bytes};
use axum::extract::connect_info::MockConnectInfo;
use axum::extract::{ConnectInfo, FromRef, FromRequest, OriginalUri, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use pulsehook_core::{Delivery, Outcome, Provider, Receiver, Rejection, Reply, RequestHead};
use pulsehook_tower::receive_body;

/// Extracts a verified and decoded delivery.
///
/// The receiver comes from the state, where a [`FromRef`] finds it. It takes the body, so it must
/// be the last extractor. A handler returns [`ack`](Webhook::ack): a signed ping is an event like
/// others here, and needs its own answer. Where that is not wanted, [`receive`](crate::receive)
/// answers it.
///
/// # Rejections
///
/// [`WebhookRejection`]: for a request that is refused, and for a probe that is answered without
/// an event.
///
/// # Examples
///
/// ```
/// use axum::extract::FromRef;
/// use axum::routing::any;
/// use axum::Router;
/// use pulsehook_axum::human_api::HumanApi;
/// use pulsehook_axum::{Ack, Receiver, SigningKey, Webhook};
///
/// #[derive(Clone)]
/// struct App {
///     human_api: Receiver<HumanApi>,
/// }
///
/// impl FromRef<App> for Receiver<HumanApi> {
///     fn from_ref(app: &App) -> Self {
///         app.human_api.clone()
///     }
/// }
///
/// async fn notified(webhook: Webhook<HumanApi>) -> Ack {
///     for event in webhook.events() {
///         let _ = event;
///     }
///     webhook.ack()
/// }
///
/// # fn app() -> Result<Router, Box<dyn std::error::Error>> {
/// let secret = SigningKey::from_text("client secret")?;
/// let app = App { human_api: Receiver::new(HumanApi::new(secret)) };
/// // `any`, so that the receiver judges the method: some providers probe with HEAD or GET.
/// let router: Router = Router::new().route("/hooks/human-api", any(notified)).with_state(app);
/// # Ok(router)
/// # }
/// # app().unwrap();
/// ```
///
/// Without a receiver there is no verification, so a router whose state has none does not
/// compile:
///
/// ```compile_fail,E0277
/// use axum::Router;
/// use axum::routing::any;
/// use pulsehook_axum::human_api::HumanApi;
/// use pulsehook_axum::{Ack, Webhook};
///
/// #[derive(Clone)]
/// struct App;
///
/// async fn notified(webhook: Webhook<HumanApi>) -> Ack {
///     webhook.ack()
/// }
///
/// fn app(state: App) -> Router {
///     Router::new().route("/hooks/human-api", any(notified)).with_state(state)
/// }
/// ```
///
/// With one, the same compiles:
///
/// ```
/// use axum::Router;
/// use axum::extract::FromRef;
/// use axum::routing::any;
/// use pulsehook_axum::human_api::HumanApi;
/// use pulsehook_axum::{Ack, Receiver, Webhook};
///
/// #[derive(Clone)]
/// struct App(Receiver<HumanApi>);
///
/// impl FromRef<App> for Receiver<HumanApi> {
///     fn from_ref(app: &App) -> Self {
///         app.0.clone()
///     }
/// }
///
/// async fn notified(webhook: Webhook<HumanApi>) -> Ack {
///     webhook.ack()
/// }
///
/// fn app(state: App) -> Router {
///     Router::new().route("/hooks/human-api", any(notified)).with_state(state)
/// }
/// ```
#[must_use]
pub struct Webhook<P: Provider>(Delivery<P::Event>);

impl<P: Provider> Webhook<P> {
    /// Returns the acknowledgement that the provider expects, as a response.
    #[must_use]
    pub fn ack(&self) -> Ack {
        Ack(self.0.ack().clone())
    }

    /// Takes the delivery out.
    pub fn into_delivery(self) -> Delivery<P::Event> {
        self.0
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
        f.debug_tuple("Webhook").field(&self.0).finish()
    }
}

impl<P, S> FromRequest<S> for Webhook<P>
where
    P: Provider,
    Receiver<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookRejection> {
        let (parts, body) = request.into_parts();
        let received = take_delivery(&Receiver::from_ref(state), &parts, body).await?;
        Ok(Self(received.or_reject()?))
    }
}

/// Verifies and decodes a request while its body arrives.
pub(crate) async fn take_delivery<P: Provider>(
    receiver: &Receiver<P>,
    parts: &Parts,
    body: Body,
) -> Result<Outcome<Delivery<P::Event>>, Rejection> {
    Ok(receive_body(receiver, head_of(parts), body).await?)
}

/// Describes a request as it stood on the request line, whatever routers stripped since.
fn head_of(parts: &Parts) -> RequestHead<'_> {
    let uri = parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0);
    RequestHead::new(parts.method.as_str(), uri.path(), &parts.headers)
        .with_query(uri.query())
        .with_peer(peer_of(parts))
}

fn peer_of(parts: &Parts) -> Option<IpAddr> {
    let connected = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0);
    let mocked = || {
        parts
            .extensions
            .get::<MockConnectInfo<SocketAddr>>()
            .map(|info| info.0)
    };
    connected.or_else(mocked).map(|address| address.ip())
}

/// Answers a provider: the acknowledgement of a delivery as a response.
#[derive(Clone, Debug)]
pub struct Ack(Reply);

impl From<Reply> for Ack {
    fn from(reply: Reply) -> Self {
        Self(reply)
    }
}

impl IntoResponse for Ack {
    fn into_response(self) -> Response {
        Response::<Bytes>::from(self.0).map(Body::from)
    }
}

/// Answers a request that gives no delivery: it was refused, or it was a probe.
///
/// As a response it is the core's reply and nothing else: a fixed status and an empty body for a
/// refusal. The reason travels in the response's extensions as [`Refused`](crate::Refused), where
/// a layer can find it; the caller cannot.
#[derive(Debug)]
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

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        Response::<Bytes>::from(self.0).map(Body::from)
    }
}
