//! Runs the cases through all adapters and compares their answers.

use std::fmt::Debug;

use serde_json::Value;

use crate::adapters::{Adapter, adapters};
use crate::cases::{Case, Meets, all};
use crate::client::Answer;
use crate::endpoints::Endpoints;
use crate::server::panics;
use crate::vectors;

#[test]
fn every_case_has_its_outcome_through_every_adapter() {
    run(&Endpoints::All, &all());
}

/// What came of a case, and through which adapter.
struct Came<T> {
    through: &'static str,
    of: T,
}

/// What came of a case through the adapter that met it first.
#[derive(Default)]
struct First {
    answer: Option<Came<Answer>>,
    delivery: Option<Came<Value>>,
}

/// Sends every case through every adapter that can meet it, and compares what came of it with
/// what is expected, and with what came of it through the others.
fn run(endpoints: &Endpoints, cases: &[Case]) {
    let mut failures = Vec::new();
    let mut firsts: Vec<_> = cases.iter().map(|_| First::default()).collect();
    for adapter in adapters(endpoints) {
        for (case, first) in cases.iter().zip(&mut firsts) {
            let can_meet = match case.expect.meets {
                Meets::All => true,
                Meets::OverSockets => adapter.over_sockets(),
                Meets::CoreAlone => !adapter.over_sockets(),
            };
            if !can_meet {
                continue;
            }
            if let Err(failure) = check(adapter.as_ref(), case, first) {
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
    assert_eq!(panics(), 0, "a server panicked");
}

fn check(adapter: &dyn Adapter, case: &Case, first: &mut First) -> Result<(), String> {
    let expect = &case.expect;
    let answer = adapter.answer(&case.request);
    let seen = adapter.seen().take();
    let through = adapter.name();
    if answer.is_some() || !expect.may_be_unanswered {
        let answer = answer.ok_or("no answer")?;
        let wanted = expect.answer();
        if expect.by_server && answer.status != wanted.status {
            return Err(format!("answered {}, not {}", answer.status, wanted.status));
        }
        if !expect.by_server {
            if answer != wanted {
                return Err(format!("answered {answer:?}, not {wanted:?}"));
            }
            same(&mut first.answer, through, answer)?;
        }
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
            same(&mut first.delivery, through, delivery.clone())
        }
        (seen, _) => Err(format!("the handler ran {} times", seen.len())),
    }
}

/// Compares with what came through the first adapter, to the byte.
fn same<T: Debug + PartialEq>(
    first: &mut Option<Came<T>>,
    through: &'static str,
    of: T,
) -> Result<(), String> {
    match first {
        Some(first) if first.of != of => Err(format!(
            "{of:?}, and through {}: {:?}",
            first.through, first.of
        )),
        Some(_) => Ok(()),
        None => {
            *first = Some(Came { through, of });
            Ok(())
        }
    }
}

#[test]
fn every_metriport_vector_has_its_outcome_over_http() {
    let (endpoints, cases) = vectors::metriport();
    run(&endpoints, &cases);
}

#[test]
fn every_human_api_vector_has_its_outcome_over_http() {
    let (endpoints, cases) = vectors::human_api();
    run(&endpoints, &cases);
}

#[test]
fn every_thryve_vector_has_its_outcome_over_http() {
    let (endpoints, cases) = vectors::thryve();
    run(&endpoints, &cases);
}

#[test]
fn every_standard_webhooks_vector_has_its_outcome_over_http() {
    let (endpoints, cases) = vectors::standard_webhooks();
    run(&endpoints, &cases);
}
