//! A fake of the part of Withings' API that gives measures, in two pages.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use axum::routing::post;
use axum::{Form, Json, Router};
use serde_json::{Value, json};

/// Makes the fake.
pub fn api() -> Router {
    Router::new().route("/measure", post(measure))
}

/// Answers 200 whatever happens, as Withings does; `status` tells.
async fn measure(headers: HeaderMap, Form(form): Form<BTreeMap<String, String>>) -> Json<Value> {
    let authorization = headers.get(header::AUTHORIZATION);
    // It knows one user. A real server would compare in constant time.
    if authorization.is_none_or(|value| value.as_bytes() != b"Bearer token-of-12345") {
        return Json(json!({"status": 401, "body": {}, "error": "invalid_token"}));
    }
    let get = |name: &str| form.get(name).map(String::as_str);
    let weights = get("meastypes").is_some_and(|types| types.split(',').any(|it| it == "1"));
    let is_known = weights && get("startdate") == Some("1706400000");
    if get("action") != Some("getmeas") || !is_known {
        let nothing = json!({"more": 0, "offset": 0, "measuregrps": []});
        return Json(json!({"status": 0, "body": nothing}));
    }
    let body = match get("offset") {
        None => json!({
            "updatetime": 1_706_400_100, "timezone": "Europe/Paris", "more": 1, "offset": 1,
            "measuregrps": [{
                "grpid": 1, "attrib": 0, "date": 1_706_400_000, "category": 1,
                "measures": [
                    {"value": 65750, "type": 1, "unit": -3},
                    {"value": 217, "type": 6, "unit": -1},
                ],
            }],
        }),
        Some(_) => json!({
            "updatetime": 1_706_400_100, "timezone": "Europe/Paris", "more": 0, "offset": 0,
            "measuregrps": [{
                "grpid": 2, "attrib": 0, "date": 1_706_400_045, "category": 1,
                "measures": [{"value": 6574, "type": 1, "unit": -2}],
            }],
        }),
    };
    Json(json!({"status": 0, "body": body}))
}
