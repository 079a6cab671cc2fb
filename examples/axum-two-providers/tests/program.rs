//! The program as it is started, and hit over a socket.

use pulsehook_tests::two_providers;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-axum-two-providers");

#[test]
fn it_listens_where_it_says_and_receives() {
    two_providers::receives(PROGRAM);
}

#[test]
fn it_does_not_start_without_what_it_needs() {
    two_providers::does_not_start_without_what_it_needs(PROGRAM);
}
