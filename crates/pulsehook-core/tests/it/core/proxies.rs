//! Where a request came from, as trusted proxies say.

use std::net::IpAddr;

use proptest::prelude::*;
use pulsehook_core::RequestHead;
use pulsehook_core::address::TrustedProxies;

use super::address::{ip, list};
use super::plain::with_head;

const PROXY: &str = "10.0.0.2";
const SENDER: &str = "192.0.2.9";

/// Asks where a request came from whose connection is a proxy's; `10.0.0.0/8` is trusted.
fn client(header: Header, peer: Option<&str>, headers: &[(&str, &[u8])]) -> Option<IpAddr> {
    let trusted = list(&["10.0.0.0/8", "2001:db8:ffff::/48"]);
    let proxies = match header {
        Header::XForwardedFor => TrustedProxies::x_forwarded_for(trusted),
        Header::Forwarded => TrustedProxies::forwarded(trusted),
    };
    let headers = headers.to_vec();
    let head = RequestHead::new("POST", "/", &headers).with_peer(peer.map(ip));
    with_head(Vec::new(), head, move |head| proxies.client(head))
}

#[derive(Clone, Copy)]
enum Header {
    XForwardedFor,
    Forwarded,
}

impl Header {
    const BOTH: [Self; 2] = [Self::XForwardedFor, Self::Forwarded];

    fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "X-Forwarded-For",
            Self::Forwarded => "Forwarded",
        }
    }

    /// Writes addresses as the header has them.
    fn line(self, addresses: &[&str]) -> String {
        let entries: Vec<_> = addresses
            .iter()
            .map(|address| match self {
                Self::XForwardedFor => (*address).to_owned(),
                Self::Forwarded if address.contains(':') => format!("for=\"[{address}]\""),
                Self::Forwarded => format!("for={address};proto=https"),
            })
            .collect();
        entries.join(", ")
    }
}

#[track_caller]
fn check_lines(header: Header, lines: &[&str], expect: Option<&str>) {
    let headers: Vec<_> = lines
        .iter()
        .map(|line| (header.name(), line.as_bytes()))
        .collect();
    let found = client(header, Some(PROXY), &headers);
    assert_eq!(found, expect.map(ip), "{}: {lines:?}", header.name());
}

#[track_caller]
fn check_hops(hops: &[&str], expect: &str) {
    for header in Header::BOTH {
        check_lines(header, &[&header.line(hops)], Some(expect));
        // The same in a line for each hop.
        let lines: Vec<_> = hops.iter().map(|hop| header.line(&[hop])).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        check_lines(header, &lines, Some(expect));
    }
}

#[test]
fn the_first_address_that_is_no_proxys_is_the_senders() {
    check_hops(&[SENDER], SENDER);
    check_hops(&["2001:db8::9"], "2001:db8::9");
    check_hops(&[SENDER, "10.0.0.3"], SENDER);
    check_hops(
        &[SENDER, "10.0.0.4", "2001:db8:ffff::1", "10.0.0.3"],
        SENDER,
    );
    // What the sender wrote itself stands left of its address.
    check_hops(&["198.51.100.1", SENDER], SENDER);
    check_hops(&["10.0.0.9", SENDER, "10.0.0.3"], SENDER);
    check_hops(&["127.0.0.1", "10.0.0.9", SENDER], SENDER);
    // None but proxies: the farthest of them sent it.
    check_hops(&["10.0.0.5", "10.0.0.4"], "10.0.0.5");
}

#[test]
fn what_the_sender_wrote_cannot_disturb_what_the_proxy_wrote() {
    for header in Header::BOTH {
        let proxys = header.line(&[SENDER]);
        for spoofed in [
            "",
            "\"",
            "for=\"",
            "unknown",
            "for=10.0.0.9;for=10.0.0.8",
            "\u{7f}",
            "é",
        ] {
            // A line of `Forwarded` that breaks the grammar is not believed in any part.
            let is_legal = spoofed.is_empty() || spoofed.ends_with("10.0.0.8");
            let is_believed = is_legal || matches!(header, Header::XForwardedFor);
            let expect = is_believed.then_some(SENDER);
            check_lines(header, &[&format!("{spoofed}, {proxys}")], expect);
            check_lines(header, &[spoofed, &proxys], Some(SENDER));
        }
        let headers = [
            (header.name(), b"\xff\xfe".as_slice()),
            (header.name(), proxys.as_bytes()),
        ];
        assert_eq!(client(header, Some(PROXY), &headers), Some(ip(SENDER)));
    }
}

#[test]
fn what_a_proxy_quotes_is_no_entry() {
    for line in [
        r#"for=192.0.2.9;host="a,for=198.51.100.1;x=";proto=https"#,
        r#"for=192.0.2.9;proto=https;host="a,for=198.51.100.1;x=""#,
        r#"host="a,for=198.51.100.1;x=";for=192.0.2.9"#,
        r#"for=192.0.2.9;host="a\",for=198.51.100.1;x=\"""#,
        r#"for=192.0.2.9;by="a,b""#,
        r#"for=192.0.2.9;host="a;b""#,
        r#"for="192.0.2.9";host="\\""#,
        // Empty pairs and elements are allowed.
        "for=192.0.2.9;",
        "for=192.0.2.9;;proto=https",
        ";for=192.0.2.9",
        ", ,for=192.0.2.9",
        r#"for="192.0.2\.9""#,
    ] {
        check_lines(Header::Forwarded, &[line], Some(SENDER));
        let trusted_hop = format!("{line}, for=10.0.0.3");
        check_lines(Header::Forwarded, &[&trusted_hop], Some(SENDER));
    }
    for open in [
        // What the sender opened turns around what the proxy quoted of it.
        r#"for=", for=198.51.100.66;host=",for=192.0.2.9;y=\""#,
        r#"for=", for=198.51.100.66;host=",for=192.0.2.9""#,
        r#"for=", for=198.51.100.66;host="h,for=192.0.2.9;y=\"";proto=https"#,
        r#"for="x" , for=192.0.2.9;a\=b"#,
        r#"for=192.0.2.9;host="a"b"#,
        r#"for=192.0.2.9;host=a"b""#,
        r#"for=192.0.2.9;="a""#,
        r#"for=192.0.2.9;host="#,
        r#"for=192.0.2.9;host=""#,
        r#"for=192.0.2.9;host="\""#,
        r#"for=198.51.100.1;x=", for=192.0.2.9;host="a""#,
    ] {
        check_lines(Header::Forwarded, &[open], None);
    }
}

#[test]
fn nobody_but_a_trusted_proxy_is_believed() {
    for header in Header::BOTH {
        let line = header.line(&["198.51.100.1"]);
        let headers = [(header.name(), line.as_bytes())];
        assert_eq!(client(header, Some(SENDER), &headers), Some(ip(SENDER)));
        assert_eq!(client(header, None, &headers), None);
        let mapped = client(header, Some("::ffff:10.0.0.2"), &headers);
        assert_eq!(mapped, Some(ip("198.51.100.1")));
    }
}

#[test]
fn without_the_header_the_address_is_the_proxys_own() {
    for (header, other) in [
        (Header::XForwardedFor, Header::Forwarded),
        (Header::Forwarded, Header::XForwardedFor),
    ] {
        assert_eq!(client(header, Some(PROXY), &[]), Some(ip(PROXY)));
        // The other header is anybody's: a proxy that does not write it hands it through.
        let line = other.line(&["198.51.100.1"]);
        let headers = [(other.name(), line.as_bytes())];
        assert_eq!(client(header, Some(PROXY), &headers), Some(ip(PROXY)));
    }
}

#[test]
fn entries_have_many_forms() {
    let cases = [
        "192.0.2.9",
        " 192.0.2.9 ",
        "\t192.0.2.9:4711",
        "::ffff:192.0.2.9",
        "[::ffff:192.0.2.9]:4711",
    ];
    for line in cases {
        let headers = [("x-forwarded-for", line.as_bytes())];
        let found = client(Header::XForwardedFor, Some(PROXY), &headers);
        assert_eq!(
            found.map(|address| address.to_canonical()),
            Some(ip(SENDER)),
            "{line}"
        );
    }
    for line in ["2001:db8::9", "[2001:db8::9]", "[2001:db8::9]:4711"] {
        check_lines(Header::XForwardedFor, &[line], Some("2001:db8::9"));
    }
    for line in [
        "for=192.0.2.9",
        "For=\"192.0.2.9\"",
        "FOR=192.0.2.9:4711;by=10.0.0.2",
        "proto=https; for=\"192.0.2.9:4711\" ; host=example.com",
        "by=_proxy;for=192.0.2.9",
    ] {
        check_lines(Header::Forwarded, &[line], Some(SENDER));
    }
    for line in [
        "for=\"[2001:db8::9]\"",
        "for=\"[2001:db8::9]:4711\";proto=http",
    ] {
        check_lines(Header::Forwarded, &[line], Some("2001:db8::9"));
    }
}

#[test]
fn an_entry_of_a_proxys_that_is_no_address_leaves_the_sender_unknown() {
    for entry in [
        "",
        "unknown",
        "_hidden",
        "\"192.0.2.9\"",
        "192.0.2",
        "192.0.2.9:",
        "192.0.2.9:99999",
        "192.0.2.9:_port",
        "[192.0.2.9]",
        "[2001:db8::9",
        "2001:db8::9]",
        "fe80::1%eth0",
        "192.0.2.9 192.0.2.10",
        "for=192.0.2.9",
    ] {
        check_lines(Header::XForwardedFor, &[entry], None);
        check_lines(
            Header::XForwardedFor,
            &[&format!("{SENDER}, {entry}")],
            None,
        );
        check_lines(Header::XForwardedFor, &[SENDER, entry], None);
        // A trusted hop nearer by does not help.
        check_lines(
            Header::XForwardedFor,
            &[&format!("{entry}, 10.0.0.3")],
            None,
        );
    }
    for entry in [
        "192.0.2.9",
        "for=",
        "for=unknown",
        "for=\"_gazonk\"",
        "for=_hidden",
        "for=\"192.0.2.9",
        "for=192.0.2.9\"",
        "for=\"192.0.2.9:_port\"",
        "for=192.0.2.9;for=192.0.2.10",
        "for=192.0.2.9;For=192.0.2.9",
        "by=192.0.2.9",
        "for=192.0.2.9;secret",
        "xfor=192.0.2.9",
    ] {
        check_lines(Header::Forwarded, &[entry], None);
        check_lines(
            Header::Forwarded,
            &[&format!("for={SENDER}, {entry}")],
            None,
        );
        check_lines(
            Header::Forwarded,
            &[&format!("{entry}, for=10.0.0.3")],
            None,
        );
    }
    for header in Header::BOTH {
        let headers = [(header.name(), b"\xff192.0.2.9".as_slice())];
        assert_eq!(client(header, Some(PROXY), &headers), None);
    }
}

#[test]
fn sixteen_hops_are_followed_and_no_more() {
    for header in Header::BOTH {
        let hops = |trusted: usize| {
            let mut hops = vec![SENDER];
            hops.resize(1 + trusted, "10.0.0.3");
            header.line(&hops)
        };
        check_lines(header, &[&hops(15)], Some(SENDER));
        check_lines(header, &[&hops(16)], None);
        check_lines(header, &[&hops(5_000)], None);
        let lines = vec![hops(0); 1_000];
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        check_lines(header, &lines, Some(SENDER));
    }
}

proptest! {
    #[test]
    fn no_header_panics_and_only_written_addresses_come_out(line in r#"[0-9a-f:.,;="\[\] for]{0,40}|.{0,40}"#) {
        for header in Header::BOTH {
            let headers = [(header.name(), line.as_bytes())];
            let _ = client(header, Some(PROXY), &headers);
            // Whatever the sender wrote, the proxy's own entry decides.
            let proxys = format!("{line},{}", header.line(&[SENDER]));
            let headers = [(header.name(), proxys.as_bytes())];
            let found = client(header, Some(PROXY), &headers);
            let may_be_illegal = matches!(header, Header::Forwarded);
            prop_assert!(found == Some(ip(SENDER)) || (found.is_none() && may_be_illegal));
        }
    }
}
