//! Events: one for each notification (guide "Notification content" at developer.withings.com,
//! read November 2026).

use serde::{Serialize, Serializer};

use super::category::Category;
use super::notification::{DeviceSetUp, Notification, ProfileChange};
use super::order_update::OrderUpdate;

/// Is one notification, or an update of an order; a delivery holds exactly one.
///
/// # JSON
///
/// Serialised, it is an object. What is absent or empty is left out, instants are in UTC, and
/// `other` is an object of all that has no member of its own: texts, or any JSON in the update of
/// an order.
///
/// | event | members |
/// |---|---|
/// | all but an update of an order | `category`, the number |
/// | all | `name`, as [`name`](Event::name) gives it |
/// | `UserProfile` | `user_id`, `action`, `other` |
/// | `DeviceSetUp` | `mac`, `user_id`, `other` |
/// | `OrderUpdate` | `customer_id`, `customer_ref`, `status`, `parcel_status`, `carrier`, `carrier_service`, `tracking_number`, `is_replacement`, `original_customer_ref`, `original_serial_number`, `other` |
/// | all others, `Unknown` included | `user_id`; `window`, an object of `start`, `end` and `reversed`; `date`, a day or an instant; `device_id`; `other` |
///
/// ```json
/// {
///   "category": 50,
///   "name": "bed-in",
///   "user_id": 8812345,
///   "date": "2024-01-27T22:00:15Z",
///   "device_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
/// }
/// ```
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Weight and body composition (1).
    Weight(Notification),
    /// Temperature (2).
    Temperature(Notification),
    /// Blood pressure, pulse and SpO2 (4).
    BloodPressure(Notification),
    /// Activity, such as steps and workouts (16).
    Activity(Notification),
    /// Sleep (44).
    Sleep(Notification),
    /// The user's profile changed, or the user is gone (46).
    UserProfile(ProfileChange),
    /// The user lies down on the bed (50).
    BedIn(Notification),
    /// The user leaves the bed (51).
    BedOut(Notification),
    /// The first inflation of a sleep mat is done (52).
    SleepMatInflated(Notification),
    /// A device was set up without an account that belongs to it (53).
    DeviceSetUp(DeviceSetUp),
    /// An ECG was recorded (54).
    Ecg(Notification),
    /// The recording of an ECG failed (55).
    EcgFailed(Notification),
    /// Glucose (58).
    Glucose(Notification),
    /// A survey was answered (60).
    SurveyAnswered(Notification),
    /// Stethoscope (61).
    Stethoscope(Notification),
    /// Heart rate variability (62).
    HeartRateVariability(Notification),
    /// Biomarkers in urine (63).
    UrineBiomarkers(Notification),
    /// The bed is occupied (98).
    BedOccupied(Notification),
    /// The bed is empty (99).
    BedEmpty(Notification),
    /// In or out of the bed, asked every 10 minutes (100).
    BedPolling(Notification),
    /// The update of an order that is shipped, where
    /// [`order_updates`](super::WithingsBuilder::order_updates) asks for it.
    OrderUpdate(Box<OrderUpdate>),
    /// A notification of a category that is not known.
    Unknown(UnknownEvent),
}

/// Holds a notification of a category that is not known, with all its parameters.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// The number of the category (`appli`).
    #[serde(rename = "category")]
    pub number: i64,
    /// All other parameters, by the rules that hold for every category.
    #[serde(flatten)]
    pub notification: Notification,
}

impl Event {
    /// Returns the category; an update of an order has none.
    #[must_use]
    pub fn category(&self) -> Option<Category> {
        Some(match self {
            Self::Weight(_) => Category::Weight,
            Self::Temperature(_) => Category::Temperature,
            Self::BloodPressure(_) => Category::BloodPressure,
            Self::Activity(_) => Category::Activity,
            Self::Sleep(_) => Category::Sleep,
            Self::UserProfile(_) => Category::UserProfile,
            Self::BedIn(_) => Category::BedIn,
            Self::BedOut(_) => Category::BedOut,
            Self::SleepMatInflated(_) => Category::SleepMatInflated,
            Self::DeviceSetUp(_) => Category::DeviceSetUp,
            Self::Ecg(_) => Category::Ecg,
            Self::EcgFailed(_) => Category::EcgFailed,
            Self::Glucose(_) => Category::Glucose,
            Self::SurveyAnswered(_) => Category::SurveyAnswered,
            Self::Stethoscope(_) => Category::Stethoscope,
            Self::HeartRateVariability(_) => Category::HeartRateVariability,
            Self::UrineBiomarkers(_) => Category::UrineBiomarkers,
            Self::BedOccupied(_) => Category::BedOccupied,
            Self::BedEmpty(_) => Category::BedEmpty,
            Self::BedPolling(_) => Category::BedPolling,
            Self::OrderUpdate(_) => return None,
            Self::Unknown(event) => Category::from(event.number),
        })
    }

    /// Returns the name of the category, see [`Category::name`], or `order-update`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.category()
            .map_or("order-update", |category| category.name())
    }

    /// Returns the user; an update of an order has none, and the set-up of a device need not have
    /// one.
    #[must_use]
    pub fn user_id(&self) -> Option<u64> {
        match self {
            Self::UserProfile(change) => Some(change.user_id),
            Self::DeviceSetUp(device) => device.user_id,
            Self::OrderUpdate(_) => None,
            other => other.notification().map(|it| it.user_id),
        }
    }

    /// Returns what most categories hold, the unknown ones included; `None` for a change of the
    /// profile, the set-up of a device, and an update of an order.
    #[must_use]
    pub fn notification(&self) -> Option<&Notification> {
        match self {
            Self::Weight(it)
            | Self::Temperature(it)
            | Self::BloodPressure(it)
            | Self::Activity(it)
            | Self::Sleep(it)
            | Self::BedIn(it)
            | Self::BedOut(it)
            | Self::SleepMatInflated(it)
            | Self::Ecg(it)
            | Self::EcgFailed(it)
            | Self::Glucose(it)
            | Self::SurveyAnswered(it)
            | Self::Stethoscope(it)
            | Self::HeartRateVariability(it)
            | Self::UrineBiomarkers(it)
            | Self::BedOccupied(it)
            | Self::BedEmpty(it)
            | Self::BedPolling(it) => Some(it),
            Self::Unknown(event) => Some(&event.notification),
            Self::UserProfile(_) | Self::DeviceSetUp(_) | Self::OrderUpdate(_) => None,
        }
    }
}

/// An event as it is serialised.
#[derive(Serialize)]
struct Named<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<Category>,
    name: &'static str,
    #[serde(flatten)]
    fields: Option<Fields<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fields<'a> {
    Notification(&'a Notification),
    Profile(&'a ProfileChange),
    Device(&'a DeviceSetUp),
    Order(&'a OrderUpdate),
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = match self {
            Self::UserProfile(change) => Some(Fields::Profile(change)),
            Self::DeviceSetUp(device) => Some(Fields::Device(device)),
            Self::OrderUpdate(update) => Some(Fields::Order(update)),
            other => other.notification().map(Fields::Notification),
        };
        let named = Named {
            category: self.category(),
            name: self.name(),
            fields,
        };
        named.serialize(serializer)
    }
}
