//! New requests as they come: server-sent events with JSON, for the page and for `pulsehook tail`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::channel::{Channel, Sender};
use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::store::{Entry, Store};
use super::{Page, look, pages};

/// A request in a few words, as programs read it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Summary {
    pub(crate) number: u64,
    pub(crate) at: String,
    pub(crate) endpoint: String,
    pub(crate) provider: String,
    pub(crate) outcome: String,
    pub(crate) rule: Option<String>,
    pub(crate) status: u16,
    pub(crate) event_types: Vec<String>,
    /// Of what was verified and decoded.
    pub(crate) dedup_key: Option<Box<RawValue>>,
    pub(crate) key_ids: Vec<String>,
    pub(crate) bytes: u64,
    /// In milliseconds, to the microsecond.
    pub(crate) took_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resent_from: Option<u64>,
    /// The events, if they were asked for: health data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<Box<RawValue>>,
    /// The row of the page, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) row: Option<String>,
}

impl Summary {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            number: entry.number,
            at: pages::instant(entry),
            endpoint: entry.label().to_owned(),
            provider: entry.provider().to_owned(),
            outcome: entry.verdict.outcome.as_str().to_owned(),
            rule: entry.verdict.rule.map(str::to_owned),
            status: entry.status,
            event_types: entry.verdict.types.clone(),
            dedup_key: entry
                .verdict
                .dedup_key
                .as_ref()
                .and_then(|it| serde_json::value::to_raw_value(it).ok()),
            key_ids: entry.verdict.key_ids.clone(),
            bytes: entry.size(),
            took_ms: (entry.took.as_secs_f64() * 1e6).round() / 1e3,
            resent_from: entry.resent_from,
            events: None,
            row: None,
        }
    }
}

/// What is asked for.
#[derive(Debug, Default)]
struct Wanted {
    after: Option<u64>,
    last: Option<usize>,
    endpoint: Option<String>,
    refused: bool,
    events: bool,
    rows: bool,
}

impl Wanted {
    fn of(query: &str) -> Self {
        let mut wanted = Self::default();
        // The decoding of queries comes with the type for URLs.
        let Ok(url) = reqwest::Url::parse(&format!("http://localhost/?{query}")) else {
            return wanted;
        };
        for (name, value) in url.query_pairs() {
            match &*name {
                "after" => wanted.after = value.parse().ok(),
                "last" => wanted.last = value.parse().ok(),
                "endpoint" => wanted.endpoint = Some(value.into_owned()),
                "refused" => wanted.refused = true,
                "events" => wanted.events = true,
                "rows" => wanted.rows = true,
                _ => {}
            }
        }
        wanted
    }

    fn wants(&self, entry: &Entry) -> bool {
        let endpoint = self.endpoint.as_deref();
        endpoint.is_none_or(|endpoint| endpoint == entry.label())
            && !(self.refused && entry.verdict.outcome.is_good())
    }
}

/// The name of the event that says that nothing more will come.
pub(crate) const END: &str = "end";
/// How many events wait for a slow reader; the rest waits in the store, or goes with it.
const QUEUE: usize = 4;
/// How often something is sent, so that a reader who is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The most of decoded events that is sent.
const MOST_EVENTS: usize = 1 << 20;

/// Answers with the requests that come.
pub(super) async fn events(
    State(page): State<Arc<Page>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let mut wanted = Wanted::of(query.as_deref().unwrap_or_default());
    // A browser that connects anew says what it saw last.
    let seen = headers.get("last-event-id");
    let seen = seen.and_then(|value| value.to_str().ok()?.parse().ok());
    wanted.after = wanted.after.max(seen);
    let mut labels = page.configured.iter().map(|endpoint| &*endpoint.label);
    if let Some(wanted) = &wanted.endpoint
        && !labels.any(|label| label == wanted)
    {
        let labels = page.configured.iter().map(|endpoint| &*endpoint.label);
        let labels = labels.collect::<Vec<_>>().join(", ");
        return (StatusCode::UNPROCESSABLE_ENTITY, labels).into_response();
    }
    let Some(watcher) = page.store.enter() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (sender, body) = Channel::<Bytes, Infallible>::new(QUEUE);
    tokio::spawn(async move {
        let _ = follow(&page.store, wanted, sender).await;
        drop(watcher);
    });
    let kind = [(header::CONTENT_TYPE, "text/event-stream")];
    (kind, Body::new(body)).into_response()
}

/// The reader is gone.
struct Gone;

async fn follow(
    store: &Store,
    wanted: Wanted,
    mut sender: Sender<Bytes, Infallible>,
) -> Result<(), Gone> {
    let mut news = store.news();
    let mut entries = store.after(wanted.after.unwrap_or(0));
    let mut last = entries
        .last()
        .map_or(wanted.after.unwrap_or(0), |it| it.number);
    entries.retain(|entry| wanted.wants(entry));
    if let Some(most) = wanted.last {
        entries.drain(..entries.len().saturating_sub(most));
    }
    send(&mut sender, ": these are the requests\n\n".to_owned()).await?;
    loop {
        for entry in &entries {
            if wanted.wants(entry) {
                send(&mut sender, event(entry, &wanted).await).await?;
            }
        }
        let Some(receiver) = &mut news else {
            return send(&mut sender, format!("event: {END}\ndata: {{}}\n\n")).await;
        };
        match tokio::time::timeout(HEARTBEAT, receiver.changed()).await {
            Ok(Ok(())) => {}
            // What came last is still to be told.
            Ok(Err(_)) => news = None,
            Err(_) => send(&mut sender, ": still here\n\n".to_owned()).await?,
        }
        entries = store.after(last);
        last = entries.last().map_or(last, |entry| entry.number);
    }
}

async fn send(sender: &mut Sender<Bytes, Infallible>, text: String) -> Result<(), Gone> {
    sender.send_data(text.into()).await.map_err(|_| Gone)
}

async fn event(entry: &Arc<Entry>, wanted: &Wanted) -> String {
    let mut summary = Summary::of(entry);
    if wanted.rows {
        summary.row = Some(pages::row(entry).into_string());
    }
    if wanted.events {
        let decoded = look::decoded(entry).await;
        let events = decoded.map(|decoded| decoded.events);
        summary.events = events.filter(|events| events.get().len() <= MOST_EVENTS);
    }
    // JSON on one line: what is kept as received may hold line ends between its members.
    let json = serde_json::to_string(&summary).unwrap_or_else(|_| "{}".to_owned());
    let json = json.replace(['\n', '\r'], " ");
    format!("id: {}\ndata: {json}\n\n", entry.number)
}
