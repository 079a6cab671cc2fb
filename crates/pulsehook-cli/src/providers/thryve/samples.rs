//! Thryve's messages.

use crate::samples::{Sample, sample};

/// Makes samples whose names are their types, their file names, and what they are decoded to.
macro_rules! samples {
    ($($name:literal => $meaning:literal,)*; $($file:literal => $told:literal, $events:expr,)*) => {
        &[
            $(Sample::new($name, $meaning, sample!("thryve/", $name), &[$name]),)*
            $(Sample::new($file, $told, sample!("thryve/", $file), $events),)*
        ]
    };
}

const CONNECTION: &[&str] = &["sourceUpdate.connectionStatus"];
const DAILY: &[&str] = &["sourceUpdate.dailyDynamicValues"];
const EPOCH: &[&str] = &["sourceUpdate.dynamicEpochValues"];
const OLDEST: &[&str] = &["sourceUpdate.updateType"];

pub(super) const SAMPLES: &[Sample] = samples![
    "notification.source.connect" => "A user connected a source",
    "notification.source.disconnect" => "A user disconnected a source",
    "notification.data.epoch.createupdate" => "Intraday data are new or changed; fetch them",
    "notification.data.daily.createupdate" => "Daily values are new or changed; fetch them",
    "webhook.source.connect" => "As notification.source.connect, in its other spelling",
    "webhook.source.disconnect" => "As notification.source.disconnect, in its other spelling",
    "event.data.epoch.create" => "New intraday values (data push, compressed when sent)",
    "event.data.epoch.update" => "Changed intraday values (data push)",
    "event.data.daily.create" => "New daily values (data push)",
    "event.data.daily.update" => "Changed daily values (data push)",
    ;
    "v5-connected" => "Retired v5: a user connected a source", CONNECTION,
    "v5-disconnected" => "Retired v5: a user disconnected a source", CONNECTION,
    "v5-daily" => "Retired v5: daily values are new", DAILY,
    "v5-epoch" => "Retired v5: intraday data are new", EPOCH,
    "v5-daily-and-epoch" => "Retired v5: both are new, in one message",
        &["sourceUpdate.dailyDynamicValues", "sourceUpdate.dynamicEpochValues"],
    "oldest-daily" => "Oldest format: daily values are new", OLDEST,
    "oldest-minute" => "Oldest format: values by the minute are new", OLDEST,
    "oldest-both" => "Oldest format: both are new", OLDEST,
    "unknown" => "A type that is not known (made up): answer 200",
        &["unknown event.data.measurement.create"],
];
