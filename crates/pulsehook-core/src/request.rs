//! The head of a request, as adapters hand it in and as providers see it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::error::VerifyError;

/// Gives the core the headers of a request, whatever the framework stores them in.
///
/// With the feature `http` it is implemented for `http::HeaderMap` of version 1; a slice of pairs
/// always implements it, and so does a reference to it.
pub trait Headers: Sync {
    /// Visits every header once, repeated ones as often as they occur.
    fn each<'h>(&'h self, visit: &mut dyn FnMut(&'h str, &'h [u8]));

    /// Visits the headers whose names a sieve lets through, each with its place there. An
    /// implementation of its own spares a call for every other header.
    #[doc(hidden)]
    fn sift<'h>(&'h self, sieve: &Sieve, visit: &mut dyn FnMut(usize, &'h str, &'h [u8])) {
        self.each(&mut |name, value| {
            if let Some(first) = sieve.first(name) {
                visit(first, name, value);
            }
        });
    }
}

impl<N: AsRef<str> + Sync, V: AsRef<[u8]> + Sync> Headers for [(N, V)] {
    fn each<'h>(&'h self, visit: &mut dyn FnMut(&'h str, &'h [u8])) {
        for (name, value) in self {
            visit(name.as_ref(), value.as_ref());
        }
    }
}

impl<N: AsRef<str> + Sync, V: AsRef<[u8]> + Sync> Headers for Vec<(N, V)> {
    fn each<'h>(&'h self, visit: &mut dyn FnMut(&'h str, &'h [u8])) {
        self.as_slice().each(visit);
    }
}

impl<N: AsRef<str> + Sync, V: AsRef<[u8]> + Sync, const L: usize> Headers for [(N, V); L] {
    fn each<'h>(&'h self, visit: &mut dyn FnMut(&'h str, &'h [u8])) {
        self.as_slice().each(visit);
    }
}

impl<H: Headers + ?Sized> Headers for &H {
    fn each<'h>(&'h self, visit: &mut dyn FnMut(&'h str, &'h [u8])) {
        (**self).each(visit);
    }

    fn sift<'h>(&'h self, sieve: &Sieve, visit: &mut dyn FnMut(usize, &'h str, &'h [u8])) {
        (**self).sift(sieve, visit);
    }
}

#[cfg(feature = "http")]
impl Headers for http::HeaderMap {
    fn each<'h>(&'h self, visit: &mut dyn FnMut(&'h str, &'h [u8])) {
        for (name, value) in self {
            visit(name.as_str(), value.as_bytes());
        }
    }

    fn sift<'h>(&'h self, sieve: &Sieve, visit: &mut dyn FnMut(usize, &'h str, &'h [u8])) {
        for (name, value) in self {
            if let Some(first) = sieve.first(name.as_str()) {
                visit(first, name.as_str(), value.as_bytes());
            }
        }
    }
}

/// Describes a request whose body has not been read yet.
///
/// Path and query are those of the request line, percent-encoding untouched and nothing stripped
/// by nested routers.
///
/// ```
/// use pulsehook_core::RequestHead;
///
/// let headers = [("content-type", "application/json")];
/// let head = RequestHead::new("POST", "/hooks/metriport", &headers).with_query(Some("a=1"));
/// # let _ = head;
/// ```
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    peer: Option<IpAddr>,
    headers: &'a dyn Headers,
}

impl<'a> RequestHead<'a> {
    /// Describes a request without query and with an unknown peer.
    #[must_use]
    pub fn new(method: &'a str, path: &'a str, headers: &'a dyn Headers) -> Self {
        Self {
            method,
            path,
            query: None,
            peer: None,
            headers,
        }
    }

    /// Sets the raw query, without the question mark.
    #[must_use]
    pub fn with_query(mut self, query: Option<&'a str>) -> Self {
        self.query = query;
        self
    }

    /// Sets the address that the connection came from.
    #[must_use]
    pub fn with_peer(mut self, peer: Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }
}

#[cfg(feature = "http")]
impl<'a> From<&'a http::request::Parts> for RequestHead<'a> {
    /// Takes path and query from the parts' URI; adapters of routers that strip prefixes must
    /// hand in the original one instead.
    #[inline]
    fn from(parts: &'a http::request::Parts) -> Self {
        Self::new(parts.method.as_str(), parts.uri.path(), &parts.headers)
            .with_query(parts.uri.query())
    }
}

impl fmt::Debug for RequestHead<'_> {
    /// Prints the method only: path, query and headers can hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Tells what a request holds under a header name.
///
/// `Debug` prints lengths only.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth case")]
pub enum HeaderLookup<'a> {
    /// There is no such header.
    #[default]
    Missing,
    /// There is one; it may be empty, and need not be text.
    One(&'a [u8]),
    /// There are several, be they the same or not: choosing one would be a guess.
    Repeated,
}

impl fmt::Debug for HeaderLookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("Missing"),
            Self::One(value) => write!(f, "One({} bytes)", value.len()),
            Self::Repeated => f.write_str("Repeated"),
        }
    }
}

/// Names a header that a provider reads.
#[derive(Clone, Debug)]
pub struct WantedHeader {
    name: Cow<'static, str>,
    kept: bool,
}

impl WantedHeader {
    /// Names a header that only verification reads, such as a signature or a credential.
    #[must_use]
    pub fn for_check(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name.into(), false)
    }

    /// Names a header that decoding reads as well; it goes into the stored form of a request.
    #[must_use]
    pub fn kept(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name.into(), true)
    }

    fn new(name: Cow<'static, str>, kept: bool) -> Self {
        let name = lower(name);
        Self { name, kept }
    }
}

pub(crate) fn lower(name: Cow<'static, str>) -> Cow<'static, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        name
    }
}

/// The headers of interest, looked for in one pass: the core's own, then the provider's.
#[derive(Debug)]
pub(crate) struct WantedHeaders {
    names: Vec<WantedHeader>,
    sieve: Sieve,
}

/// The place of the first name of each class; most headers are passed over by it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sieve([u8; CLASSES]);

impl Sieve {
    /// Finds the first place of a name's class.
    #[inline]
    fn first(&self, name: &str) -> Option<usize> {
        let first = self.0[class_of(name)];
        (first != NO_PLACE).then_some(usize::from(first))
    }
}

impl WantedHeaders {
    pub(crate) fn new(of_provider: Vec<WantedHeader>) -> Self {
        let mut names = vec![
            WantedHeader::for_check(CONTENT_LENGTH),
            WantedHeader::for_check(CONTENT_TYPE),
        ];
        for header in of_provider {
            match names.iter_mut().find(|known| known.name == header.name) {
                Some(known) => known.kept |= header.kept,
                None => names.push(header),
            }
        }
        let mut first_of_class = [NO_PLACE; CLASSES];
        // Beyond the last place of a byte, the search starts there.
        let places = (0..NO_PLACE).chain(std::iter::repeat(NO_PLACE - 1));
        for (place, header) in places.zip(&names) {
            let first = &mut first_of_class[class_of(&header.name)];
            *first = place.min(*first);
        }
        Self {
            names,
            sieve: Sieve(first_of_class),
        }
    }

    /// Finds the place of a name.
    #[inline]
    fn position(&self, name: &str) -> Option<usize> {
        self.position_from(self.sieve.first(name)?, name)
    }

    /// Finds the place of a name from the first one of its class on.
    #[inline]
    fn position_from(&self, first: usize, name: &str) -> Option<usize> {
        let known = &*self.names.get(first)?.name;
        // Providers ask by the constants that they gave.
        if std::ptr::eq(known, name) || known == name {
            return Some(first);
        }
        // The name shares its class, or is spelt in another case.
        let rest = self.names.get(first..)?;
        let further = rest
            .iter()
            .position(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(first + further)
    }
}

/// How many classes of names there are.
const CLASSES: usize = 64;

/// Stands where no name of a class is wanted.
const NO_PLACE: u8 = u8::MAX;

/// Sorts names, whatever their case, into classes by length and last letter.
#[inline]
fn class_of(name: &str) -> usize {
    // An even multiple of the letter, so that the bit that tells its cases apart does not count.
    let last = name.as_bytes().last().copied().unwrap_or_default();
    (name.len() + 14 * usize::from(last)) % CLASSES
}

const CONTENT_LENGTH: &str = "content-length";
const CONTENT_LENGTH_AT: usize = 0;
const CONTENT_TYPE: &str = "content-type";
const CONTENT_TYPE_AT: usize = 1;

/// How many header values are held in place; further ones are looked up when asked for.
const HELD: usize = 8;

/// Describes a request to a provider: its head with the wanted headers at hand.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    request: RequestHead<'a>,
    wanted: &'a WantedHeaders,
    /// The first value of each wanted header.
    held: [Option<&'a [u8]>; HELD],
    /// Bit `n` is set when the header at `n` is there several times.
    repeated: u8,
}

impl<'a> Head<'a> {
    pub(crate) fn collect(request: RequestHead<'a>, wanted: &'a WantedHeaders) -> Self {
        let mut head = Self {
            request,
            wanted,
            held: [None; HELD],
            repeated: 0,
        };
        let note: &mut dyn FnMut(usize, &'a str, &'a [u8]) =
            &mut |first, name, value| head.note(first, name, value);
        request.headers.sift(&wanted.sieve, note);
        head
    }

    /// Keeps a value, if its header is wanted. Apart, so that passing a header over stays cheap.
    #[inline(never)]
    fn note(&mut self, first: usize, name: &str, value: &'a [u8]) {
        let Some(position) = self.wanted.position_from(first, name) else {
            return;
        };
        if let Some(slot) = self.held.get_mut(position) {
            match slot {
                None => *slot = Some(value),
                Some(_) => self.repeated |= 1 << position,
            }
        }
    }

    /// Looks a wanted header up by its place, if values of that place are held.
    #[inline]
    fn held(&self, position: usize) -> Option<HeaderLookup<'a>> {
        let value = self.held.get(position)?;
        Some(match value {
            _ if self.repeated >> position & 1 == 1 => HeaderLookup::Repeated,
            Some(value) => HeaderLookup::One(value),
            None => HeaderLookup::Missing,
        })
    }

    /// Returns the method, as on the request line.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.request.method
    }

    /// Returns the path, as on the request line. It can hold a secret.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.request.path
    }

    /// Returns the raw query, without the question mark. It can hold a secret.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.request.query
    }

    /// Returns the address that the connection came from, if the adapter knows it.
    #[must_use]
    pub fn peer(&self) -> Option<IpAddr> {
        self.request.peer
    }

    /// Looks a header up; upper and lower case do not matter.
    ///
    /// A header that the provider named in [`Provider::headers`](crate::Provider::headers) is at
    /// hand; another one costs a walk over all headers.
    #[must_use]
    #[inline]
    pub fn header(&self, name: &str) -> HeaderLookup<'a> {
        let position = self.wanted.position(name);
        match position.and_then(|position| self.held(position)) {
            Some(held) => held,
            None => self.walk_to(name),
        }
    }

    /// Looks a header up that is not held.
    #[cold]
    fn walk_to(&self, name: &str) -> HeaderLookup<'a> {
        let mut found = HeaderLookup::Missing;
        self.each_header(name, &mut |value| {
            found = match found {
                HeaderLookup::Missing => HeaderLookup::One(value),
                _ => HeaderLookup::Repeated,
            };
        });
        found
    }

    /// Visits every value of a header, for those that may be given in several lines.
    pub fn each_header(&self, name: &str, visit: &mut dyn FnMut(&'a [u8])) {
        self.request.headers.each(&mut |candidate, value| {
            if candidate.eq_ignore_ascii_case(name) {
                visit(value);
            }
        });
    }

    /// Returns the value of a header that must be there exactly once.
    ///
    /// # Errors
    ///
    /// Returns [`VerifyError::MissingHeader`] or [`VerifyError::RepeatedHeader`].
    #[inline]
    pub fn required(&self, name: &str) -> Result<&'a [u8], VerifyError> {
        match self.header(name) {
            HeaderLookup::One(value) => Ok(value),
            HeaderLookup::Missing => Err(VerifyError::MissingHeader {
                name: self.owned(name),
            }),
            HeaderLookup::Repeated => Err(VerifyError::RepeatedHeader {
                name: self.owned(name),
            }),
        }
    }

    /// Makes the error for a header whose value cannot be right.
    #[must_use]
    pub fn malformed(&self, name: &str) -> VerifyError {
        VerifyError::MalformedHeader {
            name: self.owned(name),
        }
    }

    /// Makes the error for a header whose value is not a time stamp of the documented form.
    #[must_use]
    pub fn malformed_timestamp(&self, name: &str) -> VerifyError {
        VerifyError::MalformedTimestamp {
            name: self.owned(name),
        }
    }

    /// Returns the declared length of the body in bytes, if there is one valid declaration.
    ///
    /// It is a hint: the body is counted as it comes.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        match self.held(CONTENT_LENGTH_AT) {
            Some(HeaderLookup::One(value)) if !value.is_empty() => {
                value.iter().try_fold(0_u64, |length, digit| {
                    let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
                    // More digits than fit are still a length, and one that no limit allows.
                    Some(length.saturating_mul(10).saturating_add(digit))
                })
            }
            _ => None,
        }
    }

    /// Looks the content type up.
    #[must_use]
    pub fn content_type(&self) -> HeaderLookup<'a> {
        self.held(CONTENT_TYPE_AT).unwrap_or_default()
    }

    /// Visits the headers that belong into the stored form, if they are there once.
    pub(crate) fn each_kept(&self, visit: &mut dyn FnMut(&'a str, &'a [u8])) {
        for header in self.wanted.names.iter().filter(|header| header.kept) {
            if let HeaderLookup::One(value) = self.header(&header.name) {
                visit(&header.name, value);
            }
        }
    }

    /// Returns the value of a kept header, if it is there once.
    pub(crate) fn kept(&self, name: &str) -> Option<&'a [u8]> {
        let position = self.wanted.position(name)?;
        match self.wanted.names.get(position) {
            Some(header) if header.kept => match self.header(name) {
                HeaderLookup::One(value) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Gives an error a header name of its own; names that are known are not copied.
    #[cold]
    fn owned(&self, name: &str) -> Cow<'static, str> {
        let position = self.wanted.position(name);
        match position.and_then(|position| self.wanted.names.get(position)) {
            Some(header) => header.name.clone(),
            None => Cow::Owned(name.to_ascii_lowercase()),
        }
    }
}

impl fmt::Debug for Head<'_> {
    /// Prints the method only: path, query and headers can hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("method", &self.request.method)
            .finish_non_exhaustive()
    }
}
