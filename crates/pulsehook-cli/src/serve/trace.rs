//! What becomes of each request, told to those who look: the watch page and the metrics.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::MethodRouter;
use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::jiff::Timestamp;
use pulsehook_axum::{DedupKey, Reason};

use crate::config::EndpointConfig;
use crate::endpoint::{Arrived, Happened, NotNoted, Observer, Seen};
use crate::explain::explain;
use crate::monitor::Metrics;
use crate::request;
use crate::server::Recording;
use crate::watch::Store;

/// What became of a request, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Verified, and handed on.
    Delivered,
    /// Verified, and only a probe.
    Ping,
    /// A probe without a signature.
    Probe,
    /// Not accepted.
    Refused,
    /// Verified, but it could not be handed on.
    Failed,
    /// No endpoint has this path.
    NotFound,
}

impl Outcome {
    /// Returns the word, which programs read too.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Ping => "ping",
            Self::Probe => "probe",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::NotFound => "not-found",
        }
    }

    /// Tells whether the sender got what it hoped for.
    pub(crate) fn is_good(self) -> bool {
        matches!(self, Self::Delivered | Self::Ping | Self::Probe)
    }

    /// Tells whether the request was verified and decoded.
    pub(crate) fn is_decoded(self) -> bool {
        matches!(self, Self::Delivered | Self::Ping | Self::Failed)
    }
}

/// What the endpoint said of a request.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    /// The rule that refused it.
    pub(crate) rule: Option<&'static str>,
    /// Why.
    pub(crate) reason: Option<String>,
    /// What to check.
    pub(crate) advice: Option<String>,
    /// What tells the delivery from all others.
    pub(crate) dedup_key: Option<DedupKey>,
    pub(crate) key_ids: Vec<String>,
    /// Whether other secrets or another body could have made it pass.
    pub(crate) is_diagnosable: bool,
    /// The types of the events, each once; not all where they are many.
    pub(crate) types: Vec<String>,
    /// The body of a request that was verified.
    pub(crate) raw: Option<Bytes>,
}

/// A request that was answered.
pub(crate) struct Answered {
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
    pub(crate) status: u16,
    /// `None` where no endpoint has the path.
    pub(crate) endpoint: Option<Arc<EndpointConfig>>,
    pub(crate) verdict: Verdict,
    /// Method, target and headers, if someone watches.
    pub(crate) head: Option<request::Request>,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) recording: Option<Arc<Recording>>,
    /// The number of the request that this one repeats.
    pub(crate) resent_from: Option<u64>,
}

/// Marks a request that repeats the one of this number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resent(pub(crate) u64);

/// Travels in the extensions of a response: the number under which the request can be watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) u64);

/// Those who look at requests.
#[derive(Clone, Default)]
pub(crate) struct Lookers {
    pub(crate) store: Option<Arc<Store>>,
    pub(crate) metrics: Option<Arc<Metrics>>,
}

impl Lookers {
    fn is_none(&self) -> bool {
        self.store.is_none() && self.metrics.is_none()
    }

    /// Puts them around who observes the endpoints.
    pub(crate) fn around(&self, inner: Arc<dyn Observer>) -> Arc<dyn Observer> {
        match self.is_none() {
            true => inner,
            false => Arc::new(Around(inner)),
        }
    }

    /// Lets them see the requests of an endpoint.
    pub(crate) fn see(&self, route: MethodRouter, endpoint: &Arc<EndpointConfig>) -> MethodRouter {
        match self.is_none() {
            true => route,
            false => route.layer(from_fn_with_state(
                Tracer {
                    lookers: self.clone(),
                    endpoint: Some(Arc::clone(endpoint)),
                },
                trace,
            )),
        }
    }

    /// Lets them see the requests that the fallback of a router answers.
    pub(crate) fn see_fallback(&self, fallback: MethodRouter, router: Router) -> Router {
        let fallback = match self.is_none() {
            true => fallback,
            false => fallback.layer(from_fn_with_state(
                Tracer {
                    lookers: self.clone(),
                    endpoint: None,
                },
                trace,
            )),
        };
        router.fallback_service(fallback)
    }
}

/// Observes what the one inside makes of a request.
struct Around(Arc<dyn Observer>);

impl Observer for Around {
    fn observe<'a>(
        &'a self,
        seen: &'a Seen,
        happened: Happened<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotNoted>> + Send + 'a>> {
        Box::pin(async move {
            let result = self.0.observe(seen, happened).await;
            if let Some(told) = seen.extensions.get::<Arc<Told>>() {
                told.set(Verdict::of(&happened, result.is_ok()));
            }
            result
        })
    }
}

/// Carries the verdict from the endpoint out to the layer around it.
#[derive(Debug, Default)]
struct Told(Mutex<Option<Verdict>>);

impl Told {
    fn set(&self, verdict: Verdict) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
    }

    fn take(&self) -> Option<Verdict> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }
}

impl Verdict {
    fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            rule: None,
            reason: None,
            advice: None,
            dedup_key: None,
            key_ids: Vec::new(),
            is_diagnosable: false,
            types: Vec::new(),
            raw: None,
        }
    }

    fn of(happened: &Happened<'_>, was_noted: bool) -> Self {
        match happened {
            Happened::Delivered(delivery) => {
                let outcome = match was_noted {
                    true => Outcome::Delivered,
                    false => Outcome::Failed,
                };
                Self::of_arrived(outcome, *delivery)
            }
            Happened::Pinged(ping) => Self::of_arrived(Outcome::Ping, *ping),
            Happened::Probed { .. } => Self::new(Outcome::Probe),
            Happened::Refused(error) => {
                let explained = explain(error);
                let reason = format!("{}: {}", error.rule(), error.reason());
                let advice = explained.strip_prefix(&reason);
                let advice = advice.and_then(|advice| advice.strip_prefix("; "));
                Self {
                    rule: Some(error.rule()),
                    advice: advice.map(str::to_owned),
                    reason: Some(reason),
                    is_diagnosable: matches!(error.reason(), Reason::Verify(_)),
                    ..Self::new(Outcome::Refused)
                }
            }
        }
    }

    fn of_arrived(outcome: Outcome, arrived: &dyn Arrived) -> Self {
        Self {
            types: few(arrived.types()),
            raw: Some(arrived.raw().clone()),
            reason: match outcome {
                Outcome::Failed => Some(
                    "verified, but it could not be handed on; standard error of the server says \
                     more"
                        .to_owned(),
                ),
                _ => None,
            },
            dedup_key: Some(arrived.dedup_key())
                .filter(|id| id.value().len() <= LONGEST_ID)
                .cloned(),
            key_ids: arrived.key_ids().iter().map(ToString::to_string).collect(),
            ..Self::new(outcome)
        }
    }
}

/// The most types of events that are listed, and the longest.
const MOST_TYPES: usize = 20;
const LONGEST_TYPE: usize = 100;

/// The longest id of a delivery that is kept; providers choose it.
const LONGEST_ID: usize = 4096;

/// Lists each type once, in their order, and not too many; they come from the body.
fn few(all: Vec<String>) -> Vec<String> {
    let mut types: Vec<String> = Vec::new();
    for name in all {
        let name: String = name.chars().take(LONGEST_TYPE).collect();
        if types.contains(&name) {
            continue;
        }
        if types.len() == MOST_TYPES {
            types.push("…".to_owned());
            break;
        }
        types.push(name);
    }
    types
}

#[derive(Clone)]
struct Tracer {
    lookers: Lookers,
    endpoint: Option<Arc<EndpointConfig>>,
}

async fn trace(State(tracer): State<Tracer>, mut request: Request, next: Next) -> Response {
    let Tracer { lookers, endpoint } = tracer;
    let (at, started) = (Timestamp::now(), Instant::now());
    let _in_flight = lookers.metrics.as_ref().map(|metrics| metrics.enter());
    let told = Arc::new(Told::default());
    let extensions = request.extensions_mut();
    extensions.insert(Arc::clone(&told));
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(peer)| *peer);
    let resent_from = extensions.get::<Resent>().map(|Resent(number)| *number);
    let recording = extensions.get::<Arc<Recording>>().cloned();
    let head = lookers.store.as_ref().map(|_| head_of(&request));

    let mut response = next.run(request).await;

    let verdict = told.take().unwrap_or_else(|| {
        Verdict::new(match endpoint {
            Some(_) => Outcome::Failed,
            None => Outcome::NotFound,
        })
    });
    let answered = Answered {
        at,
        took: started.elapsed(),
        status: response.status().as_u16(),
        endpoint,
        verdict,
        head,
        peer,
        recording,
        resent_from,
    };
    if let Some(metrics) = &lookers.metrics {
        metrics.count(&answered);
    }
    if let Some(store) = &lookers.store {
        let number = store.add(answered);
        response.extensions_mut().insert(Number(number));
    }
    response
}

fn head_of(request: &Request) -> request::Request {
    let uri = request.uri();
    let target = uri.path_and_query().map_or(uri.path(), |it| it.as_str());
    let head = request::Request::new(request.method().as_str().to_owned(), target);
    request.headers().iter().fold(head, |head, (name, value)| {
        head.with_header(name.as_str().to_owned(), value.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_listed_once_each_and_bounded() {
        let many: Vec<_> = (0..50)
            .map(|number| format!("type-{}", number / 2))
            .collect();
        let types = few(many);
        assert_eq!(types.len(), MOST_TYPES + 1);
        assert_eq!(types[..2], ["type-0", "type-1"]);
        assert_eq!(types[MOST_TYPES], "…");
        let long = few(vec!["ä".repeat(500)]);
        assert_eq!(long[0].chars().count(), LONGEST_TYPE);
    }
}
