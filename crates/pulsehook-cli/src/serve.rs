//! `pulsehook serve`: a receiver for the endpoints of a configuration file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use pulsehook_axum::jiff::Timestamp;
use pulsehook_axum::{ConfigError, ReceiveError};
use tokio::net::TcpListener;

use crate::config::{Config, ConfigFile, EndpointConfig};
use crate::endpoint::{Arrived, Happened, NotNoted, Observer, Seen};
use crate::explain::explain;
use crate::failure::Failure;
use crate::forward::{Forward, ForwardOptions};
use crate::output::{Lines, note, warn};
use crate::providers::Settings;
use crate::server::{self, Ended, Serving};
use crate::subject::DEFAULT_CONFIG;
use crate::undecodable::Folder;

mod sides;
pub(crate) mod trace;

use self::sides::SideOptions;
pub(crate) use self::sides::monitor_warning;
use self::trace::Lookers;

/// What `serve` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    config: PathBuf,
    /// Address to listen on, not the file's (port 0: any)
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
    /// Folder for authentic but undecodable requests
    #[arg(long, value_name = "DIR")]
    undecodable: Option<PathBuf>,
    #[command(flatten)]
    forward: ForwardOptions,
    #[command(flatten)]
    sides: SideOptions,
}

/// Serves until a signal ends it.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let file = ConfigFile::open(&options.config).map_err(Failure::config)?;
    let mut config = file.config().map_err(Failure::config)?;
    let forward = options.forward.over(config.forward.take())?;
    let folder = options
        .undecodable
        .map(|path| {
            let named = path.display().to_string();
            Folder::open(path).map_err(|error| {
                Failure::config(format_args!(
                    "--undecodable {named}: {error}; name a folder that exists"
                ))
            })
        })
        .transpose()?;

    let address = options.listen.unwrap_or(config.listen);
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let message = format!(
            "cannot listen on {address}: {error}; choose an address of this machine and a port \
             that is free"
        );
        match options.listen {
            Some(_) => Failure::listen(format_args!("--listen: {message}")),
            None => Failure::listen(file.cannot_listen(&config, message)),
        }
    })?;
    let address = listener.local_addr().map_err(Failure::runtime)?;
    let sides = options.sides;
    let sides = sides.bind(address, &options.config, &file, &config).await?;
    // Whoever reads the announcement may send a signal at once.
    let mut signals = Signals::install().map_err(Failure::runtime)?;
    let lines = Lines::start().map_err(Failure::runtime)?;
    announce(address, &config);
    if let Some(forward) = &forward {
        note(format_args!("{}", forward.told()));
        for warning in forward.warnings() {
            warn(format_args!("warning: {warning}"));
        }
    }

    let printer = Arc::new(Printer {
        lines: lines.clone(),
        folder: folder.map(Arc::new),
        forward,
    });
    let endpoints: Vec<_> = config.endpoints.into_iter().map(Arc::new).collect();
    let lookers = sides.lookers(&endpoints);
    let router = router(&endpoints, printer, &lookers).map_err(Failure::config)?;
    let mut sides = sides.start(&lookers, &endpoints, &router);
    let stop = async {
        let told = tokio::select! {
            () = signals.received() => true,
            () = lines.failed() => false,
        };
        // Whoever reads the note finds the server as it says.
        sides.stopping();
        if told {
            note(format_args!("{} stopping", now()));
        }
    };
    let serving = Serving {
        recorders: sides::recorders(&lookers),
        ..config.limits.into()
    };
    let stopped = server::serve(listener, router, serving, stop).await;
    let cut_off = tokio::select! {
        ended = stopped.drain() => match ended {
            Ended::Drained => None,
            Ended::CutOff => Some("stopped before every request in flight was answered"),
        },
        () = signals.received() => {
            Some("stopped at once, as a second signal told; requests in flight were not answered")
        }
    };
    tokio::select! {
        () = sides.end() => {}
        () = signals.received() => {}
    }
    drop(sides);
    match (lines.error(), cut_off) {
        (None, None) => Ok(()),
        (None, Some(cut_off)) => Err(Failure::runtime(cut_off)),
        (Some(error), cut_off) => {
            if let Some(cut_off) = cut_off {
                warn(format_args!("{} {cut_off}", now()));
            }
            Err(Failure::runtime(format_args!(
                "cannot write to standard output: {error}; deliveries since were answered 500"
            )))
        }
    }
}

fn announce(address: SocketAddr, config: &Config) {
    note(format_args!("pulsehook listens on http://{address}"));
    for endpoint in &config.endpoints {
        let EndpointConfig {
            label,
            provider,
            configured,
            ..
        } = endpoint;
        note(format_args!(
            "endpoint {label}: provider {provider}, verifies {}",
            configured.verified
        ));
        for warning in &configured.warnings {
            warn(format_args!("warning: endpoint {label} {warning}"));
        }
    }
    for warning in warnings(address, config) {
        warn(format_args!("warning: {warning}"));
    }
}

/// Says what the operator should know about how a configuration is served at an address.
pub(crate) fn warnings(address: SocketAddr, config: &Config) -> Vec<String> {
    let too_large = config.endpoints.iter().filter(|endpoint| {
        let limit = endpoint.body_limit;
        limit.is_some_and(|limit| limit > config.limits.body_memory)
    });
    let mut warnings: Vec<_> = too_large
        .map(|endpoint| {
            format!(
                "endpoint {} has a `body_limit` above `body_memory`; bodies that large are \
                 answered 503",
                endpoint.label
            )
        })
        .collect();
    if !address.ip().is_loopback() {
        warnings.push(format!(
            "{address} can be reached from other machines, and requests arrive unencrypted; let a \
             proxy in front end TLS"
        ));
    }
    warnings
}

fn router(
    endpoints: &[Arc<EndpointConfig>],
    printer: Arc<dyn Observer>,
    lookers: &Lookers,
) -> Result<Router, ConfigError> {
    let observer = lookers.around(printer);
    let mut router = Router::new();
    for endpoint in endpoints {
        let receiver = endpoint.configured.receiver(Settings {
            label: endpoint.label.clone(),
            body_limit: endpoint.body_limit,
            now: None,
        })?;
        let route = lookers.see(receiver.route(Arc::clone(&observer)), endpoint);
        for path in endpoint.configured.route_paths(&endpoint.path) {
            router = router.route(&path, route.clone());
        }
    }
    Ok(lookers.see_fallback(any(nowhere), router))
}

/// Answers a path that no endpoint has. The note does not repeat it: a path can hold a secret.
async fn nowhere() -> StatusCode {
    warn(format_args!(
        "{} answered 404: no endpoint has this path; compare the URL at the provider with `path`, \
         letter case and slashes included",
        now()
    ));
    StatusCode::NOT_FOUND
}

/// Prints deliveries and explains refusals.
struct Printer {
    lines: Lines,
    folder: Option<Arc<Folder>>,
    forward: Option<Forward>,
}

/// A delivery whose line could not be written is not acknowledged.
const NOT_WRITTEN: NotNoted = NotNoted(StatusCode::INTERNAL_SERVER_ERROR);

impl Observer for Printer {
    fn observe<'a>(
        &'a self,
        _seen: &'a Seen,
        happened: Happened<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotNoted>> + Send + 'a>> {
        Box::pin(async move {
            match happened {
                Happened::Delivered(delivery) => {
                    self.hand_on(delivery).await?;
                    let line = delivery.line().map_err(|_| NOT_WRITTEN)?;
                    return match self.lines.write(line).await {
                        true => Ok(()),
                        false => Err(NOT_WRITTEN),
                    };
                }
                Happened::Pinged(ping) => note(format_args!(
                    "{} answered {}: {}, verified",
                    now(),
                    ping.endpoint(),
                    ping.types().join(", ")
                )),
                Happened::Probed { endpoint } => {
                    note(format_args!("{} answered {endpoint}: a probe", now()));
                }
                Happened::Refused(error) => self.explain(error).await,
            }
            Ok(())
        })
    }
}

impl Printer {
    /// Hands a delivery on, if that is wanted; one that the target does not take is not
    /// acknowledged, and so comes again.
    async fn hand_on(&self, delivery: &dyn Arrived) -> Result<(), NotNoted> {
        let Some(forward) = &self.forward else {
            return Ok(());
        };
        forward.hand_on(delivery).await.map_err(|why| {
            warn(format_args!(
                "{} not handed on {}: 503 {why}",
                now(),
                delivery.endpoint()
            ));
            NotNoted(StatusCode::SERVICE_UNAVAILABLE)
        })
    }

    async fn explain(&self, error: &ReceiveError) {
        let kept = self.keep(error).await;
        warn(format_args!(
            "{} refused {}: {} {}{kept}",
            now(),
            error.endpoint(),
            error.reply().status(),
            explain(error)
        ));
    }

    /// Keeps a request that could not be decoded, and says what became of it.
    async fn keep(&self, error: &ReceiveError) -> String {
        let Some(undecodable) = error.undecodable() else {
            return String::new();
        };
        let Some(folder) = self.folder.clone() else {
            return "; the request is lost unless you start with --undecodable DIR, which keeps \
                    such requests"
                .to_owned();
        };
        let stored = undecodable.to_stored();
        let kept = tokio::task::spawn_blocking(move || folder.keep(&stored)).await;
        match kept {
            Ok(Ok(path)) => format!("; kept in {}", path.display()),
            Ok(Err(error)) => format!("; NOT kept: {error}"),
            Err(_) => "; NOT kept".to_owned(),
        }
    }
}

/// Returns the time for log lines, to the second.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The signals that end the server.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    pub(crate) fn install() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};

            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next one.
    pub(crate) async fn received(&mut self) {
        #[cfg(unix)]
        {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the system ends the process by itself.
            std::future::pending::<()>().await;
        }
    }
}
