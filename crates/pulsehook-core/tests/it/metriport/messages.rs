//! Every message type, from bodies as on the wire.

use pulsehook_core::metriport::{
    BulkPatientCreateStatus, DocumentStatus, Event, FilterValue, MessageType, NetworkSourceName,
    NetworkSourceType, Status,
};
use pulsehook_core::{Authenticity, DedupKind};
use serde_json::Value;

use super::{TYPED, deliver, event, message};

const PATIENT: &str = "01a00000-1111-7000-8000-0000000000a1";
const REQUEST: &str = "01a00000-0000-7000-8000-00000000ffff";

/// Takes the one variant out of an event.
macro_rules! expect {
    ($variant:ident, $message_type:literal) => {
        match event(message($message_type)) {
            Event::$variant(event) => event,
            other => panic!("{} became {:?}", $message_type, other.event_type()),
        }
    };
}

#[test]
fn serialised_events_equal_their_messages() {
    for message_type in TYPED.into_iter().chain(["message.received"]) {
        let body = message(message_type);
        let sent: Value = serde_json::from_str(&body).expect("JSON");
        let event = event(body);
        let kept = serde_json::to_value(&event).expect("JSON");
        assert_eq!(kept, sent, "{message_type}");
        assert_eq!(event.event_type().as_str(), message_type);
    }
}

#[test]
fn serialised_events_begin_with_meta() {
    for message_type in TYPED {
        let text = serde_json::to_string(&event(message(message_type))).expect("JSON");
        assert!(text.starts_with(r#"{"meta":{"messageId":"#), "{text}");
    }
}

#[test]
fn deliveries_carry_the_message_id_and_an_empty_200() {
    for message_type in TYPED {
        let delivery = deliver(message(message_type));
        let meta = delivery.events()[0].meta().expect("meta");
        assert_eq!(delivery.dedup_key().kind(), DedupKind::Id);
        assert_eq!(delivery.dedup_key().value(), meta.message_id.as_str());
        assert_eq!(delivery.authenticity(), Authenticity::BodySignature);
        assert_eq!(delivery.is_probe(), message_type == "ping");
        assert_eq!(delivery.ack().status(), 200);
        if message_type != "ping" {
            assert!(delivery.ack().body().is_empty());
        }
    }
}

#[test]
fn known_types_are_the_typed_ones() {
    let known: Vec<_> = MessageType::KNOWN.iter().map(MessageType::as_str).collect();
    assert_eq!(known, TYPED);
    for message_type in TYPED {
        let unknown = matches!(event(message(message_type)), Event::Unknown(_));
        assert!(!unknown, "{message_type}");
    }
}

#[test]
fn meta_has_every_field() {
    let download = expect!(DocumentDownload, "medical.document-download");
    let meta = &download.meta;
    assert_eq!(meta.message_id, "00000002-aaaa-4bbb-8ccc-ddddeeeeffff");
    assert_eq!(meta.request_id.as_deref(), Some(REQUEST));
    assert_eq!(meta.when, "2026-03-04T05:06:07.089Z");
    let when = meta.when.instant().expect("an instant");
    assert_eq!(when.as_millisecond(), 1_772_600_767_089);
    assert_eq!(meta.message_type, MessageType::DocumentDownload);
    let data = meta.data.as_ref().expect("data");
    assert_eq!(data.get(), r#"{"caseId":"B-2","note":"診療 😀"}"#);
}

#[test]
fn ping_is_a_probe_with_its_pong() {
    let delivery = deliver(message("ping"));
    assert!(delivery.is_probe());
    let body = delivery.ack().body();
    assert_eq!(body.as_ref(), br#"{"pong":"pQ7_dummy-text-000021"}"#);
    let headers: Vec<_> = delivery.ack().headers().collect();
    assert_eq!(headers, [("content-type", "application/json")]);
    let Event::Ping(ping) = &delivery.events()[0] else {
        panic!("no ping");
    };
    assert_eq!(ping.ping, "pQ7_dummy-text-000021");
    let meta = ping.meta.as_ref().expect("meta");
    assert_eq!((&meta.request_id, &meta.data), (&None, &None));
}

#[test]
fn document_download() {
    let patients = expect!(DocumentDownload, "medical.document-download").patients;
    let [full, empty, failed] = patients.as_slice() else {
        panic!("three patients");
    };
    assert_eq!(full.patient_id, PATIENT);
    assert_eq!(full.external_id.as_deref(), Some("chart-17"));
    let ids = full.additional_ids.as_ref().expect("ids");
    assert_eq!(ids["athenahealth"], ["4401"]);
    assert_eq!(ids["canvas"], ["c-1", "c-2"]);
    assert_eq!(full.status, Status::Completed);
    let documents = full.documents.as_ref().expect("documents");
    let document = &documents[0];
    assert_eq!(document.id, "01a00000-2222-7000-8000-0000000000d1");
    assert_eq!(document.file_name, "cx/a1/cx_a1_d1.xml");
    let description = document.description.as_deref();
    assert_eq!(description, Some("Visit note – Überweisung"));
    assert_eq!(document.status, Some(DocumentStatus::Current));
    let indexed = document.indexed.as_ref().expect("indexed");
    assert_eq!(indexed.as_str(), "2026-01-30T12:00:00.000Z");
    assert_eq!(document.mime_type.as_deref(), Some("application/xml"));
    assert_eq!(document.size, Some(40_670));
    let document_type = document.document_type.as_ref().expect("type");
    assert_eq!(document_type.text.as_deref(), Some("Summary"));
    let coding = document_type.coding.as_ref().expect("coding");
    assert_eq!(coding[0].system.as_deref(), Some("http://loinc.org"));
    assert_eq!(coding[0].code.as_deref(), Some("34133-9"));
    let display = coding[0].display.as_deref();
    assert_eq!(display, Some("Summarization of episode note"));
    assert_eq!(coding[1].system, None);
    assert_eq!(documents[1].size, None);

    assert_eq!(empty.documents.as_deref(), Some([].as_slice()));
    assert_eq!(failed.documents, None);
    assert_eq!(failed.status, Status::Failed);
    assert_eq!(
        (&failed.external_id, &failed.additional_ids),
        (&None, &None)
    );
}

#[test]
fn document_conversion() {
    let patients = expect!(DocumentConversion, "medical.document-conversion").patients;
    assert_eq!(patients[0].patient_id, PATIENT);
    assert_eq!(patients[0].external_id.as_deref(), Some("chart-17"));
    assert!(patients[0].additional_ids.is_some());
    assert_eq!(patients[0].status, Status::Completed);
    assert_eq!(patients[1].status, Status::Failed);
}

#[test]
fn document_bulk_download_urls() {
    let event = expect!(
        DocumentBulkDownloadUrls,
        "medical.document-bulk-download-urls"
    );
    let patient = &event.patients[0];
    assert_eq!(patient.status, Status::Completed);
    let document = &patient.documents.as_ref().expect("documents")[0];
    assert_eq!(document.url, "https://files.example.com/d1?sig=x");
    assert_eq!(document.status, Some(DocumentStatus::Superseded));
    assert_eq!(document.size, Some(40_670));
    let organizations = document.organization_identifiers.as_ref().expect("list");
    assert_eq!(organizations[0].name.as_deref(), Some("Sample Clinic"));
    let values = organizations[0].identifier_values.as_ref().expect("values");
    assert_eq!(*values, ["urn:oid:2.16.840.1.1", "urn:oid:2.16.840.1.2"]);
    assert_eq!(organizations[1].name, None);
    assert_eq!(event.patients[1].status, Status::Failed);
}

#[test]
fn document_bulk_download_paged() {
    let event = expect!(
        DocumentBulkDownloadPaged,
        "medical.document-bulk-download-paged"
    );
    let patient = &event.patients[0];
    let pagination = patient.pagination;
    assert_eq!((pagination.page, pagination.total_pages), (2, 3));
    assert_eq!(pagination.total_items, 250);
    let document = &patient.documents.as_ref().expect("documents")[0];
    assert_eq!(document.download_url, "https://files.example.com/d1?sig=y");
    let url = document.url.as_deref();
    assert_eq!(url, Some("https://files.example.com/d1?sig=x"));
    assert_eq!(document.status, Some(DocumentStatus::EnteredInError));
    assert!(document.organization_identifiers.is_some());
}

#[test]
fn consolidated_data() {
    let patients = expect!(ConsolidatedData, "medical.consolidated-data").patients;
    let patient = &patients[0];
    assert_eq!(patient.patient_id, PATIENT);
    let bundle = patient.bundle.as_ref().expect("bundle").get();
    assert!(bundle.starts_with(r#"{"resourceType":"Bundle","total":1"#));
    assert!(message("medical.consolidated-data").contains(bundle));
    assert_eq!(patient.truncated_gzip_key.as_deref(), Some("k/t.gz"));
    assert_eq!(patient.fast_load_gzip_key.as_deref(), Some("k/f.gz"));
    let filters = patient.filters.as_ref().expect("filters");
    let resources: Vec<_> = filters.resources().collect();
    assert_eq!(resources, ["Encounter", "Observation"]);
    assert_eq!(filters.text("dateFrom"), Some("2025-01-01"));
    assert_eq!(filters.text("dateTo"), None);
    assert_eq!(filters.text("conversionType"), Some("pdf"));
    assert_eq!(filters.get("fresh"), Some(&FilterValue::Bool(true)));
    assert_eq!(filters.get("limit"), Some(&FilterValue::Null));
    assert_eq!(filters.get("other"), None);
    assert_eq!(filters.iter().len(), 6);
    assert_eq!(patients[1].bundle, None);
    assert_eq!(patients[1].filters, None);
}

#[test]
fn bulk_patient_create() {
    let event = expect!(BulkPatientCreate, "medical.bulk-patient-create");
    let job = event.bulk_patient_create;
    assert_eq!(event.meta.request_id, Some(job.request_id));
    assert_eq!(job.status, BulkPatientCreateStatus::Completed);
    let result = job.result.as_deref();
    assert_eq!(result, Some("https://files.example.com/result.csv"));
    assert_eq!(job.reason.as_deref(), Some("2 rows skipped"));
}

/// Asserts the fields that the payloads of `patient.*` share.
macro_rules! assert_patient {
    ($payload:expr) => {
        assert_eq!($payload.patient_id, PATIENT);
        assert_eq!($payload.external_id.as_deref(), Some("chart-17"));
        let ids = $payload.additional_ids.as_ref().expect("ids");
        assert_eq!(ids["canvas"], ["c-1", "c-2"]);
        let url = "https://files.example.com/encounter.json";
        assert_eq!($payload.url, url);
    };
}

#[test]
fn patient_admit() {
    let event = expect!(PatientAdmit, "patient.admit");
    assert_patient!(event.payload);
    let times = [
        event.payload.when_source_sent,
        event.payload.admit_timestamp,
        event.payload.discharge_timestamp,
    ];
    let times = times.map(|time| time.expect("a time").to_string());
    assert_eq!(
        times,
        [
            "2026-03-04T05:00:00.000Z",
            "2026-03-04T04:30:00.000Z",
            "2026-03-04T04:45:00.000Z",
        ]
    );
}

#[test]
fn patient_transfer() {
    let event = expect!(PatientTransfer, "patient.transfer");
    assert_patient!(event.payload);
    assert!(event.payload.when_source_sent.is_some());
    assert!(event.payload.admit_timestamp.is_some());
    let transfer = &event.payload.transfers.as_ref().expect("transfers")[0];
    let timestamp = transfer.timestamp.as_deref();
    assert_eq!(timestamp, Some("2026-03-04T09:00:00.000Z"));
    let from = transfer.source_location.as_ref().expect("source");
    assert_eq!(from.name.as_deref(), Some("Emergency"));
    assert_eq!(from.location_type.as_deref(), Some("department"));
    let to = transfer.destination_location.as_ref().expect("destination");
    assert_eq!(to.name.as_deref(), Some("ICU 2"));
    assert_eq!(to.location_type.as_deref(), Some("unit"));
}

#[test]
fn patient_discharge() {
    let event = expect!(PatientDischarge, "patient.discharge");
    assert_patient!(event.payload);
    let discharged = event.payload.discharge_timestamp.as_deref();
    assert_eq!(discharged, Some("2026-03-06T09:30:00.000Z"));
    let admitted = event.payload.admit_timestamp.as_deref();
    assert_eq!(admitted, Some("2026-03-04T04:30:00.000Z"));
    let sent = event.payload.when_source_sent.as_deref();
    assert_eq!(sent, Some("2026-03-06T10:00:00.000Z"));
}

#[test]
fn patient_pharmacy_and_laboratory() {
    let pharmacy = expect!(PatientPharmacy, "patient.pharmacy");
    assert_patient!(pharmacy.payload);
    let dispensed = pharmacy.payload.medication_dispensed_date.expect("a day");
    assert_eq!(dispensed, "2026-03-01");
    assert_eq!(dispensed.instant(), None);
    assert!(dispensed.date().is_some());

    let laboratory = expect!(PatientLaboratory, "patient.laboratory");
    assert_patient!(laboratory.payload);
    let collected = laboratory.payload.specimen_collected_date.expect("a time");
    assert_eq!(collected, "2026-03-01T08:15:00.000Z");
}

#[test]
fn network_query_sources() {
    let check = |message_type, source_type, source, status| {
        let Event::NetworkQuery(event) = event(message(message_type)) else {
            panic!("{message_type}");
        };
        assert_eq!(event.meta.request_id.as_deref(), Some(REQUEST));
        assert!(event.meta.data.is_some());
        let payload = event.payload;
        assert_eq!(payload.patient_id, PATIENT);
        assert_eq!(payload.external_id.as_deref(), Some("chart-17"));
        let url = "https://files.example.com/all.json";
        assert_eq!(payload.consolidated_data_url, url);
        assert_eq!(payload.source.source_type, source_type);
        assert_eq!(payload.source.source, Some(source));
        assert_eq!(payload.source.status, status);
        assert_eq!(payload.source.completed_at, "2026-03-04T05:06:00.000Z");
        let has_ids = payload.additional_ids.is_some();
        assert_eq!(has_ids, message_type == "network-query.lab");
    };
    check(
        "network-query.hie",
        NetworkSourceType::Hie,
        NetworkSourceName::NationalHie,
        Status::Completed,
    );
    check(
        "network-query.pharmacy",
        NetworkSourceType::Pharmacy,
        NetworkSourceName::Surescripts,
        Status::Failed,
    );
    check(
        "network-query.lab",
        NetworkSourceType::Lab,
        NetworkSourceName::Quest,
        Status::Completed,
    );
}

#[test]
fn network_query_first_data_ready() {
    let event = expect!(
        NetworkQueryFirstDataReady,
        "network-query.hie.first-data-ready"
    );
    let payload = event.payload;
    assert_eq!(payload.patient_id, PATIENT);
    assert_eq!(payload.external_id.as_deref(), Some("chart-17"));
    let url = "https://files.example.com/all.json";
    assert_eq!(payload.consolidated_data_url, url);
    assert_eq!(payload.source.source_type, NetworkSourceType::Hie);
    assert_eq!(payload.source.status, Status::Processing);
    let ready_at = payload.source.first_data_ready_at;
    assert_eq!(ready_at, "2026-03-04T05:01:00.000Z");
}

#[test]
fn message_status() {
    let payload = expect!(MessageStatus, "message.status").payload;
    assert_eq!(payload.id, "01a00000-3333-7000-8000-0000000000e1");
    assert_eq!(payload.patient_id, PATIENT);
    assert_eq!(payload.status, Status::Failed);
    assert_eq!(payload.sent_at, "2026-03-04T05:00:00.000Z");
    assert_eq!(payload.completed_at, "2026-03-04T05:02:00.000Z");
    let reason = payload.reason.as_deref();
    assert_eq!(reason, Some("the recipient's mailbox is full"));
}

#[test]
fn types_without_a_schema_are_unknown_and_keep_their_bytes() {
    let body = message("message.received");
    let Event::Unknown(unknown) = event(body.clone()) else {
        panic!("a type without a schema became a struct");
    };
    assert_eq!(unknown.raw.get(), body);
    assert_eq!(unknown.meta.request_id.as_deref(), Some(REQUEST));
    // The spelling of numbers survives.
    let serialised = serde_json::to_string(&Event::Unknown(unknown)).expect("JSON");
    assert_eq!(serialised, body);
}
