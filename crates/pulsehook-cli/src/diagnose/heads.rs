//! Alters what stands beside the body: the form and the place of the signature.

use super::change::{Altered, Change};
use super::rings::without_quotes;
use super::stamps;
use super::text::{base64, hex, written};
use crate::providers::{MacEncoding, SignatureHeader};
use crate::request::Request;

/// The most headers among which a signature is looked for.
const MOST_LOOKED_AT: usize = 64;

/// The shortest and the longest MAC in use, in bytes.
const MAC_SIZES: std::ops::RangeInclusive<usize> = 16..=64;

/// Returns the request with its signature, time stamp and nonce in other forms and places.
pub(super) fn altered(proof: &SignatureHeader, request: &Request) -> Vec<Altered> {
    let placed = placed(proof, request);
    let mut all = written_anew(proof, request);
    all.extend(stamps::signed_otherwise(proof, request));
    for one in &placed {
        let again = written_anew(proof, &one.request);
        all.extend(again.into_iter().map(|two| Altered {
            change: both(&one.change, &two.change),
            request: two.request,
        }));
    }
    // A header in its place goes before one that is written anew there.
    placed.into_iter().chain(all).collect()
}

fn both(one: &Change, two: &Change) -> Change {
    Change::new(
        one.rule,
        format!("{}, and {}", one.what, two.what),
        format!("{}; {}", one.advice, two.advice),
    )
}

fn names(proof: &SignatureHeader) -> impl Iterator<Item = &'static str> {
    [Some(proof.name), proof.timestamp, proof.nonce]
        .into_iter()
        .flatten()
}

/// Returns all values of a header.
pub(super) fn values<'r>(request: &'r Request, name: &str) -> Vec<&'r [u8]> {
    let named = request
        .headers()
        .filter(|(other, _)| other.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value).collect()
}

/// Looks for the headers under other names, and for copies.
fn placed(proof: &SignatureHeader, request: &Request) -> Vec<Altered> {
    let mut all = Vec::new();
    let mut renamed = request.clone();
    let mut is_renamed = false;
    for name in names(proof) {
        let underscored = name.replace('-', "_");
        if values(request, name).is_empty()
            && let Some(value) = request.header(&underscored)
        {
            renamed = renamed
                .with_header(name, value)
                .without_header(&underscored);
            is_renamed = true;
        }
    }
    if is_renamed {
        all.push(Altered {
            change: Change::new(
                "header-underscores",
                "names of headers have underscores where the provider writes hyphens",
                "a gateway or CGI rewrites the names of headers; have it pass them on as they are",
            ),
            request: renamed,
        });
    }
    all.extend(without_copies(proof, request));
    if values(request, proof.name).is_empty() {
        all.extend(elsewhere(proof, request));
    }
    all
}

/// Takes one of several values that are the same.
fn without_copies(proof: &SignatureHeader, request: &Request) -> Option<Altered> {
    let mut changed = request.clone();
    let mut is_changed = false;
    for name in names(proof) {
        let all = values(request, name);
        let parts: Vec<&[u8]> = all
            .iter()
            .flat_map(|value| value.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .collect();
        if let [first, others @ ..] = parts.as_slice()
            && !others.is_empty()
            && others.iter().all(|other| other.eq(first))
        {
            changed = changed.replace_header(name, first);
            is_changed = true;
        }
    }
    is_changed.then(|| Altered {
        change: Change::new(
            "header-repeated",
            "a header of the signature is there twice, with the same value",
            "a proxy in front adds a copy; have it set the header instead",
        ),
        request: changed,
    })
}

/// Takes values of the right form from other headers.
fn elsewhere(proof: &SignatureHeader, request: &Request) -> Vec<Altered> {
    let headers = request.headers().take(MOST_LOOKED_AT);
    let fitting = headers.filter(|(_, value)| !macs_in(value, proof.encoding).is_empty());
    fitting
        .map(|(_, value)| Altered {
            change: Change::new(
                "signature-other-header",
                format!("the signature stands in another header than {}", proof.name),
                "a gateway renames headers, or the sender writes another name; have it written as \
                 the provider does",
            ),
            request: request.clone().with_header(proof.name, value),
        })
        .collect()
}

/// Writes the MAC in the form that the provider has.
fn written_anew(proof: &SignatureHeader, request: &Request) -> Vec<Altered> {
    let [value] = values(request, proof.name)[..] else {
        return Vec::new();
    };
    macs_in(value, proof.encoding)
        .into_iter()
        .filter(|found| !found.text.as_bytes().eq(value))
        .map(|found| Altered {
            change: found.change,
            request: request
                .clone()
                .replace_header(proof.name, found.text.as_bytes()),
        })
        .collect()
}

/// A MAC in the form that the provider has.
struct Found {
    change: Change,
    text: String,
}

/// Words that stand before a MAC.
const PREFIXES: [&str; 9] = [
    "sha1=",
    "sha256=",
    "sha512=",
    "hmac-sha256=",
    "hmac-sha1=",
    "hmac ",
    "v1=",
    "v1,",
    "v0=",
];

/// Reads a value as a MAC in all forms that are in use.
fn macs_in(value: &[u8], wanted: MacEncoding) -> Vec<Found> {
    let trimmed = value.trim_ascii();
    let unquoted = without_quotes(trimmed).unwrap_or(trimmed).trim_ascii();
    let prefix = PREFIXES.iter().find(|prefix| {
        let start = unquoted.get(..prefix.len()).unwrap_or_default();
        start.eq_ignore_ascii_case(prefix.as_bytes())
    });
    let bare = match prefix {
        Some(prefix) => unquoted.get(prefix.len()..).unwrap_or_default(),
        None => unquoted,
    };
    let wrap = if prefix.is_some() {
        Change::new(
            "signature-prefix",
            "a word such as `sha256=` stands before the signature",
            "have the signature written without it",
        )
    } else if unquoted.len() < trimmed.len() {
        Change::new(
            "signature-quotes",
            "the signature stands in quotes",
            "have the signature written without them",
        )
    } else {
        Change::new(
            "signature-blanks",
            "blanks stand around the signature",
            "have the signature written without them",
        )
    };
    let name = match wanted {
        MacEncoding::Hex => "lower-case hexadecimal digits",
        MacEncoding::Base64 => "base64 of the standard alphabet with padding",
    };
    let other = |rule, is: &str| {
        Change::new(
            rule,
            format!("the signature is {is}"),
            format!("have it written as the provider does: {name}"),
        )
    };
    let digits = |bytes: &[u8]| hex(bytes).filter(|bytes| MAC_SIZES.contains(&bytes.len()));
    let mut found = Vec::new();
    let mut add = |change: Change, bytes: &[u8]| {
        let text = written(bytes, wanted);
        found.push(Found { change, text });
    };
    if let Some(bytes) = digits(bare) {
        add(
            match wanted {
                MacEncoding::Base64 => other("signature-hex", "in hexadecimal digits"),
                MacEncoding::Hex if bare.iter().any(u8::is_ascii_uppercase) => {
                    other("signature-upper-case", "in upper-case digits")
                }
                MacEncoding::Hex => wrap.clone(),
            },
            &bytes,
        );
    }
    if let Some(bytes) = base64(bare, 2 * MAC_SIZES.end()) {
        if let Some(inner) = digits(&bytes) {
            let change = other("signature-base64-of-hex", "base64 of hexadecimal digits");
            add(change, &inner);
        }
        if MAC_SIZES.contains(&bytes.len()) {
            let is_url = !bare.len().is_multiple_of(4) || bare.iter().any(|b| b"-_".contains(b));
            add(
                match wanted {
                    _ if is_url => other("signature-base64url", "base64url, or has no padding"),
                    MacEncoding::Hex => other("signature-base64", "base64"),
                    MacEncoding::Base64 => wrap,
                },
                &bytes,
            );
        }
    }
    found
}
