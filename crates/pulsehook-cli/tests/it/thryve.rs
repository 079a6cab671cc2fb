//! Thryve in the server: authorization, signatures, compressed pushes.
#![cfg(unix)]

use pulsehook_axum::signature::encode_base64;
use pulsehook_axum::thryve::testing::{compress, unsigned};
use serde_json::Value;

use crate::support::{
    AUTHORIZATION, OLD_URL_SECRET, PASSWORD, Server, URL_SECRET, by_thryve, command,
    end_without_secrets as end, folder,
};

const PUSH: &str = r#"{"endUserId":"u-5512","timestampType":"ISO","type":"event.data.epoch.create","data":{"dataSourceId":5,"epochData":[{"startTimestamp":"2024-01-28T07:00:00Z","dataTypeId":3000,"value":61}]}}"#;
const CONNECTED: &str =
    r#"{"sourceUpdate":{"authenticationToken":"u-5512","dataSource":2,"connectionStatus":"NEW"}}"#;

/// An endpoint of Thryve with those proofs.
fn thryve(lines: &str) -> String {
    format!(
        "listen = \"127.0.0.1:0\"\n[[endpoint]]\npath = \"/hooks/thryve\"\n\
         provider = \"thryve\"\n{lines}\n"
    )
}

const KEYS: &str = "keys = [{ env = \"TEST_THRYVE_KEY\" }]";
const BASIC: &str =
    "authorization = [{ id = \"main\", user = \"thryve\", env = \"TEST_PASSWORD\" }]";

fn start(name: &str, config: &str) -> Server {
    Server::start(&mut command(&folder(name), config))
}

fn basic(password: &str) -> String {
    let pair = format!("thryve:{password}");
    format!("Basic {}", encode_base64(pair.as_bytes()))
}

#[test]
fn a_compressed_push_is_one_json_line() {
    let server = start("push", &thryve(&format!("{KEYS}\n{BASIC}")));
    server.stderr.wait_for(&[
        "verifies the header authorization, 1 secret; HMAC-SHA256 of body and time stamp (x-hmac-signature), 1 key",
    ]);
    let push = by_thryve(compress(PUSH.as_bytes())).with_header("content-encoding", "zstd");
    let proven = push.clone().with_header("authorization", basic(PASSWORD));
    let answer = server.post("/hooks/thryve", &proven);
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    // Both must hold.
    assert_eq!(server.post("/hooks/thryve", &push).status, 401);
    server
        .stderr
        .wait_for(&["missing-credential", "`authorization`"]);
    let unsigned = unsigned(PUSH).with_header("authorization", basic(PASSWORD));
    assert_eq!(server.post("/hooks/thryve", &unsigned).status, 401);
    server.stderr.wait_for(&["missing-header"]);
    let (stdout, _) = end(server);
    let [line] = stdout.as_slice() else {
        panic!("{stdout:?}");
    };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["provider"], "thryve");
    assert_eq!(line["authenticity"], "body-signature");
    let event = &line["events"][0];
    assert_eq!(event["type"], "event.data.epoch.create");
    assert_eq!(event["data"][0]["epochData"][0]["value"], 61);
}

#[test]
fn user_and_password_prove_a_delivery() {
    let server = start("basic", &thryve(BASIC));
    for (value, status) in [
        (basic(PASSWORD), 200),
        (basic(PASSWORD).replace("Basic", "basic"), 200),
        (basic("wrong"), 401),
        (PASSWORD.to_owned(), 401),
        (format!("{} ", basic(PASSWORD).to_lowercase()), 401),
    ] {
        let request = unsigned(CONNECTED).with_header("authorization", &value);
        assert_eq!(server.post("/hooks/thryve", &request).status, status);
    }
    server
        .stderr
        .wait_for(&["refused thryve: 401 credential-mismatch", "shared secret"]);
    server
        .stdout
        .wait_for(&[r#""authenticity":"shared-secret""#, r#""key":"main""#]);
    end(server);
}

#[test]
fn a_value_of_another_header_proves_a_delivery() {
    let authorization = "authorization = [{ env = \"TEST_AUTHORIZATION\" }]";
    let other = format!("{authorization}\nauthorization_header = \"X-Webhook-Token\"");
    for (lines, name, announced) in [
        (authorization, "authorization", "the header authorization"),
        (&other, "x-webhook-token", "the header x-webhook-token"),
    ] {
        let server = start("other_header", &thryve(lines));
        server.stderr.wait_for(&[announced, "1 secret"]);
        let with = |name| unsigned(CONNECTED).with_header(name, AUTHORIZATION);
        assert_eq!(server.post("/hooks/thryve", &with(name)).status, 200);
        assert_eq!(server.post("/hooks/thryve", &with("x-other")).status, 401);
        end(server);
    }
}

#[test]
fn thryve_can_carry_a_secret_in_its_url() {
    let secrets = "url_secrets = [{ env = \"TEST_URL_SECRET\" }]\nurl_secret_in = \"path\"";
    let server = start("thryve_url", &thryve(secrets));
    for (secret, status) in [(URL_SECRET, 200), (OLD_URL_SECRET, 401)] {
        let target = format!("/hooks/thryve/{secret}");
        assert_eq!(server.post(&target, &unsigned(CONNECTED)).status, status);
    }
    end(server);
}

#[test]
fn what_unpacks_to_too_much_is_413() {
    let limited = thryve(&format!("{KEYS}\ndecompressed_limit = \"1 KiB\""));
    let server = start("bomb", &limited);
    let bomb = by_thryve(compress([b' '; 1025]));
    assert_eq!(server.post("/hooks/thryve", &bomb).status, 413);
    server
        .stderr
        .wait_for(&["refused thryve: 413 undecodable", "`decompressed_limit`"]);
    let fits = by_thryve(compress(CONNECTED.as_bytes()));
    assert_eq!(server.post("/hooks/thryve", &fits).status, 200);
    end(server);
}

#[test]
fn strict_takes_documented_bodies_only() {
    let wrapped = by_thryve(encode_base64(&compress(PUSH.as_bytes())));
    for (lines, status) in [
        (KEYS.to_owned(), 200),
        (format!("{KEYS}\nstrict = true"), 400),
    ] {
        let server = start("strict", &thryve(&lines));
        assert_eq!(server.post("/hooks/thryve", &wrapped).status, status);
        if status == 400 {
            server
                .stderr
                .wait_for(&["refused thryve: 400 undecodable", "`strict`"]);
        }
        end(server);
    }
}

#[test]
fn a_time_stamp_of_thryve_outside_the_tolerance_is_refused() {
    let server = start(
        "thryve_old",
        &thryve(&format!("{KEYS}\ntolerance = \"5m\"")),
    );
    let answer = server.post("/hooks/thryve", &by_thryve(CONNECTED));
    assert_eq!(answer.status, 401);
    server
        .stderr
        .wait_for(&["timestamp-too-old", "`tolerance`"]);
    end(server);
}

#[test]
fn thryve_without_a_proof_says_so() {
    let server = start(
        "thryve_no_proof",
        &thryve("danger_accept_unauthenticated = true"),
    );
    server.stderr.wait_for(&["verifies nothing"]);
    server.stderr.wait_for(&[
        "warning: endpoint thryve accepts requests without proof from anyone",
        "danger_accept_unauthenticated",
    ]);
    assert_eq!(
        server.post("/hooks/thryve", &unsigned(CONNECTED)).status,
        200
    );
    server.stdout.wait_for(&[r#""authenticity":"none""#]);
    end(server);
}
