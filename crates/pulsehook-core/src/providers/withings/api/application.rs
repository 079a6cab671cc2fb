//! Calls that the application signs itself (guide "Sign your requests" at developer.withings.com,
//! read November 2026).

use std::fmt;

use jiff::Timestamp;

use super::{Api, Service};
use crate::follow_up::{Authorization, Call, CredentialKind};
use crate::key::SigningKey;
use crate::provider::Provider as _;
use crate::providers::withings::Withings;
use crate::providers::withings::answer::Nonce;
use crate::providers::withings::api_signature::{call_signature, nonce_signature};

const CLIENT_ID: &str = "client_id";
const NONCE: &str = "nonce";
const SIGNATURE: &str = "signature";

/// Signs calls for an application; `Debug` shows nothing of it.
///
/// Each signed call needs a nonce of its own, which another call brings.
///
/// ```
/// use pulsehook_core::SigningKey;
/// use pulsehook_core::jiff::Timestamp;
/// use pulsehook_core::withings::{Answer, Api, Application};
///
/// let api = Api::default();
/// let application = Application::new("abc", SigningKey::from_text("s3cr3t")?);
/// let first = application.nonce_call(&api, Timestamp::from_second(1_700_000_000)?);
/// assert!(first.credential().is_none());
///
/// // What the first call brings:
/// let nonce = Answer::read(br#"{"status": 0, "body": {"nonce": "n-1"}}"#)?.nonce()?;
/// let call = api.activate(&["00:24:e4:0a:0b:0c"]).with_form("lang", "en_US");
/// let authorization = application.authorize(&call, &nonce)?;
/// // call.request(&authorization)
/// # let _ = authorization;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Application {
    client_id: String,
    secret: SigningKey,
}

impl Application {
    /// Takes the id and the secret of the client, as the dashboard shows them.
    #[must_use]
    pub fn new(client_id: impl Into<String>, secret: SigningKey) -> Self {
        Self {
            client_id: client_id.into(),
            secret,
        }
    }

    /// Asks for a nonce, which is good for one call within 30 minutes.
    ///
    /// The form is complete, and the call needs no further credential.
    #[must_use]
    pub fn nonce_call(&self, api: &Api, now: Timestamp) -> Call {
        const SERVICE: Service = Service::new(Api::GETNONCE, "/v2/signature", "getnonce");
        let signed = nonce_signature(&self.secret, &self.client_id, now);
        api.call(&SERVICE)
            .with_form(CLIENT_ID, self.client_id.as_str())
            .with_form("timestamp", now.as_second().to_string())
            .with_form(SIGNATURE, signed)
    }

    /// Makes the credential of a signed call: the parameters `client_id`, `nonce` and `signature`.
    ///
    /// It is good for this call only, with whatever parameters are added to it.
    ///
    /// # Errors
    ///
    /// Returns an error for a call that is not to be signed, and for one whose form has one of the
    /// three parameters already.
    pub fn authorize(&self, call: &Call, nonce: &Nonce) -> Result<Authorization, AuthorizeError> {
        match call.credential().map(|credential| credential.kind) {
            Some(CredentialKind::Signature) => {}
            _ => return Err(AuthorizeError::NotSigned),
        }
        let form = call.form().ok_or(AuthorizeError::NoAction)?;
        let mut reserved = [CLIENT_ID, NONCE, SIGNATURE].into_iter();
        if let Some(name) = reserved.find(|name| form.get(name).is_some()) {
            return Err(AuthorizeError::Taken { name });
        }
        let action = form.get("action").ok_or(AuthorizeError::NoAction)?;
        let signed = call_signature(&self.secret, action, &self.client_id, nonce.as_str());
        Ok(Authorization::new(&[CredentialKind::Signature])
            .parameter(CLIENT_ID, self.client_id.as_str())
            .parameter(NONCE, nonce.as_str())
            .parameter(SIGNATURE, signed)
            .of_provider(Withings::NAME))
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").finish_non_exhaustive()
    }
}

/// Says why a call was not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// The call needs no signature.
    #[error("the call needs no signature")]
    NotSigned,
    /// The form of the call has no `action`, which is signed.
    #[error("the form of the call has no `action`")]
    NoAction,
    /// The form of the call has a parameter that belongs to the signature.
    #[error("the form of the call has `{name}` already")]
    Taken {
        /// The parameter.
        name: &'static str,
    },
}
