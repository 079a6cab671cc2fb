//! The core through its public API, one module per topic.

mod core;
mod human_api;
mod metriport;
mod outside;
mod support;
mod thryve;
mod withings;
