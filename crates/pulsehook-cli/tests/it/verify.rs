//! `pulsehook verify`: what it says of requests that are valid, and of those that are not.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use pulsehook_axum::SigningKey;
use pulsehook_axum::signature::{decode_base64_up_to, encode_base64, encode_hex};
use pulsehook_axum::testing::SignedRequest;
use serde_json::Value;

use crate::support::{CANARY, folder, pulsehook};

/// A request as it is recorded.
#[derive(Clone)]
pub(crate) struct Recording {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl From<SignedRequest> for Recording {
    fn from(request: SignedRequest) -> Self {
        let headers = request.headers().iter();
        Self {
            method: request.method(),
            target: "/hooks".to_owned(),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            body: request.body().to_vec(),
        }
    }
}

impl Recording {
    pub(crate) fn header(&self, name: &str) -> &str {
        let header = self.headers.iter().find(|(other, _)| other == name);
        &header.unwrap().1
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.and(name, value)
    }

    pub(crate) fn and(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn at(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    pub(crate) fn raw(&self) -> Vec<u8> {
        let mut raw = format!(
            "{} {} HTTP/1.1\r\nHost: example.org\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            raw.push_str(&format!("{name}: {value}\r\n"));
        }
        raw.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        [raw.as_bytes(), &self.body].concat()
    }
}

/// What the command did.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The findings as words, pairs joined by a plus.
    pub(crate) fn rules(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["refusal"]["findings"].as_array().unwrap();
        let rule = |finding: &Value| match &finding["and"] {
            Value::String(and) => format!("{}+{and}", finding["rule"].as_str().unwrap()),
            _ => finding["rule"].as_str().unwrap().to_owned(),
        };
        findings.iter().map(rule).collect()
    }
}

/// Runs `verify PROVIDER --request -` with a recording, and a secret in the variable `TEST_SECRET`.
pub(crate) fn run(arguments: &[&str], folder: &Path, secret: &str, recording: &[u8]) -> Done {
    let mut command = pulsehook();
    command
        .arg("verify")
        .args(arguments)
        .args(["--request", "-"]);
    command.current_dir(folder).env("TEST_SECRET", secret);
    pipe(command, recording)
}

pub(crate) fn pipe(mut command: Command, input: &[u8]) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may have ended before it read all.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Verifies twice, for a person and as JSON, and pins that neither output holds anything secret.
#[track_caller]
pub(crate) fn verify(
    name: &str,
    arguments: &[&str],
    folder: &Path,
    secret: &str,
    recording: &Recording,
) -> Done {
    let text = run(arguments, folder, secret, &recording.raw());
    let json = run(
        &[arguments, &["--json"]].concat(),
        folder,
        secret,
        &recording.raw(),
    );
    assert_eq!(text.code, json.code, "{name}: {}", text.stderr);
    let mut secrets = vec![CANARY.to_owned(), secret.trim().to_owned()];
    for (header, value) in &recording.headers {
        if header.contains("signature") || header == "authorization" {
            secrets.push(value.clone());
        }
    }
    // The MAC that would be right for this body, in all forms.
    let key = SigningKey::from_text(secret).unwrap();
    let by_metriport: Recording =
        pulsehook_axum::metriport::testing::sign(&key, recording.body.clone()).into();
    let mac = by_metriport.header("x-metriport-signature").to_owned();
    let bytes: Vec<u8> = (0..mac.len() / 2)
        .map(|at| u8::from_str_radix(&mac[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    secrets.extend([encode_base64(&bytes), mac.to_uppercase(), mac]);
    if let Some((_, stamp)) = recording
        .headers
        .iter()
        .find(|(name, _)| name.contains("timestamp"))
    {
        let nonce = recording
            .headers
            .iter()
            .find(|(name, _)| name.contains("nonce"));
        let nonce = nonce.map_or("", |(_, nonce)| nonce);
        let by_human_api: Recording =
            pulsehook_axum::human_api::testing::sign(&key, recording.body.clone(), stamp, nonce)
                .into();
        let mac = by_human_api.header("x-humanapi-signature").to_owned();
        secrets.push(encode_hex(
            &decode_base64_up_to(mac.as_bytes(), 20).unwrap(),
        ));
        secrets.push(mac);
    }
    for output in [&text.stdout, &text.stderr, &json.stdout, &json.stderr] {
        for secret in secrets.iter().filter(|secret| secret.len() > 5) {
            assert!(!output.contains(secret.as_str()), "{name}: {output}");
        }
    }
    json
}

pub(crate) const SECRET: &[&str] = &["--secret", "env:TEST_SECRET"];

#[test]
fn vectors_of_the_tree_are_judged_as_they_say() {
    let folder = folder("verify_vectors");
    let mut judged = 0;
    for provider in ["metriport", "human-api", "thryve"] {
        let path = format!(
            "{}/../../tests/fixtures/{provider}/vectors.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let vectors: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for vector in vectors {
            let text = |member: &str| vector[member].as_str().unwrap_or_default().to_owned();
            let secret: String = match &vector["key"] {
                Value::Array(halves) => halves.iter().filter_map(Value::as_str).collect(),
                whole => whole.as_str().unwrap().to_owned(),
            };
            let (body, headers) = match provider {
                "metriport" => (
                    text("body").into_bytes(),
                    vec![("x-metriport-signature", text("signature"))],
                ),
                "human-api" => (
                    text("body").into_bytes(),
                    vec![
                        ("x-humanapi-signature", text("signature")),
                        ("x-humanapi-timestamp", text("timestamp")),
                        ("x-humanapi-nonce", text("nonce")),
                    ],
                ),
                _ => (
                    decode_base64_up_to(text("body").as_bytes(), 1 << 20).unwrap(),
                    match &*text("names") {
                        "dashed" => vec![
                            ("x-hmac-signature", text("signature")),
                            ("x-hmac-timestamp", text("timestamp")),
                        ],
                        _ => vec![
                            ("x_hmac_signature", text("signature")),
                            ("x_hmac_timestamp", text("timestamp")),
                        ],
                    },
                ),
            };
            let mut recording = Recording {
                method: "POST",
                target: "/".to_owned(),
                headers: Vec::new(),
                body,
            };
            for (name, value) in headers {
                recording = recording.and(name, value);
            }
            let name = text("name");
            let is_valid = match &vector["valid"] {
                Value::Bool(valid) => *valid,
                _ => matches!(&*text("expect"), "valid" | "undecodable"),
            };
            // Blanks around a value are none of it in HTTP.
            let is_valid = is_valid || name == "invalid-signature-surrounding-space";
            let done = run(
                &[&[provider, "--json"], SECRET].concat(),
                &folder,
                &secret,
                &recording.raw(),
            );
            let json = done.json();
            assert_eq!(json["authentic"], is_valid, "{provider} {name}: {json}");
            let expected = if json["valid"] == true { 0 } else { 1 };
            assert_eq!(done.code, expected, "{provider} {name}");
            if !is_valid {
                let expected: &[&str] = match &*name {
                    "invalid-body-trailing-newline-added" => &["line-end-added"],
                    "invalid-signature-uppercase-hex" => &["signature-upper-case"],
                    "invalid-signature-sha256-prefix" | "sha256_prefix" => &["signature-prefix"],
                    "invalid-signature-base64" | "base64_signature" => &["signature-base64"],
                    "invalid-signature-comma-joined" => &["header-repeated"],
                    "invalid-signature-of-compacted-json" => &["body-pretty-printed"],
                    "invalid-signature-of-ascii-escaped-json" => &["body-escapes"],
                    "body_reserialised" => &["body-reserialised"],
                    "order_payload_nonce_timestamp" => &["timestamp-nonce-swapped"],
                    "timestamp_converted_to_seconds" => &["timestamp-millis"],
                    "decompressed_json_signed" => &["body-compressed"],
                    "body_alone_signed" => &["timestamp-not-signed"],
                    "joined_with_a_dot" => &["separator-signed"],
                    "key_with_newline" => &["key-line-end"],
                    _ => &[],
                };
                assert_eq!(done.rules(), expected, "{provider} {name}");
            }
            judged += 1;
        }
    }
    assert!(judged > 100, "{judged}");
}

fn metriport(secret: &str, body: &str) -> Recording {
    let key = SigningKey::from_text(secret).unwrap();
    pulsehook_axum::metriport::testing::sign(&key, body.to_owned()).into()
}

const PING: &str = r#"{"ping":"canary-4711","meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"ping"}}"#;

#[test]
fn a_valid_delivery_is_described() {
    let folder = folder("verify_valid");
    let secret = format!("one-{CANARY}");
    let recording = metriport(&secret, PING);
    let arguments = [&["metriport"], SECRET].concat();
    let done = verify("ping", &arguments, &folder, &secret, &recording);
    assert_eq!(done.code, 0);
    assert_eq!(
        done.json(),
        serde_json::json!({
            "valid": true,
            "authentic": true,
            "provider": "metriport",
            "endpoint": "metriport",
            "recording": {"form": "raw-http", "body_bytes": PING.len(), "notes": []},
            "delivery": {
                "key_ids": ["secret-1"],
                "authenticity": "body-signature",
                "dedup_key": {"kind": "id", "value": "m-1"},
                "event_types": ["ping"],
                "answer": {"status": 200, "body_bytes": 22},
            },
        })
    );
    let text = run(&arguments, &folder, &secret, &recording.raw());
    assert_eq!(
        text.stdout,
        format!(
            "valid: a delivery of metriport\n  \
             fits            secret-1\n  \
             authenticity    body-signature\n  \
             de-duplication  id:m-1\n  \
             events          ping\n  \
             answered        200 with a body of 22 bytes\n\
             read as a raw HTTP message, with a body of {} bytes\n",
            PING.len()
        )
    );
    assert_eq!(text.stderr, "");
}

#[test]
fn several_secrets_are_a_ring() {
    let folder = folder("verify_ring");
    let secret = format!("two-{CANARY}");
    std::fs::write(folder.join("other"), format!("other-{CANARY}\n")).unwrap();
    let arguments = [
        "metriport",
        "--secret",
        "file:other",
        "--secret",
        "env:TEST_SECRET",
    ];
    // Paths of --secret start where the command runs.
    let done = verify(
        "ring",
        &arguments,
        &folder,
        &secret,
        &metriport(&secret, PING),
    );
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(
        done.json()["delivery"]["key_ids"],
        serde_json::json!(["secret-2"])
    );
}

#[test]
fn probes_and_url_secrets() {
    let folder = folder("verify_probe");
    let secret = format!("url-{CANARY}");
    let probe = Recording {
        method: "HEAD",
        target: format!("/hooks/withings?token={secret}"),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let arguments = [&["withings"], SECRET].concat();
    let done = verify("probe", &arguments, &folder, &secret, &probe);
    assert_eq!(done.code, 0);
    assert_eq!(
        done.json()["probe"],
        serde_json::json!({"status": 200, "body_bytes": 0})
    );
    let without = probe.at("/hooks/withings");
    let done = verify("no secret", &arguments, &folder, &secret, &without);
    assert_eq!(done.code, 1);
    assert_eq!(done.json()["refusal"]["rule"], "missing-credential");
    assert_eq!(done.rules(), [""; 0]);
    // The rule says all.
    assert!(done.json()["refusal"]["remains"].is_null());
}

#[test]
fn authentic_and_undecodable_is_told_apart() {
    let folder = folder("verify_undecodable");
    let secret = format!("key-{CANARY}");
    let recording = metriport(&secret, r#"{"meta":{"type":"canary-4711"#);
    let arguments = [&["metriport"], SECRET].concat();
    let done = verify("undecodable", &arguments, &folder, &secret, &recording);
    assert_eq!(done.code, 1);
    let json = done.json();
    assert_eq!(
        (&json["valid"], &json["authentic"]),
        (&false.into(), &true.into())
    );
    assert_eq!(json["refusal"]["rule"], "undecodable");
    assert_eq!(done.rules(), [""; 0]);
    let text = run(&arguments, &folder, &secret, &recording.raw());
    assert!(
        text.stdout
            .starts_with("NOT valid, but authentic: undecodable: "),
        "{}",
        text.stdout
    );
    assert_eq!(text.stderr, "pulsehook: not valid: undecodable\n");
}

#[test]
fn a_request_of_another_provider_is_recognised() {
    let folder = folder("verify_other_provider");
    let secret = format!("key-{CANARY}");
    let recording = metriport(&secret, PING);
    let done = verify(
        "other",
        &[&["human-api"], SECRET].concat(),
        &folder,
        &secret,
        &recording,
    );
    assert_eq!(done.code, 1);
    let json = done.json();
    assert_eq!(json["refusal"]["rule"], "missing-header");
    assert_eq!(json["refusal"]["findings"], serde_json::json!([]));
    assert_eq!(
        json["refusal"]["hints"][0]["rule"],
        "looks-like-other-provider"
    );
    let advice = json["refusal"]["hints"][0]["advice"].as_str().unwrap();
    assert!(advice.contains("pulsehook verify metriport"), "{advice}");
}

#[test]
fn a_recording_that_cannot_be_read_is_named() {
    let folder = folder("verify_no_recording");
    let mut command = pulsehook();
    command.args(["verify", "metriport", "--request", "gone/request.txt"]);
    command.args(SECRET).current_dir(&folder);
    command.env("TEST_SECRET", format!("key-{CANARY}"));
    let done = pipe(command, b"");
    assert_eq!(done.code, 3);
    assert_eq!(
        done.stderr,
        "pulsehook: --request: the file `gone/request.txt` cannot be read (No such file or \
         directory (os error 2)); name a file that can be, or - for standard input\n"
    );
}

#[test]
fn secret_and_body_cannot_both_be_standard_input() {
    let folder = folder("verify_both_stdin");
    let mut command = pulsehook();
    command.args(["verify", "metriport", "--request", "x", "--body", "-"]);
    command.args(["--secret", "-"]).current_dir(&folder);
    let done = pipe(command, b"canary-4711");
    assert_eq!(done.code, 2);
    assert!(
        done.stderr.contains("--body and --secret cannot both"),
        "{}",
        done.stderr
    );
}

#[test]
fn bad_usage_and_what_cannot_be_read() {
    let folder = folder("verify_unreadable");
    let secret = format!("key-{CANARY}");
    for (arguments, input, code, parts) in [
        (&["nobody"][..], &b""[..], 2, &["no such provider"][..]),
        (
            &["metriport", "--at", "canary"],
            b"",
            2,
            &["2026-02-03T04:05:06Z"],
        ),
        (
            &["metriport", "--at", "123456789012345"],
            b"",
            2,
            &["milliseconds"],
        ),
        (
            &["metriport", "--body", "-"],
            b"",
            2,
            &["--request and --body"],
        ),
        (&["metriport"], b"", 3, &["no secret is named"]),
        (
            &["metriport", "--secret", "env:TEST_SECRET"],
            b"",
            3,
            &["is empty"],
        ),
        (
            &[
                "metriport",
                "--secret",
                "env:TEST_SECRET",
                "--body",
                "nowhere",
            ],
            b"",
            3,
            &[
                "--body: the file `nowhere` cannot be read (No such",
                "or - for",
            ],
        ),
        (
            &["metriport", "--secret", "-"],
            b"POST / HTTP/1.1\r\n\r\n",
            2,
            &["--request and --secret cannot both be standard input"],
        ),
    ] {
        let done = run(arguments, &folder, &secret, input);
        assert_eq!(done.code, code, "{arguments:?} {}", done.stderr);
        for part in parts {
            assert!(done.stderr.contains(part), "{arguments:?} {}", done.stderr);
        }
        assert_eq!(done.stdout, "");
        assert!(!done.stderr.contains(CANARY), "{}", done.stderr);
    }
}
