//! The application: an endpoint that hands notifications on, and a task that fetches what they
//! point to.

use std::error::Error;
use std::io;

use axum::Router;
use axum::extract::State;
use pulsehook_axum::follow_up::{Authorization, Call, Context, FollowUpApi as _, Origin};
use pulsehook_axum::jiff::Timestamp;
use pulsehook_axum::withings::{Answer, Api, Event, Withings};
use pulsehook_axum::{Delivery, Receiver, SharedSecret, UrlSecrets, receive};
use tokio::sync::mpsc;

pub mod fake;

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
        // A call that was redirected would carry the token to wherever it is sent.
        let no_redirects = reqwest::redirect::Policy::none();
        Ok(Self {
            api: Api::default().with_origin(origin),
            client: reqwest::Client::builder().redirect(no_redirects).build()?,
        })
    }

    /// Works until the endpoint is gone.
    pub async fn run(self, mut notifications: mpsc::Receiver<Event>) {
        while let Some(event) = notifications.recv().await {
            let follow_ups = self.api.follow_ups(&event, &Context::at(Timestamp::now()));
            for call in follow_ups.calls {
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
        let user = call.credential().and_then(|it| it.user.as_deref());
        let token = Authorization::bearer(&token_of(user.ok_or("not a user's data")?))?;
        let mut next = Some(call);
        while let Some(call) = next {
            let request = call.request(&token)?.try_into()?;
            let response = self.client.execute(request).await?;
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
