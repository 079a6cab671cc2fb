//! One item of a list of device data, and how its kind is recognised.

use std::fmt;

use serde::Serialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::activity::{
    Activity, ActivityBiometrics, ActivityDurations, ActivityLog, ActivitySummary,
};
use super::biometrics::Biometrics;
use super::body::Body;
use super::model::{Model, Name, Way, from_json, read_json};
use super::nutrition::{Nutrition, NutritionSummary};
use super::seed::ObjectSeed;
use super::shared::Metadata;
use super::sleep::{Sleep, SleepBiometrics, SleepDurations};
use crate::text::RawJson;

/// Holds one item of a list of device data.
///
/// An item is of the kind of its list, unless another kind knows more of its members: Garmin's
/// items can stand in the list of another type, and its workouts stand in the list of activities
/// itself. Serialised, it is the object that it was on the wire.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum DeviceItem {
    /// What the user did on a day, or in an hour.
    Activity(Box<Activity>),
    /// One workout.
    ActivityLog(Box<ActivityLog>),
    /// Heart rate, glucose, blood pressure and the like.
    Biometrics(Box<Biometrics>),
    /// Weight, height and the like.
    Body(Box<Body>),
    /// What the user ate and drank.
    Nutrition(Box<Nutrition>),
    /// How the user slept.
    Sleep(Box<Sleep>),
    /// What is no object, or has no `metadata` with the texts `date` and `source`, as it stood in
    /// the body.
    Unknown(RawJson),
}

/// An item that has what it must have, and nothing else.
const SHORTEST: &str = r#"{"metadata":{"date":"","source":""}}"#;

/// Declares how a kind is reached.
macro_rules! kinds {
    ($( $kind:ident, $as_kind:ident, $what:literal; )+) => {
        impl DeviceItem {
            /// Returns the kind; `None` for an item that is [`Unknown`](DeviceItem::Unknown).
            #[must_use]
            pub fn kind(&self) -> Option<ItemKind> {
                match self {
                    $( Self::$kind(_) => Some(ItemKind::$kind), )+
                    Self::Unknown(_) => None,
                }
            }

            /// Returns which day the item is about, and its source; `None` for an item that is
            /// [`Unknown`](DeviceItem::Unknown).
            #[must_use]
            pub fn metadata(&self) -> Option<&Metadata> {
                match self {
                    $( Self::$kind(item) => Some(&item.metadata), )+
                    Self::Unknown(_) => None,
                }
            }

            $(
                #[doc = concat!("Returns the item, if it is ", $what, ".")]
                #[must_use]
                pub fn $as_kind(&self) -> Option<&$kind> {
                    match self {
                        Self::$kind(item) => Some(item),
                        _ => None,
                    }
                }
            )+

            /// Reads a list whose items are all of its kind and leave nothing over, which is the
            /// usual one; `None` for another.
            pub(super) fn read_usual_list(list: ItemKind, json: &str) -> Option<Vec<Self>> {
                match list {
                    $( ItemKind::$kind => read_json(json, UsualList(|it| Self::$kind(Box::new(it)))), )+
                }
            }

            /// Reads an item as one of a kind; `None` where it is of none.
            fn read_as(kind: ItemKind, json: &str) -> Option<Self> {
                match kind {
                    $( ItemKind::$kind => from_json(json).map(Box::new).map(Self::$kind), )+
                }
            }
        }
    };
}

kinds! {
    Activity, as_activity, "the activity of a day";
    ActivityLog, as_activity_log, "a workout";
    Biometrics, as_biometrics, "one of biometrics";
    Body, as_body, "one of the body's measures";
    Nutrition, as_nutrition, "one of nutrition";
    Sleep, as_sleep, "one of sleep";
}

impl DeviceItem {
    /// Reads an item of a list that has no escapes of half a character.
    pub(super) fn read(list: ItemKind, raw: &RawValue) -> Self {
        let json = raw.get();
        // No need to look closer at what is as short as no item can be.
        let may_be_item = json.starts_with('{') && json.len() >= SHORTEST.len();
        let item = may_be_item.then(|| Self::read_as(list, json)).flatten();
        let Some(item) = item else {
            return Self::Unknown(RawJson::from_raw(raw));
        };
        if !item.leaves_some_over() {
            return item;
        }
        let kind = recognise(list, json);
        if kind == list {
            item
        } else {
            Self::read_as(kind, json).unwrap_or(item)
        }
    }

    /// Tells whether another kind may know more of the members.
    fn leaves_some_over(&self) -> bool {
        macro_rules! over {
            ($item:ident $(, $part:ident)*) => {
                !$item.other.is_empty()
                    $( || $item.$part.as_ref().is_some_and(|part| !part.other.is_empty()) )*
            };
        }

        match self {
            Self::Activity(item) => over!(item, summary),
            Self::ActivityLog(item) => over!(item, durations, biometrics),
            Self::Biometrics(item) => over!(item),
            Self::Body(item) => over!(item),
            Self::Nutrition(item) => over!(item, summary),
            Self::Sleep(item) => over!(item, durations, biometrics),
            Self::Unknown(_) => false,
        }
    }
}

/// Names a kind of items.
///
/// It prints the name of the list that items of the kind belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ItemKind {
    /// What the user did on a day, or in an hour: `activity`.
    Activity,
    /// One workout: `activity_logs`, a list inside an activity.
    ActivityLog,
    /// Heart rate, glucose, blood pressure and the like: `biometrics`.
    Biometrics,
    /// Weight, height and the like: `body`.
    Body,
    /// What the user ate and drank: `nutrition`.
    Nutrition,
    /// How the user slept: `sleep`.
    Sleep,
}

impl ItemKind {
    const ALL: [Self; 6] = [
        Self::Activity,
        Self::ActivityLog,
        Self::Biometrics,
        Self::Body,
        Self::Nutrition,
        Self::Sleep,
    ];

    /// Returns the name of the list that items of this kind belong to.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::ActivityLog => "activity_logs",
            Self::Biometrics => "biometrics",
            Self::Body => "body",
            Self::Nutrition => "nutrition",
            Self::Sleep => "sleep",
        }
    }

    /// Lists the members that an item of this kind has by the documentation.
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::Activity => Activity::MEMBERS,
            Self::ActivityLog => ActivityLog::MEMBERS,
            Self::Biometrics => Biometrics::MEMBERS,
            Self::Body => Body::MEMBERS,
            Self::Nutrition => Nutrition::MEMBERS,
            Self::Sleep => Sleep::MEMBERS,
        }
    }

    /// Lists the members of an object inside an item, where kinds differ in it.
    fn members_of(self, part: Part) -> &'static [&'static str] {
        match (self, part) {
            (Self::Activity, Part::Summary) => ActivitySummary::MEMBERS,
            (Self::Nutrition, Part::Summary) => NutritionSummary::MEMBERS,
            (Self::ActivityLog, Part::Durations) => ActivityDurations::MEMBERS,
            (Self::Sleep, Part::Durations) => SleepDurations::MEMBERS,
            (Self::ActivityLog, Part::Biometrics) => ActivityBiometrics::MEMBERS,
            (Self::Sleep, Part::Biometrics) => SleepBiometrics::MEMBERS,
            _ => &[],
        }
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An object inside an item in which kinds differ.
#[derive(Clone, Copy)]
enum Part {
    Summary,
    Durations,
    Biometrics,
}

impl Part {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "summary" => Some(Self::Summary),
            "durations" => Some(Self::Durations),
            "biometrics" => Some(Self::Biometrics),
            _ => None,
        }
    }
}

/// Tells which kind knows most of an item's members; in doubt, the list's.
fn recognise(list: ItemKind, json: &str) -> ItemKind {
    let mut known = Known::default();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    // It is JSON; whatever was counted counts.
    let _ = deserializer.deserialize_map(Counter {
        known: &mut known,
        part: None,
    });
    ItemKind::ALL.into_iter().fold(list, |best, kind| {
        if known.count(kind) > known.count(best) {
            kind
        } else {
            best
        }
    })
}

/// Which members of an item each kind knows: one bit each, sixteen for the item itself and for each
/// part, all of which have fewer. So repeated ones count once.
#[derive(Default)]
struct Known([u64; ItemKind::ALL.len()]);

impl Known {
    fn count(&self, kind: ItemKind) -> u32 {
        self.0[kind as usize].count_ones()
    }

    /// Notes whether a member is there; `null` is as if it were not. Of a repeated one the last
    /// counts.
    fn note(&mut self, part: Option<Part>, name: &str, is_there: bool) {
        for kind in ItemKind::ALL {
            let members = part.map_or_else(|| kind.members(), |part| kind.members_of(part));
            if let Some(index) = members.iter().position(|member| *member == name) {
                let bit = 1 << (first_bit(part) + index.min(15));
                let bits = &mut self.0[kind as usize];
                *bits = if is_there { *bits | bit } else { *bits & !bit };
            }
        }
    }

    /// Forgets the members of a part.
    fn forget(&mut self, part: Part) {
        for bits in &mut self.0 {
            *bits &= !(0xFFFF << first_bit(Some(part)));
        }
    }
}

fn first_bit(part: Option<Part>) -> usize {
    part.map_or(0, |part| 16 * (1 + part as usize))
}

/// Notes the members of an item, or of a part of it.
struct Counter<'k> {
    known: &'k mut Known,
    part: Option<Part>,
}

impl<'de> Visitor<'de> for Counter<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            let raw = map.next_value::<&RawValue>()?;
            self.known.note(self.part, &name, raw.get() != "null");
            let inner = Part::from_name(&name).filter(|_| self.part.is_none());
            if let Some(part) = inner {
                self.known.forget(part);
                let mut deserializer = serde_json::Deserializer::from_str(raw.get());
                // What is no object has no members.
                let _ = deserializer.deserialize_map(Counter {
                    known: &mut *self.known,
                    part: Some(part),
                });
            }
        }
        Ok(())
    }
}

/// Reads the items of a usual list, and makes device items of them; another list is an error.
struct UsualList<T>(fn(T) -> DeviceItem);

impl<'de, T: Model> DeserializeSeed<'de> for UsualList<T> {
    type Value = Vec<DeviceItem>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Model> Visitor<'de> for UsualList<T> {
    type Value = Vec<DeviceItem>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items of one kind")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<DeviceItem>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = elements.next_element_seed(ObjectSeed::new(Way::Direct))? {
            let item = self.0(item);
            if item.leaves_some_over() {
                return Err(de::Error::custom("an item to be looked at closer"));
            }
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(items)
    }
}

/// Reads the items of a list, one by one.
pub(super) struct Items(pub(super) ItemKind);

impl<'de> Visitor<'de> for Items {
    type Value = Vec<DeviceItem>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<DeviceItem>, A::Error> {
        let mut items = Vec::new();
        while let Some(raw) = elements.next_element::<&RawValue>()? {
            items.push(DeviceItem::read(self.0, raw));
        }
        items.shrink_to_fit();
        Ok(items)
    }
}
