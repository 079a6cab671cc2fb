//! Secrets in the URL: which requests they admit, and which they do not.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use pulsehook_core::{
    ConfigError, Head, HeaderSecrets, KeyId, RequestHead, SecretSource, SharedSecret,
    SharedSecrets, SigningKey, SigningKeys, Swappable, UrlSecrets, VerifyError,
};

use super::plain::with_head;
use super::secrets::Canaries;

/// What the longest secrets of the tests look like: 32 bytes in hexadecimal digits.
pub(super) const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
pub(super) const OTHER: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

pub(super) fn secret(text: &str) -> SharedSecret {
    SharedSecret::from_text(text).expect("a secret")
}

fn two() -> SharedSecrets {
    SharedSecrets::new("new", secret(SECRET))
        .with("old", secret(OTHER))
        .expect("room")
}

pub(super) type Checked = Result<String, VerifyError>;

pub(super) fn missing() -> Checked {
    Err(VerifyError::MissingCredential)
}

pub(super) fn mismatch() -> Checked {
    Err(VerifyError::CredentialMismatch)
}

fn repeated() -> Checked {
    Err(VerifyError::RepeatedCredential)
}

pub(super) fn id(checked: Result<KeyId, VerifyError>) -> Checked {
    checked.map(|id| id.to_string())
}

/// Judges a path and query, `/path?query`.
fn url(secrets: UrlSecrets, target: &str) -> Checked {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let headers: [(&str, &str); 0] = [];
    let head = RequestHead::new("POST", path, &headers).with_query(query);
    with_head(Vec::new(), head, move |head| id(secrets.check(head)))
}

#[track_caller]
fn check_query(target: &str, expect: Checked) {
    let found = url(UrlSecrets::in_query("token", secret(SECRET)), target);
    assert_eq!(found, expect, "{target}");
}

#[track_caller]
fn check_path(target: &str, expect: Checked) {
    let found = url(UrlSecrets::in_path(secret(SECRET)), target);
    assert_eq!(found, expect, "{target}");
}

pub(super) fn right() -> Checked {
    Ok("key-1".to_owned())
}

/// Every character percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn the_parameter_may_stand_anywhere_in_the_query() {
    for query in [
        format!("token={SECRET}"),
        format!("a=1&token={SECRET}&b"),
        format!("&&token={SECRET}&"),
        format!("Token=1&TOKEN=2&tokens=3&token={SECRET}"),
        format!("token%20=1&token={SECRET}"),
        format!("x=token={OTHER}&token={SECRET}"),
    ] {
        check_query(&format!("/hook?{query}"), right());
    }
}

#[test]
fn the_secret_and_the_parameters_name_may_be_percent_encoded() {
    check_query(&format!("/hook?token={}", encoded(SECRET)), right());
    check_query(&format!("/hook?{}={SECRET}", encoded("token")), right());
    let upper = encoded(SECRET).to_ascii_uppercase();
    check_query(&format!("/hook?t%6Fken={upper}"), right());
    check_path(&format!("/hook/{}", encoded(SECRET)), right());
    // Once, not twice.
    let twice = encoded(&encoded(SECRET));
    check_query(&format!("/hook?token={twice}"), mismatch());
    check_path(&format!("/hook/{twice}"), mismatch());
}

#[test]
fn a_secret_that_is_not_there_is_missing() {
    for target in [
        "/hook",
        "/hook?",
        "/hook?token",
        "/hook?token=",
        "/hook?token&a=1",
        "/hook?a=token",
        "/hook?tok=en",
        "/token=/hook",
    ] {
        check_query(target, missing());
    }
    check_query(&format!("/hook?{SECRET}"), missing());
    check_query(&format!("/hook?Token={SECRET}"), missing());
    check_query(&format!("/hook?token%={SECRET}"), missing());
    check_query(&format!("/token={SECRET}"), missing());
    for target in ["", "/", "/hook/", "//"] {
        check_path(target, missing());
    }
}

#[test]
fn a_parameter_that_is_there_twice_is_refused() {
    for query in [
        format!("token={SECRET}&token={SECRET}"),
        format!("token={SECRET}&token={OTHER}"),
        format!("token={OTHER}&token={SECRET}"),
        format!("token={SECRET}&token="),
        format!("token&token={SECRET}"),
        format!("token={SECRET}&a=1&{}={SECRET}", encoded("token")),
        format!("t%6fken=1&%74oken={SECRET}"),
        format!("token={SECRET}&token={SECRET}&token={SECRET}"),
    ] {
        check_query(&format!("/hook?{query}"), repeated());
    }
}

#[test]
fn broken_encoding_elsewhere_in_the_query_does_not_matter() {
    for other in ["a=%", "a=%zz", "%ff=1", "a=%c3%28", "%", "a=%4"] {
        check_query(&format!("/hook?{other}&token={SECRET}"), right());
        check_query(&format!("/hook?token={SECRET}&{other}"), right());
        check_query(&format!("/hook?token={OTHER}&{other}"), mismatch());
    }
    // In the secret itself it does.
    for broken in ["%", "%f", "%zz", "%ff", "%00%"] {
        let checked = url(
            UrlSecrets::in_query("token", secret(SECRET)),
            &format!("/hook?token={SECRET}{broken}"),
        );
        assert!(checked.is_err(), "{broken}: {checked:?}");
        check_path(&format!("/hook/{SECRET}{broken}"), mismatch());
    }
}

#[test]
fn every_prefix_and_a_byte_more_are_refused() {
    for length in 1..SECRET.len() {
        check_query(&format!("/hook?token={}", &SECRET[..length]), mismatch());
        check_path(&format!("/hook/{}", &SECRET[..length]), mismatch());
        check_query(&format!("/hook?token={}", &SECRET[length..]), mismatch());
    }
    for more in ["0", "%00", "+", "%20", "%0a", "=", "\u{e9}"] {
        check_query(&format!("/hook?token={SECRET}{more}"), mismatch());
        check_query(&format!("/hook?token={more}{SECRET}"), mismatch());
        check_path(&format!("/hook/{SECRET}{more}"), mismatch());
        check_path(&format!("/hook/{more}{SECRET}"), mismatch());
    }
    check_query(&format!("/hook?token={SECRET}#token"), mismatch());
    for position in 0..SECRET.len() {
        let mut wrong = SECRET.as_bytes().to_vec();
        wrong[position] ^= 1;
        let wrong = String::from_utf8(wrong).expect("ASCII");
        check_query(&format!("/hook?token={wrong}"), mismatch());
        check_path(&format!("/hook/{wrong}"), mismatch());
    }
    let upper = SECRET.to_ascii_uppercase();
    check_query(&format!("/hook?token={upper}"), mismatch());
    check_query(
        &format!("/hook?token={}", SECRET.repeat(10_000)),
        mismatch(),
    );
    check_path(&format!("/hook/{}", SECRET.repeat(10_000)), mismatch());
}

#[test]
fn the_last_segment_of_the_path_counts_alone() {
    for target in [
        format!("/hooks/withings/{SECRET}"),
        format!("/{SECRET}"),
        format!("//{SECRET}"),
        format!("/{OTHER}/{SECRET}?token={OTHER}"),
    ] {
        check_path(&target, right());
    }
    check_path(&format!("/hook/{SECRET}/"), missing());
    check_path(&format!("/hook/?{SECRET}"), missing());
    check_path(&format!("/{SECRET}/hook"), mismatch());
    check_path(&format!("/hook?token={SECRET}"), mismatch());
    // An encoded slash does not part segments.
    check_path(&format!("/hook%2F{SECRET}"), mismatch());
    check_path(&format!("/hook/{SECRET};v=1"), mismatch());
}

#[test]
fn a_plus_sign_is_a_blank_in_a_query_and_itself_in_a_path() {
    let with_plus = || secret("a+b c");
    let query = |target: &str| url(UrlSecrets::in_query("token", with_plus()), target);
    let path = |target: &str| url(UrlSecrets::in_path(with_plus()), target);
    assert_eq!(query("/hook?token=a%2Bb+c"), right());
    assert_eq!(query("/hook?token=a%2bb%20c"), right());
    assert_eq!(query("/hook?token=a+b+c"), mismatch());
    assert_eq!(path("/hook/a+b%20c"), right());
    assert_eq!(path("/hook/a%2Bb%20c"), right());
    assert_eq!(path("/hook/a+b+c"), mismatch());
}

#[test]
fn any_text_can_be_the_secret_and_the_parameter() {
    let odd = "grün & gut = 100 %";
    let secrets = || UrlSecrets::in_query("schlüssel".to_owned(), secret(odd));
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("schlüssel", odd)
        .finish();
    assert_eq!(url(secrets(), &format!("/hook?{query}")), right());
    assert_eq!(
        url(secrets(), &format!("/hook?schlüssel={odd}")),
        mismatch()
    );
    assert_eq!(
        url(
            UrlSecrets::in_path(secret(odd)),
            &format!("/{}", encoded(odd))
        ),
        right()
    );
}

#[test]
fn several_secrets_are_told_apart_by_their_ids() {
    for make in [
        |secrets: SharedSecrets| UrlSecrets::in_query("token", secrets),
        |secrets| UrlSecrets::in_path(secrets),
    ] {
        let check = |text: &str| url(make(two()), &format!("/hook/{text}?token={text}"));
        assert_eq!(check(SECRET), Ok("new".to_owned()));
        assert_eq!(check(OTHER), Ok("old".to_owned()));
        assert_eq!(check("another"), mismatch());
    }
    // Of two that are the same, the first is named.
    let twins = SharedSecrets::new("1", secret(SECRET))
        .with("2", secret(SECRET))
        .expect("room");
    let target = format!("/hook?token={SECRET}");
    assert_eq!(
        url(UrlSecrets::in_query("token", twins), &target),
        Ok("1".to_owned())
    );
}

#[test]
fn a_ring_holds_one_to_eight_secrets_of_different_ids() {
    let mut ring = SharedSecrets::from(secret(SECRET));
    for number in 2..=SharedSecrets::MAX {
        ring = ring
            .with(format!("key-{number}"), secret(OTHER))
            .expect("room");
        assert_eq!(ring.len(), number);
    }
    assert_eq!(ring.len(), 8);
    let full = ring.clone().with("key-9", secret(OTHER)).map(|_| ());
    assert_eq!(full, Err(ConfigError::TooManyKeys { max: 8 }));
    let twice = two().with("old", secret("x")).map(|_| ());
    let duplicate = ConfigError::DuplicateKeyId { id: "old".into() };
    assert_eq!(twice, Err(duplicate));
    for blank in ["", " ", "\t\n", "\u{a0}", "\0"] {
        assert!(SharedSecret::from_text(blank).is_err(), "{blank:?}");
    }
}

#[test]
fn signing_keys_can_be_presented_as_they_are() {
    let key = |text: &str| SigningKey::from_text(text).expect("a key");
    let keys = SigningKeys::new("a", key(SECRET))
        .with("b", key(OTHER))
        .expect("room");
    let secrets = SharedSecrets::from(keys);
    assert_eq!(secrets.len(), 2);
    let target = format!("/hook/{OTHER}");
    assert_eq!(
        url(UrlSecrets::in_path(secrets), &target),
        Ok("b".to_owned())
    );
}

#[test]
fn secrets_can_be_exchanged_while_in_use() {
    let secrets = Swappable::new(SharedSecrets::new("old", secret(OTHER)));
    let in_query = |text: &str| {
        let taken = UrlSecrets::in_query("token", secrets.clone());
        url(taken, &format!("/hook?token={text}"))
    };
    assert_eq!(in_query(OTHER), Ok("old".to_owned()));
    assert_eq!(in_query(SECRET), mismatch());
    secrets.replace(two());
    assert_eq!(in_query(OTHER), Ok("old".to_owned()));
    assert_eq!(in_query(SECRET), Ok("new".to_owned()));
    secrets.replace(SharedSecrets::new("new", secret(SECRET)));
    assert_eq!(in_query(OTHER), mismatch());
    assert_eq!(in_query(SECRET), Ok("new".to_owned()));
}

/// Has a secret for each tenant, whose name the path begins with, and notes who asked.
struct ByTenant(Arc<Mutex<Vec<String>>>);

impl SecretSource for ByTenant {
    fn find(&self, head: &Head<'_>, matches: &dyn Fn(&SharedSecret) -> bool) -> Option<KeyId> {
        let path = head.path().to_owned();
        let secrets = match path.split('/').nth(1) {
            Some("north") => SharedSecrets::new("north", secret(SECRET)),
            Some("south") => SharedSecrets::new("south", secret(OTHER)),
            _ => return None,
        };
        self.0.lock().expect("one thread").push(path);
        secrets.find(head, matches)
    }
}

#[test]
fn a_source_of_ones_own_chooses_by_the_request() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let check = |target: &str| {
        let source = ByTenant(Arc::clone(&asked));
        url(UrlSecrets::in_query("token", source), target)
    };
    assert_eq!(
        check(&format!("/north?token={SECRET}")),
        Ok("north".to_owned())
    );
    assert_eq!(
        check(&format!("/south?token={OTHER}")),
        Ok("south".to_owned())
    );
    assert_eq!(check(&format!("/south?token={SECRET}")), mismatch());
    assert_eq!(check(&format!("/west?token={SECRET}")), mismatch());
    assert_eq!(
        std::mem::take(&mut *asked.lock().expect("one thread")),
        ["/north", "/south", "/south"]
    );
    // What cannot be right is not asked about.
    assert_eq!(check("/north"), missing());
    assert_eq!(check("/north?token=1&token=2"), repeated());
    assert!(asked.lock().expect("one thread").is_empty());
}

#[test]
fn every_secret_of_a_ring_is_asked_about() {
    let ring = || two().with("third", secret("third")).expect("room");
    let headers: [(&str, &str); 0] = [];
    let head = RequestHead::new("POST", "/", &headers);
    let asked = with_head(Vec::new(), head, move |head| {
        let asked = Mutex::new(0);
        let first = ring().find(head, &|candidate| {
            *asked.lock().expect("one thread") += 1;
            candidate.matches(SECRET.as_bytes())
        });
        let asked = *asked.lock().expect("one thread");
        (first.map(|id| id.to_string()), asked)
    });
    assert_eq!(asked, (Some("new".to_owned()), 3));
}

#[test]
fn nothing_that_holds_a_secret_prints_it() {
    let canaries = Canaries::of(&[]);
    let canary = || secret("canary-token");
    let ring = || SharedSecrets::new("first", canary()).with("second", canary());
    let basic = HeaderSecrets::basic("user", "canary-token").expect("a secret");
    let of_basic = "Y2FuYXJ5LXRva2Vu";
    let shown = [
        format!("{:?}", canary()),
        format!("{basic:?}"),
        format!("{:?}", ring().expect("room")),
        format!("{:#?}", ring().expect("room")),
        format!("{:?}", Swappable::new(ring().expect("room"))),
        format!("{:?}", UrlSecrets::in_query("token", canary())),
        format!("{:?}", UrlSecrets::in_path(ring().expect("room"))),
        format!("{:?}", HeaderSecrets::authorization(basic)),
        format!("{:#?}", HeaderSecrets::in_header("x-token", canary())),
    ];
    for shown in shown {
        canaries.check("a secret's holder", &shown);
        assert!(!shown.contains(of_basic), "{shown}");
        assert!(!shown.is_empty());
    }
    assert_eq!(
        format!("{:?}", ring().expect("room")),
        r#"SharedSecrets["first", "second"]"#
    );
}

proptest! {
    #[test]
    fn no_url_panics_and_only_the_secret_is_let_through(
        path in r"/[a-z/%0-9]{0,12}|.{0,12}", query in r"[token=&%0-9a-f+]{0,24}|.{0,24}"
    ) {
        for secrets in [UrlSecrets::in_path(secret(SECRET)), UrlSecrets::in_query("token", secret(SECRET))] {
            let target = format!("{path}?{query}");
            prop_assert!(url(secrets, &target).is_err());
        }
    }
}
