//! Signatures: strict decoding, whole comparison, and how many MACs a request costs.

use std::sync::Arc;

use proptest::prelude::*;
use pulsehook_core::human_api::{self, HumanApi};
use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::signature::{
    HmacSha1, HmacSha256, KeySource, MacCheck, MacKeys, SwappableKeys, decode_base64, decode_hex,
    decode_hex_lower, encode_base64, encode_hex,
};
use pulsehook_core::testing::{SignedRequest, macs_computed};
use pulsehook_core::{
    Head, Provider, ReceiveError, Receiver, RequestHead, SigningKey, SigningKeys, VerifyError,
};

#[track_caller]
fn check_hex(text: impl AsRef<[u8]>, any_case: Option<[u8; 2]>, lower: Option<[u8; 2]>) {
    let text = text.as_ref();
    assert_eq!(decode_hex(text), any_case, "{}", text.escape_ascii());
    assert_eq!(decode_hex_lower(text), lower, "{}", text.escape_ascii());
}

#[test]
fn hexadecimal_digits_are_exactly_as_many_as_wanted() {
    let right = Some([0x0a, 0xf9]);
    check_hex("0af9", right, right);
    check_hex("0AF9", right, None);
    check_hex("0aF9", right, None);
    for bad in [
        "", "0", "0a", "0af", "0af90", "0af9 ", " 0af9", "0af9\n", "0x0a", "0ag9", "+af9",
    ] {
        check_hex(bad, None, None);
    }
    for bad in ["0aé", "é0a", "０af9", "0a\0\0", "/0:9", "@G`g"] {
        check_hex(bad, None, None);
    }
    check_hex(b"0a\xff9", None, None);
    assert_eq!(decode_hex::<0>(b""), Some([]));
}

#[track_caller]
fn check_base64(text: impl AsRef<[u8]>, expect: Option<[u8; 4]>) {
    let text = text.as_ref();
    assert_eq!(decode_base64(text), expect, "{}", text.escape_ascii());
}

#[test]
fn base64_is_canonical_and_exactly_as_long_as_wanted() {
    check_base64("+/+/AA==", Some([0xfb, 0xff, 0xbf, 0x00]));
    for bad in [
        "",
        "+/+/",
        "+/+/AA",
        "+/+/AA=",
        "+/+/AA===",
        "-_-_AA==",
        "+/+/AB==",
        "+/+/AP==",
        "+/+/AAA=",
        "+/+/AAAA",
        " +/+/AA==",
        "+/+/AA==\n",
        "+/+/A A=",
        "+/+/=AA=",
        "A===AA==",
        "+/+/A===",
        "+/+/é==",
    ] {
        check_base64(bad, None);
    }
    check_base64(b"+/+/AA=\xff", None);
    assert_eq!(decode_base64(b"+/+/ACA="), Some(*b"\xfb\xff\xbf\x00 "));
    assert_eq!(decode_base64(b"+/+/ACBA"), Some(*b"\xfb\xff\xbf\x00 @"));
    for bad in ["+/+/ACB=", "+/+/ACAA", "+/+/AC==", "+/+/ACA", "+/+/A=A="] {
        assert_eq!(decode_base64::<5>(bad.as_bytes()), None, "{bad}");
    }
    for bad in ["+/+/ACA=", "+/+/ACB-", "+-+/ACBA", "+/+/AC=="] {
        assert_eq!(decode_base64::<6>(bad.as_bytes()), None, "{bad}");
    }
    assert_eq!(decode_base64::<0>(b""), Some([]));
}

/// The slow and plain way to read hexadecimal digits.
fn naive_hex(text: &[u8], upper: bool) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let digits: Option<Vec<u32>> = text
        .chars()
        .map(|digit| match digit {
            'A'..='F' if !upper => None,
            _ => digit.to_digit(16),
        })
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    let bytes = digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]);
    bytes.map(|byte| u8::try_from(byte).ok()).collect()
}

/// Base64 that is canonical is what encoding gives back.
fn naive_base64(text: &[u8]) -> Option<Vec<u8>> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = std::str::from_utf8(text).ok()?;
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.trim_end_matches('=').chars() {
        let value = u32::try_from(DIGITS.find(digit)?).ok()?;
        bits = bits << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    (encode_base64(&bytes) == text).then_some(bytes)
}

proptest! {
    #[test]
    fn hexadecimal_is_read_like_the_naive_way(
        text in prop_oneof![
            "[0-9a-f]{0,12}".prop_map(String::into_bytes),
            "[0-9a-fA-F]{8}".prop_map(String::into_bytes),
            "[0-9a-gA-G @`/:]{8}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..10),
        ],
    ) {
        let naive = |upper| naive_hex(&text, upper).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        prop_assert_eq!(decode_hex::<4>(&text), naive(true));
        prop_assert_eq!(decode_hex_lower::<4>(&text), naive(false));
    }

    #[test]
    fn base64_is_read_like_the_naive_way(
        text in prop_oneof![
            "[A-Za-z0-9+/]{6}==".prop_map(String::into_bytes),
            "[A-Za-z0-9+/]{5}[AQgw]==".prop_map(String::into_bytes),
            "[A-Za-z0-9+/]{6}[A-HEIMQUYcgkosw048]=".prop_map(String::into_bytes),
            "[A-Za-z0-9+/]{7}[A-Za-z0-9+/=_-]".prop_map(String::into_bytes),
            "[A-Za-z0-9+/_=-]{4,10}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..10),
        ],
    ) {
        // The last digits hold one byte, two, or three.
        let naive = naive_base64(&text);
        let of_len = |len| naive.clone().filter(|bytes| bytes.len() == len);
        prop_assert_eq!(decode_base64::<4>(&text).map(Vec::from), of_len(4));
        prop_assert_eq!(decode_base64::<5>(&text).map(Vec::from), of_len(5));
        prop_assert_eq!(decode_base64::<6>(&text).map(Vec::from), of_len(6));
    }

    #[test]
    fn what_is_encoded_is_decoded(bytes in any::<[u8; 20]>()) {
        prop_assert_eq!(decode_hex_lower(encode_hex(&bytes).as_bytes()), Some(bytes));
        prop_assert_eq!(decode_base64(encode_base64(&bytes).as_bytes()), Some(bytes));
    }

    #[test]
    fn a_mac_does_not_depend_on_how_the_body_is_cut(
        body in prop::collection::vec(any::<u8>(), 0..300),
        cuts in prop::collection::vec(0_usize..300, 0..6),
    ) {
        let keys = Arc::new(MacKeys::<HmacSha1>::new(&key("k").into()));
        let whole = keys.sign(&[&body]);
        let mut check = MacCheck::with_keys(&keys);
        let mut from = 0;
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
        cuts.sort_unstable();
        for cut in cuts.into_iter().chain([body.len()]) {
            check.update(&body[from..cut]);
            from = cut;
        }
        prop_assert!(check.verify([whole.as_bytes()]).is_ok());
    }
}

fn key(text: &str) -> SigningKey {
    SigningKey::from_text(text).expect("a key")
}

/// A ring whose keys are the texts of their ids: `0`, `1` …
fn ring(len: usize) -> SigningKeys {
    (1..len).fold(SigningKeys::new("0", key("0")), |ring, id| {
        ring.with(id.to_string(), key(&id.to_string()))
            .expect("a short ring")
    })
}

#[test]
fn a_mac_matches_itself_whole_and_nothing_else() {
    let mac = MacKeys::<HmacSha256>::new(&key("k").into()).sign(&[b"body"]);
    let bytes = mac.as_bytes();
    assert_eq!(bytes.len(), 32);
    assert!(mac.matches(bytes));
    for len in 0..bytes.len() {
        assert!(!mac.matches(&bytes[..len]), "a prefix of {len} bytes");
    }
    for more in [0, 1, 0xff] {
        assert!(!mac.matches(&[bytes, &[more]].concat()));
    }
    assert!(
        !mac.matches(&[bytes, &[0; 32]].concat()),
        "filled up to the longest"
    );
    for bit in 0..8 * bytes.len() {
        let mut other = bytes.to_vec();
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(!mac.matches(&other), "bit {bit}");
    }
}

#[test]
fn of_several_signatures_only_an_exact_match_passes() {
    let keys = Arc::new(MacKeys::<HmacSha256>::new(&ring(3)));
    let second = MacKeys::<HmacSha256>::new(&key("1").into()).sign(&[b"body"]);
    let right = second.as_bytes();
    let verify = |presented: &[&[u8]]| {
        let mut check = MacCheck::with_keys(&keys);
        check.update(b"body");
        let found = check.verify(presented.iter().copied());
        found.map(|(id, mac)| (id.as_str().to_owned(), mac.as_bytes().to_vec()))
    };
    let found = Ok(("1".to_owned(), right.to_vec()));
    assert_eq!(verify(&[right]), found);
    assert_eq!(verify(&[b"", b"wrong", right, &right[1..]]), found);
    let wrong: [&[&[u8]]; 4] = [&[], &[b""], &[&right[..31], &right[1..]], &[b"", b""]];
    for presented in wrong {
        assert_eq!(verify(presented), Err(VerifyError::SignatureMismatch));
    }
}

/// Counts the MACs that one request costs.
#[track_caller]
fn check_macs<P: Provider>(
    receiver: &Receiver<P>,
    headers: &[(&str, String)],
    body: &'static [u8],
    expect: Result<&str, &str>,
    macs: u64,
) {
    let before = macs_computed();
    let head = RequestHead::new("POST", "/", &headers);
    let outcome = receiver.verify(head, body);
    assert_eq!(macs_computed() - before, macs);
    let outcome = outcome.map(|outcome| outcome.accepted().expect("no probe"));
    match &outcome {
        Ok(verified) => assert_eq!(Ok(verified.key_id().expect("an id").as_str()), expect),
        Err(error) => assert_eq!(Err(error.rule()), expect),
    }
}

const BODY: &[u8] = br#"{"ping":"0"}"#;

fn to_metriport(key_text: &str) -> Vec<(&'static str, String)> {
    metriport::testing::sign(&key(key_text), BODY)
        .headers()
        .into()
}

#[test]
fn a_request_costs_one_mac_for_each_key_at_most() {
    for len in 1..=8 {
        let receiver = Receiver::new(Metriport::new(ring(len)));
        // A forged signature costs all of them, a right one those up to its key.
        let mismatch = Err("signature-mismatch");
        check_macs(
            &receiver,
            &to_metriport("wrong"),
            BODY,
            mismatch,
            len as u64,
        );
        check_macs(&receiver, &to_metriport("0"), b"{}", mismatch, len as u64);
        for id in 0..len {
            let id = id.to_string();
            let macs: u64 = id.parse::<u64>().expect("a number") + 1;
            check_macs(&receiver, &to_metriport(&id), BODY, Ok(&id), macs);
        }
    }
}

#[test]
fn human_api_costs_one_mac_for_each_key_at_most() {
    let receiver = Receiver::new(HumanApi::new(ring(8)).accept_hex_signatures());
    let signed = |key_text| -> Vec<(&'static str, String)> {
        let request = human_api::testing::sign(&key(key_text), BODY, "1403591492088", "1");
        request.headers().into()
    };
    check_macs(
        &receiver,
        &signed("wrong"),
        BODY,
        Err("signature-mismatch"),
        8,
    );
    check_macs(&receiver, &signed("7"), BODY, Ok("7"), 8);
    check_macs(&receiver, &[], BODY, Err("missing-header"), 0);
}

#[test]
fn a_request_refused_by_its_head_costs_no_mac() {
    let receiver = Receiver::new(Metriport::new(ring(8)));
    let name = "x-metriport-signature";
    let right = to_metriport("0").pop().expect("the signature").1;
    let twice = [(name, right.clone()), (name, right.clone())];
    check_macs(&receiver, &[], BODY, Err("missing-header"), 0);
    check_macs(&receiver, &twice, BODY, Err("repeated-header"), 0);
    let before = macs_computed();
    let mut prefixes: Vec<String> = (0..right.len()).map(|len| right[..len].into()).collect();
    prefixes.extend([
        format!("{right}0"),
        format!(" {right}"),
        format!("{right},{right}"),
    ]);
    prefixes.extend([
        right.to_uppercase(),
        right.repeat(1000),
        format!("sha256={right}"),
    ]);
    for wrong in prefixes {
        check_macs(
            &receiver,
            &[(name, wrong)],
            BODY,
            Err("malformed-header"),
            0,
        );
    }
    assert_eq!(macs_computed(), before);
}

#[test]
fn a_body_over_the_limit_costs_no_mac() {
    let receiver = Receiver::builder(Metriport::new(ring(2)))
        .body_limit(4)
        .build();
    check_macs(
        &receiver,
        &to_metriport("0"),
        BODY,
        Err("body-too-large"),
        0,
    );
}

fn receive<P: Provider>(
    receiver: &Receiver<P>,
    path: &str,
    request: &SignedRequest,
) -> Result<(), ReceiveError> {
    let headers = request.headers();
    let head = RequestHead::new(request.method(), path, &headers);
    receiver.verify(head, request.body().clone()).map(|_| ())
}

#[test]
fn keys_can_be_swapped_while_requests_are_on_their_way() {
    let source = SwappableKeys::new(&key("old").into());
    let receiver = Receiver::new(Metriport::with_key_source(source.clone()));
    let old = metriport::testing::sign(&key("old"), BODY);
    let new = metriport::testing::sign(&key("new"), BODY);
    let rule =
        |request: &SignedRequest| receive(&receiver, "/", request).map_err(|error| error.rule());

    assert_eq!(rule(&old), Ok(()));
    assert_eq!(rule(&new), Err("signature-mismatch"));
    let headers = old.headers();
    let head = RequestHead::new("POST", "/", &headers);
    let begun = receiver.begin(head).expect("a right head");
    source.replace(&key("new").into());
    let mut reception = begun.accepted().expect("no probe");
    assert!(reception.push(old.body().clone()).is_ok());
    assert!(
        reception.finish().is_ok(),
        "what began with a key ends with it"
    );
    assert_eq!(rule(&new), Ok(()));
    assert_eq!(rule(&old), Err("signature-mismatch"));
}

/// A ring for each path.
struct ByPath;

impl KeySource<HmacSha256> for ByPath {
    fn keys(&self, head: &Head<'_>) -> Option<Arc<MacKeys<HmacSha256>>> {
        let tenant = head.path().strip_prefix("/tenants/")?;
        let key = SigningKey::from_text(tenant).ok()?;
        Some(Arc::new(MacKeys::new(&key.into())))
    }
}

#[test]
fn keys_can_be_chosen_by_the_path() {
    let receiver = Receiver::new(Metriport::with_key_source(ByPath));
    let of_a = metriport::testing::sign(&key("a"), BODY);
    let rule = |path| receive(&receiver, path, &of_a).map_err(|error| error.rule());
    assert_eq!(rule("/tenants/a"), Ok(()));
    assert_eq!(rule("/tenants/b"), Err("signature-mismatch"));
    assert_eq!(rule("/tenants/"), Err("no-key"));
    assert_eq!(rule("/"), Err("no-key"));
}
