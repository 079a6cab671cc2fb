//! The program as it is started, and hit over a socket.

use std::process::Command;

use example_withings_allow_list::published::NAMES;
use pulsehook_axum::withings;
use pulsehook_tests::{Running, refuses_to_start};

use crate::dns::{Answer, Server, records};

fn program(dns: &Server) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_example-withings-allow-list"));
    program
        .env("WITHINGS_URL_SECRET", "u-secret")
        .env("DNS_SERVER", dns.address.to_string())
        .env("LISTEN", "127.0.0.1:0")
        .env_remove("TRUSTED_PROXIES");
    program
}

/// A server whose records list some addresses.
fn publishing(text: &str) -> Server {
    let server = Server::start();
    for name in NAMES {
        server.set(name, records(&[text]));
    }
    server
}

/// Sends a notification, and returns the status of the answer.
fn notify(running: &Running, token: &str, forwarded: Option<&str>) -> u16 {
    let body = "userid=8812345&appli=4&startdate=1706400000&enddate=1706400060";
    let mut notification = withings::testing::notification(body);
    if let Some(forwarded) = forwarded {
        notification = notification.with_header("x-forwarded-for", forwarded);
    }
    let target = format!("/hooks/withings?token={token}");
    running.deliver(&target, &notification).0
}

#[test]
fn it_receives_from_the_published_addresses() {
    let dns = publishing("junk 127.0.0.0/8");
    let running = Running::start(&mut program(&dns));
    assert_eq!(running.before(), ["4 address blocks"]);
    assert_eq!(notify(&running, "u-secret", None), 200);
    assert_eq!(running.line(), "something new: blood-pressure");
    assert_eq!(notify(&running, "another", None), 401);

    let dns = publishing("192.0.2.0/24");
    let running = Running::start(&mut program(&dns));
    assert_eq!(notify(&running, "u-secret", None), 401);
    let forwarded = Some("192.0.2.7");
    assert_eq!(notify(&running, "u-secret", forwarded), 401);
    let running = Running::start(program(&dns).env("TRUSTED_PROXIES", "127.0.0.1"));
    assert_eq!(notify(&running, "u-secret", forwarded), 200);
    assert_eq!(notify(&running, "u-secret", None), 401);
}

#[test]
fn it_does_not_start_without_what_it_needs() {
    let dns = publishing("192.0.2.0/24");
    let refuses = |program: &mut Command, expect: &str| {
        let error = refuses_to_start(program);
        assert!(error.contains(expect), "{error}");
    };
    refuses(
        program(&dns).env_remove("WITHINGS_URL_SECRET"),
        "WITHINGS_URL_SECRET is not set",
    );
    refuses(
        program(&dns).env("WITHINGS_URL_SECRET", "  "),
        "WITHINGS_URL_SECRET: ",
    );
    for proxies in ["", "nowhere", "127.0.0.1 nowhere"] {
        refuses(
            program(&dns).env("TRUSTED_PROXIES", proxies),
            "TRUSTED_PROXIES: ",
        );
    }
    dns.set(NAMES[1], Answer::Code(3));
    refuses(&mut program(&dns), "ipblock-front.withings.net.");
}
