//! Reads the members of a table with their positions, and says where and what is wrong.
//!
//! No message repeats a value: what stands in the wrong place may be a secret.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use pulsehook_axum::jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The byte of the file at which the trouble starts; `None` for the file as a whole.
    pub(crate) at: Option<usize>,
    pub(crate) message: String,
    /// What a reader of the file should know beside; it follows the message.
    pub(super) of_file: &'static str,
}

impl Fault {
    pub(crate) fn at(at: usize, message: impl Into<String>) -> Self {
        Self::new(Some(at), message)
    }

    pub(super) fn new(at: Option<usize>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            of_file: "",
        }
    }
}

/// A value of the file and the byte at which it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) at: usize,
}

impl<T> Located<T> {
    pub(crate) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::at(self.at, message)
    }
}

/// Names under which people write a secret into the file itself.
const SECRET_NAMES: [&str; 13] = [
    "key",
    "secret",
    "signing_key",
    "client_secret",
    "webhook_key",
    "webhook_secret",
    "hmac_secret",
    "shared_secret",
    "url_secret",
    "password",
    "token",
    "value",
    "text",
];

pub(super) const IN_PLACE: &str = "a secret must not stand in this file; put it into an \
    environment variable and write `keys = [{ env = \"NAME\" }]`, or into a file of its own and \
    write `keys = [{ file = \"PATH\" }]`; `url_secrets` and `authorization` are written alike";

/// The members of one table; each is taken out by its name, and none may be left over.
#[derive(Debug)]
pub(crate) struct Members<'t> {
    /// What the table describes, for messages: `the endpoint`.
    what: &'static str,
    at: usize,
    left: Vec<(Located<&'t str>, &'t Spanned<DeValue<'t>>)>,
    known: Vec<&'static str>,
    /// The folder from which relative paths start.
    pub(super) folder: &'t Path,
}

impl<'t> Members<'t> {
    /// Opens a table; fails when a secret stands in it.
    pub(super) fn open(
        what: &'static str,
        span: Range<usize>,
        table: &'t DeTable<'t>,
        folder: &'t Path,
    ) -> Result<Self, Fault> {
        let mut left: Vec<_> = table
            .iter()
            .map(|(name, value)| {
                let name = Located {
                    at: name.span().start,
                    value: &**name.get_ref(),
                };
                (name, value)
            })
            .collect();
        left.sort_by_key(|(name, _)| name.at);
        // A table can but say where a secret stands; if it holds one, it is refused by itself.
        let in_place = left.iter().find(|(name, value)| {
            SECRET_NAMES.contains(&name.value) && !matches!(value.get_ref(), DeValue::Table(_))
        });
        if let Some((name, _)) = in_place {
            return Err(name.fault(IN_PLACE));
        }
        Ok(Self {
            what,
            at: span.start,
            left,
            known: Vec::new(),
            folder,
        })
    }

    /// Makes the fault of the table as a whole.
    pub(crate) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::at(self.at, message)
    }

    /// Takes a member out.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Located<&'t DeValue<'t>>> {
        self.known.push(name);
        let position = self.left.iter().position(|(key, _)| key.value == name)?;
        let (_, value) = self.left.remove(position);
        Some(Located {
            value: value.get_ref(),
            at: value.span().start,
        })
    }

    /// Says where the value of a member stands that was not taken out yet.
    pub(crate) fn place_of(&self, name: &'static str) -> Option<usize> {
        let found = self.left.iter().find(|(key, _)| key.value == name);
        found.map(|(_, value)| value.span().start)
    }

    /// Takes a text out.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<Located<&'t str>>, Fault> {
        self.take(name)
            .map(|member| match member.value.as_str() {
                Some(value) => Ok(Located {
                    value,
                    at: member.at,
                }),
                None => Err(member.fault(format!("`{name}` must be a text in quotes"))),
            })
            .transpose()
    }

    /// Takes a text out that must be there.
    pub(crate) fn required_text(
        &mut self,
        name: &'static str,
        example: &str,
    ) -> Result<Located<&'t str>, Fault> {
        let missing = self.missing(name, example);
        if let Some(text) = self.text(name)? {
            return Ok(text);
        }
        // It is told with what is missing.
        self.left.retain(|(key, _)| !is_alike(key.value, name));
        Err(missing)
    }

    pub(super) fn missing(&self, name: &str, example: &str) -> Fault {
        let what = self.what;
        let advice = match self.left.iter().find(|(key, _)| is_alike(key.value, name)) {
            Some((key, _)) => format!("write that instead of `{}`", key.value),
            None => format!("add `{name} = {example}`"),
        };
        self.fault(format!("{what} has no `{name}`; {advice}"))
    }

    /// Takes a switch out; one that is not there is off.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Fault> {
        match self.take(name) {
            None => Ok(false),
            Some(member) => member
                .value
                .as_bool()
                .ok_or_else(|| member.fault(format!("`{name}` must be true or false"))),
        }
    }

    /// Takes a number out, from 1 to the most.
    pub(crate) fn number(&mut self, name: &'static str, most: u32) -> Result<Option<u32>, Fault> {
        self.take(name)
            .map(|member| {
                let parsed = match member.value {
                    DeValue::Integer(number) if number.radix() == 10 => {
                        number.as_str().parse().ok()
                    }
                    _ => None,
                };
                parsed
                    .filter(|number| (1..=most).contains(number))
                    .ok_or_else(|| {
                        member.fault(format!("`{name}` must be a number from 1 to {most}"))
                    })
            })
            .transpose()
    }

    /// Takes a span of time out, such as `"5m"`.
    pub(crate) fn duration(&mut self, name: &'static str) -> Result<Option<Duration>, Fault> {
        self.take(name)
            .map(|member| {
                let parsed = member.value.as_str().and_then(parse_duration);
                parsed.ok_or_else(|| {
                    member.fault(format!(
                        "`{name}` must be a span of time above zero, for example \"5m\", \"90s\" \
                         or \"1h 30m\""
                    ))
                })
            })
            .transpose()
    }

    /// Takes a size in bytes out, such as `"8 MiB"`; `most` is whole GiB.
    pub(crate) fn size(&mut self, name: &'static str, most: u64) -> Result<Option<usize>, Fault> {
        self.take(name)
            .map(|member| {
                let parsed = match member.value {
                    DeValue::Integer(number) if number.radix() == 10 => {
                        parse_size(number.as_str(), most)
                    }
                    DeValue::String(text) => parse_size(text, most),
                    _ => None,
                };
                parsed.ok_or_else(|| {
                    member.fault(format!(
                        "`{name}` must be a size from 1 byte to {} GiB, for example \"8 MiB\", \
                         \"64 KiB\" or a number of bytes",
                        most >> 30
                    ))
                })
            })
            .transpose()
    }

    /// Ends the reading; a member that nobody took is not known.
    pub(super) fn finish(self) -> Result<(), Fault> {
        self.unknown().map_or(Ok(()), Err)
    }

    /// Makes the fault of a member that nobody took, if there is one.
    pub(crate) fn unknown(&self) -> Option<Fault> {
        self.all_unknown().next()
    }

    /// Makes the faults of all members that nobody took.
    pub(super) fn all_unknown(&self) -> impl Iterator<Item = Fault> {
        self.left.iter().map(|(name, _)| {
            let named = match is_like_ours(name.value) {
                true => format!("member `{}`", name.value),
                false => "such member".to_owned(),
            };
            name.fault(format!(
                "{} has no {named}; it knows {}",
                self.what,
                listed(&self.known),
            ))
        })
    }
}

/// Tells whether a name could be one of ours, mistyped; no other is repeated.
fn is_like_ours(name: &str) -> bool {
    let like_ours = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    name.len() <= 32 && name.bytes().all(like_ours)
}

/// Tells whether a name is most likely another one, mistyped.
fn is_alike(given: &str, name: &str) -> bool {
    let most = if name.len() < 4 { 1 } else { 2 };
    given != name && is_like_ours(given) && distance(given.as_bytes(), name.as_bytes()) <= most
}

/// Counts the letters to insert, drop or exchange to get from one to the other.
fn distance(from: &[u8], to: &[u8]) -> usize {
    // One row of the usual table, for as much of `from` as was read.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (read, letter) in (1..).zip(from) {
        let mut next = vec![read];
        let mut before: usize = read;
        for (other, pair) in to.iter().zip(row.windows(2)) {
            let [diagonal, above] = [pair.first(), pair.last()].map(|it| it.map_or(0, |it| *it));
            let exchanged = diagonal + usize::from(letter != other);
            before = exchanged.min(above + 1).min(before + 1);
            next.push(before);
        }
        row = next;
    }
    row.last().map_or(0, |it| *it)
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let span: SignedDuration = text.trim().parse().ok()?;
    Duration::try_from(span)
        .ok()
        .filter(|span| !span.is_zero() && *span <= MOST_TIME)
}

/// A century; beyond it, clocks overflow before anybody waits.
const MOST_TIME: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

fn parse_size(text: &str, most: u64) -> Option<usize> {
    let text = text.trim();
    let digits = text
        .find(|character: char| !character.is_ascii_digit() && character != '_')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.replace('_', "").parse().ok()?;
    let factor: u64 = match unit.trim_start() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    let bytes = number
        .checked_mul(factor)
        .filter(|bytes| (1..=most).contains(bytes))?;
    usize::try_from(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_unit() {
        let cases = [
            ("1", Some(1)),
            ("64 KiB", Some(65_536)),
            ("8MiB", Some(8_388_608)),
            ("2 MB", Some(2_000_000)),
            ("1_000", Some(1_000)),
            ("1 GiB", Some(1 << 30)),
            ("0", None),
            ("", None),
            ("MiB", None),
            ("2 GiB", None),
            ("8 mib", None),
            ("-1", None),
            ("1.5 MiB", None),
            ("99999999999999999999", None),
            ("18446744073709551615 GiB", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_size(text, 1 << 30), expected, "{text}");
        }
    }

    #[test]
    fn names_are_alike_up_to_two_letters() {
        for (given, name, expected) in [
            ("providr", "provider", true),
            ("proivder", "provider", true),
            ("provider", "provider", false),
            ("PROVIDER", "provider", false),
            ("pth", "path", true),
            ("label", "path", false),
            ("keys", "path", false),
            ("keys", "key", true),
            ("t", "to", true),
            ("key", "to", false),
            ("", "to", false),
        ] {
            assert_eq!(is_alike(given, name), expected, "{given} {name}");
        }
    }

    #[test]
    fn spans_of_time_are_above_zero() {
        let cases = [
            ("5m", Some(300_000)),
            ("250ms", Some(250)),
            ("1h 30m", Some(5_400_000)),
            ("0s", None),
            ("-5m", None),
            ("5", None),
            ("five minutes", None),
            ("99999999h", None),
        ];
        for (text, millis) in cases {
            let expected = millis.map(Duration::from_millis);
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }
}
