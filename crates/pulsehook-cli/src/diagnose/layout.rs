//! Writes JSON anew as other programs lay it out: the same members in the same order, numbers
//! untouched.

/// How JSON is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// What a level is indented by; `None` for all on one line.
    pub(super) indent: Option<&'static str>,
    pub(super) comma: &'static str,
    pub(super) colon: &'static str,
}

/// How strings are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strings {
    /// As they are.
    Kept,
    /// As little as JSON asks for.
    Raw,
    /// The same, and `\/`.
    RawSlash,
    /// `\u00e9` for what is not ASCII.
    Ascii,
    /// The same, and `\/`.
    AsciiSlash,
    /// `\u00E9` for what is not ASCII.
    AsciiUpper,
    /// As Go does: `\u003c` for `<`, `>`, `&` and the line separators of Unicode.
    Html,
    /// As .NET does: `\u00E9`, and `\u0022`, `\u0026`, `\u0027`, `\u002B`, `\u003C`, `\u003E`, too.
    DotNet,
}

/// The deepest nesting that is followed.
const MOST_DEPTH: usize = 128;

/// Writes JSON anew; `None` when it is not JSON at all, nested too deep, or when the result has
/// more bytes than wanted.
pub(super) fn rewritten(
    json: &[u8],
    layout: Layout,
    strings: Strings,
    most: usize,
) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = json.trim_ascii();
    let mut depth = 0_usize;
    let most = most.min(most_of(json));
    if !matches!(rest.first(), Some(b'{' | b'[')) {
        return None;
    }
    while let [first, after @ ..] = rest {
        rest = match first {
            b'{' | b'[' => {
                out.push(*first);
                let inner = after.trim_ascii_start();
                if let [close @ (b'}' | b']'), after @ ..] = inner {
                    out.push(*close);
                    after
                } else {
                    depth += 1;
                    if depth > MOST_DEPTH {
                        return None;
                    }
                    new_line(&mut out, layout, depth);
                    inner
                }
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                new_line(&mut out, layout, depth);
                out.push(*first);
                after
            }
            b',' => {
                out.extend_from_slice(layout.comma.as_bytes());
                new_line(&mut out, layout, depth);
                after
            }
            b':' => {
                out.extend_from_slice(layout.colon.as_bytes());
                after
            }
            b'"' => {
                let len = string_len(rest)?;
                let (string, after) = rest.split_at_checked(len)?;
                match strings {
                    Strings::Kept => out.extend_from_slice(string),
                    _ => escape(string.get(1..len - 1)?, strings, &mut out)?,
                }
                after
            }
            b' ' | b'\t' | b'\n' | b'\r' => after,
            _ => {
                let is_end = |byte: &u8| b"{}[],:\" \t\n\r".contains(byte);
                let len = rest.iter().position(is_end).unwrap_or(rest.len());
                let (scalar, after) = rest.split_at_checked(len)?;
                out.extend_from_slice(scalar);
                after
            }
        };
        if out.len() > most || depth == 0 && !rest.trim_ascii().is_empty() {
            return None;
        }
    }
    (depth == 0).then_some(out)
}

/// Returns how long JSON gets at most when it is laid out anew; what is nested to no end could get
/// longer than any work is worth.
fn most_of(json: &[u8]) -> usize {
    json.len().saturating_mul(16).saturating_add(64 * 1024)
}

fn new_line(out: &mut Vec<u8>, layout: Layout, depth: usize) {
    if let Some(indent) = layout.indent {
        out.push(b'\n');
        for _ in 0..depth {
            out.extend_from_slice(indent.as_bytes());
        }
    }
}

/// Returns the length of the string that a text starts with, quotes included.
fn string_len(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.strip_prefix(b"\"")?;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// One character of a string, or half of a pair that stands alone.
enum Piece {
    Char(char),
    Half(u16),
}

/// Writes the inner part of a string with other escapes.
fn escape(inner: &[u8], strings: Strings, out: &mut Vec<u8>) -> Option<()> {
    out.push(b'"');
    let mut rest = std::str::from_utf8(inner).ok()?.chars();
    while let Some(char) = rest.next() {
        let piece = match char {
            '\\' => unescaped(&mut rest)?,
            char => Piece::Char(char),
        };
        match piece {
            Piece::Char(char) => write(char, strings, out),
            Piece::Half(half) => write_unit(half, is_upper(strings), out),
        }
    }
    out.push(b'"');
    Some(())
}

fn is_upper(strings: Strings) -> bool {
    matches!(strings, Strings::AsciiUpper | Strings::DotNet)
}

/// Reads what follows a backslash.
fn unescaped(rest: &mut std::str::Chars<'_>) -> Option<Piece> {
    Some(Piece::Char(match rest.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let first = unit(rest)?;
            if (0xD800..0xDC00).contains(&first) {
                let mut ahead = rest.clone();
                if (ahead.next(), ahead.next()) == (Some('\\'), Some('u'))
                    && let Some(second) = unit(&mut ahead)
                    && let Some(Ok(char)) = char::decode_utf16([first, second]).next()
                {
                    *rest = ahead;
                    return Some(Piece::Char(char));
                }
            }
            match char::from_u32(first.into()) {
                Some(char) => char,
                None => return Some(Piece::Half(first)),
            }
        }
        other @ ('"' | '\\' | '/') => other,
        _ => return None,
    }))
}

fn unit(rest: &mut std::str::Chars<'_>) -> Option<u16> {
    let mut value = 0;
    for _ in 0..4 {
        value = value << 4 | rest.next()?.to_digit(16)?;
    }
    u16::try_from(value).ok()
}

fn write(char: char, strings: Strings, out: &mut Vec<u8>) {
    let short = match char {
        '"' if strings != Strings::DotNet => Some('"'),
        '\\' => Some('\\'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '/' if matches!(strings, Strings::RawSlash | Strings::AsciiSlash) => Some('/'),
        _ => None,
    };
    if let Some(short) = short {
        out.push(b'\\');
        out.extend_from_slice(short.encode_utf8(&mut [0; 4]).as_bytes());
        return;
    }
    let is_html = matches!(char, '<' | '>' | '&');
    let as_units = match strings {
        _ if char < ' ' => true,
        Strings::Kept | Strings::Raw | Strings::RawSlash => false,
        Strings::Ascii | Strings::AsciiSlash | Strings::AsciiUpper => !char.is_ascii(),
        Strings::Html => is_html || matches!(char, '\u{2028}' | '\u{2029}'),
        Strings::DotNet => {
            !char.is_ascii() || is_html || matches!(char, '"' | '\'' | '+' | '`' | '\u{7f}')
        }
    };
    if as_units {
        for unit in char.encode_utf16(&mut [0; 2]) {
            write_unit(*unit, is_upper(strings), out);
        }
    } else {
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

fn write_unit(unit: u16, upper: bool, out: &mut Vec<u8>) {
    let text = match upper {
        true => format!("\\u{unit:04X}"),
        false => format!("\\u{unit:04x}"),
    };
    out.extend_from_slice(text.as_bytes());
}

/// A value of which the members can be sorted.
enum Node<'j> {
    Scalar(&'j [u8]),
    List(Vec<Node<'j>>),
    Object(Vec<(&'j [u8], Node<'j>)>),
}

/// Writes JSON with the members of every object sorted by name, on one line.
pub(super) fn sorted(json: &[u8]) -> Option<Vec<u8>> {
    let mut rest = json;
    let mut node = node(&mut rest, 0)?;
    if !rest.trim_ascii().is_empty() {
        return None;
    }
    sort(&mut node);
    let mut out = Vec::with_capacity(json.len());
    put(&node, &mut out);
    Some(out)
}

fn node<'j>(rest: &mut &'j [u8], depth: usize) -> Option<Node<'j>> {
    *rest = rest.trim_ascii_start();
    let close = match rest.first()? {
        _ if depth > MOST_DEPTH => return None,
        b'{' => b'}',
        b'[' => b']',
        b'"' => return scalar(rest, string_len(rest)?),
        _ => {
            let is_end = |byte: &u8| b"{}[],:\" \t\n\r".contains(byte);
            return scalar(rest, rest.iter().position(is_end).unwrap_or(rest.len()));
        }
    };
    *rest = rest.get(1..)?.trim_ascii_start();
    let (mut list, mut members) = (Vec::new(), Vec::new());
    while *rest.first()? != close {
        if close == b'}' {
            let (name, after) = rest.split_at_checked(string_len(rest)?)?;
            *rest = after.trim_ascii_start().strip_prefix(b":")?;
            members.push((name, node(rest, depth + 1)?));
        } else {
            list.push(node(rest, depth + 1)?);
        }
        *rest = rest.trim_ascii_start();
        match rest.strip_prefix(b",") {
            Some(after) => *rest = after.trim_ascii_start(),
            None if *rest.first()? == close => {}
            None => return None,
        }
    }
    *rest = rest.get(1..)?;
    Some(match close {
        b'}' => Node::Object(members),
        _ => Node::List(list),
    })
}

fn scalar<'j>(rest: &mut &'j [u8], len: usize) -> Option<Node<'j>> {
    let (scalar, after) = rest.split_at_checked(len)?;
    *rest = after;
    (len > 0).then_some(Node::Scalar(scalar))
}

fn sort(node: &mut Node<'_>) {
    match node {
        Node::Scalar(_) => {}
        Node::List(list) => list.iter_mut().for_each(sort),
        Node::Object(members) => {
            members.sort_by_key(|(name, _)| *name);
            members.iter_mut().for_each(|(_, value)| sort(value));
        }
    }
}

fn put(node: &Node<'_>, out: &mut Vec<u8>) {
    let separate = |out: &mut Vec<u8>, index: usize| {
        if index > 0 {
            out.push(b',');
        }
    };
    match node {
        Node::Scalar(scalar) => out.extend_from_slice(scalar),
        Node::List(list) => {
            out.push(b'[');
            for (index, item) in list.iter().enumerate() {
                separate(out, index);
                put(item, out);
            }
            out.push(b']');
        }
        Node::Object(members) => {
            out.push(b'{');
            for (index, (name, value)) in members.iter().enumerate() {
                separate(out, index);
                out.extend_from_slice(name);
                out.push(b':');
                put(value, out);
            }
            out.push(b'}');
        }
    }
}

/// Writes the strings of JSON with other escapes and leaves all else as it is.
pub(super) fn restyled(json: &[u8], strings: Strings, most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'"') {
        let (before, from) = rest.split_at_checked(at)?;
        out.extend_from_slice(before);
        let len = string_len(from)?;
        escape(from.get(1..len.checked_sub(1)?)?, strings, &mut out)?;
        rest = from.get(len..)?;
        if out.len() > most {
            return None;
        }
    }
    out.extend_from_slice(rest);
    Some(out)
}
