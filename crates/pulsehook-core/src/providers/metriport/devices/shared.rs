//! Models that several items of device data share. Metriport's page "Devices API: Data Models" of
//! before July 2024, read November 2026.

use super::model::{models, texts};
use crate::text::Text;
use crate::time::TimeText;

models! {
    /// Says what an item is about: which day, and from which source.
    pub struct Metadata [
        /// The day, `YYYY-MM-DD`; Tenovi writes a full time. [`TimeText::date`] reads both.
        date: TimeText,
        /// Where the data come from.
        source: DeviceSource,
    ] {
        /// The hour, `HH:mm`, of hourly data; Apple has it.
        hour: Text,
        /// What measured it.
        data_source: Box<SourceInfo>,
        /// What went wrong.
        error: Text,
    }

    /// Names what measured something.
    pub struct SourceInfo {
        /// Whether a device measured it, or someone wrote it down.
        source_type: SourceType,
        /// An id of the device.
        id: Text,
        /// A name of the device.
        name: Text,
        /// The type of the device (`type` on the wire).
        type_name: Text = "type",
    }

    /// Holds one measured value. Its unit is in the name of the list that it stands in.
    pub struct Sample [
        /// When it was measured: with `Z`, with an offset, or without a zone. Fitbit and Dexcom
        /// write local times; they are not to be taken for UTC.
        time: TimeText,
    ] {
        /// The value; the sender writes `null` for one that is no number.
        value: f64,
        /// The standard deviation, in the unit of the value.
        std_dev: f64,
        /// What measured it.
        data_source: Box<SourceInfo>,
        /// An id of what measured it (`dataSourceId` on the wire); Withings has it.
        data_source_id: Text = "dataSourceId",
    }

    /// Holds heart rates, in beats per minute.
    pub struct HeartRate {
        /// The lowest, in beats per minute.
        min_bpm: f64,
        /// The highest, in beats per minute.
        max_bpm: f64,
        /// The average, in beats per minute.
        avg_bpm: f64,
        /// At rest, in beats per minute.
        resting_bpm: f64,
        /// Samples, in beats per minute.
        samples_bpm: Vec<Sample>,
    }

    /// Holds the variability of the heart rate, by two measures.
    pub struct HeartRateVariability {
        /// The root mean square of successive differences.
        rmssd: Box<Variability>,
        /// The standard deviation of the intervals.
        sdnn: Box<Variability>,
    }

    /// Holds the variability of the heart rate by one measure, in milliseconds.
    pub struct Variability {
        /// The average, in milliseconds.
        avg_millis: f64,
        /// Samples, in milliseconds.
        samples_millis: Vec<Sample>,
    }

    /// Holds what is known of the breath.
    pub struct Respiration {
        /// The maximal oxygen uptake; Metriport states no unit.
        vo2_max: f64,
        /// The oxygen in the blood.
        spo2: Box<OxygenSaturation>,
        /// The average, in breaths per minute.
        avg_breaths_per_minute: f64,
        /// The peak expiratory flow, in litres per minute (`peak_flow_L_min` on the wire).
        peak_flow_l_min: f64 = "peak_flow_L_min",
        /// The forced expiratory volume, in litres (`forced_volume_L` on the wire).
        forced_volume_l: f64 = "forced_volume_L",
        /// Samples, in breaths per minute.
        samples_breaths_per_minute: Vec<Sample>,
    }

    /// Holds the saturation of the blood with oxygen, in percent.
    ///
    /// Apple's values are passed on as they come, and may be fractions from 0 to 1.
    pub struct OxygenSaturation {
        /// The lowest, in percent; Apple's may be a fraction.
        min_pct: f64,
        /// The highest, in percent; Apple's may be a fraction.
        max_pct: f64,
        /// The average, in percent; Apple's may be a fraction.
        avg_pct: f64,
        /// The standard deviation.
        std_dev: f64,
    }

    /// Holds temperatures, in degrees Celsius.
    pub struct Temperature {
        /// In the body.
        core: Box<TemperatureReadings>,
        /// On the skin.
        skin: Box<TemperatureReadings>,
        /// The difference from the usual, in degrees Celsius (`delta_celcius` on the wire,
        /// misspelt).
        delta_celsius: f64 = "delta_celcius",
    }

    /// Holds temperatures of one place, in degrees Celsius.
    pub struct TemperatureReadings {
        /// The average, in degrees Celsius (`avg_celcius` on the wire, misspelt).
        avg_celsius: f64 = "avg_celcius",
        /// Samples, in degrees Celsius (`samples_celcius` on the wire, misspelt).
        samples_celsius: Vec<Sample> = "samples_celcius",
    }
}

crate::string_enum! {
    /// Names a source of device data.
    pub enum DeviceSource {
        /// Apple Health.
        Apple = "apple",
        /// Cronometer.
        Cronometer = "cronometer",
        /// Dexcom.
        Dexcom = "dexcom",
        /// Fitbit.
        Fitbit = "fitbit",
        /// Garmin.
        Garmin = "garmin",
        /// Google Fit.
        Google = "google",
        /// Oura.
        Oura = "oura",
        /// Tenovi.
        Tenovi = "tenovi",
        /// WHOOP.
        Whoop = "whoop",
        /// Withings.
        Withings = "withings",
    }
}

crate::string_enum! {
    /// Says how a value came about.
    pub enum SourceType {
        /// Someone wrote it down.
        ManualEntry = "MANUAL_ENTRY",
        /// A device measured it.
        Device = "DEVICE",
    }
}

texts!(DeviceSource, SourceType);
