//! `pulsehook check-config`: reads a configuration as `serve` would.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::{BadConfig, Config, ConfigFile, counted};
use crate::failure::Failure;
use crate::forward::{Forward, ForwardOptions};
use crate::serve;
use crate::subject::DEFAULT_CONFIG;
use crate::ui::{RIGHT, Ui, WRONG};

/// What `check-config` is told on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Configuration file (TOML)
    #[arg(value_name = "FILE", default_value = DEFAULT_CONFIG)]
    file: PathBuf,
}

/// Reads the file with its secrets, and says what it is good for or what is wrong.
pub(crate) fn run(options: &Options, ui: Ui) -> Result<(), Failure> {
    let file = ConfigFile::open(&options.file).map_err(|fault| refused(&[fault], ui))?;
    let mut config = file.check().map_err(|faults| refused(&faults, ui))?;
    let forward = ForwardOptions::default().over(config.forward.take())?;
    let mut warnings = serve::warnings(config.listen, &config);
    let [watch, monitor] = [config.watch, config.monitor].map(|it| it.map(|it| it.value));
    let of_monitor = monitor.and_then(serve::monitor_warning);
    warnings.extend(of_monitor.map(str::to_owned));
    warnings.extend(forward.iter().flat_map(Forward::warnings));
    let told = Told {
        file: &options.file,
        listen: config.listen,
        watch,
        monitor,
        endpoints: endpoints(&config),
        forward: forward.as_ref().map(Forward::told),
        warnings,
    };
    match ui.is_json() {
        true => ui.print_json(&told),
        false => ui.print(told.text(ui)),
    }
}

/// Says everything that is wrong, one fault on a line.
fn refused(faults: &[BadConfig], ui: Ui) -> Failure {
    if ui.is_json() {
        for fault in faults {
            // The failure itself is told on standard error.
            let _ = ui.print_json(&fault.told());
        }
        return Failure::config(format_args!("{}", counted(faults.len(), "fault")));
    }
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    Failure::config(lines.join("\n"))
}

#[derive(Serialize)]
struct Told<'a> {
    file: &'a Path,
    listen: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    watch: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monitor: Option<SocketAddr>,
    endpoints: Vec<Endpoint<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forward: Option<String>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Endpoint<'a> {
    label: &'a str,
    provider: &'static str,
    path: &'a str,
    verifies: &'a str,
    warnings: &'a [std::borrow::Cow<'static, str>],
}

fn endpoints(config: &Config) -> Vec<Endpoint<'_>> {
    let endpoints = config.endpoints.iter();
    endpoints
        .map(|endpoint| Endpoint {
            label: &endpoint.label,
            provider: endpoint.provider,
            path: &endpoint.path,
            verifies: &endpoint.configured.verified,
            warnings: &endpoint.configured.warnings,
        })
        .collect()
}

impl Told<'_> {
    fn text(&self, ui: Ui) -> String {
        let mut text = format!(
            "{} {} can be served, with {} at http://{}\n",
            ui.out(RIGHT, "ok"),
            self.file.display(),
            counted(self.endpoints.len(), "endpoint"),
            self.listen
        );
        let warning = ui.out(WRONG, "warning:");
        if !ui.is_quiet() {
            for endpoint in &self.endpoints {
                text += &format!(
                    "endpoint {} at {}: provider {}, verifies {}\n",
                    endpoint.label, endpoint.path, endpoint.provider, endpoint.verifies
                );
            }
            for (what, address) in [("watch page", self.watch), ("monitor", self.monitor)] {
                if let Some(address) = address {
                    text += &format!("{what} at http://{address}\n");
                }
            }
            if let Some(forward) = &self.forward {
                text += &format!("{forward}\n");
            }
        }
        for endpoint in &self.endpoints {
            for told in endpoint.warnings {
                text += &format!("{warning} endpoint {} {told}\n", endpoint.label);
            }
        }
        for told in &self.warnings {
            text += &format!("{warning} {told}\n");
        }
        text
    }
}
