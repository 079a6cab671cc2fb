//! From warp's request to a delivery.

use std::convert::Infallible;
use std::future::ready;
use std::net::{IpAddr, SocketAddr};

use futures_util::TryStreamExt as _;
use http_body::Frame;
use http_body_util::StreamBody;
use pulsehook_core::{Delivery, Outcome, Provider, Receiver, Rejection, RequestHead};
use pulsehook_tower::receive_body;
use warp::http::{HeaderMap, Method};
use warp::path::FullPath;
use warp::{Buf, Filter, Stream, reject};

use crate::reply::WebhookRejection;

/// Extracts a verified and decoded delivery.
///
/// It takes the body. A signed ping is a delivery like others here, and needs its own answer: the
/// handler returns [`Ack::of`](crate::Ack::of) the delivery. Where that is not wanted,
/// [`receive`](crate::receive) answers it.
///
/// # Rejections
///
/// [`WebhookRejection`]: for a request that is refused, and for a probe that is answered without
/// an event. [`recover`](crate::recover) makes the answer of it. It belongs on the route, before
/// any `.or`: to warp a rejection means "try the next filter", so without it a refused request
/// goes on to the other routes, which may well answer 200, and is answered 500 by warp if none
/// does.
///
/// For the same reason a filter that can reject stands before `webhook`, not after it: what it
/// rejects has been verified, and its body is gone.
///
/// # Examples
///
/// ```
/// use pulsehook_warp::human_api::{Event, HumanApi};
/// use pulsehook_warp::{Ack, Delivery, Receiver, SigningKey, recover, webhook};
/// use warp::Filter;
///
/// async fn notified(delivery: Delivery<Event>) -> Ack {
///     for event in delivery.events() {
///         let _ = event;
///     }
///     Ack::of(&delivery)
/// }
///
/// # fn app() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = SigningKey::from_text("client secret")?;
/// let human_api = Receiver::new(HumanApi::new(secret));
/// // No `warp::post()`: the receiver judges the method.
/// let hook = warp::path!("hooks" / "human-api")
///     .and(webhook(human_api))
///     .then(notified)
///     .recover(recover);
/// let app = hook.or(warp::path!("health").map(|| "well"));
/// # let _ = warp::service(app);
/// # Ok(())
/// # }
/// # app().unwrap();
/// ```
pub fn webhook<P: Provider>(
    receiver: Receiver<P>,
) -> impl Filter<Extract = (Delivery<P::Event>,), Error = warp::Rejection> + Clone + Send + Sync + 'static
{
    received(receiver).and_then(|received: Received<P>| {
        let delivery = received.and_then(Outcome::or_reject);
        ready(delivery.map_err(|rejection| reject::custom(WebhookRejection::from(rejection))))
    })
}

/// Is what came of a request.
pub(crate) type Received<P> = Result<Outcome<Delivery<<P as Provider>::Event>>, Rejection>;

/// Verifies and decodes a request while its body arrives; rejects nothing.
pub(crate) fn received<P: Provider>(
    receiver: Receiver<P>,
) -> impl Filter<Extract = (Received<P>,), Error = Infallible> + Clone + Send + Sync + 'static {
    // An earlier filter may have taken the body.
    let body = warp::body::stream()
        .map(Some)
        .or_else(|_| ready(Ok::<_, Infallible>((None,))));
    head().and(body).then(move |head, body| {
        let receiver = receiver.clone();
        async move {
            match body {
                Some(body) => receive_stream(&receiver, head, body).await,
                None => Err(Rejection::body_taken::<P>()),
            }
        }
    })
}

/// Hands the frames on: the type of warp's stream has no name.
async fn receive_stream<P, S, D>(receiver: &Receiver<P>, head: OwnedHead, body: S) -> Received<P>
where
    P: Provider,
    S: Stream<Item = Result<D, warp::Error>>,
    D: Buf,
{
    let body = StreamBody::new(body.map_ok(Frame::data));
    Ok(receive_body(receiver, head.lend(), body).await?)
}

/// Holds the head of a request as it stood on the request line, whatever filters matched since.
struct OwnedHead {
    method: Method,
    path: FullPath,
    query: Option<String>,
    headers: HeaderMap,
    peer: Option<IpAddr>,
}

impl OwnedHead {
    fn lend(&self) -> RequestHead<'_> {
        RequestHead::new(self.method.as_str(), self.path.as_str(), &self.headers)
            .with_query(self.query.as_deref())
            .with_peer(self.peer)
    }
}

fn head() -> impl Filter<Extract = (OwnedHead,), Error = Infallible> + Copy + Send + Sync + 'static
{
    // It rejects a request without a query.
    let query = warp::query::raw()
        .map(Some)
        .or_else(|_| ready(Ok::<_, Infallible>((None,))));
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::addr::remote())
        .map(
            |method, path, query, headers, peer: Option<SocketAddr>| OwnedHead {
                method,
                path,
                query,
                headers,
                peer: peer.map(|address| address.ip()),
            },
        )
}
