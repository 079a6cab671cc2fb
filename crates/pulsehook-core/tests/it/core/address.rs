//! Blocks of addresses, lists of them, and which requests they allow.

use std::net::IpAddr;

use proptest::prelude::*;
use pulsehook_core::address::{
    AddressBlock, AddressList, AddressSource, AllowedAddresses, TrustedProxies,
};
use pulsehook_core::{ConfigError, RequestHead, Swappable, VerifyError};

use super::plain::with_head;

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().expect(text)
}

pub(super) fn list(blocks: &[&str]) -> AddressList {
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

#[test]
fn strings_of_a_record_are_parts_of_one_text() {
    // As `dig` prints them; a string ends anywhere.
    let two = ["192.0.2.0/24", "198.51.100.0/24"];
    for line in [
        r#""192.0.2.0/24 198.51" ".100.0/24""#,
        r#""192.0.2.0/2" "4 198.51.100.0/24""#,
        r#""192.0.2.0/24 " "198.51.100.0/24""#,
        r#""192.0.2.0/24" "198.51.100.0/24""#,
        r#"x 192.0.2.0/24 "198.51.100.0/24""#,
    ] {
        let ignored: &[&str] = if line.starts_with('x') { &["x"] } else { &[] };
        check_txt(&[line], &two, ignored);
    }
    check_txt(&[r#""192.0.2.1" "00/24""#], &["192.0.2.0/24"], &[]);
    // Some strings are words of their own.
    let one = ["192.0.2.0/24"];
    check_txt(&[r#""v=2" "192.0.2.0/24""#], &one, &["v=2"]);
    check_txt(&[r#""192.0.2.0/24" "updated""#], &one, &["updated"]);
    check_txt(
        &[r#""2001:db8::" "192.0.2.1""#],
        &["2001:db8::/128", "192.0.2.1/32"],
        &[],
    );
    check_txt(&[r#""192.0" ".2" ".0/24""#], &one, &[]);
    check_txt(
        &[r#""198.51.100.1" "198.51.100.2 192.0.2.0/2" "4""#],
        &["198.51.100.1/32", "198.51.100.2/32", "192.0.2.0/24"],
        &[],
    );
    // White space of its own stands between words.
    check_txt(
        &[r#""192.0.2.1" " " "9 198.51.100.7""#],
        &["192.0.2.1/32", "198.51.100.7/32"],
        &["9"],
    );
    // What `dig` writes for a semicolon, and for any byte.
    check_txt(&[r#""192.0.2.0/24\; x\032y""#], &one, &["x", "y"]);
    // Lines are records of their own.
    let lines = "\"192.0.2.0/24 198.51\" \".100.0/24\"\n\"2001:db8::\" \"/32\"\n";
    check_txt(
        &[lines],
        &["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"],
        &[],
    );
}

#[test]
fn a_block_that_is_too_wide_is_ignored_in_a_record() {
    let wide = ["0.0.0.0/0", "64.0.0.0/7", "::/0", "2000::/15"];
    let text = format!("{} 192.0.2.1 10.0.0.0/8 2001::/16", wide.join(" "));
    check_txt(
        &[&text],
        &["192.0.2.1/32", "10.0.0.0/8", "2001::/16"],
        &wide,
    );
    let everything = AddressList::from_txt(["0.0.0.0/0"]).map(|_| ());
    assert_eq!(everything, Err(ConfigError::NoAddress));
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

fn not_allowed(address: &str) -> Result<(), VerifyError> {
    let address = ip(address);
    Err(VerifyError::AddressNotAllowed { address })
}

#[test]
fn the_peer_must_be_known_and_on_the_list() {
    let cases = [
        (None, Err(VerifyError::AddressUnknown)),
        (Some("192.0.2.7"), Ok(())),
        (Some("::ffff:192.0.2.7"), Ok(())),
        (Some("192.0.3.7"), not_allowed("192.0.3.7")),
        (Some("::192.0.2.7"), not_allowed("::192.0.2.7")),
        (Some("2001:db8::5"), Ok(())),
        (Some("2001:db9::5"), not_allowed("2001:db9::5")),
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
    assert_eq!(check("192.0.2.1"), not_allowed("192.0.2.1"));
    assert_eq!(check("198.51.100.1"), Ok(()));

    struct Loopback;
    impl AddressSource for Loopback {
        fn contains(&self, address: IpAddr) -> bool {
            address.is_loopback()
        }
    }
    let own = |peer| check_allowed(AllowedAddresses::new(Loopback), Some(peer), &[]);
    assert_eq!(own("::1"), Ok(()));
    assert_eq!(own("192.0.2.1"), not_allowed("192.0.2.1"));
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
        not_allowed("198.51.100.9"),
    );
    assert_eq!(check(Some("10.0.0.2"), "198.51.100.9"), refused);
    assert_eq!(check(Some("10.0.0.2"), "unknown"), unknown);
    assert_eq!(check(Some("198.51.100.9"), "192.0.2.9"), refused);
    assert_eq!(check(Some("192.0.2.9"), "198.51.100.9"), Ok(()));
    assert_eq!(check(None, "192.0.2.9"), unknown);
}
