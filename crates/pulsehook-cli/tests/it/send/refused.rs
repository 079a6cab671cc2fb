//! Where nothing may go, and what is no delivery at all.

use super::fake::{Fake, OK};
use super::{PROVIDERS, Play, run, send};
use crate::support::{CANARY, URL_SECRET};

#[test]
fn redirects_are_not_followed_and_proxies_not_asked() {
    let play = Play::start("send_redirect");
    for status in [
        "301 Moved",
        "302 Found",
        "303 Other",
        "307 Moved",
        "308 Moved",
    ] {
        let second = Fake::start(&[OK]);
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            second.url()
        );
        let first = Fake::start(&[&answer]);
        let proxy = Fake::start(&[OK]);
        let at = format!("http://{}", proxy.address);
        for provider in PROVIDERS {
            let mut command = send(&play.folder);
            for name in [
                "HTTP_PROXY",
                "http_proxy",
                "HTTPS_PROXY",
                "https_proxy",
                "ALL_PROXY",
                "all_proxy",
            ] {
                command.env(name, &at);
            }
            // Whatever the surroundings exempt from proxies.
            command.env_remove("NO_PROXY").env_remove("no_proxy");
            let ran = run(command.args([provider, "--to", &first.url()]));
            assert_eq!(ran.code, Some(1), "{status} {ran:?}");
            let part = "a redirect, which is not followed";
            assert!(ran.stdout.contains(part), "{}", ran.stdout);
        }
        assert_eq!(first.requests().len(), PROVIDERS.len());
        assert_eq!((second.requests().len(), proxy.requests().len()), (0, 0));
    }
}

#[test]
fn bad_urls_are_refused_without_repeating_them() {
    let play = Play::start("send_urls");
    let with = |parts: [&str; 2]| parts.join(CANARY);
    for (provider, to, part) in [
        (
            "metriport",
            with(["ftp://", ".test/"]),
            "only http:// and https://",
        ),
        ("metriport", with(["", ""]), "not a URL"),
        (
            "metriport",
            with(["http://user:", "@localhost/"]),
            "no user and password",
        ),
        (
            "metriport",
            with(["http://", "@localhost/"]),
            "no user and password",
        ),
        ("metriport", with(["http://localhost/#", ""]), "`#`"),
        (
            "metriport",
            with(["http://localhost/?token=", ""]),
            "leave out the parameter",
        ),
        (
            "thryve",
            with(["http://localhost/?a=1&api_key=", ""]),
            "leave out the parameter",
        ),
        (
            "withings",
            with(["http://localhost/?token=", ""]),
            "leave out the parameter",
        ),
        (
            "withings",
            with(["http://localhost/?t%6Fken=", ""]),
            "leave out the parameter",
        ),
        (
            "withings",
            format!("http://localhost/?a={URL_SECRET}"),
            "leave the secret out",
        ),
        (
            "withings",
            format!("http://localhost/{URL_SECRET}/x"),
            "leave the secret out",
        ),
        (
            "withings",
            format!("http://localhost/{}", URL_SECRET.replace('-', "%2d")),
            "leave the secret out",
        ),
    ] {
        let ran = play.send(&[provider, "--to", &to]);
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""), "{to}");
        assert!(ran.stderr.contains(part), "{to}\n{}", ran.stderr);
    }
    // Other parameters stay.
    let fake = Fake::start(&[OK]);
    let to = format!("http://{}/a%20b?tenant=7&x=%2F", fake.address);
    let ran = play.send(&["withings", "--to", &to]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let request = String::from_utf8(fake.requests().remove(0)).unwrap();
    let first = format!("POST /a%20b?tenant=7&x=%2F&token={URL_SECRET} HTTP/1.1\r\n");
    assert!(request.starts_with(&first), "{request}");
}

#[test]
fn bad_arguments_are_refused() {
    let play = Play::start("send_arguments");
    for arguments in [
        &["oura"][..],
        &["metriport", "nothing"],
        &["metriport", "--repeat", "0"],
        &["metriport", "--repeat", "1000001"],
        &["metriport", "--all", "--repeat", "900000"],
        &["metriport", "--duplicate", "--repeat", "600000"],
        &["metriport", "--parallel", "0"],
        &["metriport", "--parallel", "257"],
        &["metriport", "--rate", "0"],
        &["metriport", "--rate", "20000/s"],
        &["metriport", "--rate", "5/d"],
        &["metriport", "--rate", "NaN"],
        &["metriport", "--timeout", "0s"],
        &["metriport", "--timeout", "2h"],
        &["metriport", "--retry-like-provider=0"],
        &["metriport", "--retry-like-provider=inf"],
        &["metriport", "ping", CANARY],
        &["metriport", "ping", "--all"],
        &["metriport", "ping", "--body", "x"],
        &["metriport", "--secret", CANARY],
        &["metriport", "--secret", concat!("keys=", "canary", "-4711")],
        &["metriport", concat!("--key=", "canary", "-4711")],
        &["metriport", "--secret", "env:TEST_METRIPORT_KEY"],
    ] {
        let ran = play.send(arguments);
        assert_eq!(
            (ran.code, &*ran.stdout),
            (Some(2), ""),
            "{arguments:?} {ran:?}"
        );
    }
    let ran = play.send(&["metriport", "--secret", "env:TEST_METRIPORT_KEY"]);
    assert!(
        ran.stderr.contains("name the endpoint with --to URL"),
        "{}",
        ran.stderr
    );
    let ran = play.send(&[
        "metriport",
        "--secret",
        "env:TEST_UNSET",
        "--to",
        "http://localhost/",
    ]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    // Nothing was sent.
    let (deliveries, notes) = play.end();
    assert_eq!(deliveries, [""; 0]);
    assert!(
        !notes.iter().any(|note| note.contains("refused")),
        "{notes:#?}"
    );
}
