//! Configuration of the provider.

use super::Withings;
use crate::address::AllowedAddresses;
use crate::credentials::UrlSecrets;
use crate::error::ConfigError;

/// Configures [`Withings`].
///
/// ```
/// use pulsehook_core::address::{AddressList, AllowedAddresses};
/// use pulsehook_core::withings::Withings;
/// use pulsehook_core::{SharedSecret, SharedSecrets, UrlSecrets};
///
/// let secrets = SharedSecrets::new("2026-11", SharedSecret::from_text("new, long and random")?)
///     .with("2026-05", SharedSecret::from_text("old, long and random")?)?;
/// let (addresses, _ignored) = AddressList::from_txt(["192.0.2.0/24 198.51.100.7"])?;
/// let withings = Withings::builder()
///     .url_secrets(UrlSecrets::in_query("token", secrets))
///     .allowed_addresses(AllowedAddresses::new(addresses))
///     .build()?;
/// # let _ = withings;
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct WithingsBuilder {
    url_secrets: Option<UrlSecrets>,
    allowed_addresses: Option<AllowedAddresses>,
    order_updates: bool,
    acknowledge_unauthenticated: bool,
    accept_unauthenticated: bool,
}

impl WithingsBuilder {
    pub(super) fn new() -> Self {
        Self {
            url_secrets: None,
            allowed_addresses: None,
            order_updates: false,
            acknowledge_unauthenticated: false,
            accept_unauthenticated: false,
        }
    }

    /// Asks every request, probes included, for a secret in its URL.
    pub fn url_secrets(mut self, url_secrets: UrlSecrets) -> Self {
        self.url_secrets = Some(url_secrets);
        self
    }

    /// Takes requests, probes included, from some addresses only.
    ///
    /// This is no credential: alone it needs
    /// [`danger_accept_unauthenticated`](WithingsBuilder::danger_accept_unauthenticated).
    pub fn allowed_addresses(mut self, allowed: AllowedAddresses) -> Self {
        self.allowed_addresses = Some(allowed);
        self
    }

    /// Also takes updates of orders that are shipped, as [`Event::OrderUpdate`].
    ///
    /// They are set up in the dashboard, without subscription, and are JSON; an older text of the
    /// guide says form data, which is taken as well. Off by default: JSON is then refused (415).
    ///
    /// A body is an update when it has neither `appli` nor `userid`, and one of the fields of
    /// [`OrderUpdate`](super::OrderUpdate).
    ///
    /// [`Event::OrderUpdate`]: super::Event::OrderUpdate
    pub fn order_updates(mut self) -> Self {
        self.order_updates = true;
        self
    }

    /// Answers deliveries that are not authentic with 200, and drops them.
    ///
    /// 401 is right for forgeries. But a secret that is configured wrongly then looks like an
    /// outage to Withings, which cancels the subscription after days of failures, and
    /// notifications are not sent again. With this option the subscription lives on. The
    /// receiver's hook and log see each refusal all the same: watch them, because nothing else
    /// tells that notifications are lost.
    ///
    /// Probes are answered 401 in any case, so that a wrong secret shows when a subscription is
    /// made.
    pub fn acknowledge_unauthenticated(mut self) -> Self {
        self.acknowledge_unauthenticated = true;
        self
    }

    /// Accepts requests without a secret.
    ///
    /// Anyone who knows the URL can send such requests; their deliveries say
    /// [`Authenticity::None`](crate::Authenticity::None), also behind a list of addresses.
    pub fn danger_accept_unauthenticated(mut self) -> Self {
        self.accept_unauthenticated = true;
        self
    }

    /// Makes the provider.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::NothingVerified`] without secrets, and
    /// [`ConfigError::Contradiction`] when there are secrets and unauthenticated requests are to
    /// be accepted as well.
    pub fn build(self) -> Result<Withings, ConfigError> {
        match (&self.url_secrets, self.accept_unauthenticated) {
            (None, false) => Err(ConfigError::NothingVerified),
            (Some(_), true) => Err(ConfigError::Contradiction),
            (Some(_), false) | (None, true) => Ok(Withings {
                url_secrets: self.url_secrets,
                allowed_addresses: self.allowed_addresses,
                order_updates: self.order_updates,
                acknowledge_unauthenticated: self.acknowledge_unauthenticated,
            }),
        }
    }
}
