//! What a person sees: colours and progress only on a terminal, less with `--quiet`, JSON with
//! `--json`.

use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::endpoint::one_line;
use crate::failure::Failure;
use crate::output;

/// What every verb takes.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Globals {
    /// Print JSON, one object on a line
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,
    /// Print results and errors only
    #[arg(long, short, global = true, display_order = 901)]
    pub(crate) quiet: bool,
}

/// Writes to a person or a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ui {
    globals: Globals,
    colours_out: bool,
    colours_err: bool,
}

impl Ui {
    pub(crate) fn new(globals: Globals) -> Self {
        let wanted = may_be_coloured();
        Self {
            globals,
            colours_out: wanted && !globals.json && io::stdout().is_terminal(),
            colours_err: wanted && !globals.json && io::stderr().is_terminal(),
        }
    }

    /// Tells whether results are JSON.
    pub(crate) fn is_json(self) -> bool {
        self.globals.json
    }

    /// Tells whether results and errors alone are wanted.
    pub(crate) fn is_quiet(self) -> bool {
        self.globals.quiet
    }

    /// Tells whether progress can be shown on standard error.
    pub(crate) fn shows_progress(self) -> bool {
        !self.globals.quiet && !self.globals.json && io::stderr().is_terminal()
    }

    /// Tells whether a person is there to be asked.
    pub(crate) fn can_ask(self) -> bool {
        !self.globals.json && !is_dumb() && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Colours a text for standard output.
    pub(crate) fn out(self, style: Style, text: &str) -> String {
        painted(self.colours_out, style, text)
    }

    /// Colours a text for standard error.
    pub(crate) fn err(self, style: Style, text: &str) -> String {
        painted(self.colours_err, style, text)
    }

    /// Writes results to standard output.
    pub(crate) fn print(self, text: impl AsRef<[u8]>) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(text.as_ref())
            .and_then(|()| stdout.flush())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Failure::unread(),
                _ => Failure::runtime(format_args!("cannot write to standard output: {error}")),
            })
    }

    /// Writes a result as one line of JSON to standard output.
    pub(crate) fn print_json(self, value: &impl Serialize) -> Result<(), Failure> {
        let line = one_line(value).map_err(|error| {
            Failure::runtime(format_args!("cannot be written as JSON: {error}"))
        })?;
        self.print(line)
    }

    /// Tells something on standard error that `--quiet` leaves out.
    pub(crate) fn tell(self, line: &str) {
        output::note(format_args!("{line}"));
    }

    /// Tells on standard error why the tool ends without success.
    pub(crate) fn fail(self, failure: &Failure) {
        #[derive(Serialize)]
        struct Told<'a> {
            error: &'a str,
            code: u8,
        }

        let error = failure.message();
        let told = match self.globals.json {
            true => {
                let code = failure.code();
                // A text and a number can be written as JSON.
                serde_json::to_string(&Told { error, code }).unwrap_or_default()
            }
            false => format!("{} {error}", self.err(WRONG, "pulsehook:")),
        };
        output::raw(&(told + "\n"));
    }
}

/// Marks what is as it should be.
pub(crate) const RIGHT: Style = AnsiColor::Green.on_default();
/// Marks what is not.
pub(crate) const WRONG: Style = AnsiColor::Red.on_default();

/// Tells whether the terminal, if there is one, can do no more than take lines.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Tells whether colours are wanted where a terminal has them.
pub(crate) fn may_be_coloured() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && !is_dumb()
}

/// Returns a text without what a terminal would obey or turn round: it may come from a request.
pub(crate) fn plain(text: &str) -> String {
    let is_plain = |letter: char| {
        let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !letter.is_control() && !turns
    };
    let letters = text.chars();
    letters
        .map(|letter| if is_plain(letter) { letter } else { '\u{fffd}' })
        .collect()
}

fn painted(colours: bool, style: Style, text: &str) -> String {
    match colours {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    }
}
