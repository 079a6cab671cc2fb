//! Scans of the whole source tree: no plain comparison of secrets, no literal that looks live.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads every file below a folder, but for build output and what version control keeps.
fn walk(folder: &Path, visit: &mut dyn FnMut(&Path, &[u8])) {
    let entries = std::fs::read_dir(folder).expect("a readable folder");
    for entry in entries {
        let path = entry.expect("a readable entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        let is_output = name == "target" || path.join("CACHEDIR.TAG").exists();
        let is_hidden = name.starts_with('.') && name != ".github";
        if is_output || is_hidden || name == "node_modules" || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, visit);
        } else {
            visit(&path, &std::fs::read(&path).expect("a readable file"));
        }
    }
}

/// Parts of statements that are right as they are, each with the reason.
const ALLOWED: &[&str] = &[
    // A look-up is compared with the empty one, not with a value.
    "HeaderLookup::Missing",
];

/// Tells whether a name speaks of a secret: one of its parts is one of these words.
fn is_secret(name: &str) -> bool {
    let words = [
        "mac",
        "macs",
        "hmac",
        "signature",
        "signatures",
        "token",
        "tokens",
        "secret",
        "secrets",
    ];
    name.split('_')
        .any(|part| words.contains(&part.to_lowercase().as_str()))
}

/// Finds lines that compare something secret without constant time.
fn plain_comparisons(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut before = "";
    for (number, line) in source.lines().enumerate() {
        let line = line.trim();
        let code = line.split("//").next().unwrap_or("");
        // An operator at the start of a line compares with what stands on the line before.
        let split = ["==", "!="]
            .iter()
            .any(|operator| code.starts_with(operator));
        let statement = if split {
            format!("{before} {code}")
        } else {
            code.to_owned()
        };
        let compares = ["==", "!=", ".eq(", ".ne(", "eq_ignore_ascii_case("];
        let names = statement.split(|char: char| !(char.is_alphanumeric() || char == '_'));
        if compares.iter().any(|operator| statement.contains(operator))
            && names.into_iter().any(is_secret)
        {
            found.push((number + 1, statement));
        }
        before = code;
    }
    found
}

#[test]
fn secrets_are_compared_in_constant_time() {
    let mut scanned = 0;
    let mut found = Vec::new();
    walk(&root().join("crates"), &mut |path, content| {
        let is_source = path.components().any(|part| part.as_os_str() == "src");
        if !is_source || path.extension().is_none_or(|extension| extension != "rs") {
            return;
        }
        scanned += 1;
        for (line, statement) in plain_comparisons(&String::from_utf8_lossy(content)) {
            let allowed = ALLOWED.iter().any(|part| statement.contains(part));
            if !allowed {
                found.push(format!("{}:{line}: {statement}", path.display()));
            }
        }
    });
    assert!(scanned > 20, "only {scanned} files");
    assert!(
        found.is_empty(),
        "compare in constant time:\n{}",
        found.join("\n")
    );
}

#[test]
fn the_scan_for_comparisons_finds_them() {
    let bad = [
        "if mac == presented {",
        "    .filter(|(_, secret)| secret != presented)",
        "let same = presented.eq(&self.signature);",
        "if long_expression_of_something\n    == self.shared_secret",
        "let same = X_TOKEN == value;",
        "if hex.eq_ignore_ascii_case(signature) {",
    ];
    for bad in bad {
        assert_eq!(plain_comparisons(bad).len(), 1, "{bad}");
    }
    let good = [
        "if machine == other {",
        "let mac = sign(body); // mac == other",
        "assert!(mac.matches(signature));",
        "let signature_len = 3;",
        "/// `signature == mac` is wrong.",
        "if tokenizer.len() == 3 {",
    ];
    for good in good {
        assert!(plain_comparisons(good).is_empty(), "{good}");
    }
}

/// Finds what a tool that looks for leaked keys would take for one.
fn secret_shapes(content: &[u8]) -> Vec<String> {
    let key_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
    let upper_or_digit = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let label_byte = |byte: &u8| byte.is_ascii_uppercase() || *byte == b' ';
    let after = |at: usize, prefix: &str| content[at..].strip_prefix(prefix.as_bytes());
    let run = |rest: &[u8], part: &dyn Fn(&u8) -> bool| rest.iter().take_while(|b| part(b)).count();

    let mut found = Vec::new();
    for at in 0..content.len() {
        for prefix in ["whsec_", "whpk_", "whsk_", "whk_", "sk_live"] {
            if after(at, prefix).is_some_and(|rest| run(rest, &key_byte) >= 16) {
                found.push(format!("{prefix}…"));
            }
        }
        if after(at, "AKIA").is_some_and(|rest| run(rest, &upper_or_digit) >= 16) {
            found.push("AKIA…".to_owned());
        }
        if let Some(rest) = after(at, "-----BEGIN ")
            && rest[..run(rest, &label_byte)].ends_with(b"PRIVATE KEY")
        {
            found.push("private key".to_owned());
        }
    }
    found
}

#[test]
fn nothing_in_the_tree_looks_like_a_live_secret() {
    let mut scanned = 0;
    let mut found = Vec::new();
    walk(&root(), &mut |path, content| {
        scanned += 1;
        for shape in secret_shapes(content) {
            found.push(format!("{}: {shape}", path.display()));
        }
    });
    assert!(scanned > 30, "only {scanned} files");
    assert!(
        found.is_empty(),
        "split these in two:\n{}",
        found.join("\n")
    );
}

#[test]
fn the_scan_for_live_secrets_finds_them() {
    let body = "A1b2C3d4E5f6G7h8";
    let bad = [
        format!("\"{}{body}\"", "whsec_"),
        format!("{}{body}", "whpk_"),
        format!("{}{body}==", "whk_"),
        format!("{}_{body}", "sk_live"),
        format!("{}{}", "AKIA", body.to_uppercase()),
        format!("-----BEGIN {}-----\nAA==", "RSA PRIVATE KEY"),
        format!("-----BEGIN {}-----\nAA==", "PRIVATE KEY"),
    ];
    for bad in &bad {
        assert!(!secret_shapes(bad.as_bytes()).is_empty(), "{bad}");
    }
    let good = [
        format!("[\"{}\", \"{body}\"]", "whsec_"),
        format!("{}{}", "whk_", "example"),
        format!("{}{body}", "AKIA"),
        "-----BEGIN PUBLIC KEY-----".to_owned(),
    ];
    for good in &good {
        assert!(secret_shapes(good.as_bytes()).is_empty(), "{good}");
    }
}

/// The compile-time check of the neutral view lists every provider.
#[test]
fn every_provider_is_checked_for_its_view_and_calls() {
    let path = root().join("crates/pulsehook-core/src/providers.rs");
    let source = std::fs::read_to_string(path).expect("a readable file");
    let modules = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let mut count = 0;
    for module in modules {
        count += 1;
        assert!(
            source.contains(&format!("each::<{module}::")),
            "{module} is not in the list"
        );
    }
    assert!(count >= 4, "{count} modules");
}
