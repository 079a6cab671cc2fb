//! The vectors of signatures as cases: every one a request of its own, to an endpoint of its own.

use std::collections::BTreeMap;

use pulsehook_core::signature::decode_base64_up_to;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cases::{Case, Expect, Meets, accepted, pong, refused};
use crate::client::Request;
use crate::endpoints::{Endpoints, VectorEndpoint, VectorKey};

/// The vectors that verify and do not decode, so that they are answered 400, and why.
const UNDECODABLE: [(&str, &str, &str); 6] = [
    ("metriport", "empty-object", "no member names a type"),
    ("metriport", "empty-body", "nothing is no JSON"),
    (
        "metriport",
        "lone-surrogate-escape",
        "half a character in a member",
    ),
    ("metriport", "duplicate-keys", "two values of one member"),
    ("metriport", "not-json", "text is no JSON"),
    ("thryve", "plain_arithmetic", "no member names a type"),
];

/// A secret or a public key, stored in two halves.
#[derive(Deserialize)]
#[serde(untagged)]
enum Halves {
    Whole(String),
    Halves([String; 2]),
}

impl Halves {
    fn join(self) -> String {
        match self {
            Self::Whole(whole) => whole,
            Self::Halves(halves) => halves.concat(),
        }
    }
}

/// An entry of Metriport's or Human API's file; `valid` speaks of the signature alone.
#[derive(Deserialize)]
struct Vector {
    name: String,
    key: Halves,
    body: String,
    signature: String,
    timestamp: Option<String>,
    nonce: Option<String>,
    valid: bool,
}

pub(crate) fn metriport() -> (Endpoints, Vec<Case>) {
    let vectors = read::<Vec<Vector>>("metriport").into_iter();
    cases(
        "metriport",
        60,
        vectors.map(|vector| Entry {
            headers: vec![("x-metriport-signature".into(), vector.signature.clone())],
            ..Entry::of(vector, VectorKey::Metriport)
        }),
    )
}

pub(crate) fn human_api() -> (Endpoints, Vec<Case>) {
    let vectors = read::<Vec<Vector>>("human-api").into_iter();
    cases(
        "human-api",
        24,
        vectors.map(|mut vector| Entry {
            headers: vec![
                ("x-humanapi-signature".into(), vector.signature.clone()),
                (
                    "x-humanapi-timestamp".into(),
                    vector.timestamp.take().expect("a time stamp"),
                ),
                (
                    "x-humanapi-nonce".into(),
                    vector.nonce.take().expect("a nonce"),
                ),
            ],
            ..Entry::of(vector, VectorKey::HumanApi)
        }),
    )
}

/// An entry of the Standard Webhooks file, whose provider is an example outside of ours.
#[derive(Deserialize)]
struct StandardVector {
    name: String,
    secret: Option<Halves>,
    public_key: Option<Halves>,
    now: u64,
    headers: BTreeMap<String, String>,
    body: String,
    expect: String,
}

#[derive(Deserialize)]
struct StandardFile {
    vectors: Vec<StandardVector>,
}

pub(crate) fn standard_webhooks() -> (Endpoints, Vec<Case>) {
    const INVALID: [&str; 5] = [
        "invalid_signature",
        "missing_header",
        "malformed_header",
        "too_old",
        "too_new",
    ];
    let vectors = read::<StandardFile>("standard-webhooks")
        .vectors
        .into_iter();
    cases(
        "standard-webhooks",
        28,
        vectors.map(|vector| {
            let valid = vector.expect == "valid";
            assert!(
                valid || INVALID.contains(&&*vector.expect),
                "{}",
                vector.expect
            );
            Entry {
                key: match (vector.secret, vector.public_key) {
                    (Some(secret), None) => VectorKey::StandardSecret(secret.join()),
                    (None, Some(public)) => VectorKey::StandardPublic(public.join()),
                    _ => panic!("{}: a vector has one key", vector.name),
                },
                name: vector.name,
                now: Some(vector.now),
                headers: vector.headers.into_iter().collect(),
                body: vector.body.into_bytes(),
                valid,
            }
        }),
    )
}

/// An entry of Thryve's file, whose bodies are base64 because frames are no text.
#[derive(Deserialize)]
struct ThryveVector {
    name: String,
    key: Halves,
    names: String,
    body: String,
    timestamp: String,
    signature: String,
    expect: String,
}

pub(crate) fn thryve() -> (Endpoints, Vec<Case>) {
    const OUTCOMES: [&str; 4] = [
        "valid",
        "undecodable",
        "signature-mismatch",
        "malformed-header",
    ];
    let vectors = read::<Vec<ThryveVector>>("thryve").into_iter();
    cases(
        "thryve",
        21,
        vectors.map(|vector| {
            assert!(OUTCOMES.contains(&&*vector.expect), "{}", vector.expect);
            let [signature, timestamp] = match &*vector.names {
                "dashed" => ["x-hmac-signature", "x-hmac-timestamp"],
                "underscored" => ["x_hmac_signature", "x_hmac_timestamp"],
                other => panic!("{}: {other}", vector.name),
            };
            Entry {
                key: VectorKey::Thryve(vector.key.join()),
                name: vector.name,
                now: None,
                headers: vec![
                    (signature.into(), vector.signature),
                    (timestamp.into(), vector.timestamp),
                ],
                body: decode_base64_up_to(vector.body.as_bytes(), 1 << 16).expect("base64"),
                valid: ["valid", "undecodable"].contains(&&*vector.expect),
            }
        }),
    )
}

/// A vector, whichever provider's.
struct Entry {
    name: String,
    key: VectorKey,
    now: Option<u64>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    valid: bool,
}

impl Entry {
    fn of(vector: Vector, key: fn(String) -> VectorKey) -> Self {
        Self {
            name: vector.name,
            key: key(vector.key.join()),
            now: None,
            headers: Vec::new(),
            body: vector.body.into_bytes(),
            valid: vector.valid,
        }
    }
}

fn read<T: DeserializeOwned>(provider: &str) -> T {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/fixtures/{provider}/vectors.json");
    let text = std::fs::read_to_string(path).expect("the fixture");
    serde_json::from_str(&text).expect("vectors")
}

/// Makes an endpoint and a case of every vector; there are so many.
fn cases(
    provider: &'static str,
    count: usize,
    entries: impl Iterator<Item = Entry>,
) -> (Endpoints, Vec<Case>) {
    let mut endpoints = Vec::new();
    let mut cases = Vec::new();
    for (index, entry) in entries.enumerate() {
        let label = format!("{provider}-{index}");
        cases.push(case(provider, &label, &entry));
        endpoints.push(VectorEndpoint {
            label,
            key: entry.key,
            now: entry.now,
        });
    }
    assert_eq!(cases.len(), count);
    for (_, name, _) in UNDECODABLE.iter().filter(|(whose, ..)| *whose == provider) {
        let status = |case: &Case| case.name.ends_with(name).then_some(case.expect.status);
        assert_eq!(cases.iter().find_map(status), Some(400), "{name}");
    }
    (Endpoints::Vectors(endpoints), cases)
}

fn case(provider: &'static str, label: &str, entry: &Entry) -> Case {
    let mut request = Request::post(format!("/hooks/{label}"), entry.body.clone());
    for (name, value) in &entry.headers {
        request = request.header(name, value);
    }
    // An HTTP stack strips blanks around a value.
    let blanks = |(_, value): &(String, String)| value.trim() != value;
    let meets = if entry.headers.iter().any(blanks) {
        Meets::CoreAlone
    } else {
        Meets::All
    };
    Case {
        name: format!("{provider} vector: {}", entry.name),
        request,
        expect: Expect {
            meets,
            ..expect(provider, label, entry)
        },
    }
}

fn expect(provider: &'static str, label: &str, entry: &Entry) -> Expect {
    let undecodable =
        |(whose, name, _): &(&str, &str, &str)| *whose == provider && *name == entry.name;
    if !entry.valid {
        return refused(401);
    }
    if UNDECODABLE.iter().any(undecodable) {
        return refused(400);
    }
    let ping = || {
        let body: Value = serde_json::from_slice(&entry.body).expect(&entry.name);
        body["ping"].as_str().map(str::to_owned)
    };
    match (provider == "metriport").then(ping).flatten() {
        Some(ping) => pong(serde_json::json!({ "pong": ping }).to_string()),
        None => accepted(vec![
            ("provider", provider.into()),
            ("endpoint", label.into()),
            ("authenticity", "body-signature".into()),
        ]),
    }
}
