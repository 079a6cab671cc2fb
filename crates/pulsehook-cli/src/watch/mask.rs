//! What no page shows: secrets in URLs and headers, whether they are right or wrong.

use std::sync::Arc;

use super::store::Entry;
use crate::config::EndpointConfig;
use crate::providers;
use crate::secrets::UrlPlace;

/// Stands in the place of what is not shown.
pub(super) const MASKED: &str = "(masked)";

/// Knows the secrets of all endpoints: what is sent to one may be meant for another.
pub(super) struct Masks {
    endpoints: Vec<Arc<EndpointConfig>>,
}

/// Names of headers hold one of these words where the value is a credential, a signature, or a URL
/// that may hold one.
const WORDS: [&str; 16] = [
    "auth",
    "cookie",
    "credential",
    "hmac",
    "jwt",
    "key",
    "passw",
    "path",
    "query",
    "referer",
    "secret",
    "session",
    "sign",
    "token",
    "uri",
    "url",
];

/// A value that is shorter can be part of anything.
const SHORTEST: usize = 4;

impl Masks {
    pub(super) fn new(endpoints: Vec<Arc<EndpointConfig>>) -> Self {
        Self { endpoints }
    }

    /// Returns the headers in their order; `None` in the place of a value that is not shown.
    pub(super) fn headers<'e>(&self, entry: &'e Entry) -> Vec<(&'e str, Option<String>)> {
        let headers = entry.head.headers();
        headers
            .map(|(name, value)| {
                let shown = !self.is_secret(name, value);
                let value = shown.then(|| String::from_utf8_lossy(value).into_owned());
                (name, value)
            })
            .collect()
    }

    fn is_secret(&self, name: &str, value: &[u8]) -> bool {
        let name = name.to_ascii_lowercase();
        let mut proofs = providers::ALL.iter().filter_map(|entry| entry.signature);
        let mut carriers = self
            .endpoints
            .iter()
            .filter_map(|endpoint| endpoint.configured.secrets.in_header.as_ref());
        WORDS.iter().any(|word| name.contains(word))
            || proofs.any(|header| header.name.eq_ignore_ascii_case(&name))
            || carriers.any(|carrier| carrier.name.eq_ignore_ascii_case(&name))
            || self.holds_secret(value)
    }

    /// Tells whether a value holds a secret of any endpoint.
    fn holds_secret(&self, value: &[u8]) -> bool {
        self.endpoints.iter().any(|endpoint| {
            let secrets = &endpoint.configured.secrets;
            let lists = [
                secrets.keys.as_ref(),
                secrets.in_url.as_ref().map(|it| &it.secrets),
                secrets.in_header.as_ref().map(|it| &it.values),
            ];
            let mut all = lists.into_iter().flatten().flat_map(|list| list.iter());
            all.any(|(_, one)| {
                let bytes = one.expose_bytes();
                bytes.len() >= SHORTEST && value.windows(bytes.len()).any(|part| part == bytes)
            })
        })
    }

    /// Returns path and query; of the query only the names.
    pub(super) fn target(&self, entry: &Entry) -> String {
        let mut target = self.path(entry);
        let Some(query) = entry.head.query() else {
            return target;
        };
        target.push('?');
        for (index, pair) in query.split('&').enumerate() {
            if index > 0 {
                target.push('&');
            }
            match pair.split_once('=') {
                Some((name, _)) if !self.holds_secret(name.as_bytes()) => {
                    target.push_str(&format!("{name}={MASKED}"));
                }
                // Without a name it may be the secret itself.
                _ => target.push_str(MASKED),
            }
        }
        target
    }

    /// Returns the path, of which only segments are shown that no secret can be.
    fn path(&self, entry: &Entry) -> String {
        let path = entry.head.path();
        let Some(endpoint) = &entry.endpoint else {
            return self.unknown_path(path);
        };
        let served = &endpoint.path;
        let in_url = endpoint.configured.secrets.in_url.as_ref();
        let rest = path.strip_prefix(served.as_str()).unwrap_or_default();
        let is_in_path = in_url.is_some_and(|in_url| in_url.place == UrlPlace::Path);
        match is_in_path && rest.len() > 1 {
            true => format!("{served}/{MASKED}"),
            false => served.clone(),
        }
    }

    /// Returns a path that no endpoint has: where a URL can hold a secret, a secret that went
    /// astray may be in any segment.
    fn unknown_path(&self, path: &str) -> String {
        let mut endpoints = self.endpoints.iter();
        let in_url = endpoints.any(|endpoint| endpoint.configured.secrets.in_url.is_some());
        let is_known = |segment: &str| {
            self.endpoints
                .iter()
                .any(|endpoint| endpoint.path.split('/').any(|known| known == segment))
        };
        let segments = path.split('/').map(|segment| {
            let is_shown = segment.is_empty()
                || is_known(segment)
                || !(in_url || self.holds_secret(segment.as_bytes()));
            if is_shown { segment } else { MASKED }
        });
        segments.collect::<Vec<_>>().join("/")
    }
}
