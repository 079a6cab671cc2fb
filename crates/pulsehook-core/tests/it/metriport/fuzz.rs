//! Bodies made at random, rightly signed: whatever they hold, nothing panics.

use proptest::prelude::*;

use super::{TYPED, message, try_deliver};
use crate::support::{cases, json_texts};

const NAMES: &[&str] = &[
    "meta",
    "messageId",
    "requestId",
    "when",
    "type",
    "data",
    "ping",
    "patients",
    "payload",
    "users",
    "bulkPatientCreate",
    "patientId",
    "status",
    "documents",
    "size",
    "bundle",
    "filters",
    "source",
    "transfers",
    "pagination",
    "userId",
    "x",
    "",
];

fn json() -> impl Strategy<Value = String> {
    json_texts(NAMES, TYPED.map(|text| format!("{text:?}")).into())
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = try_deliver(body);
    }

    #[test]
    fn any_json(body in json()) {
        let _ = try_deliver(body);
    }

    #[test]
    fn any_json_around_meta(
        message_type in prop::sample::select(TYPED.to_vec()),
        before in json(),
        after in json(),
        data in json(),
        member in prop::sample::select(vec!["patients", "payload", "users", "bulkPatientCreate", "ping"]),
    ) {
        let meta = format!(r#"{{"messageId":"m","when":"w","type":"{message_type}","data":{data}}}"#);
        let body = format!(r#"{{"{member}":{before},"meta":{meta},"x":{after},"{member}":{after}}}"#);
        let _ = try_deliver(body);
        let body = format!(r#"{{"meta":{meta},"{member}":{after},"x":{before}}}"#);
        let _ = try_deliver(body);
    }

    #[test]
    fn messages_with_a_value_exchanged(
        message_type in prop::sample::select(TYPED.to_vec()),
        at in any::<prop::sample::Index>(),
        value in json(),
    ) {
        let body = message(message_type);
        let colons: Vec<_> = body.match_indices("\":").map(|(at, _)| at + 2).collect();
        let start = colons[at.index(colons.len())];
        let mut values = serde_json::Deserializer::from_str(&body[start..])
            .into_iter::<serde::de::IgnoredAny>();
        if let Some(Ok(_)) = values.next() {
            let end = start + values.byte_offset();
            let _ = try_deliver(format!("{}{value}{}", &body[..start], &body[end..]));
        }
    }

    #[test]
    fn messages_with_bytes_exchanged(
        message_type in prop::sample::select(TYPED.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        length in any::<prop::sample::Index>(),
    ) {
        let mut body = message(message_type).into_bytes();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let _ = try_deliver(body.clone());
        body.truncate(length.index(body.len()));
        let _ = try_deliver(body);
    }
}
