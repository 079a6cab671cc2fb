//! The layer, and the service that it makes of another.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, Uri, header};
use http_body::Body;
use http_body_util::Full;
use pulsehook_core::bytes::Bytes;
use pulsehook_core::{Outcome, Provider, Receiver, Rejection, RequestHead, SharedDelivery};
use tower_layer::Layer;
use tower_service::Service;

use crate::body::{ResponseBody, receive_body};

/// Wraps a service so that it is only called with verified deliveries.
///
/// | the request | the answer | the wrapped service |
/// |---|---|---|
/// | refused | the status of the rule, an empty body; [`Refused`](crate::Refused) in the response's extensions | is not called |
/// | a probe, or a signed ping | what the provider expects | is not called |
/// | a delivery | the service's own | is called, with [`SharedDelivery`] in the request's extensions and the body as received |
///
/// The service acknowledges the delivery itself: `delivery.ack()` is the answer that the provider
/// expects, and turns into an `http::Response<Bytes>`.
///
/// # Bodies
///
/// The body has been read when the service is called, and is put together again: the service must
/// accept `Request<N>` for a body type `N` that is `From<Bytes>`. Unless
/// [`inner_body`](Self::inner_body) names another, `N` is `http_body_util::Full<Bytes>`, which all
/// services that are generic over their body accept, axum's routes among them. hyper's `Incoming`
/// cannot be made from bytes, so a service that takes no other body cannot be wrapped. The header
/// `Content-Length` is that of the body, whatever the framing was; trailers, which no provider sends,
/// are not passed on.
///
/// The body of the response is a [`ResponseBody`]: the service's own, or that of the layer's
/// answer.
///
/// # Examples
///
/// Around a route of axum, with the original path in nested routers and the caller's address. The
/// handler takes all extensions, so that a layer that was forgotten is answered 500 with an empty
/// body, and logged; `Extension<SharedDelivery<…>>` would answer with a text of axum's.
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::Router;
/// use axum::body::Body;
/// use axum::extract::{ConnectInfo, OriginalUri};
/// use axum::response::Response;
/// use axum::routing::any;
/// use http::Extensions;
/// use pulsehook_tower::bytes::Bytes;
/// use pulsehook_tower::metriport::Metriport;
/// use pulsehook_tower::{Receiver, SharedDelivery, SigningKey, VerifyWebhookLayer};
///
/// async fn on_metriport(extensions: Extensions) -> Response {
///     let answer = match SharedDelivery::<Metriport>::of(&extensions) {
///         Ok(delivery) => delivery.ack().clone().into(),
///         Err(not_mounted) => Response::<Bytes>::from(not_mounted),
///     };
///     answer.map(Body::from)
/// }
///
/// # fn app() -> Result<Router, Box<dyn std::error::Error>> {
/// let metriport = Receiver::new(Metriport::new(SigningKey::from_text("whk_example")?));
/// let layer = VerifyWebhookLayer::new(metriport)
///     .peer(|parts| Some(parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()))
///     .uri(|parts| match parts.extensions.get::<OriginalUri>() {
///         Some(original) => &original.0,
///         None => &parts.uri,
///     });
/// let app = Router::new().route("/hooks/metriport", any(on_metriport).layer(layer));
/// # Ok(app)
/// # }
/// # app().unwrap();
/// ```
#[must_use = "a layer does nothing until it wraps a service"]
pub struct VerifyWebhookLayer<P: Provider, N = Full<Bytes>> {
    receiver: Receiver<P>,
    peer: fn(&Parts) -> Option<IpAddr>,
    uri: fn(&Parts) -> &Uri,
    inner_body: PhantomData<fn(Bytes) -> N>,
}

impl<P: Provider> VerifyWebhookLayer<P> {
    /// Makes a layer around services that accept `Full<Bytes>`.
    pub fn new(receiver: Receiver<P>) -> Self {
        Self {
            receiver,
            peer: |_| None,
            uri: |parts| &parts.uri,
            inner_body: PhantomData,
        }
    }
}

impl<P: Provider, N> VerifyWebhookLayer<P, N> {
    /// Names the body type that the wrapped service accepts.
    ///
    /// ```
    /// use pulsehook_tower::metriport::Metriport;
    /// use pulsehook_tower::{Receiver, VerifyWebhookLayer};
    ///
    /// fn around_axum(
    ///     receiver: Receiver<Metriport>,
    /// ) -> VerifyWebhookLayer<Metriport, axum::body::Body> {
    ///     VerifyWebhookLayer::new(receiver).inner_body()
    /// }
    /// ```
    pub fn inner_body<M: From<Bytes>>(self) -> VerifyWebhookLayer<P, M> {
        VerifyWebhookLayer {
            receiver: self.receiver,
            peer: self.peer,
            uri: self.uri,
            inner_body: PhantomData,
        }
    }

    /// Says how the caller's address is found, which allow-lists need; without it the address is
    /// not known. The function captures nothing: what it needs is in the request.
    pub fn peer(mut self, peer: fn(&Parts) -> Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// Says how the URI of the request line is found, where a router strips prefixes from that of
    /// the request.
    pub fn uri(mut self, uri: fn(&Parts) -> &Uri) -> Self {
        self.uri = uri;
        self
    }
}

impl<P: Provider, N> Clone for VerifyWebhookLayer<P, N> {
    fn clone(&self) -> Self {
        Self {
            receiver: self.receiver.clone(),
            ..*self
        }
    }
}

impl<P: Provider, N> fmt::Debug for VerifyWebhookLayer<P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyWebhookLayer")
            .field(&self.receiver)
            .finish()
    }
}

impl<S, P: Provider, N> Layer<S> for VerifyWebhookLayer<P, N> {
    type Service = VerifyWebhook<S, P, N>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyWebhook {
            inner,
            layer: self.clone(),
        }
    }
}

/// Is the service that [`VerifyWebhookLayer`] makes of another.
///
/// It is ready when the wrapped service is, and calls the very one that said so: what that holds
/// for the call, a permit for example, is held while the body arrives, and given back if the
/// request is refused.
pub struct VerifyWebhook<S, P: Provider, N = Full<Bytes>> {
    inner: S,
    layer: VerifyWebhookLayer<P, N>,
}

impl<S: Clone, P: Provider, N> Clone for VerifyWebhook<S, P, N> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            layer: self.layer.clone(),
        }
    }
}

impl<S, P: Provider, N> fmt::Debug for VerifyWebhook<S, P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyWebhook")
            .field(&self.layer.receiver)
            .finish_non_exhaustive()
    }
}

/// Is the future of [`VerifyWebhook`].
pub type ResponseFuture<R, E> =
    Pin<Box<dyn Future<Output = Result<Response<ResponseBody<R>>, E>> + Send>>;

impl<S, P, B, N, R> Service<Request<B>> for VerifyWebhook<S, P, N>
where
    P: Provider,
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    N: From<Bytes> + 'static,
    S: Service<Request<N>, Response = Response<R>, Future: Send> + Clone + Send + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready is called; the clone has yet to be asked.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let uri = (layer.uri)(&parts);
            let head = RequestHead::new(parts.method.as_str(), uri.path(), &parts.headers)
                .with_query(uri.query())
                .with_peer((layer.peer)(&parts));
            let received = receive_body(&layer.receiver, head, body).await;
            match received
                .map_err(Rejection::from)
                .and_then(Outcome::or_answer)
            {
                Ok(delivery) => {
                    frame_anew(&mut parts.headers, delivery.raw().len());
                    let body = N::from(delivery.raw().clone());
                    parts.extensions.insert(SharedDelivery::<P>::new(delivery));
                    let response = inner.call(Request::from_parts(parts, body)).await?;
                    Ok(response.map(ResponseBody::of_service))
                }
                Err(rejection) => {
                    let response = Response::<Bytes>::from(rejection);
                    Ok(response.map(ResponseBody::of_reply))
                }
            }
        })
    }
}

/// Says of the body what is true of it now. What the framing said was for the way here.
fn frame_anew(headers: &mut HeaderMap, len: usize) {
    for name in [header::TRANSFER_ENCODING, header::TRAILER, header::EXPECT] {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(len));
}
