//! What every provider that signs must do alike.

use super::{
    Case, Expect, Meets, Signed, accepted, failed, good, gzip, json, known, refused, request,
};
use crate::client::{Framing, Request};
use crate::endpoints::{CURRENT, NEXT};

pub(super) fn cases(signed: &Signed, cases: &mut Vec<Case>) {
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
        accepted(vec![("events", json(signed.unknown_events))]),
    );
    case(
        "rotated ring, next key",
        request(signed, &format!("{provider}-rotated"), NEXT, signed.known),
        accepted(vec![("key", "next".into())]),
    );
    let failing = format!("{provider}-failing");
    case(
        "the handler fails",
        request(signed, &failing, CURRENT, signed.known),
        failed(vec![("endpoint", failing.as_str().into())]),
    );
    case(
        "below the endpoint's path",
        Request {
            target: format!("/hooks/{provider}/below/%2F"),
            ..good()
        },
        known(),
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
        for blank in [b' ', b'\t'] {
            let mut parted = value.clone();
            parted.insert(value.len() / 2, blank);
            case(
                &format!("`{name}` parted by {blank:#x}"),
                good().with(name, parted),
                refused(401),
            );
        }
        for control in [1, 0x1f, 0x7f] {
            let mut value = value.clone();
            value.push(control);
            value.push(b'0');
            let request = good().with(name, value);
            case(
                &format!("`{name}` with the byte {control:#x}, which no server lets through"),
                request.clone(),
                Expect {
                    by_server: true,
                    meets: Meets::OverSockets,
                    ..refused(400)
                },
            );
            let core_alone = Expect {
                meets: Meets::CoreAlone,
                ..refused(401)
            };
            case(
                &format!("`{name}` with the byte {control:#x}"),
                request,
                core_alone,
            );
        }
        case(
            &format!("`{name}` not ASCII"),
            good().with(name, [0xe9; 28]),
            refused(401),
        );
    }
    for body in [r#"{"ping":"p-1"}"#, r#"{"challenge":"c-1"}"#, ""] {
        case(
            &format!("no body makes a probe of an unsigned request: {body:?}"),
            Request::post(format!("/hooks/{provider}"), body),
            refused(401),
        );
    }
    case(
        "no header makes a probe of a delivery",
        good()
            .header("x-http-method-override", "HEAD")
            .header("x-original-method", "GET"),
        known(),
    );
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

    compressed(signed, cases);
    let mut case = |name: &str, request: Request, expect: Expect| {
        cases.push(Case {
            name: format!("{}: {name}", signed.name),
            request,
            expect,
        });
    };
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

/// What is signed are the bytes on the wire, and nobody unpacks them.
fn compressed(signed: &Signed, cases: &mut Vec<Case>) {
    let mut case = |name: &str, request: Request, expect: Expect| {
        cases.push(Case {
            name: format!("{}: compressed: {name}", signed.name),
            request,
            expect,
        });
    };
    let provider = signed.provider;
    let packed = gzip(signed.known);
    let on_wire = || request(signed, provider, CURRENT, &packed);
    let unpacked = || Request {
        body: packed.clone(),
        ..good(signed)
    };
    for framing in [Framing::Length, Framing::Chunked(16)] {
        case(
            &format!("the bytes on the wire are verified, and are no JSON, {framing:?}"),
            on_wire()
                .framing(framing)
                .header("content-encoding", "gzip"),
            refused(400),
        );
        case(
            &format!("what they unpack to is not what is verified, {framing:?}"),
            unpacked()
                .framing(framing)
                .header("content-encoding", "gzip"),
            refused(401),
        );
    }
    case("without the header", on_wire(), refused(400));
    case(
        "without the header, what they unpack to",
        unpacked(),
        refused(401),
    );
    case(
        "the header alone",
        good(signed).header("content-encoding", "gzip"),
        known(signed),
    );
}
