//! Metriport.

use std::time::Duration;

use pulsehook_axum::ConfigError;
use pulsehook_axum::metriport::testing::sign;
use pulsehook_axum::metriport::{Api, Event, Metriport};
use pulsehook_axum::signature::Tolerance;
use pulsehook_axum::testing::SignedRequest;
use serde::Deserialize;

use super::delivering::{self, Delivering, Retries};
use super::{
    Configured, Entry, Listed, MacEncoding, Message, Moment, Setup, SetupSecret, SignatureHeader,
};
use crate::config::{Fault, Members, counted};
use crate::demo::kit::{Case, Kit, KitError, random_key};
use crate::demo::spoilt::Signed;
use crate::edit;
use crate::request::Request;
use crate::secrets::Secrets;

mod samples;

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
    samples: samples::SAMPLES,
    delivering: DELIVERING,
    setup: SETUP,
};

const SETUP: Setup = Setup {
    about: "Metriport. Set the webhook URL in the dashboard: https://HOST/hooks/metriport",
    secrets: &[SetupSecret {
        member: "keys",
        what: "the webhook key of the account, from Metriport's dashboard",
        about: "The webhook key of the account, from the dashboard; it is the key as it is written.",
        with: "",
        variable: "METRIPORT_WEBHOOK_KEY",
        file: "metriport-webhook-key",
    }],
    further: r#"
# The largest body; a larger one is answered 413.
# body_limit = "32 MiB"

# By how much `meta.when` may differ from the clock. Retries keep the time of the first attempt, so
# late ones are refused then.
# tolerance = "1h"
"#,
};

const DELIVERING: Delivering = Delivering {
    deadline: |message| match ping_of(message) {
        Some(_) => Duration::from_secs(2),
        None => Duration::from_secs(5),
    },
    is_success: |message, answer| {
        delivering::is_2xx(answer)
            && ping_of(message).is_none_or(|ping| {
                let pong: Option<Pong> = serde_json::from_slice(&answer.body).ok();
                pong.is_some_and(|pong| pong.pong == ping)
            })
    },
    success: "a status from 200 to 299 within 5 seconds, and for a ping its pong within 2",
    retries: Retries::Never(
        "Metriport does not try again by itself: its customer can ask for it. It is sent once",
    ),
    with_own_ids: |body, ids| {
        let text = std::str::from_utf8(body).ok()?;
        let id = format!("\"{}\"", ids.uuid(0));
        edit::replace(text, &["meta", "messageId"], &id).map(String::into_bytes)
    },
};

#[derive(Deserialize)]
struct Ping {
    ping: String,
}

#[derive(Deserialize)]
struct Pong {
    pong: String,
}

/// Returns the word of a ping, which must be answered.
fn ping_of(message: &Message) -> Option<String> {
    let Message::Body(body) = message else {
        return None;
    };
    let ping: Option<Ping> = serde_json::from_slice(body).ok();
    ping.map(|ping| ping.ping)
}

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

fn demo() -> Result<Kit, KitError> {
    let (key, stranger) = (random_key()?, random_key()?);
    let samples = samples::SAMPLES.iter();
    let mut cases: Vec<_> = samples
        .filter_map(|sample| Some(Case::of(sample, sign(&key, sample.body()?))))
        .collect();
    let admit = |case: &&Case| case.name == "patient.admit";
    let good = cases.iter().find(admit).cloned();
    let good = good.ok_or("there is no such sample")?;
    let base = &good.request;
    let signed = Signed {
        good: &good,
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
