//! Keys: what is refused, what is kept, and that nothing prints.

use pulsehook_core::{ConfigError, SharedSecret, SigningKey, SigningKeys};

#[track_caller]
fn check(made: Result<SigningKey, ConfigError>, expect: Result<&[u8], ConfigError>) {
    match (made, expect) {
        (Ok(key), Ok(bytes)) => assert_eq!(key.expose_bytes(), bytes),
        (Err(error), Err(expected)) => assert_eq!(error, expected),
        (made, expect) => panic!("{made:?}, not {expect:?}"),
    }
}

const EMPTY: Result<&[u8], ConfigError> = Err(ConfigError::EmptyKey);
const NOT_HEX: Result<&[u8], ConfigError> = Err(ConfigError::MalformedKey {
    encoding: "hexadecimal",
});
const NOT_BASE64: Result<&[u8], ConfigError> =
    Err(ConfigError::MalformedKey { encoding: "base64" });

/// White space of ASCII, and of Unicode; zeros, which an HMAC cannot tell from no key.
const BLANK: &[&str] = &[
    "",
    " ",
    "\t",
    "\r\n",
    "\n",
    " \t\r\n\u{b}\u{c}",
    "\u{85}",
    "\u{a0}",
    "\u{1680}",
    "\u{2003}",
    "\u{2028}\u{2029}",
    "\u{202f}",
    "\u{3000}",
    "\0",
    "\0\0\0\0",
    " \0\n",
];

#[test]
fn empty_and_blank_keys_are_refused_by_every_constructor() {
    for blank in BLANK {
        check(SigningKey::from_text(*blank), EMPTY);
        check(SigningKey::from_bytes(*blank), EMPTY);
        check(SigningKey::from_file_content(*blank), EMPTY);
        let with_line_end = format!("{blank}\r\n");
        check(SigningKey::from_file_content(with_line_end), EMPTY);
        let hex = pulsehook_core::signature::encode_hex(blank.as_bytes());
        check(SigningKey::from_hex(&hex), EMPTY);
        let base64 = pulsehook_core::signature::encode_base64(blank.as_bytes());
        check(SigningKey::from_base64(&base64), EMPTY);
        assert!(SharedSecret::from_text(*blank).is_err(), "{blank:?}");
    }
}

#[test]
fn a_key_of_zeros_would_sign_like_an_empty_one() {
    use pulsehook_core::signature::{HmacSha256, MacKeys};

    // Trailing zeros change nothing, so `k` and `k\0` are one key: that is why zeros are blank.
    let sign = |key: &[u8]| {
        let key = SigningKey::from_bytes(key).expect("a key");
        let mac = MacKeys::<HmacSha256>::new(&key.into()).sign(&[b"body"]);
        mac.as_bytes().to_vec()
    };
    assert_eq!(sign(b"k"), sign(b"k\0\0"));
    check(SigningKey::from_hex(&"00".repeat(64)), EMPTY);
}

#[test]
fn text_and_bytes_are_kept_as_they_are() {
    for text in [" key ", "key\n", "\u{feff}key", "ключ", "\tk", "k\0"] {
        check(SigningKey::from_text(text), Ok(text.as_bytes()));
        check(SigningKey::from_bytes(text), Ok(text.as_bytes()));
    }
    check(SigningKey::from_bytes([0xff, 0x20]), Ok(&[0xff, 0x20]));
    check(SigningKey::from_bytes([0x80]), Ok(&[0x80]));
}

#[test]
fn hexadecimal_keys_are_strict_but_for_their_case() {
    check(SigningKey::from_hex("00ff"), Ok(&[0x00, 0xff]));
    check(SigningKey::from_hex("aBcDeF"), Ok(&[0xab, 0xcd, 0xef]));
    for bad in [
        "0", "abc", "0g", "g0", " 00", "00 ", "00\n", "0x00", "é", "0é0", "00-11", "+1",
    ] {
        check(SigningKey::from_hex(bad), NOT_HEX);
    }
}

#[test]
fn base64_keys_are_canonical() {
    check(SigningKey::from_base64("AP8="), Ok(&[0x00, 0xff]));
    check(SigningKey::from_base64("+/+/"), Ok(&[0xfb, 0xff, 0xbf]));
    let bad = [
        "AP8", "AP8==", "AP9=", "-_-_", "AP8=\n", " AP8=", "A", "====", "AP8=AP8=", "é", "A P8=",
    ];
    for bad in bad {
        check(SigningKey::from_base64(bad), NOT_BASE64);
    }
}

#[test]
fn a_file_loses_exactly_one_line_ending() {
    let cases: &[(&[u8], &[u8])] = &[
        (b"key", b"key"),
        (b"key\n", b"key"),
        (b"key\r\n", b"key"),
        (b"key\n\n", b"key\n"),
        (b"key\r\n\r\n", b"key\r\n"),
        (b"key\n\r\n", b"key\n"),
        (b"key\r", b"key\r"),
        (b"key\r\r\n", b"key\r"),
        (b"key\n\r", b"key\n\r"),
        (b" key \n", b" key "),
        (b"\nkey", b"\nkey"),
        (b"\xff\n", b"\xff"),
        (b"\xef\xbb\xbfkey\n", b"\xef\xbb\xbfkey"),
    ];
    for (content, expect) in cases {
        check(SigningKey::from_file_content(*content), Ok(expect));
    }
}

#[test]
fn a_suffix_is_appended() {
    let key = SigningKey::from_text("key").expect("a key");
    assert_eq!(key.with_suffix("-2").expose_bytes(), b"key-2");
    assert_eq!(key.expose_bytes(), b"key");
}

fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

#[test]
fn a_ring_holds_eight_keys_at_most() {
    let mut ring = SigningKeys::new("0", key("0"));
    for id in 1..SigningKeys::MAX {
        ring = ring.with(id.to_string(), key("k")).expect("there is room");
        assert_eq!(ring.len(), id + 1);
    }
    assert_eq!(ring.len(), 8);
    let ids: Vec<&str> = ring.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    let full = ring.with("8", key("k")).expect_err("the ninth");
    assert_eq!(full, ConfigError::TooManyKeys { max: 8 });
}

#[test]
fn a_ring_has_no_id_twice() {
    let ring = SigningKeys::from(key("k"));
    assert!(ring.iter().all(|(id, _)| id.as_str() == "key-1"));
    let twice = ring.clone().with("key-1", key("other")).expect_err("twice");
    assert_eq!(twice, ConfigError::DuplicateKeyId { id: "key-1".into() });
    // Ids are not folded, and a key may come twice.
    assert_eq!(ring.with("Key-1", key("k")).map(|ring| ring.len()), Ok(2));
}

#[test]
fn a_shared_secret_matches_only_itself() {
    let secret = SharedSecret::from_text("s3cret ").expect("a secret");
    assert!(secret.matches(b"s3cret "));
    for len in 0.."s3cret ".len() {
        assert!(!secret.matches(&b"s3cret "[..len]));
    }
    for other in ["s3cret  ", "S3cret ", " s3cret", "s3cret\0"] {
        assert!(!secret.matches(other.as_bytes()), "{other:?}");
    }
}

#[test]
fn debug_shows_ids_and_nothing_else() {
    let hidden = "canary";
    let ring = SigningKeys::new("2026-11", key(hidden));
    assert_eq!(format!("{:?}", key(hidden)), "SigningKey([REDACTED])");
    assert_eq!(format!("{:#?}", key(hidden)), "SigningKey([REDACTED])");
    assert_eq!(format!("{ring:?}"), r#"SigningKeys["2026-11"]"#);
    let shared = SharedSecret::from(key(hidden));
    assert_eq!(format!("{shared:?}"), "SharedSecret([REDACTED])");
}
