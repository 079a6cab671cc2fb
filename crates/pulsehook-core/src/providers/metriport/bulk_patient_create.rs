//! `medical.bulk-patient-create`: the course of a job that creates many patients. Metriport's page
//! "Bulk Create Patient", read November 2026.

use serde::{Deserialize, Serialize};

use super::meta::Meta;
use crate::text::Text;

/// Tells how a job that creates many patients stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BulkPatientCreate {
    /// What identifies the message.
    pub meta: Meta,
    /// The job.
    pub bulk_patient_create: BulkPatientCreateJob,
}

/// Describes a job that creates many patients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BulkPatientCreateJob {
    /// The job's id; the same as `meta.requestId`.
    pub request_id: Text,
    /// How the job stands.
    pub status: BulkPatientCreateStatus,
    /// A link to the result, a CSV file; only of a completed job, and valid for 3 minutes. It is
    /// a credential: do not log it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Text>,
    /// Why the job failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

crate::string_enum! {
    /// Says how a job that creates many patients stands.
    pub enum BulkPatientCreateStatus {
        /// It has not begun.
        Waiting = "waiting",
        /// It goes on.
        Processing = "processing",
        /// It is done.
        Completed = "completed",
        /// It did not work.
        Failed = "failed",
        /// It was not started in time.
        Expired = "expired",
    }
}
