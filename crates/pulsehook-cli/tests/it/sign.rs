//! Signed messages, written down: the providers' own vectors, and every format.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pulsehook_axum::signature::decode_base64_up_to;
use serde_json::Value;

use crate::support::{
    CANARY, FOUR_ENDPOINTS, Server, URL_SECRET, command, folder, pulsehook, with_secrets,
};

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// Starts `sign` in a folder with a configuration of four endpoints.
fn sign(folder: &Path, arguments: &[&str]) -> Command {
    // It writes the configuration; what it would run is not of interest.
    command(folder, FOUR_ENDPOINTS);
    let mut command = with_secrets(pulsehook());
    command.current_dir(folder).arg("sign").args(arguments);
    command
}

/// Reads vectors from the fixtures of the workspace, whose README tells where they come from.
fn vectors(provider: &str) -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures")
        .join(provider)
        .join("vectors.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Joins the halves in which fixtures hold keys.
fn joined(key: &Value) -> String {
    match key {
        Value::Array(halves) => halves.iter().map(|half| half.as_str().unwrap()).collect(),
        whole => whole.as_str().unwrap().to_owned(),
    }
}

/// Signs the body of a vector with its key.
fn signed(folder: &Path, provider: &str, key: &str, body: &[u8], more: &[&str]) -> String {
    let file = folder.join("body");
    std::fs::write(&file, body).unwrap();
    let mut command = pulsehook();
    command
        .args([
            "sign",
            provider,
            "--secret",
            "env:TEST_VECTOR_KEY",
            "--body",
        ])
        .arg(&file)
        .args(more)
        .env("TEST_VECTOR_KEY", key);
    let (code, headers, errors) = run(&mut command);
    assert_eq!((code, &*errors), (Some(0), ""), "{more:?}");
    headers
}

#[test]
fn human_api_signs_as_its_vectors() {
    let folder = folder("sign_human_api");
    let mut seen = 0;
    for vector in vectors("human-api") {
        let (at, nonce) = (&vector["timestamp"], &vector["nonce"]);
        let (at, nonce) = (at.as_str().unwrap(), nonce.as_str().unwrap());
        // Time stamps are sent in milliseconds.
        if vector["valid"] != true || at.len() != 13 {
            continue;
        }
        let body = vector["body"].as_str().unwrap().as_bytes();
        let more = ["--at", at, "--nonce", nonce];
        let headers = signed(&folder, "human-api", &joined(&vector["key"]), body, &more);
        let expected = format!(
            "content-type: application/json; charset=utf-8\n\
             x-humanapi-signature: {}\n\
             x-humanapi-timestamp: {at}\n\
             x-humanapi-nonce: {nonce}\n",
            vector["signature"].as_str().unwrap()
        );
        assert_eq!(headers, expected, "{}", vector["name"]);
        seen += 1;
    }
    assert_eq!(seen, 11);
}

#[test]
fn metriport_signs_as_its_vectors() {
    let folder = folder("sign_metriport");
    let mut seen = 0;
    for vector in vectors("metriport") {
        let (true, Some(body)) = (vector["valid"] == true, vector["body"].as_str()) else {
            continue;
        };
        let key = joined(&vector["key"]);
        let headers = signed(&folder, "metriport", &key, body.as_bytes(), &[]);
        let expected = format!(
            "content-type: application/json\nx-metriport-signature: {}\n",
            vector["signature"].as_str().unwrap()
        );
        assert_eq!(headers, expected, "{}", vector["name"]);
        seen += 1;
    }
    assert!(seen >= 30, "{seen}");
}

#[test]
fn thryve_signs_as_its_vectors() {
    let folder = folder("sign_thryve");
    for name in [
        "plain_arithmetic",
        "frame",
        "two_frames",
        "base64_signed_as_text",
    ] {
        let all = vectors("thryve");
        let vector = all.iter().find(|vector| vector["name"] == name).unwrap();
        let at = vector["timestamp"].as_str().unwrap();
        let body =
            decode_base64_up_to(vector["body"].as_str().unwrap().as_bytes(), 1 << 20).unwrap();
        let key = joined(&vector["key"]);
        let headers = signed(&folder, "thryve", &key, &body, &["--at", at]);
        for (header, value) in [
            ("x-hmac-timestamp", at),
            ("x-hmac-signature", vector["signature"].as_str().unwrap()),
        ] {
            let line = format!("{header}: {value}");
            assert!(
                headers.lines().any(|other| other == line),
                "{name}\n{headers}"
            );
        }
        let is_frame = body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
        assert_eq!(headers.contains("content-encoding: zstd\n"), is_frame);
    }
}

#[test]
fn a_time_is_taken_in_three_forms() {
    let folder = folder("sign_at");
    for at in [
        "2021-03-04T05:06:07.101Z",
        "1614834367101",
        "2021-03-04T06:06:07.101+01:00",
    ] {
        let more = ["--at", at, "--nonce", "1"];
        let headers = signed(&folder, "human-api", "key", b"[]", &more);
        assert!(
            headers.contains("x-humanapi-timestamp: 1614834367101\n"),
            "{headers}"
        );
    }
    let headers = signed(&folder, "human-api", "key", b"[]", &["--at", "1614834367"]);
    assert!(
        headers.contains("x-humanapi-timestamp: 1614834367000\n"),
        "{headers}"
    );
    for (arguments, part) in [
        (["--at", "today"], "2026-02-03T04:05:06Z"),
        (["--at", "123456789012345"], "2026-02-03T04:05:06Z"),
        (["--nonce", ""], "1 to 128 letters"),
        (["--nonce", "a b"], "1 to 128 letters"),
    ] {
        let (code, printed, errors) = run(&mut {
            let mut command = pulsehook();
            command.args(["sign", "human-api"]).args(arguments);
            command
        });
        assert_eq!((code, &*printed), (Some(2), ""), "{arguments:?}");
        assert!(errors.contains(part), "{errors}");
    }
}

#[test]
fn a_time_and_a_nonce_that_are_not_sent_are_refused() {
    let folder = folder("sign_not_sent");
    for (arguments, refused) in [
        (
            &["human-api", "--at", "1614834367", "--nonce", "1"][..],
            None,
        ),
        (&["thryve", "--at", "1614834367"], None),
        (&["thryve", "--nonce", "1"], Some("--nonce: Thryve")),
        (
            &["metriport", "--at", "1614834367"],
            Some("--at: Metriport"),
        ),
        (&["metriport", "--nonce", "1"], Some("--nonce: Metriport")),
        (&["withings", "--at", "1614834367"], Some("--at: Withings")),
        (&["withings", "--nonce", "1"], Some("--nonce: Withings")),
        // Nothing is signed without a key.
        (
            &[
                "thryve",
                "--secret",
                "authorization=env:TEST_AUTHORIZATION",
                "--at",
                "1614834367",
            ],
            Some("--at: Thryve"),
        ),
    ] {
        let (code, printed, errors) = run(&mut sign(&folder, arguments));
        match refused {
            None => assert_eq!(code, Some(0), "{arguments:?} {errors}"),
            Some(part) => {
                assert_eq!((code, &*printed), (Some(2), ""), "{arguments:?}");
                assert!(errors.contains(part), "{errors}");
                assert!(errors.contains("leave it out"), "{errors}");
            }
        }
    }
}

#[test]
fn a_complete_message_is_accepted_as_it_is() {
    let folder = folder("sign_http");
    let server = Server::start(&mut command(&folder, FOUR_ENDPOINTS));
    for (provider, sample) in [
        ("human-api", "data/sleeps"),
        ("metriport", "patient.admit"),
        ("thryve", "event.data.epoch.create"),
        ("withings", "weight"),
        ("withings", "probe"),
    ] {
        let to = format!("http://{}/hooks/{provider}?tenant=7", server.address);
        let arguments = [provider, sample, "--format", "http", "--to", &to];
        let output = sign(&folder, &arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{provider}");
        let head = format!("/hooks/{provider}?tenant=7");
        let line_end = output
            .stdout
            .windows(2)
            .position(|two| two == b"\r\n")
            .unwrap();
        let first = std::str::from_utf8(&output.stdout[..line_end]).unwrap();
        assert!(
            first.contains(&head) && first.ends_with(" HTTP/1.1"),
            "{first}"
        );
        assert_eq!(
            server.send(&output.stdout).status,
            200,
            "{provider} {sample}"
        );
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!told.contains(CANARY), "{told}");
        let warns = told.contains("holds the secret itself");
        assert_eq!(warns, matches!(provider, "thryve" | "withings"), "{told}");
    }
}

#[test]
fn json_has_method_target_headers_and_body() {
    let folder = folder("sign_json");
    for format in ["plain", "curl", "curl-secrets", "http"] {
        let arguments = ["metriport", "ping", "--json", "--format", format];
        let (code, printed, errors) = run(&mut sign(&folder, &arguments));
        assert_eq!((code, &*printed), (Some(2), ""), "{format}");
        assert!(errors.contains("--json is --format json"), "{errors}");
    }
    for arguments in [
        &["--format", "json"][..],
        &["--json"],
        &["--json", "--format", "json"],
    ] {
        let (code, line, _) = run(sign(&folder, &["metriport", "ping"]).args(arguments));
        assert_eq!(code, Some(0));
        let signed: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(signed["method"], "POST");
        assert_eq!(signed["target"], "/");
        assert_eq!(signed["headers"][0][0], "content-type");
        assert_eq!(signed["headers"][1][0], "x-metriport-signature");
        assert!(signed["body"].as_str().unwrap().starts_with(r#"{"ping":"#));
    }
    let push = ["thryve", "event.data.epoch.create", "--json"];
    let (_, line, _) = run(&mut sign(&folder, &push));
    let signed: Value = serde_json::from_str(&line).unwrap();
    let frame =
        decode_base64_up_to(signed["body_base64"].as_str().unwrap().as_bytes(), 1 << 20).unwrap();
    assert!(frame.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    let (_, line, _) = run(&mut sign(&folder, &["withings", "weight", "--json"]));
    let signed: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(signed["target"], format!("/?token={URL_SECRET}"));
}

#[test]
fn a_curl_command_holds_no_secret() {
    let folder = folder("sign_curl");
    let to = |provider: &str| format!("http://127.0.0.1:9/hooks/{provider}");
    let config = "pulsehook.toml";
    let curl = |provider: &str, more: &[&str]| {
        let to = to(provider);
        let mut arguments = vec![
            provider, "--format", "curl", "--to", &to, "--config", config,
        ];
        arguments.extend(more);
        run(&mut sign(&folder, &arguments))
    };

    let body = ["--write-body", "it's.json"];
    let (code, command, errors) = curl("metriport", &[&["ping"][..], &body].concat());
    assert_eq!((code, &*errors), (Some(0), ""));
    let written = std::fs::read(folder.join("it's.json")).unwrap();
    assert!(written.starts_with(br#"{"ping":"#));
    let lines: Vec<_> = command.lines().collect();
    let [first, url, method, content_type, signature, data] = lines[..] else {
        panic!("{command}");
    };
    assert_eq!(first, r"curl \");
    assert_eq!(url, r"  --url http://127.0.0.1:9/hooks/metriport \");
    assert_eq!(method, r"  --request POST \");
    assert_eq!(
        content_type,
        r"  --header 'content-type: application/json' \"
    );
    assert!(
        signature.starts_with("  --header 'x-metriport-signature: "),
        "{signature}"
    );
    assert_eq!(data, r"  --data-binary '@it'\''s.json'");

    let body = ["--write-body", "body"];
    for (provider, pipe) in [
        (
            "withings",
            "pulsehook sign withings --config pulsehook.toml --to \
             http://127.0.0.1:9/hooks/withings --format curl-secrets --quiet |",
        ),
        (
            "thryve",
            "pulsehook sign thryve --config pulsehook.toml --format curl-secrets --quiet |",
        ),
    ] {
        let (code, command, errors) = curl(provider, &body);
        assert_eq!(code, Some(0), "{errors}");
        assert!(
            !command.contains(CANARY) && !errors.contains(CANARY),
            "{command}"
        );
        let mut lines = command.lines();
        assert_eq!(lines.next(), Some(pipe));
        assert_eq!(lines.next(), Some(r"curl --config - \"));
        assert!(!command.contains("authorization"), "{command}");
    }
    let (_, command, _) = curl("withings", &["probe"]);
    assert!(
        command.ends_with("curl --config - \\\n  --head\n"),
        "{command}"
    );

    // What curl reads from the pipe.
    for (provider, expected) in [
        (
            "withings",
            format!("url = \"{}?token={URL_SECRET}\"\n", to("withings")),
        ),
        (
            "thryve",
            format!(
                "header = \"authorization: {}\"\n",
                crate::support::AUTHORIZATION
            ),
        ),
    ] {
        let to = to(provider);
        let arguments = [provider, "--format", "curl-secrets", "--to", &to, "--quiet"];
        let (code, config, errors) = run(&mut sign(&folder, &arguments));
        assert_eq!((code, &*errors), (Some(0), ""));
        assert_eq!(config, expected);
    }
    // A body of a file stays there; one that is made here needs a file.
    std::fs::write(folder.join("own.json"), "{}").unwrap();
    let (_, command, _) = curl("metriport", &["--body", "own.json"]);
    assert!(command.ends_with("--data-binary @own.json\n"), "{command}");
    for more in [&["ping"][..], &["--body", "own.json", "--set", "a=1"]] {
        let (code, printed, errors) = curl("metriport", more);
        assert_eq!((code, &*printed), (Some(2), ""));
        assert!(errors.contains("--write-body FILE"), "{errors}");
    }
    let arguments = ["metriport", "--format", "curl-secrets"];
    let (code, _, errors) = run(&mut sign(&folder, &arguments));
    assert_eq!(code, Some(2));
    assert!(errors.contains("never sent"), "{errors}");
}

#[test]
fn signatures_hold_no_secret_and_edits_are_signed() {
    let folder = folder("sign_plain");
    for provider in ["human-api", "metriport", "withings"] {
        let (code, headers, errors) = run(&mut sign(&folder, &[provider]));
        assert_eq!(code, Some(0), "{errors}");
        assert!(
            !headers.contains(CANARY) && !errors.contains(CANARY),
            "{errors}"
        );
    }
    let (_, _, told) = run(&mut sign(&folder, &["withings"]));
    assert!(told.contains("signs the sample weight"), "{told}");
    assert!(
        told.contains("the proof is the parameter `token`"),
        "{told}"
    );
    let (_, _, told) = run(&mut sign(&folder, &["withings", "--quiet"]));
    assert_eq!(told, "");

    let file = "edited.json";
    let edit = [
        "metriport",
        "patient.admit",
        "--set",
        r#"meta.data.caseId="A-17""#,
        "--write-body",
        file,
    ];
    let (_, edited, _) = run(&mut sign(&folder, &edit));
    let body = std::fs::read_to_string(folder.join(file)).unwrap();
    assert!(
        body.contains(r#","type":"patient.admit","data":{"caseId":"A-17"}},"#),
        "{body}"
    );
    let (_, again, _) = run(&mut sign(&folder, &["metriport", "--body", file]));
    assert_eq!(edited, again);
}

#[test]
fn bodies_and_secrets_come_from_places() {
    let folder = folder("sign_places");
    let file: PathBuf = folder.join("key");
    std::fs::write(&file, "key\n").unwrap();
    let expected = signed(&folder, "metriport", "key", b"{}", &[]);
    let place = format!("file:{}", file.display());
    let from_stdin = |arguments: &[&str], input: &str| {
        let input_file = folder.join("stdin");
        std::fs::write(&input_file, input).unwrap();
        let mut command = pulsehook();
        command
            .current_dir(&folder)
            .args(["sign", "metriport"])
            .args(arguments)
            .stdin(std::fs::File::open(&input_file).unwrap());
        run(&mut command)
    };
    let (_, headers, _) = from_stdin(&["--secret", &place, "--body", "-"], "{}");
    assert_eq!(headers, expected);
    let (_, headers, _) = from_stdin(&["--secret", "-", "--body", "body"], "key\n");
    assert_eq!(headers, expected);
    let hex = ["--secret", "-", "--encoding", "hex", "--body", "body"];
    let (_, headers, _) = from_stdin(&hex, "6b6579");
    assert_eq!(headers, expected);
    for (arguments, code, part) in [
        (
            &["--secret", "-", "--body", "-"][..],
            2,
            "both the body and a secret",
        ),
        (
            &["--secret", CANARY],
            2,
            "so it takes no secret, only where one stands",
        ),
        (
            &["--secret", &place, "--body", "missing"],
            3,
            "missing cannot be read: No such file or directory (os error 2); name a file that is",
        ),
        (
            &["--secret", &place, "--write-body", "missing/body"],
            3,
            "--write-body: missing/body cannot be written: No such file",
        ),
        (&["--body", "body"], 3, "add --secret"),
        (
            &["nothing", "--secret", &place],
            2,
            "pulsehook samples metriport",
        ),
        (
            &["ping", "--secret", &place, "--body", "body"],
            2,
            "cannot stand beside",
        ),
        (
            &["ping", "--secret", &place, "--set", "a=b"],
            2,
            "is not JSON; a text needs quotes",
        ),
    ] {
        let (ended, printed, errors) = from_stdin(arguments, "");
        assert_eq!(
            (ended, &*printed),
            (Some(code), ""),
            "{arguments:?} {errors}"
        );
        assert!(errors.contains(part), "{errors}");
        assert!(!errors.contains(CANARY), "{errors}");
    }
}
