//! Manual pages.

use std::process::{Command, Stdio};

use crate::support::{folder, pulsehook, verbs};

#[test]
fn the_page_has_all_verbs() {
    let output = pulsehook().arg("man").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains(".TH pulsehook 1"), "{page}");
    for verb in verbs() {
        let heading = format!(".SH \"PULSEHOOK {}\"", verb.to_uppercase());
        assert!(
            page.contains(&heading.replace('-', "\\-")) || page.contains(&heading),
            "{heading}\n{page}"
        );
    }
    let told = pulsehook().args(["man", "--json"]).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["page"], page.as_str());
}

#[cfg(unix)]
#[test]
fn the_page_is_rendered_without_a_complaint() {
    let page = folder("man_page").join("pulsehook.1");
    let output = pulsehook().arg("man").output().unwrap();
    std::fs::write(&page, output.stdout).unwrap();
    // A machine without groff cannot tell.
    let rendered = Command::new("groff")
        .args(["-man", "-Tascii", "-ww", "-P-cbou"])
        .arg(&page)
        .stdin(Stdio::null())
        .output();
    let Ok(rendered) = rendered else { return };
    assert!(rendered.status.success(), "{rendered:?}");
    assert_eq!(String::from_utf8(rendered.stderr).unwrap(), "");
    let text = String::from_utf8(rendered.stdout).unwrap();
    for verb in verbs() {
        let help = pulsehook().args([&verb, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        // Notes stay as they are, line by line.
        let (_, example) = help.split_once("Example:\n").unwrap();
        for line in example.lines() {
            assert!(text.contains(line.trim()), "{line}\n{text}");
        }
    }
}

#[test]
fn each_verb_has_a_page_of_its_own() {
    let folder = folder("man_pages");
    let run = |arguments: &[&str]| {
        let output = pulsehook()
            .args(["man", "--out"])
            .arg(&folder)
            .args(arguments)
            .output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let told = run(&[]);
    let mut names = vec!["pulsehook.1".to_owned()];
    names.extend(verbs().iter().map(|verb| format!("pulsehook-{verb}.1")));
    for name in &names {
        let page = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(page.contains("Example:"), "{name} {page}");
        assert!(told.contains(name.as_str()), "{told}");
    }
    assert_eq!(told.lines().count(), names.len());
    assert_eq!(run(&["--quiet"]), "");
    for line in run(&["--json"]).lines() {
        let wrote: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(wrote["wrote"].as_str().unwrap().ends_with(".1"), "{line}");
    }
    let output = pulsehook()
        .args(["man", "--out", "/nowhere"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
}
