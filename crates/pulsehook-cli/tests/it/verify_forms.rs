//! The forms in which `pulsehook verify` reads requests.

use std::panic::Location;

use pulsehook_axum::SigningKey;
use pulsehook_axum::signature::encode_base64;

use crate::support::{CANARY, folder};
use crate::verify::{Done, Recording, SECRET, run};

const KEY: &str = concat!("form-", "canary-4711");
const BODY: &str = r#"{"ping":"canary-4711","meta":{"messageId":"m-1","when":"2026-02-03T04:05:06.789Z","type":"ping"}}"#;

fn signed() -> Recording {
    let key = SigningKey::from_text(KEY).unwrap();
    pulsehook_axum::metriport::testing::sign(&key, BODY).into()
}

fn signature() -> String {
    signed().header("x-metriport-signature").to_owned()
}

/// Reads a recording of the request above, in a folder of the caller's own.
#[track_caller]
fn read(name: &str, recording: &[u8], arguments: &[&str]) -> Done {
    let line = Location::caller().line();
    let folder = folder(&format!("verify_forms_{line}"));
    std::fs::write(folder.join("body"), BODY).unwrap();
    let arguments = [&["metriport", "--json"], SECRET, arguments].concat();
    let done = run(&arguments, &folder, KEY, recording);
    for output in [&done.stdout, &done.stderr] {
        assert!(!output.contains(CANARY), "{name}: {output}");
        assert!(!output.contains(&signature()), "{name}: {output}");
    }
    done
}

#[test]
fn all_forms_are_read() {
    let signature = signature();
    let len = BODY.len();
    let head = format!("content-type: application/json\nx-metriport-signature: {signature}\n");
    let chunked = format!(
        "POST /hooks HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX-Metriport-Signature: {signature}\
         \r\n\r\n5\r\n{}\r\n{:X};name=value\r\n{}\r\n0\r\n\r\n",
        &BODY[..5],
        len - 5,
        &BODY[5..]
    );
    let curl_1 = format!(
        "*   Trying 127.0.0.1:8787...\n* Connected to localhost (127.0.0.1) port 8787\n\
         > POST /hooks HTTP/1.1\r\n> Host: localhost:8787\r\n> User-Agent: curl/8.5.0\r\n\
         > x-metriport-signature: {signature}\r\n> Content-Length: {len}\r\n> \r\n\
         }} [{len} bytes data]\n{BODY}\n* upload completely sent off: {len} bytes\n\
         < HTTP/1.1 401 Unauthorized\r\n< content-length: 0\r\n< \r\n* Closing connection\nno\n"
    );
    let curl_2 = format!(
        "* ALPN: server accepted h2\n* [HTTP/2] [1] OPENED stream for https://example.org/hooks\n\
         * [HTTP/2] [1] [:method: POST]\n* [HTTP/2] [1] [:path: /hooks]\n\
         > POST /hooks HTTP/2\n> Host: example.org\n> x-metriport-signature: {signature}\n\
         > content-length: {len}\n>\n< HTTP/2 401\n"
    );
    let quoted = serde_json::Value::from(BODY);
    let request = format!(
        r#"{{"method":"POST","url":"https://example.org/hooks?a=b#c","httpVersion":"h2","headers":
        [{{"name":":method","value":"POST"}},{{"name":"X-Metriport-Signature","value":"{signature}"}},
        {{"name":"Content-Length","value":"{len}"}}],"bodySize":{len},
        "postData":{{"mimeType":"application/json","text":{quoted}}}}}"#
    );
    let in_base64 = format!(
        r#"{{"request":{{"method":"POST","url":"http://example.org/","headers":
        [{{"name":"x-metriport-signature","value":"{signature}"}}],
        "postData":{{"text":"{}","encoding":"base64"}}}},"response":{{"status":401}}}}"#,
        encode_base64(BODY.as_bytes())
    );
    let har = format!(
        r#"{{"log":{{"version":"1.2","entries":[{{"request":{{"method":"GET","url":"/","headers":[]}}}},
        {{"request":{request}}}]}}}}"#
    );
    let pairs = format!(
        r#"{{"method":"POST","target":"","headers":[["x-metriport-signature","{signature}"]],
        "body":{quoted}}}"#
    );
    let named = format!(
        r#"{{"method":"POST","target":"/x","headers":[{{"name":"x-metriport-signature",
        "value":"{signature}"}}],"body_base64":"{}"}}"#,
        encode_base64(BODY.as_bytes())
    );
    let cases: [(&str, String, &[&str], &str, usize); 18] = [
        (
            "CRLF",
            String::from_utf8(signed().raw()).unwrap(),
            &[],
            "raw-http",
            0,
        ),
        (
            "LF",
            format!("POST /hooks HTTP/1.1\n{head}Content-Length: {len}\n\n{BODY}"),
            &[],
            "raw-http",
            0,
        ),
        (
            "a line end of the editor",
            format!("\u{feff}POST /hooks HTTP/1.1\n{head}Content-Length: {len}\n\n{BODY}\n"),
            &[],
            "raw-http",
            1,
        ),
        (
            "no length",
            format!("POST / HTTP/1.0\n{head}\n{BODY}"),
            &[],
            "raw-http",
            0,
        ),
        (
            "a whole URL",
            format!("POST http://example.org/hooks HTTP/1.1\n{head}\n{BODY}"),
            &[],
            "raw-http",
            0,
        ),
        (
            "HTTP/2, raw",
            format!("POST /hooks HTTP/2\n{head}\n{BODY}"),
            &[],
            "raw-http",
            0,
        ),
        ("chunked", chunked, &[], "raw-http", 0),
        (
            "chunked, and decoded by what recorded it",
            format!("POST / HTTP/1.1\nTransfer-Encoding: chunked\n{head}\n{BODY}"),
            &[],
            "raw-http",
            1,
        ),
        (
            "a body beside",
            format!("POST / HTTP/1.1\n{head}Content-Length: {len}\n\n"),
            &["--body", "body"],
            "raw-http",
            1,
        ),
        (
            "a head without an end",
            format!("POST / HTTP/1.1\n{head}"),
            &["--body", "body"],
            "raw-http",
            2,
        ),
        ("curl", curl_1, &[], "curl", 2),
        (
            "curl, HTTP/2",
            curl_2.clone(),
            &["--body", "body"],
            "curl",
            1,
        ),
        ("HAR request", request, &[], "har", 0),
        ("HAR entry, base64", in_base64, &[], "har", 0),
        ("HAR file", har.clone(), &["--entry", "2"], "har", 0),
        ("sign, pairs", pairs.clone(), &[], "signed", 0),
        ("sign, named", named, &["--entry", "1"], "signed", 0),
        (
            "sign, list",
            format!("[{pairs},{pairs}]"),
            &["--entry", "2"],
            "signed",
            0,
        ),
    ];
    for (name, recording, arguments, form, notes) in cases {
        let done = read(name, recording.as_bytes(), arguments);
        assert_eq!(done.code, 0, "{name}: {} {}", done.stdout, done.stderr);
        let json = done.json();
        assert_eq!(json["recording"]["form"], form, "{name}");
        assert_eq!(json["recording"]["body_bytes"], len, "{name}");
        let told = json["recording"]["notes"].as_array().unwrap();
        assert_eq!(told.len(), notes, "{name}: {told:?}");
    }
}

#[test]
fn what_cannot_be_read_is_explained() {
    let signature = signature();
    let deep = format!("{{\"log\":{}", "[".repeat(100_000));
    let many = format!(
        "POST / HTTP/1.1\n{}\n{BODY}",
        "x: canary-4711\n".repeat(100_000)
    );
    let two = r#"{"log":{"entries":[{"request":{"method":"GET","url":"/","headers":[]}},
        {"request":{"method":"GET","url":"/","headers":[]}}]}}"#;
    let cases: [(&str, String, &[&str], &[&str]); 24] = [
        ("blank", " \n".to_owned(), &[], &["is empty"]),
        (
            "words",
            "canary-4711 says hello".to_owned(),
            &[],
            &["in no form that is known", "curl -v"],
        ),
        (
            "a body alone",
            BODY.to_owned(),
            &[],
            &["`method` is missing", "A body alone is no request"],
        ),
        (
            "short",
            format!("POST / HTTP/1.1\nContent-Length: 900\nx: {signature}\n\n{BODY}"),
            &[],
            &["a raw HTTP message", "900 are declared", "--body FILE"],
        ),
        (
            "no body",
            "POST / HTTP/1.1\nContent-Length: 9\n\n".to_owned(),
            &[],
            &["no body where 9 bytes"],
        ),
        (
            "two lengths",
            "POST / HTTP/1.1\nContent-Length: 9\nContent-Length: 8\n\n123456789".to_owned(),
            &[],
            &["several Content-Length"],
        ),
        (
            "a length in words",
            "POST / HTTP/1.1\nContent-Length: canary-4711\n\n1".to_owned(),
            &[],
            &["no number of bytes"],
        ),
        (
            "a huge length",
            "POST / HTTP/1.1\nContent-Length: 99999999999999999999999\n\n1".to_owned(),
            &[],
            &["no number of bytes"],
        ),
        (
            "no header",
            "POST / HTTP/1.1\ncanary-4711 x\n\n".to_owned(),
            &[],
            &["is no header"],
        ),
        ("many headers", many, &[], &["more than 256 headers"]),
        (
            "no target",
            "POST HTTP/1.1\n\n".to_owned(),
            &[],
            &["POST /path HTTP/1.1"],
        ),
        (
            "a version of its own",
            "POST / HTTP/7.7\n\n".to_owned(),
            &[],
            &["version of HTTP"],
        ),
        (
            "chunk too short",
            "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\nffff\ncanary-4711".to_owned(),
            &[],
            &["chunk 1", "shorter"],
        ),
        (
            "chunk without end",
            "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n2\nabcanary-4711".to_owned(),
            &[],
            &["chunk 1", "line end"],
        ),
        (
            "second chunk broken",
            "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n2\nab\ncanary-4711\n".to_owned(),
            &[],
            &["chunk 2", "size"],
        ),
        (
            "curl without a body",
            "> POST / HTTP/1.1\n> Content-Length: 9\n>\n< HTTP/1.1 200 OK\n".to_owned(),
            &[],
            &["curl -v", "--body FILE"],
        ),
        (
            "HAR, which?",
            two.to_owned(),
            &[],
            &["HAR", "2 requests", "--entry 1 to --entry 2"],
        ),
        (
            "HAR, none such",
            two.to_owned(),
            &["--entry", "3"],
            &["2 of them"],
        ),
        (
            "HAR, from 0",
            two.to_owned(),
            &["--entry", "0"],
            &["counts from 1"],
        ),
        (
            "HAR, empty",
            r#"{"log":{"entries":[]}}"#.to_owned(),
            &[],
            &["holds no request"],
        ),
        (
            "HAR, parameters alone",
            r#"{"request":{"method":"POST","url":"/","headers":[],
            "postData":{"params":[{"name":"canary-4711"}]}}}"#
                .to_owned(),
            &[],
            &["parameters of a form"],
        ),
        (
            "kinds",
            r#"{"method":"POST","target":"/","headers":"canary-4711"}"#.to_owned(),
            &[],
            &["another kind", "line 1"],
        ),
        (
            "no base64",
            r#"{"method":"POST","target":"/","headers":[],"body_base64":"canary-4711"}"#.to_owned(),
            &[],
            &["not base64"],
        ),
        ("deep", deep, &[], &["looks like JSON"]),
    ];
    for (name, recording, arguments, parts) in cases {
        let done = read(name, recording.as_bytes(), arguments);
        assert_eq!(done.code, 3, "{name}: {} {}", done.stdout, done.stderr);
        assert_eq!(done.stdout, "", "{name}");
        assert_eq!(done.stderr.lines().count(), 1, "{name}: {}", done.stderr);
        for part in parts {
            assert!(
                done.stderr.contains(part),
                "{name}: {part}: {}",
                done.stderr
            );
        }
    }
    let wide: Vec<u8> = "\u{feff}POST"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let done = read("UTF-16", &wide, &[]);
    assert_eq!(done.code, 3);
    assert!(done.stderr.contains("UTF-16"), "{}", done.stderr);
}

#[test]
fn large_recordings_are_bounded() {
    // A body of 60 MiB is more than the provider sends, and is told so without the search.
    let body = format!("[{}]", "[0],".repeat(15 * 1024 * 1024));
    let recording = signed().body(body);
    let done = read("60 MiB", &recording.raw(), &[]);
    assert_eq!(done.code, 1);
    let json = done.json();
    assert_eq!(json["refusal"]["rule"], "body-too-large");
    assert_eq!(json["refusal"]["findings"], serde_json::json!([]));
    assert_eq!(json["refusal"]["tried"], 1);
    // One of 64 MiB is not read at all.
    let body = vec![b' '; 64 * 1024 * 1024];
    let done = read("64 MiB", &signed().body(body).raw(), &[]);
    assert_eq!(done.code, 3);
    assert!(done.stderr.contains("64 MiB"), "{}", done.stderr);
    // A large one ends the search early, and says so.
    let body = format!("{}{}", "[".repeat(200_000), " ".repeat(8 * 1024 * 1024));
    let done = read("8 MiB", &signed().body(body).raw(), &[]);
    assert_eq!(done.code, 1);
    let json = done.json();
    assert_eq!(json["refusal"]["rule"], "signature-mismatch");
    assert_eq!(json["refusal"]["stopped_early"], true);
    assert_eq!(json["refusal"]["findings"], serde_json::json!([]));

    // So does one with a head that no server takes.
    let with_headers = |one: &str, count| {
        let headers = one.repeat(count);
        format!(
            r#"{{"method":"POST","target":"/","headers":[{headers}["x-metriport-signature","00"]]}}"#
        )
    };
    // Of many small items, most would be larger in memory than in the file.
    for recording in [
        with_headers(r#"["x","canary-4711"],"#, 100_000),
        format!("[{}]", vec!["{}"; 1_000_000].join(",")),
        format!(
            r#"{{"log":{{"entries":[{}]}}}}"#,
            vec!["{}"; 1_000_000].join(",")
        ),
    ] {
        let done = read("many items", recording.as_bytes(), &[]);
        assert_eq!(done.code, 3);
        assert!(
            done.stderr.contains("more entries or headers"),
            "{}",
            done.stderr
        );
    }
    let one = format!(r#"["x","canary-4711{}"],"#, "x".repeat(600));
    let done = read("a head of 500 KB", with_headers(&one, 800).as_bytes(), &[]);
    assert_eq!(done.code, 1);
    let json = done.json();
    assert_eq!(json["refusal"]["rule"], "malformed-header");
    assert_eq!(json["refusal"]["stopped_early"], true);
    assert_eq!(json["refusal"]["tried"], 0);
}
