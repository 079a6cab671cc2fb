//! What `init` asks on a terminal.

use std::path::PathBuf;

use dialoguer::console::Term;
use dialoguer::{Confirm, Input, MultiSelect};

use super::{Options, Wanted};
use crate::failure::Failure;
use crate::providers::{self, Entry};
use crate::subject::DEFAULT_CONFIG;

/// Asks for what the options leave open.
pub(super) fn ask(options: Options) -> Result<Wanted, Failure> {
    // A prompt that is interrupted must get the chance to show the cursor again.
    #[cfg(unix)]
    let _interrupts =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).ok();
    let term = Term::stderr();
    let wanted = answers(options, &term);
    if wanted.is_err() {
        // Nothing is lost when the terminal is gone.
        let _ = term.show_cursor();
    }
    wanted.map_err(|Unanswered| {
        Failure::runtime(
            "the questions were left, so nothing was written; to be asked nothing, name providers \
             with --provider NAME or --all",
        )
    })
}

/// A question has no answer.
struct Unanswered;

impl From<dialoguer::Error> for Unanswered {
    fn from(_: dialoguer::Error) -> Self {
        Self
    }
}

fn answers(options: Options, term: &Term) -> Result<Wanted, Unanswered> {
    let entries = entries(term)?;
    let out = match options.out {
        Some(out) => out,
        None => {
            let file: String = Input::new()
                .with_prompt("File to write")
                .default(DEFAULT_CONFIG.to_owned())
                .interact_text_on(term)?;
            PathBuf::from(file)
        }
    };
    let force = options.force
        || (out.exists() && sure(term, &format!("{} is there; overwrite it?", out.display()))?);
    let made_up_secrets = options.made_up_secrets
        || sure(
            term,
            "Make up secrets, to try things out without a provider?",
        )?;
    Ok(Wanted {
        entries,
        out,
        force,
        made_up_secrets,
    })
}

fn entries(term: &Term) -> Result<Vec<&'static Entry>, Unanswered> {
    let entries: Vec<&'static Entry> = const { &providers::ALL }.iter().collect();
    let titles: Vec<_> = entries.iter().map(|entry| entry.title).collect();
    loop {
        let chosen = MultiSelect::new()
            .with_prompt("Providers (arrows move, space marks, a marks all, enter ends)")
            .items(&titles)
            .interact_on_opt(term)?
            .ok_or(Unanswered)?;
        let chosen: Vec<_> = chosen
            .into_iter()
            .filter_map(|index| entries.get(index).copied())
            .collect();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        term.write_line("Mark at least one.")
            .map_err(|_| Unanswered)?;
    }
}

fn sure(term: &Term, question: &str) -> Result<bool, Unanswered> {
    Ok(Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact_on(term)?)
}
