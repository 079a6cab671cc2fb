//! A warp application that receives Metriport and Human API.
//!
//! ```sh
//! METRIPORT_WEBHOOK_KEY=one HUMAN_API_CLIENT_SECRET=two cargo run -p example-warp-two-providers
//! curl -i http://127.0.0.1:3000/received
//! curl -i -d '{"ping":"unsigned"}' http://127.0.0.1:3000/hooks/metriport     # 401
//! ```
//!
//! `LISTEN` sets the address; with port 0 a free port is taken, and printed.
//!
//! To send signed deliveries, see the tests beside this file.

use std::error::Error;

use example_warp_two_providers::{Secrets, app};
use pulsehook_warp::{ConfigError, SigningKey};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = app(Secrets {
        metriport: secret("METRIPORT_WEBHOOK_KEY")?,
        human_api: secret("HUMAN_API_CLIENT_SECRET")?,
    });
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    // Bound here and not by `warp::Server::bind`, which panics where an address cannot be had.
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    warp::serve(app)
        .incoming(listener)
        .graceful(async {
            // Without a signal handler there is nothing to wait for.
            let _ = tokio::signal::ctrl_c().await;
        })
        .run()
        .await;
    Ok(())
}

/// Reads a secret from the environment; an unset or blank one ends the program.
fn secret(variable: &str) -> Result<SigningKey, String> {
    let text = std::env::var(variable).map_err(|_| format!("{variable} is not set"))?;
    SigningKey::from_text(text).map_err(|error: ConfigError| format!("{variable}: {error}"))
}
