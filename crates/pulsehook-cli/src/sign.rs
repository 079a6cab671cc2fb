//! `pulsehook sign`: a message signed as the provider would, and written down.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pulsehook_axum::jiff::Timestamp;

use crate::demo::kit::random_digits;
use crate::failure::Failure;
use crate::providers::{Entry, Moment};
use crate::request::Request;
use crate::samples::chosen::MessageOptions;
use crate::send::target::Target;
use crate::subject::{self, SecretOptions, Subject};
use crate::tamper::{Good, Kind};
use crate::ui::Ui;

mod format;

pub(crate) use self::format::Format;

/// What `sign` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[arg(hide = true)]
    provider: String,
    #[command(flatten)]
    message: MessageOptions,
    /// Sign at this time: RFC 3339 or Unix (ms or s)
    #[arg(long, value_name = "TIME")]
    at: Option<At>,
    /// Use this nonce, where the provider sends one
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,
    /// Spoil it in one way, as `send --tamper` does
    #[arg(long, value_name = "KIND")]
    tamper: Option<String>,
    /// plain (default), curl, curl-secrets, http, json
    #[arg(long, value_enum, hide_possible_values = true)]
    format: Option<Format>,
    /// Endpoint [default: that of the file]
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Write the body, as it was signed, to FILE
    #[arg(long, value_name = "FILE")]
    write_body: Option<PathBuf>,
    #[command(flatten)]
    secrets: SecretOptions,
}

/// A time that was given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At(SystemTime);

impl FromStr for At {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NEITHER: &str =
            "write it as 2026-02-03T04:05:06Z, or in seconds or milliseconds since 1970";
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let number: u64 = text.parse().map_err(|_| NEITHER)?;
            let since = match text.len() {
                ..=11 => Duration::from_secs(number),
                12..=14 => Duration::from_millis(number),
                _ => return Err(NEITHER),
            };
            return UNIX_EPOCH.checked_add(since).map(Self).ok_or(NEITHER);
        }
        let timestamp: Timestamp = text.parse().map_err(|_| NEITHER)?;
        Ok(Self(timestamp.into()))
    }
}

/// Returns when a message is signed, and with which nonce.
pub(crate) fn moment(at: Option<At>, nonce: Option<&str>) -> Result<Moment, Failure> {
    let nonce = match nonce {
        Some(nonce) => nonce.to_owned(),
        None => random_digits(18).map_err(Failure::runtime)?,
    };
    Ok(Moment {
        at: at.map_or_else(SystemTime::now, |At(at)| at),
        nonce,
    })
}

/// The longest nonce.
const MOST_NONCE: usize = 128;

/// Signs a message and prints it.
pub(crate) async fn run(options: Options, ui: Ui) -> Result<(), Failure> {
    let entry = subject::provider(&options.provider)?;
    if let Some(nonce) = &options.nonce
        && (nonce.is_empty()
            || nonce.len() > MOST_NONCE
            || !nonce.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        return Err(Failure::usage(format_args!(
            "--nonce: give 1 to {MOST_NONCE} letters, digits and signs of ASCII"
        )));
    }
    let format = match (ui.is_json(), options.format) {
        (true, None | Some(Format::Json)) => Format::Json,
        (true, Some(_)) => {
            return Err(Failure::usage(
                "--json is --format json; leave out one of --json and --format",
            ));
        }
        (false, format) => format.unwrap_or(Format::Plain),
    };
    check_stdin(&options.message, &options.secrets)?;
    let tamper = options.tamper.as_deref().map(Kind::named).transpose()?;
    let subject = options.secrets.subject(entry)?;
    let chosen = options.message.one(entry)?;
    if !options.message.names_one() {
        ui.tell(&format!(
            "signs the sample {}; `pulsehook samples {}` lists others",
            chosen.name, entry.name
        ));
    }
    let moment = moment(options.at, options.nonce.as_deref())?;
    let secrets = &subject.endpoint.configured.secrets;
    let request = (entry.sign)(secrets, chosen.message.clone(), &moment);
    check_moment(&options, entry, &request)?;
    let request = match tamper {
        None => request,
        Some(kind) => Good {
            entry,
            secrets,
            message: &chosen.message,
            moment: &moment,
            request: &request,
        }
        .spoilt(kind)?,
    };
    let target = target(&options, &subject, format)?;
    if let Some(file) = &options.write_body {
        std::fs::write(file, request.body()).map_err(|error| {
            Failure::config(format_args!(
                "--write-body: {} cannot be written: {error}; name a file in a folder that exists",
                file.display()
            ))
        })?;
    }
    let is_unchanged = request.body().as_ref() == chosen.body();
    let in_file = chosen.file.filter(|_| is_unchanged);
    let signed = format::Signed {
        request: &request,
        target: &target,
        secrets,
        body_file: options.write_body.or(in_file),
        secret_arguments: options.secrets.arguments(),
        provider: entry.name,
    };
    warn(&signed, format, is_unchanged, ui);
    match format {
        Format::Json => ui.print_json(&signed.json()),
        _ => ui.print(signed.written(format)?),
    }
}

/// Refuses a time and a nonce that the request would not carry.
fn check_moment(options: &Options, entry: &Entry, request: &Request) -> Result<(), Failure> {
    let header = entry.signature.as_ref();
    let time = header.and_then(|header| header.timestamp);
    let nonce = header.and_then(|header| header.nonce);
    for (option, is_given, header, what, instead) in [
        (
            "--at",
            options.at.is_some(),
            time,
            "time stamp",
            "; --set PATH=VALUE edits a time in the body",
        ),
        ("--nonce", options.nonce.is_some(), nonce, "nonce", ""),
    ] {
        let is_sent = header.is_some_and(|name| request.header(name).is_some());
        if is_given && !is_sent {
            return Err(Failure::usage(format_args!(
                "{option}: {} sends no header with a {what} here, so it would change nothing; \
                 leave it out{instead}",
                entry.title
            )));
        }
    }
    Ok(())
}

/// Refuses to read two things from standard input.
pub(crate) fn check_stdin(
    message: &MessageOptions,
    secrets: &SecretOptions,
) -> Result<(), Failure> {
    match message.reads_stdin() && secrets.reads_stdin() {
        true => Err(Failure::usage(
            "both the body and a secret would come from standard input; name a file for one",
        )),
        false => Ok(()),
    }
}

fn target(options: &Options, subject: &Subject, format: Format) -> Result<Target, Failure> {
    match Target::of(options.to.as_deref(), subject) {
        Ok(target) => Ok(target),
        // Where it goes matters to a command that sends it alone.
        Err(_) if options.to.is_none() && format != Format::Curl => Target::anywhere(),
        Err(failure) => Err(failure),
    }
}

/// Tells what the output alone does not.
fn warn(signed: &format::Signed<'_>, format: Format, is_unchanged: bool, ui: Ui) {
    if signed.holds_secret(format) {
        ui.tell(
            "the output holds the secret itself, since that is what the provider sends; do not \
             keep or share it",
        );
    }
    if format == Format::Plain {
        if let Some(in_url) = &signed.secrets.in_url {
            ui.tell(&format!(
                "the proof is {}, which --format http shows",
                in_url.place
            ));
        }
        if !is_unchanged && signed.body_file.is_none() {
            ui.tell(
                "the provider compresses this message; --write-body FILE keeps what was signed",
            );
        }
    }
}

/// Returns the length that a request states, where it has a body.
fn length(request: &Request) -> Option<usize> {
    (!matches!(request.method(), "HEAD" | "GET")).then(|| request.body().len())
}
