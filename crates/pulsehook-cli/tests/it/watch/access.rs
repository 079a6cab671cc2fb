//! Who gets in, and what nobody gets to see.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use pulsehook_axum::withings::testing::notification;

use super::{ADMIT, Watched};
use crate::support::{CANARY, TWO_ENDPOINTS, URL_SECRET, by_metriport, by_thryve, read_answer};

#[test]
fn only_the_owner_of_the_link_gets_in() {
    let watched = Watched::start("gets_in", TWO_ENDPOINTS);
    watched
        .server
        .post("/hooks/metriport", &by_metriport(ADMIT));
    let port = watched.page.port();
    let host = format!("host: {}", watched.page);
    let cookie = watched.cookie();
    let access = &watched.access;
    let wrong = "0".repeat(64);
    let by_link = format!("GET /?key={access}");
    let bearer = format!("authorization: Bearer {access}");
    for (request, lines, status) in [
        ("GET /", vec![host.clone(), cookie.clone()], 200),
        ("HEAD /", vec![host.clone(), cookie.clone()], 200),
        ("GET /", vec![host.clone(), bearer.clone()], 200),
        ("GET /", vec![host.clone(), format!("{cookie}; a=b")], 200),
        (
            "GET /",
            vec![format!("host: localhost:{port}"), cookie.clone()],
            200,
        ),
        ("GET /watch.css", vec![host.clone()], 200),
        (&by_link, vec![host.clone()], 303),
        // Without the access key, or with another.
        ("GET /", vec![host.clone()], 401),
        ("GET /requests/1", vec![host.clone()], 401),
        ("GET /events", vec![host.clone()], 401),
        ("GET /nothing", vec![host.clone()], 401),
        ("POST /requests/1/resend", vec![host.clone()], 401),
        (&format!("GET /?key={wrong}"), vec![host.clone()], 401),
        ("GET /?key=", vec![host.clone(), cookie.clone()], 401),
        (
            &format!("GET /requests/1?key={access}"),
            vec![host.clone()],
            401,
        ),
        (&format!("POST /?key={access}"), vec![host.clone()], 401),
        (
            "GET /",
            vec![host.clone(), format!("cookie: pulsehook-{port}={wrong}")],
            401,
        ),
        (
            "GET /",
            vec![host.clone(), format!("cookie: pulsehook-1={access}")],
            401,
        ),
        (
            "GET /",
            vec![host.clone(), format!("authorization: {access}")],
            401,
        ),
        (
            "GET /",
            vec![host.clone(), bearer.clone(), bearer.clone()],
            401,
        ),
        // By a name that leads here.
        (
            "GET /",
            vec!["host: rebound.example.org".to_owned(), cookie.clone()],
            403,
        ),
        (
            "GET /",
            vec![format!("host: 192.0.2.1:{port}"), cookie.clone()],
            403,
        ),
        (
            "GET /",
            vec![host.clone(), host.clone(), cookie.clone()],
            403,
        ),
        ("GET /", vec![cookie.clone()], 403),
        (
            "GET http://example.org/",
            vec![host.clone(), cookie.clone()],
            403,
        ),
        ("GET /watch.css", vec!["host: example.org".to_owned()], 403),
        (&by_link, vec!["host: example.org".to_owned()], 403),
    ] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut stream = watched.connect();
        let head = lines.join("\r\n");
        let head = format!("{request} HTTP/1.1\r\n{head}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let told = answer.split(' ').nth(1).unwrap();
        assert_eq!(told, status.to_string(), "{request} {lines:?}");
        for header in [
            "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; \
             img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
            "cache-control: no-store",
            "x-frame-options: DENY",
            "referrer-policy: same-origin",
            "x-content-type-options: nosniff",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(answer.contains(header), "{request} {header}\n{answer}");
        }
        if status >= 400 {
            assert!(!answer.contains("patient"), "{answer}");
            assert!(!answer.contains(access.as_str()), "{answer}");
        }
    }
    watched.server.end();
}

#[test]
fn the_link_is_exchanged_for_a_cookie_of_this_site_alone() {
    let watched = Watched::start("exchanged", TWO_ENDPOINTS);
    let host = format!("host: {}", watched.page);
    let answer = watched.ask(&format!("GET /?key={}", watched.access), &[&host]);
    assert_eq!(answer.status, 303);
    let cookie = watched.cookie().replace("cookie: ", "set-cookie: ");
    for line in [
        "location: /",
        &format!("{cookie}; path=/; httponly; samesite=strict"),
    ] {
        assert!(answer.head.lines().any(|it| it == line), "{}", answer.head);
    }
    watched.server.end();
}

#[test]
fn only_the_page_itself_can_resend() {
    let watched = Watched::start("resend_origin", TWO_ENDPOINTS);
    watched
        .server
        .post("/hooks/metriport", &by_metriport(ADMIT));
    let (page, port) = (watched.page, watched.page.port());
    let own = format!("origin: http://{page}");
    for lines in [
        vec![],
        vec!["origin: null".to_owned()],
        vec!["origin: http://example.org".to_owned()],
        vec![format!("origin: https://{page}")],
        vec![format!("origin: http://localhost:{port}")],
        vec!["origin: http://127.0.0.1:1".to_owned()],
        vec![own.clone(), own.clone()],
        vec![own.clone(), "sec-fetch-site: cross-site".to_owned()],
        vec![own.clone(), "sec-fetch-site: same-site".to_owned()],
    ] {
        let host = format!("host: {page}");
        let cookie = watched.cookie();
        let mut all = vec![host.as_str(), &cookie, "content-length: 0"];
        all.extend(lines.iter().map(String::as_str));
        let answer = watched.ask("POST /requests/1/resend", &all);
        assert_eq!(answer.status, 403, "{lines:?}");
    }
    assert_eq!(watched.get("/requests/2").status, 404);
    let (stdout, _) = watched.server.end();
    assert_eq!(stdout.len(), 1);
}

#[test]
fn secrets_are_on_no_page() {
    let config = "listen = \"127.0.0.1:0\"\nmonitor = \"127.0.0.1:0\"\n\
        [[endpoint]]\npath = \"/hooks/query\"\nprovider = \"withings\"\n\
        url_secrets = [{ env = \"TEST_URL_SECRET\" }]\n\
        [[endpoint]]\npath = \"/hooks/path\"\nprovider = \"withings\"\n\
        url_secrets = [{ env = \"TEST_URL_SECRET\" }]\nurl_secret_in = \"path\"\n\
        [[endpoint]]\npath = \"/hooks/thryve\"\nprovider = \"thryve\"\n\
        authorization = [{ env = \"TEST_AUTHORIZATION\" }]\nauthorization_header = \"x-proof\"\n\
        keys = [{ env = \"TEST_THRYVE_KEY\" }]\n\
        [[endpoint]]\npath = \"/hooks/metriport\"\nprovider = \"metriport\"\n\
        keys = [{ env = \"TEST_METRIPORT_KEY\" }]\n\
        danger_accept_webhook_key = [{ env = \"TEST_METRIPORT_KEY\" }]\n";
    let watched = Watched::start("no_secret", config);
    let weight = || notification("userid=8812345&appli=1&startdate=1706400000&enddate=1706400060");
    // Right ones, wrong ones, and right ones where they do not belong.
    for (target, request, status) in [
        (format!("/hooks/query?token={URL_SECRET}"), weight(), 200),
        (
            format!("/hooks/query?token=wrong-{URL_SECRET}"),
            weight(),
            401,
        ),
        (
            format!("/hooks/query?tokne={URL_SECRET}&a=b"),
            weight(),
            401,
        ),
        (format!("/hooks/query?{URL_SECRET}"), weight(), 401),
        (format!("/hooks/path/{URL_SECRET}"), weight(), 200),
        (format!("/hooks/path/{URL_SECRET}/"), weight(), 401),
        (format!("/hooks/path/wrong-{URL_SECRET}"), weight(), 401),
        (format!("/hooks/query/{URL_SECRET}"), weight(), 404),
        (format!("/{CANARY}/x?{CANARY}"), weight(), 404),
        (
            "/hooks/thryve".to_owned(),
            by_thryve("{}").with_header("x-proof", format!("Bearer wrong-{CANARY}")),
            401,
        ),
        (
            "/hooks/metriport".to_owned(),
            by_metriport(ADMIT)
                .with_header("x-webhook-key", format!("metriport-{CANARY}"))
                .with_header("x-note", format!("it is metriport-{CANARY}, is it not"))
                .with_header("x-api-key", CANARY)
                .with_header("cookie", CANARY)
                .with_header("x-forwarded-uri", format!("/a?{CANARY}"))
                .with_header("referer", format!("http://example.org/{CANARY}")),
            200,
        ),
    ] {
        let answer = watched.server.post(&target, &request);
        assert_eq!(answer.status, status, "{target}");
    }
    let mut shown = watched.shown("/");
    for number in 1..=11 {
        shown += &watched.shown(&format!("/requests/{number}"));
    }
    shown += &watched.events_until("rows&events", "\nid: 11\n");
    for part in [
        "POST /hooks/query?token=(masked)<",
        "POST /hooks/query?tokne=(masked)&amp;a=(masked)<",
        "POST /hooks/query?(masked)<",
        "POST /hooks/path/(masked)<",
        "POST /hooks/query/(masked)<",
        "POST /(masked)/(masked)?(masked)<",
        "<dt>x-note</dt><dd><span class=\"mark\">(masked)</span></dd>",
        "<dt>x-proof</dt><dd><span class=\"mark\">(masked)</span></dd>",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(!shown.contains(CANARY), "{shown}");
    let line = watched.server.stderr.wait_for(&["monitor on http://"]);
    let address = line.split("http://").nth(1).unwrap();
    let address = address.split(": ").next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n")
        .unwrap();
    let metrics = read_answer(&mut stream).unwrap().body;
    assert!(
        metrics.contains("rule=\"credential-mismatch\""),
        "{metrics}"
    );
    assert!(!metrics.contains(CANARY), "{metrics}");
    crate::support::end_without_secrets(watched.server);
}
