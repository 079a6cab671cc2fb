//! What `serve` offers beside the endpoints, each at an address of its own: the watch page, and
//! the monitor.

use std::fmt::Display;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::trace::Lookers;
use crate::config::{Config, ConfigFile, EndpointConfig, Placed, WATCH_IS_LOCAL};
use crate::failure::Failure;
use crate::monitor::{self, Metrics, Monitored, Readiness};
use crate::output::{note, warn};
use crate::server::{self, Recorders, Serving};
use crate::watch::file::{self, WatchFile};
use crate::watch::{self, Guard, Store};

/// What `serve` is told of it.
#[derive(Debug, clap::Args)]
pub(crate) struct SideOptions {
    /// Show deliveries on a page [default: 127.0.0.1:8788]
    #[arg(long, value_name = "IP:PORT", num_args = 0..=1, require_equals = true)]
    watch: Option<Option<SocketAddr>>,
    /// Write the page's link there [default: FILE.watch]
    #[arg(long, value_name = "FILE")]
    watch_file: Option<PathBuf>,
    /// Serve health, readiness and metrics there
    #[arg(long, value_name = "IP:PORT")]
    monitor: Option<SocketAddr>,
}

/// The addresses are taken, and nothing is served yet.
pub(crate) struct Bound {
    watch: Option<(Listening, Arc<Guard>, WatchFile)>,
    monitor: Option<Listening>,
}

struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

impl SideOptions {
    /// Takes the addresses, and the file for the link; `served` is taken already.
    pub(crate) async fn bind(
        self,
        served: SocketAddr,
        path: &Path,
        file: &ConfigFile,
        config: &Config,
    ) -> Result<Bound, Failure> {
        let on = |option: Option<SocketAddr>, configured: Option<Placed<SocketAddr>>, name| match (
            option, configured,
        ) {
            (Some(address), _) => Some(Wanted::Option(name, address)),
            (None, Some(placed)) => Some(Wanted::Configured(file, placed)),
            (None, None) => None,
        };
        let watched = match self.watch {
            Some(None) if config.watch.is_none() => {
                Some(Wanted::Option("--watch", watch::DEFAULT_ADDRESS))
            }
            option => on(option.flatten(), config.watch, "--watch"),
        };
        let watch = match (watched, self.watch_file) {
            (None, None) => None,
            (None, Some(_)) => {
                return Err(Failure::usage(
                    "--watch-file names the file for the link to the page; add --watch",
                ));
            }
            (Some(wanted), link_file) => {
                let ip = wanted.address().ip().to_canonical();
                if !ip.is_loopback() {
                    return Err(wanted.refused(WATCH_IS_LOCAL));
                }
                let link_file = link_file.unwrap_or_else(|| file::beside(path));
                Some((wanted.listen().await?, link_file))
            }
        };
        let monitor = match on(self.monitor, config.monitor, "--monitor") {
            Some(wanted) => Some(wanted.listen().await?),
            None => None,
        };
        let Some((listening, path)) = watch else {
            let watch = None;
            return Ok(Bound { watch, monitor });
        };
        let taken = [Some(served), monitor.as_ref().map(|it| it.address)];
        let taken = taken.into_iter().flatten().chain([listening.address]);
        let taken: Vec<_> = taken.map(|address| address.port()).collect();
        let guard = watch::guard(listening.address).map_err(Failure::runtime)?;
        let file = WatchFile::create(path.clone(), guard.link().to_owned(), &taken)
            .await
            .map_err(|error| no_file(&path, &error))?;
        let watch = Some((listening, guard, file));
        Ok(Bound { watch, monitor })
    }
}

/// An address, and where it was said.
enum Wanted<'f> {
    Option(&'static str, SocketAddr),
    Configured(&'f ConfigFile, Placed<SocketAddr>),
}

impl Wanted<'_> {
    fn address(&self) -> SocketAddr {
        match self {
            Self::Option(_, address) => *address,
            Self::Configured(_, placed) => placed.value,
        }
    }

    fn refused(&self, message: &str) -> Failure {
        match self {
            Self::Option(name, _) => Failure::usage(format_args!("{name}: {message}")),
            Self::Configured(file, placed) => {
                Failure::config(file.fault(placed, message.to_owned()))
            }
        }
    }

    async fn listen(self) -> Result<Listening, Failure> {
        let address = self.address();
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let message = format!(
                "cannot listen on {address}: {error}; choose an address of this machine and a \
                 port that is free"
            );
            match &self {
                Self::Option(name, _) => Failure::listen(format_args!("{name}: {message}")),
                Self::Configured(file, placed) => Failure::listen(file.fault(placed, message)),
            }
        })?;
        let address = listener.local_addr().map_err(Failure::runtime)?;
        Ok(Listening { listener, address })
    }
}

impl Bound {
    /// Makes those who look at the requests of these endpoints.
    pub(crate) fn lookers(&self, endpoints: &[Arc<EndpointConfig>]) -> Lookers {
        Lookers {
            store: self
                .watch
                .as_ref()
                .map(|_| Arc::new(Store::new(endpoints.to_vec()))),
            metrics: self.monitor.as_ref().map(|_| Arc::new(Metrics::new())),
        }
    }

    /// Starts to serve; requests are resent to the endpoints of the router.
    pub(crate) fn start(
        self,
        lookers: &Lookers,
        endpoints: &[Arc<EndpointConfig>],
        router: &Router,
    ) -> Sides {
        let mut sides = Sides {
            readiness: Readiness::default(),
            store: lookers.store.clone(),
            stop: channel(()).0,
            servers: Vec::new(),
            _file: None,
        };
        if let (Some((listening, guard, file)), Some(store)) = (self.watch, &lookers.store) {
            announce(&listening, guard.link(), file.path().display());
            sides._file = Some(file);
            let router = watch::router(Arc::clone(store), router.clone(), endpoints.into(), guard);
            sides.serve(listening, router);
        }
        if let (Some(listening), Some(metrics)) = (self.monitor, &lookers.metrics) {
            let address = listening.address;
            note(format_args!(
                "monitor on http://{address}: /healthz, /readyz, /metrics"
            ));
            if let Some(warning) = monitor_warning(address) {
                warn(format_args!("warning: {warning}"));
            }
            let router = monitor::router(Monitored {
                readiness: sides.readiness.clone(),
                metrics: Arc::clone(metrics),
                store: lookers.store.clone(),
            });
            sides.serve(listening, router);
        }
        sides
    }
}

/// Says what the operator should know of where the monitor is.
pub(crate) fn monitor_warning(address: SocketAddr) -> Option<&'static str> {
    (!address.ip().to_canonical().is_loopback()).then_some(
        "the monitor can be reached from other machines; it tells them how many requests come in \
         and what refuses them",
    )
}

fn no_file(path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display();
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::config(format_args!(
            "{path} is there and holds no link to a watch page, so it is left alone; name another \
             file with --watch-file"
        )),
        std::io::ErrorKind::ResourceBusy => Failure::config(format_args!(
            "{path} holds the link of another server, which runs; end that one, or name another \
             file with --watch-file"
        )),
        _ => Failure::config(format_args!(
            "{path} cannot be written: {error}; name another file for the link to the watch page \
             with --watch-file"
        )),
    }
}

/// Tells where the page is. The link opens it, so it is shown to a person alone, not to a log.
fn announce(listening: &Listening, link: &str, file: impl Display) {
    match std::io::stderr().is_terminal() {
        true => note(format_args!("watch the deliveries at {link}")),
        false => note(format_args!(
            "watch page on http://{}; the link that opens it stands in {file}",
            listening.address
        )),
    }
}

/// What is served beside the endpoints.
pub(crate) struct Sides {
    readiness: Readiness,
    store: Option<Arc<Store>>,
    stop: Sender<()>,
    servers: Vec<JoinHandle<()>>,
    /// Removed when this is dropped.
    _file: Option<WatchFile>,
}

impl Sides {
    fn serve(&mut self, listening: Listening, router: Router) {
        let stop = stopped(self.stop.subscribe());
        self.servers.push(tokio::spawn(async move {
            let serving: Serving = watch::serving();
            let stopped = server::serve(listening.listener, router, serving, stop).await;
            stopped.drain().await;
        }));
    }

    /// Says that no further requests are taken.
    pub(crate) fn stopping(&self) {
        self.readiness.end();
    }

    /// Tells those who watch, and stops.
    pub(crate) async fn end(&mut self) {
        if let Some(store) = &self.store {
            store.end();
        }
        self.stop.send_replace(());
        for server in self.servers.drain(..) {
            let _ = server.await;
        }
    }
}

async fn stopped(mut stop: Receiver<()>) {
    // Either way it is the end.
    let _ = stop.changed().await;
}

/// Returns what the endpoints' server keeps of bodies for those who look.
pub(crate) fn recorders(lookers: &Lookers) -> Option<Recorders> {
    match (&lookers.store, &lookers.metrics) {
        (Some(_), _) => Some(Store::recorders()),
        // They only count.
        (None, Some(_)) => Some(Recorders::new(0, 0)),
        (None, None) => None,
    }
}
