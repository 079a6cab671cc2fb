//! What an application needs of the core, it finds in the adapter.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use pulsehook_warp::metriport::testing::sign;
use pulsehook_warp::metriport::{Event, Metriport};
use pulsehook_warp::signature::{HmacSha256, KeySource, MacKeys};
use pulsehook_warp::{
    Delivery, Head, Outcome, Reason, ReceiveError, Receiver, RequestHead, SigningKey,
    StoredRequest, VerifyError, danger,
};

/// Has a key for one path only.
struct OnePath(Arc<MacKeys<HmacSha256>>);

impl KeySource<HmacSha256> for OnePath {
    fn keys(&self, head: &Head<'_>) -> Option<Arc<MacKeys<HmacSha256>>> {
        (head.path() == "/hook").then(|| Arc::clone(&self.0))
    }
}

fn receive(receiver: &Receiver<Metriport>, path: &str) -> Result<Delivery<Event>, ReceiveError> {
    let key = SigningKey::from_text("secret").expect("a key");
    let request = sign(&key, r#"{"ping":"p-1"}"#);
    let headers = request.headers();
    let head = RequestHead::new(request.method(), path, &headers);
    match receiver.receive(head, request.body().clone())? {
        Outcome::Accepted(delivery) => Ok(delivery),
        Outcome::Probe(reply) => panic!("{reply:?}"),
    }
}

#[test]
fn keys_by_path_and_requests_kept_for_later() {
    let key = SigningKey::from_text("secret").expect("a key");
    let keys = OnePath(Arc::new(MacKeys::new(&key.into())));
    let receiver = Receiver::new(Metriport::with_key_source(keys));

    let delivery = receive(&receiver, "/hook").expect("accepted");
    let stored: StoredRequest = delivery.to_stored();
    let later = danger::trust_stored(&receiver, &stored).expect("of this receiver");
    assert_eq!(later.decode().expect("decodes").events(), delivery.events());

    let refused = receive(&receiver, "/other").expect_err("no key");
    assert!(matches!(
        refused.reason(),
        Reason::Verify(VerifyError::NoKey)
    ));
}
