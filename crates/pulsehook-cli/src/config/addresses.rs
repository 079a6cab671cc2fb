//! Reads lists of addresses: of allowed callers, and of the proxies in front.

use std::path::Path;

use pulsehook_axum::address::{AddressBlock, AddressList, AllowedAddresses, TrustedProxies};
use toml::de::DeValue;

use super::members::{Fault, Located, Members};
use super::secret::read_file;

/// The addresses that may call.
pub(crate) struct Allowed {
    list: AddressList,
    proxies: Option<TrustedProxies>,
    /// What the operator should know.
    pub(crate) warnings: Vec<String>,
}

impl Allowed {
    /// Returns what checks addresses.
    pub(crate) fn check(&self) -> AllowedAddresses {
        let allowed = AllowedAddresses::new(self.list.clone());
        match &self.proxies {
            Some(proxies) => allowed.behind(proxies.clone()),
            None => allowed,
        }
    }
}

impl Members<'_> {
    /// Takes `allow`, `trusted_proxies` and `forwarded_header` out.
    pub(crate) fn allowed_addresses(&mut self) -> Result<Option<Allowed>, Fault> {
        let of_proxies = ["trusted_proxies", "forwarded_header"];
        let places = of_proxies.map(|name| (name, self.place_of(name)));
        let allowed = self.addresses("allow")?;
        let proxies = self.addresses("trusted_proxies")?;
        let header = self.text("forwarded_header")?;
        let Some(allowed) = allowed else {
            return match places.iter().find_map(|(name, at)| Some((name, (*at)?))) {
                None => Ok(None),
                Some((name, at)) => Err(Fault::at(
                    at,
                    format!("`{name}` only matters beside `allow`; add that or leave this out"),
                )),
            };
        };
        let mut warnings = Vec::new();
        allowed.warn("allow", &mut warnings);
        let proxies = match (proxies, header) {
            (None, None) => None,
            (Some(proxies), Some(header)) => {
                proxies.warn("trusted_proxies", &mut warnings);
                Some(match header.value {
                    "x-forwarded-for" => TrustedProxies::x_forwarded_for(proxies.list),
                    "forwarded" => TrustedProxies::forwarded(proxies.list),
                    _ => return Err(header.fault(FORWARDED_HEADER)),
                })
            }
            (Some(proxies), None) => {
                return Err(Fault::at(
                    proxies.at,
                    format!("`trusted_proxies` needs `forwarded_header`: {FORWARDED_HEADER}"),
                ));
            }
            (None, Some(header)) => {
                return Err(header.fault(
                    "`forwarded_header` needs `trusted_proxies`, whose word about the caller's \
                     address is taken, for example [\"10.0.0.2\"]",
                ));
            }
        };
        Ok(Some(Allowed {
            list: allowed.list,
            proxies,
            warnings,
        }))
    }

    fn addresses(&mut self, name: &'static str) -> Result<Option<Addresses>, Fault> {
        let Some(member) = self.take(name) else {
            return Ok(None);
        };
        let DeValue::Array(entries) = member.value else {
            return Err(member.fault(format!(
                "`{name}` must be a list of addresses and blocks, such as [\"192.0.2.0/24\"]"
            )));
        };
        let (mut blocks, mut ignored) = (Vec::new(), Vec::new());
        for entry in entries.iter() {
            let entry = Located {
                value: entry.get_ref(),
                at: entry.span().start,
            };
            match entry.value {
                DeValue::Table(table) => {
                    let mut members =
                        Members::open("the entry", entry.at..entry.at, table, self.folder)?;
                    let file = members.required_text("file", "\"PATH\"")?;
                    members.finish()?;
                    let (list, left_out) = read_records(&file, self.folder)?;
                    blocks.extend_from_slice(list.blocks());
                    ignored.push(left_out);
                }
                text => {
                    let block = text.as_str().and_then(|text| text.parse().ok());
                    blocks.push(block.ok_or_else(|| entry.fault(NOT_AN_ADDRESS))?);
                }
            }
        }
        let list = AddressList::new(blocks)
            .map_err(|_| member.fault(format!("`{name}` is an empty list; name an address")))?;
        Ok(Some(Addresses {
            list,
            ignored,
            at: member.at,
        }))
    }
}

const FORWARDED_HEADER: &str =
    "\"x-forwarded-for\" or \"forwarded\", whichever those proxies write";

const NOT_AN_ADDRESS: &str = "must be an IP address or a block, such as \"192.0.2.7\" or \
    \"192.0.2.0/24\", or { file = \"PATH\" } with the text of DNS TXT records";

/// A list, and what was passed over.
struct Addresses {
    list: AddressList,
    /// How many words of each file.
    ignored: Vec<usize>,
    at: usize,
}

impl Addresses {
    fn warn(&self, name: &str, warnings: &mut Vec<String>) {
        for (index, ignored) in self.ignored.iter().enumerate() {
            if *ignored > 0 {
                // They are not repeated: the file may be another than was meant.
                let words = super::counted(*ignored, "word");
                warnings.push(format!(
                    "ignores {words} of file {} of `{name}`, no address and no block",
                    index + 1
                ));
            }
        }
        let everyone = |block: &AddressBlock| block.to_string().ends_with("/0");
        if self.list.blocks().iter().any(everyone) {
            warnings.push(format!("has every address in `{name}`"));
        }
    }
}

/// Reads the text of DNS TXT records, and counts what was passed over.
fn read_records(file: &Located<&str>, folder: &Path) -> Result<(AddressList, usize), Fault> {
    let content = read_file(file, folder, "no list of addresses is")?;
    let text = std::str::from_utf8(&content)
        .map_err(|_| file.fault("the file named here is not UTF-8"))?;
    let (list, ignored) = AddressList::from_txt([text]).map_err(|_| {
        file.fault("the file named here has no address and no block of addresses in it")
    })?;
    Ok((list, ignored.len()))
}
