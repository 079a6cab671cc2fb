//! Decoding of a message in one pass, by its type as soon as that is read.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::context::Context;
use super::event::{Envelope, Event, EventType, UnknownEvent};
use super::legacy::{self, SOURCE_UPDATE};
use super::members::{
    Members as _, Others, ReadObject, Wrong, lenient, members, name_of, required_user, some, text,
    user,
};
use super::notification::{DailyPeriod, EpochPeriod, FromData, SourceState};
use super::push::{DataBlock, ReadBlocks};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::json::invalid_field;
use crate::text::{RawJson, Text};

/// Decodes the JSON of a message.
pub(super) fn decode(json: &str, strict: bool) -> Result<Vec<Event>, DecodeError> {
    let context = Context::new(json, strict, false);
    let events = decode_with(json, &context);
    // Only an odd sample needs its JSON text, and so a second pass.
    if events.is_ok() || !context.needs_care() {
        return events;
    }
    decode_with(json, &Context::new(json, strict, true))
}

fn decode_with(json: &str, context: &Context) -> Result<Vec<Event>, DecodeError> {
    let mut message = Message::default();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = deserializer
        .deserialize_map(ReadMessage {
            message: &mut message,
            context,
        })
        .and_then(|()| deserializer.end());
    let event_type = message.event_type.clone();
    let events = match read {
        Ok(()) => message.into_events(json, context),
        Err(error) => Err(DecodeError::from_json(&error)),
    };
    events.map_err(|mut error| {
        if context.is_overfull() {
            error = DecodeError::new(DecodeErrorKind::TooLarge);
        }
        match event_type {
            Some(event_type) => error.with_event_type(Text::from(event_type.as_str())),
            None => error,
        }
    })
}

/// What `data` holds, by the type of the message.
#[derive(Clone, Copy)]
enum Kind {
    Source,
    Epoch,
    Daily,
    Push,
}

impl Kind {
    /// Returns the kind of a type that is known.
    fn of(event_type: &EventType) -> Option<Self> {
        Some(match event_type {
            EventType::SourceConnect
            | EventType::SourceDisconnect
            | EventType::WebhookSourceConnect
            | EventType::WebhookSourceDisconnect => Self::Source,
            EventType::EpochChange => Self::Epoch,
            EventType::DailyChange => Self::Daily,
            EventType::EpochCreate
            | EventType::EpochUpdate
            | EventType::DailyCreate
            | EventType::DailyUpdate => Self::Push,
            EventType::Other(_) => return None,
        })
    }
}

/// The content of `data`.
enum Body {
    Source(SourceState),
    Epoch(EpochPeriod),
    Daily(DailyPeriod),
    Push(Vec<DataBlock>),
}

/// Reads `data`; `None` for `null`.
struct ReadBody<'c> {
    kind: Kind,
    context: &'c Context,
}

impl<'de> DeserializeSeed<'de> for ReadBody<'_> {
    type Value = Option<Body>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let context = self.context;
        Ok(match self.kind {
            Kind::Source => ReadData::new(context)
                .deserialize(deserializer)?
                .map(Body::Source),
            Kind::Epoch => ReadData::new(context)
                .deserialize(deserializer)?
                .map(Body::Epoch),
            Kind::Daily => ReadData::new(context)
                .deserialize(deserializer)?
                .map(Body::Daily),
            Kind::Push => ReadBlocks(context)
                .deserialize(deserializer)?
                .map(Body::Push),
        })
    }
}

/// Reads the `data` of a notification; `None` for `null`.
struct ReadData<'c, T> {
    context: &'c Context,
    data: PhantomData<T>,
}

impl<'c, T> ReadData<'c, T> {
    fn new(context: &'c Context) -> Self {
        Self {
            context,
            data: PhantomData,
        }
    }
}

impl<'de, T: FromData> DeserializeSeed<'de> for ReadData<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: FromData> Visitor<'de> for ReadData<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
        let read = ReadObject::<T::Members<'de>>::without(self.context.skipped());
        let object = read.visit_map(map)?;
        let (members, others) = object.once().map_err(Wrong::into_error)?;
        if self.context.is_flat() && !T::is_there(&members) {
            return Err(A::Error::missing_field("data"));
        }
        let data = T::from_data(members, others, self.context.is_strict());
        data.map(Some).map_err(Wrong::into_error)
    }
}

members! {
    /// The members of the top level beside `data`.
    struct TopMembers {
        end_user_id = "endUserId",
        end_user_alias = "endUserAlias",
        timestamp_type = "timestampType",
        event_type = "type",
        source_update = "sourceUpdate",
    }
}

/// What has been read of a message.
#[derive(Default)]
struct Message<'de> {
    members: TopMembers<'de>,
    event_type: Option<EventType>,
    data: Data<'de>,
    others: Others,
}

#[derive(Default)]
enum Data<'de> {
    #[default]
    Absent,
    /// It came before the type, or the type is not known.
    Raw(&'de RawValue),
    Read(Option<Body>),
}

impl<'de> Message<'de> {
    /// Reads the type as soon as it is there.
    fn note_type<E: Error>(&mut self) -> Result<(), E> {
        if let Some(raw) = some(self.members.event_type) {
            let name = text(raw).ok_or_else(|| invalid_field("type"))?;
            self.event_type = Some(EventType::from(&*name));
        }
        Ok(())
    }

    /// Makes the events of a message that was read to its end.
    fn into_events(mut self, json: &str, context: &Context) -> Result<Vec<Event>, DecodeError> {
        let Some(event_type) = self.event_type.take() else {
            return self.into_legacy(context);
        };
        self.others
            .keep_if_some(SOURCE_UPDATE, self.members.source_update);
        let event = match Kind::of(&event_type) {
            Some(kind) => {
                let body = self.take_body(kind, json, context)?;
                let around = self.into_envelope(event_type)?;
                body.into_event(around)
            }
            None => Event::Unknown(self.into_unknown(event_type)),
        };
        Ok(vec![event])
    }

    /// Takes `data`, or what stands in its place.
    fn take_body(
        &mut self,
        kind: Kind,
        json: &str,
        context: &Context,
    ) -> Result<Body, DecodeError> {
        let read = |part: &str| {
            let mut deserializer = serde_json::Deserializer::from_str(part);
            let body = ReadBody { kind, context }.deserialize(&mut deserializer);
            body.map_err(|error| DecodeError::from_json_part(&error, json, part))
        };
        let body = match std::mem::take(&mut self.data) {
            Data::Read(body) => body,
            Data::Raw(raw) => read(raw.get())?,
            Data::Absent => None,
        };
        if let Some(body) = body {
            return Ok(body);
        }
        // The members of `data` may stand here, and what is not known then counts as theirs.
        self.others = Others::default();
        context.set_flat();
        read(json)?.ok_or_else(|| DecodeError::missing_field("data"))
    }

    fn into_envelope(mut self, event_type: EventType) -> Result<Envelope<()>, DecodeError> {
        let TopMembers {
            end_user_id,
            end_user_alias,
            timestamp_type,
            ..
        } = self.members;
        let others = &mut self.others;
        Ok(Envelope {
            end_user_id: required_user(end_user_id, "endUserId")
                .map_err(Wrong::into_decode_error)?,
            end_user_alias: lenient(end_user_alias, "endUserAlias", others, text),
            timestamp_type: lenient(timestamp_type, "timestampType", others, text),
            event_type,
            data: (),
            other: self.others.finish(),
        })
    }

    fn into_unknown(mut self, event_type: EventType) -> UnknownEvent {
        let others = &mut self.others;
        others.keep_if_some("timestampType", self.members.timestamp_type);
        UnknownEvent {
            end_user_id: lenient(self.members.end_user_id, "endUserId", others, user),
            end_user_alias: lenient(self.members.end_user_alias, "endUserAlias", others, text),
            event_type: Text::from(event_type.as_str()),
            data: match self.data {
                Data::Raw(raw) => some(Some(raw)).map(RawJson::from_raw),
                Data::Absent | Data::Read(_) => None,
            },
            other: self.others.finish(),
        }
    }

    fn into_legacy(mut self, context: &Context) -> Result<Vec<Event>, DecodeError> {
        let update = some(self.members.source_update);
        let update = update.ok_or_else(|| DecodeError::missing_field("type"))?;
        let others = &mut self.others;
        others.keep_if_some("endUserId", self.members.end_user_id);
        others.keep_if_some("endUserAlias", self.members.end_user_alias);
        others.keep_if_some("timestampType", self.members.timestamp_type);
        others.keep_if_some("type", self.members.event_type);
        if let Data::Raw(raw) = self.data {
            others.keep_known("data", raw);
        }
        legacy::decode(update, self.others, context.is_strict()).map_err(Wrong::into_decode_error)
    }
}

impl Body {
    fn into_event(self, around: Envelope<()>) -> Event {
        use EventType as Type;

        let is_update = matches!(
            around.event_type,
            Type::EpochUpdate
                | Type::DailyUpdate
                | Type::SourceDisconnect
                | Type::WebhookSourceDisconnect
        );
        let is_daily = matches!(
            around.event_type,
            Type::DailyCreate | Type::DailyUpdate | Type::DailyChange
        );
        match (self, is_daily, is_update) {
            (Self::Source(data), _, false) => Event::SourceConnect(around.with(data)),
            (Self::Source(data), _, true) => Event::SourceDisconnect(around.with(data)),
            (Self::Epoch(data), ..) => Event::EpochChange(around.with(data)),
            (Self::Daily(data), ..) => Event::DailyChange(around.with(data)),
            (Self::Push(data), false, false) => Event::EpochCreate(around.with(data)),
            (Self::Push(data), false, true) => Event::EpochUpdate(around.with(data)),
            (Self::Push(data), true, false) => Event::DailyCreate(around.with(data)),
            (Self::Push(data), true, true) => Event::DailyUpdate(around.with(data)),
        }
    }
}

impl Envelope<()> {
    fn with<D>(self, data: D) -> Envelope<D> {
        Envelope {
            end_user_id: self.end_user_id,
            end_user_alias: self.end_user_alias,
            timestamp_type: self.timestamp_type,
            event_type: self.event_type,
            data,
            other: self.other,
        }
    }
}

struct ReadMessage<'m, 'de, 'c> {
    message: &'m mut Message<'de>,
    context: &'c Context,
}

impl<'de> Visitor<'de> for ReadMessage<'_, 'de, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { message, context } = self;
        while let Some(key) = map.next_key::<&RawValue>()? {
            let name = name_of(key);
            if name == "data" {
                if !matches!(message.data, Data::Absent) {
                    return Err(invalid_field("data"));
                }
                let kind = message.event_type.as_ref().and_then(Kind::of);
                message.data = match kind {
                    Some(kind) => Data::Read(map.next_value_seed(ReadBody { kind, context })?),
                    None => Data::Raw(map.next_value()?),
                };
                continue;
            }
            let value = map.next_value()?;
            match message.members.place(&name) {
                Some((name, Some(_))) => return Err(invalid_field(name)),
                Some((name, place)) => {
                    *place = Some(value);
                    if name == "type" {
                        message.note_type()?;
                    }
                }
                None => message.others.keep(key.get(), value),
            }
        }
        Ok(())
    }
}
