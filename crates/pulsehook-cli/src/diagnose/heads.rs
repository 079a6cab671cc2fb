//! Alters what stands beside the body: signature, time stamp and nonce.

use pulsehook_axum::jiff::Timestamp;

use super::change::{Altered, Change};
use super::rings::without_quotes;
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
    all.extend(signed_otherwise(proof, request));
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
fn values<'r>(request: &'r Request, name: &str) -> Vec<&'r [u8]> {
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

/// Returns the request as if another time stamp, or another order, had been signed.
fn signed_otherwise(proof: &SignatureHeader, request: &Request) -> Vec<Altered> {
    let Some(name) = proof.timestamp else {
        return Vec::new();
    };
    let [stamp] = values(request, name)[..] else {
        return Vec::new();
    };
    let nonce = match proof.nonce.map(|name| values(request, name)) {
        None => None,
        Some(nonces) => match nonces[..] {
            [nonce] => Some(nonce),
            _ => return Vec::new(),
        },
    };
    let mut all = Vec::new();
    for (change, stamp) in stamps(stamp) {
        let joined = [stamp.as_bytes(), nonce.unwrap_or_default()].concat();
        let request = match proof.joined {
            true => as_signed(proof, request, &joined),
            false => Some(request.clone().replace_header(name, stamp)),
        };
        all.extend(request.map(|request| Altered { change, request }));
    }
    if !proof.joined {
        return all;
    }
    let mut add = |rule, what: &'static str, advice: &'static str, tail: &[u8]| {
        let request = as_signed(proof, request, tail);
        let change = Change::new(rule, what, advice);
        all.extend(request.map(|request| Altered { change, request }));
    };
    if let Some(nonce) = nonce {
        add(
            "timestamp-nonce-swapped",
            "time stamp and nonce are swapped: the nonce was signed first",
            "sign the body, then the time stamp, then the nonce, and check which header has which",
            &[nonce, stamp].concat(),
        );
        add(
            "nonce-not-signed",
            "the nonce was not signed",
            "sign the body, then the time stamp, then the nonce",
            stamp,
        );
    }
    add(
        "timestamp-not-signed",
        "the body alone was signed, without the time stamp",
        "sign the time stamp's text after the body, with nothing between",
        nonce.unwrap_or_default(),
    );
    let dotted = match nonce {
        Some(nonce) => [b".", stamp, b".", nonce].concat(),
        None => [b".", stamp].concat(),
    };
    add(
        "separator-signed",
        "the signed text has dots between its parts",
        "sign the parts one after the other, with nothing between",
        &dotted,
    );
    all
}

/// Moves bytes from the body's side of the signed text to the headers, so that a receiver verifies
/// the body with this after it.
fn as_signed(proof: &SignatureHeader, request: &Request, tail: &[u8]) -> Option<Request> {
    if request.body().len() > MOST_MOVED {
        return None;
    }
    let mut text = [request.body(), tail].concat();
    let mut request = request.clone().without_header("content-length");
    for name in [proof.nonce, proof.timestamp].into_iter().flatten() {
        // One digit is a time stamp of any form, and a nonce.
        let last = text.pop()?;
        request = request.replace_header(name, [last]);
    }
    Some(request.with_body(text))
}

/// The largest body that is copied for that.
const MOST_MOVED: usize = 4 * 1024 * 1024;

/// Returns a time stamp in other units and forms.
fn stamps(stamp: &[u8]) -> Vec<(Change, String)> {
    let Ok(text) = std::str::from_utf8(stamp.trim_ascii()) else {
        return Vec::new();
    };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<i64>().ok().filter(|_| is_number);
    let seconds = || {
        Change::new(
            "timestamp-seconds",
            "the time stamp's header has seconds, and milliseconds were signed",
            "sign the text of the header as it is sent, and send milliseconds",
        )
    };
    let millis = || {
        Change::new(
            "timestamp-millis",
            "the time stamp's header has milliseconds, and seconds were signed",
            "sign the text of the header as it is sent",
        )
    };
    let iso_signed = || {
        Change::new(
            "timestamp-iso-signed",
            "the time stamp's header has a number, and a date in words (ISO 8601) was signed",
            "sign the text of the header as it is sent",
        )
    };
    let iso = || {
        Change::new(
            "timestamp-iso",
            "the time stamp's header has a date in words (ISO 8601), and a number was signed",
            "sign the text of the header as it is sent",
        )
    };
    let dates = |time: Timestamp| {
        let whole = Timestamp::from_second(time.as_second()).unwrap_or(time);
        [
            format!("{time:.3}"),
            whole.to_string(),
            whole.to_string().replace('Z', "+00:00"),
        ]
        .map(|date| (iso_signed(), date))
    };
    let mut all = Vec::new();
    match (number, text.len()) {
        (Some(number), 9..=11) => {
            all.push((seconds(), format!("{text}000")));
            all.extend(
                Timestamp::from_second(number)
                    .ok()
                    .into_iter()
                    .flat_map(dates),
            );
        }
        (Some(number), 12..=14) => {
            all.push((
                millis(),
                text.get(..text.len() - 3).unwrap_or_default().to_owned(),
            ));
            let time = Timestamp::from_millisecond(number).ok();
            all.extend(time.into_iter().flat_map(dates));
        }
        _ => {
            if let Ok(time) = text.parse::<Timestamp>() {
                all.push((iso(), time.as_millisecond().to_string()));
                all.push((iso(), time.as_second().to_string()));
            }
        }
    }
    all
}

/// Returns when a request says that it was signed.
pub(super) fn signed_at(proof: &SignatureHeader, request: &Request) -> Option<Timestamp> {
    let text = request.header_text(proof.timestamp?)?;
    match (text.parse::<i64>(), text.len()) {
        (Ok(seconds), 1..=11) => Timestamp::from_second(seconds).ok(),
        (Ok(millis), 12..=14) => Timestamp::from_millisecond(millis).ok(),
        _ => text.parse().ok(),
    }
}
