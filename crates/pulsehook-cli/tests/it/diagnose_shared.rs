//! What would have made a request pass that presents its secret as it is: in the URL or a header.

use pulsehook_axum::signature::encode_base64;

use crate::support::{CANARY, folder};
use crate::verify::{Recording, run, verify};

/// With what URLs and editors change.
const SECRET: &str = concat!("Url+/ ", "canary-4711");

/// A request without any proof.
fn by(provider: &str) -> Recording {
    match provider {
        "withings" => pulsehook_axum::withings::testing::notification(
            "userid=8812345&startdate=1706400000&enddate=1706400001&appli=1",
        )
        .into(),
        _ => pulsehook_axum::thryve::testing::unsigned(
            r#"{"endUserId":"canary-4711","type":"notification.source.connect","data":{}}"#,
        )
        .into(),
    }
}

fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || byte == b'-' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[test]
fn secrets_in_urls() {
    let folder = folder("diagnose_url");
    let one = encoded(SECRET);
    let twice = encoded(&one);
    let line = encoded(&format!("{SECRET}\n"));
    let quoted = encoded(&format!("\"{SECRET}\""));
    let blank = encoded(&format!(" {SECRET}"));
    let lower = encoded(&SECRET.to_lowercase());
    let other = encoded("another secret");
    let plus = one.replace("%2B", "+");
    // In the query: the target, the secret as configured, the rules.
    let in_query: Vec<(&str, String, String, &[&str])> = vec![
        (
            "right",
            format!("/h?a=b&token={one}"),
            SECRET.into(),
            &["valid"],
        ),
        (
            "other parameter",
            format!("/h?key={one}"),
            SECRET.into(),
            &["url-secret-other-parameter"],
        ),
        (
            "capital",
            format!("/h?Token={one}"),
            SECRET.into(),
            &["url-secret-other-parameter"],
        ),
        (
            "in the path",
            format!("/h/{one}"),
            SECRET.into(),
            &["url-secret-in-path"],
        ),
        (
            "twice encoded",
            format!("/h?token={twice}"),
            SECRET.into(),
            &["url-secret-encoded-twice"],
        ),
        (
            "plus",
            format!("/h?token={plus}"),
            SECRET.into(),
            &["url-secret-plus"],
        ),
        (
            "line end",
            format!("/h?token={line}"),
            SECRET.into(),
            &["credential-line-end"],
        ),
        (
            "quotes",
            format!("/h?token={quoted}"),
            SECRET.into(),
            &["credential-quotes"],
        ),
        (
            "blank",
            format!("/h?token={blank}"),
            SECRET.into(),
            &["credential-blanks"],
        ),
        (
            "lower case",
            format!("/h?token={lower}"),
            SECRET.into(),
            &["credential-letter-case"],
        ),
        (
            "repeated",
            format!("/h?token={one}&token={one}"),
            SECRET.into(),
            &["url-secret-repeated"],
        ),
        (
            "quotes here",
            format!("/h?token={one}"),
            format!("\"{SECRET}\""),
            &["key-quotes"],
        ),
        (
            "line end here",
            format!("/h?token={one}"),
            format!("{SECRET}\n"),
            &["key-line-end"],
        ),
        (
            "encoded here",
            format!("/h?token={one}"),
            one.clone(),
            &["key-percent-encoded"],
        ),
        ("another", format!("/h?token={other}"), SECRET.into(), &[]),
        ("none", "/h".into(), SECRET.into(), &[]),
        (
            "two that differ",
            format!("/h?token={one}&token={other}"),
            SECRET.into(),
            &[],
        ),
    ];
    let slash = one.clone();
    let in_path: Vec<(&str, String, String, &[&str])> = vec![
        ("right", format!("/h/{one}"), SECRET.into(), &["valid"]),
        (
            "in the query",
            format!("/h?token={one}"),
            SECRET.into(),
            &["url-secret-in-query"],
        ),
        (
            "slash after",
            format!("/h/{slash}/"),
            SECRET.into(),
            &["url-secret-other-segment"],
        ),
        (
            "more after",
            format!("/h/{one}/more"),
            SECRET.into(),
            &["url-secret-other-segment"],
        ),
        (
            "twice encoded",
            format!("/h/{twice}"),
            SECRET.into(),
            &["url-secret-encoded-twice"],
        ),
        (
            "plus",
            format!("/h/{}", one.replace("%20", "+")),
            SECRET.into(),
            &["url-secret-plus"],
        ),
        (
            "line end",
            format!("/h/{line}"),
            SECRET.into(),
            &["credential-line-end"],
        ),
        (
            "lower case",
            format!("/h/{lower}"),
            SECRET.into(),
            &["credential-letter-case"],
        ),
        ("another", format!("/h/{other}"), SECRET.into(), &[]),
    ];
    for provider in ["withings", "thryve"] {
        for (place, cases) in [("query:token", &in_query), ("path", &in_path)] {
            let config = format!(
                "[[endpoint]]\npath = \"/h\"\nprovider = \"{provider}\"\n\
                 url_secrets = [{{ env = \"TEST_SECRET\" }}]\nurl_secret_in = \"{place}\"\n"
            );
            std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
            for (name, target, secret, expected) in cases {
                let name = format!("{provider}, {place}, {name}");
                let recording = by(provider).at(target.clone());
                let done = verify(&name, &[provider], &folder, secret, &recording);
                for output in [&done.stdout, &done.stderr] {
                    assert!(
                        !output.contains(&one) && !output.contains(SECRET),
                        "{name}: {output}"
                    );
                }
                if *expected == ["valid"] {
                    assert_eq!(done.json()["authentic"], true, "{name}: {}", done.stdout);
                    continue;
                }
                assert_eq!(done.code, 1, "{name}: {}", done.stderr);
                assert_eq!(done.rules(), *expected, "{name}: {}", done.stdout);
            }
            let in_header = by(provider).at("/h").and("x-token", SECRET);
            let done = verify("header", &[provider], &folder, SECRET, &in_header);
            assert_eq!(done.rules(), ["url-secret-in-header"], "{provider} {place}");
            let bearer = by(provider)
                .at("/h")
                .and("authorization", format!("Bearer {SECRET}"));
            let done = verify("bearer", &[provider], &folder, SECRET, &bearer);
            assert_eq!(done.rules(), ["url-secret-in-header"], "{provider} {place}");
        }
    }
}

#[test]
fn secrets_in_headers() {
    let folder = folder("diagnose_header_secrets");
    let secret = format!("word-{CANARY}");
    let basic = |user: &str, password: &str| {
        format!(
            "Basic {}",
            encode_base64(format!("{user}:{password}").as_bytes())
        )
    };
    let complete = "authorization = [{ env = \"TEST_SECRET\" }]";
    let of_user = "authorization = [{ user = \"thryve\", env = \"TEST_SECRET\" }]";
    let named = "authorization_header = \"x-auth\"\nauthorization = [{ env = \"TEST_SECRET\" }]";
    let bearer = format!("Bearer {secret}");
    let right = basic("thryve", &secret);
    // What is configured, the secret, the target, the headers, the rules.
    type Case<'c> = (
        &'c str,
        &'c str,
        String,
        &'c str,
        Vec<(&'c str, String)>,
        &'c [&'c str],
    );
    let auth = "authorization";
    let cases: Vec<Case<'_>> = vec![
        (
            "right",
            complete,
            bearer.clone(),
            "",
            vec![(auth, bearer.clone())],
            &["valid"],
        ),
        (
            "no scheme",
            complete,
            bearer.clone(),
            "",
            vec![(auth, secret.clone())],
            &["credential-scheme"],
        ),
        (
            "other scheme",
            complete,
            bearer.clone(),
            "",
            vec![(auth, format!("Token {secret}"))],
            &["credential-scheme"],
        ),
        (
            "scheme too many",
            complete,
            secret.clone(),
            "",
            vec![(auth, bearer.clone())],
            &["credential-scheme"],
        ),
        (
            "Basic for Bearer",
            complete,
            bearer.clone(),
            "",
            vec![(auth, basic("any", &secret))],
            &["credential-scheme"],
        ),
        (
            "other header",
            complete,
            bearer.clone(),
            "",
            vec![("x-auth", bearer.clone())],
            &["credential-other-header"],
        ),
        (
            "other header, no scheme",
            complete,
            bearer.clone(),
            "",
            vec![("x-auth", secret.clone())],
            &["credential-other-header"],
        ),
        (
            "twice",
            complete,
            bearer.clone(),
            "",
            vec![(auth, bearer.clone()), (auth, bearer.clone())],
            &["header-repeated"],
        ),
        (
            "quotes",
            complete,
            secret.clone(),
            "",
            vec![(auth, format!("\"{secret}\""))],
            &["credential-quotes"],
        ),
        (
            "in the URL",
            complete,
            bearer.clone(),
            "?token=SECRET",
            vec![],
            &["credential-in-url"],
        ),
        (
            "lower case",
            complete,
            format!("Bearer X{secret}"),
            "",
            vec![(auth, format!("Bearer x{secret}"))],
            &["credential-letter-case"],
        ),
        (
            "another",
            complete,
            bearer.clone(),
            "",
            vec![(auth, "Bearer another".into())],
            &[],
        ),
        ("none", complete, bearer.clone(), "", vec![], &[]),
        (
            "right user",
            of_user,
            secret.clone(),
            "",
            vec![(auth, right.clone())],
            &["valid"],
        ),
        (
            "other user",
            of_user,
            secret.clone(),
            "",
            vec![(auth, basic("admin", &secret))],
            &["credential-other-user"],
        ),
        (
            "no user",
            of_user,
            secret.clone(),
            "",
            vec![(auth, basic("", &secret))],
            &["credential-other-user"],
        ),
        (
            "other password",
            of_user,
            secret.clone(),
            "",
            vec![(auth, basic("thryve", "another"))],
            &[],
        ),
        (
            "line end in the password",
            of_user,
            secret.clone(),
            "",
            vec![(auth, basic("thryve", &format!("{secret}\n")))],
            &["credential-line-end"],
        ),
        (
            "base64 in two lines",
            of_user,
            secret.clone(),
            "",
            vec![(auth, format!("{} {}", &right[..16], &right[16..]))],
            &["credential-line-end"],
        ),
        (
            "not encoded",
            of_user,
            secret.clone(),
            "",
            vec![(auth, format!("Basic thryve:{secret}"))],
            &["credential-not-encoded"],
        ),
        (
            "the password alone",
            of_user,
            secret.clone(),
            "",
            vec![(auth, format!("Basic {}", encode_base64(secret.as_bytes())))],
            &["credential-no-user"],
        ),
        (
            "Bearer for Basic, encoded",
            of_user,
            secret.clone(),
            "",
            vec![(auth, right.replace("Basic", "Bearer"))],
            &["credential-scheme"],
        ),
        (
            "Bearer of another user",
            of_user,
            secret.clone(),
            "",
            vec![(auth, basic("admin", &secret).replace("Basic", "Bearer"))],
            &["credential-other-user"],
        ),
        (
            "without padding",
            of_user,
            format!("{secret}12"),
            "",
            vec![(
                auth,
                basic("thryve", &format!("{secret}12"))
                    .trim_end_matches('=')
                    .to_owned(),
            )],
            &["credential-base64"],
        ),
        (
            "Bearer for Basic",
            of_user,
            secret.clone(),
            "",
            vec![(auth, bearer.clone())],
            &["credential-scheme"],
        ),
        (
            "named",
            named,
            secret.clone(),
            "",
            vec![("x-auth", secret.clone())],
            &["valid"],
        ),
        (
            "in authorization",
            named,
            secret.clone(),
            "",
            vec![(auth, bearer.clone())],
            &["credential-other-header"],
        ),
        (
            "scheme in another",
            named,
            secret.clone(),
            "",
            vec![("x-auth", bearer.clone())],
            &["credential-scheme"],
        ),
    ];
    for (name, members, configured, query, headers, expected) in cases {
        let config = format!("[[endpoint]]\npath = \"/h\"\nprovider = \"thryve\"\n{members}\n");
        std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
        let mut recording = by("thryve").at(format!("/h{}", query.replace("SECRET", &secret)));
        for (header, value) in headers {
            recording = recording.and(header, value);
        }
        let done = verify(name, &["thryve"], &folder, &configured, &recording);
        if expected == ["valid"] {
            assert_eq!(
                done.json()["authentic"],
                true,
                "{name}: {}{}",
                done.stdout,
                done.stderr
            );
            continue;
        }
        assert_eq!(done.code, 1, "{name}: {}", done.stderr);
        assert_eq!(done.rules(), expected, "{name}: {}", done.stdout);
    }
}

#[test]
fn several_proofs_are_judged_each_for_itself() {
    let folder = folder("diagnose_several");
    let secret = format!("word-{CANARY}");
    let config = "[[endpoint]]\npath = \"/h\"\nprovider = \"thryve\"\ntolerance = \"5m\"\n\
                  authorization = [{ user = \"thryve\", env = \"TEST_SECRET\" }]\n\
                  keys = [{ env = \"TEST_SECRET\" }]\nurl_secrets = [{ env = \"TEST_SECRET\" }]\n";
    let key = pulsehook_axum::SigningKey::from_text(secret.clone()).unwrap();
    let body = r#"{"endUserId":"canary-4711"}"#;
    let signed: Recording =
        pulsehook_axum::thryve::testing::sign(&key, body, "1700000000000").into();
    let recording = signed
        .and(
            "authorization",
            format!(
                "Basic {}",
                encode_base64(format!("other:{secret}").as_bytes())
            ),
        )
        .at(format!("/h?secret={secret}"))
        .body(format!("{body}\n"));
    std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
    let done = verify("several", &["thryve"], &folder, &secret, &recording);
    assert_eq!(
        done.rules(),
        [
            "credential-other-user",
            "url-secret-other-parameter",
            "line-end-added"
        ],
        "{}",
        done.stdout
    );
    let json = done.json();
    assert_eq!(json["refusal"]["suffices"], true);
    let findings = json["refusal"]["findings"].as_array().unwrap();
    let means: Vec<_> = findings.iter().map(|finding| &finding["means"]).collect();
    assert_eq!(means, ["header", "url", "signature"]);
    let text = run(&["thryve"], &folder, &secret, &recording.raw());
    assert!(
        text.stdout
            .contains("\nIt would have been valid but for this, in all its means together:\n"),
        "{}",
        text.stdout
    );
}

/// What is told of a means never stands for the others.
#[test]
fn a_finding_of_one_means_does_not_make_the_request_valid() {
    let folder = folder("diagnose_one_of_two");
    let secret = format!("word-{CANARY}");
    let config = "[[endpoint]]\npath = \"/h\"\nprovider = \"thryve\"\ntolerance = \"5m\"\n\
                  authorization = [{ user = \"thryve\", env = \"TEST_SECRET\" }]\n\
                  keys = [{ env = \"TEST_SECRET\" }]\n";
    std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
    let key = pulsehook_axum::SigningKey::from_text(secret.clone()).unwrap();
    let body = r#"{"endUserId":"canary-4711","timestampType":"unix","type":"notification.source.connect","data":{"timestamp":1700000000000,"dataSourceId":8}}"#;
    let signed = || -> Recording {
        pulsehook_axum::thryve::testing::sign(&key, body, "1700000000000").into()
    };
    let basic = |user: &str, password: &str| {
        let pair = encode_base64(format!("{user}:{password}").as_bytes());
        format!("Basic {pair}")
    };
    let with = |user: &str, password: &str| signed().and("authorization", basic(user, password));
    let changed = format!("{body}\n");
    // The recording, rule, findings, whether they suffice, what else is told.
    let title = "This is wrong, and to mend it alone is not enough:\n";
    let suffices = "It would have been valid but for this:\n";
    type Case<'c> = (
        &'c str,
        Recording,
        &'c str,
        &'c [&'c str],
        bool,
        Vec<&'c str>,
    );
    let cases: Vec<Case<'_>> = vec![
        (
            "no password, a line end",
            signed().body(changed.clone()),
            "missing-credential",
            &["line-end-added"],
            false,
            vec![
                title,
                "\n  check that the URL at the provider",
                "(signature)",
            ],
        ),
        (
            "another password, a line end",
            with("thryve", "another").body(changed.clone()),
            "credential-mismatch",
            &["line-end-added"],
            false,
            vec![
                title,
                "\n  check the shared secret",
                "none explains the rest; most likely the secret that the header presents",
            ],
        ),
        (
            "another user, another signature",
            with("other", &secret).body("{}"),
            "credential-mismatch",
            &["credential-other-user"],
            false,
            vec![title, "signed with another secret"],
        ),
        (
            "another user, no signature",
            with("other", &secret).without("x-hmac-signature"),
            "credential-mismatch",
            &["credential-other-user"],
            false,
            vec![
                title,
                "\nBesides, the signature: header `x-hmac-signature` is missing.\n",
            ],
        ),
        (
            "a line end alone",
            with("thryve", &secret).body(changed),
            "signature-mismatch",
            &["line-end-added"],
            true,
            vec![suffices, "line-end-added (signature): "],
        ),
        (
            "another user alone",
            with("other", &secret),
            "credential-mismatch",
            &["credential-other-user"],
            true,
            vec![suffices, "credential-other-user (header): "],
        ),
        (
            "nothing at all",
            by("thryve"),
            "missing-credential",
            &[],
            false,
            vec!["\n  check that", "\nBesides, the signature: header "],
        ),
    ];
    for (name, recording, rule, rules, is_all, parts) in cases {
        let arguments = ["thryve", "--at", "1700000000"];
        let done = verify(name, &arguments, &folder, &secret, &recording);
        let json = done.json();
        assert_eq!(json["refusal"]["rule"], rule, "{name}");
        assert_eq!(done.rules(), rules, "{name}");
        assert_eq!(json["refusal"]["suffices"], is_all, "{name}");
        let text = run(&arguments, &folder, &secret, &recording.raw()).stdout;
        for part in parts {
            assert!(text.contains(part), "{name}: {part}\n{text}");
        }
        assert_eq!(text.contains("would have been valid"), is_all, "{name}");
    }
    // Of what is valid, each means has its secret.
    let valid = with("thryve", &secret);
    let arguments = ["thryve", "--at", "1700000000"];
    let done = verify("valid", &arguments, &folder, &secret, &valid);
    assert_eq!(done.code, 0, "{}", done.stdout);
    let delivery = &done.json()["delivery"];
    assert_eq!(
        delivery["proofs"],
        serde_json::json!([
            {"means": "header", "key_ids": ["key-1"]},
            {"means": "signature", "key_ids": ["key-1"]},
        ])
    );
    assert_eq!(delivery["key_ids"], serde_json::json!(["key-1", "key-1"]));
    let text = run(&arguments, &folder, &secret, &valid.raw()).stdout;
    assert!(
        text.contains("key-1 (header), key-1 (signature)\n"),
        "{text}"
    );
}

#[test]
fn addresses_are_asked_for() {
    let folder = folder("diagnose_addresses");
    let secret = format!("word-{CANARY}");
    let config = "[[endpoint]]\npath = \"/h\"\nprovider = \"withings\"\n\
                  url_secrets = [{ env = \"TEST_SECRET\" }]\nallow = [\"192.0.2.0/24\"]\n";
    std::fs::write(folder.join("pulsehook.toml"), config).unwrap();
    let recording = by("withings").at(format!("/h?token={secret}"));
    for (arguments, code, rule) in [
        (&["withings", "--from", "192.0.2.7"][..], 0, ""),
        (
            &["withings", "--from", "198.51.100.7"],
            1,
            "address-not-allowed",
        ),
        (&["withings"], 1, "address-unknown"),
    ] {
        let done = verify(rule, arguments, &folder, &secret, &recording);
        assert_eq!(done.code, code, "{rule} {}", done.stderr);
        let json = done.json();
        let refusal = &json["refusal"];
        assert_eq!(refusal["rule"].as_str().unwrap_or_default(), rule);
        if rule == "address-unknown" {
            assert!(
                refusal["advice"].as_str().unwrap().contains("--from IP"),
                "{refusal}"
            );
        }
    }
}
