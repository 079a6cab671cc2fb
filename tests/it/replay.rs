//! The keys of replay guards and of de-duplication: whose they are, and what leaves them as they
//! are.

use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::signature::encode_base64;
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::thryve::testing::{compress, sign, unsigned};
use pulsehook_core::thryve::{Thryve, ThryveBuilder};
use pulsehook_core::withings::{self, Withings};
use pulsehook_core::{
    HeaderSecrets, Provider, Receiver, ReplayKey, RequestHead, SharedSecret, UrlSecrets,
};

use crate::endpoints::key;

const BODY: &str = r#"{"endUserId":"u-1","timestampType":"unix","type":"moon.rise"}"#;
const TIMESTAMP: &str = "1770091506000";

fn receiver<P: Provider>(label: &str, provider: P) -> Receiver<P> {
    Receiver::builder(provider).endpoint(label).build()
}

fn thryve(label: &str, configure: impl FnOnce(ThryveBuilder) -> ThryveBuilder) -> Receiver<Thryve> {
    let builder = configure(Thryve::builder());
    receiver(label, builder.build().expect("a configuration"))
}

fn signed_thryve(label: &str) -> Receiver<Thryve> {
    thryve(label, |builder| builder.keys(key("secret")))
}

/// The keys of a request that must be accepted: of replay, and of de-duplication.
fn keys<P: Provider>(
    receiver: &Receiver<P>,
    request: &SignedRequest,
) -> (Option<ReplayKey>, String) {
    let headers = request.headers().to_vec();
    let head = RequestHead::new(request.method(), "/hook", &headers).with_query(Some("token=t"));
    let verified = receiver.verify(head, request.body().clone());
    let verified = verified.expect("authentic").accepted().expect("no probe");
    (verified.replay_key(), verified.dedup_key().to_string())
}

#[test]
fn endpoints_with_the_same_secret_do_not_share_replay_keys() {
    let request = sign(&key("secret"), BODY, TIMESTAMP);
    let (eu, eu_dedup) = keys(&signed_thryve("eu"), &request);
    let (us, us_dedup) = keys(&signed_thryve("us"), &request);
    assert!(eu.is_some());
    assert_ne!(eu, us);
    assert_eq!(eu, keys(&signed_thryve("eu"), &request).0);
    assert_eq!(eu_dedup, us_dedup);
}

#[test]
fn providers_with_the_same_secret_and_label_do_not_share_replay_keys() {
    // What one signs as body and time stamp, the other signs as its body.
    let of_thryve = sign(&key("secret"), BODY, TIMESTAMP);
    let of_metriport = metriport::testing::sign(&key("secret"), format!("{BODY}{TIMESTAMP}"));
    let (thryve, _) = keys(&signed_thryve("eu"), &of_thryve);
    let metriport = receiver("eu", Metriport::new(key("secret")));
    let (metriport, _) = keys(&metriport, &of_metriport);
    let (thryve, metriport) = (thryve.expect("signed"), metriport.expect("signed"));
    // The MAC is the same, and the keys are not.
    let mac = |key: &ReplayKey| key.as_bytes()[key.as_bytes().len() - 32..].to_vec();
    assert_eq!(mac(&thryve), mac(&metriport));
    assert_ne!(thryve, metriport);
}

#[test]
fn moved_digits_leave_thryves_replay_key_as_it_is() {
    let receiver = signed_thryve("eu");
    for body in [BODY.as_bytes().to_vec(), compress(BODY)] {
        let request = sign(&key("secret"), body.clone(), TIMESTAMP);
        let (expect, _) = keys(&receiver, &request);
        let (_, signature) = request.headers().last().expect("the signature");
        for count in 1..TIMESTAMP.len() {
            let longer = [&body, &TIMESTAMP.as_bytes()[..count]].concat();
            let moved = unsigned(longer)
                .with_header("x-hmac-timestamp", &TIMESTAMP[count..])
                .with_header("x-hmac-signature", signature);
            assert_eq!(keys(&receiver, &moved).0, expect, "{count} digits moved");
        }
    }
    let other = sign(&key("secret"), BODY, "1770091506001");
    let (other, _) = keys(&receiver, &other);
    assert_ne!(
        other,
        keys(&receiver, &sign(&key("secret"), BODY, TIMESTAMP)).0
    );
}

#[test]
fn what_thryve_does_not_sign_leaves_both_keys_as_they_are() {
    let receiver = signed_thryve("eu");
    let frame = compress(BODY);
    let request = sign(&key("secret"), frame.clone(), TIMESTAMP);
    let expect = keys(&receiver, &request);
    let (_, signature) = request.headers().last().expect("the signature");

    let upper = request.clone();
    let upper = upper.with_header("x-hmac-signature", signature.to_ascii_uppercase());
    let underscored = unsigned(frame.clone())
        .with_header("x_hmac_timestamp", TIMESTAMP)
        .with_header("x_hmac_signature", signature);
    let encoded = request.clone().with_header("content-encoding", "gzip");
    // Made by a gateway, after the frame was signed.
    let wrapped = |behind: &str| {
        unsigned(encode_base64(&frame) + behind)
            .with_header("x-hmac-timestamp", TIMESTAMP)
            .with_header("x-hmac-signature", signature)
    };
    for (name, request) in [
        ("upper case", upper),
        ("underscores", underscored),
        ("another encoding", encoded),
        ("base64", wrapped("")),
        ("base64 and a line ending", wrapped("\r\n")),
    ] {
        assert_eq!(keys(&receiver, &request), expect, "{name}");
    }
}

#[test]
fn a_shared_secret_binds_nothing_so_there_is_no_replay_key() {
    let secret = || SharedSecret::from_text("t").expect("a secret");
    let in_query = || UrlSecrets::in_query("token", secret());
    let request = unsigned(BODY).with_header("authorization", "t");
    let (_, digest) = keys(&signed_thryve("eu"), &sign(&key("secret"), BODY, TIMESTAMP));
    for receiver in [
        thryve("eu", |it| {
            it.authorization(HeaderSecrets::authorization(secret()))
        }),
        thryve("eu", |it| it.url_secrets(in_query())),
        thryve("eu", ThryveBuilder::danger_accept_unauthenticated),
    ] {
        assert_eq!(keys(&receiver, &request), (None, digest.clone()));
    }

    let notification = withings::testing::notification("userid=1&appli=62");
    let withings = receiver("eu", Withings::new(in_query()));
    let (replay, dedup) = keys(&withings, &notification);
    assert_eq!(replay, None);
    let same = keys(&withings, &notification).1;
    let other = keys(
        &withings,
        &withings::testing::notification("userid=1&appli=4"),
    )
    .1;
    assert_eq!(dedup, same);
    assert_ne!(dedup, other);
}
