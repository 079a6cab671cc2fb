//! Source addresses: lists of them, and who may say where a request came from.
//!
//! An address is no proof of the sender: a list of allowed addresses alone counts as
//! [`Authenticity::None`](crate::Authenticity::None). It keeps noise out.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::error::{ConfigError, VerifyError};
use crate::request::Head;
use crate::swappable::Swappable;

/// Holds a block of addresses, as `192.0.2.0/24` or a single one.
///
/// Bits beyond the prefix do not matter. An IPv4 address that is written as an IPv6 one
/// (`::ffff:192.0.2.1`) counts as the IPv4 address that it is.
///
/// ```
/// use pulsehook_core::address::AddressBlock;
///
/// let block: AddressBlock = "192.0.2.0/24".parse()?;
/// assert!(block.contains("192.0.2.77".parse()?));
/// assert!(block.contains("::ffff:192.0.2.77".parse()?));
/// assert!(!block.contains("198.51.100.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AddressBlock {
    /// The network's bits, an IPv4 address in the lowest 32.
    network: u128,
    /// Which of the bits count.
    mask: u128,
    is_v4: bool,
}

impl AddressBlock {
    /// Makes a block of an address and the length of its prefix.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::MalformedAddress`] when the prefix is longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Result<Self, ConfigError> {
        let mapped = address != address.to_canonical();
        let (bits, is_v4) = bits_of(address);
        let width = if is_v4 { 32 } else { 128 };
        // The prefix of a mapped address counts the 96 bits before it.
        let prefix = match mapped {
            true => prefix.checked_sub(96),
            false => Some(prefix),
        };
        let prefix = prefix
            .filter(|prefix| *prefix <= width)
            .ok_or(ConfigError::MalformedAddress)?;
        let host_bits = u32::from(width - prefix);
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Ok(Self {
            network: bits & mask,
            mask,
            is_v4,
        })
    }

    /// Tells whether an address lies in the block.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, is_v4) = bits_of(address);
        is_v4 == self.is_v4 && bits & self.mask == self.network
    }

    /// Tells whether the block is wider than any that a provider has.
    fn is_wide(&self) -> bool {
        self.prefix() < if self.is_v4 { 8 } else { 16 }
    }

    fn prefix(&self) -> u32 {
        let ones = self.mask.count_ones();
        // The mask of an IPv4 block has ones above its 32 bits.
        if self.is_v4 { ones - 96 } else { ones }
    }
}

fn bits_of(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(address) => (address.to_bits().into(), true),
        IpAddr::V6(address) => (address.to_bits(), false),
    }
}

impl From<IpAddr> for AddressBlock {
    fn from(address: IpAddr) -> Self {
        let (network, is_v4) = bits_of(address);
        Self {
            network,
            mask: u128::MAX,
            is_v4,
        }
    }
}

impl FromStr for AddressBlock {
    type Err = ConfigError;

    /// Reads `ADDRESS` or `ADDRESS/PREFIX`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let malformed = |_| ConfigError::MalformedAddress;
        let Some((address, prefix)) = text.split_once('/') else {
            return text.parse().map(IpAddr::into).map_err(malformed);
        };
        let address = address.parse().map_err(malformed)?;
        // A number type's parser takes a plus sign and leading zeros.
        let is_number = prefix.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || (prefix.len() > 1 && prefix.starts_with('0')) {
            return Err(ConfigError::MalformedAddress);
        }
        let prefix = prefix.parse().map_err(|_| ConfigError::MalformedAddress)?;
        Self::new(address, prefix)
    }
}

impl fmt::Display for AddressBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_v4 {
            let [.., a, b, c, d] = self.network.to_be_bytes();
            write!(f, "{a}.{b}.{c}.{d}/{}", self.prefix())
        } else {
            let network = std::net::Ipv6Addr::from_bits(self.network);
            write!(f, "{network}/{}", self.prefix())
        }
    }
}

impl fmt::Debug for AddressBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Holds blocks of addresses; never none.
///
/// ```
/// use pulsehook_core::address::AddressList;
///
/// let list = AddressList::new(["192.0.2.0/24".parse()?, "2001:db8::/32".parse()?])?;
/// assert!(list.contains("2001:db8::1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressList(Vec<AddressBlock>);

impl AddressList {
    /// Makes a list of blocks.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::NoAddress`] when there is none.
    pub fn new(blocks: impl IntoIterator<Item = AddressBlock>) -> Result<Self, ConfigError> {
        let blocks: Vec<_> = blocks.into_iter().collect();
        if blocks.is_empty() {
            return Err(ConfigError::NoAddress);
        }
        Ok(Self(blocks))
    }

    /// Reads the texts of DNS TXT records, in which some providers publish their addresses.
    ///
    /// Their form is not fixed: addresses and blocks are taken, separated by blanks, commas or
    /// semicolons. A record can be given as its text, or as `dig` prints it: a line of quoted
    /// strings, which are parts of one text. What is neither is left out, and returned beside the
    /// list so that it can be reported; so are blocks that are wider than any provider's (below
    /// `/8`, or `/16` for IPv6).
    ///
    /// ```
    /// use pulsehook_core::address::AddressList;
    ///
    /// let (list, ignored) = AddressList::from_txt(["\"192.0.2.0/24 198.51.100.7\" v=2"])?;
    /// assert_eq!(list.blocks().len(), 2);
    /// assert_eq!(ignored, ["v=2"]);
    /// # Ok::<(), pulsehook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::NoAddress`] when no address is left. Keep the list that you have
    /// then.
    pub fn from_txt<T: AsRef<str>>(
        records: impl IntoIterator<Item = T>,
    ) -> Result<(Self, Vec<String>), ConfigError> {
        let (mut blocks, mut ignored) = (Vec::new(), Vec::new());
        for record in records {
            for line in record.as_ref().lines() {
                let read = match line.contains('"') {
                    false => read_tokens(line),
                    true => read_tokens(&join(&strings_of(line))),
                };
                blocks.extend(read.0);
                ignored.extend(read.1);
            }
        }
        Self::new(blocks).map(|list| (list, ignored))
    }

    /// Returns the blocks.
    #[must_use]
    pub fn blocks(&self) -> &[AddressBlock] {
        &self.0
    }

    /// Tells whether an address lies in one of the blocks.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|block| block.contains(address))
    }
}

fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '"')
}

/// Reads the addresses and blocks of a text, and the words that are neither.
fn read_tokens(text: &str) -> (Vec<AddressBlock>, Vec<String>) {
    let (mut blocks, mut ignored) = (Vec::new(), Vec::new());
    for token in text.split(separates).filter(|token| !token.is_empty()) {
        match token.parse::<AddressBlock>() {
            Ok(block) if !block.is_wide() => blocks.push(block),
            _ => ignored.push(token.to_owned()),
        }
    }
    (blocks, ignored)
}

/// Joins the strings of a record, which are parts of one text, cut anywhere; some are texts of
/// their own. At each seam they are one word if that is an address where the halves are not both
/// one, or if neither half is.
fn join(strings: &[String]) -> String {
    let is_block = |word: &str| word.parse::<AddressBlock>().is_ok();
    let mut text = String::new();
    for string in strings {
        let left = text.rsplit(separates).next().unwrap_or_default();
        let right = string.split(separates).next().unwrap_or_default();
        let is_one = match (is_block(left), is_block(right)) {
            (true, true) => false,
            (false, false) => true,
            _ => is_block(&format!("{left}{right}")),
        };
        if !is_one {
            text.push(' ');
        }
        text.push_str(string);
    }
    text
}

/// Reads the strings of a line as `dig` prints it: what stands in quotation marks, with `\;` and
/// `\059` undone, and words that stand outside of them.
fn strings_of(line: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let (mut string, mut quoted) = (String::new(), false);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let string = std::mem::take(&mut string);
                // Between two strings there is white space, which is none of the text.
                if quoted || !string.trim().is_empty() {
                    strings.push(string);
                }
                quoted = !quoted;
            }
            '\\' if quoted => {
                let digits = chars.as_str().get(..3);
                let digits = digits.filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
                match digits.and_then(|digits| digits.parse::<u8>().ok()) {
                    Some(code) => {
                        string.push(char::from(code));
                        chars = chars.as_str().get(3..).unwrap_or_default().chars();
                    }
                    None => string.extend(chars.next()),
                }
            }
            c => string.push(c),
        }
    }
    if !string.trim().is_empty() {
        strings.push(string);
    }
    strings
}

/// Is asked whether an address may send requests: an [`AddressList`], or a
/// [`Swappable<AddressList>`](Swappable) that is renewed from DNS.
pub trait AddressSource: Send + Sync + 'static {
    /// Tells whether an address is allowed.
    fn contains(&self, address: IpAddr) -> bool;
}

impl AddressSource for AddressList {
    fn contains(&self, address: IpAddr) -> bool {
        self.contains(address)
    }
}

impl AddressSource for Swappable<AddressList> {
    fn contains(&self, address: IpAddr) -> bool {
        self.read().contains(address)
    }
}

/// Allows requests from some addresses only, as the connection or a trusted proxy says.
///
/// The adapter must know the address of the connection; with axum, serve with
/// `into_make_service_with_connect_info::<SocketAddr>()`. A request whose address is not known is
/// refused.
///
/// ```
/// use pulsehook_core::address::{AddressList, AllowedAddresses, TrustedProxies};
///
/// let (withings, _ignored) = AddressList::from_txt(["192.0.2.0/24"])?;
/// let our_proxy = AddressList::new(["10.0.0.2".parse()?])?;
/// let allowed = AllowedAddresses::new(withings)
///     .behind(TrustedProxies::x_forwarded_for(our_proxy));
/// # let _ = allowed;
/// # Ok::<(), pulsehook_core::ConfigError>(())
/// ```
pub struct AllowedAddresses {
    source: Box<dyn AddressSource>,
    proxies: Option<TrustedProxies>,
}

impl AllowedAddresses {
    /// Allows addresses of a list; the address is that of the connection, and no header counts.
    #[must_use]
    pub fn new(source: impl AddressSource) -> Self {
        Self {
            source: Box::new(source),
            proxies: None,
        }
    }

    /// Names the proxies whose word about the address is taken.
    #[must_use]
    pub fn behind(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Some(proxies);
        self
    }

    /// Judges a request by the address that it came from.
    ///
    /// # Errors
    ///
    /// Returns [`VerifyError::AddressUnknown`] or [`VerifyError::AddressNotAllowed`].
    pub fn check(&self, head: &Head<'_>) -> Result<(), VerifyError> {
        let address = match &self.proxies {
            None => head.peer(),
            Some(proxies) => proxies.client(head),
        };
        let address = address.ok_or(VerifyError::AddressUnknown)?;
        if self.source.contains(address) {
            Ok(())
        } else {
            Err(VerifyError::AddressNotAllowed { address })
        }
    }
}

impl fmt::Debug for AllowedAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllowedAddresses")
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}

/// Names the proxies in front, and the header in which they note where a request came from.
///
/// Only these hops may say so. The header is read from its end, where the nearest proxy writes:
/// as long as the hop that wrote an entry is a trusted one, the entry is believed, and the first
/// address that is no trusted proxy's is the sender's. What the sender wrote itself is never
/// reached. The other header of the two is not read at all.
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    proxies: AddressList,
    header: ForwardingHeader,
}

#[derive(Clone, Copy, Debug)]
enum ForwardingHeader {
    XForwardedFor,
    Forwarded,
}

/// The most hops that are followed.
const MOST_HOPS: usize = 16;

impl TrustedProxies {
    /// Believes `X-Forwarded-For` from these proxies.
    #[must_use]
    pub fn x_forwarded_for(proxies: AddressList) -> Self {
        Self {
            proxies,
            header: ForwardingHeader::XForwardedFor,
        }
    }

    /// Believes `Forwarded` (RFC 7239) from these proxies. A line that breaks its grammar is not
    /// believed in any part.
    #[must_use]
    pub fn forwarded(proxies: AddressList) -> Self {
        Self {
            proxies,
            header: ForwardingHeader::Forwarded,
        }
    }

    /// Returns the address that a request came from, or `None` when it cannot be known: the
    /// connection's is unknown, or a trusted proxy wrote something that is no address.
    #[must_use]
    pub fn client(&self, head: &Head<'_>) -> Option<IpAddr> {
        let mut address = head.peer()?;
        if !self.proxies.contains(address) {
            return Some(address);
        }
        let name = match self.header {
            ForwardingHeader::XForwardedFor => "x-forwarded-for",
            ForwardingHeader::Forwarded => "forwarded",
        };
        let mut entries = Vec::new();
        head.each_header(name, &mut |line| match self.header {
            ForwardingHeader::XForwardedFor => {
                let parts = line.split(|byte| *byte == b',');
                entries.extend(parts.map(|entry| node(std::str::from_utf8(entry).ok()?.trim())));
            }
            ForwardingHeader::Forwarded => forwarded_for(line, &mut entries),
        });
        for (hop, entry) in entries.into_iter().rev().enumerate() {
            if hop == MOST_HOPS {
                return None;
            }
            address = entry?;
            if !self.proxies.contains(address) {
                break;
            }
        }
        Some(address)
    }
}

/// Reads a line of `Forwarded`: an address for each element. A line that breaks the grammar
/// anywhere is one element without an address, whatever else it holds: a quotation mark that the
/// sender left open could turn around what is quoted and what is not.
fn forwarded_for(line: &[u8], entries: &mut Vec<Option<IpAddr>>) {
    match std::str::from_utf8(line).ok().and_then(elements) {
        Some(elements) => entries.extend(elements),
        None => entries.push(None),
    }
}

/// Reads the elements of a line of `Forwarded` (RFC 7239, section 4), separated by commas; pairs
/// are separated by semicolons, and both may be empty. Each element is the address of its only
/// `for`, or `None`.
fn elements(line: &str) -> Option<Vec<Option<IpAddr>>> {
    let mut elements = Vec::new();
    let (mut pairs, mut found) = (0, None);
    let mut rest = line.trim_start();
    loop {
        if let Some(next) = rest.strip_prefix(';') {
            rest = next.trim_start();
        } else if rest.is_empty() || rest.starts_with(',') {
            if pairs > 0 {
                elements.push(found.flatten());
            }
            (pairs, found) = (0, None);
            match rest.strip_prefix(',') {
                Some(next) => rest = next.trim_start(),
                None => return Some(elements),
            }
        } else {
            let (name, after) = rest.split_once('=')?;
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_name) {
                return None;
            }
            let (value, after) = value(after)?;
            rest = after.trim_start();
            if !rest.is_empty() && !rest.starts_with([',', ';']) {
                return None;
            }
            if name.eq_ignore_ascii_case("for") {
                // One that is there twice says nothing.
                found = Some(if found.is_none() { node(&value) } else { None });
            }
            pairs += 1;
        }
    }
}

/// Reads a value, quoted or not, and returns what follows.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // Brackets and colons belong into quotes; some write IPv6 addresses without.
        let in_token = |c: char| c.is_ascii_graphic() && !"\"\\,;=".contains(c);
        let end = text.find(|c| !in_token(c)).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        return (!token.is_empty()).then(|| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

/// Reads an address, with or without a port; an IPv6 address with a port stands in brackets.
fn node(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse()
        .ok()
        .or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
        .or_else(|| bracketed().map(IpAddr::V6))
}
