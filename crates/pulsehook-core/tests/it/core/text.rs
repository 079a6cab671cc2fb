//! Text, times and JSON in events: kept as received, whatever they mean.

use proptest::prelude::*;
use pulsehook_core::{DecodeErrorKind, DedupKey, DedupKind, RawJson, Text, TimeText};
use serde_json::json;

/// What a text is as an instant, as one without offset, and as a day.
#[track_caller]
fn check(text: &str, instant: Option<&str>, or_utc: Option<&str>, date: Option<&str>) {
    let time = TimeText::from(text);
    let print = |instant: Option<pulsehook_core::jiff::Timestamp>| instant.map(|i| i.to_string());
    assert_eq!(print(time.instant()).as_deref(), instant, "{text}");
    assert_eq!(print(time.instant_or_utc()).as_deref(), or_utc, "{text}");
    let day = time.date().map(|date| date.to_string());
    assert_eq!(day.as_deref(), date, "{text}");
    assert_eq!(time.as_str(), text);
}

#[test]
fn a_time_without_offset_is_not_guessed() {
    let (utc, day) = (Some("2026-02-03T04:05:06Z"), Some("2026-02-03"));
    check("2026-02-03T04:05:06Z", utc, utc, day);
    check("2026-02-03T05:05:06+01:00", utc, utc, day);
    check("2026-02-02T23:05:06-05:00", utc, utc, Some("2026-02-02"));
    check("2026-02-03T04:05:06", None, utc, day);
    check("2026-02-03 04:05:06", None, utc, day);
    let millis = Some("2026-02-03T04:05:06.789Z");
    check("2026-02-03T04:05:06.789Z", millis, millis, day);
    check("2026-02-03", None, Some("2026-02-03T00:00:00Z"), day);
}

#[test]
fn what_is_no_time_is_kept_as_text() {
    for text in [
        "",
        "soon",
        "2026-02-30",
        "2026-13-01T00:00:00Z",
        "1770091506",
        "٢٠٢٦-٠٢-٠٣",
    ] {
        check(text, None, None, None);
    }
    check("2026-02-03later", None, None, None);
}

proptest! {
    #[test]
    fn no_text_makes_a_time_panic(text in prop_oneof![any::<String>(), "[0-9TZ:.+ -]{0,40}"]) {
        let time = TimeText::from(text.as_str());
        let _ = (time.instant(), time.instant_or_utc(), time.date());
        prop_assert_eq!(time.as_str(), text);
    }

    #[test]
    fn text_is_text_however_long(text in any::<String>(), other in any::<String>()) {
        let kept = Text::from(text.as_str());
        prop_assert_eq!(kept.as_str(), &text);
        prop_assert_eq!(&kept, &Text::from(text.clone()));
        prop_assert_eq!(kept.cmp(&Text::from(other.as_str())), text.cmp(&other));
        let json = serde_json::to_string(&kept).expect("JSON");
        prop_assert_eq!(&serde_json::from_str::<Text>(&json).expect("text"), &kept);
        prop_assert_eq!(String::from(kept), text);
    }
}

#[test]
fn raw_json_is_kept_to_the_last_space() {
    for text in [
        "null",
        "70.0",
        "1e21",
        "-0",
        "123456789012345678901234567890",
        r#""\u00e9""#,
        r#"{ "b" : 1,"a":2, "a":3 }"#,
        "[1,\n 2]",
    ] {
        let raw = RawJson::from_text(text).expect(text);
        assert_eq!(raw.get(), text);
        assert_eq!(serde_json::to_string(&raw).expect("JSON"), text);
        let inside = format!("[{text}]");
        let items: Vec<RawJson> = serde_json::from_str(&inside).expect(text);
        assert_eq!(items, [raw]);
    }
}

#[test]
fn raw_json_is_json() {
    for text in [
        "",
        "{",
        "{}{}",
        "nul",
        "[1,]",
        "'a'",
        "NaN",
        "\u{feff}{}",
        "{\"a\":1,}",
    ] {
        let error = RawJson::from_text(text).expect_err(text);
        assert_eq!(error.kind(), DecodeErrorKind::Syntax, "{text}");
    }
}

#[test]
fn deep_json_is_an_error_and_not_the_end_of_the_process() {
    // On the small stack that a thread of a test has.
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let raw = RawJson::from_text(&deep).expect("it is JSON");
    assert_eq!(serde_json::to_string(&raw).expect("JSON"), deep);
    let error = raw.parse::<serde_json::Value>().expect_err("too deep");
    assert_eq!(error.kind(), DecodeErrorKind::Syntax);
}

#[test]
fn a_digest_tells_its_parts_apart() {
    let digest = |parts: &[&str]| {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        let key = DedupKey::digest(&parts);
        assert_eq!((key.kind(), key.value().len()), (DedupKind::Digest, 64));
        key.value().to_owned()
    };
    // One part alone is digested as it is.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest(&["abc"]), abc);
    let several: [&[&str]; 6] = [
        &["abc", ""],
        &["", "abc"],
        &["ab", "c"],
        &["a", "bc"],
        &["a", "b", "c"],
        &[],
    ];
    for (at, parts) in several.iter().enumerate() {
        assert_ne!(digest(parts), abc);
        assert!(
            several[at + 1..]
                .iter()
                .all(|other| digest(other) != digest(parts))
        );
    }
}

#[test]
fn dedup_keys_are_the_same_in_their_serialised_form() {
    let key = DedupKey::id(Text::from("d-1"));
    let value = serde_json::to_value(&key).expect("JSON");
    assert_eq!(value, json!({"kind": "id", "value": "d-1"}));
    assert_eq!(
        serde_json::from_value::<DedupKey>(value).expect("a key"),
        key
    );
    // The kind is part of the key.
    let digest = DedupKey::digest(&[b"abc"]);
    assert_ne!(DedupKey::id(Text::from(digest.value())), digest);
}
