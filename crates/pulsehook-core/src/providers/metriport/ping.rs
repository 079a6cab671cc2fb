//! `ping`: a test of the endpoint. Metriport's page "Implementing Webhooks", read November 2026.

use serde::Serialize;

use super::meta::Meta;
use crate::error::DecodeError;
use crate::reply::Reply;
use crate::text::Text;

/// Tests the endpoint, each time its URL is saved; the text must be echoed within 2 seconds.
///
/// The acknowledgement of the delivery does so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ping {
    /// What identifies the message; pings of before November 2023 have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
    /// Random text to be echoed as it is.
    pub ping: Text,
}

impl Ping {
    /// Makes the answer that Metriport waits for.
    pub(super) fn pong(&self) -> Result<Reply, DecodeError> {
        #[derive(Serialize)]
        struct Pong<'a> {
            pong: &'a str,
        }

        Reply::json(200, &Pong { pong: &self.ping }).map_err(|_| DecodeError::invalid_field("ping"))
    }
}
