//! The calls that follow each category: every row of the plan.

use pulsehook_core::follow_up::{Call, Context, FollowUpApi as _, FollowUps, Origin};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::jiff::tz::{TimeZone, offset};
use pulsehook_core::withings::{Api, Category, data_fields};
use serde_json::{Value, json};

use super::{delivery, event, send, with_order_updates};

mod borders;
mod random;

/// When it is, and when the user's data was last fetched.
const NOW: i64 = 1_706_500_000;
const LAST_SYNC: i64 = 1_706_300_000;

pub(super) fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("in range")
}

fn blank() -> Context {
    Context::at(instant(NOW))
}

fn synced() -> Context {
    blank().with_last_sync(instant(LAST_SYNC))
}

fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone")
}

fn plan(context: &Context, body: &str) -> FollowUps {
    Api::default().follow_ups(&event(body), context)
}

/// Name, path and form of each call; all are posts to the production origin.
#[track_caller]
fn shown(calls: &[Call]) -> Vec<Value> {
    let shown = calls.iter().map(|call| {
        let json = serde_json::to_value(call).expect("serialises");
        assert_eq!(json["method"], "POST");
        let path = json["url"].as_str().expect("a URL");
        let path = path.strip_prefix("https://wbsapi.withings.net");
        json!([
            json["name"],
            path.expect("the origin"),
            json["form"],
            json["credential"]
        ])
    });
    shown.collect()
}

fn bearer() -> Value {
    json!({"kind": "user-token", "user": "7"})
}

fn fields(names: &[&str]) -> String {
    names.join(",")
}

/// The form of a Getmeas call but for the period.
fn getmeas(types: &str, period: &[(&str, &str)]) -> Value {
    let mut form = json!({"action": "getmeas", "category": "1"});
    if !types.is_empty() {
        form["meastypes"] = json!(types);
    }
    for (name, value) in period {
        form[*name] = json!(value);
    }
    json!(["Measure – Getmeas", "/measure", form, bearer()])
}

fn intraday(start: i64, end: i64, fields: &str) -> Value {
    let form = json!({
        "action": "getintradayactivity",
        "startdate": start.to_string(),
        "enddate": end.to_string(),
        "data_fields": fields,
    });
    json!([
        "Measure v2 – Getintradayactivity",
        "/v2/measure",
        form,
        bearer()
    ])
}

fn sleep(start: i64, end: i64, fields: &str) -> Value {
    let form = json!({
        "action": "get",
        "startdate": start.to_string(),
        "enddate": end.to_string(),
        "data_fields": fields,
    });
    json!(["Sleep v2 – Get", "/v2/sleep", form, bearer()])
}

fn list(name: &str, path: &str, start: i64, end: i64) -> Value {
    let form = json!({
        "action": "list", "startdate": start.to_string(), "enddate": end.to_string(),
    });
    json!([name, path, form, bearer()])
}

/// A call that asks by days, with all of its fields.
fn by_day(name: &str, days: [&str; 2]) -> Value {
    by_day_or_change(name, &[("startdateymd", days[0]), ("enddateymd", days[1])])
}

fn by_day_or_change(name: &str, period: &[(&str, &str)]) -> Value {
    let (path, action, all) = match name {
        "Measure v2 – Getactivity" => ("/v2/measure", "getactivity", data_fields::ACTIVITY),
        "Measure v2 – Getworkouts" => ("/v2/measure", "getworkouts", data_fields::WORKOUTS),
        _ => ("/v2/sleep", "getsummary", data_fields::SLEEP_SUMMARY),
    };
    let mut form = json!({"action": action, "data_fields": fields(all)});
    for (name, value) in period {
        form[*name] = json!(value);
    }
    json!([name, path, form, bearer()])
}

#[track_caller]
fn check(context: &Context, body: &str, expect: &[Value]) {
    let follow_ups = plan(context, body);
    assert_eq!(follow_ups.refused, [], "{body}");
    assert_eq!(shown(&follow_ups.calls), expect, "{body}");
}

#[track_caller]
fn check_refused(context: &Context, body: &str, expect: &[&str]) {
    let follow_ups = plan(context, body);
    assert_eq!(follow_ups.calls, [], "{body}");
    let texts: Vec<_> = follow_ups.refused.iter().map(ToString::to_string).collect();
    assert_eq!(texts, expect, "{body}");
}

const WINDOW: &str = "startdate=1706400000&enddate=1706400060";
const CHANGED: &[(&str, &str)] = &[("lastupdate", "1706300000")];
const UNKNOWN: &str =
    "no period that it can ask for is named, and no time of the last sync is known";

#[test]
fn measures_are_asked_for_by_category() {
    let rows = [
        (1, "1,5,6,8,76,77,88,91"),
        (2, "12,71,73"),
        (4, "9,10,11,54"),
        (58, "119"),
        (63, "147,148,151,204,205,248,249,251"),
    ];
    for (number, types) in rows {
        let body = format!("userid=7&appli={number}");
        let period = [("startdate", "1706400000"), ("enddate", "1706400061")];
        let expect = [getmeas(types, &period)];
        check(&blank(), &format!("{body}&{WINDOW}"), &expect);
        check(&synced(), &format!("{body}&{WINDOW}"), &expect);
        for rest in ["", "&startdate=5", "&enddate=5", "&startdate=6&enddate=5"] {
            let body = format!("{body}{rest}");
            check(&synced(), &body, &[getmeas(types, CHANGED)]);
            check_refused(&blank(), &body, &[&format!("Measure – Getmeas: {UNKNOWN}")]);
        }
    }
}

#[test]
fn the_documented_example_is_asked_for_as_documented() {
    let body = "foo=bar&userid=7&appli=1&startdate=1530576000&enddate=1530698753";
    let period = [("startdate", "1530576000"), ("enddate", "1530698754")];
    check(&blank(), body, &[getmeas("1,5,6,8,76,77,88,91", &period)]);
}

#[test]
fn a_window_of_no_length_is_asked_for() {
    let body = "userid=7&appli=4&startdate=1706400000&enddate=1706400000";
    let period = [("startdate", "1706400000"), ("enddate", "1706400001")];
    check(&blank(), body, &[getmeas("9,10,11,54", &period)]);
}

#[test]
fn a_stethoscope_has_recordings_beside_measures() {
    let name = "Stetho v2 – List";
    let body = "userid=7&appli=61";
    let period = [("startdate", "1706400000"), ("enddate", "1706400061")];
    check(
        &blank(),
        &format!("{body}&{WINDOW}"),
        &[
            getmeas("", &period),
            list(name, "/v2/stetho", 1_706_400_000, 1_706_400_061),
        ],
    );
    check(
        &synced(),
        body,
        &[
            getmeas("", CHANGED),
            list(name, "/v2/stetho", LAST_SYNC, NOW),
        ],
    );
    check_refused(
        &blank(),
        body,
        &[
            &format!("Measure – Getmeas: {UNKNOWN}"),
            &format!("{name}: {UNKNOWN}"),
        ],
    );
}

#[test]
fn heart_rate_variability_has_series_where_there_is_a_window() {
    let body = "userid=7&appli=62";
    let period = [("startdate", "1706400000"), ("enddate", "1706400061")];
    check(
        &blank(),
        &format!("{body}&{WINDOW}"),
        &[
            getmeas("", &period),
            intraday(1_706_400_000, 1_706_400_060, "rmssd,sdnn1,hrv_quality"),
            sleep(1_706_400_000, 1_706_400_060, "rmssd,sdnn_1,hrv_quality"),
        ],
    );
    check(&synced(), body, &[getmeas("", CHANGED)]);
    check_refused(&blank(), body, &[&format!("Measure – Getmeas: {UNKNOWN}")]);
}

#[test]
fn a_day_of_activity_is_asked_for_in_the_users_zone() {
    let body = "userid=7&appli=16&date=2024-01-28";
    let days = ["2024-01-28", "2024-01-28"];
    let intraday = |start, end| intraday(start, end, &fields(data_fields::INTRADAY));
    let rest = [
        by_day("Measure v2 – Getactivity", days),
        by_day("Measure v2 – Getworkouts", days),
    ];
    // From midnight to midnight an hour east of Greenwich.
    let zoned = blank().with_time_zone(TimeZone::fixed(offset(1)));
    let expect = [&rest[..], &[intraday(1_706_396_400, 1_706_482_800)]].concat();
    check(&zoned, body, &expect);
    // A window beside it changes nothing.
    check(&zoned, &format!("{body}&{WINDOW}"), &expect);
    // The day before and the day after as well, in UTC.
    let expect = [
        &rest[..],
        &[
            intraday(1_706_313_600, 1_706_400_000),
            intraday(1_706_400_000, 1_706_486_400),
            intraday(1_706_486_400, 1_706_572_800),
        ],
    ]
    .concat();
    check(&blank(), body, &expect);
}

#[test]
fn activity_with_a_window_is_asked_for_by_its_days() {
    let body = "userid=7&appli=16&startdate=1706396400&enddate=1706400060";
    let calls = |days| {
        [
            by_day("Measure v2 – Getactivity", days),
            by_day("Measure v2 – Getworkouts", days),
            intraday(1_706_396_400, 1_706_400_060, &fields(data_fields::INTRADAY)),
        ]
    };
    check(&blank(), body, &calls(["2024-01-26", "2024-01-29"]));
    let zoned = blank().with_time_zone(TimeZone::UTC);
    check(&zoned, body, &calls(["2024-01-27", "2024-01-28"]));
    let zoned = blank().with_time_zone(berlin());
    check(&zoned, body, &calls(["2024-01-28", "2024-01-28"]));
}

#[test]
fn activity_with_an_instant_is_asked_for_by_its_day() {
    let body = "userid=7&appli=16&date=1706396400";
    let calls = |days, start, end| {
        [
            by_day("Measure v2 – Getactivity", days),
            by_day("Measure v2 – Getworkouts", days),
            intraday(start, end, &fields(data_fields::INTRADAY)),
        ]
    };
    let zoned = blank().with_time_zone(berlin());
    let days = ["2024-01-28", "2024-01-28"];
    check(&zoned, body, &calls(days, 1_706_396_400, 1_706_482_800));
    let follow_ups = plan(&blank(), body);
    assert_eq!(follow_ups.refused, []);
    let form = |at: usize| follow_ups.calls[at].form().expect("a form");
    assert_eq!(form(0).get("startdateymd"), Some("2024-01-26"));
    assert_eq!(form(0).get("enddateymd"), Some("2024-01-28"));
    assert_eq!(form(2).get("startdate"), Some("1706227200"));
    assert_eq!(form(4).get("enddate"), Some("1706486400"));
    assert_eq!(follow_ups.calls.len(), 5);
}

#[test]
fn activity_without_a_period_is_asked_for_by_change() {
    let names = ["Measure v2 – Getactivity", "Measure v2 – Getworkouts"];
    let body = "userid=7&appli=16";
    let expect = names.map(|name| by_day_or_change(name, CHANGED));
    check(&synced(), body, &expect);
    let texts = names.map(|name| format!("{name}: {UNKNOWN}"));
    check_refused(&blank(), body, &[&texts[0], &texts[1]]);
}

#[test]
fn a_night_is_asked_for_by_instants_and_by_days_around_it() {
    let body = "userid=7&appli=44&startdate=1706392800&enddate=1706421600";
    let calls = |days| {
        [
            sleep(1_706_392_800, 1_706_421_600, &fields(data_fields::SLEEP)),
            by_day("Sleep v2 – Getsummary", days),
        ]
    };
    check(&blank(), body, &calls(["2024-01-26", "2024-01-29"]));
    let zoned = blank().with_time_zone(TimeZone::fixed(offset(2)));
    check(&zoned, body, &calls(["2024-01-27", "2024-01-29"]));

    let name = "Sleep v2 – Getsummary";
    let body = "userid=7&appli=44";
    check(&synced(), body, &[by_day_or_change(name, CHANGED)]);
    check_refused(&blank(), body, &[&format!("{name}: {UNKNOWN}")]);
}

#[test]
fn recordings_of_ecgs_are_listed_first() {
    let name = "Heart v2 – List";
    let body = "userid=7&appli=54";
    let expect = list(name, "/v2/heart", 1_706_400_000, 1_706_400_061);
    check(&blank(), &format!("{body}&{WINDOW}"), &[expect]);
    check(&synced(), body, &[list(name, "/v2/heart", LAST_SYNC, NOW)]);
    check_refused(&blank(), body, &[&format!("{name}: {UNKNOWN}")]);
    // A last sync that lies ahead does not turn the period round.
    let ahead = blank().with_last_sync(instant(NOW + 5));
    check(&ahead, body, &[list(name, "/v2/heart", NOW + 5, NOW + 5)]);
}

#[test]
fn answers_to_surveys_are_asked_for_with_a_signature() {
    let call = |start: &str| {
        let form = json!({"action": "get", "userid": "7", "startdate": start});
        json!(["Answers v2 – Get", "/v2/answers", form, {"kind": "signature"}])
    };
    let body = "userid=7&appli=60";
    check(&blank(), &format!("{body}&{WINDOW}"), &[call("1706400000")]);
    check(&blank(), &format!("{body}&startdate=5"), &[call("5")]);
    for rest in ["", "&enddate=5", "&startdate=6&enddate=5"] {
        check(&synced(), &format!("{body}{rest}"), &[call("1706300000")]);
    }
    check_refused(&blank(), body, &[&format!("Answers v2 – Get: {UNKNOWN}")]);
}

#[test]
fn a_device_is_activated_or_linked() {
    for (body, user) in [
        ("appli=53&mac=00:24:e4:0a:0b:0c", None),
        ("appli=53&mac=00:24:e4:0a:0b:0c&userid=7", Some("7")),
    ] {
        let follow_ups = plan(&blank(), body);
        assert_eq!(follow_ups.refused, []);
        let form =
            |action: &str| json!({"action": action, "mac_addresses": "[\"00:24:e4:0a:0b:0c\"]"});
        let mut token = json!({"kind": "user-token"});
        if let Some(user) = user {
            token["user"] = json!(user);
        }
        assert_eq!(
            shown(&follow_ups.calls),
            [
                json!(["User v2 – Activate", "/v2/user", form("activate"), {"kind": "signature"}]),
                json!(["User v2 – Link", "/v2/user", form("link"), token]),
            ]
        );
        let alternatives: Vec<_> = follow_ups.calls.iter().map(Call::is_alternative).collect();
        assert_eq!(alternatives, [false, true]);
    }
}

#[test]
fn nothing_follows_the_others() {
    let with_calls = [1, 2, 4, 16, 44, 53, 54, 58, 60, 61, 62, 63];
    let mut without = 0;
    for number in Category::KNOWN
        .iter()
        .map(Category::number)
        .chain([0, 1000])
    {
        for rest in ["", "&action=delete", "&date=2024-01-28", "&date=1706392815"] {
            let body = format!("userid=7&appli={number}&{WINDOW}&mac=m{rest}");
            let follow_ups = plan(&synced(), &body);
            let is_planned = with_calls.contains(&number);
            assert_eq!(follow_ups.is_empty(), !is_planned, "{body}");
            assert_eq!(follow_ups.refused, []);
            without += usize::from(!is_planned);
        }
    }
    assert_eq!(without, 10 * 4);
    let headers = [("content-type", "application/json")];
    let body = br#"{"status":"ADDRESS ERROR"}"#;
    let path = "/hook?token=5e1b9f";
    let order = delivery(send(&with_order_updates(), "POST", path, &headers, body));
    let follow_ups = Api::default().follow_ups(&order.events()[0], &synced());
    assert!(follow_ups.is_empty());
}

#[test]
fn calls_go_to_the_origin_that_is_set() {
    let event = event(format!("userid=7&appli=1&{WINDOW}"));
    let url = |api: &Api| {
        let follow_ups = api.follow_ups(&event, &blank());
        follow_ups.calls[0].url().as_str().to_owned()
    };
    assert_eq!(url(&Api::default()), "https://wbsapi.withings.net/measure");
    assert_eq!(
        url(&Api::us_medical()),
        "https://wbsapi.us.withingsmed.net/measure"
    );
    let fake = Origin::new("http://127.0.0.1:8080").expect("loopback");
    let api = Api::us_medical().with_origin(fake);
    assert_eq!(url(&api), "http://127.0.0.1:8080/measure");
}
