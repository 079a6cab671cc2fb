//! Bodies that are refused as a whole: authentic, but not of the documented form.

use pulsehook_core::{DecodeErrorKind, Undecodable};

use super::delivery;

const ITEM: &str =
    r#"{"humanId":"h","updatedAt":"u","action":"created","objectId":"o","endpoint":"e"}"#;

fn check_refused(body: impl AsRef<[u8]>, kind: DecodeErrorKind) {
    let body = body.as_ref();
    let error = delivery(body).expect_err("must be refused");
    assert_eq!(error.reply().status(), 400);
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
