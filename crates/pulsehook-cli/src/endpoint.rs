//! One endpoint: the same for all verbs, which differ in who observes it.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any};
use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::follow_up::{Context, FollowUpApi as _, FollowUps};
use pulsehook_axum::jiff::Timestamp;
use pulsehook_axum::view::View;
use pulsehook_axum::{
    Authenticity, DedupKey, Delivery, KeyId, Outcome, ReceiveError, Receiver, Reply, Webhook,
    WebhookRejection,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::providers::Listed;
use crate::request::Request;

/// Learns what became of each request, before its caller is answered.
pub(crate) trait Observer: Send + Sync {
    /// Takes note; a delivery of which no note could be taken is not acknowledged.
    fn observe<'a>(
        &'a self,
        seen: &'a Seen,
        happened: Happened<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotNoted>> + Send + 'a>>;
}

/// No note could be taken of a delivery, so it is answered this status.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotNoted(pub(crate) StatusCode);

/// What a request looked like, whatever became of it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) headers: HeaderMap,
    /// What else the server put beside the request.
    pub(crate) extensions: axum::http::Extensions,
}

impl Seen {
    pub(crate) fn of(parts: &Parts) -> Self {
        Self {
            headers: parts.headers.clone(),
            extensions: parts.extensions.clone(),
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy)]
pub(crate) enum Happened<'a> {
    /// It was verified and decoded.
    Delivered(&'a dyn Arrived),
    /// It was verified and only probes the endpoint, such as a ping.
    Pinged(&'a dyn Arrived),
    /// It probed the endpoint without a signature, as the provider does.
    Probed {
        /// The endpoint's label.
        endpoint: &'a str,
    },
    /// It was refused.
    Refused(&'a ReceiveError),
}

/// A delivery whose type is no longer of interest.
pub(crate) trait Arrived: Send + Sync {
    /// Returns the provider's name.
    fn provider(&self) -> &'static str;
    /// Returns the endpoint's label.
    fn endpoint(&self) -> &str;
    /// Returns the delivery as one line of JSON, with the line end.
    fn line(&self) -> Result<Vec<u8>, serde_json::Error>;
    /// Returns the events as a list in JSON.
    fn events(&self) -> Result<Box<RawValue>, serde_json::Error>;
    /// Returns the types of the events.
    fn types(&self) -> Vec<String>;
    /// Returns the neutral views of the events.
    fn views(&self) -> Vec<View<'_>>;
    /// Plans the calls that follow the events, one entry for each event.
    fn follow_ups(&self, now: Timestamp) -> Vec<FollowUps>;
    /// Returns the body as received.
    fn raw(&self) -> &Bytes;
    /// Returns the key under which the delivery is known.
    fn dedup_key(&self) -> &DedupKey;
    /// Returns how the delivery was authenticated.
    fn authenticity(&self) -> Authenticity;
    /// Returns the ids of the keys and secrets that matched.
    fn key_ids(&self) -> Vec<&KeyId>;
    /// Returns when the delivery was verified.
    fn received_at(&self) -> Timestamp;
    /// Returns the acknowledgement that the provider expects.
    fn ack(&self) -> &Reply;
}

/// A delivery of a provider.
struct Arrival<P: Listed>(Delivery<P::Event>);

impl<P: Listed> Arrived for Arrival<P> {
    fn provider(&self) -> &'static str {
        self.0.provider()
    }

    fn endpoint(&self) -> &str {
        self.0.endpoint()
    }

    fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        one_line(&self.0)
    }

    fn events(&self) -> Result<Box<RawValue>, serde_json::Error> {
        serde_json::value::to_raw_value(self.0.events())
    }

    fn types(&self) -> Vec<String> {
        self.0.events().iter().map(P::event_type).collect()
    }

    fn views(&self) -> Vec<View<'_>> {
        self.0.views().collect()
    }

    fn follow_ups(&self, now: Timestamp) -> Vec<FollowUps> {
        let (api, context) = (P::Api::default(), Context::at(now));
        let events = self.0.events().iter();
        events
            .map(|event| api.follow_ups(event, &context))
            .collect()
    }

    fn raw(&self) -> &Bytes {
        self.0.raw()
    }

    fn dedup_key(&self) -> &DedupKey {
        self.0.dedup_key()
    }

    fn authenticity(&self) -> Authenticity {
        self.0.authenticity()
    }

    fn key_ids(&self) -> Vec<&KeyId> {
        self.0.key_ids().collect()
    }

    fn received_at(&self) -> Timestamp {
        Timestamp::try_from(self.0.received_at()).unwrap_or_default()
    }

    fn ack(&self) -> &Reply {
        self.0.ack()
    }
}

/// Returns JSON on one line, with the line end.
pub(crate) fn one_line(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(value)?;
    if line.contains(&0x7f) || line.contains(&0xc2) {
        line = without_c1(line);
    }
    // What is kept as received may hold line ends between its members; inside of strings JSON has
    // none.
    for byte in &mut line {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    line.push(b'\n');
    Ok(line)
}

/// Escapes the control characters that JSON need not escape and some terminals obey. They stand in
/// strings alone.
fn without_c1(line: Vec<u8>) -> Vec<u8> {
    let Ok(text) = String::from_utf8(line) else {
        // It was made of strings.
        return Vec::new();
    };
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{7f}'..='\u{9f}' => escaped.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => escaped.push(letter),
        }
    }
    escaped.into_bytes()
}

/// What a receiver says of a request that is at hand as a whole.
pub(crate) enum Judged {
    /// It only probes the endpoint, without a signature.
    Probe(Reply),
    /// It was verified and decoded.
    Delivered(Box<dyn Arrived>),
    /// It was refused.
    Refused(Box<ReceiveError>),
}

/// A receiver whose provider is no longer of interest.
pub(crate) trait AnyReceiver: Send + Sync {
    /// Makes the route.
    fn route(&self, observer: Arc<dyn Observer>) -> MethodRouter;
    /// Verifies and decodes a request, as if it had come from this address.
    fn judge(&self, request: &Request, peer: Option<IpAddr>) -> Judged;
}

impl<P: Listed> AnyReceiver for Receiver<P> {
    fn route(&self, observer: Arc<dyn Observer>) -> MethodRouter {
        any(answer::<P>).with_state(Endpoint {
            receiver: self.clone(),
            observer,
        })
    }

    fn judge(&self, request: &Request, peer: Option<IpAddr>) -> Judged {
        match self.receive(request.head(peer), request.body().clone()) {
            Ok(Outcome::Probe(reply)) => Judged::Probe(reply),
            Ok(Outcome::Accepted(delivery)) => Judged::Delivered(Box::new(Arrival::<P>(delivery))),
            Err(error) => Judged::Refused(Box::new(error)),
        }
    }
}

struct Endpoint<P: Listed> {
    receiver: Receiver<P>,
    observer: Arc<dyn Observer>,
}

impl<P: Listed> Clone for Endpoint<P> {
    fn clone(&self) -> Self {
        Self {
            receiver: self.receiver.clone(),
            observer: Arc::clone(&self.observer),
        }
    }
}

impl<P: Listed> FromRef<Endpoint<P>> for Receiver<P> {
    fn from_ref(endpoint: &Endpoint<P>) -> Self {
        endpoint.receiver.clone()
    }
}

/// Takes what a request looked like, before its body is read.
struct Glimpse(Seen);

impl<S: Sync> axum::extract::FromRequestParts<S> for Glimpse {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Seen::of(parts)))
    }
}

async fn answer<P: Listed>(
    State(endpoint): State<Endpoint<P>>,
    Glimpse(seen): Glimpse,
    webhook: Result<Webhook<P>, WebhookRejection>,
) -> Response {
    let observer = &endpoint.observer;
    match webhook {
        Ok(webhook) => {
            let ack = webhook.ack();
            let is_probe = webhook.is_probe();
            let arrival = Arrival::<P>(webhook.into_delivery());
            let happened = match is_probe {
                true => Happened::Pinged(&arrival),
                false => Happened::Delivered(&arrival),
            };
            match observer.observe(&seen, happened).await {
                Ok(()) => ack.into_response(),
                Err(NotNoted(status)) => status.into_response(),
            }
        }
        Err(rejection) => {
            let happened = match rejection.error() {
                Some(error) => Happened::Refused(error),
                None => Happened::Probed {
                    endpoint: endpoint.receiver.endpoint(),
                },
            };
            // A refusal is a refusal, noted or not.
            let _ = observer.observe(&seen, happened).await;
            rejection.into_response()
        }
    }
}
