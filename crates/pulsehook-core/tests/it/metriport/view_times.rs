//! Periods and times in the neutral view: days stay days, instants stay instants.

use serde_json::{Value, json};

use super::views::{outcome, views};

#[test]
fn days_stay_days_and_instants_stay_instants() {
    let filters = |filters: &str| {
        let patient = format!(r#"[{{"patientId":"p","status":"completed","filters":{filters}}}]"#);
        outcome("medical.consolidated-data", "patients", &patient).2
    };
    for (set, expected) in [
        (
            r#"{"dateFrom":"2025-01-01","dateTo":"2025-02-01"}"#,
            json!({"first_day": "2025-01-01", "last_day": "2025-02-01"}),
        ),
        (
            r#"{"dateTo":"2025-02-01"}"#,
            json!({"last_day": "2025-02-01"}),
        ),
        (
            r#"{"dateFrom":"2025-02-02","dateTo":"2025-02-01"}"#,
            Value::Null,
        ),
        (r#"{"dateFrom":"2025-01-01T00:00:00Z"}"#, Value::Null),
        (r#"{"dateFrom":"2025-13-01","dateTo":true}"#, Value::Null),
        (r#"{"dateFrom":"","dateTo":""}"#, Value::Null),
        ("null", Value::Null),
    ] {
        assert_eq!(filters(set), expected, "{set}");
    }

    let payload = |message_type, members: &str| {
        let payload =
            format!(r#"{{"patientId":"p","url":"https://files.example.org/e"{members}}}"#);
        outcome(message_type, "payload", &payload).2
    };
    for (message_type, members, expected) in [
        ("patient.admit", "", Value::Null),
        (
            "patient.admit",
            r#","admitTimestamp":"2026-03-04""#,
            Value::Null,
        ),
        (
            "patient.admit",
            r#","admitTimestamp":"2026-03-04T04:30:00""#,
            Value::Null,
        ),
        (
            "patient.admit",
            r#","admitTimestamp":"2026-03-04T05:30:00+01:00""#,
            json!({"start": "2026-03-04T04:30:00Z"}),
        ),
        (
            "patient.discharge",
            r#","dischargeTimestamp":"2026-03-04T04:30:00Z""#,
            json!({"end": "2026-03-04T04:30:00Z"}),
        ),
        (
            "patient.discharge",
            r#","admitTimestamp":"2026-03-05T00:00:00Z","dischargeTimestamp":"2026-03-04T04:30:00Z""#,
            Value::Null,
        ),
        ("patient.pharmacy", "", Value::Null),
        (
            "patient.pharmacy",
            r#","medicationDispensedDate":"yesterday""#,
            Value::Null,
        ),
        (
            "patient.pharmacy",
            r#","medicationDispensedDate":"2026-03-01T08:15:00""#,
            Value::Null,
        ),
        (
            "patient.laboratory",
            r#","specimenCollectedDate":"2026-02-29""#,
            Value::Null,
        ),
        (
            "patient.laboratory",
            r#","specimenCollectedDate":"2024-02-29""#,
            json!({"first_day": "2024-02-29", "last_day": "2024-02-29"}),
        ),
    ] {
        assert_eq!(
            payload(message_type, members),
            expected,
            "{message_type} {members}"
        );
    }
}

#[test]
fn the_time_is_given_where_it_is_an_instant() {
    for (when, sent, at) in [
        (
            "2026-03-04T05:06:07.089Z",
            "",
            Some("2026-03-04T05:06:07.089Z"),
        ),
        (
            "2026-03-04T05:06:07.089Z",
            r#","whenSourceSent":"2026-03-04T01:00:00Z""#,
            Some("2026-03-04T01:00:00Z"),
        ),
        (
            "2026-03-04T05:06:07.089Z",
            r#","whenSourceSent":"2026-03-04""#,
            Some("2026-03-04T05:06:07.089Z"),
        ),
        ("20261304", "", None),
        (
            "20261304",
            r#","whenSourceSent":"2026-03-04T01:00:00Z""#,
            Some("2026-03-04T01:00:00Z"),
        ),
    ] {
        let body = format!(
            r#"{{"meta":{{"messageId":"m","when":"{when}","type":"patient.admit"}},"payload":{{"patientId":"p","url":"https://files.example.org/e"{sent}}}}}"#
        );
        let views = views(body);
        assert_eq!(
            views[0].get("at").and_then(Value::as_str),
            at,
            "{when} {sent}"
        );
    }
}
