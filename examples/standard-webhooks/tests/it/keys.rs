//! What is refused before the first request comes, and what several keys accept.

use std::sync::Arc;

use ed25519_dalek::{Signer as _, SigningKey};
use pulsehook_core::signature::encode_base64;
use pulsehook_core::{ConfigError, Receiver, VerifyError};
use standard_webhooks::{HeaderFamily, Keys, PublicKey, Secret, StandardWebhooks, sign};

use crate::support::{BODY, NOW, Signed, at, receive, receiver_at, secret, signed, verify};

fn public_key(private: &SigningKey) -> PublicKey {
    let text = format!("whpk_{}", encode_base64(private.verifying_key().as_bytes()));
    PublicKey::from_base64(&text).expect("a public key")
}

/// Makes a `v1a` signature for what [`signed`] makes a `v1` one for.
fn v1a(private: &SigningKey, body: &[u8]) -> String {
    let message = [format!("msg_1.{NOW}.").as_bytes(), body].concat();
    format!("v1a,{}", encode_base64(&private.sign(&message).to_bytes()))
}

fn with_signature(tokens: &[&str]) -> Signed {
    let mut headers = signed(BODY);
    headers[2].1 = tokens.join(" ");
    headers
}

#[test]
fn secrets_are_24_to_64_bytes_of_base64() {
    for (len, good) in [(23, false), (24, true), (64, true), (65, false)] {
        let text = encode_base64(&vec![7; len]);
        assert_eq!(Secret::from_base64(&text).is_ok(), good, "{len} bytes");
        let prefixed = format!("whsec_{text}");
        assert_eq!(Secret::from_base64(&prefixed).is_ok(), good, "{len} bytes");
    }
    for bad in ["", " ", "whsec_", "whsec_****", "whsec_whsec_"] {
        assert!(Secret::from_base64(bad).is_err(), "{bad:?}");
    }
    for bad in ["", " \n", "whsec_", "whsec_ "] {
        let error = Secret::from_raw_text(bad).err();
        assert_eq!(error, Some(ConfigError::EmptyKey), "{bad:?}");
    }
}

#[test]
fn public_keys_are_32_bytes_that_mean_something() {
    let weak = {
        let mut identity = [0; 32];
        identity[0] = 1;
        encode_base64(&identity)
    };
    let private = format!("whsk_{}", encode_base64(&[7; 32]));
    for bad in ["", "whpk_", &weak, &private, &encode_base64(&[7; 31])] {
        assert!(PublicKey::from_base64(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_ring_is_capped_and_its_ids_differ_across_kinds() {
    let public = public_key(&SigningKey::from_bytes(&[9; 32]));
    let error = Keys::new("a", secret(1)).with("a", public.clone()).err();
    assert_eq!(error, Some(ConfigError::DuplicateKeyId { id: "a".into() }));

    let mut keys = Keys::new("0", public.clone());
    for id in 1..Keys::MAX {
        let id_text = id.to_string();
        keys = if id % 2 == 0 {
            keys.with(id_text, public.clone()).expect("room")
        } else {
            keys.with(id_text, secret(1)).expect("room")
        };
    }
    assert_eq!(keys.len(), 8);
    let error = keys.with("8", secret(1)).err();
    assert_eq!(error, Some(ConfigError::TooManyKeys { max: 8 }));
}

#[test]
fn the_text_itself_is_the_key_only_on_request() {
    let text = format!("whsec_{}", encode_base64(&[1; 32]));
    let raw = Secret::from_raw_text(&text).expect("a secret");
    let by_raw: Signed = sign(HeaderFamily::Svix, &raw, "msg_1", at(NOW), BODY).into();

    assert!(verify(&receiver_at(raw, NOW), &by_raw, BODY).is_ok());
    let usual = Secret::from_base64(&text).expect("a secret");
    let refused = verify(&receiver_at(usual, NOW), &by_raw, BODY);
    assert_eq!(refused, Err(VerifyError::SignatureMismatch));
}

#[test]
fn a_delivery_names_the_key_that_matched() {
    let private = SigningKey::from_bytes(&[9; 32]);
    let keys = Keys::new("new", secret(2))
        .with("old", secret(1))
        .and_then(|keys| keys.with("asymmetric", public_key(&private)))
        .expect("three keys");
    let receiver = receiver_at(keys, NOW);
    let v1 = signed(BODY)[2].1.clone();
    let v1a = v1a(&private, BODY);

    let check = |tokens: &[&str], expect: &str| {
        let delivery = receive(&receiver, &with_signature(tokens), BODY).expect(expect);
        assert_eq!(delivery.key_id().map(|id| id.as_str()), Some(expect));
    };
    check(&[&v1], "old");
    check(&[&v1a], "asymmetric");
    check(&[&v1a, &v1], "old");
    let wrong_v1 = format!("v1,{}", encode_base64(&[0; 32]));
    check(&[&wrong_v1, &v1a], "asymmetric");
}

#[test]
fn a_replay_with_a_signature_cut_out_is_still_the_same_request() {
    let private = SigningKey::from_bytes(&[9; 32]);
    let keys = Keys::new("secret", secret(1))
        .with("asymmetric", public_key(&private))
        .expect("two keys");
    let receiver = receiver_at(keys, NOW);
    let v1 = signed(BODY)[2].1.clone();
    let v1a = v1a(&private, BODY);
    let replay_key = |tokens: &[&str]| {
        let delivery = receive(&receiver, &with_signature(tokens), BODY).expect("signed");
        delivery.replay_key().expect("something was signed")
    };
    let whole = replay_key(&[&v1, &v1a]);
    assert_eq!(replay_key(&[&v1]), whole);
    assert_eq!(replay_key(&[&v1a]), whole);
}

#[test]
fn keys_can_be_exchanged_while_requests_come() {
    let current = Arc::new(std::sync::RwLock::new(None));
    let source = Arc::clone(&current);
    let provider = StandardWebhooks::with_key_source(move |_head| source.read().ok()?.clone());
    let receiver = Receiver::builder(provider).clock(|| at(NOW)).build();

    let refused = verify(&receiver, &signed(BODY), BODY);
    assert_eq!(refused, Err(VerifyError::NoKey));
    *current.write().expect("no panic") = Some(Arc::new(Keys::from(secret(1))));
    assert!(verify(&receiver, &signed(BODY), BODY).is_ok());
}

#[test]
fn nothing_prints_a_key() {
    let keys = Keys::new("a", secret(b'K'));
    let printed = format!(
        "{keys:?} {:?} {:?}",
        secret(b'K'),
        receiver_at(keys.clone(), NOW)
    );
    assert!(!printed.contains("KKK") && !printed.contains(&encode_base64(&[b'K'; 32])[..8]));
    assert!(printed.contains("[REDACTED]"));
}
