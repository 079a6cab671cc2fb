//! Alters what is signed beside the body: time stamp and nonce.

use pulsehook_axum::SigningKeys;
use pulsehook_axum::jiff::Timestamp;

use super::Search;
use super::change::{Altered, Change};
use super::heads::values;
use crate::endpoint::AnyReceiver;
use crate::providers::SignatureHeader;
use crate::request::Request;

/// Returns the request as if another time stamp, or another order, had been signed.
pub(super) fn signed_otherwise(proof: &SignatureHeader, request: &Request) -> Vec<Altered> {
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
            all.push((in_seconds(), format!("{text}000")));
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

fn in_seconds() -> Change {
    Change::new(
        "timestamp-seconds",
        "the time stamp's header has seconds, and milliseconds were signed",
        "sign the text of the header as it is sent, and send milliseconds",
    )
}

impl Search<'_> {
    /// Tries every millisecond of the second that a time stamp names.
    pub(super) fn try_lost_millis(
        &mut self,
        proof: &SignatureHeader,
        receiver: &dyn AnyReceiver,
        keys: &SigningKeys,
    ) {
        let Some(name) = proof.timestamp else {
            return;
        };
        let [stamp] = values(self.request, name)[..] else {
            return;
        };
        let stamp = stamp.trim_ascii();
        if !(9..=11).contains(&stamp.len()) || !stamp.iter().all(u8::is_ascii_digit) {
            return;
        }
        // That of no milliseconds was tried among the other forms.
        for millis in 1..1000 {
            let signed = [stamp, format!("{millis:03}").as_bytes()].concat();
            let request = self.request.clone().replace_header(name, signed);
            let verdict = self.try_one(receiver, &request, keys, || in_seconds().finding());
            if verdict.fits() || self.bench.stopped_early {
                return;
            }
        }
    }
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
