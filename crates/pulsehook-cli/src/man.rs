//! `pulsehook man`: manual pages, made of what `--help` says.

use std::io;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use serde::Serialize;

use crate::failure::Failure;
use crate::ui::Ui;

/// What `man` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write a page for each verb into this folder, and print none
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints a page with all verbs, or writes a page for each.
pub(crate) fn run(options: &Options, command: Command, ui: Ui) -> Result<(), Failure> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    match &options.out {
        Some(folder) => write_pages(&command, folder, ui),
        None => print_page(&command, ui),
    }
}

fn print_page(command: &Command, ui: Ui) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Told {
        page: String,
    }

    let page = page_of_all(command).map_err(Failure::runtime)?;
    match ui.is_json() {
        false => ui.print(page),
        true => ui.print_json(&Told { page }),
    }
}

fn write_pages(command: &Command, folder: &Path, ui: Ui) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Written<'a> {
        wrote: &'a Path,
    }

    for of in std::iter::once(command).chain(command.get_subcommands()) {
        let path = folder.join(Man::new(of.clone()).get_filename());
        let page = page(of).map_err(Failure::runtime)?;
        std::fs::write(&path, page).map_err(|error| {
            Failure::config(format_args!(
                "--out: {} cannot be written: {error}; name a folder that exists",
                path.display()
            ))
        })?;
        if ui.is_json() {
            ui.print_json(&Written { wrote: &path })?;
        } else if !ui.is_quiet() {
            ui.print(format!("{}\n", path.display()))?;
        }
    }
    Ok(())
}

/// Renders the page of the command, or of a verb.
fn page(command: &Command) -> io::Result<String> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    notes("NOTES", command).to_writer(&mut page)?;
    if command.get_version().is_some() {
        man.render_version_section(&mut page)?;
    }
    Ok(text(page))
}

/// Renders the page of the command with a section for each verb.
fn page_of_all(command: &Command) -> io::Result<String> {
    let mut page = page(command)?;
    for verb in command.get_subcommands() {
        let man = Man::new(verb.clone());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_options_section(&mut section)?;
        notes("NOTES", verb).to_writer(&mut section)?;
        let name = verb.get_bin_name().unwrap_or_else(|| verb.get_name());
        let mut heading = Roff::new();
        heading.control("SH", [name.to_uppercase().as_str()]);
        heading.text([roman(
            verb.get_about()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )]);
        page.push_str(&body(&heading));
        // They are sections of a section here.
        page.push_str(&below_preamble(&text(section)).replace(".SH ", ".SS "));
    }
    Ok(page)
}

/// Renders what follows the options in the help: lines that are to stay as they are.
fn notes(heading: &str, command: &Command) -> Roff {
    let mut roff = Roff::new();
    let Some(after) = command.get_after_help() else {
        return roff;
    };
    roff.control("SH", [heading]);
    roff.control("nf", []);
    for line in after.to_string().lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff
}

fn body(roff: &Roff) -> String {
    below_preamble(&roff.render())
}

/// Leaves out what starts every piece that is rendered, and need be there but once.
fn below_preamble(piece: &str) -> String {
    let is_preamble = |line: &&str| line.starts_with(".ie") || line.starts_with(".el");
    piece
        .lines()
        .filter(|line| !is_preamble(line))
        .fold(String::new(), |text, line| text + line + "\n")
}

fn text(page: Vec<u8>) -> String {
    String::from_utf8_lossy(&page).into_owned()
}
