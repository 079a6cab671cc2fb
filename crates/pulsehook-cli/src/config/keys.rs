//! Reads rings: lists of keys, or of other secrets, each with an id.

use std::path::Path;

use pulsehook_axum::{ConfigError, SigningKey, SigningKeys};
use toml::de::DeValue;

use super::members::{Fault, IN_PLACE, Located, Members};
use super::secret::{Encoding, Secret};

impl Members<'_> {
    /// Takes a ring of keys out that must be there.
    pub(crate) fn required_keys(&mut self, name: &'static str) -> Result<SigningKeys, Fault> {
        let missing = self.missing(name, "[{ env = \"NAME_OF_A_VARIABLE\" }]");
        self.keys(name)?.ok_or(missing)
    }

    /// Takes a ring of keys out.
    pub(crate) fn keys(&mut self, name: &'static str) -> Result<Option<SigningKeys>, Fault> {
        self.ring(
            name,
            read_key,
            |id, key| SigningKeys::new(id, key),
            |ring, id, key| ring.with(id, key),
        )
    }

    /// Takes a ring of any kind out, whose entries are read one by one.
    pub(super) fn ring<S, R>(
        &mut self,
        name: &'static str,
        read: fn(&Entry<'_>) -> Result<(String, S), Fault>,
        start: fn(&str, S) -> R,
        add: fn(R, &str, S) -> Result<R, ConfigError>,
    ) -> Result<Option<R>, Fault> {
        let Some(member) = self.take(name) else {
            return Ok(None);
        };
        let DeValue::Array(entries) = member.value else {
            // A text here is a secret in place.
            return Err(member.fault(match member.value.as_str() {
                Some(_) => IN_PLACE.to_owned(),
                None => format!("`{name}` must be a list, such as [{{ env = \"NAME\" }}]"),
            }));
        };
        let mut ring = None;
        for (index, entry) in entries.iter().enumerate() {
            let value = Located {
                value: entry.get_ref(),
                at: entry.span().start,
            };
            let (id, secret) = read(&Entry {
                value,
                index,
                folder: self.folder,
            })?;
            ring = Some(match ring {
                None => start(&id, secret),
                Some(ring) => add(ring, &id, secret).map_err(|error| {
                    value.fault(match error {
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

/// An entry of a ring, as it stands in the file.
pub(super) struct Entry<'t> {
    value: Located<&'t DeValue<'t>>,
    index: usize,
    folder: &'t Path,
}

impl<'t> Entry<'t> {
    /// Opens the table that an entry must be, and takes the id out.
    pub(super) fn open(&self) -> Result<(Members<'t>, String), Fault> {
        let DeValue::Table(table) = self.value.value else {
            return Err(self.value.fault(match self.value.value.as_str() {
                Some(_) => IN_PLACE,
                None => "a key must be a table, such as { env = \"NAME\" }",
            }));
        };
        let at = self.value.at;
        let mut members = Members::open("the key", at..at, table, self.folder)?;
        let id = match members.text("id")? {
            None => format!("key-{}", self.index + 1),
            Some(id) if is_name(id.value) => id.value.to_owned(),
            Some(id) => return Err(id.fault(NOT_A_NAME)),
        };
        Ok((members, id))
    }
}

/// Reads a key of a ring, and its id.
fn read_key(entry: &Entry<'_>) -> Result<(String, SigningKey), Fault> {
    let (id, _, key) = read_key_and_place(entry)?;
    Ok((id, key))
}

/// Reads a key of a ring, its id, and where its secret is named.
pub(super) fn read_key_and_place(
    entry: &Entry<'_>,
) -> Result<(String, Located<()>, SigningKey), Fault> {
    let (mut members, id) = entry.open()?;
    let secret = Secret::take(&mut members)?;
    let encoding = Encoding::take(&mut members)?;
    members.finish()?;
    Ok((id, secret.place(), secret.read(encoding)?))
}

pub(super) const NOT_A_NAME: &str = "must be 1 to 64 letters, digits, dots, hyphens or underscores";

/// Tells whether a text can stand in log lines and file names as it is.
pub(super) fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('.')
}
