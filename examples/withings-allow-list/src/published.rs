//! The addresses that Withings publishes as DNS TXT records.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::{Resolver, TokioResolver};
use pulsehook_axum::address::AddressList;
use pulsehook_axum::{ConfigError, Swappable};

/// The names of the records: of the public cloud and of the medical cloud in the USA.
///
/// The full stop at the end keeps search domains of the machine's configuration out.
pub const NAMES: [&str; 4] = [
    "ipblock-notify.withings.net.",
    "ipblock-front.withings.net.",
    "ipblock-notify.us.withingsmed.net.",
    "ipblock-front.us.withingsmed.net.",
];

/// How often the application asks again. Changes are announced a week ahead.
pub const RENEWED_EVERY: Duration = Duration::from_secs(60 * 60);

/// Makes a resolver that asks one server, or those of the machine's configuration.
///
/// # Errors
///
/// Returns an error when the machine's configuration cannot be read.
pub fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver, NetError> {
    let mut builder = match server {
        None => TokioResolver::builder_tokio()?,
        Some(server) => {
            let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
            for connection in &mut connections {
                connection.port = server.port();
            }
            let server = NameServerConfig::new(server.ip(), true, connections);
            let config = ResolverConfig::from_name_servers(vec![server]);
            Resolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    // There are hours between two questions, and the second one is to be asked.
    builder.options_mut().cache_size = 0;
    builder.build()
}

/// Says why there is no new list.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// DNS gives no records of a name.
    Dns {
        /// The name.
        name: String,
        /// What the resolver says.
        error: NetError,
    },
    /// The records of a name hold no address.
    List {
        /// The name.
        name: String,
        /// What is wrong with them.
        error: ConfigError,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns { name, .. } => write!(f, "no TXT records of {name}"),
            Self::List { name, .. } => write!(f, "no list in the TXT records of {name}"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Dns { error, .. } => Some(error),
            Self::List { error, .. } => Some(error),
        }
    }
}

/// Asks for the records of all names. Returns the list, and what in the records is no address.
///
/// # Errors
///
/// Returns the first name without records: a list that lacks some of the addresses would refuse
/// deliveries. Returns the first name whose records hold no address for the same reason.
pub async fn published(
    resolver: &TokioResolver,
    names: &[&str],
) -> Result<(AddressList, Vec<String>), Failure> {
    let (mut blocks, mut ignored) = (Vec::new(), Vec::new());
    for name in names {
        let found = resolver.txt_lookup(*name).await;
        let found = found.map_err(|error| Failure::Dns {
            name: (*name).to_owned(),
            error,
        })?;
        let records = found
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::TXT(record) => Some(quoted(&record.txt_data)),
                _ => None,
            });
        // Each name by itself, so that one without an address does not hide behind the others.
        let (list, left_out) = AddressList::from_txt(records).map_err(|error| Failure::List {
            name: (*name).to_owned(),
            error,
        })?;
        blocks.extend_from_slice(list.blocks());
        ignored.extend(left_out);
    }
    let list = AddressList::new(blocks).map_err(|error| Failure::List {
        name: names.concat(),
        error,
    })?;
    Ok((list, ignored))
}

/// Writes the strings of a record as `from_txt` takes them.
fn quoted(strings: &[Box<[u8]>]) -> String {
    let quoted = strings
        .iter()
        .map(|string| format!("\"{}\"", String::from_utf8_lossy(string)));
    quoted.collect::<Vec<_>>().join(" ")
}

/// Puts the published list in the place of the current one, and reports what is no address. Any
/// failure is reported, and the current list stays.
pub async fn renew(resolver: &TokioResolver, names: &[&str], allowed: &Swappable<AddressList>) {
    match published(resolver, names).await {
        Ok((list, ignored)) => {
            report(&ignored);
            if list != *allowed.current() {
                println!("new list of {} address blocks", list.blocks().len());
                allowed.replace(list);
            }
        }
        Err(failure) => {
            let cause = failure.source().map(ToString::to_string);
            let cause = cause.unwrap_or_default();
            eprintln!("the list of addresses stays as it is: {failure}: {cause}");
        }
    }
}

/// Reports what in the records is no address.
pub fn report(ignored: &[String]) {
    // Quoted, since anything can stand in a record.
    for token in ignored {
        eprintln!("no address in a TXT record: {token:?}");
    }
}

/// Renews the list for ever, at first after `every`.
pub async fn keep_renewing(
    resolver: TokioResolver,
    names: &'static [&'static str],
    allowed: Swappable<AddressList>,
    every: Duration,
) {
    loop {
        tokio::time::sleep(every).await;
        renew(&resolver, names, &allowed).await;
    }
}
