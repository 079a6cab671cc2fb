//! Requests made at random: nothing panics, nothing passes without the secret, nothing is lost.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pulsehook_core::withings::{Event, Withings};
use pulsehook_core::{Outcome, Receiver, UrlSecrets, form};

use super::{QUERY, TOKEN, delivery, post, receiver, secret, send, with_order_updates};

const BODY: &[u8] = b"userid=1&appli=1";

/// Bytes as they can stand in a URL or a form, so that more than noise is made.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9%&=+/?;.~-]{0,60}",
        "(token|tok%65n|%74oken|x)?=?(5e1b9f|%35e1b9f|5e1b9|)(&(token|x)?=?(5e1b9f|%))?",
        "(/|hook|5e1b9f|%35e1b9f|%){0,6}",
    ]
}

fn name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "userid",
        "appli",
        "startdate",
        "enddate",
        "date",
        "deviceid",
        "mac",
        "action",
    ];
    const LOGISTICS: &[&str] = &["status", "carrier", "is_replacement"];
    prop_oneof![
        8 => prop::sample::select(KNOWN).prop_map(str::to_owned),
        1 => prop::sample::select(LOGISTICS).prop_map(str::to_owned),
        1 => any::<String>(),
        2 => "[a-c]{0,2}",
    ]
}

fn value() -> impl Strategy<Value = String> {
    const SOME: &[&str] = &[
        "",
        "0",
        "1",
        "4",
        "16",
        "46",
        "50",
        "53",
        "1706400000",
        "2024-01-28",
        "-1",
    ];
    prop_oneof![
        6 => prop::sample::select(SOME).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => any::<i64>().prop_map(|number| number.to_string()),
    ]
}

fn encode(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// What a query holds of the secret, judged anew.
fn has_the_secret(query: &str) -> bool {
    let tokens: Vec<_> = form::pairs(query)
        .flatten()
        .filter(|(name, _)| name == "token")
        .map(|(_, value)| value)
        .collect();
    matches!(&tokens[..], [only] if only == TOKEN)
}

proptest! {
    #[test]
    fn any_path_and_query_pass_only_with_the_secret(path in text(), query in text()) {
        let path = path.replace('?', "");
        let in_query = receiver();
        let in_path = Receiver::new(Withings::new(UrlSecrets::in_path(secret(TOKEN))));
        let target = format!("{path}?{query}");
        for method in ["POST", "HEAD", "GET"] {
            let received = send(&in_query, method, &target, &[], BODY);
            prop_assert_eq!(received.is_ok(), has_the_secret(&query));
            if let Err(error) = received {
                prop_assert_eq!(error.reply().status(), 401);
            }
            let received = send(&in_path, method, &target, &[], BODY);
            if received.is_ok() {
                let segment = path.rsplit('/').next().unwrap_or_default();
                prop_assert!(segment == TOKEN || segment.contains('%'), "{}", segment);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_as_body_do_not_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        for receiver in [receiver(), with_order_updates()] {
            match post(&receiver, &body) {
                Ok(Outcome::Accepted(delivery)) => {
                    prop_assert_eq!(delivery.raw().as_ref(), body.as_slice());
                }
                Ok(Outcome::Probe(_)) => prop_assert!(false, "a POST is no probe"),
                Err(error) => prop_assert_eq!(error.rule(), "undecodable"),
            }
            // Nor without the secret.
            let refused = send(&receiver, "POST", "/hook", &[], &body);
            prop_assert_eq!(refused.expect_err("no secret").rule(), "missing-credential");
        }
    }

    #[test]
    fn arbitrary_json_does_not_panic(
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[\\[\\]{}\":,0-9a-z\\\\ ]{0,80}".prop_map(String::into_bytes),
            "\\{\"(status|carrier|x|userid)\":[\"\\[{}\\]a0-9\\\\u]{0,20}\\}".prop_map(String::into_bytes),
        ],
    ) {
        let path = format!("/hook?{QUERY}");
        let headers = [("content-type", "application/json")];
        match send(&with_order_updates(), "POST", &path, &headers, &body) {
            Ok(outcome) => {
                let events = outcome.accepted().expect("a POST").into_events();
                prop_assert!(matches!(events[..], [Event::OrderUpdate(_)]));
                serde_json::to_string(&events[0]).expect("serialises");
            }
            Err(error) => prop_assert_eq!(error.rule(), "undecodable"),
        }
    }

    #[test]
    fn no_parameter_is_lost(pairs in prop::collection::vec((name(), value()), 0..12)) {
        let body = encode(&pairs);
        let Ok(outcome) = post(&receiver(), &body) else {
            return Ok(());
        };
        let events = outcome.accepted().expect("a POST").into_events();
        let given: BTreeMap<&str, &str> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let shown = serde_json::to_value(&events[0]).expect("serialises");
        let shown = shown.as_object().expect("an object");
        // Each parameter is a field or in `other`, and `name` is pulsehook's own.
        let window = shown.get("window").and_then(|it| it.as_object()).into_iter().flatten();
        let window = window.filter(|(name, _)| *name != "reversed").count();
        let other = shown.get("other").and_then(|it| it.as_object());
        let fields = shown.keys().filter(|key| !matches!(key.as_str(), "name" | "window" | "other"));
        let found = fields.count() + window + other.map_or(0, |it| it.len());
        prop_assert_eq!(found, given.len(), "{:?}", shown);
        for (name, value) in other.into_iter().flatten() {
            prop_assert_eq!(value.as_str(), given.get(name.as_str()).copied());
        }
    }

    #[test]
    fn names_with_one_value_never_conflict(
        pairs in prop::collection::btree_map("[a-z]{1,2}", any::<String>(), 0..40),
        copies in 1..3_usize,
    ) {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.push(("userid".to_owned(), "1".to_owned()));
        pairs.push(("appli".to_owned(), "1".to_owned()));
        let expect = pairs.len() - 2;
        let all: Vec<_> = std::iter::repeat_n(pairs, copies).flatten().collect();
        let events = delivery(post(&receiver(), encode(&all))).into_events();
        let it = events[0].notification().expect("an ordinary category");
        prop_assert_eq!(it.other.len(), expect);
        for (name, value) in &all {
            let found = it.other.get(name);
            prop_assert!(found == Some(value) || matches!(name.as_str(), "userid" | "appli"));
        }
    }
}
