//! `pulsehook tail`: follows the requests of a running `serve --watch` in a terminal.

use std::path::PathBuf;
use std::time::Duration;

use anstyle::{AnsiColor, Effects, Style};
use reqwest::{StatusCode, Url};
use serde_json::value::RawValue;

use crate::client::Client;
use crate::failure::Failure;
use crate::serve::Signals;
use crate::subject::DEFAULT_CONFIG;
use crate::ui::{Ui, plain};
use crate::watch::file::{self, Link};
use crate::watch::{self, END, MOST_ENTRIES, Summary};

/// What `tail` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Configuration of the server [default: pulsehook.toml]
    #[arg(long, value_name = "FILE", conflicts_with = "watch_file")]
    config: Option<PathBuf>,
    /// File with the link, as given to `serve`
    #[arg(long, value_name = "FILE")]
    watch_file: Option<PathBuf>,
    /// Leave out what was accepted
    #[arg(long)]
    refused: bool,
    /// Show the requests of this endpoint only
    #[arg(long, value_name = "LABEL")]
    endpoint: Option<String>,
    /// Start with this many requests that came before
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    last: usize,
    /// Add the decoded events, which are health data
    #[arg(long)]
    events: bool,
}

/// How long the server may take to begin its answer.
const FIRST_ANSWER: Duration = Duration::from_secs(10);
/// A stream has no end of its own; the client's limit is out of reach.
const ENDLESS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Prints requests until the server ends, or a signal comes.
pub(crate) async fn run(options: Options, ui: Ui) -> Result<(), Failure> {
    let mut signals = Signals::install().map_err(Failure::runtime)?;
    tokio::select! {
        followed = follow(&options, ui) => followed,
        () = signals.received() => Ok(()),
    }
}

async fn follow(options: &Options, ui: Ui) -> Result<(), Failure> {
    let (file, link) = link(options)?;
    let client = Client::new(FIRST_ANSWER).map_err(Failure::runtime)?;
    let asked = client
        .get(events_url(&link, options))
        .timeout(ENDLESS)
        .bearer_auth(link.access)
        .send();
    let mut answer = match tokio::time::timeout(FIRST_ANSWER, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => return Err(no_server(&file)),
    };
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::SERVICE_UNAVAILABLE => {
            return Err(Failure::runtime(
                "too many already watch this server; close a page or another tail",
            ));
        }
        // The one answer of this kind: it has no such endpoint.
        StatusCode::UNPROCESSABLE_ENTITY => {
            let labels = answer.chunk().await.ok().flatten().unwrap_or_default();
            let labels = labels.get(..MOST_LABELS).unwrap_or(&labels);
            return Err(Failure::usage(format_args!(
                "--endpoint: the server has no endpoint of that label; it has {}",
                plain(&String::from_utf8_lossy(labels))
            )));
        }
        _ => {
            return Err(Failure::runtime(format_args!(
                "a server answers, but {file} holds the link of another run; name the \
                 configuration of the running server with --config, or its file with --watch-file"
            )));
        }
    }
    ui.tell("following; Ctrl-C ends");
    let mut events = Events::default();
    loop {
        let chunk = answer.chunk().await.map_err(|_| broken())?;
        let chunk = chunk.ok_or_else(broken)?;
        for event in events.push(&chunk)? {
            match event {
                Event::End => return Ok(()),
                Event::Request(json) => print(&json, options, ui)?,
            }
        }
    }
}

/// The most that is told of the labels of a server, in bytes.
const MOST_LABELS: usize = 2000;

fn broken() -> Failure {
    Failure::runtime("the connection to the server broke; see whether `pulsehook serve` still runs")
}

fn no_server(file: &str) -> Failure {
    Failure::runtime(format_args!(
        "no server answers at the link of {file}; start one with `pulsehook serve --watch`"
    ))
}

/// Returns the name of the file with the link, and the link.
fn link(options: &Options) -> Result<(String, Link), Failure> {
    let path = match (&options.watch_file, &options.config) {
        (Some(path), _) => path.clone(),
        (None, Some(config)) => file::beside(config),
        (None, None) => file::beside(DEFAULT_CONFIG.as_ref()),
    };
    let name = path.display().to_string();
    let link = Link::read(&path).map_err(|error| {
        Failure::config(format_args!(
            "{name} cannot be read: {error}; a running `pulsehook serve --watch` writes it beside \
             its configuration: start one, or name that with --config, or the file itself with \
             --watch-file"
        ))
    })?;
    match link {
        Some(link) => Ok((name, link)),
        None => Err(Failure::config(format_args!(
            "{name} holds no link to a watch page; name the file that `pulsehook serve --watch` \
             wrote"
        ))),
    }
}

fn events_url(link: &Link, options: &Options) -> Url {
    let mut url = link.url.clone();
    url.set_path("/events");
    let last = options.last.min(MOST_ENTRIES).to_string();
    let mut pairs = url.query_pairs_mut();
    pairs.clear().append_pair("last", &last);
    if options.refused {
        pairs.append_key_only("refused");
    }
    if options.events {
        pairs.append_key_only("events");
    }
    if let Some(label) = &options.endpoint {
        pairs.append_pair("endpoint", label);
    }
    drop(pairs);
    url
}

/// The most that one event holds: one line of JSON, with the decoded events.
const LONGEST_EVENT: usize = 4 << 20;

/// Takes server-sent events apart.
#[derive(Default)]
struct Events {
    line: Vec<u8>,
    name: String,
    data: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Event {
    Request(String),
    End,
}

impl Events {
    fn push(&mut self, chunk: &[u8]) -> Result<Vec<Event>, Failure> {
        let mut events = Vec::new();
        for &byte in chunk {
            if byte == b'\n' {
                events.extend(self.line());
            } else if self.line.len() < LONGEST_EVENT {
                self.line.push(byte);
            } else {
                return Err(Failure::runtime(
                    "the server sent what is too long to be an event",
                ));
            }
        }
        Ok(events)
    }

    fn line(&mut self) -> Option<Event> {
        let line = String::from_utf8_lossy(&self.line).into_owned();
        self.line.clear();
        if line.is_empty() {
            let (name, data) = (
                std::mem::take(&mut self.name),
                std::mem::take(&mut self.data),
            );
            return match (name.as_str(), data.is_empty()) {
                (END, _) => Some(Event::End),
                ("", false) => Some(Event::Request(data)),
                _ => None,
            };
        }
        match line.split_once(": ") {
            Some(("event", name)) => name.clone_into(&mut self.name),
            // Every event of this server has one line of data.
            Some(("data", data)) => data.clone_into(&mut self.data),
            _ => {}
        }
        None
    }
}

fn print(json: &str, options: &Options, ui: Ui) -> Result<(), Failure> {
    let other = |_| Failure::runtime("the server is of another version of pulsehook");
    if ui.is_json() {
        // What answers may be no server of ours.
        let json: &RawValue = serde_json::from_str(json).map_err(other)?;
        return ui.print_json(&json);
    }
    let summary: Summary = serde_json::from_str(json).map_err(other)?;
    ui.print(line(&summary, ui))?;
    match summary.events {
        Some(events) if options.events => ui.print(format!("  {}\n", plain(events.get()))),
        _ => Ok(()),
    }
}

fn line(summary: &Summary, ui: Ui) -> String {
    let is_good = matches!(summary.outcome.as_str(), "delivered" | "ping" | "probe");
    let colour = if is_good {
        AnsiColor::Green
    } else {
        AnsiColor::Red
    };
    let outcome = format!("{:<9}", plain(&summary.outcome));
    let outcome = ui.out(colour.on_default().effects(Effects::BOLD), &outcome);
    // The date is that of today, most likely.
    let time = summary.at.get(11..19).unwrap_or(&summary.at);
    let endpoint = match summary.endpoint.as_str() {
        "" => "-",
        label => label,
    };
    let mut line = format!(
        "{} {} {outcome} {}",
        ui.out(Style::new().dimmed(), &plain(time)),
        summary.status,
        plain(endpoint)
    );
    if let Some(rule) = &summary.rule {
        line.push_str(&format!(" {}", plain(rule)));
    }
    if !summary.event_types.is_empty() {
        line.push_str(&format!(" {}", plain(&summary.event_types.join(", "))));
    }
    if let Some(from) = summary.resent_from {
        line.push_str(&format!(" (resent from {from})"));
    }
    let rest = format!(" {}", watch::size(summary.bytes));
    line.push_str(&ui.out(Style::new().dimmed(), &rest));
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_however_they_are_cut() {
        let stream = b": hello\n\nid: 1\ndata: {\"a\":1}\n\n: beat\n\nid: 2\ndata: {}\n\nevent: \
                       end\ndata: {}\n\n";
        for size in 1..stream.len() {
            let mut events = Events::default();
            let found: Vec<_> = stream
                .chunks(size)
                .flat_map(|chunk| events.push(chunk).unwrap())
                .collect();
            assert_eq!(
                found,
                [
                    Event::Request("{\"a\":1}".to_owned()),
                    Event::Request("{}".to_owned()),
                    Event::End
                ]
            );
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut events = Events::default();
        assert!(events.push(&vec![b'x'; LONGEST_EVENT + 1]).is_err());
    }

    #[test]
    fn terminals_obey_nothing() {
        assert_eq!(
            plain("a\u{1b}[31mb\r\n\u{9b}c"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}\u{fffd}c"
        );
    }
}
