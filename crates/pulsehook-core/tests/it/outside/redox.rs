//! Redox: no signature, but a secret in a header, in a probe's body or in its query.

use std::time::SystemTime;

use form_urlencoded::parse;
use pulsehook_core::bytes::Bytes;
use pulsehook_core::{
    Authenticity, DecodeError, Decoded, Head, HeaderLookup, Opening, Outcome, Proof, Provider,
    Reply, RequestHead, SharedSecret, Text, Verdict, Verified, VerifyError, WantedHeader, json,
};
use serde::Deserialize;

use super::receiver_at;

const TOKEN_HEADER: &str = "verification-token";
const AUTHORIZATION: &str = "authorization";

/// Receives Redox's messages; holds the token that every request carries.
struct Redox {
    token: SharedSecret,
}

impl Redox {
    /// Answers with the challenge, as plain text, whoever knows the token.
    fn answer(&self, token: &str, challenge: String) -> Result<Reply, VerifyError> {
        if !self.token.matches(token.as_bytes()) {
            return Err(VerifyError::CredentialMismatch);
        }
        Ok(Reply::ok()
            .with_header("content-type", "text/plain; charset=utf-8")
            .with_body(challenge))
    }

    /// Answers the probe that comes as a GET.
    fn answer_query(&self, query: &str) -> Result<Reply, VerifyError> {
        let [mut token, mut challenge] = [None, None];
        for (name, value) in parse(query.as_bytes()) {
            let slot = match &*name {
                TOKEN_HEADER => &mut token,
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
        let challenge = challenge.ok_or(VerifyError::Other {
            rule: "no-challenge",
        })?;
        self.answer(&token, challenge.into_owned())
    }

    /// Finds the token in one of the two headers; tells whether it is there.
    fn is_presented(&self, head: &Head<'_>) -> Result<bool, VerifyError> {
        let presented = match (head.header(TOKEN_HEADER), head.header(AUTHORIZATION)) {
            (HeaderLookup::Missing, HeaderLookup::Missing) => return Ok(false),
            (HeaderLookup::Missing, _) => head
                .required(AUTHORIZATION)?
                .strip_prefix(b"Bearer ")
                .ok_or_else(|| head.malformed(AUTHORIZATION))?,
            (_, HeaderLookup::Missing) => head.required(TOKEN_HEADER)?,
            _ => return Err(VerifyError::MixedHeaders),
        };
        if self.token.matches(presented) {
            Ok(true)
        } else {
            Err(VerifyError::CredentialMismatch)
        }
    }
}

/// The body of the probe that comes as a POST. A body with other members is a message, so that
/// no member turns one into a probe.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    #[serde(rename = "verification-token")]
    token: Text,
    challenge: Text,
}

impl Probe {
    fn read(body: &[u8]) -> Option<Self> {
        // Derived decoders take the members from an array, too.
        if !body.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        json::from_body(body).ok()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    meta: Meta,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    data_model: Text,
    event_type: Text,
}

impl Provider for Redox {
    const NAME: &'static str = "redox";

    type Event = Event;
    type Check = ();

    fn methods(&self) -> &'static [&'static str] {
        &["GET", "POST"]
    }

    fn headers(&self) -> Vec<WantedHeader> {
        [TOKEN_HEADER, AUTHORIZATION]
            .map(WantedHeader::for_check)
            .into()
    }

    fn begin(&self, head: &Head<'_>) -> Result<Opening<()>, VerifyError> {
        if head.method() == "GET" {
            let reply = self.answer_query(head.query().unwrap_or_default())?;
            return Ok(Opening::Probe(reply));
        }
        // A wrong token is refused before the body comes; without one, the body may have it.
        self.is_presented(head).map(|_| Opening::Check(()))
    }

    fn finish(
        &self,
        (): (),
        head: &Head<'_>,
        body: &Bytes,
        _now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        if let Some(Probe { token, challenge }) = Probe::read(body) {
            return self.answer(&token, challenge.into()).map(Verdict::Probe);
        }
        if !self.is_presented(head)? {
            return Err(VerifyError::MissingCredential);
        }
        Ok(Verdict::Accepted(Proof::new(Authenticity::SharedSecret)))
    }

    fn decode(&self, verified: &Verified<'_, Self>) -> Result<Decoded<Event>, DecodeError> {
        Ok(Decoded::new(vec![verified.json()?]))
    }
}

const MESSAGE: &str = r#"{"Meta":{"DataModel":"Results","EventType":"New"},"Patient":{}}"#;
const PROBE: &str = r#"{"verification-token":"my-token","challenge":"c & d"}"#;

/// What comes of a request: an event, a probe's answer, or the rule that refuses it.
#[derive(Debug, PartialEq)]
enum Came {
    Event,
    Answer(String),
    Refused(&'static str),
}

fn send(method: &str, query: Option<&str>, headers: &[(&str, &str)], body: &str) -> Came {
    let token = SharedSecret::from_text("my-token").expect("a token");
    let receiver = receiver_at(Redox { token }, 0);
    let headers = headers.to_vec();
    let head = RequestHead::new(method, "/hooks", &headers).with_query(query);
    match receiver.receive(head, body.to_owned()) {
        Ok(Outcome::Accepted(delivery)) => {
            let [Event { meta }] = delivery.events() else {
                panic!("not one event");
            };
            assert_eq!((&*meta.data_model, &*meta.event_type), ("Results", "New"));
            assert_eq!(delivery.authenticity(), Authenticity::SharedSecret);
            // Nothing binds the token to the body, so nothing tells a replay.
            assert_eq!(delivery.replay_key(), None);
            Came::Event
        }
        Ok(Outcome::Probe(reply)) => {
            assert_eq!(reply.status(), 200);
            let headers: Vec<_> = reply.headers().collect();
            assert_eq!(headers, [("content-type", "text/plain; charset=utf-8")]);
            Came::Answer(String::from_utf8(reply.body().to_vec()).expect("text"))
        }
        Err(error) => {
            assert_eq!(error.reply(), &Reply::empty(401));
            Came::Refused(error.rule())
        }
    }
}

fn post(headers: &[(&str, &str)], body: &str) -> Came {
    send("POST", None, headers, body)
}

#[test]
fn the_token_comes_in_either_header_and_not_in_both() {
    let check = |headers: &[(&str, &str)], expect: Came| {
        assert_eq!(post(headers, MESSAGE), expect, "{headers:?}");
    };
    let refused = Came::Refused;
    let (token, bearer) = (
        (TOKEN_HEADER, "my-token"),
        (AUTHORIZATION, "Bearer my-token"),
    );
    check(&[token], Came::Event);
    check(&[bearer], Came::Event);
    check(&[], refused("missing-credential"));
    check(&[token, bearer], refused("mixed-headers"));
    check(&[token, token], refused("repeated-header"));
    check(&[bearer, bearer], refused("repeated-header"));
    for wrong in ["", "my-toke", "my-token2", "My-Token", "Bearer my-token"] {
        check(&[(TOKEN_HEADER, wrong)], refused("credential-mismatch"));
    }
    for wrong in ["Bearer ", "Bearer my-toke", "Bearer  my-token"] {
        check(&[(AUTHORIZATION, wrong)], refused("credential-mismatch"));
    }
    for wrong in ["", "my-token", "bearer my-token", "Basic my-token"] {
        check(&[(AUTHORIZATION, wrong)], refused("malformed-header"));
    }
}

#[test]
fn a_post_probe_is_answered_with_its_challenge() {
    let answer = || Came::Answer("c & d".into());
    assert_eq!(post(&[], PROBE), answer());
    assert_eq!(post(&[(TOKEN_HEADER, "my-token")], PROBE), answer());
    assert_eq!(
        post(&[(TOKEN_HEADER, "other")], PROBE),
        Came::Refused("credential-mismatch")
    );
    let other = PROBE.replace("my-token", "other");
    for headers in [&[][..], &[(TOKEN_HEADER, "my-token")]] {
        let came = post(headers, &other);
        assert_eq!(came, Came::Refused("credential-mismatch"));
    }
}

#[test]
fn what_is_not_quite_a_probe_is_none() {
    for body in [
        r#"{"verification-token":"my-token"}"#,
        r#"{"challenge":"c"}"#,
        r#"{"verification-token":"my-token","challenge":7}"#,
        r#"{"verification-token":"my-token","challenge":"c","challenge":"d"}"#,
        r#"{"verification-token":"my-token","challenge":"c","Meta":{}}"#,
        r#"["my-token","c"] "#,
        "verification-token=my-token&challenge=c",
        "",
    ] {
        assert_eq!(
            post(&[], body),
            Came::Refused("missing-credential"),
            "{body}"
        );
    }
    // Beside the members of a message, those of a probe mean nothing.
    let both = MESSAGE.replace(
        "\"Patient\"",
        "\"challenge\":\"c\",\"verification-token\":\"x\",\"P\"",
    );
    assert_eq!(post(&[(TOKEN_HEADER, "my-token")], &both), Came::Event);
}

#[test]
fn a_get_probe_is_answered_with_its_challenge() {
    let get = |query: &str| send("GET", Some(query), &[], "");
    for query in [
        "verification-token=my-token&challenge=c+%26+d",
        "challenge=c%20%26%20d&x=1&verification%2Dtoken=my-token",
    ] {
        assert_eq!(get(query), Came::Answer("c & d".into()), "{query}");
    }
    for (query, rule) in [
        ("", "missing-credential"),
        ("challenge=c", "missing-credential"),
        ("verification-token=my-token", "no-challenge"),
        ("verification-token=&challenge=c", "credential-mismatch"),
        (
            "verification-token=other&challenge=c",
            "credential-mismatch",
        ),
        (
            "verification-token=my-token&challenge=c&challenge=c",
            "repeated-parameter",
        ),
        (
            "verification-token=x&verification-token=my-token&challenge=c",
            "repeated-parameter",
        ),
    ] {
        assert_eq!(get(query), Came::Refused(rule), "{query}");
    }
}

#[test]
fn a_query_authenticates_no_post() {
    let query = Some("verification-token=my-token&challenge=c");
    assert_eq!(
        send("POST", query, &[], MESSAGE),
        Came::Refused("missing-credential")
    );
}
