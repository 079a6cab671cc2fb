//! The neutral view as such, whatever a provider shows in it.

use proptest::prelude::*;
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::jiff::civil::{Date, date};
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::view::{
    DataKind, DataSource, JobStatus, NeutralView, Period, Span, User, View, What,
};
use pulsehook_core::{Receiver, RequestHead, Text, thryve};
use serde_json::{Value, json};

fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

#[track_caller]
fn check(view: &View<'_>, expect: Value) {
    assert_eq!(serde_json::to_value(view).expect("JSON"), expect);
}

#[test]
fn every_word_of_what_happened() {
    for (what, word) in [
        (What::Connected, "connected"),
        (What::Disconnected, "disconnected"),
        (What::DataAvailable, "data-available"),
        (What::DataPushed, "data-pushed"),
        (What::UserRemoved, "user-removed"),
        (What::Notice, "notice"),
        (What::EndpointTest, "endpoint-test"),
        (What::JobStatus, "job-status"),
        (What::Unknown, "unknown"),
    ] {
        assert_eq!((what.as_str(), what.to_string().as_str()), (word, word));
        check(&View::new(what), json!({"what": word}));
    }
}

#[test]
fn all_members_in_their_order() {
    let view = View::new(What::JobStatus)
        .with_event_type("job.status")
        .with_user("u-5512")
        .with_own_id(Some("patient-9"))
        .with_source(DataSource::new("8").with_name(Some("Withings")))
        .with_source(DataSource::new("4").with_name(None::<&str>))
        .with_kind(DataKind::Sleep)
        .with_kind(DataKind::Other(Text::from("3106")))
        .with_period(Period::days(
            Some(date(2024, 1, 27)),
            Some(date(2024, 1, 28)),
        ))
        .with_time(Some(time("2024-01-28T09:15:00+02:00")))
        .with_status(Some(JobStatus::Failed));
    assert_eq!(
        serde_json::to_string(&view).expect("JSON"),
        concat!(
            r#"{"what":"job-status","event_type":"job.status","#,
            r#""user":{"id":"u-5512","own_id":"patient-9"},"#,
            r#""sources":[{"id":"8","name":"Withings"},{"id":"4"}],"kinds":["sleep","3106"],"#,
            r#""period":{"first_day":"2024-01-27","last_day":"2024-01-28"},"#,
            r#""at":"2024-01-28T07:15:00Z","status":"failed"}"#
        )
    );
    // What is taken back is gone.
    let view = view
        .with_own_id(None)
        .with_period(None)
        .with_time(None)
        .with_status(None);
    check(
        &view,
        json!({"what": "job-status", "event_type": "job.status", "user": {"id": "u-5512"},
            "sources": [{"id": "8", "name": "Withings"}, {"id": "4"}], "kinds": ["sleep", "3106"]}),
    );
}

#[test]
fn sources_and_kinds_stand_there_once() {
    let mut view = View::new(What::DataPushed);
    for id in ["8", "4", "8"] {
        view = view
            .with_source(DataSource::new(id))
            .with_kind(DataKind::from(id));
        view = view.with_kind(DataKind::Sleep);
    }
    // Another name is another source.
    view = view.with_source(DataSource::new("8").with_name(Some("Withings")));
    let ids: Vec<&str> = view.sources.iter().map(|source| &*source.id).collect();
    assert_eq!(ids, ["8", "4", "8"]);
    let kinds: Vec<&str> = view.kinds.iter().map(DataKind::as_str).collect();
    assert_eq!(kinds, ["8", "sleep", "4"]);
}

#[test]
fn a_user_has_either_id() {
    assert!(User::default().is_unknown());
    let own = View::new(What::Unknown).with_own_id(Some("patient-9"));
    assert!(!own.user.is_unknown());
    check(
        &own,
        json!({"what": "unknown", "user": {"own_id": "patient-9"}}),
    );
    let theirs = View::new(What::Unknown).with_user("");
    assert!(!theirs.user.is_unknown());
}

#[test]
fn kinds_and_states_are_open_words() {
    for kind in DataKind::KNOWN {
        let word = serde_json::to_value(kind).expect("JSON");
        assert_eq!(&DataKind::from(kind.as_str()), kind);
        let is_kebab = |byte: u8| byte == b'-' || byte.is_ascii_lowercase();
        assert!(kind.as_str().bytes().all(is_kebab));
        assert_eq!(
            serde_json::from_value::<DataKind>(word).expect("a word"),
            *kind
        );
    }
    let other = DataKind::from("tides");
    assert_eq!(other, DataKind::Other(Text::from("tides")));
    let words: Vec<&str> = JobStatus::KNOWN.iter().map(JobStatus::as_str).collect();
    assert_eq!(
        words,
        ["waiting", "in-progress", "completed", "failed", "cancelled"]
    );
}

#[test]
fn a_period_serialises_by_its_kind() {
    let (start, end) = (time("2024-01-28T07:00:00Z"), time("2024-01-28T07:00:00.5Z"));
    let (first, last) = (date(2024, 1, 27), date(2024, 1, 28));
    for (period, expect) in [
        (
            Period::instants(Some(start), Some(end)),
            json!({"start": "2024-01-28T07:00:00Z", "end": "2024-01-28T07:00:00.5Z"}),
        ),
        (
            Period::instants(Some(start), None),
            json!({"start": "2024-01-28T07:00:00Z"}),
        ),
        (
            Period::instants(None, Some(start)),
            json!({"end": "2024-01-28T07:00:00Z"}),
        ),
        (
            Period::days(Some(first), Some(last)),
            json!({"first_day": "2024-01-27", "last_day": "2024-01-28"}),
        ),
        (
            Period::days(Some(first), None),
            json!({"first_day": "2024-01-27"}),
        ),
        (
            Period::days(None, Some(first)),
            json!({"last_day": "2024-01-27"}),
        ),
    ] {
        let period = period.expect("a period");
        assert_eq!(serde_json::to_value(period).expect("JSON"), expect);
    }
    assert_eq!(Period::instants(None, None), None);
    assert_eq!(Period::instants(Some(end), Some(start)), None);
    assert_eq!(Period::days(None, None), None);
    assert_eq!(Period::days(Some(last), Some(first)), None);
}

/// An event of two users, as a provider of one's own may have.
struct Beats([&'static str; 2]);

impl NeutralView for Beats {
    fn views(&self) -> Vec<View<'_>> {
        let view = |user: &'static str| View::new(What::DataPushed).with_user(user);
        self.0.map(view).to_vec()
    }
}

#[test]
fn an_event_has_a_view_for_each_user() {
    let views = Beats(["u-1", "u-2"]).views();
    let users: Vec<_> = views.iter().map(|view| view.user.id.as_deref()).collect();
    assert_eq!(users, [Some("u-1"), Some("u-2")]);
}

#[test]
fn a_delivery_has_the_views_of_all_its_events() {
    let receiver = thryve::Thryve::builder()
        .danger_accept_unauthenticated()
        .build();
    let receiver = Receiver::new(receiver.expect("says so"));
    let request: SignedRequest =
        thryve::testing::unsigned(crate::support::fixture("thryve/messages/v5-both.json"));
    let headers = request.headers();
    let head = RequestHead::new("POST", "/hooks/thryve", &headers);
    let outcome = receiver
        .receive(head, request.body().clone())
        .expect("decodes");
    let delivery = outcome.accepted().expect("no probe");
    let periods: Vec<_> = delivery.views().map(|view| view.period).collect();
    assert!(matches!(
        periods[..],
        [Some(Period::Days(_)), Some(Period::Instants(_))]
    ));
}

proptest! {
    #[test]
    fn a_span_never_ends_before_it_starts(start: Option<i32>, end: Option<i32>) {
        match Span::new(start, end) {
            Some(span) => {
                prop_assert_eq!((span.start(), span.end()), (start, end));
                prop_assert_eq!(span.bounds(), start.zip(end));
                prop_assert!(span.bounds().is_none_or(|(start, end)| start <= end));
                prop_assert!(start.is_some() || end.is_some());
            }
            None => prop_assert!(start.zip(end).map_or(start == end, |(start, end)| end < start)),
        }
    }

    #[test]
    fn days_and_instants_are_never_mixed_up(nanos in any::<i64>(), day in 0_i8..28) {
        let instant = Timestamp::from_nanosecond(nanos.into()).expect("in range");
        let day: Date = date(2024, 2, 1 + day);
        let instants = Period::instants(Some(instant), Some(instant));
        prop_assert!(matches!(instants, Some(Period::Instants(span)) if span.bounds() == Some((instant, instant))));
        let days = Period::days(Some(day), Some(day));
        prop_assert!(matches!(days, Some(Period::Days(span)) if span.bounds() == Some((day, day))));
        prop_assert_ne!(instants, days);
    }
}
