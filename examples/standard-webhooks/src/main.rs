//! Signs a message, receives it, and shows what comes of a forged one.
//!
//! Run with `cargo run -p standard-webhooks`. Nothing is sent over a network.

use std::error::Error;
use std::time::SystemTime;

use pulsehook_core::signature::encode_base64;
use pulsehook_core::{Outcome, Receiver, RequestHead};
use standard_webhooks::{HeaderFamily, Secret, StandardWebhooks, sign};

fn main() -> Result<(), Box<dyn Error>> {
    // A real secret comes from the environment or a file, never from the source.
    let secret = Secret::from_base64(&format!("whsec_{}", encode_base64(&[7; 32])))?;
    let receiver = Receiver::new(StandardWebhooks::new(secret.clone()));

    let body =
        r#"{"type":"workout.created","timestamp":"2026-11-05T08:30:00Z","data":{"id":"w-1"}}"#;
    let now = SystemTime::now();
    let headers = sign(
        HeaderFamily::Webhook,
        &secret,
        "msg_1",
        now,
        body.as_bytes(),
    );
    let head = RequestHead::new("POST", "/hooks", &headers);

    match receiver.receive(head, body)? {
        Outcome::Accepted(delivery) => {
            for event in delivery.events() {
                println!("{} brought {event:?}", delivery.dedup_key().value());
            }
            println!("answer: {}", delivery.ack().status());
        }
        Outcome::Probe(reply) => println!("probe, answer: {}", reply.status()),
    }

    match receiver.receive(head, body.replace("w-1", "w-2")) {
        Ok(_) => return Err("a forged body was accepted".into()),
        Err(error) => println!("forged: {error}; answer: {}", error.reply().status()),
    }
    Ok(())
}
