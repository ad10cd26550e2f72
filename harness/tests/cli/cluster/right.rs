//! Right nodes, a made-up one and ours, under every fault: never a false alarm. Many seeds of them are
//! run in virtual time, in the tests of the engine and in those of our node.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::{results, runs, test_of, texts};
use crate::fake::{self, Cases, Load};

/// What goes wrong, for the made-up node and for ours.
const TROUBLES: [&[&str]; 9] = [
    &[],
    &["--nemesis", "partition"],
    // Where not all are neighbors, the dead may stand between the living.
    &["--nemesis", "kill", "--topology", "total"],
    &["--nemesis", "pause"],
    &["--nemesis", "restart"],
    &["--nemesis", "partition,pause,restart"],
    &["--loss", "0.2"],
    &["--duplicate", "0.3"],
    &["--latency", "40", "--latency-dist", "exponential"],
];

fn passes(folder: &Cases, node: &Path, trouble: &[&str], node_arguments: &[&str]) {
    let mut arguments = vec!["--time-limit", "1", "--rate", "40"];
    arguments.extend(["--nemesis-interval", "0.3"]);
    arguments.extend(trouble);
    let ran = test_of(folder, node, &arguments, node_arguments);
    assert_eq!(ran.status, 0, "{trouble:?}: {}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stderr, "", "{trouble:?}");
    let results = results(&runs(folder)[0]);
    assert_eq!(results["valid"], true, "{trouble:?}: {results:#}");
    let faults = texts(&results, "faults").len();
    let has_nemesis = trouble.contains(&"--nemesis");
    assert_eq!(faults > 0, has_nemesis, "{trouble:?}: {results:#}");
}

#[test]
fn a_right_node_passes_under_every_fault() {
    fake::at_once(Load::Cluster, &TROUBLES, |trouble| {
        let folder = Cases::new();
        let arguments = ["right", folder.token()];
        passes(&folder, fake::cluster_node(), trouble, &arguments);
    });
}

#[test]
fn our_own_node_passes_under_every_fault() {
    fake::at_once(Load::Cluster, &TROUBLES, |trouble| {
        let folder = Cases::new();
        let node = folder.path().join("node");
        symlink(fake::own_node(), &node).unwrap();
        // After a restart it learns again when it next gossips: sooner than it would by itself, as
        // a busy machine has no time to spare.
        passes(&folder, &node, trouble, &["--gossip-interval", "500ms"]);
    });
}
