//! Metriport's messages.

use crate::samples::{Sample, sample};

/// Makes samples whose names are their types, their file names, and what they are decoded to.
macro_rules! samples {
    ($($name:literal => $meaning:literal,)*; $($unknown:literal => $told:literal,)*) => {
        &[
            Sample::new("ping", "Tests the endpoint when its URL is saved", sample!("metriport/ping"), &["ping"])
                .answered(r#"{"pong":"k3Jq_0Zr-8sVwXyT1aBcD"}"#),
            $(Sample::new($name, $meaning, sample!("metriport/", $name), &[$name]),)*
            $(Sample::new(
                $unknown,
                $told,
                sample!("metriport/", $unknown),
                &[concat!("unknown ", $unknown)],
            ),)*
        ]
    };
}

pub(super) const SAMPLES: &[Sample] = samples![
    "medical.document-download" => "Documents of patients were fetched, or could not be",
    "medical.document-conversion" => "Documents of patients were converted to FHIR",
    "medical.document-bulk-download-urls" => "Links to all documents of a patient are ready",
    "medical.document-bulk-download-paged" => "A page of links to a patient's documents is ready",
    "medical.consolidated-data" => "The data that were asked for are ready, as a FHIR bundle",
    "medical.bulk-patient-create" => "How the creation of a list of patients stands: in progress, done or failed",
    "patient.admit" => "A patient was admitted",
    "patient.transfer" => "A patient was moved",
    "patient.discharge" => "A patient was discharged",
    "patient.pharmacy" => "A medication was dispensed to a patient",
    "patient.laboratory" => "A laboratory result of a patient came in",
    "network-query.hie" => "One source of a query of health information exchanges has answered",
    "network-query.pharmacy" => "One source of a query of pharmacies has answered",
    "network-query.lab" => "One source of a query of laboratories has answered",
    "network-query.hie.first-data-ready" => "The first data of a query that still goes on are ready",
    "message.status" => "A message that was sent arrived, or did not",
    "devices.provider-connected" => "A user connected a provider of device data (retired product)",
    "devices.provider-disconnected" => "A user disconnected a provider of device data (retired product)",
    "devices.health-data" => "Data of a user's devices came in (retired product)",
    ;
    "message.received" => "A message came in (announced, no form published)",
    "ias.identity.verified" => "A person's identity was proven (announced, no form published)",
    "patient.discharge-summary" => "A summary of a stay is ready (no form published)",
    "example.something-new" => "A type that is not known (made up): answer 200",
];
