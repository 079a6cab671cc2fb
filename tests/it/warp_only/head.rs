//! Heads: what a provider sees of path, query and peer; methods; versions of HTTP.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pulsehook_warp::withings::{Event, Withings};
use pulsehook_warp::{Ack, Delivery, Receiver, receive, recover, webhook};
use warp::Filter;
use warp::http::Request;

use super::{ADMIT, PING, accept, ask, filters, metriport, paved, serve, signed};
use crate::client::{Request as WireRequest, exchange};
use crate::support::{watching, wire};

#[tokio::test]
async fn path_filters_do_not_change_what_the_provider_sees() {
    let (receiver, seen) = watching();
    let part = warp::path::param::<String>().map(|_| ()).untuple_one();
    let road = part.and(receive(receiver.clone(), accept)).boxed();
    let filter = part
        .and(webhook(receiver))
        .map(|delivery| Ack::of(&delivery))
        .recover(recover)
        .map(warp::Reply::into_response)
        .boxed();
    for inner in [road, filter] {
        let app = warp::path("api").and(warp::path!("v1" / "hook" / ..).and(inner));
        let app = app.boxed();
        for query in ["?x=%41&x=+", "?", ""] {
            let target = format!("/api/v1/hook/a%2Fb{query}");
            assert_eq!(ask(&app, signed(&target, ADMIT)).await.status(), 200);
        }
        assert_eq!(
            *std::mem::take(&mut *seen.lock().expect("not poisoned")),
            [
                "/api/v1/hook/a%2Fb Some(\"x=%41&x=+\") None",
                "/api/v1/hook/a%2Fb Some(\"\") None",
                "/api/v1/hook/a%2Fb None None",
            ]
        );
    }
}

#[test]
fn the_peer_is_known_in_warps_own_server() {
    let (receiver, seen) = watching();
    let server = serve(paved(receiver));
    let answer = exchange(server.address, &wire("/hook?a=b", ADMIT)).expect("an answer");
    assert_eq!(answer.status, 200);
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(*seen, ["/hook Some(\"a=b\") Some(127.0.0.1)"]);
}

#[test]
fn a_wrong_method_is_answered_405_with_the_right_one() {
    for app in [paved(metriport()), filters(metriport())] {
        let server = serve(app);
        for method in ["GET", "HEAD", "PUT", "OPTIONS", "BREW"] {
            let request = wire("/hook", ADMIT).method(method);
            let answer = exchange(server.address, &request).expect("an answer");
            let allow = [("allow".to_owned(), "POST".to_owned())];
            assert_eq!(
                (answer.status, answer.headers.as_slice(), answer.body),
                (405, allow.as_slice(), Vec::new()),
                "{method}"
            );
        }
    }
}

#[test]
fn probes_are_answered_and_no_handler_or_other_route_sees_them() {
    let withings = || {
        let provider = Withings::builder().danger_accept_unauthenticated().build();
        Receiver::new(provider.expect("a configuration"))
    };
    let road = warp::path!("hook").and(receive(withings(), async |_| {
        Err::<(), _>("a probe reached the handler")
    }));
    let filter = warp::path!("hook")
        .and(webhook(withings()))
        .map(|delivery: Delivery<Event>| -> Ack { panic!("{delivery:?} reached the handler") })
        .recover(recover);
    let catch_all = || warp::any().map(|| warp::http::StatusCode::IM_A_TEAPOT);
    let road = road.or(catch_all()).map(warp::Reply::into_response);
    let filter = filter.or(catch_all()).map(warp::Reply::into_response);
    for app in [road.boxed(), filter.boxed()] {
        let server = serve(app);
        for method in ["HEAD", "GET"] {
            let probe = WireRequest::post("/hook", "").method(method);
            let answer = exchange(server.address, &probe).expect("an answer");
            assert_eq!((answer.status, answer.body), (200, Vec::new()), "{method}");
        }
    }
}

#[tokio::test]
async fn http_2_is_served_by_warps_own_server() {
    for app in [paved(metriport()), filters(metriport())] {
        let server = serve(app);
        let stream = tokio::net::TcpStream::connect(server.address).await;
        let stream = TokioIo::new(stream.expect("it listens"));
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)
                .await
                .expect("HTTP/2");
        tokio::spawn(connection);
        let url = format!("http://{}/hook", server.address);
        let mut send = async |request: Request<Full<Bytes>>| {
            let response = client.send_request(request).await.expect("an answer");
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            (parts.status.as_u16(), body)
        };
        let pong = Bytes::from_static(br#"{"pong":"p-1"}"#);
        assert_eq!(send(signed(&url, ADMIT)).await, (200, Bytes::new()));
        assert_eq!(send(signed(&url, PING)).await, (200, pong));
        let mut forged = signed(&url, ADMIT);
        *forged.body_mut() = Full::from(PING);
        assert_eq!(send(forged).await, (401, Bytes::new()));
    }
}
