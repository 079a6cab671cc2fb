//! What is particular to actix-web: scopes, resources and routes, later extractors, app data,
//! outer middleware.

use std::io;
use std::sync::{Arc, Mutex};

use actix_web::body::{self, MessageBody};
use actix_web::dev::{Payload, Service as _, ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorConflict, PayloadError};
use actix_web::http::Method;
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, Bytes, Data, PayloadConfig, ServiceConfig};
use actix_web::{App, Error, HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::stream;
use pulsehook_actix_web::metriport::Metriport;
use pulsehook_actix_web::testing::SignedRequest;
use pulsehook_actix_web::withings::Withings;
use pulsehook_actix_web::{
    Ack, BodyFailure, HandlerError, HandlerFailed, Receiver, Refused, SharedDelivery,
    VerifyWebhook, Webhook,
};
use pulsehook_core::metriport;

use crate::endpoints::key;
use crate::support::{ADMIT, PING, metriport};

mod bodies;
mod extractor;
pub(crate) mod serve;

/// Sets an application up.
type Routes = fn(&mut ServiceConfig);

fn verify() -> VerifyWebhook<Metriport> {
    VerifyWebhook::new(metriport())
}

fn signed(target: &str, body: impl Into<Bytes>) -> TestRequest {
    as_test(target, &metriport::testing::sign(&key("secret"), body))
}

fn forged(target: &str) -> TestRequest {
    forged_by("other", target)
}

fn forged_by(secret: &str, target: &str) -> TestRequest {
    as_test(target, &metriport::testing::sign(&key(secret), ADMIT))
}

fn as_test(target: &str, signed: &SignedRequest) -> TestRequest {
    let method = Method::from_bytes(signed.method().as_bytes()).expect("a method");
    let request = TestRequest::with_uri(target).method(method);
    let headers = signed.headers().iter();
    let request = headers.fold(request, |request, (name, value)| {
        request.append_header((*name, value.as_str()))
    });
    request.set_payload(signed.body().clone())
}

/// An answer as the application hands it to the server.
#[derive(Debug)]
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    refused: Option<Refused>,
}

impl Answered {
    /// Status, body and the rule that refused the request.
    fn told(&self) -> (u16, &str, Option<&'static str>) {
        let body = std::str::from_utf8(&self.body).expect("text");
        let rule = self.refused.as_ref().map(|refused| refused.rule());
        (self.status, body, rule)
    }
}

async fn read<B: MessageBody + 'static>(response: ServiceResponse<B>) -> Answered {
    let response = response.map_into_boxed_body();
    let refused = response.response().extensions().get::<Refused>().cloned();
    let headers = response.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    Answered {
        status: response.status().as_u16(),
        headers,
        refused,
        body: body::to_bytes(response.into_body()).await.expect("a body"),
    }
}

/// Sends a request to an application of these routes.
async fn answer(routes: impl FnOnce(&mut ServiceConfig), request: TestRequest) -> Answered {
    let app = init_service(App::new().configure(routes)).await;
    read(request.send_request(&app).await).await
}

async fn ran(webhook: Webhook<Metriport>) -> String {
    format!("ran for {}", webhook.dedup_key().value())
}

async fn acked(webhook: Webhook<Metriport>) -> Ack {
    webhook.ack()
}

#[actix_web::test]
async fn an_application_a_scope_a_resource_and_a_route_can_be_wrapped() {
    let app = App::new().wrap(verify()).route("/hook", web::to(ran));
    let app = init_service(app).await;
    let good = read(signed("/hook", ADMIT).send_request(&app).await).await;
    assert_eq!(good.told(), (200, "ran for m-1", None));
    let bad = read(forged("/hook").send_request(&app).await).await;
    assert_eq!(bad.told(), (401, "", Some("signature-mismatch")));

    let scope = |app: &mut ServiceConfig| {
        let hook = web::resource("/hook").to(ran);
        app.service(web::scope("").wrap(verify()).service(hook));
    };
    let resource = |app: &mut ServiceConfig| {
        app.service(web::resource("/hook").wrap(verify()).to(ran));
    };
    let route = |app: &mut ServiceConfig| {
        app.route("/hook", web::to(ran).wrap(verify()));
    };
    let levels: [Routes; 3] = [scope, resource, route];
    for level in levels {
        let good = answer(level, signed("/hook", ADMIT)).await;
        assert_eq!(good.told(), (200, "ran for m-1", None));
        let bad = answer(level, forged("/hook")).await;
        assert_eq!(bad.told(), (401, "", Some("signature-mismatch")));
    }
}

#[actix_web::test]
async fn a_scope_judges_before_it_says_that_there_is_nothing() {
    let routes = |app: &mut ServiceConfig| {
        app.service(
            web::scope("/hooks")
                .wrap(verify())
                .route("/a", web::to(ran)),
        );
    };
    assert_eq!(answer(routes, signed("/hooks/b", ADMIT)).await.status, 404);
    assert_eq!(answer(routes, forged("/hooks/b")).await.status, 401);
    assert_eq!(answer(routes, forged("/elsewhere")).await.status, 404);
}

#[actix_web::test]
async fn pings_probes_and_wrong_methods_are_answered_without_the_handler() {
    async fn never(_webhook: Webhook<Metriport>) -> Ack {
        panic!("not for the handler")
    }

    let routes = |app: &mut ServiceConfig| {
        let withings = Withings::builder().danger_accept_unauthenticated().build();
        let withings = Receiver::new(withings.expect("a configuration"));
        app.service(web::resource("/hook").wrap(verify()).to(never))
            .service(
                web::resource("/withings")
                    .wrap(VerifyWebhook::new(withings))
                    // It is not asked: the middleware is outside.
                    .route(web::post().to(HttpResponse::Gone)),
            );
    };
    let ping = answer(routes, signed("/hook", PING)).await;
    assert_eq!(ping.told(), (200, r#"{"pong":"p-1"}"#, None));
    let content_type = ("content-type".to_owned(), "application/json".to_owned());
    assert_eq!(ping.headers, [content_type]);

    let wrong = answer(routes, TestRequest::get().uri("/hook")).await;
    assert_eq!(wrong.told(), (405, "", Some("method-not-allowed")));
    assert_eq!(wrong.headers, [("allow".to_owned(), "POST".to_owned())]);

    for method in [Method::HEAD, Method::GET] {
        let probe = TestRequest::with_uri("/withings").method(method);
        assert_eq!(answer(routes, probe).await.told(), (200, "", None));
    }
}

#[actix_web::test]
async fn state_and_path_stand_beside_the_delivery_and_several_can_share_it() {
    async fn handler(
        state: Data<&'static str>,
        first: Webhook<Metriport>,
        tenant: web::Path<String>,
        second: Webhook<Metriport>,
        request: HttpRequest,
        body: Bytes,
    ) -> Ack {
        let extensions = request.extensions();
        let shared = extensions.get::<SharedDelivery<Metriport>>();
        let shared = shared.expect("the delivery");
        assert_eq!((**state, tenant.as_str()), ("state", "t-1"));
        assert_eq!(first.events(), second.events());
        assert_eq!(first.events(), shared.events());
        assert_eq!(first.raw(), &body);
        second.ack()
    }

    let routes = |app: &mut ServiceConfig| {
        // The inner scope changes the request, which it can as long as nobody else holds it.
        let inner = web::scope("").app_data(Data::new("state"));
        let inner = inner.service(web::resource("/{tenant}").to(handler));
        app.service(web::scope("").wrap(verify()).service(inner));
    };
    let answered = answer(routes, signed("/t-1", ADMIT)).await;
    assert_eq!(answered.told(), (200, "", None));
}

#[actix_web::test]
async fn a_handler_that_failed_is_answered_500_and_its_error_is_beside_the_answer() {
    async fn fail(_webhook: Webhook<Metriport>) -> Result<Ack, HandlerFailed> {
        Err(io::Error::new(io::ErrorKind::NotFound, "canary-error"))?
    }

    let app = App::new().service(web::resource("/hook").wrap(verify()).to(fail));
    let app = init_service(app).await;
    let response = signed("/hook", ADMIT).send_request(&app).await;
    assert_eq!(response.status(), 500);
    assert!(response.headers().is_empty());
    let error = response.response().extensions().get().cloned();
    let error: HandlerError = error.expect("the error");
    assert_eq!(error.to_string(), "canary-error");
    let failed = HandlerFailed::from("canary-error");
    assert!(!format!("{failed:?} {failed}").contains("canary"));
    assert!(read(response).await.body.is_empty());
}

#[actix_web::test]
async fn a_handlers_error_of_its_own_is_answered_as_actix_web_does() {
    async fn fail(webhook: Webhook<Metriport>) -> Result<Ack, Error> {
        Err(ErrorConflict(webhook.events().len()))
    }

    let routes = |app: &mut ServiceConfig| {
        app.service(web::resource("/hook").wrap(verify()).to(fail));
    };
    let answered = answer(routes, signed("/hook", ADMIT)).await;
    assert_eq!(answered.told(), (409, "1", None));
}

#[actix_web::test]
async fn outer_middlewares_see_refusals_as_ordinary_responses() {
    let routes = |app: &mut ServiceConfig| {
        app.service(
            web::resource("/hook")
                .wrap(verify())
                .wrap(DefaultHeaders::new().add(("x-layer", "set")))
                .to(acked),
        );
    };
    let layer = [("x-layer".to_owned(), "set".to_owned())];
    let good = answer(routes, signed("/hook", ADMIT)).await;
    assert_eq!(good.told(), (200, "", None));
    assert_eq!(good.headers, layer);
    let bad = answer(routes, forged("/hook")).await;
    assert_eq!(bad.told(), (401, "", Some("signature-mismatch")));
    assert_eq!(bad.headers, layer);
}

#[actix_web::test]
async fn what_an_outer_middleware_left_in_the_request_is_there_for_the_handler() {
    #[derive(Clone)]
    struct Marker(&'static str);

    async fn handler(marker: web::ReqData<Marker>, _webhook: Webhook<Metriport>) -> &'static str {
        marker.0
    }

    let middleware: Routes = |app| {
        app.service(web::resource("/hook").wrap(verify()).to(handler));
    };
    let extractor: Routes = |app| {
        app.service(web::resource("/hook").app_data(metriport()).to(handler));
    };
    for hook in [middleware, extractor] {
        let routes = |app: &mut ServiceConfig| {
            let scope = web::scope("").wrap_fn(|request, next| {
                request.extensions_mut().insert(Marker("left"));
                next.call(request)
            });
            app.service(scope.configure(hook));
        };
        let answered = answer(routes, signed("/hook", ADMIT)).await;
        assert_eq!(answered.told(), (200, "left", None));
    }
}

/// Answers 200 to what misses its header, and drops it.
async fn drop_unsigned(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(drop_if_unsigned(response))
}

fn drop_if_unsigned(response: ServiceResponse) -> ServiceResponse {
    let refused = response.response().extensions().get::<Refused>().cloned();
    match refused {
        Some(refused) if refused.rule() == "missing-header" => {
            response.into_response(HttpResponse::Ok().finish())
        }
        _ => response,
    }
}

#[actix_web::test]
async fn an_outer_middleware_can_answer_200_and_drop() {
    let by_fn = |app: &mut ServiceConfig| {
        let hook = web::resource("/hook").wrap(verify());
        app.service(hook.wrap(from_fn(drop_unsigned)).to(acked));
    };
    let by_service = |app: &mut ServiceConfig| {
        let scope = web::scope("").wrap_fn(|request, next| {
            let response = next.call(request);
            async { Ok(drop_if_unsigned(response.await?)) }
        });
        // The extractor's refusal is found as the middleware's is.
        let hook = web::resource("/hook").app_data(metriport()).to(acked);
        app.service(scope.service(hook));
    };
    let both: [Routes; 2] = [by_fn, by_service];
    for routes in both {
        let unsigned = TestRequest::post().uri("/hook").set_payload(ADMIT);
        assert_eq!(answer(routes, unsigned).await.told(), (200, "", None));
        assert_eq!(answer(routes, forged("/hook")).await.status, 401);
    }
}

#[actix_web::test]
async fn what_is_verified_and_not_decoded_is_in_the_extensions_and_the_hook() {
    let hooked = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&hooked);
    let receiver = Receiver::builder(Metriport::new(key("secret")))
        .on_error(move |error| {
            let raw = error.undecodable().map(|request| request.raw().clone());
            note.lock().expect("not poisoned").push((error.rule(), raw));
        })
        .build();
    let routes = move |app: &mut ServiceConfig| {
        let hook = web::resource("/hook").wrap(VerifyWebhook::new(receiver));
        app.service(hook.to(acked));
    };
    let body = ADMIT.replace("payload", "pay-load");
    let answered = answer(routes, signed("/hook", body.clone())).await;
    assert_eq!(answered.told(), (400, "", Some("undecodable")));
    let refused = answered.refused.expect("the refusal");
    let undecodable = refused.undecodable().expect("a verified request");
    assert_eq!(undecodable.raw(), &body);
    assert_eq!(undecodable.id().expect("an id"), &"m-1");
    let hooked = std::mem::take(&mut *hooked.lock().expect("not poisoned"));
    assert_eq!(hooked, [("undecodable", Some(Bytes::from(body)))]);
}

/// Makes the error that a body ends with.
type Ending = fn() -> PayloadError;

/// Ends the body after its first bytes with an error.
async fn end_body(request: TestRequest, error: Ending) -> Answered {
    let routes = |app: &mut ServiceConfig| {
        let scope = web::scope("").wrap_fn(move |mut request, next| {
            let frames = [Ok(Bytes::from_static(b"{")), Err(error())];
            request.set_payload(Payload::Stream {
                payload: Box::pin(stream::iter(frames)),
            });
            next.call(request)
        });
        app.service(scope.service(web::resource("/hook").wrap(verify()).to(acked)));
    };
    answer(routes, request).await
}

#[actix_web::test]
async fn a_body_that_ends_with_an_error_is_answered_as_that_says() {
    fn wrapped(failure: BodyFailure) -> PayloadError {
        PayloadError::Io(io::Error::other(failure))
    }

    fn reset() -> io::Error {
        io::Error::from(io::ErrorKind::ConnectionReset)
    }

    let cases: [(Ending, u16, &str); 8] = [
        (|| wrapped(BodyFailure::Timeout), 408, "body-timeout"),
        (|| wrapped(BodyFailure::TooLarge), 413, "body-too-large"),
        (|| wrapped(BodyFailure::NoRoom), 503, "no-room"),
        (|| wrapped(BodyFailure::BrokeOff), 400, "body-broke-off"),
        (|| PayloadError::Overflow, 413, "body-too-large"),
        (|| PayloadError::Incomplete(None), 400, "body-broke-off"),
        (
            || PayloadError::Incomplete(Some(reset())),
            400,
            "body-broke-off",
        ),
        (|| PayloadError::EncodingCorrupted, 400, "body-broke-off"),
    ];
    for (error, status, rule) in cases {
        let answered = end_body(signed("/hook", ADMIT), error).await;
        assert_eq!(answered.told(), (status, "", Some(rule)));
    }
}

#[actix_web::test]
async fn the_receivers_limit_alone_applies_to_verification() {
    let padded = format!("{}{ADMIT}", " ".repeat(900_000));
    let routes = |app: &mut ServiceConfig| {
        app.app_data(PayloadConfig::new(10))
            .service(web::resource("/hook").wrap(verify()).to(acked))
            .service(
                web::resource("/bytes")
                    .wrap(verify())
                    .to(async |_body: Bytes| "read"),
            );
    };
    assert_eq!(answer(routes, signed("/hook", padded)).await.status, 200);
    // What reads the body afterwards has its own limits.
    let later = answer(routes, signed("/bytes", ADMIT)).await;
    assert_eq!((later.status, later.refused.is_none()), (413, true));
    let over = " ".repeat(metriport().body_limit() + 1);
    let over = answer(routes, signed("/hook", over)).await;
    assert_eq!(over.told(), (413, "", Some("body-too-large")));
}
