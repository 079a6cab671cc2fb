//! What is wrong in a configuration is said with its place, and without a secret.

use crate::support::{CANARY, check_config as check, command, folder, pulsehook};

/// An endpoint that is right, from line 1 to 4.
const RIGHT: &str = r#"[[endpoint]]
path = "/hooks/metriport"
provider = "metriport"
keys = [{ env = "TEST_METRIPORT_KEY" }]
"#;

const PATH: &str = r#"path = "/hooks/metriport""#;
const PROVIDER: &str = r#"provider = "metriport""#;
const KEYS: &str = r#"keys = [{ env = "TEST_METRIPORT_KEY" }]"#;

/// Returns the right endpoint with one line exchanged.
fn with_line(old: &str, new: &str) -> String {
    assert!(RIGHT.contains(old));
    RIGHT.replace(old, new)
}

#[test]
fn a_secret_in_the_file_is_refused_wherever_it_stands() {
    let told = &["must not stand in this file", "env", "file"];
    for member in ["key", "secret", "webhook_key", "client_secret"] {
        let line = format!("{member} = \"{CANARY}\"");
        check(&format!("{RIGHT}{line}\n"), 3, ":5:1", told);
        check(&format!("{line}\n{RIGHT}"), 3, ":1:1", told);
        let keys = format!("keys = [{{ {line} }}]");
        check(&with_line(KEYS, &keys), 3, ":4:11", told);
    }
    let keys = format!("keys = \"{CANARY}\"");
    check(&with_line(KEYS, &keys), 3, ":4:8", told);
    let keys = format!("keys = [\"{CANARY}\"]");
    check(&with_line(KEYS, &keys), 3, ":4:9", told);
    let legacy = format!("danger_accept_webhook_key = \"{CANARY}\"");
    check(&format!("{RIGHT}{legacy}\n"), 3, ":5:29", told);
}

#[test]
fn keys_that_are_not_there_or_not_right() {
    let nine = [r#"{ env = "TEST_METRIPORT_KEY" }"#; 9].join(", ");
    let key = r#"{ id = "a", env = "TEST_METRIPORT_KEY" }"#;
    let twice = format!("{key}, {key}");
    let canary_env = format!("{{ env = \"{CANARY}\" }}");
    let canary_file = format!("{{ file = \"{CANARY}\" }}");
    for (keys, place, part) in [
        (
            r#"{ env = "TEST_UNSET" }"#,
            ":4:17",
            "`TEST_UNSET` is not set",
        ),
        (r#"{ env = "TEST_BLANK" }"#, ":4:17", "empty or blank"),
        (
            r#"{ env = "" }"#,
            ":4:17",
            "the name of an environment variable",
        ),
        // A secret where the name of its variable, or of its file, should be.
        (&canary_env, ":4:17", "is not set"),
        (&canary_file, ":4:18", "cannot be read"),
        (r#"{ file = "." }"#, ":4:18", "cannot be read"),
        (
            r#"{ env = "TEST_METRIPORT_KEY", encoding = "hex" }"#,
            ":4:17",
            "not hexadecimal",
        ),
        (
            r#"{ file = "secret.txt", encoding = "base64" }"#,
            ":4:18",
            "not base64",
        ),
        (
            r#"{ file = "secret.txt", encoding = "rot13" }"#,
            ":4:43",
            "`encoding` must be",
        ),
        (r#"{ id = "a" }"#, ":4:9", "neither `env`"),
        (
            r#"{ env = "TEST_METRIPORT_KEY", file = "secret.txt" }"#,
            ":4:46",
            "both `env` and `file`",
        ),
        ("{ env = 7 }", ":4:17", "`env` must be a text"),
        ("7", ":4:9", "a key must be a table"),
        ("", ":4:8", "empty list"),
        (&twice, ":4:51", "same `id`"),
        (&key.replace("\"a\"", "\"a b\""), ":4:16", "letters, digits"),
        (&nine, ":4:265", "at most 8 keys"),
        (
            r#"{ env = "TEST_METRIPORT_KEY", kind = "a" }"#,
            ":4:39",
            "the key has no member `kind`",
        ),
    ] {
        let keys = format!("keys = [{keys}]");
        check(&with_line(KEYS, &keys), 3, place, &[part]);
    }
    check(
        &with_line(KEYS, "keys = true"),
        3,
        ":4:8",
        &["must be a list"],
    );
}

#[test]
fn a_file_of_an_option_is_not_one_of_a_configuration() {
    for (places, named) in [
        (&["file:/nowhere/1"][..], "--secret: the file"),
        (
            &["env:TEST_METRIPORT_KEY", "file:/nowhere/2"],
            "--secret number 2: the file",
        ),
        (
            &["authorization=file:/nowhere/1", "file:/nowhere/2"],
            "--secret number 1: the file",
        ),
    ] {
        let mut command = pulsehook();
        command.args(["sign", "thryve"]);
        for place in places {
            command.args(["--secret", place]);
        }
        let output = command.env("TEST_METRIPORT_KEY", CANARY).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(named), "{named}\n{text}");
        for part in ["nowhere", "configuration", CANARY] {
            assert!(!text.contains(part), "{text}");
        }
    }
    let keys = "keys = [{ file = \"nowhere\" }]";
    let parts = ["a relative path starts at the folder of this configuration"];
    check(&with_line(KEYS, keys), 3, ":4:18", &parts);
}

#[test]
fn members_that_are_missing() {
    for (config, place, parts) in [
        (
            String::new(),
            "",
            &["there is no endpoint", "[[endpoint]]"][..],
        ),
        ("endpoint = []".into(), ":1:12", &["there is no endpoint"]),
        ("[endpoint]\npath = \"/\"".into(), ":1:1", &["two brackets"]),
        (with_line(PATH, ""), ":1:1", &["no `path`", "path = "]),
        (with_line(PROVIDER, ""), ":1:1", &["no `provider`"]),
        (with_line(KEYS, ""), ":1:1", &["no `keys`", "env"]),
    ] {
        check(&config, 3, place, parts);
    }
}

#[test]
fn members_that_are_not_known() {
    check(
        &format!("{RIGHT}colour = \"{CANARY}\"\n"),
        3,
        ":5:1",
        &["no member `colour`", "`body_limit`", "`tolerance`"],
    );
    check(
        &format!("listn = \"{CANARY}\"\n{RIGHT}"),
        3,
        ":1:1",
        &["no member `listn`", "`listen`"],
    );
    // A secret where a name should be.
    check(
        &format!("{RIGHT}{CANARY} = true\n"),
        3,
        ":5:1",
        &["no such member", "`body_limit`"],
    );
    // An option of another provider.
    check(
        &format!("{RIGHT}accept_hex_signatures = true\n"),
        3,
        ":5:1",
        &[
            "no member `accept_hex_signatures`",
            "`danger_accept_webhook_key`",
        ],
    );
}

#[test]
fn members_that_are_not_of_their_kind() {
    let human_api = RIGHT.replace("\"metriport\"", "\"human-api\"");
    for member in ["accept_hex_signatures", "danger_accept_unsigned"] {
        let place = format!(":5:{}", member.len() + 4);
        let config = format!("{human_api}{member} = \"yes\"\n");
        check(&config, 3, &place, &["must be true or false"]);
    }
    let provider = with_line(PROVIDER, &format!("provider = \"{CANARY}\""));
    check(
        &provider,
        3,
        ":3:12",
        &["no such provider", "human-api, metriport, thryve, withings"],
    );
    for limit in [
        "\"many\"",
        "0",
        "-1",
        "\"2 TiB\"",
        "\"8 mib\"",
        "1.5",
        "true",
        "0x10",
    ] {
        let config = format!("{RIGHT}body_limit = {limit}\n");
        check(
            &config,
            3,
            ":5:14",
            &["`body_limit` must be a size", "8 MiB"],
        );
    }
    for size in ["0", "\"2000 GiB\"", "\"much\""] {
        let config = format!("body_memory = {size}\n{RIGHT}");
        let parts = ["`body_memory` must be a size", "1024 GiB"];
        check(&config, 3, ":1:15", &parts);
    }
    for span in ["\"soon\"", "5", "\"0s\"", "\"-5m\""] {
        let config = format!("{RIGHT}tolerance = {span}\n");
        check(&config, 3, ":5:13", &["`tolerance` must be a span", "5m"]);
    }
    for listen in ["localhost:8787", "127.0.0.1", ":8787", "127.0.0.1:99999"] {
        let config = format!("listen = \"{listen}\"\n{RIGHT}");
        let parts = ["IP address and a port", "127.0.0.1:8787"];
        check(&config, 3, ":1:10", &parts);
    }
    let config = format!("listen = 8787\n{RIGHT}");
    check(&config, 3, ":1:10", &["`listen` must be a text"]);
}

#[test]
fn paths_and_labels_that_cannot_be_or_are_taken() {
    for path in [
        "", "hooks", "/{id}", "/{*rest}", "/:id", "/a/*", "/a b", "/a?b", "/a#b", "/é", "/a\\tb",
    ] {
        let config = with_line(PATH, &format!("path = \"{path}\""));
        check(&config, 3, ":2:8", &["a path "]);
    }
    check(&format!("{RIGHT}{RIGHT}"), 3, ":6:8", &["same path"]);
    let config = format!("{RIGHT}label = \"a/b\"\n");
    check(&config, 3, ":5:9", &["`label`", "letters, digits"]);
    let second = with_line(PATH, "path = \"/second\"");
    let config = format!("{RIGHT}label = \"a\"\n{second}label = \"a\"\n");
    check(&config, 3, ":10:9", &["same label"]);
}

#[test]
fn a_syntax_error_does_not_quote_its_line() {
    for (line, place) in [
        (format!("key = {CANARY} = \n"), ":5:19"),
        (format!("key = \"{CANARY}\n"), ":5:19"),
        (format!("path = \"{CANARY}\"\n"), ":5:1"),
        (format!("{CANARY}\n"), ":5:12"),
    ] {
        check(&format!("{RIGHT}{line}"), 3, place, &["not TOML"]);
    }
}

#[test]
fn a_file_that_is_not_there() {
    let output = pulsehook()
        .args(["serve", "--config", "/nowhere/pulsehook.toml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stderr).unwrap();
    let expected = "/nowhere/pulsehook.toml: cannot be read";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_folder_for_undecodable_requests_that_is_not_there() {
    let folder = folder("no_folder");
    for path in [folder.join("nowhere"), folder.join("pulsehook.toml")] {
        let output = command(&folder, RIGHT)
            .arg("--undecodable")
            .arg(path)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("--undecodable"), "{text}");
    }
}

#[test]
fn an_address_that_is_taken_exits_4() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = format!("listen = \"{address}\"\n{RIGHT}");
    check(&config, 4, ":1:10", &["cannot listen on", &address]);
    let output = command(&folder("taken"), RIGHT)
        .args(["--listen", &address])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("--listen: cannot listen on"), "{text}");
}
