//! The fields that calls can be asked for (API reference at developer.withings.com, read November
//! 2026).
//!
//! Each call of [`Api`](super::Api) sends the whole of its list as `data_fields`. To ask for less,
//! set the parameter anew with [`Call::with_form`](crate::follow_up::Call::with_form).

/// Lists the fields of `Measure v2 – Getactivity`: distances in metres, durations in seconds,
/// energy in kcal.
pub const ACTIVITY: &[&str] = &[
    "steps",
    "distance",
    "elevation",
    "soft",
    "moderate",
    "intense",
    "active",
    "calories",
    "totalcalories",
    "hr_average",
    "hr_min",
    "hr_max",
    "hr_zone_0",
    "hr_zone_1",
    "hr_zone_2",
    "hr_zone_3",
];

/// Lists the fields of `Measure v2 – Getintradayactivity`.
pub const INTRADAY: &[&str] = &[
    "steps",
    "elevation",
    "calories",
    "distance",
    "stroke",
    "pool_lap",
    "duration",
    "heart_rate",
    "spo2_auto",
    "rmssd",
    "sdnn1",
    "hrv_quality",
    "core_body_temperature",
    "rr",
    "chest_movement_rate",
];

/// Lists the fields of heart rate variability among [`INTRADAY`].
pub const INTRADAY_HRV: &[&str] = &["rmssd", "sdnn1", "hrv_quality"];

/// Lists the fields of `Measure v2 – Getworkouts`.
pub const WORKOUTS: &[&str] = &[
    "calories",
    "intensity",
    "manual_intensity",
    "manual_distance",
    "manual_calories",
    "hr_average",
    "hr_min",
    "hr_max",
    "hr_zone_0",
    "hr_zone_1",
    "hr_zone_2",
    "hr_zone_3",
    "pause_duration",
    "algo_pause_duration",
    "spo2_average",
    "core_body_temperature_avg",
    "core_body_temperature_min",
    "core_body_temperature_max",
    "core_body_temperature_status",
    "steps",
    "distance",
    "elevation",
    "pool_laps",
    "strokes",
    "pool_length",
];

/// Lists the fields of `Sleep v2 – Get`; heart rate variability is in milliseconds. What is `sdnn1`
/// in [`INTRADAY`] is `sdnn_1` here.
pub const SLEEP: &[&str] = &[
    "hr",
    "rr",
    "snoring",
    "sdnn_1",
    "rmssd",
    "hrv_quality",
    "mvt_score",
    "chest_movement_rate",
    "withings_index",
    "breathing_sounds",
];

/// Lists the fields of heart rate variability among [`SLEEP`].
pub const SLEEP_HRV: &[&str] = &["rmssd", "sdnn_1", "hrv_quality"];

/// Lists the fields of `Sleep v2 – Getsummary`, durations in seconds. The API knows more.
pub const SLEEP_SUMMARY: &[&str] = &[
    "total_timeinbed",
    "total_sleep_time",
    "asleepduration",
    "lightsleepduration",
    "remsleepduration",
    "deepsleepduration",
    "sleep_efficiency",
    "sleep_latency",
    "wakeup_latency",
    "wakeupduration",
    "wakeupcount",
    "waso",
    "nb_rem_episodes",
    "out_of_bed_count",
    "hr_average",
    "hr_min",
    "hr_max",
    "rr_average",
    "rr_min",
    "rr_max",
    "snoring",
    "sleep_score",
];
