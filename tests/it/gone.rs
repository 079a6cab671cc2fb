//! Clients that go away in the middle of a body, and clients that never come to its end.

use crate::adapters::adapters;
use crate::cases::{METRIPORT, SIGNED, good};
use crate::client::Framing;
use crate::endpoints::Endpoints;
use crate::server::panics;

#[test]
fn fifty_clients_gone_mid_body_leave_the_server_as_it_was() {
    for adapter in adapters(&Endpoints::All) {
        if !adapter.over_sockets() {
            continue;
        }
        for signed in SIGNED {
            let name = format!("{}, {}", adapter.name(), signed.name);
            let length = signed.known.len() as u64;
            for round in 0..50 {
                // Some wait for the answer, some do not; some have sent all that was signed.
                let longer = length + 1 + round;
                let mut request = good(signed).framing(match round % 2 {
                    0 => Framing::CutOff(longer),
                    _ => Framing::Gone(longer),
                });
                request.body.truncate(match round % 3 {
                    0 => 0,
                    1 => signed.known.len() / 2,
                    _ => signed.known.len(),
                });
                if let Some(answer) = adapter.answer(&request) {
                    assert_eq!((answer.status, &*answer.body), (400, &b""[..]), "{name}");
                }
            }
            let answer = adapter.answer(&good(signed)).expect("an answer");
            assert_eq!(answer.status, 200, "{name}");
            assert_eq!(adapter.seen().take().len(), 1, "{name}");
        }
    }
    assert_eq!(panics(), 0);
}

#[test]
fn a_body_without_an_end_is_not_read_after_a_refusal() {
    let signed = &METRIPORT;
    for adapter in adapters(&Endpoints::All) {
        if !adapter.over_sockets() {
            continue;
        }
        for chunked in [true, false] {
            let name = format!("{}, chunked: {chunked}", adapter.name());
            let mut request = good(signed).framing(Framing::Dripping(chunked));
            request = request.without(signed.signature);
            request.body = Vec::new();
            let answer = adapter.answer(&request).expect(&name);
            assert_eq!((answer.status, &*answer.body), (401, &b""[..]), "{name}");
        }
    }
    assert_eq!(panics(), 0);
}
