//! The application: an endpoint that hands notifications on, and a task that fetches what they
//! point to.

use std::error::Error;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use pulsehook_axum::follow_up::{Call, Context, FollowUpApi as _, Origin};
use pulsehook_axum::jiff::Timestamp;
use pulsehook_axum::withings::{self, Answer, Api, Event, Withings};
use pulsehook_axum::{Delivery, Receiver, SharedSecret, UrlSecrets, receive};
use tokio::sync::mpsc;

pub mod fake;

/// How many pages of one answer are fetched.
const MOST_PAGES: usize = 100;

/// What the application is told.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the program makes it")]
pub struct Settings {
    /// The value of `token` in the callback URL.
    pub url_secret: SharedSecret,
}

/// Makes the endpoint, and the queue of what arrives there. A real application keeps its queue on
/// disk: what is acknowledged is not sent again.
pub fn app(settings: Settings) -> (Router, mpsc::Receiver<Event>) {
    let (queue, notifications) = mpsc::channel(1000);
    let withings = Withings::new(UrlSecrets::in_query("token", settings.url_secret));
    let route = receive(Receiver::new(withings), on_withings);
    let app = Router::new().route("/hooks/withings", route);
    (app.with_state(queue), notifications)
}

/// Withings waits 2 seconds, so nothing is fetched here.
async fn on_withings(
    delivery: Delivery<Event>,
    State(queue): State<mpsc::Sender<Event>>,
) -> Result<(), io::Error> {
    for event in delivery.into_events() {
        // A full queue answers 500, and Withings sends the notification again.
        queue.try_send(event).map_err(io::Error::other)?;
    }
    Ok(())
}

/// Fetches what notifications point to.
#[derive(Debug)]
pub struct Fetcher {
    api: Api,
    client: reqwest::Client,
}

// README: begin
impl Fetcher {
    /// Makes one for an API, such as the fake or `https://wbsapi.withings.net`.
    ///
    /// # Errors
    ///
    /// Returns what the HTTP client says, if it cannot be made.
    pub fn new(origin: Origin) -> Result<Self, Box<dyn Error>> {
        let client = reqwest::Client::builder()
            // A call that was redirected would carry the token to wherever it is sent.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()?;
        let api = Api::new().with_origin(origin);
        Ok(Self { api, client })
    }

    /// Works until the endpoint is gone.
    pub async fn run(self, mut notifications: mpsc::Receiver<Event>) {
        while let Some(event) = notifications.recv().await {
            let follow_ups = self.api.follow_ups(&event, &Context::at(Timestamp::now()));
            // An alternative brings what the calls before it bring.
            for call in follow_ups
                .calls
                .into_iter()
                .filter(|it| !it.is_alternative())
            {
                println!("{}: {}", event.name(), call.name());
                if let Err(error) = self.fetch(call).await {
                    println!("failed: {error}");
                }
            }
            for refused in follow_ups.refused {
                println!("not called: {refused}");
            }
        }
    }

    /// Makes a call, and those of the pages that follow.
    async fn fetch(&self, call: Call) -> Result<(), Box<dyn Error>> {
        let needs = call.credential().ok_or("it needs no credential")?;
        let Some(user) = &needs.user else {
            return Err(format!("it needs a credential of the kind {}", needs.kind).into());
        };
        let token = withings::user_token(&token_of(user))?;
        let mut next = Some(call);
        for _ in 0..MOST_PAGES {
            let Some(call) = next else { break };
            let request = call.request(&token)?.try_into()?;
            let response = self.client.execute(request).await?.error_for_status()?;
            let answer = Answer::read(&response.bytes().await?)?;
            if call.name() == Api::GETMEAS {
                for group in answer.measures()?.groups {
                    let date = group.date.unwrap_or_default();
                    for measure in group.measures {
                        let name = measure.name().unwrap_or("measure");
                        println!("{date} {name} {}", measure.amount());
                    }
                }
            }
            next = Api::next_page(&call, &answer);
        }
        Ok(())
    }
}
// README: end

/// Returns the token of a user; a real application has a store of them, and renews them.
fn token_of(user: &str) -> String {
    format!("token-of-{user}")
}
