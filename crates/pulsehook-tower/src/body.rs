//! Bodies of the `http-body` crate: from a request's to a delivery, and a response's.

use std::error::Error;
use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use http_body_util::{Full, LengthLimitError};
use pin_project_lite::pin_project;
use pulsehook_core::bytes::{Buf, Bytes};
use pulsehook_core::{
    BodyFailure, Delivery, Outcome, Provider, ReceiveError, Receiver, RequestHead,
};

/// Verifies and decodes a request while its body arrives.
///
/// This is for servers without tower, and for adapters of frameworks whose bodies are those of the
/// `http-body` crate. A body that ends with a [`BodyFailure`] is answered as that says, one that
/// `http_body_util::Limited` cut is answered 413, and one that ends with any other error 400.
/// Trailers are passed over: no provider signs them.
///
/// # Errors
///
/// Returns the rule that refuses the request, with the answer to its caller.
///
/// # Examples
///
/// ```
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use pulsehook_tower::bytes::Bytes;
/// use pulsehook_tower::metriport::Metriport;
/// use pulsehook_tower::{Outcome, Receiver, Rejection, RequestHead, receive_body};
///
/// /// For a hyper server, where `B` is `hyper::body::Incoming`.
/// async fn answer<B>(receiver: &Receiver<Metriport>, request: Request<B>) -> Response<Full<Bytes>>
/// where
///     B: http_body::Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static>,
/// {
///     let (parts, body) = request.into_parts();
///     let received = receive_body(receiver, RequestHead::from(&parts), body).await;
///     let response = match received.map_err(Rejection::from).and_then(Outcome::or_answer) {
///         Ok(delivery) => delivery.ack().clone().into(),
///         Err(rejection) => Response::<Bytes>::from(rejection),
///     };
///     response.map(Full::new)
/// }
/// ```
pub async fn receive_body<P, B>(
    receiver: &Receiver<P>,
    head: RequestHead<'_>,
    body: B,
) -> Result<Outcome<Delivery<P::Event>>, ReceiveError>
where
    P: Provider,
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>>,
{
    let mut body = pin!(body);
    let frames = receiver.receive_frames(head, |cx| {
        let frame = ready!(body.as_mut().poll_frame(cx));
        Poll::Ready(frame.map(|frame| match frame.map(Frame::into_data) {
            Ok(Ok(mut data)) => Ok(data.copy_to_bytes(data.remaining())),
            // Trailers are not part of the body.
            Ok(Err(_trailers)) => Ok(Bytes::new()),
            Err(error) => Err(failure_of(error.into().as_ref())),
        }))
    });
    frames.await
}

/// Tells what a layer did to the body from a broken connection.
fn failure_of(error: &(dyn Error + 'static)) -> BodyFailure {
    BodyFailure::of(error, |cause| cause.is::<LengthLimitError>())
}

pin_project! {
    /// Is the body of a response: the wrapped service's own, or that of the layer's answer.
    ///
    /// Its errors are those of the service's body.
    pub struct ResponseBody<B> {
        #[pin]
        body: Either<B>,
    }
}

pin_project! {
    #[project = Projected]
    enum Either<B> {
        Reply { #[pin] body: Full<Bytes> },
        Service { #[pin] body: B },
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn of_reply(body: Bytes) -> Self {
        let body = Full::new(body);
        let body = Either::Reply { body };
        Self { body }
    }

    pub(crate) fn of_service(body: B) -> Self {
        let body = Either::Service { body };
        Self { body }
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().body.project() {
            Projected::Reply { body } => body
                .poll_frame(cx)
                .map_err(|impossible| match impossible {}),
            Projected::Service { body } => body.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Either::Reply { body } => body.is_end_stream(),
            Either::Service { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Either::Reply { body } => body.size_hint(),
            Either::Service { body } => body.size_hint(),
        }
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}
