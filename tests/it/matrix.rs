//! Runs the cases through all adapters and compares their answers.

use serde::Deserialize;

use crate::adapters::{Adapter, adapters};
use crate::cases::{Case, all};
use crate::client::{Answer, Request};
use crate::endpoints::Endpoints;

#[test]
fn every_case_has_its_outcome_through_every_adapter() {
    let cases = all();
    let mut failures = Vec::new();
    for adapter in adapters(&Endpoints::All) {
        for case in &cases {
            if case.expect.sockets_only && !adapter.over_sockets() {
                continue;
            }
            if let Err(failure) = check(adapter.as_ref(), case) {
                failures.push(format!("{} | {} | {failure}", adapter.name(), case.name));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn check(adapter: &dyn Adapter, case: &Case) -> Result<(), String> {
    let expect = &case.expect;
    let answer = adapter.answer(&case.request);
    let seen = adapter.seen().take();
    let Some(status) = expect.status else {
        return if seen.is_empty() {
            Ok(())
        } else {
            Err("the handler ran".into())
        };
    };
    let wanted = Answer {
        status,
        headers: expect
            .headers
            .iter()
            .map(|(n, v)| ((*n).into(), (*v).into()))
            .collect(),
        body: expect.body.as_bytes().to_vec(),
    };
    let answer = answer.ok_or("no answer")?;
    if answer != wanted {
        return Err(format!("answered {answer:?}, not {wanted:?}"));
    }
    let runs = expect.delivery.is_some() || (expect.ping && adapter.shows_pings());
    match (seen.as_slice(), runs) {
        ([], false) => Ok(()),
        ([delivery], true) => {
            for (member, value) in expect.delivery.iter().flatten() {
                if delivery[member] != *value {
                    return Err(format!("{member} is {}, not {value}", delivery[member]));
                }
            }
            Ok(())
        }
        (seen, _) => Err(format!("the handler ran {} times", seen.len())),
    }
}

/// An entry of a vector file, whichever provider's.
#[derive(Deserialize)]
struct Vector {
    name: String,
    key: Secret,
    body: String,
    signature: String,
    timestamp: Option<String>,
    nonce: Option<String>,
    valid: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Secret {
    Whole(String),
    Halves([String; 2]),
}

impl Vector {
    fn secret(&self) -> String {
        match &self.key {
            Secret::Whole(whole) => whole.clone(),
            Secret::Halves(halves) => halves.concat(),
        }
    }
}

/// Sends every vector; `valid` speaks of the signature alone, so a valid one answers 200 or, when
/// its body does not decode, 400; which of the two, the core says.
fn vectors_pass(provider: &'static str, headers: fn(&Vector, Request) -> Request) {
    let path = format!(
        "{}/fixtures/{provider}/vectors.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).expect("the fixture");
    let vectors: Vec<Vector> = serde_json::from_str(&text).expect("vectors");
    let mut keys: Vec<_> = vectors.iter().map(Vector::secret).collect();
    keys.sort();
    keys.dedup();
    let endpoints = Endpoints::Vectors {
        provider,
        keys: keys.clone(),
    };
    let adapters = adapters(&endpoints);
    let mut failures = Vec::new();
    let mut sent = 0;
    for vector in &vectors {
        // An HTTP stack strips blanks around a value, so that one is for the core alone.
        let blanks = vector.signature.trim() != vector.signature;
        let index = keys.binary_search(&vector.secret()).expect("a key");
        let request = Request::post(format!("/hooks/{provider}-{index}"), vector.body.clone());
        let request = headers(vector, request);
        let mut reference = None;
        for adapter in adapters
            .iter()
            .filter(|adapter| !(blanks && adapter.over_sockets()))
        {
            let answer = adapter.answer(&request);
            let ran = !adapter.seen().take().is_empty();
            let status = answer.as_ref().map_or(0, |answer| answer.status);
            let right = match vector.valid {
                true => matches!(status, 200 | 400),
                false => status == 401 && !ran,
            };
            let same = *reference.get_or_insert_with(|| answer.clone()) == answer;
            if !right || !same {
                failures.push(format!("{}: {}: {answer:?}", adapter.name(), vector.name));
            }
            sent += 1;
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        sent > 2 * vectors.len(),
        "{sent} requests for {} vectors",
        vectors.len()
    );
}

#[test]
fn every_metriport_vector_has_its_outcome_over_http() {
    vectors_pass("metriport", |vector, request| {
        request.header("x-metriport-signature", &vector.signature)
    });
}

#[test]
fn every_human_api_vector_has_its_outcome_over_http() {
    vectors_pass("human-api", |vector, request| {
        request
            .header("x-humanapi-signature", &vector.signature)
            .header(
                "x-humanapi-timestamp",
                vector.timestamp.as_deref().expect("a time stamp"),
            )
            .header(
                "x-humanapi-nonce",
                vector.nonce.as_deref().expect("a nonce"),
            )
    });
}
