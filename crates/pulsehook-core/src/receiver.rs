//! The receiver: a provider, its limits, and the way from a request to a delivery.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use bytes::Bytes;

use crate::delivery::Delivery;
use crate::error::{Reason, ReceiveError};
use crate::provider::{BodyCheck as _, Opening, Provider, Verdict};
use crate::reception::{BodyFailure, Reception};
use crate::reply::Reply;
use crate::request::{Head, RequestHead, WantedHeaders};
use crate::verified::Verified;

/// Names an endpoint: the provider and a label of the application's.
#[derive(Clone)]
pub(crate) struct Endpoint(Arc<EndpointNames>);

struct EndpointNames {
    provider: &'static str,
    label: Box<str>,
}

impl Endpoint {
    pub(crate) fn provider(&self) -> &'static str {
        self.0.provider
    }

    pub(crate) fn label(&self) -> &str {
        &self.0.label
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.label(), f)
    }
}

/// Is what comes of each step: the request was a probe and is answered, or it goes on.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no third case")]
#[must_use]
pub enum Outcome<T> {
    /// The request only probed the endpoint; this is its answer, and there is no event.
    Probe(Reply),
    /// The request goes on, or has arrived.
    Accepted(T),
}

impl<T> Outcome<T> {
    /// Returns what was accepted, or `None` for a probe.
    #[must_use]
    pub fn accepted(self) -> Option<T> {
        match self {
            Self::Probe(_) => None,
            Self::Accepted(accepted) => Some(accepted),
        }
    }
}

/// Receives the deliveries of one provider at one endpoint.
///
/// It is cheap to clone and shared by all requests. Adapters drive it through
/// [`begin`](Receiver::begin); [`receive`](Receiver::receive) does all in one call for those who
/// hold the whole body.
///
/// # Examples
///
/// ```
/// use pulsehook_core::metriport::{Event, Metriport};
/// use pulsehook_core::{Outcome, Receiver, RequestHead, SigningKey};
///
/// let receiver = Receiver::new(Metriport::new(SigningKey::from_text("k")?));
///
/// let body = r#"{"ping":"k3Jq_0Zr-8sVwXyT1aBcD","meta":{"messageId":"00000001-1111-4222-8333-444455556666","when":"2026-02-03T04:05:06.789Z","type":"ping"}}"#;
/// let headers = [(
///     "x-metriport-signature",
///     "403f30553aa86bdfc8c32941f60412cadc55401adc4d9c67a1656b1718e5b666",
/// )];
/// let head = RequestHead::new("POST", "/hooks/metriport", &headers);
///
/// let Outcome::Accepted(delivery) = receiver.receive(head, body)? else {
///     unreachable!("Metriport sends no unsigned probe");
/// };
/// assert!(matches!(delivery.events(), [Event::Ping(_)]));
/// assert_eq!(delivery.ack().body().as_ref(), br#"{"pong":"k3Jq_0Zr-8sVwXyT1aBcD"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Receiver<P: Provider>(Arc<Inner<P>>);

struct Inner<P> {
    provider: P,
    endpoint: Endpoint,
    body_limit: usize,
    wanted: WantedHeaders,
    clock: Clock,
    on_error: Option<ErrorHook>,
}

enum Clock {
    System,
    Custom(Box<dyn Fn() -> SystemTime + Send + Sync>),
}

/// How many frames a request takes before others may run.
const FRAMES_IN_A_TURN: usize = 64;

type ErrorHook = Box<dyn Fn(&ReceiveError) + Send + Sync>;

impl<P: Provider> Receiver<P> {
    /// Makes a receiver with the defaults of the provider and of [`ReceiverBuilder`].
    #[must_use]
    pub fn new(provider: P) -> Self {
        Self::builder(provider).build()
    }

    /// Starts to configure a receiver.
    pub fn builder(provider: P) -> ReceiverBuilder<P> {
        let body_limit = provider.body_limit();
        ReceiverBuilder {
            provider,
            endpoint: P::NAME.into(),
            body_limit,
            clock: Clock::System,
            on_error: None,
        }
    }

    /// Returns the provider with its configuration.
    #[must_use]
    pub fn provider(&self) -> &P {
        &self.0.provider
    }

    /// Tells whether this receiver, or a clone of it, has verified a delivery.
    ///
    /// Two receivers of one provider have keys of their own: what one has verified, the other might
    /// have refused.
    #[must_use]
    pub fn has_verified(&self, delivery: &Delivery<P::Event>) -> bool {
        self.0.endpoint.is(delivery.endpoint_shared())
    }

    /// Tells whether two receivers are one: clones of each other.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns the endpoint's label.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.0.endpoint.label()
    }

    /// Returns the limit of a body, in bytes.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        self.0.body_limit
    }

    /// Judges the head of a request, before one byte of its body is taken.
    ///
    /// The rules are tried in this order: method, content type, declared length, the provider's
    /// headers.
    ///
    /// # Errors
    ///
    /// Returns the rule that refuses the request, with the answer to its caller.
    pub fn begin<'a>(
        &'a self,
        head: RequestHead<'a>,
    ) -> Result<Outcome<Reception<'a, P>>, ReceiveError> {
        let head = Head::collect(head, &self.0.wanted);
        self.admit(&head)?;
        match self.provider().begin(&head) {
            Ok(Opening::Probe(reply)) => Ok(Outcome::Probe(reply)),
            Ok(Opening::Check(check)) => Ok(Outcome::Accepted(Reception::new(self, head, check))),
            Err(error) => Err(self.refuse(Some(&head), Reason::Verify(error))),
        }
    }

    /// Judges what of a head is not the provider's alone.
    fn admit(&self, head: &Head<'_>) -> Result<(), ReceiveError> {
        let provider = self.provider();
        let allowed = provider.methods();
        if !allowed.contains(&head.method()) {
            return Err(self.refuse(Some(head), Reason::MethodNotAllowed { allowed }));
        }
        if !provider.accepts_content_type(head) {
            return Err(self.refuse(Some(head), Reason::UnsupportedMediaType));
        }
        let declared = head.content_length();
        if declared.is_some_and(|length| length > self.0.body_limit as u64) {
            return Err(self.refuse(Some(head), Reason::body_too_large(self.0.body_limit)));
        }
        Ok(())
    }

    /// Judges a whole request, of whose body the check has seen every byte.
    #[inline]
    pub(crate) fn judge<'a>(
        &'a self,
        head: &Head<'a>,
        check: P::Check,
        body: Bytes,
    ) -> Result<Outcome<Verified<'a, P>>, ReceiveError> {
        // Someone took it before us. An empty body may be authentic, and what was sent be lost.
        if body.is_empty() && head.content_length().is_some_and(|length| length > 0) {
            return Err(self.refuse(Some(head), Reason::BodyRead));
        }
        let now = self.now();
        match self.provider().finish(check, head, &body, now) {
            Ok(Verdict::Probe(reply)) => Ok(Outcome::Probe(reply)),
            Ok(Verdict::Accepted(proof)) => Ok(Outcome::Accepted(Verified::new(
                self, head, proof, now, body,
            ))),
            Err(error) => Err(self.refuse(Some(head), Reason::Verify(error))),
        }
    }

    /// Verifies a request whose body is at hand, and does not decode it.
    ///
    /// # Errors
    ///
    /// Returns the rule that refuses the request, with the answer to its caller.
    pub fn verify<'a>(
        &'a self,
        head: RequestHead<'a>,
        body: impl Into<Bytes>,
    ) -> Result<Outcome<Verified<'a, P>>, ReceiveError> {
        // The same steps as those of a reception, without the moves of one that can wait.
        let head = Head::collect(head, &self.0.wanted);
        self.admit(&head)?;
        match self.provider().begin(&head) {
            Ok(Opening::Probe(reply)) => Ok(Outcome::Probe(reply)),
            Ok(Opening::Check(mut check)) => {
                let body = body.into();
                if body.len() > self.0.body_limit {
                    return Err(self.refuse(Some(&head), Reason::body_too_large(self.0.body_limit)));
                }
                check.update(&body);
                self.judge(&head, check, body)
            }
            Err(error) => Err(self.refuse(Some(&head), Reason::Verify(error))),
        }
    }

    /// Verifies and decodes a request whose body is at hand.
    ///
    /// # Errors
    ///
    /// Returns the rule that refuses the request, with the answer to its caller. A request that
    /// is authentic and cannot be decoded is carried by the error.
    pub fn receive(
        &self,
        head: RequestHead<'_>,
        body: impl Into<Bytes>,
    ) -> Result<Outcome<Delivery<P::Event>>, ReceiveError> {
        match self.verify(head, body)? {
            Outcome::Probe(reply) => Ok(Outcome::Probe(reply)),
            Outcome::Accepted(verified) => verified.decode().map(Outcome::Accepted),
        }
    }

    /// Verifies and decodes a request while its body arrives: what adapters stand on.
    ///
    /// `poll_frame` is asked for frame after frame, until it returns `None` for the end of the
    /// body or the reason why there will be none. It is not asked at all when the head alone
    /// decides. The future waits for frames and for nothing else, so it runs in any executor; when
    /// it is dropped, the request is forgotten.
    ///
    /// # Errors
    ///
    /// Returns the rule that refuses the request, with the answer to its caller.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::Poll;
    ///
    /// use pulsehook_core::bytes::Bytes;
    /// use pulsehook_core::metriport::{Event, Metriport};
    /// use pulsehook_core::{Delivery, ReceiveError, Receiver, RequestHead};
    ///
    /// /// For frames that are at hand. Those of a socket return `Poll::Pending` in between.
    /// async fn receive(
    ///     receiver: &Receiver<Metriport>,
    ///     head: RequestHead<'_>,
    ///     frames: Vec<Bytes>,
    /// ) -> Result<Option<Delivery<Event>>, ReceiveError> {
    ///     let mut frames = frames.into_iter().map(Ok);
    ///     let outcome = receiver.receive_frames(head, |_| Poll::Ready(frames.next())).await?;
    ///     Ok(outcome.accepted())
    /// }
    /// ```
    pub async fn receive_frames<F>(
        &self,
        head: RequestHead<'_>,
        mut poll_frame: F,
    ) -> Result<Outcome<Delivery<P::Event>>, ReceiveError>
    where
        F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, BodyFailure>>>,
    {
        let mut reception = match self.begin(head)? {
            Outcome::Probe(reply) => return Ok(Outcome::Probe(reply)),
            Outcome::Accepted(reception) => reception,
        };
        let mut at_hand = 0;
        let mut next = |cx: &mut Context<'_>| {
            // Frames that never have to be waited for would keep other tasks from their turn.
            at_hand = (at_hand + 1) % FRAMES_IN_A_TURN;
            if at_hand == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            poll_frame(cx)
        };
        while let Some(frame) = poll_fn(&mut next).await {
            match frame {
                Ok(frame) => reception.push(frame)?,
                Err(failure) => return Err(reception.fail(failure)),
            }
        }
        match reception.finish()? {
            Outcome::Probe(reply) => Ok(Outcome::Probe(reply)),
            Outcome::Accepted(verified) => verified.decode().map(Outcome::Accepted),
        }
    }

    #[inline]
    pub(crate) fn endpoint_shared(&self) -> Endpoint {
        self.0.endpoint.clone()
    }

    pub(crate) fn now(&self) -> SystemTime {
        match &self.0.clock {
            Clock::System => SystemTime::now(),
            Clock::Custom(clock) => clock(),
        }
    }

    /// Makes a refusal with its answer, without a report.
    pub(crate) fn answer(&self, head: Option<&Head<'_>>, reason: Reason) -> ReceiveError {
        let reply = self.provider().refusal(&reason, head);
        ReceiveError::new(self.endpoint_shared(), reason, reply)
    }

    /// The one place where requests are refused: answered, reported, handed to the hook.
    #[cold]
    pub(crate) fn refuse(&self, head: Option<&Head<'_>>, reason: Reason) -> ReceiveError {
        let error = self.answer(head, reason);
        #[cfg(feature = "tracing")]
        tracing::event!(
            target: "pulsehook::refusal",
            tracing::Level::INFO,
            provider = error.provider(),
            endpoint = error.endpoint(),
            rule = error.rule(),
            status = error.reply().status(),
            reason = %error.reason(),
        );
        if let Some(hook) = &self.0.on_error {
            hook(&error);
        }
        error
    }
}

impl<P: Provider> Clone for Receiver<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Provider> fmt::Debug for Receiver<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("provider", &P::NAME)
            .field("endpoint", &self.endpoint())
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}

/// Configures a [`Receiver`].
///
/// Defaults: the provider's name as the endpoint's label, the limit of
/// [`Provider::body_limit`], the system's clock, no hook.
///
/// ```
/// use pulsehook_core::human_api::HumanApi;
/// use pulsehook_core::{Receiver, SigningKey};
///
/// let provider = HumanApi::new(SigningKey::from_text("client secret")?);
/// let receiver = Receiver::builder(provider)
///     .endpoint("human-api-eu")
///     .body_limit(8 * 1024 * 1024)
///     .on_error(|error| {
///         if let Some(undecodable) = error.undecodable() {
///             // Keep `undecodable.to_stored()`: it is authentic, and would be lost otherwise.
///             let _ = undecodable.raw();
///         }
///     })
///     .build();
/// assert_eq!(receiver.endpoint(), "human-api-eu");
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[must_use]
pub struct ReceiverBuilder<P> {
    provider: P,
    endpoint: Box<str>,
    body_limit: usize,
    clock: Clock,
    on_error: Option<ErrorHook>,
}

impl<P: Provider> ReceiverBuilder<P> {
    /// Labels the endpoint for deliveries, logs and keys. Not the path: a path can hold secrets.
    pub fn endpoint(mut self, label: impl Into<Box<str>>) -> Self {
        self.endpoint = label.into();
        self
    }

    /// Sets the limit of a body, in bytes; one byte more is answered 413.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the clock, for tests.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::Custom(Box::new(clock));
        self
    }

    /// Sets a hook that sees every refusal once, before the caller is answered.
    ///
    /// Through [`ReceiveError::undecodable`] it gets at requests that are authentic and could not
    /// be decoded.
    pub fn on_error(mut self, hook: impl Fn(&ReceiveError) + Send + Sync + 'static) -> Self {
        self.on_error = Some(Box::new(hook));
        self
    }

    /// Makes the receiver.
    #[must_use]
    pub fn build(self) -> Receiver<P> {
        let wanted = WantedHeaders::new(self.provider.headers());
        let names = EndpointNames {
            provider: P::NAME,
            label: self.endpoint,
        };
        Receiver(Arc::new(Inner {
            provider: self.provider,
            endpoint: Endpoint(Arc::new(names)),
            body_limit: self.body_limit,
            wanted,
            clock: self.clock,
            on_error: self.on_error,
        }))
    }
}

impl<P: Provider> fmt::Debug for ReceiverBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverBuilder")
            .field("provider", &P::NAME)
            .field("endpoint", &self.endpoint)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}
