//! What Metriport's sources leave open in the members of messages, and how it is handled.

use pulsehook_core::metriport::{Event, FilterValue, Location, Status};
use pulsehook_core::{DecodeErrorKind, RawJson};

use super::{event, refused, with_meta};

/// Takes the one variant out of an event.
macro_rules! expect {
    ($variant:ident, $body:expr) => {
        match event($body) {
            Event::$variant(event) => event,
            other => panic!("became {:?}", other.event_type()),
        }
    };
}

#[test]
fn missing_null_and_empty_documents_are_told_apart() {
    let check = |member: &str, count: Option<usize>| {
        let patients = format!(r#""patients":[{{"patientId":"p","status":"failed"{member}}}]"#);
        let download = with_meta("medical.document-download", &patients);
        let documents = expect!(DocumentDownload, download)
            .patients
            .remove(0)
            .documents;
        assert_eq!(documents.map(|documents| documents.len()), count);
        let urls = with_meta("medical.document-bulk-download-urls", &patients);
        let documents = expect!(DocumentBulkDownloadUrls, urls)
            .patients
            .remove(0)
            .documents;
        assert_eq!(documents.map(|documents| documents.len()), count);
    };
    check("", None);
    check(r#","documents":null"#, None);
    check(r#","documents":[]"#, Some(0));
}

fn with_size(size: &str) -> String {
    let document = format!(r#"{{"id":"d","fileName":"f","size":{size}}}"#);
    let patients = format!(
        r#""patients":[{{"patientId":"p","status":"completed","documents":[{document}]}}]"#
    );
    with_meta("medical.document-download", &patients)
}

#[test]
fn sizes_are_integers_or_decimal_text() {
    let check = |size: &str, expected: Option<u64>| {
        let mut event = expect!(DocumentDownload, with_size(size));
        let documents = event.patients.remove(0).documents.expect("documents");
        assert_eq!(documents[0].size, expected, "{size}");
    };
    check("0", Some(0));
    check("17344007", Some(17_344_007));
    check(r#""17344007""#, Some(17_344_007));
    check(r#""\u0031""#, Some(1));
    check("18446744073709551615", Some(u64::MAX));
    check(r#""18446744073709551615""#, Some(u64::MAX));
    check("null", None);
}

#[test]
fn other_sizes_are_errors_of_the_field() {
    for size in [
        "-1",
        "-0",
        "1.5",
        "1e3",
        "1e400",
        "-1e400",
        "18446744073709551616",
        r#""-1""#,
        r#""+1""#,
        r#"" 1""#,
        r#""1 ""#,
        r#""1.0""#,
        r#""""#,
        r#""many""#,
        r#""٣""#,
        "true",
        "[]",
        "[1]",
        "{}",
        r#""18446744073709551616""#,
    ] {
        refused(with_size(size), DecodeErrorKind::InvalidField, Some("size"));
    }
}

#[test]
fn page_numbers_out_of_range_are_errors_of_the_field() {
    let check = |page: &str, total_pages: &str, total_items: &str, field: &str| {
        let patients = format!(
            r#""patients":[{{"patientId":"p","status":"completed","pagination":{{"page":{page},"totalPages":{total_pages},"totalItems":{total_items}}}}}]"#
        );
        let body = with_meta("medical.document-bulk-download-paged", &patients);
        refused(body, DecodeErrorKind::InvalidField, Some(field));
    };
    check("-1", "1", "1", "page");
    check("1e30", "1", "1", "page");
    check("1e400", "1", "1", "page");
    check("1", "null", "1", "totalPages");
    check("1", "1", r#""1""#, "totalItems");
}

#[test]
fn types_of_patient_entries_are_ignored() {
    let patients =
        r#""patients":[{"patientId":"p","status":"completed","type":"document-download"}]"#;
    let body = with_meta("medical.document-conversion", patients);
    assert_eq!(
        expect!(DocumentConversion, body).patients[0].patient_id,
        "p"
    );
    let patients = patients.replace(r#""document-download""#, r#"{"not":["text"]}"#);
    let body = with_meta("medical.document-download", &patients);
    assert_eq!(expect!(DocumentDownload, body).patients[0].patient_id, "p");
}

#[test]
fn other_statuses_keep_their_text() {
    let patients = r#""patients":[{"patientId":"p","status":"on-hold"}]"#;
    let event = expect!(
        DocumentConversion,
        with_meta("medical.document-conversion", patients)
    );
    assert_eq!(event.patients[0].status.as_str(), "on-hold");
    let patients = r#""patients":[{"patientId":"p","status":"processing"}]"#;
    let event = expect!(
        DocumentConversion,
        with_meta("medical.document-conversion", patients)
    );
    assert_eq!(event.patients[0].status, Status::Processing);

    let job = r#""bulkPatientCreate":{"requestId":"r","status":"paused","result":null}"#;
    let event = expect!(
        BulkPatientCreate,
        with_meta("medical.bulk-patient-create", job)
    );
    assert_eq!(event.bulk_patient_create.status.as_str(), "paused");
    assert_eq!(event.bulk_patient_create.result, None);

    let payload = r#""payload":{"patientId":"p","consolidatedDataUrl":"u","source":{"type":"fax","source":"new-hie","status":"late","completedAt":"t"}}"#;
    let source = expect!(NetworkQuery, with_meta("network-query.hie", payload))
        .payload
        .source;
    assert_eq!(source.source_type.as_str(), "fax");
    assert_eq!(source.source.expect("source").as_str(), "new-hie");
    assert_eq!(source.status.as_str(), "late");
}

#[test]
fn times_of_encounters_may_be_missing() {
    let payload = r#""payload":{"patientId":"p","url":"u"}"#;
    let admit = expect!(PatientAdmit, with_meta("patient.admit", payload)).payload;
    assert_eq!(
        (admit.admit_timestamp, admit.discharge_timestamp),
        (None, None)
    );
    assert_eq!(admit.when_source_sent, None);
    let transfer = expect!(PatientTransfer, with_meta("patient.transfer", payload)).payload;
    assert_eq!((transfer.admit_timestamp, transfer.transfers), (None, None));
    let discharge = expect!(PatientDischarge, with_meta("patient.discharge", payload)).payload;
    assert_eq!(
        (discharge.admit_timestamp, discharge.discharge_timestamp),
        (None, None)
    );
    let pharmacy = expect!(PatientPharmacy, with_meta("patient.pharmacy", payload)).payload;
    assert_eq!(pharmacy.medication_dispensed_date, None);
    let laboratory = expect!(PatientLaboratory, with_meta("patient.laboratory", payload)).payload;
    assert_eq!(laboratory.specimen_collected_date, None);
}

fn source_location(location: &str) -> Option<Location> {
    let transfers = format!(r#"[{{"sourceLocation":{location}}}]"#);
    let payload = format!(r#""payload":{{"patientId":"p","url":"u","transfers":{transfers}}}"#);
    let event = expect!(PatientTransfer, with_meta("patient.transfer", &payload));
    let mut transfers = event.payload.transfers.expect("transfers");
    transfers.remove(0).source_location
}

#[test]
fn locations_as_text_are_names() {
    let parts = |location: &str| {
        let location = source_location(location).expect(location);
        (
            location.name.map(String::from),
            location.location_type.map(String::from),
        )
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(parts(r#""ICU 2""#), (some("ICU 2"), None));
    assert_eq!(parts(r#"{"name":"ICU 2"}"#), (some("ICU 2"), None));
    assert_eq!(parts(r#"{"type":"unit","x":1}"#), (None, some("unit")));
    assert_eq!(
        parts(r#"{"name":null,"type":"unit"}"#),
        (None, some("unit"))
    );
    assert_eq!(source_location("null"), None);
}

#[test]
fn filters_hold_text_truth_null_or_anything() {
    let filters = r#"{"resources":" Patient,Observation , ,\u0043oding","a":false,"b":null,"c":[1.50],"d":7}"#;
    let patients = format!(
        r#""patients":[{{"patientId":"p","status":"completed","bundle":null,"filters":{filters}}}]"#
    );
    let body = with_meta("medical.consolidated-data", &patients);
    let patient = expect!(ConsolidatedData, body).patients.remove(0);
    assert_eq!(patient.bundle, None);
    let filters = patient.filters.expect("filters");
    let resources: Vec<_> = filters.resources().collect();
    assert_eq!(resources, ["Patient", "Observation", "Coding"]);
    assert_eq!(filters.get("a"), Some(&FilterValue::Bool(false)));
    assert_eq!(filters.get("b"), Some(&FilterValue::Null));
    let raw = |text| FilterValue::Other(RawJson::from_text(text).expect("JSON"));
    assert_eq!(filters.get("c"), Some(&raw("[1.50]")));
    assert_eq!(filters.get("d"), Some(&raw("7")));
    assert_eq!(filters.text("d"), None);

    let patients = r#""patients":[{"patientId":"p","status":"failed","filters":null}]"#;
    let body = with_meta("medical.consolidated-data", patients);
    assert_eq!(expect!(ConsolidatedData, body).patients[0].filters, None);
}

#[test]
fn empty_and_missing_resources_are_an_empty_list() {
    for filters in [r#"{}"#, r#"{"resources":""}"#, r#"{"resources":true}"#] {
        let patients =
            format!(r#""patients":[{{"patientId":"p","status":"completed","filters":{filters}}}]"#);
        let body = with_meta("medical.consolidated-data", &patients);
        let patient = expect!(ConsolidatedData, body).patients.remove(0);
        assert_eq!(patient.filters.expect("filters").resources().count(), 0);
    }
}

#[test]
fn null_stands_for_an_absent_optional_field() {
    let patient = r#"{"patientId":"p","externalId":null,"additionalIds":null,"status":"completed","documents":[{"id":"d","fileName":"f","description":null,"status":null,"indexed":null,"mimeType":null,"size":null,"type":null},{"id":"d","fileName":"f","type":{"coding":null,"text":null}},{"id":"d","fileName":"f","type":{"coding":[{"system":null,"code":null,"display":null}]}}]}"#;
    let body = with_meta(
        "medical.document-download",
        &format!(r#""patients":[{patient}]"#),
    );
    let event = expect!(DocumentDownload, body);
    let kept = serde_json::to_string(&event.patients[0]).expect("JSON");
    let expected = r#"{"patientId":"p","status":"completed","documents":[{"id":"d","fileName":"f"},{"id":"d","fileName":"f","type":{}},{"id":"d","fileName":"f","type":{"coding":[{}]}}]}"#;
    assert_eq!(kept, expected);
}

#[test]
fn null_in_additional_ids_and_codings_is_left_out() {
    let check = |members: &str, expected: &str| {
        let patient =
            |members: &str| format!(r#"{{"patientId":"p",{members}"status":"completed"}}"#);
        let body = with_meta(
            "medical.document-download",
            &format!(r#""patients":[{}]"#, patient(members)),
        );
        let event = expect!(DocumentDownload, body);
        let kept = serde_json::to_string(&event.patients[0]).expect("JSON");
        assert_eq!(kept, patient(expected));
    };
    check(r#""additionalIds":null,"#, "");
    check(
        r#""additionalIds":{"quest":null},"#,
        r#""additionalIds":{},"#,
    );
    check(
        r#""additionalIds":{"a":["1",null],"b":null,"c":[]},"#,
        r#""additionalIds":{"a":["1"],"c":[]},"#,
    );

    let documents = r#"[{"id":"d","fileName":"f","type":{"coding":[null,{"code":"c"},null]}}]"#;
    let patients =
        format!(r#""patients":[{{"patientId":"p","status":"completed","documents":{documents}}}]"#);
    let body = with_meta("medical.document-download", &patients);
    let kept = serde_json::to_string(&expect!(DocumentDownload, body).patients[0]).expect("JSON");
    assert!(
        kept.contains(r#""type":{"coding":[{"code":"c"}]}"#),
        "{kept}"
    );
}

#[test]
fn additional_ids_and_codings_of_another_kind_are_refused() {
    for members in [
        r#""additionalIds":[]"#,
        r#""additionalIds":{"quest":"1"}"#,
        r#""additionalIds":{"quest":[1]}"#,
        r#""documents":[{"id":"d","fileName":"f","type":{"coding":[5]}}]"#,
        r#""documents":[{"id":"d","fileName":"f","type":{"coding":[["s"]]}}]"#,
        r#""documents":[null]"#,
    ] {
        let patients =
            format!(r#""patients":[{{"patientId":"p","status":"completed",{members}}}]"#);
        let body = with_meta("medical.document-download", &patients);
        refused(body, DecodeErrorKind::Shape, None);
    }
}
