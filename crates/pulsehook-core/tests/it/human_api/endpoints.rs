//! The table of endpoints.

use pulsehook_core::human_api::EndpointKind::{self, *};

const TABLE: &[(&str, EndpointKind)] = &[
    ("/activities", ActivitySegment),
    ("/activities/summaries", ActivitySummary),
    ("/blood_glucose/readings", BloodGlucose),
    ("/blood_oxygen/readings", BloodOxygen),
    ("/blood_pressure/readings", BloodPressure),
    ("/bmi/readings", Bmi),
    ("/body_fat/readings", BodyFat),
    ("/heart_rate/readings", HeartRate),
    ("/heart_rate/summaries", HeartRateSummary),
    ("/height/readings", Height),
    ("/weight/readings", Weight),
    ("/locations", Location),
    ("/food/meals", Meal),
    ("/sleeps", SleepSegment),
    ("/sleeps/summaries", SleepSummary),
    ("/genetic/traits", GeneticTrait),
    ("/profile", Profile),
    ("/sources", Source),
    ("/medical/profile", MedicalProfile),
    ("/medical/allergies", Allergy),
    ("/medical/encounters", Encounter),
    ("/medical/medications", Medication),
    ("/medical/test_results", TestResult),
    ("/medical/vitals", Vitals),
    ("/medical/plans_of_care", PlanOfCare),
    ("/medical/procedures", Procedure),
    ("/medical/functional_statuses", FunctionalStatus),
    ("/medical/immunizations", Immunization),
    ("/medical/issues", Issue),
    ("/medical/instructions", Instruction),
    ("/medical/narratives", Narrative),
    ("/medical/ccds", Ccd),
    ("/medical/social_history", SocialHistory),
    ("/medical/organizations", Organization),
    ("/medical/demographics", Demographics),
    ("/medical/reports", Report),
];

#[test]
fn every_row_of_the_table_as_url_and_as_path() {
    for (path, kind) in TABLE {
        for endpoint in [
            format!("https://api.humanapi.co/v1/human{path}"),
            format!("http://localhost:8080/v1/human{path}"),
            format!("/v1/human{path}"),
            format!("https://api.humanapi.co/v1/human{path}/"),
            format!("/v1/human{path}/"),
            format!("/v1/human{path}?source=https://example.org/"),
            format!("/v1/human{path}#part"),
        ] {
            assert_eq!(EndpointKind::of(&endpoint), *kind, "{endpoint}");
        }
        assert_eq!(kind.path(), path.strip_prefix('/'));
    }
}

#[test]
fn the_table_holds_every_known_kind() {
    let kinds: Vec<_> = TABLE.iter().map(|(_, kind)| kind.clone()).collect();
    assert_eq!(kinds, EndpointKind::KNOWN);
}

#[test]
fn bare_forms_are_the_latest_of_the_same_kind() {
    for (path, kind) in [
        ("/blood_glucose", BloodGlucose),
        ("/blood_oxygen", BloodOxygen),
        ("/blood_pressure", BloodPressure),
        ("/bmi", Bmi),
        ("/body_fat", BodyFat),
        ("/heart_rate", HeartRate),
        ("/height", Height),
        ("/weight", Weight),
    ] {
        let endpoint = format!("https://api.humanapi.co/v1/human{path}");
        assert_eq!(EndpointKind::of(&endpoint), kind);
    }
}

#[test]
fn anything_else_is_kept_as_it_is() {
    for endpoint in [
        "",
        "/",
        "//",
        "https://",
        "https://api.humanapi.co",
        "https://api.humanapi.co/v1/human",
        "https://api.humanapi.co/v1/human/",
        "https://api.humanapi.co/v1/human//",
        "https://api.humanapi.co/v1/human/genetic",
        "https://api.humanapi.co/v1/human/food",
        "https://api.humanapi.co/v1/human/medical",
        "https://api.humanapi.co/v1/human/medical/",
        "https://api.humanapi.co/v1/human/activities//",
        "https://api.humanapi.co/v1/human//activities",
        "https://api.humanapi.co/v1/human/activities/65bdc0ffee0011223344aa01",
        "https://api.humanapi.co/v1/human/activitiesx",
        "https://api.humanapi.co/v1/human/Activities",
        "https://api.humanapi.co/v1/human/sleeps/readings",
        "https://api.humanapi.co/v1/humans/activities",
        "https://api.humanapi.co/v2/human/activities",
        "https://api.humanapi.co/x/v1/human/activities",
        "https://admin.humanapi.co/api/v1/users",
        "//api.humanapi.co/v1/human/activities",
        "/x?u=https://api.humanapi.co/v1/human/activities",
        "activities",
        "schlafen ☕",
    ] {
        let kind = EndpointKind::of(endpoint);
        assert_eq!(kind, Other(endpoint.into()), "{endpoint}");
        assert_eq!(kind.path(), None);
    }
}
