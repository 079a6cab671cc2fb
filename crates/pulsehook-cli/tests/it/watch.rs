//! The watch page: what it shows, to whom, and what it never shows.
#![cfg(unix)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::withings::testing::{notification, probe};

use crate::support::{
    Answer, CANARY, Server, TWO_ENDPOINTS, URL_SECRET, by_human_api, by_metriport, by_thryve,
    command, folder, read_answer,
};

/// A started server with its page.
pub(crate) struct Watched {
    pub(crate) server: Server,
    pub(crate) page: SocketAddr,
    pub(crate) folder: PathBuf,
    access: String,
}

pub(crate) const PING: &str = r#"{"ping":"echo-me","meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"ping"}}"#;
pub(crate) const ADMIT: &str = r#"{"meta":{"messageId":"m-2","when":"2026-02-03T04:05:06.789Z","type":"patient.admit"},"payload":{"url":"https://example.org/bundle","patientId":"p-1","<b>":"&"}}"#;

impl Watched {
    pub(crate) fn start(name: &str, config: &str) -> Self {
        let folder = folder(name);
        Self::of(&mut command(&folder, config), folder)
    }

    fn of(command: &mut Command, folder: PathBuf) -> Self {
        let server = Server::start(command.arg("--watch=127.0.0.1:0"));
        let line = server.stderr.wait_for(&["watch page on http://"]);
        assert!(!line.contains("key="), "{line}");
        let link = fs::read_to_string(folder.join("pulsehook.toml.watch")).unwrap();
        let rest = link.strip_prefix("http://").unwrap();
        let (page, access) = rest.trim_end().split_once("/?key=").unwrap();
        assert!(line.contains(page), "{line} {page}");
        Self {
            server,
            page: page.parse().unwrap(),
            access: access.to_owned(),
            folder,
        }
    }

    /// Returns the address that opens the page.
    pub(crate) fn link(&self) -> String {
        format!("http://{}/?key={}", self.page, self.access)
    }

    fn cookie(&self) -> String {
        format!("cookie: pulsehook-{}={}", self.page.port(), self.access)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.page).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream
    }

    /// Asks the page with these lines for a head.
    fn ask(&self, request: &str, lines: &[&str]) -> Answer {
        let mut stream = self.connect();
        let head = format!("{request} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"));
        stream.write_all(head.as_bytes()).unwrap();
        read_answer(&mut stream).unwrap()
    }

    /// Gets a page as its owner does.
    pub(crate) fn get(&self, path: &str) -> Answer {
        let host = format!("host: {}", self.page);
        self.ask(&format!("GET {path}"), &[&host, &self.cookie()])
    }

    fn shown(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}");
        answer.body
    }

    fn resend(&self, number: u64) -> Answer {
        self.ask(
            &format!("POST /requests/{number}/resend"),
            &[
                &format!("host: {}", self.page),
                &self.cookie(),
                &format!("origin: http://{}", self.page),
                "content-length: 0",
            ],
        )
    }

    /// Starts to follow the events, and returns them up to this text.
    fn events_until(&self, query: &str, end: &str) -> String {
        let mut stream = self.connect();
        let head = format!(
            "GET /events?{query} HTTP/1.1\r\nhost: {}\r\n{}\r\n\r\n",
            self.page,
            self.cookie()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut text = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let read = stream.read(&mut chunk).unwrap();
            assert_ne!(read, 0, "{}", String::from_utf8_lossy(&text));
            text.extend_from_slice(&chunk[..read]);
            let so_far = String::from_utf8_lossy(&text);
            if so_far.contains(end) {
                return so_far.into_owned();
            }
        }
    }
}

fn altered(request: &SignedRequest, body: &str) -> Vec<u8> {
    let mut wire = b"POST /hooks/metriport HTTP/1.1\r\nhost: test\r\n".to_vec();
    for (name, value) in request.headers() {
        wire.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    wire.extend_from_slice(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    wire
}

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
fn requests_are_listed_with_their_outcomes() {
    let config = format!(
        "{TWO_ENDPOINTS}[[endpoint]]\npath = \"/hooks/withings\"\nprovider = \"withings\"\n\
         url_secrets = [{{ env = \"TEST_URL_SECRET\" }}]\n"
    );
    let watched = Watched::start("outcomes", &config);
    let server = &watched.server;
    assert_eq!(
        server.post("/hooks/metriport", &by_metriport(ADMIT)).status,
        200
    );
    assert_eq!(
        server.post("/hooks/metriport", &by_metriport(PING)).status,
        200
    );
    let with_secret = format!("/hooks/withings?token={URL_SECRET}");
    assert_eq!(server.post(&with_secret, &probe()).status, 200);
    assert_eq!(
        server.post("/hooks/human-api", &by_metriport(ADMIT)).status,
        401
    );
    assert_eq!(server.post("/elsewhere", &by_metriport(ADMIT)).status, 404);

    let list = watched.shown("/");
    let rows: Vec<_> = list
        .split("<tr role=\"row\" data-number=")
        .skip(1)
        .collect();
    let expected: [(&str, &[&str]); 5] = [
        ("5", &[">no such path<", ">404<", ">–<"]),
        (
            "4",
            &[">refused<", ">401<", ">human-api<", ">missing-header<"],
        ),
        ("3", &[">probe<", ">200<", ">withings<", ">0 bytes<"]),
        ("2", &[">ping<", ">200<", ">metriport<"]),
        (
            "1",
            &[
                ">delivered<",
                ">200<",
                ">metriport<",
                ">patient.admit<",
                " bytes<",
                " ms<",
            ],
        ),
    ];
    assert_eq!(rows.len(), expected.len(), "{list}");
    for (row, (number, parts)) in rows.iter().zip(expected) {
        assert!(row.starts_with(&format!("\"{number}\"")), "{row}");
        for part in parts {
            assert!(row.contains(part), "{part}\n{row}");
        }
    }
    watched.server.end();
}

#[test]
fn a_delivery_is_shown_decoded_and_as_it_came() {
    let watched = Watched::start("decoded", TWO_ENDPOINTS);
    watched
        .server
        .post("/hooks/metriport", &by_metriport(ADMIT));
    let page = watched.shown("/requests/1");
    for part in [
        "<dt>Request</dt><dd>POST /hooks/metriport</dd>",
        "<dt>De-duplication key</dt><dd>id:m-2</dd>",
        "<dt>Authenticity</dt><dd>body-signature</dd>",
        "<dt>Key</dt><dd>2026-11</dd>",
        "<dt>Event types</dt><dd>patient.admit</dd>",
        "Decoded events",
        "    &quot;messageId&quot;: &quot;m-2&quot;",
        "Neutral view",
        "Follow-up calls",
        "https://example.org/bundle",
        "Raw body",
        "{&quot;meta&quot;:{&quot;messageId&quot;:&quot;m-2&quot;",
        "&lt;b&gt;",
        "<dt>x-metriport-signature</dt><dd><span class=\"mark\">(masked)</span></dd>",
        "<dt>host</dt><dd>test</dd>",
        "<button>Resend</button>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("<b>"), "{page}");
    watched.server.end();
}

#[test]
fn a_refusal_is_explained_with_what_would_have_made_it_pass() {
    let watched = Watched::start("explained", TWO_ENDPOINTS);
    let longer = format!("{ADMIT}\n");
    let wire = altered(&by_metriport(ADMIT), &longer);
    assert_eq!(watched.server.send(&wire).status, 401);
    let unsigned = altered(&SignedRequest::post_json(ADMIT), ADMIT);
    assert_eq!(watched.server.send(&unsigned).status, 401);

    // It is judged once, and shown as often as it is opened.
    for _ in 0..2 {
        let page = watched.shown("/requests/1");
        for part in ["signature-mismatch: ", "line-end-added", "&quot;m-2&quot;"] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        // What is not verified is not decoded.
        assert!(!page.contains("Decoded events"), "{page}");
    }
    // Its head alone refused it; the body is there all the same.
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    let page = loop {
        let page = watched.shown("/requests/2");
        if page.contains("&quot;m-2&quot;") && !page.contains("still arriving") {
            break page;
        }
        assert!(std::time::Instant::now() < deadline, "{page}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(page.contains("missing-header: "), "{page}");
    watched.server.end();
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

#[test]
fn a_request_can_be_resent_and_is_marked() {
    let config = "listen = \"127.0.0.1:0\"\n[[endpoint]]\npath = \"/hooks/withings\"\n\
        provider = \"withings\"\nurl_secrets = [{ env = \"TEST_URL_SECRET\" }]\n";
    let watched = Watched::start("resent", config);
    let weight = notification("userid=8812345&appli=1&startdate=1706400000&enddate=1706400060");
    let target = format!("/hooks/withings?token={URL_SECRET}");
    assert_eq!(watched.server.post(&target, &weight).status, 200);
    assert_eq!(watched.server.post("/hooks/withings", &weight).status, 401);
    for (from, to, outcome) in [(1, 3, "delivered"), (3, 4, "delivered"), (2, 5, "refused")] {
        let answer = watched.resend(from);
        assert_eq!(answer.status, 303);
        let location = format!("location: /requests/{to}\r\n");
        assert!(answer.head.contains(&location), "{}", answer.head);
        let page = watched.shown(&format!("/requests/{to}"));
        let link = format!("Resent from <a href=\"/requests/{from}\">");
        assert!(page.contains(&link), "{page}");
        assert!(page.contains(&format!(">{outcome}<")), "{page}");
        assert!(page.contains("userid=8812345"), "{page}");
    }
    assert_eq!(watched.shown("/").matches(">resent<").count(), 3);
    assert_eq!(watched.resend(77).status, 404);
    let (stdout, _) = watched.server.end();
    assert_eq!(stdout.len(), 3);
}

#[test]
fn the_latest_two_hundred_are_kept() {
    let watched = Watched::start("two_hundred", TWO_ENDPOINTS);
    let ping = by_metriport(PING);
    for _ in 0..300 {
        assert_eq!(watched.server.post("/hooks/metriport", &ping).status, 200);
    }
    let list = watched.shown("/");
    assert_eq!(list.matches("data-number=").count(), 200);
    assert!(list.contains("data-number=\"300\"") && list.contains("data-number=\"101\""));
    assert_eq!(watched.get("/requests/100").status, 404);
    assert_eq!(watched.get("/requests/101").status, 200);
    assert_eq!(watched.get("/requests/-1").status, 404);
    assert_eq!(watched.get("/requests/x").status, 404);
    watched.server.end();
}

#[test]
fn large_bodies_of_refused_requests_are_cut() {
    let watched = Watched::start("cut", TWO_ENDPOINTS);
    let body = format!("{}end-of-it", "x".repeat(3 << 20));
    let wire = altered(&by_metriport(ADMIT), &body);
    assert_eq!(watched.server.send(&wire).status, 401);
    let page = watched.shown("/requests/1");
    for part in [
        "<dd>3.0 MiB</dd>",
        "Only its first MiB is kept.",
        "Only the beginning is shown.",
        "what would have made it pass was not tried",
        "It cannot be resent",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("end-of-it") && !page.contains("<button>"));
    assert!(page.len() < 1 << 20);
    let host = format!("host: {}", watched.page);
    let origin = format!("origin: http://{}", watched.page);
    let lines = [&*host, &watched.cookie(), &origin, "content-length: 0"];
    assert_eq!(watched.ask("POST /requests/1/resend", &lines).status, 409);
    watched.server.end();
}

#[test]
fn bytes_that_are_no_text_are_shown_in_hexadecimal() {
    let config = "listen = \"127.0.0.1:0\"\n[[endpoint]]\npath = \"/hooks/thryve\"\n\
        provider = \"thryve\"\nkeys = [{ env = \"TEST_THRYVE_KEY\" }]\n";
    let watched = Watched::start("hexadecimal", config);
    let push = r#"{"endUserId":"u-5512","timestampType":"ISO","type":"event.data.epoch.create","data":{"dataSourceId":5,"epochData":[]}}"#;
    let compressed = pulsehook_axum::thryve::testing::compress(push.as_bytes());
    let request = by_thryve(compressed).with_header("content-encoding", "zstd");
    assert_eq!(watched.server.post("/hooks/thryve", &request).status, 200);
    let page = watched.shown("/requests/1");
    assert!(page.contains("00000000  28 b5 2f fd "), "{page}");
    assert!(
        page.contains("&quot;endUserId&quot;: &quot;u-5512&quot;"),
        "{page}"
    );
    watched.server.end();
}

#[test]
fn those_who_do_not_read_hold_up_nothing() {
    let watched = Watched::start("not_read", TWO_ENDPOINTS);
    let mut idle = Vec::new();
    for _ in 0..16 {
        let mut stream = watched.connect();
        let head = format!(
            "GET /events?rows&events HTTP/1.1\r\nhost: {}\r\n{}\r\n\r\n",
            watched.page,
            watched.cookie()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // It follows once it is answered.
        stream.read_exact(&mut [0; 12]).unwrap();
        idle.push(stream);
    }
    assert_eq!(watched.get("/events").status, 503);
    let padded = ADMIT.replace("p-1", &"x".repeat(500_000));
    for _ in 0..40 {
        let answer = watched
            .server
            .post("/hooks/metriport", &by_metriport(&padded));
        assert_eq!(answer.status, 200);
    }
    // Nor do they hold up the end.
    watched.server.end();
}

#[test]
fn the_file_with_the_link_is_the_owners_and_goes_with_the_server() {
    let watched = Watched::start("link_file", TWO_ENDPOINTS);
    let file = watched.folder.join("pulsehook.toml.watch");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    watched
        .server
        .post("/hooks/metriport", &by_metriport(ADMIT));
    watched.get("/requests/1");
    let files = || {
        let entries = fs::read_dir(&watched.folder).unwrap();
        let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(
        files(),
        ["pulsehook.toml", "pulsehook.toml.watch", "secret.txt"]
    );
    // Nothing of a request is written.
    for name in files() {
        let text = fs::read_to_string(watched.folder.join(name)).unwrap();
        assert!(!text.contains("m-2"), "{text}");
    }
    let folder = watched.folder.clone();
    watched.server.end();
    assert!(!file.exists());

    // Another place, and what a server left behind that was killed.
    let link = "http://127.0.0.1:1/?key=left-behind\n";
    fs::write(folder.join("link"), link).unwrap();
    let mut command = command(&folder, TWO_ENDPOINTS);
    command.args(["--watch=127.0.0.1:0", "--watch-file"]);
    let server = Server::start(command.arg(folder.join("link")));
    server.stderr.wait_for(&["watch page on http://"]);
    assert_ne!(fs::read_to_string(folder.join("link")).unwrap(), link);
    server.end();
    assert!(!folder.join("link").exists());
}

#[test]
fn what_cannot_be_watched_is_refused_with_the_reason() {
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = busy.local_addr().unwrap();
    let in_file = |line: &str| format!("{line}\n{TWO_ENDPOINTS}");
    let cases = [
        (
            TWO_ENDPOINTS.to_owned(),
            vec!["--watch=0.0.0.0:0".to_owned()],
            2,
            "this machine alone",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec!["--watch=[::]:0".to_owned()],
            2,
            "this machine alone",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec!["--watch=localhost".to_owned()],
            2,
            "invalid",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec!["--watch-file=x".to_owned()],
            2,
            "add --watch",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec![format!("--watch={busy}")],
            4,
            "--watch: cannot listen",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec![format!("--monitor={busy}")],
            4,
            "--monitor: cannot listen",
        ),
        (
            in_file("watch = \"192.0.2.1:1\""),
            vec![],
            3,
            "pulsehook.toml:1:9: the page shows",
        ),
        (in_file("watch = true"), vec![], 3, "pulsehook.toml:1:9: "),
        (
            in_file("monitor = \"everywhere\""),
            vec![],
            3,
            "pulsehook.toml:1:11: `monitor` must",
        ),
        (
            in_file(&format!("watch = \"{busy}\"")),
            vec![],
            4,
            "pulsehook.toml:1:9: cannot listen",
        ),
        (
            in_file(&format!("monitor = \"{busy}\"")),
            vec![],
            4,
            "pulsehook.toml:1:11: cannot listen",
        ),
    ];
    for (number, (config, arguments, code, part)) in cases.iter().enumerate() {
        let folder = folder(&format!("not_watched_{number}"));
        let output = command(&folder, config).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(*code), "{arguments:?} {text}");
        assert!(text.contains(part), "{part}\n{text}");
    }
    let folder = folder("not_replaced");
    let notes = folder.join("pulsehook.toml.watch");
    fs::write(&notes, "my notes").unwrap();
    let mut command = command(&folder, TWO_ENDPOINTS);
    let output = command.arg("--watch=127.0.0.1:0").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("left alone; name another file"), "{text}");
    assert_eq!(fs::read_to_string(&notes).unwrap(), "my notes");
}

#[test]
fn the_configuration_can_ask_for_the_page() {
    let folder = folder("by_file");
    let config = format!("watch = \"127.0.0.1:0\"\n{TWO_ENDPOINTS}");
    let server = Server::start(&mut command(&folder, &config));
    server.stderr.wait_for(&["watch page on http://127.0.0.1:"]);
    server.end();
    // Nobody asked for one.
    let server = Server::start(&mut command(&folder, TWO_ENDPOINTS));
    server.post("/hooks/human-api", &by_human_api("[]"));
    let (_, stderr) = server.end();
    assert!(
        stderr.iter().all(|line| !line.contains("watch")),
        "{stderr:?}"
    );
    assert!(!folder.join("pulsehook.toml.watch").exists());
}

#[test]
fn a_delivery_that_could_not_be_handed_on_has_failed() {
    let folder = folder("handed_on");
    let mut command = command(&folder, TWO_ENDPOINTS);
    let config = command.args(["--watch=127.0.0.1:0"]);
    let (server, stdout) = Server::start_with_stdout(config);
    server.stderr.wait_for(&["watch page on http://"]);
    let link = fs::read_to_string(folder.join("pulsehook.toml.watch")).unwrap();
    let (page, access) = link
        .trim_end()
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once("/?key="))
        .unwrap();
    // One who follows learns of it before the end.
    let mut stream = TcpStream::connect(page).unwrap();
    let head =
        format!("GET /events HTTP/1.1\r\nhost: {page}\r\nauthorization: Bearer {access}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 12]).unwrap();
    drop(stdout);
    let answer = server.post("/hooks/metriport", &by_metriport(ADMIT));
    assert_eq!(answer.status, 500);
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.contains("\"outcome\":\"failed\""), "{text}");
    assert!(text.contains("event: end"), "{text}");
}
