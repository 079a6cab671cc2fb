#![doc = include_str!("../README.md")]

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

mod client;
mod config;
mod demo;
mod diagnose;
mod endpoint;
mod explain;
mod failure;
mod monitor;
mod output;
mod providers;
mod request;
mod secrets;
mod serve;
mod server;
mod subject;
mod tail;
mod ui;
mod undecodable;
mod watch;

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
  METRIPORT_WEBHOOK_KEY=... pulsehook serve --watch --config pulsehook.toml
  where pulsehook.toml holds
    [[endpoint]]
    path = \"/hooks/metriport\"
    provider = \"metriport\" # or: {}
    keys = [{{ env = \"METRIPORT_WEBHOOK_KEY\" }}] # or: {{ file = \"PATH\" }}
    # or: url_secrets, authorization; optional: label, body_limit, tolerance

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

const DEMO_EXAMPLE: &str = "\
Starts a receiver on a free port of this machine, sends it requests of every
provider over HTTP, and prints what came of each. Keys are made up for the run.

Example:
  pulsehook demo

Exit codes: 0 all is as documented, 1 something is not (marked in the table)";

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
    /// Follow the requests of a running `serve --watch`
    #[command(after_help = TAIL_EXAMPLE)]
    Tail(tail::Options),
    /// Send good and bad requests to an own receiver, and show the outcomes
    #[command(after_help = DEMO_EXAMPLE)]
    Demo,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(Failure::runtime(error))),
    };
    let result = runtime.block_on(async {
        let ui = ui::Ui::new(arguments.globals);
        match arguments.verb {
            Verb::Serve(options) => serve::run(options).await,
            Verb::Tail(options) => tail::run(options, ui).await,
            Verb::Demo => demo::run().await,
        }
    });
    // What is left has had its time; nothing may hold the process up.
    runtime.shutdown_background();
    end(result)
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
