//! What later extractors see of the body, behind the middleware.

use std::io::{Read as _, Write as _};
use std::time::SystemTime;

use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes, Json, ServiceConfig};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use pulsehook_actix_web::{
    Authenticity, DecodeError, Head, Provider, Receiver, Verified, VerifyError, VerifyWebhook,
};
use pulsehook_core::{Decoded, Opening, Proof, Verdict, WantedHeader};
use serde_json::Value;

use super::{answer, signed, verify};
use crate::adapters::actix_web::serve;
use crate::cases::gzip;
use crate::client::{Framing, exchange};
use crate::support::{ADMIT, wire};

async fn raw_of(payload: web::Payload) -> Bytes {
    let bytes = payload.to_bytes_limited(1 << 20).await;
    bytes.expect("small").expect("a body")
}

/// Routes without `Webhook`, so that the middleware alone stands before the extractor.
fn routes(app: &mut ServiceConfig) {
    app.service(
        web::scope("")
            .wrap(verify())
            .route("/bytes", web::to(async |body: Bytes| body))
            .route("/text", web::to(async |body: String| body))
            .route("/payload", web::to(raw_of))
            .route("/json", web::to(async |body: Json<Value>| body)),
    );
}

#[actix_web::test]
async fn later_extractors_see_the_exact_bytes() {
    // Spaces and escapes that nobody would write again.
    let body = ADMIT.replace(':', " : ").replace("p-1", "p\\u002d1");
    for path in ["/bytes", "/text", "/payload"] {
        let answered = answer(routes, signed(path, body.clone())).await;
        assert_eq!(answered.told(), (200, body.as_str(), None), "{path}");
    }
    let answered = answer(routes, signed("/json", body.clone())).await;
    let expect: Value = serde_json::from_str(&body).expect("JSON");
    let found: Value = serde_json::from_slice(&answered.body).expect("JSON");
    assert_eq!(found, expect);
}

#[test]
fn later_extractors_see_the_exact_bytes_of_a_chunked_body() {
    let server = serve(1, routes);
    for path in ["/bytes", "/text", "/payload"] {
        for framing in [Framing::Length, Framing::Chunked(1), Framing::Chunked(7)] {
            let request = wire(path, ADMIT).framing(framing);
            let answer = exchange(server.address, &request).expect("an answer");
            let body = String::from_utf8(answer.body).expect("text");
            assert_eq!((answer.status, body.as_str()), (200, ADMIT), "{path}");
        }
    }
}

/// A provider whose deliveries are nothing but certain bytes.
struct Exactly(Vec<u8>);

impl Provider for Exactly {
    const NAME: &'static str = "exactly";

    type Event = ();
    type Check = ();

    fn headers(&self) -> Vec<WantedHeader> {
        Vec::new()
    }

    fn begin(&self, _head: &Head<'_>) -> Result<Opening<()>, VerifyError> {
        Ok(Opening::Check(()))
    }

    fn finish(
        &self,
        (): (),
        _head: &Head<'_>,
        body: &Bytes,
        _now: SystemTime,
    ) -> Result<Verdict, VerifyError> {
        if *body == self.0 {
            Ok(Verdict::Accepted(Proof::new(Authenticity::SharedSecret)))
        } else {
            Err(VerifyError::SignatureMismatch)
        }
    }

    fn decode(&self, _verified: &Verified<'_, Self>) -> Result<Decoded<()>, DecodeError> {
        Ok(Decoded::new(vec![()]))
    }
}

#[actix_web::test]
async fn the_verifier_sees_compressed_bytes_and_later_extractors_do_not() {
    let compressed = gzip(ADMIT);
    let receiver = Receiver::new(Exactly(compressed.clone()));
    let routes = |app: &mut ServiceConfig| {
        app.service(
            web::scope("")
                .wrap(VerifyWebhook::new(receiver.clone()))
                .route("/bytes", web::to(async |body: Bytes| body))
                .route("/payload", web::to(raw_of)),
        );
    };
    let send = async |path: &str, body: Vec<u8>| {
        let request = TestRequest::post().uri(path);
        let request = request.insert_header(("content-encoding", "gzip"));
        answer(routes, request.set_payload(body)).await
    };
    let bytes = send("/bytes", compressed.clone()).await;
    assert_eq!(bytes.told(), (200, ADMIT, None));
    let payload = send("/payload", compressed.clone()).await;
    assert_eq!(
        (payload.status, payload.body),
        (200, compressed.clone().into())
    );
    // Other bytes that unpack to the same are another body.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(ADMIT.as_bytes()).expect("memory");
    let other = encoder.finish().expect("memory");
    let mut unpacked = String::new();
    let read = GzDecoder::new(other.as_slice()).read_to_string(&mut unpacked);
    assert_eq!(
        (read.expect("text"), unpacked.as_str()),
        (ADMIT.len(), ADMIT)
    );
    let other = send("/bytes", other).await;
    assert_eq!(other.told(), (401, "", Some("signature-mismatch")));
}
