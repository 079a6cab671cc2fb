//! The ids of what is handed on: one for each delivery to each endpoint.

use super::{MESSAGE, PATIENT, Target, key};
use crate::support::{Server, by_metriport, command, folder};

const TWICE: &str = r#"
[[endpoint]]
path = "/hooks/one"
provider = "metriport"
keys = [{ env = "TEST_METRIPORT_KEY" }]

[[endpoint]]
path = "/hooks/other"
provider = "metriport"
keys = [{ env = "TEST_METRIPORT_KEY" }]
"#;

#[test]
fn the_same_message_at_two_endpoints_has_two_ids() {
    let target = Target::start(&[]);
    let config = format!(
        "listen = \"127.0.0.1:0\"\n[forward]\nto = \"{}\"\n\
         key = {{ env = \"TEST_FORWARD_KEY\" }}\n{PATIENT}\n{TWICE}",
        target.url()
    );
    let mut command = command(&folder("forward_ids"), &config);
    let server = Server::start(command.env("TEST_FORWARD_KEY", key()));
    let request = by_metriport(MESSAGE);
    for path in ["/hooks/one", "/hooks/other", "/hooks/one", "/hooks/other"] {
        assert_eq!(server.post(path, &request).status, 200);
    }
    let got = target.got();
    let ids: Vec<_> = got.iter().map(|got| got.header("webhook-id")).collect();
    // The target saw the delivery before it was answered.
    assert_eq!(ids.len(), 4, "{ids:?}");
    assert_eq!((ids[0], ids[1]), (ids[2], ids[3]));
    assert_ne!(ids[0], ids[1]);
    server.end();
}
