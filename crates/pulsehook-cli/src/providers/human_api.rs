//! Human API.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pulsehook_axum::human_api::testing::sign;
use pulsehook_axum::human_api::{Api, Event, HumanApi};
use pulsehook_axum::signature::Tolerance;
use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::{ConfigError, SigningKey, SigningKeys};

use super::delivering::{Delivering, Retries};
use super::{
    Configured, Entry, Listed, MacEncoding, Message, Moment, Setup, SetupSecret, SignatureHeader,
};
use crate::config::{Fault, Members, counted};
use crate::demo::kit::{Case, Kit, KitError, random_digits, random_key};
use crate::demo::spoilt::Signed;
use crate::edit;
use crate::request::Request;
use crate::secrets::Secrets;

mod samples;

pub(super) const ENTRY: Entry = Entry {
    name: "human-api",
    configure,
    title: "Human API",
    usual_secret: "keys",
    demo,
    sign: send,
    signature: Some(SignatureHeader {
        name: SIGNATURE,
        encoding: MacEncoding::Base64,
        timestamp: Some("x-humanapi-timestamp"),
        nonce: Some("x-humanapi-nonce"),
        joined: true,
        compresses: false,
    }),
    samples: samples::SAMPLES,
    delivering: DELIVERING,
    setup: SETUP,
};

const SETUP: Setup = Setup {
    about: "Human API. Its support sets the notification URL: https://HOST/hooks/human-api",
    secrets: &[SetupSecret {
        member: "keys",
        what: "the application's client secret at Human API",
        about: "The application's client secret, with which notifications are signed.",
        with: "",
        variable: "HUMAN_API_CLIENT_SECRET",
        file: "human-api-client-secret",
    }],
    further: r#"
# The largest body; a larger one is answered 413.
# body_limit = "1 MiB"

# By how much the signed time may differ from the clock. No retry schedule is documented, so a late
# retry may be refused.
# tolerance = "5m"

# Also takes signatures that are base64 of the hexadecimal MAC.
# accept_hex_signatures = true
"#,
};

const DELIVERING: Delivering = Delivering {
    deadline: |_| Duration::from_secs(3),
    is_success: |_, answer| answer.status == 200,
    success: "status 200 within 3 seconds",
    retries: Retries::Never(
        "Human API documents no retries: a delivery that fails may be lost. It is sent once",
    ),
    with_own_ids: |body, ids| {
        let text = std::str::from_utf8(body).ok()?;
        let edited = edit::replace_items(text, |number, item| {
            let object = format!("\"{}\"", ids.object(number));
            let event = format!("\"{}\"", ids.uuid(number));
            edit::replace(item, &["objectId"], &object)
                .or_else(|| edit::replace(item, &["eventId"], &event))
        });
        edited.map(String::into_bytes)
    },
};

const SIGNATURE: &str = "x-humanapi-signature";
const VERIFIED: &str = "HMAC-SHA1 of body, time stamp and nonce (x-humanapi-signature)";

impl Listed for HumanApi {
    type Api = Api;

    fn event_type(event: &Event) -> String {
        match (event, event.event_type()) {
            (Event::Data(data), _) => match &data.action {
                Some(action) => format!("data {action}"),
                None => "data".to_owned(),
            },
            (Event::OrderStatus(_), _) => "order status".to_owned(),
            (Event::Invalid(_), _) => "invalid item".to_owned(),
            (Event::Unknown(_), Some(event_type)) => format!("unknown {event_type}"),
            (Event::Unknown(_), None) => "unknown item".to_owned(),
            (_, Some(event_type)) => event_type.to_owned(),
            (_, None) => "not named yet".to_owned(),
        }
    }
}

fn configure(members: &mut Members<'_>) -> Result<Configured, Fault> {
    let keys = members.required_keys("keys")?;
    let count = counted(keys.len(), "key");
    let tolerance = members.duration("tolerance")?;
    let hex = members.flag("accept_hex_signatures")?;
    let unsigned = members.flag("danger_accept_unsigned")?;
    let make = move |secrets: &Secrets| {
        let keys = secrets.keys.clone().ok_or(ConfigError::NothingVerified)?;
        let mut provider = HumanApi::new(keys);
        if let Some(both) = tolerance {
            provider = provider.with_tolerance(Tolerance::new(both));
        }
        if hex {
            provider = provider.accept_hex_signatures();
        }
        if unsigned {
            provider = provider.danger_accept_unsigned();
        }
        Ok(provider)
    };
    let secrets = Secrets::of_keys(keys);
    let mut configured = Configured::new(secrets, format!("{VERIFIED}, {count}"), make);
    if unsigned {
        configured.warn("accepts unsigned requests from anyone (danger_accept_unsigned)");
    }
    Ok(configured)
}

fn send(secrets: &Secrets, message: Message, moment: &Moment) -> Request {
    let Message::Body(body) = message else {
        return Request::new("HEAD", "");
    };
    match secrets.first_key() {
        Some(key) => sign(key, body, &moment.millis(), &moment.nonce).into(),
        None => SignedRequest::post_json(body)
            .with_header("content-type", "application/json; charset=utf-8")
            .into(),
    }
}

fn demo() -> Result<Kit, KitError> {
    let (key, stranger) = (random_key()?, random_key()?);
    // The documentation's own example is signed with a key of its own.
    let documented = SigningKey::from_text(concat!("itsfull", "ofsecrets"))?;
    let example = sign(
        &documented,
        r#"{"contents":"supersecretstuff"}"#,
        "1403591492088",
        "105850310064852240",
    )
    // As printed there, so that nothing rests on our own signing.
    .with_header(SIGNATURE, concat!("fQkvPoMVwsZWM4", "/r4VrKlMaCOAw="));
    let keys = SigningKeys::new("random", key.clone()).with("documented", documented)?;

    let millis = SystemTime::now()
        .duration_since(UNIX_EPOCH)?
        .as_millis()
        .to_string();
    let nonce = random_digits(18)?;
    let signed = |body: &'static [u8]| sign(&key, body, &millis, &nonce);
    let mut cases = vec![Case::new("documented example", example).decoded(["unknown item"])];
    // Those of the kinds of records differ in their endpoint alone, so one is enough.
    let samples = samples::SAMPLES.iter();
    cases.extend(
        samples
            .filter(|sample| !sample.name.starts_with(samples::OF_KINDS))
            .filter_map(|sample| Some(Case::of(sample, signed(sample.body()?)))),
    );
    let good = cases.get(1).cloned().ok_or("there is no sample")?;
    let base = &good.request;
    let signed = Signed {
        good: &good,
        header: SIGNATURE,
        by_stranger: sign(&stranger, base.body().clone(), &millis, &nonce),
        undecodable: signed(br#"[{"humanId":"#),
    };
    cases.extend(signed.cases());
    let configured = Configured::new(Secrets::of_keys(keys), VERIFIED, |secrets| {
        let keys = secrets.keys.clone().ok_or(ConfigError::NothingVerified)?;
        Ok(HumanApi::new(keys))
    });
    Ok(Kit {
        endpoints: vec![("", configured)],
        cases,
    })
}
