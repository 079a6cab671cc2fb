//! URLs: what is accepted, every client reads the same way.

use proptest::prelude::*;
use pulsehook_core::ConfigError;
use pulsehook_core::follow_up::{Authorization, Call, FollowUpError, Origin, Origins, Url};

use super::{API, origin, origins};
use crate::core::Canaries;
use crate::support::cases;

const FIELD: &str = "endpoint";

#[test]
fn origins_are_read() {
    for (text, expect) in [
        ("https://api.example.org", "https://api.example.org"),
        ("https://api.example.org/", "https://api.example.org"),
        ("HTTPS://API.Example.ORG", "https://api.example.org"),
        ("https://api.example.org:443", "https://api.example.org"),
        (
            "https://api.example.org:8443/",
            "https://api.example.org:8443",
        ),
        ("https://api.example.org:80", "https://api.example.org:80"),
        ("https://a", "https://a"),
        (
            "https://xn--bcher-kva.example",
            "https://xn--bcher-kva.example",
        ),
        ("https://192.0.2.1", "https://192.0.2.1"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://[2001:DB8::A]", "https://[2001:db8::a]"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.8.9.1:80/", "http://127.8.9.1"),
        ("http://127.0.0.1:443", "http://127.0.0.1:443"),
        ("http://[::1]:65535", "http://[::1]:65535"),
    ] {
        assert_eq!(Origin::new(text).expect(text).as_str(), expect);
    }
    for text in [
        "",
        "api.example.org",
        "//api.example.org",
        "https:api.example.org",
        "https:/api.example.org",
        "https://",
        "https:///",
        "ftp://api.example.org",
        "file:///etc/passwd",
        " https://api.example.org",
        "https://api.example.org ",
        "https://api.example.org\n",
        "https://api.example.org//",
        "https://api.example.org/v1",
        "https://api.example.org?a=1",
        "https://api.example.org#a",
        "https://user@api.example.org",
        "https://user:password@api.example.org",
        "https://api.example.org:",
        "https://api.example.org:0",
        "https://api.example.org:0443",
        "https://api.example.org:+443",
        "https://api.example.org:65536",
        "https://api.example.org:8443:8443",
        "https://api.example.org.",
        "https://.example.org",
        "https://api..example.org",
        "https://-api.example.org",
        "https://api-.example.org",
        "https://api_v1.example.org",
        "https://api%2eexample.org",
        "https://äpi.example.org",
        "https://api。example.org",
        "https://1.2.3",
        "https://1.2.3.4.5",
        "https://127.1",
        "https://0x7f.0.0.1",
        "https://0177.0.0.1",
        "https://2130706433",
        "https://127.0.0.1.",
        "https://a.0x7f",
        "https://a.1",
        "https://[::1",
        "https://::1",
        "https://[::1]x",
        "https://[::1]:x",
        "https://[0:0:0:0:0:0:0:1]",
        "https://[::1%25eth0]",
        "https://[127.0.0.1]",
        "http://api.example.org",
        "http://192.0.2.1",
        "http://localhost.example.org",
        "http://[::ffff:127.0.0.1]",
    ] {
        let error = Origin::new(text).map_err(|error| error.to_string());
        let expect = ConfigError::MalformedOrigin.to_string();
        assert_eq!(error, Err(expect), "{text:?}");
    }
    let label = "a".repeat(63);
    assert!(Origin::new(&format!("https://{label}.org")).is_ok());
    assert!(Origin::new(&format!("https://{label}a.org")).is_err());
    let long = format!("https://{}.org", [&label[..]; 4].join("."));
    assert!(Origin::new(&long).is_err());
    // As a whole, a name has 253 characters at most.
    for (last, is_right) in [(57, true), (58, false)] {
        let name = [&label[..], &label, &label, &"a".repeat(last), "org"].join(".");
        assert_eq!(name.len(), 196 + last);
        assert_eq!(Origin::new(&format!("https://{name}")).is_ok(), is_right);
        let link = format!("https://{name}/a");
        assert_eq!(origins().link(FIELD, &link).is_ok(), is_right);
    }
}

/// What a URL in an event gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Taken,
    Malformed,
    NotAllowed,
    Private,
}

fn found(read: Result<Url, FollowUpError>) -> Found {
    match read {
        Ok(_) => Found::Taken,
        Err(FollowUpError::MalformedUrl { field: FIELD }) => Found::Malformed,
        Err(FollowUpError::HostNotAllowed { field: FIELD }) => Found::NotAllowed,
        Err(FollowUpError::PrivateHost { field: FIELD }) => Found::Private,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn hostile_urls_are_refused() {
    use Found::{Malformed, NotAllowed, Private, Taken};
    for (text, as_url, as_link) in [
        // Right ones.
        ("https://api.example.org/v1/beats", Taken, Taken),
        ("https://api.example.org", Taken, Taken),
        ("https://api.example.org:443/v1", Taken, Taken),
        ("HTTPS://API.EXAMPLE.ORG/V1", Taken, Taken),
        (
            "https://api.example.org/a%20b/c?d=e%2Ff&g=/h?i",
            Taken,
            Taken,
        ),
        ("https://api.example.org?a=1", Taken, Taken),
        ("https://api.example.org/a//b/...", Taken, Taken),
        ("/v1/beats", Taken, Malformed),
        ("/", Taken, Malformed),
        ("/?a=1", Taken, Malformed),
        // Other origins.
        ("https://files.example.org/a", NotAllowed, Taken),
        ("https://api.example.org:8443/", NotAllowed, Taken),
        ("https://api.example.org.evil.test/", NotAllowed, Taken),
        ("https://api.example.orgevil.test/", NotAllowed, Taken),
        ("https://evil.test/api.example.org", NotAllowed, Taken),
        (
            "https://evil.test?https://api.example.org/",
            NotAllowed,
            Taken,
        ),
        ("https://evil.test/@api.example.org", NotAllowed, Taken),
        ("https://example.org/", NotAllowed, Taken),
        // Names that no public host has, and addresses.
        ("https://localhost/", NotAllowed, Private),
        ("https://a.localhost/", NotAllowed, Private),
        ("https://printer/", NotAllowed, Private),
        ("https://printer.local/", NotAllowed, Private),
        ("https://metadata.google.internal/", NotAllowed, Private),
        ("https://a.localdomain/", NotAllowed, Private),
        ("https://a.default.svc/", NotAllowed, Private),
        ("https://a.lan/", NotAllowed, Private),
        ("https://a.home.arpa/", NotAllowed, Private),
        ("https://a.home/", NotAllowed, Private),
        ("https://a.corp/", NotAllowed, Private),
        ("https://a.intranet/", NotAllowed, Private),
        ("https://127.0.0.1/", NotAllowed, Private),
        ("https://169.254.169.254/latest/", NotAllowed, Private),
        ("https://192.0.2.1/", NotAllowed, Private),
        ("https://[::1]/", NotAllowed, Private),
        ("https://[::ffff:169.254.169.254]/", NotAllowed, Private),
        ("http://127.0.0.1/", NotAllowed, Private),
        ("http://localhost:8080/", NotAllowed, Private),
        // What clients read in different ways.
        ("", Malformed, Malformed),
        ("v1/beats", Malformed, Malformed),
        ("?a=1", Malformed, Malformed),
        ("//evil.test/", Malformed, Malformed),
        ("///evil.test/", Malformed, Malformed),
        ("/\\evil.test/", Malformed, Malformed),
        ("\\\\evil.test/", Malformed, Malformed),
        ("/v1/../admin", Malformed, Malformed),
        ("/v1/%2e%2E/admin", Malformed, Malformed),
        ("/./v1", Malformed, Malformed),
        ("/v1/.%2e", Malformed, Malformed),
        ("/v1#a", Malformed, Malformed),
        ("/v 1", Malformed, Malformed),
        ("/v1\r\nHost: evil.test", Malformed, Malformed),
        ("/v1/\u{e9}", Malformed, Malformed),
        ("/v1/%", Malformed, Malformed),
        ("/v1/%4", Malformed, Malformed),
        ("/v1/%zz", Malformed, Malformed),
        ("/v1/{a}", Malformed, Malformed),
        ("/v1\0", Malformed, Malformed),
        ("https://api.example.org@evil.test/", Malformed, Malformed),
        (
            "https://api.example.org:443@evil.test/",
            Malformed,
            Malformed,
        ),
        ("https://user@api.example.org/", Malformed, Malformed),
        ("https://evil.test\\@api.example.org/", Malformed, Malformed),
        ("https://evil.test#@api.example.org/", Malformed, Malformed),
        ("https://evil.test\\.api.example.org/", Malformed, Malformed),
        ("https://api.example.org\\.evil.test/", Malformed, Malformed),
        ("https://api.example.org%2eevil.test/", Malformed, Malformed),
        (
            "https://api.example.org%00.evil.test/",
            Malformed,
            Malformed,
        ),
        ("https://api.example.org./", Malformed, Malformed),
        ("https://api.example.org\t/", Malformed, Malformed),
        ("https://api.exam\nple.org/", Malformed, Malformed),
        ("https://api.example\u{3002}org/", Malformed, Malformed),
        ("https://\u{ff41}pi.example.org/", Malformed, Malformed),
        ("https:/api.example.org/", Malformed, Malformed),
        ("https:api.example.org/", Malformed, Malformed),
        ("https:\\\\api.example.org/", Malformed, Malformed),
        ("https:///api.example.org/", Malformed, Malformed),
        (" https://api.example.org/", Malformed, Malformed),
        ("https ://api.example.org/", Malformed, Malformed),
        ("\u{1}https://api.example.org/", Malformed, Malformed),
        ("https://api.example.org//evil.test", Malformed, Malformed),
        ("https://api.example.org/..", Malformed, Malformed),
        ("https://api.example.org/a#b", Malformed, Malformed),
        ("https://api.example.org?a=1#b", Malformed, Malformed),
        ("https://api.example.org:0443/", Malformed, Malformed),
        ("https://api.example.org:443443/", Malformed, Malformed),
        ("https://api.example.org:/", Malformed, Malformed),
        ("http://api.example.org/", Malformed, Malformed),
        ("http://api.example.org:443/", Malformed, Malformed),
        ("ftp://api.example.org/", Malformed, Malformed),
        ("javascript://api.example.org/", Malformed, Malformed),
        (
            "data:text/plain,https://api.example.org/",
            Malformed,
            Malformed,
        ),
        ("https://2130706433/", Malformed, Malformed),
        ("https://0x7f000001/", Malformed, Malformed),
        ("https://0177.0.0.1/", Malformed, Malformed),
        ("https://127.1/", Malformed, Malformed),
        ("https://[::]/../", Malformed, Malformed),
        ("https://[0::1]/", Malformed, Malformed),
    ] {
        assert_eq!(found(origins().url(FIELD, text)), as_url, "{text:?}");
        assert_eq!(found(origins().link(FIELD, text)), as_link, "{text:?}");
    }
}

#[test]
fn names_of_networks_for_themselves_are_private() {
    for name in [
        "alt",
        "arpa",
        "svc.cluster",
        "service.consul",
        "corp",
        "ec2",
        "home",
        "homenet",
        "compute.internal",
        "intranet",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localhost4.localdomain4",
        "localhost6.localdomain6",
        "localhost",
        "localhost4",
        "localhost6",
        "onion",
        "db.private",
        "default.svc",
    ] {
        for link in [
            format!("https://a.{name}/"),
            format!("https://A.{}:8443/", name.to_ascii_uppercase()),
        ] {
            assert_eq!(
                found(origins().link(FIELD, &link)),
                Found::Private,
                "{link}"
            );
        }
        // The last label decides.
        let link = format!("https://{name}.example.org/");
        assert_eq!(found(origins().link(FIELD, &link)), Found::Taken, "{link}");
    }
}

#[test]
fn a_list_can_have_several_origins() {
    let list = origins()
        .with(origin("http://127.0.0.1:8080"))
        .with(origin("https://eu.example.org"))
        .with(origin(API));
    assert_eq!(
        list,
        list.clone().with(origin("https://eu.example.org:443"))
    );
    for (text, expect) in [
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"),
        ("https://EU.example.org?a=1", "https://eu.example.org/?a=1"),
        ("https://api.example.org:443", "https://api.example.org/"),
        // Relative to the first.
        ("/a?b", "https://api.example.org/a?b"),
    ] {
        let url = list.url(FIELD, text).expect(text);
        assert_eq!(url.as_str(), expect);
        assert!(url.may_carry_credential());
        assert_eq!(serde_json::to_value(&url).expect("JSON"), expect);
    }
    for text in [
        "http://127.0.0.1/a",
        "http://127.0.0.1:8081/a",
        "https://us.example.org",
    ] {
        assert_eq!(found(list.url(FIELD, text)), Found::NotAllowed);
    }
    // A link to a listed origin may lead to a loopback address, and still gets no credential.
    let link = list.link(FIELD, "http://127.0.0.1:8080/a").expect("listed");
    assert!(!link.may_carry_credential());
    assert_eq!(
        found(list.link(FIELD, "http://127.0.0.1:8081/a")),
        Found::Private
    );
}

#[test]
fn segments_are_joined_whatever_they_hold() {
    for (url, segment, expect) in [
        ("/v1", "beats", "/v1/beats"),
        ("/v1/", "beats", "/v1/beats"),
        ("/v1//", "beats", "/v1//beats"),
        ("/", "beats", "/beats"),
        ("/v1?a=1&b=/2/?c", "beats", "/v1/beats?a=1&b=/2/?c"),
        ("/v1/?a=1", "beats", "/v1/beats?a=1"),
        ("/v1", "a/b", "/v1/a%2Fb"),
        ("/v1", "../admin", "/v1/..%2Fadmin"),
        ("/v1", "%2e%2e", "/v1/%252e%252e"),
        ("/v1", "...", "/v1/..."),
        ("/v1", " .", "/v1/%20."),
        ("/v1", "a?b=c#d", "/v1/a%3Fb%3Dc%23d"),
        ("/v1", "a+b&c;d:e@f", "/v1/a%2Bb%26c%3Bd%3Ae%40f"),
        ("/v1", "ü\0\r\n", "/v1/%C3%BC%00%0D%0A"),
        ("/v1", "-._~", "/v1/-._~"),
    ] {
        let joined = origins()
            .url(FIELD, url)
            .and_then(|url| url.join("id", segment));
        let joined = joined.expect(segment);
        assert_eq!(joined.as_str(), format!("{API}{expect}"));
        assert_eq!(joined.origin(), API);
        assert!(joined.may_carry_credential());
    }
    for segment in ["", ".", ".."] {
        let joined = origin(API).url("/v1").join("id", segment);
        assert_eq!(joined, Err(FollowUpError::MalformedSegment { field: "id" }));
    }
    let link = origins().link(FIELD, "https://files.example.org");
    let joined = link.and_then(|link| link.join("id", "a")).expect("a link");
    assert_eq!(joined.as_str(), "https://files.example.org/a");
    assert!(!joined.may_carry_credential());
}

#[test]
fn a_url_prints_its_origin_alone() {
    let canaries = Canaries::of(&[]);
    for text in [
        "/canary",
        "/v1?token=canary",
        "https://api.example.org/canary?canary",
    ] {
        let url = origins().url(FIELD, text).expect(text);
        canaries.check_debug("URL", &url);
        assert_eq!(format!("{url:?}"), "Url(https://api.example.org/…)");
        let joined = url.join("id", "canary").expect("a segment");
        canaries.check_debug("URL", &joined);
        assert!(joined.as_str().contains("/canary"));
    }
}

/// Checks that others read a URL that was accepted as it is read here.
fn check_reading(text: &str, url: &Url) -> Result<(), TestCaseError> {
    let whole = url.as_str();
    let rest = whole.strip_prefix(url.origin());
    let rest = rest.ok_or_else(|| TestCaseError::fail("begins with another origin"))?;
    prop_assert!(rest.starts_with('/'));
    let path = rest.split('?').next().unwrap_or_default();
    for text in [text, whole] {
        let Ok(theirs) = url::Url::parse(text) else {
            continue;
        };
        let ours = url::Url::parse(url.origin()).map_err(|_| TestCaseError::fail("no origin"))?;
        prop_assert_eq!(theirs.scheme(), ours.scheme());
        prop_assert_eq!(theirs.host(), ours.host());
        prop_assert_eq!(theirs.port_or_known_default(), ours.port_or_known_default());
        // They take segments of dots away.
        prop_assert_eq!(theirs.path(), path);
        prop_assert_eq!(
            (theirs.username(), theirs.password(), theirs.fragment()),
            ("", None, None)
        );
        if !matches!(theirs.host(), Some(url::Host::Ipv6(_))) {
            prop_assert_eq!(theirs.origin().ascii_serialization(), url.origin());
        }
    }
    // The client's own reading.
    let call = Call::get("it", url.clone());
    if let Ok(request) = call.request(&Authorization::none()) {
        let uri = request.uri();
        let origin = format!(
            "{}://{}",
            uri.scheme_str().unwrap_or_default(),
            uri.authority().map_or("", |it| it.as_str())
        );
        prop_assert_eq!(origin, url.origin());
        prop_assert_eq!(uri.path(), path);
    }
    Ok(())
}

fn any_url() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        6 => Just("https://".to_owned()),
        1 => Just("http://".to_owned()),
        1 => "[hH][tT]{2}[pP][sS]?:[/\\\\]{0,3}",
        1 => "[a-z:/ ]{0,9}",
    ];
    let host = prop_oneof![
        3 => Just("api.example.org".to_owned()),
        1 => Just("127.0.0.1".to_owned()),
        1 => Just("localhost".to_owned()),
        2 => "[a-zA-Z0-9.@:%#\\\\-]{0,12}(\\.example\\.org)?",
        1 => "(xn--)?[a-z0-9-]{1,8}\\.[a-z]{1,4}",
        1 => "[0-9x.]{1,15}",
        1 => "[0-9]{1,3}(\\.[0-9]{1,3}){3}",
        2 => any::<std::net::Ipv6Addr>().prop_map(|it| format!("[{it}]")),
        1 => any::<[u8; 4]>().prop_map(|it| format!("[::ffff:{}]", std::net::Ipv4Addr::from(it))),
        1 => "\\[[0-9a-f:.%]{0,20}\\]",
        1 => ".{0,6}",
    ];
    let port = prop_oneof![
        4 => Just(String::new()),
        1 => any::<u16>().prop_map(|port| format!(":{port}")),
        1 => ":[0-9+-]{0,6}",
    ];
    let rest = prop_oneof![
        2 => "(/[a-z.%2eE]{0,6}){0,4}(\\?[a-z=&'/?]{0,8})?",
        1 => "[/\\\\.%2eE?#@:;a ]{0,12}",
        1 => "[!-~]{0,16}",
        1 => ".{0,8}",
    ];
    (scheme, host, port, rest).prop_map(|parts| [parts.0, parts.1, parts.2, parts.3].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..cases() })]

    #[test]
    fn what_is_accepted_is_read_alike_by_others(text in any_url(), rest in "/[/\\\\.%2eE?#@:;a ]{0,12}") {
        if let Ok(origin) = Origin::new(&text) {
            let list = Origins::from(origin);
            // What an origin is made of is on its list, and so is what is relative to it.
            let url = list.url(FIELD, &text).map_err(|_| TestCaseError::fail("not on its list"))?;
            prop_assert!(url.may_carry_credential());
            check_reading(&text, &url)?;
            if let Ok(url) = list.url(FIELD, &rest) {
                check_reading(&rest, &url)?;
                prop_assert_eq!(Origin::new(url.origin()).map(|it| list.clone().with(it)).ok(), Some(list));
            }
        }
        let list = origins().with(origin("http://127.0.0.1")).with(origin("http://localhost:8080"));
        if let Ok(url) = list.url(FIELD, &text) {
            prop_assert!(url.may_carry_credential());
            let listed = [API, "http://127.0.0.1", "http://localhost:8080"];
            prop_assert!(listed.contains(&url.origin()));
            check_reading(&text, &url)?;
        }
        if let Ok(url) = list.link(FIELD, &text) {
            prop_assert!(!url.may_carry_credential());
            check_reading(&text, &url)?;
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_is_joined_is_one_segment(segment: String, query in "(\\?[a-z/?]{0,4})?") {
        let url = origins().url(FIELD, &format!("/v1{query}")).expect("plain");
        match url.clone().join("id", &segment) {
            Ok(joined) => {
                check_reading(joined.as_str(), &joined)?;
                let theirs = url::Url::parse(joined.as_str()).expect("a URL");
                let segments: Vec<&str> = theirs.path_segments().expect("a path").collect();
                prop_assert_eq!(segments.len(), 2);
                prop_assert_eq!(segments[0], "v1");
                // A path has no plus signs in place of blanks, and neither has this one.
                prop_assert!(!segments[1].contains('+'));
                let read = form_urlencoded::parse(segments[1].as_bytes()).next();
                prop_assert_eq!(read, Some((segment.into(), "".into())));
                let query = query.strip_prefix('?').filter(|query| !query.is_empty());
                prop_assert_eq!(theirs.query(), query);
            }
            Err(_) => prop_assert!(["", ".", ".."].contains(&&*segment)),
        }
    }
}
