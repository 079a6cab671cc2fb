//! What is sent: a call and its credential, put together.

use std::borrow::Cow;

use bytes::Bytes;

use super::authorization::{Authorization, CredentialKind};
use super::call::{Call, CallBody};

impl Call {
    /// Checks that a credential is the one that the call needs, and may go where it goes.
    ///
    /// [`request`](Call::request) does so itself; those who put a request together in another way
    /// call it first.
    ///
    /// # Errors
    ///
    /// Returns an error when the credential is not of the kind that the call needs, or of another
    /// provider, or when the URL came from an event and its origin is not on the application's
    /// list.
    pub fn check(&self, authorization: &Authorization) -> Result<(), CallError> {
        match self.credential() {
            Some(credential) if authorization.fits.contains(&credential.kind) => {
                if self.provider() != authorization.provider {
                    Err(CallError::OtherProvider {
                        needs: self.provider(),
                    })
                } else if !self.url().may_carry_credential() {
                    Err(CallError::HostNotAllowed)
                } else {
                    Ok(())
                }
            }
            Some(credential) => Err(CallError::WrongCredential {
                needs: credential.kind,
            }),
            None if authorization.fits.is_empty() => Ok(()),
            None => Err(CallError::NoCredentialWanted),
        }
    }

    /// Returns the URL with all parameters of the query.
    #[must_use]
    pub fn full_url(&self) -> String {
        let mut url = self.url().as_str().to_owned();
        if !self.query().is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            crate::form::encode(self.query().iter(), &mut url);
        }
        url
    }

    /// Returns the content type of the body, if there is one.
    #[must_use]
    pub fn content_type(&self) -> Option<&'static str> {
        match self.body() {
            CallBody::Form(_) => Some("application/x-www-form-urlencoded"),
            CallBody::Json(_) => Some("application/json"),
            CallBody::Empty => None,
        }
    }

    /// Returns the body as it is sent, with the parameters of the credential, if it has any.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Call::check).
    pub fn body_with(&self, authorization: &Authorization) -> Result<Bytes, CallError> {
        self.check(authorization)?;
        Ok(self.encoded_body(authorization))
    }

    fn encoded_body(&self, authorization: &Authorization) -> Bytes {
        match self.body() {
            CallBody::Form(form) => {
                let mut body = String::new();
                let further = authorization.expose_parameters();
                crate::form::encode(form.iter().chain(further), &mut body);
                body.into()
            }
            CallBody::Json(json) => json.get().to_owned().into(),
            CallBody::Empty => Bytes::new(),
        }
    }
}

impl Authorization {
    /// Walks the headers with the credential in the clear, for clients that do not take requests of
    /// the `http` crate.
    pub fn expose_headers(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// Walks the parameters that belong to a form; [`Call::body_with`] adds them.
    fn expose_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value): &(Cow<'_, str>, _)| (name.as_ref(), value.as_str()))
    }
}

#[cfg(feature = "http")]
impl Call {
    /// Makes the request, with its credential, which is marked as sensitive.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Call::check), and [`CallError::Request`] when the parts make no request,
    /// such as a URL that is too long.
    pub fn request(
        &self,
        authorization: &Authorization,
    ) -> Result<http::Request<Bytes>, CallError> {
        self.check(authorization)?;
        self.build(authorization)
    }

    fn build(&self, authorization: &Authorization) -> Result<http::Request<Bytes>, CallError> {
        let mut request = http::Request::builder()
            .method(self.method().as_str())
            .uri(self.full_url());
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        if let Some(content_type) = self.content_type() {
            request = request.header(http::header::CONTENT_TYPE, content_type);
        }
        for (name, value) in authorization.expose_headers() {
            let mut value: http::HeaderValue = value.parse().map_err(|_| CallError::Request)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let body = self.encoded_body(authorization);
        request.body(body).map_err(|_| CallError::Request)
    }
}

#[cfg(feature = "http")]
impl TryFrom<&Call> for http::Request<Bytes> {
    type Error = CallError;

    /// Makes the request without its credential, for clients that add it on their own.
    ///
    /// Such a client must look at [`Url::may_carry_credential`](super::Url::may_carry_credential)
    /// first.
    fn try_from(call: &Call) -> Result<Self, CallError> {
        call.build(&Authorization::none())
    }
}

/// Says why no request was made of a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The credential is of another kind than the call needs.
    #[error("the call needs a credential of another kind: {needs}")]
    WrongCredential {
        /// What the call needs.
        needs: CredentialKind,
    },
    /// The credential is of another provider than the call, or it was not said whose it is.
    #[error("the call needs a credential of {}", needs.unwrap_or("no provider"))]
    OtherProvider {
        /// The provider whose call it is; `None` for a call of one's own.
        needs: Option<&'static str>,
    },
    /// A credential was given for a call that needs none, and must not get one.
    #[error("the call needs no credential")]
    NoCredentialWanted,
    /// The URL came from an event, and its origin is not on the application's list.
    #[error("the URL's host is not on the list of those that get a credential")]
    HostNotAllowed,
    /// The parts do not make a request.
    #[error("the parts of the call do not make a request")]
    Request,
}
