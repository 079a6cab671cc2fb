//! Device data: the retired Devices API.
//!
//! Metriport's pages "Devices API: Webhooks" and "Devices API: Data Models" of before July 2024,
//! and the source of its sender, read November 2026.
//!
//! A [`HealthData`] message brings items by user, in five lists. An item is one of these, or
//! [`Unknown`](DeviceItem::Unknown):
//!
//! | kind | list | what it holds |
//! |---|---|---|
//! | [`Activity`] | `activity` | [`ActivitySummary`]; workouts |
//! | [`ActivityLog`] | inside an activity; Garmin's in `activity` | [`ActivityDurations`], [`EnergyExpenditure`], [`ActivityMovement`], [`ActivityLocation`], [`ActivityBiometrics`] |
//! | [`Biometrics`] | `biometrics` | [`BloodGlucose`], [`BloodPressure`], [`HeartRate`], [`HeartRateVariability`], [`Respiration`], [`Temperature`] |
//! | [`Body`] | `body` | weight, height and the like |
//! | [`Nutrition`] | `nutrition` | [`NutritionSummary`]; [`Food`]s |
//! | [`Sleep`] | `sleep` | [`SleepDurations`], [`SleepBiometrics`] |
//!
//! ```
//! use pulsehook_core::metriport::{HealthDataUser, devices::ItemKind};
//!
//! // The list of sleep holds one of Garmin's workouts.
//! let user: HealthDataUser = serde_json::from_str(
//!     r#"{"userId":"u-1","sleep":[
//!         {"metadata":{"date":"2024-01-28","source":"oura"},
//!          "durations":{"total_seconds":25200,"deep_seconds":null}},
//!         {"metadata":{"date":"2024-01-28","source":"garmin"},
//!          "type":"RUNNING","movement":{"steps_count":4300}}
//!     ]}"#,
//! )?;
//! for (_list, item) in user.items() {
//!     if let Some(night) = item.as_sleep() {
//!         let durations = night.durations.as_deref().ok_or("no durations")?;
//!         assert_eq!(durations.total_seconds, Some(25_200.0));
//!         assert_eq!(durations.deep_seconds, None);
//!     } else {
//!         assert_eq!(item.kind(), Some(ItemKind::ActivityLog));
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is kept
//!
//! Every documented member has a field, with its unit in its name. The field has the name on the
//! wire, in lower case; where that is misspelt (`avg_celcius`), the field is spelt rightly. The
//! JSON form has the names of the wire.
//!
//! | on the wire | here |
//! |---|---|
//! | a number | the nearest `f64`; written without a fraction where it has none |
//! | a number that is out of range (`1e400`) | raw, in `other` |
//! | `null`, or nothing | `None` |
//! | a member that is not documented | raw, in `other` of its object; `number` reads it |
//! | a documented member of another JSON type | raw, in `other` of its object |
//! | a list inside an item with an element that is no object, lacks a member it must have (`time` of a [`Sample`], `metadata` of an [`ActivityLog`]), or has none of a [`Food`]'s | raw, in `other` of its object |
//! | a repeated member | the last one |
//! | an item without a `metadata` that has the texts `date` and `source` | [`DeviceItem::Unknown`] |
//!
//! # What to beware of
//!
//! | source | what |
//! |---|---|
//! | any | times may have no zone: they are local, see [`TimeText`](crate::TimeText); averages may be `null` |
//! | any | readings of glucose in mmol/L are not converted to `mg_dl`, see [`BloodGlucose`] |
//! | Apple | saturation with oxygen may be a fraction, see [`OxygenSaturation`]; nutrients stand in the wrong place, see [`NutritionSummary`] |
//! | Fitbit, Dexcom | times are local |
//! | Garmin | items stand in lists of another type, see [`DeviceItem`]; speeds are in metres per second, see [`Speed`] |
//! | Tenovi | the `date` of [`Metadata`] has a time |
//! | Withings | sleep comes for whole days and replaces earlier items of the date |

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use self::item::Items;
use super::meta::Meta;
use super::wire;
use crate::json::invalid_field;
use crate::text::{RawJson, Text};

mod activity;
mod biometrics;
mod body;
mod item;
mod model;
mod number;
mod nutrition;
mod seed;
mod shared;
mod sleep;
pub(super) mod view;

pub use self::activity::{
    Activity, ActivityBiometrics, ActivityDurations, ActivityLocation, ActivityLog,
    ActivityMovement, ActivitySummary, Elevation, EnergyExpenditure, IntensityDurations, LatLon,
    Speed, StrainDurations,
};
pub use self::biometrics::{Biometrics, BloodGlucose, BloodPressure, PressureReadings};
pub use self::body::Body;
pub use self::item::{DeviceItem, ItemKind};
pub use self::nutrition::{
    Aminos, Food, Macros, Micros, Nutrition, NutritionFacts, NutritionSummary,
};
pub use self::shared::{
    DeviceSource, HeartRate, HeartRateVariability, Metadata, OxygenSaturation, Respiration, Sample,
    SourceInfo, SourceType, Temperature, TemperatureReadings, Variability,
};
pub use self::sleep::{Sleep, SleepBiometrics, SleepDurations};

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
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// Holds device data of one user.
///
/// The lists are those of the wire; an item in one can be of another kind, see [`DeviceItem`].
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HealthDataUser {
    /// The user's id: Metriport's, or the application's by the documentation.
    pub user_id: Text,
    /// What the user did, by day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<Vec<DeviceItem>>,
    /// Heart rate, glucose, blood pressure and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biometrics: Option<Vec<DeviceItem>>,
    /// Weight, height and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Vec<DeviceItem>>,
    /// What the user ate and drank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nutrition: Option<Vec<DeviceItem>>,
    /// How the user slept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sleep: Option<Vec<DeviceItem>>,
    /// Members that are not documented, as they stood in the body; the lists as well, where they
    /// are no arrays.
    #[serde(flatten)]
    pub other: BTreeMap<Text, RawJson>,
}

impl HealthDataUser {
    /// Walks the items of all lists, each with the kind that its list is for.
    pub fn items(&self) -> impl Iterator<Item = (ItemKind, &DeviceItem)> {
        [
            (ItemKind::Activity, &self.activity),
            (ItemKind::Biometrics, &self.biometrics),
            (ItemKind::Body, &self.body),
            (ItemKind::Nutrition, &self.nutrition),
            (ItemKind::Sleep, &self.sleep),
        ]
        .into_iter()
        .flat_map(|(list, items)| items.iter().flatten().map(move |item| (list, item)))
    }
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
                            let few: Option<Few> = documented(&mut other, name, &mut map)?;
                            connected_devices = few.map(|few| few.0);
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
                        "activity" => activity = items(&mut other, ItemKind::Activity, &mut map)?,
                        "biometrics" => {
                            biometrics = items(&mut other, ItemKind::Biometrics, &mut map)?
                        }
                        "body" => body = items(&mut other, ItemKind::Body, &mut map)?,
                        "nutrition" => {
                            nutrition = items(&mut other, ItemKind::Nutrition, &mut map)?
                        }
                        "sleep" => sleep = items(&mut other, ItemKind::Sleep, &mut map)?,
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

/// Objects with devices by provider. A short text could hold so many that they take a hundred times
/// its size: more than one for each 64 bytes, and 64 more, are not what is documented.
struct Few(Vec<BTreeMap<Text, Vec<Text>>>);

impl<'de> Deserialize<'de> for Few {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let json = raw.get();
        let many = 64 + json.len() / 64;
        // Each object has a bracket of its own, as some texts may have.
        if json
            .bytes()
            .filter(|byte| *byte == b'{')
            .nth(many)
            .is_some()
        {
            return Err(D::Error::custom("too many objects"));
        }
        let objects = serde_json::from_str(json);
        objects.map(Self).map_err(D::Error::custom)
    }
}

/// Reads the items of a list, or keeps what is no array.
fn items<'de, A: MapAccess<'de>>(
    other: &mut BTreeMap<Text, RawJson>,
    list: ItemKind,
    map: &mut A,
) -> Result<Option<Vec<DeviceItem>>, A::Error> {
    let name = list.as_str();
    let raw = map.next_value::<&RawValue>()?;
    // Of a repeated list the last counts, here or there.
    if !raw.get().starts_with('[') {
        match raw.get() {
            "null" => other.remove(name),
            _ => other.insert(name.into(), RawJson::from_raw(raw)),
        };
        return Ok(None);
    }
    other.remove(name);
    wire::check_legible(raw, name)?;
    if let Some(items) = DeviceItem::read_usual_list(list, raw.get()) {
        return Ok(Some(items));
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    let items = deserializer.deserialize_seq(Items(list));
    items.map(Some).map_err(|_| invalid_field(name))
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
