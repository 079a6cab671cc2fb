//! What HTTP brings with it, for every provider alike: methods, names of headers, framing, limits.

use super::{Case, Expect, Meets, Signed, accepted, good, known, refused, request};
use crate::client::{Framing, Request, odd_case};
use crate::endpoints::{CURRENT, SMALL_LIMIT};

fn wrong_method() -> Expect {
    Expect {
        headers: &[("allow", "POST")],
        ..refused(405)
    }
}

fn over_sockets(expect: Expect) -> Expect {
    Expect {
        meets: Meets::OverSockets,
        ..expect
    }
}

fn unanswered() -> Expect {
    Expect {
        may_be_unanswered: true,
        ..over_sockets(refused(400))
    }
}

pub(super) fn cases(signed: &Signed, cases: &mut Vec<Case>) {
    let provider = signed.provider;
    let good = || good(signed);
    let known = || known(signed);
    let mut case = |name: &str, request: Request, expect: Expect| {
        cases.push(Case {
            name: format!("{}: {name}", signed.name),
            request,
            expect,
        });
    };

    case("good, header names in odd case", good().odd_case(), known());
    for name in signed.headers {
        let value = good().value(name);
        case(
            &format!("`{name}` repeated in another case"),
            good().header(&odd_case(name), &value),
            refused(401),
        );
        case(
            &format!("`{name}` as a trailer is no header"),
            good()
                .without(name)
                .framing(Framing::Chunked(16))
                .trailer(name, &value),
            over_sockets(refused(401)),
        );
        case(
            &format!("`{name}` as a trailer does not repeat the header"),
            good().framing(Framing::Chunked(16)).trailer(name, "1"),
            over_sockets(known()),
        );
    }
    case(
        "trailers are not part of the body",
        good()
            .header("trailer", "x-rest")
            .framing(Framing::Chunked(16))
            .trailer("x-rest", "more"),
        over_sockets(known()),
    );
    case(
        "trailers do not make up for a body cut short",
        {
            // The body and the trailer's value together are what was signed.
            let mut short = good().framing(Framing::Chunked(16));
            let rest = short.body.split_off(short.body.len() - 1);
            short.trailer("x-rest", rest)
        },
        over_sockets(refused(401)),
    );
    case(
        "good, the body sent when it is asked for",
        good().framing(Framing::Asked(true)),
        over_sockets(known()),
    );
    case(
        "refused by the head, and the body never asked for",
        good()
            .without(signed.signature)
            .framing(Framing::Asked(false)),
        over_sockets(refused(401)),
    );
    case(
        "too large by the head, and the body never asked for",
        request(
            signed,
            &format!("{provider}-small"),
            CURRENT,
            vec![b' '; SMALL_LIMIT + 1],
        )
        .framing(Framing::Asked(false)),
        over_sockets(refused(413)),
    );

    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        case(
            &format!("method {method}"),
            good().method(method),
            wrong_method(),
        );
    }
    case(
        "wrong method before anything else",
        {
            let big = Request::post(format!("/hooks/{provider}-small"), vec![b' '; 1000]);
            big.method("PUT")
        },
        wrong_method(),
    );

    let small = format!("{provider}-small");
    let sized = |length: usize| {
        let padding = " ".repeat(length - 2);
        request(signed, &small, CURRENT, format!("[{padding}]"))
    };
    // An array is a body of the right shape for one provider and of the wrong one for the others.
    let fits = if provider == "human-api" {
        accepted(vec![])
    } else {
        refused(400)
    };
    for framing in [
        Framing::Length,
        Framing::Chunked(16),
        Framing::Chunked(1000),
    ] {
        let framed = |length| sized(length).framing(framing);
        case(
            &format!("a byte under the limit, {framing:?}"),
            framed(SMALL_LIMIT - 1),
            fits.clone(),
        );
        case(
            &format!("at the limit, {framing:?}"),
            framed(SMALL_LIMIT),
            fits.clone(),
        );
        case(
            &format!("a byte over the limit, {framing:?}"),
            framed(SMALL_LIMIT + 1),
            refused(413),
        );
    }
    case(
        "too large comes before unsigned",
        Request::post(format!("/hooks/{small}"), vec![b' '; SMALL_LIMIT + 1]),
        refused(413),
    );
    case(
        "a declared length beyond all limits",
        good().framing(Framing::Declared(1_000_000_000_000)),
        over_sockets(refused(413)),
    );
    case(
        "a declared length that is too short",
        good().framing(Framing::Declared(signed.known.len() as u64 / 2)),
        over_sockets(refused(401)),
    );
    case(
        "gone before the body's end",
        good().framing(Framing::CutOff(signed.known.len() as u64 + 100)),
        unanswered(),
    );
    case(
        "gone before the body's end, and not waiting for an answer",
        good().framing(Framing::Gone(signed.known.len() as u64 + 100)),
        unanswered(),
    );
    case("still served after that", good(), known());
    for length in ["1", "-1", "+1", "0x1", "one"] {
        case(
            &format!("another declared length of {length}, which no server lets through"),
            good().header("content-length", length),
            Expect {
                by_server: true,
                ..over_sockets(refused(400))
            },
        );
    }
}
