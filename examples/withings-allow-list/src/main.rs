//! An axum application that receives Withings, from the addresses that Withings publishes alone.
//!
//! ```sh
//! WITHINGS_URL_SECRET=one cargo run -p example-withings-allow-list
//! curl -i 'http://127.0.0.1:3000/hooks/withings?token=one'     # 401: 127.0.0.1 is not Withings
//! ```
//!
//! The addresses are read from DNS at the start, without which the program ends, and again every
//! hour. Behind a proxy name it, and it must write `X-Forwarded-For`:
//!
//! ```sh
//! WITHINGS_URL_SECRET=one TRUSTED_PROXIES='127.0.0.1 10.0.0.0/8' cargo run -p example-withings-allow-list
//! ```
//!
//! `DNS_SERVER` names a server to ask, such as `9.9.9.9:53`, in place of the machine's own.
//! `LISTEN` sets the address; with port 0 a free port is taken, and printed.

use std::error::Error;
use std::net::SocketAddr;

use example_withings_allow_list::published::{
    NAMES, RENEWED_EVERY, keep_renewing, published, report, resolver,
};
use example_withings_allow_list::{Settings, app};
use pulsehook_axum::address::AddressList;
use pulsehook_axum::{SharedSecret, Swappable};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url_secret = variable("WITHINGS_URL_SECRET").ok_or("WITHINGS_URL_SECRET is not set")?;
    let url_secret = SharedSecret::from_text(url_secret)
        .map_err(|error| format!("WITHINGS_URL_SECRET: {error}"))?;
    let proxies = variable("TRUSTED_PROXIES").map(blocks).transpose()?;
    let server = variable("DNS_SERVER").map(|server| server.parse());
    let resolver = resolver(server.transpose()?)?;

    // Without a list there is nothing to check by, so the program does not start.
    let (list, ignored) = published(&resolver, &NAMES).await?;
    report(&ignored);
    println!("{} address blocks", list.blocks().len());
    let allowed = Swappable::new(list);
    tokio::spawn(keep_renewing(
        resolver,
        &NAMES,
        allowed.clone(),
        RENEWED_EVERY,
    ));

    let app = app(Settings {
        url_secret,
        allowed,
        proxies,
    })?;
    let address = variable("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(
        listener,
        // The address of the connection, without which no request is allowed.
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async {
        // Without a signal handler there is nothing to wait for.
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    Ok(())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads the proxies; here nothing may be left out.
fn blocks(text: String) -> Result<AddressList, String> {
    match AddressList::from_txt([text]) {
        Ok((list, ignored)) if ignored.is_empty() => Ok(list),
        Ok((_, ignored)) => Err(format!("TRUSTED_PROXIES: no addresses: {ignored:?}")),
        Err(error) => Err(format!("TRUSTED_PROXIES: {error}")),
    }
}
