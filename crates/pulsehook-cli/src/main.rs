#![doc = include_str!("../README.md")]

use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};

mod client;
mod config;
mod demo;
mod diagnose;
mod edit;
mod endpoint;
mod explain;
mod failure;
mod output;
mod providers;
mod request;
mod samples;
mod secrets;
mod send;
mod serve;
mod server;
mod sign;
mod subject;
mod tamper;
mod ui;
mod undecodable;

use crate::failure::Failure;

const EXAMPLE: &str = "\
Example:
  pulsehook demo

Exit codes:
  0  ended as told          3  bad configuration
  1  failed while running   4  cannot listen on the address
  2  bad usage";

/// Says how to use `serve`, in as few lines as a screen has.
fn serve_example() -> String {
    let names = providers::ALL.iter().map(|entry| entry.name);
    let others: Vec<_> = names.filter(|name| *name != "metriport").collect();
    format!(
        "\
Each delivery is one JSON line on standard output, written before the provider
is answered 200. Standard error says why requests were refused.

Example:
  METRIPORT_WEBHOOK_KEY=... pulsehook serve --config pulsehook.toml
  where pulsehook.toml holds
    listen = \"127.0.0.1:8787\"
    # optional: body_memory = \"1 GiB\", for the bodies of all requests
    [[endpoint]]
    path = \"/hooks/metriport\"
    provider = \"metriport\" # or: {}
    keys = [{{ env = \"METRIPORT_WEBHOOK_KEY\" }}] # or: {{ file = \"PATH\" }}
    # like keys, for senders that do not sign: url_secrets, authorization
    # optional: label, body_limit = \"8 MiB\", tolerance = \"5m\"

Exit codes: 0 ended by a signal, 1 failed while running or cut requests off,
            2 bad usage, 3 bad configuration, 4 cannot listen on the address",
        others.join(", ")
    )
}

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
    /// Receive webhooks at the endpoints of a configuration file
    #[command(after_help = serve_example())]
    Serve(serve::Options),
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
    /// Send good and bad requests to an own receiver, and show the outcomes
    #[command(after_help = DEMO_EXAMPLE)]
    Demo,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => discreet(error).exit(),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(Failure::runtime(error))),
    };
    let ui = ui::Ui::new(arguments.globals);
    let result = runtime.block_on(async {
        match arguments.verb {
            Verb::Serve(options) => serve::run(options).await,
            Verb::Samples(options) => samples::run(options, ui).await,
            Verb::Sign(options) => sign::run(*options, ui).await,
            Verb::Send(options) => send::run(*options, ui).await,
            Verb::Demo => demo::run().await,
        }
    });
    // What is left has had its time; nothing may hold the process up.
    runtime.shutdown_background();
    end(result)
}

/// Takes out of an error what may be a secret: an argument too many that is no option.
fn discreet(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg)
        && error.kind() == ErrorKind::UnknownArgument
        && !argument.starts_with('-')
    {
        error.insert(
            ContextKind::InvalidArg,
            ContextValue::String("…".to_owned()),
        );
    }
    error
}

/// How long the last notes wait for a reader.
const LAST_NOTES: Duration = Duration::from_secs(1);

fn end(result: Result<(), Failure>) -> ExitCode {
    let code = match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(format_args!("pulsehook: {}", failure.message()));
            failure.exit_code()
        }
    };
    output::flush(LAST_NOTES);
    code
}
