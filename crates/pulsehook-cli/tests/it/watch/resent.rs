//! What belongs to the original request: its caller. And secrets where no secret should be.

use pulsehook_axum::withings::testing::notification;

use super::Watched;
use crate::support::{CANARY, URL_SECRET};

const WEIGHT: &str = "userid=8812345&appli=1&startdate=1706400000&enddate=1706400060";

#[test]
fn what_is_resent_comes_from_the_original_caller() {
    let config = "listen = \"127.0.0.1:0\"\n[[endpoint]]\npath = \"/hooks/withings\"\n\
        provider = \"withings\"\nurl_secrets = [{ env = \"TEST_URL_SECRET\" }]\n\
        allow = [\"127.0.0.1\"]\n";
    let watched = Watched::start("resent_caller", config);
    let target = format!("/hooks/withings?token={URL_SECRET}");
    let answer = watched.server.post(&target, &notification(WEIGHT));
    assert_eq!(answer.status, 200);
    assert_eq!(watched.resend(1).status, 303);
    let page = watched.shown("/requests/2");
    assert!(page.contains("Resent from <a href=\"/requests/1\">"));
    assert!(page.contains(">delivered<"), "{page}");
    assert!(!page.contains("address-not-allowed"), "{page}");
    let (stdout, _) = watched.server.end();
    assert_eq!(stdout.len(), 2, "{stdout:?}");
}

#[test]
fn a_secret_as_the_name_of_a_parameter_is_not_shown() {
    let config = "listen = \"127.0.0.1:0\"\n[[endpoint]]\npath = \"/hooks/withings\"\n\
        provider = \"withings\"\nurl_secrets = [{ env = \"TEST_URL_SECRET\" }]\n";
    let watched = Watched::start("secret_name", config);
    for query in [
        format!("{URL_SECRET}=1"),
        format!("a=b&x{URL_SECRET}y=1"),
        URL_SECRET.to_owned(),
    ] {
        let target = format!("/hooks/withings?{query}");
        let answer = watched.server.post(&target, &notification(WEIGHT));
        assert_eq!(answer.status, 401);
    }
    for (path, part) in [
        ("/requests/1", "/hooks/withings?(masked)<"),
        ("/requests/2", "/hooks/withings?a=(masked)&amp;(masked)<"),
        ("/requests/3", "/hooks/withings?(masked)<"),
        ("/", "data-number=\"3\""),
    ] {
        let page = watched.shown(path);
        assert!(page.contains(part), "{path} {page}");
        assert!(!page.contains(CANARY), "{path} {page}");
    }
    watched.server.end();
}
