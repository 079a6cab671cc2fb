//! The message that a verb signs or sends: a sample or a file, with edits.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use pulsehook_axum::bytes::Bytes;

use super::{Sample, find};
use crate::edit::Edit;
use crate::failure::Failure;
use crate::providers::{Entry, Message};

/// Which message it is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct MessageOptions {
    /// One of `pulsehook samples PROVIDER` [default: its first]
    #[arg(hide = true, conflicts_with = "body")]
    sample: Option<String>,
    /// Body from this file, or - (stdin)
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Set a member, e.g. meta.data.x='"A-17"'
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

/// A message that was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    /// The sample's name, or that a file has it.
    pub(crate) name: &'static str,
    pub(crate) message: Message,
    /// The option without which an endpoint does not take it.
    pub(crate) needs: Option<&'static str>,
    /// The file that holds the body as it is.
    pub(crate) file: Option<PathBuf>,
}

/// The largest body.
const MOST_BODY: u64 = 64 * 1024 * 1024;

impl MessageOptions {
    /// Tells whether a sample or a file is named.
    pub(crate) fn names_one(&self) -> bool {
        self.sample.is_some() || self.body.is_some()
    }

    /// Returns the sample's name that was given.
    pub(crate) fn sample(&self) -> Option<&str> {
        self.sample.as_deref()
    }

    /// Tells whether the body comes from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.body.as_deref() == Some(Path::new("-"))
    }

    /// Returns the message that is named, or a usual one.
    pub(crate) fn one(&self, entry: &'static Entry) -> Result<Chosen, Failure> {
        let chosen = match (&self.body, &self.sample) {
            (Some(file), _) => from_file(file)?,
            (None, Some(name)) => Chosen::of(find(entry, name)?),
            (None, None) => match entry.samples.first() {
                Some(sample) => Chosen::of(sample),
                None => return Err(Failure::usage("name a body with --body FILE")),
            },
        };
        self.edited(chosen)
    }

    /// Returns all samples of a provider.
    pub(crate) fn all(&self, entry: &'static Entry) -> Result<Vec<Chosen>, Failure> {
        if !self.set.is_empty() {
            return Err(Failure::usage(
                "--set edits one message, and the samples of --all differ; name one sample",
            ));
        }
        Ok(entry.samples.iter().map(Chosen::of).collect())
    }

    fn edited(&self, mut chosen: Chosen) -> Result<Chosen, Failure> {
        for edit in &self.set {
            let Message::Body(body) = &chosen.message else {
                return Err(Failure::usage("--set: this message has no body to edit"));
            };
            let edited = Edit::parse(edit).and_then(|edit| edit.apply(body));
            let edited = edited.map_err(|error| Failure::usage(format_args!("--set: {error}")))?;
            chosen.message = Message::Body(Bytes::from(edited));
            chosen.file = None;
        }
        Ok(chosen)
    }
}

impl Chosen {
    fn of(sample: &'static Sample) -> Self {
        Self {
            name: sample.name,
            message: sample.message(),
            needs: sample.needs,
            file: None,
        }
    }

    /// Returns the body, before the provider compresses it.
    pub(crate) fn body(&self) -> &[u8] {
        match &self.message {
            Message::Body(body) => body,
            Message::Probe => &[],
        }
    }
}

fn from_file(file: &Path) -> Result<Chosen, Failure> {
    let is_stdin = file == Path::new("-");
    let named = match is_stdin {
        true => "standard input".to_owned(),
        false => file.display().to_string(),
    };
    let mut body = Vec::new();
    let read = match is_stdin {
        true => std::io::stdin()
            .lock()
            .take(MOST_BODY + 1)
            .read_to_end(&mut body),
        false => std::fs::File::open(file)
            .and_then(|opened| opened.take(MOST_BODY + 1).read_to_end(&mut body)),
    };
    read.map_err(|error| {
        Failure::config(format_args!(
            "--body: {named} cannot be read: {error}; name a file that is there, or - for \
             standard input"
        ))
    })?;
    if body.len() as u64 > MOST_BODY {
        return Err(Failure::config(format_args!(
            "--body: {named} is larger than 64 MiB, and no provider sends that much"
        )));
    }
    Ok(Chosen {
        name: "body",
        message: Message::Body(Bytes::from(body)),
        needs: None,
        file: (!is_stdin).then(|| file.to_owned()),
    })
}
