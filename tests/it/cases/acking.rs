//! An acknowledgement with a status, a content type and a body of its own.

use serde_json::json;

use super::{Case, Expect, accepted};
use crate::client::Request;
use crate::endpoints::CURRENT_TOKEN;
use crate::endpoints::acking::TOKEN;

pub(super) fn cases(cases: &mut Vec<Case>) {
    cases.push(Case {
        name: "acking: a good delivery".to_owned(),
        request: Request::post("/hooks/acking", r#"{"n":7}"#).header(TOKEN, CURRENT_TOKEN),
        expect: Expect {
            status: 202,
            headers: &[("content-type", "application/json")],
            body: r#"{"took":7}"#.to_owned(),
            ..accepted(vec![
                ("provider", "acking".into()),
                ("events", json!([{"n": 7}])),
            ])
        },
    });
}
