//! The page to watch deliveries come in: at a loopback address of its own, for whoever has the
//! link of this run.
//!
//! It shows health data. Nothing of it is written anywhere, and nothing is kept after the end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

mod events;
pub(crate) mod file;
mod guard;
mod look;
mod mask;
mod pages;
mod pretty;
mod store;

pub(crate) use self::events::{END, Summary};
pub(crate) use self::guard::Guard;
use self::pages::Details;
pub(crate) use self::pages::size;
use self::store::Entry;
pub(crate) use self::store::{MOST_ENTRIES, Store};
use crate::config::{EndpointConfig, Limits, Timeouts};
use crate::serve::trace::{Number, Resent};
use crate::server::{Recording, Serving};

/// Where the page is if nothing else is said.
pub(crate) const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8788);

/// Where a run answers whoever has its link, so that it is told from another.
const RUN: &str = "/run";

/// What the page needs.
struct Page {
    store: Arc<Store>,
    /// The endpoints, to which requests are resent.
    endpoints: Router,
    /// What the endpoints are, to compare with.
    configured: Arc<[Arc<EndpointConfig>]>,
    /// One at a time.
    resends: Semaphore,
}

/// Makes the routes, which are open to whoever passes the guard.
pub(crate) fn router(
    store: Arc<Store>,
    endpoints: Router,
    configured: Arc<[Arc<EndpointConfig>]>,
    guard: Arc<Guard>,
) -> Router {
    let page = Arc::new(Page {
        store,
        endpoints,
        configured,
        resends: Semaphore::new(1),
    });
    Router::new()
        .route("/", get(list))
        .route("/requests/{number}", get(detail))
        .route("/requests/{number}/resend", post(resend))
        .route("/events", get(events::events))
        .route(RUN, get(async || StatusCode::NO_CONTENT))
        .fallback(other)
        .with_state(page)
        .layer(from_fn_with_state(guard, guard::guard))
}

/// Says what a server of pages spends on its callers, who send no bodies.
pub(crate) fn serving() -> Serving {
    const CONNECTIONS: usize = 64;
    Serving {
        connections: CONNECTIONS,
        ..Serving::from(Limits {
            timeouts: Timeouts {
                // Idle connections must not keep others out.
                header: Duration::from_secs(2),
                shutdown: Duration::from_secs(1),
                ..Timeouts::default()
            },
            body_memory: 64 * 1024,
        })
    }
}

async fn list(State(page): State<Arc<Page>>) -> Response {
    pages::list(&page.store)
}

async fn detail(State(page): State<Arc<Page>>, Path(number): Path<String>) -> Response {
    let Some(entry) = find(&page, &number) else {
        return gone();
    };
    let details = Details {
        decoded: look::decoded(&entry).await,
        diagnosis: look::diagnosis(&entry, &page.configured).await,
    };
    pages::detail(&page.store, &entry, &details)
}

fn find(page: &Page, number: &str) -> Option<Arc<Entry>> {
    page.store.get(number.parse().ok()?)
}

fn gone() -> Response {
    let page = pages::plain(
        "This request is not here.",
        "Only the latest requests are kept. Go back to the list.",
    );
    (StatusCode::NOT_FOUND, page).into_response()
}

async fn other(uri: Uri) -> Response {
    pages::asset(uri.path()).unwrap_or_else(gone)
}

/// Sends a request to its endpoint again, inside of the process: it comes from the same address,
/// and whoever observes the endpoint sees a new request.
async fn resend(State(page): State<Arc<Page>>, Path(number): Path<String>) -> Response {
    let Some(entry) = find(&page, &number) else {
        return gone();
    };
    let Some(request) = entry
        .whole_request()
        .and_then(|whole| again(&entry, &whole))
    else {
        let page = pages::plain(
            "This request cannot be resent.",
            "Its body is not kept as a whole.",
        );
        return (StatusCode::CONFLICT, page).into_response();
    };
    let Ok(_one) = page.resends.acquire().await else {
        return gone();
    };
    let Ok(answer) = page.endpoints.clone().oneshot(request).await;
    let to = match answer.extensions().get::<Number>() {
        Some(Number(number)) => format!("/requests/{number}"),
        None => "/".to_owned(),
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

fn again(entry: &Entry, whole: &crate::request::Request) -> Option<Request> {
    let mut request = Request::builder()
        .method(whole.method())
        .uri(whole.target());
    for (name, value) in whole.headers() {
        request = request.header(name, value);
    }
    let mut request = request.body(Body::from(whole.body().clone())).ok()?;
    let extensions = request.extensions_mut();
    extensions.insert(Resent(entry.number));
    extensions.insert(Arc::new(Recording::of(whole.body())));
    if let Some(peer) = entry.peer {
        extensions.insert(ConnectInfo(peer));
    }
    Some(request)
}

/// Makes the access key of this run.
pub(crate) fn guard(address: SocketAddr) -> io::Result<Arc<Guard>> {
    Guard::new(address).map(Arc::new).map_err(io::Error::other)
}
