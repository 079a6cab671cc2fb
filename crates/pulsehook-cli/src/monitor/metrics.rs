//! The numbers, in the form that Prometheus reads.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::serve::trace::Answered;

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<OfRequest, Counter>,
    durations: Family<OfEndpoint, Histogram, fn() -> Histogram>,
    body_bytes: Family<OfEndpoint, Counter>,
    in_flight: Gauge,
    watchers: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    endpoint: String,
    provider: &'static str,
    outcome: &'static str,
    rule: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfEndpoint {
    endpoint: String,
    provider: &'static str,
}

/// Upper ends of the histogram's buckets, in seconds. Providers wait for 2 to 4 seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0,
];

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("pulsehook");
        let requests = Family::default();
        registry.register(
            "requests",
            "Requests that were answered; `rule` says what refused them",
            Family::clone(&requests),
        );
        let durations = Family::new_with_constructor(histogram as fn() -> Histogram);
        registry.register_with_unit(
            "request_duration",
            "From the head of a request to its answer",
            Unit::Seconds,
            Family::clone(&durations),
        );
        let body_bytes = Family::default();
        registry.register_with_unit(
            "request_body",
            "What bodies took on the wire, up to the answer",
            Unit::Bytes,
            Family::clone(&body_bytes),
        );
        let in_flight = Gauge::default();
        registry.register(
            "requests_in_flight",
            "Requests that are not answered yet",
            Gauge::clone(&in_flight),
        );
        let watchers = Gauge::default();
        registry.register(
            "watchers",
            "Pages and terminals that follow the deliveries",
            Gauge::clone(&watchers),
        );
        registry.register(
            "build",
            "The program",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
        Self {
            registry,
            requests,
            durations,
            body_bytes,
            in_flight,
            watchers,
        }
    }

    /// Counts a request that is in flight until the guard is dropped.
    pub(crate) fn enter(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts a request that was answered.
    pub(crate) fn count(&self, answered: &Answered) {
        let endpoint = answered.endpoint.as_deref();
        let of = OfEndpoint {
            endpoint: endpoint.map_or_else(String::new, |endpoint| endpoint.label.clone()),
            provider: endpoint.map_or("", |endpoint| endpoint.provider),
        };
        let bytes = answered.recording.as_ref();
        self.body_bytes
            .get_or_create(&of)
            .inc_by(bytes.map_or(0, |recording| recording.received()));
        self.durations
            .get_or_create(&of)
            .observe(answered.took.as_secs_f64());
        self.requests
            .get_or_create(&OfRequest {
                endpoint: of.endpoint,
                provider: of.provider,
                outcome: answered.verdict.outcome.as_str(),
                rule: answered.verdict.rule.unwrap_or(""),
                status: answered.status,
            })
            .inc();
    }

    /// Returns all numbers as text.
    pub(crate) fn text(&self, watchers: usize) -> Option<String> {
        self.watchers
            .set(i64::try_from(watchers).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry).ok()?;
        Some(text)
    }
}

/// A request in flight.
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
