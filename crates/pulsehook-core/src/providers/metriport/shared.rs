//! Members that several messages share: those that identify a patient (Metriport's page
//! "Receiving Webhooks", read November 2026).

/// Declares a struct that begins with the members that identify a patient.
///
/// A struct within the struct would need serde's `flatten`, which buffers what it decodes.
macro_rules! of_patient {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($members:tt)*
        }
    ) => {
        $(#[$meta])*
        ///
        /// `Debug` prints health data.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            /// Metriport's id of the patient.
            pub patient_id: $crate::Text,
            /// The application's own id of the patient.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub external_id: Option<$crate::Text>,
            /// Ids of the patient in connected record systems, by the name of the system. A system
            /// with `null` for its ids is left out.
            #[serde(
                default,
                deserialize_with = "crate::providers::metriport::wire::optional_ids",
                skip_serializing_if = "Option::is_none"
            )]
            pub additional_ids:
                Option<std::collections::BTreeMap<$crate::Text, Vec<$crate::Text>>>,
            $($members)*
        }
    };
}

pub(super) use of_patient;
