//! Bodies: limits, lengths that lie, and that the check sees every byte once.

use bytes::Bytes;
use proptest::prelude::*;
use pulsehook_core::{BodyFailure, Outcome, Reason, ReceiveError, Receiver, RequestHead, Verified};

use super::plain::Plain;

const LIMIT: usize = 1000;

/// Feeds frames and returns the body that came out, or the rule that refused it.
fn feed(
    receiver: &Receiver<Plain>,
    content_length: &[&str],
    frames: impl IntoIterator<Item = Bytes>,
) -> Result<Bytes, ReceiveError> {
    let headers: Vec<(&str, &str)> = content_length
        .iter()
        .map(|length| ("content-length", *length))
        .collect();
    let head = RequestHead::new("POST", "/", &headers);
    let mut reception = receiver.begin(head)?.accepted().expect("no probe");
    for frame in frames {
        reception.push(frame)?;
    }
    let verified: Verified<'_, Plain> = reception.finish()?.accepted().expect("no probe");
    Ok(verified.body().clone())
}

fn body(len: usize) -> Bytes {
    (0..len)
        .map(|at| u8::try_from(at % 251).unwrap_or(0))
        .collect()
}

fn frames(body: &Bytes, frame_len: usize) -> Vec<Bytes> {
    body.chunks(frame_len)
        .map(|frame| body.slice_ref(frame))
        .collect()
}

/// Any way of cutting a body is accepted up to the limit, and refused beyond it.
#[track_caller]
fn check(len: usize, content_length: &[&str], accepted: bool) {
    let body = body(len);
    for frame_len in [1, 7, 64, LIMIT / 2, LIMIT - 1, LIMIT, LIMIT + 1, 2 * LIMIT] {
        let provider = Plain::default();
        let seen = provider.seen.clone();
        let receiver = Receiver::builder(provider).body_limit(LIMIT).build();
        let outcome = feed(&receiver, content_length, frames(&body, frame_len));
        if accepted {
            assert_eq!(outcome.expect("within the limit"), body);
            assert_eq!(seen.frames().concat(), body);
            assert_eq!(seen.finished(), 1);
        } else {
            let error = outcome.expect_err("over the limit");
            assert_eq!(
                (error.rule(), error.reply().status()),
                ("body-too-large", 413)
            );
            let Reason::BodyTooLarge { limit } = error.reason() else {
                panic!("{error:?}");
            };
            assert_eq!(limit.get(), Some(LIMIT));
            assert!(seen.frames().concat().len() <= LIMIT);
            assert_eq!(seen.finished(), 0);
        }
    }
}

#[test]
fn the_limit_is_the_last_length_that_is_accepted() {
    check(0, &[], true);
    check(1, &[], true);
    check(LIMIT - 1, &[], true);
    check(LIMIT, &[], true);
    check(LIMIT + 1, &[], false);
    check(10 * LIMIT, &[], false);
}

#[test]
fn a_declared_length_over_the_limit_is_refused_whatever_follows() {
    let nines = "9".repeat(400);
    for length in ["1001", "1000000000000", "18446744073709551616", &nines] {
        check(0, &[length], false);
        check(2, &[length], false);
        check(LIMIT + 1, &[length], false);
    }
    check(LIMIT, &["1000"], true);
}

#[test]
fn a_declared_length_that_lies_changes_nothing_else() {
    for length in ["0", "1", "2", "999", "1000"] {
        check(2, &[length], true);
        check(LIMIT, &[length], true);
        check(LIMIT + 1, &[length], false);
    }
}

#[test]
fn a_declared_length_that_is_none_is_ignored() {
    for lengths in [
        &[""][..],
        &["-1"],
        &["1e9"],
        &["1, 1"],
        &["1001", "1001"],
        &["é"],
    ] {
        check(2, lengths, true);
        check(LIMIT, lengths, true);
        check(LIMIT + 1, lengths, false);
    }
}

#[test]
fn a_limit_of_nothing_accepts_only_nothing() {
    let receiver = Receiver::builder(Plain::default()).body_limit(0).build();
    assert!(feed(&receiver, &["0"], []).is_ok());
    assert!(feed(&receiver, &[], [Bytes::new(), Bytes::new()]).is_ok());
    assert!(feed(&receiver, &[], [Bytes::from("1")]).is_err());
}

#[test]
fn empty_frames_are_nothing() {
    let receiver = Receiver::builder(Plain::default()).body_limit(4).build();
    let frames = ["", "ab", "", "", "cd", ""].map(Bytes::from);
    assert_eq!(feed(&receiver, &[], frames).expect("four bytes"), "abcd");
}

#[test]
fn a_body_in_one_frame_is_not_copied() {
    let receiver = Receiver::new(Plain::default());
    let body = body(5000);
    let frames = [Bytes::new(), body.clone(), Bytes::new()];
    let received = feed(&receiver, &[], frames).expect("accepted");
    assert_eq!(received.as_ptr(), body.as_ptr());
}

proptest! {
    #[test]
    fn however_a_body_is_cut_it_arrives_whole(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..12),
        declared in prop::option::of(0_usize..3000),
    ) {
        let provider = Plain::default();
        let seen = provider.seen.clone();
        let receiver = Receiver::builder(provider).body_limit(LIMIT).build();
        let whole = frames.concat();
        let declared = declared.map(|length| length.to_string());
        let lengths: Vec<&str> = declared.iter().map(String::as_str).collect();
        let outcome = feed(&receiver, &lengths, frames.into_iter().map(Bytes::from));
        let fits = whole.len() <= LIMIT
            && declared.iter().all(|length| length.parse::<usize>().is_ok_and(|n| n <= LIMIT));
        match outcome {
            Ok(body) => {
                prop_assert!(fits);
                prop_assert_eq!(&body[..], &whole[..]);
                prop_assert_eq!(seen.frames().concat(), whole);
            }
            Err(error) if error.rule() == "body-broke-off" => {
                // Something was declared, and nothing came.
                prop_assert!(fits && whole.is_empty());
                prop_assert!(declared.is_some_and(|length| length != "0"));
            }
            Err(error) => {
                prop_assert!(!fits);
                prop_assert_eq!(error.rule(), "body-too-large");
            }
        }
    }
}

/// Hands a whole body over in one call, which need not go the way of the frames.
fn hand_over(
    receiver: &Receiver<Plain>,
    content_length: &[&str],
    body: Bytes,
) -> Result<Bytes, ReceiveError> {
    let headers: Vec<(&str, &str)> = content_length
        .iter()
        .map(|length| ("content-length", *length))
        .collect();
    let outcome = receiver.verify(RequestHead::new("POST", "/", &headers), body)?;
    let verified = outcome.accepted().expect("no probe");
    Ok(verified.body().clone())
}

#[test]
fn one_call_and_many_frames_judge_alike() {
    let lengths: [&[&str]; 6] = [&[], &["0"], &["1000"], &["1001"], &["1", "2"], &["-1"]];
    for len in [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 10 * LIMIT] {
        for content_length in lengths {
            let judge = |in_frames: bool| {
                let provider = Plain::default();
                let seen = provider.seen.clone();
                let receiver = Receiver::builder(provider).body_limit(LIMIT).build();
                let body = body(len);
                let outcome = if in_frames {
                    feed(&receiver, content_length, [body.clone()])
                } else {
                    hand_over(&receiver, content_length, body.clone())
                };
                if let Ok(received) = &outcome {
                    assert!(len == 0 || received.as_ptr() == body.as_ptr(), "copied");
                }
                let outcome = outcome.map_err(|error| (error.rule(), error.reply().clone()));
                (
                    outcome,
                    seen.begun(),
                    seen.frames().concat(),
                    seen.finished(),
                )
            };
            let whole = judge(false);
            assert_eq!(
                whole,
                judge(true),
                "{len} bytes, declared {content_length:?}"
            );
            let came = len > 0 || content_length != ["1000"];
            let fits = len <= LIMIT && content_length != ["1001"];
            assert_eq!(whole.0.is_ok(), came && fits);
        }
    }
}

/// A receiver whose hook counts what it sees.
fn counted(
    limit: usize,
) -> (
    Receiver<Plain>,
    std::sync::Arc<std::sync::atomic::AtomicUsize>,
) {
    let count = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
    let counter = std::sync::Arc::clone(&count);
    let receiver = Receiver::builder(Plain::default())
        .body_limit(limit)
        .on_error(move |_| {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        })
        .build();
    (receiver, count)
}

#[test]
fn a_reception_that_went_over_the_limit_stays_refused_and_is_reported_once() {
    use std::sync::atomic::Ordering::Relaxed;

    let headers: [(&str, &str); 0] = [];
    let head = RequestHead::new("POST", "/", &headers);
    let over = |receiver: &Receiver<Plain>| -> Vec<&'static str> {
        let begun = receiver.begin(head).expect("a right head");
        let mut reception = begun.accepted().expect("no probe");
        let mut rules = Vec::new();
        for frame in ["ab", "cde", "", "c"] {
            rules.extend(
                reception
                    .push(Bytes::from(frame))
                    .map_err(|error| error.rule())
                    .err(),
            );
        }
        rules.extend(reception.finish().map_err(|error| error.rule()).err());
        rules
    };
    let (receiver, count) = counted(4);
    // The frame that is one too long, and all that follow: an empty one, one that would fit.
    assert_eq!(over(&receiver), ["body-too-large"; 4]);
    assert_eq!(count.load(Relaxed), 1);

    let begun = receiver.begin(head).expect("a right head");
    let mut reception = begun.accepted().expect("no probe");
    assert!(reception.push(Bytes::from("abcde")).is_err());
    let error = reception.fail(BodyFailure::BrokeOff);
    assert_eq!(error.rule(), "body-too-large");
    assert_eq!(count.load(Relaxed), 2);
}

#[test]
fn a_body_that_does_not_arrive_has_its_own_answers() {
    use std::sync::atomic::Ordering::Relaxed;

    let cases = [
        (BodyFailure::BrokeOff, "body-broke-off", 400),
        (BodyFailure::TooLarge, "body-too-large", 413),
        (BodyFailure::Timeout, "body-timeout", 408),
        (BodyFailure::NoRoom, "no-room", 503),
    ];
    for (failure, rule, status) in cases {
        let (receiver, count) = counted(4);
        let headers: [(&str, &str); 0] = [];
        let begun = receiver.begin(RequestHead::new("POST", "/", &headers));
        let Ok(Outcome::Accepted(mut reception)) = begun else {
            panic!("{begun:?}");
        };
        assert!(reception.push(Bytes::from("ab")).is_ok());
        let error = reception.fail(failure);
        assert_eq!((error.rule(), error.reply().status()), (rule, status));
        assert!(error.reply().body().is_empty());
        // Printed as a chain, nothing stands there twice.
        let source = std::error::Error::source(&error).expect("the reason");
        assert_eq!(source.to_string(), error.reason().to_string());
        assert!(!error.to_string().contains(&source.to_string()));
        assert_eq!(count.load(Relaxed), 1);
        if let Reason::BodyTooLarge { limit } = error.reason() {
            assert_eq!(limit.get(), None, "the limit was another's");
            assert_eq!(limit.to_string(), "an outer layer allows");
            assert_eq!(
                error.reason().to_string(),
                "body larger than an outer layer allows"
            );
        }
    }
}
