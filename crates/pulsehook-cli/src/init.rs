//! `pulsehook init`: writes a configuration file with comments.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use serde::Serialize;

use crate::config::counted;
use crate::failure::Failure;
use crate::providers::{self, Entry};
use crate::subject::DEFAULT_CONFIG;
use crate::ui::Ui;

mod ask;
mod files;
mod text;

use self::files::Secret;

/// What `init` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write an endpoint for this provider; can be repeated
    #[arg(long = "provider", value_name = "NAME", conflicts_with = "all",
          hide_possible_values = true, value_parser = names())]
    providers: Vec<String>,
    /// Write an endpoint for every provider
    #[arg(long)]
    all: bool,
    /// Write this file [default: pulsehook.toml]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Overwrite the file if it is there
    #[arg(long)]
    force: bool,
    /// Make up secrets beside the file, to try things out with
    #[arg(long)]
    made_up_secrets: bool,
}

fn names() -> PossibleValuesParser {
    providers::ALL
        .iter()
        .map(|entry| entry.name)
        .collect::<Vec<_>>()
        .into()
}

/// What is to be written.
struct Wanted {
    entries: Vec<&'static Entry>,
    out: PathBuf,
    force: bool,
    made_up_secrets: bool,
}

/// Writes the file, and says what is left to do.
pub(crate) fn run(options: Options, ui: Ui) -> Result<(), Failure> {
    let entries: Vec<_> = const { &providers::ALL }
        .iter()
        .filter(|entry| options.all || options.providers.iter().any(|name| name == entry.name))
        .collect();
    let wanted = match (entries.is_empty(), ui.can_ask()) {
        (false, _) => Wanted {
            entries,
            out: options.out.unwrap_or_else(|| DEFAULT_CONFIG.into()),
            force: options.force,
            made_up_secrets: options.made_up_secrets,
        },
        (true, true) => ask::ask(options)?,
        (true, false) => {
            let names: Vec<_> = providers::ALL.iter().map(|entry| entry.name).collect();
            return Err(Failure::usage(format_args!(
                "this is no terminal to ask on, so providers must be named: --all, or --provider \
                 with one of {}",
                names.join(", ")
            )));
        }
    };
    let written = write(&wanted)?;
    tell(&wanted, &written, ui)
}

fn write(wanted: &Wanted) -> Result<Vec<Secret>, Failure> {
    files::can_be_written(&wanted.out, wanted.force)?;
    let secrets = match wanted.made_up_secrets {
        true => files::make_up_secrets(&wanted.out, &wanted.entries)?,
        false => Vec::new(),
    };
    let text = text::render(&wanted.entries, wanted.made_up_secrets);
    files::write(&wanted.out, &text, wanted.force)?;
    Ok(secrets)
}

#[derive(Serialize)]
struct Told<'a> {
    wrote: &'a Path,
    endpoints: Vec<Endpoint>,
    variables: Vec<Variable>,
    secrets: &'a [Secret],
    next: Vec<String>,
}

#[derive(Serialize)]
struct Endpoint {
    provider: &'static str,
    path: String,
}

#[derive(Serialize)]
struct Variable {
    name: &'static str,
    holds: &'static str,
}

fn tell(wanted: &Wanted, secrets: &[Secret], ui: Ui) -> Result<(), Failure> {
    let told = Told {
        wrote: &wanted.out,
        endpoints: wanted
            .entries
            .iter()
            .map(|entry| Endpoint {
                provider: entry.name,
                path: path(entry),
            })
            .collect(),
        variables: match wanted.made_up_secrets {
            true => Vec::new(),
            false => {
                let secrets = wanted.entries.iter().flat_map(|entry| entry.setup.secrets);
                secrets
                    .map(|secret| Variable {
                        name: secret.variable,
                        holds: secret.what,
                    })
                    .collect()
            }
        },
        secrets,
        next: next(wanted),
    };
    if ui.is_json() {
        return ui.print_json(&told);
    }
    let mut text = format!(
        "wrote {} with {}\n",
        told.wrote.display(),
        counted(told.endpoints.len(), "endpoint")
    );
    for Secret { file, made_up } in secrets {
        text += &match made_up {
            true => format!(
                "wrote {}, a secret made up for trying out\n",
                file.display()
            ),
            false => format!("left {} as it was\n", file.display()),
        };
    }
    if ui.is_quiet() {
        return ui.print(text);
    }
    if !told.variables.is_empty() {
        text += "\nSet these environment variables:\n";
        let width = told.variables.iter().map(|variable| variable.name.len());
        let width = width.max().unwrap_or_default();
        for Variable { name, holds } in &told.variables {
            text += &format!("  {name:width$}  {holds}\n");
        }
    }
    text += "\nThen:\n";
    for command in &told.next {
        text += &format!("  {command}\n");
    }
    ui.print(text)
}

/// Returns the path of an endpoint of a provider.
fn path(entry: &Entry) -> String {
    format!("/hooks/{}", entry.name)
}

/// Says which commands come next.
fn next(wanted: &Wanted) -> Vec<String> {
    let (file, config) = match wanted.out.as_os_str() == DEFAULT_CONFIG {
        true => (String::new(), String::new()),
        false => {
            let named = shell_word(&wanted.out.display().to_string());
            (format!(" {named}"), format!(" --config {named}"))
        }
    };
    let mut next = vec![
        format!("pulsehook check-config{file}"),
        format!("pulsehook serve --watch{config}"),
    ];
    next.extend(
        wanted
            .entries
            .iter()
            .map(|entry| format!("pulsehook send {} --all{config}", entry.name)),
    );
    next
}

/// Quotes a text for a shell, where that is needed.
fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-".contains(&byte);
    match text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
