//! Runs the cases through all adapters and compares their answers.

use crate::adapters::{Adapter, adapters};
use crate::cases::{Case, Meets, all};
use crate::client::Answer;
use crate::endpoints::Endpoints;
use crate::vectors;

#[test]
fn every_case_has_its_outcome_through_every_adapter() {
    run(&Endpoints::All, &all());
}

/// Sends every case through every adapter that can meet it.
fn run(endpoints: &Endpoints, cases: &[Case]) {
    let mut failures = Vec::new();
    for adapter in adapters(endpoints) {
        for case in cases {
            let can_meet = match case.expect.meets {
                Meets::All => true,
                Meets::OverSockets => adapter.over_sockets(),
                Meets::CoreAlone => !adapter.over_sockets(),
            };
            if !can_meet {
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
