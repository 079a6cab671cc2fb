//! Reads rings of keys, whose secrets stand in environment variables and files.

use std::io::Read as _;
use std::path::Path;

use pulsehook_axum::{ConfigError, SigningKey, SigningKeys};
use toml::de::DeValue;

use super::members::{Fault, IN_PLACE, Located, Members};

impl Members<'_> {
    /// Takes a ring of keys out that must be there.
    pub(crate) fn required_keys(&mut self, name: &'static str) -> Result<SigningKeys, Fault> {
        let missing = self.missing(name, "[{ env = \"NAME_OF_A_VARIABLE\" }]");
        self.keys(name)?.ok_or(missing)
    }

    /// Takes a ring of keys out.
    pub(crate) fn keys(&mut self, name: &'static str) -> Result<Option<SigningKeys>, Fault> {
        let Some(member) = self.take(name) else {
            return Ok(None);
        };
        let DeValue::Array(keys) = member.value else {
            // A text here is a secret in place.
            return Err(member.fault(match member.value.as_str() {
                Some(_) => IN_PLACE.to_owned(),
                None => format!("`{name}` must be a list, such as [{{ env = \"NAME\" }}]"),
            }));
        };
        let mut ring: Option<SigningKeys> = None;
        for (index, key) in keys.iter().enumerate() {
            let key = Located {
                value: key.get_ref(),
                at: key.span().start,
            };
            let (id, secret) = read_key(&key, index, self.folder)?;
            ring = Some(match ring {
                None => SigningKeys::new(&id, secret),
                Some(ring) => ring.with(&id, secret).map_err(|error| {
                    key.fault(match error {
                        ConfigError::DuplicateKeyId { .. } => {
                            "another key of this list has the same `id`; give each its own"
                                .to_owned()
                        }
                        other => other.to_string(),
                    })
                })?,
            });
        }
        match ring {
            Some(ring) => Ok(Some(ring)),
            None => Err(member.fault(format!(
                "`{name}` is an empty list; nothing could be verified without a key"
            ))),
        }
    }
}

/// How the text of a secret is to be read.
#[derive(Clone, Copy)]
enum Encoding {
    Text,
    Hex,
    Base64,
}

fn read_key(
    key: &Located<&DeValue<'_>>,
    index: usize,
    folder: &Path,
) -> Result<(String, SigningKey), Fault> {
    let DeValue::Table(table) = key.value else {
        return Err(key.fault(match key.value.as_str() {
            Some(_) => IN_PLACE,
            None => "a key must be a table, such as { env = \"NAME\" }",
        }));
    };
    let mut members = Members::open("the key", key.at..key.at, table, folder)?;
    let id = members.text("id")?;
    let env = members.text("env")?;
    let file = members.text("file")?;
    let encoding = members.text("encoding")?;
    members.finish()?;

    let id = match id {
        None => format!("key-{}", index + 1),
        Some(id) if is_name(id.value) => id.value.to_owned(),
        Some(id) => return Err(id.fault(NOT_A_NAME)),
    };
    let encoding = match encoding.map(|encoding| (encoding, encoding.value)) {
        None | Some((_, "text")) => Encoding::Text,
        Some((_, "hex")) => Encoding::Hex,
        Some((_, "base64")) => Encoding::Base64,
        Some((encoding, _)) => {
            return Err(encoding.fault("`encoding` must be \"text\", \"hex\" or \"base64\""));
        }
    };
    let secret = match (env, file) {
        (Some(env), None) => from_env(&env, encoding),
        (None, Some(file)) => from_file(&file, encoding, folder),
        (None, None) => Err(key.fault(
            "the key has neither `env` (the name of an environment variable) nor `file` (a path)",
        )),
        (Some(_), Some(file)) => Err(file.fault("the key has both `env` and `file`; keep one")),
    }?;
    Ok((id, secret))
}

pub(super) const NOT_A_NAME: &str = "must be 1 to 64 letters, digits, dots, hyphens or underscores";

/// Tells whether a text can stand in log lines and file names as it is.
pub(super) fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('.')
}

fn from_env(env: &Located<&str>, encoding: Encoding) -> Result<SigningKey, Fault> {
    // Whoever writes the secret itself here must not find it in a log: only what looks like the
    // name of a variable is repeated.
    let usual = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let named = if env.value.bytes().all(usual) && env.value.contains('_') {
        format!("the environment variable `{}`", env.value)
    } else {
        "the environment variable named here".to_owned()
    };
    if env.value.is_empty() || env.value.contains(['=', '\0']) {
        return Err(env.fault("`env` must be the name of an environment variable"));
    }
    match std::env::var(env.value) {
        Ok(text) => decode(text.into_bytes(), encoding)
            .map_err(|error| env.fault(format!("{named}: {error}; set it to the secret itself"))),
        Err(std::env::VarError::NotPresent) => {
            Err(env.fault(format!("{named} is not set; set it to the secret itself")))
        }
        Err(std::env::VarError::NotUnicode(_)) => Err(env.fault(format!("{named} is not UTF-8"))),
    }
}

/// The most bytes that a file with a secret may hold.
const MOST_SECRET: u64 = 64 * 1024;

fn from_file(file: &Located<&str>, encoding: Encoding, folder: &Path) -> Result<SigningKey, Fault> {
    let unreadable = |error: std::io::Error| {
        file.fault(format!(
            "the file named here cannot be read: {error}; a relative path starts at the folder of \
             this configuration"
        ))
    };
    let mut content = Vec::new();
    std::fs::File::open(folder.join(file.value))
        .and_then(|opened| opened.take(MOST_SECRET + 1).read_to_end(&mut content))
        .map_err(unreadable)?;
    if content.len() as u64 > MOST_SECRET {
        return Err(file.fault("the file named here is larger than 64 KiB, and no secret is"));
    }
    let named = |error| file.fault(format!("the file named here: {error}"));
    // This strips one line end and refuses a blank secret, whatever the encoding.
    let text = SigningKey::from_file_content(content).map_err(named)?;
    match encoding {
        Encoding::Text => Ok(text),
        _ => decode(text.expose_bytes().to_vec(), encoding).map_err(named),
    }
}

fn decode(text: Vec<u8>, encoding: Encoding) -> Result<SigningKey, ConfigError> {
    // Whatever happens, the text is wiped: it is held by a key from here on.
    let text = SigningKey::from_bytes(text)?;
    let utf8 = |encoding| {
        std::str::from_utf8(text.expose_bytes()).map_err(|_| ConfigError::MalformedKey { encoding })
    };
    match encoding {
        Encoding::Text => Ok(text),
        Encoding::Hex => SigningKey::from_hex(utf8("hexadecimal")?),
        Encoding::Base64 => SigningKey::from_base64(utf8("base64")?),
    }
}
