//! The rules of decoding, each with its own error.

use pulsehook_core::DecodeErrorKind::{
    self, AmbiguousField, Empty, Form, InvalidField, MissingField, NotUtf8,
};
use pulsehook_core::jiff::{Timestamp, civil};
use pulsehook_core::withings::{Category, DayOrInstant, Event};

use super::{check_undecodable, delivery, event, notification, post, receiver};

#[track_caller]
fn check(body: impl AsRef<[u8]>, kind: DecodeErrorKind, field: Option<&str>) {
    let body = body.as_ref();
    check_undecodable(post(&receiver(), body), body, kind, field);
}

#[track_caller]
fn check_invalid(field: &str, rest: &str, values: &[&str]) {
    for value in values {
        check(format!("{rest}&{field}={value}"), InvalidField, Some(field));
        check(format!("{field}={value}&{rest}"), InvalidField, Some(field));
    }
}

/// Values that are no plain decimal digits.
const NOT_DIGITS: &[&str] = &[
    "",
    "+1",
    "%2B1",
    "1+",
    "+",
    " ",
    "%20",
    "1.0",
    "1.5",
    "1e3",
    "0x1",
    "1_000",
    "1,000",
    "abc",
    "1abc",
    "null",
    "-",
    "--1",
    "%D9%A1",
    "%EF%BC%91",
    "1%00",
    "%0A1",
    "18446744073709551616",
    "99999999999999999999999999",
];

fn seconds(second: i64) -> Option<Timestamp> {
    Some(Timestamp::from_second(second).expect("in range"))
}

#[test]
fn an_empty_body_is_refused() {
    check("", Empty, None);
}

#[test]
fn a_missing_category_is_refused_and_not_guessed() {
    for body in [
        " ",
        "&",
        "&&&",
        "=",
        "=1",
        "userid=1",
        "userid=1&startdate=1&enddate=2",
        "Appli=1&userid=1",
        "appli%20=1&userid=1",
        "appli[]=1&userid=1",
        "mac=00:24:e4:0a:0b:0c",
        "{\"appli\":1,\"userid\":1}",
    ] {
        check(body, MissingField, Some("appli"));
    }
}

#[test]
fn a_category_that_is_no_integer_is_refused() {
    check_invalid("appli", "userid=1", NOT_DIGITS);
    check_invalid(
        "appli",
        "userid=1",
        &["9223372036854775808", "-9223372036854775809"],
    );
    check("userid=1&appli", InvalidField, Some("appli"));
}

#[test]
fn an_unknown_category_is_an_event() {
    for (text, number) in [
        ("0", 0),
        ("3", 3),
        ("-1", -1),
        ("-4", -4),
        ("1000000", 1_000_000),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ] {
        let event = event(format!("userid=1&appli={text}"));
        assert!(matches!(&event, Event::Unknown(it) if it.number == number));
        assert_eq!(event.category(), Some(Category::Other(number)));
    }
}

#[test]
fn a_missing_user_is_refused_but_for_set_ups_of_devices() {
    for category in Category::KNOWN {
        let body = format!("appli={}&mac=m&date=2024-01-28", category.number());
        if *category == Category::DeviceSetUp {
            assert_eq!(event(body).user_id(), None);
        } else {
            check(body, MissingField, Some("userid"));
        }
    }
    check("appli=1000", MissingField, Some("userid"));
}

#[test]
fn a_user_that_is_no_integer_is_refused() {
    for category in ["1", "46", "53&mac=m", "1000"] {
        let rest = format!("appli={category}");
        check_invalid("userid", &rest, NOT_DIGITS);
        check_invalid("userid", &rest, &["-1", "-0"]);
    }
    for (text, user_id) in [
        ("0", 0),
        ("007", 7),
        ("4294967296", 4_294_967_296),
        ("18446744073709551615", u64::MAX),
    ] {
        let event = event(format!("userid={text}&appli=1"));
        assert_eq!(event.user_id(), Some(user_id));
    }
}

#[test]
fn the_set_up_of_a_device_without_its_address_is_refused() {
    check("appli=53", MissingField, Some("mac"));
    check("appli=53&userid=1", MissingField, Some("mac"));
    check("appli=53&mac=", MissingField, Some("mac"));
    check("appli=53&mac", MissingField, Some("mac"));
    let Event::DeviceSetUp(device) = event("appli=53&mac=00%3A24%3Ae4%3A0a%3A0b%3A0c") else {
        panic!("category 53");
    };
    assert_eq!(device.mac, "00:24:e4:0a:0b:0c");
}

#[test]
fn a_window_is_kept_in_halves() {
    let window = |body: &str| notification(format!("userid=1&appli=1{body}")).window;
    let none = window("");
    assert!(none.is_empty() && none.bounds().is_none() && !none.is_reversed());

    let start = window("&startdate=1706400000");
    assert_eq!((start.start, start.end), (seconds(1_706_400_000), None));
    assert!(!start.is_empty() && start.bounds().is_none() && !start.is_reversed());

    let end = window("&enddate=1706400000");
    assert_eq!((end.start, end.end), (None, seconds(1_706_400_000)));
    assert!(!end.is_empty() && end.bounds().is_none() && !end.is_reversed());

    let both = window("&enddate=1706400060&startdate=1706400000");
    assert_eq!(both.bounds(), both.start.zip(both.end));
    assert_eq!(
        both.bounds(),
        seconds(1_706_400_000).zip(seconds(1_706_400_060))
    );
    assert!(!both.is_reversed());
}

#[test]
fn a_window_of_no_length_is_valid_and_a_reversed_one_is_marked() {
    let window = |start: i64, end: i64| {
        let body = format!("userid=1&appli=4&startdate={start}&enddate={end}");
        notification(body).window
    };
    let none = window(1_706_400_000, 1_706_400_000);
    assert!(none.bounds().is_some() && !none.is_reversed());
    let reversed = window(1_706_400_060, 1_706_400_000);
    assert!(reversed.is_reversed() && reversed.bounds().is_none());
    // Its ends are not swapped.
    assert_eq!(reversed.start, seconds(1_706_400_060));
    assert_eq!(reversed.end, seconds(1_706_400_000));
    // Serialised events show it, and only where it is so.
    let shown = serde_json::to_value(reversed).expect("serialises");
    assert_eq!(shown["reversed"], true);
    let shown = serde_json::to_value(none).expect("serialises");
    assert!(shown.get("reversed").is_none());
}

#[test]
fn an_end_of_a_window_that_is_no_integer_is_refused() {
    // Of no category, be its documentation without a window or not.
    for rest in [
        "userid=1&appli=1",
        "userid=1&appli=46",
        "appli=53&mac=m",
        "userid=1&appli=1000",
    ] {
        for field in ["startdate", "enddate"] {
            check_invalid(field, rest, NOT_DIGITS);
            check_invalid(field, rest, &["-1", "2024-01-28", "9223372036854775807"]);
            // One second beyond the last that has a date.
            check_invalid(field, rest, &["253402207201"]);
        }
    }
    let it = notification("userid=1&appli=1&startdate=0&enddate=253402207200");
    assert!(it.window.bounds().is_some());
}

#[test]
fn a_date_is_a_day_or_an_instant_by_its_form() {
    for category in ["1", "16", "50", "51", "52", "55", "98", "1000"] {
        let date = |text: &str| notification(format!("userid=1&appli={category}&date={text}")).date;
        let day = civil::date(2024, 1, 28);
        assert_eq!(date("2024-01-28"), Some(DayOrInstant::Day(day)));
        assert_eq!(date("2024%2D01-28"), Some(DayOrInstant::Day(day)));
        for (text, second) in [
            ("100000000", 100_000_000),
            ("1706392815", 1_706_392_815),
            ("99999999999", 99_999_999_999),
            ("000000001", 1),
        ] {
            let instant = date(text).and_then(|date| date.instant());
            assert_eq!(instant, seconds(second));
            assert_eq!(date(text).and_then(|date| date.day()), None);
        }
    }
    let leap = notification("userid=1&appli=16&date=2024-02-29").date;
    assert_eq!(
        leap.and_then(|date| date.day()),
        Some(civil::date(2024, 2, 29))
    );
    assert_eq!(leap.and_then(|date| date.instant()), None);
}

#[test]
fn any_other_date_is_refused() {
    for rest in [
        "userid=1&appli=16",
        "userid=1&appli=50",
        "userid=1&appli=46",
        "appli=53&mac=m",
    ] {
        check_invalid("date", rest, NOT_DIGITS);
        check_invalid(
            "date",
            rest,
            &[
                "12345678",
                "100000000000",
                "1706392815000",
                "-1706392815",
                "%2B170639281",
                "2023-02-29",
                "2024-13-01",
                "2024-00-10",
                "2024-01-00",
                "2024-01-32",
                "2024-1-28",
                "24-01-28",
                "20240128",
                "2024-01-28T00:00:00Z",
                "2024-01-28%20",
                "%202024-01-28",
                "2024/01/28",
                "2024-01+28",
                "-024-01-28",
                "28.01.2024",
                "today",
                "\u{661}706392815",
            ],
        );
    }
}

#[test]
fn equal_repeats_count_once() {
    let once = "userid=1&appli=1&startdate=10&enddate=20&date=2024-01-28&deviceid=d&x=y&=&z";
    let twice = format!("{once}&{once}&%75serid=%31&x=%79&z=");
    assert_eq!(event(once), event(&twice));
    assert_eq!(notification(&twice).other.len(), 3);
}

#[test]
fn different_repeats_are_refused() {
    let all = "userid=1&appli=1&startdate=10&enddate=20&date=2024-01-28&deviceid=d&mac=m&action=a";
    for name in [
        "userid",
        "appli",
        "startdate",
        "enddate",
        "date",
        "deviceid",
        "mac",
        "action",
    ] {
        for other in ["2", "01", ""] {
            check(format!("{all}&{name}={other}"), AmbiguousField, Some(name));
            check(format!("{name}={other}&{all}"), AmbiguousField, Some(name));
            // The third is not the first.
            check(
                format!("{all}&{all}&{name}={other}"),
                AmbiguousField,
                Some(name),
            );
        }
    }
    // The value of a name that is not documented is not decoded, but it is a guess all the same;
    // and the name is the sender's own text.
    check(format!("{all}&foo=1&foo=2"), AmbiguousField, None);
    check(format!("{all}&foo=1&foo"), AmbiguousField, None);
    check(format!("{all}&=1&=2"), AmbiguousField, None);
    // Names that differ are different parameters.
    assert_eq!(notification(format!("{all}&Userid=2&USERID=3")).user_id, 1);
}

#[test]
fn an_unknown_action_is_kept() {
    let Event::UserProfile(change) = event("userid=1&appli=46&action=paused%20now") else {
        panic!("category 46");
    };
    assert_eq!(change.action.expect("given").as_str(), "paused now");
}

#[test]
fn broken_encodings_are_refused() {
    for broken in [
        "%",
        "%4",
        "%4g",
        "%g4",
        "%%41",
        "%u0041",
        "a%",
        "%FF",
        "%C3",
        "%C3%28",
        "%ED%A0%80",
        "%80",
    ] {
        check(format!("userid=1&appli=1&x={broken}"), Form, None);
        check(format!("{broken}=x&userid=1&appli=1"), Form, None);
        check(format!("userid={broken}&appli=1"), Form, None);
        // The first error of all is the form's.
        check(format!("userid=1&userid=2&x={broken}"), Form, None);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    for body in [
        &b"userid=1&appli=1&x=\xff"[..],
        b"\xff",
        b"\xc3\x28=1",
        b"\xfe\xffa",
    ] {
        check(body, NotUtf8, None);
    }
}

#[test]
fn unknown_parameters_are_kept_as_they_were_meant() {
    let it = notification(
        "foo=bar&userid=1&b=1+2%2B3&appli=1&a%26b=c%3Dd&n=\u{e9}%C3%A9&empty=&flag&&z=1=2",
    );
    let others: Vec<_> = it.other.iter().collect();
    let expect = [
        ("a&b", "c=d"),
        ("b", "1 2+3"),
        ("empty", ""),
        ("flag", ""),
        ("foo", "bar"),
        ("n", "éé"),
        ("z", "1=2"),
    ];
    assert_eq!(others, expect);
    assert_eq!(it.other.get("b"), Some("1 2+3"));
    assert_eq!(it.other.get("userid"), None);
    assert_eq!(it.other.get("nothing"), None);
    assert!(!it.other.is_empty());
    assert!(notification("userid=1&appli=1").other.is_empty());
}

#[test]
fn the_order_of_parameters_does_not_matter() {
    let forward = "userid=1&appli=4&startdate=10&enddate=20&a=1&b=2";
    let backward: Vec<_> = forward.rsplit('&').collect();
    assert_eq!(event(forward), event(backward.join("&")));
}

#[test]
fn an_error_says_which_category_it_met() {
    let of = |body: &str| {
        let error = post(&receiver(), body).expect_err("refused");
        let undecodable = error.undecodable().expect("verified");
        undecodable.event_type().map(ToString::to_string)
    };
    assert_eq!(of("appli=4").as_deref(), Some("4"));
    assert_eq!(of("appli=-7").as_deref(), Some("-7"));
    assert_eq!(of("appli=x"), None);
    assert_eq!(of("userid=1"), None);
}

#[test]
fn the_same_parameters_in_the_same_order_are_the_same_delivery() {
    let key = |body: &str| delivery(post(&receiver(), body)).dedup_key().clone();
    let body = "userid=1&appli=1&startdate=10&enddate=20";
    assert_eq!(key(body), key(body));
    assert_eq!(key(body).kind(), pulsehook_core::DedupKind::Digest);
    assert_eq!(key(body).value().len(), 64);
    assert_ne!(key(body), key("userid=1&appli=1&startdate=10&enddate=21"));
    // Nothing authenticated is bound to the body, so there is nothing for a replay guard.
    assert!(delivery(post(&receiver(), body)).replay_key().is_none());
}

#[test]
fn many_parameters_are_no_trouble() {
    use std::fmt::Write as _;

    let mut body = String::from("userid=1&appli=1");
    for number in 0..9000 {
        write!(body, "&{number:x}=").expect("a string");
    }
    assert!(body.len() <= 64 * 1024);
    assert_eq!(notification(&body).other.len(), 9000);
    body.push_str("&0=1");
    check(&body, AmbiguousField, None);
    let body = format!("userid=1&appli=1{}", "&a".repeat(32_000));
    assert_eq!(notification(&body).other.len(), 1);
    let body = format!("userid=1&appli=1{}", "&".repeat(65_000));
    assert!(notification(&body).other.is_empty());
}

#[test]
fn a_body_over_64_kib_is_refused() {
    let body = |len: usize| {
        let start = "userid=1&appli=1&x=";
        format!("{start}{}", "a".repeat(len - start.len()))
    };
    assert!(post(&receiver(), body(64 * 1024)).is_ok());
    let error = post(&receiver(), body(64 * 1024 + 1)).expect_err("over the limit");
    assert_eq!(error.reply().status(), 413);
}
