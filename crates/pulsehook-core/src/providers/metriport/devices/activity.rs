//! `activity`: what the user did, by day and by workout. Metriport's page "Devices API: Data
//! Models" of before July 2024, read November 2026.

use super::model::models;
use super::shared::{HeartRate, HeartRateVariability, Metadata, Respiration};
use crate::text::Text;
use crate::time::TimeText;

models! {
    /// Holds the activity of a day, or of an hour.
    pub struct Activity [
        /// Which day, and from which source.
        metadata: Box<Metadata>,
    ] {
        /// The whole of the day.
        summary: Box<ActivitySummary>,
        /// The workouts.
        activity_logs: Vec<ActivityLog>,
    }

    /// Sums up the activity of a day.
    pub struct ActivitySummary {
        /// How long the user was how active.
        durations: Box<ActivityDurations>,
        /// The energy used.
        energy_expenditure: Box<EnergyExpenditure>,
        /// Steps, distance and the like.
        movement: Box<ActivityMovement>,
        /// Heart and breath meanwhile.
        biometrics: Box<ActivityBiometrics>,
    }

    /// Holds one workout.
    ///
    /// Garmin's workouts stand in the list of activities itself, and in lists of other types.
    pub struct ActivityLog [
        /// Which day, and from which source.
        metadata: Box<Metadata>,
    ] {
        /// A name, as the source gives it.
        name: Text,
        /// The kind of sport, as the source names it (`type` on the wire).
        type_name: Text = "type",
        /// The start: with `Z`, with an offset, or without a zone.
        start_time: TimeText,
        /// The end, written like the start.
        end_time: TimeText,
        /// How long the user was how active.
        durations: Box<ActivityDurations>,
        /// The energy used.
        energy_expenditure: Box<EnergyExpenditure>,
        /// Steps, distance and the like.
        movement: Box<ActivityMovement>,
        /// Where it was.
        location: Box<ActivityLocation>,
        /// Heart and breath meanwhile.
        biometrics: Box<ActivityBiometrics>,
    }

    /// Holds what was measured of heart and breath meanwhile.
    pub struct ActivityBiometrics {
        /// The heart rate.
        heart_rate: Box<HeartRate>,
        /// The variability of the heart rate.
        hrv: Box<HeartRateVariability>,
        /// The breath.
        respiration: Box<Respiration>,
    }

    /// Says how long the user was how active, in seconds.
    pub struct ActivityDurations {
        /// Being active at all, in seconds.
        active_seconds: f64,
        /// By intensity.
        intensity: Box<IntensityDurations>,
        /// By strain.
        strain: Box<StrainDurations>,
    }

    /// Divides time by intensity, in seconds.
    pub struct IntensityDurations {
        /// At rest, in seconds.
        rest_seconds: f64,
        /// Very low, in seconds.
        very_low_seconds: f64,
        /// Low, in seconds.
        low_seconds: f64,
        /// Medium, in seconds.
        med_seconds: f64,
        /// High, in seconds.
        high_seconds: f64,
    }

    /// Divides time by strain, in seconds.
    pub struct StrainDurations {
        /// At rest, in seconds.
        rest_seconds: f64,
        /// Very low, in seconds.
        very_low_seconds: f64,
        /// Low, in seconds.
        low_seconds: f64,
        /// Medium, in seconds.
        med_seconds: f64,
        /// High, in seconds.
        high_seconds: f64,
        /// Very high, in seconds.
        very_high_seconds: f64,
    }

    /// Says how far and how fast the user moved.
    pub struct ActivityMovement {
        /// Steps.
        steps_count: f64,
        /// Floors.
        floors_count: f64,
        /// Heights.
        elevation: Box<Elevation>,
        /// Speeds.
        speed: Box<Speed>,
        /// The average cadence; its unit depends on the sport.
        avg_cadence: f64,
        /// The distance, in metres.
        distance_meters: f64,
    }

    /// Holds heights, in metres.
    pub struct Elevation {
        /// The ascent, in metres.
        gain_meters: f64,
        /// The lowest point, in metres.
        min_meters: f64,
        /// The highest point, in metres.
        max_meters: f64,
    }

    /// Holds speeds, in kilometres per hour by their names.
    ///
    /// Garmin's are metres per second, whatever the names say: the sender does not convert them.
    pub struct Speed {
        /// The highest, in kilometres per hour; Garmin's in metres per second.
        max_km_h: f64,
        /// The average, in kilometres per hour; Garmin's in metres per second.
        avg_km_h: f64,
    }

    /// Says how much energy was used.
    pub struct EnergyExpenditure {
        /// By being active, in kilocalories.
        active_kcal: f64,
        /// At rest, in kilocalories.
        basal_metabolic_rate_kcal: f64,
        /// The whole power, in watts.
        total_watts: f64,
        /// The average power, in watts.
        avg_watts: f64,
    }

    /// Says where a workout was.
    pub struct ActivityLocation {
        /// The start, in degrees.
        start_lat_lon_deg: Box<LatLon>,
        /// The end, in degrees.
        end_lat_lon_deg: Box<LatLon>,
        /// The way, as an encoded polyline.
        polystring: Text,
        /// The city.
        city: Text,
        /// The country.
        country: Text,
        /// The region.
        region: Text,
    }

    /// Holds a place on the globe, in degrees.
    pub struct LatLon {
        /// The latitude, in degrees; documented as always there.
        lat: f64,
        /// The longitude, in degrees; documented as always there.
        lon: f64,
    }
}
