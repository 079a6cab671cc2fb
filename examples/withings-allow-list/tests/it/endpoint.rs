//! The endpoint: who is let through, by address and by secret.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::Request;
use example_withings_allow_list::{Settings, app};
use pulsehook_axum::address::AddressList;
use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::withings::testing::{notification, probe};
use pulsehook_axum::{SharedSecret, Swappable};
use tower::ServiceExt as _;

const WEIGHT: &str = "userid=8812345&appli=1&startdate=1706400000&enddate=1706400060";
const RIGHT: &str = "/hooks/withings?token=u-secret";

fn list(text: &str) -> AddressList {
    let (list, ignored) = AddressList::from_txt([text]).expect("a list");
    assert!(ignored.is_empty());
    list
}

fn settings(allowed: &Swappable<AddressList>, proxies: Option<&str>) -> Settings {
    Settings {
        url_secret: SharedSecret::from_text("u-secret").expect("a secret"),
        allowed: allowed.clone(),
        proxies: proxies.map(list),
    }
}

/// Sends a request over a connection from a peer; returns the status.
async fn send(app: &Router, peer: &str, request: Request<Body>) -> u16 {
    let peer: SocketAddr = peer.parse().expect("an address with port");
    let app = app.clone().layer(MockConnectInfo(peer));
    app.oneshot(request)
        .await
        .expect("infallible")
        .status()
        .into()
}

fn request(signed: SignedRequest, target: &str) -> Request<Body> {
    signed.into_http(target).expect("a request").map(Body::from)
}

#[tokio::test]
async fn a_listed_peer_with_the_secret_passes_and_no_other() {
    let allowed = Swappable::new(list("192.0.2.0/24 2001:db8::/32"));
    let app = app(settings(&allowed, None)).expect("an application");
    for (peer, target, status) in [
        ("192.0.2.7:1", RIGHT, 200),
        ("[2001:db8::7]:1", RIGHT, 200),
        ("[::ffff:192.0.2.7]:1", RIGHT, 200),
        ("198.51.100.7:1", RIGHT, 401),
        ("192.0.2.7:1", "/hooks/withings?token=another", 401),
        ("192.0.2.7:1", "/hooks/withings", 401),
    ] {
        for signed in [notification(WEIGHT), probe()] {
            let method = signed.method();
            let found = send(&app, peer, request(signed, target)).await;
            assert_eq!(found, status, "{method} {target} from {peer}");
        }
    }
    // Served without connect info, nobody is let through.
    let request = request(notification(WEIGHT), RIGHT);
    let response = app.oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn a_renewed_list_counts_at_once() {
    let allowed = Swappable::new(list("192.0.2.0/24"));
    let app = app(settings(&allowed, None)).expect("an application");
    let from = async |peer| send(&app, peer, request(notification(WEIGHT), RIGHT)).await;
    assert_eq!(from("192.0.2.7:1").await, 200);
    assert_eq!(from("198.51.100.7:1").await, 401);
    allowed.replace(list("198.51.100.0/24"));
    assert_eq!(from("192.0.2.7:1").await, 401);
    assert_eq!(from("198.51.100.7:1").await, 200);
}

#[tokio::test]
async fn the_header_counts_from_a_trusted_proxy_alone() {
    let allowed = Swappable::new(list("192.0.2.0/24"));
    let behind = app(settings(&allowed, Some("10.0.0.2"))).expect("an application");
    let direct = app(settings(&allowed, None)).expect("an application");
    let send = async |app: &Router, peer, forwarded| {
        let signed = notification(WEIGHT).with_header("x-forwarded-for", forwarded);
        send(app, peer, request(signed, RIGHT)).await
    };
    assert_eq!(send(&behind, "10.0.0.2:1", "192.0.2.7").await, 200);
    assert_eq!(send(&behind, "10.0.0.2:1", "198.51.100.7").await, 401);
    assert_eq!(
        send(&behind, "10.0.0.2:1", "192.0.2.7, 198.51.100.7").await,
        401
    );
    assert_eq!(send(&behind, "10.0.0.3:1", "192.0.2.7").await, 401);
    assert_eq!(send(&direct, "10.0.0.2:1", "192.0.2.7").await, 401);
}
