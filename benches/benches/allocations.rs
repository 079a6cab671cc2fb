//! Allocations of refusals and acceptances, counted.
//!
//! It is a program of its own because the counting allocator slows everything down.

#![expect(clippy::expect_used, reason = "benchmarks may fail loudly")]

use std::process::ExitCode;

use allocation_counter::measure;
use bytes::Bytes;
use http::request::Parts;
use pulsehook_bench::{Bar, Bench, requests};
use pulsehook_core::{Outcome, Provider, Receiver};

fn main() -> ExitCode {
    let mut bench = Bench::from_args("Allocations");
    let body = requests::filler(2048);
    count(
        &mut bench,
        &requests::metriport(),
        &requests::metriport_head(&body),
        &requests::head(2048, &[("x-metriport-signature", "0")]),
        &body,
    );
    count(
        &mut bench,
        &requests::human_api(),
        &requests::human_api_head(&body),
        &requests::head(
            2048,
            &[
                ("x-humanapi-signature", "0"),
                ("x-humanapi-timestamp", requests::TIMESTAMP),
                ("x-humanapi-nonce", requests::NONCE),
            ],
        ),
        &body,
    );
    count(
        &mut bench,
        &requests::thryve(),
        &requests::thryve_head(&body),
        &requests::head(
            2048,
            &[
                ("x-hmac-signature", "0"),
                ("x-hmac-timestamp", requests::TIMESTAMP),
            ],
        ),
        &body,
    );
    count(
        &mut bench,
        &requests::withings(),
        &requests::withings_head(&body, Some(requests::TOKEN)),
        &requests::withings_head(&body, Some("another")),
        &body,
    );
    bench.finish()
}

fn count<P: Provider>(
    bench: &mut Bench,
    receiver: &Receiver<P>,
    signed: &Parts,
    wrong: &Parts,
    body: &Bytes,
) {
    let unsigned = requests::head(body.len(), &[]);
    let mut row = |case: &str, work: &mut dyn FnMut(), bar: u64| {
        let counted = measure(work).count_total;
        bench.count(
            &format!("{}: {case}", P::NAME),
            counted,
            Bar::AtMost(bar as f64),
        );
    };
    row(
        "refused, no signature or secret",
        &mut || drop(receiver.begin((&unsigned).into()).expect_err("refused")),
        0,
    );
    row(
        "refused, a signature or secret that cannot be right",
        &mut || drop(receiver.begin(wrong.into()).expect_err("refused")),
        0,
    );
    row(
        "accepted, body in one frame",
        &mut || drop(receiver.verify(signed.into(), body.clone()).expect("right")),
        0,
    );
    row(
        "accepted, body in four frames",
        &mut || {
            let begun = receiver.begin(signed.into()).expect("right");
            let Outcome::Accepted(mut reception) = begun else {
                return;
            };
            for start in (0..body.len()).step_by(512) {
                reception
                    .push(body.slice(start..start + 512))
                    .expect("it fits");
            }
            drop(reception.finish().expect("right"));
        },
        // One buffer, and the counter that `Bytes` shares it by.
        2,
    );
}
