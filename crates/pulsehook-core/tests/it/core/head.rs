//! Heads: the order of refusals, and how headers are looked up.

use proptest::prelude::*;
use pulsehook_core::human_api::HumanApi;
use pulsehook_core::metriport::Metriport;
use pulsehook_core::{
    HeaderLookup, Outcome, ReceiveError, Receiver, Reply, RequestHead, SigningKey, VerifyError,
    WantedHeader,
};

use super::plain::{Plain, with_head};

/// Names and values.
type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Refuses every head that gets as far as the provider.
fn strict() -> Plain {
    Plain {
        methods: &["POST", "PUT"],
        content_type: Some(b"application/json"),
        begin: Box::new(|head| head.required("x-signature").map(|_| None)),
        wanted: vec![WantedHeader::for_check("x-signature")],
        ..Plain::default()
    }
}

#[test]
fn the_rules_are_tried_in_their_order() {
    let wrong = [("content-type", "text/plain"), ("content-length", "11")];
    let all_wrong = ("GET", &wrong[..]);
    let long = [
        ("content-type", "application/json"),
        ("content-length", "11"),
    ];
    let unsigned = [
        ("content-type", "application/json"),
        ("content-length", "10"),
    ];
    let cases: [(&str, Pairs<'_>, &str, u16, usize); 6] = [
        (all_wrong.0, all_wrong.1, "method-not-allowed", 405, 0),
        ("post", &unsigned, "method-not-allowed", 405, 0),
        ("POST", &wrong, "unsupported-media-type", 415, 0),
        ("PUT", &[], "unsupported-media-type", 415, 0),
        ("POST", &long, "body-too-large", 413, 0),
        ("POST", &unsigned, "missing-header", 401, 1),
    ];
    for (method, headers, rule, status, begun) in cases {
        let provider = strict();
        let seen = provider.seen.clone();
        let receiver = Receiver::builder(provider).body_limit(10).build();
        let error = receiver
            .begin(RequestHead::new(method, "/", &headers))
            .expect_err(rule);
        assert_eq!((error.rule(), error.reply().status()), (rule, status));
        assert!(error.reply().body().is_empty());
        assert_eq!(
            seen.begun(),
            begun,
            "{rule}: the provider's turn comes last"
        );
        let has_allow = error.reply().headers().any(|(name, _)| name == "allow");
        assert_eq!(has_allow, status == 405);
    }
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    fn allow<P: pulsehook_core::Provider>(receiver: &Receiver<P>) -> Vec<(&'static str, String)> {
        let headers: [(&str, &str); 0] = [];
        let error = receiver
            .begin(RequestHead::new("DELETE", "/", &headers))
            .expect_err("a wrong method");
        let headers = error.reply().headers();
        headers
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }
    assert_eq!(
        allow(&Receiver::new(strict())),
        [("allow", "POST, PUT".into())]
    );
    let key = SigningKey::from_text("k").expect("a key");
    let post = [("allow", "POST".to_owned())];
    assert_eq!(allow(&Receiver::new(Metriport::new(key.clone()))), post);
    assert_eq!(allow(&Receiver::new(HumanApi::new(key))), post);
}

#[test]
fn a_probe_by_the_head_is_answered_without_a_body() {
    let provider = Plain {
        methods: &["GET", "POST"],
        begin: Box::new(|head| Ok((head.method() == "GET").then(|| Reply::empty(204)))),
        ..Plain::default()
    };
    let seen = provider.seen.clone();
    let receiver = Receiver::new(provider);
    let headers: [(&str, &str); 0] = [];
    let head = RequestHead::new("GET", "/", &headers);
    let outcome = receiver.receive(head, "ignored").expect("a probe");
    assert!(matches!(&outcome, Outcome::Probe(reply) if reply.status() == 204));
    assert!(outcome.accepted().is_none());
    assert!(seen.frames().is_empty());
    assert_eq!(seen.finished(), 0);
}

/// What a look-up found, owned.
#[derive(Debug, PartialEq)]
enum Found {
    Missing,
    One(Vec<u8>),
    Repeated,
}

impl From<HeaderLookup<'_>> for Found {
    fn from(lookup: HeaderLookup<'_>) -> Self {
        match lookup {
            HeaderLookup::Missing => Self::Missing,
            HeaderLookup::One(value) => Self::One(value.to_vec()),
            HeaderLookup::Repeated => Self::Repeated,
        }
    }
}

fn one(value: &str) -> Found {
    Found::One(value.into())
}

/// Looks a header up, once among the wanted ones and once not.
#[track_caller]
fn check(headers: &[(&str, &str)], name: &'static str, expect: Found) {
    let wanted_or_not = [vec![], vec![WantedHeader::for_check(name)]];
    for wanted in wanted_or_not {
        let request = RequestHead::new("POST", "/", &headers);
        let found = with_head(wanted, request, |head| Found::from(head.header(name)));
        assert_eq!(found, expect, "{name}");
    }
}

#[test]
fn a_header_is_missing_or_there_once_or_repeated() {
    check(&[], "x-a", Found::Missing);
    check(&[("x-b", "1")], "x-a", Found::Missing);
    check(&[("x-a", "1")], "x-a", one("1"));
    check(&[("x-a", "")], "x-a", one(""));
    check(&[("x-a", "1, 2")], "x-a", one("1, 2"));
    check(&[("x-a", "1"), ("x-a", "2")], "x-a", Found::Repeated);
    check(&[("x-a", "1"), ("x-a", "1")], "x-a", Found::Repeated);
    check(
        &[("x-a", ""), ("x-b", ""), ("x-a", "")],
        "x-a",
        Found::Repeated,
    );
    check(&[("x-a", "1"); 3], "x-a", Found::Repeated);
    check(
        &[("x-aa", "1"), ("-a", "1"), ("x_a", "1")],
        "x-a",
        Found::Missing,
    );
}

#[test]
fn the_case_of_names_does_not_matter() {
    for name in ["x-signature", "X-Signature", "X-SIGNATURE"] {
        check(&[("x-signature", "1")], name, one("1"));
        check(&[("X-Signature", "1")], name, one("1"));
        check(
            &[("X-SIGNATURE", "1"), ("x-signature", "1")],
            name,
            Found::Repeated,
        );
    }
    // Values are left alone, and only ASCII letters have two cases.
    check(&[("x-a", "AbC")], "X-A", one("AbC"));
    check(&[("x-\u{212a}", "kelvin")], "x-k", Found::Missing);
}

#[test]
fn long_names_are_found() {
    let long = "x-".repeat(40);
    let name: &'static str = long.leak();
    check(&[(name, "1")], name, one("1"));
    let other = format!("{name}y");
    check(&[(&other, "1")], name, Found::Missing);
}

/// More than are held in place, which are twelve with the core's own two.
const MANY: [&str; 14] = [
    "h-01", "h-02", "h-03", "h-04", "h-05", "h-06", "h-07", "h-08", "h-09", "h-10", "h-11", "h-12",
    "h-13", "H-14",
];

#[test]
fn more_wanted_headers_than_are_held_in_place_are_found() {
    let wanted = || MANY.map(WantedHeader::kept).to_vec();
    for (position, name) in MANY.into_iter().enumerate() {
        let mut headers: Vec<(String, String)> = MANY
            .iter()
            .map(|name| (name.to_lowercase(), format!("value of {name}")))
            .collect();
        let look = move |head: &pulsehook_core::Head<'_>| Found::from(head.header(name));
        let ask = |headers: &Vec<(String, String)>| {
            with_head(wanted(), RequestHead::new("POST", "/", headers), look)
        };
        assert_eq!(ask(&headers), one(&format!("value of {name}")));
        headers.push((name.to_uppercase(), "again".into()));
        assert_eq!(ask(&headers), Found::Repeated);
        headers.pop();
        headers.remove(position);
        assert_eq!(ask(&headers), Found::Missing);
    }
}

#[test]
fn more_kept_headers_than_are_held_in_place_are_kept() {
    let receiver = Receiver::new(Plain {
        wanted: MANY.map(WantedHeader::kept).to_vec(),
        ..Plain::default()
    });
    let headers = MANY.map(|name| (name, name));
    let head = RequestHead::new("POST", "/", &headers);
    let outcome = receiver.verify(head, "body").expect("accepted");
    let verified = outcome.accepted().expect("no probe");
    for name in MANY {
        assert_eq!(verified.header(name), Some(name.as_bytes()));
    }
}

#[test]
fn every_value_of_a_header_can_be_visited() {
    let headers = [
        ("x-a", "1"),
        ("x-b", "2"),
        ("X-A", "3"),
        ("x-a", "1"),
        ("x-a", ""),
    ];
    let request = RequestHead::new("POST", "/", &headers);
    let visited = with_head(vec![WantedHeader::for_check("x-a")], request, |head| {
        let mut values = Vec::new();
        head.each_header("x-A", &mut |value| values.push(value.to_vec()));
        let mut none = 0;
        head.each_header("x-c", &mut |_| none += 1);
        (values, none)
    });
    let expect: [&[u8]; 4] = [b"1", b"3", b"1", b""];
    assert_eq!(visited, (expect.map(<[u8]>::to_vec).to_vec(), 0));
}

#[test]
fn errors_name_headers_in_lower_case() {
    let headers = [("x-twice", "1"), ("X-Twice", "2")];
    let wanted_or_not = [
        vec![],
        vec![
            WantedHeader::for_check("X-Twice"),
            WantedHeader::for_check("X-None"),
        ],
    ];
    for wanted in wanted_or_not {
        let request = RequestHead::new("POST", "/", &headers);
        let errors = with_head(wanted, request, |head| {
            [
                head.required("X-Twice").expect_err("twice"),
                head.required("X-None").expect_err("missing"),
                head.malformed("X-Twice"),
                head.malformed_timestamp("X-Twice"),
            ]
        });
        let (twice, none) = ("x-twice".into(), "x-none".into());
        let expect = [
            VerifyError::RepeatedHeader { name: twice },
            VerifyError::MissingHeader { name: none },
            VerifyError::MalformedHeader {
                name: "x-twice".into(),
            },
            VerifyError::MalformedTimestamp {
                name: "x-twice".into(),
            },
        ];
        assert_eq!(errors, expect);
    }
}

#[test]
fn the_declared_length_is_a_number_or_nothing() {
    let cases: [(&[&str], Option<u64>); 15] = [
        (&[], None),
        (&["0"], Some(0)),
        (&["10"], Some(10)),
        (&["00010"], Some(10)),
        (&["18446744073709551615"], Some(u64::MAX)),
        (&["18446744073709551616"], Some(u64::MAX)),
        (&[""], None),
        (&["-1"], None),
        (&["+1"], None),
        (&["1.0"], None),
        (&["1e3"], None),
        (&["0x10"], None),
        (&["10, 10"], None),
        (&["10", "10"], None),
        (&["١"], None),
    ];
    let nines = "9".repeat(400);
    let many_digits: (&[&str], _) = (&[&nines], Some(u64::MAX));
    for (values, expect) in cases.into_iter().chain([many_digits]) {
        let headers: Vec<(&str, &str)> = values
            .iter()
            .map(|value| ("Content-Length", *value))
            .collect();
        let receiver = Receiver::builder(Plain {
            begin: Box::new(move |head| {
                assert_eq!(head.content_length(), expect);
                Ok(None)
            }),
            ..Plain::default()
        });
        let receiver = receiver.body_limit(usize::MAX).build();
        let begun = receiver.begin(RequestHead::new("POST", "/", &headers));
        assert!(begun.is_ok(), "{values:?}");
    }
}

#[test]
fn everything_else_of_the_request_is_at_hand() {
    let headers = [("content-type", "text/plain")];
    let peer = std::net::IpAddr::from([192, 0, 2, 1]);
    let request = RequestHead::new("POST", "/a%2Fb", &headers)
        .with_query(Some("q=%31"))
        .with_peer(Some(peer));
    let (path, query, found) = with_head(vec![], request, |head| {
        let query = head.query().map(str::to_owned);
        assert_eq!(head.method(), "POST");
        assert_eq!(Found::from(head.content_type()), one("text/plain"));
        (head.path().to_owned(), query, head.peer())
    });
    assert_eq!((path.as_str(), query.as_deref()), ("/a%2Fb", Some("q=%31")));
    assert_eq!(found, Some(peer));
}

/// A head with arbitrary bytes in it is refused, or accepted, and does not panic.
fn try_headers(headers: &[(String, Vec<u8>)]) -> [Result<(), ReceiveError>; 3] {
    let key = SigningKey::from_text("k").expect("a key");
    let legacy = Metriport::new(key.clone()).danger_accept_webhook_key(key.clone());
    let human_api = HumanApi::new(key).accept_hex_signatures();
    let head = RequestHead::new("POST", "/", &headers);
    [
        Receiver::new(legacy).verify(head, "{}").map(|_| ()),
        Receiver::new(human_api).verify(head, "{}").map(|_| ()),
        Receiver::new(strict()).verify(head, "{}").map(|_| ()),
    ]
}

proptest! {
    #[test]
    fn no_bytes_in_headers_make_the_core_panic(
        headers in prop::collection::vec(
            (
                prop_oneof![
                    Just("x-metriport-signature".to_owned()),
                    Just("x-webhook-key".to_owned()),
                    Just("x-humanapi-signature".to_owned()),
                    Just("X-HumanAPI-Timestamp".to_owned()),
                    Just("x-humanapi-nonce".to_owned()),
                    Just("content-length".to_owned()),
                    Just("content-type".to_owned()),
                    any::<String>(),
                ],
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..70),
                    "[0-9a-f]{64}".prop_map(String::into_bytes),
                    "[A-Za-z0-9+/]{27}=".prop_map(String::into_bytes),
                    "[0-9]{1,20}".prop_map(String::into_bytes),
                ],
            ),
            0..12,
        ),
    ) {
        for outcome in try_headers(&headers).into_iter().take(2) {
            let status = outcome.expect_err("nobody guesses a MAC").reply().status();
            prop_assert!(status == 401 || status == 413, "{status}");
        }
    }
}

#[test]
fn odd_bytes_in_headers_are_refused() {
    let odd: [&[u8]; 8] = [
        b"",
        b" ",
        b"\0",
        b"\x7f",
        b"\xff\xfe",
        b"\r\n",
        "é".as_bytes(),
        b"\t",
    ];
    for value in odd {
        let headers = |names: &[&str]| -> Vec<(String, Vec<u8>)> {
            names
                .iter()
                .map(|name| ((*name).to_owned(), value.to_vec()))
                .collect()
        };
        let names = [
            "x-metriport-signature",
            "x-humanapi-signature",
            "x-humanapi-timestamp",
            "x-humanapi-nonce",
        ];
        let [metriport, human_api, _] = try_headers(&headers(&names));
        // An empty time stamp or nonce counts as missing.
        let missing_or_malformed = if value.is_empty() {
            "missing-header"
        } else {
            "malformed-header"
        };
        for (outcome, rule) in [
            (metriport, "malformed-header"),
            (human_api, missing_or_malformed),
        ] {
            let error = outcome.expect_err("odd");
            assert_eq!((error.rule(), error.reply().status()), (rule, 401));
        }
    }
}
