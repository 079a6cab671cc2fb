//! The pages, as HTML.

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html};
use pulsehook_axum::jiff::Timestamp;

use super::look::{Decoded, Sought};
use super::pretty::{Shown, pretty, raw};
use super::store::{Entry, MOST_ENTRIES, MOST_OF_BODY, Store};
use crate::config::counted;
use crate::diagnose::Finding;
use crate::serve::trace::Outcome;

const STYLE: &str = include_str!("assets/watch.css");
const SCRIPT: &str = include_str!("assets/watch.js");
const ICON: &str = include_str!("assets/icon.svg");

/// What every page uses: path, type, content.
const ASSETS: [(&str, &str, &str); 3] = [
    ("/watch.css", "text/css; charset=utf-8", STYLE),
    ("/watch.js", "text/javascript; charset=utf-8", SCRIPT),
    ("/icon.svg", "image/svg+xml", ICON),
];

/// Tells whether a path is that of a file that is the same for everyone.
pub(super) fn is_asset(path: &str) -> bool {
    ASSETS.iter().any(|(asset, ..)| *asset == path)
}

/// Returns such a file.
pub(super) fn asset(path: &str) -> Option<Response> {
    let (_, kind, content) = ASSETS.iter().find(|(asset, ..)| *asset == path)?;
    Some(([(header::CONTENT_TYPE, *kind)], *content).into_response())
}

fn page(title: &str, main: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – pulsehook" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/watch.css";
                script type="module" src="/watch.js" {}
            }
            body {
                a .skip href="#main" { "Skip to content" }
                header {
                    a .brand href="/" { "pulsehook" }
                    p { "Requests as they come in. Kept in memory alone, until the server ends." }
                }
                main #main tabindex="-1" { (main) }
            }
        }
    };
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (kind, markup.into_string()).into_response()
}

/// Says that something is not to be had, and what to do.
pub(super) fn plain(what: &str, advice: &str) -> Response {
    page(
        "No access",
        &html! {
            h1 { (what) }
            p { (advice) }
        },
    )
}

/// Lists all requests, the newest first.
pub(super) fn list(store: &Store) -> Response {
    let entries = store.after(0);
    let last = entries.last().map_or(0, |entry| entry.number);
    page(
        "Requests",
        &html! {
            h1 { "Requests" }
            p #live role="status" aria-live="polite" data-after=(last) {
                "Reload the page to see new requests."
            }
            p #none hidden[!entries.is_empty()] {
                "No request yet. Send one, for example with " code { "pulsehook send" } "."
            }
            // The roles are said because narrow screens lay the table out as blocks.
            table #requests role="table" data-most=(MOST_ENTRIES) hidden[entries.is_empty()] {
                caption {
                    "The latest requests, at most " (MOST_ENTRIES) ", the newest first; times are \
                     in UTC."
                }
                thead role="rowgroup" {
                    tr role="row" {
                        th role="columnheader" scope="col" { "Time" }
                        th role="columnheader" scope="col" { "Outcome" }
                        th role="columnheader" scope="col" { "Status" }
                        th role="columnheader" scope="col" { "Endpoint" }
                        th role="columnheader" scope="col" { "Provider" }
                        th role="columnheader" scope="col" { "Event types" }
                        th .number role="columnheader" scope="col" { "Size" }
                        th .number role="columnheader" scope="col" { "Took" }
                    }
                }
                tbody role="rowgroup" {
                    @for entry in entries.iter().rev() { (row(entry)) }
                }
            }
        },
    )
}

/// One row of the list. On narrow screens each cell stands on a line of its own, with its name.
pub(super) fn row(entry: &Entry) -> Markup {
    let verdict = &entry.verdict;
    html! {
        tr role="row" data-number=(entry.number) {
            th role="rowheader" scope="row" data-name="Time" {
                a href={ "/requests/" (entry.number) } {
                    time datetime=(instant(entry)) { (clock(entry.at)) }
                    span .hidden { ": request " (entry.number) }
                }
            }
            td role="cell" data-name="Outcome" {
                div {
                    (badge(verdict.outcome))
                    @if let Some(rule) = verdict.rule { " " code { (rule) } }
                    @if entry.resent_from.is_some() { " " span .mark { "resent" } }
                }
            }
            td role="cell" data-name="Status" { (entry.status) }
            td role="cell" data-name="Endpoint" { (or_dash(entry.label())) }
            td role="cell" data-name="Provider" { (or_dash(entry.provider())) }
            td role="cell" data-name="Event types" { div .types { (or_dash(&verdict.types.join(", "))) } }
            td .number role="cell" data-name="Size" { (size(entry.size())) }
            td .number role="cell" data-name="Took" { (span_of(entry)) }
        }
    }
}

fn badge(outcome: Outcome) -> Markup {
    let tone = match outcome {
        _ if outcome.is_good() => "good",
        _ => "bad",
    };
    html! { span class={ "badge " (tone) } { (title_of(outcome)) } }
}

fn title_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotFound => "no such path",
        other => other.as_str(),
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

/// The most of a text that is shown.
const MOST_SHOWN: usize = 256 * 1024;

/// What was found out about one request.
pub(super) struct Details {
    pub(super) decoded: Option<Decoded>,
    pub(super) diagnosis: Sought,
}

/// Shows one request.
pub(super) fn detail(store: &Store, entry: &Entry, details: &Details) -> Response {
    let title = format!("Request {}", entry.number);
    page(
        &title,
        &html! {
            nav aria-label="Back" { a href="/" { "← All requests" } }
            h1 { (title) " " (badge(entry.verdict.outcome)) }
            @if let Some(from) = entry.resent_from {
                p { "Resent from " a href={ "/requests/" (from) } { "request " (from) } "." }
            }
            (refusal(entry, &details.diagnosis))
            (facts(store, entry, details.decoded.as_ref()))
            (resend(entry))
            @if let Some(decoded) = &details.decoded { (decoded_sections(decoded)) }
            @else if entry.verdict.outcome.is_decoded() {
                p { "It cannot be decoded again here: its body is not kept as a whole." }
            }
            (body(entry))
            (headers(store, entry))
        },
    )
}

fn refusal(entry: &Entry, diagnosis: &Sought) -> Markup {
    html! {
        @if let Some(reason) = &entry.verdict.reason {
            section .why aria-labelledby="why" {
                h2 #why { "Why" }
                p #explanation { (prose(reason)) "." }
                (findings(diagnosis))
                @if let Some(advice) = &entry.verdict.advice && !is_explained(diagnosis) {
                    p #advice { "In general: " (prose(advice)) "." }
                }
            }
        } @else if entry.verdict.outcome == Outcome::NotFound {
            section .why aria-labelledby="why" {
                h2 #why { "Why" }
                p #explanation {
                    "No endpoint has this path; compare the URL at the provider with " code { "path" }
                    ", letter case and slashes included."
                }
            }
        }
    }
}

/// Tells whether it was found out what would have made a request pass, all of it.
fn is_explained(sought: &Sought) -> bool {
    match sought {
        Sought::Done(diagnosis) => diagnosis.suffices,
        Sought::NotOne | Sought::TooEarly | Sought::NotWhole => false,
    }
}

/// Shows a text whose names stand between backticks.
fn prose(text: &str) -> Markup {
    html! {
        @for (part, is_code) in text.split('`').zip([false, true].into_iter().cycle()) {
            @if is_code { code { (part) } } @else { (part) }
        }
    }
}

fn findings(sought: &Sought) -> Markup {
    html! {
        @match sought {
            Sought::NotOne => {}
            Sought::TooEarly => p { "The body is still arriving; reload to find out more." }
            Sought::NotWhole => p {
                "The body is not kept as a whole, so what would have made it pass was not tried."
            }
            Sought::Done(diagnosis) => {
                @if !diagnosis.findings.is_empty() {
                    h3 {
                        @if diagnosis.suffices { "What would have made it pass" }
                        @else { "What is wrong, and not enough to mend alone" }
                    }
                    (list_of(&diagnosis.findings))
                }
                @for also in &diagnosis.also { p { "Besides, " (also) "." } }
                @if !diagnosis.hints.is_empty() {
                    h3 { "What it looks like" }
                    (list_of(&diagnosis.hints))
                }
                @if let Some(remains) = &diagnosis.remains { p { (prose(remains)) "." } }
                @if diagnosis.stopped_early {
                    p { "Not all was tried: the request is large. " code { "pulsehook verify" } " tries more." }
                }
            }
        }
    }
}

fn list_of(findings: &[Finding]) -> Markup {
    html! {
        ul {
            @for finding in findings {
                li {
                    code {
                        (finding.rule)
                        @if let Some(and) = finding.and { " + " (and) }
                    }
                    ": " (prose(&finding.what)) "; " (prose(&finding.advice)) "."
                }
            }
        }
    }
}

fn facts(store: &Store, entry: &Entry, decoded: Option<&Decoded>) -> Markup {
    let fact = |name: &str, value: &str| html! { dt { (name) } dd { (value) } };
    html! {
        section aria-labelledby="facts" {
            h2 #facts { "Facts" }
            dl {
                (fact("Request", &format!("{} {}", entry.head.method(), store.masks.target(entry))))
                (fact("Answered", &entry.status.to_string()))
                (fact("Received", &instant(entry)))
                (fact("Took", &span_of(entry)))
                (fact("Endpoint", or_dash(entry.label())))
                (fact("Provider", or_dash(entry.provider())))
                @if let Some(peer) = entry.peer { (fact("From", &peer.to_string())) }
                (fact("Body", &size(entry.size())))
                @if !entry.verdict.types.is_empty() {
                    (fact("Event types", &entry.verdict.types.join(", ")))
                }
                @if let Some(decoded) = decoded {
                    (fact("De-duplication key", &decoded.dedup_key))
                    (fact("Authenticity", decoded.authenticity))
                    (fact("Key", or_dash(&decoded.key_ids.join(", "))))
                }
            }
        }
    }
}

fn resend(entry: &Entry) -> Markup {
    html! {
        @if entry.whole_request().is_some() {
            form method="post" action={ "/requests/" (entry.number) "/resend" } {
                button { "Resend" }
                p .aside { "Sends this request to the server's endpoint again, as it came." }
            }
        } @else {
            p .aside { "It cannot be resent: its body is not kept as a whole." }
        }
    }
}

fn decoded_sections(decoded: &Decoded) -> Markup {
    html! {
        (code_section("events", "Decoded events", &pretty(decoded.events.get(), MOST_SHOWN)))
        (code_section("view", "Neutral view", &pretty(&decoded.views, MOST_SHOWN)))
        @if decoded.has_follow_ups {
            (code_section("calls", "Follow-up calls", &pretty(&decoded.follow_ups, MOST_SHOWN)))
        } @else {
            section aria-labelledby="calls" {
                h2 #calls { "Follow-up calls" }
                p { "None: there is nothing to fetch." }
            }
        }
    }
}

fn body(entry: &Entry) -> Markup {
    let body = entry.body();
    let shown = raw(&body.bytes, MOST_SHOWN);
    html! {
        @if body.bytes.is_empty() {
            section aria-labelledby="body" {
                h2 #body { "Raw body" }
                p { (if body.received == 0 { "Empty." } else { "Not kept: too many bodies arrived." }) }
            }
        } @else {
            (code_section("body", "Raw body", &shown))
        }
        @if !body.bytes.is_empty() && !body.whole {
            p .aside {
                (if !body.ended { "It is still arriving." }
                else if body.bytes.len() >= MOST_OF_BODY { "Only its first MiB is kept." }
                else { "It is not whole: it broke off, or too many bodies arrived." })
            }
        }
    }
}

fn headers(store: &Store, entry: &Entry) -> Markup {
    html! {
        section aria-labelledby="headers" {
            h2 #headers { "Headers" }
            p .aside { "Credentials, signatures, and what may hold a secret are not shown." }
            dl .headers {
                @for (name, value) in store.masks.headers(entry) {
                    dt { (name) }
                    dd {
                        @match value {
                            Some(value) => (value),
                            None => span .mark { (super::mask::MASKED) },
                        }
                    }
                }
            }
        }
    }
}

/// A text that scrolls inside its own box, by the keyboard too.
fn code_section(id: &str, title: &str, shown: &Shown) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            pre tabindex="0" role="region" aria-labelledby=(id) { code { (shown.text) } }
            @if shown.is_cut { p .aside { "Only the beginning is shown." } }
        }
    }
}

/// Returns when a request came, to the millisecond.
pub(super) fn instant(entry: &Entry) -> String {
    format!("{:.3}", entry.at)
}

/// Returns the time of day to the second.
fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

fn span_of(entry: &Entry) -> String {
    let micros = entry.took.as_micros();
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1000, micros % 1000 / 100),
        10_000..10_000_000 => format!("{} ms", micros / 1000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// Says how many bytes there are.
pub(crate) fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..KIB => counted(usize::try_from(bytes).unwrap_or_default(), "byte"),
        KIB..MIB => format!("{} KiB", tenths(KIB)),
        _ => format!("{} MiB", tenths(MIB)),
    }
}
