//! Kinds of records, told by the path of their endpoint (guides "Notifications" and "Data
//! synchronization" at reference.humanapi.co, read November 2026).

use crate::text::Text;

macro_rules! endpoint_kinds {
    ( $( $(#[$meta:meta])* $kind:ident = $path:literal $( | $latest:literal )?, )+ ) => {
        /// Tells what kind of record an endpoint holds.
        ///
        /// Each kind stands for a path below `/v1/human`. The bare form of a path, such as
        /// `/v1/human/weight` for the latest of `/v1/human/weight/readings`, is of the same kind.
        ///
        /// ```
        /// use pulsehook_core::human_api::EndpointKind;
        ///
        /// let url = "https://api.humanapi.co/v1/human/sleeps/summaries";
        /// assert_eq!(EndpointKind::of(url), EndpointKind::SleepSummary);
        /// assert_eq!(EndpointKind::of("/v1/human/weight/"), EndpointKind::Weight);
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum EndpointKind {
            $( $(#[$meta])* #[doc = concat!("; `/", $path, "`.")] $kind, )+
            /// Another endpoint than the known ones, as received.
            Other(Text),
        }

        impl EndpointKind {
            /// Lists the known kinds.
            pub const KNOWN: &'static [Self] = &[ $( Self::$kind, )+ ];

            /// Returns the path below `/v1/human`, without a slash before it; `None` for
            /// [`Other`](EndpointKind::Other).
            #[must_use]
            pub fn path(&self) -> Option<&'static str> {
                match self {
                    $( Self::$kind => Some($path), )+
                    Self::Other(_) => None,
                }
            }

            fn of_path(path: &str) -> Option<Self> {
                match path {
                    $( $path $( | $latest )? => Some(Self::$kind), )+
                    _ => None,
                }
            }
        }
    };
}

endpoint_kinds! {
    /// A segment of activity
    ActivitySegment = "activities",
    /// The activity of a day
    ActivitySummary = "activities/summaries",
    /// A blood glucose reading
    BloodGlucose = "blood_glucose/readings" | "blood_glucose",
    /// A blood oxygen reading
    BloodOxygen = "blood_oxygen/readings" | "blood_oxygen",
    /// A blood pressure reading
    BloodPressure = "blood_pressure/readings" | "blood_pressure",
    /// A body mass index
    Bmi = "bmi/readings" | "bmi",
    /// A share of body fat
    BodyFat = "body_fat/readings" | "body_fat",
    /// A heart rate reading
    HeartRate = "heart_rate/readings" | "heart_rate",
    /// A summary of heart rates
    HeartRateSummary = "heart_rate/summaries",
    /// A height
    Height = "height/readings" | "height",
    /// A weight
    Weight = "weight/readings" | "weight",
    /// A location
    Location = "locations",
    /// A meal
    Meal = "food/meals",
    /// A segment of sleep
    SleepSegment = "sleeps",
    /// A summary of sleep
    SleepSummary = "sleeps/summaries",
    /// A genetic trait
    GeneticTrait = "genetic/traits",
    /// The wellness profile
    Profile = "profile",
    /// A connected source; it carries what used to be organizations
    Source = "sources",
    /// The medical profile
    MedicalProfile = "medical/profile",
    /// An allergy
    Allergy = "medical/allergies",
    /// An encounter
    Encounter = "medical/encounters",
    /// A medication
    Medication = "medical/medications",
    /// A test result
    TestResult = "medical/test_results",
    /// Vital signs
    Vitals = "medical/vitals",
    /// A plan of care
    PlanOfCare = "medical/plans_of_care",
    /// A procedure
    Procedure = "medical/procedures",
    /// A functional status
    FunctionalStatus = "medical/functional_statuses",
    /// An immunization
    Immunization = "medical/immunizations",
    /// An issue
    Issue = "medical/issues",
    /// An instruction
    Instruction = "medical/instructions",
    /// A narrative
    Narrative = "medical/narratives",
    /// A continuity of care document
    Ccd = "medical/ccds",
    /// Social history; the guide says that it is not notified yet
    SocialHistory = "medical/social_history",
    /// A medical organization; notified as a source instead
    Organization = "medical/organizations",
    /// Demographics; deprecated by Human API, and not notified
    Demographics = "medical/demographics",
    /// A report
    Report = "medical/reports",
}

impl EndpointKind {
    /// Tells the kind of an endpoint, given as an absolute URL or as a path from `/v1/human` on.
    ///
    /// Whole path segments are compared, as they are written. One slash at the end is tolerated;
    /// host, query and fragment do not matter.
    #[must_use]
    pub fn of(endpoint: &str) -> Self {
        let path = path_of(endpoint);
        let path = path.strip_suffix('/').unwrap_or(path);
        path.strip_prefix("/v1/human/")
            .and_then(Self::of_path)
            .unwrap_or_else(|| Self::Other(Text::from(endpoint)))
    }
}

impl EndpointKind {
    /// Returns the collection of the page "Batch query" that holds records of this kind of all
    /// users; `None` for kinds that have none, as those of medical records.
    ///
    /// ```
    /// use pulsehook_core::human_api::EndpointKind;
    ///
    /// assert_eq!(EndpointKind::HeartRate.batch_collection(), Some("heart_rates"));
    /// assert_eq!(EndpointKind::Allergy.batch_collection(), None);
    /// ```
    #[must_use]
    pub fn batch_collection(&self) -> Option<&'static str> {
        Some(match self {
            Self::ActivitySegment => "activities",
            Self::ActivitySummary => "activities/summaries",
            Self::HeartRate => "heart_rates",
            Self::HeartRateSummary => "heart_rate/summaries",
            Self::Bmi => "bmis",
            Self::BodyFat => "body_fats",
            Self::Height => "heights",
            Self::Weight => "weights",
            Self::BloodPressure => "blood_pressures",
            Self::BloodGlucose => "blood_glucoses",
            Self::BloodOxygen => "blood_oxygens",
            Self::SleepSegment => "sleeps",
            Self::SleepSummary => "sleeps/summaries",
            Self::GeneticTrait => "genetic_traits",
            Self::Location => "locations",
            Self::Meal => "food/meals",
            _ => return None,
        })
    }
}

/// Cuts a URL down to its path, without query and fragment.
pub(super) fn path_of(endpoint: &str) -> &str {
    let end = endpoint.find(['?', '#']).unwrap_or(endpoint.len());
    let location = endpoint.get(..end).unwrap_or(endpoint);
    match location.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            let start = rest.find('/').unwrap_or(rest.len());
            rest.get(start..).unwrap_or_default()
        }
        _ => location,
    }
}
