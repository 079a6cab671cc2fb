//! The extractor without the middleware, and with the wrong one.

use std::sync::{Arc, Mutex};

use actix_web::error::ErrorImATeapot;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{Error, Resource, ResponseError as _};
use pulsehook_actix_web::human_api::HumanApi;
use pulsehook_actix_web::metriport::{Event, Metriport};
use pulsehook_actix_web::thryve::Thryve;
use pulsehook_actix_web::withings::Withings;
use pulsehook_actix_web::{
    Ack, Provider, Receiver, VerifyWebhook, Webhook, WebhookRejection, withings,
};
use pulsehook_core::RequestHead;
use tracing::Level;

use super::{Routes, acked, answer, as_test, forged, forged_by, ran, signed, verify};
use crate::captured;
use crate::endpoints::key;
use crate::support::{ADMIT, PING, metriport, watching};

#[actix_web::test]
async fn without_middleware_and_receiver_it_answers_500_and_logs_why() {
    let nothing = |app: &mut ServiceConfig| {
        app.service(web::resource("/hook").to(acked));
    };
    let another_middleware = |app: &mut ServiceConfig| {
        async fn handler(_webhook: Webhook<HumanApi>) -> Ack {
            panic!("not verified for Human API")
        }
        app.service(web::resource("/hook").wrap(verify()).to(handler));
    };
    let another_receiver = |app: &mut ServiceConfig| {
        let human_api = Receiver::new(HumanApi::new(key("secret")));
        app.app_data(Data::new(human_api.clone()))
            .app_data(human_api)
            .service(web::resource("/hook").to(acked));
    };
    let cases: [(Routes, &str); 3] = [
        (nothing, Metriport::NAME),
        (another_middleware, HumanApi::NAME),
        (another_receiver, Metriport::NAME),
    ];
    captured::begin();
    for (routes, provider) in cases {
        let answered = answer(routes, signed("/hook", ADMIT)).await;
        assert_eq!(answered.told(), (500, "", None));
        assert!(answered.headers.is_empty(), "{:?}", answered.headers);
        let lines = captured::take();
        let told = lines
            .iter()
            .filter(|line| line.contains("pulsehook::set_up"));
        let told: Vec<_> = told.collect();
        let [line] = told[..] else {
            panic!("not one event: {lines:?}");
        };
        assert!(line.is(Level::ERROR), "{line:?}");
        for part in [provider, "no receiver verified the request"] {
            assert!(line.contains(part), "no {part} in {line:?}");
        }
    }
}

fn in_app_data(app: &mut ServiceConfig) {
    app.app_data(metriport())
        .service(web::resource("/hook").to(acked));
}

fn in_web_data(app: &mut ServiceConfig) {
    app.app_data(Data::new(metriport()))
        .service(web::resource("/hook").to(acked));
}

fn by_middleware(app: &mut ServiceConfig) {
    app.service(web::resource("/hook").wrap(verify()).to(acked));
}

#[actix_web::test]
async fn alone_and_behind_the_middleware_the_answers_are_the_same() {
    let with = |name: &'static str, value: &'static str| {
        let name = HeaderName::from_static(name);
        signed("/hook", ADMIT).append_header((name, HeaderValue::from_static(value)))
    };
    let requests: [&dyn Fn() -> TestRequest; 8] = [
        &|| signed("/hook", ADMIT),
        &|| signed("/hook", PING),
        &|| forged("/hook"),
        &|| signed("/hook", "{"),
        &|| TestRequest::get().uri("/hook"),
        &|| TestRequest::post().uri("/hook").set_payload(ADMIT),
        &|| with("x-metriport-signature", "00"),
        &|| signed("/hook", ADMIT).insert_header(("content-length", "99999999")),
    ];
    let mut statuses = Vec::new();
    for request in requests {
        let behind = answer(by_middleware, request()).await;
        let forms: [Routes; 2] = [in_app_data, in_web_data];
        for alone in forms {
            let alone = answer(alone, request()).await;
            assert_eq!(alone.told(), behind.told());
            assert_eq!(alone.headers, behind.headers);
        }
        assert_eq!(behind.refused.is_some(), behind.status >= 400);
        statuses.push(behind.status);
    }
    assert_eq!(statuses, [200, 200, 401, 400, 405, 401, 401, 413]);
}

#[actix_web::test]
async fn alone_it_shows_the_ping_and_its_rejection_can_be_taken_over() {
    async fn handler(webhook: Result<Webhook<Metriport>, WebhookRejection>) -> Result<Ack, Error> {
        match webhook {
            Ok(webhook) => {
                assert!(matches!(webhook.events(), [Event::Ping(_)]));
                Ok(webhook.ack())
            }
            Err(rejection) => {
                assert!(!rejection.is_probe());
                let error = rejection.error().expect("a refusal");
                assert_eq!(error.rule(), "signature-mismatch");
                Err(ErrorImATeapot("taken over"))
            }
        }
    }

    let routes = |app: &mut ServiceConfig| {
        app.app_data(metriport())
            .service(web::resource("/hook").to(handler));
    };
    let ping = answer(routes, signed("/hook", PING)).await;
    assert_eq!(ping.told(), (200, r#"{"pong":"p-1"}"#, None));
    let taken_over = answer(routes, forged("/hook")).await;
    assert_eq!(taken_over.told(), (418, "taken over", None));
}

#[actix_web::test]
async fn its_rejection_says_what_the_error_of_the_core_does_and_no_more() {
    type Told = Arc<Mutex<Vec<(u16, String)>>>;

    async fn handler(
        webhook: Result<Webhook<Metriport>, WebhookRejection>,
        told: Data<Told>,
    ) -> Result<Ack, WebhookRejection> {
        let note = |rejection: &WebhookRejection| {
            let status = rejection.status_code().as_u16();
            let mut told = told.lock().expect("not poisoned");
            told.push((status, rejection.to_string()));
        };
        Ok(webhook.inspect_err(note)?.ack())
    }

    let body = ADMIT.replace("p-1", "canary-body");
    let forged = pulsehook_core::metriport::testing::sign(&key("canary-secret"), body);
    let headers = forged.headers();
    let head = RequestHead::new(forged.method(), "/hook", &headers);
    let core = metriport().receive(head.with_query(Some("canary")), forged.body().clone());
    let core = core.expect_err("forged").to_string();

    let told = Told::default();
    let routes = |app: &mut ServiceConfig| {
        app.app_data(metriport())
            .app_data(Data::new(Arc::clone(&told)))
            .service(web::resource("/hook").to(handler));
    };
    let answered = answer(routes, as_test("/hook?canary", &forged)).await;
    assert_eq!(answered.told(), (401, "", Some("signature-mismatch")));
    assert!(!core.contains("canary"), "{core}");
    assert_eq!(*told.lock().expect("not poisoned"), [(401, core)]);
}

#[actix_web::test]
async fn with_the_middleware_of_its_receiver_a_request_is_verified_once() {
    let forms: [fn(Resource, Receiver<Metriport>) -> Resource; 2] = [
        |hook, receiver| hook.app_data(receiver),
        |hook, receiver| hook.app_data(Data::new(receiver)),
    ];
    for form in forms {
        let (receiver, seen) = watching();
        let routes = move |app: &mut ServiceConfig| {
            let hook = form(web::resource("/hook"), receiver.clone()).to(acked);
            let verify = VerifyWebhook::new(receiver);
            app.service(web::scope("").wrap(verify).service(hook));
        };
        let answered = answer(routes, signed("/hook", ADMIT)).await;
        assert_eq!(answered.told(), (200, "", None));
        assert_eq!(seen.lock().expect("not poisoned").len(), 1);
    }
}

#[actix_web::test]
async fn alone_it_answers_probes() {
    let routes = |app: &mut ServiceConfig| {
        let withings = Withings::builder().danger_accept_unauthenticated().build();
        let handler = async |_webhook: Webhook<Withings>| "ran";
        app.app_data(Receiver::new(withings.expect("a configuration")))
            .service(web::resource("/hook").to(handler));
    };
    let probe = TestRequest::get().uri("/hook");
    assert_eq!(answer(routes, probe).await.told(), (200, "", None));
    let notification = withings::testing::notification("userid=1&startdate=1&enddate=2&appli=4");
    let answered = answer(routes, as_test("/hook", &notification)).await;
    assert_eq!(answered.told(), (200, "ran", None));
}

/// Takes the body before the extractor does.
async fn taken<P: Provider>(_body: Bytes, _webhook: Webhook<P>) -> &'static str {
    "ran"
}

#[actix_web::test]
async fn a_body_that_another_extractor_took_is_refused() {
    let alone = |app: &mut ServiceConfig| {
        // Nothing signs a body here, so that an empty one would be authentic.
        let withings = Withings::builder().danger_accept_unauthenticated().build();
        let thryve = Thryve::builder().danger_accept_unauthenticated().build();
        app.app_data(metriport())
            .app_data(Receiver::new(withings.expect("a configuration")))
            .app_data(Receiver::new(thryve.expect("a configuration")))
            .route("/metriport", web::to(taken::<Metriport>))
            .route("/withings", web::to(taken::<Withings>))
            .route("/thryve", web::to(taken::<Thryve>));
    };
    let answered = answer(alone, signed("/metriport", ADMIT)).await;
    assert_eq!(answered.told(), (400, "", Some("body-broke-off")));
    let notification = withings::testing::notification("userid=1&startdate=1&enddate=2&appli=4");
    let answered = answer(alone, as_test("/withings", &notification)).await;
    assert_eq!(answered.told(), (400, "", Some("body-broke-off")));
    let push = pulsehook_core::thryve::testing::unsigned("{}");
    let answered = answer(alone, as_test("/thryve", &push)).await;
    assert_eq!(answered.told(), (400, "", Some("body-broke-off")));

    // Behind the middleware any order does.
    let behind = |app: &mut ServiceConfig| {
        let handler = web::to(taken::<Metriport>);
        app.route("/metriport", handler.wrap(VerifyWebhook::new(metriport())));
    };
    let answered = answer(behind, signed("/metriport", ADMIT)).await;
    assert_eq!(answered.told(), (200, "ran", None));
}

#[actix_web::test]
async fn a_receiver_nearer_to_the_handler_is_found_first() {
    let routes = |app: &mut ServiceConfig| {
        let other = Receiver::new(Metriport::new(key("other")));
        app.app_data(other).service(
            web::scope("")
                .app_data(metriport())
                .service(web::resource("/hook").to(ran)),
        );
    };
    let answered = answer(routes, signed("/hook", ADMIT)).await;
    assert_eq!(answered.told(), (200, "ran for m-1", None));
    assert_eq!(answer(routes, forged("/hook")).await.status, 401);
}

#[actix_web::test]
async fn a_handler_has_one_receiver_and_of_two_none_is_chosen() {
    type Outer = fn(&mut ServiceConfig, Receiver<Metriport>);
    type Inner = fn(Resource, Receiver<Metriport>) -> Resource;

    fn plain(app: &mut ServiceConfig, receiver: Receiver<Metriport>) {
        app.app_data(receiver);
    }
    fn data(app: &mut ServiceConfig, receiver: Receiver<Metriport>) {
        app.app_data(Data::new(receiver));
    }
    let near_plain: Inner = |hook, receiver| hook.app_data(receiver);
    let near_data: Inner = |hook, receiver| hook.app_data(Data::new(receiver));
    // Of the same form, the nearer one hides the other.
    let cases: [(Outer, Inner, u16); 4] = [
        (plain, near_plain, 200),
        (data, near_data, 200),
        (plain, near_data, 500),
        (data, near_plain, 500),
    ];
    for (outer, inner, status) in cases {
        let far = Receiver::new(Metriport::new(key("another")));
        let near = metriport();
        let routes = |app: &mut ServiceConfig| {
            outer(app, far.clone());
            app.service(inner(web::resource("/hook"), near.clone()).to(acked));
        };
        assert_eq!(answer(routes, signed("/hook", ADMIT)).await.status, status);
        let by_the_far_key = forged_by("another", "/hook");
        let refused = if status == 200 { 401 } else { 500 };
        assert_eq!(answer(routes, by_the_far_key).await.status, refused);

        // Clones of one are one.
        let routes = |app: &mut ServiceConfig| {
            outer(app, near.clone());
            app.service(inner(web::resource("/hook"), near.clone()).to(acked));
        };
        assert_eq!(answer(routes, signed("/hook", ADMIT)).await.status, 200);
    }
}

#[actix_web::test]
async fn a_middlewares_delivery_is_not_that_of_another_receiver() {
    let behind = |inside: Receiver<Metriport>, outside: &Receiver<Metriport>| {
        let middleware = VerifyWebhook::new(outside.clone());
        move |app: &mut ServiceConfig| {
            let hook = web::resource("/hook").app_data(inside).to(acked);
            app.service(web::scope("").wrap(middleware).service(hook));
        }
    };
    let receiver = metriport();
    let same = behind(receiver.clone(), &receiver);
    assert_eq!(answer(same, signed("/hook", ADMIT)).await.status, 200);
    // The same key in a receiver of its own is another endpoint's all the same.
    let other = behind(metriport(), &receiver);
    assert_eq!(
        answer(other, signed("/hook", ADMIT)).await.told(),
        (500, "", None)
    );
}
