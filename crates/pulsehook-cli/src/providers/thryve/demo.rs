//! Thryve's part of the demonstration.

use std::time::{SystemTime, UNIX_EPOCH};

use pulsehook_axum::signature::encode_base64;
use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::thryve::testing::{compress, sign, unsigned};
use pulsehook_axum::{SigningKey, SigningKeys};

use super::samples::SAMPLES;
use super::{Configured, SIGNATURE, TIMESTAMP, is_push, of_secrets};
use crate::demo::kit::{Case, Kit, KitError, random_hex, random_key};
use crate::demo::spoilt::Signed;
use crate::request::Request;
use crate::samples::{Sample, sample};
use crate::secrets::{AUTHORIZATION, InHeader, Secrets};

const ENCODING: &str = "content-encoding";

/// What the demonstration unpacks at most.
const DECOMPRESSED_LIMIT: usize = 256 * 1024;

/// The secrets of a run, and what they make.
struct OfRun {
    key: SigningKey,
    /// The value of the header of the first endpoint.
    bearer: String,
    /// That of the second.
    basic: String,
    /// The time of the run, in milliseconds.
    millis: String,
}

impl OfRun {
    fn new() -> Result<Self, KitError> {
        let password = random_hex()?;
        let pair = format!("thryve:{password}");
        Ok(Self {
            key: random_key()?,
            bearer: format!("Bearer {}", random_hex()?),
            basic: format!("Basic {}", encode_base64(pair.as_bytes())),
            millis: SystemTime::now()
                .duration_since(UNIX_EPOCH)?
                .as_millis()
                .to_string(),
        })
    }

    /// Makes a request with both proofs, for the first endpoint.
    fn signed(&self, body: impl Into<Vec<u8>>) -> SignedRequest {
        self.signed_by(&self.key, body)
    }

    fn signed_by(&self, key: &SigningKey, body: impl Into<Vec<u8>>) -> SignedRequest {
        sign(key, body.into(), &self.millis).with_header(AUTHORIZATION, &self.bearer)
    }

    /// Makes a data push with both proofs.
    fn pushed(&self, frames: impl Into<Vec<u8>>) -> SignedRequest {
        // It is there already unless the frames are wrapped.
        self.signed(frames).with_header(ENCODING, "zstd")
    }

    /// Makes a request with user and password, for the second endpoint.
    fn with_password(&self, body: &'static [u8]) -> Request {
        let request = unsigned(body).with_header(AUTHORIZATION, &self.basic);
        Request::from(request).at("/basic")
    }
}

/// Makes the kit.
pub(super) fn kit() -> Result<Kit, KitError> {
    let secrets = OfRun::new()?;
    let mut cases = sampled(&secrets);
    cases.extend(other_forms(&secrets));
    cases.extend(unproven(&secrets)?);
    cases.extend(bad_bodies(&secrets));
    let notification = sample!("thryve/notification.data.daily.createupdate");
    let spoilt = Signed {
        good: &Case::new("notification", secrets.signed(notification))
            .decoded(["notification.data.daily.createupdate"]),
        header: SIGNATURE,
        by_stranger: secrets.signed_by(&random_key()?, notification),
        undecodable: secrets.signed(br#"{"endUserId":"u-5512","type":"#),
    };
    cases.extend(spoilt.cases());

    let key = SigningKeys::from(secrets.key.clone());
    let header = |value: &str| -> Result<_, KitError> {
        Ok(InHeader {
            name: AUTHORIZATION.to_owned(),
            values: SigningKey::from_text(value)?.into(),
        })
    };
    let endpoint = |secrets: Secrets, is_strict: bool| {
        Configured::new(secrets, "", move |secrets| {
            let builder = of_secrets(secrets)?.decompressed_limit(DECOMPRESSED_LIMIT);
            match is_strict {
                true => builder.strict().build(),
                false => builder.build(),
            }
        })
    };
    let both = Secrets {
        in_header: Some(header(&secrets.bearer)?),
        ..Secrets::of_keys(key.clone())
    };
    let basic = Secrets {
        in_header: Some(header(&secrets.basic)?),
        ..Secrets::default()
    };
    Ok(Kit {
        endpoints: vec![
            ("", endpoint(both, false)),
            ("/basic", endpoint(basic, false)),
            ("/strict", endpoint(Secrets::of_keys(key), true)),
        ],
        cases,
    })
}

/// Makes the messages of all formats.
fn sampled(secrets: &OfRun) -> Vec<Case> {
    let case = |sample: &Sample| {
        let body = sample.body()?;
        let request = if body.starts_with(RETIRED) {
            // No signature is documented for them.
            secrets.with_password(body)
        } else if is_push(body) {
            secrets.pushed(compress(body)).into()
        } else {
            secrets.signed(body).into()
        };
        Some(Case::of(sample, request))
    };
    SAMPLES.iter().filter_map(case).collect()
}

/// How the messages of the retired formats begin.
const RETIRED: &[u8] = br#"{"sourceUpdate""#;

const CREATE: &str = "event.data.epoch.create";

fn push() -> &'static [u8] {
    sample!("thryve/event.data.epoch.create")
}

/// Makes pushes in other forms than the documented one, which are taken all the same.
fn other_forms(secrets: &OfRun) -> Vec<Case> {
    let frame = compress(push());
    let wrapped = encode_base64(&frame);
    let (first, second) = push().split_at(push().len() / 2);
    let frames = [compress(first), compress(second)].concat();
    let signature = |request: &Request| {
        request
            .header_text(SIGNATURE)
            .unwrap_or_default()
            .to_owned()
    };
    let over_frame = signature(&secrets.pushed(frame.clone()).into());
    let dashed = Request::from(secrets.pushed(frame.clone()));
    vec![
        Case::new("push, not compressed", secrets.signed(push())).decoded([CREATE]),
        Case::new(
            "push without encoding header",
            dashed.clone().without_header(ENCODING),
        )
        .decoded([CREATE]),
        Case::new("push in two frames", secrets.pushed(frames)).decoded([CREATE]),
        Case::new("push in base64", secrets.pushed(wrapped.clone())).decoded([CREATE]),
        Case::new(
            "push in base64, frame signed",
            secrets.pushed(wrapped).with_header(SIGNATURE, over_frame),
        )
        .decoded([CREATE]),
        Case::new(
            "headers with underscores",
            dashed
                .clone()
                .without_header(SIGNATURE)
                .without_header(TIMESTAMP)
                .with_header("x_hmac_signature", signature(&dashed))
                .with_header("x_hmac_timestamp", &secrets.millis),
        )
        .decoded([CREATE]),
        Case::new(
            "strict: push as documented",
            Request::from(secrets.pushed(frame)).at("/strict"),
        )
        .decoded([CREATE]),
    ]
}

/// Makes good messages whose proof is not.
fn unproven(secrets: &OfRun) -> Result<Vec<Case>, KitError> {
    let frame = compress(push());
    let good = Request::from(secrets.pushed(frame.clone()));
    let without = |name| good.clone().without_header(name);
    let other_value = |value: &str| without(AUTHORIZATION).with_header(AUTHORIZATION, value);
    let stranger = format!("Bearer {}", random_hex()?);
    let wrong_password = format!("Basic {}", encode_base64(b"thryve:wrong"));
    let v5 = Request::from(unsigned(sample!("thryve/v5-connected"))).at("/basic");
    Ok(vec![
        Case::new("no authorization", without(AUTHORIZATION)).refused(401, "missing-credential"),
        Case::new("wrong authorization", other_value(&stranger))
            .refused(401, "credential-mismatch"),
        Case::new(
            "authorization sent twice",
            good.clone().with_header(AUTHORIZATION, &secrets.bearer),
        )
        .refused(401, "repeated-header"),
        Case::new("no password", v5.clone()).refused(401, "missing-credential"),
        Case::new(
            "wrong password",
            v5.with_header(AUTHORIZATION, &wrong_password),
        )
        .refused(401, "credential-mismatch"),
        Case::new("no time stamp", without(TIMESTAMP)).refused(401, "missing-header"),
        Case::new(
            "other time stamp",
            without(TIMESTAMP).with_header(TIMESTAMP, "1700000000000"),
        )
        .refused(401, "signature-mismatch"),
        Case::new(
            "decompressed JSON signed",
            Request::from(secrets.signed(push())).with_body(frame),
        )
        .refused(401, "signature-mismatch"),
    ])
}

/// Makes proven requests whose bodies are no message.
fn bad_bodies(secrets: &OfRun) -> Vec<Case> {
    let frame = compress(push());
    let bomb = compress(vec![b' '; DECOMPRESSED_LIMIT + 1]);
    let undecodable = |name, request: SignedRequest| Case::new(name, request);
    let strict = |name, request: Request| Case::new(name, request.at("/strict"));
    vec![
        undecodable("decompression bomb", secrets.pushed(bomb)).refused(413, "undecodable"),
        undecodable("truncated frame", secrets.pushed(&frame[..frame.len() - 5]))
            .refused(400, "undecodable"),
        undecodable("unknown compression", secrets.signed(b"\x1f\x8b\x08\x00"))
            .refused(400, "undecodable"),
        undecodable("empty body", secrets.signed(b"")).refused(400, "undecodable"),
        undecodable(
            "no endUserId",
            secrets.signed(br#"{"type":"notification.source.connect","data":{"dataSourceId":8}}"#),
        )
        .refused(400, "undecodable"),
        undecodable("no type", secrets.signed(br#"{"endUserId":"u-5512"}"#))
            .refused(400, "undecodable"),
        strict(
            "strict: push in base64",
            secrets.pushed(encode_base64(&frame)).into(),
        )
        .refused(400, "undecodable"),
        strict(
            "strict: no encoding header",
            Request::from(secrets.signed(frame)).without_header(ENCODING),
        )
        .refused(400, "undecodable"),
    ]
}
