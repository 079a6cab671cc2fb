//! What the README shows is compiled and tested as the example `quickstart`.

use std::path::PathBuf;

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).expect(path)
}

#[test]
fn the_readme_shows_the_quickstart() {
    let readme = read("README.md");
    let shown: Vec<_> = readme
        .split("```rust\n")
        .skip(1)
        .map(|rest| rest.split_once("```").expect("an end").0)
        .collect();
    assert_eq!(shown.len(), 2, "a program and its test");
    let quickstart = read("examples/quickstart/src/main.rs");
    assert_eq!(shown.join("\n"), quickstart, "copy one over the other");
}
