//! Arguments that are refused: with the reason, and without a word of what was given.

use std::process::Output;

use crate::support::{CANARY, pulsehook, verbs};

fn refused(arguments: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = pulsehook()
        .args(arguments)
        // There is no configuration here.
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2), "{arguments:?} {text}");
    assert!(stdout.is_empty(), "{arguments:?}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.contains(CANARY), "{arguments:?} {text}");
    text
}

#[test]
fn a_secret_as_an_argument_is_refused_with_the_reason() {
    for verb in [
        "init",
        "check-config",
        "serve",
        "demo",
        "completions",
        "man",
    ] {
        for option in [
            "--key",
            "--secret",
            "--token",
            "--password",
            "--signing-key",
            "--api-key",
            "--webhook-key",
            "--some-token",
        ] {
            let assigned = format!("{option}={CANARY}");
            for arguments in [
                &[verb, option, CANARY][..],
                &[verb, &assigned],
                &[option, CANARY, verb],
                &[&assigned, verb],
            ] {
                let text = refused(arguments);
                for part in [
                    "a secret is never an argument",
                    "other programs can read the command line",
                    "environment variable",
                    "file",
                    &format!("see `pulsehook {verb} --help`"),
                ] {
                    assert!(text.contains(part), "{part} {text}");
                }
                // The usual names are told, others could be anything.
                assert_eq!(text.contains(option), option != "--some-token", "{text}");
            }
        }
    }
}

#[test]
fn no_verb_repeats_a_secret() {
    for verb in verbs() {
        for option in [
            "--key",
            "--secret",
            "--token",
            "--password",
            "--api-key",
            "--keys",
            "-p",
        ] {
            let assigned = format!("{option}={CANARY}");
            refused(&[&verb, option, CANARY]);
            refused(&[&verb, &assigned]);
            refused(&[option, CANARY, &verb]);
        }
        refused(&[&verb, CANARY, CANARY, CANARY, CANARY]);
    }
}

#[test]
fn what_is_too_many_or_not_known_is_not_repeated() {
    let flag = format!("--{CANARY}");
    let assigned = format!("--fast={CANARY}");
    let json = format!("--json={CANARY}");
    for (arguments, parts) in [
        (
            &["serve", CANARY][..],
            &["argument 2 is one too many", "a secret is never"][..],
        ),
        (
            &["demo", "--", CANARY],
            &["argument 3 is one too many", "a secret is never"],
        ),
        (
            &["check-config", "a.toml", CANARY],
            &["argument 3 is one too many"],
        ),
        (&["serve", &flag], &["argument 2 is no option of this verb"]),
        (
            &["serve", &assigned],
            &["argument 2 is no option", "if that is a secret", "variable"],
        ),
        (
            &["serve", "--cofig", CANARY],
            &["argument 2 is no option", "did you mean --config?"],
        ),
        (
            &[CANARY],
            &["there is no such verb", "init, check-config, serve"],
        ),
        (&["serv"], &["there is no such verb; did you mean serve?"]),
        (&[&json, "demo"], &["--json has more or fewer values"]),
        (
            &["serve", "--listen", CANARY],
            &[
                "--listen <IP:PORT>: write an IP address and a port, as 127.0.0.1:8787",
                "localhost is no address",
            ],
        ),
        (
            &["verify", "metriport", "--from", CANARY],
            &["--from <IP>: write an IP address, as 192.0.2.7"],
        ),
        (
            &["send", "metriport", "--repeat", "abc"],
            &["--repeat <N>: write a whole number from 1 to 1000000;"],
        ),
        (
            &["send", "metriport", "--parallel", "0"],
            &["--parallel <N>: write a whole number from 1 to 256;"],
        ),
        (
            &["tail", "--last", CANARY],
            &["--last <N>: write a whole number;"],
        ),
        (
            &["serve", "--watch", CANARY],
            &["argument 3 is one too many", "write --watch=IP:PORT;"],
        ),
        (
            &["send", "metriport", "ping", "--retry-like-provider", "5"],
            &["write --retry-like-provider=N;"],
        ),
        (
            &["send", "metriport", "--retry-like-provider", "5"],
            &["write --retry-like-provider=N"],
        ),
        (
            &["send", "--retry-like-provider", "5", "metriport"],
            &["write --retry-like-provider=N"],
        ),
        (
            &["help", "nope"],
            &["there is no such verb", "see `pulsehook --help`"],
        ),
        (
            &["sign", CANARY],
            &["there is no such provider; the known ones are human-api, metriport"],
        ),
        (
            &["serve", "--listen"],
            &["--listen <IP:PORT> needs a value"],
        ),
        (
            &["init", "--provider", CANARY],
            &["there is no such provider; the known ones are human-api, metriport"],
        ),
        (
            &["init", "--all", "--provider", "metriport"],
            &["cannot stand beside"],
        ),
        (
            &["init", "--out", CANARY, "--out", CANARY],
            &["more than once"],
        ),
        (&["completions"], &["<SHELL> must be there"]),
        (&["completions", CANARY], &["<SHELL> takes one of bash"]),
        (
            &["serve", "--forward-key", CANARY],
            &["it takes no key", "env:NAME, file:PATH"],
        ),
        (
            &["serve", "--forward-key", "env:A_KEY"],
            &["--forward-to <URL> must be there"],
        ),
    ] {
        let text = refused(arguments);
        for part in parts {
            assert!(text.contains(part), "{part:?} {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf_8_are_refused() {
    use std::os::unix::ffi::OsStrExt as _;

    let bytes = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let output = pulsehook()
        .args(["serve", "--listen"])
        .arg(bytes)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("not UTF-8"), "{text}");
}

#[test]
fn a_program_gets_errors_as_json() {
    for (arguments, code, part) in [
        (
            &["--json", "serve", "--key", CANARY][..],
            2,
            "a secret is never an argument",
        ),
        (
            &["serve", "--json", "--config", "/nowhere/a.toml"],
            3,
            "cannot be read",
        ),
        (&["init", "--json"], 2, "--all"),
    ] {
        let output = pulsehook().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let error: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(error["code"], code);
        let told = error["error"].as_str().unwrap();
        assert!(told.contains(part), "{text}");
        assert!(!text.contains(CANARY), "{text}");
    }
}
