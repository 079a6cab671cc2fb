//! What a request costs at most, through every adapter: MACs and memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use allocation_counter::measure;
use bytes::Bytes;
use pulsehook_core::testing::macs_computed;
use pulsehook_core::thryve::testing::compress;
use pulsehook_core::withings::testing::notification;

use crate::adapters::in_process;
use crate::cases::{HUMAN_API, METRIPORT, SIGNED, Signed, THRYVE, on_wire, request};
use crate::client::{Framing, Request};
use crate::endpoints::{CURRENT_TOKEN, Endpoints, NEXT, SMALL_LIMIT};
use crate::in_process::{Frames, InProcess, head_of};

/// The keys of the endpoints whose label ends in `rotated`.
const KEYS: u64 = 2;

fn macs_of(adapter: &dyn InProcess, request: &Request) -> (u16, u64) {
    let before = macs_computed();
    let status = adapter.send(request).answer.status;
    (status, macs_computed() - before)
}

/// A delivery that the last key of a ring has signed.
fn rotated(signed: &Signed, body: impl AsRef<[u8]>) -> Request {
    request(signed, &format!("{}-rotated", signed.provider), NEXT, body)
}

#[test]
fn a_request_costs_one_mac_for_each_key_whatever_its_headers_hold() {
    for adapter in in_process(&Endpoints::All) {
        for signed in SIGNED {
            let good = || rotated(signed, signed.known);
            let value = good().value(signed.signature);
            let wrong = vec![b'0'; value.len()];
            let listed = |separator: &[u8]| {
                [[&wrong, separator].concat().repeat(1000), value.clone()].concat()
            };
            let mut repeated = good();
            let mut repeated_wrong = good().without(signed.signature);
            for _ in 0..50 {
                repeated = repeated.header(signed.signature, &value);
                repeated_wrong = repeated_wrong.header(signed.signature, &wrong);
            }
            for (name, request, expect) in [
                ("good", good(), (200, KEYS)),
                (
                    "good, byte by byte",
                    good().framing(Framing::Chunked(1)),
                    (200, KEYS),
                ),
                ("wrong", good().with(signed.signature, &wrong), (401, KEYS)),
                (
                    "a list",
                    good().with(signed.signature, listed(b",")),
                    (401, 0),
                ),
                (
                    "a list parted by blanks",
                    good().with(signed.signature, listed(b" ")),
                    (401, 0),
                ),
                ("many lines, right", repeated, (401, 0)),
                ("many lines, wrong", repeated_wrong, (401, 0)),
                ("missing", good().without(signed.signature), (401, 0)),
            ] {
                let name = format!("{}, {}: {name}", adapter.name(), signed.name);
                let (status, macs) = macs_of(adapter.as_ref(), &request);
                assert_eq!(status, expect.0, "{name}");
                assert!(macs <= expect.1, "{name}: {macs} MACs");
                assert!(status == 401 || macs > 0, "{name}: not on this thread");
            }
        }
    }
}

#[test]
fn a_frame_in_base64_costs_twice_as_many() {
    // Thryve signs the text or the frame, and does not say which.
    let signed = &THRYVE;
    let text = pulsehook_core::signature::encode_base64(&compress(signed.known));
    let request = rotated(signed, text);
    for adapter in in_process(&Endpoints::All) {
        let right = macs_of(adapter.as_ref(), &request);
        assert!(
            right.0 == 200 && right.1 <= 2 * KEYS,
            "{}: {right:?}",
            adapter.name()
        );
        let wrong = request.clone().with(signed.signature, "0".repeat(64));
        let wrong = macs_of(adapter.as_ref(), &wrong);
        assert!(
            wrong.0 == 401 && wrong.1 <= 2 * KEYS,
            "{}: {wrong:?}",
            adapter.name()
        );
    }
}

/// What an adapter and its framework take beside a body.
const ALLOWANCE: u64 = 64 * 1024;

/// The most that is reserved on the word of a declared length.
const RESERVED: u64 = 256 * 1024;

const FRAME: usize = 16 * 1024;

/// An endpoint, its limit in bytes, and a head that is not refused there.
type Limited = (String, u64, Request);

fn endpoint(signed: &Signed, label: &str, limit: u64) -> Limited {
    (label.to_owned(), limit, request(signed, label, NEXT, ""))
}

fn withings() -> Limited {
    let target = format!("/hooks/withings?token={CURRENT_TOKEN}");
    (
        "withings".to_owned(),
        64 * 1024,
        on_wire(&notification(""), &target),
    )
}

#[test]
fn a_body_far_over_the_limit_takes_no_more_than_the_limit() {
    // The limits of two providers, and small ones: to hash megabytes takes its time.
    let endpoints = [
        endpoint(&METRIPORT, "metriport-small", SMALL_LIMIT as u64),
        endpoint(&HUMAN_API, "human-api", 1 << 20),
        endpoint(&THRYVE, "thryve-small", SMALL_LIMIT as u64),
        withings(),
    ];
    for adapter in in_process(&Endpoints::All) {
        for (label, limit, request) in &endpoints {
            let name = format!("{}, {label}", adapter.name());
            let request = request.clone().framing(Framing::Chunked(FRAME));
            let made = Arc::new(AtomicU64::new(0));
            let counter = Arc::clone(&made);
            // A gigabyte, of which each frame is made when it is asked for.
            let frames = (0..1 << 16).map(move |_| {
                counter.fetch_add(1, Ordering::Relaxed);
                Ok(Bytes::from(vec![b' '; FRAME]))
            });
            let (status, used) = cost_of(adapter.as_ref(), &request, Box::new(frames));
            assert_eq!(status, 413, "{name}");
            // The frame that goes over the limit is the last one that is asked for.
            let made = made.load(Ordering::Relaxed);
            assert_eq!(made, limit / FRAME as u64 + 1, "{name}");
            // A buffer that grows is copied to one of up to twice its size.
            let most = limit + limit / 2 + ALLOWANCE;
            assert!(used <= most, "{name}: {used} of {most}");
        }
    }
}

#[test]
fn nothing_is_taken_on_the_word_of_a_declared_length() {
    const MIB: u64 = 1 << 20;
    let endpoints = [
        endpoint(&METRIPORT, "metriport", 32 * MIB),
        endpoint(&HUMAN_API, "human-api", MIB),
        endpoint(&THRYVE, "thryve", 8 * MIB),
        withings(),
    ];
    for adapter in in_process(&Endpoints::All) {
        for (label, limit, request) in &endpoints {
            // Nothing of a body to Withings is signed, and this one is no form.
            let whole = if label == "withings" { 400 } else { 401 };
            for (declared, expect) in [
                (1_000_000_000_000, 413),
                (u64::MAX, 413),
                (limit + 1, 413),
                (*limit, whole),
            ] {
                let name = format!("{}, {label}: {declared}", adapter.name());
                let request = request.clone().framing(Framing::Declared(declared));
                let frames = [b"{", b"}"].map(|frame| Ok(Bytes::from_static(frame)));
                let frames = Box::new(frames.into_iter());
                let (status, used) = cost_of(adapter.as_ref(), &request, frames);
                assert_eq!(status, expect, "{name}");
                // Of what is allowed, a little is reserved when the second frame is there.
                let reserved = if expect == 413 { 0 } else { RESERVED };
                let most = reserved + ALLOWANCE;
                assert!(used <= most, "{name}: {used} of {most}");
            }
        }
    }
}

/// Returns the status, and the most bytes that were held at once.
fn cost_of(adapter: &dyn InProcess, request: &Request, frames: Frames) -> (u16, u64) {
    // What frameworks make once, at the first request to a route, is not counted.
    adapter.call(head_of(request), Box::new([].into_iter()));
    let head = head_of(request);
    let mut status = 0;
    let used = measure(|| status = adapter.call(head, frames).answer.status);
    (status, used.bytes_max)
}
