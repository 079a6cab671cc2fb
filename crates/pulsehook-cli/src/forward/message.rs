//! What is handed on.

use pulsehook_axum::jiff::Timestamp;
use pulsehook_axum::signature::encode_base64;
use pulsehook_axum::view::View;
use pulsehook_axum::{Authenticity, DedupKey, DedupKind};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::endpoint::Arrived;

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    provider: &'static str,
    endpoint: &'a str,
    dedup_key: &'a DedupKey,
    authenticity: Authenticity,
    key_ids: Vec<&'a str>,
    received_at: Timestamp,
    events: Box<RawValue>,
    views: Vec<View<'a>>,
    /// The body as received, in base64.
    body: String,
}

/// Renders a delivery.
pub(super) fn body(delivery: &dyn Arrived) -> Result<Vec<u8>, serde_json::Error> {
    let key_ids = delivery.key_ids();
    serde_json::to_vec(&Message {
        r#type: "pulsehook.delivery",
        timestamp: delivery.received_at(),
        data: Data {
            provider: delivery.provider(),
            endpoint: delivery.endpoint(),
            dedup_key: delivery.dedup_key(),
            authenticity: delivery.authenticity(),
            key_ids: key_ids.iter().map(|id| id.as_str()).collect(),
            received_at: delivery.received_at(),
            events: delivery.events()?,
            views: delivery.views(),
            body: encode_base64(delivery.raw()),
        },
    })
}

/// Returns the message's id: the same for the same delivery, and a digest, since a provider's own
/// id can say something of a person, or be of any length.
pub(super) fn id(delivery: &dyn Arrived) -> String {
    let key = delivery.dedup_key();
    let kind: &[u8] = match key.kind() {
        DedupKind::Id => b"id",
        _ => b"digest",
    };
    let digest = DedupKey::digest(&[
        delivery.provider().as_bytes(),
        delivery.endpoint().as_bytes(),
        kind,
        key.value().as_bytes(),
    ]);
    format!("msg_{}", digest.value())
}
