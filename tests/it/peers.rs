//! The address of the connection, as axum hands it over: a list of addresses needs it.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::Request;
use axum::routing::any;
use pulsehook_axum::address::{AddressList, AllowedAddresses, TrustedProxies};
use pulsehook_axum::withings::testing::{notification, probe};
use pulsehook_axum::withings::{Event, Withings};
use pulsehook_axum::{Delivery, Receiver, Refused, UrlSecrets, Webhook, receive};
use pulsehook_core::testing::SignedRequest;
use tower::ServiceExt as _;

use crate::endpoints::shared;

/// Takes requests with the secret `t` from 127.0.0.0/8.
fn receiver(proxies: Option<&str>) -> Receiver<Withings> {
    let list = |text: &str| AddressList::from_txt([text]).expect("a list").0;
    let mut allowed = AllowedAddresses::new(list("127.0.0.0/8"));
    if let Some(proxies) = proxies {
        allowed = allowed.behind(TrustedProxies::x_forwarded_for(list(proxies)));
    }
    let withings = Withings::builder()
        .url_secrets(UrlSecrets::in_query("token", shared("t")))
        .allowed_addresses(allowed);
    Receiver::new(withings.build().expect("a configuration"))
}

async fn accept(_delivery: Delivery<Event>) -> Result<(), std::io::Error> {
    Ok(())
}

/// The same endpoint by the paved road and by the extractor.
fn routes(proxies: Option<&str>) -> [Router; 2] {
    let paved = Router::new().route("/hook", receive(receiver(proxies), accept));
    let handler = async |webhook: Webhook<Withings>| webhook.ack();
    let extractor = Router::new()
        .route("/hook", any(handler))
        .with_state(receiver(proxies));
    [paved, extractor]
}

/// Sends a request, over a connection from a peer if it is known; returns the status and the rule
/// that refused it.
async fn send(
    app: Router,
    peer: Option<&str>,
    signed: SignedRequest,
) -> (u16, Option<&'static str>) {
    let app = match peer {
        Some(peer) => {
            let peer: SocketAddr = peer.parse().expect("an address with port");
            app.layer(MockConnectInfo(peer))
        }
        None => app,
    };
    let request: Request<Body> = signed
        .into_http("/hook?token=t")
        .expect("a request")
        .map(Body::from);
    let response = app.oneshot(request).await.expect("infallible");
    let refused = response.extensions().get::<Refused>();
    (
        response.status().into(),
        refused.map(|refused| refused.rule()),
    )
}

#[tokio::test]
async fn a_list_of_addresses_without_connect_info_refuses_everything() {
    for proxies in [None, Some("10.0.0.2")] {
        for app in routes(proxies) {
            for signed in [notification("userid=1&appli=1"), probe()] {
                let signed = signed.with_header("x-forwarded-for", "127.0.0.1");
                let answer = send(app.clone(), None, signed).await;
                assert_eq!(answer, (401, Some("address-unknown")));
            }
        }
    }
}

#[tokio::test]
async fn with_connect_info_the_peers_address_is_judged() {
    for app in routes(None) {
        for (peer, expect) in [
            ("127.0.0.1:5", (200, None)),
            ("[::ffff:127.0.0.1]:5", (200, None)),
            ("[::1]:5", (401, Some("address-not-allowed"))),
            ("192.0.2.7:5", (401, Some("address-not-allowed"))),
        ] {
            for signed in [notification("userid=1&appli=1"), probe()] {
                let answer = send(app.clone(), Some(peer), signed).await;
                assert_eq!(answer, expect, "{peer}");
            }
        }
    }
}

#[tokio::test]
async fn a_trusted_proxys_header_is_read_over_all_its_lines() {
    for app in routes(Some("10.0.0.2")) {
        let send = async |peer, value: &str| {
            let signed = notification("userid=1&appli=1").with_header("x-forwarded-for", value);
            send(app.clone(), Some(peer), signed).await
        };
        assert_eq!(
            send("10.0.0.2:5", "192.0.2.7, 127.0.0.1").await,
            (200, None)
        );
        let refused = (401, Some("address-not-allowed"));
        assert_eq!(send("10.0.0.2:5", "127.0.0.1, 192.0.2.7").await, refused);
        assert_eq!(send("10.0.0.3:5", "127.0.0.1").await, refused);
        let unknown = (401, Some("address-unknown"));
        assert_eq!(send("10.0.0.2:5", "127.0.0.1, unknown").await, unknown);
    }
}
