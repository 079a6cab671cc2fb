use proptest::prelude::*;

use super::layout::{Layout, Strings, restyled, rewritten, sorted};
use super::{Against, Budget, Diagnosis};
use crate::config;
use crate::providers::{self, Settings};
use crate::request::Request;

const COMPACT: Layout = Layout {
    indent: None,
    comma: ",",
    colon: ":",
};
const LINES: Layout = Layout {
    indent: Some("  "),
    comma: ",",
    colon: ": ",
};
const STYLES: [Strings; 8] = [
    Strings::Kept,
    Strings::Raw,
    Strings::RawSlash,
    Strings::Ascii,
    Strings::AsciiSlash,
    Strings::AsciiUpper,
    Strings::Html,
    Strings::DotNet,
];

/// Diagnoses a request of every provider, with secrets that are the text of a file.
fn diagnose_all(request: &Request, budget: Budget) -> Vec<Diagnosis> {
    let file = "[{ file = \"Cargo.toml\" }]";
    let members = [
        ("human-api", format!("keys = {file}")),
        ("metriport", format!("keys = {file}\ntolerance = \"5m\"")),
        ("thryve", format!("keys = {file}\nurl_secrets = {file}")),
        (
            "withings",
            format!("url_secrets = {file}\nurl_secret_in = \"path\""),
        ),
    ];
    let diagnoses = members.map(|(name, members)| {
        let entry = providers::find(name).expect("a provider");
        let Ok(configured) = config::configured(entry, &members) else {
            panic!("the secrets can be read");
        };
        let against = Against {
            entry,
            configured: &configured,
            settings: Settings::default(),
            peer: None,
        };
        Diagnosis::of(&against, &[], budget, request)
    });
    diagnoses.into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_request_makes_the_search_panic(
        target in "[ -~]{0,40}",
        headers in prop::collection::vec(
            (
                prop::sample::select(vec![
                    "x-metriport-signature", "x_metriport_signature", "x-humanapi-signature",
                    "X-HumanAPI-Timestamp", "x-humanapi-nonce", "x-hmac-signature",
                    "x-hmac-timestamp", "authorization", "content-length", "x-other",
                ]),
                prop_oneof!["[ -~]{0,40}", "[0-9]{0,20}", "[0-9a-f]{40}", "[0-9a-f]{64}"],
            ),
            0..6,
        ),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[\\[\\]{}:,\"\\\\u0d8 \n]{0,60}".prop_map(String::into_bytes),
        ],
    ) {
        let mut request = Request::new("POST", target).with_body(body);
        for (name, value) in headers {
            request = request.with_header(name, value);
        }
        for diagnosis in diagnose_all(&request, Budget(256 * 1024)) {
            prop_assert!(diagnosis.findings.is_empty());
        }
    }

    #[test]
    fn nothing_makes_the_layout_panic(
        body in "[\\[\\]{}:,\"\\\\u0d8eé1 \n]{0,80}",
    ) {
        for strings in STYLES {
            let _ = rewritten(body.as_bytes(), LINES, strings, 1000);
            let _ = restyled(body.as_bytes(), strings, 1000);
        }
        let _ = sorted(body.as_bytes());
    }

    #[test]
    fn json_means_the_same_in_every_layout(
        names in prop::collection::btree_set("[a-z\"\\\\/<é\u{1f600}\n]{0,6}", 0..5),
        text in "[ -~é\u{1f600}\n\u{2028}]{0,12}",
    ) {
        let members: serde_json::Map<_, _> = names
            .into_iter()
            .map(|name| (name, serde_json::json!([text, 1.5, [], {}, null])))
            .collect();
        let value = serde_json::json!([{"inner": members}, {}]);
        let compact = value.to_string();
        for strings in STYLES {
            for layout in [COMPACT, LINES] {
                let other = rewritten(compact.as_bytes(), layout, strings, 1 << 20);
                let other = other.expect("it is JSON");
                let read: serde_json::Value = serde_json::from_slice(&other).expect("JSON");
                prop_assert_eq!(&read, &value);
                let back = rewritten(&other, COMPACT, Strings::Raw, 1 << 20);
                prop_assert_eq!(back.expect("it is JSON"), compact.as_bytes());
            }
        }
        let pretty = serde_json::to_vec_pretty(&value).expect("it is JSON");
        let ours = rewritten(compact.as_bytes(), LINES, Strings::Kept, 1 << 20);
        prop_assert_eq!(ours.expect("it is JSON"), pretty);
        let sorted: serde_json::Value =
            serde_json::from_slice(&sorted(compact.as_bytes()).expect("it is JSON")).expect("JSON");
        prop_assert_eq!(&sorted, &value);
    }
}

#[test]
fn without_a_budget_nothing_is_tried() {
    let request = Request::new("POST", "/?token=x")
        .with_header("x-metriport-signature", "00".repeat(32))
        .with_body("{}");
    for diagnosis in diagnose_all(&request, Budget(0)) {
        assert!(diagnosis.stopped_early);
        assert_eq!(diagnosis.tried, 0);
        assert!(diagnosis.findings.is_empty());
    }
}

#[test]
fn a_server_has_the_budget_for_a_usual_request() {
    let wrong = "00".repeat(32);
    let request = Request::new("POST", "/x")
        .with_header("x-metriport-signature", &wrong)
        .with_header("x-humanapi-signature", format!("{}=", "A".repeat(27)))
        .with_header("x-humanapi-timestamp", "1700000000000")
        .with_header("x-humanapi-nonce", "42")
        .with_header("x-hmac-signature", &wrong)
        .with_header("x-hmac-timestamp", "1700000000000")
        .with_body(format!("{{\"é/\":[{}0]}}", "{\"a\":1.5},".repeat(300)));
    for diagnosis in diagnose_all(&request, Budget::FOR_MANY) {
        assert!(!diagnosis.stopped_early, "{diagnosis:?}");
        assert!(diagnosis.tried > 0);
        assert!(diagnosis.remains.is_some(), "{diagnosis:?}");
    }
}
