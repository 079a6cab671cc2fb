//! What the numbers of sources and data types mean: names and units to show, never a condition for
//! decoding. Pages "Data source types and retrieval methods", "Get epoch data" and "Get daily
//! data" at docs.thryve.health, read November 2026.

use serde::Serialize;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
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
///
/// let steps = data_type(1000, Dimension::Daily);
/// assert_eq!(steps.map(|it| (it.name, it.unit)), Some(("Steps", Some("count"))));
/// let asleep = data_type(2000, Dimension::Epoch);
/// assert_eq!(asleep.map(|it| (it.name, it.unit)), Some(("SleepStateBinary", Some("flag"))));
/// let burned = data_type(1010, Dimension::Daily);
/// assert_eq!(burned.and_then(|it| it.note), Some("basal part included"));
/// ```
#[must_use]
pub fn data_type(id: i64, dimension: Dimension) -> Option<DataType> {
    let place = TYPES.binary_search_by_key(&id, |(id, ..)| *id).ok()?;
    let (id, daily, epoch) = *TYPES.get(place)?;
    let Named { name, unit, note } = match dimension {
        Dimension::Daily => daily?,
        Dimension::Epoch => epoch?,
    };
    let unit = Some(unit).filter(|unit| !unit.is_empty());
    Some(DataType {
        id,
        name,
        unit,
        note,
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
}

impl Named {
    const fn new(name: &'static str, unit: &'static str) -> Self {
        Self {
            name,
            unit,
            note: None,
        }
    }

    const fn with_note(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }
}

/// Number, daily and epoch meaning.
type Row = (i64, Option<Named>, Option<Named>);

const fn both(id: i64, name: &'static str, unit: &'static str) -> Row {
    let named = Named::new(name, unit);
    (id, Some(named), Some(named))
}

const fn noted(id: i64, name: &'static str, unit: &'static str, note: &'static str) -> Row {
    let named = Named::new(name, unit).with_note(note);
    (id, Some(named), Some(named))
}

const fn daily(id: i64, name: &'static str, unit: &'static str) -> Row {
    (id, Some(Named::new(name, unit)), None)
}

const fn epoch(id: i64, name: &'static str, unit: &'static str) -> Row {
    (id, None, Some(Named::new(name, unit)))
}

/// Minutes of a day, and a flag for each moment.
const fn state(id: i64, daily: &'static str, epoch: &'static str) -> Row {
    let (daily, epoch) = (Named::new(daily, "min"), Named::new(epoch, "flag"));
    (id, Some(daily), Some(epoch))
}

const OLD_LIST: &str = "old list";
const SWAPPED: &str = "one public list swaps 3300 and 3301";

/// What the numbers mean. The disputed 3106, 3107 and 3112 are left out.
#[rustfmt::skip]
const TYPES: &[Row] = &[
    both(1000, "Steps", "count"),
    both(1001, "CoveredDistance", "m"),
    both(1002, "FloorsClimbed", "count"),
    both(1003, "ElevationGain", "m"),
    noted(1010, "BurnedCalories", "kcal", "basal part included"),
    both(1011, "ActiveBurnedCalories", "kcal"),
    both(1012, "MetabolicEquivalent", "ratio"),
    daily(1013, "PhysicalActivityIndex", "index"),
    daily(1016, "RestingMetabolicRate", "kcal"),
    daily(1100, "ActivityDuration", "min"),
    state(1101, "ActivityLowDuration", "ActivityLowBinary"),
    state(1102, "ActivityMidDuration", "ActivityMidBinary"),
    state(1103, "ActivityHighDuration", "ActivityHighBinary"),
    state(1104, "ActivitySedentaryDuration", "ActivitySedentaryBinary"),
    state(1110, "ChargeDuration", "ChargeBinary"),
    state(1111, "DoffedDuration", "DoffedBinary"),
    state(1112, "SleepDuration (activity view)", "SleepBinary (activity view)"),
    state(1113, "RestDuration (activity view)", "RestBinary (activity view)"),
    state(1114, "ActiveDuration", "ActiveBinary"),
    state(1115, "WalkDuration", "WalkBinary"),
    state(1116, "RunDuration", "RunBinary"),
    state(1117, "BikeDuration", "BikeBinary"),
    state(1118, "TransportDuration", "TransportBinary"),
    epoch(1200, "ActivityType", "category code"),
    epoch(1201, "ActivityTypeDetail1", "code"),
    epoch(1202, "ActivityTypeDetail2", "code"),
    epoch(1401, "GeolocationLatitude", "degrees"),
    epoch(1402, "GeolocationLongitude", "degrees"),
    state(2000, "SleepDuration", "SleepStateBinary"),
    state(2001, "SleepInBedDuration", "SleepInBedBinary"),
    state(2002, "SleepREMDuration", "SleepREMBinary"),
    state(2003, "SleepDeepDuration", "SleepDeepBinary"),
    state(2005, "SleepLightDuration", "SleepLightBinary"),
    state(2006, "SleepAwakeDuration", "SleepAwakeBinary"),
    state(2007, "SleepLatency", "SleepLatency"),
    daily(2100, "SleepStartTime", "date-time"),
    daily(2101, "SleepEndTime", "date-time"),
    daily(2102, "SleepInterruptions", "count"),
    daily(2200, "SleepEfficiency", "%"),
    daily(2201, "SleepQuality", "score"),
    daily(2220, "SleepRegularity", "score"),
    daily(2300, "ThryveMainSleepDuration", "min"),
    daily(2301, "ThryveMainSleepInBedDuration", "min"),
    daily(2302, "ThryveMainSleepREMDuration", "min"),
    daily(2303, "ThryveMainSleepDeepDuration", "min"),
    daily(2305, "ThryveMainSleepLightDuration", "min"),
    daily(2306, "ThryveMainSleepAwakeDuration", "min"),
    daily(2307, "ThryveMainSleepLatency", "min"),
    daily(2400, "ThryveMainSleepStartTime", "date-time"),
    daily(2401, "ThryveMainSleepEndTime", "date-time"),
    daily(2402, "ThryveMainSleepInterruptions", "count"),
    both(3000, "HeartRate", "bpm"),
    (
        3001,
        Some(Named::new("HeartRateResting", "bpm")),
        Some(Named::new("PulseWaveVelocity", "").with_note(OLD_LIST)),
    ),
    (
        3002,
        Some(Named::new("HeartRateSleep", "bpm")),
        Some(Named::new("SPO2", "%").with_note(OLD_LIST)),
    ),
    epoch(3009, "SPO2", "%"),
    epoch(3029, "HeartRateIntervals", "text, comma list"),
    noted(3030, "VO2max", "ml/min/kg", "unit expected; the old list says mol"),
    daily(3031, "FitnessAge", "years"),
    noted(3100, "Rmssd", "ms", "heart rate variability"),
    both(3120, "AtrialFibrillationDetection", "flag"),
    noted(3300, "BloodPressureSystolic", "mmHg", SWAPPED),
    noted(3301, "BloodPressureDiastolic", "mmHg", SWAPPED),
    epoch(3302, "BloodGlucose", "mmol/L"),
    both(3303, "HbA1c", ""),
    epoch(3304, "MeanArterialPressure", "mmHg"),
    both(4000, "RespirationRate", "per min"),
    daily(4001, "RespirationRateResting", "per min"),
    daily(4002, "RespirationRateSleep", "per min"),
    both(5020, "Weight", "kg"),
    epoch(5021, "MuscleMass", "kg"),
    epoch(5022, "BoneMass", "kg"),
    epoch(5023, "FatFreeMass", "kg"),
    epoch(5024, "FatMass", "kg"),
    both(5025, "FatRatio", "%"),
    both(5026, "BMI", "kg/m²"),
    daily(5027, "WaistCircumference", "cm"),
    both(5030, "Height", "cm"),
    epoch(5040, "BodyTemperature", "°C"),
    epoch(5041, "SkinTemperature", "°C"),
    epoch(5042, "UndefinedTemperature", "°C"),
    epoch(5043, "Hydration", ""),
    daily(6010, "AverageStress", "0–100"),
    daily(6011, "HighStressDuration", "min"),
    daily(6012, "MediumStressDuration", "min"),
    daily(6013, "LowStressDuration", "min"),
    both(8000, "ConsumedCalories", "kcal"),
    both(8001, "ConsumedFat", "g"),
    both(8002, "ConsumedSaturatedFat", "g"),
    both(8003, "ConsumedCarbohydrates", "g"),
    both(8004, "ConsumedSugar", "g"),
    both(8005, "ConsumedProtein", "g"),
    both(8006, "ConsumedSalt", "g"),
    both(8007, "ConsumedSugarAlcohols", "g"),
    both(8008, "ConsumedStarch", "g"),
    both(8009, "ConsumedFibre", "g"),
    both(8010, "ConsumedCalcium", "mg"),
    both(8011, "ConsumedIron", "mg"),
    both(8012, "ConsumedPotassium", "mg"),
    both(8013, "ConsumedSodium", "mg"),
];
