//! One call of a provider's API.

use std::borrow::Cow;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::authorization::{Credential, CredentialKind};
use super::origin::Url;
use super::parameters::Parameters;
use crate::text::{RawJson, Text};

/// Names the method of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
}

/// Holds the body of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallBody {
    /// No body.
    #[default]
    Empty,
    /// A form, `application/x-www-form-urlencoded`.
    Form(Parameters),
    /// JSON, `application/json`.
    Json(RawJson),
}

/// Holds how long a link lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LinkLife {
    /// When it was made, as far as that is known.
    pub since: Option<Timestamp>,
    /// How long it lives from then on.
    pub lifetime: SignedDuration,
}

impl LinkLife {
    /// Returns when the link stops to work; `None` when it is not known since when it lives.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.since?.checked_add(self.lifetime).ok()
    }

    /// Tells whether the link is likely dead.
    #[must_use]
    pub fn is_likely_dead(&self, now: Timestamp) -> bool {
        self.until().is_some_and(|until| until <= now)
    }
}

/// Describes one call of a provider's API, without its credential.
///
/// Serialised, it is an object with `name`, `method`, `url`, `query`, `headers`, `form` or `json`,
/// `credential`, `expires_at`, `alternative` and `then`; what is absent is left out. It holds ids of users,
/// and links that are credentials. `Debug` leaves all of these out.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    name: Cow<'static, str>,
    method: Method,
    url: Url,
    query: Parameters,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: CallBody,
    credential: Option<Credential>,
    link_life: Option<LinkLife>,
    is_alternative: bool,
    then: Option<&'static str>,
    provider: Option<&'static str>,
}

impl Call {
    /// Starts a call of the method `GET`.
    #[must_use]
    pub fn get(name: impl Into<Cow<'static, str>>, url: Url) -> Self {
        Self::new(name.into(), Method::Get, url)
    }

    /// Starts a call of the method `POST`.
    #[must_use]
    pub fn post(name: impl Into<Cow<'static, str>>, url: Url) -> Self {
        Self::new(name.into(), Method::Post, url)
    }

    fn new(name: Cow<'static, str>, method: Method, url: Url) -> Self {
        Self {
            name,
            method,
            url,
            query: Parameters::default(),
            headers: Vec::new(),
            body: CallBody::Empty,
            credential: None,
            link_life: None,
            is_alternative: false,
            then: None,
            provider: None,
        }
    }

    /// Sets a parameter of the query.
    #[must_use]
    pub fn with_query(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.query.set(name.into(), value.into());
        self
    }

    /// Sets a parameter of the form, which makes the body a form.
    #[must_use]
    pub fn with_form(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        let mut form = match self.body {
            CallBody::Form(form) => form,
            CallBody::Empty | CallBody::Json(_) => Parameters::default(),
        };
        form.set(name.into(), value.into());
        self.body = CallBody::Form(form);
        self
    }

    /// Makes the body JSON.
    #[must_use]
    pub fn with_json(mut self, json: RawJson) -> Self {
        self.body = CallBody::Json(json);
        self
    }

    /// Adds a header, which must not be a credential.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Says which credential the call needs, and of which user.
    #[must_use]
    pub fn with_credential(mut self, kind: CredentialKind, user: Option<&str>) -> Self {
        self.credential = Some(Credential::new(kind, user));
        self
    }

    /// Says whose call it is, by the [`NAME`](crate::Provider::NAME) of the provider: it takes that
    /// provider's credentials only.
    #[must_use]
    pub fn of_provider(mut self, provider: &'static str) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Says that the URL is a link that lives for a while only.
    #[must_use]
    pub fn with_link_life(mut self, since: Option<Timestamp>, lifetime: SignedDuration) -> Self {
        self.link_life = Some(LinkLife { since, lifetime });
        self
    }

    /// Marks the call as another way to what the calls before it bring.
    #[must_use]
    pub fn as_alternative(mut self) -> Self {
        self.is_alternative = true;
        self
    }

    /// Says in words what follows with what this call brings, such as another call.
    #[must_use]
    pub fn with_then(mut self, then: &'static str) -> Self {
        self.then = Some(then);
        self
    }

    /// Returns the call's name, as the provider's documentation has it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Returns the URL, without [`query`](Call::query).
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the parameters of the query, which stand behind those that the URL may have.
    #[must_use]
    pub fn query(&self) -> &Parameters {
        &self.query
    }

    /// Walks the headers, but for the credential and the content type.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (*name, value.as_ref()))
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &CallBody {
        &self.body
    }

    /// Returns the form, if the body is one.
    #[must_use]
    pub fn form(&self) -> Option<&Parameters> {
        match &self.body {
            CallBody::Form(form) => Some(form),
            CallBody::Empty | CallBody::Json(_) => None,
        }
    }

    /// Returns which credential the call needs; `None` for none.
    #[must_use]
    pub fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// Returns whose call it is, if that was said.
    #[must_use]
    pub fn provider(&self) -> Option<&'static str> {
        self.provider
    }

    /// Returns how long the link lives that is called; `None` where that is not limited, or not
    /// known.
    #[must_use]
    pub fn link_life(&self) -> Option<LinkLife> {
        self.link_life
    }

    /// Tells whether the call is another way to what the calls before it bring.
    #[must_use]
    pub fn is_alternative(&self) -> bool {
        self.is_alternative
    }

    /// Returns in words what follows with what this call brings, if anything.
    #[must_use]
    pub fn then(&self) -> Option<&'static str> {
        self.then
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("name", &self.name)
            .field("method", &self.method)
            .field("url", &self.url)
            .field("query", &self.query)
            .field("body", &self.body)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("method", &self.method)?;
        map.serialize_entry("url", &self.url)?;
        if !self.query.is_empty() {
            map.serialize_entry("query", &self.query)?;
        }
        if !self.headers.is_empty() {
            let headers: std::collections::BTreeMap<_, _> = self.headers().collect();
            map.serialize_entry("headers", &headers)?;
        }
        match &self.body {
            CallBody::Form(form) => map.serialize_entry("form", form)?,
            CallBody::Json(json) => map.serialize_entry("json", json)?,
            CallBody::Empty => {}
        }
        if let Some(credential) = &self.credential {
            map.serialize_entry("credential", credential)?;
        }
        if let Some(until) = self.link_life.and_then(|life| life.until()) {
            map.serialize_entry("expires_at", &until)?;
        }
        if self.is_alternative {
            map.serialize_entry("alternative", &true)?;
        }
        if let Some(then) = self.then {
            map.serialize_entry("then", then)?;
        }
        map.end()
    }
}
