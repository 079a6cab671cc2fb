//! `pulsehook check-config`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{CANARY, TWO_ENDPOINTS, command, folder, pulsehook};

/// Writes a configuration, and prepares to check it with the secrets that it may name.
fn check(folder: &Path, config: &str) -> Command {
    let served = command(folder, config);
    let mut check = pulsehook();
    check.arg("check-config").current_dir(folder);
    for (name, value) in served.get_envs() {
        match value {
            Some(value) => check.env(name, value),
            None => check.env_remove(name),
        };
    }
    check
}

fn texts(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let (stdout, stderr) = (output.stdout, output.stderr);
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    for text in [&stdout, &stderr] {
        assert!(!text.contains(CANARY), "{text}");
    }
    (output.status.code(), stdout, stderr)
}

#[test]
fn a_file_that_can_be_served_says_what_is_verified() {
    let folder = folder("check_config_fine");
    let config = format!("{TWO_ENDPOINTS}danger_accept_unsigned = true\n");
    let (code, text, errors) = texts(&mut check(&folder, &config));
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "ok pulsehook.toml can be served, with 2 endpoints at http://127.0.0.1:0",
            "endpoint metriport at /hooks/metriport: provider metriport, verifies HMAC-SHA256 of \
             the body (x-metriport-signature), 1 key",
            "endpoint human-api at /hooks/human-api: provider human-api, verifies HMAC-SHA1 of \
             body, time stamp and nonce (x-humanapi-signature), 1 key",
            "warning: endpoint human-api accepts unsigned requests from anyone \
             (danger_accept_unsigned)",
        ]
    );
    let (_, text, _) = texts(check(&folder, &config).arg("--quiet"));
    assert_eq!(text.lines().count(), 2, "{text}");

    let (code, text, errors) = texts(check(&folder, &config).arg("--json"));
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["listen"], "127.0.0.1:0");
    assert_eq!(told["endpoints"][0]["path"], "/hooks/metriport");
    assert_eq!(
        told["endpoints"][1]["warnings"].as_array().unwrap().len(),
        1
    );
    assert_eq!(told["warnings"], serde_json::json!([]));
}

/// Faults that do not depend on each other, and one that does on an earlier one.
const FAULTY: &str = r#"listen = "localhost"
[forward]
to = "ftp://target.test/"
[[endpoint]]
path = "/hooks/metriport"
provider = "metriport"
keys = [{ env = "TEST_UNSET" }]
colour = "canary-4711"
[[endpoint]]
path = "/hooks/fine"
provider = "metriport"
keys = [{ env = "TEST_METRIPORT_KEY" }]
[[endpoint]]
path = "/hooks/fine"
provider = "metriport"
keys = [{ env = "TEST_METRIPORT_KEY" }]
[[endpoint]]
path = "/hooks/other"
provider = "canary-4711"
"#;

const FAULTS: [(u64, u64, &str); 5] = [
    (1, 10, "`listen` must be"),
    (7, 17, "`TEST_UNSET` is not set"),
    (14, 8, "same path"),
    (19, 12, "no such provider"),
    (3, 6, "`to` must be an http or https URL"),
];

#[test]
fn all_faults_are_told() {
    let folder = folder("check_config_faults");
    let (code, stdout, text) = texts(&mut check(&folder, FAULTY));
    assert_eq!((code, stdout.as_str()), (Some(3), ""));
    assert_eq!(text.lines().count(), FAULTS.len(), "{text}");
    for ((line, column, part), told) in FAULTS.iter().zip(text.lines()) {
        let told = told.strip_prefix("pulsehook: ").unwrap_or(told);
        let place = format!("pulsehook.toml:{line}:{column}: ");
        assert!(told.starts_with(&place) && told.contains(part), "{told}");
    }

    let (code, stdout, errors) = texts(check(&folder, FAULTY).arg("--json"));
    assert_eq!(code, Some(3));
    let told: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), FAULTS.len(), "{stdout}");
    for ((line, column, part), told) in FAULTS.iter().zip(&told) {
        assert_eq!(
            (told["line"].as_u64(), told["column"].as_u64()),
            (Some(*line), Some(*column))
        );
        assert!(told["fault"].as_str().unwrap().contains(part), "{told}");
    }
    let error: Value = serde_json::from_str(&errors).unwrap();
    assert_eq!(
        (&error["error"], &error["code"]),
        (&"5 faults".into(), &3.into())
    );
}

#[test]
fn several_faults_of_one_endpoint_are_told() {
    let endpoint = |lines: &str| format!("[[endpoint]]\n{lines}\n");
    let right = "keys = [{ env = \"TEST_METRIPORT_KEY\" }]";
    let cases = [
        (
            format!("path = \"a\"\nprovider = \"metriport\"\n{right}\nfoo = 1\nbody_limit = \"x\""),
            &[
                ":2:8: a path",
                ":5:1: the endpoint has no member `foo`",
                ":6:14: `body_limit`",
            ][..],
        ),
        (
            format!("path = \"/a\"\nprovidr = \"metriport\"\n{right}"),
            &[":1:1: the endpoint has no `provider`; write that instead of `providr`"],
        ),
        (
            format!("pth = \"/a\"\nprovider = \"metriport\"\n{right}"),
            &[":1:1: the endpoint has no `path`; write that instead of `pth`"],
        ),
        (
            format!(
                "path = \"/a\"\nprovider = \"metriport\"\n{right}\nfoo = 1\nbar = 2\nlabel = \"a/b\""
            ),
            &[
                ":5:1: the endpoint has no member `foo`",
                ":6:1: the endpoint has no member `bar`",
                ":7:9: `label`",
            ],
        ),
    ];
    for (number, (lines, faults)) in cases.iter().enumerate() {
        let folder = folder(&format!("check_config_several_{number}"));
        let (code, _, text) = texts(&mut check(&folder, &endpoint(lines)));
        assert_eq!(code, Some(3), "{text}");
        assert_eq!(text.lines().count(), faults.len(), "{text}");
        for (line, fault) in text.lines().zip(*faults) {
            assert!(line.contains(fault), "{fault}\n{line}");
        }
    }
}

#[test]
fn addresses_beside_the_endpoints_are_checked_and_told() {
    let cases = [
        (
            "watch = \"0.0.0.0:1\"",
            Some(":1:9: the page shows health data"),
        ),
        (
            "listen = \"127.0.0.1:7\"\nwatch = \"127.0.0.1:7\"",
            Some(":2:9: `listen` has this port"),
        ),
        (
            "listen = \"0.0.0.0:7\"\nmonitor = \"127.0.0.1:7\"",
            Some(":2:11: `listen` has this port"),
        ),
        (
            "watch = \"127.0.0.1:7\"\nmonitor = \"[::]:7\"",
            Some(":2:11: `watch` has this port"),
        ),
        (
            "monitor = \"127.0.0.1:8787\"",
            Some(":1:11: `listen` has this port"),
        ),
        (
            "listen = \"127.0.0.1:0\"\nwatch = \"127.0.0.1:0\"\nmonitor = \"127.0.0.1:0\"",
            None,
        ),
        (
            "listen = \"127.0.0.2:7\"\nwatch = \"127.0.0.1:7\"\nmonitor = \"0.0.0.0:8\"",
            None,
        ),
    ];
    let endpoints = TWO_ENDPOINTS.replacen("listen = \"127.0.0.1:0\"", "", 1);
    for (number, (head, fault)) in cases.iter().enumerate() {
        let folder = folder(&format!("check_config_beside_{number}"));
        let config = format!("{head}\n{endpoints}");
        let (code, stdout, stderr) = texts(&mut check(&folder, &config));
        match fault {
            Some(fault) => {
                assert_eq!(code, Some(3), "{stdout}");
                assert!(stderr.contains(fault), "{fault}\n{stderr}");
            }
            None => {
                assert_eq!(code, Some(0), "{stderr}");
                assert!(
                    stdout.contains("\nwatch page at http://127.0.0.1:"),
                    "{stdout}"
                );
                assert!(stdout.contains("\nmonitor at http://"), "{stdout}");
                let open = head.contains("monitor = \"0.0.0.0");
                let warns = "warning: the monitor can be reached from other machines";
                assert_eq!(stdout.contains(warns), open, "{stdout}");
                let (_, stdout, _) = texts(check(&folder, &config).arg("--json"));
                let told: Value = serde_json::from_str(&stdout).unwrap();
                assert!(
                    told["watch"].is_string() && told["monitor"].is_string(),
                    "{told}"
                );
            }
        }
    }
}

#[test]
fn the_file_need_not_be_named() {
    let folder = folder("check_config_named");
    let mut command = check(&folder, TWO_ENDPOINTS);
    std::fs::rename(folder.join("pulsehook.toml"), folder.join("other.toml")).unwrap();
    let (code, _, text) = texts(&mut command);
    assert_eq!(code, Some(3));
    assert!(text.contains("pulsehook.toml: cannot be read"), "{text}");
    assert!(text.contains("pulsehook init"), "{text}");
    let (code, text, _) = texts(command.arg("other.toml"));
    assert_eq!(code, Some(0), "{text}");
}
