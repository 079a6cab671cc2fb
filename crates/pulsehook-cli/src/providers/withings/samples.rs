//! Withings' messages.

use crate::samples::{Sample, sample};

/// Makes samples whose names are their categories, their file names, and what they are decoded to.
macro_rules! samples {
    ($($name:literal => $meaning:literal,)*; $($other:expr,)*) => {
        &[
            $(Sample::new($name, $meaning, sample!("withings/", $name; ".form"), &[$name]),)*
            $($other,)*
        ]
    };
}

/// The option without which order updates are not taken.
const ORDER_UPDATES: &str = "order_updates";

pub(super) const SAMPLES: &[Sample] = samples![
    "weight" => "1: weight or body composition was measured",
    "temperature" => "2: temperature was measured",
    "blood-pressure" => "4: blood pressure, pulse or oxygen was measured",
    "activity" => "16: activity of a day is new",
    "sleep" => "44: a night's sleep is new",
    "user-profile" => "46: the profile changed (or --set action=delete, unlink)",
    "bed-in" => "50: the user lies down on the bed",
    "bed-out" => "51: the user leaves the bed",
    "sleep-mat-inflated" => "52: a sleep mat was inflated for the first time",
    "device-set-up" => "53: a device without an account was set up; it has no user",
    "ecg" => "54: an ECG was recorded",
    "ecg-failed" => "55: the recording of an ECG failed",
    "glucose" => "58: glucose was measured",
    "survey-answered" => "60: a survey was answered",
    "stethoscope" => "61: a stethoscope recorded",
    "heart-rate-variability" => "62: heart rate variability was measured",
    "urine-biomarkers" => "63: urine was analysed",
    "bed-occupied" => "98: the bed is occupied",
    "bed-empty" => "99: the bed is empty",
    "bed-polling" => "100: in or out of bed, polled every 10 minutes by contract",
    ;
    Sample::new(
        "documented-example",
        "The documentation's own example, with a parameter too many",
        sample!("withings/documented-example"; ".form"),
        &["weight"],
    ),
    Sample::new(
        "other",
        "A category that is not known (made up): answer 200",
        sample!("withings/other"; ".form"),
        &["unknown 77"],
    ),
    Sample::probe("probe", "HEAD, before a subscription is accepted: answer 200"),
    Sample::new(
        "order-update",
        "A shipment of a device changed (logistics, JSON)",
        sample!("withings/order-update"),
        &["order-update"],
    )
    .needing(ORDER_UPDATES),
    Sample::new(
        "order-update-form",
        "The same before shipping, in its older form",
        sample!("withings/order-update"; ".form"),
        &["order-update"],
    )
    .needing(ORDER_UPDATES),
];
