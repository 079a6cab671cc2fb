//! The configuration file: read, checked, and ready to be served.

use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pulsehook_axum::SigningKey;
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::providers::{self, Configured};
use crate::secrets::UrlPlace;

mod addresses;
mod credentials;
mod forward;
mod keys;
mod members;
mod paths;
mod secret;

pub(crate) use self::forward::{ForwardConfig, target as forward_target};
use self::keys::{NOT_A_NAME, is_name};
use self::members::Located;
pub(crate) use self::members::{Fault, Members, parse_duration};
use self::paths::Paths;

/// What a configuration file says.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    /// Where that address stands; `None` for the default.
    listen_at: Option<usize>,
    /// Where deliveries can be watched.
    pub(crate) watch: Option<Placed<SocketAddr>>,
    /// Where health, readiness and metrics are.
    pub(crate) monitor: Option<Placed<SocketAddr>>,
    pub(crate) limits: Limits,
    pub(crate) endpoints: Vec<EndpointConfig>,
    /// Where verified deliveries are handed on to.
    pub(crate) forward: Option<ForwardConfig>,
}

impl Config {
    /// Returns the addresses that cannot be listened on beside others of the file. An option can
    /// go before either, so `serve` leaves that to the system.
    fn clashes(&self) -> impl Iterator<Item = (&Placed<SocketAddr>, String)> {
        let taken = [
            ("listen", Some(self.listen)),
            ("watch", self.watch.map(|placed| placed.value)),
        ];
        let wanted = [(1, &self.watch), (2, &self.monitor)];
        wanted.into_iter().filter_map(move |(others, placed)| {
            let placed = placed.as_ref()?;
            let mut others = taken.into_iter().take(others);
            let (name, _) = others.find(|(_, it)| it.is_some_and(|it| clash(it, placed.value)))?;
            let message = format!("`{name}` has this port already; choose one that is free");
            Some((placed, message))
        })
    }
}

/// Tells whether two addresses cannot be listened on at a time.
fn clash(one: SocketAddr, other: SocketAddr) -> bool {
    let [first, second] = [one, other].map(|address| address.ip().to_canonical());
    let is_any = first.is_unspecified() || second.is_unspecified();
    one.port() != 0 && one.port() == other.port() && (first == second || is_any)
}

/// What the file says, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    at: usize,
}

/// One `[[endpoint]]`.
#[derive(Debug)]
pub(crate) struct EndpointConfig {
    pub(crate) path: String,
    pub(crate) label: String,
    pub(crate) provider: &'static str,
    pub(crate) body_limit: Option<usize>,
    pub(crate) configured: Configured,
}

/// What the server spends on its callers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) timeouts: Timeouts,
    /// The memory for the bodies of all requests in flight, in bytes.
    pub(crate) body_memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            body_memory: 1 << 30,
        }
    }
}

/// How long the server waits for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// For the head of a request, and for the next request of a connection.
    pub(crate) header: Duration,
    /// For the whole body.
    pub(crate) body: Duration,
    /// For the caller to take in something of an answer.
    pub(crate) write: Duration,
    /// For the requests in flight when the server is told to end.
    pub(crate) shutdown: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            body: Duration::from_secs(30),
            write: Duration::from_secs(10),
            shutdown: Duration::from_secs(10),
        }
    }
}

/// What is wrong with a configuration file: its name, line, column, and what to do.
#[derive(Debug)]
pub(crate) struct BadConfig {
    file: PathBuf,
    place: Option<(usize, usize)>,
    message: String,
}

impl BadConfig {
    /// Returns the fault for a program to read.
    pub(crate) fn told(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Told<'a> {
            file: &'a Path,
            #[serde(skip_serializing_if = "Option::is_none")]
            line: Option<usize>,
            #[serde(skip_serializing_if = "Option::is_none")]
            column: Option<usize>,
            fault: &'a str,
        }

        Told {
            file: &self.file,
            line: self.place.map(|(line, _)| line),
            column: self.place.map(|(_, column)| column),
            fault: &self.message,
        }
    }
}

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for BadConfig {}

/// A configuration file as read, and what is wrong in it.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    file: PathBuf,
    text: String,
}

impl ConfigFile {
    /// Reads a file.
    pub(crate) fn open(file: &Path) -> Result<Self, BadConfig> {
        match std::fs::read_to_string(file) {
            Ok(text) => Ok(Self {
                file: file.to_owned(),
                text,
            }),
            Err(error) => Err(BadConfig {
                file: file.to_owned(),
                place: None,
                message: match error.kind() {
                    ErrorKind::NotFound => {
                        format!("cannot be read: {error}; `pulsehook init` writes such a file")
                    }
                    ErrorKind::InvalidData => "is not UTF-8, in which TOML is written".to_owned(),
                    _ => format!("cannot be read: {error}"),
                },
            }),
        }
    }

    /// Reads what the file says, and the secrets that it names.
    ///
    /// Of several faults, the first is told.
    pub(crate) fn config(&self) -> Result<Config, BadConfig> {
        self.read().map_err(|mut faults| faults.swap_remove(0))
    }

    /// Reads what the file says, and the secrets that it names; tells all faults, of which there
    /// is one at least.
    pub(crate) fn check(&self) -> Result<Config, Vec<BadConfig>> {
        let config = self.read()?;
        let clashes: Vec<_> = config
            .clashes()
            .map(|(placed, message)| self.fault(placed, message))
            .collect();
        match clashes.is_empty() {
            true => Ok(config),
            false => Err(clashes),
        }
    }

    fn read(&self) -> Result<Config, Vec<BadConfig>> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        read(&self.text, folder).map_err(|faults| {
            let faults = faults.into_iter();
            faults
                .map(|fault| self.bad(fault.at, fault.message + fault.of_file))
                .collect()
        })
    }

    /// Says that the address of the file cannot be listened on.
    pub(crate) fn cannot_listen(&self, config: &Config, message: String) -> BadConfig {
        self.bad(config.listen_at, message)
    }

    /// Says what is wrong with something that the file says.
    pub(crate) fn fault<T>(&self, placed: &Placed<T>, message: String) -> BadConfig {
        self.bad(Some(placed.at), message)
    }

    fn bad(&self, at: Option<usize>, message: String) -> BadConfig {
        BadConfig {
            file: self.file.clone(),
            place: at.map(|byte| line_and_column(&self.text, byte)),
            message,
        }
    }
}

fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[start..].chars().count() + 1)
}

const GIB: u64 = 1 << 30;

/// The largest `body_limit`, and the largest `body_memory`.
pub(crate) const MOST_BODY: u64 = GIB;
const MOST_MEMORY: u64 = 1024 * GIB;

/// Reads the members of a provider, which stand alone.
pub(crate) fn configured(
    entry: &'static providers::Entry,
    text: &str,
) -> Result<Configured, Fault> {
    let table = parse(text)?;
    let table = table.get_ref();
    let mut members = Members::open("the endpoint", 0..0, table, Path::new(""))?;
    let configured = (entry.configure)(&mut members)?;
    members.finish()?;
    Ok(configured)
}

fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, Fault> {
    DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| span.start);
        // The error's own display quotes the line, which may hold a secret; this does not.
        Fault::new(at, format!("not TOML: {}", error.message()))
    })
}

/// Reads the key with which deliveries are signed that are handed on, from a variable or a file.
pub(crate) fn forward_key(kind: &'static str, value: &str) -> Result<SigningKey, Fault> {
    // That of JSON is a part of TOML.
    let text = format!("{kind} = {}", serde_json::Value::from(value));
    let table = parse(&text)?;
    let members = Members::open("the key", 0..0, table.get_ref(), Path::new(""))?;
    forward::key_of(members)
}

fn read(text: &str, folder: &Path) -> Result<Config, Vec<Fault>> {
    let root = parse(text).map_err(|fault| vec![fault])?;
    let mut members =
        Members::open("the file", 0..0, root.get_ref(), folder).map_err(|fault| vec![fault])?;
    let endpoints = members.take("endpoint");
    let forward = members.take("forward");

    // These do not depend on each other, so what is wrong is told of all.
    let mut faults = Vec::new();
    let head = read_head(members, folder).map_err(|fault| faults.push(fault));
    let endpoints = read_endpoints(endpoints, folder, &mut faults);
    let forward = forward::read(forward, folder).map_err(|fault| faults.push(fault));
    match (head, forward) {
        (Ok(head), Ok(forward)) if faults.is_empty() => Ok(Config {
            endpoints,
            forward,
            ..head
        }),
        _ => Err(faults),
    }
}

/// Reads what stands in the file beside endpoints.
fn read_head(mut members: Members<'_>, folder: &Path) -> Result<Config, Fault> {
    let listen = members.text("listen")?;
    let listen_at = listen.map(|listen| listen.at);
    let listen = match listen {
        None => SocketAddr::from(([127, 0, 0, 1], 8787)),
        Some(listen) => listen.value.parse().map_err(|_| {
            listen
                .fault("`listen` must be an IP address and a port, for example \"127.0.0.1:8787\"")
        })?,
    };
    let watch = read_address(&mut members, "watch", "127.0.0.1:8788")?;
    if let Some(watch) = watch.filter(|watch| !watch.value.ip().to_canonical().is_loopback()) {
        return Err(Fault::at(watch.at, WATCH_IS_LOCAL));
    }
    let monitor = read_address(&mut members, "monitor", "127.0.0.1:8789")?;
    let mut limits = Limits::default();
    if let Some(size) = members.size("body_memory", MOST_MEMORY)? {
        limits.body_memory = size;
    }
    limits.timeouts = read_timeouts(&mut members, folder)?;
    members.finish()?;
    Ok(Config {
        listen,
        listen_at,
        watch,
        monitor,
        limits,
        endpoints: Vec::new(),
        forward: None,
    })
}

/// Why the watch page is at no other address.
pub(crate) const WATCH_IS_LOCAL: &str = "the page shows health data and has no TLS, so it is for \
    this machine alone; name a loopback address, for example 127.0.0.1:8788";

fn read_address(
    members: &mut Members<'_>,
    name: &'static str,
    example: &str,
) -> Result<Option<Placed<SocketAddr>>, Fault> {
    let Some(address) = members.text(name)? else {
        return Ok(None);
    };
    match address.value.parse() {
        Ok(value) => Ok(Some(Placed {
            value,
            at: address.at,
        })),
        Err(_) => Err(address.fault(format!(
            "`{name}` must be an IP address and a port, for example \"{example}\""
        ))),
    }
}

fn read_timeouts(members: &mut Members<'_>, folder: &Path) -> Result<Timeouts, Fault> {
    let mut timeouts = Timeouts::default();
    let Some(member) = members.take("timeouts") else {
        return Ok(timeouts);
    };
    let DeValue::Table(table) = member.value else {
        return Err(member.fault("`timeouts` must be a table"));
    };
    let mut members = Members::open("`timeouts`", member.at..member.at, table, folder)?;
    for (name, timeout) in [
        ("header", &mut timeouts.header),
        ("body", &mut timeouts.body),
        ("write", &mut timeouts.write),
        ("shutdown", &mut timeouts.shutdown),
    ] {
        if let Some(configured) = members.duration(name)? {
            *timeout = configured;
        }
    }
    members.finish()?;
    Ok(timeouts)
}

fn read_endpoints(
    member: Option<Located<&DeValue<'_>>>,
    folder: &Path,
    faults: &mut Vec<Fault>,
) -> Vec<EndpointConfig> {
    let mut endpoints = Vec::new();
    let mut seen = Seen::default();
    let tables = endpoint_tables(member).map_err(|fault| faults.push(fault));
    for table in tables.into_iter().flatten() {
        let before = faults.len();
        let endpoint = read_endpoint(table, folder, &mut seen, faults);
        endpoints.extend(endpoint);
        if let Some(of_this) = faults.get_mut(before..) {
            of_this.sort_by_key(|fault| fault.at);
        }
    }
    seen.with_labels(endpoints)
}

fn endpoint_tables<'t>(
    member: Option<Located<&'t DeValue<'t>>>,
) -> Result<&'t [Spanned<DeValue<'t>>], Fault> {
    const NONE: &str = "there is no endpoint; add a table [[endpoint]] with `path`, `provider` and \
                        `keys`";
    let Some(member) = member else {
        return Err(Fault::new(None, NONE));
    };
    let DeValue::Array(tables) = member.value else {
        return Err(member.fault("write [[endpoint]] with two brackets: there can be several"));
    };
    match tables.is_empty() {
        false => Ok(tables),
        true => Err(member.fault(NONE)),
    }
}

/// What must not occur twice.
#[derive(Default)]
struct Seen {
    paths: Paths,
    labels: Vec<String>,
}

impl Seen {
    /// Gives the endpoints without a label the name of their provider, or a numbered one.
    fn with_labels(mut self, endpoints: Vec<Unlabelled>) -> Vec<EndpointConfig> {
        endpoints
            .into_iter()
            .map(|Unlabelled { label, endpoint }| {
                let label = label.unwrap_or_else(|| self.free_label(endpoint.provider));
                EndpointConfig { label, ..endpoint }
            })
            .collect()
    }

    fn free_label(&mut self, provider: &str) -> String {
        let mut label = provider.to_owned();
        let mut number = 1;
        while self.labels.contains(&label) {
            number += 1;
            label = format!("{provider}-{number}");
        }
        self.labels.push(label.clone());
        label
    }
}

/// An endpoint whose label is not settled before all are read.
struct Unlabelled {
    label: Option<String>,
    endpoint: EndpointConfig,
}

/// Reads an endpoint as far as it goes; where that is not all, there is a fault at least.
fn read_endpoint(
    table: &Spanned<DeValue<'_>>,
    folder: &Path,
    seen: &mut Seen,
    faults: &mut Vec<Fault>,
) -> Option<Unlabelled> {
    let mut told = Told(faults);
    let at = table.span();
    let DeValue::Table(members) = table.get_ref() else {
        return told.right(Err(Fault::at(at.start, "an endpoint must be a table")));
    };
    let mut members = told.right(Members::open("the endpoint", at, members, folder))?;
    let path = told.right(members.required_text("path", "\"/hooks/NAME\""));
    let provider = told.right(members.required_text("provider", "\"NAME\""));
    let label = told.right(members.text("label"));
    let body_limit = told.right(members.size("body_limit", MOST_BODY));
    let entry = provider.and_then(|provider| {
        told.right(providers::find(provider.value).ok_or_else(|| {
            let known: Vec<_> = providers::ALL.iter().map(|entry| entry.name).collect();
            provider.fault(format!(
                "there is no such provider; the known ones are {}",
                known.join(", ")
            ))
        }))
    });
    let configured = entry.and_then(|entry| told.right((entry.configure)(&mut members)));
    if configured.is_some() {
        // Otherwise, the provider may not have asked for all that it knows.
        told.0.extend(members.all_unknown());
    }
    let path = path.and_then(|path| {
        told.right(check_path(path, configured.as_ref(), &mut seen.paths))?;
        Some(path)
    });
    let label = label.and_then(|label| {
        told.right(label.map_or(Ok(()), |label| check_label(label, &mut seen.labels)))?;
        Some(label)
    });
    Some(Unlabelled {
        label: label?.map(|label| label.value.to_owned()),
        endpoint: EndpointConfig {
            path: path?.value.to_owned(),
            label: String::new(),
            provider: entry?.name,
            body_limit: body_limit?,
            configured: configured?,
        },
    })
}

/// Collects faults, so that the reading can go on.
struct Told<'f>(&'f mut Vec<Fault>);

impl Told<'_> {
    fn right<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.0.push(fault)).ok()
    }
}

fn check_path(
    path: Located<&str>,
    configured: Option<&Configured>,
    paths: &mut Paths,
) -> Result<(), Fault> {
    let last = path.value.rsplit('/').next().unwrap_or_default();
    let in_path = configured.and_then(|configured| configured.secrets.in_url.as_ref());
    let in_path = in_path.filter(|in_url| in_url.place == UrlPlace::Path);
    if in_path.is_some_and(|in_url| in_url.is_one(last)) {
        return Err(path.fault(
            "`path` ends in one of `url_secrets`, so the URL without a secret would be taken; \
             leave the secret out of `path`, below which it is expected",
        ));
    }
    paths
        .add(path.value, in_path.is_some())
        .map_err(|message| path.fault(message))
}

fn check_label(label: Located<&str>, labels: &mut Vec<String>) -> Result<(), Fault> {
    if !is_name(label.value) {
        return Err(label.fault(format!("`label` {NOT_A_NAME}")));
    }
    if labels.iter().any(|other| other == label.value) {
        return Err(label.fault("another endpoint has the same label; give each its own"));
    }
    labels.push(label.value.to_owned());
    Ok(())
}

/// Says how many there are of something.
pub(crate) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        several => format!("{several} {what}s"),
    }
}
