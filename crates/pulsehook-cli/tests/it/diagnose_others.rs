//! Endpoints of one provider that ask for different means do not explain each other.

use std::path::Path;

use serde_json::Value;

use crate::support::{folder, pulsehook};

/// The first asks for both means, the second for the same key alone, the third for another user.
const ENDPOINTS: &str = r#"
[[endpoint]]
path = "/both"
provider = "thryve"
label = "both"
keys = [{ file = "key" }]
authorization = [{ user = "thryve", file = "password" }]

[[endpoint]]
path = "/signed"
provider = "thryve"
label = "signed"
keys = [{ file = "key" }]

[[endpoint]]
path = "/basic"
provider = "thryve"
label = "basic"
authorization = [{ user = "other", file = "other" }]

[[endpoint]]
path = "/elsewhere"
provider = "thryve"
label = "elsewhere"
keys = [{ file = "other" }]
authorization = [{ user = "thryve", file = "password" }]
"#;

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = pulsehook()
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Signs for one endpoint, alters the headers, and returns what another finds.
fn findings(folder: &Path, of: &str, drop: &[&str], add: &[&Value], at: &str) -> Vec<String> {
    let signed = json(
        folder,
        &[
            "sign",
            "thryve",
            "--endpoint",
            of,
            "--format",
            "json",
            "--quiet",
        ],
    );
    let mut request = signed;
    let headers = request["headers"].as_array_mut().unwrap();
    let name_of = |header: &Value| {
        let name = header.get(0).unwrap_or(&header["name"]);
        name.as_str().unwrap().to_owned()
    };
    headers.retain(|header| !drop.contains(&name_of(header).as_str()));
    headers.extend(add.iter().map(|header| (*header).clone()));
    std::fs::write(folder.join("request.json"), request.to_string()).unwrap();
    let told = json(
        folder,
        &[
            "verify",
            "thryve",
            "--endpoint",
            at,
            "--request",
            "request.json",
            "--json",
        ],
    );
    assert_eq!(told["valid"], false, "{told}");
    let rules = told["refusal"]["findings"].as_array().unwrap().iter();
    rules
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_another_endpoint_does_not_ask_for_is_no_explanation() {
    let folder = folder("diagnose_others");
    std::fs::write(folder.join("pulsehook.toml"), ENDPOINTS).unwrap();
    for (file, secret) in [
        ("key", concat!("key-of-", "both-and-signed")),
        ("password", concat!("password-of-", "both")),
        ("other", concat!("secret-of-", "others")),
    ] {
        std::fs::write(folder.join(file), secret).unwrap();
    }
    const OF_OTHER: &str = "key-of-other-endpoint";
    let is_told = |rules: &[String]| rules.iter().any(|rule| rule == OF_OTHER);

    // The same key fits at `signed`; what is missing is the header.
    let rules = findings(&folder, "both", &["authorization"], &[], "both");
    assert!(!is_told(&rules), "{rules:?}");
    // A stranger's signature beside a header that `basic` would take.
    let basic = json(
        &folder,
        &[
            "sign",
            "thryve",
            "--endpoint",
            "basic",
            "--format",
            "json",
            "--quiet",
        ],
    );
    let headers = basic["headers"].as_array().unwrap();
    let of_basic = headers
        .iter()
        .find(|header| header.to_string().contains("authorization"));
    let rules = findings(
        &folder,
        "elsewhere",
        &["authorization"],
        &[of_basic.unwrap()],
        "signed",
    );
    assert_eq!(rules, [OF_OTHER], "the key of `elsewhere` was used");
    let rules = findings(
        &folder,
        "signed",
        &["x-hmac-signature"],
        &[of_basic.unwrap()],
        "signed",
    );
    assert!(!is_told(&rules), "{rules:?}");

    // All that is different is the key, and it is that of another endpoint.
    let rules = findings(&folder, "elsewhere", &[], &[], "both");
    assert_eq!(rules, [OF_OTHER]);
}
