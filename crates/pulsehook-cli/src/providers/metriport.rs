//! Metriport.

use pulsehook_axum::SigningKeys;
use pulsehook_axum::metriport::testing::sign;
use pulsehook_axum::metriport::{Event, Metriport};
use pulsehook_axum::signature::Tolerance;

use super::{Configured, Entry, Listed};
use crate::config::{Fault, Members, counted};
use crate::demo::kit::{Case, Kit, KitError, random_key, sample};
use crate::demo::spoilt::Signed;

pub(super) const ENTRY: Entry = Entry {
    name: "metriport",
    configure,
    demo,
};

const VERIFIED: &str = "HMAC-SHA256 of the body (x-metriport-signature)";

impl Listed for Metriport {
    fn event_type(event: &Event) -> String {
        match event {
            Event::Unknown(unknown) => format!("unknown {}", unknown.meta.message_type),
            known => known.event_type().to_string(),
        }
    }
}

fn configure(members: &mut Members<'_>) -> Result<Configured, Fault> {
    let keys = members.required_keys("keys")?;
    let count = counted(keys.len(), "key");
    let mut provider = Metriport::new(keys);
    if let Some(both) = members.duration("tolerance")? {
        provider = provider.with_tolerance(Tolerance::new(both));
    }
    let legacy = members.keys("danger_accept_webhook_key")?;
    let accepts_legacy = legacy.is_some();
    if let Some(legacy) = legacy {
        provider = provider.danger_accept_webhook_key(legacy);
    }
    let mut configured = Configured::new(provider, format!("{VERIFIED}, {count}"));
    if accepts_legacy {
        configured.warn(
            "accepts the retired header x-webhook-key, which does not protect the body \
             (danger_accept_webhook_key)",
        );
    }
    Ok(configured)
}

/// Lists the samples by their types, which are their file names and what they must decode to.
macro_rules! samples {
    ($($event_type:literal),* $(,)?) => {
        [$(($event_type, sample!("metriport/", $event_type))),*]
    };
}

fn demo() -> Result<Kit, KitError> {
    let (key, stranger) = (random_key()?, random_key()?);
    let ping = sign(&key, sample!("metriport/ping"));
    let mut cases =
        vec![Case::new("ping", ping).answered("ping", r#"{"pong":"k3Jq_0Zr-8sVwXyT1aBcD"}"#)];
    let samples = samples![
        "medical.document-download",
        "medical.document-conversion",
        "medical.document-bulk-download-urls",
        "medical.document-bulk-download-paged",
        "medical.consolidated-data",
        "medical.bulk-patient-create",
        "patient.admit",
        "patient.transfer",
        "patient.discharge",
        "patient.pharmacy",
        "patient.laboratory",
        "network-query.hie",
        "network-query.pharmacy",
        "network-query.lab",
        "network-query.hie.first-data-ready",
        "message.status",
        "devices.provider-connected",
        "devices.provider-disconnected",
        "devices.health-data",
    ];
    cases.extend(
        samples.map(|(event_type, body)| {
            Case::new(event_type, sign(&key, body)).decoded([event_type])
        }),
    );
    // No form is published for the first three; the last is made up.
    let unpublished = samples![
        "message.received",
        "ias.identity.verified",
        "patient.discharge-summary",
        "example.something-new",
    ];
    cases.extend(unpublished.map(|(event_type, body)| {
        Case::new(event_type, sign(&key, body)).decoded([&*format!("unknown {event_type}")])
    }));
    let base = sign(&key, sample!("metriport/patient.admit"));
    let signed = Signed {
        good: &Case::new("patient.admit", base.clone()).decoded(["patient.admit"]),
        header: "x-metriport-signature",
        by_stranger: sign(&stranger, base.body().clone()),
        undecodable: sign(&key, br#"{"meta":{"type":"patient.admit"#.as_slice()),
    };
    cases.extend(signed.cases());
    let metriport = Metriport::new(SigningKeys::from(key));
    Ok(Kit {
        endpoints: vec![("", Configured::new(metriport, VERIFIED))],
        cases,
    })
}
