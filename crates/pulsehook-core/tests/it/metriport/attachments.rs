//! The attachments of consolidated bundles, of every shape.

use proptest::prelude::*;
use pulsehook_core::RawJson;
use pulsehook_core::metriport::{Attachment, ConsolidatedData, Event};

use super::{event, message, with_meta};
use crate::support::{cases, json_texts};

fn record(body: String) -> ConsolidatedData {
    match event(body) {
        Event::ConsolidatedData(record) => record,
        other => panic!("{:?}", other.event_type()),
    }
}

fn with_bundle(bundle: &str) -> ConsolidatedData {
    let patients =
        format!(r#""patients":[{{"patientId":"p","status":"completed","bundle":{bundle}}}]"#);
    record(with_meta("medical.consolidated-data", &patients))
}

type Row = (String, Option<String>, Option<String>, Option<u64>);

fn rows(attachments: Vec<Attachment>) -> Vec<Row> {
    let text = |text: Option<pulsehook_core::Text>| text.map(String::from);
    let row = |it: Attachment| {
        (
            it.url.into(),
            text(it.content_type),
            text(it.title),
            it.size,
        )
    };
    attachments.into_iter().map(row).collect()
}

/// A bundle with one resource.
fn resource(resource: &str) -> String {
    format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{resource}}}]}}"#)
}

/// A bundle of one document with some content.
fn content(content: &str) -> String {
    resource(&format!(
        r#"{{"content":{content},"resourceType":"DocumentReference"}}"#
    ))
}

#[test]
fn the_fixture_links_to_one_file() {
    let record = record(message("medical.consolidated-data"));
    let [full, failed] = record.patients.as_slice() else {
        panic!("two patients");
    };
    let expected = (
        "https://files.example.com/c.pdf".into(),
        Some("application/pdf".into()),
        None,
        None,
    );
    assert_eq!(rows(full.attachments()), [expected]);
    assert!(!full.has_inline_records());
    assert_eq!(failed.attachments(), []);
    assert!(!failed.has_inline_records());
}

#[test]
fn everything_that_an_attachment_says() {
    let bundle = content(
        r#"[{"attachment":{"contentType":"application/json","url":"https://a.test/1","title":"Rec\u006frd","size":12}},
            {"attachment":{"url":"https:\/\/a.test\/2","contentType":"application/gzip","size":"34","creation":"2026"}}]"#,
    );
    let found = rows(with_bundle(&bundle).patients[0].attachments());
    let expected: [Row; 2] = [
        (
            "https://a.test/1".into(),
            Some("application/json".into()),
            Some("Record".into()),
            Some(12),
        ),
        (
            "https://a.test/2".into(),
            Some("application/gzip".into()),
            None,
            Some(34),
        ),
    ];
    assert_eq!(found, expected);
}

#[test]
fn odd_shapes_give_what_can_be_read() {
    let good = r#"{"resource":{"resourceType":"DocumentReference","content":[{"attachment":{"url":"u"}}]}}"#;
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    for (bundle, urls, is_inline) in [
        ("{}".to_owned(), &[][..], false),
        ("[]".into(), &[], false),
        ("5".into(), &[], false),
        ("1e999".into(), &[], false),
        (r#""text""#.into(), &[], false),
        (r#"{"entry":null}"#.into(), &[], false),
        (r#"{"entry":{}}"#.into(), &[], false),
        (r#"{"entry":"x"}"#.into(), &[], false),
        (r#"{"total":0,"entry":[]}"#.into(), &[], false),
        // What is no entry, and no resource, does not cost the others.
        (
            format!(
                r#"{{"entry":[5,null,"x",[],1e999,{{}},{{"resource":7}},{{"resource":null}},{good}]}}"#
            ),
            &["u"],
            false,
        ),
        (
            format!(r#"{{"entry":[{{"resource":[{good}]}},{good}]}}"#),
            &["u"],
            false,
        ),
        (
            format!(r#"{{"entry":[{good}],"entry":[{good}]}}"#),
            &["u", "u"],
            false,
        ),
        (
            format!(r#"{{"entry":[{good},{{"resource":{{}}}}]}}"#),
            &["u"],
            true,
        ),
        (
            format!(
                r#"{{"x":{deep},"entry":[{{"x":{deep},"resource":{{"resourceType":"DocumentReference","x":{deep},"content":[{{"attachment":{{"x":{deep},"url":"u"}}}}]}}}}]}}"#
            ),
            &["u"],
            false,
        ),
        (
            resource(r#"{"resourceType":"Observation","content":[{"attachment":{"url":"u"}}]}"#),
            &[],
            true,
        ),
        (
            resource(r#"{"resourceType":null,"content":[{"attachment":{"url":"u"}}]}"#),
            &[],
            true,
        ),
        (resource(r#"{"resourceType":5}"#), &[], true),
        (
            resource(r#"{"resourceType":"DocumentReference"}"#),
            &[],
            false,
        ),
        (
            resource(
                r#"{"resourceType":"Document\u0052eference","content":[{"attachment":{"url":"u"}}]}"#,
            ),
            &["u"],
            false,
        ),
        (
            resource(
                r#"{"\u0072esourceType":"DocumentReference","content":[{"attachment":{"url":"u"}}]}"#,
            ),
            &["u"],
            false,
        ),
        (content("null"), &[], false),
        (content("{}"), &[], false),
        (content(r#"{"attachment":{"url":"u"}}"#), &[], false),
        (
            content(
                r#"[1,[],{},{"attachment":null},{"attachment":"u"},{"attachment":{}},{"attachment":{"url":"u"}}]"#,
            ),
            &["u"],
            false,
        ),
        (
            content(
                r#"[{"attachment":{"url":5}},{"attachment":{"url":""}},{"attachment":{"url":null}},{"attachment":{"data":"AA=="}}]"#,
            ),
            &[],
            false,
        ),
        (
            content(r#"[{"attachment":{"url":"first","url":"last"}}]"#),
            &["last"],
            false,
        ),
    ] {
        let record = with_bundle(&bundle);
        let found = rows(record.patients[0].attachments());
        let found: Vec<&str> = found.iter().map(|row| &*row.0).collect();
        assert_eq!(found, urls, "{bundle}");
        assert_eq!(
            record.patients[0].has_inline_records(),
            is_inline,
            "{bundle}"
        );
    }
}

#[test]
fn sizes_that_are_none_are_left_out() {
    for (size, expected) in [
        ("0", Some(0)),
        ("18446744073709551615", Some(u64::MAX)),
        ("\"7\"", Some(7)),
        ("18446744073709551616", None),
        ("-1", None),
        ("\"-1\"", None),
        ("\"+1\"", None),
        ("\"\"", None),
        ("1.5", None),
        ("1e2", None),
        ("true", None),
        ("[]", None),
        ("null", None),
    ] {
        let bundle = content(&format!(
            r#"[{{"attachment":{{"url":"u","size":{size},"title":{size}}}}}]"#
        ));
        let attachments = with_bundle(&bundle).patients[0].attachments();
        assert_eq!(attachments.len(), 1, "{size}");
        assert_eq!(attachments[0].size, expected, "{size}");
    }
}

#[test]
fn neither_link_nor_title_is_in_debug() {
    let bundle = content(
        r#"[{"attachment":{"url":"https://a.test/canary-1","title":"canary-2","contentType":"text/html","size":9}}]"#,
    );
    let record = with_bundle(&bundle);
    let shown = format!("{:?}", record.patients[0].attachments());
    let expected = r#"[Attachment { size: Some(9), .. }]"#;
    assert_eq!(shown, expected);
    let links = format!("{:?}", Event::ConsolidatedData(record).links());
    assert!(
        links.contains("attachment.url") && !links.contains("canary"),
        "{links}"
    );
}

#[test]
fn what_an_application_puts_there_is_read_as_well() {
    let mut record = with_bundle("{}");
    // Half a character in a name: reading stops there, and what was found before counts.
    let text = format!(
        r#"{{"entry":{},"\ud83d":1,"entry":{}}}"#,
        entries("a"),
        entries("b")
    );
    record.patients[0].bundle = Some(RawJson::from_text(&text).expect("JSON"));
    let found = rows(record.patients[0].attachments());
    assert_eq!(found[0].0, "a");
    assert_eq!(found.len(), 1);
}

fn entries(url: &str) -> String {
    format!(
        r#"[{{"resource":{{"resourceType":"DocumentReference","content":[{{"attachment":{{"url":"{url}"}}}}]}}}}]"#
    )
}

const NAMES: &[&str] = &[
    "entry",
    "resource",
    "resourceType",
    "content",
    "attachment",
    "url",
    "size",
    "title",
    "x",
];

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_bundle_is_read_without_a_panic(bundle in json_texts(NAMES, vec![
        "\"DocumentReference\"".to_owned(),
        r#"{"resourceType":"DocumentReference","content":[{"attachment":{"url":"u"}}]}"#.to_owned(),
    ])) {
        let mut record = with_bundle("{}");
        record.patients[0].bundle = RawJson::from_text(&bundle).ok();
        let attachments = record.patients[0].attachments();
        prop_assert!(attachments.len() <= bundle.len() / 8);
        let _ = record.patients[0].has_inline_records();
    }

    #[test]
    fn a_document_among_anything_is_found(
        before in json_texts(NAMES, vec!["{}".to_owned()]),
        after in json_texts(NAMES, vec!["{}".to_owned()]),
    ) {
        let document = r#"{"resource":{"resourceType":"DocumentReference","content":[{"attachment":{"url":"found"}}]}}"#;
        let mut record = with_bundle("{}");
        let text = format!(r#"{{"entry":[{before},{document},{after}]}}"#);
        record.patients[0].bundle = Some(RawJson::from_text(&text).expect("JSON"));
        let attachments = record.patients[0].attachments();
        prop_assert!(attachments.iter().any(|it| it.url == "found"));
    }
}
