//! The only doors past verification, each named for what it does.
//!
//! Whoever reviews an application looks for this module's name. Providers that can be configured
//! to accept unauthenticated requests spell their option with the same word.

use crate::error::ConfigError;
use crate::provider::Provider;
use crate::receiver::Receiver;
use crate::stored::StoredRequest;
use crate::verified::Verified;

/// Takes a stored request as verified, on the word of the store that kept it.
///
/// Nothing is verified again: the keys may have been rotated since, and the headers that were
/// signed are not stored. Use it for requests from a store that only your own receivers write to.
///
/// ```
/// use pulsehook_core::metriport::Metriport;
/// use pulsehook_core::{danger, Outcome, Receiver, RequestHead, SigningKey};
///
/// let receiver = Receiver::new(Metriport::new(SigningKey::from_text("k")?));
/// # let headers = [("x-metriport-signature", "2574f7d0b4aedb115e0845985cb248633b64c129c81b9811dd5a2c02105c004b")];
/// # let head = RequestHead::new("POST", "/", &headers);
/// # let body = r#"{"ping":"legacy-0001"}"#;
/// let Outcome::Accepted(verified) = receiver.verify(head, body)? else { unreachable!() };
/// let kept = serde_json::to_string(&verified.to_stored())?;
///
/// // Later, perhaps in another process:
/// let stored = serde_json::from_str(&kept)?;
/// let delivery = danger::trust_stored(&receiver, &stored)?.decode()?;
/// assert_eq!(delivery.events().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Returns [`ConfigError::OtherProvider`] or [`ConfigError::OtherEndpoint`] when the request was
/// not received by this receiver or one of the same name.
pub fn trust_stored<'a, P: Provider>(
    receiver: &'a Receiver<P>,
    stored: &'a StoredRequest,
) -> Result<Verified<'a, P>, ConfigError> {
    if stored.provider() != P::NAME {
        return Err(ConfigError::OtherProvider { provider: P::NAME });
    }
    if stored.endpoint() != receiver.endpoint() {
        return Err(ConfigError::OtherEndpoint {
            endpoint: receiver.endpoint().into(),
        });
    }
    Ok(Verified::from_stored(receiver, stored))
}
