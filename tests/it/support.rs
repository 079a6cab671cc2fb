//! What the tests of single adapters share: a receiver, requests for it, a source of keys that
//! watches.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::signature::{HmacSha256, KeySource, MacKeys};
use pulsehook_core::{Head, Receiver};

use crate::cases::on_wire;
use crate::client::Request as WireRequest;
use crate::endpoints::key;

pub(crate) const PING: &str = r#"{"ping":"p-1"}"#;
pub(crate) const ADMIT: &str = r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://files.example/1","patientId":"p-1"}}"#;

pub(crate) fn metriport() -> Receiver<Metriport> {
    Receiver::new(Metriport::new(key("secret")))
}

/// A request that [`metriport`] accepts.
pub(crate) fn signed(target: &str, body: impl Into<Bytes>) -> http::Request<Bytes> {
    signed_with("secret", target, body)
}

pub(crate) fn signed_with(
    secret: &str,
    target: &str,
    body: impl Into<Bytes>,
) -> http::Request<Bytes> {
    let signed = metriport::testing::sign(&key(secret), body);
    signed.into_http(target).expect("a request")
}

/// The same as it stands on the wire.
pub(crate) fn wire(target: &str, body: &'static str) -> WireRequest {
    on_wire(&metriport::testing::sign(&key("secret"), body), target)
}

/// Asks for keys with the head in hand, and notes what it saw.
struct Watching {
    keys: Arc<MacKeys<HmacSha256>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl KeySource<HmacSha256> for Watching {
    fn keys(&self, head: &Head<'_>) -> Option<Arc<MacKeys<HmacSha256>>> {
        let line = format!("{} {:?} {:?}", head.path(), head.query(), head.peer());
        self.seen.lock().expect("not poisoned").push(line);
        Some(Arc::clone(&self.keys))
    }
}

/// A receiver of the same secret, and the path, query and peer of each request that it saw.
pub(crate) fn watching() -> (Receiver<Metriport>, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keys = Arc::new(MacKeys::new(&key("secret").into()));
    let source = Watching {
        keys,
        seen: Arc::clone(&seen),
    };
    (Receiver::new(Metriport::with_key_source(source)), seen)
}
