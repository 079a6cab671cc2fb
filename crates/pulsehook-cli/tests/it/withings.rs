//! Withings in the server: secrets in the URL, allowed addresses, probes.
#![cfg(unix)]

use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::withings::testing::{notification, order_update, probe};
use serde_json::Value;

use crate::support::{
    Answer, CANARY, OLD_URL_SECRET, Server, URL_SECRET, command, end_without_secrets as end,
    folder, wire,
};

const WITHINGS: &str = r#"
listen = "127.0.0.1:0"

[[endpoint]]
path = "/hooks/withings"
provider = "withings"
url_secrets = [{ id = "2026-11", env = "TEST_URL_SECRET" }]
"#;

const SECRETS: &str = r#"url_secrets = [{ id = "2026-11", env = "TEST_URL_SECRET" }]"#;

const WEIGHT: &str = "userid=8812345&appli=1&startdate=1706400000&enddate=1706400060";

fn start(name: &str, config: &str) -> Server {
    Server::start(&mut command(&folder(name), config))
}

fn with(lines: &str) -> String {
    format!("{WITHINGS}{lines}\n")
}

fn with_token(secret: &str) -> String {
    format!("/hooks/withings?token={secret}")
}

/// Sends a notification of a weight.
fn weight(server: &Server, target: &str) -> Answer {
    server.post(target, &notification(WEIGHT))
}

#[test]
fn a_secret_in_the_query_proves_a_delivery() {
    let server = start("in_query", WITHINGS);
    server.stderr.wait_for(&[
        "endpoint withings: provider withings",
        "verifies the secret in the URL, 1 secret",
    ]);
    let answer = weight(&server, &with_token(URL_SECRET));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let (stdout, _) = end(server);
    let [line] = stdout.as_slice() else {
        panic!("{stdout:?}");
    };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["provider"], "withings");
    assert_eq!(line["authenticity"], "shared-secret");
    assert_eq!(line["key"], "2026-11");
    assert_eq!(line["dedup_key"]["kind"], "digest");
    assert_eq!(line["events"][0]["name"], "weight");
}

#[test]
fn the_parameter_of_the_query_can_have_another_name() {
    let server = start("other_parameter", &with("url_secret_in = \"query:s\""));
    let answer = weight(&server, &format!("/hooks/withings?a=1&s={URL_SECRET}"));
    assert_eq!(answer.status, 200);
    assert_eq!(weight(&server, &with_token(URL_SECRET)).status, 401);
    end(server);
}

#[test]
fn a_secret_in_the_path_proves_a_delivery_and_is_in_no_output() {
    let folder = folder("in_path");
    let kept = folder.join("kept");
    std::fs::create_dir(&kept).unwrap();
    let mut command = command(&folder, &with("url_secret_in = \"path\""));
    let server = Server::start(command.arg("--undecodable").arg(&kept));
    let encoded = URL_SECRET.replace('-', "%2d");
    for (target, status) in [
        (format!("/hooks/withings/{URL_SECRET}"), 200),
        (format!("/hooks/withings/{encoded}"), 200),
        (format!("/hooks/withings/not-{URL_SECRET}"), 401),
        (format!("/hooks/withings/{CANARY}"), 401),
        // The endpoint's own URL without the secret, or with a slash after it, is refused by it.
        (format!("/hooks/withings/{URL_SECRET}/"), 401),
        ("/hooks/withings".to_owned(), 401),
        ("/hooks/withings/".to_owned(), 401),
        (with_token(URL_SECRET), 401),
        (format!("/hooks/withings/{URL_SECRET}/more"), 404),
        (format!("/hooks/{URL_SECRET}"), 404),
    ] {
        assert_eq!(weight(&server, &target).status, status, "{target}");
    }
    // What could not be decoded is kept, and the URL is not.
    let target = format!("/hooks/withings/{URL_SECRET}");
    let answer = server.post(&target, &notification("userid=1"));
    assert_eq!(answer.status, 400);
    let (stdout, _) = end(server);
    assert_eq!(stdout.len(), 2);
    let files: Vec<_> = std::fs::read_dir(&kept).unwrap().collect();
    let [Ok(file)] = files.as_slice() else {
        panic!("{files:?}");
    };
    let json = std::fs::read_to_string(file.path()).unwrap();
    assert!(!json.contains(CANARY), "{json}");
}

#[test]
fn probes_are_answered_and_noted_and_are_no_deliveries() {
    let server = start("probes", WITHINGS);
    for request in [probe(), SignedRequest::new("GET", "")] {
        let answer = server.post(&with_token(URL_SECRET), &request);
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        let answer = server.post(&with_token("wrong"), &request);
        assert_eq!((answer.status, answer.body.as_str()), (401, ""));
    }
    let (stdout, stderr) = end(server);
    assert_eq!(stdout, Vec::<String>::new());
    let count = |part| stderr.iter().filter(|line| line.contains(part)).count();
    assert_eq!(count("answered withings: a probe"), 2, "{stderr:#?}");
    let refused = "refused withings: 401 credential-mismatch";
    assert_eq!(count(refused), 2, "{stderr:#?}");
}

#[test]
fn refusals_for_want_of_a_secret_are_explained() {
    let server = start("credentials", WITHINGS);
    for (target, rule, advice) in [
        (
            "/hooks/withings".to_owned(),
            "missing-credential",
            "`url_secret_in`",
        ),
        (with_token(CANARY), "credential-mismatch", "shared secret"),
        (
            format!("{}&token={CANARY}", with_token(URL_SECRET)),
            "repeated-credential",
            "more than once",
        ),
    ] {
        let answer = weight(&server, &target);
        assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{rule}");
        let refused = format!("refused withings: 401 {rule}");
        server.stderr.wait_for(&[&refused, advice]);
    }
    end(server);
}

#[test]
fn bodies_that_are_no_form_are_explained() {
    let server = start("bad_forms", WITHINGS);
    let target = with_token(URL_SECRET);
    for (body, part) in [
        (
            format!("appli=1&userid=%zz{CANARY}"),
            "not a well-formed form",
        ),
        (
            format!("appli=1&userid=1&userid={CANARY}"),
            "`userid` is there with different values",
        ),
        (
            format!("appli={CANARY}"),
            "`appli` is not of the documented kind",
        ),
        (String::new(), "the body is empty"),
    ] {
        let answer = server.post(&target, &notification(body));
        assert_eq!(answer.status, 400, "{part}");
        server
            .stderr
            .wait_for(&["refused withings: 400 undecodable", part]);
    }
    end(server);
}

#[test]
fn secrets_can_be_exchanged_and_are_named_in_deliveries() {
    let config = WITHINGS.replace(
        "{ id",
        "{ id = \"2026-05\", env = \"TEST_OLD_URL_SECRET\" }, { id",
    );
    let server = start("exchanged", &config);
    server.stderr.wait_for(&["verifies", "2 secrets"]);
    for (secret, id) in [(OLD_URL_SECRET, "2026-05"), (URL_SECRET, "2026-11")] {
        assert_eq!(weight(&server, &with_token(secret)).status, 200);
        server.stdout.wait_for(&[&format!(r#""key":"{id}""#)]);
    }
    end(server);
}

#[test]
fn only_allowed_addresses_pass() {
    // The tests call from 127.0.0.1; no header counts.
    for (allow, status) in [
        ("\"127.0.0.1\"", 200),
        ("\"192.0.2.0/24\", \"127.0.0.0/8\"", 200),
        ("\"192.0.2.0/24\", \"::1\"", 401),
    ] {
        let server = start("allowed", &with(&format!("allow = [{allow}]")));
        server.stderr.wait_for(&["1 secret; the caller's address"]);
        let request = notification(WEIGHT).with_header("x-forwarded-for", "192.0.2.7");
        let answer = server.post(&with_token(URL_SECRET), &request);
        assert_eq!(answer.status, status, "{allow}");
        if status == 401 {
            server.stderr.wait_for(&["address-not-allowed", "`allow`"]);
        }
        // An address alone does not do.
        assert_eq!(weight(&server, "/hooks/withings").status, 401);
        end(server);
    }
}

#[test]
fn trusted_proxies_say_where_a_request_came_from() {
    let lines = |header: &str| {
        format!(
            "allow = [\"192.0.2.0/24\"]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n\
             forwarded_header = \"{header}\""
        )
    };
    for (header, cases) in [
        (
            "x-forwarded-for",
            [
                ("192.0.2.7", 200, ""),
                ("198.51.100.1, 192.0.2.7, 10.0.0.2", 200, ""),
                // What the caller wrote is not reached.
                ("192.0.2.7, 198.51.100.1", 401, "address-not-allowed"),
                ("unknown", 401, "address-unknown"),
            ],
        ),
        (
            "forwarded",
            [
                ("for=192.0.2.7;proto=https", 200, ""),
                ("for=198.51.100.1, for=\"192.0.2.7:4711\"", 200, ""),
                (
                    "for=192.0.2.7, for=198.51.100.1",
                    401,
                    "address-not-allowed",
                ),
                ("for=_hidden", 401, "address-unknown"),
            ],
        ),
    ] {
        let server = start("proxies", &with(&lines(header)));
        for (value, status, rule) in cases {
            let request = notification(WEIGHT).with_header(header, value);
            let answer = server.post(&with_token(URL_SECRET), &request);
            assert_eq!(answer.status, status, "{value}");
            if status != 200 {
                server.stderr.wait_for(&["refused withings", rule]);
            }
        }
        // Without the header it is the proxy that called.
        assert_eq!(weight(&server, &with_token(URL_SECRET)).status, 401);
        end(server);
    }
}

#[test]
fn addresses_can_come_from_a_file_with_dns_records() {
    let folder = folder("records");
    let records = format!("\"127.0.0.0/8 192.0.2.1\" \"v=2 {CANARY}\"\n");
    std::fs::write(folder.join("records.txt"), records).unwrap();
    let config = with("allow = [\"198.51.100.7\", { file = \"records.txt\" }]");
    let server = Server::start(&mut command(&folder, &config));
    server.stderr.wait_for(&[
        "warning: endpoint withings ignores 2 words of file 1 of `allow`, no address and no \
         block",
    ]);
    assert_eq!(weight(&server, &with_token(URL_SECRET)).status, 200);
    end(server);
}

#[test]
fn every_address_in_a_list_is_warned_about() {
    let server = start("everyone", &with("allow = [\"0.0.0.0/0\"]"));
    server
        .stderr
        .wait_for(&["warning: endpoint withings has every address in `allow`"]);
    end(server);
}

#[test]
fn a_secret_that_a_url_carries_only_encoded_is_warned_about() {
    let config = WITHINGS.replace("TEST_URL_SECRET", "TEST_AUTHORIZATION");
    let server = start("encoded", &config);
    server.stderr.wait_for(&[
        "warning: endpoint withings has a URL secret with other characters",
        "percent-encode them in the URL",
    ]);
    end(server);
}

#[test]
fn without_a_proof_deliveries_and_announcement_say_so() {
    for (lines, verified, warning) in [
        ("", "verifies nothing", "without proof from anyone"),
        (
            "allow = [\"127.0.0.1\"]\n",
            "verifies nothing but the caller's address",
            "without proof from the addresses of `allow`, which prove nothing",
        ),
    ] {
        let lines = format!("{lines}danger_accept_unauthenticated = true");
        let server = start("no_proof", &WITHINGS.replace(SECRETS, &lines));
        server.stderr.wait_for(&["endpoint withings:", verified]);
        let option = "danger_accept_unauthenticated";
        server.stderr.wait_for(&["warning:", warning, option]);
        assert_eq!(weight(&server, "/hooks/withings").status, 200);
        server
            .stdout
            .wait_for(&[r#""authenticity":"none""#, r#""key":null"#]);
        end(server);
    }
}

#[test]
fn refused_deliveries_can_be_acknowledged_and_are_dropped() {
    let server = start("acknowledged", &with("acknowledge_unauthenticated = true"));
    server
        .stderr
        .wait_for(&["warning:", "answers 200", "acknowledge_unauthenticated"]);
    assert_eq!(weight(&server, &with_token("wrong")).status, 200);
    server
        .stderr
        .wait_for(&["refused withings: 200 credential-mismatch"]);
    // A probe is told the truth.
    assert_eq!(server.post(&with_token("wrong"), &probe()).status, 401);
    let (stdout, _) = end(server);
    assert_eq!(stdout, Vec::<String>::new());
}

#[test]
fn order_updates_are_taken_where_they_are_asked_for() {
    let update = order_update(r#"{"customer_ref":"order-5512","carrier":"Example Parcel"}"#);
    let server = start("no_orders", WITHINGS);
    assert_eq!(server.post(&with_token(URL_SECRET), &update).status, 415);
    let refused = "refused withings: 415 unsupported-media-type";
    server.stderr.wait_for(&[refused, "`order_updates`"]);
    end(server);

    let server = start("orders", &with("order_updates = true"));
    assert_eq!(server.post(&with_token(URL_SECRET), &update).status, 200);
    server.stdout.wait_for(&[r#""name":"order-update""#]);
    end(server);
}

#[test]
fn a_secret_in_the_url_of_another_endpoint_is_in_no_note() {
    let server = start("nowhere", WITHINGS);
    let target = format!("/hooks/{URL_SECRET}?token={URL_SECRET}");
    let answer = server.send(&wire(&target, &notification(WEIGHT)));
    assert_eq!(answer.status, 404);
    end(server);
}
