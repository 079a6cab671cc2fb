//! One case list, through the core and through every adapter over real sockets.
//!
//! A case (`cases.rs`) is a request as it stands on the wire and what must come of it. An adapter
//! is one more implementation of `Adapter` and one more line in `adapters()`. Endpoints
//! (`endpoints.rs`) are configured once for all of them. Every vector of a signature
//! (`vectors.rs`) is a case as well.

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
mod gone;
mod in_process;
mod logs;
mod matrix;
mod peers;
mod readme;
mod replay;
mod server;
mod tower_only;
mod unmounted;
mod vectors;
mod warp_only;
