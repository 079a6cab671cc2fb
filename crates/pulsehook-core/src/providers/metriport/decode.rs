//! Decoding of Metriport's messages.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::DecodeError;
use crate::provider::Decoded;
use crate::reply::Reply;
use crate::text::Text;
use crate::time::TimeText;

/// One message.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Event {
    /// A test of the endpoint.
    Ping(Ping),
}

/// A test of the endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ping {
    /// What must be echoed.
    pub ping: Text,
}

/// What can be read of a message without decoding it.
#[derive(Debug, Default)]
pub(super) struct Peek {
    pub(super) message_id: Option<Text>,
    pub(super) when: Option<TimeText>,
}

pub(super) fn peek(_body: &Bytes) -> Peek {
    Peek::default()
}

pub(super) fn decode(body: &Bytes) -> Result<Decoded<Event>, DecodeError> {
    let ping: Ping = crate::json::from_body(body)?;
    let pong = serde_json::json!({ "pong": ping.ping });
    let ack = Reply::json(200, &pong).unwrap_or(Reply::ok());
    Ok(Decoded::probe(Event::Ping(ping), ack))
}
