//! Secrets and payloads stay out of everything that prints.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bytes::Bytes;
use pulsehook_core::human_api::{self, HumanApi};
use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::signature::{HmacSha256, MacCheck, MacKeys, Tolerance};
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::{
    DecodeError, Decoded, Head, HeaderLookup, Opening, Outcome, Provider, RawJson, ReceiveError,
    Receiver, RequestHead, SigningKey, SigningKeys, Verdict, Verified, VerifyError, WantedHeader,
    danger,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::plain::Plain;

const KEY: &str = "canary-key";
pub(super) const TOKEN: &str = "canary-token";
const TEXT: &str = "canary-text";
pub(super) const PATH: &str = "/hooks/canary-token";
pub(super) const QUERY: &str = "token=canary-token";

const BODY: &str = r#"{"ping":"canary-text"}"#;

pub(super) fn key() -> SigningKey {
    SigningKey::from_text(KEY).expect("a key")
}

/// Everything that must not show: texts, and a MAC in each form that it could be printed in.
#[derive(Clone)]
pub(crate) struct Canaries(Vec<String>);

impl Canaries {
    pub(crate) fn of(macs: &[&[u8]]) -> Self {
        let mut canaries = vec!["canary".to_owned()];
        for mac in macs {
            let hex = pulsehook_core::signature::encode_hex(mac);
            let base64 = pulsehook_core::signature::encode_base64(mac);
            let numbers = format!("{:?}", &mac[4..8]);
            canaries.push(hex[8..16].to_owned());
            canaries.push(base64[8..16].to_lowercase());
            canaries.push(numbers.trim_matches(['[', ']']).to_owned());
            canaries.push(String::from_utf8_lossy(&mac[4..8]).to_lowercase());
        }
        Self(canaries)
    }

    #[track_caller]
    pub(crate) fn check(&self, what: &str, shown: &str) {
        let mut folded = shown.to_lowercase();
        // The alternate form puts every number of a list on a line of its own.
        folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
        for canary in &self.0 {
            assert!(
                !folded.contains(canary.as_str()),
                "{what} shows {canary:?}: {shown}"
            );
        }
    }

    #[track_caller]
    pub(crate) fn check_debug(&self, what: &str, value: &dyn Debug) {
        let shown = format!("{value:?}");
        assert!(!shown.is_empty());
        self.check(what, &shown);
        self.check(what, &format!("{value:#?}"));
    }

    #[track_caller]
    fn check_display(&self, what: &str, value: &dyn Display) {
        self.check(what, &value.to_string());
    }

    /// An error with all that stands behind it.
    #[track_caller]
    pub(crate) fn check_error(&self, error: &ReceiveError) {
        self.check_debug("error", error);
        self.check_display("error", error);
        let mut source: Option<&dyn Error> = error.source();
        while let Some(error) = source {
            self.check_debug("source", &error);
            self.check_display("source", &error);
            source = error.source();
        }
        self.check_debug("reason", error.reason());
        self.check_debug("reply", error.reply());
        self.check("rule", error.rule());
        assert!(error.reply().body().is_empty());
        if let Some(undecodable) = error.undecodable() {
            self.check_debug("undecodable", undecodable);
            self.check_display("undecodable", undecodable);
            self.check_debug("decode error", undecodable.error());
            self.check_display("decode error", undecodable.error());
            self.check_debug("stored", &undecodable.to_stored());
        }
    }
}

#[test]
fn canaries_are_seen_when_they_show() {
    let mac = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let canaries = Canaries::of(&[&mac]);
    let leaks = [
        format!("{mac:?}"),
        format!("{mac:#?}"),
        pulsehook_core::signature::encode_hex(&mac).to_uppercase(),
        pulsehook_core::signature::encode_base64(&mac),
        "Canary-Text".to_owned(),
    ];
    for leak in leaks {
        let caught = std::panic::catch_unwind(|| canaries.check("it", &leak));
        assert!(caught.is_err(), "{leak}");
    }
    canaries.check("it", "Mac(16 bytes)");
}

/// Hands on to a provider, and prints what it gets and gives on the way.
struct Watched<P> {
    inner: P,
    shown: Arc<Mutex<Vec<String>>>,
}

impl<P> Watched<P> {
    fn show(&self, values: &[&dyn Debug]) {
        let mut shown = self.shown.lock().expect("one thread");
        for value in values {
            shown.extend([format!("{value:?}"), format!("{value:#?}")]);
        }
    }
}

impl<P: Provider<Check: Debug>> Provider for Watched<P> {
    const NAME: &'static str = "watched";

    type Event = ();
    type Check = P::Check;

    fn headers(&self) -> Vec<WantedHeader> {
        let headers = self.inner.headers();
        self.show(&[&headers]);
        headers
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<P::Check>, VerifyError> {
        let opening = self.inner.begin(head);
        let lookups = ["x-metriport-signature", "x-webhook-key", "x-token"];
        let lookups: Vec<HeaderLookup<'_>> = lookups.iter().map(|name| head.header(name)).collect();
        self.show(&[head, &opening, &lookups]);
        opening
    }

    fn finish(
        &self,
        check: P::Check,
        head: &Head<'_>,
        body: &Bytes,
        now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        self.show(&[&check]);
        let verdict = self.inner.finish(check, head, body, now);
        self.show(&[&verdict]);
        verdict
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<()>, DecodeError> {
        self.show(&[verified]);
        Ok(Decoded::new(vec![()]))
    }
}

/// The headers of a request, with a token among them.
fn headers_of(request: &SignedRequest) -> Vec<(&str, &str)> {
    let pairs = request.headers().iter();
    let mut headers: Vec<(&str, &str)> =
        pairs.map(|(name, value)| (*name, value.as_str())).collect();
    headers.extend([("x-token", TOKEN), ("authorization", TOKEN)]);
    headers
}

/// The MAC of a request, if it is signed.
fn mac_of(request: &SignedRequest) -> Option<Vec<u8>> {
    let (_, value) = request
        .headers()
        .iter()
        .find(|(name, _)| name.ends_with("-signature"))?;
    let value = value.as_bytes();
    let hex = pulsehook_core::signature::decode_hex::<32>(value).map(Vec::from);
    let base64 = || pulsehook_core::signature::decode_base64::<20>(value).map(Vec::from);
    Some(hex.or_else(base64).expect("one of the two"))
}

/// Sends a request, right and wrong, and prints every value of its life.
pub(super) fn check_life<P: Provider<Check: Debug>>(make: impl Fn() -> P, request: &SignedRequest)
where
    P::Event: Debug,
{
    let mac = mac_of(request);
    let macs: Vec<_> = mac.as_deref().into_iter().collect();
    let canaries = Canaries::of(&macs);
    canaries.check_debug("signed request", request);
    let builder = Receiver::builder(make()).body_limit(100);
    canaries.check_debug("builder", &builder);
    let receiver = builder.build();
    canaries.check_debug("receiver", &receiver);

    let headers = headers_of(request);
    let head = RequestHead::new("POST", PATH, &headers).with_query(Some(QUERY));
    canaries.check_debug("head", &head);
    let begun = receiver.begin(head).expect("a right head");
    canaries.check_debug("outcome", &begun);
    let mut reception = begun.accepted().expect("no probe");
    canaries.check_debug("reception", &reception);
    assert!(reception.push(request.body().clone()).is_ok());
    canaries.check_debug("reception", &reception);
    let finished = reception.finish().expect("rightly signed");
    canaries.check_debug("outcome", &finished);
    let verified = finished.accepted().expect("no probe");
    canaries.check_debug("verified", &verified);
    canaries.check_debug("replay key", &verified.replay_key());
    canaries.check_debug("key id", &verified.key_id());
    let stored = verified.to_stored();
    canaries.check_debug("stored", &stored);
    let delivery = verified.decode().expect("decoded");
    canaries.check_debug("delivery", &delivery);
    canaries.check_debug("ack", delivery.ack());
    canaries.check_debug("replay key", &delivery.replay_key());
    let thawed = danger::trust_stored(&receiver, &stored);
    canaries.check_debug("thawed", &thawed.expect("of this receiver"));

    // The same request, refused in each way there is.
    let long = format!("{BODY}{}", " ".repeat(100));
    let refusals = [
        receiver.receive(RequestHead::new(TOKEN, PATH, &[(TOKEN, TOKEN)]), BODY),
        receiver.receive(RequestHead::new("POST", PATH, &[("x-token", TOKEN)]), BODY),
        receiver.receive(head, format!("{BODY} ")),
        receiver.receive(head, long),
    ];
    for refusal in refusals {
        canaries.check_error(&refusal.expect_err("refused"));
    }

    let shown = Arc::default();
    let watched = Watched {
        inner: make(),
        shown: Arc::clone(&shown),
    };
    let watching = Receiver::new(watched);
    assert!(watching.receive(head, request.body().clone()).is_ok());
    let shown = shown.lock().expect("one thread");
    assert!(shown.len() >= 12);
    for shown in &*shown {
        canaries.check("what a provider sees", shown);
    }
}

#[test]
fn nothing_of_a_metriport_request_is_printed() {
    let make = || {
        let keys = SigningKeys::from(key()).with("old", key()).expect("room");
        Metriport::new(keys).danger_accept_webhook_key(key())
    };
    let canaries = Canaries::of(&[]);
    canaries.check_debug("provider", &make().with_tolerance(Tolerance::default()));
    check_life(make, &metriport::testing::sign(&key(), BODY));
}

#[test]
fn nothing_of_a_human_api_request_is_printed() {
    let make = || HumanApi::new(key()).accept_hex_signatures();
    let canaries = Canaries::of(&[]);
    canaries.check_debug("provider", &make().with_tolerance(Tolerance::default()));
    let body = r#"[{"note":"canary-text"}]"#;
    let request = human_api::testing::sign(&key(), body, "1403591492088", TOKEN);
    check_life(make, &request);
}

#[test]
fn signing_machinery_prints_ids_and_lengths() {
    let keys = MacKeys::<HmacSha256>::new(&key().into());
    let mac = keys.sign(&[BODY.as_bytes()]);
    let canaries = Canaries::of(&[mac.as_bytes()]);
    canaries.check_debug("MAC", &mac);
    canaries.check_debug("keys", &keys);
    let mut check = MacCheck::with_keys(&keys);
    check.update(BODY.as_bytes());
    canaries.check_debug("check", &check);
    canaries.check_debug("found", &check.verify([mac.as_bytes()]));
    canaries.check_debug("decoded", &Decoded::new(vec![TEXT]));
    canaries.check_debug("raw", &RawJson::from_text(BODY).expect("JSON"));
    canaries.check_debug("look-up", &HeaderLookup::One(TOKEN.as_bytes()));
}

/// A body of its own for each way in which serde quotes what it read.
fn check_quoting<T: DeserializeOwned + Debug>(body: &'static str) {
    let canaries = Canaries::of(&[]);
    let naive = serde_json::from_str::<T>(body).expect_err("does not fit");
    let quotes = naive.to_string().contains("canary");
    assert!(quotes, "this body is to show that serde quotes: {naive}");

    let receiver = Receiver::new(Plain {
        decode: Box::new(|verified| {
            verified
                .json::<T>()
                .map(|value| Decoded::new(vec![format!("{value:?}")]))
        }),
        ..Plain::default()
    });
    let headers: [(&str, &str); 0] = [];
    let head = RequestHead::new("POST", PATH, &headers);
    let error = receiver.receive(head, body).expect_err("does not fit");
    assert_eq!(error.rule(), "undecodable");
    canaries.check_error(&error);
    let error = RawJson::from_text(body).and_then(|raw| raw.parse::<T>());
    canaries.check_debug("raw", &error);
    canaries.check_display("raw", &error.expect_err("does not fit"));
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    #[serde(rename = "value")]
    _value: Option<u8>,
    #[serde(rename = "kind")]
    _kind: Option<Kind>,
}

#[derive(Debug, Deserialize)]
enum Kind {
    Known,
}

#[test]
fn errors_of_decoding_quote_nothing() {
    check_quoting::<Typed>(r#"{"value":"canary-text"}"#);
    check_quoting::<Typed>(r#"{"kind":"canary-text"}"#);
    check_quoting::<Typed>(r#"{"canary-text":1}"#);
    check_quoting::<Vec<Kind>>(r#"["Known","missing field `canary-text`"]"#);
    check_quoting::<u8>(r#""invalid field `canary-text`""#);
    check_quoting::<Kind>(r#"{"canary-text":1}"#);
}

#[test]
fn field_names_of_the_program_are_named() {
    #[derive(Debug, Deserialize)]
    struct Needed {
        #[serde(rename = "needed")]
        _needed: u8,
    }
    let raw = RawJson::from_text(r#"{"canary-text":"canary-text"}"#).expect("JSON");
    let error = raw.parse::<Needed>().expect_err("a field is missing");
    assert_eq!(error.field(), Some("needed"));
    assert_eq!(
        error.to_string(),
        "field `needed` is missing (line 1, column 29)"
    );
}

#[test]
fn all_requests_that_are_not_authentic_are_answered_alike() {
    let tolerance = Tolerance::default();
    let metriport = Receiver::new(Metriport::new(key()).with_tolerance(tolerance));
    let human_api = Receiver::new(HumanApi::new(key()).with_tolerance(tolerance));
    let forger = SigningKey::from_text("other").expect("a key");

    let mut answers = Vec::new();
    let mut rules = Vec::new();
    let mut note = |outcome: Result<(), ReceiveError>| {
        let error = outcome.expect_err("not authentic");
        rules.push(error.rule());
        answers.push(error.reply().clone());
    };
    fn verify<P: Provider>(
        receiver: &Receiver<P>,
        headers: &[(&str, String)],
    ) -> Result<(), ReceiveError> {
        let head = RequestHead::new("POST", "/", &headers);
        receiver.verify(head, BODY).map(|outcome| {
            assert!(matches!(outcome, Outcome::Accepted(_)));
        })
    }

    let signed = |key: &SigningKey, timestamp| human_api::testing::sign(key, BODY, timestamp, "1");
    note(verify(&human_api, signed(&key(), "1403591492").headers()));
    note(verify(&human_api, signed(&key(), "99999999999").headers()));
    note(verify(&human_api, signed(&key(), "+1").headers()));
    note(verify(&human_api, signed(&forger, "1403591492").headers()));
    note(verify(
        &human_api,
        &signed(&key(), "1403591492").headers()[..3],
    ));
    let forged = metriport::testing::sign(&forger, BODY);
    note(verify(&metriport, forged.headers()));
    note(verify(&metriport, &[]));
    let name = "x-metriport-signature";
    note(verify(&metriport, &[(name, String::new())]));
    note(verify(
        &metriport,
        &[(name, "0".repeat(64)), (name, "0".repeat(64))],
    ));

    let expect = [
        "timestamp-too-old",
        "timestamp-too-new",
        "malformed-timestamp",
        "signature-mismatch",
        "missing-header",
        "signature-mismatch",
        "missing-header",
        "malformed-header",
        "repeated-header",
    ];
    assert_eq!(rules, expect);
    for answer in &answers {
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers().len(), 0);
        assert!(answer.body().is_empty());
        assert_eq!(answer, &answers[0]);
    }
}
