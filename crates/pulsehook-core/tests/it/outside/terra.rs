//! Terra: one header that lists the time and any number of signatures.

use std::sync::Arc;
use std::time::SystemTime;

use pulsehook_core::bytes::Bytes;
use pulsehook_core::signature::{
    HmacSha256, MacCheck, MacKeys, SignedAt, Tolerance, decode_hex, encode_hex,
};
use pulsehook_core::{
    BodyCheck, DecodeError, Decoded, DedupKind, Head, HeaderLookup, Opening, Proof, Provider,
    Reply, SigningKey, SigningKeys, Text, Verdict, Verified, VerifyError, WantedHeader,
};
use serde::Deserialize;

use super::{Fixture, fixture_tests, post, receiver_at};
use crate::support::{Secret, json_fixture};

/// The two names of the header; requests have both.
const SIGNATURE: &str = "x-terra-signature";
const OLDER_SIGNATURE: &str = "terra-signature";

/// The most parts that the header may list.
const MAX_PARTS: usize = 8;

/// Receives Terra's events; holds the signing secrets.
struct Terra {
    keys: Arc<MacKeys<HmacSha256>>,
    tolerance: Tolerance,
}

impl Terra {
    fn new(secrets: impl Into<SigningKeys>) -> Self {
        Self {
            keys: Arc::new(MacKeys::new(&secrets.into())),
            tolerance: Tolerance::default(),
        }
    }
}

/// What the header lists.
struct Listed<'a> {
    timestamp: &'a [u8],
    signed_at: SignedAt,
    signatures: Vec<[u8; 32]>,
}

impl<'a> Listed<'a> {
    /// Reads the header under either name; under both, it must say the same.
    fn read(head: &Head<'a>) -> Result<Self, VerifyError> {
        let name = match (head.header(SIGNATURE), head.header(OLDER_SIGNATURE)) {
            (HeaderLookup::Missing, HeaderLookup::One(_)) => OLDER_SIGNATURE,
            (_, HeaderLookup::Missing) => SIGNATURE,
            (newer, older) if newer == older => SIGNATURE,
            _ => return Err(VerifyError::MixedHeaders),
        };
        Self::parse(head.required(name)?, head, name)
    }

    /// Parses `t=<seconds>,v1=<hex>`, with more of `v1` while a key is rotated. Other keys are
    /// passed over: they are no signatures of this scheme.
    fn parse(value: &'a [u8], head: &Head<'_>, name: &str) -> Result<Self, VerifyError> {
        let (mut timestamp, mut v1) = (None, Vec::new());
        for (listed, part) in value.split(|byte| *byte == b',').enumerate() {
            let part = part.trim_ascii();
            let equals = part.iter().position(|byte| *byte == b'=');
            let (key, value) = match equals.and_then(|at| part.split_at_checked(at)) {
                Some((key, [_, value @ ..])) if listed < MAX_PARTS => (key, value),
                _ => return Err(head.malformed(name)),
            };
            match key {
                b"t" if timestamp.is_some() => return Err(head.malformed(name)),
                b"t" => timestamp = Some(value),
                b"v1" => v1.push(decode_hex(value)),
                _ => {}
            }
        }
        let timestamp = timestamp.ok_or_else(|| head.malformed(name))?;
        if v1.is_empty() {
            return Err(head.malformed(name));
        }
        let signatures: Vec<_> = v1.into_iter().flatten().collect();
        if signatures.is_empty() {
            return Err(VerifyError::SignatureMismatch);
        }
        Ok(Self {
            timestamp,
            signed_at: SignedAt::from_seconds(timestamp)
                .ok_or_else(|| head.malformed_timestamp(name))?,
            signatures,
        })
    }
}

struct Check {
    macs: MacCheck<HmacSha256>,
    timestamp: Vec<u8>,
    signed_at: SignedAt,
    signatures: Vec<[u8; 32]>,
}

impl BodyCheck for Check {
    fn update(&mut self, frame: &[u8]) {
        self.macs.update(frame);
    }
}

#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "type")]
    event_type: Text,
}

impl Provider for Terra {
    const NAME: &'static str = "terra";

    type Event = Event;
    type Check = Check;

    // `x-terra-trace-id` is the same on every retry, but not signed: it is no delivery id here.
    fn headers(&self) -> Vec<WantedHeader> {
        [SIGNATURE, OLDER_SIGNATURE]
            .map(WantedHeader::for_check)
            .into()
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
        let listed = Listed::read(head)?;
        let mut macs = MacCheck::start(&self.keys, head)?;
        macs.update(listed.timestamp);
        macs.update(b".");
        Ok(Opening::Check(Check {
            macs,
            timestamp: listed.timestamp.to_vec(),
            signed_at: listed.signed_at,
            signatures: listed.signatures,
        }))
    }

    fn finish(
        &self,
        check: Check,
        _head: &Head<'_>,
        body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let presented = check.signatures.iter().map(<[u8; 32]>::as_slice);
        let (key_id, _) = check.macs.verify(presented)?;
        self.tolerance.check(check.signed_at, now)?;
        // Not the MAC: with one of two signatures cut out, another key could match.
        let proof = Proof::body_signature(key_id);
        let proof = proof.with_digest_of(&[&check.timestamp, b".", body]);
        Ok(Verdict::Accepted(proof))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        Ok(Decoded::new(vec![verified.json()?]))
    }
}

const NOW: u64 = 1_774_706_625;
const BODY: &str = r#"{"type":"moon","version":"2022-03-16"}"#;

#[derive(Deserialize)]
struct Keys {
    secret: Secret,
}

fn fixture() -> Fixture<Keys> {
    json_fixture("terra/vectors.json")
}

fn key(secret: impl Into<String>) -> SigningKey {
    SigningKey::from_text(secret).expect("a secret")
}

fn check_vector(name: &str) {
    let vector = fixture().vector(name);
    if let Some(delivery) = vector.check(Terra::new(key(vector.keys.secret.join()))) {
        let [event] = delivery.events() else {
            panic!("{name}: not one event");
        };
        assert_eq!(event.event_type, "sleep");
        assert_eq!(delivery.ack(), &Reply::ok());
        assert_eq!(delivery.dedup_key().kind(), DedupKind::Digest);
    }
}

fixture_tests! {
    vectors {
        sleep = "sleep data event",
        current_header_name = "same, current header name",
        body_byte_changed = "sleep data event / one body byte changed",
        second_of_two_matches = "two v1 entries, second matches (key rotation)",
        spaces_around_parts = "spaces around the parts",
        only_an_unknown_scheme = "only an unknown scheme (no downgrade)",
        timestamp_not_a_number = "timestamp not a number",
        at_301_s_old = "301 s old",
    }
    handshakes {}
}

/// Signs [`BODY`] as of [`NOW`].
fn hex_by(secret: &str) -> String {
    let text = NOW.to_string();
    let keys = MacKeys::<HmacSha256>::new(&key(secret).into());
    encode_hex(
        keys.sign(&[text.as_bytes(), b".", BODY.as_bytes()])
            .as_bytes(),
    )
}

/// Receives [`BODY`] with some headers and names the rule that refuses it, if any.
fn rule(headers: &[(&str, &str)], now: u64) -> &'static str {
    let keys = SigningKeys::new("old", key("old")).with("new", key("new"));
    let receiver = receiver_at(Terra::new(keys.expect("a ring")), now);
    match post(&receiver, headers, BODY) {
        Ok(_) => "accepted",
        Err(error) => error.rule(),
    }
}

#[test]
fn lists_are_read_part_by_part() {
    let (right, wrong) = (hex_by("new"), hex_by("other"));
    let check = |list: String, expect: &str| {
        assert_eq!(rule(&[(SIGNATURE, &list)], NOW), expect, "{list}");
    };
    let t = format!("t={NOW}");
    check(format!("{t},v1={right}"), "accepted");
    check(format!("v1={right},{t}"), "accepted");
    check(format!("{t},v1={}", right.to_uppercase()), "accepted");
    check(format!("{t},v1={wrong},v1={right}"), "accepted");
    check(format!("{t},v1=,v0=x,v1={right},x="), "accepted");
    check(format!("{t},v1={wrong}"), "signature-mismatch");
    check(format!("{t},v1={}", &right[..62]), "signature-mismatch");
    check(format!("{t},v1="), "signature-mismatch");
    check(format!("{t},v1={right}00"), "signature-mismatch");
    check(format!("t={},v1={right}", NOW + 1), "signature-mismatch");
    for none in ["", ",v0=", ",V1=", ",v1 ="] {
        let value = if none.is_empty() { "" } else { right.as_str() };
        check(format!("{t}{none}{value}"), "malformed-header");
    }
    for junk in [
        String::new(),
        ",".into(),
        right.clone(),
        format!("v1={right}"),
        format!("{t},v1={right},"),
        format!("{t},v1={right},junk"),
        format!("{t},{t},v1={right}"),
        format!("{t},v1={right}, {t},v1={right}"),
        format!("{t},v1={right}{}", ",x=1".repeat(MAX_PARTS)),
    ] {
        check(junk, "malformed-header");
    }
    for time in ["", "+1774706625", "01774706625", "1774706625.0", "1e9"] {
        check(format!("t={time},v1={right}"), "malformed-timestamp");
    }
}

#[test]
fn the_older_name_counts_and_both_names_must_agree() {
    let right = format!("t={NOW},v1={}", hex_by("old"));
    let check = |headers: &[(&str, &str)], expect: &str| assert_eq!(rule(headers, NOW), expect);
    check(&[(OLDER_SIGNATURE, &right)], "accepted");
    check(
        &[(OLDER_SIGNATURE, &right), (SIGNATURE, &right)],
        "accepted",
    );
    check(
        &[(OLDER_SIGNATURE, &right), (SIGNATURE, "t=1")],
        "mixed-headers",
    );
    check(
        &[(OLDER_SIGNATURE, "t=1"), (SIGNATURE, &right)],
        "mixed-headers",
    );
    check(
        &[(OLDER_SIGNATURE, &right), (OLDER_SIGNATURE, &right)],
        "mixed-headers",
    );
    check(
        &[(SIGNATURE, &right), (SIGNATURE, &right)],
        "repeated-header",
    );
    check(&[], "missing-header");
}

#[test]
fn the_tolerance_has_two_ends_and_is_judged_after_the_signature() {
    let (right, wrong) = (hex_by("new"), hex_by("other"));
    for (now, expect) in [
        (NOW - 301, "timestamp-too-new"),
        (NOW - 300, "accepted"),
        (NOW + 300, "accepted"),
        (NOW + 301, "timestamp-too-old"),
    ] {
        let list = format!("t={NOW},v1={right}");
        assert_eq!(rule(&[(SIGNATURE, &list)], now), expect, "{now}");
        let list = format!("t={NOW},v1={wrong}");
        let forged = rule(&[(SIGNATURE, &list)], now);
        assert_eq!(forged, "signature-mismatch", "{now}");
    }
}
