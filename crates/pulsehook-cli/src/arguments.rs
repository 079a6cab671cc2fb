//! Refuses bad arguments, without a word of what was given: it may be a secret.
//!
//! The argument parser's own messages repeat arguments. Here, only names that the command itself
//! knows are told.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use crate::failure::Failure;

/// Why secrets are not taken, whoever says it.
pub(crate) const WHY_NOT: &str = "other programs can read the command line, and shells keep it";

/// Says what is wrong with arguments that the parser refused.
pub(crate) fn refused(error: &Error, command: &Command, arguments: &[OsString]) -> Failure {
    let command = named_verb(command, arguments);
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
pub(crate) fn is_secret_name(name: &str) -> bool {
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
    ];
    words.iter().any(|word| name.contains(word))
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

/// Returns why a value was refused, in the words of what read it, without the value.
fn reason(error: &Error) -> String {
    const NOT_TOLD: &str = "the value is not as it should be";
    let source = std::error::Error::source(error);
    let Some(source) = source.map(ToString::to_string) else {
        return NOT_TOLD.to_owned();
    };
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
