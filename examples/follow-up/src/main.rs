//! An axum application that fetches what Withings' notifications point to, and prints the weights.
//!
//! It starts a fake of Withings' API in the same process, so that nothing leaves the machine:
//!
//! ```sh
//! WITHINGS_URL_SECRET=one cargo run -p example-follow-up
//! curl -d 'userid=12345&appli=1&startdate=1706400000&enddate=1706400060' \
//!     'http://127.0.0.1:3000/hooks/withings?token=one'
//! ```
//!
//! The fake knows that user and that window; for another it says what the API would say, and the
//! program prints it. Calls that need a signature are named and not made.
//!
//! `LISTEN` sets the address; with port 0 a free port is taken, and printed.

use std::error::Error;

use example_follow_up::{Fetcher, Settings, app, fake};
use pulsehook_axum::SharedSecret;
use pulsehook_axum::follow_up::Origin;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // One for the process; that another is there already is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url_secret = variable("WITHINGS_URL_SECRET").ok_or("WITHINGS_URL_SECRET is not set")?;
    let url_secret = SharedSecret::from_text(url_secret)
        .map_err(|error| format!("WITHINGS_URL_SECRET: {error}"))?;

    let fake = TcpListener::bind("127.0.0.1:0").await?;
    let origin = Origin::new(&format!("http://{}", fake.local_addr()?))?;
    println!("a fake of Withings' API at {}", origin.as_str());
    tokio::spawn(async move { axum::serve(fake, fake::api()).await });

    let (app, notifications) = app(Settings { url_secret });
    tokio::spawn(Fetcher::new(origin)?.run(notifications));

    let address = variable("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            // Without a signal handler, the program ends at once on Ctrl-C, which is fine here.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
