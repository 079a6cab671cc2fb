//! `biometrics`: what was measured of the body's working. Metriport's page "Devices API: Data
//! Models" of before July 2024, read November 2026.

use super::model::models;
use super::shared::{HeartRate, HeartRateVariability, Metadata, Respiration, Sample, Temperature};

models! {
    /// Holds what was measured of the body's working.
    pub struct Biometrics [
        /// Which day, and from which source.
        metadata: Box<Metadata>,
    ] {
        /// The glucose in the blood.
        blood_glucose: Box<BloodGlucose>,
        /// The blood pressure.
        blood_pressure: Box<BloodPressure>,
        /// The heart rate.
        heart_rate: Box<HeartRate>,
        /// The variability of the heart rate.
        hrv: Box<HeartRateVariability>,
        /// The perfusion index, in percent.
        perfusion_index_pct: f64,
        /// The breath, and the oxygen in the blood.
        respiration: Box<Respiration>,
        /// Temperatures.
        temperature: Box<Temperature>,
    }

    /// Holds glucose in the blood, in milligrams per decilitre by the names.
    ///
    /// Readings that a source has in mmol/L were not converted by the sender: look at the size of
    /// a value before relying on its unit.
    pub struct BloodGlucose {
        /// The average, in milligrams per decilitre (`avg_mg_dL` on the wire).
        avg_mg_dl: f64 = "avg_mg_dL",
        /// Samples, in milligrams per decilitre (`samples_mg_dL` on the wire).
        samples_mg_dl: Vec<Sample> = "samples_mg_dL",
    }

    /// Holds blood pressures, in millimetres of mercury.
    pub struct BloodPressure {
        /// Diastolic, in millimetres of mercury (`diastolic_mm_Hg` on the wire).
        diastolic_mm_hg: Box<PressureReadings> = "diastolic_mm_Hg",
        /// Systolic, in millimetres of mercury (`systolic_mm_Hg` on the wire).
        systolic_mm_hg: Box<PressureReadings> = "systolic_mm_Hg",
    }

    /// Holds blood pressures of one phase, in millimetres of mercury.
    pub struct PressureReadings {
        /// Samples, in millimetres of mercury.
        samples: Vec<Sample>,
    }
}
