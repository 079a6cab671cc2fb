//! One case list, through the core and through every adapter over real sockets.
//!
//! A case (`cases.rs`) is a request as it stands on the wire and what must come of it. An adapter
//! is a module under `adapters` and a line in `WAYS`; its answers are compared with what is
//! expected, and with those of the others to the byte (`matrix.rs`). Endpoints (`endpoints.rs`)
//! are configured once for all of them. Every vector of a signature (`vectors.rs`) is a case as
//! well.
//!
//! What is counted, or what no client can send, goes through the same adapters without sockets, on
//! the thread of the test (`in_process.rs`): costs, the table of refusals, logs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod actix_web_only;
mod adapters;
mod axum_only;
mod captured;
mod cases;
mod client;
mod cost;
mod endpoints;
mod events;
mod gone;
mod in_process;
mod logs;
mod matrix;
mod one_dependency;
mod peers;
mod readme;
mod refusals;
mod replay;
mod server;
mod support;
mod tower_only;
mod unmounted;
mod vectors;
mod warp_only;
