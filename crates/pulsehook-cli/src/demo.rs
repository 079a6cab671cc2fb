//! `pulsehook demo`: good and bad requests over HTTP to a receiver of our own.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use pulsehook_axum::testing::SignedRequest;
use tokio::net::TcpListener;

use crate::config::Limits;
use crate::endpoint::{Happened, NotNoted, Observer, Seen};
use crate::failure::Failure;
use crate::providers::{self, Settings};
use crate::request::Request;
use crate::server;
use crate::ui::Ui;

mod client;
pub(crate) mod kit;
pub(crate) mod spoilt;
mod table;
pub(crate) mod wire;

use self::client::Answer;
use self::kit::{Case, Outcome};
use self::spoilt::BODY_LIMIT;

/// The header by which what happened inside is matched with what was sent.
const REQUEST_ID: &str = "x-demo-request";

/// Runs the demonstration.
pub(crate) async fn run(ui: Ui) -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(|error| Failure::listen(format_args!("cannot listen on loopback: {error}")))?;
    let address = listener.local_addr().map_err(Failure::runtime)?;
    let recorder = Arc::new(Recorder::default());
    let Prepared { router, cases } = prepare(&recorder).map_err(Failure::runtime)?;
    // It ends with the process: nothing is in flight when the last answer is there.
    tokio::spawn(server::serve(
        listener,
        router,
        Limits::default(),
        std::future::pending(),
    ));

    let started = Instant::now();
    let mut rows = Vec::with_capacity(cases.len());
    for (id, (provider, case)) in cases.into_iter().enumerate() {
        rows.push(send(address, id, provider, case, &recorder).await);
    }

    let failed = rows.iter().filter(|row| !row.is_as_documented()).count();
    let took = started.elapsed();
    if ui.is_json() {
        table::print_json(&rows, took, ui)?;
    } else {
        ui.print(table::render(address, &rows, took, ui))?;
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::runtime(format_args!(
            "{failed} of {} outcomes are not as documented",
            rows.len()
        ))),
    }
}

/// What is served and sent.
struct Prepared {
    router: Router,
    /// Each with its provider.
    cases: Vec<(&'static str, Case)>,
}

/// Makes the routes and the requests of all providers.
fn prepare(recorder: &Arc<Recorder>) -> Result<Prepared, kit::KitError> {
    let mut router = Router::new();
    let mut cases = Vec::new();
    for entry in &providers::ALL {
        let kit = (entry.demo)()?;
        let path = format!("/hooks/{}", entry.name);
        cases.extend(kit.cases.into_iter().map(|case| {
            let request = case.request.under(&path);
            (entry.name, Case { request, ..case })
        }));
        for (below, configured) in kit.endpoints {
            let settings = Settings {
                label: entry.name.to_owned(),
                body_limit: Some(BODY_LIMIT),
                now: None,
            };
            let paths = configured.route_paths(&format!("{path}{below}"));
            let observer = Arc::clone(recorder) as Arc<dyn Observer>;
            let route = configured.receiver(settings)?.route(observer);
            for path in paths {
                router = router.route(&path, route.clone());
            }
        }
    }
    cases.push(("-", unknown_path()));
    Ok(Prepared { router, cases })
}

/// Makes the case that no endpoint takes.
fn unknown_path() -> Case {
    let request = Request::from(SignedRequest::post_json("{}")).under("/nowhere");
    Case {
        status: 404,
        expected: Outcome::Nobody,
        ..Case::new("unknown path", request)
    }
}

/// A request that was sent, and what came of it.
struct Row {
    provider: &'static str,
    case: Case,
    /// The status, or why there was none.
    status: Result<u16, String>,
    outcome: Outcome,
    took: Duration,
}

impl Row {
    fn is_as_documented(&self) -> bool {
        self.status == Ok(self.case.status) && self.outcome == self.case.expected
    }
}

async fn send(
    address: SocketAddr,
    id: usize,
    provider: &'static str,
    case: Case,
    recorder: &Recorder,
) -> Row {
    let id = id.to_string();
    let started = Instant::now();
    let answer = {
        let wire = wire::wire(&case.request, case.framing, address, (REQUEST_ID, &id));
        client::send(address, &wire).await
    };
    let took = started.elapsed();
    let seen = recorder.take(&id);
    let (status, outcome) = match answer {
        Err(error) => (Err(error.to_string()), seen.unwrap_or(Outcome::Nobody)),
        Ok(Answer { status, body }) => {
            let outcome = match seen {
                None => Outcome::Nobody,
                // What a ping is answered with is known only here.
                Some(Outcome::Answered { what, .. }) => Outcome::Answered {
                    what,
                    body: String::from_utf8_lossy(&body).into_owned(),
                },
                Some(seen) => seen,
            };
            (Ok(status), outcome)
        }
    };
    Row {
        provider,
        case,
        status,
        outcome,
        took,
    }
}

/// Remembers what happened inside, by the request's id.
#[derive(Default)]
struct Recorder(Mutex<HashMap<String, Outcome>>);

impl Recorder {
    fn take(&self, id: &str) -> Option<Outcome> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.remove(id)
    }
}

impl Observer for Recorder {
    fn observe<'a>(
        &'a self,
        seen: &'a Seen,
        happened: Happened<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotNoted>> + Send + 'a>> {
        let answered = |what: String| Outcome::Answered {
            what,
            body: String::new(),
        };
        let outcome = match happened {
            Happened::Delivered(delivery) => Outcome::Decoded(delivery.types()),
            Happened::Pinged(ping) => answered(ping.types().join(", ")),
            Happened::Probed { .. } => answered("probe".to_owned()),
            Happened::Refused(error) => Outcome::Refused(error.rule()),
        };
        if let Some(id) = seen.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()) {
            let mut outcomes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.insert(id.to_owned(), outcome);
        }
        Box::pin(std::future::ready(Ok(())))
    }
}
