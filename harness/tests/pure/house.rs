//! The house's rules that no compiler checks: what pure modules don't touch, and who knows whom.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test that can't go on fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// The modules at the edge, and those that touch the world in one narrow way: they read files,
/// write where they are told, or hold an error of the system.
const EDGES: &[&str] = &[
    "node/src/main.rs",
    "node/src/driver.rs",
    "node/src/input.rs",
    "harness/src/main.rs",
    "harness/src/command/bless.rs",
    "harness/src/command/judging.rs",
    "harness/src/command/failed.rs",
    "harness/src/command/import.rs",
    "harness/src/command/import/refused.rs",
    "harness/src/command/import/walk.rs",
    "harness/src/command/new.rs",
    "harness/src/command/again.rs",
    "harness/src/command/github.rs",
    "harness/src/command/manual.rs",
    "harness/src/command/report_file.rs",
    "harness/src/command/reports.rs",
    "harness/src/command/last_run.rs",
    "harness/src/command/screen.rs",
    "harness/src/command/nodes.rs",
    "harness/src/command/own_node.rs",
    "harness/src/command/run.rs",
    "harness/src/command/watch.rs",
    "harness/src/command/keys.rs",
    "harness/src/command/test_reports.rs",
    "harness/src/cluster/nodes.rs",
    "harness/src/cluster/run.rs",
    "harness/src/cluster/store.rs",
    "harness/src/command/live.rs",
    "harness/src/command/test.rs",
    "harness/src/files.rs",
    "harness/src/launch.rs",
    "harness/src/parallel.rs",
    "harness/src/play.rs",
    "harness/src/process/clock.rs",
    "harness/src/play/cluster.rs",
    "harness/src/process.rs",
    "harness/src/process/exit_watch.rs",
    "harness/src/family.rs",
    "harness/src/family/proc_files.rs",
    "harness/src/interrupt.rs",
    "harness/src/watcher.rs",
    "harness/src/workplace.rs",
    "harness/src/outcome.rs",
    "harness/src/case/mod.rs",
    "harness/src/report/words.rs",
];

/// What touches the world: modules of the standard library, and its clocks.
const WORLD: [&str; 8] = [
    "io",
    "fs",
    "process",
    "thread",
    "env",
    "net",
    "Instant",
    "SystemTime",
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Each source file below `folder`, without its unit tests.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let mut all = files(folder);
    all.retain(|(name, _)| !name.ends_with("tests.rs") && !name.contains("/tests/"));
    for (_, text) in &mut all {
        let tests = text.find("#[cfg(test)]\nmod tests");
        text.truncate(tests.unwrap_or(text.len()));
    }
    all
}

/// Each Rust file below `folder`: its name from the root, and what stands in it.
fn files(folder: &str) -> Vec<(String, String)> {
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
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

/// The words of the code that name something of the world: in a path (`io::stdin`) or among what
/// is imported from the standard library (`use std::{fs, io};`), but not as somebody's own name
/// (`crate::process`, `let process`).
fn worldly(code: &str) -> Vec<String> {
    let code = without_comments(code);
    let word = |text: &str| {
        let end = text
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len());
        text[..end].to_owned()
    };
    let imports = code
        .split("use std::")
        .skip(1)
        .filter_map(|rest| rest.split(';').next());
    let imported = imports.flat_map(|list| list.split(['{', '}', ',', ':', ' ', '\n']));
    let paths = code.match_indices("::").filter_map(|(at, _)| {
        let before = &code[..at];
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |at| at + 1);
        let own = before[..start].ends_with("crate::") || before[..start].ends_with("super::");
        (!own).then(|| word(&code[start..]))
    });
    let words = imported.map(str::to_owned).chain(paths);
    words
        .filter(|word| WORLD.contains(&word.as_str()))
        .collect()
}

pub fn without_comments(code: &str) -> String {
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
        assert_eq!(worldly(&code), [""; 0], "{name} is no edge");
    }
}

#[test]
fn no_spelling_hides_the_world() {
    for code in [
        "use std::{fs, thread};",
        "use std::fs;",
        "use std::io::{self, Read};",
        "fn f() { std::fs::read(x); }",
        "use std::time::{Duration, Instant};",
        "fn f() { let now = time::Instant::now(); }",
        "#[cfg(test)]\nuse std::fs;\nfn f() { fs::read(x); }",
    ] {
        assert_ne!(worldly(code), [""; 0], "{code}");
    }
    for code in [
        "use crate::process::Launch;",
        "use std::time::Duration;",
        "// std::fs\nlet io = 1;",
    ] {
        assert_eq!(worldly(code), [""; 0], "{code}");
    }
}

/// Words of others pass the one place that makes them safe to show.
#[test]
fn one_place_writes_to_the_terminal() {
    let ways = ["stdout()", "stderr()", "anstream::", "print!(", "println!("];
    let writes = |code: &str| ways.iter().any(|way| without_comments(code).contains(way));
    for (name, code) in sources("harness/src") {
        let is_screen = name == "harness/src/command/screen.rs";
        assert_eq!(writes(&code), is_screen, "{name}");
    }
}

#[test]
fn the_harness_never_knows_the_node() {
    let manifest = fs::read_to_string(workspace().join("harness/Cargo.toml")).unwrap();
    let names_node = |line: &str| line.starts_with("node") && !line.starts_with("node-");
    assert!(
        !manifest.lines().any(names_node),
        "the harness must judge any node"
    );
    for (name, code) in sources("harness/src") {
        assert!(!code.contains("use node::"), "{name}");
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (name, text) in [files("node"), files("harness")].concat() {
        assert!(
            text.starts_with("//! "),
            "{name} starts without a word of what it is for"
        );
    }
}

#[test]
fn every_edge_that_is_named_is_one() {
    let all = [sources("node/src"), sources("harness/src")].concat();
    for edge in EDGES {
        let found = all.iter().find(|(name, _)| name == edge);
        let (_, code) = found.unwrap_or_else(|| panic!("{edge} is no file any more"));
        assert_ne!(worldly(code), [""; 0], "{edge} touches nothing any more");
    }
}

/// The names of the types that this code declares.
fn types(code: &str) -> Vec<String> {
    let declared = code.lines().filter_map(|line| {
        // What is indented belongs to an impl.
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let line = match line.split_once(") ") {
            Some((head, line)) if head.starts_with("pub(") => line,
            _ => line,
        };
        let (kind, rest) = line.split_once(' ')?;
        let is_type = matches!(kind, "struct" | "enum" | "type" | "trait");
        let name = rest.split(|c: char| !c.is_alphanumeric()).next()?;
        is_type.then(|| name.to_owned())
    });
    declared.collect()
}

#[test]
fn a_type_name_means_one_thing() {
    let all = sources("harness/src");
    let mut names: Vec<_> = all.iter().flat_map(|(_, code)| types(code)).collect();
    assert!(names.len() > 300, "types are found");
    names.sort_unstable();
    let doubled: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(doubled.is_empty(), "{doubled:?} mean two things");
}

/// The files that may say `broadcast`, beside its own folder: the list of workloads, and the command line.
const KNOW_BROADCAST: &[&str] = &[
    "harness/src/cli/test/mod.rs",
    "harness/src/cli/test/profile.rs",
    "harness/src/cluster/workload/example.rs",
    "harness/src/cluster/workload/generator.rs",
    "harness/src/cluster/workload/judge.rs",
    "harness/src/cluster/workload/kind.rs",
    "harness/src/cluster/workload/mod.rs",
    "harness/src/cluster/workload/settling.rs",
];

/// Other code carries, records and stores the requests of any workload alike.
#[test]
fn broadcast_is_known_in_its_folder_and_in_the_list_of_workloads() {
    let mut all = sources("harness/src");
    all.retain(|(name, code)| {
        !name.starts_with("harness/src/cluster/workload/broadcast/")
            && code.to_lowercase().contains("broadcast")
    });
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, KNOW_BROADCAST);
}
