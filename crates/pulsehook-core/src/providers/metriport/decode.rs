//! Decoding of a message in one pass, by the type as soon as it is read.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

use super::bulk_patient_create::*;
use super::consolidated::*;
use super::devices::{
    HealthData, HealthDataUser, ProviderConnected, ProviderDisconnected, ProviderUser,
};
use super::document::*;
use super::event::{Event, UnknownEvent};
use super::message::*;
use super::meta::{MessageType, Meta};
use super::network_query::*;
use super::patient::*;
use super::ping::Ping;
use super::wire::{self, Object};
use crate::error::DecodeError;
use crate::json::{invalid_field, text_of};
use crate::provider::Decoded;
use crate::text::{RawJson, Text};
use crate::time::TimeText;

/// Decodes a verified body.
pub(super) fn decode(body: &Bytes) -> Result<Decoded<Event>, DecodeError> {
    decode_text(body).map_err(|mut error| {
        let peek = peek(body);
        if let Some(message_type) = peek.message_type {
            error = error.with_event_type(message_type);
        }
        if let Some(message_id) = peek.message_id {
            error = error.with_id(message_id);
        }
        error
    })
}

/// What can be read of a message without decoding it.
#[derive(Debug, Default)]
pub(super) struct Peek {
    pub(super) message_id: Option<Text>,
    pub(super) when: Option<TimeText>,
    message_type: Option<Text>,
}

/// Reads `meta` and stops; what comes after it may be broken.
pub(super) fn peek(body: &Bytes) -> Peek {
    let mut peek = Peek::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    // Stopping early is an error to the parser. What was found by then counts.
    let _ = deserializer.deserialize_map(PeekVisitor(&mut peek));
    peek
}

fn decode_text(body: &Bytes) -> Result<Decoded<Event>, DecodeError> {
    let text = text_of(body)?;
    let mut message = Message::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer
        .deserialize_map(MessageVisitor(&mut message))
        .and_then(|()| deserializer.end())
        .map_err(|error| DecodeError::from_json(&error))?;
    let event = message.into_event(text)?;
    let id = event.meta().map(|meta| meta.message_id.clone());
    let decoded = match &event {
        Event::Ping(ping) => {
            let pong = ping.pong();
            Decoded::probe(event, pong)
        }
        _ => Decoded::new(vec![event]),
    };
    Ok(decoded.with_id(id))
}

/// The members of the top level that some type uses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Ping,
    Patients,
    BulkPatientCreate,
    Payload,
    Users,
}

impl Member {
    const COUNT: usize = 5;

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "ping" => Some(Self::Ping),
            "patients" => Some(Self::Patients),
            "bulkPatientCreate" => Some(Self::BulkPatientCreate),
            "payload" => Some(Self::Payload),
            "users" => Some(Self::Users),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Patients => "patients",
            Self::BulkPatientCreate => "bulkPatientCreate",
            Self::Payload => "payload",
            Self::Users => "users",
        }
    }
}

/// Declares, for each known type, the member that it uses, how that is read, and what it becomes.
macro_rules! bodies {
    ($(
        $($message_type:ident)|+ =>
            $member:ident by $read:path, $event:ident { $field:ident: $body:ty };
    )+) => {
        /// The member that a message's type asks for, decoded.
        enum Body {
            $( $event($body), )+
        }

        impl Member {
            /// Returns the member that a type uses; `None` for a type that is not known.
            fn of(message_type: &MessageType) -> Option<Self> {
                match message_type {
                    $( $( MessageType::$message_type )|+ => Some(Self::$member), )+
                    _ => None,
                }
            }
        }

        impl<'de> DeserializeSeed<'de> for BodyOf<'_> {
            type Value = Body;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body, D::Error> {
                match self.0 {
                    $( $( MessageType::$message_type )|+ => {
                        $read(deserializer).map(Body::$event)
                    } )+
                    _ => Err(de::Error::custom("unknown type")),
                }
            }
        }

        impl Body {
            fn into_event(self, meta: Meta) -> Event {
                match self {
                    $( Self::$event($field) => {
                        Event::$event($event { meta: meta.into(), $field })
                    } )+
                }
            }
        }
    };
}

/// Decodes the member that a type uses.
struct BodyOf<'a>(&'a MessageType);

bodies! {
    Ping => Ping by ping_text, Ping { ping: Text };
    DocumentDownload => Patients by wire::list,
        DocumentDownload { patients: Vec<DocumentDownloadPatient> };
    DocumentConversion => Patients by wire::list,
        DocumentConversion { patients: Vec<DocumentConversionPatient> };
    DocumentBulkDownloadUrls => Patients by wire::list,
        DocumentBulkDownloadUrls { patients: Vec<DocumentBulkDownloadPatient> };
    DocumentBulkDownloadPaged => Patients by wire::list,
        DocumentBulkDownloadPaged { patients: Vec<DocumentPagePatient> };
    ConsolidatedData => Patients by wire::list,
        ConsolidatedData { patients: Vec<ConsolidatedDataPatient> };
    BulkPatientCreate => BulkPatientCreate by wire::object,
        BulkPatientCreate { bulk_patient_create: BulkPatientCreateJob };
    PatientAdmit => Payload by wire::object, PatientAdmit { payload: PatientAdmitPayload };
    PatientTransfer => Payload by wire::object,
        PatientTransfer { payload: PatientTransferPayload };
    PatientDischarge => Payload by wire::object,
        PatientDischarge { payload: PatientDischargePayload };
    PatientPharmacy => Payload by wire::object,
        PatientPharmacy { payload: PatientPharmacyPayload };
    PatientLaboratory => Payload by wire::object,
        PatientLaboratory { payload: PatientLaboratoryPayload };
    NetworkQueryHie | NetworkQueryPharmacy | NetworkQueryLab => Payload by wire::object,
        NetworkQuery { payload: NetworkQueryPayload };
    NetworkQueryFirstDataReady => Payload by wire::object,
        NetworkQueryFirstDataReady { payload: FirstDataReadyPayload };
    MessageStatus => Payload by wire::object, MessageStatus { payload: MessageStatusPayload };
    ProviderConnected => Users by wire::list, ProviderConnected { users: Vec<ProviderUser> };
    ProviderDisconnected => Users by wire::list, ProviderDisconnected { users: Vec<ProviderUser> };
    HealthData => Users by wire::list, HealthData { users: Vec<HealthDataUser> };
}

fn ping_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    serde_json::from_str(raw.get()).map_err(|_| invalid_field("ping"))
}

/// What has been read of a message.
#[derive(Default)]
struct Message<'de> {
    meta: Option<Meta>,
    /// The member that the type uses, once the type is known.
    wanted: Option<Member>,
    body: Option<Body>,
    early: [Early<'de>; Member::COUNT],
}

/// A member that came before `meta`.
#[derive(Clone, Copy, Default)]
enum Early<'de> {
    #[default]
    Absent,
    One(&'de RawValue),
    Repeated,
}

impl<'de> Message<'de> {
    fn early(&self, member: Member) -> Early<'de> {
        self.early[member as usize]
    }

    /// Makes the event of a body that was read to its end.
    fn into_event(self, text: &str) -> Result<Event, DecodeError> {
        let Some(meta) = self.meta else {
            // So looked pings before November 2023.
            let ping = match self.early(Member::Ping) {
                Early::One(raw) => serde_json::from_str(raw.get()).ok(),
                _ => None,
            };
            let ping = ping.ok_or_else(|| DecodeError::missing_field("meta"))?;
            return Ok(Event::Ping(Ping { meta: None, ping }));
        };
        let Some(member) = self.wanted else {
            let raw = RawJson::from_accepted(text);
            return Ok(Event::Unknown(UnknownEvent { meta, raw }));
        };
        let body = match (self.body, self.early[member as usize]) {
            (Some(body), _) => body,
            (None, Early::One(raw)) => {
                let mut deserializer = serde_json::Deserializer::from_str(raw.get());
                BodyOf(&meta.message_type)
                    .deserialize(&mut deserializer)
                    .map_err(|error| DecodeError::from_json_part(&error, text, raw.get()))?
            }
            (None, Early::Absent) => return Err(DecodeError::missing_field(member.name())),
            (None, Early::Repeated) => return Err(DecodeError::invalid_field(member.name())),
        };
        Ok(body.into_event(meta))
    }
}

struct MessageVisitor<'m, 'de>(&'m mut Message<'de>);

impl<'de> Visitor<'de> for MessageVisitor<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let message = self.0;
        while let Some(name) = map.next_key()? {
            match name {
                Name::Meta => {
                    if message.meta.is_some() {
                        return Err(invalid_field("meta"));
                    }
                    let meta: Meta = map.next_value::<Object<_>>()?.into_inner();
                    message.wanted = Member::of(&meta.message_type);
                    message.meta = Some(meta);
                }
                Name::Member(member) => match &message.meta {
                    Some(meta) if message.wanted == Some(member) => {
                        let first = matches!(message.early(member), Early::Absent);
                        if message.body.is_some() || !first {
                            return Err(invalid_field(member.name()));
                        }
                        let body = map.next_value_seed(BodyOf(&meta.message_type))?;
                        message.body = Some(body);
                    }
                    Some(_) => {
                        map.next_value::<IgnoredAny>()?;
                    }
                    None => {
                        let raw = map.next_value()?;
                        message.early[member as usize] = match message.early(member) {
                            Early::Absent => Early::One(raw),
                            _ => Early::Repeated,
                        };
                    }
                },
                Name::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A name of the top level.
enum Name {
    Meta,
    Member(Member),
    Other,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Name, E> {
                Ok(match name {
                    "meta" => Name::Meta,
                    _ => Member::from_name(name).map_or(Name::Other, Name::Member),
                })
            }
        }

        deserializer.deserialize_identifier(NameVisitor)
    }
}

struct PeekVisitor<'p>(&'p mut Peek);

impl<'de> Visitor<'de> for PeekVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        /// `meta`, its members not looked into.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct RawMeta<'a> {
            #[serde(borrow)]
            message_id: Option<&'a RawValue>,
            #[serde(borrow)]
            when: Option<&'a RawValue>,
            #[serde(borrow, rename = "type")]
            message_type: Option<&'a RawValue>,
        }

        while let Some(name) = map.next_key()? {
            if matches!(name, Name::Meta) {
                let meta: RawMeta<'_> = map.next_value::<Object<_>>()?.into_inner();
                let text = |raw: Option<&RawValue>| serde_json::from_str(raw?.get()).ok();
                *self.0 = Peek {
                    message_id: text(meta.message_id),
                    when: text(meta.when).map(TimeText::from),
                    message_type: text(meta.message_type),
                };
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
