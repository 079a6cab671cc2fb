//! A line of the page: what an event means, and what is fetched after it.

use std::fmt::Write as _;

use pulsehook_core::follow_up::{Call, CredentialKind, FollowUps};
use pulsehook_core::jiff::SignedDuration;
use pulsehook_core::view::{Period, View};

/// What the page says of one event.
#[derive(PartialEq, Eq)]
pub(super) struct Row {
    pub(super) event_type: Option<String>,
    pub(super) what: String,
    pub(super) kinds: String,
    pub(super) period: &'static str,
    /// Each call once, with the times that it is made.
    pub(super) calls: Vec<(String, usize)>,
}

impl Row {
    pub(super) fn new(views: &[View<'_>], follow_ups: &FollowUps) -> Self {
        let first = views.first().expect("a view");
        let what = distinct(views, |view| match &view.status {
            Some(status) => format!("{} ({status})", view.what),
            None => view.what.to_string(),
        });
        let kinds = distinct(views, |view| {
            let kinds: Vec<_> = view.kinds.iter().map(|kind| kind.as_str()).collect();
            kinds.join(", ")
        });
        let period = match first.period {
            Some(Period::Instants(_)) => "instants",
            Some(Period::Days(_)) => "days",
            None => "",
        };
        let mut calls: Vec<(String, usize)> = Vec::new();
        for call in &follow_ups.calls {
            let line = line(call);
            match calls.iter_mut().find(|(known, _)| *known == line) {
                Some((_, times)) => *times += 1,
                None => calls.push((line, 1)),
            }
        }
        Self {
            event_type: first.event_type.as_deref().map(str::to_owned),
            what,
            kinds,
            period,
            calls,
        }
    }
}

/// Joins what is said of several views, each once.
fn distinct(views: &[View<'_>], say: impl Fn(&View<'_>) -> String) -> String {
    let mut said: Vec<String> = Vec::new();
    for view in views {
        let saying = say(view);
        if !said.contains(&saying) {
            said.push(saying);
        }
    }
    said.join("; ")
}

/// Describes a call, without the ids and values of the fixture.
fn line(call: &Call) -> String {
    let mut line = format!("{}: ", call.name());
    if call.credential().is_none() && !call.url().may_carry_credential() {
        let life = call.link_life().map(|life| lifetime(life.lifetime));
        let life = life.unwrap_or_else(|| "whose life is not published".to_owned());
        write!(line, "`{}` the link, {life}", call.method()).expect("room");
    } else {
        write!(line, "`{} {}`", call.method(), without_ids(call)).expect("room");
    }
    let form = call.form().into_iter().flat_map(|form| form.iter());
    let parameters: Vec<_> = call
        .query()
        .iter()
        .chain(form)
        .map(|(name, value)| match name {
            "action" => format!("`{name}={value}`"),
            _ => format!("`{name}`"),
        })
        .collect();
    if !parameters.is_empty() {
        write!(line, " with {}", parameters.join(", ")).expect("room");
    }
    match call.credential() {
        Some(credential) if credential.kind == CredentialKind::Signature => {
            line.push_str("; signature, with a nonce of Signature v2 – Getnonce");
        }
        Some(credential) => write!(line, "; {}", credential.kind).expect("room"),
        None => line.push_str("; no credential"),
    }
    if let Some(then) = call.then() {
        write!(line, "; then {then}").expect("room");
    }
    if call.is_alternative() {
        format!("or {line}")
    } else {
        line
    }
}

fn lifetime(lifetime: SignedDuration) -> String {
    let seconds = lifetime.as_secs();
    match (seconds / 60, seconds % 60) {
        (minutes, 0) => format!("which lives {minutes} min"),
        _ => format!("which lives {seconds} s"),
    }
}

/// Puts a placeholder in place of each segment of the path that is an id.
fn without_ids(call: &Call) -> String {
    let url = call.url();
    let path = url.as_str().strip_prefix(url.origin()).expect("a path");
    let segments = path.split('/').map(|segment| {
        let is_id = segment.len() >= 8 && segment.contains(|it: char| it.is_ascii_digit());
        let is_id = is_id || segment == "the-client-id";
        if is_id { "{id}" } else { segment }
    });
    let path: Vec<_> = segments.collect();
    format!("{}{}", url.origin(), path.join("/"))
}
