//! Health, readiness and metrics, at an address of their own.
//!
//! Labels come from the configuration and from the program, never from a request; nothing here
//! holds health data or a secret.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

mod metrics;

pub(crate) use self::metrics::Metrics;
use crate::watch::Store;

/// Whether the receiver takes requests: it listens before anything else does, and stops once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readiness {
    has_stopped: Arc<AtomicBool>,
}

impl Readiness {
    pub(crate) fn end(&self) {
        self.has_stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_ready(&self) -> bool {
        !self.has_stopped.load(Ordering::Relaxed)
    }
}

/// What is monitored.
#[derive(Clone)]
pub(crate) struct Monitored {
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) store: Option<Arc<Store>>,
}

/// Makes the routes.
pub(crate) fn router(monitored: Monitored) -> Router {
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(monitored)
}

async fn ready(State(monitored): State<Monitored>) -> Response {
    match monitored.readiness.is_ready() {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response(),
    }
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

async fn metrics(State(monitored): State<Monitored>) -> Response {
    let watchers = monitored.store.map_or(0, |store| store.watchers());
    match monitored.metrics.text(watchers) {
        Some(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
