//! A provider for pulsehook that lives outside of it: [Standard Webhooks] and Svix.
//!
//! Use it as it is for any sender of that scheme, or read it as a walkthrough: it shows, step by
//! step, how to teach pulsehook a sender of your own with the public API alone.
//!
//! ```
//! use pulsehook_core::signature::encode_base64;
//! use pulsehook_core::{Outcome, Receiver, RequestHead};
//! use standard_webhooks::{HeaderFamily, Secret, StandardWebhooks, sign};
//!
//! let secret = Secret::from_base64(&format!("whsec_{}", encode_base64(&[7; 32])))?;
//! let receiver = Receiver::builder(StandardWebhooks::new(secret.clone()))
//!     .endpoint("junction")
//!     .build();
//!
//! // What the sender does:
//! let body = r#"{"type":"sleep.created","data":{"id":"s-1"}}"#;
//! let now = std::time::SystemTime::now();
//! let headers = sign(HeaderFamily::Svix, &secret, "msg_1", now, body.as_bytes());
//!
//! // What an adapter does:
//! let head = RequestHead::new("POST", "/hooks/junction", &headers);
//! let Outcome::Accepted(delivery) = receiver.receive(head, body)? else {
//!     unreachable!("this scheme has no probe");
//! };
//! assert_eq!(delivery.events()[0].event_type.as_deref(), Some("sleep.created"));
//! assert_eq!(delivery.dedup_key().value(), "msg_1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How to write a provider of your own
//!
//! Answer these questions from the sender's documentation, in this order. Each answer has one
//! place in [`Provider`](pulsehook_core::Provider); the file named beside it is the one to look
//! at here.
//!
//! ## 1. What does the application configure? (`keys.rs`)
//!
//! The type that implements `Provider` is marker and configuration in one: [`StandardWebhooks`]
//! holds the keys, and adapters name it as `Webhook<StandardWebhooks>`. Judge every secret when it
//! is configured, so that a mistake is a [`ConfigError`](pulsehook_core::ConfigError) at start and
//! not a refusal later. [`SigningKey`](pulsehook_core::SigningKey) refuses empty and blank
//! secrets, prints as `[REDACTED]` and wipes itself; wrap it where your sender has rules of its
//! own, as [`Secret`] does for the prefix and the length. Take several keys at once from the
//! first day: without that, a key cannot be rotated without loss.
//!
//! ## 2. Which headers matter? (`headers.rs`)
//!
//! [`headers`](pulsehook_core::Provider::headers) names them once. All are collected in one pass,
//! and [`Head::required`](pulsehook_core::Head::required) refuses a header that is missing or
//! there twice: taking the first of two would be a guess. Name a header
//! [`for_check`](pulsehook_core::WantedHeader::for_check) when only verification reads it, and
//! [`kept`](pulsehook_core::WantedHeader::kept) when decoding does, since requests can be stored
//! and decoded later. Here the message id is kept. **A kept header should be one that the
//! signature covers.**
//!
//! ## 3. What can be refused by the head alone? (`begin`)
//!
//! [`begin`](pulsehook_core::Provider::begin) runs before one byte of the body is taken. Parse
//! strictly and cap everything that comes in a list: here at most [`MAX_TOKENS`] signatures in at
//! most [`MAX_SIGNATURE_BYTES`] bytes. If nothing in the header could match, refuse at once. A
//! request that is only a probe and known by its head is answered here with
//! [`Opening::Probe`](pulsehook_core::Opening::Probe).
//!
//! The age of the time stamp is not judged yet: a forged request must learn nothing from it.
//!
//! ## 4. What is signed? ([`Check`])
//!
//! [`MacCheck`](pulsehook_core::signature::MacCheck) computes one MAC for each key in one pass,
//! while the body arrives. Feed it what stands before the body in `begin` and what stands after it
//! in `finish`; the frames come by [`BodyCheck`](pulsehook_core::BodyCheck). Feed **texts as
//! received**: here the time stamp is parsed for its age, but its header text goes into the MAC.
//! Schemes that need the whole body at once, such as Ed25519, leave it to `finish`, which has it.
//!
//! ## 5. Who signed it, and when? (`finish`)
//!
//! [`finish`](pulsehook_core::Provider::finish) compares, always in constant time: that is what
//! [`MacCheck::verify`](pulsehook_core::signature::MacCheck::verify) does, and
//! [`SharedSecret::matches`](pulsehook_core::SharedSecret::matches) for secrets that are
//! presented as they are. Only then is the age checked, by a
//! [`Tolerance`](pulsehook_core::signature::Tolerance). The [`Proof`](pulsehook_core::Proof) says
//! how strong the evidence is, which key matched, and what stands for the signed content in replay
//! guards: the MAC, or, where one request can carry several signatures, a digest of what was
//! signed. (Otherwise a copy with one of two signatures cut out would look new.)
//!
//! ## 6. What identifies a delivery? (`delivery_id`)
//!
//! An id that the sender repeats on retries, read from what was authenticated. Return `None` when
//! there is none; a digest of the body then takes its place.
//!
//! ## 7. What is in it? (`event.rs`)
//!
//! [`decode`](pulsehook_core::Provider::decode) can only be called with a
//! [`Verified`](pulsehook_core::Verified) request, so nothing is parsed before it is known to be
//! authentic. Unknown types become events, unknown members are ignored: a refusal makes the sender
//! retry and, at length, switch the endpoint off. Keep the raw JSON beside what you decode.
//!
//! ## 8. What does the sender expect back?
//!
//! [`Decoded::new`](pulsehook_core::Decoded::new) acknowledges with 200 and an empty body;
//! [`with_ack`](pulsehook_core::Decoded::with_ack) sets another answer. Refusals answer as the
//! core's table says unless you override
//! [`refusal`](pulsehook_core::Provider::refusal). This scheme needs neither.
//!
//! ## 9. Is it right?
//!
//! See `tests/`: published vectors as named cases, each header removed and doubled, every prefix
//! of a right signature, the ends of the tolerance, and the number of MACs counted. A function
//! that signs ([`sign`]) belongs to the provider: users test their endpoints with it.
//!
//! [Standard Webhooks]: https://www.standardwebhooks.com

mod event;
mod headers;
mod keys;
mod provider;
mod sign;

pub use crate::event::Event;
pub use crate::headers::{
    HeaderFamily, MAX_ED25519_TOKENS, MAX_ID_BYTES, MAX_SIGNATURE_BYTES, MAX_TOKENS,
};
pub use crate::keys::{Key, Keys, PublicKey, Secret};
pub use crate::provider::{Check, StandardWebhooks};
pub use crate::sign::sign;
