//! Messages that no fixture is: variants whose calls differ, and odd ones, whose names begin with
//! `odd-`.

use super::catalogue::Fixture;

/// Tells whether a message is left out of the page.
pub(super) fn is_odd(name: &str) -> bool {
    name.starts_with("odd-")
}

/// Names and bodies of a provider's messages.
type Bodies = &'static [(&'static str, &'static str)];

pub(super) fn bodies(bodies: Bodies) -> impl Iterator<Item = Fixture> {
    bodies.iter().map(|(name, body)| Fixture {
        name: (*name).to_owned(),
        is_form: !body.starts_with(['{', '[']),
        body: (*body).as_bytes().to_vec(),
    })
}

pub(super) const METRIPORT: Bodies = &[
    (
        "document-download-without-a-list",
        r#"{"meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"medical.document-download"},"patients":[{"patientId":"018f2c00-1111-7000-8000-000000000001","status":"completed"}]}"#,
    ),
    (
        "patient.discharge-summary",
        r#"{"meta":{"messageId":"m-2","when":"2026-02-03T04:05:06.789Z","type":"patient.discharge-summary"},"payload":{"url":"https://files.example.org/1","patientId":"p-1"}}"#,
    ),
    (
        "ias.identity.verified",
        r#"{"meta":{"messageId":"m-3","when":"2026-02-03T04:05:06.789Z","type":"ias.identity.verified"},"payload":{"proofedIdentityId":"i-1"}}"#,
    ),
    (
        "odd-private-link",
        r#"{"meta":{"messageId":"m-4","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://169.254.169.254/latest","patientId":"p-1"}}"#,
    ),
    (
        "odd-device-data",
        r#"{"meta":{"messageId":"m-5","when":"2026-02-03T04:05:06.789Z","type":"devices.health-data"},"users":[{"userId":"u-1","sleep":[{"metadata":{"date":"2026-02-02","source":"garmin"},"name":"Run","movement":{"distance_meters":5000.5}},7],"nutrition":[{"metadata":{"date":"2026-02-02","source":"apple"},"summary":{"micros":{"carbs_g":210.5,"iron_mg":null},"macros":{"sodium_g":2.1}}}]}]}"#,
    ),
    (
        "odd-ping-without-meta",
        r#"{"ping":"k3Jq_0Zr-8sVwXyT1aBcD"}"#,
    ),
];

pub(super) const HUMAN_API: Bodies = &[
    (
        "odd-items",
        r#"[{"humanId":"h-1","endpoint":"/v1/human/weight/readings"},{"sync":"done"},7,{"humanId":"h-1","updatedAt":"2026-02-03T04:05:06.789Z","action":"deleted","objectId":"o-1","endpoint":"/v1/human/new/things"}]"#,
    ),
    (
        "odd-host",
        r#"[{"humanId":"h-1","updatedAt":"2026-02-03T04:05:06.789Z","action":"created","objectId":"o-1","endpoint":"https://api.humanapi.co.evil.test/v1/human/sleeps"}]"#,
    ),
];

pub(super) const THRYVE: Bodies = &[
    (
        "epoch-change-reversed",
        r#"{"endUserId":"u-5512","type":"notification.data.epoch.createupdate","data":{"startTimestamp":"2024-01-28T07:00:00Z","endTimestamp":"2024-01-28T06:00:00Z","dataSourceId":2,"dataTypeIds":[1000]}}"#,
    ),
    (
        "odd-samples",
        r#"{"endUserId":"u-5512","type":"event.data.epoch.create","data":{"dataSourceId":999,"epochData":[{"startTimestamp":"2024-01-28T07:00:00Z","dataTypeId":3000,"value":61.50,"new":1},{"dataTypeId":3000,"value":1},7],"new":{"a":1}}}"#,
    ),
    (
        "odd-reversed-days",
        r#"{"endUserId":"u-5512","type":"notification.data.daily.createupdate","data":{"startDay":"2024-01-28","endDay":"2024-01-27","dataSourceId":8,"dataTypeIds":[1000,9999]}}"#,
    ),
];

pub(super) const WITHINGS: Bodies = &[
    (
        "heart-rate-variability-with-a-window",
        "userid=8812345&appli=62&startdate=1706400000&enddate=1706400060",
    ),
    ("weight-without-a-window", "userid=8812345&appli=1"),
    ("sleep-without-a-window", "userid=8812345&appli=44"),
    ("ecg-without-a-window", "userid=8812345&appli=54"),
    (
        "odd-category",
        "userid=8812345&appli=777&startdate=1706400000&something=new",
    ),
    (
        "odd-reversed-window",
        "userid=8812345&appli=4&startdate=1706400060&enddate=1706400000",
    ),
    (
        "odd-long-window",
        "userid=8812345&appli=44&startdate=1006400000&enddate=1706400000",
    ),
];
