//! Forms, decoded strictly: what is sent and what is read do not differ.

use proptest::prelude::*;
use pulsehook_core::form;

type Pair = (String, String);

/// Reads all pairs, or none where one is broken.
fn pairs(text: &str) -> Option<Vec<Pair>> {
    form::pairs(text)
        .map(|pair| pair.ok().map(|(name, value)| (name.into(), value.into())))
        .collect()
}

#[track_caller]
fn check(text: &str, expect: &[(&str, &str)]) {
    let expect = expect
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    assert_eq!(pairs(text), Some(expect.collect()), "{text:?}");
}

#[test]
fn pairs_are_decoded_in_the_order_in_which_they_stand() {
    check("", &[]);
    check("a=1", &[("a", "1")]);
    check("b=2&a=1&b=3", &[("b", "2"), ("a", "1"), ("b", "3")]);
    check("a=1=2==", &[("a", "1=2==")]);
    check("a", &[("a", "")]);
    check("a=", &[("a", "")]);
    check("=1", &[("", "1")]);
    check("=", &[("", "")]);
    check("&", &[]);
    check("&&a=1&&", &[("a", "1")]);
    check("a=1;b=2", &[("a", "1;b=2")]);
    check("a[]=1&a[0][x]=2", &[("a[]", "1"), ("a[0][x]", "2")]);
}

#[test]
fn plus_signs_and_percent_signs_are_decoded_once() {
    check("a+b=c+d", &[("a b", "c d")]);
    check("a%20b=%2B%2b+", &[("a b", "++ ")]);
    check("%61=%25%34%31", &[("a", "%41")]);
    check("a%3D%26=%3d%26", &[("a=&", "=&")]);
    check("a=%00%0a%7F", &[("a", "\0\n\u{7f}")]);
    check("%C3%BC=%e2%82%AC", &[("ü", "€")]);
    // Characters that should have been encoded are themselves.
    check("ü=€ \"<>", &[("ü", "€ \"<>")]);
}

#[test]
fn a_broken_encoding_spoils_its_pair_and_no_other() {
    for broken in [
        "%",
        "%4",
        "%g0",
        "%0g",
        "% 4",
        "%+4",
        "%-1",
        "%u00e9",
        "%ü",
        "%%41",
        "%ff",
        "%c3",
        "%c3%28",
        "%ed%a0%80",
        "%c0%80",
        "%f4%90%80%80",
        "ü%bc",
    ] {
        for text in [
            broken.to_owned(),
            format!("a={broken}"),
            format!("{broken}=1"),
        ] {
            let text = format!("x=1&{text}&y=2");
            let found: Vec<_> = form::pairs(&text).collect();
            let [first, second, third] = &found[..] else {
                panic!("{text}: {found:?}");
            };
            assert!(second.is_err(), "{text}");
            assert_eq!(first, &Ok(("x".into(), "1".into())), "{text}");
            assert_eq!(third, &Ok(("y".into(), "2".into())), "{text}");
        }
    }
    let broken = form::pairs("%")
        .next()
        .expect("a pair")
        .expect_err("broken");
    assert_eq!(broken.to_string(), "the percent-encoding is broken");
}

#[test]
fn a_byte_may_be_split_over_no_two_pairs() {
    assert_eq!(pairs("a=%c3&%bc=1"), None);
    assert_eq!(pairs("a%c3=%bc"), None);
    assert_eq!(pairs("a=%&41"), None);
}

#[test]
fn what_needs_no_decoding_is_not_copied() {
    use std::borrow::Cow::Borrowed;
    let found: Vec<_> = form::pairs("name=value&€").collect();
    assert!(matches!(
        &found[..],
        [
            Ok((Borrowed("name"), Borrowed("value"))),
            Ok((Borrowed("€"), Borrowed("")))
        ]
    ));
}

/// Tells by another way whether the percent-encoding of a text is broken.
fn is_broken(part: &str) -> bool {
    let sides = part.split_once('=').unwrap_or((part, ""));
    [sides.0, sides.1].into_iter().any(|side| {
        let bytes = side.as_bytes();
        let incomplete = bytes.iter().enumerate().any(|(place, byte)| {
            let digits = bytes.get(place + 1..place + 3);
            *byte == b'%' && !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        });
        // The reference puts a replacement character where the bytes are not UTF-8.
        let replaced = form_urlencoded::parse(side.as_bytes())
            .any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}'));
        incomplete
            || (replaced
                && !side.contains('\u{fffd}')
                && !side.to_lowercase().contains("%ef%bf%bd"))
    })
}

proptest! {
    #[test]
    fn what_a_serializer_writes_is_read_back(written: Vec<(String, String)>) {
        let mut serializer = form_urlencoded::Serializer::new(String::new());
        serializer.extend_pairs(&written);
        prop_assert_eq!(pairs(&serializer.finish()), Some(written));
    }

    #[test]
    fn every_character_may_be_encoded(name: String, value: String) {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let text = format!("{}={}", encode(&name), encode(&value));
        prop_assert_eq!(pairs(&text), Some(vec![(name, value)]));
    }

    #[test]
    fn a_text_is_read_as_others_read_it_or_refused(text in r"[a%&=+4bcf8€é0]{0,24}|.{0,24}") {
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let reference: Vec<_> = form_urlencoded::parse(part.as_bytes()).into_owned().collect();
            match pairs(part) {
                Some(read) => prop_assert_eq!(read, reference),
                None => prop_assert!(is_broken(part), "{}", part),
            }
        }
    }
}
