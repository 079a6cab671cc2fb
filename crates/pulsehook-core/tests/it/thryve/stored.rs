//! The stored form: kept, thawed, decoded alike.

use pulsehook_core::signature::encode_base64;
use pulsehook_core::thryve::testing::{compress, sign, unsigned};
use pulsehook_core::{StoredRequest, danger};

use super::{key, message, open_receiver, send, signed_receiver};

#[test]
fn what_was_stored_decodes_to_the_same() {
    let receiver = signed_receiver();
    let frame = compress(message("epoch-update"));
    for body in [
        frame.clone(),
        encode_base64(&frame).into(),
        message("v5-both").into(),
    ] {
        let delivery = send(&receiver, &sign(&key(), body, "1")).expect("signed");
        let stored = delivery.to_stored();
        let kept = serde_json::to_string(&stored).expect("JSON");
        assert!(!kept.contains("x-hmac"), "only what decoding reads");
        let read: StoredRequest = serde_json::from_str(&kept).expect("as written");
        assert_eq!(read, stored);
        let again = danger::trust_stored(&receiver, &read).expect("the same endpoint");
        let again = again.decode().expect("as before");
        assert_eq!(again.events(), delivery.events());
        assert_eq!(again.dedup_key(), delivery.dedup_key());
        assert_eq!(again.replay_key(), delivery.replay_key());
        assert_eq!(again.authenticity(), delivery.authenticity());
        assert_eq!(again.key_id(), delivery.key_id());
    }
}

#[test]
fn the_encoding_is_kept_for_strict_mode() {
    let receiver = open_receiver(true);
    let request = unsigned(compress(message("epoch-update")));
    let delivery = send(&receiver, &request).expect("documented");
    let stored = delivery.to_stored();
    assert_eq!(stored.header("content-encoding"), Some(&b"zstd"[..]));
    let again = danger::trust_stored(&receiver, &stored).expect("the same endpoint");
    assert_eq!(
        again.decode().expect("as before").events(),
        delivery.events()
    );
    // What could not be decoded stays so.
    let bare = pulsehook_core::testing::SignedRequest::post_json(request.body().clone());
    let error = send(&receiver, &bare).expect_err("no header");
    let stored = error.undecodable().expect("authentic").to_stored();
    let again = danger::trust_stored(&receiver, &stored).expect("the same endpoint");
    let again = again.decode().expect_err("as before");
    assert_eq!(again.reply(), error.reply());
    // A lenient receiver of the same name can make something of it.
    let lenient = open_receiver(false);
    let again = danger::trust_stored(&lenient, &stored).expect("the same endpoint");
    assert_eq!(again.decode().expect("a frame").events(), delivery.events());
}
