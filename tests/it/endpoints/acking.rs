//! A provider of the tests' own, which wants more of an acknowledgement than an empty 200.

use std::time::SystemTime;

use bytes::Bytes;
use pulsehook_core::{
    Authenticity, DecodeError, Decoded, Head, HeaderSecrets, Opening, Proof, Provider, Reply,
    Verdict, Verified, VerifyError, WantedHeader, json,
};
use serde::{Deserialize, Serialize};

use super::{Mount, current_token, plain};

/// The header of the token.
pub(crate) const TOKEN: &str = "x-acking-token";

struct Acking(HeaderSecrets);

#[derive(Deserialize, Serialize)]
pub(crate) struct Numbered {
    n: u64,
}

impl Provider for Acking {
    const NAME: &'static str = "acking";

    type Event = Numbered;
    type Check = ();

    fn headers(&self) -> Vec<WantedHeader> {
        vec![self.0.wanted()]
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<()>, VerifyError> {
        self.0.check(head)?;
        Ok(Opening::Check(()))
    }

    fn finish(
        &self,
        (): (),
        _head: &Head<'_>,
        _body: &Bytes,
        _now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        Ok(Verdict::Accepted(Proof::new(Authenticity::SharedSecret)))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Numbered>, DecodeError> {
        let event: Numbered = json::from_body(verified.body())?;
        let ack = serde_json::json!({ "took": event.n });
        let ack = Reply::json(202, &ack).expect("a JSON form");
        Ok(Decoded::new(vec![event]).with_ack(ack))
    }
}

pub(super) fn mount_all(mount: &mut impl Mount) {
    let token = HeaderSecrets::in_header(TOKEN, current_token());
    plain(mount, "acking", Acking(token));
}
