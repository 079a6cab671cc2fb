//! Values at their bounds: times by their digits, nonces, paths of edits, targets with fragments.

use crate::support::{CANARY, folder, pulsehook};
use crate::verify::{Done, pipe};

const SECRET: &str = concat!("bounds-", "canary-4711");
const CONFIG: &str = r#"
listen = "127.0.0.1:0"

[[endpoint]]
path = "/hooks/human-api"
provider = "human-api"
keys = [{ env = "TEST_BOUNDS" }]
tolerance = "5m"

[[endpoint]]
path = "/hooks/metriport"
provider = "metriport"
keys = [{ env = "TEST_BOUNDS" }]
"#;

fn run(arguments: &[&str], input: &[u8]) -> Done {
    let folder = folder(&format!("bounds_{}", thread_name()));
    std::fs::write(folder.join("pulsehook.toml"), CONFIG).unwrap();
    let mut command = pulsehook();
    command.current_dir(folder).env("TEST_BOUNDS", SECRET);
    command.args(arguments).args(["--config", "pulsehook.toml"]);
    let done = pipe(command, input);
    assert!(!done.stdout.contains(CANARY), "{}", done.stdout);
    assert!(!done.stderr.contains(CANARY), "{}", done.stderr);
    done
}

/// The name of the test, which is that of its thread.
fn thread_name() -> String {
    let thread = std::thread::current();
    thread.name().unwrap_or_default().replace("::", "_")
}

#[test]
fn times_are_told_apart_by_their_digits() {
    for (at, millis) in [
        ("9", "9000"),
        ("1770000000", "1770000000000"),
        ("12345678901", "12345678901000"),
        ("123456789012", "123456789012"),
        ("1770000000789", "1770000000789"),
        ("12345678901234", "12345678901234"),
    ] {
        let done = run(&["sign", "human-api", "data", "--at", at], b"");
        assert_eq!((done.code, &*done.stderr), (0, ""), "{at}");
        let line = format!("x-humanapi-timestamp: {millis}\n");
        assert!(done.stdout.contains(&line), "{at}: {}", done.stdout);
    }
    for (signed, judged) in [
        ("12345678901", "12345678901"),
        ("123456789012", "123456789012"),
        ("12345678901234", "12345678901234"),
    ] {
        let sign = ["sign", "human-api", "data", "--format", "http"];
        let recording = run(&[&sign[..], &["--at", signed]].concat(), b"");
        let verify = ["verify", "human-api", "--json", "--request", "-"];
        let judge = |at: &str| {
            let arguments = [&verify[..], &["--at", at]].concat();
            run(&arguments, recording.stdout.as_bytes())
        };
        let done = judge(judged);
        assert_eq!(done.code, 0, "{signed} {judged}: {}", done.stdout);
        // The time counts.
        let done = judge("1000000000");
        assert_eq!(done.code, 1, "{}", done.stdout);
    }
}

#[test]
fn nonces_and_paths_have_bounds() {
    for (length, code) in [(1, 0), (128, 0), (129, 2)] {
        let nonce = "7".repeat(length);
        let done = run(&["sign", "human-api", "data", "--nonce", &nonce], b"");
        assert_eq!(done.code, code, "{length}: {}", done.stderr);
        let line = format!("x-humanapi-nonce: {nonce}\n");
        assert_eq!(done.stdout.contains(&line), code == 0);
    }
    for parts in [64, 65] {
        let edit = format!("{}=1", vec!["a"; parts].join("."));
        let done = run(&["sign", "metriport", "patient.admit", "--set", &edit], b"");
        let is_refused = done.stderr.contains("a path has at most 64 parts");
        assert_eq!(is_refused, parts == 65, "{}", done.stderr);
        assert_eq!(done.code == 2, parts == 65, "{}", done.stderr);
    }
}
