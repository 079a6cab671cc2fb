//! Refuses bad arguments, without a word of what was given: it may be a secret.
//!
//! The argument parser's own messages repeat arguments. Here, only names that the command itself
//! knows are told.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use reqwest::Url;

use crate::failure::Failure;
use crate::providers;

/// Why secrets are not taken, whoever says it.
pub(crate) const WHY_NOT: &str = "other programs can read the command line, and shells keep it";

/// Says what is wrong with arguments that the parser refused.
pub(crate) fn refused(error: &Error, command: &Command, arguments: &[OsString]) -> Failure {
    let command = match error.kind() {
        // `help` takes verbs, too.
        ErrorKind::InvalidSubcommand => command,
        _ => named_verb(command, arguments),
    };
    let what = match error.kind() {
        ErrorKind::UnknownArgument => unknown(error, command, arguments),
        ErrorKind::InvalidSubcommand => {
            let verbs: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
            let suggestion = suggested(error, ContextKind::SuggestedSubcommand);
            format!(
                "there is no such verb{suggestion}; the verbs are {}",
                verbs.join(", ")
            )
        }
        ErrorKind::InvalidValue => match known(error, ContextKind::ValidValue) {
            values if values.is_empty() => {
                format!("{} needs a value", of_error(error))
            }
            values
                if values
                    .iter()
                    .eq(providers::ALL.iter().map(|entry| entry.name)) =>
            {
                format!("{}: {}", of_error(error), providers::unknown())
            }
            values => format!("{} takes one of {}", of_error(error), values.join(", ")),
        },
        ErrorKind::ValueValidation => format!("{}: {}", of_error(error), reason(error)),
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            format!("{} has more or fewer values than it takes", of_error(error))
        }
        ErrorKind::NoEquals => format!("{} needs a `=` and a value", of_error(error)),
        ErrorKind::ArgumentConflict => {
            let others = known(error, ContextKind::PriorArg);
            let first = of_error(error);
            match others.iter().all(|other| *other == first) {
                true => format!("{first} stands there more than once"),
                false => format!("{first} cannot stand beside {}", others.join(", ")),
            }
        }
        ErrorKind::MissingRequiredArgument => {
            format!("{} must be there", of_error(error))
        }
        ErrorKind::MissingSubcommand => "a verb must be there".to_owned(),
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8".to_owned(),
        _ => "the arguments are not right".to_owned(),
    };
    let name = match command.get_bin_name() {
        Some(name) => name.to_owned(),
        None => command.get_name().to_owned(),
    };
    Failure::usage(format_args!("{what}; see `{name} --help`"))
}

/// Finds the verb that the arguments name; without one, it is the command itself.
fn named_verb<'c>(command: &'c Command, arguments: &[OsString]) -> &'c Command {
    let mut named = arguments.iter().skip(1).filter_map(|text| text.to_str());
    named
        .find_map(|text| command.find_subcommand(text))
        .unwrap_or(command)
}

fn unknown(error: &Error, command: &Command, arguments: &[OsString]) -> String {
    let given = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(given)) => given.as_str(),
        _ => "",
    };
    let place = place_of(given, arguments);
    if let Some(option) = of_option(given, command, arguments) {
        return format!(
            "{place} is one too many; if it is the value of the option, write {option}"
        );
    }
    let Some(option) = given.strip_prefix('-') else {
        return format!(
            "{place} is one too many{}; it is not repeated here, as it may be a secret: {}",
            suggested(error, ContextKind::SuggestedArg),
            where_instead(command)
        );
    };
    let name = option.trim_start_matches('-');
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    if is_secret_name(name) {
        let named = match SECRET_OPTIONS.contains(&name) {
            true => format!("there is no option --{name}"),
            false => format!("{place} is no option"),
        };
        return format!("{named}: {}", where_instead(command));
    }
    let value = match has_value(given, arguments) {
        true => format!("; if that is a secret: {}", where_instead(command)),
        false => String::new(),
    };
    let suggestion = suggested(error, ContextKind::SuggestedArg);
    format!("{place} is no option of this verb{suggestion}{value}")
}

/// Writes the option out that stands before an argument, where it takes a value after `=` alone.
fn of_option(given: &str, command: &Command, arguments: &[OsString]) -> Option<String> {
    let mut pairs = arguments.windows(2).filter_map(|pair| match pair {
        [before, after] if after == given => before.to_str()?.strip_prefix("--"),
        _ => None,
    });
    pairs.find_map(|before| {
        let mut options = command.get_arguments();
        let option = options.find(|option| option.get_long() == Some(before))?;
        let name = option.get_value_names()?.first()?;
        option
            .is_require_equals_set()
            .then(|| format!("--{before}={name}"))
    })
}

/// Says what to do with a secret instead.
fn where_instead(command: &Command) -> String {
    let takes_place = command
        .get_arguments()
        .any(|argument| matches!(argument.get_long(), Some("secret")));
    let instead = match takes_place {
        true => {
            "say where it stands with --secret env:NAME, --secret file:PATH or --secret - \
                 (standard input)"
        }
        false => {
            "put it into an environment variable or a file, and name that in the \
                  configuration, as `env` or `file`; `pulsehook init` writes one"
        }
    };
    format!("a secret is never an argument, since {WHY_NOT}; {instead}")
}

/// The names under which people give secrets on command lines; they can be repeated.
const SECRET_OPTIONS: [&str; 17] = [
    "api-key",
    "auth",
    "authorization",
    "bearer",
    "client-secret",
    "credential",
    "credentials",
    "hmac-secret",
    "key",
    "keys",
    "passphrase",
    "password",
    "secret",
    "signing-key",
    "token",
    "url-secret",
    "webhook-key",
];

/// Tells whether what has this name is a secret, most likely.
fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = [
        "key",
        "secret",
        "token",
        "pass",
        "pwd",
        "auth",
        "bearer",
        "credential",
        "signature",
        "hmac",
        "jwt",
        "session",
    ];
    // Short for the same, in the URLs of clouds.
    let is_short = matches!(name.as_str(), "code" | "pw" | "sas" | "sid" | "sig");
    is_short || words.iter().any(|word| name.contains(word))
}

/// Why a URL is not taken, as a command line or a configuration has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAUrl {
    Malformed,
    Scheme,
    User,
    Fragment,
    /// A parameter has the name of a secret.
    Secret,
}

/// Reads a URL that holds no secret, as far as can be seen.
pub(crate) fn url(text: &str) -> Result<Url, NotAUrl> {
    let url = Url::parse(text).map_err(|_| NotAUrl::Malformed)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(NotAUrl::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NotAUrl::User);
    }
    if url.fragment().is_some() {
        return Err(NotAUrl::Fragment);
    }
    match url.query_pairs().any(|(name, _)| is_secret_name(&name)) {
        true => Err(NotAUrl::Secret),
        false => Ok(url),
    }
}

/// Says which of the arguments it is, by its number.
fn place_of(given: &str, arguments: &[OsString]) -> String {
    let is_it = |argument: &OsString| begins_with(argument, given);
    match arguments.iter().skip(1).position(is_it) {
        Some(before) => format!("argument {}", before + 1),
        None => "an argument".to_owned(),
    }
}

fn has_value(given: &str, arguments: &[OsString]) -> bool {
    let found = arguments.iter().find(|other| begins_with(other, given));
    found.is_some_and(|argument| argument.to_string_lossy().contains('='))
}

/// Tells whether an argument is what the parser speaks of, which leaves out `=` and a value.
fn begins_with(argument: &OsStr, given: &str) -> bool {
    let argument = argument.to_string_lossy();
    let rest = argument.strip_prefix(given);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

/// Returns the argument that the error is about, where that is one of our own.
fn of_error(error: &Error) -> String {
    match known(error, ContextKind::InvalidArg) {
        names if names.is_empty() => "an argument".to_owned(),
        names => names.join(", "),
    }
}

/// Returns names of our own from the context of an error.
fn known(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(name)) => vec![name.clone()],
        Some(ContextValue::Strings(names)) => names.clone(),
        _ => Vec::new(),
    }
}

fn suggested(error: &Error, kind: ContextKind) -> String {
    match known(error, kind) {
        names if names.is_empty() => String::new(),
        names => format!("; did you mean {}?", names.join(" or ")),
    }
}

/// Reads a whole number from 1 on.
pub(crate) fn count(most: u64) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(format!("write a whole number from 1 to {most}")),
    }
}

/// Returns why a value was refused, in the words of what read it, without the value.
fn reason(error: &Error) -> String {
    const NOT_TOLD: &str = "the value is not as it should be";
    let Some(source) = std::error::Error::source(error) else {
        return NOT_TOLD.to_owned();
    };
    // What the standard library says does not help.
    if source.is::<std::net::AddrParseError>() {
        return match of_error(error).contains(":PORT") {
            true => {
                "write an IP address and a port, as 127.0.0.1:8787 or [::1]:8787; a name such as \
                 localhost is no address"
            }
            false => "write an IP address, as 192.0.2.7 or 2001:db8::7",
        }
        .to_owned();
    }
    if source.is::<std::num::ParseIntError>() {
        return "write a whole number".to_owned();
    }
    let source = source.to_string();
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => value.as_str(),
        _ => "",
    };
    // Ranges start with the number that is out of them.
    let rest = source.strip_prefix(value).map(str::trim_start);
    let (what, text) = match rest {
        Some(rest) if !value.is_empty() && rest.starts_with("is ") => ("the value ", rest),
        _ => ("", source.as_str()),
    };
    match value.len() > 3 && text.contains(value) {
        true => NOT_TOLD.to_owned(),
        false => format!("{what}{text}"),
    }
}
