//! `body`: weight, height and the like. Metriport's page "Devices API: Data Models" of before July
//! 2024, read November 2026.

use super::model::models;
use super::shared::{Metadata, Sample};

models! {
    /// Holds measures of the body.
    pub struct Body [
        /// Which day, and from which source.
        metadata: Box<Metadata>,
    ] {
        /// The share of fat, in percent from 0 to 100.
        body_fat_pct: f64,
        /// The height, in centimetres.
        height_cm: f64,
        /// The weight, in kilograms.
        weight_kg: f64,
        /// The mass of bones, in kilograms.
        bone_mass_kg: f64,
        /// The mass of muscles, in kilograms.
        muscle_mass_kg: f64,
        /// The mass of all but fat, in kilograms.
        lean_mass_kg: f64,
        /// The highest heart rate that is possible, in beats per minute.
        max_possible_heart_rate_bpm: f64,
        /// Samples of the weight, in kilograms.
        weight_samples_kg: Vec<Sample>,
    }
}
