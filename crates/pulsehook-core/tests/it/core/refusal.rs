//! What a provider is handed to answer a refusal: the reason, and the head while there is one.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use pulsehook_core::{
    BodyFailure, DecodeError, DecodeErrorKind, Outcome, Receiver, Reply, RequestHead, VerifyError,
    danger,
};

use super::plain::Plain;

/// The rule, and path and query of the head, for each refusal.
type Notes = Arc<Mutex<Vec<(&'static str, Option<String>)>>>;

/// Refuses what the path says, and answers 200 with the rule as body where there is a head.
fn receiver(notes: &Notes) -> Receiver<Plain> {
    let notes = Arc::clone(notes);
    let provider = Plain {
        content_type: Some(b"text/plain"),
        begin: Box::new(|head| match head.path() {
            "/begin" => Err(VerifyError::MissingCredential),
            _ => Ok(None),
        }),
        finish: Box::new(|head, body, now| match head.path() {
            "/finish" => Err(VerifyError::CredentialMismatch),
            _ => (Plain::default().finish)(head, body, now),
        }),
        decode: Box::new(|_| Err(DecodeError::new(DecodeErrorKind::Shape))),
        refusal: Box::new(move |reason, head| {
            let target = head.map(|head| format!("{}?{:?}", head.path(), head.query()));
            let mut notes = notes.lock().expect("one thread");
            notes.push((reason.rule(), target));
            match head {
                Some(_) => Reply::ok().with_body(reason.rule()),
                None => Reply::empty(418),
            }
        }),
        ..Plain::default()
    };
    Receiver::builder(provider).body_limit(8).build()
}

const HEADERS: [(&str, &str); 1] = [("content-type", "text/plain")];

fn head(path: &'static str) -> RequestHead<'static> {
    RequestHead::new("POST", path, &HEADERS).with_query(Some("a=1"))
}

#[test]
fn the_head_is_there_for_refusals_of_every_stage() {
    let notes = Notes::default();
    let receiver = receiver(&notes);
    let refused = |error: pulsehook_core::ReceiveError, rule: &'static str, path: &str| {
        let expect = Reply::ok().with_body(rule);
        assert_eq!(error.reply(), &expect, "{rule}");
        let noted = std::mem::take(&mut *notes.lock().expect("one thread"));
        assert_eq!(noted, [(rule, Some(format!("{path}?Some(\"a=1\")")))]);
    };
    let begun = |head: RequestHead<'static>| {
        let begun = receiver.begin(head).expect("a right head");
        begun.accepted().expect("no probe")
    };
    let whole = |head: RequestHead<'static>, body: &'static str| {
        receiver.receive(head, body).expect_err("refused")
    };

    let method = RequestHead::new("PUT", "/method", &HEADERS).with_query(Some("a=1"));
    refused(whole(method, ""), "method-not-allowed", "/method");
    let headers = [("content-type", "text/html")];
    let media = RequestHead::new("POST", "/media", &headers).with_query(Some("a=1"));
    let error = receiver.receive(media, "").expect_err("refused");
    refused(error, "unsupported-media-type", "/media");
    let headers = [("content-type", "text/plain"), ("content-length", "9")];
    let length = RequestHead::new("POST", "/length", &headers).with_query(Some("a=1"));
    let error = receiver.receive(length, "").expect_err("refused");
    refused(error, "body-too-large", "/length");
    refused(whole(head("/begin"), ""), "missing-credential", "/begin");

    let mut cut = begun(head("/push"));
    let error = cut.push(Bytes::from_static(b"nine byte")).expect_err("cut");
    refused(error, "body-too-large", "/push");
    let error = cut.push(Bytes::new()).expect_err("still cut");
    refused(error, "body-too-large", "/push");
    let error = cut.finish().expect_err("still cut");
    refused(error, "body-too-large", "/push");
    refused(whole(head("/all"), "nine byte"), "body-too-large", "/all");
    for (failure, rule) in [
        (BodyFailure::BrokeOff, "body-broke-off"),
        (BodyFailure::TooLarge, "body-too-large"),
        (BodyFailure::Timeout, "body-timeout"),
        (BodyFailure::NoRoom, "no-room"),
    ] {
        refused(begun(head("/fail")).fail(failure), rule, "/fail");
    }
    let error = begun(head("/finish")).finish().expect_err("refused");
    refused(error, "credential-mismatch", "/finish");
    refused(whole(head("/finish"), ""), "credential-mismatch", "/finish");
    refused(whole(head("/decode"), ""), "undecodable", "/decode");
    let verified = begun(head("/decode")).finish().expect("verified");
    let verified = verified.accepted().expect("no probe");
    refused(
        verified.decode().expect_err("refused"),
        "undecodable",
        "/decode",
    );
}

#[test]
fn there_is_no_head_when_a_stored_request_is_decoded() {
    let notes = Notes::default();
    let receiver = receiver(&notes);
    let verified = receiver.verify(head("/decode"), "body").expect("verified");
    let Outcome::Accepted(verified) = verified else {
        panic!("no probe");
    };
    let stored = verified.to_stored();
    drop(verified);
    let thawed = danger::trust_stored(&receiver, &stored).expect("of this receiver");
    let error = thawed.decode().expect_err("refused");
    assert_eq!(error.reply(), &Reply::empty(418));
    assert_eq!(*notes.lock().expect("one thread"), [("undecodable", None)]);
}
