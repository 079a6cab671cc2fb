//! The cases: requests as they stand on the wire, and what must come of each.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use pulsehook_core::SigningKey;
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::{human_api, metriport, thryve};

use crate::client::{Answer, Request};
use crate::endpoints::{CURRENT, NOW, key};

mod acking;
mod http;
mod human_api_only;
mod metriport_only;
mod shared;
mod thryve_only;
mod withings_only;

/// A request and what must come of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) expect: Expect,
}

/// What must come of a request.
#[derive(Clone, Debug)]
pub(crate) struct Expect {
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: String,
    /// What the handler must have seen, as members of the delivery's JSON; `None` if it must not
    /// have run.
    pub(crate) delivery: Option<Vec<(&'static str, serde_json::Value)>>,
    /// A signed ping: only adapters without a paved road show it to the handler.
    pub(crate) ping: bool,
    pub(crate) meets: Meets,
    /// The connection may end without an answer, because the client broke it off; what is
    /// answered is as expected.
    pub(crate) may_be_unanswered: bool,
    /// The server answers before any of us sees the request: only the status counts.
    pub(crate) by_server: bool,
}

impl Expect {
    pub(crate) fn answer(&self) -> Answer {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Answer {
            status: self.status,
            headers: self.headers.iter().map(text).collect(),
            body: self.body.as_bytes().to_vec(),
        }
    }
}

/// Which adapters can meet a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meets {
    All,
    /// Not the core alone, since it is about framing.
    OverSockets,
    /// The core alone, since an HTTP stack changes the request.
    CoreAlone,
}

pub(crate) fn refused(status: u16) -> Expect {
    Expect {
        status,
        headers: &[],
        body: String::new(),
        delivery: None,
        ping: false,
        meets: Meets::All,
        may_be_unanswered: false,
        by_server: false,
    }
}

pub(crate) fn accepted(members: Vec<(&'static str, serde_json::Value)>) -> Expect {
    Expect {
        delivery: Some(members),
        ..refused(200)
    }
}

pub(crate) fn pong(body: impl Into<String>) -> Expect {
    Expect {
        headers: &[("content-type", "application/json")],
        body: body.into(),
        ping: true,
        ..refused(200)
    }
}

/// Is answered 500 after the handler ran, and failed.
pub(crate) fn failed(members: Vec<(&'static str, serde_json::Value)>) -> Expect {
    Expect {
        status: 500,
        ..accepted(members)
    }
}

/// Compresses a body as the `Content-Encoding` of that name says.
pub(crate) fn gzip(body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_ref()).expect("room");
    encoder.finish().expect("room")
}

/// How a provider signs, for the cases that all signed providers share.
pub(crate) struct Signed {
    /// The provider, and what else tells this entry from its others.
    pub(crate) name: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) signature: &'static str,
    pub(crate) headers: &'static [&'static str],
    pub(crate) sign: fn(&SigningKey, &[u8]) -> SignedRequest,
    /// A body of a type that is known, and one of a type that is not.
    pub(crate) known: &'static str,
    pub(crate) unknown: &'static str,
    /// The events of the one and of the other, as JSON.
    pub(crate) known_events: &'static str,
    pub(crate) unknown_events: &'static str,
    /// The body's de-duplication key: kind and value.
    pub(crate) dedup: (&'static str, &'static str),
}

/// A provider that signs is one more line here.
pub(crate) const SIGNED: &[&Signed] = &[&METRIPORT, &HUMAN_API, &THRYVE, &THRYVE_UNDERSCORED];

pub(crate) const METRIPORT: Signed = Signed {
    name: "metriport",
    provider: "metriport",
    signature: "x-metriport-signature",
    headers: &["x-metriport-signature"],
    sign: |key, body| metriport::testing::sign(key, body.to_vec()),
    known: r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://files.example/1","patientId":"p-1"}}"#,
    unknown: r#"{"meta":{"messageId":"m-2","when":"2026-02-03T04:05:06.789Z","type":"moon.rise"},"payload":{"x":1}}"#,
    known_events: r#"[{"meta":{"messageId":"m-1","type":"patient.admit","when":"2026-02-03T04:05:06.789Z"},"payload":{"patientId":"p-1","url":"https://files.example/1"}}]"#,
    unknown_events: r#"[{"meta":{"messageId":"m-2","type":"moon.rise","when":"2026-02-03T04:05:06.789Z"},"payload":{"x":1}}]"#,
    dedup: ("id", "m-1"),
};

pub(crate) const HUMAN_API: Signed = Signed {
    name: "human-api",
    provider: "human-api",
    signature: "x-humanapi-signature",
    headers: &[
        "x-humanapi-signature",
        "x-humanapi-timestamp",
        "x-humanapi-nonce",
    ],
    sign: |key, body| {
        let timestamp = format!("{NOW}000");
        human_api::testing::sign(key, body.to_vec(), &timestamp, "105850310064852240")
    },
    known: r#"[{"humanId":"h-1","updatedAt":"2021-03-04T05:06:07.089Z","action":"created","objectId":"o-1","endpoint":"https://api.humanapi.co/v1/human/sleeps"}]"#,
    unknown: r#"[{"moon":"rise"}]"#,
    known_events: r#"[{"action":"created","endpoint":"https://api.humanapi.co/v1/human/sleeps","humanId":"h-1","objectId":"o-1","updatedAt":"2021-03-04T05:06:07.089Z"}]"#,
    unknown_events: r#"[{"moon":"rise"}]"#,
    dedup: (
        "digest",
        "cb92e21bbd350c6931d8505e2092a0f731830c4c089c7d12c30d86c86f97bbee",
    ),
};

pub(crate) const THRYVE: Signed = Signed {
    name: "thryve",
    headers: &["x-hmac-signature", "x-hmac-timestamp"],
    signature: "x-hmac-signature",
    sign: |key, body| thryve::testing::sign(key, body.to_vec(), "1770091506000"),
    ..THRYVE_UNDERSCORED
};

/// Thryve's other set of names for the same headers.
const THRYVE_UNDERSCORED: Signed = Signed {
    name: "thryve, underscores",
    provider: "thryve",
    signature: "x_hmac_signature",
    headers: &["x_hmac_signature", "x_hmac_timestamp"],
    sign: |key, body| {
        let dashed = thryve::testing::sign(key, body.to_vec(), "1770091506000");
        let value = |name: &str| {
            let mut headers = dashed.headers().iter();
            let found = headers.find(|(other, _)| *other == name);
            found.map(|(_, value)| value.clone()).expect(name)
        };
        SignedRequest::post_json(body.to_vec())
            .with_header("x_hmac_signature", value("x-hmac-signature"))
            .with_header("x_hmac_timestamp", value("x-hmac-timestamp"))
    },
    known: r#"{"endUserId":"u-5512","endUserAlias":"patient-9","timestampType":"iso","type":"notification.data.daily.createupdate","data":{"startDay":"2024-01-27","endDay":"2024-01-28","dataSourceId":8,"dataTypeIds":[1000,2000]}}"#,
    unknown: r#"{"endUserId":"u-5512","timestampType":"iso","type":"moon.rise","data":{"x":1}}"#,
    known_events: r#"[{"data":{"dataSourceId":8,"dataTypeIds":[1000,2000],"endDay":"2024-01-28","startDay":"2024-01-27"},"endUserAlias":"patient-9","endUserId":"u-5512","timestampType":"iso","type":"notification.data.daily.createupdate"}]"#,
    unknown_events: r#"[{"data":{"x":1},"endUserId":"u-5512","other":{"timestampType":"iso"},"type":"moon.rise"}]"#,
    dedup: (
        "digest",
        "fd1b6a6c7be2feda0624629a742b326f92bd0bbd657fa9a5af78644f6b101955",
    ),
};

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for signed in SIGNED {
        shared::cases(signed, &mut cases);
        http::cases(signed, &mut cases);
    }
    metriport_only::cases(&mut cases);
    human_api_only::cases(&mut cases);
    withings_only::cases(&mut cases);
    thryve_only::cases(&mut cases);
    acking::cases(&mut cases);
    cases
}

pub(crate) fn request(
    signed: &Signed,
    endpoint: &str,
    secret: &str,
    body: impl AsRef<[u8]>,
) -> Request {
    on_wire(
        &(signed.sign)(&key(secret), body.as_ref()),
        &format!("/hooks/{endpoint}"),
    )
}

pub(crate) fn on_wire(signed: &SignedRequest, target: &str) -> Request {
    let mut request = Request::post(target, signed.body().to_vec()).method(signed.method());
    for (name, value) in signed.headers() {
        request = request.header(name, value);
    }
    request
}

/// A delivery that is right in every way.
pub(crate) fn good(signed: &Signed) -> Request {
    request(signed, signed.provider, CURRENT, signed.known)
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

/// What must come of [`good`].
fn known(signed: &Signed) -> Expect {
    let (kind, value) = signed.dedup;
    accepted(vec![
        ("provider", signed.provider.into()),
        ("endpoint", signed.provider.into()),
        ("authenticity", "body-signature".into()),
        ("key", "current".into()),
        (
            "dedup_key",
            serde_json::json!({"kind": kind, "value": value}),
        ),
        ("events", json(signed.known_events)),
    ])
}
