//! Metriport.

use pulsehook_axum::ConfigError;
use pulsehook_axum::metriport::testing::sign;
use pulsehook_axum::metriport::{Api, Event, Metriport};
use pulsehook_axum::signature::Tolerance;
use pulsehook_axum::testing::SignedRequest;

use super::{Configured, Entry, Listed, MacEncoding, Message, Moment, SignatureHeader};
use crate::config::{Fault, Members, counted};
use crate::demo::kit::{Case, Kit, KitError, random_key, sample};
use crate::demo::spoilt::Signed;
use crate::request::Request;
use crate::secrets::Secrets;

pub(super) const ENTRY: Entry = Entry {
    name: "metriport",
    configure,
    title: "Metriport",
    usual_secret: "keys",
    demo,
    sign: send,
    signature: Some(SignatureHeader {
        name: SIGNATURE,
        encoding: MacEncoding::Hex,
        timestamp: None,
        nonce: None,
        joined: false,
        compresses: false,
    }),
};

const SIGNATURE: &str = "x-metriport-signature";
const VERIFIED: &str = "HMAC-SHA256 of the body (x-metriport-signature)";

impl Listed for Metriport {
    type Api = Api;

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
    let tolerance = members.duration("tolerance")?;
    let legacy = members.keys("danger_accept_webhook_key")?;
    let accepts_legacy = legacy.is_some();
    let make = move |secrets: &Secrets| {
        let keys = secrets.keys.clone().ok_or(ConfigError::NothingVerified)?;
        let mut provider = Metriport::new(keys);
        if let Some(both) = tolerance {
            provider = provider.with_tolerance(Tolerance::new(both));
        }
        if let Some(legacy) = &legacy {
            provider = provider.danger_accept_webhook_key(legacy.clone());
        }
        Ok(provider)
    };
    let secrets = Secrets::of_keys(keys);
    let mut configured = Configured::new(secrets, format!("{VERIFIED}, {count}"), make);
    if accepts_legacy {
        configured.warn(
            "accepts the retired header x-webhook-key, which does not protect the body \
             (danger_accept_webhook_key)",
        );
    }
    Ok(configured)
}

fn send(secrets: &Secrets, message: Message, _: &Moment) -> Request {
    let Message::Body(body) = message else {
        return Request::new("HEAD", "");
    };
    match secrets.first_key() {
        Some(key) => sign(key, body).into(),
        None => SignedRequest::post_json(body).into(),
    }
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
        header: SIGNATURE,
        by_stranger: sign(&stranger, base.body().clone()),
        undecodable: sign(&key, br#"{"meta":{"type":"patient.admit"#.as_slice()),
    };
    cases.extend(signed.cases());
    let configured = Configured::new(Secrets::of_keys(key), VERIFIED, |secrets| {
        let keys = secrets.keys.clone().ok_or(ConfigError::NothingVerified)?;
        Ok(Metriport::new(keys))
    });
    Ok(Kit {
        endpoints: vec![("", configured)],
        cases,
    })
}
