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
mod output;
mod providers;
mod recorded;
mod request;
mod secrets;
mod serve;
mod server;
mod subject;
mod ui;
mod undecodable;
mod verify;

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
    /// Judge a recorded request, and explain what would make it pass
    #[command(after_help = VERIFY_EXAMPLE)]
    Verify(verify::Options),
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
    let ui = ui::Ui::new(arguments.globals);
    let result = runtime.block_on(async {
        match arguments.verb {
            Verb::Serve(options) => serve::run(options).await,
            Verb::Verify(options) => verify::run(options, ui).await,
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
