//! The catalogue of wrong nodes, as processes: each is caught, and its fault named. Many seeds of them
//! are run in virtual time, in the tests of the engine.

use serde_json::Value;

use super::{results, runs, test, texts};
use crate::fake::{self, Cases, Load};

/// A wrong node and how it is caught.
struct Wrong {
    way: &'static str,
    /// What it takes to catch it, beyond some seconds of load.
    arguments: &'static [&'static str],
    /// The kind of a finding that has to be there.
    kind: &'static str,
    /// What that says, in this order.
    says: &'static [&'static str],
    /// Whether it is all that is found, but for its like.
    alone: bool,
}

const CATALOGUE: [Wrong; 14] = [
    Wrong {
        way: "never-forwards",
        arguments: &[],
        kind: "lost",
        says: &[" lacks ", "had it, and no node ever sent it to n"],
        alone: true,
    },
    Wrong {
        way: "forwards-to-one",
        arguments: &[],
        kind: "lost",
        says: &[" lacks ", "had it, and no node ever sent it to n"],
        alone: true,
    },
    Wrong {
        way: "never-retries",
        // In a line there is no other way round.
        arguments: &["--nemesis", "partition", "--topology", "line"],
        kind: "lost",
        says: &[" lacks ", "last attempt n", ", dropped by cut #1"],
        alone: true,
    },
    Wrong {
        way: "no-dedup",
        arguments: &[],
        kind: "duplicate",
        says: &[" showed ", " more than once in "],
        alone: true,
    },
    Wrong {
        way: "loses-paused",
        arguments: &["--nemesis", "pause"],
        kind: "lost",
        says: &[
            "it reached n",
            " stood still (pause #1), and n",
            " does not show it",
        ],
        alone: true,
    },
    Wrong {
        way: "forgets",
        arguments: &["--nemesis", "restart"],
        kind: "lost",
        says: &[
            "it had reached n",
            " before restart #1",
            "no node sent it again",
        ],
        alone: true,
    },
    Wrong {
        way: "acks-and-drops",
        arguments: &[],
        kind: "lost",
        says: &[
            " got ",
            " from its client",
            " and does not show ",
            "; lacking on all others",
        ],
        alone: true,
    },
    Wrong {
        way: "keeps-nothing",
        arguments: &["--node-count", "25"],
        kind: "lost",
        says: &["lost: n12 lacks "],
        alone: true,
    },
    Wrong {
        way: "invents",
        arguments: &[],
        kind: "phantom",
        says: &["phantom: n1 showed 123456, which no client had broadcast"],
        alone: true,
    },
    Wrong {
        way: "shows-twice",
        arguments: &[],
        kind: "duplicate",
        says: &["duplicate: n1 showed ", " more than once in "],
        alone: true,
    },
    Wrong {
        way: "stops-after-ten",
        arguments: &[],
        kind: "lost",
        says: &[" lacks ", "had it, and no node ever sent it to n"],
        alone: true,
    },
    Wrong {
        way: "crashes",
        arguments: &[],
        kind: "crashed",
        says: &["crash: n2 exited with status 7", "KeyError 17"],
        // What went down with it is missing from others.
        alone: false,
    },
    Wrong {
        way: "wrong-source",
        arguments: &[],
        kind: "protocol",
        says: &[
            "protocol: n1 at ",
            "wrote a message with src n0, which is not its own name",
        ],
        // Nobody takes what n1 forwards.
        alone: false,
    },
    Wrong {
        way: "garbage",
        arguments: &[],
        kind: "protocol",
        says: &["protocol: n1 at ", "is no JSON", "DEBUG read"],
        alone: true,
    },
];

/// Seconds of load, between faults, and of recovery. On a busy machine a node may get to be wrong too
/// late: then it has four times as long.
fn catch(wrong: &Wrong) {
    fake::sooner_or_later(["1", "4"], |slowness| {
        let slowness: f64 = slowness.parse().unwrap();
        let [limit, interval, recovery] =
            [1.0, 0.35, 0.5].map(|seconds: f64| (seconds * slowness).to_string());
        let folder = Cases::new();
        // There are seeds whose cut happens to cut none of the links in use.
        let mut arguments = vec!["--time-limit", &limit, "--rate", "60", "--seed", "1"];
        arguments.extend(["--nemesis-interval", &interval]);
        if wrong.kind == "lost" {
            // There is nothing to wait for.
            arguments.extend(["--recovery", &recovery]);
        }
        arguments.extend(wrong.arguments);
        let ran = test(&folder, &arguments, wrong.way);
        ran.check(1, &[], "cluster: 0 valid, 1 not valid");
        let results = results(&runs(&folder)[0]);
        assert_eq!(results["valid"], false, "{}: {results:#}", wrong.way);
        let findings = texts(&results, "findings");
        assert!(named(wrong, &results), "{}: {findings:#?}", wrong.way);
        let is_told = |finding: &String| ran.stdout.contains(finding.lines().next().unwrap());
        assert!(is_told(&findings[0]), "{}: {}", wrong.way, ran.stdout);
    });
}

/// Whether a finding of the right kind says what is wrong, and, if nothing else is, no other is there.
fn named(wrong: &Wrong, results: &Value) -> bool {
    let findings = results["findings"].as_array().unwrap();
    let mut is_right = findings.iter().map(|finding| finding["kind"] == wrong.kind);
    let mut texts = texts(results, "findings").into_iter();
    let says = |text: &String| {
        let mut rest = text.as_str();
        wrong.says.iter().all(|part| {
            let found = rest.split_once(part);
            rest = found.map_or("", |(_, after)| after);
            found.is_some()
        })
    };
    texts.any(|text| says(&text)) && (!wrong.alone || is_right.all(|is_right| is_right))
}

#[test]
fn wrong_nodes_are_caught_and_their_fault_named() {
    fake::at_once(Load::Cluster, &CATALOGUE, catch);
}
