//! JSON for people: indented, with every number and the order of members as they are.

/// The deepest level that is indented further.
const MOST_LEVELS: usize = 32;

/// A text that may be cut.
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) is_cut: bool,
}

/// Indents JSON, up to about so many bytes.
pub(super) fn pretty(json: &str, most: usize) -> Shown {
    let mut text = String::new();
    let mut level = 0_usize;
    let (mut in_string, mut escaped) = (false, false);
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        if text.len() >= most {
            return Shown { text, is_cut: true };
        }
        if in_string {
            text.push(letter);
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match letter {
            '"' => {
                in_string = true;
                text.push(letter);
            }
            '{' | '[' => {
                text.push(letter);
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                let end = if letter == '{' { '}' } else { ']' };
                match letters.next_if(|next| *next == end) {
                    Some(end) => text.push(end),
                    None => {
                        level = level.saturating_add(1);
                        new_line(&mut text, level);
                    }
                }
            }
            '}' | ']' => {
                level = level.saturating_sub(1);
                new_line(&mut text, level);
                text.push(letter);
            }
            ',' => {
                text.push(letter);
                new_line(&mut text, level);
            }
            ':' => text.push_str(": "),
            _ if letter.is_ascii_whitespace() => {}
            _ => text.push(letter),
        }
    }
    Shown {
        text,
        is_cut: false,
    }
}

fn new_line(text: &mut String, level: usize) {
    text.push('\n');
    for _ in 0..level.min(MOST_LEVELS) {
        text.push_str("  ");
    }
}

/// Shows bytes as text, or in hexadecimal where they are none, up to about so many.
pub(super) fn raw(bytes: &[u8], most: usize) -> Shown {
    let is_text = |text: &str| {
        !text
            .chars()
            .any(|letter| letter.is_control() && !letter.is_ascii_whitespace())
    };
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text(text) => {
            let end = (0..=most.min(text.len()))
                .rev()
                .find(|end| text.is_char_boundary(*end))
                .unwrap_or(0);
            Shown {
                text: text.get(..end).unwrap_or_default().to_owned(),
                is_cut: end < text.len(),
            }
        }
        _ => hex(bytes, most / 4),
    }
}

fn hex(bytes: &[u8], most: usize) -> Shown {
    const LINE: usize = 16;
    let some = bytes.get(..most).unwrap_or(bytes);
    let mut text = String::new();
    for (line, bytes) in some.chunks(LINE).enumerate() {
        text.push_str(&format!("{:08x} ", line * LINE));
        for byte in bytes {
            text.push_str(&format!(" {byte:02x}"));
        }
        text.push('\n');
    }
    Shown {
        text,
        is_cut: some.len() < bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_otherwise_as_it_was() {
        let cases = [
            ("1", "1"),
            ("{}", "{}"),
            ("[ ]", "[]"),
            (
                r#"{"b":1.50,"a":[1e400,{"x":[]}],"b":"{\"[,:"}"#,
                "{\n  \"b\": 1.50,\n  \"a\": [\n    1e400,\n    {\n      \"x\": []\n    }\n  ],\n  \
                 \"b\": \"{\\\"[,:\"\n}",
            ),
            ("[1 , \n 2]", "[\n  1,\n  2\n]"),
        ];
        for (json, expected) in cases {
            let shown = pretty(json, 1000);
            assert_eq!((shown.text.as_str(), shown.is_cut), (expected, false));
        }
    }

    #[test]
    fn what_is_long_or_deep_is_bounded() {
        let long = format!("[{}1]", "1,".repeat(10_000));
        let shown = pretty(&long, 100);
        assert!(shown.is_cut);
        assert!(shown.text.len() < 200, "{}", shown.text.len());
        let deep = "[".repeat(100_000);
        assert!(pretty(&deep, 10_000).text.len() < 11_000);
    }

    #[test]
    fn bytes_are_text_where_they_can_be() {
        for (bytes, most, expected, is_cut) in [
            (&b"a=1\r\n"[..], 100, "a=1\r\n", false),
            ("aä".as_bytes(), 2, "a", true),
            (b"", 10, "", false),
            (b"\x1b[31m", 100, "00000000  1b 5b 33 31 6d\n", false),
            (b"\xff\xfe", 4, "00000000  ff\n", true),
        ] {
            let shown = raw(bytes, most);
            assert_eq!((shown.text.as_str(), shown.is_cut), (expected, is_cut));
        }
    }
}
