//! `devices.provider-connected`, `devices.provider-disconnected` and `devices.health-data`: the
//! retired Devices API. Metriport's page "Devices API: Webhooks" of before July 2024, read November
//! 2026.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::meta::Meta;
use super::wire;
use crate::text::{RawJson, Text};

/// Tells that users connected providers of device data.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProviderConnected {
    /// What identifies the message.
    pub meta: Meta,
    /// The users, one entry each.
    pub users: Vec<ProviderUser>,
}

/// Tells that providers of device data were disconnected from users.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProviderDisconnected {
    /// What identifies the message.
    pub meta: Meta,
    /// The users, one entry each.
    pub users: Vec<ProviderUser>,
}

/// Brings device data of users.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HealthData {
    /// What identifies the message.
    pub meta: Meta,
    /// Device data by user; the same user may have several entries.
    pub users: Vec<HealthDataUser>,
}

/// Says which providers of a user were connected or disconnected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProviderUser {
    /// The user's id: Metriport's, or the application's by the documentation.
    pub user_id: Text,
    /// The providers that were connected, or disconnected, just now.
    pub providers: Vec<Text>,
    /// All providers that are connected now.
    pub connected_providers: Vec<Text>,
    /// Ids of the devices that were connected just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<Text>>,
    /// Ids of all connected devices, by provider; each object has one provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_devices: Option<Vec<BTreeMap<Text, Vec<Text>>>>,
    /// Members that are not documented, as they stood in the body; `devices` and
    /// `connectedDevices` as well, where they have another shape than documented.
    #[serde(flatten)]
    pub other: BTreeMap<Text, RawJson>,
}

/// Holds device data of one user, item by item as it stood in the body.
///
/// Garmin's items can stand in the list of another type. `Debug` prints sizes only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HealthDataUser {
    /// The user's id: Metriport's, or the application's by the documentation.
    pub user_id: Text,
    /// What the user did, by day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<Vec<RawJson>>,
    /// Heart rate, glucose, blood pressure and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biometrics: Option<Vec<RawJson>>,
    /// Weight, height and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Vec<RawJson>>,
    /// What the user ate and drank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nutrition: Option<Vec<RawJson>>,
    /// How the user slept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sleep: Option<Vec<RawJson>>,
    /// Members that are not documented, as they stood in the body; the lists as well, where they
    /// are no arrays.
    #[serde(flatten)]
    pub other: BTreeMap<Text, RawJson>,
}

// Written by hand to keep the members that are not documented: a derived `flatten` buffers every
// value and cannot keep raw JSON.

impl<'de> Deserialize<'de> for ProviderUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UserVisitor;

        impl<'de> Visitor<'de> for UserVisitor {
            type Value = ProviderUser;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a user")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ProviderUser, A::Error> {
                let mut user_id = None;
                let mut providers = None;
                let mut connected_providers = None;
                let mut devices = None;
                let mut connected_devices = None;
                let mut other = BTreeMap::new();
                while let Some(name) = map.next_key::<Text>()? {
                    match name.as_str() {
                        "userId" => user_id = Some(map.next_value()?),
                        "providers" => providers = Some(map.next_value()?),
                        "connectedProviders" => connected_providers = Some(map.next_value()?),
                        "devices" => devices = documented(&mut other, name, &mut map)?,
                        "connectedDevices" => {
                            connected_devices = documented(&mut other, name, &mut map)?;
                        }
                        _ => keep(&mut other, name, &mut map)?,
                    }
                }
                Ok(ProviderUser {
                    user_id: user_id.ok_or_else(|| A::Error::missing_field("userId"))?,
                    providers: providers.ok_or_else(|| A::Error::missing_field("providers"))?,
                    connected_providers: connected_providers
                        .ok_or_else(|| A::Error::missing_field("connectedProviders"))?,
                    devices,
                    connected_devices,
                    other,
                })
            }
        }

        deserializer.deserialize_map(UserVisitor)
    }
}

impl<'de> Deserialize<'de> for HealthDataUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UserVisitor;

        impl<'de> Visitor<'de> for UserVisitor {
            type Value = HealthDataUser;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a user")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HealthDataUser, A::Error> {
                let mut user_id = None;
                let mut other = BTreeMap::new();
                let [
                    mut activity,
                    mut biometrics,
                    mut body,
                    mut nutrition,
                    mut sleep,
                ] = [const { None }; 5];
                while let Some(name) = map.next_key::<Text>()? {
                    match name.as_str() {
                        "userId" => user_id = Some(map.next_value()?),
                        "activity" => activity = items(&mut other, "activity", &mut map)?,
                        "biometrics" => biometrics = items(&mut other, "biometrics", &mut map)?,
                        "body" => body = items(&mut other, "body", &mut map)?,
                        "nutrition" => nutrition = items(&mut other, "nutrition", &mut map)?,
                        "sleep" => sleep = items(&mut other, "sleep", &mut map)?,
                        _ => keep(&mut other, name, &mut map)?,
                    }
                }
                Ok(HealthDataUser {
                    user_id: user_id.ok_or_else(|| A::Error::missing_field("userId"))?,
                    activity,
                    biometrics,
                    body,
                    nutrition,
                    sleep,
                    other,
                })
            }
        }

        deserializer.deserialize_map(UserVisitor)
    }
}

/// Reads the items of one type as they stand, or keeps what is no array.
fn items<'de, A: MapAccess<'de>>(
    other: &mut BTreeMap<Text, RawJson>,
    name: &'static str,
    map: &mut A,
) -> Result<Option<Vec<RawJson>>, A::Error> {
    let items: Option<Vec<&RawValue>> = documented(other, name.into(), map)?;
    items
        .map(|items| {
            items
                .into_iter()
                .map(|raw| wire::legible(raw, name))
                .collect()
        })
        .transpose()
}

/// Reads a member that may be absent or `null`; one of another shape than documented is kept.
fn documented<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    other: &mut BTreeMap<Text, RawJson>,
    name: Text,
    map: &mut A,
) -> Result<Option<T>, A::Error> {
    let raw = map.next_value::<&RawValue>()?;
    let value = serde_json::from_str(raw.get());
    // Of a repeated member the last counts, here or there.
    match &value {
        Ok(_) => other.remove(&name),
        Err(_) => other.insert(name, RawJson::from_raw(raw)),
    };
    Ok(value.unwrap_or_default())
}

/// Keeps a member that is not documented, whatever it is.
fn keep<'de, A: MapAccess<'de>>(
    other: &mut BTreeMap<Text, RawJson>,
    name: Text,
    map: &mut A,
) -> Result<(), A::Error> {
    let value = map.next_value::<&RawValue>()?;
    other.insert(name, RawJson::from_raw(value));
    Ok(())
}
