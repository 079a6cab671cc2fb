//! The route of one endpoint: the same for `serve` and `demo`, which differ in their observer.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any};
use pulsehook_axum::{ReceiveError, Receiver, Webhook, WebhookRejection};

use crate::providers::Listed;

/// Learns what became of each request, before its caller is answered.
pub(crate) trait Observer: Send + Sync {
    /// Takes note; a delivery of which no note could be taken is answered 500.
    fn observe<'a>(
        &'a self,
        headers: &'a HeaderMap,
        happened: Happened<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotNoted>> + Send + 'a>>;
}

/// No note could be taken of a delivery, so it must not be acknowledged.
#[derive(Debug)]
pub(crate) struct NotNoted;

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
    /// Returns the endpoint's label.
    fn endpoint(&self) -> &str;
    /// Returns the delivery as one line of JSON, with the line end.
    fn line(&self) -> Result<Vec<u8>, serde_json::Error>;
    /// Returns the types of the events.
    fn types(&self) -> Vec<String>;
}

impl<P: Listed> Arrived for Webhook<P> {
    fn endpoint(&self) -> &str {
        (**self).endpoint()
    }

    fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = serde_json::to_vec(&**self)?;
        // What is kept as received may hold line ends between its members; inside of strings
        // JSON has none.
        for byte in &mut line {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        line.push(b'\n');
        Ok(line)
    }

    fn types(&self) -> Vec<String> {
        self.events().iter().map(P::event_type).collect()
    }
}

/// Makes the route of a receiver.
pub(crate) fn route<P: Listed>(receiver: Receiver<P>, observer: Arc<dyn Observer>) -> MethodRouter {
    any(answer::<P>).with_state(Endpoint { receiver, observer })
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

async fn answer<P: Listed>(
    State(endpoint): State<Endpoint<P>>,
    headers: HeaderMap,
    webhook: Result<Webhook<P>, WebhookRejection>,
) -> Response {
    let observer = &endpoint.observer;
    match webhook {
        Ok(webhook) => {
            let happened = if webhook.is_probe() {
                Happened::Pinged(&webhook)
            } else {
                Happened::Delivered(&webhook)
            };
            match observer.observe(&headers, happened).await {
                Ok(()) => webhook.ack().into_response(),
                Err(NotNoted) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
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
            let _ = observer.observe(&headers, happened).await;
            rejection.into_response()
        }
    }
}
