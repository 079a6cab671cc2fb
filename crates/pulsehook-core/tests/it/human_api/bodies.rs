//! Bodies that are refused as a whole: authentic, but not of the documented form.

use pulsehook_core::human_api::{HumanApi, MAX_ITEMS};
use pulsehook_core::{DecodeErrorKind, Receiver, Undecodable};

use super::{delivery, documented, events, key, receive, signed_pairs};

const ITEM: &str =
    r#"{"humanId":"h","updatedAt":"u","action":"created","objectId":"o","endpoint":"e"}"#;

fn check_refused(body: impl AsRef<[u8]>, kind: DecodeErrorKind) {
    let body = body.as_ref();
    let error = delivery(body).expect_err("must be refused");
    let status = if kind == DecodeErrorKind::TooLarge {
        413
    } else {
        400
    };
    assert_eq!(error.reply().status(), status);
    let undecodable: &Undecodable = error.undecodable().expect("verified");
    assert_eq!(undecodable.error().kind(), kind, "{body:?}");
    assert_eq!(undecodable.raw().as_ref(), body);
}

#[test]
fn bodies_that_are_not_json_are_refused_as_a_whole() {
    for body in [
        " ",
        "[",
        "[1,]",
        "[1 2]",
        "[,]",
        "{",
        r#"{"humanId"}"#,
        "nul",
        "[nul]",
        "[01]",
        "[\"\n\"]",
        r#"["\x"]"#,
        r#"[{"humanId":"h" "objectId":"o"}]"#,
        "\u{feff}[]",
        "'x'",
        "x",
    ] {
        check_refused(body, DecodeErrorKind::Syntax);
        // Nothing good before it saves the delivery.
        if let Some(rest) = body.strip_prefix('[') {
            check_refused(format!("[{ITEM},{rest}"), DecodeErrorKind::Syntax);
        }
    }
}

#[test]
fn trailing_characters_are_refused() {
    for body in ["[]1", "[] []", "[]]", "{}1", "{}{}", "[],", "[]\0"] {
        check_refused(body, DecodeErrorKind::Syntax);
    }
    check_refused(format!("[{ITEM},5]1"), DecodeErrorKind::Syntax);
}

#[test]
fn bodies_that_are_not_utf8_or_empty_are_refused() {
    check_refused(b"[\"\xff\"]", DecodeErrorKind::NotUtf8);
    check_refused(b"\xff\xfe[\0]\0", DecodeErrorKind::NotUtf8);
    check_refused("", DecodeErrorKind::Empty);
}

#[test]
fn scalars_are_refused() {
    for body in ["5", "null", "true", r#""[]""#, " 1e999 ", r#""\ud800""#] {
        check_refused(body, DecodeErrorKind::Shape);
    }
}

#[test]
fn deep_nesting_without_end_does_not_overflow_the_stack() {
    check_refused("[".repeat(200_000), DecodeErrorKind::Syntax);
    check_refused(r#"{"a":"#.repeat(200_000), DecodeErrorKind::Syntax);
}

/// An array of some items, with one odd item at its end.
fn array(item: &str, count: usize, last: &str) -> String {
    let mut body = format!("[{}", format!("{item},").repeat(count - 1));
    body.push_str(last);
    body.push(']');
    body
}

#[test]
fn bodies_with_too_many_items_are_refused() {
    // The parser refuses `1e999` as an item, which sends the body another way.
    for (item, odd) in [("1", "1"), ("{}", "1e999"), ("1e999", "1"), ("{}", "[{}]")] {
        let most = array(item, MAX_ITEMS, odd);
        assert_eq!(events(&most).len(), MAX_ITEMS, "{item}");
        for excess in [1, 2, 1000] {
            let body = array(item, MAX_ITEMS + excess, odd);
            check_refused(body, DecodeErrorKind::TooLarge);
        }
    }
}

#[test]
fn too_many_items_that_could_be_decoded_are_refused_as_well() {
    let data = r#"{"humanId":"h","objectId":"o","endpoint":"e"}"#;
    let receiver = Receiver::builder(HumanApi::new(key()))
        .body_limit(8 * 1024 * 1024)
        .build();
    for (count, kind) in [
        (MAX_ITEMS, None),
        (MAX_ITEMS + 1, Some(DecodeErrorKind::TooLarge)),
    ] {
        let body = array(data, count, data);
        let headers = signed_pairs(body.as_bytes(), documented::TIMESTAMP, "1");
        let received = receive(&receiver, &headers, body.as_bytes());
        let error = received.err();
        let undecodable = error.as_ref().and_then(|error| error.undecodable());
        assert_eq!(undecodable.map(|it| it.error().kind()), kind);
    }
}

#[test]
fn what_follows_too_many_items_must_still_be_json() {
    for end in ["", "]1", ",]", ",nul]"] {
        let body = format!("[{}1{end}", "1,".repeat(MAX_ITEMS + 7));
        check_refused(body, DecodeErrorKind::Syntax);
    }
}

#[test]
fn positions_count_from_1() {
    for (body, position) in [
        ("[1", (1, 2)),
        ("[1\n", (2, 1)),
        ("\n", (2, 1)),
        ("{", (1, 1)),
        ("[\n5,", (2, 2)),
    ] {
        let error = delivery(body).expect_err("must be refused");
        let undecodable = error.undecodable().expect("verified");
        assert_eq!(undecodable.error().position(), Some(position), "{body:?}");
    }
}
