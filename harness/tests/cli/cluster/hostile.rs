//! Nodes that do what no node should: the run ends all the same, and the harness stays small.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::Duration;

use super::{results, runs, texts};
use crate::fake::{self, Cases, Load, peak_memory, processes_with};

/// How much memory the harness may take, in kB.
const MEMORY_MAX: u64 = 300_000;

/// A node that answers what sets it up, closes its stdout, and stays.
const CLOSES_STDOUT: &str = r#"#!/bin/sh
for kind in init topology; do
    read -r line
    name=${line#*'"dest":"'} name=${name%%'"'*}
    id=${line##*'"msg_id":'} id=${id%%[!0-9]*}
    echo "{\"src\":\"$name\",\"dest\":\"c0\",\"body\":{\"type\":\"${kind}_ok\",\"in_reply_to\":$id}}"
done
exec >&-
while read -r line; do :; done
"#;

/// A node and what is said of it.
struct Hostile {
    node: fn(&Cases) -> PathBuf,
    way: &'static str,
    kind: &'static str,
    says: &'static str,
}

fn golden(_: &Cases) -> PathBuf {
    fake::node().to_path_buf()
}

fn cluster(_: &Cases) -> PathBuf {
    fake::cluster_node().to_path_buf()
}

fn script(folder: &Cases) -> PathBuf {
    folder.write("node", CLOSES_STDOUT);
    let node = folder.path().join("node");
    fs::set_permissions(&node, Permissions::from_mode(0o755)).unwrap();
    node
}

const HOSTILE: [Hostile; 6] = [
    Hostile {
        node: cluster,
        way: "exits-at-once",
        kind: "crashed",
        says: "exited with status 3 ",
    },
    Hostile {
        node: golden,
        way: "endless-line",
        kind: "protocol",
        says: "wrote without end, and was stopped after ",
    },
    Hostile {
        node: golden,
        way: "long-stderr",
        kind: "protocol",
        says: "are still starting after ",
    },
    Hostile {
        node: cluster,
        way: "floods",
        kind: "unanswered",
        says: "n0 did not answer the final read",
    },
    Hostile {
        node: cluster,
        way: "stops-reading",
        kind: "unanswered",
        says: "n1 did not answer the final read",
    },
    Hostile {
        node: script,
        way: "closes-stdout",
        kind: "unanswered",
        says: "did not answer the final read",
    },
];

/// The most memory that it ever took, in kB, and how it ended.
fn watch(mut harness: Child) -> (u64, Option<i32>) {
    let mut most = 0;
    loop {
        most = peak_memory(harness.id()).max(most);
        if let Some(ended) = harness.try_wait().unwrap() {
            return (most, ended.code());
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// `timeout`: how long a node has for `init`, and for each request, in seconds.
fn start(folder: &Cases, node: &Path, way: &str, timeout: &str) -> Child {
    let mut harness = fake::harness();
    harness.arg("test").arg("--bin").arg(node);
    harness.args(["--node-count", "2", "--time-limit", "1", "--rate", "20"]);
    harness.args(["--init-timeout", timeout, "--client-timeout", timeout]);
    harness.args(["--recovery", "1", "--out", "out", "--", way, folder.token()]);
    let stdout = File::create(folder.path().join("stdout")).unwrap();
    let harness = harness.current_dir(folder.path()).stdout(stdout);
    harness.spawn().unwrap()
}

#[test]
fn a_hostile_node_is_told_of_and_neither_stops_nor_fills_the_harness() {
    fake::at_once(Load::Cluster, &HOSTILE, |hostile| {
        fake::sooner_or_later(["1", "10", "30"], |timeout| tried(hostile, timeout));
    });
}

fn tried(hostile: &Hostile, timeout: &str) {
    let folder = Cases::new();
    let node = (hostile.node)(&folder);
    let (memory, status) = watch(start(&folder, &node, hostile.way, timeout));
    let (way, stdout) = (hostile.way, folder.read("stdout"));
    assert_eq!(status, Some(1), "{way}: {stdout}");
    assert!(memory > 0 && memory < MEMORY_MAX, "{way}: {memory} kB");
    assert_eq!(processes_with(folder.token()), [""; 0], "left behind");
    let results = results(&runs(&folder)[0]);
    let findings = results["findings"].as_array().unwrap();
    let mut texts = findings.iter().zip(texts(&results, "findings"));
    let named =
        texts.any(|(finding, text)| finding["kind"] == hostile.kind && text.contains(hostile.says));
    assert!(named, "{way}: {results:#}");
    assert!(stdout.contains(hostile.says), "{way}: {stdout}");
}
