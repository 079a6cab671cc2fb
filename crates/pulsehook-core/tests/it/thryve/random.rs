//! Bodies made at random: nothing panics, no limit is exceeded, no sample is lost.

use proptest::prelude::*;
use pulsehook_core::compression::decompress_zstd;
use pulsehook_core::signature::encode_base64;
use pulsehook_core::thryve::testing::{compress, unsigned};
use pulsehook_core::thryve::{Event, EventType};

use super::{message, open_receiver, post, send, signed, signed_receiver};
use crate::support::{cases, json_texts};

const NAMES: &[&str] = &[
    "endUserId",
    "endUserAlias",
    "timestampType",
    "type",
    "data",
    "sourceUpdate",
    "timestamp",
    "dataSourceId",
    "dataSourceName",
    "startTimestamp",
    "endTimestamp",
    "startDay",
    "endDay",
    "dataTypeIds",
    "dataTypeId",
    "epochData",
    "dailyData",
    "day",
    "value",
    "details",
    "timezoneOffset",
    "authenticationToken",
    "partnerUserID",
    "dataSource",
    "createdAt",
    "connectionStatus",
    "updateType",
    "/v5/dailyDynamicValues",
    "/v5/dynamicEpochValues",
    "startTimestampUnix",
    "other",
    "",
];

const MESSAGES: &[&str] = &[
    "source-connect-iso",
    "epoch-change",
    "daily-change",
    "epoch-create",
    "epoch-update",
    "daily-create",
    "daily-update",
    "measurement",
    "v5-both",
    "v5-connected",
    "oldest",
];

fn json() -> impl Strategy<Value = String> {
    let types = EventType::KNOWN.iter().map(|text| format!("\"{text}\""));
    // As often as all types together: what a time can be.
    let times = [
        "1706400000000",
        r#""2024-01-28T07:00:00Z""#,
        r#""2024-01-28""#,
    ]
    .repeat(3);
    json_texts(
        NAMES,
        types.chain(times.into_iter().map(str::to_owned)).collect(),
    )
}

/// Decodes a body, plain, compressed and in base64, leniently and strictly; all agree.
fn decode(body: &[u8]) -> Option<Vec<Event>> {
    let plain = send(&open_receiver(false), &unsigned(body.to_vec()));
    let frame = compress(body);
    let compressed = send(&open_receiver(false), &unsigned(frame.clone()));
    let base64 = send(&open_receiver(false), &unsigned(encode_base64(&frame)));
    let _ = send(&open_receiver(true), &unsigned(body.to_vec()));
    let events = plain.ok().map(|delivery| delivery.into_events());
    if let Some(events) = &events {
        assert_eq!(compressed.expect("as plain").events(), events);
        assert_eq!(base64.expect("as plain").events(), events);
        for event in events {
            serde_json::to_string(event).expect("serialises");
        }
    } else {
        assert_eq!(compressed.is_ok(), base64.is_ok());
    }
    events
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_bytes_as_a_body(body in prop::collection::vec(any::<u8>(), 0..200)) {
        decode(&body);
    }

    #[test]
    fn any_bytes_as_a_frame(
        rest in prop::collection::vec(any::<u8>(), 0..200),
        limit in 0_usize..5000,
    ) {
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd];
        frame.extend(rest);
        if let Ok(unpacked) = decompress_zstd(&frame, limit) {
            prop_assert!(unpacked.len() <= limit);
        }
        let headers: [(&str, &str); 0] = [];
        let receiver = open_receiver(false);
        let plain = post(&receiver, &headers, frame.clone()).map_err(|error| error.reply().clone());
        let base64 = post(&receiver, &headers, encode_base64(&frame));
        let base64 = base64.map_err(|error| error.reply().clone());
        prop_assert_eq!(plain.is_ok(), base64.is_ok());
        prop_assert_eq!(plain.err(), base64.err());
    }

    #[test]
    fn frames_with_bytes_exchanged(
        name in prop::sample::select(MESSAGES.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        length in any::<prop::sample::Index>(),
        limit in 0_usize..2000,
    ) {
        let mut frame = compress(message(name));
        for (at, byte) in changes {
            let at = at.index(frame.len());
            frame[at] = byte;
        }
        for frame in [&frame[..], &frame[..length.index(frame.len())]] {
            if let Ok(unpacked) = decompress_zstd(frame, limit) {
                prop_assert!(unpacked.len() <= limit);
            }
        }
    }

    #[test]
    fn what_is_compressed_comes_back(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..5),
    ) {
        let frames: Vec<u8> = parts.iter().flat_map(compress).collect();
        let whole = parts.concat();
        prop_assert_eq!(decompress_zstd(&frames, whole.len()), Ok(whole.clone()));
        if let Some(less) = whole.len().checked_sub(1) {
            prop_assert!(decompress_zstd(&frames, less).is_err());
        }
    }

    #[test]
    fn any_bytes_under_a_signature(
        body in prop::collection::vec(any::<u8>(), 0..200),
        timestamp in "[ -~]{1,20}",
    ) {
        let request = pulsehook_core::thryve::testing::sign(&super::key(), body, &timestamp);
        if let Err(error) = send(&signed_receiver(), &request) {
            prop_assert_eq!(error.rule(), "undecodable");
        }
    }

    #[test]
    fn any_text_of_base64_digits(body in "[A-Za-z0-9+/]{0,60}={0,2}[ \r\n]{0,3}") {
        if let Err(error) = send(&signed_receiver(), &signed(body.clone())) {
            prop_assert_eq!(error.rule(), "undecodable");
        }
        let wrapped = send(&open_receiver(false), &unsigned(format!("KLUv/{body}")));
        prop_assert!(wrapped.is_err());
    }

    #[test]
    fn any_json(body in json()) {
        decode(body.as_bytes());
    }

    #[test]
    fn any_json_as_data(
        event_type in prop::sample::select(EventType::KNOWN.to_vec()),
        data in json(),
        before in json(),
    ) {
        let first = format!(r#"{{"endUserId":"u","type":"{event_type}","x":{before},"data":{data}}}"#);
        let last = format!(r#"{{"endUserId":"u","x":{before},"data":{data},"type":"{event_type}"}}"#);
        prop_assert_eq!(decode(first.as_bytes()), decode(last.as_bytes()));
        decode(format!(r#"{{"sourceUpdate":{data}}}"#).as_bytes());
    }

    #[test]
    fn no_sample_is_lost(items in prop::collection::vec(json(), 0..12)) {
        let good = r#"{"startTimestamp":1706400000000,"dataTypeId":1}"#;
        let list: Vec<&str> = items.iter().flat_map(|item| [item, good]).collect();
        let body = format!(
            r#"{{"endUserId":"u","type":"event.data.epoch.update","data":[{{"dataSourceId":1,"epochData":[{}]}}]}}"#,
            list.join(",")
        );
        let events = decode(body.as_bytes()).expect("a list of anything");
        let [Event::EpochUpdate(it)] = events.as_slice() else {
            panic!("{events:?}");
        };
        let block = &it.data[0];
        let taken = block.epoch_data.as_ref().map_or(0, Vec::len);
        prop_assert!(taken >= items.len());
        prop_assert_eq!(taken + block.invalid_samples.len(), list.len());
        for invalid in &block.invalid_samples {
            prop_assert_eq!(invalid.raw.get(), list[invalid.index]);
        }
    }

    #[test]
    fn messages_with_a_value_exchanged(
        name in prop::sample::select(MESSAGES.to_vec()),
        at in any::<prop::sample::Index>(),
        value in json(),
    ) {
        let body = message(name);
        let colons: Vec<_> = body.match_indices("\":").map(|(at, _)| at + 2).collect();
        let start = colons[at.index(colons.len())];
        let mut values = serde_json::Deserializer::from_str(&body[start..])
            .into_iter::<serde::de::IgnoredAny>();
        if let Some(Ok(_)) = values.next() {
            let end = start + values.byte_offset();
            decode(format!("{}{value}{}", &body[..start], &body[end..]).as_bytes());
        }
    }
}
