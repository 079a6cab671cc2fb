//! Hands verified deliveries on, signed as [Standard Webhooks] says.
//!
//! [Standard Webhooks]: https://www.standardwebhooks.com

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::jiff::Timestamp;
use pulsehook_axum::signature::{HmacSha256, MacKeys, encode_base64};
use reqwest::Url;

use crate::arguments::WHY_NOT;
use crate::client::{self, Client, NoAnswer};
use crate::config::{self, ForwardConfig};
use crate::endpoint::Arrived;
use crate::failure::Failure;
use crate::request::Request;

mod message;

/// Where the command line says that deliveries are handed on to.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ForwardOptions {
    /// Hand verified deliveries on to this URL
    #[arg(long, value_name = "URL")]
    forward_to: Option<Target>,
    /// Sign those with a key: env:NAME, file:PATH or -
    #[arg(long, value_name = "WHERE", requires = "forward_to")]
    forward_key: Option<KeyPlace>,
}

impl ForwardOptions {
    /// Returns where deliveries are handed on to: what the options say goes before the file.
    pub(crate) fn over(self, file: Option<ForwardConfig>) -> Result<Option<Forward>, Failure> {
        let Some(Target(to)) = self.forward_to else {
            return file.map(Forward::new).transpose();
        };
        let key = self.forward_key.map(|place| {
            config::forward_key(place.kind, &place.value)
                .map_err(|fault| Failure::config(format_args!("--forward-key: {}", fault.message)))
        });
        let config = match (key.transpose()?, file) {
            (Some(key), Some(file)) => ForwardConfig { to, key, ..file },
            (None, Some(file)) => ForwardConfig { to, ..file },
            (Some(key), None) => ForwardConfig::new(to, key),
            (None, None) => {
                return Err(Failure::usage(
                    "--forward-to: nothing would prove to that address who sends; name a key with \
                     --forward-key env:NAME, file:PATH or -",
                ));
            }
        };
        Forward::new(config).map(Some)
    }
}

/// The value of `--forward-to`.
#[derive(Clone, Debug)]
struct Target(Url);

impl FromStr for Target {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        config::forward_target(text)
            .map(Self)
            .map_err(Refused::Target)
    }
}

/// The value of `--forward-key`: the member that it would be in a configuration.
#[derive(Clone)]
struct KeyPlace {
    kind: &'static str,
    value: String,
}

impl FromStr for KeyPlace {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let (kind, value) = match (text.split_once(':'), text) {
            (_, "-") => ("file", "-"),
            (Some((kind @ ("env" | "file"), value)), _) if !value.is_empty() => {
                (if kind == "env" { "env" } else { "file" }, value)
            }
            _ => return Err(Refused::Place),
        };
        Ok(Self {
            kind,
            value: value.to_owned(),
        })
    }
}

impl fmt::Debug for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPlace")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Why an option is refused. It may hold a secret, and so is not repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    Target(&'static str),
    Place,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(message) => write!(f, "it {message}"),
            Self::Place => write!(
                f,
                "it takes no key, since {WHY_NOT}; say where one stands: env:NAME, file:PATH or - \
                 for standard input"
            ),
        }
    }
}

impl std::error::Error for Refused {}

/// Hands deliveries on.
pub(crate) struct Forward {
    client: Client,
    to: Url,
    keys: MacKeys<HmacSha256>,
    timeout: Duration,
    attempts: u32,
}

/// Why a delivery was not handed on. It names nothing of the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotHandedOn {
    /// The delivery cannot be written as JSON.
    NotJson,
    /// There was no answer.
    NoAnswer(NoAnswer),
    /// The answer was not 2xx.
    Answered(u16),
}

/// How long to wait between attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// What providers wait for an answer; the most impatient, that is.
const PROVIDERS_WAIT: Duration = Duration::from_secs(2);

impl Forward {
    fn new(config: ForwardConfig) -> Result<Self, Failure> {
        let ForwardConfig {
            to,
            key,
            timeout,
            attempts,
        } = config;
        let client = Client::new(timeout).map_err(|_| {
            Failure::runtime("the client that hands deliveries on cannot be set up")
        })?;
        Ok(Self {
            client,
            to,
            keys: MacKeys::new(&key.into()),
            timeout,
            attempts,
        })
    }

    /// Says what is handed on to where; a query is left out.
    pub(crate) fn told(&self) -> String {
        let Self {
            timeout, attempts, ..
        } = self;
        // Some targets have a secret in the path.
        let to = self.to.origin().ascii_serialization();
        format!(
            "hands verified deliveries on to {to}, {} of {} ms at most",
            config::counted(*attempts as usize, "attempt"),
            timeout.as_millis()
        )
    }

    /// Returns what the operator should know: times that providers do not wait, health data that
    /// others can read.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let pauses = PAUSE.saturating_mul(self.attempts.saturating_sub(1));
        let longest = self
            .timeout
            .saturating_mul(self.attempts)
            .saturating_add(pauses);
        let too_long = (longest > PROVIDERS_WAIT).then(|| {
            format!(
                "handing on can take {:.1} s, and providers wait 2 to 5 s for their answer; lower \
                 `timeout` or `attempts` of `forward`",
                longest.as_secs_f64()
            )
        });
        let open = client::is_open(&self.to).then(|| {
            "deliveries are handed on unencrypted, over http to another machine; name an https URL"
                .to_owned()
        });
        too_long.into_iter().chain(open).collect()
    }

    /// Hands a delivery on; it is done once the target has answered 2xx.
    pub(crate) async fn hand_on(&self, delivery: &dyn Arrived) -> Result<(), NotHandedOn> {
        let id = message::id(delivery);
        let body = message::body(delivery).map_err(|_| NotHandedOn::NotJson)?;
        let body = Bytes::from(body);
        let mut left = self.attempts;
        loop {
            left = left.saturating_sub(1);
            match self.attempt(&id, &body).await {
                Ok(()) => return Ok(()),
                Err(why) if left == 0 || why.is_final() => return Err(why),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn attempt(&self, id: &str, body: &Bytes) -> Result<(), NotHandedOn> {
        let timestamp = Timestamp::now().as_second().to_string();
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        let mac = encode_base64(self.keys.sign(&signed).as_bytes());
        let request = Request::new("POST", "")
            .with_header("content-type", "application/json")
            .with_header(
                "user-agent",
                concat!("pulsehook/", env!("CARGO_PKG_VERSION")),
            )
            .with_header("webhook-id", id)
            .with_header("webhook-timestamp", timestamp)
            .with_header("webhook-signature", format!("v1,{mac}"))
            .with_body(body.clone());
        let answer = self.client.status(self.to.clone(), &request).await;
        match answer.map_err(NotHandedOn::NoAnswer)? {
            200..=299 => Ok(()),
            status => Err(NotHandedOn::Answered(status)),
        }
    }
}

impl NotHandedOn {
    /// Tells whether another attempt at once would come to the same.
    fn is_final(self) -> bool {
        match self {
            Self::NotJson | Self::NoAnswer(NoAnswer::NotSendable) => true,
            Self::NoAnswer(_) => false,
            Self::Answered(status) => status < 500 && !matches!(status, 408 | 425 | 429),
        }
    }
}

impl fmt::Display for NotHandedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("the delivery cannot be written as JSON"),
            Self::NoAnswer(why) => write!(
                f,
                "{why}; check that the target runs, its address, and for https its certificate"
            ),
            Self::Answered(status @ 300..=399) => write!(
                f,
                "the target answered {status}, and redirects are not followed; name the address \
                 that takes deliveries itself"
            ),
            Self::Answered(status @ (401 | 403)) => write!(
                f,
                "the target answered {status}; check that it has the same key, and its clock"
            ),
            Self::Answered(status) => {
                write!(f, "the target answered {status}; its own log may say why")
            }
        }
    }
}
