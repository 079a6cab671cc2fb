//! `pulsehook verify`: judges a recorded request, and explains.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::SystemTime;

use pulsehook_axum::jiff::Timestamp;

use crate::diagnose::{Against, Budget, Diagnosis, proofs};
use crate::endpoint::Judged;
use crate::failure::Failure;
use crate::providers::Settings;
use crate::recorded::{self, Beside, Unreadable};
use crate::subject::{self, SecretOptions};
use crate::ui::Ui;

mod report;

use self::report::Report;

/// What `verify` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The provider that the request should be of
    provider: String,
    /// The recorded request, or - for standard input
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// The body, where the recording has none
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Which of several requests, from 1 on
    #[arg(long, value_name = "N")]
    entry: Option<usize>,
    #[command(flatten)]
    secrets: SecretOptions,
    /// Time to judge by, not now: RFC 3339 or Unix
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<SystemTime>,
    /// The address that the request came from
    #[arg(long, value_name = "IP")]
    from: Option<IpAddr>,
}

/// Reads a time: RFC 3339, or Unix seconds or milliseconds by the number of digits.
fn time(text: &str) -> Result<SystemTime, &'static str> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let time = match (text.parse::<i64>(), text.len()) {
        (Ok(seconds), 1..=11) if is_number => Timestamp::from_second(seconds).ok(),
        (Ok(millis), 12..=14) if is_number => Timestamp::from_millisecond(millis).ok(),
        _ => text.parse().ok(),
    };
    time.map(SystemTime::from).ok_or(
        "a time is like 2026-02-03T04:05:06Z, or Unix seconds (up to 11 digits) or milliseconds",
    )
}

/// Judges, tells, and fails when the request is not valid.
pub(crate) async fn run(options: Options, ui: Ui) -> Result<(), Failure> {
    let entry = subject::provider(&options.provider)?;
    only_one_stdin(&options)?;
    let subject = options.secrets.subject(entry)?;
    let unreadable = |what: &'static str| {
        move |error: Unreadable| Failure::config(format_args!("{what}: {error}"))
    };
    let body = options.body.as_deref().map(recorded::read_bounded);
    let beside = Beside {
        entry: options.entry,
        body: body
            .transpose()
            .map_err(unreadable("--body"))?
            .map(Into::into),
    };
    let recording = recorded::read_bounded(&options.request).map_err(unreadable("--request"))?;
    let recorded = recorded::read(&recording, beside).map_err(unreadable("--request"))?;
    drop(recording);

    let settings = Settings {
        now: options.at,
        ..subject.settings()
    };
    let receiver = subject
        .configured()
        .receiver(settings.clone())
        .map_err(Failure::config)?;
    let mut report = Report::new(entry, &subject.endpoint.label, &recorded);
    match receiver.judge(&recorded.request, options.from) {
        Judged::Probe(reply) => report.probe(&reply),
        Judged::Delivered(delivery) => {
            let peer = options.from;
            let proofs = proofs(subject.configured(), &settings, &recorded.request, peer);
            report.delivered(&*delivery, proofs);
        }
        Judged::Refused(error) => {
            let against = Against {
                entry,
                configured: subject.configured(),
                settings,
                peer: options.from,
            };
            let diagnosis = Diagnosis::of(
                &against,
                &subject.others.iter().collect::<Vec<_>>(),
                Budget::FOR_ONE,
                &recorded.request,
            );
            report.refused(&error, diagnosis, options.from.is_none());
        }
    }
    report.print(ui)?;
    match report.failed() {
        None => Ok(()),
        Some(rule) => Err(Failure::runtime(format_args!("not valid: {rule}"))),
    }
}

/// Refuses options of which two read standard input, which can be read once.
fn only_one_stdin(options: &Options) -> Result<(), Failure> {
    let is_stdin = |file: &PathBuf| file.as_os_str() == "-";
    let all = [
        ("--request", is_stdin(&options.request)),
        ("--body", options.body.as_ref().is_some_and(is_stdin)),
        ("--secret", options.secrets.reads_stdin()),
    ];
    let reading: Vec<_> = all.iter().filter(|(_, reads)| *reads).collect();
    match reading[..] {
        [(one, _), (two, _), ..] => Err(Failure::usage(format_args!(
            "{one} and {two} cannot both be standard input; name a file for one"
        ))),
        _ => Ok(()),
    }
}
