//! Handlers that ask for a delivery where nothing verifies the request: never a pass.
//!
//! With axum such an application does not compile, with warp it cannot be written.

use tracing::Level;

use crate::adapters::{actix_web, tower};
use crate::captured;
use crate::cases::{METRIPORT, good};
use crate::in_process::InProcess;

#[test]
fn without_a_verifier_the_answer_is_500_and_the_log_says_why() {
    captured::begin();
    let adapters: [Box<dyn InProcess>; 2] = [
        Box::new(tower::without_layer()),
        Box::new(actix_web::without_receiver()),
    ];
    for adapter in adapters {
        let called = adapter.send(&good(&METRIPORT));
        let name = adapter.name();
        let answer = called.answer;
        assert_eq!(
            (answer.status, &*answer.headers, &*answer.body),
            (500, &[][..], &[][..]),
            "{name}"
        );
        assert_eq!(adapter.seen().take().len(), 0, "{name}");
        let lines = captured::take();
        let told = lines
            .iter()
            .filter(|line| line.contains("pulsehook::set_up"));
        let told: Vec<_> = told.collect();
        assert!(
            matches!(told[..], [line] if line.is(Level::ERROR) && line.contains("metriport")),
            "{name}: {lines:?}"
        );
    }
}
