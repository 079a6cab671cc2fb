//! Paging of answers, by their headers. Guide "Patterns and conventions" at reference.humanapi.co,
//! read November 2026; the grammar of `Link` is that of RFC 8288.

use std::borrow::Cow;

use super::HumanApi;
use super::api::Api;
use crate::follow_up::{Call, FollowUpError};
use crate::provider::Provider as _;
use crate::request::Headers;

const LINK: &str = "Link";
const TOTAL: &str = "X-Total-Count";

/// Says how many records there are, and which call brings the next page.
///
/// `Debug` shows no parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// How many records there are on all pages, if the answer says so once and in digits.
    pub total: Option<u64>,
    /// The call of the next page; `None` after the last one.
    pub next: Option<Call>,
}

impl Api {
    /// Reads the headers of an answer to a call: `X-Total-Count`, and `Link` with `rel="next"`.
    ///
    /// The next call needs the same credential as this one. A path that begins with one slash, or a
    /// query alone, is completed from this call's URL; other relative URLs are refused. Links that
    /// name an `anchor` are about something else and are passed over; of several links to a next
    /// page the first counts.
    ///
    /// # Errors
    ///
    /// Returns an error when the next page's URL is no safe one or is this call's own, when its
    /// origin is not on the list of those that get the credential, or when the header is no list of
    /// links, which would lose pages if it passed for none.
    ///
    /// ```
    /// use pulsehook_core::human_api::{Api, EndpointKind};
    ///
    /// let api = Api::new();
    /// let call = api.collection(&EndpointKind::Weight, "a-human-id")?.into_call();
    /// let next = "<https://api.humanapi.co/v1/human/weight/readings?offset=50>; rel=\"next\"";
    /// let headers = [("x-total-count", "73"), ("link", next)];
    /// let page = api.next_page(&call, &headers)?;
    /// assert_eq!(page.total, Some(73));
    /// assert!(page.next.is_some_and(|next| next.url().as_str().ends_with("?offset=50")));
    /// # Ok::<(), pulsehook_core::follow_up::FollowUpError>(())
    /// ```
    pub fn next_page(
        &self,
        call: &Call,
        headers: &(impl Headers + ?Sized),
    ) -> Result<Page, FollowUpError> {
        let mut totals: Vec<&[u8]> = Vec::new();
        let mut links: Vec<&[u8]> = Vec::new();
        headers.each(&mut |name, value| {
            if name.eq_ignore_ascii_case(TOTAL) {
                totals.push(value);
            } else if name.eq_ignore_ascii_case(LINK) {
                links.push(value);
            }
        });
        let mut next = None;
        for value in links {
            let found = next_target(value).ok_or(FollowUpError::MalformedUrl { field: LINK })?;
            next = next.or(found);
        }
        Ok(Page {
            total: total(&totals),
            next: next
                .map(|target| self.next_call(call, target))
                .transpose()?,
        })
    }

    fn next_call(&self, call: &Call, target: &str) -> Result<Call, FollowUpError> {
        let credential = call.credential();
        let kind = credential.map(|credential| credential.kind);
        let url = self.next_url(kind, LINK, &resolve(call, target))?;
        if url.as_str() == call.full_url() {
            // It would go on without end.
            return Err(FollowUpError::MalformedUrl { field: LINK });
        }
        let next = Call::get(call.name().to_owned(), url).with_header("accept", "application/json");
        Ok(match credential {
            Some(credential) => next.with_credential(credential.kind, credential.user.as_deref()),
            None => next,
        }
        .of_provider(HumanApi::NAME))
    }
}

/// Completes a URL that is a path or a query alone.
fn resolve<'t>(call: &Call, target: &'t str) -> Cow<'t, str> {
    let url = call.url();
    if target.starts_with('/') && !target.starts_with("//") {
        return format!("{}{target}", url.origin()).into();
    }
    if target.starts_with('?') {
        let path = url.as_str().split('?').next().unwrap_or_default();
        return format!("{path}{target}").into();
    }
    target.into()
}

/// Reads the total, which may be repeated, but must be the same then.
fn total(values: &[&[u8]]) -> Option<u64> {
    let (first, others) = values.split_first()?;
    let text = std::str::from_utf8(first).ok()?.trim_matches([' ', '\t']);
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_same = others.iter().all(|other| other == first);
    text.parse().ok().filter(|_| is_plain && is_same)
}

/// Finds the target of the first link to a next page in a `Link` header; `None` in front for a
/// header that is no list of links.
#[expect(clippy::option_option, reason = "malformed, none, one")]
fn next_target(value: &[u8]) -> Option<Option<&str>> {
    let mut rest = Rest(value);
    let mut next = None;
    loop {
        rest.skip(b" \t,");
        if rest.0.is_empty() {
            return Some(next);
        }
        let target = rest.target()?;
        let is_next = rest.is_next()?;
        if is_next && next.is_none() {
            next = Some(std::str::from_utf8(target).ok()?);
        }
    }
}

/// What is not read yet of a header.
struct Rest<'v>(&'v [u8]);

impl<'v> Rest<'v> {
    fn skip(&mut self, bytes: &[u8]) {
        self.take_while(|byte| bytes.contains(&byte));
    }

    fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'v [u8] {
        let end = self.0.iter().position(|byte| !is_part(*byte));
        let (taken, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }

    fn take(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// Reads `<target>`.
    fn target(&mut self) -> Option<&'v [u8]> {
        let is_open = self.take(b'<');
        let target = self.take_while(|byte| byte != b'>');
        (is_open && self.take(b'>')).then_some(target)
    }

    /// Reads the parameters of a link, and tells whether it leads to the next page.
    fn is_next(&mut self) -> Option<bool> {
        let mut relation = None;
        let mut has_anchor = false;
        loop {
            self.skip(b" \t");
            if self.0.is_empty() || self.0.starts_with(b",") {
                break;
            }
            if !self.take(b';') {
                return None;
            }
            self.skip(b" \t");
            let name = self.take_while(|byte| !b" \t=;,".contains(&byte));
            self.skip(b" \t");
            let value = if self.take(b'=') {
                self.skip(b" \t");
                self.value()?
            } else {
                Cow::Borrowed([].as_slice())
            };
            if name.eq_ignore_ascii_case(b"rel") {
                // Of a repeated one the first counts.
                relation.get_or_insert(value);
            } else if name.eq_ignore_ascii_case(b"anchor") {
                has_anchor = true;
            }
        }
        let relation = relation.unwrap_or_default();
        let mut relations = relation.split(|byte| byte.is_ascii_whitespace());
        let is_next = relations.any(|it| it.eq_ignore_ascii_case(b"next"));
        Some(is_next && !has_anchor)
    }

    /// Reads the value of a parameter; quotes around it, and backslashes in them, are taken off.
    fn value(&mut self) -> Option<Cow<'v, [u8]>> {
        if !self.take(b'"') {
            let value = self.take_while(|byte| !b" \t;,".contains(&byte));
            return Some(value.into());
        }
        let mut value = Vec::new();
        loop {
            value.extend_from_slice(self.take_while(|byte| !b"\"\\".contains(&byte)));
            if self.take(b'"') {
                return Some(value.into());
            }
            // A backslash, or the end, where a quote is missing.
            let (_, rest) = self.0.split_first()?;
            let (escaped, rest) = rest.split_first()?;
            value.push(*escaped);
            self.0 = rest;
        }
    }
}
