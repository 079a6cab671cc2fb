//! The built command, driven from outside: its configuration, its server, its demonstration.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_config;
mod bad_credentials;
mod browser;
mod demo;
mod help;
mod limits;
mod monitor;
mod notes;
mod readme;
mod serve;
mod support;
mod tail;
mod thryve;
mod watch;
mod withings;
