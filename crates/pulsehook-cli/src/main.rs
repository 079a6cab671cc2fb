//! The command `pulsehook`: receives health-data webhooks without a line of code, and shows how
//! they are judged.
//!
//! # `pulsehook serve`
//!
//! Receives at the endpoints of a configuration file. Each delivery is one JSON object on one line
//! of standard output, with the members `provider`, `endpoint`, `dedup_key`, `authenticity`,
//! `key`, `received_at` and `events`. It is written before the provider is answered 200; when it
//! cannot be written, the answer is 500 and the server ends. Standard error tells where the server
//! listens, which pings were answered, and why requests were refused. It repeats nothing of a
//! request. When nobody reads it, notes are dropped rather than requests held up; once it is read
//! again, a line tells how many.
//!
//! ```toml
//! listen = "127.0.0.1:8787"
//!
//! [[endpoint]]
//! path = "/hooks/metriport"
//! provider = "metriport"
//! keys = [{ id = "2026-11", env = "METRIPORT_WEBHOOK_KEY" }]
//!
//! [[endpoint]]
//! path = "/hooks/human-api"
//! provider = "human-api"
//! keys = [{ file = "secrets/human-api" }]
//! body_limit = "8 MiB"
//! ```
//!
//! | member | what it says | default |
//! |---|---|---|
//! | `listen` | IP address and port; `--listen` goes before it | `127.0.0.1:8787` |
//! | `body_memory` | the memory for the bodies of all requests in flight, in sizes as for `body_limit`; what goes beyond is answered 503 | `"1 GiB"` |
//! | `[[endpoint]]` | an endpoint; at least one | |
//! | `path` | the path, as it stands in the request; no patterns | must be there |
//! | `provider` | `metriport` or `human-api` | must be there |
//! | `keys` | 1 to 8 signing keys, any of which may have signed | must be there |
//! | `label` | names the endpoint in deliveries and on standard error | the provider's name, numbered where it is taken |
//! | `body_limit` | a size such as `"8 MiB"` or a number of bytes; more is answered 413 | the provider's: Metriport 32 MiB, Human API 1 MiB |
//! | `tolerance` | a span such as `"5m"` by which the signed time may differ from the clock | off |
//! | `accept_hex_signatures` | Human API: also takes base64 of the hexadecimal MAC | `false` |
//! | `danger_accept_unsigned` | Human API: takes requests without any signature header from anyone | `false` |
//! | `danger_accept_webhook_key` | Metriport: keys, as in `keys`, that are taken from the retired header `x-webhook-key` | off |
//!
//! A key is a table:
//!
//! | member | what it says | default |
//! |---|---|---|
//! | `env` | the environment variable that holds the secret | this or `file` |
//! | `file` | the file that holds the secret, from the configuration's folder on; one line end is stripped | this or `env` |
//! | `encoding` | `"text"`, `"hex"` or `"base64"` | `"text"` |
//! | `id` | names the key in deliveries; not secret | `key-1`, `key-2`, … |
//!
//! With `--undecodable DIR`, each request that is authentic and could not be decoded is kept in a
//! JSON file of its own in that folder, which only its owner can read. File and folder are synced
//! before the answer. With `danger_accept_unsigned` every request passes for authentic, so anyone
//! who reaches the endpoint can fill the folder. `--listen IP:PORT` listens there; port 0 picks a
//! free port, which standard error tells.
//!
//! A secret in the file itself is refused, and so is every member that is not known.
//!
//! The head of a request must be there within 10 seconds and its body within 30; a connection that
//! stays idle for 10 seconds is closed, and so is one whose caller takes in nothing of an answer
//! for as long. A body that was refused is read on for at most 5 seconds and 32 MiB, so that its
//! sender sees the answer and not a broken connection. At most 1024 connections are open at a time.
//! On SIGTERM and SIGINT the server takes no further connection, and gives the requests in flight
//! 10 seconds. When they need longer, or a second signal comes, it ends all the same, with exit
//! code 1. It speaks HTTP/1.1 without TLS, which a proxy in front must end.
//!
//! # `pulsehook demo`
//!
//! Starts such a receiver on a free port of this machine and sends it good and bad requests of
//! every provider. It prints what came of each, and fails when that is not what is documented.
//!
//! # Exit codes
//!
//! | code | meaning |
//! |---|---|
//! | 0 | ended as told with every request answered, or all of the demonstration is as documented |
//! | 1 | failed while running, left requests in flight unanswered at the end, or something in the demonstration is not as documented |
//! | 2 | bad usage |
//! | 3 | bad configuration |
//! | 4 | cannot listen on the address |

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

mod config;
mod demo;
mod endpoint;
mod explain;
mod failure;
mod output;
mod providers;
mod serve;
mod server;
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
    let providers: Vec<_> = providers::ALL.iter().map(|entry| entry.name).collect();
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
    provider = \"metriport\"                     # or: {}
    keys = [{{ env = \"METRIPORT_WEBHOOK_KEY\" }}] # or: {{ file = \"PATH\" }}
    # optional: label, body_limit = \"8 MiB\", tolerance = \"5m\"

Exit codes: 0 ended by a signal, 1 failed while running or cut requests off,
            2 bad usage, 3 bad configuration, 4 cannot listen on the address",
        providers.join(", ")
    )
}

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
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Receive webhooks at the endpoints of a configuration file
    #[command(after_help = serve_example())]
    Serve(serve::Options),
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
        match arguments.verb {
            Verb::Serve(options) => serve::run(options).await,
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
