//! What counts as a form.

use pulsehook_core::Receiver;
use pulsehook_core::withings::Withings;

use super::{FORM, Pairs, QUERY, in_query, receiver, rule, send};

const BODY: &[u8] = b"userid=1&appli=1";

#[track_caller]
fn check(receiver: &Receiver<Withings>, headers: Pairs<'_>, expect: &str) {
    let path = format!("/hook?{QUERY}");
    let received = send(receiver, "POST", &path, headers, BODY);
    if let Err(error) = &received {
        assert_eq!(error.reply().status(), 415, "{headers:?}");
    }
    assert_eq!(rule(received), expect, "{headers:?}");
    // A probe has no body, so what it says of one is ignored.
    for method in ["HEAD", "GET"] {
        assert_eq!(rule(send(receiver, method, &path, headers, b"")), "probe");
    }
}

#[test]
fn forms_are_taken_and_nothing_else() {
    let receiver = receiver();
    check(&receiver, &[], "accepted");
    for form in [
        FORM,
        "Application/X-WWW-Form-URLEncoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "application/x-www-form-urlencoded ;charset=iso-8859-1",
        " application/x-www-form-urlencoded ",
    ] {
        check(&receiver, &[("Content-Type", form)], "accepted");
    }
    for other in [
        "",
        ";",
        "application/json",
        "application/x-www-form-urlencoded2",
        "application/x-www-form",
        "application/x-www-form-urlencoded, text/plain",
        "multipart/form-data; boundary=x",
        "text/plain; application/x-www-form-urlencoded",
        "\u{e9}",
    ] {
        check(
            &receiver,
            &[("content-type", other)],
            "unsupported-media-type",
        );
    }
}

#[test]
fn a_repeated_content_type_is_refused() {
    for second in [FORM, "application/json"] {
        let twice = [("content-type", FORM), ("Content-Type", second)];
        check(&receiver(), &twice, "unsupported-media-type");
    }
}

#[test]
fn json_is_taken_only_where_order_updates_are_asked_for() {
    for json in ["application/json", "APPLICATION/JSON; charset=utf-8"] {
        let path = format!("/hook?{QUERY}");
        let headers = [("content-type", json)];
        let update = br#"{"tracking_number":"x"}"#;
        let off = send(&receiver(), "POST", &path, &headers, update);
        assert_eq!(rule(off), "unsupported-media-type");
        let builder = Withings::builder().url_secrets(in_query()).order_updates();
        let on = Receiver::new(builder.build().expect("a secret"));
        assert_eq!(rule(send(&on, "POST", &path, &headers, update)), "accepted");
        // Without one of its fields it is something else.
        for other in [b"{}".as_slice(), br#"{"x":1}"#] {
            assert_eq!(
                rule(send(&on, "POST", &path, &headers, other)),
                "undecodable"
            );
        }
    }
    let builder = Withings::builder().url_secrets(in_query()).order_updates();
    let on = Receiver::new(builder.build().expect("a secret"));
    for other in ["application/json2", "text/json", "application/problem+json"] {
        check(&on, &[("content-type", other)], "unsupported-media-type");
    }
    check(&on, &[("content-type", FORM)], "accepted");
    check(&on, &[], "accepted");
}
