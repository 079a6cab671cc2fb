//! Scripts for shells.

use std::process::{Command, Stdio};

use crate::support::{folder, pulsehook, verbs};

#[test]
fn every_shell_gets_a_script_with_all_verbs() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = pulsehook().args(["completions", shell]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        for verb in verbs() {
            assert!(script.contains(&verb), "{shell} {verb}");
        }
        let output = pulsehook()
            .args(["completions", shell, "--json"])
            .output()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&told["shell"], &told["script"]),
            (&shell.into(), &script.into())
        );
    }
}

#[cfg(unix)]
#[test]
fn bash_takes_its_script_and_completes_verbs() {
    let output = pulsehook().args(["completions", "bash"]).output().unwrap();
    let file = folder("completions").join("pulsehook.bash");
    std::fs::write(&file, output.stdout).unwrap();
    // A machine without bash cannot tell.
    let Ok(checked) = Command::new("bash").arg("-n").arg(&file).output() else {
        return;
    };
    assert!(checked.status.success(), "{checked:?}");
    let completed = Command::new("bash")
        .arg("-c")
        .arg(
            "source \"$1\"; COMP_WORDS=(pulsehook che); COMP_CWORD=1; \
             _pulsehook pulsehook che pulsehook; echo \"${COMPREPLY[@]}\"",
        )
        .arg("bash")
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(completed.stdout).unwrap();
    assert_eq!(text.trim_end(), "check-config", "{:?}", completed.stderr);
}
