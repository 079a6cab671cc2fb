//! Withings: probes, shared secrets, decoding, and what none of them may do.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may panic as tests do"
)]

use pulsehook_core::withings::{Event, Notification, Withings};
use pulsehook_core::{
    DecodeErrorKind, Delivery, Outcome, ReceiveError, Receiver, Reply, RequestHead, SharedSecret,
    UrlSecrets,
};

mod addresses;
mod answers;
mod api;
mod calls;
mod categories;
mod content_types;
mod decimals;
mod decoding;
mod follow_ups;
mod leaks;
mod order_updates;
mod probes;
mod random;
mod refusals;
mod secrets;
mod stored;
mod views;

const FORM: &str = "application/x-www-form-urlencoded";

/// The secret of the tests, and a query that holds it.
const TOKEN: &str = "5e1b9f";
const QUERY: &str = "token=5e1b9f";

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn secret(text: &str) -> SharedSecret {
    SharedSecret::from_text(text).expect("not blank")
}

fn in_query() -> UrlSecrets {
    UrlSecrets::in_query("token", secret(TOKEN))
}

fn receiver() -> Receiver<Withings> {
    Receiver::new(Withings::new(in_query()))
}

fn with_order_updates() -> Receiver<Withings> {
    let builder = Withings::builder().url_secrets(in_query()).order_updates();
    Receiver::new(builder.build().expect("a secret is configured"))
}

type Received = Result<Outcome<Delivery<Event>>, ReceiveError>;

/// Sends a request to a path with a query.
fn send(
    receiver: &Receiver<Withings>,
    method: &str,
    path_and_query: &str,
    headers: Pairs<'_>,
    body: &[u8],
) -> Received {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let head = RequestHead::new(method, path, &headers).with_query(query);
    receiver.receive(head, body.to_vec())
}

/// Sends a form with the right secret.
fn post(receiver: &Receiver<Withings>, body: impl AsRef<[u8]>) -> Received {
    let path = format!("/hook?{QUERY}");
    let headers = [("content-type", FORM)];
    send(receiver, "POST", &path, &headers, body.as_ref())
}

fn delivery(received: Received) -> Delivery<Event> {
    let delivery = received.expect("accepted").accepted();
    delivery.expect("a POST is no probe")
}

/// Decodes a form, which must be acknowledged.
fn event(body: impl AsRef<[u8]>) -> Event {
    let delivery = delivery(post(&receiver(), body));
    assert_eq!(delivery.ack(), &Reply::ok());
    assert!(!delivery.is_probe());
    let mut events = delivery.into_events();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// Decodes a form of an ordinary category.
fn notification(body: impl AsRef<[u8]>) -> Notification {
    let event = event(body);
    event.notification().expect("an ordinary category").clone()
}

fn rule(received: Received) -> &'static str {
    match received {
        Ok(Outcome::Accepted(_)) => "accepted",
        Ok(Outcome::Probe(reply)) => {
            assert_eq!(reply, Reply::ok());
            "probe"
        }
        Err(error) => error.rule(),
    }
}

/// A body that is refused as a whole, with the kind of the error and the field that it names.
#[track_caller]
fn check_undecodable(
    received: Received,
    body: impl AsRef<[u8]>,
    kind: DecodeErrorKind,
    field: Option<&str>,
) {
    let error = received.expect_err("must be refused");
    assert_eq!(error.reply(), &Reply::empty(400));
    let undecodable = error.undecodable().expect("verified");
    let shown = String::from_utf8_lossy(body.as_ref()).into_owned();
    assert_eq!(undecodable.error().kind(), kind, "{shown}");
    assert_eq!(undecodable.error().field(), field, "{shown}");
    assert_eq!(undecodable.raw().as_ref(), body.as_ref());
}
