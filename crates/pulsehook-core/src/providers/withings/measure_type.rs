//! Measure types: what the numbers in fetched measure groups mean ("Measure – Getmeas" of the API
//! reference at developer.withings.com, read November 2026).
//!
//! Nothing here decides how a notification is decoded.

use serde::Serialize;

/// Describes a measure type.
///
/// ```
/// use pulsehook_core::withings::measure_type;
///
/// let weight = measure_type(1).ok_or("a documented type")?;
/// assert_eq!((weight.name, weight.unit), ("weight", Some("kg")));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct MeasureType {
    /// The number, `type` of a measure.
    pub number: u32,
    /// What is measured.
    pub name: &'static str,
    /// The unit of the real value, where the documentation states one.
    pub unit: Option<&'static str>,
    /// What to know about unit or value: which unit is expected where none is stated, or what the
    /// codes mean.
    pub note: Option<&'static str>,
}

impl MeasureType {
    const fn new(number: u32, name: &'static str, unit: &'static str) -> Self {
        Self {
            number,
            name,
            unit: Some(unit),
            note: None,
        }
    }

    const fn without_unit(number: u32, name: &'static str) -> Self {
        Self {
            number,
            name,
            unit: None,
            note: None,
        }
    }

    const fn with_note(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }
}

/// Looks a measure type up by its number; the list is open, so `None` is no error.
///
/// Numbers of measure types and of [categories](super::Category) have nothing to do with each
/// other: category 54 is an ECG, type 54 is SpO2.
#[must_use]
pub fn measure_type(number: u32) -> Option<MeasureType> {
    let place = MEASURE_TYPES.binary_search_by_key(&number, |known| known.number);
    MEASURE_TYPES.get(place.ok()?).copied()
}

/// Returns the real value of a measure, `value` × 10^`unit`, as the nearest number of its kind.
///
/// ```
/// use pulsehook_core::withings::real_value;
///
/// assert_eq!(real_value(65750, -3), 65.75);
/// ```
#[must_use]
pub fn real_value(value: i64, unit: i32) -> f64 {
    // The parser rounds once, where powers of ten would round on their own.
    format!("{value}e{unit}").parse().unwrap_or(f64::NAN)
}

const NOT_STATED_MS: &str = "unit not stated; ms expected";
const NOT_STATED_YEARS: &str = "unit not stated; years expected";
const BY_SEGMENT: &str = "by segment of the body, see `position`";

/// Lists the measure types that are documented, by number.
pub const MEASURE_TYPES: &[MeasureType] = &[
    MeasureType::new(1, "weight", "kg"),
    MeasureType::new(4, "height", "m"),
    MeasureType::new(5, "fat-free mass", "kg"),
    MeasureType::new(6, "fat ratio", "%"),
    MeasureType::new(8, "fat mass", "kg"),
    MeasureType::new(9, "diastolic blood pressure", "mmHg"),
    MeasureType::new(10, "systolic blood pressure", "mmHg"),
    MeasureType::new(11, "pulse", "bpm").with_note("of blood pressure monitors and scales"),
    MeasureType::new(12, "temperature", "°C"),
    MeasureType::new(54, "SpO2", "%"),
    MeasureType::new(71, "body temperature", "°C"),
    MeasureType::new(73, "skin temperature", "°C"),
    MeasureType::new(76, "muscle mass", "kg"),
    MeasureType::new(77, "hydration", "kg"),
    MeasureType::new(88, "bone mass", "kg"),
    MeasureType::new(91, "pulse wave velocity", "m/s"),
    MeasureType::new(119, "glucose", "mg/dL").with_note("not in the list of Getmeas"),
    MeasureType::new(123, "VO2 max", "ml/min/kg"),
    MeasureType::without_unit(130, "atrial fibrillation from ECG").with_note(
        "code: 0 negative, 1 positive, 2 inconclusive, 3 no signal, 4 other, 5 noise, \
         6 low heart rate, 7 high heart rate, 8 inconclusive (US), 9 negative normal, \
         10 negative high, 11 positive normal, 12 positive high, 13 no diagnosis",
    ),
    MeasureType::without_unit(135, "QRS interval").with_note(NOT_STATED_MS),
    MeasureType::without_unit(136, "PR interval").with_note(NOT_STATED_MS),
    MeasureType::without_unit(137, "QT interval").with_note(NOT_STATED_MS),
    MeasureType::without_unit(138, "corrected QT interval").with_note(NOT_STATED_MS),
    MeasureType::without_unit(139, "atrial fibrillation from PPG").with_note("code"),
    MeasureType::without_unit(147, "urine pH"),
    MeasureType::without_unit(148, "urine specific gravity"),
    MeasureType::new(151, "urine nitrites", "µmol/L"),
    MeasureType::without_unit(155, "vascular age").with_note(NOT_STATED_YEARS),
    MeasureType::without_unit(158, "nerve health, left foot"),
    MeasureType::without_unit(159, "nerve health, right foot"),
    MeasureType::without_unit(167, "nerve health score, feet"),
    MeasureType::new(168, "extracellular water", "kg"),
    MeasureType::new(169, "intracellular water", "kg"),
    MeasureType::without_unit(170, "visceral fat"),
    MeasureType::new(173, "segmental fat-free mass", "kg").with_note(BY_SEGMENT),
    MeasureType::new(174, "segmental fat mass", "kg").with_note(BY_SEGMENT),
    MeasureType::new(175, "segmental muscle mass", "kg").with_note(BY_SEGMENT),
    MeasureType::without_unit(196, "electrodermal activity, feet"),
    MeasureType::without_unit(197, "electrodermal activity, left"),
    MeasureType::without_unit(198, "electrodermal activity, right"),
    MeasureType::new(204, "urine ketones", "mmol/L"),
    MeasureType::new(205, "urine vitamin C", "mmol/L"),
    MeasureType::without_unit(226, "basal metabolic rate")
        .with_note("unit not stated; kcal per day expected"),
    MeasureType::without_unit(227, "metabolic age").with_note(NOT_STATED_YEARS),
    MeasureType::without_unit(229, "electrochemical skin conductance")
        .with_note("unit not stated; µS expected"),
    MeasureType::new(248, "urine calcium", "mmol/L"),
    MeasureType::new(249, "urine creatinine", "mmol/L"),
    MeasureType::new(251, "urine calcium to creatinine ratio", "mmol/mmol"),
];
