//! `sleep`: how the user slept. Metriport's page "Devices API: Data Models" of before July 2024,
//! read November 2026.

use super::model::models;
use super::shared::{HeartRate, HeartRateVariability, Metadata, Respiration, Temperature};
use crate::time::TimeText;

models! {
    /// Holds a night's sleep, or a nap.
    ///
    /// Withings' items are for a whole day and replace earlier ones of the same date.
    pub struct Sleep [
        /// Which day, and from which source.
        metadata: Box<Metadata>,
    ] {
        /// The start: with `Z`, with an offset, or without a zone.
        start_time: TimeText,
        /// The end, written like the start.
        end_time: TimeText,
        /// How long each phase took.
        durations: Box<SleepDurations>,
        /// Heart, breath and temperature meanwhile.
        biometrics: Box<SleepBiometrics>,
        /// How many times the user woke.
        wakeup_frequency: f64,
    }

    /// Says how long the phases of sleep took, in seconds.
    pub struct SleepDurations {
        /// In all, in seconds.
        total_seconds: f64,
        /// Awake, in seconds.
        awake_seconds: f64,
        /// Deep sleep, in seconds.
        deep_seconds: f64,
        /// REM sleep, in seconds.
        rem_seconds: f64,
        /// Light sleep, in seconds.
        light_seconds: f64,
        /// In bed, in seconds.
        in_bed_seconds: f64,
        /// Falling asleep, in seconds.
        time_to_fall_asleep_seconds: f64,
        /// Not measured, in seconds.
        no_data_seconds: f64,
    }

    /// Holds what was measured during sleep.
    pub struct SleepBiometrics {
        /// The heart rate.
        heart_rate: Box<HeartRate>,
        /// The variability of the heart rate.
        hrv: Box<HeartRateVariability>,
        /// The breath.
        respiration: Box<Respiration>,
        /// Temperatures.
        temperature: Box<Temperature>,
    }
}
