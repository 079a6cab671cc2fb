//! What the numbers of sources and data types mean: names and units to show, never a condition for
//! decoding. Pages "Data source types and retrieval methods", "Get epoch data" and "Get daily
//! data" at docs.thryve.health, read November 2026.

use serde::Serialize;

use crate::view::DataKind::{
    self, Activity, BloodGlucose, BloodOxygen, BloodPressure, Body, Device, Ecg, Fitness,
    HeartRate, HeartRateVariability, Location, Metabolism, Nutrition, Respiration, Sleep, Stress,
    Temperature,
};

/// Says which kind of values a data type is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "Thryve has these two kinds of values"
)]
pub enum Dimension {
    /// One value for each day.
    Daily,
    /// Intraday values.
    Epoch,
}

impl Dimension {
    pub(super) const DAILY_DATA: &str = "dailyData";
    pub(super) const EPOCH_DATA: &str = "epochData";
}

/// Names a data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct DataSource {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: &'static str,
    /// Whether Thryve lists it as old.
    pub is_old: bool,
}

/// Names a data type of one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct DataType {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: &'static str,
    /// The unit of its values, or what they are; `None` where it is not known.
    pub unit: Option<&'static str>,
    /// What to know about name, unit or value: what a number includes, or where lists disagree.
    pub note: Option<&'static str>,
    /// Which kind of data it is, in the words that all providers share.
    pub kind: DataKind,
}

impl DataType {
    /// Returns the unit if it is one to write behind a number: `kg`, not `count` or `score`.
    #[must_use]
    pub fn unit_of_measure(&self) -> Option<&'static str> {
        self.unit.filter(|unit| !NO_UNITS.contains(unit))
    }
}

/// Looks up a source by its number (`dataSourceId`).
///
/// The list is open: a number that is not in it is none the worse.
///
/// ```
/// use pulsehook_core::thryve::data_source;
///
/// assert_eq!(data_source(8).map(|source| source.name), Some("Withings"));
/// assert_eq!(data_source(4), None);
/// ```
#[must_use]
pub fn data_source(id: i64) -> Option<DataSource> {
    let place = SOURCES.binary_search_by_key(&id, |(id, ..)| *id).ok()?;
    let (id, name, is_old) = *SOURCES.get(place)?;
    Some(DataSource { id, name, is_old })
}

/// Looks up a data type by its number (`dataTypeId`); some mean different things in the two
/// dimensions.
///
/// The list is open: a number that is not in it is none the worse. Numbers about which public
/// lists disagree have no name here.
///
/// ```
/// use pulsehook_core::thryve::{Dimension, data_type};
/// use pulsehook_core::view::DataKind;
///
/// let steps = data_type(1000, Dimension::Daily);
/// assert_eq!(steps.map(|it| (it.name, it.unit)), Some(("Steps", Some("count"))));
/// let asleep = data_type(2000, Dimension::Epoch);
/// assert_eq!(asleep.as_ref().map(|it| (it.name, it.unit)), Some(("SleepStateBinary", Some("flag"))));
/// assert_eq!(asleep.map(|it| it.kind), Some(DataKind::Sleep));
/// let burned = data_type(1010, Dimension::Daily);
/// assert_eq!(burned.and_then(|it| it.note), Some("basal part included"));
/// ```
#[must_use]
pub fn data_type(id: i64, dimension: Dimension) -> Option<DataType> {
    let place = TYPES.binary_search_by_key(&id, |(id, ..)| *id).ok()?;
    let (id, daily, epoch) = *TYPES.get(place)?;
    let Named {
        name,
        unit,
        note,
        kind,
    } = match dimension {
        Dimension::Daily => daily?,
        Dimension::Epoch => epoch?,
    };
    let unit = Some(unit).filter(|unit| !unit.is_empty());
    Some(DataType {
        id,
        name,
        unit,
        note,
        kind: kind.clone(),
    })
}

/// Number, name, and whether it is old.
#[rustfmt::skip]
const SOURCES: &[(i64, &str, bool)] = &[
    (1, "Fitbit", false), (2, "Garmin", false), (3, "Polar", false), (5, "Apple Health", false),
    (6, "Samsung Health", false), (7, "Misfit", true), (8, "Withings", false),
    (9, "Thryve Connector", true), (10, "Thryve Wearable Connector", true), (11, "Strava", false),
    (12, "Google Fit REST", false), (13, "Xiaomi", true), (14, "MyFitnessPal", true),
    (15, "Runtastic", true), (16, "Omron", false), (17, "Suunto", false), (18, "Oura", false),
    (19, "Runkeeper", true), (20, "Endomondo", true), (21, "iHealth", false),
    (22, "Abbott LibreView", true), (23, "Medisana", true), (24, "Sleep as Android", true),
    (27, "Beurer", false), (38, "Huawei Health", false), (40, "Google Fit native", false),
    (41, "Dexcom", false), (42, "Whoop", false), (43, "Decathlon", false),
    (44, "Health Connect", false), (45, "Komoot", false), (46, "FreeStyleLibre", false),
    (47, "ShenAI", false),
];

/// A data type in one dimension; an empty unit is not known.
#[derive(Clone, Copy)]
struct Named {
    name: &'static str,
    unit: &'static str,
    note: Option<&'static str>,
    kind: Kind,
}

impl Named {
    const fn new(kind: Kind, name: &'static str, unit: &'static str) -> Self {
        Self {
            name,
            unit,
            note: None,
            kind,
        }
    }

    const fn with_note(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }
}

type Kind = &'static DataKind;

/// Number, daily and epoch meaning.
type Row = (i64, Option<Named>, Option<Named>);

const fn both(id: i64, kind: Kind, name: &'static str, unit: &'static str) -> Row {
    let named = Named::new(kind, name, unit);
    (id, Some(named), Some(named))
}

const fn noted(
    id: i64,
    kind: Kind,
    name: &'static str,
    unit: &'static str,
    note: &'static str,
) -> Row {
    let named = Named::new(kind, name, unit).with_note(note);
    (id, Some(named), Some(named))
}

const fn daily(id: i64, kind: Kind, name: &'static str, unit: &'static str) -> Row {
    (id, Some(Named::new(kind, name, unit)), None)
}

const fn epoch(id: i64, kind: Kind, name: &'static str, unit: &'static str) -> Row {
    (id, None, Some(Named::new(kind, name, unit)))
}

/// Minutes of a day, and a flag for each moment.
const fn state(id: i64, kind: Kind, daily: &'static str, epoch: &'static str) -> Row {
    let daily = Named::new(kind, daily, "min");
    let epoch = Named::new(kind, epoch, "flag");
    (id, Some(daily), Some(epoch))
}

/// What is said in place of a unit.
const NO_UNITS: &[&str] = &[
    "category code",
    "code",
    "count",
    "date-time",
    "flag",
    "index",
    "ratio",
    "score",
    "text, comma list",
    "0–100",
];

const OLD_LIST: &str = "old list";
const SWAPPED: &str = "one public list swaps 3300 and 3301";

/// What the numbers mean. The disputed 3106, 3107 and 3112 are left out.
#[rustfmt::skip]
const TYPES: &[Row] = &[
    both(1000, &Activity, "Steps", "count"),
    both(1001, &Activity, "CoveredDistance", "m"),
    both(1002, &Activity, "FloorsClimbed", "count"),
    both(1003, &Activity, "ElevationGain", "m"),
    noted(1010, &Activity, "BurnedCalories", "kcal", "basal part included"),
    both(1011, &Activity, "ActiveBurnedCalories", "kcal"),
    both(1012, &Activity, "MetabolicEquivalent", "ratio"),
    daily(1013, &Activity, "PhysicalActivityIndex", "index"),
    daily(1016, &Metabolism, "RestingMetabolicRate", "kcal"),
    daily(1100, &Activity, "ActivityDuration", "min"),
    state(1101, &Activity, "ActivityLowDuration", "ActivityLowBinary"),
    state(1102, &Activity, "ActivityMidDuration", "ActivityMidBinary"),
    state(1103, &Activity, "ActivityHighDuration", "ActivityHighBinary"),
    state(1104, &Activity, "ActivitySedentaryDuration", "ActivitySedentaryBinary"),
    state(1110, &Device, "ChargeDuration", "ChargeBinary"),
    state(1111, &Device, "DoffedDuration", "DoffedBinary"),
    state(1112, &Sleep, "SleepDuration (activity view)", "SleepBinary (activity view)"),
    state(1113, &Activity, "RestDuration (activity view)", "RestBinary (activity view)"),
    state(1114, &Activity, "ActiveDuration", "ActiveBinary"),
    state(1115, &Activity, "WalkDuration", "WalkBinary"),
    state(1116, &Activity, "RunDuration", "RunBinary"),
    state(1117, &Activity, "BikeDuration", "BikeBinary"),
    state(1118, &Activity, "TransportDuration", "TransportBinary"),
    epoch(1200, &Activity, "ActivityType", "category code"),
    epoch(1201, &Activity, "ActivityTypeDetail1", "code"),
    epoch(1202, &Activity, "ActivityTypeDetail2", "code"),
    epoch(1401, &Location, "GeolocationLatitude", "degrees"),
    epoch(1402, &Location, "GeolocationLongitude", "degrees"),
    state(2000, &Sleep, "SleepDuration", "SleepStateBinary"),
    state(2001, &Sleep, "SleepInBedDuration", "SleepInBedBinary"),
    state(2002, &Sleep, "SleepREMDuration", "SleepREMBinary"),
    state(2003, &Sleep, "SleepDeepDuration", "SleepDeepBinary"),
    state(2005, &Sleep, "SleepLightDuration", "SleepLightBinary"),
    state(2006, &Sleep, "SleepAwakeDuration", "SleepAwakeBinary"),
    state(2007, &Sleep, "SleepLatency", "SleepLatency"),
    daily(2100, &Sleep, "SleepStartTime", "date-time"),
    daily(2101, &Sleep, "SleepEndTime", "date-time"),
    daily(2102, &Sleep, "SleepInterruptions", "count"),
    daily(2200, &Sleep, "SleepEfficiency", "%"),
    daily(2201, &Sleep, "SleepQuality", "score"),
    daily(2220, &Sleep, "SleepRegularity", "score"),
    daily(2300, &Sleep, "ThryveMainSleepDuration", "min"),
    daily(2301, &Sleep, "ThryveMainSleepInBedDuration", "min"),
    daily(2302, &Sleep, "ThryveMainSleepREMDuration", "min"),
    daily(2303, &Sleep, "ThryveMainSleepDeepDuration", "min"),
    daily(2305, &Sleep, "ThryveMainSleepLightDuration", "min"),
    daily(2306, &Sleep, "ThryveMainSleepAwakeDuration", "min"),
    daily(2307, &Sleep, "ThryveMainSleepLatency", "min"),
    daily(2400, &Sleep, "ThryveMainSleepStartTime", "date-time"),
    daily(2401, &Sleep, "ThryveMainSleepEndTime", "date-time"),
    daily(2402, &Sleep, "ThryveMainSleepInterruptions", "count"),
    both(3000, &HeartRate, "HeartRate", "bpm"),
    (
        3001,
        Some(Named::new(&HeartRate, "HeartRateResting", "bpm")),
        Some(Named::new(&Fitness, "PulseWaveVelocity", "").with_note(OLD_LIST)),
    ),
    (
        3002,
        Some(Named::new(&HeartRate, "HeartRateSleep", "bpm")),
        Some(Named::new(&BloodOxygen, "SPO2", "%").with_note(OLD_LIST)),
    ),
    epoch(3009, &BloodOxygen, "SPO2", "%"),
    epoch(3029, &HeartRate, "HeartRateIntervals", "text, comma list"),
    noted(3030, &Fitness, "VO2max", "ml/min/kg", "unit expected; the old list says mol"),
    daily(3031, &Fitness, "FitnessAge", "years"),
    noted(3100, &HeartRateVariability, "Rmssd", "ms", "heart rate variability"),
    both(3120, &Ecg, "AtrialFibrillationDetection", "flag"),
    noted(3300, &BloodPressure, "BloodPressureSystolic", "mmHg", SWAPPED),
    noted(3301, &BloodPressure, "BloodPressureDiastolic", "mmHg", SWAPPED),
    epoch(3302, &BloodGlucose, "BloodGlucose", "mmol/L"),
    both(3303, &BloodGlucose, "HbA1c", ""),
    epoch(3304, &BloodPressure, "MeanArterialPressure", "mmHg"),
    both(4000, &Respiration, "RespirationRate", "per min"),
    daily(4001, &Respiration, "RespirationRateResting", "per min"),
    daily(4002, &Respiration, "RespirationRateSleep", "per min"),
    both(5020, &Body, "Weight", "kg"),
    epoch(5021, &Body, "MuscleMass", "kg"),
    epoch(5022, &Body, "BoneMass", "kg"),
    epoch(5023, &Body, "FatFreeMass", "kg"),
    epoch(5024, &Body, "FatMass", "kg"),
    both(5025, &Body, "FatRatio", "%"),
    both(5026, &Body, "BMI", "kg/m²"),
    daily(5027, &Body, "WaistCircumference", "cm"),
    both(5030, &Body, "Height", "cm"),
    epoch(5040, &Temperature, "BodyTemperature", "°C"),
    epoch(5041, &Temperature, "SkinTemperature", "°C"),
    epoch(5042, &Temperature, "UndefinedTemperature", "°C"),
    epoch(5043, &Body, "Hydration", ""),
    daily(6010, &Stress, "AverageStress", "0–100"),
    daily(6011, &Stress, "HighStressDuration", "min"),
    daily(6012, &Stress, "MediumStressDuration", "min"),
    daily(6013, &Stress, "LowStressDuration", "min"),
    both(8000, &Nutrition, "ConsumedCalories", "kcal"),
    both(8001, &Nutrition, "ConsumedFat", "g"),
    both(8002, &Nutrition, "ConsumedSaturatedFat", "g"),
    both(8003, &Nutrition, "ConsumedCarbohydrates", "g"),
    both(8004, &Nutrition, "ConsumedSugar", "g"),
    both(8005, &Nutrition, "ConsumedProtein", "g"),
    both(8006, &Nutrition, "ConsumedSalt", "g"),
    both(8007, &Nutrition, "ConsumedSugarAlcohols", "g"),
    both(8008, &Nutrition, "ConsumedStarch", "g"),
    both(8009, &Nutrition, "ConsumedFibre", "g"),
    both(8010, &Nutrition, "ConsumedCalcium", "mg"),
    both(8011, &Nutrition, "ConsumedIron", "mg"),
    both(8012, &Nutrition, "ConsumedPotassium", "mg"),
    both(8013, &Nutrition, "ConsumedSodium", "mg"),
];
