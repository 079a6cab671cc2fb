//! A closer look at one request, taken when someone opens it: what it holds, what refused it.
//!
//! The request is judged again by its own time, so that nothing but its bytes need be kept.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;

use super::store::Entry;
use crate::config::EndpointConfig;
use crate::diagnose::{Against, Budget, Diagnosis};
use crate::endpoint::{Arrived, Judged};
use crate::providers::{self, Settings};
use crate::request::Request;

/// How many looks are taken at a time: they cost time and memory that deliveries need.
static LOOKS: Semaphore = Semaphore::const_new(1);

/// What a verified request holds, in JSON.
pub(super) struct Decoded {
    pub(super) events: Box<RawValue>,
    pub(super) views: String,
    pub(super) follow_ups: String,
    /// Whether any call follows.
    pub(super) has_follow_ups: bool,
    pub(super) dedup_key: String,
    pub(super) authenticity: &'static str,
    pub(super) key_ids: Vec<String>,
}

/// Decodes a verified request; `None` where its body is not kept as a whole.
pub(super) async fn decoded(entry: &Arc<Entry>) -> Option<Decoded> {
    // The body of a request that was not verified is not even tried.
    if !entry.verdict.outcome.is_decoded() {
        return None;
    }
    let entry = Arc::clone(entry);
    blocking(move || {
        let request = entry.whole_request()?;
        decode(&entry, &request)
    })
    .await?
}

fn decode(entry: &Entry, request: &Request) -> Option<Decoded> {
    let endpoint = entry.endpoint.as_ref()?;
    let receiver = endpoint
        .configured
        .receiver(settings(endpoint, entry))
        .ok()?;
    match receiver.judge(request, peer(entry)) {
        Judged::Delivered(arrived) => told(entry, &*arrived),
        Judged::Probe(_) | Judged::Refused(_) => None,
    }
}

fn told(entry: &Entry, arrived: &dyn Arrived) -> Option<Decoded> {
    let follow_ups = arrived.follow_ups(entry.at);
    Some(Decoded {
        events: arrived.events().ok()?,
        views: json(&arrived.views())?,
        has_follow_ups: follow_ups.iter().any(|planned| !planned.is_empty()),
        follow_ups: json(&follow_ups)?,
        dedup_key: arrived.dedup_key().to_string(),
        authenticity: arrived.authenticity().as_str(),
        key_ids: arrived.key_ids().iter().map(ToString::to_string).collect(),
    })
}

fn json(value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}

/// What is known of why a request was refused.
pub(super) enum Sought {
    /// It is not a matter of secrets or bytes.
    NotOne,
    /// The body still arrives.
    TooEarly,
    /// The body is not kept as a whole.
    NotWhole,
    /// What would have made it pass.
    Done(Diagnosis),
}

/// Finds out what would have made a refused request pass; once for each.
pub(super) async fn diagnosis(
    entry: &Arc<Entry>,
    endpoints: &Arc<[Arc<EndpointConfig>]>,
) -> Sought {
    if !entry.verdict.is_diagnosable {
        return Sought::NotOne;
    }
    if let Some(diagnosis) = entry.diagnosis.get() {
        return Sought::Done(diagnosis.clone());
    }
    let body = entry.body();
    match (body.ended, body.whole) {
        (false, _) => return Sought::TooEarly,
        (true, false) => return Sought::NotWhole,
        (true, true) => {}
    }
    let request = entry.head.clone().with_body(body.bytes);
    let look = || async {
        let (entry, endpoints) = (Arc::clone(entry), Arc::clone(endpoints));
        let found = blocking(move || find(&entry, &endpoints, &request)).await;
        found.unwrap_or_default()
    };
    Sought::Done(entry.diagnosis.get_or_init(look).await.clone())
}

fn find(entry: &Entry, endpoints: &[Arc<EndpointConfig>], request: &Request) -> Diagnosis {
    let Some(endpoint) = entry.endpoint.as_ref() else {
        return Diagnosis::default();
    };
    let Some(of) = providers::find(endpoint.provider) else {
        return Diagnosis::default();
    };
    let against = Against {
        entry: of,
        configured: &endpoint.configured,
        settings: settings(endpoint, entry),
        peer: peer(entry),
    };
    let others = endpoints
        .iter()
        .filter(|other| !Arc::ptr_eq(other, endpoint));
    let others: Vec<_> = others.map(|other| &**other).collect();
    Diagnosis::of(&against, &others, Budget::FOR_MANY, request)
}

fn settings(endpoint: &EndpointConfig, entry: &Entry) -> Settings {
    Settings {
        label: endpoint.label.clone(),
        body_limit: endpoint.body_limit,
        now: Some(SystemTime::from(entry.at)),
    }
}

fn peer(entry: &Entry) -> Option<IpAddr> {
    entry.peer.map(|peer| peer.ip())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let permit = LOOKS.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    })
    .await
    .ok()
}
