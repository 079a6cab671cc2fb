//! Human API's messages.

use crate::samples::{Sample, sample};

/// Makes the messages about the kinds of records, which differ in their endpoint alone.
macro_rules! with_kinds {
    ($($sample:expr,)* ; $($path:literal => $meaning:literal,)*) => {
        &[
            $($sample,)*
            $(Sample::new(
                concat!("data/", $path),
                $meaning,
                concat!(
                    r#"[{"humanId":"4f1d0c9be8a7263514afbecd90817263","#,
                    r#""updatedAt":"2021-03-04T05:06:07.089Z","action":"created","#,
                    r#""objectId":"60406b2f9d1e8a0011c4a7d2","#,
                    r#""endpoint":"https://api.humanapi.co/v1/human/"#,
                    $path,
                    r#""}]"#
                )
                .as_bytes(),
                &["data created"],
            ),)*
        ]
    };
}

/// The folder of all messages about records.
pub(super) const OF_KINDS: &str = "data/";

pub(super) const SAMPLES: &[Sample] = with_kinds![
    Sample::new(
        "data",
        "Records of two users were created and updated",
        sample!("human-api/data"),
        &["data created", "data updated"],
    ),
    Sample::new(
        "order-status",
        "An order for records reached a state (older form)",
        sample!("human-api/order-status"),
        &["order status"],
    ),
    Sample::new(
        "orders.OrderSummaryUpdated",
        "An order ended, with the reports that it gave",
        sample!("human-api/orders.OrderSummaryUpdated"),
        &["orders.OrderSummaryUpdated"],
    ),
    Sample::new(
        "integrations.VendorNoteCreated",
        "A note was written about an order for records",
        sample!("human-api/integrations.VendorNoteCreated"),
        &["integrations.VendorNoteCreated"],
    ),
    Sample::new("empty", "An array without items", b"[]", &[]),
    Sample::new(
        "mixed",
        "Good items beside a bad and an unknown one: none is lost",
        sample!("human-api/mixed"),
        &["data created", "invalid item", "unknown item", "data updated"],
    ),
    Sample::new(
        "unknown",
        "A type that is not known (made up): answer 200",
        sample!("human-api/unknown"),
        &["unknown orders.SomethingNew"],
    ),
    ;
    "activities" => "A segment of activity is new",
    "activities/summaries" => "The activity of a day is new",
    "blood_glucose/readings" => "A blood glucose reading is new",
    "blood_oxygen/readings" => "A blood oxygen reading is new",
    "blood_pressure/readings" => "A blood pressure reading is new",
    "bmi/readings" => "A body mass index is new",
    "body_fat/readings" => "A share of body fat is new",
    "heart_rate/readings" => "A heart rate reading is new",
    "heart_rate/summaries" => "A summary of heart rates is new",
    "height/readings" => "A height is new",
    "weight/readings" => "A weight is new",
    "locations" => "A location is new",
    "food/meals" => "A meal is new",
    "sleeps" => "A segment of sleep is new",
    "sleeps/summaries" => "A summary of sleep is new",
    "genetic/traits" => "A genetic trait is new",
    "profile" => "The wellness profile is new",
    "sources" => "A connected source, or its organization, is new",
    "medical/profile" => "The medical profile is new",
    "medical/allergies" => "An allergy is new",
    "medical/encounters" => "An encounter is new",
    "medical/medications" => "A medication is new",
    "medical/test_results" => "A test result is new",
    "medical/vitals" => "Vital signs are new",
    "medical/plans_of_care" => "A plan of care is new",
    "medical/procedures" => "A procedure is new",
    "medical/functional_statuses" => "A functional status is new",
    "medical/immunizations" => "An immunization is new",
    "medical/issues" => "An issue is new",
    "medical/instructions" => "An instruction is new",
    "medical/narratives" => "A narrative is new",
    "medical/ccds" => "A continuity of care document is new",
    "medical/social_history" => "Social history is new (not sent yet, by the guide)",
    "medical/organizations" => "An organization is new (sent as a source, by the guide)",
    "medical/demographics" => "Demographics are new (deprecated, not sent)",
    "medical/reports" => "A report is new",
];
