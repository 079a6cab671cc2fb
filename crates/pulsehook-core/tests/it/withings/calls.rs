//! Single calls, those that are signed, and requests made of both.

use pulsehook_core::follow_up::{Authorization, Call, CallError, CredentialKind, Origin};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::jiff::civil::date;
use pulsehook_core::withings::{
    Answer, Api, Application, AuthorizeError, Category, Nonce, Selection, call_signature,
    data_fields, nonce_signature,
};
use pulsehook_core::{SigningKey, form};
use serde_json::{Value, json};

fn secret() -> SigningKey {
    SigningKey::from_text("s3cr3t").expect("a key")
}

fn application() -> Application {
    Application::new("abc", secret())
}

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("in range")
}

/// The pairs of a body.
fn pairs(body: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(body).expect("UTF-8");
    let pairs = form::pairs(text).map(|pair| pair.expect("well-formed"));
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

#[track_caller]
fn check(call: &Call, name: &str, path: &str, form: Value) {
    assert_eq!(call.name(), name);
    let url = call.url().as_str();
    assert_eq!(url, format!("https://wbsapi.withings.net{path}"));
    let shown = serde_json::to_value(call).expect("serialises");
    assert_eq!(shown["form"], form);
    assert_eq!(shown["method"], "POST");
    assert!(call.query().is_empty());
    assert_eq!(call.headers().count(), 0);
}

#[test]
fn every_service_has_a_call() {
    let api = Api::default();
    let (start, end) = (instant(5), instant(6));
    let user = Some((CredentialKind::UserToken, Some("7".to_owned())));
    let signed = Some((CredentialKind::Signature, None));
    let since = json!({"lastupdate": "5"});
    let between = json!({"startdate": "5", "enddate": "6"});
    let with = |action: &str, rest: &Value, fields: &[&str]| {
        let mut form = rest.clone();
        form["action"] = json!(action);
        if !fields.is_empty() {
            form["data_fields"] = json!(fields.join(","));
        }
        form
    };
    let signal = json!({"signalid": "9"});
    let devices = json!({"mac_addresses": "[\"00:24:e4:0a:0b:0c\",\"00:24:e4:0a:0b:0d\"]"});
    let both = ["00:24:e4:0a:0b:0c", "00:24:e4:0a:0b:0d"];
    let rows = [
        (
            api.getmeas(7, &[1, 5], Selection::ModifiedSince(start)),
            ("Measure – Getmeas", "/measure"),
            json!({
                "action": "getmeas", "meastypes": "1,5", "category": "1", "lastupdate": "5",
            }),
            &user,
        ),
        (
            api.getactivity(7, Selection::ModifiedSince(start)),
            ("Measure v2 – Getactivity", "/v2/measure"),
            with("getactivity", &since, data_fields::ACTIVITY),
            &user,
        ),
        (
            api.getintradayactivity(7, start, end),
            ("Measure v2 – Getintradayactivity", "/v2/measure"),
            with("getintradayactivity", &between, data_fields::INTRADAY),
            &user,
        ),
        (
            api.getworkouts(7, Selection::ModifiedSince(start)),
            ("Measure v2 – Getworkouts", "/v2/measure"),
            with("getworkouts", &since, data_fields::WORKOUTS),
            &user,
        ),
        (
            api.sleep_get(7, start, end),
            ("Sleep v2 – Get", "/v2/sleep"),
            with("get", &between, data_fields::SLEEP),
            &user,
        ),
        (
            api.sleep_getsummary(7, Selection::ModifiedSince(start)),
            ("Sleep v2 – Getsummary", "/v2/sleep"),
            with("getsummary", &since, data_fields::SLEEP_SUMMARY),
            &user,
        ),
        (
            api.heart_list(7, start, end),
            ("Heart v2 – List", "/v2/heart"),
            with("list", &between, &[]),
            &user,
        ),
        (
            api.heart_get(7, "9"),
            ("Heart v2 – Get", "/v2/heart"),
            with("get", &signal, &[]),
            &user,
        ),
        (
            api.stetho_list(7, start, end),
            ("Stetho v2 – List", "/v2/stetho"),
            with("list", &between, &[]),
            &user,
        ),
        (
            api.stetho_get(7, "9"),
            ("Stetho v2 – Get", "/v2/stetho"),
            with("get", &signal, &[]),
            &user,
        ),
        (
            api.answers_get(7, start),
            ("Answers v2 – Get", "/v2/answers"),
            json!({"action": "get", "userid": "7", "startdate": "5"}),
            &signed,
        ),
        (
            api.activate(&both),
            ("User v2 – Activate", "/v2/user"),
            with("activate", &devices, &[]),
            &signed,
        ),
        (
            api.link(Some(7), &both),
            ("User v2 – Link", "/v2/user"),
            with("link", &devices, &[]),
            &user,
        ),
        (
            api.getdevice(7),
            ("User v2 – Getdevice", "/v2/user"),
            json!({"action": "getdevice"}),
            &user,
        ),
    ];
    for (call, (name, path), form, credential) in rows {
        check(&call, name, path, form);
        let found = call.credential().map(|it| {
            let user = it.user.as_ref().map(|user| user.as_str().to_owned());
            (it.kind, user)
        });
        assert_eq!(&found, credential, "{name}");
    }
}

#[test]
fn all_documented_fields_are_asked_for() {
    let rows = [
        (
            data_fields::ACTIVITY,
            "steps,distance,elevation,soft,moderate,intense,active,calories,totalcalories,\
             hr_average,hr_min,hr_max,hr_zone_0,hr_zone_1,hr_zone_2,hr_zone_3",
        ),
        (
            data_fields::INTRADAY,
            "steps,elevation,calories,distance,stroke,pool_lap,duration,heart_rate,spo2_auto,\
             rmssd,sdnn1,hrv_quality,core_body_temperature,rr,chest_movement_rate",
        ),
        (data_fields::INTRADAY_HRV, "rmssd,sdnn1,hrv_quality"),
        (
            data_fields::WORKOUTS,
            "calories,intensity,manual_intensity,manual_distance,manual_calories,hr_average,\
             hr_min,hr_max,hr_zone_0,hr_zone_1,hr_zone_2,hr_zone_3,pause_duration,\
             algo_pause_duration,spo2_average,core_body_temperature_avg,\
             core_body_temperature_min,core_body_temperature_max,\
             core_body_temperature_status,steps,distance,elevation,pool_laps,strokes,\
             pool_length",
        ),
        (
            data_fields::SLEEP,
            "hr,rr,snoring,sdnn_1,rmssd,hrv_quality,mvt_score,chest_movement_rate,\
             withings_index,breathing_sounds",
        ),
        (data_fields::SLEEP_HRV, "rmssd,sdnn_1,hrv_quality"),
        (
            data_fields::SLEEP_SUMMARY,
            "total_timeinbed,total_sleep_time,asleepduration,lightsleepduration,\
             remsleepduration,deepsleepduration,sleep_efficiency,sleep_latency,\
             wakeup_latency,wakeupduration,wakeupcount,waso,nb_rem_episodes,\
             out_of_bed_count,hr_average,hr_min,hr_max,rr_average,rr_min,rr_max,snoring,\
             sleep_score",
        ),
    ];
    for (fields, documented) in rows {
        assert_eq!(fields.join(","), documented);
    }
}

#[test]
fn all_types_are_asked_for_where_none_is_named() {
    let call = Api::default().getmeas(7, &[], Selection::Between(instant(5), instant(6)));
    let form = json!({"action": "getmeas", "category": "1", "startdate": "5", "enddate": "6"});
    check(&call, Api::GETMEAS, "/measure", form);
}

#[test]
fn days_are_written_as_days() {
    let days = Selection::Between(date(2024, 1, 28), date(2024, 2, 3));
    for call in [
        Api::default().getactivity(7, days),
        Api::default().getworkouts(7, days),
        Api::default().sleep_getsummary(7, days),
    ] {
        let form = call.form().expect("a form");
        assert_eq!(form.get("startdateymd"), Some("2024-01-28"));
        assert_eq!(form.get("enddateymd"), Some("2024-02-03"));
        assert_eq!(form.get("lastupdate"), None);
    }
}

#[test]
fn parts_of_seconds_make_a_period_longer() {
    let instant = |nanoseconds| Timestamp::from_nanosecond(nanoseconds).expect("in range");
    for (start, end, expect) in [
        (1_500_000_000, 2_500_000_000, ("1", "3")),
        (1_000_000_000, 2_000_000_000, ("1", "2")),
        (-1_500_000_000, -500_000_000, ("-2", "0")),
        (-2_000_000_000, -1_000_000_000, ("-2", "-1")),
    ] {
        let call = Api::default().heart_list(7, instant(start), instant(end));
        let form = call.form().expect("a form");
        let found = form.get("startdate").zip(form.get("enddate"));
        assert_eq!(found, Some(expect));
    }
    let call = Api::default().getmeas(7, &[], Selection::ModifiedSince(instant(-500_000_000)));
    let form = call.form().expect("a form");
    assert_eq!(form.get("lastupdate"), Some("-1"));
}

#[test]
fn subscriptions_have_calls() {
    let api = Api::default();
    let (url, new_url) = ("https://example.org/h?token=t", "https://example.org/n");
    let path = "/notify";
    check(
        &api.notify_subscribe(7, url, Category::Sleep)
            .with_form("comment", "c"),
        "Notify – Subscribe",
        path,
        json!({"action": "subscribe", "callbackurl": url, "appli": "44", "comment": "c"}),
    );
    check(
        &api.notify_get(7, url, None),
        "Notify – Get",
        path,
        json!({"action": "get", "callbackurl": url}),
    );
    check(
        &api.notify_get(7, url, Category::Weight),
        "Notify – Get",
        path,
        json!({"action": "get", "callbackurl": url, "appli": "1"}),
    );
    check(
        &api.notify_list(7, None),
        "Notify – List",
        path,
        json!({"action": "list"}),
    );
    check(
        &api.notify_list(7, Category::Other(1000)),
        "Notify – List",
        path,
        json!({"action": "list", "appli": "1000"}),
    );
    check(
        &api.notify_update(7, (url, Category::Weight), (new_url, Category::Sleep), "c"),
        "Notify – Update",
        path,
        json!({
            "action": "update", "callbackurl": url, "appli": "1",
            "new_callbackurl": new_url, "new_appli": "44", "comment": "c",
        }),
    );
    check(
        &api.notify_revoke(7, Some(url), Category::Weight),
        "Notify – Revoke",
        path,
        json!({"action": "revoke", "callbackurl": url, "appli": "1"}),
    );
    check(
        &api.notify_revoke(7, None, None),
        "Notify – Revoke",
        path,
        json!({"action": "revoke"}),
    );
}

#[test]
fn the_set_up_of_devices_is_subscribed_with_a_signature() {
    let url = "https://example.org/h?token=t";
    let call = Api::default().notify_subscribe_device_set_up(url);
    let form = json!({"action": "subscribe", "callbackurl": url, "appli": "53"});
    check(&call, "Notify – Subscribe", "/notify", form);
    let authorization = application().authorize(&call, &Nonce::from("n-1"));
    let request = call.request(&authorization.expect("signed")).expect("fits");
    assert!(request.headers().get("authorization").is_none());
    let expect = call_signature(&secret(), "subscribe", "abc", "n-1");
    let pairs = pairs(request.body());
    let last = pairs.last().expect("parameters");
    assert_eq!((&*last.0, &*last.1), ("signature", &*expect));
    assert_eq!(pairs.len(), 6);
}

#[test]
fn the_call_for_a_nonce_is_complete() {
    let now = instant(1_700_000_000);
    let call = application().nonce_call(&Api::us_medical(), now);
    assert_eq!(call.name(), "Signature v2 – Getnonce");
    let url = "https://wbsapi.us.withingsmed.net/v2/signature";
    assert_eq!(call.url().as_str(), url);
    let form = serde_json::to_value(call.form()).expect("serialises");
    assert_eq!(
        form,
        json!({
            "action": "getnonce",
            "client_id": "abc",
            "timestamp": "1700000000",
            // The documented example.
            "signature": "a5ff572ac251e6eb5d652f28016f5c6af152c00eff34e3d9ddbb5ebd66087a6c",
        })
    );
    let form_value = call.form().and_then(|form| form.get("signature"));
    assert_eq!(form_value, Some(&*nonce_signature(&secret(), "abc", now)));
    assert_eq!(call.credential(), None);
    let request = call.request(&Authorization::none()).expect("complete");
    assert_eq!(pairs(request.body()).len(), 4);
    let bearer = pulsehook_core::withings::user_token("t").expect("a token");
    assert_eq!(
        call.request(&bearer).err(),
        Some(CallError::NoCredentialWanted)
    );
}

#[test]
fn signed_calls_get_three_parameters_and_no_header() {
    let api = Api::default();
    let nonce = Answer::read(br#"{"status":0,"body":{"nonce":"n-1"}}"#).expect("an answer");
    let nonce = nonce.nonce().expect("a nonce");
    for (call, action) in [
        (api.answers_get(7, instant(5)), "get"),
        (
            api.activate(&["00:24:e4:0a:0b:0c"])
                .with_form("lang", "en_US"),
            "activate",
        ),
    ] {
        let before = call.form().expect("a form").iter().count();
        let authorization = application()
            .authorize(&call, &nonce)
            .expect("to be signed");
        let request = call.request(&authorization).expect("fits");
        assert!(request.headers().get("authorization").is_none());
        let pairs = pairs(request.body());
        assert_eq!(pairs.len(), before + 3);
        let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), before + 3, "no parameter is there twice");
        let expect = call_signature(&secret(), action, "abc", "n-1");
        for (name, value) in [
            ("client_id", "abc"),
            ("nonce", "n-1"),
            ("signature", &*expect),
        ] {
            assert!(
                pairs.contains(&(name.to_owned(), value.to_owned())),
                "{name}"
            );
        }
        // A token is no signature, and a signature is no token.
        let bearer = pulsehook_core::withings::user_token("t").expect("a token");
        let needs = CredentialKind::Signature;
        assert_eq!(
            call.request(&bearer).err(),
            Some(CallError::WrongCredential { needs })
        );
        let needs = CredentialKind::UserToken;
        let of_user = api.getdevice(7);
        let refused = of_user.request(&authorization).err();
        assert_eq!(refused, Some(CallError::WrongCredential { needs }));
    }
}

#[test]
fn other_calls_are_not_signed() {
    let api = Api::default();
    let application = application();
    let refused = |call: &Call| application.authorize(call, &Nonce::from("n-1")).err();
    assert_eq!(refused(&api.getdevice(7)), Some(AuthorizeError::NotSigned));
    let complete = application.nonce_call(&api, instant(5));
    assert_eq!(refused(&complete), Some(AuthorizeError::NotSigned));
    for name in ["client_id", "nonce", "signature"] {
        let taken = api.answers_get(7, instant(5)).with_form(name, "x");
        assert_eq!(refused(&taken), Some(AuthorizeError::Taken { name }));
    }
    let origin = Origin::new("https://api.example.org").expect("an origin");
    let bare = Call::post("x", origin.url("/x")).with_credential(CredentialKind::Signature, None);
    assert_eq!(refused(&bare), Some(AuthorizeError::NoAction));
    let without_action = bare.with_form("a", "b");
    assert_eq!(refused(&without_action), Some(AuthorizeError::NoAction));
}

#[test]
fn a_request_of_a_user_has_the_token_and_the_form() {
    let call = Api::default().getmeas(7, &[1], Selection::Between(instant(5), instant(6)));
    let bearer = pulsehook_core::withings::user_token("t-1").expect("a token");
    let request = call.request(&bearer).expect("fits");
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://wbsapi.withings.net/measure");
    assert_eq!(request.headers()["authorization"], "Bearer t-1");
    let content_type = &request.headers()["content-type"];
    assert_eq!(content_type, "application/x-www-form-urlencoded");
    let body = "action=getmeas&meastypes=1&category=1&startdate=5&enddate=6";
    assert_eq!(request.body(), body);
}

#[test]
fn tokens_of_users_fit_calls_of_users_alone() {
    let token = pulsehook_core::withings::user_token("canary").expect("a token");
    crate::core::Canaries::of(&[]).check_debug("a token", &token);
    for text in ["", " ", "a\nb", "ü"] {
        assert!(
            pulsehook_core::withings::user_token(text).is_err(),
            "{text:?}"
        );
    }
    let of_user = Api::default().getdevice(7);
    assert!(of_user.request(&token).is_ok());
    for needs in [
        CredentialKind::ApplicationToken,
        CredentialKind::ApplicationKey,
        CredentialKind::ApplicationPasswords,
        CredentialKind::Signature,
    ] {
        let call = of_user.clone().with_credential(needs, None);
        let refused = call.request(&token).err();
        assert_eq!(refused, Some(CallError::WrongCredential { needs }));
    }
    // Another provider's token of a user is none of Withings'.
    let other = pulsehook_core::human_api::user_token("t").expect("a token");
    let needs = Some("withings");
    let refused = of_user.request(&other).err();
    assert_eq!(refused, Some(CallError::OtherProvider { needs }));
}

#[test]
fn nothing_secret_is_printed() {
    let canaries = crate::core::Canaries::of(&[]);
    let secret = SigningKey::from_text("canary-secret").expect("a key");
    let application = Application::new("canary-client", secret);
    canaries.check_debug("application", &application);
    let nonce = Nonce::from("canary-nonce");
    canaries.check_debug("nonce", &nonce);
    let api = Api::default();
    let call = api.activate(&["canary-mac"]);
    canaries.check_debug("call", &call);
    let authorization = application.authorize(&call, &nonce).expect("to be signed");
    canaries.check_debug("authorization", &authorization);
    canaries.check_debug("call", &application.nonce_call(&api, instant(5)));
    let url = "https://example.org/h?token=canary-token";
    let subscription = api.notify_subscribe(7_777_777, url, Category::Weight);
    canaries.check_debug("call", &subscription);
    assert!(!format!("{subscription:?}").contains("7777777"));
    let refused = application.authorize(&call.with_form("nonce", "canary"), &nonce);
    let error = refused.expect_err("taken");
    canaries.check_debug("error", &error);
    assert_eq!(
        error.to_string(),
        "the form of the call has `nonce` already"
    );
    let signed = nonce_signature(
        &SigningKey::from_text("canary-secret").expect("a key"),
        "canary-client",
        instant(5),
    );
    let shown = format!("{:?}", application.nonce_call(&api, instant(5)));
    assert!(!shown.contains(&signed));
}
