//! Bodies made at random, rightly signed: whatever they hold, nothing panics.

use proptest::prelude::*;

use super::{TYPED, message, try_deliver};

/// JSON texts of every kind, with spellings that writers of JSON avoid.
fn json() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
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
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
        "-?[0-9]{1,40}(\\.[0-9]{1,5})?(e[+-]?[0-9]{1,4})?",
        any::<String>().prop_map(|text| serde_json::to_string(&text).expect("JSON")),
        "\"(\\\\u[0-9a-fA-F]{4}|[a-z]){0,4}\"",
        prop::sample::select(TYPED.to_vec()).prop_map(|text| format!("{text:?}")),
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        let member =
            (names.clone(), inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..8)
                .prop_map(|members| format!("{{{}}}", members.join(", "))),
        ]
    })
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

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
