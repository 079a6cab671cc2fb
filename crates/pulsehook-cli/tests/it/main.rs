//! The built command, driven from outside: its configuration, its server, its demonstration.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod arguments;
mod bad_config;
mod bad_credentials;
mod bounds;
mod browser;
mod check_config;
mod completions;
mod demo;
mod diagnose;
mod diagnose_others;
mod diagnose_shared;
mod forward;
mod help;
mod init;
mod limits;
mod man;
mod monitor;
mod notes;
mod readme;
mod samples;
mod send;
mod serve;
mod sign;
mod support;
mod tail;
mod tampered;
mod terminal;
mod thryve;
mod tour;
mod verify;
mod verify_forms;
mod watch;
mod withings;
