//! What the application of two providers must do as a program, whatever framework it stands on.

use std::process::Command;

use pulsehook_core::SigningKey;
use pulsehook_core::human_api::testing as human_api;
use pulsehook_core::metriport::testing as metriport;

use crate::{Running, refuses_to_start};

const ADMIT: &str = r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://files.example/1","patientId":"p-1"}}"#;

fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

/// The program, with test secrets and on an address as `LISTEN` would have it.
fn program(path: &str, listen: &str) -> Command {
    let mut program = Command::new(path);
    program
        .env("METRIPORT_WEBHOOK_KEY", "m-secret")
        .env("HUMAN_API_CLIENT_SECRET", "h-secret")
        .env("LISTEN", listen);
    program
}

/// Starts the program, and delivers what is signed, what is not, and what is forged.
pub fn receives(path: &str) {
    let running = Running::start(&mut program(path, "127.0.0.1:0"));
    assert!(!running.address().ends_with(":0"), "{}", running.address());
    assert_eq!(running.get("/received"), (200, "{}".into()));

    let admit = metriport::sign(&key("m-secret"), ADMIT);
    let answer = running.deliver("/hooks/metriport", &admit);
    assert_eq!(answer, (200, String::new()));
    assert_eq!(running.line(), "a patient was admitted");
    let kept = r#"{"metriport/id:m-1":1}"#;
    assert_eq!(running.get("/received"), (200, kept.into()));

    let ping = metriport::sign(&key("m-secret"), r#"{"ping":"k3Jq"}"#);
    let answer = running.deliver("/hooks/metriport", &ping);
    assert_eq!(answer, (200, r#"{"pong":"k3Jq"}"#.into()));

    let forged = metriport::sign(&key("h-secret"), ADMIT);
    let answer = running.deliver("/hooks/metriport", &forged);
    assert_eq!(answer, (401, String::new()));
    assert_eq!(running.get("/hooks/metriport"), (405, String::new()));

    let items = human_api::sign(
        &key("h-secret"),
        "[]",
        "1614834367101",
        "734410982265017733",
    );
    let answer = running.deliver("/hooks/human-api", &items);
    assert_eq!(answer, (200, String::new()));
    let answer = running.deliver("/hooks/metriport", &items);
    assert_eq!(answer, (401, String::new()));
    assert_eq!(running.get("/nowhere").0, 404);
}

/// Starts the program without what it needs.
pub fn does_not_start_without_what_it_needs(path: &str) {
    for variable in ["METRIPORT_WEBHOOK_KEY", "HUMAN_API_CLIENT_SECRET"] {
        let unset = refuses_to_start(program(path, "127.0.0.1:0").env_remove(variable));
        assert!(unset.contains(variable), "{unset}");
        let blank = refuses_to_start(program(path, "127.0.0.1:0").env(variable, "  "));
        assert!(blank.contains(variable), "{blank}");
    }
    refuses_to_start(&mut program(path, "nowhere"));
}
