//! The way of someone who integrates: from an empty folder to every sample of every provider.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Server, folder, pulsehook};

const PROVIDERS: [&str; 4] = ["human-api", "metriport", "thryve", "withings"];

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{command:?}\n{told}");
    output
}

/// Runs the command in a folder.
fn in_folder(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = pulsehook();
    command.args(arguments).current_dir(folder);
    command
}

/// The secrets that were made up, each as its file holds it.
fn secrets(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("secrets")).unwrap();
    let secrets: Vec<_> = files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .map(|secret| secret.trim().to_owned())
        .collect();
    assert!(secrets.len() >= PROVIDERS.len(), "{}", secrets.len());
    assert!(secrets.iter().all(|secret| secret.len() >= 16));
    secrets
}

fn assert_none(secrets: &[String], text: &[u8], what: &str) {
    let text = String::from_utf8_lossy(text);
    let found = secrets.iter().position(|secret| text.contains(secret));
    assert_eq!(found, None, "{what}");
}

#[test]
fn every_sample_arrives_from_an_empty_folder_on() {
    let folder = folder("tour");
    let written = run(&mut in_folder(
        &folder,
        &["init", "--all", "--made-up-secrets"],
    ));
    let secrets = secrets(&folder);
    let checked = run(&mut in_folder(&folder, &["check-config"]));
    for output in [&written, &checked] {
        assert_none(&secrets, &output.stdout, "standard output");
        assert_none(&secrets, &output.stderr, "standard error");
    }

    let server = Server::start(&mut in_folder(
        &folder,
        &["serve", "--listen", "127.0.0.1:0"],
    ));
    let mut expected = 0;
    for provider in PROVIDERS {
        let listed = run(&mut in_folder(&folder, &["samples", provider, "--json"]));
        let listed = String::from_utf8(listed.stdout).unwrap();
        let to = format!("http://{}/hooks/{provider}", server.address);
        let sent = run(&mut in_folder(
            &folder,
            &["send", provider, "--all", "--to", &to, "--json"],
        ));
        assert_none(&secrets, &sent.stdout, "standard output of send");
        assert_none(&secrets, &sent.stderr, "standard error of send");
        let sent = String::from_utf8(sent.stdout).unwrap();
        let statuses: Vec<_> = sent
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter_map(|line| line["status"].as_u64())
            .collect();
        assert_eq!(statuses.len(), listed.lines().count(), "{sent}");
        assert!(statuses.iter().all(|status| *status == 200), "{sent}");
        expected += statuses.len();
    }
    assert!(expected >= 100, "{expected}");
    // Pings and probes are answered, and are no deliveries.
    let (stdout, stderr) = server.end();
    let answered = stderr
        .iter()
        .filter(|line| line.contains(" answered "))
        .count();
    assert_eq!(stdout.len() + answered, expected);
    assert_none(
        &secrets,
        stderr.join("\n").as_bytes(),
        "standard error of serve",
    );
    assert_none(
        &secrets,
        stdout.join("\n").as_bytes(),
        "standard output of serve",
    );
}

#[test]
fn what_is_signed_is_valid_and_what_is_altered_is_not() {
    let folder = folder("tour_signed");
    run(&mut in_folder(
        &folder,
        &["init", "--all", "--made-up-secrets"],
    ));
    for (provider, sample) in [
        ("human-api", "order-status"),
        ("metriport", "patient.admit"),
        ("thryve", "event.data.epoch.create"),
        ("withings", "weight"),
    ] {
        let signed = run(&mut in_folder(
            &folder,
            &["sign", provider, sample, "--format", "http"],
        ));
        std::fs::write(folder.join("request"), &signed.stdout).unwrap();
        let verified = run(&mut in_folder(
            &folder,
            &["verify", provider, "--request", "request", "--json"],
        ));
        let verified: Value = serde_json::from_slice(&verified.stdout).unwrap();
        assert_eq!(verified["valid"], true, "{verified}");

        // Withings' bodies are not signed; one digit more or less is another weight, no other proof.
        let mut altered = signed.stdout;
        *altered.last_mut().unwrap() ^= 1;
        std::fs::write(folder.join("request"), &altered).unwrap();
        let verified = in_folder(
            &folder,
            &["verify", provider, "--request", "request", "--json"],
        )
        .output()
        .unwrap();
        let told: Value = serde_json::from_slice(&verified.stdout).unwrap();
        let signs = provider != "withings";
        assert_eq!(told["valid"].as_bool(), Some(!signs), "{told}");
        assert_eq!(verified.status.code(), Some(i32::from(signs)));
    }
}

/// What the README prints is what the command prints, but for times, ports and the blanks that a
/// number more or less takes.
#[test]
fn the_tour_of_the_readme_is_as_printed() {
    let folder = folder("tour_readme");
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let blocks = readme.split("```console\n").skip(1);
    let blocks = blocks.map(|block| block.split_once("```").unwrap().0);
    let mut server = None;
    let mut steps = 0;
    for step in blocks.flat_map(|block| block.split("$ ").skip(1)) {
        let (line, expected) = step.split_once('\n').unwrap();
        let printed = match line.strip_suffix(" &") {
            Some(background) => {
                let arguments = ["serve", "--watch=127.0.0.1:0"];
                assert_eq!(background, "pulsehook serve --watch > deliveries.jsonl");
                let started = Server::start(&mut in_folder(&folder, &arguments));
                let last = started.stderr.wait_for(&["watch page"]);
                let printed = started.stderr.so_far();
                assert_eq!(printed.last(), Some(&last));
                server = Some(started);
                printed.join("\n")
            }
            None => {
                let shell = Command::new("sh")
                    .args(["-c", &format!("{{ {line}\n}} 2>&1")])
                    .current_dir(&folder)
                    .env("PATH", path_with_command())
                    .output()
                    .unwrap();
                String::from_utf8(shell.stdout).unwrap()
            }
        };
        assert_eq!(
            without_numbers(&printed),
            without_numbers(expected),
            "{line}"
        );
        if line.starts_with("pulsehook init") {
            // The port of the README may be in use.
            let config = folder.join("pulsehook.toml");
            let text = std::fs::read_to_string(&config).unwrap();
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let free = free.local_addr().unwrap().to_string();
            std::fs::write(config, text.replace("127.0.0.1:8787", &free)).unwrap();
        }
        steps += 1;
    }
    assert_eq!(steps, 6);
    let (deliveries, _) = server.unwrap().end();
    assert_eq!(deliveries.len(), 1);
}

/// Returns the search path with the folder of the command before all else.
fn path_with_command() -> std::ffi::OsString {
    let command = Path::new(env!("CARGO_BIN_EXE_pulsehook")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(command.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap()
}

/// Puts a zero for each number with a point or a colon: times and addresses.
fn without_numbers(text: &str) -> Vec<String> {
    let words = |line: &str| -> Vec<String> {
        let words = line.split_whitespace();
        words
            .map(|word| match word.contains(['.', ':']) {
                true => word
                    .split(|character: char| character.is_ascii_digit())
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join("0"),
                false => word.to_owned(),
            })
            .collect()
    };
    let lines = text.lines().map(|line| words(line).join(" "));
    lines.filter(|line| !line.is_empty()).collect()
}

/// Whoever may look at the processes of this machine sees command lines, and the owner sees the
/// environment of children: there are none.
#[cfg(target_os = "linux")]
#[test]
fn no_secret_is_on_a_command_line_and_no_child_is_started() {
    let folder = folder("tour_processes");
    run(&mut in_folder(
        &folder,
        &["init", "--all", "--made-up-secrets"],
    ));
    let secrets = secrets(&folder);
    let server = Server::start(&mut in_folder(
        &folder,
        &["serve", "--listen", "127.0.0.1:0"],
    ));
    let to = format!("http://{}/hooks/metriport", server.address);
    let arguments = [
        "send",
        "metriport",
        "ping",
        "--to",
        &to,
        "--repeat",
        "40",
        "--rate",
        "20",
    ];
    let mut sending = in_folder(&folder, &arguments);
    let mut sending = sending
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    for process in [server.id(), sending.id()] {
        let about = Path::new("/proc").join(process.to_string());
        let command_line = std::fs::read(about.join("cmdline")).unwrap();
        assert!(!command_line.is_empty());
        assert_none(&secrets, &command_line, "command line");
        assert_eq!(children_of(process), Vec::<String>::new());
    }
    assert_eq!(sending.wait().unwrap().code(), Some(0));
}

/// Lists the names of a process's children.
#[cfg(target_os = "linux")]
fn children_of(process: u32) -> Vec<String> {
    let parent = process.to_string();
    let processes = std::fs::read_dir("/proc").unwrap();
    // A process can end while it is looked at.
    let stats =
        processes.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    // The name stands in parentheses and may hold anything; state and parent follow.
    stats
        .filter_map(|stat| {
            let (name, rest) = stat.rsplit_once(')')?;
            let is_child = rest.split_whitespace().nth(1)? == parent;
            is_child.then(|| name.to_owned())
        })
        .collect()
}
