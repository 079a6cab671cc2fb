//! Human API.

use std::time::{SystemTime, UNIX_EPOCH};

use pulsehook_axum::human_api::testing::sign;
use pulsehook_axum::human_api::{Api, Event, HumanApi};
use pulsehook_axum::signature::Tolerance;
use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::{ConfigError, SigningKey, SigningKeys};

use super::{Configured, Entry, Listed, MacEncoding, Message, Moment, SignatureHeader};
use crate::config::{Fault, Members, counted};
use crate::demo::kit::{Case, Kit, KitError, random_digits, random_key, sample};
use crate::demo::spoilt::Signed;
use crate::request::Request;
use crate::secrets::Secrets;

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
        None => SignedRequest::post_json(body).into(),
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
    let base = signed(sample!("human-api/data"));
    let good =
        Case::new("data notification", base.clone()).decoded(["data created", "data updated"]);
    let mut cases = vec![
        Case::new("documented example", example).decoded(["unknown item"]),
        good.clone(),
        Case::new("order status", signed(sample!("human-api/order-status")))
            .decoded(["order status"]),
        Case::new(
            "order summary",
            signed(sample!("human-api/orders.OrderSummaryUpdated")),
        )
        .decoded(["orders.OrderSummaryUpdated"]),
        Case::new(
            "vendor note",
            signed(sample!("human-api/integrations.VendorNoteCreated")),
        )
        .decoded(["integrations.VendorNoteCreated"]),
        Case::new("empty array", signed(b"[]")).decoded([]),
        Case::new("bad item among good", signed(sample!("human-api/mixed"))).decoded([
            "data created",
            "invalid item",
            "unknown item",
            "data updated",
        ]),
        Case::new("unknown type", signed(sample!("human-api/unknown")))
            .decoded(["unknown orders.SomethingNew"]),
    ];
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
