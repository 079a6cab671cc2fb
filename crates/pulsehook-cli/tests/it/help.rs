//! What the command says of itself.

use crate::support::{CANARY, pulsehook};

#[test]
fn help_of_each_verb_fits_a_screen_and_has_an_example() {
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["tail", "--help"],
        &["demo", "--help"],
        &["-h"],
    ] {
        let output = pulsehook().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Example:\n"), "{text}");
        assert!(text.contains("Exit codes"), "{text}");
        assert!(text.lines().count() <= 30, "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn version_is_that_of_the_package() {
    let output = pulsehook().arg("--version").output().unwrap();
    let expected = format!("pulsehook {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn bad_usage_exits_2() {
    for arguments in [
        &[][..],
        &["serve"],
        &["nothing"],
        &["demo", "--fast"],
        &["serve", "--config", "a.toml", "--listen", "localhost"],
        // There is no way to give a secret on the command line.
        &["serve", "--config", "a.toml", "--key", CANARY],
    ] {
        let output = pulsehook().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!text.contains(CANARY), "{text}");
    }
}
