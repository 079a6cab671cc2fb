//! The application, its list of addresses, and the program, with a DNS server of the tests' own.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod dns;
mod endpoint;
mod program;
mod renewal;
