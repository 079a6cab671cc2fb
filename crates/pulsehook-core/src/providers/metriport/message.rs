//! `message.status`: the outcome of a message to another practitioner. Metriport's page "Message
//! Delivery", read November 2026.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Status};
use crate::text::Text;
use crate::time::TimeText;

/// Tells what became of a message that the application sent to another practitioner.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MessageStatus {
    /// What identifies the webhook message.
    pub meta: Meta,
    /// The outcome.
    pub payload: MessageStatusPayload,
}

/// Describes the final outcome of a message to another practitioner.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MessageStatusPayload {
    /// The sent message's id, a UUID.
    pub id: Text,
    /// The patient whom it is about, by Metriport's id.
    pub patient_id: Text,
    /// Whether it arrived.
    pub status: Status,
    /// When it was sent.
    pub sent_at: TimeText,
    /// When the outcome was known.
    pub completed_at: TimeText,
    /// Why it did not arrive: 1 to 5000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}
