//! Edits messages: what is not edited stays as it is, byte for byte.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One `--set PATH=VALUE`.
#[derive(Clone)]
pub(crate) struct Edit {
    path: Vec<String>,
    /// The path as it was given.
    named: String,
    value: String,
}

/// Why a message cannot be edited. It repeats paths, never values.
pub(crate) type NotEdited = String;

/// The longest path; each part costs a reading of the message.
const MOST_PARTS: usize = 64;

impl Edit {
    /// Reads an edit. A backslash before a dot makes it a part of a name.
    pub(crate) fn parse(text: &str) -> Result<Self, NotEdited> {
        let Some((named, value)) = text.split_once('=').filter(|(path, _)| !path.is_empty()) else {
            return Err(
                "write PATH=VALUE, for example meta.data.caseId='\"A-17\"', or appli=4 for a form"
                    .to_owned(),
            );
        };
        let mut path = vec![String::new()];
        let mut characters = named.chars();
        while let Some(character) = characters.next() {
            match (character, path.last_mut()) {
                ('.', _) => path.push(String::new()),
                ('\\', Some(part)) => part.extend(characters.next()),
                (other, Some(part)) => part.push(other),
                (_, None) => {}
            }
        }
        if path.len() > MOST_PARTS {
            return Err(format!("a path has at most {MOST_PARTS} parts"));
        }
        Ok(Self {
            path,
            named: named.to_owned(),
            value: value.to_owned(),
        })
    }

    /// Edits a message: JSON, or a form where it begins like none.
    pub(crate) fn apply(&self, body: &[u8]) -> Result<Vec<u8>, NotEdited> {
        let named = &self.named;
        let text = std::str::from_utf8(body)
            .map_err(|_| format!("{named}: the message is not text, so it cannot be edited"))?;
        if !is_json(text) {
            return Ok(set_parameter(text, named, &self.value).into_bytes());
        }
        if serde_json::from_str::<&RawValue>(&self.value).is_err() {
            return Err(format!(
                "{named}: the value is not JSON; a text needs quotes of its own: \
                 --set {named}='\"TEXT\"'"
            ));
        }
        if serde_json::from_str::<&RawValue>(text).is_err() {
            return Err(format!("{named}: the message itself is not valid JSON"));
        }
        match set(text, &self.path, self.value.trim()) {
            Ok(edited) => Ok(edited.into_bytes()),
            Err(NoPlace { left, why }) => {
                let whole = self.path.len();
                let parts = self.path.get(..whole.saturating_sub(left)).unwrap_or(&[]);
                let place = match parts {
                    [] => "the message".to_owned(),
                    parts => format!("`{}`", parts.join(".")),
                };
                Err(format!("{named}: {place} {why}"))
            }
        }
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Replaces a member that is there.
pub(crate) fn replace(json: &str, path: &[&str], value: &str) -> Option<String> {
    let mut at = json;
    for name in path {
        let members: Members<'_> = serde_json::from_str(at).ok()?;
        at = members.last(name)?;
    }
    Some(splice(json, at, value))
}

/// Replaces items of an array; `None` when nothing was replaced.
pub(crate) fn replace_items(
    json: &str,
    edit: impl Fn(usize, &str) -> Option<String>,
) -> Option<String> {
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    let mut edited = String::with_capacity(json.len());
    let (mut done, mut any) = (0, false);
    for (number, item) in items.into_iter().enumerate() {
        if let Some(value) = edit(number, item.get()) {
            let (start, end) = place(json, item.get());
            edited.push_str(json.get(done..start)?);
            edited.push_str(&value);
            (done, any) = (end, true);
        }
    }
    edited.push_str(json.get(done..)?);
    any.then_some(edited)
}

/// Writes JSON over several lines; `None` when it is not JSON.
pub(crate) fn pretty(body: &[u8], line_end: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    serde_json::from_str::<&RawValue>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let indent = |out: &mut String, depth: usize| {
        out.push_str(line_end);
        // What is nested deeper stays at this depth.
        out.push_str(&"  ".repeat(depth.min(32)));
    };
    let (mut in_text, mut escaped, mut opened) = (false, false, false);
    for character in text.chars() {
        if in_text {
            out.push(character);
            (in_text, escaped) = match (character, escaped) {
                ('"', false) => (false, false),
                ('\\', false) => (true, true),
                _ => (true, false),
            };
            continue;
        }
        if character.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(character, '}' | ']');
        if std::mem::take(&mut opened) && !closes {
            indent(&mut out, depth);
        } else if closes && !out.ends_with(['{', '[']) {
            indent(&mut out, depth.saturating_sub(1));
        }
        out.push(character);
        match character {
            '"' => in_text = true,
            '{' | '[' => (depth, opened) = (depth + 1, true),
            '}' | ']' => depth = depth.saturating_sub(1),
            ',' => indent(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    Some(out)
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Why a value has no place, and how many parts of the path were left then.
struct NoPlace {
    left: usize,
    why: &'static str,
}

/// Sets a value in valid JSON.
fn set(json: &str, path: &[String], value: &str) -> Result<String, NoPlace> {
    let Some((name, rest)) = path.split_first() else {
        return Ok(value.to_owned());
    };
    let no_place = |why| NoPlace {
        left: path.len(),
        why,
    };
    let unreadable = |_| no_place("cannot be read");
    let (found, is_empty, new) = if json.trim_start().starts_with('{') {
        let members: Members<'_> = serde_json::from_str(json).map_err(unreadable)?;
        let new = format!("{}:{}", quoted(name), nested(rest, value));
        (members.last(name), members.0.is_empty(), new)
    } else if json.trim_start().starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(json).map_err(unreadable)?;
        let index: usize = name
            .parse()
            .map_err(|_| no_place("is a list; give the number of an item, from 0 on"))?;
        if index > items.len() {
            return Err(no_place("has fewer items"));
        }
        let item = items.get(index).map(|item| item.get());
        (item, items.is_empty(), nested(rest, value))
    } else {
        return Err(no_place("is neither an object nor a list"));
    };
    match found {
        Some(old) => Ok(splice(json, old, &set(old, rest, value)?)),
        None => {
            let end = json.trim_end().len().saturating_sub(1);
            let (before, after) = json.split_at_checked(end).unwrap_or((json, ""));
            let comma = if is_empty { "" } else { "," };
            Ok(format!("{}{comma}{new}{after}", before.trim_end()))
        }
    }
}

/// Wraps a value in objects.
fn nested(path: &[String], value: &str) -> String {
    path.iter().rev().fold(value.to_owned(), |value, name| {
        format!("{{{}:{value}}}", quoted(name))
    })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Replaces a part of a text.
fn splice(text: &str, part: &str, by: &str) -> String {
    let (start, end) = place(text, part);
    let (before, after) = (text.get(..start), text.get(end..));
    format!("{}{by}{}", before.unwrap_or(""), after.unwrap_or(""))
}

/// Tells where a part of a text stands, which was borrowed from it.
fn place(text: &str, part: &str) -> (usize, usize) {
    let start = part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    (start, start.saturating_add(part.len()))
}

/// Sets a parameter of a form, in the place of its first.
fn set_parameter(form: &str, name: &str, value: &str) -> String {
    let new = format!("{}={}", encoded(name), encoded(value));
    let mut set = false;
    let mut pairs = Vec::new();
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let of_name = pair.split('=').next() == Some(name);
        if !of_name {
            pairs.push(pair);
        } else if !std::mem::replace(&mut set, true) {
            pairs.push(&new);
        }
    }
    if !set {
        pairs.push(&new);
    }
    pairs.join("&")
}

/// Encodes a text for a form.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'-' | b'.' | b'_' | b'*' | b':' => encoded.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Returns the value that counts where a name is there twice.
    fn last(&self, name: &str) -> Option<&'a str> {
        let mut members = self.0.iter().rev();
        members
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.get())
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(body: &str, edit: &str) -> Result<String, NotEdited> {
        let edit = Edit::parse(edit)?;
        Ok(String::from_utf8(edit.apply(body.as_bytes())?).unwrap_or_default())
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        for (body, edit, expected) in [
            (r#"{ "b": 1,"a" :2.50 }"#, "a=3", r#"{ "b": 1,"a" :3 }"#),
            (
                r#"{"b":{"c":[1, 2]}}"#,
                "b.c.1=null",
                r#"{"b":{"c":[1, null]}}"#,
            ),
            (r#"{"b":[]}"#, r#"b.0={"x":1}"#, r#"{"b":[{"x":1}]}"#),
            (r#"[{"id":"x"}]"#, r#"0.id="y""#, r#"[{"id":"y"}]"#),
            ("{}", "a.b=1", r#"{"a":{"b":1}}"#),
            ("{\n  \"a\": 1\n}\n", "b=2", "{\n  \"a\": 1,\"b\":2}\n"),
            (r#"{"a":1,"a":2}"#, "a=3", r#"{"a":1,"a":3}"#),
            (r#"{"x.y":1}"#, r"x\.y=2", r#"{"x.y":2}"#),
            (r#"{"\u0061":1}"#, "a=2", r#"{"\u0061":2}"#),
            ("appli=1&userid=2&appli=3", "appli=4", "appli=4&userid=2"),
            ("appli=1", "note=a b&c", "appli=1&note=a+b%26c"),
            ("appli=53&mac=00:24", "mac=00:25", "appli=53&mac=00:25"),
        ] {
            assert_eq!(edited(body, edit).as_deref(), Ok(expected), "{body} {edit}");
        }
    }

    #[test]
    fn what_has_no_place_is_explained() {
        for (body, edit, expected) in [
            (
                r#"{"a":1}"#,
                "a=x",
                "a: the value is not JSON; a text needs quotes",
            ),
            (
                r#"{"a":1}"#,
                "a.b=1",
                "a.b: `a` is neither an object nor a list",
            ),
            (
                r#"{"a":[1]}"#,
                "a.b=1",
                "a.b: `a` is a list; give the number",
            ),
            (r#"{"a":[1]}"#, "a.2=1", "a.2: `a` has fewer items"),
            ("[]", "a=1", "a: the message is a list"),
            (r#"{"a":"#, "a=1", "a: the message itself is not valid JSON"),
            ("{}", "a", "write PATH=VALUE"),
            ("{}", "=1", "write PATH=VALUE"),
        ] {
            let error = edited(body, edit).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn pretty_json_says_the_same() {
        let body = br#"{"a":[1,{"b":"x{[,:\"\\"}],"c":{},"d":[]}"#;
        let pretty = pretty(body, "\n").unwrap_or_default();
        let expected = "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x{[,:\\\"\\\\\"\n    }\n  ],\n  \
                        \"c\": {},\n  \"d\": []\n}";
        assert_eq!(pretty, expected);
        assert_eq!(super::pretty(b"a=1", "\n"), None);
    }

    #[test]
    fn items_are_replaced_where_they_stand() {
        let twos =
            |number: usize, item: &str| number.is_multiple_of(2).then(|| format!("<{item}>"));
        assert_eq!(
            replace_items("[1, 2 ,3]", twos).as_deref(),
            Some("[<1>, 2 ,<3>]")
        );
        assert_eq!(replace_items("[]", twos), None);
        assert_eq!(
            replace(r#"{"m":{"i":"a"}}"#, &["m", "i"], "1").as_deref(),
            Some(r#"{"m":{"i":1}}"#)
        );
        assert_eq!(replace(r#"{"m":{}}"#, &["m", "i"], "1"), None);
    }
}
