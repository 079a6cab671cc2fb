//! Alters secrets as variables, files, editors and dashboards alter them.

use std::collections::HashSet;

use pulsehook_axum::signature::{encode_base64, encode_hex};
use pulsehook_axum::{SigningKey, SigningKeys};

use super::bytes_hash;
use super::change::{AlteredRing, Change};
use super::text::{padded_base64, percent_decoded};

/// Makes another secret of one, if the alteration applies.
type Alter = fn(&[u8]) -> Option<SigningKey>;

/// The rule of a secret in other letters.
pub(super) const LETTER_CASE: &str = "key-letter-case";

/// Rule, alteration, what was used, what to do.
const ALTERATIONS: &[(&str, Alter, &str, &str)] = &[
    (
        "key-line-end",
        |key| made(without_line_end(key)),
        "the secret here ends in a line end, and the one that was used does not",
        "take the line end away; `printf %s` writes none, `echo` does",
    ),
    (
        "key-line-end",
        |key| made(&[key, b"\n"].concat()),
        "what was used is the secret with a line end after it",
        "the sender read its secret from a file or an answer with a line end; correct it there",
    ),
    (
        "key-line-end",
        |key| made(&[key, b"\r\n"].concat()),
        "what was used is the secret with a line end (CRLF) after it",
        "the sender read its secret from a file or an answer with a line end; correct it there",
    ),
    (
        "key-blanks",
        |key| made(key.trim_ascii()),
        "the secret here has blanks around it, and the one that was used has not",
        "take the blanks away",
    ),
    (
        "key-blanks",
        |key| made(&[key, b" "].concat()),
        "what was used is the secret with a blank after it",
        "take the blank away where the sender has the secret",
    ),
    (
        "key-blanks",
        |key| made(&[b" ", key].concat()),
        "what was used is the secret with a blank before it",
        "take the blank away where the sender has the secret",
    ),
    (
        "key-quotes",
        |key| made(without_quotes(key.trim_ascii())?),
        "the secret here stands in quotes, and the one that was used does not",
        "take the quotes away; a file of variables keeps them where a shell does not",
    ),
    (
        "key-quotes",
        |key| made(&[b"\"", key.trim_ascii(), b"\""].concat()),
        "what was used is the secret in double quotes",
        "take the quotes away where the sender has the secret",
    ),
    (
        "key-quotes",
        |key| made(&[b"'", key.trim_ascii(), b"'"].concat()),
        "what was used is the secret in single quotes",
        "take the quotes away where the sender has the secret",
    ),
    (
        "key-bom",
        |key| made(key.strip_prefix(b"\xef\xbb\xbf")?),
        "the secret here starts with a byte order mark, as some editors write it",
        "save the secret's file without a byte order mark",
    ),
    (
        "key-assignment",
        |key| made(after_name(key.trim_ascii())?),
        "the secret here is a whole line `NAME=...`, and what follows the name was used",
        "leave the name out",
    ),
    (
        "key-still-encoded",
        |key| SigningKey::from_hex(text(key)?).ok(),
        "the secret here is hexadecimal text, and the bytes that it stands for were used",
        "set the `encoding` of the secret to hex",
    ),
    (
        "key-still-encoded",
        |key| SigningKey::from_base64(&padded_base64(text(key)?)?).ok(),
        "the secret here is base64 text, and the bytes that it stands for were used",
        "set the `encoding` of the secret to base64",
    ),
    (
        "key-percent-encoded",
        |key| made(&percent_decoded(key.trim_ascii(), false)?),
        "the secret here is percent-encoded, and what it stands for was used",
        "write the secret as it is; it is encoded in URLs only",
    ),
    (
        "key-already-decoded",
        |key| SigningKey::from_text(encode_hex(key)).ok(),
        "what was used is the text of the secret (lower-case hexadecimal), not the bytes",
        "set the `encoding` of the secret to text, or leave it out",
    ),
    (
        "key-already-decoded",
        |key| SigningKey::from_text(encode_hex(key).to_ascii_uppercase()).ok(),
        "what was used is the text of the secret (upper-case hexadecimal), not the bytes",
        "set the `encoding` of the secret to text, or leave it out",
    ),
    (
        "key-already-decoded",
        |key| SigningKey::from_text(encode_base64(key)).ok(),
        "what was used is the text of the secret (base64), not the bytes",
        "set the `encoding` of the secret to text, or leave it out",
    ),
    (
        LETTER_CASE,
        |key| made(&key.to_ascii_lowercase()),
        "what was used is the secret in lower case",
        "write the secret in the letters that the sender has",
    ),
    (
        LETTER_CASE,
        |key| made(&key.to_ascii_uppercase()),
        "what was used is the secret in upper case",
        "write the secret in the letters that the sender has",
    ),
];

/// Returns a ring in all the forms that the alterations give it, each once.
pub(super) fn altered(ring: &SigningKeys) -> Vec<AlteredRing> {
    let mut seen = HashSet::from([ring_hash(ring)]);
    let mut all = Vec::new();
    for (rule, alter, what, advice) in ALTERATIONS {
        let Some(ring) = map(ring, *alter) else {
            continue;
        };
        if seen.insert(ring_hash(&ring)) {
            let change = Change::new(rule, *what, *advice);
            all.push(AlteredRing { change, ring });
        }
    }
    all
}

/// Alters all secrets of a ring to which that applies; `None` when it applies to none.
pub(super) fn map(
    ring: &SigningKeys,
    alter: impl Fn(&[u8]) -> Option<SigningKey>,
) -> Option<SigningKeys> {
    let mut altered: Option<SigningKeys> = None;
    for (id, key) in ring.iter() {
        let Some(key) = alter(key.expose_bytes()) else {
            continue;
        };
        altered = match altered {
            None => Some(SigningKeys::new(id.as_str(), key)),
            Some(ring) => Some(ring.with(id.as_str(), key).ok()?),
        };
    }
    altered
}

fn ring_hash(ring: &SigningKeys) -> u64 {
    let hashes = ring.iter().map(|(_, key)| bytes_hash(key.expose_bytes()));
    let hashes: Vec<u8> = hashes.flat_map(u64::to_ne_bytes).collect();
    bytes_hash(&hashes)
}

fn made(bytes: &[u8]) -> Option<SigningKey> {
    SigningKey::from_bytes(bytes).ok()
}

fn text(key: &[u8]) -> Option<&str> {
    std::str::from_utf8(key.trim_ascii()).ok()
}

fn without_line_end(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [rest @ .., b'\n' | b'\r'] = text {
        text = rest;
    }
    text
}

/// Returns what stands in quotes.
pub(super) fn without_quotes(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => Some(inner),
        _ => None,
    }
}

/// Returns what stands after the name of a variable.
fn after_name(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let at = line.iter().position(|byte| *byte == b'=')?;
    let (name, value) = (line.get(..at)?, line.get(at + 1..)?);
    let is_name = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    is_name.then(|| without_quotes(value).unwrap_or(value))
}
