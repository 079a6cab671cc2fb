//! Alters bodies as editors, proxies and frameworks alter them.

use std::io::Read;

use flate2::read::{GzDecoder, ZlibDecoder};
use pulsehook_axum::compression::decompress_zstd;
use pulsehook_axum::signature::encode_base64;
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer};

use super::change::Change;
use super::layout::{Layout, Strings, restyled, rewritten, sorted};
use super::text::base64;

/// Alters a body, to so many bytes at most; `None` where that is not possible.
type Make = dyn Fn(&[u8], usize) -> Option<Vec<u8>>;

/// An alteration of bodies, which is only carried out when it is tried.
pub(super) struct BodyChange {
    pub(super) change: Change,
    make: Box<Make>,
    /// How many bytes of work it is, over that of the body.
    pub(super) extra_work: u64,
    is_rare: bool,
}

impl BodyChange {
    fn new(
        (rule, what, advice): (&'static str, &'static str, &'static str),
        make: impl Fn(&[u8], usize) -> Option<Vec<u8>> + 'static,
    ) -> Self {
        Self {
            change: Change::new(rule, what, advice),
            make: Box::new(make),
            extra_work: 0,
            is_rare: false,
        }
    }

    /// Alters a body, to so many bytes at most.
    pub(super) fn of(&self, body: &[u8], most: usize) -> Option<Vec<u8>> {
        (self.make)(body, most)
    }
}

const RAW_BYTES: &str = "verify the bytes as they came, before anything parses them; take the body \
                         of a recording from the wire";

const ENDS_ADDED: (&str, &str, &str) = (
    "line-end-added",
    "a line end or blanks follow the body that was signed",
    "send and record the body as it is; `curl --data-binary @FILE` changes nothing, an editor may \
     add a line end",
);
const ENDS_REMOVED: (&str, &str, &str) = (
    "line-end-removed",
    "the body that was signed ends in a line end, which is gone",
    "send and record the body as it is; `curl --data @FILE` strips line ends, `--data-binary` does \
     not",
);
const CRLF: (&str, &str, &str) = (
    "crlf-for-lf",
    "the lines of the body end in CRLF, and in LF when it was signed",
    "something turned line ends into those of Windows; record the bytes as they came",
);
const LF: (&str, &str, &str) = (
    "lf-for-crlf",
    "the lines of the body end in LF, and in CRLF when it was signed",
    "something turned the line ends of Windows into others; record the bytes as they came",
);
const BOM_ADDED: (&str, &str, &str) = (
    "bom-added",
    "the body starts with a byte order mark that was not signed",
    "save the body without a byte order mark",
);
const BOM_REMOVED: (&str, &str, &str) = (
    "bom-removed",
    "the body that was signed starts with a byte order mark, which is gone",
    RAW_BYTES,
);
const PRETTY: (&str, &str, &str) = (
    "body-pretty-printed",
    "the body was laid out anew, with blanks or line ends; JSON without any was signed",
    RAW_BYTES,
);
const PRETTY_CRLF: (&str, &str, &str) = (
    "body-pretty-printed",
    "the body was laid out anew, in lines that end in CRLF; JSON without any blanks or line ends \
     was signed",
    RAW_BYTES,
);
const SORTED: (&str, &str, &str) = (
    "body-members-sorted",
    "the members of the body's objects are in another order; they were sorted when it was signed",
    RAW_BYTES,
);

const COMPACT: Layout = Layout {
    indent: None,
    comma: ",",
    colon: ":",
};
const SPACED: Layout = Layout {
    indent: None,
    comma: ", ",
    colon: ": ",
};

const fn indented(indent: &'static str) -> Layout {
    Layout {
        indent: Some(indent),
        comma: ",",
        colon: ": ",
    }
}

/// Layouts of JSON, each with what is said when it was signed.
const LAYOUTS: [(Layout, &str); 5] = [
    (COMPACT, "JSON without blanks was signed"),
    (
        SPACED,
        "JSON with a blank after each comma and colon was signed, as Python writes it",
    ),
    (
        indented("  "),
        "JSON in lines, indented by two blanks, was signed",
    ),
    (
        indented("    "),
        "JSON in lines, indented by four blanks, was signed",
    ),
    (
        indented("\t"),
        "JSON in lines, indented by tabs, was signed",
    ),
];

/// Ways to escape, each with what is said when the signed body was escaped so.
const ESCAPES: [(Strings, &str); 7] = [
    (
        Strings::Raw,
        "letters that are not ASCII were signed as they are, and slashes without a backslash",
    ),
    (
        Strings::RawSlash,
        "slashes were signed as `\\/`, and letters that are not ASCII as they are",
    ),
    (
        Strings::Ascii,
        "what is not ASCII was signed as `\\u` and four digits",
    ),
    (
        Strings::AsciiSlash,
        "what is not ASCII was signed as `\\u` and four digits, and slashes as `\\/`, as PHP \
         writes it",
    ),
    (
        Strings::AsciiUpper,
        "what is not ASCII was signed as `\\u` and four digits with upper-case letters",
    ),
    (
        Strings::Html,
        "`<`, `>` and `&` were signed as `\\u` and four digits, as Go writes it",
    ),
    (
        Strings::DotNet,
        "what is not ASCII, and some of what is, was signed as `\\u` and four digits, as .NET \
         writes it",
    ),
];

/// Returns the alterations that are the usual ones, most likely first.
pub(super) fn usual() -> Vec<BodyChange> {
    let compact = |body: &[u8], most| rewritten(body, COMPACT, Strings::Kept, most);
    vec![
        BodyChange::new(ENDS_ADDED, |body, _| {
            let body = body.strip_suffix(b"\n")?;
            Some(body.strip_suffix(b"\r").unwrap_or(body).to_vec())
        }),
        BodyChange::new(ENDS_ADDED, |body, _| Some(body.trim_ascii_end().to_vec())),
        BodyChange::new(ENDS_REMOVED, |body, _| Some([body, b"\n"].concat())),
        BodyChange::new(ENDS_REMOVED, |body, _| Some([body, b"\r\n"].concat())),
        BodyChange::new(CRLF, |body, _| with_lf(body)),
        BodyChange::new(LF, with_crlf),
        BodyChange::new(BOM_ADDED, |body, _| Some(body.strip_prefix(BOM)?.to_vec())),
        BodyChange::new(BOM_REMOVED, |body, _| Some([BOM, body].concat())),
        BodyChange::new(PRETTY_CRLF, move |body, most| {
            // A string of JSON holds no line end.
            let mut pairs = body.windows(2);
            pairs.any(|pair| pair == b"\r\n").then_some(())?;
            compact(body, most)
        }),
        BodyChange::new(PRETTY, compact),
    ]
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Returns the alterations that are tried together with others: not every level of compression.
pub(super) fn for_pairs(compresses: bool) -> Vec<BodyChange> {
    let mut all = usual();
    let further = further(compresses);
    all.extend(further.into_iter().filter(|change| !change.is_rare));
    all
}

/// Returns the other alterations.
pub(super) fn further(compresses: bool) -> Vec<BodyChange> {
    let mut all = packed();
    all.extend(encoded());
    let mut compressed = match compresses {
        true => compressed(),
        false => Vec::new(),
    };
    // The usual level goes first; the others are much work.
    let mut others = compressed.split_off(compressed.len().min(ONE_LEVEL));
    for change in &mut others {
        change.is_rare = true;
    }
    all.extend(compressed);
    all.extend(laid_out());
    all.extend(others);
    all
}

fn with_lf(body: &[u8]) -> Option<Vec<u8>> {
    let mut changed = Vec::with_capacity(body.len());
    let mut bytes = body.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte != b'\r' || bytes.peek() != Some(&&b'\n') {
            changed.push(*byte);
        }
    }
    (changed.len() < body.len()).then_some(changed)
}

fn with_crlf(body: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut changed = Vec::with_capacity(body.len());
    let mut last = 0;
    for byte in body {
        if *byte == b'\n' && last != b'\r' {
            changed.push(b'\r');
        }
        changed.push(*byte);
        last = *byte;
    }
    (changed.len() > body.len() && changed.len() <= most).then_some(changed)
}

/// What was signed before it was packed, or what it was packed from.
fn packed() -> Vec<BodyChange> {
    const UNPACKED: (&str, &str, &str) = (
        "body-compressed",
        "the body is compressed, and what it unpacks to was signed",
        "something compressed the body after it was signed, or the sender signs before it \
         compresses; have the bytes signed that are sent",
    );
    const WRAPPED: (&str, &str, &str) = (
        "body-base64",
        "the body is base64 text, and the bytes that it stands for were signed",
        "a gateway or a log wrapped the body in base64; verify the decoded bytes",
    );
    vec![
        BodyChange::new(WRAPPED, |body, most| base64(body.trim_ascii(), most)),
        BodyChange::new(UNPACKED, |body, most| decompress_zstd(body, most).ok()),
        BodyChange::new(UNPACKED, |body, most| all_of(GzDecoder::new(body), most)),
        BodyChange::new(UNPACKED, |body, most| all_of(ZlibDecoder::new(body), most)),
        BodyChange::new(UNPACKED, |body, most| {
            decompress_zstd(&base64(body.trim_ascii(), most)?, most).ok()
        }),
        BodyChange::new(UNPACKED, |body, most| {
            let packed = base64(body.trim_ascii(), most)?;
            all_of(GzDecoder::new(packed.as_slice()), most)
        }),
    ]
}

/// Reads all, if it is not too much.
fn all_of(source: impl Read, most: usize) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let more_than = u64::try_from(most).ok()?.saturating_add(1);
    source.take(more_than).read_to_end(&mut content).ok()?;
    (content.len() <= most && !content.is_empty()).then_some(content)
}

/// What was read in another encoding than it was written in.
fn encoded() -> Vec<BodyChange> {
    const TWICE: (&str, &str, &str) = (
        "body-double-encoded",
        "the body was read as Latin-1 and written as UTF-8 after it was signed, so its letters are \
         encoded twice",
        RAW_BYTES,
    );
    const LATIN_1: (&str, &str, &str) = (
        "body-latin-1",
        "the body is in Latin-1, or was decoded once too often; the UTF-8 form of its bytes was \
         signed",
        RAW_BYTES,
    );
    const BASE64: (&str, &str, &str) = (
        "body-base64-decoded",
        "base64 text of the body was signed",
        "something decoded the body after it was signed; verify the text as it came",
    );
    vec![
        BodyChange::new(TWICE, |body, _| {
            let text = std::str::from_utf8(body).ok()?;
            text.chars()
                .map(|char| u8::try_from(u32::from(char)).ok())
                .collect()
        }),
        BodyChange::new(LATIN_1, |body, most| {
            let twice: String = body.iter().map(|byte| char::from(*byte)).collect();
            (twice.len() <= most).then(|| twice.into_bytes())
        }),
        BodyChange::new(BASE64, |body, most| {
            (body.len() / 3 < most / 4).then(|| encode_base64(body).into_bytes())
        }),
    ]
}

/// How many alterations a level has.
const ONE_LEVEL: usize = 8;

/// The most bytes that are compressed anew.
const MOST_COMPRESSED: usize = 256 * 1024;

/// Compressed forms of what something has decompressed.
fn compressed() -> Vec<BodyChange> {
    const DECOMPRESSED: (&str, &str, &str) = (
        "body-decompressed",
        "the body was decompressed after it was signed; its zstd form was signed",
        "let nothing in front decompress bodies: no layer of the framework, no proxy; record the \
         bytes as they came",
    );
    let mut levels = vec![3];
    levels.extend((1..=19).filter(|level| *level != 3));
    let mut all = Vec::new();
    for level in &levels {
        for in_base64 in [false, true] {
            for (checksum, streamed) in [(false, false), (true, false), (false, true), (true, true)]
            {
                // Streams take memory by their level, not by what is in them.
                if streamed && *level > 9 {
                    continue;
                }
                let level = *level;
                let mut change = BodyChange::new(DECOMPRESSED, move |body, _| {
                    let frame = zstd(body, level, checksum, streamed)?;
                    Some(match in_base64 {
                        true => encode_base64(&frame).into_bytes(),
                        false => frame,
                    })
                });
                change.extra_work = if streamed { 256 * 1024 } else { 64 * 1024 };
                all.push(change);
            }
        }
    }
    all
}

fn zstd(body: &[u8], level: i32, checksum: bool, streamed: bool) -> Option<Vec<u8>> {
    if body.is_empty() || body.len() > MOST_COMPRESSED {
        return None;
    }
    let mut context = CCtx::try_create()?;
    context
        .set_parameter(CParameter::CompressionLevel(level))
        .ok()?;
    context
        .set_parameter(CParameter::ChecksumFlag(checksum))
        .ok()?;
    let mut frame = Vec::with_capacity(zstd_safe::compress_bound(body.len()).saturating_add(1024));
    if !streamed {
        context.compress2(&mut frame, body).ok()?;
        return Some(frame);
    }
    let mut input = InBuffer::around(body);
    let mut output = OutBuffer::around(&mut frame);
    while input.pos() < body.len() {
        context.compress_stream(&mut output, &mut input).ok()?;
    }
    let left = context.end_stream(&mut output).ok()?;
    (left == 0).then_some(frame)
}

/// JSON in other layouts, with other escapes, and sorted.
fn laid_out() -> Vec<BodyChange> {
    let mut all = Vec::new();
    for (layout, signed) in LAYOUTS {
        for after in ["", "\n"] {
            let words = (
                "body-reserialised",
                "the body was laid out anew after it was signed",
                RAW_BYTES,
            );
            let mut change = BodyChange::new(words, move |body, most| {
                with_end(rewritten(body, layout, Strings::Kept, most)?, after)
            });
            change.change.what = format!("{}; {signed}", words.1).into();
            all.push(change);
        }
    }
    for (strings, signed) in ESCAPES {
        let words = (
            "body-escapes",
            "the strings of the body are escaped in another way than when it was signed",
            RAW_BYTES,
        );
        let layouts = [None]
            .into_iter()
            .chain(LAYOUTS.map(|(layout, _)| Some(layout)));
        for layout in layouts {
            let mut change = BodyChange::new(words, move |body, most| match layout {
                Some(layout) => rewritten(body, layout, strings, most),
                None => restyled(body, strings, most),
            });
            change.change.what = format!("{}; {signed}", words.1).into();
            all.push(change);
        }
    }
    for (layout, _) in LAYOUTS {
        for strings in [Strings::Kept, Strings::Ascii, Strings::Raw] {
            all.push(BodyChange::new(SORTED, move |body, most| {
                if body.len() > MOST_SORTED {
                    return None;
                }
                rewritten(&sorted(body)?, layout, strings, most)
            }));
        }
    }
    all
}

/// The most bytes whose members are sorted.
const MOST_SORTED: usize = 1024 * 1024;

fn with_end(mut body: Vec<u8>, end: &str) -> Option<Vec<u8>> {
    body.extend_from_slice(end.as_bytes());
    Some(body)
}
