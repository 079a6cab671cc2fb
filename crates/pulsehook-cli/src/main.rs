#![doc = include_str!("../README.md")]

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

mod arguments;
mod check_config;
mod client;
mod completions;
mod config;
mod demo;
mod diagnose;
mod edit;
mod endpoint;
mod explain;
mod failure;
mod forward;
mod init;
mod man;
mod monitor;
mod output;
mod providers;
mod recorded;
mod request;
mod samples;
mod secrets;
mod send;
mod serve;
mod server;
mod sign;
mod subject;
mod tail;
mod tamper;
mod ui;
mod undecodable;
mod verify;
mod watch;

use crate::failure::Failure;
use crate::ui::Ui;

const EXAMPLE: &str = "\
Secrets come from variables, files or standard input, never as an argument.
Example:
  pulsehook init --all --made-up-secrets && pulsehook serve --watch

Exit codes: 0 fine, 1 failed or not accepted, 2 bad usage,
            3 bad configuration or file, 4 cannot listen on the address";

const INIT_EXAMPLE: &str = "\
Asks on a terminal; elsewhere, name providers or --all. Writes a file with
comments, which `check-config` and `serve` take as it is. It overwrites nothing
without --force, and secrets never.

Example:
  pulsehook init --provider metriport --provider withings

Exit codes: 0 written, 1 nobody answered, 2 bad usage, 3 cannot be written";

const CHECK_CONFIG_EXAMPLE: &str = "\
Reads the file and the secrets that it names, as `serve` would. Says what is
verified at each endpoint, or what is wrong, with line and column.

Example:
  pulsehook check-config pulsehook.toml

Exit codes: 0 can be served, 2 bad usage, 3 cannot";

const COMPLETIONS_EXAMPLE: &str = "\
Example:
  pulsehook completions bash > /etc/bash_completion.d/pulsehook

Exit codes: 0 printed, 1 cannot be written, 2 bad usage";

const MAN_EXAMPLE: &str = "\
Example:
  pulsehook man | man -l -

Exit codes: 0 printed or written, 1 cannot be printed, 2 bad usage,
            3 cannot be written";

/// Says how to use `serve`, in as few lines as a screen has.
fn serve_example() -> String {
    let names = providers::ALL.iter().map(|entry| entry.name);
    let others: Vec<_> = names.filter(|name| *name != "metriport").collect();
    format!(
        "\
Each delivery is one JSON line on standard output, written before it is answered
200. Standard error says why requests were refused. `init` writes the file.

Example:
  METRIPORT_WEBHOOK_KEY=... pulsehook serve --watch
  where pulsehook.toml holds
    [[endpoint]]
    path = \"/hooks/metriport\"
    provider = \"metriport\" # or: {}
    keys = [{{ env = \"METRIPORT_WEBHOOK_KEY\" }}] # or: {{ file = \"PATH\" }}

Exit codes: 0 ended by a signal, 1 failed while running or cut requests off,
            2 bad usage, 3 bad configuration, 4 cannot listen on the address",
        others.join(", ")
    )
}

const TAIL_EXAMPLE: &str = "\
Follows a `pulsehook serve --watch` of the same configuration: one line for each
request. With --events, it prints health data.

Example:
  pulsehook tail --refused --last 20

Exit codes: 0 the server ended, or Ctrl-C; 1 no server runs, or the connection
            broke; 2 bad usage; 3 no link to the server";

const VERIFY_EXAMPLE: &str = "\
Takes a raw HTTP message, the output of `curl -v`, HAR, or the JSON of `sign`.

Example:
  pulsehook verify metriport --request request.txt --secret env:METRIPORT_KEY

Exit codes: 0 valid, 1 not valid (it says why), 2 bad usage,
            3 the recording, a secret or the configuration cannot be read";

const DEMO_EXAMPLE: &str = "\
Starts a receiver on a free port of this machine, sends it requests of every
provider over HTTP, and prints what came of each. Keys are made up for the run.

Example:
  pulsehook demo

Exit codes: 0 all is as documented, 1 something is not (marked in the table)";

const SAMPLES_EXAMPLE: &str = "\
Without SAMPLE, lists names and meanings; with it, prints the body, before the
provider compresses it. All values are made up.

Example:
  pulsehook samples metriport
  pulsehook samples metriport patient.admit > admit.json

Exit codes: 0 printed, 1 cannot write, 2 no such provider or sample";

const SIGN_EXAMPLE: &str = "\
SAMPLE is one of `pulsehook samples PROVIDER`; by default its first.
curl needs the body in a file: --body FILE or --write-body FILE.
Secrets that the provider sends as they are never stand in a curl command.

Example:
  pulsehook sign metriport --body msg.json --secret env:METRIPORT_WEBHOOK_KEY
  pulsehook sign human-api data --format http | pulsehook verify ...

Exit codes: 0 signed, 1 cannot write, 2 bad usage, 3 bad secret or file";

const SEND_EXAMPLE: &str = "\
SAMPLE is one of `pulsehook samples PROVIDER`; by default its first.

Example:
  pulsehook send metriport patient.admit --set meta.data.caseId='\"A-17\"'

Exit codes: 0 all accepted (with --tamper: refused), 1 not, 2 usage, 3 config";

/// Receives health-data webhooks: verified, decoded, one JSON line each.
#[derive(Debug, Parser)]
#[command(
    name = "pulsehook",
    version,
    arg_required_else_help = true,
    after_help = EXAMPLE
)]
struct Arguments {
    #[command(flatten)]
    globals: ui::Globals,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a configuration file, with comments
    #[command(after_help = INIT_EXAMPLE)]
    Init(init::Options),
    /// Read a configuration as `serve` would, and say what it does
    #[command(after_help = CHECK_CONFIG_EXAMPLE)]
    CheckConfig(check_config::Options),
    /// Receive webhooks at the endpoints of a configuration file
    #[command(after_help = serve_example())]
    Serve(serve::Options),
    /// Follow the requests of a running `serve --watch`
    #[command(after_help = TAIL_EXAMPLE)]
    Tail(tail::Options),
    /// List the messages of the providers, or print one
    #[command(after_help = SAMPLES_EXAMPLE)]
    Samples(samples::Options),
    /// Sign a message as its provider would, and write it down
    #[command(
        override_usage = "pulsehook sign [OPTIONS] <PROVIDER> [SAMPLE]",
        after_help = SIGN_EXAMPLE
    )]
    Sign(Box<sign::Options>),
    /// Send signed messages to an endpoint, and tell what it answers
    #[command(
        override_usage = "pulsehook send [OPTIONS] <PROVIDER> [SAMPLE]",
        after_help = SEND_EXAMPLE
    )]
    Send(Box<send::Options>),
    /// Judge a recorded request, and explain what would make it pass
    #[command(after_help = VERIFY_EXAMPLE)]
    Verify(verify::Options),
    /// Send good and bad requests to an own receiver, show the outcomes
    #[command(after_help = DEMO_EXAMPLE)]
    Demo,
    /// Print a script that completes arguments in a shell
    #[command(after_help = COMPLETIONS_EXAMPLE)]
    Completions(completions::Options),
    /// Print the manual page
    #[command(after_help = MAN_EXAMPLE)]
    Man(man::Options),
}

fn main() -> ExitCode {
    let given: Vec<OsString> = std::env::args_os().collect();
    let colour = match ui::may_be_coloured() {
        true => ColorChoice::Auto,
        false => ColorChoice::Never,
    };
    let parsed = Arguments::command()
        .color(colour)
        .try_get_matches_from(&given)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return not_parsed(&error, &given),
    };
    let ui = Ui::new(arguments.globals);
    output::configure(arguments.globals);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return end(ui, Err(Failure::runtime(error))),
    };
    let result = runtime.block_on(async {
        match arguments.verb {
            Verb::Init(options) => init::run(options, ui),
            Verb::CheckConfig(options) => check_config::run(&options, ui),
            Verb::Serve(options) => serve::run(options).await,
            Verb::Tail(options) => tail::run(options, ui).await,
            Verb::Samples(options) => samples::run(options, ui).await,
            Verb::Sign(options) => sign::run(*options, ui).await,
            // These do more than print, so that an end without a word could be mistaken.
            Verb::Send(options) => send::run(*options, ui).await.map_err(Failure::told),
            Verb::Verify(options) => verify::run(options, ui).await.map_err(Failure::told),
            Verb::Demo => demo::run(ui).await.map_err(Failure::told),
            Verb::Completions(options) => completions::run(&options, Arguments::command(), ui),
            Verb::Man(options) => man::run(&options, Arguments::command(), ui),
        }
    });
    // What is left has had its time; nothing may hold the process up.
    runtime.shutdown_background();
    end(ui, result)
}

/// Answers what is asked of the argument parser, and refuses what it refuses.
fn not_parsed(error: &clap::Error, given: &[OsString]) -> ExitCode {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};

    if matches!(
        error.kind(),
        DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        // Nobody is left to tell when that fails.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
    }
    let globals = ui::Globals {
        json: given.iter().any(|argument| argument == "--json"),
        quiet: false,
    };
    let mut command = Arguments::command();
    command.build();
    let refused = arguments::refused(error, &command, given);
    end(Ui::new(globals), Err(refused))
}

/// How long the last notes wait for a reader.
const LAST_NOTES: Duration = Duration::from_secs(1);

fn end(ui: Ui, result: Result<(), Failure>) -> ExitCode {
    let code = match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_silent() {
                ui.fail(&failure);
            }
            failure.exit_code()
        }
    };
    output::flush(LAST_NOTES);
    code
}
