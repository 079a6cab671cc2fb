//! Data notifications: a user's record was created or updated (guide "Notifications" at
//! reference.humanapi.co, read November 2026).

use serde::Serialize;

use super::endpoint::{EndpointKind, path_of};
use crate::text::Text;
use crate::time::TimeText;

crate::string_enum! {
    /// Says what happened to a record.
    pub enum Action {
        /// The record is new.
        Created = "created",
        /// The record changed.
        Updated = "updated",
    }
}

/// Says that a record of a user was created or updated; the record itself must be fetched.
///
/// The three members that a record is found by are required; an item without one is
/// [`Event::Invalid`](super::Event::Invalid). Serialised, it has the member names of the wire.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DataNotification {
    /// Human API's id of the user; 32 hexadecimal digits in all samples.
    pub human_id: Text,
    /// When the record last changed on the server. A text that is no time is kept all the same;
    /// then [`instant`](TimeText::instant) gives `None`. The guide promises it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<TimeText>,
    /// What happened. The guide promises it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The id of the record; 24 hexadecimal digits in all samples.
    pub object_id: Text,
    /// The collection that the record belongs to, as received: a URL, or perhaps a path.
    pub endpoint: Text,
    /// The kind of measurement (`type` on the wire). Deprecated by Human API, and may vanish:
    /// [`endpoint_kind`](DataNotification::endpoint_kind) tells kinds apart.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<Text>,
    /// The model of the record. Deprecated by Human API, and may vanish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Text>,
}

impl DataNotification {
    /// Returns the kind of the record, which the path of its endpoint tells.
    #[must_use]
    pub fn endpoint_kind(&self) -> EndpointKind {
        EndpointKind::of(&self.endpoint)
    }

    /// Returns the endpoint's path below `/v1/human`, or the whole endpoint where it has none.
    pub(super) fn path_or_endpoint(&self) -> &str {
        let path = path_of(&self.endpoint);
        path.strip_prefix("/v1/human/").unwrap_or(&self.endpoint)
    }
}
