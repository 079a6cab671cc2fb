//! The cases: requests as they stand on the wire, and what must come of each.

use pulsehook_core::SigningKey;
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::{human_api, metriport, thryve};

use crate::client::{Answer, Framing, Request};
use crate::endpoints::{CURRENT, NEXT, NOW, key};

mod http;
mod human_api_only;
mod metriport_only;
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

/// How a provider signs, for the cases that all signed providers share.
struct Signed {
    /// The provider, and what else tells this entry from its others.
    name: &'static str,
    provider: &'static str,
    signature: &'static str,
    headers: &'static [&'static str],
    sign: fn(&SigningKey, &[u8]) -> SignedRequest,
    /// A body of a type that is known, and one of a type that is not.
    known: &'static str,
    unknown: &'static str,
    /// The body's de-duplication key: kind and value.
    dedup: (&'static str, &'static str),
}

const SIGNED: [Signed; 4] = [
    Signed {
        name: "metriport",
        provider: "metriport",
        signature: "x-metriport-signature",
        headers: &["x-metriport-signature"],
        sign: |key, body| metriport::testing::sign(key, body.to_vec()),
        known: r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://files.example/1","patientId":"p-1"}}"#,
        unknown: r#"{"meta":{"messageId":"m-2","when":"2026-02-03T04:05:06.789Z","type":"moon.rise"},"payload":{"x":1}}"#,
        dedup: ("id", "m-1"),
    },
    Signed {
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
        dedup: (
            "digest",
            "cb92e21bbd350c6931d8505e2092a0f731830c4c089c7d12c30d86c86f97bbee",
        ),
    },
    Signed {
        name: "thryve",
        headers: &["x-hmac-signature", "x-hmac-timestamp"],
        signature: "x-hmac-signature",
        sign: |key, body| thryve::testing::sign(key, body.to_vec(), "1770091506000"),
        ..THRYVE_UNDERSCORED
    },
    THRYVE_UNDERSCORED,
];

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
    dedup: (
        "digest",
        "fd1b6a6c7be2feda0624629a742b326f92bd0bbd657fa9a5af78644f6b101955",
    ),
};

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for signed in &SIGNED {
        shared(signed, &mut cases);
        http::cases(signed, &mut cases);
    }
    metriport_only::cases(&mut cases);
    human_api_only::cases(&mut cases);
    withings_only::cases(&mut cases);
    thryve_only::cases(&mut cases);
    cases
}

fn request(signed: &Signed, endpoint: &str, secret: &str, body: impl AsRef<[u8]>) -> Request {
    on_wire(
        &(signed.sign)(&key(secret), body.as_ref()),
        &format!("/hooks/{endpoint}"),
    )
}

fn on_wire(signed: &SignedRequest, target: &str) -> Request {
    let mut request = Request::post(target, signed.body().to_vec()).method(signed.method());
    for (name, value) in signed.headers() {
        request = request.header(name, value);
    }
    request
}

/// A delivery that is right in every way.
fn good(signed: &Signed) -> Request {
    request(signed, signed.provider, CURRENT, signed.known)
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
    ])
}

/// What every provider that signs must do alike.
fn shared(signed: &Signed, cases: &mut Vec<Case>) {
    let provider = signed.provider;
    let good = || good(signed);
    let mut case = |name: &str, request: Request, expect: Expect| {
        cases.push(Case {
            name: format!("{}: {name}", signed.name),
            request,
            expect,
        });
    };
    let known = || known(signed);

    case("good", good(), known());
    case(
        "good, with a query",
        Request {
            target: format!("/hooks/{provider}?a=%2F"),
            ..good()
        },
        known(),
    );
    case(
        "good, in chunks of 7",
        good().framing(Framing::Chunked(7)),
        known(),
    );
    case(
        "good, whatever the content type",
        good().with("content-type", "text/plain"),
        known(),
    );
    case(
        "good, without content type",
        good().without("content-type"),
        known(),
    );
    case(
        "good, other unsigned headers",
        good()
            .header("x-event-type", "forged")
            .header("user-agent", "forged"),
        known(),
    );
    case(
        "unknown type",
        request(signed, provider, CURRENT, signed.unknown),
        accepted(vec![]),
    );
    case(
        "rotated ring, next key",
        request(signed, &format!("{provider}-rotated"), NEXT, signed.known),
        accepted(vec![("key", "next".into())]),
    );
    case(
        "wrong key",
        request(signed, provider, NEXT, signed.known),
        refused(401),
    );

    let mut tampered = good();
    let middle = tampered.body.len() / 2;
    tampered.body[middle] ^= 1;
    case("tampered body", tampered, refused(401));
    let mut longer = good();
    longer.body.push(b'\n');
    case("a line ending more", longer, refused(401));
    let mut broken = good();
    broken.body.truncate(middle);
    case(
        "broken JSON under a wrong signature is not decoded",
        broken,
        refused(401),
    );

    for name in signed.headers {
        let value = good().value(name);
        case(
            &format!("`{name}` missing"),
            good().without(name),
            refused(401),
        );
        case(
            &format!("`{name}` empty"),
            good().with(name, ""),
            refused(401),
        );
        case(
            &format!("`{name}` repeated"),
            good().header(name, &value),
            refused(401),
        );
        case(
            &format!("`{name}` repeated, another first"),
            {
                let other = good();
                let mut headers = vec![((*name).to_owned(), b"1".to_vec())];
                headers.extend(other.headers.clone());
                Request { headers, ..other }
            },
            refused(401),
        );
        let joined = [value.as_slice(), b", ", value.as_slice()].concat();
        case(
            &format!("`{name}` joined by a comma"),
            good().with(name, joined),
            refused(401),
        );
        case(
            &format!("`{name}` not ASCII"),
            good().with(name, [0xe9; 28]),
            refused(401),
        );
    }
    let signature = good().value(signed.signature);
    for cut in [1, signature.len() / 2, signature.len() - 1] {
        case(
            &format!("signature cut to {cut} bytes"),
            good().with(signed.signature, &signature[..cut]),
            refused(401),
        );
    }
    case(
        "signature with a byte more",
        good().with(signed.signature, [signature.as_slice(), b"0"].concat()),
        refused(401),
    );

    case(
        "compressed: the bytes on the wire are verified, and are no JSON",
        // A gzip header; what matters is that nobody unpacks it.
        request(signed, provider, CURRENT, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
            .header("content-encoding", "gzip"),
        refused(400),
    );
    case(
        "empty body, signed",
        request(signed, provider, CURRENT, ""),
        refused(400),
    );
    case(
        "not JSON, signed",
        request(signed, provider, CURRENT, "this is not JSON"),
        refused(400),
    );
    case(
        "not UTF-8, signed",
        request(signed, provider, CURRENT, [b'"', 0xff, b'"']),
        refused(400),
    );
    case(
        "signed over the replaced text of the same bytes",
        {
            let lossy = request(signed, provider, CURRENT, "\"\u{fffd}\"");
            Request {
                body: vec![b'"', 0xff, b'"'],
                ..lossy
            }
        },
        refused(401),
    );
}
