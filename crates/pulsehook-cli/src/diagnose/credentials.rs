//! Alters secrets that callers present as they are: in the URL and in headers.

use pulsehook_axum::signature::{decode_base64_up_to, encode_base64};

use super::change::{Altered, Change};
use super::rings::without_quotes;
use super::text::{base64, percent_decoded, percent_encoded};
use crate::request::Request;
use crate::secrets::{InHeader, InUrl, UrlPlace};

/// The most parameters, segments or headers that are looked at.
const MOST_LOOKED_AT: usize = 32;
/// The longest text that is taken for a secret.
const MOST_SECRET: usize = 8 * 1024;

/// Rule, what differs, what to do.
type Words = (&'static str, &'static str, &'static str);

const SCHEME: Words = (
    "credential-scheme",
    "the secret is right, and the word before it (`Basic`, `Bearer` or none) is not",
    "have it sent as `authorization` has it: the complete value, with its scheme",
);
const BASE64_FORM: Words = (
    "credential-base64",
    "user and password are right, and written in another form of base64",
    "have them written as `Basic` and base64 of the standard alphabet with padding",
);
const OTHER_USER: Words = (
    "credential-other-user",
    "the password is right, and the user is another",
    "set `user` to the name that the sender has, or the other way round",
);
const OTHER_USER_AND_SCHEME: Words = (
    "credential-other-user",
    "the password is right, and both the user and the word before it are others",
    "set `user` to the name that the sender has, or the other way round, and have it sent with \
     the scheme `Basic`",
);
const NO_USER: Words = (
    "credential-no-user",
    "the base64 in the header is that of the password alone, without a user",
    "have the sender encode `user:password`, with the `user` of `authorization`",
);

const IN_THE_URL: &str = "register the URL at the provider anew, with the secret where \
                          `url_secret_in` says, percent-encoded once";

/// Returns the request with texts that may be the secret put where it should stand in the URL.
pub(super) fn in_url(wanted: &InUrl, request: &Request) -> Vec<Altered> {
    let place = &wanted.place;
    let mut found: Vec<(Words, Vec<u8>)> = Vec::new();
    let presented = presented(place, request);
    if let [first, others @ ..] = presented.as_slice()
        && !others.is_empty()
        && others.iter().all(|other| other.eq(first))
    {
        let words = (
            "url-secret-repeated",
            "the parameter of the secret is there twice, with the same value",
            "register the URL at the provider with the parameter once",
        );
        found.push((words, decoded(first, place)));
    }
    if let [raw] = presented.as_slice() {
        found.extend(read_anew(raw, place));
    }
    let (parameters, segments) = (parameters(request), segments(request));
    let in_query = |wanted: &&(Vec<u8>, Vec<u8>)| match place {
        UrlPlace::Query(name) => !wanted.0.eq(name.as_bytes()),
        UrlPlace::Path => true,
    };
    for (_, value) in parameters.iter().filter(in_query) {
        let words = match place {
            UrlPlace::Query(_) => (
                "url-secret-other-parameter",
                "the secret stands in another parameter of the query",
                IN_THE_URL,
            ),
            UrlPlace::Path => (
                "url-secret-in-query",
                "the secret stands in the query and not in the path",
                IN_THE_URL,
            ),
        };
        found.push((words, decoded(value, &UrlPlace::Query(String::new()))));
    }
    for segment in segments {
        let words = match place {
            UrlPlace::Query(_) => (
                "url-secret-in-path",
                "the secret stands in the path and not in the query",
                IN_THE_URL,
            ),
            UrlPlace::Path => (
                "url-secret-other-segment",
                "the secret stands in the path, but something follows it",
                "register the URL at the provider with the secret as the last part of its path, \
                 without a slash after it",
            ),
        };
        found.push((words, decoded(&segment, &UrlPlace::Path)));
    }
    for (_, value) in request.headers().take(MOST_LOOKED_AT) {
        let words = (
            "url-secret-in-header",
            "the secret stands in a header and not in the URL",
            IN_THE_URL,
        );
        for text in bare(value) {
            found.push((words, text));
        }
    }
    let usable = found
        .into_iter()
        .filter(|(_, text)| (1..=MOST_SECRET).contains(&text.len()));
    usable
        .map(|((rule, what, advice), text)| Altered {
            change: Change::new(rule, what, advice),
            request: with_secret(place, request, &text),
        })
        .collect()
}

/// Returns what the URL presents in lower case, for secrets in lower case.
pub(super) fn in_url_lower(wanted: &InUrl, request: &Request) -> Option<Request> {
    let presented = presented(&wanted.place, request);
    let [presented] = presented.as_slice() else {
        return None;
    };
    let text = decoded(presented, &wanted.place).to_ascii_lowercase();
    (!text.is_empty()).then(|| with_secret(&wanted.place, request, &text))
}

/// Returns what stands where the secret should, as it is written in the URL.
fn presented(place: &UrlPlace, request: &Request) -> Vec<Vec<u8>> {
    match place {
        UrlPlace::Query(name) => parameters(request)
            .into_iter()
            .filter(|(other, _)| other.eq(name.as_bytes()))
            .map(|(_, value)| value)
            .collect(),
        UrlPlace::Path => {
            let last = request.path().rsplit('/').next().unwrap_or_default();
            Some(last.as_bytes().to_vec())
                .filter(|last| !last.is_empty())
                .into_iter()
                .collect()
        }
    }
}

/// Returns the parameters of the query: decoded names, and values as written.
fn parameters(request: &Request) -> Vec<(Vec<u8>, Vec<u8>)> {
    let parts = request.query().unwrap_or_default().split('&');
    let pairs = parts.take(MOST_LOOKED_AT).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = percent_decoded(name.as_bytes(), true).unwrap_or_else(|| name.into());
        (name, value.as_bytes().to_vec())
    });
    pairs.collect()
}

/// Returns the last segments of the path, as written, the last one last.
fn segments(request: &Request) -> Vec<Vec<u8>> {
    let mut last: Vec<Vec<u8>> = request
        .path()
        .rsplit('/')
        .filter(|segment| !segment.is_empty())
        .take(MOST_LOOKED_AT)
        .map(|segment| segment.as_bytes().to_vec())
        .collect();
    last.reverse();
    last
}

fn decoded(raw: &[u8], place: &UrlPlace) -> Vec<u8> {
    let plus_is_blank = *place != UrlPlace::Path;
    percent_decoded(raw, plus_is_blank).unwrap_or_else(|| raw.to_vec())
}

/// Reads what is presented in the right place in other ways.
fn read_anew(raw: &[u8], place: &UrlPlace) -> Vec<(Words, Vec<u8>)> {
    let plain = decoded(raw, place);
    let mut found = cleaned(&plain);
    if let Some(twice) = percent_decoded(&plain, false) {
        let words = (
            "url-secret-encoded-twice",
            "the secret is percent-encoded twice",
            IN_THE_URL,
        );
        found.push((words, twice));
    }
    let plus: Words = (
        "url-secret-plus",
        "a `+` of the URL is read in another way than it was meant: in a query it is a blank, in a \
         path it is itself",
        "write `%2B` for a plus and `%20` for a blank",
    );
    if raw.contains(&b'+') {
        let literal = percent_decoded(raw, false).unwrap_or_else(|| raw.to_vec());
        found.push((plus, literal));
        found.extend(percent_decoded(raw, true).map(|blanks| (plus, blanks)));
    }
    let words = match percent_decoded(raw, false) {
        Some(_) => (
            "key-percent-encoded",
            "the secret here is percent-encoded, and what it stands for was used",
            "write the secret as it is; it is encoded in URLs only",
        ),
        None => (
            "url-secret-not-encoded",
            "the secret stands in the URL without percent-encoding",
            IN_THE_URL,
        ),
    };
    found.push((words, raw.to_vec()));
    found
}

/// Takes away what editors and shells add.
fn cleaned(text: &[u8]) -> Vec<(Words, Vec<u8>)> {
    let trimmed = text.trim_ascii();
    let mut found = Vec::new();
    if trimmed.len() < text.len() {
        let words = match text.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            true => (
                "credential-line-end",
                "what is presented has a line end beside the secret",
                "take the line end away where the provider has the secret",
            ),
            false => (
                "credential-blanks",
                "what is presented has blanks around the secret",
                "take the blanks away where the provider has the secret",
            ),
        };
        found.push((words, trimmed.to_vec()));
    }
    if let Some(inner) = without_quotes(trimmed) {
        let words = (
            "credential-quotes",
            "what is presented is the secret in quotes",
            "take the quotes away where the provider has the secret",
        );
        found.push((words, inner.to_vec()));
    }
    found
}

/// Puts a text where the secret should stand.
fn with_secret(place: &UrlPlace, request: &Request, text: &[u8]) -> Request {
    let encoded = percent_encoded(text);
    let (path, query) = (request.path(), request.query());
    let target = match place {
        UrlPlace::Query(name) => {
            let others = query.unwrap_or_default().split('&').filter(|part| {
                let other = part.split_once('=').map_or(*part, |(name, _)| name);
                let other = percent_decoded(other.as_bytes(), true);
                let raw = part.split_once('=').map_or(*part, |(name, _)| name);
                !other
                    .as_deref()
                    .unwrap_or(raw.as_bytes())
                    .eq(name.as_bytes())
            });
            let mut parts: Vec<&str> = others.collect();
            let own = format!("{name}={encoded}");
            parts.push(&own);
            format!("{path}?{}", parts.join("&"))
        }
        // The last segment alone counts.
        UrlPlace::Path => match query {
            Some(query) => format!("{path}/{encoded}?{query}"),
            None => format!("{path}/{encoded}"),
        },
    };
    request.clone().with_target(target)
}

/// Returns a header's value, also without its scheme, and the password that may be in it.
fn bare(value: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![value.to_vec()];
    if let (Some(_), rest) = split_scheme(value) {
        all.push(rest.to_vec());
        all.extend(pair_of(rest).map(|(_, password)| password));
    }
    all
}

/// Splits a scheme off a value.
fn split_scheme(value: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let blank = value.iter().position(|byte| *byte == b' ');
    let Some((word, rest)) = blank.and_then(|blank| value.split_at_checked(blank)) else {
        return (None, value);
    };
    let is_word = !word.is_empty() && word.len() <= 16 && word.iter().all(u8::is_ascii_alphabetic);
    match is_word {
        true => (Some(word), rest.trim_ascii()),
        false => (None, value),
    }
}

/// Reads user and password of the scheme `Basic`.
fn pair_of(encoded: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let pair = base64(encoded.trim_ascii(), MOST_SECRET)?;
    split_pair(&pair)
}

fn split_pair(pair: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some((pair.get(..colon)?.to_vec(), pair.get(colon + 1..)?.to_vec()))
}

fn basic(user: &[u8], password: &[u8]) -> Vec<u8> {
    let pair = [user, b":", password].concat();
    format!("Basic {}", encode_base64(&pair)).into_bytes()
}

/// Returns the request with values that may be meant put into the header.
pub(super) fn in_header(wanted: &InHeader, request: &Request) -> Vec<Altered> {
    let mut found: Vec<(Words, Vec<u8>)> = Vec::new();
    let all = request
        .headers()
        .filter(|(name, _)| name.eq_ignore_ascii_case(&wanted.name));
    let presented: Vec<&[u8]> = all.map(|(_, value)| value).collect();
    if let [first, others @ ..] = presented.as_slice()
        && !others.is_empty()
        && others.iter().all(|other| other.eq(first))
    {
        let words = (
            "header-repeated",
            "the header of the secret is there twice, with the same value",
            "a proxy in front adds a copy; have it set the header instead",
        );
        found.push((words, first.to_vec()));
    }
    let users = users_of(wanted);
    if let [value] = presented.as_slice() {
        found.extend(cleaned(value));
        found.extend(pairs_anew(value, &users));
        found.extend(with_schemes(value, &users).map(|value| (SCHEME, value)));
    }
    let elsewhere = request
        .headers()
        .filter(|(name, _)| !name.eq_ignore_ascii_case(&wanted.name));
    for (_, value) in elsewhere.take(MOST_LOOKED_AT) {
        let words = (
            "credential-other-header",
            "the secret stands in another header",
            "have it sent in the header that `authorization_header` names, or name that header \
             there",
        );
        found.push((words, value.to_vec()));
        found.extend(with_schemes(value, &users).map(|value| (words, value)));
    }
    for (_, value) in parameters(request) {
        let words = (
            "credential-in-url",
            "the secret stands in the URL and not in a header",
            "have it sent in the header, or name it in `url_secrets` instead",
        );
        let value = decoded(&value, &UrlPlace::Query(String::new()));
        found.push((words, value.clone()));
        found.extend(with_schemes(&value, &users).map(|value| (words, value)));
    }
    let usable = found
        .into_iter()
        .filter(|(_, text)| (1..=MOST_SECRET).contains(&text.len()));
    usable
        .map(|((rule, what, advice), value)| Altered {
            change: Change::new(rule, what, advice),
            request: request
                .clone()
                .without_header(&wanted.name)
                .with_header(wanted.name.clone(), value),
        })
        .collect()
}

/// Returns what the header presents in lower case, for secrets in lower case.
pub(super) fn in_header_lower(wanted: &InHeader, request: &Request) -> Option<Request> {
    let mut named = request
        .headers()
        .filter(|(name, _)| name.eq_ignore_ascii_case(&wanted.name));
    let value = match (named.next(), named.next()) {
        (Some((_, value)), None) => value.to_ascii_lowercase(),
        _ => return None,
    };
    let request = request.clone().without_header(&wanted.name);
    Some(request.with_header(wanted.name.clone(), value))
}

/// Returns the users of expected values of the scheme `Basic`.
fn users_of(wanted: &InHeader) -> Vec<Vec<u8>> {
    let values = wanted.values.iter().map(|(_, value)| value.expose_bytes());
    let users = values.filter_map(|value| match split_scheme(value) {
        (Some(scheme), rest) if scheme.eq_ignore_ascii_case(b"basic") => {
            let pair = decode_base64_up_to(rest, MOST_SECRET)?;
            split_pair(&pair).map(|(user, _)| user)
        }
        _ => None,
    });
    users.collect()
}

/// Reads user and password in other ways.
fn pairs_anew(value: &[u8], users: &[Vec<u8>]) -> Vec<(Words, Vec<u8>)> {
    let mut found: Vec<(Words, Vec<u8>)> = Vec::new();
    let (scheme, rest) = split_scheme(value);
    if let Some((user, password)) = split_pair(rest) {
        let words = (
            "credential-not-encoded",
            "user and password stand in the header as they are, and `Basic` asks for their base64",
            "have the sender encode `user:password` with base64",
        );
        found.push((words, basic(&user, &password)));
    }
    if scheme.is_none() {
        return found;
    }
    let is_basic = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic"));
    if let Some((user, password)) = pair_of(rest) {
        found.extend(
            cleaned(&password)
                .into_iter()
                .map(|(words, password)| (words, basic(&user, &password))),
        );
        let of_user = users.iter().map(|expected| {
            let words = match (expected.eq(&user), is_basic) {
                (true, true) => BASE64_FORM,
                (true, false) => SCHEME,
                (false, true) => OTHER_USER,
                (false, false) => OTHER_USER_AND_SCHEME,
            };
            (words, basic(expected, &password))
        });
        found.extend(of_user);
    }
    if is_basic && let Some(password) = base64(rest.trim_ascii(), MOST_SECRET) {
        let of_user = users.iter().map(|user| (NO_USER, basic(user, &password)));
        found.extend(of_user);
    }
    // Base64 that an editor or `base64` broke into lines.
    let joined: Vec<u8> = rest
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let words = (
        "credential-line-end",
        "the base64 of the header is broken by blanks",
        "have it written on one line; `base64 -w 0` does",
    );
    found.push((words, [b"Basic ", joined.as_slice()].concat()));
    found
}

/// Returns a value with every other scheme that is in use, and as the password of the known users.
fn with_schemes(value: &[u8], users: &[Vec<u8>]) -> impl Iterator<Item = Vec<u8>> {
    let (_, rest) = split_scheme(value);
    let mut all = vec![rest.to_vec()];
    for scheme in ["Bearer ", "Basic ", "Token ", "ApiKey "] {
        for text in [rest, value] {
            all.push([scheme.as_bytes(), text].concat());
        }
    }
    all.extend(users.iter().map(|user| basic(user, rest)));
    if let Some((_, password)) = pair_of(rest) {
        all.push([b"Bearer ", password.as_slice()].concat());
        all.push(password);
    }
    all.into_iter()
}
