//! Decoding against derived owned structs of the same fields.
//!
//! The library does not know the type beforehand and reads it from the body; the derived structs
//! know it. `Value` stands for a handler that takes whatever JSON it gets.

#![expect(clippy::expect_used, reason = "benchmarks may fail loudly")]
#![expect(
    dead_code,
    reason = "the derived structs are only decoded; that their fields are not read does not spare \
              the decoder anything"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use bytes::Bytes;
use http::request::Parts;
use pulsehook_bench::{Bar, Bench, Candidate, requests, with_kept_heap};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::{Outcome, Provider, Receiver, Verified};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// The sizes of bodies, in bytes, with their names.
const SIZES: [(usize, &str); 4] = [
    (2 * 1024, "2 KB"),
    (10 * 1024, "10 KB"),
    (64 * 1024, "64 KB"),
    (1024 * 1024, "1 MB"),
];

fn main() -> ExitCode {
    if let Some(code) = with_kept_heap() {
        return code;
    }
    let mut bench = Bench::from_args("Decode");
    for (size, name) in SIZES {
        let body = document_download(size, true);
        metriport::<Download>(&mut bench, &format!("document-download {name}"), body, true);
    }
    let body = document_download(64 * 1024, false);
    let name = "document-download 64 KB, meta last";
    metriport::<Download>(&mut bench, name, body, false);
    for (size, name) in SIZES {
        let body = consolidated_data(size);
        metriport::<Consolidated>(&mut bench, &format!("consolidated-data {name}"), body, true);
    }
    for (size, name) in SIZES {
        let name = format!("devices.health-data {name}");
        // Kept losslessly, which the derived structs do not do, so without a bar.
        metriport::<HealthData>(&mut bench, &name, health_data(size), false);
    }
    metriport::<NetworkQuery>(&mut bench, "network-query.hie", network_query(), false);
    for (size, name) in SIZES {
        human_api(
            &mut bench,
            &format!("human-api data {name}"),
            notifications(size),
        );
    }
    for (size, name) in SIZES {
        thryve(
            &mut bench,
            &format!("thryve event.data.epoch.create {name}"),
            pushed(size),
        );
    }
    withings(&mut bench);
    bench.finish()
}

fn thryve(bench: &mut Bench, name: &str, body: String) {
    if !bench.wants(name) {
        return;
    }
    let body = Bytes::from(body);
    let receiver = requests::thryve();
    let parts = requests::thryve_head(&body);
    let verified = verified(&receiver, &parts, &body);
    compare::<_, Push>(bench, name, &receiver, &verified, true);
}

/// A notification of the documented kind, which is small.
fn withings(bench: &mut Bench) {
    let name = "withings notification";
    if !bench.wants(name) {
        return;
    }
    let body =
        Bytes::from_static(b"foo=bar&userid=12345&appli=1&startdate=1530576000&enddate=1530698753");
    let receiver = requests::withings();
    let parts = requests::withings_head(&body, Some(requests::TOKEN));
    let verified = verified(&receiver, &parts, &body);
    let provider = receiver.provider();
    let times = bench.interleave(&mut [Candidate::new(|| {
        provider.decode(&verified).expect("it fits")
    })]);
    bench.row(&format!("{name}: library, ns"), &times.nanos(0), Bar::None);
}

fn metriport<T: DeserializeOwned>(bench: &mut Bench, name: &str, body: String, held: bool) {
    if !bench.wants(name) {
        return;
    }
    let body = Bytes::from(body);
    let receiver = requests::metriport();
    let parts = requests::metriport_head(&body);
    compare::<_, T>(
        bench,
        name,
        &receiver,
        &verified(&receiver, &parts, &body),
        held,
    );
}

fn human_api(bench: &mut Bench, name: &str, body: String) {
    if !bench.wants(name) {
        return;
    }
    let body = Bytes::from(body);
    let receiver = requests::human_api();
    let parts = requests::human_api_head(&body);
    let verified = verified(&receiver, &parts, &body);
    compare::<_, Vec<Notification>>(bench, name, &receiver, &verified, true);
}

fn verified<'a, P: Provider>(
    receiver: &'a Receiver<P>,
    parts: &'a Parts,
    body: &Bytes,
) -> Verified<'a, P> {
    receiver
        .verify(parts.into(), body.clone())
        .map(Outcome::accepted)
        .expect("the request is right")
        .expect("it is no probe")
}

/// Compares the library with the derived struct `T`; `held` to the bar from 10 KB on.
fn compare<P: Provider, T: DeserializeOwned>(
    bench: &mut Bench,
    name: &str,
    receiver: &Receiver<P>,
    verified: &Verified<'_, P>,
    held: bool,
) {
    let body = verified.body();
    let provider = receiver.provider();
    let library = || provider.decode(verified).expect("it fits");
    let bar = if held && body.len() >= 10 * 1024 {
        Bar::AtMost(1.05)
    } else {
        Bar::None
    };
    let row = |case: &str| format!("{name}: {case}");
    let times = bench.interleave(&mut [
        Candidate::new(library),
        Candidate::new(|| serde_json::from_slice::<T>(body).expect("it fits")),
    ]);
    bench.row(&row("library, ns"), &times.nanos(0), Bar::None);
    bench.row(&row("library / derived"), &times.ratio(0, 1), bar);
    // Apart, because the many blocks of a `Value` leave a heap behind that slows the others down.
    let times = bench.interleave(&mut [
        Candidate::new(library),
        Candidate::new(|| serde_json::from_slice::<Value>(body).expect("it is JSON")),
    ]);
    bench.row(&row("library / Value"), &times.ratio(0, 1), Bar::None);
}

/// Makes a message with as many documents as fill a size.
fn document_download(size: usize, meta_first: bool) -> String {
    let meta = meta("medical.document-download");
    let mut patients = String::from(
        r#""patients":[{"patientId":"01a00000-1111-7000-8000-0000000000a1","externalId":"chart-17","status":"completed","documents":["#,
    );
    for number in 0.. {
        if number > 0 {
            patients.push(',');
        }
        write!(
            patients,
            r#"{{"id":"01a00000-2222-7000-8000-{number:012}","fileName":"cx/a1/cx_a1_{number}.xml","description":"Visit note – Überweisung","status":"current","indexed":"2026-01-30T12:00:00.000Z","mimeType":"application/xml","size":{},"type":{{"coding":[{{"system":"http://loinc.org","code":"34133-9","display":"Summarization of episode note"}}],"text":"Summary"}}}}"#,
            40_670 + number
        )
        .expect("a string takes all");
        if patients.len() + meta.len() >= size {
            break;
        }
    }
    patients.push_str("]}]");
    if meta_first {
        format!("{{{meta},{patients}}}")
    } else {
        format!("{{{patients},{meta}}}")
    }
}

/// Makes a message whose bundle fills a size.
fn consolidated_data(size: usize) -> String {
    let meta = meta("medical.consolidated-data");
    let mut body = format!(
        r#"{{{meta},"patients":[{{"patientId":"01a00000-1111-7000-8000-0000000000a1","status":"completed","filters":{{"resources":"Observation","conversionType":"json"}},"bundle":{{"resourceType":"Bundle","type":"searchset","entry":["#
    );
    for number in 0.. {
        if number > 0 {
            body.push(',');
        }
        write!(
            body,
            r#"{{"resource":{{"resourceType":"Observation","id":"{number}","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}}]}},"subject":{{"reference":"Patient/a1"}},"effectiveDateTime":"2026-01-30T12:00:00Z","valueQuantity":{{"value":{}.5,"unit":"/min","system":"http://unitsofmeasure.org"}}}}}}"#,
            60 + number % 40
        )
        .expect("a string takes all");
        if body.len() >= size {
            break;
        }
    }
    body.push_str("]}}]}");
    body
}

/// Makes a message with as many days of activity, sleep and weight as fill a size.
fn health_data(size: usize) -> String {
    let meta = meta("devices.health-data");
    let (mut activity, mut sleep, mut weights) = (String::new(), String::new(), String::new());
    let mut day = 0;
    while activity.len() + sleep.len() + weights.len() < size {
        let comma = if day > 0 { "," } else { "" };
        let date = format!("2026-{:02}-{:02}", 1 + day / 28 % 12, 1 + day % 28);
        let metadata = format!(r#""metadata":{{"date":"{date}","source":"fitbit"}}"#);
        write!(
            activity,
            r#"{comma}{{{metadata},"summary":{{"durations":{{"active_seconds":4200}},"energy_expenditure":{{"active_kcal":412.5,"basal_metabolic_rate_kcal":1610}},"movement":{{"steps_count":{},"distance_meters":6840.2}},"biometrics":{{"heart_rate":{{"min_bpm":48,"max_bpm":131,"avg_bpm":67.5,"samples_bpm":[{{"time":"{date}T08:00:00Z","value":61}},{{"time":"{date}T08:05:00Z","value":64.5}},{{"time":"{date}T08:10:00Z","value":66}}]}}}}}}}}"#,
            9000 + day,
        )
        .expect("room");
        write!(
            sleep,
            r#"{comma}{{{metadata},"start_time":"{date}T22:10:00Z","end_time":"{date}T06:00:00Z","durations":{{"total_seconds":28200,"deep_seconds":5400,"rem_seconds":6100,"light_seconds":15000}},"wakeup_frequency":2}}"#,
        )
        .expect("room");
        write!(
            weights,
            r#"{comma}{{{metadata},"weight_kg":71.35,"body_fat_pct":18.2}}"#
        )
        .expect("room");
        day += 1;
    }
    format!(
        r#"{{{meta},"users":[{{"userId":"0d1e2f30-4152-4637-8495-a6b7c8d9eaf0","activity":[{activity}],"sleep":[{sleep}],"body":[{weights}]}}]}}"#
    )
}

fn network_query() -> String {
    let meta = meta("network-query.hie");
    format!(
        r#"{{{meta},"payload":{{"patientId":"01a00000-1111-7000-8000-0000000000a1","externalId":"chart-17","consolidatedDataUrl":"https://files.example.com/all.json","source":{{"type":"hie","source":"national-hie","status":"completed","completedAt":"2026-03-04T05:06:00.000Z"}}}}}}"#
    )
}

fn meta(message_type: &str) -> String {
    format!(
        r#""meta":{{"messageId":"00000002-aaaa-4bbb-8ccc-ddddeeeeffff","requestId":"01a00000-0000-7000-8000-00000000ffff","when":"2026-03-04T05:06:07.089Z","type":"{message_type}","data":{{"caseId":"B-2"}}}}"#
    )
}

/// Makes as many data notifications as fill a size.
fn notifications(size: usize) -> String {
    let mut body = String::from("[");
    for number in 0.. {
        if number > 0 {
            body.push(',');
        }
        write!(
            body,
            r#"{{"humanId":"5ad1c0ffee5ad1c0ffee5ad1c0ffee01","updatedAt":"2026-02-03T04:05:06.789Z","type":"activitysummary","model":"activitysummary","action":"updated","objectId":"65bdc0ffee00{number:012}","endpoint":"https://api.humanapi.co/v1/human/activities/summaries"}}"#
        )
        .expect("a string takes all");
        if body.len() >= size {
            break;
        }
    }
    body.push(']');
    body
}

/// Makes a push of as many samples as fill a size.
fn pushed(size: usize) -> String {
    let mut body = String::from(
        r#"{"endUserId":"u-5512","endUserAlias":"patient-9","timestampType":"iso","type":"event.data.epoch.create","data":[{"dataSourceId":5,"dataSourceName":"Apple","epochData":["#,
    );
    for number in 0.. {
        if number > 0 {
            body.push(',');
        }
        let (hour, minute) = (number / 60 % 24, number % 60);
        write!(
            body,
            r#"{{"startTimestamp":"2024-01-28T{hour:02}:{minute:02}:00Z","endTimestamp":"2024-01-28T{hour:02}:{minute:02}:59Z","timezoneOffset":60,"dataTypeId":3000,"value":{}}}"#,
            60 + number % 40
        )
        .expect("a string takes all");
        if body.len() >= size {
            break;
        }
    }
    body.push_str("]}]}");
    body
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Push {
    end_user_id: String,
    end_user_alias: Option<String>,
    timestamp_type: String,
    r#type: String,
    data: Vec<Block>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block {
    data_source_id: i64,
    data_source_name: Option<String>,
    epoch_data: Vec<Sample>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
    // The library checks every time, and so must this.
    start_timestamp: Timestamp,
    end_timestamp: Option<Timestamp>,
    timezone_offset: Option<i64>,
    data_type_id: i64,
    value: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    message_id: String,
    request_id: Option<String>,
    when: String,
    r#type: String,
    data: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Download {
    meta: Meta,
    patients: Vec<DownloadPatient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DownloadPatient {
    patient_id: String,
    external_id: Option<String>,
    additional_ids: Option<BTreeMap<String, Vec<String>>>,
    status: String,
    documents: Option<Vec<Document>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    file_name: String,
    description: Option<String>,
    status: Option<String>,
    indexed: Option<String>,
    mime_type: Option<String>,
    size: Option<u64>,
    r#type: Option<DocumentType>,
}

#[derive(Deserialize)]
struct DocumentType {
    coding: Option<Vec<Coding>>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Coding {
    system: Option<String>,
    code: Option<String>,
    display: Option<String>,
}

#[derive(Deserialize)]
struct Consolidated {
    meta: Meta,
    patients: Vec<ConsolidatedPatient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsolidatedPatient {
    patient_id: String,
    external_id: Option<String>,
    additional_ids: Option<BTreeMap<String, Vec<String>>>,
    status: String,
    bundle: Option<Box<RawValue>>,
    filters: Option<BTreeMap<String, Box<RawValue>>>,
    truncated_gzip_key: Option<String>,
    fast_load_gzip_key: Option<String>,
}

#[derive(Deserialize)]
struct NetworkQuery {
    meta: Meta,
    payload: NetworkQueryPayload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NetworkQueryPayload {
    patient_id: String,
    external_id: Option<String>,
    additional_ids: Option<BTreeMap<String, Vec<String>>>,
    consolidated_data_url: String,
    source: NetworkSource,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NetworkSource {
    r#type: String,
    source: Option<String>,
    status: String,
    completed_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    human_id: String,
    updated_at: String,
    action: String,
    object_id: String,
    endpoint: String,
    r#type: Option<String>,
    model: Option<String>,
}

#[derive(Deserialize)]
struct HealthData {
    meta: Meta,
    users: Vec<HealthDataUser>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HealthDataUser {
    user_id: String,
    activity: Option<Vec<Activity>>,
    sleep: Option<Vec<Sleep>>,
    body: Option<Vec<Body>>,
}

#[derive(Deserialize)]
struct Metadata {
    date: String,
    hour: Option<String>,
    source: String,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Activity {
    metadata: Metadata,
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    durations: Option<Durations>,
    energy_expenditure: Option<Energy>,
    movement: Option<Movement>,
    biometrics: Option<Biometrics>,
}

#[derive(Deserialize)]
struct Durations {
    active_seconds: Option<f64>,
}

#[derive(Deserialize)]
struct Energy {
    active_kcal: Option<f64>,
    basal_metabolic_rate_kcal: Option<f64>,
    total_watts: Option<f64>,
    avg_watts: Option<f64>,
}

#[derive(Deserialize)]
struct Movement {
    steps_count: Option<f64>,
    floors_count: Option<f64>,
    avg_cadence: Option<f64>,
    distance_meters: Option<f64>,
}

#[derive(Deserialize)]
struct Biometrics {
    heart_rate: Option<HeartRate>,
}

#[derive(Deserialize)]
struct HeartRate {
    min_bpm: Option<f64>,
    max_bpm: Option<f64>,
    avg_bpm: Option<f64>,
    resting_bpm: Option<f64>,
    samples_bpm: Option<Vec<DeviceSample>>,
}

#[derive(Deserialize)]
struct DeviceSample {
    time: String,
    value: Option<f64>,
    std_dev: Option<f64>,
}

#[derive(Deserialize)]
struct Sleep {
    metadata: Metadata,
    start_time: Option<String>,
    end_time: Option<String>,
    durations: Option<SleepDurations>,
    wakeup_frequency: Option<f64>,
}

#[derive(Deserialize)]
struct SleepDurations {
    total_seconds: Option<f64>,
    awake_seconds: Option<f64>,
    deep_seconds: Option<f64>,
    rem_seconds: Option<f64>,
    light_seconds: Option<f64>,
    in_bed_seconds: Option<f64>,
    time_to_fall_asleep_seconds: Option<f64>,
    no_data_seconds: Option<f64>,
}

#[derive(Deserialize)]
struct Body {
    metadata: Metadata,
    body_fat_pct: Option<f64>,
    height_cm: Option<f64>,
    weight_kg: Option<f64>,
    bone_mass_kg: Option<f64>,
    muscle_mass_kg: Option<f64>,
    lean_mass_kg: Option<f64>,
    max_possible_heart_rate_bpm: Option<f64>,
    weight_samples_kg: Option<Vec<DeviceSample>>,
}
