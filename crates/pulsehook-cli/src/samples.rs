//! `pulsehook samples`: one message of each kind that the providers send.

use std::fmt::Write as _;

use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::signature::encode_base64;
use serde::Serialize;

use crate::failure::Failure;
use crate::providers::{self, Entry, Message};
use crate::subject;
use crate::ui::Ui;

pub(crate) mod chosen;

/// A message as a provider sends it; all its values are made up.
#[derive(Debug)]
pub(crate) struct Sample {
    /// The message's type on the wire where it has one.
    pub(crate) name: &'static str,
    /// What the message tells, in one line.
    pub(crate) meaning: &'static str,
    content: Content,
    /// The types that it is decoded to.
    pub(crate) events: &'static [&'static str],
    /// What an endpoint answers, where the message only probes it.
    pub(crate) reply: Option<&'static str>,
    /// The option without which an endpoint does not take it.
    pub(crate) needs: Option<&'static str>,
}

#[derive(Debug)]
enum Content {
    Body(&'static [u8]),
    Probe,
}

impl Sample {
    /// Starts with a message whose only event has its name.
    pub(crate) const fn new(
        name: &'static str,
        meaning: &'static str,
        body: &'static [u8],
        events: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            meaning,
            content: Content::Body(body),
            events,
            reply: None,
            needs: None,
        }
    }

    /// Makes a request that only probes the endpoint and has no body.
    pub(crate) const fn probe(name: &'static str, meaning: &'static str) -> Self {
        Self {
            content: Content::Probe,
            ..Self::new(name, meaning, b"", &["probe"]).answered("")
        }
    }

    /// Says what an endpoint answers.
    pub(crate) const fn answered(mut self, reply: &'static str) -> Self {
        self.reply = Some(reply);
        self
    }

    /// Says without which option an endpoint does not take the message.
    pub(crate) const fn needing(mut self, option: &'static str) -> Self {
        self.needs = Some(option);
        self
    }

    /// Returns the body, before the provider compresses it; `None` for a probe.
    pub(crate) fn body(&self) -> Option<&'static [u8]> {
        match self.content {
            Content::Body(body) => Some(body),
            Content::Probe => None,
        }
    }

    /// Returns what is to be sent.
    pub(crate) fn message(&self) -> Message {
        match self.content {
            Content::Body(body) => Message::Body(Bytes::from_static(body)),
            Content::Probe => Message::Probe,
        }
    }
}

/// Includes a sample as it goes over the wire: its path without the extension, in parts, and the
/// extension where it is not `.json`.
macro_rules! sample {
    ($($path:literal),+; $extension:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/samples/",
            $($path,)+
            $extension
        ))
        .trim_ascii_end()
    };
    ($($path:literal),+) => {
        sample!($($path),+; ".json")
    };
}

pub(crate) use sample;

/// What `samples` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Provider whose samples are listed [default: all]
    provider: Option<String>,
    /// Sample whose body is printed, as it is
    sample: Option<String>,
}

/// Lists samples, or prints the body of one.
pub(crate) async fn run(options: Options, ui: Ui) -> Result<(), Failure> {
    let Some(provider) = &options.provider else {
        return list(const { &providers::ALL }, ui);
    };
    let entry = subject::provider(provider)?;
    match &options.sample {
        None => list(std::slice::from_ref(entry), ui),
        Some(name) => print_one(entry, find(entry, name)?, ui),
    }
}

/// Finds a sample by the name that was given.
pub(crate) fn find(entry: &Entry, name: &str) -> Result<&'static Sample, Failure> {
    let mut samples = entry.samples.iter();
    samples.find(|sample| sample.name == name).ok_or_else(|| {
        Failure::usage(format_args!(
            "{} has no such sample; `pulsehook samples {}` lists them, and --body FILE takes any \
             other message",
            entry.title, entry.name
        ))
    })
}

/// A sample as a line of JSON.
#[derive(Serialize)]
struct Row<'a> {
    provider: &'a str,
    name: &'a str,
    meaning: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<&'a str>,
    #[serde(flatten)]
    body: Option<Text>,
}

/// A body in JSON: as text, or as base64 where it is none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Text {
    Body(String),
    BodyBase64(String),
}

impl Text {
    pub(crate) fn of(body: &[u8]) -> Self {
        match std::str::from_utf8(body) {
            Ok(text) => Self::Body(text.to_owned()),
            Err(_) => Self::BodyBase64(encode_base64(body)),
        }
    }
}

impl<'a> Row<'a> {
    fn of(entry: &'a Entry, sample: &'a Sample) -> Self {
        Self {
            provider: entry.name,
            name: sample.name,
            meaning: sample.meaning,
            needs: sample.needs,
            body: None,
        }
    }
}

fn list(entries: &[Entry], ui: Ui) -> Result<(), Failure> {
    let rows = entries
        .iter()
        .flat_map(|entry| entry.samples.iter().map(move |sample| (entry, sample)));
    if ui.is_json() {
        for (entry, sample) in rows {
            ui.print_json(&Row::of(entry, sample))?;
        }
        return Ok(());
    }
    let width = rows.map(|(_, sample)| sample.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (number, entry) in entries.iter().enumerate() {
        let gap = if number > 0 { "\n" } else { "" };
        let heading = ui.out(anstyle::Style::new().bold(), entry.name);
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{gap}{heading} ({})", entry.title);
        for sample in entry.samples {
            let needs = match sample.needs {
                Some(option) => format!(" (needs {option})"),
                None => String::new(),
            };
            let _ = writeln!(text, "  {:<width$}  {}{needs}", sample.name, sample.meaning);
        }
    }
    ui.print(text)
}

fn print_one(entry: &Entry, sample: &Sample, ui: Ui) -> Result<(), Failure> {
    let body = sample.body();
    if ui.is_json() {
        return ui.print_json(&Row {
            body: body.map(Text::of),
            ..Row::of(entry, sample)
        });
    }
    match body {
        Some(body) => ui.print(body),
        None => {
            ui.tell("this message is a HEAD request and has no body");
            Ok(())
        }
    }
}
