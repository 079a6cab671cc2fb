//! Reads where verified deliveries are handed on to, and what signs them.

use std::path::Path;
use std::time::Duration;

use pulsehook_axum::SigningKey;
use reqwest::Url;
use toml::de::DeValue;

use super::members::{Fault, IN_PLACE, Located, Members};
use super::secret::{Encoding, Secret};
use crate::arguments::{self, NotAUrl};

/// Where verified deliveries are handed on to.
#[derive(Clone, Debug)]
pub(crate) struct ForwardConfig {
    pub(crate) to: Url,
    /// The bytes to sign with, decoded.
    pub(crate) key: SigningKey,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    pub(crate) attempts: u32,
}

impl ForwardConfig {
    /// Starts with times that let a provider have its answer within the 2 seconds that the most
    /// impatient of them waits.
    pub(crate) fn new(to: Url, key: SigningKey) -> Self {
        Self {
            to,
            key,
            timeout: Duration::from_millis(800),
            attempts: 2,
        }
    }
}

const MOST_ATTEMPTS: u32 = 10;

/// Reads the table `forward`.
pub(super) fn read(
    member: Option<Located<&DeValue<'_>>>,
    folder: &Path,
) -> Result<Option<ForwardConfig>, Fault> {
    let Some(member) = member else {
        return Ok(None);
    };
    let DeValue::Table(table) = member.value else {
        return Err(member.fault("`forward` must be a table: [forward] with `to` and `key`"));
    };
    let mut members = Members::open("`forward`", member.at..member.at, table, folder)?;
    let to = members.required_text("to", "\"https://HOST/PATH\"")?;
    let to = target(to.value).map_err(|message| to.fault(format!("`to` {message}")))?;
    let missing = members.missing("key", "{ env = \"NAME_OF_A_VARIABLE\" }");
    let key = read_key(members.take("key").ok_or(missing)?, folder)?;
    let mut forward = ForwardConfig::new(to, key);
    if let Some(timeout) = members.duration("timeout")? {
        forward.timeout = timeout;
    }
    if let Some(attempts) = members.number("attempts", MOST_ATTEMPTS)? {
        forward.attempts = attempts;
    }
    members.finish()?;
    Ok(Some(forward))
}

fn read_key(member: Located<&DeValue<'_>>, folder: &Path) -> Result<SigningKey, Fault> {
    let DeValue::Table(table) = member.value else {
        return Err(member.fault(IN_PLACE));
    };
    let members = Members::open("the key", member.at..member.at, table, folder)?;
    key_of(members)
}

/// Reads a key from the members `env` or `file`.
pub(super) fn key_of(mut members: Members<'_>) -> Result<SigningKey, Fault> {
    let secret = Secret::take(&mut members)?;
    members.finish()?;
    let place = secret.place();
    let text = secret.read(Encoding::Text)?;
    decoded(&text).ok_or_else(|| {
        place.fault(
            "the key is not `whsec_` and base64 of 24 to 64 bytes; make one with `printf whsec_; \
             openssl rand -base64 32`, for example",
        )
    })
}

/// Decodes a key as Standard Webhooks writes it.
fn decoded(text: &SigningKey) -> Option<SigningKey> {
    let text = std::str::from_utf8(text.expose_bytes()).ok()?;
    let key = SigningKey::from_base64(text.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&key.expose_bytes().len()).then_some(key)
}

/// Reads the URL to hand on to; the message goes on after its name.
pub(crate) fn target(text: &str) -> Result<Url, &'static str> {
    arguments::url(text).map_err(|why| match why {
        NotAUrl::Malformed => "must be a URL, for example \"http://127.0.0.1:9000/deliveries\"",
        NotAUrl::Scheme => "must be an http or https URL",
        NotAUrl::User => {
            "must have no user and no password; the signature proves who sends, by `key`"
        }
        NotAUrl::Fragment => "must have no fragment (`#`), which is never sent",
        NotAUrl::Secret => {
            "has a parameter that looks like a secret; leave it out: the signature proves who \
             sends, by `key`"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_plain_urls() {
        for (text, fits) in [
            ("http://127.0.0.1:9000/deliveries", true),
            ("https://next.example.org", true),
            ("https://next.example.org/in?tenant=7", true),
            ("https://[::1]:9000/", true),
            ("ftp://next.example.org/", false),
            ("file:///etc/passwd", false),
            ("next.example.org", false),
            ("", false),
            ("https://user@next.example.org/", false),
            ("https://:word@next.example.org/", false),
            ("https://next.example.org/#part", false),
            ("https://next.example.org/?token=7", false),
            ("https://next.example.org/?apiKey=7", false),
        ] {
            assert_eq!(target(text).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn keys_are_written_as_the_standard_says() {
        let of = |bytes: usize| pulsehook_axum::signature::encode_base64(&vec![7; bytes]);
        for (text, fits) in [
            (format!("whsec_{}", of(24)), true),
            (format!("whsec_{}", of(64)), true),
            (format!("whsec_{}", of(23)), false),
            (format!("whsec_{}", of(65)), false),
            (of(32), false),
            ("whsec_".to_owned(), false),
            (format!("whsec_{}!", of(32)), false),
        ] {
            let key = SigningKey::from_text(text.clone()).unwrap();
            assert_eq!(decoded(&key).is_some(), fits, "{text}");
        }
    }
}
