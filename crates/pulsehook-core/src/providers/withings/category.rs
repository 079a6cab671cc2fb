//! Categories of notifications: the table of "Notification content" at developer.withings.com
//! (read November 2026).

use serde::{Serialize, Serializer};

/// Declares the categories and what is known of each.
macro_rules! categories {
    ( $(
        $(#[$meta:meta])*
        $variant:ident = $number:literal, $name:literal, $scope:expr, $measure_types:expr;
    )+ ) => {
        /// Says what a notification is about: its `appli`.
        ///
        /// Serialised, it is the number. Numbers of categories and of
        /// [measure types](super::measure_type) have nothing to do with each other.
        ///
        /// ```
        /// use pulsehook_core::withings::Category;
        ///
        /// let category = Category::from(4);
        /// assert_eq!(category, Category::BloodPressure);
        /// assert_eq!(category.name(), "blood-pressure");
        /// assert_eq!(category.scope(), Some("user.metrics"));
        /// assert_eq!(Category::from(1000), Category::Other(1000));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Category {
            $( $(#[$meta])* $variant, )+
            /// Another number than the known ones.
            Other(i64),
        }

        impl Category {
            /// Lists the known categories, by number.
            pub const KNOWN: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// Returns the number on the wire.
            #[must_use]
            pub fn number(&self) -> i64 {
                match self {
                    $( Self::$variant => $number, )+
                    Self::Other(number) => *number,
                }
            }

            /// Returns a name of pulsehook's own, in lower case with dashes; `other` for numbers
            /// that are not known.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant => $name, )+
                    Self::Other(_) => "other",
                }
            }

            /// Returns the OAuth scope that a user's token needs for a subscription, if one is
            /// known.
            #[must_use]
            pub fn scope(&self) -> Option<&'static str> {
                match self {
                    $( Self::$variant => $scope, )+
                    Self::Other(_) => None,
                }
            }

            /// Returns the measure types to ask `Measure – Getmeas` for after a notification;
            /// empty where another service has the values, or the documentation names none.
            #[must_use]
            pub fn measure_types(&self) -> &'static [u32] {
                match self {
                    $( Self::$variant => $measure_types, )+
                    Self::Other(_) => &[],
                }
            }
        }

        impl From<i64> for Category {
            fn from(number: i64) -> Self {
                match number {
                    $( $number => Self::$variant, )+
                    _ => Self::Other(number),
                }
            }
        }
    };
}

const METRICS: Option<&str> = Some("user.metrics");
const ACTIVITY: Option<&str> = Some("user.activity");
const SLEEP_EVENTS: Option<&str> = Some("user.sleepevents");

categories! {
    /// Weight and body composition (1).
    Weight = 1, "weight", METRICS, &[1, 5, 6, 8, 76, 77, 88, 91];
    /// Temperature (2).
    Temperature = 2, "temperature", METRICS, &[12, 71, 73];
    /// Blood pressure, pulse and SpO2 (4).
    BloodPressure = 4, "blood-pressure", METRICS, &[9, 10, 11, 54];
    /// Activity, such as steps and workouts (16).
    Activity = 16, "activity", ACTIVITY, &[];
    /// Sleep (44).
    Sleep = 44, "sleep", ACTIVITY, &[];
    /// A change of the user's profile (46).
    UserProfile = 46, "user-profile", Some("user.info"), &[];
    /// The user lies down on the bed (50).
    BedIn = 50, "bed-in", SLEEP_EVENTS, &[];
    /// The user leaves the bed (51).
    BedOut = 51, "bed-out", SLEEP_EVENTS, &[];
    /// The first inflation of a sleep mat is done (52).
    SleepMatInflated = 52, "sleep-mat-inflated", SLEEP_EVENTS, &[];
    /// A device was set up without an account that belongs to it (53). It is subscribed once for
    /// the application.
    DeviceSetUp = 53, "device-set-up", None, &[];
    /// An ECG was recorded (54).
    Ecg = 54, "ecg", METRICS, &[];
    /// The recording of an ECG failed (55).
    EcgFailed = 55, "ecg-failed", METRICS, &[];
    /// Glucose (58).
    Glucose = 58, "glucose", METRICS, &[119];
    /// A survey was answered (60).
    SurveyAnswered = 60, "survey-answered", Some("user.data"), &[];
    /// Stethoscope (61).
    Stethoscope = 61, "stethoscope", METRICS, &[];
    /// Heart rate variability (62).
    HeartRateVariability = 62, "heart-rate-variability", METRICS, &[];
    /// Biomarkers in urine (63).
    UrineBiomarkers = 63, "urine-biomarkers", METRICS, &[147, 148, 151, 204, 205, 248, 249, 251];
    /// The bed is occupied (98).
    BedOccupied = 98, "bed-occupied", SLEEP_EVENTS, &[];
    /// The bed is empty (99).
    BedEmpty = 99, "bed-empty", SLEEP_EVENTS, &[];
    /// In or out of the bed, asked every 10 minutes, by contract (100).
    BedPolling = 100, "bed-polling", SLEEP_EVENTS, &[];
}

impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.number())
    }
}
