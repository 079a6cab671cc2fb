//! Blocks of addresses, lists of them, and where a request came from.

use std::net::IpAddr;

use proptest::prelude::*;
use pulsehook_core::address::{
    AddressBlock, AddressList, AddressSource, AllowedAddresses, TrustedProxies,
};
use pulsehook_core::{ConfigError, RequestHead, Swappable, VerifyError};

use super::plain::with_head;

fn ip(text: &str) -> IpAddr {
    text.parse().expect(text)
}

fn list(blocks: &[&str]) -> AddressList {
    AddressList::new(blocks.iter().map(|block| block.parse().expect(block))).expect("a list")
}

#[track_caller]
fn check_block(block: &str, shown: &str, inside: &[&str], outside: &[&str]) {
    let parsed: AddressBlock = block.parse().expect(block);
    assert_eq!(parsed.to_string(), shown, "{block}");
    assert_eq!(format!("{parsed:?}"), shown, "{block}");
    assert_eq!(shown.parse(), Ok(parsed), "{block}");
    for address in inside {
        assert!(parsed.contains(ip(address)), "{address} lies in {block}");
    }
    for address in outside {
        assert!(!parsed.contains(ip(address)), "{address} outside {block}");
    }
}

#[test]
fn blocks_contain_what_shares_their_prefix() {
    check_block(
        "192.0.2.0/24",
        "192.0.2.0/24",
        &["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.7"],
        &["192.0.1.255", "192.0.3.0", "::192.0.2.7", "2001:db8::1"],
    );
    // Bits beyond the prefix do not matter.
    check_block(
        "192.0.2.77/25",
        "192.0.2.0/25",
        &["192.0.2.127"],
        &["192.0.2.128"],
    );
    check_block(
        "192.0.2.7",
        "192.0.2.7/32",
        &["192.0.2.7", "::ffff:c000:207"],
        &["192.0.2.6", "192.0.2.8"],
    );
    check_block(
        "192.0.2.7/32",
        "192.0.2.7/32",
        &["192.0.2.7"],
        &["192.0.2.6"],
    );
    check_block(
        "192.0.2.7/31",
        "192.0.2.6/31",
        &["192.0.2.6"],
        &["192.0.2.8"],
    );
    check_block(
        "2001:db8::77/33",
        "2001:db8::/33",
        &["2001:db8::", "2001:db8:7fff:ffff::1"],
        &["2001:db8:8000::", "2001:db9::", "32.1.13.184"],
    );
    check_block(
        "2001:db8::1",
        "2001:db8::1/128",
        &["2001:0db8:0:0::1"],
        &["2001:db8::2"],
    );
}

#[test]
fn a_prefix_of_zero_is_all_of_its_family_and_nothing_else() {
    check_block(
        "203.0.113.9/0",
        "0.0.0.0/0",
        &["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"],
        &["::", "2001:db8::1"],
    );
    check_block(
        "2001:db8::/0",
        "::/0",
        &["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
        &["0.0.0.0", "::ffff:1.2.3.4"],
    );
}

#[test]
fn mapped_addresses_are_the_ipv4_addresses_that_they_are() {
    check_block(
        "::ffff:192.0.2.7",
        "192.0.2.7/32",
        &["192.0.2.7"],
        &["192.0.2.8"],
    );
    check_block(
        "::ffff:192.0.2.0/120",
        "192.0.2.0/24",
        &["192.0.2.9", "::ffff:192.0.2.9"],
        &["192.0.3.0"],
    );
    check_block("::ffff:0:0/96", "0.0.0.0/0", &["9.9.9.9"], &["::1"]);
    let mapped = AddressBlock::from(ip("::ffff:192.0.2.7"));
    assert_eq!(mapped, AddressBlock::from(ip("192.0.2.7")));
}

#[test]
fn what_is_no_block_is_refused() {
    let malformed = [
        "",
        " ",
        "/",
        "/24",
        "192.0.2.0/",
        "192.0.2.0/33",
        "192.0.2.0/256",
        "192.0.2.0/99999999999999999999",
        "192.0.2.0/+8",
        "192.0.2.0/-8",
        "192.0.2.0/ 8",
        "192.0.2.0/8 ",
        "192.0.2.0/08",
        "192.0.2.0/00",
        "192.0.2.0/8/8",
        "192.0.2.0/255.255.255.0",
        "192.0.2.0/٨",
        "192.0.2",
        "192.0.2.0.0",
        "192.0.02.0",
        "192.0.2.256",
        "0xc0.0.2.0",
        "3221225984",
        "192.0.2.0:80",
        "192.0.2.0-192.0.2.9",
        "2001:db8::/129",
        "2001:db8:::/32",
        "[2001:db8::]/32",
        "fe80::1%eth0",
        // A mapped address has at least the prefix that makes it one.
        "::ffff:192.0.2.0/95",
        "::ffff:192.0.2.0/24",
        "ip4:192.0.2.0/24",
        "localhost",
    ];
    for text in malformed {
        let parsed: Result<AddressBlock, _> = text.parse();
        assert_eq!(parsed, Err(ConfigError::MalformedAddress), "{text:?}");
    }
    for (address, prefix) in [
        ("192.0.2.0", 33),
        ("2001:db8::", 129),
        ("::ffff:1.2.3.4", 95),
    ] {
        let made = AddressBlock::new(ip(address), prefix);
        assert_eq!(made, Err(ConfigError::MalformedAddress), "{address}");
    }
}

proptest! {
    #[test]
    fn a_block_contains_as_its_bits_say(network: u128, other: u128, prefix in 0_u8..=128, flip in 0_u32..128) {
        let v6 = |bits: u128| IpAddr::V6(bits.into());
        // Mapped addresses have a family of their own.
        prop_assume!(v6(network).to_canonical() == v6(network));
        let block = AddressBlock::new(v6(network), prefix).expect("a block");
        for address in [other, network ^ (1 << flip)] {
            prop_assume!(v6(address).to_canonical() == v6(address));
            let expect = (network ^ address).leading_zeros() >= u32::from(prefix);
            prop_assert_eq!(block.contains(v6(address)), expect);
        }
        prop_assert_eq!(block.to_string().parse(), Ok(block));
    }

    #[test]
    fn no_text_panics(text in r"[0-9a-f:./+% ]{0,24}|.{0,24}") {
        let _ = text.parse::<AddressBlock>();
        let _ = AddressList::from_txt([text]);
    }
}

#[track_caller]
fn check_txt(records: &[&str], blocks: &[&str], ignored: &[&str]) {
    let (read, rest) = AddressList::from_txt(records).expect("a list");
    let shown: Vec<_> = read.blocks().iter().map(ToString::to_string).collect();
    assert_eq!(shown, blocks, "{records:?}");
    assert_eq!(rest, ignored, "{records:?}");
}

#[test]
fn txt_records_are_read_whatever_separates_their_blocks() {
    let two = ["192.0.2.0/24", "2001:db8::/32"];
    for records in [
        &["192.0.2.0/24 2001:db8::/32"][..],
        &["192.0.2.0/24", "2001:db8::/32"],
        &["\"192.0.2.0/24\" \"2001:db8::/32\""],
        &["\"192.0.2.0/24\"\"2001:db8::/32\""],
        &["\" 192.0.2.0/24,2001:db8::/32 \""],
        &["192.0.2.0/24, 2001:db8::/32;"],
        &["192.0.2.0/24\t\r\n2001:db8::/32\n"],
        &["", " ", "192.0.2.0/24", "\"\"", "2001:db8::/32"],
    ] {
        check_txt(records, &two, &[]);
    }
    check_txt(&["198.51.100.7"], &["198.51.100.7/32"], &[]);
}

#[test]
fn what_is_no_address_is_reported_and_the_rest_is_taken() {
    check_txt(
        &[
            "v=ip1 192.0.2.0/24 ip4:192.0.2.9 -all",
            "198.51.100.7 192.0.2.0/33",
        ],
        &["192.0.2.0/24", "198.51.100.7/32"],
        &["v=ip1", "ip4:192.0.2.9", "-all", "192.0.2.0/33"],
    );
}

#[test]
fn a_list_is_never_empty() {
    for records in [
        &[][..],
        &[""],
        &[" ; \"\","],
        &["v=spf1 -all"],
        &["192.0.2.0/33"],
    ] {
        let read = AddressList::from_txt(records).map(|_| ());
        assert_eq!(read, Err(ConfigError::NoAddress), "{records:?}");
    }
    let none: [AddressBlock; 0] = [];
    assert_eq!(AddressList::new(none), Err(ConfigError::NoAddress));
}

fn check_allowed(
    allowed: AllowedAddresses,
    peer: Option<&str>,
    headers: &[(&str, &str)],
) -> Result<(), VerifyError> {
    let headers = headers.to_vec();
    let head = RequestHead::new("POST", "/", &headers).with_peer(peer.map(ip));
    with_head(Vec::new(), head, move |head| allowed.check(head))
}

#[test]
fn the_peer_must_be_known_and_on_the_list() {
    let cases = [
        (None, Err(VerifyError::AddressUnknown)),
        (Some("192.0.2.7"), Ok(())),
        (Some("::ffff:192.0.2.7"), Ok(())),
        (Some("192.0.3.7"), Err(VerifyError::AddressNotAllowed)),
        (Some("::192.0.2.7"), Err(VerifyError::AddressNotAllowed)),
        (Some("2001:db8::5"), Ok(())),
        (Some("2001:db9::5"), Err(VerifyError::AddressNotAllowed)),
    ];
    for (peer, expect) in cases {
        let allowed = AllowedAddresses::new(list(&["192.0.2.0/24", "2001:db8::/32"]));
        // Without trusted proxies, no header counts.
        let forged = [
            ("x-forwarded-for", "192.0.2.7"),
            ("forwarded", "for=192.0.2.7"),
        ];
        assert_eq!(check_allowed(allowed, peer, &forged), expect, "{peer:?}");
    }
}

#[test]
fn a_list_can_be_exchanged_and_a_source_can_be_ones_own() {
    let swappable = Swappable::new(list(&["192.0.2.0/24"]));
    let check = |peer| check_allowed(AllowedAddresses::new(swappable.clone()), Some(peer), &[]);
    assert_eq!(check("192.0.2.1"), Ok(()));
    swappable.replace(list(&["198.51.100.0/24"]));
    assert_eq!(check("192.0.2.1"), Err(VerifyError::AddressNotAllowed));
    assert_eq!(check("198.51.100.1"), Ok(()));

    struct Loopback;
    impl AddressSource for Loopback {
        fn contains(&self, address: IpAddr) -> bool {
            address.is_loopback()
        }
    }
    let own = |peer| check_allowed(AllowedAddresses::new(Loopback), Some(peer), &[]);
    assert_eq!(own("::1"), Ok(()));
    assert_eq!(own("192.0.2.1"), Err(VerifyError::AddressNotAllowed));
}

#[test]
fn proxies_and_list_are_judged_together() {
    let allowed = || {
        AllowedAddresses::new(list(&["192.0.2.0/24"]))
            .behind(TrustedProxies::x_forwarded_for(list(&["10.0.0.0/8"])))
    };
    let check = |peer, value| check_allowed(allowed(), peer, &[("x-forwarded-for", value)]);
    assert_eq!(check(Some("10.0.0.2"), "192.0.2.9"), Ok(()));
    let (unknown, refused) = (
        Err(VerifyError::AddressUnknown),
        Err(VerifyError::AddressNotAllowed),
    );
    assert_eq!(check(Some("10.0.0.2"), "198.51.100.9"), refused);
    assert_eq!(check(Some("10.0.0.2"), "unknown"), unknown);
    assert_eq!(check(Some("198.51.100.9"), "192.0.2.9"), refused);
    assert_eq!(check(Some("192.0.2.9"), "198.51.100.9"), Ok(()));
    assert_eq!(check(None, "192.0.2.9"), unknown);
}

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
            check_lines(header, &[&format!("{spoofed}, {proxys}")], Some(SENDER));
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
        "",
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
            prop_assert_eq!(client(header, Some(PROXY), &headers), Some(ip(SENDER)));
        }
    }
}
