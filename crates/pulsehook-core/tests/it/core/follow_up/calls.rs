//! Calls, and the requests that are made of them.

use bytes::Bytes;
use proptest::prelude::*;
use pulsehook_core::follow_up::{
    Authorization, Call, CallBody, CallError, Credential, CredentialKind, LinkLife, Method,
    Parameters, Url,
};
use pulsehook_core::jiff::{SignedDuration, Timestamp};
use pulsehook_core::thryve::api_passwords;
use pulsehook_core::{ConfigError, RawJson, form};
use serde_json::json;

use super::{API, origin, origins, time};
use crate::core::Canaries;

fn url(path: &str) -> Url {
    origins().url("endpoint", path).expect(path)
}

fn get(path: &str) -> Call {
    Call::get("Heart beats", url(path))
}

fn post(path: &str) -> Call {
    Call::post("Heart beats", url(path))
}

fn bearer() -> Authorization {
    Authorization::bearer("a-token").expect("a token")
}

/// One credential of each kind that can be made without a provider, and one of a provider.
fn authorizations() -> [(Authorization, &'static [CredentialKind]); 4] {
    use CredentialKind::{ApplicationKey, ApplicationPasswords, ApplicationToken, UserToken};
    let all: [(Authorization, &'static [CredentialKind]); 4] = [
        (Authorization::none(), &[]),
        (bearer(), &[UserToken, ApplicationToken]),
        (
            Authorization::key("x-api-key", "a-key").expect("a key"),
            &[ApplicationKey],
        ),
        (
            api_passwords("a", "b", "c", "d").expect("four"),
            &[ApplicationPasswords],
        ),
    ];
    all.map(with_provider)
}

/// The calls here are Thryve's, as one of the credentials is.
fn with_provider(
    (authorization, fits): (Authorization, &'static [CredentialKind]),
) -> (Authorization, &'static [CredentialKind]) {
    if fits.is_empty() {
        (authorization, fits)
    } else {
        (authorization.of_provider("thryve"), fits)
    }
}

const KINDS: [(CredentialKind, &str); 5] = [
    (CredentialKind::UserToken, "user-token"),
    (CredentialKind::ApplicationToken, "application-token"),
    (CredentialKind::ApplicationKey, "application-key"),
    (
        CredentialKind::ApplicationPasswords,
        "application-passwords",
    ),
    (CredentialKind::Signature, "signature"),
];

#[track_caller]
fn request(call: &Call) -> http::Request<Bytes> {
    call.request(&Authorization::none()).expect("a request")
}

#[test]
fn a_call_says_what_it_was_told() {
    let call = get("/v1/beats");
    assert_eq!((call.name(), call.method()), ("Heart beats", Method::Get));
    assert_eq!(call.url().as_str(), "https://api.example.org/v1/beats");
    assert!(call.query().is_empty());
    assert_eq!(call.headers().len(), 0);
    assert_eq!((call.body(), call.form()), (&CallBody::Empty, None));
    assert_eq!((call.credential(), call.link_life()), (None, None));
    assert!(!call.is_alternative());

    let call = post("/v1/beats")
        .with_query("a", "1")
        .with_query("b", "2")
        .with_query("a", "3")
        .with_form("c", "4")
        .with_form("d", "5")
        .with_form("c", "6")
        .with_header("accept", "application/json")
        .with_credential(CredentialKind::UserToken, Some("u-1"))
        .with_link_life(None, SignedDuration::from_mins(5))
        .as_alternative();
    assert_eq!(call.method(), Method::Post);
    // Each name once, in the place of its first value.
    let query: Vec<_> = call.query().iter().collect();
    assert_eq!(query, [("a", "3"), ("b", "2")]);
    let form = call.form().expect("a form");
    assert_eq!(form.iter().collect::<Vec<_>>(), [("c", "6"), ("d", "5")]);
    assert_eq!((form.get("d"), form.get("e")), (Some("5"), None));
    assert_eq!(
        call.headers().collect::<Vec<_>>(),
        [("accept", "application/json")]
    );
    let credential = call.credential().expect("a token");
    assert_eq!(credential.kind, CredentialKind::UserToken);
    assert_eq!(credential.user.as_deref(), Some("u-1"));
    assert!(call.is_alternative());
    // The last body counts.
    let json = RawJson::from_text("[1]").expect("JSON");
    let call = call.with_json(json.clone());
    assert_eq!((call.body(), call.form()), (&CallBody::Json(json), None));
    let call = call.with_form("e", "7");
    assert_eq!(call.form().map(|it| it.iter().len()), Some(1));
}

#[test]
fn the_query_stands_behind_that_of_the_url() {
    for (path, expect) in [
        ("/v1", "/v1?a=1+%26&b=%C3%BC"),
        ("/v1?x=%2F", "/v1?x=%2F&a=1+%26&b=%C3%BC"),
    ] {
        let call = get(path).with_query("a", "1 &").with_query("b", "ü");
        let request = request(&call);
        assert_eq!(request.uri(), format!("{API}{expect}").as_str());
        assert_eq!(request.method(), "GET");
        assert!(request.body().is_empty());
        assert!(request.headers().is_empty());
    }
    assert_eq!(
        request(&get("/v1?x=1")).uri(),
        "https://api.example.org/v1?x=1"
    );
    assert_eq!(request(&get("/v1")).uri(), "https://api.example.org/v1");
}

#[test]
fn a_body_is_a_form_or_json() {
    let made = request(
        &post("/v1")
            .with_query("q", "0")
            .with_form("a", "1 2")
            .with_form("é", "="),
    );
    assert_eq!(made.method(), "POST");
    assert_eq!(made.uri(), "https://api.example.org/v1?q=0");
    assert_eq!(made.headers().len(), 1);
    assert_eq!(
        made.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(made.body(), &b"a=1+2&%C3%A9=%3D"[..]);

    let json = RawJson::from_text(r#"{"a": 1.50}"#).expect("JSON");
    let made = request(&post("/v1").with_json(json));
    assert_eq!(made.headers().len(), 1);
    assert_eq!(made.headers()["content-type"], "application/json");
    assert_eq!(made.body(), &br#"{"a": 1.50}"#[..]);

    let made = request(
        &post("/v1")
            .with_header("accept", "a")
            .with_header("accept", "b"),
    );
    let accepted: Vec<_> = made.headers().get_all("accept").iter().collect();
    assert_eq!(accepted, ["a", "b"]);
    assert!(made.body().is_empty());
}

#[test]
fn each_call_gets_its_credential_and_no_other() {
    for (kind, name) in KINDS {
        assert_eq!((kind.as_str(), kind.to_string().as_str()), (name, name));
        let call = post("/v1")
            .with_form("a", "1")
            .with_credential(kind, Some("u-1"))
            .of_provider("thryve");
        for (authorization, fits) in authorizations() {
            let made = call.request(&authorization);
            let body = call.body_with(&authorization);
            let sent = made.as_ref().map(|made| made.body());
            assert_eq!(body.as_ref(), sent);
            if fits.contains(&kind) {
                assert!(made.is_ok());
            } else {
                let error = made.expect_err("does not fit");
                assert_eq!(error, CallError::WrongCredential { needs: kind });
                assert_eq!(
                    error.to_string(),
                    format!("the call needs a credential of another kind: {name}")
                );
            }
        }
    }
    for (authorization, fits) in authorizations() {
        let made = post("/v1").request(&authorization).map(|_| ());
        let expect = if fits.is_empty() {
            Ok(())
        } else {
            Err(CallError::NoCredentialWanted)
        };
        assert_eq!(made, expect);
    }
}

#[test]
fn a_credential_is_for_the_calls_of_its_provider_alone() {
    let of = |provider: Option<&'static str>, call: Call| match provider {
        Some(provider) => call.of_provider(provider),
        None => call,
    };
    let providers = [None, Some("thryve"), Some("withings")];
    for needs in providers {
        let call = get("/v1").with_credential(CredentialKind::UserToken, Some("u-1"));
        let call = of(needs, call);
        assert_eq!(call.provider(), needs);
        for given in providers {
            let token = match given {
                Some(provider) => bearer().of_provider(provider),
                None => bearer(),
            };
            let expect = if needs == given {
                Ok(())
            } else {
                Err(CallError::OtherProvider { needs })
            };
            assert_eq!(call.check(&token), expect);
            assert_eq!(call.request(&token).map(|_| ()), expect);
            assert_eq!(call.body_with(&token).map(|_| ()), expect);
        }
    }
    let error = CallError::OtherProvider { needs: None };
    assert_eq!(
        error.to_string(),
        "the call needs a credential of no provider"
    );
    let error = CallError::OtherProvider {
        needs: Some("withings"),
    };
    assert_eq!(error.to_string(), "the call needs a credential of withings");
}

#[test]
fn credentials_stand_in_sensitive_headers() {
    for ((authorization, fits), expect) in authorizations().into_iter().skip(1).zip([
        &[("authorization", "Bearer a-token")][..],
        &[("x-api-key", "a-key")],
        &[
            ("authorization", "Basic YTpi"),
            ("appauthorization", "Basic Yzpk"),
        ],
    ]) {
        for kind in fits {
            let call = get("/v1")
                .with_header("accept", "a")
                .with_credential(*kind, None)
                .of_provider("thryve");
            let made = call.request(&authorization).expect("fits");
            assert_eq!(made.headers().len(), expect.len() + 1);
            assert!(!made.headers()["accept"].is_sensitive());
            for (name, value) in expect {
                assert_eq!(made.headers()[*name], value);
                assert!(made.headers()[*name].is_sensitive());
            }
            // Without it, for clients that add it on their own.
            let bare: http::Request<Bytes> = (&call).try_into().expect("a request");
            assert_eq!(bare.headers().len(), 1);
            assert_eq!(bare.uri(), made.uri());
        }
    }
}

#[test]
fn a_url_from_a_body_gets_no_credential() {
    // Whoever plans a call may forget to look.
    for text in [
        "https://files.example.org/a?signature=1",
        "https://api.example.org/a",
    ] {
        let link = origins().link("url", text).expect(text);
        let call = Call::get("a link", link);
        let made = request(&call);
        assert_eq!(made.uri(), text);
        assert_eq!(
            call.request(&bearer()).map(|_| ()),
            Err(CallError::NoCredentialWanted)
        );
        for (kind, _) in KINDS {
            let call = call
                .clone()
                .with_credential(kind, Some("u-1"))
                .of_provider("thryve");
            for (authorization, fits) in authorizations() {
                let expect = if fits.contains(&kind) {
                    CallError::HostNotAllowed
                } else {
                    CallError::WrongCredential { needs: kind }
                };
                assert_eq!(call.check(&authorization), Err(expect.clone()));
                let body = call.body_with(&authorization);
                assert_eq!(body.map(|_| ()), Err(expect.clone()));
                assert_eq!(call.request(&authorization).map(|_| ()), Err(expect));
            }
        }
    }
}

#[test]
fn parts_that_make_no_request_are_refused() {
    let none = Authorization::none();
    let long = "a".repeat(70_000);
    for call in [
        get("/v1").with_header("a b", "c"),
        get("/v1").with_header("a", "b\nc"),
        get("/v1").with_header("", "c"),
        get("/v1").with_query("a", long.as_str()),
    ] {
        let error = call.request(&none).expect_err("no request");
        assert_eq!(error, CallError::Request);
        assert_eq!(
            error.to_string(),
            "the parts of the call do not make a request"
        );
    }
    assert!(
        post("/v1")
            .with_form("a", long.as_str())
            .request(&none)
            .is_ok()
    );
}

#[test]
fn blank_and_broken_credentials_are_refused() {
    let show = |made: Result<Authorization, ConfigError>| made.map(|_| ());
    for blank in ["", " ", "\t", "\n"] {
        assert_eq!(
            show(Authorization::bearer(blank)),
            Err(ConfigError::EmptyKey)
        );
        assert_eq!(
            show(Authorization::key("x", blank)),
            Err(ConfigError::EmptyKey)
        );
    }
    for broken in ["a\n", "a\r\nb: c", "a\tb", "é", "a\0", "a\u{7f}"] {
        for made in [
            Authorization::bearer(broken),
            Authorization::key("x", broken),
        ] {
            let malformed = matches!(made, Err(ConfigError::MalformedKey { .. }));
            assert!(malformed, "{broken:?}");
        }
    }
}

#[test]
fn a_call_serialises() {
    let smallest = serde_json::to_string(&get("/v1")).expect("JSON");
    assert_eq!(
        smallest,
        r#"{"name":"Heart beats","method":"GET","url":"https://api.example.org/v1"}"#
    );
    let since = time("2026-11-22T10:00:00Z");
    let call = post("/v1?x=1")
        .with_query("b", "2")
        .with_query("a", "ü")
        .with_form("d", "4")
        .with_header("prefer", "b")
        .with_header("accept", "a")
        .with_credential(CredentialKind::UserToken, Some("u-1"))
        .with_link_life(Some(since), SignedDuration::from_mins(5))
        .as_alternative();
    assert_eq!(
        serde_json::to_string(&call).expect("JSON"),
        concat!(
            r#"{"name":"Heart beats","method":"POST","url":"https://api.example.org/v1?x=1","#,
            r#""query":{"b":"2","a":"ü"},"headers":{"accept":"a","prefer":"b"},"form":{"d":"4"},"#,
            r#""credential":{"kind":"user-token","user":"u-1"},"#,
            r#""expires_at":"2026-11-22T10:05:00Z","alternative":true}"#
        )
    );
    let json = RawJson::from_text("[1.50, 2]").expect("JSON");
    let call = post("/v1")
        .with_json(json)
        .with_credential(CredentialKind::Signature, None)
        .with_link_life(None, SignedDuration::from_mins(5));
    assert_eq!(
        serde_json::to_string(&call).expect("JSON"),
        concat!(
            r#"{"name":"Heart beats","method":"POST","url":"https://api.example.org/v1","#,
            r#""json":[1.50, 2],"credential":{"kind":"signature"}}"#
        )
    );
    for (method, name) in [(Method::Get, "GET"), (Method::Post, "POST")] {
        assert_eq!((method.as_str(), method.to_string().as_str()), (name, name));
        assert_eq!(serde_json::to_value(method).expect("JSON"), json!(name));
    }
}

#[test]
fn a_link_is_dead_from_its_last_moment_on() {
    let since = time("2026-11-22T10:00:00Z");
    let life = |since, lifetime| {
        let call = get("/v1").with_link_life(since, lifetime);
        let life: LinkLife = call.link_life().expect("a life");
        assert_eq!((life.since, life.lifetime), (since, lifetime));
        life
    };
    let ten = life(Some(since), SignedDuration::from_mins(10));
    let until = time("2026-11-22T10:10:00Z");
    assert_eq!(ten.until(), Some(until));
    let moment = SignedDuration::from_nanos(1);
    assert!(!ten.is_likely_dead(since));
    assert!(!ten.is_likely_dead(until - moment));
    assert!(ten.is_likely_dead(until));
    assert!(ten.is_likely_dead(Timestamp::MAX));
    // What is not known is not dead.
    let unknown = life(None, SignedDuration::ZERO);
    assert_eq!(unknown.until(), None);
    assert!(!unknown.is_likely_dead(Timestamp::MAX));
    // Beyond the end of time.
    for lifetime in [SignedDuration::MAX, SignedDuration::MIN] {
        let endless = life(Some(since), lifetime);
        assert_eq!(endless.until(), None);
        assert!(!endless.is_likely_dead(Timestamp::MAX));
    }
    let dead = life(Some(Timestamp::MIN), SignedDuration::ZERO);
    assert!(dead.is_likely_dead(Timestamp::MIN));
}

#[test]
fn nothing_that_a_call_holds_is_printed() {
    let canaries = Canaries::of(&[]);
    let json = RawJson::from_text(r#""canary""#).expect("JSON");
    let call = post("/canary?canary")
        .with_query("a", "canary")
        .with_form("b", "canary")
        .with_header("accept", "canary")
        .with_credential(CredentialKind::UserToken, Some("canary"));
    canaries.check_debug("call", &call);
    canaries.check_debug("JSON", &call.clone().with_json(json));
    canaries.check_debug("query", call.query());
    canaries.check_debug("body", call.body());
    let form: &Parameters = call.form().expect("a form");
    canaries.check_debug("form", form);
    assert_eq!(format!("{form:?}"), r#"{"b"}"#);
    let credential: &Credential = call.credential().expect("a token");
    canaries.check_debug("credential", credential);
    assert_eq!(format!("{credential:?}"), "UserToken");
    canaries.check_debug("URL", call.url());
    let link = origins().link("url", "https://files.example.org/canary?canary");
    canaries.check_debug("link", &Call::get("a link", link.expect("public")));

    let passwords = api_passwords("canary", "canary", "canary", "canary").expect("four");
    let token = Authorization::bearer("canary").expect("a token");
    let key = Authorization::key("x-api-key", "canary").expect("a key");
    for authorization in [&passwords, &token, &key] {
        canaries.check_debug("authorization", authorization);
        assert!(!format!("{authorization:?}").contains("Y2FuYXJ5"));
    }
    assert!(format!("{key:?}").contains("x-api-key"));
    let made = call.request(&token).expect("a request");
    // The rest of a request is the caller's to keep.
    let authorization = &made.headers()["authorization"];
    canaries.check_debug("header", authorization);
    for error in [
        call.request(&key).expect_err("another kind"),
        call.clone()
            .with_header("canary\n", "canary")
            .request(&token)
            .expect_err("no header"),
    ] {
        canaries.check("error", &format!("{error} {error:?}"));
    }
}

#[test]
fn paths_of_the_program_are_taken_as_they_are() {
    let url = origin("http://127.0.0.1:8080").url("/v1/beats?a=1");
    assert_eq!(url.as_str(), "http://127.0.0.1:8080/v1/beats?a=1");
    assert_eq!(url.origin(), "http://127.0.0.1:8080");
    assert!(url.may_carry_credential());
}

proptest! {
    #[test]
    fn forms_are_written_as_others_write_them(
        pairs in prop::collection::vec(any::<(String, String)>(), 0..8),
    ) {
        let mut written = String::new();
        form::encode(pairs.iter().map(|(name, value)| (&**name, &**value)), &mut written);
        let mut serializer = form_urlencoded::Serializer::new(String::new());
        serializer.extend_pairs(&pairs);
        prop_assert_eq!(&written, &serializer.finish());
        let read: Result<Vec<_>, _> = form::pairs(&written).collect();
        let read = read.map_err(|_| TestCaseError::fail("broken"))?;
        let read: Vec<(String, String)> =
            read.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        prop_assert_eq!(read, pairs);
        // Behind what stands there already.
        let mut behind = "x".to_owned();
        form::encode([("a", "b")], &mut behind);
        prop_assert_eq!(behind, "xa=b");
    }

    #[test]
    fn any_value_travels_in_query_and_form(value: String) {
        let call = post("/v1?x=1").with_query("a", value.as_str()).with_form("b", value.as_str());
        let made = request(&call);
        let query = made.uri().query().map(str::as_bytes).unwrap_or_default();
        let read: Vec<_> = form_urlencoded::parse(query).into_owned().collect();
        prop_assert_eq!(&read[1], &("a".to_owned(), value.clone()));
        let read: Vec<_> = form_urlencoded::parse(made.body()).into_owned().collect();
        prop_assert_eq!(read, [("b".to_owned(), value)]);
    }
}
