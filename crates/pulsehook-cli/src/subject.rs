//! The endpoint that a verb works on: of a configuration file, or made of secrets that options name.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::config::{self, ConfigFile, EndpointConfig};
use crate::failure::Failure;
use crate::providers::{self, Configured, Entry, Settings};

/// Where the secrets come from; there is no way to give one on the command line itself.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct SecretOptions {
    /// File of the endpoint [pulsehook.toml]
    #[arg(long, value_name = "FILE", conflicts_with = "secrets")]
    config: Option<PathBuf>,
    /// Endpoint of the file, where it has several
    #[arg(long, value_name = "LABEL", conflicts_with = "secrets")]
    endpoint: Option<String>,
    /// Secret in env:NAME, file:PATH or - (stdin)
    #[arg(long = "secret", value_name = "[MEMBER=]WHERE")]
    secrets: Vec<SecretOption>,
    /// Their encoding: text, hex or base64
    #[arg(long, value_name = "ENCODING", requires = "secrets")]
    encoding: Option<String>,
}

/// One `--secret`: the member that it would be in a configuration, and where it stands.
#[derive(Clone)]
struct SecretOption {
    member: Option<&'static str>,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Env(String),
    File(String),
    Stdin,
}

/// The members that name secrets.
const MEMBERS: [&str; 3] = ["keys", "url_secrets", "authorization"];

/// Why a `--secret` is refused. It may hold the secret itself, and so is not repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotAPlace;

impl fmt::Display for NotAPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "other programs can read the command line, so it takes no secret, only where one \
             stands: env:NAME, file:PATH or - for standard input; before it, where the provider \
             knows several means, one of {}",
            MEMBERS.map(|member| format!("{member}=")).join(", ")
        )
    }
}

impl std::error::Error for NotAPlace {}

impl FromStr for SecretOption {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let named = MEMBERS.iter().find_map(|member| {
            let rest = text.strip_prefix(member)?.strip_prefix('=')?;
            Some((*member, rest))
        });
        let (member, place) = match named {
            Some((member, place)) => (Some(member), place),
            None => (None, text),
        };
        let place = match (place.split_once(':'), place) {
            (Some(("env", name)), _) if !name.is_empty() => Place::Env(name.to_owned()),
            (Some(("file", path)), _) if !path.is_empty() => Place::File(path.to_owned()),
            (_, "-") => Place::Stdin,
            _ => return Err(NotAPlace),
        };
        Ok(Self { member, place })
    }
}

impl fmt::Debug for SecretOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretOption")
            .field("member", &self.member)
            .finish_non_exhaustive()
    }
}

/// The endpoint that a verb works on.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) entry: &'static Entry,
    pub(crate) endpoint: EndpointConfig,
    /// Where the configuration says that it is served; `None` without a configuration.
    pub(crate) listen: Option<SocketAddr>,
    /// The other endpoints of the configuration.
    pub(crate) others: Vec<EndpointConfig>,
}

impl Subject {
    /// Returns what a receiver of this endpoint needs beside the provider.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            label: self.endpoint.label.clone(),
            body_limit: self.endpoint.body_limit,
            now: None,
        }
    }

    /// Returns provider and secrets.
    pub(crate) fn configured(&self) -> &Configured {
        &self.endpoint.configured
    }
}

/// The configuration that is read where none is named.
pub(crate) const DEFAULT_CONFIG: &str = "pulsehook.toml";

/// Finds a provider by the name that was given.
pub(crate) fn provider(name: &str) -> Result<&'static Entry, Failure> {
    providers::find(name).ok_or_else(|| Failure::usage(providers::unknown()))
}

impl SecretOptions {
    /// Tells whether an option names standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        let mut secrets = self.secrets.iter();
        secrets.any(|secret| matches!(secret.place, Place::Stdin))
    }

    /// Returns the options as they were given; they name places and hold no secret.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        if let Some(config) = &self.config {
            add("--config", config.display().to_string());
        }
        if let Some(endpoint) = &self.endpoint {
            add("--endpoint", endpoint.clone());
        }
        for secret in &self.secrets {
            let place = match &secret.place {
                Place::Env(name) => format!("env:{name}"),
                Place::File(path) => format!("file:{path}"),
                Place::Stdin => "-".to_owned(),
            };
            let member = secret.member.map(|member| format!("{member}="));
            add("--secret", member.unwrap_or_default() + &place);
        }
        if let Some(encoding) = &self.encoding {
            add("--encoding", encoding.clone());
        }
        arguments
    }

    /// Reads the endpoint of a provider, with its secrets.
    pub(crate) fn subject(&self, entry: &'static Entry) -> Result<Subject, Failure> {
        if !self.secrets.is_empty() {
            return self.of_options(entry);
        }
        match &self.config {
            Some(file) => self.of_config(entry, file),
            None if Path::new(DEFAULT_CONFIG).exists() => {
                self.of_config(entry, Path::new(DEFAULT_CONFIG))
            }
            None => Err(Failure::config(format_args!(
                "no secret is named, and there is no {DEFAULT_CONFIG} in this folder; add --secret \
                 env:NAME, --secret file:PATH or --secret - (standard input), or --config FILE; \
                 `pulsehook init` writes such a file"
            ))),
        }
    }

    fn of_config(&self, entry: &'static Entry, file: &Path) -> Result<Subject, Failure> {
        let config = ConfigFile::open(file)
            .and_then(|file| file.config())
            .map_err(Failure::config)?;
        let is_wanted = |endpoint: &EndpointConfig| {
            endpoint.provider == entry.name
                && self
                    .endpoint
                    .as_ref()
                    .is_none_or(|label| *label == endpoint.label)
        };
        let (mut wanted, others): (Vec<_>, Vec<_>) =
            config.endpoints.into_iter().partition(is_wanted);
        let file = file.display();
        match (wanted.pop(), wanted.is_empty()) {
            (Some(endpoint), true) => Ok(Subject {
                entry,
                endpoint,
                listen: Some(config.listen),
                others,
            }),
            (Some(last), false) => {
                wanted.push(last);
                let labels: Vec<_> = wanted.iter().map(|endpoint| &*endpoint.label).collect();
                Err(Failure::config(format_args!(
                    "{file} has several endpoints of {}; choose one with --endpoint: {}",
                    entry.name,
                    labels.join(", ")
                )))
            }
            (None, _) => Err(Failure::config(format_args!(
                "{file} has no such endpoint of {}; name its secrets with --secret, or add the \
                 endpoint to the file",
                entry.name
            ))),
        }
    }

    fn of_options(&self, entry: &'static Entry) -> Result<Subject, Failure> {
        let mut lists: Vec<(&str, Vec<String>)> = Vec::new();
        for (number, secret) in (1..).zip(&self.secrets) {
            let member = secret.member.unwrap_or(entry.usual_secret);
            let (kind, value) = match &secret.place {
                Place::Env(name) => ("env", name.as_str()),
                Place::File(path) => ("file", path.as_str()),
                Place::Stdin => ("file", "-"),
            };
            let encoding = match &self.encoding {
                Some(encoding) => format!(", encoding = {}", quoted(encoding)),
                None => String::new(),
            };
            let table = format!(
                "{{ id = \"secret-{number}\", {kind} = {}{encoding} }}",
                quoted(value)
            );
            match lists.iter_mut().find(|(other, _)| *other == member) {
                Some((_, tables)) => tables.push(table),
                None => lists.push((member, vec![table])),
            }
        }
        let members: String = lists
            .iter()
            .map(|(member, tables)| format!("{member} = [{}]\n", tables.join(", ")))
            .collect();
        let configured = config::configured(entry, &members).map_err(|fault| {
            let number = match fault.at.filter(|_| self.secrets.len() > 1) {
                Some(at) => number_at(&members, at),
                None => String::new(),
            };
            Failure::config(format_args!("--secret{number}: {}", fault.message))
        })?;
        Ok(Subject {
            entry,
            endpoint: EndpointConfig {
                path: String::new(),
                label: entry.name.to_owned(),
                provider: entry.name,
                body_limit: None,
                configured,
            },
            listen: None,
            others: Vec::new(),
        })
    }
}

/// Says which of several `--secret` a fault is about, by the table in which it is.
fn number_at(members: &str, at: usize) -> String {
    let before = members.get(..at).unwrap_or_default();
    let table = before.rsplit_once("{ id = \"secret-");
    let number = table.and_then(|(_, rest)| rest.split_once('"'));
    number.map_or_else(String::new, |(number, _)| format!(" number {number}"))
}

/// Quotes a text for TOML, of which that of JSON is a part.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
