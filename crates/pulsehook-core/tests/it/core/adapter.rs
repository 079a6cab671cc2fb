//! What adapters stand on: frames as they come, answers without a delivery, shared deliveries.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use http::Extensions;
use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::{
    BodyFailure, Delivery, HandlerError, Outcome, ReceiveError, Receiver, Refused, Rejection,
    Reply, RequestHead, SharedDelivery, SigningKey, human_api::HumanApi,
};

use super::logs::logged;
use super::plain::Plain;

type Frame = Poll<Option<Result<Bytes, BodyFailure>>>;

fn frame(text: &'static str) -> Frame {
    Poll::Ready(Some(Ok(Bytes::from(text))))
}

/// Receives with these frames, and returns how often the future had to wait.
fn receive(
    receiver: &Receiver<Plain>,
    method: &str,
    frames: Vec<Frame>,
) -> (usize, Result<Outcome<Delivery<String>>, ReceiveError>) {
    let headers: [(&str, &str); 0] = [];
    let mut frames = frames.into_iter();
    let head = RequestHead::new(method, "/", &headers);
    let next = |_: &mut Context<'_>| frames.next().expect("no frame after the last one");
    let mut future = pin!(receiver.receive_frames(head, next));
    let mut context = Context::from_waker(Waker::noop());
    let mut waits = 0;
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(received) => return (waits, received),
            Poll::Pending => waits += 1,
        }
    }
}

#[test]
fn frames_are_taken_as_they_come() {
    let provider = Plain::default();
    let seen = provider.seen.clone();
    let frames = vec![
        Poll::Pending,
        frame("a"),
        frame(""),
        Poll::Pending,
        Poll::Pending,
        frame("bc"),
        Poll::Ready(None),
    ];
    let (waits, received) = receive(&Receiver::new(provider), "POST", frames);
    let delivery = received.expect("accepted").accepted().expect("no probe");
    assert_eq!(
        (waits, delivery.raw().as_ref(), delivery.events()),
        (3, b"abc".as_slice(), ["abc".to_owned()].as_slice())
    );
    assert_eq!(seen.frames().concat(), b"abc");
}

#[test]
fn what_the_head_decides_asks_for_no_frame() {
    let (_, refused) = receive(&Receiver::new(Plain::default()), "PUT", vec![]);
    assert_eq!(refused.expect_err("not POST").rule(), "method-not-allowed");

    let probed = Plain {
        begin: Box::new(|_| Ok(Some(Reply::empty(204)))),
        ..Plain::default()
    };
    let (_, probe) = receive(&Receiver::new(probed), "POST", vec![]);
    let Ok(Outcome::Probe(reply)) = probe else {
        panic!("{probe:?}");
    };
    assert_eq!(reply.status(), 204);
}

#[test]
fn no_frame_is_asked_for_beyond_the_limit_or_a_failure() {
    let receiver = Receiver::builder(Plain::default()).body_limit(2).build();
    let (_, refused) = receive(&receiver, "POST", vec![frame("ab"), frame("c")]);
    assert_eq!(refused.expect_err("too large").rule(), "body-too-large");

    let failures = [
        (BodyFailure::BrokeOff, "body-broke-off", 400),
        (BodyFailure::TooLarge, "body-too-large", 413),
        (BodyFailure::Timeout, "body-timeout", 408),
        (BodyFailure::NoRoom, "no-room", 503),
    ];
    for (failure, rule, status) in failures {
        let frames = vec![frame("a"), Poll::Ready(Some(Err(failure)))];
        let (_, refused) = receive(&receiver, "POST", frames);
        let refused = refused.expect_err("failed");
        assert_eq!((refused.rule(), refused.reply().status()), (rule, status));
    }
}

#[test]
fn a_body_that_was_declared_and_never_came_is_not_an_empty_one() {
    let headers = [("content-length", "5")];
    let head = || RequestHead::new("POST", "/", &headers);
    let provider = Plain::default();
    let seen = provider.seen.clone();
    let receiver = Receiver::new(provider);
    for received in [
        pin!(receiver.receive_frames(head(), |_| Poll::Ready(None)))
            .poll(&mut Context::from_waker(Waker::noop())),
        Poll::Ready(receiver.receive(head(), "")),
    ] {
        let Poll::Ready(Err(refused)) = received else {
            panic!("{received:?}");
        };
        assert_eq!(
            (refused.rule(), refused.reply().status()),
            ("body-broke-off", 400)
        );
        assert!(refused.undecodable().is_none());
    }
    assert_eq!(seen.finished(), 0);
    let headers = [("content-length", "0")];
    let head = RequestHead::new("POST", "/", &headers);
    assert!(receiver.verify(head, "").is_ok());
}

#[test]
fn frames_that_never_have_to_be_waited_for_let_others_run() {
    const FRAMES: usize = 1000;
    let mut frames: Vec<Frame> = std::iter::repeat_with(|| frame("")).take(FRAMES).collect();
    frames.extend([frame("a"), Poll::Ready(None)]);
    let (waits, received) = receive(&Receiver::new(Plain::default()), "POST", frames);
    assert!(received.expect("accepted").accepted().is_some());
    assert!((10..100).contains(&waits), "{waits}");
}

#[test]
fn a_turn_that_ends_asks_for_the_next_one() {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let receiver = Receiver::new(Plain::default());
    let headers: [(&str, &str); 0] = [];
    let head = RequestHead::new("POST", "/", &headers);
    let mut endless = pin!(receiver.receive_frames(head, |_| frame("")));
    for turn in 1..10 {
        let polled = endless.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        assert_eq!(woken.0.load(Ordering::SeqCst), turn);
    }
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// An error that stands behind itself.
#[derive(Debug)]
struct Cycle;

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cycle")
    }
}

impl Error for Cycle {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

#[test]
fn a_chain_of_errors_without_an_end_is_left() {
    assert_eq!(BodyFailure::of(&Cycle, |_| false), BodyFailure::BrokeOff);
}

#[test]
fn a_receiver_knows_its_deliveries_and_its_clones() {
    let key = || SigningKey::from_text("secret").expect("a key");
    let receiver = Receiver::new(Metriport::new(key()));
    let request = metriport::testing::sign(&key(), UNKNOWN);
    let headers = request.headers();
    let head = RequestHead::new(request.method(), "/", &headers);
    let received = receiver.receive(head, request.body().clone());
    let delivery = received.expect("signed").accepted().expect("no probe");
    assert!(receiver.is(&receiver.clone()));
    assert!(receiver.clone().has_verified(&delivery));
    // The same key and the same label are not the same receiver.
    let other = Receiver::new(Metriport::new(key()));
    assert!(!receiver.is(&other));
    assert!(!other.has_verified(&delivery));
}

/// An error with another behind it.
#[derive(Debug)]
struct Layer(Box<dyn Error + Send + Sync>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a layer")
    }
}

impl Error for Layer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

#[test]
fn the_failure_behind_an_error_is_found() {
    let of = |error: &(dyn Error + 'static)| BodyFailure::of(error, |it| it.is::<fmt::Error>());
    assert_eq!(of(&BodyFailure::NoRoom), BodyFailure::NoRoom);
    let layers = Layer(Layer(BodyFailure::Timeout.into()).into());
    assert_eq!(of(&layers), BodyFailure::Timeout);
    // Not among the sources of an I/O error, which has those of what it wraps.
    let wrapped = Layer(io::Error::other(Layer(BodyFailure::Timeout.into())).into());
    assert_eq!(of(&wrapped), BodyFailure::Timeout);
    let twice = io::Error::other(io::Error::other(BodyFailure::NoRoom));
    assert_eq!(of(&twice), BodyFailure::NoRoom);

    assert_eq!(of(&Layer(fmt::Error.into())), BodyFailure::TooLarge);
    assert_eq!(of(&io::Error::other(fmt::Error)), BodyFailure::TooLarge);
    // What comes first says it.
    assert_eq!(
        of(&Layer(BodyFailure::Timeout.into())),
        BodyFailure::Timeout
    );

    assert_eq!(of(&Layer("reset".into())), BodyFailure::BrokeOff);
    let reset = io::Error::from(io::ErrorKind::ConnectionReset);
    assert_eq!(of(&reset), BodyFailure::BrokeOff);
}

fn delivery_of(body: &'static str) -> Delivery<metriport::Event> {
    let key = SigningKey::from_text("secret").expect("a key");
    let request = metriport::testing::sign(&key, body);
    let receiver = Receiver::new(Metriport::new(key));
    let headers = request.headers();
    let head = RequestHead::new(request.method(), "/", &headers);
    let received = receiver.receive(head, request.body().clone());
    received.expect("signed").accepted().expect("no probe")
}

const PING: &str = r#"{"ping":"p-1"}"#;
const UNKNOWN: &str =
    r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"moon.rise"}}"#;

#[test]
fn a_signed_ping_is_answered_or_goes_on() {
    let shown = Outcome::Accepted(delivery_of(PING)).or_reject();
    assert!(shown.expect("goes on").is_probe());

    let answered = Outcome::Accepted(delivery_of(PING)).or_answer();
    let answered = answered.expect_err("answered");
    assert!(answered.is_probe());
    assert!(answered.error().is_none());
    assert_eq!(answered.reply().body(), r#"{"pong":"p-1"}"#);

    let delivery = Outcome::Accepted(delivery_of(UNKNOWN)).or_answer();
    assert_eq!(delivery.expect("goes on").raw(), UNKNOWN);

    let probe: Outcome<Delivery<String>> = Outcome::Probe(Reply::empty(204));
    let probe = probe.or_answer().expect_err("answered");
    assert_eq!((probe.is_probe(), probe.reply().status()), (true, 204));
}

#[test]
fn a_rejection_as_a_response_carries_the_refusal_beside_it() {
    let (_, refused) = receive(&Receiver::new(Plain::default()), "PUT", vec![]);
    let rejection = Rejection::from(refused.expect_err("not POST"));
    let response = http::Response::<Bytes>::from(rejection);
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
    assert!(response.body().is_empty());
    let refused = response.extensions().get::<Refused>().expect("the refusal");
    assert_eq!(refused.rule(), "method-not-allowed");

    let answered = Outcome::Accepted(delivery_of(PING)).or_answer();
    let response = http::Response::<Bytes>::from(answered.expect_err("answered"));
    assert_eq!(response.status(), 200);
    assert!(response.extensions().get::<Refused>().is_none());
}

#[test]
fn behind_a_rejection_is_the_reason_of_its_refusal() {
    let (_, refused) = receive(&Receiver::new(Plain::default()), "PUT", vec![]);
    let refused = refused.expect_err("not POST");
    let reason = refused.reason().to_string();
    let rejection = Rejection::from(refused);
    let source = rejection.source().expect("the reason");
    assert_eq!(source.to_string(), reason);

    let answered = Outcome::Accepted(delivery_of(PING)).or_answer();
    assert!(answered.expect_err("answered").source().is_none());
    let probe: Outcome<Delivery<String>> = Outcome::Probe(Reply::empty(204));
    assert!(probe.or_reject().expect_err("a probe").source().is_none());
}

#[test]
fn a_handlers_error_as_a_response_is_beside_it() {
    let response = http::Response::<Bytes>::from(HandlerError::new("disk full"));
    assert_eq!(response.status(), 500);
    assert!(response.headers().is_empty());
    assert!(response.body().is_empty());
    let error = response.extensions().get::<HandlerError>();
    assert_eq!(error.expect("the error").to_string(), "disk full");
}

#[test]
fn a_shared_delivery_is_found_by_its_provider() {
    let mut extensions = Extensions::new();
    extensions.insert(SharedDelivery::<Metriport>::new(delivery_of(UNKNOWN)));
    let first = SharedDelivery::<Metriport>::of(&extensions).expect("there");
    let second = SharedDelivery::<Metriport>::of(&extensions).expect("still there");
    assert!(std::ptr::eq(&*first, &*second));
    assert_eq!(first.raw(), UNKNOWN);
    assert!(!format!("{first:?}").contains("moon"), "{first:?}");

    assert!(SharedDelivery::<HumanApi>::of(&extensions).is_err());
}

#[test]
fn a_mistake_of_the_application_is_answered_500_and_logged_once() {
    type Mistake = fn() -> Rejection;
    let mistakes: [(Mistake, &str); 4] = [
        (Rejection::not_mounted::<Metriport>, "no receiver verified"),
        (Rejection::two_receivers::<Metriport>, "two receivers"),
        (Rejection::body_taken::<Metriport>, "was taken before"),
        (
            || {
                let nothing = SharedDelivery::<Metriport>::of(&Extensions::new());
                nothing.expect_err("no delivery")
            },
            "no receiver verified",
        ),
    ];
    for (mistake, words) in mistakes {
        let mut made = None;
        let lines = logged(|| made = Some(mistake()));
        let rejection = made.expect("it ran");
        assert!(!rejection.is_probe());
        assert!(rejection.error().is_none());
        let text = rejection.to_string();
        assert!(text.contains("metriport") && text.contains(words), "{text}");
        let [line] = lines.as_slice() else {
            panic!("{lines:?}");
        };
        assert!(line.starts_with("ERROR pulsehook::set_up "), "{line}");
        assert!(line.contains("metriport") && line.contains(words), "{line}");

        let response = http::Response::<Bytes>::from(rejection);
        assert_eq!(response.status(), 500);
        assert!(response.headers().is_empty());
        assert!(response.body().is_empty());
        assert!(response.extensions().is_empty());
    }
}
