//! The house's rules that no compiler checks: what pure modules don't touch, and who knows whom.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// The modules at the edge, and those that touch the world in one narrow way: they read files,
/// write where they are told, or hold an error of the system.
const EDGES: [&str; 13] = [
    "node/src/main.rs",
    "node/src/driver.rs",
    "node/src/input.rs",
    "harness/src/main.rs",
    "harness/src/command.rs",
    "harness/src/golden.rs",
    "harness/src/process.rs",
    "harness/src/family.rs",
    "harness/src/interrupt.rs",
    "harness/src/outcome.rs",
    "harness/src/case/mod.rs",
    "harness/src/report/terminal.rs",
    "harness/src/report/words.rs",
];

/// What touches the world.
const WORLD: [&str; 8] = [
    "std::io",
    "std::fs",
    "std::process",
    "std::thread",
    "std::env",
    "std::net",
    "Instant",
    "SystemTime",
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Each source file below `folder` with its code: no comments, no unit tests.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = workspace();
    let files = WalkDir::new(root.join(folder))
        .sort_by_file_name()
        .into_iter();
    files
        .map(Result::unwrap)
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "rs")
        })
        .map(|entry| {
            let name = entry
                .path()
                .strip_prefix(&root)
                .unwrap()
                .display()
                .to_string();
            let text = fs::read_to_string(entry.path()).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
            (name, code)
        })
        .collect()
}

fn without_comments(code: &str) -> String {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn pure_modules_touch_nothing() {
    let all = [sources("node/src"), sources("harness/src")].concat();
    assert!(all.len() > 20, "the sources are where they are looked for");
    for (name, code) in all {
        if EDGES.contains(&name.as_str()) {
            continue;
        }
        let code = without_comments(&code);
        for word in WORLD {
            assert!(!code.contains(word), "{name} is no edge, and names {word}");
        }
    }
}

#[test]
fn the_harness_never_knows_the_node() {
    let manifest = fs::read_to_string(workspace().join("harness/Cargo.toml")).unwrap();
    assert!(
        !manifest.contains("node = "),
        "the harness must judge any node"
    );
    for (name, code) in sources("harness") {
        assert!(!code.contains("use node::"), "{name}");
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (name, code) in [sources("node"), sources("harness")].concat() {
        assert!(
            code.starts_with("//! "),
            "{name} starts without a word of what it is for"
        );
    }
}

#[test]
fn every_edge_that_is_named_exists() {
    for edge in EDGES {
        assert!(
            workspace().join(edge).is_file(),
            "{edge} is no file any more"
        );
    }
}
