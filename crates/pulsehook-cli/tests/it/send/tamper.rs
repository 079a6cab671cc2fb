//! Spoilt deliveries: refused, each by its rule.

use super::Play;
use super::fake::{FAILED, Fake, OK};
use serde_json::Value;

#[test]
fn every_kind_of_tampering_is_refused_by_its_rule() {
    const HUMAN_API: &[(&str, &str)] = &[
        ("body", "signature-mismatch"),
        ("whitespace", "signature-mismatch"),
        ("newline", "signature-mismatch"),
        ("crlf", "signature-mismatch"),
        ("signature", "signature-mismatch"),
        ("encoding", "malformed-header"),
        ("truncated", "malformed-header"),
        ("timestamp", "signature-mismatch"),
        ("seconds", "signature-mismatch"),
        ("nonce", "signature-mismatch"),
        // A nonce is longer than time stamps are.
        ("swap", "malformed-timestamp"),
        ("key", "signature-mismatch"),
        ("key-newline", "signature-mismatch"),
        ("missing", "missing-header"),
        ("twice", "repeated-header"),
    ];
    const METRIPORT: &[(&str, &str)] = &[
        ("body", "signature-mismatch"),
        ("whitespace", "signature-mismatch"),
        ("newline", "signature-mismatch"),
        ("crlf", "signature-mismatch"),
        ("signature", "signature-mismatch"),
        ("encoding", "malformed-header"),
        ("truncated", "malformed-header"),
        ("key", "signature-mismatch"),
        ("key-newline", "signature-mismatch"),
        ("missing", "missing-header"),
        ("twice", "repeated-header"),
    ];
    const THRYVE: &[(&str, &str)] = &[
        ("body", "signature-mismatch"),
        ("newline", "signature-mismatch"),
        ("signature", "signature-mismatch"),
        ("encoding", "malformed-header"),
        ("truncated", "malformed-header"),
        ("timestamp", "signature-mismatch"),
        ("seconds", "signature-mismatch"),
        // The header is judged before the signature.
        ("key", "credential-mismatch"),
        ("key-newline", "signature-mismatch"),
        ("missing", "missing-credential"),
        ("twice", "repeated-header"),
        ("unpacked", "signature-mismatch"),
    ];
    const WITHINGS: &[(&str, &str)] = &[
        ("key", "credential-mismatch"),
        ("missing", "missing-credential"),
        ("twice", "repeated-credential"),
    ];
    let play = Play::start("send_tamper");
    for (provider, sample, kinds) in [
        ("human-api", "data", HUMAN_API),
        ("metriport", "patient.admit", METRIPORT),
        ("thryve", "event.data.epoch.create", THRYVE),
        ("withings", "weight", WITHINGS),
        ("withings", "probe", WITHINGS),
    ] {
        let listed = play.send(&[provider, sample, "--tamper", "list"]);
        let names: Vec<_> = listed
            .stdout
            .lines()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        let expected: Vec<_> = kinds.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(names, expected, "{provider}");
        for (kind, rule) in kinds {
            // One at a time, so that the next note is of this one.
            let before = play.server.stderr.now().len();
            let ran = play.send(&[provider, sample, "--tamper", kind]);
            assert_eq!(ran.code, Some(0), "{provider} {kind} {ran:?}");
            assert!(
                ran.stdout.contains("refused, as it must be"),
                "{}",
                ran.stdout
            );
            let note = play.server.stderr.wait_after(before);
            let parts = [format!("refused {provider}: 401 {rule}: ")];
            assert!(note.contains(&parts[0]), "{kind}: {note}");
        }
    }
    // A notification is not compressed, so that other ways apply to it.
    for (kind, rule) in [
        ("whitespace", "signature-mismatch"),
        ("crlf", "signature-mismatch"),
    ] {
        let before = play.server.stderr.now().len();
        let ran = play.send(&["thryve", "notification.source.connect", "--tamper", kind]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let note = play.server.stderr.wait_after(before);
        assert!(note.contains(rule), "{note}");
    }
    let (deliveries, _) = play.end();
    assert_eq!(deliveries, [""; 0]);
}

#[test]
fn tampering_that_cannot_be_noticed_is_refused() {
    let play = Play::start("send_tamper_not");
    for (arguments, parts) in [
        (
            &["withings", "--tamper", "body"][..],
            &[
                "of Withings: nothing is signed",
                "what does: key, missing, twice",
            ][..],
        ),
        (
            &["metriport", "--tamper", "timestamp"],
            &["the provider sends no signed time stamp"],
        ),
        (
            &["thryve", "--tamper", "swap"],
            &["the provider sends no signed nonce"],
        ),
        (
            &["thryve", "--tamper", "unpacked"],
            &["the provider does not compress this message"],
        ),
        (
            &[
                "thryve",
                "event.data.epoch.create",
                "--tamper",
                "whitespace",
            ],
            &["the body that is sent is not JSON"],
        ),
        (
            &["metriport", "--tamper", "sideways"],
            &["there is no such kind; `pulsehook send PROVIDER --tamper list`"],
        ),
        (
            &["withings", "--tamper", "key", "--retry-like-provider"],
            &["cannot stand beside"],
        ),
    ] {
        let ran = play.send(arguments);
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""), "{arguments:?}");
        for part in parts {
            assert!(ran.stderr.contains(part), "{}", ran.stderr);
        }
    }
    // Of all samples, those to which it applies are sent.
    let ran = play.send(&["thryve", "--all", "--tamper", "unpacked", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (rows, _) = ran.rows();
    let compressed = |row: &Value| row["sample"].as_str().unwrap().starts_with("event.data.");
    assert!(rows.len() >= 4 && rows.iter().filter(|row| compressed(row)).count() >= 4);
    assert!(
        ran.stderr
            .contains("to which --tamper unpacked does not apply"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_endpoint_that_notices_nothing_is_told_plainly() {
    let play = Play::start("send_unnoticed");
    for (answer, part) in [
        (
            OK,
            "accepted: 1 of 1 that are spoilt; the endpoint does not notice --tamper body",
        ),
        (
            "HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "not refused for their proof: 1 of 1",
        ),
        (FAILED, "not refused for their proof: 1 of 1"),
    ] {
        let fake = Fake::start(&[answer]);
        let to = fake.url();
        let ran = play.send(&[
            "metriport",
            "patient.admit",
            "--tamper",
            "body",
            "--to",
            &to,
        ]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
}

#[test]
fn secrets_that_are_sent_can_be_spoilt_in_three_ways() {
    // A header of Thryve alone, and a secret in the path.
    let config = r#"
listen = "127.0.0.1:0"

[[endpoint]]
path = "/hooks/thryve"
provider = "thryve"
authorization_header = "x-webhook-word"
authorization = [{ env = "TEST_PASSWORD" }]

[[endpoint]]
path = "/hooks/withings"
provider = "withings"
url_secret_in = "path"
url_secrets = [{ env = "TEST_URL_SECRET" }, { env = "TEST_OLD_URL_SECRET" }]
"#;
    let play = Play::start_with("send_tamper_sent", config);
    for provider in ["thryve", "withings"] {
        let ran = play.send(&[provider]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    for (provider, kind, rule) in [
        ("thryve", "key", "credential-mismatch"),
        ("thryve", "missing", "missing-credential"),
        ("thryve", "twice", "repeated-header"),
        ("withings", "key", "credential-mismatch"),
        ("withings", "missing", "credential-mismatch"),
    ] {
        let before = play.server.stderr.now().len();
        let ran = play.send(&[provider, "--tamper", kind]);
        assert_eq!(ran.code, Some(0), "{provider} {kind} {ran:?}");
        let note = play.server.stderr.wait_after(before);
        let refused = format!("refused {provider}: 401 {rule}: ");
        assert!(note.contains(&refused), "{kind}: {note}");
    }
    for (provider, kind, part) in [
        ("thryve", "body", "nothing is signed with these secrets"),
        (
            "withings",
            "twice",
            "a path has the secret in one place only",
        ),
    ] {
        let ran = play.send(&[provider, "--tamper", kind]);
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    play.end();
}
