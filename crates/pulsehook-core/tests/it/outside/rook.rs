//! ROOK: a signature over three fields of the body, which leaves the rest of it unprotected.

use std::sync::Arc;
use std::time::SystemTime;

use pulsehook_core::bytes::Bytes;
use pulsehook_core::signature::{HmacSha256, MacCheck, MacKeys, decode_hex};
use pulsehook_core::{
    Authenticity, DecodeError, Decoded, Head, Opening, Proof, Provider, SigningKey, SigningKeys,
    Text, Verdict, Verified, VerifyError, WantedHeader, json,
};
use serde::Deserialize;

use super::{Fixture, Secret, Vector, fixture_tests, post, receiver_at};
use crate::support::json_fixture;

const HASH: &str = "x-rook-hash";

/// Receives ROOK's data webhooks; holds the secret hash key.
struct Rook {
    keys: Arc<MacKeys<HmacSha256>>,
}

/// What the signature covers. These fields alone are read before it is verified.
#[derive(Deserialize)]
struct Signed {
    client_uuid: Text,
    user_id: Text,
    datetime: Text,
}

#[derive(Debug, Deserialize)]
struct Event {
    user_id: Text,
    data_structure: Option<Text>,
}

impl Provider for Rook {
    const NAME: &'static str = "rook";

    type Event = Event;
    type Check = ();

    fn headers(&self) -> Vec<WantedHeader> {
        vec![WantedHeader::for_check(HASH)]
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<()>, VerifyError> {
        let hash: Option<[u8; 32]> = decode_hex(head.required(HASH)?);
        hash.map(|_| Opening::Check(()))
            .ok_or_else(|| head.malformed(HASH))
    }

    fn finish(
        &self,
        (): (),
        head: &Head<'_>,
        body: &Bytes,
        _now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let presented: [u8; 32] =
            decode_hex(head.required(HASH)?).ok_or_else(|| head.malformed(HASH))?;
        // Without the fields there is nothing that a signature could cover.
        let signed: Signed = json::from_body(body).map_err(|_| VerifyError::SignatureMismatch)?;
        let mut macs = MacCheck::with_keys(&self.keys);
        for field in [&signed.client_uuid, &signed.user_id, &signed.datetime] {
            macs.update(field.as_bytes());
        }
        let (key_id, _mac) = macs.verify([presented.as_slice()])?;
        // No replay key: different deliveries can share the three fields.
        let proof = Proof::new(Authenticity::PartialSignature).with_key_id(key_id);
        Ok(Verdict::Accepted(proof))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        Ok(Decoded::new(vec![verified.json()?]))
    }
}

fn rook(secret: &str) -> Rook {
    let key = SigningKey::from_text(secret).expect("a key");
    Rook {
        keys: Arc::new(MacKeys::new(&SigningKeys::from(key))),
    }
}

#[derive(Deserialize)]
struct Keys {
    secret: Secret,
}

fn fixture() -> Fixture<Keys> {
    json_fixture("rook/vectors.json")
}

fn check_vector(name: &str) {
    let vector: Vector<Keys> = fixture().vector(name);
    let Some(delivery) = vector.check(rook(&vector.keys.secret.join())) else {
        return;
    };
    assert_eq!(delivery.authenticity(), Authenticity::PartialSignature);
    assert_eq!(delivery.replay_key(), None);
    assert_eq!(delivery.events()[0].user_id, "user-42");
    let kind = delivery.events()[0].data_structure.as_deref();
    assert_eq!(kind, Some("sleep_summary"));
}

fixture_tests! {
    vectors {
        sleep_summary = "sleep summary",
        what_is_not_signed_can_be_changed = "data changed, identity fields untouched: still valid",
        another_user = "user changed",
        no_header = "header absent",
    }
    handshakes {}
}

#[test]
fn bodies_without_the_signed_fields_are_not_authentic() {
    let receiver = receiver_at(rook("secret"), 0);
    let hash = "0".repeat(64);
    for body in [
        "",
        "{}",
        "not JSON",
        "[]",
        r#"{"client_uuid":1,"user_id":"u","datetime":"d"}"#,
    ] {
        let error = post(&receiver, &[(HASH, &hash)], body).expect_err(body);
        assert_eq!(
            (error.rule(), error.reply().status()),
            ("signature-mismatch", 401)
        );
    }
}
