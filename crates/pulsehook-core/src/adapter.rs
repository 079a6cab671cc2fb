//! What adapters share: the answer to a request that gives no delivery, and what travels beside
//! it to the application.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::delivery::Delivery;
use crate::error::ReceiveError;
use crate::provider::Provider;
use crate::receiver::{Outcome, Receiver};
use crate::reply::Reply;

/// Answers a request that gives no delivery: it was refused, or it was a probe.
///
/// Adapters wrap it in a type of their framework. The caller gets the [`reply`](Rejection::reply)
/// and nothing else.
#[derive(Clone, Debug)]
pub struct Rejection {
    reply: Reply,
    cause: Cause,
}

#[derive(Clone, Debug)]
enum Cause {
    Probe,
    Refused(Refused),
    SetUp(&'static str, SetUp),
}

/// What is wrong with the application when a request cannot be verified.
#[derive(Clone, Copy, Debug)]
enum SetUp {
    NotMounted,
    TwoReceivers,
    BodyTaken,
}

impl Rejection {
    /// Returns the answer to the caller.
    #[must_use]
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Answers 500 because nothing verified the request before its handler: the application is
    /// not put together as it should be. One `tracing` event says so (feature `tracing`).
    ///
    /// Adapters call it where a handler asks for a delivery and no receiver has seen the request.
    #[must_use]
    pub fn not_mounted<P: Provider>() -> Self {
        Self::set_up::<P>(SetUp::NotMounted)
    }

    /// Answers 500 because there are two receivers of a provider for one handler, and none is the
    /// one that is meant: what one of them accepts, the other might refuse. One `tracing` event says
    /// so (feature `tracing`).
    ///
    /// Adapters call it where their framework keeps receivers in several places.
    #[must_use]
    pub fn two_receivers<P: Provider>() -> Self {
        Self::set_up::<P>(SetUp::TwoReceivers)
    }

    /// Answers 500 because the body was taken before the receiver saw the request, so that there
    /// is nothing to verify: the application is not put together as it should be. One `tracing`
    /// event says so (feature `tracing`).
    ///
    /// Adapters call it where their framework tells a body that was taken from an empty one.
    #[must_use]
    pub fn body_taken<P: Provider>() -> Self {
        Self::set_up::<P>(SetUp::BodyTaken)
    }

    fn set_up<P: Provider>(mistake: SetUp) -> Self {
        #[cfg(feature = "tracing")]
        tracing::event!(
            target: "pulsehook::set_up",
            tracing::Level::ERROR,
            provider = P::NAME,
            status = 500,
            "{mistake}",
        );
        Self {
            reply: Reply::empty(500),
            cause: Cause::SetUp(P::NAME, mistake),
        }
    }

    /// Returns why the request was refused; `None` for a probe, which was answered, and for a
    /// request that nothing verified.
    #[must_use]
    pub fn error(&self) -> Option<&ReceiveError> {
        match &self.cause {
            Cause::Refused(refused) => Some(refused),
            Cause::Probe | Cause::SetUp(..) => None,
        }
    }

    /// Tells whether the request was a probe.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        matches!(self.cause, Cause::Probe)
    }

    /// Takes the answer, and what goes into the extensions of the response.
    #[must_use]
    pub fn into_parts(self) -> (Reply, Option<Refused>) {
        let refused = match self.cause {
            Cause::Refused(refused) => Some(refused),
            Cause::Probe | Cause::SetUp(..) => None,
        };
        (self.reply, refused)
    }

    fn probe(reply: Reply) -> Self {
        let cause = Cause::Probe;
        Self { reply, cause }
    }
}

impl From<ReceiveError> for Rejection {
    fn from(error: ReceiveError) -> Self {
        Self {
            reply: error.reply().clone(),
            cause: Cause::Refused(Refused(Arc::new(error))),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Refused(refused) => (**refused).fmt(f),
            Cause::Probe => f.write_str("a probe, answered without an event"),
            Cause::SetUp(provider, mistake) => write!(f, "{provider}: {mistake}"),
        }
    }
}

impl fmt::Display for SetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotMounted => {
                "a handler asks for a delivery, and no receiver verified the request before it: \
                 put the adapter's middleware around the route, or give the handler a receiver"
            }
            Self::TwoReceivers => {
                "a handler asks for a delivery, and there are two receivers for it: leave one"
            }
            Self::BodyTaken => {
                "the body of the request was taken before a receiver could verify it: \
                 take `Delivery::raw` instead"
            }
        })
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // What `Display` shows is the error itself.
        self.error().and_then(Error::source)
    }
}

impl<T> Outcome<T> {
    /// Turns a probe into the rejection that answers it.
    ///
    /// # Errors
    ///
    /// Returns the answer of a probe.
    pub fn or_reject(self) -> Result<T, Rejection> {
        match self {
            Self::Accepted(accepted) => Ok(accepted),
            Self::Probe(reply) => Err(Rejection::probe(reply)),
        }
    }
}

impl<E> Outcome<Delivery<E>> {
    /// Turns a probe, and a signed one too, into the rejection that answers it: what is left is
    /// for a handler.
    ///
    /// # Errors
    ///
    /// Returns the answer of a probe.
    pub fn or_answer(self) -> Result<Delivery<E>, Rejection> {
        let delivery = self.or_reject()?;
        if delivery.is_probe() {
            return Err(Rejection::probe(delivery.ack().clone()));
        }
        Ok(delivery)
    }
}

#[cfg(feature = "http")]
impl From<Rejection> for http::Response<bytes::Bytes> {
    /// Makes the response, with [`Refused`] in its extensions where the request was refused.
    fn from(rejection: Rejection) -> Self {
        let (reply, refused) = rejection.into_parts();
        let mut response = Self::from(reply);
        if let Some(refused) = refused {
            response.extensions_mut().insert(refused);
        }
        response
    }
}

/// Shares a delivery between those who look at it: it travels in the extensions of a request
/// that a middleware has verified.
///
/// It derefs to the [`Delivery`]. The provider is part of the type, so that the delivery of one
/// provider is not found by a handler of another.
///
/// ```
/// use pulsehook_core::metriport::{Event, Metriport};
/// use pulsehook_core::SharedDelivery;
///
/// fn on_metriport(delivery: &SharedDelivery<Metriport>) {
///     for event in delivery.events() {
///         println!("{}", event.event_type());
///     }
/// }
/// ```
pub struct SharedDelivery<P: Provider>(Arc<Delivery<P::Event>>);

impl<P: Provider> SharedDelivery<P> {
    /// Shares a delivery.
    #[must_use]
    pub fn new(delivery: Delivery<P::Event>) -> Self {
        Self(Arc::new(delivery))
    }

    /// Finds the delivery that a middleware left in the extensions of a request.
    ///
    /// # Errors
    ///
    /// Returns [`Rejection::not_mounted`] when there is none, because no middleware verified the
    /// request.
    #[cfg(feature = "http")]
    pub fn of(extensions: &http::Extensions) -> Result<Self, Rejection> {
        let found = extensions.get::<Self>().cloned();
        found.ok_or_else(Rejection::not_mounted::<P>)
    }
}

impl<P: Provider> Clone for SharedDelivery<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Provider> Deref for SharedDelivery<P> {
    type Target = Delivery<P::Event>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<P: Provider> fmt::Debug for SharedDelivery<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedDelivery").field(&self.0).finish()
    }
}

/// Is what a handler's delivery comes from: a middleware has left it, or a receiver has yet to
/// verify the request.
///
/// For adapters of frameworks where a handler finds either at run time.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no third case")]
pub enum Source<P: Provider> {
    /// A middleware has verified the request.
    Delivery(SharedDelivery<P>),
    /// Nothing has verified the request yet.
    Receiver(Receiver<P>),
}

impl<P: Provider> Source<P> {
    /// Decides between what was found.
    ///
    /// # Errors
    ///
    /// Returns [`Rejection::not_mounted`] when nothing was, and [`Rejection::two_receivers`] when
    /// there are receivers that are not clones of one, that of the delivery included.
    pub fn among<'a>(
        delivery: Option<SharedDelivery<P>>,
        receivers: impl IntoIterator<Item = &'a Receiver<P>>,
    ) -> Result<Self, Rejection> {
        let mut receivers = receivers.into_iter();
        if let Some(delivery) = delivery {
            if !receivers.all(|receiver| receiver.has_verified(&delivery)) {
                return Err(Rejection::two_receivers::<P>());
            }
            return Ok(Self::Delivery(delivery));
        }
        let Some(receiver) = receivers.next() else {
            return Err(Rejection::not_mounted::<P>());
        };
        if !receivers.all(|other| other.is(receiver)) {
            return Err(Rejection::two_receivers::<P>());
        }
        Ok(Self::Receiver(receiver.clone()))
    }
}

/// Travels in the extensions of a response that refused a request.
///
/// A layer of the application's finds it there, with the reason and, where the request was
/// verified and could not be decoded, with the request itself. The caller gets none of it.
///
/// ```
/// use pulsehook_core::Refused;
///
/// fn log_refusal(refused: &Refused) {
///     println!("{} refused by {}", refused.endpoint(), refused.rule());
///     if let Some(undecodable) = refused.undecodable() {
///         // Authentic, and would be lost: keep `undecodable.to_stored()`.
///         let _ = undecodable.raw();
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Refused(Arc<ReceiveError>);

impl Deref for Refused {
    type Target = ReceiveError;

    fn deref(&self) -> &ReceiveError {
        &self.0
    }
}

/// Travels in the extensions of a response whose handler failed: the handler's own error.
///
/// The application decides what to log of it. `Debug` prints nothing of the error, which may hold
/// health data.
#[derive(Clone)]
pub struct HandlerError(Arc<dyn Error + Send + Sync>);

impl HandlerError {
    /// Keeps a handler's error.
    #[must_use]
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }
}

impl Deref for HandlerError {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerError(..)")
    }
}

#[cfg(feature = "http")]
impl From<HandlerError> for http::Response<bytes::Bytes> {
    /// Answers 500 with an empty body, and the error in the extensions.
    fn from(error: HandlerError) -> Self {
        let mut response = Self::from(Reply::empty(500));
        response.extensions_mut().insert(error);
        response
    }
}
