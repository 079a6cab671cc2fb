//! `pulsehook completions`: scripts that complete arguments in a shell.

use clap::Command;
use clap_complete::Shell;
use serde::Serialize;

use crate::failure::Failure;
use crate::ui::Ui;

/// What `completions` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the script for a shell.
pub(crate) fn run(options: &Options, mut command: Command, ui: Ui) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Told {
        shell: String,
        script: String,
    }

    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, "pulsehook", &mut script);
    match ui.is_json() {
        false => ui.print(script),
        true => ui.print_json(&Told {
            shell: options.shell.to_string(),
            script: String::from_utf8_lossy(&script).into_owned(),
        }),
    }
}
