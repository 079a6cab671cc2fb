//! `pulsehook send`: signed deliveries to one URL, as the provider would send them.

use std::str::FromStr;
use std::time::Duration;

use crate::arguments;
use crate::client::Client;
use crate::config::{counted, parse_duration};
use crate::endpoint::Judged;
use crate::failure::Failure;
use crate::providers::delivering::Retries;
use crate::providers::{Entry, Message};
use crate::samples::chosen::{Chosen, MessageOptions};
use crate::secrets::UrlPlace;
use crate::sign::{check_stdin, moment};
use crate::subject::{self, SecretOptions, Subject};
use crate::tamper::{Good, Kind};
use crate::ui::Ui;

mod run;
mod summary;
pub(crate) mod target;

use self::run::{Pace, Plan};
use self::target::Target;

/// The most deliveries of one run, copies included.
const MOST: u64 = 1_000_000;
/// The most memory for the bodies that are sent at the same time.
const MOST_MEMORY: usize = 1 << 30;

/// What `send` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[arg(hide = true)]
    provider: String,
    #[command(flatten)]
    message: MessageOptions,
    /// Endpoint [default: that of the file]
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Send every sample
    #[arg(long, conflicts_with_all = ["sample", "body"])]
    all: bool,
    /// Spoil deliveries; `list` names the ways
    #[arg(long, value_name = "KIND", conflicts_with = "retry")]
    tamper: Option<String>,
    /// Send so many, with ids of their own
    #[arg(long, value_name = "N", value_parser = arguments::count(MOST))]
    repeat: Option<u64>,
    /// Send each delivery twice, identically
    #[arg(long)]
    duplicate: bool,
    /// Send no more than so many, e.g. 50/s
    #[arg(long, value_name = "RATE")]
    rate: Option<Rate>,
    /// Send so many at a time (up to 256)
    #[arg(long, value_name = "N", value_parser = arguments::count(256))]
    parallel: Option<u64>,
    /// Try again as it does, N times as fast
    #[arg(
        id = "retry",
        long = "retry-like-provider",
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1"
    )]
    retry: Option<Factor>,
    /// Wait so long [default: as it does]
    #[arg(long, value_name = "TIME")]
    timeout: Option<Patience>,
    #[command(flatten)]
    secrets: SecretOptions,
}

/// Deliveries a second.
#[derive(Clone, Copy, Debug)]
struct Rate(f64);

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NEITHER: &str = "write it as 50/s, 30/m or 100/h; at most 10000/s";
        let (number, seconds) = match text.split_once('/') {
            None | Some((_, "s")) => (text.trim_end_matches("/s"), 1.0),
            Some((number, "m")) => (number, 60.0),
            Some((number, "h")) => (number, 3_600.0),
            Some(_) => return Err(NEITHER),
        };
        let number: f64 = number.parse().map_err(|_| NEITHER)?;
        let rate = number / seconds;
        match (0.0001..=10_000.0).contains(&rate) {
            true => Ok(Self(rate)),
            false => Err(NEITHER),
        }
    }
}

/// By what the provider's waits are divided.
#[derive(Clone, Copy, Debug)]
struct Factor(f64);

impl FromStr for Factor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(factor) if (1.0..=1e9).contains(&factor) => Ok(Self(factor)),
            _ => Err("give a number from 1 to 1000000000, by which the waits are divided"),
        }
    }
}

/// How long an answer is waited for.
#[derive(Clone, Copy, Debug)]
struct Patience(Duration);

impl FromStr for Patience {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match parse_duration(text) {
            Some(time) if time <= Duration::from_secs(3_600) => Ok(Self(time)),
            _ => Err("write it as 5s or 500ms; at most 1h"),
        }
    }
}

/// Sends deliveries, and tells what came back.
pub(crate) async fn run(options: Options, ui: Ui) -> Result<(), Failure> {
    // Without its `=`, the number is taken for what stands next.
    let is_number = |text: &str| text.parse::<Factor>().is_ok();
    let sample = options.message.sample();
    if options.retry.is_some() && (is_number(&options.provider) || sample.is_some_and(is_number)) {
        return Err(Failure::usage(
            "the number of --retry-like-provider follows a `=`: write --retry-like-provider=N",
        ));
    }
    let entry = subject::provider(&options.provider)?;
    check_stdin(&options.message, &options.secrets)?;
    let kind = match options.tamper.as_deref() {
        None => None,
        Some("list") => Some(Way::List),
        Some(name) => Some(Way::Of(Kind::named(name)?)),
    };
    let subject = options.secrets.subject(entry)?;
    let mut messages = match options.all {
        true => taken(options.message.all(entry)?, &subject, ui)?,
        false => vec![options.message.one(entry)?],
    };
    let tamper = match kind {
        Some(Way::List) => return list_kinds(&messages, &subject, ui),
        Some(Way::Of(kind)) => {
            messages = spoilable(messages, kind, &subject, options.all, ui)?;
            Some(kind)
        }
        None => None,
    };
    let target = Target::of(options.to.as_deref(), &subject)?;
    if !options.all && !options.message.names_one() {
        let name = messages.first().map_or("", |message| message.name);
        ui.tell(&format!(
            "sends the sample {name}; `pulsehook samples {}` lists others",
            entry.name
        ));
    }
    let plan = plan(&options, entry, subject, messages, tamper, target)?;
    tell(&options, &plan, ui);
    run::run(plan, ui).await
}

/// What `--tamper` asks for.
enum Way {
    List,
    Of(Kind),
}

fn plan(
    options: &Options,
    entry: &'static Entry,
    subject: Subject,
    messages: Vec<Chosen>,
    tamper: Option<Kind>,
    target: Target,
) -> Result<Plan, Failure> {
    let repeat = options.repeat.unwrap_or(1);
    let parallel = usize::try_from(options.parallel.unwrap_or(1)).unwrap_or(1);
    let copies = if options.duplicate { 2 } else { 1 };
    let deliveries = repeat.saturating_mul(messages.len() as u64);
    if deliveries.saturating_mul(copies) > MOST {
        return Err(Failure::usage(format_args!(
            "that is more than {MOST} deliveries; lower --repeat, and start again for more"
        )));
    }
    let largest = messages.iter().map(|message| message.body().len()).max();
    if largest.unwrap_or(0).saturating_mul(parallel) > MOST_MEMORY {
        return Err(Failure::usage(
            "bodies that large, so many at a time, take more than 1 GiB; lower --parallel",
        ));
    }
    let retries = match (&options.retry, &entry.delivering.retries) {
        (Some(Factor(factor)), Retries::After(waits, _)) => Some((*waits, *factor)),
        _ => None,
    };
    Ok(Plan {
        entry,
        secrets: subject.endpoint.configured.secrets,
        target,
        messages,
        has_own_ids: options.repeat.is_some(),
        deliveries,
        copies,
        tamper,
        retries,
        timeout: options.timeout.map(|Patience(time)| time),
        pace: Pace {
            rate: options.rate.map(|Rate(rate)| rate),
            parallel,
        },
        client: Client::new(Duration::from_secs(30)).map_err(Failure::runtime)?,
    })
}

/// Tells what the provider does otherwise than one might think.
fn tell(options: &Options, plan: &Plan, ui: Ui) {
    let entry = plan.entry;
    if options.retry.is_some() {
        let (Retries::Never(told) | Retries::After(_, told)) = entry.delivering.retries;
        ui.tell(told);
    }
    if options.repeat.is_some_and(|times| times > 1) && !plan.gives_ids() {
        ui.tell(&format!(
            "{} sends no ids with this message: every repetition says the same",
            entry.title
        ));
    }
    let secrets = &plan.secrets;
    if plan.target.is_open() && (secrets.in_header.is_some() || secrets.in_url.is_some()) {
        ui.tell(
            "warning: http:// shows the secret to everyone on the way; use https:// beyond this \
             machine",
        );
    }
    if let Some(in_url) = &secrets.in_url
        && in_url.place == UrlPlace::Path
    {
        ui.tell("the secret is added to the URL as the last segment of its path");
    }
}

/// Leaves out messages that the endpoint does not take without an option that it has not.
fn taken(messages: Vec<Chosen>, subject: &Subject, ui: Ui) -> Result<Vec<Chosen>, Failure> {
    let receiver = subject.endpoint.configured.receiver(subject.settings());
    let receiver = receiver.map_err(Failure::config)?;
    let moment = moment(None, None)?;
    let secrets = &subject.endpoint.configured.secrets;
    let mut taken = Vec::with_capacity(messages.len());
    for chosen in messages {
        if let Some(option) = chosen.needs {
            let request = (subject.entry.sign)(secrets, chosen.message.clone(), &moment);
            if let Judged::Refused(error) = receiver.judge(&request, None)
                && matches!(error.rule(), "unsupported-media-type" | "undecodable")
            {
                ui.tell(&format!(
                    "leaves out {}: the endpoint has not the option {option}; name the sample to \
                     send it all the same",
                    chosen.name
                ));
                continue;
            }
        }
        taken.push(chosen);
    }
    Ok(taken)
}

/// Shows each message, signed, to a function.
fn each_signed<T>(
    messages: &[Chosen],
    subject: &Subject,
    mut show: impl FnMut(&Chosen, Good<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let moment = moment(None, None)?;
    let (entry, secrets) = (subject.entry, &subject.endpoint.configured.secrets);
    let mut shown = Vec::with_capacity(messages.len());
    for chosen in messages {
        let request = (entry.sign)(secrets, chosen.message.clone(), &moment);
        let good = Good {
            entry,
            secrets,
            message: &chosen.message,
            moment: &moment,
            request: &request,
        };
        shown.push(show(chosen, good)?);
    }
    Ok(shown)
}

/// Prints the ways to spoil these messages.
fn list_kinds(messages: &[Chosen], subject: &Subject, ui: Ui) -> Result<(), Failure> {
    let lists = each_signed(messages, subject, |_, good| good.kinds())?;
    let mut kinds = Vec::new();
    for kind in lists.into_iter().flatten() {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        return Err(Failure::usage(
            "nothing proves this message, so nothing can be spoilt",
        ));
    }
    let mut text = String::new();
    for (name, what) in kinds {
        if ui.is_json() {
            ui.print_json(&serde_json::json!({ "kind": name, "what": what }))?;
        } else {
            text.push_str(&format!("{name:<12} {what}\n"));
        }
    }
    ui.print(text)
}

/// Checks that messages can be spoilt so; of all samples, keeps those that can.
fn spoilable(
    messages: Vec<Chosen>,
    kind: Kind,
    subject: &Subject,
    is_all: bool,
    ui: Ui,
) -> Result<Vec<Chosen>, Failure> {
    let mut first = None;
    let mut left_out = 0_usize;
    let kept = each_signed(&messages, subject, |chosen, good| {
        Ok(match good.spoilt(kind) {
            Ok(_) => Some(chosen.clone()),
            Err(failure) if !is_all => return Err(failure),
            Err(failure) => {
                left_out += 1;
                first.get_or_insert(failure);
                None
            }
        })
    })?;
    let kept: Vec<_> = kept.into_iter().flatten().collect();
    if let (true, Some(failure)) = (kept.is_empty(), first) {
        return Err(failure);
    }
    if left_out > 0 {
        ui.tell(&format!(
            "leaves out {} to which --tamper {} does not apply",
            counted(left_out, "sample"),
            kind.name()
        ));
    }
    Ok(kept)
}

/// Returns what is to be sent instead of a message that has ids.
fn with_own_ids(entry: &Entry, message: &Message) -> Result<Option<Message>, Failure> {
    let Message::Body(body) = message else {
        return Ok(None);
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(Failure::runtime)?;
    let ids = crate::providers::delivering::NewIds(random);
    let body = (entry.delivering.with_own_ids)(body, &ids);
    Ok(body.map(|body| Message::Body(body.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_a_second_a_minute_or_an_hour() {
        for (text, per_hour) in [
            ("50", Some(180_000)),
            ("50/s", Some(180_000)),
            ("30/m", Some(1_800)),
            ("100/h", Some(100)),
            ("10000/s", Some(36_000_000)),
            ("10001/s", None),
            ("0", None),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("5/d", None),
            ("/m", None),
        ] {
            let rate = text.parse().ok();
            let rate = rate.map(|Rate(rate)| format!("{:.3}", rate * 3_600.0));
            let expected = per_hour.map(|rate: u32| format!("{rate}.000"));
            assert_eq!(rate, expected, "{text}");
        }
    }
}
