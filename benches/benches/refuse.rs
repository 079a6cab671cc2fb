//! Refusals that the head decides: no byte of the body has been read by then.

#![expect(clippy::expect_used, reason = "benchmarks may fail loudly")]

use std::process::ExitCode;

use http::request::Parts;
use pulsehook_bench::{Bar, Bench, Candidate, requests};
use pulsehook_core::{Provider, Receiver};

fn main() -> ExitCode {
    let mut bench = Bench::from_args("Refusals decided from the head, ns");
    let hex = "0".repeat(63);
    refuse(
        &mut bench,
        &requests::metriport(),
        &[
            ("no signature", requests::head(200, &[])),
            (
                "malformed signature",
                requests::head(200, &[("x-metriport-signature", &hex)]),
            ),
            (
                "declared too large",
                requests::head(33 << 20, &[("x-metriport-signature", &hex)]),
            ),
        ],
    );
    refuse(
        &mut bench,
        &requests::human_api(),
        &[
            ("no signature", requests::head(200, &[])),
            (
                "malformed signature",
                requests::head(
                    200,
                    &[
                        ("x-humanapi-signature", "fQkvPoMVwsZWM4/r4VrKlMaCOAw"),
                        ("x-humanapi-timestamp", requests::TIMESTAMP),
                        ("x-humanapi-nonce", requests::NONCE),
                    ],
                ),
            ),
            (
                "no nonce",
                requests::head(
                    200,
                    &[
                        ("x-humanapi-signature", "fQkvPoMVwsZWM4/r4VrKlMaCOAw="),
                        ("x-humanapi-timestamp", requests::TIMESTAMP),
                    ],
                ),
            ),
        ],
    );
    refuse(
        &mut bench,
        &requests::thryve(),
        &[
            ("no signature", requests::head(200, &[])),
            (
                "malformed signature",
                requests::head(
                    200,
                    &[
                        ("x-hmac-signature", &hex),
                        ("x-hmac-timestamp", requests::TIMESTAMP),
                    ],
                ),
            ),
        ],
    );
    let other = requests::TOKEN.replace('f', "e");
    refuse(
        &mut bench,
        &requests::withings(),
        &[
            ("no secret", requests::withings_head(b"appli=1", None)),
            (
                "another secret",
                requests::withings_head(b"appli=1", Some(&other)),
            ),
        ],
    );
    bench.finish()
}

fn refuse<P: Provider>(bench: &mut Bench, receiver: &Receiver<P>, cases: &[(&str, Parts)]) {
    let mut candidates: Vec<Candidate<'_>> = cases
        .iter()
        .map(|(_, parts)| {
            Candidate::new(|| receiver.begin(parts.into()).expect_err("it is refused"))
        })
        .collect();
    let times = bench.interleave(&mut candidates);
    for (at, (case, _)) in cases.iter().enumerate() {
        let case = format!("{}: {case}", P::NAME);
        bench.row(&case, &times.nanos(at), Bar::AtMost(300.0));
    }
}
