//! `pulsehook init`.

use std::path::Path;
use std::process::Command;

use pulsehook_axum::signature::encode_base64;
use serde_json::Value;

use crate::support::{folder, pulsehook};

const VARIABLES: [&str; 5] = [
    "HUMAN_API_CLIENT_SECRET",
    "METRIPORT_WEBHOOK_KEY",
    "THRYVE_PASSWORD",
    "THRYVE_HMAC_SECRET",
    "WITHINGS_URL_SECRET",
];

const FILES: [&str; 5] = [
    "human-api-client-secret",
    "metriport-webhook-key",
    "thryve-password",
    "thryve-hmac-secret",
    "withings-url-secret",
];

/// Prepares to run the command in a folder, without any of the variables.
fn run(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = pulsehook();
    command.args(arguments).current_dir(folder);
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command
}

fn told(mut command: Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}

#[test]
fn the_file_is_taken_as_it_is_once_the_variables_are_set() {
    let folder = folder("init_all");
    let text = told(run(&folder, &["init", "--all"]), 0);
    for part in [
        "wrote pulsehook.toml with 4 endpoints",
        "pulsehook check-config\n",
        "pulsehook serve --watch\n",
        "pulsehook send withings --all\n",
    ] {
        assert!(text.contains(part), "{text}");
    }
    for variable in VARIABLES {
        assert!(text.contains(&format!("  {variable} ")), "{text}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);

    // Each endpoint says which variable it misses.
    let text = told(run(&folder, &["check-config"]), 3);
    assert_eq!(text.matches(" is not set").count(), 4, "{text}");
    let mut check = run(&folder, &["check-config", "--json"]);
    check.envs(VARIABLES.map(|name| (name, "example")));
    let checked: Value = serde_json::from_str(&told(check, 0)).unwrap();
    for (index, provider) in ["human-api", "metriport", "thryve", "withings"]
        .iter()
        .enumerate()
    {
        let endpoint = &checked["endpoints"][index];
        assert_eq!(endpoint["provider"], *provider);
        assert_eq!(endpoint["path"], format!("/hooks/{provider}"));
        assert_eq!(
            endpoint["warnings"],
            serde_json::json!([]),
            "nothing weakens a check"
        );
    }
}

#[test]
fn members_that_are_commented_out_are_right_too() {
    let folder = folder("init_uncommented");
    told(run(&folder, &["init", "--all"]), 0);
    let file = folder.join("pulsehook.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("danger"), "{text}");
    let (head, rest) = text.split_once("\n\n").unwrap();
    assert!(head.contains("Secrets never stand in this file"));
    let is_member = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        line.starts_with('[')
            || line.contains(" = ")
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let mut uncommented = 0;
    let lines: Vec<_> = rest
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(member) if is_member(member) => {
                uncommented += 1;
                member
            }
            _ => line,
        })
        .collect();
    assert_eq!(uncommented, 35, "{lines:#?}");
    // What is set by a table must not stand behind endpoints only: it would be theirs.
    std::fs::write(&file, lines.join("\n")).unwrap();
    std::fs::write(folder.join("withings-addresses.txt"), "192.0.2.1\n").unwrap();
    let mut check = run(&folder, &["check-config"]);
    check
        .envs(VARIABLES.map(|name| (name, "example")))
        .env("THRYVE_URL_SECRET", "example")
        .env(
            "PULSEHOOK_FORWARD_KEY",
            format!("whsec_{}", encode_base64(&[7; 24])),
        );
    let text = told(check, 0);
    assert!(text.contains("on to http://127.0.0.1:9000,"), "{text}");
}

#[test]
fn every_member_that_weakens_nothing_is_there() {
    let folder = folder("init_members");
    for (provider, known) in [
        ("human-api", 7),
        ("metriport", 6),
        ("thryve", 12),
        ("withings", 11),
    ] {
        let arguments = [
            "init",
            "--force",
            "--provider",
            provider,
            "--made-up-secrets",
        ];
        told(run(&folder, &arguments), 0);
        let file = folder.join("pulsehook.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}colour = 1\n")).unwrap();
        // The refusal lists what is known.
        let refused = told(run(&folder, &["check-config"]), 3);
        let (_, names) = refused.split_once("it knows ").unwrap();
        let names: Vec<_> = names
            .split(',')
            .map(|name| name.trim().trim_matches('`'))
            .collect();
        let members: Vec<_> = names
            .iter()
            .filter(|name| !name.contains("danger"))
            .collect();
        assert_eq!(members.len(), known, "{members:?}");
        for member in members {
            let here = text.contains(&format!("\n{member} = "));
            assert!(
                here || text.contains(&format!("\n# {member} = ")),
                "{provider}: {member}"
            );
        }
    }
}

#[test]
fn nothing_is_overwritten_unless_told() {
    let folder = folder("init_twice");
    let both = &[
        "init",
        "--provider",
        "metriport",
        "--provider",
        "metriport",
        "--made-up-secrets",
    ];
    let text = told(run(&folder, both), 0);
    assert!(
        text.contains("wrote pulsehook.toml with 1 endpoint\n"),
        "{text}"
    );
    let config = std::fs::read(folder.join("pulsehook.toml")).unwrap();
    let secret = std::fs::read(folder.join("secrets/metriport-webhook-key")).unwrap();
    assert_eq!(secret.len(), 65);

    let text = told(run(&folder, &["init", "--all", "--made-up-secrets"]), 3);
    assert!(text.contains("--force") && text.contains("--out"), "{text}");
    assert_eq!(
        std::fs::read(folder.join("pulsehook.toml")).unwrap(),
        config
    );
    assert_eq!(
        std::fs::read_dir(folder.join("secrets")).unwrap().count(),
        1
    );

    let text = told(
        run(&folder, &["init", "--all", "--made-up-secrets", "--force"]),
        0,
    );
    assert!(
        text.contains("left secrets/metriport-webhook-key as it was"),
        "{text}"
    );
    assert_eq!(
        std::fs::read(folder.join("secrets/metriport-webhook-key")).unwrap(),
        secret
    );
    assert_ne!(
        std::fs::read(folder.join("pulsehook.toml")).unwrap(),
        config
    );

    let text = told(
        run(&folder, &["init", "--all", "--out", "nowhere/a.toml"]),
        3,
    );
    assert!(text.contains("nowhere/a.toml cannot be written"), "{text}");
}

#[test]
fn a_program_is_told_what_was_written() {
    let folder = folder("init_json");
    std::fs::create_dir(folder.join("a b")).unwrap();
    let arguments = [
        "--json",
        "init",
        "--provider",
        "thryve",
        "--out",
        "a b/c.toml",
    ];
    let told_first: Value = serde_json::from_str(&told(run(&folder, &arguments), 0)).unwrap();
    assert_eq!(
        told_first,
        serde_json::json!({
            "wrote": "a b/c.toml",
            "endpoints": [{ "provider": "thryve", "path": "/hooks/thryve" }],
            "variables": [
                {
                    "name": "THRYVE_PASSWORD",
                    "holds": "the password of Thryve's web authentication, user `thryve`",
                },
                {
                    "name": "THRYVE_HMAC_SECRET",
                    "holds": "the HMAC secret from Thryve's dashboard",
                },
            ],
            "secrets": [],
            "next": [
                "pulsehook check-config 'a b/c.toml'",
                "pulsehook serve --watch --config 'a b/c.toml'",
                "pulsehook send thryve --all --config 'a b/c.toml'",
            ],
        })
    );
    let arguments = [
        "--json",
        "init",
        "--provider",
        "thryve",
        "--made-up-secrets",
    ];
    let told: Value = serde_json::from_str(&told(run(&folder, &arguments), 0)).unwrap();
    assert_eq!(told["variables"], serde_json::json!([]));
    assert_eq!(
        told["secrets"],
        serde_json::json!([
            { "file": "secrets/thryve-password", "made_up": true },
            { "file": "secrets/thryve-hmac-secret", "made_up": true },
        ])
    );
}

#[cfg(unix)]
#[test]
fn made_up_secrets_are_for_their_owner_and_served_at_once() {
    use std::os::unix::fs::PermissionsExt as _;

    use pulsehook_axum::SigningKey;

    use crate::support::Server;

    let folder = folder("init_made_up");
    let shown = told(run(&folder, &["init", "--all", "--made-up-secrets"]), 0);
    let secrets = folder.join("secrets");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&secrets), 0o700);
    let text = std::fs::read_to_string(folder.join("pulsehook.toml")).unwrap();
    assert_eq!(text.matches("MADE UP").count(), FILES.len());
    let mut seen = Vec::new();
    for name in FILES {
        let file = secrets.join(name);
        assert_eq!(mode(&file), 0o600, "{name}");
        let secret = std::fs::read_to_string(&file).unwrap();
        assert!(
            !shown.contains(secret.trim()) && !text.contains(secret.trim()),
            "{name}"
        );
        assert!(!seen.contains(&secret), "{name}");
        seen.push(secret);
    }
    assert_eq!(std::fs::read_dir(&secrets).unwrap().count(), FILES.len());

    let server = Server::start(&mut run(&folder, &["serve", "--listen", "127.0.0.1:0"]));
    let key = SigningKey::from_text(seen[1].trim()).unwrap();
    let body = r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"a.b"}}"#;
    let request = pulsehook_axum::metriport::testing::sign(&key, body);
    assert_eq!(server.post("/hooks/metriport", &request).status, 200);
    server.stdout.wait_for(&["\"metriport\"", "a.b"]);
    server.end();
}
