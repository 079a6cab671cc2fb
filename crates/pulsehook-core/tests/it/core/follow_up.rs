//! Follow-up calls as such, whatever a provider plans.

use pulsehook_core::follow_up::{
    Call, Context, FollowUpApi, FollowUpError, FollowUps, Origin, Origins,
};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::jiff::tz::{TimeZone, offset};
use serde_json::json;

use crate::core::Canaries;

mod calls;
mod origins;
mod splits;

const API: &str = "https://api.example.org";

fn origin(text: &str) -> Origin {
    Origin::new(text).expect(text)
}

/// One origin that gets a credential.
fn origins() -> Origins {
    Origins::from(origin(API))
}

fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

/// Every error, with its text.
fn errors() -> [(FollowUpError, &'static str); 7] {
    let (field, call) = ("endpoint", "Heart beats");
    [
        (
            FollowUpError::MalformedUrl { field },
            "`endpoint` is no URL that can be called safely",
        ),
        (
            FollowUpError::HostNotAllowed { field },
            "`endpoint` names a host that is not on the list of those that get a credential",
        ),
        (
            FollowUpError::PrivateHost { field },
            "`endpoint` names no public host",
        ),
        (
            FollowUpError::MalformedSegment { field },
            "`endpoint` cannot be part of a URL",
        ),
        (
            FollowUpError::TooManyCalls { call, limit: 9 },
            "Heart beats: more than 9 calls would be needed",
        ),
        (
            FollowUpError::LastSyncUnknown { call },
            "Heart beats: no period that it can ask for is named, and no time of the last sync is known",
        ),
        (
            FollowUpError::PeriodUnknown { call },
            "Heart beats: no period is named that can be asked for",
        ),
    ]
}

#[test]
fn errors_are_their_texts() {
    for (error, text) in errors() {
        assert_eq!(error.to_string(), text);
        assert_eq!(serde_json::to_value(&error).expect("JSON"), json!(text));
    }
}

#[test]
fn a_call_that_cannot_be_planned_never_costs_the_others() {
    let call = |path| Call::get(path, origin(API).url(path));
    assert!(FollowUps::none().is_empty());
    let mut follow_ups = FollowUps::from(call("/1"));
    let [(first, _), (second, _), ..] = errors();
    follow_ups.push(Err(first.clone()));
    follow_ups.extend([Ok(call("/2")), Err(second.clone()), Ok(call("/3"))]);
    let names: Vec<&str> = follow_ups.calls.iter().map(Call::name).collect();
    assert_eq!(names, ["/1", "/2", "/3"]);
    assert_eq!(follow_ups.refused, [first.clone(), second]);
    assert!(!follow_ups.is_empty());
    let refused = FollowUps::from(Err(first.clone()));
    assert_eq!(
        (refused.calls.len(), &refused.refused[..]),
        (0, &[first][..])
    );
    assert!(!refused.is_empty());
}

#[test]
fn follow_ups_serialise_to_two_lists() {
    let mut follow_ups = FollowUps::from(Call::get("Heart beats", origin(API).url("/v1/beats")));
    follow_ups.push(Err(FollowUpError::PrivateHost { field: "url" }));
    assert_eq!(
        serde_json::to_string(&follow_ups).expect("JSON"),
        r#"{"calls":[{"name":"Heart beats","method":"GET","url":"https://api.example.org/v1/beats"}],"refused":["`url` names no public host"]}"#
    );
    assert_eq!(
        serde_json::to_string(&FollowUps::none()).expect("JSON"),
        r#"{"calls":[],"refused":[]}"#
    );
}

#[test]
fn a_context_knows_what_it_is_told() {
    let now = time("2026-11-22T10:00:00Z");
    let context = Context::at(now);
    assert_eq!(context.now, now);
    assert_eq!((context.last_sync, &context.time_zone), (None, &None));
    let zone = TimeZone::fixed(offset(5));
    let told = context
        .clone()
        .with_last_sync(now)
        .with_time_zone(zone.clone());
    assert_eq!(
        (told.last_sync, told.time_zone.clone()),
        (Some(now), Some(zone))
    );
    // What is not known can be said, too.
    assert_eq!(told.with_last_sync(None).with_time_zone(None), context);
}

/// An API of one's own.
struct Beats;

impl FollowUpApi for Beats {
    type Event = Option<&'static str>;

    fn follow_ups(&self, event: &Self::Event, context: &Context) -> FollowUps {
        let Some(endpoint) = event else {
            return FollowUps::none();
        };
        let call = origins()
            .url("endpoint", endpoint)
            .map(|url| Call::get("Heart beats", url).with_query("until", context.now.to_string()));
        FollowUps::from(call)
    }
}

#[test]
fn an_api_of_ones_own_plans_calls() {
    let context = Context::at(time("2026-11-22T10:00:00Z"));
    assert!(Beats.follow_ups(&None, &context).is_empty());
    let planned = Beats.follow_ups(&Some("/v1/beats"), &context);
    assert_eq!(
        planned.calls[0].query().get("until"),
        Some("2026-11-22T10:00:00Z")
    );
    let refused = Beats.follow_ups(&Some("https://evil.test/"), &context);
    assert_eq!(
        refused.refused,
        [FollowUpError::HostNotAllowed { field: "endpoint" }]
    );
    let canaries = Canaries::of(&[]);
    canaries.check_debug(
        "follow-ups",
        &Beats.follow_ups(&Some("/canary?canary=1"), &context),
    );
    for refused in ["https://canary.test/canary", "canary", "//canary.test"] {
        let follow_ups = Beats.follow_ups(&Some(refused), &context);
        assert_eq!(follow_ups.refused.len(), 1);
        canaries.check_debug("follow-ups", &follow_ups);
        canaries.check("JSON", &serde_json::to_string(&follow_ups).expect("JSON"));
    }
}
