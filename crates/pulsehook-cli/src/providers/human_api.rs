//! Human API.

use std::time::{SystemTime, UNIX_EPOCH};

use pulsehook_axum::human_api::testing::sign;
use pulsehook_axum::human_api::{Event, HumanApi};
use pulsehook_axum::signature::Tolerance;
use pulsehook_axum::{SigningKey, SigningKeys};

use super::{Configured, Entry, Listed};
use crate::config::{Fault, Members, counted};
use crate::demo::kit::{Case, Kit, KitError, random_digits, random_key, sample};
use crate::demo::spoilt::Signed;

pub(super) const ENTRY: Entry = Entry {
    name: "human-api",
    configure,
    demo,
};

const SIGNATURE: &str = "x-humanapi-signature";
const VERIFIED: &str = "HMAC-SHA1 of body, time stamp and nonce (x-humanapi-signature)";

impl Listed for HumanApi {
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
    let mut provider = HumanApi::new(keys);
    if let Some(both) = members.duration("tolerance")? {
        provider = provider.with_tolerance(Tolerance::new(both));
    }
    if members.flag("accept_hex_signatures")? {
        provider = provider.accept_hex_signatures();
    }
    let unsigned = members.flag("danger_accept_unsigned")?;
    if unsigned {
        provider = provider.danger_accept_unsigned();
    }
    let mut configured = Configured::new(provider, format!("{VERIFIED}, {count}"));
    if unsigned {
        configured.warn("accepts unsigned requests from anyone (danger_accept_unsigned)");
    }
    Ok(configured)
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
    Ok(Kit {
        endpoints: vec![("", Configured::new(HumanApi::new(keys), VERIFIED))],
        cases,
    })
}
