//! What the README shows is compiled and tested as the example `quickstart`.

use std::path::PathBuf;

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).expect(path)
}

/// The programs of the README in the order in which they stand there.
fn shown() -> Vec<String> {
    let readme = read("README.md");
    let blocks = readme.split("```rust\n").skip(1);
    let shown = blocks.map(|rest| rest.split_once("```").expect("an end").0.to_owned());
    shown.collect()
}

#[test]
fn the_readme_shows_the_quickstart() {
    let shown = shown();
    let [program, test, ..] = shown.as_slice() else {
        panic!("a program and its test");
    };
    let quickstart = read("examples/quickstart/src/main.rs");
    assert_eq!(
        format!("{program}\n{test}"),
        quickstart,
        "copy one over the other"
    );
}

#[test]
fn the_readme_shows_the_same_application_in_each_framework_and_what_to_fetch() {
    let shown = shown();
    let regions = shown.get(2..).expect("more programs");
    let examples = [
        "axum-two-providers",
        "actix-web-two-providers",
        "warp-two-providers",
        "follow-up",
    ];
    assert_eq!(regions.len(), examples.len());
    for (name, shown) in examples.iter().zip(regions) {
        let example = read(&format!("examples/{name}/src/lib.rs"));
        let (_, rest) = example.split_once("// README: begin\n").expect(name);
        let (region, _) = rest.split_once("// README: end\n").expect(name);
        assert_eq!(shown, region, "copy one over the other");
    }
}
