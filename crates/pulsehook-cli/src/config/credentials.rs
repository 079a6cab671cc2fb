//! Reads the secrets that callers present as they are, and where they stand.

use pulsehook_axum::signature::encode_base64;
use pulsehook_axum::{HeaderSecrets, SigningKey, SigningKeys};

use super::keys::{Entry, NOT_A_NAME, is_name, read_key_and_place};
use super::members::{Fault, Located, Members};
use super::secret::{Encoding, Secret};
use crate::secrets::{AUTHORIZATION, InHeader, InUrl, UrlPlace};

impl Members<'_> {
    /// Takes `url_secrets` and `url_secret_in` out.
    pub(crate) fn url_secrets(&mut self) -> Result<Option<InUrl>, Fault> {
        let secrets = self.ring(
            "url_secrets",
            read_url_secret,
            |id, (secret, as_written)| (SigningKeys::new(id, secret), as_written),
            |(ring, all), id, (secret, as_written)| Ok((ring.with(id, secret)?, all && as_written)),
        )?;
        let place = self.text("url_secret_in")?;
        let Some((secrets, as_written)) = secrets else {
            return match place {
                None => Ok(None),
                Some(place) => Err(place.fault(
                    "`url_secret_in` says where `url_secrets` stand; add those or leave this out",
                )),
            };
        };
        let place = match &place {
            None => UrlPlace::Query("token".to_owned()),
            Some(place) => match (place.value, place.value.strip_prefix("query:")) {
                ("path", _) => UrlPlace::Path,
                (_, Some(name)) if is_name(name) => UrlPlace::Query(name.to_owned()),
                _ => {
                    return Err(place.fault(format!(
                        "`url_secret_in` must be \"path\" or \"query:NAME\"; the parameter's NAME \
                         {NOT_A_NAME}"
                    )));
                }
            },
        };
        Ok(Some(InUrl {
            place,
            secrets,
            as_written,
        }))
    }

    /// Takes `authorization` and `authorization_header` out.
    pub(crate) fn authorization(&mut self) -> Result<Option<InHeader>, Fault> {
        let secrets = self.ring(
            "authorization",
            read_header_value,
            |id, value| SigningKeys::new(id, value),
            |ring, id, value| ring.with(id, value),
        )?;
        let header = self.text("authorization_header")?;
        let Some(secrets) = secrets else {
            return match header {
                None => Ok(None),
                Some(header) => Err(header.fault(
                    "`authorization_header` names the header for `authorization`; add that or \
                     leave this out",
                )),
            };
        };
        let name = match header {
            None => AUTHORIZATION.to_owned(),
            Some(header) if is_header_name(header.value) => header.value.to_ascii_lowercase(),
            Some(header) => {
                return Err(header.fault(
                    "`authorization_header` must be the name of a header, for example \
                     \"x-webhook-token\"; its value belongs into `authorization`",
                ));
            }
        };
        Ok(Some(InHeader {
            name,
            values: secrets,
        }))
    }
}

fn read_url_secret(entry: &Entry<'_>) -> Result<(String, (SigningKey, bool)), Fault> {
    let (id, place, secret) = read_key_and_place(entry)?;
    if std::str::from_utf8(secret.expose_bytes()).is_err() {
        return Err(place.fault(
            "the secret is not UTF-8, so no URL can carry it; `encoding` is for secrets that the \
             URL carries in another form than is written here: leave it out",
        ));
    }
    let in_url = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let as_written = secret.expose_bytes().iter().all(in_url);
    Ok((id, (secret, as_written)))
}

fn read_header_value(entry: &Entry<'_>) -> Result<(String, SigningKey), Fault> {
    let (mut members, id) = entry.open()?;
    let user = members.text("user")?;
    let secret = Secret::take(&mut members)?;
    members.finish()?;
    let place = secret.place();
    let key = secret.read(Encoding::Text)?;
    let value = match user {
        None => complete_value(key, &place)?,
        Some(user) => basic(&user, &key, &place)?,
    };
    Ok((id, value))
}

fn complete_value(key: SigningKey, place: &Located<()>) -> Result<SigningKey, Fault> {
    let bytes = key.expose_bytes();
    let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    if bytes.trim_ascii() != bytes || bytes.iter().any(is_control) {
        return Err(place.fault(
            "the secret starts or ends with a blank, or holds a line end or another control \
             character, so no header can carry it",
        ));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        HeaderSecrets::value(text).map_err(|error| place.fault(error.to_string()))?;
    }
    Ok(key)
}

fn basic(
    user: &Located<&str>,
    password: &SigningKey,
    place: &Located<()>,
) -> Result<SigningKey, Fault> {
    if user.value.contains(':') {
        return Err(
            user.fault("`user` must not contain a colon, which separates it from the password")
        );
    }
    let utf8 = std::str::from_utf8(password.expose_bytes())
        .map_err(|_| place.fault("the password is not UTF-8"))?;
    HeaderSecrets::basic(user.value, utf8).map_err(|error| place.fault(error.to_string()))?;
    // The same value, which is sent here as well as expected. The pair is wiped with its key.
    let pair = SigningKey::from_bytes([user.value.as_bytes(), b":", utf8.as_bytes()].concat());
    pair.and_then(|pair| {
        SigningKey::from_text(format!("Basic {}", encode_base64(pair.expose_bytes())))
    })
    .map_err(|error| place.fault(error.to_string()))
}

/// Tells whether a text can be the name of a header.
fn is_header_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}
