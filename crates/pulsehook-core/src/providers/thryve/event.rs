//! Events: what messages decode to (pages "Notifications" and "Data push" at docs.thryve.health,
//! read November 2026).

use serde::Serialize;

use super::legacy::{ConnectionStatus, OldestPeriod, SourceUpdate, V5DailyValues, V5EpochValues};
use super::notification::{DailyPeriod, EpochPeriod, SourceState};
use super::push::DataBlock;
use crate::text::{RawJson, Text};

crate::string_enum! {
    /// Names the type of a message (`type` on the wire).
    pub enum EventType {
        /// A source was connected.
        SourceConnect = "notification.source.connect",
        /// A source was disconnected.
        SourceDisconnect = "notification.source.disconnect",
        /// A source was connected, in the spelling of the parameter table.
        WebhookSourceConnect = "webhook.source.connect",
        /// A source was disconnected, in the spelling of the parameter table.
        WebhookSourceDisconnect = "webhook.source.disconnect",
        /// Intraday data was stored or changed.
        EpochChange = "notification.data.epoch.createupdate",
        /// Daily values were stored or changed.
        DailyChange = "notification.data.daily.createupdate",
        /// New intraday values are pushed.
        EpochCreate = "event.data.epoch.create",
        /// Changed intraday values are pushed.
        EpochUpdate = "event.data.epoch.update",
        /// New daily values are pushed.
        DailyCreate = "event.data.daily.create",
        /// Changed daily values are pushed.
        DailyUpdate = "event.data.daily.update",
    }
}

/// Holds what one message says.
///
/// # JSON
///
/// Serialised, an event has the member names of the wire, and what is absent or `null` is left out:
///
/// | event | JSON |
/// |---|---|
/// | all of v6 | `endUserId`, `endUserAlias`, `timestampType`, `type`, `data` |
/// | connected, disconnected | in `data`: `timestamp`, `dataSourceId` |
/// | intraday data changed | in `data`: `startTimestamp`, `endTimestamp`, `dataSourceId`, `dataTypeIds` |
/// | daily values changed | in `data`: `startDay`, `endDay`, `dataSourceId`, `dataTypeIds` |
/// | a push | `data` is an array of blocks, also where one stood alone: `dataSourceId`, `dataSourceName`, `epochData`, `dailyData`, `invalidSamples` |
/// | all of the retired formats | the object that stands in `sourceUpdate`, without it: `authenticationToken`, `partnerUserID`, `dataSource`, `createdAt`, and one part of the message: `connectionStatus`, `/v5/dailyDynamicValues`, `/v5/dynamicEpochValues`, or `startTimestamp`, `endTimestamp` and `updateType` |
/// | a type that is not known | `endUserId`, `endUserAlias`, `type`, `data` as it stood on the wire |
///
/// Times, days and numbers are written as they stood on the wire, digit by digit; a period that ends
/// before it starts, too. Numbers of sources and data types are integers, also where they came as
/// text. Members that are not known stand in the member `other` of the object that they came in; it
/// is an object. An item of `invalidSamples` has `dimension` (`daily` or `epoch`), `index`, `field`
/// and `raw`. Two events of one message of v5 repeat what both have.
///
/// ```json
/// {
///   "endUserId": "u-5512",
///   "endUserAlias": "patient-9",
///   "timestampType": "iso",
///   "type": "notification.data.daily.createupdate",
///   "data": {
///     "startDay": "2024-01-27",
///     "endDay": "2024-01-28",
///     "dataSourceId": 8,
///     "dataTypeIds": [1000, 2000]
///   }
/// }
/// ```
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Event {
    /// A user connected a source.
    SourceConnect(Envelope<SourceState>),
    /// A user disconnected a source.
    SourceDisconnect(Envelope<SourceState>),
    /// Intraday data was stored or changed; it must be fetched.
    EpochChange(Envelope<EpochPeriod>),
    /// Daily values were stored or changed; they must be fetched.
    DailyChange(Envelope<DailyPeriod>),
    /// New intraday values.
    EpochCreate(Envelope<Vec<DataBlock>>),
    /// Changed intraday values.
    EpochUpdate(Envelope<Vec<DataBlock>>),
    /// New daily values.
    DailyCreate(Envelope<Vec<DataBlock>>),
    /// Changed daily values.
    DailyUpdate(Envelope<Vec<DataBlock>>),
    /// v5: a source was connected or disconnected.
    V5Connection(SourceUpdate<ConnectionStatus>),
    /// v5: daily values were stored or changed.
    V5Daily(SourceUpdate<V5DailyValues>),
    /// v5: intraday data was stored or changed.
    V5Epoch(SourceUpdate<V5EpochValues>),
    /// The oldest format: data was stored or changed.
    OldestUpdate(SourceUpdate<OldestPeriod>),
    /// A message of a type that is not known.
    Unknown(UnknownEvent),
}

/// Holds what all messages of v6 have, around what one type says.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Envelope<D> {
    /// Thryve's id of the user.
    pub end_user_id: Text,
    /// The customer's own id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_user_alias: Option<Text>,
    /// How times are written, `iso` or `unix`; a hint that decoding does not take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_type: Option<Text>,
    /// The type, in the spelling of the wire.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// What the message says. Where `data` is absent and its members stand beside `type`, they
    /// were read from there.
    pub data: D,
    /// Members that are not known: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

/// Holds a message of a type that is not known, with nothing lost.
///
/// `Debug` prints ids, type, and the length of the JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnknownEvent {
    /// Thryve's id of the user. A type that is not known may lack it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_user_id: Option<Text>,
    /// The customer's own id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_user_alias: Option<Text>,
    /// The type; `sourceUpdate` for an object of that name that fits none of the retired formats.
    #[serde(rename = "type")]
    pub event_type: Text,
    /// What stood in `data`, or in `sourceUpdate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<RawJson>,
    /// All other members: one JSON object, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RawJson>,
}

impl Event {
    /// Returns the type as it stands on the wire.
    ///
    /// Events of the retired formats, which have none, are `sourceUpdate.connectionStatus`,
    /// `sourceUpdate.dailyDynamicValues`, `sourceUpdate.dynamicEpochValues` and
    /// `sourceUpdate.updateType`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        match self {
            Self::SourceConnect(it) | Self::SourceDisconnect(it) => it.event_type.as_str(),
            Self::EpochChange(it) => it.event_type.as_str(),
            Self::DailyChange(it) => it.event_type.as_str(),
            Self::EpochCreate(it)
            | Self::EpochUpdate(it)
            | Self::DailyCreate(it)
            | Self::DailyUpdate(it) => it.event_type.as_str(),
            Self::V5Connection(_) => "sourceUpdate.connectionStatus",
            Self::V5Daily(_) => "sourceUpdate.dailyDynamicValues",
            Self::V5Epoch(_) => "sourceUpdate.dynamicEpochValues",
            Self::OldestUpdate(_) => "sourceUpdate.updateType",
            Self::Unknown(it) => &it.event_type,
        }
    }

    /// Returns Thryve's id of the user; only a message of a type that is not known may lack it.
    #[must_use]
    pub fn end_user_id(&self) -> Option<&Text> {
        self.user().0
    }

    /// Returns the customer's own id of the user, where the message has it.
    #[must_use]
    pub fn end_user_alias(&self) -> Option<&Text> {
        self.user().1
    }

    fn user(&self) -> (Option<&Text>, Option<&Text>) {
        fn v6<D>(it: &Envelope<D>) -> (Option<&Text>, Option<&Text>) {
            (Some(&it.end_user_id), it.end_user_alias.as_ref())
        }
        fn v5<P>(it: &SourceUpdate<P>) -> (Option<&Text>, Option<&Text>) {
            (Some(&it.authentication_token), it.partner_user_id.as_ref())
        }
        match self {
            Self::SourceConnect(it) | Self::SourceDisconnect(it) => v6(it),
            Self::EpochChange(it) => v6(it),
            Self::DailyChange(it) => v6(it),
            Self::EpochCreate(it)
            | Self::EpochUpdate(it)
            | Self::DailyCreate(it)
            | Self::DailyUpdate(it) => v6(it),
            Self::V5Connection(it) => v5(it),
            Self::V5Daily(it) => v5(it),
            Self::V5Epoch(it) => v5(it),
            Self::OldestUpdate(it) => v5(it),
            Self::Unknown(it) => (it.end_user_id.as_ref(), it.end_user_alias.as_ref()),
        }
    }
}
