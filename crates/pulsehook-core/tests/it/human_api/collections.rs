//! Queries that no event asks for.

use pulsehook_core::follow_up::{FollowUpError, Method};
use pulsehook_core::human_api::{Api, EndpointKind};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::jiff::civil::date;

use super::follow_ups::instant;

#[test]
fn collections_with_every_parameter() {
    let day = instant("2026-02-03T04:05:06.999Z");
    let call = Api::new()
        .collection(&EndpointKind::HeartRateSummary, "h-1")
        .expect("a known kind")
        .with_limit(0)
        .with_offset(u64::MAX)
        .with_created(Some(day), Some(Timestamp::UNIX_EPOCH))
        .with_updated(None, Some(day))
        .with_days(date(2026, 1, 2), date(2026, 2, 3))
        .with_source("fit & bit")
        .into_call();
    let bearer = pulsehook_core::human_api::user_token("t").expect("a token");
    let uri = "https://api.humanapi.co/v1/human/heart_rate/summaries?limit=1\
        &offset=18446744073709551615&created_since=20260203T040506Z\
        &created_before=19700101T000000Z&updated_before=20260203T040506Z\
        &start_date=2026-01-02&end_date=2026-02-03&source=fit+%26+bit";
    assert_eq!(call.request(&bearer).expect("a request").uri(), uri);
    for (limit, sent) in [
        (1, "1"),
        (50, "50"),
        (500, "500"),
        (501, "500"),
        (u16::MAX, "500"),
    ] {
        let query = Api::new()
            .collection(&EndpointKind::Bmi, "h-1")
            .expect("a known kind");
        let call = query.with_limit(limit).into_call();
        assert_eq!(call.query().get("limit"), Some(sent));
    }
    for kind in EndpointKind::KNOWN {
        let query = Api::new().collection(kind, "h-1").expect("a known kind");
        let url = format!(
            "https://api.humanapi.co/v1/human/{}",
            kind.path().expect("a path")
        );
        let call = query.into_call();
        assert_eq!((call.url().as_str(), call.method()), (&*url, Method::Get));
    }
}

#[test]
fn collections_of_unknown_kinds_are_judged_like_endpoints() {
    let collection = |endpoint: &str| {
        let query = Api::new().collection(&EndpointKind::of(endpoint), "h-1");
        query.map(|query| query.into_call().url().as_str().to_owned())
    };
    let url = "https://api.humanapi.co/v1/human/new";
    assert_eq!(collection("/v1/human/new").as_deref(), Ok(url));
    assert_eq!(collection(url).as_deref(), Ok(url));
    let elsewhere = FollowUpError::HostNotAllowed { field: "endpoint" };
    assert_eq!(collection("https://evil.test/v1/human/new"), Err(elsewhere));
}
