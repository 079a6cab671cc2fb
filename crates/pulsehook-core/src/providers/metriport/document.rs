//! `medical.document-download`, `medical.document-conversion`,
//! `medical.document-bulk-download-urls` and `medical.document-bulk-download-paged`: documents of
//! patients. Metriport's pages "Receiving Webhooks" and "Receiving Webhooks (Legacy)", read
//! November 2026.

use serde::{Deserialize, Deserializer, Serialize};

use super::meta::{Meta, Status};
use super::shared::of_patient;
use super::wire;
use crate::text::Text;
use crate::time::TimeText;

/// Tells that documents which a query found were downloaded.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DocumentDownload {
    /// What identifies the message.
    pub meta: Meta,
    /// The patients, one entry each.
    pub patients: Vec<DocumentDownloadPatient>,
}

/// Tells that documents were converted to FHIR.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DocumentConversion {
    /// What identifies the message.
    pub meta: Meta,
    /// The patients, one entry each.
    pub patients: Vec<DocumentConversionPatient>,
}

/// Brings links to all documents of a patient.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DocumentBulkDownloadUrls {
    /// What identifies the message.
    pub meta: Meta,
    /// The patients, one entry each.
    pub patients: Vec<DocumentBulkDownloadPatient>,
}

/// Brings one page of links to the documents of a patient; pages come in any order.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DocumentBulkDownloadPaged {
    /// What identifies the message.
    pub meta: Meta,
    /// The patients, one entry each.
    pub patients: Vec<DocumentPagePatient>,
}

of_patient! {
    /// Holds the documents of one patient.
    pub struct DocumentDownloadPatient {
        /// How it ended for this patient.
        pub status: Status,
        /// The documents. `None`, which is not the same as empty, when the query failed or is announced
        /// again.
        #[serde(
            default,
            deserialize_with = "wire::optional_list",
            skip_serializing_if = "Option::is_none"
        )]
        pub documents: Option<Vec<Document>>,
    }
}

of_patient! {
    /// Says how a conversion ended for one patient.
    pub struct DocumentConversionPatient {
        /// How it ended for this patient.
        pub status: Status,
    }
}

of_patient! {
    /// Holds the links of one patient.
    pub struct DocumentBulkDownloadPatient {
        /// How it ended for this patient.
        pub status: Status,
        /// The documents with their links; `None` is not the same as empty.
        #[serde(
            default,
            deserialize_with = "wire::optional_list",
            skip_serializing_if = "Option::is_none"
        )]
        pub documents: Option<Vec<BulkDocument>>,
    }
}

of_patient! {
    /// Holds one page of the links of one patient.
    pub struct DocumentPagePatient {
        /// How it ended for this patient.
        pub status: Status,
        /// The documents with their links; `None` is not the same as empty.
        #[serde(
            default,
            deserialize_with = "wire::optional_list",
            skip_serializing_if = "Option::is_none"
        )]
        pub documents: Option<Vec<PagedDocument>>,
        /// Which page this is.
        #[serde(deserialize_with = "wire::object")]
        pub pagination: Pagination,
    }
}

of_document! {
    /// Describes a document.
    pub struct Document {}
}

of_document! {
    /// Describes a document with its link.
    pub struct BulkDocument {
        /// A link to the file, valid for 10 minutes. It is a credential: do not log it.
        pub url: Text,
        /// The organisations that the document comes from.
        #[serde(
            default,
            deserialize_with = "wire::optional_list",
            skip_serializing_if = "Option::is_none"
        )]
        pub organization_identifiers: Option<Vec<OrganizationIdentifiers>>,
    }
}

of_document! {
    /// Describes a document of a page with its links.
    pub struct PagedDocument {
        /// A link to the file, valid for 10 minutes. It is a credential: do not log it.
        ///
        /// How it differs from `download_url` is not published.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub url: Option<Text>,
        /// A link to the file. It is a credential: do not log it.
        pub download_url: Text,
        /// The organisations that the document comes from.
        #[serde(
            default,
            deserialize_with = "wire::optional_list",
            skip_serializing_if = "Option::is_none"
        )]
        pub organization_identifiers: Option<Vec<OrganizationIdentifiers>>,
    }
}

/// Says what a document is, in codes.
///
/// `Debug` prints health data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DocumentType {
    /// The codes, each of a code system.
    #[serde(
        default,
        deserialize_with = "wire::optional_list_of_some",
        skip_serializing_if = "Option::is_none"
    )]
    pub coding: Option<Vec<Coding>>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

/// Holds a code of a code system, for example LOINC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coding {
    /// The code system's URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<Text>,
    /// The code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
    /// What the code means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<Text>,
}

/// Identifies an organisation that a document comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrganizationIdentifiers {
    /// The organisation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Its identifiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier_values: Option<Vec<Text>>,
}

/// Says which page of several this is. Whether pages count from 0 or 1 is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pagination {
    /// The page's number.
    #[serde(deserialize_with = "page")]
    pub page: u64,
    /// How many pages there are.
    #[serde(deserialize_with = "total_pages")]
    pub total_pages: u64,
    /// How many documents there are on all pages.
    #[serde(deserialize_with = "total_items")]
    pub total_items: u64,
}

crate::string_enum! {
    /// Says whether a document is valid: the status of a FHIR DocumentReference.
    pub enum DocumentStatus {
        /// It is.
        Current = "current",
        /// Another one takes its place.
        Superseded = "superseded",
        /// It should never have been.
        EnteredInError = "entered-in-error",
    }
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    wire::optional_integer_or_text(deserializer, "size")
}

fn page<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    wire::integer(deserializer, "page")
}

fn total_pages<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    wire::integer(deserializer, "totalPages")
}

fn total_items<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    wire::integer(deserializer, "totalItems")
}

/// Declares a struct that begins with the members of every document.
macro_rules! of_document {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($members:tt)*
        }
    ) => {
        $(#[$meta])*
        ///
        /// `Debug` prints health data.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            /// The document's id.
            pub id: Text,
            /// The file's name, which looks like a path; files are asked for by it.
            pub file_name: Text,
            /// What the document is, in words.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub description: Option<Text>,
            /// Whether the document is valid.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub status: Option<DocumentStatus>,
            /// When the document was made.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub indexed: Option<TimeText>,
            /// The media type, usually `application/xml` or `application/pdf`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub mime_type: Option<Text>,
            /// The size, in bytes; on the wire a number, or text with one.
            #[serde(
                default,
                deserialize_with = "size",
                skip_serializing_if = "Option::is_none"
            )]
            pub size: Option<u64>,
            /// What the document is, in codes (`type` on the wire).
            #[serde(
                rename = "type",
                default,
                deserialize_with = "wire::optional_object",
                skip_serializing_if = "Option::is_none"
            )]
            pub document_type: Option<DocumentType>,
            $($members)*
        }
    };
}

use of_document;
