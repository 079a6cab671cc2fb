//! Every message of the fixtures, decoded by its provider.

use std::error::Error as _;
use std::fmt::Write as _;
use std::path::PathBuf;

use pulsehook_core::follow_up::{Context, FollowUpApi};
use pulsehook_core::human_api::{self, EndpointKind, HumanApi};
use pulsehook_core::jiff::Timestamp;
use pulsehook_core::metriport::{self, Metriport};
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::thryve::{self, Thryve};
use pulsehook_core::view::NeutralView;
use pulsehook_core::withings::{self, Withings};
use pulsehook_core::{
    Delivery, Outcome, Provider, Receiver, RequestHead, SharedSecret, SigningKey, UrlSecrets,
};
use serde::Serialize;

use super::odd;
use super::row::Row;

/// The messages of one provider.
pub(super) struct Catalogue {
    pub(super) provider: &'static str,
    pub(super) title: &'static str,
    /// In the order of their names.
    pub(super) messages: Vec<Message>,
}

/// One message.
pub(super) struct Message {
    /// The fixture's name, without its extension.
    pub(super) name: String,
    /// Events, views and calls as JSON.
    pub(super) json: String,
    /// One row for each event.
    pub(super) rows: Vec<Row>,
    /// Whether the page shows it; what is odd has a snapshot alone.
    pub(super) is_shown: bool,
}

/// One body.
pub(super) struct Fixture {
    pub(super) name: String,
    pub(super) is_form: bool,
    pub(super) body: Vec<u8>,
}

impl Catalogue {
    pub(super) fn all() -> [Self; 4] {
        [human_api(), metriport(), thryve(), withings()]
    }

    fn new<P, A>(
        title: &'static str,
        receiver: &Receiver<P>,
        api: &A,
        requests: Vec<(String, SignedRequest)>,
    ) -> Self
    where
        P: Provider<Event: NeutralView + Serialize>,
        A: FollowUpApi<Event = P::Event>,
    {
        let mut messages: Vec<_> = requests
            .into_iter()
            .map(|(name, request)| {
                let delivery = receive(receiver, &request);
                let (json, rows) = describe(&delivery, api);
                let is_shown = !odd::is_odd(&name);
                Message {
                    name,
                    json,
                    rows,
                    is_shown,
                }
            })
            .collect();
        messages.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            provider: P::NAME,
            title,
            messages,
        }
    }
}

/// What the application knows: a minute after Metriport's messages, long after the others.
fn context() -> Context {
    let instant = |text: &str| text.parse::<Timestamp>().expect("an instant");
    Context::at(instant("2026-02-03T04:06:00Z")).with_last_sync(instant("2024-01-27T12:00:00Z"))
}

fn key() -> SigningKey {
    SigningKey::from_text("a key of the fixtures").expect("a key")
}

fn metriport() -> Catalogue {
    let requests = fixtures("metriport/messages")
        .chain(odd::bodies(odd::METRIPORT))
        .map(|fixture| (fixture.name, metriport::testing::sign(&key(), fixture.body)));
    Catalogue::new(
        "Metriport",
        &Receiver::new(Metriport::new(key())),
        &metriport::Api::default(),
        requests.collect(),
    )
}

fn human_api() -> Catalogue {
    let sign = |body: Vec<u8>| human_api::testing::sign(&key(), body, "1770091506789", "1");
    let mut requests: Vec<_> = fixtures("human-api/items")
        .chain(odd::bodies(odd::HUMAN_API))
        .map(|fixture| (fixture.name, sign(fixture.body)))
        .collect();
    requests.extend(EndpointKind::KNOWN.iter().map(|kind| {
        let path = kind.path().expect("a known kind");
        let body = serde_json::json!([{
            "humanId": "5ad1c0ffee5ad1c0ffee5ad1c0ffee01",
            "updatedAt": "2026-02-03T04:05:06.789Z",
            "action": "created",
            "objectId": "65bdc0ffee0011223344aa01",
            "endpoint": format!("https://api.humanapi.co/v1/human/{path}"),
        }]);
        let name = format!("data-{}", path.replace('/', "-"));
        (name, sign(body.to_string().into_bytes()))
    }));
    Catalogue::new(
        "Human API",
        &Receiver::new(HumanApi::new(key())),
        &human_api::Api::default().with_client_id("the-client-id"),
        requests,
    )
}

fn thryve() -> Catalogue {
    let messages = fixtures("thryve/messages").chain(odd::bodies(odd::THRYVE));
    let requests = messages.map(|fixture| {
        let request = thryve::testing::sign(&key(), fixture.body, "1706400000000");
        (fixture.name, request)
    });
    let provider = Thryve::builder().keys(key()).build().expect("a provider");
    Catalogue::new(
        "Thryve",
        &Receiver::new(provider),
        &thryve::Api::default(),
        requests.collect(),
    )
}

fn withings() -> Catalogue {
    let order_updates = fixtures("withings/order-updates").map(|fixture| Fixture {
        name: format!("order-update-{}", fixture.name),
        ..fixture
    });
    let bodies = fixtures("withings/notifications")
        .chain(order_updates)
        .chain(odd::bodies(odd::WITHINGS));
    let requests = bodies.map(|fixture| {
        let request = if fixture.is_form {
            withings::testing::notification(fixture.body)
        } else {
            withings::testing::order_update(fixture.body)
        };
        (fixture.name, request)
    });
    let secret = SharedSecret::from_text("secret").expect("a secret");
    let provider = Withings::builder()
        .url_secrets(UrlSecrets::in_query("token", secret))
        .order_updates()
        .build()
        .expect("a provider");
    Catalogue::new(
        "Withings",
        &Receiver::new(provider),
        &withings::Api::default(),
        requests.collect(),
    )
}

/// Reads the bodies of a folder.
fn fixtures(folder: &str) -> impl Iterator<Item = Fixture> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(folder);
    std::fs::read_dir(folder)
        .expect("fixtures")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| Fixture {
            name: path
                .file_stem()
                .and_then(|name| name.to_str())
                .expect("a name")
                .to_owned(),
            is_form: path.extension().is_some_and(|it| it == "form"),
            body: std::fs::read(&path).expect("a body").trim_ascii().to_vec(),
        })
}

fn receive<P: Provider>(receiver: &Receiver<P>, request: &SignedRequest) -> Delivery<P::Event> {
    let headers = request.headers();
    let head =
        RequestHead::new(request.method(), "/hook", &headers).with_query(Some("token=secret"));
    match receiver.receive(head, request.body().clone()) {
        Ok(Outcome::Accepted(delivery)) => delivery,
        Ok(_) => panic!("a probe"),
        Err(error) => panic!("{}: {error}: {:?}", P::NAME, error.source()),
    }
}

/// Puts down all that is known of a delivery's events.
fn describe<E, A>(delivery: &Delivery<E>, api: &A) -> (String, Vec<Row>)
where
    E: NeutralView + Serialize,
    A: FollowUpApi<Event = E>,
{
    let mut json = String::new();
    let mut rows = Vec::new();
    for event in delivery.events() {
        let views = event.views();
        let follow_ups = api.follow_ups(event, &context());
        for (name, text) in [
            ("event", serde_json::to_string_pretty(event)),
            ("views", serde_json::to_string_pretty(&views)),
            ("follow_ups", serde_json::to_string_pretty(&follow_ups)),
        ] {
            let text = text.expect("JSON");
            let blank = if json.is_empty() { "" } else { "\n" };
            writeln!(json, "{blank}{name}: {text}").expect("room");
        }
        rows.push(Row::new(&views, &follow_ups));
    }
    (json, rows)
}
