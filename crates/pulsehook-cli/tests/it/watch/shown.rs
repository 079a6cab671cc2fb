//! What the pages show.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::withings::testing::{notification, probe};

use super::{ADMIT, PING, Watched, altered};
use crate::support::{Server, TWO_ENDPOINTS, URL_SECRET, by_metriport, by_thryve, command, folder};

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
        // The cause alone; what could have been otherwise is not listed.
        assert!(!page.contains("In general: "), "{page}");
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
    assert!(page.contains("In general: check that the caller"), "{page}");
    // Names are set as code.
    let compressed = altered(&by_metriport(ADMIT), "{}");
    assert_eq!(watched.server.send(&compressed).status, 401);
    let page = watched.shown("/requests/3");
    assert!(
        page.contains("in the right <code>encoding</code>"),
        "{page}"
    );
    watched.server.end();
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
