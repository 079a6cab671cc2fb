//! Oura (API v2): probes by GET with token and challenge, signs time stamp and body.

use std::sync::Arc;
use std::time::SystemTime;

use form_urlencoded::parse;
use pulsehook_core::bytes::Bytes;
use pulsehook_core::signature::{
    HmacSha256, MacCheck, MacKeys, SignedAt, Tolerance, decode_hex, encode_hex,
};
use pulsehook_core::{
    BodyCheck, DecodeError, Decoded, Head, Opening, Outcome, Proof, Provider, Reason, Reply,
    SharedSecret, SigningKey, SigningKeys, Text, TimeText, Verdict, Verified, VerifyError,
    WantedHeader,
};
use serde::Deserialize;

use super::{Fixture, fixture_tests, post, receiver_at};
use crate::support::{Secret, json_fixture};

const SIGNATURE: &str = "x-oura-signature";
const TIMESTAMP: &str = "x-oura-timestamp";

/// Receives Oura's notifications; holds the client secrets and the verification token.
struct Oura {
    keys: Arc<MacKeys<HmacSha256>>,
    token: SharedSecret,
    tolerance: Option<Tolerance>,
}

impl Oura {
    fn new(secrets: impl Into<SigningKeys>, token: SharedSecret) -> Self {
        Self {
            keys: Arc::new(MacKeys::new(&secrets.into())),
            token,
            tolerance: None,
        }
    }

    fn with_tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Answers the probe that comes when a subscription is made.
    fn challenge(&self, query: &str) -> Result<Reply, VerifyError> {
        let [mut token, mut challenge] = [None, None];
        for (name, value) in parse(query.as_bytes()) {
            let slot = match &*name {
                "verification_token" => &mut token,
                "challenge" => &mut challenge,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(VerifyError::Other {
                    rule: "repeated-parameter",
                });
            }
        }
        let token = token.ok_or(VerifyError::MissingCredential)?;
        if !self.token.matches(token.as_bytes()) {
            return Err(VerifyError::CredentialMismatch);
        }
        let challenge = challenge.ok_or(VerifyError::Other {
            rule: "no-challenge",
        })?;
        Ok(Reply::json_text("challenge", &challenge))
    }
}

struct Check {
    macs: MacCheck<HmacSha256>,
    presented: [u8; 32],
    signed_at: SignedAt,
}

impl BodyCheck for Check {
    fn update(&mut self, frame: &[u8]) {
        self.macs.update(frame);
    }
}

pulsehook_core::string_enum! {
    /// What happened to the record.
    pub enum Change {
        /// It is new.
        Create = "create",
        /// It has changed.
        Update = "update",
        /// It is gone.
        Delete = "delete",
    }
}

#[derive(Debug, Deserialize)]
struct Event {
    event_type: Change,
    data_type: Text,
    object_id: Text,
    event_time: Option<TimeText>,
    user_id: Text,
}

impl Provider for Oura {
    const NAME: &'static str = "oura";

    type Event = Event;
    type Check = Check;

    fn methods(&self) -> &'static [&'static str] {
        &["GET", "POST"]
    }

    fn headers(&self) -> Vec<WantedHeader> {
        [SIGNATURE, TIMESTAMP].map(WantedHeader::for_check).into()
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<Check>, VerifyError> {
        if head.method() == "GET" {
            let reply = self.challenge(head.query().unwrap_or_default())?;
            return Ok(Opening::Probe(reply));
        }
        let signature = head.required(SIGNATURE)?;
        let timestamp = head.required(TIMESTAMP)?;
        let presented = decode_hex(signature).ok_or_else(|| head.malformed(SIGNATURE))?;
        let signed_at = SignedAt::from_seconds_or_millis(timestamp)
            .ok_or_else(|| head.malformed_timestamp(TIMESTAMP))?;
        let mut macs = MacCheck::start(&self.keys, head)?;
        macs.update(timestamp);
        Ok(Opening::Check(Check {
            macs,
            presented,
            signed_at,
        }))
    }

    fn finish(
        &self,
        check: Check,
        _head: &Head<'_>,
        _body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        let (key_id, mac) = check.macs.verify([check.presented.as_slice()])?;
        if let Some(tolerance) = &self.tolerance {
            tolerance.check(check.signed_at, now)?;
        }
        Ok(Verdict::Accepted(
            Proof::body_signature(key_id).with_mac(mac),
        ))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        Ok(Decoded::new(vec![verified.json()?]))
    }
}

const TOKEN: &str = "my-token";
const NOW: u64 = 1_774_706_625;
const BODY: &str = r#"{"event_type":"renew","data_type":"sleep","object_id":"1","user_id":"u"}"#;

#[derive(Deserialize)]
struct Keys {
    secret: Secret,
}

fn fixture() -> Fixture<Keys> {
    json_fixture("oura/vectors.json")
}

fn oura(secret: String, token: &str) -> Oura {
    let secret = SigningKey::from_text(secret).expect("a secret");
    Oura::new(secret, SharedSecret::from_text(token).expect("a token"))
}

fn check_vector(name: &str) {
    let vector = fixture().vector(name);
    let provider = oura(vector.keys.secret.join(), TOKEN);
    if let Some(delivery) = vector.check(provider) {
        let [event] = delivery.events() else {
            panic!("{name}: not one event");
        };
        assert_ne!(event.event_type, Change::Create);
        assert!(vector.body.contains(event.data_type.as_str()));
        assert!(vector.body.contains(event.object_id.as_str()));
        assert!(
            event
                .event_time
                .as_ref()
                .is_some_and(|at| at.instant().is_some())
        );
        assert_eq!(event.user_id, "user123");
        assert_eq!(delivery.ack(), &Reply::ok());
    }
}

fn check_handshake(name: &str) {
    let handshake = fixture().handshake(name);
    let token = handshake.verification_token.as_ref().expect(name).join();
    handshake.check(oura("secret".into(), &token));
}

fixture_tests! {
    vectors {
        sleep_update = "sleep update",
        tag_delete = "tag delete",
        lowercase_hex = "lowercase hex is accepted too",
        body_byte_changed = "sleep update / one body byte changed",
        trailing_newline = "sleep update / trailing newline added",
        wrong_secret = "sleep update / wrong secret configured",
        signature_absent = "sleep update / signature header absent",
        signature_empty = "sleep update / signature header empty",
        signature_truncated = "sleep update / signature truncated",
        timestamp_absent = "timestamp header absent",
        timestamp_altered = "timestamp altered after signing",
        body_with_spaces = "body sent with spaces, signature over the raw bytes",
    }
    handshakes {
        right_token = "right token",
        wrong_token = "wrong token",
        challenge_needing_escapes = "challenge needing JSON escapes",
        no_token = "no token",
    }
}

/// Sends a GET and returns status and body of the answer.
fn get(query: Option<&str>) -> (u16, String) {
    let receiver = receiver_at(oura("secret".into(), TOKEN), NOW);
    let headers: [(&str, &str); 0] = [];
    let head = pulsehook_core::RequestHead::new("GET", "/hooks", &headers).with_query(query);
    let reply = match receiver.begin(head) {
        Ok(Outcome::Probe(reply)) => reply,
        Ok(Outcome::Accepted(_)) => panic!("a GET has no body to wait for"),
        Err(error) => error.reply().clone(),
    };
    let body = String::from_utf8(reply.body().to_vec()).expect("text");
    (reply.status(), body)
}

#[test]
fn repeated_or_missing_parameters_are_refused_without_a_word() {
    let refused = (401, String::new());
    for query in [
        None,
        Some(""),
        Some("verification_token=my-token"),
        Some("verification_token=my-token&verification_token=my-token&challenge=c"),
        Some("verification_token=other&verification_token=my-token&challenge=c"),
        Some("verification_token=my-token&challenge=c&challenge=c"),
        Some("verification_token=my-token%00&challenge=c"),
        Some("verification_token=&challenge=c"),
        Some("verification_token=%FF&challenge=c"),
    ] {
        assert_eq!(get(query), refused, "{query:?}");
    }
    let other = Some("x=1&challenge=a%2Bb+c&verification%5Ftoken=my%2Dtoken");
    assert_eq!(get(other), (200, r#"{"challenge":"a+b c"}"#.into()));
}

fn signed(timestamp: &str, body: &str) -> String {
    let key = SigningKey::from_text("secret").expect("a secret");
    let mac =
        MacKeys::<HmacSha256>::new(&key.into()).sign(&[timestamp.as_bytes(), body.as_bytes()]);
    encode_hex(mac.as_bytes())
}

#[test]
fn seconds_and_milliseconds_are_told_apart_by_size() {
    let tolerance = Tolerance::default();
    let check = |timestamp: &str, now: u64, expect: &str| {
        let provider = oura("secret".into(), TOKEN).with_tolerance(tolerance);
        let signature = signed(timestamp, BODY);
        let headers = [(SIGNATURE, &*signature), (TIMESTAMP, timestamp)];
        let rule = match post(&receiver_at(provider, now), &headers, BODY) {
            Ok(_) => "accepted",
            Err(error) => error.rule(),
        };
        assert_eq!(rule, expect, "{timestamp} at {now}");
    };
    check("1774706625", NOW + 300, "accepted");
    check("1774706625", NOW + 301, "timestamp-too-old");
    check("1774706625", NOW - 301, "timestamp-too-new");
    check("1774706625000", NOW + 300, "accepted");
    check("1774706625000", NOW + 301, "timestamp-too-old");
    check("1774706625000000", NOW, "malformed-timestamp");
    check("+1774706625", NOW, "malformed-timestamp");
}

#[test]
fn unknown_words_are_events() {
    let receiver = receiver_at(oura("secret".into(), TOKEN), NOW);
    let signature = signed("1774706625", BODY);
    let headers = [(SIGNATURE, &*signature), (TIMESTAMP, "1774706625")];
    let outcome = post(&receiver, &headers, BODY).expect("signed");
    let delivery = outcome.accepted().expect("no probe");
    assert_eq!(delivery.events()[0].event_type.as_str(), "renew");
}

#[test]
fn a_post_is_never_a_probe() {
    let receiver = receiver_at(oura("secret".into(), TOKEN), NOW);
    let headers: [(&str, &str); 0] = [];
    let head = pulsehook_core::RequestHead::new("POST", "/hooks", &headers)
        .with_query(Some("verification_token=my-token&challenge=c"));
    let error = receiver.receive(head, BODY).expect_err("unsigned");
    assert!(matches!(
        error.reason(),
        Reason::Verify(VerifyError::MissingHeader { .. })
    ));
}
