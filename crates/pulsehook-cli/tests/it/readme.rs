//! What the README shows is so.
#![cfg(unix)]

use crate::support::{Server, command, folder};

#[test]
fn the_configuration_of_the_readme_is_served() {
    let (_, after) = include_str!("../../README.md")
        .split_once("```toml\n")
        .unwrap();
    let (config, _) = after.split_once("```").unwrap();
    let folder = folder("readme");
    std::fs::create_dir(folder.join("secrets")).unwrap();
    std::fs::write(folder.join("secrets/human-api"), "example\n").unwrap();
    let mut command = command(&folder, config);
    for variable in [
        "METRIPORT_WEBHOOK_KEY",
        "WITHINGS_URL_SECRET",
        "THRYVE_PASSWORD",
        "THRYVE_HMAC_SECRET",
    ] {
        command.env(variable, "example");
    }
    let server = Server::start(command.args(["--listen", "127.0.0.1:0"]));
    for provider in ["human-api", "metriport", "thryve", "withings"] {
        let announced = format!("endpoint {provider}: provider {provider}, verifies ");
        server.stderr.wait_for(&[&announced]);
    }
    server.end();
}
