//! The types of the `http` crate, and replies.

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response};
use pulsehook_core::bytes::Bytes;
use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::{HeaderLookup, Receiver, Reply, RequestHead, SigningKey};

use super::plain::with_head;

#[test]
fn a_header_map_is_read_as_it_is() {
    let mut map = HeaderMap::new();
    let mut put = |name: &'static str, value: &[u8]| {
        let value = HeaderValue::from_bytes(value).expect("a value");
        map.append(HeaderName::from_static(name), value);
    };
    put("x-twice", b"1");
    put("x-once", b"\xff \t\x80");
    put("x-twice", b"1");
    put("x-empty", b"");
    let head = RequestHead::new("POST", "/", &map);
    with_head(vec![], head, |head| {
        assert_eq!(head.header("X-Once"), HeaderLookup::One(b"\xff \t\x80"));
        assert_eq!(head.header("x-empty"), HeaderLookup::One(b""));
        assert_eq!(head.header("x-twice"), HeaderLookup::Repeated);
        assert_eq!(head.header("x-none"), HeaderLookup::Missing);
        let mut visits = 0;
        head.each_header("x-twice", &mut |_| visits += 1);
        assert_eq!(visits, 2);
    });
}

#[test]
fn a_head_is_made_from_request_parts() {
    let request = Request::put("https://example.test/a%2Fb?q=%31&q=2").body(());
    let (parts, ()) = request.expect("a request").into_parts();
    let receiver = Receiver::new(super::plain::Plain::default());
    let refused = receiver.begin(RequestHead::from(&parts));
    assert_eq!(refused.expect_err("not POST").rule(), "method-not-allowed");

    let request = Request::post("https://example.test/a%2Fb?q=%31&q=2").body(());
    let (parts, ()) = request.expect("a request").into_parts();
    with_head(vec![], RequestHead::from(&parts), |head| {
        assert_eq!(head.method(), "POST");
        assert_eq!(head.path(), "/a%2Fb");
        assert_eq!(head.query(), Some("q=%31&q=2"));
        assert_eq!(head.peer(), None);
    });
}

#[test]
fn a_signed_request_passes_as_a_request_of_http() {
    let key = SigningKey::from_text("k").expect("a key");
    let request = metriport::testing::sign(&key, r#"{"ping":"0"}"#);
    let request = request.into_http("/hook").expect("a request");
    let (parts, body) = request.into_parts();
    let receiver = Receiver::new(Metriport::new(key));
    assert!(receiver.verify(RequestHead::from(&parts), body).is_ok());
}

#[test]
fn a_reply_becomes_a_response() {
    let reply = Reply::json(201, &serde_json::json!({"pong": "0"})).expect("JSON");
    let response = Response::<Bytes>::from(reply.with_header("x-more", "1"));
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-more"], "1");
    assert_eq!(response.body(), r#"{"pong":"0"}"#);
}

#[test]
fn a_status_that_is_none_becomes_500() {
    for status in [0, 99, 1000, u16::MAX] {
        assert_eq!(Response::<Bytes>::from(Reply::empty(status)).status(), 500);
    }
}

#[test]
fn a_header_that_is_none_is_a_mistake_of_the_program() {
    let bad = [
        ("X-Upper", "1"),
        ("", "1"),
        ("x y", "1"),
        ("x:y", "1"),
        ("x-a", "1\r\nx-b: 2"),
        ("x-a", "é"),
        ("x-a", "\0"),
    ];
    for (name, value) in bad {
        let made = std::panic::catch_unwind(|| Reply::ok().with_header(name, value));
        assert!(made.is_err(), "{name}: {value}");
    }
}
