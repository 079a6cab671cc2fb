//! The example provider through its public API and the core's.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod keys;
mod pitfalls;
mod program;
mod support;
mod vectors;
